//! Word errors by speaker: cpWER, and with times tcpWER. A word given to the wrong speaker is an
//! error; what speakers are called is not.

use super::{
    align::distance,
    mapping::min_cost_assignment,
    time_constrained::{TimedToken, align_time_constrained, distance_time_constrained},
    words::WordErrors,
};
use crate::base::{
    speech::SpeakerId,
    time::{Span, Time},
};
use std::{collections::BTreeMap, hash::Hash};

/// Tokens of one speaker in one span of time.
#[derive(Debug, Clone, PartialEq)]
pub struct SpeakerSegment<T> {
    /// Whose they are.
    pub speaker: SpeakerId,
    /// From the start of the first token to the end of the last one.
    pub span: Span,
    /// In order.
    pub tokens: Vec<T>,
}

impl WordErrors {
    /// The fewest errors under a mapping of speakers: cpWER, the concatenated
    /// minimum-permutation word error rate.
    ///
    /// Tokens of one speaker are concatenated in the order given, which should be that of time.
    /// A speaker of the reference who is mapped to nobody has only deletions, one of the
    /// hypothesis only insertions.
    ///
    /// Watanabe et al., "CHiME-6 Challenge: Tackling Multispeaker Speech
    /// Recognition for Unsegmented Recordings", 2020, as in meeteval's `cpwer`.
    pub fn cpwer<T: Eq + Hash>(
        reference: &[(SpeakerId, Vec<T>)],
        hypothesis: &[(SpeakerId, Vec<T>)],
    ) -> WordErrors {
        let reference = concatenate(reference);
        let hypothesis = concatenate(hypothesis);
        under_best_mapping(&reference, &hypothesis, distance, WordErrors::near)
    }

    /// The same, where a token may match another one only if they are spoken at about the
    /// same time: tcpWER, the time-constrained one.
    ///
    /// A span is divided among its tokens by their letters. One of the reference keeps
    /// its part; one of the hypothesis is an instant in the middle of its part, widened by
    /// `collar` on both sides. Two may match where these overlap.
    ///
    /// von Neumann et al., "MeetEval: A Toolkit for Computation of Word Error Rates for
    /// Meeting Transcription Systems", CHiME 2023, as in meeteval's `tcpwer` with its
    /// defaults; segments of one speaker are put in the order of their starts.
    pub fn tcpwer<T: Eq + AsRef<str>>(
        reference: &[SpeakerSegment<T>],
        hypothesis: &[SpeakerSegment<T>],
        collar: Time,
    ) -> WordErrors {
        let reference = timed_by_speaker(reference, TimedToken::push_spans);
        let hypothesis = timed_by_speaker(hypothesis, |segment, timed| {
            TimedToken::push_instants(segment, collar, timed);
        });
        let errors = |_, reference: &[_], hypothesis: &[_]| {
            align_time_constrained(reference, hypothesis).into_iter().collect()
        };
        under_best_mapping(&reference, &hypothesis, distance_time_constrained, errors)
    }
}

/// The errors under the mapping of speakers with the least `distance` in all; `errors` is
/// given that of its pair.
fn under_best_mapping<T>(
    reference: &[Vec<T>],
    hypothesis: &[Vec<T>],
    distance: impl Fn(&[T], &[T]) -> usize,
    errors: impl Fn(usize, &[T], &[T]) -> WordErrors,
) -> WordErrors {
    // The shorter side is filled up with speakers who have no tokens.
    let n_speakers = reference.len().max(hypothesis.len());
    let reference_of = |row: usize| reference.get(row).map_or(&[][..], |tokens| &tokens[..]);
    let hypothesis_of =
        |column: usize| hypothesis.get(column).map_or(&[][..], |tokens| &tokens[..]);
    let costs: Vec<Vec<i64>> = (0..n_speakers)
        .map(|row| {
            (0..n_speakers)
                .map(|column| distance(reference_of(row), hypothesis_of(column)) as i64)
                .collect()
        })
        .collect();
    min_cost_assignment(n_speakers, |row, column| costs[row][column])
        .into_iter()
        .enumerate()
        .map(|(row, column)| {
            errors(costs[row][column] as usize, reference_of(row), hypothesis_of(column))
        })
        .sum()
}

/// All tokens of each speaker, by number.
fn concatenate<T>(segments: &[(SpeakerId, Vec<T>)]) -> Vec<Vec<&T>> {
    let mut speakers: BTreeMap<SpeakerId, Vec<&T>> = BTreeMap::new();
    for (speaker, tokens) in segments {
        speakers.entry(*speaker).or_default().extend(tokens);
    }
    speakers.into_values().collect()
}

