//! The server: connections, how many and for how long, and which request goes where.

use super::{
    answers, assets,
    desk::Desk,
    equal,
    guard::{BODY_BYTES_MAX, Guard, guarded},
    learned,
};
use anyhow::Context;
use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
};
use hyper::{
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use std::{
    collections::VecDeque,
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{net::TcpStream, runtime::Builder, task::JoinHandle, time};

/// Connections at once. One that comes when all are taken takes the place of the one that came first of
/// those that ask for nothing: else whoever opens many and is silent keeps everybody else waiting.
const CONNECTIONS_MAX: usize = 256;

/// A connection that has not said in this time what it asks for ends.
const HEADER_TIME: Duration = Duration::from_secs(10);

/// A connection ends after this time, whatever it does; browsers open another.
const CONNECTION_TIME: Duration = Duration::from_secs(3_600);

/// Answers at `listener` until the process ends.
///
/// # Errors
/// Where the system cannot listen.
pub(super) fn serve(
    listener: TcpListener,
    desk: Arc<Desk>,
    guard: Arc<Guard>,
) -> anyhow::Result<()> {
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("the server cannot be started")?;
    runtime.block_on(accept(listener, router(desk, guard)))
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

async fn accept(listener: TcpListener, router: Router) -> anyhow::Result<()> {
    listener.set_nonblocking(true).context("the server cannot listen")?;
    let listener =
        tokio::net::TcpListener::from_std(listener).context("the server cannot listen")?;
    let mut open: VecDeque<Connection> = VecDeque::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // No more files may be open for now.
            time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        open.retain(|connection| !connection.task.is_finished());
        if open.len() >= CONNECTIONS_MAX {
            let silent = open.iter().position(|connection| !connection.is_asking());
            let Some(silent) = silent.and_then(|at| open.remove(at)) else { continue };
            silent.task.abort();
        }
        open.push_back(Connection::of(stream, router.clone()));
    }
}

/// A connection, which ends by itself or with its task.
struct Connection {
    task: JoinHandle<()>,
    /// Requests that are not answered yet.
    n_asked: Arc<AtomicUsize>,
}

impl Connection {
    fn of(stream: TcpStream, router: Router) -> Connection {
        let n_asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&n_asked);
        let router = TowerToHyperService::new(router);
        let service = service_fn(move |request| {
            counted.fetch_add(1, Ordering::Relaxed);
            let (answer, counted) = (router.call(request), Arc::clone(&counted));
            async move {
                let answer = answer.await;
                counted.fetch_sub(1, Ordering::Relaxed);
                answer
            }
        });
        let task = tokio::spawn(async move {
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADER_TIME)
                .serve_connection(TokioIo::new(stream), service);
            // A browser that leaves in the middle is no error.
            let _ = time::timeout(CONNECTION_TIME, connection).await;
        });
        Connection { task, n_asked }
    }

    fn is_asking(&self) -> bool {
        self.n_asked.load(Ordering::Relaxed) > 0
    }
}
