//! Why an episode cannot be decoded, and what its owner can do about it.
//!
//! Damage in the middle of a file is not here: it costs the damaged part and
//! is told in [`Source`](super::Source). These are the ends of the road.

use crate::base::{
    guidance::{Guidance, Guided, Kind, of_writing},
    time::Time,
};
use std::{io, path::PathBuf};

/// Why an episode cannot be decoded. No scratch file is left behind.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The file is missing, is a folder, or may not be read.
    #[error("`{}` cannot be read", path.display())]
    Unreadable {
        /// The episode.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file has no byte.
    #[error("`{}` is empty", path.display())]
    Empty {
        /// The episode.
        path: PathBuf,
    },
    /// Nothing in the first megabyte looks like a known format.
    #[error("`{}` is not in a known sound format", path.display())]
    NotAudio {
        /// The episode.
        path: PathBuf,
    },
    /// It is sound, in a format that is not read.
    #[error("`{}` is {format}, which is not read", path.display())]
    Foreign {
        /// The episode.
        path: PathBuf,
        /// The name of the format.
        format: &'static str,
    },
    /// Next to nothing of it can be decoded.
    #[error("hardly anything of `{}` can be decoded as `{codec}`", path.display())]
    Garbled {
        /// The episode.
        path: PathBuf,
        /// What it seemed to be.
        codec: String,
    },
    /// The format is known, but its header cannot be used.
    #[error("the header of `{}` is damaged: {reason}", path.display())]
    Damaged {
        /// The episode.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The file holds pictures or subtitles only.
    #[error("`{}` has no audio track", path.display())]
    NoAudioTrack {
        /// The episode.
        path: PathBuf,
    },
    /// The first audio track is in a codec we do not read.
    #[error("the sound of `{}` is in codec `{codec}`, which is not supported", path.display())]
    Codec {
        /// The episode.
        path: PathBuf,
        /// Its name, or its number where it has no name here.
        codec: String,
    },
    /// A sample rate that no recording has.
    #[error("`{}` claims a sample rate of {rate_hz} Hz", path.display())]
    Rate {
        /// The episode.
        path: PathBuf,
        /// The rate claimed, in hertz.
        rate_hz: u32,
    },
    /// The audio track is there, but nothing could be decoded from it.
    #[error("the audio track of `{}` holds no sample", path.display())]
    NoSample {
        /// The episode.
        path: PathBuf,
    },
    /// More sound than a scratch file can address.
    #[error("`{}` is longer than {longest}", path.display())]
    TooLong {
        /// The episode.
        path: PathBuf,
        /// The most that can be decoded in one piece.
        longest: Time,
    },
    /// The scratch file could not be made or written; often a full disk.
    #[error("the sound of `{}` cannot be written to the scratch folder `{}`", path.display(), folder.display())]
    Scratch {
        /// The episode.
        path: PathBuf,
        /// The scratch folder.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A stop was asked for.
    #[error("decoding of `{}` was interrupted", path.display())]
    Cancelled {
        /// The episode.
        path: PathBuf,
    },
}

impl Guided for DecodeError {
    fn kind(&self) -> Kind {
        match self {
            DecodeError::Cancelled { .. } => Kind::Stopped,
            DecodeError::Unreadable { .. } | DecodeError::Scratch { .. } => Kind::Passing,
            // The same bytes end the same way another time.
            _ => Kind::Lasting,
        }
    }

    fn guidance(&self) -> Option<Guidance> {
        Some(match self {
            DecodeError::Unreadable { .. } => Guidance::ReadableFile,
            DecodeError::Empty { .. } => Guidance::DownloadAgain,
            DecodeError::NotAudio { .. } => Guidance::LookAtFirstBytes,
            DecodeError::Damaged { .. } => Guidance::Rewrite,
            DecodeError::NoAudioTrack { .. } => Guidance::OtherFile,
            DecodeError::Foreign { .. } | DecodeError::Codec { .. } => Guidance::Convert,
            DecodeError::Garbled { .. } => Guidance::DownloadOrConvert,
            DecodeError::Rate { .. } => Guidance::CorrectRate,
            DecodeError::NoSample { .. } => Guidance::DownloadAgainOrLeave,
            DecodeError::TooLong { .. } => Guidance::CutSound,
            DecodeError::Scratch { source, .. } => match of_writing(source) {
                Guidance::MakeRoom => Guidance::ScratchRoom,
                other => other,
            },
            DecodeError::Cancelled { .. } => Guidance::AgainToContinue,
        })
    }
}
