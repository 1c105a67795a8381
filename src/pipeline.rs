//! The stages of one episode, in their order, and nothing else.
//!
//! ```text
//! decode → listen → windows → recognise → speakers → merge → segments → roles → polish
//! ```

use crate::{
    asr::{TranscribeError, Transcriber, tries},
    audio::{self, DecodeError, DecodeSettings, Decoded, Pcm},
    diarize::{
        DetectError, Diarizer, Heard,
        speakers::{SpeakerSettings, speakers},
    },
    journal::Journal,
    loudness::{levels_db, quietest},
    merge::{MergeSettings, speakers_of},
    progress::{Cancel, Event, Observer, Stage},
    roles::{Evidence, roles},
    samples::Samples,
    segments::{SegmentSettings, segments},
    show::Show,
    speech::{Utterance, Voice, Word},
    text::{self, PolishSettings},
    time::{Span, Time},
    transcript::{About, Damage, Provenance, Segment, Transcript},
    voices::{Gallery, Match, MatchSettings},
    windows::{Window, WindowSettings, pack},
};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    io,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::Mutex,
    sync::atomic::{AtomicU64, Ordering},
};

/// What works on an episode.
pub struct Engines<'a> {
    /// Hears where anybody talks, and in which voices.
    pub diarizer: &'a dyn Diarizer,
    /// Turns windows into words.
    pub transcriber: &'a dyn Transcriber,
}

/// How an episode is worked on.
#[derive(Debug, Clone)]
pub struct EpisodeSettings {
    /// Folder of the scratch sound: 115 MB an hour, gone with the episode.
    pub scratch: PathBuf,
    /// Windows side by side; each has one thread.
    pub threads: NonZeroUsize,
    /// How windows are packed.
    pub windows: WindowSettings,
    /// How people are told apart.
    pub speakers: SpeakerSettings,
    /// How words are given to people.
    pub merge: MergeSettings,
    /// When a segment ends.
    pub segments: SegmentSettings,
    /// What is known of the show beforehand.
    pub show: Show,
    /// Voices that are known, where somebody asked to know them.
    pub gallery: Option<Gallery>,
    /// How words become a page.
    pub polish: PolishSettings,
}

impl EpisodeSettings {
    /// What suits a podcast of which nothing is known.
    pub fn podcast(scratch: PathBuf, threads: NonZeroUsize) -> EpisodeSettings {
        EpisodeSettings {
            scratch,
            threads,
            windows: WindowSettings::WHISPER,
            speakers: SpeakerSettings::PODCAST,
            merge: MergeSettings::PODCAST,
            segments: SegmentSettings::SENTENCES,
            show: Show::default(),
            gallery: None,
            polish: PolishSettings::PAGE,
        }
    }
}

