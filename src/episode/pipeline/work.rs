//! The slow stages of an episode: decoding, listening, recognising.

use super::{EpisodeError, EpisodeSettings, Head, LISTENED_SCHEMA, Listened, part::Excerpt};
use crate::{
    asr::{
        Context, TranscribeError, Transcriber,
        fallback::{SpeechWindow, transcribe_with_fallback},
        windows::{Window, pack},
        word_times,
    },
    audio::{self, DecodeSettings, Decoded, Pcm},
    base::{
        levels::{attenuations_db, quietest},
        progress::{Cancel, Event, Observer, Stage},
        samples::Samples,
        speech::Utterance,
        time::Time,
    },
    speakers::diarize::{Diarizer, InferenceCache},
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

/// Windows by which the language of an episode is found: a jingle or a guest is not the show.
const LANGUAGE_WINDOWS: usize = 5;

/// Threads for windows side by side, a window each.
pub struct Workers(Option<ThreadPool>);

impl Workers {
    /// So many threads; where none are to be had, the calling one does it all.
    pub fn new(threads: NonZeroUsize) -> Workers {
        Workers(ThreadPoolBuilder::new().num_threads(threads.get()).build().ok())
    }

    /// What `work` makes of each of `items`, in their order; as many at once as there are threads.
    pub(super) fn try_map<T: Sync, R: Send, E: Send>(
        &self,
        items: &[T],
        work: impl Fn(&T) -> Result<R, E> + Send + Sync,
    ) -> Result<Vec<R>, E> {
        match &self.0 {
            Some(pool) => {
                let items = items.par_iter().with_max_len(1);
                pool.install(|| items.map(work).collect())
            }
            None => items.iter().map(work).collect(),
        }
    }
}

/// What the stages before the words are given: decoding, and who speaks when.
pub struct Listening<'a> {
    /// Finds speech and voices.
    pub diarizer: &'a dyn Diarizer,
    /// How the episode is worked on.
    pub settings: &'a EpisodeSettings,
    /// Is told of each stage, and how far it is.
    pub observer: &'a dyn Observer,
    /// Stops the work where it is asked to.
    pub cancel: &'a Cancel,
}

/// What all stages of an episode are given.
pub struct Work<'a> {
    /// For the stages before the words.
    pub listening: Listening<'a>,
    /// Recognises words.
    pub transcriber: &'a dyn Transcriber,
    /// Threads for its windows, shared by all episodes at work.
    pub workers: &'a Workers,
}

impl Listening<'_> {
    pub(super) fn decode(&self, path: &Path) -> Result<Decoded, EpisodeError> {
        let settings = DecodeSettings { scratch: self.settings.scratch.clone() };
        Ok(audio::decode(path, &settings, self.observer, self.cancel)?)
    }

    /// The sound of the file at `path`, and all that is heard in it.
    pub(super) fn listened(
        &self,
        path: &Path,
        cache: &dyn InferenceCache,
    ) -> Result<(Decoded, Listened), EpisodeError> {
        let decoded = self.decode(path)?;
        let (pcm, source) = (&decoded.pcm, &decoded.source);
        let analyse = |samples: &dyn Samples| {
            self.diarizer.analyse(samples, cache, self.observer, self.cancel)
        };
        let analysis = match self.settings.part {
            None => analyse(pcm)?,
            Some(part) => {
                let end = pcm.length();
                let span = part.of(end).ok_or(EpisodeError::NoPart { end })?;
                let excerpt = Excerpt { pcm, span };
                excerpt.in_episode(analyse(&excerpt)?)
            }
        };
        let listened = Listened {
            schema: LISTENED_SCHEMA,
            duration: pcm.length(),
            damage: source.damage.clone(),
            analysis,
            levels_db: attenuations_db(pcm),
        };
        Ok((decoded, listened))
    }
}

