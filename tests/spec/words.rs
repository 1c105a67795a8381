//! What is said where something is wrong: the right cause, and what to do about it.

use crate::desk::{noise, put, stderr, stdout, voixoff};
use assert_cmd::assert::Assert;
use tempfile::TempDir;

#[test]
fn a_language_is_one_however_it_is_spelt() {
    let desk = Desk::new();
    let spelt = |name| desk.transcribe("un.wav", &["--out", "out", "--language", name]);
    spelt("French").success();
    assert!(desk.read("out/un.json").contains("\"language\": \"fr\""));
    // Nothing is heard or recognised anew.
    for name in ["fr", "fr-FR", "FR", "français"] {
        assert!(stderr(&spelt(name).success()).contains("up to date"), "{name}");
    }
}

#[test]
fn a_language_that_is_none_is_refused_before_the_work() {
    let desk = Desk::new();
    let expected = "`elfique` is no language of Whisper: say it as `fr`, `en` or `German`";
    desk.refused("un.wav", &["--language", "elfique"], expected);
}

#[test]
fn a_number_that_is_none_is_answered_with_what_holds_without_it() {
    let desk = Desk::new();
    for (option, number, expected) in [
        ("--threads", "0", "`0` is no number from 1 on; without it there is one a core"),
        ("--threads", "auto", "`auto` is no number from 1 on; without it there is one a core"),
        ("--jobs", "0", "`0` is no number from 1 on; without it there are 2 of many"),
    ] {
        desk.refused("un.wav", &[option, number], expected);
    }
}

#[test]
fn what_is_not_there_is_named_and_nothing_else() {
    let desk = Desk::new();
    put(desk.path(), "références/un.txt", "Bonjour à tous.\n");
    for words in [
        ["eval", "références/un.txt", "absent.json"],
        ["eval", "absent.json", "références/un.txt"],
        ["eval", "références", "absent.json"],
        ["eval", "absent.json", "références"],
    ] {
        let told = stderr(&voixoff(desk.path(), &words).code(2));
        let expected = "error: `absent.json` is not there\n\nhint: give first the reference";
        assert!(told.starts_with(expected), "{words:?}: {told}");
    }
    let told = stderr(&voixoff(desk.path(), &["lint", "absent.json"]).code(2));
    assert!(told.contains("hint: check its name"), "{told}");
}

#[test]
fn options_of_another_run_need_no_dashes_and_are_refused_as_such() {
    let desk = Desk::new();
    desk.transcribe("un.wav", &["--out", "out"]).success();
    let outdated = |options: &[&str]| {
        voixoff(desk.path(), &[&["archive", "outdated", "out"], options].concat())
    };
    for options in [&["--format", "json,md"][..], &["--", "--format", "json,md"]] {
        let told = stdout(&outdated(options).success());
        assert!(told.starts_with("write again; nothing is heard again: 1 episode, "), "{told}");
    }
    for options in [&["--nonsense"][..], &["--", "--nonsense"]] {
        let told = stderr(&outdated(options).code(2));
        let expected = "error: the options behind the archive: unexpected argument '--nonsense' found\n\
                        \nhint: see `voixoff transcribe --help`\n";
        assert!(told.starts_with(expected), "{told}");
    }
}

#[test]
fn a_model_that_is_absent_or_damaged_is_said_to_be() {
    let desk = Desk::new();
    let models =
        |words: &[&str]| voixoff(desk.path(), &[&["models"], words, &["--models", "m"]].concat());
    let run = models(&["path", "base"]).code(1);
    assert_eq!(stdout(&run), "");
    assert!(stderr(&run).starts_with("error: model `base` is missing: `m/ggml-base.bin`\n"));
    put(desk.path(), "m/ggml-base.bin", "lmgg");
    assert_eq!(stdout(&models(&["path", "base"]).success()), "m/ggml-base.bin\n");
    let listed = stdout(&models(&["list"]).success());
    let base = listed.lines().find(|line| line.starts_with("base ")).expect("it is listed");
    assert!(base.contains(" damaged "), "{base}");
    assert!(listed.contains("damaged: `voixoff models fetch NAME` brings it again\n"));
    assert!(listed.contains("\nwithout `--model`: base-int8, which is damaged\n"), "{listed}");
}

