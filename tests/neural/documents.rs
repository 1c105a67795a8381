//! What the guide shows of models, with one that is there.

use crate::bench::{model, sample};
use std::fs;

#[test]
fn the_smaller_form_of_a_model_is_made() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let base = model("base");
    let name = base.file_name().expect("a file");
    fs::copy(&base, folder.path().join(name)).expect("copied");
    for arguments in [["quantize", "base-q8_0"], ["verify", "base-q8_0"], ["path", "base-q8_0"]] {
        let mut command = assert_cmd::Command::cargo_bin("voixoff").expect("the binary is built");
        command.env("VOIXOFF_LANG", "en");
        command.arg("models").args(arguments).arg("--models").arg(folder.path());
        command.assert().success();
    }
}

#[test]
fn the_machine_is_measured_and_heads_are_found() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let base = model("base");
    fs::copy(&base, folder.path().join(base.file_name().expect("a file"))).expect("copied");
    let told = |arguments: &[&str]| {
        let mut command = assert_cmd::Command::cargo_bin("voixoff").expect("the binary is built");
        command.env("VOIXOFF_LANG", "en");
        command.arg("models").args(arguments).arg("--models").arg(folder.path());
        String::from_utf8_lossy(&command.assert().success().get_output().stdout).into_owned()
    };
    let recommended = told(&["recommend", "--hours", "0.001"]);
    println!("{recommended}");
    assert!(recommended.contains("recommended: "), "{recommended}");
    let episode = sample("episode.mp3");
    let found = told(&["heads", "base", episode.to_str().expect("UTF-8")]);
    println!("{found}");
    assert!(found.starts_with("base: "), "{found}");
    told(&["heads", "base", "--forget"]);
    assert!(!folder.path().join("base.json").exists());
}
