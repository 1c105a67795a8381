//! The episodes of feeds, and the copies of feeds that an archive keeps.

use super::{Finder, Item, Origin, names, walk};
use crate::{
    base::{
        digest::digest,
        guidance::of_writing,
        store::{remove_if_there, write_atomic, write_private},
        transcript::About,
    },
    episode::outputs::{FEEDS, OWN, Outputs, PRIVATE},
    net::{
        feed::{Answer, Enclosure, Episode, Feed, FeedError, FeedSettings, Fetched},
        web::{self, Validators},
    },
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

/// A feed of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedPlace {
    /// The copy of it that the archive keeps.
    pub copy: PathBuf,
    /// Folder of the outputs of its episodes.
    pub folder: PathBuf,
}

/// The feeds of which the archive in `out` keeps copies, by the folders of their shows. Of two
/// copies of one show, whose feed has moved, it is the one that changed last.
pub fn kept_feeds(out: &Path) -> Vec<FeedPlace> {
    let entries = fs::read_dir(out.join(OWN).join(FEEDS)).into_iter().flatten().flatten();
    let copies = entries.map(|entry| entry.path());
    let copies = copies.filter(|path| path.extension().is_some_and(|extension| extension == "xml"));
    let modified = |path: PathBuf| (fs::metadata(&path).and_then(|it| it.modified()).ok(), path);
    let mut copies: Vec<_> = copies.map(modified).collect();
    copies.sort();
    let place = |copy: PathBuf| {
        let feed = Feed::read(&copy, FeedSettings::PODCAST).ok()?;
        let folder = out.join(names::name(&feed.show.title));
        Some((folder.clone(), FeedPlace { copy, folder }))
    };
    let by_folder: BTreeMap<_, _> =
        copies.into_iter().filter_map(|(_, copy)| place(copy)).collect();
    by_folder.into_values().collect()
}

/// Whether the file at `path` begins like a feed.
pub fn is_feed(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(512).read_to_end(&mut head));
    let text = String::from_utf8_lossy(&head);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    read.is_ok() && ["<?xml", "<rss", "<feed", "<!--"].iter().any(|begin| text.starts_with(begin))
}

