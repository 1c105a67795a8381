//! The finished transcript of an episode, before any format.
//!
//! Formats write from this and from nothing else. No wall-clock value is in it:
//! the same sound and settings give the same transcript, byte for byte.

mod date;
mod speaker_name;

pub use date::Date;
pub(crate) use speaker_name::UNKNOWN_VOICE;
pub use speaker_name::{NameKind, SpeakerName};

use crate::base::{
    damage::Damage,
    speech::{self, Doubt, Role, SpeakerId, Turn, Word},
    time::{Span, Time},
};
use serde::{Deserialize, Serialize};

/// A piece of transcript: one speaker, one stretch, about a sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// Who speaks; `None` where nobody was told apart, and where it is unsure who does.
    pub speaker: Option<SpeakerId>,
    /// Who most likely speaks, where that is too unsure for a name; `None` where `speaker` says it.
    pub guess: Option<SpeakerId>,
    /// From the first word to the end of the last.
    pub span: Span,
    /// Never empty; sorted, inside `span`.
    pub words: Vec<Word>,
    /// Why a person should look at it.
    pub doubt: Option<Doubt>,
    /// What the page begins with it.
    pub opens: Opening,
    /// In which language it is said.
    pub language: SegmentLanguage,
}

/// In which language something is said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum SegmentLanguage {
    /// Nobody has looked.
    #[default]
    Unknown,
    /// In that of the episode.
    Own,
    /// In another; a tag of BCP 47: `en`.
    Foreign(String),
}

impl Segment {
    /// Who speaks, or else who most likely does.
    pub(crate) fn likely_speaker(&self) -> Option<SpeakerId> {
        self.speaker.or(self.guess)
    }

    /// Whether it is an event that nobody says: [`is_event`].
    pub(crate) fn is_event(&self) -> bool {
        self.likely_speaker().is_none() && is_event(&self.text())
    }

    /// Whether it stands on a person's page and nobody says it.
    pub(crate) fn is_unsaid(&self) -> bool {
        self.doubt == Some(Doubt::Unsaid)
    }

    /// Its language, where it is not that of the episode.
    pub fn foreign(&self) -> Option<&str> {
        match &self.language {
            SegmentLanguage::Foreign(language) => Some(language),
            SegmentLanguage::Unknown | SegmentLanguage::Own => None,
        }
    }

    /// The words that readers are shown, as text; may be empty.
    pub fn text(&self) -> String {
        speech::shown(&self.words)
    }
}

/// What readers see where somebody talks and no word is known.
pub(crate) const TO_COMPLETE: &str = "[à compléter]";

/// What a lead ends with that the publisher wrote, not who transcribed it.
pub(crate) const BY_PUBLISHER: &str = " (texte de l’émission)";

/// Whether `text` is an event and not talk: `[Jingle]`, alone in brackets. [`TO_COMPLETE`]
/// stands for talk.
pub(crate) fn is_event(text: &str) -> bool {
    let inside = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    inside.filter(|_| text != TO_COMPLETE).is_some_and(|inside| {
        inside.chars().any(char::is_alphabetic) && !inside.contains(['[', ']'])
    })
}

/// What a segment begins on the page. A turn always begins with its speaker's name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Opening {
    /// Nothing: it goes on in the same line of text.
    #[default]
    Nothing,
    /// An alinéa: a new line in the same block.
    Line,
    /// A block, behind an empty line.
    Block,
}

/// Somebody who speaks in the episode.
#[derive(Debug, Clone, PartialEq)]
pub struct Speaker {
    /// Number, named by segments.
    pub id: SpeakerId,
    /// What they are called.
    pub name: SpeakerName,
    /// `None` where nothing tells.
    pub role: Option<Role>,
    /// How sure the role and the name are, in `0.0..=1.0`; `None` without either.
    pub confidence: Option<f32>,
}

impl Speaker {
    /// Somebody who is called `name` by those who wrote it, without a role.
    pub fn named(id: SpeakerId, name: impl AsRef<str>) -> Speaker {
        Speaker { id, name: SpeakerName::read(name.as_ref()), role: None, confidence: None }
    }
}

