//! A text that a person corrected, and the transcript that it was made of: words that are the
//! same keep their times.
//!
//! A text shows the time of its paragraphs at most. What was measured of each word is in the
//! transcript, and most words of a correction are those that were heard.

mod left_out;

use crate::{
    base::{
        speech::{SpeakerId, Word},
        time::{Span, Time},
        transcript::{Chapter, LeftOut, Segment, Speaker, Transcript},
    },
    eval::align::{Edit, align},
    formats::turns_of,
};
use std::collections::BTreeMap;

/// Of so many words of a text at least one in two has to be heard, or it is of another sound.
const SAME_MIN: usize = 2;

/// Letters said in a second, where nothing tells how long words last.
const PER_SECOND: u64 = 15;

const MILLISECOND: Time = Time::from_millis(1);

/// `text` with the times that `heard` has of its words; `None` where most are others, so that
/// it is no text of this sound.
///
/// Words without a counterpart share the time of those in whose place they stand, or what
/// their neighbours leave, and are marked ([`Word::is_timed`]). Probabilities, roles, where
/// the words come from and what is said above the text are those of `heard`, as far as `text`
/// does not say otherwise. What rules once changed in the words of `heard`, and the words that
/// texts hide, are not in it.
///
/// ```
/// use voixoff::{episode::retime::retimed, formats::read};
///
/// let vtt = "WEBVTT\n\n00:01.000 --> 00:02.500\nBonjour à tous.\n";
/// let sound = read(vtt.as_bytes(), "episode.vtt")?;
/// let page = read("Alain : Bonjour à toutes et à tous.".as_bytes(), "page.txt")?;
/// let timed = retimed(page, &sound).expect("it is a text of this sound");
/// assert_eq!(timed.segments[0].words[0].span.start().as_millis(), 1_000);
/// # Ok::<(), voixoff::formats::ReadFormatError>(())
/// ```
pub fn retimed(text: Transcript, heard: &Transcript) -> Option<Transcript> {
    let said: Vec<&Word> = words(&text).collect();
    let known: Vec<&Word> = words(heard).collect();
    let matched = matched(&said, &known);
    let n_spoken = said.iter().filter(|word| is_spoken(word)).count();
    let n_same = matched.iter().flatten().count();
    if n_spoken == 0 || n_same * SAME_MIN < n_spoken {
        return None;
    }
    let is_corrected = !are_alike(&text, heard);
    let times = times(&said, &known, &matched);
    let owners = owners(&text, heard, &matched);
    let speakers = text.speakers.iter().map(|one| known_as(one, &text, heard, &owners)).collect();
    let places: Vec<(usize, String)> =
        text.chapters().into_iter().map(|(at, chapter)| (at, chapter.title.clone())).collect();
    let place = |mark: &LeftOut| {
        (said.partition_point(|word| word.span.middle() < mark.span.middle()), *mark)
    };
    let marks: Vec<(usize, LeftOut)> = text.left_out.iter().map(place).collect();
    let mut left = times.into_iter();
    let mut segments: Vec<Segment> = Vec::with_capacity(text.segments.len());
    for mut segment in text.segments {
        let words = std::mem::take(&mut segment.words);
        segment.words = in_order(words.into_iter().zip(left.by_ref()));
        let (first, last) = (segment.words[0].span, segment.words[segment.words.len() - 1].span);
        segment.span = Span::new(first.start(), last.end()).unwrap_or(first);
        segments.push(segment);
    }
    let spans: Vec<Span> =
        segments.iter().flat_map(|segment| &segment.words).map(|word| word.span).collect();
    let left_out = left_out::left_out(&marks, &spans, &heard.left_out);
    let mut about = heard.about.clone();
    about.chapters = chapters(places, heard, &segments);
    let given = text.about;
    about.title = Some(given.title).filter(|title| !title.is_empty()).unwrap_or(about.title);
    about.lead = Some(given.lead).filter(|lead| !lead.is_empty()).unwrap_or(about.lead);
    segments.sort_by_key(|segment| segment.span.start());
    let end = segments.iter().map(|segment| segment.span.end()).max().unwrap_or_default();
    let mut provenance = heard.provenance.clone();
    provenance.corrected |= is_corrected;
    Some(Transcript {
        about,
        duration: heard.duration.max(end),
        is_timed: true,
        speakers,
        // Names of a page are those of its writer.
        name_evidence: Vec::new(),
        turns: turns_of(&segments, &left_out),
        segments,
        left_out,
        damage: heard.damage.clone(),
        changes: Vec::new(),
        provenance,
    })
}

