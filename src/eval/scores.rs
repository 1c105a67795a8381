//! All figures of an episode, and those of an archive: their sum.

use super::{
    align::{Edit, align_within, distance},
    basic,
    comparison::{Comparison, ErrorClassCounts, ReferenceStyle},
    diarization::{DiarizationErrors, JaccardErrors},
    marks::MarkCounts,
    names::{NameScores, SpeakerNaming},
    paragraphs::ParagraphCounts,
    secondary::{self, F1, Share},
    timing::WordTimes,
    tokenized::TokenizedTranscript,
    words::WordErrors,
};
use crate::base::{time::Time, transcript::Transcript};
use std::{ops::AddAssign, thread};

/// How episodes are scored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoreSettings {
    /// How closely the references follow the speech.
    pub style: ReferenceStyle,
    /// Half-width of the unscored zone around boundaries of the reference, for DER and JER.
    pub collar: Time,
    /// How much later or earlier a word of the hypothesis may be, for tcpWER.
    pub word_collar: Time,
    /// Tokens that are proper nouns, beside those with a capital.
    pub names: Vec<String>,
    /// Names and terms as they are spelt, which are counted wherever they are said or written.
    pub listed: Vec<String>,
}

impl ScoreSettings {
    /// Where nothing else is asked for.
    pub const PLAIN: ScoreSettings = ScoreSettings {
        style: ReferenceStyle::Clean,
        collar: Time::from_millis(0),
        word_collar: Time::from_millis(5_000),
        names: Vec::new(),
        listed: Vec::new(),
    };
}

/// All figures of an episode or of several: counts, so that they add. `Scores::default()` is
/// the neutral element. What could not be scored has zero counts, and no rate.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scores {
    /// Words by `fr-eval-v1`: the headline.
    pub words: WordErrors,
    /// Characters of these, with a space between two words.
    pub characters: WordErrors,
    /// Words by Whisper's basic rules.
    pub basic: WordErrors,
    /// Words without disfluencies, and without what an editor of clean text adds.
    pub oral: WordErrors,
    /// Words without accents.
    pub without_accents: WordErrors,
    /// Words by speaker: cpWER.
    pub cpwer: WordErrors,
    /// Words by speaker and time: tcpWER.
    pub tcpwer: WordErrors,
    /// Who speaks when: DER.
    pub diarization: DiarizationErrors,
    /// The same, all speakers alike: JER.
    pub jaccard: JaccardErrors,
    /// Onsets of words.
    pub times: WordTimes,
    /// Differences by kind.
    pub classes: ErrorClassCounts,
    /// Names of the reference that are found.
    pub names: Share,
    /// Names one by one.
    pub by_name: NameScores,
    /// Whether who speaks is called by name.
    pub naming: SpeakerNaming,
    /// Numbers of the reference that are found.
    pub numbers: Share,
    /// Punctuation after words.
    pub punctuation: F1,
    /// Marks by kind, and places to touch.
    pub marks: MarkCounts,
    /// Where paragraphs begin.
    pub paragraphs: ParagraphCounts,
    /// Words with the right capital or none.
    pub capitals: Share,
    /// No-break spaces.
    pub typography: Share,
    /// Words of each turn, for intervals.
    pub turns: Vec<WordErrors>,
}

impl Scores {
    /// The figures about words. Words by speaker are scored where both sides have speakers, or
    /// the hypothesis has no words at all; times where both have some, onsets of words where
    /// both have measured that word.
    pub fn of_words(comparison: &Comparison<'_>, settings: &ScoreSettings) -> Scores {
        // Characters take as long as all the rest, and need nothing of it.
        thread::scope(|scope| {
            let characters = scope.spawn(|| characters(comparison));
            let mut scores = Scores::of_tokens(comparison, settings);
            scores.characters = characters.join().expect("two texts always have a distance");
            scores
        })
    }

    /// The figures about words but for that of characters.
    fn of_tokens(comparison: &Comparison<'_>, settings: &ScoreSettings) -> Scores {
        let Comparison { reference, hypothesis, .. } = comparison;
        let words = comparison.errors();
        // Other normalisations give about as many errors: a first bound for their alignments.
        let guess = words.errors() as usize + 1;
        let mut scores = Scores {
            words,
            basic: WordErrors::near(
                guess,
                &basic::tokens(&reference.text()),
                &basic::tokens(&hypothesis.text()),
            ),
            oral: WordErrors::near(
                guess,
                &secondary::without_disfluencies(reference),
                &secondary::without_disfluencies(hypothesis),
            ),
            without_accents: WordErrors::near(
                guess,
                &secondary::without_accents(reference),
                &secondary::without_accents(hypothesis),
            ),
            classes: comparison.classes(),
            names: secondary::names(comparison, &settings.names),
            by_name: NameScores::of(comparison, &settings.listed),
            numbers: secondary::numbers(comparison),
            punctuation: secondary::punctuation(comparison),
            marks: MarkCounts::of(comparison),
            paragraphs: ParagraphCounts::of(comparison),
            capitals: secondary::capitals(comparison),
            typography: secondary::typography(comparison),
            turns: comparison.errors_of_turns(),
            ..Scores::default()
        };
        let are_timed = reference.is_timed && hypothesis.is_timed;
        let are_attributed =
            reference.has_speakers() && (hypothesis.has_speakers() || hypothesis.words.is_empty());
        if are_attributed {
            scores.cpwer = WordErrors::cpwer(&reference.by_speaker(), &hypothesis.by_speaker());
            if are_timed {
                scores.tcpwer = WordErrors::tcpwer(
                    &reference.timed_by_speaker(),
                    &hypothesis.timed_by_speaker(),
                    settings.word_collar,
                );
            }
        }
        if are_timed {
            scores.times = WordTimes::of(comparison);
        }
        scores
    }

