//! Whisper with weights and activations in 8 bits, in Rust.
//!
//! Reads the same files as `whisper` and quantises them when they are loaded: weights with one
//! scale a row, activations with one scale a row too, as in CTranslate2. Products run on rten's
//! GEMM kernels.
//!
//! ```text
//! samples → features → encoder → cross_kv ┐
//!           log-mel              kv_cache ┴→ decoder ⇄ beam_search → tokens → align → words
//!                                            └─ decoding ─┘               └ alike, rescoring: hotwords
//! ```
//!
//! Several windows share each pass over the decoder's weights, and each gets the bits that it
//! would get alone: integer products are exact, and all else is done row by row. Nothing is
//! sampled, so an answer does not depend on those before.

mod align;
mod alike;
mod beam_search;
mod cost;
mod decoder;
mod decoding;
mod encoder;
mod features;
mod forcing;
mod head_search;
mod kv_cache;
mod linear;
mod marks;
mod matrix;
mod rescoring;
mod simd;
#[cfg(test)]
mod test_model;
mod tokenizer;
mod weights;

use super::{
    AUTO, Context, DecodingOptions, ForcedWord, TranscribeError, Transcriber, WrittenWord,
    alignment::alignment_heads,
    hotwords::Hotwords,
    languages::{first_languages, language_index},
    words::{Token, words},
};
use crate::base::{
    speech::{Doubt, Utterance},
    time::{Span, Time},
};
pub use cost::{Speed, billions_of_products, memory_bytes};
pub use head_search::FoundHeads;

use alike::HotwordSounds;
use beam_search::{BeamOptions, TokenRules};
use decoding::{MelWindow, TimedToken, Transcription, WhisperModel};
use features::{LogMel, MEL_HOP};
use marks::MarkReader;
use matrix::Kernels;
use rayon::{ThreadPool, ThreadPoolBuilder};
use rescoring::Rescoring;
use simd::log_sum_exp;
use std::{
    fmt::Display,
    panic,
    path::Path,
    sync::{Arc, Mutex},
    thread,
};
use tokenizer::{SpecialTokens, Tokenizer, is_for_latin_script, suppressed};
use weights::GgmlFile;

const FRENCH: &str = "fr";

/// Mel frames of the encoder's input: 30 s. A shorter window is padded with silence, without which
/// words are lost.
const N_MEL_FRAMES: usize = 3_000;

/// Samples from one encoder frame to the next: 20 ms.
const ENCODER_HOP: u64 = 320;

/// Most tokens of an initial prompt; the last ones count.
const PROMPT_MAX: usize = 223;

/// Most windows decoded at once: more share no more than these do.
const WINDOWS_MAX: usize = 8;

/// Rows that the GEMM kernels take at a time, be there so many or not.
const ROWS_PER_TILE: usize = 8;

/// Memory in bytes for the windows that a thread decodes at once, unless somebody says otherwise.
pub const BATCH_MEMORY: usize = 640 << 20;

/// Lists of hotwords that are kept ready: more than there are episodes at work, as a rule.
const SOUNDS_MAX: usize = 8;

/// A loaded Whisper model, in 8 bits.
pub struct Int8 {
    model: WhisperModel,
    special: SpecialTokens,
    log_mel: LogMel,
    tokenizer: Tokenizer,
    /// Bytes for the windows that are decoded at once.
    batch_memory: usize,
    /// Idle pools of one thread each; a batch takes one. rten's products run on the current rayon
    /// pool: in one with several threads, a thread that waits would begin another batch.
    thread_pools: Mutex<Vec<ThreadPool>>,
    /// The hotwords of the last calls, ready to be looked for, the latest last.
    sounds: Mutex<Vec<(Hotwords, Arc<HotwordSounds>)>>,
}

