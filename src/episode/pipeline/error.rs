//! Why an episode has no transcript, and what its owner can do about it.

use crate::{
    asr::TranscribeError,
    audio::DecodeError,
    base::{
        guidance::{Guidance, Guided, Kind, of_writing},
        time::Time,
    },
    speakers::diarize::DetectError,
};
use std::{io, path::PathBuf};

/// Why an episode has no transcript.
#[derive(Debug, thiserror::Error)]
pub enum EpisodeError {
    /// The file gave no sound.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// It is not known where anybody talks.
    #[error(transparent)]
    Detect(#[from] DetectError),
    /// A window has no answer.
    #[error(transparent)]
    Transcribe(#[from] TranscribeError),
    /// What was found out could not be kept.
    #[error("finished work cannot be kept in `{}`", path.display())]
    Unkept {
        /// The artifact.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is no folder to keep anything in.
    #[error("the folder `{}` cannot be made", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The part that was asked for lies behind its end.
    #[error("it ends at {end}, and nothing of the part that is asked for is in it")]
    NoPart {
        /// Its length.
        end: Time,
    },
    /// Another process has its journal.
    #[error("another run is at work on it")]
    Busy,
    /// A stop was asked for; the finished windows are kept.
    #[error("stopped after {done} of {total} of speech")]
    Stopped {
        /// Sound of the finished windows.
        done: Time,
        /// Sound of all windows.
        total: Time,
    },
}

impl Guided for EpisodeError {
    fn kind(&self) -> Kind {
        match self {
            EpisodeError::Decode(error) => error.kind(),
            EpisodeError::Detect(error) => error.kind(),
            EpisodeError::Transcribe(error) => error.kind(),
            EpisodeError::Unkept { .. }
            | EpisodeError::Folder { .. }
            | EpisodeError::NoPart { .. } => Kind::Passing,
            EpisodeError::Busy => Kind::Busy,
            EpisodeError::Stopped { .. } => Kind::Stopped,
        }
    }

    fn guidance(&self) -> Option<Guidance> {
        match self {
            EpisodeError::Decode(error) => error.guidance(),
            EpisodeError::Detect(error) => error.guidance(),
            EpisodeError::Transcribe(error) => error.guidance(),
            EpisodeError::Unkept { source, .. } | EpisodeError::Folder { source, .. } => {
                Some(of_writing(source))
            }
            EpisodeError::NoPart { .. } => None,
            EpisodeError::Busy => Some(Guidance::AfterOtherRun),
            EpisodeError::Stopped { .. } => Some(Guidance::AgainFromHere),
        }
    }
}
