//! `voixoff check` as a build server meets it.

use crate::desk::{put, stderr, stdout};
use assert_cmd::assert::Assert;
use std::{fs, path::Path};
use tempfile::TempDir;

const REFERENCE: &str = "Claire Fontanel : Nous avons formé nos collègues en une semaine.\n";

#[test]
fn a_suite_within_its_bars_passes() {
    let desk = Desk::new("Nous avons formé nos collègues en une semaine.");
    let run = desk.check("bars = { wer = 0.1, names = 0.0 }", "bars = { cer = 0.05 }").code(1);
    // Nothing is a name in it: a bar that cannot be looked at does not hold.
    let expected = "error: all: names cannot be scored, its bar is 0.0 %\n";
    assert_eq!(stderr(&run), expected);
    let run = desk.check("bars = { wer = 0.1 }", "bars = { cer = 0.05 }").success();
    assert!(stdout(&run).starts_with("1 episode, 8 words"), "{}", stdout(&run));
    assert_eq!(stderr(&run), "");
}

#[test]
fn a_figure_beyond_its_bar_fails_and_is_named() {
    let desk = Desk::new("Nous avons formé nos élèves en une semaine.");
    let run = desk.check("bars = { wer = 0.1 }", "bars = { wer = 0.2 }").code(1);
    assert_eq!(stderr(&run), "error: all: wer is 12.5 %, its bar is 10.0 %\n");
    let run = desk.check("", "bars = { wer = 0.1, der = 0.0 }").code(1);
    assert!(stderr(&run).contains("error: voix: wer is 12.5 %, its bar is 10.0 %\n"));
    assert!(stderr(&run).contains("error: voix: der cannot be scored"));
}

#[test]
fn turns_of_a_suite_are_scored() {
    let desk = Desk::new("Nous avons formé nos collègues en une semaine.");
    desk.put("voix.rttm", "SPEAKER voix 1 1.000 4.000 <NA> <NA> A <NA> <NA>\n");
    let voices = r#"{"regions_ms": [[1000, 5000]], "voices_ms": [[0, 1000, 5000]],
        "texts": ["Nous avons formé nos collègues en une semaine."]}"#;
    desk.put("script.json", voices);
    let turns = "turns = \"voix.rttm\"\nbars = { der = 0.3, cpwer = 0.0 }";
    desk.check("", turns).success();
}

#[test]
fn a_sound_that_cannot_be_read_fails_the_suite_and_not_the_others() {
    let desk = Desk::new("Nous avons formé nos collègues en une semaine.");
    desk.put("bruit.mp3", "ceci n'est pas du son");
    let run = desk.check("", "[[episode]]\nsound = \"bruit.mp3\"\n").code(1);
    assert!(stderr(&run).contains("error: `bruit.mp3` has no transcript\n"), "{}", stderr(&run));
    assert!(stdout(&run).starts_with("1 episode, 8 words"), "{}", stdout(&run));
}

#[test]
fn a_suite_that_cannot_work_is_refused_before_any_work() {
    let desk = Desk::new("");
    for (head, entry, expected) in [
        ("bars = { wrr = 0.1 }", "", "error: no figure is called `wrr`; there are wer, cer,"),
        ("", "turns = \"absent.rttm\"", "error: `absent.rttm` is not there"),
        (
            "",
            "turn = \"absent.rttm\"",
            "error: the suite `suite.toml` cannot be read\n  caused by: line 7",
        ),
        (
            "",
            "options = [\"--modle\"]",
            "error: the suite's options: unexpected argument '--modle' found",
        ),
    ] {
        let refused = desk.check(head, entry).code(2);
        assert!(stderr(&refused).starts_with(expected), "{}", stderr(&refused));
    }
}

#[test]
fn the_suite_of_this_repository_names_what_is_there() {
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite.toml");
    let mut command = crate::desk::program();
    let empty = tempfile::tempdir().expect("a temporary folder");
    let run = command.arg("check").arg(suite).arg("--models").arg(empty.path()).assert().code(2);
    // It is read, all its files are there, and only the models are missing.
    let said = stderr(&run);
    assert!(said.contains("has no recogniser") || said.contains("model `base`"), "{said}");
}

/// A folder with a sound, its reference, and a script for the engines.
struct Desk {
    folder: TempDir,
}

impl Desk {
    /// `heard` is what the recogniser will answer.
    fn new(heard: &str) -> Desk {
        let desk = Desk { folder: tempfile::tempdir().expect("a temporary folder") };
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/parole_rapide.opus");
        fs::copy(sample, desk.folder.path().join("voix.opus")).expect("copied");
        let script = serde_json::json!({ "regions_ms": [[1000, 5000]], "texts": [heard] });
        desk.put("script.json", script.to_string());
        desk.put("voix.txt", REFERENCE);
        desk
    }

    fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        put(self.folder.path(), name, content);
    }

    /// Writes a suite with more at its head and at its episode.
    fn suite(&self, head: &str, entry: &str) {
        let suite = format!(
            "options = [\"--scripted\", \"script.json\", \"--threads\", \"1\"]\n{head}\n\n\
             [[episode]]\nsound = \"voix.opus\"\nreference = \"voix.txt\"\n{entry}\n"
        );
        self.put("suite.toml", suite);
    }

    fn check(&self, head: &str, entry: &str) -> Assert {
        self.suite(head, entry);
        self.voixoff(&["check", "suite.toml", "--progress", "none"])
    }

    fn voixoff(&self, arguments: &[&str]) -> Assert {
        let mut command = crate::desk::program();
        command.current_dir(self.folder.path()).env("COLUMNS", "100").args(arguments).assert()
    }
}
