//! Capitals where sentences begin, and small letters within them.

use super::MarkedWord;
use crate::{base::common_words::is_grammatical, text::word};

/// What ends with a point inside a sentence.
const SHORTENED: &[&str] =
    &["av", "bd", "cf", "dr", "etc", "ex", "mm", "mr", "pr", "st", "ste", "vs"];

/// Gives each sentence of a turn its capital, and words that only join others a small letter within
/// it. « Les Échos » is a name: a capital stands behind it.
pub(super) fn set(turn: &mut [MarkedWord]) {
    for at in 0..turn.len() {
        if !turn[at].before.is_empty() {
            continue;
        }
        let before = at.checked_sub(1).map(|before| &turn[before]);
        let begins = before.is_none_or(ends_sentence);
        let goes_on = before.is_some_and(|before| matches!(before.after.as_str(), "" | ","));
        let is_in_name = before.into_iter().chain(turn.get(at + 1));
        let is_in_name = is_in_name.into_iter().any(|beside| word::has_capital(&beside.letters));
        if begins {
            turn[at].letters = word::capitalised(&turn[at].letters);
        } else if goes_on && !is_in_name && is_grammatical(&turn[at].bare()) {
            turn[at].letters = word::uncapitalised(&turn[at].letters);
        }
    }
}

/// Whether a sentence ends with `word`, to be sure: not with « … », a quotation or a shortened word.
fn ends_sentence(word: &MarkedWord) -> bool {
    let is_shortened = word.after == "." && SHORTENED.contains(&word.core().as_str());
    let is_unsure = word.after.contains(['»', '"', '…', ')']) || word.after.contains("..");
    word.ends_sentence() && !is_unsure && !is_shortened
}
