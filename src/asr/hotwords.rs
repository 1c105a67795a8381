//! Hotwords: names and terms that are likelier in this episode than in the language.

use std::sync::Arc;

/// Strength where nobody asks for another: chosen on half of the sentences of
/// `scripts/samples/names.txt`, see `docs/BENCHMARKS.md`.
pub const STRENGTH: f32 = 3.0;

/// Phrases that a recogniser is to prefer where they may have been said.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Hotwords {
    phrases: Arc<[String]>,
    strength: f32,
}

impl Hotwords {
    /// `phrases`, each once, at `strength`: what a phoneme of a phrase is worth that is heard, in
    /// natural logarithms of a probability. None of them at a strength of 0.
    pub fn new(phrases: impl IntoIterator<Item = String>, strength: f32) -> Hotwords {
        let mut distinct: Vec<String> = Vec::new();
        let mut known = std::collections::HashSet::new();
        for phrase in phrases {
            let phrase = phrase.split_whitespace().collect::<Vec<_>>().join(" ");
            if strength > 0.0 && !folded(&phrase).trim().is_empty() && known.insert(phrase.clone())
            {
                distinct.push(phrase);
            }
        }
        Hotwords {
            strength: if distinct.is_empty() { 0.0 } else { strength },
            phrases: distinct.into(),
        }
    }

    /// Whether there is nothing to prefer.
    pub fn is_empty(&self) -> bool {
        self.phrases.is_empty()
    }

    /// The phrases, as they were given.
    pub fn phrases(&self) -> &[String] {
        &self.phrases
    }

    /// What a phoneme of a phrase is worth; 0 of none.
    pub fn strength(&self) -> f32 {
        self.strength
    }

    /// These, and `more` at the same strength.
    #[must_use]
    pub fn with(&self, more: impl IntoIterator<Item = String>, strength: f32) -> Hotwords {
        Hotwords::new(self.phrases.iter().cloned().chain(more), strength)
    }
}

/// `text` as phrases are looked for: letters and figures in lower case, one space in the place of
/// all that stands between them, also at the beginning.
pub(crate) fn folded(text: &str) -> String {
    let mut folded = String::from(" ");
    for c in text.chars() {
        if c.is_alphanumeric() {
            folded.extend(c.to_lowercase());
        } else if !folded.ends_with(' ') {
            folded.push(' ');
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hotwords(phrases: &[&str], strength: f32) -> Hotwords {
        Hotwords::new(phrases.iter().map(|&phrase| phrase.to_owned()), strength)
    }

    #[test]
    fn a_phrase_counts_once_and_one_without_a_letter_not_at_all() {
        let hotwords = hotwords(&["HDS", " HDS ", "…", "hds"], 2.0);
        assert_eq!(hotwords.phrases(), ["HDS", "hds"]);
        assert!(!hotwords.is_empty());
    }

    #[test]
    fn without_strength_or_phrases_there_is_nothing() {
        assert_eq!(hotwords(&["HDS"], 0.0), Hotwords::default());
        assert_eq!(hotwords(&[" "], 2.0), Hotwords::default());
    }

    #[test]
    fn marks_and_capitals_are_all_alike() {
        assert_eq!(folded("L’Île-d'Yeu !"), " l île d yeu ");
        assert_eq!(folded("  SecNumCloud"), " secnumcloud");
    }
}
