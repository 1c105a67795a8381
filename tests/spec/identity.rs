//! What a file is, whatever its name and its tags.

use crate::desk::{put, voixoff};
use std::{fs, path::Path};
use voixoff::base::progress::Cancel;

#[test]
fn a_file_tagged_anew_is_the_same_sound_and_another_sound_is_not() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let identity = |name: &str, bytes: &[u8]| {
        put(folder.path(), name, bytes);
        let path = folder.path().join(name);
        voixoff::audio::identify(&path, &Cancel::default()).expect("it can be read")
    };
    let sound =
        fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/audio/mp3-44k-stereo.mp3"))
            .expect("a sample");
    let plain = identity("un.mp3", &sound);
    let tagged = identity(
        "deux.mp3",
        &[
            id3(&[("TIT2", "Le titre"), ("TALB", "La série"), ("TDRC", "2019-10-01")]),
            sound.clone(),
        ]
        .concat(),
    );
    assert_eq!(tagged.digest, plain.digest);
    assert_eq!((tagged.tags.title.as_str(), tagged.tags.album.as_str()), ("Le titre", "La série"));
    assert_eq!(tagged.tags.date, "2019-10-01");
    let cut = identity("trois.mp3", &sound[..sound.len() * 3 / 4]);
    assert_ne!(cut.digest, plain.digest);
    assert!(cut.length < plain.length);
}

/// A head of tags as ID3v2.4 has them, in UTF-8.
fn id3(frames: &[(&str, &str)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, text) in frames {
        body.extend(name.as_bytes());
        body.extend([0, 0, 0, text.len() as u8 + 1, 0, 0, 3]);
        body.extend(text.as_bytes());
    }
    [b"ID3\x04\0\0\0\0\0".as_slice(), &[body.len() as u8], &body].concat()
}

#[test]
fn chapters_are_read_from_every_container_that_has_some() {
    for name in ["chapitres.mp3", "chapitres.m4a", "chapitres.opus"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/chapters");
        let identity = voixoff::audio::identify(&folder.join(name), &Cancel::default());
        let chapters = identity.expect("it can be read").tags.chapters;
        let found: Vec<_> =
            chapters.iter().map(|(at, title)| (at.as_millis(), title.as_str())).collect();
        assert_eq!(found, [(0, "L’ouverture"), (1_200, "Le libre & nous")], "{name}");
    }
}

#[test]
fn chapters_of_a_file_stand_on_the_page_and_other_titles_cost_no_hearing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/chapters/chapitres.mp3");
    let sound = fs::read(data).expect("a sample");
    let page = |said: &str| {
        let script = format!(r#"{{"regions_ms": [[0, 2000]], "texts": ["{said}"]}}"#);
        put(folder.path(), "script.json", script);
        let options = ["transcribe", "e.mp3", "--scripted", "script.json", "--format", "txt"];
        voixoff(folder.path(), &options).success();
        fs::read_to_string(folder.path().join("e.txt")).expect("a page")
    };
    put(folder.path(), "e.mp3", &sound);
    let first = page("Bonjour.");
    assert_eq!(first, "L’ouverture\n\n[00:00:00] Bonjour.\n\n\nLe libre & nous\n");
    let title = b"Le libre & nous";
    let at = sound.windows(title.len()).position(|bytes| bytes == title).expect("the title");
    let (head, rest) = (&sound[..at], &sound[at + title.len()..]);
    put(folder.path(), "e.mp3", [head, b"Le libre & vous", rest].concat());
    assert_eq!(page("Autre chose."), first.replace("nous", "vous"));
}
