//! Lengths in headers that are not true: what is there is heard, what is said and wrong is told.

use crate::{
    audio::{heard, sample, samples, write},
    desk::wav,
};
use std::{
    fs::{self, File},
    io::{Seek, SeekFrom, Write},
};
use voixoff::{
    audio::{Decoded, probe_length},
    base::{damage::Damage, progress::Cancel, samples::Samples, time::Time},
};

const TWO_SECONDS: Time = Time::from_millis(2_000);

/// 2 s at 16 kHz.
fn tone() -> Vec<i16> {
    (0..32_000).map(|i| (i % 101 * 50) as i16).collect()
}

#[test]
fn an_aiff_or_a_caf_that_does_not_know_its_length_is_read_to_its_end() {
    let expected = lying("vrai.wav", &wav(16_000, 1, &tone()));
    let unknown_aiff = aiff(&tone(), 0, u32::MAX);
    for bytes in [unknown_aiff, caf(&tone(), -1)] {
        let decoded = lying("flux", &bytes);
        assert_eq!(samples(&decoded.pcm), samples(&expected.pcm));
        assert_eq!(decoded.source.damage, Damage::default());
    }
}

#[test]
fn an_aiff_or_a_caf_whose_length_is_too_small_is_read_to_its_end_with_a_warning() {
    for n_bytes in [0_u32, 20_000] {
        let claimed = Some(Time::from_samples(u64::from(n_bytes) / 2));
        // AIFF counts 8 bytes before the sound, CAF 4.
        let small = [aiff(&tone(), n_bytes / 2, n_bytes + 8), caf(&tone(), i64::from(n_bytes) + 4)];
        for bytes in small {
            let decoded = lying("panne", &bytes);
            assert_eq!(decoded.pcm.length(), TWO_SECONDS);
            assert_eq!(decoded.source.damage, Damage { claimed, ..Damage::default() });
        }
    }
    let decoded = lying("zéro", &aiff(&tone(), 0, 0));
    assert_eq!(decoded.source.damage.claimed, Some(Time::default()));
}

#[test]
fn an_aiff_or_a_caf_that_ends_before_its_length_is_cut() {
    let long = [aiff(&tone(), 48_000, 96_008), caf(&tone(), 96_004)];
    let whole = [aiff(&tone(), 32_000, 64_008), caf(&tone(), 64_004)];
    let short = whole.map(|bytes| bytes[..bytes.len() - 32_000].to_vec());
    for (bytes, at, promised) in long
        .map(|bytes| (bytes, 2_000, 3_000))
        .into_iter()
        .chain(short.map(|it| (it, 1_000, 2_000)))
    {
        let decoded = lying("coupé", &bytes);
        let cut = Some((Time::from_millis(at), Some(Time::from_millis(promised))));
        assert_eq!(decoded.source.damage, Damage { cut, ..Damage::default() });
    }
}

#[test]
fn an_aiff_that_counts_its_frames_rightly_is_not_cut_by_a_wrong_count_of_bytes() {
    for said in [96_008, u32::MAX] {
        let decoded = lying("frames", &aiff(&tone(), 32_000, said));
        assert_eq!(decoded.pcm.length(), TWO_SECONDS);
        assert_eq!(decoded.source.damage, Damage::default());
    }
}

#[test]
fn what_follows_the_sound_of_an_aiff_or_a_caf_is_not_heard() {
    let name = b"NAME\0\0\0\x08Le titre";
    let aiff = [&aiff(&tone(), 32_000, 64_008)[..], name].concat();
    let free = [b"free".as_slice(), &9_000_i64.to_be_bytes(), &[7; 9_000]].concat();
    for bytes in [aiff, [caf(&tone(), 64_004), free].concat()] {
        let decoded = lying("suite", &bytes);
        assert_eq!(decoded.pcm.length(), TWO_SECONDS);
        assert_eq!(decoded.source.damage, Damage::default());
    }
}

