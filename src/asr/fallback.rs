//! Fallback: how a window is decoded again if its answer is doubtful.
//!
//! The first search is right nearly always. Where `doubt` says it is not, the
//! window is split in two, then decoded with other options, as OpenAI's
//! temperature fallback does. Where none convinces, the least doubtful answer is
//! kept and *marked*. Nothing is ever dropped in silence: an archive is corrected
//! by people, and they can only correct what they see.

use super::{DecodingOptions, TranscribeError, Transcriber, doubt::doubt};
use crate::base::{
    levels::quietest_of_middle,
    speech::{Doubt, Utterance},
    time::{Span, Time},
};

/// What is tried in turn if the first search leaves a doubt: greedy search, then temperatures,
/// which break a decoder out of a loop.
const FALLBACKS: [DecodingOptions; 3] = [
    DecodingOptions::GREEDY,
    DecodingOptions { beam_size: 1, temperature: 0.4 },
    DecodingOptions { beam_size: 1, temperature: 0.8 },
];

/// Shortest window that is worth splitting in two.
const SPLITTABLE_MIN: Time = Time::from_millis(8_000);

/// The sound of a window, and where somebody talks in it.
pub struct SpeechWindow {
    /// 16 kHz, at most 30 s.
    pub samples: Vec<f32>,
    /// Regions of speech in the times of the window, sorted.
    pub speech: Vec<Span>,
}

/// Transcribes each of `windows`, with the times of the window.
///
/// Each is decoded with `search` first; see [`Transcriber::transcribe`] for `initial_prompt`. It
/// gets one utterance, or two where only its halves were believable.
///
/// # Errors
/// Those of the engine.
pub fn transcribe_with_fallback(
    transcriber: &dyn Transcriber,
    initial_prompt: &str,
    options: DecodingOptions,
    windows: &[SpeechWindow],
) -> Result<Vec<Vec<Utterance>>, TranscribeError> {
    let fallback = Fallback { transcriber, initial_prompt, options };
    let samples: Vec<&[f32]> = windows.iter().map(|window| window.samples.as_slice()).collect();
    let answers = transcriber.transcribe_batch(&samples, initial_prompt, options)?;
    let pairs = answers.into_iter().zip(windows);
    pairs
        .map(|(answer, window)| fallback.believable(judged(answer, &window.speech), window))
        .collect()
}

/// `answer` with the more severe of the engine's own doubt and ours.
fn judged(mut answer: Utterance, speech: &[Span]) -> Utterance {
    answer.doubt = answer.doubt.max(doubt(&answer, speech));
    answer
}

/// The engine, and how each window is decoded first.
struct Fallback<'a> {
    transcriber: &'a dyn Transcriber,
    initial_prompt: &'a str,
    options: DecodingOptions,
}

impl Fallback<'_> {
    /// `first`, the answer of the first search, if it is without a doubt; else both halves, the
    /// first fallback without a doubt, or the least doubtful answer.
    fn believable(
        &self,
        first: Utterance,
        window: &SpeechWindow,
    ) -> Result<Vec<Utterance>, TranscribeError> {
        let SpeechWindow { samples, speech } = window;
        if first.doubt.is_none() {
            return Ok(vec![first]);
        }
        if let Some(halves) = self.in_halves(samples, speech)? {
            return Ok(halves);
        }
        let mut doubtful = vec![first];
        for options in FALLBACKS {
            let answer = self.attempt(samples, speech, options)?;
            if answer.doubt.is_none() {
                return Ok(vec![answer]);
            }
            doubtful.push(answer);
        }
        Ok(doubtful.into_iter().min_by(by_doubt).into_iter().collect())
    }

    fn attempt(
        &self,
        samples: &[f32],
        speech: &[Span],
        options: DecodingOptions,
    ) -> Result<Utterance, TranscribeError> {
        Ok(judged(self.transcriber.transcribe(samples, self.initial_prompt, options)?, speech))
    }

    /// Both halves of the window, if both are believable.
    fn in_halves(
        &self,
        samples: &[f32],
        speech: &[Span],
    ) -> Result<Option<Vec<Utterance>>, TranscribeError> {
        let length = Time::from_samples(samples.len() as u64);
        if length < SPLITTABLE_MIN {
            return Ok(None);
        }
        let cut = middle_pause(speech, length).unwrap_or_else(|| quietest_of_middle(samples));
        let mut answers = Vec::new();
        for (start, end) in [(Time::default(), cut), (cut, length)] {
            let Some(half) = Span::new(start, end) else { return Ok(None) };
            let inside: Vec<Span> = speech
                .iter()
                .filter_map(|region| region.overlap(half))
                .map(|region| region.earlier(start))
                .collect();
            let part = &samples[start.samples() as usize..end.samples() as usize];
            let answer = self.attempt(part, &inside, self.options)?;
            if answer.doubt.is_some() {
                return Ok(None);
            }
            answers.push(shifted(answer, start));
        }
        Ok(Some(answers))
    }
}

