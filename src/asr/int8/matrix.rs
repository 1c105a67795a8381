//! Products of matrices: whole numbers of 8 bits, and floats for the first convolutions.
//!
//! A matrix of activations is a slice, row by row. Weights are packed once for the processor's
//! kernels (rten-gemm picks them at run time). Products of whole numbers are exact, and each row
//! has a scale of its own: what a row becomes does not depend on the rows beside it.

use super::loops::{ROUNDING, add, greatest, sum, wide};
use rten_gemm::{
    BiasVector, GemmExecutor, GemmInputA, GemmInputB, GemmOptions, GemmUninitOptions,
    PackedBMatrix, QuantParams,
};
use rten_tensor::Matrix;
use std::ops::Range;

/// Rows that are worked on at once: what comes out of them stays in the processor's cache. The
/// kernels take six or eight at a time.
pub(super) const ROWS: usize = 96;

/// Zero among activations of 8 bits without a sign.
const ZERO: u8 = 128;

/// The kernels of this processor.
pub(super) struct Kernels {
    whole: GemmExecutor<u8, i8, i32>,
    float: GemmExecutor<f32>,
    /// The largest weight. Some processors add products of 8 bits two by two in 16 bits: there
    /// a weight has one bit less, so that nothing overflows.
    pub(super) largest: f32,
}

impl Kernels {
    pub(super) fn new() -> Kernels {
        let whole = GemmExecutor::<u8, i8, i32>::default();
        let largest = if whole.may_saturate() { 63.0 } else { 127.0 };
        Kernels { whole, float: GemmExecutor::default(), largest }
    }

    /// `rows` (of `width`) times a packed matrix, and `bias`, into `output`.
    pub(super) fn product(
        &self,
        rows: &[f32],
        width: usize,
        matrix: &PackedBMatrix<f32>,
        bias: &[f32],
        output: &mut [f32],
    ) {
        let rows = Matrix::from_data([rows.len() / width, width], rows);
        let options = GemmOptions { bias: Some(BiasVector::Row(bias)), ..GemmOptions::default() };
        let (rows, matrix) = (GemmInputA::Unpacked(rows), GemmInputB::Packed(matrix));
        self.float.gemm(output, rows, matrix, options).expect("the shapes are the model's");
    }

    /// A matrix that rows are multiplied by, of shape `(height, width)`.
    pub(super) fn pack(&self, matrix: &[f32], width: usize) -> PackedBMatrix<f32> {
        self.float.prepack_b(Matrix::from_data([matrix.len() / width, width], matrix))
    }
}

/// A weight in 8 bits, with a bias.
pub(super) struct Linear {
    packed: PackedBMatrix<i8>,
    /// What one is worth in each column of the answer.
    scales: Vec<f32>,
    bias: Vec<f32>,
    width: usize,
}

/// A matrix in 8 bits, each row with the scale that brings its largest number to the largest.
pub(super) struct Rows {
    pub(super) numbers: Vec<i8>,
    pub(super) scales: Vec<f32>,
    pub(super) width: usize,
}

impl Rows {
    pub(super) fn new(matrix: &[f32], width: usize, largest: f32) -> Rows {
        let mut rows =
            Rows { numbers: Vec::with_capacity(matrix.len()), scales: Vec::new(), width };
        for row in matrix.chunks_exact(width) {
            let scale = scale(row, largest);
            rows.numbers.extend(row.iter().map(|x| (x * scale + ROUNDING).to_bits() as i8));
            rows.scales.push(1.0 / scale);
        }
        rows
    }

    /// Row `index` as floats, added to `output`.
    pub(super) fn add_to(&self, index: usize, output: &mut [f32]) {
        let row = &self.numbers[index * self.width..][..self.width];
        let scale = self.scales[index];
        output.iter_mut().zip(row).for_each(|(sum, number)| *sum += f32::from(*number) * scale);
    }
}

