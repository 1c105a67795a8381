//! Words of an unsure voice: without a name unless somebody asks for one, and nothing is lost.

use crate::desk::{noise, put, stderr, voixoff};
use std::fs;
use tempfile::TempDir;

#[test]
fn words_of_an_unsure_voice_have_no_name_and_the_guess_is_kept() {
    let desk = Desk::new();
    desk.transcribe(&[]);
    let sentences = desk.sentences();
    assert_eq!(sentences[0], ("Bonjour à vous tous.".to_owned(), Some(0), None));
    assert_eq!(sentences[1], ("Oui oui je crois.".to_owned(), None, Some(0)));
    assert_eq!(sentences[2], ("Merci beaucoup à vous.".to_owned(), Some(1), None));
    let page = desk.read("un.txt");
    let page = crate::desk::said(&page);
    let named: Vec<&str> = page.lines().filter(|line| line.contains("\u{a0}:")).collect();
    assert_eq!(named.len(), 3, "{page}");
    assert!(named[1].contains("Voix inconnue\u{a0}: Oui oui je crois."), "{page}");
}

#[test]
fn with_guess_everybody_has_a_name_and_nothing_is_heard_again() {
    let desk = Desk::new();
    desk.transcribe(&[]);
    let told = desk.transcribe(&["--unsure", "guess"]);
    assert!(!told.contains("up to date: "), "{told}");
    let sentences = desk.sentences();
    assert_eq!(sentences[1], ("Oui oui je crois.".to_owned(), Some(0), None));
    assert!(!desk.read("un.txt").contains("Voix inconnue"));
    // The scripted recogniser has no answers left: the words are those that were kept.
    assert_eq!(sentences.len(), 3);
}

#[test]
fn the_archive_may_say_which() {
    let desk = Desk::new();
    put(desk.folder.path(), "out/voixoff.toml", "unsure = \"guess\"\n");
    desk.transcribe(&[]);
    assert!(!desk.read("un.txt").contains("Voix inconnue"));
}

#[test]
fn a_page_that_was_read_back_still_names_nobody_there() {
    let desk = Desk::new();
    desk.transcribe(&[]);
    let text = desk.read("un.txt");
    voixoff(desk.folder.path(), &["convert", "out/un.json", "--to", "txt", "--out", "deux.txt"])
        .success();
    assert_eq!(fs::read_to_string(desk.folder.path().join("deux.txt")).expect("text"), text);
}

/// An episode of twelve seconds: two voices, and between them something short of which no voice is
/// known.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Desk {
        let desk = Desk { folder: tempfile::tempdir().expect("a temporary folder") };
        noise(&desk.folder.path().join("un.wav"), 12);
        // Voice 20 is beyond those that the script has an embedding for.
        put(
            desk.folder.path(),
            "script.json",
            r#"{"regions_ms": [[0, 12000]],
                "texts": ["Bonjour à vous tous. Oui oui je crois. Merci beaucoup à vous."],
                "voices_ms": [[0, 0, 4000], [20, 4100, 7900], [1, 8000, 12000]]}"#,
        );
        desk
    }

    /// What is told.
    fn transcribe(&self, options: &[&str]) -> String {
        let words = ["transcribe", "un.wav", "--out", "out", "--format", "json,txt"];
        let words = [&words[..], &["--scripted", "script.json", "--progress", "lines"], options];
        stderr(&voixoff(self.folder.path(), &words.concat()).success())
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join("out").join(name)).expect("it was written")
    }

    /// Of each segment the text, the speaker and the guess.
    fn sentences(&self) -> Vec<(String, Option<u64>, Option<u64>)> {
        let file: serde_json::Value = serde_json::from_str(&self.read("un.json")).expect("JSON");
        let segments = file["segments"].as_array().expect("segments").iter();
        let text = |segment: &serde_json::Value| segment["text"].as_str().expect("text").to_owned();
        segments.map(|it| (text(it), it["speaker"].as_u64(), it["guess"].as_u64())).collect()
    }
}