impl Int8 {
    /// Loads the ggml file at `path`, for speech in `language`, a code of ISO 639-1 (`fr`), or, by
    /// [`AUTO`], in any: each call then says which, and French is meant where none does. Of its
    /// alignment heads, `known_heads` are those that somebody knows: see `alignment_heads`.
    ///
    /// # Errors
    /// `Load` where the file is no Whisper model of several languages, or is in blocks that are not
    /// read here; `Language` for an unknown code.
    pub fn load(
        path: &Path,
        language: &str,
        known_heads: Option<&[[usize; 2]]>,
    ) -> Result<Int8, TranscribeError> {
        let load_error = |reason: &dyn Display| TranscribeError::Load {
            model: path.display().to_string(),
            reason: reason.to_string(),
        };
        let mut file = GgmlFile::read(path).map_err(|error| load_error(&error))?;
        let special = SpecialTokens::for_model(file.shape);
        let mut special =
            special.ok_or_else(|| load_error(&"it is no Whisper of several languages"))?;
        file.check_filters_and_tokens(special.end_of_text).map_err(|error| load_error(&error))?;
        let is_french = language == FRENCH;
        if is_french {
            // A sixth of the logits less to compute at each step.
            file.keep_tokens(is_for_latin_script).map_err(|error| load_error(&error))?;
            special.end_of_text = file.tokens.len();
        }
        let is_of_marks = is_french || language == AUTO;
        let language = if language == AUTO { FRENCH } else { language };
        let language = language_index(language)
            .filter(|index| *index < special.n_languages)
            .ok_or_else(|| TranscribeError::Language { language: language.to_owned() })?;
        let kernels = Kernels::new();
        let (encoder, decoder) = file.networks(&kernels).map_err(|error| load_error(&error))?;
        let suppressed = suppressed(&file.tokens, special);
        let tokenizer = Tokenizer::new(file.tokens);
        let model = WhisperModel {
            kernels,
            encoder,
            decoder,
            rules: TokenRules {
                end_of_text: special.end_of_text,
                no_timestamps: special.no_timestamps(),
                suppressed,
            },
            n_mels: file.shape.n_mels,
            sot_sequence: [special.sot(), special.language(language), special.transcribe()],
            sot_prev: special.sot_prev(),
            no_speech: special.no_speech(),
            alignment_heads: alignment_heads(file.shape, known_heads)
                .map_err(|reason| load_error(&reason))?,
            mark_reader: is_of_marks
                .then(|| MarkReader::new(&tokenizer, special.language(language))),
        };
        Ok(Int8 {
            model,
            special,
            log_mel: LogMel::new(&file.filters.weights, file.filters.n_bins),
            tokenizer,
            batch_memory: BATCH_MEMORY,
            thread_pools: Mutex::default(),
            sounds: Mutex::default(),
        })
    }

    /// The same, but for the windows that a thread decodes at once there are so many bytes; there is
    /// always one window. Answers do not depend on it.
    #[must_use]
    pub fn with_batch_memory(mut self, bytes: usize) -> Int8 {
        self.batch_memory = bytes;
        self
    }

    fn mel_window(&self, samples: &[f32], language: usize) -> MelWindow {
        let n_mel_frames = samples.len().div_ceil(MEL_HOP).clamp(2, N_MEL_FRAMES);
        let spectrogram = self.log_mel.spectrogram(samples, N_MEL_FRAMES);
        MelWindow { spectrogram, n_mel_frames, language }
    }

    /// The token of the language of `context`.
    fn language(&self, context: Context<'_>) -> Result<usize, TranscribeError> {
        let Some(code) = context.language else { return Ok(self.model.sot_sequence[1]) };
        let index = language_index(code).filter(|index| *index < self.special.n_languages);
        let unknown = || TranscribeError::Language { language: code.to_owned() };
        Ok(self.special.language(index.ok_or_else(unknown)?))
    }

    /// Runs `work` in a thread pool of its own, and waits for it.
    fn in_own_pool<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T, TranscribeError> {
        let idle = self.thread_pools.lock().ok().and_then(|mut pools| pools.pop());
        let pool = match idle {
            Some(pool) => pool,
            None => own_pool()?,
        };
        // From a plain thread: a worker of one rayon pool that waits for another pool begins
        // other work of its own, one batch inside the other.
        let done = thread::scope(|scope| scope.spawn(|| pool.install(work)).join());
        if let Ok(mut pools) = self.thread_pools.lock() {
            pools.push(pool);
        }
        done.map_or_else(|panicked| panic::resume_unwind(panicked), Ok)
    }

