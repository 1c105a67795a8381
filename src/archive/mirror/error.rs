//! Why there is no mirror.

use crate::base::guidance::{Guidance, Guided, Kind};
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

impl Guided for MirrorError {
    fn kind(&self) -> Kind {
        match self {
            MirrorError::Busy { .. } => Kind::Busy,
            _ => Kind::Passing,
        }
    }

    fn guidance(&self) -> Option<Guidance> {
        Some(match self {
            MirrorError::Busy { .. } => Guidance::AfterOtherRunOrMirror,
            MirrorError::Foreign { .. } => Guidance::EmptyMirror,
            MirrorError::Folder { .. } => Guidance::OtherMirror,
        })
    }
}
