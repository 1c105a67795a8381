//! `voixoff eval` as users meet it: what is paired, what is told, when a build fails.

use crate::desk::{put, stderr, stdout};
use assert_cmd::assert::Assert;
use serde_json::{Value, json};
use std::fs;
use tempfile::TempDir;

const REFERENCE: &str = "WEBVTT\n\n00:01.000 --> 00:04.000\n<v Léa>Bonjour à tous, il est 15 heures.\n\n\
    00:05.000 --> 00:08.000\n<v Tom>Merci Léa, 57\u{a0}% des gens lisent à Grenoble.\n";

const HYPOTHESIS: &str = "WEBVTT\n\n00:01.000 --> 00:04.000\n<v A>bonjour à tous, il est quinze heures.\n\n\
    00:05.000 --> 00:08.000\n<v B>Merci Léa, euh donc 57 % des jambes lisent à Grenade.\n";

#[test]
fn two_files_give_figures_and_the_worst_passages() {
    let desk = Desk::new();
    let run = desk.eval(&["ref.vtt", "hyp.vtt"]).success();
    insta::assert_snapshot!(stdout(&run));
}

#[test]
fn json_has_rates_as_fractions_with_their_counts() {
    let desk = Desk::new();
    let report = desk.json(&["ref.vtt", "hyp.vtt"]);
    let total = &report["total"];
    assert_eq!(total["wer"], json!(3.0 / 16.0));
    assert_eq!(
        total["counts"]["words"],
        json!({"substitutions": 2, "deletions": 0, "insertions": 1, "reference": 16})
    );
    for rate in ["cer", "der", "jer", "cpwer", "tcpwer"] {
        assert!(total[rate].is_number(), "{rate} of {total}");
    }
    assert_eq!(total["word_start_median_s"], Value::Null);
    assert_eq!(total["counts"]["classes"]["removed_by_editor"], 1);
    assert_eq!(total["counts"]["classes"]["number_form"], 1);
    assert_eq!(total["counts"]["classes"]["proper_noun"], 1);
    assert_eq!(report["normalisation"], "fr-eval-v1");
    assert_eq!(report["reference_style"], "clean");
    assert_eq!(report["episodes"][0]["worst"][0]["start"], 5.0);
}

#[test]
fn names_are_told_one_by_one_and_so_are_those_of_who_speaks() {
    let desk = Desk::new();
    desk.put("names.txt", "# Personnes\nTom\n\nGrenoble\nZoé Lambert\n");
    let heard = HYPOTHESIS.replace("<v A>", "<v Léa>").replace("Merci Léa", "Merci Zoé Lambert");
    desk.put("hyp.vtt", &heard);
    let report = desk.json(&["ref.vtt", "hyp.vtt", "--names", "names.txt"]);
    let total = &report["total"];
    let kinds = json!({"right": 0, "wrong": 2, "missed": 0, "invented": 1});
    assert_eq!(total["counts"]["names_by_kind"], kinds);
    let name = |name: &str, wrong: u64, invented: u64| json!({"name": name, "right": 0, "wrong": wrong, "missed": 0, "invented": invented});
    let by_name = [name("Grenoble", 1, 0), name("Léa", 1, 0), name("Zoé Lambert", 0, 1)];
    assert_eq!(total["by_name"], json!(by_name));
    assert_eq!(report["episodes"][0]["by_name"], json!(by_name));
    // « B » is a label, and no name.
    let named = json!({"right": 3.0, "wrong": 0.0, "unnamed": 3.0});
    assert_eq!(total["counts"]["speakers_named"], named);
    let run = desk.eval(&["ref.vtt", "hyp.vtt", "--names", "names.txt"]).success();
    insta::assert_snapshot!(stdout(&run));
    let refused = desk.eval(&["ref.vtt", "hyp.vtt", "--names", "nowhere.txt"]).code(2);
    assert!(stderr(&refused).contains("`nowhere.txt` cannot be read"), "{}", stderr(&refused));
}

