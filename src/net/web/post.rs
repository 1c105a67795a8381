//! Telling a server something: a short JSON, and no answer but its status.

use super::{address, public, user_agent};
use std::time::Duration;

/// A server that takes no longer than this to hear of it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a server has not taken what it was told.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// No server can be told anything at such an address, or none is there.
    #[error("`{address}` cannot be reached: {reason}")]
    Unreachable {
        /// Where, without what is secret in it.
        address: String,
        /// What the network says.
        reason: String,
    },
    /// It answers with another status than success.
    #[error("`{address}` answers with status {status}")]
    Refused {
        /// Where, without what is secret in it.
        address: String,
        /// The status.
        status: u16,
    },
}

/// Sends `json` to the server at `address`, which must take it within half a minute. No redirection
/// is followed.
///
/// # Errors
/// Any [`PostError`]; the server may have heard of it all the same.
pub fn post(address: &str, json: &str) -> Result<(), PostError> {
    let shown = || public(address).into_owned();
    let unreachable = |reason| PostError::Unreachable { address: shown(), reason };
    let (place, user) = address::without_user(address);
    let place = address::asked_for(&place).map_err(unreachable)?;
    let config = ureq::Agent::config_builder()
        .user_agent(user_agent())
        .timeout_global(Some(PATIENCE))
        .max_redirects(0)
        .http_status_as_error(false);
    let agent: ureq::Agent = config.build().into();
    let mut request = agent.post(&place).content_type("application/json");
    if let Some(user) = user {
        let (name, value) = super::authorization(&user);
        request = request.header(name, value);
    }
    let response = request
        .send(json)
        .map_err(|error| unreachable(error.to_string().replace(&place, &public(&place))))?;
    match response.status() {
        status if status.is_success() => Ok(()),
        status => Err(PostError::Refused { address: shown(), status: status.as_u16() }),
    }
}
