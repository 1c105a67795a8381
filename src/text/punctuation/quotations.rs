//! « Il me dit : « Ah bon ! » »: what somebody is said to have said.
//!
//! A quotation opens behind a verb of saying where the second reading expects a quotation mark,
//! unless what follows is reported (« que », « de », « si »); where it ends, `quotation_ends` says.

use super::{
    MarkedWord,
    quotation_ends::{Quoted, quoted},
};
use crate::{base::marks::Mark, text::word};
use std::ops::RangeInclusive;

/// Forms of verbs behind which somebody's words may stand.
pub(super) const SAYING: &[&str] = &[
    "affirme",
    "affirmé",
    "ajoute",
    "ajouté",
    "ajoutait",
    "annonce",
    "annoncé",
    "annonçait",
    "conclu",
    "conclut",
    "crie",
    "crié",
    "criait",
    "déclare",
    "déclaré",
    "déclarait",
    "demande",
    "demandé",
    "demandait",
    "demandent",
    "dira",
    "dirait",
    "dire",
    "dis",
    "disaient",
    "disais",
    "disait",
    "disant",
    "disent",
    "disons",
    "dit",
    "dites",
    "écrit",
    "exclame",
    "exclamé",
    "exclamait",
    "explique",
    "expliqué",
    "expliquait",
    "lance",
    "lancé",
    "précise",
    "précisé",
    "raconte",
    "raconté",
    "répète",
    "répété",
    "répond",
    "répondait",
    "répondent",
    "répondit",
    "répondre",
    "répondu",
    "rétorque",
    "rétorqué",
];

/// What begins a reported sentence and no quotation.
const REPORTED: &[&str] =
    &["que", "qu", "quoi", "de", "d", "du", "des", "si", "s", "ça", "cela", "à"];

/// Whether what begins with `word` is reported.
fn reports(word: &MarkedWord) -> bool {
    let bare = word.bare();
    REPORTED.contains(&bare.split('\'').next().unwrap_or_default())
}

/// What begins the object of a verb: « il explique le logiciel libre » quotes nobody, unless a pause
/// stands behind it.
const DETERMINERS: &[&str] = &[
    "au", "aux", "ce", "ces", "cet", "cette", "des", "du", "la", "le", "les", "leur", "leurs",
    "ma", "mes", "mon", "nos", "notre", "sa", "ses", "son", "un", "une", "vos", "votre",
];

/// Whether `word` begins the object of a verb.
fn begins_object(word: &MarkedWord) -> bool {
    let bare = word.bare();
    bare.contains('\'') || DETERMINERS.contains(&bare.as_str())
}

/// Words from a verb of saying to the quotation, at most: « il répond à son voisin : ».
const REACH: usize = 4;

/// Words of a quotation that goes on to the end of its turn, at most.
const SHORT: usize = 25;

/// Words that are looked at for the end of a sentence, from what opens a quotation on.
const LONGEST: usize = 60;

/// What [`Mark::Quote`] has to score.
struct Least {
    /// Behind the verb itself.
    at_verb: f32,
    /// Farther from it.
    beyond: f32,
}

/// On twelve passages written for it, no other word of theirs that stands behind such a verb scores
/// more.
const SURE: Least = Least { at_verb: -4.5, beyond: -3.0 };

/// From here on a quotation is suggested.
const UNSURE: Least = Least { at_verb: -6.0, beyond: -4.5 };

/// Most that the next word scores where a quotation opens: it goes on with the sentence otherwise.
const GOING_ON_MAX: f32 = -0.3;

/// Words before « dire » with which it says nothing of anybody's words: « on peut dire ».
const MODAL: &[&str] =
    &["faut", "fallait", "peut", "peux", "peuvent", "pourrait", "puis", "veut", "veux", "voulait"];

/// Sets the quotations of a turn.
pub(super) fn set(turn: &mut [MarkedWord]) {
    open_with_colons(turn);
    let openings = openings(turn, &SURE);
    let mut closed = 0;
    for (n, &colon) in openings.iter().enumerate() {
        if colon < closed {
            continue;
        }
        let next = openings.get(n + 1).copied();
        let Some(Quoted { end, answers }) = quoted(turn, colon + 1, next) else { continue };
        // Behind a pause a sentence of its own begins; else the quotation goes on with that of the
        // verb, as in « il finit par dire « on verra » ».
        let is_sentence = !turn[colon].after.is_empty();
        if is_sentence {
            turn[colon].after = "\u{a0}:".to_owned();
        }
        let first = &mut turn[colon + 1];
        first.before = format!("{}«\u{a0}", first.before);
        if is_sentence {
            first.letters = word::capitalised(&first.letters);
        }
        for answer in answers {
            turn[answer].before = "—\u{a0}".to_owned();
        }
        let after = &mut turn[end].after;
        *after = match after.as_str() {
            "," => "\u{a0}»,".to_owned(),
            marks => format!("{marks}\u{a0}»"),
        };
        closed = end + 1;
    }
    balance(turn);
}