impl Linear {
    /// `rows` has one for each number of the answer; so has `bias`, or none.
    pub(super) fn new(kernels: &Kernels, rows: &Rows, bias: Vec<f32>) -> Linear {
        let shape = [rows.scales.len(), rows.width];
        let matrix = Matrix::from_data(shape, rows.numbers.as_slice());
        Linear {
            packed: kernels.whole.prepack_b(matrix.transposed()),
            scales: rows.scales.clone(),
            bias,
            width: rows.width,
        }
    }

    pub(super) fn n_columns(&self) -> usize {
        self.scales.len()
    }

    /// The product of each of `rows` with the weight, and the bias.
    pub(super) fn of(&self, kernels: &Kernels, rows: &[f32]) -> Vec<f32> {
        self.product(kernels, rows, rows.len() / self.width, (whole, ZERO))
    }

    /// The same as [`Linear::of`] in twice the bits: what one rounding leaves is multiplied as well.
    pub(super) fn of_finely(&self, kernels: &Kernels, rows: &[f32]) -> Vec<f32> {
        let mut rest = Vec::with_capacity(2 * rows.len());
        rest.extend_from_slice(rows);
        for row in rows.chunks_exact(self.width) {
            let scale = scale(row, 127.0);
            let unit = 1.0 / scale;
            rest.extend(row.iter().map(|x| x - ((x * scale + ROUNDING) - ROUNDING) * unit));
        }
        let n_biased = rows.len() / self.width;
        let mut output = self.product(kernels, &rest, n_biased, (whole, ZERO));
        let half = output.len() / 2;
        let (first, second) = output.split_at_mut(half);
        add(first, second);
        output.truncate(half);
        output
    }

    /// The product of each of `rows` of 0 to 1 with the weight: what `proportions` makes.
    pub(super) fn of_proportions(&self, kernels: &Kernels, rows: &[f32]) -> Vec<f32> {
        self.product(kernels, rows, 0, (shares, 0))
    }

    /// The product of each of `rows` with the weight, and of the first `n_biased` the bias.
    /// `round` makes whole numbers of rows, and says what one is worth in each; `zero` is nothing.
    fn product(
        &self,
        kernels: &Kernels,
        rows: &[f32],
        n_biased: usize,
        (round, zero): (impl Fn(&[f32], usize) -> (Vec<u8>, Vec<f32>), u8),
    ) -> Vec<f32> {
        let n_columns = self.n_columns();
        let n_rows = rows.len() / self.width;
        let mut output = Vec::with_capacity(n_rows * n_columns);
        let mut sums: Vec<i32> = Vec::with_capacity(ROWS.min(n_rows) * n_columns);
        for rows in rows.chunks(ROWS * self.width) {
            let (numbers, scales) = wide(
                #[inline(always)]
                || round(rows, self.width),
            );
            let zero = vec![zero; scales.len()];
            let options = GemmUninitOptions {
                a_quant: Some(QuantParams { zero_point: &zero }),
                ..GemmUninitOptions::default()
            };
            let numbers = Matrix::from_data([scales.len(), self.width], numbers.as_slice());
            let (a, b) = (GemmInputA::Unpacked(numbers), GemmInputB::Packed(&self.packed));
            let room = &mut sums.spare_capacity_mut()[..scales.len() * n_columns];
            let sums = kernels.whole.gemm_uninit(room, a, b, options);
            let sums = sums.expect("the shapes are the model's");
            wide(
                #[inline(always)]
                || self.floats(sums, &scales, n_biased, &mut output),
            );
        }
        output
    }

    /// What `sums`, each row with a scale, are worth, behind `output`, whose first `n_biased` rows
    /// get the bias.
    #[inline(always)]
    fn floats(&self, sums: &[i32], scales: &[f32], n_biased: usize, output: &mut Vec<f32>) {
        let n_columns = self.n_columns();
        let first = output.len() / n_columns;
        for (row, (sums, scale)) in (first..).zip(sums.chunks_exact(n_columns).zip(scales)) {
            let columns = sums.iter().zip(&self.scales);
            if self.bias.is_empty() || row >= n_biased {
                output.extend(columns.map(|(sum, own)| *sum as f32 * (scale * own)));
            } else {
                let columns = columns.zip(&self.bias);
                output.extend(columns.map(|((sum, own), bias)| *sum as f32 * (scale * own) + bias));
            }
        }
    }
}

