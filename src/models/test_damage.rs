//! Files that are damaged, or that lie: each import of one is a clear error, nothing of it is kept,
//! and no memory is taken for what it says that it has.

use super::{
    ModelFolder, ctranslate2, import_as,
    pytorch::by_hand::checkpoint,
    safetensors,
    test_checkpoint::{TestCheckpoint, put, vocabulary_table},
};
use crate::base::guidance::Guided;
use serde_json::{Value, json};
use std::{fs, path::Path};

const WEIGHTS: &str = "model.safetensors";

/// Imports the folder that `prepare` fills; what is told of it begins with, or holds, `expected`.
#[track_caller]
fn check(expected: &str, prepare: impl Fn(&Path)) {
    let root = tempfile::tempdir().unwrap();
    let source = root.path().join("source");
    fs::create_dir(&source).unwrap();
    prepare(&source);
    let folder = ModelFolder::new(root.path().join("models"));
    let error = import_as("mine", &[source], &folder).unwrap_err();
    let told = error.to_string();
    assert!(told.contains(expected), "{told}");
    assert!(error.guidance().is_some());
    let kept: Vec<_> = fs::read_dir(folder.root()).unwrap().flatten().collect();
    assert!(kept.is_empty(), "{kept:?}");
}

/// A folder of transformers whose `config.json` has `value` under `key`.
#[track_caller]
fn check_config(expected: &str, key: &str, value: Value) {
    check(expected, |folder| {
        let model = TestCheckpoint::new();
        model.transformers(folder, 1);
        let mut config = model.config();
        config[key] = value.clone();
        put(folder, "config.json", config.to_string().as_bytes());
    });
}

/// A folder of transformers after `change` of one of its files.
#[track_caller]
fn check_file(expected: &str, n_parts: usize, name: &str, change: impl Fn(Vec<u8>) -> Vec<u8>) {
    check(expected, |folder| {
        TestCheckpoint::new().transformers(folder, n_parts);
        let content = fs::read(folder.join(name)).unwrap();
        put(folder, name, &change(content));
    });
}

/// The weights after `change` of the JSON in front of them.
#[track_caller]
fn check_list(expected: &str, change: impl Fn(&mut Value)) {
    check_file(expected, 1, WEIGHTS, |content| {
        let n_bytes = u64::from_le_bytes(content[..8].try_into().unwrap()) as usize;
        let mut list: Value = serde_json::from_slice(&content[8..][..n_bytes]).unwrap();
        change(&mut list);
        let list = list.to_string();
        let length = (list.len() as u64).to_le_bytes();
        [&length, list.as_bytes(), &content[8 + n_bytes..]].concat()
    });
}

/// The first number of the tensor `name` becomes `half`.
#[track_caller]
fn check_number(expected: &str, name: &str, half: [u8; 2]) {
    check_file(expected, 1, WEIGHTS, |mut content| {
        let listed = safetensors::list(&mut &content[..], content.len() as u64).unwrap();
        let tensor = listed.iter().find(|tensor| tensor.name == name).unwrap();
        content[tensor.offset as usize..][..2].copy_from_slice(&half);
        content
    });
}

/// A folder of transformers with one more tensor, of four numbers that are not zero.
#[track_caller]
fn check_more(expected: &str, name: &str, dtype: &str) {
    check_file(expected, 1, WEIGHTS, |content| {
        let more = safetensors::by_hand(&[(name.to_owned(), dtype, vec![4], vec![1; 8])]);
        let split = |content: &[u8]| {
            let n_bytes = u64::from_le_bytes(content[..8].try_into().unwrap()) as usize;
            let list: Value = serde_json::from_slice(&content[8..][..n_bytes]).unwrap();
            (list, content[8 + n_bytes..].to_vec())
        };
        let ((mut list, data), (more, numbers)) = (split(&content), split(&more));
        list[name] = more[name].clone();
        list[name]["data_offsets"] = json!([data.len(), data.len() + numbers.len()]);
        let list = list.to_string();
        [&(list.len() as u64).to_le_bytes(), list.as_bytes(), &data, &numbers].concat()
    });
}

