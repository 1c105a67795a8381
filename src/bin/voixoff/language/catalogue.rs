//! What is said in French, by what is said in English.
//!
//! As in gettext, the English sentence is the name of a message, and the files are those of gettext
//! (`.po`): `msgid` is a text of the source, with its `{}`; they are named by their number, the
//! first is `{1}`. `msgstr` says them again:
//!
//! | | |
//! |---|---|
//! | `{name}` | as it stands: a name, a path, a time |
//! | `{#name}` | a number, as French writes it |
//! | `{*name}` | a message itself |
//! | `{name\|épisode\|épisodes}` | a word in the number that `name` asks for: 0 and 1 are singular |
//! | `{-name}` | nothing: English has a word there that French has not |
//!
//! Which message a sentence is, and what stands in its places, is read back from the sentence. So
//! whoever words an error knows nothing of languages; and what was kept as a sentence, such as the
//! failures of an archive, is told in French as well. A place in backticks holds no backtick, a
//! number is a number: what a stranger called a file does not become another message.

use std::{borrow::Cow, cell::Cell, collections::HashMap};

/// How deep messages lie in each other.
const DEPTH_MAX: usize = 8;

/// Messages that are looked for in one text at most: what a stranger made to be slow stays as it is.
const STEPS_MAX: u32 = 500;

/// With less text of its own, a message around others is known by these alone.
const BARE_BYTES: usize = 8;

/// Longer texts are no messages of ours.
const BYTES_MAX: usize = 4_096;

/// Messages, by their English.
pub(super) struct Catalogue {
    /// Those that are the same each time.
    fixed: HashMap<String, String>,
    /// Those with places: those first that begin with most text.
    entries: Vec<Entry>,
}

/// A message with places.
pub(super) struct Entry {
    english: Vec<Piece>,
    french: Vec<Part>,
    /// Whether it is a message only around another one: it has no word of its own, or a short one.
    is_bare: bool,
}

/// A part of the English.
enum Piece {
    Text(String),
    Place { name: String, kind: Kind },
}

/// What a place may hold.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Quoted,
    Number,
    Message,
}

/// A part of the French; places by their number in the English.
enum Part {
    Text(String),
    Value(usize),
    Number(usize),
    Message(usize),
    Word(usize, String, String),
}

impl Catalogue {
    /// The messages of `files`. What is wrong in them, a test finds.
    pub(super) fn of(files: &[&str]) -> Catalogue {
        let (mut fixed, mut entries) = (HashMap::new(), Vec::new());
        for (english, french) in files.iter().flat_map(|file| messages(file)) {
            let Some(entry) = Entry::new(&english, &french) else { continue };
            match entry.english.as_slice() {
                [Piece::Text(text)] => {
                    fixed.insert(text.clone(), french);
                }
                _ => entries.push(entry),
            }
        }
        entries.sort_by_key(|entry| std::cmp::Reverse((entry.begins(), entry.length())));
        Catalogue { fixed, entries }
    }

