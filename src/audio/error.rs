//! Why an episode cannot be decoded, and what its owner can do about it.
//!
//! Damage in the middle of a file is not here: it costs the damaged part and
//! is told in [`Source`](super::Source). These are the ends of the road.

use crate::base::{store::remedy, time::Time};
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

impl DecodeError {
    /// Whether the same bytes would end the same way another time.
    pub fn is_lasting(&self) -> bool {
        !matches!(
            self,
            DecodeError::Unreadable { .. }
                | DecodeError::Scratch { .. }
                | DecodeError::Cancelled { .. }
        )
    }

    /// What the user can do about it; the binary prints it after the error.
    pub fn hint(&self) -> &'static str {
        match self {
            DecodeError::Unreadable { .. } => "check that it is a file, and that you may read it",
            DecodeError::Empty { .. } => "download it again",
            DecodeError::NotAudio { .. } => {
                "look at its first bytes: a download that failed often leaves a web page"
            }
            DecodeError::Damaged { .. } => {
                "download it again; if it plays elsewhere, rewrite it with `ffmpeg -i IN OUT.flac`"
            }
            DecodeError::NoAudioTrack { .. } => "look for another file of this episode",
            DecodeError::Foreign { .. } | DecodeError::Codec { .. } => {
                "convert it with `ffmpeg -i IN -vn OUT.flac`"
            }
            DecodeError::Garbled { .. } => {
                "download it again; if it plays elsewhere, convert it with `ffmpeg -i IN -vn OUT.flac`"
            }
            DecodeError::Rate { .. } => "correct its header with `ffmpeg -ar RATE -i IN OUT.flac`",
            DecodeError::NoSample { .. } => "download it again, or leave it out",
            DecodeError::TooLong { .. } => {
                "cut it with `ffmpeg -i IN -f segment -segment_time 24:00:00 -c copy OUT%d.mp3`"
            }
            DecodeError::Scratch { source, .. } => match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    "make room there, 115 MB an hour of sound, or name another folder with `TMPDIR`"
                }
                _ => remedy(source),
            },
            DecodeError::Cancelled { .. } => "run the command again to continue",
        }
    }
}
