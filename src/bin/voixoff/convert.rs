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
    path::{Path, PathBuf},
};
use voixoff::{
    base::{store, transcript::Transcript},
    episode::outputs::{self, Outputs},
    formats::{
        self, Format, Reading, RenderSettings,
        subtitles::{self, Preset},
    },
    text::{self, PolishSettings},
};

/// Reads each transcript of `options`, and writes it in each format. One that cannot be
/// read, or a format that cannot be written, does not stop the others.
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
            Ok(has_all) => code = if has_all { code } else { FAILED },
            Err(error) if options.files.len() == 1 => return Err(error),
            Err(error) => {
                report::error(&error);
                code = FAILED;
            }
        }
    }
    Ok(code)
}

/// Writes `file` in the formats of `options`; whether that was all of them. What stands in the
/// way of a format is told; that of the last is the error where none is left.
fn convert(
    file: &Path,
    options: &args::Convert,
    settings: &PolishSettings,
) -> anyhow::Result<bool> {
    let mut wanted = Wanted { formats: options.to.clone(), refused: Vec::new() };
    let target = target(file, options)?;
    wanted.leave(|format| target.may_be_written(file, format, options.force))?;
    let transcript = measured::with_times_beside(file, reading(file)?);
    wanted.leave_all(
        |format| !format.needs_times() || transcript.is_timed,
        |formats| without_times(file, formats),
    )?;
    // A file that says who speaks when and no word of it cannot become a text.
    let is_silent = transcript.segments.is_empty() && !transcript.turns.is_empty();
    wanted.leave_all(
        |format| !format.needs_words() || !is_silent,
        |formats| without_words(file, formats),
    )?;
    wanted.leave(|format| match target.path(format) {
        Some(path) => measured::keep(file, &transcript, format, &path, options.force),
        None => Ok(()),
    })?;
    let Wanted { formats, refused } = wanted;
    let mut transcript = text::polish(transcript, settings);
    if let Some(folder) = target.folder() {
        let sound = outputs::relative_path(file.parent(), folder, &transcript.about.sound);
        transcript.about.sound = sound.with_context(|| report::unwritten(folder))?;
    }
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    let beside = target.beside(&formats);
    let settings = RenderSettings { beside: &beside, ..writing(&options.writing).of(&name) };
    let rendered = |&format: &Format| {
        warn_of_pace(format, &transcript, settings.subtitles);
        (format, format.render(&transcript, &settings))
    };
    let files: Vec<(Format, Vec<u8>)> = formats.iter().map(rendered).collect();
    match target {
        Target::Stdout => {
            files.iter().for_each(|(_, bytes)| terminal::document(bytes));
        }
        Target::File(path) => {
            let bytes = files.iter().flat_map(|(_, bytes)| bytes).copied().collect::<Vec<u8>>();
            store::write_atomic(&path, &bytes).with_context(|| report::unwritten(&path))?;
            terminal::path(&path);
        }
        Target::Beside(outputs) => {
            outputs
                .add(&files, measured::is_timed(&transcript))
                .with_context(|| report::unwritten(outputs.folder()))?;
            for (format, _) in &files {
                terminal::path(&outputs.path(*format));
            }
        }
    }
    refused.iter().for_each(report::error);
    Ok(refused.is_empty())
}

/// The formats of a transcript that are still to be written, and why others are not.
struct Wanted {
    formats: Vec<Format>,
    refused: Vec<anyhow::Error>,
}

impl Wanted {
    /// Leaves the formats that `check` has nothing against.
    ///
    /// # Errors
    /// What it has against the last, where none is left; the others are told.
    fn leave(&mut self, check: impl Fn(Format) -> anyhow::Result<()>) -> anyhow::Result<()> {
        let refused = &mut self.refused;
        self.formats.retain(|&format| check(format).map_err(|error| refused.push(error)).is_ok());
        self.or_none()
    }

    /// Leaves the formats that `is_possible` says; the others have one `reason`.
    ///
    /// # Errors
    /// As [`Wanted::leave`].
    fn leave_all(
        &mut self,
        is_possible: impl Fn(Format) -> bool,
        reason: impl Fn(&[Format]) -> anyhow::Error,
    ) -> anyhow::Result<()> {
        let (left, refused) = self.formats.iter().partition(|&&format| is_possible(format));
        let refused: Vec<Format> = refused;
        self.formats = left;
        if !refused.is_empty() {
            self.refused.push(reason(&refused));
        }
        self.or_none()
    }

    fn or_none(&mut self) -> anyhow::Result<()> {
        match self.refused.pop() {
            Some(last) if self.formats.is_empty() => {
                self.refused.iter().for_each(report::error);
                Err(last)
            }
            last => {
                self.refused.extend(last);
                Ok(())
            }
        }
    }
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

    /// The file that will be written in `format`, if any.
    fn path(&self, format: Format) -> Option<PathBuf> {
        match self {
            Target::Stdout => None,
            Target::File(path) => Some(path.clone()),
            Target::Beside(outputs) => Some(outputs.path(format)),
        }
    }

    /// The formats that lie beside each other once `written` are.
    fn beside(&self, written: &[Format]) -> Vec<Format> {
        let Target::Beside(outputs) = self else { return Vec::new() };
        let is_there =
            |format: &Format| written.contains(format) || outputs.path(*format).is_file();
        Format::ALL.into_iter().filter(is_there).collect()
    }

    /// Refuses to write over the transcript in `file`, and over files of others unless `force`.
    fn may_be_written(&self, file: &Path, format: Format, force: bool) -> anyhow::Result<()> {
        let Target::Beside(outputs) = self else { return Ok(()) };
        refuse_source(file, &outputs.path(format))?;
        match outputs.touched(&[format]).filter(|_| !force) {
            Some(path) => Err(report::foreign(&path)),
            None => Ok(()),
        }
    }
}

/// Where the formats go, before anything is read.
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
    Ok(Target::Beside(Outputs::of(file, options.out.as_deref())))
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
    // One more than is accepted: a file that goes on is refused, not cut.
    let bytes = store::read_at_most(path, formats::BYTES_MAX + 1).with_context(unread)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    formats::reading(&bytes, &name).with_context(unread)
}

fn without_times(file: &Path, formats: &[Format]) -> anyhow::Error {
    advise(
        format!("`{}` has no times, and {} them", file.display(), need(formats)),
        "choose a format for reading; or transcribe the sound, which gives times",
    )
}

fn without_words(file: &Path, formats: &[Format]) -> anyhow::Error {
    advise(
        format!("`{}` has no words, and {} them", file.display(), need(formats)),
        "who speaks when is written as `rttm` or `json`; transcribe the sound for the words",
    )
}

/// That `formats` need something.
fn need(formats: &[Format]) -> String {
    let names: Vec<String> = formats.iter().map(|format| format!("`{}`", format.name())).collect();
    let all = names.join(", ");
    if names.len() == 1 { format!("{} needs", all) } else { format!("{} need", all) }
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
