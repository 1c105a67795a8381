//! Speaker segmentation: the network slid over the episode, in windows of 10 s.
//!
//! One pass serves two stages. The probability of speech, averaged over all windows that cover
//! a frame, goes to the voice activity detection. The powerset classes of each window stay
//! apart, since local speaker 1 of one window is not local speaker 1 of the next: they are
//! stitched into tracks.
//!
//! The network itself comes in as a function, so that sliding, padding and
//! averaging are tested without it.

use super::{
    InferenceContext,
    cache::{CacheKey, CachedOutput, WindowOutput},
    error::{DetectError, NetworkError},
    frames::FrameClock,
    parallel,
    powerset::{self, NOBODY},
};
use crate::base::{
    progress::{Event, Stage},
    samples::Samples,
    time::{Span, Time},
};
use std::ops::Range;

/// The network's window: 10 s.
pub(crate) const WINDOW: Time = Time::from_millis(10_000);

/// Frames in the network's output for a window.
pub(crate) const WINDOW_FRAMES: usize = 589;

/// A window none of whose samples is louder than this, -80 dB of full scale
/// (three steps of 16 bits), holds no speech and is not run.
///
/// The network normalises the level of its window, so that it would take the quantisation
/// steps for a signal; and ten hours of silence would take as long as speech.
const SILENCE: f32 = 1e-4;

/// Windows given to the network at once.
///
/// Its recurrent layers take one frame after the other; with eight windows each step is a
/// product of matrices that fill the processor's registers. A window took 101 ms of a core
/// alone, 64 ms among six, 60 ms among eight and 80 ms among twelve (AVX2).
const BATCH: usize = 8;

/// Values in the network's output for a window.
const OUTPUT_LEN: usize = WINDOW_FRAMES * powerset::N_CLASSES;

/// How the windows slide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentationSettings {
    /// From the start of one window to the start of the next (pyannote's `step`), rounded down
    /// to whole hops of 270 samples so that frames of all windows fall on the same
    /// instants; at least one hop, at most the 589 of a window. Halving it
    /// doubles the time the stage takes.
    pub window_hop: Time,
}

impl SegmentationSettings {
    /// What suits a podcast.
    pub const PODCAST: SegmentationSettings =
        SegmentationSettings { window_hop: Time::from_millis(2_500) };
}

/// The segmentation of an episode.
#[derive(Debug, Clone, PartialEq)]
pub struct Segmentation {
    /// The windows in their order, a whole number of hops apart; the last one
    /// reaches beyond the end of the episode. Empty for an episode of less than
    /// one frame.
    pub windows: Vec<WindowSegmentation>,
    /// Probability of speech in each frame of `FrameClock::SEGMENTATION` over the whole
    /// episode, in `0.0..=1.0`: the mean over the windows that cover the frame.
    pub speech_prob: Vec<f32>,
}

/// The segmentation of one window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowSegmentation {
    /// Where the window begins: a whole number of hops after the episode does.
    pub start: Time,
    /// The most probable powerset class of each of its 589 frames
    /// (`powerset::active_speakers`); frame 0 has its middle 495 samples after
    /// `start`. Frames beyond the end of the episode are `NOBODY`.
    pub classes: Vec<u8>,
}

