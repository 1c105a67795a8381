//! Punctuation: which mark may stand behind a word, and how probable each is there.

use serde::{Deserialize, Serialize};

/// What may stand behind a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// The next word, or the end.
    Nothing,
    /// « , ».
    Comma,
    /// « . ».
    FullStop,
    /// « ? ».
    Question,
    /// « ! ».
    Exclamation,
    /// « : ».
    Colon,
    /// « « », which opens a quotation.
    Quote,
}

impl Mark {
    /// All of them, in the order of [`MarkScores`].
    pub(crate) const ALL: [Mark; 7] = [
        Mark::Nothing,
        Mark::Comma,
        Mark::FullStop,
        Mark::Question,
        Mark::Exclamation,
        Mark::Colon,
        Mark::Quote,
    ];
}

/// Log probabilities of what stands behind a word: by the recogniser's decoder, when it is given
/// words that are settled and asked what it expects between them.
///
/// Kept in tenths below 0, so that what was read back is what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MarkScores([u8; Mark::ALL.len()]);

impl MarkScores {
    /// The natural logarithms of the probabilities of [`Mark::ALL`], in that order; at least -25.5.
    pub(crate) fn new(log_probabilities: [f32; Mark::ALL.len()]) -> MarkScores {
        MarkScores(log_probabilities.map(|value| (value * -10.0).round().clamp(0.0, 255.0) as u8))
    }

    /// The natural logarithm of the probability of `mark`, rounded to a tenth.
    pub fn log_probability(&self, mark: Mark) -> f32 {
        f32::from(self.0[mark as usize]) / -10.0
    }

    /// Those of all marks, in their order.
    pub fn all(&self) -> [f32; Mark::ALL.len()] {
        Mark::ALL.map(|mark| self.log_probability(mark))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_kept_to_a_tenth_and_bounded() {
        let scores = MarkScores::new([-0.04, -1.26, f32::NEG_INFINITY, -80.0, 0.3, -2.0, f32::NAN]);
        assert_eq!(serde_json::to_string(&scores).unwrap(), "[0,13,255,255,0,20,0]");
        assert_eq!(scores.log_probability(Mark::Comma), -1.3);
        assert_eq!(scores.log_probability(Mark::Colon), -2.0);
    }
}
