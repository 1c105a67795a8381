//! `voixoff archive diff`: which episodes a better pass changed, most first.

use super::{SHOWN, known_archive};
use crate::{DONE, args, report, terminal};
use std::{collections::BTreeMap, path::Path};
use voixoff::{
    archive::changes::{self, Changes, NoPassBefore},
    episode::outputs::{Changed, Outputs},
};

/// Lists what changed in the archive of `options`.
pub(super) fn run(options: &args::ArchiveFolder) -> anyhow::Result<u8> {
    let folder = options.folder.as_path();
    let episodes = known_archive(folder)?;
    let changes::OfArchive { compared, unread, left_out, changed } = changes::of_archive(episodes);
    for (outputs, reason) in &unread {
        report::warning(&format!("`{}`: {reason}", outputs.name_below(folder)));
    }
    // What differs there is no pass's doing.
    changed.iter().take(SHOWN).for_each(|file| report::warning(&file.to_string()));
    if changed.len() > SHOWN {
        report::warning(&format!("{} more were changed since", changed.len() - SHOWN));
    }
    if options.json {
        print_json(&compared, &left_out, &changed, folder)
    } else {
        print(&compared, folder);
        print_left_out(&left_out);
    }
    Ok(DONE)
}

fn print(compared: &[(Outputs, Changes)], folder: &Path) {
    let changed = compared.iter().filter(|(_, changes)| !changes.are_none());
    for (outputs, changes) in changed.clone().take(SHOWN) {
        let words = changes.words;
        terminal::say(&format!(
            "{:5.1} %  {}: {} changed, {} added, {} removed, {} given to somebody else",
            100.0 * changes.share(),
            outputs.name_below(folder),
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
        terminal::say(&format!("and {} more, all of them with `--json`", n_changed - SHOWN));
    }
    let episodes = report::counted(compared.len(), "episode");
    terminal::say(&format!("{episodes} compared: {n_changed} changed"));
}

/// Says why episodes were not compared, and what makes them so.
fn print_left_out(left_out: &BTreeMap<NoPassBefore, usize>) {
    for (why, n) in left_out {
        let why = match why {
            NoPassBefore::First => {
                "recognised once: there is a pass to compare with once another `--model`, or other words of the show, were used"
            }
            NoPassBefore::NoJson => {
                "without JSON, in which a pass is kept: `--format json,…` of `voixoff transcribe` writes it"
            }
            NoPassBefore::Converted => "converted: nothing was recognised",
        };
        terminal::say(&format!("not compared: {}, {why}", report::counted(*n, "episode")));
    }
}

fn print_json(
    compared: &[(Outputs, Changes)],
    left_out: &BTreeMap<NoPassBefore, usize>,
    changed: &[Changed],
    folder: &Path,
) {
    let episodes = compared.iter().map(|(outputs, changes)| {
        let passages = changes.passages.iter().map(|passage| {
            let at = passage.at.map(|at| at.as_millis() as f64 / 1_000.0);
            serde_json::json!({ "at": at, "before": passage.before, "after": passage.after })
        });
        serde_json::json!({
            "episode": outputs.name_below(folder),
            "share": changes.share(),
            "changed": changes.words.substitutions,
            "added": changes.words.insertions,
            "removed": changes.words.deletions,
            "given_to_others": changes.given_to_others,
            "passages": passages.collect::<Vec<_>>(),
        })
    });
    let changed = changed.iter().map(|file| file.path.display().to_string());
    let (episodes, changed) = (episodes.collect::<Vec<_>>(), changed.collect::<Vec<_>>());
    let n = |why| left_out.get(&why).copied().unwrap_or_default();
    let left_out = serde_json::json!({
        "recognised_once": n(NoPassBefore::First),
        "no_json": n(NoPassBefore::NoJson),
        "converted": n(NoPassBefore::Converted),
    });
    let all = serde_json::json!({
        "episodes": episodes,
        "not_compared": left_out,
        "changed": changed,
    });
    terminal::json(&format!("{all:#}"));
}
