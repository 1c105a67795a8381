//! Outputs of the networks for one episode, kept while the inference goes on.
//!
//! Ten hours of audio take minutes of every core, and a kill must not lose them: each output is
//! stored as soon as it is known, and no network runs twice on the same input.

use crate::base::speech::Embedding;
use serde::{Deserialize, Serialize};
use std::io;

/// Which run of a network: those of one episode, with the same settings and models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheKey {
    /// The segmentation of a batch of windows, by the number of the batch.
    Windows(usize),
    /// The embedding of a subsegment, by its number among those that are embedded.
    Embedding(usize),
}

/// What a network computed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CachedOutput {
    /// For [`CacheKey::Windows`]: all windows of the batch, in order.
    Windows(Vec<WindowOutput>),
    /// For [`CacheKey::Embedding`]; `None` for audio that has no direction.
    // The journals on disk say `voice`.
    #[serde(rename = "voice")]
    Embedding(Option<Embedding>),
}

/// The segmentation network's output for one window; empty for digital silence, on which it
/// is not run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct WindowOutput {
    /// The most probable powerset class of each frame.
    pub classes: Vec<u8>,
    /// Probability of speech in each frame.
    // The journals on disk say `speech`.
    #[serde(rename = "speech")]
    pub speech_prob: Vec<f32>,
}

/// Outputs of the networks for one episode.
///
/// Used from several threads. An output that it loses is computed again, to the same bits.
pub trait InferenceCache: Sync {
    /// The output, if it is known; a key is taken once.
    fn take(&self, key: CacheKey) -> Option<CachedOutput>;

    /// Stores a new output. A cache on disk has written it when this returns.
    ///
    /// # Errors
    /// Any error of writing.
    fn store(&self, key: CacheKey, output: &CachedOutput) -> io::Result<()>;
}

/// A cache that stores nothing: every output is computed.
pub struct NoCache;

impl InferenceCache for NoCache {
    fn take(&self, _: CacheKey) -> Option<CachedOutput> {
        None
    }

    fn store(&self, _: CacheKey, _: &CachedOutput) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_on_disk_stay_what_they_are() {
        let window = WindowOutput { classes: vec![0, 4], speech_prob: vec![0.5, 1.0] };
        let json = |output| serde_json::to_string(&output).unwrap();
        assert_eq!(
            json(CachedOutput::Windows(vec![window])),
            r#"{"windows":[{"classes":[0,4],"speech":[0.5,1.0]}]}"#
        );
        assert_eq!(json(CachedOutput::Embedding(None)), r#"{"voice":null}"#);
    }
}
