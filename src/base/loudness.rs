//! How loud an episode is, step by step, and where it is quietest.

use crate::base::{
    samples::Samples,
    time::{Span, Time},
};

/// Length of a step of [`levels_db`].
pub const LEVEL_STEP: Time = Time::from_millis(100);

/// The level of each 100 ms, in decibels below full scale; of stretches that cannot be
/// read, silence (what cannot be read is told when a window is).
pub fn levels_db(samples: &dyn Samples) -> Vec<u8> {
    let step = LEVEL_STEP.samples();
    let n_steps = samples.length().samples() / step;
    // Some seconds at a time: memory does not grow with the episode.
    const AT_ONCE: u64 = 100;
    let mut levels = Vec::with_capacity(n_steps as usize);
    for first in (0..n_steps).step_by(AT_ONCE as usize) {
        let last = n_steps.min(first + AT_ONCE);
        let span = Span::new(Time::from_samples(first * step), Time::from_samples(last * step));
        let heard = span.and_then(|span| samples.read(span).ok()).unwrap_or_default();
        levels.extend(heard.chunks_exact(step as usize).map(level_db));
        levels.resize(last as usize, u8::MAX);
    }
    levels
}

fn level_db(samples: &[f32]) -> u8 {
    let energy: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    let power = energy / samples.len() as f64;
    (-10.0 * power.max(1e-20).log10()).round().clamp(0.0, f64::from(u8::MAX)) as u8
}

/// The middle of the quietest 100 ms of `span`, its own middle if it cannot be read
/// (what cannot be read is told when the window itself is).
pub fn quietest(samples: &dyn Samples, span: Span) -> Time {
    const STRETCH: usize = 1_600;
    const STEP: usize = 160;
    let samples = samples.read(span).unwrap_or_default();
    let energy = |start: usize| {
        samples[start..start + STRETCH].iter().map(|sample| sample * sample).sum::<f32>()
    };
    let starts = (0..samples.len().saturating_sub(STRETCH)).step_by(STEP);
    let quietest = starts.min_by(|one, other| energy(*one).total_cmp(&energy(*other)));
    let offset = quietest.map_or(span.samples() / 2, |start| (start + STRETCH / 2) as u64);
    span.start().plus(Time::from_samples(offset))
}
