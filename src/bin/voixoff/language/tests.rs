//! The catalogue holds all that is said, and nothing else; and the help is French throughout.

use super::{
    Language, SOURCES, asked,
    catalogue::{Catalogue, Entry, messages},
    of_system,
};
use crate::args::Arguments;
use clap::{Command, CommandFactory};
use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

fn french(text: &str) -> String {
    Catalogue::of(&SOURCES).put(text).into_owned()
}

#[test]
fn each_sentence_of_the_source_has_its_french() {
    let known = known();
    let mut absent = Vec::new();
    for (path, texts) in source() {
        let texts = texts.into_iter().filter(|text| says_something(text));
        absent.extend(
            texts
                .filter(|text| !known.contains_key(text))
                // What is counted stands there with its number.
                .filter(|noun| !known.contains_key(&format!("{{n}} {noun}s")))
                .map(|text| format!("{}: {text:?}", path.display())),
        );
    }
    assert!(absent.is_empty(), "put these into language/fr/*.po:\n{}", absent.join("\n"));
}

#[test]
fn each_text_of_the_help_has_its_french() {
    let known = known();
    let absent: BTreeSet<String> =
        help().into_iter().filter(|text| !known.contains_key(text)).collect();
    assert!(absent.is_empty(), "put these into language/fr/help.po: {absent:#?}");
}

#[test]
fn nothing_is_in_the_catalogue_that_nobody_says() {
    let outside = messages(SOURCES[SOURCES.len() - 1]);
    let outside: BTreeSet<String> = outside.into_iter().map(|(english, _)| english).collect();
    let mut said: BTreeSet<String> = source().into_iter().flat_map(|(_, texts)| texts).collect();
    said.extend(help());
    said.extend(purposes());
    let nouns: Vec<String> = said.iter().cloned().collect();
    said.extend(nouns.iter().map(|noun| format!("1 {noun}")));
    said.extend(nouns.iter().map(|noun| format!("{{n}} {noun}s")));
    // An option of the program is written with `_` where it is not shown.
    said.extend(nouns.iter().map(|name| name.replace('_', " ")));
    let unsaid: Vec<String> = known()
        .into_keys()
        .filter(|text| !said.contains(text) && !outside.contains(text))
        .collect();
    assert!(unsaid.is_empty(), "nothing says these: {unsaid:#?}");
}

#[test]
fn a_message_has_the_same_places_in_both_languages() {
    for (english, french) in known() {
        let is_entry = Entry::new(&english, &french).is_some();
        assert!(is_entry, "{english:?} and {french:?}");
    }
}

#[test]
fn no_message_is_listed_twice() {
    let all = SOURCES.iter().flat_map(|file| messages(file)).map(|(english, _)| english);
    let mut seen = BTreeSet::new();
    let twice: Vec<String> = all.filter(|english| !seen.insert(english.clone())).collect();
    assert!(twice.is_empty(), "{twice:#?}");
}

#[test]
fn each_message_is_read_back_as_itself_also_within_another() {
    let all = Catalogue::of(&SOURCES);
    for (english, french) in known() {
        // Alone, it has no other to be taken for.
        let alone = format!("msgid {}\nmsgstr {}\n", quoted(&english), quoted(&french));
        let said = filled(&english);
        let told = Catalogue::of(&[&alone]).put(&said).into_owned();
        // What has no words of its own is a message only around another.
        if told == said {
            continue;
        }
        assert_eq!(all.put(&said), told, "{said:?}");
        if !said.starts_with("error: ") {
            let within = format!("error: {said}");
            assert_eq!(all.put(&within), format!("erreur\u{a0}: {told}"), "{within:?}");
        }
    }
}

#[test]
fn french_is_written_as_its_typography_asks() {
    for (_, french) in known() {
        // What is in backticks or braces is typed, or is not ours.
        let plain: String = french.split('`').step_by(2).collect();
        for wrong in [" :", " ;", " !", " ?", " »", "« ", " %", "'", "..."] {
            assert!(!plain.contains(wrong), "`{wrong}` in {french:?}");
        }
    }
}

#[test]
fn what_stands_in_a_place_is_a_message_too() {
    let told = french("error: `un.mp3` cannot be read: No such file or directory (os error 2)");
    assert_eq!(
        told,
        "erreur\u{a0}: `un.mp3` ne peut pas être lu\u{a0}: il n’existe pas (erreur système 2)"
    );
}