#[test]
fn the_list_of_models_says_which_one_is_taken_here() {
    let desk = Desk::new();
    let list = || stdout(&voixoff(desk.path(), &["models", "list", "--models", "m"]).success());
    let taken = |listed: &str| {
        let line = listed.lines().find_map(|line| line.strip_prefix("without `--model`: "));
        line.expect("it is said").to_owned()
    };
    let listed = list();
    assert_eq!(taken(&listed), "base-int8, once `voixoff models fetch` has brought it");
    let base = listed.lines().find(|line| line.starts_with("base ")).expect("it is listed");
    assert!(!base.contains("for tests") && !base.contains("default"), "{base}");
    // What is stronger goes before it, and what is quantized is for whisper.cpp.
    for (name, taken_name) in [("base", "base-int8"), ("small-q5_1", "small-q5_1")] {
        let model = voixoff::models::find(name).expect("it is in the manifest");
        let path = desk.path().join("m").join(&model.file);
        put(desk.path(), format!("m/{}", model.file), "");
        let file = std::fs::File::options().write(true).open(path).expect("it is there");
        file.set_len(model.bytes).expect("it grows");
        let listed = list();
        assert_eq!(taken(&listed), taken_name);
        let start = format!("{name} ");
        let line = listed.lines().find(|line| line.starts_with(&start)).expect("it is listed");
        assert!(line.contains(" unchecked "), "{line}");
    }
}

#[test]
fn a_model_that_is_not_made_here_is_told_from_one_that_is() {
    let desk = Desk::new();
    for (name, hint) in [
        ("base", "its smaller form is: run `voixoff models quantize base-q8_0`"),
        ("base-q5_1", "run `voixoff models fetch base-q5_1`"),
        ("segmentation", "run `voixoff models fetch segmentation`"),
    ] {
        let run = voixoff(desk.path(), &["models", "quantize", name, "--models", "m"]).code(2);
        let expected =
            format!("error: `{name}` is not made by `voixoff models quantize`\n\nhint: {hint}\n");
        assert!(stderr(&run).starts_with(&expected), "{}", stderr(&run));
    }
}

#[test]
fn voices_that_are_not_there_are_no_unread_file() {
    let desk = Desk::new();
    let told = stderr(&voixoff(desk.path(), &["voices", "list"]).code(2));
    let expected = "error: no voices are known: `voices.toml` is not there\n\n\
                    hint: make a voice known with `voixoff voices enroll NAME FILE`";
    assert!(told.starts_with(expected), "{told}");
}

#[test]
fn a_voice_that_is_hardly_heard_is_not_made_known() {
    let desk = Desk::new();
    let words = ["voices", "enroll", "Élise", "un.wav", "--scripted", "script.json"];
    let told = stderr(&voixoff(desk.path(), &words).code(2));
    let expected = "error: `Élise` is heard for 00:00:02 in `un.wav`; 00:00:05 are the least\n";
    assert!(told.contains(expected), "{told}");
    assert!(!desk.path().join("voices.toml").exists());
}

#[test]
fn one_file_named_twice_is_one_episode() {
    let desk = Desk::new();
    let run = desk.transcribe("un.wav", &["./un.wav", "--out", "out"]).success();
    assert_eq!(stderr(&run), "");
}

#[test]
fn a_folder_of_transcripts_has_no_name_of_a_file() {
    let desk = Desk::new();
    let expected = "error: `out.srt` names a file, and the transcripts need a folder\n";
    desk.refused("un.wav", &["--out", "out.srt"], expected);
    assert!(!desk.path().join("out.srt").exists());
}

#[test]
fn a_pass_that_says_what_the_person_wrote_leaves_nothing_beside_it() {
    let desk = Desk::new();
    let pass = |timecodes| {
        desk.transcribe("un.wav", &["--out", "out", "--format", "txt", "--timecodes", timecodes])
    };
    pass("paragraphs").success();
    put(desk.path(), "out/un.txt", "Bonjour à tous");
    assert_eq!(stderr(&pass("none").success()), "");
    assert!(!desk.path().join("out/un.new.txt").exists());
    assert_eq!(desk.read("out/un.txt"), "Bonjour à tous");
}

/// A folder with three seconds of sound in which somebody speaks for two.
struct Desk(TempDir);

impl Desk {
    fn new() -> Desk {
        let desk = Desk(tempfile::tempdir().expect("a temporary folder"));
        noise(&desk.path().join("un.wav"), 3);
        let script = r#"{"regions_ms": [[500, 2500]], "texts": ["Bonjour à tous"],
            "voices_ms": [[1, 500, 2500]]}"#;
        put(desk.path(), "script.json", script);
        desk
    }

    fn path(&self) -> &std::path::Path {
        self.0.path()
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).expect(name)
    }

    fn transcribe(&self, sound: &str, options: &[&str]) -> Assert {
        let words = ["transcribe", sound, "--scripted", "script.json", "--progress", "none"];
        voixoff(self.path(), &[&words, options].concat())
    }

    /// The command is not carried out, and says so.
    fn refused(&self, sound: &str, options: &[&str], expected: &str) {
        let run = self.transcribe(sound, options).code(2);
        assert!(stderr(&run).contains(expected), "{options:?}: {}", stderr(&run));
        assert!(!self.path().join("un.txt").exists());
    }
}
