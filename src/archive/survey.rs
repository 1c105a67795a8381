//! What there is in an archive, and where each episode stands.
//!
//! The receipts are the ledger: whatever was transcribed here counts, by whatever command. What
//! the next run is to do adds which episodes wait, and which of its own it would do again.

use super::{
    batch::{Remaining, Standing},
    mirror::Mirror,
    sources::{Item, Problem},
};
use crate::{
    episode::outputs::{BuildRecord, Changed, Failure, Outputs, Receipt, Source},
    formats::Format,
    review::{Progress, Review},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

/// The most that an episode may take, in seconds.
const CENTURY: f64 = 3e9;

/// The episodes of an archive, and what is known of their cost.
#[derive(Debug, Default)]
pub struct Survey {
    /// Those that a run would look at, then those that only the ledger knows.
    pub episodes: Vec<SurveyedEpisode>,
    /// What a run would not find.
    pub problems: Vec<Problem>,
    /// What was measured here.
    pub speeds: Speeds,
    /// That of the next run, where it is known.
    pub recogniser: Option<String>,
}

/// An episode, and what is on record of it.
#[derive(Debug)]
pub struct SurveyedEpisode {
    /// What it is called in messages.
    pub name: String,
    /// Where it stands.
    pub state: EpisodeState,
    /// Length of its sound: as decoded, else as its source says, or estimated.
    pub seconds: f64,
    /// How it failed.
    pub failure: Option<Failure>,
    /// Its files that are not what the pass over its sound wrote.
    pub changed: Vec<Changed>,
    /// How far its review is, where one has begun.
    pub review: Option<Progress>,
}

/// Where an episode stands, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EpisodeState {
    /// Its files are there, as the next run would write them or as somebody corrected them.
    Done,
    /// It has failed.
    Failed,
    /// It was transcribed, and not as the next run would.
    Outdated(Remaining),
    /// It was never transcribed.
    Waiting,
}

impl EpisodeState {
    /// The word for it in reports.
    pub fn name(self) -> &'static str {
        match self {
            EpisodeState::Done => "done",
            EpisodeState::Failed => "failed",
            EpisodeState::Outdated(_) => "outdated",
            EpisodeState::Waiting => "waiting",
        }
    }

    /// What the next run would do of it.
    pub fn rest(self) -> Option<Remaining> {
        match self {
            EpisodeState::Done | EpisodeState::Failed => None,
            EpisodeState::Outdated(rest) => Some(rest),
            EpisodeState::Waiting => Some(Remaining::All),
        }
    }
}

/// What the next run wants of every episode, whatever show it is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedStages {
    /// Keys of its analysis: see [`ModelSet::listening`](super::batch::ModelSet::listening).
    pub listening: [String; 2],
    /// Whether their words must be by the recogniser of the survey.
    pub by_recogniser: bool,
}

/// The episodes in one state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StateSum {
    /// How many.
    pub episodes: usize,
    /// Length of their sound, s.
    pub seconds: f64,
    /// What it takes to do them, as far as that is known.
    pub cost: Duration,
    /// Whether the cost is that of all of them.
    pub is_cost_known: bool,
}

impl Default for StateSum {
    fn default() -> StateSum {
        StateSum { episodes: 0, seconds: 0.0, cost: Duration::ZERO, is_cost_known: true }
    }
}

