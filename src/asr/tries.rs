//! From one window to answers one may believe: what is tried, in which order.
//!
//! The first search is right nearly always. Where `doubt` says it is not, others
//! follow; where none convinces, the least doubtful answer is kept and
//! *marked*. Nothing is ever dropped in silence: an archive is corrected by
//! people, and they can only correct what they see.

use super::{Search, TranscribeError, Transcriber, doubt::doubt};
use crate::base::{
    speech::{Doubt, Utterance},
    time::{Span, Time},
};

/// The tries of a window that the first one leaves in doubt: another road, then less probable
/// ones, which shake a decoder out of its loop.
const OTHERS: [Search; 3] =
    [Search::GREEDY, Search { beams: 1, temperature: 0.4 }, Search { beams: 1, temperature: 0.8 }];

/// Shortest window that is worth cutting in two.
const DIVISIBLE: Time = Time::from_millis(8_000);

/// A window: its sound, and where somebody talks in it.
pub struct Talk {
    /// 16 kHz, at most 30 s.
    pub samples: Vec<f32>,
    /// In the times of the window, sorted.
    pub speech: Vec<Span>,
}

/// What is said in each of `windows`: its answers in order, with the times of the window.
///
/// `told` are words that may be said; `search` is how each is tried first. There is one answer,
/// or two where only the halves of a window were believable.
///
/// # Errors
/// Those of the engine.
pub fn recognise(
    transcriber: &dyn Transcriber,
    told: &str,
    search: Search,
    windows: &[Talk],
) -> Result<Vec<Vec<Utterance>>, TranscribeError> {
    let asked = Asked { transcriber, told, search };
    let sounds: Vec<&[f32]> = windows.iter().map(|window| window.samples.as_slice()).collect();
    let first = transcriber.transcribe_all(&sounds, told, search)?;
    let pairs = first.into_iter().zip(windows);
    pairs.map(|(first, window)| asked.believable(judged(first, &window.speech), window)).collect()
}

/// The engine knows of doubts of its own; the more severe one is kept.
fn judged(mut answer: Utterance, speech: &[Span]) -> Utterance {
    answer.doubt = answer.doubt.max(doubt(&answer, speech));
    answer
}

/// The engine, what it is told before each window, and how each is tried first.
struct Asked<'a> {
    transcriber: &'a dyn Transcriber,
    told: &'a str,
    search: Search,
}

impl Asked<'_> {
    /// `first`, what the first search found, or what is more believable.
    fn believable(
        &self,
        first: Utterance,
        window: &Talk,
    ) -> Result<Vec<Utterance>, TranscribeError> {
        let (samples, speech) = (&window.samples, &window.speech);
        if first.doubt.is_none() {
            return Ok(vec![first]);
        }
        if let Some(halves) = self.in_halves(samples, speech)? {
            return Ok(halves);
        }
        let mut poor = vec![first];
        for search in OTHERS {
            match self.attempt(samples, speech, search)? {
                good if good.doubt.is_none() => return Ok(vec![good]),
                doubtful => poor.push(doubtful),
            }
        }
        Ok(poor.into_iter().min_by(less_doubtful).into_iter().collect())
    }

    fn attempt(
        &self,
        samples: &[f32],
        speech: &[Span],
        search: Search,
    ) -> Result<Utterance, TranscribeError> {
        Ok(judged(self.transcriber.transcribe(samples, self.told, search)?, speech))
    }

    /// Both halves of the window, if both are believable.
    fn in_halves(
        &self,
        samples: &[f32],
        speech: &[Span],
    ) -> Result<Option<Vec<Utterance>>, TranscribeError> {
        let length = Time::from_samples(samples.len() as u64);
        if length < DIVISIBLE {
            return Ok(None);
        }
        let cut = middle_pause(speech, length).unwrap_or_else(|| quietest_middle(samples));
        let mut answers = Vec::new();
        for (start, end) in [(Time::default(), cut), (cut, length)] {
            let Some(half) = Span::new(start, end) else { return Ok(None) };
            let inside: Vec<Span> = speech
                .iter()
                .filter_map(|region| region.overlap(half))
                .map(|region| region.earlier(start))
                .collect();
            let part = &samples[start.samples() as usize..end.samples() as usize];
            let answer = self.attempt(part, &inside, self.search)?;
            if answer.doubt.is_some() {
                return Ok(None);
            }
            answers.push(later(answer, start));
        }
        Ok(Some(answers))
    }
}

/// Middle of the pause nearest to the middle of the window, in its middle half.
fn middle_pause(speech: &[Span], length: Time) -> Option<Time> {
    let middle = length.samples() / 2;
    let pauses =
        speech.windows(2).map(|two| (two[0].end().samples() + two[1].start().samples()) / 2);
    let central = pauses.filter(|pause| pause.abs_diff(middle) <= middle / 2);
    central.min_by_key(|pause| pause.abs_diff(middle)).map(Time::from_samples)
}

