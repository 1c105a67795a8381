//! `voixoff doctor`: what is here, and what to mend before a run.

use crate::{
    DONE, FAILED, config, engines,
    language::told,
    models::{self, packages},
    report::{self, counted},
    terminal::{line, say},
};
use std::{
    env, fs,
    path::{Path, PathBuf},
    thread,
};
use voixoff::models::{Kind, Model, ModelFolder, Standing, models};

/// A line of the report.
fn row(what: &str, text: &str) {
    line(&format!("{:<9} {}", told(what), told(text)));
}

/// Looks at everything, and says what is to be mended; an exit code.
pub(crate) fn run(model_folder: Option<&Path>) -> anyhow::Result<u8> {
    program();
    let mut to_mend = Vec::new();
    let folder = models::folder(model_folder)?;
    tell_models(&folder, &mut to_mend);
    let pip = match packages::python() {
        Some(_) => "pip is there, by which models come where no hub answers",
        None => "no pip, by which models would come where no hub answers",
    };
    row("packages", pip);
    let cache = models::user_folder("XDG_CACHE_HOME", ".cache").unwrap_or_default();
    for (what, folder) in
        [("scratch", env::temp_dir()), ("cache", cache), ("models", folder.root().into())]
    {
        match writable(&folder) {
            Ok(()) => row(what, &format!("`{}` can be written to", folder.display())),
            Err(error) => {
                row(what, &format!("`{}` cannot be written to", folder.display()));
                to_mend.push((
                    format!("`{}`: {error}", folder.display()),
                    "make it, or the rights to write there",
                ));
            }
        }
    }
    match config::own_settings() {
        Ok(text) => row("settings", &text),
        Err(error) => {
            row("settings", "wrong");
            report::error(&error);
            to_mend.push((error.to_string(), "correct the file"));
        }
    }
    line("");
    for (what, hint) in &to_mend {
        say(&format!("to mend: {what}: {hint}"));
    }
    if to_mend.is_empty() {
        say("all is well");
    }
    Ok(if to_mend.is_empty() { DONE } else { FAILED })
}

/// Says which program this is, what was built in, and for which machine.
pub(crate) fn program() {
    let (os, arch) = (env::consts::OS, env::consts::ARCH);
    row("program", &format!("voixoff {}, {os} {arch}", env!("CARGO_PKG_VERSION")));
    row("parts", &parts().join(", "));
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let memory = memory().map(|gigabytes| format!(", {gigabytes:.0} GB of memory"));
    let instructions = match instructions() {
        names if names.is_empty() => String::new(),
        names => format!(", {}", names.join(", ")),
    };
    let memory = memory.unwrap_or_default();
    let cores = counted(cores, "core");
    row("machine", &format!("{}{}{instructions}", told(&cores), told(&memory)));
}

/// What was built in.
fn parts() -> Vec<String> {
    let mut parts = Vec::new();
    let mut add = |is_built: bool, name: &str| {
        if is_built {
            parts.push(name.to_owned());
        }
    };
    add(cfg!(feature = "int8"), "int8");
    #[cfg(feature = "whisper-cpp")]
    {
        let built_for = voixoff::asr::whisper::built_for().join(", ");
        add(true, &format!("whisper-cpp ({built_for})"));
    }
    add(cfg!(feature = "diarize"), "diarize");
    add(cfg!(feature = "opus"), "opus");
    add(cfg!(feature = "s3"), "s3");
    parts
}

/// Instructions of this processor by which our own engine chooses its kernels.
fn instructions() -> Vec<&'static str> {
    #[cfg(target_arch = "x86_64")]
    let all = [
        ("AVX2", is_x86_feature_detected!("avx2")),
        ("AVX-512", is_x86_feature_detected!("avx512f")),
        ("VNNI", is_x86_feature_detected!("avx512vnni")),
    ];
    #[cfg(not(target_arch = "x86_64"))]
    let all: [(&str, bool); 0] = [];
    all.into_iter().filter(|(_, is_here)| *is_here).map(|(name, _)| name).collect()
}

/// Gigabytes of memory, where the system says it.
fn memory() -> Option<f64> {
    let told = fs::read_to_string("/proc/meminfo").ok()?;
    let line = told.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kilobytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes / 1e6)
}

fn tell_models(folder: &ModelFolder, to_mend: &mut Vec<(String, &'static str)>) {
    let all: Vec<Model> = models().iter().cloned().chain(folder.added()).collect();
    let here = |model: &&Model| folder.standing(model) != Standing::Absent;
    let names: Vec<&str> = all.iter().filter(here).map(|model| model.name.as_str()).collect();
    row("models", if names.is_empty() { "none yet".into() } else { names.join(", ") }.as_str());
    for model in all.iter().filter(|model| folder.standing(model) == Standing::Damaged) {
        let hint = "`voixoff models fetch NAME` brings it again";
        to_mend.push((format!("model `{}` is damaged", model.name), hint));
    }
    let unasked = folder.best_present_whisper();
    row("unasked", &engines::unasked(&unasked.name));
    let needed =
        all.iter().filter(|model| model.kind != Kind::Whisper || model.name == unasked.name);
    for model in needed.filter(|model| folder.standing(model) == Standing::Absent) {
        let hint = "`voixoff models fetch` brings it, and so does the first run";
        to_mend.push((format!("model `{}` is missing", model.name), hint));
    }
}

/// Whether `folder`, or the first one above it that is there, can be written to.
fn writable(folder: &Path) -> std::io::Result<()> {
    let there = folder.ancestors().find(|folder| folder.is_dir());
    let there: PathBuf = there.map_or_else(|| PathBuf::from("."), Path::to_owned);
    tempfile::tempfile_in(there).map(drop)
}
