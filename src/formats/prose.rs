//! Text with times, for reading.

use super::shown;
use crate::{time::Time, transcript::Transcript};

/// Silence behind which a new paragraph begins.
const PAUSE: Time = Time::from_millis(1_500);

/// A paragraph that has grown to this many characters ends with its sentence.
const LONG: usize = 500;

/// Paragraphs headed by their time, an empty line between them.
pub fn txt(transcript: &Transcript) -> String {
    let mut text = String::new();
    let mut last: Option<(Time, usize)> = None;
    for segment in &transcript.segments {
        let goes_on =
            last.filter(|&(end, length)| length < LONG && segment.span.start().minus(end) < PAUSE);
        let said = shown(segment);
        let length = said.chars().count();
        if let Some((_, before)) = goes_on {
            text.push(' ');
            last = Some((segment.span.end(), before + length));
        } else {
            let gap = if text.is_empty() { "" } else { "\n\n" };
            text.push_str(&format!("{gap}[{}] ", segment.span.start()));
            last = Some((segment.span.end(), length));
        }
        text.push_str(&said);
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}
