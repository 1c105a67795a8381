//! The files that people get: promised, versioned, written from their own structs.
//!
//! `write` has a function a format that makes text of a transcript, `read` the way back: for
//! the formats of this program, and for what other programs and people write. What both
//! sides must agree on is here.

mod json;
mod read;
mod write;

pub use read::{BYTES_MAX, DoubtfulLine, ReadFormatError, Reading, read, reading, rttm, turns_of};
pub use write::{RenderSettings, Timecodes, escaped, one_line, subtitles};

use crate::base::transcript::Transcript;
use std::borrow::Cow;
use write::{annotation, docx, html, left_out, markdown, nist, podcast, safe, ttml, txt, wiki};

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
            Format::Html => html::render(transcript, settings),
            Format::Json => write::json::render(transcript),
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
            Format::Txt => txt::txt(transcript, settings),
            Format::Vtt => subtitles::vtt(transcript, settings.subtitles.vtt()),
        };
        text.into_bytes()
    }
}

/// What readers see before words that nobody should take as said.
const TO_CHECK: &str = "[à vérifier]";

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
