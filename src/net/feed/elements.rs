//! What is kept of a feed, and what its elements and attributes are.

use super::limits;
use crate::base::time::Time;
use quick_xml::{
    XmlVersion,
    escape::resolve_predefined_entity,
    events::{BytesRef, BytesStart, attributes::Attribute},
};

/// What a feed says of its show.
#[derive(Debug, Default)]
pub(super) struct Channel {
    pub(super) title: String,
    pub(super) authors: Vec<String>,
    pub(super) people: Vec<Tag>,
    pub(super) entries: Vec<Entry>,
}

/// What a feed says of an episode. An empty text is not there.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) guid: String,
    pub(super) title: String,
    pub(super) date: String,
    pub(super) description: String,
    pub(super) page: String,
    pub(super) duration: String,
    pub(super) sound: Option<Linked>,
    pub(super) people: Vec<Tag>,
    pub(super) chapters: Vec<(Time, String)>,
    pub(super) chapters_at: String,
}

/// Something that lies elsewhere.
#[derive(Debug, Default)]
pub(super) struct Linked {
    /// As it is written.
    pub(super) written: String,
    /// What that means, where it means an address.
    pub(super) address: Option<String>,
    pub(super) length: String,
    pub(super) kind: String,
}

/// A person tag.
#[derive(Debug, Default)]
pub(super) struct Tag {
    pub(super) name: String,
    pub(super) role: Option<String>,
    pub(super) group: Option<String>,
}

impl Linked {
    /// Whether its media type is that of sound, with pictures or without, or is not told.
    pub(super) fn is_sound(&self) -> bool {
        let is = |kind: &str| self.kind.trim().to_lowercase().starts_with(kind);
        self.kind.trim().is_empty() || is("audio/") || is("video/")
    }
}

/// Vocabularies of feeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Namespace {
    Atom,
    Itunes,
    Podcast,
    Simple,
    Other,
}

impl Namespace {
    pub(super) fn of(address: &str) -> Namespace {
        let address = address.trim().to_lowercase();
        let has = |part: &str| address.contains(part);
        match () {
            () if has("w3.org/2005/atom") => Namespace::Atom,
            () if has("itunes.com/dtds/podcast") => Namespace::Itunes,
            // It has two addresses.
            () if has("podcastindex.org/namespace") || has("podcast-namespace") => {
                Namespace::Podcast
            }
            () if has("podlove.org/simple-chapters") => Namespace::Simple,
            () => Namespace::Other,
        }
    }

    /// Of a prefix that is not declared: some feeds forget to.
    pub(super) fn of_prefix(prefix: &str) -> Namespace {
        match prefix {
            "atom" => Namespace::Atom,
            "itunes" => Namespace::Itunes,
            "podcast" => Namespace::Podcast,
            "psc" => Namespace::Simple,
            _ => Namespace::Other,
        }
    }
}

/// What an attribute says; `None` where it is not there.
pub(super) fn attribute(tag: &BytesStart<'_>, name: &str) -> Result<Option<String>, String> {
    // A feed is not thrown away for an attribute that is written wrongly.
    let found = tag.try_get_attribute(name).ok().flatten();
    found.map(|found| value(tag, &found)).transpose()
}

pub(super) fn value(tag: &BytesStart<'_>, attribute: &Attribute<'_>) -> Result<String, String> {
    limits::text(attribute.value.len())?;
    let value = attribute.decoded_and_normalized_value(XmlVersion::Implicit1_0, tag.decoder());
    Ok(match value {
        Ok(value) => value.into_owned(),
        // An `&` that should be `&amp;` is what addresses are full of.
        Err(_) => String::from_utf8_lossy(&attribute.value).into_owned(),
    })
}

/// What `&…;` stands for; what is not known stays as it is.
pub(super) fn resolved(reference: &BytesRef<'_>) -> Result<String, String> {
    let name = reference.decode().map_err(|error| error.to_string())?;
    Ok(match reference.resolve_char_ref() {
        Ok(Some(character)) => character.to_string(),
        _ => resolve_predefined_entity(&name).map_or_else(|| format!("&{name};"), str::to_owned),
    })
}
