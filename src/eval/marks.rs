//! Marks of punctuation by kind, and how many places of a text an editor would have to touch.

use super::{
    align::Edit,
    comparison::{AlignedPair, Comparison},
    secondary::F1,
    tokenized::TokenizedTranscript,
};
use crate::base::{speech::SpeakerId, time::Time};
use std::{collections::BTreeMap, ops::AddAssign};

/// The marks that are told apart. Others count as the one that they stand for.
const KINDS: [char; 10] = [',', '.', '?', '!', ':', ';', '…', '«', '»', '—'];

/// Marks by kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MarkCounts {
    by_kind: BTreeMap<char, F1>,
    /// Stretches of words and marks next to each other in which something has to be mended: a word,
    /// a capital, a mark.
    pub places: u64,
    /// Until when anybody speaks, by the hypothesis; zero where it has no times.
    pub length: Time,
}

impl MarkCounts {
    /// A mark is right where it stands between the same two words on both sides; words that only
    /// one side has count as what stands between.
    pub(super) fn of(comparison: &Comparison<'_>) -> MarkCounts {
        let Comparison { reference, hypothesis, pairs } = comparison;
        let mut counts = MarkCounts::default();
        let mut was_wrong = false;
        let mut count_place = |counts: &mut MarkCounts, is_wrong: bool| {
            counts.places += u64::from(is_wrong && !was_wrong);
            was_wrong = is_wrong;
        };
        // Words that both sides have, by the indices of their tokens.
        let anchor = |pair: &AlignedPair| Some((pair.reference?, pair.hypothesis?));
        let mut last: Option<(usize, usize)> = None;
        for pair in pairs {
            if let Some((of_reference, of_hypothesis)) = anchor(pair) {
                let said = marks_between(reference, last.map(|last| last.0), Some(of_reference));
                let found = marks_between(hypothesis, last.map(|last| last.1), Some(of_hypothesis));
                count_place(&mut counts, said != found);
                counts.add(&said, &found);
                last = Some((of_reference, of_hypothesis));
            }
            count_place(&mut counts, is_wrong(pair, reference, hypothesis));
        }
        let said = marks_between(reference, last.map(|last| last.0), None);
        let found = marks_between(hypothesis, last.map(|last| last.1), None);
        count_place(&mut counts, said != found);
        counts.add(&said, &found);
        let last = hypothesis.words.last().filter(|_| hypothesis.is_timed);
        counts.length = last.map(|last| last.word.span.end()).unwrap_or_default();
        counts
    }

    /// `n` for each minute of sound; `None` without times.
    pub fn a_minute(&self, n: u64) -> Option<f64> {
        let minutes = self.length.as_secs_f64() / 60.0;
        (minutes > 0.0).then(|| n as f64 / minutes)
    }

    /// Each kind that either side has, with how often it is on both.
    pub fn by_kind(&self) -> impl Iterator<Item = (char, F1)> {
        KINDS.into_iter().filter_map(|kind| Some((kind, *self.by_kind.get(&kind)?)))
    }

    /// Marks that have to be set or struck out to get those of the reference.
    pub fn edits(&self) -> u64 {
        self.by_kind.values().map(|f1| f1.reference + f1.hypothesis - 2 * f1.both).sum()
    }

    fn add(&mut self, said: &BTreeMap<char, u64>, found: &BTreeMap<char, u64>) {
        for kind in KINDS {
            let of = |marks: &BTreeMap<char, u64>| marks.get(&kind).copied().unwrap_or(0);
            let (reference, hypothesis) = (of(said), of(found));
            if reference + hypothesis > 0 {
                let both = reference.min(hypothesis);
                let sum = self.by_kind.entry(kind).or_default();
                *sum = *sum + F1 { both, reference, hypothesis };
            }
        }
    }
}

impl AddAssign<&MarkCounts> for MarkCounts {
    fn add_assign(&mut self, other: &MarkCounts) {
        for (kind, f1) in &other.by_kind {
            let sum = self.by_kind.entry(*kind).or_default();
            *sum = *sum + *f1;
        }
        self.places += other.places;
        self.length = self.length.plus(other.length);
    }
}

/// What the reference has behind a word of the hypothesis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedMarks {
    /// The index of the word.
    pub word: usize,
    /// Who says it in the reference.
    pub speaker: Option<SpeakerId>,
    /// The marks, each of a kind that is told apart.
    pub marks: String,
}

/// The marks that the reference has behind words of the hypothesis: where both have the same word, and
/// the same one behind it.
pub fn expected_marks(comparison: &Comparison<'_>) -> Vec<ExpectedMarks> {
    let Comparison { reference, hypothesis, pairs } = comparison;
    let anchor = |pair: &AlignedPair| match pair.edit {
        Edit::Match => pair.reference.zip(pair.hypothesis),
        _ => None,
    };
    let next_to_each_other =
        pairs.windows(2).filter_map(|two| Some((anchor(&two[0])?, anchor(&two[1])?)));
    let mut expected = Vec::new();
    for (first, second) in next_to_each_other {
        let word = hypothesis.tokens[first.1].words.end - 1;
        if hypothesis.tokens[second.1].words.start > word {
            let marks = marks_between(reference, Some(first.0), Some(second.0));
            let spelt =
                marks.into_iter().flat_map(|(mark, n)| std::iter::repeat_n(mark, n as usize));
            let speaker = reference.words[reference.tokens[first.0].words.end - 1].speaker;
            expected.push(ExpectedMarks { word, speaker, marks: spelt.collect() });
        }
    }
    expected
}

