//! Recognising words: the trait, its engines, and the judgement of their answers.
//!
//! `whisper` and `int8` are the engines, `scripted` their twin for tests. They answer windows,
//! each by itself; what to do with a poor answer is decided in `fallback`,
//! above the engine, so that the decision is tested without one.

pub mod doubt;
pub mod fallback;
pub mod ggml;
#[cfg(feature = "neural")]
pub mod int8;
mod languages;
pub mod pauses;
pub mod scripted;

#[cfg(feature = "neural")]
pub mod whisper;
pub mod windows;
pub mod words;

pub use languages::language;

use crate::base::speech::Utterance;

/// How hard the recogniser looks for the words of a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Search {
    /// Hypotheses followed side by side; 1 is greedy. At most 8.
    pub beams: u8,
    /// 0.0 takes the most probable token each time; above, less probable ones have a chance,
    /// always in the same way.
    pub temperature: f32,
}

impl Search {
    /// Five hypotheses, the published decoder's number: one alone takes less than half the time
    /// of the decoder and makes a tenth more word errors.
    pub const BEAMS: Search = Search { beams: 5, temperature: 0.0 };

    /// The quickest: one hypothesis, always the most probable token.
    pub const GREEDY: Search = Search { beams: 1, temperature: 0.0 };
}

/// Turns the sound of one window into words.
///
/// Called from several threads at once. The same samples, words told and search give
/// the same answer, whatever was asked before.
pub trait Transcriber: Sync {
    /// What is said in `samples`: 16 kHz, at most 30 s, values in `-1.0..=1.0`; `told` are
    /// words that may be said, names above all, in the spelling wished for. May be empty.
    ///
    /// Times in the answer count from the first sample; `span` is all of it.
    ///
    /// # Errors
    /// Those of the engine; the window has then no answer at all.
    fn transcribe(
        &self,
        samples: &[f32],
        told: &str,
        search: Search,
    ) -> Result<Utterance, TranscribeError>;

    /// How many windows share work when they are asked about at once.
    fn at_once(&self) -> usize {
        1
    }

    /// What is said in each of `windows`: the same as if it were asked about alone.
    ///
    /// # Errors
    /// Those of the engine, for whichever window.
    fn transcribe_all(
        &self,
        windows: &[&[f32]],
        told: &str,
        search: Search,
    ) -> Result<Vec<Utterance>, TranscribeError> {
        windows.iter().map(|samples| self.transcribe(samples, told, search)).collect()
    }
}

/// Why a window has no answer.
#[derive(Debug, thiserror::Error)]
pub enum TranscribeError {
    /// The model's file was found good and yet cannot be loaded.
    #[error("model `{model}` cannot be loaded: {reason}")]
    Load {
        /// Path of the model.
        model: String,
        /// What the engine said.
        reason: String,
    },
    /// Not one of the languages Whisper knows.
    #[error("`{language}` is not a language of the model")]
    Language {
        /// What was asked for.
        language: String,
    },
    /// The engine gave up on a window.
    #[error("the recogniser gave up: {reason}")]
    Engine {
        /// What the engine said.
        reason: String,
    },
    /// The samples could not be read back.
    #[error("the decoded sound cannot be read back")]
    Samples(#[from] std::io::Error),
}
