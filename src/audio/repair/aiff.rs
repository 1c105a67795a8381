//! AIFF and AIFC whose header is wrong about the length of the sound.
//!
//! They say it twice: in bytes beside the sound, in frames with its format. symphonia 0.6.1
//! refuses a file that ends before what is said, and hears nothing of one that says 0. Here the
//! sound is shown behind all other chunks, with the length that the file bears out.

use super::{
    Layout, Repaired, Window,
    chunks::{Kind, MOST_CHUNKS, Notes, Pace, Sound},
};

/// The length that says "up to the end".
const UNKNOWN: u64 = u32::MAX as u64;

/// Most bytes before the sound in its own chunk.
const MOST_OFFSET: u64 = 1 << 16;

/// Texts and marks that are kept.
const NOTES: [&[u8; 4]; 7] = [b"MARK", b"COMT", b"NAME", b"AUTH", b"(c) ", b"ANNO", b"ID3 "];

/// The sound of the file at `start` behind a true header; `None` where it has none that can be
/// followed.
pub(super) fn repaired(window: &mut Window<'_>, start: u64, notes: Notes) -> Option<Repaired> {
    let [b'F', b'O', b'R', b'M', _, _, _, _, form @ ..] = window.array::<12>(start)? else {
        return None;
    };
    if ![*b"AIFF", *b"AIFC"].contains(&form) {
        return None;
    }
    let (mut format, mut sound, mut others) = (None, None, Vec::new());
    let mut place = start + 12;
    for _ in 0..MOST_CHUNKS {
        let Some(chunk) = Kind::Aiff.chunk(window, place) else { break };
        match &chunk.name {
            b"COMM" if format.is_none() => format = Some(chunk.bytes(window, 4096)?),
            b"SSND" if sound.is_none() => {
                let offset = u64::from(u32::from_be_bytes(window.array(chunk.content)?));
                let before = 8 + if offset < MOST_OFFSET { offset } else { 0 };
                let said = Some(chunk.length.saturating_sub(before));
                sound = Some((chunk.content + before, said.filter(|_| chunk.length != UNKNOWN)));
                if !Kind::Aiff.is_at(window, chunk.next) {
                    break;
                }
            }
            name if notes == Notes::Kept && NOTES.contains(&name) => {
                others.extend(chunk.note(Kind::Aiff, window));
            }
            _ => (),
        }
        place = chunk.next;
    }
    let (format, (start, said)) = (format?, sound?);
    let pace = pace(&format);
    let n_frames = u64::from(u32::from_be_bytes(*format.get(2..)?.first_chunk()?));
    let by_frames = pace.map(|pace| n_frames * pace.bytes).filter(|length| *length > 0);
    let sound = Sound { kind: Kind::Aiff, start, pace };
    let there = sound.there(window);
    let mut known = [said, by_frames].into_iter().flatten();
    let believed = known.find(|&length| length <= there && sound.ends_after(window, length));
    // What ends before its length is cut.
    let length = believed.or(said.or(by_frames).filter(|said| *said > there)).unwrap_or(there);
    let shown = length.min(there);
    let mut chunks = [Kind::Aiff.written(b"COMM", &format), others].concat();
    chunks.extend(Kind::Aiff.header(b"SSND", shown + 8));
    chunks.extend([0; 8]);
    let header =
        [Kind::Aiff.header(b"FORM", 4 + chunks.len() as u64 + shown), form.to_vec(), chunks];
    let said = said.or(believed);
    Some(sound.behind(Layout::default(), header.concat(), length, said, window.length()))
}

/// What a chunk of the format says: channels, frames, bits, rate; in AIFC its compression, too.
fn pace(format: &[u8]) -> Option<Pace> {
    let n_channels = u16::from_be_bytes(*format.first_chunk()?);
    let n_bits = u16::from_be_bytes(*format.get(6..)?.first_chunk()?);
    let n_bytes = match format.get(18..22) {
        Some(b"fl64" | b"FL64") => 8,
        Some(b"fl32" | b"FL32") => 4,
        Some(b"alaw" | b"ALAW" | b"ulaw" | b"ULAW") => 1,
        _ => n_bits.div_ceil(8),
    };
    let rate_hz = extended(*format.get(8..)?.first_chunk()?)?;
    Pace::new(rate_hz, u64::from(n_channels) * u64::from(n_bytes), 1)
}

/// The whole part of a number of 80 bits: sign and exponent, then 64 bits of mantissa.
fn extended([a, b, mantissa @ ..]: [u8; 10]) -> Option<u32> {
    const WHOLE: u16 = 16_383 + 63;
    let shift = WHOLE.checked_sub(u16::from_be_bytes([a, b]))?;
    u32::try_from(u64::from_be_bytes(mantissa).checked_shr(shift.into())?).ok()
}