/// Words that may be quotations although none is set: the second reading expects a quotation mark
/// before them, but not surely enough.
pub(super) fn unsure(turn: &[MarkedWord]) -> Vec<RangeInclusive<usize>> {
    let openings = openings(turn, &UNSURE);
    let is_plain = |at: usize| !turn[at].text().contains(['«', '»', '"']);
    let words = openings.iter().enumerate().filter_map(|(n, &verb)| {
        let Quoted { end, .. } = quoted(turn, verb + 1, openings.get(n + 1).copied())?;
        Some(verb + 1..=end).filter(|words| words.clone().all(is_plain))
    });
    // Within one that stands nothing is suggested.
    let is_inside = |at: usize| {
        let marks = turn[..at].iter().rev().map(MarkedWord::text);
        let last = marks.into_iter().find(|text| text.contains(['«', '»']));
        last.is_some_and(|text| text.rfind('«') > text.rfind('»'))
    };
    words.filter(|words| !is_inside(*words.start())).collect()
}

/// Closes what the recogniser opened, and takes out what closes nothing: each « has its » within a turn.
fn balance(turn: &mut [MarkedWord]) {
    let mut opened: Option<usize> = None;
    for at in 0..turn.len() {
        if turn[at].before.contains('«') {
            if let Some(first) = opened {
                close(turn, first, at);
            }
            opened = Some(at);
        }
        if turn[at].after.contains('»') && opened.take().is_none() {
            let bare = turn[at].after.replace(['»', '\u{a0}', '\u{202f}', ' '], "");
            // « ? » and « ! » keep the space before them.
            turn[at].after = bare.replace('?', "\u{a0}?").replace('!', "\u{a0}!");
        }
    }
    if let Some(first) = opened {
        close(turn, first, turn.len());
    }
}

/// Closes what opens with the word at `first`, before the one at `limit`: at the end of a short turn,
/// else where its sentence ends; where neither is near, it is no quotation.
fn close(turn: &mut [MarkedWord], first: usize, limit: usize) {
    let is_end = |at: &usize| turn[*at].ends_sentence();
    let last = limit - 1;
    let end = if limit == turn.len() && last - first < SHORT && is_end(&last) {
        Some(last)
    } else {
        (first..limit.min(first + LONGEST)).find(is_end)
    };
    match end {
        Some(end) => turn[end].after.push_str("\u{a0}»"),
        None => turn[first].before = turn[first].before.replace(['«', '\u{a0}'], ""),
    }
}

/// Sets the colon before a sentence that the recogniser quoted itself: « il répond « Oui. » ».
fn open_with_colons(turn: &mut [MarkedWord]) {
    for at in 1..turn.len() {
        let opens = turn[at].before.contains('«') && word::has_capital(&turn[at].letters);
        let says = SAYING.contains(&turn[at - 1].core().as_str());
        if opens && says && matches!(turn[at - 1].after.as_str(), "" | ",") {
            turn[at - 1].after = "\u{a0}:".to_owned();
        }
    }
}

/// The words behind which quotations open.
fn openings(turn: &[MarkedWord], least: &Least) -> Vec<usize> {
    let is_verb = |at: &usize| {
        let before = at.checked_sub(1).map(|before| turn[before].core()).unwrap_or_default();
        SAYING.contains(&turn[*at].core().as_str()) && !MODAL.contains(&before.as_str())
    };
    let mut openings: Vec<usize> = Vec::new();
    for verb in (0..turn.len()).filter(is_verb) {
        let reach = verb..(verb + REACH + 1).min(turn.len().saturating_sub(1));
        // A mark ends the clause of the verb.
        let n_before_mark = reach.clone().take_while(|at| turn[*at].after.is_empty()).count();
        let clause = reach.start..reach.end.min(verb + n_before_mark + 1);
        let can_open = |at: &usize| {
            let (word, next) = (&turn[*at], &turn[at + 1]);
            let minimum = if *at == verb { least.at_verb } else { least.beyond };
            word.score(Mark::Quote) >= minimum
                && word.score(Mark::Nothing) <= GOING_ON_MAX
                && matches!(word.after.trim(), "" | "," | "." | ":")
                && next.before.is_empty()
                && !(verb + 1..=at + 1).any(|at| reports(&turn[at]))
                && (!word.after.is_empty() || !turn[verb + 1..=*at].iter().any(begins_object))
        };
        let by_score = |one: &usize, other: &usize| {
            turn[*one].score(Mark::Quote).total_cmp(&turn[*other].score(Mark::Quote))
        };
        openings.extend(clause.filter(can_open).max_by(by_score));
    }
    openings.sort_unstable();
    openings.dedup();
    openings
}
