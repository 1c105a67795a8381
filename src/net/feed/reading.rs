//! The elements of a feed that mean something here, one after the other.
//!
//! Feeds come from strangers, and a few bytes of XML can ask for a thousand times their size:
//! a tree of all that stands in 50 MB took nine gigabytes. So nothing is kept but what is
//! used, and all that is kept is counted before it is.

use super::{
    description,
    elements::{Channel, Entry, Linked, Namespace, Tag, attribute, resolved, value},
    limits::{self, Limits},
};
use crate::net::web;
use quick_xml::{
    Reader, XmlVersion,
    events::{BytesStart, Event},
};

/// What kind of feed it is. Elements of RSS have no prefix, whatever namespace is declared for
/// those; those of Atom have any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Rss,
    Atom,
}

/// Where in a feed an element stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Channel,
    Entry,
    Author,
    Chapters,
    /// Its text is this.
    Field(Field),
    Elsewhere,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Title,
    ShowTitle,
    Guid,
    Page,
    Date,
    /// Of an entry that has no better one.
    LaterDate,
    Duration,
    Description,
    AuthorName,
    Person,
}

/// An element that is open.
#[derive(Debug)]
struct Open {
    place: Place,
    /// What addresses in it are relative to, if it says so itself.
    base: Option<String>,
    /// Bindings of prefixes that end with it.
    n_bound: usize,
}

/// A feed that is being read.
struct Feed {
    kind: Kind,
    channel: Channel,
    entry: Option<Entry>,
    tag: Tag,
    text: String,
    open: Vec<Open>,
    bound: Vec<(String, Namespace)>,
    /// The feed's own address; empty where it is not known.
    place: String,
    limits: Limits,
}

/// The feed of `xml`, which is at `place`, if that is an address.
///
/// # Errors
/// Why it is none, in words.
pub(super) fn read(xml: &[u8], place: &str) -> Result<Channel, String> {
    let mut reader = Reader::from_reader(xml);
    let place = if web::is_http(place) { place.to_owned() } else { String::new() };
    let mut feed = Feed {
        kind: Kind::Rss,
        channel: Channel::default(),
        entry: None,
        tag: Tag::default(),
        text: String::new(),
        open: Vec::new(),
        bound: Vec::new(),
        place,
        limits: Limits::default(),
    };
    let mut has_root = false;
    loop {
        let event = reader.read_event().map_err(|error| error.to_string())?;
        match event {
            Event::Start(ref tag) | Event::Empty(ref tag) => {
                if !has_root {
                    feed.kind = kind_of(tag).ok_or(NO_FEED)?;
                    has_root = true;
                }
                feed.open(tag)?;
                if matches!(event, Event::Empty(_)) {
                    feed.close()?;
                }
            }
            Event::End(_) => feed.close()?,
            Event::Text(text) if feed.listens() => {
                feed.say(&text.xml_content(XmlVersion::Implicit1_0).map_err(|e| e.to_string())?)?;
            }
            Event::CData(text) if feed.listens() => {
                feed.say(&text.decode().map_err(|error| error.to_string())?)?;
            }
            Event::GeneralRef(reference) if feed.listens() => feed.say(&resolved(&reference)?)?,
            Event::Eof if !has_root || !feed.open.is_empty() => return Err(CUT.to_owned()),
            Event::Eof => return Ok(feed.channel),
            _ => (),
        }
    }
}

const NO_FEED: &str = "it begins neither with `<rss>` nor with `<feed>`";
const CUT: &str = "it ends before its channel does";

/// What begins with `tag`: RSS, its older form, or Atom.
fn kind_of(tag: &BytesStart<'_>) -> Option<Kind> {
    match tag.local_name().as_ref() {
        b"rss" | b"RDF" => Some(Kind::Rss),
        b"feed" => Some(Kind::Atom),
        _ => None,
    }
}

impl Feed {
    fn place_now(&self) -> Place {
        self.open.last().map_or(Place::Root, |open| open.place)
    }

    /// Whether the text that comes is of use.
    fn listens(&self) -> bool {
        matches!(self.place_now(), Place::Field(_))
    }

    fn open(&mut self, tag: &BytesStart<'_>) -> Result<(), String> {
        self.limits.depth(self.open.len())?;
        let (n_bound, base) = self.declare(tag)?;
        let namespace = self.namespace(tag);
        let has_prefix = tag.name().prefix().is_some();
        let is_own = match self.kind {
            Kind::Rss => !has_prefix,
            Kind::Atom => !has_prefix || namespace == Namespace::Atom,
        };
        let (parent, is_root) = (self.place_now(), self.open.is_empty());
        let place = match (parent, self.kind, tag.local_name().as_ref()) {
            (Place::Root, Kind::Atom, _) if is_root => Place::Channel,
            (Place::Root, Kind::Rss, b"channel") if is_own => Place::Channel,
            (Place::Root | Place::Channel, Kind::Rss, b"item")
            | (Place::Channel, Kind::Atom, b"entry")
                if is_own && self.entry.is_none() =>
            {
                self.limits.entry()?;
                self.entry = Some(Entry::default());
                Place::Entry
            }
            (Place::Root, ..) if is_root => Place::Root,
            (Place::Channel, ..) => self.of_channel(tag, is_own, namespace)?,
            (Place::Entry, ..) => self.of_entry(tag, is_own, namespace, base.as_deref())?,
            (Place::Author, _, b"name") => Place::Field(Field::AuthorName),
            (Place::Chapters, _, b"chapter") => self.chapter(tag)?,
            // XHTML within a title.
            (Place::Field(field), ..) => Place::Field(field),
            _ => Place::Elsewhere,
        };
        if matches!(place, Place::Field(_)) && !matches!(parent, Place::Field(_)) {
            self.text.clear();
        }
        self.open.push(Open { place, base, n_bound });
        Ok(())
    }

