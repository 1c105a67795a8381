//! Wider and deeper Whispers that compute the same as a given one: proofs of the engines at sizes
//! whose weights are not at hand.
//!
//! Net2Net (Chen, Goodfellow & Shlens, ICLR 2016): each channel stands `times` times, and what is
//! summed over the copies is divided by their number, so that layer norms see the same means and
//! variances; a layer that is added gives nothing to the residual stream.

use half::f16;
use std::{
    collections::HashMap,
    fs::File,
    io::{BufReader, BufWriter, Write},
    path::Path,
};
use voixoff::base::ggml::{DataType, Header, MelFilters, Promised, Reader, TensorHeader, Writer};

/// Id behind that of the last of 99 languages, where large-v3 has one more.
const LANGUAGES_END: usize = 50_259 + 99;

/// What becomes of a model.
#[derive(Debug, Clone)]
pub(crate) struct Widening {
    /// How often each channel stands.
    pub(crate) times: usize,
    /// For each layer of the wider model the one of the model that it is; `None` for one that
    /// computes nothing.
    pub(crate) encoder: Vec<Option<usize>>,
    pub(crate) decoder: Vec<Option<usize>>,
    /// Whether there are 128 mel bands, of which nothing looks at the last 48, and a hundredth
    /// language.
    pub(crate) is_v3: bool,
}

/// Writes to `target` the model at `source`, a Whisper in 16 bits, after `widening`.
pub(crate) fn widen(source: &Path, target: &Path, widening: &Widening) {
    let mut reader = Reader::new(BufReader::new(File::open(source).expect("the model is there")));
    let header = reader.header().expect("a header");
    let filters = reader.filters().expect("filters");
    let tokens = reader.tokens().expect("tokens");
    let mut tensors = HashMap::new();
    while let Some(tensor) = reader.tensor_header().expect("a tensor") {
        let data_type = DataType::find(tensor.data_type).expect("floats");
        let n_values = tensor.n_values();
        let bytes = reader.data(n_values, data_type.block_bytes as usize).expect("its numbers");
        let name = String::from_utf8(tensor.name).expect("a name");
        tensors.insert(name, (tensor.shape, data_type.floats(&bytes).expect("floats")));
    }
    let header = widening.header(header);
    let mut writer = Writer::new(BufWriter::new(File::create(target).expect("created")));
    writer.header(&header).expect("written");
    writer.filters(&widening.filters(filters)).expect("written");
    writer.tokens(&tokens).expect("written");
    for promised in header.tensors() {
        let values = widening.tensor(&promised, &tensors);
        let data_type = if promised.is_half { DataType::F16 } else { DataType::F32 }.id;
        let (name, shape) = (promised.name.clone().into_bytes(), promised.shape.clone());
        assert_eq!(values.len(), shape.iter().product::<usize>(), "{}", promised.name);
        writer.tensor_header(&TensorHeader { name, shape, data_type }).expect("written");
        let bytes: Vec<u8> = match promised.is_half {
            true => values.iter().flat_map(|x| f16::from_f32(*x).to_le_bytes()).collect(),
            false => values.iter().flat_map(|x| x.to_le_bytes()).collect(),
        };
        writer.write_all(&bytes).expect("written");
    }
    writer.flush().expect("written");
}

/// Writes to `target` a Whisper of `header` with random weights, and with the tokens and the filters
/// of the one at `source`.
pub(crate) fn random(source: &Path, target: &Path, header: &Header) {
    let mut reader = Reader::new(BufReader::new(File::open(source).expect("the model is there")));
    reader.header().expect("a header");
    let mut filters = reader.filters().expect("filters");
    let tokens = reader.tokens().expect("tokens");
    filters.n_mels = header.n_mels as usize;
    filters.weights.resize(filters.n_mels * filters.n_bins, 0.0);
    let mut writer = Writer::new(BufWriter::new(File::create(target).expect("created")));
    writer.header(header).expect("written");
    writer.filters(&filters).expect("written");
    writer.tokens(&tokens).expect("written");
    // A million numbers, again and again.
    let small = |n: u32| (n.wrapping_mul(2_654_435_761) >> 8) as f32 / (1 << 28) as f32 - 0.03125;
    let halves: Vec<u8> =
        (0..1 << 20).flat_map(|n| f16::from_f32(small(n)).to_le_bytes()).collect();
    for promised in header.tensors() {
        let n_values = promised.shape.iter().product::<usize>();
        let data_type = if promised.is_half { DataType::F16 } else { DataType::F32 };
        let (name, shape) = (promised.name.into_bytes(), promised.shape);
        writer
            .tensor_header(&TensorHeader { name, shape, data_type: data_type.id })
            .expect("written");
        if !promised.is_half {
            writer.write_all(&0.05_f32.to_le_bytes().repeat(n_values)).expect("written");
            continue;
        }
        let mut left = 2 * n_values;
        while left > 0 {
            let part = left.min(halves.len());
            writer.write_all(&halves[..part]).expect("written");
            left -= part;
        }
    }
    writer.flush().expect("written");
}

