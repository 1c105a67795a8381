//! How a sentence ends: « ! » or « ? » in the place of a full stop.

use super::MarkedWord;
use crate::{
    base::{french::DAYS, marks::Mark},
    text::word,
};
use std::ops::RangeInclusive;

/// Sentences that are exclaimed as a rule.
const EXCLAIMED: &[&str] = &[
    "ah",
    "ah ah",
    "ah là là",
    "ah non",
    "ah oui",
    "à bientôt",
    "à la semaine prochaine",
    "à très bientôt",
    "allez",
    "attention",
    "au revoir",
    "bien sûr que non",
    "bien sûr que si",
    "bon appétit",
    "bon courage",
    "bonjour à tous",
    "bonjour à toutes",
    "bonne chance",
    "bonne journée",
    "bonne route",
    "bonne soirée",
    "c'est n'importe quoi",
    "chapeau",
    "dommage",
    "eh oui",
    "et voilà",
    "évidemment",
    "fin du game",
    "formidable",
    "génial",
    "hors de question",
    "impossible",
    "incroyable",
    "jamais",
    "mais non",
    "mais oui",
    "mais si",
    "merci",
    "merci à tous",
    "merci à toutes",
    "merci à vous",
    "merci beaucoup",
    "n'importe quoi",
    "oh",
    "oh non",
    "oh oui",
    "pas question",
    "quel dommage",
    "rien à voir",
    "tant mieux",
    "tant pis",
    "tiens",
    "tu te rends compte",
    "voilà",
    "vous vous rendez compte",
    "vraiment",
];

/// What is exclaimed wherever it stands between two marks, be it called a clause: no sentence goes on
/// from it.
const CALLS: &[&str] = &[
    "ah bon",
    "aïe",
    "bing",
    "boum",
    "bravo",
    "chut",
    "cocorico",
    "eh bien non",
    "eh bien si",
    "eh non",
    "eh si",
    "et bien non",
    "et bien si",
    "et hop",
    "hélas",
    "hop",
    "hourra",
    "mon dieu",
    "non mais attendez",
    "ouf",
    "paf",
    "patatras",
    "quel scandale",
    "quelle horreur",
    "stop",
    "vlan",
    "zut",
];

/// What a sentence that ends with it judges so strongly that it is exclaimed.
const STRONG: &[&str] = &[
    "absurde",
    "catastrophe",
    "catastrophique",
    "dingue",
    "énorme",
    "extraordinaire",
    "folle",
    "formidable",
    "fou",
    "génial",
    "hallucinant",
    "honte",
    "honteux",
    "impressionnant",
    "inadmissible",
    "incroyable",
    "insupportable",
    "lamentable",
    "magnifique",
    "merveilleux",
    "scandale",
    "scandaleux",
    "superbe",
    "terrible",
];

/// What a question begins with, behind a word that leads to it.
const ASKING: &[&str] = &[
    "est-ce",
    "qu'est-ce",
    "pourquoi",
    "comment",
    "combien",
    "où",
    "quel",
    "quelle",
    "quels",
    "quelles",
    "qui",
    "qu'en",
];
const LEADING: &[&str] = &["et", "mais", "alors", "donc", "or", "puis", "du", "coup"];

/// Who does something, before a verb; of what is asked the verb comes first.
const SUBJECTS: &[&str] =
    &["c", "ça", "je", "j", "tu", "il", "elle", "on", "nous", "vous", "ils", "elles"];

/// Pause behind a call that ends its sentence; behind a shorter one the sentence goes on: « hop !, ».
const CALL_PAUSE_S: f64 = 0.12;

/// What « ! » has to score behind a clause that is no call, and the pause there.
const CLAUSE_MIN: f32 = -2.7;
const CLAUSE_PAUSE_S: f64 = 0.15;

/// Words of « quelle belle aventure », of « quelle patience il faut pour ça », and of what is said once
/// more, at most.
const EXCLAMATIVE_MAX: usize = 3;
const WONDERING_MAX: usize = 6;
const ECHO_MAX: usize = 5;

/// What a mark has to score where the words ask for it: the longer the list, the more so.
const EXCLAIMED_MIN: f32 = -4.5;
const STRONG_MIN: f32 = -3.5;
const ASKING_MIN: f32 = -3.0;

/// By how much a mark has to be more probable than the full stop where nothing but the second
/// reading speaks for it; log probabilities.
const ALONE_MIN: f32 = 0.3;

/// From here on it is suggested.
const UNSURE_MIN: f32 = -0.7;

/// Marks what is exclaimed between two marks of which the second is a comma: calls; where a sentence
/// begins with them and a pause is behind, others of the list and « quelle aventure »; and the last
/// words before repeated.
fn set_calls(turn: &mut [MarkedWord]) {
    let mut first = 0;
    for at in 0..turn.len().saturating_sub(1) {
        if turn[at].after.is_empty() {
            continue;
        }
        let begin = std::mem::replace(&mut first, at + 1);
        let marks = turn[at].after.as_str();
        let words: Vec<String> = turn[begin..=at].iter().map(MarkedWord::bare).collect();
        let clause = words.join(" ");
        let is_echo = is_echo(turn, begin, words.len());
        let pause = turn[at + 1].start.minus(turn[at].end).as_secs_f64();
        let score = |mark: Mark| turn[at].score(mark);
        let begins = begin.checked_sub(1).is_none_or(|before| turn[before].ends_sentence());
        let is_sure = begins && score(Mark::Exclamation) >= CLAUSE_MIN && pause >= CLAUSE_PAUSE_S;
        let is_exclaimed = EXCLAIMED.contains(&clause.as_str()) || wonders(&words, &turn[at]);
        let is_call = CALLS.contains(&clause.as_str());
        if marks == ","
            && turn[at + 1].before.is_empty()
            && (is_call || is_echo || is_sure && is_exclaimed)
        {
            if pause < CALL_PAUSE_S && is_call {
                turn[at].after = "\u{a0}!,".to_owned();
            } else {
                turn[at].after = "\u{a0}!".to_owned();
                turn[at + 1].letters = word::capitalised(&turn[at + 1].letters);
            }
        } else if marks == "." && is_echo {
            turn[at].after = "\u{a0}!".to_owned();
        }
    }
}