const QUERY: &str = "model.decoder.layers.0.self_attn.q_proj.weight";

#[test]
fn sizes_that_no_whisper_has() {
    check_config("it has 2147483647 channels", "d_model", json!(i32::MAX));
    check_config("it has 2147483647 layers in its decoder", "decoder_layers", json!(i32::MAX));
    check_config("cannot be shared by 3 heads", "encoder_attention_heads", json!(3));
    check_config("it has 0 attention heads", "decoder_attention_heads", json!(0));
    check_config("it has -1 tokens", "vocab_size", json!(-1));
    check_config("it has 100000 mel bands", "num_mel_bins", json!(100_000));
    check_config("invalid value", "vocab_size", json!(1_u64 << 40));
    check_config("invalid type", "vocab_size", json!("many"));
}

#[test]
fn sizes_that_are_not_those_of_the_weights() {
    check_config(
        "has the shape [3, 4], and its configuration asks for [3, 8]",
        "d_model",
        json!(8),
    );
    check_config("it has no tensor `encoder.blocks.2", "encoder_layers", json!(3));
    check_config("is no part of Whisper", "decoder_layers", json!(1));
    check_config("and its configuration asks for [51865, 4]", "vocab_size", json!(51_865));
    check_config("it describes a `wav2vec2`, and no Whisper", "model_type", json!("wav2vec2"));
}

#[test]
fn a_description_that_is_none() {
    check("but not config.json", |folder| {
        TestCheckpoint::new().transformers(folder, 1);
        fs::remove_file(folder.join("config.json")).unwrap();
    });
    check_file("cannot be read: ", 1, "config.json", |_| b"{".to_vec());
    check_file("missing field `vocab_size`", 1, "config.json", |_| b"{}".to_vec());
    check_file("it is too long", 1, "config.json", |_| vec![b' '; (4 << 20) + 1]);
}

#[test]
fn weights_that_are_cut_or_lie_about_their_length() {
    check_file("and the file at", 1, WEIGHTS, |content| content[..content.len() - 1].to_vec());
    check_file("and the file at", 1, WEIGHTS, |content| [&content[..], &[0; 7]].concat());
    let length =
        |length: u64| move |content: Vec<u8>| [&length.to_le_bytes(), &content[8..]].concat();
    check_file("does not begin as a safetensors file", 1, WEIGHTS, length(u64::MAX));
    check_file("does not begin as a safetensors file", 1, WEIGHTS, length(1 << 40));
    check_file("its list of tensors is none", 1, WEIGHTS, length(100));
    check_file("does not begin as a safetensors file", 1, WEIGHTS, |_| Vec::new());
}

#[test]
fn lists_of_tensors_that_lie() {
    let offsets = |start: u64, end: u64| {
        move |list: &mut Value| list[QUERY]["data_offsets"] = json!([start, end])
    };
    check_list("has not the length of its shape", offsets(0, u64::MAX));
    check_list("has not the length of its shape", offsets(7, 3));
    check_list("does not follow the one before", offsets(0, 32));
    check_list("has not the length of its shape", |list| {
        list[QUERY]["shape"] = json!([1_u64 << 32, 1_u64 << 32]);
    });
    check_list("has not the length of its shape", |list| list[QUERY]["dtype"] = json!("F32"));
    check_list("its list of tensors is none", |list| list[QUERY]["shape"] = json!([-4, -4]));
    check_list("is not in floats of 16 or 32 bits", |list| {
        list[QUERY]["dtype"] = json!("I8");
    });
    check_list("is no part of Whisper", |list| {
        let entry = list.as_object_mut().unwrap().remove(QUERY).unwrap();
        list["model.decoder.layers.0.self_attn.q_proj.lora_A.weight"] = entry;
    });
}

