//! `voixoff convert`: a transcript in other formats.

use crate::{
    DONE, FAILED, args, known, measured,
    report::{self, advise},
    settings::{polish, writing},
    terminal,
};
use anyhow::Context;
use std::{
    collections::BTreeSet,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};
use voixoff::{
    base::{store, transcript::Transcript},
    episode::outputs::{self, Outputs},
    formats::{
        self, Format, Reading,
        subtitles::{self, Preset},
    },
    text::{self, PolishSettings},
};

/// Reads each transcript of `options`, and writes it in each format. One that cannot be
/// read does not stop the others.
pub(crate) fn run(options: &args::Convert) -> anyhow::Result<u8> {
    if options.stdout && options.files.len() * options.to.len() > 1 {
        return Err(advise(
            "several texts cannot go to stdout",
            "choose one file and one format, or a folder with `--out DIR`",
        ));
    }
    let mut stems = BTreeSet::new();
    let is_again = |file: &&PathBuf| {
        let folder = options.out.as_deref().or(file.parent()).unwrap_or(Path::new(""));
        !stems.insert(folder.join(file.file_stem().unwrap_or_default()))
    };
    if let Some(file) = options.files.iter().find(is_again) {
        return Err(advise(
            format!("`{}` would be written over another of the same name", file.display()),
            "run them apart, with an `--out` folder each",
        ));
    }
    let show = known::show(options.show.as_deref())?;
    let polish = polish(&options.writing, &show)?;
    let mut code = DONE;
    for file in &options.files {
        match convert(file, options, &polish) {
            Ok(()) => (),
            Err(error) if options.files.len() == 1 => return Err(error),
            Err(error) => {
                report::error(&error);
                code = FAILED;
            }
        }
    }
    Ok(code)
}

fn convert(file: &Path, options: &args::Convert, settings: &PolishSettings) -> anyhow::Result<()> {
    let target = target(file, options)?;
    let transcript = measured::with_times_beside(file, reading(file)?);
    refuse_without_times(file, options, &transcript)?;
    refuse_without_words(file, options, &transcript)?;
    for (format, path) in target.files(&options.to) {
        measured::keep(file, &transcript, format, &path, options.force)?;
    }
    let mut transcript = text::polish(transcript, settings);
    if let Some(folder) = target.folder() {
        let sound = outputs::relative_path(file.parent(), folder, &transcript.about.sound);
        transcript.about.sound = sound.with_context(|| unwritten(folder))?;
    }
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    let settings = writing(&options.writing).of(&name);
    let rendered = |&format: &Format| {
        warn_of_pace(format, &transcript, settings.subtitles);
        (format, format.render(&transcript, &settings))
    };
    let files: Vec<(Format, Vec<u8>)> = options.to.iter().map(rendered).collect();
    match target {
        Target::Stdout => {
            files.iter().for_each(|(_, bytes)| terminal::document(bytes));
        }
        Target::File(path) => {
            let bytes = files.iter().flat_map(|(_, bytes)| bytes).copied().collect::<Vec<u8>>();
            store::write_atomic(&path, &bytes).with_context(|| unwritten(&path))?;
            terminal::path(&path);
        }
        Target::Beside(outputs) => {
            outputs
                .add(&files, measured::is_timed(&transcript))
                .with_context(|| unwritten(outputs.folder()))?;
            for (format, _) in &files {
                terminal::path(&outputs.path(*format));
            }
        }
    }
    Ok(())
}

/// Where the formats go.
enum Target {
    Stdout,
    /// One file, whatever its name.
    File(PathBuf),
    /// A file for each format, called as the transcript is.
    Beside(Outputs),
}

impl Target {
    /// Where the files will lie; `None` where there will be none.
    fn folder(&self) -> Option<&Path> {
        match self {
            Target::Stdout => None,
            Target::File(path) => Some(path.parent().unwrap_or(Path::new(""))),
            Target::Beside(outputs) => Some(outputs.folder()),
        }
    }

    /// The files that will be written, and in which of `formats`.
    fn files(&self, formats: &[Format]) -> Vec<(Format, PathBuf)> {
        let path = |format: &Format| match self {
            Target::Stdout => None,
            Target::File(path) => Some((*format, path.clone())),
            Target::Beside(outputs) => Some((*format, outputs.path(*format))),
        };
        formats.iter().filter_map(path).collect()
    }
}

