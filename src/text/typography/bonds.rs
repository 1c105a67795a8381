//! What must not be torn from the token before it: groups of figures, units, names.

use super::{
    lists::{COUNTED, HUNDREDS, POINTED_TITLES, TITLES},
    tokens::{Bond, Kind, Token},
};
use crate::base::french::{TENS, UNITS, UP_TO_SIXTEEN};

/// Ties the tokens that belong together across the space between them.
pub(super) fn tie(tokens: &mut [Token]) {
    groups(tokens);
    for n in 1..tokens.len() {
        let (before, rest) = tokens.split_at(n);
        if !rest[0].is_spaced || rest[0].bond.is_some() {
            continue;
        }
        let bond = match rest[0].kind {
            Kind::Word if is_counted(before, &rest[0]) => Some(Bond::Unit),
            Kind::Word if is_named(before, rest) => Some(Bond::Title),
            Kind::Number if is_minutes(before, rest) => Some(Bond::Unit),
            _ => None,
        };
        tokens[n].bond = bond;
    }
}

/// Figures in threes are one number, if nothing says otherwise: a first group of four
/// is a year, one that begins with 0 a telephone, and another number behind or before
/// makes it a list.
fn groups(tokens: &mut [Token]) {
    let mut start = 0;
    while start < tokens.len() {
        let is_more = |token: &&Token| token.kind == Kind::Number && token.is_spaced;
        let n_more = tokens[start + 1..].iter().take_while(is_more).count();
        let length = if tokens[start].kind == Kind::Number { n_more + 1 } else { 1 };
        let run = &mut tokens[start..start + length];
        start += length;
        let [first, middle @ .., last] = run else { continue };
        let head = first.text.as_str();
        let is_first = is_figures(head) && head.len() <= 3 && !head.starts_with('0');
        let (whole, decimals) = last.text.split_once(',').unwrap_or((&last.text, "0"));
        let is_last = is_figures(whole) && whole.len() == 3 && is_figures(decimals);
        let is_whole = middle.iter().all(|group| is_figures(&group.text) && group.text.len() == 3);
        if is_first && is_last && is_whole {
            run[1..].iter_mut().for_each(|group| group.bond = Some(Bond::Group));
        }
    }
}

fn is_figures(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_counted(before: &[Token], word: &Token) -> bool {
    let text = word.text.as_str();
    // « quarante-deux » ends in « deux ».
    let is_number = |last: &Token| {
        let part = last.text.rsplit(['\'', '’', '-']).next().unwrap_or_default();
        let part = part.to_lowercase();
        // Who counts one says « un an »: the article may as well be meant.
        UP_TO_SIXTEEN[1..].iter().chain(&TENS).chain(HUNDREDS).any(|number| *number == part)
    };
    before.last().is_some_and(|last| match last.kind {
        Kind::Number => COUNTED.contains(&text) || UNITS.contains(&text),
        Kind::Word => COUNTED.contains(&text) && is_number(last),
        _ => false,
    })
}

/// A name behind its title. « Me » is a pronoun too, so it takes a name of two capitals.
fn is_named(before: &[Token], rest: &[Token]) -> bool {
    let is_capital = |token: &Token| {
        token.kind == Kind::Word && token.text.chars().next().is_some_and(char::is_uppercase)
    };
    let is_full = || {
        let is_elided = |token: &&Token| token.bond == Some(Bond::Elision);
        let (name, after) = rest.split_at(1 + rest[1..].iter().take_while(is_elided).count());
        let letters = name.iter().flat_map(|token| token.text.chars());
        letters.filter(|letter| letter.is_uppercase()).count() > 1
            || after.first().is_some_and(|second| second.is_spaced && is_capital(second))
    };
    let is_title = match before {
        [.., title, point] if point.kind == Kind::Stop => {
            POINTED_TITLES.contains(&title.text.as_str())
        }
        [.., title] => TITLES.contains(&title.text.as_str()) || (title.text == "Me" && is_full()),
        [] => false,
    };
    is_title && is_capital(&rest[0])
}

/// The minutes of an hour: « 15 h 30 ». Those of a duration are tied to their own unit.
fn is_minutes(before: &[Token], rest: &[Token]) -> bool {
    let [.., hours, unit] = before else { return false };
    let minutes = rest[0].text.as_str();
    let is_hour = |text: &str| is_figures(text) && text.parse().is_ok_and(|hour: u8| hour <= 24);
    let is_duration = rest.get(1).is_some_and(|next| UNITS.contains(&next.text.as_str()));
    hours.kind == Kind::Number
        && is_hour(&hours.text)
        && unit.text == "h"
        && unit.bond == Some(Bond::Unit)
        && is_figures(minutes)
        && minutes.len() == 2
        && !is_duration
}
