//! The command line as users meet it, with scripted engines: no model is needed.

use crate::desk::{noise, put, said, stderr, stdout, voixoff, wav};
use assert_cmd::Command;
use std::{fs, path::PathBuf};
use tempfile::TempDir;

#[test]
fn an_episode_gets_a_file_in_each_format() {
    let desk = Desk::new();
    desk.run("un épisode.wav", &[]).success();
    assert_eq!(
        desk.files(),
        [
            "un épisode.html",
            "un épisode.json",
            "un épisode.srt",
            "un épisode.txt",
            "un épisode.vtt"
        ]
    );
    assert_eq!(said(&desk.read("un épisode.txt")), "[00:00:00] Bonjour à toutes et à tous.\n");
    insta::assert_snapshot!(desk.read("un épisode.vtt"));
    insta::assert_snapshot!(desk.read("un épisode.srt"));
    insta::assert_snapshot!(desk.read("un épisode.json"));
}

#[test]
fn only_the_formats_asked_for_are_written() {
    let desk = Desk::new();
    desk.run("un épisode.wav", &["--format", "txt,srt"]).success();
    assert_eq!(desk.files(), ["un épisode.srt", "un épisode.txt"]);
}

#[test]
fn a_page_knows_the_way_to_its_sound() {
    let desk = Desk::new();
    desk.run("un épisode.wav", &["--format", "html"]).success();
    assert!(desk.read("un épisode.html").contains("src=\"../un%20%C3%A9pisode.wav\""));
}

#[test]
fn a_second_run_has_nothing_to_do() {
    let desk = Desk::new();
    desk.run("un épisode.wav", &[]).success();
    let before = desk.read("un épisode.json");
    desk.script("cette réponse ne doit pas paraître");
    let again = desk.run("un épisode.wav", &[]).success();
    assert!(stderr(&again).contains("up to date"));
    assert_eq!(desk.read("un épisode.json"), before);
}

#[test]
fn another_format_is_written_without_listening_again() {
    let desk = Desk::new();
    desk.run("un épisode.wav", &["--format", "txt"]).success();
    desk.script("cette réponse ne doit pas paraître");
    desk.run("un épisode.wav", &["--format", "srt"]).success();
    assert!(desk.read("un épisode.srt").contains("Bonjour à toutes et à tous."));
}

#[test]
fn a_bucket_is_refused_with_what_is_missing() {
    let desk = Desk::new();
    let expected = if cfg!(feature = "s3") {
        "error: the sound of feeds is not kept in a bucket\n\nhint: leave out `--keep-audio`"
    } else {
        "error: this build reads and writes no buckets\n\nhint: build it with the feature `s3`"
    };
    let words = ["transcribe", "s3://son/été", "--out", "s3://archive/textes", "--keep-audio"];
    let told = stderr(&voixoff(desk.folder.path(), &words).code(2));
    assert!(told.starts_with(expected), "{told}");
}

#[test]
fn a_file_of_somebody_else_is_not_replaced_unasked() {
    let desk = Desk::new();
    desk.put("out/un épisode.txt", b"mes notes");
    let refused = desk.run("un épisode.wav", &[]).code(1);
    insta::assert_snapshot!(stderr(&refused));
    assert_eq!(desk.read("un épisode.txt"), "mes notes");
    desk.run("un épisode.wav", &["--force"]).success();
    assert_ne!(desk.read("un épisode.txt"), "mes notes");
}

#[test]
fn a_correction_by_hand_stays_and_a_new_pass_lies_beside_it() {
    let desk = Desk::new();
    desk.two_people("Bonjour à vous. Merci beaucoup.");
    desk.run("un épisode.wav", &["--format", "txt"]).success();
    let given = desk.read("un épisode.txt");
    let corrected = given.replace("Bonjour à vous", "Bonsoir à vous");
    desk.put("out/un épisode.txt", corrected.as_bytes());
    // Nothing has changed but by hand: nothing to do.
    let again = desk.run("un épisode.wav", &["--format", "txt"]).success();
    assert!(stderr(&again).contains("up to date"));
    // Other sizes of subtitles, of which the text has none, change nothing either.
    desk.run("un épisode.wav", &["--format", "txt", "--subtitles", "podcast"]).success();
    assert!(!desk.folder.path().join("out/un épisode.new.txt").exists());
    let run = desk.run("un épisode.wav", &["--format", "txt", "--timecodes", "none"]).success();
    assert!(stderr(&run).contains("was corrected by hand and stays"), "{}", stderr(&run));
    assert_eq!(desk.read("un épisode.txt"), corrected);
    let new = desk.read("un épisode.new.txt");
    assert!(new.contains("Bonsoir à vous."), "{new}");
    assert!(new.ends_with("\n\nIntervenant 2\u{a0}: Merci beaucoup.\n"), "{new}");
}

