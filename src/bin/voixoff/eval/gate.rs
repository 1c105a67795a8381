//! The figures of a recorded run: worse fails, better asks to be recorded.

use super::{Report, figures::shown};
use crate::report::{self, advise};
use anyhow::Context;
use std::{fs, path::Path, time::SystemTime};
use voixoff::{
    base::store,
    eval::gate::{Baseline, FigureChange, RecordedRun},
};

/// What stands above the figures of a baseline.
const HEAD: &str = "\
    Figures that `voixoff eval --baseline` and `voixoff check` compare with. A figure may be worse by its\n\
    tolerance; take out those that should not be held. Rates are fractions.";

/// What became of a figure.
pub(crate) struct Verdict {
    pub(crate) name: String,
    pub(crate) is_worse: bool,
    /// A sentence about it; empty where there is nothing to say.
    pub(crate) remark: String,
}

/// The run recorded at `path`.
pub(super) fn read(path: &Path) -> anyhow::Result<Baseline> {
    let unread = || format!("the baseline `{}` cannot be read", path.display());
    let text = fs::read_to_string(path).with_context(unread)?;
    Baseline::read(&text).with_context(unread)
}

/// What became of each figure of `baseline` in `report`.
///
/// # Errors
/// A run of another normalisation or style, whose figures mean something else.
pub(super) fn compare(baseline: &Baseline, report: &Report) -> anyhow::Result<Vec<Verdict>> {
    let changes = baseline.compare(&report.total, report.settings.style).map_err(|error| {
        advise(
            error.to_string(),
            "figures of both cannot be compared: record the run anew with `--write-baseline`",
        )
    })?;
    Ok(changes.into_iter().map(|(name, change)| verdict(name, change)).collect())
}

fn verdict(name: &str, change: FigureChange) -> Verdict {
    let shown = |value| shown(name, value);
    let (is_worse, remark) = match change {
        FigureChange::Held => (false, String::new()),
        FigureChange::Worse { then, now, tolerance } => {
            let (now, then, tolerance) = (shown(now), shown(then), shown(tolerance));
            (true, format!("{name} is {now}, worse than {then} by more than {tolerance}"))
        }
        FigureChange::Better { then, now } => {
            let (now, then) = (shown(now), shown(then));
            let what = "move the number with `--write-baseline`";
            (false, format!("{name} is {now}, better than {then}: {what}"))
        }
        FigureChange::Missing { then } => {
            (true, format!("{name} was {} and is not scored any more", shown(then)))
        }
    };
    Verdict { name: name.to_owned(), is_worse, remark }
}

/// Records `report` at `path`. Tolerances that are there already stay.
pub(crate) fn write(path: &Path, report: &Report) -> anyhow::Result<()> {
    let before = if path.exists() { Some(read(path)?) } else { None };
    let run = RecordedRun {
        head: HEAD,
        scores: &report.total,
        style: report.settings.style,
        command: &report.command,
        date: &today(),
        models: &report.models,
    };
    store::write_atomic(path, Baseline::record(&run, before.as_ref()).as_bytes())
        .with_context(|| report::unwritten(path))
}

/// The day of the run, as in ISO 8601.
fn today() -> String {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    day(since.map_or(0, |since| since.as_secs() / 86_400))
}

/// The day that many days after 1970-01-01. Years are counted from March, so that the day of
/// a leap year comes last.
fn day(since_1970: u64) -> String {
    let days = since_1970 + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = 400 * era + year + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (days, expected) in [
            (0, "1970-01-01"),
            (11_016, "2000-02-29"),
            (11_017, "2000-03-01"),
            (20_088, "2024-12-31"),
            (20_454, "2026-01-01"),
        ] {
            assert_eq!(day(days), expected);
        }
    }
}
