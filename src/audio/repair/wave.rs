//! WAV whose header is wrong about its lengths, and its two larger brothers.
//!
//! A WAV counts its bytes in 32 bits; recordings of more than 4 GB have a count that has gone
//! round. RF64 and BW64 (EBU Tech 3306, ITU-R BS.2088) and W64 (Sony) count in 64 bits, which
//! symphonia 0.6.1 does not read. All of them hold the same chunks, so all of them are shown as
//! a WAV with a header that is true: what is unknown there is left to the end of the file.

use super::{
    Layout, Repaired, Window,
    chunks::{Kind, MOST_CHUNKS, Notes, Pace, Sound},
};

/// The header length that says "up to the end".
const UNKNOWN: u64 = u32::MAX as u64;

/// What a W64 begins with behind `riff`.
const W64_FILE: [u8; 12] = [0x2e, 0x91, 0xcf, 0x11, 0xa5, 0xd6, 0x28, 0xdb, 0x04, 0xc1, 0x00, 0x00];

/// The sound that begins at `start` behind a true header; `None` where it has none that can
/// be followed.
pub(super) fn repaired(window: &mut Window<'_>, start: u64, notes: Notes) -> Option<Repaired> {
    let head: [u8; 40] = window.array(start)?;
    let (kind, first) = match &head {
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => (Kind::Riff, 12),
        [b'R', b'F', b'6', b'4', _, _, _, _, b'W', b'A', b'V', b'E', ..]
        | [b'B', b'W', b'6', b'4', _, _, _, _, b'W', b'A', b'V', b'E', ..] => (Kind::Rf64, 12),
        [b'r', b'i', b'f', b'f', ..] if head[4..16] == W64_FILE => (Kind::W64, 40),
        _ => return None,
    };
    let mut header = b"RIFF\xff\xff\xff\xffWAVE".to_vec();
    let (mut place, mut long_length) = (start + first, None);
    let mut format: Option<Vec<u8>> = None;
    for _ in 0..MOST_CHUNKS {
        let chunk = kind.chunk(window, place)?;
        match &chunk.name {
            b"data" => {
                let said = long_length.filter(|_| chunk.length == UNKNOWN).unwrap_or(chunk.length);
                let sound = Sound { kind, start: chunk.content, pace: pace(format.as_deref()?) };
                return Some(shown(window, header, sound, said));
            }
            b"ds64" => long_length = window.array(chunk.content + 8).map(u64::from_le_bytes),
            b"fmt " => {
                let bytes = chunk.bytes(window, 4096)?;
                header.extend(Kind::Riff.written(b"fmt ", &bytes));
                format = Some(bytes);
            }
            b"LIST" | b"fact" if notes == Notes::Kept => {
                header.extend(chunk.note(Kind::Riff, window));
            }
            _ => (),
        }
        place = chunk.next;
    }
    None
}

/// The sound, which is `said` to be so many bytes long, behind `header`.
///
/// The count is believed if the sound ends there. If it goes on, the count has gone round at
/// 4 GB, or is from before the recorder stopped writing it.
fn shown(window: &mut Window<'_>, mut header: Vec<u8>, sound: Sound, said: u64) -> Repaired {
    let there = sound.there(window);
    let is_unknown = sound.kind != Kind::W64 && said == UNKNOWN;
    let rounds = match sound.kind {
        Kind::Riff => there.saturating_sub(said) >> 32 << 32,
        _ => 0,
    };
    let whole = said.saturating_add(rounds);
    let is_true = !is_unknown && sound.ends_after(window, whole);
    let length = if is_true { whole } else { there };
    header.extend(Kind::Riff.header(b"data", length));
    let said = Some(said).filter(|_| !is_unknown);
    sound.behind(Layout::default(), header, length, said, window.length())
}

/// What `format` says, where that is how bytes are counted.
fn pace(format: &[u8]) -> Option<Pace> {
    const PLAIN: [u16; 5] = [1, 3, 6, 7, 0xfffe];
    let [tag_low, tag_high, _, _, a, b, c, d, _, _, _, _, block_low, block_high, ..] = format
    else {
        return None;
    };
    let block = u16::from_le_bytes([*block_low, *block_high]);
    let is_plain = PLAIN.contains(&u16::from_le_bytes([*tag_low, *tag_high]));
    let rate_hz = u32::from_le_bytes([*a, *b, *c, *d]);
    Pace::new(rate_hz, block.into(), 1).filter(|_| is_plain)
}
