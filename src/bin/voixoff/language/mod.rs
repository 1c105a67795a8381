//! The language that people are told things in: French where their system speaks it or they ask for
//! it, English elsewhere.
//!
//! All that is said is worded in English, where it happens: by the library, whose errors are also
//! kept in notes and written as JSON, and by this program. What is printed for people is then put
//! into their language, at the place that prints. What the help says of options goes the same way.

mod catalogue;
pub(crate) mod help;
#[cfg(test)]
mod tests;

use catalogue::Catalogue;
use clap::ValueEnum;
use std::{
    borrow::Cow,
    ffi::OsString,
    sync::{LazyLock, OnceLock},
};

/// A language of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    #[value(name = "fr")]
    French,
    #[value(name = "en")]
    English,
}

static CHOSEN: OnceLock<Language> = OnceLock::new();

/// All that is said, in French.
static FRENCH: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::of(&SOURCES));

/// The files of it, by subject.
const SOURCES: [&str; 8] = [
    include_str!("fr/help.po"),
    include_str!("fr/hints.po"),
    include_str!("fr/program.po"),
    include_str!("fr/errors.po"),
    include_str!("fr/models.po"),
    include_str!("fr/lint.po"),
    include_str!("fr/eval.po"),
    include_str!("fr/outside.po"),
];

/// Chooses the language for the rest of this process: `--lang` among `arguments`, else the first of
/// the variables that says one.
pub(crate) fn choose(
    arguments: impl Iterator<Item = OsString>,
    variable: impl Fn(&str) -> Option<OsString>,
) {
    let _ = CHOSEN.set(asked(arguments).unwrap_or_else(|| of_system(variable)));
}

/// `text`, which is worded in English, in the language of this process; as it is where the
/// catalogue does not have it, such as the words of a file.
pub(crate) fn told(text: &str) -> Cow<'_, str> {
    if is_french() { FRENCH.put(text) } else { Cow::Borrowed(text) }
}

/// `number` as it is written in the language of this process: `1 234,5`.
#[cfg(feature = "int8")]
pub(crate) fn number(number: &str) -> Cow<'_, str> {
    if is_french() { catalogue::number(number).into() } else { Cow::Borrowed(number) }
}

/// What is said of the thing called `name`, both in the language of this process already.
pub(crate) fn labelled(name: &str, what: &str) -> String {
    let colon = if is_french() { "\u{a0}: " } else { ": " };
    format!("{name}{colon}{what}")
}

/// The code of the language, as pages declare it.
pub(crate) fn code() -> &'static str {
    if is_french() { "fr" } else { "en" }
}

fn is_french() -> bool {
    CHOSEN.get() == Some(&Language::French)
}

/// What `--lang` says; what is wrong with it is for the reader of the command line.
fn asked(arguments: impl Iterator<Item = OsString>) -> Option<Language> {
    let words = arguments.map(|word| word.to_string_lossy().into_owned());
    let words: Vec<String> = words.take_while(|word| word != "--").collect();
    words.iter().enumerate().rev().find_map(|(at, word)| {
        let value = match word.strip_prefix("--lang") {
            Some("") => words.get(at + 1)?.as_str(),
            Some(rest) => rest.strip_prefix('=')?,
            None => return None,
        };
        Language::from_str(value, false).ok()
    })
}

fn of_system(variable: impl Fn(&str) -> Option<OsString>) -> Language {
    let names = ["VOIXOFF_LANG", "LC_ALL", "LC_MESSAGES", "LANG"];
    let said = names.iter().find_map(|name| variable(name).filter(|value| !value.is_empty()));
    let said = said.map(|value| value.to_string_lossy().to_lowercase()).unwrap_or_default();
    match said.split(['_', '.', '@', '-']).next() {
        Some("fr") => Language::French,
        _ => Language::English,
    }
}