/// The quietest 100 ms of the middle half of the window.
fn quietest_middle(samples: &[f32]) -> Time {
    const STRETCH: usize = 1_600;
    let from = samples.len() / 4;
    let middle = &samples[from..samples.len() - from];
    let energy = |stretch: &[f32]| stretch.iter().map(|sample| sample * sample).sum::<f32>();
    let stretches = middle.chunks_exact(STRETCH).enumerate();
    let quietest = stretches.min_by(|(_, one), (_, other)| energy(one).total_cmp(&energy(other)));
    let offset = quietest.map_or(middle.len() / 2, |(index, _)| index * STRETCH + STRETCH / 2);
    Time::from_samples((from + offset) as u64)
}

fn later(mut answer: Utterance, by: Time) -> Utterance {
    answer.span = answer.span.later(by);
    for word in &mut answer.words {
        word.span = word.span.later(by);
    }
    answer
}

fn less_doubtful(one: &Utterance, other: &Utterance) -> std::cmp::Ordering {
    let by_doubt = severity(one).cmp(&severity(other));
    by_doubt.then(other.mean_log_probability.total_cmp(&one.mean_log_probability))
}

/// How little an answer is worth. No words at all are worth less than poor ones,
/// which a person can mend, and more than words that nobody said.
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
    fn a_believable_answer_is_asked_for_once() {
        let engine = Scripted::answering(["bonjour à toutes et à tous"]);
        let heard = alone(&engine, 20, &[]);
        assert_eq!(heard[0].text(), "bonjour à toutes et à tous");
        assert_eq!(heard[0].doubt, None);
        assert_eq!(engine.n_asked(), 1);
    }

    #[test]
    fn a_loop_in_a_short_window_is_tried_again_in_another_way() {
        let engine = Scripted::answering(["et et et et et et et", "et puis voilà"]);
        let heard = alone(&engine, 5, &[]);
        assert_eq!(heard[0].text(), "et puis voilà");
        assert_eq!(engine.n_asked(), 2);
    }

    #[test]
    fn what_loops_as_a_whole_is_cut_at_a_pause_and_keeps_its_times() {
        let looping = "et et et et et et et";
        let engine = Scripted::answering([looping, "première partie", "seconde partie"]);
        let span = |a, b| Span::new(Time::from_millis(a), Time::from_millis(b)).unwrap();
        let speech = [span(0, 8_000), span(9_000, 19_000)];
        let heard = alone(&engine, 20, &speech);
        let texts: Vec<String> = heard.iter().map(Utterance::text).collect();
        assert_eq!(texts, ["première partie", "seconde partie"]);
        assert_eq!(heard[1].span, span(8_500, 20_000));
        assert_eq!(heard[1].words[0].span.start(), Time::from_millis(8_500));
    }

    #[test]
    fn an_answer_that_never_convinces_is_kept_and_marked() {
        let phantom = "Sous-titres réalisés par la communauté d'Amara.org";
        let engine = Scripted::answering([phantom; 6]);
        let heard = alone(&engine, 20, &[]);
        assert_eq!(heard[0].text(), phantom);
        assert_eq!(heard[0].doubt, Some(Doubt::Hallucination));
    }

    #[test]
    fn a_poor_answer_is_worth_more_than_none_where_somebody_speaks() {
        let engine = Scripted::answering(["et et et et et et et"]);
        let speech = [Span::from_start(Time::from_millis(19_000))];
        let heard = alone(&engine, 20, &speech);
        assert_eq!(heard[0].doubt, Some(Doubt::Repetition));
    }

    #[test]
    fn each_window_asked_about_at_once_is_believed_by_itself() {
        let engine = Scripted::answering(["oui", "et et et et et et et", "non", "enfin"]);
        let windows = [5; 3].map(|seconds| talk(seconds, &[]));
        let heard = recognise(&engine, "", Search::BEAMS, &windows).unwrap();
        let texts: Vec<String> = heard.iter().flatten().map(Utterance::text).collect();
        assert_eq!(texts, ["oui", "enfin", "non"]);
    }

    fn alone(engine: &Scripted, seconds: usize, speech: &[Span]) -> Vec<Utterance> {
        recognise(engine, "", Search::BEAMS, &[talk(seconds, speech)]).unwrap().remove(0)
    }

    fn talk(seconds: usize, speech: &[Span]) -> Talk {
        Talk { samples: vec![0.1; seconds * 16_000], speech: speech.to_vec() }
    }
}
