//! What a file is, by its content; its name decides only where the content does not.

use super::{
    ReadFormatError, html, nist, podcast,
    txt::{self, DoubtfulLine},
};
use crate::{
    base::transcript::Transcript,
    formats::{
        Format,
        table::{KnownBy, ROWS},
    },
};
use serde::{Deserialize, de::IgnoredAny};
use std::borrow::Cow;

/// Most bytes that are read: the JSON of a whole day, with tokens.
pub const BYTES_MAX: usize = 200_000_000;

/// The fields that tell JSON files apart.
#[derive(Deserialize)]
struct Head {
    schema: Option<IgnoredAny>,
    segments: Option<IgnoredAny>,
    transcription: Option<IgnoredAny>,
    lines: Option<IgnoredAny>,
}

/// What a file says.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// What it holds.
    pub transcript: Transcript,
    /// Whether it is a page of text, whose times, if it has some, are of blocks.
    pub is_page: bool,
    /// Its lines of which it is not sure whose they are.
    pub doubtful: Vec<DoubtfulLine>,
}

impl From<Transcript> for Reading {
    fn from(transcript: Transcript) -> Reading {
        Reading { transcript, is_page: false, doubtful: Vec::new() }
    }
}

/// The transcript in the file of `bytes` called `name`; see [`reading`].
///
/// ```
/// use voixoff::formats::read;
///
/// let subtitles = "1\n00:00:01,000 --> 00:00:02,500\nBonjour à tous.\n";
/// let transcript = read(subtitles.as_bytes(), "episode.srt")?;
/// assert_eq!(transcript.segments[0].text(), "Bonjour à tous.");
/// # Ok::<(), voixoff::formats::ReadFormatError>(())
/// ```
///
/// # Errors
/// What is in none of the formats, or is and cannot be read.
pub fn read(bytes: &[u8], name: &str) -> Result<Transcript, ReadFormatError> {
    reading(bytes, name).map(|reading| reading.transcript)
}

/// What the file of `bytes` called `name` says, in any format that we write and in those of
/// the Whisper family.
///
/// # Errors
/// What is in none of these, or is and cannot be read.
pub fn reading(bytes: &[u8], name: &str) -> Result<Reading, ReadFormatError> {
    if bytes.len() > BYTES_MAX {
        return Err(ReadFormatError::TooLarge);
    }
    let begins_so = |by: &KnownBy| matches!(by, KnownBy::Start(start) if bytes.starts_with(start));
    if let Some(format) = known(begins_so) {
        return format.read(bytes).map(|page| without_name(page, name));
    }
    let bytes = in_utf8(bytes);
    let content = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes).trim_ascii_start();
    if let Some((_, what)) = OTHERS.iter().find(|(start, _)| content.starts_with(start)) {
        return Err(ReadFormatError::Other { what });
    }
    if content[..content.len().min(1_000)].contains(&0) {
        return Err(ReadFormatError::Unknown);
    }
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_lowercase());
    let extension = extension.as_deref();
    let is_named = |by: &KnownBy| match (by, extension) {
        (KnownBy::Name(names), Some(extension)) => names.contains(&extension),
        _ => false,
    };
    if let Some(format) = known(is_named) {
        return format.read(content);
    }
    if content.starts_with(b"<") {
        return elements_format(content)?.read(content).map(|page| without_name(page, name));
    }
    if content.starts_with(b"{") && !content.starts_with(b"{{") {
        return json_format(content)?.read(content);
    }
    if content.starts_with(b"[") && content[1..].trim_ascii_start().starts_with(b"{") {
        return Format::Podlove.read(content);
    }
    let text = utf8(content)?;
    match extension {
        _ if is_subtitles(text) => Format::Srt.read(content),
        Some("srt" | "vtt") => Format::Srt.read(content),
        _ if is_praat(text) => Format::TextGrid.read(content),
        Some("ctm") => Format::Ctm.read(content),
        Some("stm") => Format::Stm.read(content),
        Some("rttm") => Format::Rttm.read(content),
        _ => text_format(text, extension)?.read(content),
    }
}

/// The first format that is known by something of which `is_it` is true.
fn known(is_it: impl Fn(&KnownBy) -> bool) -> Option<Format> {
    ROWS.iter().find(|row| is_it(&row.known_by)).map(|row| row.format)
}

/// What begins so, and is not read.
const OTHERS: &[(&[u8], &str)] = &[
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "a text in RTF"),
    (b"\xd0\xcf\x11\xe0", "a document of an old Word"),
    (b"[Script Info]", "subtitles in ASS"),
    (b"ooBinaryFile", "a binary file of Praat"),
    (b"ID3", "sound"),
    (b"RIFF", "sound"),
    (b"OggS", "sound"),
    (b"fLaC", "sound"),
];

