//! The ggml file format of Whisper: one reader, one writer, and their constants.
//!
//! ```text
//! magic | 11 hyperparameters
//! n_mels | n_bins | mel filters, f32
//! n_tokens, each:   n_bytes | bytes
//! until the end:    rank | name length | data type | dimensions, innermost first | name | data
//! ```
//!
//! All numbers are little-endian `i32`. Nothing says how many tensors there are.

mod data_type;
mod header;
mod layout;
mod reader;
mod writer;

pub use data_type::{DataType, f32s, widened};
pub use header::{Header, Shape};
pub use layout::Promised;
pub(crate) use layout::is_same_shape;
pub use reader::{GgmlError, MelFilters, Reader, TensorHeader};
pub use writer::Writer;

/// How a ggml file begins: "ggml" read backwards, as a little-endian number.
pub(crate) const MAGIC: i32 = 0x6767_6d6c;

/// Frequency bins that a mel filter weighs: those of a Fourier transform of 400 samples.
pub const N_BINS: usize = 201;
