//! `voixoff transcribe`: episodes of files, folders, lists and feeds, and an account of them.
//!
//! Everything that can be wrong with the command or the machine is found before the first
//! minute of work: models, output folder.

pub(crate) mod align;
mod board;
mod foreseen;
mod hooks;
pub(crate) mod last;
pub(crate) mod log;
mod pipe;
pub(crate) mod place;
pub(crate) mod plan;
mod supervise;
mod told;
mod watch;
mod which;

use crate::{
    BUSY, DONE, FAILED, INTERRUPTED, UNSURE, args,
    engines::{self, Chosen, Loaded},
    language::told,
    models::offer,
    report::{self, advise},
    terminal,
};
use anyhow::Context;
use board::RunProgress;
use log::{Counts, Log};
use pipe::Pipe;
use place::Place;
use plan::{Plan, Setup};
use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use supervise::Worker;
use told::Told;
use voixoff::{
    archive::{batch::Watcher, mirror::Mirror, sources::Pages},
    base::{
        guidance::{Guided, Kind},
        progress::Cancel,
    },
    episode::pipeline::{Engines, Workers},
};
use watch::Watch;
use which::Nothing;

/// Files that were changed, each of which is told.
const CHANGED_SHOWN: usize = 20;

/// With `--watch`, publishers are asked this often whether they have replaced sound.
const ASK_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// Transcribes all episodes of `options`, in a process that is watched over.
pub(crate) fn run(options: &args::Transcribe, model_folder: Option<&Path>) -> anyhow::Result<u8> {
    run_with(options, None, model_folder)
}

/// The same, with the text of `pages` in the place of what is recognised.
fn run_with(
    options: &args::Transcribe,
    pages: Option<&Pages>,
    model_folder: Option<&Path>,
) -> anyhow::Result<u8> {
    if let Some(worker) = Worker::here() {
        return work(&pipe::given(options), pages, model_folder, &worker);
    }
    if options.dry_run {
        return foreseen::tell(options, pages, model_folder);
    }
    offer::for_transcription(options, model_folder)?;
    let Some(pipe) = Pipe::open(options)? else {
        return watched(options, pages, model_folder, None);
    };
    let code = watched(&pipe.options(options), pages, model_folder, Some(&pipe))?;
    pipe.print(options)?;
    Ok(code)
}

/// Transcribes in a process of its own, where an engine needs that.
fn watched(
    options: &args::Transcribe,
    pages: Option<&Pages>,
    model_folder: Option<&Path>,
    pipe: Option<&Pipe>,
) -> anyhow::Result<u8> {
    match supervise::IS_NEEDED {
        true => supervise::supervise(pipe.map(Pipe::folder)),
        false => work(options, pages, model_folder, &Worker::alone()),
    }
}

/// Transcribes here.
fn work(
    options: &args::Transcribe,
    pages: Option<&Pages>,
    model_folder: Option<&Path>,
    worker: &Worker,
) -> anyhow::Result<u8> {
    let cancel = worker.obey()?;
    let place = Place::of(options)?;
    if let (Some(out), None) = (&place.folder, &place.archive) {
        writable(out)?;
    }
    // Models are looked at, and not loaded.
    let chosen = engines::choose(options, model_folder)?;
    chosen.models.tell();
    let mut setup = Setup::new(options, place, &chosen.models)?;
    (setup.batch.token, setup.batch.crashed) = (worker.token.clone(), worker.crashed.clone());
    // With `--watch` it is a pass that is limited, and the next one begins anew.
    let n_before = if options.which.watch { 0 } else { worker.n_before };
    setup.batch.limit = setup.batch.limit.map(|limit| limit.saturating_sub(n_before));
    let mirror = match setup.mirror() {
        Err(error) if error.kind() == Kind::Busy => {
            report::failure(&[error.to_string()], &report::hint(error.guidance().as_ref()));
            return Ok(BUSY);
        }
        mirror => mirror?,
    };
    if let Some(mirror) = &mirror {
        mirror.refresh()?;
    }
    let mirror = mirror.as_ref();
    let mut studio = Session::new(&setup, &chosen, model_folder, mirror, worker);
    studio.pages = pages;
    let mut watch = options.which.watch.then(|| Watch::new(options)).transpose()?;
    loop {
        let (counts, has_failed) = studio.pass(options, &cancel)?;
        match &mut watch {
            Some(watch) if !cancel.is_requested() => watch.wait(&cancel),
            _ if has_failed && !cancel.is_requested() => return Ok(FAILED),
            _ => return Ok(code(counts, &cancel)),
        }
        if cancel.is_requested() {
            return Ok(INTERRUPTED);
        }
        if let Some(Err(error)) = mirror.map(Mirror::refresh) {
            report::warning(&format!("the archive is not looked at again now: {error}"));
        }
    }
}

fn code(counts: Counts, cancel: &Cancel) -> u8 {
    match () {
        () if cancel.is_requested() => INTERRUPTED,
        () if counts.failed > 0 => FAILED,
        () if counts.unsure > 0 => UNSURE,
        () if counts.busy > 0 => BUSY,
        () => DONE,
    }
}

/// The engines, loaded when the first episode needs them.
struct Session<'a> {
    setup: &'a Setup,
    chosen: &'a Chosen,
    model_folder: Option<&'a Path>,
    mirror: Option<&'a Mirror<'a>>,
    loaded: Option<(Loaded, Workers)>,
    worker: &'a Worker,
    /// Texts to lay on the sound.
    pages: Option<&'a Pages>,
    /// When publishers were asked for replaced sound.
    asked: Option<Instant>,
    told: Mutex<Told>,
    is_first_pass: bool,
    /// Whether this run is the archive's last one by now.
    is_noted: bool,
}

