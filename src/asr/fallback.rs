//! Fallback: how a window is decoded again if its answer is doubtful.
//!
//! The first search is right nearly always. Where `doubt` says it is not, only what
//! is doubtful is decoded again. Of an answer that skips speech, its words are kept and
//! decoding goes on behind them, as OpenAI's decoder seeks. Any other window is split in
//! two, then decoded with other options, as OpenAI's temperature fallback does. Where
//! none convinces, the least doubtful answer is kept and *marked*. Nothing is ever
//! dropped in silence: an archive is corrected by people, and they can only correct
//! what they see.

use super::{
    Context, DecodingOptions, TranscribeError, Transcriber,
    alignment::with_possible_times,
    doubt::{doubt, skipped},
};
use crate::base::{
    levels::quietest_of_middle,
    speech::{Doubt, Utterance},
    time::{Span, Time, without},
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

/// How often decoding goes on behind an answer that stops early, within one window.
const CONTINUATIONS_MAX: u8 = 3;

/// The sound of a window, and where somebody talks in it.
pub struct SpeechWindow {
    /// 16 kHz, at most 30 s.
    pub samples: Vec<f32>,
    /// Regions of speech in the times of the window, sorted.
    pub speech: Vec<Span>,
}

impl SpeechWindow {
    fn length(&self) -> Time {
        Time::from_samples(self.samples.len() as u64)
    }

    /// What of it lies in `part`, in the times of `part`.
    fn part(&self, part: Span) -> SpeechWindow {
        let speech = speech_in(&self.speech, part);
        SpeechWindow {
            samples: self.samples[part.start().samples() as usize..part.end().samples() as usize]
                .to_vec(),
            speech: speech.map(|region| region.earlier(part.start())).collect(),
        }
    }
}

fn speech_in(speech: &[Span], part: Span) -> impl Iterator<Item = Span> {
    speech.iter().filter_map(move |region| region.overlap(part))
}

/// Transcribes each of `windows`, with the times of the window.
///
/// Each is decoded with `options` first; told `context`. It gets one utterance, or several where parts of it were decoded again: sorted, and disjoint.
///
/// # Errors
/// Those of the engine.
pub fn transcribe_with_fallback(
    transcriber: &dyn Transcriber,
    context: Context<'_>,
    options: DecodingOptions,
    windows: &[SpeechWindow],
) -> Result<Vec<Vec<Utterance>>, TranscribeError> {
    let fallback = Fallback { transcriber, context, options };
    let pairs = fallback.first_answers(windows)?.into_iter().zip(windows);
    pairs.map(|(answer, window)| fallback.believable(answer, window, CONTINUATIONS_MAX)).collect()
}

/// `answer` with times that can be, and the more severe of the engine's own doubt and ours.
///
/// Times that cannot be are mended first: they are no reason to doubt the words, and the same
/// alignment heads would give them to every other try.
fn judged(answer: Utterance, speech: &[Span]) -> Utterance {
    let mut answer = with_possible_times(answer, speech);
    answer.doubt = answer.doubt.max(doubt(&answer, speech));
    answer
}

/// The engine, and how each window is decoded first.
struct Fallback<'a> {
    transcriber: &'a dyn Transcriber,
    context: Context<'a>,
    options: DecodingOptions,
}

