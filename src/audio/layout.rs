//! The bytes that demuxers are shown in the place of those on the disk.
//!
//! A damaged file is not written anew: it is a list of stretches of the one that is there,
//! with a few bytes of ours between them. The list grows with the damage, not with the file.

use std::{ops::Range, sync::Arc};

/// Stretches of a file and made bytes, one behind the other.
#[derive(Debug, Clone, Default)]
pub(super) struct Layout {
    /// Each with the place where it begins.
    pieces: Vec<(u64, Piece)>,
    length: u64,
}

#[derive(Debug, Clone)]
pub(super) enum Piece {
    /// What lies there in the file.
    File(Range<u64>),
    /// These bytes, so many times.
    Made(Arc<[u8]>, u64),
}

impl Layout {
    /// A file of `length` bytes as it is.
    pub(super) fn whole(length: u64) -> Layout {
        let mut layout = Layout::default();
        layout.take(0..length);
        layout
    }

    /// Appends what lies in `range` of the file.
    pub(super) fn take(&mut self, range: Range<u64>) {
        if range.is_empty() {
            return;
        }
        self.length = self.length.saturating_add(range.end - range.start);
        match self.pieces.last_mut() {
            Some((_, Piece::File(last))) if last.end == range.start => last.end = range.end,
            _ => {
                let start = self.length - (range.end - range.start);
                self.pieces.push((start, Piece::File(range)));
            }
        }
    }

    /// Appends `bytes`, so many `times`.
    pub(super) fn make(&mut self, bytes: impl Into<Arc<[u8]>>, times: u64) {
        let bytes = bytes.into();
        let length = (bytes.len() as u64).saturating_mul(times);
        if length > 0 {
            self.pieces.push((self.length, Piece::Made(bytes, times)));
            self.length = self.length.saturating_add(length);
        }
    }

    /// Appends what `other` shows from `place` on.
    pub(super) fn append(&mut self, other: &Layout, place: u64) {
        for (start, piece) in &other.pieces {
            let skipped = place.saturating_sub(*start);
            match piece {
                Piece::File(range) => self.take(range.start.saturating_add(skipped)..range.end),
                Piece::Made(bytes, times) => {
                    let n_skipped = skipped.div_ceil(bytes.len() as u64);
                    self.make(Arc::clone(bytes), times.saturating_sub(n_skipped));
                }
            }
        }
    }

    /// Whether it begins with the first `length` bytes of the file.
    pub(super) fn begins_with(&self, length: u64) -> bool {
        let first = self.pieces.first();
        matches!(first, Some((_, Piece::File(range))) if range.start == 0 && range.end >= length)
    }

    /// Bytes in all.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// The piece that holds the byte at `place`, and how far into it that byte lies.
    pub(super) fn at(&self, place: u64) -> Option<(&Piece, u64)> {
        let idx = self.pieces.partition_point(|(start, _)| *start <= place).checked_sub(1)?;
        let (start, piece) = self.pieces.get(idx)?;
        (place < self.length).then(|| (piece, place - start))
    }
}
