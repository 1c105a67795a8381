//! The settings of the last run, as the options that ask for them: `voixoff archive` says what
//! the next run would do.

use crate::{
    args::{self, Arguments, FORMATS_WITHOUT_PAGES},
    engines::{self, Models},
    report::{self, advise},
};
use clap::{CommandFactory, FromArgMatches};
use std::{
    collections::BTreeSet,
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    time::Duration,
};
use voixoff::{
    archive::last_run::{Command, LastRun, ModelsUsed, NamedModel, Noted, OsText, PlainMarks},
    asr::hotwords::STRENGTH,
    base::{guidance::of_writing, notes::NoteError, transcript::ModelUsed},
    episode::outputs::OWN,
    net::bucket::Address,
};

const ANEW: &str = "the next run notes its settings anew";

/// Notes what this run is asked for where its transcripts go: in `out`, or in the folders of the
/// sources.
///
/// # Errors
/// Where `out` cannot be written to.
pub(super) fn note(
    options: &args::Transcribe,
    model_folder: Option<&Path>,
    models: &Models,
    out: Option<&Path>,
) -> anyhow::Result<()> {
    let run = settings(options, model_folder, &env::current_dir()?, Some(models));
    if let Some(out) = out {
        return run.note(out).map_err(|error| {
            let own = out.join(OWN);
            let message = format!("`{}` cannot be written to: {error}", own.display());
            advise(message, report::hint(Some(&of_writing(&error))))
        });
    }
    let folder = |source: &OsString| {
        let path = Path::new(source);
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let folder = if path.is_dir() { Some(path) } else { parent.or(Some(Path::new("."))) };
        folder.filter(|_| path.exists()).map(Path::to_owned)
    };
    for folder in options.sources.iter().filter_map(folder).collect::<BTreeSet<_>>() {
        // Sound may lie where nothing can be written; its episodes say so.
        let _ = run.note(&folder);
    }
    Ok(())
}

/// What the next run would be asked for, as seen from the folder of this process.
pub(crate) struct Asked {
    pub(crate) options: args::Transcribe,
    /// Folder of the models, where one is chosen.
    pub(crate) model_folder: Option<PathBuf>,
    /// The model as it was asked for, where it is that of the last run: a path is a name, too.
    pub(crate) model: Option<String>,
    /// The models of the last run, where none are asked for that differ.
    pub(crate) used: Option<Models>,
}

impl Asked {
    /// What the next run in the archive in `archive`, which may have been moved since the last
    /// one, would be asked for with `more` options; `None` where no run is noted there.
    ///
    /// # Errors
    /// Where what is noted cannot be understood, or `more` are no options.
    pub(crate) fn of(
        archive: &Path,
        more: &[OsString],
        model_folder: Option<&Path>,
    ) -> anyhow::Result<Option<Asked>> {
        let noted = LastRun::noted(archive).map_err(|error| match error {
            NoteError::Damaged { .. } => advise(error.to_string(), ANEW),
            error => anyhow::Error::new(error),
        })?;
        let run = match noted {
            None => return Ok(None),
            Some(Noted::Settings(run)) => *run,
            Some(Noted::Command(command)) => of_command(&command)?,
        };
        Asked::again(run, archive, more, model_folder).map(Some)
    }

    /// What the runs before the last one would be asked for again, each with the sources that no later
    /// one had; without those that `more` options do not go with.
    pub(crate) fn earlier(
        archive: &Path,
        more: &[OsString],
        model_folder: Option<&Path>,
    ) -> Vec<Asked> {
        let runs = LastRun::earlier(archive).into_iter();
        runs.filter_map(|run| Asked::again(run, archive, more, model_folder).ok()).collect()
    }

    /// What `run` would be asked for again.
    fn again(
        run: LastRun,
        archive: &Path,
        more: &[OsString],
        model_folder: Option<&Path>,
    ) -> anyhow::Result<Asked> {
        let here = env::current_dir().unwrap_or_else(|_| PathBuf::from(run.folder.clone()));
        let (typed, used) = (run.model.clone(), run.used.clone());
        let model = typed.as_deref().map(|model| model_seen_from(model, &run, &here));
        let mut noted = options(run.seen_from(&here));
        noted.options.recognition.model.clone_from(&model);
        let is_folder = |out: &&mut PathBuf| out.to_str().is_none_or(|it| !Address::is_address(it));
        if let Some(out) = noted.options.out.as_mut().filter(is_folder) {
            archive.clone_into(out);
        }
        if let Some(folder) = model_folder {
            noted.model_folder = Some(folder.to_owned());
        }
        let asked = with(noted, more)?;
        Ok(Asked {
            model: typed.filter(|_| asked.options.recognition.model == model),
            used: used.filter(|_| more.is_empty()).map(models_of),
            ..asked
        })
    }
}

