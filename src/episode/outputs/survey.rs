//! The episodes of a folder, by what the program noted of them.

use super::{FAILURE, OWN, Outputs, RECEIPT};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

impl Outputs {
    /// All episodes of which `folder` has a file with this name behind the stem.
    fn all_with(folder: &Path, kind: &str) -> Vec<Outputs> {
        let Ok(entries) = fs::read_dir(folder.join(OWN)) else { return Vec::new() };
        let ending = format!(".{kind}");
        let folder: Arc<Path> = folder.into();
        let stem = |entry: fs::DirEntry| {
            let name = entry.file_name();
            let stem = name.to_string_lossy().strip_suffix(&ending)?.to_owned();
            Some(Outputs::named(Arc::clone(&folder), stem))
        };
        let mut all: Vec<Outputs> = entries.flatten().filter_map(stem).collect();
        all.sort();
        all
    }

    /// All episodes that have a receipt in `folder`, by name.
    pub fn all_in(folder: &Path) -> Vec<Outputs> {
        Outputs::all_with(folder, RECEIPT)
    }

    /// All episodes that have a receipt in `folder` or below it, by name.
    pub fn all_below(folder: &Path) -> Vec<Outputs> {
        folders_below(folder).iter().flat_map(|folder| Outputs::all_in(folder)).collect()
    }

    /// All episodes that have a failure in `folder` or below it, by name.
    pub fn failed_below(folder: &Path) -> Vec<Outputs> {
        folders_below(folder).iter().flat_map(|folder| Outputs::failed_in(folder)).collect()
    }

    /// All episodes that have a failure in `folder`, by name.
    pub fn failed_in(folder: &Path) -> Vec<Outputs> {
        Outputs::all_with(folder, FAILURE)
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
