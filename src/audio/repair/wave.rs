//! WAV whose header is wrong about its lengths, and its two larger brothers.
//!
//! A WAV counts its bytes in 32 bits. Recorders that lost power leave a 0 or an old count
//! there, recordings of more than 4 GB one that has gone round; RF64 and BW64 (EBU Tech
//! 3306, ITU-R BS.2088) and W64 (Sony) count in 64 bits, which symphonia 0.6.1 does not
//! read. All of them hold the same chunks, so all of them are shown as a WAV with a header
//! that is true: what is unknown there is left to the end of the file.

use super::{Layout, Repaired, Window};
use crate::base::time::{SAMPLE_RATE, Time};
use std::ops::Range;

/// Chunks looked at before the sound; files have some ten.
const MOST_CHUNKS: usize = 1000;

/// Longest list of texts before the sound that is kept, in bytes.
const LONGEST_LIST: u64 = 1 << 20;

/// The header length that says "up to the end".
const UNKNOWN: u64 = u32::MAX as u64;

/// What begins each chunk of a W64 behind its four letters.
const W64_CHUNK: [u8; 12] =
    [0xf3, 0xac, 0xd3, 0x11, 0x8c, 0xd1, 0x00, 0xc0, 0x4f, 0x8e, 0xdb, 0x8a];

/// What a W64 begins with behind `riff`.
const W64_FILE: [u8; 12] = [0x2e, 0x91, 0xcf, 0x11, 0xa5, 0xd6, 0x28, 0xdb, 0x04, 0xc1, 0x00, 0x00];

/// How chunks are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Four letters, 32 bits.
    Riff,
    /// The same; the length of the sound is elsewhere.
    Rf64,
    /// 16 bytes of name, 64 bits that count the header, too.
    W64,
}

struct Chunk {
    name: [u8; 4],
    content: u64,
    length: u64,
    /// Where the next one begins.
    next: u64,
}

impl Kind {
    fn chunk(self, window: &mut Window<'_>, place: u64) -> Option<Chunk> {
        match self {
            Kind::W64 => {
                let [a, b, c, d, rest @ ..] = window.array::<16>(place)?;
                let length = u64::from_le_bytes(window.array(place + 16)?);
                if rest != W64_CHUNK {
                    return None;
                }
                let content = place + 24;
                let next = place.checked_add(length.checked_next_multiple_of(8)?)?;
                Some(Chunk { name: [a, b, c, d], content, length: length.checked_sub(24)?, next })
            }
            Kind::Riff | Kind::Rf64 => {
                let [a, b, c, d, length @ ..] = window.array::<8>(place)?;
                let (content, length) = (place + 8, u64::from(u32::from_le_bytes(length)));
                let next = content + length + length % 2;
                Some(Chunk { name: [a, b, c, d], content, length, next })
            }
        }
    }
}

/// The sound that begins at `start` behind a true header; `None` where it has none that can
/// be followed.
pub(super) fn repaired(window: &mut Window<'_>, start: u64) -> Option<Repaired> {
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
        let content = |window: &mut Window<'_>, most: u64| {
            let bytes = window.at(chunk.content, chunk.length.min(most) as usize);
            (bytes.len() as u64 == chunk.length).then(|| bytes.to_vec())
        };
        match &chunk.name {
            b"data" => {
                let said = long_length.filter(|_| chunk.length == UNKNOWN).unwrap_or(chunk.length);
                return sound(window, header, format.as_deref()?, kind, chunk.content, said);
            }
            b"ds64" => long_length = window.array(chunk.content + 8).map(u64::from_le_bytes),
            b"fmt " => {
                let bytes = content(window, 4096)?;
                append(&mut header, b"fmt ", &bytes);
                format = Some(bytes);
            }
            b"LIST" | b"fact" if chunk.length <= LONGEST_LIST => {
                if let Some(bytes) = content(window, LONGEST_LIST) {
                    append(&mut header, &chunk.name, &bytes);
                }
            }
            _ => (),
        }
        place = chunk.next;
    }
    None
}

