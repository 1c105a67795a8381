//! ID3 tags that would take more room than an episode: chapters by the million, giant pictures.
//!
//! symphonia 0.6.1 keeps every frame of a tag and takes ten times the room for a short one. They
//! are counted here beforehand, those of chapters too, and what is too much is left out.

use super::{Repaired, Window};
use crate::audio::layout::Layout;
use std::ops::Range;

/// Most frames, with those of chapters: thousands of these with some notes each.
const FRAMES_MAX: u64 = 10_000;

/// Most bytes of a frame that is no chapter, and of all texts: each may hold many.
const LONGEST: u64 = 1 << 20;

/// Most bytes in all; chapters may have pictures.
const BYTES_MAX: u64 = 32 << 20;

/// Most bytes of a tag whose frames cannot be followed, because bytes are put between its own.
const UNSYNCHRONISED_MAX: u64 = 4 << 20;

/// Shortest frame, in bytes.
const SHORTEST: u64 = 7;

/// `repaired`, with the tags at the front of the file bounded.
pub(super) fn bounded(window: &mut Window<'_>, mut repaired: Repaired) -> Repaired {
    let (mut tags, mut place, mut is_too_much) = (Layout::default(), 0, false);
    let mut counts = Counts::default();
    while let Some(tag) = Tag::read(window, place) {
        match tag.kept(window, &mut counts) {
            None => tags.take(place..tag.end),
            Some(kept) => {
                is_too_much = true;
                tag.write(&mut tags, kept);
            }
        }
        place = tag.end;
    }
    if is_too_much {
        let whole = || Layout::whole(window.length());
        let layout = repaired.layout.take().unwrap_or_else(whole);
        // Where a header of ours is shown, tags are not.
        let is_first = layout.begins_with(place);
        if is_first {
            tags.append(&layout, place);
        }
        repaired.layout = Some(if is_first { tags } else { layout });
    }
    repaired
}

#[derive(Debug, Default)]
struct Counts {
    n_frames: u64,
    n_bytes: u64,
    n_text_bytes: u64,
}

/// Where the tag at `place` ends; `None` where there is none.
pub(super) fn end_of_tag(window: &mut Window<'_>, place: u64) -> Option<u64> {
    Tag::read(window, place).map(|tag| tag.end)
}

struct Tag {
    version: [u8; 2],
    flags: u8,
    content: Range<u64>,
    end: u64,
}

impl Tag {
    /// The tag at `place`, of any version.
    fn read(window: &mut Window<'_>, place: u64) -> Option<Tag> {
        let head = window.array::<10>(place)?;
        let [b'I', b'D', b'3', version, revision, flags, length @ ..] = head else { return None };
        if length.iter().any(|byte| byte & 0x80 != 0) {
            return None;
        }
        let content = place + 10..place + 10 + syncsafe(length);
        let footer = if flags & 0x10 != 0 { 10 } else { 0 };
        let end = content.end + footer;
        Some(Tag { version: [version, revision], flags, content, end })
    }

    /// The frames that are kept; `None` where all may be.
    fn kept(&self, window: &mut Window<'_>, counts: &mut Counts) -> Option<Vec<Range<u64>>> {
        let length = self.content.end - self.content.start;
        if self.version[0] < 4 && self.flags & 0x80 != 0 {
            counts.n_bytes += length;
            return (counts.n_bytes > UNSYNCHRONISED_MAX).then(Vec::new);
        }
        let mut place = self.content.start;
        if self.flags & 0x40 != 0 {
            let length = window.array(place).unwrap_or_default();
            place += match self.version[0] {
                4 => syncsafe(length),
                _ => 4 + u64::from(u32::from_be_bytes(length)),
            };
        }
        let (mut kept, mut is_too_much) = (Vec::<Range<u64>>::new(), false);
        while let Some(frame) = Frame::read(window, place..self.content.end, self.version[0]) {
            place = frame.content.end;
            match counts.take(window, &frame, self.version[0]) {
                true => match kept.last_mut() {
                    Some(last) if last.end == frame.start => last.end = place,
                    _ => kept.push(frame.start..place),
                },
                false => is_too_much = true,
            }
        }
        is_too_much.then_some(kept)
    }

