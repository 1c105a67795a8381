//! `--dry-run`: what a run would do of each episode, why, and how long it would take. No sound is
//! listened to and nothing is written, but for the copies of feeds, which have to be asked.

use super::{
    place::Place,
    plan::{Plan, Setup},
};
use crate::{
    DONE, FAILED, args, engines,
    language::{labelled, told},
    report::{self, counted},
    screen::{clock, sound},
    terminal::{self, line},
};
use std::{path::Path, time::Duration};
use voixoff::{
    archive::{
        batch::{Remaining, Standing},
        sources::{Item, Pages},
        survey::{Ledger, Outside, Survey},
    },
    base::progress::Cancel,
};

/// Says what a run by `options` would do; an exit code.
pub(super) fn tell(
    options: &args::Transcribe,
    pages: Option<&Pages>,
    model_folder: Option<&Path>,
) -> anyhow::Result<u8> {
    let place = Place::of(options)?;
    let chosen = engines::choose(options, model_folder)?;
    let setup = Setup::new(options, place, &chosen.models)?;
    let cancel = Cancel::default();
    let mirror = setup.mirror()?;
    if let Some(mirror) = &mirror {
        mirror.refresh()?;
    }
    let batch = setup.batch(mirror.as_ref(), &cancel);
    let plan = Plan::of(options, pages, &setup.place, &batch, true);
    for problem in &plan.problems {
        let text = format!("`{}`: {}", problem.place, problem.reason);
        report::failure(&[text], &report::hint(problem.guidance.as_ref()));
    }
    if let Some(nothing) = &plan.nothing {
        report::failure(std::slice::from_ref(&nothing.reason), &nothing.hint);
        return Ok(if nothing.is_failure { FAILED } else { DONE });
    }
    for (item, standing) in plan.all() {
        line(&labelled(&item.name(), &told(&of(item, standing))));
    }
    let (n_episodes, n_open) = (plan.items.len(), plan.open().len());
    let seconds: f64 = plan.open().iter().map(|item| item.estimated().as_secs_f64()).sum();
    let name = setup.models.recogniser.name.clone();
    let time = match cost(plan, setup.place.folder.as_deref(), &name) {
        Some(time) => format!("time {}", clock(time)),
        None => format!("time not known: `{name}` has not run here yet"),
    };
    let all = counted(n_episodes, "episode");
    terminal::remark(&format!("{all}: {n_open} to do, {} of sound, {time}", sound(seconds)));
    Ok(DONE)
}

/// What would be done of `item`, and why.
fn of(item: &Item, standing: &Standing) -> String {
    let is_new = || {
        let receipt = item.outputs.receipt().ok().flatten();
        receipt.and_then(|receipt| receipt.made).is_none()
    };
    match standing {
        Standing::Done { changed } if changed.is_empty() => "up to date".to_owned(),
        Standing::Done { .. } => "stays as it was corrected".to_owned(),
        Standing::Failed(failure) => {
            let reason = failure.reasons.first().map(String::as_str).unwrap_or_default();
            format!("failed before: {reason}; `--retry-failed` tries again")
        }
        Standing::Open(Remaining::All) if is_new() => "listen and recognise: it is new".to_owned(),
        Standing::Open(Remaining::All) => {
            "listen and recognise: its sound, or how it is listened to, has changed".to_owned()
        }
        Standing::Open(Remaining::Words) => {
            "recognise again: by another recogniser, or told other words; who speaks is known"
                .to_owned()
        }
        Standing::Open(Remaining::Text) => {
            "write: other formats, or another way of writing; nothing is heard again".to_owned()
        }
    }
}

/// What the work of `plan` takes, by what was measured in the archive in `folder`.
fn cost(plan: Plan, folder: Option<&Path>, recogniser: &str) -> Option<Duration> {
    let mut ledger = Ledger::below(folder.unwrap_or(Path::new(".")));
    let mut survey = Survey::default();
    let planned = plan.items.into_iter().zip(plan.standings);
    survey.add_planned(planned, Outside::Keep, &mut ledger);
    let n_planned = survey.episodes.len();
    survey.recogniser = Some(recogniser.to_owned());
    // The rest of the archive says how quick this machine is.
    survey.add_recorded(ledger, folder.unwrap_or(Path::new(".")), None);
    let open = survey.episodes[..n_planned].iter().filter_map(|it| Some((it, it.state.rest()?)));
    open.map(|(episode, rest)| survey.cost(episode, rest)).sum()
}
