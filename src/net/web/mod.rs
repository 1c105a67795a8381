//! Asking servers of the web, with the manners that they may expect: who asks says so, a
//! server that wants to be left alone is, and nobody is waited for without an end.

mod address;
mod pace;
mod post;
mod waits;

pub use address::{file_name, host, is_http, is_public, public, resolved, typed, without_secrets};
pub use post::{PostError, post};
pub use waits::{Wait, wait};

pub(crate) use pace::Pace;

use crate::base::notes::empty_if_none;
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};
use ureq::{
    Body, ResponseExt,
    http::{HeaderMap, HeaderName, Response, StatusCode, header},
};

/// Who asks: program, version, and where it is at home, if `Cargo.toml` says so.
pub fn user_agent() -> String {
    named(env!("CARGO_PKG_VERSION"), env!("CARGO_PKG_HOMEPAGE"))
}

fn named(version: &str, homepage: &str) -> String {
    match homepage {
        "" => format!("voixoff/{version}"),
        homepage => format!("voixoff/{version} (+{homepage})"),
    }
}

/// How long a server is waited for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// Until it takes the call.
    pub(crate) connect: Duration,
    /// Until its answer begins, and at each place where nothing comes.
    pub(crate) stall: Duration,
    /// In all; `None` for as long as something comes.
    pub(crate) whole: Option<Duration>,
}

/// Why a server gives no answer that is one.
#[derive(Debug)]
pub(crate) enum WebError {
    /// No server can be asked for such an address.
    Unaskable(String),
    /// It cannot be reached, or leads in circles.
    Unreachable(String),
    /// It answers with this status.
    Refused(u16),
    /// It asks to be left alone, now or before.
    Waits(Wait),
}

/// How a server knows a content again (RFC 9110, sections 8.8.2 and 8.8.3).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validators {
    /// `ETag`.
    #[serde(with = "empty_if_none")]
    pub etag: Option<String>,
    /// `Last-Modified`.
    #[serde(with = "empty_if_none")]
    pub last_modified: Option<String>,
}

impl Validators {
    /// Those of an answer.
    pub(crate) fn of(headers: &HeaderMap) -> Validators {
        let text = |name| said(headers, &name).filter(|value| !value.is_empty()).map(str::to_owned);
        Validators { etag: text(header::ETAG), last_modified: text(header::LAST_MODIFIED) }
    }

    /// The better of the two.
    pub fn best(&self) -> Option<&str> {
        self.etag.as_deref().or(self.last_modified.as_deref())
    }

    /// The one by which a part is known to be of the same content (RFC 9110, section 13.1.5).
    pub(crate) fn strong(&self) -> Option<&str> {
        let etag = self.etag.as_deref().filter(|etag| etag.starts_with('"'));
        etag.or(self.last_modified.as_deref())
    }

    /// Whether a part that `other` marks may be of the same content: whatever both say is the
    /// same.
    pub(crate) fn may_be(&self, other: &Validators) -> bool {
        let may_be = |one: &Option<String>, other: &Option<String>| {
            one.is_none() || other.is_none() || one == other
        };
        may_be(&self.etag, &other.etag) && may_be(&self.last_modified, &other.last_modified)
    }
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    /// A content.
    Get,
    /// What is said of it.
    Head,
}

/// What the header called `name` says; `None` where it is not there, or no text.
pub(crate) fn said<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Redirections that are followed; browsers give up after twenty.
const REDIRECTIONS_MAX: usize = 10;

/// Asks servers, some for long answers.
pub(crate) struct Asker {
    agent: ureq::Agent,
    /// How long an answer is waited for, behind all redirections.
    whole: Option<Duration>,
}

impl Asker {
    pub(crate) fn new(patience: Patience) -> Asker {
        let config = ureq::Agent::config_builder()
            .user_agent(user_agent())
            .timeout_resolve(Some(patience.connect))
            .timeout_connect(Some(patience.connect))
            .timeout_recv_response(Some(patience.stall))
            .timeout_per_read(Some(patience.stall))
            // Some servers send addresses that are none before they are encoded.
            .max_redirects(0)
            .http_status_as_error(false);
        Asker { agent: config.build().into(), whole: patience.whole }
    }

    /// What the server says to `method` of `address`: 2xx, or one of `wanted`.
    pub(crate) fn ask(
        &self,
        method: Method,
        address: &str,
        headers: &[(HeaderName, String)],
        wanted: &[u16],
    ) -> Result<Response<Body>, WebError> {
        // A server that asked to be left alone is not even told why it is called.
        if let Some(wait) = waits::wait(address) {
            return Err(WebError::Waits(wait));
        }
        let response = self.followed(method, address, headers)?;
        let status = response.status().as_u16();
        if matches!(status, 429 | 503) {
            let after = said(response.headers(), &header::RETRY_AFTER);
            if status == 429 || after.is_some() {
                return Err(WebError::Waits(waits::note(address, after, status)));
            }
        }
        if !response.status().is_success() && !wanted.contains(&status) {
            return Err(WebError::Refused(status));
        }
        waits::forget(address);
        Ok(response)
    }

