//! Linear layers with weights in 8 bits.
//!
//! Weights are packed once for the GEMM kernels; activations are quantised on the fly, each row
//! with a scale of its own. Integer products are exact, so the result of a row does not depend on
//! the rows in its batch.

use super::{
    matrix::{Kernels, QuantizedRows, ROWS_PER_BLOCK, quantization_scale, scale_to},
    simd::{ROUNDING, dispatch_simd},
};
use rten_gemm::{GemmInputA, GemmInputB, GemmOptions, PackedBMatrix, QuantParams};
use rten_tensor::Matrix;
use std::{cell::Cell, ops::Range};

/// What stands for 0.0 among unsigned activations.
const ZERO_POINT: u8 = 128;

/// A linear layer with weights in 8 bits. Activations are quantised on the fly.
pub(super) struct Linear {
    packed: PackedBMatrix<i8>,
    /// For each output column, what an integer of one is worth.
    column_scales: Vec<f32>,
    /// Empty for none.
    bias: Vec<f32>,
    n_inputs: usize,
}

/// Room for a block of rows on their way through a [`Linear`], kept by each thread: pages that are
/// given back and asked for anew cost a tenth of the time.
#[derive(Default)]
struct Scratch {
    values: Vec<u8>,
    scales: Vec<f32>,
    zero_points: Vec<u8>,
    sums: Vec<i32>,
}

thread_local!(static SCRATCH: Cell<Scratch> = Cell::default());

/// What is quantised of rows, and how.
#[derive(Clone, Copy, PartialEq)]
enum Activations {
    /// Numbers of either sign, around [`ZERO_POINT`].
    Signed,
    /// Those, and behind them what their quantisation rounds off: twice the rows.
    WithResiduals,
    /// Numbers in `0.0..=1.0`: all eight bits hold a positive number.
    Probabilities,
}

impl Linear {
    /// `weight` has a row for each output column, `bias` a number for each, or none at all.
    pub(super) fn new(kernels: &Kernels, weight: QuantizedRows, bias: Vec<f32>) -> Linear {
        let packed = kernels.pack_i8(&weight);
        Linear { packed, column_scales: weight.scales, bias, n_inputs: weight.width }
    }

    /// A layer that gives the dot products with `weight`, which somebody else needs as well.
    pub(super) fn of_rows(kernels: &Kernels, weight: &QuantizedRows) -> Linear {
        let column_scales = weight.scales.clone();
        let packed = kernels.pack_i8(weight);
        Linear { packed, column_scales, bias: Vec::new(), n_inputs: weight.width }
    }

    /// A layer whose output columns are the columns `range` of `rows`, which are `row_width` wide.
    pub(super) fn of_columns(
        kernels: &Kernels,
        rows: &[f32],
        row_width: usize,
        range: Range<usize>,
    ) -> Linear {
        let width = range.len();
        let n_inputs = rows.len() / row_width;
        let mut values = vec![0; n_inputs * width];
        let mut scales = vec![0.0_f32; width];
        dispatch_simd(
            #[inline(always)]
            || {
                for row in rows.chunks_exact(row_width) {
                    let columns = scales.iter_mut().zip(&row[range.clone()]);
                    columns.for_each(|(max, x)| *max = if x.abs() > *max { x.abs() } else { *max });
                }
                scales.iter_mut().for_each(|max| *max = scale_to(kernels.weight_max, *max));
                let rows = rows.chunks_exact(row_width).zip(values.chunks_exact_mut(width));
                for (row, values) in rows {
                    let columns = values.iter_mut().zip(row[range.clone()].iter().zip(&scales));
                    columns.for_each(|(value, (x, scale))| {
                        *value = (x * scale + ROUNDING).to_bits() as i8;
                    });
                }
            },
        );
        let column_scales = scales.iter().map(|scale| 1.0 / scale).collect();
        let packed =
            kernels.int8.prepack_b(Matrix::from_data([n_inputs, width], values.as_slice()));
        Linear { packed, column_scales, bias: Vec::new(), n_inputs }
    }

    pub(super) fn n_columns(&self) -> usize {
        self.column_scales.len()
    }

