//! `voixoff.toml`: what every run is asked for where nobody says otherwise.
//!
//! One lies in the user's own folder of settings, one in an archive; the command line wins over the
//! archive's, and that over the user's. A server has no archive, and goes by the user's alone. A setting is
//! called as its option is, so there is nothing more to learn, and the reader of the command line judges it:
//! it stands there as a default.

use crate::{
    DONE,
    args::{self, Arguments, nearest},
    language,
    models::user_folder,
    report::{self, advise},
    terminal::line,
};
use anyhow::Context;
use clap::{ArgAction, CommandFactory, FromArgMatches, parser::ValueSource};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};
use voixoff::{
    archive::last_run::{LastRun, Noted},
    base::tables,
    formats::Format,
    net::bucket::Address,
};

/// What the file is called, in an archive and in the user's folder.
const FILE: &str = "voixoff.toml";

/// What is asked for once, and never by a file.
const ONCE: [&str; 7] = ["color", "dry-run", "force", "help", "stdout", "verbose", "version"];

/// What only the user's own file may say: an archive may come from somebody else, and these run
/// commands, send something, write elsewhere, or belong to a server.
const OWN: [&str; 14] = [
    "exec",
    "fetch",
    "host",
    "keep-audio",
    "log",
    "max-time",
    "max-upload",
    "mirror",
    "models",
    "out",
    "port",
    "queue",
    "token",
    "webhook",
];

/// Commands that files of settings have a say in; a setting is one of the first that knows it.
const COMMANDS: [&str; 3] = ["transcribe", "align", "serve"];

/// Settings that are names of files, as seen from the folder of their own file.
const PATHS: [&str; 6] = ["log", "mirror", "models", "out", "show", "voices"];

/// A setting, and the file that says it.
#[derive(Debug, Clone, PartialEq)]
struct Setting {
    values: Vec<String>,
    place: PathBuf,
}

type Settings = BTreeMap<String, Setting>;

/// Why there are no arguments.
pub(crate) enum Wrong {
    /// The command line is wrong, or asks for help.
    Line(clap::Error),
    /// A file of settings is.
    File(anyhow::Error),
}

/// What `words` ask for, the program's name first; of [`COMMANDS`], by the files of settings too.
pub(crate) fn arguments(words: &[OsString]) -> Result<Arguments, Wrong> {
    let matches = read_by(&Settings::new(), words)?;
    let arguments = Arguments::from_arg_matches(&matches).map_err(Wrong::Line)?;
    let settings = match &arguments.command {
        args::Command::Transcribe(options) => of_episodes(options, &matches),
        args::Command::Align(options) => of_episodes(&options.transcribe, &matches),
        #[cfg(feature = "serve")]
        args::Command::Serve(_) => own(),
        _ => return Ok(arguments),
    };
    let settings = settings.map_err(Wrong::File)?;
    let are_named = settings.contains_key("format") || is_typed(&matches, "format");
    let mut arguments = match settings.is_empty() {
        true => arguments,
        false => {
            let matches = read_by(&settings, words)?;
            Arguments::from_arg_matches(&matches).map_err(Wrong::Line)?
        }
    };
    if let args::Command::Transcribe(options) = &mut arguments.command
        && !are_named
        && is_without_pages(options)
    {
        options.format.retain(|format| *format != Format::Html);
    }
    Ok(arguments)
}

/// Whether the option `name` stands on the command line of `matches`.
fn is_typed(matches: &clap::ArgMatches, name: &str) -> bool {
    // A command may have no such option.
    let source = |(_, typed): (_, &clap::ArgMatches)| {
        typed.try_contains_id(name).ok()?;
        typed.value_source(name)
    };
    matches.subcommand().and_then(source) == Some(ValueSource::CommandLine)
}

/// Whether transcripts of `options` go where a run before wrote no pages for reading. Of a bucket it is
/// not known here, so it counts as one.
fn is_without_pages(options: &args::Transcribe) -> bool {
    let folders = match &options.out {
        Some(out) if out.to_str().is_some_and(Address::is_address) => return true,
        Some(out) => vec![out.clone()],
        None => options.sources.iter().filter_map(|source| beside(Path::new(source))).collect(),
    };
    let has_none = |folder: &PathBuf| match LastRun::noted(folder) {
        Ok(Some(Noted::Settings(run))) => !run.formats.contains(&Format::Html),
        Ok(Some(Noted::Command(_))) | Err(_) => true,
        Ok(None) => false,
    };
    folders.iter().any(has_none)
}

