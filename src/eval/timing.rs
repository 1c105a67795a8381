//! Onset errors: how far the starts of words are off.

use super::{align::Edit, comparison::Comparison};
use std::{collections::BTreeMap, ops::AddAssign};

/// Distances between the starts of words that both sides have.
///
/// Counts by whole milliseconds, so that the median of an archive is that of all its words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WordTimes {
    by_millis: BTreeMap<u64, u64>,
}

impl WordTimes {
    /// The distances of all words of `comparison` that are the same on both sides, where both
    /// know their own times.
    pub fn of(comparison: &Comparison<'_>) -> WordTimes {
        let Comparison { reference, hypothesis, pairs } = comparison;
        let mut times = WordTimes::default();
        for pair in pairs.iter().filter(|pair| pair.edit == Edit::Match) {
            let (Some(reference_idx), Some(hypothesis_idx)) = (pair.reference, pair.hypothesis)
            else {
                continue;
            };
            let word = reference.word_of(reference_idx).word;
            let counterpart = hypothesis.word_of(hypothesis_idx).word;
            let are_timed = word.is_timed && counterpart.is_timed;
            let begin_words =
                reference.begins_word(reference_idx) && hypothesis.begins_word(hypothesis_idx);
            if are_timed && begin_words {
                let onset = word.span.start().as_millis();
                let distance = onset.abs_diff(counterpart.span.start().as_millis());
                *times.by_millis.entry(distance).or_default() += 1;
            }
        }
        times
    }

    /// How many words were compared.
    pub fn words(&self) -> u64 {
        self.by_millis.values().sum()
    }

    /// The median distance, in milliseconds; the lower one of two. `None` without words.
    pub fn median_ms(&self) -> Option<u64> {
        let middle = self.words().div_ceil(2);
        let mut before = 0;
        self.by_millis.iter().find_map(|(millis, count)| {
            before += count;
            (before >= middle).then_some(*millis)
        })
    }

    /// How many words are at most `bound_ms` off.
    pub fn within_ms(&self, bound_ms: u64) -> u64 {
        self.by_millis.range(..=bound_ms).map(|(_, count)| count).sum()
    }
}

impl AddAssign<&WordTimes> for WordTimes {
    fn add_assign(&mut self, other: &WordTimes) {
        for (millis, count) in &other.by_millis {
            *self.by_millis.entry(*millis).or_default() += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_archive_is_that_of_its_words() {
        let times =
            |entries: &[(u64, u64)]| WordTimes { by_millis: entries.iter().copied().collect() };
        let mut archive = times(&[(10, 1)]);
        archive += &times(&[(10, 1), (30, 3), (900, 2)]);
        assert_eq!((archive.words(), archive.median_ms()), (7, Some(30)));
        assert_eq!((archive.within_ms(30), archive.within_ms(29)), (5, 2));
        assert_eq!(WordTimes::default().median_ms(), None);
    }
}
