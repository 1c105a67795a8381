//! The words of the trade, and the ground under all rooms: time, speech, transcripts, shows,
//! French words, sound in memory, files.

pub(crate) mod common_words;
pub mod damage;
#[cfg(test)]
pub(crate) mod damaged_bytes;
pub mod digest;
pub(crate) mod edit_distance;
pub(crate) mod entities;
pub mod evidence;
pub(crate) mod french;
pub mod ggml;
pub mod guidance;
pub(crate) mod journal;
pub mod levels;
pub mod marks;
pub mod notes;
pub(crate) mod phonemes;
pub mod progress;
pub mod samples;
pub mod show;
pub mod speech;
pub mod store;
pub mod tables;
pub mod time;
pub mod transcript;
