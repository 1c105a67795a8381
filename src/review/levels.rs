//! The wave of a sound as a picture shows it.

use crate::base::{
    samples::Samples,
    time::{SAMPLE_RATE, Span, Time},
};
use std::io;

/// Peaks of a second.
pub const PEAKS_PER_SECOND: u32 = 50;

/// The largest deviation of each fiftieth of a second, from 0 to 255: the square root of it, since
/// talk is mostly quiet and a picture of it should not be flat.
///
/// # Errors
/// Any error of reading the samples.
pub fn peaks(samples: &dyn Samples) -> io::Result<Vec<u8>> {
    let step = u64::from(SAMPLE_RATE / PEAKS_PER_SECOND);
    // Some seconds at a time: memory does not grow with the episode.
    const AT_ONCE: u64 = 1_000;
    let n_peaks = samples.length().samples() / step;
    let mut peaks = Vec::with_capacity(n_peaks as usize);
    for first in (0..n_peaks).step_by(AT_ONCE as usize) {
        let last = n_peaks.min(first + AT_ONCE);
        let span = Span::new(Time::from_samples(first * step), Time::from_samples(last * step));
        let Some(span) = span else { break };
        let peak = |part: &[f32]| {
            let largest = part.iter().fold(0.0_f32, |largest, it| largest.max(it.abs()));
            (largest.min(1.0).sqrt() * 255.0).round() as u8
        };
        peaks.extend(samples.read(span)?.chunks_exact(step as usize).map(peak));
    }
    Ok(peaks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Pcm;

    #[test]
    fn a_loud_second_stands_out_of_silence() {
        let mut samples = vec![0.0; 16_000];
        samples.extend(vec![-0.25; 16_000]);
        let peaks = peaks(&Pcm::from_samples(&samples).unwrap()).unwrap();
        assert_eq!(peaks.len(), 100);
        assert!(peaks[..50].iter().all(|it| *it == 0));
        assert!(peaks[50..].iter().all(|it| *it == 128), "{:?}", &peaks[50..]);
    }
}
