//! `voixoff voices`: enroll, list, forget, match.

use crate::{
    DONE, args,
    diarize::{each, settings},
    engines, known,
    report::{self, advise},
};
use anyhow::Context;
use std::path::Path;
use voixoff::{
    store,
    transcript::{Speaker, Transcript},
    voices::{Enrolment, Gallery},
};

/// Carries out a command of `voixoff voices`.
pub(crate) fn run(command: &args::Voices, model_folder: Option<&Path>) -> anyhow::Result<u8> {
    match command {
        args::Voices::Enroll { name, file, speaker, gallery, scripted } => {
            let wanted = Wanted { name, file, speaker: speaker.as_deref() };
            enroll(&wanted, &gallery.path, scripted.as_deref(), model_folder)
        }
        args::Voices::List { gallery } => list(&gallery.path),
        args::Voices::Forget { name, gallery } => forget(name, &gallery.path),
        args::Voices::Match { files, gallery, scripted } => {
            let mut settings = settings(None);
            let ears = engines::ears(scripted.as_deref(), model_folder, settings.threads)?;
            settings.gallery = Some(known::gallery(&gallery.path, ears.model())?);
            each(files, &ears, &settings, None, |file, transcript, voices| {
                for (speaker, voice) in transcript.speakers.iter().zip(voices) {
                    let shown = speaker.confidence.map_or("-".to_owned(), |c| format!("{c:.2}"));
                    let heard = voice.heard;
                    println!("{}\t{}\t{shown}\t{heard}", file.display(), speaker.name);
                }
            })
        }
    }
}

/// Whose voice is to be known, and where it is heard.
struct Wanted<'a> {
    name: &'a str,
    file: &'a Path,
    speaker: Option<&'a str>,
}

fn enroll(
    wanted: &Wanted<'_>,
    path: &Path,
    scripted: Option<&Path>,
    model_folder: Option<&Path>,
) -> anyhow::Result<u8> {
    let settings = settings(None);
    let ears = engines::ears(scripted, model_folder, settings.threads)?;
    let mut gallery = match path.symlink_metadata() {
        Ok(_) => known::gallery(path, ears.model())?,
        Err(_) => Gallery::new(ears.model().to_owned()),
    };
    let mut heard = None;
    let code = each(&[wanted.file.to_owned()], &ears, &settings, None, |_, transcript, voices| {
        heard = Some((transcript.clone(), voices.to_vec()));
    })?;
    let Some((transcript, voices)) = heard else { return Ok(code) };
    let speaker = chosen(wanted, &transcript)?;
    let voice = &voices[usize::from(speaker.id.0)];
    let source = &transcript.provenance.audio;
    match gallery.enroll(wanted.name, voice.embedding.clone(), voice.heard, source) {
        Enrolment::KnownSource => {
            report::warning(&format!("`{}` was enrolled from this file before", wanted.name));
            return Ok(DONE);
        }
        Enrolment::New | Enrolment::Averaged => (),
    }
    save(&gallery, path)?;
    println!("{}", path.display());
    Ok(DONE)
}

/// The speaker of that name, or the only one.
fn chosen<'a>(wanted: &Wanted<'_>, transcript: &'a Transcript) -> anyhow::Result<&'a Speaker> {
    let speakers = &transcript.speakers;
    let shown = wanted.file.display();
    let names = speakers.iter().map(|speaker| format!("`{}`", speaker.name)).collect::<Vec<_>>();
    if let Some(name) = wanted.speaker {
        let found = speakers.iter().find(|speaker| speaker.name == name);
        return found.with_context(|| {
            format!("nobody called `{name}` speaks in `{shown}`, but {}", names.join(", "))
        });
    }
    match speakers.as_slice() {
        [only] => Ok(only),
        [] => Err(anyhow::anyhow!("nobody speaks long enough in `{shown}`")),
        _ => Err(advise(
            format!("{} people speak in `{shown}`: {}", speakers.len(), names.join(", ")),
            "say which one with `--speaker NAME`",
        )),
    }
}

fn list(path: &Path) -> anyhow::Result<u8> {
    for person in &known::any_gallery(path)?.people {
        println!("{}\t{}\t{} recordings", person.name, person.heard, person.from.len());
    }
    Ok(DONE)
}

fn forget(name: &str, path: &Path) -> anyhow::Result<u8> {
    let mut gallery = known::any_gallery(path)?;
    if !gallery.forget(name) {
        return Err(anyhow::anyhow!("nobody called `{name}` is in `{}`", path.display()));
    }
    save(&gallery, path)?;
    Ok(DONE)
}

fn save(gallery: &Gallery, path: &Path) -> anyhow::Result<()> {
    store::write_atomic(path, gallery.render().as_bytes())
        .with_context(|| format!("`{}` cannot be written", path.display()))
}
