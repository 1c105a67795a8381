//! Any sample rate to 16 kHz, in pieces, without moving the sound in time.
//!
//! Every pair of rates met in recordings has a small whole-number ratio
//! (44 100 → 16 000 is 441 → 160), so the synchronous transform of rubato fits
//! all of them: it cuts the spectrum at the new limit, is exact in its ratio and
//! costs a fraction of a windowed sinc evaluated at free positions. That one would
//! be needed only for a ratio that changes while it runs, which no file has.
//!
//! The filter is symmetric: it delays all frequencies alike, by half a block, and
//! that delay is cut from the start, so words stay where they were.

use crate::base::time::SAMPLE_RATE;
use audioadapter_buffers::direct::SequentialSlice;
use rubato::{Fft, FixedSync, Resampler as _, WindowFunction};

/// Sample rates that a recording may have, in hertz. Outside of them the header
/// is taken for damaged; inside, a block stays below 50 MB.
pub(super) const RATES_HZ: std::ops::RangeInclusive<u32> = 1_000..=768_000;

/// Turns mono samples at one rate into mono samples at 16 kHz.
pub(super) struct Resampler {
    rate_hz: u32,
    /// `None` at 16 kHz: the samples pass untouched.
    blocks: Option<Blocks>,
    taken: u64,
    given: u64,
}

/// The transform, which wants blocks of one length.
struct Blocks {
    fft: Fft<f32>,
    /// Samples that do not fill a block yet.
    input: Vec<f32>,
    output: Vec<f32>,
    /// Output still to be dropped because it comes before the first sample.
    early: usize,
}

impl Resampler {
    /// A resampler from `rate_hz`, or `None` if it lies outside of [`RATES_HZ`].
    pub(super) fn new(rate_hz: u32) -> Option<Resampler> {
        if !RATES_HZ.contains(&rate_hz) {
            return None;
        }
        let blocks = match rate_hz {
            SAMPLE_RATE => None,
            _ => Some(Blocks::new(rate_hz)?),
        };
        Some(Resampler { rate_hz, blocks, taken: 0, given: 0 })
    }

    /// The rate it takes, in hertz.
    pub(super) fn rate_hz(&self) -> u32 {
        self.rate_hz
    }

    /// Samples taken so far.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    /// Takes `samples` and appends what is ready to `out`.
    pub(super) fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        let before = out.len();
        self.taken += samples.len() as u64;
        match &mut self.blocks {
            None => out.extend_from_slice(samples),
            Some(blocks) => blocks.push(samples, out),
        }
        self.given += (out.len() - before) as u64;
    }

    /// Appends what is left. In all, `n` samples have become
    /// `n * 16 000 / rate`, rounded.
    pub(super) fn finish(mut self, out: &mut Vec<f32>) {
        let rate = u64::from(self.rate_hz);
        let due = (self.taken * u64::from(SAMPLE_RATE) + rate / 2) / rate;
        let missing = usize::try_from(due.saturating_sub(self.given)).unwrap_or(0);
        let wanted = out.len() + missing;
        if let Some(blocks) = &mut self.blocks {
            let silence = vec![0.0; blocks.fft.input_frames_next()];
            while out.len() < wanted {
                blocks.push(&silence, out);
            }
        }
        out.truncate(wanted);
    }
}

impl Blocks {
    fn new(rate_hz: u32) -> Option<Blocks> {
        // About 40 ms: long enough for a transition of 2 % of the band, short enough
        // to stay in the cache. An even number of the smallest block, so that the
        // delay, half a block, is a whole number of samples on both sides.
        let smallest = rate_hz / gcd(rate_hz, SAMPLE_RATE);
        let length = (rate_hz / 25).div_ceil(2 * smallest).max(1) * 2 * smallest;
        let fft = Fft::new_custom(
            rate_hz as usize,
            SAMPLE_RATE as usize,
            length as usize,
            1,
            1,
            WindowFunction::BlackmanHarris2,
            FixedSync::Both,
        )
        .ok()?;
        let output = vec![0.0; fft.output_frames_max()];
        let early = fft.output_delay();
        Some(Blocks { fft, input: Vec::new(), output, early })
    }

    fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        self.input.extend_from_slice(samples);
        let length = self.fft.input_frames_next();
        let mut blocks = self.input.chunks_exact(length);
        for block in &mut blocks {
            let room = self.output.len();
            let given = SequentialSlice::new(block, 1, length)
                .ok()
                .zip(SequentialSlice::new_mut(&mut self.output, 1, room).ok())
                .and_then(|(from, mut to)| self.fft.process_into_buffer(&from, &mut to, None).ok())
                .map(|(_, given)| given)
                .expect("the buffers have the lengths that the transform asked for");
            let dropped = self.early.min(given);
            self.early -= dropped;
            out.extend_from_slice(&self.output[dropped..given]);
        }
        let rest = blocks.remainder().len();
        self.input.drain(..self.input.len() - rest);
    }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    const RATES: [u32; 12] = [
        8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 44_099, 48_000, 96_000,
        192_000,
    ];

    fn resampled(rate_hz: u32, samples: &[f32]) -> Vec<f32> {
        let mut resampler = Resampler::new(rate_hz).unwrap();
        let mut out = Vec::new();
        // Uneven pieces, as decoders give them.
        for piece in samples.chunks(997) {
            resampler.push(piece, &mut out);
        }
        resampler.finish(&mut out);
        out
    }

    fn tone(rate_hz: u32, tone_hz: f64, seconds: f64) -> Vec<f32> {
        let n = (f64::from(rate_hz) * seconds) as usize;
        (0..n).map(|i| (TAU * tone_hz * i as f64 / f64::from(rate_hz)).sin() as f32 * 0.5).collect()
    }

    #[test]
    fn the_length_is_rounded_not_padded() {
        for rate in RATES {
            for n in [0_u64, 1, 2, 1151, 1152, 44_101, 100_003] {
                let out = resampled(rate, &vec![0.25; n as usize]);
                let due = (n as f64 * 16_000.0 / f64::from(rate)).round() as usize;
                assert!(out.len().abs_diff(due) <= 1, "{n} at {rate} Hz: {} not {due}", out.len());
            }
        }
    }

    #[test]
    fn a_tone_keeps_its_place_and_its_level() {
        for rate in RATES {
            let out = resampled(rate, &tone(rate, 997.0, 1.0));
            let expected = tone(16_000, 997.0, 1.0);
            // The first and last instants hold the edge of the tone itself.
            for i in 800..15_200 {
                let error = (out[i] - expected[i]).abs();
                assert!(error < 1e-3, "{rate} Hz, sample {i}: off by {error}");
            }
        }
    }

    #[test]
    fn a_tone_above_8_khz_does_not_come_back_as_a_lower_one() {
        for (rate, tone_hz) in
            [(44_100, 8_400.0), (44_100, 15_000.0), (48_000, 9_000.0), (96_000, 30_000.0)]
        {
            let out = resampled(rate, &tone(rate, tone_hz, 1.0));
            let loudest = out[800..15_200].iter().fold(0.0_f32, |max, x| max.max(x.abs()));
            assert!(loudest < 5e-5, "{tone_hz} Hz at {rate} Hz: {loudest}");
        }
    }

    #[test]
    fn at_16_khz_nothing_changes() {
        let samples = tone(16_000, 7_919.0, 0.1);
        assert_eq!(resampled(16_000, &samples), samples);
    }

    #[test]
    fn a_rate_that_no_recording_has_is_refused() {
        assert!([0, 999, 768_001, u32::MAX].into_iter().all(|rate| Resampler::new(rate).is_none()));
    }
}
