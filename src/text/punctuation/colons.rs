//! A colon in the place of a comma: « trois choses : du temps, de l'argent », « je résume : »; and before a
//! question that is put behind a verb of saying: « j'ai envie de dire : qu'est-ce que c'est ? ».

use super::{MarkedWord, quotations::SAYING};
use crate::base::{french::UP_TO_SIXTEEN, marks::Mark};

/// Clauses that announce the next one.
const ANNOUNCING: &[&str] = &[
    "bilan",
    "conclusion",
    "dernier point",
    "dernière question",
    "exemple",
    "je m'explique",
    "je résume",
    "la preuve",
    "moralité",
    "première question",
    "preuve",
    "résultat",
    "traduction",
    "un chiffre",
    "un exemple",
    "une annonce",
    "une précision",
    "une question",
];

/// What is counted before it is listed.
const COUNTED: &[&str] = &[
    "annonces",
    "avantages",
    "causes",
    "choses",
    "conditions",
    "conseils",
    "critères",
    "éléments",
    "étapes",
    "exemples",
    "façons",
    "options",
    "points",
    "possibilités",
    "principes",
    "problèmes",
    "questions",
    "raisons",
    "règles",
    "solutions",
];

/// Words between what is counted and the colon, and of the list behind in which it has to show that it
/// is one, at most.
const REACH: usize = 5;
const LIST_REACH: usize = 12;

/// What the colon has to score: where the second reading is sure of none, none is set.
const COLON_MIN: f32 = -10.0;

/// Sets the colons of a turn.
pub(super) fn set(turn: &mut [MarkedWord]) {
    announce_questions(turn);
    let mut first = 0;
    for at in 0..turn.len().saturating_sub(1) {
        if turn[at].after.is_empty() {
            continue;
        }
        let begin = std::mem::replace(&mut first, at + 1);
        let clause: Vec<String> = turn[begin..=at].iter().map(MarkedWord::bare).collect();
        let announces = ANNOUNCING.contains(&clause.join(" ").as_str())
            || counts(&clause) && is_list(&turn[at + 1..]);
        let can_stand = turn[at].after == "," && turn[at + 1].before.is_empty();
        if announces && can_stand && turn[at].score(Mark::Colon) >= COLON_MIN {
            turn[at].after = "\u{a0}:".to_owned();
        }
    }
}

/// Sets colons before « est-ce que », which asks by itself: what is reported begins otherwise.
fn announce_questions(turn: &mut [MarkedWord]) {
    for at in 1..turn.len() {
        let asks = ["est-ce", "qu'est-ce"].contains(&turn[at].bare().as_str());
        let verb = &turn[at - 1];
        let says =
            SAYING.contains(&verb.core().as_str()) && matches!(verb.after.as_str(), "" | ",");
        let can_stand = turn[at].before.is_empty() && verb.score(Mark::Colon) >= COLON_MIN;
        if asks && says && can_stand {
            turn[at - 1].after = "\u{a0}:".to_owned();
        }
    }
}

/// Whether `clause` counts something near its end.
fn counts(clause: &[String]) -> bool {
    let is_count = |word: &str| {
        let is_small = word.parse().is_ok_and(|n: usize| (2..=UP_TO_SIXTEEN.len()).contains(&n));
        is_small || UP_TO_SIXTEEN[1..].contains(&word)
    };
    let near = clause.len().saturating_sub(REACH + 2);
    clause[near..].windows(2).any(|two| is_count(&two[0]) && COUNTED.contains(&two[1].as_str()))
}

/// Whether the sentence that begins here has several members.
fn is_list(behind: &[MarkedWord]) -> bool {
    let end = behind.iter().position(MarkedWord::ends_sentence).unwrap_or(behind.len());
    let mut words = behind[..end].iter().take(LIST_REACH);
    words.any(|word| word.after == "," || ["et", "ou"].contains(&word.bare().as_str()))
}