impl Finder<'_> {
    /// Asks for what lies at `address`, a feed or sound; a server that is away is no loss where
    /// the archive has a copy.
    pub(super) fn look_at_address(&mut self, address: &str) {
        // What is called like sound is not asked for before its turn.
        if walk::is_sound(Path::new(&web::file_name(address))) {
            return self.take_sound_at(address, "");
        }
        let copy = Copy::of(&self.out(), address);
        let kept = copy.read();
        let Some(settings) = self.settings.feed else {
            return match kept {
                Some(kept) => self.take_feed(kept.parse(address), address),
                // Without a copy, it is known only where it was sound.
                None => {
                    let here = self.here();
                    if self.names_in(&here).has(&web::public(address)) {
                        self.take_sound_at(address, "");
                    }
                }
            };
        };
        let validators = kept.as_ref().map(|kept| kept.notes.validators.clone());
        let fetched = Feed::fetch_again(address, settings, validators.as_ref());
        let feed = match (fetched, kept) {
            (Ok(Answer::Binary(kind)), _) => return self.take_sound_at(address, &kind),
            (Ok(Answer::Changed(fetched)), _) => {
                let kept = Kept::of(fetched);
                let feed = kept.parse(address);
                if feed.is_ok()
                    && let Err(error) = copy.write(&kept)
                {
                    self.no_copy(address, &error);
                }
                feed
            }
            (Ok(Answer::Unchanged), Some(kept)) => {
                if let Err(error) = copy.hide(&kept) {
                    self.no_copy(address, &error);
                }
                kept.parse(address)
            }
            (Err(error), Some(kept)) => {
                self.problem_of(address, &error);
                kept.parse(address)
            }
            (Ok(Answer::Unchanged), None) => Feed::fetch(address, settings),
            (Err(error), None) => Err(error),
        };
        self.take_feed(feed, address);
    }

    /// Takes the feed in the file at `path`, and keeps a copy of it: the file is its user's.
    pub(super) fn look_at_feed_file(&mut self, path: &Path) {
        let place = path.display().to_string();
        let limits = self.settings.feed.unwrap_or(FeedSettings::PODCAST);
        let feed = Feed::read(path, limits);
        if let (Ok(_), Some(_), Some(out)) = (&feed, self.settings.feed, &self.settings.out) {
            let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
            let copy = Copy::of(out, &whole.to_string_lossy());
            let kept = fs::read(path).and_then(|bytes| {
                let kept = Kept { bytes, notes: Notes::default() };
                let is_new = copy.read().is_none_or(|known| known.bytes != kept.bytes);
                if is_new { copy.write(&kept) } else { copy.hide(&kept) }
            });
            if let Err(error) = kept {
                self.no_copy(&place, &error);
            }
        }
        self.take_feed(feed, &place);
    }

    /// The folder of the shows: where none is named, the one that the user is in.
    fn out(&self) -> PathBuf {
        self.settings.out.clone().unwrap_or_default()
    }

    /// The same, for what lies right in it.
    fn here(&self) -> PathBuf {
        self.settings.out.clone().unwrap_or_else(|| PathBuf::from("."))
    }

    fn no_copy(&mut self, feed: &str, error: &io::Error) {
        let reason = format!("a copy of the feed cannot be kept: {error}");
        self.problem(feed, &reason, Some(of_writing(error)));
    }

    /// What episodes are called in `folder`.
    fn names_in(&mut self, folder: &Path) -> &mut Known {
        self.known.entry(folder.to_owned()).or_insert_with(|| Known::of(folder))
    }

    /// Takes the episodes of a feed.
    fn take_feed(&mut self, feed: Result<Feed, FeedError>, source: &str) {
        let feed = match feed {
            Ok(feed) => feed,
            Err(error) => return self.problem_of(source, &error),
        };
        let out = match &self.settings.out {
            Some(out) => out.clone(),
            // Beside its file, as transcripts lie beside their sound.
            None => Path::new(source)
                .parent()
                .filter(|_| !web::is_http(source))
                .map_or_else(PathBuf::new, Path::to_owned),
        };
        let folder: Arc<Path> = out.join(names::name(&feed.show.title)).into();
        let regulars: Arc<[String]> = feed.regulars.into();
        let known = self.known.entry(folder.to_path_buf()).or_insert_with(|| Known::of(&folder));
        for episode in feed.episodes {
            if let Some(item) = item(episode, &feed.show.title, &folder, known, self.settings.name)
            {
                self.found.items.push(Item { regulars: Arc::clone(&regulars), ..item });
            }
        }
    }

    /// Takes the sound at `address`, which no feed tells anything of.
    fn take_sound_at(&mut self, address: &str, kind: &str) {
        let folder: Arc<Path> = self.here().into();
        let file = web::file_name(address);
        let stem = Path::new(&file).file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let guid = web::public(address).into_owned();
        let stem = self.names_in(&folder).stem(&guid, || names::name(&stem));
        let sound = Enclosure { address: address.to_owned(), bytes: None, kind: kind.to_owned() };
        let about = About { sound: guid.clone(), ..About::default() };
        self.found.items.push(Item {
            origin: Origin::Enclosure { guid, sound: Box::new(sound), validator: None },
            outputs: Outputs::named(folder, stem),
            about: Arc::new(about),
            lead: Vec::new(),
            people: Vec::new(),
            regulars: Arc::default(),
            length: None,
            chapters_at: None,
            page: None,
        });
    }
}

fn item(
    episode: Episode,
    show: &str,
    folder: &Arc<Path>,
    known: &mut Known,
    pattern: Option<&str>,
) -> Option<Item> {
    let sound = episode.sound?;
    let stem = known.stem(&episode.guid, || match pattern {
        Some(pattern) => names::by(pattern, episode.date, &episode.title, show),
        None => names::of_episode(episode.date, &episode.title),
    });
    let about = About {
        title: episode.title,
        show: show.to_owned(),
        date: episode.date,
        sound: web::public(&sound.address).into_owned(),
        page: web::public(&episode.page).into_owned(),
        people: episode.credits,
        chapters: episode.chapters,
        ..About::default()
    };
    // What stands in the feed need not be asked for.
    let is_known = !about.chapters.is_empty();
    Some(Item {
        origin: Origin::Enclosure { guid: episode.guid, sound: Box::new(sound), validator: None },
        outputs: Outputs::named(Arc::clone(folder), stem),
        about: Arc::new(about),
        lead: episode.lead,
        people: episode.people,
        regulars: Arc::default(),
        length: episode.duration,
        chapters_at: episode.chapters_at.filter(|_| !is_known),
        page: None,
    })
}

/// What the episodes of a show are called already: a title that was changed later changes
/// no file's name.
pub(super) struct Known {
    stems: BTreeMap<String, String>,
    taken: BTreeSet<String>,
}

