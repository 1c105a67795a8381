//! The folder where model files lie, and whether they are what they should be.
//!
//! A digest of three gigabytes takes seconds, and a program that starts for every
//! episode must not take them every time. So the first full check leaves a receipt
//! beside the file: its length, the time of its last change and its digest. Later
//! starts compare length and time, as `make` and `git` do; a file that was changed
//! or copied since is read again as a whole. The receipt guards against accidents
//! (a cut copy, an overwritten file), not against somebody who can write there:
//! `voixoff models verify` never looks at it.

use super::{DEFAULT_WHISPER, Kind, Model, ModelError, Progress, find, models, whole};
use crate::base::{digest::digest_of, ggml::MAGIC, store};
use serde::Deserialize;
use std::{
    fs::{self, File, Metadata},
    io::{self, Read, Seek},
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

/// A folder of model files. Which folder is the caller's choice.
#[derive(Debug, Clone)]
pub struct ModelFolder {
    path: PathBuf,
}

/// A Whisper model that can be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChosenModel {
    /// Name in the manifest, or the path as it was given.
    pub name: String,
    /// Where the file lies.
    pub path: PathBuf,
    /// SHA-256 of the file.
    pub sha256: String,
    /// `[layer, head]` of the decoder's heads whose cross-attention follows the sound, where they
    /// are known.
    pub alignment_heads: Option<Vec<[usize; 2]>>,
}

/// What is known of a model's file without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// There is none.
    Absent,
    /// It has another length than the published one, or cannot be looked at.
    Damaged,
    /// Its length is right; what is in it was not read since it was changed last.
    Unchecked,
    /// It is as it was when it was read as a whole.
    Checked,
}

/// What a full check leaves beside the file.
#[derive(Debug, PartialEq, Eq, Deserialize)]
struct Receipt {
    bytes: u64,
    /// Nanoseconds since 1970; as text, because TOML has no integers of 128 bits.
    changed_ns: String,
    sha256: String,
}

impl ModelFolder {
    /// The folder at `path`, which need not exist before something is put there.
    pub fn new(path: impl Into<PathBuf>) -> ModelFolder {
        ModelFolder { path: path.into() }
    }

    /// Where the folder lies.
    pub fn root(&self) -> &Path {
        &self.path
    }

    /// Where the file of `model` lies, or would lie.
    pub fn path(&self, model: &Model) -> PathBuf {
        self.path.join(&model.file)
    }

    /// How far `model` can be relied on, by what is known without reading it.
    pub fn standing(&self, model: &Model) -> Standing {
        match self.sized(model) {
            Ok((path, metadata)) => {
                let receipt = receipt_of(model, &metadata);
                let is_checked = receipt.is_some() && read_receipt(&path) == receipt;
                if is_checked { Standing::Checked } else { Standing::Unchecked }
            }
            Err(ModelError::Missing { .. }) => Standing::Absent,
            Err(_) => Standing::Damaged,
        }
    }

    /// Whether there is a file of `model`, whatever its content.
    pub fn has(&self, model: &Model) -> bool {
        self.path(model).is_file()
    }

    /// The path of `model`, after the check of every start: the length, and either
    /// the receipt of an earlier full check or a full check. See the module.
    ///
    /// # Errors
    /// [`ModelError::Missing`], [`ModelError::WrongSize`], [`ModelError::Damaged`],
    /// or an error of reading.
    pub fn ready(&self, model: &Model, progress: Progress<'_>) -> Result<PathBuf, ModelError> {
        let (path, metadata) = self.sized(model)?;
        let receipt = receipt_of(model, &metadata);
        if receipt.is_some() && read_receipt(&path) == receipt {
            return Ok(path);
        }
        self.verify(model, progress)
    }

