//! Loads the weights of a Whisper from a ggml file, and quantises them to 8 bits.
//!
//! Of a file that is quantised already, each number is what its block says, and rows are quantised
//! anew: the scale of a row is not that of the blocks of 32 in it.
//!
//! The file stays where it is: a tensor is read when its layer is built, some rows at a time, so that
//! loading takes no more memory than the model does.
//!
//! The query, key and value projections of a layer become one. Convolutions, biases, norms and
//! positional embeddings stay in 32 bits.

use super::{
    decoder::{CrossAttention, Decoder, DecoderBlock},
    encoder::{Convolution, Encoder, EncoderBlock, Mlp, SelfAttention},
    kv_cache::HEAD_WIDTH,
    linear::Linear,
    matrix::{Kernels, LayerNorm, QuantizedRows},
};
use crate::base::ggml::{
    DataType, GgmlError, Header, MelFilters, N_BINS, Promised, Reader, Shape, TensorHeader,
    is_same_shape,
};
use std::{
    collections::HashMap,
    fs::File,
    io::{self, BufReader, Cursor, Read, Seek, SeekFrom},
    iter,
    ops::Range,
    path::Path,
};

/// The tensor with a row for each token.
const TOKEN_EMBEDDING: &str = "decoder.token_embedding.weight";

/// What is said of a file in blocks that are not read here.
const UNREAD_BLOCKS: &str = "its numbers are in a form that this engine does not read: it reads \
                             floats, q5_0, q5_1 and q8_0";

/// Numbers of a tensor that are in memory at a time on their way to 8 bits.
const NUMBERS_AT_ONCE: usize = 1 << 18;

/// A ggml file, read but for the data of its tensors.
pub(super) struct GgmlFile {
    pub(super) shape: Shape,
    pub(super) filters: MelFilters,
    /// Text tokens in the order of their ids, as bytes.
    pub(super) tokens: Vec<Vec<u8>>,
    tensors: Tensors,
}

/// Where the bytes of tensors are.
trait Source: Read + Seek {}

impl<T: Read + Seek> Source for T {}

/// The tensors of a file that nobody has taken yet.
struct Tensors {
    file: Box<dyn Source>,
    index: HashMap<String, Tensor>,
}

/// Where a tensor lies, and what it is.
struct Tensor {
    /// Outermost dimension first.
    shape: Vec<usize>,
    data_type: DataType,
    /// Of its first byte in the file.
    position: u64,
    /// The rows that count, by their numbers in the file.
    rows: Vec<Range<usize>>,
}

impl GgmlFile {
    /// Reads the file at `path`, and where its tensors lie.
    ///
    /// # Errors
    /// `InvalidData` if it is no Whisper model, or one in blocks that are not read here;
    /// `UnexpectedEof` if it ends within a tensor.
    pub(super) fn read(path: &Path) -> io::Result<GgmlFile> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut reader = Reader::new(BufReader::with_capacity(1 << 16, file.try_clone()?));
        let shape = reader.header()?.shape().ok_or(GgmlError::NoGgml)?;
        let filters = reader.filters()?;
        let tokens = reader.tokens()?;
        let mut index = HashMap::new();
        while let Some(header) = reader.tensor_header()? {
            let (name, tensor, n_bytes) = tensor(header, reader.position())?;
            if n_bytes > length.saturating_sub(tensor.position) {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            reader.skip(n_bytes)?;
            index.insert(name, tensor);
        }
        Ok(GgmlFile { shape, filters, tokens, tensors: Tensors { file: Box::new(file), index } })
    }

