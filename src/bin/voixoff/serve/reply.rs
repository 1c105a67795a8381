//! What a recording is answered with, in each format that may be asked for.
//!
//! `json`, `text`, `srt`, `vtt`, `verbose_json` and `diarized_json` are as OpenAI's interface has
//! them; the last two say who speaks by the names that texts show.

use super::form::{Asked, Granularities};
use axum::{
    body::Bytes,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use voixoff::{
    base::{
        speech::Word,
        time::Time,
        transcript::{Segment, Transcript},
    },
    formats::{Format, RenderSettings},
};

/// What clients of OpenAI's call the one model that there is.
pub(super) const MODEL: &str = "whisper-1";

/// A format of an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum ReplyFormat {
    #[default]
    Json,
    Text,
    Verbose,
    Diarized,
    /// A file as `transcribe` writes it.
    File(Format),
}

/// The text of an answer, and what it is.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    kind: &'static str,
    pub(super) body: Bytes,
    /// How long the recording is.
    pub(super) sound_ms: u64,
}

impl ReplyFormat {
    pub(super) fn from_name(name: &str) -> Option<ReplyFormat> {
        match name {
            "json" => Some(ReplyFormat::Json),
            "text" => Some(ReplyFormat::Text),
            "verbose_json" => Some(ReplyFormat::Verbose),
            "diarized_json" => Some(ReplyFormat::Diarized),
            _ => Format::ALL.into_iter().find(|it| it.name() == name).map(ReplyFormat::File),
        }
    }

    /// The names of all.
    pub(super) fn names() -> Vec<&'static str> {
        let files = Format::ALL.iter().map(|format| format.name()).filter(|name| *name != "json");
        ["json", "text", "verbose_json", "diarized_json"].into_iter().chain(files).collect()
    }
}

impl Reply {
    /// `transcript`, as it is `asked` for.
    pub(super) fn new(
        asked: &Asked,
        transcript: &Transcript,
        settings: &RenderSettings<'_>,
    ) -> Reply {
        let json = |value: Value| ("application/json", value.to_string().into_bytes());
        let (kind, body) = match asked.format {
            ReplyFormat::Json => {
                json(json!({ "text": text(transcript), "usage": usage(transcript) }))
            }
            ReplyFormat::Text => ("text/plain; charset=utf-8", (text(transcript) + "\n").into()),
            ReplyFormat::Verbose => json(verbose(asked, transcript)),
            ReplyFormat::Diarized => json(diarized(transcript)),
            ReplyFormat::File(format) => (kind_of(format), format.render(transcript, settings)),
        };
        Reply { kind, body: body.into(), sound_ms: transcript.duration.as_millis() }
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let kind = HeaderValue::from_static(self.kind);
        ([(header::CONTENT_TYPE, kind)], self.body).into_response()
    }
}

fn kind_of(format: Format) -> &'static str {
    match format {
        Format::Vtt => "text/vtt; charset=utf-8",
        Format::Html | Format::PodcastHtml => "text/html; charset=utf-8",
        Format::Docx => "application/octet-stream",
        _ => "text/plain; charset=utf-8",
    }
}

/// All that is said, in one line.
fn text(transcript: &Transcript) -> String {
    let texts = transcript.segments.iter().map(Segment::text).filter(|text| !text.is_empty());
    texts.collect::<Vec<_>>().join(" ")
}

fn usage(transcript: &Transcript) -> Value {
    json!({ "type": "duration", "seconds": transcript.duration.as_secs_f64().ceil() as u64 })
}

fn verbose(asked: &Asked, transcript: &Transcript) -> Value {
    let default = Granularities { words: false, segments: true };
    let listed = asked.granularities.unwrap_or(default);
    let speakers = transcript.speakers.iter().map(
        |speaker| json!({ "id": speaker.id.0, "name": speaker.name.as_str(), "role": speaker.role }),
    );
    let mut value = json!({
        "task": "transcribe",
        "language": transcript.provenance.language,
        "duration": seconds(transcript.duration),
        "text": text(transcript),
        "speakers": speakers.collect::<Vec<_>>(),
        "usage": usage(transcript),
    });
    if listed.segments {
        let all = shown(transcript).enumerate();
        let all = all.map(|(id, it)| segment(id, it, transcript, asked.temperature));
        value["segments"] = all.collect();
    }
    if listed.words {
        let words = shown(transcript).flat_map(|it| {
            let speaker = name(it, transcript);
            it.words.iter().filter(|word| word.dropped.is_none()).map(move |word| {
                json!({
                    "word": word.text,
                    "start": seconds(word.span.start()),
                    "end": seconds(word.span.end()),
                    "speaker": speaker,
                    "probability": word.probability,
                })
            })
        });
        value["words"] = words.collect();
    }
    value
}

/// A segment as Whisper's own program has it. An answer that its compression or the chance of no
/// speech speak against was tried again, and has a `doubt` where nothing better came of that.
fn segment(id: usize, segment: &Segment, transcript: &Transcript, temperature: f32) -> Value {
    json!({
        "id": id,
        "seek": 0,
        "start": seconds(segment.span.start()),
        "end": seconds(segment.span.end()),
        "text": segment.text(),
        "tokens": [],
        "temperature": temperature,
        "avg_logprob": mean_log_probability(&segment.words),
        "compression_ratio": 1.0,
        "no_speech_prob": 0.0,
        "speaker": name(segment, transcript),
        "doubt": segment.doubt.map(|doubt| doubt.name()),
    })
}

fn diarized(transcript: &Transcript) -> Value {
    let segments = shown(transcript).enumerate().map(|(id, it)| {
        json!({
            "type": "transcript.text.segment",
            "id": format!("seg_{id}"),
            "start": seconds(it.span.start()),
            "end": seconds(it.span.end()),
            "text": it.text(),
            "speaker": name(it, transcript).unwrap_or_default(),
        })
    });
    json!({
        "task": "transcribe",
        "duration": seconds(transcript.duration),
        "text": text(transcript),
        "segments": segments.collect::<Vec<_>>(),
        "usage": usage(transcript),
    })
}

/// The segments that readers are shown.
fn shown(transcript: &Transcript) -> impl Iterator<Item = &Segment> {
    transcript.segments.iter().filter(|segment| !segment.text().is_empty())
}

fn name<'a>(segment: &Segment, transcript: &'a Transcript) -> Option<&'a str> {
    Some(transcript.speaker(segment.speaker?)?.name.as_str())
}

/// Of the words that have a probability; 0 where none has.
fn mean_log_probability(words: &[Word]) -> f64 {
    let known = words.iter().filter_map(|word| word.probability);
    let logs: Vec<f64> = known.map(|it| f64::from(it).max(1e-10).ln()).collect();
    match logs.len() {
        0 => 0.0,
        n => (logs.iter().sum::<f64>() / n as f64 * 1_000.0).round() / 1_000.0,
    }
}

/// To the millisecond.
fn seconds(time: Time) -> f64 {
    time.as_millis() as f64 / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_has_the_name_that_it_is_asked_for_by() {
        let names = ReplyFormat::names();
        assert!(names.iter().all(|name| ReplyFormat::from_name(name).is_some()));
        assert!(["srt", "vtt"].iter().all(|name| names.contains(name)));
        assert_eq!(ReplyFormat::from_name("json"), Some(ReplyFormat::Json));
        assert_eq!(ReplyFormat::from_name("pdf"), None);
    }
}
