//! The command line, as the help shows it. Nothing here does anything.

mod models;
mod nearest;
#[cfg(feature = "serve")]
mod serve;
mod telling;
mod transcribe;
mod typed;

pub(crate) use models::Models;
pub(crate) use nearest::nearest;
#[cfg(feature = "serve")]
pub(crate) use serve::Serve;
use telling::OF_ALL;
pub(crate) use telling::{Colour, Telling};
use transcribe::known_language;
pub(crate) use transcribe::{
    Align, Archive, ArchiveFeed, ArchiveFolder, FORMATS, FORMATS_WITHOUT_PAGES, Recognition,
    Search, Transcribe, Which,
};
use transcribe::{align_formats, align_sources};
pub(crate) use typed::{Meant, Typed, colour, is_verbose, typed};

use crate::language::Language;
use clap::{Args, Parser, Subcommand, ValueEnum, builder::PossibleValue};
use std::{num::NonZeroUsize, path::PathBuf};
use voixoff::{base::transcript::Rule, formats::Format, text::typography::Profile};

/// Transcribe French podcasts on this machine, with timestamps.
#[derive(Debug, Parser)]
#[command(name = "voixoff", version, about, max_term_width = 100, override_usage = USAGE)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Folder of the model files [default: `voixoff models path`]
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "VOIXOFF_MODELS",
        hide_env_values = true,
        alias = "model_dir",
        help_heading = OF_ALL
    )]
    pub(crate) models: Option<PathBuf>,

    /// Language of messages and help [default: that of the system, else English]
    #[arg(long, global = true, value_name = "CODE", help_heading = OF_ALL)]
    pub(crate) lang: Option<Language>,

    #[command(flatten)]
    pub(crate) telling: Telling,
}

/// How the program is called: a file without a command is transcribed.
const USAGE: &str = "voixoff [OPTIONS] <FILE>...\n       voixoff [OPTIONS] <COMMAND>";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Transcribe episodes; run again, it continues where it stopped
    Transcribe(Box<Transcribe>),
    /// Lay text that people wrote on its sound: each word gets its time, each paragraph its voice
    #[command(mut_arg("sources", align_sources), mut_arg("format", align_formats))]
    Align(Box<Align>),
    /// Look at a folder of transcripts: what is done, what failed, what would be done again
    #[command(subcommand)]
    Archive(Archive),
    /// Look for words in the transcripts of an archive; exit with 1 where they are nowhere
    Search(Search),
    /// Correct transcripts against their sound, in the browser, on this machine alone
    #[cfg(feature = "review")]
    Review(Review),
    /// Transcribe what programs send: a server with the interface of OpenAI's
    #[cfg(feature = "serve")]
    #[command(
        mut_arg("language", serve::language),
        mut_arg("prompt", serve::prompt),
        mut_arg("progress", serve::progress)
    )]
    Serve(Box<Serve>),
    /// Learn names, people and their voices from the texts that people wrote or read in an archive
    Learn(Learn),
    /// Say who speaks when, without words: RTTM on stdout
    Diarize(Diarize),
    /// Write transcripts in other formats
    Convert(Convert),
    /// Score transcripts against references; exit with 1 where they are worse than a baseline
    Eval(crate::eval::args::Eval),
    /// Transcribe and score a suite of sound with references; exit with 1 beyond a bar
    Check(crate::eval::args::Check),
    /// List what an editor should look at in a transcript, worst first
    Lint(Lint),
    /// List, fetch, import or check the models
    #[command(subcommand)]
    Models(Models),
    /// Know people by their voices: enrol, learn, list, forget, match
    #[command(subcommand)]
    Voices(Voices),
    /// Describe a show: its people, and the words it says each time
    #[command(subcommand)]
    Show(Show),
    /// Look at the machine, the models and the folders, and say what is to be mended; exit with 1 then
    Doctor,
    /// Show the settings of `voixoff.toml`: those of an archive, and your own
    Config(Config),
    /// Print what makes a shell complete the words of this program
    Completions(Completions),
    /// Print the page of `man`, or write those of all commands
    Man(Man),
}