#[test]
fn folders_are_paired_by_name_and_summed() {
    let desk = Desk::new();
    desk.put("refs/un.vtt", REFERENCE);
    desk.put("refs/deux.vtt", REFERENCE);
    desk.put("hyps/un.vtt", HYPOTHESIS);
    desk.put("hyps/deux.srt", "1\n00:00:01,000 --> 00:00:02,000\nBonjour.\n");
    desk.put("hyps/deux.txt", "Un format qui en dit moins.\n");
    desk.put("hyps/trois.vtt", HYPOTHESIS);
    let run = desk.eval(&["refs", "hyps", "--json"]).success();
    let report: Value = serde_json::from_str(&stdout(&run)).expect("JSON");
    assert_eq!(report["total"]["counts"]["words"]["reference"], 32);
    assert_eq!(report["episodes"][0]["hypothesis"], "hyps/deux.srt");
    assert!(stderr(&run).contains("`hyps/trois.vtt` has no reference"), "{}", stderr(&run));
}

#[test]
fn a_reference_without_a_hypothesis_is_named() {
    let desk = Desk::new();
    desk.put("refs/un.vtt", REFERENCE);
    desk.put("hyps/deux.vtt", HYPOTHESIS);
    let refused = desk.eval(&["refs", "hyps"]).code(2);
    assert!(
        stderr(&refused).starts_with("error: `refs/un.vtt` has no hypothesis in `hyps`"),
        "{}",
        stderr(&refused)
    );
}

#[test]
fn turns_are_scored_without_words() {
    let desk = Desk::new();
    let turn =
        |start, name: &str| format!("SPEAKER un 1 {start} 4.000 <NA> <NA> {name} <NA> <NA>\n");
    desk.put("ref.rttm", turn("0.000", "A") + &turn("4.000", "B"));
    desk.put("hyp.rttm", turn("0.000", "x") + &turn("5.000", "y"));
    let report = desk.json(&["ref.rttm", "hyp.rttm"]);
    // One second is missed, one is spoken by nobody.
    assert_eq!(report["total"]["der"], 0.25);
    assert_eq!(report["total"]["wer"], Value::Null);
    let report = desk.json(&["ref.rttm", "hyp.rttm", "--collar", "1s"]);
    assert_eq!(report["total"]["counts"]["diarization"]["reference"], 4.0);
    desk.put("bad.rttm", "SPEAKER un 1 0 1\n");
    let refused = desk.eval(&["bad.rttm", "hyp.rttm"]).code(2);
    assert!(stderr(&refused).starts_with("error: bad.rttm:1: a SPEAKER line"));
}

#[test]
fn a_baseline_fails_what_is_worse_and_asks_to_move_for_what_is_better() {
    let desk = Desk::new();
    desk.put("better.vtt", HYPOTHESIS.replace("Grenade", "Grenoble"));
    let base = ["--baseline", "base.toml"];
    desk.eval(&["ref.vtt", "better.vtt", base[0], base[1], "--write-baseline"]).success();
    let recorded = desk.read("base.toml");
    for line in [
        "normalisation = \"fr-eval-v1\"",
        "[figures.wer]\nvalue = 0.125000\ntolerance = 0.005",
        "command = \"voixoff eval ref.vtt better.vtt --baseline base.toml\"",
    ] {
        assert!(recorded.contains(line), "{recorded}");
    }
    let same = desk.eval(&["ref.vtt", "better.vtt", base[0], base[1]]).success();
    assert_eq!(stderr(&same), "");
    let worse =
        desk.eval(&["ref.vtt", "hyp.vtt", base[0], base[1], "--junit", "junit.xml"]).code(1);
    let expected = "error: wer is 18.8 %, worse than 12.5 % by more than 0.5 %\n";
    assert!(stderr(&worse).contains(expected), "{}", stderr(&worse));
    assert!(!stderr(&worse).contains("der"), "{}", stderr(&worse));
    let junit = desk.read("junit.xml");
    assert!(junit.contains("name=\"wer\"><failure message=\"wer is 18.8 %"), "{junit}");
    check_xml(&junit);
    desk.eval(&["ref.vtt", "hyp.vtt", base[0], base[1], "--write-baseline"]).success();
    let better = desk.eval(&["ref.vtt", "better.vtt", base[0], base[1]]).success();
    let expected =
        "note: wer is 12.5 %, better than 18.8 %: move the number with `--write-baseline`\n";
    assert!(stderr(&better).contains(expected), "{}", stderr(&better));
}

