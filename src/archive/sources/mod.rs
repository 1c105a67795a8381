//! Finding episodes: files, folders, lists and feeds, and where the outputs of each lie.
//!
//! What cannot be looked at is a [`Problem`] among the others: it stops nothing.

mod buckets;
mod feeds;
pub(in crate::archive) mod names;
mod pages;
mod walk;

use feeds::Known;

pub use feeds::{FeedPlace, is_feed, kept_feeds};
pub use names::PLACEHOLDERS;
pub use pages::Pages;
pub use walk::{SOUND, is_sound};

use crate::{
    base::{
        guidance::{Guidance, Guided},
        show::Person,
        time::Time,
        transcript::About,
    },
    episode::outputs::{Outputs, Source, modified_ns},
    formats::Format,
    net::{
        bucket::{Address, Buckets},
        feed::{Enclosure, FeedSettings},
        web,
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::{OsStr, OsString},
    fs, io,
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
    /// What its feed tells of it, in paragraphs.
    pub lead: Vec<String>,
    /// Who is heard in it, as its feed says.
    pub people: Vec<Person>,
    /// Who may be heard in any episode of its feed.
    pub regulars: Arc<[String]>,
    /// How long it is, where somebody says so.
    pub length: Option<Time>,
    /// Address of its chapters, where its feed names a file.
    pub chapters_at: Option<String>,
    /// The text that a person wrote of it, where it is to be laid on the sound.
    pub page: Option<PathBuf>,
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
        /// What its publisher knows it by now; `None` where nobody has asked.
        validator: Option<Box<str>>,
    },
    /// In a bucket.
    Object {
        /// Where; it has no other name.
        address: Box<Address>,
        /// Its length in bytes.
        bytes: u64,
        /// What the bucket knows its content by.
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
    /// What can be done about it.
    pub guidance: Option<Guidance>,
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
    /// Formats that will be written: what some call « a.podcast.json » is an episode of its own,
    /// or one of « a ».
    pub formats: &'a [Format],
    /// What new episodes of feeds are called: `{date}`, `{year}`, `{title}` and `{show}` stand for what
    /// they say; `None`: by their day and title.
    pub name: Option<&'a str>,
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

    /// Path or address of its sound, without what is secret in it.
    pub fn place(&self) -> String {
        match &self.origin {
            Origin::File(path) => path.display().to_string(),
            Origin::Enclosure { sound, .. } => web::public(&sound.address).into_owned(),
            Origin::Object { address, .. } => address.to_string(),
        }
    }

    /// The address of its chapters, as it may be written.
    pub(crate) fn chapters_place(&self) -> Option<String> {
        self.chapters_at.as_deref().map(|address| web::public(address).into_owned())
    }

    /// Whether both are one sound, however it is named: `un.mp3` and `./un.mp3`.
    fn is_same_sound(&self, other: &Item) -> bool {
        let same_file = |one: &Path, other: &Path| {
            one.canonicalize().is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
        };
        match (&self.origin, &other.origin) {
            (Origin::File(one), Origin::File(other)) => one == other || same_file(one, other),
            _ => self.place() == other.place(),
        }
    }

    /// The sound as it lies there now; `None` where there is no such file.
    pub fn source(&self) -> Option<Source> {
        match &self.origin {
            Origin::File(path) => {
                let metadata = fs::metadata(path).ok()?;
                let name = || path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                // Before there is a folder for the outputs, there is no way from it.
                let place = self.outputs.path_to(path).unwrap_or_else(|_| name());
                let modified_ns = modified_ns(&metadata);
                Some(Source { place, bytes: metadata.len(), modified_ns, ..Source::default() })
            }
            Origin::Enclosure { guid, sound, validator } => Some(Source {
                place: self.place(),
                guid: Some(guid.clone()),
                bytes: sound.bytes.unwrap_or_default(),
                validator: validator.as_deref().map(str::to_owned),
                ..Source::default()
            }),
            Origin::Object { address, bytes, etag, .. } => Some(Source {
                place: address.to_string(),
                guid: Some(address.to_string()),
                bytes: *bytes,
                validator: Some(etag.to_string()).filter(|etag| !etag.is_empty()),
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
    let mut finder = Finder {
        settings,
        found: Found::default(),
        about: Arc::default(),
        folder: Path::new("").into(),
        known: BTreeMap::new(),
    };
    for source in sources {
        finder.look(source, Path::new(""), 0);
    }
    finder.refuse_namesakes();
    finder.refuse_mixtures();
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
    /// What episodes of feeds are called in their folders.
    known: BTreeMap<PathBuf, Known>,
}

impl Finder<'_> {
    /// Looks at `source`; a relative path is seen from `base`.
    fn look(&mut self, source: &OsStr, base: &Path, depth: usize) {
        if let Some(text) = source.to_str() {
            if let Some(list) = text.strip_prefix('@') {
                return self.look_at_list(&base.join(list), depth);
            }
            if let Some(address) = web::typed(text) {
                return self.look_at_address(&address);
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
        } else if !path.exists() && source.to_str().is_some_and(looks_like_address) {
            let guidance = Some(Guidance::WriteScheme);
            self.problem(source.to_string_lossy(), "there is no such file", guidance);
        } else if path.try_exists().is_ok_and(|exists| !exists) {
            // No episode has failed: what will be there may be a folder, or a feed.
            let is_typed = base == Path::new("");
            let guidance = if is_typed { Guidance::PathFromHere } else { Guidance::PathFromList };
            self.problem(path.display(), "there is no such file or folder", Some(guidance));
        } else {
            let folder = Outputs::of(&path, self.settings.out.as_deref()).folder().to_owned();
            self.take_file(path, &folder);
        }
    }

    fn look_at_list(&mut self, list: &Path, depth: usize) {
        if depth == LISTS_DEEP {
            return self.problem(list.display(), "lists name each other in circles", None);
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
                let guidance = match error.kind() {
                    io::ErrorKind::NotFound => Guidance::PathFromHere,
                    _ => Guidance::WriteList,
                };
                self.problem(list.display(), &reason, Some(guidance));
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
        let (length, chapters_at, page) = (None, None, None);
        let lead = Vec::new();
        let item =
            Item { origin, outputs, about, lead, people, regulars, length, chapters_at, page };
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

    /// Of two episodes of which some files would have the same name, leaves the one with the
    /// shorter one: the `podcast-json` of « a » is the `json` of « a.podcast ».
    fn refuse_mixtures(&mut self) {
        let formats = self.settings.formats;
        let pairs = formats.iter().flat_map(|one| formats.iter().map(move |other| (one, other)));
        let endings: BTreeSet<String> = pairs
            .filter_map(|(one, other)| one.extension().strip_suffix(other.extension()))
            .filter_map(|rest| Some(format!(".{}", rest.strip_suffix('.')?)))
            .collect();
        let Found { items, problems } = &mut self.found;
        for ending in endings {
            let shorter = |item: &Item| {
                let name = item.outputs.name().strip_suffix(&ending)?.to_owned();
                Some(Outputs::named(item.outputs.folder(), name))
            };
            let mut others: BTreeSet<Outputs> = items.iter().filter_map(shorter).collect();
            let there: BTreeSet<&Outputs> = items.iter().map(|item| &item.outputs).collect();
            others.retain(|other| there.contains(other));
            items.retain(|item| {
                let Some(other) = shorter(item).filter(|other| others.contains(other)) else {
                    return true;
                };
                let other = other.name();
                problems.push(Problem {
                    place: item.place(),
                    reason: format!("its transcripts would have names of those of `{other}`"),
                    guidance: Some(Guidance::Mixture),
                });
                false
            });
        }
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
                if !items[index].is_same_sound(first) {
                    let at = first.outputs.folder().join(first.outputs.name());
                    let (at, other) = (at.display(), first.place());
                    problems.push(Problem {
                        place: items[index].place(),
                        reason: format!("its transcript would lie at `{at}`, as that of `{other}`"),
                        guidance: Some(Guidance::Namesakes),
                    });
                }
            }
        }
        let mut is_refused = is_refused.into_iter();
        items.retain(|_| !is_refused.next().unwrap_or_default());
    }

    fn problem(&mut self, place: impl ToString, reason: &str, guidance: Option<Guidance>) {
        self.found.problems.push(Problem {
            place: web::public(&place.to_string()).into_owned(),
            reason: reason.to_owned(),
            guidance,
        });
    }

    fn problem_of(&mut self, place: &str, error: &impl Guided) {
        self.problem(place, &error.to_string(), error.guidance());
    }
}

/// Whether `text`, which is no file, looks like an address whose `https://` was left out.
fn looks_like_address(text: &str) -> bool {
    let (host, _) = text.split_once('/').unwrap_or((text, ""));
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-.:".contains(c);
    let ending = host.rsplit('.').next().unwrap_or_default();
    let has_domain =
        host.contains('.') && ending.len() >= 2 && ending.chars().all(char::is_alphabetic);
    let is_host = host.chars().all(is_name) && has_domain && !Path::new(host).exists();
    is_host && (text.contains('/') || host.starts_with("www."))
}
