//! Inverse text normalisation of numbers. Figures become words first, then all number words
//! become figures: both ways of writing a number go through the same parser, and end alike even
//! where it is wrong.

use super::lexemes::{Kind, Lexeme};
use crate::base::speech::Gap;
use french_numbers::french_number;

/// A number word, or another lexeme.
struct Spelt {
    lexeme: Lexeme,
    part: Option<Part>,
    is_ordinal: bool,
}

/// What a word does in a number.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Zero,
    /// From 1 to 16.
    Unit(u64),
    /// 20 to 60, and the Belgian and Swiss 70, 80, 90.
    Tens(u64),
    Hundred,
    Thousand,
    /// From a million on.
    Scale(u64),
    And,
    Comma,
}

/// `lexemes`, in lower case, with every number as figures.
pub(super) fn as_figures(lexemes: Vec<Lexeme>) -> Vec<Lexeme> {
    let mut spelt = Vec::with_capacity(lexemes.len());
    let mut index = 0;
    while index < lexemes.len() {
        let suffix = lexemes.get(index + 1).filter(|next| next.is_glued(Kind::Letters));
        let is_ordinal = lexemes[index].kind == Kind::Figures
            && suffix.is_some_and(|suffix| ORDINAL_ENDS.contains(&suffix.text.as_str()));
        let count = 1 + usize::from(is_ordinal);
        spell(&lexemes[index..index + count], is_ordinal, &mut spelt);
        index += count;
    }
    let mut written = Vec::with_capacity(spelt.len());
    let mut rest = spelt.as_slice();
    while let Some(first) = rest.first() {
        let run = rest.iter().take_while(|word| word.part.is_some());
        // An ordinal ends its number.
        let length =
            run.clone().position(|word| word.is_ordinal).map_or(run.count(), |last| last + 1);
        let (used, number) = read(&rest[..length]).unwrap_or((1, String::new()));
        if number.is_empty() {
            written.push(first.lexeme.clone());
        } else {
            let lexemes: Vec<Lexeme> =
                rest[..used].iter().map(|word| word.lexeme.clone()).collect();
            let end = if rest[used - 1].is_ordinal { "e" } else { "" };
            written.push(Lexeme::replacing(&lexemes, Kind::Figures, number + end));
        }
        rest = &rest[used..];
    }
    written
}

const ORDINAL_ENDS: &[&str] = &[
    "er", "ers", "ère", "ères", "re", "res", "e", "es", "è", "ème", "èmes", "eme", "emes", "ième",
    "ièmes", "nd", "nde", "nds", "ndes",
];

/// Most digits that have a name; longer numbers are spelt digit by digit.
const DIGITS_MAX: usize = 15;

/// Adds one lexeme, or a number and its ordinal suffix, to `spelt`: figures in words.
fn spell(lexemes: &[Lexeme], is_ordinal: bool, spelt: &mut Vec<Spelt>) {
    if lexemes[0].kind != Kind::Figures {
        let (part, is_ordinal) = part(&lexemes[0].text);
        spelt.push(Spelt { lexeme: lexemes[0].clone(), part, is_ordinal });
        return;
    }
    let n_before = spelt.len();
    let mut push = |words: &str| {
        for word in words.split([' ', '-']) {
            let lexeme = Lexeme::replacing(lexemes, Kind::Letters, word).with_gap(Gap::Space);
            let (part, is_ordinal) = part(word);
            spelt.push(Spelt { lexeme, part, is_ordinal });
        }
    };
    let (whole, decimals) = lexemes[0].text.split_once(',').unwrap_or((&lexemes[0].text, ""));
    spell_digits(whole, DIGITS_MAX, &mut push);
    if !decimals.is_empty() {
        push("virgule");
        spell_digits(decimals, 3, &mut push);
    }
    let last = spelt.last_mut().filter(|_| is_ordinal);
    last.into_iter().for_each(|word| word.is_ordinal = true);
    spelt[n_before].lexeme.gap = lexemes[0].gap;
}

/// Spells each leading zero, then the rest as a number of at most `max_digits` digits.
fn spell_digits(digits: &str, max_digits: usize, push: &mut impl FnMut(&str)) {
    let rest = digits.trim_start_matches('0');
    let n_zeros = digits.len() - rest.len();
    (0..n_zeros).for_each(|_| push("zéro"));
    match rest.parse::<u64>() {
        Ok(number) if rest.len() <= max_digits => push(&french_number(&number)),
        _ => rest.bytes().for_each(|digit| match digit {
            b'0' => push("zéro"),
            digit => push(&french_number(&u64::from(digit - b'0'))),
        }),
    }
}

/// What `word` does in a number, and whether it ends one as an ordinal.
fn part(word: &str) -> (Option<Part>, bool) {
    if matches!(word, "premier" | "première" | "premiers" | "premières") {
        return (Some(Part::Unit(1)), true);
    }
    let bare = word.strip_suffix('s').unwrap_or(word);
    if let Some(stem) = bare.strip_suffix("ième") {
        let cardinal = match stem {
            "un" => "un",
            "quatr" => "quatre",
            "cinqu" => "cinq",
            "neuv" => "neuf",
            "mill" => "mille",
            _ => stem,
        };
        let with_e = format!("{cardinal}e");
        let found = cardinal_part(cardinal).or_else(|| cardinal_part(&with_e));
        return (found, found.is_some());
    }
    (cardinal_part(word), false)
}

const UNITS: [&str; 17] = [
    "", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze",
    "douze", "treize", "quatorze", "quinze", "seize",
];

