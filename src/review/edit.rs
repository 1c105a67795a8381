//! What a person changes in a transcript, as it is kept and sent.

use crate::base::{
    speech::SpeakerId,
    transcript::{Chapter, Opening},
};
use serde::{Deserialize, Serialize};

/// One thing that a person did, whatever it touched: applied as a whole or not at all, and taken
/// back by another edit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Edit {
    /// Runs of sentences in the place of which others stand. No sentence is in two.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub splices: Vec<Splice>,
    /// What people are called from here on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<SpeakerPut>,
    /// What stands above the text; `None` leaves it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heading: Option<Heading>,
    /// Whether all of it was read against the sound; `None` leaves that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reviewed: Option<bool>,
    /// Who signs that, as they want to be called; `None` leaves it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reviewer: Option<String>,
    /// Whether the files of the episode were written with the text as it stands.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub published: bool,
}

/// Sentences in the place of others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Splice {
    /// Numbers of sentences that follow one another; never empty.
    pub at: Vec<u64>,
    /// What stands there from here on; never empty. A sentence that is taken out has no text.
    pub with: Vec<SentencePut>,
}

/// A sentence as a person wants it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SentencePut {
    /// Its number: one of those in whose place it stands, or one that no sentence has.
    pub id: u64,
    /// One line; empty where it is taken out.
    pub text: String,
    /// Who says it.
    #[serde(default)]
    pub speaker: Option<SpeakerId>,
    /// What the page begins with it.
    #[serde(default)]
    pub opens: Opening,
    /// Whether a person has heard it and found it right.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub checked: bool,
    /// The first of the recogniser's words that it stands for, and the one behind the last: as it
    /// had them once, so that taking an edit back leaves no trace. Without it, what it stands for is
    /// found by its words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heard: Option<(usize, usize)>,
}

/// What somebody is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpeakerPut {
    /// Whose number; one that nobody has is that of somebody new.
    pub speaker: SpeakerId,
    /// The name, one line; empty takes it back.
    pub name: String,
}

/// What stands above the text of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heading {
    /// Title of the episode.
    pub title: String,
    /// Paragraphs between the title and what is said.
    #[serde(default)]
    pub lead: Vec<String>,
    /// Its sections.
    #[serde(default)]
    pub chapters: Vec<Chapter>,
    /// Notes below the text, a line each: `[1]` in it is the first one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// Why an edit is not applied; nothing of it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// What it changes was changed meanwhile.
    #[error("somebody else has changed this since revision {since}")]
    Stale {
        /// What it was made from.
        since: u64,
        /// The sentences that both change; empty where it is something else.
        sentences: Vec<u64>,
    },
    /// It makes no sense.
    #[error("{0}")]
    Senseless(&'static str),
}
