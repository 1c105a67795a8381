//! Which language is spoken, by both engines.

use crate::bench::{heads, model, real, sample};
use std::path::Path;
use voixoff::{
    asr::{AUTO, Transcriber, int8::Int8, whisper::Whisper},
    audio::{DecodeSettings, decode},
    base::{
        progress::{Cancel, Silent},
        samples::Samples,
        time::{Span, Time},
    },
};

#[test]
fn french_is_known_by_its_sound_and_both_engines_agree() {
    let [ours, whisper_cpp] = found(&sample("parole_rapide.opus"));
    assert_eq!((ours.0, whisper_cpp.0), ("fr", "fr"));
    assert!(ours.1 > 0.9 && (ours.1 - whisper_cpp.1).abs() < 0.05, "{ours:?} {whisper_cpp:?}");
}

#[test]
#[ignore = "needs the real recordings; scripts/test runs it where they are"]
fn english_is_known_by_its_sound() {
    for [ours, whisper_cpp] in
        ["real/ami_dev00.flac", "real/ami_dev01.flac"].map(|name| found(&real(name)))
    {
        assert_eq!((ours.0, whisper_cpp.0), ("en", "en"));
    }
}

/// The likeliest language of the first half minute, by each engine, and how likely it is.
fn found(path: &Path) -> [(&'static str, f32); 2] {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let settings = DecodeSettings { scratch: scratch.path().to_owned() };
    let pcm = decode(path, &settings, &Silent, &Cancel::default()).expect("sound").pcm;
    let end = pcm.length().min(Time::from_millis(30_000));
    let samples = pcm.read(Span::from_start(end)).expect("samples");
    let by = |engine: &dyn Transcriber| {
        let languages = engine.languages(&samples).expect("an answer");
        let total: f32 = languages.iter().map(|(_, probability)| probability).sum();
        assert!((total - 1.0).abs() < 1e-3, "{total}");
        languages.into_iter().max_by(|one, other| one.1.total_cmp(&other.1)).expect("languages")
    };
    let (path, heads) = (model("base"), heads("base"));
    let ours = Int8::load(&path, AUTO, heads).expect("base is a Whisper model");
    let whisper_cpp = Whisper::load(&path, AUTO, heads).expect("base is a Whisper model");
    [by(&ours), by(&whisper_cpp)]
}
