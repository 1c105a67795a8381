//! What comes to an episode from elsewhere, and goes back: its sound, and the files that an
//! archive in a bucket has.

use super::{
    Moved,
    episode::{EpisodeJob, make_folder},
    error::JobError,
};
use crate::{
    archive::sources::Origin,
    audio,
    base::{digest::digest, store},
    episode::{
        outputs::{BuildRecord, OWN, Outputs, Receipt, Source},
        pipeline::Artifacts,
    },
    net::{
        download::{DownloadSettings, download},
        web,
    },
};
use std::{
    cell::RefCell,
    collections::BTreeMap,
    fs::{self, File},
    io::{self, BufReader, Read},
    path::{Path, PathBuf},
};

/// What is known of an episode at work from elsewhere.
#[derive(Default)]
pub(super) struct RemoteState {
    receipt: RefCell<RemoteReceipt>,
    /// What goes to the bucket of the archive beside its files.
    artifacts: RefCell<Vec<PathBuf>>,
    /// What the publisher knows the sound by that was downloaded just now.
    pub(super) validator: RefCell<Option<String>>,
}

/// What the bucket of an archive has noted of an episode.
#[derive(Default)]
enum RemoteReceipt {
    /// It was not asked, so that nothing may go back.
    #[default]
    Unknown,
    /// Nothing.
    Absent,
    /// This.
    There(Box<Receipt>),
}

impl EpisodeJob<'_, '_> {
    /// Pulls the episode's files from the bucket of the archive, if it is in one.
    pub(super) fn pull(&self) -> Result<(), JobError> {
        if let Some(mirror) = self.batch.mirror {
            *self.remote.receipt.borrow_mut() = match mirror.pull(&self.item.outputs)? {
                Some(receipt) => RemoteReceipt::There(Box::new(receipt)),
                None => RemoteReceipt::Absent,
            };
        }
        Ok(())
    }

    /// Pulls what is known of the slow answers; it goes back with what is found out now.
    pub(super) fn pull_artifacts(&self, artifacts: &Artifacts) -> Result<(), JobError> {
        let paths = [artifacts.analysis.clone(), artifacts.words.clone()];
        if let Some(mirror) = self.batch.mirror {
            mirror.pull_artifacts(&paths)?;
        }
        *self.remote.artifacts.borrow_mut() = paths.into();
        Ok(())
    }

    /// Pushes what has changed to the bucket of the archive, if it was looked at.
    pub(super) fn push(&self) -> Result<(), JobError> {
        let Some(mirror) = self.batch.mirror else { return Ok(()) };
        let receipt = self.remote.receipt.borrow();
        let before = match &*receipt {
            RemoteReceipt::Unknown => return Ok(()),
            RemoteReceipt::Absent => None,
            RemoteReceipt::There(receipt) => Some(&**receipt),
        };
        Ok(mirror.push(&self.item.outputs, before, &self.remote.artifacts.borrow())?)
    }

    /// The receipt of the same sound under another name, whose files are called as this
    /// episode's from now on.
    pub(super) fn moved_here(&self, sound: &str) -> Result<Option<Receipt>, JobError> {
        let Moved { by_sound, taking } = &self.batch.moved;
        let Ok(_one) = taking.lock() else { return Ok(None) };
        let outputs = &self.item.outputs;
        let found =
            by_sound.get_or_init(|| by_sound_in(self.batch.settings.out.as_deref(), outputs));
        let is_gone = |(old, made): &&(Outputs, BuildRecord)| {
            let is_file = made.source.guid.is_none();
            is_file
                && !old.folder().join(&made.source.place).exists()
                && matches!(old.receipt(), Ok(Some(_)))
        };
        let Some((old, _)) = found.get(sound).and_then(|all| all.iter().find(is_gone)) else {
            return Ok(None);
        };
        self.take_over(old)?;
        Ok(self.batch.receipt(self.item)?)
    }

