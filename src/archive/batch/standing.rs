//! What there is to do for an episode, without reading its sound.

use super::{Batch, Outcome};
use crate::{
    archive::sources::{Item, Origin},
    audio,
    base::time::Time,
    episode::outputs::{BuildRecord, Changed, Failure, Receipt, StageKeys},
};
use std::path::Path;

/// Where an episode stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Standing {
    /// Its files are what this run would write, or were changed since.
    Done {
        /// Those that were.
        changed: Vec<Changed>,
    },
    /// It failed in a way that another try would not mend.
    Failed(Box<Failure>),
    /// There is something to do.
    Open(Remaining),
}

/// What is left to do for an episode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remaining {
    /// Text and files; milliseconds.
    Text,
    /// Recognising its words again; who speaks is known.
    Words,
    /// All of it. Also of a file that was touched: if its sound is the old one after all,
    /// there is nothing to do.
    All,
}

impl Remaining {
    /// What differs between what was `made` and what is wanted.
    fn between(made: &BuildRecord, wanted: &StageKeys) -> Remaining {
        match () {
            () if made.stages.listening != wanted.listening => Remaining::All,
            () if made.stages.words != wanted.words => Remaining::Words,
            () => Remaining::Text,
        }
    }
}

impl Batch<'_> {
    /// Where `item` stands, by the lengths and times of files alone.
    pub fn standing(&self, item: &Item) -> Standing {
        let source = item.source();
        if !self.settings.retry_failed
            && let Some(failure) = item.outputs.failure()
            && source.as_ref().is_some_and(|it| failure.is_certain(it, || self.maker(item)))
        {
            return Standing::Failed(Box::new(failure));
        }
        let receipt = match self.receipt(item) {
            Ok(receipt) => receipt.unwrap_or_default(),
            Err(error) => {
                return Standing::Failed(Box::new(Failure::of(source.unwrap_or_default(), &error)));
            }
        };
        let Some(made) = &receipt.made else { return Standing::Open(Remaining::All) };
        if !source.is_some_and(|source| source.is_unchanged(&made.source)) {
            return Standing::Open(Remaining::All);
        }
        let wanted = self.wanted(item, Some(made)).stages;
        let says_the_same = match &item.origin {
            // What is written in the file has not changed.
            Origin::File(_) | Origin::Object { .. } => true,
            Origin::Enclosure { .. } => {
                made.chapters_at == item.chapters_place()
                    && self.about_of_feed(item, &made.about) == made.about
            }
        };
        // Files that are in a bucket are not brought here to be looked at.
        let exists = |path: &Path| match self.mirror {
            Some(mirror) => mirror.has(path),
            None => path.exists(),
        };
        let is_done = made.stages == wanted
            && says_the_same
            && item.outputs.are_there(&receipt, &self.formats(item, Some(made)), exists);
        if is_done {
            let changed = self.changed(item, &receipt);
            if changed.is_empty() || !self.settings.force {
                return Standing::Done { changed };
            }
        }
        Standing::Open(Remaining::between(made, &wanted))
    }

    /// The files of `item` that are not as its pass left them. Of an archive in a bucket, those
    /// that are here stand for nothing.
    pub(super) fn changed(&self, item: &Item, receipt: &Receipt) -> Vec<Changed> {
        match self.mirror {
            Some(_) => Vec::new(),
            None => item.outputs.changed(receipt, &self.formats(item, receipt.made.as_ref())),
        }
    }
}

impl Batch<'_> {
    /// Notes how long `item`, which is open, is, where nobody has said it: as it was heard
    /// before, else as its file says.
    pub fn measure(&self, item: &mut Item) {
        if item.length.is_some() {
            return;
        }
        let made = item.outputs.receipt().ok().flatten().and_then(|receipt| receipt.made);
        let is_same =
            |made: &BuildRecord| item.source().is_some_and(|it| it.is_unchanged(&made.source));
        let known = made.filter(is_same).map(|made| Time::from_millis(millis(made.duration)));
        item.length = known.or_else(|| match &item.origin {
            Origin::File(path) => audio::probe_length(path, self.cancel),
            Origin::Enclosure { .. } | Origin::Object { .. } => None,
        });
    }
}

/// A receipt may say anything.
fn millis(seconds: f64) -> u64 {
    const YEAR: f64 = 365.25 * 86_400.0;
    (seconds.clamp(0.0, YEAR) * 1_000.0) as u64
}

impl Standing {
    /// The outcome of an episode that needs no work.
    pub fn outcome(&self) -> Option<Outcome> {
        match self {
            Standing::Done { .. } => Some(Outcome::UpToDate),
            Standing::Failed(failure) => Some(Outcome::FailedBefore((**failure).clone())),
            Standing::Open(_) => None,
        }
    }
}