#[test]
fn numbers_that_are_none_of_whisper() {
    check_number("has a number that is none", QUERY, [0x00, 0x7e]);
    check_number("has a number that is none", QUERY, [0x00, 0x7c]);
    check_number("is not the embedding of its tokens", "proj_out.weight", [0x55, 0x35]);
    check_more(
        "is a bias that Whisper has not",
        "model.encoder.layers.0.self_attn.k_proj.bias",
        "F16",
    );
    check_more("is no part of Whisper", "model.encoder.layers.0.self_attn.gate.weight", "F16");
    check_more("is there twice", "encoder.layers.0.self_attn.q_proj.bias", "F16");
}

#[test]
fn parts_that_are_missing_or_elsewhere() {
    const INDEX: &str = "model.safetensors.index.json";
    const LAST: &str = "model-00003-of-00003.safetensors";
    check(&format!("but not its part `{LAST}`"), |folder| {
        TestCheckpoint::new().transformers(folder, 3);
        fs::remove_file(folder.join(LAST)).unwrap();
    });
    check_file("and the file at", 3, LAST, |content| content[..content.len() / 2].to_vec());
    check_file("is in none of its parts", 3, INDEX, |content| {
        let mut index: Value = serde_json::from_slice(&content).unwrap();
        index["weight_map"]["model.more"] = json!(LAST);
        index.to_string().into_bytes()
    });
    for elsewhere in ["../../etc/passwd", "/dev/zero", "../m.safetensors", "sub/m.safetensors"] {
        check_file("is no name of a part", 3, INDEX, |_| {
            json!({"weight_map": {"model.more": elsewhere}}).to_string().into_bytes()
        });
    }
    check_file("cannot be read: ", 3, INDEX, |_| b"[]".to_vec());
    check("is there twice", |folder| {
        TestCheckpoint::new().transformers(folder, 3);
        let first = fs::read(folder.join("model-00001-of-00003.safetensors")).unwrap();
        put(folder, LAST, &first);
    });
}

#[test]
fn tokenizers_of_other_models() {
    const TOKENS: &str = "vocab.json";
    check("but not its `vocab.json`", |folder| {
        TestCheckpoint::new().transformers(folder, 1);
        fs::remove_file(folder.join(TOKENS)).unwrap();
    });
    let fewer = |n: u64| {
        let mut table = vocabulary_table();
        table.as_object_mut().unwrap().retain(|_, number| number.as_u64() < Some(n));
        table.to_string().into_bytes()
    };
    check_file("has 32000 tokens of text", 1, TOKENS, |_| fewer(32_000));
    check_file("has 50256 tokens of text", 1, TOKENS, |_| fewer(50_256));
    check_file("no token has number 7", 1, TOKENS, |_| {
        let mut table = vocabulary_table();
        table.as_object_mut().unwrap().remove("t7");
        table["more"] = json!(60_000);
        table.to_string().into_bytes()
    });
    check_file("two tokens have number 7", 1, TOKENS, |_| {
        let mut table = vocabulary_table();
        table["t8"] = json!(7);
        table.to_string().into_bytes()
    });
    check_file("cannot be read: ", 1, TOKENS, |_| b"{\"a\": -1}".to_vec());
    check_file("stands for no byte", 1, TOKENS, |_| "{\"\u{2603}\": 0}".as_bytes().to_vec());
}

#[test]
fn checkpoints_of_openai_that_lie() {
    let check_pt = |expected: &str, content: Vec<u8>| {
        check(expected, |folder| {
            TestCheckpoint::new().openai(folder);
            put(folder, "model.pt", &content);
        });
    };
    let sized = |name: &'static str, size: Option<usize>| {
        TestCheckpoint::new().pt(&move |dims| {
            dims.retain(|(dim, _)| *dim != name);
            dims.extend(size.map(|size| (name, size)));
        })
    };
    check_pt(
        "it has 2147483647 layers in its decoder",
        sized("n_text_layer", Some(i32::MAX as usize)),
    );
    check_pt("cannot be shared by 3 heads", sized("n_audio_head", Some(3)));
    check_pt("it has no tensor `encoder.blocks.2", sized("n_audio_layer", Some(3)));
    check_pt("it says nothing of its `n_mels`", sized("n_mels", None));
    check_pt("does not fit its storage", checkpoint(&[], &[("w".into(), vec![2, 3], vec![0; 8])]));
    let whole = TestCheckpoint::new().pt(&|_| ());
    check_pt("cannot be read: ", whole[..whole.len() / 2].to_vec());
    check("but not its tokens", |folder| {
        TestCheckpoint::new().openai(folder);
        fs::remove_file(folder.join("vocab.json")).unwrap();
    });
}

