//! Any bytes of a file, by their place.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    ops::Range,
};

/// Bytes read at a time, and the most that can be asked for at once.
const REACH: usize = 1 << 17;

/// Bytes before the place that are read with it.
const BEHIND: u64 = 1 << 14;

/// A file read around one place at a time. What cannot be read is not there.
pub(super) struct Window<'a> {
    file: &'a File,
    length: u64,
    start: u64,
    bytes: Vec<u8>,
}

impl<'a> Window<'a> {
    pub(super) fn new(file: &'a File, length: u64) -> Window<'a> {
        Window { file, length, start: 0, bytes: Vec::new() }
    }

    /// Bytes in the file.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Up to `n` bytes at `place`, at most [`REACH`]; fewer where the file ends.
    pub(super) fn at(&mut self, place: u64, n: usize) -> &[u8] {
        let n = n.min(REACH).min(usize::try_from(self.length.saturating_sub(place)).unwrap_or(n));
        if !self.holds(place, n) {
            self.load(place);
        }
        let from = usize::try_from(place.saturating_sub(self.start)).unwrap_or(usize::MAX);
        let from = from.min(self.bytes.len());
        &self.bytes[from..(from + n).min(self.bytes.len())]
    }

    /// The `N` bytes at `place`, where the file has them.
    pub(super) fn array<const N: usize>(&mut self, place: u64) -> Option<[u8; N]> {
        self.at(place, N).try_into().ok()
    }

    /// The first place in `range` where `pattern` begins.
    pub(super) fn find(&mut self, mut range: Range<u64>, pattern: &[u8]) -> Option<u64> {
        while range.start < range.end {
            let bytes = self.ahead(range.start, pattern.len());
            if bytes.len() < pattern.len() {
                return None;
            }
            let found = bytes.windows(pattern.len()).position(|there| there == pattern);
            if let Some(found) = found {
                return Some(range.start + found as u64).filter(|found| *found < range.end);
            }
            range.start += (bytes.len() + 1 - pattern.len()) as u64;
        }
        None
    }

    /// All that is held from `place` on, at least `n` bytes; fewer where the file ends.
    fn ahead(&mut self, place: u64, n: usize) -> &[u8] {
        let n = self.at(place, n).len();
        let held = (self.start + self.bytes.len() as u64).saturating_sub(place);
        self.at(place, n.max(usize::try_from(held).unwrap_or(n)))
    }

    fn holds(&self, place: u64, n: usize) -> bool {
        place >= self.start && place + n as u64 <= self.start + self.bytes.len() as u64
    }

    fn load(&mut self, place: u64) {
        // Whoever searches looks ahead, and comes back.
        self.start = place.saturating_sub(BEHIND);
        self.bytes.clear();
        let mut file = self.file;
        if file.seek(SeekFrom::Start(self.start)).is_ok() {
            // An error is an end: whoever decodes will meet it again, and tell it.
            let _ = file.take(REACH as u64 + BEHIND).read_to_end(&mut self.bytes);
        }
    }
}
