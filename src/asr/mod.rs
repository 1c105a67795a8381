//! Recognising words: the trait, its engines, and the judgement of their answers.
//!
//! `whisper` and `int8` are the engines, `scripted` their double for tests. They transcribe
//! windows, each by itself. Whether an answer is believable is judged in `doubt`, where
//! hallucinations are listed, and whether its times can be in `alignment`; `fallback` decides
//! what is tried next, so that the decision is tested without an engine. What an engine is to prefer
//! is in `hotwords`. When words begin and
//! end is decided in `word_times`; where times cannot be, `alignment` spreads the words. How probable
//! it is that a word is wrong is in `calibration`.

pub(crate) mod alignment;
pub mod calibration;
pub(crate) mod doubt;
pub mod fallback;
pub mod hotwords;
#[cfg(feature = "int8")]
pub mod int8;
mod languages;
#[cfg(any(test, feature = "scripted"))]
pub mod scripted;
#[cfg(feature = "whisper-cpp")]
pub mod whisper;
pub mod windows;
pub mod word_times;
pub(crate) mod words;

pub use languages::language;

use crate::base::{
    guidance::{Guidance, Guided},
    speech::Utterance,
    time::Span,
};
use hotwords::Hotwords;

/// What is said in the place of a language that is to be found by the sound.
pub const AUTO: &str = "auto";

/// Decoding options: how hard the recogniser searches for the words of a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DecodingOptions {
    /// Beam size: hypotheses followed side by side; 1 is greedy. At most 8.
    pub beam_size: u8,
    /// 0.0 takes the most probable tokens; above, an engine samples less probable ones from a
    /// seeded RNG (`whisper`), or penalises repetition instead (`int8`).
    pub temperature: f32,
}

impl DecodingOptions {
    /// Beam search with five hypotheses, as OpenAI's decoder: greedy search takes less than half
    /// of its time and makes a tenth more word errors.
    pub const BEAM_SEARCH: DecodingOptions = DecodingOptions { beam_size: 5, temperature: 0.0 };

    /// Greedy search, the quickest.
    pub const GREEDY: DecodingOptions = DecodingOptions { beam_size: 1, temperature: 0.0 };
}

/// What a recogniser is told of an episode beforehand.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context<'a> {
    /// Text that the decoder takes as what came before: words that may occur, names above all, in
    /// the spelling wished for. May be empty.
    pub initial_prompt: &'a str,
    /// Phrases that it is to prefer where they may have been said. An engine may not know how.
    pub hotwords: Option<&'a Hotwords>,
    /// Code of the language of the speech, where that was found by its sound; `None`: that which the
    /// recogniser was loaded for.
    pub language: Option<&'a str>,
}

/// A word of a text that is known to be said in some sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrittenWord<'a> {
    /// Its spelling, with its marks.
    pub text: &'a str,
    /// Whether no space stands before it.
    pub is_joined: bool,
    /// Whether something is said before it that the text does not have.
    pub follows_others: bool,
}

/// When a word of a text is said.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ForcedWord {
    /// From the first sample of the sound.
    pub span: Span,
    /// Mean log probability of its tokens, each behind those before it.
    pub log_probability: f32,
}

/// A speech recogniser: turns the sound of one window into words.
///
/// Called from several threads at once. The same samples, context and search give
/// the same answer, whatever was transcribed before.
pub trait Transcriber: Sync {
    /// Transcribes `samples`: 16 kHz, at most 30 s, values in `-1.0..=1.0`.
    ///
    /// Times in the answer count from the first sample; its `span` is the whole window.
    ///
    /// # Errors
    /// Those of the engine; the window has then no answer at all.
    fn transcribe(
        &self,
        samples: &[f32],
        context: Context<'_>,
        options: DecodingOptions,
    ) -> Result<Utterance, TranscribeError>;

    /// How many windows share work in one call of `transcribe_batch` with `options`.
    fn batch_size(&self, _options: DecodingOptions) -> usize {
        1
    }

    /// How many ways of decoding one window share work in one call of `transcribe_by_each`.
    fn n_ways(&self) -> usize {
        1
    }

    /// Transcribes `samples` by each of `options`: the same answers as from `transcribe`, one by
    /// one.
    ///
    /// # Errors
    /// Those of the engine, for whichever of them.
    fn transcribe_by_each(
        &self,
        samples: &[f32],
        context: Context<'_>,
        options: &[DecodingOptions],
    ) -> Result<Vec<Utterance>, TranscribeError> {
        let answer = |options: &_| self.transcribe(samples, context, *options);
        options.iter().map(answer).collect()
    }

    /// Transcribes each of `windows`: the same answers as from `transcribe`, one by one.
    ///
    /// # Errors
    /// Those of the engine, for whichever window.
    fn transcribe_batch(
        &self,
        windows: &[&[f32]],
        context: Context<'_>,
        options: DecodingOptions,
    ) -> Result<Vec<Utterance>, TranscribeError> {
        windows.iter().map(|samples| self.transcribe(samples, context, options)).collect()
    }

    /// Whether it ever answers [`Transcriber::force`].
    fn can_force(&self) -> bool {
        false
    }

    /// When each of `words`, which are said in `samples`, is said there: the text is given, and only
    /// its times are asked for. `None` where the recogniser cannot tell.
    ///
    /// # Errors
    /// Those of the engine.
    fn force(
        &self,
        _samples: &[f32],
        _words: &[WrittenWord<'_>],
        _context: Context<'_>,
    ) -> Result<Option<Vec<ForcedWord>>, TranscribeError> {
        Ok(None)
    }

    /// How probable it is that the speech in `samples` is in each language, by its code; together 1.
    /// Nothing where the recogniser does not know.
    ///
    /// # Errors
    /// Those of the engine.
    fn languages(&self, _samples: &[f32]) -> Result<Vec<(&'static str, f32)>, TranscribeError> {
        Ok(Vec::new())
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
        /// What the engine reports.
        reason: String,
    },
    /// Not one of the languages Whisper knows.
    #[error("`{language}` is not a language of the model")]
    Language {
        /// What was asked for.
        language: String,
    },
    /// The engine was built for a newer processor than this one.
    #[error("the recogniser was built for {instructions}, which this processor has not")]
    Processor {
        /// Instructions that are missing.
        instructions: String,
    },
    /// The engine gave up on a window.
    #[error("the recogniser gave up: {reason}")]
    Engine {
        /// What the engine reports.
        reason: String,
    },
    /// The samples could not be read back.
    #[error("the decoded sound cannot be read back")]
    Samples(#[from] std::io::Error),
}

impl Guided for TranscribeError {
    fn guidance(&self) -> Option<Guidance> {
        Some(match self {
            TranscribeError::Processor { .. } => Guidance::OwnEngine,
            _ => Guidance::VerifyModel,
        })
    }
}