    /// A model of `header` with random weights, to be timed: it has no words.
    ///
    /// # Errors
    /// Of a header that no Whisper has.
    pub(super) fn random(header: &Header) -> io::Result<GgmlFile> {
        let shape = header.shape().ok_or(GgmlError::NoGgml)?;
        let weights = vec![0.0; shape.n_mels * N_BINS];
        let filters = MelFilters { n_mels: shape.n_mels, n_bins: N_BINS, weights };
        // Marsaglia's xorshift: quick, and without a pattern that a processor could guess.
        let mut state = 2_463_534_242_u32;
        let mut random = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state
        };
        let mut bytes = Vec::new();
        let mut index = HashMap::new();
        for Promised { name, shape, is_half } in header.tensors() {
            let n_values = shape.iter().product();
            let position = bytes.len() as u64;
            let data_type = if is_half {
                // Of either sign, from 1/32 to 1/16.
                let half = (0..n_values).map(|_| (random() as u16 & 0x83ff) | 0x2800);
                bytes.extend(half.flat_map(u16::to_le_bytes));
                DataType::F16
            } else {
                bytes.extend(0.05_f32.to_le_bytes().repeat(n_values));
                DataType::F32
            };
            let rows = iter::once(0..shape[0]).collect();
            index.insert(name, Tensor { shape, data_type, position, rows });
        }
        let tensors = Tensors { file: Box::new(Cursor::new(bytes)), index };
        Ok(GgmlFile { shape, filters, tokens: Vec::new(), tensors })
    }

    /// Whether the mel filters and the tokens are Whisper's. `<|endoftext|>`, which converters of
    /// Hugging Face's files write behind the `n_tokens` of text, is dropped.
    ///
    /// # Errors
    /// `InvalidData` if they are not.
    pub(super) fn check_filters_and_tokens(&mut self, n_tokens: usize) -> io::Result<()> {
        self.tokens.pop_if(|last| last.as_slice() == b"<|endoftext|>");
        let n_filters = self.shape.n_mels.saturating_mul(N_BINS);
        let has_filters = self.filters.n_bins == N_BINS && self.filters.weights.len() == n_filters;
        let has_layers = self.shape.n_mels > 0 && self.shape.n_audio_heads > 0;
        if has_filters && has_layers && self.tokens.len() == n_tokens {
            return Ok(());
        }
        Err(invalid("its filters or its tokens are not Whisper's"))
    }

    /// Drops the text tokens that are not `is_kept`, with their embeddings; the ids of all others
    /// move up.
    ///
    /// # Errors
    /// `InvalidData` if there are not as many embeddings as tokens.
    pub(super) fn keep_tokens(&mut self, is_kept: impl Fn(&[u8]) -> bool) -> io::Result<()> {
        let n_rows = self.shape.n_vocabulary;
        let embedding = self.tensors.index.get_mut(TOKEN_EMBEDDING);
        let embedding = embedding
            .filter(|found| matches!(found.shape[..], [n, width] if n == n_rows && width > 0));
        let embedding = embedding.ok_or_else(|| invalid("not each token has an embedding"))?;
        let is_row_kept = |row: &usize| self.tokens.get(*row).is_none_or(|token| is_kept(token));
        let rows: Vec<usize> = (0..n_rows).filter(is_row_kept).collect();
        let n_kept = rows.len();
        let runs = rows.chunk_by(|row, next| row + 1 == *next);
        embedding.rows = runs.map(|run| run[0]..run[run.len() - 1] + 1).collect();
        embedding.shape[0] = n_kept;
        self.shape.n_vocabulary = n_kept;
        self.tokens.retain(|token| is_kept(token));
        Ok(())
    }

    /// Encoder and decoder, quantised. Their tensors are taken out of `self`.
    ///
    /// # Errors
    /// `InvalidData` if a tensor is missing, has another shape than Whisper's or holes; errors of
    /// reading.
    pub(super) fn networks(&mut self, kernels: &Kernels) -> io::Result<(Encoder, Decoder)> {
        if self.shape.n_audio_heads != self.shape.n_text_heads {
            return Err(invalid("its encoder and its decoder differ in width"));
        }
        let width = self.shape.n_audio_heads * HEAD_WIDTH;
        let mut builder = NetworkBuilder { tensors: &mut self.tensors, kernels, width };
        let encoder = builder.encoder(self.shape)?;
        Ok((encoder, builder.decoder(self.shape)?))
    }
}

impl Tensors {
    /// Takes the tensor `name`. Dimensions of one do not count.
    fn take(&mut self, name: &str, shape: &[usize]) -> io::Result<Tensor> {
        let tensor = self.index.remove(name);
        let tensor = tensor.ok_or_else(|| invalid(format!("it has no `{name}`")))?;
        if !is_same_shape(&tensor.shape, shape) {
            return Err(invalid(format!("`{name}` has another shape than Whisper's")));
        }
        Ok(tensor)
    }

