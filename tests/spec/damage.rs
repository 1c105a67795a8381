//! Damage: what is lost of a file is told with its place, what follows keeps its time, and a
//! header that is wrong or odd is no reason to refuse sound that is there.

use crate::{
    audio::{Random, best_lag, heard, sample, samples, write},
    desk::wav,
};
use std::fs;
use voixoff::{
    audio::{DecodeError, Decoded, probe_length},
    base::{
        damage::Damage,
        guidance::{Guidance, Guided},
        progress::Cancel,
        samples::Samples,
        time::Time,
    },
};

/// Ten seconds of speech, in formats in which the place of a loss and its length can be told.
const TIMED: [&str; 5] = [
    "ten-seconds.flac",
    "ten-seconds.mp3",
    "ten-seconds.ogg",
    "ten-seconds.opus",
    "ten-seconds.webm",
];

/// The same, in formats without a clock or a count.
const UNTIMED: [&str; 2] = ["ten-seconds-without-index.mp3", "ten-seconds.aac"];

const HALF_SECOND: usize = 8000;

#[test]
fn every_half_second_of_a_file_with_a_hole_is_heard_or_told_as_lost() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut random = Random(20_261_129);
    for name in TIMED {
        let bytes = fs::read(sample(name)).expect(name);
        let intact = samples(&heard(&sample(name)).expect(name).pcm);
        for variant in 0..6 {
            let holed = with_hole(&bytes, variant, &mut random);
            let decoded = heard(&write(folder.path(), name, &holed)).expect(name);
            let case = format!("{variant} of {name}: {:?}", decoded.source.damage);
            let length = decoded.pcm.length().as_millis();
            assert!((9_950..10_080).contains(&length), "{length} ms, {case}");
            assert!(!decoded.source.damage.lost.is_empty(), "{case}");
            assert_eq!(decoded.source.damage.uncertain_from, None, "{case}");
            assert_heard_or_lost(&intact, &decoded, &case);
        }
    }
}

