//! Whisper out of the format of CTranslate2, in that of ggml, which whisper.cpp loads.
//!
//! The layout is that of the published files, to the byte: the tensors are in the order of
//! OpenAI's checkpoints (the decoder first, and in a block the feed-forward part first). That
//! order was found by trying: only one gives the published digest.
//!
//! CTranslate2 joins the query, key and value projections of a layer into one; here
//! they are rows of it. Weights stay in 16 bits, all else becomes 32 bits, exactly.

use super::{
    ctranslate2::{Ct2Model, invalid},
    mel,
};
use crate::base::ggml::{DataType, Header, TensorHeader, Writer, widened};
use std::io::{self, Read, Seek, Write};

/// Writes `model` with its `tokens` to `output`.
///
/// # Errors
/// `InvalidData` if it is not a Whisper model in 16-bit floats; errors of reading and
/// writing. What was written is then to be thrown away.
pub(super) fn write<R: Read + Seek>(
    model: &mut Ct2Model<R>,
    tokens: &[Vec<u8>],
    output: &mut impl Write,
) -> io::Result<()> {
    let mut converter = Converter { model, writer: Writer::new(output) };
    converter.header(tokens)?;
    converter.tensors()
}

struct Converter<'a, R, W> {
    model: &'a mut Ct2Model<R>,
    writer: Writer<&'a mut W>,
}

/// What becomes of the numbers of a tensor.
#[derive(Clone, Copy)]
enum Precision {
    Half,
    Single,
    /// As `Single`, and each number is a row: whisper.cpp adds it to a map of time
    /// and channel.
    SingleColumn,
}

