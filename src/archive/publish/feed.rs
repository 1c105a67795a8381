//! Copies of feeds in which each episode names its transcripts: `<podcast:transcript>` of
//! Podcasting 2.0.
//!
//! A feed is its publisher's. Nothing of it is written anew: the entries are put in before
//! the end of each item, and all else stays byte for byte, whatever it is: but for what opens
//! something in an address, which is nobody's to publish.

use super::{
    address,
    scan::{NAMESPACE, Scan, edited, indent},
};
use crate::{
    archive::sources::{FeedPlace, kept_feeds},
    base::store::write_atomic,
    episode::outputs::Outputs,
    formats::{Format, escaped},
    net::web,
};
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

/// A feed that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedFeed {
    /// Where.
    pub path: PathBuf,
    /// Its episodes.
    pub n_episodes: usize,
    /// Those of them that have transcripts.
    pub n_with_transcripts: usize,
    /// Whether something was taken out of its addresses that opens them: its sound may not be
    /// had by what is left.
    pub hides: bool,
}

/// Why a feed cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum FeedProblem {
    /// It is something else.
    #[error("`{}` is no feed", path.display())]
    NoFeed {
        /// The copy of the feed.
        path: PathBuf,
    },
    /// It is no XML.
    #[error("`{}` cannot be read: {reason}", path.display())]
    Malformed {
        /// The copy of the feed.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A file cannot be read or written.
    #[error("`{}`: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Writes each feed that `archive` keeps a copy of into the folder of its show, as `feed.xml`,
/// with addresses below `base` for the transcripts that are there, in `language`.
pub fn publish_feeds(
    archive: &Path,
    base: &str,
    language: &str,
) -> Vec<Result<PublishedFeed, FeedProblem>> {
    let entries = Entries { archive, base: base.trim_end_matches('/'), language };
    kept_feeds(archive).iter().map(|place| entries.publish(place)).collect()
}

/// What the entries of a feed have in common.
struct Entries<'a> {
    archive: &'a Path,
    base: &'a str,
    language: &'a str,
}

impl Entries<'_> {
    fn publish(&self, place: &FeedPlace) -> Result<PublishedFeed, FeedProblem> {
        let path = place.folder.join("feed.xml");
        let of_file = |path: &Path| {
            let path = path.to_owned();
            move |source| FeedProblem::File { path, source }
        };
        let copy = fs::read(&place.copy).map_err(of_file(&place.copy))?;
        let shown = web::without_secrets(&copy);
        let (hides, xml) = (shown.is_some(), shown.unwrap_or(copy));
        let malformed =
            |reason: String| FeedProblem::Malformed { path: place.copy.clone(), reason };
        let scan = Scan::of(&xml, self.base).map_err(|error| malformed(error.to_string()))?;
        let Some(root) = scan.root else {
            return Err(FeedProblem::NoFeed { path: place.copy.clone() });
        };
        let mut episodes: BTreeMap<String, Outputs> = BTreeMap::new();
        for outputs in Outputs::all_in(&place.folder) {
            let receipt = outputs.receipt();
            let receipt = receipt
                .map_err(|error| of_file(&outputs.receipt_path())(io::Error::from(error)))?;
            let made = receipt.and_then(|receipt| receipt.made);
            if let Some(guid) = made.and_then(|made| made.source.guid) {
                episodes.insert(web::public(&guid).into_owned(), outputs);
            }
        }
        let (mut edits, mut n_with_transcripts) = (Vec::new(), 0);
        for item in &scan.items {
            let outputs = episodes.get(&item.guid).or_else(|| episodes.get(&item.sound));
            let links = outputs.map(|outputs| self.links(outputs, &root.prefix));
            let links = links.unwrap_or_default();
            n_with_transcripts += usize::from(!links.is_empty());
            edits.extend(item.old.iter().map(|old| (old.clone(), String::new())));
            let indent = String::from_utf8_lossy(indent(&xml, item.end)).into_owned();
            let step = if indent.is_empty() { "" } else { "  " };
            let links = links.iter().map(|link| format!("{step}{link}{indent}"));
            edits.push((item.end..item.end, links.collect::<String>()));
        }
        if n_with_transcripts > 0 && !root.is_declared {
            let declaration = format!(" xmlns:{}=\"{NAMESPACE}\"", root.prefix);
            edits.push((root.end..root.end, declaration));
        }
        fs::create_dir_all(&place.folder).map_err(of_file(&place.folder))?;
        write_atomic(&path, &edited(&xml, edits)).map_err(of_file(&path))?;
        Ok(PublishedFeed { path, hides, n_episodes: scan.items.len(), n_with_transcripts })
    }

    /// The entries of an episode.
    fn links(&self, outputs: &Outputs, prefix: &str) -> Vec<String> {
        let pages = [Format::PodcastHtml, Format::Html].map(|format| outputs.path(format));
        let page = pages.into_iter().find(|page| page.exists());
        let files = [
            (Some(outputs.path(Format::Vtt)), "text/vtt"),
            (Some(outputs.path(Format::Srt)), "application/x-subrip"),
            (Some(outputs.path(Format::PodcastJson)), "application/json"),
            (page, "text/html"),
        ];
        let link = |(path, kind): (Option<PathBuf>, &str)| {
            let path = path.filter(|path| path.exists())?;
            let place = address(path.strip_prefix(self.archive).unwrap_or(&path));
            let url = escaped(&format!("{}/{place}", self.base));
            let language = escaped(self.language);
            Some(format!(
                "<{prefix}:transcript url=\"{url}\" type=\"{kind}\" language=\"{language}\" />"
            ))
        };
        files.into_iter().filter_map(link).collect()
    }
}