#[test]
fn sound_beside_a_hole_is_that_of_the_whole_file_or_is_told_as_lost() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (mut random, mut wrong) = (Random(20_261_130), Vec::new());
    for name in TIMED.into_iter().chain(["mp3-44k-stereo.mp3", "mp3-22k-mono.mp3"]) {
        let bytes = fs::read(sample(name)).expect(name);
        let intact = samples(&heard(&sample(name)).expect(name).pcm);
        for variant in 0..12 {
            let holed = with_hole(&bytes, variant, &mut random);
            let decoded = heard(&write(folder.path(), name, &holed)).expect(name);
            let case = format!("{variant} of {name}: {:?}", decoded.source.damage);
            assert!(!decoded.source.damage.lost.is_empty(), "{case}");
            let spoilt_ms = spoilt_ms(&intact, &decoded);
            if !spoilt_ms.is_empty() {
                wrong.push(format!("{spoilt_ms:?} ms of {case}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Where `decoded`, by hundredths of a second, is not what `intact` is, and is not told as lost.
fn spoilt_ms(intact: &[f32], decoded: &Decoded) -> Vec<usize> {
    const BLOCK: usize = 160;
    // How far a resampler smears an edge.
    const SMEARED: u64 = 80;
    let ours = samples(&decoded.pcm);
    let spoilt = |(number, ours): (usize, &[f32])| {
        let start = number * BLOCK;
        let is_lost = |span: &voixoff::base::time::Span| {
            span.start().samples() < (start + BLOCK) as u64 + SMEARED
                && (start as u64) < span.end().samples() + SMEARED
        };
        let theirs = intact.get(start..start + BLOCK)?;
        let energy = |samples: &mut dyn Iterator<Item = f32>| samples.map(|x| x * x).sum::<f32>();
        let wrong = energy(&mut ours.iter().zip(theirs).map(|(ours, theirs)| ours - theirs));
        let least = BLOCK as f32 * 1e-6;
        let is_wrong = wrong > 0.05 * energy(&mut theirs.iter().copied()) + least;
        (is_wrong && !decoded.source.damage.lost.iter().any(is_lost)).then_some(start / 16)
    };
    ours.chunks_exact(BLOCK).enumerate().filter_map(spoilt).collect()
}

#[test]
fn where_a_format_does_not_say_how_much_is_lost_times_behind_it_are_called_uncertain() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for name in UNTIMED {
        let mut bytes = fs::read(sample(name)).expect(name);
        bytes.drain(bytes.len() / 3 + 7..bytes.len() / 2);
        let decoded = heard(&write(folder.path(), name, &bytes)).expect(name);
        let damage = decoded.source.damage;
        let from = damage.uncertain_from.expect(name).as_millis();
        assert!((3_000..3_600).contains(&from), "{name}: {damage:?}");
        assert!(!damage.lost.is_empty(), "{name}: {damage:?}");
        assert!(damage.warnings().iter().any(|warning| warning.contains("may be off")));
    }
}

#[test]
fn frames_of_one_length_that_were_overwritten_are_counted() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let name = "ten-seconds-without-index.mp3";
    let mut bytes = fs::read(sample(name)).expect(name);
    let intact = samples(&heard(&sample(name)).expect(name).pcm);
    // Frames of 144 bytes.
    let (start, end) = (80 * 144, 120 * 144);
    bytes[start..end].fill(0);
    let decoded = heard(&write(folder.path(), name, &bytes)).expect(name);
    assert_eq!(decoded.source.damage.uncertain_from, None);
    assert_heard_or_lost(&intact, &decoded, name);
}

#[test]
fn an_index_that_promises_days_fills_no_hole_with_them() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut bytes = fs::read(sample("mp3-44k-stereo.mp3")).expect("a sample");
    let index = bytes.windows(4).position(|it| it == b"Info").expect("an index");
    bytes[index + 8..index + 12].copy_from_slice(&0x00ff_ffff_u32.to_be_bytes());
    let middle = bytes.len() / 2;
    bytes.drain(middle..middle + 1_000);
    let decoded = heard(&write(folder.path(), "jours.mp3", &bytes)).expect("it is sound");
    let length = decoded.pcm.length();
    assert!(length < Time::from_millis(5_000), "{length}");
    assert!(!decoded.source.damage.lost.is_empty());
}

#[test]
fn pauses_in_which_opus_sends_nothing_are_no_damage_and_move_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut bytes = fs::read(sample("ten-seconds.webm")).expect("a sample");
    // Nine seconds with a packet each 400 ms, as an encoder with DTX sends them, then all.
    for (packet, at) in simple_blocks(&bytes).into_iter().enumerate() {
        if packet < 450 && packet % 20 != 0 {
            const VOID: u8 = 0xec;
            bytes[at] = VOID;
        }
    }
    let decoded = heard(&write(folder.path(), "pauses.webm", &bytes)).expect("it is sound");
    let damage = &decoded.source.damage;
    assert!(damage.corrupt_packets == 0 && damage.lost.is_empty(), "{damage:?}");
    let intact = samples(&heard(&sample("ten-seconds.webm")).expect("a sample").pcm);
    let sparse = samples(&decoded.pcm);
    // A clock of whole packets is right to one of them, which is 20 ms.
    let end = &intact[148_000..158_000];
    let lags =
        (-20_i64..=20).map(|ms| best_lag(&sparse[(148_000 + 16 * ms) as usize..][..10_000], end));
    let best = lags.map(|(correlation, _)| correlation).fold(0.0, f64::max);
    assert!(best > 0.95, "{best}");
}

/// Where the simple blocks of the WebM file `bytes` begin.
fn simple_blocks(bytes: &[u8]) -> Vec<usize> {
    const CLUSTER: [u8; 4] = [0x1f, 0x43, 0xb6, 0x75];
    const SIMPLE_BLOCK: u8 = 0xa3;
    // Length of the field of a size, and the size (RFC 8794, 4).
    let size = |at: usize| {
        let width = bytes[at].leading_zeros() as usize + 1;
        let value = bytes[at + 1..at + width]
            .iter()
            .fold(u64::from(bytes[at]) & ((1 << (8 - width)) - 1), |value, byte| {
                value << 8 | u64::from(*byte)
            });
        (width, value as usize)
    };
    let (mut blocks, mut from) = (Vec::new(), 0);
    while let Some(found) = bytes[from..].windows(4).position(|id| id == CLUSTER) {
        let (width, length) = size(from + found + 4);
        let mut at = from + found + 4 + width;
        from = at + length;
        while at < from {
            let id_width = bytes[at].leading_zeros() as usize + 1;
            let (width, length) = size(at + id_width);
            blocks.extend((bytes[at] == SIMPLE_BLOCK).then_some(at));
            at += id_width + width + length;
        }
    }
    blocks
}

#[test]
fn intact_sound_has_no_damage() {
    for name in TIMED.into_iter().chain(UNTIMED) {
        assert_eq!(heard(&sample(name)).expect(name).source.damage, Damage::default(), "{name}");
    }
}

#[test]
fn one_flipped_bit_in_the_first_page_of_an_ogg_costs_that_page() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for name in ["ten-seconds.opus", "ten-seconds.ogg"] {
        let mut bytes = fs::read(sample(name)).expect(name);
        let intact = samples(&heard(&sample(name)).expect(name).pcm);
        let pages = bytes.windows(4).enumerate().filter(|(_, there)| there == b"OggS");
        let (page, _) = pages.take(3).last().expect("there are pages of sound");
        bytes[page + 100] ^= 4;
        let decoded = heard(&write(folder.path(), name, &bytes)).expect(name);
        let lost = &decoded.source.damage.lost;
        assert!(lost.len() == 1 && lost[0].start() == Time::default(), "{name}: {lost:?}");
        assert!((150..1_100).contains(&lost[0].end().as_millis()), "{name}: {lost:?}");
        assert_heard_or_lost(&intact, &decoded, name);
    }
}

