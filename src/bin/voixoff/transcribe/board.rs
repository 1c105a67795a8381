//! What people see of a run: each episode at work, and all of them together.
//!
//! Progress is counted in hours of sound. The remaining time is what is left at the speed of
//! this run so far, so that it stays honest when an archive is resumed.

use super::{
    hooks::Hooks,
    log::{Counts, Log},
    summary,
    supervise::Worker,
    told::Told,
};
use crate::{
    args::{self, Progress},
    language::told,
    report,
    screen::{self, LINE_EVERY, Screen},
    terminal::{self, bars::Bar},
};
use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::Mutex,
    time::{Duration, Instant},
};
use voixoff::{
    archive::{
        batch::{Outcome, Watcher},
        sources::{Item, Problem},
    },
    base::{
        progress::{Event, Observer, Stage},
        time::Time,
    },
    formats::Format,
    net::{bucket::Address, web::Wait},
};

/// Of up to so many episodes, each that is up to date has a line.
const TOLD_ONE_BY_ONE: usize = 20;

/// What is said of an episode that failed before and was left alone.
const AGAIN: &str = "it failed the last time and is the same still: `--retry-failed` tries again";

/// Shows a run.
pub(super) struct RunProgress<'a> {
    kind: Progress,
    all: Option<Bar>,
    state: Mutex<State>,
    log: Mutex<Log>,
    told: &'a Mutex<Told>,
    n_open: usize,
    /// Those that are open and all others.
    n_all: usize,
    /// Told when an episode begins, and when one has ended.
    worker: &'a Worker,
    /// Whether the files that are written are of nobody's interest.
    is_piped: bool,
    /// Folder of all transcripts, where there is one on this machine.
    out: Option<PathBuf>,
    hooks: Hooks,
}

struct State {
    began: Instant,
    told: Instant,
    /// Sound of all episodes, and of those that have ended, in seconds.
    total: f64,
    ended: f64,
    n_ended: usize,
    /// Sound done of the episodes at work, each by its number and name.
    at_work: Vec<(usize, String, f64)>,
    n_begun: usize,
    /// Folders of new transcripts that can be corrected.
    new: BTreeSet<PathBuf>,
}

impl<'a> RunProgress<'a> {
    pub(super) fn new(
        options: &args::Transcribe,
        open: &[&Item],
        n_all: usize,
        (log, told): (Mutex<Log>, &'a Mutex<Told>),
        worker: &'a Worker,
    ) -> RunProgress<'a> {
        let kind = screen::kind(options.listening.hearing.progress);
        let total = open.iter().map(|item| item.estimated().as_secs_f64()).sum();
        let is_shown = kind == Progress::Bars && open.len() > 1;
        let all = is_shown.then(Bar::of_all);
        let now = Instant::now();
        let at_work = Vec::new();
        let state = State {
            began: now,
            told: now,
            total,
            ended: 0.0,
            n_ended: 0,
            at_work,
            n_begun: 0,
            new: BTreeSet::new(),
        };
        let (state, n_open) = (Mutex::new(state), open.len());
        if let Ok(mut told) = told.lock() {
            told.begin();
        }
        let (is_piped, hooks) = (options.stdout, Hooks::of(options));
        let is_folder = |out: &PathBuf| out.to_str().is_none_or(|it| !Address::is_address(it));
        let out = options.out.clone().filter(is_folder);
        RunProgress { kind, all, state, log, told, n_open, n_all, worker, is_piped, out, hooks }
    }

    /// Says what could not be looked at.
    pub(super) fn problem(&self, problem: &Problem) {
        let Problem { place, reason, guidance } = problem;
        let line = if reason.contains(place.as_str()) {
            reason.clone()
        } else {
            format!("`{place}`: {reason}")
        };
        let is_news = self.told.lock().is_ok_and(|mut told| told.is_news(place, reason));
        if is_news {
            report::failure(&[line], &report::hint(guidance.as_ref()));
        }
        if let Ok(mut log) = self.log.lock() {
            log.note_problem(problem, is_news);
        }
    }