#[test]
fn lengths_that_no_recording_has_are_no_promise() {
    for said in [i64::MIN, -2, i64::MAX] {
        let decoded = lying("absurde", &caf(&tone(), said));
        assert_eq!(decoded.pcm.length(), TWO_SECONDS);
        assert_eq!(decoded.source.damage, Damage::default());
    }
}

#[test]
fn a_clock_that_jumps_before_each_packet_makes_no_hours_of_silence() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut bytes = caf(&tone(), 64_004);
    // A packet of 2 bytes would be 2 s.
    bytes[40..44].copy_from_slice(&0x8000_u32.to_be_bytes());
    if let Ok(decoded) = heard(&write(folder.path(), "horloge.caf", &bytes)) {
        assert!(decoded.pcm.length() < Time::from_millis(60_000), "{:?}", decoded.source);
    }
}

#[test]
fn notes_that_make_no_sense_are_no_reason_to_refuse_sound() {
    let expected = lying("vrai.wav", &wav(16_000, 1, &tone()));
    let list = b"LIST\x0a\0\0\0INFOabcdef";
    let wav = wav(16_000, 1, &tone());
    let wav = [&wav[..36], list, &wav[36..]].concat();
    let marks = b"MARK\0\0\0\x04\x03\xe8\0\0";
    let whole = aiff(&tone(), 32_000, 64_008);
    let aiff = [&whole[..12], marks, &whole[12..]].concat();
    for bytes in [wav, aiff] {
        assert_eq!(samples(&lying("notes", &bytes).pcm), samples(&expected.pcm));
    }
}

#[test]
fn aac_in_a_caf_is_heard_wherever_the_table_of_its_packets_lies() {
    let adts = fs::read(sample("aac-adts.aac")).expect("a sample");
    let expected = samples(&heard(&sample("aac-adts.aac")).expect("a sample").pcm);
    for place in [Table::Before, Table::Behind(Said::Rightly), Table::Behind(Said::NotAtAll)] {
        let decoded = lying("aac.caf", &caf_of_aac(&adts, place));
        assert_eq!(samples(&decoded.pcm), expected, "{place:?}");
        assert_eq!(decoded.source.damage, Damage::default(), "{place:?}");
    }
}

#[test]
fn a_wav_whose_count_went_round_at_4_gb_is_as_long_as_its_sound() {
    const ROUND: u64 = 1 << 32;
    const LENGTH: u64 = ROUND + (512 << 20);
    let folder = tempfile::tempdir().expect("a temporary folder");
    // A header of 48 kHz stereo; its sound is a hole in the file.
    let header = wav(48_000, 2, &[]);
    let sized = |said: u32, marked: u64| {
        let mut bytes = header.clone();
        bytes[40..44].copy_from_slice(&said.to_le_bytes());
        let path = write(folder.path(), "long.wav", &bytes);
        let mut file = File::options().write(true).open(&path).expect("it was just made");
        file.set_len(44 + LENGTH).expect("holes take no room");
        file.seek(SeekFrom::Start(44 + marked)).expect("it is there");
        file.write_all(&[7; 64]).expect("a block");
        probe_length(&path, &Cancel::default()).expect("it is a WAV")
    };
    let length = Time::from_samples(LENGTH / 4 / 3);
    assert_eq!(sized((LENGTH - ROUND) as u32, 0), length);
    // The count is from before the recorder lost power, and sound goes on behind it.
    assert_eq!(sized(1_000_000, ROUND + 1_000_000), length);
    assert_eq!(sized(0, ROUND), length);
    assert_eq!(sized(u32::MAX - 16, u64::from(u32::MAX - 16)), length);
}

#[track_caller]
fn lying(name: &str, bytes: &[u8]) -> Decoded {
    let folder = tempfile::tempdir().expect("a temporary folder");
    heard(&write(folder.path(), name, bytes)).expect(name)
}

