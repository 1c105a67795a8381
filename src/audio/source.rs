//! The episode's file as demuxers see it.
//!
//! Demuxers search, skip and read again, some of them without end on a damaged
//! file. They are handed a [`Watched`] file, which answers with an error once a
//! stop was asked for or the file has been read over and over. What it shows is a
//! [`Layout`]: the file as it is, or as it would be without its damage.

use super::{
    DecodeError,
    layout::{Layout, Piece},
    mp4,
};
use crate::base::progress::Cancel;
use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// The file at `path` and its length in bytes, which is not 0.
pub(super) fn open(path: &Path) -> Result<(File, u64), DecodeError> {
    let unreadable = |source| DecodeError::Unreadable { path: path.into(), source };
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    // On some systems a folder opens like a file and only reading it fails.
    if metadata.is_dir() {
        return Err(unreadable(io::ErrorKind::IsADirectory.into()));
    }
    match metadata.len() {
        0 => Err(DecodeError::Empty { path: path.into() }),
        length => Ok((file, length)),
    }
}

/// A file that stops answering when it should no longer be read.
pub(super) struct Watched<'a> {
    file: File,
    layout: Layout,
    /// Where the file would end if it were not cut.
    claimed_end: Option<u64>,
    /// Where the next byte lies in the layout.
    place: u64,
    /// Where the next byte would be read from the file, if that is known.
    file_place: Option<u64>,
    /// Read from front to back only, as a stream from a network would be.
    one_way: bool,
    /// Bytes that may still be read.
    budget: u64,
    /// How far it was read, for whoever asks.
    reached: Arc<AtomicU64>,
    cancel: &'a Cancel,
}

impl<'a> Watched<'a> {
    /// What `layout` shows of `file`.
    pub(super) fn new(file: File, layout: Layout, cancel: &'a Cancel) -> Watched<'a> {
        // A video whose sound lies far from its pictures is read a few times
        // over, because each change of place throws a buffer away.
        let budget = layout.length().saturating_mul(16).saturating_add(64 << 20);
        let claimed_end = mp4::end_of_cut_film(&file).filter(|end| i64::try_from(*end).is_ok());
        Watched {
            file,
            layout,
            claimed_end,
            place: 0,
            file_place: None,
            one_way: false,
            budget,
            reached: Arc::default(),
            cancel,
        }
    }

    /// The same, but never asked for what lies at its end: the index of a cut file is gone,
    /// and its sound may still be there.
    pub(super) fn one_way(self) -> Watched<'a> {
        Watched { one_way: true, ..self }
    }

    /// Whether another place may be asked for.
    pub(super) fn is_seekable(&self) -> bool {
        !self.one_way
    }

    /// Bytes in the file.
    pub(super) fn length(&self) -> u64 {
        self.layout.length()
    }

    /// How many bytes from its beginning were read last, while it is read.
    pub(super) fn reached(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.reached)
    }

    /// Reads what lies at the place, as far as one piece goes.
    fn read_piece(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some((piece, within)) = self.layout.at(self.place) else { return Ok(0) };
        match piece {
            Piece::Made(bytes, times) => {
                let length = bytes.len() as u64;
                let rest = &bytes[(within % length) as usize..];
                debug_assert!(within / length < *times);
                let length = rest.len().min(buffer.len());
                buffer[..length].copy_from_slice(&rest[..length]);
                Ok(length)
            }
            Piece::File(range) => {
                let from = range.start + within;
                let length = usize::try_from(range.end - from).unwrap_or(usize::MAX);
                let length = length.min(buffer.len());
                if self.file_place != Some(from) {
                    self.file.seek(SeekFrom::Start(from))?;
                }
                self.file_place = None;
                let length = self.file.read(&mut buffer[..length])?;
                self.file_place = Some(from + length as u64);
                Ok(length)
            }
        }
    }
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.cancel.is_requested() {
            // Not `Interrupted`: readers try again after that one.
            return Err(io::Error::other("a stop was asked for"));
        }
        if self.budget == 0 {
            return Err(io::Error::other("the file leads in circles"));
        }
        let length = self.read_piece(buffer)?;
        self.budget = self.budget.saturating_sub(length.max(1) as u64);
        self.place += length as u64;
        self.reached.store(self.place, Ordering::Relaxed);
        Ok(length)
    }
}

impl Seek for Watched<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.budget = self.budget.saturating_sub(1);
        let length = self.layout.length();
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(0) => Some(self.claimed_end.unwrap_or(length)),
            SeekFrom::End(by) => length.checked_add_signed(by),
            SeekFrom::Current(by) => self.place.checked_add_signed(by),
        };
        self.place = place.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.place)
    }
}