    /// Ends the run: its report, its summary; what became of `n_episodes`.
    pub(super) fn end(mut self, n_episodes: usize) -> Counts {
        drop(self.all.take());
        let Ok(mut log) = self.log.lock() else { return Counts::default() };
        log.end();
        let has_worked = self.state.lock().is_ok_and(|state| state.n_begun > 0);
        if has_worked {
            self.hooks.tell("run", serde_json::json!(log.counts()));
        }
        if n_episodes > 1 && self.told.lock().is_ok_and(|told| told.has_news()) {
            summary(n_episodes, log.counts());
        }
        if let Ok(state) = self.state.lock() {
            self.tell_of_review(&state.new);
        }
        log.counts()
    }

    /// Says to whom sits there how new transcripts in `folders` are corrected.
    fn tell_of_review(&self, folders: &BTreeSet<PathBuf>) {
        let is_seen = terminal::is_stderr_a_terminal() && !self.is_piped;
        let place = match (&self.out, folders.first()) {
            (Some(out), Some(_)) => out,
            (None, Some(folder)) if folders.len() == 1 => folder,
            _ => return,
        };
        let place = place.display().to_string();
        let is_plain = |c: char| c.is_alphanumeric() || "/._-".contains(c);
        let place = match place.chars().all(is_plain) {
            true => place,
            false => format!("'{}'", place.replace('\'', "'\\''")),
        };
        if cfg!(feature = "review") && is_seen {
            terminal::remark(&format!("to correct it in the browser: `voixoff review {place}`"));
        }
    }

    /// Notes that of the episode with this `number` so many seconds are done.
    fn advance(&self, number: usize, done: f64) {
        let Ok(mut state) = self.state.lock() else { return };
        if let Some(entry) = state.at_work.iter_mut().find(|(other, ..)| *other == number) {
            entry.2 = done;
        }
        self.show(&mut state, false);
    }

    fn show(&self, state: &mut State, is_episode_over: bool) {
        if self.n_open < 2 {
            return;
        }
        let done = state.ended + state.at_work.iter().map(|(.., done)| done).sum::<f64>();
        let left = (state.total - done).max(0.0);
        let remaining = (done > 0.0).then(|| state.began.elapsed().mul_f64(left / done));
        match (&self.all, self.kind) {
            (Some(bar), _) => screen::show_overall(bar, done, state.total, remaining),
            (None, Progress::Lines) if state.told.elapsed() >= LINE_EVERY => {
                state.told = Instant::now();
                let remaining = remaining.map(|left| format!(", {} left", screen::clock(left)));
                let at_work: Vec<&str> =
                    state.at_work.iter().map(|(_, name, _)| name.as_str()).collect();
                let at_work = match at_work.join(", ") {
                    names if names.is_empty() => names,
                    names => format!("; at work: {names}"),
                };
                let all = format!(
                    "{} of {} episodes, {} of {} of sound",
                    state.n_ended,
                    self.n_open,
                    screen::sound(done),
                    screen::sound(state.total),
                );
                let parts = [all, remaining.unwrap_or_default(), at_work];
                terminal::record(&parts.map(|part| told(&part).into_owned()).concat());
            }
            (None, Progress::Json) if is_episode_over => self.json(state, done, remaining),
            _ => (),
        }
    }

    fn json(&self, state: &State, done: f64, remaining: Option<Duration>) {
        let line = serde_json::json!({
            "episodes": self.n_open,
            "episodes_ended": state.n_ended,
            "done": done,
            "total": state.total,
            "remaining": remaining.map(|left| left.as_secs()),
        });
        terminal::record(&line.to_string());
    }

