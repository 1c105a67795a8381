//! Who asks a server of this machine: any page of the web may send it requests, and any name may be
//! made to point to it.

use axum::http::{HeaderMap, HeaderValue, header};
use std::{fmt::Write, io};

/// The names that a server on the loopback has.
const NAMES: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

/// A server on the loopback, by its port.
#[derive(Clone, Copy)]
pub(crate) struct Loopback {
    pub(crate) port: u16,
}

impl Loopback {
    /// Whether a request calls the server by a name of its own.
    pub(crate) fn is_host(self, headers: &HeaderMap) -> bool {
        let host = headers.get(header::HOST).map(HeaderValue::as_bytes);
        let ours = NAMES.map(|name| format!("{name}:{}", self.port));
        host.is_some_and(|host| ours.iter().any(|own| own.as_bytes() == host))
    }

    /// Whether a request comes from a page of this server, or from none.
    pub(crate) fn is_origin(self, headers: &HeaderMap) -> bool {
        let origin = headers.get(header::ORIGIN).map(HeaderValue::as_bytes);
        let ours = NAMES.map(|name| format!("http://{name}:{}", self.port));
        let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
        origin.is_none_or(|origin| ours.iter().any(|own| own.as_bytes() == origin))
            && site.is_none_or(|site| site == b"same-origin" || site == b"none")
    }
}

/// A text that nobody guesses: 48 digits.
///
/// # Errors
/// Where the system gives no random numbers.
pub(crate) fn secret() -> io::Result<String> {
    let mut bytes = [0; 24];
    getrandom::fill(&mut bytes).map_err(io::Error::from)?;
    let mut secret = String::new();
    for byte in bytes {
        let _ = write!(secret, "{byte:02x}");
    }
    Ok(secret)
}

/// Whether two texts are the same, in a time that tells nothing of where they differ.
pub(crate) fn is_same(one: &str, other: &str) -> bool {
    let differ = one.bytes().zip(other.bytes()).fold(0, |all, (one, other)| all | (one ^ other));
    one.len() == other.len() && differ == 0
}

/// Adds to the `headers` of an answer what keeps it from others: it is what it says, it stays in no
/// cache, and no page of somebody else has it.
pub(crate) fn hide(headers: &mut HeaderMap) {
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER: Loopback = Loopback { port: 4000 };

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        all.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_its_own_names_are_its_host() {
        for host in ["127.0.0.1:4000", "localhost:4000", "[::1]:4000"] {
            assert!(SERVER.is_host(&headers(&[("host", host)])), "{host}");
        }
        for host in ["evil.example:4000", "127.0.0.1:4001", "127.0.0.1", "localhost.evil:4000", ""]
        {
            assert!(!SERVER.is_host(&headers(&[("host", host)])), "{host}");
        }
        assert!(!SERVER.is_host(&headers(&[])));
    }

    #[test]
    fn a_page_of_others_is_told_from_ours() {
        let is_origin = |all: &[(&'static str, &str)]| SERVER.is_origin(&headers(all));
        assert!(is_origin(&[]));
        assert!(is_origin(&[
            ("origin", "http://127.0.0.1:4000"),
            ("sec-fetch-site", "same-origin")
        ]));
        assert!(!is_origin(&[("origin", "http://evil.example")]));
        assert!(!is_origin(&[("origin", "null")]));
        assert!(!is_origin(&[("sec-fetch-site", "cross-site")]));
        assert!(!is_origin(&[("sec-fetch-site", "same-site")]));
    }

    #[test]
    fn a_secret_is_the_same_as_itself_alone() {
        let (one, other) = (secret().unwrap(), secret().unwrap());
        assert!(one.len() == 48 && is_same(&one, &one) && !is_same(&one, &other));
        assert!(!is_same("abc", "ab") && !is_same("", "a"));
    }
}
