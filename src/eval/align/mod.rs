//! Which token of a hypothesis stands for which of its reference: exact for whole
//! days of talk, in the memory of a few columns.
//!
//! A table of all pairs would take 14 GB for twelve hours. Here 64 of its rows are one
//! number, only the band that can hold the best way is walked, and of it every so many
//! columns are kept: between two of them the band is walked again, for the way back.

use std::{collections::HashMap, hash::Hash};

/// One step of the way from the start of both lists to their ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The same token on both sides.
    Same,
    /// A token of the reference, and another one of the hypothesis in its place.
    Other,
    /// A token of the reference with no counterpart.
    Deleted,
    /// A token of the hypothesis with no counterpart.
    Inserted,
}

/// The shortest way between two lists of tokens by Levenshtein's distance, first step first.
///
/// Of several shortest ways it is the one that, seen from the end, prefers equal tokens,
/// then a substitution, then a deletion, then an insertion.
///
/// Myers, "A Fast Bit-Vector Algorithm for Approximate String Matching Based on Dynamic
/// Programming", Journal of the ACM 46, 1999, in blocks as in Hyyrö, "A Bit-Vector
/// Algorithm for Computing Levenshtein and Damerau Edit Distances", 2003; the band is that
/// of Ukkonen, "Algorithms for Approximate String Matching", 1985.
pub fn align<T: Eq + Hash>(reference: &[T], hypothesis: &[T]) -> Vec<Step> {
    align_within(reference, hypothesis, FIRST_BOUND)
}

/// [`align`] where the distance is thought to be at most `bound`. The answer does not
/// depend on it; the work does, and is least where `bound` is the distance.
pub(super) fn align_within<T: Eq + Hash>(
    reference: &[T],
    hypothesis: &[T],
    bound: usize,
) -> Vec<Step> {
    if reference.is_empty() || hypothesis.is_empty() {
        let deleted = reference.iter().map(|_| Step::Deleted);
        return deleted.chain(hypothesis.iter().map(|_| Step::Inserted)).collect();
    }
    let table = Table::new(reference, hypothesis);
    let stride = hypothesis.len().isqrt() + 1;
    let Walk { kept, bound, .. } = table.columns_within(bound, Some(stride));
    table.way_back(&kept, stride, bound)
}

/// The number of steps of [`align`] that are errors, without looking for them.
pub fn distance<T: Eq + Hash>(reference: &[T], hypothesis: &[T]) -> usize {
    if reference.is_empty() || hypothesis.is_empty() {
        return reference.len().max(hypothesis.len());
    }
    Table::new(reference, hypothesis).columns_within(FIRST_BOUND, None).distance
}

/// Distance looked for first; doubled until it is enough.
const FIRST_BOUND: usize = 64;

/// Rows in a number.
const ROWS: usize = 64;

/// The table of distances between all beginnings: a row for each token of the reference,
/// a column for each of the hypothesis. None of it is kept here but what is equal.
struct Table {
    n_rows: usize,
    /// Number of the token of each column; `None` where the reference has no such token.
    columns: Vec<Option<usize>>,
    /// Where each token stands in the reference.
    places: Vec<Places>,
}

/// The rows of one token, 64 in a mask.
enum Places {
    /// All masks, of a token that is nearly everywhere.
    Dense(Vec<u64>),
    /// The masks that are not zero, each with the number of its block.
    Sparse(Vec<(usize, u64)>),
}

/// A column of the table: the difference of each row to the one above it.
#[derive(Clone)]
struct Column {
    /// Of the rows above the band.
    first_block: usize,
    /// A bit for each row that is one more than the row above it.
    plus: Vec<u64>,
    /// A bit for each row that is one less.
    minus: Vec<u64>,
    /// Distance in the last row of the last block.
    last: usize,
}

/// What is known once all columns were walked.
struct Walk {
    /// Every so many columns before the last, from that of nothing on.
    kept: Vec<Column>,
    /// Most errors that a way inside the band can have.
    bound: usize,
    distance: usize,
}

/// What the way back asks of a column.
struct Footprints {
    first_block: usize,
    /// A bit for each row that is equal to the row above in the column before.
    level: Vec<u64>,
    /// A bit for each row that is one more than the row above it.
    plus: Vec<u64>,
}

