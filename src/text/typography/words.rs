//! Typography of words that have times.

use super::{
    Profile, compose, letters,
    spacing::spaces,
    tokens::{Bond, Kind, Token},
};
use crate::base::{
    speech::{Gap, Word},
    transcript::{Change, Rule},
};

/// Sets the shown words of one turn as [`set`](super::set) would set their text, and lists
/// the words whose letters changed.
///
/// `begins_line` tells of a word's index whether the word begins a line; where that word is
/// not shown, the next one that is begins it. Words stay as many as they are and keep their
/// times: a mark that is a word of its own stays one, because callers count words and its time
/// is known. A space within a word becomes part of its text.
///
/// The text is that of `set` but for a mark or a letter with its accent that is cut over
/// several words, such as three points: it stays, so that no word is left empty.
pub fn set_words(
    words: &mut [&mut Word],
    begins_line: impl Fn(usize) -> bool,
    profile: Profile,
) -> Vec<Change> {
    let mut pieces: Vec<(usize, String)> = Vec::new();
    let mut is_new_line = false;
    for (n, word) in words.iter().enumerate() {
        is_new_line |= begins_line(n);
        if word.dropped.is_some() || !letters::is_seen(&word.text) {
            continue;
        }
        if !pieces.is_empty() {
            let gap = if is_new_line { "\n" } else { word.gap.as_str() };
            pieces.push((n, gap.to_owned()));
        }
        is_new_line = false;
        pieces.push((n, word.text.trim().replace('\n', " ")));
    }
    let tokens = compose(&letters::clean(pieces.iter().map(|(n, text)| (*n, text.as_str()))));
    let changes = changes(&tokens, words);
    write(&tokens, words, profile);
    changes
}

/// The words whose letters rules changed; an elided word goes with the one it is joined to.
fn changes(tokens: &[Token], words: &[&mut Word]) -> Vec<Change> {
    let is_respelt = |token: &Token| token.was.is_some() || token.bond == Some(Bond::Elision);
    let goes_on = |token: &Token| is_respelt(token) && is_glued(token);
    let groups = tokens.chunk_by(|_, next| goes_on(next));
    let change = |group: &[Token]| {
        let mut before = String::new();
        for token in group {
            before.push_str(if token.is_spaced && !before.is_empty() { " " } else { "" });
            before.push_str(token.was.as_ref().unwrap_or(&token.text));
        }
        Change {
            rule: Rule::Spelling,
            at: words[group[0].from[0]].span.start(),
            before,
            after: group.iter().map(|token| token.text.as_str()).collect(),
        }
    };
    groups.filter(|group| group.iter().any(is_respelt)).map(change).collect()
}

fn is_glued(token: &Token) -> bool {
    token.bond == Some(Bond::Elision) || token.kind == Kind::Stop
}

/// Writes `tokens` back to the words their letters came from.
fn write(tokens: &[Token], words: &mut [&mut Word], profile: Profile) {
    let mut current = None;
    let mut is_new_line = false;
    for (token, space) in tokens.iter().zip(spaces(tokens)) {
        if token.kind == Kind::Line {
            is_new_line = true;
            continue;
        }
        let is_first = std::mem::take(&mut is_new_line);
        let mut gap = if is_first { Gap::Space } else { profile.gap(space) };
        for (shape, &from) in token.text.chars().zip(&token.from) {
            // Only code has spaces in it.
            if shape == ' ' {
                gap = Gap::Space;
                continue;
            }
            let word = &mut words[from];
            if current == Some(from) {
                word.text.push_str(gap.as_str());
            } else {
                word.text.clear();
                word.gap = if current.is_none() { word.gap } else { gap };
            }
            word.text.push(shape);
            current = Some(from);
            gap = Gap::Nothing;
        }
    }
}
