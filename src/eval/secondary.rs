//! Figures beside the headline: what is only style, and what only matters on a page.

use super::{
    align::Step,
    comparison::{Comparison, FILLER_PAIRS, FILLERS, Pair},
    said::{Mark, Said},
};
use crate::speech::Gap;
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
/// many are on both. A reference without any was typed without them, and says nothing.
pub(super) fn typography(comparison: &Comparison<'_>) -> Share {
    let (said, heard) = (&comparison.reference, &comparison.hypothesis);
    let spaces = |side: &Said<'_>, at: usize| {
        let word = side.word_of(at).word;
        let inside = word.text.matches(['\u{a0}', '\u{202f}']).count();
        (inside + usize::from(matches!(word.gap, Gap::NoBreak | Gap::Narrow))) as u64
    };
    if (0..said.tokens.len()).all(|at| spaces(said, at) == 0) {
        return Share::default();
    }
    let begins = |&(at, other): &(usize, usize)| said.begins_word(at) && heard.begins_word(other);
    let same = counterparts(comparison, |pair| pair.step == Step::Same).filter(begins);
    same.fold(Share::default(), |share, (at, other)| {
        let (one, two) = (spaces(said, at), spaces(heard, other));
        Share { right: share.right + one.min(two), of: share.of + one.max(two) }
    })
}

/// Tokens of the reference and those of the hypothesis in their places, where there is one.
fn counterparts(
    comparison: &Comparison<'_>,
    counts: impl Fn(&Pair) -> bool,
) -> impl Iterator<Item = (usize, usize)> {
    let counted = comparison.pairs.iter().filter(move |pair| counts(pair));
    counted.filter_map(|pair| Some((pair.reference?, pair.hypothesis?)))
}
