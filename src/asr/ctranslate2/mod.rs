//! Whisper through CTranslate2, in whole numbers of 8 bits.
//!
//! The same models as `whisper`, quantised when they are loaded, and the arithmetic of oneDNN:
//! several times quicker on processors that multiply 8 bits. Its beams throw no dice, so one
//! answer does not depend on the one before.

mod features;
mod model;
mod tokens;

use super::{
    Search, TranscribeError, Transcriber,
    ggml::Shape,
    whisper::{WhisperSettings, language_number},
    words::{Token, words},
};
use crate::{
    speech::{Doubt, Utterance, Word},
    time::{Span, Time},
};
use ct2rs::sys::{
    Config, Device, ModelMemoryReader, StorageView, Whisper, WhisperAlignmentResult, WhisperOptions,
};
use features::{HOP, LogMel};
use model::GgmlFile;
use std::{fmt::Display, num::NonZeroUsize, path::Path};
use tokens::{Special, Tokens, suppressed, vocabulary};

/// Frames of 10 ms that Whisper hears at most.
const FRAMES_MAX: usize = 3_000;

/// Silence that is heard behind a window, in frames. The encoder's work grows with what it
/// hears, and 30 s are rarely full. On 60 French recordings (3 917 words) a window that ends
/// after 4 s of silence has 749 word errors, one filled up to 30 s 746, for two thirds of the
/// work; without any silence behind, the decoder runs away.
const SILENCE: usize = 400;

/// A step of the encoder is 20 ms.
const STEP: u64 = 320;

/// Most tokens of an answer: half of the decoder's memory.
const TOKENS_MAX: usize = 224;

/// Most tokens of what is told before an answer.
const PROMPT_MAX: usize = 223;

/// Width of the filter that smooths the decoder's attention before words are placed by it.
const MEDIAN_WIDTH: i64 = 7;

/// A loaded Whisper model, in 8 bits.
pub struct CTranslate2 {
    whisper: Whisper,
    log_mel: LogMel,
    n_mels: usize,
    tokens: Tokens,
    special: Special,
    /// What the decoder reads before its answer.
    start: Vec<usize>,
}

impl CTranslate2 {
    /// Loads the ggml file at `path` for `threads` windows side by side.
    ///
    /// # Errors
    /// `Load` where the file is no Whisper model of several languages in 16 bits, `Language`
    /// for an unknown code.
    pub fn load(
        path: &Path,
        settings: &WhisperSettings,
        threads: NonZeroUsize,
    ) -> Result<CTranslate2, TranscribeError> {
        let load = |reason: &dyn Display| TranscribeError::Load {
            model: path.display().to_string(),
            reason: reason.to_string(),
        };
        let file = GgmlFile::read(path).map_err(|error| load(&error))?;
        let special = Special::of(file.shape).ok_or_else(|| load(&"it knows only English"))?;
        let language = language_number(&settings.language)
            .filter(|number| *number < special.n_languages)
            .ok_or_else(|| TranscribeError::Language { language: settings.language.clone() })?;
        let mut files = ModelMemoryReader::new("whisper").map_err(|error| load(&error))?;
        files.register_file("config.json", configuration(&file, special).as_bytes());
        files.register_file("vocabulary.json", vocabulary(file.shape, special).as_bytes());
        files.register_file("model.bin", &file.to_ctranslate2().map_err(|error| load(&error))?);
        let config = Config {
            device: Device::CPU,
            // One worker a window, one thread a worker; they share the weights.
            device_indices: vec![0; threads.get()],
            num_threads_per_replica: 1,
            max_queued_batches: -1,
            ..Config::default()
        };
        let whisper = Whisper::new_from_memory(&mut files, config).map_err(|error| load(&error))?;
        let start = vec![special.start(), special.language(language), special.transcribe()];
        Ok(CTranslate2 {
            whisper,
            log_mel: LogMel::new(&file.filters, file.n_frequencies),
            n_mels: file.shape.n_mels,
            tokens: Tokens::new(file.tokens),
            special,
            start,
        })
    }