impl Table {
    fn new<T: Eq + Hash>(reference: &[T], hypothesis: &[T]) -> Table {
        let n_blocks = reference.len().div_ceil(ROWS);
        let mut numbers: HashMap<&T, usize> = HashMap::new();
        let mut sparse: Vec<Vec<(usize, u64)>> = Vec::new();
        for (row, token) in reference.iter().enumerate() {
            let number = *numbers.entry(token).or_insert(sparse.len());
            if number == sparse.len() {
                sparse.push(Vec::new());
            }
            let (block, bit) = (row / ROWS, 1 << (row % ROWS));
            match sparse[number].last_mut() {
                Some((last, mask)) if *last == block => *mask |= bit,
                _ => sparse[number].push((block, bit)),
            }
        }
        let places = |sparse: Vec<(usize, u64)>| {
            if sparse.len() * 8 < n_blocks {
                return Places::Sparse(sparse);
            }
            let mut masks = vec![0; n_blocks];
            sparse.into_iter().for_each(|(block, mask)| masks[block] = mask);
            Places::Dense(masks)
        };
        Table {
            n_rows: reference.len(),
            columns: hypothesis.iter().map(|token| numbers.get(token).copied()).collect(),
            places: sparse.into_iter().map(places).collect(),
        }
    }

    /// Walks all columns within the least bound, doubled from `bound`, that is enough; keeps
    /// every `stride`th column.
    fn columns_within(&self, bound: usize, stride: Option<usize>) -> Walk {
        let mut bound = bound.max(self.n_rows.abs_diff(self.columns.len()));
        let mut same = vec![0; self.n_rows.div_ceil(ROWS)];
        loop {
            let mut kept = Vec::new();
            let mut column = self.column_of_nothing(bound);
            for at in 0..self.columns.len() {
                if stride.is_some_and(|stride| at % stride == 0) {
                    kept.push(column.clone());
                }
                self.advance(&mut column, at, bound, &mut same, None);
            }
            let distance = self.bottom(&column);
            // A way that leaves the band has more than `bound` errors, so none of at most
            // `bound` errors has been overlooked.
            if distance <= bound {
                return Walk { kept, bound, distance };
            }
            bound *= 2;
        }
    }

    /// Blocks that a way of at most `bound` errors can touch in the column behind `at`.
    fn band(&self, at: usize, bound: usize) -> (usize, usize) {
        let (n_rows, n_columns) = (self.n_rows as isize, self.columns.len() as isize);
        let longer = n_rows - n_columns;
        let spare = (bound as isize - longer.abs()) / 2;
        let column = at as isize + 1;
        let top = (column + longer.min(0) - spare).clamp(1, n_rows);
        let bottom = (column + longer.max(0) + spare).clamp(1, n_rows);
        ((top - 1) as usize / ROWS, (bottom - 1) as usize / ROWS)
    }

    /// The column before the first: each row is one more deletion.
    fn column_of_nothing(&self, bound: usize) -> Column {
        let n_blocks = self.band(0, bound).1 + 1;
        Column {
            first_block: 0,
            plus: vec![u64::MAX; n_blocks],
            minus: vec![0; n_blocks],
            last: n_blocks * ROWS,
        }
    }

    /// Makes the column behind token `at` of the hypothesis out of the one before it.
    ///
    /// What lies outside the band is taken for an insertion or a deletion more than its
    /// neighbour inside: never too good, so that no way is found that is not there.
    fn advance(
        &self,
        column: &mut Column,
        at: usize,
        bound: usize,
        same: &mut [u64],
        footprints: Option<&mut Footprints>,
    ) {
        let (first, last) = self.band(at, bound);
        if first > column.first_block {
            let gone = first - column.first_block;
            column.plus.drain(..gone);
            column.minus.drain(..gone);
            column.first_block = first;
        }
        let n_blocks = last - first + 1;
        column.last += (n_blocks - column.plus.len()) * ROWS;
        column.plus.resize(n_blocks, u64::MAX);
        column.minus.resize(n_blocks, 0);
        match self.columns[at].map(|token| &self.places[token]) {
            Some(Places::Dense(masks)) => column.walk(&masks[first..=last], footprints),
            Some(Places::Sparse(masks)) => {
                masks.iter().for_each(|&(block, mask)| same[block] = mask);
                column.walk(&same[first..=last], footprints);
                masks.iter().for_each(|&(block, _)| same[block] = 0);
            }
            None => column.walk(&same[first..=last], footprints),
        }
    }

