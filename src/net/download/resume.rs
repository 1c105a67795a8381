//! Downloads that go on where an earlier one was cut, whatever it is that comes.

use super::DownloadError;
use crate::{
    base::{digest::Digest, progress::Cancel, store},
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

/// A packed answer could not be continued.
pub(super) const IDENTITY: &str = "identity";

/// The pause between the first two tries on a server that stumbles.
const PAUSE: Duration = Duration::from_millis(500);

/// Is told the bytes that are there, and those in all.
type Progress<'a> = &'a mut dyn FnMut(u64, u64);

/// What is to come.
pub(crate) enum Content<'a> {
    /// Whatever is there: a server says by its validators whether it is the same still.
    Any {
        /// Most bytes that it may have.
        bytes_max: u64,
        /// What the first bytes are, called so by the server, if that is not wanted.
        refuses: &'a dyn Fn(&[u8], &str) -> Option<String>,
    },
    /// These bytes and no others, whoever gives them.
    Known {
        /// How many.
        bytes: u64,
        /// Their digest.
        sha256: &'a str,
    },
}

/// A download from one address.
pub(crate) struct Download<'a> {
    address: &'a str,
    /// The address, as it may be written.
    shown: String,
    content: Content<'a>,
    target: &'a Path,
    partial: PathBuf,
    asker: Asker,
    stall: Duration,
    /// Tries on a server that stumbles.
    n_tries: u32,
    bearer: Option<&'a str>,
    cancel: &'a Cancel,
}

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

/// What a server sends.
struct Sent {
    body: ureq::Body,
    /// Those of the whole.
    validators: Validators,
    /// Where it begins in the whole, and how long that is.
    start: u64,
    total: Option<u64>,
    /// What it is called.
    kind: String,
}

