//! Whisper through whisper.cpp.
//!
//! Each call works on one window with one thread: the library's threads spin
//! at barriers and collapse when a core is shared, so cores are filled with
//! windows side by side, never with threads inside one.
//!
//! A window is decoded in one go (`single_segment`): the library's own walk
//! through longer sound can end on a remainder of less than 160 ms, on which
//! its alignment aborts the process.

use super::{
    Search, TranscribeError, Transcriber,
    ggml::Shape,
    words::{Token, words},
};
use crate::base::{
    speech::{Doubt, Utterance},
    time::{Span, Time},
};
use std::{
    fs::File,
    path::Path,
    sync::{Mutex, Once},
};
use whisper_rs::{
    DtwMode, DtwModelPreset, DtwParameters, FullParams, SamplingStrategy, WhisperContext,
    WhisperContextParameters, WhisperError, WhisperState,
};

/// One step of whisper's alignment is counted in hundredths of a second.
const CENTISECOND: u64 = 160;

/// Shortest window the library takes; shorter ones are followed by silence.
const SHORTEST: usize = 16_000;

/// Most text tokens of an answer: half of the decoder's memory, less its start.
const TOKENS_MAX: usize = 218;

/// What a Whisper engine is told once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhisperSettings {
    /// Language of the speech, as a code of ISO 639-1 (`fr`).
    pub language: String,
}

/// A loaded Whisper model. Cheap to use from many threads.
pub struct Whisper {
    context: WhisperContext,
    /// States not in use: one a thread, kept because each holds 100 MB or more.
    idle: Mutex<Vec<WhisperState>>,
    language: String,
}

impl Whisper {
    /// Loads the ggml file at `path`.
    ///
    /// # Errors
    /// `Load` where the file is no Whisper model, `Language` for an unknown code.
    pub fn load(path: &Path, settings: &WhisperSettings) -> Result<Whisper, TranscribeError> {
        silence_the_library();
        let load =
            |reason: String| TranscribeError::Load { model: path.display().to_string(), reason };
        let shape = File::open(path).and_then(|mut file| Shape::read(&mut file));
        let shape = shape.map_err(|error| load(error.to_string()))?;
        let mut parameters = WhisperContextParameters::new();
        parameters.dtw_parameters(DtwParameters {
            mode: alignment(shape),
            dtw_mem_size: alignment_bytes(shape),
        });
        let context = WhisperContext::new_with_params(path, parameters)
            .map_err(|error| load(error.to_string()))?;
        if language_number(&settings.language).is_none() {
            return Err(TranscribeError::Language { language: settings.language.clone() });
        }
        let (idle, language) = (Mutex::default(), settings.language.clone());
        Ok(Whisper { context, idle, language })
    }

    fn state(&self) -> Result<WhisperState, TranscribeError> {
        let idle = self.idle.lock().ok().and_then(|mut idle| idle.pop());
        idle.map_or_else(|| self.context.create_state().map_err(engine), Ok)
    }

    fn parameters<'a>(&'a self, told: &'a [i32], search: Search) -> FullParams<'a, 'a> {
        let mut parameters = FullParams::new(match search.beams {
            0 | 1 => SamplingStrategy::Greedy { best_of: 1 },
            beams => SamplingStrategy::BeamSearch { beam_size: beams.into(), patience: -1.0 },
        });
        parameters.set_n_threads(1);
        parameters.set_language(Some(&self.language));
        parameters.set_translate(false);
        parameters.set_no_context(true);
        parameters.set_single_segment(true);
        // With its own time marks the model loses its thread less often: 27.3 against
        // 28.8 % word errors on the French clips with human references (greedy).
        parameters.set_no_timestamps(false);
        // « [Musique] » and the like are no words, and nothing here has measured them.
        parameters.set_suppress_nst(true);
        parameters.set_temperature(search.temperature);
        // Its own tries would draw from dice that remember the window before.
        parameters.set_temperature_inc(0.0);
        // Judged above the engine, where nothing is dropped in silence.
        parameters.set_no_speech_thold(1.0);
        parameters.set_print_progress(false);
        parameters.set_print_realtime(false);
        parameters.set_print_special(false);
        parameters.set_print_timestamps(false);
        parameters.set_tokens(told);
        parameters
    }

    fn answer(&self, state: &WhisperState, samples: &[f32]) -> Result<Utterance, TranscribeError> {
        let end_of_text = self.context.token_eot();
        let (mut tokens, mut log_probability, mut no_speech) = (Vec::new(), 0.0, 0.0_f32);
        let mut ended = false;
        for segment in state.as_iter() {
            no_speech = no_speech.max(segment.no_speech_probability());
            for token in (0..segment.n_tokens()).filter_map(|index| segment.get_token(index)) {
                let data = token.token_data();
                ended |= data.id == end_of_text;
                if data.id < end_of_text {
                    log_probability += data.plog;
                    tokens.push(Token {
                        bytes: token.to_bytes().map_err(engine)?.to_vec(),
                        // The library gives a token the instant at which the next one is
                        // looked for, which is its own end.
                        end: Time::from_samples(data.t_dtw.max(0).unsigned_abs() * CENTISECOND),
                        probability: data.p,
                    });
                }
            }
        }
        let unfinished = !ended && tokens.len() >= TOKENS_MAX;
        Ok(Utterance {
            span: Span::from_start(Time::from_samples(samples.len().max(1) as u64)),
            words: words(&tokens, samples),
            mean_log_probability: log_probability / tokens.len().max(1) as f32,
            no_speech_probability: no_speech,
            doubt: unfinished.then_some(Doubt::Unfinished),
        })
    }
}

