//! Rewriting rules: what is abbreviated, in full. Each rule looks at a few lexemes in a row.

use super::lexemes::{Kind, Lexeme};
use crate::base::speech::Gap;

/// Everything that has to be done while figures and number words are as they were written.
pub(super) fn before_numbers(lexemes: Vec<Lexeme>) -> Vec<Lexeme> {
    // These need to see capitals.
    let mut lexemes = [titles, initials, centuries]
        .into_iter()
        .fold(lexemes, |lexemes, rule: Rule| rewrite(lexemes, rule));
    lexemes.iter_mut().for_each(|lexeme| lexeme.text = lexeme.text.to_lowercase());
    let rules = [thousands, decimals, percents, hours, signs, joined, hyphens];
    rules.into_iter().fold(lexemes, |lexemes, rule: Rule| rewrite(lexemes, rule))
}

/// The rest, once numbers are figures.
pub(super) fn after_numbers(lexemes: Vec<Lexeme>) -> Vec<Lexeme> {
    let mut lexemes =
        [one_hour, minutes].into_iter().fold(lexemes, |lexemes, rule: Rule| rewrite(lexemes, rule));
    for lexeme in lexemes.iter_mut().filter(|lexeme| lexeme.text.contains(['œ', 'æ'])) {
        lexeme.text = lexeme.text.replace('œ', "oe").replace('æ', "ae");
    }
    lexemes
}

/// If it applies to the first lexemes of `rest`: how many they are, and what replaces them.
/// `before` stands before them.
type Rule = fn(before: Option<&Lexeme>, rest: &[Lexeme]) -> Option<(usize, Vec<Lexeme>)>;

fn rewrite(lexemes: Vec<Lexeme>, rule: Rule) -> Vec<Lexeme> {
    let mut written: Vec<Lexeme> = Vec::with_capacity(lexemes.len());
    let mut index = 0;
    while index < lexemes.len() {
        match rule(written.last(), &lexemes[index..]) {
            Some((count, replacement)) => {
                written.extend(replacement);
                index += count;
            }
            None => {
                written.push(lexemes[index].clone());
                index += 1;
            }
        }
    }
    written
}

/// `count` lexemes of `rest` become one word.
fn word(rest: &[Lexeme], count: usize, text: &str) -> Option<(usize, Vec<Lexeme>)> {
    Some((count, vec![Lexeme::replacing(&rest[..count], Kind::Letters, text)]))
}

/// `count` lexemes of `rest` become a number.
fn figures(rest: &[Lexeme], count: usize, text: String) -> Option<(usize, Vec<Lexeme>)> {
    Some((count, vec![Lexeme::replacing(&rest[..count], Kind::Figures, text)]))
}

/// « M. Dupont » is « monsieur Dupont ».
fn titles(_: Option<&Lexeme>, rest: &[Lexeme]) -> Option<(usize, Vec<Lexeme>)> {
    let has_point = rest.get(1).is_some_and(|mark| mark.is(".") && mark.gap == Gap::Nothing);
    let count = 1 + usize::from(has_point);
    let is_name =
        |next: &Lexeme| next.gap != Gap::Nothing && next.text.starts_with(char::is_uppercase);
    let full = match rest[0].text.as_str() {
        "M" if has_point && rest.get(2).is_some_and(is_name) => "monsieur",
        "MM" if has_point => "messieurs",
        "Mme" => "madame",
        "Mmes" => "mesdames",
        "Mlle" => "mademoiselle",
        "Dr" => "docteur",
        "Pr" => "professeur",
        _ => return None,
    };
    word(rest, count, full)
}

/// « S.N.C.F. » and « S N C F » are « SNCF ».
fn initials(_: Option<&Lexeme>, rest: &[Lexeme]) -> Option<(usize, Vec<Lexeme>)> {
    let is_initial = |lexeme: &Lexeme| {
        let mut letters = lexeme.text.chars();
        letters.next().is_some_and(char::is_uppercase) && letters.next().is_none()
    };
    let is_point = |lexeme: &Lexeme| lexeme.is(".") && lexeme.gap == Gap::Nothing;
    let pointed = rest
        .chunks_exact(2)
        .enumerate()
        .take_while(|(index, pair)| {
            let is_near = *index == 0 || pair[0].gap == Gap::Nothing;
            is_near && is_initial(&pair[0]) && is_point(&pair[1])
        })
        .count();
    let spaced = rest
        .iter()
        .enumerate()
        .take_while(|(index, lexeme)| {
            is_initial(lexeme) && (*index == 0 || lexeme.gap == Gap::Space)
        })
        .count();
    let count = match (pointed, spaced) {
        (2.., _) => 2 * pointed,
        (_, 2..) => spaced,
        _ => return None,
    };
    let letters: String =
        rest[..count].iter().filter(|part| !part.is(".")).map(|part| part.text.as_str()).collect();
    word(rest, count, &letters)
}

