//! segmentation-3.0 of pyannote.audio, and what is heard with it.

use super::{
    Diarizer, Heard, Memory,
    edges::sharpened,
    embedding::Embedder,
    error::{DetectError, NetworkError},
    frames::FrameClock,
    network::{Array, Network},
    pieces::embedded,
    powerset::N_CLASSES,
    regions::{RegionSettings, regions},
    segmentation::{self, Segmentation, SegmentationSettings, WINDOW, WINDOW_FRAMES},
    tracks::tracks,
};
use crate::base::{
    progress::{Cancel, Observer},
    samples::Samples,
    time::Span,
};
use std::{num::NonZeroUsize, path::Path};

/// The segmentation network, ready to run.
pub struct Segmenter {
    network: Network,
}

impl Segmenter {
    /// The network in the ONNX file at `path`.
    ///
    /// Its input is `(windows, 1, 160000)`, its output `(windows, 589, 7)`
    /// natural logarithms of probabilities.
    ///
    /// # Errors
    /// The file cannot be read or is not a network.
    pub fn load(path: &Path) -> Result<Segmenter, NetworkError> {
        Network::load(path).map(|network| Segmenter { network })
    }

    /// Who talks in each frame of `samples`; see [`segmentation::segment`].
    ///
    /// # Errors
    /// A stop was asked for, samples could not be read, or the network failed.
    pub fn segment(
        &self,
        samples: &dyn Samples,
        settings: SegmentationSettings,
        threads: NonZeroUsize,
        memory: &dyn Memory,
        observer: &dyn Observer,
        cancel: &Cancel,
    ) -> Result<Segmentation, DetectError> {
        let network = |windows| self.log_probabilities(windows);
        segmentation::segment(samples, settings, network, threads, memory, observer, cancel)
    }

    /// The logarithms of the probabilities of the 7 classes in each of the 589
    /// frames of each of `windows`, row by row.
    ///
    /// `windows` has 160 000 samples a window. The answer to a window is the same, to the
    /// bit, among whichever others it is asked about.
    ///
    /// # Errors
    /// The network fails, or answers in another shape.
    pub fn log_probabilities(&self, windows: Vec<f32>) -> Result<Vec<f32>, NetworkError> {
        let n_samples = WINDOW.samples() as usize;
        let n_windows = windows.len() / n_samples;
        let expected = [n_windows, WINDOW_FRAMES, N_CLASSES];
        let input = Array { shape: vec![n_windows, 1, n_samples], values: windows };
        let answer = self.network.run(input)?;
        if answer.shape != expected {
            return Err(NetworkError::OtherShape {
                path: self.network.path().to_owned(),
                expected: expected.to_vec(),
                found: answer.shape,
            });
        }
        Ok(answer.values)
    }
}

/// A diarizer that asks both networks.
pub struct NeuralDiarizer {
    /// Who talks in ten seconds.
    pub segmenter: Segmenter,
    /// What a voice sounds like; `None` where nobody asks who speaks.
    pub embedder: Option<Embedder>,
    /// How the windows slide.
    pub segmentation: SegmentationSettings,
    /// How regions are made of scores.
    pub regions: RegionSettings,
    /// Windows under way at once.
    pub threads: NonZeroUsize,
}

impl Diarizer for NeuralDiarizer {
    fn listen(
        &self,
        samples: &dyn Samples,
        memory: &dyn Memory,
        observer: &dyn Observer,
        cancel: &Cancel,
    ) -> Result<Heard, DetectError> {
        let (settings, threads) = (self.segmentation, self.threads);
        let segmentation =
            self.segmenter.segment(samples, settings, threads, memory, observer, cancel)?;
        let length = samples.length();
        let clock = FrameClock::SEGMENTATION;
        let speech = regions(&segmentation.speech, clock, length, &self.regions);
        let Some(embedder) = &self.embedder else {
            return Ok(Heard { speech, pieces: Vec::new() });
        };
        let runs = tracks(&segmentation.windows, length);
        drop(segmentation);
        let embed = |sound: Vec<f32>| embedder.embed(&sound);
        let pieces = embedded(samples, &runs, embed, threads, memory, observer, cancel)?;
        let unread = |source| DetectError::Samples { span: Span::from_start(length), source };
        let pieces = sharpened(pieces, &runs, samples).map_err(unread)?;
        Ok(Heard { speech, pieces })
    }
}