    /// What stands right below the channel.
    fn of_channel(
        &mut self,
        tag: &BytesStart<'_>,
        is_own: bool,
        namespace: Namespace,
    ) -> Result<Place, String> {
        Ok(match (namespace, tag.local_name().as_ref()) {
            (_, b"title") if is_own => Place::Field(Field::ShowTitle),
            (_, b"author") if is_own && self.kind == Kind::Atom => Place::Author,
            (Namespace::Itunes, b"author") => Place::Field(Field::AuthorName),
            (Namespace::Atom, b"link") if self.place.is_empty() => {
                // A feed on the disk says where it is at home.
                let is_itself = attribute(tag, "rel")?.as_deref() == Some("self");
                let home = attribute(tag, "href")?.filter(|home| is_itself && web::is_http(home));
                self.place = home.unwrap_or_default();
                Place::Elsewhere
            }
            (Namespace::Podcast, b"person") => self.person(tag)?,
            _ => Place::Elsewhere,
        })
    }

    /// What stands right below an entry; its own `xml:base` counts for itself, too.
    fn of_entry(
        &mut self,
        tag: &BytesStart<'_>,
        is_own: bool,
        namespace: Namespace,
        base: Option<&str>,
    ) -> Result<Place, String> {
        let own = Some(self.kind).filter(|_| is_own);
        Ok(match (own, namespace, tag.local_name().as_ref()) {
            (Some(_), _, b"title") => Place::Field(Field::Title),
            (Some(Kind::Rss), _, b"guid") | (Some(Kind::Atom), _, b"id") => {
                Place::Field(Field::Guid)
            }
            (Some(Kind::Rss), _, b"pubDate") | (Some(Kind::Atom), _, b"published") => {
                Place::Field(Field::Date)
            }
            (Some(Kind::Atom), _, b"updated") => Place::Field(Field::LaterDate),
            (Some(Kind::Rss), _, b"link") => Place::Field(Field::Page),
            (Some(Kind::Rss), _, b"description")
            | (Some(Kind::Atom), _, b"summary")
            | (None, Namespace::Itunes, b"summary") => Place::Field(Field::Description),
            (Some(Kind::Rss), _, b"enclosure") => {
                let sound = self.linked(tag, "url", base)?;
                self.take_sound(sound);
                Place::Elsewhere
            }
            (Some(Kind::Atom), _, b"link") | (None, Namespace::Atom, b"link") => {
                self.link(tag, base)?
            }
            (_, Namespace::Itunes, b"duration") => Place::Field(Field::Duration),
            (_, Namespace::Podcast, b"person") => self.person(tag)?,
            (_, Namespace::Podcast, b"chapters") => {
                let at = self.linked(tag, "url", base)?.address.unwrap_or_default();
                if let Some(entry) = self.entry.as_mut().filter(|it| it.chapters_at.is_empty()) {
                    entry.chapters_at = at;
                }
                Place::Elsewhere
            }
            (_, Namespace::Simple, b"chapters") => Place::Chapters,
            _ => Place::Elsewhere,
        })
    }

    /// Of several, the first that is sound.
    fn take_sound(&mut self, sound: Linked) {
        let Some(entry) = &mut self.entry else { return };
        if entry.sound.as_ref().is_none_or(|known| !known.is_sound()) {
            entry.sound = Some(sound);
        }
    }

    /// A link of Atom, which also stands in entries of RSS.
    fn link(&mut self, tag: &BytesStart<'_>, base: Option<&str>) -> Result<Place, String> {
        let link = self.linked(tag, "href", base)?;
        match (attribute(tag, "rel")?.as_deref().unwrap_or("alternate"), &mut self.entry) {
            ("enclosure", _) => self.take_sound(link),
            ("alternate", Some(entry)) if entry.page.is_empty() => {
                entry.page = link.address.unwrap_or_default();
            }
            _ => (),
        }
        Ok(Place::Elsewhere)
    }

    fn linked(
        &self,
        tag: &BytesStart<'_>,
        name: &str,
        base: Option<&str>,
    ) -> Result<Linked, String> {
        let text = |name: &str| attribute(tag, name).map(Option::unwrap_or_default);
        let written = text(name)?.trim().to_owned();
        let address = web::resolved(&self.base(base), &written);
        Ok(Linked { written, address, length: text("length")?, kind: text("type")? })
    }

