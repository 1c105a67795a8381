//! Which files are an episode's, by their names.

use super::{BEFORE, FAILURE, Outputs, RECEIPT};
use crate::formats::Format;
use std::path::{Path, PathBuf};

impl Outputs {
    /// Whether `name` is that of a file of the episode, and leads to no other folder.
    pub(super) fn names(&self, name: &str) -> bool {
        let path = Path::new(name);
        path.file_name().is_some_and(|file| file == name) && self.owns(path)
    }

    /// Whether the file at `path` is called as one of the episode's: an output, or what is
    /// noted of it. « un.2.txt » is no file of « un ».
    pub(crate) fn owns(&self, path: &Path) -> bool {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let kind = name.strip_prefix(&*self.stem.to_string_lossy());
        let Some(kind) = kind.and_then(|kind| kind.strip_prefix('.')) else { return false };
        let is_format = |kind: &str| Format::ALL.iter().any(|format| format.extension() == kind);
        let is_count = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let is_variant = |(before, kind): (&str, &str)| {
            let is_known = matches!(before, "base" | "new")
                || before.strip_prefix("new-").is_some_and(is_count);
            is_known && is_format(kind)
        };
        [BEFORE, FAILURE, RECEIPT].contains(&kind)
            || is_format(kind)
            || kind.split_once('.').is_some_and(is_variant)
    }

    /// What the episode is called, seen from `folder`.
    pub fn name_below(&self, folder: &Path) -> String {
        let place = self.folder().strip_prefix(folder).unwrap_or(self.folder());
        place.join(self.name()).display().to_string()
    }

    /// Where it is noted what was written.
    pub(crate) fn receipt_path(&self) -> PathBuf {
        self.own_path(RECEIPT)
    }

    /// Where it is noted why there is nothing.
    pub(crate) fn failure_path(&self) -> PathBuf {
        self.own_path(FAILURE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_an_episode_are_told_from_those_of_one_with_a_longer_name() {
        let outputs = Outputs::named(PathBuf::from("out"), "un.2");
        let owns = |name: &str| outputs.owns(&Path::new("out").join(name));
        for name in ["un.2.txt", "un.2.podcast.json", "un.2.new.md", "un.2.new-3.txt"] {
            assert!(owns(name), "{name}");
        }
        assert!(owns("un.2.base.txt") && owns("un.2.receipt.json") && owns("un.2.before.json"));
        for name in ["un.txt", "un.2", "un.2.3.txt", "un.2.mp3", "un.2.attempt.json", "un.22.txt"] {
            assert!(!owns(name), "{name}");
        }
    }
}
