//! What we write, read back, and files of the same formats that other programs made.
//!
//! A reader a format. What a format does not hold is absent in the transcript: what words
//! of a paragraph have no time of their own share that of the paragraph.

mod docx;
mod eaf;
mod head;
mod markdown;
mod marked;
mod nist;
mod page;
mod parts;
mod podcast;
mod spip;
mod textgrid;
mod ttml;
mod wiki;
mod words;

use super::{
    detect::{Reading, utf8},
    elements::entity,
    error::ReadFormatError,
};

/// The formats that are read here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
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
pub(super) fn read(bytes: &[u8], kind: Kind) -> Result<Reading, ReadFormatError> {
    let transcript = match kind {
        Kind::Docx => return docx::read(bytes),
        Kind::Markdown => return markdown::read(utf8(bytes)?),
        Kind::MediaWiki => return wiki::read(utf8(bytes)?),
        Kind::Spip => return spip::read(utf8(bytes)?),
        Kind::PodcastHtml => {
            let transcript = podcast::read(bytes)?;
            return Ok(Reading { transcript, is_page: true, doubtful: Vec::new() });
        }
        Kind::Html => page::read(bytes)?,
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
pub(super) fn page_kind(bytes: &[u8]) -> Option<Kind> {
    match bytes {
        _ if page::is_ours(bytes) => Some(Kind::Html),
        _ if podcast::is_one(bytes) => Some(Kind::PodcastHtml),
        _ => None,
    }
}

/// What lines of fields are, if they are of a scorer.
pub(super) fn fields_kind(text: &str) -> Option<Kind> {
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
