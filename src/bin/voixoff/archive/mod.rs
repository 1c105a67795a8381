//! `voixoff archive`: what is done, what failed, what would be done again; what has changed.
//!
//! The archive has no ledger but its own files: receipts, failures, and the command of the
//! last run. That command is understood again, so what is shown is what it would do.

mod diff;
mod publish;

use crate::{
    DONE,
    args::{self, Arguments},
    report::advise,
    screen::{clock, sound},
    terminal::{json, line},
    transcribe::{
        Command, LAST_RUN,
        place::Place,
        plan::{Plan, Setup},
    },
};
use anyhow::Context;
pub(crate) use diff::name;

use clap::Parser;
use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};
use voixoff::{
    archive::{Item, Problem},
    batch::{Rest, Standing},
    mirror::MirrorError,
    outputs::{Made, OWN, Outputs},
    progress::Cancel,
};

/// Episodes that a list on the terminal shows at most.
const SHOWN: usize = 30;

/// Carries out `command`.
pub(crate) fn run(command: &args::Archive, model_folder: Option<&Path>) -> anyhow::Result<u8> {
    match command {
        args::Archive::Diff(archive) => return diff::run(archive),
        args::Archive::Feed(options) => return publish::feeds(options),
        args::Archive::Index { folder } => return publish::index(folder),
        args::Archive::Status(archive) => {
            let survey = Survey::of(&archive.folder, &[], model_folder)?;
            if archive.json { print_json(&survey) } else { status(&survey) }
        }
        args::Archive::Outdated(options) => {
            let archive = &options.archive;
            let survey = Survey::of(&archive.folder, &options.options, model_folder)?;
            if archive.json { print_json(&survey) } else { outdated(&survey) }
        }
    }
    Ok(DONE)
}

/// Says that `folder` is none where nothing was ever written into it.
pub(crate) fn known_archive(folder: &Path) -> anyhow::Result<()> {
    if Outputs::all_below(folder).is_empty() { Err(no_archive(folder)) } else { Ok(()) }
}

fn no_archive(folder: &Path) -> anyhow::Error {
    advise(
        format!("`{}` is no archive: nothing was transcribed into it", folder.display()),
        "name the folder that was given as `--out` of `voixoff transcribe`",
    )
}

/// The episodes of an archive, and what is known of their cost.
struct Survey {
    episodes: Vec<Surveyed>,
    problems: Vec<Problem>,
    speeds: Speeds,
    recogniser: String,
}

impl Survey {
    fn of(
        folder: &Path,
        options: &[OsString],
        model_folder: Option<&Path>,
    ) -> anyhow::Result<Survey> {
        let path = folder.join(OWN).join(LAST_RUN);
        let text = fs::read(&path).map_err(|_| no_archive(folder))?;
        let no_command = || format!("`{}` holds no command", path.display());
        let command: Command = serde_json::from_slice(&text).with_context(no_command)?;
        let model_folder = model_folder.map(fs::canonicalize).transpose()?;
        // Its paths are seen from there.
        std::env::set_current_dir(&command.folder)
            .with_context(|| format!("`{}` cannot be entered", command.folder.display()))?;
        let words = ["voixoff".into()].into_iter();
        let words = words.chain(command.arguments.iter().map(OsString::from));
        let arguments = Arguments::try_parse_from(words.chain(options.iter().cloned()));
        let arguments = arguments.with_context(no_command)?;
        let args::Command::Transcribe(transcribe) = arguments.command else {
            anyhow::bail!(no_command());
        };
        let models: Option<PathBuf> = model_folder.or(arguments.models);
        let setup = Setup::new(&transcribe, Place::of(&transcribe)?, models.as_deref())?;
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
        let plan = Plan::of(&transcribe, &setup.place, &batch, false);
        let mut speeds = Speeds::default();
        let all = plan.items.into_iter().zip(plan.standings);
        let episodes = all.map(|(item, standing)| Surveyed::of(item, &standing, &mut speeds));
        let episodes = episodes.collect();
        let (problems, recogniser) = (plan.problems, setup.makers.recogniser.name);
        Ok(Survey { episodes, problems, speeds, recogniser })
    }

