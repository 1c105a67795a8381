//! Formats that are not read, known by their first bytes.
//!
//! Some of them look like MP3 to whoever searches long enough for a frame, and would become
//! minutes of noise.

use super::{Window, end_of_id3};
use std::fs::File;

/// Name of a format, and where in the file what must be.
type Magic = (&'static str, &'static [(u64, &'static [u8])]);

/// By what they begin with.
const FORMATS: &[Magic] = &[
    ("Monkey's Audio (APE)", &[(0, b"MAC ")]),
    ("Monkey's Audio (APE)", &[(0, b"MACF")]),
    ("TAK", &[(0, b"tBaK")]),
    ("WavPack", &[(0, b"wvpk")]),
    ("AU", &[(0, b".snd")]),
    ("AU", &[(0, b"dns.")]),
    ("DTS", &[(0, &[0x7f, 0xfe, 0x80, 0x01])]),
    ("DTS", &[(0, &[0xfe, 0x7f, 0x01, 0x80])]),
    ("DTS", &[(0, &[0x1f, 0xff, 0xe8, 0x00])]),
    ("DTS", &[(0, &[0xff, 0x1f, 0x00, 0xe8])]),
    ("DTS-HD", &[(0, b"DTSHDHDR")]),
    ("TrueHD", &[(4, &[0xf8, 0x72, 0x6f, 0xba])]),
    ("MLP", &[(4, &[0xf8, 0x72, 0x6f, 0xbb])]),
    ("WMA (ASF)", &[(0, &[0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11])]),
    ("RealAudio", &[(0, b".ra\xfd")]),
    ("RealMedia", &[(0, b".RMF")]),
    ("AMR", &[(0, b"#!AMR")]),
    ("EVRC", &[(0, b"#!EVRC")]),
    ("SILK", &[(0, b"#!SILK")]),
    ("SILK", &[(1, b"#!SILK")]),
    ("DSD (DSF)", &[(0, b"DSD ")]),
    ("DSD (DSDIFF)", &[(0, b"FRM8")]),
    ("Musepack", &[(0, b"MPCK")]),
    ("Musepack", &[(0, b"MP+")]),
    ("True Audio (TTA)", &[(0, b"TTA1")]),
    ("True Audio (TTA)", &[(0, b"TTA2")]),
    ("OptimFROG", &[(0, b"OFR ")]),
    ("Shorten", &[(0, b"ajkg")]),
    ("LA", &[(0, b"LA0")]),
    ("VOC", &[(0, b"Creative Voice File")]),
    ("NIST SPHERE", &[(0, b"NIST_1A")]),
    ("QCP", &[(0, b"RIFF"), (8, b"QLCM")]),
    ("8SVX", &[(0, b"FORM"), (8, b"8SVX")]),
    ("MIDI, notes and no sound", &[(0, b"MThd")]),
    ("MIDI, notes and no sound", &[(0, b"RIFF"), (8, b"RMID")]),
    ("a tracker module", &[(0, b"Extended Module:")]),
    ("a tracker module", &[(0, b"IMPM")]),
    ("AVI", &[(0, b"RIFF"), (8, b"AVI ")]),
    ("FLV", &[(0, b"FLV\x01")]),
    ("MPEG-PS", &[(0, &[0, 0, 1, 0xba])]),
    ("MPEG-TS", &[(0, b"G"), (188, b"G"), (376, b"G"), (564, b"G")]),
    ("MPEG-TS", &[(4, b"G"), (196, b"G"), (388, b"G"), (580, b"G")]),
];

/// What may lie in a WAV as if it were plain sound.
const IN_WAV: &[Magic] = &[
    ("DTS, in a WAV,", &[(0, &[0x7f, 0xfe, 0x80, 0x01])]),
    ("DTS, in a WAV,", &[(0, &[0xfe, 0x7f, 0x01, 0x80])]),
    ("DTS, in a WAV,", &[(0, &[0x1f, 0xff, 0xe8, 0x00])]),
    ("DTS, in a WAV,", &[(0, &[0xff, 0x1f, 0x00, 0xe8])]),
    ("AC-3 or DTS, in a WAV,", &[(0, &[0x72, 0xf8, 0x1f, 0x4e])]),
];

/// Name of the format of `file`, if it is one that is not read.
pub(in crate::audio) fn foreign(file: &File, length: u64) -> Option<&'static str> {
    let mut window = Window::new(file, length);
    let start = end_of_id3(&mut window, 0);
    let named = name(&mut window, start, FORMATS);
    named.or_else(|| in_wav(&mut window, start)).or_else(|| dolby(&mut window, start))
}

fn name(window: &mut Window<'_>, start: u64, formats: &[Magic]) -> Option<&'static str> {
    let mut is_there = |(at, bytes): &(u64, &[u8])| window.at(start + at, bytes.len()) == *bytes;
    formats.iter().find(|(_, magic)| magic.iter().all(&mut is_there)).map(|(name, _)| *name)
}

/// The name of what stands in the place of a WAV's sound.
fn in_wav(window: &mut Window<'_>, start: u64) -> Option<&'static str> {
    if window.at(start, 4) != b"RIFF" || window.at(start + 8, 4) != b"WAVE" {
        return None;
    }
    let data = window.find(start + 12..start + 4096, b"data")?;
    name(window, data + 8, IN_WAV)
}

/// AC-3 and E-AC-3 have but two bytes to be known by, so the next frame must begin with them,
/// too.
fn dolby(window: &mut Window<'_>, start: u64) -> Option<&'static str> {
    const SYNC: [u8; 2] = [0x0b, 0x77];
    const KBPS: [u64; 19] =
        [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640];
    let [a, b, c, d, e, f] = window.array(start)?;
    if [a, b] != SYNC {
        return None;
    }
    // Above 10, the number of the bit stream is that of E-AC-3.
    let (name, length) = if f >> 3 > 10 {
        ("E-AC-3", 2 * (1 + (u64::from(c & 7) << 8 | u64::from(d))))
    } else {
        let kbps = KBPS.get(usize::from(e & 0x3f) / 2)?;
        let words = match e >> 6 {
            0 => kbps * 2,
            1 => kbps * 320 / 147 + u64::from(e & 1),
            2 => kbps * 3,
            _ => return None,
        };
        ("AC-3", 2 * words)
    };
    (window.at(start + length, 2) == SYNC).then_some(name)
}
