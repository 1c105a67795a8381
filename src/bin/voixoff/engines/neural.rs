//! The real engines, from the folder of the models.

use super::{DiarizationEngine, Loaded, Models};
use crate::{args, language::told, models, report::advise, terminal::bars::Bar};
use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
};
#[cfg(feature = "int8")]
use voixoff::asr::int8::Int8;
#[cfg(feature = "whisper-cpp")]
use voixoff::asr::whisper::Whisper;
#[cfg(feature = "diarize")]
use voixoff::speakers::diarize::{
    embedding::Embedder, neural::NeuralDiarizer, segmentation::SegmentationSettings,
    segmenter::Segmenter, vad::VadSettings,
};
use voixoff::{
    asr::Transcriber,
    base::transcript::ModelUsed,
    models::{Model, find},
};

/// Behind the name of a Whisper model: by our own engine, in 8 bits. Without it whisper.cpp
/// has the model, as it is.
pub(super) const INT8: &str = "-int8";

const INT8_HINT: &str = "build it with the feature `int8`, which is on by default";
const DIARIZE_HINT: &str = "build it with the feature `diarize`, which is on by default";

/// The files of a run's models: there, and whole.
pub(crate) struct Files {
    recogniser: (PathBuf, ModelUsed),
    /// Of the recogniser, where they are known.
    alignment_heads: Option<Vec<[usize; 2]>>,
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
        if !cfg!(any(feature = "int8", feature = "whisper-cpp")) {
            return Err(absent("recogniser", INT8_HINT));
        }
        let folder = models::folder(model_folder)?;
        let bar = Bar::of_bytes(&told("checking the model"));
        let mut progress = |done, total| bar.set(done, total);
        let choice = options.recognition.model.as_deref();
        let is_file = choice.is_some_and(|name| Path::new(name).is_file());
        let whole = choice.and_then(|name| name.strip_suffix(INT8)).filter(|_| !is_file);
        let chosen = folder.whisper(whole.or(choice), &mut progress)?;
        drop(bar);
        let int8 = whole.is_some() || choice.is_none() && is_for_int8(&chosen.name);
        match int8 {
            true if !cfg!(feature = "int8") => return Err(absent("engine of 8 bits", INT8_HINT)),
            false if !cfg!(feature = "whisper-cpp") => return Err(whisper_cpp(&chosen.name)),
            _ => (),
        }
        let name = if int8 { chosen.name + INT8 } else { chosen.name };
        let recogniser = (chosen.path, ModelUsed { name, sha256: chosen.sha256 });
        let (alignment_heads, diarization) =
            (chosen.alignment_heads, DiarizationFiles::choose(model_folder)?);
        Ok(Files { recogniser, alignment_heads, int8, diarization })
    }

    /// The recogniser, the segmentation and the embedding network.
    pub(super) fn models(&self) -> Models {
        let DiarizationFiles { segmentation, embedding } = &self.diarization;
        Models {
            recogniser: self.recogniser.1.clone(),
            segmentation: Some(segmentation.1.clone()),
            embedding: Some(embedding.1.clone()),
        }
    }

    pub(super) fn load(
        &self,
        options: &args::Transcribe,
        threads: NonZeroUsize,
    ) -> anyhow::Result<Loaded> {
        let transcriber = self.transcriber(&options.recognition)?;
        Ok(Loaded { diarization: self.diarization.load(threads)?, transcriber })
    }

    /// The recogniser, as it is `asked` for.
    pub(super) fn transcriber(
        &self,
        asked: &args::Recognition,
    ) -> anyhow::Result<Box<dyn Transcriber>> {
        let (path, used) = &self.recogniser;
        let heads = self.alignment_heads.as_deref();
        let args::Recognition { language, batch_memory, .. } = asked;
        let _ = (used, heads, batch_memory);
        match self.int8 {
            #[cfg(feature = "int8")]
            true => {
                let engine = Int8::load(path, language, heads)?;
                Ok(Box::new(match batch_memory {
                    Some(megabytes) => engine.with_batch_memory((*megabytes as usize) << 20),
                    None => engine,
                }))
            }
            #[cfg(feature = "whisper-cpp")]
            false => Ok(Box::new(Whisper::load(path, language, heads)?)),
            #[cfg(not(all(feature = "int8", feature = "whisper-cpp")))]
            _ => {
                let _ = (path, language);
                Err(whisper_cpp(&used.name))
            }
        }
    }
}

/// Whether whisper.cpp is meant by `recogniser`.
pub(super) fn is_whisper_cpp(recogniser: &ModelUsed) -> bool {
    // Scripted ones have no digest.
    !recogniser.sha256.is_empty() && !recogniser.name.ends_with(INT8)
}

/// What a recogniser is called whose engine nobody asked for, by the name of its model.
pub(crate) fn unasked(model: &str) -> String {
    let engine = if is_for_int8(model) { INT8 } else { "" };
    format!("{model}{engine}")
}

/// Whether our own engine takes the `model` of which nobody said by which: it is the quicker one,
/// if the file is not in few bits already.
fn is_for_int8(model: &str) -> bool {
    cfg!(feature = "int8") && !model.contains("-q")
}

impl DiarizationFiles {
    fn choose(model_folder: Option<&Path>) -> anyhow::Result<DiarizationFiles> {
        if !cfg!(feature = "diarize") {
            return Err(absent("part that tells voices apart", DIARIZE_HINT));
        }
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

    #[cfg(not(feature = "diarize"))]
    fn load(&self, _: NonZeroUsize) -> anyhow::Result<DiarizationEngine> {
        Err(absent("part that tells voices apart", DIARIZE_HINT))
    }

    #[cfg(feature = "diarize")]
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

/// Says that `what` was not built in, and with which feature it is.
fn absent(what: &str, hint: &'static str) -> anyhow::Error {
    advise(format!("this build has no {what}"), hint)
}

/// Says that `model` is one for whisper.cpp, which was not built in.
fn whisper_cpp(model: &str) -> anyhow::Error {
    advise(
        format!("this build has no whisper.cpp for model `{model}`"),
        "write `-int8` behind its name, or build with the feature `whisper-cpp`, which is on by default",
    )
}
