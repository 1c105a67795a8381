//! Errors of the networks and of the diarizer.
//!
//! Compiled without the networks, too, so that a scripted diarizer and the real one fail in
//! the same words.

use crate::base::{
    guidance::{Guidance, Guided, Kind, of_writing},
    time::Span,
};
use std::{error::Error, io, path::PathBuf};

/// Why a network cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// The file at `path` cannot be read.
    #[error("network `{}` cannot be read", path.display())]
    Unreadable {
        /// File of the network.
        path: PathBuf,
        /// The system's error.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The file was read, but it is not a network that the runtime understands.
    #[error("network `{}` is not a file that the runtime understands", path.display())]
    NotUnderstood {
        /// File of the network.
        path: PathBuf,
        /// The runtime's error.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The runtime could not run the network to its end.
    #[error("network `{}` gave no answer", path.display())]
    InferenceFailed {
        /// File of the network.
        path: PathBuf,
        /// The runtime's error.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The output has another shape than that of the network this program knows.
    #[error("network `{}` answered in shape {found:?} instead of {expected:?}", path.display())]
    UnexpectedShape {
        /// File of the network.
        path: PathBuf,
        /// Shape that this program expects.
        expected: Vec<usize>,
        /// Shape of the output.
        found: Vec<usize>,
    },
}

impl Guided for NetworkError {
    fn guidance(&self) -> Option<Guidance> {
        Some(Guidance::VerifyModels)
    }
}

/// Why an episode could not be analysed by a [`Diarizer`](super::Diarizer).
#[derive(Debug, thiserror::Error)]
pub enum DetectError {
    /// A stop was asked for.
    #[error("the search for speech was stopped")]
    Cancelled,
    /// The samples of a span could not be read.
    #[error("the samples from {} to {} cannot be read", span.start(), span.end())]
    Samples {
        /// The span asked for.
        span: Span,
        /// The system's error.
        source: io::Error,
    },
    /// The network could not be used.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The output of a network could not be written to the cache.
    #[error("finished work cannot be kept")]
    CacheNotWritten(#[source] io::Error),
}

impl Guided for DetectError {
    fn kind(&self) -> Kind {
        match self {
            DetectError::Cancelled => Kind::Stopped,
            _ => Kind::Passing,
        }
    }

    fn guidance(&self) -> Option<Guidance> {
        match self {
            DetectError::Network(error) => error.guidance(),
            DetectError::CacheNotWritten(source) => Some(of_writing(source)),
            DetectError::Cancelled | DetectError::Samples { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Time;

    #[test]
    fn an_error_names_the_stretch_it_is_about() {
        let (start, end) = (Time::from_millis(2_467_000), Time::from_millis(2_477_000));
        let error = DetectError::Samples {
            span: Span::new(start, end).unwrap(),
            source: io::ErrorKind::UnexpectedEof.into(),
        };
        assert_eq!(error.to_string(), "the samples from 00:41:07 to 00:41:17 cannot be read");
    }
}
