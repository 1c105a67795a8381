//! The episode's file as it lies on the disk.
//!
//! Demuxers search, skip and read again, some of them without end on a damaged
//! file. They are handed a [`Watched`] file, which answers with an error once a
//! stop was asked for or the file has been read over and over.

use super::{DecodeError, mp4};
use crate::progress::Cancel;
use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
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
    length: u64,
    /// Where the file would end if it were not cut.
    claimed_end: Option<u64>,
    /// Where the next byte lies.
    place: u64,
    is_riff: bool,
    /// Read from front to back only, as a stream from a network would be.
    one_way: bool,
    /// Bytes that may still be read.
    budget: u64,
    cancel: &'a Cancel,
}

impl<'a> Watched<'a> {
    pub(super) fn new(file: File, length: u64, cancel: &'a Cancel) -> Watched<'a> {
        // A video whose sound lies far from its pictures is read a few times
        // over, because each change of place throws a buffer away.
        let budget = length.saturating_mul(16).saturating_add(64 << 20);
        let claimed_end = mp4::end_of_cut_film(&file).filter(|end| i64::try_from(*end).is_ok());
        let is_riff = is_riff(&file);
        // A file that cannot be rewound fails at its first reading, in its turn.
        let _ = (&file).rewind();
        Watched { file, length, claimed_end, place: 0, is_riff, one_way: false, budget, cancel }
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
        self.length
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
        let length = self.file.read(buffer)?;
        self.budget = self.budget.saturating_sub(length.max(1) as u64);
        self.forget_length(&mut buffer[..length]);
        self.place += length as u64;
        Ok(length)
    }
}

impl Seek for Watched<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.budget = self.budget.saturating_sub(1);
        self.place = match (to, self.claimed_end) {
            (SeekFrom::End(0), Some(end)) => self.file.seek(SeekFrom::Start(end))?,
            _ => self.file.seek(to)?,
        };
        Ok(self.place)
    }
}

impl Watched<'_> {
    /// Says "unknown" where a WAV says how long it is as a whole, in its bytes 4 to 8.
    ///
    /// Recorders that lost power, and editors that grew a file, leave a length there
    /// that is too short; symphonia then refuses the sound behind it.
    fn forget_length(&self, bytes: &mut [u8]) {
        let ahead = (4_u64..8).filter_map(|at| at.checked_sub(self.place));
        for at in ahead.filter(|_| self.is_riff) {
            if let Some(byte) = bytes.get_mut(at as usize) {
                *byte = 0xff;
            }
        }
    }
}

/// Whether `file` begins like a WAV.
fn is_riff(mut file: &File) -> bool {
    let mut head = [0; 4];
    file.rewind().is_ok() && file.read_exact(&mut head).is_ok() && &head == b"RIFF"
}
