//! The server of the editor: which request goes where.

use super::{
    answers, assets,
    desk::Desk,
    equal,
    guard::{BODY_BYTES_MAX, Guard, guarded},
    learned,
};
use crate::server::{Limits, accept, runtime};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
};
use std::{net::TcpListener, sync::Arc, time::Duration};

const LIMITS: Limits =
    Limits { connections: 256, connection: Duration::from_secs(3_600), taking: None };

/// Answers at `listener` until the process ends.
///
/// # Errors
/// Where the system cannot listen.
pub(super) fn serve(
    listener: TcpListener,
    desk: Arc<Desk>,
    guard: Arc<Guard>,
) -> anyhow::Result<()> {
    runtime()?.block_on(accept(listener, router(desk, guard), LIMITS))
}

fn router(desk: Arc<Desk>, guard: Arc<Guard>) -> Router {
    Router::new()
        .route("/", get(assets::list))
        .route("/episode/{number}", get(assets::editor))
        .route("/assets/{name}", get(assets::file))
        .route("/api/episodes", get(answers::episodes))
        .route("/api/search", get(answers::search))
        .route("/api/equal", get(equal::equal).post(equal::replace))
        .route("/api/learned", get(learned::learned).post(learned::keep))
        .route("/api/episodes/{number}", get(answers::document))
        .route("/api/episodes/{number}/revision", get(answers::revision))
        .route("/api/episodes/{number}/edits", post(answers::edit))
        .route("/api/episodes/{number}/second/{speaker}", get(answers::second))
        .route("/api/episodes/{number}/sound", get(answers::sound))
        .route("/api/episodes/{number}/peaks", get(answers::peaks))
        .route("/api/episodes/{number}/as/{format}", get(answers::rendered))
        .route("/api/episodes/{number}/publish", post(answers::publish))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(middleware::from_fn_with_state(guard, guarded))
        .with_state(desk)
}
