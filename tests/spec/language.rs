//! The language of the speech: said, or found by the sound.

use crate::desk::{noise, put, stderr, voixoff};
use serde_json::Value;
use std::fs;
use tempfile::TempDir;

/// What people are told where their speech is not French.
const WARNING: &str = "its speech is not in French but in `en`, and written so";

#[test]
fn a_language_that_is_found_is_written_in_its_own_way_and_told() {
    let desk = Desk::new("en");
    let told = desk.transcribe(&["--language", "Auto"]);
    assert!(told.contains(WARNING), "{told}");
    assert_eq!(desk.json()["language"], "en");
    assert_eq!(desk.text(), "Mot: en", "the recogniser is told, and no rule of French is used");
    // It is kept with the words: what is found today is no matter.
    desk.says("de");
    let again = desk.transcribe(&["--language", "auto", "--timecodes", "none"]);
    assert!(again.contains(WARNING), "{again}");
    assert_eq!((desk.json()["language"].as_str(), desk.text().as_str()), (Some("en"), "Mot: en"));
}

#[test]
fn french_that_is_found_is_told_nobody() {
    let desk = Desk::new("fr");
    let told = desk.transcribe(&["--language", "auto"]);
    assert!(!told.contains("warning"), "{told}");
    assert_eq!(desk.json()["language"], "fr");
    assert_eq!(desk.text(), "Mot\u{a0}: fr");
}

#[test]
fn a_language_that_is_said_is_not_looked_for() {
    let desk = Desk::new("de");
    let told = desk.transcribe(&["--language", "english"]);
    assert!(!told.contains("warning"), "{told}");
    assert_eq!((desk.json()["language"].as_str(), desk.text().as_str()), (Some("en"), "Mot"));
}

#[test]
fn nobody_who_speaks_is_in_french() {
    let desk = Desk::new("de");
    put(desk.folder.path(), "script.json", r#"{"regions_ms": [], "language": "de"}"#);
    desk.transcribe(&["--language", "auto"]);
    assert_eq!(desk.json()["language"], "fr");
}

/// An episode of nine seconds, in which the recogniser says what it is told.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new(language: &str) -> Desk {
        let desk = Desk { folder: tempfile::tempdir().expect("a temporary folder") };
        noise(&desk.folder.path().join("un.wav"), 9);
        desk.says(language);
        desk
    }

    /// The sound is in `language` from here on.
    fn says(&self, language: &str) {
        let script = r#"{"regions_ms": [[0, 9000]], "says_told": true, "language": "LANGUAGE"}"#;
        put(self.folder.path(), "script.json", script.replace("LANGUAGE", language));
    }

    /// What is told.
    fn transcribe(&self, options: &[&str]) -> String {
        let words = ["transcribe", "un.wav", "--prompt", "Mot", "--format", "json,txt"];
        let words = [&words[..], &["--scripted", "script.json", "--progress", "none"], options];
        stderr(&voixoff(self.folder.path(), &words.concat()).success())
    }

    fn json(&self) -> Value {
        let text = fs::read_to_string(self.folder.path().join("un.json")).expect("it was written");
        serde_json::from_str(&text).expect("JSON")
    }

    fn text(&self) -> String {
        self.json()["segments"][0]["text"].as_str().expect("a text").to_owned()
    }
}
