//! How good a transcript is. Knows no engine and no format.

pub mod normalise;
pub mod words;
