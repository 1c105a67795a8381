//! Finding episodes: files, folders, lists and feeds, and where the outputs of each lie.
//!
//! What cannot be looked at is a [`Problem`] among the others: it stops nothing.

mod buckets;
mod feeds;
mod names;
mod walk;

pub use feeds::{FeedPlace, kept_feeds};
pub use walk::SOUND;

use crate::{
    bucket::{Address, Buckets},
    feed::{Enclosure, Feed, FeedError, FeedSettings},
    outputs::{Outputs, Source, modified_ns},
    show::Person,
    time::Time,
    transcript::About,
};
use std::{
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
    /// What its feed says of it; that of files, which is nothing, is shared.
    pub about: Arc<About>,
    /// Who is heard in it, as its feed says.
    pub people: Vec<Person>,
    /// Who may be heard in any episode of its feed.
    pub regulars: Arc<[String]>,
    /// How long it is, where somebody says so.
    pub length: Option<Time>,
    /// Address of its chapters, where its feed names a file; else empty.
    pub chapters_at: String,
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
        sound: Box<Enclosure>,
        /// What its publisher marks it by now; empty where nobody has asked.
        mark: Box<str>,
    },
    /// In a bucket.
    Object {
        /// Where; it has no other name.
        address: Box<Address>,
        /// Its length in bytes.
        bytes: u64,
        /// What marks its content.
        etag: Box<str>,
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
            Origin::Enclosure { .. } => self.outputs.name(),
            Origin::File(_) | Origin::Object { .. } => self.place(),
        }
    }

    /// Path or address of its sound.
    pub fn place(&self) -> String {
        match &self.origin {
            Origin::File(path) => path.display().to_string(),
            Origin::Enclosure { sound, .. } => sound.address.clone(),
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
            Origin::Enclosure { guid, sound, mark } => Some(Source {
                place: sound.address.clone(),
                guid: guid.clone(),
                bytes: sound.bytes.unwrap_or_default(),
                mark: mark.to_string(),
                ..Source::default()
            }),
            Origin::Object { address, bytes, etag, .. } => Some(Source {
                place: address.to_string(),
                guid: address.to_string(),
                bytes: *bytes,
                mark: etag.to_string(),
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
    let (found, about) = (Found::default(), Arc::default());
    let mut finder = Finder { settings, found, about, folder: Path::new("").into() };
    for source in sources {
        finder.look(source, Path::new(""), 0);
    }
    finder.refuse_namesakes();
    finder.found
}

/// Lists may name lists, but not for ever.
const LISTS_DEEP: usize = 8;

struct Finder<'a> {
    settings: &'a FindSettings<'a>,
    found: Found,
    /// What is known of a file.
    about: Arc<About>,
    /// The folder of the outputs that were taken last.
    folder: Arc<Path>,
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
                let parent = file.parent().unwrap_or(Path::new(""));
                let below = || parent.strip_prefix(&path).unwrap_or(Path::new(""));
                let folder = out.map_or_else(|| parent.to_owned(), |out| out.join(below()));
                self.take_file(file, &folder);
            }
        } else if feeds::is_feed(&path) {
            self.look_at_feed_file(&path);
        } else {
            let folder = Outputs::of(&path, self.settings.out.as_deref()).folder().to_owned();
            self.take_file(path, &folder);
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

    fn take_file(&mut self, file: PathBuf, folder: &Path) {
        let outputs = self.outputs(&file, folder);
        self.take_sound(Origin::File(file), outputs);
    }

    /// Takes sound of which nothing is known beforehand.
    fn take_sound(&mut self, origin: Origin, outputs: Outputs) {
        let (about, people, regulars) = (Arc::clone(&self.about), Vec::new(), Arc::default());
        let (length, chapters_at) = (None, String::new());
        let item = Item { origin, outputs, about, people, regulars, length, chapters_at };
        self.found.items.push(item);
    }

    /// The outputs of the sound called `name`, in `folder`.
    fn outputs(&mut self, name: &Path, folder: &Path) -> Outputs {
        // Sorted sound lies in the folder of the one before.
        if *self.folder != *folder {
            self.folder = folder.into();
        }
        let stem = name.file_stem().unwrap_or(name.as_os_str());
        Outputs::named(Arc::clone(&self.folder), stem)
    }

    /// Leaves each episode once, and of those whose outputs would lie in one place the first.
    fn refuse_namesakes(&mut self) {
        let Found { items, problems } = &mut self.found;
        let mut order: Vec<usize> = (0..items.len()).collect();
        order.sort_by(|one, other| items[*one].outputs.cmp(&items[*other].outputs));
        let mut is_refused = vec![false; items.len()];
        let same = |one: &usize, other: &usize| items[*one].outputs == items[*other].outputs;
        for namesakes in order.chunk_by(same).filter(|all| all.len() > 1) {
            let first = &items[namesakes[0]];
            for &index in &namesakes[1..] {
                is_refused[index] = true;
                if items[index].place() != first.place() {
                    let at = first.outputs.folder().join(first.outputs.name());
                    let (at, other) = (at.display(), first.place());
                    problems.push(Problem {
                        place: items[index].place(),
                        reason: format!("its transcript would lie at `{at}`, as that of `{other}`"),
                        hint: "give one of the two files another name".to_owned(),
                    });
                }
            }
        }
        let mut is_refused = is_refused.into_iter();
        items.retain(|_| !is_refused.next().unwrap_or_default());
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
