//! `voixoff check`: a suite of sound with references is transcribed and scored; a build
//! fails where a figure is beyond its bar.

use crate::{
    INTERRUPTED,
    args::{self, Arguments, Command},
    engines::{self, Loaded},
    eval::{self, Episode, Report, Verdict, figures},
    excerpts,
    report::{self, advise},
    screen::{self, Screen},
    transcribe::{place::Place, plan::Setup, stop_on_ctrl_c},
};
use anyhow::Context;
use clap::Parser;
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};
use voixoff::{
    audio,
    base::{
        guidance::{Guided, Kind},
        progress::Cancel,
        store::TemporaryFolder,
        tables,
        transcript::{About, Transcript},
    },
    episode::pipeline::{self, Artifacts, EpisodeError, Listening, Work, Workers},
    eval::scores::{ScoreSettings, Scores},
};

/// What a suite says. Paths are relative to its file, but for those in options.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Suite {
    /// Options of `voixoff transcribe` for all episodes.
    #[serde(default)]
    options: Vec<String>,
    #[serde(default)]
    reference_style: eval::args::Style,
    /// Bars of the sum over all episodes.
    #[serde(default)]
    bars: Bars,
    #[serde(rename = "episode")]
    episodes: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    sound: PathBuf,
    /// What is said.
    reference: Option<PathBuf>,
    /// Who speaks when, as RTTM.
    turns: Option<PathBuf>,
    /// More options of `voixoff transcribe`.
    #[serde(default)]
    options: Vec<String>,
    #[serde(default)]
    bars: Bars,
}

/// By the name of a figure: errors at most, shares at least.
type Bars = BTreeMap<String, f64>;

/// Transcribes and scores the suite of `options`; an exit code.
pub(crate) fn run(options: &eval::args::Check, model_folder: Option<&Path>) -> anyhow::Result<u8> {
    let Some(suite) = &options.suite else {
        let from = options.from.as_deref().unwrap_or(Path::new("."));
        return excerpts::run(from, options);
    };
    let suite = Suite::read(suite)?;
    let cancel = stop_on_ctrl_c()?;
    let settings =
        ScoreSettings { style: suite.reference_style.of_scores(), ..ScoreSettings::PLAIN };
    let mut report = Report::new(settings, eval::command());
    let mut verdicts = Vec::new();
    let mut station: Option<LoadedSetup> = None;
    for entry in &suite.episodes {
        let wanted = [&suite.options[..], &entry.options[..]].concat();
        // Models are loaded again only for other options.
        if station.as_ref().is_none_or(|station| station.options != wanted) {
            drop(station.take());
            station = Some(LoadedSetup::new(wanted, model_folder)?);
        }
        let station = station.as_ref().expect("it was made for the first episode");
        match station.transcribe(&entry.sound, options.progress, &cancel) {
            Ok(transcript) => {
                let episode = entry.scored(transcript, station, &report.settings)?;
                verdicts.extend(judged(&episode.scores, &entry.bars, &episode.name));
                report.add(episode);
            }
            Err(error) if error.kind() == Kind::Stopped => {
                report::episode(&error);
                return Ok(INTERRUPTED);
            }
            Err(error) => {
                report::episode(&error);
                let remark = format!("`{}` has no transcript", entry.sound.display());
                let name = entry.name();
                verdicts.push(Verdict { name, is_worse: true, remark });
            }
        }
    }
    verdicts.extend(judged(&report.total, &suite.bars, "all"));
    eval::publish(&report, &verdicts, &options.reports)?;
    Ok(eval::told(&verdicts))
}

impl Suite {
    /// The suite at `path`, whose files are there.
    fn read(path: &Path) -> anyhow::Result<Suite> {
        let unread = || format!("the suite `{}` cannot be read", path.display());
        let text = fs::read_to_string(path).with_context(unread)?;
        let mut suite: Suite = tables::read(&text).with_context(unread)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        for entry in &mut suite.episodes {
            let files = [Some(&mut entry.sound), entry.reference.as_mut(), entry.turns.as_mut()];
            for file in files.into_iter().flatten() {
                *file = folder.join(&*file);
                if !file.is_file() {
                    let message = format!("`{}` is not there", file.display());
                    return Err(advise(message, "paths are relative to the suite's file"));
                }
            }
        }
        let known = figures::of(&Scores::default());
        let bars = suite.episodes.iter().map(|entry| &entry.bars).chain([&suite.bars]);
        for name in bars.flat_map(BTreeMap::keys) {
            if !known.iter().any(|figure| figure.name == name) {
                let names: Vec<&str> = known.iter().map(|figure| figure.name).collect();
                anyhow::bail!("no figure is called `{name}`; there are {}", names.join(", "));
            }
        }
        Ok(suite)
    }
}

