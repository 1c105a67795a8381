//! Stitching: local speakers of overlapping windows become tracks of the episode.
//!
//! Local speaker 1 of one window is not local speaker 1 of the next. Neighbouring windows share
//! three quarters of their audio, so their local speakers are matched by talking at the same
//! time. A *track* is what such matching can follow: one speaker for as long as they do not
//! pause for nearly a window. Who it is, the embeddings tell later.

use super::{
    frames::{FrameClock, Thresholds, binarize},
    powerset::{self, N_SPEAKERS},
    segmentation::{WINDOW_FRAMES, WindowSegmentation},
};
use crate::base::time::{Span, Time, fill_pauses};
use std::{cmp::Reverse, collections::HashMap};

/// Who pauses for longer than this may be another speaker afterwards: no window need cover both
/// ends of the pause.
const TRACK_PAUSE_MAX: Time = Time::from_millis(7_000);

/// Pauses of a track up to this long are filled: they are inside words.
const FILLED_PAUSE_MAX: Time = Time::from_millis(120);

/// All permutations of the local speakers; the first is no change.
const PERMUTATIONS: [[usize; N_SPEAKERS]; 6] =
    [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/// Speech of one track without a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    /// Number of the track, from 0; runs of one track do not overlap.
    pub track: u32,
    /// When.
    pub span: Span,
}

/// The runs of all tracks, sorted by start. Nothing lies beyond `length`.
///
/// `windows` are those of an episode, in order. Of speakers who overlap in a frame, as many are
/// kept as the windows that cover it counted on average.
pub(crate) fn tracks(windows: &[WindowSegmentation], length: Time) -> Vec<Run> {
    let n_frames = FrameClock::SEGMENTATION.n_frames(length);
    let activity = stitch(windows, n_frames);
    let mut runs = Vec::new();
    let mut n_tracks = 0;
    for row in 0..N_SPEAKERS {
        let is_active: Vec<bool> = activity.iter().map(|frame| frame[row]).collect();
        let mut last_end: Option<Time> = None;
        for span in active_spans(&is_active, length) {
            if last_end.is_none_or(|end| span.start().minus(end) > TRACK_PAUSE_MAX) {
                n_tracks += 1;
            }
            last_end = Some(span.end());
            runs.push(Run { track: n_tracks - 1, span });
        }
    }
    runs.sort_by_key(|run| (run.span, run.track));
    renumber_tracks(runs)
}

/// Who is active in each frame, with the local speakers of all windows matched to three rows.
fn stitch(windows: &[WindowSegmentation], n_frames: usize) -> Vec<[bool; N_SPEAKERS]> {
    let hop = FrameClock::SEGMENTATION.hop.samples();
    // Of each frame: how many windows have each row active, and how many cover it.
    let mut votes = vec![[0_u16; N_SPEAKERS]; n_frames];
    let mut coverage = vec![0_u16; n_frames];
    for window in windows {
        let first = (window.start.samples() / hop) as usize;
        let n_covered = WINDOW_FRAMES.min(n_frames.saturating_sub(first));
        let classes = &window.classes[..n_covered];
        let permutation = best_permutation(classes, &votes[first..first + n_covered]);
        for (offset, &class) in classes.iter().enumerate() {
            coverage[first + offset] += 1;
            for (speaker, active) in powerset::active_speakers(class).into_iter().enumerate() {
                votes[first + offset][permutation[speaker]] += u16::from(active);
            }
        }
    }
    votes.iter().zip(coverage).map(|(votes, coverage)| most_active(*votes, coverage)).collect()
}

/// The permutation under which most frames agree with the `votes` of earlier windows.
fn best_permutation(classes: &[u8], votes: &[[u16; N_SPEAKERS]]) -> [usize; N_SPEAKERS] {
    let mut agreement = [[0_u32; N_SPEAKERS]; N_SPEAKERS];
    for (&class, votes) in classes.iter().zip(votes) {
        for (speaker, active) in powerset::active_speakers(class).into_iter().enumerate() {
            if active {
                let row = &mut agreement[speaker];
                row.iter_mut().zip(votes).for_each(|(sum, votes)| *sum += u32::from(*votes));
            }
        }
    }
    let score = |permutation: &[usize; N_SPEAKERS]| -> u32 {
        (0..N_SPEAKERS).map(|speaker| agreement[speaker][permutation[speaker]]).sum()
    };
    // Of equal ones the first: `max_by_key` keeps the last.
    PERMUTATIONS.into_iter().rev().max_by_key(score).unwrap_or(PERMUTATIONS[0])
}

