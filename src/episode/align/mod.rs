//! A text that a person wrote or corrected, laid on its sound: its words take the times of those
//! that a recogniser heard.
//!
//! A page is not what was said: its editor left out hesitations, wrote numbers in figures, changed
//! words, added notes; and the sound has jingles that nobody wrote down. So both sides are
//! normalised as scores are, and aligned with gaps on either side; what has no counterpart is
//! listed, and never stretched. Not a letter of the page changes.
//!
//! The method is that of long sound with inaccurate text: Bordel et al., "A simple and efficient
//! method to align very long speech signals to acoustically imperfect transcriptions", Interspeech
//! 2012, with words in the place of phones.

mod anchors;
mod forced;
mod left_out;
mod matches;
mod matching;
mod respelt;
mod retimed;
mod times;

use crate::{
    base::{
        speech::{Doubt, SpeakerId, Word},
        time::{Span, Time},
        transcript::{AlignedParagraph, Chapter, LeftOut, Opening, Segment, Speaker, Transcript},
    },
    formats::turns_of,
};
pub use forced::{Forced, ForcedText, ForcedWindow};
pub(crate) use retimed::{Retimed, retimed};

use matches::Matches;
use std::{collections::BTreeMap, ops::Range};
use times::{Sentence, Sides, Timed};

/// Of the words of a text, or of those heard if they are fewer, this share has to be the same and
/// some words more, or it is of another sound: chance finds some of few words in many.
const SAME_MIN: f64 = 0.3;
const SAME_WORDS_MIN: f64 = 5.0;

/// Of very few words, this share.
const SAME_OF_FEW_MIN: f64 = 0.6;

/// So many words in a row that the page does not have are listed.
const UNWRITTEN_MIN: usize = 12;

const MILLISECOND: Time = Time::from_millis(1);

/// A text that is laid on its sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Aligned {
    /// The text with its times.
    pub transcript: Transcript,
    /// Where so many words were heard that the text does not have that no slip explains it; they
    /// are in its `left_out`, too.
    pub unwritten: Vec<Span>,
}

/// Why a text cannot be laid on a sound.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it is no text of this sound: of its words are heard {n_found} of {n_words}")]
pub struct OtherSound {
    /// Words of the text.
    pub n_words: usize,
    /// Those that were heard.
    pub n_found: usize,
}

/// `page` with the times that `heard` has of its words.
///
/// Words without a counterpart share the time of those in whose place they stand, or what
/// their neighbours leave, and are marked ([`Word::is_timed`]). Sentences that nobody says are
/// marked, too ([`Doubt::Unsaid`]), and have no time that means anything; what was heard and is
/// not on the page is in `left_out`. A paragraph that is said elsewhere stands where it is said.
/// Probabilities, roles, where the words come from and what is said above the text are those of
/// `heard`, as far as `page` does not say otherwise. What rules once changed in the words of
/// `heard` is not in it; what it has in the place of other words is ([`Rule::Page`](crate::base::transcript::Rule::Page)).
///
/// # Errors
/// Where most words of both sides are others.
///
/// ```
/// use voixoff::{episode::align::align, formats::read};
///
/// let vtt = "WEBVTT\n\n00:01.000 --> 00:02.500\nBonjour à tous.\n";
/// let sound = read(vtt.as_bytes(), "episode.vtt")?;
/// let page = read("Alain : Bonjour à toutes et à tous.".as_bytes(), "page.txt")?;
/// let timed = align(page, &sound).expect("it is a text of this sound");
/// assert_eq!(timed.transcript.segments[0].words[0].span.start().as_millis(), 1_000);
/// # Ok::<(), voixoff::formats::ReadFormatError>(())
/// ```
pub fn align(page: Transcript, heard: &Transcript) -> Result<Aligned, OtherSound> {
    Ok(Laying::new(page, heard)?.finish(&[]))
}

/// A text that is being laid on a sound: what was heard of it is known.
pub struct Laying<'a> {
    page: Transcript,
    heard: &'a Transcript,
    matches: Matches,
    sentences: Vec<Sentence>,
    times: Vec<Timed>,
    /// Whether each word is said, and whether something else was heard before it.
    around: (Vec<bool>, Vec<bool>),
    windows: Vec<ForcedWindow>,
}

