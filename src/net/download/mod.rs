//! Sound from its publisher.
//!
//! What came before a cut is kept beside the target, and the next try asks only for the
//! rest, if the server says that it is the rest of the same (`If-Range`, RFC 9110 section
//! 13.1.5). Some servers say so without looking: whatever marks the rest is compared with what
//! marks the beginning (section 15.3.7.3), and its place and length with what was asked for.
//! Nothing gets its name before it is whole.

mod error;

pub use error::DownloadError;

use crate::{
    base::{progress::Cancel, store},
    net::web::{self, Asker, Method, Pace, Patience, Validators, WebError},
};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    time::Duration,
};
use ureq::http::{HeaderName, Response, header};

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

/// What the publisher of the sound at `address` marks it by now; `None` where that is not
/// told, for whatever reason: nothing depends on it.
pub fn mark(address: &str, settings: DownloadSettings) -> Option<String> {
    let headers = [(header::ACCEPT_ENCODING, IDENTITY.to_owned())];
    let response = settings.asker().ask(Method::Head, address, &headers, &[]).ok()?;
    let mark = Validators::of(response.headers()).mark().to_owned();
    (!mark.is_empty()).then_some(mark)
}

/// A packed answer could not be continued.
pub(crate) const IDENTITY: &str = "identity";

impl DownloadSettings {
    fn asker(&self) -> Asker {
        let (connect, stall) = (self.connect_timeout, self.stall_timeout);
        Asker::new(Patience { connect, stall, whole: None })
    }
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
    let (shown, asker) = (web::public(address).into_owned(), settings.asker());
    let download = Download { address, shown, target, partial, asker, settings, cancel };
    let (mut before, mut n_tries) = (0, 0);
    loop {
        match download.attempt() {
            Err(DownloadError::Cut { done, .. }) if done > before => before = done,
            Err(error) if error.may_pass() && n_tries < TRIES - 1 => {
                n_tries += 1;
                std::thread::sleep(PAUSE * n_tries);
            }
            ended => {
                // What came is kept; where nothing came, or nothing that will ever be of
                // use, nothing is left behind.
                let is_useless = matches!(
                    ended,
                    Err(DownloadError::TooLong { .. } | DownloadError::NotSound { .. })
                );
                let is_empty = || fs::metadata(&download.partial).is_ok_and(|it| it.len() == 0);
                if is_useless || is_empty() {
                    download.forget();
                }
                return ended;
            }
        }
    }
}

/// Tries on a server that stumbles, and the pause between the first two.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_millis(500);

/// What the partial file is the beginning of.
#[derive(Default, Serialize, Deserialize)]
struct Beginning {
    /// Without what is secret in it.
    address: String,
    validators: Validators,
    /// Length of the whole, where the server said so.
    #[serde(default)]
    total: Option<u64>,
}

struct Download<'a> {
    address: &'a str,
    /// The address, as it may be written.
    shown: String,
    target: &'a Path,
    partial: PathBuf,
    asker: Asker,
    settings: DownloadSettings,
    cancel: &'a Cancel,
}

/// What a server sends.
struct Sent {
    body: ureq::Body,
    /// What marks the whole.
    validators: Validators,
    /// Where it begins in the whole, and how long that is.
    start: u64,
    total: Option<u64>,
    /// What it is called.
    kind: String,
}

