//! A process that watches over the one that works.
//!
//! The recogniser is C++: a failed assertion in it ends its process. So the work is done in
//! a second process, and if that one crashes it is started again; the episode that it
//! crashed on is known by the attempt that it left. Stops go to it over its stdin, where it
//! also hears that the first process is gone.

use super::{pipe, stop_on_ctrl_c};
use crate::{FAILED, INTERRUPTED, report};
use anyhow::Context;
use std::{
    env,
    ffi::OsString,
    fs,
    io::{Read, Write},
    path::Path,
    process::{self, ChildStdin, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{SystemTime, UNIX_EPOCH},
};
use voixoff::base::{progress::Cancel, store};

/// Whether an engine is built in that may end the process: all others are Rust.
pub(super) const IS_NEEDED: bool = cfg!(any(feature = "whisper-cpp", feature = "scripted"));

/// The token of the working process, and of the one before it that crashed.
const WORKER: &str = "VOIXOFF_WORKER";
const CRASHED: &str = "VOIXOFF_CRASHED";
/// A file that grows with each episode begun or ended.
const BEGUN: &str = "VOIXOFF_BEGUN";

/// What is written there of an episode that begins, and of one that was worked on and ended.
const BEGINS: u8 = b'.';
const ENDED: u8 = b'!';

/// What a working process is told by the one that watches over it.
pub(super) struct Worker {
    pub(super) token: String,
    pub(super) crashed: Option<String>,
    /// Episodes that the processes before it have worked on.
    pub(super) n_before: usize,
    begun: Option<OsString>,
    is_watched: bool,
}

impl Worker {
    /// One that nobody watches over.
    pub(super) fn alone() -> Worker {
        Worker { token: token(0), crashed: None, n_before: 0, begun: None, is_watched: false }
    }

    /// `None` in the process that people start.
    pub(super) fn here() -> Option<Worker> {
        let token = env::var(WORKER).ok()?;
        let (crashed, begun) = (env::var(CRASHED).ok(), env::var_os(BEGUN));
        let before = begun.as_ref().and_then(|begun| fs::read(begun).ok()).unwrap_or_default();
        let n_before = before.into_iter().filter(|&byte| byte == ENDED).count();
        Some(Worker { token, crashed, n_before, begun, is_watched: true })
    }

    /// Says that an episode begins: a crash from here on is its crash.
    pub(super) fn begins(&self) {
        self.note(BEGINS);
    }

    /// Says that an episode was worked on and has ended: after a crash, a limit counts it still.
    pub(super) fn ended(&self) {
        self.note(ENDED);
    }

    fn note(&self, what: u8) {
        let Some(begun) = &self.begun else { return };
        let file = fs::OpenOptions::new().append(true).open(begun);
        // At worst a crash is taken for one of the program, and the run ends there; or a run
        // that crashed does one more than it was asked for.
        let _ = file.and_then(|mut file| file.write_all(&[what]));
    }

    /// Obeys stops: the first ends the run cleanly, the second at once, as does the end of
    /// the process that watches, where one does.
    pub(super) fn obey(&self) -> anyhow::Result<Arc<Cancel>> {
        if !self.is_watched {
            return stop_on_ctrl_c();
        }
        let cancel = Arc::new(Cancel::default());
        let asked = Arc::clone(&cancel);
        // The terminal tells both processes; only the watching one answers.
        ctrlc::set_handler(|| ()).context("Ctrl-C cannot be listened to")?;
        thread::spawn(move || {
            let mut stdin = std::io::stdin();
            let mut byte = [0];
            while stdin.read(&mut byte).is_ok_and(|n_read| n_read > 0) && !asked.is_requested() {
                asked.request();
                report::stopping();
            }
            // Nobody is there any more, or wants the rest.
            process::exit(INTERRUPTED.into());
        });
        Ok(cancel)
    }
}

/// Runs this same command in a process of its own, again after each crash; its exit code. What
/// goes through stdin and stdout lies in the folder `piped`.
pub(super) fn supervise(piped: Option<&Path>) -> anyhow::Result<u8> {
    let program = env::current_exe().context("the program does not find itself")?;
    let begun = store::temporary_file().context("no temporary file can be made")?;
    let stdin: Arc<Mutex<Option<ChildStdin>>> = Arc::default();
    let to_child = Arc::clone(&stdin);
    ctrlc::set_handler(move || {
        if let Ok(mut stdin) = to_child.lock()
            && let Some(stdin) = stdin.as_mut()
        {
            // A child that is gone needs no stop.
            let _ = stdin.write_all(b".").and_then(|()| stdin.flush());
        }
    })
    .context("Ctrl-C cannot be listened to")?;
    let mut crashed: Option<String> = None;
    let mut n_begun = 0;
    for n in 0_u32.. {
        let token = token(n);
        let mut command = Command::new(&program);
        command.args(env::args_os().skip(1)).stdin(Stdio::piped());
        command.env(WORKER, &token).env(BEGUN, begun.path());
        if let Some(folder) = piped {
            command.env(pipe::FOLDER, folder);
        }
        if let Some(crashed) = &crashed {
            command.env(CRASHED, crashed);
        }
        let mut child = command.spawn().context("the working process cannot be started")?;
        if let Ok(mut stdin) = stdin.lock() {
            *stdin = child.stdin.take();
        }
        // Not `Child::wait`'s own way with it: that would close its stdin.
        let status = child.wait().context("the working process is lost")?;
        if let Some(code) = code(status) {
            return Ok(code);
        }
        let n_now = fs::metadata(begun.path()).map_or(0, |metadata| metadata.len());
        if n_now == n_begun {
            report::warning(&format!("the program crashed before any episode: {status}"));
            return Ok(FAILED);
        }
        report::warning(&format!("the program crashed ({status}) and begins again"));
        (n_begun, crashed) = (n_now, Some(token));
    }
    Ok(FAILED)
}

/// What the process that is started as the `n`th is known by, in attempts.
fn token(n: u32) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    format!("{}-{now}-{n}", process::id())
}

/// The exit code of a process that ended by itself; `None` of one that crashed.
fn code(status: ExitStatus) -> Option<u8> {
    status.code().and_then(|code| u8::try_from(code).ok())
}
