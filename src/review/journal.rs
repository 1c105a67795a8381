//! The file of a review: what was recognised, then a line for each thing that a person did.

use super::{Document, Edit, Refused};
use crate::{
    base::{
        guidance::{self, Guidance, Guided, Kind},
        journal::{Journal, Known},
        transcript::Transcript,
    },
    formats::{self, Format, RenderSettings},
};
use serde::{Deserialize, Serialize, de::IgnoredAny};
use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

/// A transcript under review, and its file. The file is made with the first edit, and belongs to this
/// process from then on; each edit is on the disk before it is answered.
#[derive(Debug)]
pub struct Review {
    path: PathBuf,
    /// `None` until the first edit.
    journal: Option<Journal>,
    edits: Vec<Entry>,
    deeds: Vec<Deed>,
    document: Document,
}

/// Something that was done and can be taken back.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Deed {
    /// What was done.
    pub edit: Edit,
    /// What takes it back.
    pub back: Edit,
}

impl Deed {
    fn typed_in(&self) -> Option<u64> {
        typed_in(&self.edit, &self.back)
    }
}

/// Most deeds that can be taken back after a page was closed, and most sentences in them.
const DEEDS_MAX: usize = 200;
const DEEDS_SENTENCES_MAX: usize = 5_000;

/// What the edits of a review are made to: its first line.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    /// The transcript as it was recognised, in our JSON.
    transcript: String,
}

/// An edit as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Entry {
    /// The revision that it was made from.
    since: u64,
    edit: Edit,
}

/// How far a review is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Whether somebody has read all of it against the sound.
    pub is_reviewed: bool,
    /// Who reads it, as they want to be called; empty where nobody says.
    pub reviewer: String,
    /// Whether the files of the episode are not yet as people want them.
    pub is_unpublished: bool,
}

/// Why a review cannot be opened, or not go on.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// Its file cannot be read or written.
    #[error("`{}` cannot be kept", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Its file is no review, or a damaged one.
    #[error("`{}` is damaged: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// An edit does not fit.
    #[error(transparent)]
    Refused(#[from] Refused),
}

impl Guided for ReviewError {
    fn kind(&self) -> Kind {
        match self {
            ReviewError::File { source, .. } if is_busy(source) => Kind::Busy,
            _ => Kind::Lasting,
        }
    }

    fn guidance(&self) -> Option<Guidance> {
        match self {
            ReviewError::File { source, .. } if is_busy(source) => Some(Guidance::AfterOtherRun),
            ReviewError::File { source, .. } => Some(guidance::of_writing(source)),
            ReviewError::Damaged { .. } => Some(Guidance::ReplaceReview),
            ReviewError::Refused(_) => None,
        }
    }
}

fn is_busy(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::ResourceBusy
}

impl Review {
    /// The review in the file at `path`, or that of `machine` where none has begun.
    ///
    /// # Errors
    /// [`ReviewError`], and what `machine` has.
    pub fn open<E: From<ReviewError>>(
        path: &Path,
        machine: impl FnOnce() -> Result<Transcript, E>,
    ) -> Result<Review, E> {
        if !path.exists() {
            return Ok(Review::new(path, machine()?));
        }
        let (journal, known) = opened(path)?;
        match known.head {
            Some(head) => Ok(Review::resumed(path, journal, &head, known.windows.into_values())?),
            // Nothing but the beginning was written when the program ended.
            None => {
                drop(journal);
                Ok(Review::new(path, machine()?))
            }
        }
    }

    fn new(path: &Path, machine: Transcript) -> Review {
        let document = Document::new(machine);
        let (edits, deeds) = (Vec::new(), Vec::new());
        Review { path: path.into(), journal: None, edits, deeds, document }
    }

    /// The review in the file at `path`, where one has begun.
    ///
    /// # Errors
    /// [`ReviewError`].
    pub fn begun(path: &Path) -> Result<Option<Review>, ReviewError> {
        let none =
            || Err(ReviewError::File { path: path.into(), source: io::ErrorKind::NotFound.into() });
        match Review::open(path, none) {
            Err(ReviewError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                Ok(None)
            }
            opened => opened.map(Some),
        }
    }

