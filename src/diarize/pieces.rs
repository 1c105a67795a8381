//! Tracks cut into pieces short enough to be one voice, long enough to be heard.
//!
//! Where segmentation took two like voices for one, their change lies between
//! pieces and not inside of one, nearly always: people change at pauses. So each
//! piece is embedded once, and may go to another speaker than its track.

use super::{
    error::{DetectError, NetworkError},
    memory::{Answer, Memory, Question},
    side_by_side,
    tracks::Run,
};
use crate::{
    progress::{Cancel, Event, Observer, Stage},
    samples::Samples,
    speech::Embedding,
    time::{Span, Time},
};
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;

/// Longest piece: a longer one costs more to be wrong about.
const LONGEST: Time = Time::from_millis(3_000);

/// Shortest piece that is embedded: shorter ones tell nobody apart.
const SHORTEST: Time = Time::from_millis(500);

/// A stretch of one track.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Piece {
    /// Number of its track: pieces of one track are one voice, as far as ten seconds
    /// of hearing at a time can tell.
    pub track: u32,
    /// When.
    pub span: Span,
    /// Its voice; `None` where others talk too, where it is too short, or inside a long
    /// stretch between two that have one.
    pub embedding: Option<Embedding>,
}

/// `runs` in pieces, sorted by start, each embedded by `network` where it can be: it is
/// given the samples of one piece and answers with their voice.
///
/// The answer is the same, to the bit, for any number of `threads`. `observer` hears of
/// [`Stage::Voices`].
///
/// # Errors
/// A stop was asked for, samples could not be read, `network` failed, or `memory` did.
pub fn embedded(
    samples: &dyn Samples,
    runs: &[Run],
    network: impl Fn(Vec<f32>) -> Result<Option<Embedding>, NetworkError> + Sync,
    threads: NonZeroUsize,
    memory: &dyn Memory,
    observer: &dyn Observer,
    cancel: &Cancel,
) -> Result<Vec<Piece>, DetectError> {
    let stage = Stage::Voices;
    let (mut pieces, chosen) = pieces(runs);
    let spans: Vec<Span> = chosen.iter().map(|&index| pieces[index].span).collect();
    let total = Time::from_samples(spans.iter().map(|span| span.samples()).sum());
    observer.on(Event::Started { stage, total: Some(total) });
    let work = |job: usize| {
        if cancel.is_requested() {
            return Err(DetectError::Cancelled);
        }
        let question = Question::Voice(job);
        if let Some(Answer::Voice(known)) = memory.recall(question) {
            return Ok(known);
        }
        let span = spans[job];
        let sound = samples.read(span).map_err(|source| DetectError::Samples { span, source })?;
        let voice = network(sound)?;
        memory.keep(question, &Answer::Voice(voice.clone())).map_err(DetectError::Unkept)?;
        Ok(voice)
    };
    let mut done = Time::default();
    side_by_side::in_order(spans.len(), threads, work, |job, embedding| {
        pieces[chosen[job]].embedding = embedding;
        done = done.plus(Time::from_samples(spans[job].samples()));
        observer.on(Event::Advanced { stage, done });
    })?;
    observer.on(Event::Finished { stage });
    Ok(pieces)
}

/// `runs` in pieces, sorted by start, without embeddings; and which of them are to be
/// embedded: those in which nobody else talks, and long enough; of a long stretch every
/// other one and the last, which is a third of the cost saved. One between two that are
/// the same person's is theirs.
fn pieces(runs: &[Run]) -> (Vec<Piece>, Vec<usize>) {
    let crowded = crowded(runs);
    let mut pieces: Vec<(Piece, bool)> = Vec::new();
    for run in runs {
        let first = crowded.partition_point(|span| span.end() <= run.span.start());
        let near = crowded[first..].iter().take_while(|span| span.start() < run.span.end());
        let others: Vec<Span> = near.filter_map(|span| span.overlap(run.span)).collect();
        for (span, alone) in split(run.span, &others) {
            let whole = alone && span.samples() >= SHORTEST.samples();
            let parts = if alone { even(span) } else { vec![span] };
            let last = parts.len() - 1;
            pieces.extend(parts.into_iter().enumerate().map(|(n, span)| {
                let is_chosen = whole && (n % 2 == 0 || n == last);
                (Piece { track: run.track, span, embedding: None }, is_chosen)
            }));
        }
    }
    pieces.sort_by_key(|(piece, _)| (piece.span, piece.track));
    let chosen = pieces.iter().enumerate().filter(|(_, (_, whole))| *whole);
    let chosen = chosen.map(|(index, _)| index).collect();
    (pieces.into_iter().map(|(piece, _)| piece).collect(), chosen)
}

