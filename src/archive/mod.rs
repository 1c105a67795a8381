//! Finding episodes: files, folders, lists and feeds, and where the outputs of each lie.
//!
//! What cannot be looked at is a [`Problem`] among the others: it stops nothing.

mod buckets;
mod feeds;
mod names;
mod walk;

pub use feeds::{FeedPlace, kept_feeds};

use crate::{
    bucket::{Address, Buckets},
    feed::{Enclosure, Feed, FeedError, FeedSettings},
    outputs::{Outputs, Source, modified_ns},
    show::Person,
    time::Time,
    transcript::About,
};
use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

/// An episode that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Where its sound is.
    pub origin: Origin,
    /// Where its files lie.
    pub outputs: Outputs,
    /// What its feed says of it.
    pub about: About,
    /// Who is heard in it, as its feed says.
    pub people: Vec<Person>,
    /// Who may be heard in any episode of its feed.
    pub regulars: Arc<[String]>,
    /// How long it is, where somebody says so.
    pub length: Option<Time>,
}

/// Where the sound of an episode is.
#[derive(Debug, Clone, PartialEq)]
pub enum Origin {
    /// On this machine.
    File(PathBuf),
    /// At an address, under a name that its feed gave it.
    Enclosure {
        /// What the feed calls the episode; the same for ever.
        guid: String,
        /// Where the sound is to be had.
        sound: Enclosure,
    },
    /// In a bucket.
    Object {
        /// Where; it has no other name.
        address: Address,
        /// Its length in bytes.
        bytes: u64,
        /// What marks its content.
        etag: String,
        /// When it was put there.
        modified: SystemTime,
    },
}

/// A place that could not be looked at, or an episode that cannot be told from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Path or address.
    pub place: String,
    /// Why not.
    pub reason: String,
    /// What can be done about it; may be empty.
    pub hint: String,
}

/// All that was found.
#[derive(Debug, Default)]
pub struct Found {
    /// Episodes, each with names of its own for its files.
    pub items: Vec<Item>,
    /// What stood in the way.
    pub problems: Vec<Problem>,
}

/// How to look for episodes.
#[derive(Debug, Clone)]
pub struct FindSettings<'a> {
    /// Folder of all outputs; `None`: beside each file.
    pub out: Option<PathBuf>,
    /// How to reach feeds; `None`: they are not asked, the copies that the archive has serve.
    pub feed: Option<FeedSettings>,
    /// Where buckets are.
    pub buckets: &'a Buckets,
    /// The archive in a bucket for which the folder of all outputs stands: no sound of ours.
    pub archive: Option<Address>,
}

impl Item {
    /// What it is called in messages: its file, or its title.
    pub fn name(&self) -> String {
        match &self.origin {
            Origin::File(path) => path.display().to_string(),
            Origin::Enclosure { .. } => self.outputs.name(),
            Origin::Object { address, .. } => address.to_string(),
        }
    }

    /// The sound as it lies there now; `None` where there is no such file.
    pub fn source(&self) -> Option<Source> {
        match &self.origin {
            Origin::File(path) => {
                let metadata = fs::metadata(path).ok()?;
                let name = || path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                // Before there is a folder for the outputs, there is no way from it.
                let place = self.outputs.way_to(path).unwrap_or_else(|_| name());
                let modified_ns = modified_ns(&metadata);
                Some(Source { place, bytes: metadata.len(), modified_ns, ..Source::default() })
            }
            Origin::Enclosure { guid, sound } => Some(Source {
                place: sound.address.clone(),
                guid: guid.clone(),
                bytes: sound.bytes.unwrap_or_default(),
                ..Source::default()
            }),
            Origin::Object { address, bytes, etag, .. } => Some(Source {
                place: address.to_string(),
                guid: address.to_string(),
                bytes: *bytes,
                mark: etag.clone(),
                ..Source::default()
            }),
        }
    }

    /// About how long it is: by what is said, else by its bytes at 128 kbit/s.
    pub fn estimated(&self) -> Time {
        const BYTES_A_SECOND: u64 = 16_000;
        let by_bytes = || {
            let bytes = match &self.origin {
                Origin::File(path) => fs::metadata(path).map_or(0, |metadata| metadata.len()),
                Origin::Enclosure { sound, .. } => sound.bytes.unwrap_or_default(),
                Origin::Object { bytes, .. } => *bytes,
            };
            Time::from_millis(bytes.saturating_mul(1_000) / BYTES_A_SECOND)
        };
        self.length.unwrap_or_else(by_bytes)
    }
}