    /// The numbers of `rows`, by their numbers in the file, of `tensor`, which is called `name`.
    fn floats(&mut self, tensor: &Tensor, name: &str, rows: Range<usize>) -> io::Result<Vec<f32>> {
        let row_length: usize = tensor.shape[1..].iter().product();
        let n_bytes = |n_rows: usize| tensor.data_type.n_bytes((n_rows * row_length) as u64);
        let (Some(before), Some(n_bytes)) = (n_bytes(rows.start), n_bytes(rows.len())) else {
            return Err(invalid(format!("a row of `{name}` ends in a block")));
        };
        self.file.seek(SeekFrom::Start(tensor.position + before))?;
        let mut bytes = vec![0; n_bytes as usize];
        self.file.read_exact(&mut bytes)?;
        let values = tensor.data_type.floats(&bytes).ok_or_else(|| invalid(UNREAD_BLOCKS))?;
        let is_finite = values.iter().all(|value| value.is_finite());
        is_finite.then_some(values).ok_or_else(|| invalid(format!("`{name}` has holes")))
    }
}

/// Builds the networks out of tensors.
struct NetworkBuilder<'a> {
    tensors: &'a mut Tensors,
    kernels: &'a Kernels,
    width: usize,
}

impl NetworkBuilder<'_> {
    fn encoder(&mut self, shape: Shape) -> io::Result<Encoder> {
        let convolutions =
            [self.convolution("conv1", shape.n_mels)?, self.convolution("conv2", self.width)?];
        let blocks: io::Result<_> =
            (0..shape.n_audio_layers).map(|layer_idx| self.encoder_block(layer_idx)).collect();
        Ok(Encoder {
            convolutions,
            positional_embedding: self
                .take("encoder.positional_embedding", &[1_500, self.width])?,
            blocks: blocks?,
            norm: self.layer_norm("encoder.ln_post")?,
            width: self.width,
        })
    }

    fn decoder(&mut self, shape: Shape) -> io::Result<Decoder> {
        let token_embedding =
            self.quantized(&[TOKEN_EMBEDDING.to_owned()], shape.n_vocabulary, self.width)?;
        let logits = Linear::of_rows(self.kernels, &token_embedding);
        let blocks: io::Result<_> =
            (0..shape.n_text_layers).map(|layer_idx| self.decoder_block(layer_idx)).collect();
        Ok(Decoder {
            token_embedding,
            logits,
            positional_embedding: self.take("decoder.positional_embedding", &[448, self.width])?,
            blocks: blocks?,
            norm: self.layer_norm("decoder.ln")?,
            width: self.width,
        })
    }

    fn encoder_block(&mut self, layer_idx: usize) -> io::Result<EncoderBlock> {
        let prefix = format!("encoder.blocks.{layer_idx}");
        Ok(EncoderBlock { self_attn: self.self_attention(&prefix)?, mlp: self.mlp(&prefix)? })
    }

    fn decoder_block(&mut self, layer_idx: usize) -> io::Result<DecoderBlock> {
        let prefix = format!("decoder.blocks.{layer_idx}");
        Ok(DecoderBlock {
            self_attn: self.self_attention(&prefix)?,
            cross_attn: self.cross_attention(&prefix)?,
            mlp: self.mlp(&prefix)?,
        })
    }

    fn self_attention(&mut self, prefix: &str) -> io::Result<SelfAttention> {
        let width = self.width;
        let source = format!("{prefix}.attn");
        Ok(SelfAttention {
            norm: self.layer_norm(&format!("{source}_ln"))?,
            qkv: self.linear(&source, &["query", "key", "value"], width, width)?,
            out: self.linear(&source, &["out"], width, width)?,
        })
    }

    fn cross_attention(&mut self, prefix: &str) -> io::Result<CrossAttention> {
        let width = self.width;
        let source = format!("{prefix}.cross_attn");
        Ok(CrossAttention {
            norm: self.layer_norm(&format!("{source}_ln"))?,
            query: self.linear(&source, &["query"], width, width)?,
            key_value: self.linear(&source, &["key", "value"], width, width)?,
            out: self.linear(&source, &["out"], width, width)?,
        })
    }

    fn mlp(&mut self, prefix: &str) -> io::Result<Mlp> {
        let width = self.width;
        let source = format!("{prefix}.mlp");
        Ok(Mlp {
            norm: self.layer_norm(&format!("{source}_ln"))?,
            up: self.linear(&source, &["0"], 4 * width, width)?,
            down: self.linear(&source, &["2"], width, 4 * width)?,
        })
    }

    fn layer_norm(&mut self, name: &str) -> io::Result<LayerNorm> {
        let width = self.width;
        Ok(LayerNorm {
            gain: self.take(&format!("{name}.weight"), &[width])?,
            bias: self.take(&format!("{name}.bias"), &[width])?,
        })
    }

    /// The linear layers `parts` of `source`, side by side. A key has no bias: zeros.
    fn linear(
        &mut self,
        source: &str,
        parts: &[&str],
        n_columns: usize,
        width: usize,
    ) -> io::Result<Linear> {
        let names: Vec<String> =
            parts.iter().map(|part| format!("{source}.{part}.weight")).collect();
        let weight = self.quantized(&names, n_columns, width)?;
        let mut bias = Vec::new();
        for part in parts {
            if *part == "key" {
                bias.resize(bias.len() + n_columns, 0.0);
            } else {
                bias.extend(self.take(&format!("{source}.{part}.bias"), &[n_columns])?);
            }
        }
        Ok(Linear::new(self.kernels, weight, bias))
    }

    /// The rows of the tensors `names`, one tensor after another, in 8 bits.
    fn quantized(
        &mut self,
        names: &[String],
        n_rows: usize,
        width: usize,
    ) -> io::Result<QuantizedRows> {
        let mut quantized = QuantizedRows::with_capacity(names.len() * n_rows, width);
        for name in names {
            let tensor = self.tensors.take(name, &[n_rows, width])?;
            let rows = tensor.rows.iter().flat_map(|rows| in_parts(rows.clone(), width));
            for rows in rows {
                let floats = self.tensors.floats(&tensor, name, rows)?;
                quantized.extend(&floats, width, 0..width, self.kernels.weight_max);
            }
        }
        Ok(quantized)
    }

    fn convolution(&mut self, name: &str, width: usize) -> io::Result<Convolution> {
        let n_columns = self.width;
        let weight = self.take(&format!("encoder.{name}.weight"), &[n_columns, width, 3])?;
        // From (output, input, frame) to (frame, input, output).
        let mut transposed = Vec::with_capacity(weight.len());
        for frame in 0..3 {
            for input in 0..width {
                let index = |output: usize| (output * width + input) * 3 + frame;
                transposed.extend((0..n_columns).map(|output| weight[index(output)]));
            }
        }
        Ok(Convolution {
            weight: self.kernels.pack_f32(&transposed, n_columns),
            bias: self.take(&format!("encoder.{name}.bias"), &[n_columns])?,
        })
    }

    /// Takes the tensor `name`, in 32 bits. Dimensions of one do not count.
    fn take(&mut self, name: &str, shape: &[usize]) -> io::Result<Vec<f32>> {
        let tensor = self.tensors.take(name, shape)?;
        let mut values = Vec::new();
        for rows in tensor.rows.clone() {
            values.append(&mut self.tensors.floats(&tensor, name, rows)?);
        }
        Ok(values)
    }
}