/// Where more than one run is under way; sorted and disjoint.
fn crowded(runs: &[Run]) -> Vec<Span> {
    let starts = runs.iter().map(|run| (run.span.start(), 1_i32));
    let mut edges: Vec<(Time, i32)> =
        starts.chain(runs.iter().map(|run| (run.span.end(), -1))).collect();
    // Ends before starts, so that runs that touch are not crowded.
    edges.sort();
    let (mut crowded, mut n_talking, mut since) = (Vec::new(), 0, None);
    for (at, change) in edges {
        n_talking += change;
        match since {
            None if n_talking > 1 => since = Some(at),
            Some(start) if n_talking < 2 => {
                crowded.extend(Span::new(start, at));
                since = None;
            }
            _ => (),
        }
    }
    crowded
}

/// `span` in parts with and without `others`, which are sorted and inside it.
fn split(span: Span, others: &[Span]) -> Vec<(Span, bool)> {
    let mut parts = Vec::new();
    let mut at = span.start();
    for other in others {
        parts.extend(Span::new(at, other.start()).map(|part| (part, true)));
        parts.push((*other, false));
        at = other.end();
    }
    parts.extend(Span::new(at, span.end()).map(|part| (part, true)));
    parts
}

/// `span` in equal parts of at most [`LONGEST`].
fn even(span: Span) -> Vec<Span> {
    let n_parts = span.samples().div_ceil(LONGEST.samples());
    let cut = |part: u64| span.start().plus(Time::from_samples(span.samples() * part / n_parts));
    (0..n_parts).filter_map(|part| Span::new(cut(part), cut(part + 1))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn talk_is_cut_into_even_pieces_and_overlap_is_not_embedded() {
        check(
            r"
            runs   ##########################################..............
            runs   ......................................##########........
            pieces aaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbb....eeeeee........
            both   ......................................####..............
            ",
        );
    }

    #[test]
    fn inside_a_long_stretch_every_other_piece_is_embedded_and_the_last() {
        check(
            r"
            runs   ################################################################################################################
            pieces aaaaaaaaaaaaaaaaaaaaaaaaaaaa............................ccccccccccccccccccccccccccccdddddddddddddddddddddddddddd
            both   ............................############################........................................................
            ",
        );
    }

    #[test]
    fn a_short_sound_is_a_piece_that_is_not_embedded() {
        let runs = [Run { track: 0, span: Span::from_start(Time::from_millis(400)) }];
        let (pieces, chosen) = pieces(&runs);
        assert_eq!((pieces.len(), chosen.len()), (1, 0));
    }

    /// One column is 100 ms. Letters are pieces that are embedded, `#` in `both` the others.
    #[track_caller]
    fn check(drawing: &str) {
        let rows = |label| drawing.lines().filter_map(move |row| row.trim().strip_prefix(label));
        let time = |column: usize| Time::from_millis(column as u64 * 100);
        let mut runs = Vec::new();
        for (track, row) in (0..).zip(rows("runs").map(str::trim)) {
            let (start, end) = (row.find('#').unwrap(), row.rfind('#').unwrap() + 1);
            runs.push(Run { track, span: Span::new(time(start), time(end)).unwrap() });
        }
        let (pieces, chosen) = pieces(&runs);
        let n_columns = rows("runs").next().unwrap().trim().len();
        let mut drawn = [vec![b'.'; n_columns], vec![b'.'; n_columns]];
        let mut mark = b'a'..;
        for (index, piece) in pieces.iter().enumerate() {
            let column = |time: Time| (time.as_millis() / 100) as usize;
            let columns = column(piece.span.start())..column(piece.span.end());
            let mark = mark.next().unwrap();
            let alone = chosen.contains(&index);
            drawn[usize::from(!alone)][columns].fill(if alone { mark } else { b'#' });
        }
        let [alone, both] = drawn.map(|row| String::from_utf8(row).unwrap());
        let expected = |label| rows(label).next().unwrap().trim().to_owned();
        assert_eq!((alone, both), (expected("pieces"), expected("both")));
    }
}
