//! What comes to an episode from elsewhere, and goes back: its sound, and the files that an
//! archive in a bucket has.

use super::{Moved, episode::Desk};
use crate::{
    archive::Origin,
    download::{DownloadSettings, download},
    outputs::{Made, OWN, Outputs, Receipt, Source, digest},
    pipeline::{Artifacts, EpisodeError},
};
use std::{
    cell::RefCell,
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// What the bucket of an archive knows of an episode at work, and is to know.
#[derive(Default)]
pub(super) struct Sent {
    /// What it has noted; `None` where that is not known, so that nothing may go back.
    before: RefCell<Option<Option<Receipt>>>,
    artifacts: RefCell<Vec<PathBuf>>,
    /// What marked the sound that was downloaded just now.
    mark: RefCell<String>,
}

impl Desk<'_, '_> {
    /// Brings the episode's files from the bucket of the archive, if it is in one.
    pub(super) fn bring(&self) -> Result<(), EpisodeError> {
        if let Some(mirror) = self.batch.mirror {
            *self.sent.before.borrow_mut() = Some(mirror.bring(&self.item.outputs)?);
        }
        Ok(())
    }

    /// Brings what is known of the slow answers; it goes back with what is found out now.
    pub(super) fn bring_artifacts(&self, artifacts: &Artifacts) -> Result<(), EpisodeError> {
        let paths = [artifacts.heard.clone(), artifacts.words.clone()];
        if let Some(mirror) = self.batch.mirror {
            mirror.bring_artifacts(&paths)?;
        }
        *self.sent.artifacts.borrow_mut() = paths.into();
        Ok(())
    }

    /// Sends what has changed to the bucket of the archive, if it was looked at.
    pub(super) fn send(&self) -> Result<(), EpisodeError> {
        let Some(mirror) = self.batch.mirror else { return Ok(()) };
        let (before, artifacts) = (self.sent.before.borrow(), self.sent.artifacts.borrow());
        let Some(before) = &*before else { return Ok(()) };
        Ok(mirror.send(&self.item.outputs, before.as_ref(), &artifacts)?)
    }

    /// The receipt of the same sound under another name, whose files are called as this
    /// episode's from now on.
    pub(super) fn moved_here(&self, sound: &str) -> Result<Option<Receipt>, EpisodeError> {
        let Moved { by_sound, taking } = &self.batch.moved;
        let Ok(_one) = taking.lock() else { return Ok(None) };
        let outputs = &self.item.outputs;
        let found =
            by_sound.get_or_init(|| by_sound_in(self.batch.settings.out.as_deref(), outputs));
        let is_gone = |(old, made): &&(Outputs, Made)| {
            let is_file = made.source.guid.is_empty();
            is_file && !old.folder().join(&made.source.place).exists() && old.receipt().is_some()
        };
        let Some((old, _)) = found.get(sound).and_then(|all| all.iter().find(is_gone)) else {
            return Ok(None);
        };
        self.take_over(old)?;
        Ok(outputs.receipt())
    }

    /// Takes the files of `old`, here and in the bucket of the archive.
    fn take_over(&self, old: &Outputs) -> Result<(), EpisodeError> {
        let outputs = &self.item.outputs;
        let Some(mirror) = self.batch.mirror else {
            return self.kept(outputs.take_over(old));
        };
        let Some(receipt) = mirror.bring(old)? else { return Ok(()) };
        let is_elsewhere = outputs.folder() != old.folder();
        let made = receipt.made.iter().filter(|_| is_elsewhere);
        let artifacts: Vec<PathBuf> = made.clone().flat_map(|it| old.artifacts_of(it)).collect();
        mirror.bring_artifacts(&artifacts)?;
        self.kept(outputs.take_over(old))?;
        let taken: Vec<PathBuf> = made.flat_map(|it| outputs.artifacts_of(it)).collect();
        mirror.send(outputs, None, &taken)?;
        mirror.forget(old, &receipt, &artifacts)?;
        self.bring()
    }

    /// The file of the sound; downloaded if it is not there yet.
    pub(super) fn sound(&self) -> Result<PathBuf, EpisodeError> {
        let path = match &self.item.origin {
            Origin::File(path) => return Ok(path.clone()),
            Origin::Enclosure { .. } | Origin::Object { .. } => self.download_path(),
        };
        if path.exists() && !self.is_replaced() {
            return Ok(path);
        }
        self.kept(fs::create_dir_all(path.parent().unwrap_or(Path::new("."))))?;
        let cancel = self.batch.cancel;
        match &self.item.origin {
            Origin::File(_) => (),
            Origin::Enclosure { sound, .. } => {
                let mark = download(&sound.address, &path, DownloadSettings::EPISODE, cancel)?;
                *self.sent.mark.borrow_mut() = mark;
            }
            Origin::Object { address, etag, .. } => {
                self.batch.buckets.download(address, etag, &path, cancel)?;
            }
        }
        Ok(path)
    }

    /// The sound as it lies there now, with what is known to mark it.
    pub(super) fn source(&self, before: Option<&Made>) -> Source {
        let mut source = self.item.source().unwrap_or_default();
        let fresh = self.sent.mark.borrow();
        let before = before.filter(|made| source.is_unchanged(&made.source));
        let known = [fresh.as_str(), &source.mark, before.map_or("", |made| &made.source.mark)];
        let known = known.into_iter().find(|mark| !mark.is_empty());
        source.mark = known.unwrap_or_default().to_owned();
        source
    }

    /// Whether the publisher has put other sound in the place of what was downloaded before this
    /// run.
    fn is_replaced(&self) -> bool {
        let Origin::Enclosure { mark, .. } = &self.item.origin else { return false };
        let made = || self.item.outputs.receipt().and_then(|receipt| receipt.made);
        let is_fresh = !self.sent.mark.borrow().is_empty();
        let is_other = |made: Made| !made.source.mark.is_empty() && *made.source.mark != **mark;
        !mark.is_empty() && !is_fresh && made().is_some_and(is_other)
    }

    /// Removes downloaded sound, unless it is to be kept; what `is_wrong` never is, or it would
    /// be tried again for ever.
    pub(super) fn remove_download(&self, is_wrong: bool) {
        let is_kept = match &self.item.origin {
            Origin::File(_) => true,
            Origin::Enclosure { .. } => self.batch.settings.keep_audio && !is_wrong,
            Origin::Object { .. } => false,
        };
        if !is_kept {
            // What stays takes room and is never wrong: its name says what it is.
            let _ = fs::remove_file(self.download_path());
        }
    }

    /// Where the downloaded sound lies: beside the transcripts if it is kept. Its name tells
    /// one version of it from the next.
    pub(super) fn download_path(&self) -> PathBuf {
        let outputs = &self.item.outputs;
        let (place, version) = match &self.item.origin {
            Origin::File(path) => return path.clone(),
            Origin::Enclosure { sound, .. } => {
                let path = sound.address.split(['?', '#']).next().unwrap_or_default();
                (path.to_owned(), format!("{} {:?}", sound.address, sound.bytes))
            }
            Origin::Object { address, bytes, etag, .. } => {
                (address.prefix.clone(), format!("{address} {bytes} {etag}"))
            }
        };
        let extension = place.rsplit('/').next().and_then(|name| name.rsplit_once('.'));
        let extension = extension.map(|(_, extension)| extension.to_lowercase());
        let is_plain = |text: &String| {
            (2..=4).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric())
        };
        let extension = extension.filter(is_plain).unwrap_or_else(|| "mp3".to_owned());
        if self.batch.settings.keep_audio && matches!(self.item.origin, Origin::Enclosure { .. }) {
            return outputs.folder().join(format!("{}.{extension}", outputs.name()));
        }
        let version = digest(version.as_bytes());
        outputs.folder().join(OWN).join(format!("sound-{}.{extension}", &version[..16]))
    }
}

/// All episodes that have a receipt, by their sound: in the archive, or in the one folder.
fn by_sound_in(out: Option<&Path>, outputs: &Outputs) -> BTreeMap<String, Vec<(Outputs, Made)>> {
    let all = match out {
        Some(out) => Outputs::all_below(out),
        None => Outputs::all_in(outputs.folder()),
    };
    let mut by_sound: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for outputs in all {
        if let Some(made) = outputs.receipt().and_then(|receipt| receipt.made) {
            by_sound.entry(made.sound.clone()).or_default().push((outputs, made));
        }
    }
    by_sound
}