#[test]
fn a_flipped_bit_in_the_title_of_an_ogg_costs_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut bytes = fs::read(sample("ten-seconds.opus")).expect("a sample");
    let tags = bytes.windows(8).position(|there| there == b"OpusTags").expect("it has some");
    bytes[tags + 13] ^= 1;
    let decoded = heard(&write(folder.path(), "titre.opus", &bytes)).expect("all sound is there");
    assert_eq!(decoded.source.damage.lost, []);
}

/// `bytes` with a part of them, of 5 to 20 %, overwritten or cut out; its head stays.
fn with_hole(bytes: &[u8], variant: usize, random: &mut Random) -> Vec<u8> {
    let mut holed = bytes.to_vec();
    let length = bytes.len() / 20 + random.below(bytes.len() * 3 / 20);
    let start = bytes.len() / 5 + random.below(bytes.len() * 11 / 20);
    match variant % 3 {
        0 => drop(holed.drain(start..start + length)),
        1 => holed[start..start + length].fill(0),
        _ => holed[start..start + length].fill_with(|| random.below(256) as u8),
    }
    holed
}

/// Each half second of `decoded` is that of `intact` at the same instant, or is lost.
#[track_caller]
fn assert_heard_or_lost(intact: &[f32], decoded: &Decoded, case: &str) {
    let ours = samples(&decoded.pcm);
    for start in (0..intact.len().min(ours.len()) - HALF_SECOND).step_by(HALF_SECOND) {
        let time = |sample: usize| Time::from_samples(sample as u64);
        let is_near = |span: &voixoff::base::time::Span| {
            span.start() < time(start + HALF_SECOND) && time(start) < span.end()
        };
        if decoded.source.damage.lost.iter().any(is_near) {
            continue;
        }
        let theirs = &intact[start..start + HALF_SECOND];
        if theirs.iter().all(|sample| sample.abs() < 0.01) {
            continue;
        }
        let (correlation, lag_ms) = best_lag(&ours[start..start + HALF_SECOND], theirs);
        let at = start as f64 / 16_000.0;
        assert!(
            correlation > 0.9 && lag_ms.abs() < 1.0,
            "{at} s: {correlation} {lag_ms} ms, {case}"
        );
    }
}

#[test]
fn sound_that_is_not_read_is_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cases: [(&str, &[u8]); 16] = [
        ("DTS", &[0x7f, 0xfe, 0x80, 0x01, 0xfc]),
        ("Monkey's Audio", b"MAC \x96\x0f"),
        ("TAK", b"tBaK\x01"),
        ("WavPack", b"wvpk\x10\0"),
        ("AU", b".snd\0\0\0\x18"),
        ("WMA", &[0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11]),
        ("RealMedia", b".RMF\0"),
        ("AMR", b"#!AMR\n"),
        ("DSD", b"DSD \x1c"),
        ("Musepack", b"MPCK"),
        ("TTA", b"TTA1"),
        ("MIDI", b"MThd\0\0\0\x06"),
        ("AVI", b"RIFF\0\0\0\0AVI LIST"),
        ("MPEG-PS", &[0, 0, 1, 0xba]),
        ("FLV", b"FLV\x01\x04"),
        ("True Audio", b"ID3\x03\0\0\0\0\0\x02\0\0TTA1"),
    ];
    for (format, head) in cases {
        // Behind the head, what a search for MP3 would take for one.
        let mp3 = fs::read(sample("mp3-44k-stereo.mp3")).expect("a sample");
        let bytes = [head, &[0; 64], &mp3[2000..]].concat();
        let path = write(folder.path(), "inconnu.mp3", &bytes);
        let error = heard(&path).expect_err(format);
        assert!(error.to_string().contains(format), "{format}: {error}");
        assert_eq!(error.guidance(), Some(Guidance::Convert), "{format}");
        assert_eq!(probe_length(&path, &Cancel::default()), None, "{format}");
    }
}

