//! `voixoff voices`: enroll, learn, list, forget, match.

use crate::{
    DONE, args, convert,
    diarize::each,
    engines, known,
    language::told,
    report::{self, advise, counted},
    settings::{knowing, plain, threads},
    terminal,
};
use anyhow::Context;
use std::path::Path;
use voixoff::{
    base::{
        speech::{Diarization, Voice},
        store,
        transcript::{Speaker, Transcript},
    },
    speakers::voices::{Enrolment, Gallery, MatchSettings, learned},
};

/// Carries out a command of `voixoff voices`.
pub(crate) fn run(command: &args::Voices, model_folder: Option<&Path>) -> anyhow::Result<u8> {
    match command {
        args::Voices::Enroll { name, file, speaker, gallery, hearing } => {
            let path = &gallery.path;
            heard(file, path, hearing, model_folder, |gallery, (transcript, voices)| {
                let speaker = chosen(file, speaker.as_deref(), transcript)?;
                let voice = &voices[usize::from(speaker.id.0)];
                if voice.speech < MatchSettings::PODCAST.shortest {
                    return Err(too_short(name, voice, file));
                }
                let is_new = is_new(gallery, name, voice, transcript);
                Ok(is_new.then(|| path.display().to_string()).into_iter().collect())
            })
        }
        args::Voices::Learn { file, transcript, confirmed, gallery, hearing } => {
            let transcript = confirmed_by_a_person(transcript, *confirmed)?;
            heard(file, &gallery.path, hearing, model_folder, |gallery, heard| {
                learn(&transcript, gallery, heard)
            })
        }
        args::Voices::List { gallery } => list(&gallery.path),
        args::Voices::Forget { name, gallery } => forget(name, &gallery.path),
        args::Voices::Match { files, gallery, hearing } => {
            let settings = plain();
            let engine = engines::diarization_engine(hearing, model_folder, threads(hearing))?;
            let settings = knowing(settings, Some(&gallery.path), engine.model())?;
            each(files, &engine, &settings, hearing.progress, |file, transcript, voices| {
                for (speaker, voice) in transcript.speakers.iter().zip(voices) {
                    let shown = speaker.confidence.map_or("-".to_owned(), |c| format!("{c:.2}"));
                    let heard = voice.speech;
                    let (file, name) = (file.display(), &speaker.name);
                    terminal::line(&format!("{file}\t{name}\t{shown}\t{heard}"));
                }
            })
        }
    }
}

/// Who speaks in an episode without names, and in which voices.
type Heard = (Transcript, Vec<Voice>);

/// Listens to `file` and lets `note` put what was heard into the gallery at `path`, a new
/// one where nothing is. What `note` has to say is printed once that is on the disk; it has
/// nothing to say where nothing has changed. An exit code.
fn heard(
    file: &Path,
    path: &Path,
    hearing: &args::Hearing,
    model_folder: Option<&Path>,
    note: impl FnOnce(&mut Gallery, &Heard) -> anyhow::Result<Vec<String>>,
) -> anyhow::Result<u8> {
    let settings = plain();
    let engine = engines::diarization_engine(hearing, model_folder, threads(hearing))?;
    let mut gallery = match path.symlink_metadata() {
        Ok(_) => known::gallery(path, engine.model())?,
        Err(_) => Gallery::new(engine.model().to_owned()),
    };
    let mut heard = None;
    let files = [file.to_owned()];
    let code = each(&files, &engine, &settings, hearing.progress, |_, transcript, voices| {
        heard = Some((transcript.clone(), voices.to_vec()));
    })?;
    let Some(heard) = heard else { return Ok(code) };
    let news = note(&mut gallery, &heard)?;
    if !news.is_empty() {
        save(&gallery, path)?;
        news.iter().for_each(|line| terminal::line(line));
    }
    Ok(DONE)
}

/// A voice that nobody may be named by: what is known of it is mostly chance.
fn too_short(name: &str, voice: &Voice, file: &Path) -> anyhow::Error {
    let (heard, file) = (voice.speech, file.display());
    let least = MatchSettings::PODCAST.shortest;
    advise(
        format!("`{name}` is heard for {heard} in `{file}`; {least} are the least"),
        "choose a recording in which that person speaks longer; some minutes are best",
    )
}

/// Adds what was heard of the person called `name`; whether it was not known before.
fn is_new(gallery: &mut Gallery, name: &str, voice: &Voice, transcript: &Transcript) -> bool {
    let source = &transcript.provenance.audio;
    match gallery.enroll(name, voice.embedding.clone(), voice.speech, source) {
        Enrolment::KnownSource => {
            report::warning(&format!("`{name}` was enrolled from this file before"));
            false
        }
        Enrolment::New | Enrolment::Averaged => true,
    }
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

/// Who is now better known, and how long they were heard: a line each.
fn learn(
    confirmed: &Transcript,
    gallery: &mut Gallery,
    (transcript, voices): &Heard,
) -> anyhow::Result<Vec<String>> {
    let heard =
        Diarization { turns: transcript.turns.clone(), voices: voices.clone(), parts: Vec::new() };
    let people = learned(confirmed, &heard);
    if people.is_empty() {
        return Err(anyhow::anyhow!("nobody has a name in the transcript"));
    }
    let mut news = Vec::new();
    for (name, voice) in people {
        match voice {
            Some(voice) => {
                let is_new = is_new(gallery, name, voice, transcript);
                news.extend(is_new.then(|| format!("{name}\t{}", voice.speech)));
            }
            None => report::warning(&format!(
                "`{name}` has no voice that is surely theirs: not learned"
            )),
        }
    }
    Ok(news)
}

/// The speaker of that name, or the only one.
fn chosen<'a>(
    file: &Path,
    name: Option<&str>,
    transcript: &'a Transcript,
) -> anyhow::Result<&'a Speaker> {
    let speakers = &transcript.speakers;
    let shown = file.display();
    let names = speakers.iter().map(|speaker| format!("`{}`", speaker.name)).collect::<Vec<_>>();
    if let Some(name) = name {
        let found = speakers.iter().find(|speaker| speaker.name.as_str() == name);
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
        let (name, heard) = (&person.name, person.speech);
        let recordings = counted(person.from.len(), "recording");
        terminal::line(&format!("{name}\t{heard}\t{}", told(&recordings)));
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
    store::write_private(path, gallery.render().as_bytes()).with_context(|| report::unwritten(path))
}
