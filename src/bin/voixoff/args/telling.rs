//! How much the program tells, where and in which colours: options of every command.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Above the options that every command has.
pub(crate) const OF_ALL: &str = "All commands";

#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Telling {
    /// Tell nothing but warnings and errors
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = OF_ALL)]
    pub(crate) quiet: bool,

    /// Tell what is chosen and what each stage takes; twice, each step of it
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = OF_ALL)]
    pub(crate) verbose: u8,

    /// Write what is told behind the end of this file too, with times, and as much as with `--verbose`
    #[arg(long, global = true, value_name = "FILE", help_heading = OF_ALL)]
    pub(crate) log: Option<PathBuf>,

    /// Whether texts for people have colours
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        help_heading = OF_ALL
    )]
    pub(crate) color: Colour,
}

/// When texts have colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Also in files and pipes
    Always,
    /// Nowhere
    Never,
}
