//! A ggml file of Whisper as CTranslate2 loads it, made in memory.
//!
//! So one file serves both engines, with one digest. CTranslate2 joins the query, key and value
//! projections of a layer, and multiplies whole numbers of 8 bits: each row of a weight has
//! the scale that brings its largest number to 127. Convolutions and all else stay in 32 bits.
//!
//! ```text
//! ggml:  magic | 11 numbers | mel filters | text tokens | tensors
//! ours:  u32 6 | "WhisperSpec" | u32 3 | u32 count, variables | u32 count, aliases
//! ```

use crate::asr::ggml::Shape;
use half::f16;
use std::{
    collections::HashMap,
    fs::File,
    io::{self, BufReader, Read},
    path::Path,
};

const LARGEST: usize = 1 << 30;

/// What a file holds.
pub(super) struct GgmlFile {
    pub(super) shape: Shape,
    pub(super) filters: Vec<f32>,
    pub(super) n_frequencies: usize,
    /// Text tokens in the order of their numbers, as bytes.
    pub(super) tokens: Vec<Vec<u8>>,
    tensors: HashMap<String, Tensor>,
}

/// Outermost dimension first.
struct Tensor {
    shape: Vec<usize>,
    numbers: Numbers,
}

enum Numbers {
    Half(Vec<f16>),
    Single(Vec<f32>),
}

impl GgmlFile {
    /// Reads the whole file at `path`.
    ///
    /// # Errors
    /// `InvalidData` if it is no Whisper model, or one with fewer than 16 bits.
    pub(super) fn read(path: &Path) -> io::Result<GgmlFile> {
        let mut input = BufReader::with_capacity(1 << 20, File::open(path)?);
        let input = &mut input;
        let shape = Shape::read(input)?;
        let (n_mels, n_frequencies) = (length(input)?, length(input)?);
        let filters = singles(&bytes(input, n_mels.saturating_mul(n_frequencies), 4)?);
        let mut tokens = Vec::new();
        for _ in 0..length(input)? {
            let n_bytes = length(input)?;
            tokens.push(bytes(input, n_bytes, 1)?);
        }
        let mut tensors = HashMap::new();
        while let Some((name, tensor)) = tensor(input)? {
            tensors.insert(name, tensor);
        }
        Ok(GgmlFile { shape, filters, n_frequencies, tokens, tensors })
    }

    /// The model in CTranslate2's format.
    ///
    /// # Errors
    /// `InvalidData` if a tensor is missing.
    pub(super) fn to_ctranslate2(&self) -> io::Result<Vec<u8>> {
        let mut writer = Writer { file: self, variables: Vec::new(), n_variables: 0 };
        writer.whole()?;
        let mut output = 6_u32.to_le_bytes().to_vec();
        text(&mut output, "WhisperSpec");
        output.extend(3_u32.to_le_bytes());
        output.extend(writer.n_variables.to_le_bytes());
        output.append(&mut writer.variables);
        // The last product of the decoder is with the embeddings of the tokens.
        output.extend(2_u32.to_le_bytes());
        for part in ["weight", "weight_scale"] {
            text(&mut output, &format!("decoder/projection/{part}"));
            text(&mut output, &format!("decoder/embeddings/{part}"));
        }
        Ok(output)
    }

    fn get(&self, name: &str) -> io::Result<&Tensor> {
        self.tensors.get(name).ok_or_else(|| invalid(format!("it has no `{name}`")))
    }
}

impl Tensor {
    fn to_singles(&self) -> Vec<f32> {
        match &self.numbers {
            Numbers::Half(numbers) => numbers.iter().map(|number| number.to_f32()).collect(),
            Numbers::Single(numbers) => numbers.clone(),
        }
    }
}

struct Writer<'a> {
    file: &'a GgmlFile,
    variables: Vec<u8>,
    n_variables: u32,
}

