//! Properties of the source itself, checked like any other behaviour.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The floors: what each module of the library may name with `use crate::…`.
const MAY_USE: &[(&str, &[&str])] = &[
    // ground: words of the trade
    ("damage", &["time"]),
    ("digest", &[]),
    ("progress", &["time"]),
    ("samples", &["time"]),
    ("speech", &["time"]),
    ("tables", &[]),
    ("time", &[]),
    ("transcript", &["damage", "speech", "time"]),
    // first floor: pure functions
    ("eval", &["speech", "time", "transcript"]),
    ("formats", &["damage", "speech", "time", "transcript"]),
    ("loudness", &["samples", "time"]),
    ("merge", &["speech", "time"]),
    ("retime", &["eval", "formats", "speech", "time", "transcript"]),
    ("roles", &["loudness", "show", "speech", "time", "transcript"]),
    ("segments", &["speech", "time", "transcript"]),
    ("show", &["speech", "tables"]),
    ("text", &["show", "speech", "time", "transcript"]),
    ("voices", &["speech", "tables", "time", "transcript"]),
    ("windows", &["speech", "time"]),
    // second floor: engines, and what comes from outside
    ("asr", &["speech", "time"]),
    ("audio", &["damage", "digest", "progress", "samples", "store", "time"]),
    ("bucket", &["progress", "store", "web"]),
    ("diarize", &["progress", "samples", "speech", "time"]),
    ("download", &["progress", "store", "web"]),
    ("feed", &["show", "speech", "time", "transcript", "web"]),
    ("models", &["digest", "download", "store", "web"]),
    ("web", &[]),
    // third floor: one episode
    ("journal", &["store"]),
    ("outputs", &["digest", "formats", "pipeline", "store", "transcript"]),
    (
        "pipeline",
        &[
            "asr",
            "audio",
            "bucket",
            "damage",
            "diarize",
            "download",
            "journal",
            "loudness",
            "merge",
            "progress",
            "roles",
            "samples",
            "segments",
            "show",
            "speech",
            "store",
            "text",
            "time",
            "transcript",
            "voices",
            "windows",
        ],
    ),
    ("store", &[]),
    // roof: many episodes
    (
        "archive",
        &["bucket", "feed", "formats", "outputs", "show", "store", "time", "transcript", "web"],
    ),
    (
        "batch",
        &[
            "archive",
            "audio",
            "bucket",
            "download",
            "feed",
            "formats",
            "mirror",
            "outputs",
            "pipeline",
            "progress",
            "show",
            "store",
            "time",
            "transcript",
            "web",
        ],
    ),
    ("changes", &["eval", "formats", "outputs", "speech", "time", "transcript"]),
    ("mirror", &["bucket", "outputs", "store"]),
    ("publish", &["archive", "formats", "outputs", "store", "time", "transcript", "web"]),
];