    /// What the decoder reads before its answer, by name: `told`, then what it is to do.
    fn prompt(&self, told: &str) -> Vec<String> {
        let told = self.tokens.of(told.trim());
        let told = &told[told.len().saturating_sub(PROMPT_MAX)..];
        let previous = (!told.is_empty()).then(|| self.special.previous());
        let prompt = previous.iter().chain(told).chain(&self.start);
        prompt.map(|token| self.special.name(*token)).collect()
    }

    /// The words that `text`, tokens of an answer about `sound`, is; times from its first sample.
    fn words(
        &self,
        sound: &StorageView<'_>,
        text: Vec<usize>,
        window: Time,
        n_frames: usize,
    ) -> Result<Vec<Word>, TranscribeError> {
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let tokens = std::slice::from_ref(&text);
        let aligned = self.whisper.align(sound, &self.start, tokens, &[n_frames], MEDIAN_WIDTH);
        let Some(aligned) = aligned.map_err(engine)?.into_iter().next() else {
            return Err(engine("no alignment"));
        };
        let ends = ends(&aligned, text.len());
        let probabilities = aligned.text_token_probs.into_iter().chain(std::iter::repeat(1.0));
        let tokens = text.into_iter().zip(ends).zip(probabilities);
        let token = |((token, end), probability): ((usize, Time), f32)| Token {
            bytes: self.tokens.bytes[token].clone(),
            end,
            probability,
        };
        Ok(words(&tokens.map(token).collect::<Vec<_>>(), window))
    }
}

impl Transcriber for CTranslate2 {
    /// Of `told`, only the last 223 tokens count.
    fn transcribe(
        &self,
        samples: &[f32],
        told: &str,
        search: Search,
    ) -> Result<Utterance, TranscribeError> {
        let n_frames = frames(samples);
        let mut features = self.log_mel.of(samples, n_frames);
        let shape = [1, self.n_mels, n_frames];
        let features = StorageView::new(&shape, &mut features, Device::CPU).map_err(engine)?;
        let sound = self.whisper.encode(&features, false).map_err(engine)?;
        let prompt = self.prompt(told);
        let answers = self
            .whisper
            .generate(&sound, std::slice::from_ref(&prompt), &options(search))
            .map_err(engine)?;
        let Some(answer) = answers.into_iter().next() else {
            return Err(engine("no answer"));
        };
        let written = answer.sequences_ids.into_iter().next().unwrap_or_default();
        let room = (2 * TOKENS_MAX).saturating_sub(prompt.len()).min(TOKENS_MAX);
        let unfinished = written.len() >= room;
        let text: Vec<usize> =
            written.into_iter().filter(|token| *token < self.tokens.bytes.len()).collect();
        let window = Time::from_samples(samples.len().max(1) as u64);
        let n_heard = samples.len().div_ceil(HOP).clamp(2, n_frames);
        Ok(Utterance {
            span: Span::from_start(window),
            words: self.words(&sound, text, window, n_heard)?,
            mean_log_probability: answer.scores.first().copied().unwrap_or_default(),
            no_speech_probability: answer.no_speech_prob,
            doubt: unfinished.then_some(Doubt::Unfinished),
        })
    }
}

/// The instant of the window at which each of `n_tokens` is over.
fn ends(aligned: &WhisperAlignmentResult, n_tokens: usize) -> Vec<Time> {
    // Steps come in order; a token begins at the first one that it has.
    let mut starts = vec![0; n_tokens + 1];
    for step in aligned.alignments.iter().rev() {
        if let Some(start) = starts.get_mut(step.token_x as usize) {
            *start = step.frame_x.max(0).unsigned_abs();
        }
    }
    starts[1..].iter().map(|start| Time::from_samples(start * STEP)).collect()
}