impl Fallback<'_> {
    /// `first`, the answer of the first search, if it is without a doubt; else its words and what
    /// follows them, both halves if one is without a doubt, the first such fallback, or the least
    /// doubtful answer. Behind its words decoding goes on `n_continuations` times.
    fn believable(
        &self,
        first: Utterance,
        window: &SpeechWindow,
        n_continuations: u8,
    ) -> Result<Vec<Utterance>, TranscribeError> {
        if first.doubt.is_none() {
            return Ok(vec![first]);
        }
        if let Some(left) = n_continuations.checked_sub(1)
            && let Some(answers) = self.continued(&first, window, left)?
        {
            return Ok(answers);
        }
        if let Some(halves) = self.in_halves(window, n_continuations)? {
            return Ok(halves);
        }
        let mut doubtful = vec![first];
        for ways in FALLBACKS.chunks(self.transcriber.n_ways()) {
            let answers =
                self.transcriber.transcribe_by_each(&window.samples, self.context, ways)?;
            for answer in answers {
                let answer = judged(answer, &window.speech);
                if answer.doubt.is_none() {
                    return Ok(vec![answer]);
                }
                doubtful.push(answer);
            }
        }
        Ok(doubtful.into_iter().min_by(by_doubt).into_iter().collect())
    }

    /// The answers of the first search for `windows`.
    fn first_answers(&self, windows: &[SpeechWindow]) -> Result<Vec<Utterance>, TranscribeError> {
        let samples: Vec<&[f32]> = windows.iter().map(|window| window.samples.as_slice()).collect();
        let answers = self.transcriber.transcribe_batch(&samples, self.context, self.options)?;
        let pairs = answers.into_iter().zip(windows);
        Ok(pairs.map(|(answer, window)| judged(answer, &window.speech)).collect())
    }

    /// The words of `first`, and the answers for the speech that it skips; `None` where that is not
    /// all that is wrong with it. What nobody speaks in a stretch that was skipped is not an answer
    /// for it: the stretch stays without words.
    fn continued(
        &self,
        first: &Utterance,
        window: &SpeechWindow,
        n_continuations: u8,
    ) -> Result<Option<Vec<Utterance>>, TranscribeError> {
        if first.doubt != Some(Doubt::Skipped) || first.words.is_empty() {
            return Ok(None);
        }
        let stretches: Vec<Span> = skipped(&first.words, &window.speech)
            .filter_map(|stretch| Span::new(stretch.start(), stretch.end().min(window.length())))
            .collect();
        let kept = without(&[Span::from_start(window.length())], &stretches);
        let mut answers = Vec::new();
        for span in kept {
            let speech: Vec<Span> = speech_in(&window.speech, span).collect();
            let words = first.words.iter().filter(|word| word.span.overlap(span).is_some());
            let part = Utterance { span, words: words.cloned().collect(), doubt: None, ..*first };
            if doubt(&part, &speech).is_some() {
                return Ok(None);
            }
            answers.push(part);
        }
        let parts: Vec<SpeechWindow> =
            stretches.iter().map(|stretch| window.part(*stretch)).collect();
        let firsts = self.first_answers(&parts)?;
        for ((stretch, part), answer) in stretches.into_iter().zip(parts).zip(firsts) {
            let found = self.believable(answer, &part, n_continuations)?;
            let found = found.into_iter().filter(|answer| severity(answer) < EMPTY);
            answers.extend(found.map(|answer| shifted(answer, stretch.start())));
        }
        answers.sort_by_key(|answer| answer.span);
        Ok(Some(answers))
    }

    /// Both halves of the window, if one of them is believable; the other one is then decoded again
    /// by itself.
    fn in_halves(
        &self,
        window: &SpeechWindow,
        n_continuations: u8,
    ) -> Result<Option<Vec<Utterance>>, TranscribeError> {
        let length = window.length();
        if length < SPLITTABLE_MIN {
            return Ok(None);
        }
        let cut = middle_pause(&window.speech, length)
            .unwrap_or_else(|| quietest_of_middle(&window.samples));
        let halves = [Span::new(Time::default(), cut), Span::new(cut, length)];
        let [Some(first), Some(second)] = halves else { return Ok(None) };
        let halves = [first, second];
        let parts = halves.map(|half| window.part(half));
        let firsts = self.first_answers(&parts)?;
        if firsts.iter().all(|answer| answer.doubt.is_some()) {
            return Ok(None);
        }
        let mut answers = Vec::new();
        for ((half, part), answer) in halves.into_iter().zip(parts).zip(firsts) {
            let found = self.believable(answer, &part, n_continuations)?;
            answers.extend(found.into_iter().map(|answer| shifted(answer, half.start())));
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

/// How little an answer without any words is worth.
const EMPTY: u8 = 5;

/// How little an answer is worth. No words at all are worth less than poor ones,
/// which a person can correct, and more than words that nobody spoke.
fn severity(answer: &Utterance) -> u8 {
    match answer.doubt {
        None => 0,
        Some(_) if answer.words.is_empty() => EMPTY,
        Some(Doubt::Improbable) => 1,
        Some(Doubt::Skipped) => 2,
        Some(Doubt::Unfinished) => 3,
        Some(Doubt::Repetition) => 4,
        Some(Doubt::NoSpeech) => 6,
        Some(Doubt::Hallucination | Doubt::Unsaid) => 7,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asr::scripted::Scripted;

    const BEAM_SEARCH: DecodingOptions = DecodingOptions::BEAM_SEARCH;

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
    fn an_answer_that_stops_early_is_kept_and_decoding_goes_on_behind_it() {
        let engine = Scripted::answering(["un deux _ _ _ _ _ _ _ _", "trois quatre cinq"]);
        let speech = [Span::from_start(Time::from_millis(20_000))];
        let answers = alone(&engine, 20, &speech);
        let texts: Vec<String> = answers.iter().map(Utterance::text).collect();
        assert_eq!(texts, ["un deux", "trois quatre cinq"]);
        assert_eq!(answers[1].span.start(), Time::from_millis(4_000));
        assert!(answers.iter().all(|answer| answer.doubt.is_none()));
        assert_eq!(engine.n_asked(), 2);
    }

    #[test]
    fn speech_skipped_in_the_middle_is_decoded_between_the_words_around_it() {
        let engine = Scripted::answering(["un _ _ _ _ _ _ _ _ dix", "deux trois quatre"]);
        let speech = [Span::from_start(Time::from_millis(20_000))];
        let texts: Vec<String> = alone(&engine, 20, &speech).iter().map(Utterance::text).collect();
        assert_eq!(texts, ["un", "deux trois quatre", "dix"]);
    }

    #[test]
    fn what_nobody_says_does_not_fill_what_was_skipped() {
        let hallucination = "Sous-titrage ST' 501";
        let mut script = vec!["un deux trois _ _ _ _ _ _ _"];
        script.extend([hallucination; 20]);
        let engine = Scripted::answering(script);
        let speech = [Span::from_start(Time::from_millis(20_000))];
        let texts: Vec<String> = alone(&engine, 20, &speech).iter().map(Utterance::text).collect();
        assert_eq!(texts, ["un deux trois"]);
    }

    #[test]
    fn an_engine_that_always_stops_early_ends() {
        let engine = Scripted::answering(["un _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _"; 1000]);
        let speech = [Span::from_start(Time::from_millis(29_000))];
        let answers = alone(&engine, 29, &speech);
        assert!(answers.is_sorted_by_key(|answer| answer.span), "{answers:?}");
        assert!(engine.n_asked() < 40, "{}", engine.n_asked());
    }

    #[test]
    fn the_good_half_is_kept_where_the_other_stays_doubtful() {
        let looping = "et et et et et et et";
        let mut script = vec![looping, "première partie"];
        script.extend([looping; 20]);
        let engine = Scripted::answering(script);
        let span = |a, b| Span::new(Time::from_millis(a), Time::from_millis(b)).unwrap();
        let answers = alone(&engine, 20, &[span(0, 8_000), span(9_000, 19_000)]);
        assert_eq!(answers[0].text(), "première partie");
        assert_eq!(answers[0].doubt, None);
        assert_eq!(answers[1].doubt, Some(Doubt::Repetition));
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
            transcribe_with_fallback(&engine, Context::default(), BEAM_SEARCH, &windows).unwrap();
        let texts: Vec<String> = answers.iter().flatten().map(Utterance::text).collect();
        assert_eq!(texts, ["oui", "enfin", "non"]);
    }

    fn alone(engine: &Scripted, seconds: usize, speech: &[Span]) -> Vec<Utterance> {
        let windows = [speech_window(seconds, speech)];
        transcribe_with_fallback(engine, Context::default(), BEAM_SEARCH, &windows)
            .unwrap()
            .remove(0)
    }

    fn speech_window(seconds: usize, speech: &[Span]) -> SpeechWindow {
        SpeechWindow { samples: vec![0.1; seconds * 16_000], speech: speech.to_vec() }
    }
}
