//! How good a transcript is. Knows no engine and no format.

pub mod align;
pub mod attribution;
pub mod basic;
pub mod comparison;
pub mod diarization;
pub mod french;
pub mod interval;
mod mapping;
pub mod normalise;
#[cfg(test)]
mod oracle;
pub mod said;
pub mod scores;
pub mod secondary;
mod talk;
mod timed;
pub mod timing;
pub mod words;

pub use talk::who_is_who;
