//! Beam search, and the rules of which token may follow which.
//!
//! The search is CTranslate2's. The rules are those of OpenAI's decoder with timestamps: they come
//! in pairs, never go back, and are forced where all of them together are more probable than any
//! token of text.

use super::simd::{dispatch_simd, log_sum_exp, max};
use std::cmp::Ordering;

/// Most tokens of an answer: half of the decoder's text context (`n_text_ctx`).
pub(super) const TOKENS_MAX: usize = 224;

/// The first timestamp of an answer lies within the first second: in encoder frames of 20 ms.
/// OpenAI's `max_initial_timestamp`.
const INITIAL_TIMESTAMP_MAX: usize = 50;

/// Logits in a block: it is skipped as a whole if its greatest is not good enough.
const LOGITS_PER_BLOCK: usize = 64;

/// What a model's tokens are for, as far as decoding must know.
pub(super) struct TokenRules {
    pub(super) end_of_text: usize,
    /// The timestamps are all tokens after this one.
    pub(super) no_timestamps: usize,
    /// Tokens that are never decoded.
    pub(super) suppressed: Vec<usize>,
}

/// Settings of the search, named as in transformers and CTranslate2.
#[derive(Clone, Copy)]
pub(super) struct BeamOptions {
    /// Hypotheses followed side by side; 1 is greedy.
    pub(super) beam_size: usize,
    /// Divides positive logits of tokens that the hypothesis has already, and multiplies negative
    /// ones; 1.0 is none.
    pub(super) repetition_penalty: f32,
    /// No run of so many tokens occurs twice in a hypothesis; 0 is no bound.
    pub(super) no_repeat_ngram_size: usize,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Hypothesis {
    pub(super) tokens: Vec<usize>,
    /// Of each token.
    pub(super) log_probabilities: Vec<f32>,
    /// Their sum, with that of the end of text.
    pub(super) score: f32,
    /// Whether it reached the end of text.
    pub(super) is_complete: bool,
}

/// A hypothesis that is still growing.
pub(super) struct Beam {
    pub(super) hypothesis: Hypothesis,
    /// Its rows in the KV cache, those of the prompt included.
    pub(super) cache_rows: Vec<u32>,
}

pub(super) struct BeamSearch<'a> {
    rules: &'a TokenRules,
    options: BeamOptions,
    pub(super) beams: Vec<Beam>,
    finished: Vec<Hypothesis>,
    n_steps_max: usize,
}

/// A beam and the token that it may grow by.
struct Candidate {
    beam_idx: usize,
    token: usize,
    log_probability: f32,
    /// Of the beam with the token.
    score: f32,
}

impl Candidate {
    /// Better ones first; of equal ones, the earlier beam and the smaller token.
    fn order(&self, other: &Candidate) -> Ordering {
        let by_place = || (self.beam_idx, self.token).cmp(&(other.beam_idx, other.token));
        other.score.total_cmp(&self.score).then_with(by_place)
    }
}