#[derive(Debug, Args)]
pub(crate) struct Config {
    /// Folder of the transcripts: `--out` of `voixoff transcribe`, or that of the sound
    #[arg(value_name = "ARCHIVE", default_value = ".")]
    pub(crate) folder: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// Which shell
    #[arg(value_name = "SHELL")]
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(crate) struct Man {
    /// Folder to write the pages of all commands to
    #[arg(short, long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

#[cfg(feature = "review")]
#[derive(Debug, Args)]
pub(crate) struct Review {
    /// Folders of transcripts, or transcripts in JSON
    #[arg(value_name = "ARCHIVE|FILE", default_value = ".")]
    pub(crate) places: Vec<PathBuf>,

    /// Do not open the browser; the address is printed
    #[arg(long)]
    pub(crate) no_open: bool,

    /// Port of the server [default: any that is free]
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<u16>,

    /// Who reviews: the list says so, and who marks an episode as read signs so
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    pub(crate) reviewer: String,
}

#[derive(Debug, Args)]
pub(crate) struct Learn {
    /// Folder of transcripts, some of which `voixoff align` made or a person has read
    #[arg(value_name = "ARCHIVE", default_value = ".")]
    pub(crate) folder: PathBuf,

    /// Write what is learned; without it, it is only shown
    #[arg(long)]
    pub(crate) write: bool,

    /// Learn nothing of this person, now and later: neither name nor voice. Takes out what was learned of them
    #[arg(long, value_name = "NAME")]
    pub(crate) forget: Vec<String>,

    /// Description of the show that names and people are added to [default: `show.toml` in ARCHIVE, or in the folder of each show]
    #[arg(long, value_name = "FILE")]
    pub(crate) show: Option<PathBuf>,

    /// File of the known voices that voices are added to [default: `voices.toml` in ARCHIVE]
    #[arg(long, value_name = "FILE")]
    pub(crate) voices: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Diarize {
    /// Sound files, as for `transcribe`
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// Write JSON as `transcribe` does, without segments: speakers with their roles, turns
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) listening: Listening,
}

/// How sound is listened to, whatever is asked about it.
#[derive(Debug, Clone, Args)]
pub(crate) struct Listening {
    /// How many people speak, `N` or `MIN..MAX` [default: as many as are heard]
    #[arg(long, value_name = "N|MIN..MAX", value_parser = count)]
    pub(crate) speakers: Option<(u16, u16)>,

    /// Description of the show: `show.toml` of `voixoff show init`
    #[arg(long, value_name = "FILE")]
    pub(crate) show: Option<PathBuf>,

    /// Known voices, to name people by: a file of `voixoff voices enroll` [default: none]
    #[arg(long, value_name = "FILE")]
    pub(crate) voices: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) hearing: Hearing,
}

/// What hearing costs and how it is shown.
#[derive(Debug, Clone, Args)]
pub(crate) struct Hearing {
    /// Windows of sound worked on side by side; each takes one core, and with Whisper `base` some 150 MB [default: all cores]
    #[arg(short, long, value_name = "COUNT", value_parser = threads)]
    pub(crate) threads: Option<NonZeroUsize>,

    /// Download models that are missing, without asking
    #[arg(long, alias = "yes")]
    pub(crate) fetch: bool,

    /// How to show progress [default: bars on a terminal, else lines]
    #[arg(long, value_name = "WHERE")]
    pub(crate) progress: Option<Progress>,