/// What `words` say where `settings` hold; help and errors are those of the plain command line.
fn read_by(settings: &Settings, words: &[OsString]) -> Result<clap::ArgMatches, Wrong> {
    language::help::of(with(settings)).try_get_matches_from(words).map_err(|error| {
        let plain = language::help::of(Arguments::command()).try_get_matches_from(words);
        Wrong::Line(plain.err().unwrap_or(error))
    })
}

/// The settings of the run that `options` ask for, as they were typed in `matches`.
fn of_episodes(options: &args::Transcribe, matches: &clap::ArgMatches) -> anyhow::Result<Settings> {
    let out = options.out.as_deref().filter(|_| is_typed(matches, "out"));
    of_run(out, options.sources.first().map(Path::new))
}

/// The user's own settings.
fn own() -> anyhow::Result<Settings> {
    own_file().map_or_else(|| Ok(Settings::new()), |path| read(&path, true))
}

/// The settings of a run whose transcripts go to `out`, else beside `source`.
fn of_run(out: Option<&Path>, source: Option<&Path>) -> anyhow::Result<Settings> {
    let mut settings = own()?;
    let configured = settings.get("out").map(|setting| PathBuf::from(setting.values.concat()));
    let is_folder = |path: &PathBuf| path.to_str().is_none_or(|it| !Address::is_address(it));
    let archive = out.map(Path::to_owned).or(configured).or_else(|| beside(source?));
    if let Some(archive) = archive.filter(is_folder) {
        settings.extend(read(&archive.join(FILE), false)?);
    }
    Ok(settings)
}

/// The folder of transcripts that lie beside `source`, where that is a file or a folder.
fn beside(source: &Path) -> Option<PathBuf> {
    match source {
        folder if folder.is_dir() => Some(folder.to_owned()),
        file if file.exists() => {
            let folder = file.parent()?;
            Some(if folder.as_os_str().is_empty() { Path::new(".") } else { folder }.to_owned())
        }
        _ => None,
    }
}

fn own_file() -> Option<PathBuf> {
    Some(user_folder("XDG_CONFIG_HOME", ".config")?.join("voixoff").join(FILE))
}

/// The settings of the file at `path`, each of which is good; none where there is no file.
fn read(path: &Path, is_own: bool) -> anyhow::Result<Settings> {
    let shown = path.display();
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Settings::new()),
        text => text.with_context(|| format!("the settings `{shown}` cannot be read"))?,
    };
    let table: BTreeMap<String, Value> =
        tables::read(&text).with_context(|| format!("the settings `{shown}` cannot be read"))?;
    let command = Arguments::command();
    let mut settings = Settings::new();
    for (name, value) in table {
        let wrong = |reason: String, hint: String| advise(format!("`{shown}`: {reason}"), hint);
        let see =
            || "`voixoff transcribe --help` lists what can be said, without the dashes".to_owned();
        let Some((of, argument)) = argument(&command, &name) else {
            let hint = nearest(&name, known(&command).iter().map(String::as_str))
                .map_or_else(see, |meant| format!("there is a setting `{meant}`"));
            return Err(wrong(format!("`{name}` is no setting"), hint));
        };
        if !is_own && OWN.contains(&name.as_str()) {
            let hint =
                own_file().map(|own| format!("say it in your own file, `{}`", own.display()));
            let reason =
                format!("`{name}` is not for an archive to say, which may come from others");
            return Err(wrong(reason, hint.unwrap_or_default()));
        }
        let values = texts(&value).ok_or_else(|| {
            wrong(format!("`{name}` is neither text, a number, a list, `true` nor `false`"), see())
        })?;
        let values = values.into_iter().map(|text| placed(&name, text, path)).collect::<Vec<_>>();
        if let Some(reason) = refusal(of, argument, &name, &values) {
            return Err(wrong(reason, see()));
        }
        settings.insert(name, Setting { values, place: path.to_owned() });
    }
    Ok(settings)
}

/// All options that a file may set, each with a command that has it.
fn options(command: &clap::Command) -> impl Iterator<Item = (&str, &clap::Arg)> {
    let commands = COMMANDS.iter().filter_map(|name| command.find_subcommand(name));
    let all = commands.flat_map(|it| it.get_arguments().map(move |option| (it.get_name(), option)));
    let all = all.chain(command.get_arguments().map(|option| (COMMANDS[0], option)));
    all.filter(|(_, option)| option.get_long().is_some_and(|name| !ONCE.contains(&name)))
}

