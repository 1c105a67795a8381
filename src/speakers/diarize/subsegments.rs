//! Tracks cut into subsegments, and their speaker embeddings.
//!
//! Subsegments are short enough to hold one speaker and long enough to be embedded. Where the
//! segmentation took two similar voices for one, the change lies between subsegments and not
//! inside of one, nearly always: people change at pauses. So each subsegment may go to another
//! speaker than the rest of its track.

use super::{
    InferenceContext,
    cache::{CacheKey, CachedOutput},
    error::{DetectError, NetworkError},
    parallel,
    tracks::Run,
};
use crate::base::{
    progress::{Event, Stage},
    samples::Samples,
    speech::Embedding,
    time::{Span, Time},
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Longest subsegment: a longer one costs more to be wrong about.
const SUBSEGMENT_MAX: Time = Time::from_millis(3_000);

/// Shortest subsegment that is embedded: shorter ones tell no speakers apart.
const EMBEDDED_MIN: Time = Time::from_millis(500);

/// Below this cosine of two neighbours the speaker changes between them. Of 1 107 pairs in
/// assembled podcasts 54 held two people: 37 lay below it, and three of the others.
const CHANGE_COSINE: f32 = 0.4;

/// A short stretch of one track.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Subsegment {
    /// Number of its track: subsegments of one track are one speaker, as far as windows of ten
    /// seconds can tell.
    pub track: u32,
    /// When.
    pub span: Span,
    /// Its speaker embedding; `None` where speech overlaps, where it is too short, or inside a
    /// long stretch between two that have one.
    pub embedding: Option<Embedding>,
}

/// `runs` in subsegments, sorted by start, each embedded by `network` where it can be:
/// `network` is given the samples of one subsegment.
///
/// The result is the same, to the bit, for any number of threads. `context.observer` is notified of
/// [`Stage::Voices`], but not of what is embedded again at changes, some twentieth more.
///
/// # Errors
/// A stop was asked for, samples could not be read, or the network or the cache failed.
pub(crate) fn embed_runs(
    samples: &dyn Samples,
    runs: &[Run],
    network: impl Fn(Vec<f32>) -> Result<Option<Embedding>, NetworkError> + Sync,
    context: InferenceContext<'_>,
) -> Result<Vec<Subsegment>, DetectError> {
    let stage = Stage::Voices;
    let mut plan = plan_subsegments(runs);
    let chosen: Vec<usize> = (0..plan.len()).filter(|&n| plan[n].embed == Embed::Yes).collect();
    let spans: Vec<Span> = chosen.iter().map(|&index| plan[index].subsegment.span).collect();
    let total = Time::from_samples(spans.iter().map(|span| span.samples()).sum());
    context.observer.on(Event::Started { stage, total: Some(total) });

    let embed = |number, span| embed_span(samples, number, span, &network, context);
    let mut done = Time::default();
    let first_pass = |job: usize| embed(job, spans[job]);
    parallel::in_order(spans.len(), context.threads, first_pass, |job, embedding| {
        plan[chosen[job]].subsegment.embedding = embedding;
        done = done.plus(Time::from_samples(spans[job].samples()));
        context.observer.on(Event::Advanced { stage, done });
    })?;

    let (mut subsegments, halves) = split_at_changes(plan);
    let half_spans: Vec<Span> = halves.iter().map(|&index| subsegments[index].span).collect();
    let second_pass = |job: usize| embed(spans.len() + job, half_spans[job]);
    parallel::in_order(halves.len(), context.threads, second_pass, |job, embedding| {
        subsegments[halves[job]].embedding = embedding;
    })?;
    context.observer.on(Event::Finished { stage });
    Ok(subsegments)
}