    /// The last tokens of `initial_prompt`.
    fn prompt(&self, initial_prompt: &str) -> Vec<usize> {
        let prompt = self.tokenizer.encode(initial_prompt.trim());
        prompt[prompt.len().saturating_sub(PROMPT_MAX)..].to_vec()
    }

    /// `hotwords`, ready to be looked for: made once for all windows of the episodes at work.
    /// `None` where there are none.
    fn sounds(&self, hotwords: &Hotwords) -> Option<Arc<HotwordSounds>> {
        if hotwords.is_empty() {
            return None;
        }
        let made = || Arc::new(HotwordSounds::new(hotwords));
        let Ok(mut sounds) = self.sounds.lock() else { return Some(made()) };
        if let Some((_, known)) = sounds.iter().find(|(known, _)| known == hotwords) {
            return Some(Arc::clone(known));
        }
        let new = made();
        if sounds.len() == SOUNDS_MAX {
            sounds.remove(0);
        }
        sounds.push((hotwords.clone(), Arc::clone(&new)));
        Some(new)
    }

    /// What `decode` makes of the prompt and the hotwords of `context`, in a thread pool of its own.
    fn decoded(
        &self,
        context: Context<'_>,
        decode: impl FnOnce(&[usize], Option<Rescoring<'_>>) -> Vec<Transcription> + Send,
    ) -> Result<Vec<Transcription>, TranscribeError> {
        let prompt = self.prompt(context.initial_prompt);
        let sounds = context.hotwords.and_then(|hotwords| self.sounds(hotwords));
        let tokenizer = &self.tokenizer;
        let rescoring = sounds.as_deref().map(|sounds| Rescoring { sounds, tokenizer });
        self.in_own_pool(|| decode(&prompt, rescoring))
    }

    fn utterance(&self, samples: &[f32], transcription: Transcription) -> Utterance {
        let length = Time::from_samples(samples.len().max(1) as u64);
        let token = |timed: &TimedToken| Token {
            bytes: self.tokenizer.bytes[timed.token].clone(),
            end: Time::from_samples(timed.end_frame as u64 * ENCODER_HOP),
            probability: timed.probability,
            marks: timed.marks,
            reading: timed.reading,
        };
        let tokens: Vec<Token> = transcription.tokens.iter().map(token).collect();
        Utterance {
            span: Span::from_start(length),
            words: words(&tokens, samples),
            mean_log_probability: transcription.mean_log_probability,
            no_speech_probability: transcription.no_speech_probability,
            doubt: (!transcription.is_complete).then_some(Doubt::Unfinished),
        }
    }
}

impl Transcriber for Int8 {
    fn batch_size(&self, options: DecodingOptions) -> usize {
        let n_beams = usize::from(options.beam_size.max(1));
        batch_size(self.batch_memory / self.model.decoder.window_bytes(n_beams), n_beams)
    }

    fn n_ways(&self) -> usize {
        WINDOWS_MAX
    }

    /// Of the initial prompt, only the last 223 tokens count.
    fn transcribe(
        &self,
        samples: &[f32],
        context: Context<'_>,
        options: DecodingOptions,
    ) -> Result<Utterance, TranscribeError> {
        let answer = self.transcribe_batch(&[samples], context, options)?.pop();
        answer.ok_or_else(|| engine_error("no answer"))
    }

    fn transcribe_batch(
        &self,
        windows: &[&[f32]],
        context: Context<'_>,
        options: DecodingOptions,
    ) -> Result<Vec<Utterance>, TranscribeError> {
        let language = self.language(context)?;
        let transcriptions = self.decoded(context, |prompt, rescoring| {
            let mel_windows: Vec<MelWindow> =
                windows.iter().map(|samples| self.mel_window(samples, language)).collect();
            self.model.transcribe(&mel_windows, prompt, rescoring, beam_options(options))
        })?;
        let pairs = windows.iter().zip(transcriptions);
        Ok(pairs.map(|(samples, transcription)| self.utterance(samples, transcription)).collect())
    }