/// Why an episode has no transcript.
#[derive(Debug, thiserror::Error)]
pub enum EpisodeError {
    /// The file gave no sound.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// It is not known where anybody talks.
    #[error(transparent)]
    Detect(#[from] DetectError),
    /// A window has no answer.
    #[error(transparent)]
    Transcribe(#[from] TranscribeError),
    /// Finished windows could not be kept.
    #[error("finished work cannot be kept in `{}`", path.display())]
    Journal {
        /// The journal.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A stop was asked for; the finished windows are kept.
    #[error("stopped after {done} of {total} of speech")]
    Stopped {
        /// Sound of the finished windows.
        done: Time,
        /// Sound of all windows.
        total: Time,
    },
}

impl EpisodeError {
    /// Whether it is no failure but a stop that was asked for.
    pub fn is_stop(&self) -> bool {
        matches!(
            self,
            EpisodeError::Stopped { .. }
                | EpisodeError::Decode(DecodeError::Cancelled { .. })
                | EpisodeError::Detect(DetectError::Cancelled)
        )
    }

    /// What the user can do about it; empty where there is nothing to say.
    pub fn hint(&self) -> &'static str {
        match self {
            EpisodeError::Decode(error) => error.hint(),
            EpisodeError::Detect(DetectError::Network(error)) => error.hint(),
            EpisodeError::Detect(_) => "",
            EpisodeError::Transcribe(_) => "check the model with `voixoff models verify`",
            EpisodeError::Journal { .. } => "make room on its disk, or choose another `--out`",
            EpisodeError::Stopped { .. } => "run the same command again to go on from here",
        }
    }
}

/// What the windows of an episode are made from: the head of its journal.
#[derive(Debug, Serialize, Deserialize)]
struct Plan {
    duration: Time,
    damage: Damage,
    heard: Heard,
    levels_db: Vec<u8>,
    windows: Vec<Window>,
}

/// The transcript of the episode at `path`.
///
/// Slow answers are kept in the journal at `journal`, and taken from it where an
/// earlier run was stopped or finished; the result is the same, byte for byte.
///
/// # Errors
/// Any [`EpisodeError`]; finished windows are then in the journal.
pub fn transcribe(
    path: &Path,
    journal: &Path,
    provenance: Provenance,
    work: &Work<'_>,
) -> Result<Transcript, EpisodeError> {
    let unkept = |source| EpisodeError::Journal { path: journal.to_owned(), source };
    let (mut file, known) = Journal::open::<Plan, Vec<Utterance>>(journal).map_err(unkept)?;
    let is_finished = |plan: &Plan| known.windows.len() == plan.windows.len();
    let (plan, answers) = match known.head {
        Some(plan) if is_finished(&plan) => (plan, known.windows),
        head => {
            let decoded = work.decode(path)?;
            let plan = match head {
                Some(plan) => plan,
                None => {
                    let plan = work.plan(&decoded)?;
                    file.note_head(&plan).map_err(unkept)?;
                    plan
                }
            };
            let answers = work.recognise(&decoded.pcm, &plan, known.windows, |index, answer| {
                file.note(index, answer).map_err(unkept)
            })?;
            (plan, answers)
        }
    };
    let utterances: Vec<Utterance> = answers.into_values().flatten().collect();
    let mut transcript = finished(&plan, utterances, provenance, work.settings);
    transcript.left_out = without_words(&plan, &transcript.segments);
    Ok(transcript)
}

/// Who speaks when in the episode at `path`: a transcript without words, and what each
/// speaker sounds like.
///
/// The recogniser is not asked; nothing is kept.
///
/// # Errors
/// Any [`EpisodeError`] of decoding and listening.
pub fn diarize(
    path: &Path,
    provenance: Provenance,
    work: &Work<'_>,
) -> Result<(Transcript, Vec<Voice>), EpisodeError> {
    let plan = work.plan(&work.decode(path)?)?;
    let voices = speakers(&plan.heard.pieces, &work.settings.speakers).voices;
    Ok((finished(&plan, Vec::new(), provenance, work.settings), voices))
}

/// What takes no time: from all that was heard to the transcript.
fn finished(
    plan: &Plan,
    utterances: Vec<Utterance>,
    provenance: Provenance,
    settings: &EpisodeSettings,
) -> Transcript {
    let diarization = speakers(&plan.heard.pieces, &settings.speakers);
    let words: Vec<Word> = utterances.iter().flat_map(|u| u.words.iter().cloned()).collect();
    let said_by = speakers_of(&words, &diarization.turns, &settings.merge);
    let segments = segments(utterances, &said_by, settings.segments);
    let known = known(&diarization.voices, settings.gallery.as_ref());
    let speakers = roles(&Evidence {
        segments: &segments,
        diarization: &diarization,
        levels_db: &plan.levels_db,
        show: &settings.show,
        known: &known,
    });
    let transcript = Transcript {
        about: About { show: settings.show.title.clone(), ..About::default() },
        is_timed: true,
        duration: plan.duration,
        speakers,
        turns: diarization.turns,
        segments,
        left_out: plan.heard.speech.doubtful.clone(),
        damage: plan.damage,
        changes: Vec::new(),
        provenance,
    };
    text::polish(transcript, &settings.polish)
}

/// The names of the voices that are in the gallery, and how near they are.
fn known(voices: &[Voice], gallery: Option<&Gallery>) -> Vec<Option<(String, f32)>> {
    let Some(gallery) = gallery else { return Vec::new() };
    let name = |found: Match| (gallery.people[found.person_idx].name.clone(), found.cosine);
    let matches = gallery.matches(voices, MatchSettings::PODCAST);
    matches.into_iter().map(|found| found.map(name)).collect()
}

/// Stretches that sound like speech and have no word in the transcript: those that
/// were not given to the recogniser, and the regions for which it had no answer.
fn without_words(plan: &Plan, segments: &[Segment]) -> Vec<Span> {
    let said = segments.iter().flat_map(|segment| &segment.words).map(|word| word.span);
    // Sorted and disjoint, so that a region asks only for the first word behind its start.
    let said: Vec<Span> = said.collect();
    let is_mute = |region: &&Span| {
        let next = said.partition_point(|word| word.end() <= region.start());
        region.samples() >= MUTE_MIN.samples()
            && said.get(next).is_none_or(|word| word.overlap(**region).is_none())
    };
    let mute = plan.heard.speech.regions.iter().filter(is_mute);
    let mut left_out: Vec<Span> = plan.heard.speech.doubtful.iter().chain(mute).copied().collect();
    left_out.sort();
    left_out
}

/// Shorter regions without a word are breaths and laughter.
const MUTE_MIN: Time = Time::from_millis(1_000);

/// What every stage of an episode is given.
pub struct Work<'a> {
    /// What works on it.
    pub engines: Engines<'a>,
    /// How.
    pub settings: &'a EpisodeSettings,
    /// Who listens.
    pub observer: &'a dyn Observer,
    /// Whether to go on.
    pub cancel: &'a Cancel,
}

impl Work<'_> {
    fn decode(&self, path: &Path) -> Result<Decoded, EpisodeError> {
        let settings = DecodeSettings { scratch: self.settings.scratch.clone() };
        Ok(audio::decode(path, &settings, self.observer, self.cancel)?)
    }

