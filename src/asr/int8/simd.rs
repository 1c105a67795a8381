//! SIMD kernels, dispatched at run time to the widest instruction set of this CPU.
//!
//! The compiler vectorises the loops; rten-simd picks the instruction set when the program runs.
//! Whatever such a loop calls must be `#[inline(always)]`: a function that is not inlined is
//! compiled for the baseline instruction set.

use rten_simd::{Isa, SimdOp, SimdUnaryOp};
use rten_vecmath::Gelu;

/// Accumulators side by side: a few vectors of any instruction set.
const LANES: usize = 32;

/// 1.5 · 2²³. The spacing of floats is 1 there, so adding it rounds `x` to the nearest integer,
/// which then stands in the low bits of the sum; subtracting it again gives that integer as a
/// float.
pub(super) const ROUNDING: f32 = 12_582_912.0;

/// Runs `kernel`, a closure that is `#[inline(always)]`, compiled for the instruction set found at
/// run time.
pub(super) fn dispatch_simd<T>(kernel: impl FnMut() -> T) -> T {
    Kernel(kernel).dispatch()
}

struct Kernel<F>(F);

impl<T, F: FnMut() -> T> SimdOp for Kernel<F> {
    type Output = T;

    #[inline(always)]
    fn eval<I: Isa>(mut self, _: I) -> T {
        (self.0)()
    }
}

/// The maximum of `map` over `values`; `NEG_INFINITY` if there are none.
#[inline(always)]
pub(super) fn max(values: &[f32], map: impl Fn(f32) -> f32) -> f32 {
    fold_lanes(
        values,
        f32::NEG_INFINITY,
        #[inline(always)]
        |max, value| {
            let value = map(value);
            if value > max { value } else { max }
        },
    )
    .into_iter()
    .fold(f32::NEG_INFINITY, f32::max)
}

/// The sum of `map` over `values`.
#[inline(always)]
pub(super) fn sum(values: &[f32], map: impl Fn(f32) -> f32) -> f32 {
    fold_lanes(
        values,
        0.0,
        #[inline(always)]
        |sum, value| sum + map(value),
    )
    .into_iter()
    .sum()
}

/// Folds `values` from `init` in [`LANES`] independent accumulators, a form that the compiler
/// vectorises: it may not reorder a sum of floats by itself.
#[inline(always)]
fn fold_lanes(values: &[f32], init: f32, fold: impl Fn(f32, f32) -> f32) -> [f32; LANES] {
    let mut lanes = [init; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        // Not vectorised unless the trip count is a constant.
        lanes.iter_mut().zip(chunk).for_each(|(lane, value)| *lane = fold(*lane, *value));
    }
    lanes.iter_mut().zip(rest).for_each(|(lane, value)| *lane = fold(*lane, *value));
    lanes
}

/// The dot product of two vectors of one length, a multiple of [`LANES`].
#[inline(always)]
pub(super) fn dot(left: &[f32], right: &[f32]) -> f32 {
    let mut lanes = [0.0; LANES];
    for (left, right) in left.as_chunks::<LANES>().0.iter().zip(right.as_chunks::<LANES>().0) {
        let products = lanes.iter_mut().zip(left.iter().zip(right));
        products.for_each(|(lane, (left, right))| *lane += left * right);
    }
    lanes.into_iter().sum()
}

/// Adds `addend` to `target`, element by element.
pub(super) fn add_assign(target: &mut [f32], addend: &[f32]) {
    target.iter_mut().zip(addend).for_each(|(target, addend)| *target += addend);
}

pub(super) fn gelu(values: &mut [f32]) {
    Gelu {}.map_mut(values);
}

/// The softmax of each row.
pub(super) fn softmax(rows: &mut [f32], width: usize) {
    let scales = softmax_unnormalised(rows, width);
    scale_rows(rows, width, &scales);
}

