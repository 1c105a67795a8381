//! The words this program speaks in: turns, words, utterances.
//!
//! Pure data, shared by the engines below and the formats above, so that
//! neither needs to know the other.

use crate::base::{
    evidence::Evidence,
    marks::MarkScores,
    time::{Span, Time},
};
use serde::{Deserialize, Serialize};

/// A speaker of one episode, numbered from 0 in order of first appearance.
///
/// Means nothing in another episode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SpeakerId(pub u16);

/// One speaker talking without a break: a `SPEAKER` line of RTTM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Who speaks.
    pub speaker: SpeakerId,
    /// When.
    pub span: Span,
    /// How likely it is that the speaker is the right one, in percent; `None` where nothing tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<u8>,
}

impl Turn {
    /// A turn of which nobody says how sure it is.
    pub const fn new(speaker: SpeakerId, span: Span) -> Turn {
        Turn { speaker, span, confidence: None }
    }
}

/// A voice as numbers: near in direction to others of the same person.
///
/// Kept to 15 bits a number, so that one read back from a file is the one that was
/// written. Means nothing beside one of another network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<i16>", into = "Vec<i16>")]
pub struct Embedding {
    /// Of L2 norm 1 but for the rounding, never empty.
    values: Vec<f32>,
}

/// Steps from 0.0 to 1.0 in which embeddings are kept.
const STEPS: f64 = 32_767.0;

impl Embedding {
    /// The direction of `values`, which need not have norm 1; `None` where they have
    /// none: no values, all zero, or one that is not finite.
    ///
    /// ```
    /// use voixoff::base::speech::Embedding;
    ///
    /// let voice = Embedding::new(vec![3.0, 4.0]).unwrap();
    /// assert!((voice.values()[0] - 0.6).abs() < 1e-4);
    /// assert_eq!(Embedding::new(vec![0.0, 0.0]), None);
    /// ```
    pub fn new(mut values: Vec<f32>) -> Option<Embedding> {
        let norm = values.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
        if !norm.is_finite() || norm <= 0.0 {
            return None;
        }
        let rounded = |value: f32| ((f64::from(value) / norm * STEPS).round() / STEPS) as f32;
        values.iter_mut().for_each(|value| *value = rounded(*value));
        Some(Embedding { values })
    }

    /// The direction of the weighted sum of `parts`, all of one length.
    pub fn mean<'a>(parts: impl IntoIterator<Item = (&'a Embedding, f64)>) -> Option<Embedding> {
        let mut sum: Vec<f64> = Vec::new();
        for (part, weight) in parts {
            sum.resize(part.values.len(), 0.0);
            sum.iter_mut().zip(&part.values).for_each(|(s, v)| *s += weight * f64::from(*v));
        }
        Embedding::new(sum.into_iter().map(|value| value as f32).collect())
    }

    /// How alike two voices are: the cosine of their angle, in `-1.0..=1.0`.
    ///
    /// Embeddings of different lengths are not comparable; the answer is then
    /// that of their first values.
    pub(crate) fn cosine(&self, other: &Embedding) -> f32 {
        self.values.iter().zip(&other.values).map(|(one, other)| one * other).sum()
    }

    /// The values, of L2 norm 1 but for the rounding.
    pub fn values(&self) -> &[f32] {
        &self.values
    }
}

impl From<Embedding> for Vec<i16> {
    fn from(embedding: Embedding) -> Vec<i16> {
        embedding.values.iter().map(|value| (f64::from(*value) * STEPS).round() as i16).collect()
    }
}

impl TryFrom<Vec<i16>> for Embedding {
    type Error = &'static str;

    fn try_from(steps: Vec<i16>) -> Result<Embedding, &'static str> {
        if steps.iter().all(|step| *step == 0) {
            return Err("an embedding has a direction");
        }
        let values = steps.into_iter().map(|step| (f64::from(step) / STEPS) as f32).collect();
        Ok(Embedding { values })
    }
}

