//! What stands between two words: a comma where the second reading is sure of one, and which of a
//! comma and a full stop where the recogniser wrote either.
//!
//! The second reading alone says so. Pauses and the words around were tried: what people who read
//! aloud pause for is no comma (`docs/BENCHMARKS.md`).

use super::MarkedWord;
use crate::{
    base::{common_words::is_common, marks::Mark},
    text::word,
};

/// What a comma has to score to be set where the recogniser wrote nothing.
const SURE_COMMA_MIN: f32 = -1.0;

/// The log-odds of a full stop against a comma: what counts for it in any gap, and where it stands
/// already; and the weight of the second reading's own log-odds. `scripts/punctuate` fits them.
const BIAS: f32 = -0.06;
const STANDING: f32 = 0.75;
const READING: f32 = 0.65;

/// What those log-odds have to be for the other mark: it is 0.4 more probable then than the one that is
/// there.
const CHANGE_MIN: f32 = 0.847;

/// Sets the commas and full stops of a turn.
pub(super) fn set(turn: &mut [MarkedWord]) {
    for at in 1..turn.len() {
        let (word, next) = (&turn[at - 1], &turn[at]);
        if word.scores.is_none() || !next.before.is_empty() {
            continue;
        }
        match word.after.as_str() {
            "" if word.score(Mark::Comma) >= SURE_COMMA_MIN => turn[at - 1].after = ",".to_owned(),
            "," if BIAS + READING * end_over_comma(word) >= CHANGE_MIN => {
                turn[at - 1].after = ".".to_owned();
                turn[at].letters = word::capitalised(&turn[at].letters);
            }
            "." if BIAS + STANDING + READING * end_over_comma(word) <= -CHANGE_MIN => {
                turn[at - 1].after = ",".to_owned();
                if is_common(&turn[at].core()) {
                    turn[at].letters = word::uncapitalised(&turn[at].letters);
                }
            }
            _ => (),
        }
    }
}

/// By how much the second reading expects the end of a sentence behind `word` rather than a comma;
/// log-odds.
fn end_over_comma(word: &MarkedWord) -> f32 {
    let ends = [Mark::FullStop, Mark::Question, Mark::Exclamation];
    let end = ends.map(|mark| word.score(mark).exp()).iter().sum::<f32>().ln();
    end - word.score(Mark::Comma)
}
