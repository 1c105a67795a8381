//! `voixoff convert` as users meet it: what is read, what is written where, what is refused.

use crate::desk::{put, stderr, stdout};
use assert_cmd::assert::Assert;
use std::fs;
use tempfile::TempDir;

const PAGE: &str = "Le titre\n\nLe chapô.\n\n\
    Voix off\u{a0}: Bonjour à 15\u{a0}heures. Vraiment\u{a0}?\n\n\
    [Jingle]\n\n\
    Alain Garnier\u{a0}: Bonjour.\nUn alinéa.\n\nUn bloc.\n";

const VTT: &str = "WEBVTT\n\n00:01.000 --> 00:03.000\n<v Léa>Bonjour à tous.\n\n\
    00:03.000 --> 00:03.200\n<v Tom>Oui, bien entendu, évidemment.\n";

#[test]
fn subtitles_become_text_and_json_beside_them() {
    let desk = Desk::with("épisode 1.2.vtt", VTT);
    let run = desk.convert(&["épisode 1.2.vtt", "--to", "txt,json"]).success();
    assert_eq!(stdout(&run), "./épisode 1.2.txt\n./épisode 1.2.json\n");
    assert_eq!(
        desk.read("épisode 1.2.txt"),
        "[00:00:01] Léa\u{a0}: Bonjour à tous.\n\n\
         [00:00:03] Tom\u{a0}: Oui, bien entendu, évidemment.\n"
    );
    // What was written is ours to replace, and read as it was.
    desk.convert(&["épisode 1.2.vtt", "--to", "txt,json"]).success();
    let again = desk.convert(&["épisode 1.2.json", "--to", "txt", "--stdout"]).success();
    assert_eq!(stdout(&again), desk.read("épisode 1.2.txt"));
}

#[test]
fn subtitles_follow_the_preset_and_say_what_is_too_fast() {
    let desk = Desk::with("e.vtt", VTT);
    let run = desk.convert(&["e.vtt", "--to", "srt", "--stdout", "--subtitles", "arcom"]).success();
    insta::assert_snapshot!(stdout(&run));
    insta::assert_snapshot!(stderr(&run));
}

#[test]
fn a_page_keeps_its_title_blocks_and_spaces_in_json() {
    let desk = Desk::with("page.txt", PAGE);
    desk.convert(&["page.txt", "--to", "json"]).success();
    let json: serde_json::Value = serde_json::from_str(&desk.read("page.json")).expect("JSON");
    assert_eq!(json["timed"], false);
    assert_eq!(json["about"]["title"], "Le titre");
    assert_eq!(json["about"]["lead"], serde_json::json!(["Le chapô."]));
    assert_eq!(json["segments"][0]["words"][3]["gap"], "no-break");
    let run = desk.convert(&["page.json", "--to", "txt", "--stdout"]).success();
    let talk = PAGE.splitn(3, "\n\n").last().expect("talk");
    assert!(stdout(&run).ends_with(talk), "{}", stdout(&run));
}

#[test]
fn a_page_without_times_gives_no_subtitles() {
    let desk = Desk::with("page.txt", PAGE);
    let refused = desk.convert(&["page.txt", "--to", "srt,vtt"]).code(2);
    insta::assert_snapshot!(stderr(&refused));
    assert_eq!(desk.files(), ["page.txt"]);
}

#[test]
fn a_format_that_is_refused_keeps_none_of_the_others_back() {
    let desk = Desk::with("page.txt", PAGE);
    desk.put("page.html", "à moi");
    let formats = ["--to", "json,srt,html,md,vtt"];
    let run = desk.convert(&[["page.txt"].as_slice(), &formats].concat()).code(1);
    assert_eq!(stdout(&run), "./page.json\n./page.md\n");
    insta::assert_snapshot!(stderr(&run));
    assert_eq!(desk.files(), ["page.html", "page.json", "page.md", "page.txt"]);
    // Of several transcripts as well.
    desk.put("e.vtt", VTT);
    let all = [["page.txt", "e.vtt", "--force"].as_slice(), &formats[..1], &["json,srt"]].concat();
    let run = desk.convert(&all).code(1);
    assert_eq!(stdout(&run), "./page.json\n./e.json\n./e.srt\n");
}

