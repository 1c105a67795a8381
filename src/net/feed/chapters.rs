//! Chapters of episodes: in the feed itself (`<psc:chapters>`, Podlove Simple Chapters), or in
//! a file of JSON that it names (`<podcast:chapters>`, podcastindex.org/namespace/1.0).

use super::{Feed, FeedError, FeedSettings, limits};
use crate::{
    base::{time::Time, transcript::Chapter},
    net::web,
};
use serde::{
    Deserialize, Deserializer,
    de::{Error, SeqAccess, Visitor},
};
use std::fmt;

/// Latest start that is read, in seconds: a month.
const LATEST: f64 = 2_592_000.0;

/// Most bytes of a file of chapters; pictures and links are named in it, too.
const BYTES_MAX: u64 = 2_000_000;

/// The file of the podcast namespace.
#[derive(Deserialize)]
struct File {
    #[serde(deserialize_with = "counted")]
    chapters: Vec<Section>,
}

/// The sections, up to the most that an episode has: a few bytes each may be a million.
fn counted<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Section>, D::Error> {
    struct Sections;
    impl<'de> Visitor<'de> for Sections {
        type Value = Vec<Section>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of chapters")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Section>, A::Error> {
            let mut sections = Vec::new();
            while let Some(section) = list.next_element()? {
                limits::chapters(sections.len()).map_err(A::Error::custom)?;
                sections.push(section);
            }
            Ok(sections)
        }
    }
    deserializer.deserialize_seq(Sections)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Section {
    /// s.
    start_time: f64,
    #[serde(default)]
    title: Option<String>,
    /// False where it only changes the picture.
    #[serde(default)]
    toc: Option<bool>,
}

impl Feed {
    /// The chapters in the file at `address`.
    ///
    /// # Errors
    /// [`FeedError::Unreachable`], [`FeedError::Refused`], [`FeedError::TooLong`], or
    /// [`FeedError::Malformed`] where it is no such file.
    pub(crate) fn fetch_chapters(
        address: &str,
        settings: FeedSettings,
    ) -> Result<Vec<Chapter>, FeedError> {
        let settings = FeedSettings { bytes_max: BYTES_MAX, ..settings };
        parse(&Feed::fetch_once(address, settings)?).map_err(|reason| FeedError::Malformed {
            place: web::public(address).into_owned(),
            reason,
        })
    }
}

fn parse(json: &[u8]) -> Result<Vec<Chapter>, String> {
    let File { chapters } = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    let listed = chapters.into_iter().filter(|section| section.toc != Some(false));
    let chapter = |section: Section| Some((time(section.start_time)?, section.title?));
    Ok(Chapter::list(listed.filter_map(chapter)))
}

/// A time as chapters have it: `00:41:07.250`, `41:07`, `2467`.
pub(super) fn clock(text: &str) -> Option<Time> {
    let parts = text.trim().split(':').map(|part| part.parse::<f64>().ok());
    let parts = parts.collect::<Option<Vec<f64>>>().filter(|parts| parts.len() <= 3)?;
    time(parts.into_iter().fold(0.0, |sum, part| sum * 60.0 + part))
}

fn time(seconds: f64) -> Option<Time> {
    let is_in = (0.0..=LATEST).contains(&seconds);
    is_in.then(|| Time::from_millis((seconds * 1_000.0).round() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chapters_of_a_file_are_those_that_have_a_title_and_are_listed() {
        let json = br#"{"version": "1.2.0", "chapters": [
            {"startTime": 61.5, "title": " Le  libre "}, {"startTime": 0, "title": "Avant"},
            {"startTime": 70, "title": "Image", "toc": false}, {"startTime": 80},
            {"startTime": -1, "title": "Jamais"}]}"#;
        assert_eq!(shown(&parse(json).unwrap()), ["0 Avant", "61500 Le libre"]);
        assert!(parse(b"<html>").is_err());
    }

    #[test]
    fn a_million_chapters_are_refused_before_they_are_read() {
        let json = format!("{{\"chapters\": [{}0]}}", "{\"startTime\":0},".repeat(1_000_000));
        let reason = parse(json.as_bytes()).unwrap_err();
        assert!(reason.starts_with("an episode has more than 1500 chapters"), "{reason}");
    }

    #[test]
    fn chapters_in_a_feed_are_found_under_any_prefix() {
        let feed = |prefix: &str| {
            format!(
                "<rss xmlns:{prefix}=\"http://podlove.org/simple-chapters\"><channel>\
                 <title>t</title><item><{prefix}:chapters>\
                 <{prefix}:chapter start=\"00:01:01.5\" title=\"Le libre\"/>\
                 <{prefix}:chapter start=\"0\" title=\"Avant\"/></{prefix}:chapters></item>\
                 </channel></rss>"
            )
        };
        for prefix in ["psc", "chapitres"] {
            let feed = Feed::parse(feed(prefix).as_bytes(), "flux.xml").unwrap();
            assert_eq!(shown(&feed.episodes[0].chapters), ["0 Avant", "61500 Le libre"]);
        }
    }

    fn shown(chapters: &[Chapter]) -> Vec<String> {
        chapters.iter().map(|it| format!("{} {}", it.start.as_millis(), it.title)).collect()
    }
}