impl Transcriber for Whisper {
    /// Of `told`, only the last 223 tokens count.
    fn transcribe(
        &self,
        samples: &[f32],
        told: &str,
        search: Search,
    ) -> Result<Utterance, TranscribeError> {
        let mut padded = Vec::new();
        let sound = if samples.len() < SHORTEST {
            padded.extend_from_slice(samples);
            padded.resize(SHORTEST, 0.0);
            &padded
        } else {
            samples
        };
        // Only a greedy search leaves no trace in its state. The library draws the
        // candidates of a beam, and tokens at a temperature, with dice that a state
        // throws on from call to call: a new state begins with the same throw.
        let reusable = search == Search::GREEDY;
        let mut state =
            if reusable { self.state()? } else { self.context.create_state().map_err(engine)? };
        let told = prompt_tokens(&self.context, told).map_err(engine)?;
        state.full(self.parameters(&told, search), sound).map_err(engine)?;
        let answer = self.answer(&state, samples)?;
        if reusable && let Ok(mut idle) = self.idle.lock() {
            idle.push(state);
        }
        Ok(answer)
    }
}

fn engine(error: WhisperError) -> TranscribeError {
    TranscribeError::Engine { reason: error.to_string() }
}

/// The number of a language among those of Whisper, by its code of ISO 639-1.
pub(super) fn language_number(code: &str) -> Option<usize> {
    // It complains about others.
    silence_the_library();
    usize::try_from(whisper_rs::get_lang_id(code)?).ok()
}

/// whisper.cpp writes its progress to stderr unless somebody listens.
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

/// Which heads of the decoder look at the sound they write about.
fn alignment(shape: Shape) -> DtwMode<'static> {
    let model_preset = match (shape.n_audio_layers, shape.n_text_layers) {
        (4, 4) => DtwModelPreset::Tiny,
        (6, 6) => DtwModelPreset::Base,
        (12, 12) => DtwModelPreset::Small,
        (24, 24) => DtwModelPreset::Medium,
        (32, 32) if shape.n_mels == 128 => DtwModelPreset::LargeV3,
        (32, 32) => DtwModelPreset::LargeV2,
        (32, 4) => DtwModelPreset::LargeV3Turbo,
        // Distilled ones: the upper half of the layers, as is usual.
        (_, layers) => return DtwMode::TopMost { n_top: (layers / 2).max(1) as i32 },
    };
    DtwMode::ModelPreset { model_preset }
}

/// Memory for the alignment of the longest answer: some six copies of
/// tokens × 1500 positions × heads in f32 (23 heads in large-v2, fewer in
/// the others; all heads of a layer in a distilled model).
fn alignment_bytes(shape: Shape) -> usize {
    let n_heads = match alignment(shape) {
        DtwMode::ModelPreset { model_preset: DtwModelPreset::LargeV2 } => 23,
        DtwMode::ModelPreset { .. } => 10,
        _ => 20 * (shape.n_text_layers.max(2) / 2),
    };
    6 * 4 * 1_500 * 230 * n_heads
}
