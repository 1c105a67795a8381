//! Texts that people wrote, and the sound that each is of.

use super::{Item, Origin};
use crate::{
    base::{speech::letters, store, tables},
    episode::outputs::Outputs,
    formats::{self, Format},
};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

/// Extensions of pages, in the order in which they are looked for: what people write in first.
const EXTENSIONS: &[&str] =
    &["docx", "html", "htm", "md", "txt", "spip", "wiki", "trs", "eaf", "TextGrid", "vtt", "srt"];

/// Which text is of which sound.
#[derive(Debug, Default)]
pub struct Pages {
    /// By the sound.
    given: BTreeMap<PathBuf, PathBuf>,
    /// A folder of pages that are called as their episodes are, by file or by title.
    folder: Option<PathBuf>,
    /// The pages of that folder by their titles.
    by_title: BTreeMap<String, PathBuf>,
}

/// A list of pairs, `pairs.toml`: the path of each page, by that of its sound.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pairs {
    pages: BTreeMap<PathBuf, PathBuf>,
}

impl Pages {
    /// Those in `folder`, where there is one.
    ///
    /// # Errors
    /// Any error of reading the folder.
    pub fn of_folder(folder: Option<&Path>) -> io::Result<Pages> {
        let Some(folder) = folder else { return Ok(Pages::default()) };
        let mut by_title = BTreeMap::new();
        let mut paths: Vec<PathBuf> =
            fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths.into_iter().filter(|path| is_page(path)) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let bytes = store::read_at_most(&path, formats::BYTES_MAX + 1);
            let read = bytes.ok().and_then(|bytes| formats::read(&bytes, &name).ok());
            let title = read.map(|page| letters(&page.about.title)).unwrap_or_default();
            if !title.is_empty() {
                by_title.entry(title).or_insert(path);
            }
        }
        Ok(Pages { given: BTreeMap::new(), folder: Some(folder.to_owned()), by_title })
    }

    /// Adds the pair of a page and its sound.
    pub fn add(&mut self, page: PathBuf, sound: PathBuf) {
        self.given.insert(sound, page);
    }

    /// Adds the pairs of the list at `path`, whose paths are seen from its folder; their sound.
    ///
    /// # Errors
    /// A list that cannot be read.
    pub fn add_list(&mut self, path: &Path) -> io::Result<Vec<PathBuf>> {
        let text = fs::read_to_string(path)?;
        let Pairs { pages } = tables::read(&text).map_err(io::Error::other)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let pairs = pages.into_iter().map(|(sound, page)| (folder.join(sound), folder.join(page)));
        let pairs: Vec<_> = pairs.collect();
        self.given.extend(pairs.clone());
        Ok(pairs.into_iter().map(|(sound, _)| sound).collect())
    }

    /// Gives each of `items` its page, and leaves those that have one; how many have none.
    pub fn attach(&self, items: &mut Vec<Item>) -> usize {
        let n_items = items.len();
        for item in items.iter_mut() {
            item.page = self.of(item);
        }
        items.retain(|item| item.page.is_some());
        n_items - items.len()
    }

    fn of(&self, item: &Item) -> Option<PathBuf> {
        if let Origin::File(sound) = &item.origin
            && let Some(page) = self.given.get(sound)
        {
            return Some(page.clone());
        }
        // Beside the transcripts lie pages of ours: one that a person has changed counts.
        let beside = match &item.origin {
            Origin::File(sound) => sound.parent().map(Path::to_owned),
            Origin::Enclosure { .. } | Origin::Object { .. } => None,
        };
        let folders = [self.folder.as_deref(), beside.as_deref(), Some(item.outputs.folder())];
        let name = item.outputs.name();
        let named = folders.into_iter().flatten().find_map(|folder| {
            let paths = EXTENSIONS.iter().map(|it| folder.join(format!("{name}.{it}")));
            paths.into_iter().find(|path| path.is_file() && !is_ours(&item.outputs, path))
        });
        named.or_else(|| self.by_title.get(&letters(&item.about.title)).cloned())
    }
}

/// Whether the file at `path` may be a page by its name.
fn is_page(path: &Path) -> bool {
    let extension = path.extension().map(|it| it.to_string_lossy().into_owned());
    extension.is_some_and(|it| EXTENSIONS.contains(&it.as_str())) && path.is_file()
}

/// Whether this program wrote the file at `path`, and nobody has touched it since.
fn is_ours(outputs: &Outputs, path: &Path) -> bool {
    let is_this = |format: &Format| outputs.path(*format) == path;
    let Some(format) = Format::ALL.into_iter().find(is_this) else { return false };
    outputs.touched(&[format]).is_none()
}
