//! What people wrote down beforehand: the show's description and the known voices.

use crate::report::advise;
use anyhow::Context;
use std::{fs, io, path::Path};
use voixoff::{base::show::Show, speakers::voices::Gallery, text::lexicon::Lexicon};

/// The show described at `path`; an unknown one without a path.
pub(crate) fn show(path: Option<&Path>) -> anyhow::Result<Show> {
    let Some(path) = path else { return Ok(Show::default()) };
    let text = read(path)?;
    Show::parse(&text).with_context(|| format!("`{}` does not describe a show", path.display()))
}

/// The names and terms of `show`, ready to be looked for.
pub(crate) fn lexicon(show: &Show) -> anyhow::Result<Lexicon> {
    Lexicon::new(&show.lexicon).map_err(|error| {
        advise(
            format!("the lexicon of the show cannot be used: {error}"),
            "take that variant out, or make it longer by a word that stands beside it",
        )
    })
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