    /// How far the review in the file at `path` is, whoever has it open; `None` where none has begun.
    ///
    /// # Errors
    /// [`ReviewError::File`].
    pub fn progress(path: &Path) -> Result<Option<Progress>, ReviewError> {
        let known = match Journal::read::<IgnoredAny, Entry>(path) {
            Ok(known) => known,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(ReviewError::File { path: path.into(), source }),
        };
        let entries: Vec<Entry> = known.windows.into_values().collect();
        let reviewed = entries.iter().rev().find_map(|entry| entry.edit.reviewed);
        let reviewer = entries.iter().rev().find_map(|entry| entry.edit.reviewer.clone());
        Ok(Some(Progress {
            is_reviewed: reviewed.unwrap_or_default(),
            reviewer: reviewer.unwrap_or_default(),
            is_unpublished: is_unpublished(&entries),
        }))
    }

    fn resumed(
        path: &Path,
        journal: Journal,
        head: &Head,
        entries: impl Iterator<Item = Entry>,
    ) -> Result<Review, ReviewError> {
        let damaged = |reason: String| ReviewError::Damaged { path: path.into(), reason };
        let machine = formats::read(head.transcript.as_bytes(), "review.json")
            .map_err(|error| damaged(error.to_string()))?;
        let mut review = Review::new(path, machine);
        review.journal = Some(journal);
        for entry in entries {
            let back = review.document.back_of(&entry.edit);
            let applied = review.document.apply(&entry.edit, entry.since);
            applied
                .map_err(|error| damaged(format!("edit {}: {error}", review.edits.len() + 1)))?;
            review.remember(&entry.edit, back);
            review.edits.push(entry);
        }
        Ok(review)
    }

    /// The text as it stands.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Whether the files of the episode are not yet as people want them.
    pub fn is_unpublished(&self) -> bool {
        is_unpublished(&self.edits)
    }

    /// What was done, the last at the end: as much of it as can be taken back. A later pass, and
    /// files that were written, are nothing to take back.
    pub fn deeds(&self) -> &[Deed] {
        &self.deeds
    }

    /// Applies `edit`, which was made from revision `since`, and keeps it: on the disk when this
    /// returns. The numbers of the sentences that are others from here on. One that is kept already,
    /// whose answer was lost, is not applied again.
    ///
    /// # Errors
    /// [`ReviewError`], and nothing is changed.
    pub fn apply(&mut self, edit: Edit, since: u64) -> Result<BTreeSet<u64>, ReviewError> {
        let entry = Entry { since, edit };
        let first = usize::try_from(since).unwrap_or(usize::MAX);
        if self.edits.iter().skip(first).any(|kept| *kept == entry) {
            let puts = entry.edit.splices.iter().flat_map(|splice| &splice.with);
            return Ok(puts.map(|put| put.id).collect());
        }
        let back = self.document.back_of(&entry.edit);
        let ids = self.document.apply(&entry.edit, since)?;
        match self.keep(&entry) {
            Ok(()) => {
                self.remember(&entry.edit, back);
                self.edits.push(entry);
                Ok(ids)
            }
            Err(source) => {
                self.forget_last();
                Err(ReviewError::File { path: self.path.clone(), source })
            }
        }
    }

    /// Applies `edits`, of which the first was made from revision `since` and each other on top of the one
    /// before it. The numbers of the sentences that are others from here on.
    ///
    /// # Errors
    /// As [`Review::apply`]; those before the one that is refused are kept.
    pub fn apply_all(
        &mut self,
        edits: Vec<Edit>,
        mut since: u64,
    ) -> Result<BTreeSet<u64>, ReviewError> {
        let mut ids = BTreeSet::new();
        for edit in edits {
            let entry = Entry { since, edit: edit.clone() };
            ids.extend(self.apply(edit, since)?);
            // If somebody else has come between, who made the next one knows nothing of that.
            let own = usize::try_from(since).ok().and_then(|at| self.edits.get(at));
            since += u64::from(own == Some(&entry));
        }
        Ok(ids)
    }