    /// `text` in French; as it is where it is no message.
    pub(super) fn put<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let left = Cell::new(STEPS_MAX);
        let told = self.message(text, Effort { depth: 0, left: &left });
        let told = told.filter(|_| left.get() > 0);
        told.map_or(Cow::Borrowed(text), |told| Cow::Owned(told.french))
    }

    /// The message that `text` is, in French: of several that it may be, the one that has most of
    /// it in words of ours.
    fn message(&self, text: &str, effort: Effort<'_>) -> Option<Told> {
        if effort.is_spent() || text.len() > BYTES_MAX {
            return None;
        }
        if let Some(french) = self.fixed.get(text) {
            return Some(Told { french: french.clone(), n_ours: text.len() });
        }
        let all = self.entries.iter().filter_map(|entry| self.of_entry(entry, text, effort));
        all.reduce(|best, next| if next.n_ours > best.n_ours { next } else { best })
    }

    fn of_entry(&self, entry: &Entry, text: &str, effort: Effort<'_>) -> Option<Told> {
        if !entry.may_be(text) {
            return None;
        }
        let mut values = Vec::new();
        if !self.reads(&entry.english, text, &mut values, effort) {
            return None;
        }
        let (mut french, mut n_ours) = (String::new(), entry.length());
        let mut holds_message = false;
        for part in &entry.french {
            match part {
                Part::Text(text) => french.push_str(text),
                Part::Value(at) => french.push_str(values[*at]),
                Part::Number(at) => french.push_str(&number(values[*at])),
                Part::Word(at, one, many) => {
                    let is_many = values[*at].trim().parse::<f64>().is_ok_and(|n| n.abs() >= 2.0);
                    french.push_str(if is_many { many } else { one });
                }
                Part::Message(at) => {
                    let told = self.nested(values[*at], effort.deeper());
                    holds_message |= told.n_ours > 0;
                    n_ours += told.n_ours;
                    french.push_str(&told.french);
                }
            }
        }
        (!entry.is_bare || holds_message).then_some(Told { french, n_ours })
    }

    /// What stands in a place for a message: one, several in lines or in a list, or one that says
    /// of what the next one is.
    fn nested(&self, text: &str, effort: Effort<'_>) -> Told {
        if !effort.is_spent() && text.contains('\n') && !self.fixed.contains_key(text) {
            let lines = text.split('\n').map(|line| self.nested(line, effort.deeper()));
            return Told::joined(lines.collect(), "\n");
        }
        if let Some(told) = self.message(text, effort) {
            return told;
        }
        let list = text.split(", ").map(|one| self.message(one, effort.deeper()));
        if let Some(list) = list.collect() {
            return Told::joined(list, ", ");
        }
        for (at, colon) in text.match_indices(": ") {
            if let Some(what) = self.message(&text[..at], effort.deeper()) {
                let rest = self.nested(&text[at + colon.len()..], effort.deeper());
                return Told::joined(vec![what, rest], "\u{a0}: ");
            }
        }
        // What another program says has its own language: it is cited.
        let is_word = |word: &&str| word.len() > 1 && word.bytes().all(|c| c.is_ascii_lowercase());
        let is_foreign = !text.contains(['`', '«']) && text.split(' ').filter(is_word).count() > 1;
        let french = if is_foreign { format!("«\u{a0}{text}\u{a0}»") } else { text.to_owned() };
        Told { french, n_ours: 0 }
    }

    /// Whether `text` is what `pieces` say; then `values` are what stands in their places.
    fn reads<'t>(
        &self,
        pieces: &[Piece],
        text: &'t str,
        values: &mut Vec<&'t str>,
        effort: Effort<'_>,
    ) -> bool {
        let (kind, rest) = match pieces.split_first() {
            None => return text.is_empty(),
            Some((Piece::Text(own), rest)) => {
                let behind = text.strip_prefix(own.as_str());
                return behind.is_some_and(|behind| self.reads(rest, behind, values, effort));
            }
            Some((Piece::Place { kind, .. }, rest)) => (*kind, rest),
        };
        let is_followed_by_place = matches!(rest.first(), Some(Piece::Place { .. }));
        let ends: Vec<usize> = match rest.first() {
            None => vec![text.len()],
            Some(Piece::Text(next)) => {
                text.match_indices(next.as_str()).map(|(at, _)| at).collect()
            }
            // Where nothing stands between two places, the second one begins with a space or a mark.
            Some(Piece::Place { .. }) => {
                let begins = text.match_indices([' ', ',', ';']).map(|(at, _)| at);
                begins.chain([text.len()]).collect()
            }
        };
        for end in ends {
            let (value, behind) = text.split_at(end);
            let is_clear = !is_followed_by_place
                || behind.is_empty()
                || self.message(behind, effort.deeper()).is_some();
            if !kind.fits(value) || !is_clear {
                continue;
            }
            values.push(value);
            if self.reads(rest, behind, values, effort) {
                return true;
            }
            values.pop();
        }
        false
    }
}

/// How deep a message lies in others, and how many may still be looked for.
#[derive(Clone, Copy)]
struct Effort<'a> {
    depth: usize,
    left: &'a Cell<u32>,
}