/// A model that had a part in the result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelUsed {
    /// Name in the manifest, or the name of the file.
    pub name: String,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
}

/// What the transcript was made of and by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Provenance {
    /// Language that was asked for, or that was found by the sound; a code of ISO 639-1.
    pub language: String,
    /// SHA-256 of the audio file, in hexadecimal; empty where it is not known.
    pub audio: String,
    /// The recogniser; `None` where the text comes from elsewhere.
    pub recogniser: Option<ModelUsed>,
    /// The network that found the regions of speech, where one did.
    pub segmentation: Option<ModelUsed>,
    /// The network that told voices apart, where one did.
    pub embedding: Option<ModelUsed>,
    /// Whether a person read it against the sound, as far as is known.
    pub reviewed: bool,
    /// Who did, as they want to be called; empty where nobody signs.
    pub reviewer: String,
    /// Whether a person changed what was recognised, as far as is known.
    pub corrected: bool,
}

/// What a page says of an episode above its text. An empty field is not known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct About {
    /// Title of the episode.
    pub title: String,
    /// Title of the show.
    pub show: String,
    /// When it was published.
    pub date: Option<Date>,
    /// Paragraphs between the title and what is said, written by a person.
    pub lead: Vec<String>,
    /// Address or file name of the sound.
    pub sound: String,
    /// Address of the episode's page.
    pub page: String,
    /// Its sections, sorted by start.
    pub chapters: Vec<Chapter>,
    /// Who has a part in it, as its publisher says, whether they were heard or not.
    pub people: Vec<Credit>,
    /// Notes that a person added, a line each: `[1]` in the text is the first one.
    pub notes: Vec<String>,
}

/// Somebody whom a publisher names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Credit {
    /// As it is written.
    pub name: String,
    /// What they do, in the publisher's words; empty where it is not said.
    pub role: String,
}

/// A section of an episode, as its publisher calls it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chapter {
    /// Where it begins.
    pub start: Time,
    /// One line, never empty.
    pub title: String,
}

impl Chapter {
    /// The chapters that have a title, in the order of time and then as they came, each once.
    pub fn list(chapters: impl IntoIterator<Item = (Time, String)>) -> Vec<Chapter> {
        let is_plain = |c: char| c.is_whitespace() && !['\u{a0}', '\u{202f}'].contains(&c);
        let tidy = |text: String| {
            let words = text.trim().split(is_plain).filter(|word| !word.is_empty());
            words.collect::<Vec<_>>().join(" ")
        };
        let chapter = |(start, title)| Chapter { start, title: tidy(title) };
        let mut list: Vec<Chapter> = chapters.into_iter().map(chapter).collect();
        list.retain(|chapter| !chapter.title.is_empty());
        list.sort_by_key(|chapter| chapter.start);
        list.dedup();
        list
    }
}

/// One change that a rule made to the words of the recogniser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Which rule.
    pub rule: Rule,
    /// Start of the words it concerns.
    pub at: Time,
    /// The words before.
    pub before: String,
    /// The words behind; empty where they are no longer shown.
    pub after: String,
}

/// What changed words. Spaces and the shape of marks are not listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// An artefact of the recogniser: a mark of music, a dash of a dialogue.
    Artefact,
    /// The lexicon of the show.
    Lexicon,
    /// A name that was nearly right.
    Name,
    /// A hesitation is not shown.
    Filler,
    /// A word said twice in a row is shown once.
    Repeat,
    /// A word of assent under somebody else's sentence is not shown.
    Backchannel,
    /// A negation got its « ne », « y a » its « il ».
    Spoken,
    /// Numbers, hours, dates.
    Number,
    /// Ligatures, accents of capitals, ordinals.
    Spelling,
    /// What somebody is said to have said got its quotation marks, colon and dashes.
    Quotation,
    /// A comma, or a full stop in the place of one, or the reverse.
    Comma,
    /// A colon before what is announced or listed.
    Colon,
    /// « ! » or « ? » in the place of a plainer mark.
    Exclamation,
    /// A capital where a sentence begins, or a small letter within it.
    Capital,
    /// A person wrote other words than were heard.
    Page,
}

