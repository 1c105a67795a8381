//! What files of the folder are, by their names.

use crate::episode::outputs::{ANALYSIS, OWN, PRIVATE};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Whether all that is in `folder` is called `beginning`, or begins so: a kill may have come
/// before the index.
pub(super) fn holds_only(folder: &Path, beginning: &str) -> bool {
    let mut entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.all(|entry| entry.file_name().to_string_lossy().starts_with(beginning))
}

/// Whether the file at `path` stays on this machine.
pub(super) fn is_private(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with(ANALYSIS) || name.starts_with(PRIVATE)
}

/// Whether a file says how the archive stands.
pub(super) fn is_state(name: &str) -> bool {
    let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
    let is_own = folder == OWN || folder.ends_with(&format!("/{OWN}"));
    (is_own && [".receipt.json", ".failure.json"].iter().any(|ending| file.ends_with(ending)))
        || (folder == format!("{OWN}/feeds") && !file.starts_with(PRIVATE))
}

/// What the file at `path`, which stays on this machine for what opens something in it, would be
/// called if it were open to everybody; `None` of any other.
pub(super) fn open_name(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_string_lossy().into_owned();
    Some(path.with_file_name(name.strip_prefix(PRIVATE)?))
}
