//! MP3 and its kin, and AAC without a container: frames, one behind the other, with no clock.
//!
//! Where bytes are lost, all that follows would be early. How many frames are missing is
//! told by the bytes between two good ones, and, where the first frame has an index (Xing,
//! Info, VBRI), by its count of all frames: so many are put there that say nothing. A frame
//! is believed because others of its kind follow it at the right distance; noise that looks
//! like a header is not.

use super::{
    Repaired, Window, end_of_id3,
    mpeg_frame::{Frame, HEADER, side_bytes},
};
use crate::{
    audio::layout::Layout,
    base::{progress::Cancel, time::Time},
};
use std::ops::Range;

/// Bytes searched for the first frame.
const MOST_JUNK: u64 = 64 << 20;

/// Bytes before the first frame from which on they are lost sound, and not odd tags.
const LOST_HEAD: u64 = 16 << 10;

/// Frames that must follow one another where one is searched for: of the kind seen before,
/// and of any kind.
const CHAIN: usize = 3;
const CHAIN_OF_ANY_KIND: usize = 5;

/// An index that promises so many times the frames that are there lies: of an episode that had
/// lost as much nothing would be left.
const PROMISED_MAX: u64 = 20;

/// What is known of a file after it was followed.
#[derive(Debug, Default)]
struct Walk {
    gaps: Vec<Gap>,
    /// Frames that are there, without the one that holds the index.
    n_frames: u64,
    /// Their bytes.
    n_bytes: u64,
    /// Frames in all, as the index says.
    promised: Option<u64>,
    /// Whether all frames have one length, but for a byte.
    shortest: u64,
    longest: u64,
    /// Whether the last frame ends where the file does.
    ends_whole: bool,
}

/// A place where frames are missing.
#[derive(Debug)]
struct Gap {
    bytes: Range<u64>,
    /// Frames that lie before it.
    n_before: u64,
    /// Where there is a frame of the kind that is missing.
    like: u64,
    /// Whether it begins with a part of a frame.
    is_cut: bool,
}

/// The frames that begin behind `start`; `None` if nothing is wrong with them.
pub(super) fn repaired(window: &mut Window<'_>, start: u64, cancel: &Cancel) -> Option<Repaired> {
    const BOXES: [&[u8]; 7] = [b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"moof"];
    let head: [u8; 8] = window.array(start)?;
    if BOXES.contains(&&head[4..]) {
        return None;
    }
    let end = end_of_sound(window);
    let reach = start..end.min(start.saturating_add(MOST_JUNK));
    let Some(first) = next_chain(window, reach, end, None) else {
        return Some(Repaired { has_frames: Some(false), ..Repaired::default() });
    };
    let walk = Walk::along(window, start, first, end, cancel)?;
    let mut repaired = Repaired { has_frames: Some(true), ..Repaired::default() };
    if !walk.gaps.is_empty() {
        let (lost, is_certain) = walk.lost();
        repaired.is_damaged = true;
        repaired.layout = Some(walk.layout(window, &lost));
        let time = |gap: &Gap| time_of(window, gap);
        repaired.uncertain_from = walk.gaps.first().filter(|_| !is_certain).and_then(time);
    }
    Some(repaired)
}

impl Walk {
    /// Follows the frames from `first` to `end`.
    fn along(
        window: &mut Window<'_>,
        start: u64,
        first: u64,
        end: u64,
        cancel: &Cancel,
    ) -> Option<Walk> {
        let mut walk = Walk { promised: index(window, first), ..Walk::default() };
        walk.shortest = u64::MAX;
        if first - start >= LOST_HEAD {
            walk.gaps.push(Gap { bytes: start..first, n_before: 0, like: first, is_cut: false });
        }
        let mut kind = Frame::read(window.at(first, HEADER))?.kind;
        let mut place = first;
        if walk.promised.is_some() {
            place += Frame::read(window.at(first, HEADER))?.length;
        }
        while place < end {
            if cancel.is_requested() {
                return None;
            }
            let behind_tag = end_of_id3(window, place);
            if behind_tag > place {
                place = behind_tag;
                continue;
            }
            let frame = Frame::read(window.at(place, HEADER));
            let frame = frame.filter(|f| {
                f.kind == kind || is_chain(window, place, end, None, CHAIN_OF_ANY_KIND)
            });
            let Some(frame) = frame else {
                place = walk.gap(window, place, None, end, kind);
                continue;
            };
            kind = frame.kind;
            let next = place + frame.length;
            if next >= end {
                walk.ends_whole = next == end;
                walk.count(frame);
                break;
            }
            if !follows(window, next, end, kind) {
                let found = next_chain(window, place + 1..next, end, Some(kind));
                if let Some(found) = found {
                    // The frame was cut before its end.
                    let bytes = place..found;
                    walk.gaps.push(Gap {
                        bytes,
                        n_before: walk.n_frames,
                        like: found,
                        is_cut: true,
                    });
                    place = found;
                    continue;
                }
                place = walk.gap(window, next, Some(frame), end, kind);
                continue;
            }
            walk.count(frame);
            place = next;
        }
        let n_believed = walk.n_frames.saturating_mul(PROMISED_MAX);
        walk.promised = walk.promised.filter(|promised| *promised <= n_believed);
        Some(walk)
    }

