//! How probable it is that a word is not what was said.
//!
//! A recogniser's own probability orders words, and says too little of those that it is sure of.
//! What its decoder knows besides, the words around and how long the word lasts go into a logistic
//! model with fitted coefficients: of the words that it gives 0.2, one in five is wrong.
//! `docs/BENCHMARKS.md` says how well it does on people that it was not fitted on.

use crate::base::{common_words::is_common, speech::Word, transcript::Transcript};

/// The language of whose words the model was fitted.
const LANGUAGE: &str = "fr";

/// What the model looks at in a word.
pub const N_FEATURES: usize = 8;

/// The names of [`features`], in their order.
pub const FEATURES: [&str; N_FEATURES] =
    ["search", "reading", "before", "after", "pace", "length", "common", "figure"];

/// Surprise is a logarithm of a logarithm: what is added to the inner one, for it may be 0.
const SURE: f64 = 0.02;

/// Longest that a second reading or a search may be surprised.
const SURPRISE_MAX: f64 = 20.0;

/// A logistic model: the log-odds of an error are `bias` and the weighted sum of the features.
struct Logistic {
    bias: f64,
    weights: [f64; N_FEATURES],
}

/// For words that were read a second time: those of our own engine, in French.
///
/// `scripts/calibrate` fits it, on the words that `int8` recognises with `base` in French recordings
/// of 30 people.
const WITH_EVIDENCE: Logistic =
    Logistic { bias: 0.843, weights: [0.669, 0.499, 0.066, 0.222, -0.285, -0.704, -0.793, -2.094] };

/// For words of which nothing but a probability is known: those of whisper.cpp, and of our own
/// engine in other languages or in an archive of an earlier version.
///
/// Fitted likewise, on the words of whisper.cpp.
const WITH_PROBABILITY: Logistic =
    Logistic { bias: 1.882, weights: [1.169, 0.0, 0.1, 0.281, -0.024, -0.285, -1.326, -3.167] };

/// Says of each word of `transcript` that has a probability how probable it is that it is wrong,
/// rounded as files have it. Of what is not in French nothing is said.
pub(crate) fn estimate(transcript: &mut Transcript) {
    if transcript.provenance.language != LANGUAGE {
        return;
    }
    let segments = &mut transcript.segments;
    let words: Vec<&Word> = segments.iter().flat_map(|segment| &segment.words).collect();
    let errors: Vec<Option<f32>> = words
        .iter()
        .zip(features(&words))
        .map(|(word, features)| {
            let model = if word.evidence.is_some() { &WITH_EVIDENCE } else { &WITH_PROBABILITY };
            features.map(|features| model.error(&features))
        })
        .collect();
    let mut errors = errors.into_iter();
    for segment in segments {
        let is_french = segment.foreign().is_none();
        for (word, error) in segment.words.iter_mut().zip(&mut errors) {
            word.error = error.filter(|_| is_french);
        }
    }
}

impl Logistic {
    /// In thousandths.
    fn error(&self, features: &[f64; N_FEATURES]) -> f32 {
        let pairs = self.weights.iter().zip(features);
        let log_odds = self.bias + pairs.map(|(weight, value)| weight * value).sum::<f64>();
        let error = 1.0 / (1.0 + (-log_odds).exp());
        ((error * 1_000.0).round() / 1_000.0) as f32
    }
}

/// What the model looks at in each of `words`, which are all of an episode, in order; `None` of
/// a word without a probability, which nobody recognised.
///
/// How surprised the search and the second reading were by the word (0 without evidence), and both
/// by the words before and after it; how long it lasts for its letters; how many these are; whether
/// it is a common word of French; whether it has figures.
pub fn features(words: &[&Word]) -> Vec<Option<[f64; N_FEATURES]>> {
    let surprises: Vec<Option<Surprise>> = words.iter().map(|word| Surprise::of(word)).collect();
    let near = |at: Option<usize>| surprises.get(at?).copied().flatten();
    let of_word = |(at, word): (usize, &&Word)| {
        let own = surprises[at]?;
        let (before, after) = (near(at.checked_sub(1)), near(Some(at + 1)));
        // At an end, the one neighbour stands for both.
        let before_or_after = before.or(after).unwrap_or(own).both();
        let after_or_before = after.or(before).unwrap_or(own).both();
        let n_letters = word.text.chars().filter(|c| c.is_alphanumeric()).count() as f64;
        let seconds = word.span.samples() as f64 / 16_000.0;
        Some([
            own.search,
            own.reading.unwrap_or(0.0),
            before_or_after,
            after_or_before,
            (seconds / (n_letters + 1.0)).ln(),
            n_letters.max(1.0).ln(),
            f64::from(is_of_common_words(&word.text)),
            f64::from(word.text.contains(|c: char| c.is_ascii_digit())),
        ])
    };
    words.iter().enumerate().map(of_word).collect()
}

