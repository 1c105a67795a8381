//! Matroska and WebM: a list of clusters, each some seconds of blocks with their time.
//!
//! symphonia 0.6.1 stops for good at the first element that it cannot follow. Here such a
//! place is left out up to the next cluster; the clusters' own times keep what follows in
//! its place. The lists of places at the front and the end are left out with it: they would
//! no longer be true.

use super::{Repaired, Window, ebml::Element};
use crate::{audio::layout::Layout, base::progress::Cancel};

const SEGMENT: u32 = 0x1853_8067;
const CLUSTER: u32 = 0x1f43_b675;
const TIMESTAMP: u32 = 0xe7;
const CHECKSUM: u32 = 0xbf;
const VOID: u32 = 0xec;
const SEEK_HEAD: u32 = 0x114d_9b74;
const CUES: u32 = 0x1c53_bb6b;
const TRACKS: u32 = 0x1654_ae6b;

/// What a segment holds: besides clusters and what is above, facts, tags, files, chapters.
const IN_SEGMENT: [u32; 10] = [
    SEEK_HEAD,
    CUES,
    TRACKS,
    CLUSTER,
    VOID,
    CHECKSUM,
    0x1549_a966,
    0x1254_c367,
    0x1941_a469,
    0x1043_a770,
];

/// What a cluster holds: its time, its place, lengths, silent tracks; blocks, alone, in a
/// group, encrypted.
const IN_CLUSTER: [u32; 9] = [TIMESTAMP, CHECKSUM, VOID, 0xa7, 0xab, 0x5854, 0xa3, 0xa0, 0xaf];

/// The clusters that can be followed; `None` if all can, or if nothing can be heard without
/// what is damaged.
pub(super) fn repaired(window: &mut Window<'_>, start: u64, cancel: &Cancel) -> Option<Repaired> {
    let head = Element::read(window, start)?.end?;
    let segment = Element::read(window, head).filter(|element| element.id == SEGMENT)?;
    let mut layout = Layout::default();
    layout.take(0..head);
    layout.make([&SEGMENT.to_be_bytes()[..], &[0x01], &[0xff; 7]].concat(), 1);
    let (mut place, mut has_tracks, mut has_clusters) = (segment.content, false, false);
    let (mut is_damaged, mut starts_late) = (false, false);
    let length = window.length();
    while place < length {
        if cancel.is_requested() {
            return None;
        }
        let good = place;
        let followed = match element(window, place, length, &IN_SEGMENT) {
            Some(Element { id: CLUSTER, content, end }) => {
                has_clusters = true;
                let (last, reached) = blocks(window, content, end);
                // What is there instead of what should follow may have begun in the last block.
                let reached = if is_followed(window, reached, end) { reached } else { last };
                if end.is_none_or(|end| reached == end) {
                    layout.take(good..reached);
                } else {
                    let size = (reached - content) | 0x0100_0000_0000_0000;
                    layout
                        .make([CLUSTER.to_be_bytes().as_slice(), &size.to_be_bytes()].concat(), 1);
                    layout.take(content..reached);
                }
                Some(reached)
            }
            Some(Element { id, end: Some(end), .. }) if end <= length => {
                has_tracks |= id == TRACKS;
                if ![SEEK_HEAD, CUES, VOID].contains(&id) {
                    layout.take(good..end);
                }
                Some(end)
            }
            // Nothing that can be followed, or something that would end behind the file.
            _ => None,
        };
        place = followed.unwrap_or(place);
        if followed.is_some_and(|place| goes_on(window, place)) {
            continue;
        }
        // What lies behind the last cluster that can be found is a cut, and told as one.
        let Some(next) = next_cluster(window, place + 1) else { break };
        is_damaged = true;
        starts_late |= !has_clusters;
        place = next;
    }
    (is_damaged && has_tracks).then(|| Repaired {
        layout: Some(layout),
        is_damaged,
        starts_late,
        ..Repaired::default()
    })
}

/// Where the last child of a cluster that can be followed begins and ends.
fn blocks(window: &mut Window<'_>, content: u64, end: Option<u64>) -> (u64, u64) {
    let (mut before, mut place) = (content, content);
    let last = end.unwrap_or(window.length()).min(window.length());
    while place < last {
        match element(window, place, last, &IN_CLUSTER) {
            Some(Element { end: Some(end), .. }) if end <= last => (before, place) = (place, end),
            _ => break,
        }
    }
    (before, place)
}

/// Whether a cluster that was followed up to `place` goes on there, is over, or is cut with the
/// file.
fn is_followed(window: &mut Window<'_>, place: u64, end: Option<u64>) -> bool {
    let length = window.length();
    let is_last = end.is_none_or(|end| end >= length);
    let is_cut = is_last && element(window, place, length, &IN_CLUSTER).is_some();
    is_cut || (end.is_none_or(|end| end == place) && goes_on(window, place))
}

/// Whether the segment goes on at `place`, or is over.
fn goes_on(window: &mut Window<'_>, place: u64) -> bool {
    let length = window.length();
    place >= length || element(window, place, length, &IN_SEGMENT).is_some()
}

/// The element at `place`, if it is one of these, or if one of these follows it; its parent
/// ends at `last`.
fn element(window: &mut Window<'_>, place: u64, last: u64, known: &[u32]) -> Option<Element> {
    let element = Element::read(window, place)?;
    if known.contains(&element.id) {
        return Some(element);
    }
    let next = element.end.filter(|end| *end <= last)?;
    let mut is_followed =
        || Element::read(window, next).is_some_and(|element| known.contains(&element.id));
    (next == last || is_followed()).then_some(element)
}

/// The first cluster from `place` on that begins as they do.
fn next_cluster(window: &mut Window<'_>, mut place: u64) -> Option<u64> {
    loop {
        let found = window.find(place..window.length(), &CLUSTER.to_be_bytes())?;
        let content = Element::read(window, found).map(|cluster| cluster.content);
        let first = content.and_then(|content| element(window, content, 0, &[TIMESTAMP, CHECKSUM]));
        if first.is_some_and(|first| first.end.is_some()) {
            return Some(found);
        }
        place = found + 1;
    }
}
