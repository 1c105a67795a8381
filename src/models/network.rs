//! The speaker networks, put together from their structure and their weights.
//!
//! The graphs in `models/` are ours and hold no weights; the published checkpoints
//! hold the weights and no graph. So nobody needs PyTorch, and where every number
//! comes from can be read in the graph.

use super::{ModelError, checkpoint::Tensors, manifest::Model, onnx, recipe};
use std::io::Cursor;

/// Structures by the name of the model's file.
const STRUCTURES: &[(&str, &[u8])] = &[
    ("segmentation-3.0.onnx", include_bytes!("../../models/segmentation-3.0.structure.onnx")),
    ("campplus.onnx", include_bytes!("../../models/campplus.structure.onnx")),
];

/// The file of `model`, built from `checkpoint`, that is called `what` in messages.
pub(super) fn build(model: &Model, checkpoint: Vec<u8>, what: &str) -> Result<Vec<u8>, ModelError> {
    let malformed = |reason: String| ModelError::malformed(what, reason);
    let structure = STRUCTURES.iter().find(|(file, _)| *file == model.file);
    let (_, structure) = structure.ok_or_else(|| malformed("it has no structure".to_owned()))?;
    let tensors = Tensors::read(Cursor::new(checkpoint), what)?;
    let numbers = |weight: &onnx::Weight| {
        let made = recipe::follow(&weight.recipe, &tensors)?;
        let same = made.shape.iter().map(|&length| length as u64).eq(weight.shape.iter().copied());
        if same { Ok(made.numbers) } else { Err(format!("`{}` has another shape", weight.recipe)) }
    };
    onnx::fill(structure, numbers).map_err(malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::models;

    #[test]
    fn every_model_with_a_checkpoint_has_a_structure() {
        for model in models().iter().filter(|model| model.checkpoint.is_some()) {
            assert!(STRUCTURES.iter().any(|(file, _)| *file == model.file), "{}", model.name);
        }
    }
}