/// Slides a window over `samples` and runs `network` on each.
///
/// `network` is given some windows of 160 000 samples each, one after the other, the last
/// of the episode padded with zeros, and gives 589 frames of 7 log probabilities for
/// each, row by row. It is not run on windows of digital silence. The result is the same, to
/// the bit, for any number of threads. `context.observer` is notified of [`Stage::Regions`].
///
/// # Errors
/// A stop was asked for, samples could not be read, or the network or the cache failed; there
/// is no partial result.
///
/// # Panics
/// When `network` gives another number of values.
pub fn segment(
    samples: &dyn Samples,
    settings: SegmentationSettings,
    network: impl Fn(Vec<f32>) -> Result<Vec<f32>, NetworkError> + Sync,
    context: InferenceContext<'_>,
) -> Result<Segmentation, DetectError> {
    let stage = Stage::Regions;
    let length = samples.length();
    context.observer.on(Event::Started { stage, total: Some(length) });

    let sliding = SlidingWindow::new(length, settings.window_hop);
    let mut windows = Vec::with_capacity(sliding.n_windows());
    let mut speech_prob = vec![0.0; sliding.n_frames];
    let infer = |batch_idx| infer_batch(samples, &sliding, batch_idx, &network, context);
    let n_batches = sliding.n_windows().div_ceil(BATCH);
    parallel::in_order(n_batches, context.threads, infer, |batch_idx, outputs| {
        for (window_idx, output) in sliding.batch(batch_idx).zip(outputs) {
            let frames = sliding.frames(window_idx);
            let mut classes = output.classes;
            classes.resize(WINDOW_FRAMES, NOBODY);
            classes[frames.len()..].fill(NOBODY);
            for (sum, prob) in speech_prob[frames].iter_mut().zip(output.speech_prob) {
                *sum += prob;
            }
            windows.push(WindowSegmentation { start: sliding.span(window_idx).start(), classes });
            context.observer.on(Event::Advanced { stage, done: sliding.done(window_idx) });
        }
    })?;
    sliding.divide_by_coverage(&mut speech_prob);

    context.observer.on(Event::Finished { stage });
    Ok(Segmentation { windows, speech_prob })
}

/// The outputs for the windows of a batch: from the cache, or computed and then cached.
fn infer_batch(
    samples: &dyn Samples,
    sliding: &SlidingWindow,
    batch_idx: usize,
    network: &impl Fn(Vec<f32>) -> Result<Vec<f32>, NetworkError>,
    context: InferenceContext<'_>,
) -> Result<Vec<WindowOutput>, DetectError> {
    if context.cancel.is_requested() {
        return Err(DetectError::Cancelled);
    }
    let key = CacheKey::Windows(batch_idx);
    let batch = sliding.batch(batch_idx);
    if let Some(CachedOutput::Windows(known)) = context.cache.take(key)
        && known.len() == batch.len()
    {
        return Ok(known);
    }
    let windows: Result<Vec<_>, _> =
        batch.map(|window_idx| read_window(samples, sliding.span(window_idx))).collect();
    let outputs = run_network(windows?, network)?;
    let cached = CachedOutput::Windows(outputs.clone());
    context.cache.store(key, &cached).map_err(DetectError::CacheNotWritten)?;
    Ok(outputs)
}

/// Runs `network` once, on all of `windows` that are not silent (`None`).
fn run_network(
    windows: Vec<Option<Vec<f32>>>,
    network: &impl Fn(Vec<f32>) -> Result<Vec<f32>, NetworkError>,
) -> Result<Vec<WindowOutput>, NetworkError> {
    let has_sound: Vec<bool> = windows.iter().map(Option::is_some).collect();
    let n_run = has_sound.iter().filter(|has_sound| **has_sound).count();
    let input: Vec<f32> = windows.into_iter().flatten().flatten().collect();
    let log_probs = if input.is_empty() { Vec::new() } else { network(input)? };
    assert_eq!(log_probs.len(), n_run * OUTPUT_LEN, "an output for each window");
    let mut outputs = log_probs.chunks(OUTPUT_LEN).map(|log_probs| WindowOutput {
        classes: powerset::most_probable(log_probs),
        speech_prob: powerset::speech_prob(log_probs),
    });
    let output = |has_sound: bool| has_sound.then(|| outputs.next()).flatten().unwrap_or_default();
    Ok(has_sound.into_iter().map(output).collect())
}

/// The samples of a window, padded with zeros; `None` for digital silence.
fn read_window(samples: &dyn Samples, span: Span) -> Result<Option<Vec<f32>>, DetectError> {
    let mut window = samples.read(span).map_err(|source| DetectError::Samples { span, source })?;
    if window.iter().all(|sample| sample.abs() <= SILENCE) {
        return Ok(None);
    }
    window.resize(WINDOW.samples() as usize, 0.0);
    Ok(Some(window))
}

