//! Packing regions of speech into windows for the recogniser.
//!
//! Whisper takes 30 s at a time, and computes 30 s however little is in them.
//! So regions of speech are concatenated with their pauses shortened, music
//! between them left out, and cut where the pause is longest: a word cut in two
//! would be recognised twice, once in each window.

use crate::base::time::{Span, Time};
use serde::{Deserialize, Serialize};

/// Windows shorter than this give the recogniser too little context.
const CONTEXT_MIN: Time = Time::from_millis(5_000);

/// How windows are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowSettings {
    /// Longest window; Whisper takes at most 30 s.
    pub longest: Time,
    /// Sound kept on each side of a region, where nobody else talks.
    pub margin: Time,
    /// Pauses up to this length are kept whole inside a window.
    pub pause: Time,
}

impl WindowSettings {
    /// What suits Whisper.
    pub const WHISPER: WindowSettings = WindowSettings {
        // Two seconds less than it takes: full windows lose words at their ends. WER on 17 minutes of dialogue with 30, 28 and 24 s:
        // 14.5, 13.8 and (three of the four) 14.8 %.
        longest: Time::from_millis(28_000),
        // The regions have a margin of their own already.
        margin: Time::from_millis(100),
        pause: Time::from_millis(1_000),
    };
}

/// Pieces of an episode, concatenated and recognised as one window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Window {
    /// Sorted, disjoint, never empty.
    pieces: Vec<Span>,
}

impl Window {
    /// The window of `pieces`: sorted, disjoint, at least one.
    pub(super) fn new(pieces: Vec<Span>) -> Window {
        Window { pieces }
    }

    /// The pieces, in order.
    pub fn pieces(&self) -> &[Span] {
        &self.pieces
    }

    /// From the start of the first piece to the end of the last.
    pub fn span(&self) -> Span {
        let first = self.pieces[0];
        let last = self.pieces[self.pieces.len() - 1];
        Span::new(first.start(), last.end()).unwrap_or(first)
    }

    /// Sound in the window: the sum of its pieces.
    pub fn length(&self) -> Time {
        Time::from_samples(self.pieces.iter().map(|piece| piece.samples()).sum())
    }

    /// The parts of the episode's `region` that are in the window, in the window's times.
    pub fn parts_of(&self, region: Span) -> Vec<Span> {
        let mut parts = Vec::new();
        let mut offset = Time::default();
        for piece in &self.pieces {
            let shared = region.overlap(*piece);
            parts.extend(shared.map(|part| part.earlier(piece.start()).later(offset)));
            offset = offset.plus(Time::from_samples(piece.samples()));
        }
        parts
    }

    /// A span of the window, in the times of the episode.
    ///
    /// One that reaches over a place where sound was left out keeps the piece in
    /// which most of it lies (the earlier one of equals), so that no word lasts
    /// through a jingle.
    pub(crate) fn to_episode(&self, span: Span) -> Span {
        let mut offset = Time::default();
        let mut best: Option<Span> = None;
        for piece in &self.pieces {
            let in_window = Span::from_start(Time::from_samples(piece.samples())).later(offset);
            if let Some(part) = span.overlap(in_window) {
                let placed = part.earlier(offset).later(piece.start());
                if best.is_none_or(|best| placed.samples() > best.samples()) {
                    best = Some(placed);
                }
            }
            offset = in_window.end();
        }
        best.unwrap_or_else(|| self.span())
    }

    /// From where `span` of the window begins in the episode to where it ends there.
    pub(crate) fn covered(&self, span: Span) -> Span {
        let sample = Time::from_samples(1);
        let first = self.to_episode(Span::from_start(sample).later(span.start()));
        let last = self.to_episode(Span::from_start(sample).later(span.end().minus(sample)));
        Span::new(first.start(), last.end()).unwrap_or(first)
    }
}

