//! The finished transcript of an episode, before any format.
//!
//! Formats write from this and from nothing else. No wall-clock value is in it:
//! the same sound and settings give the same transcript, byte for byte.

use crate::{
    speech::{Doubt, Role, SpeakerId, Turn, Word},
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

/// Somebody who speaks in the episode.
#[derive(Debug, Clone, PartialEq)]
pub struct Speaker {
    /// Number, named by segments.
    pub id: SpeakerId,
    /// What readers see: a name that is known, `Voix off`, or `Intervenant N`.
    pub name: String,
    /// `None` where nothing tells.
    pub role: Option<Role>,
    /// How sure the role and the name are, in `0.0..=1.0`; `None` without either.
    pub confidence: Option<f32>,
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
    /// The network that told voices apart, where one did.
    pub embedding: Option<ModelUsed>,
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
    /// By number; empty where nobody was told apart.
    pub speakers: Vec<Speaker>,
    /// Who speaks when, sorted by start; turns of different speakers may overlap.
    pub turns: Vec<Turn>,
    /// Sorted by start.
    pub segments: Vec<Segment>,
    /// Stretches that sound like speech and were not given to the recogniser.
    pub left_out: Vec<Span>,
    /// What was wrong with the sound.
    pub damage: Damage,
    /// What it was made of and by.
    pub provenance: Provenance,
}

impl Transcript {
    /// What readers call the speaker of `segment`, where somebody is known.
    pub fn name_of(&self, segment: &Segment) -> Option<&str> {
        let speaker = segment.speaker?;
        self.speakers.iter().find(|known| known.id == speaker).map(|known| known.name.as_str())
    }

    /// What readers call the speakers, by number.
    pub fn names(&self) -> Vec<String> {
        self.speakers.iter().map(|speaker| speaker.name.clone()).collect()
    }
}
