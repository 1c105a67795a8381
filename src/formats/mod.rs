//! The files that people get: promised, versioned, written from their own structs.
//!
//! Every format is a pure function of the transcript. Times come from words,
//! so that a cue begins with the sound it shows. Some are read, too: those of this program
//! and those that other programs and people write.

mod detect;
pub mod error;
mod imported;
pub mod json;
mod names;
pub mod nist;
pub mod plain;
pub mod prose;
mod reading;
pub mod subtitles;
pub mod trs;
pub mod whisper;

pub use detect::{BYTES_MAX, read};

use crate::transcript::Transcript;
use subtitles::SubtitleSettings;

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

    /// Whether it says nothing without the times of the sound.
    pub fn needs_times(self) -> bool {
        matches!(self, Format::Rttm | Format::Srt | Format::Vtt)
    }

    /// `transcript` in this format: a whole file in UTF-8, ending in a line feed.
    ///
    /// `name` is what the episode is called in formats that say it: the name of its file
    /// without extension.
    pub fn render(self, transcript: &Transcript, name: &str) -> String {
        match self {
            Format::Json => json::render(transcript),
            Format::Rttm => nist::rttm(name, &transcript.turns, &transcript.names()),
            Format::Srt => subtitles::srt(transcript, &SubtitleSettings::WEB),
            Format::Txt => prose::txt(transcript),
            Format::Vtt => subtitles::vtt(transcript, &SubtitleSettings::WEB),
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
