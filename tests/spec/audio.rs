//! Decoding: every format sounds as ffmpeg hears it, at the same instants; and no
//! file, however damaged, takes the program down.

use crate::desk::wav;
use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use voixoff::{
    audio::{DecodeError, DecodeSettings, Decoded, Pcm, decode},
    base::{
        guidance::Guided,
        progress::{Cancel, Event, Observer, Silent, Stage},
        samples::Samples,
        time::{Span, Time},
    },
};

/// Sample, the file of `expected/` it must sound like, and by how many
/// milliseconds it may be longer.
pub(crate) const FORMATS: &[(&str, &str, f64)] = &[
    ("aac-adts.aac", "aac-adts.aac.wav", 0.1),
    ("aac-fragmented.m4a", "aac-fragmented.m4a.wav", 0.1),
    ("aac-index-last.m4a", "aac-index-last.m4a.wav", 0.1),
    ("aac.m4a", "aac.m4a.wav", 0.1),
    ("aiff.aiff", "lossless.wav", 0.1),
    ("alac.m4a", "lossless.wav", 0.1),
    ("flac-16.flac", "lossless.wav", 0.1),
    ("flac-24.flac", "lossless.wav", 0.1),
    ("mp3-22k-mono.mp3", "mp3-22k-mono.mp3.wav", 0.1),
    ("mp3-44k-stereo.mp3", "mp3-44k-stereo.mp3.wav", 0.1),
    ("mp3-without-header.mp3", "mp3-without-header.mp3.wav", 0.1),
    ("opus.mp4", "opus.mp4.wav", 0.1),
    ("opus.opus", "opus.opus.wav", 0.1),
    // Matroska writes the padding of the last packet beside it, where it is not
    // read: up to one packet of 20 ms of it stays.
    ("opus.webm", "opus.webm.wav", 20.0),
    ("video-aac.mkv", "video-aac.mkv.wav", 0.1),
    ("video-aac.mp4", "video-aac.mp4.wav", 0.1),
    ("video-vorbis.mkv", "video-vorbis.mkv.wav", 0.1),
    ("vorbis.ogg", "vorbis.ogg.wav", 0.1),
    ("wav-f32.wav", "lossless-8k.wav", 0.1),
    ("wav-f64.wav", "lossless-8k.wav", 0.1),
    ("wav-s16-16k-stereo.wav", "lossless.wav", 0.1),
    ("wav-s16-8k.wav", "lossless-8k.wav", 0.1),
    ("wav-s24.wav", "lossless.wav", 0.1),
    ("wav-s32.wav", "lossless-8k.wav", 0.1),
    ("wav-surround.wav", "wav-surround.wav.wav", 0.1),
    ("wav-u8.wav", "lossless.wav", 0.1),
];

#[test]
fn every_format_sounds_as_ffmpeg_hears_it_at_the_same_instants() {
    let mut table = String::new();
    let mut wrong = Vec::new();
    for (name, expected, longer_ms) in FORMATS {
        let decoded = heard(&sample(name)).expect(name);
        let ours = samples(&decoded.pcm);
        let theirs = reference(expected);
        let (correlation, lag_ms) = best_lag(&ours, &theirs);
        let length_ms = (ours.len() as f64 - theirs.len() as f64) / 16.0;
        let level = rms(&ours) / rms(&theirs);
        table += &format!(
            "{name:24} {:10} correlation {correlation:.6} lag {lag_ms:+.4} ms, \
             level {level:.4}, length {length_ms:+.3} ms\n",
            decoded.source.codec
        );
        let is_right = correlation > 0.999
            && lag_ms.abs() < 1.0
            && (0.99..1.01).contains(&level)
            && (-0.1..=*longer_ms).contains(&length_ms)
            && decoded.source.damage.corrupt_packets == 0
            && decoded.source.damage.cut.is_none();
        if !is_right {
            wrong.push(format!("{name}: {:?}", decoded.source));
        }
    }
    println!("{table}");
    assert!(wrong.is_empty(), "{table}\n{}", wrong.join("\n"));
}