/// Where the windows of an episode lie, in frames.
struct SlidingWindow {
    length: Time,
    n_frames: usize,
    hop_frames: usize,
}

impl SlidingWindow {
    fn new(length: Time, window_hop: Time) -> SlidingWindow {
        let clock = FrameClock::SEGMENTATION;
        let hop_frames = (window_hop.samples() / clock.hop.samples()) as usize;
        SlidingWindow {
            length,
            n_frames: clock.n_frames(length),
            hop_frames: hop_frames.clamp(1, WINDOW_FRAMES),
        }
    }

    /// As many windows as it takes to cover each frame.
    fn n_windows(&self) -> usize {
        match self.n_frames {
            0 => 0,
            n_frames => 1 + n_frames.saturating_sub(WINDOW_FRAMES).div_ceil(self.hop_frames),
        }
    }

    /// The windows of a batch.
    fn batch(&self, batch_idx: usize) -> Range<usize> {
        let first = batch_idx * BATCH;
        first..self.n_windows().min(first + BATCH)
    }

    /// The frames of the episode that a window covers.
    fn frames(&self, window_idx: usize) -> Range<usize> {
        let first = window_idx * self.hop_frames;
        first..self.n_frames.min(first + WINDOW_FRAMES)
    }

    /// The samples of the episode that a window covers.
    fn span(&self, window_idx: usize) -> Span {
        let hop = FrameClock::SEGMENTATION.hop.samples();
        let start = Time::from_samples((window_idx * self.hop_frames) as u64 * hop);
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

    /// Turns sums over the windows that cover each frame into means.
    fn divide_by_coverage(&self, sums: &mut [f32]) {
        let mut coverage = vec![0u16; sums.len()];
        for window_idx in 0..self.n_windows() {
            coverage[self.frames(window_idx)].iter_mut().for_each(|n| *n += 1);
        }
        sums.iter_mut().zip(coverage).for_each(|(sum, n)| *sum /= f32::from(n));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::progress::{Cancel, Observer, Silent},
        speakers::diarize::cache::NoCache,
    };
    use std::{
        io,
        num::NonZeroUsize,
        sync::{
            Mutex,
            atomic::{AtomicUsize, Ordering},
        },
    };

    #[test]
    fn every_frame_is_covered_and_the_last_window_is_needed() {
        let hop = FrameClock::SEGMENTATION.hop.samples();
        for (n_frames, n_windows) in [(0, 0), (1, 1), (589, 1), (590, 2), (688, 2), (689, 3)] {
            let length = Time::from_samples(495 + n_frames * hop);
            let sliding = SlidingWindow::new(length, Time::from_samples(99 * hop + 269));
            assert_eq!((sliding.n_frames as u64, sliding.n_windows()), (n_frames, n_windows));
            let mut sums = vec![1.0; sliding.n_frames];
            sliding.divide_by_coverage(&mut sums);
            assert!(sums.iter().all(|mean| (0.0..=1.0).contains(mean)), "a frame is not covered");
        }
    }

    #[test]
    fn a_hop_longer_than_a_window_skips_nothing() {
        let sliding = SlidingWindow::new(Time::from_millis(60_000), Time::from_millis(20_000));
        assert_eq!(sliding.frames(0).end, sliding.frames(1).start);
    }

    #[test]
    fn a_frame_that_is_speech_in_one_of_two_windows_has_a_mean_of_a_half() {
        let episode = vec![0.5; 160_000 + 270];
        let n_runs = AtomicUsize::new(0);
        let network = |windows: Vec<f32>| {
            let class = || match n_runs.fetch_add(1, Ordering::Relaxed) {
                0 => 1,
                _ => NOBODY,
            };
            Ok(windows.chunks(160_000).flat_map(|_| output_of(class())).collect())
        };
        let found = run(&episode, 270, network).unwrap();
        assert_eq!(found.windows.len(), 592 - WINDOW_FRAMES + 1);
        assert_eq!(
            [found.speech_prob[0], found.speech_prob[1], found.speech_prob[589]],
            [1.0, 0.5, 0.0]
        );
    }

    #[test]
    fn digital_silence_is_not_given_to_the_network() {
        let found = run(&vec![SILENCE; 320_000], 80_000, |_| panic!("it was")).unwrap();
        assert!(found.speech_prob.iter().all(|&score| score == 0.0));
        assert!(found.windows.iter().all(|window| window.classes == [NOBODY; WINDOW_FRAMES]));
    }

    #[test]
    fn the_last_window_is_filled_up_with_zeros_and_they_are_nobody() {
        let network = |window: Vec<f32>| {
            assert_eq!((window.len(), window[5_000]), (160_000, 0.0));
            Ok(output_of(2))
        };
        let found = run(&vec![0.1; 5_000], 80_000, network).unwrap();
        assert_eq!(found.speech_prob, [1.0; 17]);
        let talking = found.windows[0].classes.iter().filter(|&&class| class == 2).count();
        assert_eq!((found.windows.len(), talking), (1, 17));
    }

    #[test]
    fn an_episode_without_a_frame_has_no_windows() {
        for n_samples in [0, 495] {
            let found = run(&vec![0.1; n_samples], 80_000, |_| panic!("it was run")).unwrap();
            assert_eq!(found, Segmentation { windows: Vec::new(), speech_prob: Vec::new() });
        }
    }

    #[test]
    fn a_stop_leaves_no_result() {
        let cancel = Cancel::default();
        let network = |windows| {
            cancel.request();
            sure_of(1, windows)
        };
        let settings = SegmentationSettings { window_hop: Time::from_samples(80_000) };
        let sound = vec![0.1; 1_600_000];
        let found = segment(&sound, settings, network, context(&Silent, &cancel));
        assert!(matches!(found, Err(DetectError::Cancelled)));
    }

    #[test]
    fn an_unreadable_span_is_named() {
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
        let error = run(&Torn, 80_000, |windows| sure_of(1, windows)).unwrap_err();
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
        let settings = SegmentationSettings { window_hop: Time::from_samples(81_000) };
        let cancel = Cancel::default();
        let threads = NonZeroUsize::new(3).unwrap();
        let context = InferenceContext { threads, ..context(&diary, &cancel) };
        let episode = vec![0.1; 300_000];
        segment(&episode, settings, |windows| sure_of(1, windows), context).unwrap();
        assert_eq!(*diary.0.lock().unwrap(), [81_000, 162_000, 300_000]);
    }

    fn run(
        samples: &dyn Samples,
        window_hop: u64,
        network: impl Fn(Vec<f32>) -> Result<Vec<f32>, NetworkError> + Sync,
    ) -> Result<Segmentation, DetectError> {
        let settings = SegmentationSettings { window_hop: Time::from_samples(window_hop) };
        segment(samples, settings, network, context(&Silent, &Cancel::default()))
    }

    /// One thread, no cache.
    fn context<'a>(observer: &'a dyn Observer, cancel: &'a Cancel) -> InferenceContext<'a> {
        InferenceContext { threads: NonZeroUsize::MIN, cache: &NoCache, observer, cancel }
    }

    /// A network that is sure of one class in each frame of each of `windows`.
    fn sure_of(class: u8, windows: Vec<f32>) -> Result<Vec<f32>, NetworkError> {
        Ok(output_of(class).repeat(windows.len() / 160_000))
    }

    /// A network's output that is sure of one class in each frame.
    fn output_of(class: u8) -> Vec<f32> {
        let mut frame = [f32::NEG_INFINITY; powerset::N_CLASSES];
        frame[usize::from(class)] = 0.0;
        frame.repeat(WINDOW_FRAMES)
    }
}
