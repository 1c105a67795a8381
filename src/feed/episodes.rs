//! The episodes of a feed.

use super::{chapters, people};
use crate::{
    show::Person,
    time::Time,
    transcript::{Chapter, Credit, Date},
};
use chrono::{DateTime, Datelike};

/// An episode, as its feed tells. An empty text is not told.
#[derive(Debug, Clone, PartialEq)]
pub struct Episode {
    /// What the feed calls it, the same for ever: its `guid`, else the address of its sound.
    pub guid: String,
    /// Its title.
    pub title: String,
    /// When it was published.
    pub date: Option<Date>,
    /// Address of its page.
    pub page: String,
    /// Its sound; `None` of a message without any.
    pub sound: Option<Enclosure>,
    /// How long it is.
    pub duration: Option<Time>,
    /// Who is heard in it.
    pub people: Vec<Person>,
    /// Who has a part in it, in the words of the feed; those of the show where it names nobody.
    pub credits: Vec<Credit>,
    /// Its chapters, where they stand in the feed.
    pub chapters: Vec<Chapter>,
    /// The address of its chapters, where they stand elsewhere; see [`Feed::fetch_chapters`].
    ///
    /// [`Feed::fetch_chapters`]: super::Feed::fetch_chapters
    pub chapters_at: String,
}

/// The sound of an episode, to be downloaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enclosure {
    /// Its address.
    pub address: String,
    /// Its length in bytes, as the feed has it: often wrong.
    pub bytes: Option<u64>,
    /// Its media type.
    pub kind: String,
}

impl Enclosure {
    fn new(address: &str, length: &str, kind: &str) -> Option<Enclosure> {
        let is_sound = kind.is_empty() || kind.starts_with("audio/") || kind.starts_with("video/");
        (super::Feed::is_address(address) && is_sound).then(|| Enclosure {
            address: address.trim().to_owned(),
            bytes: length.trim().parse().ok().filter(|bytes| *bytes > 0),
            kind: kind.to_owned(),
        })
    }
}

pub(super) fn of_channel(channel: &rss::Channel) -> Vec<Episode> {
    let episode = |item: &rss::Item| {
        let sound = item.enclosure();
        let sound =
            sound.and_then(|sound| Enclosure::new(sound.url(), sound.length(), sound.mime_type()));
        let guid = item.guid().map(|guid| guid.value().trim()).filter(|guid| !guid.is_empty());
        let itunes = item.itunes_ext();
        let title = item.title().unwrap_or_default();
        Episode {
            guid: guid.map(str::to_owned).unwrap_or_else(|| address(sound.as_ref(), item.link())),
            title: people::tidy(title),
            date: item.pub_date().and_then(rfc_2822),
            page: item.link().unwrap_or_default().trim().to_owned(),
            duration: itunes.and_then(|itunes| itunes.duration()).and_then(clock),
            people: people::of_item(channel, item),
            credits: people::credits(channel, item),
            chapters: chapters::inline(channel, item),
            chapters_at: chapters::address(channel, item),
            sound,
        }
    };
    channel.items().iter().map(episode).collect()
}

pub(super) fn of_atom(feed: &atom_syndication::Feed) -> Vec<Episode> {
    let episode = |entry: &atom_syndication::Entry| {
        let link = |rel: &str| entry.links().iter().find(|link| link.rel() == rel);
        let sound = link("enclosure").and_then(|link| {
            let (length, kind) = (link.length(), link.mime_type());
            Enclosure::new(link.href(), length.unwrap_or_default(), kind.unwrap_or_default())
        });
        let page = link("alternate").map(|link| link.href().trim().to_owned());
        let date = entry.published().or(Some(entry.updated()));
        Episode {
            guid: match entry.id().trim() {
                "" => address(sound.as_ref(), page.as_deref()),
                id => id.to_owned(),
            },
            title: people::tidy(entry.title()),
            date: date.and_then(|date| day(*date)),
            page: page.unwrap_or_default(),
            duration: None,
            people: Vec::new(),
            credits: Vec::new(),
            chapters: Vec::new(),
            chapters_at: String::new(),
            sound,
        }
    };
    feed.entries().iter().map(episode).collect()
}

fn address(sound: Option<&Enclosure>, page: Option<&str>) -> String {
    sound.map(|sound| sound.address.clone()).or(page.map(str::to_owned)).unwrap_or_default()
}

fn rfc_2822(text: &str) -> Option<Date> {
    DateTime::parse_from_rfc2822(text.trim()).ok().and_then(day).or_else(|| Date::parse_iso(text))
}

/// The day where it was published, not the day in Greenwich.
fn day(moment: DateTime<chrono::FixedOffset>) -> Option<Date> {
    let year = u16::try_from(moment.year()).ok()?;
    Date::new(year, moment.month().try_into().ok()?, moment.day().try_into().ok()?)
}

/// A duration as feeds write it: `3723`, `62:03`, `1:02:03`.
fn clock(text: &str) -> Option<Time> {
    let parts: Option<Vec<u64>> = text.trim().split(':').map(|part| part.parse().ok()).collect();
    let parts = parts.filter(|parts| parts.len() <= 3)?;
    let seconds = parts
        .into_iter()
        .try_fold(0_u64, |sum, part| sum.checked_mul(60).and_then(|sum| sum.checked_add(part)))?;
    // Longer than a month is a mistake.
    (1..=2_592_000).contains(&seconds).then(|| Time::from_millis(seconds * 1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_feeds_write_them() {
        let seconds = |text| clock(text).map(Time::as_secs_f64);
        assert_eq!(seconds("3723"), Some(3723.0));
        assert_eq!(seconds(" 62:03"), Some(3723.0));
        assert_eq!(seconds("1:02:03"), Some(3723.0));
        for text in ["", "0", "1:2:3:4", "une heure", "99999999999999999999"] {
            assert_eq!(clock(text), None, "{text}");
        }
    }

    #[test]
    fn a_day_is_that_of_the_publisher() {
        let date = rfc_2822("Tue, 01 Oct 2019 00:30:00 +0200").unwrap();
        assert_eq!(date.iso(), "2019-10-01");
        assert_eq!(rfc_2822("hier"), None);
    }
}