impl Writer<'_> {
    fn whole(&mut self) -> io::Result<()> {
        let shape = self.file.shape;
        // GELU, and normalisation before each part: Whisper's.
        for (name, value) in [
            ("activation", 3),
            ("alibi", 0),
            ("alibi_use_positive_positions", 0),
            ("pre_norm", 1),
            ("scale_alibi", 0),
            ("scale_embeddings", 0),
            ("start_from_zero_embedding", 0),
        ] {
            self.variable(&format!("decoder/{name}"), &[], 1, &[value]);
        }
        for (name, value) in [
            ("decoder/alignment_heads", 1_i16),
            ("decoder/alignment_layer", -1),
            ("decoder/num_heads", shape.n_text_heads as i16),
            ("encoder/num_heads", shape.n_audio_heads as i16),
        ] {
            self.variable(name, &[], 2, &value.to_le_bytes());
        }
        for side in ["decoder", "encoder"] {
            let source = format!("{side}.positional_embedding");
            self.plain(&format!("{side}/position_encodings/encodings"), &source)?;
        }
        self.weight("decoder/embeddings", &["decoder.token_embedding.weight".to_owned()])?;
        for conv in ["conv1", "conv2"] {
            let (name, source) = (format!("encoder/{conv}"), format!("encoder.{conv}"));
            self.plain(&format!("{name}/weight"), &format!("{source}.weight"))?;
            self.bias(&name, &[Some(format!("{source}.bias"))])?;
        }
        self.blocks("encoder", shape.n_audio_layers)?;
        self.norm("encoder/layer_norm", "encoder.ln_post")?;
        self.blocks("decoder", shape.n_text_layers)?;
        self.norm("decoder/layer_norm", "decoder.ln")
    }

    fn blocks(&mut self, side: &str, n_layers: usize) -> io::Result<()> {
        for layer in 0..n_layers {
            let (name, source) =
                (format!("{side}/layer_{layer}"), format!("{side}.blocks.{layer}"));
            self.norm(&format!("{name}/ffn/layer_norm"), &format!("{source}.mlp_ln"))?;
            self.linear(&format!("{name}/ffn/linear_0"), &format!("{source}.mlp"), &["0"])?;
            self.linear(&format!("{name}/ffn/linear_1"), &format!("{source}.mlp"), &["2"])?;
            let (own, from) = (format!("{name}/self_attention"), format!("{source}.attn"));
            self.norm(&format!("{own}/layer_norm"), &format!("{from}_ln"))?;
            self.linear(&format!("{own}/linear_0"), &from, &["query", "key", "value"])?;
            self.linear(&format!("{own}/linear_1"), &from, &["out"])?;
            if side == "decoder" {
                let (other, from) = (format!("{name}/attention"), format!("{source}.cross_attn"));
                self.norm(&format!("{other}/layer_norm"), &format!("{from}_ln"))?;
                self.linear(&format!("{other}/linear_0"), &from, &["query"])?;
                self.linear(&format!("{other}/linear_1"), &from, &["key", "value"])?;
                self.linear(&format!("{other}/linear_2"), &from, &["out"])?;
            }
        }
        Ok(())
    }

    fn norm(&mut self, name: &str, source: &str) -> io::Result<()> {
        self.plain(&format!("{name}/gamma"), &format!("{source}.weight"))?;
        self.plain(&format!("{name}/beta"), &format!("{source}.bias"))
    }

    /// The projections `parts` of `source`, one under the other. A key has no bias: zeros.
    fn linear(&mut self, name: &str, source: &str, parts: &[&str]) -> io::Result<()> {
        let weights: Vec<String> =
            parts.iter().map(|part| format!("{source}.{part}.weight")).collect();
        self.weight(name, &weights)?;
        let bias = |part: &&str| (*part != "key").then(|| format!("{source}.{part}.bias"));
        self.bias(name, &parts.iter().map(bias).collect::<Vec<_>>())
    }

    fn bias(&mut self, name: &str, parts: &[Option<String>]) -> io::Result<()> {
        let known = parts.iter().flatten().next();
        let length = known.map_or(Ok(0), |part| self.file.get(part).map(|part| part.shape[0]))?;
        let mut numbers = Vec::new();
        for part in parts {
            match part {
                Some(part) => numbers.extend(self.file.get(part)?.to_singles()),
                None => numbers.resize(numbers.len() + length, 0.0),
            }
        }
        self.singles(&format!("{name}/bias"), &[numbers.len()], &numbers);
        Ok(())
    }

    /// The rows of `sources`, in 8 bits, and the scale of each row.
    fn weight(&mut self, name: &str, sources: &[String]) -> io::Result<()> {
        let (mut numbers, mut scales, mut width) = (Vec::new(), Vec::new(), 0);
        for source in sources {
            let tensor = self.file.get(source)?;
            let &[_, row] = tensor.shape.as_slice() else {
                return Err(invalid(format!("`{source}` has another shape than Whisper's")));
            };
            width = row;
            for row in tensor.to_singles().chunks_exact(row) {
                let loudest = row.iter().fold(0.0_f32, |most, number| most.max(number.abs()));
                let scale = if loudest > 0.0 { 127.0 / loudest } else { 1.0 };
                let quantised = row.iter().map(|number| (number * scale).round_ties_even() as i8);
                numbers.extend(quantised.map(|number| number as u8));
                scales.push(scale);
            }
        }
        self.variable(&format!("{name}/weight"), &[scales.len(), width], 1, &numbers);
        self.singles(&format!("{name}/weight_scale"), &[scales.len()], &scales);
        Ok(())
    }

    /// The tensor `source` in 32 bits.
    fn plain(&mut self, name: &str, source: &str) -> io::Result<()> {
        let tensor = self.file.get(source)?;
        self.singles(name, &tensor.shape, &tensor.to_singles());
        Ok(())
    }

    fn singles(&mut self, name: &str, shape: &[usize], numbers: &[f32]) {
        let data: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        self.variable(name, shape, 0, &data);
    }

    fn variable(&mut self, name: &str, shape: &[usize], number_type: u8, data: &[u8]) {
        text(&mut self.variables, name);
        self.variables.push(shape.len() as u8);
        for &length in shape {
            self.variables.extend((length as u32).to_le_bytes());
        }
        self.variables.push(number_type);
        self.variables.extend((data.len() as u32).to_le_bytes());
        self.variables.extend(data);
        self.n_variables += 1;
    }
}

