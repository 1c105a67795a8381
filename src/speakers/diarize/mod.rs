//! Speaker diarization: voice activity detection, segmentation, embeddings, clustering.
//!
//! ```text
//! samples ─ segmentation ─→ powerset classes ┬─ vad ─→ regions of speech
//!           windows of 10 s  of each frame   │
//!                                            └─ tracks ─→ subsegments ─→ embeddings ─→ assignment ─→ turns
//!                                               local speakers           fbank,        clustering
//!                                               stitched                 embedding
//! ```
//!
//! | module | what it does |
//! |---|---|
//! | `segmentation` | slides the segmentation network over the episode |
//! | `powerset`, `frames` | read its output: classes and scores of frames |
//! | `vad` | voice activity detection |
//! | `tracks` | stitches the local speakers of the windows together |
//! | `subsegments` | cuts tracks into what is embedded, and embeds it |
//! | `boundaries` | energy-based boundary refinement of subsegments |
//! | `assignment`, `clustering` | how many speakers there are, and which subsegment is whose |
//! | `overlap` | gives the second track of an overlap its speaker |
//! | `split` | finds the second person in a voice that is two |
//! | `confidence` | how sure it is whose a turn is |
//! | `cache` | outputs of the networks, kept while the inference goes on |
//! | `parallel` | runs the networks on several inputs at once |
//! | `network`, `segmenter`, `embedding`, `neural` | the two networks, and the diarizer made of them |
//! | `convolution`, `sinc_net`, `front_end` | the front ends of both, by our own convolutions |
//!
//! The recogniser is only given regions of speech: on music and on silence it hallucinates.
//! Regions come from the segmentation network's scores before speakers are told apart, so that
//! the words of a speaker whom the clustering loses are still transcribed.
//!
//! The networks are what takes time; their outputs are cached one by one, and then as a whole, as a
//! [`SpeechAnalysis`]. From there [`assignment::assign_speakers`] takes milliseconds. Everything
//! but `network`, `segmenter`, `embedding`, `neural` and the front ends builds and is tested without
//! the runtime of the networks.

pub mod assignment;
pub(crate) mod boundaries;
pub mod cache;
pub(crate) mod clustering;
pub(crate) mod confidence;
#[cfg(feature = "diarize")]
pub(crate) mod convolution;
#[cfg(feature = "diarize")]
pub mod embedding;
pub mod error;
pub mod fbank;
pub(crate) mod frames;
#[cfg(feature = "diarize")]
pub(crate) mod front_end;
#[cfg(feature = "diarize")]
pub(crate) mod network;
#[cfg(feature = "diarize")]
pub mod neural;
pub(crate) mod overlap;
pub(crate) mod parallel;
pub mod powerset;
#[cfg(any(test, feature = "scripted"))]
pub mod scripted;
pub mod segmentation;
#[cfg(feature = "diarize")]
pub mod segmenter;
#[cfg(feature = "diarize")]
pub(crate) mod sinc_net;
pub mod split;
pub(crate) mod subsegments;
pub(crate) mod tracks;
pub mod vad;

use crate::base::{
    progress::{Cancel, Observer},
    samples::Samples,
};
pub use cache::InferenceCache;
pub use error::DetectError;
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;
pub use subsegments::Subsegment;
pub use vad::Speech;

/// What the networks find in an episode: the input of [`assignment::assign_speakers`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SpeechAnalysis {
    /// Where anybody talks.
    pub speech: Speech,
    /// Stretches of one local speaker each, sorted by start; empty where no embedding network
    /// was loaded.
    // The artifacts on disk say `pieces`.
    #[serde(rename = "pieces")]
    pub subsegments: Vec<Subsegment>,
}

/// The part of a diarization that takes time: everything before the clustering.
pub trait Diarizer: Sync {
    /// Regions of speech, and embeddings of who talks in them, in `samples`.
    ///
    /// `observer` is notified of [`Stage::Regions`](crate::base::progress::Stage::Regions) and
    /// [`Stage::Voices`](crate::base::progress::Stage::Voices); `cancel` is looked at between
    /// windows. What `cache` has is not computed again.
    ///
    /// # Errors
    /// A stop was asked for, the samples could not be read, or a network or the cache failed;
    /// there is no partial result.
    fn analyse(
        &self,
        samples: &dyn Samples,
        cache: &dyn InferenceCache,
        observer: &dyn Observer,
        cancel: &Cancel,
    ) -> Result<SpeechAnalysis, DetectError>;
}

/// What both networks' stages are run with.
#[derive(Clone, Copy)]
pub struct InferenceContext<'a> {
    /// Inputs under way at once. The results are the same, to the bit, for any number.
    pub threads: NonZeroUsize,
    /// Outputs that are known already, and where new ones go.
    pub cache: &'a dyn InferenceCache,
    /// Who is notified how far the stage is.
    pub observer: &'a dyn Observer,
    /// Whether a stop was asked for.
    pub cancel: &'a Cancel,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::{Span, Time};

    #[test]
    fn names_on_disk_stay_what_they_are() {
        let span = Span::from_start(Time::from_samples(3));
        let analysis = SpeechAnalysis {
            speech: Speech { regions: vec![span], doubtful: Vec::new() },
            subsegments: vec![Subsegment { track: 2, span, embedding: None }],
        };
        let span = serde_json::to_string(&span).unwrap();
        let expected = format!(
            r#"{{"speech":{{"regions":[{span}],"doubtful":[]}},"pieces":[{{"track":2,"span":{span},"embedding":null}}]}}"#
        );
        assert_eq!(serde_json::to_string(&analysis).unwrap(), expected);
    }
}
