//! What was written of an episode, made from what: the ledger of an archive.
//!
//! A receipt is written last. Where it stands, and says what a run would do, there is
//! nothing to do; so a run over a finished archive costs a look at each file's length
//! and time, and no file is read.

use super::digest;
use crate::base::{notes::empty_if_none, transcript::About};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs::{self, Metadata},
    path::Path,
    time::UNIX_EPOCH,
};

/// The receipt of an episode.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Receipt {
    /// Form of the file: 0 is that of version 0.1.0, whose keys were made otherwise. What is
    /// written has `SCHEMA`.
    pub schema: u32,
    /// What the files were made from; `None` where only `voixoff convert` wrote here.
    pub made: Option<BuildRecord>,
    /// What is known of each file that this program wrote, by its name.
    pub files: BTreeMap<String, Written>,
    /// SHA-256 of the files that were being written when the program ended, by their names.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub intended: BTreeMap<String, String>,
}

/// What the files of an episode were made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BuildRecord {
    /// Version of the program.
    pub version: String,
    /// Where the sound was.
    pub source: Source,
    /// SHA-256 of the coded sound; see [`crate::audio::Identity`].
    pub sound: String,
    /// Length of the sound, in seconds.
    pub duration: f64,
    /// What the files say above the text.
    pub about: About,
    /// By which settings.
    pub stages: StageKeys,
    /// Name of the recogniser.
    pub recogniser: String,
    /// Names out of its feed that the recogniser was told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// Names out of its title and notes that the recogniser was to prefer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentioned: Vec<String>,
    /// What it took.
    pub cost: Cost,
    /// Address from which its chapters are; `None` where there is none, or it did not answer.
    #[serde(default, with = "empty_if_none")]
    pub chapters_at: Option<String>,
    /// Where the text is that a person wrote and that was laid on the sound, from the folder of the
    /// files; `None` of what was recognised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
}

/// Where the sound of an episode was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Source {
    /// Path from the folder of the files, or address.
    pub place: String,
    /// What its feed calls it; `None` for a file.
    #[serde(with = "empty_if_none")]
    pub guid: Option<String>,
    /// Its length in bytes, as the system or the feed says.
    pub bytes: u64,
    /// When it was last changed, in nanoseconds since 1970; 0 for an address.
    pub modified_ns: u64,
    /// What its server knows its content by, where that is known.
    #[serde(rename = "mark", with = "empty_if_none", skip_serializing_if = "Option::is_none")]
    pub validator: Option<String>,
}

impl Source {
    /// Whether `other` is the same file unchanged, wherever it is called from.
    pub(crate) fn is_unchanged(&self, other: &Source) -> bool {
        let place = |source: &Source| {
            source.place.rsplit('/').next().map(str::to_owned).unwrap_or_default()
        };
        let is_there = (self.bytes, self.modified_ns) == (other.bytes, other.modified_ns);
        let validators = self.validator.as_ref().zip(other.validator.as_ref());
        is_there
            && validators.is_none_or(|(one, other)| one == other)
            && self.guid == other.guid
            && place(self) == place(other)
    }
}

/// Keys of what each stage depends on: digests of its settings, with those of the stages
/// before it.
///
/// What differs from those of a run is what the run will do again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageKeys {
    /// Of listening: where anybody talks, and in which voices.
    #[serde(rename = "heard")]
    pub listening: String,
    /// Of recognising words.
    pub words: String,
    /// Of all that costs nothing: speakers, text, formats.
    pub text: String,
}

impl StageKeys {
    /// Puts the `new` key in the place of each that is the `old` one of the same settings.
    pub(crate) fn renew(&mut self, old: &StageKeys, new: StageKeys) {
        let pairs = [
            (&mut self.listening, &old.listening, new.listening),
            (&mut self.words, &old.words, new.words),
            (&mut self.text, &old.text, new.text),
        ];
        for (key, old, new) in pairs {
            if key == old {
                *key = new;
            }
        }
    }
}

/// Time on the clock that the slow stages took, in seconds; 0 where an earlier run had
/// done them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cost {
    /// Decoding and listening.
    #[serde(rename = "heard")]
    pub listening: f64,
    /// Recognising.
    pub words: f64,
}

/// A file as this program wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// When it was written, in nanoseconds since 1970.
    pub modified_ns: u64,
    /// Whether it was measured when its words are said; false where their times are shares of
    /// longer ones, or there are none.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub timed: bool,
    /// Whether `voixoff convert` made it of another file: the sound has no part in it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_converted: bool,
}

fn yes() -> bool {
    true
}

fn is_true(value: &bool) -> bool {
    *value
}

impl Written {
    /// Notes the file at `path`, which has just been given `content` by a pass over the sound.
    pub(super) fn now(path: &Path, content: &[u8]) -> Written {
        let modified_ns = fs::metadata(path).map_or(0, |metadata| modified_ns(&metadata));
        let (sha256, bytes) = (digest(content), content.len() as u64);
        Written { sha256, bytes, modified_ns, timed: true, is_converted: false }
    }

    /// Whether the file at `path` is still as it was written. Its bytes are read only where
    /// its time was touched.
    pub(super) fn is_as_written(&self, path: &Path) -> bool {
        let Ok(metadata) = fs::metadata(path) else { return false };
        metadata.len() == self.bytes
            && (modified_ns(&metadata) == self.modified_ns
                || fs::read(path).is_ok_and(|bytes| digest(&bytes) == self.sha256))
    }
}

/// When a file was last changed, in nanoseconds since 1970; 0 where the system does not say.
pub fn modified_ns(metadata: &Metadata) -> u64 {
    let since = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}
