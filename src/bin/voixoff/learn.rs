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
        learn::{Learned, LearnedPerson, LearnedTerm, Ledger, TaughtVoice, descriptions, learn},
        publish::episodes,
    },
    base::{show::Show, speech::Role, store, transcript::Transcript},
    episode::{outputs::Outputs, pipeline},
    formats::Format,
    speakers::{
        diarize::assignment::SpeakerSettings,
        voices::{Gallery, learned},
    },
};

/// An episode whose text a person wrote or read.
pub(crate) struct Lesson {
    pub(crate) outputs: Outputs,
    pub(crate) name: String,
    pub(crate) transcript: Transcript,
}

impl Lesson {
    /// The title of its show.
    fn show(&self) -> &str {
        self.transcript.about.show.trim()
    }
}

/// What the texts of people in an archive teach, and the files that it would be added to.
pub(crate) struct Teaching {
    pub(crate) shows: Vec<ShowTeaching>,
    /// Voices that are new, each a line: whose, how long, in which episode.
    pub(crate) voices: Vec<String>,
    pub(crate) n_episodes: usize,
    /// What nothing teaches any more.
    taken: Vec<String>,
    gallery: Option<Gallery>,
    voices_path: PathBuf,
    ledger: Ledger,
    is_noted: bool,
    ledger_path: PathBuf,
}

/// What is taught of one show.
pub(crate) struct ShowTeaching {
    pub(crate) title: String,
    pub(crate) found: Learned,
    before: Option<Show>,
    after: Show,
    path: PathBuf,
}

impl ShowTeaching {
    /// What becomes of the description of the show `title` at `path`, by what was `found`; what is taken
    /// out of it is added to `taken`.
    fn of(
        title: String,
        path: PathBuf,
        folder: &Path,
        found: Learned,
        ledger: &mut Ledger,
        taken: &mut Vec<String>,
    ) -> anyhow::Result<ShowTeaching> {
        let before = if is_there(&path) { Some(known::show(Some(&path))?) } else { None };
        let file = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
        let (after, gone) = ledger.apply(&file, before.clone(), &found);
        taken.extend(gone);
        Ok(ShowTeaching { title, found, before, after, path })
    }

    fn is_new(&self) -> bool {
        *self.before.as_ref().unwrap_or(&Show::default()) != self.after
    }
}

/// Shows what the archive of `options` teaches, and writes it where that is asked for.
pub(crate) fn run(options: &args::Learn) -> anyhow::Result<u8> {
    let args::Learn { folder, write, forget, show, voices } = options;
    let teaching = Teaching::of(folder, show.as_deref(), voices.as_deref(), forget)?;
    for show in &teaching.shows {
        if teaching.shows.len() > 1 {
            terminal::say(&format!("show `{}`", show.title));
        }
        tell(&show.found);
    }
    section("voices", teaching.voices.clone());
    section("taken out, since no text teaches it any more", teaching.taken.clone());
    terminal::note(&format!("learned from {}", counted(teaching.n_episodes, "episode")));
    if *write {
        teaching.write()?.iter().for_each(|path| terminal::path(path));
    } else if !teaching.is_new() {
        terminal::note("all of this is in the files already");
    } else {
        let voices = teaching.voices_path.display();
        for show in &teaching.shows {
            let show = show.path.display();
            terminal::note(&format!("`--write` adds this to `{show}` and `{voices}`"));
        }
    }
    Ok(DONE)
}

impl Teaching {
    /// What the archive in `folder` teaches, to be added to the files `show` and `voices`: those in the
    /// archive, where none are named. Nothing of those to `forget`.
    ///
    /// # Errors
    /// Where no text is a person's, or a file cannot be read.
    pub(crate) fn of(
        folder: &Path,
        show: Option<&Path>,
        voices: Option<&Path>,
        forget: &[String],
    ) -> anyhow::Result<Teaching> {
        let ledger_path = folder.join("learned.toml");
        let before = if is_there(&ledger_path) { ledger(&ledger_path)? } else { Ledger::default() };
        // Where every text is gone, what came of them goes, too.
        let lessons =
            if before == Ledger::default() { lessons(folder)? } else { read_by_people(folder) };
        let mut ledger = before.clone();
        ledger.forgotten.extend(forget.iter().cloned());
        let (mut shows, mut taken) = (Vec::new(), Vec::new());
        for (title, path) in described(&lessons, folder, show) {
            let own = lessons.iter().filter(|it| show.is_some() || it.show() == title);
            let found = learn(own.map(|it| (it.name.as_str(), &it.transcript)));
            let found = ledger.allowed(found);
            let mut show = ShowTeaching::of(title, path, folder, found, &mut ledger, &mut taken)?;
            if show.before.is_none() {
                show.after.title.clone_from(&show.title);
            }
            shows.push(show);
        }
        for file in ledger.files() {
            let path = folder.join(&file);
            if shows.iter().any(|show| show.path == path) {
                continue;
            }
            // A show of which no text is left.
            let nothing = Learned::default();
            shows.push(ShowTeaching::of(file, path, folder, nothing, &mut ledger, &mut taken)?);
        }
        let voices_path = voices.map_or_else(|| folder.join("voices.toml"), Path::to_owned);
        let is_new = !is_there(&voices_path);
        let mut gallery = if is_new { None } else { Some(known::any_gallery(&voices_path)?) };
        let taught = taught(&lessons, &mut gallery);
        let mut voices = Vec::new();
        if let Some(gallery) = &mut gallery {
            let changes = ledger.apply_voices(gallery, is_new, taught);
            let line =
                |it: &TaughtVoice| format!("{}\t{}\t{}", it.name, it.voice.speech, it.episode);
            voices.extend(changes.added.iter().map(line));
            taken.extend(changes.taken);
            for name in changes.mixed {
                report::warning(&format!(
                    "`{name}`: the voice was made known otherwise, too: left as it is"
                ));
            }
        }
        let n_episodes = lessons.len();
        let is_noted = ledger == before;
        Ok(Teaching {
            shows,
            voices,
            n_episodes,
            taken,
            gallery,
            voices_path,
            ledger,
            is_noted,
            ledger_path,
        })
    }

