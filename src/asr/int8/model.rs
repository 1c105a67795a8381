//! A Whisper of 16 or 32 bits out of its ggml file, in 8 bits.
//! The file: magic | 11 numbers | mel filters | text tokens | tensors.
//!
//! Query, key and value of a layer become one product. Convolutions and all else stay in 32
//! bits.

use super::{
    decoder::{Decoder, DecoderBlock},
    encoder::{Block, Convolution, Encoder, HEAD},
    matrix::{Kernels, Linear, Norm, Rows, keep_rows},
};
use crate::asr::ggml::Shape;
use half::f16;
use std::{
    collections::HashMap,
    fs::File,
    io::{self, BufReader, Read},
    path::Path,
};

const LARGEST: usize = 1 << 30;

/// The tensor with a row for each token.
const EMBEDDINGS: &str = "decoder.token_embedding.weight";

/// Frequencies that a mel filter weighs.
const N_FREQUENCIES: usize = 201;

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

    /// Whether what stands before the tensors is Whisper's.
    ///
    /// # Errors
    /// `InvalidData` if it is not.
    pub(super) fn check(&self, n_tokens: usize) -> io::Result<()> {
        let n_filters = self.shape.n_mels.saturating_mul(N_FREQUENCIES);
        let is_heard = self.n_frequencies == N_FREQUENCIES && self.filters.len() == n_filters;
        let is_whole = self.shape.n_mels > 0 && self.shape.n_audio_heads > 0;
        if is_heard && is_whole && self.tokens.len() == n_tokens {
            return Ok(());
        }
        Err(invalid("its filters or its tokens are not Whisper's"))
    }

    /// Forgets the text tokens that are not `is_kept`; all others move up.
    ///
    /// # Errors
    /// `InvalidData` if there are not as many embeddings as tokens.
    pub(super) fn keep_tokens(&mut self, is_kept: impl Fn(&[u8]) -> bool) -> io::Result<()> {
        let n_rows = self.shape.n_vocabulary;
        let embeddings = self.tensors.get_mut(EMBEDDINGS);
        let embeddings = embeddings
            .filter(|found| matches!(found.shape[..], [n, width] if n == n_rows && width > 0));
        let embeddings = embeddings.ok_or_else(|| invalid("not each token has an embedding"))?;
        let width = embeddings.shape[1];
        let is_row_kept = |row: usize| self.tokens.get(row).is_none_or(|token| is_kept(token));
        let n_kept = match &mut embeddings.numbers {
            Numbers::Half(numbers) => keep_rows(numbers, width, is_row_kept),
            Numbers::Single(numbers) => keep_rows(numbers, width, is_row_kept),
        };
        embeddings.shape[0] = n_kept;
        self.shape.n_vocabulary = n_kept;
        self.tokens.retain(|token| is_kept(token));
        Ok(())
    }

    /// The networks in it, which are taken out.
    ///
    /// # Errors
    /// `InvalidData` if a tensor is missing or has another shape than Whisper's.
    pub(super) fn networks(&mut self, kernels: &Kernels) -> io::Result<(Encoder, Decoder)> {
        let (heads, text_heads) = (self.shape.n_audio_heads, self.shape.n_text_heads);
        let mut maker = Maker { tensors: &mut self.tensors, kernels, width: heads * HEAD };
        if heads != text_heads {
            return Err(invalid("its encoder and its decoder differ in width"));
        }
        let encoder = maker.encoder(self.shape)?;
        Ok((encoder, maker.decoder(self.shape)?))
    }
}

struct Maker<'a> {
    tensors: &'a mut HashMap<String, Tensor>,
    kernels: &'a Kernels,
    width: usize,
}

