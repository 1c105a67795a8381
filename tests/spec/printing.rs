//! Printing: nobody has to be there to read it, and nothing in it is an order to a terminal.

use crate::desk::{noise, put, stderr, stdout, voixoff};
use assert_cmd::cargo::cargo_bin;
use std::{
    fs::File,
    io::{self, PipeReader, PipeWriter},
    path::Path,
    process::{Command, Output, Stdio},
};
use tempfile::TempDir;

/// Every command that prints data. `NEW` is another name each time.
const COMMANDS: &[&str] = &[
    "--help",
    "--version",
    "transcribe --help",
    "transcribe un.wav --out NEW --scripted script.json",
    "transcribe un.wav deux.wav --out NEW --scripted script.json --progress json",
    "transcribe un.wav --out NEW --scripted script.json --progress bars",
    "archive status archive",
    "archive status archive --json",
    "archive outdated archive -- --format txt,md",
    "archive outdated archive --json",
    "archive diff archive",
    "archive diff archive --json",
    "archive feed archive --base https://exemple.fr",
    "archive index archive",
    "search archive bonjour",
    "search archive bonjour --json",
    "diarize un.wav --scripted script.json",
    "diarize un.wav --scripted script.json --json",
    "convert archive/un.json --to srt,vtt --out NEW",
    "convert archive/un.json --to md --out NEW.md",
    "convert archive/un.json --to json --stdout",
    "eval un.txt archive/un.json",
    "eval un.txt archive/un.json --json",
    "check suite.toml",
    "check suite.toml --json",
    "lint archive/un.json",
    "models list --models models",
    "models path --models models",
    "voices enroll Élise long.wav --voices NEW --scripted one.json",
    "voices list",
    "voices match long.wav --scripted one.json",
    "show init archive --out NEW",
];

#[test]
fn a_reader_who_leaves_changes_no_exit_code() {
    let desk = Desk::new();
    for command in COMMANDS {
        let usual = desk.run(command, Stdio::piped(), Stdio::piped());
        assert!(!usual.stdout.is_empty(), "`{command}` prints nothing: {}", told(&usual));
        let left = desk.run(command, left().into(), Stdio::piped());
        assert_eq!(left.status.code(), usual.status.code(), "`{command}`: {}", told(&left));
        assert!(!told(&left).contains("stdout"), "`{command}`: {}", told(&left));
        assert!(!told(&left).contains("panicked"), "`{command}`: {}", told(&left));
    }
}

#[test]
fn a_stderr_that_is_gone_changes_no_exit_code() {
    let desk = Desk::new();
    for command in COMMANDS {
        let usual = desk.run(command, Stdio::piped(), Stdio::piped());
        for stderr in [left().into(), full().into()] {
            let run = desk.run(command, Stdio::piped(), stderr);
            assert_eq!(run.status.code(), usual.status.code(), "`{command}`");
            assert_eq!(run.stdout.is_empty(), usual.stdout.is_empty(), "`{command}`");
        }
    }
}

#[test]
fn a_full_disk_on_stdout_is_told_and_no_success() {
    let desk = Desk::new();
    for command in COMMANDS {
        let run = desk.run(command, full().into(), Stdio::piped());
        assert_eq!(run.status.code(), Some(1), "`{command}`: {}", told(&run));
        let expected = "error: stdout cannot be written to: No space left on device";
        assert!(told(&run).contains(expected), "`{command}`: {}", told(&run));
        assert!(!told(&run).contains("panicked"), "`{command}`: {}", told(&run));
    }
}

#[test]
fn a_closed_pipe_is_no_failure_of_an_episode() {
    let desk = Desk::new();
    let command = "transcribe un.wav deux.wav --out out --scripted script.json --progress json";
    let run = desk.run(command, left().into(), left().into());
    assert_eq!(run.status.code(), Some(0));
    let again = desk.run(command, Stdio::piped(), Stdio::piped());
    assert!(told(&again).contains("2 up to date, 0 failed"), "{}", told(&again));
}

#[test]
fn what_is_wrong_is_told_although_nobody_reads_stdout() {
    let desk = Desk::new();
    let run = desk.run("convert absent.json --to txt --stdout", left().into(), Stdio::piped());
    assert_eq!(run.status.code(), Some(2));
    assert!(told(&run).starts_with("error: `absent.json` cannot be read"), "{}", told(&run));
}

/// What no terminal must be given: an escape sequence, one of C1, an override of direction.
const ORDERS: &str = "\u{1b}]0;titre\u{7}\u{9b}2J\u{202e}";