#[test]
fn lines_are_messages_each() {
    let again = "it failed the last time and is the same still: `--retry-failed` tries again";
    let told = french(&format!("hint: download it again\n{again}"));
    assert_eq!(told, format!("conseil\u{a0}: téléchargez-le à nouveau\n{}", french(again)));
    assert!(told.ends_with("le retente"), "{told}");
}

#[test]
fn what_another_program_says_is_cited() {
    let told = french("its JSON cannot be read: key must be a string at line 1 column 3");
    let cited = "«\u{a0}key must be a string at line 1 column 3\u{a0}»";
    assert_eq!(told, format!("son JSON ne peut pas être lu\u{a0}: {cited}"));
}

#[test]
fn of_several_messages_that_a_sentence_may_be_the_one_with_most_words_of_ours_is_told() {
    let wait = "`https://a.fr` asks to be left alone for 00:10:00: it answers 503";
    let told = french(&format!("{wait}; the run goes on then"));
    assert_eq!(told, format!("{}\u{a0}; le travail reprendra alors", french(wait)));
}

#[test]
fn nought_and_one_are_singular() {
    let told = ["0 episodes", "1 episode", "2 episodes", "1234 episodes"].map(french);
    assert_eq!(told, ["0 épisode", "1 épisode", "2 épisodes", "1\u{a0}234 épisodes"]);
}

#[test]
fn numbers_are_written_as_in_french() {
    let told = french("12.5 hours of sound an hour, as measured here");
    assert!(told.starts_with("12,5 heures"), "{told}");
}

#[test]
fn a_name_does_not_become_another_message() {
    let forged = "`un` is empty, and `deux` is empty";
    assert_eq!(french(forged), forged);
    assert_eq!(french("`1 episode` is empty"), "`1 episode` est vide");
}

#[test]
fn no_text_takes_long_to_be_read() {
    let all = Catalogue::of(&SOURCES);
    let began = std::time::Instant::now();
    for part in
        [" a", "`", "`a`: ", "error: ", ": ", ", ", "1 ", "`a`, ", " of 1", "\n", "a, error: "]
    {
        for begin in ["", "the stream is cut at ", "error: ", "`un`: ", "warning: `"] {
            let text = format!("{begin}{}", part.repeat(4_000 / part.len()));
            let _ = all.put(&text);
        }
    }
    assert!(began.elapsed().as_secs() < 30, "{:?} for 55 texts", began.elapsed());
}

#[test]
fn what_a_build_has_not_is_named() {
    for (part, name) in [
        ("recogniser", "moteur de reconnaissance"),
        ("engine of 8 bits", "moteur de 8 bits"),
        ("part that tells voices apart", "partie qui distingue les voix"),
    ] {
        let told = french(&format!("error: this build has no {part}"));
        assert_eq!(told, format!("erreur\u{a0}: ce programme a été compilé sans {name}"));
    }
}

#[test]
fn words_of_strangers_stay_as_they_are() {
    for text in [
        "",
        "Bonjour à toutes et à tous.",
        "a walk in the park",
        "from here to there",
        "{\"episode\":\"un\",\"stage\":\"decode\"}",
    ] {
        assert_eq!(french(text), text);
    }
}

#[test]
fn the_language_is_what_is_typed_else_that_of_the_system() {
    let typed = |words: &[&str]| asked(words.iter().map(OsString::from));
    assert_eq!(typed(&["models", "list", "--lang", "fr"]), Some(Language::French));
    assert_eq!(typed(&["--lang=en", "lint"]), Some(Language::English));
    assert_eq!(typed(&["lint", "--", "--lang=fr"]), None);
    assert_eq!(typed(&["lint", "--lang", "klingon"]), None);
    let system = |pairs: &[(&str, &str)]| {
        let pairs: BTreeMap<_, _> = pairs.iter().copied().collect();
        of_system(|name| pairs.get(name).map(OsString::from))
    };
    assert_eq!(system(&[]), Language::English);
    assert_eq!(system(&[("LANG", "fr_FR.UTF-8")]), Language::French);
    assert_eq!(system(&[("LANG", "fr_FR.UTF-8"), ("LC_ALL", "C.UTF-8")]), Language::English);
    assert_eq!(system(&[("LANG", "de_DE"), ("LC_MESSAGES", "fr")]), Language::French);
    assert_eq!(system(&[("LC_ALL", "fr_CA"), ("VOIXOFF_LANG", "en")]), Language::English);
    assert_eq!(system(&[("LC_ALL", ""), ("LANG", "fr_BE@euro")]), Language::French);
}

/// The messages, English to French.
fn known() -> BTreeMap<String, String> {
    SOURCES.iter().flat_map(|file| messages(file)).collect()
}