/// The embedding of the samples in `span`: from the cache, or computed and then cached.
fn embed_span(
    samples: &dyn Samples,
    number: usize,
    span: Span,
    network: &impl Fn(Vec<f32>) -> Result<Option<Embedding>, NetworkError>,
    context: InferenceContext<'_>,
) -> Result<Option<Embedding>, DetectError> {
    if context.cancel.is_requested() {
        return Err(DetectError::Cancelled);
    }
    let key = CacheKey::Embedding(number);
    if let Some(CachedOutput::Embedding(known)) = context.cache.take(key) {
        return Ok(known);
    }
    let input = samples.read(span).map_err(|source| DetectError::Samples { span, source })?;
    let embedding = network(input)?;
    let cached = CachedOutput::Embedding(embedding.clone());
    context.cache.store(key, &cached).map_err(DetectError::CacheNotWritten)?;
    Ok(embedding)
}

/// A subsegment, and whether it is to be embedded.
#[derive(Debug)]
struct Planned {
    subsegment: Subsegment,
    embed: Embed,
}

/// Whether a subsegment is embedded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Embed {
    /// It cannot be: speech overlaps, or it is too short.
    No,
    /// It could be, but its neighbours are.
    Skip,
    /// It is.
    Yes,
}

/// `runs` in subsegments, sorted by start, not embedded yet. Those without overlapping speech
/// and long enough are to be; but of a long stretch only every other one and the last, which
/// saves a third of the cost. One between two of the same speaker is that speaker's.
fn plan_subsegments(runs: &[Run]) -> Vec<Planned> {
    let overlaps = overlaps(runs);
    let mut plan: Vec<Planned> = Vec::new();
    for run in runs {
        let first = overlaps.partition_point(|span| span.end() <= run.span.start());
        let near = overlaps[first..].iter().take_while(|span| span.start() < run.span.end());
        let overlapped: Vec<Span> = near.filter_map(|span| span.overlap(run.span)).collect();
        for (span, is_clean) in split_by_overlap(run.span, &overlapped) {
            let is_long_enough = span.samples() >= EMBEDDED_MIN.samples();
            let spans = if is_clean { divide_evenly(span) } else { vec![span] };
            let last = spans.len() - 1;
            plan.extend(spans.into_iter().enumerate().map(|(n, span)| {
                let embed = match is_clean && is_long_enough {
                    false => Embed::No,
                    true if n % 2 == 0 || n == last => Embed::Yes,
                    true => Embed::Skip,
                };
                let subsegment = Subsegment { track: run.track, span, embedding: None };
                Planned { subsegment, embed }
            }));
        }
    }
    plan.sort_by_key(|planned| (planned.subsegment.span, planned.subsegment.track));
    plan
}

/// The subsegments, and which of them are still to be embedded: where the speaker changes
/// without a pause, the two on both sides of the change and all between them, each in halves.
/// Either of the two may hold the end of one speaker and the beginning of the next.
fn split_at_changes(plan: Vec<Planned>) -> (Vec<Subsegment>, Vec<usize>) {
    let has_change = find_changes(&plan);
    let mut subsegments: Vec<(Subsegment, bool)> = Vec::with_capacity(plan.len());
    for (Planned { subsegment, .. }, has_change) in plan.into_iter().zip(has_change) {
        if has_change {
            let halves = divide(subsegment.span, 2);
            let half = |span| Subsegment { track: subsegment.track, span, embedding: None };
            subsegments.extend(halves.into_iter().map(|span| (half(span), true)));
        } else {
            subsegments.push((subsegment, false));
        }
    }
    subsegments.sort_by_key(|(subsegment, _)| (subsegment.span, subsegment.track));
    let halves = (0..subsegments.len()).filter(|&index| subsegments[index].1).collect();
    (subsegments.into_iter().map(|(subsegment, _)| subsegment).collect(), halves)
}

