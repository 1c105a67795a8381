//! What there is in an archive, and where each episode stands.
//!
//! The receipts are the ledger: whatever was transcribed here counts, by whatever command. The
//! command of the last run adds what it would do: which episodes wait, and which of its own it
//! would do again.

use super::{name, no_archive};
use crate::{
    report::advise,
    transcribe::{
        last::{Asked, Command},
        place::Place,
        plan::{Plan, Setup},
    },
};
use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};
use voixoff::{
    archive::{
        batch::{Remaining, Standing},
        mirror::{Mirror, MirrorError},
        sources::Problem,
    },
    base::progress::Cancel,
    episode::outputs::{BuildRecord, Changed, Failure, Outputs, Receipt, Source},
    formats::Format,
};

/// The most that an episode may take, in seconds.
const CENTURY: f64 = 3e9;

/// The episodes of an archive, and what is known of their cost.
#[derive(Default)]
pub(super) struct Survey {
    pub(super) episodes: Vec<Surveyed>,
    pub(super) problems: Vec<Problem>,
    pub(super) speeds: Speeds,
    /// That of the last command; empty where it is not known.
    pub(super) recogniser: String,
    /// Why it is not known what the last command would do.
    pub(super) unknown: Option<anyhow::Error>,
}

/// An episode, and what is on record of it.
pub(super) struct Surveyed {
    pub(super) name: String,
    pub(super) state: State,
    /// Length of its sound: as heard, else as said or estimated.
    pub(super) seconds: f64,
    pub(super) failure: Option<Failure>,
    /// Its files that are not what the pass over its sound wrote.
    pub(super) changed: Vec<Changed>,
}

/// Where an episode stands, for people.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    Done,
    Failed,
    Outdated(Remaining),
    Waiting,
}

impl State {
    pub(super) fn name(self) -> &'static str {
        match self {
            State::Done => "done",
            State::Failed => "failed",
            State::Outdated(_) => "outdated",
            State::Waiting => "waiting",
        }
    }

    /// What the next run would do of it.
    pub(super) fn rest(self) -> Option<Remaining> {
        match self {
            State::Done | State::Failed => None,
            State::Outdated(rest) => Some(rest),
            State::Waiting => Some(Remaining::All),
        }
    }
}

/// What is wanted of every episode, whatever show it is of.
struct Wanted {
    /// Keys of how it is listened to: as they are made now, and as 0.1.0 made them.
    heard: [String; 2],
    /// By whom it is recognised, where that was asked about.
    recogniser: Option<String>,
}

impl Survey {
    /// Of the archive in `folder`, by its last command with `more` options.
    pub(super) fn of(
        folder: &Path,
        more: &[OsString],
        model_folder: Option<&Path>,
    ) -> anyhow::Result<Survey> {
        let (command, mut ledger) = (Command::of(folder)?, Ledger::below(folder));
        let mut survey = Survey::default();
        let wanted = match command {
            None if ledger.open.is_empty() => return Err(no_archive(folder)),
            None => Err(advise(
                format!("no command of `voixoff transcribe` is noted in `{}`", folder.display()),
                "name the folder that it was given: as a source, or as `--out`",
            )),
            Some(command) => command
                .asked(folder, more)
                .and_then(|asked| survey.plan(asked, model_folder, &mut ledger)),
        };
        let mut wanted = wanted.map_err(|error| survey.unknown = Some(error)).ok();
        // Another command may have asked another recogniser for these.
        if let Some(wanted) = wanted.as_mut().filter(|_| more.is_empty()) {
            wanted.recogniser = None;
        }
        for outputs in ledger.open.into_values() {
            survey.take_noted(outputs, folder, wanted.as_ref());
        }
        Ok(survey)
    }

    /// Takes the episodes that a run would look at, out of the `ledger` if they are in it.
    fn plan(
        &mut self,
        asked: Asked,
        model_folder: Option<&Path>,
        ledger: &mut Ledger,
    ) -> anyhow::Result<Wanted> {
        let Asked { options, models, model } = asked;
        let model_folder = model_folder.map(Path::to_owned).or(models);
        let mut setup = Setup::new(&options, Place::of(&options)?, model_folder.as_deref())?;
        if let Some(model) =
            model.filter(|_| options.model.as_ref() == Some(&setup.models.recogniser.name))
        {
            setup.models.recogniser.name = model;
        }
        let cancel = Cancel::default();
        let mirror = match setup.mirror() {
            // What that run has brought and made so far is here.
            Err(MirrorError::Busy { .. }) => None,
            mirror => mirror?,
        };
        if let Some(mirror) = &mirror {
            mirror.refresh()?;
        }
        let batch = setup.batch(mirror.as_ref(), &cancel);
        let plan = Plan::of(&options, &setup.place, &batch, false);
        let is_beside = setup.place.folder.is_none();
        for (item, standing) in plan.items.into_iter().zip(plan.standings) {
            let is_in_ledger = ledger.take(&item.outputs);
            if is_beside && !is_in_ledger && !ledger.is_below(&item.outputs) {
                continue;
            }
            // Its standing says where a receipt cannot be read.
            let receipt = item.outputs.receipt().ok().flatten().unwrap_or_default();
            let heard = self.note(&receipt);
            let changed = || item.outputs.changed(&receipt, &Format::ALL);
            let (state, failure, changed) = match standing {
                // Ten thousand of these are looked through in a second.
                Standing::Done { changed } => (State::Done, None, changed),
                Standing::Failed(failure) => (State::Failed, Some(*failure), changed()),
                Standing::Open(rest) => match item.outputs.failure() {
                    Some(failure) => (State::Failed, Some(failure), changed()),
                    None if heard.is_some() => (State::Outdated(rest), None, changed()),
                    None => (State::Waiting, None, Vec::new()),
                },
            };
            let seconds = heard.unwrap_or_else(|| item.estimated().as_secs_f64());
            self.episodes.push(Surveyed { name: item.name(), state, seconds, failure, changed });
        }
        self.problems = plan.problems;
        self.recogniser.clone_from(&setup.models.recogniser.name);
        let heard = setup.models.listening();
        Ok(Wanted { heard, recogniser: Some(self.recogniser.clone()) })
    }

