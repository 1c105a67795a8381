//! The lexer: written words as letters, digits and marks, without annotations of sounds.

use super::Token;
use crate::base::speech::Gap;
use unicode_normalization::UnicodeNormalization;

/// A run of letters, a run of digits, or one other character.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lexeme {
    pub(super) text: String,
    pub(super) kind: Kind,
    /// The space before it; every no-break space is [`Gap::NoBreak`].
    pub(super) gap: Gap,
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
    /// Digits; once numbers are read, perhaps with a comma inside or an « e » at the end.
    Figures,
    Mark,
}

impl Lexeme {
    /// One lexeme in the place of `replaced`, which must not be empty.
    pub(super) fn replacing(replaced: &[Lexeme], kind: Kind, text: impl Into<String>) -> Lexeme {
        let Lexeme { gap, is_capital, first, .. } = replaced[0];
        let last = replaced[replaced.len() - 1].last;
        Lexeme { text: text.into(), kind, gap, is_capital, first, last }
    }

    /// The same with another space before it.
    pub(super) fn with_gap(self, gap: Gap) -> Lexeme {
        Lexeme { gap, ..self }
    }

    /// Whether it is this word or mark.
    pub(super) fn is(&self, text: &str) -> bool {
        self.text == text
    }

    /// Whether it is of `kind`, without a space before it.
    pub(super) fn is_glued(&self, kind: Kind) -> bool {
        self.gap == Gap::Nothing && self.kind == kind
    }

    pub(super) fn into_token(self) -> Token {
        let words = self.first..self.last + 1;
        Token { text: self.text, is_capital: self.is_capital, words }
    }
}

/// A character and the index of its word.
type Placed = (char, usize);

/// The lexemes of `words`, each with what stands before it. Case is kept.
pub(super) fn read<'a>(words: impl IntoIterator<Item = (&'a str, Gap)>) -> Vec<Lexeme> {
    let mut placed: Vec<Placed> = Vec::new();
    for (index, (text, gap)) in words.into_iter().enumerate() {
        placed.extend(gap.as_str().chars().map(|character| (character, index)));
        placed.extend(text.nfc().filter_map(plain).map(|character| (character, index)));
    }
    let mut lexemes: Vec<Lexeme> = Vec::new();
    let mut gap = Gap::Space;
    for (character, word) in without_annotations(&placed) {
        if character.is_whitespace() {
            let is_no_break = matches!(character, '\u{a0}' | '\u{202f}');
            gap = match gap {
                Gap::Nothing if is_no_break => Gap::NoBreak,
                Gap::NoBreak if is_no_break => Gap::NoBreak,
                _ => Gap::Space,
            };
            continue;
        }
        let kind = match character {
            '0'..='9' => Kind::Figures,
            _ if character.is_alphanumeric() => Kind::Letters,
            _ => Kind::Mark,
        };
        match lexemes.last_mut() {
            Some(last) if last.kind == kind && kind != Kind::Mark && gap == Gap::Nothing => {
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
        gap = Gap::Nothing;
    }
    lexemes
}

/// A character in its plainest form; `None` for those of no width.
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

/// `placed` without what was not spoken: what stands in square brackets, `(rires)`, `*toux*`.
fn without_annotations(placed: &[Placed]) -> Vec<Placed> {
    let mut kept = Vec::with_capacity(placed.len());
    let mut index = 0;
    while index < placed.len() {
        let (character, word) = placed[index];
        let rest = &placed[index + 1..];
        let length = match character {
            '[' => rest.iter().take(BRACKET_MAX).position(|(other, _)| *other == ']'),
            '(' | '*' => annotation_length(rest),
            _ => None,
        };
        match length {
            Some(length) => {
                kept.push((' ', word));
                index += length + 2;
            }
            None => {
                kept.push((character, word));
                index += 1;
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

/// Longest annotation of a sound, in characters.
const SOUND_MAX: usize = 60;

/// Length of the annotation of a sound that begins before `rest`; `None` where there is none.
fn annotation_length(rest: &[Placed]) -> Option<usize> {
    let near = &rest[..rest.len().min(SOUND_MAX)];
    let length = near.iter().position(|(other, _)| matches!(other, ')' | '*'))?;
    let note: String = near[..length].iter().map(|(character, _)| *character).collect();
    let note = note.trim_start().to_lowercase();
    SOUNDS.iter().any(|sound| note.starts_with(sound)).then_some(length)
}
