//! What tests of the command line share: files in a folder, and what a run has said.

use assert_cmd::{Command, assert::Assert};
use std::{fs, path::Path};

pub(crate) fn stdout(run: &Assert) -> String {
    String::from_utf8_lossy(&run.get_output().stdout).into_owned()
}

pub(crate) fn stderr(run: &Assert) -> String {
    String::from_utf8_lossy(&run.get_output().stderr).into_owned()
}

/// What the program says to `arguments` in `folder`.
pub(crate) fn voixoff(folder: &Path, arguments: &[&str]) -> Assert {
    let mut command = Command::cargo_bin("voixoff").expect("the binary is built");
    command.current_dir(folder).args(arguments).assert()
}

/// Writes a file of `folder`, and the folders in its name.
#[expect(clippy::disallowed_methods, reason = "a test may leave half a file")]
pub(crate) fn put(folder: &Path, name: &str, content: impl AsRef<[u8]>) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("in a folder")).expect("created");
    fs::write(path, content).expect("written");
}

/// `seconds` of noise that grows louder, so that every window sounds otherwise.
pub(crate) fn noise(path: &Path, seconds: i64) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::create(path, spec).expect("created");
    for n in 0..seconds * 16_000 {
        let sample = (n * 7_919 % 2_003 - 1_001) * n / (seconds * 16_000);
        wav.write_sample(sample as i16).expect("written");
    }
    wav.finalize().expect("finished");
}