    /// Takes an episode of which the last command says nothing.
    fn take_noted(&mut self, outputs: Outputs, folder: &Path, wanted: Option<&Wanted>) {
        let (receipt, failure) = match outputs.receipt() {
            Ok(receipt) => (receipt.unwrap_or_default(), outputs.failure()),
            Err(error) => (Receipt::default(), Some(Failure::unknown(Source::default(), &error))),
        };
        let is_there = |name: &String| outputs.folder().join(name).exists();
        // Of a bucket, transcripts need not be here.
        let is_mirror = Mirror::is_at(folder);
        let state = match (&receipt.made, wanted) {
            _ if failure.is_some() => State::Failed,
            // Only `voixoff convert` wrote here.
            (None, _) => return,
            (Some(made), Some(wanted)) if !wanted.heard.contains(&made.stages.listening) => {
                State::Outdated(Remaining::All)
            }
            (Some(made), Some(Wanted { recogniser: Some(wanted), .. }))
                if made.recogniser != *wanted =>
            {
                State::Outdated(Remaining::Words)
            }
            _ if is_mirror || receipt.files.keys().any(is_there) => State::Done,
            _ => State::Outdated(Remaining::Text),
        };
        let seconds = self.note(&receipt).unwrap_or_default();
        let changed = outputs.changed(&receipt, &Format::ALL);
        let name = name(&outputs, folder);
        self.episodes.push(Surveyed { name, state, seconds, failure, changed });
    }

    /// Notes what an episode took; its length in seconds, if it was heard.
    fn note(&mut self, receipt: &Receipt) -> Option<f64> {
        let made = receipt.made.as_ref()?;
        self.speeds.note(made);
        Some(made.duration)
    }

    /// What it would take to do `rest` of an episode again, if the speed is known.
    pub(super) fn cost(&self, episode: &Surveyed, rest: Remaining) -> Option<Duration> {
        let seconds = match rest {
            Remaining::Text => 0.0,
            Remaining::Words => self.speeds.words(&self.recogniser)?,
            Remaining::All => self.speeds.heard()? + self.speeds.words(&self.recogniser)?,
        };
        // A receipt may say anything.
        let seconds = (seconds * episode.seconds).clamp(0.0, CENTURY);
        Duration::try_from_secs_f64(seconds).ok()
    }
}

/// All that is on record below a folder, and not accounted for yet.
struct Ledger {
    folder: PathBuf,
    open: BTreeMap<(PathBuf, String), Outputs>,
    /// Folders as they are called, and where they are.
    places: BTreeMap<PathBuf, PathBuf>,
}

impl Ledger {
    fn below(folder: &Path) -> Ledger {
        let (open, places) = (BTreeMap::new(), BTreeMap::new());
        let mut ledger = Ledger { folder: PathBuf::new(), open, places };
        ledger.folder = ledger.place(folder);
        let noted = Outputs::all_below(folder).into_iter().chain(Outputs::failed_below(folder));
        for outputs in noted {
            let key = ledger.key(&outputs);
            ledger.open.insert(key, outputs);
        }
        ledger
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
#[derive(Default)]
pub(super) struct Speeds {
    heard: (f64, f64),
    words: BTreeMap<String, (f64, f64)>,
}

impl Speeds {
    fn note(&mut self, BuildRecord { cost, duration, recogniser, .. }: &BuildRecord) {
        if cost.heard > 0.0 {
            self.heard = (self.heard.0 + cost.heard, self.heard.1 + duration);
        }
        if cost.words > 0.0 {
            let words = self.words.entry(recogniser.clone()).or_default();
            *words = (words.0 + cost.words, words.1 + duration);
        }
    }

    pub(super) fn heard(&self) -> Option<f64> {
        (self.heard.1 > 0.0).then(|| self.heard.0 / self.heard.1)
    }

    pub(super) fn words(&self, recogniser: &str) -> Option<f64> {
        let (seconds, sound) = self.words.get(recogniser)?;
        (*sound > 0.0).then(|| seconds / sound)
    }
}
