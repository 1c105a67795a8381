//! What the servers of this program share: connections, how many and for how long, and which requests
//! may come from whom.

mod callers;
mod patience;

pub(crate) use callers::{Loopback, hide, is_same, secret};

use anyhow::Context;
use axum::Router;
use hyper::{
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use patience::Patience;
use std::{
    collections::VecDeque,
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    net::TcpStream,
    runtime::{Builder, Runtime},
    task::JoinHandle,
    time,
};

/// What connections may take.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    /// Connections at once. One that comes when all are taken takes the place of the one that came first
    /// of those that ask for nothing: else whoever opens many and is silent keeps everybody else waiting.
    pub(crate) connections: usize,
    /// A connection ends after this time, whatever it does; clients open another.
    pub(crate) connection: Duration,
    /// One that takes nothing of its answer for this time ends. Browsers take the sound that they
    /// play piece by piece, and have no such limit.
    pub(crate) taking: Option<Duration>,
}

/// A connection that has not said in this time what it asks for ends.
const HEADER_TIME: Duration = Duration::from_secs(10);

/// What a server runs on.
///
/// # Errors
/// Where the system gives no threads.
pub(crate) fn runtime() -> anyhow::Result<Runtime> {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().context("the server cannot be started")
}

/// Answers at `listener` by `router`, for ever.
///
/// # Errors
/// Where the system cannot listen.
pub(crate) async fn accept(
    listener: TcpListener,
    router: Router,
    limits: Limits,
) -> anyhow::Result<()> {
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
        if open.len() >= limits.connections {
            let silent = open.iter().position(|connection| !connection.is_asking());
            let Some(silent) = silent.and_then(|at| open.remove(at)) else { continue };
            silent.task.abort();
        }
        open.push_back(Connection::of(stream, router.clone(), limits));
    }
}

/// A connection, which ends by itself or with its task.
struct Connection {
    task: JoinHandle<()>,
    /// Requests that are not answered yet.
    n_asked: Arc<AtomicUsize>,
}

impl Connection {
    fn of(stream: TcpStream, router: Router, limits: Limits) -> Connection {
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
        let stream = TokioIo::new(Patience::new(stream, limits.taking));
        let task = tokio::spawn(async move {
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADER_TIME)
                .serve_connection(stream, service);
            // A client that leaves in the middle is no error.
            let _ = time::timeout(limits.connection, connection).await;
        });
        Connection { task, n_asked }
    }

    fn is_asking(&self) -> bool {
        self.n_asked.load(Ordering::Relaxed) > 0
    }
}
