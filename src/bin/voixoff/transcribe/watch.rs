//! `--watch`: waiting for new files, and for the hour to ask feeds again.

use crate::{args, report};
use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use std::{
    path::Path,
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    time::{Duration, Instant},
};
use voixoff::progress::Cancel;

/// A file that was written to a moment ago may not be whole yet.
const SETTLED: Duration = Duration::from_secs(10);

/// How often a stop is looked for.
const TICK: Duration = Duration::from_millis(200);

/// What tells that there may be something new.
pub(super) struct Watch {
    /// Must live for events to come.
    _watcher: Option<RecommendedWatcher>,
    events: Receiver<()>,
    interval: Duration,
}

impl Watch {
    /// Watches the folders of `options`.
    pub(super) fn new(options: &args::Transcribe) -> anyhow::Result<Watch> {
        let (tell, events) = channel();
        let watcher = notify::recommended_watcher(move |_| {
            // Nobody listens any more: the program ends.
            let _ = tell.send(());
        });
        let mut watcher = match watcher {
            Ok(watcher) => Some(watcher),
            Err(error) => {
                report::warning(&format!("folders are only looked at now and then: {error}"));
                None
            }
        };
        for source in options.sources.iter().filter(|source| Path::new(source).is_dir()) {
            let watched = watcher
                .as_mut()
                .map(|watcher| watcher.watch(Path::new(source), RecursiveMode::Recursive));
            if let Some(Err(error)) = watched {
                let folder = source.to_string_lossy();
                report::warning(&format!("`{folder}` is only looked at now and then: {error}"));
            }
        }
        Ok(Watch { _watcher: watcher, events, interval: options.which.interval })
    }

    /// Returns when something is new and has settled, when feeds are due, or at a stop.
    pub(super) fn wait(&mut self, cancel: &Cancel) {
        let began = Instant::now();
        let mut last_event: Option<Instant> = None;
        while !cancel.is_requested() && began.elapsed() < self.interval {
            match self.events.recv_timeout(TICK) {
                Ok(()) => last_event = Some(Instant::now()),
                Err(RecvTimeoutError::Timeout) => (),
                Err(RecvTimeoutError::Disconnected) => std::thread::sleep(TICK),
            }
            if last_event.is_some_and(|event| event.elapsed() >= SETTLED) {
                return;
            }
        }
    }
}