impl Maker<'_> {
    fn encoder(&mut self, shape: Shape) -> io::Result<Encoder> {
        let convolutions =
            [self.convolution("conv1", shape.n_mels)?, self.convolution("conv2", self.width)?];
        let blocks: io::Result<_> =
            (0..shape.n_audio_layers).map(|layer| self.block("encoder", layer)).collect();
        Ok(Encoder {
            convolutions,
            positions: self.take("encoder.positional_embedding", &[1_500, self.width])?,
            blocks: blocks?,
            norm: self.norm("encoder.ln_post")?,
            width: self.width,
        })
    }

    fn decoder(&mut self, shape: Shape) -> io::Result<Decoder> {
        let embeddings = self.rows(&[EMBEDDINGS.to_owned()], shape.n_vocabulary, self.width)?;
        let logits = Linear::new(self.kernels, &embeddings, Vec::new());
        let blocks: io::Result<_> =
            (0..shape.n_text_layers).map(|layer| self.decoder_block(layer)).collect();
        Ok(Decoder {
            embeddings,
            logits,
            positions: self.take("decoder.positional_embedding", &[448, self.width])?,
            blocks: blocks?,
            norm: self.norm("decoder.ln")?,
            width: self.width,
        })
    }

    fn block(&mut self, side: &str, layer: usize) -> io::Result<Block> {
        let (at, width) = (format!("{side}.blocks.{layer}"), self.width);
        Ok(Block {
            norm: self.norm(&format!("{at}.attn_ln"))?,
            asked: self.linear(&format!("{at}.attn"), &["query", "key", "value"], width, width)?,
            out: self.linear(&format!("{at}.attn"), &["out"], width, width)?,
            mlp_norm: self.norm(&format!("{at}.mlp_ln"))?,
            wide: self.linear(&format!("{at}.mlp"), &["0"], 4 * width, width)?,
            narrow: self.linear(&format!("{at}.mlp"), &["2"], width, 4 * width)?,
        })
    }

    fn decoder_block(&mut self, layer: usize) -> io::Result<DecoderBlock> {
        let (at, width) = (format!("decoder.blocks.{layer}"), self.width);
        Ok(DecoderBlock {
            own: self.block("decoder", layer)?,
            cross_norm: self.norm(&format!("{at}.cross_attn_ln"))?,
            query: self.linear(&format!("{at}.cross_attn"), &["query"], width, width)?,
            memory: self.linear(&format!("{at}.cross_attn"), &["key", "value"], width, width)?,
            cross_out: self.linear(&format!("{at}.cross_attn"), &["out"], width, width)?,
        })
    }

    fn norm(&mut self, name: &str) -> io::Result<Norm> {
        let width = self.width;
        Ok(Norm {
            gain: self.take(&format!("{name}.weight"), &[width])?,
            bias: self.take(&format!("{name}.bias"), &[width])?,
        })
    }

    /// The projections `parts` of `source`, one beside the other. A key has no bias: zeros.
    fn linear(
        &mut self,
        source: &str,
        parts: &[&str],
        n_columns: usize,
        width: usize,
    ) -> io::Result<Linear> {
        let names: Vec<String> =
            parts.iter().map(|part| format!("{source}.{part}.weight")).collect();
        let rows = self.rows(&names, n_columns, width)?;
        let mut bias = Vec::new();
        for part in parts {
            if *part == "key" {
                bias.resize(bias.len() + n_columns, 0.0);
            } else {
                bias.extend(self.take(&format!("{source}.{part}.bias"), &[n_columns])?);
            }
        }
        Ok(Linear::new(self.kernels, &rows, bias))
    }

    /// The rows of the tensors `names`, one under the other, in 8 bits.
    fn rows(&mut self, names: &[String], n_rows: usize, width: usize) -> io::Result<Rows> {
        let mut rows = Vec::new();
        for name in names {
            rows.extend(self.take(name, &[n_rows, width])?);
        }
        Ok(Rows::new(&rows, width, self.kernels.largest))
    }

    fn convolution(&mut self, name: &str, width: usize) -> io::Result<Convolution> {
        let n_columns = self.width;
        let weight = self.take(&format!("encoder.{name}.weight"), &[n_columns, width, 3])?;
        let mut turned = Vec::with_capacity(weight.len());
        for frame in 0..3 {
            for input in 0..width {
                let place = |output: usize| (output * width + input) * 3 + frame;
                turned.extend((0..n_columns).map(|output| weight[place(output)]));
            }
        }
        Ok(Convolution {
            weight: self.kernels.pack(&turned, n_columns),
            bias: self.take(&format!("encoder.{name}.bias"), &[n_columns])?,
        })
    }

    /// The tensor `name`, in 32 bits. Dimensions of one do not count.
    fn take(&mut self, name: &str, shape: &[usize]) -> io::Result<Vec<f32>> {
        let tensor = self.tensors.remove(name);
        let tensor = tensor.ok_or_else(|| invalid(format!("it has no `{name}`")))?;
        let found: Vec<usize> = tensor.shape.iter().copied().filter(|n| *n != 1).collect();
        if found != shape {
            return Err(invalid(format!("`{name}` has another shape than Whisper's")));
        }
        let numbers = match tensor.numbers {
            Numbers::Half(numbers) => numbers.iter().map(|number| number.to_f32()).collect(),
            Numbers::Single(numbers) => numbers,
        };
        let is_finite = numbers.iter().all(|number| number.is_finite());
        is_finite.then_some(numbers).ok_or_else(|| invalid(format!("`{name}` has holes")))
    }
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
    use super::{
        super::tiny::{Tiny, read},
        *,
    };

    #[test]
    fn a_model_is_read_as_a_whole_and_once() {
        let mut file = Tiny::new(80).read().unwrap();
        assert_eq!(
            (file.tokens.as_slice(), file.filters.len(), file.n_frequencies),
            (&[b"oui".to_vec()][..], 8, 2)
        );
        let kernels = Kernels::new();
        let (encoder, decoder) = file.networks(&kernels).unwrap();
        assert_eq!([encoder.width, decoder.width, decoder.logits.n_columns()], [64, 64, 80]);
        assert!(file.tensors.is_empty());
        let again = file.networks(&kernels).err().unwrap();
        assert_eq!(again.to_string(), "it has no `encoder.conv1.weight`");
    }

    #[test]
    fn a_token_that_is_not_kept_takes_its_embedding_along() {
        let mut file = Tiny::new(80).read().unwrap();
        file.keep_tokens(|token| token != b"oui").unwrap();
        assert!(file.tokens.is_empty());
        let kernels = Kernels::new();
        let (_, fewer) = file.networks(&kernels).unwrap();
        let (_, all) = Tiny::new(80).read().unwrap().networks(&kernels).unwrap();
        assert_eq!(fewer.embeddings.numbers, all.embeddings.numbers[64..]);
        assert_eq!(fewer.logits.n_columns(), 79);
    }

    #[test]
    fn what_is_no_whole_model_is_an_error() {
        let whole = Tiny::new(80);
        let mut quantised = Tiny { content: whole.content.clone() };
        quantised.head("a", &[1, 2], 8);
        assert!(quantised.read().err().unwrap().to_string().contains("quantised"));
        let cut = &whole.content[..whole.content.len() - 7];
        assert_eq!(read(cut).err().unwrap().kind(), io::ErrorKind::UnexpectedEof);
        for shape in [&[1, 1, 1, 1, 1][..], &[-1]] {
            let mut odd = Tiny { content: whole.content.clone() };
            odd.head("a", shape, 0);
            assert!(odd.read().is_err());
        }
        assert!(GgmlFile::read(Path::new("/dev/null")).is_err());
    }

    #[test]
    fn a_tensor_of_another_shape_is_an_error() {
        let mut tiny = Tiny::new(80);
        tiny.half("encoder.conv1.weight", &[64, 4, 5]);
        let error = tiny.read().unwrap().networks(&Kernels::new()).err().unwrap();
        assert_eq!(error.to_string(), "`encoder.conv1.weight` has another shape than Whisper's");
    }

    #[test]
    fn a_number_that_is_none_is_an_error() {
        let mut tiny = Tiny::new(80);
        tiny.half("encoder.ln_post.weight", &[64]);
        let end = tiny.content.len();
        tiny.content[end - 2..].copy_from_slice(&f16::INFINITY.to_le_bytes());
        let error = tiny.read().unwrap().networks(&Kernels::new()).err().unwrap();
        assert_eq!(error.to_string(), "`encoder.ln_post.weight` has holes");
    }

    #[test]
    fn filters_and_tokens_are_looked_at_before_they_are_used() {
        let mut file = Tiny::new(80).read().unwrap();
        assert!(file.check(1).is_err(), "of two frequencies");
        file.n_frequencies = N_FREQUENCIES;
        file.filters.resize(4 * N_FREQUENCIES, 0.0);
        assert!(file.check(1).is_ok());
        assert!(file.check(2).is_err(), "of one token");
    }
}
