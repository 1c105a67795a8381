//! Exact Levenshtein alignment of a hypothesis with its reference, for whole days of speech.
//!
//! The full table of distances would take 14 GB for twelve hours. Here 128 of its rows are one
//! bit-vector, only the band that can hold the shortest path is computed, and of it every so
//! many columns are kept as checkpoints: from each the band is computed again for the traceback.

use std::{collections::HashMap, hash::Hash};

/// One step of an alignment, from the start of both lists to their ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// The same token on both sides.
    Match,
    /// A token of the reference replaced by another one of the hypothesis.
    Substitution,
    /// A token of the reference with no counterpart.
    Deletion,
    /// A token of the hypothesis with no counterpart.
    Insertion,
}

/// The alignment of two lists of tokens with the fewest errors (Levenshtein's distance), from
/// start to end.
///
/// Of several it is the one whose traceback, from the end, prefers a match, then a
/// substitution, then a deletion, then an insertion.
///
/// Myers, "A Fast Bit-Vector Algorithm for Approximate String Matching Based on Dynamic
/// Programming", Journal of the ACM 46, 1999, in blocks as in Hyyrö, "A Bit-Vector
/// Algorithm for Computing Levenshtein and Damerau Edit Distances", 2003; the band is that
/// of Ukkonen, "Algorithms for Approximate String Matching", 1985.
///
/// ```
/// use voixoff::eval::align::{Edit, align};
///
/// let edits = align(&["le", "logiciel", "libre"], &["le", "libre"]);
/// assert_eq!(edits, [Edit::Match, Edit::Deletion, Edit::Match]);
/// ```
pub fn align<T: Eq + Hash>(reference: &[T], hypothesis: &[T]) -> Vec<Edit> {
    align_within(reference, hypothesis, FIRST_BOUND)
}

/// [`align`] where the distance is thought to be at most `bound`. The result does not
/// depend on it; the work does, and is least where `bound` is the distance.
pub(super) fn align_within<T: Eq + Hash>(
    reference: &[T],
    hypothesis: &[T],
    bound: usize,
) -> Vec<Edit> {
    if reference.is_empty() || hypothesis.is_empty() {
        let deletions = reference.iter().map(|_| Edit::Deletion);
        return deletions.chain(hypothesis.iter().map(|_| Edit::Insertion)).collect();
    }
    let table = Table::new(reference, hypothesis);
    let stride = hypothesis.len().isqrt() + 1;
    let Pass { checkpoints, distance } = table.compute_within(bound, Some(stride));
    table.traceback(&checkpoints, stride, distance)
}

/// The number of errors of [`align`], without the traceback.
///
/// ```
/// use voixoff::eval::align::distance;
///
/// assert_eq!(distance(b"libre", b"livre"), 1);
/// ```
pub fn distance<T: Eq + Hash>(reference: &[T], hypothesis: &[T]) -> usize {
    if reference.is_empty() || hypothesis.is_empty() {
        return reference.len().max(hypothesis.len());
    }
    Table::new(reference, hypothesis).compute_within(FIRST_BOUND, None).distance
}

/// The first bound of the distance that is tried; doubled until it holds.
const FIRST_BOUND: usize = 64;

/// A bit for each of some rows. Twice as wide as a register, because what an addition waits for
/// is the carry of the one before.
type Mask = u128;

/// Rows in a [`Mask`].
const ROWS: usize = Mask::BITS as usize;

/// The table of distances between all prefixes: a row for each token of the reference,
/// a column for each of the hypothesis. Only which cells are matches is stored.
struct Table {
    n_rows: usize,
    /// Number of the token of each column; `None` where the reference has no such token.
    columns: Vec<Option<usize>>,
    /// The rows of each token.
    rows_of: Vec<RowMasks>,
}

/// The rows of the reference that hold one token.
enum RowMasks {
    /// A mask for each block, of a frequent token.
    Dense(Vec<Mask>),
    /// The masks that are not zero, each with the number of its block.
    Sparse(Vec<(usize, Mask)>),
}

/// A column of the table within the band: the difference of each row to the one above it.
#[derive(Clone)]
struct Column {
    /// Number of blocks above the band.
    first_block: usize,
    blocks: Vec<Block>,
}

/// [`ROWS`] rows of a column, as vertical differences.
#[derive(Clone, Copy)]
struct Block {
    /// A bit for each row that is one more than the row above it: Myers's `Pv`.
    pv: Mask,
    /// A bit for each row that is one less: Myers's `Mv`.
    mv: Mask,
    /// Distance in the last row.
    end: usize,
}

/// All columns computed once.
struct Pass {
    /// Every so many columns before the last, from the one before the first token on.
    checkpoints: Vec<Column>,
    distance: usize,
}

