//! Feeds over the network; asked again, a server says only what is new.

use super::{Feed, FeedError, FeedSettings, limited};
use serde::{Deserialize, Serialize};
use std::io;
use ureq::http::{HeaderMap, HeaderName, header};

/// How a server knows a content again (RFC 9110, sections 8.8.2 and 8.8.3). Empty where it
/// has no such mark.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validators {
    /// `ETag`.
    pub etag: String,
    /// `Last-Modified`.
    pub last_modified: String,
}

impl Validators {
    /// Those of an answer.
    pub(crate) fn of(headers: &HeaderMap) -> Validators {
        let text = |name: HeaderName| {
            let value = headers.get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        Validators { etag: text(header::ETAG), last_modified: text(header::LAST_MODIFIED) }
    }

    /// The better of the two; empty without any.
    pub fn mark(&self) -> &str {
        if self.etag.is_empty() { &self.last_modified } else { &self.etag }
    }
}

/// What a server says when it is asked again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Nothing is new.
    Unchanged,
    /// The feed as it is now, and how to ask next time.
    Changed(Vec<u8>, Validators),
}

impl Feed {
    /// The feed at `address`, asked for once.
    ///
    /// # Errors
    /// [`FeedError::Unreachable`], [`FeedError::Refused`], [`FeedError::TooLong`] or
    /// [`FeedError::Malformed`].
    pub fn fetch(address: &str, settings: FeedSettings) -> Result<Feed, FeedError> {
        Feed::parse(&Feed::fetch_once(address, settings)?, address)
    }

    /// The bytes at `address`, whatever they are.
    pub(super) fn fetch_once(address: &str, settings: FeedSettings) -> Result<Vec<u8>, FeedError> {
        match Feed::fetch_again(address, settings, None)? {
            Answer::Changed(bytes, _) => Ok(bytes),
            // Not asked that way.
            Answer::Unchanged => {
                Err(FeedError::Refused { address: address.to_owned(), status: 304 })
            }
        }
    }

    /// The bytes of the feed at `address`, unless they are those that `known` marks.
    ///
    /// # Errors
    /// [`FeedError::Unreachable`], [`FeedError::Refused`] or [`FeedError::TooLong`].
    pub fn fetch_again(
        address: &str,
        settings: FeedSettings,
        known: Option<&Validators>,
    ) -> Result<Answer, FeedError> {
        let config = ureq::Agent::config_builder()
            .timeout_resolve(Some(settings.connect_timeout))
            .timeout_connect(Some(settings.connect_timeout))
            .timeout_global(Some(settings.timeout))
            .http_status_as_error(false)
            .build();
        let unreachable = |reason: String| {
            let address = address.to_owned();
            FeedError::Unreachable { address, reason }
        };
        let mut request = ureq::Agent::from(config).get(address);
        for (name, value) in known.into_iter().flat_map(|known| {
            [
                (header::IF_NONE_MATCH, &known.etag),
                (header::IF_MODIFIED_SINCE, &known.last_modified),
            ]
        }) {
            if !value.is_empty() {
                request = request.header(name, value);
            }
        }
        let response = request.call().map_err(|error| unreachable(error.to_string()))?;
        let status = response.status().as_u16();
        if status == 304 && known.is_some() {
            return Ok(Answer::Unchanged);
        }
        if !response.status().is_success() {
            return Err(FeedError::Refused { address: address.to_owned(), status });
        }
        let validators = Validators::of(response.headers());
        // The limit is ours, so that it is told apart from a cut.
        let body = response.into_body().into_with_config().limit(u64::MAX).reader();
        let unread = |error: io::Error| unreachable(error.to_string());
        Ok(Answer::Changed(limited(body, address, settings.bytes_max, unread)?, validators))
    }
}
