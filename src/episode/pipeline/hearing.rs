//! What was heard of an episode so far, on the disk while listening goes on.

use crate::{
    base::journal::{Journal, Known},
    speakers::diarize::cache::{CacheKey, CachedOutput, InferenceCache},
};
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Mutex,
};

/// A [`Journal`] of the networks' outputs, beside the artifact that they will be.
pub(super) struct Hearing {
    journal: Mutex<Journal>,
    known: Mutex<BTreeMap<usize, CachedOutput>>,
}

impl Hearing {
    /// What an earlier run heard before it ended, for the artifact `heard`.
    pub(super) fn open(heard: &Path) -> io::Result<Hearing> {
        let (journal, Known { windows, .. }) =
            Journal::open_private::<(), CachedOutput>(&parts(heard))?;
        Ok(Hearing { journal: Mutex::new(journal), known: Mutex::new(windows) })
    }
}

/// Removes what was kept on the way to the artifact `heard`, which is there now.
pub(super) fn forget(heard: &Path) {
    // What stays after all is in nobody's way.
    let _ = fs::remove_file(parts(heard));
}

fn parts(heard: &Path) -> PathBuf {
    heard.with_added_extension("part")
}

impl InferenceCache for Hearing {
    fn take(&self, key: CacheKey) -> Option<CachedOutput> {
        self.known.lock().ok()?.remove(&number(key))
    }

    fn store(&self, key: CacheKey, output: &CachedOutput) -> io::Result<()> {
        // A poisoned lock means that another thread panicked: nothing to add.
        self.journal.lock().map_or(Ok(()), |mut file| file.note(number(key), output))
    }
}

/// Both kinds of keys in one row of numbers.
fn number(key: CacheKey) -> usize {
    match key {
        CacheKey::Windows(batch) => 2 * batch,
        CacheKey::Embedding(subsegment) => 2 * subsegment + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_heard_before_a_kill_is_known_and_afterwards_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("heard-0123.json");
        let answer = CachedOutput::Embedding(crate::base::speech::Embedding::new(vec![0.6, 0.8]));
        let hearing = Hearing::open(&path).unwrap();
        hearing.store(CacheKey::Embedding(7), &answer).unwrap();
        drop(hearing);

        let hearing = Hearing::open(&path).unwrap();
        assert_eq!(hearing.take(CacheKey::Windows(7)), None);
        assert_eq!(hearing.take(CacheKey::Embedding(7)), Some(answer));
        drop(hearing);
        forget(&path);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