    /// The figures about who speaks when; scored where both sides have turns, or the
    /// hypothesis has nothing at all.
    pub fn of_turns(
        reference: &Transcript,
        hypothesis: &Transcript,
        settings: &ScoreSettings,
    ) -> Scores {
        let is_silent = hypothesis.turns.is_empty() && hypothesis.segments.is_empty();
        if reference.turns.is_empty() || (hypothesis.turns.is_empty() && !is_silent) {
            return Scores::default();
        }
        let ScoreSettings { collar, .. } = *settings;
        Scores {
            diarization: DiarizationErrors::between(&reference.turns, &hypothesis.turns, collar),
            jaccard: JaccardErrors::between(&reference.turns, &hypothesis.turns, collar),
            naming: SpeakerNaming::between(reference, hypothesis),
            ..Scores::default()
        }
    }
}

/// Both sides of an episode, tokenized and aligned.
///
/// ```
/// use voixoff::{
///     eval::scores::{ScoreSettings, Scores, compare},
///     formats::read,
/// };
///
/// let reference = read(b"Alain : Le logiciel libre avance.", "page.txt")?;
/// let hypothesis = read(b"Alain : Le logiciel livre avance.", "ours.txt")?;
/// let settings = &ScoreSettings::PLAIN;
/// let scores = Scores::of_words(&compare(&reference, &hypothesis, settings), settings);
/// assert_eq!(scores.words.rate(), Some(0.25));
/// # Ok::<(), voixoff::formats::ReadFormatError>(())
/// ```
pub fn compare<'a>(
    reference: &'a Transcript,
    hypothesis: &'a Transcript,
    settings: &ScoreSettings,
) -> Comparison<'a> {
    Comparison::new(
        TokenizedTranscript::new(reference),
        TokenizedTranscript::new(hypothesis),
        settings.style,
        &settings.names,
    )
}

/// Errors of characters (CER). The alignment of the words gives an upper bound of them.
fn characters(comparison: &Comparison<'_>) -> WordErrors {
    let reference = comparison.reference.texts();
    let hypothesis = comparison.hypothesis.texts();
    let bounds = comparison.pairs.iter().map(|pair| {
        let token = pair.reference.map_or("", |token_idx| reference[token_idx]);
        let counterpart = pair.hypothesis.map_or("", |token_idx| hypothesis[token_idx]);
        match pair.edit {
            Edit::Match => 0,
            Edit::Substitution => distance(&letters(token), &letters(counterpart)),
            // With the space beside it.
            Edit::Deletion | Edit::Insertion => {
                letters(token).len() + letters(counterpart).len() + 1
            }
        }
    });
    let bound: usize = bounds.sum();
    let reference = letters(&reference.join(" "));
    let hypothesis = letters(&hypothesis.join(" "));
    align_within(&reference, &hypothesis, bound.max(1)).into_iter().collect()
}

fn letters(text: &str) -> Vec<char> {
    text.chars().collect()
}

impl AddAssign<&Scores> for Scores {
    fn add_assign(&mut self, other: &Scores) {
        let words = [
            (&mut self.words, other.words),
            (&mut self.characters, other.characters),
            (&mut self.basic, other.basic),
            (&mut self.oral, other.oral),
            (&mut self.without_accents, other.without_accents),
            (&mut self.cpwer, other.cpwer),
            (&mut self.tcpwer, other.tcpwer),
        ];
        words.into_iter().for_each(|(sum, errors)| *sum = *sum + errors);
        self.diarization = self.diarization + other.diarization;
        self.jaccard = self.jaccard + other.jaccard;
        self.times += &other.times;
        self.classes += &other.classes;
        self.by_name += &other.by_name;
        self.marks += &other.marks;
        self.paragraphs += other.paragraphs;
        self.naming += other.naming;
        let shares = [
            (&mut self.names, other.names),
            (&mut self.numbers, other.numbers),
            (&mut self.capitals, other.capitals),
            (&mut self.typography, other.typography),
        ];
        shares.into_iter().for_each(|(sum, share)| *sum = *sum + share);
        self.punctuation = self.punctuation + other.punctuation;
        self.turns.extend(&other.turns);
    }
}