impl Effort<'_> {
    fn deeper(self) -> Self {
        Effort { depth: self.depth + 1, ..self }
    }

    /// Whether no more is looked for; takes a step otherwise.
    fn is_spent(self) -> bool {
        self.left.set(self.left.get().saturating_sub(1));
        self.depth > DEPTH_MAX || self.left.get() == 0
    }
}

/// A text in French.
struct Told {
    french: String,
    /// Bytes of the English that are our own words.
    n_ours: usize,
}

impl Told {
    fn joined(parts: Vec<Told>, between: &str) -> Told {
        let n_ours = parts.iter().map(|part| part.n_ours).sum();
        let french: Vec<String> = parts.into_iter().map(|part| part.french).collect();
        Told { french: french.join(between), n_ours }
    }
}

impl Entry {
    /// The message that is `english` and `french`; `None` where their places are not the same.
    pub(super) fn new(english: &str, french: &str) -> Option<Entry> {
        let mut english = pieces(english);
        let french = parts(french, &mut english)?;
        let has_words = english
            .iter()
            .any(|piece| matches!(piece, Piece::Text(text) if text.contains(char::is_alphabetic)));
        let is_around = french.iter().any(|part| matches!(part, Part::Message(_)));
        let mut entry = Entry { english, french, is_bare: false };
        entry.is_bare = is_around && (!has_words || entry.length() < BARE_BYTES);
        Some(entry)
    }

    /// Bytes of its own text before its first place.
    fn begins(&self) -> usize {
        if let Some(Piece::Text(text)) = self.english.first() { text.len() } else { 0 }
    }

    /// Bytes of its own text.
    fn length(&self) -> usize {
        let length = |piece: &Piece| if let Piece::Text(text) = piece { text.len() } else { 0 };
        self.english.iter().map(length).sum()
    }

    /// Whether its own text is in `text`, in its order: quick to say of most.
    fn may_be(&self, text: &str) -> bool {
        let [first, last] = [self.english.first(), self.english.last()].map(|piece| match piece {
            Some(Piece::Text(own)) => own.as_str(),
            _ => "",
        });
        if !text.starts_with(first) || !text.ends_with(last) {
            return false;
        }
        let mut rest = text;
        self.english.iter().all(|piece| match piece {
            Piece::Place { .. } => true,
            Piece::Text(own) => {
                let behind = rest.split_once(own.as_str()).map(|(_, behind)| behind);
                rest = behind.unwrap_or_default();
                behind.is_some()
            }
        })
    }
}

impl Kind {
    fn fits(self, value: &str) -> bool {
        match self {
            Kind::Text => !value.is_empty(),
            Kind::Quoted => !value.is_empty() && !value.contains('`'),
            Kind::Number => {
                let digits = value.trim();
                digits.parse::<f64>().is_ok() && digits.starts_with(|c: char| c.is_ascii_digit())
            }
            Kind::Message => true,
        }
    }
}

/// The English of a message and its French, of each in a file of gettext.
pub(super) fn messages(file: &str) -> Vec<(String, String)> {
    let mut messages: Vec<(String, String)> = Vec::new();
    let mut is_french = false;
    for line in file.lines() {
        if let Some(text) = line.strip_prefix("msgid ") {
            is_french = false;
            messages.push((unescaped(text), String::new()));
            continue;
        }
        let text = match line.strip_prefix("msgstr ") {
            Some(text) => {
                is_french = true;
                text
            }
            None if line.starts_with('"') => line,
            None => continue,
        };
        if let Some((english, french)) = messages.last_mut() {
            let side = if is_french { french } else { english };
            side.push_str(&unescaped(text));
        }
    }
    // The first one holds what tools want to know of the file.
    messages.retain(|(english, _)| !english.is_empty());
    messages
}

/// A text in quotes, as it is meant.
fn unescaped(quoted: &str) -> String {
    let inner = quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(quoted);
    let (mut text, mut characters) = (String::new(), inner.chars());
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('n') => text.push('\n'),
                Some(other) => text.push(other),
                None => (),
            },
            other => text.push(other),
        }
    }
    text
}

