//! An archive that version 0.1.0 made (`tests/data/archive`) is taken as it is: what is done
//! stays done, what was corrected stays corrected, and nothing is recognised again.

use crate::desk::{all_below, noise, put, stderr, voixoff, without_note};
use assert_cmd::assert::Assert;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

#[test]
fn nothing_of_a_frozen_archive_is_recognised_again_or_lost() {
    let archive = Frozen::new();
    let before = archive.texts();
    let run = archive.run(&["son", "flux.xml"]).code(1);
    // Rules of writing may have changed since, and cost nothing. Of the feed no sound is to be
    // had any more: whatever would be heard again fails.
    let told = stderr(&run);
    assert!(told.contains("7 episodes: ") && told.contains(", 1 failed"), "{told}");
    let mut after = archive.texts();
    let finished = after.remove(Path::new("quatre.txt")).expect("it is finished now");
    // The head of what is written again names its show.
    for text in after.values_mut() {
        *text = text.replacen("Le bureau des idées - ", "", 1);
    }
    assert_eq!(after, before, "a text has changed");
    // Only its second window was asked for.
    assert!(finished.contains("117933"), "{finished}");
    assert!(finished.contains("recognised anew"), "{finished}");
}

#[test]
fn what_a_person_corrected_in_a_frozen_archive_stays_by_another_way_of_writing() {
    let archive = Frozen::new();
    let corrected = archive.texts()[Path::new("un.txt")].clone();
    assert!(corrected.contains("corrigée à la main"));
    archive.run(&["son/un.wav", "--timecodes", "none"]).success();
    let after = archive.texts();
    assert_eq!(after[Path::new("un.txt")], corrected);
    let anew = after.values().filter(|text| text.contains("recognised anew")).count();
    assert_eq!(anew, 0, "{after:?}");
}

#[test]
fn a_frozen_episode_is_up_to_date_and_its_artifacts_are_taken_over() {
    let archive = Frozen::new();
    let own = archive.0.path().join("archive/.voixoff");
    let words = || -> Vec<String> {
        let names = fs::read_dir(&own).expect("readable").flatten();
        let names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names.filter(|name| name.starts_with("words-")).collect();
        names.sort();
        names
    };
    let before = words();
    archive.run(&["son/deux.wav", "--format", "txt,json,srt,vtt,md"]).success();
    let after = words();
    // The same number, one by another name: of the episode that was written once more.
    assert_eq!(before.len(), after.len(), "{before:?} {after:?}");
    assert_eq!(after.iter().filter(|name| !before.contains(name)).count(), 1);
    let receipt = fs::read_to_string(own.join("deux.receipt.json")).expect("a receipt");
    assert!(receipt.contains("\"schema\": 1"), "{receipt}");
    assert!(!own.join("deux.before.json").exists(), "its words are those of before");
    let page = fs::read_to_string(archive.0.path().join("archive/deux.md")).expect("a page");
    assert!(!page.contains("recognised anew"), "{page}");
    let again = archive.run(&["son/deux.wav", "--format", "txt,json,srt,vtt,md"]).success();
    assert!(stderr(&again).contains("up to date"), "{}", stderr(&again));
}

#[test]
fn what_is_converted_in_a_frozen_archive_has_nothing_recognised_again() {
    let archive = Frozen::new();
    // The command that is noted names files that are not on this machine.
    archive.run(&["son/un.wav"]).success();
    let convert = ["convert", "archive/deux.json", "--to", "md", "--out", "archive"];
    voixoff(archive.0.path(), &convert).success();
    archive.run(&["son/deux.wav", "--format", "txt,json,srt,vtt"]).success();
    assert!(archive.texts().values().all(|text| !text.contains("recognised anew")));
}

#[test]
fn the_command_that_a_frozen_archive_has_noted_is_understood_until_settings_take_its_place() {
    let archive = Frozen::new();
    let noted = || {
        let path = archive.0.path().join("archive/.voixoff/last-run.json");
        fs::read_to_string(path).expect("noted")
    };
    let status = || voixoff(archive.0.path(), &["archive", "status", "archive"]).success();
    // It is understood, up to the files that were beside it where it was given.
    let told = stderr(&status());
    assert!(told.contains("not known: `/archives/slow.json` cannot be read"), "{told}");
    let here = archive.0.path().to_string_lossy().into_owned();
    let command = noted().replace("/archives", &here).replace("slow.json", "script.json");
    put(archive.0.path(), "archive/.voixoff/last-run.json", &command);
    let told = String::from_utf8_lossy(&status().get_output().stdout).into_owned();
    assert!(told.contains("done            5 episodes"), "{told}");
    assert!(told.contains("waiting         1 episode "), "{told}");
    assert_eq!(noted(), command, "to be asked changes nothing");
    archive.run(&["son/deux.wav"]).success();
    assert!(noted().contains("\"schema\": 1"), "{}", noted());
    assert!(!noted().contains("--"), "{}", noted());
    let told = String::from_utf8_lossy(&status().get_output().stdout).into_owned();
    assert!(told.contains("failed          1 episode"), "{told}");
}