    /// Appends the tag with these frames.
    fn write(&self, layout: &mut Layout, frames: Vec<Range<u64>>) {
        let length: u64 = frames.iter().map(|frame| frame.end - frame.start).sum();
        let byte = |shift: u32| (length >> shift & 0x7f) as u8;
        let [version, revision] = self.version;
        let head = [b'I', b'D', b'3', version, revision, 0, byte(21), byte(14), byte(7), byte(0)];
        if length > 0 {
            layout.make(head, 1);
            frames.into_iter().for_each(|frame| layout.take(frame));
        }
    }
}

struct Frame {
    name: [u8; 4],
    /// Whether its content is not as it is written: packed, grouped, with lengths before it.
    is_odd: bool,
    start: u64,
    content: Range<u64>,
}

impl Frame {
    /// The frame that `range` begins with.
    fn read(window: &mut Window<'_>, range: Range<u64>, version: u8) -> Option<Frame> {
        let start = range.start;
        let (name, length, header, is_odd) = if version == 2 {
            let [a, b, c, length @ ..] = window.array::<6>(start)?;
            let [d, e, f] = length;
            ([a, b, c, b'0'], u64::from(u32::from_be_bytes([0, d, e, f])), 6, false)
        } else {
            let [a, b, c, d, length @ ..] = window.array::<8>(start)?;
            let length =
                if version == 4 { syncsafe(length) } else { u32::from_be_bytes(length).into() };
            ([a, b, c, d], length, 10, window.array::<2>(start + 8)? != [0, 0])
        };
        let content = start + header..start + header + length;
        let is_name = name.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        let is_frame = is_name && content.end <= range.end;
        is_frame.then_some(Frame { name, is_odd, start, content })
    }
}

impl Counts {
    /// Counts `frame` and what is in it; whether there is room for it.
    fn take(&mut self, window: &mut Window<'_>, frame: &Frame, version: u8) -> bool {
        let length = frame.content.end - frame.content.start;
        let is_chapter = [*b"CHAP", *b"CTOC"].contains(&frame.name);
        let is_text = frame.name[0] == b'T' || *b"IPLS" == frame.name || *b"IPL0" == frame.name;
        let n_frames = 1 + if is_chapter { frames_in(window, frame, version) } else { 0 };
        let n_text_bytes = if is_text { length } else { 0 };
        let has_room = (is_chapter || length <= LONGEST)
            && self.n_frames + n_frames <= FRAMES_MAX
            && self.n_bytes + length <= BYTES_MAX
            && self.n_text_bytes + n_text_bytes <= LONGEST;
        if has_room {
            self.n_frames += n_frames;
            self.n_bytes += length;
            self.n_text_bytes += n_text_bytes;
        }
        has_room
    }
}

/// How many frames lie in one of a chapter: behind its name and four times. Where that is not
/// sure, as many as have room.
fn frames_in(window: &mut Window<'_>, frame: &Frame, version: u8) -> u64 {
    const NAME_MAX: u64 = 1_000;
    let Range { start, end } = frame.content;
    let most = (end - start) / SHORTEST;
    let name = window.find(start..end.min(start + NAME_MAX), &[0]);
    let Some(name) = name.filter(|_| !frame.is_odd && &frame.name == b"CHAP") else { return most };
    let (mut place, mut n_frames) = (name + 17, 0);
    while n_frames <= FRAMES_MAX
        && let Some(frame) = Frame::read(window, place..end, version)
    {
        n_frames += 1;
        place = frame.content.end;
    }
    n_frames
}

fn syncsafe(bytes: [u8; 4]) -> u64 {
    bytes.iter().fold(0, |sum, byte| sum << 7 | u64::from(byte & 0x7f))
}
