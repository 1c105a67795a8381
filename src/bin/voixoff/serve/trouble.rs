//! What went wrong, as clients of OpenAI's interface read it.

use crate::language::told;
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

/// When a client that found no place should come again, in seconds.
const AGAIN_S: u16 = 5;

/// Why a request has no answer.
#[derive(Debug, Clone)]
pub(super) struct Trouble {
    status: StatusCode,
    message: String,
    /// The field of the form that is wrong.
    param: Option<&'static str>,
    /// What programs know it by.
    code: Option<&'static str>,
}

impl Trouble {
    pub(super) fn new(
        status: StatusCode,
        code: Option<&'static str>,
        message: impl Into<String>,
    ) -> Trouble {
        Trouble { status, message: message.into(), param: None, code }
    }

    /// A request that cannot be carried out as it is.
    pub(super) fn invalid(message: impl Into<String>) -> Trouble {
        Trouble::new(StatusCode::BAD_REQUEST, None, message)
    }

    /// The same, because of the field `param`.
    pub(super) fn of_field(param: &'static str, message: impl Into<String>) -> Trouble {
        Trouble { param: Some(param), ..Trouble::invalid(message) }
    }

    /// What is this server's fault.
    pub(super) fn own(message: impl Into<String>) -> Trouble {
        Trouble::new(StatusCode::INTERNAL_SERVER_ERROR, None, message)
    }

    pub(super) fn no_job() -> Trouble {
        Trouble::new(StatusCode::NOT_FOUND, Some("not_found"), "there is no such job, or no longer")
    }

    pub(super) fn canceled() -> Trouble {
        Trouble::new(StatusCode::CONFLICT, Some("canceled"), "the job was canceled")
    }

    pub(super) fn is_canceled(&self) -> bool {
        self.code == Trouble::canceled().code
    }

    /// The object that clients expect.
    pub(super) fn json(&self) -> Value {
        let kind = match self.status {
            StatusCode::TOO_MANY_REQUESTS => "rate_limit_error",
            status if status.is_server_error() => "server_error",
            _ => "invalid_request_error",
        };
        json!({ "message": told(&self.message), "type": kind, "param": self.param, "code": self.code })
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(json!({ "error": self.json() }))).into_response();
        let headers = response.headers_mut();
        match self.status {
            StatusCode::TOO_MANY_REQUESTS => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(AGAIN_S));
            }
            StatusCode::UNAUTHORIZED => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            _ => (),
        }
        response
    }
}