impl Work<'_> {
    /// The windows of `pcm`, and in which language they are if that is to be found.
    pub(super) fn head(&self, pcm: &Pcm, listened: &Listened) -> Result<Head, EpisodeError> {
        let quietest = |span| quietest(pcm, span);
        let regions = &listened.analysis.speech.regions;
        let windows = pack(regions, pcm.length(), self.listening.settings.windows, &quietest);
        Ok(match self.listening.settings.finds_language {
            false => Head::Asked(windows),
            true => Head::Found { language: self.language(pcm, &windows)?.to_owned(), windows },
        })
    }

    /// The likeliest language of some of `windows`, which lie all over the episode; French where
    /// nothing tells.
    fn language(&self, pcm: &Pcm, windows: &[Window]) -> Result<&'static str, TranscribeError> {
        let n_asked = windows.len().min(LANGUAGE_WINDOWS);
        let mut sums: BTreeMap<&str, f32> = BTreeMap::new();
        for nth in 0..n_asked {
            let window = &windows[(2 * nth + 1) * windows.len() / (2 * n_asked)];
            for (code, probability) in self.transcriber.languages(&samples(pcm, window)?)? {
                *sums.entry(code).or_default() += probability;
            }
        }
        let likeliest = sums.into_iter().max_by(|one, other| one.1.total_cmp(&other.1));
        Ok(likeliest.map_or("fr", |(code, _)| code))
    }

    /// The utterances of all windows, those in `done` as they are; `keep` is given
    /// each new one.
    pub(super) fn recognise(
        &self,
        pcm: &Pcm,
        head: &Head,
        listened: &Listened,
        mut done: BTreeMap<usize, Vec<Utterance>>,
        keep: impl FnMut(usize, &Vec<Utterance>) -> Result<(), EpisodeError> + Send,
    ) -> Result<BTreeMap<usize, Vec<Utterance>>, EpisodeError> {
        let windows = head.windows();
        let total = Time::from_samples(windows.iter().map(|w| w.length().samples()).sum());
        let Listening { observer, cancel, .. } = self.listening;
        let progress = Progress { observer, recognised: AtomicU64::new(0) };
        observer.on(Event::Started { stage: Stage::Transcribe, total: Some(total) });
        done.keys().filter_map(|index| windows.get(*index)).for_each(|w| progress.advance(w));
        let keep = Mutex::new(keep);
        let recognise = |group: &[usize]| -> Result<Option<Vec<_>>, EpisodeError> {
            if cancel.is_requested() {
                return Ok(None);
            }
            let batch: Vec<&Window> = group.iter().map(|&index| &windows[index]).collect();
            let answers = self.recognise_batch(pcm, listened, &batch, head.language())?;
            let answers: Vec<_> = group.iter().copied().zip(answers).collect();
            for (index, answer) in &answers {
                // A poisoned lock means that another window panicked: nothing to add.
                if let Ok(mut keep) = keep.lock() {
                    keep(*index, answer)?;
                }
                progress.advance(&windows[*index]);
            }
            Ok(Some(answers))
        };
        let left: Vec<usize> = (0..windows.len()).filter(|i| !done.contains_key(i)).collect();
        let n_threads = self.workers.0.as_ref().map_or(1, ThreadPool::current_num_threads);
        let at_once = self.transcriber.batch_size(self.listening.settings.decoding);
        let groups = shared_out(&left, at_once, n_threads);
        let answers = self.workers.try_map(&groups, |group| recognise(group))?;
        if answers.iter().any(Option::is_none) {
            return Err(EpisodeError::Stopped { done: progress.recognised(), total });
        }
        observer.on(Event::Finished { stage: Stage::Transcribe });
        done.extend(answers.into_iter().flatten().flatten());
        Ok(done)
    }

    /// The utterances of some windows, in the times of the episode.
    fn recognise_batch(
        &self,
        pcm: &Pcm,
        listened: &Listened,
        windows: &[&Window],
        language: Option<&str>,
    ) -> Result<Vec<Vec<Utterance>>, TranscribeError> {
        let speech_window = |window: &&Window| -> Result<SpeechWindow, TranscribeError> {
            let samples = samples(pcm, window)?;
            let regions = listened.analysis.speech.regions.iter();
            let speech = regions.flat_map(|&region| window.parts_of(region)).collect();
            Ok(SpeechWindow { samples, speech })
        };
        let speech_windows = windows.iter().map(speech_window).collect::<Result<Vec<_>, _>>()?;
        let EpisodeSettings { initial_prompt, hotwords, decoding, .. } = self.listening.settings;
        let context = Context { initial_prompt, hotwords: Some(hotwords), language };
        let answers =
            transcribe_with_fallback(self.transcriber, context, *decoding, &speech_windows)?;
        let placed =
            windows.iter().zip(speech_windows).zip(answers).map(|((window, source), answers)| {
                let placed = answers.into_iter().map(|answer| Utterance {
                    span: window.covered(answer.span),
                    words: word_times::in_episode(answer.words, window, &source.speech),
                    ..answer
                });
                placed.collect()
            });
        Ok(placed.collect())
    }
}

fn samples(pcm: &Pcm, window: &Window) -> Result<Vec<f32>, TranscribeError> {
    let mut samples = Vec::with_capacity(window.length().samples() as usize);
    for piece in window.pieces() {
        samples.extend(Samples::read(pcm, *piece)?);
    }
    Ok(samples)
}

/// `windows` in groups of at most `at_once`, as many groups and windows as can be for each thread.
fn shared_out(windows: &[usize], at_once: usize, n_threads: usize) -> Vec<&[usize]> {
    let n_windows = windows.len();
    let n_groups = n_windows.div_ceil(at_once.max(1)).next_multiple_of(n_threads).min(n_windows);
    let first = |group: usize| n_windows * group / n_groups;
    (0..n_groups).map(|group| &windows[first(group)..first(group + 1)]).collect()
}

/// Sound recognised so far, told as it grows.
struct Progress<'a> {
    observer: &'a dyn Observer,
    recognised: AtomicU64,
}

impl Progress<'_> {
    fn advance(&self, window: &Window) {
        let samples = window.length().samples();
        let done = self.recognised.fetch_add(samples, Ordering::Relaxed) + samples;
        let (stage, done) = (Stage::Transcribe, Time::from_samples(done));
        self.observer.on(Event::Advanced { stage, done });
    }

    fn recognised(&self) -> Time {
        Time::from_samples(self.recognised.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_shared_out_so_that_threads_end_together() {
        let sizes = |n_windows: usize, at_once, n_threads| -> Vec<usize> {
            let windows: Vec<usize> = (0..n_windows).collect();
            let groups = shared_out(&windows, at_once, n_threads);
            assert_eq!(groups.concat(), windows);
            groups.into_iter().map(<[usize]>::len).collect()
        };
        assert_eq!(sizes(27, 6, 2), [4, 5, 4, 5, 4, 5]);
        assert_eq!(sizes(3, 6, 2), [1, 2]);
        assert_eq!(sizes(1, 6, 4), [1]);
        assert_eq!(sizes(7, 6, 1), [3, 4]);
        assert_eq!(sizes(0, 6, 2), [0; 0]);
    }
}