/// The pieces of a text of the source. What is in braces and no name is text.
fn pieces(english: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let (mut rest, mut n_unnamed) = (english, 0);
    while let Some(character) = rest.chars().next() {
        if let Some(behind) = rest.strip_prefix("{{").or(rest.strip_prefix("}}")) {
            text.push(character);
            rest = behind;
            continue;
        }
        let place = rest.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        let place = place.filter(|(inner, _)| is_place(inner));
        let Some((inner, behind)) = place else {
            text.push(character);
            rest = &rest[character.len_utf8()..];
            continue;
        };
        let mut name = inner.split(':').next().unwrap_or_default().to_owned();
        if name.is_empty() {
            n_unnamed += 1;
            name = n_unnamed.to_string();
        }
        let is_quoted = text.ends_with('`') && behind.starts_with('`');
        if !text.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut text)));
        }
        let kind = if is_quoted { Kind::Quoted } else { Kind::Text };
        pieces.push(Piece::Place { name, kind });
        rest = behind;
    }
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    pieces
}

/// Whether braces with `inner` between them are a place: a name, and how it is shown.
fn is_place(inner: &str) -> bool {
    let (name, shown) = inner.split_once(':').unwrap_or((inner, ""));
    name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !shown.contains([' ', '"'])
}

/// The parts of a French text; what each place is, `english` learns. `None` where the places of
/// both are not the same.
fn parts(french: &str, english: &mut [Piece]) -> Option<Vec<Part>> {
    let (mut parts, mut said) = (Vec::new(), Vec::new());
    let mut rest = french;
    while let Some((before, behind)) = rest.split_once('{') {
        if !before.is_empty() {
            parts.push(Part::Text(before.to_owned()));
        }
        let place = behind.split_once('}').filter(|(inner, _)| {
            is_place(inner.trim_start_matches(['#', '*', '-']).split('|').next().unwrap_or("{"))
        });
        let Some((inner, behind)) = place else {
            parts.push(Part::Text("{".to_owned()));
            rest = behind;
            continue;
        };
        rest = behind;
        let bare = inner.trim_start_matches(['#', '*', '-']);
        let mut words = bare.split('|');
        let name = words.next()?;
        let (at, kind) = english
            .iter_mut()
            .filter_map(|piece| match piece {
                Piece::Place { name, kind } => Some((name, kind)),
                Piece::Text(_) => None,
            })
            .enumerate()
            .find_map(|(at, (own, kind))| (own == name).then_some((at, kind)))?;
        said.push(name.to_owned());
        let words = (words.next(), words.next());
        parts.push(match (&inner[..inner.len() - bare.len()], words) {
            ("", (Some(one), Some(many))) => {
                *kind = Kind::Number;
                Part::Word(at, one.to_owned(), many.to_owned())
            }
            ("#", (None, None)) => {
                *kind = Kind::Number;
                Part::Number(at)
            }
            ("*", (None, None)) => {
                *kind = Kind::Message;
                Part::Message(at)
            }
            ("-", (None, None)) => continue,
            ("", (None, None)) => Part::Value(at),
            _ => return None,
        });
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest.to_owned()));
    }
    let is_said = |piece: &Piece| match piece {
        Piece::Place { name, .. } => said.contains(name),
        Piece::Text(_) => true,
    };
    english.iter().all(is_said).then_some(parts)
}

/// `number` as French writes it: a comma, and narrow spaces between thousands.
pub(super) fn number(number: &str) -> String {
    let (whole, decimals) = number.split_once('.').map_or((number, None), |(a, b)| (a, Some(b)));
    let n_digits = whole.chars().filter(char::is_ascii_digit).count();
    let (mut french, mut left) = (String::new(), n_digits);
    for character in whole.chars() {
        if character.is_ascii_digit() {
            if left < n_digits && left % 3 == 0 {
                french.push('\u{a0}');
            }
            left -= 1;
        }
        french.push(character);
    }
    decimals.map_or(french.clone(), |decimals| format!("{french},{decimals}"))
}
