//! The weights of a Whisper in a PyTorch checkpoint: OpenAI's own `.pt` files, and the older
//! `pytorch_model.bin` of transformers.
//!
//! The numbers are not read here: [`Weights`] is told where in the archive they lie. PyTorch never
//! packs them.

use super::{
    ModelError,
    conversion::Convertible,
    package::Archive,
    pickle::{self, Described},
    weights::{Place, Weights},
};
use crate::base::ggml::{DataType, Header};
use std::{collections::HashMap, fs::File, io::BufReader, path::Path};

/// Longer descriptions are not read; that of the largest Whisper has 300 kB.
const PICKLE_BYTES_MAX: u64 = 1 << 20;

/// A checkpoint whose tensors have the names that it gives them.
#[derive(Debug)]
pub(super) struct PytorchCheckpoint {
    pub(super) weights: Weights,
    /// Sizes by OpenAI's names: `n_mels` and so on. Empty where it has none.
    dims: HashMap<String, i64>,
}

impl PytorchCheckpoint {
    /// Whether it says of itself what OpenAI's checkpoints of Whisper do.
    pub(super) fn is_of_openai(&self) -> bool {
        !self.dims.is_empty()
    }
}

/// Whether the zip archive whose files are called `names` is a checkpoint.
pub(super) fn is_one<'a>(mut names: impl Iterator<Item = &'a str>) -> bool {
    names.any(|name| name == "data.pkl" || name.ends_with("/data.pkl"))
}

/// The checkpoint at `path`.
///
/// # Errors
/// [`ModelError::Malformed`], and errors of reading.
pub(super) fn open(path: &Path) -> Result<PytorchCheckpoint, ModelError> {
    let of_file = |error| ModelError::of_file(path, 0, error);
    let label = path.display().to_string();
    let malformed = |reason: String| ModelError::malformed(&*label, reason);
    let mut archive = Archive::open(BufReader::new(File::open(path).map_err(of_file)?), &*label)?;
    let entries = archive.entries();
    let description = entries.iter().find(|entry| entry.file_name() == "data.pkl");
    let description = description.ok_or_else(|| malformed("it has no data.pkl".to_owned()))?;
    let root = description.name.strip_suffix("data.pkl").unwrap_or_default();
    let pickle = archive.read(description, PICKLE_BYTES_MAX)?;
    let Described { tensors, dims } = pickle::described(&pickle).map_err(malformed)?;

    let mut weights = Weights::default();
    let file_idx = weights.add_file(File::open(path).map_err(of_file)?);
    let by_name: HashMap<&str, _> =
        entries.iter().map(|entry| (entry.name.as_str(), entry)).collect();
    for (name, stored) in tensors {
        let unfit = || malformed(format!("its tensor `{name}` does not fit its storage"));
        let storage = format!("{root}data/{}", stored.key);
        let entry = by_name.get(storage.as_str());
        let entry = entry.ok_or_else(|| malformed(format!("it has no {storage}")))?;
        let start = archive.start_of(entry);
        let start = start.ok_or_else(|| malformed(format!("{storage} is compressed")))?;
        let number_bytes = stored.number_type.bytes();
        let shape = stored.shape_in_order().ok_or_else(unfit)?;
        let first = stored.offset.checked_mul(number_bytes).ok_or_else(unfit)?;
        let offset = start.checked_add(first).ok_or_else(unfit)?;
        let place = Place { file_idx, offset, shape, number_type: stored.number_type };
        let end = place.n_bytes().and_then(|n_bytes| first.checked_add(n_bytes));
        if end.is_none_or(|end| end > entry.bytes)
            || stored.count.checked_mul(number_bytes) != Some(entry.bytes)
        {
            return Err(unfit());
        }
        weights.add(name.to_string(), place).map_err(|error| malformed(error.to_string()))?;
    }
    Ok(PytorchCheckpoint { weights, dims })
}

