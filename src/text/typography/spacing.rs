//! One table: which space stands between two tokens.
//!
//! What a rule does about a space depends on tokens and on the bit « there was a space », never on
//! which space it was. Rows are tried in order; each gives the same answer when the bit
//! is what the row itself said, so that a second pass changes nothing.

use super::{
    lists::MARKED_NAMES,
    pairs::is_content,
    tokens::{Bond, Kind, Token},
};

/// Why a space is there: a profile gives it its width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Space {
    Nothing,
    /// Between words.
    Plain,
    /// Before `;`, `!` and `?`.
    High,
    Colon,
    /// Inside guillemets.
    Guillemet,
    /// Before the call of a note.
    Note,
    Percent,
    /// Between a number and its unit.
    Unit,
    /// Between the figures of a number.
    Group,
    /// Where a line must not break, for another reason.
    Tie,
}

/// The space before each of `tokens`.
///
/// From the last to the first: what stands before a mark may depend on what stands
/// behind it, as it will be and not as it was.
pub(super) fn spaces(tokens: &[Token]) -> Vec<Space> {
    let mut spaces = vec![Space::Nothing; tokens.len()];
    let mut is_apart = true;
    for n in (0..tokens.len()).rev() {
        let behind = tokens.get(n + 1).map(|next| (next.kind, spaces[n + 1]));
        let is_last =
            behind.is_none_or(|(kind, space)| kind == Kind::Line || space != Space::Nothing);
        is_apart = is_closing(tokens[n].kind)
            && (is_last || behind.is_some_and(|(kind, _)| is_closing(kind) && is_apart));
        if n > 0 {
            spaces[n] = space(&tokens[n - 1], &tokens[n..], is_last, is_apart);
        }
    }
    spaces
}

/// Marks that stand against the word before them.
fn is_closing(kind: Kind) -> bool {
    matches!(kind, Kind::Comma | Kind::Stop | Kind::Dots | Kind::Closing)
}

/// The space between `before` and the first of `rest`.
///
/// `is_last`: behind it comes a space or the end. `is_apart`: behind it, and behind the
/// closing marks that follow, comes a space or the end. Without that, a closing mark belongs to
/// what is glued behind it: « le .net ».
fn space(before: &Token, rest: &[Token], is_last: bool, is_apart: bool) -> Space {
    use Kind::{
        AsideCloses, AsideOpens, CloseGuillemet, Closing, Colon, Comma, Dots, Exclamation, Line,
        Note, Number, Numero, OpenGuillemet, Opening, Protected, Semicolon, Stop, Symbol, TurnDash,
        Word,
    };
    let token = &rest[0];
    let is_glued = rest
        .get(1)
        .is_some_and(|next| !next.is_spaced && matches!(next.kind, Word | Number | Protected));
    match (before.kind, token.kind) {
        (Line, _) | (_, Line) => Space::Nothing,
        (Opening | Note, _) => Space::Nothing,
        (_, Comma | Closing) if is_apart => Space::Nothing,
        (kind, Stop | Dots) if is_apart && !matches!(kind, Stop | Dots) => Space::Nothing,
        (OpenGuillemet, CloseGuillemet) if !token.is_spaced => Space::Nothing,
        (OpenGuillemet, _) | (_, CloseGuillemet) => Space::Guillemet,
        (Exclamation, Exclamation) => Space::Nothing,
        (Word, Exclamation) if !token.is_spaced && is_marked(&before.text) => Space::Nothing,
        (_, Exclamation | Semicolon) => Space::High,
        (_, Colon) if token.is_spaced || is_last => Space::Colon,
        (_, Note) => Space::Note,
        (Number, Symbol) if !is_glued && token.text == "%" => Space::Percent,
        (Number, Symbol) if !is_glued => Space::Unit,
        (Numero, Number) => Space::Unit,
        (AsideOpens, _) | (_, AsideCloses) => Space::Tie,
        (_, TurnDash) => Space::Plain,
        _ if token.bond.is_some() => bound(token.bond),
        (Exclamation | Semicolon | Comma | CloseGuillemet | TurnDash, kind)
            if is_content(kind) || kind == OpenGuillemet =>
        {
            Space::Plain
        }
        (Colon, OpenGuillemet) => Space::Plain,
        (Dots, Word | Number | Protected) if before.text == "…" => Space::Plain,
        _ if token.is_spaced => Space::Plain,
        _ => Space::Nothing,
    }
}

fn is_marked(name: &str) -> bool {
    name.rsplit(['\'', '’']).next().is_some_and(|name| MARKED_NAMES.contains(&name))
}

fn bound(bond: Option<Bond>) -> Space {
    match bond {
        Some(Bond::Unit) => Space::Unit,
        Some(Bond::Group) => Space::Group,
        Some(Bond::Title) => Space::Tie,
        Some(Bond::Elision) | None => Space::Nothing,
    }
}
