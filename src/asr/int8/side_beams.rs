//! Hypotheses with hotwords, beside those of the search.
//!
//! Adding a bonus to the scores of the search itself would cost it hypotheses that have nothing to
//! do with a name, wherever one might begin. So the search goes on as it would without hotwords,
//! and what it drops although a hotword might come of it grows beside it, in a few beams of its own.
//! In the end there are two answers for the same sound, and the one without them is what it would
//! have been.

use super::{
    automaton::{Automaton, BiasState, n_different_words},
    beam_search::{Beam, Candidate, Hypothesis, LogitRow},
};

/// Hypotheses that hotwords may have beside the search.
const SIDE_BEAMS_MAX: usize = 3;

/// A token is taken for one of a hotword only if the model ranks it among so many.
const RANKS: usize = 10;

/// How far, bonus included, a hypothesis may be behind the search.
const SLACK: f32 = 3.0;

/// Words that an answer may have more than the other one: it is not to say a hotword again and
/// again.
const MORE_WORDS_MAX: usize = 3;

/// Words that may be others than without hotwords, for each word of those.
const DIFFERENT_PER_WORD: usize = 3;

/// And besides.
const DIFFERENT_BESIDES: usize = 2;

/// The hotwords, and the bytes of the tokens of text.
#[derive(Clone, Copy)]
pub(super) struct Biasing<'a> {
    pub(super) automaton: &'a Automaton,
    pub(super) tokens: &'a [Vec<u8>],
}

impl Biasing<'_> {
    /// `state` behind `token`; a timestamp and the end of text end what is under way.
    pub(super) fn after(&self, state: BiasState, token: usize) -> BiasState {
        match self.tokens.get(token) {
            Some(bytes) => self.automaton.after(state, bytes),
            None => self.automaton.at_end(state),
        }
    }

    fn text(&self, hypothesis: &Hypothesis) -> String {
        let bytes = hypothesis.tokens.iter().map(|&token| self.tokens.get(token));
        // A timestamp stands between words.
        let bytes = bytes.flat_map(|bytes| bytes.map_or(b" ".as_slice(), Vec::as_slice));
        String::from_utf8_lossy(&bytes.copied().collect::<Vec<u8>>()).into_owned()
    }
}

/// What the search has beside it.
pub(super) struct SideBeams<'a> {
    biasing: Biasing<'a>,
    pub(super) finished: Vec<Hypothesis>,
    /// Score of the best hypothesis of the search that grows, and what its hotwords are worth.
    score_to_reach: f32,
}

impl<'a> SideBeams<'a> {
    pub(super) fn new(biasing: Biasing<'a>) -> SideBeams<'a> {
        SideBeams { biasing, finished: Vec::new(), score_to_reach: f32::NEG_INFINITY }
    }

    /// The score that is to be reached, if `hypotheses` are those of the search.
    pub(super) fn set_score_to_reach<'b>(
        &mut self,
        hypotheses: impl Iterator<Item = &'b Hypothesis>,
    ) {
        let value = |hypothesis: &Hypothesis| {
            hypothesis.score + self.biasing.automaton.value(hypothesis.bias)
        };
        if let Some(score) = hypotheses.map(value).reduce(f32::max) {
            self.score_to_reach = score;
        }
    }