/// The windows that hold `regions` (sorted, disjoint), in order.
///
/// Every instant of every region is in exactly one window; no window is longer
/// than `settings.longest`. `quietest` gives the quietest instant inside a span:
/// there, talk that is longer than a window is cut.
///
/// ```
/// use voixoff::{
///     asr::windows::{WindowSettings, pack},
///     base::time::{Span, Time},
/// };
///
/// let seconds = |n: u64| Time::from_millis(n * 1_000);
/// let region = |start, end| Span::new(seconds(start), seconds(end)).unwrap();
/// // A minute of music lies between two people.
/// let talk = [region(2, 14), region(74, 95)];
/// let windows = pack(&talk, seconds(100), WindowSettings::WHISPER, &|span| span.middle());
/// assert_eq!(windows.len(), 2);
/// ```
pub fn pack(
    regions: &[Span],
    episode: Time,
    settings: WindowSettings,
    quietest: &dyn Fn(Span) -> Time,
) -> Vec<Window> {
    let pieces = split_long(pad(regions, episode, settings), settings.longest, quietest);
    let cuts = best_cuts(&pieces, settings.longest);
    cuts.windows(2).map(|cut| Window { pieces: joined(&pieces[cut[0]..cut[1]]) }).collect()
}

/// A region, or part of one, with its margins.
#[derive(Debug, Clone, Copy)]
struct PaddedRegion {
    span: Span,
    /// How long nobody talks after it.
    pause_after: Time,
}

/// Adds margins to regions. Over a short pause neighbours meet at its middle.
fn pad(regions: &[Span], episode: Time, settings: WindowSettings) -> Vec<PaddedRegion> {
    let mut pieces = Vec::with_capacity(regions.len());
    let mut free_from = Time::default();
    for (index, region) in regions.iter().enumerate() {
        let next = regions.get(index + 1).map(|next| next.start());
        let pause = next.unwrap_or(episode).minus(region.end());
        let middle = region.end().plus(Time::from_samples(pause.samples() / 2));
        let padded_end = region.end().plus(settings.margin);
        let end = match next {
            Some(_) if pause <= settings.pause => middle,
            Some(_) => padded_end.min(middle.max(region.end())),
            None => padded_end.min(episode.max(region.end())),
        };
        let start = if index > 0
            && pieces.last().is_some_and(|last: &PaddedRegion| last.pause_after <= settings.pause)
        {
            free_from
        } else {
            region.start().minus(settings.margin).max(free_from)
        };
        pieces.extend(Span::new(start, end).map(|span| PaddedRegion { span, pause_after: pause }));
        free_from = end;
    }
    pieces
}

/// Splits pieces longer than `longest` where it is quiet, into nearly even parts.
fn split_long(
    pieces: Vec<PaddedRegion>,
    longest: Time,
    quietest: &dyn Fn(Span) -> Time,
) -> Vec<PaddedRegion> {
    let mut split = Vec::with_capacity(pieces.len());
    for mut piece in pieces {
        while piece.span.samples() > longest.samples() {
            let n_parts = piece.span.samples().div_ceil(longest.samples());
            let even = Time::from_samples(piece.span.samples() / n_parts);
            let reach = Time::from_samples(longest.samples() / 6);
            let aim = piece.span.start().plus(even);
            let last = aim.plus(reach).min(piece.span.start().plus(longest));
            let cut = Span::new(aim.minus(reach), last).map_or(aim, quietest);
            let Some(head) = Span::new(piece.span.start(), cut) else { break };
            let Some(tail) = Span::new(cut, piece.span.end()) else { break };
            split.push(PaddedRegion { span: head, pause_after: Time::default() });
            piece.span = tail;
        }
        split.push(piece);
    }
    split
}

/// Where the list of pieces is cut into windows: first 0, last the number of pieces.
///
/// Shortest path over the pieces by dynamic programming: a window costs 1, a cut
/// in a short pause up to 1 more, and a window that gives too little context 0.5.
fn best_cuts(pieces: &[PaddedRegion], longest: Time) -> Vec<usize> {
    /// The cheapest windows up to a piece.
    struct Best {
        cost: f64,
        /// Where the last window starts.
        start: usize,
    }
    let mut best = vec![Best { cost: 0.0, start: 0 }];
    for end in 1..=pieces.len() {
        let mut length = 0;
        let mut choice = Best { cost: f64::INFINITY, start: end - 1 };
        for start in (0..end).rev() {
            length += pieces[start].span.samples();
            if length > longest.samples() && start + 1 < end {
                break;
            }
            let cost = best[start].cost + window_cost(pieces[end - 1].pause_after, length);
            if cost < choice.cost {
                choice = Best { cost, start };
            }
        }
        best.push(choice);
    }
    let mut cuts = vec![pieces.len()];
    while let Some(&last) = cuts.last()
        && last > 0
    {
        cuts.push(best[last].start);
    }
    cuts.reverse();
    cuts
}

fn window_cost(pause_after: Time, length: u64) -> f64 {
    let too_short = if length < CONTEXT_MIN.samples() { 0.5 } else { 0.0 };
    1.0 + too_short + (-pause_after.as_secs_f64() / 0.5).exp()
}

