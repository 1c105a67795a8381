//! Whisper in whole numbers of 8 bits, in Rust.
//!
//! The same files as `whisper`, quantised when they are loaded: weights have a scale a row,
//! activations one a row too, as in CTranslate2. Products run on rten's kernels for this
//! processor's instructions.
//!
//! ```text
//! samples → log-mel → encoder ┬ keys and values ─┐
//!           features           │                  ├→ decoder ⇄ beams → tokens → times
//!                              └ of each window  ─┘  hear              align
//! ```
//!
//! Several windows share each pass over the decoder's weights, and each gets the bits that it
//! would get alone: products of whole numbers are exact, and all else is done row by row. Beams
//! throw no dice, so one answer does not depend on the one before.

mod align;
mod beams;
mod decoder;
mod encoder;
mod features;
mod hear;
mod loops;
mod matrix;
mod model;
#[cfg(test)]
mod tiny;
mod tokens;

use super::{
    Search, TranscribeError, Transcriber,
    ggml::Shape,
    whisper::{WhisperSettings, language_index},
    words::{Token, words},
};
use crate::base::{
    speech::{Doubt, Utterance},
    time::{Span, Time},
};
use beams::{Beaming, Rules};
use features::{HOP, LogMel};
use hear::{Answer, Networks, Window};
use matrix::Kernels;
use model::GgmlFile;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::{fmt::Display, panic, path::Path, sync::Mutex, thread};
use tokens::{Special, Tokens, is_western, suppressed};

/// Frames of 10 ms that Whisper hears: behind a shorter window there is silence, which it needs.
const FRAMES: usize = 3_000;

/// A step of the encoder is 20 ms.
const STEP: u64 = 320;

/// Most tokens of what is told before an answer.
const PROMPT_MAX: usize = 223;

/// Windows heard at once, by the width of the model: what each keeps grows with it.
const fn at_once(width: usize) -> usize {
    match width {
        0..=512 => 6,
        513..=1_024 => 2,
        _ => 1,
    }
}

/// A loaded Whisper model, in 8 bits.
pub struct Int8 {
    networks: Networks,
    log_mel: LogMel,
    tokens: Tokens,
    /// Pools of one thread, one for each that hears: the products ask for a pool, and with one
    /// of several threads a window would begin to work on another one's.
    lanes: Mutex<Vec<ThreadPool>>,
}

impl Int8 {
    /// Loads the ggml file at `path`.
    ///
    /// # Errors
    /// `Load` where the file is no Whisper model of several languages in 16 or 32 bits,
    /// `Language` for an unknown code.
    pub fn load(path: &Path, settings: &WhisperSettings) -> Result<Int8, TranscribeError> {
        let load = |reason: &dyn Display| TranscribeError::Load {
            model: path.display().to_string(),
            reason: reason.to_string(),
        };
        let mut file = GgmlFile::read(path).map_err(|error| load(&error))?;
        let special = Special::of(file.shape);
        let mut special = special.ok_or_else(|| load(&"it is no Whisper of several languages"))?;
        file.check(special.end_of_text).map_err(|error| load(&error))?;
        if settings.language == "fr" {
            // A sixth of the rows that each token is looked for among.
            file.keep_tokens(is_western).map_err(|error| load(&error))?;
            special.end_of_text = file.tokens.len();
        }
        let language = language_index(&settings.language)
            .filter(|number| *number < special.n_languages)
            .ok_or_else(|| TranscribeError::Language { language: settings.language.clone() })?;
        let kernels = Kernels::new();
        let (encoder, decoder) = file.networks(&kernels).map_err(|error| load(&error))?;
        let networks = Networks {
            kernels,
            encoder,
            decoder,
            rules: Rules {
                end_of_text: special.end_of_text,
                no_timestamps: special.no_timestamps(),
                suppressed: suppressed(&file.tokens, special),
            },
            n_mels: file.shape.n_mels,
            start: vec![special.start(), special.language(language), special.transcribe()],
            previous: special.previous(),
            no_speech: special.no_speech(),
            heads: alignment_heads(file.shape),
        };
        Ok(Int8 {
            networks,
            log_mel: LogMel::new(&file.filters, file.n_frequencies),
            tokens: Tokens::new(file.tokens),
            lanes: Mutex::default(),
        })
    }

