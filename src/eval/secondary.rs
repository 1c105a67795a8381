//! Figures beside the headline: what is only style, and what only matters on a page.

use super::{
    align::Edit,
    comparison::{AlignedPair, Comparison, FILLER_PAIRS, FILLERS},
    tokenized::{SourceWord, TokenizedTranscript},
};
use crate::base::speech::Gap;
use std::ops::Add;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// How many of some are correct.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    /// Those that are correct.
    pub correct: u64,
    /// All of them.
    pub total: u64,
}

impl Share {
    /// In `0.0..=1.0`; `None` of none.
    pub fn rate(self) -> Option<f64> {
        (self.total > 0).then(|| self.correct as f64 / self.total as f64)
    }

    fn count(cases: impl Iterator<Item = bool>) -> Share {
        cases.fold(Share::default(), |share, is_correct| Share {
            correct: share.correct + u64::from(is_correct),
            total: share.total + 1,
        })
    }
}

impl Add for Share {
    type Output = Share;
    fn add(self, other: Share) -> Share {
        Share { correct: self.correct + other.correct, total: self.total + other.total }
    }
}

/// Things that may be on both sides, on one, or on the other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct F1 {
    /// On both sides alike.
    pub both: u64,
    /// In the reference.
    pub reference: u64,
    /// In the hypothesis.
    pub hypothesis: u64,
}

impl F1 {
    /// Harmonic mean of precision and recall, in `0.0..=1.0`; `None` without any on either side.
    pub fn rate(self) -> Option<f64> {
        let either = self.reference + self.hypothesis;
        (either > 0).then(|| 2.0 * self.both as f64 / either as f64)
    }
}

impl Add for F1 {
    type Output = F1;
    fn add(self, other: F1) -> F1 {
        F1 {
            both: self.both + other.both,
            reference: self.reference + other.reference,
            hypothesis: self.hypothesis + other.hypothesis,
        }
    }
}

/// Tokens without disfluencies (fillers, words twice in a row) and without what an editor adds
/// (« ne », the « il » of « il y a »). It tells style from recognition where the reference is
/// clean.
pub(super) fn without_disfluencies<'a>(side: &'a TokenizedTranscript<'_>) -> Vec<&'a str> {
    let texts = side.texts();
    let mut kept: Vec<&str> = Vec::with_capacity(texts.len());
    let mut token_idx = 0;
    while token_idx < texts.len() {
        let text = texts[token_idx];
        let next = texts.get(token_idx + 1).copied();
        if next.is_some_and(|next| FILLER_PAIRS.contains(&[text, next])) {
            token_idx += 2;
            continue;
        }
        let is_il_y_a = text == "il" && next == Some("y") && texts.get(token_idx + 2) == Some(&"a");
        let is_style = is_il_y_a || matches!(text, "ne" | "n") || FILLERS.contains(&text);
        if !is_style && kept.last() != Some(&text) {
            kept.push(text);
        }
        token_idx += 1;
    }
    kept
}

/// Tokens without accents.
pub(super) fn without_accents(side: &TokenizedTranscript<'_>) -> Vec<String> {
    let bare = |text: &str| text.nfd().filter(|letter| !is_combining_mark(*letter)).collect();
    side.texts().into_iter().map(bare).collect()
}

/// Names of the reference, found where the hypothesis has the same token.
pub(super) fn names(comparison: &Comparison<'_>, names: &[String]) -> Share {
    recall(comparison, |token_idx| comparison.reference.is_name(token_idx, names))
}

/// Numbers of the reference. *un* and *une* are no numbers here: they are articles.
pub(super) fn numbers(comparison: &Comparison<'_>) -> Share {
    let is_number = |token_idx: usize| {
        let text = &comparison.reference.tokens[token_idx].text;
        text.starts_with(|first: char| first.is_ascii_digit()) && text != "1"
    };
    recall(comparison, is_number)
}

/// How many of the tokens of the reference that `counts` are found.
fn recall(comparison: &Comparison<'_>, counts: impl Fn(usize) -> bool) -> Share {
    let pairs = comparison.pairs.iter();
    let counted = pairs.filter(|pair| pair.reference.is_some_and(&counts));
    Share::count(counted.map(|pair| pair.edit == Edit::Match))
}

/// Punctuation after words that are a match or a substitution.
pub(super) fn punctuation(comparison: &Comparison<'_>) -> F1 {
    let mut f1 = F1::default();
    let pairs = counterparts(comparison, |pair| pair.edit != Edit::Insertion);
    for (reference_idx, hypothesis_idx) in pairs {
        let expected = comparison.reference.punctuation_after(reference_idx);
        let found = comparison.hypothesis.punctuation_after(hypothesis_idx);
        f1.reference += u64::from(expected.is_some());
        f1.hypothesis += u64::from(found.is_some());
        f1.both += u64::from(expected.is_some() && expected == found);
    }
    f1
}

/// Capitals of words that both sides have.
pub(super) fn capitals(comparison: &Comparison<'_>) -> Share {
    let Comparison { reference, hypothesis, .. } = comparison;
    let words = counterparts(comparison, |pair| pair.edit == Edit::Match)
        .filter(|(idx, _)| reference.tokens[*idx].text.starts_with(char::is_alphabetic));
    Share::count(words.map(|(reference_idx, hypothesis_idx)| {
        reference.tokens[reference_idx].is_capital == hypothesis.tokens[hypothesis_idx].is_capital
    }))
}

