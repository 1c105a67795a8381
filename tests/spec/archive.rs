//! What is known of an archive: all that was ever transcribed into it, by whatever command, and
//! what was changed behind its back.

use crate::{
    batch::{Desk, OPTIONS},
    desk::{self, stderr, stdout},
};
use std::fs;

#[test]
fn all_that_was_ever_transcribed_counts_whatever_was_asked_last() {
    let desk = Desk::new();
    desk.sound("son/un.wav", 1);
    desk.sound("son/deux.wav", 2);
    desk.run(&["son/un.wav"], &[]).success();
    desk.run(&["son/deux.wav"], &[]).success();
    assert_done(&desk, 2);
    // A slip of the hand is asked for after that.
    desk.run(&["son/trois.wav"], &[]).code(1);
    desk.run(&["son"], &["--only", "zzz"]).code(1);
    assert_done(&desk, 2);
    // Its sound may be gone, and so may the description of its show.
    fs::remove_dir_all(desk.path("son")).expect("removed");
    fs::remove_file(desk.path("script.json")).expect("removed");
    assert_done(&desk, 2);
}

#[test]
fn what_waits_in_any_source_of_an_archive_is_known() {
    let desk = Desk::new();
    desk.sound("son/un.wav", 1);
    desk.sound("ailleurs/deux.wav", 2);
    desk.run(&["son"], &[]).success();
    desk.run(&["ailleurs"], &[]).success();
    desk.sound("son/trois.wav", 3);
    let status = || stdout(&desk.voixoff(&["archive", "status", "out"]).success());
    let told = status();
    assert!(told.contains("waiting         1 episode "), "{told}");
    let outdated = stdout(&desk.voixoff(&["archive", "outdated", "out"]).success());
    assert!(outdated.contains("son/trois.wav") && !outdated.contains("deux"), "{outdated}");
    // A file of a folder that is known is counted once.
    desk.run(&["son/trois.wav"], &[]).success();
    assert_done(&desk, 3);
    assert!(status().contains("waiting         0 episodes"), "{}", status());
    // A source that is gone is no trouble of the next run.
    fs::remove_dir_all(desk.path("ailleurs")).expect("removed");
    assert!(!status().contains("ailleurs"), "{}", status());
    assert_done(&desk, 3);
}

#[test]
fn what_is_not_there_yet_is_no_failure_of_an_episode() {
    let desk = Desk::new();
    desk.sound("ailleurs/un.wav", 1);
    desk.run(&["ailleurs"], &[]).success();
    let sources = ["flux.xml", "son", "deux.wav", "ailleurs/un.wav"];
    fs::rename(desk.path("ailleurs/un.wav"), desk.path("gardé.wav")).expect("moved");
    let run = desk.run(&sources, &[]).code(1);
    let told = stderr(&run);
    assert!(told.contains("error: `son`: there is no such file or folder\n"), "{told}");
    assert!(told.contains("hint: check its name: paths are seen from the folder"), "{told}");
    assert!(told.ends_with("4 episodes: 0 transcribed, 0 up to date, 4 failed\n"), "{told}");
    let status = || stdout(&desk.voixoff(&["archive", "status", "out"]).success());
    let told = status();
    assert!(told.contains("failed          0 episodes"), "{told}");
    assert!(told.contains("done            1 episode "), "{told}");
    // Whatever it is when it comes, it is taken as that.
    desk.sound("son/trois.wav", 3);
    desk.sound("deux.wav", 2);
    fs::rename(desk.path("gardé.wav"), desk.path("ailleurs/un.wav")).expect("moved");
    desk.put("flux.xml", "<rss><channel><title>La série</title></channel></rss>");
    desk.run(&sources, &[]).success();
    let told = status();
    assert!(told.contains("failed          0 episodes"), "{told}");
    assert!(told.contains("done            3 episodes"), "{told}");
    // A list says whose folder its paths are seen from.
    desk.put("listes/liste.txt", "quatre.wav\n");
    let told = stderr(&desk.run(&["@listes/liste.txt"], &[]).code(1));
    assert!(told.contains("`listes/quatre.wav`: there is no such"), "{told}");
    assert!(told.contains("hint: check its name: paths in a list are seen from"), "{told}");
}