    fn count(&mut self, frame: Frame) {
        self.n_frames += 1;
        self.n_bytes += frame.length;
        self.shortest = self.shortest.min(frame.length);
        self.longest = self.longest.max(frame.length);
    }

    /// Notes what lies from `place` to the next frames; their place. `last` is the frame that ends
    /// at `place`, which is not counted yet.
    ///
    /// What overwrote the header that should be at `place` may have begun in that frame, so that
    /// one is lost with it. A few bytes that somebody put between two frames did not.
    fn gap(
        &mut self,
        window: &mut Window<'_>,
        mut place: u64,
        last: Option<Frame>,
        end: u64,
        kind: u32,
    ) -> u64 {
        let found = next_chain(window, place..end, end, Some(kind));
        let found = found.or_else(|| next_chain(window, place..end, end, None));
        let behind = found.unwrap_or(end);
        // What programs write behind the sound is no sound, unless the index says so.
        let n_frames = self.n_frames + u64::from(last.is_some());
        let is_lost = found.is_some() || self.promised.is_some_and(|promised| promised > n_frames);
        let is_wide = |frame: &Frame| (behind - place) * 2 >= frame.length;
        match last {
            Some(frame) if is_lost && is_wide(&frame) => place -= frame.length,
            Some(frame) => self.count(frame),
            None => (),
        }
        if is_lost {
            let n_before = self.n_frames;
            let like = found.unwrap_or(place);
            self.gaps.push(Gap { bytes: place..behind, n_before, like, is_cut: false });
        } else {
            self.ends_whole = true;
        }
        behind
    }

    /// How many frames are lost in each gap, and whether that is certain.
    fn lost(&self) -> (Vec<u64>, bool) {
        let estimates: Vec<u64> = self.gaps.iter().map(|gap| self.frames_in(gap)).collect();
        let estimated: u64 = estimates.iter().sum();
        let missing = self.promised.and_then(|all| all.checked_sub(self.n_frames));
        // An index of the first of several files glued together counts too few.
        let Some(missing) = missing.filter(|missing| missing * 10 + 20 >= estimated * 9) else {
            return (estimates, self.is_counted_by_bytes());
        };
        if missing.abs_diff(estimated) <= (estimated / 20).max(2) && estimated > 0 {
            return (shares(&estimates, missing), true);
        }
        match (self.ends_whole, self.gaps.len() as u64) {
            (true, 1) => (vec![missing], true),
            (true, n_gaps) => {
                // Bytes were cut out; nothing says how many at which place.
                let rest = missing.saturating_sub(estimated);
                let more = |idx: u64| rest * (idx + 1) / n_gaps - rest * idx / n_gaps;
                let lost = (0..).zip(&estimates).map(|(idx, n)| n + more(idx)).collect();
                (lost, false)
            }
            (false, _) => (estimates, false),
        }
    }

    /// How many frames have room in `gap`, by the mean of those that are there; one at least
    /// where a part of one is there.
    fn frames_in(&self, gap: &Gap) -> u64 {
        let frames = u128::from(gap.bytes.end - gap.bytes.start) * u128::from(self.n_frames);
        let bytes = u128::from(self.n_bytes.max(1));
        (((frames + bytes / 2) / bytes) as u64).max(u64::from(gap.is_cut))
    }

    /// Whether the bytes alone tell how many frames were there: all have one length, and
    /// whole frames were overwritten.
    fn is_counted_by_bytes(&self) -> bool {
        let is_whole = |gap: &Gap| {
            let n_frames = self.frames_in(gap);
            let bytes = u128::from(n_frames) * u128::from(self.n_bytes);
            let bytes = (bytes / u128::from(self.n_frames.max(1))) as u64;
            // Lengths differ by a byte, and the mean is rounded.
            n_frames > 0 && bytes.abs_diff(gap.bytes.end - gap.bytes.start) <= n_frames + 2
        };
        self.longest.saturating_sub(self.shortest) <= 1 && self.gaps.iter().all(is_whole)
    }

