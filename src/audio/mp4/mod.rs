//! Where the sound of an MP4 track begins: its edit list.
//!
//! An AAC encoder puts 1024 samples or more before the first one; MP4 says so
//! in an edit list (`moov/trak/edts/elst`), which symphonia 0.6.1 reads and throws
//! away. Without it every word of an `.m4a` would be 20 to 50 ms late. The walk
//! here goes from box to box by their lengths and reads only the boxes it wants,
//! because `moov` also holds tables that grow with the episode.

mod chapters;

pub(super) use chapters::chapters;
use std::{
    io::{self, Read, Seek, SeekFrom},
    ops::Range,
};

/// Boxes looked at before the file is given up as damaged. A track has about ten.
const MOST_BOXES: usize = 4096;

/// The first edit of a track.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Edit {
    /// Silence before the track, in nanoseconds.
    pub(super) delay_ns: u64,
    /// Where in the track the sound begins, in ticks of the track's own clock.
    pub(super) media_start: u64,
}

/// The first edit of the track numbered `track_id`, or `None` if it has none or
/// the boxes around it are damaged.
pub(super) fn first_edit<F: Read + Seek>(mut file: F, track_id: u32) -> Option<Edit> {
    let end = file.seek(SeekFrom::End(0)).ok()?;
    let mut walk = Walk { file, boxes_left: MOST_BOXES, text_left: end };
    let moov = walk.find(0..end, b"moov")?;
    let mvhd = walk.find(moov.clone(), b"mvhd")?;
    let timescale = walk.number_after_dates(mvhd)?;
    let mut rest = moov;
    loop {
        let track = walk.find(rest.clone(), b"trak")?;
        let header = walk.find(track.clone(), b"tkhd")?;
        if walk.number_after_dates(header)? == track_id {
            let edits = walk.find(track, b"edts")?;
            let list = walk.find(edits, b"elst")?;
            return walk.edit(list, timescale);
        }
        rest.start = track.end;
    }
}

/// Where the boxes of an MP4 end, if that is after the end of the file.
///
/// symphonia 0.6.1 reads no sound from a box that the file does not hold whole, so
/// it must not know of a cut until it meets it.
pub(super) fn end_of_cut_film<F: Read + Seek>(mut file: F) -> Option<u64> {
    let end = file.seek(SeekFrom::End(0)).ok()?;
    let mut walk = Walk { file, boxes_left: MOST_BOXES, text_left: end };
    let (mut at, mut has_index) = (0, false);
    while at < end {
        let (kind, content) = walk.header(at, end)?;
        // Other formats have no boxes, whatever their bytes look like.
        if at == 0 && &kind != b"ftyp" {
            return None;
        }
        has_index |= &kind == b"moov" && content.end <= end;
        at = content.end;
    }
    // Without its index there is nothing to be read, and that must be seen at once.
    (has_index && at > end).then_some(at)
}

struct Walk<F> {
    file: F,
    boxes_left: usize,
    /// Bytes of text that may still be read: all texts together are no longer than the file.
    text_left: u64,
}

impl<F: Read + Seek> Walk<F> {
    /// The content of the first box of this kind among those in `range`.
    fn find(&mut self, mut range: Range<u64>, kind: &[u8; 4]) -> Option<Range<u64>> {
        while range.start < range.end {
            let (found, content) = self.header(range.start, range.end)?;
            if &found == kind {
                return Some(content.start..content.end.min(range.end));
            }
            range.start = content.end;
        }
        None
    }

    /// The kind and the content of the box at `at`, inside a box that ends at `end`.
    fn header(&mut self, at: u64, end: u64) -> Option<([u8; 4], Range<u64>)> {
        self.boxes_left = self.boxes_left.checked_sub(1)?;
        let [a, b, c, d, kind @ ..] = self.bytes::<8>(at).ok()?;
        let (header_length, length) = match u32::from_be_bytes([a, b, c, d]) {
            // 0: up to the end. 1: the length follows, in 64 bits.
            0 => (8, end.saturating_sub(at)),
            1 => (16, u64::from_be_bytes(self.bytes(at + 8).ok()?)),
            length => (8, u64::from(length)),
        };
        let end = at.checked_add(length).filter(|_| length >= header_length)?;
        Some((kind, at + header_length..end))
    }

