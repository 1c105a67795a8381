//! Who may ask: the browser that was given the address, and no page of anybody else in it.
//!
//! Any page that a browser shows can send requests to this machine. So each request has to name this
//! server as its host (else a name that was made to point here reads the answers), to carry the cookie
//! that only the address gives, and, where it says from which page it comes, to come from ours.

use crate::server::{Loopback, hide, is_same, secret};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::{io, sync::Arc, time::Duration};

/// What a request has to have.
pub(super) struct Guard {
    port: u16,
    token: String,
}

/// Most bytes of a request.
pub(super) const BODY_BYTES_MAX: usize = 8 << 20;

/// What is sent has to be there in this time, and be answered.
const POST_TIME: Duration = Duration::from_secs(60);

/// What pages of ours may load: files of this server.
const POLICY: &str = include_str!("page/policy.txt");

impl Guard {
    /// That of a server at `port`.
    ///
    /// # Errors
    /// Where the system gives no random numbers.
    pub(super) fn new(port: u16) -> io::Result<Guard> {
        Ok(Guard { port, token: secret()? })
    }

    /// The address that opens the editor.
    pub(super) fn address(&self) -> String {
        format!("http://127.0.0.1:{}/?token={}", self.port, self.token)
    }

    /// Servers on one machine share its cookies, whatever their ports.
    fn cookie(&self) -> String {
        format!("voixoff-{}={}", self.port, self.token)
    }

    fn has_cookie(&self, headers: &HeaderMap) -> bool {
        let cookies = headers.get_all(header::COOKIE).iter();
        let texts = cookies.filter_map(|cookies| cookies.to_str().ok());
        texts.flat_map(|text| text.split("; ")).any(|one| is_same(one, &self.cookie()))
    }

    /// Whether `query` is the token of the address.
    fn is_key(&self, query: Option<&str>) -> bool {
        query.is_some_and(|query| is_same(query, &format!("token={}", self.token)))
    }
}

/// Answers a request that may ask, and refuses others.
pub(super) async fn guarded(
    State(guard): State<Arc<Guard>>,
    request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    let server = Loopback { port: guard.port };
    if !server.is_host(headers) {
        return refused(StatusCode::MISDIRECTED_REQUEST, "this server is not called so");
    }
    let uri = request.uri();
    if request.method() == Method::GET && uri.path() == "/" && guard.is_key(uri.query()) {
        // The address may be kept in the history; the cookie ends with the browser.
        let cookie = [&*guard.cookie(), "HttpOnly", "SameSite=Strict", "Path=/"].join("; ");
        let headers = [(header::SET_COOKIE, cookie), (header::LOCATION, "/".to_owned())];
        return (StatusCode::SEE_OTHER, headers).into_response();
    }
    if !server.is_origin(headers) || !guard.has_cookie(headers) {
        return refused(
            StatusCode::FORBIDDEN,
            "open the address that `voixoff review` has printed",
        );
    }
    if headers.get(header::CONTENT_LENGTH).is_some_and(is_huge) {
        return refused(StatusCode::PAYLOAD_TOO_LARGE, "this is more than any edit is");
    }
    let is_sent = request.method() == Method::POST;
    let answer = next.run(request);
    let mut response = match is_sent {
        true => match tokio::time::timeout(POST_TIME, answer).await {
            Ok(response) => response,
            Err(_) => return refused(StatusCode::REQUEST_TIMEOUT, "this takes too long"),
        },
        false => answer.await,
    };
    let headers = response.headers_mut();
    hide(headers);
    let policy = HeaderValue::from_static(POLICY);
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    response
}

fn is_huge(length: &HeaderValue) -> bool {
    let length = length.to_str().ok().and_then(|length| length.parse::<usize>().ok());
    length.is_none_or(|length| length > BODY_BYTES_MAX)
}

fn refused(status: StatusCode, why: &'static str) -> Response {
    (status, why).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard() -> Guard {
        Guard { port: 4000, token: "abc".into() }
    }

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        all.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn the_cookie_is_looked_for_whole_among_others() {
        let has = |text: &str| guard().has_cookie(&headers(&[("cookie", text)]));
        assert!(has("a=b; voixoff-4000=abc"));
        for text in
            ["voixoff-4000=ab", "voixoff-4000=abcd", "xvoixoff-4000=abc", "voixoff-4001=abc"]
        {
            assert!(!has(text), "{text}");
        }
    }
}
