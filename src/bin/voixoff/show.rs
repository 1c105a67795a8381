//! `voixoff show init`: a description of a show, begun from what is known already.

use crate::{
    DONE, args,
    report::{self, advise},
    terminal,
};
use anyhow::Context;
use std::path::Path;
use voixoff::{
    base::{show::Show, store},
    net::feed::{Feed, FeedSettings, PeopleFrom},
};

/// Above a person whom the feed does not name as such.
const GUESSED: &str = "from the feed's author: check";

/// Writes a `show.toml`, and prints its path.
pub(crate) fn init(options: &args::ShowInit) -> anyhow::Result<u8> {
    let out = &options.out;
    // Known before the network is asked. A dangling link is something, too.
    if out.symlink_metadata().is_ok() && !options.force {
        return Err(advise(
            format!("`{}` exists already", out.display()),
            "keep it by choosing another file with `--out`, or replace it with `--force`",
        ));
    }
    let text = begun(&options.source)?;
    store::write_atomic(out, text.as_bytes()).with_context(|| report::unwritten(out))?;
    terminal::path(out);
    Ok(DONE)
}

/// The text of a description of the show that `source` is about.
fn begun(source: &str) -> anyhow::Result<String> {
    let path = Path::new(source);
    let feed = if Feed::is_address(source) {
        Feed::fetch(source, FeedSettings::PODCAST)?
    } else if path.is_dir() {
        return of_folder(path);
    } else {
        Feed::read(path, FeedSettings::PODCAST)?
    };
    if feed.show.people.is_empty() {
        report::warning("the feed names nobody who is heard in every episode; add the people");
    }
    Ok(feed.show.render_remarking(|_| (feed.people_from == PeopleFrom::Author).then_some(GUESSED)))
}

/// A folder tells its name and nothing else.
fn of_folder(folder: &Path) -> anyhow::Result<String> {
    // `.` has its name only in full.
    let full =
        folder.canonicalize().with_context(|| format!("`{}` cannot be read", folder.display()))?;
    let title = full.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Show { title, ..Show::default() }.render())
}
