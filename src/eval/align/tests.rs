//! The alignment is that of the textbook's whole table.

use super::*;
use proptest::prelude::*;

#[test]
fn a_match_comes_before_a_substitution_before_a_deletion_before_an_insertion() {
    check("le quart d heure libre", "le car d heure vraiment libre", "=~==+=");
    check("a b", "b a", "~~");
    check("un deux trois", "un trois", "=-=");
    check("", "sous titres", "++");
    check("oui non", "", "--");
    check("", "", "");
}

#[test]
fn a_long_hypothesis_of_something_else_is_aligned_too() {
    let reference: Vec<u32> = (0..700).collect();
    let hypothesis: Vec<u32> = (1_000..1_300).chain(650..700).collect();
    assert_eq!(distance(&reference, &hypothesis), 650);
    assert_eq!(align(&reference, &hypothesis), by_table(&reference, &hypothesis));
}

proptest! {
    #[test]
    fn the_alignment_is_that_of_the_whole_table(
        reference in prop::collection::vec(0..12_u8, 0..300),
        edits in prop::collection::vec((0..300_usize, 0..4_u8, 0..12_u8), 0..90),
        bound in 1..400_usize,
    ) {
        let mut hypothesis = reference.clone();
        for (position, kind, token) in edits {
            let at = position % (hypothesis.len() + 1);
            match kind {
                0 => hypothesis.insert(at, token),
                _ if at == hypothesis.len() => (),
                1 => hypothesis[at] = token,
                _ => { hypothesis.remove(at); }
            }
        }
        let expected = by_table(&reference, &hypothesis);
        prop_assert_eq!(&align_within(&reference, &hypothesis, bound), &expected);
        let errors = expected.iter().filter(|edit| **edit != Edit::Match).count();
        prop_assert_eq!(distance(&reference, &hypothesis), errors);
    }

    #[test]
    fn lists_that_have_nothing_to_do_with_each_other_are_aligned_alike(
        reference in prop::collection::vec(0..5_u8, 0..200),
        hypothesis in prop::collection::vec(0..5_u8, 0..200),
    ) {
        prop_assert_eq!(align(&reference, &hypothesis), by_table(&reference, &hypothesis));
    }
}

#[track_caller]
fn check(reference: &str, hypothesis: &str, expected: &str) {
    let words = |text| str::split_whitespace(text).collect::<Vec<_>>();
    let shown = |edit: &Edit| match edit {
        Edit::Match => '=',
        Edit::Substitution => '~',
        Edit::Deletion => '-',
        Edit::Insertion => '+',
    };
    let edits = align(&words(reference), &words(hypothesis));
    assert_eq!(edits.iter().map(shown).collect::<String>(), expected);
}

/// The textbook: every pair in a table.
fn by_table<T: PartialEq>(reference: &[T], hypothesis: &[T]) -> Vec<Edit> {
    let (n_rows, n_columns) = (reference.len(), hypothesis.len());
    let mut costs = vec![vec![0_usize; n_columns + 1]; n_rows + 1];
    for row in 0..=n_rows {
        for column in 0..=n_columns {
            costs[row][column] = match (row, column) {
                (0, _) | (_, 0) => row + column,
                _ => {
                    let mismatch = usize::from(reference[row - 1] != hypothesis[column - 1]);
                    (costs[row - 1][column - 1] + mismatch)
                        .min(costs[row - 1][column] + 1)
                        .min(costs[row][column - 1] + 1)
                }
            };
        }
    }
    let (mut row, mut column) = (n_rows, n_columns);
    let mut edits = Vec::new();
    while row > 0 || column > 0 {
        let is_pair = row > 0 && column > 0;
        let edit = if is_pair && reference[row - 1] == hypothesis[column - 1] {
            Edit::Match
        } else if is_pair && costs[row - 1][column - 1] + 1 == costs[row][column] {
            Edit::Substitution
        } else if row > 0 && costs[row - 1][column] + 1 == costs[row][column] {
            Edit::Deletion
        } else {
            Edit::Insertion
        };
        row -= usize::from(edit != Edit::Insertion);
        column -= usize::from(edit != Edit::Deletion);
        edits.push(edit);
    }
    edits.reverse();
    edits
}
