//! Who talks in each frame, heard in windows of 10 s that slide.
//!
//! One pass of the network serves two stages: the probability of speech,
//! averaged over all windows that hear a frame, says where anybody talks; the
//! classes of each window, kept apart because speaker 1 of one window is not
//! speaker 1 of the next, are where the search for who speaks begins.
//!
//! The network itself comes in as a function, so that sliding, padding and
//! averaging are tested without it.

use super::{
    error::{DetectError, NetworkError},
    frames::FrameClock,
    memory::{Answer, HeardWindow, Memory, Question},
    powerset::{self, NOBODY},
    side_by_side,
};
use crate::base::{
    progress::{Cancel, Event, Observer, Stage},
    samples::Samples,
    time::{Span, Time},
};
use std::{num::NonZeroUsize, ops::Range};

/// What the network hears at once: 10 s.
pub const WINDOW: Time = Time::from_millis(10_000);

/// Frames in the network's answer to a window.
pub const WINDOW_FRAMES: usize = 589;

/// A window none of whose samples is louder than this, -80 dB of full scale
/// (three steps of 16 bits), holds no speech and is not run.
///
/// The network evens out the level of its window, so that it would hear the
/// steps themselves; and ten hours of silence would take as long as speech.
const SILENCE: f32 = 1e-4;

/// Windows given to the network at once.
///
/// Its recurrent layers take one frame after the other; with eight windows each step is a
/// product of matrices that fill the processor's registers. A window took 101 ms of a core
/// alone, 64 ms among six, 60 ms among eight and 80 ms among twelve (AVX2).
const BATCH: usize = 8;

/// How the windows slide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentationSettings {
    /// From the start of one window to the start of the next, rounded down to
    /// whole hops of 270 samples so that frames of all windows fall on the same
    /// instants; at least one hop, at most the 589 of a window. Halving it
    /// doubles the time the stage takes.
    pub step: Time,
}

impl SegmentationSettings {
    /// What suits a podcast.
    pub const PODCAST: SegmentationSettings =
        SegmentationSettings { step: Time::from_millis(2_500) };
}

/// The network's answer for an episode.
#[derive(Debug, Clone, PartialEq)]
pub struct Segmentation {
    /// The windows in their order, a whole number of hops apart; the last one
    /// reaches beyond the end of the episode. Empty for an episode of less than
    /// one frame.
    pub windows: Vec<WindowScores>,
    /// Probability that anybody talks in each frame of
    /// [`FrameClock::SEGMENTATION`] over the whole episode, in `0.0..=1.0`:
    /// the mean over the windows that hear the frame.
    pub speech: Vec<f32>,
}

/// The network's decision in one window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowScores {
    /// Where the window begins: a whole number of hops after the episode.
    pub start: Time,
    /// The most probable powerset class of each of its 589 frames
    /// ([`powerset::talking`]); frame 0 has its middle 495 samples after
    /// `start`. Frames beyond the end of the episode are [`NOBODY`].
    pub classes: Vec<u8>,
}

