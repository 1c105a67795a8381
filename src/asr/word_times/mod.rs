//! When words begin and end: every rule of it, in the order in which they apply.
//!
//! 1. By the alignment, a token begins where the one before it ends, and a word ends with its last
//!    letter: the pause after it belongs to its punctuation, or to the next word (`AlignedSpan`).
//! 2. A word lasts no longer than its letters allow, and begins after the last pause that the level
//!    shows in it; it ends where its voice does (`place`, `pauses`).
//! 3. Where somebody talks is known better than that: a word lies in one region of speech, and in
//!    one piece of its window ([`in_episode`]).
//!
//! When *tokens* end is the engines' to say: `int8::align`, and whisper.cpp.

mod pauses;

use super::windows::Window;
use crate::base::{
    evidence::Evidence,
    marks::MarkScores,
    speech::Word,
    time::{Span, Time},
};
use pauses::Pauses;
#[cfg(feature = "int8")]
use std::ops::Range;

/// Longest that a slow announcer takes for a letter, and for a figure, which is a
/// word of its own. The alignment counts a pause to the word after it; this bound
/// takes most of it off again.
const LETTER_MAX: Time = Time::from_millis(100);
const FIGURE_MAX: Time = Time::from_millis(400);

/// Added to it for each word.
const WORD_EXTRA_MAX: Time = Time::from_millis(200);

/// How much longer a word may last where the level tells its onset.
const ONSET_EXTRA_MAX: Time = Time::from_millis(500);

/// How much later a word may end where the level tells its offset.
const OFFSET_EXTRA_MAX: Time = Time::from_millis(1_000);

/// Shortest that a word lasts.
const WORD_MIN: Time = Time::from_millis(20);

/// Where the alignment has a word.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct AlignedSpan {
    start: Time,
    /// Where its last letter ends.
    end: Time,
}

impl AlignedSpan {
    /// Of a word that begins where the token before it ends.
    pub(super) fn starting_at(start: Time) -> AlignedSpan {
        AlignedSpan { start, end: start }
    }

    /// Adds a token that ends at `end`, and is no mark: a mark is not spoken, its time is a pause.
    pub(super) fn extend(&mut self, end: Time) {
        self.end = end;
    }
}

/// A word with all its letters and marks, and where the alignment has it.
pub(super) struct AlignedWord {
    pub(super) spelling: String,
    pub(super) span: AlignedSpan,
    /// In `0.0..=1.0`.
    pub(super) probability: f32,
    /// What else the decoder knows.
    pub(super) evidence: Option<Evidence>,
    /// What may stand behind it.
    pub(super) marks: Option<MarkScores>,
}

/// `aligned` in a window that is `samples`: sorted, disjoint, none empty, all inside the window.
pub(super) fn place(aligned: Vec<AlignedWord>, samples: &[f32]) -> Vec<Word> {
    let window = samples.len().max(1) as u64;
    let pauses = Pauses::measure(samples);
    let n_words = aligned.len() as u64;
    // A window too short for its words still keeps every one of them.
    let shortest = WORD_MIN.samples().min(window / n_words.max(1)).max(1);
    let mut words = Vec::with_capacity(aligned.len());
    let mut free_from = 0;
    for (word_idx, aligned) in aligned.into_iter().enumerate() {
        let AlignedWord { spelling, span, probability, evidence, marks } = aligned;
        // Each later word keeps room for its shortest form before the end.
        let room_after = (n_words - word_idx as u64) * shortest;
        let latest = window.saturating_sub(room_after).max(free_from);
        let end = span.end.samples().clamp(free_from + shortest, latest + shortest);
        let mut start = span.start.samples().max(end.saturating_sub(longest(&spelling)));
        let onset = pauses.onset(free_from..end);
        if let Some(onset) = onset.filter(|onset| start <= onset + ONSET_EXTRA_MAX.samples()) {
            start = onset;
        }
        let start = start.clamp(free_from, end - shortest);
        let span = Span::new(Time::from_samples(start), Time::from_samples(end));
        let word = |span| Word { evidence, marks, ..Word::new(spelling, span, Some(probability)) };
        words.extend(span.map(word));
        free_from = end;
    }
    prolong(&mut words, &pauses, window);
    words
}

/// Words end where their voices do, if that is later, and before the next one.
fn prolong(words: &mut [Word], pauses: &Pauses, window: u64) {
    for word_idx in 0..words.len() {
        let next_start = words.get(word_idx + 1).map_or(window, |next| next.span.start().samples());
        let span = &mut words[word_idx].span;
        let end = span.end().samples();
        let room = end..next_start.min(end + OFFSET_EXTRA_MAX.samples());
        let offset = pauses.offset(span.start().samples()..end, room);
        let later = offset
            .filter(|offset| *offset > end)
            .and_then(|offset| Span::new(span.start(), Time::from_samples(offset)));
        *span = later.unwrap_or(*span);
    }
}

/// The pauses between voices in a window that is `samples`, in samples: between two words, one ends
/// in it and the other begins behind it.
#[cfg(feature = "int8")]
pub(super) fn pauses_between_words(samples: &[f32]) -> Vec<Range<u64>> {
    Pauses::measure(samples).between_words()
}

/// Longest that `word` lasts, in samples.
fn longest(word: &str) -> u64 {
    let longest = |character: char| match character {
        '0'..='9' | '%' | '€' => FIGURE_MAX,
        _ => LETTER_MAX,
    };
    WORD_EXTRA_MAX.samples() + word.chars().map(|c| longest(c).samples()).sum::<u64>()
}

/// `words` of `window` in the times of the episode: still sorted and disjoint.
///
/// The alignment counts pauses to words: each keeps its longest part in one region of `speech`,
/// which is in the window's times, or all of itself where nobody talks. A word that reaches over a
/// place where sound was left out is then where `Window::to_episode` has it.
pub fn in_episode(mut words: Vec<Word>, window: &Window, speech: &[Span]) -> Vec<Word> {
    for word in &mut words {
        let spoken = speech.iter().rev().filter_map(|region| region.overlap(word.span));
        // Of equal parts the earlier one: `max_by_key` keeps the last.
        let spoken = spoken.max_by_key(|part| part.samples()).unwrap_or(word.span);
        word.span = window.to_episode(spoken);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asr::windows::{WindowSettings, pack};

    #[test]
    fn a_word_keeps_its_longest_part_in_speech_and_in_one_piece_of_its_window() {
        // Ten seconds of talk, twenty of music, ten of talk: one window of 20 s.
        let regions = [span(0, 10_000), span(30_000, 40_000)];
        let settings = WindowSettings { margin: Time::default(), ..WindowSettings::WHISPER };
        let windows = pack(&regions, Time::from_millis(40_000), settings, &|span| span.start());
        let [window] = windows.as_slice() else { panic!("{windows:?}") };
        let speech = [span(0, 4_000), span(5_000, 10_000), span(10_000, 20_000)];
        for (aligned, expected) in [
            (span(3_000, 5_500), span(3_000, 4_000)),
            (span(3_500, 5_500), span(3_500, 4_000)),
            (span(9_000, 12_000), span(30_000, 32_000)),
            (span(4_200, 4_600), span(4_200, 4_600)),
        ] {
            let words = in_episode(vec![Word::new("mot", aligned, None)], window, &speech);
            assert_eq!(words[0].span, expected, "{aligned:?}");
        }
    }

    fn span(start_ms: u64, end_ms: u64) -> Span {
        Span::new(Time::from_millis(start_ms), Time::from_millis(end_ms)).unwrap()
    }
}
