//! What people wrote down beforehand: the show's description and the known voices.

use crate::report::advise;
use anyhow::Context;
use std::{ffi::OsStr, fs, io, path::Path};
use voixoff::{
    base::show::Show, episode::hotwords::terms, speakers::voices::Gallery, text::lexicon::Lexicon,
};

/// The show described at `path`; an unknown one without a path.
pub(crate) fn show(path: Option<&Path>) -> anyhow::Result<Show> {
    let Some(path) = path else { return Ok(Show::default()) };
    let text = read(path)?;
    Show::parse(&text).with_context(|| format!("`{}` does not describe a show", path.display()))
}

/// The names and terms of `show`, ready to be looked for.
pub(crate) fn lexicon(show: &Show) -> anyhow::Result<Lexicon> {
    Lexicon::new(&terms(show)).map_err(|error| {
        advise(
            format!("the lexicon of the show cannot be used: {error}"),
            "take that variant out, or make it longer by a word that stands beside it",
        )
    })
}

/// The hotwords that `asked` names: those of a file, one a line, or those of a list.
pub(crate) fn hotwords(asked: Option<&OsStr>) -> anyhow::Result<Vec<String>> {
    let Some(asked) = asked else { return Ok(Vec::new()) };
    let path = Path::new(asked);
    let is_named_like_a_file = || path.components().count() > 1 || path.extension().is_some();
    let list = asked.to_str().filter(|list| list.contains(',') || !is_named_like_a_file());
    let text = match list {
        Some(list) if !path.is_file() => list.replace(',', "\n"),
        _ => read(path)?,
    };
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
    Ok(lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect())
}

/// The voices kept at `path`, if they are of the network with this digest.
pub(crate) fn gallery(path: &Path, model: &str) -> anyhow::Result<Gallery> {
    let gallery = any_gallery(path)?;
    gallery.check_model(model).with_context(|| no_gallery(path))?;
    Ok(gallery)
}

/// The voices kept at `path`, of whatever network: to list them, or to forget one.
pub(crate) fn any_gallery(path: &Path) -> anyhow::Result<Gallery> {
    if path.symlink_metadata().is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        return Err(advise(
            format!("no voices are known: `{}` is not there", path.display()),
            "make a voice known with `voixoff voices enroll NAME FILE`, or name the file with `--voices FILE`",
        ));
    }
    Gallery::parse(&read(path)?).with_context(|| no_gallery(path))
}

fn no_gallery(path: &Path) -> String {
    format!("`{}` does not serve as known voices", path.display())
}

/// The text of the file at `path`.
pub(crate) fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("`{}` cannot be read", path.display()))
}
