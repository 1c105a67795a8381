//! How the weights of our graphs are made from the tensors of a checkpoint.
//!
//! ```text
//! copy T                  the tensor T
//! transpose T             T of two dimensions, turned
//! lstm T...               first half of the T forward, second half backward; rows of
//!                         each reordered from gates i f g o to i o f c
//! sinc LOW BAND N WINDOW  band-pass filters of SincNet
//! fold_weight T NORM      convolution T scaled by the batch normalization NORM
//! fold_bias NORM          what NORM adds after a convolution without bias
//! ```
//!
//! The recipes stand in the graphs themselves. `scripts/graphs/strip.py` found them
//! by comparing numbers with an export by PyTorch, and does the same arithmetic.
//! All of it is in 32-bit floats, in one order, so that the result has one digest.

use super::checkpoint::{Tensor, Tensors};

/// PyTorch's default of batch normalization; both networks keep it.
const EPSILON: f32 = 1e-5;

/// Rate of the sound that SincNet's filters are for, in hertz.
const SAMPLE_RATE: f32 = 16_000.0;

/// Lowest lower edge and narrowest band of a filter of SincNet, in hertz.
const SINC_MIN_HZ: f32 = 50.0;

/// What `recipe` makes of `tensors`.
///
/// # Errors
/// A sentence: a tensor is missing or has another shape than the recipe is for.
pub(super) fn follow(recipe: &str, tensors: &Tensors) -> Result<Tensor, String> {
    let words: Vec<&str> = recipe.split_whitespace().collect();
    match words.as_slice() {
        ["copy", name] => tensors.get(name).cloned(),
        ["transpose", name] => transpose(tensors.get(name)?),
        ["lstm", names @ ..] => lstm(names, tensors),
        ["sinc", low, band, n, window] => {
            let [low, band] = [tensors.get(low)?, tensors.get(band)?];
            sinc(
                &low.numbers,
                &band.numbers,
                &tensors.get(n)?.numbers,
                &tensors.get(window)?.numbers,
            )
        }
        ["fold_weight", weight, norm] => {
            let Tensor { shape, numbers } = tensors.get(weight)?.clone();
            let scales = Norm::get(norm, tensors)?.scales();
            let row = numbers.len() / scales.len().max(1);
            if shape.first() != Some(&scales.len()) || row == 0 {
                return Err(format!("`{norm}` does not normalize what `{weight}` gives"));
            }
            let rows = numbers.chunks(row).zip(scales);
            let numbers =
                rows.flat_map(|(row, scale)| row.iter().map(move |x| x * scale)).collect();
            Ok(Tensor { shape, numbers })
        }
        ["fold_bias", norm] => {
            let norm = Norm::get(norm, tensors)?;
            let terms = norm.mean.iter().zip(norm.scales()).zip(norm.bias);
            let numbers = terms.map(|((mean, scale), bias)| (0.0 - mean) * scale + bias).collect();
            Ok(Tensor { shape: vec![norm.mean.len()], numbers })
        }
        _ => Err(format!("`{recipe}` is not a recipe")),
    }
}

fn transpose(tensor: &Tensor) -> Result<Tensor, String> {
    let &[n_rows, n_columns] = tensor.shape.as_slice() else {
        return Err("only tensors of two dimensions are turned".to_owned());
    };
    let at = |column| (0..n_rows).map(move |row| tensor.numbers[row * n_columns + column]);
    Ok(Tensor { shape: vec![n_columns, n_rows], numbers: (0..n_columns).flat_map(at).collect() })
}

/// Both directions of a layer, stacked. With two tensors for each direction (the
/// biases of input and of state), one follows the other.
fn lstm(names: &[&str], tensors: &Tensors) -> Result<Tensor, String> {
    let mut numbers = Vec::new();
    let mut inner = Vec::new();
    for name in names {
        let tensor = tensors.get(name)?;
        let gate = tensor.numbers.len() / 4;
        if gate == 0 || tensor.shape[0] % 4 != 0 {
            return Err(format!("`{name}` has not four gates"));
        }
        inner = tensor.shape[1..].to_vec();
        for gate_idx in [0, 3, 1, 2] {
            numbers.extend(&tensor.numbers[gate_idx * gate..][..gate]);
        }
    }
    let row = inner.iter().product::<usize>().max(1);
    let shape = [&[2, numbers.len() / 2 / row], inner.as_slice()].concat();
    Ok(Tensor { shape, numbers })
}

