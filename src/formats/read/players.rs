//! Lists of segments with their times, read: the TSV of Whisper's own program, and the JSON of DOTe and
//! of Podlove's players, of any program.

use super::{error::ReadFormatError, import::Import, subtitles::clock};
use crate::{
    base::{
        time::Time,
        transcript::{Opening, Transcript},
    },
    formats::json::lists::{Entry, counted},
};
use serde::Deserialize;

/// A segment of a list, and where it stands for messages.
struct Piece {
    place: String,
    start: Option<Time>,
    end: Option<Time>,
    speaker: String,
    text: String,
}

/// The transcript in the TSV `text`.
///
/// # Errors
/// A line that has no two times; more words than are said in any episode.
pub(in crate::formats) fn tsv(text: &str) -> Result<Transcript, ReadFormatError> {
    let millis = |field: Option<&str>| {
        let millis: u32 = field?.trim().parse().ok()?;
        super::import::time(f64::from(millis) / 1_000.0)
    };
    let lines = text.lines().enumerate().skip(1).filter(|(_, line)| !line.trim().is_empty());
    let piece = |(at, line): (usize, &str)| {
        let mut fields = line.splitn(3, '\t');
        Piece {
            place: format!("line {}", at + 1),
            start: millis(fields.next()),
            end: millis(fields.next()),
            speaker: String::new(),
            text: fields.next().unwrap_or_default().to_owned(),
        }
    };
    transcript(lines.map(piece))
}

#[derive(Deserialize)]
struct Dote {
    #[serde(deserialize_with = "counted")]
    lines: Vec<DoteLine>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DoteLine {
    start_time: String,
    end_time: String,
    #[serde(default)]
    speaker_designation: String,
    #[serde(default)]
    text: String,
}

impl Entry for DoteLine {}

/// The transcript in the JSON of DOTe in `text`.
///
/// # Errors
/// No JSON, or other fields in it; a time that is none.
pub(in crate::formats) fn dote(text: &str) -> Result<Transcript, ReadFormatError> {
    let file: Dote = serde_json::from_str(text)?;
    let piece = |(at, line): (usize, DoteLine)| Piece {
        place: format!("lines[{at}]"),
        start: clock(&line.start_time),
        end: clock(&line.end_time),
        speaker: line.speaker_designation,
        text: line.text,
    };
    transcript(file.lines.into_iter().enumerate().map(piece))
}

#[derive(Deserialize)]
#[serde(transparent)]
struct Podlove {
    #[serde(deserialize_with = "counted")]
    pieces: Vec<PodlovePiece>,
}

#[derive(Deserialize)]
struct PodlovePiece {
    start: String,
    end: String,
    #[serde(default)]
    voice: Option<String>,
    #[serde(default)]
    text: String,
}

impl Entry for PodlovePiece {}

/// The transcript in the JSON of Podlove in `text`.
///
/// # Errors
/// As of DOTe's.
pub(in crate::formats) fn podlove(text: &str) -> Result<Transcript, ReadFormatError> {
    let file: Podlove = serde_json::from_str(text)?;
    let piece = |(at, piece): (usize, PodlovePiece)| Piece {
        place: format!("[{at}]"),
        start: clock(&piece.start),
        end: clock(&piece.end),
        speaker: piece.voice.unwrap_or_default(),
        text: piece.text,
    };
    transcript(file.pieces.into_iter().enumerate().map(piece))
}

fn transcript(pieces: impl Iterator<Item = Piece>) -> Result<Transcript, ReadFormatError> {
    let mut import = Import::default();
    for Piece { place, start, end, speaker, text } in pieces {
        let Some((start, end)) = start.zip(end) else {
            let problem = "it has no start and end".to_owned();
            return Err(ReadFormatError::Wrong { place, problem });
        };
        let name = Some(speaker.trim()).filter(|name| !name.is_empty());
        let speaker = name.map(|name| import.speaker(name)).transpose()?;
        let tokens = import.tokens(&text)?;
        import.push(speaker, tokens, (start, end.max(start)), Opening::Nothing);
    }
    Ok(import.finish(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(transcript: &Transcript) -> Vec<(String, String)> {
        let name = |segment| transcript.speaker_of(segment).map(|it| it.name.as_str().to_owned());
        let segments = transcript.segments.iter();
        segments
            .map(|it| (name(it).unwrap_or_default(), format!("{} {}", it.span.start(), it.text())))
            .collect()
    }

    #[test]
    fn lists_of_other_programs_say_who_says_what_and_when() {
        let whisper = tsv("start\tend\ttext\n0\t2500\t Bonjour à tous.\n2500\t4000\t\n").unwrap();
        assert_eq!(said(&whisper), [(String::new(), "00:00:00 Bonjour à tous.".to_owned())]);
        let line = r#"{"startTime":"00:00:01,500","endTime":"00:00:02,0","speakerDesignation":"Léa","text":"Oui."}"#;
        let expected = [("Léa".to_owned(), "00:00:01 Oui.".to_owned())];
        assert_eq!(said(&dote(&format!("{{\"lines\":[{line}]}}")).unwrap()), expected);
        let piece = r#"{"start":"00:00:01.500","start_ms":1500,"end":"00:00:02.000","end_ms":2000,"speaker":"3","voice":"Léa","text":"Oui."}"#;
        assert_eq!(said(&podlove(&format!("[{piece}]")).unwrap()), expected);
    }

    #[test]
    fn a_time_that_is_none_is_named_with_its_place() {
        let told = |read: Result<Transcript, ReadFormatError>| read.unwrap_err().to_string();
        assert_eq!(told(tsv("start\tend\ttext\nun\t2\toui\n")), "line 2: it has no start and end");
        let wrong = r#"[{"start":"x","end":"00:00:02.000"}]"#;
        assert_eq!(told(podlove(wrong)), "[0]: it has no start and end");
        assert!(told(dote("{\"lines\":[1]}")).starts_with("its JSON cannot be read"));
    }
}
