//! Errors about who says what: word errors that count a word given to the wrong
//! person, and nothing for what people are called.

use super::{mapping::cheapest, words::WordErrors};
use crate::speech::SpeakerId;
use std::collections::BTreeMap;

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
    pub fn by_speaker<T: PartialEq>(
        reference: &[(SpeakerId, Vec<T>)],
        hypothesis: &[(SpeakerId, Vec<T>)],
    ) -> WordErrors {
        let (mut reference, mut hypothesis) = (joined(reference), joined(hypothesis));
        // Somebody who says nothing stands on the shorter side.
        let n_places = reference.len().max(hypothesis.len());
        reference.resize_with(n_places, Vec::new);
        hypothesis.resize_with(n_places, Vec::new);
        let pairs: Vec<Vec<WordErrors>> = reference
            .iter()
            .map(|said| hypothesis.iter().map(|heard| WordErrors::between(said, heard)).collect())
            .collect();
        let pairing = cheapest(n_places, |speaker, other| {
            let errors = pairs[speaker][other];
            (errors.substitutions + errors.deletions + errors.insertions) as i64
        });
        pairing.into_iter().enumerate().map(|(speaker, other)| pairs[speaker][other]).sum()
    }
}

/// All tokens of each speaker, by number.
fn joined<T>(entries: &[(SpeakerId, Vec<T>)]) -> Vec<Vec<&T>> {
    let mut speakers: BTreeMap<SpeakerId, Vec<&T>> = BTreeMap::new();
    for (speaker, tokens) in entries {
        speakers.entry(*speaker).or_default().extend(tokens);
    }
    speakers.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
