//! Matrix products: 8-bit integers for the layers, floats for the two convolutions.
//!
//! A matrix of activations is a slice, row by row. Weights are packed once for the GEMM kernels
//! that rten-gemm picks at run time. Integer products are exact and each row is quantised with a
//! scale of its own, so the result of a row does not depend on the rows in its batch.

use super::simd::{ROUNDING, add_assign, dispatch_simd, max, sum};
use rten_gemm::{
    BiasVector, GemmExecutor, GemmInputA, GemmInputB, GemmOptions, GemmUninitOptions,
    PackedBMatrix, QuantParams,
};
use rten_tensor::Matrix;
use std::ops::Range;

/// Rows in a block: few enough that its activations stay in the CPU's cache, and a multiple of
/// the six or eight that the GEMM kernels take at a time.
pub(super) const ROWS_PER_BLOCK: usize = 96;

/// What stands for 0.0 among unsigned activations.
const ZERO_POINT: u8 = 128;

/// The GEMM kernels of this CPU.
pub(super) struct Kernels {
    int8: GemmExecutor<u8, i8, i32>,
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
    /// Scales each row of `matrix` so that its largest absolute value becomes `value_max`.
    pub(super) fn quantize(matrix: &[f32], width: usize, value_max: f32) -> QuantizedRows {
        let mut rows =
            QuantizedRows { values: Vec::with_capacity(matrix.len()), scales: Vec::new(), width };
        for row in matrix.chunks_exact(width) {
            let scale = quantization_scale(row, value_max);
            rows.values.extend(row.iter().map(|x| (x * scale + ROUNDING).to_bits() as i8));
            rows.scales.push(1.0 / scale);
        }
        rows
    }

    /// Adds row `row_idx`, dequantised, to `output`.
    pub(super) fn add_row_to(&self, row_idx: usize, output: &mut [f32]) {
        let row = &self.values[row_idx * self.width..][..self.width];
        let scale = self.scales[row_idx];
        output.iter_mut().zip(row).for_each(|(sum, value)| *sum += f32::from(*value) * scale);
    }
}

/// A linear layer with weights in 8 bits. Activations are quantised on the fly.
pub(super) struct Linear {
    packed: PackedBMatrix<i8>,
    /// For each output column, what an integer of one is worth.
    column_scales: Vec<f32>,
    /// Empty for none.
    bias: Vec<f32>,
    n_inputs: usize,
}

impl Linear {
    /// `weight` has a row for each output column, `bias` a number for each, or none at all.
    pub(super) fn new(kernels: &Kernels, weight: &QuantizedRows, bias: Vec<f32>) -> Linear {
        let shape = [weight.scales.len(), weight.width];
        let matrix = Matrix::from_data(shape, weight.values.as_slice());
        Linear {
            packed: kernels.int8.prepack_b(matrix.transposed()),
            column_scales: weight.scales.clone(),
            bias,
            n_inputs: weight.width,
        }
    }

    pub(super) fn n_columns(&self) -> usize {
        self.column_scales.len()
    }

    /// `rows` × weight + bias.
    pub(super) fn forward(&self, kernels: &Kernels, rows: &[f32]) -> Vec<f32> {
        self.multiply(kernels, rows, rows.len() / self.n_inputs, (quantize_rows, ZERO_POINT))
    }

    /// [`Linear::forward`] with activations in twice the bits: what their quantisation rounds off
    /// is quantised and multiplied in a second pass, and both products are added.
    pub(super) fn forward_two_pass(&self, kernels: &Kernels, rows: &[f32]) -> Vec<f32> {
        let mut both = Vec::with_capacity(2 * rows.len());
        both.extend_from_slice(rows);
        for row in rows.chunks_exact(self.n_inputs) {
            let scale = quantization_scale(row, 127.0);
            let unit = 1.0 / scale;
            both.extend(row.iter().map(|x| x - ((x * scale + ROUNDING) - ROUNDING) * unit));
        }
        let n_biased = rows.len() / self.n_inputs;
        let mut output = self.multiply(kernels, &both, n_biased, (quantize_rows, ZERO_POINT));
        let half = output.len() / 2;
        let (products, residual_products) = output.split_at_mut(half);
        add_assign(products, residual_products);
        output.truncate(half);
        output
    }