/// `rows` of `width` numbers in parts of not many more than [`NUMBERS_AT_ONCE`].
fn in_parts(rows: Range<usize>, width: usize) -> impl Iterator<Item = Range<usize>> {
    let n_rows = NUMBERS_AT_ONCE.div_ceil(width);
    rows.clone().step_by(n_rows).map(move |first| first..rows.end.min(first + n_rows))
}

/// The tensor that `header` announces, with its name and its length in bytes; its data begins at
/// `position`.
fn tensor(header: TensorHeader, position: u64) -> io::Result<(String, Tensor, u64)> {
    let n_values = header.n_values() as u64;
    let name = String::from_utf8(header.name).map_err(|_| invalid("a name is not UTF-8"))?;
    let is_read = |data_type: &DataType| data_type.floats(&[]).is_some();
    let data_type = DataType::find(header.data_type).filter(is_read);
    let data_type = data_type.ok_or_else(|| invalid(UNREAD_BLOCKS))?;
    let n_bytes = data_type.n_bytes(n_values);
    let n_bytes = n_bytes.ok_or_else(|| invalid(format!("`{name}` ends in a block")))?;
    let all_rows = 0..header.shape[0];
    let tensor = Tensor { shape: header.shape, data_type, position, rows: vec![all_rows] };
    Ok((name, tensor, n_bytes))
}

fn invalid(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.into())
}

#[cfg(test)]
mod tests {
    use super::{
        super::test_model::{TestModel, read},
        *,
    };
    use half::f16;

    #[test]
    fn a_model_is_read_as_a_whole_and_once() {
        let mut file = TestModel::new(80).read().unwrap();
        assert_eq!(
            (file.tokens.as_slice(), file.filters.weights.len(), file.filters.n_bins),
            (&[b"oui".to_vec()][..], 8, 2)
        );
        let kernels = Kernels::new();
        let (encoder, decoder) = file.networks(&kernels).unwrap();
        assert_eq!([encoder.width, decoder.width, decoder.logits.n_columns()], [64, 64, 80]);
        assert!(file.tensors.index.is_empty());
        let again = file.networks(&kernels).err().unwrap();
        assert_eq!(again.to_string(), "it has no `encoder.conv1.weight`");
    }

