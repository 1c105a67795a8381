//! Copies of feeds in which each episode names its transcripts: `<podcast:transcript>` of
//! Podcasting 2.0.
//!
//! A feed is its publisher's. Nothing of it is written anew: the entries are put in before
//! the end of each item, and all else stays byte for byte, whatever it is.

use super::address;
use crate::{
    archive::{FeedPlace, kept_feeds},
    formats::{Format, escaped},
    outputs::Outputs,
    store::write_atomic,
};
use quick_xml::{
    NsReader, XmlVersion,
    escape::resolve_predefined_entity,
    events::{BytesStart, Event},
    name::{PrefixDeclaration, ResolveResult},
};
use std::{
    collections::BTreeMap,
    fs, io,
    ops::Range,
    path::{Path, PathBuf},
};

const NAMESPACE: &str = "https://podcastindex.org/namespace/1.0";

/// The same under its first name; feeds of some hosts have it still.
const OLD_NAMESPACE: &str =
    "https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md";

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A feed that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedFeed {
    /// Where.
    pub path: PathBuf,
    /// Its episodes.
    pub n_episodes: usize,
    /// Those of them that have transcripts.
    pub n_with_transcripts: usize,
}

/// Why a feed cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum FeedProblem {
    /// It is an Atom feed, whose entries have no place for transcripts.
    #[error("`{}` is an Atom feed: only RSS has transcripts", path.display())]
    Atom {
        /// The copy of the feed.
        path: PathBuf,
    },
    /// It is no XML.
    #[error("`{}` cannot be read: {reason}", path.display())]
    Malformed {
        /// The copy of the feed.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A file cannot be read or written.
    #[error("`{}`: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Writes each feed that `archive` keeps a copy of into the folder of its show, as `feed.xml`,
/// with addresses below `base` for the transcripts that are there, in `language`.
pub fn publish_feeds(
    archive: &Path,
    base: &str,
    language: &str,
) -> Vec<Result<PublishedFeed, FeedProblem>> {
    let entries = Entries { archive, base: base.trim_end_matches('/'), language };
    kept_feeds(archive).iter().map(|place| entries.publish(place)).collect()
}

/// What the entries of a feed have in common.
struct Entries<'a> {
    archive: &'a Path,
    base: &'a str,
    language: &'a str,
}

impl Entries<'_> {
    fn publish(&self, place: &FeedPlace) -> Result<PublishedFeed, FeedProblem> {
        let path = place.folder.join("feed.xml");
        let of_file = |path: &Path| {
            let path = path.to_owned();
            move |source| FeedProblem::File { path, source }
        };
        let xml = fs::read(&place.copy).map_err(of_file(&place.copy))?;
        let malformed =
            |reason: String| FeedProblem::Malformed { path: place.copy.clone(), reason };
        let scan = Scan::of(&xml, self.base).map_err(|error| malformed(error.to_string()))?;
        let Some(root) = scan.root else {
            return Err(FeedProblem::Atom { path: place.copy.clone() });
        };
        let episodes = Outputs::all_in(&place.folder).into_iter().filter_map(|outputs| {
            let guid = outputs.receipt()?.made?.source.guid;
            (!guid.is_empty()).then_some((guid, outputs))
        });
        let episodes: BTreeMap<String, Outputs> = episodes.collect();
        let (mut edits, mut n_with_transcripts) = (Vec::new(), 0);
        for item in &scan.items {
            let links = episodes.get(&item.guid).map(|outputs| self.links(outputs, &root.prefix));
            let links = links.unwrap_or_default();
            n_with_transcripts += usize::from(!links.is_empty());
            edits.extend(item.old.iter().map(|old| (old.clone(), String::new())));
            let indent = String::from_utf8_lossy(indent(&xml, item.end)).into_owned();
            let step = if indent.is_empty() { "" } else { "  " };
            let links = links.iter().map(|link| format!("{step}{link}{indent}"));
            edits.push((item.end..item.end, links.collect::<String>()));
        }
        if n_with_transcripts > 0 && !root.is_declared {
            let declaration = format!(" xmlns:{}=\"{NAMESPACE}\"", root.prefix);
            edits.push((root.end..root.end, declaration));
        }
        fs::create_dir_all(&place.folder).map_err(of_file(&place.folder))?;
        write_atomic(&path, &edited(&xml, edits)).map_err(of_file(&path))?;
        Ok(PublishedFeed { path, n_episodes: scan.items.len(), n_with_transcripts })
    }

    /// The entries of an episode.
    fn links(&self, outputs: &Outputs, prefix: &str) -> Vec<String> {
        let pages = [Format::PodcastHtml, Format::Html].map(|format| outputs.path(format));
        let page = pages.into_iter().find(|page| page.exists());
        let files = [
            (Some(outputs.path(Format::Vtt)), "text/vtt"),
            (Some(outputs.path(Format::Srt)), "application/x-subrip"),
            (Some(outputs.path(Format::PodcastJson)), "application/json"),
            (page, "text/html"),
        ];
        let link = |(path, kind): (Option<PathBuf>, &str)| {
            let path = path.filter(|path| path.exists())?;
            let place = address(path.strip_prefix(self.archive).unwrap_or(&path));
            let url = escaped(&format!("{}/{place}", self.base));
            let language = escaped(self.language);
            Some(format!(
                "<{prefix}:transcript url=\"{url}\" type=\"{kind}\" language=\"{language}\" />"
            ))
        };
        files.into_iter().filter_map(link).collect()
    }
}

