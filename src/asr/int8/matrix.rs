//! Matrices: the GEMM kernels of this CPU, rows in 8 bits, norms.
//!
//! A matrix of activations is a slice, row by row. Products are of 8-bit integers for the layers
//! (`linear`), of floats for the two convolutions; rten-gemm picks the kernels at run time.

use super::simd::{ROUNDING, dispatch_simd, max, sum};
use rten_gemm::{BiasVector, GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedBMatrix};
use rten_tensor::Matrix;
use std::ops::Range;

/// Rows in a block: few enough that its activations stay in the CPU's cache, and a multiple of
/// the six or eight that the GEMM kernels take at a time.
pub(super) const ROWS_PER_BLOCK: usize = 96;

/// The GEMM kernels of this CPU.
pub(super) struct Kernels {
    pub(super) int8: GemmExecutor<u8, i8, i32>,
    float: GemmExecutor<f32>,
    /// The largest quantised weight. Without VNNI, pairs of 8-bit products are added in saturating
    /// 16 bits: weights then have one bit less, so that no sum overflows.
    pub(super) weight_max: f32,
}

impl Kernels {
    pub(super) fn new() -> Kernels {
        let int8 = GemmExecutor::<u8, i8, i32>::default();
        let weight_max = if int8.may_saturate() { 63.0 } else { 127.0 };
        Kernels { int8, float: GemmExecutor::default(), weight_max }
    }

    /// `output` = `rows` (of `width` columns) × `matrix` + `bias`.
    pub(super) fn gemm_f32(
        &self,
        rows: &[f32],
        width: usize,
        matrix: &PackedBMatrix<f32>,
        bias: &[f32],
        output: &mut [f32],
    ) {
        let rows = GemmInputA::Unpacked(Matrix::from_data([rows.len() / width, width], rows));
        let matrix = GemmInputB::Packed(matrix);
        let options = GemmOptions { bias: Some(BiasVector::Row(bias)), ..GemmOptions::default() };
        self.float.gemm(output, rows, matrix, options).expect("the shapes are the model's");
    }

    /// Packs `weight` as the right factor of products in 8 bits, a column for each of its rows.
    pub(super) fn pack_i8(&self, weight: &QuantizedRows) -> PackedBMatrix<i8> {
        let shape = [weight.scales.len(), weight.width];
        self.int8.prepack_b(Matrix::from_data(shape, weight.values.as_slice()).transposed())
    }

    /// Packs `matrix`, of shape `(height, width)`, as the right factor of [`Kernels::gemm_f32`].
    pub(super) fn pack_f32(&self, matrix: &[f32], width: usize) -> PackedBMatrix<f32> {
        self.float.prepack_b(Matrix::from_data([matrix.len() / width, width], matrix))
    }
}

/// A matrix quantised to 8 bits, symmetrically, with one scale a row.
pub(super) struct QuantizedRows {
    pub(super) values: Vec<i8>,
    /// For each row, what a value of one is worth.
    pub(super) scales: Vec<f32>,
    pub(super) width: usize,
}

impl QuantizedRows {
    /// No rows of `width`, and room for `n_rows`.
    pub(super) fn with_capacity(n_rows: usize, width: usize) -> QuantizedRows {
        let (values, scales) = (Vec::with_capacity(n_rows * width), Vec::with_capacity(n_rows));
        QuantizedRows { values, scales, width }
    }

    /// Appends the columns `range` of `rows`, which are `row_width` wide, each row scaled so that
    /// its largest absolute value becomes `value_max`.
    pub(super) fn extend(
        &mut self,
        rows: &[f32],
        row_width: usize,
        range: Range<usize>,
        value_max: f32,
    ) {
        let first = self.values.len();
        self.values.resize(first + rows.len() / row_width * self.width, 0);
        dispatch_simd(
            #[inline(always)]
            || {
                let quantized = self.values[first..].chunks_exact_mut(self.width);
                for (row, quantized) in rows.chunks_exact(row_width).zip(quantized) {
                    let row = &row[range.clone()];
                    let scale = quantization_scale(row, value_max);
                    let pairs = quantized.iter_mut().zip(row);
                    pairs.for_each(|(value, x)| *value = (x * scale + ROUNDING).to_bits() as i8);
                    self.scales.push(1.0 / scale);
                }
            },
        );
    }