/// `exp(x - max)` of each row, at most 1, and for each row the factor that makes probabilities of
/// it.
///
/// Attention multiplies the weighted sum of the values by that factor instead of the weights: a
/// head has fewer columns than there are keys.
pub(super) fn softmax_unnormalised(rows: &mut [f32], width: usize) -> Vec<f32> {
    let mut scales = Vec::with_capacity(rows.len() / width);
    dispatch_simd(
        #[inline(always)]
        || {
            for row in rows.chunks_exact_mut(width) {
                let row_max = max(row, |x| x);
                let mut sums = [0.0; LANES];
                let (chunks, rest) = row.as_chunks_mut::<LANES>();
                for chunk in chunks {
                    for (sum, x) in sums.iter_mut().zip(chunk) {
                        *x = exp(*x - row_max);
                        *sum += *x;
                    }
                }
                for (sum, x) in sums.iter_mut().zip(rest) {
                    *x = exp(*x - row_max);
                    *sum += *x;
                }
                scales.push(1.0 / sums.into_iter().sum::<f32>());
            }
        },
    );
    scales
}

/// Multiplies each row by its scale.
pub(super) fn scale_rows(rows: &mut [f32], width: usize, scales: &[f32]) {
    dispatch_simd(
        #[inline(always)]
        || {
            for (row, scale) in rows.chunks_exact_mut(width).zip(scales) {
                row.iter_mut().for_each(|x| *x *= scale);
            }
        },
    );
}

/// The logarithm of the sum of the exponentials; `NEG_INFINITY` if all logits are.
pub(super) fn log_sum_exp(logits: &[f32]) -> f32 {
    dispatch_simd(
        #[inline(always)]
        || {
            let max = max(logits, |x| x);
            if max == f32::NEG_INFINITY {
                return max;
            }
            max + sum(logits, |x| exp(x - max)).ln()
        },
    )
}

/// The exponential of `x <= 0`, to two units in the last place; 0 where it is less than 1e-37.
///
/// `x = k ln 2 + r`: 2 to the `k` by its exponent bits, times the Taylor series of `r` (Cody &
/// Waite, "Software Manual for the Elementary Functions", 1980). Without a branch or a call, so
/// that loops over it are vectorised.
#[inline(always)]
fn exp(x: f32) -> f32 {
    /// ln 2 in two parts: the first has few bits, so that its multiples are exact; the second is
    /// what it lacks.
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    let rounded = x * std::f32::consts::LOG2_E + ROUNDING;
    let power = rounded - ROUNDING;
    let remainder = (x - power * LN_2[0]) - power * LN_2[1];
    let mut series = 1.0 / 720.0;
    for coefficient in [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        series = series * remainder + coefficient;
    }
    let two_to_power = f32::from_bits((rounded.to_bits() << 23).wrapping_add(1.0_f32.to_bits()));
    if x < -85.0 { 0.0 } else { series * two_to_power }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_add_up_to_one_and_what_is_impossible_has_none() {
        let mut row = [1.0, f32::NEG_INFINITY, 3.0, 2.0];
        softmax(&mut row, 4);
        assert_eq!(row[1], 0.0);
        assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert!((row[2] / row[3] - std::f32::consts::E).abs() < 1e-5);
    }

    #[test]
    fn an_exponential_is_that_of_the_library() {
        for x in (0..8_500_u16).map(|n| f32::from(n) / -100.0) {
            let expected = f64::from(x).exp();
            assert!((f64::from(exp(x)) / expected - 1.0).abs() < 3e-7, "{x}");
        }
        assert_eq!([exp(0.0), exp(-90.0), exp(f32::NEG_INFINITY)], [1.0, 0.0, 0.0]);
    }

    #[test]
    fn a_sum_of_exponentials_is_found_by_its_logarithm() {
        let logits: Vec<f32> = (0..1_300_u16).map(|n| f32::from(n % 7)).collect();
        let expected: f64 = logits.iter().map(|x| f64::from(*x).exp()).sum();
        assert!((f64::from(log_sum_exp(&logits)) - expected.ln()).abs() < 1e-5);
        assert_eq!(log_sum_exp(&[f32::NEG_INFINITY; 3]), f32::NEG_INFINITY);
    }
}
