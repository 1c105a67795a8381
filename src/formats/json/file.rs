//! The layout of the file, field by field.

use super::lists::{Entry, counted};
use crate::base::{
    speech::{Dropped, Gap, Role},
    transcript::{Date, Rule},
};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub(in crate::formats) struct File {
    /// Layout of the file: 1.
    pub(in crate::formats) schema: u32,
    /// Program and version that wrote it.
    #[serde(default)]
    pub(in crate::formats) generator: String,
    /// Language asked for, ISO 639-1.
    #[serde(default)]
    pub(in crate::formats) language: String,
    /// Length of the episode, s.
    #[serde(default)]
    pub(in crate::formats) duration: f64,
    /// Name of the recogniser's model; null where the text came from elsewhere.
    #[serde(default)]
    pub(in crate::formats) model: Option<String>,
    /// Digests of everything that had a part in the result.
    #[serde(default)]
    pub(in crate::formats) provenance: Origins,
    /// False where the times are not those of the sound; absent where they are.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub(in crate::formats) timed: bool,
    /// True where a person read it against the sound; absent where nobody is known to have.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(in crate::formats) reviewed: bool,
    /// Who did; absent where nobody signs.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(in crate::formats) reviewer: String,
    /// True where a person changed what was recognised; absent where nobody is known to have.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(in crate::formats) corrected: bool,
    /// What a page says above the text; absent where nothing is known.
    #[serde(default, skip_serializing_if = "Heading::is_empty")]
    pub(in crate::formats) about: Heading,
    /// Who speaks, by first appearance; empty where nobody was told apart.
    #[serde(default, deserialize_with = "counted")]
    pub(in crate::formats) speakers: Vec<Person>,
    /// What the talk says of their names, the most probable first; absent where nothing.
    #[serde(default, deserialize_with = "counted", skip_serializing_if = "Vec::is_empty")]
    pub(in crate::formats) name_evidence: Vec<Naming>,
    /// Pieces of about a sentence, sorted by start.
    #[serde(deserialize_with = "counted")]
    pub(in crate::formats) segments: Vec<Piece>,
    /// Who speaks when, sorted by start; those of different speakers may overlap.
    #[serde(default, deserialize_with = "counted")]
    pub(in crate::formats) turns: Vec<Talk>,
    /// Stretches that sound like speech and have no word, sorted by start.
    #[serde(default, deserialize_with = "counted")]
    pub(in crate::formats) left_out: Vec<Unheard>,
    /// What rules changed in the words, sorted by time; absent where nothing was.
    #[serde(default, deserialize_with = "counted", skip_serializing_if = "Vec::is_empty")]
    pub(in crate::formats) changes: Vec<Edit>,
    /// Marks that may be missing, sorted by start; absent where none is.
    #[serde(default, deserialize_with = "counted", skip_serializing_if = "Vec::is_empty")]
    pub(in crate::formats) suggestions: Vec<Suggested>,
    /// How surely the paragraphs of a person's text are said where they stand, in their order;
    /// absent of what was recognised.
    #[serde(default, deserialize_with = "counted", skip_serializing_if = "Vec::is_empty")]
    pub(in crate::formats) alignment: Vec<Aligned>,
    /// What was wrong with the sound; absent where nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::formats) damage: Option<Harm>,
}

#[derive(Default, Serialize, Deserialize)]
pub(in crate::formats) struct Origins {
    /// SHA-256 of the audio file.
    #[serde(default)]
    pub(in crate::formats) audio: String,
    /// The recogniser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::formats) recogniser: Option<Model>,
    /// The network that found the regions of speech.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::formats) segmentation: Option<Model>,
    /// The network that told voices apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::formats) embedding: Option<Model>,
}

#[derive(Serialize, Deserialize)]
pub(in crate::formats) struct Model {
    /// Name in the manifest, or of the file.
    pub(in crate::formats) name: String,
    /// SHA-256 of the file.
    #[serde(default)]
    pub(in crate::formats) sha256: String,
}

#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::formats) struct Heading {
    /// Title of the episode.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(in crate::formats) title: String,
    /// Title of the show.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(in crate::formats) show: String,
    /// When it was published: `2019-10-01`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::formats) date: Option<Date>,
    /// Paragraphs between the title and what is said.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "counted")]
    pub(in crate::formats) lead: Vec<String>,
    /// Address or file name of the sound.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(in crate::formats) sound: String,
    /// Address of the episode's page.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(in crate::formats) page: String,
    /// Its sections, sorted by start.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "counted")]
    pub(in crate::formats) chapters: Vec<Section>,
    /// Who has a part in it, as its publisher says.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "counted")]
    pub(in crate::formats) people: Vec<Named>,
    /// Notes that a person added: `[1]` in the text is the first one.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "counted")]
    pub(in crate::formats) notes: Vec<String>,
}

