//! From windows that each know three voices of their own to tracks across windows.
//!
//! Speaker 1 of one window is not speaker 1 of the next. Neighbouring windows share
//! three quarters of their sound, so their speakers are matched by talking at the
//! same time. A *track* is what such matching can follow: one voice for as long as
//! it does not pause for nearly a window. Who it is, its embeddings tell later.

use super::{
    frames::{FrameClock, Thresholds, binarize},
    powerset::{self, N_SPEAKERS},
    segmentation::{WINDOW_FRAMES, WindowScores},
};
use crate::base::time::{Span, Time, fill_pauses};
use std::{cmp::Reverse, collections::HashMap};

/// A voice that pauses for longer than this may be another one afterwards: no window
/// needs to have heard both ends of the pause.
const LONGEST_PAUSE: Time = Time::from_millis(7_000);

/// Pauses of a track up to this long are filled: they are inside words.
const BREATH: Time = Time::from_millis(120);

/// All ways to match three speakers with three rows; the first is no change.
const MATCHINGS: [[usize; N_SPEAKERS]; 6] =
    [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/// One voice talking without a break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Number of the track, from 0; runs of one track do not overlap.
    pub track: u32,
    /// When.
    pub span: Span,
}

/// The runs of all tracks, sorted by start. Nothing lies beyond `length`.
///
/// `windows` are those of an episode, in order. Of speakers who talk at once, as many
/// are kept in a frame as the windows that hear it counted on average.
pub fn tracks(windows: &[WindowScores], length: Time) -> Vec<Run> {
    let n_frames = FrameClock::SEGMENTATION.n_frames(length);
    let rows = rows(windows, n_frames);
    let mut runs = Vec::new();
    let mut n_tracks = 0;
    for row in 0..N_SPEAKERS {
        let talking: Vec<bool> = rows.iter().map(|frame| frame[row]).collect();
        let mut last_end: Option<Time> = None;
        for span in spans(&talking, length) {
            if last_end.is_none_or(|end| span.start().minus(end) > LONGEST_PAUSE) {
                n_tracks += 1;
            }
            last_end = Some(span.end());
            runs.push(Run { track: n_tracks - 1, span });
        }
    }
    runs.sort_by_key(|run| (run.span, run.track));
    renumbered(runs)
}

/// Who talks in each frame, with the rows of all windows matched.
fn rows(windows: &[WindowScores], n_frames: usize) -> Vec<[bool; N_SPEAKERS]> {
    let hop = FrameClock::SEGMENTATION.hop.samples();
    let mut sums = vec![[0_u16; N_SPEAKERS]; n_frames];
    let mut n_hearing = vec![0_u16; n_frames];
    for window in windows {
        let first = (window.start.samples() / hop) as usize;
        let n_heard = WINDOW_FRAMES.min(n_frames.saturating_sub(first));
        let matching = best_matching(&window.classes[..n_heard], &sums[first..first + n_heard]);
        for (offset, &class) in window.classes[..n_heard].iter().enumerate() {
            n_hearing[first + offset] += 1;
            for (speaker, talks) in powerset::talking(class).into_iter().enumerate() {
                sums[first + offset][matching[speaker]] += u16::from(talks);
            }
        }
    }
    sums.iter().zip(n_hearing).map(|(sums, n_hearing)| loudest(*sums, n_hearing)).collect()
}

/// The matching under which most frames agree with what earlier windows heard.
fn best_matching(classes: &[u8], heard: &[[u16; N_SPEAKERS]]) -> [usize; N_SPEAKERS] {
    let mut agreement = [[0_u32; N_SPEAKERS]; N_SPEAKERS];
    for (&class, sums) in classes.iter().zip(heard) {
        for (speaker, talks) in powerset::talking(class).into_iter().enumerate() {
            if talks {
                let row = &mut agreement[speaker];
                row.iter_mut().zip(sums).for_each(|(sum, heard)| *sum += u32::from(*heard));
            }
        }
    }
    let score = |matching: &[usize; N_SPEAKERS]| -> u32 {
        (0..N_SPEAKERS).map(|speaker| agreement[speaker][matching[speaker]]).sum()
    };
    // Of equal ones the first: `max_by_key` keeps the last.
    MATCHINGS.into_iter().rev().max_by_key(score).unwrap_or(MATCHINGS[0])
}

/// The rows that most windows heard, as many as talked on average.
fn loudest(sums: [u16; N_SPEAKERS], n_hearing: u16) -> [bool; N_SPEAKERS] {
    let total: u16 = sums.iter().sum();
    let count = if n_hearing == 0 { 0 } else { (2 * total + n_hearing) / (2 * n_hearing) };
    let mut order = [0, 1, 2];
    order.sort_by_key(|&row| Reverse(sums[row]));
    let mut talking = [false; N_SPEAKERS];
    for &row in order.iter().take(usize::from(count)) {
        talking[row] = sums[row] > 0;
    }
    talking
}

/// Where a row talks, short breaths filled, nothing beyond `length`.
fn spans(talking: &[bool], length: Time) -> Vec<Span> {
    let scores: Vec<f32> = talking.iter().map(|&talks| f32::from(u8::from(talks))).collect();
    let clock = FrameClock::SEGMENTATION;
    let thresholds = Thresholds { onset: 0.5, offset: 0.5 };
    let spans = binarize(&scores, clock, thresholds);
    let spans = fill_pauses(&spans, BREATH);
    spans.into_iter().filter_map(|s| Span::new(s.start(), s.end().min(length))).collect()
}

/// Tracks numbered in the order in which they begin.
fn renumbered(mut runs: Vec<Run>) -> Vec<Run> {
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
    fn a_voice_is_followed_from_window_to_window_whatever_its_number() {
        check(
            r"
            window 1111222222
            window ..2211111133
            tracks 000011111122
            ",
        );
    }

    #[test]
    fn two_at_once_are_two_tracks() {
        check(
            r"
            window 1144422222
            tracks 00bbb11111
            ",
        );
    }

    #[test]
    fn one_window_of_two_that_hears_a_second_voice_is_not_believed_twice() {
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
    fn after_seven_seconds_a_voice_may_be_another() {
        let mut classes = vec![0; WINDOW_FRAMES];
        classes[..20].fill(1);
        classes[500..].fill(1);
        let windows = [WindowScores { start: Time::default(), classes }];
        let runs = tracks(&windows, Time::from_millis(10_000));
        assert_eq!(runs.iter().map(|run| run.track).collect::<Vec<_>>(), [0, 1]);
    }

    /// One column is ten frames; a digit is a class, a dot before the first one shifts
    /// the window. `b` is two tracks at once.
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
            WindowScores { start: Time::from_samples(start), classes }
        };
        let windows: Vec<WindowScores> = rows("window").map(window).collect();
        let expected = rows("tracks").next().expect("a row of tracks").trim();
        let runs = tracks(&windows, Time::from_millis(20_000));
        let drawn: String = (0..expected.len())
            .map(|column| {
                let at = FrameClock::SEGMENTATION.middle(column * COLUMN + COLUMN / 2);
                let here = |run: &&Run| run.span.start() <= at && at < run.span.end();
                let tracks: Vec<u32> = runs.iter().filter(here).map(|run| run.track).collect();
                match tracks[..] {
                    [] => '.',
                    [one] => char::from(b'0' + one as u8),
                    _ => 'b',
                }
            })
            .collect();
        assert_eq!(drawn, expected, "{runs:?}");
    }
}