/// For each subsegment, whether a change of speakers lies in it or beside it.
fn find_changes(plan: &[Planned]) -> Vec<bool> {
    let mut has_change = vec![false; plan.len()];
    // Of each track, the last embedded subsegment and those that follow it without a pause.
    let mut stretches: HashMap<u32, Vec<usize>> = HashMap::new();
    for (index, Planned { subsegment, .. }) in plan.iter().enumerate() {
        let stretch = stretches.entry(subsegment.track).or_default();
        let is_continued = stretch.last().is_some_and(|&last| {
            let previous = &plan[last];
            previous.subsegment.span.end() == subsegment.span.start() && previous.embed != Embed::No
        });
        if !is_continued {
            stretch.clear();
        }
        stretch.push(index);
        let Some(embedding) = &subsegment.embedding else { continue };
        let previous = plan[stretch[0]].subsegment.embedding.as_ref();
        if previous.is_some_and(|previous| previous.cosine(embedding) < CHANGE_COSINE) {
            stretch.iter().for_each(|&member| has_change[member] = true);
        }
        *stretch = vec![index];
    }
    has_change
}

/// Overlapping speech: where more than one run is under way; sorted and disjoint.
fn overlaps(runs: &[Run]) -> Vec<Span> {
    let starts = runs.iter().map(|run| (run.span.start(), 1_i32));
    let mut changes: Vec<(Time, i32)> =
        starts.chain(runs.iter().map(|run| (run.span.end(), -1))).collect();
    // Ends before starts, so that runs that touch do not overlap.
    changes.sort();
    let mut overlaps = Vec::new();
    let mut n_active = 0;
    let mut since = None;
    for (at, change) in changes {
        n_active += change;
        match since {
            None if n_active > 1 => since = Some(at),
            Some(start) if n_active < 2 => {
                overlaps.extend(Span::new(start, at));
                since = None;
            }
            _ => (),
        }
    }
    overlaps
}

/// `span` cut at the ends of `overlapped`, which are sorted and inside it; `true` for what is
/// in none of them.
fn split_by_overlap(span: Span, overlapped: &[Span]) -> Vec<(Span, bool)> {
    let mut parts = Vec::new();
    let mut at = span.start();
    for overlap in overlapped {
        parts.extend(Span::new(at, overlap.start()).map(|clean| (clean, true)));
        parts.push((*overlap, false));
        at = overlap.end();
    }
    parts.extend(Span::new(at, span.end()).map(|clean| (clean, true)));
    parts
}

/// `span` in equal parts of at most [`SUBSEGMENT_MAX`].
fn divide_evenly(span: Span) -> Vec<Span> {
    divide(span, span.samples().div_ceil(SUBSEGMENT_MAX.samples()))
}

