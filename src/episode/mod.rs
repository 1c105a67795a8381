//! One episode: its stages in their order, its files, and text laid on its sound.

pub mod align;
pub mod hotwords;
pub mod outputs;
pub mod pipeline;
