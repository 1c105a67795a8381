//! The words of an episode so far, kept as they come.
//!
//! One line a window, appended and synced as soon as it is known, behind a head
//! that lists the windows: a kill at any instant loses at most the windows under
//! way. The file is named by a key of everything that its lines depend on, so that
//! another model or setting begins anew and never mixes. It stays when the episode
//! is finished: another format then costs no listening.

use crate::base::{
    notes::NoteError,
    store::{open_alone, open_alone_in_private},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, BufRead, BufReader, Seek, Write},
    path::{Path, PathBuf},
};

/// An open journal, to be written behind what is known.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
    path: PathBuf,
    open: Open,
}

/// What a journal holds: its head, and the answers by the number of their window.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Known<H, T> {
    /// `None` in a journal that begins.
    pub head: Option<H>,
    /// Finished windows.
    pub windows: BTreeMap<usize, T>,
}

/// Form of the lines that are written now; a journal without the number is of version 0.1.0,
/// whose lines are the same.
const SCHEMA: u32 = 1;

#[derive(Serialize, Deserialize)]
enum Line<H, T> {
    #[serde(rename = "schema")]
    Schema(u32),
    #[serde(rename = "head")]
    Head(H),
    #[serde(rename = "window")]
    Window(usize, T),
}

/// How a file is opened for this process alone.
type Open = fn(&Path) -> io::Result<File>;

impl Journal {
    /// Opens the journal at `path`, or begins one, and reads what is in it.
    ///
    /// What was being written when the program ended is dropped. Its folder is made if need be.
    ///
    /// # Errors
    /// [`io::ErrorKind::ResourceBusy`] where another process has it open, and any error of
    /// creating, reading or shortening the file.
    pub(crate) fn open<H: DeserializeOwned, T: DeserializeOwned>(
        path: &Path,
    ) -> io::Result<(Journal, Known<H, T>)> {
        Journal::open_by(open_alone, path)
    }

    /// [`Journal::open`] of one that only its owner may read: of what voices sound like.
    ///
    /// # Errors
    /// As there.
    pub(crate) fn open_private<H: DeserializeOwned, T: DeserializeOwned>(
        path: &Path,
    ) -> io::Result<(Journal, Known<H, T>)> {
        Journal::open_by(open_alone_in_private, path)
    }

    fn open_by<H: DeserializeOwned, T: DeserializeOwned>(
        open: Open,
        path: &Path,
    ) -> io::Result<(Journal, Known<H, T>)> {
        let mut file = alone(open, path)?;
        let (known, whole) = read_lines(&file, path)?;
        file.set_len(whole)?;
        file.seek(io::SeekFrom::End(0))?;
        let mut journal = Journal { file, path: path.to_owned(), open };
        if whole == 0 {
            journal.append(&Line::<(), ()>::Schema(SCHEMA))?;
        }
        Ok((journal, known))
    }

    /// What the journal at `path` holds, which another process may be writing.
    ///
    /// # Errors
    /// Any error of reading the file.
    pub(crate) fn read<H: DeserializeOwned, T: DeserializeOwned>(
        path: &Path,
    ) -> io::Result<Known<H, T>> {
        read_lines(&File::open(path)?, path).map(|(known, _)| known)
    }

    /// Notes what the windows are made from; on the disk when this returns.
    ///
    /// # Errors
    /// Any error of writing or syncing.
    pub(crate) fn note_head<H: Serialize>(&mut self, head: &H) -> io::Result<()> {
        self.append(&Line::<&H, ()>::Head(head))
    }

    /// Notes the answer of a window; on the disk when this returns.
    ///
    /// # Errors
    /// Any error of writing or syncing; a part of the line is forgotten at the next start.
    pub(crate) fn note<T: Serialize>(&mut self, window: usize, answer: &T) -> io::Result<()> {
        self.append(&Line::<(), &T>::Window(window, answer))
    }

    fn append(&mut self, line: &impl Serialize) -> io::Result<()> {
        let mut bytes = serde_json::to_vec(line).map_err(io::Error::from)?;
        bytes.push(b'\n');
        self.keep_name()?;
        self.file.write_all(&bytes)?;
        self.file.sync_data()
    }

