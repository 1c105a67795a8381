#![doc = include_str!("README.md")]

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

pub mod archive;
