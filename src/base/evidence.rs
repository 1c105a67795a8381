//! What a recogniser's decoder knows of a word beside its probability.

use serde::{Deserialize, Serialize};

/// Steps from one natural logarithm to the next in which log probabilities are kept.
const STEPS: f32 = 1_000.0;

/// Log probabilities of a word's tokens, marks left out: that of the search, and that of a second
/// reading of the settled words.
///
/// Kept in steps, so that what was read back is what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Below 0.
    search: u16,
    /// Below 0.
    reading: u16,
}

impl Evidence {
    /// From natural logarithms of probabilities; at least -65.5.
    pub(crate) fn new(search: f32, reading: f32) -> Evidence {
        let kept = |value: f32| (-value * STEPS).round().clamp(0.0, f32::from(u16::MAX)) as u16;
        Evidence { search: kept(search), reading: kept(reading) }
    }

    /// The log probability that the word had in the search.
    pub fn search(self) -> f32 {
        f32::from(self.search) / -STEPS
    }

    /// The log probability that it has in the second reading.
    pub fn reading(self) -> f32 {
        f32::from(self.reading) / -STEPS
    }

    /// Of two words that become one: the lower one of each.
    pub(crate) fn lower(self, other: Evidence) -> Evidence {
        Evidence { search: self.search.max(other.search), reading: self.reading.max(other.reading) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_survives_a_file_to_the_bit_and_is_bounded() {
        for evidence in [Evidence::new(-0.0314, -7.5), Evidence::new(f32::NEG_INFINITY, 0.2)] {
            let text = serde_json::to_string(&evidence).unwrap();
            assert_eq!(serde_json::from_str::<Evidence>(&text).unwrap(), evidence);
        }
        assert_eq!(Evidence::new(-0.0314, -7.5).search(), -0.031);
        assert_eq!(Evidence::new(f32::NEG_INFINITY, 0.2).reading(), 0.0);
    }

    #[test]
    fn of_two_words_the_less_sure_one_counts() {
        let lower = Evidence::new(-1.0, -0.5).lower(Evidence::new(-0.2, -2.0));
        assert_eq!((lower.search(), lower.reading()), (-1.0, -2.0));
    }
}
