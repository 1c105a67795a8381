//! The words of a file of sound, with their times, by our own engine; who speaks is not asked.
//!
//! `cargo run --release --example recognise -- MODEL SOUND`, where MODEL is a ggml file:
//! `voixoff models path base` names one.

#![expect(clippy::print_stdout, reason = "an example prints what it finds")]

use anyhow::Context as _;
use std::{env, path::PathBuf};
use voixoff::{
    asr::{
        Context, DecodingOptions, Transcriber,
        int8::Int8,
        windows::{WindowSettings, pack},
        word_times::in_episode,
    },
    audio::{DecodeSettings, decode},
    base::{
        levels::quietest,
        progress::{Cancel, Silent},
        samples::Samples,
        time::Span,
    },
    models::ModelFolder,
};

fn main() -> anyhow::Result<()> {
    let mut paths = env::args_os().skip(1).map(PathBuf::from);
    let mut next = || paths.next().context("usage: recognise MODEL SOUND");
    let (model, sound) = (next()?, next()?);

    let settings = DecodeSettings { scratch: env::temp_dir() };
    let pcm = decode(&sound, &settings, &Silent, &Cancel::default())?.pcm;
    // A published model brings the heads of its decoder by which words are timed.
    let model = model.to_str().context("the path of the model is not UTF-8")?;
    let model = ModelFolder::new(".").whisper(Some(model), &mut |_, _| ())?;
    let engine = Int8::load(&model.path, "fr", model.alignment_heads.as_deref())?;
    // Windows of at most 30 s, cut where it is quietest.
    let everything = [Span::from_start(pcm.length())];
    let windows =
        pack(&everything, pcm.length(), WindowSettings::WHISPER, &|span| quietest(&pcm, span));
    for window in windows {
        let samples = pcm.read(window.span())?;
        let answer =
            engine.transcribe(&samples, Context::default(), DecodingOptions::BEAM_SEARCH)?;
        let speech = window.parts_of(everything[0]);
        for word in in_episode(answer.words, &window, &speech) {
            println!("{:9.2} s  {}", word.span.start().as_secs_f64(), word.text);
        }
    }
    Ok(())
}
