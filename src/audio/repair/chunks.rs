//! Sound that lies in one chunk among others: WAV and its brothers, AIFF, CAF.
//!
//! Recorders that lost power, and programs that write into a pipe, leave a length there that is
//! not true: 0, one that stands for "unknown", an old one, one that has gone round at 4 GB. Each
//! format is shown as one whose header is true; what all of them share is here.

use super::{Layout, Repaired, Window};
use crate::base::time::Time;
use std::ops::Range;

/// Chunks looked at before the sound; files have some ten.
pub(super) const MOST_CHUNKS: usize = 1000;

/// Longest length that is a promise: a month.
const LONGEST: Time = Time::from_millis(30 * 24 * 3_600_000);

/// Longest note (texts, marks) that is kept, in bytes.
pub(super) const LONGEST_NOTE: u64 = 1 << 20;

/// What begins each chunk of a W64 behind its four letters.
const W64_CHUNK: [u8; 12] =
    [0xf3, 0xac, 0xd3, 0x11, 0x8c, 0xd1, 0x00, 0xc0, 0x4f, 0x8e, 0xdb, 0x8a];

/// Whether notes beside the sound are shown, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notes {
    Kept,
    LeftOut,
}

/// How chunks are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Four letters, 32 bits.
    Riff,
    /// The same; the length of the sound is elsewhere.
    Rf64,
    /// 16 bytes of name, 64 bits that count the header, too.
    W64,
    /// Four letters, 32 bits with the highest byte first.
    Aiff,
    /// The same of 64 bits, without a byte that makes lengths even.
    Caf,
}

pub(super) struct Chunk {
    pub(super) name: [u8; 4],
    pub(super) content: u64,
    pub(super) length: u64,
    /// Where the next one begins.
    pub(super) next: u64,
}

impl Chunk {
    /// The chunk as `kind` writes it; nothing where it is too long, or cut.
    pub(super) fn note(&self, kind: Kind, window: &mut Window<'_>) -> Vec<u8> {
        let bytes = self.bytes(window, LONGEST_NOTE);
        bytes.map(|bytes| kind.written(&self.name, &bytes)).unwrap_or_default()
    }

    /// What it holds, if that is there and no more than `most` bytes.
    pub(super) fn bytes(&self, window: &mut Window<'_>, most: u64) -> Option<Vec<u8>> {
        let length = usize::try_from(self.length).ok().filter(|_| self.length <= most)?;
        let mut bytes = Vec::new();
        while bytes.len() < length {
            let part = window.at(self.content + bytes.len() as u64, length - bytes.len());
            if part.is_empty() {
                return None;
            }
            bytes.extend_from_slice(part);
        }
        Some(bytes)
    }
}

impl Kind {
    /// The chunk at `place`.
    pub(super) fn chunk(self, window: &mut Window<'_>, place: u64) -> Option<Chunk> {
        let (name, content, length, next) = match self {
            Kind::W64 => {
                let [a, b, c, d, rest @ ..] = window.array::<16>(place)?;
                let length = u64::from_le_bytes(window.array(place + 16)?);
                if rest != W64_CHUNK {
                    return None;
                }
                let next = place.checked_add(length.checked_next_multiple_of(8)?)?;
                ([a, b, c, d], place + 24, length.checked_sub(24)?, next)
            }
            Kind::Caf => {
                let [a, b, c, d, length @ ..] = window.array::<12>(place)?;
                let (content, length) = (place + 12, u64::from_be_bytes(length));
                ([a, b, c, d], content, length, content.saturating_add(length))
            }
            Kind::Riff | Kind::Rf64 | Kind::Aiff => {
                let [a, b, c, d, length @ ..] = window.array::<8>(place)?;
                let length = match self {
                    Kind::Aiff => u32::from_be_bytes(length),
                    _ => u32::from_le_bytes(length),
                };
                let (content, length) = (place + 8, u64::from(length));
                ([a, b, c, d], content, length, content + length + length % 2)
            }
        };
        Some(Chunk { name, content, length, next })
    }

