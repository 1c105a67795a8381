//! The engines of a run, loaded once: the real ones, or their scripted twins.

use crate::args;
use anyhow::Context;
use std::{num::NonZeroUsize, path::Path};
use voixoff::{
    asr::Transcriber,
    diarize::{Diarizer, Piece},
    speech::Embedding,
    time::Time,
    transcript::ModelUsed,
};

/// What hears voices, and by which models.
pub(crate) struct Ears {
    pub(crate) diarizer: Box<dyn Diarizer>,
    pub(crate) segmentation: Option<ModelUsed>,
    pub(crate) embedding: Option<ModelUsed>,
}

impl Ears {
    /// Digest of the network whose embeddings these are.
    pub(crate) fn model(&self) -> &str {
        self.embedding.as_ref().map_or("", |model| &model.sha256)
    }
}

/// What a transcription needs.
pub(crate) struct Loaded {
    pub(crate) ears: Ears,
    pub(crate) transcriber: Box<dyn Transcriber>,
    pub(crate) recogniser: ModelUsed,
}

/// The engines that `options` ask for; the recogniser is told `prompt`.
pub(crate) fn load(
    options: &args::Transcribe,
    prompt: &str,
    model_folder: Option<&Path>,
    threads: NonZeroUsize,
) -> anyhow::Result<Loaded> {
    if let Some(script) = &options.listening.hearing.scripted {
        let script = Script::read(script)?;
        let transcriber = Box::new(voixoff::asr::scripted::Scripted::saying(script.texts.clone()));
        let recogniser = ModelUsed { name: "scripted".into(), sha256: String::new() };
        return Ok(Loaded { ears: script.ears(), transcriber, recogniser });
    }
    neural::all(options, prompt, model_folder, threads)
}

/// Only what hears voices.
pub(crate) fn ears(
    scripted: Option<&Path>,
    model_folder: Option<&Path>,
    threads: NonZeroUsize,
) -> anyhow::Result<Ears> {
    match scripted {
        Some(script) => Ok(Script::read(script)?.ears()),
        None => neural::ears(model_folder, threads),
    }
}

#[cfg(feature = "neural")]
mod neural {
    use super::{Ears, Loaded};
    use crate::{args, models};
    use std::{num::NonZeroUsize, path::Path};
    use voixoff::{
        asr::whisper::{Whisper, WhisperSettings},
        diarize::{
            embedding::Embedder,
            regions::RegionSettings,
            segmentation::SegmentationSettings,
            segmenter::{NeuralDiarizer, Segmenter},
        },
        models::{Model, find},
        transcript::ModelUsed,
    };

    pub(super) fn all(
        options: &args::Transcribe,
        prompt: &str,
        model_folder: Option<&Path>,
        threads: NonZeroUsize,
    ) -> anyhow::Result<Loaded> {
        let folder = models::folder(model_folder)?;
        let bar = models::byte_bar("checking the model");
        let mut progress = |done, total| {
            bar.set_length(total);
            bar.set_position(done);
        };
        let chosen = folder.whisper(options.model.as_deref(), &mut progress)?;
        bar.finish_and_clear();
        let settings =
            WhisperSettings { language: options.language.clone(), prompt: prompt.to_owned() };
        Ok(Loaded {
            ears: ears(model_folder, threads)?,
            transcriber: Box::new(Whisper::load(&chosen.path, &settings)?),
            recogniser: ModelUsed { name: chosen.name, sha256: chosen.sha256 },
        })
    }

    pub(super) fn ears(model_folder: Option<&Path>, threads: NonZeroUsize) -> anyhow::Result<Ears> {
        let folder = models::folder(model_folder)?;
        let (segmentation, embedding) = (find("segmentation")?, find("embedding")?);
        // Both are small: read in a blink.
        let segmenter = Segmenter::load(&folder.ready(segmentation, &mut |_, _| ())?)?;
        let embedder = Embedder::load(&folder.ready(embedding, &mut |_, _| ())?)?;
        let used = |model: &Model| {
            Some(ModelUsed { name: model.name.clone(), sha256: model.sha256.clone() })
        };
        Ok(Ears {
            diarizer: Box::new(NeuralDiarizer {
                segmenter,
                embedder: Some(embedder),
                segmentation: SegmentationSettings::PODCAST,
                regions: RegionSettings::PODCAST,
                threads,
            }),
            segmentation: used(segmentation),
            embedding: used(embedding),
        })
    }
}

#[cfg(not(feature = "neural"))]
mod neural {
    use super::{Ears, Loaded};
    use crate::{args, report::advise};
    use std::{num::NonZeroUsize, path::Path};

    pub(super) fn all(
        _: &args::Transcribe,
        _: &str,
        _: Option<&Path>,
        _: NonZeroUsize,
    ) -> anyhow::Result<Loaded> {
        Err(absent())
    }

    pub(super) fn ears(_: Option<&Path>, _: NonZeroUsize) -> anyhow::Result<Ears> {
        Err(absent())
    }

    fn absent() -> anyhow::Error {
        advise(
            "this build has no recogniser",
            "build it with the feature `neural`, which is on by default",
        )
    }
}

/// What a test says beforehand: regions, a text a window, and who talks when.
#[derive(serde::Deserialize)]
struct Script {
    /// Start and end, milliseconds.
    regions_ms: Vec<(u64, u64)>,
    texts: Vec<String>,
    /// Number of the voice, start and end, milliseconds.
    #[serde(default)]
    voices_ms: Vec<(u8, u64, u64)>,
}

impl Script {
    fn read(path: &Path) -> anyhow::Result<Script> {
        let text =
            std::fs::read(path).with_context(|| format!("`{}` cannot be read", path.display()))?;
        Ok(serde_json::from_slice(&text)?)
    }

    fn ears(&self) -> Ears {
        use voixoff::{diarize::scripted::ScriptedDiarizer, time::Span};
        let span =
            |start: u64, end: u64| Span::new(Time::from_millis(start), Time::from_millis(end));
        let regions = self.regions_ms.iter().filter_map(|&(start, end)| span(start, end));
        let piece = |&(voice, start, end): &(u8, u64, u64)| {
            let values = (0..16).map(|n| f32::from(u8::from(n == voice))).collect();
            let (track, span) = (u32::from(voice), span(start, end)?);
            Some(Piece { track, span, embedding: Embedding::new(values) })
        };
        let pieces = self.voices_ms.iter().filter_map(piece).collect();
        Ears {
            diarizer: Box::new(ScriptedDiarizer::new(regions.collect(), pieces)),
            segmentation: None,
            embedding: None,
        }
    }
}