/// The line break and the spaces right before `end`; nothing where something else is there.
fn indent(xml: &[u8], end: usize) -> &[u8] {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = end - xml[..end].iter().rev().take_while(|byte| is_blank(byte)).count();
    match &xml[..start] {
        [.., b'\r', b'\n'] => &xml[start - 2..end],
        [.., b'\n'] => &xml[start - 1..end],
        _ => &[],
    }
}

/// `xml` with other text in place of some parts of it.
fn edited(xml: &[u8], mut edits: Vec<(Range<usize>, String)>) -> Vec<u8> {
    edits.sort_by_key(|(part, _)| (part.start, part.end));
    let (mut result, mut at) = (Vec::with_capacity(xml.len()), 0);
    for (part, text) in edits {
        result.extend_from_slice(&xml[at..part.start]);
        result.extend_from_slice(text.as_bytes());
        at = part.end;
    }
    result.extend_from_slice(&xml[at..]);
    result
}

/// Where things are in a feed.
#[derive(Default)]
struct Scan {
    /// `None` unless it is RSS.
    root: Option<Root>,
    items: Vec<Item>,
}

/// The opening tag of a feed.
struct Root {
    /// Where an attribute can be put in.
    end: usize,
    /// Of the namespace of podcasts: the one that is declared, else one that is free.
    prefix: String,
    is_declared: bool,
}

/// An episode of a feed.
#[derive(Default)]
struct Item {
    /// What the program calls it: its `guid`, else the address of its sound, else its link.
    guid: String,
    /// Where its closing tag begins.
    end: usize,
    /// Entries of an earlier time, with the line break before them.
    old: Vec<Range<usize>>,
}

/// An item that is being read.
#[derive(Default)]
struct OpenItem {
    item: Item,
    /// Elements that are open in it.
    depth: usize,
    texts: BTreeMap<&'static str, String>,
    /// Whose text is being read.
    field: Option<&'static str>,
    /// Where an entry of an earlier time begins that is not closed yet.
    old_start: Option<usize>,
}

impl Scan {
    /// Looks through `xml`; entries whose address begins with `base` are of an earlier time.
    fn of(xml: &[u8], base: &str) -> Result<Scan, quick_xml::Error> {
        // The reader leaves a mark at the start uncounted.
        let mark = if xml.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        let mut reader = NsReader::from_reader(&xml[mark..]);
        let place = |reader: &NsReader<&[u8]>| {
            mark + usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
        };
        let (mut scan, mut open, mut is_first) = (Scan::default(), None::<OpenItem>, true);
        loop {
            let start = place(&reader);
            let (namespace, event) = reader.read_resolved_event()?;
            let is_podcast = matches!(namespace, ResolveResult::Bound(name)
                if [NAMESPACE.as_bytes(), OLD_NAMESPACE.as_bytes()].contains(&name.as_ref()));
            let part = start..place(&reader);
            match (&event, open.as_mut()) {
                (Event::Eof, _) => return Ok(scan),
                (Event::Start(tag), None) if is_first => {
                    is_first = false;
                    if tag.name().as_ref() == b"rss" {
                        scan.root = Some(Root::of(tag, part.end - 1));
                    }
                }
                (Event::Start(tag), None) if tag.name().as_ref() == b"item" => {
                    open = Some(OpenItem::default());
                }
                (Event::End(_), Some(item)) if item.depth == 0 => {
                    let OpenItem { item, texts, .. } = open.take().unwrap_or_default();
                    let named = ["guid", "enclosure", "link"].iter().filter_map(|it| texts.get(it));
                    let guid = named.map(|text| text.trim()).find(|text| !text.is_empty());
                    let guid = guid.unwrap_or_default().to_owned();
                    scan.items.push(Item { guid, end: part.start, ..item });
                }
                (event, Some(item)) => item.read(event, part, is_podcast, (xml, base)),
                _ => (),
            }
        }
    }
}

impl Root {
    fn of(tag: &BytesStart<'_>, end: usize) -> Root {
        let mut taken = Vec::new();
        for attribute in tag.attributes().flatten() {
            let Some(PrefixDeclaration::Named(prefix)) = attribute.key.as_namespace_binding()
            else {
                continue;
            };
            let prefix = String::from_utf8_lossy(prefix).into_owned();
            let name = attribute.value.as_ref();
            if [NAMESPACE.as_bytes(), OLD_NAMESPACE.as_bytes()].contains(&name) {
                return Root { end, prefix, is_declared: true };
            }
            taken.push(prefix);
        }
        let names =
            (1_u32..).map(|n| if n == 1 { "podcast".into() } else { format!("podcast{n}") });
        let free = names.into_iter().find(|name| !taken.contains(name));
        Root { end, prefix: free.expect("a tag has few attributes"), is_declared: false }
    }
}

