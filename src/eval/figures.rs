//! The figures of a report by their names, for every place that shows or holds them.

use super::scores::Scores;

/// A figure that can be held to a bar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figure {
    /// Its name in every report.
    pub name: &'static str,
    /// `None` where it could not be scored.
    pub value: Option<f64>,
    /// Which way is better.
    pub better: Better,
}

/// Which way a figure is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// Errors.
    Lower,
    /// Shares of what is right.
    Higher,
}

/// All figures of `scores`, the headline first.
pub fn of(scores: &Scores) -> Vec<Figure> {
    let errors = [
        ("wer", scores.words.rate()),
        ("cer", scores.characters.rate()),
        ("wer_oral", scores.oral.rate()),
        ("wer_without_accents", scores.without_accents.rate()),
        ("wer_whisper_basic", scores.basic.rate()),
        ("der", scores.diarization.rate()),
        ("jer", scores.jaccard.rate()),
        ("cpwer", scores.cpwer.rate()),
        ("tcpwer", scores.tcpwer.rate()),
        ("word_start_median_s", scores.times.median_ms().map(|millis| millis as f64 / 1_000.0)),
    ];
    let shares = [
        ("names", scores.names.rate()),
        ("numbers", scores.numbers.rate()),
        ("punctuation_f1", scores.punctuation.rate()),
        ("capitals", scores.capitals.rate()),
        ("typography", scores.typography.rate()),
    ];
    let figure = |better| move |(name, value)| Figure { name, value, better };
    let lower = errors.into_iter().map(figure(Better::Lower));
    lower.chain(shares.into_iter().map(figure(Better::Higher))).collect()
}

impl Figure {
    /// Whether it is worse than `bar`; `None` where it could not be scored.
    pub fn is_beyond(&self, bar: f64) -> Option<bool> {
        self.value.map(|value| match self.better {
            Better::Lower => value > bar,
            Better::Higher => value < bar,
        })
    }

    /// As people read it: `12.3 %`, `120 ms`; a dash where there is none.
    pub fn shown(&self) -> String {
        self.value.map_or("–".to_owned(), |value| shown(self.name, value))
    }
}

/// `value` of the figure called `name`, as people read it.
///
/// ```
/// assert_eq!(voixoff::eval::figures::shown("wer", 0.123).replace('\u{a0}', " "), "12.3 %");
/// ```
pub fn shown(name: &str, value: f64) -> String {
    match name.ends_with("_s") {
        true => format!("{:.0} ms", value * 1_000.0),
        false => format!("{:.1} %", value * 100.0),
    }
}
