//! Who speaks when, and who that is: diarization, words given to speakers, roles, known voices.

pub mod diarize;
pub mod merge;
pub mod roles;
pub mod segments;
pub mod voices;