    /// Prints what has become of an episode.
    fn tell(&self, item: &Item, outcome: &Outcome) {
        let name = item.name();
        match outcome {
            Outcome::Transcribed(done) => {
                done.warnings.iter().for_each(|text| report::warning(&format!("`{name}`: {text}")));
                for kept in &done.kept {
                    let text = format!("`{}` was corrected by hand and stays", kept.display());
                    report::warning(&format!("{text}; the new text lies beside it"));
                }
                terminal::detail(1, || {
                    let (length, took) = (done.duration.as_secs_f64(), done.seconds);
                    format!("{name}: {} of sound took {took:.1} s", screen::sound(length))
                });
                if !self.is_piped {
                    done.paths.iter().for_each(|path| terminal::path(path));
                }
                let json = item.outputs.path(Format::Json);
                let folder = json.parent().filter(|_| done.paths.contains(&json));
                if let (Some(folder), Ok(mut state)) = (folder, self.state.lock()) {
                    state.new.insert(folder.to_owned());
                }
            }
            Outcome::UpToDate if self.n_all <= TOLD_ONE_BY_ONE => {
                terminal::remark(&format!("{name}: up to date"));
            }
            Outcome::Failed(failure) | Outcome::FailedBefore(failure) => {
                let mut hint = report::hint_of(failure).into_owned();
                if matches!(outcome, Outcome::FailedBefore(_)) {
                    let rest = if hint.is_empty() { "" } else { "\n" };
                    hint.push_str(rest);
                    hint.push_str(AGAIN);
                }
                report::failure(&failure.reasons, &hint);
            }
            Outcome::Busy => terminal::remark(&format!("{name}: another run is at work on it")),
            Outcome::UpToDate | Outcome::Stopped => (),
        }
    }
}

impl Watcher for RunProgress<'_> {
    fn begun(&self, item: &Item) -> Box<dyn Observer + '_> {
        self.worker.begins();
        let number = self.state.lock().map_or(0, |mut state| {
            state.n_begun += 1;
            let number = state.n_begun;
            state.at_work.push((number, item.outputs.name(), 0.0));
            number
        });
        let name = item.outputs.name();
        // Of many episodes, lines tell only how all of them go.
        let kind = match self.kind {
            Progress::Lines if self.n_open > 1 => Progress::None,
            kind => kind,
        };
        let screen = Screen::new(kind, name);
        let (length, spans) = (item.estimated().as_secs_f64(), Mutex::default());
        Box::new(Episode { board: self, screen, number, length, spans })
    }

    fn ended(&self, item: &Item, outcome: &Outcome) {
        if outcome.is_work() {
            self.worker.ended();
        }
        let name = item.name();
        let is_news = self.told.lock().is_ok_and(|mut told| told.is_outcome_news(&name, outcome));
        let line = self.log.lock().ok().and_then(|mut log| log.note(item, outcome, is_news));
        if is_news {
            self.tell(item, outcome);
        }
        if let Some(line) = line.filter(|_| outcome.is_work()) {
            self.hooks.tell("episode", line);
        }
        let is_open = !matches!(outcome, Outcome::FailedBefore(_));
        if let Ok(mut state) = self.state.lock()
            && is_open
            && state.n_begun > state.n_ended
        {
            state.n_ended += 1;
            self.show(&mut state, true);
        }
    }

    fn waits(&self, wait: &Wait) {
        terminal::note(&format!("{wait}; the run goes on then"));
    }
}

/// One episode at work on the board.
struct Episode<'a> {
    board: &'a RunProgress<'a>,
    screen: Screen,
    number: usize,
    /// Seconds of sound.
    length: f64,
    /// Sound of the stage at work, and how much of it is done.
    spans: Mutex<Option<(Stage, Time)>>,
}

impl Observer for Episode<'_> {
    fn on(&self, event: Event) {
        self.screen.on(event);
        let Ok(mut spans) = self.spans.lock() else { return };
        let share = match event {
            Event::Started { stage, total } => {
                *spans = total.map(|total| (stage, total));
                return;
            }
            Event::Advanced { done, .. } => {
                let total = spans.map_or(0.0, |(_, total)| total.as_secs_f64());
                if total > 0.0 { (done.as_secs_f64() / total).min(1.0) } else { 0.0 }
            }
            Event::Finished { .. } => 1.0,
        };
        let (Event::Advanced { stage, .. } | Event::Finished { stage }) = event else { return };
        let (before, of_all) = share_of(stage);
        self.board.advance(self.number, self.length * (before + of_all * share));
    }
}

impl Drop for Episode<'_> {
    fn drop(&mut self) {
        if let Ok(mut state) = self.board.state.lock() {
            state.at_work.retain(|(number, ..)| *number != self.number);
            state.ended += self.length;
        }
    }
}

/// The share of an episode's work that lies before a stage, and that of the stage.
fn share_of(stage: Stage) -> (f64, f64) {
    match stage {
        Stage::Decode => (0.0, 0.02),
        Stage::Regions => (0.02, 0.14),
        Stage::Voices => (0.16, 0.14),
        Stage::Transcribe => (0.30, 0.70),
    }
}
