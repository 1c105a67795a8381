//! The words this program speaks in: turns, words, utterances.
//!
//! Pure data, shared by the engines below and the formats above, so that
//! neither needs to know the other.

use crate::time::Span;
use serde::{Deserialize, Serialize};

/// A speaker of one episode, numbered from 0 in order of first appearance.
///
/// Means nothing in another episode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpeakerId(pub u16);

/// One speaker talking without a break: a `SPEAKER` line of RTTM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// Who speaks.
    pub speaker: SpeakerId,
    /// When.
    pub span: Span,
}

/// One word as the recogniser spelt it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// Spelling, with its punctuation and without surrounding space.
    pub text: String,
    /// When it is said.
    pub span: Span,
    /// Probability given by the recogniser, in `0.0..=1.0`.
    pub probability: f32,
}

/// One stretch that the recogniser answered as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Utterance {
    /// The stretch of the episode that was listened to.
    pub span: Span,
    /// Sorted, disjoint, inside `span`. Empty where nothing was heard.
    pub words: Vec<Word>,
    /// Mean natural logarithm of the probabilities of the text tokens; 0.0
    /// where there is none.
    pub mean_log_probability: f32,
    /// Probability that nobody speaks, in `0.0..=1.0`.
    pub no_speech_probability: f32,
    /// Why a person should look at it, where no try was convincing.
    pub doubt: Option<Doubt>,
}

impl Utterance {
    /// The words joined by single spaces.
    pub fn text(&self) -> String {
        let words: Vec<&str> = self.words.iter().map(|word| word.text.as_str()).collect();
        words.join(" ")
    }
}

/// Why an utterance may not be what was said; from the least to the most severe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Doubt {
    /// The recogniser itself finds its words improbable.
    Improbable,
    /// Speech goes on for seconds in which no word was written.
    Skipped,
    /// The answer filled the recogniser's memory before the end of the sound.
    Unfinished,
    /// The same words again and again.
    Repetition,
    /// Words where the recogniser hears nobody.
    NoSpeech,
    /// A sentence known from the recogniser's training, not from this sound.
    Phantom,
}

impl Doubt {
    /// Its name in every file we write.
    pub fn name(self) -> &'static str {
        match self {
            Doubt::Improbable => "improbable",
            Doubt::Skipped => "skipped",
            Doubt::Unfinished => "unfinished",
            Doubt::Repetition => "repetition",
            Doubt::NoSpeech => "no-speech",
            Doubt::Phantom => "phantom",
        }
    }
}
