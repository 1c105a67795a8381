//! `voixoff.toml`, what a run would do, who hears of it, and what is to be mended.

use crate::{
    desk::{noise, put, stderr, stdout},
    server::{Reply, Server},
};
use assert_cmd::{Command, assert::Assert};
use std::{fs, path::Path};
use tempfile::TempDir;

#[test]
fn an_archive_says_how_its_runs_go_and_the_command_line_wins() {
    let desk = Desk::new();
    put(desk.path(), "out/voixoff.toml", "format = [\"srt\", \"txt\"]\ntimecodes = \"none\"\n");
    desk.run(&["un.wav", "-o", "out"]).success();
    assert_eq!(desk.files("out"), ["un.srt", "un.txt", "voixoff.toml"]);
    assert!(!desk.read("out/un.txt").contains("00:00"), "{}", desk.read("out/un.txt"));
    let typed = ["un.wav", "-o", "out", "-f", "txt", "--timecodes", "paragraphs"];
    desk.run(&typed).success();
    assert!(crate::desk::said(&desk.read("out/un.txt")).starts_with("[00:00:00] "));
}

#[test]
fn the_user_says_how_all_runs_go_and_an_archive_says_it_better() {
    let desk = Desk::new();
    let own = "out = \"../../textes\"\nformat = \"vtt\"\nkeep-backchannels = true\n";
    put(desk.path(), "config/voixoff/voixoff.toml", own);
    desk.run(&["un.wav"]).success();
    assert_eq!(desk.files("textes"), ["un.vtt"]);
    put(desk.path(), "textes/voixoff.toml", "format = \"srt\"\n");
    desk.run(&["un.wav", "--keep-backchannels=false"]).success();
    assert_eq!(desk.files("textes"), ["un.srt", "un.vtt", "voixoff.toml"]);
    let shown = stdout(&desk.voixoff(&["config", "textes"]).assert().success());
    assert!(shown.contains("format = \"srt\"  # textes/voixoff.toml\n"), "{shown}");
    assert!(shown.contains("keep-backchannels = \"true\"  # "), "{shown}");
}

#[test]
fn a_setting_that_is_none_is_told_with_the_one_that_was_meant() {
    let desk = Desk::new();
    let told = |content: &str| {
        put(desk.path(), "voixoff.toml", content);
        stderr(&desk.run(&["un.wav", "-o", "."]).code(2))
    };
    let slip = told("modle = \"small\"\n");
    assert_eq!(
        slip,
        "error: `./voixoff.toml`: `modle` is no setting\n\nhint: there is a setting `model`\n\n"
    );
    assert!(told("beam-size = 9\n").contains("`./voixoff.toml`: invalid value '9'"));
    assert!(told("first-names = \"si\"\n").contains("`first-names` is `true` or `false`"));
    assert!(told("stdout = true\n").contains("`stdout` is no setting"));
    assert!(told("exec = \"rm -r /\"\n").contains("`exec` is not for an archive to say"));
    assert!(told("format = \n").contains("the settings `./voixoff.toml` cannot be read"));
}

#[test]
fn a_dry_run_says_what_would_be_done_and_why_and_does_nothing() {
    let desk = Desk::new();
    noise(&desk.path().join("deux.wav"), 4);
    let told = |words: &[&str]| stdout(&desk.run(&[words, &["--dry-run"]].concat()).success());
    let both = ["un.wav", "deux.wav", "-o", "out"];
    let new = "listen and recognise: it is new\n";
    assert_eq!(told(&both), format!("un.wav: {new}deux.wav: {new}"));
    assert!(!desk.path().join("out").exists());
    desk.run(&["un.wav", "-o", "out"]).success();
    assert_eq!(told(&both), format!("un.wav: up to date\ndeux.wav: {new}"));
    let text = told(&["un.wav", "-o", "out", "-f", "md"]);
    assert!(text.starts_with("un.wav: write: other formats"), "{text}");
    let words = told(&["un.wav", "-o", "out", "--prompt", "Élise"]);
    assert!(words.starts_with("un.wav: recognise again: "), "{words}");
    let run = desk.run(&["deux.wav", "-o", "out", "--dry-run"]).success();
    assert!(
        stderr(&run).starts_with("1 episode: 1 to do, 4 s of sound, time "),
        "{}",
        stderr(&run)
    );
}

#[test]
fn episodes_are_left_out_by_their_names() {
    let desk = Desk::new();
    noise(&desk.path().join("rediffusion.wav"), 3);
    noise(&desk.path().join("annonce.wav"), 3);
    let out = ["--exclude", "Rediff", "--exclude", "annonce", "-o", "out", "-f", "txt"];
    desk.run(&[&["un.wav", "rediffusion.wav", "annonce.wav"], &out[..]].concat()).success();
    assert_eq!(desk.files("out"), ["un.txt"]);
    let none = stderr(&desk.run(&[&["annonce.wav"], &out[..]].concat()).code(1));
    assert!(none.contains("`--exclude annonce` leaves 0"), "{none}");
}

