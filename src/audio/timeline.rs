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

/// Longest hole that is believed, in seconds. A recording that paused for ten
/// minutes exists; a clock that jumps by more is damaged.
const LONGEST_HOLE: u64 = 600;

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
}

impl Timeline {
    /// An empty timeline. Of the decoded frames, the first `head` and those in
    /// `padding`, counted from the first decoded one, are no sound.
    pub(super) fn new(head: u64, padding: Range<u64>) -> Timeline {
        Timeline { head, padding, decoded: 0, laid: 0 }
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
    /// the sound so far ends well before it.
    ///
    /// `end` is where the container says that the track ends, where known;
    /// without it only a minute is believed.
    pub(super) fn bridge(
        &mut self,
        position: i64,
        end: Option<u64>,
        rate: u32,
        out: &mut Vec<f32>,
    ) {
        let Ok(position) = u64::try_from(position) else { return };
        // A packet that begins inside the head begins at the start of the sound.
        let hole = position.saturating_sub(self.laid);
        let longest = if end.is_some() { LONGEST_HOLE } else { LONGEST_HOLE / 10 };
        let believed = u64::from(rate) / HOLE..=u64::from(rate) * longest;
        if believed.contains(&hole) && end.is_none_or(|end| position <= end) {
            out.resize(out.len() + hole as usize, 0.0);
            self.laid += hole;
        }
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
        timeline.bridge(149, Some(10_000), 1000, &mut out);
        assert_eq!(out.len(), 100);
        timeline.bridge(163, Some(10_000), 1000, &mut out);
        assert_eq!(out.len(), 163);
        assert_eq!(out[162], 0.0);
    }

    #[test]
    fn a_clock_that_jumps_past_the_end_is_not_believed() {
        let mut timeline = Timeline::new(0, NO_PADDING);
        let mut out = Vec::new();
        timeline.bridge(10_001, Some(10_000), 1000, &mut out);
        timeline.bridge(60_001, None, 1000, &mut out);
        timeline.bridge(-7, None, 1000, &mut out);
        timeline.bridge(i64::MAX, None, 1000, &mut out);
        assert_eq!(out, [0.0_f32; 0]);
    }
}
