#![doc = include_str!("README.md")]
// Everything but the engines is built and tested without them, also what they alone use. Whatever
// nobody uses shows where all are there.
#![cfg_attr(
    not(all(feature = "diarize", feature = "int8", feature = "whisper-cpp")),
    allow(dead_code, reason = "the engines that use it are left out")
)]

// From the ground up: a room uses only those above it in this list, as src/README.md says.
pub mod base;

pub mod asr;
pub mod audio;
pub mod eval;
pub mod formats;
pub mod net;
pub mod text;

pub mod models;
pub mod speakers;

pub mod episode;

pub mod review;

pub mod archive;
