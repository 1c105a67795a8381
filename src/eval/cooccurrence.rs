//! The cooccurrence matrix of speakers: how long each of a reference and each of a hypothesis
//! talk at the same time. DER, JER and the optimal mapping of speakers come from it.
//!
//! A sweep over the instants at which something changes, not over frames: it has no
//! resolution that a score could depend on, and takes time by the number of turns.

use super::mapping::min_cost_assignment;
use crate::base::{
    speech::{SpeakerId, Turn},
    time::Time,
};
use std::collections::BTreeMap;

/// How long speakers talk, in samples of the scored part.
///
/// Speakers are counted from 0 on each side, in the order of their numbers.
pub(super) struct Cooccurrence {
    /// By speaker of the reference.
    pub(super) reference: Vec<u64>,
    /// By speaker of the hypothesis.
    pub(super) hypothesis: Vec<u64>,
    /// The cooccurrence matrix: by speaker of the reference, then of the hypothesis.
    pub(super) matrix: Vec<Vec<u64>>,
    /// Speakers of the reference in excess of those of the hypothesis.
    pub(super) missed: u64,
    /// Speakers of the hypothesis in excess of those of the reference.
    pub(super) false_alarm: u64,
}

impl Cooccurrence {
    /// Turns come in any order; those of one speaker that overlap count once.
    /// Nothing is scored closer than `collar` to the start or the end of a turn of
    /// the reference.
    pub(super) fn between(reference: &[Turn], hypothesis: &[Turn], collar: Time) -> Cooccurrence {
        let reference_rows = speaker_indices(reference);
        let hypothesis_columns = speaker_indices(hypothesis);
        let n_reference = reference_rows.len();
        let n_hypothesis = hypothesis_columns.len();
        let mut changes = Vec::new();
        for turn in reference {
            let start = turn.span.start();
            let end = turn.span.end();
            changes.extend(part(start, end, Who::Reference(reference_rows[&turn.speaker])));
            for boundary in [start, end] {
                changes.extend(part(boundary.minus(collar), boundary.plus(collar), Who::Collar));
            }
        }
        for turn in hypothesis {
            let who = Who::Hypothesis(hypothesis_columns[&turn.speaker]);
            changes.extend(part(turn.span.start(), turn.span.end(), who));
        }
        // Stable, because a part of no length has to begin before it ends.
        changes.sort_by_key(|change| change.at);
        let mut cooccurrence = Cooccurrence {
            reference: vec![0; n_reference],
            hypothesis: vec![0; n_hypothesis],
            matrix: vec![vec![0; n_hypothesis]; n_reference],
            missed: 0,
            false_alarm: 0,
        };
        let mut active = ActiveSpeakers::default();
        let mut last = Time::default();
        for change in changes {
            cooccurrence.count(&active, change.at.samples() - last.samples());
            last = change.at;
            active.apply(change);
        }
        cooccurrence
    }

    /// Adds `samples` in which nothing changes.
    fn count(&mut self, active: &ActiveSpeakers, samples: u64) {
        if samples == 0 || active.collars > 0 {
            return;
        }
        let n_reference = active.reference.len();
        let n_hypothesis = active.hypothesis.len();
        self.missed += samples * n_reference.saturating_sub(n_hypothesis) as u64;
        self.false_alarm += samples * n_hypothesis.saturating_sub(n_reference) as u64;
        for &column in active.hypothesis.keys() {
            self.hypothesis[column] += samples;
        }
        for &row in active.reference.keys() {
            self.reference[row] += samples;
            for &column in active.hypothesis.keys() {
                self.matrix[row][column] += samples;
            }
        }
    }

    /// The optimal mapping: pairs of a speaker of the reference and one of the hypothesis, with
    /// the most time together; two who never talk together are no pair.
    pub(super) fn mapping(&self) -> impl Iterator<Item = (usize, usize)> {
        let together = |row: usize, column: usize| {
            self.matrix.get(row).and_then(|row| row.get(column)).copied().unwrap_or(0)
        };
        let n_speakers = self.reference.len().max(self.hypothesis.len());
        let cost = |row, column| -(together(row, column) as i64);
        min_cost_assignment(n_speakers, cost)
            .into_iter()
            .enumerate()
            .filter(move |&(row, column)| together(row, column) > 0)
    }
}

/// Which speaker of the reference each speaker of the hypothesis is, by the mapping of the
/// scores. Those who are none of the reference are not in it.
///
/// ```
/// use voixoff::{
///     base::{speech::{SpeakerId, Turn}, time::{Span, Time}},
///     eval::optimal_mapping,
/// };
///
/// let turn = |speaker, start, end| {
///     let span = Span::new(Time::from_millis(start), Time::from_millis(end)).unwrap();
///     Turn::new(SpeakerId(speaker), span)
/// };
/// let reference = [turn(0, 0, 5_000), turn(1, 5_000, 9_000)];
/// let hypothesis = [turn(1, 100, 4_900), turn(0, 5_100, 9_000)];
/// let mapping = optimal_mapping(&reference, &hypothesis);
/// assert_eq!(mapping[&SpeakerId(1)], SpeakerId(0));
/// ```
pub fn optimal_mapping(reference: &[Turn], hypothesis: &[Turn]) -> BTreeMap<SpeakerId, SpeakerId> {
    let id = |turns: &[Turn], index: usize| speaker_indices(turns).into_keys().nth(index);
    let cooccurrence = Cooccurrence::between(reference, hypothesis, Time::default());
    cooccurrence
        .mapping()
        .filter_map(|(row, column)| Some((id(hypothesis, column)?, id(reference, row)?)))
        .collect()
}

/// The speakers of `turns`, counted from 0 in the order of their numbers.
fn speaker_indices(turns: &[Turn]) -> BTreeMap<SpeakerId, usize> {
    let mut indices: BTreeMap<_, _> = turns.iter().map(|turn| (turn.speaker, 0)).collect();
    for (index, value) in indices.values_mut().enumerate() {
        *value = index;
    }
    indices
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
    /// The zone around a boundary, in which nothing is scored.
    Collar,
}

fn part(start: Time, end: Time, who: Who) -> [Change; 2] {
    [Change { at: start, who, begins: true }, Change { at: end, who, begins: false }]
}

/// Who talks at an instant, and in how many overlapping turns.
#[derive(Default)]
struct ActiveSpeakers {
    reference: BTreeMap<usize, u32>,
    hypothesis: BTreeMap<usize, u32>,
    collars: u32,
}

impl ActiveSpeakers {
    fn apply(&mut self, change: Change) {
        let (speakers, index) = match change.who {
            Who::Reference(index) => (&mut self.reference, index),
            Who::Hypothesis(index) => (&mut self.hypothesis, index),
            Who::Collar if change.begins => return self.collars += 1,
            Who::Collar => return self.collars -= 1,
        };
        let n_turns = speakers.entry(index).or_default();
        if change.begins {
            *n_turns += 1;
        } else {
            *n_turns -= 1;
            speakers.retain(|_, n_turns| *n_turns > 0);
        }
    }
}
