//! Chapters of an MP4, which symphonia 0.6.1 does not read.
//!
//! There are two ways to write them, and many files have both: a track of texts that the
//! track of the sound names as its chapters (QuickTime), and a list beside it (`chpl`, by
//! Nero). The track comes first: players of podcasts show that one.

use super::Walk;
use crate::{audio::MOST_CHAPTERS, base::time::Time};
use std::{
    io::{Read, Seek, SeekFrom},
    ops::Range,
};

/// Where chapters begin and what they are called, as the file has them; empty where it has
/// none, or is damaged there.
pub(in crate::audio) fn chapters<F: Read + Seek>(mut file: F) -> Vec<(Time, String)> {
    let Ok(end) = file.seek(SeekFrom::End(0)) else { return Vec::new() };
    let mut walk = Walk { file, boxes_left: super::MOST_BOXES, text_left: end };
    if walk.header(0, end).is_none_or(|(kind, _)| &kind != b"ftyp") {
        return Vec::new();
    }
    let Some(film) = walk.find(0..end, b"moov") else { return Vec::new() };
    let of_track = walk.track_of_chapters(film.clone()).unwrap_or_default();
    if of_track.is_empty() { walk.list(film).unwrap_or_default() } else { of_track }
}

impl<F: Read + Seek> Walk<F> {
    /// The texts of the track that another names as its chapters.
    fn track_of_chapters(&mut self, film: Range<u64>) -> Option<Vec<(Time, String)>> {
        let mut tracks = Vec::new();
        let mut named = None;
        let mut rest = film;
        while let Some(track) = self.find(rest.clone(), b"trak") {
            rest.start = track.end;
            let Some(header) = self.find(track.clone(), b"tkhd") else { continue };
            tracks.push((self.number_after_dates(header)?, track.clone()));
            let references = self.find(track, b"tref");
            let chapters = references.and_then(|references| self.find(references, b"chap"));
            named = named.or(chapters.and_then(|chapters| self.number(chapters.start)));
        }
        let named = named?;
        let (_, track) = tracks.into_iter().find(|(id, _)| *id == named)?;
        self.texts(track)
    }

    /// The samples of a track of texts, each with the time it begins at.
    fn texts(&mut self, track: Range<u64>) -> Option<Vec<(Time, String)>> {
        let media = self.find(track, b"mdia")?;
        let header = self.find(media.clone(), b"mdhd")?;
        let ticks_a_second = self.number_after_dates(header)?.max(1);
        let information = self.find(media, b"minf")?;
        let table = self.find(information, b"stbl")?;
        let starts = self.starts(table.clone())?;
        let places = self.places(table, starts.len())?;
        let text = |(ticks, at): (u64, u64)| {
            let time = Time::from_frames(ticks, ticks_a_second);
            let length = u16::from_be_bytes(self.bytes(at).ok()?);
            Some((time, self.text(at + 2, length.into())?))
        };
        starts.into_iter().zip(places).map(text).collect()
    }

    /// Where each sample begins, in ticks.
    fn starts(&mut self, table: Range<u64>) -> Option<Vec<u64>> {
        let durations = self.find(table, b"stts")?;
        let mut starts = Vec::new();
        let mut now = 0_u64;
        for entry in 0..self.count(durations.start + 4)? {
            let at = durations.start + 8 + u64::from(entry) * 8;
            let (n_samples, duration) = (self.number(at)?, self.number(at + 4)?);
            for _ in 0..n_samples {
                if starts.len() >= MOST_CHAPTERS {
                    return None;
                }
                starts.push(now);
                now = now.saturating_add(duration.into());
            }
        }
        Some(starts)
    }

    /// Where each of `n_samples` lies in the file.
    fn places(&mut self, table: Range<u64>, n_samples: usize) -> Option<Vec<u64>> {
        let sizes = self.find(table.clone(), b"stsz")?;
        let groups = self.find(table.clone(), b"stsc")?;
        let short = self.find(table.clone(), b"stco");
        let long = if short.is_none() { self.find(table, b"co64") } else { None };
        let chunks = short.clone().or(long)?;
        let one_size = self.number(sizes.start + 4)?;
        let n_groups = self.count(groups.start + 4)?;
        let mut places = Vec::new();
        let mut group = 0;
        for chunk in 0..self.count(chunks.start + 4)? {
            // A group of chunks goes on until the next one begins; they count from 1.
            let of_group = |group: u32| groups.start + 8 + u64::from(group) * 12;
            while group + 1 < n_groups && self.number(of_group(group + 1))? <= chunk + 1 {
                group += 1;
            }
            let mut at = match short.is_some() {
                true => self.number(chunks.start + 8 + u64::from(chunk) * 4)?.into(),
                false => {
                    u64::from_be_bytes(self.bytes(chunks.start + 8 + u64::from(chunk) * 8).ok()?)
                }
            };
            for _ in 0..self.number(of_group(group) + 4)? {
                if places.len() >= n_samples {
                    return Some(places);
                }
                let size = match one_size {
                    0 => self.number(sizes.start + 12 + places.len() as u64 * 4)?,
                    size => size,
                };
                places.push(at);
                at = at.checked_add(size.into())?;
            }
        }
        Some(places)
    }