    fn transcribe_by_each(
        &self,
        samples: &[f32],
        context: Context<'_>,
        options: &[DecodingOptions],
    ) -> Result<Vec<Utterance>, TranscribeError> {
        let options: Vec<BeamOptions> = options.iter().copied().map(beam_options).collect();
        let language = self.language(context)?;
        let transcriptions = self.decoded(context, |prompt, rescoring| {
            let window = self.mel_window(samples, language);
            self.model.transcribe_by_each(&window, prompt, rescoring, &options)
        })?;
        let answers = transcriptions.into_iter();
        Ok(answers.map(|transcription| self.utterance(samples, transcription)).collect())
    }

    fn can_force(&self) -> bool {
        true
    }

    fn force(
        &self,
        samples: &[f32],
        words: &[WrittenWord<'_>],
        context: Context<'_>,
    ) -> Result<Option<Vec<ForcedWord>>, TranscribeError> {
        self.forced(samples, words, context)
    }

    fn languages(&self, samples: &[f32]) -> Result<Vec<(&'static str, f32)>, TranscribeError> {
        let n_languages = self.special.n_languages;
        let tokens = self.special.language(0)..self.special.language(n_languages);
        let window = self.mel_window(samples, tokens.start);
        let logits = self.in_own_pool(|| self.model.expected_first(&window)[tokens].to_vec())?;
        let all = log_sum_exp(&logits);
        let probabilities = logits.iter().map(|logit| (logit - all).exp());
        Ok(first_languages(n_languages).zip(probabilities).collect())
    }
}

/// How many windows of `n_beams` rows a step are best decoded at once, if there is room for
/// `n_windows_max`: a step takes time for each tile of rows that it begins, and once for the
/// weights that it reads.
fn batch_size(n_windows_max: usize, n_beams: usize) -> usize {
    let step = |n_windows: usize| 1 + (n_windows * n_beams).div_ceil(ROWS_PER_TILE);
    let sizes = 1..=n_windows_max.clamp(1, WINDOWS_MAX);
    let quicker = |best: usize, next: usize| {
        if step(next) * best < step(best) * next { next } else { best }
    };
    sizes.reduce(quicker).unwrap_or(1)
}

/// A pool of one thread.
fn own_pool() -> Result<ThreadPool, TranscribeError> {
    ThreadPoolBuilder::new().num_threads(1).build().map_err(engine_error)
}

/// The settings of the beam search for `search`.
///
/// We never sample. For a fallback temperature T, which is to break a decoder out of a loop, we
/// use `repetition_penalty` = 1 + T/2 and `no_repeat_ngram_size` = 4.
fn beam_options(options: DecodingOptions) -> BeamOptions {
    BeamOptions {
        beam_size: usize::from(options.beam_size.max(1)),
        repetition_penalty: 1.0 + options.temperature / 2.0,
        no_repeat_ngram_size: if options.temperature > 0.0 { 4 } else { 0 },
    }
}

fn engine_error(error: impl Display) -> TranscribeError {
    TranscribeError::Engine { reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_windows_are_decoded_at_once_as_fill_the_tiles_and_have_room() {
        let sizes = |n_beams| [0, 1, 2, 3, 4, 5, 6, 7, 8, 99].map(|room| batch_size(room, n_beams));
        assert_eq!(sizes(5), [1, 1, 2, 3, 3, 3, 6, 6, 8, 8]);
        assert_eq!(sizes(1), [1, 1, 2, 3, 4, 5, 6, 7, 8, 8]);
    }

    #[test]
    fn a_temperature_becomes_a_repetition_penalty() {
        let options = beam_options(DecodingOptions { beam_size: 1, temperature: 0.4 });
        assert_eq!(options.beam_size, 1);
        assert!(options.repetition_penalty > 1.0);
        assert_eq!(options.no_repeat_ngram_size, 4);
        assert_eq!(beam_options(DecodingOptions::GREEDY).no_repeat_ngram_size, 0);
    }
}
