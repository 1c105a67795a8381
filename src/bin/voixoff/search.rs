//! `voixoff search`: where words are said in an archive.

use crate::{
    DONE, FAILED,
    archive::searchable_archive,
    args,
    report::{self, advise, counted},
    terminal,
};
use voixoff::archive::publish::{Found, Query, search};

/// Passages of an episode that a list on the terminal shows at most.
const SHOWN: usize = 5;

/// Looks for what `options` ask; 1 where it is nowhere.
pub(crate) fn run(options: &args::Search) -> anyhow::Result<u8> {
    let episodes = searchable_archive(&options.folder)?;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let query = Query::new(&options.words.join(" "), &text(&options.who), &text(&options.show));
    if query.is_empty() {
        return Err(advise("there is nothing to look for", "give a word, or `--who NAME`"));
    }
    let (found, unread) = search(&episodes, &query);
    for (outputs, reason) in &unread {
        report::warning(&format!("`{}`: {reason}", outputs.name_below(&options.folder)));
    }
    match options.json {
        true => print_json(&found, options),
        false => print(&found, options),
    }
    Ok(if found.is_empty() { FAILED } else { DONE })
}

fn print(found: &[Found], options: &args::Search) {
    for episode in found {
        terminal::line(&episode.outputs.name_below(&options.folder));
        for passage in episode.passages.iter().take(SHOWN) {
            let at = passage.at.map(|at| format!("{at} ")).unwrap_or_default();
            let speaker = match passage.speaker.as_str() {
                "" => String::new(),
                name => format!("{name}\u{a0}: "),
            };
            terminal::line(&format!("  {at}{speaker}{}", passage.text));
        }
        if episode.passages.len() > SHOWN {
            let more = episode.passages.len() - SHOWN;
            terminal::say(&format!("  and {}", counted(more, "more passage")));
        }
    }
    let n_passages: usize = found.iter().map(|episode| episode.passages.len()).sum();
    let passages = counted(n_passages, "passage");
    terminal::note(&format!("{passages} in {}", counted(found.len(), "episode")));
}

fn print_json(found: &[Found], options: &args::Search) {
    let episodes = found.iter().map(|episode| {
        let passages = episode.passages.iter().map(|passage| {
            let at = passage.at.map(|at| at.as_millis() as f64 / 1_000.0);
            serde_json::json!({ "at": at, "speaker": passage.speaker, "text": passage.text })
        });
        let name = episode.outputs.name_below(&options.folder);
        serde_json::json!({ "episode": name, "passages": passages.collect::<Vec<_>>() })
    });
    let all = serde_json::json!({ "episodes": episodes.collect::<Vec<_>>() });
    terminal::json(&format!("{all:#}"));
}
