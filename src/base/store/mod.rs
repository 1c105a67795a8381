//! Files that appear whole or not at all.
//!
//! A batch is killed, a disk is full, a laptop's lid is closed: whatever lies
//! under its final name was complete when it got it. So nothing else in this
//! crate creates a file under its final name.

mod temporary;

pub use temporary::{TemporaryFolder, temporary_file};

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, BufWriter, Read, Write},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::Duration,
};

/// Replaces the file at `path` with `bytes`, whole or not at all.
///
/// ```
/// use voixoff::base::store::write_atomic;
///
/// let path = std::env::temp_dir().join(format!("voixoff-{}.txt", std::process::id()));
/// write_atomic(&path, b"Voix off : Bonjour.")?;
/// assert_eq!(std::fs::read(&path)?, b"Voix off : Bonjour.");
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// Any error of creating, writing, syncing or renaming; `path` is then unchanged.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut draft = Draft::create(path)?;
    draft.write_all(bytes)?;
    draft.commit()
}

/// [`write_atomic`] for a file that only its owner may read, where systems know owners.
///
/// # Errors
/// As there.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut draft = Draft::create(path)?;
    // Before the first byte: nobody else ever sees one.
    make_private(&draft.temporary)?;
    draft.write_all(bytes)?;
    draft.commit()
}

/// Removes the file at `path`, if it is there.
///
/// # Errors
/// Any other error of removing.
pub(crate) fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Takes the file at `path` from all but its owner, where systems know owners.
///
/// # Errors
/// Any error of looking at it, or of taking it.
pub(crate) fn make_private(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mut permissions = fs::metadata(path)?.permissions();
        if permissions.mode() & 0o077 != 0 {
            permissions.set_mode(0o600);
            fs::set_permissions(path, permissions)?;
        }
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Gives the file at `from` the name `to`, once its content is on the disk.
///
/// `sync_all` comes before the rename: otherwise a power cut may keep the new
/// name and lose the content. The folder is synced after it, where folders can
/// be (not on Windows), or the power cut may take the new name back.
///
/// # Errors
/// Any error of opening, syncing or renaming; `to` is then unchanged.
pub(crate) fn put_in_place(from: &Path, to: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).open(from)?.sync_all()?;
    rename_and_sync(from, to)
}

/// Opens the file at `path` to be read and written by this process alone, made if need be.
///
/// The system drops the lock of a process that dies, and a file system without locks is no
/// reason not to work.
///
/// # Errors
/// [`io::ErrorKind::ResourceBusy`] where another process has it open so; any error of opening.
pub(crate) fn open_alone(path: &Path) -> io::Result<File> {
    alone(opened(&mut OpenOptions::new(), path)?)
}

/// [`open_alone`] for a file that only its owner may read, where systems know owners.
///
/// # Errors
/// As there.
pub(crate) fn open_alone_in_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = alone(opened(&mut options, path)?)?;
    // It may be one of an earlier version.
    make_private(path)?;
    Ok(file)
}

fn opened(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    options.read(true).write(true).create(true).truncate(false).open(path)
}

/// A program that is being started has its parent's locks for an instant, until it is itself.
const LOCK_TRIES: u32 = 10;
const LOCK_PAUSE: Duration = Duration::from_millis(10);

fn alone(file: File) -> io::Result<File> {
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => thread::sleep(LOCK_PAUSE),
            Ok(()) | Err(TryLockError::Error(_)) => return Ok(file),
        }
    }
    Err(io::Error::new(io::ErrorKind::ResourceBusy, "another program writes it"))
}

/// A file that is being written and does not have its name yet.
///
/// Dropped without `Draft::commit`, it leaves nothing behind. The temporary
/// file is a sibling of its target, because a rename is atomic only within one
/// file system; its name is its own, so that two processes that write the same
/// file do not mix their bytes: the last one wins.
#[derive(Debug)]
pub struct Draft {
    /// `None` only on the way out.
    file: Option<BufWriter<File>>,
    temporary: PathBuf,
    target: PathBuf,
}

impl Draft {
    /// An empty draft of the file at `target`, whose folder must exist.
    ///
    /// # Errors
    /// Any error of creating the temporary file.
    pub fn create(target: &Path) -> io::Result<Draft> {
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        let (temporary, file) = loop {
            let count = COUNTER.fetch_add(1, Ordering::Relaxed);
            // Of a long name a part is enough: with all of it, this one would be too long.
            let name = target.file_name().unwrap_or_default().to_string_lossy();
            let mut name = OsString::from(beginning(&name, DRAFT_BYTES_MAX));
            name.push(format!(".{}-{count}.partial", std::process::id()));
            let temporary = target.with_file_name(name);
            // Another machine has a process of the same number, and shares the folder.
            match File::create_new(&temporary) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => (),
                file => break (temporary, file?),
            }
        };
        // Says that it is being written; the lock goes with the process. A file system
        // without locks leaves it to the age of the file.
        let _ = file.try_lock();
        Ok(Draft { file: Some(BufWriter::new(file)), temporary, target: target.to_owned() })
    }

    /// Puts the draft in the place of its target.
    ///
    /// # Errors
    /// Any error of writing, syncing or renaming; the target is then unchanged.
    pub(crate) fn commit(self) -> io::Result<()> {
        let target = self.target.clone();
        self.commit_as(&target)
    }

    /// Puts the draft in the place of `target`, of the same folder: for a file whose
    /// name is only known when its content is.
    ///
    /// # Errors
    /// Any error of writing, syncing or renaming; `target` is then unchanged.
    pub(crate) fn commit_as(mut self, target: &Path) -> io::Result<()> {
        if let Some(file) = self.file.take() {
            file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        }
        rename_and_sync(&self.temporary, target)
    }
}