/// The best correlation within 4 ms, and by how many milliseconds `ours` is then
/// late; the parabola through the best lag and its neighbours finds fractions.
pub(crate) fn best_lag(ours: &[f32], theirs: &[f32]) -> (f64, f64) {
    const REACH: usize = 64;
    let n = ours.len().min(theirs.len()) - 2 * REACH;
    let theirs = &theirs[REACH..][..n];
    let correlations: Vec<f64> = (0..=2 * REACH)
        .map(|start| {
            let dot: f32 = ours[start..][..n].iter().zip(theirs).map(|(a, b)| a * b).sum();
            f64::from(dot) / (n as f64 * rms(&ours[start..][..n]) * rms(theirs))
        })
        .collect();
    let best = (1..2 * REACH)
        .max_by(|a, b| correlations[*a].total_cmp(&correlations[*b]))
        .expect("there are lags");
    let [before, here, after] = [-1, 0, 1].map(|by| correlations[best.strict_add_signed(by)]);
    let shift = 0.5 * (before - after) / (before - 2.0 * here + after);
    (here, (best as f64 - REACH as f64 + shift) / 16.0)
}

fn rms(samples: &[f32]) -> f64 {
    let energy: f64 = samples.iter().map(|x| f64::from(*x) * f64::from(*x)).sum();
    (energy / samples.len() as f64).sqrt()
}

#[test]
fn any_cut_of_any_format_is_heard_or_refused() {
    every_format_damaged(|bytes, random| bytes.truncate(random.below(bytes.len())));
}

#[test]
fn any_flipped_bits_of_any_format_are_heard_or_refused() {
    every_format_damaged(|bytes, random| {
        // Half of the flips in the head of the file, where the lengths are.
        let reach = [bytes.len(), bytes.len().min(600)][random.below(2)];
        for _ in 0..=random.below(8) {
            let place = random.below(reach);
            bytes[place] ^= 1 << random.below(8);
        }
    });
}

#[test]
fn any_hole_or_noise_in_any_format_is_heard_or_refused() {
    every_format_damaged(|bytes, random| {
        let start = random.below(bytes.len());
        let length = random.below((bytes.len() - start).min(3000));
        match random.below(3) {
            0 => drop(bytes.drain(start..start + length)),
            1 => bytes[start..start + length].fill(0),
            _ => bytes[start..start + length].fill_with(|| random.below(256) as u8),
        }
    });
}

/// Forty variants of each sample: each decodes in time, to a bounded length, or is
/// refused with a message that names the file.
#[track_caller]
fn every_format_damaged(damage: impl Fn(&mut Vec<u8>, &mut Random)) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut random = Random(20_260_131);
    for (name, ..) in FORMATS {
        let intact = fs::read(sample(name)).expect(name);
        for variant in 0..40 {
            let mut bytes = intact.clone();
            damage(&mut bytes, &mut random);
            let path = write(folder.path(), name, &bytes);
            let begun = Instant::now();
            let outcome = heard(&path);
            let took = begun.elapsed();
            assert!(took < Duration::from_secs(5), "{variant} of {name}: {took:?}");
            match outcome {
                // Two seconds of sound cannot become ten minutes and more.
                Ok(decoded) => assert!(
                    decoded.pcm.length() < Time::from_millis(700_000),
                    "{variant} of {name}: {decoded:?}"
                ),
                Err(error) => assert!(error.to_string().contains(name), "{error}"),
            }
        }
    }
}

/// SplitMix64: the same damage on every machine.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % end.max(1) as u64) as usize
    }
}

#[test]
fn a_file_without_sound_is_refused_by_its_name_and_its_reason() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let page = "<!doctype html><title>404</title> cet épisode a été retiré\n".repeat(200);
    let no_sample = wav(16_000, 1, &[]);
    let cases: [(&str, &[u8], &str); 5] = [
        ("vide.mp3", b"", "is empty"),
        ("page.mp3", page.as_bytes(), "is not in a known sound format"),
        ("octet.wav", b"R", "is not in a known sound format"),
        ("image.mp4", &fs::read(sample("video-only.mp4")).expect("a sample"), "has no audio track"),
        ("rien.wav", &no_sample, "holds no sample"),
    ];
    for (name, bytes, reason) in cases {
        let path = write(folder.path(), name, bytes);
        let error = heard(&path).expect_err(name);
        let message = error.to_string();
        assert!(message.contains(reason) && message.contains(name), "{name}: {message}");
        assert!(error.guidance().is_some());
    }
}

