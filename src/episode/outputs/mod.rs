//! Where an episode's files lie, and which of them are ours to replace.
//!
//! Beside the outputs, a folder `.voixoff` holds for each episode a [`Receipt`]
//! (what was written, made from what) and the artifacts of its slow stages. A file
//! that is not in the receipt, or no longer is what the receipt says, belongs to
//! somebody: a person may have corrected it. It is never replaced unasked.

mod before;
mod changed;
mod failure;
mod merging;
mod moving;
mod names;
mod receipt;
mod relative_path;
mod survey;

pub use changed::Changed;
pub use failure::{Attempt, Failure};
pub use receipt::{BuildRecord, Cost, Receipt, Source, StageKeys, Written, modified_ns};
pub use relative_path::relative_path;

use crate::{
    base::{
        digest::digest,
        notes::{self, NoteError},
        store::{beginning, remove_if_there, write_atomic},
    },
    episode::pipeline::Artifacts,
    formats::Format,
};
use serde::Serialize;
use std::{
    borrow::Cow,
    ffi::{OsStr, OsString},
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Folder of what the program keeps for itself.
pub const OWN: &str = ".voixoff";

/// Folders in it that belong to no episode: copies of feeds, and reports of runs.
pub(crate) const FEEDS: &str = "feeds";
/// See `FEEDS`.
pub const RUNS: &str = "runs";

/// What names of files begin with that hold what opens something: they are their owner's alone
/// and never leave this machine.
pub(crate) const PRIVATE: &str = "private-";

/// What names of files begin with that hold what voices sound like.
pub(crate) const ANALYSIS: &str = "heard-";

/// Version of the program, as receipts have it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Form of the notes that are written now. 0, in files without a number, is that of 0.1.0.
pub(crate) const SCHEMA: u32 = 1;

const RECEIPT: &str = "receipt.json";
const FAILURE: &str = "failure.json";
const ATTEMPT: &str = "attempt.json";
const BEFORE: &str = "before.json";

/// The files of one episode.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Outputs {
    /// Shared by the episodes of a folder: an archive has many.
    folder: Arc<Path>,
    stem: OsString,
}

/// An episode that cannot be read, and why not.
pub type Unread = (Outputs, String);

/// What became of the files that were to be written.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct WriteReport {
    /// Where they lie.
    pub paths: Vec<PathBuf>,
    /// Files that a person has corrected; the new ones lie beside them.
    pub kept: Vec<PathBuf>,
}

impl Outputs {
    /// The files of `episode`, in `folder` or else beside it.
    pub fn of(episode: &Path, folder: Option<&Path>) -> Outputs {
        let beside = || episode.parent().filter(|parent| !parent.as_os_str().is_empty());
        let folder = folder.or_else(beside).unwrap_or(Path::new(".")).into();
        Outputs { folder, stem: fitting(episode.file_stem().unwrap_or(episode.as_os_str())) }
    }

    /// The files called `stem` in `folder`.
    pub fn named(folder: impl Into<Arc<Path>>, stem: impl Into<OsString>) -> Outputs {
        Outputs { folder: folder.into(), stem: fitting(&stem.into()) }
    }

    /// Where they lie.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What they are called, without an extension.
    pub fn name(&self) -> String {
        self.stem.to_string_lossy().into_owned()
    }

    /// The file in `format`.
    pub fn path(&self, format: Format) -> PathBuf {
        self.folder.join(self.with(format.extension()))
    }

    /// Where what a person corrects in the editor is kept: beside the files, for it is theirs.
    pub fn review(&self) -> PathBuf {
        self.folder.join(self.with("review.jsonl"))
    }

    /// `file` as the files of the episode name it: from their folder, with `/`, so that both
    /// can move together. The folder must exist.
    ///
    /// # Errors
    /// Any error of looking where the two lie.
    pub fn path_to(&self, file: &Path) -> io::Result<String> {
        Ok(relative_path::between(&fs::canonicalize(self.folder())?, &fs::canonicalize(file)?))
    }

    /// Where the slow answers lie that stages with these settings make of a sound.
    pub fn artifacts(&self, stages: &StageKeys, sound: &str) -> Artifacts {
        let own = |beginning: &str, stage: &str| {
            let key = digest(format!("{stage} {sound}").as_bytes());
            self.own().join(format!("{beginning}{}", &key[..16]))
        };
        Artifacts {
            analysis: own(ANALYSIS, &stages.listening),
            words: own("words-", &stages.words),
        }
    }

    /// Whether each of `formats` was written, and `exists` still: as it was, or corrected.
    pub(crate) fn are_there(
        &self,
        receipt: &Receipt,
        formats: &[Format],
        exists: impl Fn(&Path) -> bool,
    ) -> bool {
        let is_there = |format: &Format| {
            let path = self.path(*format);
            receipt.files.contains_key(&file_name(&path)) && exists(&path)
        };
        formats.iter().all(is_there)
    }