impl<'a> Laying<'a> {
    /// `page`, with the times that `heard` has of its words: see [`align`].
    ///
    /// # Errors
    /// Those of [`align`].
    pub fn new(page: Transcript, heard: &'a Transcript) -> Result<Laying<'a>, OtherSound> {
        let written: Vec<&Word> = words(&page).collect();
        let known: Vec<&Word> = words(heard).collect();
        let mut sentences = sentences(&page);
        let mut matches = Matches::new(&written, &known, &paragraphs(&sentences));
        let (n_words, n_found) = matches.n_spoken_and_found(0..written.len());
        let n_heard = matches.is_sound.iter().filter(|it| **it).count();
        let n_least = n_words.min(n_heard) as f64;
        let n_same_min = (SAME_MIN * n_least + SAME_WORDS_MIN).min(SAME_OF_FEW_MIN * n_least);
        if n_found == 0 || (n_found as f64) < n_same_min {
            return Err(OtherSound { n_words, n_found });
        }
        let sides = Sides { page: &written, heard: &known, left_out: &heard.left_out };
        sides.find_unsaid(&mut matches, &mut sentences);
        let around = forced::around(&matches, &sentences);
        let times = sides.times(&mut matches, &sentences);
        let known = forced::Known {
            page: &written,
            times: &times,
            around: &around,
            length: heard.duration,
        };
        let windows = known.windows();
        Ok(Laying { page, heard, matches, sentences, times, around, windows })
    }

    /// The windows of the sound in which words that were not heard are to be looked for by force.
    pub fn windows(&self) -> &[ForcedWindow] {
        &self.windows
    }

    /// The text with its times. `forced` are the answers for the first of [`Self::windows`], in order; of
    /// a window without one, words share the time of what was heard in their place.
    pub fn finish(mut self, forced: &[Option<Vec<Forced>>]) -> Aligned {
        let mut times = self.times.clone();
        let written: Vec<&Word> = words(&self.page).collect();
        let known = forced::Known {
            page: &written,
            times: &self.times,
            around: &self.around,
            length: self.heard.duration,
        };
        for (window, forced) in self.windows.iter().zip(forced) {
            if let Some(forced) = forced {
                known.place(window, forced, &mut times);
            }
        }
        self.times = times;
        self.aligned()
    }

    fn aligned(self) -> Aligned {
        let Laying { page, heard, matches, sentences, times, .. } = self;
        let written: Vec<&Word> = words(&page).collect();
        let known: Vec<&Word> = words(heard).collect();
        let is_corrected = !are_alike(&page, heard);
        let owners = owners(&page, heard, &matches.found);
        let speakers =
            page.speakers.iter().map(|one| known_as(one, &page, heard, &owners)).collect();
        let alignment = paragraphs_of(&page, heard, &matches, &sentences, &times, &owners);
        let unwritten = unwritten(&known, &matches);
        let changes = respelt::respelt(&written, &known, &matches, &times);
        let places: Vec<(usize, String)> =
            page.chapters().into_iter().map(|(at, chapter)| (at, chapter.title.clone())).collect();
        let place = |mark: &LeftOut| {
            (written.partition_point(|word| word.span.middle() < mark.span.middle()), *mark)
        };
        let marks: Vec<(usize, LeftOut)> = page.left_out.iter().map(place).collect();
        let mut left = times.into_iter();
        let mut segments: Vec<Segment> = Vec::with_capacity(page.segments.len());
        for (mut segment, sentence) in page.segments.into_iter().zip(&sentences) {
            let words = std::mem::take(&mut segment.words);
            segment.words = in_order(words.into_iter().zip(left.by_ref()));
            let (first, last) =
                (segment.words[0].span, segment.words[segment.words.len() - 1].span);
            segment.span = Span::new(first.start(), last.end()).unwrap_or(first);
            if !sentence.is_said {
                segment.doubt = Some(Doubt::Unsaid);
            }
            segments.push(segment);
        }
        let spans: Vec<Span> =
            segments.iter().flat_map(|segment| &segment.words).map(|word| word.span).collect();
        let mut left_out = left_out::left_out(&marks, &spans, &heard.left_out);
        let as_left_out = |span: &Span| LeftOut { span: *span, is_spoken: false, speaker: None };
        left_out.extend(unwritten.iter().map(as_left_out));
        left_out.sort_by_key(|one| one.span);
        let mut about = heard.about.clone();
        about.chapters = chapters(places, heard, &segments);
        let given = page.about;
        // The head of a page is show and episode in one line.
        let show = format!("{} - ", about.show);
        let title = given.title.strip_prefix(show.as_str()).unwrap_or(&given.title);
        about.title =
            Some(title.to_owned()).filter(|title| !title.is_empty()).unwrap_or(about.title);
        about.notes = Some(given.notes).filter(|notes| !notes.is_empty()).unwrap_or(about.notes);
        about.lead = Some(given.lead).filter(|lead| !lead.is_empty()).unwrap_or(about.lead);
        segments.sort_by_key(|segment| segment.span.start());
        let end = segments.iter().map(|segment| segment.span.end()).max().unwrap_or_default();
        let mut provenance = heard.provenance.clone();
        provenance.corrected |= is_corrected;
        let transcript = Transcript {
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
            changes,
            // The marks of a page are those of its writer, too.
            suggestions: Vec::new(),
            alignment,
            provenance,
        };
        Aligned { transcript, unwritten }
    }
}

/// The segments of a page as sentences of paragraphs.
fn sentences(page: &Transcript) -> Vec<Sentence> {
    let (mut word, mut paragraph) = (0, 0);
    let mut before: Option<Option<SpeakerId>> = None;
    let sentence = |segment: &Segment| {
        let words = word..word + segment.words.len();
        word = words.end;
        let opens = segment.opens != Opening::Nothing || before != Some(segment.speaker);
        paragraph += usize::from(opens && before.is_some());
        before = Some(segment.speaker);
        Sentence { words, paragraph, is_said: true }
    };
    page.segments.iter().map(sentence).collect()
}

/// The words of each paragraph of `sentences`.
fn paragraphs(sentences: &[Sentence]) -> Vec<Range<usize>> {
    let paragraphs = sentences.chunk_by(|one, next| one.paragraph == next.paragraph);
    paragraphs.map(|all| all[0].words.start..all[all.len() - 1].words.end).collect()
}

/// How sure each paragraph is.
fn paragraphs_of(
    page: &Transcript,
    heard: &Transcript,
    matches: &Matches,
    sentences: &[Sentence],
    times: &[Timed],
    owners: &BTreeMap<SpeakerId, SpeakerId>,
) -> Vec<AlignedParagraph> {
    let voices = speakers_of_words(heard);
    let mut latest = Time::default();
    let mut segment = 0;
    let paragraph = |all: &[Sentence]| {
        let words = all[0].words.start..all[all.len() - 1].words.end;
        let (n_words, n_heard) = matches.n_spoken_and_found(words.clone());
        let speaker = page.segments[segment].speaker;
        let opening = page.segments[segment].text();
        segment += all.len();
        let owner = speaker.and_then(|speaker| owners.get(&speaker));
        let found = matches.found[words.clone()].iter().flatten();
        let heard_voices: Vec<SpeakerId> = found.filter_map(|it| voices[it.start]).collect();
        let n_own = heard_voices.iter().filter(|voice| Some(*voice) == owner).count();
        let voice = (!heard_voices.is_empty() && owner.is_some())
            .then(|| n_own as f32 / heard_voices.len() as f32);
        let said = all.iter().filter(|sentence| sentence.is_said);
        let said: Vec<usize> = said.flat_map(|sentence| sentence.words.clone()).collect();
        let span = (|| {
            let (first, last) = (said.first()?, said.last()?);
            Span::new(times[*first].start, times[*last].end)
        })();
        let is_moved = span.is_some_and(|span| span.start() < latest);
        latest = latest.max(span.map_or(latest, Span::start));
        AlignedParagraph { opening, speaker, span, n_words, n_heard, voice, is_moved }
    };
    sentences.chunk_by(|one, next| one.paragraph == next.paragraph).map(paragraph).collect()
}

/// What was heard and nobody wrote: so many words in a row that no slip explains it.
fn unwritten(heard: &[&Word], matches: &Matches) -> Vec<Span> {
    let n_sound = |run: &Range<usize>| run.clone().filter(|word| matches.is_sound[*word]).count();
    let unwritten = runs_without(&matches.is_written).into_iter();
    let long = unwritten.filter(|run| n_sound(run) >= UNWRITTEN_MIN);
    let span =
        |run: Range<usize>| Span::new(heard[run.start].span.start(), heard[run.end - 1].span.end());
    long.filter_map(span).collect()
}

/// The runs of places that have no `marks`, in order.
fn runs_without(marks: &[bool]) -> Vec<Range<usize>> {
    let mut at = 0;
    let chunks = marks.chunk_by(|one, next| one == next).map(|chunk| {
        at += chunk.len();
        (chunk[0], at - chunk.len()..at)
    });
    chunks.filter(|(is_marked, _)| !is_marked).map(|(_, run)| run).collect()
}

/// The speaker of each word.
fn speakers_of_words(transcript: &Transcript) -> Vec<Option<SpeakerId>> {
    let segments = transcript.segments.iter();
    segments.flat_map(|segment| vec![segment.likely_speaker(); segment.words.len()]).collect()
}

/// All words of `transcript`.
fn words(transcript: &Transcript) -> impl Iterator<Item = &Word> {
    transcript.segments.iter().flat_map(|segment| &segment.words)
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

/// The words of a segment with their times, sorted and disjoint, a millisecond long at least.
fn in_order(words: impl Iterator<Item = (Word, Timed)>) -> Vec<Word> {
    let mut free = Time::default();
    let word = |(word, timed): (Word, Timed)| {
        let start = timed.start.max(free);
        free = timed.end.max(start.plus(MILLISECOND));
        let span = Span::new(start, free).unwrap_or(word.span);
        let Timed { is_timed, is_forced, probability, .. } = timed;
        Word { span, is_timed, is_forced, probability, ..word }
    };
    words.map(word).collect()
}

/// Whose words in `heard` those of each person of `text` are, most often.
fn owners(
    text: &Transcript,
    heard: &Transcript,
    found: &[Option<Range<usize>>],
) -> BTreeMap<SpeakerId, SpeakerId> {
    let (ours, theirs) = (speakers_of_words(text), speakers_of_words(heard));
    let mut counts: BTreeMap<SpeakerId, BTreeMap<SpeakerId, usize>> = BTreeMap::new();
    for (own, found) in ours.iter().zip(found) {
        let other = found.as_ref().and_then(|words| theirs[words.start]);
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
