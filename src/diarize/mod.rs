//! Where anybody talks in an episode, and (to come) who.
//!
//! The recogniser is only given regions in which somebody talks: on music and
//! on silence it writes sentences that nobody said. Regions come from the
//! scores of the segmentation network before voices are told apart, so that a
//! voice the search for speakers loses is still transcribed.
//!
//! ```text
//! samples → windows of 10 s → 7 classes a frame → probability of speech → regions
//!           segmentation      powerset            segmentation            frames, regions
//! ```
//!
//! Everything but `network` and `segmenter` builds and is tested without the
//! network runtime.

pub mod error;
pub mod frames;
#[cfg(feature = "neural")]
pub mod network;
pub mod powerset;
pub mod regions;
pub mod scripted;
pub mod segmentation;
#[cfg(feature = "neural")]
pub mod segmenter;
pub mod side_by_side;

use crate::{
    progress::{Cancel, Observer},
    samples::Samples,
};
pub use error::DetectError;
pub use regions::Speech;

/// Finds where anybody talks.
pub trait SpeechDetector: Sync {
    /// Where anybody talks in `samples`.
    ///
    /// `observer` hears of [`Stage::Regions`](crate::progress::Stage::Regions);
    /// `cancel` is looked at between windows.
    ///
    /// # Errors
    /// A stop was asked for, the samples could not be read, or the engine
    /// failed; there is no partial answer.
    fn detect(
        &self,
        samples: &dyn Samples,
        observer: &dyn Observer,
        cancel: &Cancel,
    ) -> Result<Speech, DetectError>;
}
