//! What this engine costs on this machine for a Whisper of any shape, whose weights need not be
//! here: how long it takes, and how much memory.
//!
//! A few layers of random weights are timed at each width, by the code that recognises. What a
//! window takes is linear in the numbers of layers, so two depths tell what a layer costs, and what
//! the rest does. All threads work at once, as in a run: they share caches and memory.

use super::{
    BATCH_MEMORY, BeamOptions, N_MEL_FRAMES, TranscribeError, batch_size,
    beam_search::TokenRules,
    decoder::window_bytes,
    decoding::{EncodedWindow, MelWindow, WhisperModel},
    engine_error,
    kv_cache::HEAD_WIDTH,
    matrix::Kernels,
    own_pool,
    weights::GgmlFile,
};
use crate::base::ggml::{Header, Shape};
use serde::{Deserialize, Serialize};
use std::{
    fs,
    num::NonZeroUsize,
    panic, thread,
    time::{Duration, Instant},
};

/// Speech in a window, in the mean: windows end at pauses.
const WINDOW_SECONDS: f64 = 21.0;

/// Mel frames of it.
const N_MEL_FRAMES_HEARD: usize = 2_100;

/// Steps of the decoder for it, in French.
const N_STEPS: f64 = 100.0;

/// How much of all is done once more: doubtful windows, and parts of them.
const TRIED_AGAIN: f64 = 1.2;

/// Steps that are timed, and tokens of the answer that is aligned.
const N_STEPS_TIMED: usize = 24;
const N_TOKENS: usize = 90;

/// What is timed goes on for so long at least: the system's clock of a thread ticks.
const TIMED_MIN: Duration = Duration::from_millis(100);

/// Tokens of a model for French: those of other scripts are dropped.
const N_VOCABULARY: usize = 43_700;

/// Special tokens among them.
const N_SPECIAL: usize = 1_609;

/// Timestamps among these, and `<|notimestamps|>` before them.
const N_TIMESTAMPS: usize = 1_502;

/// Attention heads of a layer in Whisper's sizes, from tiny to large.
const SIZES: [usize; 5] = [6, 8, 12, 16, 20];

/// Heads of a layer of two of them, and layers of the decoder that are timed: more than a core's
/// cache holds, as in the real ones. The others follow the power of the width that leads from one to
/// the other: measured as well, no part of theirs was more than a third away, and a window of
/// `small` 8, of `large-v3` 1, of turbo 7 and of `tiny` 15 percent (an EPYC with VNNI, 2026-11-30).
const TIMED: [(usize, usize); 2] = [(8, 6), (16, 3)];

const SEARCH: BeamOptions =
    BeamOptions { beam_size: 5, repetition_penalty: 1.0, no_repeat_ngram_size: 0 };

/// How fast this machine recognises.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Speed {
    /// Windows that were worked on side by side.
    pub threads: NonZeroUsize,
    sizes: Vec<SizeSpeed>,
}

/// What the parts of a window take at one width, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct SizeSpeed {
    n_heads: usize,
    encoder_layer: f64,
    /// All of a layer but for the steps.
    decoder_layer: f64,
    /// Of one window among those that are decoded side by side.
    decoder_layer_step: f64,
    rest: f64,
    rest_step: f64,
}

