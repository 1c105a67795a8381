//! The figures of a recorded run: worse fails, better asks to be recorded.

use super::{
    Report,
    figures::{self, Better, Figure, shown},
};
use crate::report::advise;
use anyhow::Context;
use serde::Deserialize;
use std::{collections::BTreeMap, fs, path::Path, time::SystemTime};
use voixoff::{
    base::{store, tables},
    eval::french,
};

/// A figure may be worse by this much before a first baseline says otherwise.
const TOLERANCE: f64 = 0.005;

/// The same of a time, in seconds.
const TOLERANCE_S: f64 = 0.02;

/// Differences that no report shows.
const UNSEEN: f64 = 0.000_5;

/// A recorded run.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Baseline {
    normalisation: String,
    reference_style: String,
    #[serde(rename = "command")]
    _command: String,
    #[serde(rename = "date")]
    _date: String,
    /// SHA-256 by name.
    #[serde(default)]
    models: BTreeMap<String, String>,
    figures: BTreeMap<String, Bar>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bar {
    value: f64,
    tolerance: f64,
}

/// What became of a figure.
pub(crate) struct Verdict {
    pub(crate) name: String,
    pub(crate) is_worse: bool,
    /// A sentence about it; empty where there is nothing to say.
    pub(crate) remark: String,
}

impl Baseline {
    /// The run recorded at `path`.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Baseline> {
        let unread = || format!("the baseline `{}` cannot be read", path.display());
        let text = fs::read_to_string(path).with_context(unread)?;
        tables::read(&text).with_context(unread)
    }

    /// What became of each recorded figure.
    ///
    /// # Errors
    /// A run of another normalisation or style, whose figures mean something else.
    pub(crate) fn compare(&self, report: &Report) -> anyhow::Result<Vec<Verdict>> {
        let style = report.settings.style.name();
        for (what, then, now) in [
            ("normalisation", self.normalisation.as_str(), french::NAME),
            ("style of references", self.reference_style.as_str(), style),
        ] {
            if then != now {
                return Err(advise(
                    format!("the baseline has the {what} `{then}`, this run `{now}`"),
                    "figures of both cannot be compared: record the run anew with `--write-baseline`",
                ));
            }
        }
        let now = figures::of(&report.total);
        let verdict = |(name, bar): (&String, &Bar)| {
            let figure = now.iter().find(|figure| figure.name == name);
            verdict(name, *bar, figure)
        };
        Ok(self.figures.iter().map(verdict).collect())
    }

    /// Whether other models made what is scored now.
    pub(crate) fn has_other_models(&self, report: &Report) -> bool {
        !self.models.is_empty() && !report.models.is_empty() && self.models != report.models
    }
}

fn verdict(name: &str, bar: Bar, figure: Option<&Figure>) -> Verdict {
    let then = shown(name, bar.value);
    let value = figure.and_then(|figure| Some((figure.better, figure.value?)));
    let Some((better, value)) = value else {
        let remark = format!("{name} was {then} and is not scored any more");
        return Verdict { name: name.to_owned(), is_worse: true, remark };
    };
    let loss = match better {
        Better::Lower => value - bar.value,
        Better::Higher => bar.value - value,
    };
    let (now, tolerance) = (shown(name, value), shown(name, bar.tolerance));
    let is_worse = loss > bar.tolerance;
    let remark = if is_worse {
        format!("{name} is {now}, worse than {then} by more than {tolerance}")
    } else if loss < -UNSEEN {
        format!("{name} is {now}, better than {then}: move the number with `--write-baseline`")
    } else {
        String::new()
    };
    Verdict { name: name.to_owned(), is_worse, remark }
}

/// Records `report` at `path`. Tolerances that are there already stay.
pub(crate) fn write(path: &Path, report: &Report) -> anyhow::Result<()> {
    let known = if path.exists() { Some(Baseline::read(path)?.figures) } else { None };
    let quoted = tables::quoted;
    let mut text = format!(
        "# Figures that `voixoff eval --baseline` and `voixoff check` compare with. A figure may be worse by its\n\
         # tolerance; take out those that should not be held. Rates are fractions.\n\n\
         normalisation = {}\nreference_style = {}\ncommand = {}\ndate = {}\n\n[models]\n",
        quoted(french::NAME),
        quoted(report.settings.style.name()),
        quoted(&report.command),
        quoted(&today()),
    );
    for (name, sha256) in &report.models {
        text += &format!("{} = {}\n", quoted(name), quoted(sha256));
    }
    for figure in figures::of(&report.total) {
        let Some(value) = figure.value else { continue };
        let first = Bar { value, tolerance: tolerance(figure.name) };
        let bar = known.as_ref().map_or(Some(&first), |known| known.get(figure.name));
        // A figure that was taken out is not held again.
        let Some(bar) = bar else { continue };
        text += &format!(
            "\n[figures.{}]\nvalue = {value:.6}\ntolerance = {}\n",
            figure.name, bar.tolerance
        );
    }
    store::write_atomic(path, text.as_bytes())
        .with_context(|| format!("`{}` cannot be written", path.display()))
}

fn tolerance(name: &str) -> f64 {
    if name.ends_with("_s") { TOLERANCE_S } else { TOLERANCE }
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