/// Most bytes of its target's name in the name of a draft.
const DRAFT_BYTES_MAX: usize = 200;

/// What the file at `path` begins with, `bytes_max` bytes of it at most: a file that goes on for ever
/// fills no memory.
///
/// # Errors
/// Any error of opening or reading it.
pub fn read_at_most(path: &Path, bytes_max: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(bytes_max as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// As much of `text` as has at most so many bytes.
pub(crate) fn beginning(text: &str, bytes_max: usize) -> &str {
    let ends = (0..=bytes_max.min(text.len())).rev();
    let mut ends = ends.filter(|end| text.is_char_boundary(*end));
    &text[..ends.next().unwrap_or_default()]
}

/// Removes the drafts in `folder` that a killed process left there.
///
/// Another process may be at work in it: its drafts are locked, or a second old at most.
pub fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if !is_draft(&entry.file_name().to_string_lossy()) {
            continue;
        }
        let age = entry.metadata().map(|metadata| age(&metadata)).unwrap_or_default();
        if age > Duration::from_secs(1) && is_left(&entry.path()) {
            // What cannot be removed is nothing that could be cured here.
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn age(metadata: &fs::Metadata) -> Duration {
    let modified = metadata.modified().ok();
    modified.and_then(|modified| modified.elapsed().ok()).unwrap_or_default()
}

/// Whether nobody holds the file at `path`.
fn is_left(path: &Path) -> bool {
    let file = OpenOptions::new().write(true).open(path);
    file.is_ok_and(|file| file.try_lock().is_ok())
}

/// Whether a file is called `NAME.PROCESS-COUNT.partial`.
fn is_draft(name: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let middle = name.strip_suffix(".partial").and_then(|name| name.rsplit_once('.'));
    let numbers = middle.and_then(|(_, middle)| middle.split_once('-'));
    numbers.is_some_and(|(process, count)| is_number(process) && is_number(count))
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.as_mut().map_or(Ok(0), |file| file.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Closed first: Windows does not remove an open file.
        drop(self.file.take());
        // After a commit there is nothing of this name any more; and a draft
        // that cannot be removed is nothing that could be cured here.
        let _ = fs::remove_file(&self.temporary);
    }
}

fn rename_and_sync(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    if cfg!(unix)
        && let Some(folder) = to.parent()
    {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<OsString> {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect()
    }

    #[test]
    fn a_rewrite_replaces_the_file_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("episode.json");
        write_atomic(&path, b"old").unwrap();
        write_atomic(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(names(folder.path()), ["episode.json"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_private_file_is_its_owners_alone_whatever_was_there() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("voices.toml");
        write_atomic(&path, b"old").unwrap();
        write_private(&path, b"new").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }

    #[test]
    fn a_draft_given_up_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("episode.json");
        write_atomic(&path, b"old").unwrap();
        let mut draft = Draft::create(&path).unwrap();
        draft.write_all(b"half").unwrap();
        drop(draft);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["episode.json"]);
    }

    #[test]
    fn only_drafts_that_nobody_writes_are_swept() {
        let folder = tempfile::tempdir().unwrap();
        let mut name = folder.path().join("a.txt");
        let at_work = Draft::create(&name).unwrap();
        name.set_file_name("sound-7.mp3.partial");
        write_atomic(&name, b"half a download").unwrap();
        name.set_file_name("a.txt.7-7.partial");
        write_atomic(&name, b"half").unwrap();
        sweep(folder.path());
        assert!(name.exists(), "it may have been begun just now");
        for entry in fs::read_dir(folder.path()).unwrap() {
            let file = OpenOptions::new().write(true).open(entry.unwrap().path()).unwrap();
            file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        }
        sweep(folder.path());
        assert!(!name.exists());
        assert_eq!(names(folder.path()).len(), 2);
        at_work.commit().unwrap();
    }

    #[test]
    fn a_name_as_long_as_systems_allow_can_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("é".repeat(127));
        write_atomic(&path, b"oui").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"oui");
        assert_eq!(names(folder.path()).len(), 1);
    }

    #[test]
    fn a_process_of_the_same_number_on_another_machine_keeps_its_draft() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("episode.json");
        let process = std::process::id();
        for count in 0..1_000 {
            let theirs = folder.path().join(format!("episode.json.{process}-{count}.partial"));
            File::create(theirs).unwrap();
        }
        let mut draft = Draft::create(&path).unwrap();
        draft.write_all(b"ours").unwrap();
        draft.commit().unwrap();
        assert_eq!(names(folder.path()).len(), 1_001);
    }

    #[test]
    fn two_drafts_of_one_file_do_not_mix() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("episode.json");
        let mut first = Draft::create(&path).unwrap();
        let mut second = Draft::create(&path).unwrap();
        first.write_all(b"first").unwrap();
        second.write_all(b"second").unwrap();
        first.commit().unwrap();
        second.commit().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(names(folder.path()), ["episode.json"]);
    }
}
