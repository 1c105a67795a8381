//! Where an episode's files lie, and which of them are ours to replace.
//!
//! Beside the outputs, a folder `.voixoff` holds for each episode a receipt
//! (what was written, made from what) and a journal (see `journal`). A file that
//! is not in the receipt, or no longer is what the receipt says, belongs to
//! somebody: a person may have corrected it. It is not replaced unasked.

use crate::{digest::Digest, formats::Format, store::write_atomic};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

/// The files of one episode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outputs {
    folder: PathBuf,
    stem: OsString,
}

/// What was written, made from what.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Receipt {
    /// Version of the program.
    version: String,
    /// Key of everything the files depend on.
    key: String,
    /// SHA-256 of each file, by its name.
    files: BTreeMap<String, String>,
}

impl Outputs {
    /// The files of `episode`, in `folder` or else beside it.
    pub fn of(episode: &Path, folder: Option<&Path>) -> Outputs {
        let beside = || episode.parent().filter(|parent| !parent.as_os_str().is_empty());
        let folder = folder.or_else(beside).unwrap_or(Path::new(".")).to_owned();
        let stem = episode.file_stem().unwrap_or(episode.as_os_str()).to_owned();
        Outputs { folder, stem }
    }

    /// Where they lie.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file in `format`.
    pub fn path(&self, format: Format) -> PathBuf {
        self.folder.join(self.name(format.extension()))
    }

    /// `file` as the files of the episode name it: from their folder, with `/`, so that both
    /// can move together. The folder must exist.
    ///
    /// # Errors
    /// Any error of looking where the two lie.
    pub fn way_to(&self, file: &Path) -> io::Result<String> {
        let (from, to) = (fs::canonicalize(&self.folder)?, fs::canonicalize(file)?);
        let shared = from.components().zip(to.components()).take_while(|(one, other)| one == other);
        let n_shared = shared.count();
        let up = from.components().skip(n_shared).map(|_| "..".into());
        let down = to.components().skip(n_shared).map(|part| part.as_os_str().to_string_lossy());
        Ok(up.chain(down).collect::<Vec<_>>().join("/"))
    }

    /// The journal of the work that `key` names. Its folder is made.
    ///
    /// # Errors
    /// Any error of creating the folder.
    pub fn journal(&self, key: &str) -> io::Result<PathBuf> {
        fs::create_dir_all(self.own())?;
        Ok(self.own().join(self.name(&format!("{}.windows", &key[..16.min(key.len())]))))
    }

    /// Whether all `formats` lie there as a run with this `key` wrote them.
    pub fn are_current(&self, key: &str, formats: &[Format]) -> bool {
        let Some(receipt) = self.receipt() else { return false };
        let as_written = |format: &Format| receipt.has(&self.path(*format));
        receipt.key == key && receipt.version == VERSION && formats.iter().all(as_written)
    }

    /// The first file of `formats` that is there and not as this program left it.
    pub fn foreign(&self, formats: &[Format]) -> Option<PathBuf> {
        let receipt = self.receipt();
        let ours = |path: &PathBuf| receipt.as_ref().is_some_and(|receipt| receipt.has(path));
        formats.iter().map(|format| self.path(*format)).find(|path| path.exists() && !ours(path))
    }

    /// Writes each file whole, the receipt last; journals other than `journal` go.
    ///
    /// # Errors
    /// Any error of writing; each file is then either the old or the new one.
    pub fn write(&self, key: &str, journal: &Path, files: &[(Format, Vec<u8>)]) -> io::Result<()> {
        self.put(Some(key), files)?;
        self.remove_journals_but(journal);
        Ok(())
    }

    /// Writes each file whole, made from something else than the sound, the receipt last.
    ///
    /// # Errors
    /// Any error of writing; each file is then either the old or the new one.
    pub fn add(&self, files: &[(Format, Vec<u8>)]) -> io::Result<()> {
        self.put(None, files)
    }

    fn put(&self, key: Option<&str>, files: &[(Format, Vec<u8>)]) -> io::Result<()> {
        fs::create_dir_all(self.own())?;
        // What lies there from earlier runs and is still as it was stays ours.
        let mut receipt = self.receipt().unwrap_or_default();
        if let Some(key) = key {
            receipt = Receipt { version: VERSION.into(), key: key.into(), ..receipt };
        }
        for (format, bytes) in files {
            let path = self.path(*format);
            write_atomic(&path, bytes)?;
            receipt.files.insert(file_name(&path), digest(bytes));
        }
        let text = serde_json::to_string_pretty(&receipt).map_err(io::Error::from)? + "\n";
        write_atomic(&self.receipt_path(), text.as_bytes())
    }

