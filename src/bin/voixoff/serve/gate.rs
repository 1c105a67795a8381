//! Who may ask, and how much may come with it.

use super::{
    Api,
    intake::{Intake, too_large},
    trouble::Trouble,
};
use crate::server::{Loopback, hide, is_same};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::sync::Arc;

/// Answers without a token: nobody learns more than that there is a server.
const OPEN: &str = "/health";

/// What a request has to have.
pub(super) struct Gate {
    pub(super) token: Option<String>,
    pub(super) loopback: Loopback,
    /// Most bytes of a request.
    pub(super) bytes_max: u64,
}

impl Gate {
    /// Whether a request carries the token, or needs none.
    pub(super) fn knows(&self, headers: &HeaderMap) -> bool {
        let Some(token) = &self.token else { return true };
        let sent = headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok());
        let sent = sent.and_then(|it| it.split_once(' '));
        sent.is_some_and(|(scheme, it)| {
            scheme.eq_ignore_ascii_case("bearer") && is_same(it.trim(), token)
        })
    }

    /// Why the request at `path` is not answered.
    fn refusal(&self, path: &str, headers: &HeaderMap) -> Option<Trouble> {
        if self.token.is_none() {
            // Any page that a browser shows may send requests, and any name may point here.
            if !self.loopback.is_host(headers) {
                let code = Some("unknown_host");
                let message = "this server is not called so";
                return Some(Trouble::new(StatusCode::MISDIRECTED_REQUEST, code, message));
            }
            if !self.loopback.is_origin(headers) {
                let message = "pages of the web may not ask this server";
                return Some(Trouble::new(StatusCode::FORBIDDEN, Some("foreign_page"), message));
            }
        }
        if path != OPEN && !self.knows(headers) {
            let message = "the token is missing, or is another one";
            return Some(Trouble::new(StatusCode::UNAUTHORIZED, Some("invalid_api_key"), message));
        }
        let length = headers.get(header::CONTENT_LENGTH).map(HeaderValue::to_str);
        let length = length.and_then(|it| it.ok()?.parse::<u64>().ok());
        length.filter(|length| *length > self.bytes_max).map(|_| too_large(self.bytes_max))
    }
}

/// Answers a request that may ask, and refuses others.
pub(super) async fn passed(State(api): State<Arc<Api>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let intake = Intake::new(body, api.gate.bytes_max);
    let refusal = api.gate.refusal(parts.uri.path(), &parts.headers);
    // Who asks first whether to send is told so before anything comes.
    let is_asked = refusal.is_some() && parts.headers.contains_key(header::EXPECT);
    let mut response = match refusal {
        Some(trouble) => trouble.into_response(),
        None => next.run(Request::from_parts(parts, intake.body())).await,
    };
    if let Some(trouble) = intake.trouble().await {
        response = trouble.into_response();
    }
    let status = response.status();
    if !is_asked && (status.is_client_error() || status.is_server_error()) {
        intake.drain().await;
    }
    api.metrics.answered(status, intake.n_bytes().await);
    hide(response.headers_mut());
    response
}
