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

use std::path::Path;

/// `path`, from the folder of an archive, as it stands in an address.
fn address(path: &Path) -> String {
    let parts = path.iter().map(|part| {
        let mut encoded = String::new();
        for byte in part.to_string_lossy().bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                encoded.push(char::from(byte));
            } else {
                encoded.push_str(&format!("%{byte:02X}"));
            }
        }
        encoded
    });
    parts.collect::<Vec<_>>().join("/")
}