    /// Gives the artifacts that were named by `old` keys of the same settings their names by
    /// `new` ones.
    ///
    /// # Errors
    /// Any error of renaming.
    pub(crate) fn rename_artifacts(&self, old: &Artifacts, new: &Artifacts) -> io::Result<()> {
        for (old, new) in [(&old.analysis, &new.analysis), (&old.words, &new.words)] {
            if old.exists() && !new.exists() {
                fs::rename(old, new)?;
            }
        }
        Ok(())
    }

    /// The first file of `formats` that is there and that this program never wrote.
    pub fn foreign(&self, formats: &[Format]) -> Option<PathBuf> {
        let receipt = self.vouching();
        let was_ours = |path: &Path| receipt.files.contains_key(&file_name(path));
        let mut paths = formats.iter().map(|format| self.path(*format));
        paths.find(|path| path.exists() && !was_ours(path) && !is_ours(&receipt, path))
    }

    /// The first file of `formats` that is there and not as this program left it.
    pub fn touched(&self, formats: &[Format]) -> Option<PathBuf> {
        self.all_touched(formats).into_iter().next()
    }

    /// The files of `formats` that are there and not as this program left them.
    pub(crate) fn all_touched(&self, formats: &[Format]) -> Vec<PathBuf> {
        let receipt = self.vouching();
        let paths = formats.iter().map(|format| self.path(*format));
        paths.filter(|path| path.exists() && !is_ours(&receipt, path)).collect()
    }

    /// Writes each file whole, the receipt last. What a person has corrected stays, and the
    /// new file lies beside it as `NAME.new.EXTENSION`, unless `force`: of a text, with the
    /// corrections in it.
    ///
    /// # Errors
    /// Any error of writing; each file is then either the old or the new one.
    pub fn write(
        &self,
        made: BuildRecord,
        files: &[(Format, Vec<u8>)],
        force: bool,
    ) -> io::Result<WriteReport> {
        self.put(Some(made), files, true, force)
    }

    /// Writes each file whole, made from something else than the sound, the receipt last.
    /// `timed` says whether it was measured when most words are said.
    ///
    /// # Errors
    /// Any error of writing; each file is then either the old or the new one.
    pub fn add(&self, files: &[(Format, Vec<u8>)], timed: bool) -> io::Result<()> {
        self.put(None, files, timed, true).map(drop)
    }

    /// Whether the file of `format` is there and was written by when its words are said, as it
    /// was measured.
    pub fn is_timed(&self, format: Format) -> bool {
        let path = self.path(format);
        let receipt = self.vouching();
        path.exists() && receipt.files.get(&file_name(&path)).is_some_and(|written| written.timed)
    }

    fn put(
        &self,
        made: Option<BuildRecord>,
        files: &[(Format, Vec<u8>)],
        timed: bool,
        force: bool,
    ) -> io::Result<WriteReport> {
        fs::create_dir_all(self.own())?;
        // What lies there from earlier runs and is still as it was stays ours.
        let mut receipt = self.receipt()?.unwrap_or_default();
        // Keys that stay as they were stay in their form.
        if made.is_some() || receipt.made.is_none() {
            receipt.schema = SCHEMA;
        }
        if let Some(made) = &made {
            self.keep_before(&receipt, made, files)?;
        }
        let mut put = WriteReport::default();
        let mut drafts = Vec::new();
        for (format, bytes) in files {
            let path = self.path(*format);
            let is_corrected = !force && path.exists() && !is_ours(&receipt, &path);
            let draft = match is_corrected.then(|| self.beside_correction(&receipt, *format, bytes))
            {
                None => Draft { path, bytes: bytes.into(), base: self.base_path(*format) },
                Some(None) => {
                    put.paths.push(path);
                    continue;
                }
                Some(Some(draft)) => {
                    put.kept.push(path);
                    draft
                }
            };
            put.paths.push(draft.path.clone());
            drafts.push(draft);
        }
        // A kill between a file and the receipt must not make a stranger of the file.
        let note = |draft: &Draft<'_>| (file_name(&draft.path), digest(&draft.bytes));
        receipt.intended = drafts.iter().map(note).collect();
        self.write_own(RECEIPT, &receipt)?;
        for Draft { path, bytes, base } in &drafts {
            write_atomic(path, bytes)?;
            if let Some(base) = base {
                write_atomic(base, bytes)?;
            }
            let is_converted = made.is_none();
            let written = Written { timed, is_converted, ..Written::now(path, bytes) };
            receipt.files.insert(file_name(path), written);
        }
        receipt.intended.clear();
        receipt.made = made.or(receipt.made);
        self.write_own(RECEIPT, &receipt)?;
        Ok(put)
    }

    /// Notes that the files, as they are, are of this source: it was moved or tagged anew.
    ///
    /// # Errors
    /// Any error of writing.
    pub(crate) fn note_source(&self, receipt: Receipt, source: Source) -> io::Result<()> {
        let made = receipt.made.map(|made| BuildRecord { source, ..made });
        self.write_own(RECEIPT, &Receipt { schema: SCHEMA, made, ..receipt })
    }

    /// Where the artifacts of `made` lie.
    pub fn artifacts_of(&self, made: &BuildRecord) -> [PathBuf; 2] {
        let Artifacts { analysis, words } = self.artifacts(&made.stages, &made.sound);
        [analysis, words]
    }