#[test]
fn a_file_of_somebody_else_is_not_replaced_unasked() {
    let desk = Desk::with("e.vtt", VTT);
    desk.put("e.txt", "mes notes");
    let refused = desk.convert(&["e.vtt", "--to", "txt"]).code(2);
    insta::assert_snapshot!(stderr(&refused));
    assert_eq!(desk.files(), ["e.txt", "e.vtt"]);
    desk.convert(&["e.vtt", "--to", "json,txt", "--force"]).success();
    assert_ne!(desk.read("e.txt"), "mes notes");
}

#[test]
fn a_file_named_with_out_is_written_once() {
    let desk = Desk::with("e.vtt", VTT);
    let arguments = ["e.vtt", "--to", "txt", "--out", "ailleurs.text"];
    assert_eq!(stdout(&desk.convert(&arguments).success()), "ailleurs.text\n");
    let refused = desk.convert(&arguments).code(2);
    assert!(stderr(&refused).starts_with("error: `ailleurs.text` exists already"));
    desk.convert(&["e.vtt", "--to", "txt", "--out", "ailleurs.text", "--force"]).success();
    desk.convert(&["e.vtt", "--to", "txt,srt", "--out", "dossier"]).success();
    assert_eq!(desk.read("dossier/e.txt"), desk.read("ailleurs.text"));
}

#[test]
fn a_page_that_is_written_elsewhere_still_finds_its_sound() {
    let desk = Desk::with("textes/e.json", "");
    let sound = |sound: &str| {
        format!(
            r#"{{"schema":1,"about":{{"sound":"{sound}"}},"segments":[
            {{"start":1,"end":2,"words":[{{"start":1,"end":2,"text":"Oui."}}]}}]}}"#
        )
    };
    let player = |name: &str| {
        let page = desk.read(name);
        let source = page.split("<audio").nth(1).and_then(|rest| rest.split('"').nth(3));
        source.expect("a player").to_owned()
    };
    desk.put("textes/e.json", &sound("../sons/e 1.mp3"));
    for (out, expected) in [
        ("pages/2019", "../../sons/e%201.mp3"),
        ("sons", "e%201.mp3"),
        ("textes", "../sons/e%201.mp3"),
        ("pages/seule.html", "../sons/e%201.mp3"),
    ] {
        desk.convert(&["textes/e.json", "--to", "html", "--out", out]).success();
        let page = if out.ends_with(".html") { out.to_owned() } else { format!("{out}/e.html") };
        assert_eq!(player(&page), expected, "{out}");
    }
    desk.put("textes/e.json", &sound("https://exemple.fr/e.mp3"));
    desk.convert(&["textes/e.json", "--to", "html", "--out", "loin"]).success();
    assert_eq!(player("loin/e.html"), "https://exemple.fr/e.mp3");
}

#[test]
fn the_transcript_itself_is_never_written_over() {
    let desk = Desk::with("e.vtt", VTT);
    for arguments in [
        ["e.vtt", "--to", "vtt", "--force", "--out", "."],
        ["e.vtt", "--to", "txt", "--force", "--out", "./e.vtt"],
    ] {
        let refused = desk.convert(&arguments).code(2);
        assert!(stderr(&refused).starts_with("error: `e.vtt` would be written over itself"));
    }
    assert_eq!(desk.read("e.vtt"), VTT);
}

#[test]
fn one_bad_file_does_not_stop_the_others() {
    let desk = Desk::with("page.txt", "Alice : Vraiment ?\n");
    desk.put("mauvais.json", "{");
    let run = desk.convert(&["mauvais.json", "page.txt", "--to", "md"]).code(1);
    assert!(stderr(&run).contains("mauvais.json"), "{}", stderr(&run));
    assert!(desk.read("page.md").contains("**Alice\u{a0}:** Vraiment\u{a0}?"));
}

