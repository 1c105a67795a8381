//! Finds the alignment heads of a model: those of its decoder whose cross-attention follows the
//! sound.
//!
//! Heads are ranked by how much of their attention one monotonic path gathers. The best of them say
//! together, roughly, which word begins behind which pause of the sound; then the set is looked for
//! that puts these words there. It grows greedily, as in transformers' issue 28365, but needs no
//! times from elsewhere: the level of the sound tells where nobody talks.

use super::{
    ENCODER_HOP, Int8,
    align::{dtw, head_weights, path_sum},
    beam_options,
    decoding::Transcription,
    kv_cache::HEAD_WIDTH,
    simd::add_assign,
};
use crate::{
    asr::{
        DecodingOptions, TranscribeError,
        alignment::{LETTER_MIN, N_LETTERS_MIN},
        doubt::MEAN_LOG_PROBABILITY_MIN,
        word_times::pauses_between_words,
    },
    base::time::Time,
};
use std::ops::Range;

/// Heads of which the set is made, those that follow the sound best by themselves.
const N_CANDIDATES: usize = 16;

/// As many of the best of them are in each set: what a few pauses say for others is partly chance.
const N_SURE: usize = 3;

/// As many of them say together which word follows which pause.
const N_ROUGH: usize = 8;

/// How far from a pause the word that follows it may begin by these, in encoder frames.
const ROUGH_MAX: usize = 20;

/// Most heads of the set: more cost memory, and gain nothing.
const N_HEADS_MAX: usize = 10;

/// Fewer pauses say too little.
const N_PAUSES_MIN: usize = 12;

/// Frames that a word is off at most: what is wrong by more is as wrong.
const OFF_MAX: usize = 50;

/// So many frames off are as bad as that all words are squeezed together.
const SQUEEZED_WEIGHT: f64 = 25.0;

/// What a search for alignment heads came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundHeads {
    /// `[layer, head]` of each, sorted.
    pub heads: Vec<[usize; 2]>,
    /// Pauses of the sound by which they were chosen.
    pub n_pauses: usize,
    /// How far words begin outside the pause before them, in the mean.
    pub off: Time,
    /// The same with the heads that the model was loaded with.
    pub off_before: Time,
    /// Whether they are better than those by what they were chosen by.
    pub is_better: bool,
}

/// A window whose words are known, and not yet when they were said.
struct Heard {
    tokens: Vec<usize>,
    /// Tokens that begin a word, and how many letters it has.
    words: Vec<(usize, usize)>,
    n_frames: usize,
    /// In encoder frames.
    pauses: Vec<Range<usize>>,
}

/// A pause, and the token that begins behind it.
struct Edge {
    pause: Range<usize>,
    token: usize,
}