#[test]
fn tolerances_of_a_baseline_stay_and_figures_taken_out_stay_out() {
    let desk = Desk::new();
    let write = ["ref.vtt", "hyp.vtt", "--baseline", "base.toml", "--write-baseline"];
    desk.eval(&write).success();
    let head = desk.read("base.toml");
    let head = head.split("\n[figures").next().expect("a head");
    desk.put("base.toml", format!("{head}\n[figures.wer]\nvalue = 0.5\ntolerance = 0.25\n"));
    desk.eval(&write).success();
    let figures = "[figures.wer]\nvalue = 0.187500\ntolerance = 0.25\n";
    assert!(desk.read("base.toml").ends_with(figures), "{}", desk.read("base.toml"));
}

#[test]
fn figures_of_other_rules_are_not_compared() {
    let desk = Desk::new();
    let base = ["ref.vtt", "hyp.vtt", "--baseline", "base.toml"];
    desk.eval(&[&base[..], &["--write-baseline"]].concat()).success();
    let refused = desk.eval(&[&base[..], &["--style", "verbatim"]].concat()).code(2);
    let expected = "error: the baseline has the style of references `clean`, this run `verbatim`";
    assert!(stderr(&refused).starts_with(expected), "{}", stderr(&refused));
    let other = desk.read("base.toml").replace("fr-eval-v1", "fr-eval-v0");
    desk.put("base.toml", other);
    assert!(stderr(&desk.eval(&base).code(2)).contains("normalisation `fr-eval-v0`"));
}

#[test]
fn the_page_holds_both_texts_the_turns_and_the_sound() {
    let desk = Desk::new();
    desk.put("un son.mp3", "");
    let options = ["ref.vtt", "hyp.vtt", "--html", "page.html", "--sound", "un son.mp3"];
    desk.eval(&options).success();
    let page = desk.read("page.html");
    for part in [
        "src=\"un%20son.mp3\"",
        "<button data-at=\"5.000\">00:00:05</button>",
        "<span class=\"real\">jambes</span>",
        "<span class=\"proper_noun\">Grenoble.</span>",
        "<rect class=\"reference\" data-at=\"1.000\"",
        "<rect class=\"hypothesis\" data-at=\"5.000\"",
        ">Léa</text>",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert!(!page.contains("http"), "the page needs no network");
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let desk = Desk::new();
    for (arguments, expected) in [
        (vec!["absent.vtt", "hyp.vtt"], "error: `absent.vtt` is not there"),
        (
            vec!["ref.vtt", "hyp.vtt", "--baseline", "no.toml"],
            "error: the baseline `no.toml` cannot be read",
        ),
        (
            vec!["ref.vtt", "hyp.vtt", "--collar", "5"],
            "error: invalid value '5' for '--collar <TIME>': `5` is not a time like `250ms` or `5s`",
        ),
    ] {
        let refused = desk.eval(&arguments).code(2);
        assert!(stderr(&refused).starts_with(expected), "{}", stderr(&refused));
    }
}

fn check_xml(text: &str) {
    let mut reader = quick_xml::Reader::from_str(text);
    while reader.read_event().expect("XML") != quick_xml::events::Event::Eof {}
}

/// A folder with a reference and a hypothesis.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Desk {
        let desk = Desk { folder: tempfile::tempdir().expect("a temporary folder") };
        desk.put("ref.vtt", REFERENCE);
        desk.put("hyp.vtt", HYPOTHESIS);
        desk
    }

    fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        put(self.folder.path(), name, content);
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).expect(name)
    }

    fn eval(&self, arguments: &[&str]) -> Assert {
        let mut command = crate::desk::program();
        command.current_dir(self.folder.path()).env("COLUMNS", "100").arg("eval");
        command.args(arguments).assert()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let run = self.eval(&[arguments, &["--json"]].concat()).success();
        serde_json::from_str(&stdout(&run)).expect("JSON")
    }
}