impl BeamSearch<'_> {
    /// `prompt_rows` are the rows of the KV cache that hold the prompt.
    pub(super) fn new(
        rules: &TokenRules,
        options: BeamOptions,
        prompt_rows: Vec<u32>,
        n_steps_max: usize,
    ) -> BeamSearch<'_> {
        let beams = vec![Beam { hypothesis: Hypothesis::default(), cache_rows: prompt_rows }];
        BeamSearch { rules, options, beams, finished: Vec::new(), n_steps_max }
    }

    /// One step: each beam grows by a token, ends, or is dropped for a better one. `logits` has a
    /// row for each beam. The search is over when no beams are left.
    pub(super) fn advance(&mut self, logits: &mut [f32]) {
        let is_last = self.beams[0].hypothesis.tokens.len() + 1 >= self.n_steps_max;
        let candidates = self.candidates(logits);
        let beam_size = self.options.beam_size;
        let mut next = Vec::new();
        let mut spare = candidates.iter().skip(beam_size);
        for candidate in candidates.iter().take(beam_size) {
            if self.is_end(candidate) || is_last {
                self.finished.push(self.extended(candidate));
                next.extend(spare.find(|candidate| !self.is_end(candidate)));
            } else {
                next.push(candidate);
            }
        }
        if is_last || self.finished.len() >= beam_size {
            next.clear();
        }
        let beam = |candidate: &Candidate| Beam {
            hypothesis: self.extended(candidate),
            cache_rows: self.beams[candidate.beam_idx].cache_rows.clone(),
        };
        self.beams = next.into_iter().map(beam).collect();
    }

    /// The best extensions of all beams: twice as many as there may be beams, so that each that is
    /// an end of text can be replaced.
    fn candidates(&self, logits: &mut [f32]) -> Vec<Candidate> {
        let n_tokens = logits.len() / self.beams.len();
        let n_candidates = 2 * self.options.beam_size;
        let mut best: Vec<Candidate> = Vec::with_capacity(n_candidates + 1);
        let mut score_to_beat = f32::NEG_INFINITY;
        let beams = self.beams.iter().zip(logits.chunks_exact_mut(n_tokens));
        for (beam_idx, (beam, logits)) in beams.enumerate() {
            self.mask(&beam.hypothesis.tokens, logits);
            let normaliser = log_sum_exp(logits);
            let block_maxima: Vec<f32> = dispatch_simd(
                #[inline(always)]
                || logits.chunks(LOGITS_PER_BLOCK).map(|block| max(block, |x| x)).collect(),
            );
            let blocks = logits.chunks(LOGITS_PER_BLOCK).zip(block_maxima);
            for (block_idx, (block, block_max)) in blocks.enumerate() {
                if beam.hypothesis.score + (block_max - normaliser) <= score_to_beat {
                    continue;
                }
                for (token, logit) in (block_idx * LOGITS_PER_BLOCK..).zip(block) {
                    let log_probability = logit - normaliser;
                    let score = beam.hypothesis.score + log_probability;
                    if score > score_to_beat {
                        let candidate = Candidate { beam_idx, token, log_probability, score };
                        let rank = best.partition_point(|other| other.order(&candidate).is_lt());
                        best.insert(rank, candidate);
                        best.truncate(n_candidates);
                    }
                    if best.len() == n_candidates {
                        score_to_beat = best[n_candidates - 1].score;
                    }
                }
            }
        }
        best
    }

    fn is_end(&self, candidate: &Candidate) -> bool {
        candidate.token == self.rules.end_of_text
    }

    /// The candidate's hypothesis with its token. The end of text is not added to the tokens.
    fn extended(&self, candidate: &Candidate) -> Hypothesis {
        let mut hypothesis = self.beams[candidate.beam_idx].hypothesis.clone();
        hypothesis.score = candidate.score;
        hypothesis.is_complete = self.is_end(candidate);
        if !hypothesis.is_complete {
            hypothesis.tokens.push(candidate.token);
            hypothesis.log_probabilities.push(candidate.log_probability);
        }
        hypothesis
    }

    /// The finished hypothesis with the greatest mean log probability, and that mean with the end
    /// of text counted as a token.
    pub(super) fn best(self) -> (Hypothesis, f32) {
        let mean =
            |hypothesis: &Hypothesis| hypothesis.score / hypothesis.tokens.len().max(1) as f32;
        let best = self
            .finished
            .into_iter()
            // The earlier one of equals.
            .reduce(|best, next| if mean(&next) > mean(&best) { next } else { best });
        let best = best.unwrap_or_default();
        let n_tokens = best.tokens.len() + 1;
        let mean = best.score / n_tokens as f32;
        (best, mean)
    }

    /// Sets the logits of what may not follow `tokens` to minus infinity, and lowers those of
    /// repetition.
    fn mask(&self, tokens: &[usize], logits: &mut [f32]) {
        self.penalise_repetition(tokens, logits);
        self.forbid_repeated_ngrams(tokens, logits);
        for &token in &self.rules.suppressed {
            logits[token] = f32::NEG_INFINITY;
        }
        logits[self.rules.no_timestamps] = f32::NEG_INFINITY;
        self.mask_by_timestamps(tokens, logits);
    }

    /// OpenAI's `ApplyTimestampRules`.
    fn mask_by_timestamps(&self, tokens: &[usize], logits: &mut [f32]) {
        let first_timestamp = self.rules.no_timestamps + 1;
        let is_timestamp = |token: usize| token >= first_timestamp;
        let forbid = |logits: &mut [f32]| logits.fill(f32::NEG_INFINITY);
        let opens_text = tokens.iter().rev().nth(1).is_none_or(|&token| is_timestamp(token));
        match *tokens {
            [] => {
                forbid(&mut logits[..first_timestamp]);
                forbid(&mut logits[first_timestamp + INITIAL_TIMESTAMP_MAX + 1..]);
                return;
            }
            [.., last] if is_timestamp(last) && opens_text => {
                forbid(&mut logits[first_timestamp..]);
                return;
            }
            // It closes a stretch of text: the timestamp that opens the next follows, or the end.
            [.., last] if is_timestamp(last) => {
                forbid(&mut logits[..self.rules.end_of_text]);
                forbid(&mut logits[first_timestamp..last]);
            }
            _ => {
                let last = tokens.iter().rev().copied().find(|&token| is_timestamp(token));
                if let Some(last) = last {
                    forbid(&mut logits[first_timestamp..=last]);
                }
            }
        }
        let (text, timestamps) = logits.split_at(first_timestamp);
        if log_sum_exp(timestamps) > max(text, |x| x) {
            forbid(&mut logits[..first_timestamp]);
        }
    }

    fn penalise_repetition(&self, tokens: &[usize], logits: &mut [f32]) {
        let penalty = self.options.repetition_penalty;
        if penalty > 1.0 {
            let mut distinct: Vec<usize> = tokens.to_vec();
            distinct.sort_unstable();
            distinct.dedup();
            for token in distinct {
                let logit = &mut logits[token];
                *logit = if *logit < 0.0 { *logit * penalty } else { *logit / penalty };
            }
        }
    }

    fn forbid_repeated_ngrams(&self, tokens: &[usize], logits: &mut [f32]) {
        let size = self.options.no_repeat_ngram_size;
        if size > 1 && tokens.len() >= size {
            let prefix = &tokens[tokens.len() + 1 - size..];
            for ngram in tokens.windows(size).filter(|ngram| ngram.starts_with(prefix)) {
                logits[ngram[size - 1]] = f32::NEG_INFINITY;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Text 0..4, end of text 4, no timestamps 5, timestamps from 6 on.
    const END: usize = 4;
    const TIME: usize = 6;
    const N_TOKENS: usize = TIME + 60;

    fn rules() -> TokenRules {
        TokenRules { end_of_text: END, no_timestamps: 5, suppressed: vec![3] }
    }

    const GREEDY: BeamOptions =
        BeamOptions { beam_size: 1, repetition_penalty: 1.0, no_repeat_ngram_size: 0 };

    /// Logits that prefer `tokens`, the first most.
    fn prefer(tokens: &[usize]) -> Vec<f32> {
        let mut logits = vec![0.0; N_TOKENS];
        for (rank, token) in tokens.iter().enumerate() {
            logits[*token] = 20.0 - rank as f32;
        }
        logits
    }

    /// What is decoded if each step prefers `steps`, whatever came before.
    fn decoded(options: BeamOptions, steps: &[&[usize]]) -> Hypothesis {
        let rules = rules();
        let mut search = BeamSearch::new(&rules, options, Vec::new(), steps.len());
        for step in steps {
            if search.beams.is_empty() {
                break;
            }
            let mut logits = prefer(step).repeat(search.beams.len());
            search.advance(&mut logits);
        }
        search.best().0
    }

    #[test]
    fn an_answer_begins_with_a_timestamp_of_the_first_second() {
        let hypothesis = decoded(GREEDY, &[&[1, TIME + 55, TIME + 3], &[1], &[END]]);
        assert_eq!(hypothesis.tokens, [TIME + 3, 1]);
        assert!(hypothesis.is_complete);
    }

    #[test]
    fn timestamps_come_in_pairs_and_never_go_back() {
        let steps: [&[usize]; 6] = [
            &[TIME],
            &[TIME + 9, 1],
            &[TIME + 7],
            &[1, TIME + 5, TIME + 8],
            &[TIME + 9, 2],
            &[END],
        ];
        assert_eq!(decoded(GREEDY, &steps).tokens, [TIME, 1, TIME + 7, TIME + 8, 2]);
    }

    #[test]
    fn what_is_suppressed_is_not_decoded() {
        assert_eq!(decoded(GREEDY, &[&[TIME], &[3, 5, 2], &[END]]).tokens, [TIME, 2]);
    }

    #[test]
    fn a_timestamp_is_forced_where_together_they_are_likelier_than_any_text() {
        let rules = rules();
        let mut search = BeamSearch::new(&rules, GREEDY, Vec::new(), 9);
        search.advance(&mut prefer(&[TIME]));
        search.advance(&mut prefer(&[1]));
        let mut logits = vec![-9.0; N_TOKENS];
        logits[2] = 1.0;
        logits[TIME + 10..TIME + 20].fill(0.5);
        search.advance(&mut logits);
        assert_eq!(search.beams[0].hypothesis.tokens, [TIME, 1, TIME + 10]);
    }

    #[test]
    fn an_answer_without_an_end_is_not_complete() {
        let hypothesis = decoded(GREEDY, &[&[TIME], &[1], &[2]]);
        assert_eq!(
            (hypothesis.tokens.as_slice(), hypothesis.is_complete),
            ([TIME, 1, 2].as_slice(), false)
        );
    }

    #[test]
    fn the_likeliest_of_several_is_found_though_it_began_worse() {
        let options = BeamOptions { beam_size: 2, ..GREEDY };
        let rules = rules();
        let mut search = BeamSearch::new(&rules, options, Vec::new(), 9);
        search.advance(&mut prefer(&[TIME, TIME + 1]));
        assert_eq!(search.beams.len(), 2);
        // After the better beginning nothing is sure, after the other one a token is.
        let mut logits = vec![0.0; N_TOKENS];
        logits[1] = 0.1;
        logits.extend(prefer(&[2]));
        search.advance(&mut logits);
        assert_eq!(search.beams[0].hypothesis.tokens, [TIME + 1, 2]);
        while !search.beams.is_empty() {
            let mut logits = prefer(&[END]).repeat(search.beams.len());
            search.advance(&mut logits);
        }
        assert_eq!(search.best().0.tokens, [TIME + 1, 2]);
    }

    #[test]
    fn an_ngram_is_not_repeated_where_that_is_asked_for() {
        let steps: [&[usize]; 6] = [&[TIME], &[1], &[2], &[1], &[2, 0], &[END]];
        assert_eq!(decoded(GREEDY, &steps).tokens, [TIME, 1, 2, 1, 2]);
        let no_bigrams = BeamOptions { no_repeat_ngram_size: 2, ..GREEDY };
        assert_eq!(decoded(no_bigrams, &steps).tokens, [TIME, 1, 2, 1, 0]);
        let penalised = BeamOptions { repetition_penalty: 1.2, ..GREEDY };
        assert_eq!(decoded(penalised, &steps).tokens, [TIME, 1, 2, 1, 0]);
    }
}