/// `rows` in 8 bits around [`ZERO`], and what one is worth in each.
#[inline(always)]
fn whole(rows: &[f32], width: usize) -> (Vec<u8>, Vec<f32>) {
    const ROUNDED: f32 = ROUNDING + ZERO as f32;
    let mut numbers = vec![0; rows.len()];
    let mut scales = Vec::with_capacity(rows.len() / width);
    for (row, numbers) in rows.chunks_exact(width).zip(numbers.chunks_exact_mut(width)) {
        let scale = scale(row, 127.0);
        let pairs = numbers.iter_mut().zip(row);
        pairs.for_each(|(number, x)| *number = (x * scale + ROUNDED).to_bits() as u8);
        scales.push(1.0 / scale);
    }
    (numbers, scales)
}

/// `rows` of 0 to 1 in 8 bits, and what one is worth.
#[inline(always)]
fn shares(rows: &[f32], width: usize) -> (Vec<u8>, Vec<f32>) {
    let numbers = rows.iter().map(|x| (x * 255.0 + ROUNDING).to_bits() as u8);
    (numbers.collect(), vec![1.0 / 255.0; rows.len() / width])
}

/// What brings the largest number of `row` to `largest`.
#[inline(always)]
fn scale(row: &[f32], largest: f32) -> f32 {
    let loudest = greatest(row, f32::abs);
    if loudest > 0.0 { largest / loudest } else { 1.0 }
}

/// Gain and bias of a normalisation.
pub(super) struct Norm {
    pub(super) gain: Vec<f32>,
    pub(super) bias: Vec<f32>,
}

impl Norm {
    /// Each of `rows` with mean 0 and variance 1, then with gain and bias.
    pub(super) fn of(&self, rows: &[f32]) -> Vec<f32> {
        wide(
            #[inline(always)]
            || self.normalised(rows),
        )
    }

    #[inline(always)]
    fn normalised(&self, rows: &[f32]) -> Vec<f32> {
        const EPSILON: f32 = 1e-5;
        let width = self.gain.len();
        let mut output = Vec::with_capacity(rows.len());
        for row in rows.chunks_exact(width) {
            let mean = sum(row, |x| x) / width as f32;
            let variance = sum(row, |x| (x - mean) * (x - mean)) / width as f32;
            let scale = 1.0 / (variance + EPSILON).sqrt();
            let weights = self.gain.iter().zip(&self.bias);
            let row = row.iter().zip(weights);
            output.extend(row.map(|(x, (gain, bias))| (x - mean) * scale * gain + bias));
        }
        output
    }
}

/// The columns `range` of `rows`, row by row.
pub(super) fn columns(rows: &[f32], width: usize, range: Range<usize>) -> Vec<f32> {
    let mut part = Vec::with_capacity(rows.len() / width * range.len());
    rows.chunks_exact(width).for_each(|row| part.extend_from_slice(&row[range.clone()]));
    part
}

/// Puts `part`, row by row, in the place of the columns `range` of `rows`.
pub(super) fn put_columns(rows: &mut [f32], width: usize, range: Range<usize>, part: &[f32]) {
    let parts = part.chunks_exact(range.len());
    rows.chunks_exact_mut(width).zip(parts).for_each(|(row, part)| {
        row[range.clone()].copy_from_slice(part);
    });
}