    /// Whether any of it is not in the files yet.
    pub(crate) fn is_new(&self) -> bool {
        let is_new = self.shows.iter().any(ShowTeaching::is_new);
        is_new || !self.voices.is_empty() || !self.taken.is_empty()
    }

    /// Adds it to the files; those that were written.
    ///
    /// # Errors
    /// Where one cannot be written.
    pub(crate) fn write(&self) -> anyhow::Result<Vec<PathBuf>> {
        let mut written = Vec::new();
        for show in self.shows.iter().filter(|show| show.is_new()) {
            written.push(write_show(&show.after, &show.path)?);
        }
        let is_other = !self.voices.is_empty() || !self.taken.is_empty();
        if let Some(gallery) = self.gallery.as_ref().filter(|_| is_other) {
            store::write_private(&self.voices_path, gallery.render().as_bytes())
                .with_context(|| report::unwritten(&self.voices_path))?;
            written.push(self.voices_path.clone());
        }
        if !self.is_noted {
            store::write_atomic(&self.ledger_path, self.ledger.render().as_bytes())
                .with_context(|| report::unwritten(&self.ledger_path))?;
            written.push(self.ledger_path.clone());
        }
        Ok(written)
    }
}

/// The shows of `lessons`, and where each is described: in the file `asked`, if somebody names one.
fn described(lessons: &[Lesson], folder: &Path, asked: Option<&Path>) -> Vec<(String, PathBuf)> {
    if let Some(path) = asked {
        return vec![(String::new(), path.to_owned())];
    }
    let below = |it: &Lesson| {
        let own = it.outputs.folder();
        own.strip_prefix(folder).unwrap_or(Path::new("")).to_owned()
    };
    let folders: Vec<PathBuf> = lessons.iter().map(below).collect();
    let episodes = lessons.iter().map(Lesson::show).zip(folders.iter().map(PathBuf::as_path));
    let places = descriptions(episodes).into_iter();
    places.map(|(show, path)| (show.to_owned(), folder.join(path))).collect()
}

/// What was noted of earlier lessons.
fn ledger(path: &Path) -> anyhow::Result<Ledger> {
    Ledger::parse(&known::read(path)?)
        .with_context(|| format!("`{}` does not say what was learned", path.display()))
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

/// The voices that `lessons` teach; a gallery is begun for the first.
fn taught(lessons: &[Lesson], gallery: &mut Option<Gallery>) -> Vec<TaughtVoice> {
    let mut taught = Vec::new();
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
            taught.extend(voice.map(|voice| TaughtVoice {
                name: person.to_owned(),
                voice: voice.clone(),
                sound: transcript.provenance.audio.clone(),
                episode: name.clone(),
            }));
        }
    }
    taught
}

fn section(title: &str, lines: Vec<String>) {
    if !lines.is_empty() {
        terminal::say(title);
        lines.iter().for_each(|line| terminal::line(&format!("  {line}")));
    }
}

/// Says what was `found` of a show.
fn tell(found: &Learned) {
    let term = |term: &LearnedTerm| {
        let heard = term.variants.iter().map(|(variant, n)| format!("{variant} ({n})"));
        let (heard, n) = (heard.collect::<Vec<_>>().join(", "), term.episodes.len());
        format!("{}\t{heard}\t{}", term.form, told(&counted(n, "episode")))
    };
    let person = |person: &LearnedPerson| {
        let role = person.role.map_or("-", Role::name);
        let n = counted(person.episodes.len(), "episode");
        format!("{}\t{}\t{}\t{}", person.name, told(role), person.speech, told(&n))
    };
    section("names and terms, and what was heard for them", found.terms.iter().map(term).collect());
    section("people", found.people.iter().map(person).collect());
    let sentences = found.boilerplate.iter().map(|(sentence, _)| sentence.clone());
    section("what the announcer says each time", sentences.collect());
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