#[test]
fn a_folder_and_a_missing_file_cannot_be_read() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for path in [folder.path().to_owned(), folder.path().join("absent.mp3")] {
        let error = heard(&path).expect_err("there is no sound");
        assert!(matches!(error, DecodeError::Unreadable { .. }), "{error:?}");
    }
}

#[test]
fn a_format_is_known_by_its_content_not_by_its_name() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let bytes = fs::read(sample("wav-s24.wav")).expect("a sample");
    let path = write(folder.path(), "épisode nº 7, l'invité.mp3", &bytes);
    let decoded = heard(&path).expect("it is a WAV");
    assert_eq!(decoded.source.codec, "pcm_s24le");
    assert_eq!((decoded.source.sample_rate, decoded.source.channels), (16_000, 1));
}

#[test]
fn a_truncated_download_is_told_with_what_was_promised() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // The last two have lost the index that lies at their end.
    let names = ["mp3-44k-stereo.mp3", "wav-s24.wav", "flac-16.flac", "aac.m4a"];
    for name in names.into_iter().chain(["video-aac.mkv", "opus.webm"]) {
        let bytes = fs::read(sample(name)).expect(name);
        let path = write(folder.path(), name, &bytes[..bytes.len() / 2]);
        let decoded = heard(&path).expect(name);
        let cut = decoded.source.damage.cut.unwrap_or_else(|| panic!("{name} is not cut"));
        let (at, promised) = cut;
        assert_eq!(at, decoded.pcm.length(), "{name}");
        assert!((300..1500).contains(&at.as_millis()), "{name}: {cut:?}");
        let promised = promised.expect(name).as_millis();
        assert!((1990..2060).contains(&promised), "{name}: {cut:?}");
    }
}

#[test]
fn a_truncated_ogg_is_told_without_a_promise_because_it_makes_none() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for name in ["vorbis.ogg", "opus.opus"] {
        let bytes = fs::read(sample(name)).expect(name);
        let path = write(folder.path(), name, &bytes[..bytes.len() * 3 / 4]);
        match heard(&path) {
            Ok(decoded) => {
                let cut = decoded.source.damage.cut.unwrap_or_else(|| panic!("{name} is not cut"));
                assert_eq!(cut.1, None, "{name}");
            }
            // So short a stream may be one page, which is lost as a whole.
            Err(error) => assert!(matches!(error, DecodeError::NoSample { .. }), "{error:?}"),
        }
    }
}

#[test]
fn an_mp4_that_lost_its_index_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let bytes = fs::read(sample("aac-index-last.m4a")).expect("a sample");
    let path = write(folder.path(), "coupé.m4a", &bytes[..bytes.len() / 2]);
    let message = heard(&path).expect_err("the index is gone").to_string();
    assert!(message.contains("it ends before its index"), "{message}");
}

#[test]
fn a_wav_header_may_lie_about_its_length_and_its_rate() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut long = wav(16_000, 1, &[1009; 8000]);
    long[40..44].copy_from_slice(&0xffff_fff0_u32.to_le_bytes());
    let decoded = heard(&write(folder.path(), "long.wav", &long)).expect("half a second is there");
    assert_eq!(decoded.pcm.length(), Time::from_millis(500));
    assert!(decoded.source.damage.cut.is_some());

    for rate in [0, 1, u32::MAX] {
        let path = write(folder.path(), "rate.wav", &wav(rate, 1, &[1009; 8000]));
        let error = heard(&path).expect_err("no recording has this rate");
        let is_told = matches!(error, DecodeError::Rate { .. } | DecodeError::Damaged { .. });
        assert!(is_told, "{rate}: {error:?}");
    }
}

