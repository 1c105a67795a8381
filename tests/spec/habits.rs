//! The habits of those who come from other tools: a file alone, short options, pipes, quiet.

use crate::{
    desk::{growing, noise, put, stderr, stdout},
    server::{Reply, Server},
};
use assert_cmd::{Command, assert::Assert};
use std::{fs, path::Path};
use tempfile::TempDir;

const SAID: &str = "Bonjour à toutes et à tous.";

#[test]
fn a_file_without_a_command_is_transcribed() {
    let desk = Desk::new();
    let told = stdout(&desk.run(&["un.wav"]).success());
    assert_eq!(told, "./un.html\n./un.json\n./un.srt\n./un.txt\n./un.vtt\n");
    assert!(desk.read("un.txt").contains(SAID));
}

#[test]
fn an_archive_that_was_begun_without_pages_goes_on_without() {
    let desk = Desk::new();
    let formats = |options: &[&str]| {
        desk.run(&[&["un.wav", "-o", "out"], options].concat()).success();
        desk.files("out")
    };
    assert_eq!(formats(&["-f", "json,txt"]), ["un.json", "un.txt"]);
    // As 0.1.0 wrote it where nobody named formats.
    assert_eq!(formats(&[]), ["un.json", "un.srt", "un.txt", "un.vtt"]);
    assert_eq!(formats(&["-f", "html"]).len(), 5);
    fs::remove_file(desk.path().join("out/un.html")).expect("it was written");
    assert_eq!(formats(&[]).len(), 5, "one that has asked for pages has them");
    desk.run(&["un.wav"]).success();
    assert_eq!(
        desk.files("."),
        ["script.json", "un.html", "un.json", "un.srt", "un.txt", "un.vtt", "un.wav"]
    );
}

#[test]
fn a_text_says_that_nobody_has_read_it_and_is_read_without_that() {
    let desk = Desk::new();
    desk.run(&["un.wav", "-f", "json,txt"]).success();
    let text = desk.read("un.txt");
    let note = "Transcription automatique (Whisper scripted, voixoff 0.1.0), non relue";
    let estimate = "\u{a0}: environ 5\u{a0}% des mots sont sans doute faux";
    assert_eq!(text, format!("{note}{estimate}.\n\n[00:00:00] {SAID}\n"));
    put(desk.path(), "reference.txt", format!("{SAID}\n"));
    let scores = desk.voixoff(&["eval", "reference.txt", "un.txt", "--json"]).assert().success();
    let scores: serde_json::Value = serde_json::from_str(&stdout(&scores)).expect("JSON");
    assert!(scores.to_string().contains("\"insertions\":0"), "{scores}");
    desk.voixoff(&["convert", "un.txt", "-f", "md", "-o", "ici"]).assert().success();
    let page = desk.read("ici/un.md");
    assert_eq!(page.matches("non relue").count(), 1, "{page}");
    desk.voixoff(&["convert", "un.txt", "-f", "txt", "-o", "ici"]).assert().success();
    assert_eq!(desk.read("ici/un.txt"), text.replace(estimate, ""));
}

