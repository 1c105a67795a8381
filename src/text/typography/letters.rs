//! Characters that know where they came from, freed of everything that is not seen.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// A character and the word it belongs to; of a whole text, where it stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Letter {
    pub(super) shape: char,
    pub(super) from: usize,
}

/// Characters without width: a place to break, a mark of byte order, a soft hyphen, a joiner.
const UNSEEN: [char; 4] = ['\u{200b}', '\u{feff}', '\u{ad}', '\u{2060}'];

/// The letters of `pieces`, composed (NFC), with one plain space for each run of spaces
/// of any kind. Line feeds stay.
///
/// Composed after what is unseen is gone, because a soft hyphen may stand between a
/// letter and its accent. A piece is composed by itself: its letters stay its own.
pub(super) fn clean<'a>(pieces: impl IntoIterator<Item = (usize, &'a str)>) -> Vec<Letter> {
    let mut letters: Vec<Letter> = Vec::new();
    for (from, piece) in pieces {
        for shape in piece.chars().filter(|shape| !UNSEEN.contains(shape)).nfc() {
            let is_space = shape.is_whitespace() && shape != '\n';
            if !(is_space && letters.last().is_some_and(|last| last.shape == ' ')) {
                letters.push(Letter { shape: if is_space { ' ' } else { shape }, from });
            }
        }
    }
    letters
}

/// Whether anything of `text` is seen.
pub(super) fn is_seen(text: &str) -> bool {
    text.chars().any(|shape| !shape.is_whitespace() && !UNSEEN.contains(&shape))
}

/// Whether `shape` is a letter, or an accent on the letter before it.
pub(super) fn is_letter(shape: char) -> bool {
    (shape.is_alphabetic() && shape != '\u{2bc}') || is_combining_mark(shape)
}

/// Whether `shape` is a letter or a figure.
pub(super) fn is_word_like(shape: char) -> bool {
    is_letter(shape) || shape.is_numeric()
}
