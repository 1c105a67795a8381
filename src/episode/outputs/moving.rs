//! An episode whose sound was given another name.

use super::{ANALYSIS, Outputs, RECEIPT, file_name};
use crate::base::store::{write_atomic, write_private};
use std::{fs, io, path::Path};

impl Outputs {
    /// Takes the files of `old`, an episode whose sound is called otherwise now.
    ///
    /// A kill in the middle leaves some files under the old name and a receipt under both:
    /// the next run writes again what is missing.
    ///
    /// # Errors
    /// Any error of moving.
    pub(crate) fn take_over(&self, old: &Outputs) -> io::Result<()> {
        let Some(mut receipt) = old.receipt()? else { return Ok(()) };
        let old_stem = old.stem.to_string_lossy().into_owned();
        let files = std::mem::take(&mut receipt.files);
        let renamed = |name: &str| match name.strip_prefix(&old_stem) {
            Some(rest) => format!("{}{rest}", self.name()),
            None => name.to_owned(),
        };
        receipt.files = files.iter().map(|(name, note)| (renamed(name), note.clone())).collect();
        self.write_own(RECEIPT, &receipt)?;
        for name in files.keys() {
            let to = self.folder.join(renamed(name));
            if !to.exists() {
                move_file(&old.folder.join(name), &to)?;
            }
        }
        if self.folder != old.folder {
            for artifact in receipt.made.iter().flat_map(|made| old.artifacts_of(made)) {
                let to = self.own().join(artifact.file_name().unwrap_or_default());
                move_file(&artifact, &to)?;
            }
        }
        let kept = self.kept_paths().into_iter().zip(old.kept_paths());
        kept.filter(|(to, from)| to != from).try_for_each(|(to, from)| move_file(&from, &to))?;
        fs::remove_file(old.own_path(RECEIPT))
    }
}

/// Moves a file, if it is there; to another disk by way of a copy.
fn move_file(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            // What voices sound like stays their owner's alone there, too.
            let is_private = file_name(from).starts_with(ANALYSIS);
            let write = if is_private { write_private } else { write_atomic };
            write(to, &fs::read(from)?)?;
            fs::remove_file(from)
        }
        other => other,
    }
}
