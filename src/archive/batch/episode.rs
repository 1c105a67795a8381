//! One episode of a batch: its sound fetched and known, its slow answers kept, its files
//! written, its failure on record.

use super::{
    Batch, Done, Outcome, Resources, Wanted, chapters::Asked, error::JobError, page,
    sound::RemoteState, warnings,
};
use crate::{
    archive::sources::{Item, Origin},
    audio::{self, Identity, Tags},
    base::{
        guidance::{Guided, Kind},
        progress::{Event, Observer, Stage},
        transcript::{About, BY_PUBLISHER, Chapter, Credit, Date},
    },
    episode::{
        outputs::{
            Attempt, BuildRecord, Cost, Failure, Receipt, SCHEMA, Source, StageKeys, VERSION,
        },
        pipeline::{self, EpisodeError, Listening, Work},
    },
    formats::RenderSettings,
    net::download::DownloadError,
    review::Review,
};
use std::{
    fs, io,
    panic::{self, AssertUnwindSafe},
    path::Path,
    sync::Mutex,
    time::Instant,
};

/// So many crashes with an episode at work are its failure.
const CRASHES_MAX: u32 = 2;

impl Batch<'_> {
    /// Works on one episode, from its sound to its files; `None` where that is for later, because
    /// the server of its sound wants to be left alone for a while.
    pub(super) fn transcribe(
        &self,
        item: &Item,
        resources: &Resources<'_>,
        observer: &dyn Observer,
    ) -> Option<Outcome> {
        let crashes = self.crashes(item);
        let job = EpisodeJob {
            batch: self,
            item,
            clock: Clock::new(observer),
            remote: RemoteState::default(),
        };
        let outcome = if crashes >= CRASHES_MAX {
            // Where it cannot be looked at, its failure stays on this machine.
            let _ = job.pull();
            let (name, n_times) = (item.name(), CRASHES_MAX);
            self.failed(item, &JobError::Crashed { name, n_times })
        } else {
            let tried = job.begin(crashes).and_then(|()| {
                // A bug that panics is this episode's failure, not the batch's.
                let work = AssertUnwindSafe(|| job.transcribe(resources));
                panic::catch_unwind(work).unwrap_or(Err(JobError::Panic))
            });
            // What cannot be noted here is noted by the next run.
            let _ = item.outputs.note_attempt(None);
            match tried {
                Ok(outcome) => {
                    let _ = item.outputs.note_failure(None);
                    job.remove_download();
                    outcome
                }
                Err(JobError::Download(DownloadError::Waits { wait, .. })) if wait.is_worth_it => {
                    return None;
                }
                Err(error) => match error.kind() {
                    Kind::Busy => return Some(Outcome::Busy),
                    Kind::Stopped => Outcome::Stopped,
                    Kind::Passing => self.failed(item, &error),
                    Kind::Lasting => {
                        job.remove_download();
                        self.failed(item, &error)
                    }
                },
            }
        };
        Some(match job.push() {
            // A failure, or words so far, that cannot be noted there are noted here.
            Err(error) if !matches!(outcome, Outcome::Failed(_) | Outcome::Stopped) => {
                self.failed(item, &error)
            }
            _ => outcome,
        })
    }

    fn failed(&self, item: &Item, error: &JobError) -> Outcome {
        let source =
            item.source().unwrap_or_else(|| Source { place: item.name(), ..Source::default() });
        // The program failed in itself: other models or settings may do better.
        let is_own = matches!(error, JobError::Crashed { .. } | JobError::Panic);
        let maker = is_own.then(|| self.maker(item));
        let failure = Failure { maker, ..Failure::of(source, error) };
        // A disk that is full keeps no record; the report has it.
        let _ = item.outputs.note_failure(Some(&failure));
        let _ = item.outputs.note_attempt(None);
        Outcome::Failed(failure)
    }
}

/// One episode at work.
pub(super) struct EpisodeJob<'a, 'b> {
    pub(super) batch: &'a Batch<'b>,
    pub(super) item: &'a Item,
    clock: Clock<'a>,
    pub(super) remote: RemoteState,
}

impl EpisodeJob<'_, '_> {
    /// Notes that a try begins, so that a crash of the process is known to be of this episode.
    fn begin(&self, crashes: u32) -> Result<(), JobError> {
        make_folder(&self.item.outputs.own())?;
        let by = self.batch.settings.token.clone();
        let attempt = Attempt { schema: SCHEMA, by, crashes, maker: self.batch.maker(self.item) };
        self.noted(self.item.outputs.note_attempt(Some(&attempt)))
    }