impl Widening {
    /// `layers` of a model among `n_in_all`, of which the others compute nothing.
    pub(crate) fn layers(layers: std::ops::Range<usize>, n_in_all: usize) -> Vec<Option<usize>> {
        let n = layers.len();
        let first = layers.start;
        // Spread, so that an engine that takes layers in a wrong order is found out.
        (0..n_in_all)
            .map(|place| {
                let at = |layer: usize| layer * n_in_all / n;
                (0..n).find(|layer| at(*layer) == place).map(|layer| first + layer)
            })
            .collect()
    }

    /// Where the heads of the model are in the wider one.
    pub(crate) fn heads(&self, heads: &[[usize; 2]]) -> Vec<[usize; 2]> {
        let place = |layer: usize| self.decoder.iter().position(|source| *source == Some(layer));
        heads.iter().filter_map(|[layer, head]| Some([place(*layer)?, *head])).collect()
    }

    fn header(&self, header: Header) -> Header {
        let times = self.times as i32;
        Header {
            n_vocabulary: header.n_vocabulary + i32::from(self.is_v3),
            n_audio_state: header.n_audio_state * times,
            n_audio_heads: header.n_audio_heads * times,
            n_audio_layers: self.encoder.len() as i32,
            n_text_state: header.n_text_state * times,
            n_text_heads: header.n_text_heads * times,
            n_text_layers: self.decoder.len() as i32,
            n_mels: if self.is_v3 { 128 } else { header.n_mels },
            ..header
        }
    }

    fn filters(&self, mut filters: MelFilters) -> MelFilters {
        if self.is_v3 {
            filters.n_mels = 128;
            filters.weights.resize(128 * filters.n_bins, 0.0);
        }
        filters
    }

    /// The numbers of the tensor that is `promised`.
    fn tensor(
        &self,
        promised: &Promised,
        tensors: &HashMap<String, (Vec<usize>, Vec<f32>)>,
    ) -> Vec<f32> {
        let (side, rest) = promised.name.split_once('.').expect("a side");
        let block = rest.strip_prefix("blocks.").and_then(|rest| rest.split_once('.'));
        let Some((layer, part)) = block else { return self.outside(&promised.name, tensors) };
        let layers = if side == "encoder" { &self.encoder } else { &self.decoder };
        let source = layers[layer.parse::<usize>().expect("a layer")];
        let gives = part.contains("attn.out.") || part.starts_with("mlp.2.");
        if source.is_none() && gives {
            return vec![0.0; promised.shape.iter().product()];
        }
        // What a layer without output computes is that of the last one.
        let source = source.or(layers.iter().rev().find_map(|layer| *layer)).expect("a layer");
        let (shape, values) = &tensors[&format!("{side}.blocks.{source}.{part}")];
        match shape[..] {
            [_, width] => self.both(values, width),
            _ => values.repeat(self.times),
        }
    }

    /// The numbers of the tensor `name`, which is in no layer.
    fn outside(&self, name: &str, tensors: &HashMap<String, (Vec<usize>, Vec<f32>)>) -> Vec<f32> {
        let (shape, values) = &tensors[name];
        let width = *shape.last().expect("a dimension");
        match name {
            // So that no logit is multiplied by the number of copies.
            "decoder.ln.weight" | "decoder.ln.bias" => {
                values.repeat(self.times).iter().map(|x| x / self.times as f32).collect()
            }
            "decoder.token_embedding.weight" => {
                let mut values = values.clone();
                if self.is_v3 {
                    let at = LANGUAGES_END * width;
                    values.splice(at..at, vec![0.0; width]);
                }
                self.columns(&values, width)
            }
            "encoder.positional_embedding" | "decoder.positional_embedding" => {
                self.columns(values, width)
            }
            "encoder.conv1.weight" => {
                let n_more = if self.is_v3 { 48 * width } else { 0 };
                let output = |row: &[f32]| [row, &vec![0.0; n_more]].concat();
                values
                    .chunks_exact(80 * width)
                    .flat_map(output)
                    .collect::<Vec<_>>()
                    .repeat(self.times)
            }
            "encoder.conv2.weight" => self.both(values, shape[1] * shape[2]),
            _ => values.repeat(self.times),
        }
    }

    /// Each row of `width`, so many times.
    fn columns(&self, values: &[f32], width: usize) -> Vec<f32> {
        values.chunks_exact(width).flat_map(|row| row.repeat(self.times)).collect()
    }

    /// Each row of `width` so many times side by side, divided by their number, and all rows so
    /// many times.
    fn both(&self, values: &[f32], width: usize) -> Vec<f32> {
        let columns = self.columns(values, width).into_iter();
        columns.map(|x| x / self.times as f32).collect::<Vec<_>>().repeat(self.times)
    }
}