#[test]
fn dts_that_says_it_is_a_wav_is_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut bytes = wav(44_100, 2, &[1009; 8000]);
    bytes[44..48].copy_from_slice(&[0xfe, 0x7f, 0x01, 0x80]);
    let error = heard(&write(folder.path(), "disque.wav", &bytes)).expect_err("it is DTS");
    assert!(matches!(error, DecodeError::Foreign { .. }), "{error:?}");
}

#[test]
fn noise_in_which_a_frame_can_be_found_is_no_mp3() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut random = Random(7);
    for _ in 0..8 {
        let mut bytes: Vec<u8> = (0..400_000).map(|_| random.below(256) as u8).collect();
        for place in (10_000..bytes.len()).step_by(9_973) {
            bytes[place..place + 4].copy_from_slice(&[0xff, 0xfb, 0x90, 0x44]);
        }
        let error = heard(&write(folder.path(), "bruit.mp3", &bytes)).expect_err("it is noise");
        assert!(matches!(error, DecodeError::NotAudio { .. }), "{error:?}");
    }
}

#[test]
fn a_file_of_which_hardly_anything_can_be_decoded_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut bytes = fs::read(sample("ten-seconds.m4a")).expect("a sample");
    let sound = bytes.windows(4).position(|there| there == b"mdat").expect("it has some") + 400;
    let index = bytes.windows(4).position(|there| there == b"moov").expect("it has one") - 4;
    let mut random = Random(11);
    bytes[sound..index].fill_with(|| random.below(256) as u8);
    let error = heard(&write(folder.path(), "bruit.m4a", &bytes)).expect_err("it is noise");
    assert!(
        matches!(error, DecodeError::Garbled { .. } | DecodeError::NoSample { .. }),
        "{error:?}"
    );
}

#[test]
fn a_wav_whose_recorder_lost_power_is_read_to_its_end_with_a_warning() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let tone: Vec<i16> = (0..32_000).map(|i| (i % 101 * 50) as i16).collect();
    for said in [0_u32, 20_000] {
        let mut bytes = wav(16_000, 1, &tone);
        bytes[40..44].copy_from_slice(&said.to_le_bytes());
        let decoded = heard(&write(folder.path(), "panne.wav", &bytes)).expect("it is all there");
        assert_eq!(decoded.pcm.length(), Time::from_millis(2000));
        let claimed = Time::from_samples(u64::from(said) / 2);
        assert_eq!(decoded.source.damage.claimed, Some(claimed));
        assert_eq!(decoded.source.damage.warnings().len(), 1);
    }
}

#[test]
fn a_wav_that_says_its_length_is_unknown_is_read_without_a_warning() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut bytes = wav(16_000, 1, &[1009; 32_000]);
    bytes[40..44].fill(0xff);
    let decoded = heard(&write(folder.path(), "flux.wav", &bytes)).expect("it is all there");
    assert_eq!(decoded.pcm.length(), Time::from_millis(2000));
    assert_eq!(decoded.source.damage, Damage::default());
}

#[test]
fn what_follows_the_sound_of_a_wav_is_not_heard() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let chunk = [b"bext\x40\x9c\0\0".as_slice(), &[7; 40_000]].concat();
    for rest in [chunk, vec![0; 40_000], b"TAG".iter().copied().chain([7; 125]).collect()] {
        let bytes = [wav(16_000, 1, &[1009; 32_000]), rest].concat();
        let decoded = heard(&write(folder.path(), "suite.wav", &bytes)).expect("a WAV");
        assert_eq!(decoded.pcm.length(), Time::from_millis(2000));
        assert_eq!(decoded.source.damage, Damage::default());
    }
}

