//! Files of JSON that the program keeps for itself, each with the number of its form.
//!
//! A file that is not there, one that cannot be read and one that a newer program wrote are three
//! things: the work of a person hangs on receipts, and none of theirs is lost for a note.

use crate::base::guidance::{Guidance, Guided};
use serde::{Deserialize, de::DeserializeOwned};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Why a note that is there tells nothing.
#[derive(Debug, thiserror::Error)]
pub enum NoteError {
    /// The system does not give it.
    #[error("`{}` cannot be read", path.display())]
    Unread {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is damaged, or no note.
    #[error("`{}` is damaged: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// It has a form that this program does not know.
    #[error("`{}` is of a newer voixoff (form {found}, this one knows {known})", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its form.
        found: u32,
        /// The newest that this program knows.
        known: u32,
    },
}

impl Guided for NoteError {
    fn guidance(&self) -> Option<Guidance> {
        Some(match self {
            NoteError::Unread { .. } => Guidance::RightToRead,
            NoteError::Damaged { .. } => Guidance::ReplaceNote,
            NoteError::Newer { .. } => Guidance::NewerVersion,
        })
    }
}

impl From<NoteError> for io::Error {
    fn from(error: NoteError) -> io::Error {
        match error {
            NoteError::Unread { source, .. } => source,
            other => io::Error::new(io::ErrorKind::InvalidData, other),
        }
    }
}

/// The note at `path`, whose form is at most `known`; `None` where there is none.
///
/// # Errors
/// Any [`NoteError`].
pub fn read<T: DeserializeOwned>(path: &Path, known: u32) -> Result<Option<T>, NoteError> {
    /// The number alone: what else is in a newer form cannot be known.
    #[derive(Deserialize)]
    struct Form {
        #[serde(default)]
        schema: u32,
    }
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if is_absent(&error) => return Ok(None),
        Err(source) => return Err(NoteError::Unread { path: path.to_owned(), source }),
    };
    let damaged = |error: serde_json::Error| NoteError::Damaged {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    let Form { schema: found } = serde_json::from_slice(&bytes).map_err(damaged)?;
    if found > known {
        return Err(NoteError::Newer { path: path.to_owned(), found, known });
    }
    serde_json::from_slice(&bytes).map(Some).map_err(damaged)
}

/// Whether nothing is there: also where a folder on the way to it is a file.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// A text that may be absent, and is empty in the file then.
pub(crate) mod empty_if_none {
    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes `text`, or an empty one.
    ///
    /// # Errors
    /// Those of `serializer`.
    pub(crate) fn serialize<S: Serializer>(
        text: &Option<String>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(text.as_deref().unwrap_or_default())
    }

    /// Reads it again.
    ///
    /// # Errors
    /// Where there is no text.
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<String>, D::Error> {
        Ok(Some(String::deserialize(deserializer)?).filter(|text| !text.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Note {
        word: String,
    }

    #[test]
    fn what_is_absent_damaged_or_of_a_newer_program_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("note.json");
        let told = |text: &str| {
            crate::base::store::write_atomic(&path, text.as_bytes()).unwrap();
            read::<Note>(&path, 1).map(|note| note.map(|note| note.word))
        };
        assert!(read::<Note>(&path, 1).unwrap().is_none());
        assert_eq!(told(r#"{"word": "sans nombre"}"#).unwrap().unwrap(), "sans nombre");
        assert_eq!(told(r#"{"schema": 1, "word": "bonjour"}"#).unwrap().unwrap(), "bonjour");
        let newer = told(r#"{"schema": 2, "mot": "bonjour"}"#).unwrap_err();
        assert!(matches!(newer, NoteError::Newer { found: 2, known: 1, .. }), "{newer}");
        for text in ["", "{", "[]", r#"{"schema": 1}"#, "\0\0\0\0"] {
            let damaged = told(text).unwrap_err();
            assert!(matches!(damaged, NoteError::Damaged { .. }), "{text}: {damaged}");
        }
    }
}
