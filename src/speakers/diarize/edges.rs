//! Edges of runs where the voice sets in and dies away.
//!
//! The network decides by frames that hear 62 ms each, and leans differently for each voice:
//! telephones late, studios early, and pauses of half a second are bridged. Where a voice
//! stands clear of what is around it, its level says it better; over music it says nothing,
//! and the network's edges stay.

use super::{pieces::Piece, tracks::Run};
use crate::base::{
    samples::Samples,
    time::{Span, Time},
};
use std::io;

/// Length of a step of levels.
const STEP: u64 = 160;

/// A voice is heard down to so far below its loud moments, in decibels.
const RANGE_DB: f32 = 32.0;

/// How far an edge may move outwards: what a frame hears. Farther out lies breath more often
/// than speech.
const REACH: Time = Time::from_millis(60);

/// How far around a run to look for how quiet it is there.
const AROUND: Time = Time::from_millis(3_000);

/// Pauses from this length on part a run in two.
const PAUSE: u64 = 30;

/// What is heard for less is a click, in steps.
const CLICK: u64 = 5;

/// `pieces` of `runs`, sorted by start, with the edges of their runs moved; one may become
/// several, with pauses between them, or none. Pieces over another voice stay as they are, and
/// none comes to overlap another. Voices were heard within the network's edges and stay what
/// they are: the noise of a channel at both ends of a sentence tells people apart, too.
///
/// # Errors
/// The samples could not be read.
pub fn sharpened(
    pieces: Vec<Piece>,
    runs: &[Run],
    samples: &dyn Samples,
) -> io::Result<Vec<Piece>> {
    let mut sharp = Vec::with_capacity(pieces.len());
    let spans = spans(runs, samples)?;
    for piece in pieces {
        let mine = |(run, _): &(&Run, _)| {
            run.track == piece.track && run.span.overlap(piece.span).is_some()
        };
        let near = runs.partition_point(|run| run.span.start() < piece.span.end());
        let mut pairs = runs[..near].iter().zip(&spans).rev();
        let Some((run, spans)) = pairs.find(mine) else { continue };
        let is_first = piece.span.start() == run.span.start();
        let is_last = piece.span.end() == run.span.end();
        let start = if is_first { Time::default() } else { piece.span.start() };
        let end = if is_last { samples.length() } else { piece.span.end() };
        let room = Span::new(start, end);
        let parts = spans.iter().filter_map(|span| span.overlap(room?));
        sharp.extend(parts.map(|span| Piece { span, ..piece.clone() }));
    }
    sharp.sort_by_key(|piece| (piece.span, piece.track));
    Ok(sharp)
}

/// Where the voice of each of `runs` is heard.
fn spans(runs: &[Run], samples: &dyn Samples) -> io::Result<Vec<Vec<Span>>> {
    let mut sharp: Vec<Vec<Span>> = Vec::with_capacity(runs.len());
    // Where the runs so far end, before and after they were moved.
    let (mut last_end, mut last_sharp_end) = (Time::default(), Time::default());
    for (index, run) in runs.iter().enumerate() {
        let next_start = runs.get(index + 1).map_or(samples.length(), |next| next.span.start());
        let is_alone = last_end <= run.span.start() && run.span.end() <= next_start;
        let from = last_sharp_end.max(run.span.start().minus(REACH));
        let to = next_start.min(run.span.end().plus(REACH)).min(samples.length());
        let heard = match Span::new(from.min(run.span.start()), to) {
            Some(room) if is_alone => heard(run.span, room, samples)?,
            _ => Vec::new(),
        };
        let spans = if heard.is_empty() { vec![run.span] } else { heard };
        last_end = last_end.max(run.span.end());
        last_sharp_end = spans.iter().fold(last_sharp_end, |at, span| at.max(span.end()));
        sharp.push(spans);
    }
    Ok(sharp)
}

/// Where the voice of `run` is heard in `room`; nothing where its level does not tell.
fn heard(run: Span, room: Span, samples: &dyn Samples) -> io::Result<Vec<Span>> {
    let first = room.start().samples().div_ceil(STEP);
    let last = room.end().samples() / STEP;
    let (start, end) = (run.start().samples().div_ceil(STEP), run.end().samples() / STEP);
    if end.saturating_sub(start) < CLICK || last <= first {
        return Ok(Vec::new());
    }
    let around = AROUND.samples() / STEP;
    let begin = start.saturating_sub(around).min(first);
    let n_steps = samples.length().samples() / STEP;
    let levels = levels(samples, begin, (end + around).min(n_steps))?;
    let at = |step: u64| (step - begin) as usize;
    let loud = percentile(&levels[at(start)..at(end)], 0.95);
    let bar = loud - RANGE_DB;
    if percentile(&levels, 0.03) > bar {
        return Ok(Vec::new());
    }
    let is_heard = |step: u64| levels[at(step)] > bar;
    // Outwards as long as the voice goes on, then without what is quiet.
    let outer = (first..start).rev().take_while(|&step| is_heard(step)).last();
    let start = if is_heard(start) { outer.unwrap_or(start) } else { start };
    let outer = (end..last).take_while(|&step| is_heard(step)).last();
    let end = if is_heard(end - 1) { outer.map_or(end, |step| step + 1) } else { end };
    let mut parts: Vec<(u64, u64)> = Vec::new();
    for step in (start..end).filter(|&step| is_heard(step)) {
        match parts.last_mut() {
            Some(part) if step - part.1 < PAUSE => part.1 = step + 1,
            _ => parts.push((step, step + 1)),
        }
    }
    let parts = parts.into_iter().filter(|(start, end)| end - start >= CLICK);
    let time = |step: u64| Time::from_samples(step * STEP);
    Ok(parts.filter_map(|(start, end)| Span::new(time(start), time(end))).collect())
}