#[derive(PartialEq, Serialize, Deserialize)]
pub(in crate::formats) struct Named {
    /// As it is written.
    pub(in crate::formats) name: String,
    /// What they do, in the publisher's words; absent where it is not said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(in crate::formats) role: String,
}

#[derive(PartialEq, Serialize, Deserialize)]
pub(in crate::formats) struct Section {
    /// s.
    pub(in crate::formats) start: f64,
    /// One line.
    pub(in crate::formats) title: String,
}

impl Heading {
    fn is_empty(&self) -> bool {
        *self == Heading::default()
    }
}

#[derive(Serialize, Deserialize)]
pub(in crate::formats) struct Person {
    /// Number, named by segments; from 0 in the order of the list.
    pub(in crate::formats) id: u16,
    /// What a person calls them.
    pub(in crate::formats) name: String,
    /// `voix-off`, `host`, `guest`; null where unknown.
    #[serde(default)]
    pub(in crate::formats) role: Option<Role>,
    /// How sure the role and the name are, 0 to 1; null without either.
    #[serde(default)]
    pub(in crate::formats) confidence: Option<f64>,
    /// How much of what the voice says is likely theirs, 0 to 1 in hundredths; not read back, the turns
    /// are. Absent where nothing tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::formats) voice: Option<f64>,
}

#[derive(Serialize, Deserialize)]
pub(in crate::formats) struct Naming {
    /// `id` of the speaker.
    pub(in crate::formats) speaker: u16,
    /// The name that it speaks for.
    pub(in crate::formats) name: String,
    /// True where that is a first name and nothing else.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(in crate::formats) first_name: bool,
    /// How probable it is that the speaker is called so, 0 to 1.
    pub(in crate::formats) probability: f64,
    /// Where it is said, sorted by time.
    #[serde(default, deserialize_with = "counted")]
    pub(in crate::formats) said: Vec<Said>,
}

#[derive(Serialize, Deserialize)]
pub(in crate::formats) struct Said {
    /// When the name is said, s.
    pub(in crate::formats) at: f64,
    /// The name, with some words around it.
    pub(in crate::formats) text: String,
    /// What it counts: log-odds.
    pub(in crate::formats) weight: f64,
}

#[derive(Serialize, Deserialize)]
pub(in crate::formats) struct Talk {
    /// s.
    pub(in crate::formats) start: f64,
    /// s.
    pub(in crate::formats) end: f64,
    /// `id` of the speaker.
    pub(in crate::formats) speaker: u16,
    /// How likely it is that the speaker is the right one, `0.0..=1.0` in hundredths; absent where
    /// nothing tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::formats) confidence: Option<f64>,
}

#[derive(Serialize, Deserialize)]
pub(in crate::formats) struct Piece {
    /// Start of the first word, s.
    pub(in crate::formats) start: f64,
    /// End of the last word, s.
    pub(in crate::formats) end: f64,
    /// `id` of the speaker; null where unknown.
    #[serde(default)]
    pub(in crate::formats) speaker: Option<u16>,
    /// `id` of who most likely speaks, where that is too unsure to be said; absent elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::formats) guess: Option<u16>,
    /// `line` or `block` where the page begins one with it; absent where it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::formats) opens: Option<Opens>,
    /// In which language it is said, where that is not the episode's: `en`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::formats) lang: Option<String>,
    /// The words as readers are shown them; not read back, the words are.
    #[serde(default)]
    pub(in crate::formats) text: String,
    /// Why a person should look at it: `improbable`, `unfinished`, `repetition`, `no-speech`,
    /// `phantom` or `unsaid`; in files of earlier versions `skipped` as well. Absent where there is no doubt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::formats) doubt: Option<String>,
    /// The words, sorted, disjoint.
    #[serde(deserialize_with = "counted")]
    pub(in crate::formats) words: Vec<Timed>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::formats) enum Opens {
    Line,
    Block,
}

/// How a word got its time that was not heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::formats) enum Placed {
    /// The recogniser found it where it was told that it stands.
    Forced,
    /// It has a share of the time of others.
    Spread,
}

