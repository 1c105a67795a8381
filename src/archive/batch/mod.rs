//! Many episodes, several at a time: the queue, the outcomes, the stop.
//!
//! An episode's failure is its outcome and stops nothing. What an episode needs is looked up
//! first by lengths and times of files; only what is open is read. The longest go first, so
//! that no long one is left alone at the end.

mod chapters;
mod episode;
mod error;
mod keys;
mod legacy;
mod page;
mod queue;
mod replaced;
mod sound;
mod standing;

pub use keys::{ModelSet, Writing};
pub use standing::{Remaining, Standing};

use crate::{
    archive::{mirror::Mirror, sources::Item},
    base::{
        digest::digest,
        notes::NoteError,
        progress::{Cancel, Observer},
        store,
        time::Time,
        transcript::{About, Transcript},
    },
    episode::{
        hotwords::{self, Hotwords},
        outputs::{ANALYSIS, BuildRecord, FEEDS, Failure, OWN, Outputs, RUNS, Receipt, StageKeys},
        pipeline::{Engines, EpisodeSettings, Workers},
    },
    formats::Format,
    net::{bucket::Buckets, web::Wait},
};
use page::Page;
use queue::Queue;
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    fs,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// How a run works.
#[derive(Debug, Clone)]
pub struct BatchSettings {
    /// Formats to write.
    pub formats: Vec<Format>,
    /// How.
    pub writing: Writing,
    /// Replace what this program did not write, or what was corrected.
    pub force: bool,
    /// Try again what failed for good.
    pub retry_failed: bool,
    /// Keep downloaded sound beside the transcripts.
    pub keep_audio: bool,
    /// Episodes at a time.
    pub jobs: NonZeroUsize,
    /// Episodes to do at most; those that need nothing do not count.
    pub limit: Option<usize>,
    /// Time after which no episode is begun.
    pub time: Option<Duration>,
    /// This process, in attempts.
    pub token: String,
    /// The process before, which crashed.
    pub crashed: Option<String>,
    /// Folder of all outputs, where there is one.
    pub out: Option<PathBuf>,
}

/// What a run works with.
pub struct Batch<'a> {
    /// How the run works.
    pub settings: &'a BatchSettings,
    /// How each episode is worked on.
    pub episode: &'a EpisodeSettings,
    /// By whom.
    pub models: &'a ModelSet,
    /// Where the sound of buckets is.
    pub buckets: &'a Buckets,
    /// What stands for the archive, where that is in a bucket.
    pub mirror: Option<&'a Mirror<'a>>,
    /// Whether to go on.
    pub cancel: &'a Cancel,
    /// Where episodes of a sound lie that is called otherwise now; see `Moved`.
    pub moved: Moved,
}

/// What became of an episode.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It has its files.
    Transcribed(Done),
    /// It had them already.
    UpToDate,
    /// It has none, and why.
    Failed(Failure),
    /// It had none before, and another try would change nothing.
    FailedBefore(Failure),
    /// Another process is at work on it.
    Busy,
    /// A stop came first.
    Stopped,
}

impl Outcome {
    /// Whether something was done, as a limit counts it.
    pub fn is_work(&self) -> bool {
        matches!(self, Outcome::Transcribed(_) | Outcome::Failed(_) | Outcome::Stopped)
    }
}

/// An episode that has its files.
#[derive(Debug, Clone, PartialEq)]
pub struct Done {
    /// Where they lie.
    pub paths: Vec<PathBuf>,
    /// Those that a person corrected: the new ones lie beside them.
    pub kept: Vec<PathBuf>,
    /// What people should know of it.
    pub warnings: Vec<String>,
    /// How long it is.
    pub duration: Time,
    /// Seconds that it took.
    pub seconds: f64,
    /// Whether a person should look at where the text was laid on the sound.
    pub is_unsure: bool,
}

