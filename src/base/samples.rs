//! Where an engine hears an episode from.
//!
//! Engines read short stretches on demand, so that memory does not grow with
//! the episode; a trait, so that they know neither files nor formats.

use crate::base::time::{Span, Time};
use std::io;

/// The samples of one episode: 16 kHz, mono, `-1.0..=1.0`.
///
/// Several threads read at once.
pub trait Samples: Sync {
    /// Length of the episode; zero for an empty one.
    fn length(&self) -> Time;

    /// The samples of `span`, one for each of its samples.
    ///
    /// `span` lies inside the episode; beyond it the answer is an error.
    ///
    /// # Errors
    /// Whatever keeps the samples from being read.
    fn read(&self, span: Span) -> io::Result<Vec<f32>>;
}

/// Samples held in memory: short clips, and tests.
impl Samples for Vec<f32> {
    fn length(&self) -> Time {
        Time::from_samples(self.len() as u64)
    }

    fn read(&self, span: Span) -> io::Result<Vec<f32>> {
        let range = span.start().samples() as usize..span.end().samples() as usize;
        self.get(range).map(<[f32]>::to_vec).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_beyond_the_end_is_an_error() {
        let episode = vec![0.1, 0.2, 0.3, 0.5];
        let span = |start, end| {
            Span::new(Time::from_samples(start), Time::from_samples(end)).expect("not empty")
        };
        assert_eq!(episode.read(span(1, 3)).unwrap(), [0.2, 0.3]);
        assert!(episode.read(span(2, 5)).is_err());
    }
}
