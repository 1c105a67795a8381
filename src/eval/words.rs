//! Word errors: counts until the last moment.

use std::{iter::Sum, ops::Add};

/// Word errors of a hypothesis against its reference.
///
/// Counts, not a rate: rates of several episodes cannot be averaged, counts
/// can be added. `WordErrors::default()` is the neutral element.
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
    /// The fewest errors between two lists of tokens: Levenshtein's distance, a
    /// substitution before a deletion before an insertion where they are equal.
    /// Memory grows with the product of the lengths, a byte a pair.
    pub fn between<T: PartialEq>(reference: &[T], hypothesis: &[T]) -> WordErrors {
        let steps = steps(reference, hypothesis);
        let width = hypothesis.len() + 1;
        let (mut row, mut column) = (reference.len(), hypothesis.len());
        let reference_words = reference.len() as u64;
        let mut errors = WordErrors { reference_words, ..WordErrors::default() };
        while row > 0 || column > 0 {
            match steps[row * width + column] {
                Step::Same => (row, column) = (row - 1, column - 1),
                Step::Other => {
                    errors.substitutions += 1;
                    (row, column) = (row - 1, column - 1);
                }
                Step::Deleted => {
                    errors.deletions += 1;
                    row -= 1;
                }
                Step::Inserted => {
                    errors.insertions += 1;
                    column -= 1;
                }
            }
        }
        errors
    }

    /// Word error rate; may exceed 1.0. `None` when the reference is empty,
    /// where no rate exists and 0.0 would hide the insertions.
    pub fn rate(self) -> Option<f64> {
        let errors = self.substitutions + self.deletions + self.insertions;
        (self.reference_words > 0).then(|| errors as f64 / self.reference_words as f64)
    }
}

#[derive(Clone, Copy)]
enum Step {
    Same,
    Other,
    Deleted,
    Inserted,
}

/// The last step of the best way to each pair of prefixes, row by row of the reference.
fn steps<T: PartialEq>(reference: &[T], hypothesis: &[T]) -> Vec<Step> {
    let width = hypothesis.len() + 1;
    let mut steps = vec![Step::Inserted; width];
    let mut costs: Vec<u32> = (0..width as u32).collect();
    for word in reference {
        steps.push(Step::Deleted);
        let mut diagonal = costs[0];
        costs[0] += 1;
        for (column, other) in hypothesis.iter().enumerate() {
            let (above, left) = (costs[column + 1], costs[column]);
            let (step, cost) = if word == other {
                (Step::Same, diagonal)
            } else if diagonal <= above && diagonal <= left {
                (Step::Other, diagonal + 1)
            } else if above <= left {
                (Step::Deleted, above + 1)
            } else {
                (Step::Inserted, left + 1)
            };
            diagonal = above;
            costs[column + 1] = cost;
            steps.push(step);
        }
    }
    steps
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
