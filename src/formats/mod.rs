//! The files that people get: promised, versioned, written from their own structs.
//!
//! Every format is a pure function of the transcript. Times come from words,
//! so that a cue begins with the sound it shows; texts have no control character (`safe`).
//! Some are read, too: those of this program
//! and those that other programs and people write.

mod annotation;
mod detect;
mod docx;
mod elements;
pub mod error;
mod header;
mod imported;
pub mod json;
mod left_out;
mod markdown;
mod names;
pub mod nist;
mod page;
pub mod plain;
mod podcast;
pub mod prose;
mod read;
mod reading;
mod safe;
pub mod subtitles;
pub mod trs;
mod ttml;
pub mod whisper;
mod wiki;
mod xml;

pub use detect::{BYTES_MAX, Reading, read, reading};
pub use imported::turns_of;
pub use safe::one_line;
pub use xml::escaped;

use crate::base::{time::Time, transcript::Transcript};
use std::borrow::Cow;
use subtitles::Preset;

/// A format of the transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// Words with times, for programs that score them.
    Ctm,
    /// Text for a word processor.
    Docx,
    /// Tiers for ELAN.
    Eaf,
    /// Page for reading while listening.
    Html,
    /// Everything that is known, for programs.
    Json,
    /// Text for publishing with Markdown.
    Markdown,
    /// Source for a wiki of MediaWiki.
    MediaWiki,
    /// Transcript for podcast players, of Podcasting 2.0.
    PodcastHtml,
    /// The same for programs.
    PodcastJson,
    /// Who speaks when, for programs that score it.
    Rttm,
    /// Source for a page of SPIP.
    Spip,
    /// SubRip subtitles.
    Srt,
    /// Segments with speakers and times, for programs that score them.
    Stm,
    /// Tiers for Praat.
    TextGrid,
    /// Turns for Transcriber.
    Trs,
    /// Subtitles for broadcasters.
    Ttml,
    /// Text with times, for reading.
    Txt,
    /// WebVTT subtitles.
    Vtt,
}

impl Format {
    /// All of them, in the order of their names.
    pub const ALL: [Format; 18] = [
        Format::Ctm,
        Format::Docx,
        Format::Eaf,
        Format::Html,
        Format::Json,
        Format::Markdown,
        Format::MediaWiki,
        Format::PodcastHtml,
        Format::PodcastJson,
        Format::Rttm,
        Format::Spip,
        Format::Srt,
        Format::Stm,
        Format::TextGrid,
        Format::Trs,
        Format::Ttml,
        Format::Txt,
        Format::Vtt,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Format::MediaWiki => "mediawiki",
            Format::PodcastHtml => "podcast-html",
            Format::PodcastJson => "podcast-json",
            Format::TextGrid => "textgrid",
            _ => self.extension(),
        }
    }

    /// Extension of its files, which no other format has.
    pub fn extension(self) -> &'static str {
        match self {
            Format::Ctm => "ctm",
            Format::Docx => "docx",
            Format::Eaf => "eaf",
            Format::Html => "html",
            Format::Json => "json",
            Format::Markdown => "md",
            Format::MediaWiki => "wiki",
            Format::PodcastHtml => "podcast.html",
            Format::PodcastJson => "podcast.json",
            Format::Rttm => "rttm",
            Format::Spip => "spip",
            Format::Srt => "srt",
            Format::Stm => "stm",
            Format::TextGrid => "TextGrid",
            Format::Trs => "trs",
            Format::Ttml => "ttml",
            Format::Txt => "txt",
            Format::Vtt => "vtt",
        }
    }

    /// Whether it means nothing without the times of the sound: it is then not to be
    /// written from a transcript that has none (see [`Transcript::is_timed`]).
    pub fn needs_times(self) -> bool {
        match self {
            Format::Docx
            | Format::Html
            | Format::Json
            | Format::Markdown
            | Format::MediaWiki
            | Format::Spip
            | Format::Txt => false,
            Format::Ctm
            | Format::Eaf
            | Format::PodcastHtml
            | Format::PodcastJson
            | Format::Rttm
            | Format::Srt
            | Format::Stm
            | Format::TextGrid
            | Format::Trs
            | Format::Ttml
            | Format::Vtt => true,
        }
    }

    /// Whether it is shown to people: it then says where speech has no words. The others are
    /// for programs that score words, or say it in their own way.
    fn is_for_reading(self) -> bool {
        !matches!(self, Format::Ctm | Format::Json | Format::Rttm | Format::Stm)
    }

    /// Whether it means nothing without words: it is then not to be written from turns alone.
    pub fn needs_words(self) -> bool {
        !matches!(self, Format::Json | Format::Rttm)
    }

    /// `transcript` in this format: a whole file. All but [`Format::Docx`] are UTF-8 that
    /// ends in a line feed.
    pub fn render(self, transcript: &Transcript, settings: &RenderSettings<'_>) -> Vec<u8> {
        let transcript = &*safe::safe(transcript);
        let marked = if self.is_for_reading() {
            left_out::marked(transcript)
        } else {
            Cow::Borrowed(transcript)
        };
        let transcript = &*marked;
        let name = &*one_line(settings.name);
        let settings = &RenderSettings { name, ..*settings };
        let text = match self {
            Format::Ctm => nist::ctm(name, transcript),
            Format::Docx => return docx::render(transcript, settings),
            Format::Eaf => annotation::eaf(transcript),
            Format::Html => page::render(transcript, settings),
            Format::Json => json::render(transcript),
            Format::Markdown => markdown::render(transcript, settings),
            Format::MediaWiki => wiki::mediawiki(transcript, settings),
            Format::PodcastHtml => podcast::html(transcript),
            Format::PodcastJson => podcast::json(transcript),
            Format::Rttm => nist::rttm(name, &transcript.turns, &transcript.names()),
            Format::Spip => wiki::spip(transcript, settings),
            Format::Srt => subtitles::srt(transcript, settings.subtitles.srt()),
            Format::Stm => nist::stm(name, transcript),
            Format::TextGrid => annotation::textgrid(transcript),
            Format::Trs => annotation::trs(transcript, name),
            Format::Ttml => ttml::render(transcript, settings.subtitles.srt()),
            Format::Txt => prose::txt(transcript, settings),
            Format::Vtt => subtitles::vtt(transcript, settings.subtitles.vtt()),
        };
        text.into_bytes()
    }
}