impl Speed {
    /// Measures this machine in some seconds, with `threads` windows side by side. `progress` is
    /// told how much of it is done, and of how much.
    ///
    /// # Errors
    /// `Engine` where the system gives no threads.
    pub fn measure(
        threads: NonZeroUsize,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Speed, TranscribeError> {
        let mut timed = TIMED.iter().zip(1..).map(|(&(n_heads, n_layers), n_done)| {
            let size = SizeSpeed::measure(n_heads, n_layers, threads);
            progress(n_done, TIMED.len() as u64);
            size
        });
        let mut next = || timed.next().unwrap_or_else(|| Err(engine_error("nothing was timed")));
        let (small, large) = (next()?, next()?);
        let sizes = SIZES.map(|n_heads| small.towards(large, n_heads));
        Ok(Speed { threads, sizes: sizes.to_vec() })
    }

    /// Seconds of one core that a model of `shape` takes for an hour of speech, with five
    /// hypotheses; `None` for a width that is none of Whisper's.
    pub fn of_an_hour(&self, shape: Shape) -> Option<f64> {
        let size = self.sizes.iter().find(|size| size.n_heads == shape.n_text_heads)?;
        Some(size.of_window(shape) * TRIED_AGAIN * 3_600.0 / WINDOW_SECONDS)
    }
}

impl SizeSpeed {
    fn measure(
        n_heads: usize,
        n_layers: usize,
        threads: NonZeroUsize,
    ) -> Result<SizeSpeed, TranscribeError> {
        let mut model = random_model(n_heads, n_layers)?;
        let deep = side_by_side(threads, || decoded(&model))?;
        model.encoder.blocks.truncate(1);
        let narrow = side_by_side(threads, || encoded(&model).1)?.encode;
        model.decoder.blocks.truncate(1);
        let flat = side_by_side(threads, || decoded(&model))?;
        let of_layer = |deep: f64, flat: f64| (deep - flat).max(0.0) / (n_layers - 1) as f64;
        let encoder_layer = (deep.encode - narrow).max(0.0);
        let cross_layer = of_layer(narrow, flat.encode);
        let (ends_layer, step_layer) =
            (of_layer(deep.ends, flat.ends), of_layer(deep.step, flat.step));
        Ok(SizeSpeed {
            n_heads,
            encoder_layer,
            decoder_layer: cross_layer + ends_layer,
            decoder_layer_step: step_layer,
            rest: (flat.encode + flat.ends - encoder_layer - cross_layer - ends_layer).max(0.0),
            rest_step: (flat.step - step_layer).max(0.0),
        })
    }

    /// The size of `n_heads`, on the way from this one to `other` or beyond them.
    fn towards(self, other: SizeSpeed, n_heads: usize) -> SizeSpeed {
        let of_width = |n_heads: usize| (n_heads as f64).ln();
        let (from, to) = (of_width(self.n_heads), of_width(other.n_heads));
        let way = (of_width(n_heads) - from) / (to - from);
        // Where one is too short to be measured, there is no power between them.
        let part = |from: f64, to: f64| match from > 0.0 && to > 0.0 {
            true => from * (to / from).powf(way),
            false => from.max(to),
        };
        SizeSpeed {
            n_heads,
            encoder_layer: part(self.encoder_layer, other.encoder_layer),
            decoder_layer: part(self.decoder_layer, other.decoder_layer),
            decoder_layer_step: part(self.decoder_layer_step, other.decoder_layer_step),
            rest: part(self.rest, other.rest),
            rest_step: part(self.rest_step, other.rest_step),
        }
    }

