//! Ticks, nanoseconds, frames and our own time.

use crate::base::time::{SAMPLE_RATE, Time};
use symphonia::core::units::{Duration, TimeBase, Timestamp};

/// Nanoseconds in `ticks` of `clock`.
pub(super) fn ns(clock: TimeBase, ticks: Timestamp) -> i128 {
    let ticks = i128::from(ticks.get()) * i128::from(clock.numer.get());
    ticks * 1_000_000_000 / i128::from(clock.denom.get())
}

/// Nanoseconds in `ticks` of `clock`.
pub(super) fn ns_of(clock: TimeBase, ticks: Duration) -> i128 {
    ns(clock, Timestamp::new(i64::try_from(ticks.get()).unwrap_or(i64::MAX)))
}

/// Frames in `ns` nanoseconds, rounded.
pub(super) fn frames(ns: i128, rate_hz: u32) -> i64 {
    let frames = ns.saturating_mul(i128::from(rate_hz)).saturating_add(500_000_000);
    i64::try_from(frames.div_euclid(1_000_000_000)).unwrap_or(i64::MAX)
}

pub(super) fn frames_of(time: Time, rate_hz: u32) -> u64 {
    let frames = u128::from(time.samples()) * u128::from(rate_hz) / u128::from(SAMPLE_RATE);
    u64::try_from(frames).unwrap_or(u64::MAX)
}

pub(super) fn time_of_ns(ns: i128) -> Time {
    Time::from_samples(u64::try_from(frames(ns, SAMPLE_RATE)).unwrap_or(0))
}
