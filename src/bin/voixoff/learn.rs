//! `voixoff learn`: what the texts of people in an archive teach of its show.

use crate::{
    DONE, args, convert, known,
    language::told,
    report::{self, advise, counted},
    terminal,
};
use anyhow::Context;
use std::path::{Path, PathBuf};
use voixoff::{
    archive::{
        learn::{Learned, learn},
        publish::episodes,
    },
    base::{show::Show, store, transcript::Transcript},
    episode::{outputs::Outputs, pipeline},
    formats::Format,
    speakers::{
        diarize::assignment::SpeakerSettings,
        voices::{Enrolment, Gallery, learned},
    },
};

/// An episode whose text a person wrote or read.
pub(crate) struct Lesson {
    pub(crate) outputs: Outputs,
    pub(crate) name: String,
    pub(crate) transcript: Transcript,
}

/// What the texts of people in an archive teach, and the files that it would be added to.
pub(crate) struct Teaching {
    pub(crate) found: Learned,
    /// Voices that are new, each a line: whose, how long, in which episode.
    pub(crate) voices: Vec<String>,
    pub(crate) n_episodes: usize,
    before: Show,
    after: Show,
    gallery: Option<Gallery>,
    show_path: PathBuf,
    voices_path: PathBuf,
}

/// Shows what the archive of `options` teaches, and writes it where that is asked for.
pub(crate) fn run(options: &args::Learn) -> anyhow::Result<u8> {
    let teaching =
        Teaching::of(&options.folder, options.show.as_deref(), options.voices.as_deref())?;
    tell(&teaching.found, &teaching.voices);
    terminal::note(&format!("learned from {}", counted(teaching.n_episodes, "episode")));
    if options.write {
        teaching.write()?.iter().for_each(|path| terminal::path(path));
    } else if !teaching.is_new() {
        terminal::note("all of this is in the files already");
    } else {
        let (show, voices) = (teaching.show_path.display(), teaching.voices_path.display());
        terminal::note(&format!("`--write` adds this to `{show}` and `{voices}`"));
    }
    Ok(DONE)
}

impl Teaching {
    /// What the archive in `folder` teaches, to be added to the files `show` and `voices`: those in the
    /// archive, where none are named.
    ///
    /// # Errors
    /// Where no text is a person's, or a file cannot be read.
    pub(crate) fn of(
        folder: &Path,
        show: Option<&Path>,
        voices: Option<&Path>,
    ) -> anyhow::Result<Teaching> {
        let lessons = lessons(folder)?;
        let found = learn(lessons.iter().map(|it| (it.name.as_str(), &it.transcript)));
        let show_path = show.map_or_else(|| folder.join("show.toml"), Path::to_owned);
        let voices_path = voices.map_or_else(|| folder.join("voices.toml"), Path::to_owned);
        let before =
            if is_there(&show_path) { known::show(Some(&show_path))? } else { Show::default() };
        let after = found.added_to(before.clone());
        let (gallery, voices) = gallery(&lessons, &voices_path)?;
        let n_episodes = lessons.len();
        Ok(Teaching { found, voices, n_episodes, before, after, gallery, show_path, voices_path })
    }

    /// Whether any of it is not in the files yet.
    pub(crate) fn is_new(&self) -> bool {
        self.after != self.before || !self.voices.is_empty()
    }

    /// Adds it to the files; those that were written.
    ///
    /// # Errors
    /// Where one cannot be written.
    pub(crate) fn write(&self) -> anyhow::Result<Vec<PathBuf>> {
        let mut written = Vec::new();
        if self.after != self.before {
            written.push(write_show(&self.after, &self.show_path)?);
        }
        if let Some(gallery) = self.gallery.as_ref().filter(|_| !self.voices.is_empty()) {
            store::write_private(&self.voices_path, gallery.render().as_bytes())
                .with_context(|| report::unwritten(&self.voices_path))?;
            written.push(self.voices_path.clone());
        }
        Ok(written)
    }
}

/// The episodes in `folder` whose text is a person's.
///
/// # Errors
/// Where there is none.
pub(crate) fn lessons(folder: &Path) -> anyhow::Result<Vec<Lesson>> {
    let lessons = read_by_people(folder);
    if lessons.is_empty() {
        return Err(advise(
            format!("no text in `{}` is a person's", folder.display()),
            "lay pages on their sound with `voixoff align`, or write `\"reviewed\": true` into the JSON that somebody has read",
        ));
    }
    Ok(lessons)
}