#[test]
fn what_another_recogniser_would_do_is_asked_of_all_episodes() {
    let desk = Desk::new();
    desk.sound("son/un.wav", 1);
    desk.sound("son/deux.wav", 2);
    desk.run(&["son/un.wav"], &[]).success();
    desk.run(&["son/deux.wav"], &[]).success();
    desk.put("autre.json", r#"{"regions_ms": [[0, 9000]], "model": "un autre"}"#);
    let outdated = |options: &[&str]| {
        stdout(&desk.voixoff(&[&["archive", "outdated", "out"], options].concat()).success())
    };
    assert_eq!(outdated(&[]), "nothing is outdated\n");
    let told = outdated(&["--", "--scripted", "autre.json"]);
    assert!(told.starts_with("recognise again; who speaks is known: 2 episodes"), "{told}");
}

#[test]
fn transcripts_beside_their_sound_are_an_archive() {
    let desk = Desk::new();
    desk.sound("son/un.wav", 1);
    desk.sound("son/2018/deux.wav", 2);
    let words = [&["transcribe", "son/un.wav"], OPTIONS.as_slice()].concat();
    desk.voixoff(&words).success();
    let words = [&["transcribe", "son"], OPTIONS.as_slice(), &["--only", "un"]].concat();
    desk.voixoff(&words).success();
    let told = stdout(&desk.voixoff(&["archive", "status", "son"]).success());
    assert!(told.contains("done            1 episode "), "{told}");
    let words = [&["transcribe", "son"], OPTIONS.as_slice()].concat();
    desk.voixoff(&words).success();
    desk.sound("son/2018/trois.wav", 3);
    let told = stdout(&desk.voixoff(&["archive", "status", "son"]).success());
    assert!(told.contains("done            2 episodes"), "{told}");
    assert!(told.contains("waiting         1 episode "), "{told}");
}

#[test]
fn an_archive_may_be_asked_from_anywhere_and_may_have_moved() {
    let desk = Desk::new();
    desk.sound("son/un.wav", 1);
    desk.sound("son/deux.wav", 2);
    desk.run(&["son"], &["--limit", "1", "--jobs", "1"]).success();
    fs::create_dir_all(desk.path("ailleurs")).expect("made");
    fs::rename(desk.path("out"), desk.path("ailleurs/archive")).expect("moved");
    let status = desk::voixoff(&desk.path("ailleurs"), &["archive", "status", "archive"]);
    let told = stdout(&status.success());
    assert!(told.contains("done            1 episode "), "{told}");
    assert!(told.contains("waiting         1 episode "), "{told}");
    assert!(!desk.path("out").exists());
    let names = fs::read_dir(desk.path("ailleurs")).expect("readable").flatten();
    assert_eq!(names.map(|entry| entry.file_name()).collect::<Vec<_>>(), ["archive"]);
}

#[test]
fn a_result_that_was_changed_behind_its_receipt_is_told_and_force_writes_it_again() {
    let desk = Desk::new();
    desk.sound("son/un.wav", 9);
    desk.run(&["son"], &[]).success();
    let json = desk.read("out/un.json");
    desk.put("out/un.json", "{}");
    let warning = "`out/un.json` was changed since it was written";
    let again = stderr(&desk.run(&["son"], &[]).success());
    assert!(again.contains(&format!("warning: {warning}; it stays")), "{again}");
    assert_eq!(desk.read("out/un.json"), "{}");
    let status = stdout(&desk.voixoff(&["archive", "status", "out"]).success());
    assert!(status.contains(&format!("not as they were written (1):\n  {warning}")), "{status}");
    let diff = desk.voixoff(&["archive", "diff", "out"]).success();
    assert!(stderr(&diff).contains(warning), "{}", stderr(&diff));
    let diff = stdout(&desk.voixoff(&["archive", "diff", "out", "--json"]).success());
    assert!(diff.contains("\"out/un.json\""), "{diff}");
    desk.run(&["son"], &["--force"]).success();
    assert_eq!(desk.read("out/un.json"), json);
    let quiet = stderr(&desk.run(&["son"], &[]).success());
    assert!(!quiet.contains("warning"), "{quiet}");
}

#[test]
fn a_result_that_was_converted_is_told_as_that() {
    let desk = Desk::new();
    desk.sound("son/un.wav", 9);
    desk.run(&["son"], &["--format", "json"]).success();
    let words = ["convert", "out/un.json", "--to", "srt", "--out", "out"];
    desk.voixoff(&words).success();
    let told = stderr(&desk.run(&["son"], &["--format", "json,srt"]).success());
    let warning = "warning: `out/un.srt` was written by `voixoff convert`, not from the sound";
    assert!(told.contains(warning), "{told}");
    desk.run(&["son"], &["--format", "json,srt", "--force"]).success();
    assert!(!stderr(&desk.run(&["son"], &["--format", "json,srt"]).success()).contains("warning"));
}

#[test]
fn what_was_looked_for_and_not_found_is_told() {
    let desk = Desk::new();
    desk.put("vide/notes.txt", "rien");
    desk.sound("son/un.wav", 1);
    let told = stderr(&desk.run(&["vide"], &[]).code(1));
    assert!(told.starts_with("error: no episode was found in `vide`\n"), "{told}");
    assert!(told.contains("hint: in folders, files are looked for that end in aac, "), "{told}");
    let told = stderr(&desk.run(&["son"], &["--only", "zzz", "--since", "2030-01-01"]).code(1));
    let expected = "error: no episode is asked for of the 1 found in `son`: \
                    `--only zzz` leaves 0, `--since 2030-01-01` leaves 0\n";
    assert!(told.starts_with(expected), "{told}");
    assert!(
        told.contains("hint: one of them is called `son/un.wav`; the newest is of 2"),
        "{told}"
    );
    // A machine may have nothing to do.
    let parts =
        ["0/2", "1/2"].map(|part| stderr(&desk.run(&["son"], &["--shard", part]).success()));
    let told = parts.iter().filter(|told| told.contains("leaves 0")).count();
    assert_eq!(told, 1, "{parts:?}");
}

fn assert_done(desk: &Desk, n: usize) {
    let told = stdout(&desk.voixoff(&["archive", "status", "out"]).success());
    assert!(told.contains(&format!("done      {n:>7} episodes")), "{told}");
}

#[test]
fn lengths_are_read_from_files_and_not_guessed_from_their_bytes() {
    let desk = Desk::new();
    // Three minutes of WAV have the bytes of six of MP3.
    desk.sound("son/un.wav", 180);
    desk.sound("son/deux.wav", 1);
    desk.run(&["son"], &["--only", "deux"]).success();
    desk.run(&["son"], &["--limit", "0"]).success();
    let status = desk.voixoff(&["archive", "status", "out", "--json"]).success();
    let status: serde_json::Value = serde_json::from_str(&stdout(&status)).expect("JSON");
    assert_eq!(status["sums"]["waiting"]["duration"], 180.0);
}