/// The homes: the places that may name each outside crate, a line for each.
const LIVES_IN: &[(&str, &str)] = &[
    ("anyhow", "bin/voixoff/"),
    ("chrono", "bin/voixoff/"),
    ("chrono", "feed/episodes.rs"),
    ("chrono", "web/waits.rs"),
    ("clap", "bin/voixoff/"),
    ("console", "bin/voixoff/terminal/bars.rs"),
    ("ctrlc", "bin/voixoff/"),
    ("diffy", "outputs/merging.rs"),
    ("flate2", "asr/doubt.rs"),
    ("french_numbers", "eval/french/"),
    ("french_numbers", "eval/normalise.rs"),
    ("half", "asr/int8/"),
    ("half", "models/quantize.rs"),
    ("hound", "audio/pcm.rs"),
    ("indicatif", "bin/voixoff/terminal/bars.rs"),
    ("notify", "bin/voixoff/"),
    ("kodama", "diarize/cluster.rs"),
    ("object_store", "bucket/client.rs"),
    ("pulldown_cmark", "formats/read/markdown.rs"),
    ("quick_xml", "feed/elements.rs"),
    ("quick_xml", "feed/reading.rs"),
    ("quick_xml", "formats/elements.rs"),
    ("quick_xml", "publish/scan.rs"),
    ("rayon", "asr/int8/mod.rs"),
    ("rayon", "pipeline/work.rs"),
    ("realfft", "asr/int8/features.rs"),
    ("realfft", "diarize/fbank.rs"),
    ("rten", "diarize/network.rs"),
    ("rten_gemm", "asr/int8/"),
    ("rten_simd", "asr/int8/"),
    ("rten_tensor", "asr/int8/matrix.rs"),
    ("rten_tensor", "diarize/network.rs"),
    ("rten_vecmath", "asr/int8/"),
    ("rubato", "audio/resample.rs"),
    ("rustls", "bucket/client.rs"),
    ("sha2", "digest.rs"),
    ("symphonia", "audio/decode/"),
    ("tokio", "bucket/client.rs"),
    ("toml", "models/"),
    ("toml", "tables.rs"),
    ("unicode_normalization", "eval/"),
    ("unicode_normalization", "publish/passages.rs"),
    ("unicode_normalization", "text/typography/letters.rs"),
    ("ureq", "download/"),
    ("ureq", "feed/fetch.rs"),
    ("ureq", "models/fetch.rs"),
    ("ureq", "web/mod.rs"),
    ("whisper_rs", "asr/whisper.rs"),
    ("zip", "formats/docx/"),
    ("zip", "formats/read/"),
    ("zip", "models/"),
];

/// Longest file and longest function, in lines.
const FILE_MAX: usize = 400;
const FUNCTION_MAX: usize = 70;

/// Largest file in the repository, in bytes; sound has its own bound.
const BYTES_MAX: u64 = 200_000;
const SOUND_BYTES_MAX: u64 = 1_000_000;

#[test]
fn a_module_imports_only_from_the_floors_below() {
    for (path, text) in sources() {
        let Some(module) = module_of(&path) else { continue };
        let entry = MAY_USE.iter().find(|(name, _)| *name == module);
        let (_, allowed) = entry.unwrap_or_else(|| {
            panic!("`{module}` has no floor: add it to MAY_USE of tests/tidy.rs, or put the code in a module that has one")
        });
        for target in imports(without_tests(&text)) {
            assert!(
                target == module || allowed.contains(&target.as_str()),
                "{}: `{module}` uses `{target}`: move the code down a floor, or pass the value in",
                path.display(),
            );
        }
    }
}

#[test]
fn an_outside_crate_is_named_only_at_home() {
    for (path, text) in sources() {
        let place = path.to_string_lossy().replace('\\', "/");
        for (guest, home) in LIVES_IN {
            let names_it = ["use ", "", "(", "<", " "].iter().any(|before| {
                without_tests(&text).lines().any(|line| {
                    let code = line.split("//").next().unwrap_or_default();
                    code.trim_start().contains(&format!("{before}{guest}::"))
                        && !code.contains(&format!("_{guest}::"))
                        && !code.contains(&format!("::{guest}::"))
                })
            });
            let mut homes = LIVES_IN.iter().filter(|(other, _)| other == guest);
            assert!(
                !names_it || homes.any(|(_, home)| place.starts_with(home)),
                "{place} names `{guest}`, which lives in `{home}`: ask that module for what you need",
            );
        }
    }
}

#[test]
fn every_file_opens_with_a_sentence_saying_what_it_is_for() {
    for (path, text) in rust_files() {
        let opens = text.starts_with("//! ") || text.starts_with("#![doc = include_str!");
        assert!(
            opens,
            "{} has no module comment: begin with `//! ` and its purpose",
            path.display()
        );
    }
}

#[test]
fn files_and_functions_fit_in_the_head() {
    for (path, text) in rust_files() {
        let n_lines = text.lines().count();
        let shown = path.display();
        assert!(
            n_lines <= FILE_MAX,
            "{shown} has {n_lines} lines of at most {FILE_MAX}: cut it in two ideas"
        );
        for (name, n_lines) in functions(&text) {
            assert!(
                n_lines <= FUNCTION_MAX,
                "{shown}: `{name}` has {n_lines} lines of at most {FUNCTION_MAX}: give its parts names",
            );
        }
    }
}

