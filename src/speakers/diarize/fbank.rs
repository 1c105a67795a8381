//! Log mel filter banks as Kaldi computes them: the features of the embedding network.
//!
//! 25 ms frames each 10 ms without padding, mean removed, pre-emphasis 0.97, Povey
//! window, power spectrum of 512 points, 80 triangles from 20 Hz to 8 kHz, natural
//! logarithm: Kaldi's `compute-fbank-feats` with no dither. Held to
//! kaldi-native-fbank in the tests of the networks.

use realfft::{RealFftPlanner, RealToComplex, num_complex::Complex};
use std::{f64::consts::PI, sync::Arc};

/// Mel bands of a frame.
pub const N_BANDS: usize = 80;

/// Samples of a frame: 25 ms.
const FRAME: usize = 400;
/// Samples from one frame to the next: 10 ms.
const HOP: usize = 160;
/// Points of the transform; a frame is padded with zeros.
const FFT: usize = 512;
const PRE_EMPHASIS: f32 = 0.97;
const LOWEST_HZ: f64 = 20.0;
const HIGHEST_HZ: f64 = 8_000.0;

/// A ready computation; make one and keep it.
pub struct Fbank {
    fft: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    /// First bin of the spectrum and weights from there on, for each band.
    bands: Vec<(usize, Vec<f32>)>,
}

impl Default for Fbank {
    fn default() -> Fbank {
        Fbank::new()
    }
}

impl Fbank {
    /// Window, triangles and transform, computed once.
    pub fn new() -> Fbank {
        let angle = |n: usize| 2.0 * PI * n as f64 / (FRAME - 1) as f64;
        Fbank {
            fft: RealFftPlanner::new().plan_fft_forward(FFT),
            window: (0..FRAME).map(|n| (0.5 - 0.5 * angle(n).cos()).powf(0.85) as f32).collect(),
            bands: (0..N_BANDS).map(band).collect(),
        }
    }

    /// Frames of 80 log energies, row by row, each band less its mean over the frames.
    ///
    /// `samples` in `-1.0..=1.0` at 16 kHz; fewer than 400 give no frame.
    pub fn features(&self, samples: &[f32]) -> Vec<f32> {
        let n_frames = (samples.len() + HOP).saturating_sub(FRAME) / HOP;
        let mut features = Vec::with_capacity(n_frames * N_BANDS);
        let mut spectrum = self.fft.make_output_vec();
        for frame_idx in 0..n_frames {
            let mut frame = self.windowed(&samples[frame_idx * HOP..][..FRAME]);
            // The lengths are those that the transform was made for: it cannot fail.
            if self.fft.process(&mut frame, &mut spectrum).is_ok() {
                features.extend(self.bands.iter().map(|band| log_energy(band, &spectrum)));
            }
        }
        subtract_means(&mut features);
        features
    }

    /// A frame without its mean, with pre-emphasis, under the window, padded to [`FFT`].
    fn windowed(&self, samples: &[f32]) -> Vec<f32> {
        let mean = samples.iter().sum::<f32>() / FRAME as f32;
        let mut frame: Vec<f32> = samples.iter().map(|sample| sample - mean).collect();
        for n in (1..FRAME).rev() {
            frame[n] -= PRE_EMPHASIS * frame[n - 1];
        }
        frame[0] -= PRE_EMPHASIS * frame[0];
        frame.iter_mut().zip(&self.window).for_each(|(sample, weight)| *sample *= weight);
        frame.resize(FFT, 0.0);
        frame
    }
}

fn log_energy((first, weights): &(usize, Vec<f32>), spectrum: &[Complex<f32>]) -> f32 {
    let bins = spectrum[*first..].iter().zip(weights);
    let energy: f32 = bins.map(|(bin, weight)| bin.norm_sqr() * weight).sum();
    energy.max(f32::EPSILON).ln()
}

/// Mean normalisation: takes from each band its mean over the frames, so that level and
/// microphone count less.
fn subtract_means(features: &mut [f32]) {
    let n_frames = (features.len() / N_BANDS).max(1) as f32;
    let mut means = [0.0_f32; N_BANDS];
    for frame in features.chunks_exact(N_BANDS) {
        means.iter_mut().zip(frame).for_each(|(mean, value)| *mean += value / n_frames);
    }
    for frame in features.chunks_exact_mut(N_BANDS) {
        frame.iter_mut().zip(means).for_each(|(value, mean)| *value -= mean);
    }
}

fn mel(hertz: f64) -> f64 {
    1_127.0 * (1.0 + hertz / 700.0).ln()
}

/// The triangle of a band, between the middles of its neighbours, in mel: its first bin and the
/// weights from there on.
fn band(index: usize) -> (usize, Vec<f32>) {
    let (lowest, highest) = (mel(LOWEST_HZ), mel(HIGHEST_HZ));
    let width = (highest - lowest) / (N_BANDS + 1) as f64;
    let left = lowest + index as f64 * width;
    let (middle, right) = (left + width, left + 2.0 * width);
    let weight = |bin: usize| {
        let at = mel(bin as f64 * 16_000.0 / FFT as f64);
        let height = if at <= middle { at - left } else { right - at };
        (height / width) as f32
    };
    let first = (0..FFT / 2).find(|&bin| weight(bin) > 0.0).unwrap_or(FFT / 2);
    (first, (first..FFT / 2).map(weight).take_while(|weight| *weight > 0.0).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_whole_or_not_there() {
        let fbank = Fbank::new();
        let n_frames = |n_samples| fbank.features(&vec![0.1; n_samples]).len() / N_BANDS;
        assert_eq!([n_frames(0), n_frames(399), n_frames(400)], [0, 0, 1]);
        assert_eq!([n_frames(559), n_frames(560)], [1, 2]);
    }

    #[test]
    fn a_rising_tone_is_loudest_in_its_band_while_it_sounds() {
        let tone =
            |hertz: f32, n: usize| (n as f32 * hertz * std::f32::consts::TAU / 16_000.0).sin();
        let samples: Vec<f32> =
            (0..3_200).map(|n| tone(if n < 1_600 { 400.0 } else { 3_000.0 }, n)).collect();
        let features = Fbank::new().features(&samples);
        let loudest = |frame_idx: usize| {
            let frame = &features[frame_idx * N_BANDS..][..N_BANDS];
            (0..N_BANDS).max_by(|a, b| frame[*a].total_cmp(&frame[*b])).unwrap()
        };
        let band_of = |hertz: f64| {
            ((mel(hertz) - mel(LOWEST_HZ)) / (mel(HIGHEST_HZ) - mel(LOWEST_HZ)) * 81.0) as usize
        };
        assert!(loudest(2).abs_diff(band_of(400.0)) <= 1, "{}", loudest(2));
        assert!(loudest(15).abs_diff(band_of(3_000.0)) <= 1, "{}", loudest(15));
    }
}
