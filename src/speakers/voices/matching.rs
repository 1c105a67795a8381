//! Which voices of an episode are known ones.
//!
//! Apart from the gallery, because the rule is the whole of it: a lead in both
//! directions, and nothing to optimise.

use super::Gallery;
use crate::base::{speech::Voice, time::Time};

/// When a voice is taken for a known one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MatchSettings {
    /// Least cosine.
    pub accept: f32,
    /// Least lead over everybody else it could be, and over every other voice of the
    /// episode that it could be said of; also a cosine.
    pub margin: f32,
    /// A voice heard for less is not compared: its embedding is mostly chance.
    pub shortest: Time,
}

impl MatchSettings {
    /// Careful guesses for people who talk with each other; not measured yet.
    pub const PODCAST: MatchSettings =
        MatchSettings { accept: 0.60, margin: 0.10, shortest: Time::from_millis(5_000) };
}

/// A voice that is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Match {
    /// Place in [`Gallery::people`].
    pub person_idx: usize,
    /// How alike the two are.
    pub cosine: f32,
}

impl Gallery {
    /// Who the voices of one episode are: an answer for each, in their order.
    ///
    /// A voice is a known person if their cosine is at least `accept` and leads by
    /// `margin`, and by more than nothing, in both directions: over everybody else in
    /// the gallery, and over every other voice of the episode. Two voices that are
    /// both near one person are thus both unknown. Voices heard for less than
    /// `shortest` are unknown and stand in nobody's way.
    ///
    /// No voice gets two names and no name two voices: each of two such pairs would
    /// have to lead over the other. So there is nothing to choose between, and the
    /// answer is the assignment of the greatest sum among the pairs that are sure.
    /// The order of the voices and of the gallery does not matter.
    pub fn matches(&self, voices: &[Voice], settings: MatchSettings) -> Vec<Option<Match>> {
        let cosines: Vec<Option<Vec<f32>>> = voices
            .iter()
            .map(|voice| {
                let cosines =
                    self.people.iter().map(|known| known.embedding.cosine(&voice.embedding));
                (voice.speech >= settings.shortest).then(|| cosines.collect())
            })
            .collect();
        let leads = |cosine: f32, other: f32| cosine > other && cosine - other >= settings.margin;
        let is_sure = |voice_idx: usize, own: &[f32], person_idx: usize| {
            let cosine = own[person_idx];
            let mut people = own.iter().enumerate().filter(|(idx, _)| *idx != person_idx);
            let mut others = cosines.iter().enumerate().filter(|(idx, _)| *idx != voice_idx);
            cosine >= settings.accept
                && people.all(|(_, other)| leads(cosine, *other))
                && others.all(|(_, other)| {
                    other.as_ref().is_none_or(|other| leads(cosine, other[person_idx]))
                })
        };
        let answer = |(voice_idx, own): (usize, &Option<Vec<f32>>)| {
            let own = own.as_ref()?;
            let person_idx = (0..own.len()).find(|&idx| is_sure(voice_idx, own, idx))?;
            Some(Match { person_idx, cosine: own[person_idx] })
        };
        cosines.iter().enumerate().map(answer).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::speech::{Embedding, SpeakerId};
    use proptest::{array::uniform3, collection::vec, prelude::*};
    use std::collections::BTreeSet;

    const MINUTE: Time = Time::from_millis(60_000);

    fn direction(values: [f32; 3]) -> Embedding {
        Embedding::new(values.to_vec()).unwrap()
    }

    fn voice(values: [f32; 3]) -> Voice {
        Voice { speaker: SpeakerId(0), embedding: direction(values), speech: MINUTE }
    }

    fn gallery(people: &[(&str, [f32; 3])]) -> Gallery {
        let mut gallery = Gallery::new("5eed");
        for (name, values) in people {
            gallery.enroll(name, direction(*values), MINUTE, "a0");
        }
        gallery
    }

    /// Names of `voices` beside a gallery of Aïcha, who lies on the first axis, and
    /// Bertrand, on the second.
    fn check<const N: usize>(voices: [Voice; N], names: [&str; N]) {
        let gallery = gallery(&[("Aïcha", [1.0, 0.0, 0.0]), ("Bertrand", [0.0, 1.0, 0.0])]);
        let matches = gallery.matches(&voices, MatchSettings::PODCAST);
        let name =
            |found: Option<Match>| found.map(|found| &*gallery.people[found.person_idx].name);
        let found: Vec<&str> =
            matches.into_iter().map(|found| name(found).unwrap_or("-")).collect();
        assert_eq!(found, names);
    }

    #[test]
    fn each_voice_gets_the_name_it_is_near_to() {
        let stranger = voice([0.0, 0.0, 1.0]);
        check(
            [voice([0.1, 0.9, 0.1]), stranger, voice([0.9, 0.2, 0.1])],
            ["Bertrand", "-", "Aïcha"],
        );
    }

    #[test]
    fn a_voice_between_two_people_is_unknown() {
        check([voice([0.75, 0.66, 0.0])], ["-"]);
        check([voice([0.80, 0.60, 0.0])], ["Aïcha"]);
    }

    #[test]
    fn two_voices_near_one_person_are_both_unknown() {
        check([voice([0.95, 0.0, 0.31]), voice([0.9, 0.0, -0.43])], ["-", "-"]);
        check([voice([0.95, 0.0, 0.31]), voice([0.8, 0.0, -0.6])], ["Aïcha", "-"]);
    }

    #[test]
    fn a_voice_heard_too_briefly_is_unknown_and_stands_in_nobodys_way() {
        let lasting =
            |millis| Voice { speech: Time::from_millis(millis), ..voice([1.0, 0.0, 0.0]) };
        check([lasting(5_000)], ["Aïcha"]);
        check([lasting(4_999), voice([0.9, 0.1, 0.1])], ["-", "Aïcha"]);
    }

    prop_compose! {
        fn values()(values in uniform3(-1.0_f32..1.0)) -> [f32; 3] {
            // Never without a direction.
            [values[0] + 1.01, values[1], values[2]]
        }
    }

    proptest! {
        #[test]
        fn the_order_of_the_voices_does_not_matter(
            people in vec(values(), 0..4), voices in vec(values(), 0..5), shift in 0_usize..5,
        ) {
            let names = ["A", "B", "C", "D"];
            let people: Vec<_> = names.into_iter().zip(people).collect();
            let mut voices: Vec<Voice> = voices.into_iter().map(voice).collect();
            let settings = MatchSettings { accept: 0.3, margin: 0.01, ..MatchSettings::PODCAST };
            let mut matches = gallery(&people).matches(&voices, settings);
            let named: Vec<usize> = matches.iter().flatten().map(|one| one.person_idx).collect();
            prop_assert_eq!(named.iter().collect::<BTreeSet<_>>().len(), named.len());
            voices.reverse();
            matches.reverse();
            let shift = shift % voices.len().max(1);
            voices.rotate_left(shift);
            matches.rotate_left(shift);
            prop_assert_eq!(gallery(&people).matches(&voices, settings), matches);
        }
    }
}
