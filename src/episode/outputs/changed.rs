//! Files of an episode that are not what the pass over its sound wrote.

use super::{Outputs, Receipt, file_name, is_ours};
use crate::formats::Format;
use std::{
    fmt,
    path::{Path, PathBuf},
};

/// A file that another hand, or another program, has put in the place of what was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Where it lies.
    pub path: PathBuf,
    /// Whether `voixoff convert` wrote it.
    pub is_converted: bool,
}

/// As in the warning: `out/un.json` was changed since it was written.
impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match self.is_converted {
            true => write!(f, "`{path}` was written by `voixoff convert`, not from the sound"),
            false => write!(f, "`{path}` was changed since it was written"),
        }
    }
}

impl Outputs {
    /// The files of `formats` that are there, that `receipt` names, and that are not as the
    /// last pass over the sound left them. By lengths and times; bytes are read only where a
    /// time was touched.
    pub fn changed(&self, receipt: &Receipt, formats: &[Format]) -> Vec<Changed> {
        // What the editor published is the text that a pass writes under its review.
        let is_foreign = |is_converted: bool| is_converted && !self.review().exists();
        let changed = |format: &Format| {
            let path = self.path(*format);
            let written = receipt.files.get(&file_name(&path))?;
            let is_as_written = written.is_as_written(&path);
            let is_changed =
                is_foreign(written.is_converted) || !is_as_written && is_other(receipt, &path);
            let is_converted = written.is_converted && is_as_written;
            is_changed.then_some(Changed { path, is_converted })
        };
        formats.iter().filter_map(changed).collect()
    }
}

/// Whether a file that is not as it was written is there, and was not about to be written when
/// the program ended.
fn is_other(receipt: &Receipt, path: &Path) -> bool {
    path.exists() && !is_ours(receipt, path)
}
