//! What only a person can decide about the marks of a text.

use super::{
    letters,
    pairs::is_too_many,
    tokens::{self, Kind, Token},
};

/// Something in a text that a person should look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lint {
    /// Characters before it.
    pub at: usize,
    /// What it is.
    pub kind: LintKind,
}

/// What may be wrong with a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LintKind {
    /// A `"` that could not be paired.
    StraightQuote,
    /// A hyphen between spaces, which may be meant as a dash.
    SpacedHyphen,
    /// Four points or more.
    ManyDots,
    /// `10,000` or `10.000`: thousands in English, or decimals.
    DoubtfulNumber,
}

/// What is doubtful in `text`, in order. Meant for a text that was set: before that,
/// every straight quote is doubtful.
pub fn lints(text: &str) -> Vec<Lint> {
    let places = text.char_indices().enumerate();
    let pieces = places.map(|(n, (at, shape))| (n, &text[at..at + shape.len_utf8()]));
    let tokens = tokens::read(&letters::clean(pieces));
    let mut found = Vec::new();
    for (n, token) in tokens.iter().enumerate() {
        let kind = match token.kind {
            Kind::Straight => LintKind::StraightQuote,
            Kind::Dots if is_too_many(&token.text) => LintKind::ManyDots,
            Kind::Number if is_doubtful(&token.text) => LintKind::DoubtfulNumber,
            Kind::Other if token.text == "-" && is_between_spaces(&tokens, n) => {
                LintKind::SpacedHyphen
            }
            _ => continue,
        };
        found.push(Lint { at: token.from[0], kind });
    }
    found
}

/// Groups of exactly three figures, all behind the same mark.
fn is_doubtful(number: &str) -> bool {
    [',', '.'].iter().any(|mark| {
        let mut groups = number.split(*mark);
        let is_first = groups.next().is_some_and(|first| first.len() <= 3 && first != "0");
        let is_rest = groups.clone().all(|group| group.len() == 3 && !group.contains([',', '.']));
        is_first && groups.next().is_some() && is_rest
    })
}

fn is_between_spaces(tokens: &[Token], at: usize) -> bool {
    let has_word = at.checked_sub(1).is_some_and(|before| tokens[before].kind != Kind::Line);
    has_word && tokens[at].is_spaced && tokens.get(at + 1).is_some_and(|next| next.is_spaced)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_without_a_partner_is_found_where_it_is() {
        check("Il dit \"oui puis plus rien", &[(7, LintKind::StraightQuote)]);
        check("« Oui » et « non »", &[]);
    }

    #[test]
    fn a_hyphen_is_doubtful_between_spaces_only() {
        check("Amérique - Depuis 2002", &[(9, LintKind::SpacedHyphen)]);
        check("peut-être -5 - ", &[]);
        check("- Bonjour.", &[]);
    }

    #[test]
    fn figures_that_english_would_group_are_doubtful() {
        check("10,000 et 10.000", &[(0, LintKind::DoubtfulNumber), (10, LintKind::DoubtfulNumber)]);
        check("3,14 et 0,125 et 1939.5 et 192.168.0.1", &[]);
    }

    #[test]
    fn more_points_than_an_ellipsis_has_are_doubtful() {
        check("Euh.... Bon… Ah...", &[(3, LintKind::ManyDots)]);
    }

    /// `expected`: characters before it, and its kind.
    fn check(text: &str, expected: &[(usize, LintKind)]) {
        let found: Vec<_> = lints(text).iter().map(|lint| (lint.at, lint.kind)).collect();
        assert_eq!(found, expected, "{text}");
    }
}