/// Slides a window over `samples` and asks `network` about each, on `threads`
/// threads.
///
/// `network` is given some windows of 160 000 samples each, one behind the other, the last
/// of the episode filled up with zeros, and answers 589 frames of 7 log probabilities for
/// each, row by row. Windows of digital silence are not given to it. The answer is the same, to the bit,
/// for any number of threads. `observer` hears of [`Stage::Regions`].
///
/// # Errors
/// A stop was asked for, samples could not be read, or `network` or `memory` failed; there
/// is no partial answer.
///
/// # Panics
/// When `network` answers another number of values.
pub fn segment(
    samples: &dyn Samples,
    settings: SegmentationSettings,
    network: impl Fn(Vec<f32>) -> Result<Vec<f32>, NetworkError> + Sync,
    threads: NonZeroUsize,
    memory: &dyn Memory,
    observer: &dyn Observer,
    cancel: &Cancel,
) -> Result<Segmentation, DetectError> {
    let stage = Stage::Regions;
    let length = samples.length();
    observer.on(Event::Started { stage, total: Some(length) });

    let slide = Slide::new(length, settings.step);
    let mut windows = Vec::with_capacity(slide.n_windows());
    let mut speech = vec![0.0; slide.n_frames];
    let work = |batch_idx| {
        if cancel.is_requested() {
            return Err(DetectError::Cancelled);
        }
        let (question, batch) = (Question::Windows(batch_idx), slide.batch(batch_idx));
        if let Some(Answer::Windows(known)) = memory.recall(question)
            && known.len() == batch.len()
        {
            return Ok(known);
        }
        let sound: Result<Vec<_>, _> =
            batch.map(|window| hear(samples, slide.span(window))).collect();
        let heard = ask(sound?, &network)?;
        let answer = Answer::Windows(heard.clone());
        memory.keep(question, &answer).map_err(DetectError::Unkept)?;
        Ok(heard)
    };
    side_by_side::in_order(
        slide.n_windows().div_ceil(BATCH),
        threads,
        work,
        |batch_idx, answers| {
            for (window_idx, answer) in slide.batch(batch_idx).zip(answers) {
                let frames = slide.frames(window_idx);
                let HeardWindow { mut classes, speech: scores } = answer;
                classes.resize(WINDOW_FRAMES, NOBODY);
                classes[frames.len()..].fill(NOBODY);
                speech[frames].iter_mut().zip(scores).for_each(|(sum, score)| *sum += score);
                windows.push(WindowScores { start: slide.span(window_idx).start(), classes });
                observer.on(Event::Advanced { stage, done: slide.done(window_idx) });
            }
        },
    )?;
    slide.divide_by_coverage(&mut speech);

    observer.on(Event::Finished { stage });
    Ok(Segmentation { windows, speech })
}

/// What is heard in each of `windows`, asked about all at once; nothing where there is none.
fn ask(
    windows: Vec<Option<Vec<f32>>>,
    network: &impl Fn(Vec<f32>) -> Result<Vec<f32>, NetworkError>,
) -> Result<Vec<HeardWindow>, NetworkError> {
    const ANSWER: usize = WINDOW_FRAMES * powerset::N_CLASSES;
    let is_heard: Vec<bool> = windows.iter().map(Option::is_some).collect();
    let heard: Vec<f32> = windows.into_iter().flatten().flatten().collect();
    let answers = if heard.is_empty() { Vec::new() } else { network(heard)? };
    let n_heard = is_heard.iter().filter(|is_heard| **is_heard).count();
    assert_eq!(answers.len(), n_heard * ANSWER, "an answer for each window");
    let mut answers = answers.chunks(ANSWER).map(|log_probabilities| HeardWindow {
        classes: powerset::most_probable(log_probabilities),
        speech: powerset::speech(log_probabilities),
    });
    let answer = |is_heard: bool| is_heard.then(|| answers.next()).flatten().unwrap_or_default();
    Ok(is_heard.into_iter().map(answer).collect())
}

/// The samples of a window, filled up with zeros; `None` for digital silence.
fn hear(samples: &dyn Samples, span: Span) -> Result<Option<Vec<f32>>, DetectError> {
    let mut window = samples.read(span).map_err(|source| DetectError::Samples { span, source })?;
    if window.iter().all(|sample| sample.abs() <= SILENCE) {
        return Ok(None);
    }
    window.resize(WINDOW.samples() as usize, 0.0);
    Ok(Some(window))
}

/// Where the windows of an episode lie, in frames.
struct Slide {
    length: Time,
    n_frames: usize,
    step_hops: usize,
}

impl Slide {
    fn new(length: Time, step: Time) -> Slide {
        let clock = FrameClock::SEGMENTATION;
        let step_hops = (step.samples() / clock.hop.samples()) as usize;
        Slide {
            length,
            n_frames: clock.n_frames(length),
            step_hops: step_hops.clamp(1, WINDOW_FRAMES),
        }
    }

