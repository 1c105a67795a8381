//! Ogg: pages with a checksum, a number, and the time at which they end.
//!
//! symphonia 0.6.1 leaves damaged pages out, but refuses the file if one of the first is
//! damaged, and gives the page behind a hole the time of the one before it. Here damaged
//! pages are left out beforehand, and the headers of a stream are shown once more where
//! pages are missing: behind headers a page has the time that is written in it. Which
//! headers are such repetitions is told in [`Link`]s, by order.

use super::{Link, Repaired, Window};
use crate::{audio::layout::Layout, base::progress::Cancel};
use std::{collections::BTreeMap, ops::Range};

const HEADER: usize = 27;

/// Most bytes of headers that are shown again and again.
const MOST_HEADERS: u64 = 4 << 20;

/// A page whose structure is whole.
#[derive(Debug, Clone)]
struct Page {
    bytes: Range<u64>,
    serial: u32,
    number: u32,
    is_first: bool,
    /// Packets that end in it.
    n_packets: u32,
    /// What its first packet begins with.
    begins: Vec<u8>,
    checksum: u32,
    computed: u32,
}

/// One stream of several that may lie side by side.
#[derive(Debug)]
struct Stream {
    /// Where its headers lie.
    headers: Vec<Range<u64>>,
    /// Header packets that are still to come; `None` where it is no sound.
    headers_left: Option<u32>,
    last_number: u32,
    /// Whether a page of sound was seen.
    has_begun: bool,
}

#[derive(Debug, Default)]
struct Walk {
    layout: Layout,
    streams: BTreeMap<u32, Stream>,
    links: Vec<Link>,
    /// Whether the page before began a stream.
    was_first: bool,
    is_damaged: bool,
    starts_late: bool,
}

/// The pages behind `start` that are whole; `None` if all are.
pub(super) fn repaired(window: &mut Window<'_>, start: u64, cancel: &Cancel) -> Option<Repaired> {
    let mut walk = Walk::default();
    walk.layout.take(0..start);
    let mut place = start;
    while let Some(found) = window.find(place..window.length(), b"OggS") {
        if cancel.is_requested() {
            return None;
        }
        walk.is_damaged |= found > place;
        let page = Page::read(window, found);
        let page = page.filter(|page| page.is_whole() || walk.is_mendable(window, page));
        place = match page {
            Some(page) => {
                walk.take(window, &page);
                page.bytes.end
            }
            None => {
                walk.is_damaged = true;
                found + 1
            }
        };
    }
    let Walk { layout, links, starts_late, is_damaged, .. } = walk;
    let layout = Some(layout).filter(|_| is_damaged);
    Some(Repaired { layout, links, starts_late, is_damaged, ..Repaired::default() })
}

impl Walk {
    /// Whether a page with a wrong checksum is one of the headers, without which nothing can
    /// be heard. A wrong letter in a title is no reason to refuse an episode.
    fn is_mendable(&self, window: &mut Window<'_>, page: &Page) -> bool {
        let is_followed = window.at(page.bytes.end, 4) == b"OggS";
        let is_header = match self.streams.get(&page.serial) {
            Some(stream) => stream.headers_left.is_some_and(|left| left > 0),
            None => page.is_first && headers_of(&page.begins).is_some(),
        };
        is_followed && is_header
    }

    fn take(&mut self, window: &mut Window<'_>, page: &Page) {
        if page.is_first {
            self.begin(page);
        }
        self.was_first = page.is_first;
        let Some(stream) = self.streams.get_mut(&page.serial) else {
            return self.show(window, page);
        };
        let is_torn = page.number > stream.last_number.saturating_add(1);
        stream.last_number = page.number;
        match &mut stream.headers_left {
            Some(left) if *left > 0 => {
                *left = left.saturating_sub(page.n_packets);
                stream.headers.push(page.bytes.clone());
            }
            Some(_) if is_torn => {
                self.is_damaged = true;
                let length: u64 = stream.headers.iter().map(|range| range.end - range.start).sum();
                if !stream.has_begun {
                    self.starts_late |= self.links.is_empty();
                } else if length <= MOST_HEADERS {
                    stream.headers.iter().for_each(|range| self.layout.take(range.clone()));
                    self.links.push(Link::Torn);
                }
                stream.has_begun = true;
            }
            Some(_) => stream.has_begun = true,
            None => (),
        }
        self.show(window, page);
    }

