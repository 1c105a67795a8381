//! Errors and warnings as people read them: what, on what, why, then what to do.

use crate::{DONE, WRONG_USE, args::Meant, guidance::worded, language, terminal};
use std::{borrow::Cow, error::Error, io, path::Path};
use voixoff::{
    archive::mirror::MirrorError,
    asr::TranscribeError,
    audio::DecodeError,
    base::{
        guidance::{Guidance, Guided, reasons},
        notes::NoteError,
    },
    episode::{outputs::Failure, pipeline::EpisodeError},
    formats::{Format, ReadFormatError},
    models::ModelError,
    net::{bucket::BucketError, download::DownloadError, feed::FeedError},
    review::ReviewError,
    speakers::{
        diarize::{DetectError, error::NetworkError},
        voices::GalleryError,
    },
};

/// Prints what the reader of the command line has to say: the help that was asked for, or what
/// is wrong with what was typed; an exit code.
pub(crate) fn command_line(error: &clap::Error) -> u8 {
    let text = error.render();
    if error.use_stderr() {
        language::help::page(text.to_string()).trim_end().lines().for_each(terminal::note);
        return WRONG_USE;
    }
    let has_colour = terminal::has_colour();
    let text = if has_colour { text.ansi().to_string() } else { text.to_string() };
    terminal::painted(&language::help::page(text));
    DONE
}

/// Prints `error`, its causes, and the remedy if one is known.
pub(crate) fn error(error: &anyhow::Error) {
    terminal::note(&format!("error: {error}"));
    causes(error.chain().skip(1).map(ToString::to_string), &error.to_string());
    let known = error.chain().find_map(guidance_of).map(|known| worded(&known).into_owned());
    let advice = error.chain().find_map(|cause| cause.downcast_ref::<Advice>());
    let system = error.chain().find_map(|cause| cause.downcast_ref::<io::Error>());
    let hint = known
        .or(advice.map(|advice| advice.hint.clone()))
        .or(system.map(|error| remedy(error).to_owned()));
    hint_line(&hint.unwrap_or_default());
}

/// What can be done about `error`, if it is one of the library's.
fn guidance_of(error: &(dyn Error + 'static)) -> Option<Guidance> {
    fn of<E: Guided + 'static>(error: &(dyn Error + 'static)) -> Option<Guidance> {
        error.downcast_ref::<E>()?.guidance()
    }
    // All that say it: a test holds this list to the library.
    let all = [
        of::<ModelError>,
        of::<NetworkError>,
        of::<DetectError>,
        of::<TranscribeError>,
        of::<FeedError>,
        of::<DownloadError>,
        of::<BucketError>,
        of::<MirrorError>,
        of::<ReadFormatError>,
        of::<GalleryError>,
        of::<DecodeError>,
        of::<EpisodeError>,
        of::<NoteError>,
        of::<ReviewError>,
    ];
    all.into_iter().find_map(|of| of(error))
}

/// Prints why an episode has no transcript.
pub(crate) fn episode(error: &EpisodeError) {
    failure(&reasons(error), &hint(error.guidance().as_ref()));
}

/// `guidance` in words; empty where there is none.
pub(crate) fn hint(guidance: Option<&Guidance>) -> Cow<'static, str> {
    guidance.map(worded).unwrap_or_default()
}

/// What can be done about `failure`, in words; empty where nobody knows.
pub(crate) fn hint_of(failure: &Failure) -> Cow<'_, str> {
    match &failure.guidance {
        Some(guidance) => worded(guidance),
        None => failure.hint.as_deref().unwrap_or_default().into(),
    }
}

/// What can be done where the system refuses a file and nobody knows more; may be empty.
fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "check its name: paths are seen from the folder you are in",
        io::ErrorKind::PermissionDenied => "check the rights of it and of the folders above it",
        io::ErrorKind::IsADirectory => "it is a folder: name a file in it",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room on its disk",
        _ => "",
    }
}

/// Says that the file at `path` cannot be written.
pub(crate) fn unwritten(path: &Path) -> String {
    format!("`{}` cannot be written", path.display())
}

/// So many things called `noun`.
pub(crate) fn counted(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

/// What the reader of a command line says against options that stand elsewhere, in one line.
pub(crate) fn options(whose: &str, error: &clap::Error) -> anyhow::Error {
    advise(format!("{whose}: {}", in_a_line(error)), "see `voixoff transcribe --help`")
}

/// What the reader of a command line says, in one line.
pub(crate) fn in_a_line(error: &clap::Error) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

/// Says that `word` is nothing that can be done; `meant` is a command that is called much alike, or a file.
pub(crate) fn neither(word: &str, meant: Option<&Meant>) -> anyhow::Error {
    let hint = match meant {
        Some(Meant::Command(name)) => format!("there is a command `{name}`"),
        Some(Meant::File(name)) => {
            format!("put quotes around a name that has spaces: `voixoff \"{name}\"`")
        }
        None => "`voixoff FILE` transcribes a file, and `voixoff --help` lists the commands".into(),
    };
    advise(format!("`{word}` is neither a command nor a file that is here"), hint)
}

/// Says that the folder of all transcripts cannot be `out`, where it has the name of a file.
pub(crate) fn refuse_file(out: &Path) -> anyhow::Result<()> {
    let extension = out.extension().unwrap_or_default().to_string_lossy();
    let is_format = Format::ALL.iter().any(|format| format.extension() == extension);
    if out.is_file() || (is_format && !out.is_dir()) {
        return Err(advise(
            format!("`{}` names a file, and the transcripts need a folder", out.display()),
            "name a folder with `--out DIR`; its files are called as the sound is",
        ));
    }
    Ok(())
}

/// Why the file at `path` is not written over.
pub(crate) fn foreign(path: &Path) -> anyhow::Error {
    advise(
        format!("`{}` was not written by this program, or was changed since", path.display()),
        "keep it by choosing another `--out`, or replace it with `--force`",
    )
}

/// Prints why an episode of many has no transcript: the reason, its causes, the remedy.
pub(crate) fn failure(reasons: &[String], hint: &str) {
    let (error, rest) = reasons.split_first().map_or(("", reasons), |(one, rest)| (one, rest));
    terminal::note(&format!("error: {error}"));
    causes(rest.iter().cloned(), error);
    hint_line(hint);
}

/// Answers the first Ctrl-C, whose `^C` stands on the screen.
pub(crate) fn stopping() {
    terminal::note("");
    terminal::note("stopping: the windows under way are finished and kept; again to end at once");
}

/// Prints something that people should know although the work goes on.
pub(crate) fn warning(text: &str) {
    terminal::note(&format!("warning: {text}"));
}

fn causes(causes: impl IntoIterator<Item = String>, above: &str) {
    let mut last = above.to_owned();
    for cause in causes {
        // A transparent error repeats the one below it, others end with it.
        if !last.ends_with(&cause) {
            terminal::note(&format!("  caused by: {cause}"));
            last = cause;
        }
    }
}

fn hint_line(hint: &str) {
    if !hint.is_empty() {
        terminal::note("");
        terminal::note(&format!("hint: {hint}"));
        terminal::note("");
    }
}

/// A message of the binary itself, with its remedy.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Advice {
    message: String,
    hint: String,
}

/// An error that says `message`, and `hint` as its remedy.
pub(crate) fn advise(message: impl Into<String>, hint: impl Into<String>) -> anyhow::Error {
    Advice { message: message.into(), hint: hint.into() }.into()
}