/// Whether `words`, of which `last` is the last, are « quelle aventure », « quelle patience il faut » or
/// « comme c'est beau » and no question.
fn wonders(words: &[String], last: &MarkedWord) -> bool {
    let Some(first) = words.first() else { return false };
    let is_subject =
        |word: &String| SUBJECTS.contains(&word.split('\'').next().unwrap_or_default());
    let is_short = match first.as_str() {
        "comme" | "que" | "qu'il" | "qu'elle" | "qu'on" => words.get(1).is_some_and(is_subject),
        quel if quel.starts_with("quel") => {
            words.len() <= EXCLAMATIVE_MAX || words.get(2).is_some_and(is_subject)
        }
        _ => false,
    };
    is_short
        && words.len() <= WONDERING_MAX
        && last.score(Mark::Exclamation) >= CLAUSE_MIN.max(last.score(Mark::Question))
}

/// Whether `words` take leave until a day: « à mercredi prochain ».
fn takes_leave(words: &[String]) -> bool {
    let mut rest = words.iter().map(String::as_str);
    rest.next() == Some("à")
        && rest.next().is_some_and(|word| word == "demain" || DAYS.contains(&word))
        && rest.all(|word| ["prochain", "matin", "soir", "tous", "et", "à"].contains(&word))
}

/// Whether the `n_words` from `begin` are a sentence that says the end of the one before once more:
/// « dans cinq ans. Cinq ans ! ».
fn is_echo(turn: &[MarkedWord], begin: usize, n_words: usize) -> bool {
    let Some(before) = begin.checked_sub(n_words) else { return false };
    let said = |at: usize| turn[at].bare();
    (2..=ECHO_MAX).contains(&n_words)
        && turn[begin - 1].ends_sentence()
        && !turn[before..begin - 1].iter().any(MarkedWord::ends_sentence)
        && (0..n_words).all(|at| said(before + at) == said(begin + at))
}

/// Sets the ends of the sentences of a turn.
pub(super) fn set(turn: &mut [MarkedWord]) {
    set_calls(turn);
    let mut first = 0;
    for at in 0..turn.len() {
        if !turn[at].ends_sentence() {
            continue;
        }
        // What a colon announces is asked or exclaimed by itself.
        let colon = (first..at).rev().find(|before| turn[*before].after.contains(':'));
        let begin = colon.map_or(first, |colon| colon + 1);
        let words: Vec<String> = turn[begin..=at].iter().map(MarkedWord::bare).collect();
        first = at + 1;
        let last = &turn[at];
        // Of « Ah bon. » within quotation marks, too; « … » is no full stop.
        let is_full_stop = last.after.contains('.') && !last.after.contains(['!', '?', '…']);
        if !is_full_stop || last.after.contains("..") {
            continue;
        }
        let Some(mark) = mark(&words, last) else { continue };
        turn[at].after = last.after.replacen('.', mark, 1);
    }
}

/// Sentences of which the second reading nearly believes that they are exclaimed.
pub(super) fn unsure(turn: &[MarkedWord]) -> Vec<RangeInclusive<usize>> {
    let mut first = 0;
    let mut found = Vec::new();
    for at in (0..turn.len()).filter(|at| turn[*at].ends_sentence()) {
        let words = std::mem::replace(&mut first, at + 1)..=at;
        let last = &turn[at];
        let margin = last.score(Mark::Exclamation) - last.score(Mark::FullStop);
        if last.after == "." && margin >= UNSURE_MIN {
            found.push(words);
        }
    }
    found
}

/// The mark in the place of the full stop behind `last`, the end of the sentence of `words`.
fn mark(words: &[String], last: &MarkedWord) -> Option<&'static str> {
    let [stop, exclamation, question] =
        [Mark::FullStop, Mark::Exclamation, Mark::Question].map(|mark| last.score(mark));
    let asks = words.iter().find(|word| !LEADING.contains(&word.as_str()));
    let asks = asks.is_some_and(|word| ASKING.contains(&word.as_str()));
    let sentence = words.join(" ");
    let is_listed = |list: &[&str]| list.contains(&sentence.as_str());
    let is_exclaimed = is_listed(EXCLAIMED) || is_listed(CALLS) || takes_leave(words);
    let is_strong = STRONG.contains(&last.core().as_str());
    if asks && question >= ASKING_MIN || question >= stop + ALONE_MIN {
        Some("\u{a0}?")
    } else if wonders(words, last)
        || is_exclaimed && exclamation >= EXCLAIMED_MIN
        || is_strong && exclamation >= STRONG_MIN
        || exclamation >= stop + ALONE_MIN
    {
        Some("\u{a0}!")
    } else {
        None
    }
}