    /// What may grow beside the search: extensions of `beams`, those of the search and its own,
    /// that are not `taken` by it. The best first.
    pub(super) fn candidates(
        &self,
        beams: &[Beam],
        rows: &[LogitRow<'_>],
        taken: &[&Candidate],
    ) -> Vec<Candidate> {
        let automaton = self.biasing.automaton;
        let floor = self.score_to_reach - SLACK;
        let mut found: Vec<(f32, Candidate)> = Vec::new();
        for (beam_idx, (beam, row)) in beams.iter().zip(rows).enumerate() {
            let Hypothesis { score, bias, .. } = beam.hypothesis;
            for (token, log_probability) in
                likeliest(row, floor - automaton.bonus_max() - score - bias.paid)
            {
                let is_it = |taken: &&Candidate| (taken.beam_idx, taken.token) == (beam_idx, token);
                if taken.iter().any(is_it) {
                    continue;
                }
                let state = self.biasing.after(bias, token);
                let score = score + log_probability;
                let value = automaton.value(state);
                if value > 0.0 && score + automaton.hope(state) >= floor {
                    let candidate = Candidate { beam_idx, token, log_probability, score };
                    found.push((score + value, candidate));
                }
            }
        }
        // Equal ones stay in the order of the beams and the tokens' probabilities.
        found.sort_by(|one, other| other.0.total_cmp(&one.0));
        found.truncate(SIDE_BEAMS_MAX);
        found.into_iter().map(|(_, candidate)| candidate).collect()
    }

    /// The hypothesis with hotwords that is better than `plain`, the answer of the search, if they
    /// count; `None` where there is none, or where it says something else altogether.
    pub(super) fn preferred<'b>(
        &'b self,
        plain: &'b Hypothesis,
        finished: &'b [Hypothesis],
    ) -> Option<&'b Hypothesis> {
        let mean =
            |hypothesis: &Hypothesis| hypothesis.mean_of(hypothesis.score + hypothesis.bias.paid);
        let rivals = finished.iter().chain(&self.finished);
        let rivals = rivals.filter(|rival| rival.bias.paid > 0.0 && mean(rival) > mean(plain));
        let best = rivals.reduce(|best, next| if mean(next) > mean(best) { next } else { best })?;
        let (plain_text, text) = (self.biasing.text(plain), self.biasing.text(best));
        let n_words = best.bias.n_words.saturating_sub(plain.bias.n_words).max(1);
        let n_different = n_different_words(&plain_text, &text);
        let count = |text: &str| text.split_whitespace().count();
        let is_longer = count(&text) > count(&plain_text) + MORE_WORDS_MAX;
        let n_allowed = DIFFERENT_PER_WORD * n_words + DIFFERENT_BESIDES;
        (n_different <= n_allowed && !is_longer).then_some(best)
    }
}