    /// Answers for tests, instead of the models
    #[cfg(feature = "scripted")]
    #[arg(long, value_name = "FILE", hide = true)]
    pub(crate) scripted: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Convert {
    /// Transcripts in any format that is written, JSON of the Whisper family, or text with names
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// Formats to write, separated by commas
    #[arg(short = 'f', long, required = true, value_name = "LIST", value_delimiter = ',', value_parser = format)]
    pub(crate) to: Vec<Format>,

    /// Folder to write to, or file if there is one to write and the name has an extension [default: beside FILE]
    #[arg(short, long, value_name = "FILE|DIR")]
    pub(crate) out: Option<PathBuf>,

    /// Write to stdout and to no file; for one file and one format
    #[arg(long, conflicts_with = "out")]
    pub(crate) stdout: bool,

    /// Description of the show, for its names and terms: `show.toml` of `voixoff show init`
    #[arg(long, value_name = "FILE")]
    pub(crate) show: Option<PathBuf>,

    /// Replace files that this program did not write, or that were changed since
    #[arg(long)]
    pub(crate) force: bool,

    #[command(flatten)]
    pub(crate) writing: Writing,
}

#[derive(Debug, Args)]
pub(crate) struct Lint {
    /// Transcript, as for `convert`
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Description of the show, for its names and terms: `show.toml` of `voixoff show init`
    #[arg(long, value_name = "FILE")]
    pub(crate) show: Option<PathBuf>,
}

/// How words are written.
#[derive(Debug, Clone, Args)]
pub(crate) struct Writing {
    /// How near texts stay to what was said; JSON keeps every word
    #[arg(long, value_name = "MODE", default_value = "clean")]
    pub(crate) verbatim: Verbatim,

    /// Spaces of French typography: `april`, `imprimerie` (narrow ones), `wiki`, `ascii` (plain ones)
    #[arg(long, value_name = "PROFILE", default_value = "april", value_parser = profile)]
    pub(crate) typography: Profile,

    /// Where texts show the time [default: at paragraphs in `txt`, `md`, `html`, else nowhere]
    #[arg(long, value_name = "WHERE")]
    pub(crate) timecodes: Option<Timecodes>,

    /// What a screen of subtitles may hold
    #[arg(long, value_name = "PRESET", default_value = "web")]
    pub(crate) subtitles: Subtitles,

    /// Show words of assent under somebody else's sentence: « oui », « d'accord »
    #[arg(long)]
    pub(crate) keep_backchannels: bool,

    /// Write counts from 2 to 16 in words, as `april` does without it
    #[arg(long)]
    pub(crate) small_numbers: bool,

    /// Keep the recogniser's figures: write no count in words
    #[arg(long, conflicts_with = "small_numbers")]
    pub(crate) plain_numbers: bool,

    /// Keep the recogniser's marks: add no « », « ! » or « ? »; `--plain-marks=RULE,RULE` switches off these rules alone
    #[arg(long, value_name = "RULE", num_args = 0..=1, require_equals = true, value_delimiter = ',', default_missing_value = "all")]
    pub(crate) plain_marks: Vec<PlainMark>,

    /// Whether what pages say of people themselves is « invité·e », or « invité »
    #[arg(long, value_name = "HOW", default_value = "yes")]
    pub(crate) inclusive: YesNo,
}

/// Marks that stay the recogniser's, by the names of rules in `changes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlainMark {
    All,
    Rule(Rule),
}

impl ValueEnum for PlainMark {
    fn value_variants<'a>() -> &'a [PlainMark] {
        const ALL: &[PlainMark] = &[
            PlainMark::All,
            PlainMark::Rule(Rule::Quotation),
            PlainMark::Rule(Rule::Comma),
            PlainMark::Rule(Rule::Colon),
            PlainMark::Rule(Rule::Exclamation),
            PlainMark::Rule(Rule::Capital),
        ];
        ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            PlainMark::All => "all",
            PlainMark::Rule(rule) => rule.name(),
        }))
    }
}

/// Yes or no, in either language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum YesNo {
    #[value(name = "yes", aliases = ["oui", "true"])]
    Yes,
    #[value(name = "no", aliases = ["non", "false"])]
    No,
}

/// What becomes of words whose speaker is unsure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Unsure {
    /// Give them no name; the JSON keeps the guess
    Mark,
    /// Give them the name of who most likely says them
    Guess,
}

/// How near texts stay to what was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Verbatim {
    /// Every word
    Full,
    /// Without hesitations and stammered little words
    Clean,
    /// The same, with spoken forms written out: « c'est pas » becomes « ce n'est pas »
    Edited,
}

/// Where texts show the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Timecodes {
    /// Nowhere
    None,
    /// At the titles of chapters
    Headings,
    /// Where somebody begins to speak
    Turns,
    /// At each paragraph
    Paragraphs,
}

