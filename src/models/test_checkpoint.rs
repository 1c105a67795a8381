//! A Whisper as small as they come, in every format that is imported, for tests.

use super::{ctranslate2, pytorch, safetensors};
use crate::{
    base::{
        ggml::{DataType, Header, Promised, TensorHeader, Writer},
        store,
    },
    models::mel,
};
use half::f16;
use std::{collections::BTreeMap, fs, io::Write, path::Path, sync::LazyLock};

/// The sizes of the model, and whatever a test makes wrong of them.
#[derive(Debug, Clone)]
pub(super) struct TestCheckpoint {
    pub(super) header: Header,
}

/// Sizes by OpenAI's names.
pub(super) type Sizes = Vec<(&'static str, usize)>;

/// Bytes of a tensor in 16 bits.
type Halves = Vec<u8>;

impl TestCheckpoint {
    /// One layer of two heads on each side, four channels, all tokens.
    pub(super) fn new() -> TestCheckpoint {
        let header = Header {
            n_vocabulary: 51_866,
            n_audio_context: 5,
            n_audio_state: 4,
            n_audio_heads: 2,
            n_audio_layers: 2,
            n_text_context: 3,
            n_text_state: 4,
            n_text_heads: 2,
            n_text_layers: 2,
            n_mels: 128,
            file_type: 1,
        };
        TestCheckpoint { header }
    }

    /// The model in ggml format, as every import of it must give it.
    pub(super) fn ggml(&self) -> Vec<u8> {
        let mut file = Vec::new();
        let mut writer = Writer::new(&mut file);
        writer.header(&self.header).unwrap();
        writer.filters(&mel::filters(self.header.n_mels as usize)).unwrap();
        writer.tokens(&tokens()).unwrap();
        for tensor in self.header.tensors() {
            let halves = halves(&tensor);
            let data_type = if tensor.is_half { DataType::F16 } else { DataType::F32 };
            let name = tensor.name.into_bytes();
            let shape = tensor.shape;
            writer.tensor_header(&TensorHeader { name, shape, data_type: data_type.id }).unwrap();
            if tensor.is_half {
                writer.write_all(&halves).unwrap();
            } else {
                let floats = DataType::F16.floats(&halves).unwrap();
                let bytes: Vec<u8> = floats.iter().flat_map(|x| x.to_le_bytes()).collect();
                writer.write_all(&bytes).unwrap();
            }
        }
        file
    }

    /// Writes a folder of transformers, its weights in `n_parts`.
    pub(super) fn transformers(&self, folder: &Path, n_parts: usize) {
        fs::create_dir_all(folder).unwrap();
        let mut tensors: Vec<(String, &str, Vec<usize>, Halves)> = self.named(transformers_name);
        let embedding = tensors.iter().find(|tensor| tensor.0.contains("embed_tokens")).unwrap();
        tensors.push((
            "proj_out.weight".to_owned(),
            "F16",
            embedding.2.clone(),
            embedding.3.clone(),
        ));
        put(folder, "config.json", self.config().to_string().as_bytes());
        put(folder, "vocab.json", VOCABULARY.as_bytes());
        if n_parts == 1 {
            put(folder, "model.safetensors", &safetensors::by_hand(&tensors));
            return;
        }
        let mut weight_map = BTreeMap::new();
        for (part_idx, part) in tensors.chunks(tensors.len().div_ceil(n_parts)).enumerate() {
            let name = format!("model-{:05}-of-{n_parts:05}.safetensors", part_idx + 1);
            put(folder, &name, &safetensors::by_hand(part));
            weight_map.extend(part.iter().map(|tensor| (tensor.0.clone(), name.clone())));
        }
        let index = serde_json::json!({"metadata": {}, "weight_map": weight_map});
        put(folder, "model.safetensors.index.json", index.to_string().as_bytes());
    }

    /// Its `config.json` of transformers.
    pub(super) fn config(&self) -> serde_json::Value {
        let Header { n_vocabulary, n_text_state, n_mels, .. } = self.header;
        serde_json::json!({
            "model_type": "whisper", "vocab_size": n_vocabulary, "d_model": n_text_state,
            "num_mel_bins": n_mels, "encoder_layers": self.header.n_audio_layers,
            "encoder_attention_heads": self.header.n_audio_heads,
            "decoder_layers": self.header.n_text_layers,
            "decoder_attention_heads": self.header.n_text_heads,
            "max_source_positions": self.header.n_audio_context,
            "max_target_positions": self.header.n_text_context,
        })
    }

    /// Writes OpenAI's checkpoint, with a vocabulary beside it.
    pub(super) fn openai(&self, folder: &Path) {
        fs::create_dir_all(folder).unwrap();
        put(folder, "model.pt", &self.pt(&|_| ()));
        put(folder, "vocab.json", VOCABULARY.as_bytes());
    }

    /// OpenAI's checkpoint, after `change` of its sizes.
    pub(super) fn pt(&self, change: &dyn Fn(&mut Sizes)) -> Vec<u8> {
        let header = self.header;
        let mut dims: Sizes = vec![
            ("n_mels", header.n_mels as usize),
            ("n_vocab", header.n_vocabulary as usize),
            ("n_audio_ctx", header.n_audio_context as usize),
            ("n_audio_state", header.n_audio_state as usize),
            ("n_audio_head", header.n_audio_heads as usize),
            ("n_audio_layer", header.n_audio_layers as usize),
            ("n_text_ctx", header.n_text_context as usize),
            ("n_text_state", header.n_text_state as usize),
            ("n_text_head", header.n_text_heads as usize),
            ("n_text_layer", header.n_text_layers as usize),
        ];
        change(&mut dims);
        let tensors = self.named(str::to_owned).into_iter();
        let tensors: Vec<(String, Vec<usize>, Halves)> =
            tensors.map(|(name, _, shape, halves)| (name, shape, halves)).collect();
        pytorch::by_hand::checkpoint(&dims, &tensors)
    }

    /// Writes a CTranslate2 folder.
    pub(super) fn ct2(&self, folder: &Path) {
        fs::create_dir_all(folder).unwrap();
        put(folder, "model.bin", &ctranslate2::by_hand::model(&self.ct2_variables()));
        let words: Vec<String> = spellings().chain(["<|endoftext|>".to_owned()]).collect();
        put(folder, "vocabulary.json", serde_json::to_string(&words).unwrap().as_bytes());
        put(folder, "config.json", br#"{"alignment_heads": [[1, 0]]}"#);
    }

    fn ct2_variables(&self) -> Vec<(String, Vec<u32>, u8, Vec<u8>)> {
        let width = self.header.n_text_state as usize;
        let halves_of: BTreeMap<String, (Vec<usize>, Halves)> = self
            .named(str::to_owned)
            .into_iter()
            .map(|(name, _, shape, halves)| (name, (shape, halves)))
            .collect();
        let mut variables = Vec::new();
        let mut add = |name: String, sources: &[String]| {
            let zeros = (vec![width], vec![0; 2 * width]);
            // Keys have no bias.
            let parts: Vec<_> =
                sources.iter().map(|s| halves_of.get(s).unwrap_or(&zeros)).collect();
            let mut shape: Vec<u32> = parts[0].0.iter().map(|n| *n as u32).collect();
            shape[0] *= parts.len() as u32;
            let data = parts.iter().flat_map(|part| part.1.clone()).collect();
            variables.push((name, shape, 4, data));
        };
        for side in ["encoder", "decoder"] {
            let of = |name: &str| format!("{side}.{name}");
            let encodings = format!("{side}/position_encodings/encodings");
            add(encodings, &[of("positional_embedding")]);
            for (ours, theirs) in [("weight", "gamma"), ("bias", "beta")] {
                let last = if side == "encoder" { "ln_post" } else { "ln" };
                add(format!("{side}/layer_norm/{theirs}"), &[of(&format!("{last}.{ours}"))]);
            }
            for layer in 0..2 {
                let block = format!("{side}.blocks.{layer}");
                let target = format!("{side}/layer_{layer}");
                let mut norm = |part: &str, name: &str| {
                    for (ours, theirs) in [("weight", "gamma"), ("bias", "beta")] {
                        let source = format!("{block}.{name}.{ours}");
                        add(format!("{target}/{part}/layer_norm/{theirs}"), &[source]);
                    }
                };
                norm("ffn", "mlp_ln");
                norm("self_attention", "attn_ln");
                if side == "decoder" {
                    norm("attention", "cross_attn_ln");
                }
                let mut linear = |part: &str, names: &[&str]| {
                    for kind in ["weight", "bias"] {
                        let sources: Vec<String> =
                            names.iter().map(|name| format!("{block}.{name}.{kind}")).collect();
                        add(format!("{target}/{part}/{kind}"), &sources);
                    }
                };
                linear("ffn/linear_0", &["mlp.0"]);
                linear("ffn/linear_1", &["mlp.2"]);
                linear("self_attention/linear_0", &["attn.query", "attn.key", "attn.value"]);
                linear("self_attention/linear_1", &["attn.out"]);
                if side == "decoder" {
                    linear("attention/linear_0", &["cross_attn.query"]);
                    linear("attention/linear_1", &["cross_attn.key", "cross_attn.value"]);
                    linear("attention/linear_2", &["cross_attn.out"]);
                }
            }
        }
        add("decoder/embeddings/weight".to_owned(), &["decoder.token_embedding.weight".to_owned()]);
        for conv in ["conv1", "conv2"] {
            for kind in ["weight", "bias"] {
                add(format!("encoder/{conv}/{kind}"), &[format!("encoder.{conv}.{kind}")]);
            }
        }
        for (side, n_heads) in
            [("encoder", self.header.n_audio_heads), ("decoder", self.header.n_text_heads)]
        {
            variables.push((format!("{side}/num_heads"), vec![], 1, vec![n_heads as u8]));
        }
        variables
    }

    /// Its tensors with the names that `rename` gives them.
    fn named(
        &self,
        rename: impl Fn(&str) -> String,
    ) -> Vec<(String, &'static str, Vec<usize>, Halves)> {
        let tensor = |tensor: Promised| {
            let halves = halves(&tensor);
            let mut shape = tensor.shape;
            // Only ggml's biases of convolutions have a second dimension.
            if tensor.name.contains("conv") && shape.len() == 2 {
                shape.pop();
            }
            (rename(&tensor.name), "F16", shape, halves)
        };
        self.header.tensors().into_iter().map(tensor).collect()
    }
}

/// Numbers that differ from tensor to tensor.
fn halves(tensor: &Promised) -> Halves {
    let seed = tensor.name.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31) + u32::from(byte));
    let number =
        |n: u32| f16::from_f32((seed.wrapping_add(n * 997) % 2_048) as f32 / 1_024.0 - 1.0);
    let n_values = tensor.shape.iter().product::<usize>() as u32;
    (0..n_values).flat_map(|n| number(n).to_le_bytes()).collect()
}

