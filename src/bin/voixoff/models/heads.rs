//! `voixoff models heads`: which heads of a model's decoder follow the sound.

use crate::{DONE, report::advise, terminal};
use std::path::PathBuf;
use voixoff::models::{Kind, Model, ModelError, ModelFolder};

/// Windows that are listened to at most: ten minutes, after which nothing is learnt any more.
#[cfg(feature = "int8")]
const N_WINDOWS_MAX: usize = 24;

/// Forgets the alignment heads of the model called `name` that were found or named here.
pub(super) fn forget(folder: &ModelFolder, name: &str) -> anyhow::Result<u8> {
    let model = whisper(folder, name)?;
    folder.keep_heads(&model, None)?;
    let heads = folder.find(&model.name)?.alignment_heads;
    let now = if heads.is_some() { "the published ones hold" } else { "it has none" };
    terminal::say(&format!("{}: alignment heads forgotten; {now}", model.name));
    Ok(DONE)
}

/// Finds the alignment heads of the model called `name` by `sounds` in `language`, and keeps them
/// if they are better than those it has.
#[cfg(feature = "int8")]
pub(super) fn find(
    folder: &ModelFolder,
    name: &str,
    sounds: &[PathBuf],
    language: &str,
) -> anyhow::Result<u8> {
    use crate::{
        language::{labelled, told},
        terminal::bars::Bar,
    };
    use voixoff::asr::int8::Int8;
    let model = whisper(folder, name)?;
    let path = folder.ready(&model, &mut |_, _| ())?;
    let windows = windows(sounds)?;
    let engine = Int8::load(&path, language, model.alignment_heads.as_deref())?;
    let bar = Bar::of_steps(&told("listening"));
    let found = engine.find_heads(&windows, &mut |done, total| bar.set(done, total))?;
    drop(bar);
    let Some(found) = found else {
        return Err(advise(
            "the sound says too little: few pauses between words stand clear in it",
            "give a minute or two of clear speech without music, of people who pause",
        ));
    };
    let off = |time: voixoff::base::time::Time| time.as_millis();
    let (off, before) = (off(found.off), off(found.off_before));
    let by = format!("by {} pauses", found.n_pauses);
    if !found.is_better {
        terminal::say(&format!(
            "{}: none are better than those it has, {before} ms off {by}",
            model.name
        ));
        return Ok(DONE);
    }
    let heads = found.heads.iter().map(|[layer, head]| format!("{layer}.{head}"));
    let heads = heads.collect::<Vec<_>>().join(" ");
    folder.keep_heads(&model, Some(found.heads))?;
    terminal::line(&labelled(&model.name, &heads));
    terminal::say(&format!(
        "words are {off} ms off in the mean {by}, {before} ms with the heads it had; what is \
         transcribed already keeps its times"
    ));
    Ok(DONE)
}

#[cfg(not(feature = "int8"))]
pub(super) fn find(_: &ModelFolder, _: &str, _: &[PathBuf], _: &str) -> anyhow::Result<u8> {
    Err(advise(
        "this build has no engine of 8 bits, which looks for alignment heads",
        "build it with the feature `int8`, which is on by default",
    ))
}

fn whisper(folder: &ModelFolder, name: &str) -> anyhow::Result<Model> {
    let model = folder.find(name)?;
    if model.kind != Kind::Whisper {
        let found = format!("it is a {} model", model.kind);
        let (what, wanted) = (model.name, Kind::Whisper);
        return Err(ModelError::WrongKind { what, wanted, found }.into());
    }
    Ok(model)
}

/// The first windows of `sounds`, cut where it is quietest.
#[cfg(feature = "int8")]
fn windows(sounds: &[PathBuf]) -> anyhow::Result<Vec<Vec<f32>>> {
    use voixoff::{
        asr::windows::{WindowSettings, pack},
        audio::{DecodeSettings, decode},
        base::{
            levels::quietest,
            progress::{Cancel, Silent},
            samples::Samples,
            time::Span,
        },
    };
    let settings = DecodeSettings { scratch: std::env::temp_dir() };
    let mut windows = Vec::new();
    for sound in sounds {
        let pcm = decode(sound, &settings, &Silent, &Cancel::default())?.pcm;
        let all = [Span::from_start(pcm.length())];
        let packed =
            pack(&all, pcm.length(), WindowSettings::WHISPER, &|span| quietest(&pcm, span));
        for window in packed.into_iter().take(N_WINDOWS_MAX - windows.len()) {
            windows.push(pcm.read(window.span())?);
        }
    }
    Ok(windows)
}
