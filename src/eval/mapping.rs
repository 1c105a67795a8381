//! The mapping of speakers: the assignment problem, solved by the Hungarian algorithm.
//!
//! Numbers of speakers mean nothing outside their own transcript, so a reference and
//! a hypothesis are compared under the best mapping of them. Trying all takes
//! minutes from a dozen speakers on; this takes the cube of their number.

/// The column given to each row of an `n` by `n` table, each column once, so that
/// the sum of `cost(row, column)` is the least there is.
///
/// Where several assignments cost the same, always the same one of them. Sides of
/// unequal size are filled up by the caller, who knows what a missing row costs.
/// Costs may be negative; a sum of `n` of them must fit.
///
/// The Hungarian algorithm as shortest augmenting paths: Jonker & Volgenant, "A
/// Shortest Augmenting Path Algorithm for Dense and Sparse Linear Assignment
/// Problems", Computing 38, 1987, without its quick start.
pub(super) fn min_cost_assignment(n: usize, cost: impl Fn(usize, usize) -> i64) -> Vec<usize> {
    // A column outside the table, from which each augmenting path starts.
    let root = n;
    let mut row_potentials = vec![0; n];
    let mut column_potentials = vec![0; n + 1];
    let mut row_of: Vec<Option<usize>> = vec![None; n + 1];
    for new_row in 0..n {
        row_of[root] = Some(new_row);
        let mut distances = vec![i64::MAX; n];
        let mut before = vec![root; n];
        let mut reached = vec![false; n + 1];
        let mut column = root;
        while let Some(row) = row_of[column] {
            reached[column] = true;
            for other in (0..n).filter(|&other| !reached[other]) {
                let distance = cost(row, other) - row_potentials[row] - column_potentials[other];
                if distance < distances[other] {
                    (distances[other], before[other]) = (distance, column);
                }
            }
            let free = (0..n).filter(|&other| !reached[other]);
            let nearest = free.min_by_key(|&other| distances[other]);
            let nearest = nearest.expect("there are as many columns as rows");
            let step = distances[nearest];
            for other in 0..=n {
                if reached[other] {
                    row_of[other].iter().for_each(|&row| row_potentials[row] += step);
                    column_potentials[other] -= step;
                } else {
                    distances[other] -= step;
                }
            }
            column = nearest;
        }
        while column != root {
            row_of[column] = row_of[before[column]];
            column = before[column];
        }
    }
    let mut column_of = vec![0; n];
    for (column, row) in row_of.into_iter().take(n).enumerate() {
        row.into_iter().for_each(|row| column_of[row] = column);
    }
    column_of
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_cheapest_assignment_need_not_hold_the_cheapest_pair() {
        let costs = [[1, 2], [3, 9]];
        assert_eq!(min_cost_assignment(2, |row, column| costs[row][column]), [1, 0]);
    }

    #[test]
    fn of_no_rows_there_is_no_assignment() {
        assert!(min_cost_assignment(0, |_, _| 0).is_empty());
    }

    proptest! {
        #[test]
        fn no_other_assignment_is_cheaper(
            n in 0_usize..=4,
            costs in prop::array::uniform4(prop::array::uniform4(-9_i64..=9)),
        ) {
            let column_of = min_cost_assignment(n, |row, column| costs[row][column]);
            let total: i64 = column_of.iter().enumerate().map(|(row, &at)| costs[row][at]).sum();
            let mut columns = column_of.clone();
            columns.sort_unstable();
            prop_assert_eq!(columns, (0..n).collect::<Vec<_>>());
            prop_assert_eq!(total, by_trying_all(&costs[..n], &mut vec![false; n]));
        }
    }

    fn by_trying_all(rows: &[[i64; 4]], taken: &mut [bool]) -> i64 {
        let Some((first, rest)) = rows.split_first() else { return 0 };
        let mut best = i64::MAX;
        for column in 0..taken.len() {
            if !taken[column] {
                taken[column] = true;
                best = best.min(first[column] + by_trying_all(rest, taken));
                taken[column] = false;
            }
        }
        best
    }
}