    /// `rows` × weight, without the bias, for rows in `0.0..=1.0` as `softmax_unnormalised` gives:
    /// all eight bits hold a positive number.
    pub(super) fn forward_probabilities(&self, kernels: &Kernels, rows: &[f32]) -> Vec<f32> {
        self.multiply(kernels, rows, 0, (quantize_probabilities, 0))
    }

    /// `rows` × weight, with the bias added to the first `n_biased` rows.
    ///
    /// `quantize` gives the rows in 8 bits and for each row what one is worth; `zero_point` is
    /// what it makes of 0.0.
    fn multiply(
        &self,
        kernels: &Kernels,
        rows: &[f32],
        n_biased: usize,
        (quantize, zero_point): (impl Fn(&[f32], usize) -> (Vec<u8>, Vec<f32>), u8),
    ) -> Vec<f32> {
        let n_columns = self.n_columns();
        let n_rows = rows.len() / self.n_inputs;
        let mut output = Vec::with_capacity(n_rows * n_columns);
        let mut sums: Vec<i32> = Vec::with_capacity(ROWS_PER_BLOCK.min(n_rows) * n_columns);
        for block in rows.chunks(ROWS_PER_BLOCK * self.n_inputs) {
            let (values, row_scales) = dispatch_simd(
                #[inline(always)]
                || quantize(block, self.n_inputs),
            );
            let zero_points = vec![zero_point; row_scales.len()];
            let options = GemmUninitOptions {
                a_quant: Some(QuantParams { zero_point: &zero_points }),
                ..GemmUninitOptions::default()
            };
            let values = Matrix::from_data([row_scales.len(), self.n_inputs], values.as_slice());
            let activations = GemmInputA::Unpacked(values);
            let weights = GemmInputB::Packed(&self.packed);
            let room = &mut sums.spare_capacity_mut()[..row_scales.len() * n_columns];
            let sums = kernels.int8.gemm_uninit(room, activations, weights, options);
            let sums = sums.expect("the shapes are the model's");
            dispatch_simd(
                #[inline(always)]
                || self.dequantize_into(&mut output, sums, &row_scales, n_biased),
            );
        }
        output
    }

    /// Appends `sums` to `output` as floats, with the bias in the first `n_biased` rows of
    /// `output`.
    #[inline(always)]
    fn dequantize_into(
        &self,
        output: &mut Vec<f32>,
        sums: &[i32],
        row_scales: &[f32],
        n_biased: usize,
    ) {
        let n_columns = self.n_columns();
        let first_row = output.len() / n_columns;
        let rows = sums.chunks_exact(n_columns).zip(row_scales);
        for (row_idx, (sums, row_scale)) in (first_row..).zip(rows) {
            let columns = sums.iter().zip(&self.column_scales);
            if self.bias.is_empty() || row_idx >= n_biased {
                output.extend(
                    columns.map(|(sum, column_scale)| *sum as f32 * (row_scale * column_scale)),
                );
            } else {
                output.extend(columns.zip(&self.bias).map(|((sum, column_scale), bias)| {
                    *sum as f32 * (row_scale * column_scale) + bias
                }));
            }
        }
    }
}

/// `rows` in 8 bits around [`ZERO_POINT`], and for each row what one is worth.
#[inline(always)]
fn quantize_rows(rows: &[f32], width: usize) -> (Vec<u8>, Vec<f32>) {
    const ROUNDING_TO_ZERO_POINT: f32 = ROUNDING + ZERO_POINT as f32;
    let mut quantized = vec![0; rows.len()];
    let mut scales = Vec::with_capacity(rows.len() / width);
    for (row, quantized) in rows.chunks_exact(width).zip(quantized.chunks_exact_mut(width)) {
        let scale = quantization_scale(row, 127.0);
        let pairs = quantized.iter_mut().zip(row);
        pairs.for_each(|(value, x)| *value = (x * scale + ROUNDING_TO_ZERO_POINT).to_bits() as u8);
        scales.push(1.0 / scale);
    }
    (quantized, scales)
}

/// `rows` in `0.0..=1.0` as 0 to 255, and for each row what one is worth.
#[inline(always)]
fn quantize_probabilities(rows: &[f32], width: usize) -> (Vec<u8>, Vec<f32>) {
    let quantized = rows.iter().map(|x| (x * 255.0 + ROUNDING).to_bits() as u8);
    (quantized.collect(), vec![1.0 / 255.0; rows.len() / width])
}