    /// Takes the files of `old`, here and in the bucket of the archive.
    fn take_over(&self, old: &Outputs) -> Result<(), JobError> {
        let outputs = &self.item.outputs;
        let Some(mirror) = self.batch.mirror else {
            return self.written(outputs.take_over(old));
        };
        let Some(receipt) = mirror.pull(old)? else { return Ok(()) };
        let is_elsewhere = outputs.folder() != old.folder();
        let made = receipt.made.iter().filter(|_| is_elsewhere);
        let artifacts: Vec<PathBuf> = made.clone().flat_map(|it| old.artifacts_of(it)).collect();
        mirror.pull_artifacts(&artifacts)?;
        self.written(outputs.take_over(old))?;
        let taken: Vec<PathBuf> = made.flat_map(|it| outputs.artifacts_of(it)).collect();
        mirror.push(outputs, None, &taken)?;
        mirror.forget(old, &receipt, &artifacts)?;
        self.pull()
    }

    /// The file of the sound, where it is here.
    pub(super) fn sound_here(&self) -> Option<PathBuf> {
        if let Origin::File(path) = &self.item.origin {
            return path.exists().then(|| path.clone());
        }
        if self.is_replaced() {
            return None;
        }
        let path = self.download_path();
        let kept = || self.kept_sound().map(|(kept, _)| kept);
        if path.exists() { Some(path) } else { kept() }
    }

    /// The file of the sound; downloaded if it is not there yet.
    pub(super) fn sound(&self) -> Result<PathBuf, JobError> {
        if let Origin::File(path) = &self.item.origin {
            return Ok(path.clone());
        }
        if let Some(here) = self.sound_here() {
            return Ok(here);
        }
        let path = self.download_path();
        make_folder(path.parent().unwrap_or(Path::new(".")))?;
        let cancel = self.batch.cancel;
        match &self.item.origin {
            Origin::File(_) => (),
            Origin::Enclosure { sound, .. } => {
                let settings = DownloadSettings::EPISODE;
                let validator = download(&sound.address, &path, settings, cancel)?;
                *self.remote.validator.borrow_mut() = validator;
            }
            Origin::Object { address, etag, .. } => {
                self.batch.buckets.download(address, etag, &path, cancel)?;
            }
        }
        Ok(path)
    }

    /// The sound as it lies there now, with the validator that is known of it.
    pub(super) fn source(&self, before: Option<&BuildRecord>) -> Source {
        let source = self.item.source().unwrap_or_default();
        let fresh = self.remote.validator.borrow().clone();
        let before = before.filter(|made| source.is_unchanged(&made.source));
        let before = || before.and_then(|made| made.source.validator.clone());
        let validator = fresh.or_else(|| source.validator.clone()).or_else(before);
        Source { validator, ..source }
    }

    /// Removes downloaded sound; what is kept lies elsewhere by now.
    pub(super) fn remove_download(&self) {
        if !matches!(self.item.origin, Origin::File(_)) {
            // What stays takes room and is never wrong: its name says what it is.
            let _ = fs::remove_file(self.download_path());
        }
    }

    /// Where downloaded sound lies until its episode is done. Its name tells one version of it
    /// from the next; what it is, only its content says.
    fn download_path(&self) -> PathBuf {
        let version = match &self.item.origin {
            Origin::File(path) => return path.clone(),
            Origin::Enclosure { sound, .. } => {
                format!("{} {:?}", web::public(&sound.address), sound.bytes)
            }
            Origin::Object { address, bytes, etag, .. } => format!("{address} {bytes} {etag}"),
        };
        let version = digest(version.as_bytes());
        self.item.outputs.folder().join(OWN).join(format!("sound-{}", &version[..16]))
    }

    /// Whether the sound of the episode is kept beside its transcripts.
    fn is_to_be_kept(&self) -> bool {
        self.batch.settings.keep_audio && matches!(self.item.origin, Origin::Enclosure { .. })
    }

    /// The sound that is kept of the episode, and what it is called: its receipt says so.
    fn kept_sound(&self) -> Option<(PathBuf, String)> {
        let receipt = self.item.outputs.receipt().ok()??;
        let name = receipt.made?.about.sound;
        let is_beside = !name.contains(['/', '\\']) && !receipt.files.contains_key(&name);
        let is_ours = is_beside && name.starts_with(&format!("{}.", self.item.outputs.name()));
        let path = self.item.outputs.folder().join(&name);
        (is_ours && self.is_to_be_kept() && path.is_file()).then_some((path, name))
    }