/// What a speaker of an episode sounds like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Voice {
    /// Whose.
    pub speaker: SpeakerId,
    /// Mean over the speech that nobody else talks over.
    pub embedding: Embedding,
    /// How much of such speech there was.
    #[serde(rename = "heard")]
    pub speech: Time,
}

/// Who speaks when in an episode.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Diarization {
    /// Sorted by start. Turns of one speaker do not overlap, those of others may.
    pub turns: Vec<Turn>,
    /// One for each speaker, in the order of their numbers.
    pub voices: Vec<Voice>,
    /// The turns in parts of three seconds or so, each with a confidence of its own; sorted by start.
    #[serde(default)]
    pub parts: Vec<Turn>,
}

/// What somebody does in a show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Announces, and talks with nobody.
    VoixOff,
    /// Leads through the show.
    Host,
    /// Is talked with.
    Guest,
}

impl Role {
    /// Its name in every file we write.
    pub fn name(self) -> &'static str {
        match self {
            Role::VoixOff => "voix-off",
            Role::Host => "host",
            Role::Guest => "guest",
        }
    }
}

/// One word: as the recogniser spelt it, then as `text` polishes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// Spelling, with its punctuation and without surrounding space.
    pub text: String,
    /// When it is said.
    pub span: Span,
    /// Whether somebody measured that, to the word. A share of the time of several words,
    /// say of a subtitle, is no measure of each.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub is_timed: bool,
    /// Whether it was measured by giving the word to the recogniser, which had not heard it by itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_forced: bool,
    /// Probability given by the recogniser, in `0.0..=1.0`; `None` in a transcript that
    /// came from elsewhere and does not say, and of what nobody said.
    pub probability: Option<f32>,
    /// Probability that it is not what was said, in `0.0..=1.0`, calibrated on people whom the
    /// recogniser makes errors on: of the words with 0.2, one in five is wrong. `None` where nobody
    /// estimated it; an episode's pipeline does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<f32>,
    /// What the recogniser's decoder knows of it besides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
    /// What stands between the word before and this one, where both are shown.
    #[serde(default, skip_serializing_if = "Gap::is_space")]
    pub gap: Gap,
    /// Why reading formats leave it out; `None` where they show it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dropped: Option<Dropped>,
    /// Which marks the recogniser expects behind it; `None` where nobody asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marks: Option<MarkScores>,
}

impl Word {
    /// A word as it was heard: shown, behind a plain space.
    pub fn new(text: impl Into<String>, span: Span, probability: Option<f32>) -> Word {
        let text = text.into();
        Word {
            text,
            span,
            is_timed: true,
            is_forced: false,
            probability,
            error: None,
            evidence: None,
            gap: Gap::Space,
            dropped: None,
            marks: None,
        }
    }
}

fn yes() -> bool {
    true
}

fn is_true(value: &bool) -> bool {
    *value
}

/// The text of those of `words` that are shown, each behind its gap but the first.
pub fn shown<'a>(words: impl IntoIterator<Item = &'a Word>) -> String {
    let mut text = String::new();
    for word in words.into_iter().filter(|word| word.dropped.is_none()) {
        text.push_str(if text.is_empty() { "" } else { word.gap.as_str() });
        text.push_str(&word.text);
    }
    text
}

/// The letters and digits of `text`, in lower case: what is left where marks and spaces are nobody's
/// concern.
pub(crate) fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether a sentence ends with `word`: a mark at its end, perhaps behind it a closing quote;
/// not « M. » or « A. ».
pub(crate) fn ends_sentence(word: &str) -> bool {
    let bare = word.trim_end_matches(['»', '"', '”', ')', '\u{a0}', '\u{202f}']);
    if bare.ends_with(['?', '!', '…']) {
        return true;
    }
    let Some(body) = bare.strip_suffix('.') else { return false };
    let is_initial = body.chars().count() == 1 && body.chars().all(char::is_uppercase);
    let is_short_title = matches!(body, "Mme" | "Mlle" | "Dr" | "St" | "MM");
    !is_initial && !is_short_title
}

