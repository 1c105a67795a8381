//! When words are said: measured once, taken over by corrections, lost only if that is asked.

use crate::desk::{put, stderr, voixoff};
use serde_json::Value;
use std::{fs, path::Path};
use tempfile::TempDir;

/// Words of 300 ms, half a second apart, as another recogniser heard them.
const HEARD: &str = r#"{"language":"fr","segments":[
    {"start":1.0,"end":4.0,"speaker":"Léa","text":" Bonjour le logis ciel libre.","words":[
        {"word":" Bonjour","start":1.0,"end":1.3,"probability":0.9},
        {"word":" le","start":1.5,"end":1.8,"probability":0.9},
        {"word":" logis","start":2.0,"end":2.3,"probability":0.4},
        {"word":" ciel","start":2.5,"end":2.8,"probability":0.4},
        {"word":" libre.","start":3.0,"end":3.3,"probability":0.9}]},
    {"start":5.0,"end":6.0,"speaker":"Tom","text":" Merci beaucoup.","words":[
        {"word":" Merci","start":5.0,"end":5.3,"probability":0.9},
        {"word":" beaucoup.","start":5.5,"end":5.8,"probability":0.9}]}]}"#;

const CORRECTED: &str = "[00:00:01] Léa\u{a0}: Bonjour le logiciel libre.\n\n\
                         [00:00:05] Tom\u{a0}: Merci beaucoup.\n";

#[test]
fn a_corrected_text_takes_the_own_times_of_words_that_are_unchanged() {
    let desk = archive("txt,json,srt");
    put(desk.path(), "archive/e.txt", CORRECTED);
    let run = voixoff(desk.path(), &["convert", "archive/e.txt", "--to", "ctm"]).success();
    assert_eq!(
        read(desk.path(), "archive/e.ctm"),
        "e 1 1.000 0.300 Bonjour 0.90\n\
         e 1 1.500 0.300 le 0.90\n\
         e 1 2.000 0.800 logiciel\n\
         e 1 3.000 0.300 libre. 0.90\n\
         e 1 5.000 0.300 Merci 0.90\n\
         e 1 5.500 0.300 beaucoup. 0.90\n"
    );
    assert_eq!(
        stderr(&run),
        "warning: `archive/e.txt`: of 6 words, 1 has no time of its own in `archive/e.json`, but a share of the time around it\n"
    );
}

#[test]
fn subtitles_of_a_correction_replace_those_of_the_recogniser() {
    let desk = archive("txt,json,srt");
    put(desk.path(), "archive/e.txt", CORRECTED);
    voixoff(desk.path(), &["convert", "archive/e.txt", "--to", "srt"]).success();
    let srt = read(desk.path(), "archive/e.srt");
    assert!(srt.contains("00:00:05,000 --> ") && srt.contains("logiciel"), "{srt}");
}

#[test]
fn a_measured_transcript_is_not_replaced_by_a_poorer_one() {
    let desk = archive("txt,json");
    put(desk.path(), "archive/e.txt", CORRECTED);
    let before = read(desk.path(), "archive/e.json");
    let refused = voixoff(desk.path(), &["convert", "archive/e.txt", "--to", "json"]).code(2);
    insta::assert_snapshot!(stderr(&refused));
    assert_eq!(read(desk.path(), "archive/e.json"), before);
    let arguments = ["convert", "archive/e.txt", "--to", "json", "--force"];
    let forced = voixoff(desk.path(), &arguments).success();
    insta::assert_snapshot!(stderr(&forced));
    let json: Value = serde_json::from_str(&read(desk.path(), "archive/e.json")).expect("JSON");
    assert_eq!((&json["language"], &json["corrected"]), (&"fr".into(), &true.into()));
    let words = json["segments"][0]["words"].as_array().expect("words");
    let shares: Vec<&str> = words
        .iter()
        .filter(|word| word["timed"] == false)
        .filter_map(|w| w["text"].as_str())
        .collect();
    assert_eq!(shares, ["logiciel"]);
}

#[test]
fn subtitles_that_were_measured_are_not_replaced_by_shares_of_paragraphs() {
    let desk = archive("txt,srt");
    put(desk.path(), "archive/e.txt", CORRECTED);
    let refused = voixoff(desk.path(), &["convert", "archive/e.txt", "--to", "srt"]).code(2);
    insta::assert_snapshot!(stderr(&refused));
    let arguments = ["convert", "archive/e.txt", "--to", "srt", "--force"];
    let forced = voixoff(desk.path(), &arguments).success();
    insta::assert_snapshot!(stderr(&forced));
    // They are shares now: there is nothing left to lose.
    voixoff(desk.path(), &["convert", "archive/e.txt", "--to", "srt"]).success();
}

#[test]
fn times_that_are_shares_are_marked() {
    let desk = tempfile::tempdir().expect("a temporary folder");
    put(desk.path(), "e.txt", CORRECTED);
    put(desk.path(), "s.srt", "1\n00:00:01,000 --> 00:00:02,000\nBonjour à tous.\n");
    for file in ["e.txt", "s.srt"] {
        let run = voixoff(desk.path(), &["convert", file, "--to", "json", "--stdout"]).success();
        let json: Value = serde_json::from_slice(&run.get_output().stdout).expect("JSON");
        let words = json["segments"][0]["words"].as_array().expect("words");
        assert!(words.iter().all(|word| word["timed"] == false), "{file}");
    }
    let heard = desk.path();
    put(heard, "h.json", HEARD);
    let run = voixoff(heard, &["convert", "h.json", "--to", "json", "--stdout"]).success();
    assert!(!String::from_utf8_lossy(&run.get_output().stdout).contains("\"timed\""));
}

#[test]
fn the_json_of_another_sound_gives_no_times() {
    let desk = archive("json");
    put(desk.path(), "archive/e.txt", "[00:00:01] Léa : Rien de tout cela.\n");
    let run = voixoff(desk.path(), &["convert", "archive/e.txt", "--to", "vtt"]).success();
    let words = "warning: `archive/e.txt` says other words than `archive/e.json`";
    assert!(stderr(&run).starts_with(words), "{}", stderr(&run));
}

#[test]
fn a_line_of_a_page_that_is_doubtful_is_told() {
    let desk = tempfile::tempdir().expect("a temporary folder");
    put(desk.path(), "e.txt", "Marie : Bonjour.\nJean : Oui.\n\nMarie : Bien.\n");
    let run = voixoff(desk.path(), &["convert", "e.txt", "--to", "md"]).success();
    assert_eq!(stderr(&run), "warning: `e.txt`, line 2: `Jean` is taken for somebody who speaks\n");
    assert!(read(desk.path(), "e.md").contains("**Jean\u{a0}:** Oui."));
}

/// A folder `archive` with `e` in `formats`, written by the program.
fn archive(formats: &str) -> TempDir {
    let desk = tempfile::tempdir().expect("a temporary folder");
    put(desk.path(), "e.json", HEARD);
    let arguments = ["convert", "e.json", "--to", formats, "--out", "archive"];
    voixoff(desk.path(), &arguments).success();
    desk
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).expect(name)
}
