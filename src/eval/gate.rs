//! The figures of a recorded run, and what became of each since.

use super::{
    comparison::ReferenceStyle,
    figures::{self, Better, Figure},
    french,
    scores::Scores,
};
use crate::base::tables::{self, ReadError};
use serde::Deserialize;
use std::collections::BTreeMap;

/// A figure may be worse by this much before a first baseline says otherwise.
const TOLERANCE: f64 = 0.005;

/// The same of a time, in seconds.
const TOLERANCE_S: f64 = 0.02;

/// Differences that no report shows.
const UNSEEN: f64 = 0.000_5;

/// A recorded run.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
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

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bar {
    value: f64,
    tolerance: f64,
}

/// A run whose figures mean something else than those of the baseline.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the baseline has the {what} `{then}`, this run `{now}`")]
pub struct BaselineMismatch {
    /// What the two do not share.
    what: &'static str,
    then: String,
    now: &'static str,
}

/// What became of a recorded figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FigureChange {
    /// Neither worse by more than its tolerance nor better.
    Held,
    /// Worse than `then` by more than its tolerance.
    Worse {
        /// As recorded.
        then: f64,
        /// As scored.
        now: f64,
        /// By how much it may be worse.
        tolerance: f64,
    },
    /// Better than `then`: the baseline can be moved.
    Better {
        /// As recorded.
        then: f64,
        /// As scored.
        now: f64,
    },
    /// Not scored any more.
    Missing {
        /// As recorded.
        then: f64,
    },
}

/// A run, to be recorded.
#[derive(Debug, Clone, Copy)]
pub struct RecordedRun<'a> {
    /// What stands above the figures, for people.
    pub head: &'a str,
    /// The sum over its episodes.
    pub scores: &'a Scores,
    /// Of its references.
    pub style: ReferenceStyle,
    /// What was typed to get it.
    pub command: &'a str,
    /// The day of the run, as in ISO 8601.
    pub date: &'a str,
    /// Models that made the hypotheses: SHA-256 by name.
    pub models: &'a BTreeMap<String, String>,
}

impl Baseline {
    /// The run that is recorded as `text`.
    ///
    /// # Errors
    /// Where `text` is no TOML, or its tables are not those that [`Baseline::record`] writes.
    pub fn read(text: &str) -> Result<Baseline, ReadError> {
        tables::read(text)
    }

    /// What became of each recorded figure, by its name.
    ///
    /// # Errors
    /// A run of another normalisation or style, whose figures mean something else.
    pub fn compare(
        &self,
        scores: &Scores,
        style: ReferenceStyle,
    ) -> Result<Vec<(&str, FigureChange)>, BaselineMismatch> {
        for (what, then, now) in [
            ("normalisation", self.normalisation.as_str(), french::NAME),
            ("style of references", self.reference_style.as_str(), style.name()),
        ] {
            if then != now {
                return Err(BaselineMismatch { what, then: then.to_owned(), now });
            }
        }
        let now = figures::of(scores);
        let changes = self.figures.iter().map(|(name, bar)| {
            let figure = now.iter().find(|figure| figure.name == name);
            (name.as_str(), FigureChange::of(*bar, figure))
        });
        Ok(changes.collect())
    }

    /// Whether other models than `models` made what was scored then.
    pub fn has_other_models(&self, models: &BTreeMap<String, String>) -> bool {
        !self.models.is_empty() && !models.is_empty() && self.models != *models
    }

    /// The text of a baseline of `run`. Tolerances of the one `before` stay.
    pub fn record(run: &RecordedRun<'_>, before: Option<&Baseline>) -> String {
        let known = before.map(|before| &before.figures);
        let quoted = tables::quoted;
        let mut text: String = run.head.lines().map(|line| format!("# {line}\n")).collect();
        text += &format!(
            "\nnormalisation = {}\nreference_style = {}\ncommand = {}\ndate = {}\n\n[models]\n",
            quoted(french::NAME),
            quoted(run.style.name()),
            quoted(run.command),
            quoted(run.date),
        );
        for (name, sha256) in run.models {
            text += &format!("{} = {}\n", quoted(name), quoted(sha256));
        }
        for figure in figures::of(run.scores) {
            let Some(value) = figure.value else { continue };
            let first = Bar { value, tolerance: tolerance(figure.name) };
            let bar = known.map_or(Some(&first), |known| known.get(figure.name));
            // A figure that was taken out is not held again.
            let Some(bar) = bar else { continue };
            text += &format!(
                "\n[figures.{}]\nvalue = {value:.6}\ntolerance = {}\n",
                figure.name, bar.tolerance
            );
        }
        text
    }
}

impl FigureChange {
    fn of(bar: Bar, figure: Option<&Figure>) -> FigureChange {
        let then = bar.value;
        let value = figure.and_then(|figure| Some((figure.better, figure.value?)));
        let Some((better, now)) = value else { return FigureChange::Missing { then } };
        let loss = match better {
            Better::Lower => now - then,
            Better::Higher => then - now,
        };
        if loss > bar.tolerance {
            FigureChange::Worse { then, now, tolerance: bar.tolerance }
        } else if loss < -UNSEEN {
            FigureChange::Better { then, now }
        } else {
            FigureChange::Held
        }
    }
}

fn tolerance(name: &str) -> f64 {
    if name.ends_with("_s") { TOLERANCE_S } else { TOLERANCE }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_worse_beyond_its_tolerance_and_better_where_a_report_shows_it() {
        let held = |value, better| {
            let bar = Bar { value: 0.1, tolerance: 0.01 };
            FigureChange::of(bar, Some(&Figure { name: "wer", value, better }))
        };
        let (then, now, tolerance) = (0.1, 0.12, 0.01);
        assert_eq!(held(Some(now), Better::Lower), FigureChange::Worse { then, now, tolerance });
        assert_eq!(held(Some(now), Better::Higher), FigureChange::Better { then, now });
        assert_eq!(held(Some(0.105), Better::Lower), FigureChange::Held);
        assert_eq!(held(Some(0.099_9), Better::Lower), FigureChange::Held);
        assert_eq!(held(None, Better::Lower), FigureChange::Missing { then });
    }

    #[test]
    fn runs_of_another_style_are_not_compared() {
        let head = "reference_style = \"clean\"\ncommand = \"x\"\ndate = \"2026-01-01\"\n";
        let figure = "[figures.wer]\nvalue = 0.1\ntolerance = 0.01\n";
        let text = format!("normalisation = \"{}\"\n{head}{figure}", french::NAME);
        let baseline = Baseline::read(&text).unwrap();
        let changes = baseline.compare(&Scores::default(), ReferenceStyle::Clean).unwrap();
        assert_eq!(changes, [("wer", FigureChange::Missing { then: 0.1 })]);
        let error = baseline.compare(&Scores::default(), ReferenceStyle::Verbatim).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the baseline has the style of references `clean`, this run `verbatim`"
        );
    }
}
