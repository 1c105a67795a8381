//! Words with times and nothing around them, in segments.
//!
//! Files for scorers and aligners know no sentences. A segment ends where a sentence does or
//! where nobody speaks for a second.

use super::import::{Import, Token};
use crate::base::{
    speech::{SpeakerId, ends_sentence},
    time::Time,
    transcript::Opening,
};

/// A silence in which a sentence is over.
const SILENCE: Time = Time::from_millis(1_000);

/// Adds `words` of `speaker` to `import`; all have times.
pub(super) fn push_words(import: &mut Import, speaker: Option<SpeakerId>, words: Vec<Token>) {
    let mut segment: Vec<Token> = Vec::new();
    for word in words {
        let is_over = segment.last().is_some_and(|last| {
            let pause = last.span.zip(word.span);
            ends_sentence(&last.text)
                || pause.is_some_and(|(last, next)| next.0 > last.1.plus(SILENCE))
        });
        if is_over {
            push(import, speaker, std::mem::take(&mut segment));
        }
        segment.push(word);
    }
    push(import, speaker, segment);
}

fn push(import: &mut Import, speaker: Option<SpeakerId>, words: Vec<Token>) {
    let first = words.first().and_then(|word| word.span);
    let last = words.last().and_then(|word| word.span);
    if let Some((first, last)) = first.zip(last) {
        import.push_words(speaker, words, (first.0, last.1.max(first.0)), Opening::Nothing);
    }
}