    /// The path of `model`, after the digest of its whole content was compared with
    /// the manifest. `progress` is told bytes read and bytes in all.
    ///
    /// # Errors
    /// As [`ModelFolder::ready`].
    pub fn verify(&self, model: &Model, progress: Progress<'_>) -> Result<PathBuf, ModelError> {
        let (path, metadata) = self.sized(model)?;
        let of_file = |error| ModelError::of_file(&path, model.bytes, error);
        let file = File::open(&path).map_err(of_file)?;
        let found = digest_of(file, &mut |done| progress(done, model.bytes)).map_err(of_file)?;
        if found != model.sha256 {
            let _ = fs::remove_file(receipt_path(&path));
            let (name, expected) = (model.name.clone(), model.sha256.clone());
            return Err(ModelError::Damaged { name, path, expected, found });
        }
        if let Some(receipt) = receipt_of(model, &metadata) {
            write_receipt(&path, &receipt);
        }
        Ok(path)
    }

    /// Leaves a receipt for `model`, whose content was checked while it was written.
    pub(super) fn note_checked(&self, model: &Model) {
        if let Ok((path, metadata)) = self.sized(model)
            && let Some(receipt) = receipt_of(model, &metadata)
        {
            write_receipt(&path, &receipt);
        }
    }

    /// Makes sure that the folder is there.
    pub(super) fn create(&self) -> Result<(), ModelError> {
        fs::create_dir_all(&self.path).map_err(|error| ModelError::of_file(&self.path, 0, error))
    }

    /// The strongest Whisper model present, but none weaker than `base`; `base`
    /// itself if there is none, present or not.
    pub fn best_present_whisper(&self) -> &'static Model {
        let whispers = || models().iter().filter(|model| model.kind == Kind::Whisper);
        let base = whispers().find(|model| model.name == DEFAULT_WHISPER);
        let from_base = whispers().skip_while(|model| model.name != DEFAULT_WHISPER);
        let best = from_base.filter(|model| self.has(model)).last();
        best.or(base).expect("the manifest has the default model")
    }

    /// The model called `name`: of the manifest, or one that the user added here.
    ///
    /// # Errors
    /// [`ModelError::NotInManifest`], with all names of the manifest.
    pub fn find(&self, name: &str) -> Result<Model, ModelError> {
        let added = || self.added().into_iter().find(|model| model.name == name);
        let published = find(name).map(|model| self.with_found_heads(model));
        published.or_else(|error| added().ok_or(error))
    }

    /// The Whisper model to use: the one called `choice`, the ggml file at the path
    /// `choice`, or [`ModelFolder::best_present_whisper`] without a choice.
    ///
    /// A name of the manifest is a name, and then one of a model that was added; anything else is
    /// a path if a file lies there. Of a file at a path it is known whether it is whole, and its digest
    /// is taken each time, because no receipt is left in a folder that is not ours.
    ///
    /// # Errors
    /// As [`ModelFolder::ready`], and [`ModelError::NotWhole`], [`ModelError::WrongKind`]
    /// and [`ModelError::NotInManifest`].
    pub fn whisper(
        &self,
        choice: Option<&str>,
        progress: Progress<'_>,
    ) -> Result<ChosenModel, ModelError> {
        let model = match choice {
            None => self.with_found_heads(self.best_present_whisper()),
            Some(choice) => match self.find(choice) {
                Ok(model) => model,
                Err(_) if is_path(choice) => return ggml_file(choice, progress),
                Err(_) => return Err(no_such_whisper(choice)),
            },
        };
        if model.kind != Kind::Whisper {
            let (what, found) = (model.name, format!("it is a {} model", model.kind));
            return Err(ModelError::WrongKind { what, wanted: Kind::Whisper, found });
        }
        let path = self.ready(&model, progress)?;
        let Model { name, sha256, alignment_heads, .. } = model;
        Ok(ChosenModel { name, path, sha256, alignment_heads })
    }

    /// The path of `model` and what the system says of it; it has the right length.
    fn sized(&self, model: &Model) -> Result<(PathBuf, Metadata), ModelError> {
        let path = self.path(model);
        let name = model.name.clone();
        let metadata = match fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(ModelError::Missing { name, path });
            }
            Err(error) => return Err(ModelError::of_file(path, model.bytes, error)),
            Ok(metadata) => metadata,
        };
        if metadata.len() != model.bytes {
            let (expected, found) = (model.bytes, metadata.len());
            return Err(ModelError::WrongSize { name, path, expected, found });
        }
        Ok((path, metadata))
    }
}

