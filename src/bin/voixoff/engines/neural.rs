//! The real engines, from the folder of the models.

use super::{Ears, Loaded};
use crate::{args, models};
use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
};
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

/// The files of a run's models: there, and whole.
pub(crate) struct Files {
    recogniser: (PathBuf, ModelUsed),
    ears: EarFiles,
}

/// Those of who speaks.
struct EarFiles {
    segmentation: (PathBuf, ModelUsed),
    embedding: (PathBuf, ModelUsed),
}

impl Files {
    pub(super) fn choose(
        options: &args::Transcribe,
        model_folder: Option<&Path>,
    ) -> anyhow::Result<Files> {
        let folder = models::folder(model_folder)?;
        let bar = models::byte_bar("checking the model");
        let mut progress = |done, total| {
            bar.set_length(total);
            bar.set_position(done);
        };
        let chosen = folder.whisper(options.model.as_deref(), &mut progress)?;
        bar.finish_and_clear();
        let recogniser = ModelUsed { name: chosen.name, sha256: chosen.sha256 };
        Ok(Files { recogniser: (chosen.path, recogniser), ears: EarFiles::choose(model_folder)? })
    }

    /// The recogniser, the segmentation and the embedding network.
    pub(super) fn models(&self) -> (ModelUsed, ModelUsed, ModelUsed) {
        let EarFiles { segmentation, embedding } = &self.ears;
        (self.recogniser.1.clone(), segmentation.1.clone(), embedding.1.clone())
    }

    pub(super) fn load(
        &self,
        options: &args::Transcribe,
        threads: NonZeroUsize,
    ) -> anyhow::Result<Loaded> {
        let settings = WhisperSettings { language: options.language.clone() };
        Ok(Loaded {
            ears: self.ears.load(threads)?,
            transcriber: Box::new(Whisper::load(&self.recogniser.0, &settings)?),
        })
    }
}

impl EarFiles {
    fn choose(model_folder: Option<&Path>) -> anyhow::Result<EarFiles> {
        let folder = models::folder(model_folder)?;
        // Both are small: read in a blink.
        let file = |model: &Model| -> anyhow::Result<_> {
            let path = folder.ready(model, &mut |_, _| ())?;
            Ok((path, ModelUsed { name: model.name.clone(), sha256: model.sha256.clone() }))
        };
        Ok(EarFiles {
            segmentation: file(find("segmentation")?)?,
            embedding: file(find("embedding")?)?,
        })
    }

    fn load(&self, threads: NonZeroUsize) -> anyhow::Result<Ears> {
        Ok(Ears {
            diarizer: Box::new(NeuralDiarizer {
                segmenter: Segmenter::load(&self.segmentation.0)?,
                embedder: Some(Embedder::load(&self.embedding.0)?),
                segmentation: SegmentationSettings::PODCAST,
                regions: RegionSettings::PODCAST,
                threads,
            }),
            segmentation: Some(self.segmentation.1.clone()),
            embedding: Some(self.embedding.1.clone()),
        })
    }
}

pub(super) fn ears(model_folder: Option<&Path>, threads: NonZeroUsize) -> anyhow::Result<Ears> {
    EarFiles::choose(model_folder)?.load(threads)
}