/// The episodes in `folder` whose text is a person's, of which there may be none.
pub(crate) fn read_by_people(folder: &Path) -> Vec<Lesson> {
    episodes(folder).into_iter().filter_map(|outputs| lesson(outputs, folder)).collect()
}

/// The episode of `outputs`, if its text is a person's.
fn lesson(outputs: Outputs, folder: &Path) -> Option<Lesson> {
    let path = outputs.path(Format::Json);
    let transcript = match convert::opened(&path) {
        Ok(reading) => reading.transcript,
        Err(error) => {
            if is_there(&path) {
                report::warning(&format!("{error:#}: left out"));
            }
            return None;
        }
    };
    let is_read = transcript.provenance.reviewed && transcript.is_timed;
    let name = outputs.name_below(folder);
    is_read.then_some(Lesson { outputs, name, transcript })
}

/// The known voices with those of `lessons`, and of whom how much is new.
fn gallery(lessons: &[Lesson], path: &Path) -> anyhow::Result<(Option<Gallery>, Vec<String>)> {
    let mut gallery = if is_there(path) { Some(known::any_gallery(path)?) } else { None };
    let mut news = Vec::new();
    for Lesson { outputs, name, transcript } in lessons {
        let Some(model) = &transcript.provenance.embedding else { continue };
        let heard = outputs
            .analysis()
            .and_then(|analysis| pipeline::diarization(&analysis, &SpeakerSettings::PODCAST));
        let Some(heard) = heard else { continue };
        let gallery = gallery.get_or_insert_with(|| Gallery::new(model.sha256.clone()));
        if gallery.model != model.sha256 {
            report::warning(&format!("`{name}`: its voices are of another network: left out"));
            continue;
        }
        for (person, voice) in learned(transcript, &heard) {
            let Some(voice) = voice else { continue };
            let (embedding, source) = (voice.embedding.clone(), &transcript.provenance.audio);
            let enrolment = gallery.enroll(person, embedding, voice.speech, source);
            if enrolment != Enrolment::KnownSource {
                news.push(format!("{person}\t{}\t{name}", voice.speech));
            }
        }
    }
    Ok((gallery, news))
}

/// Says what was `found`, and which voices are new.
fn tell(found: &Learned, voices: &[String]) {
    let section = |title: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            terminal::say(title);
            lines.iter().for_each(|line| terminal::line(&format!("  {line}")));
        }
    };
    let term = |term: &voixoff::archive::learn::LearnedTerm| {
        let heard = term.variants.iter().map(|(variant, n)| format!("{variant} ({n})"));
        let (heard, n) = (heard.collect::<Vec<_>>().join(", "), term.episodes.len());
        format!("{}\t{heard}\t{}", term.form, told(&counted(n, "episode")))
    };
    let person = |person: &voixoff::archive::learn::LearnedPerson| {
        let role = person.role.map_or("-", voixoff::base::speech::Role::name);
        let n = counted(person.episodes.len(), "episode");
        format!("{}\t{}\t{}\t{}", person.name, told(role), person.speech, told(&n))
    };
    section("names and terms, and what was heard for them", found.terms.iter().map(term).collect());
    section("people", found.people.iter().map(person).collect());
    section("what the announcer says each time", found.boilerplate.clone());
    section("voices", voices.to_vec());
}

/// Writes `show` at `path`; beside it where a person has written there what would be lost. Where.
fn write_show(show: &Show, path: &Path) -> anyhow::Result<PathBuf> {
    let is_ours = match std::fs::read_to_string(path) {
        Ok(text) => Show::parse(&text).is_ok_and(|old| old.render() == text),
        Err(_) => true,
    };
    let path = if is_ours { path.to_owned() } else { beside(path) };
    store::write_atomic(&path, show.render().as_bytes())
        .with_context(|| report::unwritten(&path))?;
    Ok(path)
}

/// `show.new.toml` of `show.toml`.
fn beside(path: &Path) -> PathBuf {
    path.with_extension("new.toml")
}

fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}
