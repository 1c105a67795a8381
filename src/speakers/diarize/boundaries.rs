//! Energy-based boundary refinement: onsets and offsets of runs, from the level of the audio.
//!
//! The network decides by frames with a receptive field of 62 ms, and is biased differently for
//! each voice: late for telephones, early for studios; and it bridges pauses of half a second.
//! Where a voice stands clear of the background, its level tells onset and offset better, over
//! steady noise (a room, a line) as well as over silence; over music the level tells nothing, and
//! the network's boundaries stay.

use super::{subsegments::Subsegment, tracks::Run};
use crate::base::{
    levels::{FRAME_LENGTH, VOICE_RANGE_DB, smoothed_levels_dbfs},
    samples::Samples,
    time::{Span, Time},
};
use std::{io, ops::Range};

/// Samples of a frame of levels, and from one frame to the next.
const FRAME: u64 = FRAME_LENGTH as u64;

/// How far a boundary may move outwards: the receptive field of the network's frames. Farther
/// out lies breath more often than speech.
const MAX_SHIFT: Time = Time::from_millis(60);

/// How far around a run to look for the level of the background.
const CONTEXT: Time = Time::from_millis(3_000);

/// How far to look whether it is steady noise: further, as a voice leaves little of it.
const NOISE_CONTEXT: Time = Time::from_millis(6_000);

/// Noise is steady if from its quietest moments (the third percentile of the levels) to the tenth
/// percentile it is no more than this, in decibels.
const STEADY_DB: f32 = 1.5;

/// What is louder than steady noise by this is speech, in decibels.
const ABOVE_NOISE_DB: f32 = 4.0;

/// But only if the loud moments of the voice are louder by this, in decibels.
const CLEAR_DB: f32 = 18.0;

/// Pauses from this length on split a run, in frames.
const MIN_PAUSE: u64 = 30;

/// Anything shorter is a click and not speech, in frames.
const MIN_SPEECH: u64 = 5;

/// `subsegments` of `runs`, sorted by start, with the boundaries of their runs refined; one may
/// become several, with pauses between them, or none. Where they overlap they stay as they are, and
/// none comes to overlap another. Embeddings are of the audio within the network's boundaries
/// and stay: the noise of a channel at both ends of a sentence tells speakers apart, too.
///
/// # Errors
/// The samples could not be read.
pub(crate) fn refine_boundaries(
    subsegments: Vec<Subsegment>,
    runs: &[Run],
    samples: &dyn Samples,
) -> io::Result<Vec<Subsegment>> {
    let mut refined = Vec::with_capacity(subsegments.len());
    let speech_of_runs = refine_runs(runs, samples)?;
    for subsegment in subsegments {
        let is_its_run = |(run, _): &(&Run, _)| {
            run.track == subsegment.track && run.span.overlap(subsegment.span).is_some()
        };
        let n_begun = runs.partition_point(|run| run.span.start() < subsegment.span.end());
        let mut begun = runs[..n_begun].iter().zip(&speech_of_runs).rev();
        let Some((run, speech)) = begun.find(is_its_run) else { continue };
        // The first and the last one of a run move with its boundaries.
        let is_first = subsegment.span.start() == run.span.start();
        let is_last = subsegment.span.end() == run.span.end();
        let start = if is_first { Time::default() } else { subsegment.span.start() };
        let end = if is_last { samples.length() } else { subsegment.span.end() };
        let bounds = Span::new(start, end);
        let parts = speech.iter().filter_map(|span| span.overlap(bounds?));
        refined.extend(parts.map(|span| Subsegment { span, ..subsegment.clone() }));
    }
    refined.sort_by_key(|subsegment| (subsegment.span, subsegment.track));
    Ok(refined)
}

/// The speech of each of `runs`; a run where the level tells nothing, as it is. Of one that
/// overlaps another, only pauses in steady noise are taken out, and none where they overlap.
fn refine_runs(runs: &[Run], samples: &dyn Samples) -> io::Result<Vec<Vec<Span>>> {
    let mut refined: Vec<Vec<Span>> = Vec::with_capacity(runs.len());
    // Where the runs so far end, before and after the refinement.
    let mut last_end = Time::default();
    let mut last_refined_end = Time::default();
    for (index, run) in runs.iter().enumerate() {
        let next_start = runs.get(index + 1).map_or(samples.length(), |next| next.span.start());
        let overlaps = last_end > run.span.start() || run.span.end() > next_start;
        let earliest = last_refined_end.max(run.span.start().minus(MAX_SHIFT));
        let latest = next_start.min(run.span.end().plus(MAX_SHIFT)).min(samples.length());
        let bounds = if overlaps {
            Some(run.span)
        } else {
            Span::new(earliest.min(run.span.start()), latest)
        };
        let speech = match bounds {
            Some(bounds) => {
                let others = if overlaps { others(runs, index) } else { Vec::new() };
                let level = LevelOfRun::of(run.span, bounds, samples)?;
                let threshold =
                    level.over_noise().or_else(|| level.over_silence().filter(|_| !overlaps));
                threshold.map_or_else(Vec::new, |threshold| level.speech(threshold, &others))
            }
            None => Vec::new(),
        };
        let speech = if speech.is_empty() { vec![run.span] } else { speech };
        last_end = last_end.max(run.span.end());
        last_refined_end = speech.iter().fold(last_refined_end, |end, span| end.max(span.end()));
        refined.push(speech);
    }
    Ok(refined)
}