/// `span` in so many equal parts.
fn divide(span: Span, n_parts: u64) -> Vec<Span> {
    let at = |part: u64| span.start().plus(Time::from_samples(span.samples() * part / n_parts));
    (0..n_parts).filter_map(|part| Span::new(at(part), at(part + 1))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speech_is_cut_evenly_and_overlap_is_not_embedded() {
        check(
            r"
            runs   ##########################################..............
            runs   ......................................##########........
            chosen aaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbb....eeeeee........
            others ......................................####..............
            ",
        );
    }

    #[test]
    fn inside_a_long_stretch_every_other_subsegment_is_embedded_and_the_last() {
        check(
            r"
            runs   ################################################################################################################
            chosen aaaaaaaaaaaaaaaaaaaaaaaaaaaa............................ccccccccccccccccccccccccccccdddddddddddddddddddddddddddd
            others ............................############################........................................................
            ",
        );
    }

    #[test]
    fn a_short_sound_is_not_embedded() {
        let runs = [Run { track: 0, span: Span::from_start(Time::from_millis(400)) }];
        let plan = plan_subsegments(&runs);
        assert_eq!(plan.iter().map(|planned| planned.embed).collect::<Vec<_>>(), [Embed::No]);
    }

    #[test]
    fn where_the_speaker_changes_without_a_pause_subsegments_are_embedded_again_in_halves() {
        // Skipped ones lie between those with an embedding; the last two both have one.
        check_changes(
            r"
            voices aaaa....aaaa....bbbb....bbbbbbbb
            again  ........xxyyxxyyxxyy............
            ",
        );
        check_changes(
            r"
            voices aaaa....aaaabbbb
            again  ........xxyyxxyy
            ",
        );
    }

    #[test]
    fn after_a_pause_or_an_overlap_a_change_is_known_already() {
        check_changes(
            r"
            voices aaaa bbbb####cccc
            again  .................
            ",
        );
    }

    /// Four columns are a subsegment, by its voice; `.` is skipped, `#` overlaps with another
    /// speaker; a space is a pause. In `again` halves that are embedded anew.
    #[track_caller]
    fn check_changes(drawing: &str) {
        let rows = |label| drawing.lines().filter_map(move |row| row.trim().strip_prefix(label));
        let row = |label| rows(label).next().unwrap().strip_prefix(' ').unwrap().trim_start();
        let time = |column: usize| Time::from_millis(column as u64 * 500);
        let row_of_voices = row("voices").trim_end();
        let planned = |(column, mark): (usize, u8)| {
            let axis = |n: u8| [b'a', b'b', b'c'].map(|voice| f32::from(u8::from(voice == n)));
            let embedding = Embedding::new(axis(mark).to_vec());
            let span = Span::new(time(column), time(column + 4)).unwrap();
            let embed = match mark {
                b'.' => Embed::Skip,
                b'#' => Embed::No,
                _ => Embed::Yes,
            };
            Planned { subsegment: Subsegment { track: 0, span, embedding }, embed }
        };
        let marks = row_of_voices.bytes().enumerate();
        let mut next = 0;
        let starts = marks.filter(|&(column, mark)| {
            let is_start = mark != b' ' && column >= next;
            next = if is_start { column + 4 } else { next };
            is_start
        });
        let (subsegments, again) = split_at_changes(starts.map(planned).collect());
        let mut drawn = vec![b'.'; row_of_voices.len()];
        for (number, &index) in again.iter().enumerate() {
            let column = |time: Time| (time.as_millis() / 500) as usize;
            let span = subsegments[index].span;
            drawn[column(span.start())..column(span.end())].fill(b"xy"[number % 2]);
            assert_eq!(subsegments[index].embedding, None);
        }
        assert_eq!(String::from_utf8(drawn).unwrap(), row("again").trim_end());
    }

    /// One column is 100 ms. Letters are subsegments that are embedded, `#` in `others` are not.
    #[track_caller]
    fn check(drawing: &str) {
        let rows = |label| drawing.lines().filter_map(move |row| row.trim().strip_prefix(label));
        let time = |column: usize| Time::from_millis(column as u64 * 100);
        let mut runs = Vec::new();
        for (track, row) in (0..).zip(rows("runs").map(str::trim)) {
            let (start, end) = (row.find('#').unwrap(), row.rfind('#').unwrap() + 1);
            runs.push(Run { track, span: Span::new(time(start), time(end)).unwrap() });
        }
        let plan = plan_subsegments(&runs);
        let n_columns = rows("runs").next().unwrap().trim().len();
        let mut drawn = [vec![b'.'; n_columns], vec![b'.'; n_columns]];
        let mut mark = b'a'..;
        for Planned { subsegment, embed } in &plan {
            let column = |time: Time| (time.as_millis() / 100) as usize;
            let columns = column(subsegment.span.start())..column(subsegment.span.end());
            let mark = mark.next().unwrap();
            let is_chosen = *embed == Embed::Yes;
            drawn[usize::from(!is_chosen)][columns].fill(if is_chosen { mark } else { b'#' });
        }
        let [chosen, others] = drawn.map(|row| String::from_utf8(row).unwrap());
        let expected = |label| rows(label).next().unwrap().trim().to_owned();
        assert_eq!((chosen, others), (expected("chosen"), expected("others")));
    }
}
