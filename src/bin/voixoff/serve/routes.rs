//! Which request goes where.

use super::{
    Api, form, gate,
    queue::{Job, JobState, Queue},
    reply::Reply,
    trouble::Trouble,
};
use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, Multipart, Path, State, multipart::MultipartRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures_util::stream;
use serde_json::{Value, json};
use std::{convert::Infallible, sync::Arc, time::Duration};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

type Shared = State<Arc<Api>>;
type Parts = Result<Multipart, MultipartRejection>;

/// How often progress is told at most, and whatever happens.
const EVENT_MIN: Duration = Duration::from_millis(250);
const EVENT_MAX: Duration = Duration::from_secs(15);

pub(super) fn router(api: Arc<Api>) -> Router {
    Router::new()
        .route("/v1/audio/transcriptions", post(transcription))
        .route("/v1/models", get(models))
        .route("/v1/models/{id}", get(model))
        .route("/v1/jobs", get(jobs).post(put))
        .route("/v1/jobs/{id}", get(job).delete(give_up))
        .route("/v1/jobs/{id}/events", get(events))
        .route("/v1/jobs/{id}/result", get(result))
        .route("/metrics", get(metrics))
        .route("/health", get(health))
        .fallback(nowhere)
        .method_not_allowed_fallback(no_method)
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(Arc::clone(&api), gate::passed))
        .with_state(api)
}

/// A recording, answered when it is over. Who does not wait for that gives it up.
async fn transcription(State(api): Shared, parts: Parts) -> Result<Reply, Trouble> {
    let job = taken(&api, parts, false).await?;
    let leave = Leave(&api.queue, &job);
    let _ = job.watched().wait_for(|standing| standing.state.is_over()).await;
    drop(leave);
    job.take_result().unwrap_or_else(|| Err(Trouble::canceled()))
}

/// A recording, answered at once by its job.
async fn put(State(api): Shared, parts: Parts) -> Result<Response, Trouble> {
    let job = taken(&api, parts, true).await?;
    let place = HeaderValue::from_str(&format!("/v1/jobs/{}", job.id));
    let place = place.map_err(|error| Trouble::own(error.to_string()))?;
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, place)], Json(job.json())).into_response())
}

/// The job of a recording, which is read once there is a place for it.
async fn taken(api: &Api, parts: Parts, is_kept: bool) -> Result<Arc<Job>, Trouble> {
    let parts = parts.map_err(|_| {
        Trouble::invalid("the request is no form with a file, `multipart/form-data`")
    })?;
    let place = api.queue.place()?;
    let form = form::read(parts, &api.folder, &api.models).await?;
    api.queue.put(form, place, is_kept)
}

/// Gives up a job that nobody waits for any longer.
struct Leave<'a>(&'a Queue, &'a Arc<Job>);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        if !self.1.standing().state.is_over() {
            self.0.cancel(self.1);
        }
    }
}

async fn models(State(api): Shared) -> Json<Value> {
    let all: Vec<Value> = api.models.iter().map(|name| described(name)).collect();
    Json(json!({ "object": "list", "data": all }))
}

async fn model(State(api): Shared, Path(id): Path<String>) -> Result<Json<Value>, Trouble> {
    let known = api.models.contains(&id);
    let none = || {
        let message = format!("there is no model `{id}`, but {}", api.models.join(", "));
        Trouble::new(StatusCode::NOT_FOUND, Some("model_not_found"), message)
    };
    known.then(|| Json(described(&id))).ok_or_else(none)
}

fn described(name: &str) -> Value {
    json!({ "id": name, "object": "model", "created": 0, "owned_by": "voixoff" })
}

async fn jobs(State(api): Shared) -> Json<Value> {
    let all: Vec<Value> = api.queue.known().iter().map(|job| job.json()).collect();
    Json(json!({ "object": "list", "data": all }))
}

async fn job(State(api): Shared, Path(id): Path<String>) -> Result<Json<Value>, Trouble> {
    Ok(Json(api.queue.job(&id)?.json()))
}

/// Gives up a job, or forgets it where it is over.
async fn give_up(State(api): Shared, Path(id): Path<String>) -> Result<StatusCode, Trouble> {
    let job = api.queue.job(&id)?;
    match job.standing().state.is_over() {
        true => api.queue.forget(&job),
        false => api.queue.cancel(&job),
    }
    Ok(StatusCode::NO_CONTENT)
}

/// The answer to a job that is over.
async fn result(State(api): Shared, Path(id): Path<String>) -> Result<Reply, Trouble> {
    let job = api.queue.job(&id)?;
    let open = || match job.standing().state {
        JobState::Waiting | JobState::Running => {
            Trouble::new(StatusCode::CONFLICT, Some("not_over"), "the job is not over yet")
        }
        _ => Trouble::new(StatusCode::GONE, Some("gone"), "the answer is no longer kept"),
    };
    job.result().ok_or_else(open)?
}

/// How far a job is, as events of the server, until it is over.
async fn events(State(api): Shared, Path(id): Path<String>) -> Result<Response, Trouble> {
    let job = api.queue.job(&id)?;
    let watched = job.watched();
    let all = stream::unfold(Some((job, watched, true)), |state| async {
        let (job, mut watched, is_first) = state?;
        let is_new = is_first || changed(&mut watched).await;
        let is_over = watched.borrow_and_update().state.is_over();
        let event = match is_new || is_over {
            true => format!("event: job\ndata: {}\n\n", job.json()),
            false => ":\n\n".to_owned(),
        };
        let event: Result<Bytes, Infallible> = Ok(event.into());
        Some((event, (!is_over).then_some((job, watched, false))))
    });
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"))];
    Ok((kind, Body::from_stream(all)).into_response())
}

/// Waits until there is something to be told; whether there is, or only time has passed.
async fn changed(watched: &mut watch::Receiver<super::queue::Standing>) -> bool {
    if !watched.borrow().state.is_over() {
        sleep(EVENT_MIN).await;
    }
    timeout(EVENT_MAX, watched.changed()).await.is_ok()
}

async fn metrics(State(api): Shared) -> Response {
    let (n_waiting, n_running) = api.queue.n_waiting_and_running();
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], api.metrics.text(n_waiting, n_running)).into_response()
}

/// That the server is there; to who may know it, how busy it is.
async fn health(State(api): Shared, headers: HeaderMap) -> Json<Value> {
    if !api.gate.knows(&headers) {
        return Json(json!({ "status": "ok" }));
    }
    let (n_waiting, n_running) = api.queue.n_waiting_and_running();
    let model = &api.models[0];
    Json(json!({ "status": "ok", "model": model, "waiting": n_waiting, "running": n_running }))
}

async fn nowhere() -> Trouble {
    Trouble::new(StatusCode::NOT_FOUND, Some("not_found"), "this server has no such address")
}

async fn no_method() -> Trouble {
    let message = "this address is not asked in that way";
    Trouble::new(StatusCode::METHOD_NOT_ALLOWED, Some("no_method"), message)
}