/// Who watches a run. Several threads may call at once.
pub trait Watcher: Sync {
    /// An episode begins; its stages are told to the observer.
    fn begun(&self, item: &Item) -> Box<dyn Observer + '_>;
    /// An episode has ended.
    fn ended(&self, item: &Item, outcome: &Outcome);
    /// A server asks to be left alone, and nothing else is left to do: it is waited for.
    fn waits(&self, wait: &Wait) {
        let _ = wait;
    }
}

impl Batch<'_> {
    /// Works on `items`, which are open, with `engines`; tells `watcher` of each.
    pub fn run<'i>(
        &self,
        items: &[&'i Item],
        engines: &Engines<'_>,
        workers: &Workers,
        watcher: &dyn Watcher,
    ) {
        let began = Instant::now();
        // Taken before an episode is begun, and given back where it needed nothing: threads that
        // count what is done would all begin the last one.
        let left = AtomicUsize::new(self.settings.limit.unwrap_or(usize::MAX));
        let (seq, one_less) = (Ordering::SeqCst, |left: usize| left.checked_sub(1));
        let may_begin = || left.fetch_update(seq, seq, one_less).is_ok();
        let give_back = || left.fetch_add(1, seq);
        let (suspects, others) = self.sorted(items);
        let n_jobs = self.settings.jobs.get().min(others.len());
        // Two files of the same sound have one journal: the second waits for the first.
        let busy: Mutex<Vec<&Item>> = Mutex::default();
        let queue = Queue::new(others);
        let is_over = || {
            let is_late = self.settings.time.is_some_and(|time| began.elapsed() >= time);
            is_late || self.cancel.is_requested()
        };
        let work = |item: &'i Item, n_jobs: usize, is_last_try: bool| {
            let observer = watcher.begun(item);
            let resources = Resources { engines, workers, n_jobs };
            let outcome = self.transcribe(item, &resources, &*observer);
            drop(observer);
            if !outcome.as_ref().is_some_and(Outcome::is_work) {
                give_back();
            }
            let Some(outcome) = outcome else { return queue.put_back(item) };
            match busy.lock() {
                Ok(mut busy) if matches!(outcome, Outcome::Busy) && !is_last_try => busy.push(item),
                _ => watcher.ended(item, &outcome),
            }
        };
        // Each alone, so that the next crash says which one it was.
        for item in suspects {
            if !is_over() && may_begin() {
                work(item, 1, false);
            }
        }
        thread::scope(|scope| {
            for _ in 0..n_jobs.max(1) {
                scope.spawn(|| {
                    while may_begin() {
                        let Some(item) = queue.next(watcher, &is_over) else {
                            give_back();
                            break;
                        };
                        work(item, n_jobs.max(1), false);
                    }
                });
            }
        });
        let busy = busy.lock().map(|mut busy| std::mem::take(&mut *busy)).unwrap_or_default();
        for item in busy {
            if !is_over() && may_begin() {
                work(item, 1, true);
            }
        }
    }

    /// Removes what killed processes left where `items` lie.
    pub fn sweep<'i>(&self, items: impl Iterator<Item = &'i Item>) {
        let folders = items.map(|item| item.outputs.folder());
        let folders: BTreeSet<&Path> = folders.chain(self.settings.out.as_deref()).collect();
        for folder in folders {
            store::sweep(folder);
            let own = folder.join(OWN);
            [own.clone(), own.join(FEEDS), own.join(RUNS)].iter().for_each(|it| store::sweep(it));
            hide_voices(&own);
        }
    }

    /// Episodes that were at work when a process crashed, and the others; longest first.
    fn sorted<'i>(&self, items: &[&'i Item]) -> (Vec<&'i Item>, Vec<&'i Item>) {
        let mut queue: Vec<(Time, &Item)> =
            items.iter().map(|item| (item.estimated(), *item)).collect();
        queue.sort_by(|one, other| (other.0, &one.1.outputs).cmp(&(one.0, &other.1.outputs)));
        let queue = queue.into_iter().map(|(_, item)| item);
        queue.partition(|item| self.crashes(item) > 0)
    }

    /// How often a process has crashed with `item` at work.
    fn crashes(&self, item: &Item) -> u32 {
        let Some(attempt) = item.outputs.attempt() else { return 0 };
        if attempt.maker != self.maker(item) {
            return 0;
        }
        attempt.crashes + u32::from(self.settings.crashed.as_ref() == Some(&attempt.by))
    }

    /// Digest of all that `item` is worked on by. Where the program fails in itself, another
    /// model, other settings or other formats may do better.
    fn maker(&self, item: &Item) -> String {
        let made = self.receipt(item).ok().flatten().and_then(|receipt| receipt.made);
        let text = self.wanted(item, made.as_ref()).stages.text;
        let formats: Vec<&str> = self.settings.formats.iter().map(|format| format.name()).collect();
        digest(format!("{text} {}", formats.join(",")).as_bytes())
    }

    /// How `item` is worked on, if it was `made` so far.
    ///
    /// A feed goes on naming people. Who is named may be the name of a speaker at once, which
    /// costs nothing; the recogniser is told the names of the day on which it first heard the
    /// episode, and those of today only where it has to listen again anyway. Otherwise a feed
    /// that names another host would have all of its episodes recognised again.
    fn wanted<'b>(&'b self, item: &Item, made: Option<&BuildRecord>) -> Wanted<'b> {
        let page = Page::of(item, made);
        let with = |settings: Cow<'b, EpisodeSettings>, told: Told| {
            let stages = self.models.stages(&settings, &self.settings.writing);
            let (settings, stages) = match &page {
                Some(page) => page.laid(settings, stages),
                None => (settings, stages),
            };
            Wanted { settings, stages, told, page: page.clone() }
        };
        if let Some(made) = made {
            let told = Told::before(made);
            let as_told = self.episode_of(item, &told);
            let unbiased = self.unbiased(&as_told);
            for settings in [as_told, unbiased] {
                let before = with(settings, told.clone());
                if before.stages.words == made.stages.words {
                    return before;
                }
            }
        }
        let told = Told::of(item);
        with(self.episode_of(item, &told), told)
    }

    /// `settings` as they were before the names of a show were preferred by themselves.
    fn unbiased<'b>(&self, settings: &EpisodeSettings) -> Cow<'b, EpisodeSettings> {
        let hotwords = self.models.hotwords_asked_for(&self.episode.show);
        Cow::Owned(EpisodeSettings { hotwords, ..settings.clone() })
    }

    /// What was written of `item`, its keys as they are made now.
    ///
    /// # Errors
    /// Any [`NoteError`] of a receipt that is there.
    fn receipt(&self, item: &Item) -> Result<Option<Receipt>, NoteError> {
        let Some(mut receipt) = item.outputs.receipt()? else { return Ok(None) };
        if let (0, Some(made)) = (receipt.schema, &mut receipt.made) {
            let mut settings = self.episode_of(item, &Told::before(made)).into_owned();
            settings.hotwords = Hotwords::default();
            let new = self.models.stages(&settings, &self.settings.writing);
            made.stages.renew(&self.legacy_stages(&settings), new);
        }
        Ok(Some(receipt))
    }

    /// What each stage of `settings` depends on, as version 0.1.0 would have it.
    fn legacy_stages(&self, settings: &EpisodeSettings) -> StageKeys {
        match settings.part {
            None => legacy::stages(self.models, settings, &self.settings.writing),
            // It knew no parts.
            Some(_) => self.models.stages(settings, &self.settings.writing),
        }
    }

    /// How `item` is worked on: with the people that its feed names, and with what is `told`.
    fn episode_of(&self, item: &Item, told: &Told) -> Cow<'_, EpisodeSettings> {
        let known = &self.episode.show.people;
        let is_new = |name: &str| known.iter().all(|person| person.name != name);
        let new: Vec<_> = item.people.iter().filter(|person| is_new(&person.name)).collect();
        if new.is_empty() && *told == Told::default() {
            return Cow::Borrowed(self.episode);
        }
        let mut episode = self.episode.clone();
        episode.initial_prompt = self.models.initial_prompt(&self.episode.show, &told.names);
        episode.names.clone_from(&told.names);
        let others = [told.names.as_slice(), &told.mentioned].concat();
        episode.hotwords = self.models.hotwords(&self.episode.show, &others);
        episode.show.people.extend(new.into_iter().cloned());
        Cow::Owned(episode)
    }

    /// What is said above the text: what the feed says, and where the sound is.
    fn about_of_feed(&self, item: &Item, before: &About) -> About {
        let show = match self.episode.show.title.as_str() {
            "" => item.about.show.clone(),
            title => title.to_owned(),
        };
        let sound = if self.settings.keep_audio { &before.sound } else { &item.about.sound };
        let asked = item.chapters_at.is_some();
        let chapters = if asked { &before.chapters } else { &item.about.chapters };
        let (sound, chapters) = (sound.clone(), chapters.clone());
        // A feed may tell it otherwise later: a page that is there keeps its lead, or has none.
        let lead = before.lead.clone();
        About { show, sound, chapters, lead, ..(*item.about).clone() }
    }
}