#[test]
fn a_lost_page_is_silence_and_what_follows_keeps_its_time() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let intact = fs::read(sample("flac-16.flac")).expect("a sample");
    let mut holed = intact.clone();
    let (start, end) = (intact.len() / 3, intact.len() / 2);
    holed.drain(start..end);
    let holed = heard(&write(folder.path(), "trou.flac", &holed)).expect("most is there");
    let intact = samples(&heard(&sample("flac-16.flac")).expect("a sample").pcm);
    let holed = samples(&holed.pcm);
    let (correlation, lag_ms) = best_lag(&holed[24_000..], &intact[24_000..]);
    assert!(correlation > 0.99 && lag_ms.abs() < 5.0, "{correlation} {lag_ms}");
}

#[test]
fn files_glued_together_are_heard_to_the_end_even_when_their_channels_differ() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let names = ["mp3-44k-stereo.mp3", "mp3-22k-mono.mp3", "mp3-without-header.mp3"];
    let glued = names.map(|name| fs::read(sample(name)).expect(name)).concat();
    let decoded = heard(&write(folder.path(), "collé.mp3", &glued)).expect("it is an MP3");
    assert_eq!(decoded.source.damage.cut, None);
    let length = decoded.pcm.length().as_millis();
    assert!((6000..6300).contains(&length), "{length} ms");
}

#[test]
fn a_scratch_folder_that_is_not_there_is_named() {
    let settings = DecodeSettings { scratch: "absent/brouillon".into() };
    let error = decode(&sample("wav-u8.wav"), &settings, &Silent, &Cancel::default())
        .expect_err("nothing can be written there");
    assert!(error.to_string().contains("`absent/brouillon`"), "{error}");
}

#[test]
fn a_stop_asked_for_is_obeyed() {
    let cancel = Cancel::default();
    cancel.request();
    let settings = DecodeSettings { scratch: std::env::temp_dir() };
    let error = decode(&sample("aac.m4a"), &settings, &Silent, &cancel).expect_err("stopped");
    assert!(matches!(error, DecodeError::Cancelled { .. }), "{error:?}");
}

#[test]
fn progress_is_told_in_sound_and_never_goes_back() {
    struct Notes(std::sync::Mutex<Vec<Event>>);
    impl Observer for Notes {
        fn on(&self, event: Event) {
            self.0.lock().expect("no test panics inside").push(event);
        }
    }
    let notes = Notes(std::sync::Mutex::default());
    let settings = DecodeSettings { scratch: std::env::temp_dir() };
    decode(&sample("wav-s24.wav"), &settings, &notes, &Cancel::default()).expect("a sample");
    let events = notes.0.into_inner().expect("no test panics inside");
    let total = Some(Time::from_millis(2000));
    assert_eq!(events.first(), Some(&Event::Started { stage: Stage::Decode, total }));
    assert_eq!(events.last(), Some(&Event::Finished { stage: Stage::Decode }));
    let done: Vec<Time> = events
        .iter()
        .filter_map(|event| match event {
            Event::Advanced { done, .. } => Some(*done),
            _ => None,
        })
        .collect();
    assert!(!done.is_empty() && done.is_sorted(), "{done:?}");
}

/// Decodes the file at `path` with the system's temporary folder as scratch.
pub(crate) fn heard(path: &Path) -> Result<Decoded, DecodeError> {
    let settings = DecodeSettings { scratch: std::env::temp_dir() };
    decode(path, &settings, &Silent, &Cancel::default())
}

pub(crate) fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/audio").join(name)
}

pub(crate) fn samples(pcm: &Pcm) -> Vec<f32> {
    let all = Span::new(Time::default(), pcm.length()).expect("an episode is not empty");
    pcm.read(all).expect("the scratch file can be read")
}

fn reference(name: &str) -> Vec<f32> {
    let path = sample("expected").join(name);
    let wav = hound::WavReader::open(&path).expect(name);
    assert_eq!((wav.spec().sample_rate, wav.spec().channels), (16_000, 1), "{name}");
    wav.into_samples::<i16>().map(|x| f32::from(x.expect(name)) / 32_768.0).collect()
}

#[expect(clippy::disallowed_methods, reason = "a test file may be half written")]
pub(crate) fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).expect("a test file can be written");
    path
}