/// How little a word was expected.
#[derive(Clone, Copy)]
struct Surprise {
    search: f64,
    reading: Option<f64>,
}

impl Surprise {
    fn of(word: &Word) -> Option<Surprise> {
        let probability = word.probability?;
        let surprise = |log_probability: f32| {
            (SURE + f64::from(-log_probability).clamp(0.0, SURPRISE_MAX)).ln()
        };
        Some(match word.evidence {
            Some(evidence) => Surprise {
                search: surprise(evidence.search()),
                reading: Some(surprise(evidence.reading())),
            },
            None => Surprise { search: surprise(probability.ln()), reading: None },
        })
    }

    /// The mean of what is known.
    fn both(self) -> f64 {
        self.reading.map_or(self.search, |reading| (self.search + reading) / 2.0)
    }
}

/// Whether `text` is a common word, or several that an apostrophe or a hyphen joins.
fn is_of_common_words(text: &str) -> bool {
    let text = text.to_lowercase();
    let mut parts = text
        .split(['\'', '’', '-'])
        .map(|part| part.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|part| !part.is_empty())
        .peekable();
    parts.peek().is_some() && parts.all(is_common)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{
        evidence::Evidence,
        time::{Span, Time},
        transcript::{Opening, Provenance, Segment, SegmentLanguage},
    };

    fn word(text: &str, probability: Option<f32>, evidence: Option<Evidence>) -> Word {
        let span = Span::from_start(Time::from_millis(300));
        Word { evidence, ..Word::new(text, span, probability) }
    }

    fn errors(words: Vec<Word>) -> Vec<Option<f32>> {
        errors_in("fr", SegmentLanguage::Unknown, words)
    }

    fn errors_in(language: &str, said_in: SegmentLanguage, words: Vec<Word>) -> Vec<Option<f32>> {
        let span = Span::from_start(Time::from_millis(300));
        let (speaker, guess, doubt, opens) = (None, None, None, Opening::Nothing);
        let segment = Segment { speaker, guess, span, words, doubt, opens, language: said_in };
        let provenance = Provenance { language: language.to_owned(), ..Provenance::default() };
        let mut transcript =
            Transcript { segments: vec![segment], provenance, ..Transcript::default() };
        estimate(&mut transcript);
        transcript.segments[0].words.iter().map(|word| word.error).collect()
    }

    #[test]
    fn what_was_less_expected_is_more_probably_wrong() {
        for both in [
            [(0.95, None), (0.4, None)],
            [(0.9, Some((-0.05, -0.02))), (0.9, Some((-2.0, -0.02)))],
            [(0.9, Some((-0.05, -0.02))), (0.9, Some((-0.05, -3.0)))],
        ] {
            let alone = both.map(|(probability, evidence)| {
                let evidence = evidence.map(|(search, reading)| Evidence::new(search, reading));
                errors(vec![word("carrefour", Some(probability), evidence)])[0].unwrap()
            });
            assert!(alone[0] < alone[1], "{alone:?}");
        }
    }

    #[test]
    fn an_unsure_neighbour_makes_a_word_doubtful() {
        let beside = |probability| {
            let next = word("mot", Some(probability), None);
            errors(vec![word("un", Some(0.9), None), next])[0].unwrap()
        };
        assert!(beside(0.99) < beside(0.3));
    }

    #[test]
    fn what_nobody_recognised_has_no_error() {
        assert_eq!(errors(vec![word("ne", None, None)]), [None]);
    }

    #[test]
    fn nothing_is_said_of_other_languages() {
        let said = || vec![word("house", Some(0.4), None)];
        let foreign = SegmentLanguage::Foreign("en".to_owned());
        assert_eq!(errors_in("fr", foreign, said()), [None]);
        assert_eq!(errors_in("en", SegmentLanguage::Own, said()), [None]);
        assert!(errors_in("fr", SegmentLanguage::Own, said())[0].is_some());
    }

    #[test]
    fn words_that_are_joined_are_common_together() {
        for (text, expected) in [
            ("l’eau,", true),
            ("Est-ce", true),
            ("rétoual", false),
            ("d’April", false),
            ("…", false),
        ] {
            assert_eq!(is_of_common_words(text), expected, "{text}");
        }
    }
}