/// Whose rules subtitles follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Subtitles {
    /// Two lines of 42 characters, as streaming services do
    Web,
    /// Two lines of 36 characters and dashes, as French television does
    Arcom,
    /// Two lines of 32 characters in SRT, one of 65 in WebVTT, as podcast players do
    Podcast,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Voices {
    /// Make a voice known, from a recording in which that person speaks
    Enroll {
        /// Name, as readers should see it
        #[arg(value_name = "NAME")]
        name: String,
        /// Recording; some minutes are best, five seconds the least
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Which of its speakers, by the name that `voixoff diarize` gives [default: the only one]
        #[arg(long, value_name = "NAME")]
        speaker: Option<String>,
        #[command(flatten)]
        gallery: GalleryFile,
        #[command(flatten)]
        hearing: Hearing,
    },
    /// List the people whose voices are known
    List {
        #[command(flatten)]
        gallery: GalleryFile,
    },
    /// Delete what is known of a person's voice
    Forget {
        /// Name
        #[arg(value_name = "NAME")]
        name: String,
        #[command(flatten)]
        gallery: GalleryFile,
    },
    /// Know the people of an episode whose transcript a person has corrected
    Learn {
        /// Sound file of the episode
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Its transcript with times, of any format that `voixoff convert` reads
        #[arg(value_name = "TRANSCRIPT")]
        transcript: PathBuf,
        /// A person has confirmed the names in it; needed unless it says `"reviewed": true`
        #[arg(long)]
        confirmed: bool,
        #[command(flatten)]
        gallery: GalleryFile,
        #[command(flatten)]
        hearing: Hearing,
    },
    /// Say which known people speak in recordings; writes nothing
    Match {
        /// Sound files, as for `transcribe`
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        #[command(flatten)]
        gallery: GalleryFile,
        #[command(flatten)]
        hearing: Hearing,
    },
}

#[derive(Debug, Args)]
pub(crate) struct GalleryFile {
    /// File of the known voices: biometric data, kept on this machine alone
    #[arg(long = "voices", value_name = "FILE", default_value = "voices.toml")]
    pub(crate) path: PathBuf,
}

/// How progress is shown; always on stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Progress {
    /// A moving bar for each stage
    Bars,
    /// A line now and then
    Lines,
    /// A JSON object a line; docs/json.md lists its fields
    Json,
    /// Nothing but warnings and errors
    None,
}

fn threads(text: &str) -> Result<NonZeroUsize, String> {
    from_one(text, "without it there is one a core")
}

/// A number from 1 on; `without` says what holds where none is given.
fn from_one(text: &str, without: &str) -> Result<NonZeroUsize, String> {
    text.trim().parse().map_err(|_| format!("`{text}` is no number from 1 on; {without}"))
}

fn count(text: &str) -> Result<(u16, u16), String> {
    let number = |part: &str| part.trim().parse::<u16>().ok().filter(|number| *number > 0);
    let (min, max) = text.split_once("..").unwrap_or((text, text));
    match (number(min), number(max.trim_start_matches('='))) {
        (Some(min), Some(max)) if min <= max => Ok((min, max)),
        _ => Err(format!("`{text}` is neither a number of people nor `MIN..MAX`")),
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Show {
    /// Begin a description of a show from what is known already; then edit it
    Init(ShowInit),
}

#[derive(Debug, Args)]
pub(crate) struct ShowInit {
    /// Folder of sound files, or podcast feed (RSS) as a file or an http(s) address
    #[arg(value_name = "SOURCE")]
    pub(crate) source: String,

    /// File to write
    #[arg(long, value_name = "FILE", default_value = "show.toml")]
    pub(crate) out: PathBuf,

    /// Replace the file if it exists
    #[arg(long)]
    pub(crate) force: bool,
}

fn profile(name: &str) -> Result<Profile, String> {
    let known = || Profile::ALL.map(Profile::name).join(", ");
    Profile::from_name(name).ok_or_else(|| format!("`{name}` is not one of {}", known()))
}

fn format(name: &str) -> Result<Format, String> {
    let known = || Format::ALL.map(Format::name).join(", ");
    let typed = name.trim().to_lowercase();
    let format = Format::ALL.into_iter().find(|format| format.name() == typed);
    format.ok_or_else(|| format!("`{name}` is not one of {}", known()))
}
