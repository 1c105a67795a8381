//! CAF whose header is wrong about the length of the sound, or does not know it.
//!
//! A length of -1 says "up to the end"; symphonia 0.6.1 then looks for chunks in the sound, and
//! refuses a file that ends before what is said. Here the sound is shown last, with the length
//! that the file bears out. Where packets have no one length, their table says how long each is.

use super::{
    Layout, Repaired, Window,
    chunks::{Chunk, Kind, LONGEST_NOTE, MOST_CHUNKS, Notes, Pace, Sound},
};

/// The length that says "up to the end".
const UNKNOWN: u64 = u64::MAX;

/// Bytes before the sound in its own chunk: how often it was edited.
const EDITS: u64 = 4;

/// The sound of the file at `start` behind a true header; `None` where it has none that can be
/// followed.
pub(super) fn repaired(window: &mut Window<'_>, start: u64, notes: Notes) -> Option<Repaired> {
    let head = window.array::<8>(start).filter(|head| head.starts_with(b"caff"))?;
    let mut header = head.to_vec();
    let (mut pace, mut sound, mut packets) = (None, None, None);
    let mut place = start + 8;
    for n_before in 0..MOST_CHUNKS {
        let Some(chunk) = Kind::Caf.chunk(window, place) else { break };
        match &chunk.name {
            b"desc" if n_before == 0 => {
                let bytes = chunk.bytes(window, 32)?;
                pace = self::pace(&bytes);
                header.extend(Kind::Caf.written(b"desc", &bytes));
            }
            b"pakt" if packets.is_none() => packets = Some(chunk.content..chunk.next),
            b"data" if sound.is_none() => {
                let said = Some(chunk.length.saturating_sub(EDITS));
                sound = Some((chunk.content + EDITS, said.filter(|_| chunk.length != UNKNOWN)));
                if !Kind::Caf.is_at(window, chunk.next) {
                    packets = packets
                        .or(table_behind(window, chunk.content).map(|it| it.content..it.next));
                    break;
                }
            }
            // What a decoder needs; it may be odd, and is no note.
            b"kuki" => {
                let bytes = chunk.bytes(window, LONGEST_NOTE)?;
                header.extend(Kind::Caf.written(b"kuki", &bytes));
            }
            b"chan" if notes == Notes::Kept => {
                header.extend(chunk.note(Kind::Caf, window));
            }
            _ => (),
        }
        place = chunk.next;
    }
    let (start, said) = sound?;
    let sound = Sound { kind: Kind::Caf, start, pace };
    let end = match &packets {
        Some(table) if table.start > start && pace.is_none() => table.start - 12,
        _ => window.length(),
    };
    let there = end.saturating_sub(start);
    let is_true = |said: &u64| *said > there || sound.ends_after(window, *said);
    let length = said.filter(is_true).unwrap_or(there);
    let mut layout = Layout::default();
    if let Some(table) = packets {
        header.extend(Kind::Caf.header(b"pakt", table.end - table.start));
        layout.make(std::mem::take(&mut header), 1);
        layout.take(table.start..table.end.min(window.length()));
    }
    header.extend(Kind::Caf.header(b"data", length.min(there) + EDITS));
    header.extend([0; EDITS as usize]);
    Some(sound.behind(layout, header, length, said, end))
}

/// The table of packets behind sound whose length leads nowhere.
fn table_behind(window: &mut Window<'_>, place: u64) -> Option<Chunk> {
    const SHORTEST: u64 = 24;
    let end = window.length();
    let mut rest = place..end;
    loop {
        let found = window.find(rest.clone(), b"pakt")?;
        let chunk = Kind::Caf.chunk(window, found)?;
        if chunk.length >= SHORTEST && chunk.next <= end {
            return Some(chunk);
        }
        rest.start = found + 1;
    }
}

/// What the description says, where all packets have one length.
fn pace(description: &[u8]) -> Option<Pace> {
    let rate_hz = f64::from_be_bytes(*description.first_chunk()?) as u32;
    let number = |at: usize| {
        let bytes = description.get(at..).and_then(|rest| rest.first_chunk());
        bytes.map(|bytes| u64::from(u32::from_be_bytes(*bytes)))
    };
    Pace::new(rate_hz, number(16)?, number(20)?)
}
