//! Properties of the source itself, checked like any other behaviour.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The homes: the places that may name each outside crate, a line for each.
const LIVES_IN: &[(&str, &str)] = &[
    ("anyhow", "bin/voixoff/"),
    ("axum", "bin/voixoff/review/"),
    ("axum", "bin/voixoff/serve/"),
    ("axum", "bin/voixoff/server/"),
    ("chrono", "bin/voixoff/"),
    ("chrono", "net/feed/episodes.rs"),
    ("chrono", "net/web/waits.rs"),
    ("clap", "bin/voixoff/"),
    ("clap_complete", "bin/voixoff/"),
    ("clap_mangen", "bin/voixoff/manual.rs"),
    ("console", "bin/voixoff/terminal/bars.rs"),
    ("ctrlc", "bin/voixoff/"),
    ("diffy", "episode/outputs/merging.rs"),
    ("flate2", "asr/doubt.rs"),
    ("french_numbers", "eval/french/"),
    ("futures_util", "bin/voixoff/serve/"),
    ("getrandom", "bin/voixoff/server/callers.rs"),
    ("half", "asr/int8/"),
    ("half", "base/ggml/"),
    ("half", "models/quantize.rs"),
    ("half", "models/test_checkpoint.rs"),
    ("half", "models/weights.rs"),
    ("hound", "audio/pcm.rs"),
    ("hyper", "bin/voixoff/server/mod.rs"),
    ("hyper_util", "bin/voixoff/server/mod.rs"),
    ("indicatif", "bin/voixoff/terminal/bars.rs"),
    ("notify", "bin/voixoff/"),
    ("kodama", "speakers/diarize/clustering.rs"),
    ("object_store", "net/bucket/client.rs"),
    ("pulldown_cmark", "formats/read/markdown.rs"),
    ("quick_xml", "net/feed/elements.rs"),
    ("quick_xml", "net/feed/reading.rs"),
    ("quick_xml", "formats/read/elements.rs"),
    ("quick_xml", "archive/publish/scan.rs"),
    ("rayon", "asr/int8/mod.rs"),
    ("rayon", "episode/pipeline/work.rs"),
    ("realfft", "asr/int8/features.rs"),
    ("realfft", "speakers/diarize/fbank.rs"),
    ("rten", "speakers/diarize/network.rs"),
    ("rten_gemm", "asr/int8/"),
    ("rten_simd", "asr/int8/"),
    ("rten_simd", "speakers/diarize/convolution.rs"),
    ("rten_tensor", "asr/int8/"),
    ("rten_tensor", "speakers/diarize/network.rs"),
    ("rten_vecmath", "asr/int8/"),
    ("rubato", "audio/resample.rs"),
    ("rustls", "net/bucket/client.rs"),
    ("sha2", "base/digest.rs"),
    ("symphonia", "audio/decode/"),
    ("tokio", "net/bucket/client.rs"),
    ("tokio", "bin/voixoff/review/"),
    ("tokio", "bin/voixoff/serve/"),
    ("tokio", "bin/voixoff/server/"),
    ("toml", "models/"),
    ("toml", "base/tables.rs"),
    ("tower_http", "bin/voixoff/review/answers.rs"),
    ("unicode_normalization", "eval/"),
    ("unicode_normalization", "archive/publish/passages.rs"),
    ("unicode_normalization", "speakers/names/talk.rs"),
    ("unicode_normalization", "text/typography/letters.rs"),
    ("ureq", "net/download/"),
    ("ureq", "net/feed/fetch.rs"),
    ("ureq", "net/web/mod.rs"),
    ("ureq", "net/web/post.rs"),
    ("whisper_rs", "asr/whisper.rs"),
    ("zip", "formats/write/docx/"),
    ("zip", "formats/read/"),
    ("zip", "models/"),
];

/// Largest file in the repository, in bytes; sound has its own bound.
const BYTES_MAX: u64 = 200_000;
const SOUND_BYTES_MAX: u64 = 1_000_000;

#[test]
fn a_room_uses_only_what_the_map_says() {
    let rooms = rooms();
    for (path, text) in sources() {
        let Some(room) = room_of(&path) else { continue };
        let entry = rooms.iter().find(|(name, _)| *name == room);
        let (_, allowed) = entry.unwrap_or_else(|| {
            panic!("`{room}` is no room of the table in src/README.md: add a line, or put the code in a room that has one")
        });
        for target in used(without_tests(&text)) {
            assert!(
                target == room || allowed.contains(&target),
                "{}: `{room}` uses `{target}`: move the code down a floor, or pass the value in",
                path.display(),
            );
        }
    }
}

