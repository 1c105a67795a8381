//! Written words as letters, digits and marks, without what was never said.

use super::Token;
use crate::base::speech::Gap;
use unicode_normalization::UnicodeNormalization;

/// A run of letters, a run of digits, or one other character.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lexeme {
    pub(super) text: String,
    pub(super) kind: Kind,
    pub(super) gap: Before,
    /// Whether it began with a capital.
    is_capital: bool,
    /// The written words it comes from, the last one included.
    first: usize,
    last: usize,
}

/// What a lexeme is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Letters,
    /// Digits; once numbers are read, perhaps with a comma inside or an « e » behind.
    Figures,
    Mark,
}

/// What stands before a lexeme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    Nothing,
    Space,
    NoBreak,
}

impl Lexeme {
    /// One lexeme in the place of some, which must not be none.
    pub(super) fn instead(of: &[Lexeme], kind: Kind, text: impl Into<String>) -> Lexeme {
        let (first, last) = (of[0].first, of[of.len() - 1].last);
        let Lexeme { gap, is_capital, .. } = of[0];
        Lexeme { text: text.into(), kind, gap, is_capital, first, last }
    }

    /// The same with something else before it.
    pub(super) fn behind(self, gap: Before) -> Lexeme {
        Lexeme { gap, ..self }
    }

    /// Whether it is this word or mark.
    pub(super) fn is(&self, text: &str) -> bool {
        self.text == text
    }

    /// Whether it is letters or figures right behind the one before.
    pub(super) fn is_glued(&self, kind: Kind) -> bool {
        self.gap == Before::Nothing && self.kind == kind
    }

    pub(super) fn into_token(self) -> Token {
        let words = self.first..self.last + 1;
        Token { text: self.text, is_capital: self.is_capital, words }
    }
}

/// A character and the word it is of.
type Placed = (char, usize);

/// The lexemes of `words`, each with what stands before it. Case is kept.
pub(super) fn read<'a>(words: impl IntoIterator<Item = (&'a str, Gap)>) -> Vec<Lexeme> {
    let mut placed: Vec<Placed> = Vec::new();
    for (index, (text, gap)) in words.into_iter().enumerate() {
        placed.extend(gap.as_str().chars().map(|character| (character, index)));
        placed.extend(text.nfc().filter_map(plain).map(|character| (character, index)));
    }
    let mut lexemes: Vec<Lexeme> = Vec::new();
    let mut gap = Before::Space;
    for (character, word) in said(&placed) {
        if character.is_whitespace() {
            let is_no_break = matches!(character, '\u{a0}' | '\u{202f}');
            gap = match gap {
                Before::Nothing if is_no_break => Before::NoBreak,
                Before::NoBreak if is_no_break => Before::NoBreak,
                _ => Before::Space,
            };
            continue;
        }
        let kind = match character {
            '0'..='9' => Kind::Figures,
            _ if character.is_alphanumeric() => Kind::Letters,
            _ => Kind::Mark,
        };
        match lexemes.last_mut() {
            Some(last) if last.kind == kind && kind != Kind::Mark && gap == Before::Nothing => {
                last.text.push(character);
                last.last = word;
            }
            _ => lexemes.push(Lexeme {
                text: character.into(),
                kind,
                gap,
                is_capital: character.is_uppercase(),
                first: word,
                last: word,
            }),
        }
        gap = Before::Nothing;
    }
    lexemes
}

/// A character without the ways in which the same is typed; `None` for those of no width.
fn plain(character: char) -> Option<char> {
    Some(match character {
        '\u{200b}' | '\u{feff}' | '\u{ad}' => return None,
        '’' | '‘' | 'ʼ' | '′' | '´' | '`' | '＇' => '\'',
        '‐' | '‑' | '−' => '-',
        'ᵉ' => 'e',
        'ʳ' => 'r',
        'ᵈ' => 'd',
        'ᵐ' => 'm',
        'ˢ' => 's',
        '²' => '2',
        '³' => '3',
        other => other,
    })
}

/// What is said of `placed`: not what stands in square brackets, not `(rires)`, not `*toux*`.
fn said(placed: &[Placed]) -> Vec<Placed> {
    let mut kept = Vec::with_capacity(placed.len());
    let mut at = 0;
    while at < placed.len() {
        let (character, word) = placed[at];
        let rest = &placed[at + 1..];
        let length = match character {
            '[' => rest.iter().take(BRACKET_MAX).position(|(other, _)| *other == ']'),
            '(' | '*' => sound(rest),
            _ => None,
        };
        match length {
            Some(length) => {
                kept.push((' ', word));
                at += length + 2;
            }
            None => {
                kept.push((character, word));
                at += 1;
            }
        }
    }
    kept
}

/// Sounds that people write between words, in brackets or stars.
const SOUNDS: &[&str] = &[
    "rire",
    "applaudissement",
    "musique",
    "inaudible",
    "silence",
    "jingle",
    "virgule musicale",
    "toux",
    "brouhaha",
    "bruit",
    "soupir",
];

/// Longest insertion in square brackets, in characters: one that nobody closed takes no more
/// than itself away.
const BRACKET_MAX: usize = 300;

/// Longest note of a sound, in characters.
const SOUND_MAX: usize = 60;

/// Length of the note of a sound that closes before anything else is opened.
fn sound(rest: &[Placed]) -> Option<usize> {
    let near = &rest[..rest.len().min(SOUND_MAX)];
    let length = near.iter().position(|(other, _)| matches!(other, ')' | '*'))?;
    let note: String = near[..length].iter().map(|(character, _)| *character).collect();
    let note = note.trim_start().to_lowercase();
    SOUNDS.iter().any(|sound| note.starts_with(sound)).then_some(length)
}
