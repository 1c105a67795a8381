//! A text as words, numbers and marks: what rules of typography are about.
//!
//! A token is read from the characters that follow, never from those before, and spaces
//! are only remembered as one bit each. So reading a text again that was written from
//! tokens gives the same tokens, which is why setting a text twice changes nothing.

use super::{
    letters::{Letter, is_letter, is_word_like},
    protected,
};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    /// Figures, with their points and commas.
    Number,
    /// An address, an hour, code: nothing in it is touched.
    Protected,
    /// A run of `!` and `?`.
    Exclamation,
    Semicolon,
    Colon,
    Comma,
    /// A single point.
    Stop,
    /// An ellipsis, or another run of points.
    Dots,
    OpenGuillemet,
    CloseGuillemet,
    /// `"`, where it found no partner.
    Straight,
    /// `“` or `”`, likewise.
    Curly,
    /// `(` or `[`.
    Opening,
    /// `)` or `]`.
    Closing,
    /// The `[` of the call of a note: `[1]`.
    Note,
    /// What stands behind a number: `%`, `€`, `°C`.
    Symbol,
    /// `n°`.
    Numero,
    Dash,
    /// A dash that opens an aside, and the one that closes it.
    AsideOpens,
    AsideCloses,
    /// A dash where somebody else speaks, between guillemets.
    TurnDash,
    /// A line feed.
    Line,
    Other,
}

/// What ties a token to the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bond {
    /// The apostrophe before it: « l’ » and « état » are one word.
    Elision,
    /// Figures of one number.
    Group,
    /// A number and what it counts.
    Unit,
    /// A title and its name.
    Title,
}

/// A piece of text without space around it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) text: String,
    /// For each of its characters, the word it belongs to.
    pub(super) from: Vec<usize>,
    /// Whether a space stood before it.
    pub(super) is_spaced: bool,
    pub(super) bond: Option<Bond>,
    /// Its text before its letters were changed, where they were.
    pub(super) was: Option<String>,
}

impl Token {
    /// Puts `with` in the place of `length` characters from `start`.
    ///
    /// Not where they belong to more than one word, which could leave a word empty.
    pub(super) fn replace(&mut self, start: usize, length: usize, with: &str) -> bool {
        let Some(&from) = self.from.get(start) else { return false };
        let end = start + length;
        if self.from[start..end].iter().any(|other| *other != from) {
            return false;
        }
        let offset = |n| self.text.char_indices().nth(n).map_or(self.text.len(), |(at, _)| at);
        self.text.replace_range(offset(start)..offset(end), with);
        self.from.splice(start..end, with.chars().map(|_| from));
        true
    }

    /// As [`replace`](Token::replace), where the letters of a word change and not only a mark.
    pub(super) fn respell(&mut self, start: usize, length: usize, with: &str) {
        let before = self.text.clone();
        if self.replace(start, length, with) {
            self.was.get_or_insert(before);
        }
    }

    /// Puts `with` in the place of everything.
    pub(super) fn become_mark(&mut self, kind: Kind, with: &str) {
        if self.replace(0, self.from.len(), with) {
            self.kind = kind;
        }
    }
}

/// The tokens of `letters`.
pub(super) fn read(letters: &[Letter]) -> Vec<Token> {
    let shapes: Vec<char> = letters.iter().map(|letter| letter.shape).collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    let mut is_spaced = false;
    while at < shapes.len() {
        if shapes[at] == ' ' {
            is_spaced = true;
            at += 1;
            continue;
        }
        let rest = &shapes[at..];
        let (kind, length) = next(rest);
        let shape = |n: usize| match kind {
            Kind::Word if curls(rest, n) => '’',
            _ => rest[n],
        };
        tokens.push(Token {
            kind,
            text: (0..length).map(shape).collect(),
            from: letters[at..at + length].iter().map(|letter| letter.from).collect(),
            is_spaced: std::mem::take(&mut is_spaced),
            bond: None,
            was: None,
        });
        at += length;
    }
    tokens
}

/// The token at the head of `rest` and its length; `rest` is not empty.
fn next(rest: &[char]) -> (Kind, usize) {
    if let Some(length) = protected::length(rest) {
        return (Kind::Protected, length);
    }
    let run = |marks: &[char]| rest.iter().take_while(|shape| marks.contains(shape)).count();
    match rest {
        ['n' | 'N', '°', ..] => (Kind::Numero, 2),
        ['°', 'C' | 'F', after @ ..] if !after.first().is_some_and(|s| is_word_like(*s)) => {
            (Kind::Symbol, 2)
        }
        [shape, ..] if shape.is_ascii_digit() && number_length(rest) > 0 => {
            (Kind::Number, number_length(rest))
        }
        [shape, ..] if shape.is_alphanumeric() && *shape != '\u{2bc}' => {
            (Kind::Word, word_length(rest))
        }
        ['!' | '?', ..] => (Kind::Exclamation, run(&['!', '?'])),
        ['.' | '…', ..] => match run(&['.', '…']) {
            1 if rest[0] == '.' => (Kind::Stop, 1),
            length => (Kind::Dots, length),
        },
        [':', ..] => match run(&[':']) {
            1 => (Kind::Colon, 1),
            length => (Kind::Other, length),
        },
        [shape, ..] => (mark(*shape), 1),
        [] => (Kind::Other, 0),
    }
}

fn mark(shape: char) -> Kind {
    match shape {
        '\n' => Kind::Line,
        ';' => Kind::Semicolon,
        ',' => Kind::Comma,
        '«' => Kind::OpenGuillemet,
        '»' => Kind::CloseGuillemet,
        '"' => Kind::Straight,
        '“' | '”' => Kind::Curly,
        '(' | '[' => Kind::Opening,
        ')' | ']' => Kind::Closing,
        '%' | '‰' | '€' | '£' => Kind::Symbol,
        '–' | '—' => Kind::Dash,
        _ => Kind::Other,
    }
}

/// Length of the number at the head of `rest`; none where letters go on: « 4G ».
fn number_length(rest: &[char]) -> usize {
    let mut length = 0;
    loop {
        let part = &rest[length..];
        let head = usize::from(length > 0);
        if head == 1 && !matches!(part.first(), Some('.' | ',')) {
            return length;
        }
        let n_figures = part[head..].iter().take_while(|shape| shape.is_ascii_digit()).count();
        let goes_on = part.get(head + n_figures).is_some_and(|shape| is_word_like(*shape));
        if n_figures == 0 || goes_on {
            return length;
        }
        length += head + n_figures;
    }
}

fn word_length(rest: &[char]) -> usize {
    let goes_on = |n: usize| {
        is_word_like(rest[n]) || "_’'·&+/@#-\u{2010}\u{2011}".contains(rest[n]) || curls(rest, n)
    };
    (1..rest.len()).find(|n| !goes_on(*n)).unwrap_or(rest.len())
}

/// Whether the character `at` is an apostrophe: between letters, or before a figure or a quote.
fn curls(rest: &[char], at: usize) -> bool {
    let is_like = matches!(rest[at], '\'' | '´' | '`' | '‘' | '′' | '\u{2bc}');
    let is_behind = at > 0 && is_letter(rest[at - 1]);
    let opens = |next: &char| is_word_like(*next) || matches!(next, '«' | '"' | '“');
    is_like && is_behind && rest.get(at + 1).is_some_and(opens)
}
