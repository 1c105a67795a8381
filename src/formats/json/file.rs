//! The layout of the file, field by field.

use crate::base::{
    speech::{Dropped, Gap, Role},
    transcript::{Date, Rule},
};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub(super) struct File {
    /// Layout of the file: 1.
    pub(super) schema: u32,
    /// Program and version that wrote it.
    #[serde(default)]
    pub(super) generator: String,
    /// Language asked for, ISO 639-1.
    #[serde(default)]
    pub(super) language: String,
    /// Length of the episode, s.
    #[serde(default)]
    pub(super) duration: f64,
    /// Name of the recogniser's model; null where the text came from elsewhere.
    #[serde(default)]
    pub(super) model: Option<String>,
    /// Digests of everything that had a part in the result.
    #[serde(default)]
    pub(super) provenance: Origins,
    /// False where the times are not those of the sound; absent where they are.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub(super) timed: bool,
    /// True where a person read it against the sound; absent where nobody is known to have.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) reviewed: bool,
    /// True where a person changed what was recognised; absent where nobody is known to have.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) corrected: bool,
    /// What a page says above the text; absent where nothing is known.
    #[serde(default, skip_serializing_if = "Heading::is_empty")]
    pub(super) about: Heading,
    /// Who speaks, by first appearance; empty where nobody was told apart.
    #[serde(default)]
    pub(super) speakers: Vec<Person>,
    /// Pieces of about a sentence, sorted by start.
    pub(super) segments: Vec<Piece>,
    /// Who speaks when, sorted by start; those of different speakers may overlap.
    #[serde(default)]
    pub(super) turns: Vec<Talk>,
    /// Stretches that sound like speech and have no word, sorted by start.
    #[serde(default)]
    pub(super) left_out: Vec<Unheard>,
    /// What rules changed in the words, sorted by time; absent where nothing was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) changes: Vec<Edit>,
    /// What was wrong with the sound; absent where nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) damage: Option<Harm>,
}

#[derive(Default, Serialize, Deserialize)]
pub(super) struct Origins {
    /// SHA-256 of the audio file.
    #[serde(default)]
    pub(super) audio: String,
    /// The recogniser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) recogniser: Option<Model>,
    /// The network that found the regions of speech.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) segmentation: Option<Model>,
    /// The network that told voices apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) embedding: Option<Model>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Model {
    /// Name in the manifest, or of the file.
    pub(super) name: String,
    /// SHA-256 of the file.
    #[serde(default)]
    pub(super) sha256: String,
}

#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Heading {
    /// Title of the episode.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) title: String,
    /// Title of the show.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) show: String,
    /// When it was published: `2019-10-01`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) date: Option<Date>,
    /// Paragraphs between the title and what is said.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) lead: Vec<String>,
    /// Address or file name of the sound.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) sound: String,
    /// Address of the episode's page.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) page: String,
    /// Its sections, sorted by start.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) chapters: Vec<Section>,
    /// Who has a part in it, as its publisher says.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) people: Vec<Named>,
}

#[derive(PartialEq, Serialize, Deserialize)]
pub(super) struct Named {
    /// As it is written.
    pub(super) name: String,
    /// What they do, in the publisher's words; absent where it is not said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) role: String,
}

#[derive(PartialEq, Serialize, Deserialize)]
pub(super) struct Section {
    /// s.
    pub(super) start: f64,
    /// One line.
    pub(super) title: String,
}

impl Heading {
    fn is_empty(&self) -> bool {
        *self == Heading::default()
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct Person {
    /// Number, named by segments; from 0 in the order of the list.
    pub(super) id: u16,
    /// What a person calls them.
    pub(super) name: String,
    /// `voix-off`, `host`, `guest`; null where unknown.
    #[serde(default)]
    pub(super) role: Option<Role>,
    /// How sure the role and the name are, 0 to 1; null without either.
    #[serde(default)]
    pub(super) confidence: Option<f64>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Talk {
    /// s.
    pub(super) start: f64,
    /// s.
    pub(super) end: f64,
    /// `id` of the speaker.
    pub(super) speaker: u16,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Piece {
    /// Start of the first word, s.
    pub(super) start: f64,
    /// End of the last word, s.
    pub(super) end: f64,
    /// `id` of the speaker; null where unknown.
    #[serde(default)]
    pub(super) speaker: Option<u16>,
    /// `line` or `block` where the page begins one with it; absent where it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) opens: Option<Opens>,
    /// In which language it is said, where that is not the episode's: `en`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) lang: Option<String>,
    /// The words as readers are shown them; not read back, the words are.
    #[serde(default)]
    pub(super) text: String,
    /// Why a person should look at it: `improbable`, `unfinished`, `repetition`, `no-speech` or
    /// `phantom`; in files of earlier versions `skipped` as well. Absent where there is no doubt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) doubt: Option<String>,
    /// The words, sorted, disjoint.
    pub(super) words: Vec<Timed>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Opens {
    Line,
    Block,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Timed {
    /// s.
    pub(super) start: f64,
    /// s.
    pub(super) end: f64,
    /// False where its time is a share of that of several words; absent where it is its own.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub(super) timed: bool,
    /// Spelling with its punctuation.
    pub(super) text: String,
    /// Probability given by the recogniser, 0 to 1; null where it is not known.
    #[serde(default)]
    pub(super) probability: Option<f64>,
    /// What stands before it: `no-break`, `narrow` or `nothing`; absent for a space.
    #[serde(default, skip_serializing_if = "Gap::is_space")]
    pub(super) gap: Gap,
    /// Why texts do not show it: `filler`, `repeat` or `backchannel`; absent where they do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) dropped: Option<Dropped>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Stretch {
    /// s.
    pub(super) start: f64,
    /// s.
    pub(super) end: f64,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Unheard {
    /// s.
    pub(super) start: f64,
    /// s.
    pub(super) end: f64,
    /// True where somebody talks there: texts say `[à compléter]`. Absent where it may as well
    /// be a pause, or music.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) spoken: bool,
    /// `id` of who talks there; absent where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) speaker: Option<u16>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Edit {
    /// Start of the words it concerns, s.
    pub(super) at: f64,
    /// Which rule, by its name.
    pub(super) rule: Rule,
    /// The words before.
    pub(super) before: String,
    /// The words behind; empty where they are no longer shown.
    pub(super) after: String,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Harm {
    /// Packets that could not be decoded; they are silent.
    #[serde(default)]
    pub(super) corrupt_packets: u64,
    /// Where the sound stops although the file says it goes on, s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cut_at: Option<f64>,
    /// Length that the file says it has, s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) promised: Option<f64>,
    /// Where sound is lost; it is silent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) lost: Vec<Stretch>,
    /// From when on times may be off, because it is unknown how much is lost, s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) uncertain_from: Option<f64>,
    /// Length in the header, where the sound goes on behind it, s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) claimed: Option<f64>,
}

fn yes() -> bool {
    true
}

fn is_true(value: &bool) -> bool {
    *value
}

fn is_false(value: &bool) -> bool {
    !*value
}