    fn transcribe(&self, resources: &Resources<'_>) -> Result<Outcome, JobError> {
        let (batch, outputs) = (self.batch, &self.item.outputs);
        self.pull()?;
        let receipt = batch.receipt(self.item)?.unwrap_or_default();
        let Wanted { mut settings, mut stages, told, page } =
            batch.wanted(self.item, receipt.made.as_ref());
        let formats = batch.formats(self.item, receipt.made.as_ref());
        let older = (receipt.schema < SCHEMA).then(|| receipt.clone());
        let mut known = self.known(&stages, receipt)?;
        if known.is_done {
            return Ok(Outcome::UpToDate);
        }
        let asked = Asked::of(self.item, known.before.as_ref());
        known.about.chapters = asked.chapters.unwrap_or(known.about.chapters);
        if !batch.settings.force
            && let Some(path) = outputs.foreign(&formats)
        {
            return Err(JobError::Foreign { path });
        }
        self.spare_sound()?;
        make_folder(&outputs.own())?;
        let mut old = outputs.artifacts(&batch.legacy_stages(&settings), &known.sound);
        let unbiased = batch.unbiased(&settings);
        if !settings.hotwords.is_empty() && unbiased.hotwords.is_empty() {
            // Words that were begun without hotwords go on without them.
            let without = batch.models.stages(&unbiased, &batch.settings.writing);
            let begun = outputs.artifacts(&without, &known.sound).words;
            let is_begun = begun.exists() || old.words.exists();
            if is_begun && !outputs.artifacts(&stages, &known.sound).words.exists() {
                (settings, stages) = match &page {
                    Some(page) => page.laid(unbiased, without),
                    None => (unbiased, without),
                };
            }
        }
        let artifacts = outputs.artifacts(&stages, &known.sound);
        if !settings.hotwords.is_empty() {
            // Version 0.1.0 knew none: its words are others.
            old.words.clone_from(&artifacts.words);
        }
        self.pull_artifacts(&old)?;
        let unkept = |source| EpisodeError::Unkept { path: artifacts.words.clone(), source };
        outputs.rename_artifacts(&old, &artifacts).map_err(unkept)?;
        // The words that are there are the same, whatever their key was called.
        if let Some(receipt) = older
            && let Some(made) =
                receipt.made.clone().filter(|made| made.stages.words == stages.words)
        {
            self.noted(outputs.note_source(receipt, made.source))?;
        }
        self.pull_artifacts(&artifacts)?;
        // Before hours are spent on its sound.
        let page = page.map(|page| page.path);
        let written = page.as_deref().map(page::read).transpose()?;
        let work = Work {
            listening: Listening {
                diarizer: resources.engines.diarizer,
                settings: &settings,
                observer: &self.clock,
                cancel: batch.cancel,
            },
            transcriber: resources.engines.transcriber,
            workers: resources.workers,
        };
        let provenance = batch.models.provenance(&known.sound);
        let sound = || self.sound();
        let about = known.about.clone();
        let mut transcript = pipeline::transcribe(&sound, &artifacts, about, provenance, &work)?;
        let mut doubts = Vec::new();
        if let Some((page, path)) = written.zip(page.as_ref()) {
            let sound = self.sound_here();
            let aligned = page::aligned(page, path, &transcript, sound.as_deref(), &work)?;
            doubts = page::warnings(&aligned);
            transcript = aligned.transcript;
        }
        // What a person corrected in the editor stays, and is kept over this pass from here on.
        if let Some(mut review) = Review::begun(&outputs.review())? {
            review.renew(transcript)?;
            transcript = review.document().transcript();
        }
        // Somebody may have corrected the files while the episode was heard.
        self.pull()?;
        if let Some(sound) = self.keep_sound(known.extension)? {
            (known.about.sound, transcript.about.sound) = (sound.clone(), sound);
        }
        let (part, found_language) = (settings.part, settings.finds_language);
        let name = outputs.name();
        let settings = RenderSettings { beside: &formats, ..batch.settings.writing.of(&name) };
        let files: Vec<_> =
            formats.iter().map(|&format| (format, format.render(&transcript, &settings))).collect();
        let made = BuildRecord {
            version: VERSION.to_owned(),
            source: self.source(known.before.as_ref()),
            sound: known.sound,
            duration: transcript.duration.as_secs_f64(),
            about: known.about,
            stages,
            recogniser: batch.models.recogniser.name.clone(),
            names: told.names,
            mentioned: told.mentioned,
            chapters_at: asked.address,
            page: page.as_ref().map(|page| self.written(outputs.path_to(page))).transpose()?,
            // By that of a part, nothing is known of that of the whole.
            cost: match part {
                None => {
                    self.clock.cost(known.before.as_ref().map(|made| made.cost), resources.n_jobs)
                }
                Some(_) => Cost::default(),
            },
        };
        let put = self.written(outputs.write(made.clone(), &files, batch.settings.force))?;
        if let Some(before) = &known.before {
            outputs.remove_artifacts(before, &made);
        }
        Ok(Outcome::Transcribed(Done {
            is_unsure: !doubts.is_empty(),
            paths: put.paths,
            kept: put.kept,
            warnings: asked
                .warning
                .into_iter()
                .chain(warnings(&transcript, page.is_some(), found_language))
                .chain(doubts)
                .collect(),
            duration: transcript.duration,
            seconds: self.clock.began.elapsed().as_secs_f64(),
        }))
    }

