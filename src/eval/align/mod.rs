//! Which token of a hypothesis stands for which of its reference: exact for whole
//! days of talk, in the memory of a few columns.
//!
//! A table of all pairs would take 14 GB for twelve hours. Here 128 of its rows are one
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
    let Walk { kept, distance } = table.columns_within(bound, Some(stride));
    table.way_back(&kept, stride, distance)
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

/// Rows as the bits of a number. Twice as wide as what processors add in one step, because
/// what a step waits for is the carry of the one before.
type Mask = u128;

/// Rows in a number.
const ROWS: usize = Mask::BITS as usize;

/// The table of distances between all beginnings: a row for each token of the reference,
/// a column for each of the hypothesis. None of it is kept here but what is equal.
struct Table {
    n_rows: usize,
    /// Number of the token of each column; `None` where the reference has no such token.
    columns: Vec<Option<usize>>,
    /// Where each token stands in the reference.
    places: Vec<Places>,
}

/// The rows of one token.
enum Places {
    /// All masks, of a token that is nearly everywhere.
    Dense(Vec<Mask>),
    /// The masks that are not zero, each with the number of its block.
    Sparse(Vec<(usize, Mask)>),
}

/// A column of the table: the difference of each row to the one above it, for the blocks of
/// rows in which a way that is good enough may lie.
#[derive(Clone)]
struct Column {
    /// Of the rows above them.
    first_block: usize,
    blocks: Vec<Block>,
}

/// Some rows of a column.
#[derive(Clone, Copy)]
struct Block {
    /// A bit for each row that is one more than the row above it.
    plus: Mask,
    /// A bit for each row that is one less.
    minus: Mask,
    /// Distance in the last row.
    end: usize,
}

/// What is known once all columns were walked.
struct Walk {
    /// Every so many columns before the last, from that of nothing on.
    kept: Vec<Column>,
    distance: usize,
}

/// What the way back asks of a column.
#[derive(Default)]
struct Footprints {
    first_block: usize,
    /// A bit for each row that is equal to the row above in the column before.
    level: Vec<Mask>,
    /// A bit for each row that is one more than the row above it.
    plus: Vec<Mask>,
}

impl Table {
    fn new<T: Eq + Hash>(reference: &[T], hypothesis: &[T]) -> Table {
        let n_blocks = reference.len().div_ceil(ROWS);
        let mut numbers: HashMap<&T, usize> = HashMap::new();
        let mut sparse: Vec<Vec<(usize, Mask)>> = Vec::new();
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
        let places = |sparse: Vec<(usize, Mask)>| {
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
            // Only rows were left out through which no way has at most `bound` errors.
            if distance <= bound {
                return Walk { kept, distance };
            }
            bound *= 2;
        }
    }

    /// The column before the first: each row is one more deletion.
    fn column_of_nothing(&self, bound: usize) -> Column {
        let mut column = Column { first_block: 0, blocks: vec![Block::below(0)] };
        self.grow(&mut column, 0, bound);
        column
    }

    /// Errors that any way still has from the nearest of the rows `first` to `last` of the
    /// column behind `n_columns` tokens: as many as one side has more to come than the other.
    fn still(&self, first: usize, last: usize, n_columns: usize) -> usize {
        let even = (self.n_rows + n_columns) as isize - self.columns.len() as isize;
        even.clamp(first as isize, last as isize).abs_diff(even)
    }

    /// Adds the blocks below that a way of at most `bound` errors may enter from `column`.
    fn grow(&self, column: &mut Column, n_columns: usize, bound: usize) {
        let n_blocks = self.n_rows.div_ceil(ROWS);
        while column.first_block + column.blocks.len() < n_blocks {
            let (below, end) = (column.n_rows(), column.end());
            if end + self.still(below, below, n_columns) > bound {
                return;
            }
            column.blocks.push(Block::below(end));
        }
    }

    /// Forgets the blocks at both ends that no way of at most `bound` errors goes through.
    fn shrink(&self, column: &mut Column, n_columns: usize, bound: usize) {
        let is_idle = |column: &Column, index: usize| {
            let above = (column.first_block + index) * ROWS;
            let least = (column.blocks[index].end + 1).saturating_sub(ROWS);
            // The row of nothing is in no block, and enters the first one.
            let is_entered = above == 0 && n_columns + self.still(0, 0, n_columns) <= bound;
            !is_entered && least + self.still(above + 1, above + ROWS, n_columns) > bound
        };
        while column.blocks.len() > 1 && is_idle(column, column.blocks.len() - 1) {
            column.blocks.pop();
        }
        let inner = 0..column.blocks.len() - 1;
        let n_idle = inner.take_while(|&index| is_idle(column, index)).count();
        if n_idle > 0 {
            column.blocks.drain(..n_idle);
            column.first_block += n_idle;
        }
    }