    /// The list beside the tracks: times in units of 100 ns.
    fn list(&mut self, film: Range<u64>) -> Option<Vec<(Time, String)>> {
        let notes = self.find(film, b"udta")?;
        let list = self.find(notes, b"chpl")?;
        let [version] = self.bytes(list.start).ok()?;
        let mut at = list.start + if version == 0 { 4 } else { 8 };
        let [n_chapters] = self.bytes(at).ok()?;
        at += 1;
        let mut chapters = Vec::new();
        for _ in 0..n_chapters {
            let ticks = u64::from_be_bytes(self.bytes(at).ok()?);
            let [length] = self.bytes(at + 8).ok()?;
            let time = Time::from_frames(ticks, 10_000_000);
            chapters.push((time, self.text(at + 9, length.into())?));
            at += 9 + u64::from(length);
        }
        Some(chapters)
    }

    fn number(&mut self, at: u64) -> Option<u32> {
        self.bytes(at).ok().map(u32::from_be_bytes)
    }

    /// The number at `at`, where so many of anything can be chapters.
    fn count(&mut self, at: u64) -> Option<u32> {
        self.number(at).filter(|count| *count as usize <= MOST_CHAPTERS)
    }

    /// `length` bytes of text: UTF-16 where a mark of byte order says so, else UTF-8.
    fn text(&mut self, at: u64, length: usize) -> Option<String> {
        self.text_left = self.text_left.checked_sub(length as u64)?;
        let mut bytes = vec![0; length];
        self.file.seek(SeekFrom::Start(at)).ok()?;
        self.file.read_exact(&mut bytes).ok()?;
        let units = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
            let units: Vec<u16> =
                bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
            String::from_utf16_lossy(&units)
        };
        Some(match bytes.as_slice() {
            [0xfe, 0xff, text @ ..] => units(text, u16::from_be_bytes),
            [0xff, 0xfe, text @ ..] => units(text, u16::from_le_bytes),
            text => String::from_utf8_lossy(text).into_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::damaged_bytes::damaged;
    use proptest::prelude::*;
    use std::io::Cursor;

    const FILE: &[u8] = include_bytes!("../../../tests/data/chapters/chapitres.m4a");

    #[test]
    fn samples_that_are_one_text_again_and_again_are_no_chapters() {
        let text = "Un titre qui est long. ".repeat(20);
        assert_eq!(chapters(Cursor::new(film("Un titre", 2))).len(), 2);
        assert_eq!(chapters(Cursor::new(film(&text, 2_000))), []);
    }

    proptest! {
        #[test]
        fn chapters_of_a_damaged_film_have_no_more_text_than_it(
            film in damaged(film("Un titre", 3)),
        ) {
            let found = chapters(Cursor::new(&film));
            // A byte that is no UTF-8 becomes three.
            let n_bytes: usize = found.iter().map(|(_, title)| title.len()).sum();
            prop_assert!(n_bytes <= 3 * film.len());
        }

        #[test]
        fn chapters_of_a_damaged_index_are_found_or_not(
            film in {
                let at = FILE.windows(4).position(|kind| kind == b"moov").unwrap() - 4;
                damaged(FILE[at..].to_vec()).prop_map(move |index| [&FILE[..at], &index].concat())
            },
        ) {
            let found = chapters(Cursor::new(&film));
            let n_bytes: usize = found.iter().map(|(_, title)| title.len()).sum();
            prop_assert!(n_bytes <= 3 * film.len());
        }
    }

    /// A film whose track of chapters has `n_samples`, all of them the same bytes.
    fn film(title: &str, n_samples: u32) -> Vec<u8> {
        let boxed = |kind: &[u8; 4], content: &[u8]| -> Vec<u8> {
            [&(content.len() as u32 + 8).to_be_bytes(), kind.as_slice(), content].concat()
        };
        let numbers = |numbers: &[u32]| -> Vec<u8> {
            numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
        };
        let text = [&(title.len() as u16).to_be_bytes(), title.as_bytes()].concat();
        let start = [boxed(b"ftyp", b"M4A "), boxed(b"mdat", &text)].concat();
        let place = (start.len() - text.len()) as u32;
        let chunks = vec![place; n_samples as usize];
        let table = [
            boxed(b"stts", &numbers(&[0, 1, n_samples, 1_000])),
            boxed(b"stsz", &numbers(&[0, text.len() as u32, n_samples])),
            boxed(b"stsc", &numbers(&[0, 1, 1, 1, 1])),
            boxed(b"stco", &[numbers(&[0, n_samples]), numbers(&chunks)].concat()),
        ];
        let information = boxed(b"minf", &boxed(b"stbl", &table.concat()));
        let header = |number: u32| numbers(&[0, 0, 0, number]);
        let media = [boxed(b"mdhd", &header(1_000)), information].concat();
        let texts = [boxed(b"tkhd", &header(2)), boxed(b"mdia", &media)].concat();
        let names_it = boxed(b"tref", &boxed(b"chap", &numbers(&[2])));
        let sound = [boxed(b"tkhd", &header(1)), names_it].concat();
        let tracks = [boxed(b"trak", &sound), boxed(b"trak", &texts)].concat();
        [start, boxed(b"moov", &tracks)].concat()
    }
}