    /// What it would take to do `rest` of an episode again, if the speed is known.
    fn cost(&self, item: &Item, rest: Rest) -> Option<Duration> {
        let seconds = match rest {
            Rest::Text => 0.0,
            Rest::Words => self.speeds.words(&self.recogniser)?,
            Rest::All => self.speeds.heard()? + self.speeds.words(&self.recogniser)?,
        };
        Some(Duration::from_secs_f64(seconds * item.estimated().as_secs_f64()))
    }
}

/// Where an episode stands, for people.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    Done,
    Failed,
    Outdated(Rest),
    Waiting,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            State::Done => "done",
            State::Failed => "failed",
            State::Outdated(_) => "outdated",
            State::Waiting => "waiting",
        }
    }

    /// What the next run would do of it.
    fn rest(self) -> Option<Rest> {
        match self {
            State::Done | State::Failed => None,
            State::Outdated(rest) => Some(rest),
            State::Waiting => Some(Rest::All),
        }
    }
}

/// An episode, and what is on record of it.
struct Surveyed {
    item: Item,
    state: State,
    /// Length of its sound in seconds, where it was heard.
    duration: Option<f64>,
}

impl Surveyed {
    fn of(item: Item, standing: &Standing, speeds: &mut Speeds) -> Surveyed {
        let made = item.outputs.receipt().and_then(|receipt| receipt.made);
        let state = match standing {
            Standing::Done => State::Done,
            Standing::Failed(_) => State::Failed,
            Standing::Open(_) if item.outputs.failure().is_some() => State::Failed,
            Standing::Open(rest) if made.is_some() => State::Outdated(*rest),
            Standing::Open(_) => State::Waiting,
        };
        made.iter().for_each(|made| speeds.note(made));
        Surveyed { item, state, duration: made.map(|made| made.duration) }
    }
}

/// Seconds that a second of sound took in this archive, stage by stage.
#[derive(Default)]
struct Speeds {
    heard: (f64, f64),
    words: BTreeMap<String, (f64, f64)>,
}

impl Speeds {
    fn note(&mut self, Made { cost, duration, recogniser, .. }: &Made) {
        if cost.heard > 0.0 {
            self.heard = (self.heard.0 + cost.heard, self.heard.1 + duration);
        }
        if cost.words > 0.0 {
            let words = self.words.entry(recogniser.clone()).or_default();
            *words = (words.0 + cost.words, words.1 + duration);
        }
    }

    fn heard(&self) -> Option<f64> {
        (self.heard.1 > 0.0).then(|| self.heard.0 / self.heard.1)
    }

    fn words(&self, recogniser: &str) -> Option<f64> {
        let (seconds, sound) = self.words.get(recogniser)?;
        (*sound > 0.0).then(|| seconds / sound)
    }
}

/// What there is of one state.
#[derive(Default)]
struct Sum {
    episodes: usize,
    sound: f64,
    cost: Duration,
    is_cost_known: bool,
}

impl Survey {
    fn sums(&self) -> BTreeMap<&'static str, Sum> {
        let mut sums: BTreeMap<&'static str, Sum> = BTreeMap::new();
        for Surveyed { item, state, duration } in &self.episodes {
            let fresh = || Sum { is_cost_known: true, ..Sum::default() };
            let sum = sums.entry(state.name()).or_insert_with(fresh);
            sum.episodes += 1;
            sum.sound += duration.unwrap_or_else(|| item.estimated().as_secs_f64());
            match state.rest().map(|rest| self.cost(item, rest)) {
                Some(Some(cost)) => sum.cost += cost,
                Some(None) => sum.is_cost_known = false,
                None => (),
            }
        }
        sums
    }
}

