//! The sound files of a folder and of all folders in it.

use super::Problem;
use crate::base::guidance::Guidance;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Extensions of sound, in lower case. A file of another name can be given by itself.
pub const SOUND: &[&str] = &[
    "aac", "aif", "aifc", "aiff", "caf", "flac", "m4a", "m4b", "mka", "mkv", "mov", "mp2", "mp3",
    "mp4", "oga", "ogg", "opus", "wav", "webm",
];

/// What was found in a folder.
#[derive(Debug, Default)]
pub(super) struct Walked {
    pub(super) files: Vec<PathBuf>,
    pub(super) problems: Vec<Problem>,
}

/// Walks `folder` in the order of names; `out`, the folder of the outputs, is left out.
///
/// Hidden files are left out, and so are links to folders: they may lead in circles.
pub(super) fn walk(folder: &Path, out: Option<&Path>) -> Walked {
    let out = out.and_then(|out| out.canonicalize().ok());
    let mut walked = Walked::default();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                walked.problems.push(Problem {
                    place: folder.display().to_string(),
                    reason: format!("the folder cannot be read: {error}"),
                    guidance: Some(Guidance::RightToRead),
                });
                continue;
            }
        };
        for entry in entries.flatten() {
            let path = entry.path();
            if is_hidden(&path) {
                continue;
            }
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            let is_out = || out.is_some() && path.canonicalize().ok() == out;
            if is_folder && !is_out() {
                folders.push(path);
            } else if !is_folder && is_sound(&path) && path.is_file() {
                walked.files.push(path);
            }
        }
    }
    walked.files.sort();
    walked.problems.sort_by(|one, other| one.place.cmp(&other.place));
    walked
}

/// `.voixoff` is, too.
fn is_hidden(path: &Path) -> bool {
    path.file_name().unwrap_or_default().to_string_lossy().starts_with('.')
}

/// Whether the name of the file at `path` says that it is sound.
pub fn is_sound(path: &Path) -> bool {
    let extension = path.extension().map(|text| text.to_string_lossy().to_lowercase());
    extension.is_some_and(|extension| SOUND.contains(&extension.as_str()))
}
