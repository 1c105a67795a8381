//! TextGrid, read: Praat's long and short forms, of any program.
//!
//! Praat reads both in one way: strings in quotes and numbers that stand alone count, all
//! else is for people (the manual's page "TextGrid file formats"). A tier of segments is what
//! one person says; one called `NAME - mots` or `NAME - words` has the times of their words.

use super::{
    error::ReadFormatError,
    import::{Import, Token, time},
    words::push_words,
};
use crate::{
    base::{
        speech::Gap,
        time::Time,
        transcript::{Opening, Transcript},
    },
    formats::{NOBODY, TO_CHECK},
};
use std::collections::HashMap;

/// Ends of the names of tiers of words, and of what is smaller than words.
const WORDS: &[&str] = &["mots", "words", "mot", "word"];
const SMALLER: &[&str] =
    &["phones", "phone", "phonemes", "phonèmes", "syllables", "syllabes", "syll"];

/// What a tier is called that is of nobody in particular, beside [`NOBODY`]; in lower case.
const NO_NAMES: &[&str] = &[
    "sentences",
    "phrases",
    "utterances",
    "segments",
    "transcription",
    "transcript",
    "ortho",
    "orthographe",
    "texte",
    "text",
    "ipu",
    "ipus",
    "",
];

/// What aligners write where nobody speaks.
pub(super) const SILENCES: &[&str] = &["sil", "sp", "<sil>", "<eps>", "<p:>", "_", "#"];

/// The transcript that the file `text` holds.
///
/// # Errors
/// What does not follow the form, with its line; more people than talk in an episode.
pub(in crate::formats) fn read(text: &str) -> Result<Transcript, ReadFormatError> {
    let mut values = Values { text, at: 0 };
    let (kind, class) = (values.string()?, values.string()?);
    if kind != "ooTextFile" || class != "TextGrid" {
        return Err(values.wrong(format!("it holds a `{class}`, not a `TextGrid`")));
    }
    let _start = values.number()?;
    let end = values.number()?;
    let end = time(end).ok_or_else(|| values.wrong(format!("`{end}` is not a time in seconds")))?;
    let mut people: Vec<Person> = Vec::new();
    let mut numbers: HashMap<String, usize> = HashMap::new();
    for _ in 0..values.count()? {
        let (name, notes) = values.tier()?;
        let lower = name.to_lowercase();
        let part = |ends: &[&str]| {
            let last = lower.rsplit([' ', '-', '_', '/']).next().unwrap_or_default();
            ends.contains(&last)
        };
        if part(SMALLER) {
            continue;
        }
        let has_words = part(WORDS);
        let whose = match has_words {
            true => name[..name.rfind([' ', '-', '_', '/']).map_or(0, |at| at)]
                .trim_end_matches([' ', '-', '_', '/']),
            false => name.as_str(),
        };
        let whose = if is_nobody(whose) { "" } else { whose };
        let number = *numbers.entry(whose.to_owned()).or_insert_with(|| {
            people.push(Person { name: whose.to_owned(), ..Person::default() });
            people.len() - 1
        });
        let person = &mut people[number];
        if has_words { person.words.extend(notes) } else { person.segments.extend(notes) }
    }
    let mut import = Import::default();
    for person in people {
        person.talk(&mut import)?;
    }
    let mut transcript = import.finish(true);
    transcript.duration = transcript.duration.max(end);
    Ok(transcript)
}

fn is_nobody(tier: &str) -> bool {
    let tier = tier.trim().to_lowercase();
    tier == NOBODY.to_lowercase() || NO_NAMES.contains(&tier.as_str())
}

/// A text and when it is said.
struct Note {
    span: (Time, Time),
    text: String,
}

#[derive(Default)]
struct Person {
    name: String,
    segments: Vec<Note>,
    words: Vec<Note>,
}

impl Person {
    fn talk(self, import: &mut Import) -> Result<(), ReadFormatError> {
        let Person { name, segments, words } = self;
        if segments.is_empty() && words.is_empty() {
            return Ok(());
        }
        let name = Some(name).filter(|name| !name.is_empty());
        let speaker = name.map(|name| import.speaker(&name)).transpose()?;
        if segments.is_empty() {
            let mut tokens = Vec::new();
            for word in words {
                tokens.extend(one_word(import, word)?);
            }
            push_words(import, speaker, tokens);
            return Ok(());
        }
        let mut words = words.into_iter().peekable();
        for segment in segments {
            let mut said = Vec::new();
            while let Some(word) = words.next_if(|word| word.span.0 < segment.span.1) {
                said.push(word);
            }
            let is_said = |word: &Note| word.span.0 >= segment.span.0;
            said.retain(is_said);
            match aligned(&segment.text, &said) {
                Some(tokens) => {
                    // They count among the words of the file.
                    import.tokens(&segment.text)?;
                    import.push_words(speaker, tokens, segment.span, Opening::Nothing);
                }
                None => {
                    let tokens = import.tokens(&segment.text)?;
                    import.push(speaker, tokens, segment.span, Opening::Nothing);
                }
            }
        }
        Ok(())
    }
}