    /// What sound with this `extension` is called where it is kept.
    pub(super) fn kept_name(&self, extension: &str) -> String {
        let before = self.kept_sound().map(|(_, name)| name);
        let is_same = |name: &String| name.ends_with(&format!(".{extension}"));
        let fresh = || format!("{}.{extension}", self.item.outputs.name());
        before.filter(is_same).unwrap_or_else(fresh)
    }

    /// Gives downloaded sound its place beside the transcripts, if it is to be kept; what it is
    /// called there. `None` where nothing was downloaded.
    ///
    /// It is called by what it is, never by what its address says: a page or a program has no
    /// place in a folder that people publish, and no transcript has such a name. A file of
    /// somebody else stays. Where its `extension` is not known yet, its container is looked at.
    pub(super) fn keep_sound(
        &self,
        extension: Option<&'static str>,
    ) -> Result<Option<String>, JobError> {
        let from = self.download_path();
        if !self.is_to_be_kept() || !from.is_file() {
            return Ok(None);
        }
        let extension = match extension {
            Some(extension) => extension,
            None => audio::extension(&from, self.batch.cancel)?,
        };
        let before = self.kept_sound();
        let first = self.kept_name(extension);
        let others = (1_u32..).map(|n| {
            let n = if n == 1 { String::new() } else { format!("-{n}") };
            format!("{}.new{n}.{extension}", self.item.outputs.name())
        });
        let is_free = |name: &String| {
            let path = self.item.outputs.folder().join(name);
            let is_ours = before.as_ref().is_some_and(|(_, known)| known == name);
            is_ours || !path.exists() || is_same(&path, &from).unwrap_or(false)
        };
        let mut names = [first].into_iter().chain(others);
        let name = names.find(is_free).expect("nobody has four thousand million sounds");
        self.written(store::put_in_place(&from, &self.item.outputs.folder().join(&name)))?;
        if let Some((path, _)) = before.filter(|(_, known)| *known != name) {
            // The same episode in another container.
            let _ = fs::remove_file(path);
        }
        Ok(Some(name))
    }

    /// Refuses to go on where a transcript would replace sound, whoever asks for it.
    pub(super) fn spare_sound(&self) -> Result<(), JobError> {
        let batch = self.batch;
        for path in self.item.outputs.all_touched(&batch.settings.formats) {
            let mut head = Vec::new();
            let read = File::open(&path)
                .and_then(|file| file.take(web::HEAD_BYTES as u64).read_to_end(&mut head));
            let may_be = read.is_ok() && !web::is_text(&head);
            if may_be && audio::extension(&path, batch.cancel).is_ok() {
                return Err(JobError::Sound { path });
            }
        }
        Ok(())
    }
}

/// Whether two files have the same bytes.
fn is_same(one: &Path, other: &Path) -> io::Result<bool> {
    let (one, other) = (File::open(one)?, File::open(other)?);
    if one.metadata()?.len() != other.metadata()?.len() {
        return Ok(false);
    }
    let (one, other) = (BufReader::new(one).bytes(), BufReader::new(other).bytes());
    for (one, other) in one.zip(other) {
        if one? != other? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// All episodes that have a receipt, by their sound: in the archive, or in the one folder.
fn by_sound_in(
    out: Option<&Path>,
    outputs: &Outputs,
) -> BTreeMap<String, Vec<(Outputs, BuildRecord)>> {
    let all = match out {
        Some(out) => Outputs::all_below(out),
        None => Outputs::all_in(outputs.folder()),
    };
    let mut by_sound: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for outputs in all {
        // What cannot be read is of no sound that is known.
        if let Some(made) = outputs.receipt().ok().flatten().and_then(|receipt| receipt.made) {
            by_sound.entry(made.sound.clone()).or_default().push((outputs, made));
        }
    }
    by_sound
}
