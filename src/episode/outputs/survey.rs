//! The episodes of a folder, by what the program noted of them.

use super::{FAILURE, OWN, Outputs, RECEIPT};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

impl Outputs {
    /// All episodes of which `folder` has a file with one of these names behind the stem.
    fn all_with(folder: &Path, kinds: &[&str]) -> BTreeSet<Outputs> {
        let Ok(entries) = fs::read_dir(folder.join(OWN)) else { return BTreeSet::new() };
        let folder: Arc<Path> = folder.into();
        let outputs = |entry: fs::DirEntry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let stem = |kind: &&str| name.strip_suffix(kind)?.strip_suffix('.');
            let stem = kinds.iter().find_map(stem)?.to_owned();
            Some(Outputs::named(Arc::clone(&folder), stem))
        };
        entries.flatten().filter_map(outputs).collect()
    }

    /// All episodes that have a receipt in `folder`, by name.
    pub(crate) fn all_in(folder: &Path) -> Vec<Outputs> {
        Outputs::all_with(folder, &[RECEIPT]).into_iter().collect()
    }

    /// All episodes that have a receipt in `folder` or below it, by name.
    pub fn all_below(folder: &Path) -> Vec<Outputs> {
        folders_below(folder).iter().flat_map(|folder| Outputs::all_in(folder)).collect()
    }

    /// All episodes that have a receipt or a failure in `folder` or below it, each once.
    pub(crate) fn noted_below(folder: &Path) -> BTreeSet<Outputs> {
        folders_below(folder).iter().flat_map(|folder| Outputs::noted_in(folder)).collect()
    }

    /// All episodes that have a receipt or a failure in `folder`, each once.
    pub(crate) fn noted_in(folder: &Path) -> BTreeSet<Outputs> {
        Outputs::all_with(folder, &[RECEIPT, FAILURE])
    }
}

/// `folder` and all folders below it that have outputs, by name. Links are not followed.
fn folders_below(folder: &Path) -> Vec<PathBuf> {
    let (mut open, mut found) = (vec![folder.to_owned()], Vec::new());
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
            if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                continue;
            }
            if entry.file_name() == OWN {
                found.push(folder.clone());
            } else if !is_hidden {
                open.push(entry.path());
            }
        }
    }
    found.sort();
    found
}