/// Takes from others what voices sound like: earlier versions left it open.
fn hide_voices(own: &Path) {
    for entry in fs::read_dir(own).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(ANALYSIS) {
            // Somebody else's is theirs to hide.
            let _ = store::make_private(&entry.path());
        }
    }
}

/// How an episode is worked on.
struct Wanted<'a> {
    settings: Cow<'a, EpisodeSettings>,
    /// What each stage depends on.
    stages: StageKeys,
    told: Told,
    /// The text that is laid on the sound, where a person wrote one.
    page: Option<Page>,
}

/// What the recogniser is told out of a feed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Told {
    /// Names of all who may be heard.
    names: Vec<String>,
    /// Names that its title and notes seem to have.
    mentioned: Vec<String>,
}

impl Told {
    /// Of `item`, as its feed is now.
    fn of(item: &Item) -> Told {
        let people = item.people.iter().map(|person| &person.name);
        let names = people.chain(item.regulars.iter()).cloned().collect();
        Told { names, mentioned: hotwords::mentioned(&item.about) }
    }

    /// As it was when `made`.
    fn before(made: &BuildRecord) -> Told {
        Told { names: made.names.clone(), mentioned: made.mentioned.clone() }
    }
}

/// Who works on an episode.
struct Resources<'a> {
    engines: &'a Engines<'a>,
    workers: &'a Workers,
    /// Episodes that share the machine.
    n_jobs: usize,
}

/// Episodes of an archive by their sound, to know one again whose file has another name.
#[derive(Default)]
pub struct Moved {
    by_sound: OnceLock<BTreeMap<String, Vec<(Outputs, BuildRecord)>>>,
    /// One at a time takes files over.
    taking: Mutex<()>,
}

/// What should be known of a transcript, as lines for people.
fn warnings(transcript: &Transcript, is_written: bool, found_language: bool) -> Vec<String> {
    let mut warnings = transcript.damage.warnings();
    if found_language && !transcript.is_french() {
        let language = &transcript.provenance.language;
        warnings.push(format!("its speech is not in French but in `{language}`, and written so"));
    }
    if transcript.segments.is_empty() {
        warnings.push(format!("nobody speaks in its {}", transcript.duration));
    }
    let n_doubtful = transcript.segments.iter().filter(|segment| segment.doubt.is_some()).count();
    // What a person wrote has doubts of its own.
    if n_doubtful > 0 && !is_written {
        let segments = if n_doubtful == 1 { "segment is" } else { "segments are" };
        warnings.push(format!("{n_doubtful} {segments} marked to be checked"));
    }
    warnings
}
