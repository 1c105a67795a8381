//! `--exec` and `--webhook`: whoever wants to know hears of each episode and of the end of a run, as JSON.
//!
//! What goes wrong there is told and stops nothing: the transcripts are what was asked for.

use crate::{args, report, terminal};
use serde_json::Value;
use std::{
    io::{self, Write},
    process::{Command, Output, Stdio},
};
use voixoff::net::web;

/// Who is told.
pub(super) struct Hooks {
    command: Option<String>,
    address: Option<String>,
}

impl Hooks {
    pub(super) fn of(options: &args::Transcribe) -> Hooks {
        Hooks { command: options.exec.clone(), address: options.webhook.clone() }
    }

    /// Tells of `event`, with what is known of it.
    pub(super) fn tell(&self, event: &str, mut about: Value) {
        if let Some(fields) = about.as_object_mut() {
            fields.insert("event".to_owned(), event.into());
        }
        let text = about.to_string();
        if let Some(command) = &self.command {
            match carried_out(command, &text) {
                Ok(output) => told(&output),
                Err(error) => report::warning(&format!("`--exec` cannot run `{command}`: {error}")),
            }
        }
        if let Some(address) = &self.address
            && let Err(error) = web::post(address, &text)
        {
            report::warning(&format!("`--webhook`: {error}"));
        }
    }
}

/// Runs `command` as a shell reads it, with `text` on its stdin.
fn carried_out(command: &str, text: &str) -> io::Result<Output> {
    let (shell, option) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let mut child = Command::new(shell)
        .args([option, command])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // Not every command listens; and the text is short enough for any pipe.
        let _ = stdin.write_all(text.as_bytes()).and_then(|()| stdin.write_all(b"\n"));
    }
    child.wait_with_output()
}

/// Says what a command has said, and whether it failed.
fn told(output: &Output) {
    for line in [&output.stdout, &output.stderr]
        .into_iter()
        .flat_map(|said| said.split(|byte| *byte == b'\n'))
    {
        if !line.is_empty() {
            terminal::remark(&String::from_utf8_lossy(line));
        }
    }
    if !output.status.success() {
        report::warning(&format!("`--exec`: the command ended with {}", output.status));
    }
}