/// As transformers call the tensor that OpenAI calls `name`.
fn transformers_name(name: &str) -> String {
    let (part, kind) = name.rsplit_once('.').unwrap();
    if kind == "positional_embedding" {
        return format!("model.{part}.embed_positions.weight");
    }
    let part = part
        .replace(".blocks.", ".layers.")
        .replace("cross_attn_ln", "encoder_attn_layer_norm")
        .replace("cross_attn.", "encoder_attn.")
        .replace(".attn_ln", ".self_attn_layer_norm")
        .replace(".attn.", ".self_attn.")
        .replace("mlp_ln", "final_layer_norm")
        .replace("mlp.0", "fc1")
        .replace("mlp.2", "fc2")
        .replace(".ln_post", ".layer_norm")
        .replace(".query", ".q_proj")
        .replace(".key", ".k_proj")
        .replace(".value", ".v_proj")
        .replace("attn.out", "attn.out_proj")
        .replace("token_embedding", "embed_tokens");
    let part = if part == "decoder.ln" { "decoder.layer_norm" } else { &part };
    format!("model.{part}.{kind}")
}

fn tokens() -> Vec<Vec<u8>> {
    spellings().map(String::into_bytes).collect()
}

fn spellings() -> impl Iterator<Item = String> {
    (0..50_257).map(|n| format!("t{n}"))
}

/// What a `vocab.json` holds; many tests write it.
static VOCABULARY: LazyLock<String> = LazyLock::new(|| vocabulary_table().to_string());

/// The table in a `vocab.json`.
pub(super) fn vocabulary_table() -> serde_json::Value {
    spellings()
        .zip(0..)
        .map(|(word, n)| (word, serde_json::Value::from(n)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

pub(super) fn put(folder: &Path, name: &str, content: &[u8]) {
    store::write_atomic(&folder.join(name), content).unwrap();
}