/// `bytes` of a text in UTF-16 in UTF-8, if it says so by its first character; else as they
/// are.
fn in_utf8(bytes: &[u8]) -> Cow<'_, [u8]> {
    let unit: fn([u8; 2]) -> u16 = match bytes {
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        _ => return Cow::Borrowed(bytes),
    };
    let units = bytes[2..].as_chunks().0.iter().map(|pair| unit(*pair));
    let text: String = char::decode_utf16(units)
        .map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    // What XML says of its encoding is no longer true.
    let declared = text.strip_prefix("<?xml").and_then(|rest| rest.split_once("?>"));
    Cow::Owned(declared.map_or(text.as_str(), |(_, rest)| rest).as_bytes().to_vec())
}

/// `page` without a title that is the name of its file: that is what pages of ours are called
/// which have none.
fn without_name(mut page: Reading, name: &str) -> Reading {
    if name.rsplit_once('.').is_some_and(|(stem, _)| stem == page.transcript.about.title) {
        page.transcript.about.title.clear();
    }
    page
}

/// The format of what begins with a tag.
fn elements_format(content: &[u8]) -> Result<Format, ReadFormatError> {
    let root = root(content);
    if let Some(format) = known(|by| matches!(by, KnownBy::Root(name) if *name == root)) {
        return Ok(format);
    }
    match root {
        _ if html::is_ours(content) => Ok(Format::Html),
        _ if podcast::is_one(content) => Ok(Format::PodcastHtml),
        root if root.eq_ignore_ascii_case(b"html") => {
            Err(ReadFormatError::Other { what: "a web page that voixoff did not write" })
        }
        _ => Err(ReadFormatError::Unknown),
    }
}

/// The name of the first element, without its prefix.
fn root(mut content: &[u8]) -> &[u8] {
    while let Some(start) = content.iter().position(|byte| *byte == b'<') {
        content = &content[start + 1..];
        let end: &[u8] = match content {
            [b'?', ..] => b"?>",
            [b'!', b'-', b'-', ..] => b"-->",
            [b'!', ..] if content[..content.len().min(100)].contains(&b'[') => b"]>",
            [b'!', ..] => b">",
            _ => {
                let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.:".contains(byte);
                let length = content.iter().take_while(|byte| is_name(byte)).count();
                return content[..length].rsplit(|byte| *byte == b':').next().unwrap_or_default();
            }
        };
        let end = content.windows(end.len()).position(|some| some == end);
        content = &content[end.unwrap_or(content.len())..];
    }
    b""
}

fn is_praat(text: &str) -> bool {
    text.starts_with("File type")
        && text.lines().next().is_some_and(|line| line.contains("\"ooTextFile\""))
}

/// The format of text without a form of its own: its marks say what it is, or that it is a page.
fn text_format(text: &str, extension: Option<&str>) -> Result<Format, ReadFormatError> {
    let begins = |mark: &str| text.lines().any(|line| line.starts_with(mark));
    let marks = |open: &str, close: &[&str]| {
        let names = text.lines().filter_map(|line| line.strip_prefix(open));
        names.take(1_000).any(|line| close.iter().any(|close| line.contains(close)))
    };
    let format = match nist::format(text) {
        Some(format) => Some(format),
        _ if begins("==Transcription")
            || marks("<b>", &[" : </b>"])
            || marks("'''", &[":'''", "''' :"]) =>
        {
            Some(Format::MediaWiki)
        }
        _ if marks("{{", &[":}}", "}} :"]) => Some(Format::Spip),
        _ if marks("**", &[":**", "** :"]) => Some(Format::Markdown),
        _ => None,
    };
    match (format, extension) {
        (Some(format), _) => Ok(format),
        (None, None | Some("txt" | "text")) => Ok(Format::Txt),
        (None, Some(_)) if txt::has_labels(text) => Ok(Format::Txt),
        (None, Some(_)) => Err(ReadFormatError::Unknown),
    }
}

pub(in crate::formats) fn utf8(bytes: &[u8]) -> Result<&str, ReadFormatError> {
    std::str::from_utf8(bytes).map_err(|error| ReadFormatError::NotUtf8 { at: error.valid_up_to() })
}

