//! When words were said, and whether that can be true.
//!
//! A token's time comes from the heads of the decoder whose cross-attention follows the sound. They
//! belong to a model, not to its shape: those of another model of the same shape, or of the model
//! that it was distilled from, look elsewhere, and the words are then squeezed together, at an edge
//! of the window above all, or lie where nobody talks. Such times are noticed here, and the words
//! spread over the speech, marked as not measured. The words themselves are as good as any.

use super::windows::Window;
use crate::base::{
    ggml::Shape,
    speech::{Utterance, Word},
    time::{Span, Time},
};

/// Fewer words say nothing about their times.
const N_WORDS_MIN: usize = 8;

/// Only words of so many letters are looked at: « à » is short, whoever says it.
pub(super) const N_LETTERS_MIN: usize = 3;

/// Shortest that a letter takes, in the mean of a word. Fast talk has 50 ms.
pub(super) const LETTER_MIN: Time = Time::from_millis(15);

/// One word in so many may be squeezed together to less than that. With heads that fit, none is in
/// most windows; with those of a layer that follows nothing, half of them are and more.
const SQUEEZED_MIN: usize = 5;

/// Words a second of speech, spread evenly, that a person may say. Fewer are an answer that skips
/// speech, more one that nobody said.
const RATE_MIN: f64 = 1.0;
const RATE_MAX: f64 = 8.0;

/// Most heads of the safe set: each costs memory for every frame of a window, and those of a large
/// model would take gigabytes.
const SAFE_MAX: usize = 40;

/// `[layer, head]` of the decoder's heads whose cross-attention follows the sound, sorted: the
/// `known` ones, else the safe set, which are the heads of the last half of the layers, or as many
/// of them, evenly, as [`SAFE_MAX`] allows. Converters that know none name all of that half.
///
/// # Errors
/// A sentence, if one of the known ones is not in the model.
pub(crate) fn alignment_heads(
    shape: Shape,
    known: Option<&[[usize; 2]]>,
) -> Result<Vec<[usize; 2]>, String> {
    let layers = shape.n_text_layers / 2..shape.n_text_layers;
    let heads = 0..shape.n_text_heads;
    let half = layers.flat_map(|layer| heads.clone().map(move |head| [layer, head]));
    let half: Vec<[usize; 2]> = half.collect();
    let Some(known) = known.filter(|heads| !heads.is_empty() && *heads != half) else {
        let step = half.len().div_ceil(SAFE_MAX).max(1);
        return Ok(half.into_iter().step_by(step).collect());
    };
    if let Some([layer, head]) = known.iter().find(|head| !shape.has_text_head(**head)) {
        return Err(format!("its alignment head {head} of layer {layer} is not in it"));
    }
    let mut heads = known.to_vec();
    heads.sort_unstable();
    heads.dedup();
    Ok(heads)
}

/// `answer` with times that can be: where those of its words cannot, they are shares of `speech`,
/// the regions where somebody talks in the window, by the letters of the words.
///
/// Words that are too few for the speech, or too many, keep the times that they have: then it is
/// the answer that is doubtful, see [`doubt`](super::doubt::doubt).
pub(super) fn with_possible_times(mut answer: Utterance, speech: &[Span]) -> Utterance {
    let total: f64 = speech.iter().map(|region| region.length().as_secs_f64()).sum();
    let rate = answer.words.len() as f64 / total;
    if (RATE_MIN..=RATE_MAX).contains(&rate) && !are_possible(&answer.words, speech) {
        spread(&mut answer.words, speech);
    }
    answer
}

/// Whether `words` may have been said when they are said to have been.
fn are_possible(words: &[Word], speech: &[Span]) -> bool {
    let long: Vec<&Word> = words.iter().filter(|word| n_letters(word) >= N_LETTERS_MIN).collect();
    if long.len() < N_WORDS_MIN {
        return true;
    }
    let is_squeezed =
        |word: &&&Word| word.span.samples() < LETTER_MIN.samples() * n_letters(word) as u64;
    let is_said = |word: &&&Word| speech.iter().any(|region| region.overlap(word.span).is_some());
    let n_squeezed = long.iter().filter(is_squeezed).count();
    let n_said = long.iter().filter(is_said).count();
    SQUEEZED_MIN * n_squeezed <= long.len() && 2 * n_said >= long.len()
}

fn n_letters(word: &Word) -> usize {
    word.text.chars().filter(|c| c.is_alphanumeric()).count()
}

