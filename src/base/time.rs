//! The one clock of voixoff: whole samples at 16 kHz.
//!
//! Floating-point seconds do not survive comparison: two roads to the same
//! boundary give two bit patterns. Every hop in use here is a whole number of
//! 16 kHz samples (see the tests), so counting samples makes equality exact.

use serde::{Deserialize, Serialize};
use std::{fmt, time::Duration};

/// Rate of all audio past the decoder, in hertz.
pub(crate) const SAMPLE_RATE: u32 = 16_000;

/// Length of one sample. Exact: 1 s / 16 000 = 62 500 ns.
const SAMPLE_NANOS: u64 = 62_500;

/// A position in an episode, counted from its first sample.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Time {
    samples: u64,
}

impl Time {
    /// The position `samples` after the start of the episode.
    pub const fn from_samples(samples: u64) -> Time {
        Time { samples }
    }

    /// The position `frames` ticks of a clock at `rate_hz` after the start of the episode, rounded
    /// down to a sample; a rate of 0 counts as 1.
    pub(crate) fn from_frames(frames: u64, rate_hz: u32) -> Time {
        let samples = u128::from(frames) * u128::from(SAMPLE_RATE) / u128::from(rate_hz.max(1));
        Time { samples: u64::try_from(samples).unwrap_or(u64::MAX) }
    }

    /// The position `millis` milliseconds after the start of the episode.
    pub const fn from_millis(millis: u64) -> Time {
        Time { samples: millis * 16 }
    }

    /// Samples since the start of the episode.
    pub const fn samples(self) -> u64 {
        self.samples
    }

    /// Seconds since the start of the episode, for scores and for display only.
    pub fn as_secs_f64(self) -> f64 {
        self.samples as f64 / f64::from(SAMPLE_RATE)
    }

    /// Whole milliseconds since the start of the episode, rounded half up.
    pub const fn as_millis(self) -> u64 {
        (self.samples + 8) / 16
    }

    /// This position moved `by` later.
    pub const fn plus(self, by: Time) -> Time {
        Time { samples: self.samples + by.samples }
    }

    /// This position moved `by` earlier, but not before the start of the episode.
    pub const fn minus(self, by: Time) -> Time {
        Time { samples: self.samples.saturating_sub(by.samples) }
    }
}

/// As people write it: `00:41:07`.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.samples / u64::from(SAMPLE_RATE);
        write!(f, "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
    }
}

/// The half-open interval `[start, end)`; never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "(Time, Time)", into = "(Time, Time)")]
pub struct Span {
    start: Time,
    end: Time,
}

impl Span {
    /// The interval from `start` up to `end`, or `None` if it would be empty.
    pub fn new(start: Time, end: Time) -> Option<Span> {
        (start < end).then_some(Span { start, end })
    }

    /// The first `length` of an episode or window; one sample if `length` is none.
    pub fn from_start(length: Time) -> Span {
        Span { start: Time::default(), end: length.max(Time::from_samples(1)) }
    }

    /// This span moved `by` later.
    pub fn later(self, by: Time) -> Span {
        Span { start: self.start.plus(by), end: self.end.plus(by) }
    }

    /// This span counted from `origin`, which must not lie behind its start.
    pub fn earlier(self, origin: Time) -> Span {
        Span { start: self.start.minus(origin), end: self.end.minus(origin) }
    }

    /// First instant of the span.
    pub fn start(self) -> Time {
        self.start
    }

    /// First instant after the span.
    pub fn end(self) -> Time {
        self.end
    }

    /// Samples covered; at least 1.
    pub fn samples(self) -> u64 {
        self.end.samples - self.start.samples
    }

    /// Time covered. Exact, because a sample is a whole number of nanoseconds.
    pub fn length(self) -> Duration {
        Duration::from_nanos((self.end.samples - self.start.samples) * SAMPLE_NANOS)
    }

    /// Its middle, or the sample before.
    pub fn middle(self) -> Time {
        self.start.plus(Time::from_samples(self.samples() / 2))
    }

    /// The part shared with `other`, if they overlap. Spans that only touch do not.
    pub fn overlap(self, other: Span) -> Option<Span> {
        Span::new(self.start.max(other.start), self.end.min(other.end))
    }
}

