//! Sound from its publisher.
//!
//! What came before a cut is kept beside the target, and the next try asks only for the
//! rest, if the server says that it is the rest of the same (`If-Range`, RFC 9110 section
//! 13.1.5). Nothing gets its name before it is whole.

use crate::{
    feed::Validators,
    progress::Cancel,
    store::{self, remedy},
};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    time::Duration,
};
use ureq::http::{Response, header};

/// How to reach a publisher.
#[derive(Debug, Clone, Copy)]
pub struct DownloadSettings {
    /// Time after which a server that does not answer counts as out of reach.
    pub connect_timeout: Duration,
    /// Silence after which a download counts as cut.
    pub stall_timeout: Duration,
    /// Most bytes of an episode.
    pub bytes_max: u64,
}

impl DownloadSettings {
    /// Ten hours of FLAC have about 4 GB.
    pub const EPISODE: DownloadSettings = DownloadSettings {
        connect_timeout: Duration::from_secs(20),
        stall_timeout: Duration::from_secs(60),
        bytes_max: 8_000_000_000,
    };
}

/// Why there is no sound.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// The server cannot be reached, or leads in circles.
    #[error("`{address}` cannot be reached: {reason}")]
    Unreachable {
        /// Address of the sound.
        address: String,
        /// As told by the network.
        reason: String,
    },
    /// The server answers that it does not give the sound.
    #[error("`{address}` is not given out: the server answers {status}")]
    Refused {
        /// Address of the sound.
        address: String,
        /// HTTP status.
        status: u16,
    },
    /// The server gives something else.
    #[error("`{address}` is no sound: the server sends {kind}")]
    NotSound {
        /// Address of the sound.
        address: String,
        /// Media type of what it sends.
        kind: String,
    },
    /// The connection ended before the sound did; what came is kept.
    #[error("the download of `{address}` was cut after {done} bytes")]
    Cut {
        /// Address of the sound.
        address: String,
        /// Bytes that are there.
        done: u64,
    },
    /// More bytes than an episode can sensibly have.
    #[error("`{address}` has more than {} MB", bytes_max / 1_000_000)]
    TooLong {
        /// Address of the sound.
        address: String,
        /// Most bytes that are read.
        bytes_max: u64,
    },
    /// It cannot be written.
    #[error("`{}` cannot be written", path.display())]
    File {
        /// The partial file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A stop was asked for; what came is kept.
    #[error("stopped while downloading `{address}`")]
    Cancelled {
        /// Address of the sound.
        address: String,
    },
}

impl DownloadError {
    /// What the user can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            DownloadError::Unreachable { .. } | DownloadError::Cut { .. } => {
                "run the same command again later: it goes on from here"
            }
            DownloadError::Refused { .. } | DownloadError::NotSound { .. } => {
                "open the address in a browser: the publisher may have moved or withdrawn it"
            }
            DownloadError::TooLong { .. } => "download it yourself, and give its file",
            DownloadError::File { source, .. } => remedy(source),
            DownloadError::Cancelled { .. } => "run the same command again to go on from here",
        }
    }

    /// Whether it will be the same tomorrow.
    pub fn is_lasting(&self) -> bool {
        matches!(self, DownloadError::TooLong { .. })
    }
}

/// What the publisher of the sound at `address` marks it by now; `None` where that is not
/// told, for whatever reason: nothing depends on it.
pub fn mark(address: &str, settings: DownloadSettings) -> Option<String> {
    let agent = agent(settings.connect_timeout, settings.stall_timeout);
    let response = agent.head(address).header(header::ACCEPT_ENCODING, "identity").call().ok()?;
    let mark = Validators::of(response.headers()).mark().to_owned();
    (response.status().is_success() && !mark.is_empty()).then_some(mark)
}

/// Downloads the sound at `address` to `target`, whose folder must exist; what marks it there,
/// or an empty text.
///
/// A server that stumbles is asked three times, and a cut is answered with another try
/// as long as each try brings something.
///
/// # Errors
/// Any [`DownloadError`]; there is then nothing at `target` that was not there before.
pub fn download(
    address: &str,
    target: &Path,
    settings: DownloadSettings,
    cancel: &Cancel,
) -> Result<String, DownloadError> {
    let partial = target.with_added_extension("partial");
    let agent = agent(settings.connect_timeout, settings.stall_timeout);
    let download = Download { address, target, partial, agent, settings, cancel };
    let (mut before, mut n_tries) = (0, 0);
    loop {
        match download.attempt() {
            Err(DownloadError::Cut { done, .. }) if done > before => before = done,
            Err(error) if error.may_pass() && n_tries < TRIES - 1 => {
                n_tries += 1;
                std::thread::sleep(PAUSE * n_tries);
            }
            ended => {
                // What came is kept; where nothing came, nothing is left behind.
                if fs::metadata(&download.partial).is_ok_and(|partial| partial.len() == 0) {
                    let _ = fs::remove_file(&download.partial);
                    let _ = fs::remove_file(download.beginning_path());
                }
                return ended;
            }
        }
    }
}

/// Tries on a server that stumbles, and the pause between the first two.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_millis(500);

impl DownloadError {
    /// Whether it may be over in a second.
    fn may_pass(&self) -> bool {
        matches!(self, DownloadError::Refused { status: 500.., .. } | DownloadError::Cut { .. })
    }
}

/// What the partial file is the beginning of.
#[derive(Serialize, Deserialize)]
struct Beginning {
    address: String,
    validators: Validators,
}