/// How many frames of `samples` and of silence are heard: an even number.
fn frames(samples: &[f32]) -> usize {
    (samples.len().div_ceil(HOP) + SILENCE).next_multiple_of(2).min(FRAMES_MAX)
}

/// How `search` is asked for here. A temperature would throw dice that remember; where one is
/// wished for to shake a loop, repetition is made dear instead.
fn options(search: Search) -> WhisperOptions {
    WhisperOptions {
        beam_size: usize::from(search.beams.max(1)),
        repetition_penalty: 1.0 + search.temperature / 2.0,
        no_repeat_ngram_size: if search.temperature > 0.0 { 4 } else { 0 },
        return_scores: true,
        return_no_speech_prob: true,
        ..WhisperOptions::default()
    }
}

fn engine(error: impl Display) -> TranscribeError {
    TranscribeError::Engine { reason: error.to_string() }
}

/// What the library reads beside a model.
fn configuration(file: &GgmlFile, special: Special) -> String {
    let space = file.tokens.iter().position(|token| token == b" ");
    let begin: Vec<usize> = space.into_iter().chain([special.end_of_text]).collect();
    let languages: Vec<usize> = (0..special.n_languages).map(|n| special.language(n)).collect();
    let heads: Vec<[usize; 2]> = alignment_heads(file.shape);
    format!(
        "{{\"suppress_ids\": {:?}, \"suppress_ids_begin\": {begin:?}, \"lang_ids\": {languages:?}, \"alignment_heads\": {heads:?}}}",
        suppressed(&file.tokens, special),
    )
}

/// Layer and head of the decoder's attention that follow the sound, as OpenAI found them; of
/// an unknown model, all heads of the upper half.
fn alignment_heads(shape: Shape) -> Vec<[usize; 2]> {
    let known: &[[usize; 2]] = match (shape.n_audio_layers, shape.n_text_layers) {
        (4, 4) => &[[2, 2], [3, 0], [3, 2], [3, 3], [3, 4], [3, 5]],
        (6, 6) => &[[3, 1], [4, 2], [4, 3], [4, 7], [5, 1], [5, 2], [5, 4], [5, 6]],
        (12, 12) => {
            &[[5, 3], [5, 9], [8, 0], [8, 4], [8, 7], [8, 8], [9, 0], [9, 7], [9, 9], [10, 5]]
        }
        (24, 24) => &[[13, 15], [15, 4], [15, 15], [16, 1], [20, 0], [23, 4]],
        (32, 32) if shape.n_mels == 128 => &[
            [7, 0],
            [10, 17],
            [12, 18],
            [13, 12],
            [16, 1],
            [17, 14],
            [19, 11],
            [21, 4],
            [24, 1],
            [25, 6],
        ],
        (32, 4) => &[[2, 4], [2, 11], [3, 3], [3, 6], [3, 11], [3, 14]],
        _ => &[],
    };
    if !known.is_empty() {
        return known.to_vec();
    }
    let layers = shape.n_text_layers / 2..shape.n_text_layers;
    let heads = 0..shape.n_text_heads;
    layers.flat_map(|layer| heads.clone().map(move |head| [layer, head])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_heard_with_four_seconds_of_silence_and_never_more_than_thirty() {
        let heard = [0, 1, 160_000, 448_000].map(|n_samples| frames(&vec![0.0; n_samples]));
        assert_eq!(heard, [400, 402, 1_400, 3_000]);
    }

    #[test]
    fn a_temperature_forbids_repetition_and_throws_no_dice() {
        let shaken = options(Search { beams: 1, temperature: 0.4 });
        assert_eq!((shaken.beam_size, shaken.sampling_topk), (1, 1));
        assert!(shaken.repetition_penalty > 1.0 && shaken.no_repeat_ngram_size > 0);
        assert_eq!(options(Search::GREEDY).no_repeat_ngram_size, 0);
    }
}