#[test]
fn new_episodes_of_a_feed_are_called_as_it_is_asked_for() {
    let desk = Desk::new();
    let server = Server::start(|request, address| match request.path.as_str() {
        "/flux.xml" => Reply::ok(format!(
            "<rss version=\"2.0\"><channel><title>La série</title><item><guid>1</guid><title>Un</title>\
             <pubDate>Tue, 01 Oct 2019 10:00:00 +0200</pubDate>\
             <enclosure url=\"{address}/un.wav\" type=\"audio/wav\"/></item></channel></rss>"
        )),
        _ => Reply::ok(crate::desk::growing(3)),
    });
    let feed = format!("{}/flux.xml", server.address);
    let run = |pattern| desk.run(&[&feed, "-o", "out", "-f", "txt", "--name", pattern]);
    run("{year} {show} - {title}").success();
    assert_eq!(desk.files("out/La série"), ["2019 La série - Un.txt"]);
    // What has a name keeps it.
    run("{title}").success();
    assert_eq!(desk.files("out/La série"), ["2019 La série - Un.txt"]);
    assert!(stderr(&run("titre").code(2)).contains("has none of {date}, {year}, {title}, {show}"));
}

#[test]
fn a_command_and_a_server_hear_of_each_episode_and_of_the_end() {
    let desk = Desk::new();
    let server = Server::start(|request, _| match request.path.as_str() {
        "/hook" => Reply::ok(""),
        _ => Reply::new("500 Internal Server Error", ""),
    });
    let hook = format!("{}/hook", server.address);
    let words = ["un.wav", "absent.wav", "-o", "out", "-f", "txt", "--exec", "cat >>told.jsonl"];
    desk.run(&[&words[..], &["--webhook", &hook]].concat()).code(1);
    let told = desk.read("told.jsonl");
    let events: Vec<serde_json::Value> =
        told.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let [episode, run] = &events[..] else { panic!("{told}") };
    assert_eq!((&episode["event"], &run["event"]), (&"episode".into(), &"run".into()));
    assert_eq!(episode["outcome"], "transcribed");
    assert_eq!(episode["files"], serde_json::json!(["out/un.txt"]));
    assert_eq!((&run["transcribed"], &run["failed"]), (&1.into(), &1.into()));
    assert_eq!(server.n_asked("/hook"), 2);
    assert!(server.asked().iter().all(|it| it.method == "POST"));
    // Nothing is to be done: nobody is told.
    desk.run(&["un.wav", "-o", "out", "-f", "txt", "--exec", "cat >>told.jsonl"]).success();
    assert_eq!(desk.read("told.jsonl"), told);
}

#[test]
fn a_command_or_a_server_that_fails_is_told_and_harms_nothing() {
    let desk = Desk::new();
    let server = Server::start(|_, _| Reply::new("500 Internal Server Error", ""));
    let options = ["--exec", "echo compris; exit 3", "--webhook", &server.address];
    let run = desk.run(&[&["un.wav", "-o", "out"], &options[..]].concat()).success();
    let told = stderr(&run);
    assert!(told.contains("compris\n"), "{told}");
    assert!(told.contains("warning: `--exec`: the command ended with exit status: 3"), "{told}");
    assert!(told.contains("answers with status 500"), "{told}");
    assert!(desk.path().join("out/un.txt").is_file());
    let refused = desk.run(&["un.wav", "--webhook", "ftp://a.example"]).code(2);
    assert!(stderr(&refused).contains("is no address of the web"), "{}", stderr(&refused));
}

#[test]
fn a_doctor_says_what_is_here_and_what_to_mend() {
    let desk = Desk::new();
    let run = desk.voixoff(&["doctor", "--models", "models"]).assert().code(1);
    let told = stdout(&run);
    for part in
        ["program   voixoff ", "parts     ", "machine   ", "models    none yet", "settings  "]
    {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(told.contains("to mend: model `base` is missing: `voixoff models fetch` brings it"));
    put(desk.path(), "config/voixoff/voixoff.toml", "nothing = 1\n");
    let told = stdout(&desk.voixoff(&["doctor", "--models", "models"]).assert().code(1));
    assert!(told.contains("`nothing` is no setting: correct the file"), "{told}");
}

#[test]
fn the_version_has_details_where_they_are_asked_for() {
    let desk = Desk::new();
    let short = stdout(&desk.voixoff(&["--version"]).assert().success());
    assert_eq!(short.lines().count(), 1, "{short}");
    let long = stdout(&desk.voixoff(&["--version", "--verbose"]).assert().success());
    assert!(long.starts_with(&short) && long.contains("\nmachine   "), "{long}");
}

/// A folder with an episode of three seconds, a script for the engines, and a home of its own.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Desk {
        let desk = Desk { folder: tempfile::tempdir().expect("a temporary folder") };
        noise(&desk.path().join("un.wav"), 3);
        let said = "Bonjour à toutes et à tous.";
        let script = serde_json::json!({ "regions_ms": [[500, 2500]], "texts": [said, said] });
        put(desk.path(), "script.json", script.to_string());
        desk
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn voixoff(&self, words: &[&str]) -> Command {
        let mut command = crate::desk::program();
        command.current_dir(self.path()).args(words);
        command.env("XDG_CONFIG_HOME", self.path().join("config"));
        command
    }

    fn run(&self, words: &[&str]) -> Assert {
        self.voixoff(words).args(["--scripted", "script.json", "--progress", "none"]).assert()
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).expect(name)
    }

    fn files(&self, folder: &str) -> Vec<String> {
        crate::desk::files(&self.path().join(folder))
    }
}