/// All tokens of each speaker with their times, by number, as `push` makes them of a segment.
fn timed_by_speaker<'a, T>(
    segments: &'a [SpeakerSegment<T>],
    push: impl Fn(&'a SpeakerSegment<T>, &mut Vec<TimedToken<'a, T>>),
) -> Vec<Vec<TimedToken<'a, T>>> {
    let mut sorted: Vec<&SpeakerSegment<T>> = segments.iter().collect();
    sorted.sort_by_key(|segment| segment.span.start());
    let mut speakers: BTreeMap<SpeakerId, Vec<TimedToken<'a, T>>> = BTreeMap::new();
    for segment in sorted {
        push(segment, speakers.entry(segment.speaker).or_default());
    }
    speakers.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_of_speakers_do_not_count() {
        check(
            "A: bonjour à tous / B: merci à vous / A: alors",
            "x: merci à vous / y: bonjour à tous / y: alors",
            "of 7: 0 substitutions, 0 deletions, 0 insertions",
        );
    }

    #[test]
    fn a_word_given_to_the_wrong_speaker_is_deleted_and_inserted() {
        check(
            "A: bonjour à tous / B: merci",
            "x: bonjour à / y: tous merci",
            "of 4: 0 substitutions, 1 deletions, 1 insertions",
        );
    }

    #[test]
    fn a_speaker_without_a_counterpart_has_only_deletions() {
        check(
            "A: bonjour à tous / B: merci",
            "x: bonjour à tous",
            "of 4: 0 substitutions, 1 deletions, 0 insertions",
        );
    }

    #[test]
    fn a_speaker_who_does_not_exist_has_only_insertions() {
        check(
            "A: bonjour à tous",
            "x: sous titres / y: bonjour à tous",
            "of 3: 0 substitutions, 0 deletions, 2 insertions",
        );
        check("", "x: sous titres", "of 0: 0 substitutions, 0 deletions, 2 insertions");
    }

    proptest! {
        #[test]
        fn no_other_mapping_of_up_to_four_speakers_has_fewer_errors(
            reference in speakers(), hypothesis in speakers(),
        ) {
            let numbered = |speakers: &[Vec<char>]| -> Vec<(SpeakerId, Vec<char>)> {
                (0..).map(SpeakerId).zip(speakers.iter().cloned()).collect()
            };
            let best = WordErrors::cpwer(&numbered(&reference), &numbered(&hypothesis)).errors();
            prop_assert_eq!(best, by_trying_all(&reference, &hypothesis));
        }
    }

    fn speakers() -> impl Strategy<Value = Vec<Vec<char>>> {
        let words = prop::collection::vec(prop::sample::select(vec!['a', 'b', 'c', 'd']), 0..9);
        prop::collection::vec(words, 0..=4)
    }

    /// The first is paired with each of the others or with nobody.
    fn by_trying_all(reference: &[Vec<char>], hypothesis: &[Vec<char>]) -> u64 {
        let Some((first, rest)) = reference.split_first() else {
            return hypothesis.iter().map(|tokens| tokens.len() as u64).sum();
        };
        let mapped_to = |speaker: usize| {
            let mut others = hypothesis.to_vec();
            let tokens = others.remove(speaker);
            WordErrors::between(first, &tokens).errors() + by_trying_all(rest, &others)
        };
        let alone = first.len() as u64 + by_trying_all(rest, hypothesis);
        (0..hypothesis.len()).map(mapped_to).chain([alone]).min().unwrap_or(alone)
    }

    #[track_caller]
    fn check(reference: &str, hypothesis: &str, expected: &str) {
        let errors = WordErrors::cpwer(&entries(reference), &entries(hypothesis));
        let WordErrors { substitutions, deletions, insertions, reference_words } = errors;
        let shown = format!(
            "of {reference_words}: {substitutions} substitutions, {deletions} deletions, {insertions} insertions"
        );
        assert_eq!(shown, expected);
    }

    /// `A: words / B: words`; a letter is a speaker.
    fn entries(text: &str) -> Vec<(SpeakerId, Vec<&str>)> {
        text.split(" / ")
            .filter_map(|entry| entry.split_once(": "))
            .map(|(letter, words)| {
                let speaker = SpeakerId(u16::from(letter.as_bytes()[0]));
                (speaker, words.split(' ').collect())
            })
            .collect()
    }
}
