//! Why a model cannot be used, and what the user can do about it.
//!
//! Everything that goes wrong with a model goes wrong on somebody's machine, far
//! from us: so each case names its file and has its own next step.

use super::manifest::Kind;
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

impl ModelError {
    /// What the user can do about it; the binary prints it after the error.
    pub fn hint(&self) -> String {
        match self {
            ModelError::Missing { name, .. } => {
                format!("run `voixoff models fetch {name}`, or `voixoff models import` offline")
            }
            ModelError::Damaged { name, .. } | ModelError::WrongSize { name, .. } => {
                format!("run `voixoff models fetch {name}`: it replaces the file")
            }
            ModelError::NotWhole { .. } => "copy or download the file again".to_owned(),
            ModelError::WrongKind { .. } => {
                "`voixoff models list` shows every model and its kind".to_owned()
            }
            ModelError::NotMade { smaller: Some(smaller), .. } => {
                format!("its smaller form is: run `voixoff models quantize {smaller}`")
            }
            ModelError::NotMade { name, smaller: None } => {
                format!("run `voixoff models fetch {name}`")
            }
            ModelError::NotInManifest { known, .. } => {
                format!("the models are {}; a file is given by its path", known.join(", "))
            }
            ModelError::NothingInside { .. } | ModelError::Malformed { .. } => {
                "`scripts/packages FOLDER` fetches packages that `voixoff models import` reads"
                    .to_owned()
            }
            ModelError::Incomplete { missing, .. } => {
                format!("give `voixoff models import` all files at once, also the one with {missing}")
            }
            ModelError::Unknown { .. } => {
                "only published weights are imported; a ggml file of your own is given by its path, \
                 with `--model`"
                    .to_owned()
            }
            ModelError::Unreachable { .. } | ModelError::Refused { .. } => {
                "where the hub is out of reach, run `scripts/packages FOLDER` and \
                 `voixoff models import FOLDER/*`"
                    .to_owned()
            }
            ModelError::Cut { .. } => "run the same command again: it continues there".to_owned(),
            ModelError::WrongDownload { .. } => {
                "nothing was kept; try later, or `voixoff models import` from packages".to_owned()
            }
            ModelError::NoRoom { .. } => "free some space, or give another folder".to_owned(),
            ModelError::File { path, .. } => {
                format!("check that `{}` exists and that you may use it", path.display())
            }
        }
    }

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
    fn a_missing_model_is_reported_with_the_command_that_brings_it() {
        let error = ModelError::Missing { name: "base".into(), path: "m/ggml-base.bin".into() };
        assert_eq!(error.to_string(), "model `base` is missing: `m/ggml-base.bin`");
        assert!(error.hint().contains("`voixoff models fetch base`"));
    }

    #[test]
    fn a_full_disk_is_told_apart_from_other_troubles() {
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let error = ModelError::of_file("ggml-base.bin", 147_951_465, full);
        assert_eq!(error.to_string(), "no room for `ggml-base.bin`: 147951465 bytes are needed");
    }
}
