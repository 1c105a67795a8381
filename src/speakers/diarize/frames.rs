//! Frames of the segmentation network: their times, and spans from their scores.
//!
//! One clock for the whole episode: windows begin a whole number of hops after
//! each other, so that frames of overlapping windows fall on the same instants
//! and no score is ever moved to a neighbouring frame.

use crate::base::time::{Span, Time};

/// Where the frames of a network lie in the episode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FrameClock {
    /// Middle of frame 0.
    pub first: Time,
    /// From the middle of one frame to the middle of the next.
    pub hop: Time,
}

impl FrameClock {
    /// The clock of segmentation-3.0: a frame has a receptive field of 991 samples, the next
    /// one begins 270 samples later.
    pub(crate) const SEGMENTATION: FrameClock =
        FrameClock { first: Time::from_samples(495), hop: Time::from_samples(270) };

    /// The middle of a frame.
    pub(crate) const fn middle(self, frame_idx: usize) -> Time {
        Time::from_samples(self.first.samples() + frame_idx as u64 * self.hop.samples())
    }

    /// How many frames have their middle inside an episode of this length.
    pub(crate) const fn n_frames(self, length: Time) -> usize {
        length.minus(self.first).samples().div_ceil(self.hop.samples()) as usize
    }
}

/// Scores between which speech begins and ends; `offset <= onset`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// Score from which silence becomes speech, in `0.0..=1.0`.
    pub onset: f32,
    /// Score under which speech becomes silence, in `0.0..=1.0`.
    pub offset: f32,
}

/// The spans in which one speaker talks, by a threshold with hysteresis.
///
/// `scores` has shape `(frames,)`, values in `0.0..=1.0`; a NaN counts as
/// silence. Two thresholds instead of one keep a score that trembles around
/// the middle from cutting one turn into many.
///
/// Hysteresis of Gelly & Gauvain, "Minimum Word Error Training of RNN-based
/// Voice Activity Detection", Interspeech 2015, as in pyannote.audio's
/// `Binarize`, but for two points: a score equal to `onset` is speech, and a
/// turn cut by the end of the scores lasts one hop longer, so that the last
/// frame counts.
pub(crate) fn binarize(scores: &[f32], clock: FrameClock, thresholds: Thresholds) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut talking_since = None;
    for (frame_idx, &score) in scores.iter().enumerate() {
        match talking_since {
            None if score >= thresholds.onset => talking_since = Some(clock.middle(frame_idx)),
            Some(start) if score.is_nan() || score < thresholds.offset => {
                spans.extend(Span::new(start, clock.middle(frame_idx)));
                talking_since = None;
            }
            _ => (),
        }
    }
    spans.extend(talking_since.and_then(|start| Span::new(start, clock.middle(scores.len()))));
    spans
}

/// `spans` without those shorter than `min`.
pub(crate) fn drop_short(mut spans: Vec<Span>, min: Time) -> Vec<Span> {
    spans.retain(|span| span.end().minus(span.start()) >= min);
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::fill_pauses;

    #[test]
    fn a_dip_between_the_thresholds_does_not_end_a_turn() {
        check(
            r"
            scores 0075579000
            speech ..#####...
            ",
        );
    }

    #[test]
    fn a_rise_between_the_thresholds_does_not_start_one() {
        check(
            r"
            scores 0455540
            speech .......
            ",
        );
    }

    #[test]
    fn speech_in_the_last_frame_is_kept() {
        check(
            r"
            scores 009
            speech ..#
            ",
        );
    }

    #[test]
    fn a_pause_is_filled_up_to_its_longest() {
        check_filled(
            r"
            spoken ##..##...##
            filled ######...##
            ",
        );
    }

    #[test]
    fn a_frame_counts_when_its_middle_is_inside_the_episode() {
        let clock = FrameClock::SEGMENTATION;
        let n_frames = |samples| clock.n_frames(Time::from_samples(samples));
        assert_eq!([n_frames(0), n_frames(495), n_frames(496)], [0, 0, 1]);
        assert_eq!([n_frames(765), n_frames(766)], [1, 2]);
        assert_eq!(clock.middle(2), Time::from_samples(1035));
    }

    /// One column is one frame; the digit `7` is a score of 0.7.
    #[track_caller]
    fn check(drawing: &str) {
        let scores: Vec<f32> =
            row(drawing, "scores").bytes().map(|b| f32::from(b - b'0') / 10.0).collect();
        let clock = FrameClock { first: Time::from_samples(0), hop: Time::from_samples(1) };
        let spans = binarize(&scores, clock, Thresholds { onset: 0.6, offset: 0.4 });
        assert_eq!(row(drawing, "speech"), drawn(&spans, scores.len()));
    }

    /// One column is one sample; pauses of two are filled.
    #[track_caller]
    fn check_filled(drawing: &str) {
        let spoken = row(drawing, "spoken");
        let clock = FrameClock { first: Time::from_samples(0), hop: Time::from_samples(1) };
        let scores: Vec<f32> = spoken.bytes().map(|b| f32::from(u8::from(b == b'#'))).collect();
        let spans = binarize(&scores, clock, Thresholds { onset: 0.5, offset: 0.5 });
        let filled = fill_pauses(&spans, Time::from_samples(2));
        assert_eq!(row(drawing, "filled"), drawn(&filled, spoken.len()));
    }

    fn row<'a>(drawing: &'a str, label: &str) -> &'a str {
        drawing.lines().find_map(|row| row.trim().strip_prefix(label)).expect(label).trim()
    }

    fn drawn(spans: &[Span], n_columns: usize) -> String {
        let mut row = vec![b'.'; n_columns];
        for span in spans {
            row[span.start().samples() as usize..span.end().samples() as usize].fill(b'#');
        }
        String::from_utf8_lossy(&row).into_owned()
    }
}
