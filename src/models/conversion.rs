//! Whisper out of the formats of others, in that of ggml, which whisper.cpp loads.
//!
//! The layout is that of the published files, to the byte: see [`Header::tensors`]. Weights are
//! written in 16 bits, all else in 32.

use super::weights::{Weights, invalid};
use crate::base::ggml::{DataType, Header, TensorHeader, Writer, is_same_shape};
use std::{
    collections::HashSet,
    io::{self, Write},
};

/// A Whisper that is about to be written as a ggml file.
#[derive(Debug)]
pub(super) struct Convertible {
    /// By the names of OpenAI's tensors.
    pub(super) weights: Weights,
    pub(super) header: Header,
    /// The tokens of text in the order of their ids, as bytes.
    pub(super) tokens: Vec<Vec<u8>>,
    /// `[layer, head]` of the heads whose cross-attention follows the sound, where its files name
    /// them.
    pub(super) alignment_heads: Option<Vec<[usize; 2]>>,
}

/// Writes `model` to `output`. All its lengths are looked at before anything is written.
///
/// # Errors
/// `InvalidData` if it is not a Whisper model; errors of reading and writing. What was written is
/// then to be thrown away.
pub(super) fn write(model: &mut Convertible, output: &mut impl Write) -> io::Result<()> {
    check(model)?;
    let mut writer = Writer::new(output);
    writer.header(&model.header)?;
    writer.filters(&super::mel::filters(model.header.n_mels as usize))?;
    writer.tokens(&model.tokens)?;
    for tensor in model.header.tensors() {
        let data_type = if tensor.is_half { DataType::F16 } else { DataType::F32 }.id;
        let (name, shape) = (tensor.name.clone().into_bytes(), tensor.shape);
        writer.tensor_header(&TensorHeader { name, shape, data_type })?;
        model.weights.write(&tensor.name, tensor.is_half, &mut writer)?;
    }
    Ok(())
}

/// Whether the tensors of `model` are those that its header promises.
fn check(model: &Convertible) -> io::Result<()> {
    if let Some(flaw) = model.header.flaw() {
        return Err(invalid(flaw));
    }
    let n_tokens = model.tokens.len();
    if n_tokens > model.header.n_vocabulary as usize {
        let n_vocabulary = model.header.n_vocabulary;
        return Err(invalid(format!(
            "its tokenizer has {n_tokens} tokens of text, and its weights {n_vocabulary} in all"
        )));
    }
    let promised = model.header.tensors();
    for tensor in &promised {
        let found = &model.weights.place(&tensor.name)?.shape;
        if !is_same_shape(found, &tensor.shape) {
            let (name, expected) = (&tensor.name, &tensor.shape);
            return Err(invalid(format!(
                "its tensor `{name}` has the shape {found:?}, and its configuration asks for {expected:?}"
            )));
        }
    }
    let promised: HashSet<&str> = promised.iter().map(|tensor| tensor.name.as_str()).collect();
    let strange = model.weights.names().filter(|name| !promised.contains(name)).min();
    match strange {
        None => Ok(()),
        Some(name) => Err(invalid(format!("its tensor `{name}` is no part of Whisper"))),
    }
}

#[cfg(test)]
pub(super) mod by_hand {
    use super::*;
    use crate::models::ctranslate2::{self, Ct2Model};

    /// The ggml file of a model as small as they come: 50 tensors.
    pub(in super::super) fn model() -> Vec<u8> {
        convert(&variables()).unwrap()
    }