    /// As many windows as it takes for each frame to be heard.
    fn n_windows(&self) -> usize {
        match self.n_frames {
            0 => 0,
            n_frames => 1 + n_frames.saturating_sub(WINDOW_FRAMES).div_ceil(self.step_hops),
        }
    }

    /// The windows that the network is asked about at once.
    fn batch(&self, batch_idx: usize) -> Range<usize> {
        let first = batch_idx * BATCH;
        first..self.n_windows().min(first + BATCH)
    }

    /// The frames of the episode that a window hears.
    fn frames(&self, window_idx: usize) -> Range<usize> {
        let first = window_idx * self.step_hops;
        first..self.n_frames.min(first + WINDOW_FRAMES)
    }

    /// The samples of the episode that a window hears.
    fn span(&self, window_idx: usize) -> Span {
        let hop = FrameClock::SEGMENTATION.hop.samples();
        let start = Time::from_samples((window_idx * self.step_hops) as u64 * hop);
        let span = Span::new(start, self.length.min(start.plus(WINDOW)));
        span.expect("each window begins before the middle of a frame of the episode")
    }

    /// The audio gone through once this window is done.
    fn done(&self, window_idx: usize) -> Time {
        if window_idx + 1 == self.n_windows() {
            self.length
        } else {
            self.span(window_idx + 1).start()
        }
    }

