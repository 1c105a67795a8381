//! Time-constrained alignment: tokens match only where they are spoken at about the same time.
//!
//! That alone makes a day of speech quick: each token has a few dozen others near it, and the
//! rest of the table of distances is known without computing it.

use super::{align::Edit, cpwer::SpeakerSegment};
use crate::base::time::Time;

/// A token and when it may be spoken, in samples; not whole ones, and before the episode
/// with a collar.
pub(super) struct TimedToken<'a, T> {
    token: &'a T,
    start: f64,
    end: f64,
}

impl<'a, T: AsRef<str>> TimedToken<'a, T> {
    /// Adds the tokens of `segment`, each with its part of the span, by its letters.
    pub(super) fn push_spans(segment: &'a SpeakerSegment<T>, timed: &mut Vec<TimedToken<'a, T>>) {
        let letters = |token: &T| token.as_ref().chars().count() as f64;
        let total: f64 = segment.tokens.iter().map(letters).sum();
        let start = segment.span.start().samples() as f64;
        let length = segment.span.samples() as f64;
        let at = |letters: f64| start + length / total * letters;
        let mut before = 0.0;
        for token in &segment.tokens {
            let after = before + letters(token);
            timed.push(TimedToken { token, start: at(before), end: at(after) });
            before = after;
        }
    }

    /// Adds the tokens of `segment`, each `collar` around the middle of its part of the span.
    pub(super) fn push_instants(
        segment: &'a SpeakerSegment<T>,
        collar: Time,
        timed: &mut Vec<TimedToken<'a, T>>,
    ) {
        let n_before = timed.len();
        TimedToken::push_spans(segment, timed);
        let collar = collar.samples() as f64;
        for token in &mut timed[n_before..] {
            let middle = (token.start + token.end) / 2.0;
            token.start = middle - collar;
            token.end = middle + collar;
        }
    }
}

/// The number of errors of [`align_time_constrained`].
pub(super) fn distance_time_constrained<T: Eq>(
    reference: &[TimedToken<T>],
    hypothesis: &[TimedToken<T>],
) -> usize {
    let edits = align_time_constrained(reference, hypothesis);
    edits.into_iter().filter(|edit| *edit != Edit::Match).count()
}

/// The alignment with the fewest errors in which two tokens are a match or a substitution only
/// where their times overlap. Ties as in [`super::align::align`].
pub(super) fn align_time_constrained<T: Eq>(
    reference: &[TimedToken<T>],
    hypothesis: &[TimedToken<T>],
) -> Vec<Edit> {
    let rows = last_edits(reference, hypothesis);
    let mut edits = Vec::with_capacity(reference.len().max(hypothesis.len()));
    let (mut row, mut column) = (reference.len(), hypothesis.len());
    while row > 0 || column > 0 {
        let above = row.checked_sub(1).map(|above| &rows[above]);
        let edit = above.and_then(|(first, edits)| edits.get(column - first));
        let edit = edit.copied().unwrap_or(Edit::Insertion);
        row -= usize::from(edit != Edit::Insertion);
        column -= usize::from(edit != Edit::Deletion);
        edits.push(edit);
    }
    edits.reverse();
    edits
}

/// The part of a row of the table of distances in which tokens may match. After it each column
/// is one more insertion; before it no shortest path needs to go.
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

/// Of the row of each token of the reference: its first column, and the last edit of the
/// shortest path to each column from there on.
fn last_edits<T: Eq>(
    reference: &[TimedToken<T>],
    hypothesis: &[TimedToken<T>],
) -> Vec<(usize, Vec<Edit>)> {
    // Segments of one speaker may overlap, so that tokens are not sorted by time. Their minima
    // over all that follow, and their maxima over all before, are.
    let earliest_starts = suffix_minima(reference.iter().map(|token| token.start).collect());
    let hypothesis_starts = suffix_minima(hypothesis.iter().map(|token| token.start).collect());
    let hypothesis_ends = prefix_maxima(hypothesis.iter().map(|token| token.end).collect());
    let mut latest_end = f64::NEG_INFINITY;
    let mut above = Row { first: 0, costs: vec![0] };
    let mut rows = Vec::with_capacity(reference.len());
    for (token, earliest_start) in reference.iter().zip(earliest_starts) {
        latest_end = latest_end.max(token.end);
        let first = hypothesis_ends.partition_point(|end| *end <= earliest_start);
        let last = hypothesis_starts.partition_point(|start| *start < latest_end).max(first);
        let (row, edits) = next_row(&above, token, hypothesis, first, last);
        rows.push((first, edits));
        above = row;
    }
    rows
}