struct Download<'a> {
    address: &'a str,
    target: &'a Path,
    partial: PathBuf,
    agent: ureq::Agent,
    settings: DownloadSettings,
    cancel: &'a Cancel,
}

impl Download<'_> {
    fn attempt(&self) -> Result<String, DownloadError> {
        let mut file = self.open()?;
        let there = file.seek(SeekFrom::End(0)).map_err(|error| self.of_file(error))?;
        let beginning = self.beginning().filter(|_| there > 0);
        let response = self.request(there, beginning.as_ref())?;
        let is_rest = continues_at(&response, there);
        let mark = Validators::of(response.headers()).mark().to_owned();
        if !is_rest {
            file.set_len(0).and_then(|()| file.rewind()).map_err(|error| self.of_file(error))?;
            let validators = Validators::of(response.headers());
            self.note(&Beginning { address: self.address.to_owned(), validators })?;
        }
        self.receive(response, &mut file, if is_rest { there } else { 0 })?;
        drop(file);
        store::put_in_place(&self.partial, self.target).map_err(|error| self.of_file(error))?;
        // It marks a beginning of which there is none any more.
        let _ = fs::remove_file(self.beginning_path());
        Ok(mark)
    }

    /// The partial file, for us alone: two programs that write it would mix.
    fn open(&self) -> Result<File, DownloadError> {
        store::open_alone(&self.partial, BUSY).map_err(|error| self.of_file(error))
    }

    fn request(
        &self,
        there: u64,
        beginning: Option<&Beginning>,
    ) -> Result<Response<ureq::Body>, DownloadError> {
        // A packed answer could not be continued.
        let mut request = self.agent.get(self.address).header(header::ACCEPT_ENCODING, "identity");
        if let Some(Beginning { validators, .. }) = beginning {
            let mark = if validators.etag.starts_with('"') {
                &validators.etag
            } else {
                &validators.last_modified
            };
            if !mark.is_empty() {
                let range = format!("bytes={there}-");
                request = request.header(header::RANGE, range).header(header::IF_RANGE, mark);
            }
        }
        let address = self.address.to_owned();
        let response = match request.call() {
            Err(error) => {
                return Err(DownloadError::Unreachable { address, reason: error.to_string() });
            }
            Ok(response) => response,
        };
        if !response.status().is_success() {
            return Err(DownloadError::Refused { address, status: response.status().as_u16() });
        }
        let kind = response.headers().get(header::CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_lowercase();
        if ["text/", "image/", "application/json", "application/xhtml"]
            .iter()
            .any(|other| kind.starts_with(other))
        {
            return Err(DownloadError::NotSound { address, kind });
        }
        Ok(response)
    }

    /// Writes the body behind the `done` bytes that are there.
    fn receive(
        &self,
        response: Response<ureq::Body>,
        file: &mut File,
        mut done: u64,
    ) -> Result<(), DownloadError> {
        let promised = response.body().content_length().map(|rest| done + rest);
        let mut body = response.into_body().into_with_config().limit(u64::MAX).reader();
        let mut piece = vec![0; 1 << 16];
        loop {
            if self.cancel.is_requested() {
                return Err(DownloadError::Cancelled { address: self.address.to_owned() });
            }
            let n_read = match body.read(&mut piece) {
                Ok(n_read) => n_read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => return Err(self.cut(done)),
            };
            if n_read == 0 {
                break;
            }
            file.write_all(&piece[..n_read]).map_err(|error| self.of_file(error))?;
            done += n_read as u64;
            if done > self.settings.bytes_max {
                let bytes_max = self.settings.bytes_max;
                return Err(DownloadError::TooLong { address: self.address.to_owned(), bytes_max });
            }
        }
        match promised {
            Some(promised) if done < promised => Err(self.cut(done)),
            _ => Ok(()),
        }
    }

    fn beginning_path(&self) -> PathBuf {
        self.partial.with_added_extension("json")
    }

    /// What the partial file is the beginning of, if that is the same sound.
    fn beginning(&self) -> Option<Beginning> {
        let beginning: Beginning =
            serde_json::from_slice(&fs::read(self.beginning_path()).ok()?).ok()?;
        (beginning.address == self.address).then_some(beginning)
    }

    fn note(&self, beginning: &Beginning) -> Result<(), DownloadError> {
        let bytes = serde_json::to_vec(beginning).map_err(io::Error::from);
        bytes
            .and_then(|bytes| store::write_atomic(&self.beginning_path(), &bytes))
            .map_err(|error| self.of_file(error))
    }

    fn cut(&self, done: u64) -> DownloadError {
        DownloadError::Cut { address: self.address.to_owned(), done }
    }

    fn of_file(&self, source: io::Error) -> DownloadError {
        DownloadError::File { path: self.partial.clone(), source }
    }
}

/// What is said of a partial file that another process writes.
pub(crate) const BUSY: &str = "another program is downloading it";

/// Asks servers for long answers: gives up after these times, and leaves statuses to the caller.
pub(crate) fn agent(connect: Duration, stall: Duration) -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .timeout_resolve(Some(connect))
        .timeout_connect(Some(connect))
        .timeout_recv_response(Some(stall))
        .timeout_per_read(Some(stall))
        .http_status_as_error(false);
    config.build().into()
}

/// Whether `response` begins at byte `done`, as asked, and not at the beginning.
pub(crate) fn continues_at(response: &Response<ureq::Body>, done: u64) -> bool {
    let range = response.headers().get(header::CONTENT_RANGE).and_then(|range| range.to_str().ok());
    let start = format!("bytes {done}-");
    response.status() == 206 && range.is_some_and(|range| range.starts_with(&start))
}