#[test]
fn who_asks_for_it_has_no_median_points() {
    let desk = Desk::new();
    let json = r#"{"schema": 1, "about": {"title": "Un", "people": [{"name": "Zoé", "role": "guest"}]}, "speakers": [], "segments": []}"#;
    put(desk.path(), "deux.json", json);
    let page = |options: &[&str]| {
        let words = [&["convert", "deux.json", "-f", "md", "--stdout"], options].concat();
        stdout(&desk.voixoff(&words).assert().success())
    };
    assert!(page(&[]).contains("**Intervenant·e·s :** Zoé (invité·e)"), "{}", page(&[]));
    for no in ["no", "non"] {
        let page = page(&["--inclusive", no]);
        assert!(page.contains("**Intervenants :** Zoé (invité)"), "{page}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn who_sits_at_a_terminal_is_told_how_to_correct() {
    let desk = Desk::new();
    let told = |options: &str| {
        let program = assert_cmd::cargo::cargo_bin("voixoff");
        let line = format!("'{}' un.wav --scripted script.json {options}", program.display());
        let mut command = std::process::Command::new("script");
        command.args(["-qec", &line, "/dev/null"]).current_dir(desk.path());
        command.env("VOIXOFF_LANG", "fr").env("XDG_CONFIG_HOME", desk.path().join("config"));
        let run = command.output().expect("`script` of util-linux gives a terminal");
        assert!(run.status.success(), "{run:?}");
        String::from_utf8_lossy(&run.stdout).into_owned()
    };
    let first = told("-o textes");
    assert!(
        first.contains("pour corriger dans le navigateur : `voixoff review textes`"),
        "{first}"
    );
    let quoted = told("-o \"l'été\"");
    assert!(quoted.contains("`voixoff review 'l'\\''été'`"), "{quoted}");
    for options in ["-o textes", "-o autres -q", "-o encore -f txt", "--stdout"] {
        assert!(!told(options).contains("voixoff review"), "{options}");
    }
}

#[test]
fn a_word_that_is_neither_a_command_nor_a_file_is_told() {
    let desk = Desk::new();
    let run = desk.voixoff(&["trnascribe", "un.wav"]).assert().code(2);
    let expected = "error: `trnascribe` is neither a command nor a file that is here\n\n\
                    hint: there is a command `transcribe`\n\n";
    assert_eq!(stderr(&run), expected);
    put(desk.path(), "épisode du 3.mp3", "");
    let run = desk.voixoff(&["épisode", "du", "3.mp3", "-q"]).assert().code(2);
    let quoted = "hint: put quotes around a name that has spaces: `voixoff \"épisode du 3.mp3\"`";
    assert!(stderr(&run).contains(quoted), "{}", stderr(&run));
    let run = desk.voixoff(&["bonjour"]).assert().code(2);
    assert!(stderr(&run).contains("hint: `voixoff FILE` transcribes a file"), "{}", stderr(&run));
    let run = desk.voixoff(&["absent.mp3", "--scripted", "script.json"]).assert().code(1);
    assert!(stderr(&run).contains("`absent.mp3`: there is no such file"), "{}", stderr(&run));
    let run = desk.voixoff(&[]).assert().code(2);
    assert!(stderr(&run).contains("Usage: voixoff [OPTIONS] <FILE>..."), "{}", stderr(&run));
}

#[test]
fn short_options_and_formats_in_any_spelling_are_understood() {
    let desk = Desk::new();
    desk.run(&["un.wav", "-o", "out", "-f", "TXT, Srt", "-l", "Français", "-t", "1"]).success();
    assert_eq!(desk.files("out"), ["un.srt", "un.txt"]);
    desk.voixoff(&["convert", "out/un.srt", "-f", "VTT", "-o", "ici"]).assert().success();
    assert_eq!(desk.files("ici"), ["un.vtt"]);
}

#[test]
fn options_of_whisper_are_understood() {
    let desk = Desk::new();
    put(desk.path(), "script.json", r#"{"regions_ms": [[500, 2500]], "says_told": true}"#);
    let options = ["--output_dir", "out", "--output_format", "txt", "--initial_prompt", "Élise"];
    desk.run(&[&["un.wav", "--beam_size", "1", "--language", "fr"], &options[..]].concat())
        .success();
    assert!(desk.read("out/un.txt").contains("Élise"));
}

#[test]
fn a_part_of_an_episode_keeps_the_times_of_the_whole() {
    let desk = Desk::new();
    noise(&desk.path().join("un.wav"), 9);
    put(desk.path(), "script.json", r#"{"regions_ms": [[0, 2000]]}"#);
    let first = |options: &[&str]| {
        desk.run(&[&["un.wav", "-f", "json"], options].concat()).success();
        let json: serde_json::Value = serde_json::from_str(&desk.read("un.json")).expect("JSON");
        let segment = &json["segments"][0];
        (segment["start"].as_f64(), segment["text"].to_string(), json["duration"].as_f64())
    };
    let whole = first(&[]);
    let part = first(&["--start", "3", "--end", "0:06,5"]);
    assert_eq!((whole.0, part.0, part.2), (Some(0.0), Some(3.0), Some(9.0)));
    assert_ne!(whole.1, part.1, "other sound is heard");
    assert_ne!(first(&["--start", "4"]).1, part.1);
    assert_eq!(first(&[]), whole, "what was heard of a part is not taken for the whole");

    let late = desk.run(&["un.wav", "--start", "1:00"]).code(1);
    assert!(
        stderr(&late).contains("it ends at 00:00:09, and nothing of the part"),
        "{}",
        stderr(&late)
    );
    let wrong = desk.run(&["un.wav", "--start", "5", "--end", "5"]).code(2);
    assert!(stderr(&wrong).contains("`--end` is not behind `--start`"), "{}", stderr(&wrong));
    desk.run(&["un.wav", "--end", "midi"]).code(2);
}

#[test]
fn sound_from_stdin_gives_text_on_stdout() {
    let desk = Desk::new();
    let sound = growing(3);
    let run = desk.voixoff(&["-", "--scripted", "script.json"]).write_stdin(sound.clone()).assert();
    assert!(
        stdout(&run.success()).ends_with(&format!("sont sans doute faux.\n\n[00:00:00] {SAID}\n"))
    );
    assert_eq!(desk.files("."), ["script.json", "un.wav"]);
    let named = ["transcribe", "-", "-o", "out", "-f", "vtt", "--scripted", "script.json"];
    desk.voixoff(&named).write_stdin(sound).assert().success();
    assert!(desk.read("out/stdin.vtt").contains(SAID));
}

#[test]
fn one_format_goes_to_stdout_and_no_file_is_written() {
    let desk = Desk::new();
    let run = desk.run(&["un.wav", "--stdout", "-f", "srt"]).success();
    assert!(stdout(&run).starts_with("1\n00:00:00,500 --> "), "{}", stdout(&run));
    assert_eq!(desk.files("."), ["script.json", "un.wav"]);
    let refused = desk.run(&["un.wav", "--stdout", "-f", "srt,vtt"]).code(2);
    let expected = "error: 2 formats do not go to stdout together\n";
    assert!(stderr(&refused).starts_with(expected), "{}", stderr(&refused));
    let failed = desk.run(&["absent.wav", "--stdout"]).code(1);
    assert_eq!(stdout(&failed), "");
}

#[test]
fn a_quiet_run_tells_only_what_is_wrong() {
    let desk = Desk::new();
    for _ in 0..2 {
        let run = desk.run(&["un.wav", "-o", "out", "-q"]).success();
        assert_eq!(stderr(&run), "");
    }
    let run = desk.run(&["absent.wav", "un.wav", "-o", "out", "-q"]).code(1);
    let told = stderr(&run);
    assert!(told.starts_with("error: `absent.wav`: there is no such file"), "{told}");
    assert!(!told.contains("episodes"), "{told}");
}

#[test]
fn a_verbose_run_tells_what_it_takes_and_a_log_keeps_it() {
    let desk = Desk::new();
    let plain = stderr(&desk.run(&["un.wav", "-o", "a", "--progress", "none"]).success());
    assert!(!plain.contains("took"), "{plain}");
    let told = stderr(&desk.run(&["un.wav", "-o", "b", "-v", "--progress", "none"]).success());
    assert!(told.contains("model `scripted`"), "{told}");
    assert!(told.contains("un: decoding 00:00:03 took "), "{told}");
    assert!(told.contains("un.wav: 3 s of sound took "), "{told}");
    desk.run(&["un.wav", "-o", "c", "-q", "--log", "run.log"]).success();
    let log = desk.read("run.log");
    assert!(log.lines().all(|line| line[10..].starts_with('T')), "{log}");
    assert!(log.contains("un: transcribing 00:00:02 took "), "{log}");
    let refused = desk.run(&["un.wav", "--log", "absent/run.log"]).code(2);
    let expected = "error: the log `absent/run.log` cannot be written\n";
    assert!(stderr(&refused).starts_with(expected), "{}", stderr(&refused));
}

#[test]
fn colours_are_as_asked_for() {
    let desk = Desk::new();
    let help =
        |colour: &str| stdout(&desk.voixoff(&["--color", colour, "--help"]).assert().success());
    assert!(help("always").contains("\u{1b}["));
    assert!(!help("never").contains('\u{1b}'));
    assert!(!help("auto").contains('\u{1b}'));
}

#[test]
fn sound_is_given_by_its_address() {
    let desk = Desk::new();
    let server = Server::start(|request, _| match request.path.as_str() {
        "/sons/ep1.wav" => Reply::ok(growing(3)).with("Content-Type", "audio/wav"),
        _ => Reply::new("404 Not Found", ""),
    });
    let address = format!("{}/sons/ep1.wav", server.address);
    desk.run(&[&address, "-o", "out", "-f", "txt"]).success();
    assert!(desk.read("out/ep1.txt").contains(SAID));
    assert_eq!(server.n_asked("/sons/ep1.wav"), 1);
}

#[test]
fn every_command_has_a_page_and_shells_know_its_words() {
    let desk = Desk::new();
    let told = stdout(&desk.voixoff(&["man", "-o", "pages"]).assert().success());
    let pages = ["voixoff.1", "voixoff-transcribe.1", "voixoff-models-fetch.1"];
    for page in pages {
        assert!(told.contains(&format!("pages/{page}\n")), "{told}");
        let text = desk.read(&format!("pages/{page}"));
        assert!(text.contains(".TH voixoff") && text.contains(".SH SYNOPSIS"), "{text}");
    }
    assert!(desk.read("pages/voixoff-transcribe.1").contains("\\-\\-beam\\-size"));
    for shell in ["bash", "zsh", "fish"] {
        let script = stdout(&desk.voixoff(&["completions", shell]).assert().success());
        assert!(script.contains("transcribe") && script.contains("beam-size"), "{script}");
    }
}

/// A folder with an episode of three seconds and a script for the engines.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Desk {
        let desk = Desk { folder: tempfile::tempdir().expect("a temporary folder") };
        noise(&desk.path().join("un.wav"), 3);
        let script = serde_json::json!({ "regions_ms": [[500, 2500]], "texts": [SAID] });
        put(desk.path(), "script.json", script.to_string());
        desk
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn voixoff(&self, words: &[&str]) -> Command {
        let mut command = crate::desk::program();
        command.current_dir(self.path()).args(words);
        command
    }

    /// The program with these words and no command, by scripted engines.
    fn run(&self, words: &[&str]) -> Assert {
        self.voixoff(words).args(["--scripted", "script.json"]).assert()
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).expect(name)
    }

    fn files(&self, folder: &str) -> Vec<String> {
        crate::desk::files(&self.path().join(folder))
    }
}
