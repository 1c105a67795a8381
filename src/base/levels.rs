//! How loud sound is, frame by frame, and where it is quietest.
//!
//! Three ways of measuring stand side by side, and on purpose: their results differ in the last
//! bits, and decisions hang on them.

use crate::base::{
    samples::Samples,
    time::{Span, Time},
};
use std::io;

/// Length of a step of [`attenuations_db`].
pub(crate) const LEVEL_STEP: Time = Time::from_millis(100);

/// Samples of a frame of [`frame_levels_dbfs`] and [`smoothed_levels_dbfs`], and from one frame
/// to the next: 10 ms.
pub(crate) const FRAME_LENGTH: usize = 160;

/// A voice reaches down to so far below its loud moments, in decibels; what is quieter is a
/// pause. Turns of speakers and words begin and end by it.
pub(crate) const VOICE_RANGE_DB: f32 = 32.0;

/// Power of silence, for logarithms of it: -100 dBFS.
const POWER_MIN: f32 = 1e-10;

/// Samples of the stretches that the quietest one is looked for among: 100 ms.
const STRETCH: usize = 1_600;

/// How far the level of each [`LEVEL_STEP`] lies below full scale, in decibels; of stretches
/// that cannot be read, silence (what cannot be read is told when a window is).
pub(crate) fn attenuations_db(samples: &dyn Samples) -> Vec<u8> {
    let step = LEVEL_STEP.samples();
    let n_steps = samples.length().samples() / step;
    // Some seconds at a time: memory does not grow with the episode.
    const AT_ONCE: u64 = 100;
    let mut attenuations = Vec::with_capacity(n_steps as usize);
    for first in (0..n_steps).step_by(AT_ONCE as usize) {
        let last = n_steps.min(first + AT_ONCE);
        let span = Span::new(Time::from_samples(first * step), Time::from_samples(last * step));
        let heard = span.and_then(|span| samples.read(span).ok()).unwrap_or_default();
        attenuations.extend(heard.chunks_exact(step as usize).map(attenuation_db));
        attenuations.resize(last as usize, u8::MAX);
    }
    attenuations
}

fn attenuation_db(samples: &[f32]) -> u8 {
    let energy: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    let power = energy / samples.len() as f64;
    (-10.0 * power.max(1e-20).log10()).round().clamp(0.0, f64::from(u8::MAX)) as u8
}

/// The level of each whole frame of `samples`, in decibels of full scale, at least -100.
pub(crate) fn frame_levels_dbfs(samples: &[f32]) -> Vec<f32> {
    let level = |frame: &[f32]| 10.0 * power(frame).max(POWER_MIN).log10();
    samples.chunks_exact(FRAME_LENGTH).map(level).collect()
}

/// The level of each frame in `first..end` of an episode, in decibels of full scale, each
/// smoothed over its neighbours in the range.
///
/// # Errors
/// The samples could not be read.
pub(crate) fn smoothed_levels_dbfs(
    samples: &dyn Samples,
    first: u64,
    end: u64,
) -> io::Result<Vec<f32>> {
    // Some seconds at a time: the range may be long.
    const AT_ONCE: usize = 1_000;
    let time = |frame: u64| Time::from_samples(frame * FRAME_LENGTH as u64);
    let mut powers = Vec::with_capacity((end - first) as usize);
    for start in (first..end).step_by(AT_ONCE) {
        let stop = end.min(start + AT_ONCE as u64);
        let Some(span) = Span::new(time(start), time(stop)) else { break };
        powers.extend(samples.read(span)?.chunks_exact(FRAME_LENGTH).map(power));
    }
    let near = |frame: usize| &powers[frame.saturating_sub(1)..(frame + 2).min(powers.len())];
    let mean = |frame: usize| near(frame).iter().sum::<f32>() / near(frame).len() as f32;
    Ok((0..powers.len()).map(|frame| 10.0 * (mean(frame) + POWER_MIN).log10()).collect())
}

