//! `voixoff archive diff`: which episodes a better pass changed, most first.

use super::{SHOWN, known_archive};
use crate::{DONE, args, report, terminal};
use std::path::Path;
use voixoff::{
    changes::{self, Changes},
    outputs::Outputs,
};

/// Lists what changed in the archive of `options`.
pub(super) fn run(options: &args::ArchiveFolder) -> anyhow::Result<u8> {
    let folder = options.folder.as_path();
    known_archive(folder)?;
    let (compared, unread) = changes::of_archive(folder);
    for (outputs, reason) in &unread {
        report::warning(&format!("`{}`: {reason}", name(outputs, folder)));
    }
    if options.json {
        print_json(&compared, folder)
    } else {
        print(&compared, folder)
    }
    Ok(DONE)
}

/// What an episode is called, seen from the folder of the archive.
pub(crate) fn name(outputs: &Outputs, folder: &Path) -> String {
    let place = outputs.folder().strip_prefix(folder).unwrap_or(outputs.folder());
    place.join(outputs.name()).display().to_string()
}

fn print(compared: &[(Outputs, Changes)], folder: &Path) {
    let changed = compared.iter().filter(|(_, changes)| !changes.are_none());
    for (outputs, changes) in changed.clone().take(SHOWN) {
        let words = changes.words;
        terminal::line(&format!(
            "{:5.1} %  {}: {} changed, {} added, {} removed, {} given to somebody else",
            100.0 * changes.share(),
            name(outputs, folder),
            words.substitutions,
            words.insertions,
            words.deletions,
            changes.given_to_others,
        ));
        for passage in &changes.passages {
            let at = passage.at.map_or_else(|| " ".repeat(8), |at| at.to_string());
            terminal::line(&format!("  {at} - {}", passage.before));
            terminal::line(&format!("           + {}", passage.after));
        }
    }
    let n_changed = changed.count();
    if n_changed > SHOWN {
        terminal::line(&format!("and {} more, all of them with `--json`", n_changed - SHOWN));
    }
    terminal::line(&format!("{} episodes compared: {n_changed} changed", compared.len()));
}

fn print_json(compared: &[(Outputs, Changes)], folder: &Path) {
    let episodes = compared.iter().map(|(outputs, changes)| {
        let passages = changes.passages.iter().map(|passage| {
            let at = passage.at.map(|at| at.as_millis() as f64 / 1_000.0);
            serde_json::json!({ "at": at, "before": passage.before, "after": passage.after })
        });
        serde_json::json!({
            "episode": name(outputs, folder),
            "share": changes.share(),
            "changed": changes.words.substitutions,
            "added": changes.words.insertions,
            "removed": changes.words.deletions,
            "given_to_others": changes.given_to_others,
            "passages": passages.collect::<Vec<_>>(),
        })
    });
    let all = serde_json::json!({ "episodes": episodes.collect::<Vec<_>>() });
    terminal::json(&format!("{all:#}"));
}
