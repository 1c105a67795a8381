//! The arguments of `serve`.

use super::{Arguments, Command, Transcribe, Writing, count, from_one, threads};
use super::{transcribe::duration, transcribe::language};
use clap::{Args, Parser, builder::NonEmptyStringValueParser};
use std::{ffi::OsString, net::IpAddr, num::NonZeroUsize, path::PathBuf, time::Duration};

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

    /// Whisper model, as for `transcribe`; it is loaded once
    #[arg(short, long, value_name = "NAME|PATH")]
    pub(crate) model: Option<String>,

    /// Language of the speech where a request says none; the model is loaded anew for another one
    #[arg(short, long, value_name = "CODE", default_value = "fr", value_parser = language)]
    pub(crate) language: String,

    /// Words that may be said, where a request says none
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub(crate) prompt: String,

    /// Names and terms to prefer to what sounds alike, as for `transcribe`
    #[arg(long, value_name = "FILE|LIST")]
    pub(crate) hotwords: Option<OsString>,

    /// How many people speak, `N` or `MIN..MAX` [default: as many as are heard]
    #[arg(long, value_name = "N|MIN..MAX", value_parser = count)]
    pub(crate) speakers: Option<(u16, u16)>,

    /// Description of the show: `show.toml` of `voixoff show init`
    #[arg(long, value_name = "FILE")]
    pub(crate) show: Option<PathBuf>,

    /// Known voices, to name people by: a file of `voixoff voices enroll` [default: none]
    #[arg(long, value_name = "FILE")]
    pub(crate) voices: Option<PathBuf>,

    /// Windows of sound worked on side by side, of all recordings together [default: all cores]
    #[arg(short, long, value_name = "COUNT", value_parser = threads)]
    pub(crate) threads: Option<NonZeroUsize>,

    /// Download models that are missing, without asking
    #[arg(long, alias = "yes")]
    pub(crate) fetch: bool,

    /// Answers for tests, instead of the models
    #[cfg(feature = "scripted")]
    #[arg(long, value_name = "FILE", hide = true)]
    pub(crate) scripted: Option<PathBuf>,

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
        options.model.clone_from(&self.model);
        options.language.clone_from(&self.language);
        options.prompt.clone_from(&self.prompt);
        options.hotwords.clone_from(&self.hotwords);
        options.writing = self.writing.clone();
        options.listening.speakers = self.speakers;
        options.listening.show.clone_from(&self.show);
        options.listening.voices.clone_from(&self.voices);
        options.listening.hearing.threads = self.threads;
        options.listening.hearing.fetch = self.fetch;
        #[cfg(feature = "scripted")]
        options.listening.hearing.scripted.clone_from(&self.scripted);
        options
    }
}

fn host(text: &str) -> Result<IpAddr, String> {
    let address = if text == "localhost" { "127.0.0.1" } else { text };
    address.parse().map_err(|_| format!("`{text}` is no address like `127.0.0.1` or `0.0.0.0`"))
}

fn at_once(text: &str) -> Result<NonZeroUsize, String> {
    from_one(text, "without it there are 2")
}