    /// Knows from here on that the file has been renamed to `path`.
    pub(crate) fn moved(&mut self, path: &Path) {
        self.path = path.to_owned();
    }

    /// Gives the journal its name back where somebody removed it, or its folder, meanwhile: what
    /// is in it would be lost with the process.
    fn keep_name(&mut self) -> io::Result<()> {
        if self.path.exists() {
            return Ok(());
        }
        let mut file = alone(self.open, &self.path)?;
        self.file.rewind()?;
        io::copy(&mut self.file, &mut file)?;
        self.file = file;
        Ok(())
    }
}

/// What the whole lines of `file` say, and the bytes that they take.
fn read_lines<H: DeserializeOwned, T: DeserializeOwned>(
    file: &File,
    path: &Path,
) -> io::Result<(Known<H, T>, u64)> {
    let mut known = Known { head: None, windows: BTreeMap::new() };
    let mut whole = 0;
    let mut reader = BufReader::new(file);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 && line.last() == Some(&b'\n') {
        // A line that cannot be read is one that a power cut filled with zeros.
        match serde_json::from_slice(&line) {
            Ok(Line::Schema(found)) if found > SCHEMA => {
                let path = path.to_owned();
                return Err(NoteError::Newer { path, found, known: SCHEMA }.into());
            }
            Ok(Line::Schema(_)) => (),
            Ok(Line::Head(head)) => known.head = Some(head),
            Ok(Line::Window(index, answer)) => drop(known.windows.insert(index, answer)),
            Err(_) => break,
        }
        whole += line.len() as u64;
        line.clear();
    }
    Ok((known, whole))
}

/// The file at `path` for this process alone: two that write it would mix their lines.
fn alone(open: Open, path: &Path) -> io::Result<File> {
    fs::create_dir_all(path.parent().unwrap_or(Path::new("")))?;
    open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::OpenOptions;

    type Told = Known<String, String>;

    #[test]
    fn a_journal_whose_folder_is_removed_meanwhile_loses_no_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("own/episode.windows");
        let (mut journal, _): (_, Told) = Journal::open(&path).unwrap();
        journal.note_head(&"deux fenêtres").unwrap();
        journal.note(0, &"bonjour").unwrap();
        fs::remove_dir_all(folder.path().join("own")).unwrap();
        journal.note(1, &"merci").unwrap();
        drop(journal);
        let (_, known): (_, Told) = Journal::open(&path).unwrap();
        assert_eq!(known.head.as_deref(), Some("deux fenêtres"));
        let words = BTreeMap::from([(0, "bonjour".to_owned()), (1, "merci".to_owned())]);
        assert_eq!(known.windows, words);
    }

    #[test]
    fn a_journal_of_a_newer_program_is_refused_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("episode.windows");
        let text = "{\"schema\":7}\n{\"mots\":[]}\n";
        crate::base::store::write_atomic(&path, text.as_bytes()).unwrap();
        let refused = Journal::open::<String, String>(&path).unwrap_err();
        assert!(refused.to_string().contains("newer voixoff"), "{refused}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }

    #[test]
    fn a_line_cut_by_a_kill_is_forgotten_and_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("episode.windows");
        let (mut journal, known): (_, Told) = Journal::open(&path).unwrap();
        assert_eq!(known, Known { head: None, windows: BTreeMap::new() });
        journal.note_head(&"deux fenêtres").unwrap();
        journal.note(0, &"bonjour").unwrap();
        journal.note(1, &"merci").unwrap();
        drop(journal);
        let whole = fs::read(&path).unwrap();
        let cut = OpenOptions::new().write(true).open(&path).unwrap();
        cut.set_len(whole.len() as u64 - 3).unwrap();

        let (mut journal, known): (_, Told) = Journal::open(&path).unwrap();
        assert_eq!(known.head.as_deref(), Some("deux fenêtres"));
        assert_eq!(known.windows, BTreeMap::from([(0, "bonjour".to_owned())]));
        journal.note(1, &"merci").unwrap();
        drop(journal);
        assert_eq!(fs::read(&path).unwrap(), whole);
    }
}