#[test]
fn wavs_that_count_in_64_bits_sound_like_those_that_do_not() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let tone: Vec<i16> = (0..32_000).map(|i| (i % 101 * 50) as i16).collect();
    let plain = wav(16_000, 1, &tone);
    let (format, sound) = (&plain[20..36], &plain[44..]);
    let expected = samples(&heard(&write(folder.path(), "un.wav", &plain)).expect("a WAV").pcm);
    let long = |length: usize| (length as u64).to_le_bytes();
    let ds64 = [b"ds64\x1c\0\0\0".as_slice(), &long(0), &long(sound.len()), &[0; 12]].concat();
    let rest = [&plain[12..36], b"data\xff\xff\xff\xff", sound].concat();
    let guid = |name: &[u8; 4]| {
        let rest = [0xf3, 0xac, 0xd3, 0x11, 0x8c, 0xd1, 0, 0xc0, 0x4f, 0x8e, 0xdb, 0x8a];
        [name.as_slice(), &rest].concat()
    };
    let riff = [0x2e, 0x91, 0xcf, 0x11, 0xa5, 0xd6, 0x28, 0xdb, 4, 0xc1, 0, 0];
    let w64 = [
        b"riff".as_slice(),
        &riff,
        &long(104 + sound.len()),
        &guid(b"wave"),
        &guid(b"fmt "),
        &long(40),
        format,
        &guid(b"data"),
        &long(24 + sound.len()),
        sound,
    ];
    let rf64 = |name: &[u8]| [name, b"\xff\xff\xff\xffWAVE", &ds64, &rest].concat();
    for bytes in [rf64(b"RF64"), rf64(b"BW64"), w64.concat()] {
        let path = write(folder.path(), "long.wav", &bytes);
        let decoded = heard(&path).expect("it is sound");
        assert_eq!(samples(&decoded.pcm), expected);
        assert_eq!(decoded.source.damage, Damage::default());
        assert_eq!(probe_length(&path, &Cancel::default()), Some(Time::from_millis(2000)));
    }
}

#[test]
fn a_flac_with_an_odd_cue_sheet_is_heard() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let bytes = fs::read(sample("ten-seconds.flac")).expect("a sample");
    let expected = samples(&heard(&sample("ten-seconds.flac")).expect("a sample").pcm);
    // Block 5, 400 bytes that make no sense, before the others.
    let sheet = [&[5, 0, 1, 0x90][..], &[0xee; 400]].concat();
    let odd = [&bytes[..42], &sheet, &bytes[42..]].concat();
    let decoded = heard(&write(folder.path(), "index.flac", &odd)).expect("its sound is intact");
    assert_eq!(samples(&decoded.pcm), expected);
}

#[test]
fn an_m4a_whose_header_announces_more_than_it_has_is_heard() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut bytes = fs::read(sample("aac.m4a")).expect("a sample");
    let expected = samples(&heard(&sample("aac.m4a")).expect("a sample").pcm);
    let header = bytes.windows(4).position(|there| there == [0x05, 0x80, 0x80, 0x80]);
    let header = header.expect("it has a header of AAC") + 5;
    assert_eq!(bytes[header..header + 2], [0x12, 0x10]);
    bytes[header + 1] = 0x12;
    let decoded = heard(&write(folder.path(), "livre.m4b", &bytes)).expect("its sound is intact");
    assert_eq!(samples(&decoded.pcm), expected);
}

#[test]
fn aac_without_an_edit_list_begins_where_its_encoder_did() {
    let intact = samples(&heard(&sample("ten-seconds.flac")).expect("a sample").pcm);
    let ours = samples(&heard(&sample("ten-seconds.m4a")).expect("a sample").pcm);
    let (correlation, lag_ms) = best_lag(&ours[40_000..72_000], &intact[40_000..72_000]);
    assert!(correlation > 0.9 && lag_ms.abs() < 1.0, "{correlation} {lag_ms}");
}

#[test]
fn a_length_is_known_without_reading_the_sound() {
    for name in TIMED.into_iter().chain(UNTIMED) {
        let length = probe_length(&sample(name), &Cancel::default()).expect(name).as_millis();
        assert!((9_700..10_300).contains(&length), "{name}: {length} ms");
    }
    assert_eq!(probe_length("absent.mp3".as_ref(), &Cancel::default()), None);
}
