//! The diarizer: both networks, and the stages between them.

use super::{
    Diarizer, InferenceCache, InferenceContext, SpeechAnalysis,
    boundaries::refine_boundaries,
    embedding::Embedder,
    error::DetectError,
    frames::FrameClock,
    segmentation::SegmentationSettings,
    segmenter::Segmenter,
    subsegments::embed_runs,
    tracks::tracks,
    vad::{VadSettings, detect_speech},
};
use crate::base::{
    progress::{Cancel, Observer},
    samples::Samples,
    time::Span,
};
use std::num::NonZeroUsize;

/// A diarizer that runs the segmentation and the embedding network.
pub struct NeuralDiarizer {
    /// The segmentation network: local speakers of windows of ten seconds.
    pub segmenter: Segmenter,
    /// The embedding network; `None` where only regions of speech are wanted.
    pub embedder: Option<Embedder>,
    /// How the segmentation's windows slide.
    pub segmentation: SegmentationSettings,
    /// How regions are made of its scores.
    pub vad: VadSettings,
    /// Inputs of a network under way at once.
    pub threads: NonZeroUsize,
}

impl Diarizer for NeuralDiarizer {
    fn analyse(
        &self,
        samples: &dyn Samples,
        cache: &dyn InferenceCache,
        observer: &dyn Observer,
        cancel: &Cancel,
    ) -> Result<SpeechAnalysis, DetectError> {
        let context = InferenceContext { threads: self.threads, cache, observer, cancel };
        let segmentation = self.segmenter.segment(samples, self.segmentation, context)?;
        let length = samples.length();
        let clock = FrameClock::SEGMENTATION;
        let speech = detect_speech(&segmentation.speech_prob, clock, length, &self.vad);
        let Some(embedder) = &self.embedder else {
            return Ok(SpeechAnalysis { speech, subsegments: Vec::new() });
        };
        let runs = tracks(&segmentation.windows, length);
        drop(segmentation);
        let network = |samples: Vec<f32>| embedder.embed(&samples);
        let subsegments = embed_runs(samples, &runs, network, context)?;
        let unreadable = |source| DetectError::Samples { span: Span::from_start(length), source };
        let subsegments = refine_boundaries(subsegments, &runs, samples).map_err(unreadable)?;
        Ok(SpeechAnalysis { speech, subsegments })
    }
}
