//! What the transcripts of a run depend on, stage by stage.

use crate::{
    base::{
        show::Show,
        transcript::{ModelUsed, Provenance},
    },
    episode::{
        outputs::{Stages, digest},
        pipeline::EpisodeSettings,
    },
    formats::{RenderSettings, Timecodes, subtitles::Preset},
};

/// Raised whenever the same sound and models may tell voices apart otherwise than before.
const LISTENING: u32 = 9;

/// Raised whenever they may give other words, or other times of words.
const WORDS: u32 = 10;

/// Who makes the transcripts, apart from the settings of an episode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Makers {
    /// Language of the speech, a code of ISO 639-1.
    pub language: String,
    /// What the user tells the recogniser beforehand; empty for nothing.
    pub prompt: String,
    /// The recogniser.
    pub recogniser: ModelUsed,
    /// The network that finds regions of speech.
    pub segmentation: Option<ModelUsed>,
    /// The network that tells voices apart.
    pub embedding: Option<ModelUsed>,
}

impl Makers {
    /// Where a transcript of `sound`, the digest of the coded sound, comes from.
    pub fn provenance(&self, sound: &str) -> Provenance {
        Provenance {
            language: self.language.clone(),
            audio: sound.to_owned(),
            recogniser: Some(self.recogniser.clone()),
            segmentation: self.segmentation.clone(),
            embedding: self.embedding.clone(),
            ..Provenance::default()
        }
    }

    /// What the recogniser is told beforehand: what the user says, then the names and words of
    /// `show`, and of `others` who may be heard.
    pub fn told(&self, show: &Show, others: &[String]) -> String {
        let parts = [self.prompt.clone(), show.prompt(others)];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }

    /// Digests of what each stage depends on, the sound apart.
    ///
    /// The text of a settings' `Debug` serves: whatever is added to them is in it.
    pub fn stages(&self, settings: &EpisodeSettings, writing: &Writing) -> Stages {
        let Makers { language, recogniser, segmentation, embedding, .. } = self;
        let heard = of(&format!("{LISTENING} {segmentation:?} {embedding:?}"));
        let EpisodeSettings {
            told,
            search,
            windows,
            speakers,
            merge,
            segments,
            show,
            gallery,
            polish,
            ..
        } = settings;
        let words = of(&format!(
            "{heard} {WORDS} {language:?} {told:?} {recogniser:?} {search:?} {windows:?}"
        ));
        let text = of(&format!(
            "{words} {speakers:?} {merge:?} {segments:?} {show:?} {gallery:?} {polish:?} {writing:?}"
        ));
        Stages { heard, words, text }
    }
}

/// What formats are asked for, whatever the episode is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Writing {
    /// See [`RenderSettings::timecodes`].
    pub timecodes: Option<Timecodes>,
    /// For whom subtitles are cut.
    pub subtitles: Preset,
}

impl Writing {
    /// For the episode called `name`.
    pub fn of<'a>(&self, name: &'a str) -> RenderSettings<'a> {
        RenderSettings { name, timecodes: self.timecodes, subtitles: self.subtitles }
    }
}

fn of(depends_on: &str) -> String {
    digest(depends_on.as_bytes())
}