/// Whether a word has to be mended, or its capital.
fn is_wrong(
    pair: &AlignedPair,
    reference: &TokenizedTranscript<'_>,
    hypothesis: &TokenizedTranscript<'_>,
) -> bool {
    let capitals = pair.reference.zip(pair.hypothesis).map(|(expected, found)| {
        (reference.tokens[expected].is_capital, hypothesis.tokens[found].is_capital)
    });
    pair.edit != Edit::Match || capitals.is_some_and(|(expected, found)| expected != found)
}

/// How many marks of each kind stand between two tokens of `side`: from its beginning without a
/// first one, to its end without a second.
fn marks_between(
    side: &TokenizedTranscript<'_>,
    first: Option<usize>,
    second: Option<usize>,
) -> BTreeMap<char, u64> {
    let first = first.map(|token_idx| side.tokens[token_idx].words.end - 1);
    let second = second.map(|token_idx| side.tokens[token_idx].words.start);
    let mut marks = BTreeMap::new();
    if first.is_some() && first >= second.or(Some(usize::MAX)) {
        return marks;
    }
    let begin = first.unwrap_or(0);
    let end = second.map_or(side.words.len(), |second| second + 1);
    for (word_idx, source) in side.words.iter().enumerate().take(end).skip(begin) {
        let text = source.word.text.replace("...", "…");
        let letters = (text.find(char::is_alphanumeric), text.rfind(char::is_alphanumeric));
        let (before, after) = match letters {
            (Some(begins), Some(ends)) => {
                let ends = ends + text[ends..].chars().next().map_or(0, char::len_utf8);
                (&text[..begins], &text[ends..])
            }
            _ => (text.as_str(), ""),
        };
        let before = if first == Some(word_idx) { "" } else { before };
        let after = if second == Some(word_idx) { "" } else { after };
        for mark in before.chars().chain(after.chars()).filter_map(kind) {
            *marks.entry(mark).or_default() += 1;
        }
    }
    marks
}

/// The kind of mark that `character` is.
fn kind(character: char) -> Option<char> {
    let kind = match character {
        '–' => '—',
        '“' => '«',
        '”' => '»',
        other => other,
    };
    KINDS.contains(&kind).then_some(kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{eval::comparison::ReferenceStyle, formats::read};

    fn counts(reference: &str, hypothesis: &str) -> MarkCounts {
        let side = |text: &str| read(format!("Alain : {text}").as_bytes(), "page.txt").unwrap();
        let (reference, hypothesis) = (side(reference), side(hypothesis));
        let tokens = |side| TokenizedTranscript::new(side);
        MarkCounts::of(&Comparison::new(
            tokens(&reference),
            tokens(&hypothesis),
            ReferenceStyle::Clean,
            &[],
        ))
    }

    #[track_caller]
    fn check(reference: &str, hypothesis: &str, expected: &str, places: u64) {
        let counts = counts(reference, hypothesis);
        let drawn = |(kind, F1 { both, reference, hypothesis }): (char, F1)| {
            format!("{kind} {both}/{reference}/{hypothesis}")
        };
        assert_eq!(counts.by_kind().map(drawn).collect::<Vec<_>>().join(" "), expected);
        assert_eq!(counts.places, places);
    }

    #[test]
    fn the_same_text_has_nothing_to_mend() {
        let text = "Il dit : « L’été, c’est fini ! » Ah bon ?";
        check(text, text, ", 1/1/1 ? 1/1/1 ! 1/1/1 : 1/1/1 « 1/1/1 » 1/1/1", 0);
    }

    #[test]
    fn marks_beside_each_other_are_one_place() {
        check(
            "Il dit : « Non. » Bon.",
            "Il dit, non. Bon.",
            ", 0/0/1 . 2/2/2 : 0/1/0 « 0/1/0 » 0/1/0",
            1,
        );
        assert_eq!(counts("Il dit : « Non. » Bon.", "Il dit, non. Bon.").edits(), 4);
    }

    #[test]
    fn a_mark_elsewhere_is_wrong_twice() {
        check("Oui, je viens.", "Oui je, viens.", ", 0/1/1 . 1/1/1", 2);
    }

    #[test]
    fn words_of_one_side_stand_between() {
        check("Oui, je viens.", "Oui, euh bien je viens.", ", 1/1/1 . 1/1/1", 1);
        check("Oui. Je viens.", "Oui... Viens.", ". 1/2/1 … 0/0/1", 1);
    }

    #[test]
    fn marks_are_expected_between_words_that_both_sides_have() {
        let side = |text: &str| read(format!("Alain : {text}").as_bytes(), "page.txt").unwrap();
        let (reference, hypothesis) =
            (side("Il dit : « Oui, je viens. »"), side("Il dit oui je vins."));
        let comparison = Comparison::new(
            TokenizedTranscript::new(&reference),
            TokenizedTranscript::new(&hypothesis),
            ReferenceStyle::Clean,
            &[],
        );
        let found = expected_marks(&comparison);
        let marks: Vec<_> = found.iter().map(|found| (found.word, found.marks.as_str())).collect();
        assert_eq!(marks, [(0, ""), (1, ":«"), (2, ",")]);
        assert!(found.iter().all(|found| found.speaker == reference.segments[0].speaker));
    }
}
