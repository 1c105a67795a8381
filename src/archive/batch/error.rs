//! Why an episode of a batch has no files, and what its owner can do about it.

use crate::{
    audio::DecodeError,
    base::{
        guidance::{Guidance, Guided, Kind, of_writing},
        notes::NoteError,
    },
    episode::{align::OtherSound, pipeline::EpisodeError},
    formats::ReadFormatError,
    net::{bucket::BucketError, download::DownloadError},
    review::ReviewError,
};
use std::{io, path::PathBuf};

/// Why an episode of a batch has no files.
#[derive(Debug, thiserror::Error)]
pub(super) enum JobError {
    /// It has no transcript.
    #[error(transparent)]
    Episode(#[from] EpisodeError),
    /// It cannot be known what was done of it before.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The sound could not be downloaded.
    #[error(transparent)]
    Download(#[from] DownloadError),
    /// A bucket did not give or take what was asked.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// The text that a person wrote cannot be read.
    #[error("the page `{}` cannot be read", path.display())]
    Page { path: PathBuf, source: ReadFormatError },
    /// It cannot be opened.
    #[error("the page `{}` cannot be opened", path.display())]
    PageFile { path: PathBuf, source: io::Error },
    /// It is of another sound.
    #[error("the page `{}` cannot be laid on this sound", path.display())]
    OtherSound { path: PathBuf, source: OtherSound },
    /// What a person corrected in the editor cannot be laid on it.
    #[error(transparent)]
    Review(#[from] ReviewError),
    /// A file that this program did not write is where one of its own would be.
    #[error("`{}` was not written by this program", path.display())]
    Foreign { path: PathBuf },
    /// Sound lies where a file of ours would be.
    #[error("`{}` is sound, and lies where a transcript would be", path.display())]
    Sound { path: PathBuf },
    /// Its files cannot be written, or moved to where they belong.
    #[error("its files cannot be written in `{}`", folder.display())]
    Unwritten { folder: PathBuf, source: io::Error },
    /// How far it is cannot be noted.
    #[error("how far it is cannot be noted in `{}`", folder.display())]
    Unnoted { folder: PathBuf, source: io::Error },
    /// The program ends each time that it works on it.
    #[error("the program crashed {n_times} times on `{name}`")]
    Crashed { name: String, n_times: u32 },
    /// The program has a bug that this episode shows.
    #[error("the program failed in itself: see the lines above")]
    Panic,
}

impl From<DecodeError> for JobError {
    fn from(error: DecodeError) -> JobError {
        JobError::Episode(error.into())
    }
}

impl Guided for JobError {
    fn kind(&self) -> Kind {
        match self {
            JobError::Episode(error) => error.kind(),
            JobError::Note(error) => error.kind(),
            JobError::Download(error) => error.kind(),
            JobError::Bucket(error) => error.kind(),
            JobError::Review(error) => error.kind(),
            JobError::Crashed { .. } | JobError::Panic => Kind::Lasting,
            _ => Kind::Passing,
        }
    }

    fn guidance(&self) -> Option<Guidance> {
        match self {
            JobError::Episode(error) => error.guidance(),
            JobError::Note(error) => error.guidance(),
            JobError::Download(error) => error.guidance(),
            JobError::Bucket(error) => error.guidance(),
            JobError::Review(error) => error.guidance(),
            JobError::Page { source, .. } => source.guidance(),
            JobError::PageFile { .. } => Some(Guidance::ReadableFile),
            JobError::OtherSound { .. } => Some(Guidance::OtherPage),
            JobError::Foreign { .. } => Some(Guidance::OtherOutOrForce),
            JobError::Sound { .. } => Some(Guidance::OtherNameOrOut),
            JobError::Unwritten { source, .. } | JobError::Unnoted { source, .. } => {
                Some(of_writing(source))
            }
            JobError::Crashed { .. } => Some(Guidance::OtherModelOrLessMemory),
            JobError::Panic => Some(Guidance::TellAuthors),
        }
    }
}
