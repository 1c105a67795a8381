//! The arguments of `transcribe`, `archive` and `search`.

use super::{Listening, Unsure, Writing, format, from_one};
use clap::{Arg, Args, Subcommand};
use std::{ffi::OsString, num::NonZeroUsize, path::PathBuf, time::Duration};
use voixoff::{
    archive::sources::PLACEHOLDERS,
    asr,
    base::{time::Time, transcript::Date},
    formats::Format,
};

/// The formats that are written where none is named.
pub(crate) const FORMATS: &str = "html,json,srt,txt,vtt";

/// Those of an archive that was begun without pages: all of its episodes would be written again, by
/// the rules of the day, for these alone.
pub(crate) const FORMATS_WITHOUT_PAGES: &str = "json,srt,txt,vtt";

#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub(crate) struct Transcribe {
    /// Sound files, folders or buckets of them (`s3://BUCKET/FOLDER`), podcast feeds (RSS or Atom, by file or address), sound by its address, and lists of all these: `@FILE`, one a line; `-`: the sound that comes from stdin
    #[arg(required = true, value_name = "SOURCE")]
    pub(crate) sources: Vec<OsString>,

    /// Folder or bucket of the transcripts, in the folders of their sources [default: beside each file]
    #[arg(short, long, value_name = "DIR|BUCKET", alias = "output_dir")]
    pub(crate) out: Option<PathBuf>,

    /// Write one format, without `--format` that is `txt`, to stdout and to no file; `-` does so without `--out`
    #[arg(long, conflicts_with_all = ["out", "keep_audio", "watch"])]
    pub(crate) stdout: bool,

    /// Folder on this machine for what is worked on of a bucket [default: one in the user's cache]
    #[arg(long, value_name = "DIR")]
    pub(crate) mirror: Option<PathBuf>,

    /// Formats to write, separated by commas; without it, no `html` where an earlier run wrote none
    #[arg(short, long, value_name = "LIST", value_delimiter = ',', default_value = FORMATS,
          value_parser = format, alias = "output_format")]
    pub(crate) format: Vec<Format>,

    #[command(flatten)]
    pub(crate) recognition: Recognition,

    /// Leave what comes before this time of the episode: `90`, `12:30`, `1:02:03`; all times stay those of the whole
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    pub(crate) start: Option<Time>,

    /// Leave what comes from this time on
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    pub(crate) end: Option<Time>,

    /// Replace files that this program did not write, or that were changed since
    #[arg(long)]
    pub(crate) force: bool,

    /// Keep the sound of feeds beside its transcripts
    #[arg(long)]
    pub(crate) keep_audio: bool,

    /// What new episodes of feeds are called: `{date}`, `{year}`, `{title}` and `{show}` stand for what they say [default: `{date} {title}`]
    #[arg(long, value_name = "PATTERN", value_parser = pattern)]
    pub(crate) name: Option<String>,

    /// Say what would be done of each episode, why and how long it takes, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Run this command after each episode and at the end, as a shell does, with a JSON object on its stdin; the run waits for it
    #[arg(long, value_name = "COMMAND")]
    pub(crate) exec: Option<String>,

    /// Send the same object to this address
    #[arg(long, value_name = "URL", value_parser = web_address)]
    pub(crate) webhook: Option<String>,

    #[command(flatten)]
    pub(crate) which: Which,

    #[command(flatten)]
    pub(crate) listening: Listening,

    #[command(flatten)]
    pub(crate) writing: Writing,
}

/// How words are recognised, and to whom they are given.
#[derive(Debug, Clone, Args)]
pub(crate) struct Recognition {
    /// Whisper model, by name or path to a ggml file, with `-int8` behind it for our own engine [default: the strongest one present, from `base` up, with `-int8` if it is a whole one]
    #[arg(short, long, value_name = "NAME|PATH")]
    pub(crate) model: Option<String>,

    /// Language of the speech, by code or by its English or French name; `auto` finds it by the sound; nothing is translated
    #[arg(short, long, value_name = "CODE", default_value = "fr", value_parser = language)]
    pub(crate) language: String,

    /// Words that may be said, names above all, spelt as you want them; about 150 words count
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true,
        alias = "initial_prompt"
    )]
    pub(crate) prompt: String,

    /// Names and terms to prefer to what sounds alike, separated by commas, or a file of them, one a line; hundreds are well
    #[arg(long, value_name = "FILE|LIST")]
    pub(crate) hotwords: Option<OsString>,

    /// What each sound of a hotword is worth that is heard, as a natural logarithm; `0` prefers none, also none of the show
    #[arg(long, value_name = "NUMBER", default_value_t = asr::hotwords::STRENGTH, value_parser = strength)]
    pub(crate) hotword_strength: f32,

    /// Hypotheses followed side by side: fewer are quicker and make more errors, `1` takes each time the most probable word
    #[arg(long, value_name = "COUNT", default_value_t = asr::DecodingOptions::BEAM_SEARCH.beam_size, alias = "beam_size",
          value_parser = clap::value_parser!(u8).range(1..=8))]
    pub(crate) beam_size: u8,

    /// Call people by the first name that others call them by, where nothing better is known
    #[arg(long)]
    pub(crate) first_names: bool,

    /// What becomes of words whose speaker is unsure
    #[arg(long, value_name = "HOW", default_value = "mark")]
    pub(crate) unsure: Unsure,

    /// Memory for windows that our own engine decodes together, of each thread; more is quicker with large models [default: 640]
    #[arg(long, value_name = "MB", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) batch_memory: Option<u32>,
}