/// All texts of the help: of commands, options and values, and how values are named.
fn help() -> Vec<String> {
    fn of(command: &Command, texts: &mut Vec<String>) {
        texts.extend(command.get_about().map(ToString::to_string));
        for argument in command.get_arguments() {
            texts.extend(argument.get_help().map(ToString::to_string));
            texts.extend(argument.get_long_help().map(ToString::to_string));
            texts.extend(argument.get_help_heading().map(str::to_owned));
            if argument.get_action().takes_values() {
                let names = argument.get_value_names().unwrap_or_default();
                texts.extend(
                    names.iter().map(ToString::to_string).filter(|it| !SAME.contains(&&**it)),
                );
            }
            let values = argument.get_possible_values();
            texts.extend(values.iter().filter_map(|value| Some(value.get_help()?.to_string())));
        }
        command.get_subcommands().for_each(|command| of(command, texts));
    }
    let mut texts = Vec::new();
    let mut command = Arguments::command();
    command.build();
    of(&command, &mut texts);
    texts
}

/// Names of values that are the same in French.
const SAME: [&str; 8] =
    ["ARCHIVE", "CODE", "I/N", "MODE", "N|MIN..MAX", "SOURCE", "STYLE", "SUITE"];

/// What the manifest says that models are for.
fn purposes() -> impl Iterator<Item = String> {
    voixoff::models::models().iter().map(|model| model.purpose.clone())
}

/// The texts of each file of the source; those that no user sees are left out.
fn source() -> Vec<(PathBuf, Vec<String>)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    below(&src, &mut files);
    let mut texts = Vec::new();
    for path in files {
        let short =
            path.strip_prefix(&src).expect("below src").to_string_lossy().replace('\\', "/");
        if !NOT_SAID.iter().any(|part| short.contains(part)) {
            let text = fs::read_to_string(&path).expect("source is UTF-8");
            texts.push((short.into(), literals(&text)));
        }
    }
    assert!(texts.len() > 100, "the source is there");
    texts
}

/// Files with words of transcripts, of pages and of formats, and what only tests and programs see.
const NOT_SAID: [&str; 38] = [
    "archive/batch/keys.rs",
    "archive/batch/legacy.rs",
    "archive/publish/index/mod.rs",
    "archive/publish/passages.rs",
    "archive/sources/names.rs",
    "asr/doubt.rs",
    "asr/int8/marks.rs",
    "asr/int8/tokenizer.rs",
    "asr/languages.rs",
    "asr/scripted.rs",
    "base/common_words.rs",
    "base/french.rs",
    "base/transcript/",
    "bin/voixoff/eval/junit.rs",
    "bin/voixoff/language/",
    "bin/voixoff/serve/metrics.rs",
    "bin/voixoff/terminal/bars.rs",
    "eval/french/",
    "eval/oracle.rs",
    "formats/json/lists.rs",
    "formats/read/head.rs",
    "formats/read/html.rs",
    "formats/read/marked.rs",
    "formats/read/txt/turns.rs",
    "formats/write/",
    "models/published.rs",
    "net/feed/people.rs",
    "speakers/names/",
    "speakers/roles/",
    "speakers/voices/file.rs",
    "test",
    "text/artefacts.rs",
    "text/backchannels.rs",
    "text/foreign.rs",
    "text/paragraphs/",
    "text/punctuation/",
    "text/spoken.rs",
    "text/typography/",
];

/// Texts that nobody is told: of the web, of files that are written, of journals.
const NOT_TOLD: [&str; 39] = [
    "Basic {}",
    "Bearer {token}",
    "Figures that ",
    "File type",
    "Monkey's Audio (APE)",
    "True Audio (TTA)",
    "bytes {done}-",
    "core (probe)",
    "cut at {length}",
    "from the feed's author",
    "isomp4: missing moov atom",
    "status code: ",
    "voixoff/{version}",
    "# ",
    "speakers = ",
    ", variants",
    ", insert",
    "Canal {channel}",
    "--only {part}",
    "--since {}",
    "--shard {part}",
    "Sans nom",
    "Voix off",
    "voixoff {}, {os}",
    "voixoff [OPTIONS]",
    "--exclude {part}",
    "alignment {",
    "[Script Info]",
    "[à vérifier]",
    "(Time, Time)",
    "event: job",
    "repaired 1",
    "segment is",
    "segments are",
    "sha256 {",
    "text/",
    "voixoff: lost",
    "{core} mille",
    "{name} {insert}{after}",
];

