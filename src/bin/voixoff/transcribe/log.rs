//! The report of a run: what became of each episode, for people and for programs.

use crate::{language::told, report};
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::{
    borrow::Cow,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Mutex,
    time::SystemTime,
};
use voixoff::{
    archive::{
        batch::Outcome,
        sources::{Item, Problem},
    },
    base::store::write_atomic,
    episode::outputs::{Failure, OWN, RUNS},
    formats::one_line,
};

/// A moment as the reports write it.
pub(crate) fn utc(moment: SystemTime) -> DateTime<Utc> {
    DateTime::from(moment)
}

/// Counts of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Counts {
    pub(crate) transcribed: usize,
    pub(crate) up_to_date: usize,
    pub(crate) failed: usize,
    pub(crate) busy: usize,
    /// Of those transcribed: text that was laid on its sound, where somebody should look at it.
    pub(crate) unsure: usize,
}

/// A line of the report: one episode.
#[derive(Debug, Serialize)]
struct Line<'a> {
    /// When it ended, UTC, ISO 8601.
    time: String,
    /// Its file, or its name in the archive.
    episode: String,
    /// `transcribed`, `failed` or `busy`.
    outcome: &'static str,
    /// Length of its sound, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    duration: Option<f64>,
    /// Seconds that it took.
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<f64>,
    /// Files that were written.
    files: Vec<String>,
    /// Files that a person corrected; new ones lie beside them.
    kept: Vec<String>,
    /// What should be known of it.
    warnings: &'a [String],
    /// Why it failed, and the causes of that.
    reasons: &'a [String],
    /// What can be done about it.
    hint: Cow<'a, str>,
}

/// The report of a run, written as it goes: `.voixoff/runs/TIME.jsonl` of an archive, and
/// at the end `TIME.txt`.
pub(super) struct Log {
    /// `None` without an archive.
    file: Option<(PathBuf, File)>,
    counts: Counts,
    n_lines: usize,
    failures: Vec<(String, Failure)>,
    began: SystemTime,
}

impl Log {
    pub(super) fn new(out: Option<&Path>) -> io::Result<Mutex<Log>> {
        let began = SystemTime::now();
        let file = out.map(|out| -> io::Result<_> {
            let folder = out.join(OWN).join(RUNS);
            fs::create_dir_all(&folder)?;
            let stem = utc(began).format("%Y-%m-%dT%H-%M-%S%.3fZ");
            let path = folder.join(format!("{stem}-{}.jsonl", std::process::id()));
            let file = OpenOptions::new().create(true).append(true).open(&path)?;
            Ok((path, file))
        });
        let (counts, failures) = (Counts::default(), Vec::new());
        Ok(Mutex::new(Log { file: file.transpose()?, counts, n_lines: 0, failures, began }))
    }

    pub(super) fn counts(&self) -> Counts {
        self.counts
    }

    /// Counts an episode, and writes a line of what is news of it; that line.
    pub(super) fn note(
        &mut self,
        item: &Item,
        outcome: &Outcome,
        is_news: bool,
    ) -> Option<serde_json::Value> {
        let mut line = Line {
            time: utc(SystemTime::now()).format("%Y-%m-%dT%H:%M:%SZ").to_string(),
            episode: item.name(),
            outcome: "transcribed",
            duration: None,
            seconds: None,
            files: Vec::new(),
            kept: Vec::new(),
            warnings: &[],
            reasons: &[],
            hint: "".into(),
        };
        match outcome {
            Outcome::Transcribed(done) => {
                self.counts.transcribed += 1;
                self.counts.unsure += usize::from(done.is_unsure);
                let shown = |paths: &[PathBuf]| {
                    paths.iter().map(|path| path.display().to_string()).collect()
                };
                line.duration = Some(done.duration.as_secs_f64());
                line.seconds = Some((done.seconds * 1_000.0).round() / 1_000.0);
                (line.files, line.kept) = (shown(&done.paths), shown(&done.kept));
                line.warnings = &done.warnings;
            }
            Outcome::Failed(failure) | Outcome::FailedBefore(failure) => {
                self.counts.failed += 1;
                if is_news {
                    self.failures.push((item.name(), failure.clone()));
                }
                line.outcome = "failed";
                (line.reasons, line.hint) = (&failure.reasons, report::hint_of(failure));
            }
            Outcome::Busy => {
                self.counts.busy += 1;
                line.outcome = "busy";
            }
            Outcome::UpToDate => {
                self.counts.up_to_date += 1;
                return None;
            }
            Outcome::Stopped => return None,
        }
        if is_news {
            self.append(&line);
        }
        serde_json::to_value(&line).ok().filter(|_| is_news)
    }

    /// Counts what could not be looked at, and writes a line of it if it is news.
    pub(super) fn note_problem(&mut self, problem: &Problem, is_news: bool) {
        self.counts.failed += 1;
        if !is_news {
            return;
        }
        let Problem { place, reason, guidance } = problem;
        let reasons = vec![reason.clone()];
        self.append(&serde_json::json!({
            "episode": place, "outcome": "failed", "reasons": reasons,
            "hint": report::hint(guidance.as_ref()),
        }));
    }

    /// A report that cannot be written stops no work: the terminal has said it.
    fn append(&mut self, line: &impl Serialize) {
        self.n_lines += 1;
        let Some((_, file)) = &mut self.file else { return };
        if let Ok(mut bytes) = serde_json::to_vec(line) {
            bytes.push(b'\n');
            let _ = file.write_all(&bytes);
        }
    }

    /// Writes the summary beside the lines; a run that did nothing leaves no report.
    pub(super) fn end(&mut self) {
        let Some((path, _)) = self.file.take() else { return };
        let Counts { transcribed, up_to_date, failed, busy, .. } = self.counts;
        if self.n_lines == 0 {
            let _ = fs::remove_file(&path);
            return;
        }
        let span = format!(
            "{} to {} UTC",
            utc(self.began).format("%Y-%m-%d %H:%M:%S"),
            utc(SystemTime::now()).format("%Y-%m-%d %H:%M:%S"),
        );
        let counts = format!("{transcribed} transcribed, {up_to_date} up to date, {failed} failed");
        let mut text = format!("{}\n{}", told(&span), told(&counts));
        if busy > 0 {
            text.push_str(&told(&format!(", {busy} at work elsewhere")));
        }
        text.push('\n');
        for (name, failure) in &self.failures {
            text.push_str(&format!("\n{}\n", one_line(name)));
            for reason in &failure.reasons {
                text.push_str(&format!("  {}\n", one_line(&told(reason))));
            }
            let hint = report::hint_of(failure);
            if !hint.is_empty() {
                let hint = one_line(&hint);
                text.push_str(&format!("{}\n", told(&format!("  hint: {hint}"))));
            }
        }
        // The lines say the same.
        let _ = write_atomic(&path.with_extension("txt"), text.as_bytes());
    }
}