/// Text on its sound: all that `transcribe` asks, and where the text is.
#[derive(Debug, Clone, Args)]
pub(crate) struct Align {
    /// Folder of pages, called as the files of their sound or by the titles of their episodes [default: beside the sound]
    #[arg(long, value_name = "DIR")]
    pub(crate) pages: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) transcribe: Transcribe,
}

/// What `align` is given: pages before their sound.
pub(super) fn align_sources(sources: Arg) -> Arg {
    sources.value_name("PAGE SOUND|SOURCE").help(
        "A page and its sound, several times; or sound, folders, feeds and lists as for \
         `transcribe`, whose pages are found by their names; or pairs: a TOML file with a table \
         `[pages]`, `\"SOUND\" = \"PAGE\"`",
    )
}

/// What `align` writes: a person's text is there already.
pub(super) fn align_formats(format: Arg) -> Arg {
    format.default_value("html,json,srt,vtt")
}

/// Which episodes of many, and for how long.
#[derive(Debug, Clone, Args)]
pub(crate) struct Which {
    /// Try again what failed for good
    #[arg(long)]
    pub(crate) retry_failed: bool,

    /// Ask publishers whether they have replaced the sound of episodes that are done; with `--watch` once a day
    #[arg(long, help_heading = "Many episodes")]
    pub(crate) check_sound: bool,

    /// Go on looking for new episodes, until Ctrl-C; feeds are asked each `--interval`
    #[arg(long, help_heading = "Many episodes")]
    pub(crate) watch: bool,

