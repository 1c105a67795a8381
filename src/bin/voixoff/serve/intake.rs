//! What a client sends, as far as it is taken: so many bytes, and not too slowly.

use super::trouble::Trouble;
use axum::{
    body::{Body, BodyDataStream, Bytes},
    http::StatusCode,
};
use futures_util::{StreamExt, stream};
use std::{io, sync::Arc, time::Duration};
use tokio::{
    sync::Mutex,
    time::{self, Instant},
};

/// A request may take this time, and a second more for each so many bytes that came.
const TIME: Duration = Duration::from_secs(30);
const BYTES_PER_SECOND_MIN: u64 = 32_768;

/// What is refused is read on for so long: a client that sends all before it reads gets its answer.
const DRAIN_TIME: Duration = Duration::from_secs(5);

/// The body of a request.
pub(super) struct Intake(Mutex<State>);

struct State {
    body: BodyDataStream,
    began: Instant,
    bytes_max: u64,
    n_bytes: u64,
    stop: Option<Stop>,
}

/// Why no more is taken.
#[derive(Clone, Copy)]
enum Stop {
    Ended,
    TooLarge,
    TooSlow,
}

impl Intake {
    /// That of `body`, of which `bytes_max` are taken.
    pub(super) fn new(body: Body, bytes_max: u64) -> Arc<Intake> {
        let body = body.into_data_stream();
        let state = State { body, began: Instant::now(), bytes_max, n_bytes: 0, stop: None };
        Arc::new(Intake(Mutex::new(state)))
    }

    /// What is taken of it, as a body.
    pub(super) fn body(self: &Arc<Intake>) -> Body {
        Body::from_stream(stream::unfold(Arc::clone(self), |intake| async move {
            let next = intake.0.lock().await.next().await;
            next.map(|bytes| (bytes, intake))
        }))
    }

    /// Why the client got no further; `None` where that is not its body's fault.
    pub(super) async fn trouble(&self) -> Option<Trouble> {
        let state = self.0.lock().await;
        match state.stop? {
            Stop::Ended => None,
            Stop::TooLarge => Some(too_large(state.bytes_max)),
            Stop::TooSlow => Some(Trouble::new(
                StatusCode::REQUEST_TIMEOUT,
                Some("upload_too_slow"),
                "the recording comes too slowly",
            )),
        }
    }

    /// How much came.
    pub(super) async fn n_bytes(&self) -> u64 {
        self.0.lock().await.n_bytes
    }

    /// Reads on for a while, and keeps nothing.
    pub(super) async fn drain(&self) {
        let mut state = self.0.lock().await;
        if !matches!(state.stop, Some(Stop::Ended | Stop::TooSlow)) {
            let rest = async { while let Some(Ok(_)) = state.body.next().await {} };
            let _ = time::timeout(DRAIN_TIME, rest).await;
        }
    }
}

/// Says that recordings have at most `bytes_max` bytes.
pub(super) fn too_large(bytes_max: u64) -> Trouble {
    let megabytes = bytes_max >> 20;
    Trouble::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        Some("file_too_large"),
        format!("the recording is larger than {megabytes} MB"),
    )
}

impl State {
    async fn next(&mut self) -> Option<io::Result<Bytes>> {
        if self.stop.is_some() {
            return None;
        }
        let more = Duration::from_secs(self.n_bytes / BYTES_PER_SECOND_MIN);
        match time::timeout_at(self.began + TIME + more, self.body.next()).await {
            Err(_) => Some(Err(self.stopped(Stop::TooSlow))),
            Ok(None) => {
                self.stop = Some(Stop::Ended);
                None
            }
            Ok(Some(Err(error))) => {
                self.stop = Some(Stop::Ended);
                Some(Err(io::Error::other(error)))
            }
            Ok(Some(Ok(bytes))) => {
                self.n_bytes += bytes.len() as u64;
                let is_more = self.n_bytes > self.bytes_max;
                Some(if is_more { Err(self.stopped(Stop::TooLarge)) } else { Ok(bytes) })
            }
        }
    }

    fn stopped(&mut self, stop: Stop) -> io::Error {
        self.stop = Some(stop);
        io::ErrorKind::InvalidData.into()
    }
}
