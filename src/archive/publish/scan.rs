//! Where the episodes of a feed are in its bytes.

use quick_xml::{
    NsReader, XmlVersion,
    escape::resolve_predefined_entity,
    events::{BytesStart, Event},
    name::{PrefixDeclaration, ResolveResult},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

pub(super) const NAMESPACE: &str = "https://podcastindex.org/namespace/1.0";

/// The same under its first name; feeds of some hosts have it still.
const OLD_NAMESPACE: &str =
    "https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md";

const ATOM: &[u8] = b"http://www.w3.org/2005/Atom";

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Where things are in a feed.
#[derive(Default)]
pub(super) struct Scan {
    /// `None` unless it is a feed.
    pub(super) root: Option<Root>,
    pub(super) items: Vec<Item>,
    kind: Kind,
}

/// What kind of feed it is. Neither has a place of its own for transcripts; both take the
/// elements of other namespaces.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Rss,
    Atom,
}

impl Kind {
    /// By the first tag, which lies in the namespace of Atom or does not.
    fn of(tag: &BytesStart<'_>, is_atom: bool) -> Option<Kind> {
        match tag.local_name().as_ref() {
            b"feed" if is_atom => Some(Kind::Atom),
            _ if tag.name().as_ref() == b"rss" => Some(Kind::Rss),
            _ => None,
        }
    }

    fn is_item(self, tag: &BytesStart<'_>) -> bool {
        match self {
            Kind::Rss => tag.name().as_ref() == b"item",
            Kind::Atom => tag.local_name().as_ref() == b"entry",
        }
    }
}

/// The opening tag of a feed.
pub(super) struct Root {
    /// Where an attribute can be put in.
    pub(super) end: usize,
    /// Of the namespace of podcasts: the one that is declared, else one that is free.
    pub(super) prefix: String,
    pub(super) is_declared: bool,
}

/// An episode of a feed.
#[derive(Default)]
pub(super) struct Item {
    /// What the program calls it: its `guid` or `id`, else the address of its sound, else its
    /// link.
    pub(super) guid: String,
    /// The address of its sound as it is written: what it is called where several have the
    /// same `guid`.
    pub(super) sound: String,
    /// Where its closing tag begins.
    pub(super) end: usize,
    /// Entries of an earlier time, with the line break before them.
    pub(super) old: Vec<Range<usize>>,
}

/// An item that is being read.
#[derive(Default)]
struct OpenItem {
    kind: Kind,
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
    pub(super) fn of(xml: &[u8], base: &str) -> Result<Scan, quick_xml::Error> {
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
            let is_atom = matches!(&namespace, ResolveResult::Bound(name) if name.as_ref() == ATOM);
            let is_podcast = matches!(namespace, ResolveResult::Bound(name)
                if [NAMESPACE.as_bytes(), OLD_NAMESPACE.as_bytes()].contains(&name.as_ref()));
            let part = start..place(&reader);
            match (&event, open.as_mut()) {
                (Event::Eof, _) => return Ok(scan),
                (Event::Start(tag), None) if is_first => {
                    is_first = false;
                    let kind = Kind::of(tag, is_atom);
                    scan.root = kind.map(|_| Root::of(tag, part.end - 1));
                    scan.kind = kind.unwrap_or_default();
                }
                (Event::Start(tag), None) if scan.kind.is_item(tag) => {
                    open = Some(OpenItem { kind: scan.kind, ..OpenItem::default() });
                }
                (Event::End(_), Some(item)) if item.depth == 0 => {
                    let OpenItem { item, texts, .. } = open.take().unwrap_or_default();
                    let named = ["guid", "enclosure", "link"].iter().filter_map(|it| texts.get(it));
                    let guid = named.map(|text| text.trim()).find(|text| !text.is_empty());
                    let guid = guid.unwrap_or_default().to_owned();
                    let sound = texts.get("enclosure").map_or("", |text| text.trim());
                    let sound = sound.to_owned();
                    scan.items.push(Item { guid, sound, end: part.start, ..item });
                }
                (event, Some(item)) => item.read(event, part, is_podcast, (xml, base)),
                _ => (),
            }
        }
    }
}

impl Root {
    fn of(tag: &BytesStart<'_>, end: usize) -> Root {
        let mut taken = BTreeSet::new();
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
            taken.insert(prefix);
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
        let field = match (self.kind, tag.name().as_ref(), tag.local_name().as_ref()) {
            (Kind::Rss, b"guid", _) | (Kind::Atom, _, b"id") => "guid",
            (Kind::Rss, b"link", _) => "link",
            (Kind::Rss, b"enclosure", _) => {
                self.texts.insert("enclosure", attribute(tag, "url"));
                return;
            }
            (Kind::Atom, _, b"link") => {
                let field = match attribute(tag, "rel").as_str() {
                    "enclosure" => "enclosure",
                    "" | "alternate" => "link",
                    _ => return,
                };
                self.texts.entry(field).or_insert_with(|| attribute(tag, "href"));
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

/// The line break and the spaces right before `end`; nothing where something else is there.
pub(super) fn indent(xml: &[u8], end: usize) -> &[u8] {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = end - xml[..end].iter().rev().take_while(|byte| is_blank(byte)).count();
    match &xml[..start] {
        [.., b'\r', b'\n'] => &xml[start - 2..end],
        [.., b'\n'] => &xml[start - 1..end],
        _ => &[],
    }
}

/// `xml` with other text in place of some parts of it.
pub(super) fn edited(xml: &[u8], mut edits: Vec<(Range<usize>, String)>) -> Vec<u8> {
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
    fn entries_of_atom_are_known_by_their_id_or_their_sound() {
        let xml = "<feed xmlns='http://www.w3.org/2005/Atom'><id>non</id>\
                   <entry><link rel='self' href='http://s/0'/><link href='http://s/p'/>\
                   <link rel='enclosure' href='http://s/1.mp3'/></entry>\
                   <entry><id>a&amp;b</id><content><x><id>non</id></x></content></entry></feed>";
        let scan = Scan::of(xml.as_bytes(), "http://x").unwrap();
        let guids: Vec<&str> = scan.items.iter().map(|item| item.guid.as_str()).collect();
        assert_eq!(guids, ["http://s/1.mp3", "a&b"]);
        assert!(scan.items.iter().all(|item| xml[item.end..].starts_with("</entry>")));
        assert!(Scan::of(b"<feed><entry/></feed>", "http://x").unwrap().root.is_none());
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
