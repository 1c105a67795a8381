//! The engines of a run: chosen at its start, loaded once and when they are needed; the real
//! ones, or their scripted twins.

mod neural;
#[cfg(feature = "scripted")]
mod script;

pub(crate) use neural::unasked;

use crate::{
    args,
    models::{self, offer, recommend},
    terminal,
};
#[cfg(feature = "scripted")]
use script::Script;
use std::{num::NonZeroUsize, path::Path};
use voixoff::{asr::Transcriber, base::transcript::ModelUsed, speakers::diarize::Diarizer};

/// The diarizer, and the models that it runs.
pub(crate) struct DiarizationEngine {
    pub(crate) diarizer: Box<dyn Diarizer>,
    pub(crate) segmentation: Option<ModelUsed>,
    pub(crate) embedding: Option<ModelUsed>,
}

impl DiarizationEngine {
    /// Digest of the network whose embeddings these are.
    pub(crate) fn model(&self) -> &str {
        self.embedding.as_ref().map_or("", |model| &model.sha256)
    }
}

/// What a transcription needs.
pub(crate) struct Loaded {
    pub(crate) diarization: DiarizationEngine,
    pub(crate) transcriber: Box<dyn Transcriber>,
}

/// The models of a run: there, whole, and not loaded yet.
pub(crate) struct Chosen {
    pub(crate) models: Models,
    source: EngineSource,
}

/// Models, by their names and contents.
pub(crate) struct Models {
    pub(crate) recogniser: ModelUsed,
    pub(crate) segmentation: Option<ModelUsed>,
    pub(crate) embedding: Option<ModelUsed>,
}

enum EngineSource {
    #[cfg(feature = "scripted")]
    Script(Script),
    Files(neural::Files),
}

/// The models that `options` ask for.
pub(crate) fn choose(
    options: &args::Transcribe,
    model_folder: Option<&Path>,
) -> anyhow::Result<Chosen> {
    #[cfg(feature = "scripted")]
    if let Some(script) = &options.listening.hearing.scripted {
        let script = Script::read(script)?;
        let recogniser = script.recogniser();
        let models = Models { recogniser, segmentation: None, embedding: None };
        return Ok(Chosen { models, source: EngineSource::Script(script) });
    }
    let files = neural::Files::choose(options, model_folder)?;
    Ok(Chosen { models: files.models(), source: EngineSource::Files(files) })
}

/// The file that the model called `name` is, where that is a path.
pub(crate) fn file_of(name: &str) -> &str {
    name.strip_suffix(neural::INT8).unwrap_or(name)
}

impl Models {
    /// Tells which they are, where that is asked for.
    pub(crate) fn tell(&self) {
        let others = [&self.segmentation, &self.embedding].into_iter().flatten();
        for model in std::iter::once(&self.recogniser).chain(others) {
            terminal::detail(1, || match model.sha256.as_str() {
                "" => format!("model `{}`", model.name),
                sha256 => format!("model `{}`, sha256 {sha256}", model.name),
            });
        }
    }

    /// Whether the recogniser knows hotwords.
    pub(crate) fn prefer_hotwords(&self) -> bool {
        !neural::is_whisper_cpp(&self.recogniser)
    }

    /// Digest of the network whose embeddings voices are known by.
    pub(crate) fn embedding_model(&self) -> &str {
        self.embedding.as_ref().map_or("", |model| &model.sha256)
    }
}

impl Chosen {
    /// Says once what a better model would cost, where the default one was taken unasked.
    pub(crate) fn tell_of_better(&self, options: &args::Transcribe, model_folder: Option<&Path>) {
        match &self.source {
            #[cfg(feature = "scripted")]
            EngineSource::Script(_) => (),
            EngineSource::Files(_) => {
                let model = file_of(&self.models.recogniser.name);
                if let (None, Ok(folder)) =
                    (&options.recognition.model, models::folder(model_folder))
                {
                    recommend::tell_once(&folder, model, &options.listening.hearing);
                }
            }
        }
    }

    /// The recogniser alone, as it is `asked` for.
    #[cfg(feature = "serve")]
    pub(crate) fn recogniser(
        &self,
        asked: &args::Recognition,
    ) -> anyhow::Result<Box<dyn Transcriber>> {
        match &self.source {
            #[cfg(feature = "scripted")]
            EngineSource::Script(script) => Ok(script.transcriber()),
            EngineSource::Files(files) => files.transcriber(asked),
        }
    }

    /// The engines.
    pub(crate) fn load(
        &self,
        options: &args::Transcribe,
        threads: NonZeroUsize,
    ) -> anyhow::Result<Loaded> {
        match &self.source {
            #[cfg(feature = "scripted")]
            EngineSource::Script(script) => Ok(Loaded {
                diarization: script.diarization_engine(),
                transcriber: script.transcriber(),
            }),
            EngineSource::Files(files) => files.load(options, threads),
        }
    }
}

/// Only what tells voices apart.
pub(crate) fn diarization_engine(
    hearing: &args::Hearing,
    model_folder: Option<&Path>,
    threads: NonZeroUsize,
) -> anyhow::Result<DiarizationEngine> {
    #[cfg(feature = "scripted")]
    if let Some(script) = &hearing.scripted {
        return Ok(Script::read(script)?.diarization_engine());
    }
    offer::for_diarization(hearing, model_folder)?;
    neural::diarization_engine(model_folder, threads)
}
