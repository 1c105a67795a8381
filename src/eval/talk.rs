//! How long people of a reference and of a hypothesis talk, alone and together.
//!
//! A walk over the instants at which something changes, not over frames: it has no
//! resolution that a score could depend on, and takes time by the number of turns.

use super::mapping::cheapest;
use crate::base::{
    speech::{SpeakerId, Turn},
    time::Time,
};
use std::collections::BTreeMap;

/// How long people talk, alone and together, in samples of the scored part.
///
/// Speakers are counted from 0 on each side, in the order of their numbers.
pub(super) struct Talk {
    /// By speaker of the reference.
    pub(super) reference: Vec<u64>,
    /// By speaker of the hypothesis.
    pub(super) hypothesis: Vec<u64>,
    /// By speaker of the reference, then of the hypothesis.
    pub(super) together: Vec<Vec<u64>>,
    /// People of the reference above the number of those of the hypothesis.
    pub(super) missed: u64,
    /// People of the hypothesis above the number of those of the reference.
    pub(super) false_alarm: u64,
}

impl Talk {
    /// Turns come in any order; those of one speaker that overlap count once.
    /// Nothing is scored closer than `collar` to the start or the end of a turn of
    /// the reference.
    pub(super) fn between(reference: &[Turn], hypothesis: &[Turn], collar: Time) -> Talk {
        let (reference_places, hypothesis_places) = (places(reference), places(hypothesis));
        let (n_reference, n_hypothesis) = (reference_places.len(), hypothesis_places.len());
        let mut changes = Vec::new();
        for turn in reference {
            let (start, end) = (turn.span.start(), turn.span.end());
            changes.extend(part(start, end, Who::Reference(reference_places[&turn.speaker])));
            for boundary in [start, end] {
                changes.extend(part(boundary.minus(collar), boundary.plus(collar), Who::Nobody));
            }
        }
        for turn in hypothesis {
            let who = Who::Hypothesis(hypothesis_places[&turn.speaker]);
            changes.extend(part(turn.span.start(), turn.span.end(), who));
        }
        // Stable, because a part of no length has to begin before it ends.
        changes.sort_by_key(|change| change.at);
        let mut talk = Talk {
            reference: vec![0; n_reference],
            hypothesis: vec![0; n_hypothesis],
            together: vec![vec![0; n_hypothesis]; n_reference],
            missed: 0,
            false_alarm: 0,
        };
        let mut scene = Scene::default();
        let mut last = Time::default();
        for change in changes {
            talk.count(&scene, change.at.samples() - last.samples());
            last = change.at;
            scene.apply(change);
        }
        talk
    }

    /// Adds `samples` in which nothing changes.
    fn count(&mut self, scene: &Scene, samples: u64) {
        if samples == 0 || scene.collars > 0 {
            return;
        }
        let (n_reference, n_hypothesis) = (scene.reference.len(), scene.hypothesis.len());
        self.missed += samples * n_reference.saturating_sub(n_hypothesis) as u64;
        self.false_alarm += samples * n_hypothesis.saturating_sub(n_reference) as u64;
        scene.hypothesis.keys().for_each(|&other| self.hypothesis[other] += samples);
        for &speaker in scene.reference.keys() {
            self.reference[speaker] += samples;
            let together = &mut self.together[speaker];
            scene.hypothesis.keys().for_each(|&other| together[other] += samples);
        }
    }

    /// Who is who: pairs of a speaker of the reference and one of the hypothesis.
    ///
    /// The pairing has the most time together; two who never talk together are no pair.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (usize, usize)> {
        let together = |speaker: usize, other: usize| {
            self.together.get(speaker).and_then(|row| row.get(other)).copied().unwrap_or(0)
        };
        let n_places = self.reference.len().max(self.hypothesis.len());
        let pairing = cheapest(n_places, |speaker, other| -(together(speaker, other) as i64));
        pairing
            .into_iter()
            .enumerate()
            .filter(move |&(speaker, other)| together(speaker, other) > 0)
    }
}

/// Whom each speaker of the hypothesis stands for: the pairing of the scores. Those who are
/// nobody of the reference are not in it.
pub fn who_is_who(reference: &[Turn], hypothesis: &[Turn]) -> BTreeMap<SpeakerId, SpeakerId> {
    let id = |turns: &[Turn], place: usize| places(turns).into_keys().nth(place);
    let talk = Talk::between(reference, hypothesis, Time::default());
    let pairs = talk.pairs();
    pairs
        .filter_map(|(speaker, other)| Some((id(hypothesis, other)?, id(reference, speaker)?)))
        .collect()
}

/// The speakers of `turns`, counted from 0 in the order of their numbers.
fn places(turns: &[Turn]) -> BTreeMap<SpeakerId, usize> {
    let mut places: BTreeMap<_, _> = turns.iter().map(|turn| (turn.speaker, 0)).collect();
    places.values_mut().enumerate().for_each(|(index, place)| *place = index);
    places
}

/// An instant at which a part of the timeline begins or ends.
#[derive(Clone, Copy)]
struct Change {
    at: Time,
    who: Who,
    begins: bool,
}

/// Whose part of the timeline begins or ends.
#[derive(Clone, Copy)]
enum Who {
    Reference(usize),
    Hypothesis(usize),
    /// The zone around a boundary, in which nobody is scored.
    Nobody,
}

fn part(start: Time, end: Time, who: Who) -> [Change; 2] {
    [Change { at: start, who, begins: true }, Change { at: end, who, begins: false }]
}

/// Who talks at an instant, and in how many turns at once.
#[derive(Default)]
struct Scene {
    reference: BTreeMap<usize, u32>,
    hypothesis: BTreeMap<usize, u32>,
    collars: u32,
}

impl Scene {
    fn apply(&mut self, change: Change) {
        let (speakers, place) = match change.who {
            Who::Reference(place) => (&mut self.reference, place),
            Who::Hypothesis(place) => (&mut self.hypothesis, place),
            Who::Nobody if change.begins => return self.collars += 1,
            Who::Nobody => return self.collars -= 1,
        };
        let n_turns = speakers.entry(place).or_default();
        if change.begins {
            *n_turns += 1;
        } else {
            *n_turns -= 1;
            speakers.retain(|_, n_turns| *n_turns > 0);
        }
    }
}