impl Survey {
    /// Takes the episodes that a run would look at, with what it would find of each, out of the
    /// `ledger` if they are in it; but for those that an earlier call has taken.
    ///
    /// Where transcripts lie beside their sound, the sources may lie outside of the archive:
    /// `outside` says what becomes of those.
    pub fn add_planned(
        &mut self,
        planned: impl IntoIterator<Item = (Item, Standing)>,
        outside: Outside,
        ledger: &mut Ledger,
    ) {
        for (item, standing) in planned {
            if !ledger.is_new(&item.outputs) {
                continue;
            }
            let is_in_ledger = ledger.take(&item.outputs);
            let may_be_outside = outside == Outside::Skip && !is_in_ledger;
            if may_be_outside && !ledger.is_below(&item.outputs) {
                continue;
            }
            // Its standing says where a receipt cannot be read.
            let receipt = item.outputs.receipt().ok().flatten().unwrap_or_default();
            let heard = self.note(&receipt);
            let changed = || item.outputs.changed(&receipt, &Format::ALL);
            let (state, failure, changed) = match standing {
                // Ten thousand of these are looked through in a second.
                Standing::Done { changed } => (EpisodeState::Done, None, changed),
                Standing::Failed(failure) => (EpisodeState::Failed, Some(*failure), changed()),
                Standing::Open(rest) => match item.outputs.failure() {
                    Some(failure) => (EpisodeState::Failed, Some(failure), changed()),
                    None if heard.is_some() => (EpisodeState::Outdated(rest), None, changed()),
                    None => (EpisodeState::Waiting, None, Vec::new()),
                },
            };
            let seconds = heard.unwrap_or_else(|| item.estimated().as_secs_f64());
            let (name, review) = (item.name(), progress(&item.outputs));
            self.episodes.push(SurveyedEpisode { name, state, seconds, failure, changed, review });
        }
    }

    /// Takes what is left in the `ledger` of the archive in `folder`: the episodes of which the
    /// next run says nothing but what is `wanted` of all; `None` where that is not known.
    pub fn add_recorded(&mut self, ledger: Ledger, folder: &Path, wanted: Option<&WantedStages>) {
        // Of a bucket, transcripts need not be here.
        let is_mirror = Mirror::is_at(folder);
        for outputs in ledger.open.into_values() {
            self.add_outputs(outputs, folder, is_mirror, wanted);
        }
    }

    fn add_outputs(
        &mut self,
        outputs: Outputs,
        folder: &Path,
        is_mirror: bool,
        wanted: Option<&WantedStages>,
    ) {
        let (receipt, failure) = match outputs.receipt() {
            Ok(receipt) => (receipt.unwrap_or_default(), outputs.failure()),
            Err(error) => (Receipt::default(), Some(Failure::of(Source::default(), &error))),
        };
        let is_there = |name: &String| outputs.folder().join(name).exists();
        let state = match (&receipt.made, wanted) {
            _ if failure.is_some() => EpisodeState::Failed,
            // Only `voixoff convert` wrote here.
            (None, _) => return,
            (Some(made), Some(wanted)) if !wanted.listening.contains(&made.stages.listening) => {
                EpisodeState::Outdated(Remaining::All)
            }
            (Some(made), Some(wanted))
                if wanted.by_recogniser && Some(&made.recogniser) != self.recogniser.as_ref() =>
            {
                EpisodeState::Outdated(Remaining::Words)
            }
            _ if is_mirror || receipt.files.keys().any(is_there) => EpisodeState::Done,
            _ => EpisodeState::Outdated(Remaining::Text),
        };
        let seconds = self.note(&receipt).unwrap_or_default();
        let changed = outputs.changed(&receipt, &Format::ALL);
        let (name, review) = (outputs.name_below(folder), progress(&outputs));
        self.episodes.push(SurveyedEpisode { name, state, seconds, failure, changed, review });
    }

    /// Notes what an episode took; its length in seconds, if it was heard.
    fn note(&mut self, receipt: &Receipt) -> Option<f64> {
        let made = receipt.made.as_ref()?;
        self.speeds.note(made);
        Some(made.duration)
    }

    /// What it would take to do `rest` of an episode again, if the speed is known.
    pub fn cost(&self, episode: &SurveyedEpisode, rest: Remaining) -> Option<Duration> {
        let seconds = match rest {
            Remaining::Text => 0.0,
            Remaining::Words => self.speeds.words(self.recogniser.as_ref()?)?,
            Remaining::All => {
                self.speeds.listening()? + self.speeds.words(self.recogniser.as_ref()?)?
            }
        };
        // A receipt may say anything.
        let seconds = (seconds * episode.seconds).clamp(0.0, CENTURY);
        Duration::try_from_secs_f64(seconds).ok()
    }

