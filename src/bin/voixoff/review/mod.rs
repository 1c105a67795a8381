//! `voixoff review`: the editor of transcripts, in the browser, by a server on this machine.

mod answers;
mod assets;
mod desk;
mod equal;
mod guard;
mod learned;
mod server;
mod sound;

use crate::{
    DONE, args,
    report::{advise, counted},
    terminal,
};
use anyhow::Context;
use desk::Desk;
use guard::Guard;
use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    process::{Command, Stdio},
    sync::Arc,
};

/// Serves the editor for what `options` name until Ctrl-C.
pub(crate) fn run(options: &args::Review) -> anyhow::Result<u8> {
    let desk = Desk::of(&options.places, options.reviewer.trim())?;
    let wanted = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port.unwrap_or(0)));
    let listener = TcpListener::bind(wanted).map_err(|error| {
        advise(format!("port {} cannot be used: {error}", wanted.port()), "choose another `--port`")
    })?;
    let port = listener.local_addr().context("the address of the server is not known")?.port();
    let guard = Guard::new(port).context("this system gives no random numbers")?;
    let address = guard.address();
    terminal::note(&format!("{} to review", counted(desk.n_episodes(), "episode")));
    terminal::line(&address);
    terminal::note("Ctrl-C ends it; what was corrected is kept as it is typed");
    if !options.no_open && !opened(&address) {
        terminal::note("no browser could be opened: open this address in one");
    }
    server::serve(listener, Arc::new(desk), Arc::new(guard))?;
    Ok(DONE)
}

/// Opens `address` in the browser of this system; whether there is one.
fn opened(address: &str) -> bool {
    let (program, first) = match std::env::consts::OS {
        "macos" => ("open", &[][..]),
        "windows" => ("cmd", &["/C", "start", ""][..]),
        _ => ("xdg-open", &[][..]),
    };
    let mut command = Command::new(program);
    command.args(first).arg(address);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().is_ok()
}