    fn window(&self, samples: &[f32]) -> Window {
        let n_heard = samples.len().div_ceil(HOP).clamp(2, FRAMES);
        Window { spectrogram: self.log_mel.of(samples, FRAMES), n_heard }
    }

    /// Does `work` on a lane of its own, and waits for it.
    fn apart<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T, TranscribeError> {
        let idle = self.lanes.lock().ok().and_then(|mut lanes| lanes.pop());
        let lane = match idle {
            Some(lane) => lane,
            None => ThreadPoolBuilder::new().num_threads(1).build().map_err(engine)?,
        };
        // A thread between the two pools: a worker of one that waits for another begins
        // other work of its own, one window inside the other.
        let done = thread::scope(|scope| scope.spawn(|| lane.install(work)).join());
        if let Ok(mut lanes) = self.lanes.lock() {
            lanes.push(lane);
        }
        done.map_or_else(|panicked| panic::resume_unwind(panicked), Ok)
    }

    fn utterance(&self, samples: &[f32], answer: Answer) -> Utterance {
        let window = Time::from_samples(samples.len().max(1) as u64);
        let token = |&(token, probability, end): &(usize, f32, usize)| Token {
            bytes: self.tokens.bytes[token].clone(),
            end: Time::from_samples(end as u64 * STEP),
            probability,
        };
        Utterance {
            span: Span::from_start(window),
            words: words(&answer.tokens.iter().map(token).collect::<Vec<_>>(), samples),
            mean_log_probability: answer.mean_log_probability,
            no_speech_probability: answer.no_speech_probability,
            doubt: (!answer.is_whole).then_some(Doubt::Unfinished),
        }
    }
}

impl Transcriber for Int8 {
    fn batch_size(&self) -> usize {
        at_once(self.networks.decoder.width)
    }

    /// Of `told`, only the last 223 tokens count.
    fn transcribe(
        &self,
        samples: &[f32],
        told: &str,
        search: Search,
    ) -> Result<Utterance, TranscribeError> {
        let answer = self.transcribe_batch(&[samples], told, search)?.pop();
        answer.ok_or_else(|| engine("no answer"))
    }

    fn transcribe_batch(
        &self,
        windows: &[&[f32]],
        told: &str,
        search: Search,
    ) -> Result<Vec<Utterance>, TranscribeError> {
        let told = self.tokens.of(told.trim());
        let told = &told[told.len().saturating_sub(PROMPT_MAX)..];
        let answers = self.apart(|| {
            let windows: Vec<Window> = windows.iter().map(|samples| self.window(samples)).collect();
            self.networks.hear(&windows, told, beaming(search))
        })?;
        let pairs = windows.iter().zip(answers);
        Ok(pairs.map(|(samples, answer)| self.utterance(samples, answer)).collect())
    }
}

/// How `search` is asked for here. A temperature would throw dice that remember; where one is
/// wished for to shake a loop, repetition is made dear instead.
fn beaming(search: Search) -> Beaming {
    Beaming {
        n_beams: usize::from(search.beams.max(1)),
        repetition: 1.0 + search.temperature / 2.0,
        distinct: if search.temperature > 0.0 { 4 } else { 0 },
    }
}

fn engine(error: impl Display) -> TranscribeError {
    TranscribeError::Engine { reason: error.to_string() }
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
        (32, 32) => &[
            [10, 12],
            [13, 17],
            [16, 11],
            [16, 12],
            [16, 13],
            [17, 15],
            [17, 16],
            [18, 4],
            [18, 11],
            [18, 19],
            [19, 11],
            [21, 2],
            [21, 3],
            [22, 3],
            [22, 9],
            [22, 12],
            [23, 5],
            [23, 7],
            [23, 13],
            [25, 5],
            [26, 1],
            [26, 12],
            [27, 15],
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
    fn a_temperature_makes_repetition_dear_and_throws_no_dice() {
        let shaken = beaming(Search { beams: 1, temperature: 0.4 });
        assert!(shaken.n_beams == 1 && shaken.repetition > 1.0 && shaken.distinct > 0);
        assert_eq!(beaming(Search::GREEDY).distinct, 0);
    }
}