fn status(survey: &Survey) {
    let sums = survey.sums();
    let mut left = (Duration::ZERO, true);
    for name in ["done", "failed", "outdated", "waiting"] {
        let none = Sum { is_cost_known: true, ..Sum::default() };
        let sum = sums.get(name).unwrap_or(&none);
        line(&format!("{name:<9} {:>7} episodes {:>11}", sum.episodes, sound(sum.sound)));
        if matches!(name, "outdated" | "waiting") {
            left = (left.0 + sum.cost, left.1 && sum.is_cost_known);
        }
    }
    if let (Some(heard), Some(words)) =
        (survey.speeds.heard(), survey.speeds.words(&survey.recogniser))
    {
        let speed = 1.0 / (heard + words);
        line(&format!("speed     {speed:.1} hours of sound an hour, as measured here"));
    }
    match left {
        (Duration::ZERO, true) => (),
        (time, true) => line(&format!("left      {}", clock(time))),
        (_, false) => {
            let recogniser = &survey.recogniser;
            line(&format!("left      not known: `{recogniser}` has not run here yet"));
        }
    }
    for problem in &survey.problems {
        let reasons = std::slice::from_ref(&problem.reason);
        trouble(&problem.place, reasons, &problem.hint);
    }
    let failed = survey.episodes.iter().filter(|episode| episode.state == State::Failed);
    let failed: Vec<&Item> = failed.map(|episode| &episode.item).collect();
    for item in failed.iter().take(SHOWN) {
        let Some(failure) = item.outputs.failure() else { continue };
        trouble(&item.name(), &failure.reasons, &failure.hint);
    }
    if failed.len() > SHOWN {
        line("");
        line(&format!("and {} more that failed", failed.len() - SHOWN));
    }
}

/// Prints why what is called `name` has no transcript.
fn trouble(name: &str, reasons: &[String], hint: &str) {
    line("");
    line(name);
    reasons.iter().for_each(|reason| line(&format!("  {reason}")));
    if !hint.is_empty() {
        line(&format!("  hint: {hint}"));
    }
}

fn outdated(survey: &Survey) {
    let mut listed: BTreeMap<Rest, Vec<&Item>> = BTreeMap::new();
    for Surveyed { item, state, .. } in &survey.episodes {
        if let Some(rest) = state.rest() {
            listed.entry(rest).or_default().push(item);
        }
    }
    if listed.is_empty() {
        line("nothing is outdated");
    }
    for (rest, items) in listed.iter().rev() {
        let what = match rest {
            Rest::All => "listen and recognise",
            Rest::Words => "recognise again; who speaks is known",
            Rest::Text => "write again; nothing is heard again",
        };
        let costs: Option<Duration> = items.iter().map(|item| survey.cost(item, *rest)).sum();
        let cost = match costs {
            Some(cost) => clock(cost),
            None => format!("not known: `{}` has not run here yet", survey.recogniser),
        };
        let seconds: f64 = items.iter().map(|item| item.estimated().as_secs_f64()).sum();
        let (n, sound) = (items.len(), sound(seconds));
        line(&format!("{what}: {n} episodes, {sound} of sound, time {cost}"));
        for item in items.iter().take(SHOWN) {
            line(&format!("  {}", item.name()));
        }
        if items.len() > SHOWN {
            line(&format!("  and {} more", items.len() - SHOWN));
        }
    }
}

fn print_json(survey: &Survey) {
    let sums = survey.sums();
    let sums = sums.iter().map(|(name, sum)| {
        let cost = sum.is_cost_known.then_some(sum.cost.as_secs());
        let sum =
            serde_json::json!({ "episodes": sum.episodes, "duration": sum.sound, "cost": cost });
        ((*name).to_owned(), sum)
    });
    let open = survey.episodes.iter().filter(|episode| episode.state != State::Done);
    let episodes = open.map(|Surveyed { item, state, .. }| {
        let rest = state.rest().map(|rest| match rest {
            Rest::Text => "text",
            Rest::Words => "words",
            Rest::All => "all",
        });
        let failure = item.outputs.failure();
        serde_json::json!({
            "episode": item.name(),
            "state": state.name(),
            "rest": rest,
            "reasons": failure.as_ref().map(|failure| &failure.reasons),
            "hint": failure.as_ref().map(|failure| &failure.hint),
        })
    });
    let all = serde_json::json!({
        "sums": sums.collect::<serde_json::Map<_, _>>(),
        "episodes": episodes.collect::<Vec<_>>(),
    });
    json(&format!("{all:#}"));
}
