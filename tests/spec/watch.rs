//! `--watch`: what is new is told, and nothing twice.

use crate::desk::{noise, put};
use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

#[test]
fn a_run_that_watches_tells_changes_alone() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name);
    put(folder.path(), "script.json", r#"{"regions_ms": [[0, 9000]]}"#);
    put(folder.path(), "son/mauvais.mp3", "ceci n'est pas du son\n".repeat(100));
    noise(&path("son/un.wav"), 1);
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("voixoff"));
    command.env("VOIXOFF_LANG", "en");
    command.current_dir(folder.path()).args(["transcribe", "son", "--out", "son/textes"]);
    command.args(["--scripted", "script.json", "--watch", "--interval", "1s"]);
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("started");
    let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
    let mut told = Vec::new();
    let mut until = |end: &str| {
        for line in lines.by_ref().map_while(Result::ok) {
            told.push(line);
            if told.last().is_some_and(|line| line.contains(end)) {
                return;
            }
        }
        panic!("`{end}` is not told: {told:#?}");
    };
    until("waiting for new sound in");
    // Each is heard in a pass of its own.
    for name in ["deux", "trois", "quatre"] {
        noise(&path("nouveau.wav"), 2);
        std::fs::rename(path("nouveau.wav"), path(&format!("son/{name}.wav"))).expect("moved");
        until("1 transcribed");
    }
    child.kill().expect("killed");
    child.wait().expect("ended");
    let n = |text: &str| told.iter().filter(|line| line.contains(text)).count();
    assert_eq!(n("error: "), 1, "{told:#?}");
    assert_eq!(n("waiting "), 1, "{told:#?}");
    assert_eq!(n("up to date"), 4, "only in sums: {told:#?}");
    let reports = std::fs::read_dir(path("son/textes/.voixoff/runs")).expect("a folder");
    let lines = reports
        .flatten()
        .filter(|entry| entry.path().extension().is_some_and(|extension| extension == "jsonl"));
    let lines: String =
        lines.map(|entry| std::fs::read_to_string(entry.path()).expect("text")).collect();
    assert_eq!(lines.matches("\"failed\"").count(), 1, "{lines}");
}
