//! From the recogniser's tokens to words.
//!
//! A token is a run of *bytes*: « é » or « … » may be split between two tokens.
//! So bytes are gathered until a word is whole, and only then decoded as UTF-8.
//! A word begins at a token that begins with a space.

use super::pauses::Pauses;
use crate::base::{
    speech::Word,
    time::{Span, Time},
};

/// One text token of an answer, in the order of speech.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    /// Bytes of the text, with the space before a new word.
    pub bytes: Vec<u8>,
    /// Instant of the window at which the token ends, by the alignment.
    pub end: Time,
    /// Probability, in `0.0..=1.0`.
    pub probability: f32,
}

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

/// The words of a window that is `samples`.
///
/// A token begins where the one before it ends. A word ends with its last letter:
/// the pause after it belongs to its punctuation, or to the next word, which then
/// begins no earlier than its letters allow. A pause that the level shows belongs
/// to no word. Words are sorted and disjoint, none is empty and all lie inside the
/// window, whatever times the tokens have.
///
/// Bytes that are no UTF-8 become U+FFFD. A punctuation mark that stands alone
/// joins the word before it after a no-break space (« ! », « ? », « : », « ; »,
/// « » »), or the word after it (« « », « - »).
pub fn words(tokens: &[Token], samples: &[f32]) -> Vec<Word> {
    let mut drafts: Vec<WordDraft> = Vec::new();
    let mut start = Time::default();
    for token in tokens {
        if token.bytes.first() == Some(&b' ') || drafts.is_empty() {
            drafts.push(WordDraft { start, end: start, ..WordDraft::default() });
        }
        if let Some(draft) = drafts.last_mut() {
            draft.push(token);
        }
        start = token.end;
    }
    place(attach_marks(drafts), samples)
}

/// A word whose tokens are being gathered.
#[derive(Debug, Default)]
struct WordDraft {
    bytes: Vec<u8>,
    start: Time,
    /// Where its last letter ends.
    end: Time,
    log_probability: f32,
    n_tokens: u16,
}

impl WordDraft {
    fn push(&mut self, token: &Token) {
        self.bytes.extend_from_slice(&token.bytes);
        if !is_mark(&token.bytes) {
            self.end = token.end;
        }
        self.log_probability += token.probability.max(f32::MIN_POSITIVE).ln();
        self.n_tokens += 1;
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).trim().to_owned()
    }

    fn has_letters(&self) -> bool {
        String::from_utf8_lossy(&self.bytes).chars().any(is_spoken)
    }

    /// Geometric mean over its tokens: a word of many is not less sure for that.
    fn probability(&self) -> f32 {
        (self.log_probability / f32::from(self.n_tokens.max(1))).exp().clamp(0.0, 1.0)
    }
}

/// Whether a token is punctuation. Bytes of half a letter are not: only whole characters count.
fn is_mark(bytes: &[u8]) -> bool {
    str::from_utf8(bytes).is_ok_and(|text| !text.chars().any(is_spoken))
}

/// Letters, figures, and signs that are read aloud. U+FFFD stands for bytes that may be either.
fn is_spoken(character: char) -> bool {
    character.is_alphanumeric() || "%€$&+=°\u{fffd}".contains(character)
}

/// A word with all its letters and marks.
struct SpelledWord {
    draft: WordDraft,
    spelling: String,
}

/// Drafts with no letter or digit join a neighbour.
fn attach_marks(drafts: Vec<WordDraft>) -> Vec<SpelledWord> {
    let mut words: Vec<SpelledWord> = Vec::new();
    let mut opening = String::new();
    for draft in drafts {
        let text = draft.text();
        if text.is_empty() {
            continue;
        }
        if draft.has_letters() {
            let spelling = std::mem::take(&mut opening) + &text;
            words.push(SpelledWord { draft, spelling });
        } else if text.starts_with(['«', '“', '-', '–', '—', '(', '[']) {
            opening.push_str(&text);
            if !text.starts_with(['(', '[']) {
                opening.push('\u{a0}');
            }
        } else if let Some(SpelledWord { spelling, .. }) = words.last_mut() {
            if text.starts_with(['!', '?', ':', ';', '»']) {
                spelling.push('\u{a0}');
            }
            spelling.push_str(&text);
        }
    }
    words
}

