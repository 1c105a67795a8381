//! `voixoff voices`: enroll, learn, list, forget, match.

use crate::{
    DONE, args, convert,
    diarize::each,
    engines, known,
    report::{self, advise},
    settings::{knowing, plain},
};
use anyhow::Context;
use std::path::Path;
use voixoff::{
    speech::{Diarization, Voice},
    store,
    transcript::{Speaker, Transcript},
    voices::{Enrolment, Gallery, learned},
};

/// Carries out a command of `voixoff voices`.
pub(crate) fn run(command: &args::Voices, model_folder: Option<&Path>) -> anyhow::Result<u8> {
    match command {
        args::Voices::Enroll { name, file, speaker, gallery, hearing } => {
            let wanted = Wanted { name, file, speaker: speaker.as_deref() };
            let (mut known, heard) = heard(file, &gallery.path, hearing, model_folder)?;
            let heard = match heard {
                Ok(heard) => heard,
                Err(code) => return Ok(code),
            };
            enroll(&wanted, &mut known, &heard, &gallery.path)
        }
        args::Voices::Learn { file, transcript, confirmed, gallery, hearing } => {
            let transcript = confirmed_by_a_person(transcript, *confirmed)?;
            let (mut known, heard) = heard(file, &gallery.path, hearing, model_folder)?;
            let heard = match heard {
                Ok(heard) => heard,
                Err(code) => return Ok(code),
            };
            learn(&transcript, &mut known, &heard, &gallery.path)
        }
        args::Voices::List { gallery } => list(&gallery.path),
        args::Voices::Forget { name, gallery } => forget(name, &gallery.path),
        args::Voices::Match { files, gallery, hearing } => {
            let settings = plain(hearing);
            let ears = engines::ears(hearing.scripted.as_deref(), model_folder, settings.threads)?;
            let settings = knowing(settings, Some(&gallery.path), ears.model())?;
            each(files, &ears, &settings, hearing.progress, |file, transcript, voices| {
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

/// Who speaks in an episode without names, and in which voices.
type Heard = (Transcript, Vec<Voice>);

/// The gallery at `path`, a new one where nothing is; and what is heard in `file`, or the
/// exit code that says why it was not heard.
fn heard(
    file: &Path,
    path: &Path,
    hearing: &args::Hearing,
    model_folder: Option<&Path>,
) -> anyhow::Result<(Gallery, Result<Heard, u8>)> {
    let settings = plain(hearing);
    let ears = engines::ears(hearing.scripted.as_deref(), model_folder, settings.threads)?;
    let gallery = match path.symlink_metadata() {
        Ok(_) => known::gallery(path, ears.model())?,
        Err(_) => Gallery::new(ears.model().to_owned()),
    };
    let mut heard = None;
    let files = [file.to_owned()];
    let code = each(&files, &ears, &settings, hearing.progress, |_, transcript, voices| {
        heard = Some((transcript.clone(), voices.to_vec()));
    })?;
    Ok((gallery, heard.ok_or(code)))
}

fn enroll(
    wanted: &Wanted<'_>,
    gallery: &mut Gallery,
    (transcript, voices): &Heard,
    path: &Path,
) -> anyhow::Result<u8> {
    let speaker = chosen(wanted, transcript)?;
    let voice = &voices[usize::from(speaker.id.0)];
    let source = &transcript.provenance.audio;
    match gallery.enroll(wanted.name, voice.embedding.clone(), voice.heard, source) {
        Enrolment::KnownSource => warn_known(wanted.name),
        Enrolment::New | Enrolment::Averaged => {
            save(gallery, path)?;
            println!("{}", path.display());
        }
    }
    Ok(DONE)
}

fn warn_known(name: &str) {
    report::warning(&format!("`{name}` was enrolled from this file before"));
}

/// The transcript at `path`, if its names are those that a person gave.
fn confirmed_by_a_person(path: &Path, is_confirmed: bool) -> anyhow::Result<Transcript> {
    let shown = path.display();
    let transcript = convert::read(path)?;
    if !transcript.is_timed {
        return Err(anyhow::anyhow!("`{shown}` has no times: it does not say who is heard when"));
    }
    if !is_confirmed && !transcript.provenance.reviewed {
        return Err(advise(
            format!("`{shown}` does not say that a person has confirmed its names"),
            "read it beside the sound, then say so with `--confirmed`",
        ));
    }
    Ok(transcript)
}

fn learn(
    confirmed: &Transcript,
    gallery: &mut Gallery,
    (transcript, voices): &Heard,
    path: &Path,
) -> anyhow::Result<u8> {
    let heard = Diarization { turns: transcript.turns.clone(), voices: voices.clone() };
    let people = learned(confirmed, &heard);
    if people.is_empty() {
        return Err(anyhow::anyhow!("nobody has a name in the transcript"));
    }
    let source = &transcript.provenance.audio;
    let mut is_changed = false;
    for (name, voice) in people {
        let Some(voice) = voice else {
            report::warning(&format!("`{name}` has no voice that is surely theirs: not learned"));
            continue;
        };
        match gallery.enroll(name, voice.embedding.clone(), voice.heard, source) {
            Enrolment::KnownSource => warn_known(name),
            Enrolment::New | Enrolment::Averaged => {
                is_changed = true;
                println!("{name}\t{}", voice.heard);
            }
        }
    }
    if is_changed {
        save(gallery, path)?;
    }
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
    store::write_private(path, gallery.render().as_bytes())
        .with_context(|| format!("`{}` cannot be written", path.display()))
}