impl<'a> Download<'a> {
    /// Of `content` from `address` to `target`, whose folder must exist. A download counts as cut
    /// where nothing comes for as long as the server is waited for.
    pub(crate) fn new(
        address: &'a str,
        target: &'a Path,
        content: Content<'a>,
        patience: Patience,
        cancel: &'a Cancel,
    ) -> Download<'a> {
        Download {
            address,
            shown: web::public(address).into_owned(),
            content,
            target,
            partial: target.with_added_extension("partial"),
            asker: Asker::new(patience),
            stall: patience.stall,
            n_tries: 1,
            bearer: None,
            cancel,
        }
    }

    /// The same, and a server that stumbles is asked `n_tries` times.
    pub(crate) fn tried(self, n_tries: u32) -> Download<'a> {
        Download { n_tries, ..self }
    }

    /// The same by somebody whom the server knows by a `token`.
    pub(crate) fn by(self, token: Option<&'a str>) -> Download<'a> {
        Download { bearer: token, ..self }
    }

    /// Downloads it; its validators there. A cut is answered with another try as long as each
    /// try brings something.
    ///
    /// # Errors
    /// Any [`DownloadError`]; there is then nothing at the target that was not there before.
    pub(crate) fn run(&self, progress: Progress<'_>) -> Result<Validators, DownloadError> {
        let (mut before, mut n_tries) = (0, 1);
        loop {
            match self.attempt(progress) {
                Err(DownloadError::Cut { done, .. }) if done > before => before = done,
                Err(error) if error.may_pass() && n_tries < self.n_tries => {
                    std::thread::sleep(PAUSE * n_tries);
                    n_tries += 1;
                }
                // What is there is of another.
                Err(error @ DownloadError::Busy { .. }) => return Err(error),
                ended => {
                    // What came is kept; where nothing came, or nothing that will ever be of
                    // use, nothing is left behind.
                    let is_useless = ended.as_ref().is_err_and(DownloadError::is_useless);
                    let is_empty = || fs::metadata(&self.partial).is_ok_and(|it| it.len() == 0);
                    if is_useless || is_empty() {
                        self.forget();
                    }
                    return ended;
                }
            }
        }
    }

    /// One try; afterwards the target is there, or an error says why not.
    fn attempt(&self, progress: Progress<'_>) -> Result<Validators, DownloadError> {
        // For us alone: two programs that write it would mix.
        let mut file = store::open_alone(&self.partial).map_err(|error| match error.kind() {
            io::ErrorKind::ResourceBusy => DownloadError::Busy { address: self.shown.clone() },
            _ => self.of_file(error),
        })?;
        let (mut digest, there) = self.kept(&mut file).map_err(|error| self.of_file(error))?;
        let mut validators = Validators::default();
        if !matches!(self.content, Content::Known { bytes, .. } if there == bytes) {
            let sent = match self.rest(there)? {
                Some(rest) => rest,
                None => self.whole()?,
            };
            self.check_length(&sent)?;
            validators = sent.validators.clone();
            if sent.start == 0 {
                let emptied = file.set_len(0).and_then(|()| file.rewind());
                emptied.map_err(|error| self.of_file(error))?;
                digest = Digest::new();
                self.note_beginning(&sent).map_err(|error| self.of_file(error))?;
            }
            self.receive(sent, &mut file, &mut digest, progress)?;
        }
        if let Content::Known { sha256, .. } = self.content {
            let found = digest.finish();
            if found != sha256 {
                return Err(self.other(format!("sha256 {sha256}"), format!("sha256 {found}")));
            }
        }
        drop(file);
        store::put_in_place(&self.partial, self.target).map_err(|error| self.of_file(error))?;
        // It is of a beginning that is none any more.
        let _ = fs::remove_file(self.beginning_path());
        Ok(validators)
    }

    /// Digest and length of what is there already, at whose end `file` is then. More than there
    /// should be counts as none.
    fn kept(&self, file: &mut File) -> io::Result<(Digest, u64)> {
        let mut digest = Digest::new();
        if let Content::Known { bytes, .. } = self.content {
            if file.metadata()?.len() > bytes {
                file.set_len(0)?;
            }
            let mut buffer = vec![0; 1 << 20];
            loop {
                match file.read(&mut buffer)? {
                    0 => break,
                    n_read => digest.update(&buffer[..n_read]),
                }
            }
        }
        Ok((digest, file.seek(SeekFrom::End(0))?))
    }

    /// What is sent from byte `there` on, or the whole where the server sends that; `None` where
    /// nothing is there, or nothing that can be continued.
    fn rest(&self, there: u64) -> Result<Option<Sent>, DownloadError> {
        if there == 0 {
            return Ok(None);
        }
        let mut headers = vec![(header::RANGE, format!("bytes={there}-"))];
        let beginning = match self.content {
            // Its digest says whether the rest is of the same.
            Content::Known { .. } => Beginning::default(),
            Content::Any { .. } => {
                let Some(beginning) = self.beginning() else { return Ok(None) };
                let Some(validator) = beginning.validators.strong() else { return Ok(None) };
                headers.push((header::IF_RANGE, validator.to_owned()));
                beginning
            }
        };
        let response = self.ask(headers, &[416])?;
        match (response.status().as_u16(), &self.content) {
            (206, _) if continues_at(&response, there) => {
                let rest = Sent::of(response, there);
                let is_same = rest.validators.may_be(&beginning.validators)
                    && rest.total.zip(beginning.total).is_none_or(|(now, then)| now == then);
                Ok(is_same.then_some(rest))
            }
            // What is longer here than there is of something else, or was whole already.
            (416, Content::Known { bytes, .. }) => {
                Err(self.other(format!("{bytes} bytes"), format!("less than {there}")))
            }
            (206 | 416, _) => Ok(None),
            _ => Ok(Some(Sent::of(response, 0))),
        }
    }

    fn whole(&self) -> Result<Sent, DownloadError> {
        let response = self.ask(Vec::new(), &[])?;
        match response.status().as_u16() {
            // Nobody asked for a part.
            206 => Err(DownloadError::Refused { address: self.shown.clone(), status: 206 }),
            _ => Ok(Sent::of(response, 0)),
        }
    }

    fn ask(
        &self,
        mut headers: Vec<(HeaderName, String)>,
        wanted: &[u16],
    ) -> Result<Response<ureq::Body>, DownloadError> {
        headers.push((header::ACCEPT_ENCODING, IDENTITY.to_owned()));
        if let Some(token) = self.bearer {
            headers.push((header::AUTHORIZATION, format!("Bearer {token}")));
        }
        let address = self.shown.clone();
        self.asker.ask(Method::Get, self.address, &headers, wanted).map_err(|error| match error {
            WebError::Unaskable(reason) => DownloadError::Unaskable { address, reason },
            WebError::Unreachable(reason) => DownloadError::Unreachable { address, reason },
            WebError::Refused(status) => DownloadError::Refused { address, status },
            WebError::Waits(wait) => DownloadError::Waits { address, wait },
        })
    }

    /// A wrong length is known before gigabytes have come.
    fn check_length(&self, sent: &Sent) -> Result<(), DownloadError> {
        match (sent.total, &self.content) {
            (Some(total), Content::Any { bytes_max, .. }) if total > *bytes_max => {
                Err(self.too_long(*bytes_max))
            }
            (Some(total), Content::Known { bytes, .. }) if total != *bytes => {
                Err(self.other(format!("{bytes} bytes"), format!("{total} bytes")))
            }
            _ => Ok(()),
        }
    }

    /// Writes what is sent into `file`, which is where that begins.
    fn receive(
        &self,
        sent: Sent,
        file: &mut File,
        digest: &mut Digest,
        progress: Progress<'_>,
    ) -> Result<(), DownloadError> {
        let Sent { body, start, total, kind, .. } = sent;
        let mut body = body.into_with_config().limit(u64::MAX).reader();
        let mut piece = vec![0; 1 << 16];
        let (mut done, mut pace) = (start, Pace::over(self.stall));
        let mut head = Vec::new();
        let total = match self.content {
            Content::Any { .. } => total,
            Content::Known { bytes, .. } => Some(bytes),
        };
        progress(done, total.unwrap_or_default());
        loop {
            if self.cancel.is_requested() {
                return Err(DownloadError::Cancelled { address: self.shown.clone() });
            }
            let n_read = match body.read(&mut piece) {
                Ok(n_read) => n_read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => return Err(self.cut(done)),
            };
            let piece = &piece[..n_read];
            // A page is known by its first bytes, whatever the server calls it.
            if let Content::Any { refuses, .. } = self.content
                && start == 0
                && head.len() < web::HEAD_BYTES
            {
                head.extend_from_slice(piece);
                if (n_read == 0 || head.len() >= web::HEAD_BYTES)
                    && let Some(kind) = refuses(&head, &kind)
                {
                    return Err(DownloadError::NotSound { address: self.shown.clone(), kind });
                }
            }
            if n_read == 0 {
                break;
            }
            file.write_all(piece).map_err(|error| self.of_file(error))?;
            done += n_read as u64;
            progress(total.map_or(done, |total| done.min(total)), total.unwrap_or_default());
            match self.content {
                Content::Any { bytes_max, .. } if done > bytes_max => {
                    return Err(self.too_long(bytes_max));
                }
                Content::Any { .. } => (),
                Content::Known { bytes, .. } if done > bytes => {
                    return Err(self.other(format!("{bytes} bytes"), "more".to_owned()));
                }
                Content::Known { bytes, .. } => {
                    digest.update(piece);
                    if done == bytes {
                        break;
                    }
                }
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

    /// Removes what came so far.
    fn forget(&self) {
        // What cannot be removed is nothing that could be cured here.
        let _ = fs::remove_file(&self.partial);
        let _ = fs::remove_file(self.beginning_path());
    }

    fn beginning_path(&self) -> PathBuf {
        self.partial.with_added_extension("json")
    }

    /// What the partial file is the beginning of, if that is the same content.
    fn beginning(&self) -> Option<Beginning> {
        let beginning: Beginning =
            serde_json::from_slice(&fs::read(self.beginning_path()).ok()?).ok()?;
        (beginning.address == self.shown).then_some(beginning)
    }

    /// Notes of what the partial file will be the beginning, where only that says it.
    fn note_beginning(&self, sent: &Sent) -> io::Result<()> {
        let Content::Any { .. } = self.content else { return Ok(()) };
        let (address, validators) = (self.shown.clone(), sent.validators.clone());
        let bytes = serde_json::to_vec(&Beginning { address, validators, total: sent.total })?;
        store::write_atomic(&self.beginning_path(), &bytes)
    }

    fn too_long(&self, bytes_max: u64) -> DownloadError {
        DownloadError::TooLong { address: self.shown.clone(), bytes_max }
    }

    fn other(&self, expected: String, found: String) -> DownloadError {
        DownloadError::Other { address: self.shown.clone(), expected, found }
    }

    fn cut(&self, done: u64) -> DownloadError {
        DownloadError::Cut { address: self.shown.clone(), done }
    }

    fn of_file(&self, source: io::Error) -> DownloadError {
        DownloadError::File { path: self.partial.clone(), source }
    }
}

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
fn continues_at(response: &Response<ureq::Body>, done: u64) -> bool {
    let range = web::said(response.headers(), &header::CONTENT_RANGE);
    let start = format!("bytes {done}-");
    response.status() == 206 && range.is_some_and(|range| range.starts_with(&start))
}