fn append(header: &mut Vec<u8>, name: &[u8; 4], content: &[u8]) {
    header.extend(name);
    header.extend((content.len() as u32).to_le_bytes());
    header.extend(content);
    header.extend(&[0][..content.len() % 2]);
}

/// The sound that begins at `start` and is `said` to be so many bytes long.
fn sound(
    window: &mut Window<'_>,
    mut header: Vec<u8>,
    format: &[u8],
    kind: Kind,
    start: u64,
    said: u64,
) -> Option<Repaired> {
    let end = window.length();
    let there = end.saturating_sub(start);
    let is_unknown = kind != Kind::W64 && said == UNKNOWN;
    let length = if is_unknown { there } else { true_length(window, kind, format, start, said) };
    let claimed = (!is_unknown && length > said).then(|| time_of(format, said)).flatten();
    header.extend(b"data");
    header.extend(u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
    let mut layout = Layout::default();
    layout.make(header, 1);
    layout.take(start..start.saturating_add(length).min(end));
    let promised = if is_unknown { None } else { time_of(format, length) };
    Some(Repaired { layout: Some(layout), promised, claimed, ..Repaired::default() })
}

/// Bytes of sound from `start` on, where the header says `said`.
///
/// It is believed if a chunk or the end of the file follows. If more sound does, the count
/// has gone round at 4 GB, or is from before the recorder stopped writing it.
fn true_length(window: &mut Window<'_>, kind: Kind, format: &[u8], start: u64, said: u64) -> u64 {
    let there = window.length().saturating_sub(start);
    let round = match kind {
        Kind::Riff => there.saturating_sub(said) >> 32 << 32,
        Kind::Rf64 | Kind::W64 => 0,
    };
    let said = said.saturating_add(round);
    let rest = start.saturating_add(said)..window.length();
    // Tags that programs append without a chunk around them are shorter.
    let [rate, block] = rate_and_block(format).unwrap_or([1, 1]);
    let is_short = rest.end.saturating_sub(rest.start) < rate * block / 2;
    if rest.is_empty() || is_short || is_chunk(window, kind, said, &rest) || is_zero(window, rest) {
        return said;
    }
    there
}

/// Whether a chunk follows the sound.
fn is_chunk(window: &mut Window<'_>, kind: Kind, said: u64, rest: &Range<u64>) -> bool {
    let padded = rest.start + if kind == Kind::W64 { rest.start % 8 } else { said % 2 };
    [rest.start, padded].into_iter().any(|place| {
        let chunk = kind.chunk(window, place);
        chunk.is_some_and(|chunk| {
            let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b" _-.".contains(byte);
            chunk.name.iter().all(is_name) && chunk.content + chunk.length <= rest.end
        })
    })
}

/// Whether only zeros follow: room that a recorder took in advance.
fn is_zero(window: &mut Window<'_>, rest: Range<u64>) -> bool {
    let mut place = rest.start;
    while place < rest.end {
        let bytes = window.at(place, 1 << 16);
        if bytes.is_empty() || bytes.iter().any(|byte| *byte != 0) {
            return bytes.is_empty();
        }
        place += bytes.len() as u64;
    }
    true
}

/// Rate in hertz and bytes of all channels at one instant, where that is what `format` counts.
fn rate_and_block(format: &[u8]) -> Option<[u64; 2]> {
    const PLAIN: [u16; 5] = [1, 3, 6, 7, 0xfffe];
    let [tag_low, tag_high, _, _, a, b, c, d, _, _, _, _, block_low, block_high, ..] = format
    else {
        return None;
    };
    let rate = u64::from(u32::from_le_bytes([*a, *b, *c, *d]));
    let block = u64::from(u16::from_le_bytes([*block_low, *block_high]));
    let is_plain = PLAIN.contains(&u16::from_le_bytes([*tag_low, *tag_high]));
    (is_plain && rate > 0 && block > 0).then_some([rate, block])
}

/// How long `length` bytes of sound last.
fn time_of(format: &[u8], length: u64) -> Option<Time> {
    let [rate, block] = rate_and_block(format)?;
    let samples = u128::from(length / block) * u128::from(SAMPLE_RATE) / u128::from(rate);
    u64::try_from(samples).ok().map(Time::from_samples)
}