    fn remove_journals_but(&self, current: &Path) {
        let prefix = self.name("");
        let Ok(entries) = fs::read_dir(self.own()) else { return };
        for path in entries.flatten().map(|entry| entry.path()) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let key_part = name.strip_prefix(&*prefix.to_string_lossy());
            let is_journal = key_part.and_then(|rest| rest.strip_suffix(".windows"));
            if is_journal.is_some_and(|key| key.len() == 16) && path != current {
                // A journal that stays is stale, never wrong: its name says so.
                let _ = fs::remove_file(path);
            }
        }
    }

    fn own(&self) -> PathBuf {
        self.folder.join(".voixoff")
    }

    fn receipt_path(&self) -> PathBuf {
        self.own().join(self.name("receipt.json"))
    }

    fn receipt(&self) -> Option<Receipt> {
        serde_json::from_slice(&fs::read(self.receipt_path()).ok()?).ok()
    }

    /// A dot and an extension behind the whole stem: « épisode 1.2 » keeps its « .2 ».
    fn name(&self, extension: &str) -> OsString {
        let mut name = self.stem.clone();
        name.push(".");
        name.push(extension);
        name
    }
}

impl Receipt {
    fn has(&self, path: &Path) -> bool {
        let noted = self.files.get(&file_name(path));
        noted.is_some_and(|noted| fs::read(path).is_ok_and(|bytes| digest(&bytes) == *noted))
    }
}

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn digest(bytes: &[u8]) -> String {
    let mut digest = Digest::new();
    digest.update(bytes);
    digest.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_current_until_one_is_touched_or_the_key_changes() {
        let (_folder, outputs) = outputs();
        outputs
            .write(
                "clé",
                Path::new(""),
                &[(Format::Srt, b"1".to_vec()), (Format::Txt, b"2".to_vec())],
            )
            .unwrap();
        assert!(outputs.are_current("clé", &[Format::Txt]));
        assert!(!outputs.are_current("autre", &[Format::Txt]));
        assert!(!outputs.are_current("clé", &[Format::Json]));
        write_atomic(&outputs.path(Format::Txt), "corrigé".as_bytes()).unwrap();
        assert!(!outputs.are_current("clé", &[Format::Txt]));
        assert!(outputs.are_current("clé", &[Format::Srt]));
    }

    #[test]
    fn a_corrected_file_is_not_ours_any_more() {
        let (_folder, outputs) = outputs();
        outputs.write("clé", Path::new(""), &[(Format::Txt, b"brut".to_vec())]).unwrap();
        assert_eq!(outputs.foreign(&Format::ALL), None);
        write_atomic(&outputs.path(Format::Txt), "corrigé".as_bytes()).unwrap();
        assert_eq!(outputs.foreign(&Format::ALL), Some(outputs.path(Format::Txt)));
    }

    #[test]
    fn a_file_added_is_ours_and_leaves_the_run_current() {
        let (_folder, outputs) = outputs();
        outputs.add(&[(Format::Vtt, "0".into())]).unwrap();
        assert_eq!(outputs.foreign(&Format::ALL), None);
        outputs.write("clé", Path::new(""), &[(Format::Txt, "1".into())]).unwrap();
        outputs.add(&[(Format::Srt, "2".into())]).unwrap();
        assert_eq!(outputs.foreign(&Format::ALL), None);
        assert!(outputs.are_current("clé", &[Format::Txt]));
    }

    #[test]
    fn a_name_with_dots_spaces_and_accents_keeps_them() {
        let outputs = Outputs::of(Path::new("a/émission n° 1.2 finale.mp3"), None);
        assert_eq!(outputs.path(Format::Srt), Path::new("a/émission n° 1.2 finale.srt"));
    }

    #[test]
    fn the_sound_is_named_as_seen_from_the_transcripts() {
        let folder = tempfile::tempdir().unwrap();
        let sound = folder.path().join("épisode.mp3");
        write_atomic(&sound, b"").unwrap();
        let out = folder.path().join("textes/2019");
        fs::create_dir_all(&out).unwrap();
        assert_eq!(Outputs::of(&sound, None).way_to(&sound).unwrap(), "épisode.mp3");
        let there = Outputs::of(&sound, Some(&out));
        assert_eq!(there.way_to(&sound).unwrap(), "../../épisode.mp3");
    }

    fn outputs() -> (tempfile::TempDir, Outputs) {
        let folder = tempfile::tempdir().unwrap();
        let outputs = Outputs::of(Path::new("épisode.mp3"), Some(folder.path()));
        (folder, outputs)
    }
}
