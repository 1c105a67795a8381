//! `voixoff archive feed` and `voixoff archive index`: an archive on the web.

use super::{known_archive, searchable_archive};
use crate::{
    DONE, FAILED, args,
    report::{self, advise, counted},
    terminal,
};
use std::path::Path;
use voixoff::{
    archive::publish::{IndexError, publish_feeds, write_index},
    net::web,
};

/// Writes the feeds of an archive with their transcripts; an exit code.
pub(super) fn feeds(options: &args::ArchiveFeed) -> anyhow::Result<u8> {
    if !web::is_http(&options.base) {
        return Err(advise(
            format!("`{}` is not an http(s) address", options.base),
            "name the address where the folder will be: `https://example.org/transcriptions`",
        ));
    }
    known_archive(&options.folder)?;
    let written = publish_feeds(&options.folder, &options.base, &options.language);
    if written.is_empty() {
        return Err(advise(
            format!("`{}` has no feed", options.folder.display()),
            "its episodes come from files of sound; `voixoff transcribe` keeps a copy of each feed that it is given",
        ));
    }
    let mut code = DONE;
    for feed in written {
        match feed {
            Ok(feed) => {
                let (n, of) = (feed.n_with_transcripts, feed.n_episodes);
                let path = feed.path.display();
                let episodes = counted(of, "episode");
                terminal::say(&match of {
                    1 => format!("{path}: {n} of {episodes} has transcripts"),
                    _ => format!("{path}: {n} of {episodes} have transcripts"),
                });
                if feed.hides {
                    report::warning(&format!(
                        "`{path}`: its publisher's addresses open something; what does was taken out"
                    ));
                }
            }
            Err(problem) => {
                report::failure(&[problem.to_string()], "");
                code = FAILED;
            }
        }
    }
    Ok(code)
}

/// Writes the page that searches the archive in `folder`; an exit code.
pub(super) fn index(folder: &Path, title: &str) -> anyhow::Result<u8> {
    let episodes = searchable_archive(folder)?;
    let indexed = write_index(folder, &episodes, title).map_err(|error| match &error {
        IndexError::Foreign { .. } => advise(error.to_string(), "give it another name"),
        IndexError::File { .. } => anyhow::Error::new(error),
    })?;
    for (outputs, reason) in &indexed.unread {
        report::warning(&format!("`{}`: {reason}", outputs.name_below(folder)));
    }
    let (n, n_words) = (indexed.n_episodes, indexed.n_words);
    let path = indexed.path.display();
    let (n, words) = (counted(n, "episode"), counted(n_words, "different word"));
    terminal::say(&format!("{path}: {n}, {words}"));
    Ok(if indexed.unread.is_empty() { DONE } else { FAILED })
}
