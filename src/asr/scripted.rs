//! A transcriber that reads its answers from a script.
//!
//! The twin of the real engine: with it the whole program is tested in
//! milliseconds, and what it was asked can be counted.

use super::{Search, TranscribeError, Transcriber};
use crate::base::{
    speech::{Utterance, Word},
    time::{Span, Time},
};
use std::sync::Mutex;

/// Answers each question with the next text of its script, then with nothing.
#[derive(Debug, Default)]
pub struct Scripted {
    texts: Mutex<(Vec<String>, usize)>,
}

impl Scripted {
    /// Says `texts`, one an answer. Meant for one thread, or for equal texts.
    pub fn saying<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Scripted {
        Scripted { texts: Mutex::new((texts.into_iter().map(Into::into).collect(), 0)) }
    }

    /// How many questions it was asked.
    pub fn n_asked(&self) -> usize {
        self.texts.lock().map_or(0, |texts| texts.1)
    }
}

impl Transcriber for Scripted {
    fn transcribe(
        &self,
        samples: &[f32],
        _: &str,
        _: Search,
    ) -> Result<Utterance, TranscribeError> {
        let text = self.texts.lock().ok().and_then(|mut texts| {
            texts.1 += 1;
            let asked = texts.1;
            texts.0.get(asked - 1).cloned()
        });
        let length = Time::from_samples(samples.len().max(1) as u64);
        Ok(said(&text.unwrap_or_default(), length))
    }
}

/// Says something that depends on what it hears and on nothing else: the same for any
/// order of the windows, and other for other sound.
#[derive(Debug, Clone, Copy)]
pub struct Parrot;

impl Transcriber for Parrot {
    fn transcribe(
        &self,
        samples: &[f32],
        _: &str,
        _: Search,
    ) -> Result<Utterance, TranscribeError> {
        let sum: f32 = samples.iter().map(|sample| sample.abs()).sum();
        let text = format!("J'ai entendu {} grains de sable.", (sum * 100.0) as i64);
        Ok(said(&text, Time::from_samples(samples.len().max(1) as u64)))
    }
}

/// `text` spoken evenly over a window of length `length`, without a doubt.
pub fn said(text: &str, length: Time) -> Utterance {
    let texts: Vec<&str> = text.split_whitespace().collect();
    let at = |n: usize| Time::from_samples(length.samples() * n as u64 / texts.len() as u64);
    let word = |(n, text): (usize, &&str)| {
        let span = Span::new(at(n), at(n + 1))?;
        Some(Word::new(*text, span, Some(0.9)))
    };
    Utterance {
        span: Span::from_start(length),
        words: texts.iter().enumerate().filter_map(word).collect(),
        mean_log_probability: if texts.is_empty() { 0.0 } else { -0.1 },
        no_speech_probability: if texts.is_empty() { 0.9 } else { 0.01 },
        doubt: None,
    }
}
