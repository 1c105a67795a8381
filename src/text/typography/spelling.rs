//! Spelling that goes with typography: elisions, ordinals, ligatures, capitals.
//!
//! Each rule is a closed list. What is not listed may be right as it is.

use super::{
    letters::is_word_like,
    lists::{AFTER_A, CAPITALS, LATIN, LIGATURES, VOWELS},
    pairs::ends_sentence,
    tokens::{Bond, Kind, Token},
};
use crate::base::french::ELIDED;

/// Applies all rules to the words of `tokens`.
pub(super) fn settle(tokens: &mut [Token]) {
    let mut last_part = String::new();
    for n in 0..tokens.len() {
        let (before, rest) = tokens.split_at_mut(n);
        let [token, after @ ..] = rest else { return };
        if token.kind != Kind::Word {
            last_part.clear();
            continue;
        }
        if let Some(elided) = before.last_mut()
            && joins(elided, token)
        {
            elided.replace(elided.from.len() - 1, 1, "’");
            token.bond = Some(Bond::Elision);
        }
        if token.text == "A" && begins_sentence(before) && is_preposition(after.first()) {
            token.respell(0, 1, "À");
        }
        last_part = respell(token, last_part);
    }
}

/// « l’ » and « état », cut in two by a recogniser.
fn joins(before: &Token, token: &Token) -> bool {
    let stem = before.text.strip_suffix(['\'', '’']).map(str::to_lowercase);
    let begins = token.text.chars().next().and_then(|first| first.to_lowercase().next());
    token.is_spaced
        && before.kind == Kind::Word
        && stem.is_some_and(|stem| ELIDED.contains(&stem.as_str()))
        && begins.is_some_and(|first| VOWELS.contains(first))
}

fn begins_sentence(before: &[Token]) -> bool {
    before.last().is_none_or(|last| match last.kind {
        Kind::CloseGuillemet => false,
        Kind::Line | Kind::OpenGuillemet | Kind::TurnDash => true,
        kind => ends_sentence(kind),
    })
}

fn is_preposition(after: Option<&Token>) -> bool {
    let head = |text: &str| text.split(['\'', '’']).next().unwrap_or_default().to_lowercase();
    after.is_some_and(|next| {
        let is_elided = next.text.contains(['\'', '’']);
        let head = head(&next.text);
        next.is_spaced && AFTER_A.contains(&head.as_str()) && (is_elided == (head == "l"))
    })
}

/// Respells the parts of `word`, between apostrophes and hyphens; gives the last of them.
///
/// `last` is the part before, of the word before.
fn respell(word: &mut Token, mut last: String) -> String {
    if word.text.contains(['_', '@', '#']) {
        return String::new();
    }
    let shapes: Vec<char> = word.text.chars().collect();
    let mut edits: Vec<(usize, usize, String)> = Vec::new();
    let mut start = 0;
    for part in shapes.split(|shape| !is_word_like(*shape)) {
        let text: String = part.iter().collect();
        let right = ordinal(&text)
            .or_else(|| capital(&text))
            .or_else(|| ligature(&text))
            .or_else(|| latin(&last, &text));
        edits.extend(right.map(|right| (start, part.len(), right)));
        start += part.len() + 1;
        last = text.to_lowercase();
    }
    for (start, length, right) in edits.into_iter().rev() {
        word.respell(start, length, &right);
    }
    last
}

/// `1ère` is `1re`, `2ème` is `2e`, `XXème` is `XXe`.
///
/// Centuries only: « Mème » is a word, and « Ième » no number.
fn ordinal(part: &str) -> Option<String> {
    let (singular, plural) = match part.strip_suffix('s') {
        Some(singular) => (singular, "s"),
        None => (part, ""),
    };
    if let Some("1") = singular.strip_suffix("ère").or_else(|| singular.strip_suffix("ere")) {
        return Some(format!("1re{plural}"));
    }
    let endings = ["ième", "ieme", "ème", "eme"];
    let number = endings.iter().find_map(|ending| singular.strip_suffix(ending))?;
    let is_figures = number.bytes().all(|byte| byte.is_ascii_digit());
    let is_roman = number.bytes().all(|byte| b"IVX".contains(&byte)) && number != "I";
    (!number.is_empty() && (is_figures || is_roman)).then(|| format!("{number}e{plural}"))
}

fn capital(part: &str) -> Option<String> {
    CAPITALS.iter().find(|(plain, _)| *plain == part).map(|(_, right)| (*right).to_owned())
}

fn ligature(part: &str) -> Option<String> {
    let lower = part.to_lowercase();
    let stem = LIGATURES.iter().find(|stem| lower.starts_with(**stem))?;
    let at = stem.chars().collect::<Vec<_>>().windows(2).position(|pair| pair == ['o', 'e'])?;
    let mut right: Vec<char> = part.chars().collect();
    right[at] = match right[at..at + 2] {
        ['o', 'e'] => 'œ',
        ['O', _] => 'Œ',
        _ => return None,
    };
    right.remove(at + 1);
    Some(right.into_iter().collect())
}

fn latin(last: &str, part: &str) -> Option<String> {
    let known = LATIN.iter().find(|(before, plain, _)| *before == last && *plain == part)?;
    Some(known.2.to_owned())
}
