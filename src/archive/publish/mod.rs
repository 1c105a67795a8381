//! What an archive shows to the world: feeds that name its transcripts, and where in them
//! words are said.

mod episodes;
mod feed;
mod index;
mod passages;
mod scan;
mod search;

pub use episodes::episodes;
pub use feed::{FeedProblem, PublishedFeed, publish_feeds};
pub use index::{IndexError, Indexed, write_index};
pub use search::{Found, FoundPassage, Query, search};

use crate::formats::encoded_name;
use std::path::Path;

/// `path`, from the folder of an archive, as it stands in an address.
fn address(path: &Path) -> String {
    let parts = path.iter().map(|part| encoded_name(&part.to_string_lossy()));
    parts.collect::<Vec<_>>().join("/")
}
