//! What errors are, for whoever runs the library: how a run goes on after one, and what a person
//! can do about it. How that is said is the program's: no option and no command is named here.

use serde::{Deserialize, Serialize};
use std::{error::Error, io};

/// An error that people are told.
pub trait Guided: Error {
    /// How a run goes on after it.
    fn kind(&self) -> Kind {
        Kind::Passing
    }

    /// What can be done about it; `None` where there is nothing to say.
    fn guidance(&self) -> Option<Guidance>;
}

/// How a run goes on after an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Another try may do better.
    Passing,
    /// Another try on the same would end the same way.
    Lasting,
    /// Another process has it.
    Busy,
    /// No failure: a stop that was asked for.
    Stopped,
}

/// What a person can do about an error. Names are for ever: failures are kept with them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Guidance {
    /// Its disk is full: room there, or another place.
    MakeRoom,
    /// A limit on the length of files: another place.
    ShorterFile,
    /// It may not be written to: the right to, or another place.
    RightToWrite,
    /// Its folder was removed meanwhile: once more.
    FolderRemoved,
    /// Something else has its name.
    NameTaken,
    /// Its name is too long there.
    ShorterName,
    /// Any other trouble with a disk.
    LookAtDisk,
    /// It may not be readable.
    RightToRead,
    /// It may be no file, or not readable.
    ReadableFile,
    /// It may not exist, or not be readable.
    ExistingFile,
    /// The disk of the scratch folder is full: room there, or another such folder.
    ScratchRoom,
    /// The same once more.
    Again,
    /// The same once more, which goes on.
    AgainToContinue,
    /// The same once more, which goes on from here.
    AgainFromHere,
    /// The same once more: what came is kept.
    AgainWithTheRest,
    /// The same later, which goes on from here.
    LaterFromHere,
    /// The same when the server lets one again.
    AfterWait,
    /// The same when the server lets one again: it goes on from here.
    AfterWaitFromHere,
    /// The same when another run has ended.
    AfterOtherRun,
    /// The same when another run has ended, or another folder for the mirror.
    AfterOtherRunOrMirror,
    /// Its sound may have come damaged.
    DownloadAgain,
    /// It may have come damaged, or be of no use.
    DownloadAgainOrLeave,
    /// It may be something else than sound.
    LookAtFirstBytes,
    /// Its container is damaged: once more, or rewritten.
    Rewrite,
    /// Its sound is damaged: once more, or converted.
    DownloadOrConvert,
    /// Its sound is of a kind that is not read.
    Convert,
    /// There is no sound in it.
    OtherFile,
    /// Its header claims a rate that cannot be.
    CorrectRate,
    /// It is too long.
    CutSound,
    /// Its publisher may have moved or withdrawn it.
    AskPublisher,
    /// It is more than is downloaded.
    DownloadYourself,
    /// The feed later, or by its file.
    SaveFeed,
    /// The feed by its file, which a browser may get.
    SaveFeedByBrowser,
    /// What a feed is.
    NameFeed,
    /// A path that is not there.
    PathFromHere,
    /// A text of another sound.
    OtherPage,
    /// A path of a list that is not there.
    PathFromList,
    /// An address whose server has letters that are not ASCII.
    AsciiServer,
    /// A path that may be meant as an address.
    WriteScheme,
    /// What a list of sources is.
    WriteList,
    /// Nothing has this name.
    Spelling,
    /// A folder for the transcripts.
    NameOut,
    /// Two episodes whose files would have one name.
    Namesakes,
    /// Two episodes of which some files would have one name.
    Mixture,
    /// Buckets are not built in.
    BuildBuckets,
    /// How a bucket is named.
    BucketAddress,
    /// The settings of S3.
    BucketSettings,
    /// The network, and where buckets are.
    BucketNetwork,
    /// The name of the bucket, or where it is.
    BucketName,
    /// The keys, and what they may do.
    BucketRights,
    /// Keys, where there are none.
    BucketKeys,
    /// A folder of its own for the mirror.
    EmptyMirror,
    /// Another folder for the mirror.
    OtherMirror,
    /// A copy of a damaged note, or none.
    ReplaceNote,
    /// It has the corrections of a person, and is damaged: a copy, or without them.
    ReplaceReview,
    /// The version that wrote it.
    NewerVersion,
    /// A damaged file of known voices.
    MendVoices,
    /// Voices that another network made.
    EnrolAgain,
    /// How text is known.
    NameSpeakers,
    /// Sound where text is read.
    Transcribe,
    /// A format that is not read.
    SaveAsText,
    /// Another encoding.
    SaveAsUtf8,
    /// More than an episode has.
    CutTranscript,
    /// Something wrong at a place in it.
    MendTranscript,
    /// A model that is missing.
    FetchModel {
        /// Of the model.
        name: String,
    },
    /// A model that is damaged.
    ReplaceModel {
        /// Of the model.
        name: String,
    },
    /// A model of the user's own that is damaged or missing.
    ImportAgain {
        /// Of the model.
        name: String,
    },
    /// A name that a model of the user's own cannot have.
    OtherModelName,
    /// A model of the user's own that has the name already.
    RemoveModel {
        /// Of the model.
        name: String,
    },
    /// One name for several models.
    OneModel,
    /// A model that is had only as it is published.
    FetchPublished {
        /// Of the model.
        name: String,
    },
    /// The smaller form of a model is made, not the model.
    QuantizeSmaller {
        /// Of the model.
        name: String,
    },
    /// A model of the user's own that is not whole.
    CopyAgain,
    /// A model of another kind than asked for.
    ListModels,
    /// The models there are.
    KnownModels {
        /// Of the models.
        names: Vec<String>,
    },
    /// Where there are models to import.
    Packages,
    /// All pieces of a model at once.
    AllFiles {
        /// What is missing.
        missing: String,
    },
    /// Only what is published is imported.
    PublishedOnly,
    /// Models where their publisher is out of reach.
    PackagesOffline,
    /// Take our own engine for the model.
    OwnEngine,
    /// Something else was published there.
    LaterOrPackages,
    /// The disk of the models is full.
    FreeSpace,
    /// A model's file that cannot be used.
    UsableFile {
        /// The file.
        path: String,
    },
    /// A network that does not load or run.
    VerifyModels,
    /// A recogniser that does not load or run.
    VerifyModel,
    /// A file of somebody else where one of ours would be.
    OtherOutOrForce,
    /// Sound where a file of ours would be.
    OtherNameOrOut,
    /// The program has a bug.
    TellAuthors,
    /// A model that crashes, or too little memory.
    OtherModelOrLessMemory,
}