/// What a format asks beyond the transcript.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RenderSettings<'a> {
    /// What the episode is called in formats that say it: the name of its file without
    /// extension.
    pub name: &'a str,
    /// Where formats for reading print times. `None` leaves it to each: at paragraphs in
    /// text, Markdown and the page, nowhere in what is pasted into a site or a letter.
    pub timecodes: Option<Timecodes>,
    /// For whom subtitles are cut.
    pub subtitles: Preset,
}

/// Where a text for reading shows the time. One without times of the sound never does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timecodes {
    /// Nowhere.
    None,
    /// At the titles of chapters.
    Headings,
    /// Where somebody begins to speak.
    Turns,
    /// At each block of text.
    Paragraphs,
}

impl RenderSettings<'_> {
    /// What is asked for, else `default`; none where there are no times to show.
    fn timecodes(&self, transcript: &Transcript, default: Timecodes) -> Timecodes {
        let asked = self.timecodes.unwrap_or(default);
        if transcript.is_timed { asked } else { Timecodes::None }
    }
}

/// What readers see before words that nobody should take as said.
const TO_CHECK: &str = "[à vérifier]";

/// Program and version, for formats that say what wrote them.
const GENERATOR: &str = concat!("voixoff ", env!("CARGO_PKG_VERSION"));

/// Seconds down to the millisecond, for formats that write numbers.
fn seconds(time: Time) -> f64 {
    time.as_millis() as f64 / 1_000.0
}

/// A name before what its person says, in French typography: a no-break space before
/// the colon.
fn labelled(name: &str) -> String {
    format!("{name}\u{a0}: ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_formats_share_a_name_or_a_file() {
        let names: BTreeSet<_> = Format::ALL.iter().map(|format| format.name()).collect();
        // Some file systems do not tell capitals from small letters.
        let files = Format::ALL.iter().map(|format| format.extension().to_lowercase());
        assert_eq!(names.len(), Format::ALL.len());
        assert_eq!(files.collect::<BTreeSet<_>>().len(), Format::ALL.len());
    }
}