fn cardinal_part(word: &str) -> Option<Part> {
    if let Some(unit) = UNITS.iter().position(|unit| *unit == word && !word.is_empty()) {
        return Some(Part::Unit(unit as u64));
    }
    Some(match word {
        "une" => Part::Unit(1),
        "zéro" => Part::Zero,
        "vingt" | "vingts" => Part::Tens(20),
        "trente" => Part::Tens(30),
        "quarante" => Part::Tens(40),
        "cinquante" => Part::Tens(50),
        "soixante" => Part::Tens(60),
        "septante" => Part::Tens(70),
        "huitante" | "octante" => Part::Tens(80),
        "nonante" => Part::Tens(90),
        "cent" | "cents" => Part::Hundred,
        "mille" | "mil" => Part::Thousand,
        "million" | "millions" => Part::Scale(1_000_000),
        "milliard" | "milliards" => Part::Scale(1_000_000_000),
        "billion" | "billions" => Part::Scale(1_000_000_000_000),
        "et" => Part::And,
        "virgule" => Part::Comma,
        _ => return None,
    })
}

/// The number at the head of `spelt`, all of which are number words: how many words it
/// takes and its figures. `None` where a word there makes no number.
fn read(spelt: &[Spelt]) -> Option<(usize, String)> {
    let parts: Vec<Part> = spelt.iter().filter_map(|word| word.part).collect();
    if parts.first() == Some(&Part::Zero) && parts.get(1) != Some(&Part::Comma) {
        return Some((1, "0".to_owned()));
    }
    let (used, number) = match parts.first()? {
        Part::Zero => (1, 0),
        _ => whole(&parts)?,
    };
    let decimals = parts.get(used).filter(|part| **part == Part::Comma);
    let Some((n_digits, digits)) = decimals.and_then(|_| fraction(&parts[used + 1..])) else {
        return Some((used, number.to_string()));
    };
    let used = used + 1 + n_digits;
    if let Some(Part::Scale(scale)) = parts.get(used).copied() {
        let parts_of_one = 10_u64.pow(digits.len() as u32);
        let exact = digits.parse::<u64>().ok().filter(|_| scale % parts_of_one == 0);
        let product =
            exact.map(|digits| number.saturating_mul(scale) + digits * (scale / parts_of_one));
        return product.map(|product| (used + 1, product.to_string()));
    }
    Some((used, format!("{number},{digits}")))
}

/// What stands after the comma: zeros, then at most three digits.
fn fraction(parts: &[Part]) -> Option<(usize, String)> {
    let n_zeros = parts.iter().take_while(|part| **part == Part::Zero).count().min(3);
    let rest = below_thousand(&parts[n_zeros..]);
    let (used, digits) = rest.map_or((0, String::new()), |(used, n)| (used, n.to_string()));
    (n_zeros + used > 0).then(|| (n_zeros + used, "0".repeat(n_zeros) + &digits))
}

/// A number without decimals: how many words it takes, and its value.
fn whole(parts: &[Part]) -> Option<(usize, u64)> {
    let (mut used, mut total) = (0, 0_u64);
    let mut last_scale = u64::MAX;
    while last_scale > 1 {
        let rest = &parts[used..];
        let group = below_thousand(rest);
        let (n_words, value) = match group {
            Some(found) => found,
            None if rest.first() == Some(&Part::Thousand) => (0, 1),
            None => break,
        };
        let scale = match rest.get(n_words) {
            Some(Part::Thousand) => 1_000,
            Some(Part::Scale(scale)) => *scale,
            _ => 1,
        };
        // Scales only become smaller: what follows otherwise is another number.
        let scale = if scale < last_scale { scale } else { 1 };
        if scale == 1 && n_words == 0 {
            break;
        }
        total = total.saturating_add(value.saturating_mul(scale));
        used += n_words + usize::from(scale > 1);
        last_scale = scale;
    }
    (used > 0).then_some((used, total))
}

/// From 1 to 999, or to 1999 as « dix-neuf cent quatre-vingt-dix-neuf ».
fn below_thousand(parts: &[Part]) -> Option<(usize, u64)> {
    let (used, hundreds) = match (parts.first()?, below_hundred(parts)) {
        (Part::Hundred, _) => (1, 1),
        (_, Some((used, value @ (2..=9 | 11..=19)))) if parts.get(used) == Some(&Part::Hundred) => {
            (used + 1, value)
        }
        (_, found) => return found,
    };
    let (more, rest) = below_hundred(&parts[used..]).unwrap_or((0, 0));
    Some((used + more, 100 * hundreds + rest))
}

/// From 1 to 99.
fn below_hundred(parts: &[Part]) -> Option<(usize, u64)> {
    match parts {
        [Part::Unit(4), Part::Tens(20), rest @ ..] => {
            let (used, more) = below_twenty(rest).unwrap_or((0, 0));
            Some((2 + used, 80 + more))
        }
        [Part::Tens(tens), Part::And, Part::Unit(1), ..] => Some((3, tens + 1)),
        [Part::Tens(60), Part::And, Part::Unit(11), ..] => Some((3, 71)),
        [Part::Tens(tens), rest @ ..] => {
            let most = if *tens == 60 { 19 } else { 9 };
            let more = below_twenty(rest).filter(|(_, more)| (2..=most).contains(more));
            let (used, more) = more.unwrap_or((0, 0));
            Some((1 + used, tens + more))
        }
        _ => below_twenty(parts),
    }
}

fn below_twenty(parts: &[Part]) -> Option<(usize, u64)> {
    match parts {
        [Part::Unit(10), Part::Unit(more @ 7..=9), ..] => Some((2, 10 + more)),
        [Part::Unit(unit), ..] => Some((1, *unit)),
        _ => None,
    }
}