    /// Whether a chunk begins at `place` that ends in the file.
    pub(super) fn is_at(self, window: &mut Window<'_>, place: u64) -> bool {
        let length_of_file = window.length();
        self.chunk(window, place).is_some_and(|chunk| {
            let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b" _-.()".contains(byte);
            let end = chunk.content.saturating_add(chunk.length);
            chunk.name.iter().all(is_name) && end <= length_of_file
        })
    }

    /// A chunk as it is written.
    pub(super) fn written(self, name: &[u8; 4], content: &[u8]) -> Vec<u8> {
        let mut bytes = self.header(name, content.len() as u64);
        bytes.extend(content);
        if self != Kind::Caf {
            bytes.extend(&[0][..content.len() % 2]);
        }
        bytes
    }

    /// The header of a chunk of so many bytes; the most that can be said, where those are more.
    pub(super) fn header(self, name: &[u8; 4], length: u64) -> Vec<u8> {
        let short = u32::try_from(length).unwrap_or(u32::MAX);
        let mut bytes = name.to_vec();
        match self {
            Kind::Caf => bytes.extend(length.to_be_bytes()),
            Kind::Aiff => bytes.extend(short.to_be_bytes()),
            Kind::Riff | Kind::Rf64 | Kind::W64 => bytes.extend(short.to_le_bytes()),
        }
        bytes
    }
}

/// How many frames lie in how many bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pace {
    pub(super) rate_hz: u32,
    pub(super) bytes: u64,
    pub(super) frames: u64,
}

impl Pace {
    /// `None` of what is nothing.
    pub(super) fn new(rate_hz: u32, bytes: u64, frames: u64) -> Option<Pace> {
        (rate_hz > 0 && bytes > 0 && frames > 0).then_some(Pace { rate_hz, bytes, frames })
    }

    /// How long `length` bytes of sound last.
    pub(super) fn time_of(self, length: u64) -> Time {
        let frames = (length / self.bytes).saturating_mul(self.frames);
        Time::from_frames(frames, self.rate_hz)
    }

    fn half_second(self) -> u64 {
        u64::from(self.rate_hz).saturating_mul(self.bytes) / self.frames / 2
    }
}

/// Sound of which it is not sure how long it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sound {
    pub(super) kind: Kind,
    /// Where it begins.
    pub(super) start: u64,
    /// `None` where that is nothing that can be counted.
    pub(super) pace: Option<Pace>,
}

impl Sound {
    /// Bytes from its beginning to the end of the file.
    pub(super) fn there(self, window: &Window<'_>) -> u64 {
        window.length().saturating_sub(self.start)
    }

    /// Whether it ends after `length` bytes: a chunk or the end of the file follows, or what is
    /// no sound.
    pub(super) fn ends_after(self, window: &mut Window<'_>, length: u64) -> bool {
        let rest = self.start.saturating_add(length)..window.length();
        // Tags that programs append without a chunk around them are shorter.
        let most = self.pace.map_or(0, Pace::half_second);
        let is_short = rest.end.saturating_sub(rest.start) < most;
        let padded = match self.kind {
            Kind::W64 => rest.start.checked_next_multiple_of(8).unwrap_or(rest.start),
            Kind::Caf => rest.start,
            Kind::Riff | Kind::Rf64 | Kind::Aiff => rest.start.saturating_add(length % 2),
        };
        rest.is_empty()
            || is_short
            || self.kind.is_at(window, rest.start)
            || self.kind.is_at(window, padded)
            || is_zero(window, rest)
    }

    /// The file behind `header`, which is true of `length` bytes of the sound. What was `said` of
    /// its length is told where more of it is there.
    pub(super) fn behind(
        self,
        mut layout: Layout,
        header: Vec<u8>,
        length: u64,
        said: Option<u64>,
        end: u64,
    ) -> Repaired {
        layout.make(header, 1);
        layout.take(self.start..self.start.saturating_add(length).min(end));
        let time = |length| self.pace.map(|pace| pace.time_of(length));
        let claimed = said.filter(|said| *said < length).and_then(time);
        let promised = said.and_then(|_| time(length)).filter(|length| *length <= LONGEST);
        Repaired { layout: Some(layout), promised, claimed, ..Repaired::default() }
    }
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