    /// What is said at the end of all redirections from `address`. Who asks is told only to the
    /// server that was asked first, and to one whose address says so.
    fn followed(
        &self,
        method: Method,
        address: &str,
        headers: &[(HeaderName, String)],
    ) -> Result<Response<Body>, WebError> {
        let (place, user) = address::without_user(address);
        let mut place = address::asked_for(&place).map_err(WebError::Unaskable)?;
        let mut headers = headers.to_vec();
        headers.extend(user.map(|user| authorization(&user)));
        let began = Instant::now();
        for _ in 0..=REDIRECTIONS_MAX {
            let response = self.answer(method, &place, &headers, began)?;
            let location = response.headers().get(header::LOCATION);
            let status = response.status();
            let leads = status.is_redirection() && status != StatusCode::NOT_MODIFIED;
            let Some(location) = location.filter(|_| leads) else { return Ok(response) };
            let location = address::encoded(location.as_bytes().trim_ascii());
            let next = resolved(&place, &location).ok_or_else(|| {
                let location = public(&location);
                WebError::Unreachable(format!("it leads to `{location}`, which is no web address"))
            })?;
            let (next, user) = address::without_user(&next);
            let before = place;
            place = address::asked_for(&next).map_err(|reason| {
                WebError::Unreachable(format!("it leads to `{}`: {reason}", public(&next)))
            })?;
            if user.is_some() || address::server(&before) != address::server(&place) {
                headers.retain(|(name, _)| *name != header::AUTHORIZATION);
                headers.extend(user.map(|user| authorization(&user)));
            }
        }
        Err(WebError::Unreachable("it leads from one address to another without end".to_owned()))
    }

    /// What the server at `place` says.
    fn answer(
        &self,
        method: Method,
        place: &str,
        headers: &[(HeaderName, String)],
        began: Instant,
    ) -> Result<Response<Body>, WebError> {
        let request = match method {
            Method::Get => self.agent.get(place),
            Method::Head => self.agent.head(place),
        };
        let left = self.whole.map(|whole| whole.saturating_sub(began.elapsed()));
        let mut request = request.config().timeout_global(left).build();
        for (name, value) in headers {
            request = request.header(name, value);
        }
        request.call().map_err(|error| {
            // Some of them name the address, with all that is in it.
            let reason = error.to_string().replace(place, &public(place));
            WebError::Unreachable(reason)
        })
    }
}

/// So many bytes tell text from sound.
pub(crate) const HEAD_BYTES: usize = 512;

/// Whether `head`, the first bytes of a content, is text and not sound or a picture: no
/// container of either begins without a byte that no text has.
pub(crate) fn is_text(head: &[u8]) -> bool {
    let is_wide = head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff");
    // MPEG audio begins with eleven bits set; its second byte is never that of the mark.
    let is_wide = is_wide && head.get(2..6).is_some_and(|rest| rest.contains(&b'<'));
    is_wide || !head.iter().any(|byte| matches!(byte, 0..=8 | 14..=26 | 28..=31 | 127))
}

/// Whether `head` begins a page of HTML.
pub(crate) fn is_page(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches('\u{feff}').trim_start().to_lowercase();
    let begins = |start: &str| text.starts_with(start);
    is_text(head)
        && (begins("<!doctype html")
            || begins("<html")
            || begins("<head")
            || begins("<body")
            || ((begins("<?xml") || begins("<!--")) && text.contains("<html")))
}

/// Where `response` is from, behind all redirections.
pub(crate) fn place(response: &Response<Body>) -> String {
    response.get_uri().to_string()
}

/// The header that says who asks: `user` is `name:password` (RFC 7617).
fn authorization(user: &[u8]) -> (HeaderName, String) {
    (header::AUTHORIZATION, format!("Basic {}", base64(user)))
}

/// `bytes` in base 64, as RFC 4648 has it in section 4.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let byte = |n: usize| u32::from(group.get(n).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for n in 0..4_usize {
            let digit = DIGITS[(bits >> (18 - 6 * n) & 63) as usize];
            text.push(if n <= group.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_is_written_as_the_standard_has_it() {
        assert_eq!(base64(b"Aladdin:open sesame"), "QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!([base64(b""), base64(b"foo"), base64(b"foob")], ["", "Zm9v", "Zm9vYg=="]);
        assert_eq!(named("1.2", "https://a.fr"), "voixoff/1.2 (+https://a.fr)");
        assert_eq!(named("1.2", ""), "voixoff/1.2");
    }

    #[test]
    fn pages_are_told_from_sound_and_from_feeds() {
        for page in ["\u{feff} <!DOCTYPE html>", "<HTML lang=fr>", "<?xml version='1.0'?><html>"] {
            assert!(is_page(page.as_bytes()), "{page}");
        }
        let feed = "<?xml version='1.0' encoding='ISO-8859-1'?><rss><title>L'\u{e9}t\u{e9}";
        let latin: Vec<u8> = feed.chars().map(|c| c as u8).collect();
        assert!(is_text(&latin) && is_text(b"") && !is_page(feed.as_bytes()));
        for sound in [&b"ID3\x04\0"[..], b"\xff\xfb\x90\x64\0", b"RIFF\x24\0", b"OggS\0\x02"] {
            assert!(!is_text(sound) && !is_page(sound));
        }
    }

    #[test]
    fn a_part_that_is_marked_otherwise_is_of_another_content() {
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let marked = |etag: &str, last_modified: &str| Validators {
            etag: text(etag),
            last_modified: text(last_modified),
        };
        assert!(marked("\"a\"", "").may_be(&marked("\"a\"", "hier")));
        assert!(marked("\"a\"", "hier").may_be(&marked("", "")));
        assert!(!marked("\"a\"", "hier").may_be(&marked("\"b\"", "hier")));
        assert!(!marked("", "hier").may_be(&marked("", "demain")));
    }
}