    /// What there is of each state that any episode is in, by its name.
    pub fn sums(&self) -> BTreeMap<&'static str, StateSum> {
        let mut sums: BTreeMap<&'static str, StateSum> = BTreeMap::new();
        for episode in &self.episodes {
            let sum = sums.entry(episode.state.name()).or_default();
            sum.episodes += 1;
            sum.seconds += episode.seconds;
            match episode.state.rest().map(|rest| self.cost(episode, rest)) {
                Some(Some(cost)) => sum.cost += cost,
                Some(None) => sum.is_cost_known = false,
                None => (),
            }
        }
        sums
    }
}

/// How far the review of an episode is. One that cannot be read says so where it is opened.
fn progress(outputs: &Outputs) -> Option<Progress> {
    Review::progress(&outputs.review()).ok().flatten()
}

/// What becomes of sources whose transcripts would lie outside of an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outside {
    /// They are not of the archive.
    Skip,
    /// There are none: all transcripts go into the archive.
    Keep,
}

/// All that is on record below a folder, and not accounted for yet.
#[derive(Debug)]
pub struct Ledger {
    folder: PathBuf,
    open: BTreeMap<(PathBuf, String), Outputs>,
    planned: BTreeSet<(PathBuf, String)>,
    /// Folders as they are called, and where they are.
    places: BTreeMap<PathBuf, PathBuf>,
}

impl Ledger {
    /// Of `folder`.
    pub fn below(folder: &Path) -> Ledger {
        let (open, planned, places) = (BTreeMap::new(), BTreeSet::new(), BTreeMap::new());
        let mut ledger = Ledger { folder: PathBuf::new(), open, planned, places };
        ledger.folder = ledger.place(folder);
        for outputs in Outputs::noted_below(folder) {
            let key = ledger.key(&outputs);
            ledger.open.insert(key, outputs);
        }
        ledger
    }

    /// Whether nothing is on record, or all is accounted for.
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Whether no run has looked at the episode of `outputs` yet; one has now.
    fn is_new(&mut self, outputs: &Outputs) -> bool {
        let key = self.key(outputs);
        self.planned.insert(key)
    }

    /// Whether the episode of `outputs` was on record; it is accounted for now.
    fn take(&mut self, outputs: &Outputs) -> bool {
        let key = self.key(outputs);
        self.open.remove(&key).is_some()
    }

    fn is_below(&mut self, outputs: &Outputs) -> bool {
        self.place(outputs.folder()).starts_with(&self.folder)
    }

    fn key(&mut self, outputs: &Outputs) -> (PathBuf, String) {
        (self.place(outputs.folder()), outputs.name())
    }

    fn place(&mut self, folder: &Path) -> PathBuf {
        if let Some(place) = self.places.get(folder) {
            return place.clone();
        }
        let place = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        self.places.insert(folder.to_owned(), place.clone());
        place
    }
}

/// Seconds that a second of sound took in this archive, stage by stage.
#[derive(Debug, Default)]
pub struct Speeds {
    /// Of analysis: seconds it took, and of sound.
    listening: (f64, f64),
    /// Of recognition, by recogniser.
    words: BTreeMap<String, (f64, f64)>,
}

impl Speeds {
    fn note(&mut self, BuildRecord { cost, duration, recogniser, .. }: &BuildRecord) {
        if cost.listening > 0.0 {
            self.listening = (self.listening.0 + cost.listening, self.listening.1 + duration);
        }
        if cost.words > 0.0 {
            let words = self.words.entry(recogniser.clone()).or_default();
            *words = (words.0 + cost.words, words.1 + duration);
        }
    }

    /// Of analysis, if it was measured.
    pub fn listening(&self) -> Option<f64> {
        (self.listening.1 > 0.0).then(|| self.listening.0 / self.listening.1)
    }

    /// Of the recognition by `recogniser`, if it was measured.
    pub fn words(&self, recogniser: &str) -> Option<f64> {
        let (seconds, sound) = self.words.get(recogniser)?;
        (*sound > 0.0).then(|| seconds / sound)
    }
}