/// What `command` asked for, as version 0.1.0 noted it.
fn of_command(command: &Command) -> anyhow::Result<LastRun> {
    let words = ["voixoff"].into_iter().chain(command.arguments.iter().map(String::as_str));
    let before = |format: clap::Arg| format.default_value(FORMATS_WITHOUT_PAGES);
    let read = Arguments::command()
        .mut_subcommand("transcribe", |transcribe| transcribe.mut_arg("format", before))
        .try_get_matches_from(words)
        .and_then(|matches| Arguments::from_arg_matches(&matches));
    let arguments = read.map_err(|error| {
        let line = report::in_a_line(&error);
        advise(format!("the command of the last run is not understood any more: {line}"), ANEW)
    })?;
    match arguments.command {
        args::Command::Transcribe(options) => {
            Ok(settings(&options, arguments.models.as_deref(), &command.folder, None))
        }
        _ => anyhow::bail!("`{}` is no command of `transcribe`", command.arguments.join(" ")),
    }
}

/// `model` as it was asked for in `run`, where that is a path, from `here`.
fn model_seen_from(model: &str, run: &LastRun, here: &Path) -> String {
    let folder = PathBuf::from(run.folder.clone());
    let is_path = || folder.join(engines::file_of(model)).is_file();
    match folder != here && is_path() {
        true => folder.join(model).to_string_lossy().into_owned(),
        false => model.to_owned(),
    }
}

/// What `noted` asks for, but for what `more` options ask otherwise.
fn with(noted: Asked, more: &[OsString]) -> anyhow::Result<Asked> {
    let before = noted.options.clone();
    let mut asked = Arguments {
        command: args::Command::Transcribe(Box::new(noted.options)),
        models: noted.model_folder,
        telling: args::Telling::default(),
        lang: None,
    };
    let only_what_is_typed =
        |argument: clap::Arg| argument.required(false).default_value(None).env(None::<&str>);
    let command = Arguments::command_for_update()
        .mut_args(only_what_is_typed)
        .mut_subcommand("transcribe", |command| command.mut_args(only_what_is_typed));
    let words = ["voixoff", "transcribe"].map(OsString::from).into_iter();
    command
        .try_get_matches_from(words.chain(more.iter().cloned()))
        .and_then(|mut matches| asked.update_from_arg_matches_mut(&mut matches))
        .map_err(|error| report::options("the options behind the archive", &error))?;
    let args::Command::Transcribe(options) = asked.command else {
        unreachable!("`transcribe` was typed")
    };
    let mut options = *options;
    // More sources are more; and a switch cannot be typed as off.
    if options.sources != before.sources {
        options.sources.splice(..0, before.sources);
    }
    options.recognition.first_names |= before.recognition.first_names;
    options.force |= before.force;
    options.keep_audio |= before.keep_audio;
    options.which.retry_failed |= before.which.retry_failed;
    options.writing.keep_backchannels |= before.writing.keep_backchannels;
    // One of the two that is typed takes the place of the other.
    let numbers = &mut options.writing;
    numbers.small_numbers |= before.writing.small_numbers && !numbers.plain_numbers;
    numbers.plain_numbers |= before.writing.plain_numbers && !numbers.small_numbers;
    options.writing.plain_marks.extend(before.writing.plain_marks);
    Ok(Asked { options, model_folder: asked.models, model: None, used: None })
}

