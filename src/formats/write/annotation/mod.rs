//! Files of annotation tools, for those who study speech: Praat, ELAN, Transcriber.
//!
//! All three want order that people who talk at once do not keep: within a tier nothing
//! overlaps and nothing is empty. Times are whole milliseconds, rounded here once.

mod eaf;
mod textgrid;
mod trs;

pub(in crate::formats) use {eaf::eaf, textgrid::textgrid, trs::trs};

use super::{layout::text_of, nist::seconds};
use crate::{
    base::{
        speech::{SpeakerId, Word},
        time::Span,
        transcript::{Segment, Transcript},
    },
    formats::NOBODY,
};
use std::collections::HashMap;

/// What one person says, for a line of its own in an annotation tool.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Tier<'a> {
    /// What the line is called; no two are alike.
    name: String,
    /// Who speaks; `None` for events, and where nobody was told apart.
    person: Option<&'a str>,
    /// Its segments, one behind the other.
    segments: Vec<Note>,
    /// Its words, one behind the other.
    words: Vec<Note>,
}

/// A text and when it is said.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Note {
    /// ms.
    start: u64,
    /// ms, behind `start`.
    end: u64,
    text: String,
}

/// What everybody says who says something, by number; nobody's words are last.
fn tiers(transcript: &Transcript) -> Vec<Tier<'_>> {
    let mut said: HashMap<Option<SpeakerId>, Vec<(&Segment, String)>> = HashMap::new();
    for segment in shown(transcript) {
        let who = transcript.speaker_of(segment).map(|speaker| speaker.id);
        said.entry(who).or_default().push((segment, text_of(segment)));
    }
    let mut n_called: HashMap<&str, usize> = HashMap::new();
    let mut tiers: Vec<Tier<'_>> = Vec::new();
    for speaker in transcript.speakers.iter().map(Some).chain([None]) {
        let Some(said) = said.remove(&speaker.map(|speaker| speaker.id)) else { continue };
        let person = speaker.map(|speaker| speaker.name.as_str());
        let called = person.unwrap_or(NOBODY);
        let n_alike = n_called.entry(called).or_default();
        *n_alike += 1;
        let name = if *n_alike == 1 { called.to_owned() } else { format!("{called} ({n_alike})") };
        let words = said.iter().flat_map(|(segment, _)| &segment.words).filter(is_shown);
        let words = in_order(words.map(|word| (word.span, word.text.clone())));
        let segments = in_order(said.into_iter().map(|(segment, text)| (segment.span, text)));
        tiers.push(Tier { name, person, segments, words });
    }
    tiers
}

fn is_shown(word: &&Word) -> bool {
    word.dropped.is_none()
}

/// The segments that show something.
fn shown(transcript: &Transcript) -> impl Iterator<Item = &Segment> {
    transcript.segments.iter().filter(|segment| !segment.text().is_empty())
}

/// `texts` as notes that neither overlap nor are empty: each gives way to the one before,
/// and lasts at least a millisecond.
fn in_order(texts: impl Iterator<Item = (Span, String)>) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut free = 0;
    for (span, text) in texts {
        let start = span.start().as_millis().max(free);
        let end = span.end().as_millis().max(start + 1);
        free = end;
        notes.push(Note { start, end, text });
    }
    notes
}

/// Where the episode ends that has `tiers`, in milliseconds; never before the last word does.
fn end(transcript: &Transcript, tiers: &[Tier<'_>]) -> u64 {
    let last = tiers.iter().flat_map(|tier| tier.segments.iter().chain(&tier.words));
    let last = last.map(|note| note.end).max().unwrap_or(0);
    transcript.duration.as_millis().max(last).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Time;

    #[test]
    fn texts_of_one_person_stand_one_behind_the_other() {
        check(&[(0, 900), (900, 1_700)], &[(0, 900), (900, 1_700)]);
        check(&[(0, 900), (700, 1_700)], &[(0, 900), (900, 1_700)]);
        check(&[(0, 900), (100, 800), (850, 1_000)], &[(0, 900), (900, 901), (901, 1_000)]);
    }

    #[track_caller]
    fn check(said: &[(u64, u64)], expected: &[(u64, u64)]) {
        let span =
            |&(start, end)| Span::new(Time::from_millis(start), Time::from_millis(end)).unwrap();
        let notes = in_order(said.iter().map(|said| (span(said), String::new())));
        let times: Vec<_> = notes.iter().map(|note| (note.start, note.end)).collect();
        assert_eq!(times, expected);
    }
}
