//! What only a person can decide about the marks of a text.

use super::{
    letters,
    pairs::{ends_sentence, is_too_many},
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
    /// A guillemet without its partner in the paragraph.
    LoneGuillemet,
    /// A `"` that could not be paired.
    StraightQuote,
    /// A hyphen between spaces, which may be meant as a dash.
    SpacedHyphen,
    /// Four points or more.
    ManyDots,
    /// `10,000` or `10.000`: thousands in English, or decimals.
    DoubtfulNumber,
    /// The dash of a change of speaker is not the one used before.
    OtherDash,
}

impl LintKind {
    /// Its name in every file we write.
    pub fn name(self) -> &'static str {
        match self {
            LintKind::LoneGuillemet => "lone-guillemet",
            LintKind::StraightQuote => "straight-quote",
            LintKind::SpacedHyphen => "spaced-hyphen",
            LintKind::ManyDots => "many-dots",
            LintKind::DoubtfulNumber => "doubtful-number",
            LintKind::OtherDash => "other-dash",
        }
    }
}

/// What is doubtful in `text`, in order. Meant for a text that was set: before that,
/// every straight quote is doubtful.
pub fn lints(text: &str) -> Vec<Lint> {
    let places = text.char_indices().enumerate();
    let pieces = places.map(|(n, (at, shape))| (n, &text[at..at + shape.len_utf8()]));
    let tokens = tokens::read(&letters::clean(pieces));
    let mut found = lone_guillemets(&tokens);
    let mut turn_dash: Option<&str> = None;
    for (n, token) in tokens.iter().enumerate() {
        let before = n.checked_sub(1).map(|before| tokens[before].kind);
        let is_turn = before.is_none_or(|kind| kind == Kind::Line || ends_sentence(kind));
        let kind = match token.kind {
            Kind::Straight => LintKind::StraightQuote,
            Kind::Dots if is_too_many(&token.text) => LintKind::ManyDots,
            Kind::Number if is_doubtful(&token.text) => LintKind::DoubtfulNumber,
            Kind::Other if token.text == "-" && is_between_spaces(&tokens, n) => {
                LintKind::SpacedHyphen
            }
            Kind::Dash if is_turn && *turn_dash.get_or_insert(&token.text) != token.text => {
                LintKind::OtherDash
            }
            _ => continue,
        };
        found.push(Lint { at: token.from[0], kind });
    }
    found.sort_by_key(|lint| lint.at);
    found
}

fn lone_guillemets(tokens: &[Token]) -> Vec<Lint> {
    let mut found = Vec::new();
    for paragraph in tokens.split(|token| token.kind == Kind::Line) {
        let mut open: Vec<usize> = Vec::new();
        for token in paragraph {
            match token.kind {
                Kind::OpenGuillemet => open.push(token.from[0]),
                Kind::CloseGuillemet if open.pop().is_none() => found.push(token.from[0]),
                _ => (),
            }
        }
        found.extend(open);
    }
    found.into_iter().map(|at| Lint { at, kind: LintKind::LoneGuillemet }).collect()
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
        check("Il dit \"oui puis plus rien", &[(7, "straight-quote")]);
        check("« Oui\nNon »", &[(0, "lone-guillemet"), (10, "lone-guillemet")]);
        check("« Oui » et « non »", &[]);
    }

    #[test]
    fn a_hyphen_is_doubtful_between_spaces_only() {
        check("Amérique - Depuis 2002", &[(9, "spaced-hyphen")]);
        check("peut-être -5 - ", &[]);
        check("- Bonjour.", &[]);
    }

    #[test]
    fn figures_that_english_would_group_are_doubtful() {
        check("10,000 et 10.000", &[(0, "doubtful-number"), (10, "doubtful-number")]);
        check("3,14 et 0,125 et 1939.5 et 192.168.0.1", &[]);
    }

    #[test]
    fn more_points_than_an_ellipsis_has_are_doubtful() {
        check("Euh.... Bon… Ah...", &[(3, "many-dots")]);
    }

    #[test]
    fn a_dash_unlike_the_first_is_doubtful_where_turns_change() {
        check("« Non. — Si ! – Ah bon ? »", &[(14, "other-dash")]);
        check("« Non. — Si – je crois – hier. »", &[]);
    }

    /// `expected`: characters before it, and its name.
    fn check(text: &str, expected: &[(usize, &str)]) {
        let found: Vec<_> = lints(text).iter().map(|lint| (lint.at, lint.kind.name())).collect();
        assert_eq!(found, expected, "{text}");
    }
}
