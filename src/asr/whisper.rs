//! Whisper through whisper.cpp.
//!
//! Each call works on one window with one thread: the library's threads spin
//! at barriers and slow down tenfold when a core is shared, so cores are filled
//! with windows side by side, never with threads inside one.
//!
//! A window is decoded in one go (`single_segment`): the library's own loop
//! over longer sound can end on a remainder of less than 160 ms, on which
//! its DTW alignment aborts the process.

use super::{
    AUTO, Context, DecodingOptions, TranscribeError, Transcriber,
    alignment::alignment_heads,
    words::{Token, words},
};
use crate::base::{
    ggml::Shape,
    speech::{Doubt, Utterance},
    time::{Span, Time},
};
use std::{
    borrow::Cow,
    fs::File,
    path::Path,
    sync::{Mutex, Once},
};
use whisper_rs::{
    DtwAhead, DtwMode, DtwParameters, FullParams, SamplingStrategy, SystemInfo, WhisperContext,
    WhisperContextParameters, WhisperError, WhisperState,
};

/// Samples of a hundredth of a second, the unit of whisper.cpp's DTW times.
const SAMPLES_PER_CS: u64 = 160;

/// Samples of the shortest window the library takes; shorter ones are padded with silence.
const N_SAMPLES_MIN: usize = 16_000;

/// Memory for the DTW is reserved for so many heads at least: the library wants some of it whatever
/// their number.
const N_HEADS_MIN: usize = 10;

/// Most text tokens of an answer: half of the decoder's text context (`n_text_ctx`), less the
/// special tokens before it.
const TOKENS_MAX: usize = 218;

/// Instructions that whisper.cpp may be built for: whether it was, and whether this processor has
/// them. It does not look by itself, and its process would end.
fn instructions() -> [(&'static str, bool, bool); 3] {
    let SystemInfo { avx2, fma, f16c, .. } = SystemInfo::default();
    #[cfg(target_arch = "x86_64")]
    let here = [
        is_x86_feature_detected!("avx2"),
        is_x86_feature_detected!("fma"),
        is_x86_feature_detected!("f16c"),
    ];
    #[cfg(not(target_arch = "x86_64"))]
    let here = [true; 3];
    [("AVX2", avx2, here[0]), ("FMA", fma, here[1]), ("F16C", f16c, here[2])]
}

/// Instructions that whisper.cpp was built for, and cannot do without.
pub fn built_for() -> Vec<&'static str> {
    let built = instructions().into_iter().filter(|(_, is_built, _)| *is_built);
    built.map(|(name, ..)| name).collect()
}