    /// `rows` × weight + bias.
    pub(super) fn forward(&self, kernels: &Kernels, rows: &[f32]) -> Vec<f32> {
        let mut output = vec![0.0; rows.len() / self.n_inputs * self.n_columns()];
        self.forward_into(kernels, rows, &mut output);
        output
    }

    /// [`Linear::forward`] into `output`.
    pub(super) fn forward_into(&self, kernels: &Kernels, rows: &[f32], output: &mut [f32]) {
        self.multiply(kernels, rows, Activations::Signed, output, set);
    }

    /// Adds `rows` × weight + bias to `output`.
    pub(super) fn add_to(&self, kernels: &Kernels, rows: &[f32], output: &mut [f32]) {
        self.multiply(kernels, rows, Activations::Signed, output, add);
    }

    /// [`Linear::forward_into`] with activations in twice the bits: what their quantisation rounds
    /// off is quantised and multiplied as well, and both products are added.
    pub(super) fn forward_two_pass(&self, kernels: &Kernels, rows: &[f32], output: &mut [f32]) {
        self.multiply(kernels, rows, Activations::WithResiduals, output, set);
    }

    /// `rows` × weight, without the bias, for rows in `0.0..=1.0` as `softmax_unnormalised` gives.
    pub(super) fn forward_probabilities(
        &self,
        kernels: &Kernels,
        rows: &[f32],
        output: &mut [f32],
    ) {
        self.multiply(kernels, rows, Activations::Probabilities, output, set);
    }

    /// Brings `rows` × weight, with the bias but for probabilities, to `output` by `store`.
    fn multiply(
        &self,
        kernels: &Kernels,
        rows: &[f32],
        activations: Activations,
        output: &mut [f32],
        store: impl Fn(&mut f32, f32) + Copy,
    ) {
        let n_columns = self.n_columns();
        let bias = if activations == Activations::Probabilities { &[] } else { &*self.bias };
        let blocks = rows.chunks(ROWS_PER_BLOCK * self.n_inputs);
        let mut scratch = SCRATCH.take();
        for (block, output) in blocks.zip(output.chunks_mut(ROWS_PER_BLOCK * n_columns)) {
            dispatch_simd(
                #[inline(always)]
                || scratch.quantize(block, self.n_inputs, activations),
            );
            let Scratch { values, scales, zero_points, sums } = &mut scratch;
            sums.resize(scales.len() * n_columns, 0);
            let options = GemmOptions {
                a_quant: Some(QuantParams { zero_point: zero_points }),
                ..GemmOptions::default()
            };
            let values = Matrix::from_data([scales.len(), self.n_inputs], values.as_slice());
            let activations = GemmInputA::Unpacked(values);
            let weights = GemmInputB::Packed(&self.packed);
            let done = kernels.int8.gemm(sums, activations, weights, options);
            done.expect("the shapes are the model's");
            let n_rows = block.len() / self.n_inputs;
            let (sums, residual_sums) = sums.split_at(n_rows * n_columns);
            let (scales, residual_scales) = scales.split_at(n_rows);
            dispatch_simd(
                #[inline(always)]
                || {
                    self.dequantize(sums, scales, bias, output, store);
                    self.dequantize(residual_sums, residual_scales, &[], output, add);
                },
            );
        }
        SCRATCH.set(scratch);
    }

    /// Brings `sums` as floats, with `bias` if there is any, to `output` by `store`.
    #[inline(always)]
    fn dequantize(
        &self,
        sums: &[i32],
        row_scales: &[f32],
        bias: &[f32],
        output: &mut [f32],
        store: impl Fn(&mut f32, f32),
    ) {
        let n_columns = self.n_columns();
        let column_scales = self.column_scales.as_slice();
        let rows = sums.chunks_exact(n_columns).zip(output.chunks_exact_mut(n_columns));
        for ((sums, output), row_scale) in rows.zip(row_scales) {
            let columns = output.iter_mut().zip(sums).zip(column_scales);
            if bias.is_empty() {
                for ((output, sum), column_scale) in columns {
                    store(output, *sum as f32 * (row_scale * column_scale));
                }
            } else {
                for (((output, sum), column_scale), bias) in columns.zip(bias) {
                    store(output, *sum as f32 * (row_scale * column_scale) + bias);
                }
            }
        }
    }
}

#[inline(always)]
fn set(output: &mut f32, value: f32) {
    *output = value;
}