    /// Turns sums over the windows that hear each frame into means.
    fn divide_by_coverage(&self, sums: &mut [f32]) {
        let mut n_hearing = vec![0u16; sums.len()];
        for window_idx in 0..self.n_windows() {
            n_hearing[self.frames(window_idx)].iter_mut().for_each(|n| *n += 1);
        }
        sums.iter_mut().zip(n_hearing).for_each(|(sum, n)| *sum /= f32::from(n));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{base::progress::Silent, speakers::diarize::memory::Forgetful};
    use std::{
        io,
        sync::{
            Mutex,
            atomic::{AtomicUsize, Ordering},
        },
    };

    #[test]
    fn every_frame_is_heard_and_the_last_window_is_needed() {
        let hop = FrameClock::SEGMENTATION.hop.samples();
        for (n_frames, n_windows) in [(0, 0), (1, 1), (589, 1), (590, 2), (688, 2), (689, 3)] {
            let length = Time::from_samples(495 + n_frames * hop);
            let slide = Slide::new(length, Time::from_samples(99 * hop + 269));
            assert_eq!((slide.n_frames as u64, slide.n_windows()), (n_frames, n_windows));
            let mut sums = vec![1.0; slide.n_frames];
            slide.divide_by_coverage(&mut sums);
            assert!(sums.iter().all(|mean| (0.0..=1.0).contains(mean)), "a frame is not heard");
        }
    }

    #[test]
    fn a_step_longer_than_a_window_skips_nothing() {
        let slide = Slide::new(Time::from_millis(60_000), Time::from_millis(20_000));
        assert_eq!(slide.frames(0).end, slide.frames(1).start);
    }

    #[test]
    fn a_frame_that_one_of_two_windows_hears_as_speech_scores_a_half() {
        let episode = vec![0.5; 160_000 + 270];
        let n_asked = AtomicUsize::new(0);
        let network = |windows: Vec<f32>| {
            let class = || match n_asked.fetch_add(1, Ordering::Relaxed) {
                0 => 1,
                _ => NOBODY,
            };
            Ok(windows.chunks(160_000).flat_map(|_| answer(class())).collect())
        };
        let found = run(&episode, 270, network).unwrap();
        assert_eq!(found.windows.len(), 592 - WINDOW_FRAMES + 1);
        assert_eq!([found.speech[0], found.speech[1], found.speech[589]], [1.0, 0.5, 0.0]);
    }

    #[test]
    fn digital_silence_is_not_given_to_the_network() {
        let found = run(&vec![SILENCE; 320_000], 80_000, |_| panic!("it was")).unwrap();
        assert!(found.speech.iter().all(|&score| score == 0.0));
        assert!(found.windows.iter().all(|window| window.classes == [NOBODY; WINDOW_FRAMES]));
    }

    #[test]
    fn the_last_window_is_filled_up_with_zeros_and_they_are_nobody() {
        let hear = |window: Vec<f32>| {
            assert_eq!((window.len(), window[5_000]), (160_000, 0.0));
            Ok(answer(2))
        };
        let found = run(&vec![0.1; 5_000], 80_000, hear).unwrap();
        assert_eq!(found.speech, [1.0; 17]);
        let talking = found.windows[0].classes.iter().filter(|&&class| class == 2).count();
        assert_eq!((found.windows.len(), talking), (1, 17));
    }

    #[test]
    fn an_episode_without_a_frame_has_no_windows() {
        for n_samples in [0, 495] {
            let found = run(&vec![0.1; n_samples], 80_000, |_| panic!("asked")).unwrap();
            assert_eq!(found, Segmentation { windows: Vec::new(), speech: Vec::new() });
        }
    }

    #[test]
    fn a_stop_leaves_no_answer() {
        let cancel = Cancel::default();
        let network = |windows| {
            cancel.request();
            all_say(1, windows)
        };
        let settings = SegmentationSettings { step: Time::from_samples(80_000) };
        let (sound, one) = (vec![0.1; 1_600_000], NonZeroUsize::MIN);
        let found = segment(&sound, settings, network, one, &Forgetful, &Silent, &cancel);
        assert!(matches!(found, Err(DetectError::Cancelled)));
    }

    #[test]
    fn an_unreadable_stretch_is_named() {
        struct Torn;
        impl Samples for Torn {
            fn length(&self) -> Time {
                Time::from_millis(15_000)
            }
            fn read(&self, span: Span) -> io::Result<Vec<f32>> {
                let torn = span.end() > Time::from_millis(12_000);
                if torn { Err(io::ErrorKind::InvalidData.into()) } else { Ok(vec![0.1; 160_000]) }
            }
        }
        let error = run(&Torn, 80_000, |windows| all_say(1, windows)).unwrap_err();
        assert_eq!(error.to_string(), "the samples from 00:00:04 to 00:00:14 cannot be read");
    }

    #[test]
    fn the_audio_done_grows_to_the_whole_episode() {
        struct Diary(Mutex<Vec<u64>>);
        impl Observer for Diary {
            fn on(&self, event: Event) {
                if let Event::Advanced { done, .. } = event {
                    self.0.lock().expect("no panic while held").push(done.samples());
                }
            }
        }
        let diary = Diary(Mutex::default());
        let settings = SegmentationSettings { step: Time::from_samples(81_000) };
        let (threads, cancel) = (NonZeroUsize::new(3).unwrap(), Cancel::default());
        let episode = vec![0.1; 300_000];
        let network = |windows| all_say(1, windows);
        segment(&episode, settings, network, threads, &Forgetful, &diary, &cancel).unwrap();
        assert_eq!(*diary.0.lock().unwrap(), [81_000, 162_000, 300_000]);
    }

    fn run(
        samples: &dyn Samples,
        step: u64,
        network: impl Fn(Vec<f32>) -> Result<Vec<f32>, NetworkError> + Sync,
    ) -> Result<Segmentation, DetectError> {
        let settings = SegmentationSettings { step: Time::from_samples(step) };
        let (one, cancel) = (NonZeroUsize::MIN, Cancel::default());
        segment(samples, settings, network, one, &Forgetful, &Silent, &cancel)
    }

    /// A network that is sure of one class in each frame of each of `windows`.
    fn all_say(class: u8, windows: Vec<f32>) -> Result<Vec<f32>, NetworkError> {
        Ok(answer(class).repeat(windows.len() / 160_000))
    }

    /// A network's answer that is sure of one class in each frame.
    fn answer(class: u8) -> Vec<f32> {
        let mut frame = [f32::NEG_INFINITY; powerset::N_CLASSES];
        frame[usize::from(class)] = 0.0;
        frame.repeat(WINDOW_FRAMES)
    }
}