/// The spans of the other runs that overlap the one at `index` of `runs`.
fn others(runs: &[Run], index: usize) -> Vec<Span> {
    let span = runs[index].span;
    let begun = runs.iter().take_while(|other| other.span.start() < span.end());
    let others = begun.enumerate().filter(|(other, _)| *other != index);
    others.map(|(_, other)| other.span).filter(|other| other.overlap(span).is_some()).collect()
}

/// The levels in and around a run.
struct LevelOfRun {
    /// Frames of the run, and where it may grow.
    run: Range<u64>,
    bounds: Range<u64>,
    /// The frame of the first of `levels`.
    first: u64,
    levels: Vec<f32>,
}

impl LevelOfRun {
    fn of(run: Span, bounds: Span, samples: &dyn Samples) -> io::Result<LevelOfRun> {
        let (run, bounds) = (frames_inside(run), frames_inside(bounds));
        let is_short = run.end.saturating_sub(run.start) < MIN_SPEECH || bounds.is_empty();
        let context = NOISE_CONTEXT.samples() / FRAME;
        let first = run.start.saturating_sub(context).min(bounds.start);
        let n_frames = samples.length().samples() / FRAME;
        let end = (run.end + context).min(n_frames);
        let levels = if is_short { Vec::new() } else { smoothed_levels_dbfs(samples, first, end)? };
        Ok(LevelOfRun { run, bounds, first, levels })
    }

    /// The levels of the run, and up to `context` around it.
    fn around(&self, context: Time) -> &[f32] {
        let context = context.samples() / FRAME;
        let start = self.run.start.saturating_sub(context).max(self.first) - self.first;
        let end = (self.run.end + context - self.first).min(self.levels.len() as u64);
        &self.levels[start as usize..end as usize]
    }

    fn loud(&self) -> f32 {
        percentile(self.around(Time::default()), 0.95)
    }

    /// The level from which sound in silence is speech; `None` where something else is as loud.
    fn over_silence(&self) -> Option<f32> {
        if self.levels.is_empty() {
            return None;
        }
        let threshold = self.loud() - VOICE_RANGE_DB;
        (percentile(self.around(CONTEXT), 0.03) <= threshold).then_some(threshold)
    }

    /// The level from which sound in steady noise is speech; `None` where there is no such noise or
    /// it is too quiet to matter.
    fn over_noise(&self) -> Option<f32> {
        if self.levels.is_empty() {
            return None;
        }
        let around = self.around(NOISE_CONTEXT);
        let noise = percentile(around, 0.03);
        let is_steady = percentile(around, 0.10) - noise <= STEADY_DB;
        let threshold = noise + ABOVE_NOISE_DB;
        let loud = self.loud();
        let matters = threshold > loud - VOICE_RANGE_DB && loud - noise >= CLEAR_DB;
        (is_steady && matters).then_some(threshold)
    }

    /// What is louder than `threshold`, or belongs to `others`, too.
    fn speech(&self, threshold: f32, others: &[Span]) -> Vec<Span> {
        let time = |frame: u64| Time::from_samples(frame * FRAME);
        let is_active = |frame: u64| {
            self.levels[(frame - self.first) as usize] > threshold
                || others.iter().any(|span| span.start() <= time(frame) && time(frame) < span.end())
        };
        let ranges = active_ranges(self.run.clone(), self.bounds.clone(), is_active).into_iter();
        ranges.filter_map(|range| Span::new(time(range.start), time(range.end))).collect()
    }
}

/// The frames that lie inside `span`; where it is shorter than one, the end may lie before the
/// start.
fn frames_inside(span: Span) -> Range<u64> {
    span.start().samples().div_ceil(FRAME)..span.end().samples() / FRAME
}

/// The active frames of `run`, which grows outwards within `bounds` as long as they are active;
/// split at pauses, without clicks.
fn active_ranges(
    run: Range<u64>,
    bounds: Range<u64>,
    is_active: impl Fn(u64) -> bool,
) -> Vec<Range<u64>> {
    let onset = (bounds.start..run.start).rev().take_while(|&frame| is_active(frame)).last();
    let start = if is_active(run.start) { onset.unwrap_or(run.start) } else { run.start };
    let offset = (run.end..bounds.end).take_while(|&frame| is_active(frame)).last();
    let end =
        if is_active(run.end - 1) { offset.map_or(run.end, |frame| frame + 1) } else { run.end };
    let mut ranges: Vec<Range<u64>> = Vec::new();
    for frame in (start..end).filter(|&frame| is_active(frame)) {
        match ranges.last_mut() {
            Some(range) if frame - range.end < MIN_PAUSE => range.end = frame + 1,
            _ => ranges.push(frame..frame + 1),
        }
    }
    ranges.retain(|range| range.end - range.start >= MIN_SPEECH);
    ranges
}

