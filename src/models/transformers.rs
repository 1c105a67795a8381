//! A Whisper in a folder of Hugging Face's transformers.
//!
//! `config.json` tells its sizes, `model.safetensors` holds its weights (or several such files,
//! with `model.safetensors.index.json` saying what is in which; or `pytorch_model.bin`), and
//! `vocab.json` or `tokenizer.json` its tokens. `generation_config.json` may name the heads that
//! follow the sound.

use super::{
    ModelError,
    conversion::Convertible,
    pytorch, safetensors, vocabulary,
    weights::{Place, Weights, invalid},
};
use crate::base::ggml::{DataType, Header};
use serde::{Deserialize, de::DeserializeOwned};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{self, BufReader, Read},
    path::{Path, PathBuf},
};

/// Names of the files.
const CONFIG: &str = "config.json";
const GENERATION_CONFIG: &str = "generation_config.json";
const WEIGHTS: &str = "model.safetensors";
const INDEX: &str = "model.safetensors.index.json";
const PYTORCH_WEIGHTS: &str = "pytorch_model.bin";
const TOKENIZERS: [&str; 2] = ["vocab.json", "tokenizer.json"];

/// Longest description that is read; the index of the largest model has 100 kB.
const DESCRIPTION_BYTES_MAX: u64 = 4 << 20;

/// The layer that gives the logits; its weights are those of the embedding.
const LOGITS: &str = "proj_out.weight";
const EMBEDDING: &str = "decoder.token_embedding.weight";

#[derive(Deserialize)]
struct Config {
    model_type: Option<String>,
    vocab_size: i32,
    d_model: i32,
    encoder_layers: i32,
    encoder_attention_heads: i32,
    decoder_layers: i32,
    decoder_attention_heads: i32,
    #[serde(default = "mel_bands")]
    num_mel_bins: i32,
    #[serde(default = "source_positions")]
    max_source_positions: i32,
    #[serde(default = "target_positions")]
    max_target_positions: i32,
}

fn mel_bands() -> i32 {
    80
}

fn source_positions() -> i32 {
    1_500
}

fn target_positions() -> i32 {
    448
}

/// What of a `generation_config.json`, or of the `config.json` of CTranslate2, is of use here.
#[derive(Deserialize)]
struct HeadsConfig {
    alignment_heads: Option<Vec<[usize; 2]>>,
}

#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

/// Whether `folder` holds weights in this layout.
pub(super) fn is_one(folder: &Path) -> bool {
    [WEIGHTS, INDEX, PYTORCH_WEIGHTS].iter().any(|name| folder.join(name).is_file())
}

/// Whether a file of this name is the weights in such a folder.
pub(super) fn is_part(name: &str) -> bool {
    [WEIGHTS, INDEX, PYTORCH_WEIGHTS].contains(&name)
}

/// The model in `folder`.
///
/// # Errors
/// [`ModelError::Incomplete`] where a file is missing, [`ModelError::Malformed`] where one is
/// damaged, and errors of reading.
pub(super) fn open(folder: &Path) -> Result<Convertible, ModelError> {
    let config_path = folder.join(CONFIG);
    let config: Config = described(&config_path)?.ok_or_else(|| missing(CONFIG))?;
    let malformed =
        |reason: String| ModelError::malformed(config_path.display().to_string(), reason);
    if let Some(kind) = config.model_type.as_deref().filter(|kind| *kind != "whisper") {
        return Err(malformed(format!("it describes a `{kind}`, and no Whisper")));
    }
    let header = header(&config);
    if let Some(flaw) = header.flaw() {
        return Err(malformed(flaw));
    }
    let mut weights = weights(folder)?;
    let trouble = |error| of_content(folder, error);
    renamed(&mut weights).map_err(trouble)?;
    let tokens = tokens(folder)?.ok_or_else(|| missing("its `vocab.json`"))?;
    let alignment_heads = alignment_heads(&folder.join(GENERATION_CONFIG))?;
    Ok(Convertible { weights, header, tokens, alignment_heads })
}

/// The tokens of text that a tokenizer in `folder` has; `None` without one.
pub(super) fn tokens(folder: &Path) -> Result<Option<Vec<Vec<u8>>>, ModelError> {
    let Some(path) = TOKENIZERS.iter().map(|name| folder.join(name)).find(|path| path.is_file())
    else {
        return Ok(None);
    };
    let malformed = |reason| ModelError::malformed(path.display().to_string(), reason);
    let content = content(&path, vocabulary::BYTES_MAX)?.unwrap_or_default();
    vocabulary::text_tokens(&content).map(Some).map_err(malformed)
}