/// The middle of the quietest 100 ms of `span`, searched in steps of 10 ms; its own middle if it
/// cannot be read (what cannot be read is told when the window itself is).
///
/// ```
/// use voixoff::base::{levels::quietest, time::{Span, Time}};
///
/// // Two seconds of a tone, silent between 1.2 and 1.4 s.
/// let tone = |n: i32| if (19_200..22_400).contains(&n) { 0.0 } else { (n as f32 * 0.3).sin() };
/// let samples: Vec<f32> = (0..32_000).map(tone).collect();
/// let cut = quietest(&samples, Span::from_start(Time::from_millis(2_000)));
/// assert!((1_200..1_400).contains(&cut.as_millis()));
/// ```
pub fn quietest(samples: &dyn Samples, span: Span) -> Time {
    let samples = samples.read(span).unwrap_or_default();
    let starts = (0..samples.len().saturating_sub(STRETCH)).step_by(FRAME_LENGTH);
    let offset = quietest_stretch(&samples, starts)
        .map_or(span.samples() / 2, |start| (start + STRETCH / 2) as u64);
    span.start().plus(Time::from_samples(offset))
}

/// The middle of the quietest 100 ms of the middle half of `samples`, searched one stretch after
/// another; of too few samples, their middle.
pub(crate) fn quietest_of_middle(samples: &[f32]) -> Time {
    let first = samples.len() / 4;
    let middle = &samples[first..samples.len() - first];
    let starts = (0..middle.len() / STRETCH).map(|stretch_idx| stretch_idx * STRETCH);
    let offset =
        quietest_stretch(middle, starts).map_or(middle.len() / 2, |start| start + STRETCH / 2);
    Time::from_samples((first + offset) as u64)
}

/// The first of `starts` with the least energy in the stretch that begins there.
fn quietest_stretch(samples: &[f32], starts: impl Iterator<Item = usize>) -> Option<usize> {
    let energy_from = |start: &usize| energy(&samples[*start..*start + STRETCH]);
    starts.min_by(|left, right| energy_from(left).total_cmp(&energy_from(right)))
}

fn power(samples: &[f32]) -> f32 {
    energy(samples) / samples.len() as f32
}

fn energy(samples: &[f32]) -> f32 {
    samples.iter().map(|sample| sample * sample).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One second of a level of -20 dBFS, with 100 ms of silence that begin at `silence`.
    fn sound(silence: usize) -> Vec<f32> {
        let mut samples = vec![0.1; 16_000];
        samples[silence..silence + STRETCH].fill(0.0);
        samples
    }

    #[test]
    fn levels_are_those_of_the_sound() {
        let samples = sound(1_600);
        assert_eq!(attenuations_db(&samples)[..3], [20, 200, 20]);
        let levels = frame_levels_dbfs(&samples[..1_919]);
        assert_eq!(levels.len(), 11);
        assert!((levels[9] + 20.0).abs() < 1e-3, "{}", levels[9]);
        assert_eq!(levels[10], -100.0);
        let smoothed = smoothed_levels_dbfs(&samples, 8, 12).unwrap();
        assert_eq!(smoothed.len(), 4);
        assert!((smoothed[0] + 20.0).abs() < 1e-3, "{}", smoothed[0]);
        assert!((smoothed[2] + 24.77).abs() < 1e-2, "a third of the power: {}", smoothed[2]);
        assert_eq!(smoothed[3], -100.0);
        assert!(smoothed_levels_dbfs(&samples, 99, 101).is_err());
    }

    #[test]
    fn the_quietest_moment_is_found_where_it_is() {
        let span = Span::new(Time::default(), Time::from_millis(1_000)).expect("not empty");
        let middle = |silence: usize| Time::from_samples((silence + STRETCH / 2) as u64);
        assert_eq!(quietest(&sound(3_360), span), middle(3_360));
        assert_eq!(quietest_of_middle(&sound(4_000 + 1_600)), middle(4_000 + 1_600));
        let too_few = vec![0.1; 1_600];
        assert_eq!(quietest_of_middle(&too_few), Time::from_millis(50));
        assert_eq!(quietest(&too_few, span), Time::from_millis(500), "it cannot be read");
    }
}
