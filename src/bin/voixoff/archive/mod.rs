//! `voixoff archive`: what is done, what failed, what would be done again; what has changed.
//!
//! The archive has no ledger but its own files: receipts and failures, and beside them the
//! settings of the last run.

mod diff;
mod publish;
mod survey;

use crate::{
    DONE, args,
    language::told,
    report::{self, advise, counted},
    screen::{clock, sound},
    terminal::{json, line, say},
};
use std::{collections::BTreeMap, path::Path, time::Duration};
use voixoff::{
    archive::{
        batch::Remaining,
        survey::{EpisodeState, StateSum, Survey, SurveyedEpisode},
    },
    episode::outputs::Outputs,
};

/// Episodes that a list on the terminal shows at most.
const SHOWN: usize = 30;

/// Carries out `command`.
pub(crate) fn run(command: &args::Archive, model_folder: Option<&Path>) -> anyhow::Result<u8> {
    match command {
        args::Archive::Diff(archive) => return diff::run(archive),
        args::Archive::Feed(options) => return publish::feeds(options),
        args::Archive::Index { folder, title } => return publish::index(folder, title),
        args::Archive::Status(archive) => {
            let (survey, unknown) = survey::survey(&archive.folder, &[], model_folder)?;
            if archive.json { print_json(&survey) } else { status(&survey, unknown.as_ref()) }
        }
        args::Archive::Outdated(options) => {
            let archive = &options.archive;
            let (survey, unknown) =
                survey::survey(&archive.folder, &options.options, model_folder)?;
            if let Some(error) = unknown {
                return Err(error);
            }
            if archive.json { print_json(&survey) } else { outdated(&survey) }
        }
    }
    Ok(DONE)
}

/// The episodes of the archive in `folder`; where nothing was ever written into it, it is none.
pub(crate) fn known_archive(folder: &Path) -> anyhow::Result<Vec<Outputs>> {
    some(Outputs::all_below(folder), folder)
}

/// What can be searched in `folder`, which is something.
pub(crate) fn searchable_archive(folder: &Path) -> anyhow::Result<Vec<Outputs>> {
    some(voixoff::archive::publish::episodes(folder), folder)
}

fn some(episodes: Vec<Outputs>, folder: &Path) -> anyhow::Result<Vec<Outputs>> {
    if episodes.is_empty() { Err(no_archive(folder)) } else { Ok(episodes) }
}

fn no_archive(folder: &Path) -> anyhow::Error {
    advise(
        format!("`{}` is no archive: nothing was transcribed into it", folder.display()),
        "name the folder where its transcripts lie: `--out` of `voixoff transcribe`, or that of the sound",
    )
}

fn status(survey: &Survey, unknown: Option<&anyhow::Error>) {
    let sums = survey.sums();
    let mut left = (Duration::ZERO, true);
    let states = ["done", "failed", "outdated", "waiting"];
    let reviews = || survey.episodes.iter().filter_map(|it| Some((it, it.review.as_ref()?)));
    let n_reviewed = reviews().filter(|(_, review)| review.is_reviewed).count();
    let reviewed = [("under review", reviews().count() - n_reviewed), ("reviewed", n_reviewed)];
    let reviewed = reviewed.iter().filter(|(_, n)| *n > 0);
    let rows = states.iter().chain(reviewed.clone().map(|(name, _)| name));
    let widest = rows.map(|name| told(name).chars().count()).max().unwrap_or_default();
    let row = |name: &str, text: &str| {
        line(&format!("{:<width$} {text}", told(name), width = widest + 1));
    };
    for name in states {
        let none = StateSum::default();
        let sum = sums.get(name).unwrap_or(&none);
        let sound = sound(sum.seconds);
        row(name, &format!("{} {:>11}", of_episodes(sum.episodes), told(&sound)));
        if matches!(name, "outdated" | "waiting") {
            left = (left.0 + sum.cost, left.1 && sum.is_cost_known);
        }
    }
    for (name, n) in reviewed {
        row(name, of_episodes(*n).trim_end());
    }
    let recogniser = survey.recogniser.as_deref().unwrap_or_default();
    if let (Some(heard), Some(words)) = (survey.speeds.listening(), survey.speeds.words(recogniser))
    {
        let speed = 1.0 / (heard + words);
        row("speed", &told(&format!("{speed:.1} hours of sound an hour, as measured here")));
    }
    match left {
        (Duration::ZERO, true) => (),
        (time, true) => row("left", &clock(time)),
        (_, false) => {
            row("left", &told(&format!("not known: `{recogniser}` has not run here yet")));
        }
    }
    if let Some(error) = unknown {
        report::warning(&format!("what the next run would do is not known: {error:#}"));
    }
    for problem in &survey.problems {
        let reasons = std::slice::from_ref(&problem.reason);
        trouble(&problem.place, reasons, &report::hint(problem.guidance.as_ref()));
    }
    let failures = survey.episodes.iter().filter(|it| it.state == EpisodeState::Failed);
    let failures: Vec<_> = failures.filter_map(|it| Some((it, it.failure.as_ref()?))).collect();
    for (episode, failure) in failures.iter().take(SHOWN) {
        trouble(&episode.name, &failure.reasons, &report::hint_of(failure));
    }
    if failures.len() > SHOWN {
        line("");
        say(&format!("and {} more that failed", failures.len() - SHOWN));
    }
    let changed = survey.episodes.iter().flat_map(|episode| &episode.changed);
    let n_changed = changed.clone().count();
    if n_changed > 0 {
        line("");
        say(&format!("not as they were written ({n_changed}):"));
    }
    changed.take(SHOWN).for_each(|it| line(&format!("  {}", told(&it.to_string()))));
    if n_changed > SHOWN {
        say(&format!("  and {} more, all of them with `--json`", n_changed - SHOWN));
    }
    let unpublished = reviews().filter(|(_, review)| review.is_unpublished).map(|(it, _)| it);
    let n_unpublished = unpublished.clone().count();
    if n_unpublished > 0 {
        line("");
        say(&format!("corrected, and not published yet ({n_unpublished}): see `voixoff review`"));
    }
    unpublished.take(SHOWN).for_each(|it| line(&format!("  {}", it.name)));
    if n_unpublished > SHOWN {
        say(&format!("  and {} more, all of them with `--json`", n_unpublished - SHOWN));
    }
}