/// The one called `name`.
fn argument<'a>(command: &'a clap::Command, name: &str) -> Option<(&'a str, &'a clap::Arg)> {
    options(command).find(|(_, option)| option.get_long() == Some(name))
}

/// The names of all of them.
fn known(command: &clap::Command) -> Vec<String> {
    let shown = options(command).filter(|(_, option)| !option.is_hide_set());
    shown.filter_map(|(_, option)| option.get_long()).map(str::to_owned).collect()
}

/// `value` as it would be typed.
fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Number(number) => Some(vec![number.to_string()]),
        Value::Bool(bool) => Some(vec![bool.to_string()]),
        Value::Array(values) => {
            let texts: Option<Vec<Vec<String>>> = values.iter().map(texts).collect();
            texts.map(|texts| texts.concat())
        }
        Value::Null | Value::Object(_) => None,
    }
}

/// `text` of the setting `name`: a file as it is seen from the folder of the file at `path`.
fn placed(name: &str, text: String, path: &Path) -> String {
    let file = path.parent().unwrap_or(Path::new("")).join(&text);
    let is_file = PATHS.contains(&name) && !Address::is_address(&text);
    match is_file || name == "hotwords" && file.is_file() {
        true => file.to_string_lossy().into_owned(),
        false => text,
    }
}

fn is_flag(argument: &clap::Arg) -> bool {
    matches!(argument.get_action(), ArgAction::SetTrue)
}

/// Why `values` are none of the option `argument` of the command `of`; `None` where they are.
fn refusal(of: &str, argument: &clap::Arg, name: &str, values: &[String]) -> Option<String> {
    if is_flag(argument) {
        let is_bool = matches!(values, [one] if one == "true" || one == "false");
        return (!is_bool).then(|| format!("`{name}` is `true` or `false`"));
    }
    let words = values.iter().map(|value| format!("--{name}={value}"));
    let source = if of == "serve" { None } else { Some("x") };
    let words = ["voixoff", of].into_iter().chain(source).map(str::to_owned).chain(words);
    let error = Arguments::command().try_get_matches_from(words).err()?;
    Some(report::in_a_line(&error))
}

/// The command line with `settings` as its defaults. Switches of [`COMMANDS`] can be taken back on it:
/// `--keep-audio=false`.
fn with(settings: &Settings) -> clap::Command {
    let values =
        |argument: &clap::Arg| settings.get(argument.get_long()?).map(|it| it.values.clone());
    let switch = |argument: clap::Arg, default: String| {
        argument
            .action(ArgAction::Set)
            .value_parser(clap::value_parser!(bool))
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true")
            .default_value(default)
    };
    let default = |argument: clap::Arg| match (values(&argument), is_flag(&argument)) {
        (Some(values), true) => switch(argument, values.concat()),
        (Some(values), false) => argument.default_values(values),
        (None, _) => argument,
    };
    let below = |argument: clap::Arg| match is_flag(&argument) && values(&argument).is_none() {
        true => switch(argument, "false".to_owned()),
        false => default(argument),
    };
    COMMANDS.iter().fold(Arguments::command().mut_args(default), |all, name| {
        match all.find_subcommand(name) {
            Some(_) => all.mut_subcommand(name, |command| command.mut_args(below)),
            None => all,
        }
    })
}

/// Where the user's own settings are, and whether there are some.
///
/// # Errors
/// Where they are wrong.
pub(crate) fn own_settings() -> anyhow::Result<String> {
    let Some(path) = own_file() else { return Ok("there is no home folder for them".to_owned()) };
    let state = if read(&path, true)?.is_empty() { "none" } else { "good" };
    Ok(format!("`{}` ({})", path.display(), language::told(state)))
}

/// Shows the settings of a run into the folder of `options`, and which file says each.
pub(crate) fn show(options: &args::Config) -> anyhow::Result<u8> {
    let files = own_file().into_iter().chain([options.folder.join(FILE)]);
    for file in files {
        let state = if file.is_file() { "read" } else { "not there" };
        line(&format!(
            "# {}",
            language::labelled(&file.display().to_string(), &language::told(state))
        ));
    }
    let settings = of_run(Some(&options.folder), None)?;
    for (name, Setting { values, place }) in &settings {
        let quoted: Vec<String> = values.iter().map(|value| tables::quoted(value)).collect();
        let value = match quoted.as_slice() {
            [one] => one.clone(),
            all => format!("[{}]", all.join(", ")),
        };
        line(&format!("{name} = {value}  # {}", place.display()));
    }
    Ok(DONE)
}
