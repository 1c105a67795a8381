//! The mel filters that a ggml file of Whisper carries.
//!
//! They are Slaney's, as librosa computes them, and must come out bit by bit, or
//! the file is not the published one. Hence the changes between 32 and 64 bits
//! below: they are librosa's. (All in 64 bits, 118 of the 16 080 values differ in
//! the last bit.) The logarithms may differ in their last bit from one system to
//! another; moving the edges of the bands by that much changes no value.

use crate::base::ggml::{MelFilters, N_BINS};

/// Rate of Whisper's sound, in hertz.
const SAMPLE_RATE: f64 = 16_000.0;

/// Slaney's scale is linear up to here, and logarithmic above.
const BREAK_MEL: f64 = 15.0;
const BREAK_HZ: f64 = 1000.0;

/// The filters of `n_mels` bands.
pub(super) fn filters(n_mels: usize) -> MelFilters {
    let edges = edges(n_mels + 2);
    let bin_hz = SAMPLE_RATE / 2.0 / (N_BINS - 1) as f64;
    let filter = |edges: &[f64; 3]| {
        let [left, centre, right] = *edges;
        let factor = 2.0 / (right - left);
        (0..N_BINS).map(move |bin| {
            let frequency = bin as f64 * bin_hz;
            let rising = -(left - frequency) / (centre - left);
            let falling = (right - frequency) / (right - centre);
            let triangle = rising.min(falling).max(0.0) as f32;
            // The published files have no -0.0; adding zero makes it +0.0.
            (f64::from(triangle) * factor) as f32 + 0.0
        })
    };
    let weights = edges.array_windows().flat_map(filter).collect();
    MelFilters { n_mels, n_bins: N_BINS, weights }
}

/// `count` frequencies in hertz, from 0 to the highest, evenly spaced in mels.
fn edges(count: usize) -> Vec<f64> {
    let log_step = 6.4_f64.ln() / 27.0;
    let top_mel = BREAK_MEL + (SAMPLE_RATE / 2.0 / BREAK_HZ).ln() / log_step;
    let step = top_mel / (count - 1) as f64;
    let hertz = |idx: usize| {
        // The last one is the top itself, not a product that is nearly the top.
        let mel = if idx + 1 == count { top_mel } else { idx as f64 * step };
        if mel < BREAK_MEL {
            mel * 200.0 / 3.0
        } else {
            BREAK_HZ * (log_step * (mel - BREAK_MEL)).exp()
        }
    };
    (0..count).map(hertz).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::digest::Digest;

    fn digest(n_mels: usize) -> String {
        let mut digest = Digest::new();
        filters(n_mels).weights.iter().for_each(|weight| digest.update(&weight.to_le_bytes()));
        digest.finish()
    }

    #[test]
    fn every_bit_is_that_of_the_published_files() {
        assert_eq!(digest(80), "85818f156f7e189453901a515e4726d270d307f976e161cf9403e8caab405498");
        assert_eq!(digest(128), "e399c2d72d2f7375e503c296d8453cefcc0c1e47a9c1a0a09e0d70f59c820f20");
    }
}
