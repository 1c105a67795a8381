//! Downloads: sound from its publisher, and whatever else may be cut.
//!
//! What came before a cut is kept beside the target, and the next try asks only for the
//! rest, if the server says that it is the rest of the same (`If-Range`, RFC 9110 section
//! 13.1.5), or if a digest will. Some servers say so without looking: the validators of the rest are
//! compared with those of the beginning (section 15.3.7.3), and its place and length with what
//! was asked for. Nothing gets its name before it is whole.

mod error;
mod resume;

pub use error::DownloadError;
pub(crate) use resume::{Content, Download};

use crate::{
    base::progress::Cancel,
    net::web::{self, Asker, Method, Patience, Validators},
};
use resume::IDENTITY;
use std::{path::Path, time::Duration};
use ureq::http::header;

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
    pub(crate) const EPISODE: DownloadSettings = DownloadSettings {
        connect_timeout: Duration::from_secs(20),
        stall_timeout: Duration::from_secs(60),
        bytes_max: 8_000_000_000,
    };
}

impl DownloadSettings {
    fn patience(self) -> Patience {
        Patience { connect: self.connect_timeout, stall: self.stall_timeout, whole: None }
    }
}

/// Tries on a server that stumbles.
const TRIES: u32 = 3;

/// The validator that the publisher of the sound at `address` gives it now; `None` where none is
/// told, for whatever reason: nothing depends on it.
pub(crate) fn validator(address: &str, settings: DownloadSettings) -> Option<String> {
    let asker = Asker::new(settings.patience());
    let headers = [(header::ACCEPT_ENCODING, IDENTITY.to_owned())];
    let response = asker.ask(Method::Head, address, &headers, &[]).ok()?;
    Validators::of(response.headers()).best().map(str::to_owned)
}

/// Downloads the sound at `address` to `target`, whose folder must exist; its validator there, if
/// it has one.
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
) -> Result<Option<String>, DownloadError> {
    let content = Content::Any { bytes_max: settings.bytes_max, refuses: &no_sound };
    let patience = settings.patience();
    let download = Download::new(address, target, content, patience, cancel).tried(TRIES);
    Ok(download.run(&mut |_, _| ())?.best().map(str::to_owned))
}

/// What `head`, the first bytes, says that a content is, if that is no sound. What the server
/// calls it, `kind`, counts only where it is text: many call sound by wrong names.
fn no_sound(head: &[u8], kind: &str) -> Option<String> {
    let kind = kind.split(';').next().unwrap_or_default().trim().to_lowercase();
    if web::is_page(head) {
        let called = match kind.as_str() {
            "" | "text/html" | "application/xhtml+xml" => String::new(),
            kind => format!(" and calls it {kind}"),
        };
        return Some(format!("a web page (HTML){called}"));
    }
    let is_other = kind.starts_with("image/")
        || ["text/", "application/json", "application/xml"]
            .iter()
            .any(|other| kind.starts_with(other) && web::is_text(head));
    is_other.then_some(kind)
}
