//! The files that people get: promised, versioned, written from their own structs.
//!
//! Every format is a pure function of the transcript. Times come from words,
//! so that a cue begins with the sound it shows.

pub mod json;
pub mod nist;
pub mod prose;
mod reading;
pub mod subtitles;

use crate::transcript::Transcript;

/// A format of the transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// Everything that is known, for programs.
    Json,
    /// Who speaks when, for programs that score it.
    Rttm,
    /// SubRip subtitles.
    Srt,
    /// Text with times, for reading.
    Txt,
    /// WebVTT subtitles.
    Vtt,
}

impl Format {
    /// All of them, in the order of their extensions.
    pub const ALL: [Format; 5] =
        [Format::Json, Format::Rttm, Format::Srt, Format::Txt, Format::Vtt];

    /// Extension of its files, which is its name on the command line too.
    pub fn extension(self) -> &'static str {
        match self {
            Format::Json => "json",
            Format::Rttm => "rttm",
            Format::Srt => "srt",
            Format::Txt => "txt",
            Format::Vtt => "vtt",
        }
    }

    /// `transcript` in this format: a whole file in UTF-8, ending in a line feed.
    ///
    /// `name` is what the episode is called in formats that say it: the name of its file
    /// without extension.
    pub fn render(self, transcript: &Transcript, name: &str) -> String {
        match self {
            Format::Json => json::render(transcript),
            Format::Rttm => nist::rttm(name, &transcript.turns, &transcript.names()),
            Format::Srt => subtitles::srt(transcript),
            Format::Txt => prose::txt(transcript),
            Format::Vtt => subtitles::vtt(transcript),
        }
    }
}

/// What readers see before words that nobody should take as said.
const TO_CHECK: &str = "[à vérifier]";

/// A name before what its person says, in French typography: a no-break space before
/// the colon.
fn labelled(name: &str) -> String {
    format!("{name}\u{a0}: ")
}
