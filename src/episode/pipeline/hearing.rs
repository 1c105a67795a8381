//! What was heard of an episode so far, on the disk while listening goes on.

use crate::{
    base::journal::{Journal, Known},
    speakers::diarize::memory::{Answer, Memory, Question},
};
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Mutex,
};

/// A [`Journal`] of the networks' answers, beside the artifact that they will be.
pub(super) struct Hearing {
    journal: Mutex<Journal>,
    known: Mutex<BTreeMap<usize, Answer>>,
}

impl Hearing {
    /// What an earlier run heard before it ended, for the artifact `heard`.
    pub(super) fn open(heard: &Path) -> io::Result<Hearing> {
        let (journal, Known { windows, .. }) = Journal::open_private::<(), Answer>(&parts(heard))?;
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

impl Memory for Hearing {
    fn recall(&self, question: Question) -> Option<Answer> {
        self.known.lock().ok()?.remove(&number(question))
    }

    fn keep(&self, question: Question, answer: &Answer) -> io::Result<()> {
        // A poisoned lock means that another thread panicked: nothing to add.
        self.journal.lock().map_or(Ok(()), |mut file| file.note(number(question), answer))
    }
}

/// Both kinds of questions in one row of numbers.
fn number(question: Question) -> usize {
    match question {
        Question::Windows(batch) => 2 * batch,
        Question::Voice(piece) => 2 * piece + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_heard_before_a_kill_is_known_and_afterwards_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("heard-0123.json");
        let answer = Answer::Voice(crate::base::speech::Embedding::new(vec![0.6, 0.8]));
        let hearing = Hearing::open(&path).unwrap();
        hearing.keep(Question::Voice(7), &answer).unwrap();
        drop(hearing);

        let hearing = Hearing::open(&path).unwrap();
        assert_eq!(hearing.recall(Question::Windows(7)), None);
        assert_eq!(hearing.recall(Question::Voice(7)), Some(answer));
        drop(hearing);
        forget(&path);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