/// The filters of SincNet as asteroid-filterbanks' `ParamSincFB` computes them: for
/// each band a cosine one, then for each band a sine one.
///
/// Ravanelli & Bengio, "Speaker recognition from raw waveform with SincNet", SLT
/// 2018. Sines are taken in 64 bits of the 32-bit angle and rounded once, because
/// the 32-bit sine differs from one system's library to another's. Of the 20 000
/// values of the published filters none comes nearer to a rounding boundary than
/// 5 783 units in the last place of 64 bits: every library rounds them alike.
fn sinc(low: &[f32], band: &[f32], n: &[f32], window: &[f32]) -> Result<Tensor, String> {
    if low.len() != band.len() || n.len() != window.len() || n.is_empty() {
        return Err("the parameters of the filters do not fit together".to_owned());
    }
    let mut filters = [Vec::new(), Vec::new()];
    for (low, band) in low.iter().zip(band) {
        let low = SINC_MIN_HZ + low.abs();
        let high = (low + SINC_MIN_HZ + band.abs()).clamp(SINC_MIN_HZ, SAMPLE_RATE / 2.0);
        let band = high - low;
        let half = |wave: fn(f64, f64) -> f32| -> Vec<f32> {
            let value = |(n, window): (&f32, &f32)| {
                wave(f64::from(low * n), f64::from(high * n)) / (n / 2.0) * window
            };
            n.iter().zip(window).map(value).collect()
        };
        let even = half(|low, high| high.sin() as f32 - low.sin() as f32);
        let odd = half(|low, high| low.cos() as f32 - high.cos() as f32);
        let scale = |number: f32| number / (2.0 * band);
        filters[0].extend(even.iter().copied().map(scale));
        filters[0].push(scale(2.0 * band));
        filters[0].extend(even.iter().rev().copied().map(scale));
        filters[1].extend(odd.iter().copied().map(scale));
        filters[1].push(0.0);
        filters[1].extend(odd.iter().rev().map(|&number| scale(-number)));
    }
    Ok(Tensor { shape: vec![2 * low.len(), 1, 2 * n.len() + 1], numbers: filters.concat() })
}

/// A batch normalization, as it is after training.
struct Norm<'a> {
    weight: &'a [f32],
    bias: &'a [f32],
    mean: &'a [f32],
    variance: &'a [f32],
}

impl<'a> Norm<'a> {
    fn get(name: &str, tensors: &'a Tensors) -> Result<Norm<'a>, String> {
        let part = |part: &str| tensors.get(&format!("{name}.{part}")).map(|t| &*t.numbers);
        let (weight, bias) = (part("weight")?, part("bias")?);
        let (mean, variance) = (part("running_mean")?, part("running_var")?);
        let length = weight.len();
        if [bias, mean, variance].iter().any(|numbers| numbers.len() != length) {
            return Err(format!("the parts of `{name}` differ in length"));
        }
        Ok(Norm { weight, bias, mean, variance })
    }

    fn scales(&self) -> Vec<f32> {
        let pairs = self.weight.iter().zip(self.variance);
        pairs.map(|(weight, variance)| weight / (variance + EPSILON).sqrt()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(recipe: &str, tensors: &[(&str, &[usize], &[f32])], shape: &[usize], numbers: &[f32]) {
        let made = follow(recipe, &Tensors::of(tensors));
        let expected = Tensor { shape: shape.to_vec(), numbers: numbers.to_vec() };
        assert_eq!(made, Ok(expected), "{recipe}");
    }

    #[test]
    fn a_matrix_is_turned() {
        check(
            "transpose m",
            &[("m", &[2, 3], &[1., 2., 3., 4., 5., 6.])],
            &[3, 2],
            &[1., 4., 2., 5., 3., 6.],
        );
    }

    #[test]
    fn gates_come_in_the_order_of_onnx() {
        let (forward, backward) = ([1., 2., 3., 4.], [5., 6., 7., 8.]);
        check(
            "lstm f b",
            &[("f", &[4, 1], &forward), ("b", &[4, 1], &backward)],
            &[2, 4, 1],
            &[1., 4., 2., 3., 5., 8., 6., 7.],
        );
        check(
            "lstm f f b b",
            &[("f", &[4], &forward), ("b", &[4], &backward)],
            &[2, 8],
            &[1., 4., 2., 3., 1., 4., 2., 3., 5., 8., 6., 7., 5., 8., 6., 7.],
        );
    }

    #[test]
    fn a_normalization_is_folded_into_the_convolution_before_it() {
        // The variances are such that, with epsilon, their roots are 2 and 4.
        let tensors: &[(&str, &[usize], &[f32])] = &[
            ("c", &[2, 2], &[1., 3., 5., 7.]),
            ("n.weight", &[2], &[2., 2.]),
            ("n.bias", &[2], &[11., 13.]),
            ("n.running_mean", &[2], &[3., 5.]),
            ("n.running_var", &[2], &[4. - EPSILON, 16. - EPSILON]),
        ];
        check("fold_weight c n", tensors, &[2, 2], &[1., 3., 2.5, 3.5]);
        check("fold_bias n", tensors, &[2], &[8., 10.5]);
    }

    #[test]
    fn a_filter_is_symmetric_or_antisymmetric() {
        let tensors: &[(&str, &[usize], &[f32])] = &[
            ("low", &[1, 1], &[100.]),
            ("band", &[1, 1], &[200.]),
            ("n", &[1, 2], &[-0.002, -0.001]),
            ("window", &[2], &[0.5, 0.75]),
        ];
        let made = follow("sinc low band n window", &Tensors::of(tensors)).unwrap();
        assert_eq!(made.shape, [2, 1, 5]);
        let (even, odd) = made.numbers.split_at(5);
        assert_eq!([even[0], even[1], even[2]], [even[4], even[3], 1.0]);
        assert_eq!([odd[0], odd[1], odd[2]], [-odd[4], -odd[3], 0.0]);
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        let tensors = Tensors::of(&[("t", &[3], &[1., 2., 3.]), ("empty", &[0], &[])]);
        for recipe in ["copy u", "transpose t", "lstm t", "lstm empty", "melt t", "fold_bias t"] {
            assert!(follow(recipe, &tensors).is_err(), "{recipe}");
        }
    }
}