#[inline(always)]
fn add(output: &mut f32, value: f32) {
    *output += value;
}

impl Scratch {
    /// Fills `values` with `rows` in 8 bits, and `scales` with what one is worth in each.
    #[inline(always)]
    fn quantize(&mut self, rows: &[f32], width: usize, activations: Activations) {
        let has_residuals = activations == Activations::WithResiduals;
        self.values.resize(rows.len() * (1 + usize::from(has_residuals)), 0);
        self.scales.clear();
        if activations == Activations::Probabilities {
            let pairs = self.values.iter_mut().zip(rows);
            pairs.for_each(|(value, x)| *value = (x * 255.0 + ROUNDING).to_bits() as u8);
            self.scales.resize(rows.len() / width, 1.0 / 255.0);
            self.zero_points.clear();
            self.zero_points.resize(self.scales.len(), 0);
            return;
        }
        let (values, residual_values) = self.values.split_at_mut(rows.len());
        for (row, values) in rows.chunks_exact(width).zip(values.chunks_exact_mut(width)) {
            self.scales.push(1.0 / quantize_row(row, values));
        }
        let mut residuals = vec![0.0; if has_residuals { width } else { 0 }];
        let residual_values = residual_values.chunks_exact_mut(width);
        for (row_idx, values) in residual_values.enumerate() {
            let row = &rows[row_idx * width..][..width];
            let unit = self.scales[row_idx];
            let scale = quantization_scale(row, 127.0);
            for (residual, x) in residuals.iter_mut().zip(row) {
                *residual = x - ((x * scale + ROUNDING) - ROUNDING) * unit;
            }
            self.scales.push(1.0 / quantize_row(&residuals, values));
        }
        self.zero_points.clear();
        self.zero_points.resize(self.scales.len(), ZERO_POINT);
    }
}

/// Writes `row` in 8 bits around [`ZERO_POINT`] to `quantized`; gives the factor.
#[inline(always)]
fn quantize_row(row: &[f32], quantized: &mut [u8]) -> f32 {
    const ROUNDING_TO_ZERO_POINT: f32 = ROUNDING + ZERO_POINT as f32;
    let scale = quantization_scale(row, 127.0);
    let pairs = quantized.iter_mut().zip(row);
    pairs.for_each(|(value, x)| *value = (x * scale + ROUNDING_TO_ZERO_POINT).to_bits() as u8);
    scale
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
        let mut rows = QuantizedRows::with_capacity(0, width);
        rows.extend(weight, width, 0..width, kernels.weight_max);
        Linear::new(kernels, rows, bias)
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
        let mut output = vec![0.0; 5 * 40];
        plain.forward_two_pass(&kernels, &rows, &mut output);
        let two_pass = distance(output, &zeros);
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
        let mut unsigned = vec![0.0; 10 * 64];
        linear.forward_probabilities(&kernels, &rows, &mut unsigned);
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
        let mut sums = alone.clone();
        linear.add_to(&kernels, &rows, &mut sums);
        assert!(sums.iter().zip(&alone).all(|(sum, x)| *sum == x + x));
    }

    #[test]
    fn a_row_in_twice_the_bits_becomes_the_same_whatever_stands_beside_it() {
        let width = 64;
        let kernels = Kernels::new();
        let rows = noise(130 * width);
        let linear = quantized(&kernels, &noise(70 * width), width, noise(70));
        let forward = |rows: &[f32]| {
            let mut output = vec![0.0; rows.len() / width * 70];
            linear.forward_two_pass(&kernels, rows, &mut output);
            output
        };
        let alone: Vec<f32> = rows.chunks(width).flat_map(forward).collect();
        assert!(forward(&rows) == alone);
    }

    #[test]
    fn a_layer_of_columns_is_that_of_the_transposed_rows() {
        let kernels = Kernels::new();
        let matrix = noise(10 * 96);
        let transposed: Vec<f32> =
            (32..96).flat_map(|column| matrix[column..].iter().step_by(96)).copied().collect();
        let expected = quantized(&kernels, &transposed, 10, Vec::new());
        let found = Linear::of_columns(&kernels, &matrix, 96, 32..96);
        let rows = noise(7 * 10);
        assert!(found.forward(&kernels, &rows) == expected.forward(&kernels, &rows));
    }
}