    /// Makes the column behind token `at` of the hypothesis out of the one before it.
    ///
    /// What lies outside its blocks is taken for an insertion or a deletion more than its
    /// neighbour inside: never too good, so that no way is found that is not there.
    fn advance(
        &self,
        column: &mut Column,
        at: usize,
        bound: usize,
        same: &mut [Mask],
        footprints: Option<&mut Footprints>,
    ) {
        let (first, last) = (column.first_block, column.first_block + column.blocks.len() - 1);
        match self.columns[at].map(|token| &self.places[token]) {
            Some(Places::Dense(masks)) => column.walk(&masks[first..=last], footprints),
            Some(Places::Sparse(masks)) => {
                masks.iter().for_each(|&(block, mask)| same[block] = mask);
                column.walk(&same[first..=last], footprints);
                masks.iter().for_each(|&(block, _)| same[block] = 0);
            }
            None => column.walk(&same[first..=last], footprints),
        }
        self.shrink(column, at + 1, bound);
        self.grow(column, at + 1, bound);
    }

    /// Distance in the last row of the reference; below the last block all is deleted.
    fn bottom(&self, column: &Column) -> usize {
        let below = column.n_rows();
        if below < self.n_rows {
            return column.end() + self.n_rows - below;
        }
        let rows_used = (self.n_rows - 1) % ROWS + 1;
        let beyond = Mask::MAX.checked_shl(rows_used as u32).unwrap_or(0);
        let last = column.blocks[column.blocks.len() - 1];
        let more = (last.plus & beyond).count_ones() as usize;
        let less = (last.minus & beyond).count_ones() as usize;
        last.end + less - more
    }

    /// The steps of the shortest way, from the columns that were `kept`.
    fn way_back(&self, kept: &[Column], stride: usize, bound: usize) -> Vec<Step> {
        let mut steps = Vec::with_capacity(self.n_rows.max(self.columns.len()));
        let mut same = vec![0; self.n_rows.div_ceil(ROWS)];
        let mut row = self.n_rows;
        // Used again for each stretch: to give megabytes back and ask for them again takes as
        // long as to fill them.
        let mut footprints: Vec<Footprints> = Vec::new();
        for (index, column) in kept.iter().enumerate().rev() {
            let start = index * stride;
            let end = (start + stride).min(self.columns.len());
            let mut column = column.clone();
            footprints.resize_with(end - start, Footprints::default);
            for (at, left) in (start..end).zip(&mut footprints) {
                self.advance(&mut column, at, bound, &mut same, Some(left));
            }
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
    /// Rows down to the end of the last block.
    fn n_rows(&self) -> usize {
        (self.first_block + self.blocks.len()) * ROWS
    }

    /// Distance in the last row of the last block.
    fn end(&self) -> usize {
        self.blocks[self.blocks.len() - 1].end
    }

    /// One column further: `same` has a bit for each row of the new column's token.
    fn walk(&mut self, same: &[Mask], footprints: Option<&mut Footprints>) {
        let mut carry = Carry { gain: 1, loss: 0 };
        let blocks = self.blocks.iter_mut().zip(same);
        let Some(left) = footprints else {
            for (block, &same) in blocks {
                block.step(same, &mut carry);
            }
            return;
        };
        left.first_block = self.first_block;
        left.level.clear();
        left.plus.clear();
        for (block, &same) in blocks {
            left.level.push(block.step(same, &mut carry));
            left.plus.push(block.plus);
        }
    }
}

/// What the row above a block gains or loses from the column before to this one: 1 or 0.
struct Carry {
    gain: u64,
    loss: u64,
}

impl Block {
    /// A block of nothing but deletions below one that ends with `end`.
    fn below(end: usize) -> Block {
        Block { plus: Mask::MAX, minus: 0, end: end + ROWS }
    }

    /// One column further: `same` has a bit for each row of the new column's token. Gives a
    /// bit for each row that is equal to the row above in the column before.
    #[inline]
    fn step(&mut self, same: Mask, carry: &mut Carry) -> Mask {
        let Block { plus, minus, .. } = *self;
        let up = same | minus;
        let here = same | Mask::from(carry.loss);
        let across = ((here & plus).wrapping_add(plus) ^ plus) | here;
        let gains = minus | !(across | plus);
        let losses = plus & across;
        let gains_above = (gains << 1) | Mask::from(carry.gain);
        let losses_above = (losses << 1) | Mask::from(carry.loss);
        let top = ROWS - 1;
        *carry = Carry { gain: (gains >> top) as u64, loss: (losses >> top) as u64 };
        self.plus = losses_above | !(up | gains_above);
        self.minus = gains_above & up;
        self.end = self.end + carry.gain as usize - carry.loss as usize;
        across | minus
    }
}

impl Footprints {
    /// The last step of the shortest way to `row`, counted from 0, of this column.
    fn step(&self, row: usize, is_same: bool) -> Step {
        let (block, bit) = (row / ROWS - self.first_block, 1 << (row % ROWS));
        if block >= self.plus.len() {
            // Below the last block all is deleted.
            Step::Deleted
        } else if is_same {
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
