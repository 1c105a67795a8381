//! The arguments of `serve`.

use super::transcribe::duration;
use super::{Arguments, Command, Listening, Recognition, Transcribe, Writing, from_one};
use clap::{Arg, Args, Parser, builder::NonEmptyStringValueParser};
use std::{net::IpAddr, num::NonZeroUsize, time::Duration};

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Address to listen at; one that other machines reach needs a token
    #[arg(long, value_name = "IP", default_value = "127.0.0.1", value_parser = host)]
    pub(crate) host: IpAddr,

    /// Port; `0` takes any that is free
    #[arg(long, value_name = "PORT", default_value_t = 8000)]
    pub(crate) port: u16,

    /// Token that requests have to carry, as `Authorization: Bearer TOKEN` [default: that of the variable `VOIXOFF_TOKEN`, else none]
    #[arg(long, value_name = "TOKEN", env = "VOIXOFF_TOKEN", hide_env = true, value_parser = NonEmptyStringValueParser::new())]
    pub(crate) token: Option<String>,

    /// Recordings worked on side by side
    #[arg(long, value_name = "COUNT", default_value = "2", value_parser = at_once)]
    pub(crate) jobs: NonZeroUsize,

    /// Recordings that may wait beside those; who comes then is told to come again
    #[arg(long, value_name = "COUNT", default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub(crate) queue: u16,

    /// Largest recording; it lies on the disk while it waits
    #[arg(long, value_name = "MB", default_value_t = 1_024, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_upload: u32,

    /// Longest work on one recording: `90m`, `6h`
    #[arg(long, value_name = "TIME", default_value = "6h", value_parser = duration)]
    pub(crate) max_time: Duration,

    #[command(flatten)]
    pub(crate) recognition: Recognition,

    #[command(flatten)]
    pub(crate) listening: Listening,

    #[command(flatten)]
    pub(crate) writing: Writing,
}

impl Serve {
    /// What `transcribe` would be asked for one recording.
    pub(crate) fn transcribe(&self) -> Transcribe {
        let plain = Arguments::try_parse_from(["voixoff", "transcribe", "sound"]);
        let Ok(Arguments { command: Command::Transcribe(plain), .. }) = plain else {
            unreachable!("`transcribe` takes a file")
        };
        let mut options = *plain;
        options.recognition = self.recognition.clone();
        options.listening = self.listening.clone();
        options.writing = self.writing.clone();
        options
    }
}

/// The language of what is sent.
pub(super) fn language(language: Arg) -> Arg {
    language.help(
        "Language of the speech where a request says none; the model is loaded anew for another one",
    )
}

/// What a request may say better.
pub(super) fn prompt(prompt: Arg) -> Arg {
    prompt.help("Words that may be said, where a request says none")
}

/// Nobody sits before a server.
pub(super) fn progress(progress: Arg) -> Arg {
    progress.hide(true)
}

fn host(text: &str) -> Result<IpAddr, String> {
    let address = if text == "localhost" { "127.0.0.1" } else { text };
    address.parse().map_err(|_| format!("`{text}` is no address like `127.0.0.1` or `0.0.0.0`"))
}

fn at_once(text: &str) -> Result<NonZeroUsize, String> {
    from_one(text, "without it there are 2")
}