/// Whether `choice` is meant as the path of a file, be it there or not.
fn is_path(choice: &str) -> bool {
    let path = Path::new(choice);
    path.is_file() || path.components().count() > 1 || path.extension() == Some("bin".as_ref())
}

fn no_such_whisper(name: &str) -> ModelError {
    let whispers = models().iter().filter(|model| model.kind == Kind::Whisper);
    ModelError::NotInManifest {
        name: name.to_owned(),
        known: whispers.map(|model| model.name.as_str()).collect(),
    }
}

/// The ggml file at the path `choice`.
fn ggml_file(choice: &str, progress: Progress<'_>) -> Result<ChosenModel, ModelError> {
    let path = PathBuf::from(choice);
    let of_file = |error| ModelError::of_file(choice, 0, error);
    let mut file = File::open(&path).map_err(of_file)?;
    let total = file.metadata().map_err(of_file)?.len();
    let mut magic = Vec::new();
    file.by_ref().take(4).read_to_end(&mut magic).map_err(of_file)?;
    if magic != MAGIC.to_le_bytes() {
        let found = "it does not begin as a ggml file does".to_owned();
        return Err(ModelError::WrongKind { what: choice.into(), wanted: Kind::Whisper, found });
    }
    if let Some(reason) = whole::damage(&mut file).map_err(of_file)? {
        return Err(ModelError::NotWhole { path, reason });
    }
    file.rewind().map_err(of_file)?;
    let sha256 = digest_of(file, &mut |done| progress(done, total)).map_err(of_file)?;
    let published = models().iter().find(|model| model.sha256 == sha256);
    let alignment_heads = published.and_then(|model| model.alignment_heads.clone());
    Ok(ChosenModel { name: choice.to_owned(), path, sha256, alignment_heads })
}

pub(super) fn receipt_path(path: &Path) -> PathBuf {
    path.with_added_extension("verified")
}

/// The receipt that a good file would have; `None` where the system tells no times.
fn receipt_of(model: &Model, metadata: &Metadata) -> Option<Receipt> {
    let changed = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    let changed_ns = changed.as_nanos().to_string();
    Some(Receipt { bytes: metadata.len(), changed_ns, sha256: model.sha256.clone() })
}

fn read_receipt(path: &Path) -> Option<Receipt> {
    toml::from_str(&fs::read_to_string(receipt_path(path)).ok()?).ok()
}

