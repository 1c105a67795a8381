//! The command lines of `eval` and `check`, as the help shows it.

use crate::args::Progress;
use clap::{Args, ValueEnum};
use serde::Deserialize;
use std::path::PathBuf;
use voixoff::{base::time::Time, eval::comparison};

#[derive(Debug, Args)]
pub(crate) struct Eval {
    /// What was said: a transcript of any format that `convert` reads, RTTM for who speaks when, or a folder of them
    #[arg(value_name = "REFERENCE")]
    pub(crate) reference: PathBuf,

    /// What is scored, in the same way; files of folders are paired by their names without extension
    #[arg(value_name = "HYPOTHESIS")]
    pub(crate) hypothesis: PathBuf,

    /// How near the references stay to what was said
    #[arg(long, value_name = "STYLE", default_value = "clean")]
    pub(crate) style: Style,

    /// Leave this much unscored on each side of a reference boundary, for DER and JER
    #[arg(long, value_name = "TIME", default_value = "0ms", value_parser = time)]
    pub(crate) collar: Time,

    /// How far from its time a word still counts, for tcpWER
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = time)]
    pub(crate) word_collar: Time,

    /// Description of the show, whose terms and people count as names: `show.toml` of `voixoff show init`
    #[arg(long, value_name = "FILE")]
    pub(crate) show: Option<PathBuf>,

    /// More names and terms, one a line, spelt as they should be; those of both lists are counted one by one, also where nobody said them
    #[arg(long, value_name = "FILE")]
    pub(crate) names: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) reports: Reports,

    /// Compare with the figures recorded in this file; exit with 1 where one is worse beyond its tolerance
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,

    /// Record the figures in the file of `--baseline` instead
    #[arg(long, requires = "baseline")]
    pub(crate) write_baseline: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Suite: a TOML file that names sound, references and bars; `tests/suite.toml` explains its fields
    #[arg(value_name = "SUITE", required_unless_present = "from")]
    pub(crate) suite: Option<PathBuf>,

    /// Make a suite instead, of sound and texts of this archive that people wrote
    #[arg(long, value_name = "ARCHIVE", conflicts_with = "suite")]
    pub(crate) from: Option<PathBuf>,

    /// Folder of the suite that is made
    #[arg(long, value_name = "DIR", default_value = "suite", requires = "from")]
    pub(crate) out: PathBuf,

    /// How long it is, in minutes
    #[arg(long, value_name = "COUNT", default_value_t = 10, requires = "from")]
    pub(crate) minutes: u32,

    /// How to show progress [default: bars on a terminal, else lines]
    #[arg(long, value_name = "WHERE")]
    pub(crate) progress: Option<Progress>,

    #[command(flatten)]
    pub(crate) reports: Reports,
}

/// What is told of the scores, and where.
#[derive(Debug, Args)]
pub(crate) struct Reports {
    /// How many of the worst passages to show
    #[arg(long, value_name = "COUNT", default_value_t = 5)]
    pub(crate) worst: usize,

    /// Tell only what an editor would mend: words, marks by kind, paragraphs, capitals, places to touch
    #[arg(long, conflicts_with = "json")]
    pub(crate) edits: bool,

    /// Write JSON to stdout instead of the table
    #[arg(long)]
    pub(crate) json: bool,

    /// Write a page with both texts aligned, a timeline of turns, and the sound behind them
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,

    /// The sound for the page: a file, or a folder with files of the same names [default: as the transcripts say]
    #[arg(long, value_name = "FILE|DIR", requires = "html")]
    pub(crate) sound: Option<PathBuf>,

    /// Write the verdict as JUnit XML
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
}

/// How near references stay to what was said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Style {
    /// Edited: without hesitations and repetitions
    #[default]
    Clean,
    /// Every word
    Verbatim,
}

impl Style {
    /// The same for those who score.
    pub(crate) fn of_scores(self) -> comparison::ReferenceStyle {
        match self {
            Style::Clean => comparison::ReferenceStyle::Clean,
            Style::Verbatim => comparison::ReferenceStyle::Verbatim,
        }
    }
}

fn time(text: &str) -> Result<Time, String> {
    let (number, per_unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 1.0),
        None => (text.strip_suffix('s').unwrap_or_default(), 1_000.0),
    };
    let millis = number.trim().parse::<f64>().ok().map(|number| number * per_unit);
    let millis = millis.filter(|millis| (0.0..=86_400_000.0).contains(millis));
    let millis = millis.ok_or_else(|| format!("`{text}` is not a time like `250ms` or `5s`"))?;
    Ok(Time::from_millis(millis.round() as u64))
}