#[test]
fn a_noted_command_that_is_not_understood_any_more_says_so_and_the_ledger_answers() {
    let archive = Frozen::new();
    let command = r#"{"folder": "/archives", "arguments": ["transcribe", "son", "--gone", "1"]}"#;
    put(archive.0.path(), "archive/.voixoff/last-run.json", command);
    let status = voixoff(archive.0.path(), &["archive", "status", "archive"]).success();
    let told = stderr(&status);
    let expected = "warning: what the next run would do is not known: \
                    the command of the last run is not understood any more: unexpected argument";
    assert!(told.contains(expected), "{told}");
    let told = String::from_utf8_lossy(&status.get_output().stdout).into_owned();
    assert!(told.contains("failed          1 episode"), "{told}");
    let outdated = voixoff(archive.0.path(), &["archive", "outdated", "archive"]).code(2);
    let hint = "hint: the next run notes its settings anew";
    assert!(stderr(&outdated).contains(hint), "{}", stderr(&outdated));
}

#[test]
fn a_receipt_of_a_newer_program_or_a_damaged_one_stops_its_episode_and_touches_nothing() {
    let archive = Frozen::new();
    let receipt = archive.0.path().join("archive/.voixoff/un.receipt.json");
    let before = archive.texts();
    for (text, reason) in [("{\"schema\": 99}", "of a newer voixoff"), ("{", "is damaged")] {
        put(archive.0.path(), "archive/.voixoff/un.receipt.json", text);
        let run = archive.run(&["son/un.wav", "--force"]).code(1);
        assert!(stderr(&run).contains(reason), "{}", stderr(&run));
        assert_eq!(archive.texts(), before);
        assert_eq!(fs::read_to_string(&receipt).expect("a receipt"), text);
        let status = voixoff(archive.0.path(), &["archive", "status", "archive"]).success();
        let told = String::from_utf8_lossy(&status.get_output().stdout).into_owned();
        assert!(told.contains(reason) && told.contains("hint: "), "{told}");
    }
}

/// A copy of the frozen archive, beside the sound that it was made of. Whatever is recognised
/// says so: « recognised anew ».
struct Frozen(TempDir);

impl Frozen {
    fn new() -> Frozen {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/archive");
        copy(&data, folder.path());
        fs::create_dir_all(folder.path().join("son/l'été")).expect("created");
        let sounds = [("un.wav", 4), ("deux.wav", 5), ("l'été/trois.wav", 6), ("quatre.wav", 40)];
        for (name, seconds) in sounds {
            noise(&folder.path().join("son").join(name), seconds);
        }
        put(folder.path(), "son/faux.mp3", "Ceci n'est pas un son.\n");
        let script = fs::read_to_string(data.join("script.json")).expect("a script");
        let anew = r#"{"texts": ["recognised anew", "recognised anew", "recognised anew"], "#;
        put(folder.path(), "script.json", script.replacen('{', anew, 1));
        Frozen(folder)
    }

    fn run(&self, words: &[&str]) -> Assert {
        let options = ["--out", "archive", "--show", "show.toml", "--voices", "voices.toml"];
        let scripted = ["--scripted", "script.json", "--threads", "1", "--progress", "none"];
        voixoff(self.0.path(), &[&["transcribe"], words, &options, &scripted].concat())
    }

    /// All texts of the archive, by their way from its folder.
    fn texts(&self) -> BTreeMap<PathBuf, String> {
        let root = self.0.path().join("archive");
        let way = |path: &PathBuf| path.strip_prefix(&root).expect("below it").to_owned();
        let is_text = |path: &PathBuf| {
            let is_own = path.iter().any(|part| part == ".voixoff");
            !is_own && path.extension().is_some_and(|extension| extension == "txt")
        };
        let texts = all_below(&root).into_iter().filter(is_text);
        // Today's say where they come from.
        let said = |path: &PathBuf| without_note(&fs::read_to_string(path).expect("text"));
        texts.map(|path| (way(&path), said(&path))).collect()
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("created");
    for entry in fs::read_dir(from).expect("readable").flatten() {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(from, to).expect("copied");
        }
    }
}
