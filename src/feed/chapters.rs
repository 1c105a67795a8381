//! Chapters of episodes: in the feed itself (`<psc:chapters>`, Podlove Simple Chapters), or in
//! a file of JSON that it names (`<podcast:chapters>`, podcastindex.org/namespace/1.0).

use super::{Feed, FeedError, FeedSettings, people};
use crate::{time::Time, transcript::Chapter};
use rss::{Channel, Item};
use serde::Deserialize;

/// Latest start that is read, in seconds: a month.
const LATEST: f64 = 2_592_000.0;

/// The file of the podcast namespace.
#[derive(Deserialize)]
struct File {
    chapters: Vec<Section>,
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
    pub fn fetch_chapters(
        address: &str,
        settings: FeedSettings,
    ) -> Result<Vec<Chapter>, FeedError> {
        parse(&Feed::fetch_once(address, settings)?)
            .map_err(|reason| FeedError::Malformed { place: address.to_owned(), reason })
    }
}

fn parse(json: &[u8]) -> Result<Vec<Chapter>, String> {
    let File { chapters } = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    let listed = chapters.into_iter().filter(|section| section.toc != Some(false));
    let chapter = |section: Section| Some((time(section.start_time)?, section.title?));
    Ok(Chapter::list(listed.filter_map(chapter)))
}

/// The chapters that stand in the feed.
pub(super) fn inline(channel: &Channel, item: &Item) -> Vec<Chapter> {
    let is_psc = |address: &str| address.to_lowercase().contains("podlove.org/simple-chapters");
    let named = channel.namespaces().iter().filter(|(_, address)| is_psc(address));
    let prefixes = named.map(|(prefix, _)| prefix.as_str()).chain(["psc"]);
    let lists = prefixes
        .filter_map(|prefix| item.extensions().get(prefix)?.get("chapters"))
        .flatten()
        .filter_map(|list| list.children().get("chapter"));
    let chapter = |tag: &rss::extension::Extension| {
        let start = clock(tag.attrs().get("start")?)?;
        Some((start, tag.attrs().get("title")?.clone()))
    };
    Chapter::list(lists.flatten().filter_map(chapter))
}

/// Where the chapters of `item` are to be had; empty where the feed does not say.
pub(super) fn address(channel: &Channel, item: &Item) -> String {
    let prefixes = people::prefixes(channel).into_iter();
    let mut tags = prefixes
        .filter_map(|prefix| item.extensions().get(prefix)?.get("chapters"))
        .flatten()
        .filter_map(|tag| tag.attrs().get("url"))
        .map(|address| address.trim());
    tags.find(|address| Feed::is_address(address)).unwrap_or_default().to_owned()
}

/// A time as chapters have it: `00:41:07.250`, `41:07`, `2467`.
fn clock(text: &str) -> Option<Time> {
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
            let channel = Channel::read_from(feed(prefix).as_bytes()).unwrap();
            let found = inline(&channel, &channel.items()[0]);
            assert_eq!(shown(&found), ["0 Avant", "61500 Le libre"]);
        }
    }

    fn shown(chapters: &[Chapter]) -> Vec<String> {
        chapters.iter().map(|it| format!("{} {}", it.start.as_millis(), it.title)).collect()
    }
}
