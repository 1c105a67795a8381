//! What is to be known of each format, a row each.
//!
//! A format is a variant of [`Format`], its row here, and a module in `write` and in `read`.
//! Only text that could be of several formats needs more: `read::detect` weighs it.

use super::{Format, ReadFormatError, Reading, RenderSettings, read, read::utf8, write};
use crate::base::transcript::Transcript;

/// A format.
pub(super) struct Row {
    pub(super) format: Format,
    /// On the command line.
    pub(super) name: &'static str,
    /// Of its files; no other format has it.
    pub(super) extension: &'static str,
    pub(super) known_by: KnownBy,
    /// Whether it means nothing without the times of the sound.
    pub(super) needs_times: bool,
    /// Whether it means nothing without words.
    pub(super) needs_words: bool,
    /// Whether it is shown to people: it then says where speech has no words. The others are
    /// for programs that score words, or say it in their own way.
    pub(super) is_for_reading: bool,
    /// A whole file: UTF-8 that ends in a line feed, but for DOCX.
    pub(super) write: fn(&Transcript, &RenderSettings<'_>) -> Vec<u8>,
    /// What a whole file says.
    pub(super) read: fn(&[u8]) -> Result<Reading, ReadFormatError>,
}

/// How a file is known to be of a format.
pub(super) enum KnownBy {
    /// The bytes it begins with.
    Start(&'static [u8]),
    /// The name of its root element, without prefix.
    Root(&'static [u8]),
    /// The extension of its name, in small letters: all text can be one.
    Name(&'static [&'static str]),
    /// What `read::detect` finds in it; where that is not enough, its name.
    Content,
}

/// In the order of the variants.
pub(super) const ROWS: &[Row] = &[
    Row {
        format: Format::Ctm,
        name: "ctm",
        extension: "ctm",
        known_by: KnownBy::Content,
        needs_times: true,
        needs_words: true,
        is_for_reading: false,
        write: |transcript, settings| write::nist::ctm(settings.name, transcript).into(),
        read: |bytes| read::nist::ctm(utf8(bytes)?).map(Reading::from),
    },
    Row {
        format: Format::Docx,
        name: "docx",
        extension: "docx",
        known_by: KnownBy::Start(b"PK\x03\x04"),
        needs_times: false,
        needs_words: true,
        is_for_reading: true,
        write: write::docx::render,
        read: read::docx::read,
    },
    Row {
        format: Format::Dote,
        name: "dote",
        extension: "dote.json",
        known_by: KnownBy::Content,
        needs_times: true,
        needs_words: true,
        is_for_reading: true,
        write: |transcript, _| write::players::dote(transcript).into(),
        read: |bytes| read::players::dote(utf8(bytes)?).map(Reading::from),
    },
    Row {
        format: Format::Eaf,
        name: "eaf",
        extension: "eaf",
        known_by: KnownBy::Root(b"ANNOTATION_DOCUMENT"),
        needs_times: true,
        needs_words: true,
        is_for_reading: true,
        write: |transcript, _| write::annotation::eaf(transcript).into(),
        read: |bytes| read::eaf::read(bytes).map(Reading::from),
    },
    Row {
        format: Format::Html,
        name: "html",
        extension: "html",
        known_by: KnownBy::Content,
        needs_times: false,
        needs_words: true,
        is_for_reading: true,
        write: |transcript, settings| write::html::render(transcript, settings).into(),
        read: |bytes| read::html::read(bytes).map(Reading::from),
    },
    Row {
        format: Format::Json,
        name: "json",
        extension: "json",
        known_by: KnownBy::Content,
        needs_times: false,
        needs_words: false,
        is_for_reading: false,
        write: |transcript, _| write::json::render(transcript).into(),
        read: |bytes| read::json::read(utf8(bytes)?).map(Reading::from),
    },
    Row {
        format: Format::Markdown,
        name: "md",
        extension: "md",
        known_by: KnownBy::Name(&["md", "markdown"]),
        needs_times: false,
        needs_words: true,
        is_for_reading: true,
        write: |transcript, settings| write::markdown::render(transcript, settings).into(),
        read: |bytes| read::markdown::read(utf8(bytes)?),
    },
    Row {
        format: Format::MediaWiki,
        name: "mediawiki",
        extension: "wiki",
        known_by: KnownBy::Name(&["wiki", "mediawiki"]),
        needs_times: false,
        needs_words: true,
        is_for_reading: true,
        write: |transcript, settings| write::wiki::mediawiki(transcript, settings).into(),
        read: |bytes| read::wiki::read(utf8(bytes)?),
    },
    Row {
        format: Format::PodcastHtml,
        name: "podcast-html",
        extension: "podcast.html",
        known_by: KnownBy::Content,
        needs_times: true,
        needs_words: true,
        is_for_reading: true,
        write: |transcript, _| write::podcast::html(transcript).into(),
        read: |bytes| Ok(Reading { is_page: true, ..read::podcast::read(bytes)?.into() }),
    },
    Row {
        format: Format::PodcastJson,
        name: "podcast-json",
        extension: "podcast.json",
        known_by: KnownBy::Content,
        needs_times: true,
        needs_words: true,
        is_for_reading: true,
        write: |transcript, _| write::podcast::json(transcript).into(),
        // Its fields are a part of those of the Whisper family, whose reader takes both.
        read: |bytes| read::whisper::read(&String::from_utf8_lossy(bytes)).map(Reading::from),
    },
    Row {
        format: Format::Podlove,
        name: "podlove",
        extension: "podlove.json",
        known_by: KnownBy::Content,
        needs_times: true,
        needs_words: true,
        is_for_reading: true,
        write: |transcript, _| write::players::podlove(transcript).into(),
        read: |bytes| read::players::podlove(utf8(bytes)?).map(Reading::from),
    },
    Row {
        format: Format::Rttm,
        name: "rttm",
        extension: "rttm",
        known_by: KnownBy::Content,
        needs_times: true,
        needs_words: false,
        is_for_reading: false,
        write: |transcript, settings| {
            write::nist::rttm(settings.name, &transcript.turns, &transcript.names()).into()
        },
        read: |bytes| read::nist::rttm(utf8(bytes)?).map(Reading::from),
    },
    Row {
        format: Format::Spip,
        name: "spip",
        extension: "spip",
        known_by: KnownBy::Name(&["spip"]),
        needs_times: false,
        needs_words: true,
        is_for_reading: true,
        write: |transcript, settings| write::wiki::spip(transcript, settings).into(),
        read: |bytes| read::spip::read(utf8(bytes)?),
    },
    Row {
        format: Format::Srt,
        name: "srt",
        extension: "srt",
        known_by: KnownBy::Content,
        needs_times: true,
        needs_words: true,
        is_for_reading: true,
        write: |transcript, settings| {
            write::subtitles::srt(transcript, settings.subtitles.srt()).into()
        },
        read: |bytes| read::subtitles::read(utf8(bytes)?).map(Reading::from),
    },
    Row {
        format: Format::Stm,
        name: "stm",
        extension: "stm",
        known_by: KnownBy::Content,
        needs_times: true,
        needs_words: true,
        is_for_reading: false,
        write: |transcript, settings| write::nist::stm(settings.name, transcript).into(),
        read: |bytes| read::nist::stm(utf8(bytes)?).map(Reading::from),
    },
    Row {
        format: Format::TextGrid,
        name: "textgrid",
        extension: "TextGrid",
        known_by: KnownBy::Content,
        needs_times: true,
        needs_words: true,
        is_for_reading: true,
        write: |transcript, _| write::annotation::textgrid(transcript).into(),
        read: |bytes| read::textgrid::read(utf8(bytes)?).map(Reading::from),
    },
    Row {
        format: Format::Trs,
        name: "trs",
        extension: "trs",
        known_by: KnownBy::Root(b"Trans"),
        needs_times: true,
        needs_words: true,
        is_for_reading: true,
        write: |transcript, settings| write::annotation::trs(transcript, settings.name).into(),
        read: |bytes| read::trs::read(bytes).map(Reading::from),
    },
    Row {
        format: Format::Tsv,
        name: "tsv",
        extension: "tsv",
        known_by: KnownBy::Start(write::players::TSV_HEAD.as_bytes()),
        needs_times: true,
        needs_words: true,
        is_for_reading: true,
        write: |transcript, _| write::players::tsv(transcript).into(),
        read: |bytes| read::players::tsv(utf8(bytes)?).map(Reading::from),
    },
    Row {
        format: Format::Ttml,
        name: "ttml",
        extension: "ttml",
        known_by: KnownBy::Root(b"tt"),
        needs_times: true,
        needs_words: true,
        is_for_reading: true,
        write: |transcript, settings| {
            write::ttml::render(transcript, settings.subtitles.srt()).into()
        },
        read: |bytes| read::ttml::read(bytes).map(Reading::from),
    },
    Row {
        format: Format::Txt,
        name: "txt",
        extension: "txt",
        known_by: KnownBy::Content,
        needs_times: false,
        needs_words: true,
        is_for_reading: true,
        write: |transcript, settings| write::txt::txt(transcript, settings).into(),
        read: |bytes| read::txt::page(utf8(bytes)?),
    },
    Row {
        format: Format::Vtt,
        name: "vtt",
        extension: "vtt",
        known_by: KnownBy::Content,
        needs_times: true,
        needs_words: true,
        is_for_reading: true,
        write: |transcript, settings| {
            write::subtitles::vtt(transcript, settings.subtitles.vtt()).into()
        },
        read: |bytes| read::subtitles::read(utf8(bytes)?).map(Reading::from),
    },
];

impl Format {
    pub(super) fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }
}

/// The formats of the rows.
pub(super) const fn formats() -> [Format; ROWS.len()] {
    let mut formats = [Format::Ctm; ROWS.len()];
    let mut index = 0;
    while index < ROWS.len() {
        formats[index] = ROWS[index].format;
        // A row is found by its number.
        assert!(formats[index] as usize == index, "rows stand in the order of the variants");
        index += 1;
    }
    formats
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variant_has_a_row() {
        let (_, variants) = include_str!("mod.rs").split_once("pub enum Format {").unwrap();
        let (variants, _) = variants.split_once("\n}").unwrap();
        let variants = variants.lines().filter_map(|line| line.strip_suffix(','));
        let variants: Vec<&str> =
            variants.map(str::trim).filter(|line| !line.starts_with("//")).collect();
        let rows: Vec<String> = ROWS.iter().map(|row| format!("{:?}", row.format)).collect();
        assert_eq!(variants, rows);
    }

    #[test]
    fn what_is_known_by_its_name_has_the_extension_that_it_is_written_with() {
        for row in ROWS {
            if let KnownBy::Name(names) = row.known_by {
                assert!(names.contains(&row.extension), "{}", row.name);
            }
        }
    }
}
