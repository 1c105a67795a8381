//! Subtitles: SubRip and WebVTT.
//!
//! A segment longer than a screen is cut into cues, at a mark if there is one
//! near, and a cue into two lines of like length. SubRip has no standard; the
//! form below is what players agree on. WebVTT: W3C, "WebVTT: The Web Video Text
//! Tracks Format".

use super::{TO_CHECK, labelled};
use crate::{
    speech::{SpeakerId, Word},
    time::{Span, Time},
    transcript::{Segment, Transcript},
};

/// Characters of a line. 42 is what broadcasters and streaming services agree on.
const LINE: usize = 42;

/// Characters of a cue: two lines.
const CUE: usize = 2 * LINE;

/// Longest a cue stays on screen.
const LONGEST: Time = Time::from_millis(7_000);

/// Shortest a cue stays, if the next one does not need the screen.
const SHORTEST: Time = Time::from_millis(1_000);

/// One screen of subtitle.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Cue {
    span: Span,
    speaker: Option<SpeakerId>,
    lines: Vec<String>,
}

/// The transcript as a SubRip file: a name where somebody else begins. Empty where
/// nothing is said.
pub fn srt(transcript: &Transcript) -> String {
    let cues = cues(transcript);
    let cue = |(index, cue): (usize, &Cue)| {
        let before = index.checked_sub(1).and_then(|before| cues[before].speaker);
        let name = name(transcript, cue.speaker).filter(|_| before != cue.speaker);
        let label = name.map(labelled).unwrap_or_default();
        let text = format!("{label}{}", cue.lines.join("\n")).replace("-->", "→");
        format!(
            "{}\n{} --> {}\n{text}\n\n",
            index + 1,
            stamp(cue.span.start(), ','),
            stamp(cue.span.end(), ',')
        )
    };
    cues.iter().enumerate().map(cue).collect()
}

/// The transcript as a WebVTT file, each cue in its speaker's voice span.
pub fn vtt(transcript: &Transcript) -> String {
    let cue = |cue: &Cue| {
        let voice = name(transcript, cue.speaker).map(|name| format!("<v {}>", escaped(name)));
        let text = escaped(&cue.lines.join("\n"));
        let voice = voice.unwrap_or_default();
        format!(
            "\n{} --> {}\n{voice}{text}\n",
            stamp(cue.span.start(), '.'),
            stamp(cue.span.end(), '.')
        )
    };
    let cues: String = cues(transcript).iter().map(cue).collect();
    format!("WEBVTT\n{cues}")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn name(transcript: &Transcript, speaker: Option<SpeakerId>) -> Option<&str> {
    let known = transcript.speakers.iter().find(|known| Some(known.id) == speaker);
    known.map(|known| known.name.as_str())
}

/// `00:41:07,250`, with `mark` before the milliseconds.
fn stamp(time: Time, mark: char) -> String {
    let millis = time.as_millis();
    let (seconds, rest) = (millis / 1_000, millis % 1_000);
    format!("{:02}:{:02}:{:02}{mark}{rest:03}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

fn cues(transcript: &Transcript) -> Vec<Cue> {
    let mut cues: Vec<Cue> = transcript.segments.iter().flat_map(screens).collect();
    let starts: Vec<Time> = cues.iter().map(|cue| cue.span.start()).collect();
    for (index, cue) in cues.iter_mut().enumerate() {
        let next = starts.get(index + 1).copied().unwrap_or(transcript.duration);
        let readable = cue.span.start().plus(SHORTEST).min(next);
        let end = cue.span.end().max(readable);
        cue.span = Span::new(cue.span.start(), end).unwrap_or(cue.span);
    }
    cues
}

/// A segment cut into as few screens as it takes.
fn screens(segment: &Segment) -> Vec<Cue> {
    let mut words: Vec<&Word> = segment.words.iter().collect();
    let mut mark = segment.doubt.map(|_| TO_CHECK);
    let mut cues = Vec::new();
    while !words.is_empty() {
        let (text_length, rest) = (length(&words), words.len());
        let taken =
            if text_length <= CUE && fits_in_time(&words) { rest } else { best_break(&words) };
        let later = words.split_off(taken);
        let texts = mark.take().into_iter().chain(words.iter().map(|word| word.text.as_str()));
        let lines = two_lines(&texts.collect::<Vec<_>>());
        let (first, last) = (words[0].span, words[words.len() - 1].span);
        cues.extend(Span::new(first.start(), last.end()).map(|span| Cue {
            span,
            speaker: segment.speaker,
            lines,
        }));
        words = later;
    }
    cues
}

fn length(words: &[&Word]) -> usize {
    words.iter().map(|word| word.text.chars().count() + 1).sum::<usize>().saturating_sub(1)
}

fn fits_in_time(words: &[&Word]) -> bool {
    let (first, last) = (words[0].span, words[words.len() - 1].span);
    last.end().minus(first.start()) <= LONGEST
}

/// How many words the next screen takes: up to a mark in its second half if
/// there is one, else as many as an even share, so that no word is left alone.
fn best_break(words: &[&Word]) -> usize {
    let fits = |count: &usize| length(&words[..*count]) <= CUE && fits_in_time(&words[..*count]);
    let most = (1..=words.len()).rev().find(fits).unwrap_or(1);
    let marked =
        |count: &usize| words[count - 1].text.ends_with([',', ';', ':', '.', '?', '!', '…', '»']);
    let n_screens = words.len().div_ceil(most);
    let even = words.len().div_ceil(n_screens).min(most);
    (most / 2..=most).rev().filter(|count| *count > 0).find(marked).unwrap_or(even).max(1)
}

/// One line if it fits, else two of like length; a third only for a huge word.
fn two_lines(texts: &[&str]) -> Vec<String> {
    let whole = texts.join(" ");
    if whole.chars().count() <= LINE || texts.len() < 2 {
        return vec![whole];
    }
    let line = |part: &[&str]| part.join(" ").chars().count();
    let unevenness = |at: &usize| {
        let (top, bottom) = (line(&texts[..*at]), line(&texts[*at..]));
        // The longer line counts first: both should fit.
        (top.max(bottom), top.abs_diff(bottom))
    };
    let at = (1..texts.len()).min_by_key(unevenness).unwrap_or(1);
    vec![texts[..at].join(" "), texts[at..].join(" ")]
}