    fn plan(&self, decoded: &Decoded) -> Result<Plan, EpisodeError> {
        let (pcm, source) = (&decoded.pcm, &decoded.source);
        let heard = self.engines.diarizer.listen(pcm, self.observer, self.cancel)?;
        let quietest = |span| quietest(pcm, span);
        let windows = pack(&heard.speech.regions, pcm.length(), self.settings.windows, &quietest);
        let cut = source.cut.map(|cut| (cut.at, cut.promised));
        Ok(Plan {
            duration: pcm.length(),
            damage: Damage { corrupt_packets: source.corrupt_packets, cut },
            heard,
            levels_db: levels_db(pcm),
            windows,
        })
    }

    /// The utterances of all windows, those in `done` as they are; `keep` is given
    /// each new one.
    fn recognise(
        &self,
        pcm: &Pcm,
        plan: &Plan,
        mut done: BTreeMap<usize, Vec<Utterance>>,
        keep: impl FnMut(usize, &Vec<Utterance>) -> Result<(), EpisodeError> + Send,
    ) -> Result<BTreeMap<usize, Vec<Utterance>>, EpisodeError> {
        let windows = &plan.windows;
        let total = Time::from_samples(windows.iter().map(|w| w.length().samples()).sum());
        let progress = Progress { observer: self.observer, heard: AtomicU64::new(0) };
        self.observer.on(Event::Started { stage: Stage::Transcribe, total: Some(total) });
        done.keys().filter_map(|index| windows.get(*index)).for_each(|w| progress.advance(w));
        let keep = Mutex::new(keep);
        let hear = |&index: &usize| -> Result<Option<(usize, Vec<Utterance>)>, EpisodeError> {
            if self.cancel.is_requested() {
                return Ok(None);
            }
            let answer = self.hear(pcm, plan, &windows[index])?;
            // A poisoned lock means that another window panicked: nothing to add.
            if let Ok(mut keep) = keep.lock() {
                keep(index, &answer)?;
            }
            progress.advance(&windows[index]);
            Ok(Some((index, answer)))
        };
        let left: Vec<usize> = (0..windows.len()).filter(|i| !done.contains_key(i)).collect();
        let threads = self.settings.threads.get();
        let answers: Vec<_> = match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
            Ok(pool) => pool.install(|| left.par_iter().with_max_len(1).map(hear).collect()),
            // No threads to be had: the calling one does it all.
            Err(_) => left.iter().map(hear).collect::<Result<_, _>>(),
        }?;
        if answers.iter().any(Option::is_none) {
            return Err(EpisodeError::Stopped { done: progress.heard(), total });
        }
        self.observer.on(Event::Finished { stage: Stage::Transcribe });
        done.extend(answers.into_iter().flatten());
        Ok(done)
    }

    /// The utterances of one window, in the times of the episode.
    fn hear(
        &self,
        pcm: &Pcm,
        plan: &Plan,
        window: &Window,
    ) -> Result<Vec<Utterance>, TranscribeError> {
        let mut sound = Vec::with_capacity(window.length().samples() as usize);
        for piece in window.pieces() {
            sound.extend(Samples::read(pcm, *piece)?);
        }
        let talk: Vec<Span> =
            plan.heard.speech.regions.iter().flat_map(|&talk| window.hears(talk)).collect();
        let answers = tries::recognise(self.engines.transcriber, &sound, &talk)?;
        let placed = answers.into_iter().map(|answer| Utterance {
            span: window.covered(answer.span),
            words: window.words_to_episode(within(answer.words, &talk)),
            ..answer
        });
        Ok(placed.collect())
    }
}

/// `words` without the pauses that the recogniser's alignment counts to them: each keeps
/// its longest part in one region of `talk`, or all of itself where nobody talks.
fn within(mut words: Vec<Word>, talk: &[Span]) -> Vec<Word> {
    for word in &mut words {
        let spoken = talk.iter().rev().filter_map(|region| region.overlap(word.span));
        // Of equal parts the earlier one: `max_by_key` keeps the last.
        word.span = spoken.max_by_key(|part| part.samples()).unwrap_or(word.span);
    }
    words
}

/// Sound heard so far, told as it grows.
struct Progress<'a> {
    observer: &'a dyn Observer,
    heard: AtomicU64,
}

impl Progress<'_> {
    fn advance(&self, window: &Window) {
        let samples = window.length().samples();
        let done = self.heard.fetch_add(samples, Ordering::Relaxed) + samples;
        let (stage, done) = (Stage::Transcribe, Time::from_samples(done));
        self.observer.on(Event::Advanced { stage, done });
    }

    fn heard(&self) -> Time {
        Time::from_samples(self.heard.load(Ordering::Relaxed))
    }
}
