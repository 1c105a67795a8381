//! Why an episode has no transcript, and what its owner can do about it.

use crate::{
    asr::TranscribeError,
    audio::DecodeError,
    base::{notes::NoteError, store::remedy, time::Time},
    net::{bucket::BucketError, download::DownloadError},
    speakers::diarize::DetectError,
};
use std::{error::Error, io, path::PathBuf};

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
    /// Finished windows could not be kept.
    #[error("finished work cannot be kept in `{}`", path.display())]
    Journal {
        /// The journal.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It cannot be known what was done of it before.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The sound could not be downloaded.
    #[error(transparent)]
    Download(#[from] DownloadError),
    /// A bucket did not give or take what was asked.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// A file that this program did not write is where one of its own would be.
    #[error("`{}` was not written by this program", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// Sound lies where a file of ours would be.
    #[error("`{}` is sound, and lies where a transcript would be", path.display())]
    Sound {
        /// The file.
        path: PathBuf,
    },
    /// The program has a bug that this episode shows.
    #[error("the program failed in itself: see the lines above")]
    Panic,
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

impl EpisodeError {
    /// Whether it is no failure but a stop that was asked for.
    pub fn is_stop(&self) -> bool {
        matches!(
            self,
            EpisodeError::Stopped { .. }
                | EpisodeError::Decode(DecodeError::Cancelled { .. })
                | EpisodeError::Detect(DetectError::Cancelled)
                | EpisodeError::Download(DownloadError::Cancelled { .. })
                | EpisodeError::Bucket(BucketError::Cancelled { .. })
        )
    }

    /// What failed, and what caused it, each once: a transparent error repeats the one below
    /// it, others end with it.
    pub fn reasons(&self) -> Vec<String> {
        let mut reasons = vec![self.to_string()];
        let mut cause = self.source();
        while let Some(inner) = cause {
            let text = inner.to_string();
            if !reasons.last().is_some_and(|last| last.ends_with(&text)) {
                reasons.push(text);
            }
            cause = inner.source();
        }
        reasons
    }

    /// Whether another try on the same file would end the same way.
    pub fn is_lasting(&self) -> bool {
        match self {
            EpisodeError::Decode(error) => error.is_lasting(),
            EpisodeError::Download(error) => error.is_lasting(),
            EpisodeError::Panic => true,
            _ => false,
        }
    }

    /// What the user can do about it; empty where there is nothing to say.
    pub fn hint(&self) -> &'static str {
        match self {
            EpisodeError::Decode(error) => error.hint(),
            EpisodeError::Detect(DetectError::Network(error)) => error.hint(),
            EpisodeError::Journal { source, .. }
            | EpisodeError::Detect(DetectError::CacheNotWritten(source)) => remedy(source),
            EpisodeError::Detect(_) => "",
            EpisodeError::Transcribe(_) => "check the model with `voixoff models verify`",
            EpisodeError::Note(error) => error.hint(),
            EpisodeError::Download(error) => error.hint(),
            EpisodeError::Bucket(error) => error.hint(),
            EpisodeError::Foreign { .. } => {
                "keep it by choosing another `--out`, or replace it with `--force`"
            }
            EpisodeError::Sound { .. } => {
                "give it another name, or choose another `--out`: not even `--force` replaces sound"
            }
            EpisodeError::Panic => "tell its authors, with those lines",
            EpisodeError::Busy => "run the same command again when that one has ended",
            EpisodeError::Stopped { .. } => "run the same command again to go on from here",
        }
    }
}