impl Int8 {
    /// The alignment heads of the model, by `windows` of speech of at most 30 s in its language: a
    /// minute or two, in which people pause. `None` where that says too little; `progress` is told
    /// how many of the windows were gone through, and of how many: twice each.
    ///
    /// # Errors
    /// Those of the engine.
    pub fn find_heads(
        &self,
        windows: &[Vec<f32>],
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Option<FoundHeads>, TranscribeError> {
        let total = 2 * windows.len() as u64;
        let mut done = 0;
        let mut went_on = || {
            done += 1;
            progress(done, total);
        };
        let all = self.all_heads();
        let mut heard = Vec::new();
        let mut followed = vec![0.0; all.len()];
        for samples in windows {
            let window = self.heard(samples)?;
            if let Some(window) = window {
                let weights = self.weights(samples, &window, &all)?;
                for (sum, weights) in followed.iter_mut().zip(&weights) {
                    *sum += f64::from(path_sum(weights, window.n_frames)) / window.n_frames as f64;
                }
                heard.push((samples, window));
            }
            went_on();
        }
        let mut ranked: Vec<usize> = (0..all.len()).collect();
        ranked.sort_by(|one, other| followed[*other].total_cmp(&followed[*one]));
        let candidates: Vec<[usize; 2]> =
            ranked.iter().take(N_CANDIDATES).map(|idx| all[*idx]).collect();
        let before = &self.model.alignment_heads;
        let mut asked = [&candidates[..], before].concat();
        asked.sort_unstable();
        asked.dedup();
        let mut aligned = Vec::new();
        for (samples, window) in heard {
            let weights = self.weights(samples, &window, &asked)?;
            aligned.push(Aligned { window, weights });
            went_on();
        }
        let place = |head: &[usize; 2]| asked.binary_search(head).unwrap_or_default();
        let candidates: Vec<usize> = candidates.iter().map(place).collect();
        let before: Vec<usize> = before.iter().map(place).collect();
        let found = chosen(&aligned, &candidates, &before);
        Ok(found.map(|found| found.of(&asked)))
    }

    fn all_heads(&self) -> Vec<[usize; 2]> {
        let n_heads = self.model.decoder.width / HEAD_WIDTH;
        let heads = |layer| (0..n_heads).map(move |head| [layer, head]);
        (0..self.model.decoder.blocks.len()).flat_map(heads).collect()
    }

    /// What is said in `samples`; `None` where the answer is not believable.
    fn heard(&self, samples: &[f32]) -> Result<Option<Heard>, TranscribeError> {
        let mel_window = self.mel_window(samples, self.model.sot_sequence[1]);
        let n_frames = mel_window.n_encoder_frames();
        let options = beam_options(DecodingOptions::BEAM_SEARCH);
        let answer =
            self.in_own_pool(|| self.model.transcribe(&[mel_window], &[], None, options).pop())?;
        let is_believable = |answer: &Transcription| {
            answer.is_complete && answer.mean_log_probability > MEAN_LOG_PROBABILITY_MIN
        };
        let Some(answer) = answer.filter(is_believable) else { return Ok(None) };
        let tokens: Vec<usize> = answer.tokens.iter().map(|timed| timed.token).collect();
        let mut words: Vec<(usize, usize)> = Vec::new();
        for (at, token) in tokens.iter().enumerate() {
            let bytes = &self.tokenizer.bytes[*token];
            if bytes.first() == Some(&b' ') || words.is_empty() {
                words.push((at, 0));
            }
            if let Some((_, n_letters)) = words.last_mut() {
                let text = String::from_utf8_lossy(bytes);
                *n_letters += text.chars().filter(|c| c.is_alphanumeric()).count();
            }
        }
        let frames = |pause: &Range<u64>| {
            (pause.start / ENCODER_HOP) as usize..(pause.end / ENCODER_HOP) as usize
        };
        let pauses = pauses_between_words(samples).iter().map(frames).collect();
        Ok((words.len() > 1).then_some(Heard { tokens, words, n_frames, pauses }))
    }

    /// What each of `heads`, sorted, says of the tokens of `window`, which is `samples`.
    fn weights(
        &self,
        samples: &[f32],
        window: &Heard,
        heads: &[[usize; 2]],
    ) -> Result<Vec<Vec<f32>>, TranscribeError> {
        let language = self.model.sot_sequence[1];
        let mel_window = self.mel_window(samples, language);
        self.in_own_pool(|| {
            let cross_kv = self.model.encode(&mel_window).cross_kv;
            let scores = self.model.attention(&cross_kv, language, &window.tokens, heads);
            let rows = self.model.text_rows(&window.tokens);
            let weights = |scores: Vec<f32>| {
                head_weights(&scores, cross_kv.n_rows, window.n_frames, rows.clone())
            };
            scores.into_iter().map(weights).collect()
        })
    }
}

/// A window, and what each head says of it.
struct Aligned {
    window: Heard,
    weights: Vec<Vec<f32>>,
}

impl Aligned {
    /// The frame at which each token begins by the heads `set`.
    fn starts(&self, set: &[usize]) -> Vec<usize> {
        let mut sum = vec![0.0; self.weights[0].len()];
        for head in set {
            add_assign(&mut sum, &self.weights[*head]);
        }
        dtw(&sum, self.window.n_frames)
    }