impl<R: Read + Seek, W: Write> Converter<'_, R, W> {
    fn header(&mut self, tokens: &[Vec<u8>]) -> io::Result<()> {
        let [vocabulary, text_state] = self.shape("decoder/embeddings/weight")?;
        let [audio_context, audio_state] = self.shape("encoder/position_encodings/encodings")?;
        let [text_context, _] = self.shape("decoder/position_encodings/encodings")?;
        let [_, n_mels, _] = self.shape("encoder/conv1/weight")?;
        if tokens.len() > vocabulary as usize || !(1..=1024).contains(&n_mels) {
            return Err(invalid("its vocabulary or its mel bands are not those of Whisper"));
        }
        self.writer.header(&Header {
            n_vocabulary: vocabulary,
            n_audio_context: audio_context,
            n_audio_state: audio_state,
            n_audio_heads: self.model.whole_number("encoder/num_heads")?,
            n_audio_layers: self.model.n_layers("encoder") as i32,
            n_text_context: text_context,
            n_text_state: text_state,
            n_text_heads: self.model.whole_number("decoder/num_heads")?,
            n_text_layers: self.model.n_layers("decoder") as i32,
            n_mels,
            file_type: DataType::F16.id,
        })?;
        self.writer.filters(&mel::filters(n_mels as usize))?;
        self.writer.tokens(tokens)
    }

    fn tensors(&mut self) -> io::Result<()> {
        for side in ["decoder", "encoder"] {
            let source = format!("{side}/position_encodings/encodings");
            self.whole(&format!("{side}.positional_embedding"), &source, Precision::Single)?;
        }
        let embedding = "decoder/embeddings/weight";
        self.whole("decoder.token_embedding.weight", embedding, Precision::Half)?;
        self.blocks("decoder")?;
        self.norm("decoder.ln", "decoder/layer_norm")?;
        for conv in ["conv1", "conv2"] {
            let (name, source) = (format!("encoder.{conv}"), format!("encoder/{conv}"));
            self.whole(&format!("{name}.weight"), &format!("{source}/weight"), Precision::Half)?;
            let bias = format!("{source}/bias");
            self.whole(&format!("{name}.bias"), &bias, Precision::SingleColumn)?;
        }
        self.blocks("encoder")?;
        self.norm("encoder.ln_post", "encoder/layer_norm")
    }

    fn blocks(&mut self, side: &str) -> io::Result<()> {
        for layer in 0..self.model.n_layers(side) {
            let (name, source) =
                (format!("{side}.blocks.{layer}"), format!("{side}/layer_{layer}"));
            self.norm(&format!("{name}.mlp_ln"), &format!("{source}/ffn/layer_norm"))?;
            self.linear(&format!("{name}.mlp.0"), &format!("{source}/ffn/linear_0"))?;
            self.linear(&format!("{name}.mlp.2"), &format!("{source}/ffn/linear_1"))?;
            self.own_attention(&name, &format!("{source}/self_attention"))?;
            if side == "decoder" {
                self.cross_attention(&name, &format!("{source}/attention"))?;
            }
        }
        Ok(())
    }

    /// Attention of a side to itself: one projection gives query, key and value.
    fn own_attention(&mut self, block: &str, source: &str) -> io::Result<()> {
        self.norm(&format!("{block}.attn_ln"), &format!("{source}/layer_norm"))?;
        let (name, joined) = (format!("{block}.attn"), format!("{source}/linear_0"));
        self.part(&format!("{name}.query"), &joined, 0, 3)?;
        self.key(&name, &joined, 1, 3)?;
        self.part(&format!("{name}.value"), &joined, 2, 3)?;
        self.linear(&format!("{name}.out"), &format!("{source}/linear_1"))
    }

    /// Attention of the decoder to the encoder: a query, and key and value as one.
    fn cross_attention(&mut self, block: &str, source: &str) -> io::Result<()> {
        self.norm(&format!("{block}.cross_attn_ln"), &format!("{source}/layer_norm"))?;
        let (name, joined) = (format!("{block}.cross_attn"), format!("{source}/linear_1"));
        self.linear(&format!("{name}.query"), &format!("{source}/linear_0"))?;
        self.key(&name, &joined, 0, 2)?;
        self.part(&format!("{name}.value"), &joined, 1, 2)?;
        self.linear(&format!("{name}.out"), &format!("{source}/linear_2"))
    }

    fn norm(&mut self, name: &str, source: &str) -> io::Result<()> {
        self.whole(&format!("{name}.weight"), &format!("{source}/gamma"), Precision::Single)?;
        self.whole(&format!("{name}.bias"), &format!("{source}/beta"), Precision::Single)
    }

    fn linear(&mut self, name: &str, source: &str) -> io::Result<()> {
        self.part(name, source, 0, 1)
    }

    /// The projection that is part `idx` of the `n_parts` that `source` was joined of.
    fn part(&mut self, name: &str, source: &str, idx: usize, n_parts: usize) -> io::Result<()> {
        let (weight, bias) = (format!("{source}/weight"), format!("{source}/bias"));
        self.rows(&format!("{name}.weight"), &weight, Precision::Half, idx, n_parts)?;
        self.rows(&format!("{name}.bias"), &bias, Precision::Single, idx, n_parts)
    }

    /// The key projection. Whisper's has no bias; CTranslate2 writes zeros for it.
    fn key(&mut self, name: &str, source: &str, idx: usize, n_parts: usize) -> io::Result<()> {
        let (weight, bias) = (format!("{source}/weight"), format!("{source}/bias"));
        let (first, last) = self.part_rows(&bias, idx, n_parts)?;
        if self.model.half_floats(&bias, first, last)?.iter().any(|&byte| byte != 0) {
            return Err(invalid(format!("`{name}.key` has a bias, Whisper's has none")));
        }
        self.rows(&format!("{name}.key.weight"), &weight, Precision::Half, idx, n_parts)
    }

    fn whole(&mut self, name: &str, source: &str, precision: Precision) -> io::Result<()> {
        self.rows(name, source, precision, 0, 1)
    }

    /// Writes part `idx` of `n_parts` of the rows of `source` as the tensor `name`.
    fn rows(
        &mut self,
        name: &str,
        source: &str,
        precision: Precision,
        idx: usize,
        n_parts: usize,
    ) -> io::Result<()> {
        let (first, last) = self.part_rows(source, idx, n_parts)?;
        let mut shape = self.model.variable(source)?.shape.clone();
        shape[0] = last - first;
        if matches!(precision, Precision::SingleColumn) {
            shape.push(1);
        }
        let is_half = matches!(precision, Precision::Half);
        let data_type = if is_half { DataType::F16 } else { DataType::F32 }.id;
        self.writer.tensor_header(&TensorHeader { name: name.into(), shape, data_type })?;
        let halves = self.model.half_floats(source, first, last)?;
        if is_half {
            return self.writer.write_all(&halves);
        }
        widened(&halves).try_for_each(|number| self.writer.write_all(&number.to_le_bytes()))
    }

    fn part_rows(&self, source: &str, idx: usize, n_parts: usize) -> io::Result<(usize, usize)> {
        match self.model.variable(source)?.shape.first() {
            Some(&n_rows) if n_rows % n_parts == 0 => {
                let part = n_rows / n_parts;
                Ok((idx * part, (idx + 1) * part))
            }
            _ => Err(invalid(format!("`{source}` has not {n_parts} parts"))),
        }
    }

    fn shape<const N: usize>(&self, name: &str) -> io::Result<[i32; N]> {
        let shape = &self.model.variable(name)?.shape;
        let shape: Option<Vec<i32>> = shape.iter().map(|&n| i32::try_from(n).ok()).collect();
        let shape = shape.and_then(|shape| shape.try_into().ok());
        shape.ok_or_else(|| invalid(format!("`{name}` has another shape than Whisper's")))
    }
}

#[cfg(test)]
pub(super) mod by_hand {
    use super::*;
    use crate::models::ctranslate2;
    use std::io::Cursor;

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
        let mut model = Ct2Model::open(Cursor::new(ctranslate2::by_hand::model(variables)))?;
        let mut output = Vec::new();
        write(&mut model, &[b"!".to_vec(), b" oui".to_vec()], &mut output)?;
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