impl OpenItem {
    /// Takes what stands in the item at `part`.
    fn read(
        &mut self,
        event: &Event<'_>,
        part: Range<usize>,
        is_podcast: bool,
        (xml, base): (&[u8], &str),
    ) {
        match event {
            Event::Start(tag) | Event::Empty(tag) => {
                let is_open = matches!(event, Event::Start(_));
                if self.depth == 0 {
                    self.open(tag, is_open);
                    let is_transcript = is_podcast && tag.local_name().as_ref() == b"transcript";
                    if is_transcript && attribute(tag, "url").starts_with(&format!("{base}/")) {
                        let start = part.start - indent(xml, part.start).len();
                        match is_open {
                            true => self.old_start = Some(start),
                            false => self.item.old.push(start..part.end),
                        }
                    }
                }
                self.depth += usize::from(is_open);
            }
            Event::End(_) => {
                self.depth -= 1;
                if self.depth == 0 {
                    self.field = None;
                    let old = self.old_start.take().map(|start| start..part.end);
                    self.item.old.extend(old);
                }
            }
            Event::Text(text) => {
                self.say(&text.xml_content(XmlVersion::Implicit1_0).unwrap_or_default());
            }
            Event::CData(text) => self.say(&text.decode().unwrap_or_default()),
            Event::GeneralRef(reference) => {
                let letter = reference.resolve_char_ref().ok().flatten();
                let name = reference.decode().unwrap_or_default();
                let entity = resolve_predefined_entity(&name).unwrap_or_default();
                self.say(&letter.map_or(entity.to_owned(), String::from));
            }
            _ => (),
        }
    }

    /// Begins an element right below the item.
    fn open(&mut self, tag: &BytesStart<'_>, is_open: bool) {
        let field = match tag.name().as_ref() {
            b"guid" => "guid",
            b"link" => "link",
            b"enclosure" => {
                self.texts.insert("enclosure", attribute(tag, "url"));
                return;
            }
            _ => return,
        };
        self.field = is_open.then_some(field);
    }

    fn say(&mut self, text: &str) {
        if let Some(field) = self.field.filter(|_| self.depth == 1) {
            self.texts.entry(field).or_default().push_str(text);
        }
    }
}

/// What an attribute says; nothing where it is not there.
fn attribute(tag: &BytesStart<'_>, name: &str) -> String {
    let found = tag.try_get_attribute(name).ok().flatten();
    let value = found
        .map(|found| found.decoded_and_normalized_value(XmlVersion::Implicit1_0, tag.decoder()));
    value.and_then(Result::ok).unwrap_or_default().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_found_where_they_are_and_not_where_they_are_told_of() {
        let xml = "<rss><channel><!-- <item></item> --><title><![CDATA[<item>]]></title>\
                   <item><guid> a&amp;b </guid><x><guid>non</guid></x></item>\
                   <item><enclosure url=\"http://s/1?a=1&amp;b=2\"/></item></channel></rss>";
        for mark in ["", "\u{feff}"] {
            let xml = format!("{mark}{xml}");
            let scan = Scan::of(xml.as_bytes(), "http://x").unwrap();
            let guids: Vec<&str> = scan.items.iter().map(|item| item.guid.as_str()).collect();
            assert_eq!(guids, ["a&b", "http://s/1?a=1&b=2"]);
            assert!(scan.items.iter().all(|item| xml[item.end..].starts_with("</item>")));
            let root = scan.root.unwrap();
            assert!(xml[..root.end].ends_with("<rss") && !root.is_declared);
        }
    }

    #[test]
    fn entries_of_ours_are_found_with_the_line_break_that_came_with_them() {
        let xml = "<rss xmlns:p='https://podcastindex.org/namespace/1.0'>\n<item>\n  <guid>a</guid>\n  \
                   <p:transcript url='http://x/1'/>\n  <p:transcript url='http://x/2'></p:transcript>\n  \
                   <p:transcript url='http://ailleurs/1'/>\n</item>\n</rss>";
        let scan = Scan::of(xml.as_bytes(), "http://x").unwrap();
        let edits = scan.items[0].old.iter().map(|old| (old.clone(), String::new())).collect();
        let rest = String::from_utf8(edited(xml.as_bytes(), edits)).unwrap();
        let expected = "<rss xmlns:p='https://podcastindex.org/namespace/1.0'>\n<item>\n  <guid>a</guid>\n  \
                        <p:transcript url='http://ailleurs/1'/>\n</item>\n</rss>";
        assert_eq!(rest, expected);
        assert_eq!(scan.root.unwrap().prefix, "p");
    }
}