/// Gives `words` shares of `speech`, as if it were one stretch, by their letters.
fn spread(words: &mut [Word], speech: &[Span]) {
    let stretch = Window::new(speech.to_vec());
    let weight = |word: &Word| n_letters(word) as u64 + 1;
    let weights: u64 = words.iter().map(weight).sum();
    let total = stretch.length().samples();
    let at = |done: u64| Time::from_samples(done * total / weights);
    let mut done = 0;
    for word in words {
        let start = at(done);
        done += weight(word);
        let share = Span::new(start, at(done));
        word.span = share.map_or(word.span, |share| stretch.covered(share));
        word.is_timed = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DISTILLED: Shape = Shape {
        n_vocabulary: 51_866,
        n_audio_heads: 20,
        n_audio_layers: 32,
        n_text_heads: 20,
        n_text_layers: 2,
        n_mels: 128,
    };

    #[test]
    fn without_known_heads_all_of_the_last_half_are_taken() {
        let heads = alignment_heads(DISTILLED, None).unwrap();
        assert_eq!((heads.len(), heads[0], heads[19]), (20, [1, 0], [1, 19]));
        let turbo = Shape { n_text_layers: 4, ..DISTILLED };
        let heads = alignment_heads(turbo, Some(&[])).unwrap();
        assert_eq!((heads.len(), heads[0], heads[39]), (40, [2, 0], [3, 19]));
    }

    #[test]
    fn known_heads_are_sorted_and_must_be_in_the_model() {
        let heads = alignment_heads(DISTILLED, Some(&[[1, 7], [0, 3], [1, 7]]));
        assert_eq!(heads.unwrap(), [[0, 3], [1, 7]]);
        let error = alignment_heads(DISTILLED, Some(&[[7, 0]])).unwrap_err();
        assert_eq!(error, "its alignment head 0 of layer 7 is not in it");
    }

    #[test]
    fn words_piled_up_at_an_edge_are_spread_over_the_speech() {
        let speech = [span(1_000, 5_000), span(11_000, 15_000)];
        let piled: Vec<Word> = (980..1_000).map(|n| word(n * 20, n * 20 + 20)).collect();
        let words = with_possible_times(utterance(piled), &speech).words;
        let times = [0, 9, 10, 19].map(|n: usize| words[n].span);
        let expected = [(1_000, 1_400), (4_600, 5_000), (11_000, 11_400), (14_600, 15_000)];
        assert_eq!(times, expected.map(|(start, end)| span(start, end)));
        assert!(words.iter().all(|word| !word.is_timed));
    }

    #[test]
    fn words_where_nobody_talks_are_spread_over_the_speech() {
        let speech = [span(0, 4_000)];
        let words: Vec<Word> = (0..10).map(|n| word(4_000 + n * 300, 4_200 + n * 300)).collect();
        let answer = with_possible_times(utterance(words), &speech);
        assert!(
            answer.words.iter().all(|word| !word.is_timed && word.span.end() <= speech[0].end())
        );
    }

    #[test]
    fn times_of_real_talk_stay_as_they_are() {
        let speech = [span(0, 6_000)];
        let fast: Vec<Word> = (0..30).map(|n| word(n * 150, n * 150 + 140)).collect();
        let answer = with_possible_times(utterance(fast.clone()), &speech);
        assert_eq!(answer.words, fast);
    }

    #[test]
    fn a_word_or_two_may_be_squeezed() {
        let speech = [span(0, 6_000)];
        let words = |n_squeezed: u64| -> Vec<Word> {
            (0..15)
                .map(|n| word(n * 400, n * 400 + if n < n_squeezed { 20 } else { 300 }))
                .collect()
        };
        let is_kept = |n| with_possible_times(utterance(words(n)), &speech).words == words(n);
        assert!(is_kept(3) && !is_kept(4));
    }

    #[test]
    fn an_answer_that_skips_speech_is_not_stretched_over_it() {
        let piled: Vec<Word> = (0..10).map(|n| word(n * 20, n * 20 + 20)).collect();
        let answer = with_possible_times(utterance(piled.clone()), &[span(0, 20_000)]);
        assert_eq!(answer.words, piled);
    }

    fn span(start_ms: u64, end_ms: u64) -> Span {
        Span::new(Time::from_millis(start_ms), Time::from_millis(end_ms)).unwrap()
    }

    fn word(start_ms: u64, end_ms: u64) -> Word {
        Word::new("mot", span(start_ms, end_ms), Some(0.9))
    }

    fn utterance(words: Vec<Word>) -> Utterance {
        Utterance {
            span: span(0, 20_000),
            words,
            mean_log_probability: -0.3,
            no_speech_probability: 0.01,
            doubt: None,
        }
    }
}
