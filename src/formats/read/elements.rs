//! XML, and pages of HTML, read: elements with their attributes, and text.
//!
//! What a file says of its encoding is honoured. Entities that a file declares itself stand
//! for their names: nothing that is written once is read a million times.

use super::error::ReadFormatError;
use crate::base::entities::entity;
use quick_xml::{
    Reader, XmlVersion,
    events::{BytesRef, BytesStart, Event},
};
use std::{cell::Cell, collections::VecDeque};

/// Most elements inside each other. Readers keep what is open.
pub(super) const DEPTH_MAX: usize = 500;

/// Elements of HTML that have no end, and those in which nothing is mark-up.
const VOID: &[&str] = &["br", "hr", "img", "input", "link", "meta", "source", "wbr"];
const RAW: &[&str] = &["script", "style"];

/// What stands in a file, one behind the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// An element begins.
    Open(Tag),
    /// The element of this name ends; one that is empty does so at once.
    Close(String),
    /// Text, with its references resolved; may come in several pieces.
    Text(String),
}

/// The beginning of an element. Names are without their prefixes, which every file may
/// choose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tag {
    pub(super) name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    /// What the attribute says, where it is there.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Whether `class` is among its classes.
    pub(super) fn has_class(&self, class: &str) -> bool {
        self.get("class").is_some_and(|all| all.split_whitespace().any(|one| one == class))
    }
}

/// Walks through a file.
pub(super) struct Elements<'a> {
    reader: Reader<&'a [u8]>,
    bytes: &'a [u8],
    /// Where in `bytes` the reader began.
    from: usize,
    is_html: bool,
    depth: usize,
    /// What comes before anything is read on.
    next: VecDeque<Node>,
    /// Bytes whose lines are counted, and how many they are.
    counted: Cell<(usize, usize)>,
}

impl<'a> Elements<'a> {
    /// Of XML.
    pub(super) fn xml(bytes: &'a [u8]) -> Elements<'a> {
        let mut reader = Reader::from_reader(bytes);
        reader.config_mut().expand_empty_elements = true;
        Elements::of(reader, bytes, false)
    }

    /// Of HTML: elements need not be closed, and scripts and styles are not looked at.
    pub(super) fn html(bytes: &'a [u8]) -> Elements<'a> {
        Elements::of(html_reader(bytes), bytes, true)
    }

    fn of(reader: Reader<&'a [u8]>, bytes: &'a [u8], is_html: bool) -> Elements<'a> {
        let (from, depth, counted) = (0, 0, Cell::new((0, 1)));
        Elements { reader, bytes, from, is_html, depth, next: VecDeque::new(), counted }
    }

    /// What comes next; `None` at the end.
    ///
    /// # Errors
    /// What is no XML, or lies too deep.
    pub(super) fn next(&mut self) -> Result<Option<Node>, ReadFormatError> {
        loop {
            if let Some(node) = self.next.pop_front() {
                return Ok(Some(node));
            }
            let event = self.reader.read_event().map_err(|error| self.xml_error(error))?;
            let node = match event {
                Event::Start(element) | Event::Empty(element) => self.open(&element)?,
                Event::End(element) => {
                    self.depth = self.depth.saturating_sub(1);
                    Node::Close(self.name(element.local_name().as_ref()))
                }
                Event::Text(text) => {
                    let text = text.xml_content(XmlVersion::Implicit1_0);
                    Node::Text(text.map_err(|error| self.xml_error(error))?.into_owned())
                }
                Event::CData(text) => {
                    Node::Text(text.decode().map_err(|error| self.xml_error(error))?.into_owned())
                }
                Event::GeneralRef(reference) => Node::Text(self.resolved(&reference)?),
                Event::Eof => return Ok(None),
                _ => continue,
            };
            return Ok(Some(node));
        }
    }

    /// `problem` at the line that was read last.
    pub(super) fn wrong(&self, problem: impl Into<String>) -> ReadFormatError {
        ReadFormatError::in_line(self.line(), problem)
    }

    /// More elements are open than readers keep.
    pub(super) fn too_deep(&self) -> ReadFormatError {
        self.wrong(format!("more than {DEPTH_MAX} elements lie in each other"))
    }

    /// The number of the line that was read last, from 1.
    pub(super) fn line(&self) -> usize {
        let at = usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX);
        let at = self.from.saturating_add(at).min(self.bytes.len());
        // Each line is counted once, however often somebody asks.
        let (counted, line) = self.counted.get();
        let since = self.bytes.get(counted..at).unwrap_or_default();
        let line = line + since.iter().filter(|byte| **byte == b'\n').count();
        self.counted.set((at.max(counted), line));
        line
    }

    fn xml_error(&self, error: impl ToString) -> ReadFormatError {
        ReadFormatError::Xml { line: self.line(), reason: error.to_string() }
    }

