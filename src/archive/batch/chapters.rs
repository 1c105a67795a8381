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
    /// From where; empty where there was no answer yet.
    pub(super) address: String,
    /// What went wrong.
    pub(super) warning: Option<String>,
}

impl Asked {
    /// Asks for the chapters of `item`, unless those in `before` are from the same address.
    pub(super) fn of(item: &Item, before: Option<&BuildRecord>) -> Asked {
        let address = item.chapters_mark();
        if address.is_empty() || before.is_some_and(|made| made.chapters_at == address) {
            return Asked { address, ..Asked::default() };
        }
        match Feed::fetch_chapters(&item.chapters_at, FeedSettings::PODCAST) {
            Ok(chapters) => Asked { chapters: Some(chapters), address, warning: None },
            Err(error) => {
                let warning = Some(format!("its chapters are not there: {error}"));
                // Who is away may be back; who refuses will refuse again.
                let is_passing = match error {
                    FeedError::Unreachable { .. } | FeedError::Waits { .. } => true,
                    FeedError::Refused { status, .. } => status >= 500,
                    _ => false,
                };
                let address = if is_passing { String::new() } else { address };
                Asked { chapters: None, address, warning }
            }
        }
    }
}