/// What can be done where the system refuses to write a file, for the reason `error`.
pub fn of_writing(error: &io::Error) -> Guidance {
    use io::ErrorKind as Error;
    match error.kind() {
        Error::StorageFull | Error::QuotaExceeded => Guidance::MakeRoom,
        Error::FileTooLarge => Guidance::ShorterFile,
        Error::PermissionDenied | Error::ReadOnlyFilesystem => Guidance::RightToWrite,
        Error::NotFound => Guidance::FolderRemoved,
        Error::NotADirectory | Error::IsADirectory | Error::AlreadyExists => Guidance::NameTaken,
        Error::InvalidFilename => Guidance::ShorterName,
        _ => Guidance::LookAtDisk,
    }
}

/// What failed, and what caused it, each once: a transparent error repeats the one below it,
/// others end with it.
pub fn reasons(error: &dyn Error) -> Vec<String> {
    let mut reasons = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(inner) = cause {
        let text = inner.to_string();
        if !reasons.last().is_some_and(|last| last.ends_with(&text)) {
            reasons.push(text);
        }
        cause = inner.source();
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::store::write_atomic;
    use std::path::Path;

    #[test]
    fn only_a_full_disk_is_cured_by_room() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("un.txt");
        write_atomic(&file, b"1").unwrap();
        let told = |path: &Path| of_writing(&write_atomic(path, b"2").unwrap_err());
        assert_eq!(told(&folder.path().join("absent/un.txt")), Guidance::FolderRemoved);
        assert_eq!(told(&file.join("un.txt")), Guidance::NameTaken);
        assert_eq!(told(&folder.path().join("é".repeat(200))), Guidance::ShorterName);
        assert_eq!(of_writing(&io::ErrorKind::StorageFull.into()), Guidance::MakeRoom);
    }
}
