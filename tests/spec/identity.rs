//! What a file is, whatever its name and its tags.

use crate::desk::put;
use std::{fs, path::Path};
use voixoff::progress::Cancel;

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