    #[test]
    fn a_token_that_is_not_kept_takes_its_embedding_along() {
        let mut file = TestModel::new(80).read().unwrap();
        file.keep_tokens(|token| token != b"oui").unwrap();
        assert!(file.tokens.is_empty());
        let kernels = Kernels::new();
        let (_, fewer) = file.networks(&kernels).unwrap();
        let (_, all) = TestModel::new(80).read().unwrap().networks(&kernels).unwrap();
        assert_eq!(fewer.token_embedding.values, all.token_embedding.values[64..]);
        assert_eq!(fewer.logits.n_columns(), 79);
    }

    #[test]
    fn blocks_of_few_bits_give_the_rows_that_they_stand_for() {
        let mut model = TestModel::new(80);
        // A scale of 1.0, and numbers of 5 bits that are all 16 + 3: three.
        let block = [&[0x00, 0x3c], &[0xff; 4][..], &[0x33; 16]].concat();
        model.tensor_header("encoder.blocks.0.attn.out.weight", &[64, 64], 6);
        model.content.extend(block.repeat(128));
        model.tensor_header("decoder.token_embedding.weight", &[80, 64], 6);
        model.content.extend(block.repeat(160));
        let mut file = model.read().unwrap();
        file.keep_tokens(|token| token != b"oui").unwrap();
        let kernels = Kernels::new();
        let mut builder =
            NetworkBuilder { tensors: &mut file.tensors, kernels: &kernels, width: 64 };
        let out = builder.take("encoder.blocks.0.attn.out.weight", &[64, 64]).unwrap();
        assert_eq!(out, [3.0; 64 * 64]);
        assert_eq!(builder.take(TOKEN_EMBEDDING, &[79, 64]).unwrap(), [3.0; 79 * 64]);
    }

    #[test]
    fn what_is_no_whole_model_is_an_error() {
        let whole = TestModel::new(80);
        for (shape, data_type) in [(&[1, 256][..], 12), (&[1, 2], 8), (&[1, 2], 99)] {
            let mut odd = TestModel { content: whole.content.clone() };
            odd.tensor_header("a", shape, data_type);
            let reason = odd.read().err().unwrap().to_string();
            assert!(
                reason.contains("does not read") || reason.contains("ends in a block"),
                "{reason}"
            );
        }
        let cut = &whole.content[..whole.content.len() - 7];
        assert_eq!(read(cut).err().unwrap().kind(), io::ErrorKind::UnexpectedEof);
        for shape in [&[1, 1, 1, 1, 1][..], &[-1]] {
            let mut odd = TestModel { content: whole.content.clone() };
            odd.tensor_header("a", shape, 0);
            assert!(odd.read().is_err());
        }
        assert!(GgmlFile::read(Path::new("/dev/null")).is_err());
    }

    #[test]
    fn a_tensor_of_another_shape_is_an_error() {
        let mut model = TestModel::new(80);
        model.f16_tensor("encoder.conv1.weight", &[64, 4, 5]);
        let error = model.read().unwrap().networks(&Kernels::new()).err().unwrap();
        assert_eq!(error.to_string(), "`encoder.conv1.weight` has another shape than Whisper's");
    }

    #[test]
    fn a_number_that_is_none_is_an_error() {
        let mut model = TestModel::new(80);
        model.f16_tensor("encoder.ln_post.weight", &[64]);
        let end = model.content.len();
        model.content[end - 2..].copy_from_slice(&f16::INFINITY.to_le_bytes());
        let error = model.read().unwrap().networks(&Kernels::new()).err().unwrap();
        assert_eq!(error.to_string(), "`encoder.ln_post.weight` has holes");
    }

    #[test]
    fn filters_and_tokens_are_looked_at_before_they_are_used() {
        let mut file = TestModel::new(80).read().unwrap();
        assert!(file.check_filters_and_tokens(1).is_err(), "of two frequencies");
        file.filters.n_bins = N_BINS;
        file.filters.weights.resize(4 * N_BINS, 0.0);
        assert!(file.check_filters_and_tokens(1).is_ok());
        assert!(file.check_filters_and_tokens(2).is_err(), "of one token");
        file.tokens.push(b"<|endoftext|>".to_vec());
        assert!(file.check_filters_and_tokens(1).is_ok(), "of one token of text");
    }
}