#[test]
fn nothing_heavy_is_in_the_repository() {
    for path in tracked() {
        let Ok(metadata) = fs::metadata(&path) else { continue };
        let is_sound = path.to_string_lossy().contains("tests/data/");
        let most = if is_sound { SOUND_BYTES_MAX } else { BYTES_MAX };
        assert!(
            metadata.len() <= most,
            "{} has {} bytes of at most {most}",
            path.display(),
            metadata.len()
        );
    }
}

#[test]
fn every_folder_of_test_data_is_named_in_its_readme() {
    let readme = fs::read_to_string(root().join("tests/README.md")).expect("tests/README.md");
    for entry in fs::read_dir(root().join("tests/data")).expect("tests/data").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let stem = name.split('.').next().unwrap_or_default();
        assert!(
            readme.contains(stem),
            "tests/README.md does not say where `tests/data/{name}` comes from"
        );
    }
}

#[test]
fn nothing_is_left_to_do_without_saying_so_in_an_issue() {
    // In two pieces, so that this file does not find itself.
    for mark in [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("todo", "!("),
        concat!("unimpl", "emented!"),
    ] {
        for (path, text) in rust_files() {
            assert!(!text.contains(mark), "{} has a {mark}", path.display());
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Files of the library and the binary, with their path from `src/`.
fn sources() -> Vec<(PathBuf, String)> {
    let src = root().join("src");
    rust_below(&src)
        .into_iter()
        .map(|(path, text)| (path.strip_prefix(&src).expect("below src").to_owned(), text))
        .collect()
}

fn rust_files() -> Vec<(PathBuf, String)> {
    [rust_below(&root().join("src")), rust_below(&root().join("tests"))].concat()
}

fn rust_below(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of the source").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(rust_below(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("source is UTF-8");
            files.push((path, text));
        }
    }
    files
}

/// The module of the library that a file belongs to; `None` for the rest.
fn module_of(path: &Path) -> Option<String> {
    let first = path.components().next()?.as_os_str().to_string_lossy().into_owned();
    let name = first.strip_suffix(".rs").unwrap_or(&first).to_owned();
    (name != "lib" && name != "bin").then_some(name)
}

fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests").next().unwrap_or(text)
}

/// First segments behind `use crate::`, one by one or in braces.
fn imports(text: &str) -> Vec<String> {
    let mut targets = Vec::new();
    for (at, _) in text.match_indices("use crate::") {
        let rest = &text[at + "use crate::".len()..];
        let statement = &rest[..rest.find(';').unwrap_or(rest.len())];
        let Some(inner) = statement.strip_prefix('{') else {
            targets.extend(statement.split([':', ' ', ';']).next().map(str::to_owned));
            continue;
        };
        let mut depth = 0;
        let mut item = String::new();
        for character in inner.chars() {
            match character {
                '{' => depth += 1,
                '}' if depth > 0 => depth -= 1,
                ',' | '}' if depth == 0 => {
                    targets.extend(item.trim().split([':', ' ']).next().map(str::to_owned));
                    item.clear();
                }
                _ if depth == 0 => item.push(character),
                _ => (),
            }
        }
    }
    targets.retain(|target| !target.is_empty());
    targets
}

/// Names of functions and their lines: formatted source closes a function with a
/// brace in the column of its `fn`.
fn functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let indent = line.len() - code.len();
        let Some(at) = code.find("fn ").filter(|&at| at == 0 || code[..at].ends_with(' ')) else {
            continue;
        };
        if code.starts_with("//") || code.contains('"') {
            continue;
        }
        let closing = format!("{}}}", " ".repeat(indent));
        let length = lines[start..].iter().position(|line| *line == closing);
        let name = code[at + 3..].split(['(', '<']).next().unwrap_or_default();
        found.extend(length.map(|length| (name.to_owned(), length + 1)));
    }
    found
}

fn tracked() -> Vec<PathBuf> {
    let listing = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output();
    let listing = listing.expect("git lists the files of the repository");
    let names = String::from_utf8_lossy(&listing.stdout).into_owned();
    names.split('\0').filter(|name| !name.is_empty()).map(|name| root().join(name)).collect()
}
