//! How good a transcript is. Knows no engine and no format.

pub mod attribution;
pub mod diarization;
mod mapping;
pub mod normalise;
#[cfg(test)]
mod oracle;
mod talk;
pub mod words;
