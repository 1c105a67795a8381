//! The command line as people type it: a file, a folder or an address without a command is to be
//! transcribed.

use super::{Arguments, Colour, nearest::nearest};
use clap::{CommandFactory, ValueEnum};
use std::{
    ffi::{OsStr, OsString},
    path::Path,
};

/// What was typed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Typed {
    /// Words with a command in them, or none where there is nothing to do.
    Words(Vec<OsString>),
    /// A word that is neither a command nor a source; what may have been meant.
    Neither { word: String, meant: Option<Meant> },
}

/// What may have been meant by a word.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Meant {
    Command(String),
    /// A file with spaces in its name, of which the shell made several words.
    File(String),
}

/// The words of a command line, the program's name first, with the command that is meant.
pub(crate) fn typed(words: impl IntoIterator<Item = OsString>) -> Typed {
    let mut words: Vec<OsString> = words.into_iter().collect();
    match first(words.get(1..).unwrap_or_default()) {
        First::Command => (),
        First::Source => words.insert(1, "transcribe".into()),
        First::Neither(word) => {
            let command = Arguments::command();
            let names = command.get_subcommands().map(clap::Command::get_name);
            let file = file_in_words(&words, &word).map(Meant::File);
            let command = || nearest(&word, names).map(|name| Meant::Command(name.to_owned()));
            return Typed::Neither { meant: file.or_else(command), word };
        }
    }
    Typed::Words(words)
}

/// The colours that `words` ask for, which may be wrong otherwise.
pub(crate) fn colour(words: &[OsString]) -> Colour {
    let follows = words.windows(2).filter(|pair| pair[0] == "--color").map(|pair| pair[1].to_str());
    let joined = words.iter().map(|word| word.to_str()?.strip_prefix("--color="));
    let asked = follows.chain(joined).flatten().last();
    asked.and_then(|when| Colour::from_str(when, true).ok()).unwrap_or_default()
}

/// Whether `words` ask for details.
pub(crate) fn is_verbose(words: &[OsString]) -> bool {
    words.iter().any(|word| word == "--verbose" || word == "-v" || word == "-vV" || word == "-Vv")
}

/// What comes first on a command line, options of every command aside.
enum First {
    /// A command, or nothing that needs one.
    Command,
    /// A source, or an option that only `transcribe` has.
    Source,
    Neither(String),
}

fn first(words: &[OsString]) -> First {
    let command = Arguments::command();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let Some(text) = word.to_str() else { return First::Source };
        if let Some(option) = text.strip_prefix('-').filter(|option| !option.is_empty()) {
            match option_of(&command, option) {
                Effect::Ends => return First::Command,
                Effect::Stands => (),
                Effect::TakesNext => drop(words.next()),
                Effect::Unknown => return First::Source,
            }
        } else if text == "help" || command.find_subcommand(text).is_some() {
            return First::Command;
        } else if is_source(word) {
            return First::Source;
        } else {
            return First::Neither(text.to_owned());
        }
    }
    First::Command
}

/// The file that is there whose name begins with `word` and goes on in those behind it.
fn file_in_words(words: &[OsString], word: &str) -> Option<String> {
    let at = words.iter().position(|other| other == word)?;
    let words: Vec<&str> = words[at..].iter().map_while(|word| word.to_str()).collect();
    (2..=words.len()).map(|n| words[..n].join(" ")).find(|name| Path::new(name).is_file())
}

/// What an option of every command does to the words behind it.
enum Effect {
    /// It asks for help, or for the version.
    Ends,
    Stands,
    TakesNext,
    /// It is none of every command's.
    Unknown,
}

/// What `option`, without its first dash, does.
fn option_of(command: &clap::Command, option: &str) -> Effect {
    let takes = |argument: &clap::Arg| argument.get_action().takes_values();
    if let Some(long) = option.strip_prefix('-') {
        let (name, value) =
            long.split_once('=').map_or((long, None), |(name, it)| (name, Some(it)));
        let is_it = |argument: &&clap::Arg| {
            argument.get_long() == Some(name)
                || argument.get_all_aliases().is_some_and(|aliases| aliases.contains(&name))
        };
        return match command.get_arguments().find(is_it) {
            _ if matches!(name, "help" | "version") => Effect::Ends,
            Some(argument) if takes(argument) && value.is_none() => Effect::TakesNext,
            Some(_) => Effect::Stands,
            None => Effect::Unknown,
        };
    }
    let is_known = |letter: char| {
        command.get_arguments().any(|it| it.get_short() == Some(letter) && !takes(it))
    };
    match option.chars().find(|letter| !is_known(*letter)) {
        None => Effect::Stands,
        Some('h' | 'V') => Effect::Ends,
        Some(_) => Effect::Unknown,
    }
}

/// Whether `word` is meant as a source: it is there, or looks like a path, an address, a list or
/// stdin.
fn is_source(word: &OsStr) -> bool {
    let text = word.to_string_lossy();
    text == "-" || text.contains(['.', '/', '\\', ':', '@', '*', ' ']) || Path::new(word).exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(typed: &str, meant: &str) {
        let words = |line: &str| line.split(' ').map(OsString::from).collect::<Vec<_>>();
        assert_eq!(super::typed(words(typed)), Typed::Words(words(meant)), "{typed}");
    }

    #[test]
    fn a_source_without_a_command_is_transcribed() {
        check("voixoff un.mp3", "voixoff transcribe un.mp3");
        check("voixoff -m small un.mp3", "voixoff transcribe -m small un.mp3");
        check("voixoff --models d -vq un.mp3", "voixoff transcribe --models d -vq un.mp3");
        check("voixoff --color=never - --stdout", "voixoff transcribe --color=never - --stdout");
        check("voixoff https://a.org/un", "voixoff transcribe https://a.org/un");
        check("voixoff src", "voixoff transcribe src");
    }

    #[test]
    fn a_command_stays_one() {
        for line in ["voixoff transcribe un.mp3", "voixoff -q models list", "voixoff --help"] {
            check(line, line);
        }
        for line in ["voixoff help models", "voixoff --models d archive status", "voixoff -V"] {
            check(line, line);
        }
    }

    #[test]
    fn a_word_that_is_nothing_may_be_a_slip() {
        let word = |word: &str, meant: Option<&str>| {
            let meant = meant.map(|name| Meant::Command(name.to_owned()));
            let expected = Typed::Neither { word: word.into(), meant };
            assert_eq!(typed(["voixoff", word].map(OsString::from)), expected);
        };
        word("trnascribe", Some("transcribe"));
        word("bonjour", None);
    }

    #[test]
    fn colours_are_known_of_a_line_that_is_wrong() {
        let colour = |line: &str| colour(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        assert_eq!(colour("voixoff --color always --oops"), Colour::Always);
        assert_eq!(colour("voixoff --oops --color=never"), Colour::Never);
        assert_eq!(colour("voixoff --color=oops"), Colour::Auto);
    }
}