    /// The pauses behind each of which a word begins by `starts`, roughly.
    fn edges(&self, starts: &[usize]) -> Vec<Edge> {
        let edge = |pause: &Range<usize>| {
            let (off, token) = self
                .window
                .words
                .iter()
                .skip(1)
                .map(|(token, _)| (outside(starts[*token], pause), *token))
                .min()?;
            (off <= ROUGH_MAX).then(|| Edge { pause: pause.clone(), token })
        };
        self.window.pauses.iter().filter_map(edge).collect()
    }

    /// How many of the longer words are squeezed together by `starts`, and how many there are.
    fn squeezed(&self, starts: &[usize]) -> (usize, usize) {
        let words = &self.window.words;
        let ends = words.iter().skip(1).map(|(token, _)| *token).chain([starts.len() - 1]);
        let spans =
            words.iter().zip(ends).filter(|((_, n_letters), _)| *n_letters >= N_LETTERS_MIN);
        let frames_min = |n_letters: usize| LETTER_MIN.samples() * n_letters as u64 / ENCODER_HOP;
        let is_squeezed = |((first, n_letters), end): &(&(usize, usize), usize)| {
            (starts[*end].saturating_sub(starts[*first]) as u64) < frames_min(*n_letters)
        };
        let spans: Vec<_> = spans.collect();
        (spans.iter().filter(|span| is_squeezed(span)).count(), spans.len())
    }
}

/// How far `frame` lies outside `pause`.
fn outside(frame: usize, pause: &Range<usize>) -> usize {
    pause.start.saturating_sub(frame) + frame.saturating_sub(pause.end)
}

/// A set of heads, by their places, and how good it is.
struct ChosenHeads {
    set: Vec<usize>,
    n_pauses: usize,
    fit: Fit,
    fit_before: Fit,
}

impl ChosenHeads {
    fn of(self, heads: &[[usize; 2]]) -> FoundHeads {
        let mut set: Vec<[usize; 2]> = self.set.iter().map(|place| heads[*place]).collect();
        set.sort_unstable();
        let time = |frames: f64| Time::from_samples((frames * ENCODER_HOP as f64) as u64);
        FoundHeads {
            heads: set,
            n_pauses: self.n_pauses,
            off: time(self.fit.off),
            off_before: time(self.fit_before.off),
            is_better: self.fit.cost() < self.fit_before.cost(),
        }
    }
}

/// How well a set of heads fits the sound.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Fit {
    /// Frames that words begin outside the pause before them, in the mean.
    off: f64,
    /// Share of words that are squeezed together.
    squeezed: f64,
}

impl Fit {
    fn cost(self) -> f64 {
        self.off + SQUEEZED_WEIGHT * self.squeezed
    }
}

