//! The slow stages of an episode: decoding, listening, recognising.

use super::{Engines, EpisodeError, EpisodeSettings, Listened};
use crate::{
    asr::{TranscribeError, tries},
    audio::{self, DecodeSettings, Decoded, Pcm},
    diarize::Memory,
    loudness::{levels_db, quietest},
    progress::{Cancel, Event, Observer, Stage},
    samples::Samples,
    speech::{Utterance, Word},
    time::{Span, Time},
    transcript::Damage,
    windows::{Window, pack},
};
use rayon::{ThreadPool, ThreadPoolBuilder, prelude::*};
use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

/// Threads for windows side by side, a window each.
pub struct Workers(Option<ThreadPool>);

impl Workers {
    /// For work that recognises nothing.
    pub const NONE: Workers = Workers(None);

    /// So many threads; where none are to be had, the calling one does it all.
    pub fn new(threads: NonZeroUsize) -> Workers {
        Workers(ThreadPoolBuilder::new().num_threads(threads.get()).build().ok())
    }
}

/// What every stage of an episode is given.
pub struct Work<'a> {
    /// What works on it.
    pub engines: Engines<'a>,
    /// How.
    pub settings: &'a EpisodeSettings,
    /// Who recognises its windows: shared by all episodes at work.
    pub workers: &'a Workers,
    /// Who listens.
    pub observer: &'a dyn Observer,
    /// Whether to go on.
    pub cancel: &'a Cancel,
}

impl Work<'_> {
    pub(super) fn decode(&self, path: &Path) -> Result<Decoded, EpisodeError> {
        let settings = DecodeSettings { scratch: self.settings.scratch.clone() };
        Ok(audio::decode(path, &settings, self.observer, self.cancel)?)
    }

    /// The sound of the file at `path`, and all that is heard in it.
    pub(super) fn listened(
        &self,
        path: &Path,
        memory: &dyn Memory,
    ) -> Result<(Decoded, Listened), EpisodeError> {
        let decoded = self.decode(path)?;
        let (pcm, source) = (&decoded.pcm, &decoded.source);
        let heard = self.engines.diarizer.listen(pcm, memory, self.observer, self.cancel)?;
        let cut = source.cut.map(|cut| (cut.at, cut.promised));
        let listened = Listened {
            duration: pcm.length(),
            damage: Damage { corrupt_packets: source.corrupt_packets, cut },
            heard,
            levels_db: levels_db(pcm),
        };
        Ok((decoded, listened))
    }

    pub(super) fn windows(&self, pcm: &Pcm, listened: &Listened) -> Vec<Window> {
        let quietest = |span| quietest(pcm, span);
        let regions = &listened.heard.speech.regions;
        pack(regions, pcm.length(), self.settings.windows, &quietest)
    }

    /// The utterances of all windows, those in `done` as they are; `keep` is given
    /// each new one.
    pub(super) fn recognise(
        &self,
        pcm: &Pcm,
        windows: &[Window],
        listened: &Listened,
        mut done: BTreeMap<usize, Vec<Utterance>>,
        keep: impl FnMut(usize, &Vec<Utterance>) -> Result<(), EpisodeError> + Send,
    ) -> Result<BTreeMap<usize, Vec<Utterance>>, EpisodeError> {
        let total = Time::from_samples(windows.iter().map(|w| w.length().samples()).sum());
        let progress = Progress { observer: self.observer, heard: AtomicU64::new(0) };
        self.observer.on(Event::Started { stage: Stage::Transcribe, total: Some(total) });
        done.keys().filter_map(|index| windows.get(*index)).for_each(|w| progress.advance(w));
        let keep = Mutex::new(keep);
        let hear = |&index: &usize| -> Result<Option<(usize, Vec<Utterance>)>, EpisodeError> {
            if self.cancel.is_requested() {
                return Ok(None);
            }
            let answer = self.hear(pcm, listened, &windows[index])?;
            // A poisoned lock means that another window panicked: nothing to add.
            if let Ok(mut keep) = keep.lock() {
                keep(index, &answer)?;
            }
            progress.advance(&windows[index]);
            Ok(Some((index, answer)))
        };
        let left: Vec<usize> = (0..windows.len()).filter(|i| !done.contains_key(i)).collect();
        let answers: Vec<_> = match &self.workers.0 {
            Some(pool) => pool.install(|| left.par_iter().with_max_len(1).map(hear).collect()),
            None => left.iter().map(hear).collect::<Result<_, _>>(),
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
        listened: &Listened,
        window: &Window,
    ) -> Result<Vec<Utterance>, TranscribeError> {
        let mut sound = Vec::with_capacity(window.length().samples() as usize);
        for piece in window.pieces() {
            sound.extend(Samples::read(pcm, *piece)?);
        }
        let talk: Vec<Span> =
            listened.heard.speech.regions.iter().flat_map(|&talk| window.hears(talk)).collect();
        let answers =
            tries::recognise(self.engines.transcriber, &self.settings.told, &sound, &talk)?;
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