/// The rows with the most votes, as many as were active on average.
fn most_active(votes: [u16; N_SPEAKERS], coverage: u16) -> [bool; N_SPEAKERS] {
    let total: u16 = votes.iter().sum();
    let count = if coverage == 0 { 0 } else { (2 * total + coverage) / (2 * coverage) };
    let mut order = [0, 1, 2];
    order.sort_by_key(|&row| Reverse(votes[row]));
    let mut is_active = [false; N_SPEAKERS];
    for &row in order.iter().take(usize::from(count)) {
        is_active[row] = votes[row] > 0;
    }
    is_active
}

/// Where a row is active, short pauses filled, nothing beyond `length`.
fn active_spans(is_active: &[bool], length: Time) -> Vec<Span> {
    let scores: Vec<f32> = is_active.iter().map(|&active| f32::from(u8::from(active))).collect();
    let thresholds = Thresholds { onset: 0.5, offset: 0.5 };
    let spans = binarize(&scores, FrameClock::SEGMENTATION, thresholds);
    let spans = fill_pauses(&spans, FILLED_PAUSE_MAX);
    spans.into_iter().filter_map(|span| Span::new(span.start(), span.end().min(length))).collect()
}

/// Tracks numbered in the order in which they begin.
fn renumber_tracks(mut runs: Vec<Run>) -> Vec<Run> {
    let mut numbers = HashMap::new();
    for run in &mut runs {
        let next = numbers.len() as u32;
        run.track = *numbers.entry(run.track).or_insert(next);
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speaker_is_followed_from_window_to_window_whatever_their_number() {
        check(
            r"
            window 1111222222
            window ..2211111133
            tracks 000011111122
            ",
        );
    }

    #[test]
    fn overlapping_speakers_are_two_tracks() {
        check(
            r"
            window 1144422222
            tracks 00bbb11111
            ",
        );
    }

    #[test]
    fn a_second_speaker_in_one_window_of_three_is_not_kept() {
        check(
            r"
            window 1111111111
            window 1111141111
            window 1111111111
            tracks 0000000000
            ",
        );
    }

    #[test]
    fn after_seven_seconds_a_speaker_may_be_another() {
        let mut classes = vec![0; WINDOW_FRAMES];
        classes[..20].fill(1);
        classes[500..].fill(1);
        let windows = [WindowSegmentation { start: Time::default(), classes }];
        let runs = tracks(&windows, Time::from_millis(10_000));
        assert_eq!(runs.iter().map(|run| run.track).collect::<Vec<_>>(), [0, 1]);
    }

    /// One column is ten frames; a digit is a class, a dot before the first one shifts
    /// the window. `b` is two overlapping tracks.
    #[track_caller]
    fn check(drawing: &str) {
        const COLUMN: usize = 10;
        let rows = |label| drawing.lines().filter_map(move |row| row.trim().strip_prefix(label));
        let window = |row: &str| {
            let row = row.trim();
            let shift = row.len() - row.trim_start_matches('.').len();
            let mut classes = vec![0; WINDOW_FRAMES];
            for (column, digit) in row.bytes().skip(shift).enumerate() {
                classes[column * COLUMN..][..COLUMN].fill(digit - b'0');
            }
            let start = FrameClock::SEGMENTATION.hop.samples() * (shift * COLUMN) as u64;
            WindowSegmentation { start: Time::from_samples(start), classes }
        };
        let windows: Vec<WindowSegmentation> = rows("window").map(window).collect();
        let expected = rows("tracks").next().expect("a row of tracks").trim();
        let runs = tracks(&windows, Time::from_millis(20_000));
        let drawn: String = (0..expected.len())
            .map(|column| {
                let at = FrameClock::SEGMENTATION.middle(column * COLUMN + COLUMN / 2);
                let is_active = |run: &&Run| run.span.start() <= at && at < run.span.end();
                let tracks: Vec<u32> = runs.iter().filter(is_active).map(|run| run.track).collect();
                match tracks[..] {
                    [] => '.',
                    [track] => char::from(b'0' + track as u8),
                    _ => 'b',
                }
            })
            .collect();
        assert_eq!(drawn, expected, "{runs:?}");
    }
}
