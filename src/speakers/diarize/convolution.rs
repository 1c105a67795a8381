//! Convolutions of few channels, in the processor's vectors: the only module of the diarizer that
//! calls rten-simd.
//!
//! The runtime of the networks unfolds the input of a convolution into a matrix first. With 32
//! channels a value of that matrix is used 32 times, so that unfolding takes longer than
//! multiplying. Here neighbouring columns are a vector, and the sums of some channels stay in
//! registers until all that is added to them is.

use rten_simd::{
    Isa, SimdOp,
    ops::{BitOps, NumOps},
};

/// Columns of a tile: some vectors of any instruction set.
const TILE: usize = 32;

/// Channels whose weights lie beside each other.
const BLOCK: usize = 8;

/// Channels of rows of columns, each channel within a border of zeros.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Planes {
    n_channels: usize,
    n_rows: usize,
    n_columns: usize,
    border: usize,
    values: Vec<f32>,
}

impl Planes {
    /// Zeros of `shape`: channels, rows, columns; `border` is so many rows and columns wide.
    pub(crate) fn new([n_channels, n_rows, n_columns]: [usize; 3], border: usize) -> Planes {
        let mut planes = Planes { n_channels, n_rows, n_columns, border, values: Vec::new() };
        planes.values = vec![0.0; n_channels.next_multiple_of(BLOCK) * planes.plane_len()];
        planes
    }

    /// From a row to the next: the border, and room for what the last tile reads and writes.
    fn row_len(&self) -> usize {
        self.n_columns.next_multiple_of(TILE) + TILE
    }

    /// From a channel to the next.
    fn plane_len(&self) -> usize {
        (self.n_rows + 2 * self.border) * self.row_len()
    }

    /// Where a column lies.
    fn at(&self, channel: usize, row: usize, column: usize) -> usize {
        channel * self.plane_len() + (row + self.border) * self.row_len() + column + self.border
    }

    /// The columns of a row.
    pub(crate) fn row(&self, channel: usize, row: usize) -> &[f32] {
        &self.values[self.at(channel, row, 0)..][..self.n_columns]
    }

    /// The columns of a row.
    pub(crate) fn row_mut(&mut self, channel: usize, row: usize) -> &mut [f32] {
        let (first, n_columns) = (self.at(channel, row, 0), self.n_columns);
        &mut self.values[first..][..n_columns]
    }

    /// Channels, rows and columns.
    pub(crate) fn shape(&self) -> [usize; 3] {
        [self.n_channels, self.n_rows, self.n_columns]
    }

    /// All values without the border: channels, rows, columns.
    pub(crate) fn to_values(&self) -> Vec<f32> {
        let rows = |channel| (0..self.n_rows).map(move |row| self.row(channel, row));
        (0..self.n_channels).flat_map(rows).flatten().copied().collect()
    }
}

/// A convolution.
#[derive(Debug)]
pub(crate) struct Convolution {
    /// Outputs, inputs, rows and columns of a kernel.
    shape: [usize; 4],
    /// Rows from one row of the output to the next.
    row_stride: usize,
    /// How many rows and columns of the border it reads.
    padding: usize,
    /// By block of outputs, input, row and column; the outputs of a block lie beside each other.
    weights: Vec<f32>,
    bias: Vec<f32>,
}

impl Convolution {
    /// `weights` of `shape`: outputs, inputs, rows, columns; and the `bias` of each output. As much
    /// of the border is read as makes the output of a kernel of 3 × 3 as wide as its input, and none
    /// for kernels of one row.
    ///
    /// `None` for kernels of another height, of more columns than are there behind a row, or lengths
    /// that are not those of the shape.
    pub(crate) fn new(
        shape: &[usize],
        weights: &[f32],
        mut bias: Vec<f32>,
        row_stride: usize,
    ) -> Option<Convolution> {
        let &[n_outputs, n_inputs, height, width] = shape else { return None };
        let padding = match (height, width) {
            (3, 3) => 1,
            (1, ..TILE) => 0,
            _ => return None,
        };
        let n_taps = n_inputs * height * width;
        if weights.len() != n_outputs * n_taps || bias.len() != n_outputs {
            return None;
        }
        let blocks = (0..n_outputs).step_by(BLOCK);
        let taps = blocks.flat_map(|block| (0..n_taps).map(move |tap| (block, tap)));
        let of_block = |(block, tap)| {
            let outputs = block..block + BLOCK;
            outputs.map(move |output| weights.get(output * n_taps + tap).copied().unwrap_or(0.0))
        };
        let weights = taps.flat_map(of_block).collect();
        bias.resize(n_outputs.next_multiple_of(BLOCK), 0.0);
        let shape = [n_outputs, n_inputs, height, width];
        Some(Convolution { shape, row_stride, padding, weights, bias })
    }