/// « XXe siècle » is « 20e siècle ».
fn centuries(_: Option<&Lexeme>, rest: &[Lexeme]) -> Option<(usize, Vec<Lexeme>)> {
    let [century, next, ..] = rest else { return None };
    if !next.text.to_lowercase().starts_with("siècle") {
        return None;
    }
    let roman = century.text.trim_end_matches(|letter| !matches!(letter, 'I' | 'V' | 'X' | 'L'));
    let is_ordinal = matches!(&century.text[roman.len()..], "e" | "er" | "ème" | "eme");
    let value = |letter| match letter {
        'I' => 1,
        'V' => 5,
        'X' => 10,
        _ => 50,
    };
    let mut total = 0_u32;
    let mut largest = 0;
    for digit in roman.chars().rev() {
        if !matches!(digit, 'I' | 'V' | 'X' | 'L') {
            return None;
        }
        let digit = value(digit);
        largest = digit.max(largest);
        total = if digit < largest { total.saturating_sub(digit) } else { total + digit };
    }
    let is_number = is_ordinal && total > 0;
    let number = || {
        let century = &rest[..1];
        let suffix = Lexeme::replacing(century, Kind::Letters, "e").with_gap(Gap::Nothing);
        (1, vec![Lexeme::replacing(century, Kind::Figures, total.to_string()), suffix])
    };
    is_number.then(number)
}

/// « 10 000 » and « 10.000 » are « 10000 »; « en 2020 300 personnes » are two numbers.
fn thousands(before: Option<&Lexeme>, rest: &[Lexeme]) -> Option<(usize, Vec<Lexeme>)> {
    let first = &rest[0];
    let touches = |other: &Lexeme| {
        other.kind == Kind::Figures || (other.gap == Gap::Nothing && other.is(","))
    };
    if first.kind != Kind::Figures || first.text.len() > 3 || before.is_some_and(touches) {
        return None;
    }
    let is_group = |lexeme: &Lexeme| lexeme.kind == Kind::Figures && lexeme.text.len() == 3;
    let run =
        |gap: Gap| rest[1..].iter().take_while(|next| is_group(next) && next.gap == gap).count();
    let pointed = rest[1..]
        .chunks_exact(2)
        .take_while(|pair| pair[0].is(".") && is_group(&pair[1]) && pair[1].gap == Gap::Nothing)
        .count();
    let (count, is_sure) = match (run(Gap::NoBreak), run(Gap::Space), pointed) {
        (groups @ 1.., _, _) => (1 + groups, true),
        (_, groups @ 1.., _) => (1 + groups, false),
        (_, _, groups @ 1..) => (1 + 2 * groups, false),
        _ => return None,
    };
    // A group that has more digits after it is none.
    let goes_on = rest.get(count).is_some_and(|next| next.kind == Kind::Figures);
    if !is_sure && (goes_on || first.text.starts_with('0')) {
        return None;
    }
    let digits = rest[..count].iter().filter(|part| part.kind == Kind::Figures);
    figures(rest, count, digits.map(|part| part.text.as_str()).collect())
}

/// « 1.5 » and « 1,5 » are one number.
fn decimals(_: Option<&Lexeme>, rest: &[Lexeme]) -> Option<(usize, Vec<Lexeme>)> {
    let [whole, point, part, ..] = rest else { return None };
    let is_one = whole.kind == Kind::Figures
        && point.gap == Gap::Nothing
        && (point.is(".") || point.is(","))
        && part.is_glued(Kind::Figures);
    if !is_one {
        return None;
    }
    figures(rest, 3, format!("{},{}", whole.text, part.text))
}

