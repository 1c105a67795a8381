//! The most probable texts of a window, several side by side.
//!
//! Beam search as CTranslate2 does it, with the published decoder's time tokens: they come in
//! pairs, never go back, and are written where all of them together are more probable than any word.

use super::loops::{greatest, log_sum, wide};
use std::cmp::Ordering;

/// Most tokens of an answer: half of the decoder's memory.
pub(super) const TOKENS_MAX: usize = 224;

/// The first time token of an answer lies within the first second: steps of 20 ms.
const FIRST_TIME_MAX: usize = 50;

/// Logits that are passed over at once where none is good enough.
const NEAR: usize = 64;

/// What may be written.
pub(super) struct Rules {
    pub(super) end_of_text: usize,
    pub(super) no_timestamps: usize,
    /// Tokens that are never written.
    pub(super) suppressed: Vec<usize>,
}

/// How texts are looked for.
#[derive(Clone, Copy)]
pub(super) struct Beaming {
    pub(super) n_beams: usize,
    /// What is said again is so many times less probable; 1.0 is as probable.
    pub(super) repetition: f32,
    /// So many tokens in a row are not said twice; 0 is no bound.
    pub(super) distinct: usize,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Text {
    pub(super) tokens: Vec<usize>,
    /// Of each token.
    pub(super) log_probabilities: Vec<f32>,
    /// Their sum, that of the end included.
    pub(super) score: f32,
    /// Whether it came to its end.
    pub(super) is_whole: bool,
}

pub(super) struct Beam {
    pub(super) text: Text,
    /// The rows that the decoder said for it.
    pub(super) path: Vec<u32>,
}

pub(super) struct Search<'a> {
    rules: &'a Rules,
    beaming: Beaming,
    /// Those still being written.
    pub(super) beams: Vec<Beam>,
    found: Vec<Text>,
    n_steps_max: usize,
}

/// A token behind a beam.
struct Candidate {
    beam: usize,
    token: usize,
    log_probability: f32,
    score: f32,
}

impl Candidate {
    /// Better ones first; of equal ones, the earlier beam and the smaller token.
    fn order(&self, other: &Candidate) -> Ordering {
        let equal = || (self.beam, self.token).cmp(&(other.beam, other.token));
        other.score.total_cmp(&self.score).then_with(equal)
    }
}

