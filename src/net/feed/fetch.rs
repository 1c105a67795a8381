//! Feeds over the network; asked again, a server says only what is new.

use super::{Feed, FeedError, FeedSettings, limited};
use crate::net::web::{self, Asker, Method, Patience, Validators, WebError};
use std::io::{self, Read};
use ureq::http::header;

/// What a server says when it is asked again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Nothing is new.
    Unchanged,
    /// The feed as it is now.
    Changed(Fetched),
    /// It is no text at all, and may be sound; its media type, which may be empty.
    Binary(String),
}

/// A feed as a server gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Whatever it sent.
    pub bytes: Vec<u8>,
    /// How to ask next time.
    pub validators: Validators,
    /// Where it came from, behind all redirections: relative addresses are seen from there.
    pub place: String,
}

impl Feed {
    /// The feed at `address`, asked for once.
    ///
    /// # Errors
    /// [`FeedError::Unaskable`], [`FeedError::Unreachable`], [`FeedError::Refused`],
    /// [`FeedError::Waits`], [`FeedError::TooLong`] or [`FeedError::Malformed`].
    pub fn fetch(address: &str, settings: FeedSettings) -> Result<Feed, FeedError> {
        match Feed::fetch_again(address, settings, None)? {
            Answer::Changed(Fetched { bytes, place, .. }) => Feed::parse(&bytes, &place),
            other => Err(unasked(address, other)),
        }
    }

    /// The bytes at `address`, whatever they are.
    pub(super) fn fetch_once(address: &str, settings: FeedSettings) -> Result<Vec<u8>, FeedError> {
        match Feed::fetch_again(address, settings, None)? {
            Answer::Changed(Fetched { bytes, .. }) => Ok(bytes),
            other => Err(unasked(address, other)),
        }
    }

    /// The bytes of the feed at `address`, unless they are those of the `known` validators. What is
    /// no text is not read.
    ///
    /// # Errors
    /// [`FeedError::Unaskable`], [`FeedError::Unreachable`], [`FeedError::Refused`],
    /// [`FeedError::Waits`] or [`FeedError::TooLong`].
    pub(crate) fn fetch_again(
        address: &str,
        settings: FeedSettings,
        known: Option<&Validators>,
    ) -> Result<Answer, FeedError> {
        let address = &*web::typed(address).unwrap_or(address.into());
        let shown = || web::public(address).into_owned();
        let unreachable = |reason| FeedError::Unreachable { address: shown(), reason };
        let conditions: Vec<_> = known
            .into_iter()
            .flat_map(|known| {
                [
                    Some(header::IF_NONE_MATCH).zip(known.etag.clone()),
                    Some(header::IF_MODIFIED_SINCE).zip(known.last_modified.clone()),
                ]
            })
            .flatten()
            .collect();
        let asker = Asker::new(Patience {
            connect: settings.connect_timeout,
            stall: settings.timeout,
            // Also of one that sends a byte a second.
            whole: Some(settings.timeout),
        });
        let unchanged = if conditions.is_empty() { [].as_slice() } else { &[304] };
        let response = asker.ask(Method::Get, address, &conditions, unchanged).map_err(
            |error| match error {
                WebError::Unaskable(reason) => FeedError::Unaskable { address: shown(), reason },
                WebError::Unreachable(reason) => unreachable(reason),
                WebError::Refused(status) => FeedError::Refused { address: shown(), status },
                WebError::Waits(wait) => FeedError::Waits { address: shown(), wait },
            },
        )?;
        if response.status() == 304 {
            return Ok(Answer::Unchanged);
        }
        let validators = Validators::of(response.headers());
        let kind = web::said(response.headers(), &header::CONTENT_TYPE);
        let kind = kind.unwrap_or_default().to_owned();
        let place = web::place(&response);
        // The limit is ours, so that it is told apart from a cut.
        let mut body = response.into_body().into_with_config().limit(u64::MAX).reader();
        let unread = |error: io::Error| unreachable(error.to_string());
        let mut head = Vec::new();
        (&mut body).take(web::HEAD_BYTES as u64).read_to_end(&mut head).map_err(unread)?;
        if !web::is_text(&head) {
            return Ok(Answer::Binary(kind));
        }
        let all = head.as_slice().chain(body);
        let bytes = limited(all, &web::public(address), settings.bytes_max, unread)?;
        Ok(Answer::Changed(Fetched { bytes, validators, place }))
    }
}

/// What is no feed, where one was asked for.
fn unasked(address: &str, answer: Answer) -> FeedError {
    let address = web::public(address).into_owned();
    match answer {
        Answer::Binary(_) => {
            FeedError::Malformed { place: address, reason: "it is no text".to_owned() }
        }
        // Nothing was known that could have been unchanged.
        Answer::Unchanged | Answer::Changed(_) => FeedError::Refused { address, status: 304 },
    }
}
