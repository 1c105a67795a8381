//! `voixoff check --from`: a suite made of what people wrote in an archive.

use crate::{
    DONE,
    eval::args::Check,
    learn::{self, Lesson},
    report::{self, advise},
    terminal,
};
use anyhow::Context;
use std::{
    fs,
    path::{Path, PathBuf},
};
use voixoff::{
    archive::excerpts::{Excerpt, excerpts},
    audio::{self, DecodeSettings, Pcm},
    base::{
        progress::{Cancel, Silent},
        samples::Samples,
        store, tables,
        time::Time,
        transcript::Transcript,
    },
};

/// Cuts sound and its text out of the archive `from`, and writes them as a suite; an exit code.
pub(crate) fn run(from: &Path, options: &Check) -> anyhow::Result<u8> {
    let lessons = learn::lessons(from)?;
    let transcripts: Vec<&Transcript> = lessons.iter().map(|it| &it.transcript).collect();
    let wanted = Time::from_millis(u64::from(options.minutes) * 60_000);
    let chosen = excerpts(&transcripts, wanted);
    if chosen.is_empty() {
        return Err(advise(
            format!("no text in `{}` is surely laid on its sound", from.display()),
            "lay pages on their sound with `voixoff align`: of each, only what is heard as it is written serves",
        ));
    }
    let out = options.out.as_path();
    fs::create_dir_all(out).with_context(|| report::unwritten(out))?;
    let mut entries = Vec::new();
    for (number, lesson) in lessons.iter().enumerate() {
        let own: Vec<&Excerpt> = chosen.iter().filter(|it| it.episode == number).collect();
        if own.is_empty() {
            continue;
        }
        match sound(lesson) {
            Ok(pcm) => {
                for excerpt in own {
                    entries.push(cut(excerpt, &pcm, entries.len() + 1, out)?);
                }
            }
            Err(error) => report::warning(&format!("{error:#}: left out")),
        }
    }
    if entries.is_empty() {
        return Err(advise(
            format!("no sound of `{}` is where it was", from.display()),
            "put it back where it was transcribed, or lay the pages on it anew",
        ));
    }
    let suite = out.join("suite.toml");
    let head = "# Made of an archive, by texts that people wrote. Bars may be added: `[bars]`, `wer = 0.1`.\n";
    store::write_atomic(&suite, format!("{head}{}", entries.concat()).as_bytes())
        .with_context(|| report::unwritten(&suite))?;
    terminal::path(&suite);
    terminal::note(&format!("run it with `voixoff check {}`", suite.display()));
    Ok(DONE)
}

/// The decoded sound of an episode.
fn sound(lesson: &Lesson) -> anyhow::Result<Pcm> {
    let place = lesson.outputs.receipt().ok().flatten().and_then(|receipt| receipt.made);
    let place = place.map(|made| made.source.place).unwrap_or_default();
    let path = lesson.outputs.folder().join(&place);
    if place.is_empty() || !path.is_file() {
        anyhow::bail!("the sound of `{}` is not where it was", lesson.name);
    }
    let settings = DecodeSettings { scratch: std::env::temp_dir() };
    let decoded = audio::decode(&path, &settings, &Silent, &Cancel::default());
    Ok(decoded.with_context(|| format!("`{}` cannot be read", path.display()))?.pcm)
}

/// Writes the sound and the text of `excerpt`; its entry in the suite.
fn cut(excerpt: &Excerpt, pcm: &Pcm, number: usize, out: &Path) -> anyhow::Result<String> {
    let name = format!("{number:03}");
    let put = |path: PathBuf, bytes: &[u8]| {
        store::write_atomic(&path, bytes).with_context(|| report::unwritten(&path))
    };
    let unread = || "the decoded sound cannot be read back".to_owned();
    let span = excerpt.span;
    let within = span.end().min(pcm.length());
    let span = voixoff::base::time::Span::new(span.start(), within).with_context(unread)?;
    put(out.join(format!("{name}.wav")), &pcm.wav(span).with_context(unread)?)?;
    let text = format!("{}\u{a0}: {}\n", excerpt.speaker, excerpt.text);
    put(out.join(format!("{name}.txt")), text.as_bytes())?;
    let [sound, reference] = ["wav", "txt"].map(|it| tables::quoted(&format!("{name}.{it}")));
    Ok(format!("\n[[episode]]\nsound = {sound}\nreference = {reference}\n"))
}
