//! Word errors (WER): counts until the last moment.

use super::align::{Edit, align, align_within};
use std::{hash::Hash, iter::Sum, ops::Add};

/// Word errors of a hypothesis against its reference.
///
/// Counts, not a rate: rates of several episodes cannot be averaged, counts
/// can be added. `WordErrors::default()` is the neutral element. Letters are counted
/// in the same way, for the character error rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WordErrors {
    /// Reference words replaced by another word.
    pub substitutions: u64,
    /// Reference words with no counterpart.
    pub deletions: u64,
    /// Hypothesis words with no counterpart.
    pub insertions: u64,
    /// Length of the reference, in words.
    pub reference_words: u64,
}

impl WordErrors {
    /// The fewest errors between two lists of tokens: those of [`align`].
    ///
    /// ```
    /// use voixoff::eval::words::WordErrors;
    ///
    /// let errors = WordErrors::between(&["le", "logiciel", "libre"], &["logiciel", "livre"]);
    /// assert_eq!((errors.deletions, errors.substitutions), (1, 1));
    /// ```
    pub fn between<T: Eq + Hash>(reference: &[T], hypothesis: &[T]) -> WordErrors {
        align(reference, hypothesis).into_iter().collect()
    }

    /// The same, faster where there are about `guess` errors.
    pub(super) fn near<T: Eq + Hash>(
        guess: usize,
        reference: &[T],
        hypothesis: &[T],
    ) -> WordErrors {
        align_within(reference, hypothesis, guess).into_iter().collect()
    }

    /// Errors of all kinds.
    pub fn errors(self) -> u64 {
        self.substitutions + self.deletions + self.insertions
    }

    /// Word error rate; may exceed 1.0. `None` when the reference is empty,
    /// where no rate exists and 0.0 would hide the insertions.
    pub fn rate(self) -> Option<f64> {
        (self.reference_words > 0).then(|| self.errors() as f64 / self.reference_words as f64)
    }
}

/// The errors among the edits of an alignment.
impl FromIterator<Edit> for WordErrors {
    fn from_iter<I: IntoIterator<Item = Edit>>(edits: I) -> WordErrors {
        let mut errors = WordErrors::default();
        for edit in edits {
            match edit {
                Edit::Match => (),
                Edit::Substitution => errors.substitutions += 1,
                Edit::Deletion => errors.deletions += 1,
                Edit::Insertion => errors.insertions += 1,
            }
            errors.reference_words += u64::from(edit != Edit::Insertion);
        }
        errors
    }
}

impl Add for WordErrors {
    type Output = WordErrors;
    fn add(self, other: WordErrors) -> WordErrors {
        WordErrors {
            substitutions: self.substitutions + other.substitutions,
            deletions: self.deletions + other.deletions,
            insertions: self.insertions + other.insertions,
            reference_words: self.reference_words + other.reference_words,
        }
    }
}

impl Sum for WordErrors {
    fn sum<I: Iterator<Item = WordErrors>>(iter: I) -> WordErrors {
        iter.fold(WordErrors::default(), Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_is_scored_by_its_words_not_by_its_episodes() {
        let short = WordErrors { deletions: 5, reference_words: 10, ..Default::default() };
        let long = WordErrors { deletions: 5, reference_words: 990, ..Default::default() };
        let archive: WordErrors = [short, long].into_iter().sum();
        assert_eq!(archive.rate(), Some(0.01));
    }

    #[test]
    fn hallucinated_words_on_an_empty_reference_have_no_rate() {
        let errors = between("", "sous titres réalisés");
        assert_eq!((errors.insertions, errors.rate()), (3, None));
    }

    #[test]
    fn each_kind_of_error_is_counted_as_itself() {
        let errors = between("le quart d heure libre", "le car d heure vraiment libre");
        assert_eq!((errors.substitutions, errors.deletions, errors.insertions), (1, 0, 1));
        assert_eq!(between("un deux trois", "un trois").deletions, 1);
    }

    fn between(reference: &str, hypothesis: &str) -> WordErrors {
        let words =
            |text| -> Vec<String> { str::split_whitespace(text).map(str::to_owned).collect() };
        WordErrors::between(&words(reference), &words(hypothesis))
    }
}
