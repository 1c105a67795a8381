//! The front end of the segmentation network (SincNet), by our own convolutions, as that of
//! CAM++.
//!
//! Ravanelli & Bengio, "Speaker Recognition from Raw Waveform with SincNet", SLT 2018. All behind
//! it is the runtime's. Where a network is none that begins so, the runtime runs all of it.

use super::{
    convolution::{Convolution, Planes},
    error::NetworkError,
    network::{Array, Network},
    segmentation::WINDOW,
};

/// What it puts out, as the networks that `models` writes name it: 60 channels of frames.
const OUTPUT: &str = "v24";

/// Samples from one output of the filters to the next, which are channels here: a convolution of so
/// many channels without a stride is the same.
const STRIDE: usize = 10;

/// Gain and bias of the sound, the filters, and of what follows the gains and biases, weights and
/// biases.
const SOUND: [&str; 2] = ["k0", "k1"];
const FILTERS: &str = "w1";
const NORMS: [[&str; 2]; 3] = [["w5", "w6"], ["w13", "w14"], ["w21", "w22"]];
const CONVOLUTIONS: [[&str; 2]; 2] = [["w9", "w10"], ["w17", "w18"]];

/// Columns of which the largest stays.
const POOL: usize = 3;

/// What negative values are multiplied by.
const LEAK: f32 = 0.01;

const EPSILON: f64 = 1e-5;

/// The front end, ready to run.
pub(crate) struct SincNet {
    sound: Norm,
    filters: Convolution,
    norms: [Norm; 3],
    convolutions: [Convolution; 2],
}

/// Instance normalisation: each channel to mean 0 and variance 1, then times gain plus bias.
struct Norm {
    gain: Vec<f32>,
    bias: Vec<f32>,
}

impl SincNet {
    /// The front end of `network`; `None` where it is none of these, or gives something else than
    /// the runtime does.
    pub(crate) fn of(network: &Network) -> Option<SincNet> {
        let norm = |[gain, bias]: [&str; 2]| {
            let (gain, bias) = (network.constant(gain)?.values, network.constant(bias)?.values);
            (gain.len() == bias.len()).then_some(Norm { gain, bias })
        };
        let convolution = |[weights, bias]: [&str; 2]| {
            let (weights, bias) = (network.constant(weights)?, network.constant(bias)?);
            let &[n_outputs, n_inputs, width] = weights.shape.as_slice() else { return None };
            Convolution::new(&[n_outputs, n_inputs, 1, width], &weights.values, bias.values, 1)
        };
        let [first, second, third] = NORMS;
        let sinc_net = SincNet {
            sound: norm(SOUND)?,
            filters: filters(&network.constant(FILTERS)?)?,
            norms: [norm(first)?, norm(second)?, norm(third)?],
            convolutions: [convolution(CONVOLUTIONS[0])?, convolution(CONVOLUTIONS[1])?],
        };
        sinc_net.is_that_of(network).then_some(sinc_net)
    }

    /// The rest of `network` behind this, for windows of [`WINDOW`].
    ///
    /// # Errors
    /// An operator fails.
    pub(crate) fn run(&self, windows: &[f32], network: &Network) -> Result<Array, NetworkError> {
        network.run_behind(OUTPUT, self.forward(windows))
    }

    fn forward(&self, windows: &[f32]) -> Array {
        let mut shape = vec![0; 3];
        let mut values = Vec::new();
        for window in windows.chunks_exact(WINDOW.samples() as usize) {
            let output = self.forward_one(window);
            let [n_channels, _, n_frames] = output.shape();
            shape = vec![shape[0] + 1, n_channels, n_frames];
            values.extend(output.to_values());
        }
        Array { shape, values }
    }

