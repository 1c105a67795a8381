//! The episodes of a feed.

use super::{
    description,
    elements::{Channel, Entry, Linked},
    people,
};
use crate::{
    base::{
        show::Person,
        time::Time,
        transcript::{Chapter, Credit, Date},
    },
    net::web,
};
use chrono::{DateTime, Datelike};
use std::collections::{BTreeMap, BTreeSet};

/// An episode, as its feed tells. An empty text is not told.
#[derive(Debug, Clone, PartialEq)]
pub struct Episode {
    /// What the feed calls it, the same for ever: its `guid`, else the address of its sound as
    /// it is written. What is secret in an address is not in it.
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
    /// The first paragraphs of what its publisher says of it.
    pub lead: Vec<String>,
    /// Its chapters, where they stand in the feed.
    pub chapters: Vec<Chapter>,
    /// The address of its chapters, where they stand elsewhere; see `Feed::fetch_chapters`.
    ///
    pub chapters_at: Option<String>,
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

/// The episodes of `channel`, in its order, each once.
pub(super) fn of(channel: &mut Channel) -> Vec<Episode> {
    let entries = std::mem::take(&mut channel.entries);
    let mut episodes: Vec<(Episode, String)> = Vec::new();
    let mut known = BTreeSet::new();
    let mut n_called: BTreeMap<String, usize> = BTreeMap::new();
    for entry in entries {
        let written = entry.sound.as_ref().map(|sound| sound.written.clone());
        let written = web::public(&written.unwrap_or_default()).into_owned();
        let episode = episode(entry, channel);
        // The same sound under the same name is there twice, and not two episodes.
        if episode.sound.is_none() || known.insert((episode.guid.clone(), written.clone())) {
            *n_called.entry(episode.guid.clone()).or_default() += 1;
            episodes.push((episode, written));
        }
    }
    let episode = |(episode, written): (Episode, String)| {
        // A name that several have is none: their sound tells them apart.
        let is_shared = n_called.get(&episode.guid).is_some_and(|n_called| *n_called > 1);
        let is_called = is_shared && !written.is_empty();
        Episode { guid: if is_called { written } else { episode.guid }, ..episode }
    };
    episodes.into_iter().map(episode).collect()
}

fn episode(entry: Entry, channel: &Channel) -> Episode {
    let credits = people::credits(&entry.people, &channel.people);
    let sound = entry.sound.filter(Linked::is_sound);
    let written = sound.as_ref().map(|sound| sound.written.clone());
    let guid = match entry.guid.as_str() {
        "" => written.unwrap_or_else(|| entry.page.clone()),
        guid => guid.to_owned(),
    };
    let enclosure = |sound: Linked| {
        Some(Enclosure {
            address: sound.address?,
            bytes: sound.length.trim().parse().ok().filter(|bytes| *bytes > 0),
            kind: sound.kind.trim().to_owned(),
        })
    };
    Episode {
        guid: web::public(&guid).into_owned(),
        title: people::tidy(&entry.title),
        date: date(&entry.date),
        page: entry.page,
        duration: clock(&entry.duration),
        people: people::of_entry(&entry.people),
        credits,
        lead: description::lead(&entry.description),
        chapters: Chapter::list(entry.chapters),
        chapters_at: Some(entry.chapters_at).filter(|address| !address.is_empty()),
        sound: sound.and_then(enclosure),
    }
}

/// The day of RSS, or of Atom.
fn date(text: &str) -> Option<Date> {
    let moment = DateTime::parse_from_rfc2822(text.trim());
    let moment = moment.or_else(|_| DateTime::parse_from_rfc3339(text.trim()));
    moment.ok().and_then(day).or_else(|| Date::parse_iso(text))
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
        let iso = |text| date(text).map(Date::iso);
        assert_eq!(iso("Tue, 01 Oct 2019 00:30:00 +0200").as_deref(), Some("2019-10-01"));
        assert_eq!(iso("2019-10-01T00:30:00+02:00").as_deref(), Some("2019-10-01"));
        assert_eq!(iso("hier"), None);
    }
}
