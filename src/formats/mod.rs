//! The files that people get: promised, versioned, written from their own structs.
//!
//! `write` has a function a format that makes text of a transcript, `read` the way back: for
//! the formats of this program, and for what other programs and people write. What both
//! sides must agree on is here; what is to be known of a format is its row in `table`.

mod json;
mod read;
mod table;
mod write;

pub use read::{BYTES_MAX, DoubtfulLine, ReadFormatError, Reading, read, reading, rttm, turns_of};
pub(crate) use read::{untimed_words, without_note};
pub use write::{Gender, RenderSettings, Timecodes, encoded_name, escaped, one_line, subtitles};

use crate::base::transcript::{Segment, Transcript};
use std::borrow::Cow;
use write::{left_out, safe};

/// A format of the transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// Words with times, for programs that score them.
    Ctm,
    /// Text for a word processor.
    Docx,
    /// Segments for the players and editors that take JSON of DOTe.
    Dote,
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
    /// Segments for the players of Podlove.
    Podlove,
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
    /// Segments with times alone, as of Whisper's own program.
    Tsv,
    /// Subtitles for broadcasters.
    Ttml,
    /// Text with times, for reading.
    Txt,
    /// WebVTT subtitles.
    Vtt,
}

impl Format {
    /// All of them, in the order of their names.
    pub const ALL: [Format; table::ROWS.len()] = table::formats();

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Extension of its files, which no other format has.
    pub fn extension(self) -> &'static str {
        self.row().extension
    }

    /// Whether it means nothing without the times of the sound: it is then not to be
    /// written from a transcript that has none (see [`Transcript::is_timed`]).
    pub fn needs_times(self) -> bool {
        self.row().needs_times
    }

    /// Whether it means nothing without words: it is then not to be written from turns alone.
    pub fn needs_words(self) -> bool {
        self.row().needs_words
    }

    /// `transcript` in this format: a whole file. All but [`Format::Docx`] are UTF-8 that
    /// ends in a line feed.
    pub fn render(self, transcript: &Transcript, settings: &RenderSettings<'_>) -> Vec<u8> {
        let transcript = &*safe::safe(transcript);
        let said = if self.needs_times() { said(transcript) } else { Cow::Borrowed(transcript) };
        let transcript = &*said;
        let marked = if self.row().is_for_reading {
            left_out::marked(transcript)
        } else {
            Cow::Borrowed(transcript)
        };
        let name = &*one_line(settings.name);
        (self.row().write)(&marked, &RenderSettings { name, ..*settings })
    }

    /// What the file of `bytes`, which is in this format, says.
    ///
    /// # Errors
    /// As each format has them.
    fn read(self, bytes: &[u8]) -> Result<Reading, ReadFormatError> {
        (self.row().read)(bytes)
    }
}

/// `transcript` without what nobody says: there is no time at which to show it.
fn said(transcript: &Transcript) -> Cow<'_, Transcript> {
    if !transcript.segments.iter().any(Segment::is_unsaid) {
        return Cow::Borrowed(transcript);
    }
    let mut said = transcript.clone();
    said.segments.retain(|segment| !segment.is_unsaid());
    Cow::Owned(said)
}

/// What readers see before words that nobody should take as said.
const TO_CHECK: &str = "[à vérifier]";

/// What stands where an annotation tool wants a name and nobody is known.
const NOBODY: &str = "Sans nom";

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
