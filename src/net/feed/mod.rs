//! Feeds of podcasts: what RSS 2.0 or Atom says of a show, its people and its episodes.
//!
//! People are named by `<podcast:person>` (podcastindex.org/namespace/1.0), in the
//! channel or in its items. Few feeds have it; without it there is only the author,
//! which is as often a radio station. So what is found is a beginning that a person
//! edits, and what is guessed is marked. Notes of episodes are not searched: they
//! repeat what the publisher writes, not what the announcer says.

mod chapters;
mod description;
mod elements;
mod episodes;
mod fetch;
mod limits;
mod people;
mod reading;

pub use episodes::{Enclosure, Episode};
pub use fetch::{Answer, Fetched};

use crate::{
    base::guidance::{Guidance, Guided},
    base::show::{Person, Show, Term},
    net::web::{self, Wait},
};
use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    time::Duration,
};

/// How to reach a feed.
#[derive(Debug, Clone, Copy)]
pub struct FeedSettings {
    /// Time after which a server that does not answer counts as out of reach.
    pub connect_timeout: Duration,
    /// Time for the whole answer.
    pub timeout: Duration,
    /// Most bytes of a feed; also of one on disk.
    pub bytes_max: u64,
}

impl FeedSettings {
    /// Feeds of some thousand episodes have around 20 MB.
    pub const PODCAST: FeedSettings = FeedSettings {
        connect_timeout: Duration::from_secs(10),
        timeout: Duration::from_secs(120),
        bytes_max: 50_000_000,
    };
}

/// What a feed says.
#[derive(Debug, Clone, PartialEq)]
pub struct Feed {
    /// The show, as far as the feed knows it. No boilerplate and no number of speakers.
    pub show: Show,
    /// Where its people come from.
    pub people_from: PeopleFrom,
    /// Who may be heard in any of its episodes: people of its channel, not those of single
    /// episodes; else its author, where that looks like a person.
    pub regulars: Vec<String>,
    /// Its episodes, in the order of the feed: as a rule, the latest first.
    pub episodes: Vec<Episode>,
}

/// Where the people of a feed come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeopleFrom {
    /// From its person tags; the feed means them.
    Tags,
    /// From the name of its author, who may be heard or not. Also of nobody.
    Author,
}

/// Why there is no feed.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// No server can be asked for such an address.
    #[error("`{address}` cannot be asked for: {reason}")]
    Unaskable {
        /// Address of the feed.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The server cannot be reached, or stops before the end.
    #[error("`{address}` cannot be read: {reason}")]
    Unreachable {
        /// Address of the feed.
        address: String,
        /// As told by the network.
        reason: String,
    },
    /// The server answers that it does not give the feed.
    #[error("`{address}` is not given out: the server answers {status}")]
    Refused {
        /// Address of the feed.
        address: String,
        /// HTTP status.
        status: u16,
    },
    /// The server asks to be left alone.
    #[error("`{address}` is not given out now: {wait}")]
    Waits {
        /// Address of the feed.
        address: String,
        /// Which server, and for how long.
        wait: Wait,
    },
    /// More than a feed can sensibly have.
    #[error("`{place}` is no podcast feed: it has more than {} MB", bytes_max / 1_000_000)]
    TooLong {
        /// File or address.
        place: String,
        /// Most bytes that are read.
        bytes_max: u64,
    },
    /// It is there and is something else, or damaged.
    #[error("`{place}` is no podcast feed: {reason}")]
    Malformed {
        /// File or address.
        place: String,
        /// What is wrong.
        reason: String,
    },
    /// The file cannot be read.
    #[error("`{}` cannot be read", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl Guided for FeedError {
    fn guidance(&self) -> Option<Guidance> {
        Some(match self {
            FeedError::Unaskable { .. } => Guidance::AsciiServer,
            FeedError::Unreachable { .. } => Guidance::SaveFeed,
            FeedError::Refused { .. } => Guidance::SaveFeedByBrowser,
            FeedError::Waits { .. } => Guidance::AfterWait,
            FeedError::TooLong { .. } | FeedError::Malformed { .. } => Guidance::NameFeed,
            FeedError::File { .. } => Guidance::ExistingFile,
        })
    }
}

impl Feed {
    /// Whether `source` is the address of a feed, and not the path of a file.
    pub fn is_address(source: &str) -> bool {
        web::typed(source).is_some()
    }

    /// The feed in the file at `path`.
    ///
    /// # Errors
    /// [`FeedError::File`], [`FeedError::TooLong`] or [`FeedError::Malformed`].
    pub fn read(path: &Path, settings: FeedSettings) -> Result<Feed, FeedError> {
        let of_file = |source| FeedError::File { path: path.to_owned(), source };
        let place = path.display().to_string();
        let file = File::open(path).map_err(of_file)?;
        let bytes = limited(file, &place, settings.bytes_max, of_file)?;
        Feed::parse(&bytes, &place)
    }

    /// The feed that `xml` is; `place`, its file or address, is named in errors, and relative
    /// addresses are seen from it.
    ///
    /// ```
    /// use voixoff::net::feed::Feed;
    ///
    /// let xml = b"<rss><channel><title>Libre a vous</title></channel></rss>";
    /// assert_eq!(Feed::parse(xml, "flux.xml")?.show.title, "Libre a vous");
    /// # Ok::<(), voixoff::net::feed::FeedError>(())
    /// ```
    ///
    /// # Errors
    /// [`FeedError::Malformed`] if it is not well-formed RSS or Atom, has no title, or more of
    /// anything than a podcast has.
    pub fn parse(xml: &[u8], place: &str) -> Result<Feed, FeedError> {
        let malformed = |reason: String| FeedError::Malformed {
            place: web::public(place).into_owned(),
            reason,
        };
        let mut channel = reading::read(xml, place).map_err(malformed)?;
        let title = people::tidy(&channel.title);
        if title.is_empty() {
            return Err(malformed("it has no title".to_owned()));
        }
        let (people, people_from) = match people::tagged(&channel) {
            Some(people) => (people, PeopleFrom::Tags),
            None => (people::author(&channel, &title).into_iter().collect(), PeopleFrom::Author),
        };
        let regulars = people::regulars(&channel, &title);
        let episodes = episodes::of(&mut channel);
        Ok(Feed { show: show(title, people), people_from, regulars, episodes })
    }
}

/// A show of this title and these people, whose names are to be spelt so.
fn show(title: String, people: Vec<Person>) -> Show {
    let names = people.iter().map(|person: &Person| person.name.clone());
    let lexicon = names.chain([title.clone()]).map(Term::new).collect();
    Show { title, lexicon, people, ..Show::default() }
}

/// All bytes of `source`, at most `bytes_max`; `unread` names what cannot be read.
fn limited(
    source: impl Read,
    place: &str,
    bytes_max: u64,
    unread: impl FnOnce(io::Error) -> FeedError,
) -> Result<Vec<u8>, FeedError> {
    let mut bytes = Vec::new();
    source.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes).map_err(unread)?;
    if bytes.len() as u64 > bytes_max {
        return Err(FeedError::TooLong { place: place.to_owned(), bytes_max });
    }
    Ok(bytes)
}