/// No-break spaces before and in words that both sides have: of those on either side, how
/// many are on both. A reference without any was typed without them, and tells nothing; nor
/// does a space beside punctuation, or after a word, that the other side does not have: what is
/// wrong there is not the space.
pub(super) fn typography(comparison: &Comparison<'_>) -> Share {
    let Comparison { reference, hypothesis, .. } = comparison;
    let has_any = |source: &SourceWord<'_>| {
        is_no_break(source.word.gap) || source.word.text.contains(NO_BREAK)
    };
    if !reference.words.iter().any(has_any) {
        return Share::default();
    }
    counterparts(comparison, |pair| pair.edit == Edit::Match)
        .filter(|&(reference_idx, hypothesis_idx)| {
            reference.begins_word(reference_idx) && hypothesis.begins_word(hypothesis_idx)
        })
        .fold(Share::default(), |share, (reference_idx, hypothesis_idx)| {
            let word = &reference.word_of(reference_idx).word.text;
            let counterpart = &hypothesis.word_of(hypothesis_idx).word.text;
            share
                + spaces_inside(word, counterpart)
                + space_before(reference, reference_idx, hypothesis, hypothesis_idx)
        })
}

const NO_BREAK: [char; 2] = ['\u{a0}', '\u{202f}'];

fn is_no_break(gap: Gap) -> bool {
    matches!(gap, Gap::NoBreak | Gap::Narrow)
}

/// Spaces inside two words: beside marks that both have, and those beside none.
fn spaces_inside(word: &str, counterpart: &str) -> Share {
    let mut unmatched = marks(counterpart);
    let mut share = Share::default();
    for (mark, has_space) in marks(word) {
        let found = unmatched.iter().position(|(other, _)| *other == mark);
        let Some(found) = found else { continue };
        let (_, other_has_space) = unmatched.remove(found);
        share.correct += u64::from(has_space && other_has_space);
        share.total += u64::from(has_space || other_has_space);
    }
    share
}

/// The marks of a word, in order, and whether a no-break space is on the side of its text;
/// letters that have one before them count as marks.
fn marks(text: &str) -> Vec<(char, bool)> {
    let letters: Vec<char> = text.chars().collect();
    let is_space = |idx: Option<usize>| {
        idx.and_then(|idx| letters.get(idx)).is_some_and(|letter| NO_BREAK.contains(letter))
    };
    let marks = letters.iter().enumerate().filter_map(|(idx, &letter)| match letter {
        '«' | '–' | '—' => Some((letter, is_space(Some(idx + 1)))),
        '?' | '!' | ':' | ';' | '»' | '%' | '€' => Some((letter, is_space(idx.checked_sub(1)))),
        _ if letter.is_alphanumeric() && is_space(idx.checked_sub(1)) => {
            // After an opening mark the space is counted there.
            let is_opened = idx.checked_sub(2).is_some_and(|idx| "«–—".contains(letters[idx]));
            (!is_opened).then_some((letter, true))
        }
        _ => None,
    });
    marks.collect()
}

/// The space before two words, where both stand after the same one.
fn space_before(
    reference: &TokenizedTranscript<'_>,
    reference_idx: usize,
    hypothesis: &TokenizedTranscript<'_>,
    hypothesis_idx: usize,
) -> Share {
    let previous = previous_word(reference, reference_idx);
    if previous.is_none() || previous != previous_word(hypothesis, hypothesis_idx) {
        return Share::default();
    }
    let expected = is_no_break(reference.word_of(reference_idx).word.gap);
    let found = is_no_break(hypothesis.word_of(hypothesis_idx).word.gap);
    Share { correct: u64::from(expected && found), total: u64::from(expected || found) }
}

/// The letters of the word before that of a token; of a dash that stands alone, the dash.
fn previous_word(side: &TokenizedTranscript<'_>, token_idx: usize) -> Option<String> {
    let word_idx = side.tokens[token_idx].words.start;
    let text = &side.words.get(word_idx.checked_sub(1)?)?.word.text;
    let letters = text.chars().filter(|letter| letter.is_alphanumeric());
    let bare: String = letters.flat_map(char::to_lowercase).collect();
    Some(if bare.is_empty() { text.clone() } else { bare })
}

/// The indices of tokens of the reference and of their counterparts in the hypothesis, of
/// those pairs that `counts` and that have both.
fn counterparts(
    comparison: &Comparison<'_>,
    counts: impl Fn(&AlignedPair) -> bool,
) -> impl Iterator<Item = (usize, usize)> {
    let counted = comparison.pairs.iter().filter(move |pair| counts(pair));
    counted.filter_map(|pair| Some((pair.reference?, pair.hypothesis?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_that_is_missing_is_no_bad_space() {
        check("«\u{a0}Non\u{a0}!\u{a0}»", "Non.", (0, 0));
        check("Non\u{a0}!", "«\u{a0}Non\u{a0}!", (1, 1));
        check("—\u{a0}Ah", "Ah", (0, 0));
    }

    #[test]
    fn a_mark_on_both_sides_wants_its_space() {
        check("«\u{a0}Non\u{a0}!\u{a0}»", "«\u{202f}Non ! »", (1, 3));
        check("57\u{a0}%", "57%", (0, 1));
        check("Non.", "Non\u{a0}!", (0, 0));
        check("Non !", "Non\u{a0}!", (0, 1));
    }

    #[test]
    fn a_space_inside_a_number_counts_by_itself() {
        check("3\u{202f}000\u{a0}%", "3\u{a0}000\u{a0}%", (2, 2));
        check("3\u{202f}000", "3000", (0, 0));
    }

    #[track_caller]
    fn check(word: &str, counterpart: &str, (correct, total): (u64, u64)) {
        let share = Share { correct, total };
        assert_eq!(spaces_inside(word, counterpart), share, "{word} {counterpart}");
    }
}