/// What the traceback needs of a column.
#[derive(Default)]
struct TracebackColumn {
    first_block: usize,
    /// A bit for each row that is equal to the row above in the column before: Hyyrö's `D0`.
    d0: Vec<Mask>,
    /// See [`Block::pv`].
    pv: Vec<Mask>,
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
        let row_masks = |sparse: Vec<(usize, Mask)>| {
            if sparse.len() * 8 < n_blocks {
                return RowMasks::Sparse(sparse);
            }
            let mut masks = vec![0; n_blocks];
            sparse.into_iter().for_each(|(block, mask)| masks[block] = mask);
            RowMasks::Dense(masks)
        };
        Table {
            n_rows: reference.len(),
            columns: hypothesis.iter().map(|token| numbers.get(token).copied()).collect(),
            rows_of: sparse.into_iter().map(row_masks).collect(),
        }
    }

    /// Computes all columns, in the narrowest band, doubled from `bound`, that holds the shortest
    /// path; keeps every `stride`th column.
    fn compute_within(&self, bound: usize, stride: Option<usize>) -> Pass {
        let mut bound = bound.max(self.n_rows.abs_diff(self.columns.len()));
        let mut eq_scratch = vec![0; self.n_rows.div_ceil(ROWS)];
        loop {
            let mut checkpoints = Vec::new();
            let mut column = self.first_column(bound);
            for column_idx in 0..self.columns.len() {
                if stride.is_some_and(|stride| column_idx % stride == 0) {
                    checkpoints.push(column.clone());
                }
                self.advance(&mut column, column_idx, bound, &mut eq_scratch, None);
            }
            let distance = self.distance_at_end(&column);
            // Only rows were left out through which no path has at most `bound` errors.
            if distance <= bound {
                return Pass { checkpoints, distance };
            }
            bound *= 2;
        }
    }

    /// The column before the first token: each row is one more deletion.
    fn first_column(&self, bound: usize) -> Column {
        let mut column = Column { first_block: 0, blocks: vec![Block::below(0)] };
        self.grow(&mut column, 0, bound);
        column
    }

    /// Lower bound of the errors still to come from any of the rows `first` to `last` of the
    /// column after `n_columns` tokens: as many as one side has more tokens left than the other.
    fn min_remaining(&self, first: usize, last: usize, n_columns: usize) -> usize {
        let diagonal = (self.n_rows + n_columns) as isize - self.columns.len() as isize;
        diagonal.clamp(first as isize, last as isize).abs_diff(diagonal)
    }

    /// Adds the blocks below that a path of at most `bound` errors may enter from `column`.
    fn grow(&self, column: &mut Column, n_columns: usize, bound: usize) {
        let n_blocks = self.n_rows.div_ceil(ROWS);
        while column.first_block + column.blocks.len() < n_blocks {
            let (below, end) = (column.n_rows(), column.end());
            if end + self.min_remaining(below, below, n_columns) > bound {
                return;
            }
            column.blocks.push(Block::below(end));
        }
    }

    /// Drops the blocks at both ends that no path of at most `bound` errors goes through.
    fn shrink(&self, column: &mut Column, n_columns: usize, bound: usize) {
        let is_outside = |column: &Column, index: usize| {
            let above = (column.first_block + index) * ROWS;
            let least = (column.blocks[index].end + 1).saturating_sub(ROWS);
            // The row above the first token is in no block, and leads into the first one.
            let is_entered = above == 0 && n_columns + self.min_remaining(0, 0, n_columns) <= bound;
            !is_entered && least + self.min_remaining(above + 1, above + ROWS, n_columns) > bound
        };
        while column.blocks.len() > 1 && is_outside(column, column.blocks.len() - 1) {
            column.blocks.pop();
        }
        let inner = 0..column.blocks.len() - 1;
        let n_outside = inner.take_while(|&index| is_outside(column, index)).count();
        if n_outside > 0 {
            column.blocks.drain(..n_outside);
            column.first_block += n_outside;
        }
    }

    /// Turns the column before token `column_idx` of the hypothesis into the one after it.
    ///
    /// What lies outside the band is taken for an insertion or a deletion more than its
    /// neighbour inside: never too low, so that no path is found that does not exist.
    /// `eq_scratch` is zero for all rows, before and afterwards.
    fn advance(
        &self,
        column: &mut Column,
        column_idx: usize,
        bound: usize,
        eq_scratch: &mut [Mask],
        traceback: Option<&mut TracebackColumn>,
    ) {
        let band = column.first_block..column.first_block + column.blocks.len();
        match self.columns[column_idx].map(|token| &self.rows_of[token]) {
            Some(RowMasks::Dense(masks)) => column.advance(&masks[band], traceback),
            Some(RowMasks::Sparse(masks)) => {
                masks.iter().for_each(|&(block, mask)| eq_scratch[block] = mask);
                column.advance(&eq_scratch[band], traceback);
                masks.iter().for_each(|&(block, _)| eq_scratch[block] = 0);
            }
            None => column.advance(&eq_scratch[band], traceback),
        }
        self.shrink(column, column_idx + 1, bound);
        self.grow(column, column_idx + 1, bound);
    }

    /// Distance in the last row of the reference; below the band all is deleted.
    fn distance_at_end(&self, column: &Column) -> usize {
        let below = column.n_rows();
        if below < self.n_rows {
            return column.end() + self.n_rows - below;
        }
        let rows_used = (self.n_rows - 1) % ROWS + 1;
        let unused_rows = Mask::MAX.checked_shl(rows_used as u32).unwrap_or(0);
        let last = column.blocks[column.blocks.len() - 1];
        let n_plus = (last.pv & unused_rows).count_ones() as usize;
        let n_minus = (last.mv & unused_rows).count_ones() as usize;
        last.end + n_minus - n_plus
    }

    /// The edits of the shortest path, from the end: the columns after each checkpoint are
    /// computed again, the last ones first.
    fn traceback(&self, checkpoints: &[Column], stride: usize, bound: usize) -> Vec<Edit> {
        let mut edits = Vec::with_capacity(self.n_rows.max(self.columns.len()));
        let mut eq_scratch = vec![0; self.n_rows.div_ceil(ROWS)];
        let mut row = self.n_rows;
        // Allocated once: to free megabytes and allocate them again takes as long as to fill them.
        let mut columns: Vec<TracebackColumn> = Vec::new();
        for (index, checkpoint) in checkpoints.iter().enumerate().rev() {
            let start = index * stride;
            let end = (start + stride).min(self.columns.len());
            let mut column = checkpoint.clone();
            columns.resize_with(end - start, TracebackColumn::default);
            for (column_idx, traceback) in (start..end).zip(&mut columns) {
                self.advance(&mut column, column_idx, bound, &mut eq_scratch, Some(traceback));
            }
            let mut n_columns = columns.len();
            while n_columns > 0 && row > 0 {
                let is_match = self.is_match(row - 1, start + n_columns - 1);
                let edit = columns[n_columns - 1].edit(row - 1, is_match);
                n_columns -= usize::from(edit != Edit::Deletion);
                row -= usize::from(edit != Edit::Insertion);
                edits.push(edit);
            }
            edits.extend((0..n_columns).map(|_| Edit::Insertion));
        }
        edits.extend((0..row).map(|_| Edit::Deletion));
        edits.reverse();
        edits
    }

    fn is_match(&self, row: usize, column_idx: usize) -> bool {
        let Some(token) = self.columns[column_idx] else { return false };
        let (block, bit) = (row / ROWS, 1 << (row % ROWS));
        let mask = match &self.rows_of[token] {
            RowMasks::Dense(masks) => masks[block],
            RowMasks::Sparse(masks) => {
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

    /// One column further: `eq` has a bit for each row of the new column's token.
    fn advance(&mut self, eq: &[Mask], traceback: Option<&mut TracebackColumn>) {
        let mut carry = Carry { plus: 1, minus: 0 };
        let blocks = self.blocks.iter_mut().zip(eq);
        let Some(traceback) = traceback else {
            for (block, &eq) in blocks {
                block.advance(eq, &mut carry);
            }
            return;
        };
        traceback.first_block = self.first_block;
        traceback.d0.clear();
        traceback.pv.clear();
        for (block, &eq) in blocks {
            traceback.d0.push(block.advance(eq, &mut carry));
            traceback.pv.push(block.pv);
        }
    }
}

/// The horizontal difference of the row above a block, from the column before to this one:
/// one more, one less, or neither. 1 or 0 each.
struct Carry {
    plus: u64,
    minus: u64,
}

impl Block {
    /// A block of nothing but deletions below one that ends with `end`.
    fn below(end: usize) -> Block {
        Block { pv: Mask::MAX, mv: 0, end: end + ROWS }
    }

    /// One column further, in the names of Myers's paper: `eq` has a bit for each row of the new
    /// column's token. Gives a bit for each row that is equal to the row above in the column
    /// before (Hyyrö's `D0`).
    #[inline]
    fn advance(&mut self, eq: Mask, carry: &mut Carry) -> Mask {
        let Block { pv, mv, .. } = *self;
        let xv = eq | mv;
        let eq = eq | Mask::from(carry.minus);
        let xh = ((eq & pv).wrapping_add(pv) ^ pv) | eq;
        let ph = mv | !(xh | pv);
        let mh = pv & xh;
        let ph_shifted = (ph << 1) | Mask::from(carry.plus);
        let mh_shifted = (mh << 1) | Mask::from(carry.minus);
        let last_row = ROWS - 1;
        *carry = Carry { plus: (ph >> last_row) as u64, minus: (mh >> last_row) as u64 };
        self.pv = mh_shifted | !(xv | ph_shifted);
        self.mv = ph_shifted & xv;
        self.end = self.end + carry.plus as usize - carry.minus as usize;
        xh | mv
    }
}

impl TracebackColumn {
    /// The last edit of the shortest path to `row`, counted from 0, of this column.
    fn edit(&self, row: usize, is_match: bool) -> Edit {
        let (block, bit) = (row / ROWS - self.first_block, 1 << (row % ROWS));
        if block >= self.pv.len() {
            // Below the band all is deleted.
            Edit::Deletion
        } else if is_match {
            Edit::Match
        } else if self.d0[block] & bit == 0 {
            Edit::Substitution
        } else if self.pv[block] & bit != 0 {
            Edit::Deletion
        } else {
            Edit::Insertion
        }
    }
}

#[cfg(test)]
mod tests;
