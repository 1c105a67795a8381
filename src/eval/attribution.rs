//! Errors about who says what: word errors that count a word given to the wrong
//! person, and nothing for what people are called.

use super::{
    align::distance,
    mapping::cheapest,
    timed::{Timed, distance_in_time, in_time},
    words::WordErrors,
};
use crate::base::{
    speech::SpeakerId,
    time::{Span, Time},
};
use std::{collections::BTreeMap, hash::Hash};

/// What somebody says in a span of time, as tokens.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry<T> {
    /// Who says it.
    pub speaker: SpeakerId,
    /// When: of the first token's start to the last one's end.
    pub span: Span,
    /// What is said.
    pub tokens: Vec<T>,
}

impl WordErrors {
    /// The fewest errors under a pairing of speakers: cpWER.
    ///
    /// Entries are what somebody says, as tokens; those of one speaker are joined
    /// in the order given, which should be that of time. A speaker of the
    /// reference who is paired with nobody has only deletions, one of the
    /// hypothesis only insertions.
    ///
    /// Watanabe et al., "CHiME-6 Challenge: Tackling Multispeaker Speech
    /// Recognition for Unsegmented Recordings", 2020, as in meeteval's `cpwer`.
    pub fn by_speaker<T: Eq + Hash>(
        reference: &[(SpeakerId, Vec<T>)],
        hypothesis: &[(SpeakerId, Vec<T>)],
    ) -> WordErrors {
        let (reference, hypothesis) = (joined(reference), joined(hypothesis));
        paired(&reference, &hypothesis, distance, WordErrors::near)
    }

    /// The same, where a token stands for another one only if they are heard at about the
    /// same time: tcpWER.
    ///
    /// A span is shared out among its tokens by their letters. One of the reference keeps
    /// its share; one of the hypothesis is an instant in the middle of its share, widened by
    /// `collar` on both sides. Two may stand for each other where these overlap.
    ///
    /// von Neumann et al., "MeetEval: A Toolkit for Computation of Word Error Rates for
    /// Meeting Transcription Systems", CHiME 2023, as in meeteval's `tcpwer` with its
    /// defaults; entries of one speaker are put in the order of their starts.
    pub fn by_speaker_in_time<T: Eq + AsRef<str>>(
        reference: &[Entry<T>],
        hypothesis: &[Entry<T>],
        collar: Time,
    ) -> WordErrors {
        let said = by_speaker(reference, |entry, said| Timed::shares(entry, said));
        let heard = by_speaker(hypothesis, |entry, heard| Timed::instants(entry, collar, heard));
        paired(&said, &heard, distance_in_time, |_, said, heard| {
            in_time(said, heard).into_iter().collect()
        })
    }
}

/// The errors under the pairing of speakers with the least `distance` in all; `errors` is
/// told that of its pair.
fn paired<T>(
    reference: &[Vec<T>],
    hypothesis: &[Vec<T>],
    distance: impl Fn(&[T], &[T]) -> usize,
    errors: impl Fn(usize, &[T], &[T]) -> WordErrors,
) -> WordErrors {
    // Somebody who says nothing stands on the shorter side.
    let n_places = reference.len().max(hypothesis.len());
    let said = |place: usize| reference.get(place).map_or(&[][..], |said| &said[..]);
    let heard = |place: usize| hypothesis.get(place).map_or(&[][..], |heard| &heard[..]);
    let costs: Vec<Vec<i64>> = (0..n_places)
        .map(|place| {
            (0..n_places).map(|other| distance(said(place), heard(other)) as i64).collect()
        })
        .collect();
    let pairing = cheapest(n_places, |place, other| costs[place][other]);
    pairing
        .into_iter()
        .enumerate()
        .map(|(place, other)| errors(costs[place][other] as usize, said(place), heard(other)))
        .sum()
}

/// All tokens of each speaker, by number.
fn joined<T>(entries: &[(SpeakerId, Vec<T>)]) -> Vec<Vec<&T>> {
    let mut speakers: BTreeMap<SpeakerId, Vec<&T>> = BTreeMap::new();
    for (speaker, tokens) in entries {
        speakers.entry(*speaker).or_default().extend(tokens);
    }
    speakers.into_values().collect()
}

/// All tokens of each speaker with their times, by number, as `timed` makes them of an entry.
fn by_speaker<'a, T>(
    entries: &'a [Entry<T>],
    timed: impl Fn(&'a Entry<T>, &mut Vec<Timed<'a, T>>),
) -> Vec<Vec<Timed<'a, T>>> {
    let mut sorted: Vec<&Entry<T>> = entries.iter().collect();
    sorted.sort_by_key(|entry| entry.span.start());
    let mut speakers: BTreeMap<SpeakerId, Vec<Timed<'a, T>>> = BTreeMap::new();
    for entry in sorted {
        timed(entry, speakers.entry(entry.speaker).or_default());
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
    fn a_word_given_to_the_wrong_person_is_deleted_and_inserted() {
        check(
            "A: bonjour à tous / B: merci",
            "x: bonjour à / y: tous merci",
            "of 4: 0 substitutions, 1 deletions, 1 insertions",
        );
    }

    #[test]
    fn a_person_nobody_heard_has_only_deletions() {
        check(
            "A: bonjour à tous / B: merci",
            "x: bonjour à tous",
            "of 4: 0 substitutions, 1 deletions, 0 insertions",
        );
    }

    #[test]
    fn a_person_who_does_not_exist_has_only_insertions() {
        check(
            "A: bonjour à tous",
            "x: sous titres / y: bonjour à tous",
            "of 3: 0 substitutions, 0 deletions, 2 insertions",
        );
        check("", "x: sous titres", "of 0: 0 substitutions, 0 deletions, 2 insertions");
    }

    proptest! {
        #[test]
        fn no_other_pairing_of_up_to_four_people_has_fewer_errors(
            said in people(), heard in people(),
        ) {
            let entries = |people: &[Vec<char>]| -> Vec<(SpeakerId, Vec<char>)> {
                (0..).map(SpeakerId).zip(people.iter().cloned()).collect()
            };
            let best = WordErrors::by_speaker(&entries(&said), &entries(&heard)).errors();
            prop_assert_eq!(best, by_trying_all(&said, &heard));
        }
    }

    fn people() -> impl Strategy<Value = Vec<Vec<char>>> {
        let words = prop::collection::vec(prop::sample::select(vec!['a', 'b', 'c', 'd']), 0..9);
        prop::collection::vec(words, 0..=4)
    }

    /// The first is paired with each of the others or with nobody.
    fn by_trying_all(said: &[Vec<char>], heard: &[Vec<char>]) -> u64 {
        let Some((first, rest)) = said.split_first() else {
            return heard.iter().map(|heard| heard.len() as u64).sum();
        };
        let with = |at: usize| {
            let mut others = heard.to_vec();
            let other = others.remove(at);
            WordErrors::between(first, &other).errors() + by_trying_all(rest, &others)
        };
        let alone = first.len() as u64 + by_trying_all(rest, heard);
        (0..heard.len()).map(with).chain([alone]).min().unwrap_or(alone)
    }

    #[track_caller]
    fn check(reference: &str, hypothesis: &str, expected: &str) {
        let errors = WordErrors::by_speaker(&entries(reference), &entries(hypothesis));
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