/// The names of those that it was built for and the processor has not; `None` where it has all.
fn lacking(instructions: &[(&str, bool, bool)]) -> Option<String> {
    let lacking = instructions.iter().filter(|(_, is_built, is_here)| *is_built && !is_here);
    let names: Vec<&str> = lacking.map(|(name, ..)| *name).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// A loaded Whisper model. Cheap to use from many threads.
pub struct Whisper {
    context: WhisperContext,
    /// One for each thread, kept because each holds 100 MB or more.
    idle_states: Mutex<Vec<WhisperState>>,
    language: String,
}

impl Whisper {
    /// Loads the ggml file at `path`, for speech in `language`, a code of ISO 639-1 (`fr`), or, by
    /// [`AUTO`], in French unless a call says another. Of its alignment heads, `known_heads` are those that somebody knows: see `alignment_heads`.
    ///
    /// # Errors
    /// `Processor` on one that the library was not built for, `Load` where the file is no Whisper
    /// model, `Language` for an unknown code.
    pub fn load(
        path: &Path,
        language: &str,
        known_heads: Option<&[[usize; 2]]>,
    ) -> Result<Whisper, TranscribeError> {
        silence_the_library();
        if let Some(instructions) = lacking(&instructions()) {
            return Err(TranscribeError::Processor { instructions });
        }
        let load_error =
            |reason: String| TranscribeError::Load { model: path.display().to_string(), reason };
        let shape = File::open(path).and_then(|mut file| Shape::read(&mut file));
        let shape = shape.map_err(|error| load_error(error.to_string()))?;
        let heads = alignment_heads(shape, known_heads).map_err(load_error)?;
        let aheads: Vec<DtwAhead> = heads.iter().map(ahead).collect();
        let mut parameters = WhisperContextParameters::new();
        parameters.dtw_parameters(DtwParameters {
            dtw_mem_size: dtw_bytes(aheads.len()),
            // The library keeps the address, and reads there for each new state.
            mode: DtwMode::Custom { aheads: aheads.leak() },
        });
        let context = WhisperContext::new_with_params(path, parameters)
            .map_err(|error| load_error(error.to_string()))?;
        let language = if language == AUTO { "fr" } else { language }.to_owned();
        if whisper_rs::get_lang_id(&language).is_none() {
            return Err(TranscribeError::Language { language });
        }
        Ok(Whisper { context, idle_states: Mutex::default(), language })
    }

    fn idle_or_new_state(&self) -> Result<WhisperState, TranscribeError> {
        let idle = self.idle_states.lock().ok().and_then(|mut states| states.pop());
        idle.map_or_else(|| self.new_state(), Ok)
    }

    fn keep_idle(&self, state: WhisperState) {
        if let Ok(mut states) = self.idle_states.lock() {
            states.push(state);
        }
    }

    fn new_state(&self) -> Result<WhisperState, TranscribeError> {
        self.context.create_state().map_err(engine_error)
    }

    fn parameters<'a>(
        &self,
        prompt: &'a [i32],
        language: &'a str,
        options: DecodingOptions,
    ) -> FullParams<'a, 'a> {
        let mut parameters = FullParams::new(match options.beam_size {
            0 | 1 => SamplingStrategy::Greedy { best_of: 1 },
            beams => SamplingStrategy::BeamSearch { beam_size: beams.into(), patience: -1.0 },
        });
        parameters.set_n_threads(1);
        parameters.set_language(Some(language));
        parameters.set_translate(false);
        parameters.set_no_context(true);
        parameters.set_single_segment(true);
        // With timestamp tokens the model derails less often: 27.3 against 28.8 % WER on
        // the French clips with human references (greedy).
        parameters.set_no_timestamps(false);
        // « [Musique] » and the like are no words.
        parameters.set_suppress_nst(true);
        parameters.set_temperature(options.temperature);
        // Its own temperature fallback samples from an RNG whose state survives between
        // calls; ours is in `fallback`.
        parameters.set_temperature_inc(0.0);
        // Judged in `doubt`, where nothing is dropped in silence.
        parameters.set_no_speech_thold(1.0);
        parameters.set_print_progress(false);
        parameters.set_print_realtime(false);
        parameters.set_print_special(false);
        parameters.set_print_timestamps(false);
        parameters.set_tokens(prompt);
        parameters
    }

    fn utterance(
        &self,
        state: &WhisperState,
        samples: &[f32],
    ) -> Result<Utterance, TranscribeError> {
        let end_of_text = self.context.token_eot();
        let mut tokens = Vec::new();
        let mut log_probability = 0.0;
        let mut no_speech_probability = 0.0_f32;
        let mut has_ended = false;
        for segment in state.as_iter() {
            no_speech_probability = no_speech_probability.max(segment.no_speech_probability());
            for token in (0..segment.n_tokens()).filter_map(|index| segment.get_token(index)) {
                let data = token.token_data();
                has_ended |= data.id == end_of_text;
                if data.id < end_of_text {
                    log_probability += data.plog;
                    tokens.push(Token {
                        bytes: token.to_bytes().map_err(engine_error)?.to_vec(),
                        // The library gives a token the instant at which the next one
                        // begins.
                        end: Time::from_samples(data.t_dtw.max(0).unsigned_abs() * SAMPLES_PER_CS),
                        probability: data.p,
                        marks: None,
                        reading: None,
                    });
                }
            }
        }
        let is_unfinished = !has_ended && tokens.len() >= TOKENS_MAX;
        Ok(Utterance {
            span: Span::from_start(Time::from_samples(samples.len().max(1) as u64)),
            words: words(&tokens, samples),
            mean_log_probability: log_probability / tokens.len().max(1) as f32,
            no_speech_probability,
            doubt: is_unfinished.then_some(Doubt::Unfinished),
        })
    }
}

