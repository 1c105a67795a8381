//! Tokens stand for each other only where they are heard at about the same time.
//!
//! That alone makes a day of talk quick: each token has a few dozen others near it, and the
//! rest of the table is known without looking.

use super::{align::Step, attribution::Entry};
use crate::base::time::Time;

/// A token and when it may be heard, in samples; not whole ones, and before the episode
/// with a collar.
pub(super) struct Timed<'a, T> {
    token: &'a T,
    start: f64,
    end: f64,
}

impl<'a, T: AsRef<str>> Timed<'a, T> {
    /// Adds the tokens of `entry`, each with its share of the time by its letters.
    pub(super) fn shares(entry: &'a Entry<T>, timed: &mut Vec<Timed<'a, T>>) {
        let letters = |token: &T| token.as_ref().chars().count() as f64;
        let total: f64 = entry.tokens.iter().map(letters).sum();
        let (start, length) = (entry.span.start().samples() as f64, entry.span.samples() as f64);
        let mut before = 0.0;
        for token in &entry.tokens {
            let behind = before + letters(token);
            let at = |letters: f64| start + length / total * letters;
            timed.push(Timed { token, start: at(before), end: at(behind) });
            before = behind;
        }
    }

    /// Adds the tokens of `entry`, each `collar` around the middle of its share.
    pub(super) fn instants(entry: &'a Entry<T>, collar: Time, timed: &mut Vec<Timed<'a, T>>) {
        let n_before = timed.len();
        Timed::shares(entry, timed);
        let collar = collar.samples() as f64;
        for token in &mut timed[n_before..] {
            let middle = (token.start + token.end) / 2.0;
            (token.start, token.end) = (middle - collar, middle + collar);
        }
    }
}

/// The number of errors of [`in_time`].
pub(super) fn distance_in_time<T: Eq>(reference: &[Timed<T>], hypothesis: &[Timed<T>]) -> usize {
    in_time(reference, hypothesis).into_iter().filter(|step| *step != Step::Same).count()
}

/// The shortest way between two lists of tokens, first step first, on which two tokens stand
/// for each other only where their times overlap. Ties as in [`super::align::align`].
pub(super) fn in_time<T: Eq>(reference: &[Timed<T>], hypothesis: &[Timed<T>]) -> Vec<Step> {
    let rows = rows(reference, hypothesis);
    let mut steps = Vec::with_capacity(reference.len().max(hypothesis.len()));
    let (mut row, mut column) = (reference.len(), hypothesis.len());
    while row > 0 || column > 0 {
        let known = row.checked_sub(1).map(|above| &rows[above]);
        let known = known.and_then(|(first, steps)| steps.get(column - first));
        let step = known.copied().unwrap_or(Step::Inserted);
        row -= usize::from(step != Step::Inserted);
        column -= usize::from(step != Step::Deleted);
        steps.push(step);
    }
    steps.reverse();
    steps
}

/// The part of a row of the table of distances in which tokens may stand for each other.
/// Behind it each column is one more insertion; before it no shortest way needs to go.
struct Row {
    first: usize,
    costs: Vec<usize>,
}

impl Row {
    /// The distance in `column`, which must not lie before the first.
    fn cost(&self, column: usize) -> usize {
        let inside = (column - self.first).min(self.costs.len() - 1);
        self.costs[inside] + (column - self.first - inside)
    }
}

/// Of all rows but that of nothing, the first column and the last step of the shortest way to
/// each from there on.
fn rows<T: Eq>(reference: &[Timed<T>], hypothesis: &[Timed<T>]) -> Vec<(usize, Vec<Step>)> {
    // Entries of one speaker may overlap, so that tokens are not sorted by time: bounds that
    // hold for all behind, or for all before, are.
    let starts = least_behind(reference.iter().map(|token| token.start).collect());
    let other_starts = least_behind(hypothesis.iter().map(|token| token.start).collect());
    let mut other_ends: Vec<f64> = hypothesis.iter().map(|token| token.end).collect();
    (1..other_ends.len()).for_each(|at| other_ends[at] = other_ends[at].max(other_ends[at - 1]));
    let mut latest_end = f64::NEG_INFINITY;
    let mut above = Row { first: 0, costs: vec![0] };
    let mut rows = Vec::with_capacity(reference.len());
    for (token, earliest_start) in reference.iter().zip(starts) {
        latest_end = latest_end.max(token.end);
        let first = other_ends.partition_point(|end| *end <= earliest_start);
        let last = other_starts.partition_point(|start| *start < latest_end).max(first);
        let (row, steps) = row_below(&above, token, hypothesis, first, last);
        rows.push((first, steps));
        above = row;
    }
    rows
}

/// For each value the least of it and of those behind it.
fn least_behind(mut values: Vec<f64>) -> Vec<f64> {
    (1..values.len()).rev().for_each(|at| values[at - 1] = values[at - 1].min(values[at]));
    values
}