/// `options`, as they are noted: those that only tell how a run goes on are not.
fn settings(
    options: &args::Transcribe,
    model_folder: Option<&Path>,
    folder: &Path,
    used: Option<&Models>,
) -> LastRun {
    let path = |path: &Option<PathBuf>| path.as_deref().map(OsText::from);
    let args::Transcribe { recognition, which, listening, writing, .. } = options;
    LastRun {
        folder: folder.into(),
        sources: options.sources.iter().map(|source| source.as_os_str().into()).collect(),
        out: path(&options.out),
        mirror: path(&options.mirror),
        models: model_folder.map(OsText::from),
        model: recognition.model.clone(),
        used: used.map(|models| ModelsUsed {
            recogniser: named(&models.recogniser),
            segmentation: models.segmentation.as_ref().map(named),
            embedding: models.embedding.as_ref().map(named),
        }),
        #[cfg(feature = "scripted")]
        script: path(&listening.hearing.scripted),
        #[cfg(not(feature = "scripted"))]
        script: None,
        formats: options.format.clone(),
        language: recognition.language.clone(),
        prompt: recognition.prompt.clone(),
        hotwords: recognition.hotwords.as_deref().map(OsText::from),
        hotword_strength: Some(recognition.hotword_strength)
            .filter(|strength| *strength != STRENGTH),
        beam_size: recognition.beam_size,
        start: options.start,
        end: options.end,
        speakers: listening.speakers,
        show: path(&listening.show),
        voices: path(&listening.voices),
        verbatim: writing.verbatim(),
        typography: writing.typography,
        timecodes: writing.timecodes(),
        subtitles: writing.subtitles(),
        keep_backchannels: writing.keep_backchannels,
        small_numbers: writing.small_numbers,
        plain_numbers: writing.plain_numbers,
        plain_marks: PlainMarks::of(&writing.plain_marks()),
        inclusive: writing.inclusive == args::YesNo::Yes,
        first_names: recognition.first_names,
        unsure: recognition.unsure.into(),
        force: options.force,
        keep_audio: options.keep_audio,
        retry_failed: which.retry_failed,
        only: which.only.clone(),
        exclude: which.exclude.clone(),
        name: options.name.clone(),
        since: which.since,
        shard: which.shard,
    }
}

/// The options that ask for what `run` did.
fn options(run: LastRun) -> Asked {
    let path = |name: Option<OsText>| name.map(PathBuf::from);
    let options = args::Transcribe {
        sources: run.sources.into_iter().map(OsString::from).collect(),
        out: path(run.out),
        stdout: false,
        mirror: path(run.mirror),
        format: run.formats,
        recognition: args::Recognition {
            model: run.model,
            language: run.language,
            prompt: run.prompt,
            hotwords: run.hotwords.map(OsString::from),
            hotword_strength: run.hotword_strength.unwrap_or(STRENGTH),
            beam_size: run.beam_size,
            first_names: run.first_names,
            unsure: run.unsure.into(),
            batch_memory: None,
        },
        start: run.start,
        end: run.end,
        force: run.force,
        keep_audio: run.keep_audio,
        name: run.name,
        dry_run: false,
        exec: None,
        webhook: None,
        which: args::Which {
            retry_failed: run.retry_failed,
            check_sound: false,
            watch: false,
            interval: Duration::ZERO,
            jobs: None,
            only: run.only,
            exclude: run.exclude,
            since: run.since,
            limit: None,
            time: None,
            shard: run.shard,
        },
        listening: args::Listening {
            speakers: run.speakers,
            show: path(run.show),
            voices: path(run.voices),
            hearing: args::Hearing {
                threads: None,
                fetch: false,
                progress: None,
                #[cfg(feature = "scripted")]
                scripted: path(run.script),
            },
        },
        writing: args::Writing {
            verbatim: run.verbatim.into(),
            typography: run.typography,
            timecodes: run.timecodes.map(Into::into),
            subtitles: run.subtitles.into(),
            keep_backchannels: run.keep_backchannels,
            small_numbers: run.small_numbers,
            plain_numbers: run.plain_numbers,
            plain_marks: run
                .plain_marks
                .rules()
                .iter()
                .copied()
                .map(args::PlainMark::Rule)
                .collect(),
            inclusive: if run.inclusive { args::YesNo::Yes } else { args::YesNo::No },
        },
    };
    Asked { options, model_folder: path(run.models), model: None, used: None }
}

fn named(model: &ModelUsed) -> NamedModel {
    NamedModel { name: model.name.clone(), sha256: model.sha256.clone() }
}

fn models_of(used: ModelsUsed) -> Models {
    let model = |NamedModel { name, sha256 }| ModelUsed { name, sha256 };
    Models {
        recogniser: model(used.recogniser),
        segmentation: used.segmentation.map(model),
        embedding: used.embedding.map(model),
    }
}
