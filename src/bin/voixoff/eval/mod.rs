//! `voixoff eval`: how good transcripts are, and whether they are as good as before.

pub(crate) mod args;
mod gate;
mod json;
mod junit;
mod page;
mod pairs;
mod table;

use crate::{DONE, FAILED, known, report, terminal};
use anyhow::Context;
pub(crate) use gate::Verdict;
pub(crate) use pairs::Files;
pub(crate) use voixoff::eval::figures;

use pairs::Pair;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};
use voixoff::{
    base::{show::Show, store, transcript::Transcript},
    eval::{
        comparison::Passage,
        french,
        scores::{ScoreSettings, Scores, compare},
    },
};

/// All that reports tell.
pub(crate) struct Report {
    pub(crate) episodes: Vec<Episode>,
    /// The sum over all episodes.
    pub(crate) total: Scores,
    pub(crate) settings: ScoreSettings,
    /// Models that made the hypotheses: SHA-256 by name.
    pub(crate) models: BTreeMap<String, String>,
    /// What was typed to get it.
    pub(crate) command: String,
}

/// What is known of one episode.
pub(crate) struct Episode {
    pub(crate) name: String,
    pub(crate) reference_path: PathBuf,
    pub(crate) hypothesis_path: PathBuf,
    pub(crate) reference: Transcript,
    pub(crate) hypothesis: Transcript,
    pub(crate) scores: Scores,
    /// In the order of the reference.
    pub(crate) passages: Vec<Passage>,
}

/// Scores what `options` name; an exit code.
pub(crate) fn run(options: &args::Eval) -> anyhow::Result<u8> {
    // A baseline that cannot be read is told before the work.
    let baseline = match &options.baseline {
        Some(path) if !options.write_baseline => Some(gate::read(path)?),
        _ => None,
    };
    let pairs = pairs::find(&options.reference, &options.hypothesis)?;
    let show = known::show(options.show.as_deref())?;
    let mut report = Report::new(settings(options, &show)?, command());
    for pair in &pairs {
        report.add(Episode::scored(pair, &report.settings)?);
    }
    let verdicts =
        baseline.as_ref().map(|baseline| gate::compare(baseline, &report)).transpose()?;
    let verdicts = verdicts.unwrap_or_default();
    publish(&report, &verdicts, &options.reports)?;
    match &options.baseline {
        Some(path) if options.write_baseline => gate::write(path, &report)?,
        _ => (),
    }
    if baseline.is_some_and(|baseline| baseline.has_other_models(&report.models)) {
        report::warning("other models made these transcripts than those of the baseline");
    }
    Ok(told(&verdicts))
}

/// Tells the scores as `options` ask.
pub(crate) fn publish(
    report: &Report,
    verdicts: &[Verdict],
    options: &args::Reports,
) -> anyhow::Result<()> {
    match options.json {
        true => terminal::json(&json::render(report, verdicts, options.worst)),
        false => {
            let look = table::Look::of_stdout();
            terminal::painted(&match options.edits {
                true => table::edits(report, look),
                false => table::render(report, options.worst, look),
            });
        }
    }
    if let Some(path) = &options.html {
        written(path, &page::render(report, path, options.sound.as_deref())?)?;
    }
    if let Some(path) = &options.junit {
        written(path, &junit::render(report, verdicts))?;
    }
    Ok(())
}

/// Says what became of the figures; an exit code.
pub(crate) fn told(verdicts: &[Verdict]) -> u8 {
    for verdict in verdicts.iter().filter(|verdict| !verdict.remark.is_empty()) {
        let Verdict { is_worse, remark: error, .. } = verdict;
        let note = error;
        terminal::note(&if *is_worse {
            format!("error: {error}")
        } else {
            format!("note: {note}")
        });
    }
    if verdicts.iter().any(|verdict| verdict.is_worse) { FAILED } else { DONE }
}

impl Report {
    pub(crate) fn new(settings: ScoreSettings, command: String) -> Report {
        Report {
            episodes: Vec::new(),
            total: Scores::default(),
            settings,
            models: BTreeMap::new(),
            command,
        }
    }