    /// What is known of the episode without hearing it; its sound is read unless its receipt
    /// speaks of the same unchanged file.
    fn known(&self, stages: &StageKeys, receipt: Receipt) -> Result<KnownItem, JobError> {
        let outputs = &self.item.outputs;
        let source = self.item.source().unwrap_or_default();
        if let Some(made) = receipt.made.clone().filter(|made| source.is_unchanged(&made.source)) {
            let about = self.about(&made, None)?;
            return Ok(KnownItem {
                sound: made.sound.clone(),
                about,
                before: Some(made),
                extension: None,
                is_done: false,
            });
        }
        let path = self.sound()?;
        let identity = audio::identify(&path, self.batch.cancel)?;
        let extension = Some(identity.extension);
        let receipt = match receipt.made {
            Some(_) => receipt,
            None => self.moved_here(&identity.digest)?.unwrap_or(receipt),
        };
        let about = match &receipt.made {
            Some(made) => self.about(made, Some(&identity))?,
            None => self.about_fresh(&identity)?,
        };
        let Some(made) = receipt.made.clone() else {
            let (before, is_done) = (None, false);
            return Ok(KnownItem { sound: identity.digest, about, before, extension, is_done });
        };
        let is_done = made.sound == identity.digest
            && made.stages == *stages
            && made.about == about
            && made.chapters_at == self.item.chapters_place()
            && outputs.are_there(
                &receipt,
                &self.batch.formats(self.item, Some(&made)),
                Path::exists,
            )
            && (!self.batch.settings.force || self.batch.changed(self.item, &receipt).is_empty());
        if is_done {
            self.noted(outputs.note_source(receipt, self.source(Some(&made))))?;
        }
        Ok(KnownItem { sound: identity.digest, about, before: Some(made), extension, is_done })
    }

    /// What is said above the text; tags are read anew where the file was.
    fn about(&self, made: &BuildRecord, identity: Option<&Identity>) -> Result<About, JobError> {
        match (&self.item.origin, identity) {
            (Origin::File(_) | Origin::Object { .. }, None) => {
                let show = &self.batch.episode.show.title;
                let show = if show.is_empty() { &made.about.show } else { show };
                Ok(About { show: show.clone(), ..made.about.clone() })
            }
            (Origin::File(_) | Origin::Object { .. }, Some(identity)) => self.about_fresh(identity),
            (Origin::Enclosure { .. }, None) => {
                Ok(self.batch.about_of_feed(self.item, &made.about))
            }
            (Origin::Enclosure { .. }, Some(identity)) => {
                let sound = self.kept_name(identity.extension);
                let kept = About { sound, ..made.about.clone() };
                Ok(self.batch.about_of_feed(self.item, &kept))
            }
        }
    }