    /// The file with frames that say nothing in the place of its gaps.
    fn layout(&self, window: &mut Window<'_>, lost: &[u64]) -> Layout {
        let mut layout = Layout::default();
        let mut place = 0;
        for (gap, n_frames) in self.gaps.iter().zip(lost) {
            layout.take(place..gap.bytes.start);
            let header = window.at(gap.like, HEADER).to_vec();
            let filler = Frame::read(&header).and_then(|frame| frame.filler(&header));
            if let Some(filler) = filler {
                layout.make(filler, *n_frames);
            }
            place = gap.bytes.end;
        }
        layout.take(place..window.length());
        layout
    }
}

/// `whole`, shared out as `parts` are.
fn shares(parts: &[u64], whole: u64) -> Vec<u64> {
    let all: u64 = parts.iter().sum::<u64>().max(1);
    let (mut sum, mut given) = (0, 0);
    let share = |part: &u64| {
        sum += part;
        let due = (u128::from(sum) * u128::from(whole) / u128::from(all)) as u64;
        let share = due - given;
        given = due;
        share
    };
    parts.iter().map(share).collect()
}

fn time_of(window: &mut Window<'_>, gap: &Gap) -> Option<Time> {
    let frame = Frame::read(window.at(gap.like, HEADER))?;
    let n_frames = gap.n_before.saturating_mul(frame.samples.into());
    Some(Time::from_frames(n_frames, frame.rate_hz))
}

/// Whether a frame of this kind, of another recording, or a tag begins at `place`.
fn follows(window: &mut Window<'_>, place: u64, end: u64, kind: u32) -> bool {
    Frame::read(window.at(place, HEADER)).is_some_and(|frame| frame.kind == kind)
        || is_short_rest(window, place, end)
        || end_of_id3(window, place) > place
        || is_chain(window, place, end, None, CHAIN_OF_ANY_KIND)
}

/// Whether so little lies behind `place` that it may be the beginning of a header.
fn is_short_rest(window: &mut Window<'_>, place: u64, end: u64) -> bool {
    end - place < HEADER as u64 && window.at(place, 1) == [0xff]
}

/// The first place in `range` where frames follow one another.
fn next_chain(
    window: &mut Window<'_>,
    mut range: Range<u64>,
    end: u64,
    kind: Option<u32>,
) -> Option<u64> {
    let n_frames = if kind.is_some() { CHAIN } else { CHAIN_OF_ANY_KIND };
    loop {
        let place = window.find(range.clone(), &[0xff])?;
        if is_chain(window, place, end, kind, n_frames) {
            return Some(place);
        }
        range.start = place + 1;
    }
}

/// Whether `n_frames` frames of one kind begin at `place`, or as many as there is room for.
fn is_chain(
    window: &mut Window<'_>,
    mut place: u64,
    end: u64,
    kind: Option<u32>,
    n_frames: usize,
) -> bool {
    let mut kind = kind;
    for n_before in 0..n_frames {
        if place == end || (place > end && n_before > 1) {
            return n_before > 0;
        }
        let frame = Frame::read(window.at(place, HEADER));
        match frame.filter(|frame| kind.is_none_or(|kind| kind == frame.kind)) {
            Some(frame) => {
                kind = Some(frame.kind);
                place += frame.length;
            }
            None => return n_before > 1 && end_of_id3(window, place) > place,
        }
    }
    true
}

/// How many frames there are in all, as the index in the frame at `place` says.
fn index(window: &mut Window<'_>, place: u64) -> Option<u64> {
    let bytes = window.at(place, 64);
    let at = 4 + side_bytes(*bytes.get(1)?, *bytes.get(3)?);
    let number = |at: usize| {
        let bytes = bytes.get(at..at + 4)?.try_into().ok()?;
        Some(u64::from(u32::from_be_bytes(bytes)))
    };
    match bytes.get(at..at + 4)? {
        b"Xing" | b"Info" if number(at + 4)? & 1 == 1 => number(at + 8),
        _ if bytes.get(36..40)? == b"VBRI" => number(50),
        _ => None,
    }
}

/// Where tags behind the sound begin, or the end of the file.
fn end_of_sound(window: &mut Window<'_>) -> u64 {
    let mut end = window.length();
    let id3 = end.saturating_sub(128);
    if end >= 128 && window.at(id3, 3) == b"TAG" {
        end = id3;
    }
    let footer = end.saturating_sub(32);
    if let Some([b'A', b'P', b'E', b'T', b'A', b'G', b'E', b'X', rest @ ..]) =
        window.array::<32>(footer)
    {
        let length = u64::from(u32::from_le_bytes([rest[4], rest[5], rest[6], rest[7]]));
        let header = if rest[15] & 0x80 != 0 { 32 } else { 0 };
        end = end.saturating_sub(length.saturating_add(header));
    }
    end
}