/// The word that `note` is, with the marks that belong to it.
fn one_word(import: &mut Import, note: Note) -> Result<Option<Token>, ReadFormatError> {
    let tokens = import.tokens(&note.text)?;
    let text = tokens.iter().enumerate().map(|(index, token)| match index {
        0 => token.text.clone(),
        _ => format!("{}{}", token.gap.as_str(), token.text),
    });
    let text: String = text.collect();
    let token =
        Token { gap: Gap::Space, text, span: Some(note.span), is_timed: true, probability: None };
    Ok((!token.text.is_empty()).then_some(token))
}

/// The words of the segment `text` with the times of `words`, where those are its words;
/// `None` where they are not, as somebody changed one tier and not the other.
fn aligned(text: &str, words: &[Note]) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    if let Some(behind) = rest.trim_start().strip_prefix(TO_CHECK) {
        tokens.push(Token::to_check());
        rest = behind;
    }
    for word in words {
        let behind = rest.trim_start();
        let gap = match &rest[..rest.len() - behind.len()] {
            "" => Gap::Nothing,
            "\u{a0}" => Gap::NoBreak,
            "\u{202f}" => Gap::Narrow,
            _ => Gap::Space,
        };
        let word_text = word.text.trim();
        rest = behind.strip_prefix(word_text)?;
        tokens.push(Token {
            gap,
            text: word_text.to_owned(),
            span: Some(word.span),
            is_timed: true,
            probability: None,
        });
    }
    (rest.trim().is_empty() && !words.is_empty()).then_some(tokens)
}

/// The values of a file, one behind the other.
struct Values<'a> {
    text: &'a str,
    at: usize,
}

enum Value {
    String(String),
    Number(f64),
    Flag,
}

