//! The list of models, as `models/manifest.toml` has it.
//!
//! It is part of the program: a list beside the program could be changed with the
//! files that it vouches for.

use super::ModelError;
use serde::Deserialize;
use std::{collections::BTreeMap, fmt, sync::LazyLock};

/// Name of the Whisper model that is used while no stronger one is present.
pub const DEFAULT_WHISPER: &str = "base";

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Recognises words; ggml.
    Whisper,
    /// Hears who talks when, within ten seconds; ONNX.
    Segmentation,
    /// Tells one voice from another; ONNX.
    Embedding,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Whisper => "whisper",
            Kind::Segmentation => "segmentation",
            Kind::Embedding => "embedding",
        })
    }
}

/// One model of the manifest.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// What people call it: `base`, `large-v3-turbo-q5_0`, `segmentation`.
    pub name: String,
    /// What it is for.
    pub kind: Kind,
    /// Name of its file in a model folder.
    pub file: String,
    /// Address of that file, if it is published as such.
    pub address: Option<String>,
    /// Length of the file, in bytes.
    pub bytes: u64,
    /// SHA-256 of the file, in lower-case hexadecimal.
    pub sha256: String,
    /// Licence of the weights (SPDX).
    pub licence: String,
    /// What it is good for, in a few words.
    pub purpose: String,
    /// What is published instead of the file, if the file is built here.
    pub checkpoint: Option<Checkpoint>,
    /// `[layer, head]` of the decoder's heads whose cross-attention follows the sound, where
    /// somebody published them.
    #[serde(skip)]
    pub alignment_heads: Option<Vec<[usize; 2]>>,
    /// Packages of the Python registry that it can be made of: those that are needed together, and
    /// other uploads of the same behind them.
    #[serde(skip)]
    pub packages: Vec<Vec<String>>,
}

/// A published file from which a model's own file is built.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// Where its authors publish it.
    pub address: String,
    /// Other addresses of the same bytes, asked in turn when one refuses.
    #[serde(default)]
    pub copies: Vec<String>,
    /// Length, in bytes.
    pub bytes: u64,
    /// SHA-256, in lower-case hexadecimal.
    pub sha256: String,
}

#[derive(Deserialize)]
struct Manifest {
    /// By the name of a model in 16 bits.
    alignment_heads: BTreeMap<String, Vec<[usize; 2]>>,
    /// By the name of a model.
    packages: BTreeMap<String, Vec<Vec<String>>>,
    model: Vec<Model>,
}

/// How the names of forms in fewer bits go on behind that of their model: `base-q5_1`.
const FEWER_BITS: &str = "-q";

/// The name of the model in 16 bits that the one called `name` is, or is a form of.
pub(super) fn whole_name(name: &str) -> &str {
    name.split(FEWER_BITS).next().unwrap_or_default()
}

/// All models, in the order of the manifest: Whisper from the weakest to the
/// strongest, then the speaker networks.
pub fn models() -> &'static [Model] {
    static MODELS: LazyLock<Vec<Model>> = LazyLock::new(|| {
        let Manifest { mut model, alignment_heads, packages } =
            toml::from_str(include_str!("../../models/manifest.toml"))
                .expect("the manifest is part of the program and is read by its tests");
        for model in &mut model {
            model.alignment_heads = alignment_heads.get(whole_name(&model.name)).cloned();
            model.packages = packages.get(&model.name).cloned().unwrap_or_default();
        }
        model
    });
    &MODELS
}

/// Shorter names that Whisper's own program has for models, and theirs here.
const ALIASES: [(&str, &str); 2] = [("large", "large-v3"), ("turbo", "large-v3-turbo")];

/// The model called `name`, of any kind, or by one of its shorter names: `large`, `turbo-q5_0`.
///
/// ```
/// assert_eq!(voixoff::models::find("turbo")?.name, "large-v3-turbo");
/// # Ok::<(), voixoff::models::ModelError>(())
/// ```
///
/// # Errors
/// [`ModelError::NotInManifest`], with all names.
pub fn find(name: &str) -> Result<&'static Model, ModelError> {
    let (short, form) = name.find(FEWER_BITS).map_or((name, ""), |at| name.split_at(at));
    let alias = ALIASES.iter().find(|(alias, _)| *alias == short);
    let full = alias.map_or(name.to_owned(), |(_, full)| format!("{full}{form}"));
    models().iter().find(|model| model.name == full).ok_or_else(|| ModelError::NotInManifest {
        name: name.to_owned(),
        known: models().iter().map(|model| model.name.as_str()).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::guidance::{Guidance, Guided};
    use std::collections::HashSet;

    #[test]
    fn the_manifest_can_be_read_and_has_the_default() {
        assert_eq!(find(DEFAULT_WHISPER).unwrap().sha256.get(..8), Some("60ed5bc3"));
        assert_eq!(find("large-v3-turbo-q5_0").unwrap().kind, Kind::Whisper);
    }

    #[test]
    fn names_files_and_digests_are_each_used_once() {
        let columns: [fn(&Model) -> &str; 3] = [|m| &m.name, |m| &m.file, |m| &m.sha256];
        for column in columns {
            let values: HashSet<&str> = models().iter().map(column).collect();
            assert_eq!(values.len(), models().len());
        }
    }

    #[test]
    fn every_whisper_of_openai_has_its_published_heads_in_each_form() {
        for model in models().iter().filter(|model| model.kind == Kind::Whisper) {
            let heads = model.alignment_heads.as_ref().unwrap_or_else(|| panic!("{}", model.name));
            assert!(!heads.is_empty() && heads.is_sorted(), "{}", model.name);
        }
        let heads = |name: &str| find(name).unwrap().alignment_heads.clone();
        assert_eq!(heads("turbo-q8_0").unwrap()[0], [2, 4]);
        assert_ne!(heads("large-v1"), heads("large-v2"));
        assert_eq!(heads("segmentation"), None);
    }

    #[test]
    fn every_digest_is_written_as_we_write_digests() {
        let checkpoints = models().iter().filter_map(|m| m.checkpoint.as_ref());
        let digests = models().iter().map(|m| &m.sha256).chain(checkpoints.map(|c| &c.sha256));
        for digest in digests {
            assert_eq!(digest.len(), 64);
            assert!(digest.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)));
        }
    }

    #[test]
    fn every_model_can_be_had_one_way_or_the_other() {
        for model in models() {
            assert_ne!(model.address.is_some(), model.checkpoint.is_some(), "{}", model.name);
        }
    }

    #[test]
    fn a_model_has_the_short_names_of_whispers_own_program_too() {
        let named = |name| find(name).unwrap().name.as_str();
        assert_eq!(named("large"), "large-v3");
        assert_eq!(named("turbo"), "large-v3-turbo");
        assert_eq!(named("turbo-q5_0"), "large-v3-turbo-q5_0");
        assert!(find("turbo-v2").is_err());
    }

    #[test]
    fn a_wrong_name_is_answered_with_the_right_ones() {
        let error = find("larg-v3").unwrap_err();
        assert_eq!(error.to_string(), "no model is called `larg-v3`");
        let Some(Guidance::KnownModels { names }) = error.guidance() else { panic!("{error}") };
        assert!(names.contains(&"large-v3".to_owned()));
    }
}