impl Download<'_> {
    fn attempt(&self) -> Result<String, DownloadError> {
        let mut file = self.open()?;
        let there = file.seek(SeekFrom::End(0)).map_err(|error| self.of_file(error))?;
        let beginning = self.beginning().filter(|_| there > 0);
        let rest = match &beginning {
            Some(beginning) => self.rest(there, beginning)?,
            None => None,
        };
        let sent = match rest {
            Some(rest) => rest,
            None => self.whole()?,
        };
        if sent.total.is_some_and(|total| total > self.settings.bytes_max) {
            return Err(self.too_long());
        }
        let mark = sent.validators.mark().to_owned();
        if sent.start == 0 {
            file.set_len(0).and_then(|()| file.rewind()).map_err(|error| self.of_file(error))?;
            let (address, validators) = (self.shown.clone(), sent.validators.clone());
            self.note(&Beginning { address, validators, total: sent.total })?;
        }
        self.receive(sent, &mut file)?;
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

    /// The rest of what `beginning` is of, from byte `there` on; the whole where the server
    /// sends that; `None` where it sends neither.
    fn rest(&self, there: u64, beginning: &Beginning) -> Result<Option<Sent>, DownloadError> {
        let Validators { etag, last_modified } = &beginning.validators;
        let mark = if etag.starts_with('"') { etag } else { last_modified };
        if mark.is_empty() {
            return Ok(None);
        }
        let range = format!("bytes={there}-");
        let headers = [
            (header::ACCEPT_ENCODING, IDENTITY.to_owned()),
            (header::RANGE, range),
            (header::IF_RANGE, mark.clone()),
        ];
        // What is longer here than there is of something else, or was whole already.
        let response = self.ask(&headers, &[416])?;
        match response.status().as_u16() {
            200 => Ok(Some(Sent::of(response, 0))),
            206 if continues_at(&response, there) => {
                let rest = Sent::of(response, there);
                let is_same = rest.validators.may_be(&beginning.validators)
                    && rest.total.zip(beginning.total).is_none_or(|(now, then)| now == then);
                Ok(is_same.then_some(rest))
            }
            _ => Ok(None),
        }
    }

    fn whole(&self) -> Result<Sent, DownloadError> {
        let response = self.ask(&[(header::ACCEPT_ENCODING, IDENTITY.to_owned())], &[])?;
        match response.status().as_u16() {
            // Nobody asked for a part.
            206 => Err(DownloadError::Refused { address: self.shown.clone(), status: 206 }),
            _ => Ok(Sent::of(response, 0)),
        }
    }

    fn ask(
        &self,
        headers: &[(HeaderName, String)],
        wanted: &[u16],
    ) -> Result<Response<ureq::Body>, DownloadError> {
        let address = self.shown.clone();
        self.asker.ask(Method::Get, self.address, headers, wanted).map_err(|error| match error {
            WebError::Unaskable(reason) => DownloadError::Unaskable { address, reason },
            WebError::Unreachable(reason) => DownloadError::Unreachable { address, reason },
            WebError::Refused(status) => DownloadError::Refused { address, status },
            WebError::Waits(wait) => DownloadError::Waits { address, wait },
        })
    }

    /// Writes what is sent into `file`, which is where that begins.
    fn receive(&self, sent: Sent, file: &mut File) -> Result<(), DownloadError> {
        let Sent { body, start, total, kind, .. } = sent;
        let mut body = body.into_with_config().limit(u64::MAX).reader();
        let mut piece = vec![0; 1 << 16];
        let (mut done, mut pace) = (start, Pace::over(self.settings.stall_timeout));
        let mut head = Vec::new();
        loop {
            if self.cancel.is_requested() {
                return Err(DownloadError::Cancelled { address: self.shown.clone() });
            }
            let n_read = match body.read(&mut piece) {
                Ok(n_read) => n_read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => return Err(self.cut(done)),
            };
            // A page is known by its first bytes, whatever the server calls it.
            if start == 0 && head.len() < web::HEAD_BYTES {
                head.extend_from_slice(&piece[..n_read]);
                if n_read == 0 || head.len() >= web::HEAD_BYTES {
                    self.look_at(&head, &kind)?;
                }
            }
            if n_read == 0 {
                break;
            }
            file.write_all(&piece[..n_read]).map_err(|error| self.of_file(error))?;
            done += n_read as u64;
            if done > self.settings.bytes_max {
                return Err(self.too_long());
            }
            if total.is_none_or(|total| done < total) && !pace.is_kept(n_read) {
                return Err(DownloadError::Slow { address: self.shown.clone(), done });
            }
        }
        match total {
            Some(total) if done < total => Err(self.cut(done)),
            _ => Ok(()),
        }
    }

    /// Refuses what `head`, the first bytes, says to be no sound. What the server calls it
    /// counts only where it is text: many call sound by wrong names.
    fn look_at(&self, head: &[u8], kind: &str) -> Result<(), DownloadError> {
        let address = self.shown.clone();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_lowercase();
        if web::is_page(head) {
            let called = match kind.as_str() {
                "" | "text/html" | "application/xhtml+xml" => String::new(),
                kind => format!(" and calls it {kind}"),
            };
            let kind = format!("a web page (HTML){called}");
            return Err(DownloadError::NotSound { address, kind });
        }
        let is_other = kind.starts_with("image/")
            || ["text/", "application/json", "application/xml"]
                .iter()
                .any(|other| kind.starts_with(other) && web::is_text(head));
        if is_other { Err(DownloadError::NotSound { address, kind }) } else { Ok(()) }
    }

    /// Removes what came so far.
    fn forget(&self) {
        // What cannot be removed is nothing that could be cured here.
        let _ = fs::remove_file(&self.partial);
        let _ = fs::remove_file(self.beginning_path());
    }

    fn too_long(&self) -> DownloadError {
        let bytes_max = self.settings.bytes_max;
        DownloadError::TooLong { address: self.shown.clone(), bytes_max }
    }

    fn beginning_path(&self) -> PathBuf {
        self.partial.with_added_extension("json")
    }

    /// What the partial file is the beginning of, if that is the same sound.
    fn beginning(&self) -> Option<Beginning> {
        let beginning: Beginning =
            serde_json::from_slice(&fs::read(self.beginning_path()).ok()?).ok()?;
        (beginning.address == self.shown).then_some(beginning)
    }

    fn note(&self, beginning: &Beginning) -> Result<(), DownloadError> {
        let bytes = serde_json::to_vec(beginning).map_err(io::Error::from);
        bytes
            .and_then(|bytes| store::write_atomic(&self.beginning_path(), &bytes))
            .map_err(|error| self.of_file(error))
    }

    fn cut(&self, done: u64) -> DownloadError {
        DownloadError::Cut { address: self.shown.clone(), done }
    }

    fn of_file(&self, source: io::Error) -> DownloadError {
        DownloadError::File { path: self.partial.clone(), source }
    }
}

/// What is said of a partial file that another process writes.
pub(crate) const BUSY: &str = "another program is downloading it";

impl Sent {
    fn of(response: Response<ureq::Body>, start: u64) -> Sent {
        let validators = Validators::of(response.headers());
        let text = |name| web::said(response.headers(), &name).unwrap_or_default();
        let kind = text(header::CONTENT_TYPE).to_owned();
        let complete =
            text(header::CONTENT_RANGE).rsplit('/').next().and_then(|it| it.parse().ok());
        let body = response.into_body();
        let total = complete.or_else(|| body.content_length().map(|length| start + length));
        Sent { body, validators, start, total, kind }
    }
}

/// Whether `response` begins at byte `done`, as asked, and not at the beginning.
pub(crate) fn continues_at(response: &Response<ureq::Body>, done: u64) -> bool {
    let range = web::said(response.headers(), &header::CONTENT_RANGE);
    let start = format!("bytes {done}-");
    response.status() == 206 && range.is_some_and(|range| range.starts_with(&start))
}