#[test]
fn two_files_for_one_name_are_refused_before_any_work() {
    let desk = Desk::with("page.txt", "Alice : Oui.\n");
    desk.put("page.srt", "1\n00:00:01,000 --> 00:00:02,000\nNon.\n");
    let run = desk.convert(&["page.txt", "page.srt", "--to", "md"]).code(2);
    assert!(stderr(&run).contains("would be written over another"), "{}", stderr(&run));
    assert_eq!(desk.files(), ["page.srt", "page.txt"]);
}

#[test]
fn an_editor_is_told_what_to_look_at() {
    let desk = Desk::with("page.txt", "Alice : Il vaut 10,000 dollars, c’est pas rien.\n");
    let mut command = crate::desk::program();
    let run = command.current_dir(desk.folder.path()).args(["lint", "page.txt"]).assert().success();
    insta::assert_snapshot!(stdout(&run));
}

#[test]
fn what_cannot_be_read_is_named_with_what_was_expected() {
    let desk = Desk::with("son.mp3", "\0\0");
    desk.put("cassé.srt", "1\n00:00:01,000 --> bientôt\nOui\n");
    desk.put("autre.json", "{\"schema\": 2}");
    desk.put("sans mots.json", r#"{"schema":1,"segments":[{"start":0,"end":1,"words":[]}]}"#);
    let mut messages = String::new();
    for file in ["son.mp3", "cassé.srt", "autre.json", "sans mots.json", "absent.srt"] {
        messages += &stderr(&desk.convert(&[file, "--to", "txt", "--stdout"]).code(2));
    }
    insta::assert_snapshot!(messages);
}

#[test]
fn a_file_of_any_format_becomes_text_and_what_is_none_is_named() {
    let desk = Desk::with("e.vtt", VTT);
    let text = "Léa\u{a0}: Bonjour à tous.\n\nTom\u{a0}: Oui, bien entendu, évidemment.\n";
    for format in [
        "textgrid",
        "eaf",
        "stm",
        "ttml",
        "html",
        "md",
        "docx",
        "spip",
        "mediawiki",
        "podcast-html",
    ] {
        let ending = if format == "textgrid" { "TextGrid" } else { format };
        let file = match format {
            "mediawiki" => "e.wiki".to_owned(),
            "podcast-html" => "e.podcast.html".to_owned(),
            _ => format!("e.{ending}"),
        };
        desk.convert(&["e.vtt", "--to", format]).success();
        let arguments = [&file, "--to", "txt", "--stdout", "--timecodes", "none"];
        assert_eq!(stdout(&desk.convert(&arguments).success()), text, "{format}");
    }
    desk.put("a.pdf", "%PDF-1.4");
    desk.put("a.html", "<!DOCTYPE html><html><p>Bonjour</p></html>");
    let mut messages = String::new();
    for file in ["a.pdf", "a.html"] {
        messages += &stderr(&desk.convert(&[file, "--to", "txt", "--stdout"]).code(2));
    }
    insta::assert_snapshot!(messages);
}

#[test]
fn turns_without_words_give_no_text() {
    let desk = Desk::with("e.rttm", "SPEAKER e 1 1.5 2 <NA> <NA> Léa <NA> <NA>\n");
    let refused = desk.convert(&["e.rttm", "--to", "txt"]).code(2);
    insta::assert_snapshot!(stderr(&refused));
    assert_eq!(desk.files(), ["e.rttm"]);
    let run = desk.convert(&["e.rttm", "--to", "rttm", "--stdout"]).success();
    assert!(stdout(&run).starts_with("SPEAKER e 1 1.500 2.000 <NA> <NA> Léa"), "{}", stdout(&run));
}

/// A folder with a transcript.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn with(name: &str, text: &str) -> Desk {
        let desk = Desk { folder: tempfile::tempdir().expect("a temporary folder") };
        desk.put(name, text);
        desk
    }

    fn put(&self, name: &str, text: &str) {
        put(self.folder.path(), name, text);
    }

    fn convert(&self, arguments: &[&str]) -> Assert {
        let mut command = crate::desk::program();
        command.current_dir(self.folder.path()).arg("convert").args(arguments).assert()
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).expect(name)
    }

    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).expect("the folder is there").flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names.filter(|name| !name.starts_with('.')).collect();
        names.sort();
        names
    }
}