/// An AIFF of 16 kHz that says it has so many frames, and so many bytes in the chunk of its sound.
pub(crate) fn aiff(samples: &[i16], n_frames: u32, n_bytes: u32) -> Vec<u8> {
    let sound: Vec<u8> = samples.iter().flat_map(|sample| sample.to_be_bytes()).collect();
    let mut bytes = b"FORM".to_vec();
    bytes.extend((46 + sound.len() as u32).to_be_bytes());
    bytes.extend(b"AIFFCOMM\0\0\0\x12\0\x01");
    bytes.extend(n_frames.to_be_bytes());
    bytes.extend(b"\0\x10\x40\x0c\xfa\0\0\0\0\0\0\0SSND");
    bytes.extend(n_bytes.to_be_bytes());
    bytes.extend([0; 8]);
    bytes.extend(sound);
    bytes
}

/// A CAF of 16 kHz that says it has so many bytes in the chunk of its sound.
pub(crate) fn caf(samples: &[i16], n_bytes: i64) -> Vec<u8> {
    let mut bytes = caf_head(b"lpcm", [0, 2, 1, 1, 16]);
    bytes.extend(b"data");
    bytes.extend(n_bytes.to_be_bytes());
    bytes.extend([0; 4]);
    bytes.extend(samples.iter().flat_map(|sample| sample.to_be_bytes()));
    bytes
}

/// The head of a CAF: flags, bytes and frames of a packet, channels, bits.
fn caf_head(codec: &[u8; 4], numbers: [u32; 5]) -> Vec<u8> {
    let mut bytes = b"caff\0\x01\0\0desc\0\0\0\0\0\0\0\x20".to_vec();
    bytes.extend(if codec == b"lpcm" { 16_000.0_f64 } else { 44_100.0 }.to_be_bytes());
    bytes.extend(codec);
    bytes.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
    bytes
}

/// Where the table of packets lies in a CAF.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Table {
    Before,
    Behind(Said),
}

/// Whether the length of the sound is said.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Said {
    Rightly,
    NotAtAll,
}

/// The packets of `adts`, which is mono at 44.1 kHz, in a CAF.
pub(crate) fn caf_of_aac(adts: &[u8], place: Table) -> Vec<u8> {
    let (mut sound, mut lengths, mut n_packets, mut rest) = (Vec::new(), Vec::new(), 0_u64, adts);
    while let [0xff, _, _, d, e, f, ..] = *rest {
        let length = usize::from(d & 3) << 11 | usize::from(e) << 3 | usize::from(f >> 5);
        let packet = &rest[7..length];
        sound.extend(packet);
        if packet.len() > 127 {
            lengths.push(0x80 | (packet.len() >> 7) as u8);
        }
        lengths.push((packet.len() & 0x7f) as u8);
        n_packets += 1;
        rest = &rest[length..];
    }
    let chunk =
        |name: &[u8], length: i64, content: &[u8]| [name, &length.to_be_bytes(), content].concat();
    let sized = |name: &[u8], content: &[u8]| chunk(name, content.len() as i64, content);
    // An ES descriptor around a decoder's configuration: AAC-LC, 44.1 kHz, mono.
    let cookie = [&[3, 25, 0, 0, 0, 4, 17, 0x40, 0x15][..], &[0; 11], &[5, 2, 0x12, 0x08, 6, 1, 2]];
    let frames = [n_packets.to_be_bytes(), (n_packets * 1024).to_be_bytes(), [0; 8]].concat();
    let table = sized(b"pakt", &[frames, lengths].concat());
    let content = [vec![0; 4], sound].concat();
    let data = match place {
        Table::Behind(Said::NotAtAll) => chunk(b"data", -1, &content),
        _ => sized(b"data", &content),
    };
    let head = [caf_head(b"aac ", [0, 0, 1024, 1, 0]), sized(b"kuki", &cookie.concat())].concat();
    match place {
        Table::Before => [head, table, data].concat(),
        Table::Behind(_) => [head, data, table].concat(),
    }
}