/// The alignment heads that the description at `path` names; `None` where it names none, or is not
/// there.
pub(super) fn alignment_heads(path: &Path) -> Result<Option<Vec<[usize; 2]>>, ModelError> {
    let config: Option<HeadsConfig> = described(path)?;
    Ok(config.and_then(|config| config.alignment_heads).filter(|heads| !heads.is_empty()))
}

fn header(config: &Config) -> Header {
    Header {
        n_vocabulary: config.vocab_size,
        n_audio_context: config.max_source_positions,
        n_audio_state: config.d_model,
        n_audio_heads: config.encoder_attention_heads,
        n_audio_layers: config.encoder_layers,
        n_text_context: config.max_target_positions,
        n_text_state: config.d_model,
        n_text_heads: config.decoder_attention_heads,
        n_text_layers: config.decoder_layers,
        n_mels: config.num_mel_bins,
        file_type: DataType::F16.id,
    }
}

/// The weights in `folder`, by the names that they have there.
fn weights(folder: &Path) -> Result<Weights, ModelError> {
    let mut weights = Weights::default();
    let index_path = folder.join(INDEX);
    if folder.join(WEIGHTS).is_file() {
        add_file(&mut weights, &folder.join(WEIGHTS))?;
    } else if let Some(Index { weight_map }) = described(&index_path)? {
        let malformed =
            |reason: String| ModelError::malformed(index_path.display().to_string(), reason);
        for name in weight_map.values().collect::<BTreeSet<_>>() {
            // A name that leads elsewhere is none of a part.
            if Path::new(name).components().count() != 1 || !name.ends_with(".safetensors") {
                return Err(malformed(format!("`{}` is no name of a part", name.escape_debug())));
            }
            let path = folder.join(name);
            if !path.is_file() {
                return Err(missing(&format!("its part `{name}`")));
            }
            add_file(&mut weights, &path)?;
        }
        if let Some(name) = weight_map.keys().find(|name| weights.place(name).is_err()) {
            return Err(malformed(format!("its tensor `{name}` is in none of its parts")));
        }
    } else {
        let path = folder.join(PYTORCH_WEIGHTS);
        let checkpoint = pytorch::open(&path)?;
        return Ok(checkpoint.weights);
    }
    Ok(weights)
}

/// Adds the tensors of the safetensors file at `path`.
fn add_file(weights: &mut Weights, path: &Path) -> Result<(), ModelError> {
    let of_file = |error| ModelError::of_file(path, 0, error);
    let malformed = |reason| ModelError::malformed(path.display().to_string(), reason);
    let mut file = File::open(path).map_err(of_file)?;
    let length = file.metadata().map_err(of_file)?.len();
    let listed = safetensors::list(&mut BufReader::new(&mut file), length).map_err(malformed)?;
    let file_idx = weights.add_file(file);
    for tensor in listed {
        let safetensors::Listed { name, shape, number_type, offset } = tensor;
        let Some(number_type) = number_type else {
            return Err(malformed(format!(
                "its tensor `{name}` is not in floats of 16 or 32 bits"
            )));
        };
        weights
            .add(name, Place { file_idx, offset, shape, number_type })
            .map_err(|error| malformed(error.to_string()))?;
    }
    Ok(())
}

/// Gives `weights` the names of OpenAI's tensors.
fn renamed(weights: &mut Weights) -> io::Result<()> {
    let names: Vec<String> = weights.names().map(str::to_owned).collect();
    let logits = weights.remove(LOGITS);
    for name in names.iter().filter(|name| *name != LOGITS) {
        let Some(place) = weights.remove(name) else { continue };
        let Some(openai_name) = openai_name(name) else {
            return Err(invalid(format!("its tensor `{name}` is no part of Whisper")));
        };
        if openai_name.ends_with(".key.bias") {
            if !weights.is_zero(&place)? {
                return Err(invalid(format!("its tensor `{name}` is a bias that Whisper has not")));
            }
            continue;
        }
        weights.add(openai_name, place)?;
    }
    if let Some(logits) = logits
        && let Ok(embedding) = weights.place(EMBEDDING).cloned()
        && !weights.is_same(&logits, &embedding)?
    {
        return Err(invalid(format!(
            "`{LOGITS}` is not the embedding of its tokens, as in Whisper"
        )));
    }
    Ok(())
}

