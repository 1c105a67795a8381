//! What we write, read back, and files of the same formats that other programs made.
//!
//! `detect` finds out what a file is, and there is a reader a format. `import` is what they
//! make transcripts with. What a format does not hold is absent in the transcript: what words
//! of a paragraph have no time of their own share that of the paragraph.

mod detect;
pub(super) mod docx;
pub(super) mod eaf;
mod elements;
mod error;
mod head;
pub(super) mod html;
mod import;
pub(super) mod json;
pub(super) mod markdown;
mod marked;
mod names;
pub(super) mod nist;
mod parts;
pub(super) mod players;
pub(super) mod podcast;
pub mod rttm;
pub(super) mod spip;
pub(super) mod subtitles;
pub(super) mod textgrid;
pub(super) mod trs;
pub(super) mod ttml;
pub(super) mod txt;
pub(super) mod whisper;
pub(super) mod wiki;
mod words;

pub use detect::{BYTES_MAX, Reading, read, reading};
pub use error::ReadFormatError;
pub use import::turns_of;
pub(crate) use import::untimed_words;
pub use txt::DoubtfulLine;
pub(crate) use txt::without_note;

pub(super) use detect::utf8;
pub(super) use import::WORDS_MAX;

use crate::base::entities::reference;

/// Most bytes of a tag. What goes on for longer is none.
const TAG_MAX: usize = 2_000;

/// `text` without tags and comments, its references resolved.
fn without_tags(text: &str) -> String {
    let text = without(text, "<!--", "-->");
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(character) = rest.chars().next() {
        if let Some((character, behind)) = reference(rest) {
            plain.push(character);
            rest = behind;
            continue;
        }
        let is_tag = rest[character.len_utf8()..]
            .starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
        let near = rest.bytes().take(TAG_MAX);
        let is_open = character == '<' && is_tag;
        let end = if is_open { near.enumerate().find(|(_, byte)| *byte == b'>') } else { None };
        match end {
            Some((end, _)) => rest = &rest[end + 1..],
            None => {
                plain.push(character);
                rest = &rest[character.len_utf8()..];
            }
        }
    }
    plain
}

/// `text` without what stands between `open` and `close`, both included; what does not end
/// stays.
fn without(text: &str, open: &str, close: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(open) {
        let Some(length) = rest[start..].find(close) else { break };
        kept.push_str(&rest[..start]);
        rest = &rest[start + length + close.len()..];
    }
    kept + rest
}

/// What `text` begins with between `open` and `close`, not far from each other, and what is behind.
fn between<'a>(text: &'a str, open: &str, close: &str) -> Option<(&'a str, &'a str)> {
    let inside = text.strip_prefix(open)?;
    let near = inside.floor_char_boundary(TAG_MAX);
    let at = inside[..near].find(close)?;
    Some((&inside[..at], &inside[at + close.len()..]))
}

/// What is inside the tag that `text` begins with, and what is behind.
fn tag(text: &str) -> Option<(&str, &str)> {
    let is_tag = |inside: &str| inside.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    between(text, "<", ">").filter(|(inside, _)| is_tag(inside))
}

#[cfg(test)]
mod tests;