impl Entry {
    fn name(&self) -> String {
        self.sound.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }

    fn scored(
        &self,
        mut hypothesis: Transcript,
        station: &LoadedSetup,
        settings: &ScoreSettings,
    ) -> anyhow::Result<Episode> {
        let files = eval::Files { transcript: self.reference.clone(), turns: self.turns.clone() };
        // The page looks for the sound beside what it is called by.
        let name = self.sound.file_name().unwrap_or_default();
        hypothesis.about.sound = name.to_string_lossy().into_owned();
        let mut episode = Episode {
            name: self.name(),
            reference_path: files.any().to_owned(),
            hypothesis_path: self.sound.clone(),
            reference: files.read()?,
            hypothesis,
            scores: Scores::default(),
            passages: Vec::new(),
        };
        let show = &station.setup.episode.show;
        let (names, listed) = (eval::names(show), eval::forms(show).map(str::to_owned).collect());
        let settings = ScoreSettings { names, listed, ..settings.clone() };
        episode.score(files.transcript.is_some(), &settings);
        Ok(episode)
    }
}

/// What becomes of each bar over the figures of `whose`.
fn judged(scores: &Scores, bars: &Bars, whose: &str) -> Vec<Verdict> {
    let figures = figures::of(scores);
    let one = |(name, bar): (&String, &f64)| {
        let figure = figures.iter().find(|figure| figure.name == name);
        let shown = figures::shown(name, *bar);
        let remark = match figure.and_then(|figure| figure.is_beyond(*bar)) {
            Some(false) => String::new(),
            Some(true) => {
                let now = figure.map_or(String::new(), |figure| figure.shown());
                format!("{whose}: {name} is {now}, its bar is {shown}")
            }
            None => format!("{whose}: {name} cannot be scored, its bar is {shown}"),
        };
        Verdict { name: format!("{whose}: {name}"), is_worse: !remark.is_empty(), remark }
    };
    bars.iter().map(one).collect()
}

/// Engines and settings that some options of `transcribe` ask for.
struct LoadedSetup {
    options: Vec<String>,
    setup: Setup,
    loaded: Loaded,
    workers: Workers,
}

impl LoadedSetup {
    fn new(options: Vec<String>, model_folder: Option<&Path>) -> anyhow::Result<LoadedSetup> {
        let typed = ["voixoff", "transcribe", "sound"].map(str::to_owned);
        let parsed = Arguments::try_parse_from(typed.iter().chain(&options));
        let parsed = parsed.map_err(|error| report::options("the suite's options", &error))?;
        let Command::Transcribe(arguments) = parsed.command else {
            unreachable!("`transcribe` was typed")
        };
        let place = Place::of(&arguments)?;
        let chosen = engines::choose(&arguments, parsed.models.as_deref().or(model_folder))?;
        let setup = Setup::new(&arguments, place, &chosen.models)?;
        let loaded = chosen.load(&arguments, setup.threads)?;
        let workers = Workers::new(setup.threads);
        Ok(LoadedSetup { options, setup, loaded, workers })
    }

    fn transcribe(
        &self,
        sound: &Path,
        progress: Option<args::Progress>,
        cancel: &Cancel,
    ) -> Result<Transcript, EpisodeError> {
        let provenance = self.setup.models.provenance(&audio::identify(sound, cancel)?.digest);
        // Nothing is taken from an earlier run: a check that believes its memory proves nothing.
        let scratch = &self.setup.episode.scratch;
        let unmade = |source| EpisodeError::Folder { path: scratch.clone(), source };
        let folder = TemporaryFolder::in_place(scratch).map_err(unmade)?;
        let [analysis, words] = ["heard", "words"].map(|name| folder.path().join(name));
        let name = sound.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let settings = &self.setup.episode;
        let work = Work {
            listening: Listening {
                diarizer: &*self.loaded.diarization.diarizer,
                settings,
                observer: &Screen::new(screen::kind(progress), name),
                cancel,
            },
            transcriber: &*self.loaded.transcriber,
            workers: &self.workers,
        };
        let path = || Ok(sound.to_owned());
        let about = About { show: settings.show.title.clone(), ..About::default() };
        pipeline::transcribe(&path, &Artifacts { analysis, words }, about, provenance, &work)
    }
}