/// What may be written to, before anything is read.
fn target(file: &Path, options: &args::Convert) -> anyhow::Result<Target> {
    if options.stdout {
        return Ok(Target::Stdout);
    }
    let names_file = |out: &&PathBuf| {
        options.files.len() * options.to.len() == 1 && out.extension().is_some() && !out.is_dir()
    };
    if let Some(path) = options.out.as_ref().filter(names_file) {
        refuse_source(file, path)?;
        if path.symlink_metadata().is_ok() && !options.force {
            return Err(advise(
                format!("`{}` exists already", path.display()),
                "keep it by choosing another file with `--out`, or replace it with `--force`",
            ));
        }
        return Ok(Target::File(path.clone()));
    }
    let outputs = Outputs::of(file, options.out.as_deref());
    for &format in &options.to {
        refuse_source(file, &outputs.path(format))?;
    }
    if let Some(path) = outputs.touched(&options.to).filter(|_| !options.force) {
        return Err(report::foreign(&path));
    }
    Ok(Target::Beside(outputs))
}

/// The transcript that is read is never written over.
fn refuse_source(source: &Path, path: &Path) -> anyhow::Result<()> {
    let is_same = path.canonicalize().is_ok_and(|path| source.canonicalize().ok() == Some(path));
    match is_same {
        true => Err(advise(
            format!("`{}` would be written over itself", source.display()),
            "choose another place with `--out`",
        )),
        false => Ok(()),
    }
}

/// The transcript in the file at `path`; lines of a page that are doubtful are warned of.
pub(crate) fn read(path: &Path) -> anyhow::Result<Transcript> {
    reading(path).map(|reading| reading.transcript)
}

/// Doubtful lines of a page that are listed one by one.
const DOUBTFUL_MAX: usize = 5;

fn reading(path: &Path) -> anyhow::Result<Reading> {
    let reading = opened(path)?;
    for line in reading.doubtful.iter().take(DOUBTFUL_MAX) {
        report::warning(&format!("`{}`, {line}", path.display()));
    }
    if let more @ 1.. = reading.doubtful.len().saturating_sub(DOUBTFUL_MAX) {
        report::warning(&format!("`{}`: {more} more lines are as doubtful", path.display()));
    }
    Ok(reading)
}

/// What the file at `path` says.
pub(crate) fn opened(path: &Path) -> anyhow::Result<Reading> {
    let unread = || format!("`{}` cannot be read", path.display());
    let mut bytes = Vec::new();
    // One more than is accepted: a file that goes on is refused, not cut.
    let most = formats::BYTES_MAX as u64 + 1;
    let file = File::open(path).with_context(unread)?;
    file.take(most).read_to_end(&mut bytes).with_context(unread)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    formats::reading(&bytes, &name).with_context(unread)
}

fn refuse_without_times(
    file: &Path,
    options: &args::Convert,
    transcript: &Transcript,
) -> anyhow::Result<()> {
    let refused = options.to.iter().find(|format| format.needs_times() && !transcript.is_timed);
    refused.map_or(Ok(()), |format| {
        Err(advise(
            format!("`{}` has no times, and `{}` needs them", file.display(), format.name()),
            "choose a format for reading; or transcribe the sound, which gives times",
        ))
    })
}

/// A file that says who speaks when and no word of it cannot become a text.
fn refuse_without_words(
    file: &Path,
    options: &args::Convert,
    transcript: &Transcript,
) -> anyhow::Result<()> {
    let is_silent = transcript.segments.is_empty() && !transcript.turns.is_empty();
    let refused = options.to.iter().find(|format| format.needs_words()).filter(|_| is_silent);
    refused.map_or(Ok(()), |format| {
        Err(advise(
            format!("`{}` has no words, and `{}` needs them", file.display(), format.name()),
            "who speaks when is written as `rttm` or `json`; transcribe the sound for the words",
        ))
    })
}

/// Says where subtitles go by faster than people read.
fn warn_of_pace(format: Format, transcript: &Transcript, preset: Preset) {
    let settings = match format {
        Format::Srt | Format::Ttml => preset.srt(),
        Format::Vtt => preset.vtt(),
        _ => return,
    };
    let share = subtitles::reading_speed_share(transcript, settings);
    if share > 0.0 {
        let (percent, format) = ((share * 100.0).ceil(), format.name());
        report::warning(&format!(
            "`{format}`: {percent} % of the subtitles go by faster than people read"
        ));
    }
}

fn unwritten(path: &Path) -> String {
    format!("`{}` cannot be written", path.display())
}