#[test]
fn the_map_names_the_rooms_there_are_from_the_ground_up() {
    let rooms = rooms();
    let src = root().join("src");
    let names: Vec<&str> = rooms.iter().map(|(name, _)| name.as_str()).collect();
    for (at, (room, uses)) in rooms.iter().enumerate() {
        assert!(src.join(room).is_dir(), "src/README.md names `{room}`, which is not there");
        for used in uses {
            assert!(
                names[..at].contains(&used.as_str()),
                "`{room}` uses `{used}`, which is not above it in the table: rooms do not go round in circles",
            );
        }
    }
    let modules = fs::read_to_string(src.join("lib.rs")).expect("src/lib.rs");
    let declared: Vec<&str> = modules
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .collect();
    let mut sorted = [names, declared];
    sorted.iter_mut().for_each(|names| names.sort_unstable());
    let [names, declared] = sorted;
    assert_eq!(names, declared, "the table of src/README.md and src/lib.rs");
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
fn the_library_names_no_option_of_the_program_over_it() {
    for (path, text) in sources().into_iter().filter(|(path, _)| room_of(path).is_some()) {
        let code = without_tests(&text).lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            let names_one = line.split('"').skip(1).step_by(2).any(|text| {
                let options =
                    text.match_indices("--").map(|(at, dashes)| &text[at + dashes.len()..]);
                options.into_iter().any(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()))
            });
            assert!(
                !names_one,
                "{}: `{}`: say what can be done as a `Guidance`; src/bin/voixoff/guidance.rs words it",
                path.display(),
                line.trim(),
            );
        }
    }
}

#[test]
fn what_errors_advise_reaches_the_terminal() {
    let report = fs::read_to_string(root().join("src/bin/voixoff/report.rs")).expect("the source");
    for (path, text) in sources().into_iter().filter(|(path, _)| room_of(path).is_some()) {
        let guided = without_tests(&text).split("impl Guided for ").skip(1);
        for name in guided.filter_map(|rest| rest.split_whitespace().next()) {
            // Nobody outside meets those that are noted as failures.
            let is_private = text.contains(&format!("pub(super) enum {name} "));
            assert!(
                is_private || report.contains(&format!("of::<{name}>,")),
                "{}: src/bin/voixoff/report.rs does not ask `{name}` what can be done",
                path.display(),
            );
        }
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
    ["src", "tests", "examples"].map(|folder| rust_below(&root().join(folder))).concat()
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

/// Each room of the library and the rooms it may use: the table of `src/README.md`.
fn rooms() -> Vec<(String, Vec<String>)> {
    let map = fs::read_to_string(root().join("src/README.md")).expect("src/README.md");
    let named = |cell: &str| -> Vec<String> {
        cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    };
    let table = map.lines().skip_while(|line| !line.starts_with("| room | uses |")).skip(2);
    let mut rooms = Vec::new();
    for line in table.take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = line.split('|').collect();
        let name = named(cells[1]).pop().expect("a room in each line of the table");
        rooms.push((name, named(cells[2])));
    }
    assert!(!rooms.is_empty(), "src/README.md has no table of rooms");
    rooms
}

/// The room of the library that a file belongs to; `None` for the program and the root.
fn room_of(path: &Path) -> Option<String> {
    let mut parts = path.components();
    let first = parts.next()?.as_os_str().to_string_lossy().into_owned();
    (parts.next().is_some() && first != "bin").then_some(first)
}

fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests").next().unwrap_or(text)
}

/// The first segment of each path that begins with `crate::`, one by one or in braces.
fn used(text: &str) -> Vec<String> {
    let code: String =
        text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    let mut targets = Vec::new();
    for (at, path) in code.match_indices("crate::") {
        let rest = &code[at + path.len()..];
        let Some(inner) = rest.strip_prefix('{') else {
            targets.extend(
                rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().map(str::to_owned),
            );
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
                    if character == '}' {
                        break;
                    }
                }
                _ if depth == 0 => item.push(character),
                _ => (),
            }
        }
    }
    targets.retain(|target| !target.is_empty());
    targets
}

fn tracked() -> Vec<PathBuf> {
    let listing = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output();
    let listing = listing.expect("git lists the files of the repository");
    let names = String::from_utf8_lossy(&listing.stdout).into_owned();
    names.split('\0').filter(|name| !name.is_empty()).map(|name| root().join(name)).collect()
}