/// The factor that brings the largest absolute value of `row` to `value_max`.
#[inline(always)]
fn quantization_scale(row: &[f32], value_max: f32) -> f32 {
    let absolute_max = max(row, f32::abs);
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
        dispatch_simd(
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
            let columns = row.iter().zip(self.gain.iter().zip(&self.bias));
            output.extend(columns.map(|(x, (gain, bias))| (x - mean) * scale * gain + bias));
        }
        output
    }
}

/// Copies the columns `range` of `rows`, row by row.
pub(super) fn take_columns(rows: &[f32], width: usize, range: Range<usize>) -> Vec<f32> {
    let mut columns = Vec::with_capacity(rows.len() / width * range.len());
    rows.chunks_exact(width).for_each(|row| columns.extend_from_slice(&row[range.clone()]));
    columns
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

    /// Numbers in -1.0..1.0 that look like noise.
    fn noise(count: usize) -> Vec<f32> {
        (0..count).map(|n| (n as f32 * 12.9898).sin() * 43.758 % 1.0).collect()
    }

    /// The reference: `rows` × `weight` + `bias` in floats.
    fn product(rows: &[f32], weight: &[f32], width: usize, bias: &[f32]) -> Vec<f32> {
        let dot = |row: &[f32], column: &[f32]| -> f32 {
            row.iter().zip(column).map(|(x, weight)| x * weight).sum()
        };
        let columns =
            |row| weight.chunks(width).zip(bias).map(move |(column, bias)| dot(row, column) + bias);
        rows.chunks(width).flat_map(columns).collect()
    }

    fn quantized(kernels: &Kernels, weight: &[f32], width: usize, bias: Vec<f32>) -> Linear {
        Linear::new(kernels, &QuantizedRows::quantize(weight, width, kernels.weight_max), bias)
    }

    #[test]
    fn a_product_of_8_bits_is_near_that_of_floats_and_one_of_two_passes_nearer() {
        let width = 96;
        let kernels = Kernels::new();
        let rows = noise(5 * width);
        let weight = noise(40 * width);
        let bias = noise(40);
        let distance = |found: Vec<f32>, bias: &[f32]| -> f32 {
            let expected = product(&rows, &weight, width, bias);
            let pairs = found.iter().zip(&expected);
            pairs.map(|(found, expected)| (found - expected).powi(2)).sum::<f32>().sqrt()
        };
        let biased = quantized(&kernels, &weight, width, bias.clone());
        let one_pass = distance(biased.forward(&kernels, &rows), &bias);
        assert!(one_pass < 0.5, "{one_pass}");
        let plain = quantized(&kernels, &weight, width, Vec::new());
        let zeros = vec![0.0; 40];
        let two_pass = distance(plain.forward_two_pass(&kernels, &rows), &zeros);
        assert!(two_pass < distance(plain.forward(&kernels, &rows), &zeros), "{two_pass}");
    }

    #[test]
    fn probabilities_are_rounded_less_than_other_activations() {
        let kernels = Kernels::new();
        let weight = noise(64 * 96);
        let linear = quantized(&kernels, &weight, 96, vec![9.0; 64]);
        let rows: Vec<f32> = noise(10 * 96).iter().map(|x| x.abs()).collect();
        let distance = |found: &[f32]| -> f32 {
            let expected = product(&rows, &weight, 96, &[0.0; 64]);
            found.iter().zip(&expected).map(|(found, expected)| (found - expected).powi(2)).sum()
        };
        let signed: Vec<f32> = linear.forward(&kernels, &rows).iter().map(|x| x - 9.0).collect();
        let unsigned = linear.forward_probabilities(&kernels, &rows);
        assert!(distance(&unsigned) < distance(&signed), "{}", distance(&unsigned));
    }

    #[test]
    fn a_row_becomes_the_same_whatever_stands_beside_it() {
        let width = 64;
        let kernels = Kernels::new();
        let rows = noise(300 * width);
        let linear = quantized(&kernels, &noise(70 * width), width, noise(70));
        let alone: Vec<f32> =
            rows.chunks(width).flat_map(|row| linear.forward(&kernels, row)).collect();
        assert!(linear.forward(&kernels, &rows) == alone);
    }

    #[test]
    fn a_row_of_zeros_stays_one() {
        let rows = QuantizedRows::quantize(&[0.0, 0.0, -2.0, 1.0], 2, 127.0);
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
