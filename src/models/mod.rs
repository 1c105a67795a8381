//! The models: which ones there are, where they lie, and how they come here.
//!
//! A model is used only if its content is the one that `models/manifest.toml`
//! names, whatever road it came by: downloaded from its publisher (`fetch`), or
//! built from files that hold the same weights in another format (`import`).
//! The second road exists because many machines reach a package registry and not
//! a model hub. Its converters are held to the same digest, so nobody has to trust
//! them, nor those who uploaded the packages.
//!
//! Smaller forms of a Whisper model are made of it here ([`quantize`]), and they too are the
//! published ones.
//!
//! What nobody published is somebody's own: it gets a name and a record of what it was when it
//! came ([`import_as`]).
//!
//! These files go in: Whisper in the formats of CTranslate2, of Hugging Face's transformers and of
//! OpenAI, and the PyTorch checkpoints of the two speaker networks. Two kinds come out: ggml for
//! the recogniser, ONNX for the network runtime.

mod added;
mod checkpoint;
mod conversion;
mod ctranslate2;
mod error;
pub mod fetch;
mod folder;
pub mod import;
mod manifest;
mod mel;
mod network;
mod onnx;
mod package;
mod pickle;
mod published;
mod pytorch;
mod quantize;
mod recipe;
mod safetensors;
#[cfg(test)]
mod test_checkpoint;
#[cfg(test)]
mod test_damage;
mod transformers;
mod vocabulary;
mod weights;
mod whole;

pub use error::ModelError;
pub use fetch::{FetchSettings, fetch};
pub use folder::{ChosenModel, ModelFolder, Standing};
pub use import::{Imported, import, import_as};
pub use manifest::{Checkpoint, DEFAULT_WHISPER, Kind, Model, find, models};
pub use published::{Published, SOURCES, recommendable};
pub use quantize::quantize;

/// Told of bytes done and bytes in all, from time to time.
pub type Progress<'a> = &'a mut dyn FnMut(u64, u64);
