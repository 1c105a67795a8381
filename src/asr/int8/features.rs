//! The logarithmic mel spectrogram that Whisper hears.
//!
//! 25 ms frames each 10 ms, centred, Hann window, 400 frequencies; the filters are those that
//! the model's file carries. As OpenAI's `log_mel_spectrogram`: base 10, at most 8 below
//! the loudest, then moved to about -1..=1.

use realfft::{RealFftPlanner, RealToComplex};
use std::{f64::consts::PI, sync::Arc};

const FRAME: usize = 400;

/// Samples from one frame to the next.
pub(super) const HOP: usize = 160;

/// A ready computation; make one and keep it.
pub(super) struct LogMel {
    fft: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    /// First frequency and weights from there on, for each band.
    bands: Vec<(usize, Vec<f32>)>,
}

impl LogMel {
    /// `filters` has shape `(bands, frequencies)`.
    pub(super) fn new(filters: &[f32], n_frequencies: usize) -> LogMel {
        let band = |weights: &[f32]| {
            let first = weights.iter().take_while(|weight| **weight == 0.0).count();
            let rest = weights[first..].iter().copied();
            (first, rest.take_while(|weight| *weight != 0.0).collect())
        };
        let hann = |n: usize| (0.5 - 0.5 * (2.0 * PI * n as f64 / FRAME as f64).cos()) as f32;
        LogMel {
            fft: RealFftPlanner::new().plan_fft_forward(FRAME),
            window: (0..FRAME).map(hann).collect(),
            bands: filters.chunks_exact(n_frequencies).map(band).collect(),
        }
    }

    /// Shape `(n_frames, bands)`: `samples` (16 kHz) from their first on, silence behind them.
    pub(super) fn of(&self, samples: &[f32], n_frames: usize) -> Vec<f32> {
        let mut spectrogram = vec![f32::MIN; self.bands.len() * n_frames];
        let mut frame = self.fft.make_input_vec();
        let mut spectrum = self.fft.make_output_vec();
        for frame_idx in 0..n_frames {
            for (offset, (value, weight)) in frame.iter_mut().zip(&self.window).enumerate() {
                // The beginning is mirrored, as in PyTorch's `stft`.
                let at = (frame_idx * HOP + offset).abs_diff(FRAME / 2);
                *value = samples.get(at).copied().unwrap_or_default() * weight;
            }
            // The lengths are those that the transform was made for: it cannot fail.
            if self.fft.process(&mut frame, &mut spectrum).is_ok() {
                let power: Vec<f32> = spectrum.iter().map(|bin| bin.norm_sqr()).collect();
                for (band_idx, (first, weights)) in self.bands.iter().enumerate() {
                    let bins = power[*first..].iter().zip(weights);
                    let energy: f32 = bins.map(|(bin, weight)| bin * weight).sum();
                    spectrogram[frame_idx * self.bands.len() + band_idx] =
                        energy.max(1e-10).log10();
                }
            }
        }
        let loudest = spectrogram.iter().copied().fold(f32::MIN, f32::max);
        for value in &mut spectrogram {
            *value = (value.max(loudest - 8.0) + 4.0) / 4.0;
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
        assert_eq!(log_mel().of(&[0.0; 1_600], 12), [-1.5; 24]);
    }

    #[test]
    fn a_tone_is_in_its_band_while_it_sounds_and_silence_is_eight_below_it() {
        let tone = |n: usize| (n as f32 * 3_000.0 * std::f32::consts::TAU / 16_000.0).sin();
        let heard = log_mel().of(&(0..1_600).map(tone).collect::<Vec<f32>>(), 20);
        let bands = heard.as_chunks::<2>().0;
        let ([low, high], [_, silence]) = (bands[5], bands[18]);
        assert!(high > low + 1.0, "{high} {low}");
        assert!((high - silence - 2.0).abs() < 0.01, "{high} {silence}");
    }
}
