//! What a file is, by its content; its name decides only where the content does not.

use super::{
    error::ReadFormatError,
    json,
    plain::{self, DoubtfulLine},
    subtitles, trs, whisper,
};
use crate::transcript::Transcript;
use serde::{Deserialize, de::IgnoredAny};

/// Most bytes that are read: the JSON of a whole day, with tokens.
pub const BYTES_MAX: usize = 200_000_000;

/// The fields that tell JSON files apart.
#[derive(Deserialize)]
struct Head {
    schema: Option<IgnoredAny>,
    segments: Option<IgnoredAny>,
    transcription: Option<IgnoredAny>,
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
/// # Errors
/// What is in none of the formats, or is and cannot be read.
pub fn read(bytes: &[u8], name: &str) -> Result<Transcript, ReadFormatError> {
    reading(bytes, name).map(|reading| reading.transcript)
}

/// What the file of `bytes` called `name` says: JSON of this program or of the Whisper
/// family, SRT, WebVTT, TRS, a page of text.
///
/// # Errors
/// What is in none of these, or is and cannot be read.
pub fn reading(bytes: &[u8], name: &str) -> Result<Reading, ReadFormatError> {
    if bytes.len() > BYTES_MAX {
        return Err(ReadFormatError::TooLarge);
    }
    let content = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    if content[..content.len().min(1_000)].contains(&0) {
        return Err(ReadFormatError::Unknown);
    }
    if content.starts_with(b"<") {
        let is_trs = content.windows(6).any(|bytes| bytes == b"<Trans");
        let read = if is_trs { trs::read(content) } else { Err(ReadFormatError::Unknown) };
        return read.map(Reading::from);
    }
    if content.starts_with(b"{") {
        return read_json(content).map(Reading::from);
    }
    let text = utf8(content)?;
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_lowercase());
    match extension.as_deref() {
        _ if is_subtitles(text) => subtitles::read(text).map(Reading::from),
        Some("srt" | "vtt") => subtitles::read(text).map(Reading::from),
        None | Some("txt" | "text") => page(text),
        Some(_) if plain::has_labels(text) => page(text),
        Some(_) => Err(ReadFormatError::Unknown),
    }
}

fn page(text: &str) -> Result<Reading, ReadFormatError> {
    let (transcript, doubtful) = plain::read(text)?;
    Ok(Reading { transcript, is_page: true, doubtful })
}

fn utf8(bytes: &[u8]) -> Result<&str, ReadFormatError> {
    std::str::from_utf8(bytes).map_err(|error| ReadFormatError::NotUtf8 { at: error.valid_up_to() })
}

fn read_json(bytes: &[u8]) -> Result<Transcript, ReadFormatError> {
    match serde_json::from_slice(bytes) {
        Ok(Head { schema: Some(_), .. }) => json::read(utf8(bytes)?),
        Ok(Head { segments: None, transcription: None, .. }) => Err(ReadFormatError::Unknown),
        // whisper.cpp may cut a letter in two, and writes what is no JSON.
        _ => whisper::read(&String::from_utf8_lossy(bytes)),
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
        for (bytes, name) in [
            (&b"RIFF\0\0\0\0WAVE"[..], "x.wav"),
            (b"<html></html>", "x.html"),
            (b"{\"a\":1}", "x.json"),
            (b"SPEAKER x 1 0.0 1.0 <NA> <NA> L <NA> <NA>\n", "x.rttm"),
        ] {
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

    fn check(text: &str, name: &str, expected: &str) {
        let transcript = read(text.as_bytes(), name).unwrap();
        let texts: Vec<String> = transcript.segments.iter().map(|s| s.text()).collect();
        assert_eq!(texts.join(" "), expected, "{name}");
    }
}
