//! What the guide shows of models, with one that is there.

use crate::bench::model;
use std::fs;

#[test]
fn the_smaller_form_of_a_model_is_made() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let base = model("base");
    let name = base.file_name().expect("a file");
    fs::copy(&base, folder.path().join(name)).expect("copied");
    for arguments in [["quantize", "base-q8_0"], ["verify", "base-q8_0"], ["path", "base-q8_0"]] {
        let mut command = assert_cmd::Command::cargo_bin("voixoff").expect("the binary is built");
        command.arg("models").args(arguments).arg("--models").arg(folder.path());
        command.assert().success();
    }
}