/// The likeliest tokens of `row`, at most as many as [`RANKS`], whose log probability is above
/// `floor`; the likeliest first.
fn likeliest(row: &LogitRow<'_>, mut floor: f32) -> Vec<(usize, f32)> {
    let mut best: Vec<(usize, f32)> = Vec::new();
    for (first_token, block, block_max) in row.blocks() {
        if block_max - row.normaliser <= floor {
            continue;
        }
        for (token, logit) in (first_token..).zip(block) {
            let log_probability = logit - row.normaliser;
            if log_probability > floor {
                let rank = best.partition_point(|(_, other)| *other >= log_probability);
                best.insert(rank, (token, log_probability));
                best.truncate(RANKS);
                if best.len() == RANKS {
                    floor = best[RANKS - 1].1;
                }
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::{
        super::beam_search::{BeamOptions, BeamSearch, TokenRules},
        *,
    };
    use crate::asr::hotwords::Hotwords;

    const TOKENS: [&str; 8] = [" Gar", "nier", " Garnié", " dit", " oui", ",", " non", " peut"];
    const END: usize = 8;
    const TIME: usize = 10;
    const N_TOKENS: usize = TIME + 60;

    fn options(beam_size: usize) -> BeamOptions {
        BeamOptions { beam_size, repetition_penalty: 1.0, no_repeat_ngram_size: 0 }
    }

    /// What is decoded with `hotwords` worth 4, where `logits` says what is likely behind tokens.
    fn decoded(
        hotwords: &[&str],
        beam_size: usize,
        logits: impl Fn(&[usize]) -> Vec<f32>,
    ) -> (Hypothesis, f32) {
        let rules = TokenRules { end_of_text: END, no_timestamps: TIME - 1, suppressed: vec![] };
        let hotwords = hotwords.iter().map(|&phrase| phrase.to_owned());
        let hotwords = Hotwords::new(hotwords, 4.0);
        let automaton = Automaton::new(&hotwords);
        let tokens = TOKENS.map(|text| text.as_bytes().to_vec());
        let biasing = Biasing { automaton: &automaton, tokens: &tokens };
        let biasing = (!hotwords.is_empty()).then_some(biasing);
        let mut search = BeamSearch::new(&rules, options(beam_size), biasing, Vec::new(), 12);
        search.advance(&mut logits(&[]));
        while !search.beams.is_empty() {
            let rows = search.beams.iter().map(|beam| logits(&beam.hypothesis.tokens));
            let mut rows = rows.collect::<Vec<_>>().concat();
            search.advance(&mut rows);
        }
        search.best()
    }

    /// Logits that say « Garnié dit », and « Garnier » by so much less.
    fn garnier(behind: f32) -> impl Fn(&[usize]) -> Vec<f32> {
        move |tokens| {
            let mut logits = vec![0.0; N_TOKENS];
            match *tokens {
                [] => logits[TIME] = 20.0,
                [.., TIME] => {
                    logits[2] = 20.0;
                    logits[0] = 20.0 - behind;
                }
                [.., 0] => logits[1] = 20.0,
                [.., 1 | 2] => logits[3] = 20.0,
                _ => logits[END] = 20.0,
            }
            logits
        }
    }

    #[test]
    fn a_hotword_is_decoded_where_it_is_not_far_behind() {
        for beam_size in [1, 2, 5] {
            let tokens =
                |hotwords: &[&str], behind| decoded(hotwords, beam_size, garnier(behind)).0.tokens;
            assert_eq!(tokens(&[], 3.0), [TIME, 2, 3], "{beam_size}");
            assert_eq!(tokens(&["Garnier"], 3.0), [TIME, 0, 1, 3], "{beam_size}");
            assert_eq!(tokens(&["Garnier"], 6.0), [TIME, 2, 3], "{beam_size}");
        }
    }

    #[test]
    fn a_hotword_that_breaks_off_is_worth_nothing() {
        assert_eq!(decoded(&["Garniers"], 5, garnier(1.0)).0.tokens, [TIME, 2, 3]);
        assert_eq!(decoded(&["Garnier dit non"], 5, garnier(1.0)).0.tokens, [TIME, 2, 3]);
        assert_eq!(decoded(&["Garnier dit"], 5, garnier(1.0)).0.tokens, [TIME, 0, 1, 3]);
    }

    #[test]
    fn what_has_no_hotword_has_the_bits_that_it_would_have_without_any() {
        // Something between noise and a language.
        let logits = |seed: usize| {
            move |tokens: &[usize]| {
                let hash = tokens.iter().fold(seed, |hash, token| (hash * 31 + token + 7) % 65_521);
                let value = |n: usize| ((hash * 37 + n * n * 11) % 101) as f32 / 9.0;
                let mut logits: Vec<f32> = (0..N_TOKENS).map(value).collect();
                logits[END] += tokens.len() as f32;
                logits
            }
        };
        let mut n_without = 0;
        for (seed, beam_size) in (0..200).zip([1, 3, 5].into_iter().cycle()) {
            let (plain, plain_mean) = decoded(&[], beam_size, logits(seed));
            let (found, mean) = decoded(&["Garnier dit oui", "oui, peut"], beam_size, logits(seed));
            if found.bias.paid == 0.0 {
                n_without += 1;
                let bits = |hypothesis: &Hypothesis| -> Vec<u32> {
                    hypothesis.log_probabilities.iter().map(|p| p.to_bits()).collect()
                };
                assert_eq!((&found.tokens, bits(&found)), (&plain.tokens, bits(&plain)));
                assert_eq!(
                    (mean.to_bits(), found.is_complete),
                    (plain_mean.to_bits(), plain.is_complete)
                );
            }
        }
        assert!(n_without > 50, "{n_without}");
    }

    #[test]
    fn an_answer_that_says_something_else_besides_is_not_preferred() {
        // « Garnier » leads to a long answer in which no other word is the same.
        let logits = |tokens: &[usize]| {
            let mut logits = vec![0.0; N_TOKENS];
            match *tokens {
                [] => logits[TIME] = 20.0,
                [.., TIME] => (logits[3], logits[0]) = (20.0, 18.0),
                [.., 0] => logits[1] = 20.0,
                _ if tokens.len() == 9 => logits[END] = 20.0,
                [_, 3, ..] => logits[4] = 20.0,
                _ => logits[6] = 20.0,
            }
            logits
        };
        let found = decoded(&["Garnier"], 2, logits).0.tokens;
        assert_eq!(found, [TIME, 3, 4, 4, 4, 4, 4, 4, 4]);
    }
}