impl Rule {
    /// Those that set marks, each of which can be switched off.
    pub const OF_MARKS: [Rule; 5] =
        [Rule::Quotation, Rule::Comma, Rule::Colon, Rule::Exclamation, Rule::Capital];

    /// Its name in every file we write.
    pub fn name(self) -> &'static str {
        match self {
            Rule::Artefact => "artefact",
            Rule::Lexicon => "lexicon",
            Rule::Name => "name",
            Rule::Filler => "filler",
            Rule::Repeat => "repeat",
            Rule::Backchannel => "backchannel",
            Rule::Spoken => "spoken",
            Rule::Number => "number",
            Rule::Spelling => "spelling",
            Rule::Quotation => "quotation",
            Rule::Comma => "comma",
            Rule::Colon => "colon",
            Rule::Exclamation => "exclamation",
            Rule::Capital => "capital",
            Rule::Page => "page",
        }
    }
}

/// Marks that may be missing, because nothing speaks for them surely enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suggestion {
    /// The rule that would set them: a quotation, or an exclamation behind the last word.
    pub kind: Rule,
    /// From the first word that they are about to the last one.
    pub span: Span,
}

/// A stretch that sounds like speech and has no word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeftOut {
    /// When.
    pub span: Span,
    /// Whether somebody talks there, as surely as that is known: texts then say so. Else it may
    /// as well be a pause, or music.
    pub is_spoken: bool,
    /// Who talks there; `None` where that is not known.
    pub speaker: Option<SpeakerId>,
}

/// A name that the talk gives reason to think a voice's, whether the voice has it or not.
#[derive(Debug, Clone, PartialEq)]
pub struct NameEvidence {
    /// Whose voice.
    pub speaker: SpeakerId,
    /// The name, spelt as it would be shown.
    pub name: String,
    /// Whether it is a first name and nothing else.
    pub is_first_name: bool,
    /// How probable it is, in `0.0..=1.0`.
    pub probability: f32,
    /// Where it is said, sorted by time.
    pub said: Vec<SaidName>,
}

/// Words that name somebody.
#[derive(Debug, Clone, PartialEq)]
pub struct SaidName {
    /// When the name is said.
    pub at: Time,
    /// The name, with some words around it.
    pub text: String,
    /// What it counts for the name: log-odds.
    pub weight: f32,
}

/// A paragraph of a text that a person wrote, and how surely it is said where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct AlignedParagraph {
    /// Its first sentence.
    pub opening: String,
    /// Who says it, as the text has it.
    pub speaker: Option<SpeakerId>,
    /// When; `None` where nobody says it.
    pub span: Option<Span>,
    /// Words of it.
    pub n_words: usize,
    /// Those that the recogniser heard.
    pub n_heard: usize,
    /// Of those, the share in the voice that most words of its speaker are in, in `0.0..=1.0`;
    /// `None` where no voices are known.
    pub voice: Option<f32>,
    /// Whether it is said before a paragraph that stands above it.
    pub is_moved: bool,
}

/// The transcript of one episode.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Transcript {
    /// What a page says of the episode above its text.
    pub about: About,
    /// Length of the episode.
    pub duration: Time,
    /// Whether the times are those of the sound. A page of plain text has none: its words
    /// are a millisecond each, one behind the other, and only their order means something.
    pub is_timed: bool,
    /// By number; empty where nobody was told apart.
    pub speakers: Vec<Speaker>,
    /// What the talk says of their names, the most probable first.
    pub name_evidence: Vec<NameEvidence>,
    /// Who speaks when, sorted by start; turns of different speakers may overlap.
    pub turns: Vec<Turn>,
    /// Sorted by start.
    pub segments: Vec<Segment>,
    /// What sounds like speech and has no word, sorted by start.
    pub left_out: Vec<LeftOut>,
    /// What was wrong with the sound.
    pub damage: Damage,
    /// What rules changed in the words, sorted by time.
    pub changes: Vec<Change>,
    /// Marks that may be missing, sorted by start.
    pub suggestions: Vec<Suggestion>,
    /// How surely the paragraphs of a text that a person wrote are said where they stand, in their
    /// order; empty of what was recognised.
    pub alignment: Vec<AlignedParagraph>,
    /// What it was made of and by.
    pub provenance: Provenance,
}

