//! Two spellings of the same spoken words become the same tokens.
//!
//! Without it « 57 % » against « cinquante-sept pour cent » counts four errors
//! where nobody said anything else. Both sides go through the same function;
//! accents are kept, because *a* and *à* are different words.

use french_numbers::french_number;

/// Name of the rules below, for every report: figures of other rules cannot be
/// compared with these.
pub const NAME: &str = "fr-light-1";

/// The tokens that count, in order.
///
/// Lower case; « œ » is « oe »; brackets and what is in them are gone; figures
/// are words (masculine, as said in France); « 15h30 » is « 15 heures 30 »;
/// « % » is « pour cent »; apostrophes, hyphens and all other marks separate;
/// hesitations are gone.
pub fn tokens(text: &str) -> Vec<String> {
    let text = without_brackets(&text.to_lowercase());
    let mut spaced = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            'œ' => spaced.push_str("oe"),
            'æ' => spaced.push_str("ae"),
            '%' => spaced.push_str(" pour cent "),
            '&' => spaced.push_str(" et "),
            '€' => spaced.push_str(" euros "),
            '0'..='9' => {
                let mut digits = String::from(character);
                while let Some(next) = next_digit(&mut characters) {
                    digits.push(next);
                }
                spaced.push_str(&spelt(&digits, &mut characters));
            }
            letter if letter.is_alphanumeric() => spaced.push(letter),
            // Joined in one word for every reader: « aujourd'hui », « quelqu'un ».
            _ => spaced.push(' '),
        }
    }
    let is_said = |token: &&str| !HESITATIONS.contains(token);
    spaced.split_whitespace().filter(is_said).map(str::to_owned).collect()
}

const HESITATIONS: &[&str] = &["euh", "heu", "hum", "hem", "hm", "mm", "mmh", "mhm", "pff", "beh"];

type Characters<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// The next digit of the same number: letters another digit, or letters a space
/// that groups thousands.
fn next_digit(characters: &mut Characters<'_>) -> Option<char> {
    if matches!(characters.peek(), Some('\u{a0}' | '\u{202f}')) {
        let mut ahead = characters.clone();
        ahead.next();
        let group: Vec<char> = ahead.by_ref().take(3).collect();
        let is_group = group.len() == 3 && group.iter().all(char::is_ascii_digit);
        if !is_group || ahead.peek().is_some_and(char::is_ascii_digit) {
            return None;
        }
        characters.next();
    }
    characters.next_if(char::is_ascii_digit)
}

/// `digits` in words, with what stands letters them: « h » for hours, « er », « e », « ème ».
fn spelt(digits: &str, rest: &mut Characters<'_>) -> String {
    let letters: String = rest.clone().take_while(|character| character.is_alphabetic()).collect();
    let skip = |rest: &mut Characters<'_>| {
        letters.chars().for_each(|_| {
            rest.next();
        })
    };
    let words = digits.parse::<u64>().map_or(digits.to_owned(), |number| french_number(&number));
    let words = words.replace('-', " ");
    match letters.as_str() {
        "h" => {
            skip(rest);
            format!(" {words} heures ")
        }
        "er" | "re" | "ère" if digits == "1" => {
            skip(rest);
            " premier ".to_owned()
        }
        "e" | "ème" | "eme" | "è" | "nd" | "nde" => {
            skip(rest);
            format!(" {} ", ordinal(&words))
        }
        _ => format!(" {words} "),
    }
}

/// « deux » → « deuxième », « quatre » → « quatrième », « neuf » → « neuvième ».
fn ordinal(words: &str) -> String {
    let stem = words.strip_suffix("vingts").map(|stem| format!("{stem}vingt"));
    let stem = stem.unwrap_or_else(|| words.to_owned());
    match stem.as_bytes() {
        [.., b'e'] => format!("{}ième", &stem[..stem.len() - 1]),
        [.., b'n', b'e', b'u', b'f'] => format!("{}vième", &stem[..stem.len() - 1]),
        [.., b'c', b'i', b'n', b'q'] => format!("{stem}uième"),
        _ => format!("{stem}ième"),
    }
}

fn without_brackets(text: &str) -> String {
    let mut depth = 0_usize;
    let mut kept = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '[' => depth += 1,
            ']' if depth > 0 => {
                depth -= 1;
                kept.push(' ');
            }
            _ if depth == 0 => kept.push(character),
            _ => (),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_the_same_words_are_the_same_tokens() {
        same(&[
            "57 % de croissance",
            "57% de croissance",
            "cinquante-sept pour cent de croissance",
        ]);
        same(&["10\u{a0}000 euros", "dix mille euros", "10\u{202f}000 €"]);
        same(&["15h30", "15 heures 30", "quinze heures trente"]);
        same(&["la 2e fois", "la 2ème fois", "la deuxième fois"]);
        same(&["le 1er mai", "le premier mai"]);
        same(&["cœur, manœuvre !", "coeur manoeuvre"]);
        same(&["peut-être là-dessus", "Peut être là dessus."]);
        same(&["euh… je crois [rires]", "je crois"]);
        same(&["l’eau d'hier", "L' eau d'hier"]);
    }

    #[test]
    fn different_words_stay_different() {
        assert_ne!(tokens("il a"), tokens("il à"));
        assert_ne!(tokens("57 %"), tokens("57"));
        assert_eq!(tokens("en 2020 300 personnes").len(), 7);
    }

    #[track_caller]
    fn same(texts: &[&str]) {
        for text in texts {
            assert_eq!(tokens(text), tokens(texts[0]), "{text}");
        }
    }
}
