//! Where paragraphs begin.

use super::{comparison::Comparison, tokenized::TokenizedTranscript};
use crate::base::transcript::Opening;
use std::ops::AddAssign;

/// Paragraphs behind the first one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ParagraphCounts {
    /// Those that begin at the same place on both sides.
    pub both: u64,
    /// Of these, those that are lines or blocks on both sides; another speaker begins a block.
    pub same_kind: u64,
    /// Those of the reference.
    pub reference: u64,
    /// Those of the hypothesis.
    pub hypothesis: u64,
}

impl ParagraphCounts {
    /// A paragraph is in its place where it begins between the same two words on both sides; words
    /// that only one side has count as what stands between.
    pub(super) fn of(comparison: &Comparison<'_>) -> ParagraphCounts {
        let Comparison { reference, hypothesis, pairs } = comparison;
        let (said, found) = (openings(reference), openings(hypothesis));
        let mut counts = ParagraphCounts {
            reference: n_paragraphs(&said),
            hypothesis: n_paragraphs(&found),
            ..ParagraphCounts::default()
        };
        let mut begins = (0, 0);
        let anchors = pairs.iter().filter_map(|pair| pair.reference.zip(pair.hypothesis));
        for anchor in anchors {
            // Words that only one side has stand between two that both have.
            let between = |openings: &[Opening], begin: usize, end: usize| {
                openings[begin..=end].iter().copied().filter(|one| *one != Opening::Nothing).max()
            };
            let of_reference = between(&said, begins.0, anchor.0);
            let of_hypothesis = between(&found, begins.1, anchor.1);
            if let Some((said, found)) = of_reference.zip(of_hypothesis) {
                counts.both += 1;
                counts.same_kind += u64::from(said == found);
            }
            begins = (anchor.0 + 1, anchor.1 + 1);
        }
        counts
    }
}

impl AddAssign for ParagraphCounts {
    fn add_assign(&mut self, other: ParagraphCounts) {
        self.both += other.both;
        self.same_kind += other.same_kind;
        self.reference += other.reference;
        self.hypothesis += other.hypothesis;
    }
}

/// What begins with each token; nothing with the first one.
fn openings(side: &TokenizedTranscript<'_>) -> Vec<Opening> {
    let mut last: Option<usize> = None;
    let mut opens = |word_idx: usize| {
        let before = last.replace(word_idx)?;
        let words = side.words[before + 1..=word_idx].iter();
        let pairs = side.words[before..word_idx].iter().zip(words);
        pairs
            .map(|(one, next)| match next.opens {
                _ if next.speaker != one.speaker => Opening::Block,
                opens if next.segment != one.segment => opens,
                _ => Opening::Nothing,
            })
            .max()
    };
    let tokens = side.tokens.iter();
    tokens.map(|token| opens(token.words.start).unwrap_or_default()).collect()
}

fn n_paragraphs(openings: &[Opening]) -> u64 {
    openings.iter().filter(|opens| **opens != Opening::Nothing).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{eval::comparison::ReferenceStyle, formats::read};

    #[track_caller]
    fn check(reference: &str, hypothesis: &str, expected: [u64; 4]) {
        let side = |text: &str| read(text.as_bytes(), "page.txt").unwrap();
        let (reference, hypothesis) = (side(reference), side(hypothesis));
        let comparison = Comparison::new(
            TokenizedTranscript::new(&reference),
            TokenizedTranscript::new(&hypothesis),
            ReferenceStyle::Clean,
            &[],
        );
        let ParagraphCounts { both, same_kind, reference, hypothesis } =
            ParagraphCounts::of(&comparison);
        assert_eq!([both, same_kind, reference, hypothesis], expected);
    }

    #[test]
    fn a_paragraph_is_right_where_it_begins_between_the_same_words() {
        let page = "Alain : Un mot. Deux mots.\nTrois mots.\n\nQuatre mots.";
        check(page, page, [2, 2, 2, 2]);
        check(page, "Alain : Un mot.\nDeux mots. Trois mots.\n\nQuatre mots.", [1, 1, 2, 2]);
        check(page, "Alain : Un mot. Deux mots.\n\nTrois mots. Quatre mots.", [1, 0, 2, 1]);
    }

    #[test]
    fn another_speaker_begins_a_block() {
        let page = "Alain : Un mot.\n\nClaire : Deux mots.";
        check(page, page, [1, 1, 1, 1]);
        check(page, "Alain : Un mot. Deux mots.", [0, 0, 1, 0]);
    }

    #[test]
    fn a_misheard_first_word_begins_the_paragraph_as_well() {
        check("Alain : Un mot.\n\nDeux mots.", "Alain : Un mot.\n\nDes mots.", [1, 1, 1, 1]);
        check("Alain : Un mot.\n\nEt deux mots.", "Alain : Un mot.\n\nDeux mots.", [1, 1, 1, 1]);
    }
}