impl Known {
    fn of(folder: &Path) -> Known {
        let noted = |outputs: Outputs| {
            // One that cannot be read is told of where the episode's standing is asked.
            let made = outputs.receipt().ok().flatten().and_then(|receipt| receipt.made);
            let source = made.map(|made| made.source);
            let source = source.or_else(|| outputs.failure().map(|failure| failure.source))?;
            // Earlier versions noted addresses as they were.
            let guid = web::public(&source.guid?).into_owned();
            Some((guid, outputs.name()))
        };
        let all = Outputs::noted_in(folder).into_iter();
        let stems: BTreeMap<_, _> = all.filter_map(noted).collect();
        Known { taken: stems.values().cloned().collect(), stems }
    }

    /// Whether there is an episode `guid`.
    fn has(&self, guid: &str) -> bool {
        self.stems.contains_key(guid)
    }

    /// The name of the episode `guid`: the one that it has, else `fresh` if it is free.
    fn stem(&mut self, guid: &str, fresh: impl FnOnce() -> String) -> String {
        if let Some(stem) = self.stems.get(guid) {
            return stem.clone();
        }
        let fresh = fresh();
        // Two episodes of one day and title are told apart by what the feed calls them.
        let stem = if self.taken.contains(&fresh) {
            format!("{fresh} {}", &digest(guid.as_bytes())[..6])
        } else {
            fresh
        };
        self.taken.insert(stem.clone());
        self.stems.insert(guid.to_owned(), stem.clone());
        stem
    }
}

/// The copy of a feed that an archive keeps, to ask only for what is new.
///
/// Where addresses in it open something, it is called otherwise, is its owner's alone, and
/// leaves this machine never.
struct Copy {
    folder: PathBuf,
    name: String,
}

/// What is kept of a feed.
struct Kept {
    bytes: Vec<u8>,
    notes: Notes,
}

/// What is noted of it.
#[derive(Default, Serialize, Deserialize)]
struct Notes {
    #[serde(flatten)]
    validators: Validators,
    /// Where it came from, if that is elsewhere than where it was asked for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    place: String,
}

impl Kept {
    fn of(fetched: Fetched) -> Kept {
        let Fetched { bytes, validators, place } = fetched;
        Kept { bytes, notes: Notes { validators, place } }
    }

    /// The feed, asked for at `address`.
    fn parse(&self, address: &str) -> Result<Feed, FeedError> {
        let place = if self.notes.place.is_empty() { address } else { &self.notes.place };
        Feed::parse(&self.bytes, place)
    }

    fn is_public(&self) -> bool {
        web::is_public(&self.notes.place) && web::without_secrets(&self.bytes).is_none()
    }
}

impl Copy {
    fn of(out: &Path, address: &str) -> Copy {
        let name = digest(address.as_bytes())[..16].to_owned();
        Copy { folder: out.join(OWN).join(FEEDS), name }
    }

    /// The file that is called so, and the notes on it.
    fn paths(&self, beginning: &str) -> [PathBuf; 2] {
        ["xml", "json"].map(|kind| self.folder.join(format!("{beginning}{}.{kind}", self.name)))
    }

    fn read(&self) -> Option<Kept> {
        [PRIVATE, ""].into_iter().find_map(|beginning| {
            let [xml, notes] = self.paths(beginning);
            let notes = serde_json::from_slice(&fs::read(notes).ok()?).ok()?;
            Some(Kept { bytes: fs::read(xml).ok()?, notes })
        })
    }

    fn write(&self, kept: &Kept) -> io::Result<()> {
        let is_public = kept.is_public();
        let (write, beginning, other): (fn(&Path, &[u8]) -> _, _, _) = match is_public {
            true => (write_atomic, "", PRIVATE),
            false => (write_private, PRIVATE, ""),
        };
        fs::create_dir_all(&self.folder)?;
        let [xml, notes] = self.paths(beginning);
        write(&xml, &kept.bytes)?;
        write(&notes, &serde_json::to_vec(&kept.notes).map_err(io::Error::from)?)?;
        for stale in self.paths(other) {
            remove_if_there(&stale)?;
        }
        Ok(())
    }

    /// Hides the copy that an earlier version left open to everybody.
    fn hide(&self, kept: &Kept) -> io::Result<()> {
        let is_open = self.paths("").iter().any(|path| path.exists());
        if is_open && !kept.is_public() { self.write(kept) } else { Ok(()) }
    }
}
