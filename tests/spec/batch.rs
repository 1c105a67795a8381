//! Many episodes: what is done is not done again, what fails stops nothing, and a run that is
//! killed again and again ends with the same bytes as one that is not.

use crate::desk::{self, all_below, noise, put, stderr, stdout};
use assert_cmd::{Command, assert::Assert};
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    process::{self, Stdio},
    thread,
    time::Duration,
};
use tempfile::TempDir;

#[test]
fn a_folder_is_walked_and_its_transcripts_lie_as_it_does() {
    let desk = Desk::new();
    desk.sound("son/2018/un.wav", 1);
    desk.sound("son/2019/l'été.wav", 2);
    desk.put("son/2019/notes.txt", "rien");
    desk.sound("son/.caché/x.wav", 1);
    let run = desk.run(&["son"], &[]).success();
    assert!(stderr(&run).contains("2 episodes: 2 transcribed, 0 up to date, 0 failed"));
    assert_eq!(desk.texts(), ["2018/un.txt", "2019/l'été.txt"]);
    let again = desk.run(&["son"], &[]).success();
    assert!(stderr(&again).contains("2 episodes: 0 transcribed, 2 up to date, 0 failed"));
}

#[test]
fn a_list_names_files_from_where_it_lies() {
    let desk = Desk::new();
    desk.sound("son/un.wav", 1);
    desk.sound("son/deux.wav", 2);
    desk.put("son/liste.txt", "# deux épisodes\nun.wav\n\ndeux.wav\n@absente\n");
    let run = desk.run(&["@son/liste.txt"], &[]).code(1);
    assert!(stderr(&run).contains("`son/absente`: the list cannot be read"), "{}", stderr(&run));
    assert_eq!(desk.texts(), ["deux.txt", "un.txt"]);
}

#[test]
fn a_renamed_or_tagged_file_is_not_heard_again_and_another_sound_is() {
    let desk = Desk::new();
    desk.sound("son/un.wav", 1);
    desk.run(&["son"], &[]).success();
    let heard = desk.artifacts();
    fs::rename(desk.path("son/un.wav"), desk.path("son/n° 1.wav")).expect("renamed");
    let run = desk.run(&["son"], &[]).success();
    assert!(stderr(&run).contains("1 transcribed") || stderr(&run).is_empty(), "{}", stderr(&run));
    assert_eq!(desk.texts(), ["n° 1.txt"], "the files have moved along");
    assert_eq!(desk.artifacts(), heard, "nothing was heard");
    // Another sound under the name of the old one.
    desk.sound("son/n° 1.wav", 3);
    desk.run(&["son"], &[]).success();
    assert_ne!(desk.artifacts(), heard);
}

