//! Figures beside the headline: what is only style, and what only matters on a page.

use super::{
    align::Step,
    comparison::{Comparison, FILLER_PAIRS, FILLERS, Pair},
    said::{Mark, Said, WordSaid},
};
use crate::base::speech::Gap;
use std::ops::Add;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// How many of some are right.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    /// Those that are right.
    pub right: u64,
    /// All of them.
    pub of: u64,
}

impl Share {
    /// In `0.0..=1.0`; `None` of none.
    pub fn rate(self) -> Option<f64> {
        (self.of > 0).then(|| self.right as f64 / self.of as f64)
    }

    fn count(cases: impl Iterator<Item = bool>) -> Share {
        cases.fold(Share::default(), |share, is_right| Share {
            right: share.right + u64::from(is_right),
            of: share.of + 1,
        })
    }
}

impl Add for Share {
    type Output = Share;
    fn add(self, other: Share) -> Share {
        Share { right: self.right + other.right, of: self.of + other.of }
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

/// Tokens without what an editor leaves out or adds: fillers, « ne », the « il » of « il y a »,
/// words said twice in a row. It parts style from recognition where the reference is clean.
pub(super) fn oral<'a>(said: &'a Said<'_>) -> Vec<&'a str> {
    let texts = said.texts();
    let mut kept: Vec<&str> = Vec::with_capacity(texts.len());
    let mut at = 0;
    while at < texts.len() {
        let (this, next) = (texts[at], texts.get(at + 1).copied());
        if next.is_some_and(|next| FILLER_PAIRS.contains(&[this, next])) {
            at += 2;
            continue;
        }
        let is_there = this == "il" && next == Some("y") && texts.get(at + 2) == Some(&"a");
        let is_style = is_there || matches!(this, "ne" | "n") || FILLERS.contains(&this);
        if !is_style && kept.last() != Some(&this) {
            kept.push(this);
        }
        at += 1;
    }
    kept
}

/// Tokens without accents.
pub(super) fn without_accents(said: &Said<'_>) -> Vec<String> {
    let bare = |text: &str| text.nfd().filter(|letter| !is_combining_mark(*letter)).collect();
    said.texts().into_iter().map(bare).collect()
}

/// Names of the reference, found where they are the same token.
pub(super) fn names(comparison: &Comparison<'_>, names: &[String]) -> Share {
    found(comparison, |at| comparison.reference.is_name(at, names))
}

/// Numbers of the reference. *un* and *une* are no numbers here: they are articles.
pub(super) fn numbers(comparison: &Comparison<'_>) -> Share {
    let is_number = |at: usize| {
        let text = &comparison.reference.tokens[at].text;
        text.starts_with(|first: char| first.is_ascii_digit()) && text != "1"
    };
    found(comparison, is_number)
}

/// How many tokens of the reference that `count` are found.
fn found(comparison: &Comparison<'_>, counts: impl Fn(usize) -> bool) -> Share {
    let pairs = comparison.pairs.iter();
    let counted = pairs.filter(|pair| pair.reference.is_some_and(&counts));
    Share::count(counted.map(|pair| pair.step == Step::Same))
}

/// Marks behind words that stand for each other.
pub(super) fn punctuation(comparison: &Comparison<'_>) -> F1 {
    let mut marks = F1::default();
    for (at, other) in counterparts(comparison, |pair| pair.step != Step::Inserted) {
        let (one, two): (Option<Mark>, Option<Mark>) =
            (comparison.reference.mark_behind(at), comparison.hypothesis.mark_behind(other));
        marks.reference += u64::from(one.is_some());
        marks.hypothesis += u64::from(two.is_some());
        marks.both += u64::from(one.is_some() && one == two);
    }
    marks
}

/// Capitals of words that both sides have.
pub(super) fn capitals(comparison: &Comparison<'_>) -> Share {
    let (said, heard) = (&comparison.reference, &comparison.hypothesis);
    let same = counterparts(comparison, |pair| pair.step == Step::Same);
    let lettered = same.filter(|(at, _)| said.tokens[*at].text.starts_with(char::is_alphabetic));
    Share::count(
        lettered.map(|(at, other)| said.tokens[at].is_capital == heard.tokens[other].is_capital),
    )
}

/// No-break spaces before and in words that both sides have: of those on either side, how
/// many are on both. A reference without any was typed without them, and says nothing; nor
/// does a space beside a mark, or behind a word, that the other side does not have: what is
/// wrong there is not the space.
pub(super) fn typography(comparison: &Comparison<'_>) -> Share {
    let (said, heard) = (&comparison.reference, &comparison.hypothesis);
    let has_any =
        |word: &WordSaid<'_>| is_no_break(word.word.gap) || word.word.text.contains(NO_BREAK);
    if !said.words.iter().any(has_any) {
        return Share::default();
    }
    let begins = |&(at, other): &(usize, usize)| said.begins_word(at) && heard.begins_word(other);
    let same = counterparts(comparison, |pair| pair.step == Step::Same).filter(begins);
    same.fold(Share::default(), |share, (at, other)| {
        let inside = inside(&said.word_of(at).word.text, &heard.word_of(other).word.text);
        share + inside + before(said, at, heard, other)
    })
}

const NO_BREAK: [char; 2] = ['\u{a0}', '\u{202f}'];

fn is_no_break(gap: Gap) -> bool {
    matches!(gap, Gap::NoBreak | Gap::Narrow)
}

/// Spaces inside two words: beside marks that both have, and those beside none.
fn inside(one: &str, two: &str) -> Share {
    let (mut ours, mut theirs) = (spaces(one), spaces(two));
    let mut share = Share::default();
    for (mark, space) in ours.drain(..) {
        let Some(found) = theirs.iter().position(|(other, _)| *other == mark) else { continue };
        let (_, other) = theirs.remove(found);
        share.right += one_if(space && other);
        share.of += one_if(space || other);
    }
    share
}

/// The marks of a word, in order, and whether a no-break space is on the side of its text;
/// letters that have one before them count as marks.
fn spaces(text: &str) -> Vec<(char, bool)> {
    let letters: Vec<char> = text.chars().collect();
    let is_space = |at: Option<usize>| {
        at.and_then(|at| letters.get(at)).is_some_and(|letter| NO_BREAK.contains(letter))
    };
    let marks = letters.iter().enumerate().filter_map(|(at, &letter)| match letter {
        '«' | '–' | '—' => Some((letter, is_space(Some(at + 1)))),
        '?' | '!' | ':' | ';' | '»' | '%' | '€' => Some((letter, is_space(at.checked_sub(1)))),
        _ if letter.is_alphanumeric() && is_space(at.checked_sub(1)) => {
            // Behind a mark that opens it is counted there.
            let opens = at.checked_sub(2).is_some_and(|at| "«–—".contains(letters[at]));
            (!opens).then_some((letter, true))
        }
        _ => None,
    });
    marks.collect()
}

/// The space before two words, where both stand behind the same one.
fn before(said: &Said<'_>, at: usize, heard: &Said<'_>, other: usize) -> Share {
    let behind = |side: &Said<'_>, at: usize| {
        let word = side.tokens[at].words.start;
        let last = side.words.get(word.checked_sub(1)?)?;
        let letters = last.word.text.chars().filter(|letter| letter.is_alphanumeric());
        // Of a dash that stands alone, the dash.
        let text: String = letters.flat_map(char::to_lowercase).collect();
        Some(if text.is_empty() { last.word.text.clone() } else { text })
    };
    let (one, two) = (behind(said, at), behind(heard, other));
    if one.is_none() || one != two {
        return Share::default();
    }
    let is_one = is_no_break(said.word_of(at).word.gap);
    let is_other = is_no_break(heard.word_of(other).word.gap);
    Share { right: one_if(is_one && is_other), of: one_if(is_one || is_other) }
}

fn one_if(counts: bool) -> u64 {
    u64::from(counts)
}

/// Tokens of the reference and those of the hypothesis in their places, where there is one.
fn counterparts(
    comparison: &Comparison<'_>,
    counts: impl Fn(&Pair) -> bool,
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
    fn check(one: &str, two: &str, (right, of): (u64, u64)) {
        assert_eq!(inside(one, two), Share { right, of }, "{one} {two}");
    }
}
