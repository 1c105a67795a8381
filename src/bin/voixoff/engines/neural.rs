//! The real engines, from the folder of the models.

use super::{DiarizationEngine, Loaded};
use crate::{args, models, terminal::bars::Bar};
use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
};
use voixoff::{
    asr::{
        Transcriber,
        int8::Int8,
        whisper::{Whisper, WhisperSettings},
    },
    base::transcript::ModelUsed,
    models::{Model, find},
    speakers::diarize::{
        embedding::Embedder, neural::NeuralDiarizer, segmentation::SegmentationSettings,
        segmenter::Segmenter, vad::VadSettings,
    },
};

/// Behind the name of a Whisper model: by our own engine, in 8 bits. Without it whisper.cpp
/// has the model, as it is.
const INT8: &str = "-int8";

/// The files of a run's models: there, and whole.
pub(crate) struct Files {
    recogniser: (PathBuf, ModelUsed),
    /// Whether the recogniser works in 8 bits.
    int8: bool,
    diarization: DiarizationFiles,
}

/// Those of the diarizer.
struct DiarizationFiles {
    segmentation: (PathBuf, ModelUsed),
    embedding: (PathBuf, ModelUsed),
}

impl Files {
    pub(super) fn choose(
        options: &args::Transcribe,
        model_folder: Option<&Path>,
    ) -> anyhow::Result<Files> {
        let folder = models::folder(model_folder)?;
        let bar = Bar::of_bytes("checking the model");
        let mut progress = |done, total| bar.set(done, total);
        let choice = options.model.as_deref();
        let is_file = choice.is_some_and(|name| Path::new(name).is_file());
        let whole = choice.and_then(|name| name.strip_suffix(INT8)).filter(|_| !is_file);
        let chosen = folder.whisper(whole.or(choice), &mut progress)?;
        drop(bar);
        // Nobody asked for an engine: the quicker one, if the file is not in few bits already.
        let int8 = whole.is_some() || choice.is_none() && !chosen.name.contains("-q");
        let name = if int8 { chosen.name + INT8 } else { chosen.name };
        let recogniser = (chosen.path, ModelUsed { name, sha256: chosen.sha256 });
        Ok(Files { recogniser, int8, diarization: DiarizationFiles::choose(model_folder)? })
    }

    /// The recogniser, the segmentation and the embedding network.
    pub(super) fn models(&self) -> (ModelUsed, ModelUsed, ModelUsed) {
        let DiarizationFiles { segmentation, embedding } = &self.diarization;
        (self.recogniser.1.clone(), segmentation.1.clone(), embedding.1.clone())
    }

    pub(super) fn load(
        &self,
        options: &args::Transcribe,
        threads: NonZeroUsize,
    ) -> anyhow::Result<Loaded> {
        let settings = WhisperSettings { language: options.language.clone() };
        let path = &self.recogniser.0;
        let transcriber: Box<dyn Transcriber> = match self.int8 {
            true => Box::new(Int8::load(path, &settings)?),
            false => Box::new(Whisper::load(path, &settings)?),
        };
        Ok(Loaded { diarization: self.diarization.load(threads)?, transcriber })
    }
}

impl DiarizationFiles {
    fn choose(model_folder: Option<&Path>) -> anyhow::Result<DiarizationFiles> {
        let folder = models::folder(model_folder)?;
        // Both are small: read in a blink.
        let file = |model: &Model| -> anyhow::Result<_> {
            let path = folder.ready(model, &mut |_, _| ())?;
            Ok((path, ModelUsed { name: model.name.clone(), sha256: model.sha256.clone() }))
        };
        Ok(DiarizationFiles {
            segmentation: file(find("segmentation")?)?,
            embedding: file(find("embedding")?)?,
        })
    }

    fn load(&self, threads: NonZeroUsize) -> anyhow::Result<DiarizationEngine> {
        Ok(DiarizationEngine {
            diarizer: Box::new(NeuralDiarizer {
                segmenter: Segmenter::load(&self.segmentation.0)?,
                embedder: Some(Embedder::load(&self.embedding.0)?),
                segmentation: SegmentationSettings::PODCAST,
                vad: VadSettings::PODCAST,
                threads,
            }),
            segmentation: Some(self.segmentation.1.clone()),
            embedding: Some(self.embedding.1.clone()),
        })
    }
}

pub(super) fn diarization_engine(
    model_folder: Option<&Path>,
    threads: NonZeroUsize,
) -> anyhow::Result<DiarizationEngine> {
    DiarizationFiles::choose(model_folder)?.load(threads)
}