    /// What addresses are relative to here; `own` is that of the element itself.
    fn base(&self, own: Option<&str>) -> String {
        let said = self.open.iter().filter_map(|open| open.base.as_deref()).chain(own);
        said.fold(self.place.clone(), |base, said| web::resolved(&base, said).unwrap_or(base))
    }

    fn person(&mut self, tag: &BytesStart<'_>) -> Result<Place, String> {
        let (role, group) = (attribute(tag, "role")?, attribute(tag, "group")?);
        self.tag = Tag { name: String::new(), role, group };
        Ok(Place::Field(Field::Person))
    }

    fn chapter(&mut self, tag: &BytesStart<'_>) -> Result<Place, String> {
        let start = attribute(tag, "start")?.and_then(|start| super::chapters::clock(&start));
        let title = attribute(tag, "title")?;
        if let (Some(entry), Some(start), Some(title)) = (&mut self.entry, start, title) {
            limits::chapters(entry.chapters.len())?;
            entry.chapters.push((start, title));
        }
        Ok(Place::Elsewhere)
    }

    fn say(&mut self, text: &str) -> Result<(), String> {
        if self.place_now() == Place::Field(Field::Description) {
            // A lead is short, and no feed is refused for its show notes.
            let n_left = description::READ_MAX.saturating_sub(self.text.len());
            self.text.push_str(&text[..text.floor_char_boundary(n_left)]);
            return Ok(());
        }
        limits::text(self.text.len() + text.len())?;
        self.text.push_str(text);
        Ok(())
    }

    fn close(&mut self) -> Result<(), String> {
        let Some(Open { place, n_bound, .. }) = self.open.pop() else { return Ok(()) };
        self.bound.truncate(self.bound.len() - n_bound);
        match place {
            Place::Entry => self.channel.entries.extend(self.entry.take()),
            Place::Field(field) if !self.listens() => {
                let text = std::mem::take(&mut self.text);
                self.take(field, text)?;
            }
            _ => (),
        }
        Ok(())
    }

    /// Takes what was said in `field`; of several of the same name, the first that says
    /// anything.
    fn take(&mut self, field: Field, text: String) -> Result<(), String> {
        let text = text.trim().to_owned();
        let keep = |place: &mut String, text: String| {
            if place.is_empty() {
                *place = text;
            }
        };
        match (field, &mut self.entry) {
            (Field::ShowTitle, _) => keep(&mut self.channel.title, text),
            (Field::AuthorName, None) => {
                self.limits.person(self.channel.authors.len())?;
                self.channel.authors.push(text);
            }
            (Field::Person, entry) => {
                let people = entry.as_mut().map(|entry| &mut entry.people);
                let people = people.unwrap_or(&mut self.channel.people);
                self.limits.person(people.len())?;
                people.push(Tag { name: text, ..std::mem::take(&mut self.tag) });
            }
            (_, None) => (),
            (Field::Title, Some(entry)) => keep(&mut entry.title, text),
            (Field::Guid, Some(entry)) => keep(&mut entry.guid, text),
            (Field::Page, Some(_)) => {
                let page = web::resolved(&self.base(None), &text).unwrap_or_default();
                if let Some(entry) = &mut self.entry {
                    keep(&mut entry.page, page);
                }
            }
            (Field::Duration, Some(entry)) => keep(&mut entry.duration, text),
            (Field::Description, Some(entry)) => keep(&mut entry.description, text),
            (Field::Date, Some(entry)) if !text.is_empty() => entry.date = text,
            (Field::LaterDate, Some(entry)) => keep(&mut entry.date, text),
            (Field::Date | Field::AuthorName, Some(_)) => (),
        }
        Ok(())
    }

    /// Notes what `tag` declares: how many prefixes, and a base for addresses.
    fn declare(&mut self, tag: &BytesStart<'_>) -> Result<(usize, Option<String>), String> {
        let (mut n_bound, mut base) = (0, None);
        for (idx, attribute) in tag.attributes().with_checks(false).enumerate() {
            limits::attributes(idx)?;
            let Ok(attribute) = attribute else { continue };
            let name = attribute.key.as_ref();
            let prefix = match name {
                b"xmlns" => "",
                b"xml:base" => {
                    base = Some(value(tag, &attribute)?);
                    continue;
                }
                _ => match name.strip_prefix(b"xmlns:").map(std::str::from_utf8) {
                    Some(Ok(prefix)) => prefix,
                    _ => continue,
                },
            };
            limits::namespaces(self.bound.len())?;
            let namespace = Namespace::of(&value(tag, &attribute)?);
            self.bound.push((prefix.to_owned(), namespace));
            n_bound += 1;
        }
        Ok((n_bound, base))
    }

    fn namespace(&self, tag: &BytesStart<'_>) -> Namespace {
        let name = tag.name();
        let prefix = name.prefix();
        let prefix = prefix.as_ref().map_or(Ok(""), |prefix| std::str::from_utf8(prefix.as_ref()));
        let prefix = prefix.unwrap_or("\u{fffd}");
        let found = self.bound.iter().rev().find(|(bound, _)| bound == prefix);
        found.map_or_else(|| Namespace::of_prefix(prefix), |(_, namespace)| *namespace)
    }
}