    fn about_fresh(&self, identity: &Identity) -> Result<About, JobError> {
        let of_tags = |sound| about_of_tags(&identity.tags, &self.batch.episode.show.title, sound);
        match &self.item.origin {
            // There is no way from a bucket to a file.
            Origin::File(path) if self.batch.mirror.is_some() => {
                let name = path.file_name().unwrap_or_default();
                Ok(of_tags(name.to_string_lossy().into_owned()))
            }
            Origin::File(path) => {
                make_folder(self.item.outputs.folder())?;
                Ok(of_tags(self.written(self.item.outputs.path_to(path))?))
            }
            Origin::Object { address, .. } => Ok(of_tags(address.to_string())),
            Origin::Enclosure { .. } => {
                let sound = self.kept_name(identity.extension);
                let mut lead = self.item.lead.clone();
                if let Some(last) = lead.last_mut() {
                    last.push_str(BY_PUBLISHER);
                }
                let kept = About { sound, lead, ..About::default() };
                Ok(self.batch.about_of_feed(self.item, &kept))
            }
        }
    }

    /// `result`, of writing files of the episode.
    pub(super) fn written<T>(&self, result: io::Result<T>) -> Result<T, JobError> {
        let folder = self.item.outputs.folder().to_owned();
        result.map_err(|source| JobError::Unwritten { folder, source })
    }

    /// `result`, of noting how far the episode is.
    fn noted<T>(&self, result: io::Result<T>) -> Result<T, JobError> {
        let folder = self.item.outputs.own();
        result.map_err(|source| JobError::Unnoted { folder, source })
    }
}

/// Makes the folder at `path`, if it is not there.
pub(super) fn make_folder(path: &Path) -> Result<(), JobError> {
    let unmade = |source| EpisodeError::Folder { path: path.to_owned(), source };
    Ok(fs::create_dir_all(path).map_err(unmade)?)
}

/// What is known of an episode before it is heard.
struct KnownItem {
    sound: String,
    about: About,
    before: Option<BuildRecord>,
    /// What its sound is called at the end, where it was read to know that.
    extension: Option<&'static str>,
    is_done: bool,
}

/// What a file says of itself, as the page says it.
fn about_of_tags(tags: &Tags, show: &str, sound: String) -> About {
    let show = if show.is_empty() { tags.album.as_str() } else { show };
    let date = Date::parse_iso(&tags.date);
    let chapters = Chapter::list(tags.chapters.iter().cloned());
    let credit = |name: &String| Credit { name: name.clone(), ..Credit::default() };
    let people = tags.performers.iter().map(credit).collect();
    let (title, show) = (tags.title.clone(), show.to_owned());
    About { title, show, date, sound, chapters, people, ..About::default() }
}

/// An observer that notes what the slow stages take, and passes everything on.
struct Clock<'a> {
    observer: &'a dyn Observer,
    began: Instant,
    stages: Mutex<StageTimes>,
}

/// When the slow stages of an episode were at work.
#[derive(Debug, Clone, Copy, Default)]
struct StageTimes {
    has_listened: bool,
    recognition_began: Option<Instant>,
    recognition_ended: Option<Instant>,
}

impl<'a> Clock<'a> {
    fn new(observer: &'a dyn Observer) -> Clock<'a> {
        Clock { observer, began: Instant::now(), stages: Mutex::default() }
    }

    /// What this run took, of a machine that `n_jobs` episodes shared; `before` for what it
    /// did not do itself.
    fn cost(&self, before: Option<Cost>, n_jobs: usize) -> Cost {
        let before = before.unwrap_or_default();
        let Ok(stages) = self.stages.lock() else { return before };
        let StageTimes { has_listened, recognition_began: began, recognition_ended: ended } =
            *stages;
        let seconds =
            |from: Instant, to: Instant| to.duration_since(from).as_secs_f64() / n_jobs as f64;
        Cost {
            listening: match began {
                Some(began) if has_listened => seconds(self.began, began),
                _ => before.listening,
            },
            words: began.zip(ended).map_or(before.words, |(began, ended)| seconds(began, ended)),
        }
    }
}

impl Observer for Clock<'_> {
    fn on(&self, event: Event) {
        if let Ok(mut stages) = self.stages.lock() {
            let now = || Some(Instant::now());
            match event {
                Event::Started { stage: Stage::Regions, .. } => stages.has_listened = true,
                Event::Started { stage: Stage::Transcribe, .. } => stages.recognition_began = now(),
                Event::Finished { stage: Stage::Transcribe } => stages.recognition_ended = now(),
                _ => (),
            }
        }
        self.observer.on(event);
    }
}