#[test]
fn another_recogniser_does_not_hear_again_who_speaks() {
    let desk = Desk::new();
    desk.sound("son/un.wav", 1);
    desk.run(&["son"], &[]).success();
    let before = desk.artifacts();
    let heard = |all: &BTreeMap<PathBuf, String>| -> Vec<PathBuf> {
        all.keys().filter(|path| path.to_string_lossy().contains("heard-")).cloned().collect()
    };
    desk.script(r#"{"regions_ms": [[0, 9000]], "model": "un autre"}"#);
    let outdated = |options: &[&str], is: bool| {
        let run = desk.voixoff(&[&["archive", "outdated", "out"], options].concat()).success();
        let again = "recognise again; who speaks is known: 1 episode,";
        assert_eq!(stdout(&run).starts_with(again), is, "{options:?}: {}", stdout(&run));
    };
    outdated(&[], true);
    desk.run(&["son"], &[]).success();
    assert_eq!(heard(&desk.artifacts()), heard(&before));
    assert_eq!(desk.artifacts().len(), before.len(), "the old words are gone");
    outdated(&[], false);
    outdated(&["--", "--beam-size", "1"], true);
}

#[test]
fn what_failed_for_good_is_left_alone_until_its_file_changes() {
    let desk = Desk::new();
    desk.put("son/un.wav", "ceci n'est pas du son\n".repeat(100));
    desk.sound("son/deux.wav", 2);
    desk.run(&["son"], &[]).code(1);
    let status = stdout(&desk.voixoff(&["archive", "status", "out"]).success());
    assert!(status.contains("done            1 episode "), "{status}");
    assert!(status.contains("failed          1 episode "), "{status}");
    assert!(status.contains("`son/un.wav` is not in a known sound format\n  hint: "), "{status}");
    let again = desk.run(&["son"], &[]).code(1);
    let told = "it failed the last time and is the same still: `--retry-failed` tries again";
    assert!(stderr(&again).contains(told), "{}", stderr(&again));
    desk.sound("son/un.wav", 1);
    desk.run(&["son"], &[]).success();
    assert_eq!(desk.texts(), ["deux.txt", "un.txt"]);
    let status = desk.voixoff(&["archive", "status", "out", "--json"]).success();
    let status: serde_json::Value =
        serde_json::from_slice(&status.get_output().stdout).expect("JSON");
    assert_eq!(status["sums"]["done"]["episodes"], 2);
    assert_eq!(status["sums"]["failed"], serde_json::Value::Null);
}

#[test]
fn two_files_of_one_sound_are_both_done() {
    let desk = Desk::new();
    desk.sound("son/un.wav", 1);
    desk.sound("son/copie.wav", 1);
    desk.script(r#"{"regions_ms": [[0, 9000]], "slow_ms": 200}"#);
    desk.run(&["son"], &["--jobs", "2"]).success();
    assert_eq!(desk.read("out/un.txt"), desk.read("out/copie.txt"));
}

#[test]
fn parts_are_disjoint_and_make_the_whole() {
    let desk = Desk::new();
    (1..=7).for_each(|n| desk.sound(&format!("son/{n}.wav"), n));
    let mut n_done = 0;
    for shard in ["0/3", "1/3", "2/3"] {
        desk.run(&["son"], &["--shard", shard]).success();
        assert!(desk.texts().len() >= n_done, "{shard}");
        n_done = desk.texts().len();
    }
    assert_eq!(n_done, 7);
}

#[test]
fn a_full_disk_is_told_and_the_next_run_goes_on() {
    let desk = Desk::new();
    desk.sound("son/long.wav", 30);
    desk.sound("son/court.wav", 1);
    // No file may grow beyond 256 kB: the scratch sound of the long one does.
    let program = assert_cmd::cargo::cargo_bin("voixoff");
    let mut command = Command::new("sh");
    command.env("VOIXOFF_LANG", "en");
    command.current_dir(desk.folder.path());
    let script = "trap '' XFSZ; ulimit -f 512; exec \"$0\" \"$@\"";
    command.args(["-c", script]).arg(program).args(["transcribe", "son", "--out", "out"]);
    let run = command.args(OPTIONS).assert().code(1);
    assert!(stderr(&run).contains("cannot be written to the scratch folder"), "{}", stderr(&run));
    assert_eq!(desk.texts(), ["court.txt"]);
    let again = desk.run(&["son"], &[]).success();
    assert!(stderr(&again).contains("1 transcribed, 1 up to date, 0 failed"), "{}", stderr(&again));
}

#[test]
fn forty_kills_change_no_byte() {
    let desk = Desk::new();
    (1..=30).for_each(|n| desk.sound(&format!("son/{n:02}.wav"), n % 7 + 2));
    desk.script(r#"{"regions_ms": [[0, 2000], [3000, 9000]], "slow_ms": 15}"#);
    desk.run(&["son"], &["--out", "unbroken"]).success();
    for n in 0..40_u64 {
        let mut child = desk.spawn(&["son"], &[]);
        // Moments that are spread over start, work and end of a run.
        thread::sleep(Duration::from_millis(20 + n * 97 % 400));
        child.kill().expect("killed");
        child.wait().expect("ended");
        // The working process ends when it hears that the first one is gone. It holds the same
        // pipe, which is at its end when both are.
        let pipe = child.stderr.as_mut().expect("a pipe");
        io::copy(pipe, &mut io::sink()).expect("read to its end");
    }
    // What was begun within a second may be somebody's.
    thread::sleep(Duration::from_millis(1_500));
    let last = desk.run(&["son"], &[]).success();
    assert!(stderr(&last).contains("30 episodes"), "{}", stderr(&last));
    assert_eq!(desk.outputs("out"), desk.outputs("unbroken"));
    let names = desk.all("out").into_iter().map(|path| path.to_string_lossy().into_owned());
    let stray: Vec<String> =
        names.filter(|name| name.contains("partial") || name.contains("attempt")).collect();
    assert_eq!(stray, Vec::<String>::new());
}

#[test]
fn a_first_ctrl_c_keeps_the_windows_under_way_and_the_next_run_goes_on() {
    let desk = Desk::new();
    (1..=6).for_each(|n| desk.sound(&format!("son/{n}.wav"), n + 4));
    // Slow enough for the stop to come in the middle on a busy machine, too.
    desk.script(r#"{"regions_ms": [[0, 2000], [3000, 4000]], "slow_ms": 1000}"#);
    let mut child = desk.spawn(&["son"], &[]);
    desk.wait_for(1);
    let told = process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    assert!(told.expect("kill is there").success());
    assert_eq!(child.wait().expect("ended").code(), Some(130));
    let n_done = desk.texts().len();
    assert!(n_done < 6, "the run was over before it was stopped");
    let attempts =
        desk.all("out").into_iter().filter(|path| path.to_string_lossy().contains("attempt"));
    assert_eq!(attempts.count(), 0);
    desk.script(r#"{"regions_ms": [[0, 2000], [3000, 4000]]}"#);
    let rest = desk.run(&["son"], &[]).success();
    let expected = format!("6 episodes: {} transcribed, {n_done} up to date", 6 - n_done);
    assert!(stderr(&rest).contains(&expected), "{}", stderr(&rest));
}

#[test]
fn a_folder_that_is_watched_has_its_new_files_transcribed() {
    let desk = Desk::new();
    desk.sound("son/un.wav", 1);
    let mut child = desk.spawn(&["son"], &["--watch"]);
    desk.wait_for(1);
    desk.sound("son/deux.wav", 2);
    desk.wait_for(2);
    child.kill().expect("killed");
    child.wait().expect("ended");
    assert_eq!(desk.texts(), ["deux.txt", "un.txt"]);
}

#[test]
fn what_a_better_pass_changed_is_listed_most_first() {
    let desk = Desk::new();
    let names = ["un", "deux", "trois"].iter().zip(1..);
    names.for_each(|(name, n)| desk.sound(&format!("son/{name}.wav"), n));
    let diff = |options: &[&str]| {
        stdout(&desk.voixoff(&[&["archive", "diff", "out"], options].concat()).success())
    };
    let script = |model: &str, texts: &[&str]| {
        let script =
            serde_json::json!({ "regions_ms": [[0, 9000]], "model": model, "texts": texts });
        desk.script(&script.to_string());
        desk.run(&["son"], &["--jobs", "1", "--threads", "1"]).success();
    };
    desk.voixoff(&["archive", "diff", "son"]).code(2);
    // The longest goes first.
    script("un", &["Nous parlons du logis ciel.", "Bonjour à tous.", "Merci."]);
    desk.voixoff(&["convert", "out/un.json", "--to", "srt", "--out", "out/convertis"]).success();
    fs::remove_file(desk.path("out/deux.json")).expect("removed");
    assert_eq!(
        diff(&[]),
        "0 episodes compared: 0 changed\n\
         not compared: 2 episodes, recognised once: there is a pass to compare with once another \
         `--model`, or other words of the show, were used\n\
         not compared: 1 episode, without JSON, in which a pass is kept: `--format json,…` of \
         `voixoff transcribe` writes it\n\
         not compared: 1 episode, converted: nothing was recognised\n"
    );
    let json: serde_json::Value = serde_json::from_str(&diff(&["--json"])).expect("JSON");
    let expected = serde_json::json!({ "recognised_once": 2, "no_json": 1, "converted": 1 });
    assert_eq!(json["not_compared"], expected);
    fs::remove_dir_all(desk.path("out/convertis")).expect("removed");
    desk.run(&["son"], &["--jobs", "1", "--threads", "1"]).success();
    script("deux", &["Nous parlons du logiciel libre.", "Bonsoir.", "merci !"]);
    assert_eq!(
        diff(&[]),
        "100.0 %  deux: 1 changed, 0 added, 2 removed, 0 given to somebody else\n  \
         00:00:00 - Bonjour à tous.\n           + Bonsoir.\n \
         40.0 %  trois: 2 changed, 0 added, 0 removed, 0 given to somebody else\n  \
         00:00:00 - Nous parlons du logis ciel.\n           \
         + Nous parlons du logiciel libre.\n3 episodes compared: 2 changed\n"
    );
    let json: serde_json::Value = serde_json::from_str(&diff(&["--json"])).expect("JSON");
    assert_eq!(json["episodes"][1]["share"], 0.4);
    assert_eq!(json["episodes"][1]["passages"][0]["after"], "Nous parlons du logiciel libre.");
    // The same words in other formats are no other pass.
    desk.run(&["son"], &["--format", "json,srt,txt,vtt,md", "--jobs", "1"]).success();
    assert!(diff(&[]).ends_with("3 episodes compared: 2 changed\n"));
}

#[test]
fn a_better_pass_and_a_correction_are_merged() {
    let desk = Desk::new();
    desk.sound("son/un.wav", 9);
    let script = |model: &str, texts: &str| {
        let script = serde_json::json!({
            "regions_ms": [[0, 9000]], "voices_ms": [[0, 0, 4800], [1, 4800, 9000]],
            "model": model, "texts": [texts],
        });
        desk.script(&script.to_string());
        desk.run(&["son"], &["--threads", "1"]).success()
    };
    script("un", "Bonjour à toutes et à tous chez nous. Nous parlons du logis ciel ce soir.");
    let text = desk.read("out/un.txt");
    assert!(text.contains("logis ciel"), "{text}");
    let corrected = text.replace("chez nous", "à Paris");
    assert_ne!(corrected, text);
    desk.put("out/un.txt", &corrected);
    let better = "Bonjour à toutes et à tous chez nous. Nous parlons du logiciel libre ce soir.";
    let run = script("deux", better);
    assert!(stderr(&run).contains("`out/un.txt` was corrected by hand and stays"));
    assert_eq!(desk.read("out/un.txt"), corrected);
    let merged =
        corrected.replace("logis ciel", "logiciel libre").replace("Whisper un", "Whisper deux");
    assert_eq!(desk.read("out/un.new.txt"), merged);
}

/// Options of all runs.
pub(crate) const OPTIONS: [&str; 6] =
    ["--scripted", "script.json", "--threads", "2", "--progress", "none"];

pub(crate) struct Desk {
    pub(crate) folder: TempDir,
}

impl Desk {
    pub(crate) fn new() -> Desk {
        let desk = Desk { folder: tempfile::tempdir().expect("a temporary folder") };
        desk.script(r#"{"regions_ms": [[0, 9000]]}"#);
        desk
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        put(self.folder.path(), name, content);
    }

    pub(crate) fn script(&self, text: &str) {
        self.put("script.json", text);
    }

    /// A file of so many seconds; other lengths sound otherwise.
    pub(crate) fn sound(&self, name: &str, seconds: i64) {
        fs::create_dir_all(self.path(name).parent().expect("in a folder")).expect("created");
        noise(&self.path(name), seconds);
    }

    pub(crate) fn voixoff(&self, arguments: &[&str]) -> Assert {
        desk::voixoff(self.folder.path(), arguments)
    }

    pub(crate) fn run(&self, sources: &[&str], options: &[&str]) -> Assert {
        let out = ["--out", "out"];
        let all = [&["transcribe"], sources, &out, &OPTIONS, options].concat();
        self.voixoff(&all)
    }

    /// Waits until so many episodes have their text.
    pub(crate) fn wait_for(&self, n_episodes: usize) {
        for _ in 0..6_000 {
            if self.path("out").is_dir() && self.texts().len() >= n_episodes {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("only {:?} after 2 minutes", self.texts());
    }

    pub(crate) fn spawn(&self, sources: &[&str], options: &[&str]) -> process::Child {
        let mut command = process::Command::new(assert_cmd::cargo::cargo_bin("voixoff"));
        command.env("VOIXOFF_LANG", "en");
        command.current_dir(self.folder.path()).arg("transcribe").args(sources);
        command.args(["--out", "out"]).args(OPTIONS).args(options);
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("started")
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect(name)
    }

    /// All files of a folder, from there.
    pub(crate) fn all(&self, folder: &str) -> Vec<PathBuf> {
        let (root, all) = (self.path(folder), all_below(&self.path(folder)).into_iter());
        all.map(|path| path.strip_prefix(&root).expect("below").to_owned()).collect()
    }

    /// Digests of files.
    pub(crate) fn contents(
        &self,
        folder: &str,
        is_wanted: impl Fn(&Path) -> bool,
    ) -> BTreeMap<PathBuf, String> {
        let all = self.all(folder).into_iter().filter(|path| is_wanted(path));
        let read = |path: PathBuf| {
            let bytes = fs::read(self.path(folder).join(&path)).expect("readable");
            (path, voixoff::base::digest::digest(&bytes))
        };
        all.map(read).collect()
    }

    /// What users see.
    pub(crate) fn outputs(&self, folder: &str) -> BTreeMap<PathBuf, String> {
        self.contents(folder, |path| !path.to_string_lossy().contains(".voixoff"))
    }

    /// What was heard, and the words.
    pub(crate) fn artifacts(&self) -> BTreeMap<PathBuf, String> {
        let kinds = ["heard-", "words-"];
        self.contents("out", |path| kinds.iter().any(|kind| path.to_string_lossy().contains(kind)))
    }

    pub(crate) fn texts(&self) -> Vec<String> {
        let all = self.all("out").into_iter().map(|path| path.to_string_lossy().into_owned());
        all.filter(|name| name.ends_with(".txt") && !name.contains(".voixoff")).collect()
    }
}
