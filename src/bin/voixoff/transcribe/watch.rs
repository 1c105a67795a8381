//! `--watch`: waiting for new files, and for the hour to ask feeds again.

use crate::{args, report, terminal};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use std::{
    path::{self, Path, PathBuf},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    time::{Duration, Instant},
};
use voixoff::{archive::sources::is_sound, base::progress::Cancel};

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
    /// What is said when the first wait begins.
    begins: Option<String>,
}

/// The folders that are watched, and where what is written there is ours.
struct Folders {
    sources: Vec<PathBuf>,
    out: Option<PathBuf>,
}

impl Folders {
    fn of(options: &args::Transcribe) -> Folders {
        let is_folder = |source: &&std::ffi::OsString| Path::new(source).is_dir();
        // As the system tells of them.
        let whole = |path: &Path| path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let sources = options.sources.iter().filter(is_folder);
        let sources: Vec<PathBuf> = sources.map(|source| whole(Path::new(source))).collect();
        let out = options.out.as_deref().map(whole).filter(|out| !sources.contains(out));
        Folders { sources, out }
    }

    /// Whether `event` may be of new sound: neither a look at a file nor our own writing,
    /// which would wake us again and again.
    fn is_news(&self, event: &Event) -> bool {
        let is_read = matches!(event.kind, EventKind::Access(kind)
            if kind != notify::event::AccessKind::Close(notify::event::AccessMode::Write));
        // Where events were lost, anything may be new.
        !is_read && (event.need_rescan() || event.paths.iter().any(|path| self.is_sound(path)))
    }

    fn is_sound(&self, path: &Path) -> bool {
        let below = self.sources.iter().find_map(|source| path.strip_prefix(source).ok());
        let is_hidden = below.unwrap_or(path).components().any(|part| {
            let name = part.as_os_str().as_encoded_bytes();
            name.starts_with(b".") && name != b"." && name != b".."
        });
        let is_ours = self.out.as_ref().is_some_and(|out| path.starts_with(out));
        !is_hidden && !is_ours && (is_sound(path) || path.is_dir())
    }
}

impl Watch {
    /// Watches the folders of `options`.
    pub(super) fn new(options: &args::Transcribe) -> anyhow::Result<Watch> {
        let (tell, events) = channel();
        let folders = Folders::of(options);
        let interval = options.which.interval;
        let begins = Some(begins(&folders.sources, interval));
        let sources = folders.sources.clone();
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            if event.is_ok_and(|event| !folders.is_news(&event)) {
                return;
            }
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
        for source in &sources {
            let watched =
                watcher.as_mut().map(|watcher| watcher.watch(source, RecursiveMode::Recursive));
            if let Some(Err(error)) = watched {
                let folder = source.display();
                report::warning(&format!("`{folder}` is only looked at now and then: {error}"));
            }
        }
        Ok(Watch { _watcher: watcher, events, interval, begins })
    }

    /// Returns when something is new and has settled, when feeds are due, or at a stop.
    pub(super) fn wait(&mut self, cancel: &Cancel) {
        if let Some(begins) = self.begins.take() {
            terminal::remark(&begins);
        }
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

/// What is waited for.
fn begins(sources: &[PathBuf], interval: Duration) -> String {
    let names: Vec<String> = sources.iter().map(|path| format!("`{}`", path.display())).collect();
    let new = match names.as_slice() {
        [] => String::new(),
        names => format!("for new sound in {}, and ", names.join(", ")),
    };
    let (hours, minutes) = (interval.as_secs() / 3_600, interval.as_secs() % 3_600);
    let shown = match (hours, minutes) {
        (0, seconds) if seconds % 60 != 0 => format!("{seconds}s"),
        (0, seconds) => format!("{}m", seconds / 60),
        (hours, 0) => format!("{hours}h"),
        (hours, seconds) => format!("{hours}h{}m", seconds / 60),
    };
    format!("waiting {new}to look at everything again each {shown}; Ctrl-C ends it")
}

#[cfg(test)]
mod tests {
    use super::Folders;
    use notify::{
        Event, EventKind,
        event::{AccessKind, AccessMode, CreateKind},
    };
    use std::path::Path;

    fn is_news(kind: EventKind, path: &str) -> bool {
        let folders = Folders { sources: vec!["/.a/son".into()], out: Some("/.a/son/out".into()) };
        folders.is_news(&Event::new(kind).add_path(Path::new(path).to_owned()))
    }

    #[test]
    fn what_the_program_reads_and_writes_wakes_it_not() {
        let created = EventKind::Create(CreateKind::File);
        let opened = EventKind::Access(AccessKind::Open(AccessMode::Any));
        let closed = EventKind::Access(AccessKind::Close(AccessMode::Write));
        assert!(is_news(created, "/.a/son/un.mp3"));
        assert!(is_news(closed, "/.a/son/deux/un.WAV"));
        assert!(!is_news(opened, "/.a/son/un.mp3"));
        assert!(!is_news(created, "/.a/son/un.txt"));
        assert!(!is_news(created, "/.a/son/.voixoff/un.mp3"));
        assert!(!is_news(created, "/.a/son/.un.mp3.part"));
        assert!(!is_news(created, "/.a/son/out/2019/un.mp3"));
    }
}