/// The value below which `share` of `values` lie; they are not empty.
fn percentile(values: &[f32], share: f32) -> f32 {
    let mut sorted = values.to_vec();
    let index = ((sorted.len() - 1) as f32 * share) as usize;
    *sorted.select_nth_unstable_by(index, f32::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries_move_to_onset_and_offset_of_the_voice() {
        check(
            r"
            levels ..9999999999....
            runs   ...0000000000...
            speech ..0000000000....
            ",
        );
    }

    #[test]
    fn a_pause_splits_a_run_and_a_breath_does_not() {
        check(
            r"
            levels ..9999....9999..99..
            runs   ..0000000000000000..
            speech ..0000....00000000..
            ",
        );
    }

    #[test]
    fn over_music_the_networks_boundaries_stay() {
        check(
            r"
            levels 7799999999997777
            runs   ...0000000000...
            speech ...0000000000...
            ",
        );
    }

    #[test]
    fn no_boundary_moves_further_than_the_receptive_field_nor_into_another_run() {
        check(
            r"
            levels 9999999999999999999.......
            runs   .....000.111..............
            speech ....000001111.............
            ",
        );
    }

    #[test]
    fn pauses_in_steady_noise_are_no_speech_and_what_is_as_loud_as_noise_either() {
        check(
            r"
            levels 44444999999444499944444444444444444444
            runs   ..0000000000000000000000.............
            speech .....000000....000....................
            ",
        );
    }

    #[test]
    fn of_overlapping_runs_the_pauses_in_noise_are_taken_out_where_one_talks_alone() {
        check(
            r"
            levels 444499999999944444444499994444444444444
            runs   ...000000000000000000000000...........
            runs   ..........11111111....................
            speech ....00000000000000....0000.............
            ",
        );
    }

    #[test]
    fn overlapping_runs_in_silence_stay_as_they_are() {
        check(
            r"
            levels ..999999999.....
            runs   .000000.........
            runs   ....1111111111..
            speech .0000001111111..
            ",
        );
    }

    #[test]
    fn a_subsegment_in_the_middle_of_a_run_keeps_its_cuts_and_loses_its_pauses() {
        let mut samples = vec![0.5; 16_000];
        samples[6_400..12_800].fill(1e-5);
        samples.extend([0.5; 16_000]);
        samples.extend([1e-5; 16_000]);
        let at = |start, end| {
            let time = |millis| Time::from_millis(millis);
            Span::new(time(start), time(end)).expect("not empty")
        };
        let runs = [Run { track: 4, span: at(0, 2_100) }];
        let subsegment =
            |start, end| Subsegment { track: 4, span: at(start, end), embedding: None };
        let subsegments =
            vec![subsegment(0, 700), subsegment(700, 1_400), subsegment(1_400, 2_100)];
        let refined = refine_boundaries(subsegments, &runs, &samples).expect("they are in memory");
        let spans: Vec<Span> = refined.iter().map(|subsegment| subsegment.span).collect();
        assert_eq!(spans, [at(0, 410), at(790, 1_400), at(1_400, 2_010)]);
    }

    /// One column is 100 ms. A digit of `levels` is a level: 9 is loud, each one less 6 dB
    /// below; a dot is silence. Of runs at once, the first is drawn.
    #[track_caller]
    fn check(drawing: &str) {
        const COLUMN: usize = 1_600;
        let rows = |label| drawing.lines().filter_map(move |row| row.trim().strip_prefix(label));
        let levels = rows("levels").next().expect("a row of levels").trim();
        let level = |mark: u8| match mark {
            b'.' => 1e-4,
            digit => 0.5_f32.powi(i32::from(b'9' - digit)),
        };
        let samples: Vec<f32> = levels
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
        let subsegment =
            |run: &Run| Subsegment { track: run.track, span: run.span, embedding: None };
        let subsegments = runs.iter().map(subsegment).collect();
        let refined = refine_boundaries(subsegments, &runs, &samples).expect("they are in memory");
        let drawn: String = (0..levels.len())
            .map(|column| {
                let middle = at(column).plus(Time::from_millis(50));
                let mut found = refined.iter();
                let found =
                    found.find(|part| part.span.start() <= middle && middle < part.span.end());
                found.map_or('.', |part| char::from(b'0' + part.track as u8))
            })
            .collect();
        let expected = rows("speech").next().expect("a row of what is expected").trim();
        assert_eq!(drawn, expected, "{refined:?}");
    }
}
