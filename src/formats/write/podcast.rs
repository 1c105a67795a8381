//! Transcripts of Podcasting 2.0, which podcast players show beside the sound: HTML and
//! JSON, after "Transcripts" of the podcast namespace.

use super::{
    Timecodes, labelled,
    layout::{blocks, text_of},
    seconds,
    xml::escaped,
};
use crate::base::{
    time::{SAMPLE_RATE, Time},
    transcript::Transcript,
};
use serde::Serialize;

#[derive(Serialize)]
struct File<'a> {
    version: &'static str,
    segments: Vec<Piece<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Piece<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    speaker: Option<&'a str>,
    /// s.
    start_time: f64,
    /// s.
    end_time: f64,
    body: String,
}

/// `transcript` as the JSON of Podcasting 2.0: a segment about a sentence.
pub(in crate::formats) fn json(transcript: &Transcript) -> String {
    let shown = transcript.segments.iter().filter(|segment| !segment.text().is_empty());
    let piece = |segment| Piece {
        speaker: transcript.speaker_of(segment).map(|speaker| speaker.name.as_str()),
        start_time: seconds(segment.span.start()),
        end_time: seconds(segment.span.end()),
        body: text_of(segment),
    };
    let file = File { version: "1.0.0", segments: shown.map(piece).collect() };
    serde_json::to_string_pretty(&file).expect("texts and numbers are JSON") + "\n"
}

/// `transcript` as the HTML of Podcasting 2.0: who, when, what, without anything around.
pub(in crate::formats) fn html(transcript: &Transcript) -> String {
    let mut page = String::new();
    for block in blocks(transcript, Timecodes::Paragraphs) {
        let cite = block.name.map(|name| escaped(labelled(name).trim_end()));
        page += &cite.map(|cite| format!("<cite>{cite}</cite>\n")).unwrap_or_default();
        page +=
            &block.time.map(|time| format!("<time>{}</time>\n", clock(time))).unwrap_or_default();
        page += &format!("<p>{}</p>\n", block.text(escaped, "<br>\n"));
    }
    page
}

/// As the namespace writes it: `0:53`, `1:02:05`.
fn clock(time: Time) -> String {
    let seconds = time.samples() / u64::from(SAMPLE_RATE);
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_hours_only_where_there_are_any() {
        for (seconds, expected) in [(0, "0:00"), (53, "0:53"), (3_725, "1:02:05")] {
            assert_eq!(clock(Time::from_millis(seconds * 1_000)), expected);
        }
    }
}
