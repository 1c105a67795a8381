//! Which decoded samples are sound, and where silence has to stand in.
//!
//! Encoders put samples before the first one (the delay of their filters) and
//! after the last (to fill a block); players cut both, and so must we, or every
//! word would be late. Where packets are missing, the container's clock tells how
//! much: silence takes their place, so that what follows keeps its time.
//!
//! Everything here counts frames: samples of one channel at the file's own rate.

use std::ops::Range;

/// Difference between the container's clock and the samples counted so far from
/// which the difference is a hole, in seconds: 1/20. Matroska rounds its
/// clock to 1 ms and some recorders jitter by tens; one lost packet of
/// 20 ms is no reason to cut into good sound.
const HOLE: u64 = 20;

/// The same for a clock that counts frames.
const EXACT_HOLE: u64 = 1000;

/// Longest hole that is believed, in seconds. A recording that paused for ten
/// minutes exists; a clock that jumps by more is damaged.
const LONGEST_HOLE: u64 = 600;

/// How far a clock may jump ahead of the sound.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reach {
    /// The container does not say where the track ends: a minute is believed.
    Unknown,
    /// The track should end at this frame.
    Claimed(u64),
    /// It does, and the place of the damage is known.
    Sure(u64),
    /// The same, and the clock counts frames.
    Exact(u64),
}

/// Lays decoded packets one behind the other.
#[derive(Debug)]
pub(super) struct Timeline {
    /// Decoded frames before the sound.
    head: u64,
    /// Decoded frames after the sound; what follows them is sound again, as in
    /// files glued together.
    padding: Range<u64>,
    /// Frames decoded, whether kept or not.
    decoded: u64,
    /// Frames on the timeline, sound and silence.
    laid: u64,
    /// By how many frames the clock was ahead of them at the last packet. Where a clock has
    /// always been a little wrong it stays so behind a hole.
    drift: i64,
}

impl Timeline {
    /// An empty timeline. Of the decoded frames, the first `head` and those in
    /// `padding`, counted from the first decoded one, are no sound.
    pub(super) fn new(head: u64, padding: Range<u64>) -> Timeline {
        Timeline { head, padding, decoded: 0, laid: 0, drift: 0 }
    }

    /// Frames on the timeline.
    #[cfg(test)]
    fn laid(&self) -> u64 {
        self.laid
    }

    /// Frames decoded so far, sound or not.
    pub(super) fn decoded(&self) -> u64 {
        self.decoded
    }

    /// Adds `samples`, appending those that are sound to `out`.
    pub(super) fn lay(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        let start = self.decoded;
        self.decoded += samples.len() as u64;
        for sound in [self.head..self.padding.start, self.padding.end.max(self.head)..u64::MAX] {
            let place = |frame: u64| frame.saturating_sub(start).min(samples.len() as u64) as usize;
            let sound = &samples[place(sound.start)..place(sound.end).max(place(sound.start))];
            out.extend_from_slice(sound);
            self.laid += sound.len() as u64;
        }
    }

    /// Appends silence to `out` if the next packet begins at frame `position` and
    /// the sound so far ends well before it, as far as `reach` allows.
    pub(super) fn bridge(&mut self, position: i64, reach: Reach, rate: u32, out: &mut Vec<f32>) {
        let hole = self.hole(position, reach, rate);
        out.resize(out.len() + hole as usize, 0.0);
        self.laid += hole;
        let drift = position.saturating_sub(i64::try_from(self.laid).unwrap_or(i64::MAX));
        if self.decoded > self.head && drift.unsigned_abs() < u64::from(rate) / HOLE {
            self.drift = drift;
        }
    }