    /// A stream begins, perhaps beside others; behind other pages it is another recording.
    fn begin(&mut self, page: &Page) {
        if !self.was_first {
            if !self.streams.is_empty() {
                self.links.push(Link::Next);
            }
            self.streams.clear();
        }
        let stream = Stream {
            headers: Vec::new(),
            headers_left: headers_of(&page.begins),
            last_number: page.number,
            has_begun: false,
        };
        self.streams.insert(page.serial, stream);
    }

    fn show(&mut self, window: &mut Window<'_>, page: &Page) {
        if page.is_whole() {
            return self.layout.take(page.bytes.clone());
        }
        self.is_damaged = true;
        let length = (page.bytes.end - page.bytes.start) as usize;
        let mut bytes = window.at(page.bytes.start, length).to_vec();
        if let Some(checksum) = bytes.get_mut(22..26) {
            checksum.copy_from_slice(&page.computed.to_le_bytes());
        }
        self.layout.make(bytes, 1);
    }
}

impl Page {
    /// The page at `place`, if its lengths are such as can be.
    fn read(window: &mut Window<'_>, place: u64) -> Option<Page> {
        let head: [u8; HEADER] = window.array(place)?;
        let (version, flags, n_segments) = (head[4], head[5], usize::from(head[26]));
        let number =
            |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let segments = window.at(place + HEADER as u64, n_segments).to_vec();
        let body: usize = segments.iter().map(|length| usize::from(*length)).sum();
        let length = HEADER + n_segments + body;
        let bytes = window.at(place, length);
        if version != 0 || flags & 0xf8 != 0 || bytes.len() < length {
            return None;
        }
        // The checksum is that of the page with nothing in its own place.
        let summed = bytes[..22].iter().chain(&[0; 4]).chain(&bytes[26..]);
        let computed = summed.fold(0, |sum, byte| checksum(sum, *byte));
        let begins = bytes[HEADER + n_segments..].iter().copied().take(16).collect();
        Some(Page {
            bytes: place..place + length as u64,
            serial: number(14),
            number: number(18),
            is_first: flags & 2 != 0,
            n_packets: segments.iter().filter(|length| **length < 255).count() as u32,
            begins,
            checksum: number(22),
            computed,
        })
    }

    fn is_whole(&self) -> bool {
        self.checksum == self.computed
    }
}

/// How many header packets a stream has whose first one begins like this.
fn headers_of(begins: &[u8]) -> Option<u32> {
    match begins {
        [b'O', b'p', b'u', b's', b'H', b'e', b'a', b'd', ..] => Some(2),
        [1, b'v', b'o', b'r', b'b', b'i', b's', ..] => Some(3),
        // Their number is in it; 0 says that it is unknown.
        [0x7f, b'F', b'L', b'A', b'C', _, _, high, low, ..] => {
            Some(1 + u32::from(u16::from_be_bytes([*high, *low])).max(1))
        }
        _ => None,
    }
}

/// The next state of the checksum of RFC 3533.
fn checksum(sum: u32, byte: u8) -> u32 {
    sum << 8 ^ CHECKSUMS[usize::from((sum >> 24) as u8 ^ byte)]
}

const CHECKSUMS: [u32; 256] = {
    let mut table = [0; 256];
    let mut idx = 0;
    while idx < 256 {
        let mut sum = (idx as u32) << 24;
        let mut bit = 0;
        while bit < 8 {
            sum = if sum & 0x8000_0000 != 0 { sum << 1 ^ 0x04c1_1db7 } else { sum << 1 };
            bit += 1;
        }
        table[idx] = sum;
        idx += 1;
    }
    table
};
