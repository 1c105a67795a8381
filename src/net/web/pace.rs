//! How fast something comes.

use std::time::{Duration, Instant};

/// Bytes a second below which a server is given up: an hour of speech at this pace takes
/// eight hours and more.
const SLOWEST: u64 = 1_000;

/// Watches that a content comes fast enough to be waited for.
///
/// A server that sends a byte now and then is never silent for long, so that no limit on
/// silence ends it.
#[derive(Debug)]
pub(crate) struct Pace {
    /// Over such a time.
    span: Duration,
    since: Instant,
    bytes: u64,
}

impl Pace {
    /// Begins now.
    pub(crate) fn over(span: Duration) -> Pace {
        Pace { span, since: Instant::now(), bytes: 0 }
    }

    /// Takes note of `n_bytes` that came; whether it is worth waiting for more.
    pub(crate) fn is_kept(&mut self, n_bytes: usize) -> bool {
        self.bytes += n_bytes as u64;
        let gone = self.since.elapsed();
        if gone < self.span {
            return true;
        }
        let is_kept = u128::from(self.bytes) * 1_000 >= u128::from(SLOWEST) * gone.as_millis();
        (self.since, self.bytes) = (Instant::now(), 0);
        is_kept
    }
}