/// Gives the words their final times.
fn place(spelled: Vec<SpelledWord>, samples: &[f32]) -> Vec<Word> {
    let window = samples.len().max(1) as u64;
    let pauses = Pauses::measure(samples);
    let n_words = spelled.len() as u64;
    // A window too short for its words still keeps every one of them.
    let shortest = WORD_MIN.samples().min(window / n_words.max(1)).max(1);
    let mut words = Vec::with_capacity(spelled.len());
    let mut free_from = 0;
    for (word_idx, SpelledWord { draft, spelling }) in spelled.into_iter().enumerate() {
        // Each later word keeps room for its shortest form before the end.
        let room_after = (n_words - word_idx as u64) * shortest;
        let latest = window.saturating_sub(room_after).max(free_from);
        let end = draft.end.samples().clamp(free_from + shortest, latest + shortest);
        let mut start = draft.start.samples().max(end.saturating_sub(longest(&spelling)));
        let onset = pauses.onset(free_from..end);
        if let Some(onset) = onset.filter(|onset| start <= onset + ONSET_EXTRA_MAX.samples()) {
            start = onset;
        }
        let start = start.clamp(free_from, end - shortest);
        let span = Span::new(Time::from_samples(start), Time::from_samples(end));
        words.extend(span.map(|span| Word::new(spelling, span, Some(draft.probability()))));
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

/// Longest that `word` lasts, in samples.
fn longest(word: &str) -> u64 {
    let longest = |character: char| match character {
        '0'..='9' | '%' | '€' => FIGURE_MAX,
        _ => LETTER_MAX,
    };
    WORD_EXTRA_MAX.samples() + word.chars().map(|c| longest(c).samples()).sum::<u64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_letter_cut_in_two_tokens_is_one_letter() {
        check(&[(b" caf\xc3", 200), (b"\xa9", 300), (b" noir", 500)], "café 0-300 | noir 300-500");
    }

    #[test]
    fn the_pause_after_a_comma_belongs_to_no_word() {
        check(&[(b" oui", 300), (b",", 700), (b" non", 900)], "oui, 0-300 | non 700-900");
    }

    #[test]
    fn a_mark_alone_joins_its_word_after_a_no_break_space() {
        check(&[(b" pourquoi", 600), (b" ?", 700)], "pourquoi\u{a0}? 0-600");
        let quoted: &[(&[u8], u64)] = &[(b" \xc2\xab", 100), (b" oui", 400), (b" \xc2\xbb", 500)];
        check(quoted, "«\u{a0}oui\u{a0}» 100-400");
    }

    #[test]
    fn a_percent_sign_stays_a_word() {
        check(&[(b" 57", 400), (b" %", 900)], "57 0-400 | % 400-900");
    }

    #[test]
    fn an_apostrophe_or_a_hyphen_joins_two_tokens() {
        check(&[(b" l", 40), (b"'", 60), (b"eau", 300)], "l'eau 0-300");
        check(&[(b" va", 300), (b"-t", 400), (b"-il", 440)], "va-t-il 0-440");
    }

    #[test]
    fn times_that_go_back_do_not_make_words_overlap() {
        check(
            &[(b" un", 500), (b" deux", 200), (b" trois", 900)],
            "un 100-500 | deux 500-520 | trois 520-900",
        );
    }

    #[test]
    fn a_word_after_a_long_pause_does_not_fill_it() {
        let tokens = [token(b" oui", 300), token(b" non", 9_000)];
        assert_eq!(drawn(&words(&tokens, &silence(10_000))), "oui 0-300 | non 8500-9000");
    }

    #[test]
    fn a_pause_in_the_levels_ends_one_word_and_begins_the_next() {
        let tokens = [token(b" oui", 300), token(b" non", 900)];
        let mut samples = [vec![0.3; 400 * 16], silence(200), vec![0.3; 300 * 16]].concat();
        assert_eq!(drawn(&words(&tokens, &samples)), "oui 0-400 | non 600-900");
        samples[400 * 16..600 * 16].fill(0.02);
        assert_eq!(drawn(&words(&tokens, &samples)), "oui 0-300 | non 400-900");
    }

    #[test]
    fn a_drawn_out_word_begins_at_its_onset() {
        let tokens = [token(b" oui", 300), token(b" non", 1_900)];
        let samples = [vec![0.3; 300 * 16], silence(700), vec![0.3; 900 * 16]].concat();
        assert_eq!(drawn(&words(&tokens, &samples)), "oui 0-300 | non 1000-1900");
        let much_earlier = [token(b" oui", 300), token(b" non", 9_000)];
        let samples = [vec![0.3; 300 * 16], silence(700), vec![0.3; 8_000 * 16]].concat();
        assert_eq!(drawn(&words(&much_earlier, &samples)), "oui 0-300 | non 8500-9000");
    }

    proptest! {
        #[test]
        fn words_are_sorted_disjoint_inside_the_window_and_all_there(
            ends in proptest::collection::vec(0_u64..40_000, 0..300),
            window_ms in 1_000_u64..30_000,
            is_loud in proptest::collection::vec(any::<bool>(), 300),
        ) {
            let tokens: Vec<Token> = ends.iter().map(|&ms| token(b" mot", ms)).collect();
            let window = Time::from_millis(window_ms);
            let mut samples = silence(window_ms);
            for (tenth, is_loud) in samples.chunks_mut(1_600).zip(is_loud) {
                tenth.fill(if is_loud { 0.3 } else { 0.0 });
            }
            let words = words(&tokens, &samples);
            prop_assert_eq!(words.len(), ends.len());
            for pair in words.windows(2) {
                prop_assert!(pair[0].span.end() <= pair[1].span.start());
            }
            prop_assert!(words.iter().all(|word| word.span.end() <= window));
        }
    }

    fn token(bytes: &[u8], end_ms: u64) -> Token {
        Token { bytes: bytes.to_vec(), end: Time::from_millis(end_ms), probability: 0.5 }
    }

    /// Too quiet all along for a pause.
    fn silence(ms: u64) -> Vec<f32> {
        vec![0.0; Time::from_millis(ms).samples() as usize]
    }

    fn drawn(words: &[Word]) -> String {
        let draw = |word: &Word| {
            let (start, end) = (word.span.start().as_millis(), word.span.end().as_millis());
            format!("{} {start}-{end}", word.text)
        };
        words.iter().map(draw).collect::<Vec<_>>().join(" | ")
    }

    /// `(bytes, end in ms)` in a window of one second.
    #[track_caller]
    fn check(tokens: &[(&[u8], u64)], expected: &str) {
        let tokens: Vec<Token> = tokens.iter().map(|&(bytes, ms)| token(bytes, ms)).collect();
        assert_eq!(drawn(&words(&tokens, &silence(1_000))), expected);
    }
}
