//! The episodes of feeds, and the copies of feeds that an archive keeps.

use super::{Finder, Item, Origin, names};
use crate::{
    feed::{Answer, Episode, Feed, FeedError, FeedSettings, Validators},
    outputs::{OWN, Outputs, digest},
    store::{remedy, write_atomic},
    transcript::About,
};
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
    let entries = fs::read_dir(out.join(OWN).join("feeds")).into_iter().flatten().flatten();
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
pub(super) fn is_feed(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(512).read_to_end(&mut head));
    let text = String::from_utf8_lossy(&head);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    read.is_ok() && ["<?xml", "<rss", "<feed", "<!--"].iter().any(|begin| text.starts_with(begin))
}

impl Finder<'_> {
    /// Asks for the feed at `address`; a server that is away is no loss where the archive
    /// has a copy.
    pub(super) fn look_at_feed(&mut self, address: &str) {
        let Some(out) = self.out_for(address, "feed") else { return };
        let copy = Copy::of(&out, address);
        let kept = copy.read();
        let Some(settings) = self.settings.feed else {
            // Without a copy, nothing of it is known yet.
            let Some((bytes, _)) = kept else { return };
            return self.take_feed(Feed::parse(&bytes, address), address);
        };
        let validators = kept.as_ref().map(|(_, validators)| validators.clone());
        let fetched = Feed::fetch_again(address, settings, validators.as_ref());
        let feed = match (fetched, kept) {
            (Ok(Answer::Changed(bytes, validators)), _) => {
                let feed = Feed::parse(&bytes, address);
                if feed.is_ok()
                    && let Err(error) = copy.write(&bytes, &validators)
                {
                    self.no_copy(address, &error);
                }
                feed
            }
            (Ok(Answer::Unchanged), Some((bytes, _))) => Feed::parse(&bytes, address),
            (Err(error), Some((bytes, _))) => {
                self.feed_problem(address, &error);
                Feed::parse(&bytes, address)
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
                let is_new = copy.read().is_none_or(|(known, _)| known != bytes);
                if is_new { copy.write(&bytes, &Validators::default()) } else { Ok(()) }
            });
            if let Err(error) = kept {
                self.no_copy(&place, &error);
            }
        }
        self.take_feed(feed, &place);
    }

    fn no_copy(&mut self, feed: &str, error: &io::Error) {
        let reason = format!("a copy of the feed cannot be kept: {error}");
        self.problem(feed, &reason, remedy(error));
    }

    /// Takes the episodes of a feed.
    pub(super) fn take_feed(&mut self, feed: Result<Feed, FeedError>, source: &str) {
        let feed = match feed {
            Ok(feed) => feed,
            Err(error) => return self.feed_problem(source, &error),
        };
        let Some(out) = self.out_for(source, "feed") else { return };
        let folder: Arc<Path> = out.join(names::name(&feed.show.title)).into();
        let mut known = Known::of(&folder);
        let regulars: Arc<[String]> = feed.regulars.into();
        for episode in feed.episodes {
            if let Some(item) = item(episode, &feed.show.title, &folder, &mut known) {
                self.found.items.push(Item { regulars: Arc::clone(&regulars), ..item });
            }
        }
    }
}

fn item(episode: Episode, show: &str, folder: &Arc<Path>, known: &mut Known) -> Option<Item> {
    let sound = episode.sound?;
    let stem = known.stem(&episode.guid, || names::of_episode(episode.date, &episode.title));
    let about = About {
        title: episode.title,
        show: show.to_owned(),
        date: episode.date,
        sound: sound.address.clone(),
        page: episode.page,
        people: episode.credits,
        chapters: episode.chapters,
        ..About::default()
    };
    // What stands in the feed need not be asked for.
    let is_known = !about.chapters.is_empty();
    Some(Item {
        origin: Origin::Enclosure {
            guid: episode.guid,
            sound: Box::new(sound),
            mark: Box::default(),
        },
        outputs: Outputs::named(Arc::clone(folder), stem),
        about: Arc::new(about),
        people: episode.people,
        regulars: Arc::default(),
        length: episode.duration,
        chapters_at: if is_known { String::new() } else { episode.chapters_at },
    })
}

/// What the episodes of a show are called already: a title that was changed later changes
/// no file's name.
struct Known {
    stems: BTreeMap<String, String>,
    taken: BTreeSet<String>,
}

impl Known {
    fn of(folder: &Path) -> Known {
        let noted = |outputs: Outputs| {
            let made = outputs.receipt().and_then(|receipt| receipt.made);
            let source = made.map(|made| made.source);
            let source = source.or_else(|| outputs.failure().map(|failure| failure.source))?;
            (!source.guid.is_empty()).then(|| (source.guid, outputs.name()))
        };
        let all = Outputs::all_in(folder).into_iter().chain(Outputs::failed_in(folder));
        let stems: BTreeMap<_, _> = all.filter_map(noted).collect();
        Known { taken: stems.values().cloned().collect(), stems }
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
struct Copy {
    xml: PathBuf,
    validators: PathBuf,
}

impl Copy {
    fn of(out: &Path, address: &str) -> Copy {
        let name = &digest(address.as_bytes())[..16];
        let folder = out.join(OWN).join("feeds");
        Copy {
            xml: folder.join(format!("{name}.xml")),
            validators: folder.join(format!("{name}.json")),
        }
    }

    fn read(&self) -> Option<(Vec<u8>, Validators)> {
        let validators = serde_json::from_slice(&fs::read(&self.validators).ok()?).ok()?;
        Some((fs::read(&self.xml).ok()?, validators))
    }

    fn write(&self, bytes: &[u8], validators: &Validators) -> io::Result<()> {
        fs::create_dir_all(self.xml.parent().unwrap_or(Path::new("")))?;
        write_atomic(&self.xml, bytes)?;
        let text = serde_json::to_vec(validators).map_err(io::Error::from)?;
        write_atomic(&self.validators, &text)
    }
}
