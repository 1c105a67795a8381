//! Speaker embeddings by CAM++: the voice in some audio as a unit vector of 192 dimensions.
//!
//! Wang et al., "CAM++: A Fast and Efficient Network for Speaker Verification Using
//! Context-Aware Masking", Interspeech 2023. Without the ReLU that some ports put
//! after its last normalisation: with it, voices of different people had a mean
//! cosine of 0.39, without it 0.13.

use super::{
    error::NetworkError,
    fbank::{Fbank, N_BANDS},
    front_end::FrontEnd,
    network::{Array, Network},
};
use crate::base::speech::Embedding;
use std::path::Path;

/// Dimension of an embedding.
pub(crate) const DIMENSION: usize = 192;

/// The embedding network, ready to run.
pub struct Embedder {
    network: Network,
    fbank: Fbank,
    /// `None` where the runtime runs all of the network.
    front_end: Option<FrontEnd>,
}

impl Embedder {
    /// The network in the ONNX file at `path`: `(1, frames, 80)` in, `(1, 192)` out.
    ///
    /// # Errors
    /// The file cannot be read or is not a network.
    pub fn load(path: &Path) -> Result<Embedder, NetworkError> {
        let network = Network::load(path)?;
        let front_end = FrontEnd::of(&network);
        Ok(Embedder { network, fbank: Fbank::new(), front_end })
    }

    /// Whether the front end runs by our own convolutions, which are several times as fast as the
    /// runtime's: `false` for a network whose layers are other ones, or named otherwise.
    pub fn has_own_front_end(&self) -> bool {
        self.front_end.is_some()
    }

    /// The embedding of `samples`, 16 kHz; from half a second on it tells speakers apart.
    ///
    /// `None` where there is none: less than a frame of 25 ms, or an output of length zero.
    ///
    /// # Errors
    /// The network fails, or its output has another shape.
    pub fn embed(&self, samples: &[f32]) -> Result<Option<Embedding>, NetworkError> {
        let features = self.fbank.features(samples);
        let n_frames = features.len() / N_BANDS;
        if n_frames == 0 {
            return Ok(None);
        }
        let output = match &self.front_end {
            Some(front_end) => front_end.run(&features, &self.network)?,
            None => {
                self.network.run(Array { shape: vec![1, n_frames, N_BANDS], values: features })?
            }
        };
        if output.shape != [1, DIMENSION] {
            return Err(NetworkError::UnexpectedShape {
                path: self.network.path().to_owned(),
                expected: vec![1, DIMENSION],
                found: output.shape,
            });
        }
        Ok(Embedding::new(output.values))
    }
}
