//! Marks that mean something by what stands around them: quotes, dashes, ellipses, notes.
//!
//! Decided within a paragraph, and on tokens: on characters, a quote would be paired
//! because of a space that is gone afterwards.

use super::tokens::{Kind, Token};

/// Gives the marks of `tokens` their kinds and shapes.
pub(super) fn settle(tokens: &mut [Token]) {
    for paragraph in tokens.split_mut(|token| token.kind == Kind::Line) {
        ellipses(paragraph);
        notes(paragraph);
        straight(paragraph);
        curly(paragraph);
        dashes(paragraph);
    }
}

/// `...` is an ellipsis, but behind « etc. », which says the same.
fn ellipses(paragraph: &mut [Token]) {
    for n in 0..paragraph.len() {
        let (before, rest) = paragraph.split_at_mut(n);
        let dots = &mut rest[0];
        let is_etc = before.last().is_some_and(|word| word.text.eq_ignore_ascii_case("etc"));
        if dots.kind != Kind::Dots {
            continue;
        }
        if is_etc && !is_too_many(&dots.text) {
            dots.respell(0, dots.from.len(), ".");
            dots.kind = if dots.text == "." { Kind::Stop } else { Kind::Dots };
        } else if dots.text == "..." {
            dots.become_mark(Kind::Dots, "…");
        }
    }
}

/// More points than any mark has: nobody knows what is meant.
pub(super) fn is_too_many(dots: &str) -> bool {
    dots.chars().filter(|dot| *dot == '.').count() > 3
}

/// `[1]` calls a note.
fn notes(paragraph: &mut [Token]) {
    for n in 0..paragraph.len() {
        if let [open, number, close, ..] = &mut paragraph[n..]
            && open.text == "["
            && number.text.bytes().all(|byte| byte.is_ascii_digit())
            && close.text == "]"
        {
            open.kind = Kind::Note;
        }
    }
}

/// `"…"` become guillemets: all of a paragraph, or none where one is not surely paired.
fn straight(paragraph: &mut [Token]) {
    let marks = places(paragraph, Kind::Straight);
    let pairs = || marks.chunks(2).map(|pair| (pair[0], pair.get(1).copied()));
    let fits = |open: usize, close: usize| {
        let is_flat = !paragraph[open..close].iter().any(|token| is_guillemet(token.kind));
        is_flat && opens(paragraph, open) && closes(paragraph, close)
    };
    let all_fit = pairs().all(|(open, close)| close.is_some_and(|close| fits(open, close)));
    if all_fit && !marks.iter().any(|mark| depth(&paragraph[..*mark]) > 0) {
        quote(paragraph, &marks);
    }
}

/// So do `“…”`, where they alternate. Inside guillemets they stay as they are.
fn curly(paragraph: &mut [Token]) {
    let marks = places(paragraph, Kind::Curly);
    let fits = |pair: &[usize]| {
        let &[open, close] = pair else { return false };
        let is_flat = !paragraph[open..close].iter().any(|token| is_guillemet(token.kind));
        let is_pair = paragraph[open].text == "“" && paragraph[close].text == "”";
        is_pair && is_flat && depth(&paragraph[..open]) == 0
    };
    if marks.chunks(2).all(fits) {
        quote(paragraph, &marks);
    }
}

fn places(paragraph: &[Token], kind: Kind) -> Vec<usize> {
    (0..paragraph.len()).filter(|n| paragraph[*n].kind == kind).collect()
}

fn quote(paragraph: &mut [Token], marks: &[usize]) {
    for (n, mark) in marks.iter().enumerate() {
        let (kind, shape) = match n % 2 {
            0 => (Kind::OpenGuillemet, "«"),
            _ => (Kind::CloseGuillemet, "»"),
        };
        paragraph[*mark].become_mark(kind, shape);
    }
}

fn is_guillemet(kind: Kind) -> bool {
    matches!(kind, Kind::OpenGuillemet | Kind::CloseGuillemet)
}

/// How many guillemets are open behind `tokens`.
fn depth(tokens: &[Token]) -> usize {
    tokens.iter().fold(0, |depth, token| match token.kind {
        Kind::OpenGuillemet => depth + 1,
        Kind::CloseGuillemet => depth.saturating_sub(1),
        _ => depth,
    })
}