/// Whether `text` has words for people: a space, and a word outside of its places and backticks.
fn says_something(text: &str) -> bool {
    let is_markup = text.contains("</")
        || text.starts_with('<')
        || text.contains("=\"")
        || text.contains(" = {");
    let is_known = NOT_TOLD.iter().any(|known| text.starts_with(known));
    let mut plain = String::new();
    for (at, part) in text.split('`').enumerate() {
        if at % 2 == 0 {
            plain.push_str(
                &part
                    .split('{')
                    .map(|it| it.split('}').next_back().unwrap_or(""))
                    .collect::<Vec<_>>()
                    .join(" "),
            );
        }
    }
    let letters = plain.split(|c: char| !c.is_ascii_lowercase()).any(|word| word.len() > 1);
    text.trim().contains(' ') && letters && !is_markup && !is_known
}

fn below(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of the source").flatten() {
        let path = entry.path();
        if path.is_dir() {
            below(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The texts in quotes of a file of the source, but for its tests, and what is expected or is a
/// reason for those who read it.
fn literals(source: &str) -> Vec<String> {
    let begins = source.match_indices("\n#[cfg(test)]\n").map(|(at, _)| at);
    let is_module = |at: &usize| {
        source[at + 14..]
            .lines()
            .next()
            .is_some_and(|line| line.ends_with('{') && line.contains("mod "))
    };
    let source = &source[..begins.into_iter().find(is_module).unwrap_or(source.len())];
    let (mut texts, mut rest) = (Vec::new(), source);
    let mut before = String::new();
    while let Some(character) = rest.chars().next() {
        if rest.starts_with("//") {
            rest = rest.split_once('\n').map_or("", |(_, behind)| behind);
            continue;
        }
        // A mark in quotes of its own, not the name of a lifetime.
        let mark = rest
            .strip_prefix("'\\")
            .map(|behind| (2, behind))
            .or(rest.strip_prefix('\'').map(|behind| (1, behind)));
        if let Some((skipped, behind)) = mark
            && let Some(end) =
                behind.char_indices().skip(1).take(8).find(|(_, c)| *c == '\'').map(|(at, _)| at)
            && (skipped == 2 || behind[..end].chars().count() == 1)
        {
            rest = &behind[end + 1..];
            continue;
        }
        if character != '"' {
            before.push(character);
            rest = &rest[character.len_utf8()..];
            continue;
        }
        let is_raw = before.ends_with("r#") || before.ends_with("r");
        let inner = &rest[1..];
        let end = if before.ends_with("r#") { inner.find("\"#") } else { end_of(inner) };
        let end = end.unwrap_or(inner.len());
        let tail = before.trim_end();
        let asides = ["expect(", "unreachable!(", "reason =", "try_from ="];
        let is_aside = asides.iter().any(|aside| tail.ends_with(aside))
            || before.rsplit(';').next().is_some_and(|statement| statement.contains("assert"));
        if !is_aside && !is_raw && !before.ends_with('b') {
            texts.push(unescaped(&inner[..end]));
        }
        rest = inner.get(end + 1..).unwrap_or_default();
        before.clear();
    }
    texts
}

/// Where the quote lies that ends a text.
fn end_of(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    text.char_indices().find_map(|(at, character)| {
        let ends = character == '"' && !is_escaped;
        is_escaped = character == '\\' && !is_escaped;
        ends.then_some(at)
    })
}

fn unescaped(text: &str) -> String {
    let (mut plain, mut rest) = (String::new(), text);
    while let Some((before, behind)) = rest.split_once('\\') {
        plain.push_str(before);
        rest = match behind.chars().next() {
            Some('\n') => behind.trim_start(),
            Some('n') => {
                plain.push('\n');
                &behind[1..]
            }
            Some('u') => {
                let code = behind.trim_start_matches("u{").split('}').next().unwrap_or_default();
                plain.extend(u32::from_str_radix(code, 16).ok().and_then(char::from_u32));
                behind.split_once('}').map_or("", |(_, behind)| behind)
            }
            Some(other) => {
                plain.push(other);
                &behind[other.len_utf8()..]
            }
            None => "",
        };
    }
    plain + rest
}

fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{escaped}\"")
}

/// `english` with something in each place that fits into any.
fn filled(english: &str) -> String {
    let (mut said, mut rest, mut n) = (String::new(), english, 6);
    while let Some((before, behind)) = rest.split_once('{') {
        said.push_str(before);
        match behind.split_once('}') {
            Some((inner, behind)) if !inner.contains(' ') && !behind.starts_with('}') => {
                n += 1;
                said.push_str(&n.to_string());
                rest = behind;
            }
            _ => {
                said.push('{');
                rest = behind;
            }
        }
    }
    said + rest
}
