//! The command of the last run, kept where its transcripts lie, to be understood again:
//! `voixoff archive` says what it would do.

use crate::{
    args::{self, Arguments},
    report::{self, advise},
};
use anyhow::Context;
use clap::Parser;
use std::{
    collections::BTreeSet,
    env,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};
use voixoff::{
    base::store::{remedy, write_private},
    episode::outputs::OWN,
    net::{bucket::Address, feed::Feed},
};

/// The file, in the folder of what the program keeps for itself.
const LAST_RUN: &str = "last-run.json";

/// Notes the command of this process, which is `options`, where its transcripts go: in `out`, or
/// in the folders that it names.
///
/// # Errors
/// Where `out` cannot be written to.
pub(super) fn note(options: &args::Transcribe, out: Option<&Path>) -> anyhow::Result<()> {
    if let Some(out) = out {
        return Command::note(out).map_err(|error| {
            let own = out.join(OWN);
            advise(format!("`{}` cannot be written to: {error}", own.display()), remedy(&error))
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
        let _ = Command::note(&folder);
    }
    Ok(())
}

/// A command of `voixoff transcribe`.
#[derive(serde::Serialize, serde::Deserialize)]
pub(crate) struct Command {
    /// Where it was given.
    folder: PathBuf,
    /// Without the name of the program.
    arguments: Vec<String>,
}

/// What a command asks for, as seen from the folder of this process.
pub(crate) struct Asked {
    pub(crate) options: args::Transcribe,
    /// Folder of the models, where it names one.
    pub(crate) models: Option<PathBuf>,
    /// The model as it was typed: a path is a name, too.
    pub(crate) model: Option<String>,
}

impl Command {
    /// Notes the command of this process in `folder`.
    fn note(folder: &Path) -> io::Result<()> {
        let arguments = env::args_os().skip(1);
        let command = Command {
            folder: env::current_dir()?,
            arguments: arguments.map(|text| text.to_string_lossy().into_owned()).collect(),
        };
        let text = serde_json::to_string_pretty(&command).map_err(io::Error::from)? + "\n";
        fs::create_dir_all(folder.join(OWN))?;
        // An address may open something.
        write_private(&folder.join(OWN).join(LAST_RUN), text.as_bytes())
    }

    /// The command that is noted in `folder`; `None` where none is.
    ///
    /// # Errors
    /// Where there is a file, and no command in it.
    pub(crate) fn of(folder: &Path) -> anyhow::Result<Option<Command>> {
        let path = folder.join(OWN).join(LAST_RUN);
        let Ok(text) = fs::read(&path) else { return Ok(None) };
        let command = serde_json::from_slice(&text);
        command.map(Some).with_context(|| format!("`{}` holds no command", path.display()))
    }

    /// What it asks for with `more` options, of the archive in `archive`, which may have been
    /// moved since.
    ///
    /// # Errors
    /// Where the two are no command.
    pub(crate) fn asked(&self, archive: &Path, more: &[OsString]) -> anyhow::Result<Asked> {
        let mut asked = self.parsed(more)?;
        if env::current_dir().is_ok_and(|here| here != self.folder) {
            asked.move_from(&self.folder, self.parsed(&[])?);
        }
        let is_folder = |out: &&mut PathBuf| out.to_str().is_none_or(|it| !Address::is_address(it));
        if let Some(out) = asked.options.out.as_mut().filter(is_folder) {
            archive.clone_into(out);
        }
        Ok(asked)
    }

    fn parsed(&self, more: &[OsString]) -> anyhow::Result<Asked> {
        let words = ["voixoff".into()].into_iter().chain(self.arguments.iter().map(OsString::from));
        let arguments = Arguments::try_parse_from(words.chain(more.iter().cloned()));
        let arguments = arguments.map_err(|error| match more {
            [] => report::options("the noted command", &error),
            _ => report::options("the options behind the archive", &error),
        })?;
        let args::Command::Transcribe(options) = arguments.command else {
            anyhow::bail!("`{}` is no command of `voixoff transcribe`", self.arguments.join(" "));
        };
        Ok(Asked { model: options.model.clone(), options: *options, models: arguments.models })
    }
}

impl Asked {
    /// Names all files from here that the command, as it was `noted`, named from `folder`: those
    /// of options that were added are named from here already.
    fn move_from(&mut self, folder: &Path, mut noted: Asked) {
        for (path, noted) in self.paths().into_iter().zip(noted.paths()) {
            *path = path.take().map(|path| match noted {
                Some(noted) if *noted == path => folder.join(path),
                _ => path,
            });
        }
        let n_noted = noted.options.sources.len();
        for source in self.options.sources.iter_mut().take(n_noted) {
            *source = from_here(source, folder);
        }
        let file = |name: &String| {
            let path = folder.join(name.strip_suffix("-int8").unwrap_or(name));
            path.is_file().then(|| folder.join(name).to_string_lossy().into_owned())
        };
        let model = self.model.as_ref().filter(|model| noted.model.as_ref() == Some(model));
        if let Some(path) = model.and_then(file) {
            self.options.model = Some(path);
        }
    }

    /// All options that name a file.
    fn paths(&mut self) -> Vec<&mut Option<PathBuf>> {
        let Asked { options, models, .. } = self;
        let listening = &mut options.listening;
        vec![
            &mut options.mirror,
            &mut listening.show,
            &mut listening.voices,
            #[cfg(feature = "scripted")]
            &mut listening.hearing.scripted,
            models,
        ]
    }
}

/// `source`, which was named from `folder`, from here.
fn from_here(source: &OsString, folder: &Path) -> OsString {
    match source.to_str() {
        Some(text) if Feed::is_address(text) || Address::is_address(text) => source.clone(),
        Some(text) if text.starts_with('@') => {
            let list = folder.join(&text[1..]);
            format!("@{}", list.display()).into()
        }
        _ => folder.join(source).into(),
    }
}
