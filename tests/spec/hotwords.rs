//! Names and terms that the recogniser is to prefer: what it is given, and what becomes of them.

use crate::desk::{noise, put, stderr, voixoff};
use assert_cmd::assert::Assert;
use tempfile::TempDir;

/// Each window is answered by what the recogniser is told.
const SAYS_TOLD: &str = r#"{"regions_ms": [[0, 9000]], "says_told": true}"#;

#[test]
fn a_list_and_a_file_of_hotwords_are_the_same() {
    let desk = Desk::new(SAYS_TOLD);
    put(desk.path(), "noms.txt", "# des gens\nAlain Garnier\n\n  SecNumCloud\n");
    desk.transcribe(&["--hotwords", "noms.txt"]).success();
    let text = desk.read("un.txt");
    assert!(text.contains("Alain Garnier, SecNumCloud, SecNumCloud"), "{text}");
    let told = stderr(&desk.transcribe(&["--hotwords", "Alain Garnier, SecNumCloud"]).success());
    assert!(told.contains("up to date"), "{told}");
    desk.transcribe(&["--hotwords", "Alain Garnier"]).success();
    let text = desk.read("un.txt");
    assert!(text.contains("Alain Garnier") && !text.contains("SecNumCloud"), "{text}");
}

#[test]
fn a_file_of_hotwords_that_is_not_there_is_named() {
    let desk = Desk::new(SAYS_TOLD);
    let told = stderr(&desk.transcribe(&["--hotwords", "nomss.txt"]).code(2));
    assert!(told.contains("`nomss.txt` cannot be read"), "{told}");
    let told = stderr(&desk.transcribe(&["--hotword-strength", "fort"]).code(2));
    assert!(told.contains("`fort` is not a number from 0 to 20"), "{told}");
}

#[test]
fn people_lexicon_and_hotwords_of_a_show_are_preferred() {
    let desk = Desk::new(SAYS_TOLD);
    put(
        desk.path(),
        "show.toml",
        "lexicon = ['logiciel libre', 'Framasoft']\nhotwords = ['Douarnenez']\n[[person]]\nname = 'Aïcha Le Goff'\n",
    );
    desk.transcribe(&["--show", "show.toml"]).success();
    let text = desk.read("un.txt");
    assert!(text.contains("/ Aïcha Le Goff, Framasoft, Douarnenez"), "{text}");
    desk.transcribe(&["--show", "show.toml", "--hotword-strength", "0"]).success();
    assert!(!desk.read("un.txt").contains('/'), "{}", desk.read("un.txt"));
}

#[test]
fn words_from_before_hotwords_are_kept_until_somebody_asks_for_some() {
    let desk = Desk::new(SAYS_TOLD);
    put(desk.path(), "show.toml", "lexicon = ['Framasoft']\n");
    desk.transcribe(&["--show", "show.toml", "--hotword-strength", "0"]).success();
    let told = stderr(&desk.transcribe(&["--show", "show.toml"]).success());
    assert!(told.contains("up to date"), "{told}");
    desk.transcribe(&["--show", "show.toml", "--hotwords", "CNIL"]).success();
    let text = desk.read("un.txt");
    assert!(text.contains("Framasoft, CNIL"), "{text}");
}

#[test]
fn a_hotword_is_written_in_its_form_however_it_was_spelt() {
    let desk = Desk::new(
        r#"{"regions_ms": [[0, 9000]], "texts": ["Le sec num cloud et les H D S de Pire Tube."]}"#,
    );
    desk.transcribe(&["--hotwords", "SecNumCloud,HDS,PeerTube"]).success();
    let text = desk.read("un.txt");
    assert!(text.contains("Le SecNumCloud et les HDS de Pire Tube."), "{text}");
    let json = desk.read("un.json");
    assert!(json.contains(r#""before": "sec num cloud""#) && json.contains("lexicon"), "{json}");
}

#[test]
fn the_next_run_is_told_with_the_hotwords_of_the_last() {
    let desk = Desk::new(SAYS_TOLD);
    desk.transcribe(&["--out", ".", "--hotwords", "HDS", "--hotword-strength", "3"]).success();
    let outdated = |options: &[&str]| {
        let words = ["archive", "outdated", "."];
        voixoff(desk.path(), &[words.as_slice(), options].concat()).success()
    };
    let told = String::from_utf8_lossy(&outdated(&[]).get_output().stdout).into_owned();
    assert!(!told.contains("un"), "{told}");
    let told = outdated(&["--", "--hotwords", "HAS"]);
    let told = String::from_utf8_lossy(&told.get_output().stdout).into_owned();
    assert!(told.contains("un"), "{told}");
}

struct Desk(TempDir);

impl Desk {
    fn new(script: &str) -> Desk {
        let desk = Desk(tempfile::tempdir().expect("a temporary folder"));
        noise(&desk.path().join("un.wav"), 9);
        put(desk.path(), "script.json", script);
        desk
    }

    fn path(&self) -> &std::path::Path {
        self.0.path()
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).expect(name)
    }

    fn transcribe(&self, options: &[&str]) -> Assert {
        let words = ["transcribe", "un.wav", "--scripted", "script.json", "--progress", "none"];
        voixoff(self.path(), &[&words, options].concat())
    }
}
