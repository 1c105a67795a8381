//! What we write, read back, and files of the same formats that other programs made.
//!
//! `detect` finds out what a file is, and there is a reader a format. `import` is what they
//! make transcripts with. What a format does not hold is absent in the transcript: what words
//! of a paragraph have no time of their own share that of the paragraph.

mod detect;
mod docx;
mod eaf;
mod elements;
mod error;
mod head;
mod html;
mod import;
pub(super) mod json;
mod markdown;
mod marked;
mod names;
mod nist;
mod parts;
mod podcast;
pub mod rttm;
mod spip;
pub(super) mod subtitles;
mod textgrid;
mod trs;
mod ttml;
mod txt;
mod whisper;
mod wiki;
mod words;

pub use detect::{BYTES_MAX, Reading, read, reading};
pub use error::ReadFormatError;
pub use import::turns_of;
pub use txt::DoubtfulLine;

use detect::utf8;
use elements::entity;

/// The formats that are read here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Ctm,
    Docx,
    Eaf,
    Html,
    Markdown,
    MediaWiki,
    PodcastHtml,
    Rttm,
    Spip,
    Stm,
    TextGrid,
    Ttml,
}

/// What the file of `bytes`, which is of `kind`, says.
///
/// # Errors
/// As each format has them.
fn read_as(bytes: &[u8], kind: Kind) -> Result<Reading, ReadFormatError> {
    let transcript = match kind {
        Kind::Docx => return docx::read(bytes),
        Kind::Markdown => return markdown::read(utf8(bytes)?),
        Kind::MediaWiki => return wiki::read(utf8(bytes)?),
        Kind::Spip => return spip::read(utf8(bytes)?),
        Kind::PodcastHtml => {
            let transcript = podcast::read(bytes)?;
            return Ok(Reading { transcript, is_page: true, doubtful: Vec::new() });
        }
        Kind::Html => html::read(bytes)?,
        Kind::Eaf => eaf::read(bytes)?,
        Kind::Ttml => ttml::read(bytes)?,
        Kind::Ctm => nist::ctm(utf8(bytes)?)?,
        Kind::Rttm => nist::rttm(utf8(bytes)?)?,
        Kind::Stm => nist::stm(utf8(bytes)?)?,
        Kind::TextGrid => textgrid::read(utf8(bytes)?)?,
    };
    Ok(transcript.into())
}

/// What a page in mark-up is, if one is read.
fn page_kind(bytes: &[u8]) -> Option<Kind> {
    match bytes {
        _ if html::is_ours(bytes) => Some(Kind::Html),
        _ if podcast::is_one(bytes) => Some(Kind::PodcastHtml),
        _ => None,
    }
}

/// What lines of fields are, if they are of a scorer.
fn fields_kind(text: &str) -> Option<Kind> {
    nist::kind(text)
}

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

/// The character that `text` begins with as a reference, `&eacute;`, and what is behind it.
fn reference(text: &str) -> Option<(char, &str)> {
    let inside = text.strip_prefix('&')?;
    let end = inside.bytes().take(12).position(|byte| byte == b';')?;
    Some((entity(inside.get(..end)?)?, &inside[end + 1..]))
}

#[cfg(test)]
mod tests;