impl Transcript {
    /// Whether it is in French, as far as is known.
    pub fn is_french(&self) -> bool {
        matches!(self.provenance.language.as_str(), "" | "fr")
    }

    /// The speaker of `segment`, where somebody is known.
    pub(crate) fn speaker_of(&self, segment: &Segment) -> Option<&Speaker> {
        self.speaker(segment.speaker?)
    }

    /// The speaker of that number.
    pub fn speaker(&self, id: SpeakerId) -> Option<&Speaker> {
        // They are listed by number; only a list with holes is looked through.
        let listed = self.speakers.get(usize::from(id.0)).filter(|known| known.id == id);
        listed.or_else(|| self.speakers.iter().find(|known| known.id == id))
    }

    /// The chapters, each with the index of the segment before which its title stands: the
    /// first one of which most is said in it, or that of the end where there is none.
    ///
    /// Publishers write whole seconds, and people begin to talk a little before: so the
    /// middle of a segment decides, and no sentence is cut.
    pub fn chapters(&self) -> Vec<(usize, &Chapter)> {
        let is_before = |segment: &Segment, chapter: &Chapter| {
            let (start, end) = (segment.span.start().samples(), segment.span.end().samples());
            start + end < 2 * chapter.start.samples()
        };
        let mut at = 0;
        let place = |chapter| {
            let rest = &self.segments[at..];
            at += rest.iter().take_while(|segment| is_before(segment, chapter)).count();
            (at, chapter)
        };
        self.about.chapters.iter().map(place).collect()
    }

    /// How many words are shown, and of how many of them it was measured when they are said.
    pub fn n_words_and_timed(&self) -> (usize, usize) {
        let words = self.segments.iter().flat_map(|segment| &segment.words);
        let is_shown =
            |word: &&Word| word.dropped.is_none() && word.text.contains(char::is_alphanumeric);
        let (mut n_words, mut n_timed) = (0, 0);
        for word in words.filter(is_shown) {
            n_words += 1;
            n_timed += usize::from(self.is_timed && word.is_timed);
        }
        (n_words, n_timed)
    }

    /// The share of the words shown that are wrong, as is to be expected of what nobody has read;
    /// `None` where a person has, and where nobody estimated errors.
    pub fn expected_error_rate(&self) -> Option<f64> {
        if self.provenance.reviewed || self.provenance.corrected {
            return None;
        }
        let words = self.segments.iter().flat_map(|segment| &segment.words);
        let errors = words.filter(|word| word.dropped.is_none()).filter_map(|word| word.error);
        let (n_words, n_wrong) =
            errors.fold((0_u32, 0.0), |(n, sum), error| (n + 1, sum + f64::from(error)));
        (n_words > 0).then(|| n_wrong / f64::from(n_words))
    }

    /// What readers call the speakers, by number.
    pub fn names(&self) -> Vec<String> {
        self.speakers.iter().map(|speaker| speaker.name.to_string()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chapters_of_one_instant_stay_in_their_order() {
        let at = |ms, title: &str| (Time::from_millis(ms), title.to_owned());
        let list = Chapter::list([at(7, "Suite"), at(0, "Partie"), at(0, " Avant\n"), at(3, " ")]);
        let titles: Vec<&str> = list.iter().map(|chapter| chapter.title.as_str()).collect();
        assert_eq!(titles, ["Partie", "Avant", "Suite"]);
    }
}
