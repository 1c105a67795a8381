//! Models of the user's own: a name, a file, and what was recorded of it when it came.
//!
//! `NAME.bin` is the model in ggml format, `NAME.json` beside it the record: without its record a
//! file has no name, and its digest is held to it as that of a published model is to the manifest.
//! The record also has the model's alignment heads, for which a ggml file has no place: whisper.cpp
//! refuses a file with any tensor more. Those of a published model that were found here lie in a
//! record beside it, too.

use super::{Kind, Model, ModelError, ModelFolder, folder::receipt_path, models};
use crate::base::store;
use serde::{Deserialize, Serialize};
use std::fs;

/// Longest name, in bytes.
const NAME_BYTES_MAX: usize = 64;

/// A record is some hundred bytes, and a pair of numbers for each head.
const RECORD_BYTES_MAX: u64 = 1 << 20;

/// What stands behind the name of a Whisper model to say which engine it is for.
const ENGINE: &str = "-int8";

/// A record, as it is written.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    bytes: u64,
    sha256: String,
    /// What it was made of, for people.
    source: String,
    /// Absent where none are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alignment_heads: Option<Vec<[usize; 2]>>,
}

/// The model called `name` in a folder, with nothing known of it.
///
/// # Errors
/// [`ModelError::NoName`] if it cannot be the name of a model of somebody's own.
pub(super) fn named(name: &str) -> Result<Model, ModelError> {
    let no_name = |reason: &str| {
        let (name, reason) = (name.to_owned(), reason.to_owned());
        Err(ModelError::NoName { name, reason })
    };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) || !name.chars().all(is_plain) {
        return no_name("a name has letters and digits without accents, `-`, `_` and `.`");
    }
    if name.len() > NAME_BYTES_MAX {
        return no_name("a name has at most 64 characters");
    }
    if name.ends_with(ENGINE) {
        return no_name("`-int8` behind a name asks for an engine");
    }
    if name.ends_with(".bin") {
        return no_name("it would be taken for a path");
    }
    let file = format!("{name}.bin");
    let is_published = |model: &Model| model.name == name || model.file == file;
    if super::find(name).is_ok() || models().iter().any(is_published) {
        return no_name("a published model has it");
    }
    Ok(Model {
        name: name.to_owned(),
        kind: Kind::Whisper,
        file,
        address: None,
        bytes: 0,
        sha256: String::new(),
        licence: "-".to_owned(),
        purpose: String::new(),
        checkpoint: None,
        alignment_heads: None,
        packages: Vec::new(),
    })
}

impl ModelFolder {
    /// The models in the folder that are not in the manifest, by name.
    pub fn added(&self) -> Vec<Model> {
        let entries = fs::read_dir(self.root()).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let mut models: Vec<Model> = names
            .filter_map(|file| self.recorded(named(file.strip_suffix(".json")?).ok()?))
            .collect();
        models.sort_by(|left, right| left.name.cmp(&right.name));
        models
    }

    /// What is left of a model called `name`, whose file or whose record is there alone: a kill or
    /// a hand took the other one.
    pub fn remains(&self, name: &str) -> Option<Model> {
        let model = named(name).ok()?;
        (self.path(&model).is_file() || self.record_path(&model).is_file()).then_some(model)
    }

    /// Removes the file of `model`, and whatever is kept beside it.
    ///
    /// # Errors
    /// [`ModelError::Missing`], and errors of removing.
    pub fn remove(&self, model: &Model) -> Result<(), ModelError> {
        let (path, record) = (self.path(model), self.record_path(model));
        if !path.is_file() && !record.is_file() {
            return Err(ModelError::Missing { name: model.name.clone(), path });
        }
        [&path, &receipt_path(&path), &record]
            .into_iter()
            .try_for_each(|file| store::remove_if_there(file))
            .map_err(|error| ModelError::of_file(&path, 0, error))
    }

    /// Keeps `heads`, which were found here, as the alignment heads of `model`; with `None` those
    /// that were found are forgotten, and a published model has its published ones.
    ///
    /// They stand in the record of the model; a published one has none but for them.
    ///
    /// # Errors
    /// Errors of writing.
    pub fn keep_heads(
        &self,
        model: &Model,
        heads: Option<Vec<[usize; 2]>>,
    ) -> Result<(), ModelError> {
        let is_published = super::find(&model.name).is_ok();
        if is_published && heads.is_none() {
            let path = self.record_path(model);
            return store::remove_if_there(&path)
                .map_err(|error| ModelError::of_file(&path, 0, error));
        }
        let purpose = if is_published { "published".to_owned() } else { model.purpose.clone() };
        self.record(&Model { alignment_heads: heads, purpose, ..model.clone() })
    }