    /// How often `--watch` asks feeds: `30m`, `6h`
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = duration, help_heading = "Many episodes")]
    pub(crate) interval: Duration,

    /// Episodes at a time [default: 2 of many, more with more than 16 threads]
    #[arg(long, value_name = "COUNT", value_parser = jobs, help_heading = "Many episodes")]
    pub(crate) jobs: Option<NonZeroUsize>,

    /// Only episodes whose file or title has this in its name
    #[arg(long, value_name = "TEXT", help_heading = "Many episodes")]
    pub(crate) only: Option<String>,

    /// No episodes whose file or title has this in its name; may be given several times
    #[arg(long, value_name = "TEXT", help_heading = "Many episodes")]
    pub(crate) exclude: Vec<String>,

    /// Only episodes published, or files changed, on this day or later: `2026-01-31`
    #[arg(long, value_name = "DAY", value_parser = day, help_heading = "Many episodes")]
    pub(crate) since: Option<Date>,

    /// So many episodes at most
    #[arg(long, value_name = "COUNT", help_heading = "Many episodes")]
    pub(crate) limit: Option<usize>,

    /// Begin no episode after this time: `90m`, `6h`
    #[arg(long, value_name = "TIME", value_parser = duration, help_heading = "Many episodes")]
    pub(crate) time: Option<Duration>,

    /// Of N equal parts of the episodes only part I, from 0: for many machines
    #[arg(long, value_name = "I/N", value_parser = shard, help_heading = "Many episodes")]
    pub(crate) shard: Option<(u64, u64)>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Archive {
    /// Say what is done, what failed and why, what is outdated or waiting, and how long it takes
    Status(ArchiveFolder),
    /// List what the last command, or one with other options, would do again, and what it costs
    Outdated(Outdated),
    /// List the episodes whose words a later pass has changed, most first
    Diff(ArchiveFolder),
    /// Write copies of the feeds, `SHOW/feed.xml`, in which episodes name their transcripts
    Feed(ArchiveFeed),
    /// Write `index.html`, a page that searches all transcripts, also without a server
    Index {
        /// Folder that was given as `--out` of `voixoff transcribe`
        #[arg(value_name = "ARCHIVE", default_value = ".")]
        folder: PathBuf,

        /// Title of the page
        #[arg(long, value_name = "TEXT", default_value = "Archives")]
        title: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ArchiveFeed {
    /// Folder that was given as `--out` of `voixoff transcribe`
    #[arg(value_name = "ARCHIVE", default_value = ".")]
    pub(crate) folder: PathBuf,

    /// Address at which the folder will be found on the web
    #[arg(long, value_name = "URL")]
    pub(crate) base: String,

    /// Language of the transcripts
    #[arg(long, value_name = "CODE", default_value = "fr")]
    pub(crate) language: String,
}

#[derive(Debug, Args)]
pub(crate) struct Search {
    /// Folder that was given as `--out` of `voixoff transcribe`
    #[arg(value_name = "ARCHIVE")]
    pub(crate) folder: PathBuf,

    /// Words that a passage has, without regard to accents; in quotes, words that stand together
    #[arg(value_name = "WORDS")]
    pub(crate) words: Vec<String>,

    /// Only what this person says; a part of the name is enough
    #[arg(long, value_name = "NAME")]
    pub(crate) who: Option<String>,

    /// Only of shows with this in their title
    #[arg(long, value_name = "TEXT")]
    pub(crate) show: Option<String>,

    /// Write one JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ArchiveFolder {
    /// Folder of the transcripts: `--out` of `voixoff transcribe`, or that of the sound
    #[arg(value_name = "ARCHIVE", default_value = ".")]
    pub(crate) folder: PathBuf,

    /// Write one JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Outdated {
    #[command(flatten)]
    pub(crate) archive: ArchiveFolder,

    /// Options of `transcribe` that differ from those of the last run, such as `--model small`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "OPTIONS")]
    pub(crate) options: Vec<OsString>,
}

/// The code of a language, or that it is to be found.
fn language(name: &str) -> Result<String, String> {
    if name.trim().eq_ignore_ascii_case(asr::AUTO) {
        return Ok(asr::AUTO.to_owned());
    }
    known_language(name)
}

/// The code of a language.
pub(super) fn known_language(name: &str) -> Result<String, String> {
    let unknown =
        || format!("`{name}` is no language of Whisper: say it as `fr`, `en` or `German`");
    asr::language(name).map(str::to_owned).ok_or_else(unknown)
}

fn strength(text: &str) -> Result<f32, String> {
    let number = text.parse().ok().filter(|number| (0.0..=20.0).contains(number));
    number.ok_or_else(|| format!("`{text}` is not a number from 0 to 20"))
}

fn pattern(text: &str) -> Result<String, String> {
    match PLACEHOLDERS.iter().any(|placeholder| text.contains(placeholder)) {
        true => Ok(text.to_owned()),
        false => Err(format!("`{text}` has none of {} in it", PLACEHOLDERS.join(", "))),
    }
}

fn web_address(text: &str) -> Result<String, String> {
    match voixoff::net::web::is_http(text) {
        true => Ok(text.to_owned()),
        false => Err(format!("`{text}` is no address of the web, `https://…`")),
    }
}

fn jobs(text: &str) -> Result<NonZeroUsize, String> {
    from_one(text, "without it there are 2 of many")
}

/// A time like `90m`, `6h`, `45s`, or `2h30m`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is not a time like `90m` or `6h`");
    let (mut seconds, mut number) = (0_u64, String::new());
    for c in text.trim().chars() {
        let unit = match c {
            '0'..='9' => {
                number.push(c);
                continue;
            }
            'h' => 3_600,
            'm' => 60,
            's' => 1,
            _ => return Err(wrong()),
        };
        let n: u64 = std::mem::take(&mut number).parse().map_err(|_| wrong())?;
        seconds = n.checked_mul(unit).and_then(|n| n.checked_add(seconds)).ok_or_else(wrong)?;
    }
    if !number.is_empty() || seconds == 0 { Err(wrong()) } else { Ok(Duration::from_secs(seconds)) }
}

/// A time of an episode: seconds, or with minutes and hours before them.
fn moment(text: &str) -> Result<Time, String> {
    let wrong = || format!("`{text}` is not a time like `90`, `12:30` or `1:02:03`");
    let parts: Vec<&str> = text.trim().split(':').collect();
    let (last, before) = parts.split_last().ok_or_else(wrong)?;
    let seconds: f64 = last.replace(',', ".").parse().map_err(|_| wrong())?;
    let below = |number: f64| (0.0..60.0).contains(&number) || before.is_empty() && number >= 60.0;
    let is_long = before.len() > 2 || !below(seconds) || seconds > 1e7;
    if is_long || !last.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(wrong());
    }
    let minutes = before.iter().try_fold(0_u64, |sum, part| {
        let number = part.parse::<u32>().ok().filter(|number| *number < 10_000);
        number.map(|number| sum * 60 + u64::from(number))
    });
    let millis = (seconds * 1_000.0).round() as u64;
    Ok(Time::from_millis(minutes.ok_or_else(wrong)? * 60_000 + millis))
}

fn day(text: &str) -> Result<Date, String> {
    Date::try_from(text.to_owned())
}

fn shard(text: &str) -> Result<(u64, u64), String> {
    let parts = text.split_once('/');
    let parts = parts.and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
    let wrong = || format!("`{text}` is not a part like `0/4`, `1/4`, `2/4` or `3/4`");
    parts.filter(|(i, n)| i < n).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_said_as_people_do() {
        for (text, ms) in [
            ("90", 90_000),
            ("12:30", 750_000),
            ("1:02:03", 3_723_000),
            ("0:07,5", 7_500),
            ("0", 0),
        ] {
            assert_eq!(moment(text), Ok(Time::from_millis(ms)), "{text}");
        }
        for text in ["", ":", "1:", "-3", "1:60", "1:2:3:4", "NaN", "inf", "1e9", "midi", "+3"] {
            assert!(moment(text).is_err(), "{text}");
        }
    }
}
