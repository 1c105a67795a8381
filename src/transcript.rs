//! The finished transcript of an episode, before any format.
//!
//! Formats write from this and from nothing else. No wall-clock value is in it:
//! the same sound and settings give the same transcript, byte for byte.

use crate::{
    speech::{Doubt, SpeakerId, Word},
    time::{Span, Time},
};
use serde::{Deserialize, Serialize};

/// A piece of transcript: one speaker, one stretch, about a sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// Who speaks; `None` where nobody was told apart.
    pub speaker: Option<SpeakerId>,
    /// From the first word to the end of the last.
    pub span: Span,
    /// Never empty; sorted, inside `span`.
    pub words: Vec<Word>,
    /// Why a person should look at it.
    pub doubt: Option<Doubt>,
}

impl Segment {
    /// The words joined by single spaces.
    pub fn text(&self) -> String {
        self.words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
    }
}

/// A model that had a part in the result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelUsed {
    /// Name in the manifest, or the name of the file.
    pub name: String,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
}

/// What the transcript was made of and by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// Language that was asked for, a code of ISO 639-1.
    pub language: String,
    /// SHA-256 of the audio file, in hexadecimal.
    pub audio: String,
    /// The recogniser.
    pub recogniser: ModelUsed,
    /// The network that found the regions of speech, where one did.
    pub segmentation: Option<ModelUsed>,
}

/// What was wrong with the sound; nothing, as a rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Damage {
    /// Packets that could not be decoded and are silent in the transcript's clock.
    pub corrupt_packets: u64,
    /// Where the sound stops, and how long the file says it is if it says so.
    pub cut: Option<(Time, Option<Time>)>,
}

/// The transcript of one episode.
#[derive(Debug, Clone, PartialEq)]
pub struct Transcript {
    /// Length of the episode.
    pub duration: Time,
    /// Sorted by start.
    pub segments: Vec<Segment>,
    /// Stretches that sound like speech and were not given to the recogniser.
    pub left_out: Vec<Span>,
    /// What was wrong with the sound.
    pub damage: Damage,
    /// What it was made of and by.
    pub provenance: Provenance,
}
