//! The HTML of Podcasting 2.0, read: who, when, what, of any program.
//!
//! Each paragraph begins at the time above it, to the second; who is cited goes on until
//! another one is.

use super::{
    elements::{Elements, Node},
    error::ReadFormatError,
    import::Import,
    parts::{Part, Said, Who, transcript},
    subtitles::clock,
};
use crate::base::transcript::{Transcript, is_event};

/// Whether the page of `bytes` is one: it cites somebody, or begins with a time.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    let has = |mark: &[u8]| bytes.windows(mark.len()).any(|some| some.eq_ignore_ascii_case(mark));
    has(b"<time>") && has(b"<p>") && (has(b"<cite>") || bytes.starts_with(b"<time>"))
}

/// The transcript that the page of `bytes` holds.
///
/// # Errors
/// What cannot be taken apart into elements; as of plain pages.
pub(in crate::formats) fn read(bytes: &[u8]) -> Result<Transcript, ReadFormatError> {
    let mut elements = Elements::html(bytes);
    let (mut import, mut parts) = (Import::default(), Vec::new());
    let mut said = Said::default();
    let mut text = String::new();
    let mut is_in_paragraph = false;
    loop {
        let node = elements.next()?;
        match &node {
            Some(Node::Open(tag)) if tag.name == "br" => text.push('\n'),
            Some(Node::Text(piece)) if is_in_paragraph => text.push_str(&piece.replace('\n', " ")),
            Some(Node::Text(piece)) => text.push_str(piece),
            Some(Node::Close(name)) if name == "cite" => {
                let name = text.trim().trim_end_matches([':', ' ', '\u{a0}', '\u{202f}']);
                if !name.is_empty() {
                    said.who = Who::Named(name.to_owned());
                }
            }
            Some(Node::Close(name)) if name == "time" => said.start = clock(&text),
            _ => (),
        }
        // A paragraph ends where it says so, where the next one begins, or with the page.
        let ends = match &node {
            None => true,
            Some(Node::Close(name)) => name == "p",
            Some(Node::Open(tag)) => ["p", "cite", "time"].contains(&tag.name.as_str()),
            Some(Node::Text(_)) => false,
        };
        if ends && is_in_paragraph {
            let mut said = std::mem::take(&mut said);
            if said.who == Who::Same && is_event(text.trim()) {
                said.who = Who::Nobody;
            }
            for line in text.trim().split('\n') {
                said.lines.push(vec![import.tokens(line)?.into()]);
            }
            said.place = parts.len() + 1;
            parts.push(Part::Said(said));
            is_in_paragraph = false;
        }
        match node {
            None => break,
            Some(Node::Open(tag)) if ["p", "cite", "time"].contains(&tag.name.as_str()) => {
                is_in_paragraph = tag.name == "p";
                text.clear();
            }
            _ => (),
        }
    }
    transcript(parts, import, "paragraph", None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{base::transcript::Opening, formats::read::tests::shown};

    #[test]
    fn a_transcript_of_another_program_is_read_in_a_whole_page() {
        let page = "<!DOCTYPE html><html><body><h1>x</h1><cite>Kevin:</cite><time>0:03</time>\
            <p>We have &eacute;t&eacute;<br>here.</p><time>1:02:05</time><p>Oui.\n\
            <cite>Léa :</cite><time>1:02:07</time><p>Non.</p></body></html>";
        assert!(is_one(page.as_bytes()));
        let read = read(page.as_bytes()).unwrap();
        assert_eq!(shown(&read), "Kevin: We have été / here. // Oui.\nLéa: Non.");
        let starts = read.segments.iter().filter(|one| one.opens == Opening::Block);
        let starts = starts.map(|one| one.span.start().as_millis());
        assert_eq!(starts.collect::<Vec<_>>(), [3_000, 3_725_000, 3_727_000]);
    }
}
