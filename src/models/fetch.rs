//! Models from their publishers.
//!
//! A model has up to three gigabytes and a line may be slow: what came before a cut
//! is kept beside the target, and the next try asks only for the rest. Nothing gets
//! the model's name before its digest is right, so no certificate and no server has
//! to be trusted with more than being there.

use super::{Model, ModelError, ModelFolder, Progress, import};
use crate::{
    base::progress::Cancel,
    net::{
        download::{Content, Download, DownloadError},
        web::Patience,
    },
};
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

/// How to reach a publisher.
#[derive(Debug, Clone)]
pub struct FetchSettings {
    /// Seconds until a server that does not answer counts as out of reach.
    pub connect_timeout: Duration,
    /// Silence, in seconds, after which a download counts as cut.
    pub stall_timeout: Duration,
    /// Access token, sent to Hugging Face and to nobody else.
    pub hub_token: Option<String>,
}

/// Who gets the token.
const HUB: &str = "https://huggingface.co/";

/// Where a file can be had, and what it must be.
struct Published<'a> {
    addresses: Vec<&'a str>,
    bytes: u64,
    sha256: &'a str,
}

/// Downloads `model` into `folder`, and gives the path of its file. `progress` is
/// told the bytes that are there and the bytes in all.
///
/// Nothing is downloaded if the file is there and right; a wrong one is replaced.
/// What an earlier try left is continued. A cut is answered with another try as
/// long as each try brings something. A speaker network is built from its
/// downloaded checkpoint, that is then removed.
///
/// # Errors
/// [`ModelError::Unreachable`], [`ModelError::Refused`], [`ModelError::Cut`] (what came
/// is kept), [`ModelError::WrongDownload`] (nothing is kept), [`ModelError::NoRoom`],
/// or another error of writing. The model's file is then unchanged.
pub fn fetch(
    model: &Model,
    folder: &ModelFolder,
    settings: &FetchSettings,
    progress: Progress<'_>,
) -> Result<PathBuf, ModelError> {
    if let Ok(path) = folder.ready(model, &mut |_, _| {}) {
        return Ok(path);
    }
    folder.create()?;
    let path = folder.path(model);
    let Some(checkpoint) = &model.checkpoint else {
        let addresses = model.address.as_deref().into_iter().collect();
        let published = Published { addresses, bytes: model.bytes, sha256: &model.sha256 };
        download(&published, &path, settings, progress)?;
        folder.note_checked(model);
        return Ok(path);
    };
    let copies = checkpoint.copies.iter().map(String::as_str);
    let addresses = std::iter::once(checkpoint.address.as_str()).chain(copies).collect();
    let (bytes, sha256) = (checkpoint.bytes, checkpoint.sha256.as_str());
    let target = path.with_added_extension("checkpoint");
    download(&Published { addresses, bytes, sha256 }, &target, settings, progress)?;
    let content = fs::read(&target).map_err(|error| ModelError::of_file(&target, bytes, error))?;
    let built = import::build(model, content, &target.display().to_string(), folder);
    // Its digest was right: if it cannot be built from, keeping it helps nobody.
    let _ = fs::remove_file(&target);
    built
}

/// Downloads from the first address that gives the file. If none does, the error
/// is that of the first: the others are only copies.
fn download(
    published: &Published<'_>,
    target: &Path,
    settings: &FetchSettings,
    progress: Progress<'_>,
) -> Result<(), ModelError> {
    let mut first_error = None;
    for address in &published.addresses {
        match download_from(address, published, target, settings, progress) {
            Err(
                error @ (ModelError::Unreachable { .. }
                | ModelError::Refused { .. }
                | ModelError::WrongDownload { .. }),
            ) => {
                first_error.get_or_insert(error);
            }
            other => return other,
        }
    }
    let address = target.display().to_string();
    let reason = "it has no address".to_owned();
    Err(first_error.unwrap_or(ModelError::Unreachable { address, reason }))
}

fn download_from(
    address: &str,
    published: &Published<'_>,
    target: &Path,
    settings: &FetchSettings,
    progress: Progress<'_>,
) -> Result<(), ModelError> {
    let &Published { bytes, sha256, .. } = published;
    let token = settings.hub_token.as_deref().filter(|_| address.starts_with(HUB));
    let (connect, stall) = (settings.connect_timeout, settings.stall_timeout);
    let patience = Patience { connect, stall, whole: None };
    let (content, cancel) = (Content::Known { bytes, sha256 }, Cancel::default());
    let download = Download::new(address, target, content, patience, &cancel).by(token);
    download.run(progress).map(drop).map_err(|error| of_download(error, bytes))
}

/// Why a model of `bytes` bytes was not downloaded.
fn of_download(error: DownloadError, bytes: u64) -> ModelError {
    match error {
        DownloadError::Refused { address, status } => ModelError::Refused { address, status },
        DownloadError::Unaskable { address, reason }
        | DownloadError::Unreachable { address, reason } => {
            ModelError::Unreachable { address, reason }
        }
        DownloadError::Waits { address, wait } => {
            ModelError::Unreachable { address, reason: wait.to_string() }
        }
        DownloadError::Slow { address, .. } => {
            let reason = "it sends less than 1 kB a second".to_owned();
            ModelError::Unreachable { address, reason }
        }
        DownloadError::Cut { address, done } => ModelError::Cut { address, done, total: bytes },
        DownloadError::Other { address, expected, found } => {
            ModelError::WrongDownload { address, expected, found }
        }
        DownloadError::Busy { address } => ModelError::Busy { address },
        DownloadError::File { path, source } => ModelError::of_file(path, bytes, source),
        error @ (DownloadError::NotSound { .. }
        | DownloadError::TooLong { .. }
        | DownloadError::Cancelled { .. }) => {
            unreachable!("known bytes, and nobody stops: {error}")
        }
    }
}
