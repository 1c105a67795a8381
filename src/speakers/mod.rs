//! Who speaks when, and who that is: diarization, words given to speakers, roles, known voices.

pub mod diarize;
pub mod merge;
mod names;
pub mod roles;
pub mod segments;
pub mod unsure;
pub mod voices;