/// Forgets the rows of `numbers` that are not `is_kept`. The answer is how many are left.
pub(super) fn keep_rows<T: Copy>(
    numbers: &mut Vec<T>,
    width: usize,
    is_kept: impl Fn(usize) -> bool,
) -> usize {
    let mut n_kept = 0;
    for row in (0..numbers.len() / width).filter(|row| is_kept(*row)) {
        numbers.copy_within(row * width..(row + 1) * width, n_kept * width);
        n_kept += 1;
    }
    numbers.truncate(n_kept * width);
    n_kept
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers in -1.0..1.0 that look like noise.
    fn noise(count: usize) -> Vec<f32> {
        (0..count).map(|n| (n as f32 * 12.9898).sin() * 43.758 % 1.0).collect()
    }

    fn product(rows: &[f32], weight: &[f32], width: usize, bias: &[f32]) -> Vec<f32> {
        let column = |row: &[f32], column: &[f32]| -> f32 {
            row.iter().zip(column).map(|(one, other)| one * other).sum()
        };
        let row =
            |row| weight.chunks(width).zip(bias).map(move |(of, bias)| column(row, of) + bias);
        rows.chunks(width).flat_map(row).collect()
    }

    #[test]
    fn a_product_of_8_bits_is_near_that_of_floats_and_a_fine_one_nearer() {
        let (width, kernels) = (96, Kernels::new());
        let (rows, weight, bias) = (noise(5 * width), noise(40 * width), noise(40));
        let linear =
            |bias| Linear::new(&kernels, &Rows::new(&weight, width, kernels.largest), bias);
        let distance = |found: Vec<f32>, bias: &[f32]| -> f32 {
            let expected = product(&rows, &weight, width, bias);
            let pairs = found.iter().zip(&expected);
            pairs.map(|(one, other)| (one - other).powi(2)).sum::<f32>().sqrt()
        };
        let coarse = distance(linear(bias.clone()).of(&kernels, &rows), &bias);
        assert!(coarse < 0.5, "{coarse}");
        let (plain, zeros) = (linear(Vec::new()), vec![0.0; 40]);
        let fine = distance(plain.of_finely(&kernels, &rows), &zeros);
        assert!(fine < distance(plain.of(&kernels, &rows), &zeros), "{fine}");
    }

    #[test]
    fn proportions_are_rounded_in_8_bits_of_their_own() {
        let kernels = Kernels::new();
        let weight = noise(64 * 96);
        let linear = Linear::new(&kernels, &Rows::new(&weight, 96, kernels.largest), vec![9.0; 64]);
        let rows: Vec<f32> = noise(10 * 96).iter().map(|x| x.abs()).collect();
        let distance = |found: &[f32]| -> f32 {
            let expected = product(&rows, &weight, 96, &[0.0; 64]);
            found.iter().zip(&expected).map(|(one, other)| (one - other).powi(2)).sum()
        };
        let whole: Vec<f32> = linear.of(&kernels, &rows).iter().map(|x| x - 9.0).collect();
        let shares = linear.of_proportions(&kernels, &rows);
        assert!(distance(&shares) < distance(&whole), "{}", distance(&shares));
    }

    #[test]
    fn a_row_becomes_the_same_whatever_stands_beside_it() {
        let (width, kernels) = (64, Kernels::new());
        let rows = noise(300 * width);
        let linear = Linear::new(
            &kernels,
            &Rows::new(&noise(70 * width), width, kernels.largest),
            noise(70),
        );
        let alone: Vec<f32> = rows.chunks(width).flat_map(|row| linear.of(&kernels, row)).collect();
        assert!(linear.of(&kernels, &rows) == alone);
    }

    #[test]
    fn a_row_of_zeros_stays_one() {
        let rows = Rows::new(&[0.0, 0.0, -2.0, 1.0], 2, 127.0);
        assert_eq!(rows.numbers, [0, 0, -127, 64]);
        let mut sum = [1.0, 1.0];
        rows.add_to(0, &mut sum);
        assert_eq!(sum, [1.0, 1.0]);
    }

    #[test]
    fn a_normalised_row_has_mean_0_and_variance_1() {
        let norm = Norm { gain: vec![1.0; 4], bias: vec![0.0; 4] };
        let row = norm.of(&[1.0, 3.0, 1.0, 3.0]);
        assert!(row.iter().zip([-1.0, 1.0, -1.0, 1.0]).all(|(x, y)| (x - y).abs() < 1e-4));
    }
}
