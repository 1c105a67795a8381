//! Which files of the folder are as the bucket has them: kept between two runs, so that the
//! next one pulls only what has changed.

use super::{INDEX, Mirror};
use crate::episode::outputs::{OWN, modified_ns};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fs, path::Path};

/// A file of the folder that is as an object of the bucket was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LocalFile {
    pub(super) etag: String,
    pub(super) bytes: u64,
    pub(super) modified_ns: u64,
}

impl LocalFile {
    pub(super) fn of(path: &Path, etag: String) -> Option<LocalFile> {
        let metadata = fs::metadata(path).ok()?;
        Some(LocalFile { etag, bytes: metadata.len(), modified_ns: modified_ns(&metadata) })
    }

    pub(super) fn is_of(&self, path: &Path) -> bool {
        LocalFile::of(path, self.etag.clone()).as_ref() == Some(self)
    }
}

/// Form of the file that is written now.
pub(super) const SCHEMA: u32 = 1;

/// The file `mirror.json`.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Index {
    /// Form of the file; 0 is that of version 0.1.0, which is the same.
    #[serde(default)]
    pub(super) schema: u32,
    pub(super) endpoint: String,
    pub(super) address: String,
    pub(super) files: BTreeMap<String, LocalFile>,
}

impl Mirror<'_> {
    /// Whether `folder` stands for an archive in a bucket.
    pub(crate) fn is_at(folder: &Path) -> bool {
        folder.join(OWN).join(INDEX).exists()
    }
}