/// For each value the least of it and of those after it.
fn suffix_minima(mut values: Vec<f64>) -> Vec<f64> {
    for index in (1..values.len()).rev() {
        values[index - 1] = values[index - 1].min(values[index]);
    }
    values
}

/// For each value the greatest of it and of those before it.
fn prefix_maxima(mut values: Vec<f64>) -> Vec<f64> {
    for index in 1..values.len() {
        values[index] = values[index].max(values[index - 1]);
    }
    values
}

/// The row of `token`, from column `first` to `last`, and its edits.
fn next_row<T: Eq>(
    above: &Row,
    token: &TimedToken<T>,
    hypothesis: &[TimedToken<T>],
    first: usize,
    last: usize,
) -> (Row, Vec<Edit>) {
    let mut costs = vec![above.cost(first) + 1];
    let mut edits = vec![Edit::Deletion];
    for column in first + 1..=last {
        let other = &hypothesis[column - 1];
        let overlaps = token.start < other.end && token.end > other.start;
        let is_match = overlaps && token.token == other.token;
        let deletion = above.cost(column) + 1;
        let insertion = costs[column - 1 - first] + 1;
        let diagonal = match overlaps {
            true => above.cost(column - 1) + usize::from(!is_match),
            false => usize::MAX,
        };
        let (edit, cost) = if diagonal <= deletion.min(insertion) {
            (if is_match { Edit::Match } else { Edit::Substitution }, diagonal)
        } else if deletion <= insertion {
            (Edit::Deletion, deletion)
        } else {
            (Edit::Insertion, insertion)
        };
        costs.push(cost);
        edits.push(edit);
    }
    (Row { first, costs }, edits)
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
            reference in segments(), hypothesis in segments(),
        ) {
            let day = Time::from_millis(86_400_000);
            let untimed = |segments: &[SpeakerSegment<String>]| -> Vec<(SpeakerId, Vec<String>)> {
                let mut sorted = segments.to_vec();
                sorted.sort_by_key(|segment| segment.span.start());
                sorted.into_iter().map(|segment| (segment.speaker, segment.tokens)).collect()
            };
            prop_assert_eq!(
                WordErrors::tcpwer(&reference, &hypothesis, day),
                WordErrors::cpwer(&untimed(&reference), &untimed(&hypothesis))
            );
        }

        #[test]
        fn what_is_not_computed_would_not_have_helped(
            reference in segments(), hypothesis in segments(), collar in 1..9_000_u64,
        ) {
            let collar = Time::from_millis(collar);
            let mut rows = Vec::new();
            let mut columns = Vec::new();
            reference.iter().for_each(|segment| TimedToken::push_spans(segment, &mut rows));
            for segment in &hypothesis {
                TimedToken::push_instants(segment, collar, &mut columns);
            }
            prop_assert_eq!(distance_time_constrained(&rows, &columns), by_table(&rows, &columns));
        }
    }

    fn segments() -> impl Strategy<Value = Vec<SpeakerSegment<String>>> {
        let tokens = prop::collection::vec("[ab]{1,3}", 1..4);
        let segment = (0..2_u16, 0..30_000_u64, 1..3_000_u64, tokens).prop_map(
            |(speaker, start, length, tokens)| {
                let (start, end) = (Time::from_millis(start), Time::from_millis(start + length));
                let span = Span::new(start, end).unwrap();
                SpeakerSegment { speaker: SpeakerId(speaker), span, tokens }
            },
        );
        prop::collection::vec(segment, 0..12)
    }

    fn by_table<T: Eq>(reference: &[TimedToken<T>], hypothesis: &[TimedToken<T>]) -> usize {
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
        let segment = |text: &str| {
            let parts: Vec<&str> = text.split(' ').collect();
            let time = |part: usize| Time::from_millis(parts[part].parse().unwrap());
            let span = Span::new(time(1), time(2)).unwrap();
            [SpeakerSegment { speaker: SpeakerId(0), span, tokens: vec![parts[0].to_owned()] }]
        };
        let collar = Time::from_millis(5_000);
        let errors = WordErrors::tcpwer(&segment(reference), &segment(hypothesis), collar);
        let WordErrors { deletions, insertions, reference_words, .. } = errors;
        let shown = format!("of {reference_words}: {deletions} deletions, {insertions} insertions");
        assert_eq!(shown, expected);
    }
}