    /// `model`, which is published, with the alignment heads that were found here, if any were.
    pub(super) fn with_found_heads(&self, model: &Model) -> Model {
        let found = self.recorded(model.clone());
        let found = found.filter(|found| found.sha256 == model.sha256);
        let heads = found.and_then(|found| found.alignment_heads);
        Model { alignment_heads: heads.or(model.alignment_heads.clone()), ..model.clone() }
    }

    /// Records `model`, whose file is there and was looked at, and what it is.
    pub(super) fn record(&self, model: &Model) -> Result<(), ModelError> {
        let Model { bytes, sha256, purpose: source, alignment_heads, .. } = model.clone();
        let record = Record { bytes, sha256, source, alignment_heads };
        let path = self.record_path(model);
        let of_file = |error| ModelError::of_file(&path, 0, error);
        let mut json = serde_json::to_vec(&record).map_err(|error| of_file(error.into()))?;
        json.push(b'\n');
        store::write_atomic(&path, &json).map_err(of_file)
    }

    /// `model` with what its record says; `None` without a record that can be read.
    fn recorded(&self, model: Model) -> Option<Model> {
        let path = self.record_path(&model);
        let is_short = fs::metadata(&path).is_ok_and(|file| file.len() <= RECORD_BYTES_MAX);
        let json = is_short.then(|| fs::read(&path).ok())??;
        let Record { bytes, sha256, source: purpose, alignment_heads } =
            serde_json::from_slice(&json).ok()?;
        Some(Model { bytes, sha256, purpose, alignment_heads, ..model })
    }

    fn record_path(&self, model: &Model) -> std::path::PathBuf {
        self.root().join(format!("{}.json", model.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_plain_and_no_published_one() {
        for name in ["mine", "large-v3-corse", "essai_2.1"] {
            assert_eq!(named(name).unwrap().file, format!("{name}.bin"));
        }
        let long = "a".repeat(65);
        for name in [
            "",
            ".mine",
            "../mine",
            "été",
            "mine-int8",
            "base",
            "turbo",
            "ggml-base",
            "a.bin",
            &long,
        ] {
            assert!(matches!(named(name), Err(ModelError::NoName { .. })), "{name}");
        }
    }

    #[test]
    fn heads_found_here_go_before_the_published_ones_until_they_are_forgotten() {
        let root = tempfile::tempdir().unwrap();
        let folder = ModelFolder::new(root.path());
        let base = super::super::find("base").unwrap();
        let heads = |name: &str| folder.find(name).unwrap().alignment_heads;
        folder.keep_heads(base, Some(vec![[5, 0]])).unwrap();
        assert_eq!(heads("base"), Some(vec![[5, 0]]));
        assert_eq!(heads("base-q8_0"), base.alignment_heads, "another file");
        assert!(folder.added().is_empty(), "it is published");
        let other = Model { sha256: "00".to_owned(), ..base.clone() };
        folder.keep_heads(&other, Some(vec![[5, 0]])).unwrap();
        assert_eq!(heads("base"), base.alignment_heads, "of another content");
        folder.keep_heads(base, None).unwrap();
        assert_eq!(heads("base"), base.alignment_heads);
        let mine = Model { alignment_heads: Some(vec![[1, 0]]), ..named("mine").unwrap() };
        folder.record(&mine).unwrap();
        folder.keep_heads(&mine, None).unwrap();
        assert_eq!(heads("mine"), None);
        folder.keep_heads(&mine, Some(vec![[0, 0]])).unwrap();
        assert_eq!(heads("mine"), Some(vec![[0, 0]]));
    }

    #[test]
    fn what_was_recorded_is_found_by_its_name_until_it_is_removed() {
        let root = tempfile::tempdir().unwrap();
        let folder = ModelFolder::new(root.path());
        store::write_atomic(&root.path().join("mine.bin"), b"bonjour").unwrap();
        assert!(folder.added().is_empty(), "without a record");
        let model = Model {
            bytes: 7,
            sha256: "00".to_owned(),
            purpose: "made of `é`".to_owned(),
            alignment_heads: Some(vec![[1, 0]]),
            ..named("mine").unwrap()
        };
        folder.record(&model).unwrap();
        store::write_atomic(&root.path().join("other.json"), b"{}").unwrap();
        let [found] = &folder.added()[..] else { panic!("one model") };
        assert_eq!((&found.name, found.bytes, &found.sha256), (&model.name, 7, &model.sha256));
        assert_eq!(
            (&found.purpose, &found.alignment_heads),
            (&model.purpose, &model.alignment_heads)
        );
        folder.remove(found).unwrap();
        assert!(folder.added().is_empty());
        assert!(matches!(folder.remove(&model), Err(ModelError::Missing { .. })));
    }
}
