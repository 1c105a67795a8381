//! The networks' outputs for an episode so far, on the disk while the analysis goes on.

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

/// A [`Journal`] of the networks' outputs, beside the artifact that they will be: the inference
/// cache that a kill leaves.
pub(super) struct InferenceJournal {
    journal: Mutex<Journal>,
    known: Mutex<BTreeMap<usize, CachedOutput>>,
}

impl InferenceJournal {
    /// What an earlier run knew before it ended, for the artifact `analysis`.
    pub(super) fn open(analysis: &Path) -> io::Result<InferenceJournal> {
        let (journal, Known { windows, .. }) =
            Journal::open_private::<(), CachedOutput>(&path_beside(analysis))?;
        Ok(InferenceJournal { journal: Mutex::new(journal), known: Mutex::new(windows) })
    }
}

/// Removes what was kept on the way to the artifact `analysis`, which is there now.
pub(super) fn remove(analysis: &Path) {
    // What stays after all is in nobody's way.
    let _ = fs::remove_file(path_beside(analysis));
}

fn path_beside(analysis: &Path) -> PathBuf {
    analysis.with_added_extension("part")
}

impl InferenceCache for InferenceJournal {
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
    fn what_was_inferred_before_a_kill_is_known_and_afterwards_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("heard-0123.json");
        let output = CachedOutput::Embedding(crate::base::speech::Embedding::new(vec![0.6, 0.8]));
        let journal = InferenceJournal::open(&path).unwrap();
        journal.store(CacheKey::Embedding(7), &output).unwrap();
        drop(journal);

        let journal = InferenceJournal::open(&path).unwrap();
        assert_eq!(journal.take(CacheKey::Windows(7)), None);
        assert_eq!(journal.take(CacheKey::Embedding(7)), Some(output));
        drop(journal);
        remove(&path);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
