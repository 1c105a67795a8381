//! The transcript of the pass before, kept to be compared with the one that took its place.

use super::{BEFORE, BuildRecord, Outputs, Receipt, file_name, is_ours};
use crate::{
    base::store::{remove_if_there, write_atomic},
    formats::Format,
};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

impl Outputs {
    /// The JSON of the last pass that had other words; `None` where there was none.
    pub fn before(&self) -> Option<Vec<u8>> {
        fs::read(self.own_path(BEFORE)).ok()
    }

    /// The file of `format` that was written last: that of the episode, or the one beside it
    /// where a person has corrected that.
    pub(crate) fn latest(&self, format: Format) -> PathBuf {
        let receipt = self.vouching();
        let (own, beside) = (self.path(format), self.beside(&receipt, format));
        let written = |path: &Path| receipt.files.get(&file_name(path)).map(|it| it.modified_ns);
        if beside.exists() && written(&beside) > written(&own) { beside } else { own }
    }

    /// Where a file of `format` goes whose own place belongs to a person. Such a file may have
    /// been corrected, too.
    pub(super) fn beside(&self, receipt: &Receipt, format: Format) -> PathBuf {
        let extension = format.extension();
        let first = [format!("new.{extension}")].into_iter();
        let all = first.chain((2_u32..).map(|n| format!("new-{n}.{extension}")));
        let mut paths = all.map(|ending| self.folder.join(self.with(&ending)));
        let is_free = |path: &PathBuf| !path.exists() || is_ours(receipt, path);
        paths.find(is_free).expect("nobody has corrected four thousand million files")
    }

    /// Keeps the JSON that is about to be replaced by one of `files`, if its words came about
    /// otherwise. One of another sound is forgotten: there is nothing to compare.
    ///
    /// A run that was killed behind the new JSON finds it in place, with the bytes that it
    /// writes once more: what is kept stays.
    pub(super) fn keep_before(
        &self,
        receipt: &Receipt,
        made: &BuildRecord,
        files: &[(Format, Vec<u8>)],
    ) -> io::Result<()> {
        let Some(before) = &receipt.made else { return Ok(()) };
        if before.sound != made.sound {
            return remove_if_there(&self.own_path(BEFORE));
        }
        let new = files.iter().find(|(format, _)| *format == Format::Json);
        let Some((_, new)) = new.filter(|_| before.stages.words != made.stages.words) else {
            return Ok(());
        };
        match fs::read(self.latest(Format::Json)) {
            Ok(old) if old != *new => write_atomic(&self.own_path(BEFORE), &old),
            _ => Ok(()),
        }
    }
}
