//! Which file is the reference of which.

use crate::{convert, report};
use anyhow::Context;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};
use voixoff::{
    base::{
        speech::{SpeakerId, Turn},
        transcript::{Speaker, Transcript},
    },
    formats::rttm,
};

/// An episode and the files of both sides.
pub(crate) struct Pair {
    /// What the files are called, without extension.
    pub(crate) name: String,
    pub(crate) reference: Files,
    pub(crate) hypothesis: Files,
}

/// The files of one side: a transcript, turns, or both.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files {
    pub(crate) transcript: Option<PathBuf>,
    pub(crate) turns: Option<PathBuf>,
}

/// Extensions of transcripts, the one that knows most first.
const TRANSCRIPTS: [&str; 5] = ["json", "trs", "vtt", "srt", "txt"];

/// The pairs of two files, of two folders, or of a file and a folder.
///
/// # Errors
/// A file that is not there, or a reference that nothing is a hypothesis for.
pub(crate) fn find(reference: &Path, hypothesis: &Path) -> anyhow::Result<Vec<Pair>> {
    if let Some(path) = [reference, hypothesis].into_iter().find(|path| !path.exists()) {
        let message = format!("`{}` is not there", path.display());
        return Err(report::advise(message, "give first the reference, then what is scored"));
    }
    let name = stem(reference);
    if !reference.is_dir() && !hypothesis.is_dir() {
        let (reference, hypothesis) = (Files::one(reference), Files::one(hypothesis));
        return Ok(vec![Pair { name, reference, hypothesis }]);
    }
    let mut references = by_stem(reference)?;
    let mut hypotheses = by_stem(hypothesis)?;
    if !hypothesis.is_dir() {
        references.retain(|stem, _| hypotheses.contains_key(stem));
    }
    if references.is_empty() {
        let message =
            format!("`{}` has no reference for `{}`", reference.display(), hypothesis.display());
        return Err(report::advise(message, "files are paired by their names without extension"));
    }
    let mut pairs = Vec::new();
    for (name, reference) in references {
        let Some(other) = hypotheses.remove(&name) else {
            let path = reference.any().display();
            let message = format!("`{path}` has no hypothesis in `{}`", hypothesis.display());
            return Err(report::advise(
                message,
                "files are paired by their names without extension: transcribe it, or move it away",
            ));
        };
        pairs.push(Pair { name, reference, hypothesis: other });
    }
    for extra in hypotheses.values().filter(|_| reference.is_dir()) {
        report::warning(&format!("`{}` has no reference and is not scored", extra.any().display()));
    }
    Ok(pairs)
}

impl Files {
    fn one(path: &Path) -> Files {
        let mut files = Files::default();
        files.add(path);
        files
    }

    /// Keeps `path` if it is better than what is there.
    fn add(&mut self, path: &Path) {
        if extension(path) == "rttm" {
            self.turns = Some(path.to_owned());
            return;
        }
        let rank = |path: &Path| {
            TRANSCRIPTS.iter().position(|known| *known == extension(path)).unwrap_or(usize::MAX)
        };
        if self.transcript.as_deref().is_none_or(|known| rank(path) < rank(known)) {
            self.transcript = Some(path.to_owned());
        }
    }

    /// One of them, to name the side by.
    pub(crate) fn any(&self) -> &Path {
        self.transcript.as_deref().or(self.turns.as_deref()).unwrap_or(Path::new(""))
    }

    /// What they say together.
    pub(crate) fn read(&self) -> anyhow::Result<Transcript> {
        let mut transcript = match &self.transcript {
            Some(path) => convert::read(path)?,
            None => Transcript::default(),
        };
        if let Some(path) = &self.turns {
            let (turns, names) = turns(path)?;
            if transcript.speakers.is_empty() {
                transcript.speakers = (0..)
                    .zip(names)
                    .map(|(number, name)| Speaker::named(SpeakerId(number), name))
                    .collect();
            }
            // Words without times do not make turns less timed.
            transcript.turns = turns;
        }
        Ok(transcript)
    }
}

/// The turns of an RTTM file, and what it calls the speakers. Of several episodes in it, those
/// of the one that is called as the file.
fn turns(path: &Path) -> anyhow::Result<(Vec<Turn>, Vec<String>)> {
    let unread = || format!("`{}` cannot be read", path.display());
    let text = fs::read_to_string(path).with_context(unread)?;
    let rttm =
        rttm::read_rttm(&text).map_err(|error| anyhow::anyhow!("{}:{error}", path.display()))?;
    let first = rttm.turns.first().map(|(episode, _)| episode);
    let is_one = rttm.turns.iter().all(|(episode, _)| Some(episode) == first);
    let name = stem(path).replace(char::is_whitespace, "_");
    let of = rttm.turns.iter().filter(|(episode, _)| is_one || *episode == name);
    Ok((of.map(|(_, turn)| *turn).collect(), rttm.names))
}

fn by_stem(path: &Path) -> anyhow::Result<BTreeMap<String, Files>> {
    let mut found: BTreeMap<String, Files> = BTreeMap::new();
    if !path.is_dir() {
        found.insert(stem(path), Files::one(path));
        return Ok(found);
    }
    let unread = || format!("`{}` cannot be read", path.display());
    for entry in fs::read_dir(path).with_context(unread)? {
        let path = entry.with_context(unread)?.path();
        let is_known = |extension: &str| extension == "rttm" || TRANSCRIPTS.contains(&extension);
        if path.is_file() && is_known(&extension(&path)) {
            found.entry(stem(&path)).or_default().add(&path);
        }
    }
    Ok(found)
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn extension(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().to_lowercase()
}
