//! `voixoff align`: text that people wrote, laid on its sound.

use super::run_with;
use crate::{args, report::advise};
use anyhow::Context;
use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};
use voixoff::archive::sources::{Pages, is_feed, is_sound};

/// Lays the pages of `options` on their sound; an exit code.
pub(crate) fn run(options: &args::Align, model_folder: Option<&Path>) -> anyhow::Result<u8> {
    let folder = options.pages.as_deref();
    let unread = || format!("the folder of pages `{}` cannot be read", shown(folder));
    let mut pages = Pages::of_folder(folder).with_context(unread)?;
    let sources = sources(&options.transcribe.sources, &mut pages)?;
    let transcribe = args::Transcribe { sources, ..options.transcribe.clone() };
    run_with(&transcribe, Some(&pages), model_folder)
}

/// The sound of `sources`; pairs among them are added to `pages`.
fn sources(sources: &[OsString], pages: &mut Pages) -> anyhow::Result<Vec<OsString>> {
    let mut sound = Vec::new();
    let mut sources = sources.iter();
    while let Some(source) = sources.next() {
        let path = Path::new(source);
        if path.extension().is_some_and(|extension| extension == "toml") {
            let unread = || format!("the pairs of `{}` cannot be read", path.display());
            let found = pages.add_list(path).with_context(unread)?;
            sound.extend(found.into_iter().map(PathBuf::into_os_string));
        } else if is_page(path) {
            let Some(next) = sources.next() else {
                return Err(advise(
                    format!("`{}` has no sound behind it", path.display()),
                    "name a page and then its sound: `voixoff align PAGE SOUND`",
                ));
            };
            pages.add(path.to_owned(), PathBuf::from(next));
            sound.push(next.clone());
        } else {
            sound.push(source.clone());
        }
    }
    Ok(sound)
}

/// Whether the file at `path` is text that somebody wrote: neither sound nor a feed.
fn is_page(path: &Path) -> bool {
    let is_list = path.to_str().is_some_and(|text| text.starts_with('@'));
    path.is_file() && !is_list && !is_sound(path) && !is_feed(path)
}

fn shown(folder: Option<&Path>) -> String {
    folder.unwrap_or(Path::new("")).display().to_string()
}
