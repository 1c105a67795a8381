//! The segmentation network: segmentation-3.0 of pyannote.audio.

use super::{
    InferenceContext,
    error::{DetectError, NetworkError},
    network::{Array, Network},
    powerset::N_CLASSES,
    segmentation::{self, Segmentation, SegmentationSettings, WINDOW, WINDOW_FRAMES},
    sinc_net::SincNet,
};
use crate::base::samples::Samples;
use std::path::Path;

/// The segmentation network, ready to run.
pub struct Segmenter {
    network: Network,
    /// `None` where the runtime runs all of the network.
    front_end: Option<SincNet>,
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
        let network = Network::load(path)?;
        let front_end = SincNet::of(&network);
        Ok(Segmenter { network, front_end })
    }

    /// Whether the front end runs by our own convolutions, which are several times as fast as the
    /// runtime's: `false` for a network whose layers are other ones, or named otherwise.
    pub fn has_own_front_end(&self) -> bool {
        self.front_end.is_some()
    }

    /// The segmentation of `samples`; see [`segmentation::segment`].
    ///
    /// # Errors
    /// A stop was asked for, samples could not be read, or the network or the cache failed.
    pub fn segment(
        &self,
        samples: &dyn Samples,
        settings: SegmentationSettings,
        context: InferenceContext<'_>,
    ) -> Result<Segmentation, DetectError> {
        segmentation::segment(samples, settings, |windows| self.log_probs(windows), context)
    }

    /// The logarithms of the probabilities of the 7 classes in each of the 589
    /// frames of each of `windows`, row by row.
    ///
    /// `windows` has 160 000 samples a window. The output for a window is the same, to the
    /// bit, whatever else is in the batch.
    ///
    /// # Errors
    /// The network fails, or its output has another shape.
    pub fn log_probs(&self, windows: Vec<f32>) -> Result<Vec<f32>, NetworkError> {
        let n_samples = WINDOW.samples() as usize;
        let n_windows = windows.len() / n_samples;
        let expected = [n_windows, WINDOW_FRAMES, N_CLASSES];
        let output = match &self.front_end {
            Some(front_end) => front_end.run(&windows, &self.network)?,
            None => {
                let shape = vec![n_windows, 1, n_samples];
                self.network.run(Array { shape, values: windows })?
            }
        };
        if output.shape != expected {
            return Err(NetworkError::UnexpectedShape {
                path: self.network.path().to_owned(),
                expected: expected.to_vec(),
                found: output.shape,
            });
        }
        Ok(output.values)
    }
}