#[test]
fn models_of_ctranslate2_that_are_not_whole_or_not_in_floats() {
    let check_bin = |expected: &str, change: &dyn Fn(Vec<u8>) -> Vec<u8>| {
        check(expected, |folder| {
            TestCheckpoint::new().ct2(folder);
            let content = fs::read(folder.join("model.bin")).unwrap();
            put(folder, "model.bin", &change(content));
        });
    };
    check_bin("but not its end", &|content| content[..content.len() / 2].to_vec());
    check_bin("but not its beginning", &|content| [&[7], &content[1..]].concat());
    check_bin("something follows its end", &|content| [&content[..], &[0]].concat());
    check_bin("it has no `decoder/embeddings/weight`", &|_| {
        ctranslate2::by_hand::model(&[("w".into(), vec![1], 4, vec![0; 2])])
    });
    check("but not its `vocabulary.json`", |folder| {
        TestCheckpoint::new().ct2(folder);
        fs::remove_file(folder.join("vocabulary.json")).unwrap();
    });
}

#[test]
fn ggml_files_that_lie() {
    let check_ggml = |expected: &str, change: &dyn Fn(Vec<u8>) -> Vec<u8>| {
        check(expected, |folder| put(folder, "m.bin", &change(TestCheckpoint::new().ggml())));
    };
    let number = |place: usize, number: i32| {
        move |mut content: Vec<u8>| {
            content[4 * place..][..4].copy_from_slice(&number.to_le_bytes());
            content
        }
    };
    // The numbers of the head: tokens, frames, width, heads, layers, then the decoder's, mels.
    check_ggml("it has 2147483647 layers in its decoder", &number(9, i32::MAX));
    check_ggml("cannot be shared by 3 heads", &number(4, 3));
    check_ggml("it has -2147483648 channels", &number(3, i32::MIN));
    check_ggml("its filters are not those", &number(12, i32::MAX));
    check_ggml("its filters are not those", &number(10, 80));
    let n_filters = 14 + 128 * 201;
    check_ggml("it has 2147483647 tokens of text, too many", &number(n_filters, i32::MAX));
    check_ggml("within its tokens", &number(n_filters + 1, i32::MAX));
    check_ggml("within its", &|content| content[..content.len() - 1].to_vec());
    check_ggml("no tensor begins", &|content| [&content[..], b"and more of it"].concat());
    let at = |content: &[u8], name: &[u8]| {
        content.windows(name.len()).position(|window| window == name).unwrap()
    };
    let name = b"decoder.positional_embedding";
    // Three numbers and two dimensions stand before the name of the first tensor.
    check_ggml("it has 0 of its 89 tensors", &|content| {
        content[..at(&content, name) - 20].to_vec()
    });
    check_ggml("has the shape", &|mut content| {
        let place = at(&content, name);
        content[place - 8..place - 4].copy_from_slice(&i32::MAX.to_le_bytes());
        content
    });
    check_ggml("no tensor begins", &|mut content| {
        let place = at(&content, name);
        content[place - 12..place - 8].copy_from_slice(&99_i32.to_le_bytes());
        content
    });
    check_ggml("is none of Whisper's, or there twice", &|mut content| {
        let place = at(&content, b"decoder.blocks.1.mlp_ln.bias");
        content[place..][..16].copy_from_slice(b"decoder.blocks.0");
        content
    });
}