#[derive(Serialize, Deserialize)]
pub(in crate::formats) struct Timed {
    /// s.
    pub(in crate::formats) start: f64,
    /// s.
    pub(in crate::formats) end: f64,
    /// False where its time is a share of that of several words; absent where it is its own.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub(in crate::formats) timed: bool,
    /// Of a text that was laid on its sound: `forced` or `spread`; absent where it was heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::formats) align: Option<Placed>,
    /// Spelling with its punctuation.
    pub(in crate::formats) text: String,
    /// Probability given by the recogniser, 0 to 1; null where it is not known.
    #[serde(default)]
    pub(in crate::formats) probability: Option<f64>,
    /// How probable it is that this was not said, 0 to 1; absent where nobody estimated it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::formats) error: Option<f64>,
    /// What stands before it: `no-break`, `narrow` or `nothing`; absent for a space.
    #[serde(default, skip_serializing_if = "Gap::is_space")]
    pub(in crate::formats) gap: Gap,
    /// Why texts do not show it: `filler`, `repeat` or `backchannel`; absent where they do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::formats) dropped: Option<Dropped>,
}

#[derive(Serialize, Deserialize)]
pub(in crate::formats) struct Stretch {
    /// s.
    pub(in crate::formats) start: f64,
    /// s.
    pub(in crate::formats) end: f64,
}

#[derive(Serialize, Deserialize)]
pub(in crate::formats) struct Unheard {
    /// s.
    pub(in crate::formats) start: f64,
    /// s.
    pub(in crate::formats) end: f64,
    /// True where somebody talks there: texts say `[à compléter]`. Absent where it may as well
    /// be a pause, or music.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(in crate::formats) spoken: bool,
    /// `id` of who talks there; absent where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::formats) speaker: Option<u16>,
}

#[derive(Serialize, Deserialize)]
pub(in crate::formats) struct Edit {
    /// Start of the words it concerns, s.
    pub(in crate::formats) at: f64,
    /// Which rule, by its name.
    pub(in crate::formats) rule: Rule,
    /// The words before.
    pub(in crate::formats) before: String,
    /// The words behind; empty where they are no longer shown.
    pub(in crate::formats) after: String,
}

#[derive(Serialize, Deserialize)]
pub(in crate::formats) struct Suggested {
    /// The rule that would set them, by its name.
    pub(in crate::formats) kind: Rule,
    /// Start of the first word that they are about, s.
    pub(in crate::formats) start: f64,
    /// End of the last one, s.
    pub(in crate::formats) end: f64,
}

#[derive(Serialize, Deserialize)]
pub(in crate::formats) struct Aligned {
    /// Its first sentence.
    pub(in crate::formats) opening: String,
    /// `id` of the speaker; null where unknown.
    #[serde(default)]
    pub(in crate::formats) speaker: Option<u16>,
    /// When it is said; null where nobody says it.
    #[serde(default)]
    pub(in crate::formats) span: Option<Stretch>,
    /// Words of it.
    pub(in crate::formats) words: usize,
    /// Those that were heard.
    pub(in crate::formats) heard: usize,
    /// Of those, the share in the voice of its speaker, 0 to 1; absent where no voices are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::formats) voice: Option<f64>,
    /// True where it is said before a paragraph above it; absent where it is not.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(in crate::formats) moved: bool,
}

#[derive(Serialize, Deserialize)]
pub(in crate::formats) struct Harm {
    /// Packets that could not be decoded; they are silent.
    #[serde(default)]
    pub(in crate::formats) corrupt_packets: u64,
    /// Where the sound stops although the file says it goes on, s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::formats) cut_at: Option<f64>,
    /// Length that the file says it has, s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::formats) promised: Option<f64>,
    /// Where sound is lost; it is silent.
    #[serde(default, deserialize_with = "counted", skip_serializing_if = "Vec::is_empty")]
    pub(in crate::formats) lost: Vec<Stretch>,
    /// From when on times may be off, because it is unknown how much is lost, s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::formats) uncertain_from: Option<f64>,
    /// Length in the header, where the sound goes on behind it, s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::formats) claimed: Option<f64>,
}

impl Entry for Named {}
impl Entry for Section {}
impl Entry for Person {}
impl Entry for Said {}

impl Entry for Naming {
    fn n_words(&self) -> usize {
        self.said.len().max(1)
    }
}

impl Entry for Talk {}
impl Entry for Timed {}
impl Entry for Stretch {}
impl Entry for Unheard {}
impl Entry for Edit {}
impl Entry for Suggested {}
impl Entry for Aligned {}

impl Entry for Piece {
    fn n_words(&self) -> usize {
        self.words.len().max(1)
    }
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