/// Pieces that touch become one.
fn joined(pieces: &[PaddedRegion]) -> Vec<Span> {
    let mut joined: Vec<Span> = Vec::new();
    for piece in pieces {
        match joined.last_mut() {
            Some(last) if last.end() == piece.span.start() => {
                *last = Span::new(last.start(), piece.span.end()).unwrap_or(*last);
            }
            _ => joined.push(piece.span),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_long_pause_is_a_better_cut_than_a_full_window() {
        check(
            r"
            talks   ###.####....####.###
            windows aaaaaaaa....bbbbbbbb
            ",
        );
    }

    #[test]
    fn a_jingle_between_two_regions_is_left_out_of_their_window() {
        check(
            r"
            talks   ####.............####
            windows aaaa.............aaaa
            ",
        );
    }

    #[test]
    fn talk_longer_than_a_window_is_cut_into_even_parts() {
        check(
            r"
            talks   ##############
            windows aaaaaaabbbbbbb
            ",
        );
    }

    #[test]
    fn a_word_over_a_gap_keeps_the_piece_with_most_of_it() {
        let pieces = vec![span(10, 20), span(50, 60)];
        let window = Window { pieces };
        assert_eq!(window.to_episode(span(8, 11)), span(18, 20));
        assert_eq!(window.to_episode(span(9, 14)), span(50, 54));
        assert_eq!(window.parts_of(span(15, 55)), [span(5, 10), span(10, 15)]);
    }

    proptest! {
        #[test]
        fn every_instant_of_talk_is_in_exactly_one_window(
            lengths in proptest::collection::vec((1_u64..900_000, 0_u64..200_000), 0..40),
        ) {
            let mut regions = Vec::new();
            let mut at = 0;
            for (talk, pause) in lengths {
                regions.extend(Span::new(Time::from_samples(at), Time::from_samples(at + talk)));
                at += talk + pause + 1;
            }
            let episode = Time::from_samples(at);
            let settings = WindowSettings {
                longest: Time::from_millis(30_000),
                margin: Time::from_millis(200),
                pause: Time::from_millis(1_000),
            };
            let windows = pack(&regions, episode, settings, &|span| span.start());
            let pieces: Vec<Span> = windows.iter().flat_map(Window::pieces).copied().collect();
            for two in pieces.windows(2) {
                prop_assert!(two[0].end() <= two[1].start());
            }
            for region in &regions {
                let packed: u64 = windows.iter().flat_map(|w| w.parts_of(*region)).map(Span::samples).sum();
                prop_assert_eq!(packed, region.samples());
            }
            for window in &windows {
                prop_assert!(window.length() <= settings.longest);
                prop_assert!(window.span().end() <= episode);
            }
        }
    }

    fn span(start_s: u64, end_s: u64) -> Span {
        Span::new(Time::from_millis(start_s * 1_000), Time::from_millis(end_s * 1_000)).unwrap()
    }

    /// One column is one second, a window at most ten, margins none.
    #[track_caller]
    fn check(drawing: &str) {
        let row = |label| {
            drawing.lines().find_map(|row| row.trim().strip_prefix(label)).expect(label).trim()
        };
        let talks = row("talks");
        let mut regions = Vec::new();
        for (at, mark) in talks.bytes().enumerate().filter(|(_, mark)| *mark == b'#') {
            let _ = mark;
            match regions.last_mut() {
                Some((_, end)) if *end == at => *end = at + 1,
                _ => regions.push((at, at + 1)),
            }
        }
        let regions: Vec<Span> = regions.iter().map(|&(a, b)| span(a as u64, b as u64)).collect();
        let settings = WindowSettings {
            longest: Time::from_millis(10_000),
            margin: Time::default(),
            pause: Time::from_millis(1_000),
        };
        let end = span(0, talks.len() as u64).end();
        let middle = |s: Span| Time::from_samples((s.start().samples() + s.end().samples()) / 2);
        let mut drawn = vec![b'.'; talks.len()];
        for (window, mark) in pack(&regions, end, settings, &middle).iter().zip(b'a'..) {
            for piece in window.pieces() {
                let second = |time: Time| (time.samples() / 16_000) as usize;
                drawn[second(piece.start())..second(piece.end())].fill(mark);
            }
        }
        assert_eq!(row("windows"), String::from_utf8_lossy(&drawn));
    }
}