    /// One layer a side, two numbers wide, two text tokens and one special.
    pub(super) fn variables() -> Vec<(String, Vec<u32>, u8, Vec<u8>)> {
        let mut variables = Vec::new();
        let mut add = |name: String, shape: &[u32]| {
            let n_numbers = shape.iter().product::<u32>() as usize;
            // 0x3c00 is 1.0; the biases of key projections must be 0.
            let number: u16 = if name.contains("bias") { 0 } else { 0x3c00 };
            variables.push((name, shape.to_vec(), 4, number.to_le_bytes().repeat(n_numbers)));
        };
        for (side, context) in [("decoder", 4), ("encoder", 5)] {
            add(format!("{side}/position_encodings/encodings"), &[context, 2]);
            let mut parts = vec![("ffn", vec![8, 2]), ("self_attention", vec![6, 2])];
            if side == "decoder" {
                parts.push(("attention", vec![2, 4, 2]));
            }
            let layer = format!("{side}/layer_0");
            for (part, widths) in parts {
                add(format!("{layer}/{part}/layer_norm/gamma"), &[2]);
                add(format!("{layer}/{part}/layer_norm/beta"), &[2]);
                for (i, &width) in widths.iter().enumerate() {
                    let inner = if (part, i) == ("ffn", 1) { 8 } else { 2 };
                    add(format!("{layer}/{part}/linear_{i}/weight"), &[width, inner]);
                    add(format!("{layer}/{part}/linear_{i}/bias"), &[width]);
                }
            }
            add(format!("{side}/layer_norm/gamma"), &[2]);
            add(format!("{side}/layer_norm/beta"), &[2]);
        }
        add("decoder/embeddings/weight".into(), &[3, 2]);
        for (conv, inner) in [("conv1", 80), ("conv2", 2)] {
            add(format!("encoder/{conv}/weight"), &[2, inner, 3]);
            add(format!("encoder/{conv}/bias"), &[2]);
        }
        for side in ["encoder", "decoder"] {
            variables.push((format!("{side}/num_heads"), vec![], 1, vec![1]));
        }
        variables
    }

    pub(super) fn convert(variables: &[(String, Vec<u32>, u8, Vec<u8>)]) -> io::Result<Vec<u8>> {
        let mut file = tempfile::tempfile()?;
        file.write_all(&ctranslate2::by_hand::model(variables))?;
        let tokens = vec![b"!".to_vec(), b" oui".to_vec()];
        let mut model = Ct2Model::open(file)?.convertible(tokens)?;
        let mut output = Vec::new();
        write(&mut model, &mut output)?;
        Ok(output)
    }
}

#[cfg(test)]
mod tests {
    use super::by_hand::{convert, variables};
    use crate::base::ggml::MAGIC;

    fn has(output: &[u8], piece: &[u8]) -> bool {
        output.windows(piece.len()).any(|window| window == piece)
    }

    #[test]
    fn a_small_model_has_its_numbers_its_tokens_and_its_tensors() {
        let output = convert(&variables()).unwrap();
        let header = [MAGIC, 3, 5, 2, 1, 1, 4, 2, 1, 1, 80, 1, 80, 201].map(i32::to_le_bytes);
        assert!(output.starts_with(header.as_flattened()));
        assert!(has(&output, b"\x02\0\0\0\x01\0\0\0!\x04\0\0\0 oui"));
        // Two dimensions, 19 letters, 32 bits; reversed: one row of two ones.
        let bias = b"\x02\0\0\0\x12\0\0\0\0\0\0\0\x01\0\0\0\x02\0\0\0encoder.conv1.bias\0\0\0\0";
        assert!(has(&output, bias));
        let key = b"\x01\0\0\0\x02\0\0\0\x02\0\0\0decoder.blocks.0.cross_attn.key.weight\0\x3c";
        assert!(has(&output, &key[4..]));
        assert!(!has(&output, b"key.bias"));
    }

    #[test]
    fn a_key_with_a_bias_is_not_whisper() {
        let mut variables = variables();
        let bias = "encoder/layer_0/self_attention/linear_0/bias";
        let variable = variables.iter_mut().find(|variable| variable.0 == bias).unwrap();
        variable.3 = 0x3c00_u16.to_le_bytes().repeat(6);
        let error = convert(&variables).unwrap_err();
        assert_eq!(error.to_string(), "`encoder.blocks.0.attn.key` has a bias, Whisper's has none");
    }

    #[test]
    fn whatever_variable_is_missing_or_flat_it_is_no_panic() {
        for i in 0..variables().len() {
            let mut without = variables();
            without.remove(i);
            let _ = convert(&without);
            let mut flat = variables();
            flat[i].1 = vec![];
            flat[i].3 = vec![0; if flat[i].2 == 4 { 2 } else { 1 }];
            let _ = convert(&flat);
        }
    }
}