/// The level of each step in `begin..end`, in decibels of full scale, each evened out with its
/// neighbours.
fn levels(samples: &dyn Samples, begin: u64, end: u64) -> io::Result<Vec<f32>> {
    // Some seconds at a time: a run may be long.
    const AT_ONCE: usize = 1_000;
    let mut powers = Vec::with_capacity((end - begin) as usize);
    for first in (begin..end).step_by(AT_ONCE) {
        let last = end.min(first + AT_ONCE as u64);
        let span = Span::new(Time::from_samples(first * STEP), Time::from_samples(last * STEP));
        let Some(span) = span else { break };
        let power = |step: &[f32]| step.iter().map(|x| x * x).sum::<f32>() / STEP as f32;
        powers.extend(samples.read(span)?.chunks_exact(STEP as usize).map(power));
    }
    let near = |step: usize| &powers[step.saturating_sub(1)..(step + 2).min(powers.len())];
    let mean = |step: usize| near(step).iter().sum::<f32>() / near(step).len() as f32;
    Ok((0..powers.len()).map(|step| 10.0 * (mean(step) + 1e-10).log10()).collect())
}

/// The value under which `share` of `values` lie; they are not empty.
fn percentile(values: &[f32], share: f32) -> f32 {
    let mut sorted = values.to_vec();
    let at = ((sorted.len() - 1) as f32 * share) as usize;
    *sorted.select_nth_unstable_by(at, f32::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edge_moves_to_where_the_voice_begins_and_ends() {
        check(
            r"
            sound ..9999999999....
            runs  ...0000000000...
            sharp ..0000000000....
            ",
        );
    }

    #[test]
    fn a_pause_parts_a_run_and_a_breath_does_not() {
        check(
            r"
            sound ..9999....9999..99..
            runs  ..0000000000000000..
            sharp ..0000....00000000..
            ",
        );
    }

    #[test]
    fn over_music_the_network_is_believed() {
        check(
            r"
            sound 7799999999997777
            runs  ...0000000000...
            sharp ...0000000000...
            ",
        );
    }

    #[test]
    fn no_edge_moves_further_than_a_frame_hears_nor_into_another_run() {
        check(
            r"
            sound 9999999999999999999.......
            runs  .....000.111..............
            sharp ....000001111.............
            ",
        );
    }

    #[test]
    fn voices_at_once_stay_as_they_are() {
        check(
            r"
            sound ..999999999.....
            runs  .000000.........
            runs  ....1111111111..
            sharp .0000001111111..
            ",
        );
    }

    #[test]
    fn a_piece_in_the_middle_of_a_run_keeps_its_cuts_and_loses_its_pauses() {
        let mut samples = vec![0.5; 16_000];
        samples[6_400..12_800].fill(1e-5);
        samples.extend([0.5; 16_000]);
        samples.extend([1e-5; 16_000]);
        let at = |start, end| {
            let time = |millis| Time::from_millis(millis);
            Span::new(time(start), time(end)).expect("not empty")
        };
        let runs = [Run { track: 4, span: at(0, 2_100) }];
        let piece = |start, end| Piece { track: 4, span: at(start, end), embedding: None };
        let pieces = vec![piece(0, 700), piece(700, 1_400), piece(1_400, 2_100)];
        let sharp = sharpened(pieces, &runs, &samples).expect("they are in memory");
        let spans: Vec<Span> = sharp.iter().map(|piece| piece.span).collect();
        assert_eq!(spans, [at(0, 410), at(790, 1_400), at(1_400, 2_010)]);
    }

    /// One column is 100 ms. A digit of `sound` is a level: 9 is loud, each one less 6 dB
    /// below; a dot is silence. Of runs at once, the first is drawn.
    #[track_caller]
    fn check(drawing: &str) {
        const COLUMN: usize = 1_600;
        let rows = |label| drawing.lines().filter_map(move |row| row.trim().strip_prefix(label));
        let sound = rows("sound").next().expect("a row of sound").trim();
        let level = |mark: u8| match mark {
            b'.' => 1e-4,
            digit => 0.5_f32.powi(i32::from(b'9' - digit)),
        };
        let samples: Vec<f32> = sound
            .bytes()
            .flat_map(|mark| {
                (0..COLUMN).map(move |n| level(mark) * if n % 2 == 0 { 0.5 } else { -0.5 })
            })
            .collect();
        let at = |column: usize| Time::from_samples((column * COLUMN) as u64);
        let mut runs: Vec<Run> = Vec::new();
        for row in rows("runs") {
            let row = row.trim();
            for (column, mark) in row.bytes().enumerate().filter(|(_, mark)| *mark != b'.') {
                let track = u32::from(mark - b'0');
                let span = Span::new(at(column), at(column + 1)).expect("a column");
                match runs.last_mut() {
                    Some(last) if last.track == track && last.span.end() == span.start() => {
                        last.span = Span::new(last.span.start(), span.end()).expect("longer");
                    }
                    _ => runs.push(Run { track, span }),
                }
            }
        }
        let piece = |run: &Run| Piece { track: run.track, span: run.span, embedding: None };
        let pieces = runs.iter().map(piece).collect();
        let sharp = sharpened(pieces, &runs, &samples).expect("they are in memory");
        let drawn: String = (0..sound.len())
            .map(|column| {
                let middle = at(column).plus(Time::from_millis(50));
                let here = sharp.iter().find(|r| r.span.start() <= middle && middle < r.span.end());
                here.map_or('.', |run| char::from(b'0' + run.track as u8))
            })
            .collect();
        let expected = rows("sharp").next().expect("a row of what is expected").trim();
        assert_eq!(drawn, expected, "{sharp:?}");
    }
}
