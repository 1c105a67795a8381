//! All figures of an episode, and those of an archive: their sum.

use super::{
    align::{Step, align_within, distance},
    basic,
    comparison::{Classes, Comparison, Style},
    diarization::{DiarizationErrors, JaccardErrors},
    said::Said,
    secondary::{self, F1, Share},
    timing::WordTimes,
    words::WordErrors,
};
use crate::base::{time::Time, transcript::Transcript};
use std::{ops::AddAssign, thread};

/// How episodes are scored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoreSettings {
    /// How near the references stay to what was said.
    pub style: Style,
    /// Half-width of the unscored zone around boundaries of the reference, for DER and JER.
    pub collar: Time,
    /// How much later or earlier a word may be heard, for tcpWER.
    pub word_collar: Time,
    /// Tokens of names that are looked for beside those with a capital.
    pub names: Vec<String>,
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
    /// Words without what an editor of clean text leaves out or adds.
    pub oral: WordErrors,
    /// Words without accents.
    pub without_accents: WordErrors,
    /// Words by speaker: cpWER.
    pub by_speaker: WordErrors,
    /// Words by speaker and time: tcpWER.
    pub by_speaker_in_time: WordErrors,
    /// Who speaks when: DER.
    pub diarization: DiarizationErrors,
    /// The same, all speakers alike: JER.
    pub jaccard: JaccardErrors,
    /// Starts of words.
    pub times: WordTimes,
    /// Differences by kind.
    pub classes: Classes,
    /// Names of the reference that are found.
    pub names: Share,
    /// Numbers of the reference that are found.
    pub numbers: Share,
    /// Marks behind words.
    pub punctuation: F1,
    /// Words with the right capital or none.
    pub capitals: Share,
    /// No-break spaces.
    pub typography: Share,
    /// Words of each turn, for intervals.
    pub turns: Vec<WordErrors>,
}

impl Scores {
    /// The figures about words. Words by speaker are scored where both sides tell people
    /// apart, or the hypothesis has no words at all; times where both have some, those of words
    /// where both know each word's own.
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
        let (said, heard) = (&comparison.reference, &comparison.hypothesis);
        let words = comparison.errors();
        // Other rules give about as many errors: a guess that saves looking for the number.
        let guess = words.errors() as usize + 1;
        let mut scores = Scores {
            words,
            basic: WordErrors::near(
                guess,
                &basic::tokens(&said.text()),
                &basic::tokens(&heard.text()),
            ),
            oral: WordErrors::near(guess, &secondary::oral(said), &secondary::oral(heard)),
            without_accents: WordErrors::near(
                guess,
                &secondary::without_accents(said),
                &secondary::without_accents(heard),
            ),
            classes: comparison.classes(),
            names: secondary::names(comparison, &settings.names),
            numbers: secondary::numbers(comparison),
            punctuation: secondary::punctuation(comparison),
            capitals: secondary::capitals(comparison),
            typography: secondary::typography(comparison),
            turns: comparison.errors_of_turns(),
            ..Scores::default()
        };
        let are_timed = said.is_timed && heard.is_timed;
        if said.knows_speakers() && (heard.knows_speakers() || heard.words.is_empty()) {
            scores.by_speaker = WordErrors::by_speaker(&said.entries(), &heard.entries());
            if are_timed {
                scores.by_speaker_in_time = WordErrors::by_speaker_in_time(
                    &said.timed_entries(),
                    &heard.timed_entries(),
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
        let (turns, others) = (&reference.turns, &hypothesis.turns);
        let is_silent = others.is_empty() && hypothesis.segments.is_empty();
        if turns.is_empty() || (others.is_empty() && !is_silent) {
            return Scores::default();
        }
        Scores {
            diarization: DiarizationErrors::between(turns, others, settings.collar),
            jaccard: JaccardErrors::between(turns, others, settings.collar),
            ..Scores::default()
        }
    }
}

/// What is compared of an episode: both sides aligned.
pub fn compared<'a>(
    reference: &'a Transcript,
    hypothesis: &'a Transcript,
    settings: &ScoreSettings,
) -> Comparison<'a> {
    let (said, heard) = (Said::of(reference), Said::of(hypothesis));
    Comparison::new(said, heard, settings.style, &settings.names)
}

/// Errors of characters. The way of the words tells how many there are at most.
fn characters(comparison: &Comparison<'_>) -> WordErrors {
    let (said, heard) = (comparison.reference.texts(), comparison.hypothesis.texts());
    let most = comparison.pairs.iter().map(|pair| {
        let one = pair.reference.map_or("", |at| said[at]);
        let other = pair.hypothesis.map_or("", |at| heard[at]);
        match pair.step {
            Step::Same => 0,
            Step::Other => distance(&letters(one), &letters(other)),
            // With the space beside it.
            Step::Deleted | Step::Inserted => letters(one).len() + letters(other).len() + 1,
        }
    });
    let characters = |texts: Vec<&str>| letters(&texts.join(" "));
    let most: usize = most.sum();
    align_within(&characters(said), &characters(heard), most.max(1)).into_iter().collect()
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
            (&mut self.by_speaker, other.by_speaker),
            (&mut self.by_speaker_in_time, other.by_speaker_in_time),
        ];
        words.into_iter().for_each(|(sum, errors)| *sum = *sum + errors);
        self.diarization = self.diarization + other.diarization;
        self.jaccard = self.jaccard + other.jaccard;
        self.times += &other.times;
        self.classes += &other.classes;
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