    fn of_window(&self, shape: Shape) -> f64 {
        let (n_encoder, n_decoder) = (shape.n_audio_layers as f64, shape.n_text_layers as f64);
        let layers = n_encoder * self.encoder_layer + n_decoder * self.decoder_layer;
        let step = self.rest_step + n_decoder * self.decoder_layer_step;
        self.rest + layers + N_STEPS * step
    }
}

/// Multiplications that a model of `shape` takes for a window, in billions: how much longer one takes
/// than another where the machine was not measured.
pub fn billions_of_products(shape: Shape) -> f64 {
    let width = (shape.n_text_heads * HEAD_WIDTH) as f64;
    let (square, n_rows) = (width * width, (N_MEL_FRAMES_HEARD / 2 + 150) as f64);
    let n_decoded = N_STEPS * SEARCH.beam_size as f64;
    let encoder_layer = n_rows * (12.0 * square + 2.0 * n_rows * width);
    let decoder_layer = n_rows * 2.0 * square + n_decoded * (14.0 * square + 4.0 * n_rows * width);
    let logits = n_decoded * N_VOCABULARY as f64 * width;
    let layers =
        shape.n_audio_layers as f64 * encoder_layer + shape.n_text_layers as f64 * decoder_layer;
    (layers + logits) / 1e9
}

/// Bytes that a model of `shape` takes in memory with `threads` windows, or batches of them, side by
/// side: an upper bound, which that of loading may exceed.
pub fn memory_bytes(shape: Shape, threads: NonZeroUsize) -> u64 {
    let Shape { n_audio_layers, n_text_layers, n_mels, .. } = shape;
    let width = shape.n_text_heads * HEAD_WIDTH;
    let square = width * width;
    let embedding = shape.n_vocabulary * width;
    // In 8 bits; the embedding stands there twice, the second time as the layer of the logits.
    let layers = 12 * n_audio_layers * square + 16 * n_text_layers * square + 2 * embedding;
    let floats = 3 * width * (n_mels + width) + (N_MEL_FRAMES / 2 + 448) * width;
    let of_window = window_bytes(n_text_layers, width, SEARCH.beam_size);
    // Of the window that is encoded: mel frames, the output of the convolutions twice, or queries,
    // keys, values, and what they give.
    let encoder = 4 * N_MEL_FRAMES * (n_mels + 3 * width);
    let of_batch = batch_size(BATCH_MEMORY / of_window, SEARCH.beam_size) * of_window + encoder;
    (layers + 4 * floats + threads.get() * of_batch) as u64
}

/// Seconds of a core.
#[derive(Debug, Clone, Copy)]
struct Seconds {
    encode: f64,
    /// The prompt, and what is asked of the answer: when it was said, and its marks.
    ends: f64,
    step: f64,
}

/// The mean of `work` in each of `threads`, each with a thread pool of its own.
fn side_by_side(
    threads: NonZeroUsize,
    work: impl Fn() -> Seconds + Sync,
) -> Result<Seconds, TranscribeError> {
    let all: Result<Vec<Seconds>, TranscribeError> = thread::scope(|scope| {
        let begin = |_| scope.spawn(|| Ok(own_pool()?.install(&work)));
        let workers: Vec<_> = (0..threads.get()).map(begin).collect();
        let done = workers.into_iter().map(|worker| worker.join());
        done.map(|done| done.unwrap_or_else(|panicked| panic::resume_unwind(panicked))).collect()
    });
    let all = all?;
    let mean = |part: fn(&Seconds) -> f64| all.iter().map(part).sum::<f64>() / all.len() as f64;
    Ok(Seconds { encode: mean(|s| s.encode), ends: mean(|s| s.ends), step: mean(|s| s.step) })
}

/// Encodes a window, and decodes it for some steps together with others.
fn decoded(model: &WhisperModel) -> Seconds {
    let (window, encoded) = encoded(model);
    let prompt = &model.sot_sequence;
    let (_, begin) = timed(|| model.begin(&window, prompt, 0, None, SEARCH));
    let tokens = [7; N_TOKENS];
    let (_, align) = timed(|| model.align(&window, &tokens));
    let n_windows =
        batch_size(BATCH_MEMORY / model.decoder.window_bytes(SEARCH.beam_size), SEARCH.beam_size);
    let (n_steps, steps) = timed(|| {
        let windows = 0..n_windows;
        let mut states: Vec<_> =
            windows.map(|_| model.begin(&window, prompt, 0, None, SEARCH)).collect();
        let mut logits = Vec::new();
        (0..N_STEPS_TIMED).take_while(|_| model.step(&mut states, &mut logits)).count()
    });
    let step = (steps / n_windows as f64 - begin).max(0.0) / n_steps.max(1) as f64;
    // The answer is read once more for its marks.
    Seconds { ends: begin + 2.0 * align, step, ..encoded }
}

/// Encodes a window.
fn encoded(model: &WhisperModel) -> (EncodedWindow, Seconds) {
    // Numbers without a pattern are no worse than sound.
    let value = |n: usize| (n as f32 * 0.37).sin();
    let window = MelWindow {
        spectrogram: (0..N_MEL_FRAMES * model.n_mels).map(value).collect(),
        n_mel_frames: N_MEL_FRAMES_HEARD,
        language: model.sot_sequence[1],
    };
    let (encoded, encode) = timed(|| model.encode(&window));
    (encoded, Seconds { encode, ends: 0.0, step: 0.0 })
}

/// What `work` gives, and the seconds that it takes in the mean of some tries.
fn timed<T>(work: impl Fn() -> T) -> (T, f64) {
    let (begun, on_core) = (Instant::now(), on_core());
    let mut n_tries = 0.0;
    loop {
        let done = work();
        n_tries += 1.0;
        let passed = begun.elapsed();
        if passed >= TIMED_MIN {
            let spent = on_core.and_then(|before| self::on_core()?.checked_sub(before));
            return (done, spent.unwrap_or(passed).as_secs_f64() / n_tries);
        }
    }
}

/// How long this thread has been on a core, where the system says it: what else runs beside then
/// does not count.
fn on_core() -> Option<Duration> {
    let told = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    told.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

/// A model with two layers in its encoder and `n_layers` in its decoder.
fn random_model(n_heads: usize, n_layers: usize) -> Result<WhisperModel, TranscribeError> {
    let width = (n_heads * HEAD_WIDTH) as i32;
    let n_mels = 80;
    let header = Header {
        n_vocabulary: N_VOCABULARY as i32,
        n_audio_context: N_MEL_FRAMES as i32 / 2,
        n_audio_state: width,
        n_audio_heads: n_heads as i32,
        n_audio_layers: 2,
        n_text_context: 448,
        n_text_state: width,
        n_text_heads: n_heads as i32,
        n_text_layers: n_layers as i32,
        n_mels: n_mels as i32,
        file_type: 1,
    };
    let kernels = Kernels::new();
    let mut file = GgmlFile::random(&header).map_err(engine_error)?;
    let (encoder, decoder) = file.networks(&kernels).map_err(engine_error)?;
    let end_of_text = N_VOCABULARY - N_SPECIAL;
    Ok(WhisperModel {
        kernels,
        encoder,
        decoder,
        rules: TokenRules {
            end_of_text,
            no_timestamps: N_VOCABULARY - N_TIMESTAMPS,
            suppressed: Vec::new(),
        },
        n_mels,
        sot_sequence: [1, 2, 3].map(|n| end_of_text + n),
        sot_prev: end_of_text + 4,
        no_speech: end_of_text + 5,
        alignment_heads: (0..n_heads).map(|head| [0, head]).collect(),
        mark_reader: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(n_heads: usize, n_audio_layers: usize, n_text_layers: usize) -> Shape {
        Shape {
            n_vocabulary: 51_865,
            n_audio_heads: n_heads,
            n_audio_layers,
            n_text_heads: n_heads,
            n_text_layers,
            n_mels: 80,
        }
    }

    #[test]
    fn an_hour_is_the_sum_of_its_layers() {
        let size = SizeSpeed {
            n_heads: 8,
            encoder_layer: 1.0,
            decoder_layer: 10.0,
            decoder_layer_step: 0.1,
            rest: 100.0,
            rest_step: 0.01,
        };
        let speed = Speed { threads: NonZeroUsize::MIN, sizes: vec![size] };
        // A window: 100 + 6 + 3 * 10, and 100 steps of 0.31.
        let expected = 167.0 * TRIED_AGAIN * 3_600.0 / WINDOW_SECONDS;
        let found = speed.of_an_hour(shape(8, 6, 3)).unwrap();
        assert!((found - expected).abs() < 1e-6, "{found}");
        assert_eq!(speed.of_an_hour(shape(7, 6, 3)), None);
    }

    #[test]
    fn widths_between_and_beyond_those_measured_follow_their_power() {
        let size = |n_heads: usize, scale: f64| SizeSpeed {
            n_heads,
            encoder_layer: scale,
            decoder_layer: scale,
            decoder_layer_step: scale,
            rest: scale.sqrt(),
            rest_step: 0.0,
        };
        // Twice as wide takes four times as long.
        let (small, large) = (size(8, 1.0), size(16, 4.0));
        let of_12 = small.towards(large, 12);
        assert!((of_12.encoder_layer - 2.25).abs() < 1e-9, "{of_12:?}");
        assert!((of_12.rest - 1.5).abs() < 1e-9 && of_12.rest_step == 0.0, "{of_12:?}");
        let of_4 = small.towards(large, 4);
        assert!((of_4.decoder_layer_step - 0.25).abs() < 1e-9, "{of_4:?}");
        assert_eq!(small.towards(large, 16).encoder_layer, 4.0);
        let unmeasured = SizeSpeed { encoder_layer: 0.0, ..large };
        assert_eq!(small.towards(unmeasured, 6).encoder_layer, 1.0);
    }

    #[test]
    fn a_small_model_is_measured_and_each_part_takes_some_time() {
        let size = SizeSpeed::measure(1, 3, NonZeroUsize::MIN.saturating_add(1)).unwrap();
        let window = |n_encoder, n_decoder| size.of_window(shape(1, n_encoder, n_decoder));
        assert!(window(2, 2) > 0.0 && window(64, 2) > window(2, 2), "{size:?}");
        assert!(window(2, 64) > window(2, 2), "{size:?}");
    }

    #[test]
    fn larger_models_take_more_of_everything() {
        let [base, medium, turbo, large] =
            [shape(8, 6, 6), shape(16, 24, 24), shape(20, 32, 4), shape(20, 32, 32)];
        let times = |one, other| billions_of_products(one) / billions_of_products(other);
        assert!((8.0..20.0).contains(&times(medium, base)), "{}", times(medium, base));
        assert!(times(turbo, base) < times(large, base));
        let bytes = |shape| memory_bytes(shape, NonZeroUsize::MIN);
        assert!(bytes(base) < bytes(medium) && bytes(medium) < bytes(large));
        assert!(memory_bytes(base, NonZeroUsize::MIN.saturating_add(1)) > bytes(base));
    }
}