/// The best set of `candidates`, the best of which come first; `None` where there are too few
/// pauses to tell. `before` is the set that it is compared with.
fn chosen(windows: &[Aligned], candidates: &[usize], before: &[usize]) -> Option<ChosenHeads> {
    let rough = &candidates[..N_ROUGH.min(candidates.len())];
    let edges: Vec<Vec<Edge>> =
        windows.iter().map(|window| window.edges(&window.starts(rough))).collect();
    let n_pauses = edges.iter().map(Vec::len).sum();
    if n_pauses < N_PAUSES_MIN {
        return None;
    }
    let fit = |set: &[usize]| {
        let (mut off, mut squeezed, mut n_words) = (0, 0, 0);
        for (window, edges) in windows.iter().zip(&edges) {
            let starts = window.starts(set);
            let off_of = |edge: &Edge| outside(starts[edge.token], &edge.pause).min(OFF_MAX);
            off += edges.iter().map(off_of).sum::<usize>();
            let (n_squeezed, n) = window.squeezed(&starts);
            (squeezed, n_words) = (squeezed + n_squeezed, n_words + n);
        }
        Fit { off: off as f64 / n_pauses as f64, squeezed: squeezed as f64 / n_words.max(1) as f64 }
    };
    let mut set = candidates[..N_SURE.min(candidates.len())].to_vec();
    let mut best = (set.clone(), fit(&set));
    while set.len() < N_HEADS_MAX {
        let with = |head: &usize| [&set[..], &[*head]].concat();
        let left = candidates.iter().filter(|head| !set.contains(*head));
        let grown = left.map(|head| (with(head), fit(&with(head))));
        // Of equally good ones the first, which follows the sound best by itself.
        let Some((grown, fit)) =
            grown.min_by(|(_, one), (_, other)| one.cost().total_cmp(&other.cost()))
        else {
            break;
        };
        // Of equally good sets the larger one: more heads are wrong less often.
        if fit.cost() <= best.1.cost() {
            best = (grown.clone(), fit);
        }
        set = grown;
    }
    let (set, found) = best;
    Some(ChosenHeads { set, n_pauses, fit: found, fit_before: fit(before) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames of a word, and of the pause behind each other one.
    const WORD: usize = 20;
    const PAUSE: usize = 10;
    const N_WORDS: usize = 8;

    /// A window of words of one token, and where each begins.
    fn window() -> (Heard, Vec<usize>) {
        let (mut starts, mut pauses, mut at) = (Vec::new(), Vec::new(), 0);
        for word in 0..N_WORDS {
            starts.push(at);
            at += WORD;
            if word % 2 == 1 && word + 1 < N_WORDS {
                pauses.push(at..at + PAUSE);
                at += PAUSE;
            }
        }
        let words = (0..N_WORDS).map(|word| (word, 5)).collect();
        (Heard { tokens: vec![0; N_WORDS], words, n_frames: at, pauses }, starts)
    }

    /// A head that sees each word `late` frames after it begins.
    fn following(starts: &[usize], n_frames: usize, late: usize) -> Vec<f32> {
        let mut weights = vec![-1.0; (N_WORDS + 1) * n_frames];
        for (word, start) in starts.iter().enumerate() {
            let end = starts.get(word + 1).map_or(n_frames, |next| next + late).min(n_frames);
            let first = if word == 0 { 0 } else { (start + late).min(end) };
            weights[word * n_frames..][first..end].fill(1.0);
        }
        weights[N_WORDS * n_frames..].fill(0.0);
        weights
    }

    fn aligned(late: &[usize]) -> Aligned {
        let (window, starts) = window();
        let weights = late.iter().map(|late| following(&starts, window.n_frames, *late)).collect();
        Aligned { window, weights }
    }

    #[test]
    fn heads_that_follow_the_sound_are_chosen_before_late_ones() {
        // The first, the third and the fourth head see words when they are said.
        let windows: Vec<Aligned> = (0..6).map(|_| aligned(&[0, 14, 0, 0, 16])).collect();
        let found = chosen(&windows, &[0, 2, 3, 1, 4], &[1, 4]).unwrap();
        assert_eq!(found.n_pauses, 18);
        assert!(found.fit.off < 1.0 && found.fit_before.off > 5.0, "{:?}", found.fit_before);
        let heads = [[0, 0], [0, 1], [1, 0], [1, 1], [2, 0]];
        assert!(found.of(&heads).is_better);
    }

    #[test]
    fn sound_without_pauses_says_nothing() {
        let mut window = aligned(&[0]);
        window.window.pauses.clear();
        assert!(chosen(&[window], &[0], &[0]).is_none());
    }

    #[test]
    fn words_that_take_no_time_are_squeezed() {
        let window = aligned(&[0]);
        let mut starts: Vec<usize> = (0..=N_WORDS).map(|word| word * WORD).collect();
        assert_eq!(window.squeezed(&starts), (0, N_WORDS));
        starts[1..].fill(100);
        assert_eq!(window.squeezed(&starts), (N_WORDS - 1, N_WORDS));
    }
}
