//! Where a quotation ends, and where somebody else answers within it.
//!
//! It ends with its first sentence, unless the next one is plainly in the same mouth: both speak of
//! « nous », or to somebody. « Je » says nothing, for who tells the story is one, too. Within it, a
//! question is answered behind a dash.

use super::{MarkedWord, quotations::SAYING};
use crate::base::french::ANSWERS;
use std::ops::RangeInclusive;

/// Longest quotation, in words.
const LONGEST: usize = 60;

/// Words of an answer that says the question, or part of it, once more, at most.
const ECHO_MAX: usize = 4;

/// Who is spoken of, and who is spoken to.
const WE: &[&str] = &["nous", "notre", "nos"];
const YOU: &[&str] = &["vous", "votre", "vos", "tu", "te", "t", "toi", "ton", "ta", "tes"];

/// What a sentence begins with when the one who tells the story goes on.
const RETURNING: &[&str] = &[
    "alors là",
    "bing",
    "bon",
    "bref",
    "croyez-moi",
    "donc",
    "eh bien",
    "eh non",
    "et donc",
    "et là",
    "et puis",
    "évidemment",
    "figurez-vous",
    "franchement",
    "imaginez",
    "là",
    "on a",
    "on l'a",
    "vous imaginez",
    "vous savez",
    "vous vous rendez compte",
    "vous voyez",
    "voilà",
];

/// Who says something, before a verb of saying.
const SUBJECTS: &[&str] = &["je", "il", "elle", "on", "ils", "elles", "ai", "a", "ont"];

/// A quotation that begins somewhere: its last word, and the first words of answers within it.
pub(super) struct Quoted {
    pub(super) end: usize,
    pub(super) answers: Vec<usize>,
}

/// The quotation that begins with the word at `first`; `next` opens the one behind.
pub(super) fn quoted(turn: &[MarkedWord], first: usize, next: Option<usize>) -> Option<Quoted> {
    let limit = next.unwrap_or(turn.len()).min(turn.len());
    let words = first..limit.min(first + LONGEST);
    let has_quote = |at: usize| turn[at].text().contains(['«', '»', '"']);
    let mut ends = words
        .clone()
        .filter(|at| turn[*at].ends_sentence())
        .take_while(|end| !(first..=*end).any(has_quote));
    let Some(end) = ends.next() else {
        let end = match next {
            Some(_) => words.rev().find(|at| turn[*at].after == ","),
            None => (limit <= first + LONGEST).then(|| limit.checked_sub(1)).flatten(),
        };
        let end = end.filter(|end| *end >= first && !(first..=*end).any(has_quote))?;
        return Some(Quoted { end, answers: Vec::new() });
    };
    let mut found = Quoted { end, answers: Vec::new() };
    let mut last = first..=end;
    // Sentences of which only the one behind them says whose they are.
    let mut unsure = None;
    for end in ends {
        let sentence = last.end() + 1..=end;
        if returns(turn, &sentence) {
            break;
        }
        let begins = *sentence.start();
        if answers(turn, &last, &sentence) {
            found.answers.push(begins);
            found.end = end;
            unsure = None;
        } else if goes_on(turn, &(first..=found.end), &sentence) {
            // Whoever was answered asks on.
            if found.answers.last() == Some(last.start()) && turn[end].after.contains('?') {
                found.answers.push(begins);
            }
            found.end = end;
            unsure = None;
        } else if unsure.replace(begins).is_some() {
            break;
        }
        last = sentence;
    }
    Some(found)
}

/// Whether the one who tells the story speaks in `sentence`.
fn returns(turn: &[MarkedWord], sentence: &RangeInclusive<usize>) -> bool {
    let words: Vec<String> = sentence.clone().map(|at| turn[at].bare()).collect();
    let begins = |start: &str| {
        let start: Vec<&str> = start.split(' ').collect();
        words.len() >= start.len() && start.iter().zip(&words).all(|(one, other)| one == other)
    };
    let says = sentence.clone().skip(1).any(|at| {
        let before: Vec<String> =
            (*sentence.start()..at).rev().take(2).map(|at| turn[at].core()).collect();
        let is_subject = |word: &String| SUBJECTS.contains(&word.as_str());
        SAYING.contains(&turn[at].core().as_str()) && before.iter().any(is_subject)
    });
    RETURNING.iter().any(|start| begins(start)) || says
}

/// Whether `sentence` is in the same mouth as the `quoted` words before it.
fn goes_on(
    turn: &[MarkedWord],
    quoted: &RangeInclusive<usize>,
    sentence: &RangeInclusive<usize>,
) -> bool {
    let has = |words: &RangeInclusive<usize>, person: &[&str]| {
        let is_of =
            |at: usize| turn[at].bare().split(['\'', '-']).any(|part| person.contains(&part));
        words.clone().any(is_of)
    };
    let speaks_to = |words: &RangeInclusive<usize>| {
        has(words, YOU) || words.clone().any(|at| is_imperative(turn, at))
    };
    has(quoted, WE) && has(sentence, WE) || speaks_to(quoted) && speaks_to(sentence)
}

/// Whether a clause begins with the word at `at`, and it is « attendez ».
fn is_imperative(turn: &[MarkedWord], at: usize) -> bool {
    let word = turn[at].bare();
    let begins = at.checked_sub(1).is_none_or(|before| !turn[before].after.is_empty());
    begins && word.len() > 4 && word.ends_with("ez") && word != "assez"
}

/// Whether somebody else says `sentence`, because it answers the question `before` it.
fn answers(
    turn: &[MarkedWord],
    before: &RangeInclusive<usize>,
    sentence: &RangeInclusive<usize>,
) -> bool {
    let asks = turn[*before.end()].after.contains('?');
    let first = turn[*sentence.start()].bare();
    let is_answer = ANSWERS.contains(&first.as_str()) || first == "parce";
    let n_words = sentence.end() - sentence.start() + 1;
    let said: Vec<String> = before.clone().map(|at| turn[at].bare()).collect();
    let is_echo = n_words <= ECHO_MAX && sentence.clone().all(|at| said.contains(&turn[at].bare()));
    let asks_back = turn[*sentence.end()].after.contains('?') && is_echo;
    asks && (is_answer || is_echo) || asks_back
}
