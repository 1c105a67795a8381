//! Why a file cannot be read as a transcript.

use crate::{
    base::guidance::{Guidance, Guided},
    formats::json::lists::is_too_long,
};

/// Why a file is no transcript that can be read.
///
/// Messages say what is wrong and where in the file; the path is the caller's to name.
#[derive(Debug, thiserror::Error)]
pub enum ReadFormatError {
    /// Nothing in it, or in its name, says what it is.
    #[error("it is none of the formats that can be read: {READ}")]
    Unknown,
    /// It is known what it is, and that cannot be read.
    #[error("it is {what}, which cannot be read; what can is {READ}")]
    Other {
        /// With its article.
        what: &'static str,
    },
    /// Text in another encoding, or no text at all.
    #[error("byte {at} is not UTF-8")]
    NotUtf8 {
        /// Of the first such byte, from 0.
        at: usize,
    },
    /// More than any episode gives.
    #[error("it has more than {} MB, the most that is read", super::BYTES_MAX / 1_000_000)]
    TooLarge,
    /// More than are said in any episode.
    #[error("it has more than {} words, the most that are read", super::import::WORDS_MAX)]
    TooManyWords,
    /// Not JSON, or a field is missing or of another kind.
    #[error("its JSON cannot be read: {0}")]
    Json(#[source] serde_json::Error),
    /// Not XML.
    #[error("line {line}: its XML cannot be read: {reason}")]
    Xml {
        /// Counted from 1.
        line: usize,
        /// What the parser found.
        reason: String,
    },
    /// Something that is written as it should be and cannot be so.
    #[error("{place}: {problem}")]
    Wrong {
        /// A line or a field.
        place: String,
        /// What is wrong there.
        problem: String,
    },
}

impl Guided for ReadFormatError {
    fn guidance(&self) -> Option<Guidance> {
        Some(match self {
            ReadFormatError::Unknown => Guidance::NameSpeakers,
            ReadFormatError::Other { what: "sound" } => Guidance::Transcribe,
            ReadFormatError::Other { .. } => Guidance::SaveAsText,
            ReadFormatError::NotUtf8 { .. } => Guidance::SaveAsUtf8,
            ReadFormatError::TooLarge | ReadFormatError::TooManyWords => Guidance::CutTranscript,
            _ => Guidance::MendTranscript,
        })
    }
}

/// What is read, for people.
const READ: &str = "JSON of voixoff, DOTe, Podlove or of the Whisper family, SRT, WebVTT, TTML, TSV, TextGrid, EAF, TRS, STM, \
                    CTM, RTTM, DOCX, Markdown, MediaWiki, SPIP, our HTML, that of Podcasting 2.0, text with names";

impl From<serde_json::Error> for ReadFormatError {
    fn from(error: serde_json::Error) -> ReadFormatError {
        match is_too_long(&error) {
            true => ReadFormatError::TooManyWords,
            false => ReadFormatError::Json(error),
        }
    }
}

impl ReadFormatError {
    /// Of `problem` in `line`, counted from 1.
    pub(super) fn in_line(line: usize, problem: impl Into<String>) -> ReadFormatError {
        ReadFormatError::Wrong { place: format!("line {line}"), problem: problem.into() }
    }
}
