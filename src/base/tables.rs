//! TOML that people read and edit: an error names its line, a text is quoted.
//!
//! What we write of it carries comments, which no serializer writes: so a module
//! renders its own lines, and asks here only for what is easy to get wrong.

use serde::de::DeserializeOwned;

/// Why a text cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct ReadError {
    /// Line of the text, from 1.
    pub line: usize,
    /// What is wrong there.
    pub reason: String,
}

/// The value that `text` describes.
///
/// # Errors
/// [`ReadError`] where `text` is not TOML, or does not describe a `T`.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, ReadError> {
    toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start.min(text.len()));
        let line = 1 + text.as_bytes()[..start].iter().filter(|byte| **byte == b'\n').count();
        ReadError { line, reason: error.message().trim_end().replace('\n', ", ") }
    })
}

/// `text` as a value of TOML, on one line.
pub fn quoted(text: &str) -> String {
    let mut line = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => line.extend(['\\', character]),
            '\n' => line.push_str("\\n"),
            other if other.is_control() => line.push_str(&format!("\\u{:04X}", u32::from(other))),
            other => line.push(other),
        }
    }
    line.push('"');
    line
}

/// `texts` as an array of TOML: one text a line, none as `[]`.
pub(crate) fn quoted_list(texts: &[String]) -> String {
    list(texts.iter().map(|text| quoted(text)))
}

/// `values`, each in TOML and on one line, as an array: one a line, none as `[]`.
pub fn list(values: impl IntoIterator<Item = String>) -> String {
    let lines: String = values.into_iter().map(|value| format!("    {value},\n")).collect();
    if lines.is_empty() { "[]".to_owned() } else { format!("[\n{lines}]") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn every_text_is_read_back_as_it_was_and_takes_one_line(text in any::<String>()) {
            let line = format!("text = {}", quoted(&text));
            prop_assert_eq!(line.lines().count(), 1);
            let table: BTreeMap<String, String> = read(&line).unwrap();
            prop_assert_eq!(&table["text"], &text);
        }
    }

    #[test]
    fn line_breaks_quotes_and_controls_are_read_back() {
        for text in ["a\nb", "\"a\"\r\n'b'", "\\\u{7f}\n", "'''\"\"\"", "\u{1}\u{85}\n"] {
            let table: BTreeMap<String, String> =
                read(&format!("text = {}", quoted(text))).unwrap();
            assert_eq!(table["text"], text);
        }
    }

    #[test]
    fn an_error_names_its_line() {
        let error = read::<BTreeMap<String, String>>("a = 'un'\nb = 'deux'\nc = \n").unwrap_err();
        assert_eq!(error.line, 3);
    }
}