/// A text counts its final NUL.
fn text(output: &mut Vec<u8>, text: &str) {
    output.extend((text.len() as u16 + 1).to_le_bytes());
    output.extend(text.as_bytes());
    output.push(0);
}

/// The next tensor with its name; `None` at the end.
fn tensor(input: &mut impl io::BufRead) -> io::Result<Option<(String, Tensor)>> {
    if input.fill_buf()?.is_empty() {
        return Ok(None);
    }
    let (rank, name_length, kind) = (length(input)?, length(input)?, number(input)?);
    if rank > 4 {
        return Err(invalid("a tensor has too many dimensions"));
    }
    let mut shape = Vec::new();
    for _ in 0..rank {
        shape.insert(0, length(input)?);
    }
    let name = String::from_utf8(bytes(input, name_length, 1)?)
        .map_err(|_| invalid("a name is not UTF-8"))?;
    let n_numbers = shape.iter().fold(1, |product: usize, &n| product.saturating_mul(n));
    let numbers = match kind {
        0 => Numbers::Single(singles(&bytes(input, n_numbers, 4)?)),
        1 => {
            let data = bytes(input, n_numbers, 2)?;
            Numbers::Half(data.as_chunks().0.iter().map(|two| f16::from_le_bytes(*two)).collect())
        }
        _ => {
            let advice = "it is quantised; this engine does that itself: give it the whole model";
            return Err(invalid(advice));
        }
    };
    Ok(Some((name, Tensor { shape, numbers })))
}

fn singles(data: &[u8]) -> Vec<f32> {
    data.as_chunks().0.iter().map(|four| f32::from_le_bytes(*four)).collect()
}

fn number(input: &mut impl Read) -> io::Result<i32> {
    let mut four = [0; 4];
    input.read_exact(&mut four)?;
    Ok(i32::from_le_bytes(four))
}