/// What OpenAI calls the tensor `name` of transformers: `decoder.blocks.0.cross_attn.out.bias`.
fn openai_name(name: &str) -> Option<String> {
    let name = name.strip_prefix("model.").unwrap_or(name);
    let (side, rest) = name.split_once('.')?;
    if side != "encoder" && side != "decoder" {
        return None;
    }
    let (part, kind) = rest.rsplit_once('.')?;
    if part == "embed_positions" {
        return (kind == "weight").then(|| format!("{side}.positional_embedding"));
    }
    let (block, part) = match part.strip_prefix("layers.") {
        None => (String::new(), part),
        Some(rest) => {
            let (layer, part) = rest.split_once('.')?;
            let layer: u16 = layer.parse().ok()?;
            (format!("blocks.{layer}."), part)
        }
    };
    let part = match (block.is_empty(), part) {
        (true, "embed_tokens") => "token_embedding",
        (true, "conv1") => "conv1",
        (true, "conv2") => "conv2",
        (true, "layer_norm") if side == "encoder" => "ln_post",
        (true, "layer_norm") => "ln",
        (false, "self_attn.q_proj") => "attn.query",
        (false, "self_attn.k_proj") => "attn.key",
        (false, "self_attn.v_proj") => "attn.value",
        (false, "self_attn.out_proj") => "attn.out",
        (false, "self_attn_layer_norm") => "attn_ln",
        (false, "encoder_attn.q_proj") => "cross_attn.query",
        (false, "encoder_attn.k_proj") => "cross_attn.key",
        (false, "encoder_attn.v_proj") => "cross_attn.value",
        (false, "encoder_attn.out_proj") => "cross_attn.out",
        (false, "encoder_attn_layer_norm") => "cross_attn_ln",
        (false, "fc1") => "mlp.0",
        (false, "fc2") => "mlp.2",
        (false, "final_layer_norm") => "mlp_ln",
        _ => return None,
    };
    Some(format!("{side}.{block}{part}.{kind}"))
}

/// The description in JSON at `path`; `None` where there is none.
fn described<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, ModelError> {
    let malformed = |error: serde_json::Error| {
        ModelError::malformed(path.display().to_string(), error.to_string())
    };
    let Some(content) = content(path, DESCRIPTION_BYTES_MAX)? else { return Ok(None) };
    serde_json::from_slice(&content).map(Some).map_err(malformed)
}

/// The content of the file at `path`, which must have at most `limit` bytes; `None` without one.
fn content(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, ModelError> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(|error| ModelError::of_file(path, 0, error))?,
    };
    let mut content = Vec::new();
    let read = file.take(limit + 1).read_to_end(&mut content);
    read.map_err(|error| ModelError::of_file(path, 0, error))?;
    if content.len() as u64 > limit {
        return Err(ModelError::malformed(path.display().to_string(), "it is too long"));
    }
    Ok(Some(content))
}

fn missing(missing: &str) -> ModelError {
    let (found, missing) = ("a Whisper of transformers".to_owned(), missing.to_owned());
    ModelError::Incomplete { found, missing }
}

/// `error` as one of the files in `folder`.
pub(super) fn of_content(path: &Path, error: io::Error) -> ModelError {
    match error.kind() {
        io::ErrorKind::InvalidData => {
            ModelError::malformed(path.display().to_string(), error.to_string())
        }
        _ => ModelError::of_file(PathBuf::from(path), 0, error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tensors_have_the_names_that_openai_gave_them() {
        let cases = [
            ("model.encoder.conv1.bias", Some("encoder.conv1.bias")),
            ("model.encoder.embed_positions.weight", Some("encoder.positional_embedding")),
            ("encoder.layer_norm.weight", Some("encoder.ln_post.weight")),
            ("model.decoder.layer_norm.bias", Some("decoder.ln.bias")),
            ("model.decoder.embed_tokens.weight", Some("decoder.token_embedding.weight")),
            ("model.decoder.layers.3.fc2.weight", Some("decoder.blocks.3.mlp.2.weight")),
            (
                "model.decoder.layers.0.encoder_attn.k_proj.weight",
                Some("decoder.blocks.0.cross_attn.key.weight"),
            ),
            ("model.decoder.layers.0.encoder_attn.k_proj.lora_A.weight", None),
            ("model.decoder.layers.x.fc2.weight", None),
            ("lm_head.weight", None),
            ("model.decoder.fc2.weight", None),
        ];
        for (name, expected) in cases {
            assert_eq!(openai_name(name).as_deref(), expected, "{name}");
        }
    }
}
