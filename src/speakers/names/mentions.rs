//! Names where they are said, and what of a name is.

use super::{
    first_names::is_first_name,
    people::Person,
    talk::{Block, Token, folded},
};
use crate::base::{
    common_words::is_common,
    french::{DAYS, MONTHS},
};
use std::ops::Range;

/// A name where it is said.
#[derive(Debug, Clone)]
pub(super) struct Mention {
    /// Its tokens in the block, titles left out.
    pub(super) tokens: Range<usize>,
    /// What of the name is said.
    pub(super) part: Part,
    /// Whether its form leaves no doubt: capitals, and a first name that is known.
    pub(super) is_clear: bool,
}

/// What of a name is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// First name and surname.
    Full,
    /// The first name alone.
    First,
    /// The surname alone, behind a title.
    Last,
}

/// What stands between two parts of a surname in lower case.
pub(super) const PARTICLES: &[&str] = &[
    "de", "du", "des", "d", "la", "le", "l", "van", "von", "der", "den", "ben", "el", "al", "da",
    "dos", "di",
];

/// What stands before a surname, or before a whole name.
pub(super) const TITLES: &[&str] = &[
    "monsieur",
    "madame",
    "mademoiselle",
    "m",
    "mme",
    "docteur",
    "dr",
    "professeur",
    "professeure",
    "pr",
    "maitre",
    "me",
    "general",
    "colonel",
    "capitaine",
    "pere",
    "soeur",
];

/// Words with a capital that make a name one of a place, a house or a work.
const OF_THINGS: &str = "
radio tele television france europe saint sainte mont terre air monde credit banque universite
institut ecole college lycee hopital centre maison theatre musee association fondation
federation union parti republique assemblee senat ministere ville rue avenue boulevard place
port paris lyon marseille nord sud est ouest grand grande petit petite nouvelle nouveau haut
haute bas basse vallee ile lac cap golfe groupe club studio editions journal festival prix
coupe ligue stade jardin plage gare region conseil comite commission cour tour pont chateau
etats new san los las south north data health open linux windows microsoft google facebook
apple amazon web internet live hub podcast
";

/// Whether `token` makes what it stands in the name of a thing.
fn is_thing(token: &Token) -> bool {
    OF_THINGS.split_whitespace().any(|word| word == token.key) || is_date(&token.key)
}

/// Every name in `block`, in order.
///
/// `known` are names spelt as they should be; they are also known in lower case and misspelt.
pub(super) fn mentions(block: &Block, known: &[Person]) -> Vec<Mention> {
    let mut mentions = Vec::new();
    let mut at = 0;
    while at < block.tokens.len() {
        let found = if block.tokens[at].is_quoted { None } else { mention(block, at, known) };
        at = found.as_ref().map_or(at + 1, |mention| mention.tokens.end);
        mentions.extend(found);
    }
    mentions
}

fn mention(block: &Block, at: usize, known: &[Person]) -> Option<Mention> {
    let tokens = &block.tokens;
    let of = |n: usize, part, is_clear| Mention { tokens: at..at + n, part, is_clear };
    if let Some(n) = known.iter().find_map(|person| person.said_at(tokens, at)) {
        return Some(of(n, Part::Full, true));
    }
    let is_titled = at > 0 && TITLES.contains(&&*tokens[at - 1].key) && !tokens[at - 1].closes();
    let first = &tokens[at];
    let is_first = is_first_name(&first.key);
    if first.is_capital() && first.text.chars().count() > 1 {
        let n = capitals(tokens, at);
        // « Merci Jean » and « Bonjour Paris »: the capital is the sentence's.
        let is_word = is_common(&first.text.to_lowercase()) || TITLES.contains(&&*first.key);
        if is_word && !(is_first && (n > 1 || !first.opens)) {
            return None;
        }
        if n > 1 {
            return is_persons(&tokens[at..at + n]).then(|| of(n, Part::Full, is_first));
        }
        if is_thing(first) {
            return None;
        }
        if is_titled {
            return Some(of(1, Part::Last, true));
        }
        if is_first {
            // « Simon perrichet »: the surname lost its capital.
            return match surname_in_lower_case(tokens, at + 1) {
                true if !first.opens => Some(of(2, Part::Full, false)),
                _ => Some(of(1, Part::First, true)),
            };
        }
        return None;
    }
    if !is_first || is_common(&first.text.to_lowercase()) {
        return None;
    }
    match surname_in_lower_case(tokens, at + 1) {
        true => Some(of(2, Part::Full, false)),
        false => Some(of(1, Part::First, false)),
    }
}

/// Whether a name of several tokens is a person's: « Hugo Petit », but not « France Info » or
/// « Crédit Petit ».
pub(super) fn is_persons(tokens: &[Token]) -> bool {
    !is_thing(&tokens[0]) && (is_first_name(&tokens[0].key) || !tokens.iter().any(is_thing))
}

/// How many tokens from `at` on are one name by their capitals; 1 where it stands alone.
pub(super) fn capitals(tokens: &[Token], at: usize) -> usize {
    let mut n = 1;
    let goes_on = |idx: usize| matches!(tokens[idx].mark, None | Some('\''));
    while n < 6 && goes_on(at + n - 1) {
        let is_particle = |token: &Token| PARTICLES.contains(&&*token.key);
        let mut next = at + n;
        while next < tokens.len()
            && next < at + n + 2
            && is_particle(&tokens[next])
            && goes_on(next)
        {
            next += 1;
        }
        let is_name = |token: &Token| token.is_capital() && !token.opens && token.key.len() > 1;
        if !tokens.get(next).is_some_and(is_name) {
            break;
        }
        n = next + 1 - at;
    }
    // « Alain Garnier Paris »: where, not who.
    while n > 2 && is_thing(&tokens[at + n - 1]) {
        n -= 1;
    }
    n
}

/// Whether what stands at `at` can be a surname that is written without its capital.
fn surname_in_lower_case(tokens: &[Token], at: usize) -> bool {
    let Some(token) = tokens.get(at) else { return false };
    let before = &tokens[at - 1];
    let is_verb =
        ["ons", "ez", "ait", "aient", "era", "ent"].iter().any(|end| token.key.ends_with(end));
    before.mark.is_none()
        && !token.is_capital()
        && token.key.chars().count() >= 4
        && token.key.chars().all(|c| c.is_alphabetic() || c == '-')
        && !is_common(&token.text.to_lowercase())
        && !is_date(&token.key)
        && !is_verb
}

fn is_date(key: &str) -> bool {
    DAYS.iter().chain(&MONTHS).any(|word| folded(word) == key)
}
