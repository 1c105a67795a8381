#![doc = include_str!("README.md")]

// In the order an episode meets them; the ground first.
pub mod damage;
pub mod digest;
pub mod progress;
pub mod samples;
pub mod speech;
pub mod tables;
pub mod time;
pub mod transcript;

pub mod eval;
pub mod formats;
pub mod loudness;
pub mod merge;
pub mod retime;
pub mod roles;
pub mod segments;
pub mod show;
pub mod text;
pub mod voices;
pub mod windows;

pub mod asr;
pub mod audio;
pub mod bucket;
pub mod diarize;
pub mod download;
pub mod feed;
pub mod models;
pub mod web;

pub mod journal;
pub mod outputs;
pub mod pipeline;
pub mod store;

pub mod archive;
pub mod batch;
pub mod changes;
pub mod mirror;
pub mod publish;