    /// Notes `edit` among what can be taken back; one that takes back what was done takes it away.
    fn remember(&mut self, edit: &Edit, back: Edit) {
        if edit.published {
            // Under a later pass all that people did is one edit.
            if !edit.splices.is_empty() {
                self.deeds.clear();
            }
            return;
        }
        match self.deeds.last_mut() {
            Some(last) if is_same(&last.back, edit) => {
                self.deeds.pop();
            }
            // Typing is kept in pieces, and taken back as one.
            Some(last) if typed_in(edit, &back).is_some_and(|id| last.typed_in() == Some(id)) => {
                last.edit = edit.clone();
            }
            _ => self.deeds.push(Deed { edit: edit.clone(), back }),
        }
        let n_sentences = |deed: &Deed| -> usize {
            deed.edit.splices.iter().map(|it| it.at.len() + it.with.len()).sum()
        };
        while self.deeds.len() > DEEDS_MAX
            || self.deeds.iter().map(n_sentences).sum::<usize>() > DEEDS_SENTENCES_MAX
        {
            self.deeds.remove(0);
        }
    }

    fn keep(&mut self, entry: &Entry) -> io::Result<()> {
        let number = self.edits.len();
        if self.journal.is_none() {
            let (mut journal, known) = Journal::open::<Head, Entry>(&self.path)?;
            // Another program has begun one meanwhile.
            if known.head.is_some() {
                return Err(io::ErrorKind::ResourceBusy.into());
            }
            journal.note_head(&head(self.document.machine()))?;
            self.journal = Some(journal);
        }
        match &mut self.journal {
            Some(journal) => journal.note(number, entry),
            None => Ok(()),
        }
    }

    /// The document as it was before an edit that could not be kept.
    fn forget_last(&mut self) {
        let mut document = Document::new(self.document.machine().clone());
        for entry in &self.edits {
            // They were applied once, in this order.
            let _ = document.apply(&entry.edit, entry.since);
        }
        self.document = document;
    }

    /// Puts `machine`, a later pass over the same sound, under what people did: from here on the
    /// edits are those that make the text of it.
    ///
    /// # Errors
    /// [`ReviewError`], and nothing is changed.
    pub fn renew(&mut self, machine: Transcript) -> Result<(), ReviewError> {
        let file = |source| ReviewError::File { path: self.path.clone(), source };
        // Who renews it writes the files.
        let edit = Edit { published: true, ..self.document.edit_of(&machine) };
        let mut document = Document::new(machine);
        document.apply(&edit, 0)?;
        let entry = Entry { since: 0, edit };
        // Beside the old file, which stays whole until the new one is.
        let mut name = self.path.as_os_str().to_owned();
        name.push(".next");
        let next = PathBuf::from(name);
        let _ = fs::remove_file(&next);
        let written = (|| {
            let (mut journal, _) = Journal::open::<Head, Entry>(&next)?;
            journal.note_head(&head(document.machine()))?;
            journal.note(0, &entry)?;
            fs::rename(&next, &self.path)?;
            journal.moved(&self.path);
            Ok(journal)
        })();
        self.journal = Some(written.map_err(file)?);
        self.edits = vec![entry];
        self.deeds.clear();
        self.document = document;
        Ok(())
    }
}

/// Whether both make the same of a document, whatever words they say that it stands for.
fn is_same(one: &Edit, other: &Edit) -> bool {
    let plain = |edit: &Edit| {
        let mut edit = edit.clone();
        let puts = edit.splices.iter_mut().flat_map(|splice| &mut splice.with);
        puts.for_each(|put| put.heard = None);
        edit
    };
    one.splices.len() == other.splices.len() && plain(one) == plain(other)
}

/// The one sentence of which `edit`, which `back` takes back, changes the text and nothing else.
fn typed_in(edit: &Edit, back: &Edit) -> Option<u64> {
    let [splice] = &edit.splices[..] else { return None };
    let [put] = &splice.with[..] else { return None };
    let mut typed = back.clone();
    typed.splices.first_mut()?.with.first_mut()?.text.clone_from(&put.text);
    (splice.at == [put.id] && is_same(&typed, edit)).then_some(put.id)
}

fn is_unpublished(entries: &[Entry]) -> bool {
    entries.last().is_some_and(|entry| !entry.edit.published)
}

fn opened(path: &Path) -> Result<(Journal, Known<Head, Entry>), ReviewError> {
    let file = |source| ReviewError::File { path: path.into(), source };
    Journal::open::<Head, Entry>(path).map_err(file)
}

fn head(machine: &Transcript) -> Head {
    let json = Format::Json.render(machine, &RenderSettings::default());
    Head { transcript: String::from_utf8_lossy(&json).into_owned() }
}
