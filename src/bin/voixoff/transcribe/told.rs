//! What a run has told already: a run that goes on looking (`--watch`) tells changes alone.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
};
use voixoff::archive::batch::Outcome;

/// What was told last of each episode and of each place; digests of it, because archives are
/// large and names long.
#[derive(Debug, Default)]
pub(super) struct Told {
    last: HashMap<u64, u64>,
    /// What was news since the pass began.
    n_news: usize,
}

impl Told {
    /// A new pass begins.
    pub(super) fn begin(&mut self) {
        self.n_news = 0;
    }

    /// Whether anything was news in this pass.
    pub(super) fn has_news(&self) -> bool {
        self.n_news > 0
    }

    /// Whether it is news that `name` has come to `outcome`. That an episode is done is known
    /// of one that was transcribed by this run.
    pub(super) fn is_outcome_news(&mut self, name: &str, outcome: &Outcome) -> bool {
        let what = match outcome {
            Outcome::Transcribed(_) | Outcome::UpToDate => String::new(),
            Outcome::Failed(failure) | Outcome::FailedBefore(failure) => failure.reasons.join("\n"),
            Outcome::Busy => "busy".to_owned(),
            Outcome::Stopped => return false,
        };
        let is_news = self.is_news(name, &what);
        // Transcribed again, it is news again.
        is_news || matches!(outcome, Outcome::Transcribed(_))
    }

    /// Whether it is news that `what` is so of `name`.
    pub(super) fn is_news(&mut self, name: &str, what: &str) -> bool {
        let is_news = self.last.insert(hash(name), hash(what)) != Some(hash(what));
        self.n_news += usize::from(is_news);
        is_news
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::Told;
    use voixoff::archive::batch::Outcome;

    #[test]
    fn what_was_told_is_no_news() {
        let mut told = Told::default();
        assert!(told.is_outcome_news("un", &Outcome::UpToDate));
        assert!(told.is_news("deux", "damaged"));
        assert!(told.has_news());
        told.begin();
        assert!(!told.is_outcome_news("un", &Outcome::UpToDate));
        assert!(!told.is_news("deux", "damaged"));
        assert!(!told.has_news());
        assert!(told.is_news("deux", "silent"));
        assert!(told.is_outcome_news("deux", &Outcome::UpToDate));
        assert!(told.is_outcome_news("un", &Outcome::Busy));
    }
}