impl Values<'_> {
    fn tier(&mut self) -> Result<(String, Vec<Note>), ReadFormatError> {
        let (class, name) = (self.string()?, self.string()?);
        let (_, _) = (self.number()?, self.number()?);
        let mut notes = Vec::new();
        for _ in 0..self.count()? {
            if class == "TextTier" {
                let (_, _) = (self.number()?, self.string()?);
                continue;
            }
            if class != "IntervalTier" {
                return Err(self.wrong(format!("`{class}` is no kind of tier")));
            }
            let span = (self.instant()?, self.instant()?);
            let text = self.string()?;
            if !text.trim().is_empty() && !SILENCES.contains(&text.trim()) {
                notes.push(Note { span: (span.0, span.1.max(span.0)), text });
            }
        }
        Ok((name.trim().to_owned(), notes))
    }

    fn instant(&mut self) -> Result<Time, ReadFormatError> {
        let number = self.number()?;
        time(number).ok_or_else(|| self.wrong(format!("`{number}` is not a time in seconds")))
    }

    fn count(&mut self) -> Result<u64, ReadFormatError> {
        loop {
            match self.next()? {
                // `tiers? <exists>`
                Value::Flag => (),
                Value::Number(number) if number >= 0.0 && number.fract() == 0.0 => {
                    return Ok(number as u64);
                }
                _ => return Err(self.wrong("a number of parts is missing")),
            }
        }
    }

    fn number(&mut self) -> Result<f64, ReadFormatError> {
        match self.next()? {
            Value::Number(number) => Ok(number),
            Value::String(text) => Err(self.wrong(format!("`{text}` stands where a time should"))),
            Value::Flag => Err(self.wrong("a mark stands where a time should")),
        }
    }

    fn string(&mut self) -> Result<String, ReadFormatError> {
        match self.next()? {
            Value::String(text) => Ok(text),
            _ => Err(self.wrong("a number stands where a text in quotes should")),
        }
    }

    fn next(&mut self) -> Result<Value, ReadFormatError> {
        loop {
            let rest = self.text[self.at..].trim_start();
            self.at = self.text.len() - rest.len();
            let Some(first) = rest.chars().next() else {
                return Err(self.wrong("the file ends too early"));
            };
            if first == '"' {
                return self.quoted();
            }
            if first == '!' {
                self.at += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            let length = rest.find(|c: char| c.is_whitespace() || c == '"').unwrap_or(rest.len());
            let chunk = &rest[..length];
            self.at += length;
            if chunk.starts_with('<') && chunk.ends_with('>') {
                return Ok(Value::Flag);
            }
            let is_number = chunk.starts_with(|c: char| c.is_ascii_digit() || "-+.".contains(c));
            if let Some(number) = chunk.parse().ok().filter(|_| is_number) {
                return Ok(Value::Number(number));
            }
        }
    }

    /// A string, which begins here. Two quotes in it are one.
    fn quoted(&mut self) -> Result<Value, ReadFormatError> {
        let mut text = String::new();
        let mut rest = &self.text[self.at + 1..];
        loop {
            let Some(end) = rest.find('"') else {
                return Err(self.wrong("a text in quotes does not end"));
            };
            text.push_str(&rest[..end]);
            rest = &rest[end + 1..];
            match rest.strip_prefix('"') {
                Some(behind) => {
                    text.push('"');
                    rest = behind;
                }
                None => break,
            }
        }
        self.at = self.text.len() - rest.len();
        Ok(Value::String(text))
    }

    fn wrong(&self, problem: impl Into<String>) -> ReadFormatError {
        let line = 1 + self.text[..self.at].bytes().filter(|byte| *byte == b'\n').count();
        ReadFormatError::in_line(line, problem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::read::tests::timed;

    const SHORT: &str = "File type = \"ooTextFile\"\n\"TextGrid\"\n\n0\n4.5\n<exists>\n3\n\
        \"IntervalTier\"\n\"Léa\"\n0\n4.5\n2\n0\n2\n\"Il dit \"\"oui\"\".\"\n2\n4.5\n\"\"\n\
        \"TextTier\"\n\"bruits\"\n0\n4.5\n1\n1.5\n\"toux\"\n\
        \"IntervalTier\"\n\"Tom - words\"\n0\n4.5\n3\n0\n2\n\"sil\"\n2\n3\n\"bien\"\n3\n4.5\n\"sûr\"\n";

    #[test]
    fn the_short_form_of_another_program_is_read() {
        check(SHORT, &["0 2000 Léa: Il dit \"oui\".", "2000 4500 Tom: bien sûr"]);
    }

    #[test]
    fn an_aligner_gives_words_and_no_names() {
        let grid = "File type = \"ooTextFile\"\nObject class = \"TextGrid\"\n\nxmin = 0 \nxmax = 3 ! secondes\n\
            tiers? <exists> \nsize = 2 \nitem []: \n    item [1]:\n        class = \"IntervalTier\" \n        \
            name = \"words\" \n        xmin = 0 \n        xmax = 3 \n        intervals: size = 2 \n        \
            intervals [1]:\n            xmin = 0 \n            xmax = 1 \n            text = \"oui\" \n        \
            intervals [2]:\n            xmin = 2.5 \n            xmax = 3 \n            text = \"non\" \n    \
            item [2]:\n        class = \"IntervalTier\" \n        name = \"phones\" \n        xmin = 0 \n        \
            xmax = 3 \n        intervals: size = 1 \n        intervals [1]:\n            xmin = 0 \n            \
            xmax = 3 \n            text = \"w\" \n";
        check(grid, &["0 1000 -: oui", "2500 3000 -: non"]);
    }

    #[test]
    fn what_is_wrong_is_named_by_its_line() {
        let error =
            |from: &str, to: &str| read(&SHORT.replacen(from, to, 1)).unwrap_err().to_string();
        assert_eq!(
            error("2\n4.5\n\"\"", "2\n1e300\n\"\""),
            "line 17: `1e300` is not a time in seconds".replace("1e300", &format!("{}", 1e300))
        );
        assert_eq!(
            error("\"TextGrid\"", "\"Sound\""),
            "line 2: it holds a `Sound`, not a `TextGrid`"
        );
        assert_eq!(
            error("2\n0\n2\n\"Il", "9999999999999\n0\n2\n\"Il"),
            "line 19: `TextTier` stands where a time should"
        );
    }

    #[track_caller]
    fn check(grid: &str, expected: &[&str]) {
        assert_eq!(timed(&read(grid).unwrap()), expected);
    }
}
