//! Engines for tests: what is heard and said is written in a file beforehand.

use super::DiarizationEngine;
use anyhow::Context;
use std::{path::Path, time::Duration};
use voixoff::{
    asr::{
        self, DecodingOptions, TranscribeError, Transcriber,
        scripted::{Parrot, Scripted, evenly_spoken},
    },
    base::{
        speech::{Embedding, Utterance},
        time::{Span, Time},
        transcript::ModelUsed,
    },
    speakers::diarize::{Subsegment, scripted::ScriptedDiarizer},
};

/// What a test says beforehand: regions, a text a window, and who talks when.
#[derive(serde::Deserialize)]
pub(super) struct Script {
    /// Start and end, milliseconds.
    regions_ms: Vec<(u64, u64)>,
    /// Answers, a window each, in their order. Without any, each window is answered by what
    /// it sounds like.
    #[serde(default)]
    texts: Vec<String>,
    /// Number of the voice, start and end, milliseconds.
    #[serde(default)]
    voices_ms: Vec<(u8, u64, u64)>,
    /// How long each answer takes.
    #[serde(default)]
    slow_ms: u64,
    /// The process dies instead of giving an answer with this in it.
    abort_on: Option<String>,
    /// Each window is answered by what the recogniser is told.
    #[serde(default)]
    says_told: bool,
    /// The language that each window is in.
    language: Option<String>,
    /// What the recogniser is called.
    #[serde(default = "unnamed")]
    model: String,
}

fn unnamed() -> String {
    "scripted".to_owned()
}

impl Script {
    pub(super) fn read(path: &Path) -> anyhow::Result<Script> {
        let text =
            std::fs::read(path).with_context(|| format!("`{}` cannot be read", path.display()))?;
        Ok(serde_json::from_slice(&text)?)
    }

    pub(super) fn recogniser(&self) -> ModelUsed {
        ModelUsed { name: self.model.clone(), sha256: String::new() }
    }

    pub(super) fn transcriber(&self) -> Box<dyn Transcriber> {
        if self.texts.is_empty() {
            Box::new(Acting {
                slow: Duration::from_millis(self.slow_ms),
                abort_on: self.abort_on.clone(),
                says_told: self.says_told,
                language: self.language.as_deref().and_then(asr::language),
            })
        } else {
            Box::new(Scripted::answering(self.texts.clone()))
        }
    }

    pub(super) fn diarization_engine(&self) -> DiarizationEngine {
        let span =
            |start: u64, end: u64| Span::new(Time::from_millis(start), Time::from_millis(end));
        let regions = self.regions_ms.iter().filter_map(|&(start, end)| span(start, end));
        let subsegment = |&(voice, start, end): &(u8, u64, u64)| {
            let values = (0..16).map(|n| f32::from(u8::from(n == voice))).collect();
            let (track, span) = (u32::from(voice), span(start, end)?);
            Some(Subsegment { track, span, embedding: Embedding::new(values) })
        };
        let subsegments = self.voices_ms.iter().filter_map(subsegment).collect();
        DiarizationEngine {
            diarizer: Box::new(ScriptedDiarizer::new(regions.collect(), subsegments)),
            segmentation: None,
            embedding: None,
        }
    }
}

/// A parrot that takes its time, and may bring the house down.
struct Acting {
    slow: Duration,
    abort_on: Option<String>,
    says_told: bool,
    language: Option<&'static str>,
}

impl Transcriber for Acting {
    fn transcribe(
        &self,
        samples: &[f32],
        told: asr::Context<'_>,
        options: DecodingOptions,
    ) -> Result<Utterance, TranscribeError> {
        std::thread::sleep(self.slow);
        if self.says_told {
            let mut text = told.initial_prompt.to_owned();
            if let Some(language) = told.language {
                text += " : ";
                text += language;
            }
            if let Some(hotwords) = told.hotwords.filter(|hotwords| !hotwords.is_empty()) {
                text += &format!(" / {}", hotwords.phrases().join(", "));
            }
            return Ok(evenly_spoken(&text, Time::from_samples(samples.len().max(1) as u64)));
        }
        let answer = Parrot.transcribe(samples, told, options)?;
        let mut words = answer.words.iter();
        if self.abort_on.as_ref().is_some_and(|text| words.any(|word| word.text.contains(text))) {
            std::process::abort();
        }
        Ok(answer)
    }

    fn languages(&self, _: &[f32]) -> Result<Vec<(&'static str, f32)>, TranscribeError> {
        Ok(self.language.map(|code| (code, 1.0)).into_iter().collect())
    }
}
