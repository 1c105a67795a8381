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
use crate::base::{
    progress::{Cancel, Event, Observer, Stage},
    samples::Samples,
    speech::Embedding,
    time::{Span, Time},
};
use serde::{Deserialize, Serialize};
use std::{collections::HashMap, num::NonZeroUsize};

/// Longest piece: a longer one costs more to be wrong about.
const LONGEST: Time = Time::from_millis(3_000);

/// Shortest piece that is embedded: shorter ones tell nobody apart.
const SHORTEST: Time = Time::from_millis(500);

/// Two pieces that follow each other are two voices under this cosine. Of 1 107 pairs in assembled
/// podcasts 54 held two people: 37 lay under it, and three of the others.
const CHANGE: f32 = 0.4;

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
/// [`Stage::Voices`], but not of what is heard a second time at changes, some twentieth more.
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
    let mut parts = parts(runs);
    let chosen: Vec<usize> = (0..parts.len()).filter(|&n| parts[n].ear == Ear::Open).collect();
    let spans: Vec<Span> = chosen.iter().map(|&index| parts[index].piece.span).collect();
    let total = Time::from_samples(spans.iter().map(|span| span.samples()).sum());
    observer.on(Event::Started { stage, total: Some(total) });
    let work = |number: usize, span: Span| {
        if cancel.is_requested() {
            return Err(DetectError::Cancelled);
        }
        let question = Question::Voice(number);
        if let Some(Answer::Voice(known)) = memory.recall(question) {
            return Ok(known);
        }
        let sound = samples.read(span).map_err(|source| DetectError::Samples { span, source })?;
        let voice = network(sound)?;
        memory.keep(question, &Answer::Voice(voice.clone())).map_err(DetectError::Unkept)?;
        Ok(voice)
    };
    let mut done = Time::default();
    let first = |job: usize| work(job, spans[job]);
    side_by_side::in_order(spans.len(), threads, first, |job, embedding| {
        parts[chosen[job]].piece.embedding = embedding;
        done = done.plus(Time::from_samples(spans[job].samples()));
        observer.on(Event::Advanced { stage, done });
    })?;
    let (mut pieces, closer) = closer(parts);
    let closer_spans: Vec<Span> = closer.iter().map(|&index| pieces[index].span).collect();
    let second = |job: usize| work(spans.len() + job, closer_spans[job]);
    side_by_side::in_order(closer.len(), threads, second, |job, embedding| {
        pieces[closer[job]].embedding = embedding;
    })?;
    observer.on(Event::Finished { stage });
    Ok(pieces)
}

/// A piece on its way.
#[derive(Debug)]
struct Part {
    piece: Piece,
    ear: Ear,
}

/// Whether a piece is embedded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ear {
    /// It cannot be: others talk, or it is too short.
    Shut,
    /// It could be, and its neighbours are.
    Spared,
    /// It is.
    Open,
}

/// `runs` in pieces, sorted by start, not embedded yet: those are to be in which nobody else
/// talks, and long enough; of a long stretch every other one and the last, which is a third of
/// the cost saved. One between two that are the same person's is theirs.
fn parts(runs: &[Run]) -> Vec<Part> {
    let crowded = crowded(runs);
    let mut parts: Vec<Part> = Vec::new();
    for run in runs {
        let first = crowded.partition_point(|span| span.end() <= run.span.start());
        let near = crowded[first..].iter().take_while(|span| span.start() < run.span.end());
        let others: Vec<Span> = near.filter_map(|span| span.overlap(run.span)).collect();
        for (span, alone) in split(run.span, &others) {
            let whole = alone && span.samples() >= SHORTEST.samples();
            let spans = if alone { even(span) } else { vec![span] };
            let last = spans.len() - 1;
            parts.extend(spans.into_iter().enumerate().map(|(n, span)| {
                let ear = match whole {
                    false => Ear::Shut,
                    true if n % 2 == 0 || n == last => Ear::Open,
                    true => Ear::Spared,
                };
                Part { piece: Piece { track: run.track, span, embedding: None }, ear }
            }));
        }
    }
    parts.sort_by_key(|part| (part.piece.span, part.piece.track));
    parts
}

/// The pieces, and which of them are to be embedded still: where two voices follow each other
/// without a pause, all between them and both themselves, each in halves. Either may hold the
/// end of one and the beginning of the other.
fn closer(parts: Vec<Part>) -> (Vec<Piece>, Vec<usize>) {
    let changes = changes(&parts);
    let mut pieces: Vec<(Piece, bool)> = Vec::with_capacity(parts.len());
    for (part, changes) in parts.into_iter().zip(changes) {
        if changes {
            let halves = cut(part.piece.span, 2);
            let half = |span| Piece { track: part.piece.track, span, embedding: None };
            pieces.extend(halves.into_iter().map(|span| (half(span), true)));
        } else {
            pieces.push((part.piece, false));
        }
    }
    pieces.sort_by_key(|(piece, _)| (piece.span, piece.track));
    let closer = (0..pieces.len()).filter(|&index| pieces[index].1).collect();
    (pieces.into_iter().map(|(piece, _)| piece).collect(), closer)
}