/// A folder that cannot be written to costs a full check at every start, no more.
fn write_receipt(path: &Path, receipt: &Receipt) {
    let Receipt { bytes, changed_ns, sha256 } = receipt;
    let text = format!("bytes = {bytes}\nchanged_ns = \"{changed_ns}\"\nsha256 = \"{sha256}\"\n");
    let _ = store::write_atomic(&receipt_path(path), text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::{
            digest::digest,
            guidance::{Guidance, Guided},
        },
        models::conversion::by_hand,
    };

    fn folder() -> (tempfile::TempDir, ModelFolder) {
        let root = tempfile::tempdir().unwrap();
        let folder = ModelFolder::new(root.path());
        (root, folder)
    }

    /// `base`, but with the length and the digest of `content`.
    fn model_of(content: &[u8]) -> Model {
        let base = find("base").unwrap().clone();
        Model { bytes: content.len() as u64, sha256: digest(content), ..base }
    }

    fn put(folder: &ModelFolder, name: &str, content: &[u8]) {
        store::write_atomic(&folder.root().join(name), content).unwrap();
    }

    #[test]
    fn a_second_start_reads_nothing() {
        let (_root, folder) = folder();
        put(&folder, "ggml-base.bin", b"bonjour");
        let model = model_of(b"bonjour");
        let mut read = 0;
        folder.ready(&model, &mut |done, _| read += done).unwrap();
        assert_eq!(read, 7);
        folder.ready(&model, &mut |_, _| panic!("the file is read again")).unwrap();
    }

    #[test]
    fn a_file_changed_since_its_receipt_is_read_again() {
        let (_root, folder) = folder();
        put(&folder, "ggml-base.bin", b"bonjour");
        let model = model_of(b"bonjour");
        folder.ready(&model, &mut |_, _| {}).unwrap();
        put(&folder, "ggml-base.bin", b"bonsoir");
        let later = std::time::SystemTime::now() + std::time::Duration::from_secs(7);
        let file = File::options().write(true).open(folder.path(&model)).unwrap();
        file.set_modified(later).unwrap();
        let error = folder.ready(&model, &mut |_, _| {}).unwrap_err();
        assert!(matches!(error, ModelError::Damaged { .. }), "{error}");
    }

    #[test]
    fn a_cut_file_is_known_by_its_length() {
        let (_root, folder) = folder();
        put(&folder, "ggml-base.bin", b"bonj");
        let error = folder.ready(&model_of(b"bonjour"), &mut |_, _| {}).unwrap_err();
        assert_eq!(error.to_string(), "model `base` is damaged: expected 7 bytes, found 4");
    }

    #[test]
    fn the_strongest_model_present_is_used() {
        let (_root, folder) = folder();
        assert_eq!(folder.best_present_whisper().name, "base");
        put(&folder, "ggml-tiny.bin", b"");
        assert_eq!(folder.best_present_whisper().name, "base");
        put(&folder, "ggml-small.bin", b"");
        put(&folder, "ggml-base.bin", b"");
        assert_eq!(folder.best_present_whisper().name, "small");
    }

    #[test]
    fn a_path_is_a_model_if_it_is_a_whole_ggml_file() {
        let (_root, folder) = folder();
        let mine = by_hand::model();
        put(&folder, "mine.bin", &mine);
        put(&folder, "cut.bin", &mine[..mine.len() / 2]);
        put(&folder, "head.bin", &mine[..48]);
        put(&folder, "photo.jpg", b"\xff\xd8");
        let path = |name| folder.root().join(name).to_str().unwrap().to_owned();
        let chosen = folder.whisper(Some(&path("mine.bin")), &mut |_, _| {}).unwrap();
        assert_eq!(chosen.sha256, model_of(&mine).sha256);
        for name in ["cut.bin", "head.bin"] {
            let error = folder.whisper(Some(&path(name)), &mut |_, _| {}).unwrap_err();
            let told = format!("model `{}` is damaged: it ends at its byte ", path(name));
            assert!(error.to_string().starts_with(&told), "{error}");
        }
        let error = folder.whisper(Some(&path("photo.jpg")), &mut |_, _| {}).unwrap_err();
        assert!(matches!(error, ModelError::WrongKind { .. }), "{error}");
    }

    #[test]
    fn an_absent_path_is_no_unknown_name() {
        let (_root, folder) = folder();
        for path in ["nulle/part", "mine.bin", "./base"] {
            let error = folder.whisper(Some(path), &mut |_, _| {}).unwrap_err();
            assert_eq!(error.to_string(), format!("`{path}` cannot be used"));
            assert_eq!(error.guidance(), Some(Guidance::UsableFile { path: path.to_owned() }));
        }
        let error = folder.whisper(Some("basse"), &mut |_, _| {}).unwrap_err();
        assert_eq!(error.to_string(), "no model is called `basse`");
    }

    #[test]
    fn a_damaged_model_is_known_before_it_is_read() {
        let (_root, folder) = folder();
        let model = model_of(b"bonjour");
        assert_eq!(folder.standing(&model), Standing::Absent);
        put(&folder, "ggml-base.bin", b"bonj");
        assert_eq!(folder.standing(&model), Standing::Damaged);
        put(&folder, "ggml-base.bin", b"bonsoir");
        assert_eq!(folder.standing(&model), Standing::Unchecked);
        put(&folder, "ggml-base.bin", b"bonjour");
        folder.verify(&model, &mut |_, _| {}).unwrap();
        assert_eq!(folder.standing(&model), Standing::Checked);
    }

    #[test]
    fn a_speaker_network_does_not_transcribe() {
        let (_root, folder) = folder();
        let error = folder.whisper(Some("segmentation"), &mut |_, _| {}).unwrap_err();
        let text = "`segmentation` is not a whisper model: it is a segmentation model";
        assert_eq!(error.to_string(), text);
    }
}
