//! Loops over many numbers, by the vectors of this processor and not by those that all have.
//!
//! The compiler makes the vectors; rten-simd picks the instructions when the program runs. What
//! such a loop calls has to be inlined in it, or it is compiled for the least of processors.

use rten_simd::{Isa, SimdOp, SimdUnaryOp};
use rten_vecmath::Gelu;

/// Numbers side by side: some vectors of each kind of processor.
const LANES: usize = 32;

/// One and a half times two to the 23, a float so large that its last bits are whole: added to
/// another, they are that one rounded.
pub(super) const ROUNDING: f32 = 12_582_912.0;

/// Does `work`, a closure that is always inlined, with this processor's vectors.
pub(super) fn wide<T>(work: impl FnMut() -> T) -> T {
    Wide(work).dispatch()
}

struct Wide<F>(F);

impl<T, F: FnMut() -> T> SimdOp for Wide<F> {
    type Output = T;

    #[inline(always)]
    fn eval<I: Isa>(mut self, _: I) -> T {
        (self.0)()
    }
}

/// The greatest of what `of` makes of `values`, `NEG_INFINITY` of none.
#[inline(always)]
pub(super) fn greatest(values: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    gathered(values, f32::NEG_INFINITY, |most, value| {
        let value = of(value);
        if value > most { value } else { most }
    })
    .into_iter()
    .fold(f32::NEG_INFINITY, f32::max)
}

/// The sum of what `of` makes of `values`.
#[inline(always)]
pub(super) fn sum(values: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    gathered(values, 0.0, |sum, value| sum + of(value)).into_iter().sum()
}

/// What `gather` makes of `values` from `start` on, in lanes side by side, so that the compiler
/// finds its vectors.
#[inline(always)]
fn gathered(values: &[f32], start: f32, gather: impl Fn(f32, f32) -> f32) -> [f32; LANES] {
    let mut lanes = [start; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        // With a count that is not known to be that of the lanes there would be no vectors.
        lanes = std::array::from_fn(|lane| gather(lanes[lane], chunk[lane]));
    }
    lanes.iter_mut().zip(rest).for_each(|(lane, value)| *lane = gather(*lane, *value));
    lanes
}

/// The sum of the products of each number with its twin; both have as many, whole lanes of them.
#[inline(always)]
pub(super) fn dot(one: &[f32], other: &[f32]) -> f32 {
    let mut lanes = [0.0; LANES];
    for (one, other) in one.as_chunks::<LANES>().0.iter().zip(other.as_chunks::<LANES>().0) {
        lanes = std::array::from_fn(|lane| lanes[lane] + one[lane] * other[lane]);
    }
    lanes.into_iter().sum()
}

pub(super) fn add(sum: &mut [f32], other: &[f32]) {
    sum.iter_mut().zip(other).for_each(|(sum, other)| *sum += other);
}

pub(super) fn gelu(values: &mut [f32]) {
    Gelu {}.map_mut(values);
}

/// Each row as probabilities.
pub(super) fn softmax(rows: &mut [f32], width: usize) {
    let scales = proportions(rows, width);
    scale(rows, width, &scales);
}

/// Each row as what its probabilities are in proportion to, at most 1. The answer is what makes
/// probabilities of them; who multiplies rows that long may do it afterwards, on shorter ones.
pub(super) fn proportions(rows: &mut [f32], width: usize) -> Vec<f32> {
    let mut scales = Vec::with_capacity(rows.len() / width);
    wide(
        #[inline(always)]
        || {
            for row in rows.chunks_exact_mut(width) {
                let most = greatest(row, |x| x);
                let mut sums = [0.0; LANES];
                let (chunks, rest) = row.as_chunks_mut::<LANES>();
                for chunk in chunks {
                    *chunk = std::array::from_fn(|lane| exp(chunk[lane] - most));
                    sums = std::array::from_fn(|lane| sums[lane] + chunk[lane]);
                }
                for (sum, x) in sums.iter_mut().zip(rest) {
                    *x = exp(*x - most);
                    *sum += *x;
                }
                scales.push(1.0 / sums.into_iter().sum::<f32>());
            }
        },
    );
    scales
}

/// Each row times its scale.
pub(super) fn scale(rows: &mut [f32], width: usize, scales: &[f32]) {
    wide(
        #[inline(always)]
        || {
            for (row, scale) in rows.chunks_exact_mut(width).zip(scales) {
                row.iter_mut().for_each(|x| *x *= scale);
            }
        },
    );
}

/// Logarithm of the sum of the exponentials.
pub(super) fn log_sum(logits: &[f32]) -> f32 {
    wide(
        #[inline(always)]
        || {
            let most = greatest(logits, |x| x);
            if most == f32::NEG_INFINITY {
                return most;
            }
            most + sum(logits, |x| exp(x - most)).ln()
        },
    )
}

/// The exponential of `x <= 0`, to two units in the last place; 0 where it is less than 1e-37.
///
/// A power of two, made of its bits, times the series of what is left (Cody & Waite, "Software
/// Manual for the Elementary Functions", 1980). Nothing in it keeps the compiler from its vectors.
#[inline(always)]
fn exp(x: f32) -> f32 {
    /// Of few bits, so that its multiples are exact, and what it lacks of the logarithm of 2.
    const LN_2: (f32, f32) = (0.693_359_4, -2.121_944_4e-4);
    let rounded = x * std::f32::consts::LOG2_E + ROUNDING;
    let power = rounded - ROUNDING;
    let rest = (x - power * LN_2.0) - power * LN_2.1;
    let mut series = 1.0 / 720.0;
    for factor in [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        series = series * rest + factor;
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
        assert!((f64::from(log_sum(&logits)) - expected.ln()).abs() < 1e-5);
        assert_eq!(log_sum(&[f32::NEG_INFINITY; 3]), f32::NEG_INFINITY);
    }
}