fn length(input: &mut impl Read) -> io::Result<usize> {
    usize::try_from(number(input)?).map_err(|_| invalid("a length is negative"))
}

fn bytes(input: &mut impl Read, count: usize, size: usize) -> io::Result<Vec<u8>> {
    let count = count.saturating_mul(size);
    if count > LARGEST {
        return Err(invalid("a tensor is too long"));
    }
    let mut content = Vec::new();
    input.take(count as u64).read_to_end(&mut content)?;
    if content.len() == count { Ok(content) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

fn invalid(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn file(tensors: &[(&str, &[i32], i32, &[u8])]) -> io::Result<GgmlFile> {
        let mut content = Vec::new();
        let head = [0x6767_6d6c, 3, 5, 2, 1, 1, 4, 2, 1, 1, 1, 1, 1, 2];
        content.extend(head.map(i32::to_le_bytes).as_flattened());
        content.extend([0.5_f32, 0.25].map(f32::to_le_bytes).as_flattened());
        content.extend([1, 3].map(i32::to_le_bytes).as_flattened());
        content.extend(b"oui");
        for (name, shape, kind, data) in tensors {
            let head = [shape.len() as i32, name.len() as i32, *kind];
            content.extend(head.map(i32::to_le_bytes).as_flattened());
            shape.iter().rev().for_each(|length| content.extend(length.to_le_bytes()));
            content.extend(name.as_bytes());
            content.extend(*data);
        }
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&content).unwrap();
        GgmlFile::read(file.path())
    }

    /// 1.0, -2.0 and 0.5, 0.25 in 16 bits.
    const ROWS: &[u8] = b"\x00\x3c\x00\xc0\x00\x38\x00\x34";

    #[test]
    fn a_row_of_a_weight_is_scaled_to_127() {
        let file = file(&[("a", &[2, 2], 1, ROWS)]).unwrap();
        assert_eq!(
            (file.tokens.as_slice(), file.filters.as_slice()),
            (&[b"oui".to_vec()][..], &[0.5, 0.25][..])
        );
        let mut writer = Writer { file: &file, variables: Vec::new(), n_variables: 0 };
        writer.weight("w", &["a".to_owned(), "a".to_owned()]).unwrap();
        let weight = b"\x09\0w/weight\0\x02\x04\0\0\0\x02\0\0\0\x01\x08\0\0\0\x40\x81\x7f\x40\x40\x81\x7f\x40";
        assert_eq!(writer.variables[..weight.len()], weight[..]);
        let scales = [63.5_f32, 254.0, 63.5, 254.0].map(f32::to_le_bytes);
        assert!(writer.variables.ends_with(scales.as_flattened()));
    }

    #[test]
    fn a_key_has_a_bias_of_zeros() {
        let ones = 1.0_f32.to_le_bytes().repeat(2);
        let file = file(&[("q.bias", &[2], 0, &ones)]).unwrap();
        let mut writer = Writer { file: &file, variables: Vec::new(), n_variables: 0 };
        writer.bias("b", &[Some("q.bias".to_owned()), None]).unwrap();
        assert!(writer.variables.ends_with(&[ones, vec![0; 8]].concat()));
    }

    #[test]
    fn what_is_no_whole_model_is_an_error() {
        let quantised = file(&[("a", &[1, 2], 8, &[0; 34])]).err().unwrap();
        assert!(quantised.to_string().contains("quantised"));
        assert!(file(&[("a", &[2, 2], 1, &ROWS[..7])]).is_err());
        assert!(file(&[("a", &[1, 1, 1, 1, 1], 1, &[0; 2])]).is_err());
        assert!(file(&[("a", &[-1], 1, &[])]).is_err());
        let empty = file(&[]).unwrap().to_ctranslate2().unwrap_err();
        assert_eq!(empty.to_string(), "it has no `decoder.positional_embedding`");
        assert!(GgmlFile::read(Path::new("/dev/null")).is_err());
    }
}
