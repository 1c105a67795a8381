//! Why nothing is downloaded, and what can be done about it.

use crate::{
    base::guidance::{Guidance, Guided, Kind, of_writing},
    net::web::Wait,
};
use std::{io, path::PathBuf};

/// Why nothing is downloaded.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// No server can be asked for such an address.
    #[error("`{address}` cannot be asked for: {reason}")]
    Unaskable {
        /// Address of the sound.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The server cannot be reached, or leads in circles.
    #[error("`{address}` cannot be reached: {reason}")]
    Unreachable {
        /// Its address.
        address: String,
        /// As told by the network.
        reason: String,
    },
    /// The server answers that it does not give it.
    #[error("`{address}` is not given out: the server answers {status}")]
    Refused {
        /// Its address.
        address: String,
        /// HTTP status.
        status: u16,
    },
    /// The server gives something else than sound.
    #[error("`{address}` is no sound: the server sends {kind}")]
    NotSound {
        /// Its address.
        address: String,
        /// Media type of what it sends.
        kind: String,
    },
    /// The server asks to be left alone; what came is kept.
    #[error("`{address}` is not given out now: {wait}")]
    Waits {
        /// Its address.
        address: String,
        /// Which server, and for how long.
        wait: Wait,
    },
    /// It comes so slowly that nobody lives to hear it; what came is kept.
    #[error("`{address}` comes too slowly: {done} bytes are there, and less than 1 kB a second")]
    Slow {
        /// Its address.
        address: String,
        /// Bytes that are there.
        done: u64,
    },
    /// The connection ended before the sound did; what came is kept.
    #[error("the download of `{address}` was cut after {done} bytes")]
    Cut {
        /// Its address.
        address: String,
        /// Bytes that are there.
        done: u64,
    },
    /// More bytes than an episode can sensibly have.
    #[error("`{address}` has more than {} MB", bytes_max / 1_000_000)]
    TooLong {
        /// Its address.
        address: String,
        /// Most bytes that are read.
        bytes_max: u64,
    },
    /// The server gives other bytes than those that are known.
    #[error("`{address}` is not the published file: expected {expected}, found {found}")]
    Other {
        /// Address of the file.
        address: String,
        /// Length or digest that is known.
        expected: String,
        /// Length or digest of what came.
        found: String,
    },
    /// Another download of it is under way.
    #[error("`{address}` is being downloaded already")]
    Busy {
        /// Its address.
        address: String,
    },
    /// It cannot be written.
    #[error("`{}` cannot be written", path.display())]
    File {
        /// The partial file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A stop was asked for; what came is kept.
    #[error("stopped while downloading `{address}`")]
    Cancelled {
        /// Its address.
        address: String,
    },
}

impl Guided for DownloadError {
    fn kind(&self) -> Kind {
        match self {
            DownloadError::Cancelled { .. } => Kind::Stopped,
            DownloadError::TooLong { .. } => Kind::Lasting,
            DownloadError::Busy { .. } => Kind::Busy,
            _ => Kind::Passing,
        }
    }

    fn guidance(&self) -> Option<Guidance> {
        Some(match self {
            DownloadError::Unaskable { .. } => Guidance::AsciiServer,
            DownloadError::Unreachable { .. }
            | DownloadError::Cut { .. }
            | DownloadError::Slow { .. } => Guidance::LaterFromHere,
            DownloadError::Waits { .. } => Guidance::AfterWaitFromHere,
            DownloadError::Refused { .. } | DownloadError::NotSound { .. } => {
                Guidance::AskPublisher
            }
            DownloadError::TooLong { .. } => Guidance::DownloadYourself,
            DownloadError::Other { .. } => Guidance::LaterOrPackages,
            DownloadError::Busy { .. } => Guidance::AfterOtherRun,
            DownloadError::File { source, .. } => of_writing(source),
            DownloadError::Cancelled { .. } => Guidance::AgainFromHere,
        })
    }
}

impl DownloadError {
    /// Whether what came is of no use to the next try.
    pub(super) fn is_useless(&self) -> bool {
        matches!(
            self,
            DownloadError::TooLong { .. }
                | DownloadError::NotSound { .. }
                | DownloadError::Other { .. }
        )
    }

    /// Whether it may be over in a second.
    pub(super) fn may_pass(&self) -> bool {
        matches!(self, DownloadError::Refused { status: 500.., .. } | DownloadError::Cut { .. })
    }
}