#[test]
fn one_bad_file_does_not_stop_the_others() {
    let desk = Desk::new();
    desk.put("texte.mp3", b"ceci n'est pas du son\n".repeat(100).as_slice());
    desk.put("vide.mp3", b"");
    let files = ["texte.mp3", "vide.mp3", "absent.mp3", "un épisode.wav"];
    let run = desk.command(&files, &[]).assert().code(1);
    insta::assert_snapshot!(stderr(&run));
    assert!(desk.read("un épisode.txt").contains("Bonjour"));
}

#[test]
fn of_two_files_for_one_name_the_second_is_refused() {
    let desk = Desk::new();
    desk.put("un épisode.mp3", b"");
    let run = desk.command(&["un épisode.wav", "un épisode.mp3"], &[]).assert().code(1);
    insta::assert_snapshot!(stderr(&run));
    assert!(desk.read("un épisode.txt").contains("Bonjour"));
}

#[test]
fn an_unknown_model_is_an_error_that_names_the_known_ones() {
    let desk = Desk::new();
    let mut command = crate::desk::program();
    let run = command.args(["models", "path", "grand"]).arg("--models").arg(desk.folder.path());
    let run = run.assert().code(2);
    assert!(stderr(&run).starts_with("error: no model is called `grand`"), "{}", stderr(&run));
}

#[test]
fn a_loop_that_no_try_mends_is_kept_and_marked() {
    let desk = Desk::new();
    desk.script_all(&["et et et et et et et"; 6]);
    let run = desk.run("un épisode.wav", &[]).success();
    assert!(stderr(&run).contains("1 segment is marked to be checked"), "{}", stderr(&run));
    assert_eq!(
        said(&desk.read("un épisode.txt")),
        "[00:00:00] [à vérifier] et et et et et et et\n"
    );
    assert!(desk.read("un épisode.json").contains("\"doubt\": \"repetition\""));
}

