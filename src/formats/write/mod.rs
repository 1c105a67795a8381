//! The formats, written: each is a pure function of a transcript to the text of a file.
//!
//! `layout` is what the pages for reading have in common, `header` what stands above their
//! text. Times come from words, so that a cue begins with the sound it shows; texts have no
//! control character (`safe`).

pub(super) mod annotation;
pub(super) mod docx;
mod header;
pub(super) mod html;
pub(super) mod json;
pub(super) mod layout;
pub(super) mod left_out;
pub(super) mod markdown;
pub(super) mod nist;
pub(super) mod players;
pub(super) mod podcast;
pub(super) mod safe;
pub mod subtitles;
pub(super) mod ttml;
pub(super) mod txt;
pub(super) mod wiki;
mod xml;

pub use header::encoded_name;
pub use safe::one_line;
pub use xml::escaped;

use crate::{
    base::{time::Time, transcript::Transcript},
    formats::Format,
};
use subtitles::Preset;

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
    /// How the words of a page itself name people of any gender.
    pub gender: Gender,
    /// Formats whose files lie beside this one, called as `name`: a page links to those for people.
    pub beside: &'a [Format],
}

/// How the words of a page itself, not those that are said, name people of any gender.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Gender {
    /// « invité·e », as April's pages have it.
    #[default]
    Inclusive,
    /// « invité ».
    Masculine,
}

/// Where a text for reading shows the time. One without times of the sound never does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
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
