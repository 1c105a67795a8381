//! The files that people get: promised, versioned, written from their own structs.
//!
//! Every format is a pure function of the transcript. Times come from words,
//! so that a cue begins with the sound it shows.

pub mod json;
pub mod prose;
pub mod subtitles;

use crate::transcript::{Segment, Transcript};

/// A format of the transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// Everything that is known, for programs.
    Json,
    /// SubRip subtitles.
    Srt,
    /// Text with times, for reading.
    Txt,
    /// WebVTT subtitles.
    Vtt,
}

impl Format {
    /// All of them, in the order of their extensions.
    pub const ALL: [Format; 4] = [Format::Json, Format::Srt, Format::Txt, Format::Vtt];

    /// Extension of its files, which is its name on the command line too.
    pub fn extension(self) -> &'static str {
        match self {
            Format::Json => "json",
            Format::Srt => "srt",
            Format::Txt => "txt",
            Format::Vtt => "vtt",
        }
    }

    /// `transcript` in this format: a whole file in UTF-8, ending in a line feed.
    pub fn render(self, transcript: &Transcript) -> String {
        match self {
            Format::Json => json::render(transcript),
            Format::Srt => subtitles::srt(transcript),
            Format::Txt => prose::txt(transcript),
            Format::Vtt => subtitles::vtt(transcript),
        }
    }
}

/// What readers see before words that nobody should take as said.
const TO_CHECK: &str = "[à vérifier]";

/// The text of a segment as people read it, marked where it is doubtful.
fn shown(segment: &Segment) -> String {
    match segment.doubt {
        Some(_) => format!("{TO_CHECK} {}", segment.text()),
        None => segment.text(),
    }
}
