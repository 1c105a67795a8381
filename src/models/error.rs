//! Why a model cannot be used, and what the user can do about it.
//!
//! Everything that goes wrong with a model goes wrong on somebody's machine, far
//! from us: so each case names its file and has its own next step.

use super::manifest::{Kind, find};
use crate::base::guidance::{Guidance, Guided};
use std::{io, path::PathBuf};

/// Why a model cannot be used or had.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// No file at the path the manifest gives.
    #[error("model `{name}` is missing: `{}`", path.display())]
    Missing {
        /// Name in `models/manifest.toml`.
        name: String,
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file is there, its content is not the one the manifest names.
    #[error("model `{name}` is damaged: expected sha256 {expected}, found {found}")]
    Damaged {
        /// Name in `models/manifest.toml`.
        name: String,
        /// Where it lies.
        path: PathBuf,
        /// Digest written in the manifest.
        expected: String,
        /// Digest of the file.
        found: String,
    },
    /// The file is there, its length is not the one the manifest names.
    #[error("model `{name}` is damaged: expected {expected} bytes, found {found}")]
    WrongSize {
        /// Name in `models/manifest.toml`.
        name: String,
        /// Where it lies.
        path: PathBuf,
        /// Length written in the manifest, in bytes.
        expected: u64,
        /// Length of the file, in bytes.
        found: u64,
    },
    /// Another download of it is under way.
    #[error("`{address}` is being downloaded already")]
    Busy {
        /// Its address.
        address: String,
    },
    /// A file that was given by its path ends too early, or goes on too long.
    #[error("model `{}` is damaged: {reason}", path.display())]
    NotWhole {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file or a model that is something else than was asked for.
    #[error("`{what}` is not a {wanted} model: {found}")]
    WrongKind {
        /// Name or path, as given.
        what: String,
        /// What was asked for.
        wanted: Kind,
        /// What it is instead.
        found: String,
    },
    /// A model that is not made of another one.
    #[error("`{name}` is not made by `voixoff models quantize`")]
    NotMade {
        /// Name in `models/manifest.toml`.
        name: String,
        /// The smaller form that is made of it, where there is one.
        smaller: Option<String>,
    },
    /// No model of this name.
    #[error("no model is called `{name}`")]
    NotInManifest {
        /// Name as given.
        name: String,
        /// The names there are, of the kind in question.
        known: Vec<&'static str>,
    },
    /// A name that no model of one's own can have.
    #[error("a model cannot be called `{name}`: {reason}")]
    NoName {
        /// Name as given.
        name: String,
        /// Why.
        reason: String,
    },
    /// A model of one's own has the name already.
    #[error("there is a model called `{name}` already")]
    NameTaken {
        /// Name as given.
        name: String,
    },
    /// The files given with one name hold several models, or none that takes a name.
    #[error("the files given hold {n_models} models, and `{name}` is the name of one")]
    NotOne {
        /// Name as given.
        name: String,
        /// How many they hold.
        n_models: usize,
    },
    /// A file given to `import` holds nothing that a model can be made of.
    #[error("`{}` holds no model", path.display())]
    NothingInside {
        /// File as given.
        path: PathBuf,
    },
    /// Some pieces of a model were given to `import`, others were not.
    #[error("the files given hold {found}, but not {missing}")]
    Incomplete {
        /// What they hold.
        found: String,
        /// What is missing.
        missing: String,
    },
    /// A file cannot be read as the format that it should have.
    #[error("`{what}` cannot be read: {reason}")]
    Malformed {
        /// File, or file inside a package.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A conversion gave a model that nobody published.
    #[error("`{what}` gives a model that is not in the manifest: sha256 {found}")]
    Unknown {
        /// What was converted.
        what: String,
        /// Digest of the result.
        found: String,
    },
    /// The server cannot be reached, or does not answer.
    #[error("`{address}` cannot be reached: {reason}")]
    Unreachable {
        /// Address of the file.
        address: String,
        /// As told by the network.
        reason: String,
    },
    /// The server answers that it does not give the file.
    #[error("`{address}` is not given out: the server answers {status}")]
    Refused {
        /// Address of the file.
        address: String,
        /// HTTP status.
        status: u16,
    },
    /// The download stopped before its end; what came is kept.
    #[error("the download of `{address}` was cut at {done} of {total} bytes")]
    Cut {
        /// Address of the file.
        address: String,
        /// Bytes that came, of this time and of earlier ones.
        done: u64,
        /// Bytes of the whole file.
        total: u64,
    },
    /// The server gives another file than the one the manifest names.
    #[error("`{address}` is not the published file: expected {expected}, found {found}")]
    WrongDownload {
        /// Address of the file.
        address: String,
        /// Length or digest written in the manifest.
        expected: String,
        /// Length or digest of what came.
        found: String,
    },
    /// The disk is full.
    #[error("no room for `{}`: {bytes} bytes are needed", path.display())]
    NoRoom {
        /// File being written.
        path: PathBuf,
        /// Its length, in bytes.
        bytes: u64,
    },
    /// Any other trouble with a file.
    #[error("`{}` cannot be used", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl Guided for ModelError {
    fn guidance(&self) -> Option<Guidance> {
        Some(match self {
            ModelError::Missing { name, .. }
            | ModelError::Damaged { name, .. }
            | ModelError::WrongSize { name, .. }
                if find(name).is_err() =>
            {
                Guidance::ImportAgain { name: name.clone() }
            }
            ModelError::Missing { name, .. } => Guidance::FetchModel { name: name.clone() },
            ModelError::Damaged { name, .. } | ModelError::WrongSize { name, .. } => {
                Guidance::ReplaceModel { name: name.clone() }
            }
            ModelError::Busy { .. } => Guidance::AfterOtherRun,
            ModelError::NoName { .. } => Guidance::OtherModelName,
            ModelError::NameTaken { name } => Guidance::RemoveModel { name: name.clone() },
            ModelError::NotOne { .. } => Guidance::OneModel,
            ModelError::NotWhole { .. } => Guidance::CopyAgain,
            ModelError::WrongKind { .. } => Guidance::ListModels,
            ModelError::NotMade { smaller: Some(smaller), .. } => {
                Guidance::QuantizeSmaller { name: smaller.clone() }
            }
            ModelError::NotMade { name, smaller: None } => {
                Guidance::FetchPublished { name: name.clone() }
            }
            ModelError::NotInManifest { known, .. } => {
                Guidance::KnownModels { names: known.iter().map(|&name| name.to_owned()).collect() }
            }
            ModelError::NothingInside { .. } => Guidance::Packages,
            ModelError::Malformed { .. } => Guidance::CopyAgain,
            ModelError::Incomplete { missing, .. } => {
                Guidance::AllFiles { missing: missing.clone() }
            }
            ModelError::Unknown { .. } => Guidance::PublishedOnly,
            ModelError::Unreachable { .. } | ModelError::Refused { .. } => {
                Guidance::PackagesOffline
            }
            ModelError::Cut { .. } => Guidance::AgainWithTheRest,
            ModelError::WrongDownload { .. } => Guidance::LaterOrPackages,
            ModelError::NoRoom { .. } => Guidance::FreeSpace,
            ModelError::File { path, .. } => {
                Guidance::UsableFile { path: path.display().to_string() }
            }
        })
    }
}

impl ModelError {
    /// Turns an error of the file at `path`, to be of `bytes` bytes, into ours.
    pub(super) fn of_file(path: impl Into<PathBuf>, bytes: u64, source: io::Error) -> ModelError {
        let path = path.into();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                ModelError::NoRoom { path, bytes }
            }
            _ => ModelError::File { path, source },
        }
    }

    /// The file, or file inside a package, called `what` is not what it should be.
    pub(super) fn malformed(what: impl Into<String>, reason: impl Into<String>) -> ModelError {
        ModelError::Malformed { what: what.into(), reason: reason.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_model_is_to_be_fetched() {
        let error = ModelError::Missing { name: "base".into(), path: "m/ggml-base.bin".into() };
        assert_eq!(error.to_string(), "model `base` is missing: `m/ggml-base.bin`");
        assert_eq!(error.guidance(), Some(Guidance::FetchModel { name: "base".into() }));
    }

    #[test]
    fn a_full_disk_is_told_apart_from_other_troubles() {
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let error = ModelError::of_file("ggml-base.bin", 147_951_465, full);
        assert_eq!(error.to_string(), "no room for `ggml-base.bin`: 147951465 bytes are needed");
    }
}
