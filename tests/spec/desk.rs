//! What tests of the command line share: files in a folder, and what a run has said.

use assert_cmd::{Command, assert::Assert};
use std::{
    fs,
    path::{Path, PathBuf},
};

pub(crate) fn stdout(run: &Assert) -> String {
    String::from_utf8_lossy(&run.get_output().stdout).into_owned()
}

pub(crate) fn stderr(run: &Assert) -> String {
    String::from_utf8_lossy(&run.get_output().stderr).into_owned()
}

/// The program, which speaks English whatever the system does.
pub(crate) fn program() -> Command {
    let mut command = Command::cargo_bin("voixoff").expect("the binary is built");
    command.env("VOIXOFF_LANG", "en");
    command
}

/// What the program says to `arguments` in `folder`.
pub(crate) fn voixoff(folder: &Path, arguments: &[&str]) -> Assert {
    let mut command = program();
    command.current_dir(folder).args(arguments).assert()
}

/// `text` without the line that tells where it comes from, if there is one.
pub(crate) fn without_note(text: &str) -> String {
    let Some(start) = text.find("Transcription automatique (Whisper ") else {
        return text.to_owned();
    };
    let end = text[start..].find("\n\n").map_or(text.len(), |length| start + length + 2);
    text[..start].to_owned() + &text[end..]
}

/// What `text` says below the line that tells where it comes from.
pub(crate) fn said(text: &str) -> &str {
    let (note, said) = text.split_once(".\n\n").expect("a note above the text");
    assert!(note.starts_with("Transcription automatique (Whisper "), "{text}");
    said
}

/// Writes a file of `folder`, and the folders in its name.
#[expect(clippy::disallowed_methods, reason = "a test may leave half a file")]
pub(crate) fn put(folder: &Path, name: impl AsRef<Path>, content: impl AsRef<[u8]>) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("in a folder")).expect("created");
    fs::write(path, content).expect("written");
}

/// Writes `seconds` of noise that grows louder, so that every window sounds otherwise.
pub(crate) fn noise(path: &Path, seconds: i64) {
    put(path.parent().expect("in a folder"), path.file_name().expect("a file"), growing(seconds));
}

/// The WAV of that noise.
pub(crate) fn growing(seconds: i64) -> Vec<u8> {
    let sample = |n| (n * 7_919 % 2_003 - 1_001) * n / (seconds * 16_000);
    let samples: Vec<i16> = (0..seconds * 16_000).map(|n| sample(n) as i16).collect();
    wav(16_000, 1, &samples)
}

/// A 16-bit WAV whose header says this rate.
pub(crate) fn wav(rate_hz: u32, n_channels: u16, samples: &[i16]) -> Vec<u8> {
    let data: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((data.len() as u32 + 36).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0");
    bytes.extend(n_channels.to_le_bytes());
    bytes.extend(rate_hz.to_le_bytes());
    bytes.extend(rate_hz.wrapping_mul(2 * u32::from(n_channels)).to_le_bytes());
    bytes.extend((2 * n_channels).to_le_bytes());
    bytes.extend(b"\x10\0data");
    bytes.extend((data.len() as u32).to_le_bytes());
    bytes.extend(data);
    bytes
}

/// The names of the files of `folder`.
pub(crate) fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    let files = entries.filter(|entry| entry.path().is_file());
    let mut names: Vec<String> =
        files.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// All files of `folder` and below it, by name.
pub(crate) fn all_below(folder: &Path) -> Vec<PathBuf> {
    let (mut open, mut files) = (vec![folder.to_owned()], Vec::new());
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).expect("readable").flatten() {
            let path = entry.path();
            if path.is_dir() { open.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}