impl From<Span> for (Time, Time) {
    fn from(span: Span) -> (Time, Time) {
        (span.start, span.end)
    }
}

impl TryFrom<(Time, Time)> for Span {
    type Error = &'static str;

    fn try_from((start, end): (Time, Time)) -> Result<Span, &'static str> {
        Span::new(start, end).ok_or("a span is never empty")
    }
}

/// `spans` with every pause of at most `longest` filled.
///
/// `spans` is sorted by start. Spans that overlap or touch become one, even
/// when `longest` is zero, so that the answer is sorted and disjoint.
///
/// ```
/// use voixoff::base::time::{Span, Time, fill_pauses};
///
/// let span = |start, end| Span::new(Time::from_millis(start), Time::from_millis(end)).unwrap();
/// let breaths = [span(0, 900), span(1_100, 2_000), span(5_000, 6_000)];
/// let filled = fill_pauses(&breaths, Time::from_millis(300));
/// assert_eq!(filled, [span(0, 2_000), span(5_000, 6_000)]);
/// ```
pub fn fill_pauses(spans: &[Span], longest: Time) -> Vec<Span> {
    let mut filled: Vec<Span> = Vec::new();
    for &span in spans {
        match filled.last_mut() {
            Some(last) if span.start() <= last.end().plus(longest) => {
                let whole = Span::new(last.start(), last.end().max(span.end()));
                *last = whole.expect("a span that grows is not empty");
            }
            _ => filled.push(span),
        }
    }
    filled
}

/// The parts of `spans` outside `holes`; both are sorted and disjoint.
///
/// ```
/// use voixoff::base::time::{Span, Time, without};
///
/// let span = |start, end| Span::new(Time::from_millis(start), Time::from_millis(end)).unwrap();
/// let talk = without(&[span(0, 9_000)], &[span(2_000, 4_000)]);
/// assert_eq!(talk, [span(0, 2_000), span(4_000, 9_000)]);
/// ```
pub fn without(spans: &[Span], holes: &[Span]) -> Vec<Span> {
    let mut left = Vec::new();
    let mut holes = holes.iter().peekable();
    for span in spans {
        let mut start = span.start();
        while let Some(hole) = holes.peek().filter(|hole| hole.start() < span.end()) {
            left.extend(Span::new(start, hole.start()));
            start = start.max(hole.end());
            if hole.end() > span.end() {
                // It may reach into the next span as well.
                break;
            }
            holes.next();
        }
        left.extend(Span::new(start, span.end()));
    }
    left
}

/// Whether `at` is inside one of `spans`, which are sorted and disjoint.
pub(crate) fn is_inside(spans: &[Span], at: Time) -> bool {
    let next = spans.partition_point(|span| span.end() <= at);
    spans.get(next).is_some_and(|span| span.start() <= at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_in_use_is_a_whole_number_of_samples() {
        let steps_ns = [
            ("whisper timestamp", 10_000_000),
            ("whisper DTW frame", 20_000_000),
            ("pyannote segmentation hop", 16_875_000),
            ("pyannote segmentation frame", 61_937_500),
            ("silero window", 32_000_000),
            ("millisecond of a subtitle", 1_000_000),
        ];
        for (name, ns) in steps_ns {
            assert_eq!(ns % SAMPLE_NANOS, 0, "{name}");
        }
    }

    #[test]
    fn spans_that_touch_do_not_overlap() {
        let a = Span::new(Time::from_millis(0), Time::from_millis(10)).unwrap();
        let b = Span::new(Time::from_millis(10), Time::from_millis(20)).unwrap();
        assert_eq!(a.overlap(b), None);
        assert_eq!(a.length(), Duration::from_millis(10));
    }

    #[test]
    fn a_hole_over_two_spans_is_cut_out_of_both() {
        let span = |start, end| Span::new(Time::from_samples(start), Time::from_samples(end));
        let spans = [span(0, 5), span(7, 11)].map(Option::unwrap);
        let left = without(&spans, &[span(3, 8).unwrap()]);
        assert_eq!(left, [span(0, 3), span(8, 11)].map(Option::unwrap));
    }
}