    /// Adds row `row_idx`, dequantised, to `output`.
    pub(super) fn add_row_to(&self, row_idx: usize, output: &mut [f32]) {
        let row = &self.values[row_idx * self.width..][..self.width];
        let scale = self.scales[row_idx];
        output.iter_mut().zip(row).for_each(|(sum, value)| *sum += f32::from(*value) * scale);
    }
}

/// The factor that brings the largest absolute value of `row` to `value_max`.
#[inline(always)]
pub(super) fn quantization_scale(row: &[f32], value_max: f32) -> f32 {
    let absolute_max = max(
        row,
        #[inline(always)]
        |x| x.abs(),
    );
    scale_to(value_max, absolute_max)
}

/// The factor that brings `absolute_max` to `value_max`.
#[inline(always)]
pub(super) fn scale_to(value_max: f32, absolute_max: f32) -> f32 {
    if absolute_max > 0.0 { value_max / absolute_max } else { 1.0 }
}

/// Layer normalisation.
pub(super) struct LayerNorm {
    pub(super) gain: Vec<f32>,
    pub(super) bias: Vec<f32>,
}

impl LayerNorm {
    /// Each row brought to mean 0 and variance 1, then times gain plus bias.
    pub(super) fn forward(&self, rows: &[f32]) -> Vec<f32> {
        let mut output = vec![0.0; rows.len()];
        self.forward_into(rows, &mut output);
        output
    }

    /// [`LayerNorm::forward`] into `output`.
    pub(super) fn forward_into(&self, rows: &[f32], output: &mut [f32]) {
        dispatch_simd(
            #[inline(always)]
            || self.normalise(rows, output),
        );
    }

    #[inline(always)]
    fn normalise(&self, rows: &[f32], output: &mut [f32]) {
        const EPSILON: f32 = 1e-5;
        let width = self.gain.len();
        for (row, output) in rows.chunks_exact(width).zip(output.chunks_exact_mut(width)) {
            let mean = sum(row, |x| x) / width as f32;
            let variance = sum(row, |x| (x - mean) * (x - mean)) / width as f32;
            let scale = 1.0 / (variance + EPSILON).sqrt();
            let columns = output.iter_mut().zip(row).zip(self.gain.iter().zip(&self.bias));
            for ((output, x), (gain, bias)) in columns {
                *output = (x - mean) * scale * gain + bias;
            }
        }
    }
}

/// Fills `columns` with the columns `range` of `rows`, row by row, times `factor`.
pub(super) fn take_columns(
    rows: &[f32],
    width: usize,
    range: Range<usize>,
    factor: f32,
    columns: &mut Vec<f32>,
) {
    columns.clear();
    for row in rows.chunks_exact(width) {
        columns.extend(row[range.clone()].iter().map(|x| x * factor));
    }
}

/// Overwrites the columns `range` of `rows` with `columns`, which are row by row.
pub(super) fn put_columns(rows: &mut [f32], width: usize, range: Range<usize>, columns: &[f32]) {
    let sources = columns.chunks_exact(range.len());
    rows.chunks_exact_mut(width).zip(sources).for_each(|(row, source)| {
        row[range.clone()].copy_from_slice(source);
    });
}

/// Removes the rows of `values` that are not `is_kept`, in place. The answer is how many are left.
pub(super) fn retain_rows<T: Copy>(
    values: &mut Vec<T>,
    width: usize,
    is_kept: impl Fn(usize) -> bool,
) -> usize {
    let mut n_kept = 0;
    for row_idx in (0..values.len() / width).filter(|row_idx| is_kept(*row_idx)) {
        values.copy_within(row_idx * width..(row_idx + 1) * width, n_kept * width);
        n_kept += 1;
    }
    values.truncate(n_kept * width);
    n_kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_zeros_stays_one() {
        let mut rows = QuantizedRows::with_capacity(2, 2);
        rows.extend(&[0.0, 0.0, -2.0, 1.0], 2, 0..2, 127.0);
        assert_eq!(rows.values, [0, 0, -127, 64]);
        let mut sum = [1.0, 1.0];
        rows.add_row_to(0, &mut sum);
        assert_eq!(sum, [1.0, 1.0]);
    }

    #[test]
    fn a_normalised_row_has_mean_0_and_variance_1() {
        let norm = LayerNorm { gain: vec![1.0; 4], bias: vec![0.0; 4] };
        let row = norm.forward(&[1.0, 3.0, 1.0, 3.0]);
        assert!(row.iter().zip([-1.0, 1.0, -1.0, 1.0]).all(|(x, y)| (x - y).abs() < 1e-4));
    }
}
