//! Failures of episodes: of whom they are, how long they last, and what they leave alone.

use crate::{batch::Desk, desk::stderr};
use std::{
    fs,
    time::{Duration, SystemTime},
};

#[test]
fn an_episode_that_crashes_the_program_is_its_own_failure() {
    let desk = Desk::new();
    for n in 1..=5 {
        desk.sound(&format!("son/{n}.wav"), n);
    }
    desk.run(&["son"], &[]).success();
    let text = desk.read("out/3.txt");
    let mut words = crate::desk::said(&text).split_whitespace();
    let grains = words.find(|word| word.parse::<u64>().is_ok()).expect("a number");
    fs::remove_dir_all(desk.path("out")).expect("removed");
    desk.script(&format!(r#"{{"regions_ms": [[0, 9000]], "abort_on": "{grains}"}}"#));
    let run = desk.run(&["son"], &["--jobs", "3"]).code(1);
    assert!(
        stderr(&run).contains("the program crashed 2 times on `son/3.wav`"),
        "{}",
        stderr(&run)
    );
    assert_eq!(desk.texts(), ["1.txt", "2.txt", "4.txt", "5.txt"]);
    // It is left alone until somebody asks for it.
    let again = desk.run(&["son"], &[]).code(1);
    assert!(!stderr(&again).contains("begins again"), "{}", stderr(&again));
    desk.script(r#"{"regions_ms": [[0, 9000]]}"#);
    desk.run(&["son"], &["--retry-failed"]).success();
    assert_eq!(desk.texts().len(), 5);
}

#[test]
fn a_crash_is_of_the_model_too() {
    let desk = Desk::new();
    desk.sound("son/un.wav", 1);
    let model = |name: &str, rest: &str| {
        desk.script(&format!(r#"{{"regions_ms": [[0, 9000]], "model": "{name}"{rest}}}"#));
    };
    model("mauvais", r#", "abort_on": """#);
    let run = desk.run(&["son"], &[]).code(1);
    assert!(stderr(&run).contains("crashed 2 times"), "{}", stderr(&run));
    assert!(!stderr(&desk.run(&["son"], &[]).code(1)).contains("begins again"));
    model("bon", "");
    desk.run(&["son"], &[]).success();
    // What a process of another model left when it died is not of this one.
    fs::remove_dir_all(desk.path("out")).expect("removed");
    desk.put("out/.voixoff/un.attempt.json", r#"{"by": "1", "crashes": 2, "maker": "mauvais"}"#);
    desk.run(&["son"], &[]).success();
}

#[test]
fn a_limit_holds_for_all_jobs_together_and_over_crashes() {
    let desk = Desk::new();
    for n in 1..=5 {
        desk.sound(&format!("son/{n}.wav"), n);
    }
    for (jobs, n_texts) in [("2", 1), ("4", 2)] {
        let told = stderr(&desk.run(&["son"], &["--limit", "1", "--jobs", jobs]).success());
        assert!(told.contains("5 episodes: 1 transcribed, "), "{told}");
        assert_eq!(desk.texts().len(), n_texts);
    }
    // The longest went first: 5 and 4 have their texts.
    desk.run(&["son"], &["--only", "3"]).success();
    let text = desk.read("out/3.txt");
    let mut words = crate::desk::said(&text).split_whitespace();
    let grains = words.find(|word| word.parse::<u64>().is_ok()).expect("a number");
    fs::remove_dir_all(desk.path("out")).expect("removed");
    desk.script(&format!(r#"{{"regions_ms": [[0, 9000]], "abort_on": "{grains}"}}"#));
    let run = desk.run(&["son"], &["--limit", "3", "--jobs", "1"]).code(1);
    assert!(stderr(&run).contains("crashed 2 times on `son/3.wav`"), "{}", stderr(&run));
    assert_eq!(desk.texts(), ["4.txt", "5.txt"]);
}

#[test]
fn what_a_kill_left_anywhere_in_an_archive_goes_with_the_next_run() {
    let desk = Desk::new();
    desk.sound("son/un.wav", 1);
    let left = ["", ".voixoff/", ".voixoff/runs/", ".voixoff/feeds/"]
        .map(|folder| format!("out/{folder}un.txt.4000000000-7.partial"));
    for path in &left {
        desk.put(path, "un");
        // What was begun within a second may be somebody's.
        let file = fs::File::options().write(true).open(desk.path(path)).expect("there");
        file.set_modified(SystemTime::now() - Duration::from_secs(9)).expect("set");
    }
    desk.run(&["son"], &[]).success();
    let left: Vec<&String> = left.iter().filter(|path| desk.path(path).exists()).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn what_is_in_the_way_of_a_folder_is_told_as_that() {
    let desk = Desk::new();
    desk.sound("son/2018/un.wav", 1);
    desk.put("out/2018/.voixoff", "un fichier");
    let told = stderr(&desk.run(&["son"], &[]).code(1));
    assert!(told.contains("error: the folder `out/2018/.voixoff` cannot be made\n"), "{told}");
    assert!(told.contains("hint: something else has its name"), "{told}");
}

#[test]
fn what_can_be_done_is_kept_as_that_and_worded_where_it_is_told() {
    let desk = Desk::new();
    desk.put("son/un.wav", "ceci n'est pas du son\n".repeat(100));
    desk.run(&["son"], &[]).code(1);
    let failure = desk.read("out/.voixoff/un.failure.json");
    let mut failure: serde_json::Value = serde_json::from_str(&failure).expect("JSON");
    assert_eq!(failure["guidance"], "look_at_first_bytes");
    let hint = |desk: &Desk| {
        let told = desk.voixoff(&["archive", "status", "out"]).success();
        let told = String::from_utf8_lossy(&told.get_output().stdout).into_owned();
        told.lines().find_map(|line| line.strip_prefix("  hint: ")).map(str::to_owned)
    };
    let words = "look at its first bytes: a download that failed often leaves a web page";
    assert_eq!(hint(&desk).as_deref(), Some(words));
    // A newer program may know more, and version 0.1.0 kept its words.
    failure["guidance"] = serde_json::json!({ "ask_a_friend": { "name": "Aïcha" } });
    failure["hint"] = "listen to it".into();
    desk.put("out/.voixoff/un.failure.json", failure.to_string());
    assert_eq!(hint(&desk).as_deref(), Some("listen to it"));
}

#[test]
fn a_receipt_that_names_files_elsewhere_moves_none_of_them() {
    let desk = Desk::new();
    desk.sound("son/un.wav", 1);
    desk.run(&["son"], &[]).success();
    desk.put("précieux.txt", "à moi");
    let receipt = desk.read("out/.voixoff/un.receipt.json");
    let mut receipt: serde_json::Value = serde_json::from_str(&receipt).expect("JSON");
    receipt["files"]["../précieux.txt"] = receipt["files"]["un.txt"].clone();
    receipt["files"]["../un.txt"] = receipt["files"]["un.txt"].clone();
    desk.put("out/.voixoff/un.receipt.json", receipt.to_string());
    desk.put("un.txt", "à moi aussi");
    fs::create_dir_all(desk.path("son/2019")).expect("made");
    fs::rename(desk.path("son/un.wav"), desk.path("son/2019/n° 1.wav")).expect("renamed");
    desk.run(&["son"], &[]).success();
    assert_eq!(desk.texts(), ["2019/n° 1.txt"]);
    assert_eq!(
        (desk.read("précieux.txt"), desk.read("un.txt")),
        ("à moi".into(), "à moi aussi".into())
    );
}
