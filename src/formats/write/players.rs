//! Lists of segments with their times, for programs that take no subtitles: the TSV of Whisper's own
//! program, and the JSON of two makers of players, DOTe and Podlove. A segment is about a sentence.

use super::{layout::text_of, subtitles::stamp};
use crate::base::{
    speech::SpeakerId,
    transcript::{Segment, Transcript},
};
use serde::Serialize;

/// What the file of Whisper's TSV begins with.
pub(in crate::formats) const TSV_HEAD: &str = "start\tend\ttext";

/// Segments that have words to show.
fn shown(transcript: &Transcript) -> impl Iterator<Item = &Segment> {
    transcript.segments.iter().filter(|segment| !segment.text().is_empty())
}

/// Who says `segment`; empty where nobody knows.
fn name<'a>(transcript: &'a Transcript, segment: &Segment) -> &'a str {
    transcript.speaker_of(segment).map_or("", |speaker| speaker.name.as_str())
}

/// `transcript` as TSV: start and end in milliseconds, and what is said, without who says it.
pub(in crate::formats) fn tsv(transcript: &Transcript) -> String {
    let line = |segment: &Segment| {
        let (start, end) = (segment.span.start().as_millis(), segment.span.end().as_millis());
        format!("{start}\t{end}\t{}\n", text_of(segment).replace('\t', " "))
    };
    format!("{TSV_HEAD}\n") + &shown(transcript).map(line).collect::<String>()
}

#[derive(Serialize)]
struct Dote<'a> {
    lines: Vec<DoteLine<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DoteLine<'a> {
    /// `00:00:01,500`.
    start_time: String,
    end_time: String,
    speaker_designation: &'a str,
    text: String,
}

/// `transcript` as the JSON of DOTe.
pub(in crate::formats) fn dote(transcript: &Transcript) -> String {
    let line = |segment: &Segment| DoteLine {
        start_time: stamp(segment.span.start(), ','),
        end_time: stamp(segment.span.end(), ','),
        speaker_designation: name(transcript, segment),
        text: text_of(segment),
    };
    json(&Dote { lines: shown(transcript).map(line).collect() })
}

#[derive(Serialize)]
struct PodlovePiece<'a> {
    /// `00:00:01.500`.
    start: String,
    start_ms: u64,
    end: String,
    end_ms: u64,
    /// Which person, by a number as text; empty where nobody knows.
    speaker: String,
    voice: &'a str,
    text: String,
}

/// `transcript` as the JSON of Podlove's players.
pub(in crate::formats) fn podlove(transcript: &Transcript) -> String {
    let piece = |segment: &Segment| PodlovePiece {
        start: stamp(segment.span.start(), '.'),
        start_ms: segment.span.start().as_millis(),
        end: stamp(segment.span.end(), '.'),
        end_ms: segment.span.end().as_millis(),
        speaker: segment.speaker.map(|SpeakerId(id)| id.to_string()).unwrap_or_default(),
        voice: name(transcript, segment),
        text: text_of(segment),
    };
    json(&shown(transcript).map(piece).collect::<Vec<_>>())
}

fn json(file: &impl Serialize) -> String {
    serde_json::to_string_pretty(file).expect("texts and numbers are JSON") + "\n"
}
