//! `-` and `--stdout`: sound from stdin, and text to stdout.
//!
//! The work goes on in another process, whose stdin is for stops and whose stdout is for the names
//! of files. So what comes and goes here lies in a temporary folder meanwhile.

use crate::{
    args::{self, FORMATS, FORMATS_WITHOUT_PAGES},
    report::advise,
    terminal,
};
use anyhow::Context;
use std::{
    env,
    ffi::OsString,
    fs::{self, File},
    io::{self, IsTerminal},
    path::{Path, PathBuf},
};
use voixoff::{base::store::TemporaryFolder, episode::outputs::Outputs, formats::Format};

/// Names that folder to the process that works.
pub(super) const FOLDER: &str = "VOIXOFF_PIPED";

/// Stands for stdin among the sources.
const STDIN: &str = "-";

/// What the sound of stdin is called in the folder, and with it its transcript.
const SOUND: &str = "stdin";

/// Where what is written for stdout lies, in the folder.
const OUT: &str = "out";

/// What a run takes from stdin or gives to stdout.
pub(super) struct Pipe {
    folder: TemporaryFolder,
}

impl Pipe {
    /// What `options` take and give, with the sound of stdin read to its end; `None` where that is
    /// nothing.
    ///
    /// # Errors
    /// Where stdin is a terminal or cannot be kept, and where more than one format is to go to stdout.
    pub(super) fn open(options: &args::Transcribe) -> anyhow::Result<Option<Pipe>> {
        let takes = takes_stdin(options);
        if !takes && !gives_stdout(options) {
            return Ok(None);
        }
        if gives_stdout(options) {
            format(options)?;
        }
        let folder = TemporaryFolder::in_place(&env::temp_dir())
            .context("no temporary folder can be made")?;
        if takes {
            if io::stdin().is_terminal() {
                return Err(advise("no sound comes from stdin", "pipe some in: `voixoff - <FILE`"));
            }
            let kept = File::create(folder.path().join(SOUND))
                .and_then(|mut file| io::copy(&mut io::stdin().lock(), &mut file));
            kept.context("the sound of stdin cannot be kept in the folder of temporary files")?;
        }
        Ok(Some(Pipe { folder }))
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// `options`, as the process that works is to see them.
    pub(super) fn options(&self, options: &args::Transcribe) -> args::Transcribe {
        through(options, self.folder())
    }

    /// Prints what was written for stdout.
    pub(super) fn print(&self, options: &args::Transcribe) -> anyhow::Result<()> {
        if !gives_stdout(options) {
            return Ok(());
        }
        let format = format(options)?;
        let episodes = Outputs::all_below(&self.folder().join(OUT));
        let paths = episodes.iter().map(|outputs| outputs.path(format));
        let mut texts: Vec<PathBuf> = paths.filter(|path| path.is_file()).collect();
        texts.sort();
        for text in texts {
            let bytes = fs::read(&text).context("the text cannot be read again")?;
            terminal::document(&bytes);
        }
        Ok(())
    }
}

/// `options`, as this process is to see them, which works for another one.
pub(super) fn given(options: &args::Transcribe) -> args::Transcribe {
    env::var_os(FOLDER).map_or_else(|| options.clone(), |folder| through(options, folder.as_ref()))
}

fn through(options: &args::Transcribe, folder: &Path) -> args::Transcribe {
    let mut seen = options.clone();
    for source in seen.sources.iter_mut().filter(|source| *source == STDIN) {
        *source = folder.join(SOUND).into();
    }
    // What was refused has no process to be seen by.
    if gives_stdout(options)
        && let Ok(format) = format(options)
    {
        (seen.stdout, seen.out, seen.format) = (true, Some(folder.join(OUT)), vec![format]);
    }
    seen
}

fn takes_stdin(options: &args::Transcribe) -> bool {
    options.sources.contains(&OsString::from(STDIN))
}

/// Whether text goes to stdout: where that is asked for, or where sound comes from stdin and no
/// folder is named.
fn gives_stdout(options: &args::Transcribe) -> bool {
    options.stdout || options.out.is_none() && takes_stdin(options)
}

/// The one format that goes to stdout.
fn format(options: &args::Transcribe) -> anyhow::Result<Format> {
    let names: Vec<&str> = options.format.iter().map(|format| format.name()).collect();
    match options.format.as_slice() {
        [format] => Ok(*format),
        _ if [FORMATS, FORMATS_WITHOUT_PAGES].contains(&&*names.join(",")) => Ok(Format::Txt),
        _ => Err(advise(
            format!("{} formats do not go to stdout together", names.len()),
            "name one with `--format`, or a folder with `--out DIR`",
        )),
    }
}