    fn name(&self, name: &[u8]) -> String {
        let name = String::from_utf8_lossy(name);
        if self.is_html { name.to_lowercase() } else { name.into_owned() }
    }

    fn open(&mut self, element: &BytesStart<'_>) -> Result<Node, ReadFormatError> {
        let name = self.name(element.local_name().as_ref());
        let mut attributes = Vec::new();
        let mut all = match self.is_html {
            true => element.html_attributes(),
            false => element.attributes(),
        };
        for attribute in all.with_checks(false) {
            let attribute = match attribute {
                Ok(attribute) => attribute,
                Err(_) if self.is_html => continue,
                Err(error) => return Err(self.xml_error(error)),
            };
            let value =
                attribute.decoded_and_normalized_value(XmlVersion::Implicit1_0, element.decoder());
            let value = match value {
                Ok(value) => value.into_owned(),
                Err(_) if self.is_html => String::from_utf8_lossy(&attribute.value).into_owned(),
                Err(error) => return Err(self.xml_error(error)),
            };
            attributes.push((self.name(attribute.key.local_name().as_ref()), value));
        }
        self.depth += 1;
        if self.is_html {
            if VOID.contains(&name.as_str()) {
                self.next.push_back(Node::Close(name.clone()));
            } else if RAW.contains(&name.as_str()) {
                self.skip_raw(&name);
            }
        } else if self.depth > DEPTH_MAX {
            return Err(self.too_deep());
        }
        Ok(Node::Open(Tag { name, attributes }))
    }

    /// Goes on where the script or the style ends that has begun.
    fn skip_raw(&mut self, name: &str) {
        let at = usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX);
        let at = self.from.saturating_add(at).min(self.bytes.len());
        let end = format!("</{name}");
        let rest = &self.bytes[at..];
        let found =
            rest.windows(end.len()).position(|some| some.eq_ignore_ascii_case(end.as_bytes()));
        self.from = at + found.unwrap_or(rest.len());
        self.reader = html_reader(&self.bytes[self.from..]);
    }

    /// The character that a reference stands for; one of an unknown entity is its name.
    fn resolved(&self, reference: &BytesRef<'_>) -> Result<String, ReadFormatError> {
        let name = reference.decode().map_err(|error| self.xml_error(error))?;
        match reference.resolve_char_ref() {
            Ok(Some(character)) => Ok(character.to_string()),
            Err(error) if !self.is_html => Err(self.xml_error(error)),
            _ => Ok(entity(&name).map_or_else(|| format!("&{name};"), String::from)),
        }
    }
}

fn html_reader(bytes: &[u8]) -> Reader<&[u8]> {
    let mut reader = Reader::from_reader(bytes);
    let config = reader.config_mut();
    config.expand_empty_elements = true;
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    reader
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_and_references_are_resolved_and_empty_elements_end() {
        check(
            Elements::xml(b"<a:x b:c='1&amp;2'>\xc3\xa9&#233;&inconnu;<y/></a:x>"),
            "<x c=1&2>é|é|&inconnu;|<y></y></x>",
        );
    }

    #[test]
    fn a_page_may_leave_elements_open_and_have_any_script() {
        check(
            Elements::html(
                b"<P CLASS=un>R&D &eacute;<br>a<script>if (a < b && c) '</p>'</script></p></i>",
            ),
            "<p class=un>R|&D |é|<br></br>a|<script></script></p></i>",
        );
    }

    #[test]
    fn what_is_declared_to_grow_stays_small_and_what_is_deep_is_refused() {
        let bomb = "<!DOCTYPE a [<!ENTITY b 'cccc'><!ENTITY d '&b;&b;&b;'>]><a>&d;</a>";
        check(Elements::xml(bomb.as_bytes()), "<a>&d;|</a>");
        let deep = "<a>".repeat(DEPTH_MAX + 1);
        let mut elements = Elements::xml(deep.as_bytes());
        let error = (0..=DEPTH_MAX).find_map(|_| elements.next().err()).unwrap();
        assert_eq!(error.to_string(), "line 1: more than 500 elements lie in each other");
    }

    #[track_caller]
    fn check(mut elements: Elements<'_>, expected: &str) {
        let mut shown = String::new();
        while let Some(node) = elements.next().unwrap() {
            match node {
                Node::Open(tag) => {
                    let attributes = tag.attributes.iter();
                    let attributes = attributes.map(|(name, value)| format!(" {name}={value}"));
                    shown += &format!("<{}{}>", tag.name, attributes.collect::<String>());
                }
                Node::Close(name) => shown += &format!("</{name}>"),
                Node::Text(text) => shown += &format!("{text}|"),
            }
        }
        assert_eq!(shown, expected);
    }
}