    pub(crate) fn add(&mut self, episode: Episode) {
        self.total += &episode.scores;
        let of = &episode.hypothesis.provenance;
        let models = [&of.recogniser, &of.segmentation, &of.embedding].into_iter().flatten();
        self.models.extend(models.map(|model| (model.name.clone(), model.sha256.clone())));
        self.episodes.push(episode);
    }

    /// The worst passages of all episodes, worst first: with the most errors, the earlier
    /// one of equals.
    pub(crate) fn worst(&self, most: usize) -> Vec<(&Episode, &Passage)> {
        let passages = |episode| {
            let Episode { passages, .. }: &Episode = episode;
            passages.iter().map(move |passage| (episode, passage))
        };
        let mut worst: Vec<(&Episode, &Passage)> =
            self.episodes.iter().flat_map(passages).collect();
        worst.retain(|(_, passage)| passage.errors > 0);
        worst.sort_by_key(|(_, passage)| std::cmp::Reverse(passage.errors));
        worst.truncate(most);
        worst
    }
}

impl Episode {
    fn scored(pair: &Pair, settings: &ScoreSettings) -> anyhow::Result<Episode> {
        let (reference, hypothesis) = (pair.reference.read()?, pair.hypothesis.read()?);
        let has_words = pair.reference.transcript.is_some() && pair.hypothesis.transcript.is_some();
        let mut episode = Episode {
            name: pair.name.clone(),
            reference_path: pair.reference.any().to_owned(),
            hypothesis_path: pair.hypothesis.any().to_owned(),
            reference,
            hypothesis,
            scores: Scores::default(),
            passages: Vec::new(),
        };
        episode.score(has_words, settings);
        Ok(episode)
    }

    /// Scores both sides anew; words only with `has_words`.
    pub(crate) fn score(&mut self, has_words: bool, settings: &ScoreSettings) {
        self.scores = Scores::of_turns(&self.reference, &self.hypothesis, settings);
        if has_words {
            let comparison = compare(&self.reference, &self.hypothesis, settings);
            self.scores += &Scores::of_words(&comparison, settings);
            self.passages = comparison.passages();
        }
    }
}

fn settings(options: &args::Eval, show: &Show) -> anyhow::Result<ScoreSettings> {
    let mut listed: Vec<String> = forms(show).map(str::to_owned).collect();
    if let Some(path) = &options.names {
        let text = known::read(path)?;
        listed.extend(text.lines().map(str::trim).filter(is_entry).map(str::to_owned));
    }
    Ok(ScoreSettings {
        style: options.style.of_scores(),
        collar: options.collar,
        word_collar: options.word_collar,
        names: tokens(listed.iter().map(String::as_str)),
        listed,
    })
}

/// Whether a line of a list is a name: neither blank nor a remark.
fn is_entry(line: &&str) -> bool {
    !line.is_empty() && !line.starts_with('#')
}

/// Tokens of the names and terms of `show`; little words in them are no names.
pub(crate) fn names(show: &Show) -> Vec<String> {
    tokens(forms(show))
}

/// The names and terms of `show`, as they are spelt.
pub(crate) fn forms(show: &Show) -> impl Iterator<Item = &str> {
    let people = show.people.iter().map(|person| person.name.as_str());
    people.chain(show.lexicon.iter().map(|term| term.form.as_str()))
}

fn tokens<'a>(forms: impl Iterator<Item = &'a str>) -> Vec<String> {
    let is_long = |token: &String| token.chars().count() > 3;
    forms.flat_map(french::tokens).filter(is_long).collect()
}

/// What was typed, as the baseline says it.
pub(crate) fn command() -> String {
    let arguments = std::env::args().skip(1).filter(|argument| argument != "--write-baseline");
    let quoted = |argument: String| match argument.contains(char::is_whitespace) {
        true => format!("'{argument}'"),
        false => argument,
    };
    std::iter::once("voixoff".to_owned()).chain(arguments.map(quoted)).collect::<Vec<_>>().join(" ")
}

fn written(path: &Path, text: &str) -> anyhow::Result<()> {
    store::write_atomic(path, text.as_bytes()).with_context(|| report::unwritten(path))
}
