//! Why there is no mirror.

use std::{io, path::PathBuf};

/// Why there is no mirror.
#[derive(Debug, thiserror::Error)]
pub enum MirrorError {
    /// Another process works with it.
    #[error("another run is at work in `{}`", folder.display())]
    Busy {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder is something else.
    #[error("`{}` holds other files than those of `{address}`", folder.display())]
    Foreign {
        /// The folder.
        folder: PathBuf,
        /// The archive.
        address: String,
    },
    /// The folder cannot be used.
    #[error("`{}` cannot be written to", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl MirrorError {
    /// What the user can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            MirrorError::Busy { .. } => {
                "run the same command again when that one has ended, or give this one a folder with `--mirror DIR`"
            }
            MirrorError::Foreign { .. } => {
                "name an empty folder, or a new one, with `--mirror DIR`"
            }
            MirrorError::Folder { .. } => "choose another folder with `--mirror DIR`",
        }
    }
}