/// Which parts a change of voices lies in or at.
fn changes(parts: &[Part]) -> Vec<bool> {
    let mut changes = vec![false; parts.len()];
    // Of each track, the last part with a voice, and those that follow it without a pause.
    let mut stretches: HashMap<u32, Vec<usize>> = HashMap::new();
    for (index, Part { piece, .. }) in parts.iter().enumerate() {
        let stretch = stretches.entry(piece.track).or_default();
        let goes_on = stretch.last().is_some_and(|&last| {
            parts[last].piece.span.end() == piece.span.start() && parts[last].ear != Ear::Shut
        });
        if !goes_on {
            stretch.clear();
        }
        stretch.push(index);
        let Some(voice) = &piece.embedding else { continue };
        let before = parts[stretch[0]].piece.embedding.as_ref();
        if before.is_some_and(|before| before.cosine(voice) < CHANGE) {
            stretch.iter().for_each(|&part| changes[part] = true);
        }
        *stretch = vec![index];
    }
    changes
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
    cut(span, span.samples().div_ceil(LONGEST.samples()))
}

/// `span` in so many equal parts.
fn cut(span: Span, n_parts: u64) -> Vec<Span> {
    let at = |part: u64| span.start().plus(Time::from_samples(span.samples() * part / n_parts));
    (0..n_parts).filter_map(|part| Span::new(at(part), at(part + 1))).collect()
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
        let ears: Vec<Ear> = parts(&runs).iter().map(|part| part.ear).collect();
        assert_eq!(ears, [Ear::Shut]);
    }

    #[test]
    fn where_the_voice_changes_without_a_pause_pieces_are_heard_again_in_halves() {
        // Spared pieces lie between those with a voice; the last two both have one.
        check_closer(
            r"
            voices aaaa....aaaa....bbbb....bbbbbbbb
            again  ........xxyyxxyyxxyy............
            ",
        );
        check_closer(
            r"
            voices aaaa....aaaabbbb
            again  ........xxyyxxyy
            ",
        );
    }

    #[test]
    fn behind_a_pause_or_another_voice_a_change_is_known_already() {
        check_closer(
            r"
            voices aaaa bbbb####cccc
            again  .................
            ",
        );
    }

    /// Four columns are a piece, by the voice it has: none was asked for (`.`), or another
    /// talks, too (`#`); a space is a pause. In `again` halves that are embedded anew.
    #[track_caller]
    fn check_closer(drawing: &str) {
        let rows = |label| drawing.lines().filter_map(move |row| row.trim().strip_prefix(label));
        let row = |label| rows(label).next().unwrap().strip_prefix(' ').unwrap().trim_start();
        let time = |column: usize| Time::from_millis(column as u64 * 500);
        let row_of_voices = row("voices").trim_end();
        let part = |(column, mark): (usize, u8)| {
            let axis = |n: u8| [b'a', b'b', b'c'].map(|voice| f32::from(u8::from(voice == n)));
            let embedding = Embedding::new(axis(mark).to_vec());
            let span = Span::new(time(column), time(column + 4)).unwrap();
            let ear = match mark {
                b'.' => Ear::Spared,
                b'#' => Ear::Shut,
                _ => Ear::Open,
            };
            Part { piece: Piece { track: 0, span, embedding }, ear }
        };
        let marks = row_of_voices.bytes().enumerate();
        let mut next = 0;
        let starts = marks.filter(|&(column, mark)| {
            let is_start = mark != b' ' && column >= next;
            next = if is_start { column + 4 } else { next };
            is_start
        });
        let (pieces, again) = closer(starts.map(part).collect());
        let mut drawn = vec![b'.'; row_of_voices.len()];
        for (number, &index) in again.iter().enumerate() {
            let column = |time: Time| (time.as_millis() / 500) as usize;
            let span = pieces[index].span;
            drawn[column(span.start())..column(span.end())].fill(b"xy"[number % 2]);
            assert_eq!(pieces[index].embedding, None);
        }
        assert_eq!(String::from_utf8(drawn).unwrap(), row("again").trim_end());
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
        let parts = parts(&runs);
        let n_columns = rows("runs").next().unwrap().trim().len();
        let mut drawn = [vec![b'.'; n_columns], vec![b'.'; n_columns]];
        let mut mark = b'a'..;
        for Part { piece, ear } in &parts {
            let column = |time: Time| (time.as_millis() / 100) as usize;
            let columns = column(piece.span.start())..column(piece.span.end());
            let mark = mark.next().unwrap();
            let alone = *ear == Ear::Open;
            drawn[usize::from(!alone)][columns].fill(if alone { mark } else { b'#' });
        }
        let [alone, both] = drawn.map(|row| String::from_utf8(row).unwrap());
        let expected = |label| rows(label).next().unwrap().trim().to_owned();
        assert_eq!((alone, both), (expected("pieces"), expected("both")));
    }
}
