//! Why an engine of this module gave no answer.
//!
//! Always compiled, even without the networks, so that a scripted engine and
//! the real one fail in the same words.

use crate::base::time::Span;
use std::{error::Error, io, path::PathBuf};

/// Why a network cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// The file at `path` cannot be read.
    #[error("network `{}` cannot be read", path.display())]
    Unreadable {
        /// File of the network.
        path: PathBuf,
        /// What the system said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The file was read, but it is not a network that the runtime understands.
    #[error("network `{}` is not a file that the runtime understands", path.display())]
    NotUnderstood {
        /// File of the network.
        path: PathBuf,
        /// What the runtime said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The network stopped on the way to its answer.
    #[error("network `{}` gave no answer", path.display())]
    NoAnswer {
        /// File of the network.
        path: PathBuf,
        /// What the runtime said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The network answered, in another shape than the one it was built for.
    #[error("network `{}` answered in shape {found:?} instead of {expected:?}", path.display())]
    OtherShape {
        /// File of the network.
        path: PathBuf,
        /// Shape that this program reads.
        expected: Vec<usize>,
        /// Shape of the answer.
        found: Vec<usize>,
    },
}

impl NetworkError {
    /// What the user can do about it; the binary prints it after the error.
    pub fn hint(&self) -> &'static str {
        "check the files of the models with `voixoff models verify`"
    }
}

/// Why it is not known where anybody talks.
#[derive(Debug, thiserror::Error)]
pub enum DetectError {
    /// A stop was asked for.
    #[error("the search for speech was stopped")]
    Cancelled,
    /// The samples of a stretch could not be read.
    #[error("the samples from {} to {} cannot be read", span.start(), span.end())]
    Samples {
        /// The stretch asked for.
        span: Span,
        /// What the system said.
        source: io::Error,
    },
    /// The network could not be used.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// An answer could not be kept.
    #[error("what was heard cannot be kept")]
    Unkept(#[source] io::Error),
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