/// All episodes of `sources`: files, folders, buckets, feeds (files or addresses), and lists
/// of these (`@FILE`, one a line).
pub fn find(sources: &[OsString], settings: &FindSettings<'_>) -> Found {
    let mut finder = Finder { settings, found: Found::default(), taken: BTreeMap::new() };
    for source in sources {
        finder.look(source, Path::new(""), 0);
    }
    finder.found
}

/// Lists may name lists, but not for ever.
const LISTS_DEEP: usize = 8;

struct Finder<'a> {
    settings: &'a FindSettings<'a>,
    found: Found,
    /// Which sound has the names of some outputs.
    taken: BTreeMap<Outputs, String>,
}

impl Finder<'_> {
    /// Looks at `source`; a relative path is seen from `base`.
    fn look(&mut self, source: &OsStr, base: &Path, depth: usize) {
        if let Some(text) = source.to_str() {
            if let Some(list) = text.strip_prefix('@') {
                return self.look_at_list(&base.join(list), depth);
            }
            if Feed::is_address(text) {
                return self.look_at_feed(text);
            }
            if Address::is_address(text) {
                return self.look_at_bucket(text);
            }
        }
        let path = base.join(source);
        if path.is_dir() {
            let out = self.settings.out.as_deref();
            let walked = walk::walk(&path, out);
            self.found.problems.extend(walked.problems);
            for file in walked.files {
                let outputs = match out {
                    Some(out) => {
                        let below =
                            file.parent().and_then(|parent| parent.strip_prefix(&path).ok());
                        Outputs::of(&file, Some(&out.join(below.unwrap_or(Path::new("")))))
                    }
                    None => Outputs::of(&file, None),
                };
                self.take_file(file, outputs);
            }
        } else if feeds::is_feed(&path) {
            self.look_at_feed_file(&path);
        } else {
            let outputs = Outputs::of(&path, self.settings.out.as_deref());
            self.take_file(path, outputs);
        }
    }

    fn look_at_list(&mut self, list: &Path, depth: usize) {
        if depth == LISTS_DEEP {
            return self.problem(list.display(), "lists name each other in circles", "");
        }
        match fs::read_to_string(list) {
            Ok(text) => {
                let base = list.parent().unwrap_or(Path::new("")).to_owned();
                let lines = text.lines().map(str::trim);
                for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
                    self.look(OsStr::new(line), &base, depth + 1);
                }
            }
            Err(error) => {
                let reason = format!("the list cannot be read: {error}");
                self.problem(
                    list.display(),
                    &reason,
                    "a list is text, with a path or address a line",
                );
            }
        }
    }

    fn take_file(&mut self, file: PathBuf, outputs: Outputs) {
        let about = About::default();
        let origin = Origin::File(file);
        self.take(Item {
            origin,
            outputs,
            about,
            people: Vec::new(),
            regulars: Arc::default(),
            length: None,
        });
    }

    /// Takes `item`, unless its outputs would lie where those of another sound do.
    fn take(&mut self, item: Item) {
        let place = match &item.origin {
            Origin::File(path) => path.display().to_string(),
            Origin::Enclosure { sound, .. } => sound.address.clone(),
            Origin::Object { address, .. } => address.to_string(),
        };
        match self.taken.get(&item.outputs) {
            Some(other) if *other == place => (),
            Some(other) => {
                let at = item.outputs.folder().join(item.outputs.name());
                let reason =
                    format!("its transcript would lie at `{}`, as that of `{other}`", at.display());
                self.problem(place, &reason, "give one of the two files another name");
            }
            None => {
                self.taken.insert(item.outputs.clone(), place);
                self.found.items.push(item);
            }
        }
    }

    /// The folder of all outputs, without which `source`, a `kind` of place, is a problem.
    fn out_for(&mut self, source: &str, kind: &str) -> Option<PathBuf> {
        if self.settings.out.is_none() {
            let reason = format!("the transcripts of a {kind} need a folder");
            self.problem(source, &reason, "name one with `--out DIR`");
        }
        self.settings.out.clone()
    }

    fn problem(&mut self, place: impl ToString, reason: &str, hint: &str) {
        self.found.problems.push(Problem {
            place: place.to_string(),
            reason: reason.to_owned(),
            hint: hint.to_owned(),
        });
    }

    fn feed_problem(&mut self, place: &str, error: &FeedError) {
        self.problem(place, &error.to_string(), error.hint());
    }
}
