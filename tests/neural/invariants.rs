//! What must hold whatever the models say.

use crate::bench::{Engine, sample, transcribe, transcribe_by};
use std::{collections::BTreeMap, ffi::OsString, fs, path::Path};
use voixoff::{
    base::{time::Time, transcript::Transcript},
    formats::{Format, RenderSettings},
};

#[test]
fn the_number_of_threads_changes_no_byte() {
    let settings = RenderSettings { name: "é", ..RenderSettings::default() };
    for engine in [Engine::Int8, Engine::WhisperCpp] {
        let heard = [1, 3].map(|threads| transcribe_by(engine, &sample("episode.mp3"), threads));
        for format in Format::ALL {
            let [alone, together] = heard.each_ref().map(|one| format.render(one, &settings));
            assert_eq!(alone, together, "{format:?} by {engine:?}");
        }
        words_are_in_order(&heard[0]);
    }
}

#[test]
fn nothing_is_said_over_a_jingle_or_in_silence() {
    for name in ["jingle_seul.opus", "silence.flac"] {
        let transcript = transcribe(&sample(name));
        let said: Vec<String> = transcript.segments.iter().map(|segment| segment.text()).collect();
        assert!(said.is_empty(), "{name}: {said:?}");
    }
}

#[test]
fn an_archive_of_the_first_version_is_not_recognised_again() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (sounds, out) = (folder.path().join("sons-reels"), folder.path().join("reels"));
    fs::create_dir(&sounds).expect("created");
    for name in ["bande_telephone.opus", "chevauchement.opus"] {
        fs::copy(sample(name), sounds.join(name)).expect("copied");
    }
    for part in ["", ".voixoff"] {
        fs::create_dir_all(out.join(part)).expect("created");
        let files = fs::read_dir(sample("archive/reels").join(part)).expect("readable").flatten();
        for file in files.filter(|file| file.path().is_file()) {
            fs::copy(file.path(), out.join(part).join(file.file_name())).expect("copied");
        }
    }
    let mut command = assert_cmd::Command::cargo_bin("voixoff").expect("the binary is built");
    command.env("VOIXOFF_LANG", "en");
    command.current_dir(folder.path()).args(["transcribe", "sons-reels", "--out", "reels"]);
    let run = command.args(["--threads", "1", "--progress", "none"]).assert().success();
    let told = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
    assert!(told.contains("2 episodes: ") && told.contains(" 0 failed"), "{told}");
    // Rules of writing may have changed since; what was heard, and the words, have not.
    let artifacts = |folder: &Path| -> BTreeMap<OsString, Vec<u8>> {
        let files = fs::read_dir(folder.join(".voixoff")).expect("readable").flatten();
        let name = |file: &fs::DirEntry| file.file_name().to_string_lossy().into_owned();
        let kept = files
            .filter(|file| name(file).starts_with("heard-") || name(file).starts_with("words-"));
        kept.map(|file| (file.file_name(), fs::read(file.path()).expect("readable"))).collect()
    };
    let before = artifacts(&sample("archive/reels"));
    assert_eq!(before.len(), 4);
    assert_eq!(artifacts(&out), before);
}

fn words_are_in_order(transcript: &Transcript) {
    let words: Vec<_> = transcript.segments.iter().flat_map(|segment| &segment.words).collect();
    assert!(words.len() > 100, "only {} words", words.len());
    let mut last = Time::default();
    for word in words {
        assert!(
            word.span.start() >= last,
            "`{}` begins before the end of the word before",
            word.text
        );
        let probability = word.probability.expect("the recogniser says how sure it is");
        assert!((0.0..=1.0).contains(&probability), "`{}`: {probability}", word.text);
        last = word.span.end();
    }
    assert!(last <= transcript.duration);
}