    /// The artifact that says who was heard, where a pass is on record.
    pub fn analysis(&self) -> Option<PathBuf> {
        let made = self.receipt().ok().flatten()?.made?;
        let [analysis, _] = self.artifacts_of(&made);
        Some(analysis)
    }

    /// Removes the artifacts of `before` that `made` does not use.
    pub(crate) fn remove_artifacts(&self, before: &BuildRecord, made: &BuildRecord) {
        let current = self.artifacts_of(made);
        for path in self.artifacts_of(before).iter().filter(|path| !current.contains(path)) {
            // An artifact that stays is stale, never wrong: its name says so.
            let _ = fs::remove_file(path);
        }
    }

    /// What was written; `None` where nothing was.
    ///
    /// An archive may come from anybody, and the files that its receipts name are moved, sent
    /// and replaced: those that are not the episode's own are forgotten.
    ///
    /// # Errors
    /// Any [`NoteError`] of a receipt that is there.
    pub fn receipt(&self) -> Result<Option<Receipt>, NoteError> {
        let path = self.own_path(RECEIPT);
        let Some(mut receipt) = notes::read::<Receipt>(&path, SCHEMA)? else { return Ok(None) };
        receipt.files.retain(|name, _| self.names(name));
        receipt.intended.retain(|name, _| self.names(name));
        Ok(Some(receipt))
    }

    /// The receipt as far as it vouches for files: where it cannot be read it vouches for none,
    /// and they stay as somebody else's.
    fn vouching(&self) -> Receipt {
        self.receipt().ok().flatten().unwrap_or_default()
    }

    /// Why there is nothing, where that is on record. A record that cannot be read is none: the
    /// episode is tried again.
    pub fn failure(&self) -> Option<Failure> {
        notes::read(&self.own_path(FAILURE), SCHEMA).ok().flatten()
    }

    /// Puts `failure` on record, or takes it off.
    ///
    /// # Errors
    /// Any error of writing or removing.
    pub(crate) fn note_failure(&self, failure: Option<&Failure>) -> io::Result<()> {
        self.note(FAILURE, failure)
    }

    /// The try that has begun and not ended, if one did.
    pub fn attempt(&self) -> Option<Attempt> {
        notes::read(&self.own_path(ATTEMPT), SCHEMA).ok().flatten()
    }

    /// Notes that a try begins, or that it has ended.
    ///
    /// # Errors
    /// Any error of writing or removing.
    pub fn note_attempt(&self, attempt: Option<&Attempt>) -> io::Result<()> {
        self.note(ATTEMPT, attempt)
    }

    fn note(&self, kind: &str, content: Option<&impl Serialize>) -> io::Result<()> {
        match content {
            Some(content) => self.write_own(kind, content),
            None => remove_if_there(&self.own_path(kind)),
        }
    }

    /// The folder of what the program keeps for itself.
    pub fn own(&self) -> PathBuf {
        self.folder.join(OWN)
    }

    fn own_path(&self, kind: &str) -> PathBuf {
        self.own().join(self.with(kind))
    }

    fn write_own(&self, kind: &str, content: &impl Serialize) -> io::Result<()> {
        let text = serde_json::to_string_pretty(content).map_err(io::Error::from)? + "\n";
        // It may be removed at any time.
        fs::create_dir_all(self.own())?;
        write_atomic(&self.own_path(kind), text.as_bytes())
    }

    /// A dot and an extension behind the whole stem: « épisode 1.2 » keeps its « .2 ».
    fn with(&self, extension: &str) -> OsString {
        let mut name = self.stem.clone();
        name.push(".");
        name.push(extension);
        name
    }
}

/// A file that is about to be written.
struct Draft<'a> {
    path: PathBuf,
    bytes: Cow<'a, [u8]>,
    /// Where the same bytes are kept, to be merged with corrections of the file later.
    base: Option<PathBuf>,
}

/// Most bytes of a name: systems allow 255, and « .new-12.podcast.json » or « .receipt.json »
/// come behind it.
const STEM_BYTES_MAX: usize = 220;

/// `stem`, or of a longer one its beginning, and what tells it from others that begin so.
fn fitting(stem: &OsStr) -> OsString {
    let bytes = stem.as_encoded_bytes();
    if bytes.len() <= STEM_BYTES_MAX {
        return stem.to_owned();
    }
    let mark = format!(" {}", &digest(bytes)[..6]);
    let text = stem.to_string_lossy();
    let text = beginning(&text, STEM_BYTES_MAX - mark.len());
    // A name that ends so would be cut again by systems that want no space there.
    format!("{}{mark}", text.trim_end()).into()
}

fn is_ours(receipt: &Receipt, path: &Path) -> bool {
    let name = file_name(path);
    let is_digest = |sha256: &String| fs::read(path).is_ok_and(|bytes| digest(&bytes) == *sha256);
    receipt.files.get(&name).is_some_and(|written| written.is_as_written(path))
        || receipt.intended.get(&name).is_some_and(is_digest)
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests;
