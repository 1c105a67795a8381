//! How well a French sentence can be broken between two of its words.
//!
//! A line ends best where a sentence or clause does, and worst behind a word that only
//! leans on the next one: « le | chat », « je | viens », « a | dit ».

use crate::base::french::{CLITICS, DETERMINERS, OPENERS};

/// The cost behind a word that leans on the next one.
pub(super) const FORBIDDEN: u64 = 20;

const AUXILIARIES: &[&str] = &[
    "ai", "as", "a", "avons", "avez", "ont", "avais", "avait", "avions", "aviez", "avaient",
    "suis", "es", "est", "sommes", "êtes", "sont", "étais", "était", "étions", "étiez", "étaient",
    "été", "aurait", "serait", "aura", "sera", "avoir", "être",
];

const PARTICIPLES: &[&str] =
    &["é", "ée", "és", "ées", "i", "ie", "is", "it", "ite", "ert", "u", "ue", "us", "ues"];

/// The cost of a break between `before` and `after`: 0 at the end of a sentence, 1 behind a
/// lesser mark, 2 before a word that opens a clause, 4 elsewhere, [`FORBIDDEN`] behind a
/// word that leans on the next one.
pub(super) fn cost(before: &str, after: &str) -> u64 {
    let bare = before.trim_end_matches(|c: char| c.is_whitespace() || "»)]”\"".contains(c));
    if bare.ends_with(['.', '!', '?', '…']) {
        return 0;
    }
    if bare.ends_with([',', ';', ':']) || bare.len() < before.len() {
        return 1;
    }
    let (last, next) =
        (word(before.split_whitespace().last()), word(after.split_whitespace().next()));
    // Of « qu’on » and « j’ai », what leans is behind the apostrophe.
    let bare_last = last.rsplit(['’', '\'']).next().unwrap_or_default();
    let leans = |list: &[&str]| list.contains(&bare_last);
    let is_participle = || PARTICIPLES.iter().any(|ending| next.ends_with(ending));
    let is_name = || is_capital(before) && is_capital(after);
    if leans(&DETERMINERS)
        || leans(&CLITICS)
        || leans(&OPENERS)
        || last.ends_with(['’', '\''])
        || (leans(AUXILIARIES) && is_participle())
        || is_name()
    {
        FORBIDDEN
    } else if OPENERS.contains(&next.as_str()) {
        2
    } else {
        4
    }
}

/// In lower case, without the marks around it.
fn word(text: Option<&str>) -> String {
    let text = text.unwrap_or_default().to_lowercase();
    text.trim_matches(|c: char| !c.is_alphanumeric() && !"’'".contains(c)).to_owned()
}

/// Whether a word begins with a capital letter and is more than one: a name, where two of
/// them follow each other.
fn is_capital(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(char::is_uppercase) && letters.next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_break_costs_least_where_a_sentence_ends_and_most_inside_a_group() {
        for (before, after, expected) in [
            ("fini.", "Alors", 0),
            ("vraiment\u{a0}?", "Oui", 0),
            ("possible.\u{a0}»", "Alors", 0),
            ("donc,", "on", 1),
            ("niveau\u{a0}»", "et", 1),
            ("logiciel", "qui", 2),
            ("grand", "succès", 4),
            ("le", "logiciel", FORBIDDEN),
            ("l’", "état", FORBIDDEN),
            ("que", "Marie", FORBIDDEN),
            ("qu’on", "voit", FORBIDDEN),
            ("j’ai", "gagné", FORBIDDEN),
            ("a", "décidé", FORBIDDEN),
            ("a", "peur", 4),
            ("Alain", "Garnier", FORBIDDEN),
            ("«\u{a0}Le", "logiciel", FORBIDDEN),
        ] {
            assert_eq!(cost(before, after), expected, "{before} | {after}");
        }
    }
}