#[test]
fn no_message_and_no_list_gives_a_terminal_orders() {
    let desk = Desk::new();
    let folder = desk.folder.path();
    let sound = format!("mauvais {ORDERS}.mp3");
    put(folder, &sound, "ceci n'est pas du son\n".repeat(100));
    let text = format!("Bonjour{ORDERS} {ORDERS}à vous. Bonjour{ORDERS}, et et et et tous.\n");
    let transcript = format!("texte {ORDERS}.txt");
    put(folder, &transcript, format!("Élise{ORDERS} : {text}"));
    put(folder, "feed.xml", FEED.replace("ORDERS", "&#27;]0;titre&#7;&#155;2J&#8238;"));
    let script = ["--scripted", "script.json"];
    for (words, code) in [
        (vec!["transcribe", &sound, "feed.xml", "--out", "bad"], 1),
        (vec!["transcribe", &sound, "un.wav", "--out", "bad", "--progress", "json"], 1),
        (vec!["diarize", &sound], 1),
        (vec!["archive", "status", "bad"], 0),
        (vec!["archive", "status", "bad", "--json"], 0),
        (vec!["archive", "outdated", "bad"], 0),
        (vec!["lint", &transcript], 0),
        (vec!["lint", &sound], 2),
        (vec!["convert", &sound, "--to", "txt"], 2),
        (vec!["eval", &transcript, "archive/un.json"], 0),
        (vec!["eval", "un.txt", &transcript, "--json"], 0),
        (vec!["models", "path", ORDERS], 2),
        (vec![ORDERS], 2),
        (vec!["voices", "forget", ORDERS], 2),
    ] {
        let takes_script = ["transcribe", "diarize"].contains(&words[0]);
        let words = if takes_script { [&words[..], &script].concat() } else { words };
        let run = voixoff(folder, &words).code(code);
        let said = stdout(&run) + &stderr(&run);
        let is_order = |c: char| c.is_control() && !"\n\t".contains(c) || c == '\u{202e}';
        assert!(!said.contains(is_order), "{words:?}: {said:?}");
        // What was typed is shown as it was.
        assert!(said.contains("u202e") || code < 2, "{words:?}: {said:?}");
    }
}

const FEED: &str = r#"<rss version="2.0"><channel><title>Série ORDERS</title>
<item><title>Un ORDERS</title><guid>ORDERS</guid>
<enclosure url="ftp://exemple.fr/un ORDERS.mp3" length="1" type="audio/mpeg"/></item></channel></rss>"#;

#[test]
fn a_program_gets_the_way_to_a_file_as_it_is() {
    let desk = Desk::new();
    let name = format!("un{ORDERS}");
    std::fs::copy(
        desk.folder.path().join("un.wav"),
        desk.folder.path().join(name.clone() + ".wav"),
    )
    .expect("copied");
    let words = ["transcribe", &(name.clone() + ".wav"), "--format", "txt"];
    let run = voixoff(desk.folder.path(), &[&words[..], &["--scripted", "script.json"]].concat());
    assert_eq!(stdout(&run.success()), format!("./{name}.txt\n"));
}

/// A folder with all that the commands are about.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Desk {
        let desk = Desk { folder: tempfile::tempdir().expect("a temporary folder") };
        let folder = desk.folder.path();
        noise(&folder.join("un.wav"), 3);
        noise(&folder.join("deux.wav"), 4);
        noise(&folder.join("long.wav"), 7);
        let texts = ["et et et et et et et"; 6];
        let script = serde_json::json!({ "regions_ms": [[500, 2500]], "texts": texts });
        put(folder, "doubtful.json", script.to_string());
        let script = serde_json::json!({
            "regions_ms": [[500, 2500]], "texts": ["Bonjour à toutes et à tous."],
            "voices_ms": [[1, 500, 2500]],
        });
        put(folder, "script.json", script.to_string());
        put(
            folder,
            "one.json",
            r#"{"regions_ms": [], "texts": [], "voices_ms": [[1, 100, 6900]]}"#,
        );
        put(folder, "un.txt", "Élise : Bonjour à tous.\n");
        put(
            folder,
            "suite.toml",
            "options = [\"--scripted\", \"script.json\"]\n\
             [[episode]]\nsound = \"un.wav\"\nreference = \"un.txt\"\n",
        );
        put(folder, "archive/.voixoff/feeds/0.xml", FEED.replace("ORDERS", ""));
        put(folder, "archive/.voixoff/feeds/0.json", r#"{"folder": "Série", "episodes": {}}"#);
        desk.must("transcribe un.wav --out archive --scripted script.json");
        // One to be looked at by `lint`; `search` still finds the first.
        desk.must("transcribe un.wav --out archive --scripted doubtful.json --model other --force");
        desk.must("voices enroll Élise long.wav --scripted one.json");
        desk
    }

    fn must(&self, command: &str) {
        let run = self.run(command, Stdio::piped(), Stdio::piped());
        assert!(run.status.success(), "`{command}`: {}", told(&run));
    }

    fn run(&self, command: &str, stdout: Stdio, stderr: Stdio) -> Output {
        let new = tempfile::tempdir_in(self.folder.path()).expect("a folder");
        let new = new.path().join("new");
        let words = command.split(' ').map(|word| word.replace("NEW", &new.to_string_lossy()));
        let mut program = Command::new(cargo_bin("voixoff"));
        program.env("VOIXOFF_LANG", "en");
        program.current_dir(self.folder.path()).args(words);
        program.stdin(Stdio::null()).stdout(stdout).stderr(stderr);
        program.spawn().expect("it runs").wait_with_output().expect("it ends")
    }
}

fn told(run: &Output) -> String {
    String::from_utf8_lossy(&run.stderr).into_owned()
}

/// The way into a pipe whose reader has left.
fn left() -> PipeWriter {
    let (_, writer): (PipeReader, PipeWriter) = io::pipe().expect("a pipe");
    writer
}

/// A disk that takes nothing more.
fn full() -> File {
    File::options().write(true).open(Path::new("/dev/full")).expect("Linux has it")
}
