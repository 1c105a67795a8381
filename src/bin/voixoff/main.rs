//! The terminal program: reads the command line, calls the library, tells people.
//!
//! Data goes to stdout, everything else to stderr. Exit codes: 0 all done; 1 some
//! episodes failed, or none was found, or stdout took no more; 2 wrong use or set-up; 3 text was
//! laid on sound, and a person should look where; 75 another run has the rest; 130 interrupted.

mod archive;
mod args;
mod check;
mod config;
mod convert;
mod diarize;
mod doctor;
mod engines;
mod eval;
mod excerpts;
mod guidance;
mod known;
mod language;
mod learn;
mod lint;
mod manual;
mod measured;
mod models;
mod report;
#[cfg(feature = "review")]
mod review;
mod screen;
mod search;
#[cfg(feature = "serve")]
mod serve;
#[cfg(feature = "server")]
mod server;
mod settings;
mod show;
mod terminal;
mod transcribe;
mod voices;

use anyhow::Context;
use args::{Arguments, Command, Typed};
use clap::error::ErrorKind;
use config::Wrong;
use std::{env, process::ExitCode};

/// Everything was done.
const DONE: u8 = 0;
/// Some episodes have no transcript, or there was none to transcribe, or stdout took no more.
const FAILED: u8 = 1;
/// The command cannot be carried out as it was given, or not on this machine yet.
const WRONG_USE: u8 = 2;
/// Text was laid on its sound, and a person should look at some of it.
const UNSURE: u8 = 3;
/// Another run is at work on the rest: try again later (`EX_TEMPFAIL` of sysexits.h).
const BUSY: u8 = 75;
/// Ctrl-C, as shells count it.
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    language::choose(env::args_os().skip(1), |name| env::var_os(name));
    let code = match args::typed(env::args_os()) {
        Typed::Words(words) => {
            terminal::paint(args::colour(&words));
            match config::arguments(&words) {
                Ok(arguments) => carried_out(&arguments),
                Err(Wrong::Line(error)) => {
                    let code = report::command_line(&error);
                    if error.kind() == ErrorKind::DisplayVersion && args::is_verbose(&words) {
                        doctor::program();
                    }
                    code
                }
                Err(Wrong::File(error)) => {
                    report::error(&error);
                    WRONG_USE
                }
            }
        }
        Typed::Neither { word, meant } => {
            report::error(&report::neither(&word, meant.as_ref()));
            WRONG_USE
        }
    };
    ExitCode::from(terminal::ended(code))
}

/// Does what `arguments` say; an exit code.
fn carried_out(arguments: &Arguments) -> u8 {
    told(arguments).and_then(|()| command(arguments)).unwrap_or_else(|error| {
        report::error(&error);
        WRONG_USE
    })
}

/// Begins to tell as `arguments` have it.
fn told(arguments: &Arguments) -> anyhow::Result<()> {
    let telling = &arguments.telling;
    let log = telling.log.as_deref().unwrap_or("".as_ref()).display();
    terminal::tell(telling).with_context(|| format!("the log `{log}` cannot be written"))
}

fn command(arguments: &Arguments) -> anyhow::Result<u8> {
    match &arguments.command {
        Command::Transcribe(options) => transcribe::run(options, arguments.models.as_deref()),
        Command::Align(options) => transcribe::align::run(options, arguments.models.as_deref()),
        Command::Archive(command) => archive::run(command, arguments.models.as_deref()),
        Command::Search(options) => search::run(options),
        #[cfg(feature = "review")]
        Command::Review(options) => review::run(options),
        #[cfg(feature = "serve")]
        Command::Serve(options) => serve::run(options, arguments.models.as_deref()),
        Command::Learn(options) => learn::run(options),
        Command::Diarize(options) => diarize::run(options, arguments.models.as_deref()),
        Command::Convert(options) => convert::run(options),
        Command::Check(options) => check::run(options, arguments.models.as_deref()),
        Command::Eval(options) => eval::run(options),
        Command::Lint(options) => lint::run(options),
        Command::Models(command) => models::run(command, arguments.models.as_deref()),
        Command::Voices(command) => voices::run(command, arguments.models.as_deref()),
        Command::Show(args::Show::Init(options)) => show::init(options),
        Command::Doctor => doctor::run(arguments.models.as_deref()),
        Command::Config(options) => config::show(options),
        Command::Completions(options) => Ok(manual::completions(options)),
        Command::Man(options) => manual::man(options),
    }
}
