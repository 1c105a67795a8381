//! CAM++: a stretch of one voice becomes a direction in 192 dimensions.
//!
//! Wang et al., "CAM++: A Fast and Efficient Network for Speaker Verification Using
//! Context-Aware Masking", Interspeech 2023. Without the ReLU that some ports put
//! behind its last normalisation: with it, voices of different people had a mean
//! cosine of 0.39, without it 0.13.

use super::{
    error::NetworkError,
    fbank::{Fbank, N_BANDS},
    network::{Array, Network},
};
use crate::base::speech::Embedding;
use std::path::Path;

/// Numbers of an embedding.
pub const DIMENSION: usize = 192;

/// The embedding network, ready to run.
pub struct Embedder {
    network: Network,
    fbank: Fbank,
}

impl Embedder {
    /// The network in the ONNX file at `path`: `(1, frames, 80)` in, `(1, 192)` out.
    ///
    /// # Errors
    /// The file cannot be read or is not a network.
    pub fn load(path: &Path) -> Result<Embedder, NetworkError> {
        Ok(Embedder { network: Network::load(path)?, fbank: Fbank::new() })
    }

    /// The voice in `samples`, 16 kHz; from half a second on it tells people apart.
    ///
    /// `None` where there is no voice to hear: less than a frame of 25 ms, or an
    /// answer without a direction.
    ///
    /// # Errors
    /// The network fails, or answers in another shape.
    pub fn embed(&self, samples: &[f32]) -> Result<Option<Embedding>, NetworkError> {
        let features = self.fbank.features(samples);
        let n_frames = features.len() / N_BANDS;
        if n_frames == 0 {
            return Ok(None);
        }
        let answer =
            self.network.run(Array { shape: vec![1, n_frames, N_BANDS], values: features })?;
        if answer.shape != [1, DIMENSION] {
            return Err(NetworkError::OtherShape {
                path: self.network.path().to_owned(),
                expected: vec![1, DIMENSION],
                found: answer.shape,
            });
        }
        Ok(Embedding::new(answer.values))
    }
}
