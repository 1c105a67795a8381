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
fn chapters_by_the_hundred_thousand_are_none_and_cost_neither_title_nor_sound() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let sound =
        fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/audio/mp3-44k-stereo.mp3"))
            .expect("a sample");
    let identity = |frames: &[u8]| {
        put(folder.path(), "e.mp3", [tag(frames), sound.clone()].concat());
        voixoff::audio::identify(&folder.path().join("e.mp3"), &Cancel::default())
            .expect("it can be read")
    };
    let text = |name: &[u8; 4], text: &str| frame(name, &[b"\x03", text.as_bytes()].concat());
    let chapter = |n: u32, notes: &[u8]| {
        let times = [n.to_be_bytes(), [0; 4], [0xff; 4], [0xff; 4]].concat();
        frame(b"CHAP", &[format!("c{n}").as_bytes(), b"\0", &times, notes].concat())
    };
    let title = text(b"TIT2", "Le titre");
    let named = |n: u32| chapter(n, &text(b"TIT2", "Une partie"));
    let plain = identity(&title);
    let few = identity(&[title.clone(), (0..2_000).flat_map(named).collect()].concat());
    assert_eq!((few.tags.chapters.len(), &few.digest), (2_000, &plain.digest));
    let many = identity(&[title.clone(), (0..300_000).flat_map(named).collect()].concat());
    let in_one = text(b"TIT2", "").repeat(3_000_000);
    let in_one = identity(&[title.clone(), chapter(0, &in_one)].concat());
    let long = identity(&[title.clone(), text(b"TPE1", &"\0a".repeat(10_000_000))].concat());
    let named = identity(&[title.clone(), (0..2_001).flat_map(named).collect()].concat());
    for identity in [many, in_one, long, named] {
        assert_eq!(identity, plain);
    }
}

/// A tag of ID3v2.3.
fn tag(frames: &[u8]) -> Vec<u8> {
    let length = frames.len();
    let [a, b, c, d] = [21, 14, 7, 0].map(|shift| (length >> shift & 0x7f) as u8);
    [b"ID3\x03\0\0", &[a, b, c, d][..], frames].concat()
}

fn frame(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    [name, &(content.len() as u32).to_be_bytes()[..], &[0, 0], content].concat()
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
        let page = fs::read_to_string(folder.path().join("e.txt")).expect("a page");
        crate::desk::without_note(&page).trim_start().to_owned()
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