impl Transcriber for Whisper {
    /// Of the initial prompt, only the last 223 tokens count. It knows no hotwords.
    fn transcribe(
        &self,
        samples: &[f32],
        context: Context<'_>,
        options: DecodingOptions,
    ) -> Result<Utterance, TranscribeError> {
        let input = &*padded(samples);
        // The library samples the candidates of a beam, and tokens at a temperature, from an
        // RNG whose state survives between calls. A new state is seeded anew, so that an answer
        // does not depend on those before; greedy search draws nothing.
        let is_reusable = options == DecodingOptions::GREEDY;
        let mut state = if is_reusable { self.idle_or_new_state()? } else { self.new_state()? };
        let prompt = prompt_tokens(&self.context, context.initial_prompt).map_err(engine_error)?;
        let language = context.language.unwrap_or(&self.language);
        state.full(self.parameters(&prompt, language, options), input).map_err(engine_error)?;
        let utterance = self.utterance(&state, samples)?;
        if is_reusable {
            self.keep_idle(state);
        }
        Ok(utterance)
    }

    fn languages(&self, samples: &[f32]) -> Result<Vec<(&'static str, f32)>, TranscribeError> {
        let mut state = self.idle_or_new_state()?;
        state.pcm_to_mel(&padded(samples), 1).map_err(engine_error)?;
        let (_, probabilities) = state.lang_detect(0, 1).map_err(engine_error)?;
        self.keep_idle(state);
        let code = |id: usize| whisper_rs::get_lang_str(i32::try_from(id).ok()?);
        let known = probabilities.into_iter().enumerate();
        Ok(known.filter_map(|(id, probability)| Some((code(id)?, probability))).collect())
    }
}

/// `samples`, at least as many as the library takes.
fn padded(samples: &[f32]) -> Cow<'_, [f32]> {
    if samples.len() >= N_SAMPLES_MIN {
        return Cow::Borrowed(samples);
    }
    let mut padded = samples.to_vec();
    padded.resize(N_SAMPLES_MIN, 0.0);
    Cow::Owned(padded)
}

fn engine_error(error: WhisperError) -> TranscribeError {
    TranscribeError::Engine { reason: error.to_string() }
}

/// whisper.cpp logs to stderr unless a hook is installed.
fn silence_the_library() {
    static ONCE: Once = Once::new();
    ONCE.call_once(whisper_rs::install_logging_hooks);
}

fn prompt_tokens(context: &WhisperContext, prompt: &str) -> Result<Vec<i32>, WhisperError> {
    if prompt.trim().is_empty() {
        return Ok(Vec::new());
    }
    // A token is at least one byte.
    context.tokenize(prompt, prompt.len() + 1)
}

fn ahead([layer, head]: &[usize; 2]) -> DtwAhead {
    DtwAhead { n_text_layer: *layer as i32, n_head: *head as i32 }
}

/// Memory for the DTW of the longest answer: some six copies of
/// tokens × 1500 positions × heads in f32.
fn dtw_bytes(n_heads: usize) -> usize {
    6 * 4 * 1_500 * 230 * n_heads.max(N_HEADS_MIN)
}

#[cfg(test)]
mod tests {
    use super::{instructions, lacking};

    #[test]
    fn a_processor_without_what_the_library_was_built_for_is_known_before_it_runs() {
        let instructions =
            |avx2, fma| [("AVX2", true, avx2), ("FMA", true, fma), ("F16C", false, false)];
        assert_eq!(lacking(&instructions(true, true)), None);
        assert_eq!(lacking(&instructions(false, false)).as_deref(), Some("AVX2, FMA"));
    }

    #[test]
    fn this_processor_has_what_the_library_was_built_for_here() {
        assert_eq!(lacking(&instructions()), None);
    }
}