/// « 12 episodes », in columns.
fn of_episodes(n: usize) -> String {
    let episodes = told(&counted(n, "episode")).into_owned();
    let (n, noun) = episodes.split_once(' ').unwrap_or((&episodes, ""));
    format!("{n:>7} {noun:<8}")
}

/// Prints why what is called `name` has no transcript.
fn trouble(name: &str, reasons: &[String], hint: &str) {
    line("");
    line(name);
    reasons.iter().for_each(|reason| line(&format!("  {}", told(reason))));
    if !hint.is_empty() {
        say(&format!("  hint: {hint}"));
    }
}

fn outdated(survey: &Survey) {
    let mut listed: BTreeMap<Remaining, Vec<&SurveyedEpisode>> = BTreeMap::new();
    for episode in &survey.episodes {
        if let Some(rest) = episode.state.rest() {
            listed.entry(rest).or_default().push(episode);
        }
    }
    if listed.is_empty() {
        say("nothing is outdated");
    }
    for (rest, episodes) in listed.iter().rev() {
        let what = match rest {
            Remaining::All => "listen and recognise",
            Remaining::Words => "recognise again; who speaks is known",
            Remaining::Text => "write again; nothing is heard again",
        };
        let costs: Option<Duration> =
            episodes.iter().map(|episode| survey.cost(episode, *rest)).sum();
        let cost = match costs {
            Some(cost) => clock(cost),
            None => {
                let recogniser = survey.recogniser.as_deref().unwrap_or_default();
                format!("not known: `{recogniser}` has not run here yet")
            }
        };
        let seconds: f64 = episodes.iter().map(|episode| episode.seconds).sum();
        let (n, sound) = (episodes.len(), sound(seconds));
        let all = counted(n, "episode");
        say(&format!("{what}: {all}, {sound} of sound, time {cost}"));
        for episode in episodes.iter().take(SHOWN) {
            line(&format!("  {}", episode.name));
        }
        if n > SHOWN {
            say(&format!("  and {} more", n - SHOWN));
        }
    }
}

fn print_json(survey: &Survey) {
    let sums = survey.sums();
    let sums = sums.iter().map(|(name, sum)| {
        let cost = sum.is_cost_known.then_some(sum.cost.as_secs());
        let sum =
            serde_json::json!({ "episodes": sum.episodes, "duration": sum.seconds, "cost": cost });
        ((*name).to_owned(), sum)
    });
    let is_told = |it: &&SurveyedEpisode| {
        it.state != EpisodeState::Done || !it.changed.is_empty() || it.review.is_some()
    };
    let episodes = survey.episodes.iter().filter(is_told).map(|episode| {
        let rest = episode.state.rest().map(|rest| match rest {
            Remaining::Text => "text",
            Remaining::Words => "words",
            Remaining::All => "all",
        });
        let failure = episode.failure.as_ref();
        let changed = episode.changed.iter().map(|it| it.path.display().to_string());
        serde_json::json!({
            "episode": episode.name,
            "state": episode.state.name(),
            "rest": rest,
            "reasons": failure.map(|failure| &failure.reasons),
            "hint": failure.map(report::hint_of),
            "changed": changed.collect::<Vec<_>>(),
            "reviewed": episode.review.as_ref().map(|review| review.is_reviewed),
            "reviewer": episode.review.as_ref().map(|review| &review.reviewer),
            "published": episode.review.as_ref().map(|review| !review.is_unpublished),
        })
    });
    let all = serde_json::json!({
        "sums": sums.collect::<serde_json::Map<_, _>>(),
        "episodes": episodes.collect::<Vec<_>>(),
    });
    json(&format!("{all:#}"));
}