/// The row of `token`, from column `first` to `last`, and its steps.
fn row_below<T: Eq>(
    above: &Row,
    token: &Timed<T>,
    hypothesis: &[Timed<T>],
    first: usize,
    last: usize,
) -> (Row, Vec<Step>) {
    let (mut costs, mut steps) = (vec![above.cost(first) + 1], vec![Step::Deleted]);
    for column in first + 1..=last {
        let other = &hypothesis[column - 1];
        let may_stand = token.start < other.end && token.end > other.start;
        let is_same = may_stand && token.token == other.token;
        let (up, left) = (above.cost(column) + 1, costs[column - 1 - first] + 1);
        let pair = match may_stand {
            true => above.cost(column - 1) + usize::from(!is_same),
            false => usize::MAX,
        };
        let (step, cost) = if pair <= up.min(left) {
            (if is_same { Step::Same } else { Step::Other }, pair)
        } else if up <= left {
            (Step::Deleted, up)
        } else {
            (Step::Inserted, left)
        };
        costs.push(cost);
        steps.push(step);
    }
    (Row { first, costs }, steps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::{speech::SpeakerId, time::Span},
        eval::words::WordErrors,
    };
    use proptest::prelude::*;

    #[test]
    fn the_same_word_at_another_time_is_deleted_and_inserted() {
        check("bonjour 0 1000", "bonjour 5600 6600", "of 1: 1 deletions, 1 insertions");
        check("bonjour 0 1000", "bonjour 5000 6000", "of 1: 0 deletions, 0 insertions");
    }

    #[test]
    fn a_word_before_the_start_of_the_episode_by_its_collar_counts() {
        check("oui 0 100", "oui 0 100", "of 1: 0 deletions, 0 insertions");
    }

    proptest! {
        #[test]
        fn with_a_collar_over_all_the_episode_time_does_not_count(
            reference in entries(), hypothesis in entries(),
        ) {
            let day = Time::from_millis(86_400_000);
            let said = |entries: &[Entry<String>]| -> Vec<(SpeakerId, Vec<String>)> {
                let mut sorted = entries.to_vec();
                sorted.sort_by_key(|entry| entry.span.start());
                sorted.into_iter().map(|entry| (entry.speaker, entry.tokens)).collect()
            };
            prop_assert_eq!(
                WordErrors::by_speaker_in_time(&reference, &hypothesis, day),
                WordErrors::by_speaker(&said(&reference), &said(&hypothesis))
            );
        }

        #[test]
        fn what_is_not_looked_at_would_not_have_helped(
            reference in entries(), hypothesis in entries(), collar in 1..9_000_u64,
        ) {
            let collar = Time::from_millis(collar);
            let (mut said, mut heard) = (Vec::new(), Vec::new());
            reference.iter().for_each(|entry| Timed::shares(entry, &mut said));
            hypothesis.iter().for_each(|entry| Timed::instants(entry, collar, &mut heard));
            prop_assert_eq!(distance_in_time(&said, &heard), by_table(&said, &heard));
        }
    }

    fn entries() -> impl Strategy<Value = Vec<Entry<String>>> {
        let tokens = prop::collection::vec("[ab]{1,3}", 1..4);
        let entry = (0..2_u16, 0..30_000_u64, 1..3_000_u64, tokens).prop_map(
            |(speaker, start, length, tokens)| {
                let (start, end) = (Time::from_millis(start), Time::from_millis(start + length));
                let span = Span::new(start, end).unwrap();
                Entry { speaker: SpeakerId(speaker), span, tokens }
            },
        );
        prop::collection::vec(entry, 0..12)
    }

    fn by_table<T: Eq>(reference: &[Timed<T>], hypothesis: &[Timed<T>]) -> usize {
        let mut above: Vec<usize> = (0..=hypothesis.len()).collect();
        for token in reference {
            let mut row = vec![above[0] + 1];
            for (column, other) in hypothesis.iter().enumerate() {
                let mut cost = (above[column + 1] + 1).min(row[column] + 1);
                if token.start < other.end && token.end > other.start {
                    cost = cost.min(above[column] + usize::from(token.token != other.token));
                }
                row.push(cost);
            }
            above = row;
        }
        above[hypothesis.len()]
    }

    /// A word with its start and its end in milliseconds; a collar of 5 s.
    #[track_caller]
    fn check(reference: &str, hypothesis: &str, expected: &str) {
        let entry = |text: &str| {
            let parts: Vec<&str> = text.split(' ').collect();
            let time = |at: usize| Time::from_millis(parts[at].parse().unwrap());
            let span = Span::new(time(1), time(2)).unwrap();
            [Entry { speaker: SpeakerId(0), span, tokens: vec![parts[0].to_owned()] }]
        };
        let collar = Time::from_millis(5_000);
        let errors = WordErrors::by_speaker_in_time(&entry(reference), &entry(hypothesis), collar);
        let WordErrors { deletions, insertions, reference_words, .. } = errors;
        let shown = format!("of {reference_words}: {deletions} deletions, {insertions} insertions");
        assert_eq!(shown, expected);
    }
}