/// What stands between two words of a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gap {
    /// A space, where a line may break.
    #[default]
    Space,
    /// A no-break space, U+00A0.
    NoBreak,
    /// A narrow no-break space, U+202F.
    Narrow,
    /// Nothing: « l’ » and « état ».
    Nothing,
}

impl Gap {
    /// The characters it is.
    pub fn as_str(self) -> &'static str {
        match self {
            Gap::Space => " ",
            Gap::NoBreak => "\u{a0}",
            Gap::Narrow => "\u{202f}",
            Gap::Nothing => "",
        }
    }

    /// Whether a line may break here.
    pub(crate) fn is_space(&self) -> bool {
        *self == Gap::Space
    }
}

/// Why a word that was said is not shown to readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dropped {
    /// A hesitation: « euh ».
    Filler,
    /// Said twice in a row: « le le ».
    Repeat,
    /// A word of assent under somebody else's sentence.
    Backchannel,
}

impl Dropped {
    /// Its name in every file we write.
    pub fn name(self) -> &'static str {
        match self {
            Dropped::Filler => "filler",
            Dropped::Repeat => "repeat",
            Dropped::Backchannel => "backchannel",
        }
    }
}

/// One stretch that the recogniser answered as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Utterance {
    /// The stretch of the episode that was listened to.
    pub span: Span,
    /// Sorted, disjoint, inside `span`. Empty where nothing was heard.
    pub words: Vec<Word>,
    /// Mean natural logarithm of the probabilities of the text tokens; 0.0
    /// where there is none.
    pub mean_log_probability: f32,
    /// Probability that nobody speaks, in `0.0..=1.0`.
    pub no_speech_probability: f32,
    /// Why a person should look at it, where no try was convincing.
    pub doubt: Option<Doubt>,
}

impl Utterance {
    /// The words that are shown, as text.
    pub fn text(&self) -> String {
        shown(&self.words)
    }
}

/// Why an utterance may not be what was said; from the least to the most severe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Doubt {
    /// The recogniser itself finds its words improbable.
    Improbable,
    /// Speech goes on for seconds in which no word was written.
    Skipped,
    /// The answer filled the recogniser's memory before the end of the sound.
    Unfinished,
    /// The same words again and again.
    Repetition,
    /// Words where the recogniser hears nobody.
    NoSpeech,
    /// A hallucination: a sentence known from the recogniser's training, not from this sound.
    #[serde(rename = "Phantom")]
    Hallucination,
    /// It is on a page that a person wrote, and nobody is heard saying it: a note, a heading.
    Unsaid,
}

impl Doubt {
    /// Its name in every file we write.
    pub fn name(self) -> &'static str {
        match self {
            Doubt::Improbable => "improbable",
            Doubt::Skipped => "skipped",
            Doubt::Unfinished => "unfinished",
            Doubt::Repetition => "repetition",
            Doubt::NoSpeech => "no-speech",
            Doubt::Hallucination => "phantom",
            Doubt::Unsaid => "unsaid",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hallucination_keeps_the_names_that_files_and_journals_have() {
        let doubt = Doubt::Hallucination;
        assert_eq!(doubt.name(), "phantom");
        assert_eq!(serde_json::to_string(&doubt).unwrap(), "\"Phantom\"");
    }

    #[test]
    fn an_embedding_survives_a_file_bit_by_bit() {
        let values = (1..=192_u16).map(|n| (f32::from(n) * 12.9898).sin()).collect();
        let embedding = Embedding::new(values).unwrap();
        let text = serde_json::to_string(&embedding).unwrap();
        assert_eq!(serde_json::from_str::<Embedding>(&text).unwrap(), embedding);
        assert!((embedding.cosine(&embedding) - 1.0).abs() < 1e-4);
    }

    #[test]
    fn silence_has_no_voice() {
        assert_eq!(Embedding::new(vec![0.0; 3]), None);
        assert_eq!(Embedding::new(vec![1.0, f32::NAN]), None);
        assert_eq!(Embedding::mean([]), None);
    }
}