#[test]
fn silence_gives_an_empty_transcript_and_says_so() {
    let desk = Desk::new();
    desk.put("script.json", br#"{"regions_ms": [], "texts": []}"#);
    let run = desk.run("un épisode.wav", &[]).success();
    assert!(stderr(&run).contains("nobody speaks in its 00:00:03"), "{}", stderr(&run));
    assert_eq!(desk.read("un épisode.txt"), "");
    let vtt = desk.read("un épisode.vtt");
    assert!(vtt.starts_with("WEBVTT\n") && !vtt.contains("-->"), "{vtt}");
}

#[test]
fn each_person_is_named_where_they_begin() {
    let desk = Desk::new();
    desk.two_people("Bonjour à vous. Merci beaucoup.");
    desk.run("un épisode.wav", &["--format", "txt,vtt,srt,rttm"]).success();
    assert_eq!(
        said(&desk.read("un épisode.txt")),
        "[00:00:00] Intervenant 1\u{a0}: Bonjour à vous.\n\n\
         [00:00:01] Intervenant 2\u{a0}: Merci beaucoup.\n"
    );
    assert!(desk.read("un épisode.vtt").contains("\n<v Intervenant 2>Merci beaucoup.\n"));
    assert!(desk.read("un épisode.srt").contains("\nIntervenant 2\u{a0}: Merci beaucoup.\n"));
    assert_eq!(
        desk.read("un épisode.rttm"),
        "SPEAKER un_épisode 1 0.000 1.500 <NA> <NA> Intervenant_1 <NA> <NA>\n\
         SPEAKER un_épisode 1 1.500 1.500 <NA> <NA> Intervenant_2 <NA> <NA>\n"
    );
}

#[test]
fn another_number_of_people_costs_no_listening() {
    let desk = Desk::new();
    desk.two_people("Bonjour à vous. Merci beaucoup.");
    desk.run("un épisode.wav", &["--format", "txt"]).success();
    desk.script("cette réponse ne doit pas paraître");
    desk.run("un épisode.wav", &["--format", "txt", "--speakers", "1"]).success();
    let text = "[00:00:00] Intervenant 1\u{a0}: Bonjour à vous. Merci beaucoup.\n";
    assert_eq!(said(&desk.read("un épisode.txt")), text);
}

#[test]
fn a_known_voice_has_its_name_until_it_is_forgotten() {
    let desk = Desk::new();
    let voices = |arguments: &[&str]| {
        let mut command = crate::desk::program();
        command.current_dir(desk.folder.path()).arg("voices").args(arguments).assert()
    };
    noise(&desk.folder.path().join("long.wav"), 7);
    let enroll = ["enroll", "Élise", "long.wav", "--scripted", "long.json"];
    desk.put("long.json", br#"{"regions_ms": [], "texts": [], "voices_ms": [[1, 100, 6900]]}"#);
    voices(&enroll).success();
    let listed = voices(&["list"]).success();
    assert_eq!(stdout(&listed), "Élise\t00:00:06\t1 recording\n");
    // Too little is heard for a match: five seconds are the least.
    desk.two_people("Bonjour à vous. Merci beaucoup.");
    desk.run("un épisode.wav", &["--format", "txt", "--voices", "voices.toml"]).success();
    assert!(!desk.read("un épisode.txt").contains("Élise"));
    voices(&["forget", "Élise"]).success();
    let forgotten = voices(&["forget", "Élise"]).code(2);
    assert_eq!(stderr(&forgotten), "error: nobody called `Élise` is in `voices.toml`\n");
}

#[test]
fn a_voice_is_learned_only_from_names_that_a_person_confirmed() {
    let desk = Desk::new();
    desk.two_people("");
    desk.put("épisode.srt", "1\n00:00:00,000 --> 00:00:01,500\nÉlise : Oui.\n".as_bytes());
    let learn = |options: &[&str]| {
        let mut command = crate::desk::program();
        command.current_dir(desk.folder.path()).args(["voices", "learn", "un épisode.wav"]);
        command.args(["épisode.srt", "--scripted", "script.json", "--progress", "none"]);
        command.args(options).assert()
    };
    let refused = learn(&[]).code(2);
    assert!(stderr(&refused).contains("say so with `--confirmed`"), "{}", stderr(&refused));
    // A second and a half is too little to know anybody by.
    let run = learn(&["--confirmed"]).success();
    assert!(
        stderr(&run).contains("`Élise` has no voice that is surely theirs"),
        "{}",
        stderr(&run)
    );
    assert!(!desk.folder.path().join("voices.toml").exists());
}

#[test]
fn of_two_people_one_must_be_chosen_to_be_known() {
    let desk = Desk::new();
    noise(&desk.folder.path().join("un épisode.wav"), 12);
    let script =
        r#"{"regions_ms": [], "texts": [], "voices_ms": [[0, 0, 6000], [1, 6000, 12000]]}"#;
    desk.put("script.json", script.as_bytes());
    let mut command = crate::desk::program();
    command.current_dir(desk.folder.path());
    command.args(["voices", "enroll", "Élise", "un épisode.wav", "--scripted", "script.json"]);
    let refused = command.assert().code(2);
    let expected = "error: 2 people speak in `un épisode.wav`: `Intervenant 1`, `Intervenant 2`\n\
                    \nhint: say which one with `--speaker NAME`\n";
    assert!(stderr(&refused).contains(expected), "{}", stderr(&refused));
    command.args(["--speaker", "Intervenant 2"]).assert().success();
}

#[test]
fn progress_in_json_is_one_object_a_line() {
    let desk = Desk::new();
    let run = desk.run("un épisode.wav", &["--progress", "json"]).success();
    let objects: Vec<serde_json::Value> =
        stderr(&run).lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let stages: Vec<&str> = objects.iter().filter_map(|object| object["stage"].as_str()).collect();
    assert_eq!(stages.first(), Some(&"decode"));
    assert_eq!(stages.last(), Some(&"transcribe"));
}

/// A folder with an episode of three seconds and a script for the engines.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Desk {
        let desk = Desk { folder: tempfile::tempdir().expect("a temporary folder") };
        let samples: Vec<i16> =
            (0..48_000_i32).map(|n| (n * 7919 % 2_003 - 1_001) as i16).collect();
        desk.put("un épisode.wav", &wav(16_000, 1, &samples));
        desk.script("Bonjour à toutes et à tous.");
        desk
    }

    fn script(&self, text: &str) {
        self.script_all(&[text]);
    }

    fn script_all(&self, texts: &[&str]) {
        let script = serde_json::json!({ "regions_ms": [[500, 2500]], "texts": texts });
        self.put("script.json", script.to_string().as_bytes());
    }

    /// One voice until 1.5 s, another one from there on.
    fn two_people(&self, text: &str) {
        let script = serde_json::json!({
            "regions_ms": [[0, 3000]],
            "texts": [text],
            "voices_ms": [[0, 0, 1500], [1, 1500, 3000]],
        });
        self.put("script.json", script.to_string().as_bytes());
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        put(self.folder.path(), name, bytes);
    }

    fn command(&self, files: &[&str], options: &[&str]) -> Command {
        let mut command = crate::desk::program();
        command.current_dir(self.folder.path()).arg("transcribe").args(files).args(options);
        command.args(["--out", "out", "--scripted", "script.json", "--threads", "1"]);
        if !options.contains(&"--progress") {
            command.args(["--progress", "none"]);
        }
        command
    }

    fn run(&self, file: &str, options: &[&str]) -> assert_cmd::assert::Assert {
        self.command(&[file], options).assert()
    }

    fn files(&self) -> Vec<String> {
        let visible = |path: &PathBuf| path.is_file();
        let entries = fs::read_dir(self.folder.path().join("out")).expect("out is there").flatten();
        let mut names: Vec<String> = entries
            .map(|entry| entry.path())
            .filter(visible)
            .map(|path| path.file_name().unwrap_or_default().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join("out").join(name)).expect(name)
    }
}