impl Search<'_> {
    /// `path` are the rows of what is read before the answer.
    pub(super) fn new(
        rules: &Rules,
        beaming: Beaming,
        path: Vec<u32>,
        n_steps_max: usize,
    ) -> Search<'_> {
        let beams = vec![Beam { text: Text::default(), path }];
        Search { rules, beaming, beams, found: Vec::new(), n_steps_max }
    }

    /// Takes the logits behind each beam. Nothing is left to ask when there are no beams.
    pub(super) fn advance(&mut self, logits: &mut [f32]) {
        let is_last = self.beams[0].text.tokens.len() + 1 >= self.n_steps_max;
        let best = self.candidates(logits);
        let n_beams = self.beaming.n_beams;
        let (mut next, mut spare) = (Vec::new(), best.iter().skip(n_beams));
        for candidate in best.iter().take(n_beams) {
            if self.is_end(candidate) || is_last {
                self.found.push(self.text(candidate));
                next.extend(spare.find(|other| !self.is_end(other)));
            } else {
                next.push(candidate);
            }
        }
        if is_last || self.found.len() >= n_beams {
            next.clear();
        }
        let path = |candidate: &Candidate| self.beams[candidate.beam].path.clone();
        let beam = |candidate| Beam { text: self.text(candidate), path: path(candidate) };
        self.beams = next.into_iter().map(beam).collect();
    }

    /// The best tokens behind all beams, twice as many as there may be beams.
    fn candidates(&self, logits: &mut [f32]) -> Vec<Candidate> {
        let n_tokens = logits.len() / self.beams.len();
        let n_candidates = 2 * self.beaming.n_beams;
        let mut best: Vec<Candidate> = Vec::with_capacity(n_candidates + 1);
        let mut bar = f32::NEG_INFINITY;
        let beams = self.beams.iter().zip(logits.chunks_exact_mut(n_tokens));
        for (index, (beam, logits)) in beams.enumerate() {
            self.forbid(&beam.text.tokens, logits);
            let all = log_sum(logits);
            let peaks: Vec<f32> = wide(
                #[inline(always)]
                || logits.chunks(NEAR).map(|near| greatest(near, |x| x)).collect(),
            );
            for (n, (near, peak)) in logits.chunks(NEAR).zip(peaks).enumerate() {
                if beam.text.score + (peak - all) <= bar {
                    continue;
                }
                for (token, logit) in (n * NEAR..).zip(near) {
                    let log_probability = logit - all;
                    let score = beam.text.score + log_probability;
                    if score > bar {
                        let candidate = Candidate { beam: index, token, log_probability, score };
                        let at = best.partition_point(|other| other.order(&candidate).is_lt());
                        best.insert(at, candidate);
                        best.truncate(n_candidates);
                    }
                    if best.len() == n_candidates {
                        bar = best[n_candidates - 1].score;
                    }
                }
            }
        }
        best
    }

    fn is_end(&self, candidate: &Candidate) -> bool {
        candidate.token == self.rules.end_of_text
    }

    /// What is written with `candidate`; an end is no token of it.
    fn text(&self, candidate: &Candidate) -> Text {
        let mut text = self.beams[candidate.beam].text.clone();
        text.score = candidate.score;
        text.is_whole = self.is_end(candidate);
        if !text.is_whole {
            text.tokens.push(candidate.token);
            text.log_probabilities.push(candidate.log_probability);
        }
        text
    }

    /// The best text, and its mean log probability a token, its end counted as one.
    pub(super) fn best(self) -> (Text, f32) {
        let mean = |text: &Text| text.score / text.tokens.len().max(1) as f32;
        let best = self
            .found
            .into_iter()
            .reduce(|one, other| if mean(&other) > mean(&one) { other } else { one });
        let best = best.unwrap_or_default();
        let n_tokens = best.tokens.len() + 1;
        let mean = best.score / n_tokens as f32;
        (best, mean)
    }

    /// Makes impossible what may not be written behind `said`.
    fn forbid(&self, said: &[usize], logits: &mut [f32]) {
        let rules = self.rules;
        self.forbid_repetition(said, logits);
        let first_time = rules.no_timestamps + 1;
        let never = |logits: &mut [f32]| logits.fill(f32::NEG_INFINITY);
        for &token in &rules.suppressed {
            logits[token] = f32::NEG_INFINITY;
        }
        logits[rules.no_timestamps] = f32::NEG_INFINITY;
        let is_time = |token: usize| token >= first_time;
        match *said {
            [] => {
                never(&mut logits[..first_time]);
                never(&mut logits[first_time + FIRST_TIME_MAX + 1..]);
                return;
            }
            [.., last] if is_time(last) && said.iter().rev().nth(1).is_none_or(|t| is_time(*t)) => {
                never(&mut logits[first_time..]);
                return;
            }
            [.., last] if is_time(last) => {
                never(&mut logits[..rules.end_of_text]);
                never(&mut logits[first_time..last]);
            }
            _ => {
                if let Some(last) = said.iter().rev().copied().find(|token| is_time(*token)) {
                    never(&mut logits[first_time..=last]);
                }
            }
        }
        let (words, times) = logits.split_at(first_time);
        if log_sum(times) > greatest(words, |x| x) {
            never(&mut logits[..first_time]);
        }
    }

    fn forbid_repetition(&self, said: &[usize], logits: &mut [f32]) {
        let Beaming { repetition, distinct, .. } = self.beaming;
        if repetition > 1.0 {
            let mut again: Vec<usize> = said.to_vec();
            again.sort_unstable();
            again.dedup();
            for token in again {
                let logit = &mut logits[token];
                *logit = if *logit < 0.0 { *logit * repetition } else { *logit / repetition };
            }
        }
        if distinct > 1 && said.len() >= distinct {
            let end = &said[said.len() + 1 - distinct..];
            for run in said.windows(distinct).filter(|run| run.starts_with(end)) {
                logits[run[distinct - 1]] = f32::NEG_INFINITY;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Words 0..4, the end 4, no time marks 5, times from 6 on.
    const END: usize = 4;
    const TIME: usize = 6;
    const N_TOKENS: usize = TIME + 60;

    fn rules() -> Rules {
        Rules { end_of_text: END, no_timestamps: 5, suppressed: vec![3] }
    }

    const GREEDY: Beaming = Beaming { n_beams: 1, repetition: 1.0, distinct: 0 };

    /// Logits that prefer `tokens`, the first most.
    fn prefer(tokens: &[usize]) -> Vec<f32> {
        let mut logits = vec![0.0; N_TOKENS];
        for (rank, token) in tokens.iter().enumerate() {
            logits[*token] = 20.0 - rank as f32;
        }
        logits
    }

    /// What is written where each step prefers `steps`, whatever was written before.
    fn written(beaming: Beaming, steps: &[&[usize]]) -> Text {
        let rules = rules();
        let mut search = Search::new(&rules, beaming, Vec::new(), steps.len());
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
    fn an_answer_begins_with_a_time_of_the_first_second() {
        let text = written(GREEDY, &[&[1, TIME + 55, TIME + 3], &[1], &[END]]);
        assert_eq!(text.tokens, [TIME + 3, 1]);
        assert!(text.is_whole);
    }

    #[test]
    fn times_come_in_pairs_and_never_go_back() {
        let steps: [&[usize]; 6] = [
            &[TIME],
            &[TIME + 9, 1],
            &[TIME + 7],
            &[1, TIME + 5, TIME + 8],
            &[TIME + 9, 2],
            &[END],
        ];
        assert_eq!(written(GREEDY, &steps).tokens, [TIME, 1, TIME + 7, TIME + 8, 2]);
    }

    #[test]
    fn what_is_suppressed_is_not_written() {
        assert_eq!(written(GREEDY, &[&[TIME], &[3, 5, 2], &[END]]).tokens, [TIME, 2]);
    }

    #[test]
    fn times_are_written_where_together_they_are_likelier_than_any_word() {
        let rules = rules();
        let mut search = Search::new(&rules, GREEDY, Vec::new(), 9);
        search.advance(&mut prefer(&[TIME]));
        search.advance(&mut prefer(&[1]));
        let mut logits = vec![-9.0; N_TOKENS];
        logits[2] = 1.0;
        logits[TIME + 10..TIME + 20].fill(0.5);
        search.advance(&mut logits);
        assert_eq!(search.beams[0].text.tokens, [TIME, 1, TIME + 10]);
    }

    #[test]
    fn an_answer_without_an_end_is_not_whole() {
        let text = written(GREEDY, &[&[TIME], &[1], &[2]]);
        assert_eq!((text.tokens.as_slice(), text.is_whole), ([TIME, 1, 2].as_slice(), false));
    }

    #[test]
    fn the_likeliest_of_several_is_found_though_it_began_worse() {
        let beaming = Beaming { n_beams: 2, ..GREEDY };
        let rules = rules();
        let mut search = Search::new(&rules, beaming, Vec::new(), 9);
        search.advance(&mut prefer(&[TIME, TIME + 1]));
        assert_eq!(search.beams.len(), 2);
        // Behind the better beginning nothing is sure, behind the other one a word is.
        let mut logits = vec![0.0; N_TOKENS];
        logits[1] = 0.1;
        logits.extend(prefer(&[2]));
        search.advance(&mut logits);
        assert_eq!(search.beams[0].text.tokens, [TIME + 1, 2]);
        while !search.beams.is_empty() {
            let mut logits = prefer(&[END]).repeat(search.beams.len());
            search.advance(&mut logits);
        }
        assert_eq!(search.best().0.tokens, [TIME + 1, 2]);
    }

    #[test]
    fn a_run_is_not_said_twice_where_that_is_asked_for() {
        let steps: [&[usize]; 6] = [&[TIME], &[1], &[2], &[1], &[2, 0], &[END]];
        assert_eq!(written(GREEDY, &steps).tokens, [TIME, 1, 2, 1, 2]);
        let distinct = Beaming { distinct: 2, ..GREEDY };
        assert_eq!(written(distinct, &steps).tokens, [TIME, 1, 2, 1, 0]);
        let dear = Beaming { repetition: 1.2, ..GREEDY };
        assert_eq!(written(dear, &steps).tokens, [TIME, 1, 2, 1, 0]);
    }
}