/// « pour cent » is « % ».
fn percents(_: Option<&Lexeme>, rest: &[Lexeme]) -> Option<(usize, Vec<Lexeme>)> {
    let is_hyphen = rest.get(1).is_some_and(|mark| mark.is("-"));
    let cent = 1 + usize::from(is_hyphen);
    let is_cent = rest.get(cent).is_some_and(|next| next.is("cent") || next.is("cents"));
    (rest[0].is("pour") && is_cent)
        .then(|| (cent + 1, vec![Lexeme::replacing(&rest[..=cent], Kind::Mark, "%")]))
}

/// « 15h30 », « 15 h 30 », « 15:30 » are « 15 heures 30 ».
fn hours(before: Option<&Lexeme>, rest: &[Lexeme]) -> Option<(usize, Vec<Lexeme>)> {
    let is_hour =
        before.is_some_and(|number| number.kind == Kind::Figures && number.text.len() <= 2);
    let first = &rest[0];
    let is_clock = first.is(":")
        && first.gap == Gap::Nothing
        && rest.get(1).is_some_and(|next| next.is_glued(Kind::Figures) && next.text.len() == 2);
    let is_letter = first.kind == Kind::Letters && first.is("h");
    if is_hour && (is_clock || is_letter) { word(rest, 1, "heures") } else { None }
}

/// Signs that have a name.
fn signs(_: Option<&Lexeme>, rest: &[Lexeme]) -> Option<(usize, Vec<Lexeme>)> {
    let next = rest.get(1).filter(|next| next.gap == Gap::Nothing);
    let next = next.map_or("", |next| next.text.as_str());
    let (count, name) = match (rest[0].text.as_str(), next) {
        ("&", _) => (1, "et"),
        ("€", _) => (1, "euros"),
        ("$", _) => (1, "dollars"),
        ("+", _) => (1, "plus"),
        ("@", _) => (1, "arobase"),
        ("n", "°" | "º") => (2, "numéro"),
        ("°", "c") => (2, "degrés"),
        _ => return None,
    };
    word(rest, count, name)
}

/// Words with an apostrophe that separates nothing.
const JOINED: &[(&str, &str)] = &[
    ("aujourd", "hui"),
    ("quelqu", "un"),
    ("quelqu", "une"),
    ("presqu", "île"),
    ("prud", "homme"),
    ("prud", "hommes"),
    ("entr", "ouvrir"),
];

fn joined(_: Option<&Lexeme>, rest: &[Lexeme]) -> Option<(usize, Vec<Lexeme>)> {
    let [start, apostrophe, end, ..] = rest else { return None };
    let is_known =
        JOINED.iter().any(|(known_start, known_end)| start.is(known_start) && end.is(known_end));
    if !is_known || !apostrophe.is("'") {
        return None;
    }
    word(rest, 3, &format!("{}{}", start.text, end.text))
}

/// A hyphen between letters separates them as a space does.
fn hyphens(before: Option<&Lexeme>, rest: &[Lexeme]) -> Option<(usize, Vec<Lexeme>)> {
    let is_inside = before.is_some_and(|word| word.kind != Kind::Mark)
        && rest.get(1).is_some_and(|next| next.kind != Kind::Mark && next.gap == Gap::Nothing);
    let is_hyphen = rest[0].is("-") && rest[0].gap == Gap::Nothing;
    if !is_hyphen || !is_inside {
        return None;
    }
    Some((2, vec![rest[1].clone().with_gap(Gap::Space)]))
}

/// « 1 h » is written like « 2 h ».
fn one_hour(before: Option<&Lexeme>, rest: &[Lexeme]) -> Option<(usize, Vec<Lexeme>)> {
    let is_counted = before.is_some_and(|number| number.kind == Kind::Figures);
    if is_counted && rest[0].is("heure") { word(rest, 1, "heures") } else { None }
}

/// « 15 heures 30 minutes » is « 15 heures 30 ».
fn minutes(before: Option<&Lexeme>, rest: &[Lexeme]) -> Option<(usize, Vec<Lexeme>)> {
    let [hours, number, unit, ..] = rest else { return None };
    let is_time = before.is_some_and(|hour| hour.kind == Kind::Figures)
        && hours.is("heures")
        && number.kind == Kind::Figures
        && ["min", "minute", "minutes"].iter().any(|name| unit.is(name));
    if !is_time {
        return None;
    }
    Some((3, vec![hours.clone(), Lexeme::replacing(&rest[1..3], Kind::Figures, &*number.text)]))
}