/// OpenAI's checkpoint at `path`, whose tokens of text are `tokens`.
///
/// # Errors
/// [`ModelError::Malformed`] where it is none.
pub(super) fn openai(
    path: &Path,
    PytorchCheckpoint { weights, dims }: PytorchCheckpoint,
    tokens: Vec<Vec<u8>>,
) -> Result<Convertible, ModelError> {
    let malformed = |reason: String| ModelError::malformed(path.display().to_string(), reason);
    let number = |name: &str| {
        let number = dims.get(name).ok_or_else(|| format!("it says nothing of its `{name}`"))?;
        i32::try_from(*number).map_err(|_| format!("its `{name}` is {number}"))
    };
    let header = || -> Result<Header, String> {
        Ok(Header {
            n_vocabulary: number("n_vocab")?,
            n_audio_context: number("n_audio_ctx")?,
            n_audio_state: number("n_audio_state")?,
            n_audio_heads: number("n_audio_head")?,
            n_audio_layers: number("n_audio_layer")?,
            n_text_context: number("n_text_ctx")?,
            n_text_state: number("n_text_state")?,
            n_text_heads: number("n_text_head")?,
            n_text_layers: number("n_text_layer")?,
            n_mels: number("n_mels")?,
            file_type: DataType::F16.id,
        })
    };
    let header = header().map_err(malformed)?;
    if let Some(flaw) = header.flaw() {
        return Err(malformed(flaw));
    }
    Ok(Convertible { weights, header, tokens, alignment_heads: None })
}

/// Checkpoints written by hand, for tests.
#[cfg(test)]
pub(super) mod by_hand {
    use std::io::{Cursor, Write};
    use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

    fn text(text: &str) -> Vec<u8> {
        [b"X", &(text.len() as u32).to_le_bytes()[..], text.as_bytes()].concat()
    }

    fn number(number: usize) -> Vec<u8> {
        [b"J", &(number as i32).to_le_bytes()[..]].concat()
    }

    fn tuple(numbers: &[usize]) -> Vec<u8> {
        let items = numbers.iter().flat_map(|n| number(*n));
        [b"(".to_vec(), items.collect(), b"t".to_vec()].concat()
    }

    /// An archive with `dims` and 16-bit tensors: name, shape, numbers.
    pub(in super::super) fn checkpoint(
        dims: &[(&str, usize)],
        tensors: &[(String, Vec<usize>, Vec<u8>)],
    ) -> Vec<u8> {
        let mut pickle = b"\x80\x02}(".to_vec();
        pickle.extend(text("dims"));
        pickle.extend(b"}(");
        for (name, value) in dims {
            pickle.extend([text(name), number(*value)].concat());
        }
        pickle.extend(b"u");
        pickle.extend(text("model_state_dict"));
        pickle.extend(b"}(");
        for (key, (name, shape, numbers)) in tensors.iter().enumerate() {
            let mut strides = vec![1; shape.len()];
            for idx in (1..shape.len()).rev() {
                strides[idx - 1] = strides[idx] * shape[idx];
            }
            pickle.extend(text(name));
            pickle.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((");
            pickle.extend(text("storage"));
            pickle.extend(b"ctorch\nHalfStorage\n");
            pickle.extend([text(&key.to_string()), text("cpu")].concat());
            pickle.extend(number(numbers.len() / 2));
            pickle.extend(b"tQK\x00");
            pickle.extend([tuple(shape), tuple(&strides)].concat());
            pickle.extend(b"\x89ccollections\nOrderedDict\n)RtR");
        }
        pickle.extend(b"uu.");
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        let mut put = |name: &str, content: &[u8]| {
            zip.start_file(name, stored).unwrap();
            zip.write_all(content).unwrap();
        };
        put("model/data.pkl", &pickle);
        for (key, (_, _, numbers)) in tensors.iter().enumerate() {
            put(&format!("model/data/{key}"), numbers);
        }
        zip.finish().unwrap().into_inner()
    }
}
