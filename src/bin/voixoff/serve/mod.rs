//! `voixoff serve`: transcription for programs, by the interface of OpenAI's.
//!
//! A request takes a place in the queue before anything of it is read, and keeps it until its work is
//! over: so what lies on the disk and in memory is bounded by the number of places. Its sound goes to
//! a file of its own, which nobody needs afterwards.

mod engine;
mod form;
mod gate;
mod intake;
mod metrics;
mod queue;
mod reply;
mod routes;
mod trouble;

use crate::{
    DONE, INTERRUPTED, args,
    models::offer,
    report::advise,
    server::{self, Limits, Loopback},
    terminal,
};
use anyhow::Context;
use engine::Engine;
use gate::Gate;
use metrics::Metrics;
use queue::{Job, Queue};
use std::{
    net::{SocketAddr, TcpListener},
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};
#[cfg(all(target_os = "linux", target_env = "gnu"))]
use std::{os::unix::process::CommandExt as _, process::Command};
use trouble::Trouble;
use voixoff::base::{progress::Cancel, store::TemporaryFolder};

/// Long work is waited for on its connection.
const CONNECTION_TIME: Duration = Duration::from_secs(24 * 60 * 60);

const LIMITS: Limits =
    Limits { connections: 256, connection: CONNECTION_TIME, taking: Some(Duration::from_secs(60)) };

/// What all requests are answered by.
struct Api {
    gate: Gate,
    queue: Arc<Queue>,
    metrics: Arc<Metrics>,
    /// Where recordings lie.
    folder: PathBuf,
    /// What the model is called, by us and by clients of OpenAI's.
    models: [String; 2],
}

/// Starts this program anew, in the same process, with two arenas of glibc's allocator. Of itself it makes
/// one for each thread, up to eight a core, and in each stay some tens of megabytes that nothing needs
/// (docs/BENCHMARKS.md). Where a user says how many, that holds.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn with_few_arenas() {
    const ARENAS: &str = "MALLOC_ARENA_MAX";
    if std::env::var_os(ARENAS).is_none()
        && let Ok(program) = std::env::current_exe()
    {
        let mut again = Command::new(program);
        // It comes back only where it could not start: memory is then what it is.
        let _ = again.args(std::env::args_os().skip(1)).env(ARENAS, "2").exec();
    }
}

/// Other allocators have none.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn with_few_arenas() {}

/// Serves as `options` say until Ctrl-C.
pub(crate) fn run(options: &args::Serve, model_folder: Option<&Path>) -> anyhow::Result<u8> {
    if !options.host.is_loopback() && options.token.is_none() {
        return Err(advise(
            format!("`{}` is reached from other machines, and there is no token", options.host),
            "give one, in the variable `VOIXOFF_TOKEN` or with `--token`",
        ));
    }
    with_few_arenas();
    let wanted = SocketAddr::new(options.host, options.port);
    let listener = TcpListener::bind(wanted).map_err(|error| {
        advise(format!("port {} cannot be used: {error}", wanted.port()), "choose another `--port`")
    })?;
    let address = listener.local_addr().context("the address of the server is not known")?;
    let transcribe = options.transcribe();
    offer::for_transcription(&transcribe, model_folder)?;
    let place = std::env::temp_dir();
    let folder = TemporaryFolder::in_place(&place).context("no temporary folder can be made")?;
    let mut engine = Engine::load(transcribe, model_folder, options.max_time)?;
    let metrics = Arc::new(Metrics::default());
    let n_places = options.jobs.get() + usize::from(options.queue);
    let queue = Arc::new(Queue::new(n_places, Arc::clone(&metrics)));
    let api = Arc::new(Api {
        gate: Gate {
            token: options.token.clone(),
            loopback: Loopback { port: address.port() },
            bytes_max: u64::from(options.max_upload) << 20,
        },
        queue: Arc::clone(&queue),
        metrics,
        folder: folder.path().to_owned(),
        models: [engine.model().to_owned(), reply::MODEL.to_owned()],
    });
    let stop = stop_on_ctrl_c()?;
    terminal::line(&format!("http://{address}/v1"));
    terminal::note("Ctrl-C ends it; what is under way is then given up");
    thread::scope(|scope| {
        let serving = scope.spawn(|| {
            let result = served(listener, api, &stop);
            queue.close();
            result
        });
        work(&queue, &mut engine, options.jobs);
        serving.join().unwrap_or_else(|_| Err(anyhow::anyhow!("the server has ended by itself")))
    })?;
    Ok(DONE)
}

/// Works on what is in `queue`, so many at a time, until that is closed. Engines stay on the thread that
/// loads them; those who work borrow them.
fn work(queue: &Queue, engine: &mut Engine, jobs: NonZeroUsize) {
    while let Some(first) = queue.first() {
        if !engine.knows(&first)
            && let Err(error) = engine.turn_to(&first)
        {
            queue.refuse(&first, Trouble::own(error.to_string()));
            continue;
        }
        let engine = &*engine;
        let suits = |job: &Job| engine.knows(job);
        thread::scope(|scope| {
            for _ in 0..jobs.get() {
                scope.spawn(|| while queue.work_on_next(suits, |job| engine.transcribe(job)) {});
            }
        });
    }
}

/// Answers at `listener` until `stop` is requested.
fn served(listener: TcpListener, api: Arc<Api>, stop: &Cancel) -> anyhow::Result<()> {
    let runtime = server::runtime()?;
    let result = runtime.block_on(async {
        let serving = tokio::spawn(server::accept(listener, routes::router(api), LIMITS));
        while !stop.is_requested() && !serving.is_finished() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        match serving.is_finished() {
            true => serving.await.context("the server cannot listen")?,
            false => Ok(()),
        }
    });
    // Whoever is read from meanwhile is not waited for.
    runtime.shutdown_background();
    result
}

fn stop_on_ctrl_c() -> anyhow::Result<Arc<Cancel>> {
    let stop = Arc::new(Cancel::default());
    let heard = Arc::clone(&stop);
    ctrlc::set_handler(move || {
        if heard.is_requested() {
            #[expect(clippy::exit, reason = "the second Ctrl-C ends at once")]
            std::process::exit(INTERRUPTED.into());
        }
        heard.request();
    })
    .context("Ctrl-C cannot be listened to")?;
    Ok(stop)
}