/// The shown words of `transcript`.
fn words(transcript: &Transcript) -> impl Iterator<Item = &Word> {
    transcript.segments.iter().flat_map(|segment| &segment.words)
}

/// Whether there is more to say of `word` than marks.
fn is_spoken(word: &Word) -> bool {
    word.text.contains(char::is_alphanumeric)
}

/// Whether both show the same text under the same names, whatever spaces are in it.
fn are_alike(text: &Transcript, heard: &Transcript) -> bool {
    said_by(text) == said_by(heard)
}

/// Each who speaks, in order, and what they say until another does.
fn said_by(transcript: &Transcript) -> Vec<(Option<&str>, String)> {
    let mut said: Vec<(Option<&str>, String)> = Vec::new();
    for segment in transcript.segments.iter().filter(|segment| !segment.text().is_empty()) {
        let name = transcript.speaker_of(segment).map(|speaker| speaker.name.as_str());
        let text = segment.text().replace(char::is_whitespace, "");
        match said.last_mut().filter(|last| last.0 == name) {
            Some(last) => last.1 += &text,
            None => said.push((name, text)),
        }
    }
    said
}

/// A run of letters and digits of a word, in lower case: what is compared.
struct Part {
    text: String,
    word: usize,
}

fn parts(words: &[&Word]) -> Vec<Part> {
    let parts = words.iter().enumerate().flat_map(|(word, it)| {
        let runs = it.text.split(|c: char| !c.is_alphanumeric());
        runs.filter(|run| !run.is_empty()).map(move |run| Part { text: run.to_lowercase(), word })
    });
    parts.collect()
}

/// For each word of `said`, the first and the last of `known` that it is, as a whole.
fn matched(said: &[&Word], known: &[&Word]) -> Vec<Option<(usize, usize)>> {
    let (ours, theirs) = (parts(said), parts(known));
    let texts = |parts: &[Part]| parts.iter().map(|part| part.text.clone()).collect::<Vec<_>>();
    // The counterpart of each part of ours.
    let mut counterparts: Vec<Option<usize>> = vec![None; ours.len()];
    let (mut at, mut other) = (0, 0);
    for step in align(&texts(&theirs), &texts(&ours)) {
        if step == Edit::Match {
            counterparts[at] = Some(other);
        }
        at += usize::from(step != Edit::Deletion);
        other += usize::from(step != Edit::Insertion);
    }
    let whole = |run: &[Option<usize>]| {
        let first = run.first().copied().flatten()?;
        let last = run.last().copied().flatten()?;
        let is_whole = run.iter().zip(first..).all(|(part, at)| *part == Some(at));
        let begins = first == 0 || theirs[first - 1].word != theirs[first].word;
        let ends = theirs.get(last + 1).is_none_or(|next| next.word != theirs[last].word);
        (is_whole && begins && ends).then_some((theirs[first].word, theirs[last].word))
    };
    let mut matched = vec![None; said.len()];
    let mut from = 0;
    for run in ours.chunk_by(|one, next| one.word == next.word) {
        matched[run[0].word] = whole(&counterparts[from..from + run.len()]);
        from += run.len();
    }
    matched
}

/// When a word is said, how surely, and whether that was measured.
struct Timed {
    start: Time,
    end: Time,
    is_timed: bool,
    probability: Option<f32>,
}