impl<'a> Session<'a> {
    fn new(
        setup: &'a Setup,
        chosen: &'a Chosen,
        model_folder: Option<&'a Path>,
        mirror: Option<&'a Mirror<'a>>,
        worker: &'a Worker,
    ) -> Session<'a> {
        Session {
            setup,
            chosen,
            model_folder,
            mirror,
            loaded: None,
            worker,
            pages: None,
            asked: None,
            told: Mutex::default(),
            is_first_pass: true,
            is_noted: false,
        }
    }

    /// Looks for episodes, and works on those that are open; what became of them, and whether
    /// there was none to be found.
    fn pass(
        &mut self,
        options: &args::Transcribe,
        cancel: &Cancel,
    ) -> anyhow::Result<(Counts, bool)> {
        let batch = self.setup.batch(self.mirror, cancel);
        let mut plan = Plan::of(options, self.pages, &self.setup.place, &batch, true);
        let is_due = self.asked.is_none_or(|asked| asked.elapsed() >= ASK_EVERY);
        if options.which.check_sound && is_due {
            batch.ask_publishers(plan.items.iter_mut().zip(&mut plan.standings));
            self.asked = Some(Instant::now());
        }
        // A slip of the hand takes no archive its settings.
        // Nor does text that is laid on some of it.
        if !self.is_noted && plan.has_sound() && self.pages.is_none() {
            let out = batch.settings.out.as_deref();
            last::note(options, self.model_folder, &self.chosen.models, out)?;
            self.is_noted = true;
        }
        let log = Log::new(batch.settings.out.as_deref()).context("no report can be written")?;
        batch.sweep(plan.items.iter());
        let open = plan.open();
        let (n_all, log) = (plan.items.len(), (log, &self.told));
        let board = RunProgress::new(options, &open, n_all, log, self.worker);
        plan.problems.iter().for_each(|problem| board.problem(problem));
        if std::mem::take(&mut self.is_first_pass) {
            tell(&plan);
        }
        for (item, standing) in plan.all() {
            if let Some(outcome) = standing.outcome() {
                // A kill may have come between the last file and the end of the try.
                let _ = item.outputs.note_attempt(None);
                board.ended(item, &outcome);
            }
        }
        // Also for a text alone: its words are lost where somebody emptied `.voixoff`.
        if !open.is_empty() {
            if self.loaded.is_none() {
                let setup = self.setup;
                self.chosen.tell_of_better(options, self.model_folder);
                let loaded = self.chosen.load(options, setup.threads)?;
                self.loaded = Some((loaded, Workers::new(setup.threads)));
            }
            if let Some((loaded, workers)) = &self.loaded {
                let engines = Engines {
                    diarizer: &*loaded.diarization.diarizer,
                    transcriber: &*loaded.transcriber,
                };
                batch.run(&open, &engines, workers, &board);
            }
        }
        let counts = board.end(plan.items.len() + plan.problems.len());
        if let Some(Err(error)) = self.mirror.map(Mirror::push_own) {
            report::warning(&format!("the report of this run stays here: {error}"));
        }
        Ok((counts, plan.nothing.is_some_and(|nothing| nothing.is_failure)))
    }
}

/// Says what people should know before the work begins: that there is none, and which files
/// are not as they were written.
fn tell(plan: &Plan) {
    match &plan.nothing {
        Some(Nothing { reason, hint, is_failure: true }) => {
            report::failure(std::slice::from_ref(reason), hint);
        }
        Some(Nothing { reason, .. }) => terminal::remark(reason),
        None => (),
    }
    let n_changed = plan.changed().count();
    for changed in plan.changed().take(CHANGED_SHOWN) {
        report::warning(&format!("{changed}; it stays, unless with `--force`"));
    }
    if n_changed > CHANGED_SHOWN {
        let n = n_changed - CHANGED_SHOWN;
        report::warning(&format!(
            "{n} more are not as they were written: see `voixoff archive status`"
        ));
    }
}

/// Makes the folder of the outputs, and looks whether it can be written to.
fn writable(folder: &Path) -> anyhow::Result<()> {
    report::refuse_file(folder)?;
    std::fs::create_dir_all(folder)
        .with_context(|| format!("the output folder `{}` cannot be made", folder.display()))?;
    tempfile::tempfile_in(folder).map(drop).map_err(|error| {
        let message =
            format!("the output folder `{}` cannot be written to: {error}", folder.display());
        advise(message, "choose another one with `--out DIR`")
    })
}

/// First a clean stop, then a quick one: safe at any instant.
pub(crate) fn stop_on_ctrl_c() -> anyhow::Result<Arc<Cancel>> {
    let cancel = Arc::new(Cancel::default());
    let heard = Arc::clone(&cancel);
    ctrlc::set_handler(move || {
        if heard.is_requested() {
            #[expect(clippy::exit, reason = "the second Ctrl-C ends at once")]
            std::process::exit(INTERRUPTED.into());
        }
        heard.request();
        report::stopping();
    })
    .context("Ctrl-C cannot be listened to")?;
    Ok(cancel)
}

/// Says what became of many episodes in one line.
fn summary(n_episodes: usize, counts: Counts) {
    let Counts { transcribed, up_to_date, failed, busy, unsure: _ } = counts;
    let mut line = told(&format!(
        "{}: {transcribed} transcribed, {up_to_date} up to date, {failed} failed",
        report::counted(n_episodes, "episode"),
    ))
    .into_owned();
    if busy > 0 {
        line.push_str(&told(&format!(", {busy} at work elsewhere")));
    }
    let left = n_episodes.saturating_sub(transcribed + up_to_date + failed + busy);
    if left > 0 {
        line.push_str(&told(&format!(", {left} left to do")));
    }
    terminal::remark(&line);
}
