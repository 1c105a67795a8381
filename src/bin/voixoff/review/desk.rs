//! What is under review: the episodes, and those of them that somebody has opened.

use super::sound::Wave;
use crate::{archive::searchable_archive, convert, report::advise};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};
use voixoff::{
    base::{
        guidance::{Guided, Kind},
        transcript::Transcript,
    },
    episode::outputs::Outputs,
    formats::Format,
    review::{Review, ReviewError},
};

/// Endings of names of sound that browsers play.
const SOUND: [&str; 14] = [
    "mp3", "m4a", "mp4", "aac", "ogg", "oga", "opus", "flac", "wav", "webm", "mka", "m4b", "mov",
    "weba",
];

/// The episodes, by their numbers.
pub(super) struct Desk {
    episodes: Vec<Episode>,
    /// The archives among the places.
    archives: Vec<PathBuf>,
    /// Who reviews; empty where nobody says.
    reviewer: String,
    open: Mutex<BTreeMap<usize, Arc<Mutex<Review>>>>,
    /// What the list says of an episode, and of which files that is.
    summaries: Mutex<BTreeMap<usize, (Stamp, Value)>>,
}

/// When files were changed last, and their sizes.
type Stamp = [Option<(SystemTime, u64)>; 2];

/// An episode that can be reviewed.
pub(super) struct Episode {
    pub(super) outputs: Outputs,
    /// What lists call it.
    pub(super) name: String,
    /// The transcript as it was written.
    file: PathBuf,
    pub(super) wave: Arc<Wave>,
}

impl Desk {
    /// The episodes of `places`, archives and transcripts, for `reviewer`.
    ///
    /// # Errors
    /// Where there is none.
    pub(super) fn of(places: &[PathBuf], reviewer: &str) -> anyhow::Result<Desk> {
        let mut episodes = Vec::new();
        for place in places {
            if place.is_file() {
                let outputs = Outputs::of(place, None);
                let name = outputs.name();
                // One that cannot be read is told before anything is opened.
                convert::opened(place)?;
                episodes.push(Episode::new(outputs, name, place.clone()));
                continue;
            }
            let found = searchable_archive(place).or_else(|error| loose(place).ok_or(error))?;
            let found = found.into_iter().filter_map(|outputs| {
                let file = outputs.path(Format::Json);
                let name = outputs.name_below(place);
                file.is_file().then(|| Episode::new(outputs, name, file))
            });
            episodes.extend(found);
        }
        if episodes.is_empty() {
            return Err(advise(
                "there is no transcript to review",
                "transcribe with `--format json` among the formats: the editor needs the times of words",
            ));
        }
        let archives = places.iter().filter(|place| !place.is_file()).cloned().collect();
        let (open, summaries) = (Mutex::default(), Mutex::default());
        Ok(Desk { episodes, archives, reviewer: reviewer.to_owned(), open, summaries })
    }

    pub(super) fn reviewer(&self) -> &str {
        &self.reviewer
    }

    pub(super) fn n_episodes(&self) -> usize {
        self.episodes.len()
    }

    pub(super) fn episodes(&self) -> &[Episode] {
        &self.episodes
    }

    pub(super) fn episode(&self, number: usize) -> Option<&Episode> {
        self.episodes.get(number)
    }

    /// The review of an episode, open for as long as the server runs.
    ///
    /// # Errors
    /// As [`Review::open`].
    pub(super) fn review(&self, number: usize) -> anyhow::Result<Arc<Mutex<Review>>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(review) = open.get(&number) {
            return Ok(Arc::clone(review));
        }
        let review = Arc::new(Mutex::new(self.episodes[number].open()?));
        open.insert(number, Arc::clone(&review));
        Ok(review)
    }

    /// What `made` says of an episode; not again while its transcript and its review are the same.
    pub(super) fn summary(&self, number: usize, made: impl FnOnce() -> Value) -> Value {
        let stamp = self.episodes[number].stamp();
        let summaries = || self.summaries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, value)) = summaries().get(&number).filter(|(of, _)| *of == stamp) {
            return value.clone();
        }
        let value = made();
        // What stands in the way may be gone the next time.
        if value.get("error").is_none() {
            summaries().insert(number, (stamp, value.clone()));
        }
        value
    }

    pub(super) fn archives(&self) -> &[PathBuf] {
        &self.archives
    }

    /// Does `work` with the review of an episode; where no page has it open, other programs can have it
    /// again afterwards.
    ///
    /// # Errors
    /// As [`Review::open`], and those of `work`.
    pub(super) fn in_passing<T>(
        &self,
        number: usize,
        work: impl FnOnce(&mut Review) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(review) = open.get(&number).map(Arc::clone) {
            drop(open);
            return work(&mut review.lock().unwrap_or_else(PoisonError::into_inner));
        }
        // No page opens it meanwhile.
        work(&mut self.episodes[number].open()?)
    }

    /// Whether a page has asked for the review of an episode.
    pub(super) fn is_open(&self, number: usize) -> bool {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&number)
    }
}

impl Episode {
    fn new(outputs: Outputs, name: String, file: PathBuf) -> Episode {
        let wave = Wave::new(outputs.own().join(format!("peaks-{}", outputs.name())));
        Episode { outputs, name, file, wave: Arc::new(wave) }
    }

    /// Its review, which no other program can open until it is dropped.
    ///
    /// # Errors
    /// As [`Review::open`].
    pub(super) fn open(&self) -> anyhow::Result<Review> {
        Review::open(&self.outputs.review(), || self.written())
    }

    fn stamp(&self) -> Stamp {
        [&self.file, &self.outputs.review()].map(|path| {
            let about = path.metadata().ok()?;
            Some((about.modified().ok()?, about.len()))
        })
    }

    /// The transcript as it was written last.
    pub(super) fn written(&self) -> anyhow::Result<Transcript> {
        convert::opened(&self.file).map(|reading| reading.transcript)
    }

    /// Where its sound is, if it is on this machine: as the receipt has it, or the transcript.
    pub(super) fn sound(&self, about_sound: &str) -> Option<PathBuf> {
        let made = self.outputs.receipt().ok().flatten().and_then(|receipt| receipt.made);
        let place = made.map(|made| made.source.place);
        let places = [place.as_deref().unwrap_or_default(), about_sound];
        let folder = self.outputs.folder();
        let paths = places.into_iter().filter(|place| !place.is_empty() && !place.contains("://"));
        paths.map(|place| folder.join(place)).find(|path| is_sound(path))
    }
}

/// The transcripts of a folder that no run is noted in; `None` where there is none.
fn loose(folder: &Path) -> Option<Vec<Outputs>> {
    let files = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    let is_json = |path: &PathBuf| path.extension().is_some_and(|it| it == "json");
    let mut files: Vec<PathBuf> =
        files.filter(is_json).filter(|path| convert::opened(path).is_ok()).collect();
    files.sort();
    let found: Vec<Outputs> = files.iter().map(|path| Outputs::of(path, None)).collect();
    (!found.is_empty()).then_some(found)
}

/// Whether `path` is a file that a browser may be given as sound: an archive may come from anybody, and
/// names what it likes.
fn is_sound(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    SOUND.contains(&&*ending) && path.is_file()
}

/// What stands in the way of a review, in the language of the program.
pub(super) fn reason(error: &anyhow::Error) -> String {
    match is_busy(error) {
        true => "another program has this review open".to_owned(),
        false => format!("{error:#}"),
    }
}

/// Whether another program has the review open.
pub(super) fn is_busy(error: &anyhow::Error) -> bool {
    error.downcast_ref::<ReviewError>().is_some_and(|error| error.kind() == Kind::Busy)
}