/// The times of all words of `said`.
fn times(said: &[&Word], known: &[&Word], matched: &[Option<(usize, usize)>]) -> Vec<Timed> {
    let own = |(first, last): (usize, usize)| {
        let found = &known[first..=last];
        Timed {
            start: known[first].span.start(),
            end: known[last].span.end(),
            is_timed: found.iter().all(|word| word.is_timed),
            probability: found.iter().filter_map(|word| word.probability).reduce(f32::min),
        }
    };
    let mut times: Vec<Timed> = Vec::with_capacity(said.len());
    let mut before: Option<usize> = None;
    while times.len() < said.len() {
        let from = times.len();
        if let Some(found) = matched[from] {
            before = Some(found.1);
            times.push(own(found));
            continue;
        }
        let until = (from..said.len()).find(|at| matched[*at].is_some()).unwrap_or(said.len());
        let behind = matched.get(until).copied().flatten().map(|(first, _)| first);
        // Words that were heard in the place of these.
        let replaced = &known[before.map_or(0, |at| at + 1)..behind.unwrap_or(known.len())];
        let letters: Vec<u64> =
            said[from..until].iter().map(|word| word.text.chars().count() as u64 + 1).collect();
        let total: u64 = letters.iter().sum();
        let length = Time::from_millis(total * 1_000 / PER_SECOND);
        let (start, end) = match (replaced, before, behind) {
            ([first, .., last], ..) => (first.span.start(), last.span.end()),
            ([only], ..) => (only.span.start(), only.span.end()),
            (_, Some(at), Some(next)) => (known[at].span.end(), known[next].span.start()),
            (_, Some(at), None) => (known[at].span.end(), known[at].span.end().plus(length)),
            (_, None, Some(next)) => {
                (known[next].span.start().minus(length), known[next].span.start())
            }
            (_, None, None) => (Time::default(), length),
        };
        let millis = end.max(start).minus(start).as_millis();
        let at = |letters: u64| start.plus(Time::from_millis(millis * letters / total));
        let mut done = 0;
        for letters in letters {
            let (start, end) = (at(done), at(done + letters));
            done += letters;
            times.push(Timed { start, end, is_timed: false, probability: None });
        }
    }
    times
}

/// The words of a segment with their times, sorted and disjoint, a millisecond long at least.
fn in_order(words: impl Iterator<Item = (Word, Timed)>) -> Vec<Word> {
    let mut free = Time::default();
    let word = |(word, timed): (Word, Timed)| {
        let start = timed.start.max(free);
        free = timed.end.max(start.plus(MILLISECOND));
        let span = Span::new(start, free).unwrap_or(word.span);
        let Timed { is_timed, probability, .. } = timed;
        Word { span, is_timed, probability, ..word }
    };
    words.map(word).collect()
}

/// Whose words in `heard` those of each person of `text` are, most often.
fn owners(
    text: &Transcript,
    heard: &Transcript,
    matched: &[Option<(usize, usize)>],
) -> BTreeMap<SpeakerId, SpeakerId> {
    let of = |transcript: &Transcript| {
        let segments = transcript.segments.iter();
        let owner = |segment: &Segment| vec![segment.speaker; segment.words.len()];
        segments.flat_map(owner).collect::<Vec<Option<SpeakerId>>>()
    };
    let (ours, theirs) = (of(text), of(heard));
    let mut counts: BTreeMap<SpeakerId, BTreeMap<SpeakerId, usize>> = BTreeMap::new();
    for (own, found) in ours.iter().zip(matched) {
        let other = found.and_then(|(first, _)| theirs[first]);
        if let Some((own, other)) = own.zip(other) {
            *counts.entry(own).or_default().entry(other).or_default() += 1;
        }
    }
    let most = |counts: BTreeMap<SpeakerId, usize>| {
        // Of equal ones the lowest number.
        counts.into_iter().rev().max_by_key(|(_, count)| *count).map(|(other, _)| other)
    };
    counts.into_iter().filter_map(|(own, counts)| Some((own, most(counts)?))).collect()
}

/// `speaker` with the role of the person of that name; of another one who says the same words,
/// if nobody is called as that one any more: a person has given them their name.
fn known_as(
    speaker: &Speaker,
    text: &Transcript,
    heard: &Transcript,
    owners: &BTreeMap<SpeakerId, SpeakerId>,
) -> Speaker {
    let of_name = heard.speakers.iter().find(|known| known.name == speaker.name);
    let renamed = || {
        let known = heard.speaker(*owners.get(&speaker.id)?)?;
        text.speakers.iter().all(|other| other.name != known.name).then_some(known)
    };
    let Some(known) = of_name.or_else(renamed) else { return speaker.clone() };
    Speaker { role: known.role, confidence: known.confidence, ..speaker.clone() }
}

/// The chapters before segments of the text, at the times that `heard` has of them.
fn chapters(
    places: Vec<(usize, String)>,
    heard: &Transcript,
    segments: &[Segment],
) -> Vec<Chapter> {
    let end = segments.iter().map(|segment| segment.span.end()).max().unwrap_or_default();
    Chapter::list(places.into_iter().map(|(at, title)| {
        let known = heard.about.chapters.iter().find(|chapter| chapter.title == title);
        let behind = || segments.get(at).map_or(end, |segment| segment.span.start());
        (known.map_or_else(behind, |chapter| chapter.start), title)
    }))
}

#[cfg(test)]
mod tests;
