//! Models from their publishers.
//!
//! A model has up to three gigabytes and a line may be slow: what came before a cut
//! is kept beside the target, and the next try asks only for the rest. Nothing gets
//! the model's name before its digest is right, so no certificate and no server has
//! to be trusted with more than being there.

use super::{Model, ModelError, ModelFolder, Progress, import};
use crate::{
    base::{digest::Digest, store},
    net::{
        download::{BUSY, IDENTITY, continues_at},
        web::{Asker, Method, Pace, Patience, WebError},
    },
};
use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    time::Duration,
};
use ureq::http::{Response, header};

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
        match Download::new(published, address, target, settings).run(progress) {
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

/// A download from one address.
struct Download<'a> {
    published: &'a Published<'a>,
    address: &'a str,
    target: &'a Path,
    partial: PathBuf,
    asker: Asker,
    stall_timeout: Duration,
    token: Option<&'a str>,
}

impl<'a> Download<'a> {
    fn new(
        published: &'a Published<'a>,
        address: &'a str,
        target: &'a Path,
        settings: &'a FetchSettings,
    ) -> Download<'a> {
        let token = settings.hub_token.as_deref().filter(|_| address.starts_with(HUB));
        let partial = target.with_added_extension("partial");
        let (connect, stall) = (settings.connect_timeout, settings.stall_timeout);
        let asker = Asker::new(Patience { connect, stall, whole: None });
        Download { published, address, target, partial, asker, stall_timeout: stall, token }
    }

    fn run(&self, progress: Progress<'_>) -> Result<(), ModelError> {
        let mut done_before = 0;
        loop {
            match self.attempt(progress) {
                // A try that brought nothing will not be the last one to do so.
                Err(ModelError::Cut { done, .. }) if done > done_before => done_before = done,
                Err(error @ ModelError::WrongDownload { .. }) => {
                    let _ = fs::remove_file(&self.partial);
                    return Err(error);
                }
                Err(error) => {
                    // What came is kept; where nothing came, nothing is left behind.
                    if fs::metadata(&self.partial).is_ok_and(|partial| partial.len() == 0) {
                        let _ = fs::remove_file(&self.partial);
                    }
                    return Err(error);
                }
                Ok(()) => {
                    return store::put_in_place(&self.partial, self.target)
                        .map_err(|error| self.of_file(error));
                }
            }
        }
    }

    /// One request; afterwards the partial file is whole, or there is an error.
    fn attempt(&self, progress: Progress<'_>) -> Result<(), ModelError> {
        let mut file = self.open_partial()?;
        let (mut digest, mut done) = self.read_partial(&mut file)?;
        if done < self.published.bytes {
            let response = self.request(done)?;
            if !continues_at(&response, done) {
                file.set_len(0).map_err(|error| self.of_file(error))?;
                file.rewind().map_err(|error| self.of_file(error))?;
                (digest, done) = (Digest::new(), 0);
            }
            self.check_length(&response, done)?;
            self.receive(response, &mut file, &mut digest, done, progress)?;
        }
        let found = digest.finish();
        if found == self.published.sha256 {
            Ok(())
        } else {
            Err(self.wrong(format!("sha256 {}", self.published.sha256), format!("sha256 {found}")))
        }
    }

    /// The partial file, for us alone: two programs that write it would mix.
    fn open_partial(&self) -> Result<File, ModelError> {
        store::open_alone(&self.partial, BUSY).map_err(|error| self.of_file(error))
    }

    /// Digest and length of what is there. More than there should be counts as none.
    fn read_partial(&self, file: &mut File) -> Result<(Digest, u64), ModelError> {
        let length = file.metadata().map_err(|error| self.of_file(error))?.len();
        if length > self.published.bytes {
            file.set_len(0).map_err(|error| self.of_file(error))?;
        }
        let mut digest = Digest::new();
        let mut buffer = vec![0; 1 << 20];
        loop {
            match file.read(&mut buffer).map_err(|error| self.of_file(error))? {
                0 => break,
                n_read => digest.update(&buffer[..n_read]),
            }
        }
        let done = file.seek(SeekFrom::End(0)).map_err(|error| self.of_file(error))?;
        Ok((digest, done))
    }

    /// Asks for the file from byte `done` on.
    fn request(&self, done: u64) -> Result<Response<ureq::Body>, ModelError> {
        let mut headers = vec![(header::ACCEPT_ENCODING, IDENTITY.to_owned())];
        if done > 0 {
            headers.push((header::RANGE, format!("bytes={done}-")));
        }
        if let Some(token) = self.token {
            headers.push((header::AUTHORIZATION, format!("Bearer {token}")));
        }
        let address = self.address.to_owned();
        match self.asker.ask(Method::Get, self.address, &headers, &[416]) {
            // The file is shorter than what we have of it.
            Ok(response) if response.status() == 416 => {
                let (expected, found) = (self.published.bytes, done);
                Err(self.wrong(format!("{expected} bytes"), format!("less than {found}")))
            }
            Ok(response) => Ok(response),
            Err(WebError::Unaskable(reason) | WebError::Unreachable(reason)) => {
                Err(ModelError::Unreachable { address, reason })
            }
            Err(WebError::Refused(status)) => Err(ModelError::Refused { address, status }),
            Err(WebError::Waits(wait)) => {
                Err(ModelError::Unreachable { address, reason: wait.to_string() })
            }
        }
    }

    /// A wrong length is known before gigabytes have come.
    fn check_length(&self, response: &Response<ureq::Body>, done: u64) -> Result<(), ModelError> {
        match response.body().content_length() {
            Some(rest) if done.saturating_add(rest) != self.published.bytes => {
                let found = done.saturating_add(rest);
                Err(self.wrong(format!("{} bytes", self.published.bytes), format!("{found} bytes")))
            }
            _ => Ok(()),
        }
    }

    fn receive(
        &self,
        response: Response<ureq::Body>,
        file: &mut File,
        digest: &mut Digest,
        mut done: u64,
        progress: Progress<'_>,
    ) -> Result<(), ModelError> {
        let total = self.published.bytes;
        let mut body = response.into_body().into_with_config().limit(u64::MAX).reader();
        let mut buffer = vec![0; 1 << 16];
        progress(done, total);
        let mut pace = Pace::over(self.stall_timeout);
        let cut = |done| ModelError::Cut { address: self.address.to_owned(), done, total };
        while done < total {
            let n_read = match body.read(&mut buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Ok(0) | Err(_) => return Err(cut(done)),
                Ok(n_read) => n_read,
            };
            let piece = &buffer[..n_read];
            file.write_all(piece).map_err(|error| self.of_file(error))?;
            digest.update(piece);
            done += n_read as u64;
            progress(done.min(total), total);
            if done < total && !pace.is_kept(n_read) {
                let reason = "it sends less than 1 kB a second".to_owned();
                return Err(ModelError::Unreachable { address: self.address.to_owned(), reason });
            }
        }
        if done > total {
            return Err(self.wrong(format!("{total} bytes"), "more".to_owned()));
        }
        Ok(())
    }

    fn wrong(&self, expected: String, found: String) -> ModelError {
        ModelError::WrongDownload { address: self.address.to_owned(), expected, found }
    }

    fn of_file(&self, error: io::Error) -> ModelError {
        ModelError::of_file(&self.partial, self.published.bytes, error)
    }
}
