//! The log-mel spectrogram that Whisper takes.
//!
//! Frames of 25 ms with a hop of 10 ms, centred, Hann window, FFT of 400 points; the mel filters
//! are those in the model's file. As OpenAI's `log_mel_spectrogram`: base 10, clamped to 8 below
//! the maximum, then scaled to about -1..=1.

use realfft::{RealFftPlanner, RealToComplex};
use std::{f64::consts::PI, sync::Arc};

/// Samples of a frame.
const FRAME_LENGTH: usize = 400;

/// Samples from one mel frame to the next: 10 ms.
pub(super) const MEL_HOP: usize = 160;

/// The filters and tables, computed once.
pub(super) struct LogMel {
    fft: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    filters: Vec<MelFilter>,
}

/// A triangular filter, without the zeros around it.
struct MelFilter {
    first_bin: usize,
    weights: Vec<f32>,
}

impl LogMel {
    /// `filters` has shape `(n_mels, n_bins)`.
    pub(super) fn new(filters: &[f32], n_bins: usize) -> LogMel {
        let filter = |weights: &[f32]| {
            let first_bin = weights.iter().take_while(|weight| **weight == 0.0).count();
            let rest = weights[first_bin..].iter().copied();
            MelFilter { first_bin, weights: rest.take_while(|weight| *weight != 0.0).collect() }
        };
        let hann =
            |n: usize| (0.5 - 0.5 * (2.0 * PI * n as f64 / FRAME_LENGTH as f64).cos()) as f32;
        LogMel {
            fft: RealFftPlanner::new().plan_fft_forward(FRAME_LENGTH),
            window: (0..FRAME_LENGTH).map(hann).collect(),
            filters: filters.chunks_exact(n_bins).map(filter).collect(),
        }
    }

    /// Shape `(n_frames, n_mels)`, of `samples` (16 kHz), padded with silence.
    pub(super) fn spectrogram(&self, samples: &[f32], n_frames: usize) -> Vec<f32> {
        let n_mels = self.filters.len();
        let mut spectrogram = vec![f32::MIN; n_mels * n_frames];
        let mut frame = self.fft.make_input_vec();
        let mut spectrum = self.fft.make_output_vec();
        for frame_idx in 0..n_frames {
            for (offset, (value, weight)) in frame.iter_mut().zip(&self.window).enumerate() {
                // The beginning is mirrored, as in PyTorch's `stft`.
                let sample_idx = (frame_idx * MEL_HOP + offset).abs_diff(FRAME_LENGTH / 2);
                *value = samples.get(sample_idx).copied().unwrap_or_default() * weight;
            }
            // The lengths are those that the transform was made for: it cannot fail.
            if self.fft.process(&mut frame, &mut spectrum).is_ok() {
                let power: Vec<f32> = spectrum.iter().map(|bin| bin.norm_sqr()).collect();
                for (mel_idx, filter) in self.filters.iter().enumerate() {
                    let bins = power[filter.first_bin..].iter().zip(&filter.weights);
                    let energy: f32 = bins.map(|(power, weight)| power * weight).sum();
                    spectrogram[frame_idx * n_mels + mel_idx] = energy.max(1e-10).log10();
                }
            }
        }
        let max = spectrogram.iter().copied().fold(f32::MIN, f32::max);
        for value in &mut spectrogram {
            *value = (value.max(max - 8.0) + 4.0) / 4.0;
        }
        spectrogram
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two bands: 0 to 2 kHz and 2 to 4 kHz.
    fn log_mel() -> LogMel {
        let weight = |band: usize, bin: usize| if bin / 50 == band { 1.0 } else { 0.0 };
        let filters = (0..2).flat_map(|band| (0..201).map(move |bin| weight(band, bin)));
        LogMel::new(&filters.collect::<Vec<f32>>(), 201)
    }

    #[test]
    fn silence_is_one_value_everywhere() {
        assert_eq!(log_mel().spectrogram(&[0.0; 1_600], 12), [-1.5; 24]);
    }

    #[test]
    fn a_tone_is_in_its_band_while_it_sounds_and_silence_is_eight_below_it() {
        let tone = |n: usize| (n as f32 * 3_000.0 * std::f32::consts::TAU / 16_000.0).sin();
        let spectrogram = log_mel().spectrogram(&(0..1_600).map(tone).collect::<Vec<f32>>(), 20);
        let bands = spectrogram.as_chunks::<2>().0;
        let [low, high] = bands[5];
        let [_, silence] = bands[18];
        assert!(high > low + 1.0, "{high} {low}");
        assert!((high - silence - 2.0).abs() < 0.01, "{high} {silence}");
    }
}
