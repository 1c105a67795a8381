//! Registry packages and PyTorch checkpoints, which are both zip archives.
//!
//! Whoever made an archive wrote its numbers too, so nothing is reserved by what
//! it says: every read has a limit, and memory grows with what really comes.

use super::ModelError;
use std::io::{Read, Seek};
use zip::{CompressionMethod, ZipArchive};

/// An open archive.
pub(super) struct Archive<R> {
    zip: ZipArchive<R>,
    what: String,
}

/// One file in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) index: usize,
    /// With its folders, joined by `/`.
    pub(super) name: String,
    /// Length as the archive states it.
    pub(super) bytes: u64,
}

impl Entry {
    /// Its name without folders.
    pub(super) fn file_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or_default()
    }
}

impl<R: Read + Seek> Archive<R> {
    /// Opens the archive in `reader`, called `what` in messages.
    pub(super) fn open(reader: R, what: impl Into<String>) -> Result<Archive<R>, ModelError> {
        let what = what.into();
        match ZipArchive::new(reader) {
            Ok(zip) => Ok(Archive { zip, what }),
            Err(error) => Err(ModelError::malformed(what, error.to_string())),
        }
    }

    /// The files inside, in their order. Folders and files that cannot be named are
    /// left out.
    pub(super) fn entries(&mut self) -> Vec<Entry> {
        let n_entries = self.zip.len();
        let entry = |index| {
            let file = self.zip.by_index_raw(index).ok()?;
            let name = file.name().ok()?.into_owned();
            (!name.ends_with('/')).then(|| Entry { index, name, bytes: file.size() })
        };
        (0..n_entries).filter_map(entry).collect()
    }

    /// What messages call `entry`.
    pub(super) fn label(&self, entry: &Entry) -> String {
        format!("{}: {}", self.what, entry.name)
    }

    /// Gives the content of `entry` to `take`, no more bytes than it is said to have.
    pub(super) fn with<T>(
        &mut self,
        entry: &Entry,
        take: impl FnOnce(&mut dyn Read) -> Result<T, ModelError>,
    ) -> Result<T, ModelError> {
        let label = self.label(entry);
        match self.zip.by_index(entry.index) {
            Ok(file) => take(&mut file.take(entry.bytes)),
            Err(error) => Err(ModelError::malformed(label, error.to_string())),
        }
    }

    /// The content of `entry`, which must have at most `limit` bytes.
    pub(super) fn read(&mut self, entry: &Entry, limit: u64) -> Result<Vec<u8>, ModelError> {
        let label = self.label(entry);
        if entry.bytes > limit {
            let reason = format!("it has {} bytes, more than the {limit} expected", entry.bytes);
            return Err(ModelError::malformed(label, reason));
        }
        let mut content = Vec::new();
        self.with(entry, |file| {
            file.read_to_end(&mut content)
                .map_err(|error| ModelError::malformed(&*label, error.to_string()))
        })?;
        if content.len() as u64 != entry.bytes {
            return Err(ModelError::malformed(label, "it ends too early"));
        }
        Ok(content)
    }

    /// Where in the archive the first byte of `entry` lies; `None` where it is packed, or cannot
    /// be found.
    pub(super) fn start_of(&mut self, entry: &Entry) -> Option<u64> {
        let file = self.zip.by_index(entry.index).ok()?;
        (file.compression() == CompressionMethod::Stored).then(|| file.data_start())?
    }

    /// Whether `entry` lies in the archive as it is, so that it cannot be larger
    /// than the archive.
    pub(super) fn is_stored(&mut self, entry: &Entry) -> bool {
        let file = self.zip.by_index_raw(entry.index);
        file.is_ok_and(|file| file.compression() == CompressionMethod::Stored)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::damaged_bytes::damaged;
    use proptest::prelude::*;
    use std::io::{Cursor, Write};
    use zip::{ZipWriter, write::SimpleFileOptions};

    #[test]
    fn garbage_is_not_an_archive() {
        let error = Archive::open(Cursor::new(b"PK\x03\x04 and then nothing"), "a.whl").err();
        assert!(error.unwrap().to_string().starts_with("`a.whl` cannot be read: "));
    }
    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn what_a_damaged_archive_holds_is_no_longer_than_it_may_be(file in damaged(wheel())) {
            const LIMIT: u64 = 5_000;
            let Ok(mut archive) = Archive::open(Cursor::new(&file), "a.whl") else { return Ok(()) };
            let entries = archive.entries();
            prop_assert!(entries.len() <= file.len());
            for entry in entries {
                let content = archive.read(&entry, LIMIT);
                prop_assert!(content.map_or(0, |content| content.len()) as u64 <= LIMIT);
                let whole = archive.is_stored(&entry).then(|| archive.read(&entry, entry.bytes));
                if let Some(Ok(content)) = whole {
                    prop_assert!(content.len() <= file.len());
                }
            }
        }
    }

    /// A file as it is, and one that was packed to a tenth.
    fn wheel() -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, method) in
            [("a/stored", CompressionMethod::Stored), ("a/packed", CompressionMethod::Deflated)]
        {
            zip.start_file(name, SimpleFileOptions::default().compression_method(method)).unwrap();
            zip.write_all(&b"abcdefgh".repeat(100)).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }
}
