//! Files and folders that nobody needs afterwards, also where a process is killed: its
//! successor removes them.

use super::{age, is_left, open_alone};
use std::{
    fs::{self, File},
    io,
    path::Path,
    time::Duration,
};
use tempfile::{NamedTempFile, TempDir};

/// What names of our temporary files begin with.
const TEMPORARY: &str = "voixoff-";

/// In a temporary folder, the file whose lock says that its process lives.
const LOCK: &str = "lock";

/// A file in the system's folder for such, gone with the value; also, at the next time, those of
/// processes that were killed.
///
/// # Errors
/// Any error of making it.
pub fn temporary_file() -> io::Result<NamedTempFile> {
    sweep_temporary(&std::env::temp_dir());
    let file = tempfile::Builder::new().prefix(TEMPORARY).tempfile()?;
    let _ = file.as_file().try_lock();
    Ok(file)
}

/// A folder in `place` for files that nobody needs afterwards, gone with the value.
#[derive(Debug)]
pub struct TemporaryFolder {
    folder: TempDir,
    /// The system drops it with the process.
    _lock: File,
}

impl TemporaryFolder {
    /// An empty folder of its own in `place`, its owner's alone; those of processes that were
    /// killed go.
    ///
    /// # Errors
    /// Any error of making it.
    pub fn in_place(place: &Path) -> io::Result<TemporaryFolder> {
        sweep_temporary(place);
        let folder = tempfile::Builder::new().prefix(TEMPORARY).tempdir_in(place)?;
        let lock = open_alone(&folder.path().join(LOCK))?;
        Ok(TemporaryFolder { folder, _lock: lock })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Removes our temporary files and folders in `place` whose processes are gone.
fn sweep_temporary(place: &Path) {
    for entry in fs::read_dir(place).into_iter().flatten().flatten() {
        if !entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
            continue;
        }
        let Ok(metadata) = entry.path().symlink_metadata() else { continue };
        let (path, is_folder) = (entry.path(), metadata.is_dir());
        let held = if is_folder { path.join(LOCK) } else { path.clone() };
        // Of one that is just being made, the lock comes a moment later.
        let is_old = age(&metadata) > Duration::from_secs(1);
        if (!is_folder && !metadata.is_file()) || !is_old || !is_left(&held) {
            continue;
        }
        // What cannot be removed is somebody else's.
        let _ = if is_folder { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::store::write_atomic;
    use std::path::PathBuf;

    #[test]
    fn temporary_files_of_the_dead_go_and_those_of_the_living_stay() {
        let place = tempfile::tempdir().unwrap();
        let living = TemporaryFolder::in_place(place.path()).unwrap();
        let path = |name: &str| place.path().join(name);
        fs::create_dir(path("voixoff-mort")).unwrap();
        write_atomic(&path("voixoff-mort/lock"), b"").unwrap();
        write_atomic(&path("voixoff-mort/words"), b"bonjour").unwrap();
        write_atomic(&path("voixoff-fichier"), b"..").unwrap();
        write_atomic(&path("autre"), b"").unwrap();
        let all = || -> Vec<PathBuf> {
            fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().path()).collect()
        };
        for path in all() {
            File::open(path).unwrap().set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        }
        sweep_temporary(place.path());
        assert!(living.path().is_dir() && path("autre").exists());
        assert_eq!(all().len(), 2);
    }
}
