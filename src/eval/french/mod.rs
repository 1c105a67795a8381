//! `fr-eval-v1`: spellings of the same spoken French become the same tokens.
//!
//! Both sides go through the same rules, so that equality depends on the words pronounced and
//! not on who wrote them: « 57% » and « cinquante-sept pour cent », « 15h30 » and « quinze
//! heures trente », « septante » and « soixante-dix ». Accents are kept: *a* and *à* are
//! different words. Each token knows the written words that it comes from.

mod lexemes;
mod numbers;
mod rules;

use crate::base::speech::Gap;
use lexemes::{Kind, Lexeme};
use std::ops::Range;

/// Name of these rules, for every report: figures of other rules cannot be compared.
pub const NAME: &str = "fr-eval-v1";

/// One token that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Letters in lower case, or digits, perhaps with a comma inside or an « e » at the end; or
    /// « % ».
    pub text: String,
    /// Whether it is written with a capital.
    pub is_capital: bool,
    /// The written words that it comes from, counted from 0; never empty.
    pub words: Range<usize>,
}

/// The tokens of `text`, in order.
///
/// ```
/// use voixoff::eval::french::tokens;
///
/// assert_eq!(tokens("Euh… vingt et un pour cent !"), tokens("21 %"));
/// assert_eq!(tokens("L’été [Rires]"), ["l", "été"]);
/// ```
pub fn tokens(text: &str) -> Vec<String> {
    normalised([(text, Gap::Space)]).into_iter().map(|token| token.text).collect()
}

/// The tokens of written words, each given with the space before it.
///
/// What is in square brackets was not spoken and is gone; so is `(rires)` and its like, and
/// hesitations. Figures and number words are figures, without regard to spaces and hyphens
/// in them; ordinals are figures with an « e ».
pub(crate) fn normalised<'a>(words: impl IntoIterator<Item = (&'a str, Gap)>) -> Vec<Token> {
    let lexemes = lexemes::read(words);
    let spelt = rules::before_numbers(lexemes);
    let counted = rules::after_numbers(numbers::as_figures(spelt));
    counted.into_iter().filter(is_counted).map(Lexeme::into_token).collect()
}

/// Part of the norm, as all lists here: published figures depend on them, so none is shared with
/// the rules of pages, which may grow.
const HESITATIONS: &[&str] = &["euh", "heu", "hum", "hem", "mmh", "mhm", "pff", "beh"];

fn is_counted(lexeme: &Lexeme) -> bool {
    let text = lexeme.text.as_str();
    let is_hum = text.len() > 1 && text.chars().all(|letter| matches!(letter, 'h' | 'm'));
    (lexeme.kind != Kind::Mark || text == "%") && !is_hum && !HESITATIONS.contains(&text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Spellings of the same words on each line, separated by bars.
    const CLASSES: &str = include_str!("../../../tests/data/french/same-words.txt");

    #[test]
    fn spellings_of_the_same_words_are_the_same_tokens() {
        let lines: Vec<&str> = CLASSES.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(lines.len(), 26);
        for line in lines {
            let mut spellings = line.split('|');
            let first = spellings.next().unwrap();
            assert!(!tokens(first).is_empty(), "{first}");
            spellings
                .for_each(|spelling| assert_eq!(tokens(spelling), tokens(first), "{spelling}"));
        }
    }

    #[test]
    fn tokens_are_what_is_pronounced() {
        check("Cinquante-sept pour cent !", "57 %");
        check("1,5 million d’euros", "1500000 d euros");
        check("trois virgule zéro cinq", "3,05");
        check("quatre-vingt-onze, quatre-vingts", "91 80");
        check("deux mille vingt-quatre", "2024");
        check("la quatre-vingt-unième et la 21e", "la 81e et la 21e");
        check("le premier siècle, le Ier siècle", "le 1e siècle le 1e siècle");
        check("deux, trois et quatre", "2 3 et 4");
        check("vingt et un ou vingt et deux", "21 ou 20 et 2");
        check("des millions", "des millions");
        check("wav2vec, n° 5, 20 °C", "wav 2 vec numéro 5 20 degrés");
        check("15 heures 30 minutes", "15 heures 30");
        check("un million deux cent mille trois", "1200003");
        check("le 06 12", "le 0 6 12");
        check("peut-être – là", "peut être là");
    }

    #[test]
    fn different_words_stay_different() {
        for (text, other) in
            [("il a", "il à"), ("57 %", "57"), ("ces", "ses"), ("2020 300", "2320")]
        {
            assert_ne!(tokens(text), tokens(other));
        }
    }

    #[test]
    fn a_token_knows_the_words_it_comes_from() {
        let words = ["Le", "[rires]", "cinquante", "sept", "pour", "cent,", "l’État"];
        let shown: Vec<(String, Range<usize>)> = normalised(words.map(|word| (word, Gap::Space)))
            .into_iter()
            .map(|token| (token.text, token.words))
            .collect();
        let expected = [("le", 0..1), ("57", 2..4), ("%", 4..6), ("l", 6..7), ("état", 6..7)];
        assert_eq!(shown, expected.map(|(text, words)| (text.to_owned(), words)));
    }

    proptest! {
        #[test]
        fn nothing_breaks_and_tokens_stay_in_the_order_of_their_words(
            words in prop::collection::vec("[a-zA-ZéÉ’ 0-9,.:%°()\\[\\]*h-]{0,8}|vingt|cent|et|un|mille|virgule|zéro", 0..12),
        ) {
            let found = normalised(words.iter().map(|word| (word.as_str(), Gap::Space)));
            let mut last = 0;
            for token in found {
                prop_assert!(!token.text.is_empty() && token.words.start >= last, "{:?}", token);
                prop_assert!(token.words.start < token.words.end && token.words.end <= words.len());
                last = token.words.start;
            }
        }

        #[test]
        fn a_number_is_the_same_in_words(number in 0..999_999_999_999_u64) {
            let words = french_numbers::french_number(&number);
            prop_assert_eq!(tokens(&words), tokens(&number.to_string()));
            if number > 0 && number % 1_000_000 != 0 {
                prop_assert_eq!(tokens(&words), [number.to_string()]);
            }
        }
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(tokens(text).join(" "), expected, "{text}");
    }
}