/// The format of JSON.
fn json_format(bytes: &[u8]) -> Result<Format, ReadFormatError> {
    match serde_json::from_slice(bytes) {
        Ok(Head { schema: Some(_), .. }) => Ok(Format::Json),
        Ok(Head { segments: None, transcription: None, lines: Some(_), .. }) => Ok(Format::Dote),
        Ok(Head { segments: None, transcription: None, .. }) => Err(ReadFormatError::Unknown),
        // whisper.cpp may cut a letter in two, and writes what is no JSON.
        _ => Ok(Format::PodcastJson),
    }
}

/// Whether it begins like a file of subtitles.
fn is_subtitles(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    text.starts_with("WEBVTT") || lines.by_ref().take(2).any(|line| line.contains(" --> "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::read::WORDS_MAX;

    #[test]
    fn content_decides_before_the_name() {
        check("{\"schema\":1,\"segments\":[]}", "x.srt", "");
        check("{\"segments\":[{\"start\":1,\"end\":2,\"text\":\" Oui.\"}]}", "x.txt", "Oui.");
        check("1\n00:00:01,000 --> 00:00:02,000\nOui.\n", "x.txt", "Oui.");
        check("WEBVTT\n\n00:01.000 --> 00:02.000\nOui.\n", "x", "Oui.");
        check("Léa : Oui.\n", "x.md", "Oui.");
        check("Oui.\n", "x.txt", "Oui.");
        check("\u{feff}<?xml version='1.0'?><Trans></Trans>", "x.xml", "");
    }

    #[test]
    fn what_is_nothing_of_it_is_refused() {
        for (bytes, name) in
            [(&b"\0\0\0\0WAVE"[..], "x.wav"), (b"<rss></rss>", "x.xml"), (b"{\"a\":1}", "x.json")]
        {
            let error = read(bytes, name).unwrap_err();
            assert!(matches!(error, ReadFormatError::Unknown), "{name}: {error}");
        }
        let error = read(b"Voil\xe0.", "x.txt").unwrap_err();
        assert_eq!(error.to_string(), "byte 4 is not UTF-8");
    }

    #[test]
    fn deep_nesting_ends_nothing() {
        for opening in ["{\"a\":", "{\"segments\":[[", "<Trans>", "<Turn>"] {
            let deep = "<Trans>".repeat(usize::from(opening.starts_with('<')));
            assert!(read((deep + &opening.repeat(200_000)).as_bytes(), "x").is_err());
        }
    }

    #[test]
    fn elements_of_a_page_that_nobody_closes_are_refused_where_they_lie_too_deep() {
        let head = "<html><meta name=\"generator\" content=\"voixoff 1\"><section><p>";
        let page = |depth: usize| format!("{head}{}oui", "<i>".repeat(depth));
        assert!(read(page(400).as_bytes(), "x.html").is_ok());
        let error = read(page(200_000).as_bytes(), "x.html").unwrap_err().to_string();
        assert_eq!(error, "line 1: more than 500 elements lie in each other");
    }

    #[test]
    fn lists_of_json_that_are_longer_than_any_episode_are_refused_before_they_are_kept() {
        let n_entries = WORDS_MAX + 1;
        let empty = |n: usize| format!("{{\"segments\":[{}{{}}]}}", "{},".repeat(n));
        assert!(read(empty(n_entries).as_bytes(), "x.json").is_ok());
        let lists = [
            ("{\"segments\":[{\"words\":[", "{\"word\":\"a\"},", "{\"word\":\"a\"}]}]}"),
            ("{\"transcription\":[{\"tokens\":[", "{},", "{}]}]}"),
            (
                "{\"schema\":1,\"segments\":[{\"start\":0,\"end\":1,\"words\":[",
                "{\"start\":0,\"end\":0,\"text\":\"a\"},",
                "{}]}]}",
            ),
        ];
        for (head, entry, tail) in lists {
            let text = [head, &entry.repeat(n_entries), tail].concat();
            let error = read(text.as_bytes(), "x.json").unwrap_err();
            assert!(matches!(error, ReadFormatError::TooManyWords), "{head}: {error}");
        }
        // Those of all segments are counted together.
        let segment =
            format!("{{\"words\":[{}{{\"word\":\"a\"}}]}},", "{\"word\":\"a\"},".repeat(999));
        let text = format!("{{\"segments\":[{}{{}}]}}", segment.repeat(1_001));
        let error = read(text.as_bytes(), "x.json").unwrap_err();
        assert!(matches!(error, ReadFormatError::TooManyWords), "{error}");
    }

    fn check(text: &str, name: &str, expected: &str) {
        let transcript = read(text.as_bytes(), name).unwrap();
        let texts: Vec<String> = transcript.segments.iter().map(|s| s.text()).collect();
        assert_eq!(texts.join(" "), expected, "{name}");
    }
}
