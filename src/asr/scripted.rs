//! Test doubles of a recogniser: answers from a script, or made of the sound.
//!
//! With them the whole program is tested in milliseconds, and calls can be
//! counted.

use super::{Context, DecodingOptions, TranscribeError, Transcriber};
use crate::base::{
    speech::{Utterance, Word},
    time::{Span, Time},
};
use std::sync::Mutex;

/// Answers each call with the next text of its script, then with no words.
#[derive(Debug, Default)]
pub struct Scripted {
    script: Mutex<Script>,
}

#[derive(Debug, Default)]
struct Script {
    texts: Vec<String>,
    n_asked: usize,
}

impl Scripted {
    /// Answers with `texts`, one a call. Meant for one thread, or for equal texts.
    pub fn answering<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Scripted {
        let texts = texts.into_iter().map(Into::into).collect();
        Scripted { script: Mutex::new(Script { texts, n_asked: 0 }) }
    }

    /// How many windows it was asked to transcribe.
    pub fn n_asked(&self) -> usize {
        self.script.lock().map_or(0, |script| script.n_asked)
    }
}

impl Transcriber for Scripted {
    fn transcribe(
        &self,
        samples: &[f32],
        _: Context<'_>,
        _: DecodingOptions,
    ) -> Result<Utterance, TranscribeError> {
        let text = self.script.lock().ok().and_then(|mut script| {
            let text = script.texts.get(script.n_asked).cloned();
            script.n_asked += 1;
            text
        });
        let length = Time::from_samples(samples.len().max(1) as u64);
        Ok(evenly_spoken(&text.unwrap_or_default(), length))
    }
}

/// Answers with a sentence made of the samples and of nothing else: the same for any order
/// of the windows, another one for other sound.
#[derive(Debug, Clone, Copy)]
pub struct Parrot;

impl Transcriber for Parrot {
    fn transcribe(
        &self,
        samples: &[f32],
        _: Context<'_>,
        _: DecodingOptions,
    ) -> Result<Utterance, TranscribeError> {
        let sum: f32 = samples.iter().map(|sample| sample.abs()).sum();
        let text = format!("J'ai entendu {} grains de sable.", (sum * 100.0) as i64);
        Ok(evenly_spoken(&text, Time::from_samples(samples.len().max(1) as u64)))
    }
}

/// `text` spoken evenly over a window of length `length`, without a doubt. Where its word is `_`,
/// there is none.
pub fn evenly_spoken(text: &str, length: Time) -> Utterance {
    let texts: Vec<&str> = text.split_whitespace().collect();
    let at = |n: usize| Time::from_samples(length.samples() * n as u64 / texts.len() as u64);
    let word = |(n, text): (usize, &&str)| {
        let span = Span::new(at(n), at(n + 1))?;
        (*text != "_").then(|| Word::new(*text, span, Some(0.9)))
    };
    Utterance {
        span: Span::from_start(length),
        words: texts.iter().enumerate().filter_map(word).collect(),
        mean_log_probability: if texts.is_empty() { 0.0 } else { -0.1 },
        no_speech_probability: if texts.is_empty() { 0.9 } else { 0.01 },
        doubt: None,
    }
}
