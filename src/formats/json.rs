//! The JSON output, schema 1: everything that is known about an episode.
//!
//! Its structs are its own: renaming a field inside the program must not rename
//! it in people's archives. Fields are added, never renamed or reused, within a
//! schema; readers ignore those they do not know. Times are seconds from the
//! start of the episode, with milliseconds.

use crate::{
    speech::{Dropped, Role, Turn, Word},
    time::{Span, Time},
    transcript::{self, ModelUsed, Segment, Transcript},
};
use serde::Serialize;

/// Version of the layout below.
pub const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct File<'a> {
    /// Layout of the file: 1.
    schema: u32,
    /// Program and version that wrote it.
    generator: &'static str,
    /// Language asked for, ISO 639-1.
    language: &'a str,
    /// Length of the episode, s.
    duration: f64,
    /// Name of the recogniser's model; null where the text came from elsewhere.
    model: Option<&'a str>,
    /// Digests of everything that had a part in the result.
    provenance: Provenance<'a>,
    /// Who speaks, by first appearance; empty where nobody was told apart.
    speakers: Vec<Speaker<'a>>,
    /// Pieces of about a sentence, sorted by start.
    segments: Vec<Piece<'a>>,
    /// Who speaks when, sorted by start; those of different speakers may overlap.
    turns: Vec<Talk>,
    /// Stretches that sound like speech and were not transcribed.
    left_out: Vec<Stretch>,
    /// What was wrong with the sound; absent where nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    damage: Option<Damage>,
}

#[derive(Serialize)]
struct Provenance<'a> {
    /// SHA-256 of the audio file.
    audio: &'a str,
    /// The recogniser.
    #[serde(skip_serializing_if = "Option::is_none")]
    recogniser: Option<Model<'a>>,
    /// The network that found the regions of speech.
    #[serde(skip_serializing_if = "Option::is_none")]
    segmentation: Option<Model<'a>>,
    /// The network that told voices apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    embedding: Option<Model<'a>>,
}

#[derive(Serialize)]
struct Model<'a> {
    /// Name in the manifest, or of the file.
    name: &'a str,
    /// SHA-256 of the file.
    sha256: &'a str,
}

#[derive(Serialize)]
struct Speaker<'a> {
    /// Number, named by segments.
    id: u16,
    /// What a person calls them.
    name: &'a str,
    /// `voix-off`, `host`, `guest`; null where unknown.
    role: Option<&'static str>,
    /// How sure the role and the name are, 0 to 1; null without either.
    confidence: Option<f64>,
}

#[derive(Serialize)]
struct Talk {
    /// s.
    start: f64,
    /// s.
    end: f64,
    /// `id` of the speaker.
    speaker: u16,
}

#[derive(Serialize)]
struct Piece<'a> {
    /// Start of the first word, s.
    start: f64,
    /// End of the last word, s.
    end: f64,
    /// `id` of the speaker; null where unknown.
    speaker: Option<u16>,
    /// The words joined by spaces.
    text: String,
    /// Why a person should look at it: `improbable`, `skipped`, `unfinished`,
    /// `repetition`, `no-speech` or `phantom`. Absent where there is no doubt.
    #[serde(skip_serializing_if = "Option::is_none")]
    doubt: Option<&'static str>,
    /// The words, sorted, disjoint.
    words: Vec<Timed<'a>>,
}

#[derive(Serialize)]
struct Timed<'a> {
    /// s.
    start: f64,
    /// s.
    end: f64,
    /// Spelling with its punctuation.
    text: &'a str,
    /// Probability given by the recogniser, 0 to 1; null where it is not known.
    probability: Option<f64>,
    /// Why texts do not show it: `filler`, `repeat` or `backchannel`; absent where they do.
    #[serde(skip_serializing_if = "Option::is_none")]
    dropped: Option<&'static str>,
}

#[derive(Serialize)]
struct Stretch {
    /// s.
    start: f64,
    /// s.
    end: f64,
}

#[derive(Serialize)]
struct Damage {
    /// Packets that could not be decoded; they are silent.
    corrupt_packets: u64,
    /// Where the sound stops although the file says it goes on, s.
    #[serde(skip_serializing_if = "Option::is_none")]
    cut_at: Option<f64>,
    /// Length that the file says it has, s.
    #[serde(skip_serializing_if = "Option::is_none")]
    promised: Option<f64>,
}

/// The file of `transcript`.
pub fn render(transcript: &Transcript) -> String {
    let provenance = &transcript.provenance;
    let damage = transcript.damage;
    let file = File {
        schema: SCHEMA,
        generator: concat!("voixoff ", env!("CARGO_PKG_VERSION")),
        language: &provenance.language,
        duration: seconds(transcript.duration),
        model: provenance.recogniser.as_ref().map(|model| model.name.as_str()),
        provenance: Provenance {
            audio: &provenance.audio,
            recogniser: provenance.recogniser.as_ref().map(model),
            segmentation: provenance.segmentation.as_ref().map(model),
            embedding: provenance.embedding.as_ref().map(model),
        },
        speakers: transcript.speakers.iter().map(speaker).collect(),
        segments: transcript.segments.iter().map(piece).collect(),
        turns: transcript.turns.iter().map(talk).collect(),
        left_out: transcript.left_out.iter().copied().map(stretch).collect(),
        damage: (damage != Default::default()).then(|| Damage {
            corrupt_packets: damage.corrupt_packets,
            cut_at: damage.cut.map(|(at, _)| seconds(at)),
            promised: damage.cut.and_then(|(_, promised)| promised).map(seconds),
        }),
    };
    // Strings and finite numbers always have a JSON form.
    serde_json::to_string_pretty(&file).unwrap_or_default() + "\n"
}

fn seconds(time: Time) -> f64 {
    time.as_millis() as f64 / 1_000.0
}

fn stretch(span: Span) -> Stretch {
    Stretch { start: seconds(span.start()), end: seconds(span.end()) }
}

fn model(model: &ModelUsed) -> Model<'_> {
    Model { name: &model.name, sha256: &model.sha256 }
}

fn speaker(speaker: &transcript::Speaker) -> Speaker<'_> {
    Speaker {
        id: speaker.id.0,
        name: &speaker.name,
        role: speaker.role.map(Role::name),
        confidence: speaker.confidence.map(thousandths),
    }
}

fn talk(turn: &Turn) -> Talk {
    let (start, end) = (seconds(turn.span.start()), seconds(turn.span.end()));
    Talk { start, end, speaker: turn.speaker.0 }
}

fn thousandths(value: f32) -> f64 {
    (f64::from(value) * 1_000.0).round() / 1_000.0
}

fn piece(segment: &Segment) -> Piece<'_> {
    Piece {
        start: seconds(segment.span.start()),
        end: seconds(segment.span.end()),
        speaker: segment.speaker.map(|speaker| speaker.0),
        text: segment.text(),
        doubt: segment.doubt.map(|doubt| doubt.name()),
        words: segment.words.iter().map(timed).collect(),
    }
}

fn timed(word: &Word) -> Timed<'_> {
    Timed {
        start: seconds(word.span.start()),
        end: seconds(word.span.end()),
        text: &word.text,
        probability: word.probability.map(thousandths),
        dropped: word.dropped.map(Dropped::name),
    }
}