/// Whether a quote at `at` can only be an opening one.
///
/// Here and in [`closes`], a space counts only where spacing leaves it alone: beside
/// a mark that takes or sheds spaces, the mark itself decides.
fn opens(paragraph: &[Token], at: usize) -> bool {
    let before = at.checked_sub(1).map(|before| &paragraph[before]);
    let is_open = before.is_none_or(|before| {
        let is_elided = before.kind == Kind::Word && before.text.ends_with('’');
        is_elided || matches!(before.kind, Kind::Opening | Kind::Colon)
    });
    let begins = |next: &Token| {
        !next.is_spaced
            && (is_content(next.kind)
                || matches!(next.kind, Kind::Dash | Kind::Curly | Kind::Symbol | Kind::Other))
    };
    (is_open || paragraph[at].is_spaced) && paragraph.get(at + 1).is_some_and(begins)
}

/// Whether a quote at `at` can only be a closing one.
fn closes(paragraph: &[Token], at: usize) -> bool {
    use Kind::{
        CloseGuillemet, Closing, Colon, Comma, Dots, Exclamation, Note, OpenGuillemet, Opening,
        Semicolon, Stop, Straight,
    };
    let ends = !matches!(paragraph[at - 1].kind, Opening | Note | OpenGuillemet | Straight | Colon);
    let is_over = paragraph.get(at + 1).is_none_or(|next| {
        let is_mark = matches!(
            next.kind,
            Exclamation | Semicolon | Colon | Comma | Stop | Dots | Closing | CloseGuillemet | Note
        );
        next.is_spaced || is_mark
    });
    !paragraph[at].is_spaced && ends && is_over
}

/// What words are made of, as against the marks around them.
pub(super) fn is_content(kind: Kind) -> bool {
    matches!(kind, Kind::Word | Kind::Number | Kind::Protected | Kind::Numero | Kind::Opening)
}

/// Dashes where somebody else speaks, and pairs around an aside.
fn dashes(paragraph: &mut [Token]) {
    let mut opened: Option<usize> = None;
    for n in 0..paragraph.len() {
        match paragraph[n].kind {
            Kind::Dash => (),
            Kind::Stop
            | Kind::Exclamation
            | Kind::Dots
            | Kind::OpenGuillemet
            | Kind::CloseGuillemet => {
                opened = None;
                continue;
            }
            _ => continue,
        }
        let before = n.checked_sub(1).map(|before| paragraph[before].kind);
        if before.is_some_and(ends_sentence) && depth(&paragraph[..n]) > 0 {
            paragraph[n].become_mark(Kind::TurnDash, "—");
            continue;
        }
        let (is_opening, is_closing) = sides(paragraph, n);
        let partner = opened.filter(|open| paragraph[*open].text == paragraph[n].text);
        opened = match partner {
            Some(open) if is_closing => {
                paragraph[open].kind = Kind::AsideOpens;
                paragraph[n].kind = Kind::AsideCloses;
                None
            }
            _ => is_opening.then_some(n),
        };
    }
}

/// Whether a dash behind a mark of this kind begins what somebody else says.
pub(super) fn ends_sentence(kind: Kind) -> bool {
    matches!(kind, Kind::Stop | Kind::Exclamation | Kind::Dots | Kind::CloseGuillemet)
}

/// Whether the dash at `at` can open an aside, and whether it can close one.
fn sides(paragraph: &[Token], at: usize) -> (bool, bool) {
    use Kind::{Closing, Comma, Number, OpenGuillemet, Protected, Word};
    let is_behind = |before: usize| {
        matches!(paragraph[before].kind, Word | Number | Protected | Comma | Closing)
    };
    let is_apart = paragraph[at].is_spaced && at.checked_sub(1).is_some_and(is_behind);
    let next = paragraph.get(at + 1);
    let goes_on = next.is_some_and(|next| {
        next.is_spaced && (is_content(next.kind) || next.kind == OpenGuillemet)
    });
    let is_cut = next.is_some_and(|next| next.kind == Comma);
    (is_apart && goes_on, is_apart && (goes_on || is_cut))
}
