//! The engines of a run: chosen at its start, loaded once and when they are needed; the real
//! ones, or their scripted twins.

#[cfg(feature = "neural")]
mod neural;
mod script;

#[cfg(not(feature = "neural"))]
mod neural {
    //! What is said where no engine was built in.

    use super::{DiarizationEngine, Loaded};
    use crate::{args, report::advise};
    use std::{num::NonZeroUsize, path::Path};
    use voixoff::base::transcript::ModelUsed;

    /// Nothing can be chosen.
    pub(crate) enum Files {}

    impl Files {
        pub(super) fn choose(_: &args::Transcribe, _: Option<&Path>) -> anyhow::Result<Files> {
            Err(absent())
        }

        pub(super) fn models(&self) -> (ModelUsed, ModelUsed, ModelUsed) {
            match *self {}
        }

        pub(super) fn load(&self, _: &args::Transcribe, _: NonZeroUsize) -> anyhow::Result<Loaded> {
            match *self {}
        }
    }

    pub(super) fn diarization_engine(
        _: Option<&Path>,
        _: NonZeroUsize,
    ) -> anyhow::Result<DiarizationEngine> {
        Err(absent())
    }

    fn absent() -> anyhow::Error {
        advise(
            "this build has no recogniser",
            "build it with the feature `neural`, which is on by default",
        )
    }
}

use crate::args;
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
    pub(crate) recogniser: ModelUsed,
    pub(crate) segmentation: Option<ModelUsed>,
    pub(crate) embedding: Option<ModelUsed>,
    from: From,
}

enum From {
    Script(Script),
    Files(neural::Files),
}

/// The models that `options` ask for.
pub(crate) fn choose(
    options: &args::Transcribe,
    model_folder: Option<&Path>,
) -> anyhow::Result<Chosen> {
    if let Some(script) = &options.listening.hearing.scripted {
        let script = Script::read(script)?;
        return Ok(Chosen {
            recogniser: script.recogniser(),
            segmentation: None,
            embedding: None,
            from: From::Script(script),
        });
    }
    let files = neural::Files::choose(options, model_folder)?;
    let (recogniser, segmentation, embedding) = files.models();
    Ok(Chosen {
        recogniser,
        segmentation: Some(segmentation),
        embedding: Some(embedding),
        from: From::Files(files),
    })
}

impl Chosen {
    /// Digest of the network whose embeddings voices are known by.
    pub(crate) fn embedding_model(&self) -> &str {
        self.embedding.as_ref().map_or("", |model| &model.sha256)
    }

    /// The engines.
    pub(crate) fn load(
        &self,
        options: &args::Transcribe,
        threads: NonZeroUsize,
    ) -> anyhow::Result<Loaded> {
        match &self.from {
            From::Script(script) => Ok(Loaded {
                diarization: script.diarization_engine(),
                transcriber: script.transcriber(),
            }),
            From::Files(files) => files.load(options, threads),
        }
    }
}

/// The diarizer alone.
pub(crate) fn diarization_engine(
    scripted: Option<&Path>,
    model_folder: Option<&Path>,
    threads: NonZeroUsize,
) -> anyhow::Result<DiarizationEngine> {
    match scripted {
        Some(script) => Ok(Script::read(script)?.diarization_engine()),
        None => neural::diarization_engine(model_folder, threads),
    }
}