    fn forward_one(&self, window: &[f32]) -> Planes {
        let mut window = window.to_vec();
        normalise(&mut window, self.sound.gain[0], self.sound.bias[0]);
        let mut phases = Planes::new([STRIDE, 1, window.len() / STRIDE], 0);
        for phase in 0..STRIDE {
            let samples = window.iter().skip(phase).step_by(STRIDE);
            phases.row_mut(phase, 0).iter_mut().zip(samples).for_each(|(x, sample)| *x = *sample);
        }
        let [first, second, third] = &self.norms;
        let filtered = self.filters.forward(&phases, None, false);
        let mut planes = first.forward(&filtered, f32::abs);
        for (convolution, norm) in self.convolutions.iter().zip([second, third]) {
            planes = norm.forward(&convolution.forward(&planes, None, false), |x| x);
        }
        planes
    }

    fn is_that_of(&self, network: &Network) -> bool {
        let n_samples = WINDOW.samples() as usize;
        let has_lengths = |norm: &Norm, n_channels| norm.gain.len() == n_channels;
        let [first, second, third] = &self.norms;
        let [second_convolution, third_convolution] = &self.convolutions;
        let fits = has_lengths(&self.sound, 1)
            && has_lengths(first, self.filters.n_outputs())
            && second_convolution.n_inputs() == self.filters.n_outputs()
            && has_lengths(second, second_convolution.n_outputs())
            && third_convolution.n_inputs() == second_convolution.n_outputs()
            && has_lengths(third, third_convolution.n_outputs());
        if !fits {
            return false;
        }
        // Noise: a channel that hears nothing would be normalised errors of rounding.
        let mut state = 1_u32;
        let noise = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) as f32 / 65_536.0 - 0.5
        });
        let window: Vec<f32> = noise.take(n_samples).collect();
        let found = self.forward(&window);
        let input = Array { shape: vec![1, 1, n_samples], values: window };
        network.agrees(OUTPUT, input, &found)
    }
}

impl Norm {
    /// The largest of each three columns of `planes` after `map`, normalised, and leaky.
    fn forward(&self, planes: &Planes, map: fn(f32) -> f32) -> Planes {
        let [n_channels, _, n_columns] = planes.shape();
        let mut output = Planes::new([n_channels, 1, n_columns / POOL], 0);
        for channel in 0..n_channels {
            let (pools, _) = planes.row(channel, 0).as_chunks::<POOL>();
            let row = output.row_mut(channel, 0);
            for (x, [a, b, c]) in row.iter_mut().zip(pools) {
                *x = map(*a).max(map(*b)).max(map(*c));
            }
            normalise(row, self.gain[channel], self.bias[channel]);
            row.iter_mut().for_each(|x| *x = x.max(LEAK * *x));
        }
        output
    }
}

fn normalise(values: &mut [f32], gain: f32, bias: f32) {
    let n_values = values.len().max(1) as f64;
    let mean = values.iter().map(|x| f64::from(*x)).sum::<f64>() / n_values;
    let squares = values.iter().map(|x| (f64::from(*x) - mean) * (f64::from(*x) - mean));
    let variance = squares.sum::<f64>() / n_values;
    let scale = f64::from(gain) / (variance + EPSILON).sqrt();
    let (scale, shift) = (scale as f32, (f64::from(bias) - mean * scale) as f32);
    values.iter_mut().for_each(|x| *x = *x * scale + shift);
}

/// Filters of shape `[filters, 1, taps]` that are slid by [`STRIDE`], as a convolution of as many
/// channels.
fn filters(weights: &Array) -> Option<Convolution> {
    let &[n_filters, 1, n_taps] = weights.shape.as_slice() else { return None };
    let width = n_taps.div_ceil(STRIDE);
    let places = (0..n_filters * STRIDE * width).map(|n| {
        let (filter, tap) = (n / (STRIDE * width), n % width * STRIDE + n / width % STRIDE);
        if tap < n_taps { weights.values[filter * n_taps + tap] } else { 0.0 }
    });
    let weights: Vec<f32> = places.collect();
    Convolution::new(&[n_filters, STRIDE, 1, width], &weights, vec![0.0; n_filters], 1)
}
