//! From the recogniser's tokens to words.
//!
//! A token is a run of *bytes*: « é » or « … » may be split between two tokens.
//! So bytes are gathered until a word is whole, and only then decoded as UTF-8.
//! A word begins at a token that begins with a space.

use super::word_times::{AlignedSpan, AlignedWord, place};
use crate::base::{evidence::Evidence, marks::MarkScores, speech::Word, time::Time};

/// One text token of an answer, in the order of speech.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token {
    /// Bytes of the text, with the space before a new word.
    pub bytes: Vec<u8>,
    /// Instant of the window at which the token ends, by the alignment.
    pub end: Time,
    /// Probability, in `0.0..=1.0`.
    pub probability: f32,
    /// Of the last token of a word: what may stand behind it.
    pub marks: Option<MarkScores>,
    /// Log probability in a second reading; `None` where there was none.
    pub reading: Option<f32>,
}

/// The words of a window that is `samples`.
///
/// [`word_times`](super::word_times) says when they begin and end. They are sorted and disjoint,
/// none is empty and all lie inside the window, whatever times the tokens have.
///
/// Bytes that are no UTF-8 become U+FFFD. A punctuation mark that stands alone
/// joins the word before it after a no-break space (« ! », « ? », « : », « ; »,
/// « » »), or the word after it (« « », « - »).
pub(crate) fn words(tokens: &[Token], samples: &[f32]) -> Vec<Word> {
    let mut drafts: Vec<WordDraft> = Vec::new();
    let mut start = Time::default();
    for token in tokens {
        if token.bytes.first() == Some(&b' ') || drafts.is_empty() {
            drafts
                .push(WordDraft { span: AlignedSpan::starting_at(start), ..WordDraft::default() });
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
    span: AlignedSpan,
    log_probability: f32,
    n_tokens: u16,
    /// Log probabilities of the tokens that are no marks: in the search, in a second reading.
    evidence: (f32, Option<f32>),
    marks: Option<MarkScores>,
}

impl WordDraft {
    fn push(&mut self, token: &Token) {
        self.bytes.extend_from_slice(&token.bytes);
        let log_probability = token.probability.max(f32::MIN_POSITIVE).ln();
        if !is_mark(&token.bytes) {
            self.span.extend(token.end);
            let (search, reading) = self.evidence;
            let reading = token.reading.map(|of_token| reading.unwrap_or(0.0) + of_token);
            self.evidence = (search + log_probability, reading);
        }
        self.log_probability += log_probability;
        self.n_tokens += 1;
        self.marks = token.marks.or(self.marks);
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
pub(super) fn is_mark(bytes: &[u8]) -> bool {
    str::from_utf8(bytes).is_ok_and(|text| !text.chars().any(is_spoken))
}

/// Letters, figures, and signs that are read aloud. U+FFFD stands for bytes that may be either.
fn is_spoken(character: char) -> bool {
    character.is_alphanumeric() || "%€$&+=°\u{fffd}".contains(character)
}

/// Drafts with no letter or digit join a neighbour.
fn attach_marks(drafts: Vec<WordDraft>) -> Vec<AlignedWord> {
    let mut words: Vec<AlignedWord> = Vec::new();
    let mut opening = String::new();
    for draft in drafts {
        let text = draft.text();
        if text.is_empty() {
            continue;
        }
        if draft.has_letters() {
            let spelling = std::mem::take(&mut opening) + &text;
            let (span, probability, marks) = (draft.span, draft.probability(), draft.marks);
            let (search, reading) = draft.evidence;
            let evidence = reading.map(|reading| Evidence::new(search, reading));
            words.push(AlignedWord { spelling, span, probability, evidence, marks });
        } else if text.starts_with(['«', '“', '-', '–', '—', '(', '[']) {
            opening.push_str(&text);
            if !text.starts_with(['(', '[']) {
                opening.push('\u{a0}');
            }
        } else if let Some(AlignedWord { spelling, .. }) = words.last_mut() {
            if text.starts_with(['!', '?', ':', ';', '»']) {
                spelling.push('\u{a0}');
            }
            spelling.push_str(&text);
        }
    }
    words
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

    #[test]
    fn evidence_is_that_of_the_letters() {
        let mut tokens = [token(b" mi", 100), token(b"di", 300), token(b",", 700)];
        assert_eq!(words(&tokens, &silence(1_000))[0].evidence, None);
        for (token, reading) in tokens.iter_mut().zip([-0.5, -0.25, -9.0]) {
            token.reading = Some(reading);
        }
        let evidence = Evidence::new(2.0 * 0.5_f32.ln(), -0.75);
        assert_eq!(words(&tokens, &silence(1_000))[0].evidence, Some(evidence));
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
        let end = Time::from_millis(end_ms);
        Token { bytes: bytes.to_vec(), end, probability: 0.5, marks: None, reading: None }
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