    /// Distance in the last row of the reference, which `column` must reach.
    fn bottom(&self, column: &Column) -> usize {
        let rows_used = (self.n_rows - 1) % ROWS + 1;
        let beyond = u64::MAX.checked_shl(rows_used as u32).unwrap_or(0);
        let last = column.plus.len() - 1;
        let more = (column.plus[last] & beyond).count_ones() as usize;
        let less = (column.minus[last] & beyond).count_ones() as usize;
        column.last + less - more
    }

    /// The steps of the shortest way, from the columns that were `kept`.
    fn way_back(&self, kept: &[Column], stride: usize, bound: usize) -> Vec<Step> {
        let mut steps = Vec::with_capacity(self.n_rows.max(self.columns.len()));
        let mut same = vec![0; self.n_rows.div_ceil(ROWS)];
        let mut row = self.n_rows;
        for (index, column) in kept.iter().enumerate().rev() {
            let start = index * stride;
            let end = (start + stride).min(self.columns.len());
            let mut column = column.clone();
            let footprints: Vec<Footprints> = (start..end)
                .map(|at| {
                    let mut left =
                        Footprints { first_block: 0, level: Vec::new(), plus: Vec::new() };
                    self.advance(&mut column, at, bound, &mut same, Some(&mut left));
                    left
                })
                .collect();
            let mut at = footprints.len();
            while at > 0 && row > 0 {
                let step = footprints[at - 1].step(row - 1, self.is_same(row - 1, start + at - 1));
                at -= usize::from(step != Step::Deleted);
                row -= usize::from(step != Step::Inserted);
                steps.push(step);
            }
            steps.extend((0..at).map(|_| Step::Inserted));
        }
        steps.extend((0..row).map(|_| Step::Deleted));
        steps.reverse();
        steps
    }

    fn is_same(&self, row: usize, at: usize) -> bool {
        let Some(token) = self.columns[at] else { return false };
        let (block, bit) = (row / ROWS, 1 << (row % ROWS));
        let mask = match &self.places[token] {
            Places::Dense(masks) => masks[block],
            Places::Sparse(masks) => {
                let found = masks.binary_search_by_key(&block, |&(block, _)| block);
                found.map_or(0, |index| masks[index].1)
            }
        };
        mask & bit != 0
    }
}

impl Column {
    /// One column further: `same` has a bit for each row of the new column's token.
    fn walk(&mut self, same: &[u64], footprints: Option<&mut Footprints>) {
        let mut level_rows = footprints.is_some().then(|| Vec::with_capacity(self.plus.len()));
        // What the row above the block gains from the column before to this one.
        let (mut gain, mut loss) = (1, 0);
        let blocks = self.plus.iter_mut().zip(&mut self.minus).zip(same);
        for ((plus, minus), &same) in blocks {
            let up = same | *minus;
            let here = same | loss;
            let across = ((here & *plus).wrapping_add(*plus) ^ *plus) | here;
            let gains = *minus | !(across | *plus);
            let losses = *plus & across;
            if let Some(rows) = &mut level_rows {
                rows.push(across | *minus);
            }
            let (gains_above, losses_above) = ((gains << 1) | gain, (losses << 1) | loss);
            (gain, loss) = (gains >> (ROWS - 1), losses >> (ROWS - 1));
            *plus = losses_above | !(up | gains_above);
            *minus = gains_above & up;
        }
        self.last = self.last + gain as usize - loss as usize;
        if let (Some(left), Some(level)) = (footprints, level_rows) {
            *left = Footprints { first_block: self.first_block, level, plus: self.plus.clone() };
        }
    }
}

impl Footprints {
    /// The last step of the shortest way to `row`, counted from 0, of this column.
    fn step(&self, row: usize, is_same: bool) -> Step {
        let (block, bit) = (row / ROWS - self.first_block, 1 << (row % ROWS));
        if is_same {
            Step::Same
        } else if self.level[block] & bit == 0 {
            Step::Other
        } else if self.plus[block] & bit != 0 {
            Step::Deleted
        } else {
            Step::Inserted
        }
    }
}

#[cfg(test)]
mod tests;
