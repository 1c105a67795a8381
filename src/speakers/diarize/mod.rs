//! Where anybody talks in an episode, and who.
//!
//! The recogniser is only given regions in which somebody talks: on music and
//! on silence it writes sentences that nobody said. Regions come from the
//! scores of the segmentation network before voices are told apart, so that a
//! voice the search for speakers loses is still transcribed.
//!
//! ```text
//! samples → windows of 10 s → 7 classes a frame ┬ probability of speech → regions
//!           segmentation      powerset          │ segmentation            frames, regions
//!                                               └ tracks → pieces → embeddings → speakers → turns
//!                                                 tracks   pieces   fbank, embedding   cluster, speakers
//! ```
//!
//! Edges of pieces are moved at the end (`edges`), by how loud the voice is.
//!
//! Slow are the networks; what they answer is kept as it comes (`memory`), and then as a whole:
//! regions and embedded pieces.
//! [`speakers::speakers`] takes milliseconds from there. Everything but `network`,
//! `segmenter` and `embedding` builds and is tested without the network runtime.

pub mod cluster;
pub mod edges;
#[cfg(feature = "diarize")]
pub mod embedding;
pub mod error;
pub mod fbank;
pub mod frames;
pub mod memory;
#[cfg(feature = "diarize")]
pub mod network;
pub mod pieces;
pub mod powerset;
pub mod regions;
#[cfg(any(test, feature = "scripted"))]
pub mod scripted;
pub mod segmentation;
#[cfg(feature = "diarize")]
pub mod segmenter;
pub mod side_by_side;
pub mod speakers;
pub mod tracks;

use crate::base::{
    progress::{Cancel, Observer},
    samples::Samples,
};
pub use error::DetectError;
pub use memory::Memory;
pub use pieces::Piece;
pub use regions::Speech;
use serde::{Deserialize, Serialize};

/// What the networks hear in an episode.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Heard {
    /// Where anybody talks.
    pub speech: Speech,
    /// Stretches of one voice each, sorted by start; empty where voices were not asked
    /// for.
    pub pieces: Vec<Piece>,
}

/// Hears where anybody talks, and in which voices.
pub trait Diarizer: Sync {
    /// What is heard in `samples`.
    ///
    /// `observer` hears of [`Stage::Regions`](crate::base::progress::Stage::Regions) and
    /// [`Stage::Voices`](crate::base::progress::Stage::Voices); `cancel` is looked at between
    /// windows. What `memory` knows is not heard again.
    ///
    /// # Errors
    /// A stop was asked for, the samples could not be read, or the engine
    /// failed; there is no partial answer.
    fn listen(
        &self,
        samples: &dyn Samples,
        memory: &dyn Memory,
        observer: &dyn Observer,
        cancel: &Cancel,
    ) -> Result<Heard, DetectError>;
}
