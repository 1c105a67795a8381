//! Text with times, for reading.

use super::{labelled, shown};
use crate::{speech::SpeakerId, time::Time, transcript::Transcript};

/// Silence behind which a new paragraph begins.
const PAUSE: Time = Time::from_millis(1_500);

/// A paragraph that has grown to this many characters ends with its sentence.
const LONG: usize = 500;

/// Paragraphs headed by their time, an empty line between them. Who speaks is said where
/// somebody else begins: `[00:00:04] Voix off : Bonjour…`, with a no-break space.
pub fn txt(transcript: &Transcript) -> String {
    let mut text = String::new();
    let mut last: Option<Paragraph> = None;
    for segment in &transcript.segments {
        let said = shown(segment);
        let length = said.chars().count();
        let is_same = last.as_ref().is_some_and(|last| last.speaker == segment.speaker);
        let goes_on = last.as_ref().filter(|last| {
            is_same && last.length < LONG && segment.span.start().minus(last.end) < PAUSE
        });
        let before = goes_on.map_or(0, |paragraph| paragraph.length);
        if goes_on.is_some() {
            text.push(' ');
        } else {
            let gap = if text.is_empty() { "" } else { "\n\n" };
            text.push_str(&format!("{gap}[{}] ", segment.span.start()));
            if let Some(name) = transcript.name_of(segment).filter(|_| !is_same) {
                text.push_str(&labelled(name));
            }
        }
        text.push_str(&said);
        let (speaker, end) = (segment.speaker, segment.span.end());
        last = Some(Paragraph { speaker, end, length: before + length });
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// The paragraph being written.
struct Paragraph {
    speaker: Option<SpeakerId>,
    end: Time,
    /// Characters so far.
    length: usize,
}
