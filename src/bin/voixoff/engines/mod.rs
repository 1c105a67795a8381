//! The engines of a run: chosen at its start, loaded once and when they are needed; the real
//! ones, or their scripted twins.

#[cfg(feature = "neural")]
mod neural;
mod script;

#[cfg(not(feature = "neural"))]
mod neural {
    //! What is said where no engine was built in.

    use super::{Ears, Loaded};
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

use crate::args;
use script::Script;
use std::{num::NonZeroUsize, path::Path};
use voixoff::{asr::Transcriber, base::transcript::ModelUsed, speakers::diarize::Diarizer};

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
            From::Script(script) => {
                Ok(Loaded { ears: script.ears(), transcriber: script.transcriber() })
            }
            From::Files(files) => files.load(options, threads),
        }
    }
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