    /// Frames missing before a packet that begins at frame `position`.
    pub(super) fn hole(&self, position: i64, reach: Reach, rate: u32) -> u64 {
        const WHOLE: u64 = u32::MAX as u64;
        // A packet that begins inside the head begins at the start of the sound.
        let position = u64::try_from(position.saturating_sub(self.drift)).unwrap_or(0);
        let hole = position.saturating_sub(self.laid);
        let (shortest, longest, end) = match reach {
            Reach::Unknown => (HOLE, LONGEST_HOLE / 10, u64::MAX),
            Reach::Claimed(end) => (HOLE, LONGEST_HOLE, end),
            Reach::Sure(end) => (HOLE, WHOLE, end),
            Reach::Exact(end) => (EXACT_HOLE, WHOLE, end),
        };
        let rate = u64::from(rate);
        let believed = (rate / shortest).max(1)..=rate * longest;
        if believed.contains(&hole) && position <= end { hole } else { 0 }
    }

    /// What an encoder put before the sound is lost with it.
    pub(super) fn lose_head(&mut self) {
        self.head = self.decoded;
    }

    /// Counts on in frames at the rate `to` instead of `from`, in hertz.
    pub(super) fn change_rate(&mut self, from: u32, to: u32) {
        let scale = |frames: u64| {
            let scaled = u128::from(frames) * u128::from(to) / u128::from(from.max(1));
            u64::try_from(scaled).unwrap_or(u64::MAX)
        };
        self.head = scale(self.head);
        self.padding = scale(self.padding.start)..scale(self.padding.end);
        self.decoded = scale(self.decoded);
        self.laid = scale(self.laid);
        self.drift = 0;
    }
}

/// Padding of a track that has none.
pub(super) const NO_PADDING: Range<u64> = u64::MAX..u64::MAX;

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames 1, 2, 3, … in packets of these lengths; those that are laid.
    fn laid(mut timeline: Timeline, packets: &[usize]) -> Vec<f32> {
        let mut out = Vec::new();
        let mut next = 1.0;
        for &length in packets {
            let packet: Vec<f32> = (0..length).map(|i| next + i as f32).collect();
            next += length as f32;
            timeline.lay(&packet, &mut out);
        }
        assert_eq!(timeline.laid(), out.len() as u64);
        out
    }

    #[test]
    fn the_head_is_dropped_even_when_it_spans_packets() {
        assert_eq!(laid(Timeline::new(5, NO_PADDING), &[2, 2, 3]), [6.0, 7.0]);
    }

    #[test]
    fn padding_is_dropped_but_not_what_is_glued_behind_it() {
        assert_eq!(laid(Timeline::new(1, 3..5), &[4, 3]), [2.0, 3.0, 6.0, 7.0]);
    }

    #[test]
    fn padding_that_overlaps_the_head_drops_nothing_twice() {
        assert_eq!(laid(Timeline::new(4, 2..3), &[6]), [5.0, 6.0]);
    }

    #[test]
    fn a_hole_is_filled_and_jitter_is_not() {
        let mut timeline = Timeline::new(0, NO_PADDING);
        let mut out = Vec::new();
        timeline.lay(&[0.5; 100], &mut out);
        timeline.bridge(149, Reach::Claimed(10_000), 1000, &mut out);
        assert_eq!(out.len(), 100);
        timeline.bridge(263, Reach::Claimed(10_000), 1000, &mut out);
        // Without the 49 that the clock was ahead before.
        assert_eq!(out.len(), 214);
        assert_eq!(out[213], 0.0);
    }

    #[test]
    fn a_clock_that_jumps_past_the_end_is_not_believed() {
        let mut timeline = Timeline::new(0, NO_PADDING);
        let mut out = Vec::new();
        timeline.bridge(10_001, Reach::Claimed(10_000), 1000, &mut out);
        timeline.bridge(60_001, Reach::Unknown, 1000, &mut out);
        timeline.bridge(-7, Reach::Unknown, 1000, &mut out);
        timeline.bridge(i64::MAX, Reach::Unknown, 1000, &mut out);
        timeline.bridge(700_000, Reach::Claimed(1_000_000), 1000, &mut out);
        assert_eq!(out, [0.0_f32; 0]);
        timeline.bridge(700_000, Reach::Sure(1_000_000), 1000, &mut out);
        assert_eq!(out.len(), 700_000);
    }
}