    /// Channels of the output.
    pub(crate) fn n_outputs(&self) -> usize {
        self.shape[0]
    }

    /// Channels of the input.
    pub(crate) fn n_inputs(&self) -> usize {
        self.shape[1]
    }

    /// The convolution of `input`, and `addend` added to it; then what is negative becomes zero, if
    /// it `is_rectified`. The output has the border of the input.
    ///
    /// # Panics
    /// When the number of channels is another, the border or the columns are too few, or the shape
    /// of `addend` is not the output's.
    pub(crate) fn forward(
        &self,
        input: &Planes,
        addend: Option<&Planes>,
        is_rectified: bool,
    ) -> Planes {
        let [n_outputs, n_inputs, height, width] = self.shape;
        assert!(input.n_channels == n_inputs && input.border >= self.padding, "input");
        let n_rows = input.n_rows + 2 * self.padding - (height - 1);
        let n_columns = input.n_columns + 2 * self.padding - (width - 1);
        let shape = [n_outputs, n_rows.div_ceil(self.row_stride), n_columns];
        let mut output = Planes::new(shape, input.border);
        if let Some(addend) = addend {
            assert!(addend.shape() == shape && addend.border == output.border, "what is added");
        }
        Forward { convolution: self, input, addend, is_rectified, output: &mut output }.dispatch();
        output
    }
}

/// A convolution under way.
struct Forward<'a> {
    convolution: &'a Convolution,
    input: &'a Planes,
    addend: Option<&'a Planes>,
    is_rectified: bool,
    output: &'a mut Planes,
}

impl SimdOp for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(mut self, isa: I) {
        // As many sums as there are registers for.
        if isa.f32().len() * 2 == TILE {
            self.all::<I, BLOCK>(isa);
        } else {
            self.all::<I, { BLOCK / 2 }>(isa);
        }
    }
}