/// Middle of the pause nearest to the middle of the window, in its middle half.
fn middle_pause(speech: &[Span], length: Time) -> Option<Time> {
    let middle = length.samples() / 2;
    let pauses =
        speech.windows(2).map(|pair| (pair[0].end().samples() + pair[1].start().samples()) / 2);
    let central = pauses.filter(|pause| pause.abs_diff(middle) <= middle / 2);
    central.min_by_key(|pause| pause.abs_diff(middle)).map(Time::from_samples)
}

/// `answer` with all times `by` later.
fn shifted(mut answer: Utterance, by: Time) -> Utterance {
    answer.span = answer.span.later(by);
    for word in &mut answer.words {
        word.span = word.span.later(by);
    }
    answer
}

/// The less doubtful answer first; of equals the more probable one.
fn by_doubt(left: &Utterance, right: &Utterance) -> std::cmp::Ordering {
    let by_severity = severity(left).cmp(&severity(right));
    by_severity.then(right.mean_log_probability.total_cmp(&left.mean_log_probability))
}

/// How little an answer is worth. No words at all are worth less than poor ones,
/// which a person can correct, and more than words that nobody spoke.
fn severity(answer: &Utterance) -> u8 {
    match answer.doubt {
        None => 0,
        Some(_) if answer.words.is_empty() => 5,
        Some(Doubt::Improbable) => 1,
        Some(Doubt::Skipped) => 2,
        Some(Doubt::Unfinished) => 3,
        Some(Doubt::Repetition) => 4,
        Some(Doubt::NoSpeech) => 6,
        Some(Doubt::Hallucination) => 7,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asr::scripted::Scripted;

    #[test]
    fn a_believable_answer_is_decoded_once() {
        let engine = Scripted::answering(["bonjour à toutes et à tous"]);
        let answers = alone(&engine, 20, &[]);
        assert_eq!(answers[0].text(), "bonjour à toutes et à tous");
        assert_eq!(answers[0].doubt, None);
        assert_eq!(engine.n_asked(), 1);
    }

    #[test]
    fn a_loop_in_a_short_window_is_tried_again_in_another_way() {
        let engine = Scripted::answering(["et et et et et et et", "et puis voilà"]);
        let answers = alone(&engine, 5, &[]);
        assert_eq!(answers[0].text(), "et puis voilà");
        assert_eq!(engine.n_asked(), 2);
    }

    #[test]
    fn what_loops_as_a_whole_is_split_at_a_pause_and_keeps_its_times() {
        let looping = "et et et et et et et";
        let engine = Scripted::answering([looping, "première partie", "seconde partie"]);
        let span = |a, b| Span::new(Time::from_millis(a), Time::from_millis(b)).unwrap();
        let speech = [span(0, 8_000), span(9_000, 19_000)];
        let answers = alone(&engine, 20, &speech);
        let texts: Vec<String> = answers.iter().map(Utterance::text).collect();
        assert_eq!(texts, ["première partie", "seconde partie"]);
        assert_eq!(answers[1].span, span(8_500, 20_000));
        assert_eq!(answers[1].words[0].span.start(), Time::from_millis(8_500));
    }

    #[test]
    fn an_answer_that_never_convinces_is_kept_and_marked() {
        let hallucination = "Sous-titres réalisés par la communauté d'Amara.org";
        let engine = Scripted::answering([hallucination; 6]);
        let answers = alone(&engine, 20, &[]);
        assert_eq!(answers[0].text(), hallucination);
        assert_eq!(answers[0].doubt, Some(Doubt::Hallucination));
    }

    #[test]
    fn a_poor_answer_is_worth_more_than_none_where_somebody_speaks() {
        let engine = Scripted::answering(["et et et et et et et"]);
        let speech = [Span::from_start(Time::from_millis(19_000))];
        let answers = alone(&engine, 20, &speech);
        assert_eq!(answers[0].doubt, Some(Doubt::Repetition));
    }

    #[test]
    fn each_window_of_a_batch_is_judged_by_itself() {
        let engine = Scripted::answering(["oui", "et et et et et et et", "non", "enfin"]);
        let windows = [5; 3].map(|seconds| speech_window(seconds, &[]));
        let answers =
            transcribe_with_fallback(&engine, "", DecodingOptions::BEAM_SEARCH, &windows).unwrap();
        let texts: Vec<String> = answers.iter().flatten().map(Utterance::text).collect();
        assert_eq!(texts, ["oui", "enfin", "non"]);
    }

    fn alone(engine: &Scripted, seconds: usize, speech: &[Span]) -> Vec<Utterance> {
        let windows = [speech_window(seconds, speech)];
        transcribe_with_fallback(engine, "", DecodingOptions::BEAM_SEARCH, &windows)
            .unwrap()
            .remove(0)
    }

    fn speech_window(seconds: usize, speech: &[Span]) -> SpeechWindow {
        SpeechWindow { samples: vec![0.1; seconds * 16_000], speech: speech.to_vec() }
    }
}