    /// The number that follows the two dates of `mvhd` (ticks per second) and of
    /// `tkhd` (number of the track); version 1 has dates of 64 bits.
    fn number_after_dates(&mut self, header: Range<u64>) -> Option<u32> {
        let [version] = self.bytes(header.start).ok()?;
        let dates = if version == 1 { 16 } else { 8 };
        self.bytes(header.start + 4 + dates).ok().map(u32::from_be_bytes)
    }

    /// The first edit that shows anything; empty edits before it are a delay.
    fn edit(&mut self, list: Range<u64>, timescale: u32) -> Option<Edit> {
        let [version] = self.bytes(list.start).ok()?;
        let count = u32::from_be_bytes(self.bytes(list.start + 4).ok()?);
        let mut at = list.start + 8;
        let mut delay = 0_u64;
        for _ in 0..count.min(MOST_BOXES as u32) {
            let (length, media_time) = if version == 1 {
                let length = u64::from_be_bytes(self.bytes(at).ok()?);
                (length, i64::from_be_bytes(self.bytes(at + 8).ok()?))
            } else {
                let length = u32::from_be_bytes(self.bytes(at).ok()?);
                (u64::from(length), i64::from(i32::from_be_bytes(self.bytes(at + 4).ok()?)))
            };
            at += if version == 1 { 20 } else { 12 };
            if let Ok(media_start) = u64::try_from(media_time) {
                let delay_ns = u128::from(delay) * 1_000_000_000 / u128::from(timescale.max(1));
                return Some(Edit { delay_ns: delay_ns.try_into().ok()?, media_start });
            }
            delay = delay.saturating_add(length);
        }
        None
    }

    fn bytes<const N: usize>(&mut self, at: u64) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.file.seek(SeekFrom::Start(at))?;
        self.file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::damaged_bytes::damaged;
    use proptest::prelude::*;
    use std::io::Cursor;

    fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
        [&(content.len() as u32 + 8).to_be_bytes(), kind.as_slice(), content].concat()
    }

    /// A film of one track, number 3, at 1000 ticks a second.
    fn film(edits: &[(u32, i32)]) -> Vec<u8> {
        let mut list = vec![0, 0, 0, 0];
        list.extend((edits.len() as u32).to_be_bytes());
        for (length, media_time) in edits {
            list.extend(
                [&length.to_be_bytes()[..], &media_time.to_be_bytes(), &[0, 1, 0, 0]].concat(),
            );
        }
        let mvhd = boxed(b"mvhd", &[&[0; 12][..], &1000_u32.to_be_bytes()].concat());
        let tkhd = boxed(b"tkhd", &[&[0; 12][..], &3_u32.to_be_bytes()].concat());
        let track = boxed(b"trak", &[tkhd, boxed(b"edts", &boxed(b"elst", &list))].concat());
        let other = boxed(b"trak", &boxed(b"tkhd", &[0; 16]));
        [boxed(b"ftyp", b"M4A "), boxed(b"moov", &[mvhd, other, track].concat())].concat()
    }

    #[test]
    fn the_sound_begins_where_the_edit_says() {
        let film = film(&[(7000, 1024)]);
        assert_eq!(
            first_edit(Cursor::new(&film), 3),
            Some(Edit { delay_ns: 0, media_start: 1024 })
        );
        assert_eq!(first_edit(Cursor::new(&film), 4), None);
    }

    #[test]
    fn an_empty_edit_delays_the_sound() {
        assert_eq!(
            first_edit(Cursor::new(film(&[(250, -1), (7000, 13)])), 3),
            Some(Edit { delay_ns: 250_000_000, media_start: 13 })
        );
    }

    proptest! {
        #[test]
        fn the_edits_and_the_end_of_a_damaged_film_are_found_or_not(
            film in damaged(film(&[(250, -1), (7000, 13)])),
        ) {
            let _ = first_edit(Cursor::new(&film), 3);
            let end = end_of_cut_film(Cursor::new(&film));
            prop_assert!(end.is_none_or(|end| end > film.len() as u64));
        }
    }

    #[test]
    fn a_film_cut_anywhere_has_an_edit_or_none() {
        let film = film(&[(250, -1), (7000, 13)]);
        for length in 0..film.len() {
            let edit = first_edit(Cursor::new(&film[..length]), 3);
            assert!(edit.is_none() || edit == first_edit(Cursor::new(&film), 3));
        }
    }
}