impl Forward<'_> {
    /// All of the output, `OUTPUTS` channels and two vectors at a time.
    #[inline(always)]
    fn all<I: Isa, const OUTPUTS: usize>(&mut self, isa: I) {
        let step = 2 * isa.f32().len();
        let [n_outputs, n_rows, n_columns] = self.output.shape();
        for row in 0..n_rows {
            for column in (0..n_columns).step_by(step) {
                for first in (0..n_outputs).step_by(OUTPUTS) {
                    self.tile::<I, OUTPUTS>(isa, row, column, first);
                }
            }
        }
        // What the last tile of a row wrote beyond it is border again.
        let (row_len, border) = (self.output.row_len(), self.output.border);
        for row in self.output.values.chunks_exact_mut(row_len) {
            row[border + n_columns..].fill(0.0);
        }
    }

    /// Two vectors of columns of one row, of `OUTPUTS` channels from `first` on.
    #[inline(always)]
    fn tile<I: Isa, const OUTPUTS: usize>(
        &mut self,
        isa: I,
        row: usize,
        column: usize,
        first: usize,
    ) {
        let ops = isa.f32();
        let step = 2 * ops.len();
        let Convolution { shape, row_stride, padding, weights, bias } = self.convolution;
        let [_, n_inputs, height, width] = *shape;
        let (from, plane_len) = (self.output.at(first, row, column), self.output.plane_len());
        let mut sums = [[ops.zero(); 2]; OUTPUTS];
        for (output, sums) in sums.iter_mut().enumerate() {
            let bias = ops.splat(bias[first + output]);
            *sums = match self.addend {
                Some(addend) => {
                    let [left, right] =
                        ops.load_many::<2>(&addend.values[from + output * plane_len..][..step]);
                    [ops.add(left, bias), ops.add(right, bias)]
                }
                None => [bias; 2],
            };
        }
        let n_taps = n_inputs * height * width;
        let weights = &weights[first / BLOCK * BLOCK * n_taps..][..BLOCK * n_taps];
        let mut weights = weights.chunks_exact(BLOCK);
        let edge = self.input.border - padding;
        let (plane_len, row_len) = (self.input.plane_len(), self.input.row_len());
        for plane in self.input.values.chunks_exact(plane_len).take(n_inputs) {
            for tap_row in 0..height {
                let values = &plane[(row * row_stride + edge + tap_row) * row_len..][..row_len];
                for tap_column in 0..width {
                    let x = ops.load_many::<2>(&values[column + edge + tap_column..][..step]);
                    let Some(weights) = weights.next() else { return };
                    let weights = &weights[first % BLOCK..][..OUTPUTS];
                    for (sums, weight) in sums.iter_mut().zip(weights) {
                        let weight = ops.splat(*weight);
                        sums[0] = ops.mul_add(x[0], weight, sums[0]);
                        sums[1] = ops.mul_add(x[1], weight, sums[1]);
                    }
                }
            }
        }
        let plane_len = self.output.plane_len();
        let least = if self.is_rectified { ops.zero() } else { ops.splat(f32::NEG_INFINITY) };
        for (output, sums) in sums.into_iter().enumerate() {
            let values = &mut self.output.values[from + output * plane_len..][..step];
            let (left, right) = values.split_at_mut(step / 2);
            ops.store(ops.max(sums[0], least), left);
            ops.store(ops.max(sums[1], least), right);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers without a pattern.
    fn number(n: usize) -> f32 {
        (n as f32 * 0.37).sin()
    }

    fn planes(shape: [usize; 3], border: usize) -> Planes {
        let mut planes = Planes::new(shape, border);
        for channel in 0..shape[0] {
            for row in 0..shape[1] {
                let values = planes.row_mut(channel, row).iter_mut().enumerate();
                values.for_each(|(column, x)| *x = number(channel * 977 + row * 89 + column));
            }
        }
        planes
    }

    #[test]
    fn a_convolution_is_the_sum_of_its_taps() {
        check([16, 3, 3, 3], 1, [5, 1]);
        check([16, 3, 3, 3], 2, [5, 33]);
        check([8, 3, 3, 3], 1, [4, 70]);
        check([8, 3, 1, 1], 2, [5, 64]);
        check([60, 2, 1, 5], 1, [1, 100]);
        check([4, 10, 1, 26], 1, [1, 90]);
    }

    #[track_caller]
    fn check(shape: [usize; 4], row_stride: usize, [n_rows, n_columns]: [usize; 2]) {
        let [n_outputs, n_inputs, height, width] = shape;
        let padding = usize::from(height == 3);
        let n_taps = n_inputs * height * width;
        let weights: Vec<f32> = (0..n_outputs * n_taps).map(|n| number(7 * n + 1)).collect();
        let bias: Vec<f32> = (0..n_outputs).map(number).collect();
        let input = planes([n_inputs, n_rows, n_columns], 1);
        let out_rows = (n_rows + 2 * padding + 1 - height).div_ceil(row_stride);
        let out_columns = n_columns + 2 * padding + 1 - width;
        let addend = planes([n_outputs, out_rows, out_columns], 1);
        let convolution = Convolution::new(&shape, &weights, bias.clone(), row_stride).unwrap();
        let found = convolution.forward(&input, Some(&addend), true);
        assert_eq!(found.shape(), addend.shape());
        let value = |channel, row: usize, column: usize| {
            let (row, column) = (row.checked_sub(padding)?, column.checked_sub(padding)?);
            let is_inside = row < n_rows && column < n_columns;
            is_inside.then(|| input.row(channel, row)[column])
        };
        for output in 0..n_outputs {
            for (row, column) in (0..out_rows).flat_map(|r| (0..out_columns).map(move |c| (r, c))) {
                let mut sum = bias[output] + addend.row(output, row)[column];
                for tap in 0..n_taps {
                    let (channel, of_kernel) = (tap / (height * width), tap % (height * width));
                    let at_row = row * row_stride + of_kernel / width;
                    let x = value(channel, at_row, column + of_kernel % width).unwrap_or(0.0);
                    sum += weights[output * n_taps + tap] * x;
                }
                let found = found.row(output, row)[column];
                assert!((found - sum.max(0.0)).abs() < 1e-3, "{found} is not {sum}");
            }
        }
        // The border is still one: the next convolution reads it.
        let inside = found.to_values().iter().filter(|x| **x != 0.0).count();
        let of_outputs = &found.values[..n_outputs * found.plane_len()];
        assert_eq!(of_outputs.iter().filter(|x| **x != 0.0).count(), inside);
    }

    #[test]
    fn what_does_not_fit_is_no_convolution() {
        let new = |shape: &[usize], n_weights: usize, n_bias: usize| {
            Convolution::new(shape, &vec![0.0; n_weights], vec![0.0; n_bias], 1).is_some()
        };
        assert!(new(&[8, 2, 3, 3], 144, 8) && new(&[9, 2, 1, 5], 90, 9));
        assert!(!new(&[8, 2, 3], 48, 8) && !new(&[8, 2, 5, 5], 400, 8));
        assert!(!new(&[1, 1, 1, 33], 33, 1) && !new(&[8, 2, 3, 3], 143, 8));
    }
}
