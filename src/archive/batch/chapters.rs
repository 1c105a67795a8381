//! Chapters that a feed has elsewhere: asked for once, where the episode is worked on.
//!
//! A feed of a thousand episodes names a thousand files; they are not asked for to learn that
//! nothing is to be done. So a file that changes under its address is not noticed.

use crate::{
    archive::sources::Item,
    base::transcript::Chapter,
    episode::outputs::BuildRecord,
    net::feed::{Feed, FeedError, FeedSettings},
};

/// What is known of the chapters of an episode.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// The chapters, where they were asked for.
    pub(super) chapters: Option<Vec<Chapter>>,
    /// From where; `None` where there was no answer yet.
    pub(super) address: Option<String>,
    /// What went wrong.
    pub(super) warning: Option<String>,
}

impl Asked {
    /// Asks for the chapters of `item`, unless those in `before` are from the same address.
    pub(super) fn of(item: &Item, before: Option<&BuildRecord>) -> Asked {
        let address = item.chapters_place();
        let is_known = || before.is_some_and(|made| made.chapters_at == address);
        let asked = item.chapters_at.as_ref().filter(|_| !is_known());
        let Some(asked) = asked else { return Asked { address, ..Asked::default() } };
        match Feed::fetch_chapters(asked, FeedSettings::PODCAST) {
            Ok(chapters) => Asked { chapters: Some(chapters), address, warning: None },
            Err(error) => {
                let warning = Some(format!("its chapters are not there: {error}"));
                // Who is away may be back; who refuses will refuse again.
                let is_passing = match error {
                    FeedError::Unreachable { .. } | FeedError::Waits { .. } => true,
                    FeedError::Refused { status, .. } => status >= 500,
                    _ => false,
                };
                let address = address.filter(|_| !is_passing);
                Asked { chapters: None, address, warning }
            }
        }
    }
}
