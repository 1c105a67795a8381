//! Hotwords in the place of words that sound like them, where the model finds them nearly as
//! probable.
//!
//! A name that the model does not know is spelt by ear: « concarno ». So the answer of the search is
//! looked through for words that sound like a hotword; each such place is given to the decoder once
//! more with the hotword in it, all in one pass, and what that costs in probability is held against
//! how much sounds the same. The search itself knows nothing of hotwords: where none sounds like
//! what was said, its answer stays as it is, and nothing was computed besides.

use super::{
    alike::{Alike, HotwordSounds, is_apart},
    decoder::{TokenRow, WindowBatch},
    decoding::{EncodedWindow, WhisperModel},
    kv_cache::KvCache,
    tokenizer::Tokenizer,
};
use std::ops::Range;

/// Words are only looked at again if one of their tokens is less probable than this.
const SURE: f32 = 0.8;

/// Most hotwords that are tried in a window.
const TRIES_MAX: usize = 12;

/// Tokens behind a hotword that count as well: what follows has to go on from it.
const N_TOKENS_BEHIND: usize = 8;

/// What a phoneme that is heard otherwise takes away, for each natural logarithm that one heard
/// right is worth.
const PER_DIFFERENCE: f32 = 4.0 / 3.0;

/// A hotword among so many is taken from nothing on; each of more is less likely to be meant, by
/// the logarithm of their number.
const N_FEW: f32 = 25.0;

/// The hotwords, and how text is spelt in tokens.
#[derive(Clone, Copy)]
pub(super) struct Rescoring<'a> {
    pub(super) sounds: &'a HotwordSounds,
    pub(super) tokenizer: &'a Tokenizer,
}

/// A text in tokens, and its words.
struct Spelling {
    text: String,
    /// The byte at which each token begins, and the end.
    token_starts: Vec<usize>,
    /// The bytes of each word.
    words: Vec<Range<usize>>,
}

impl Spelling {
    /// `None` where the tokens are no text.
    fn new(tokens: &[(usize, f32)], tokenizer: &Tokenizer) -> Option<Spelling> {
        let mut bytes = Vec::new();
        let mut token_starts = vec![0];
        for (token, _) in tokens {
            bytes.extend_from_slice(&tokenizer.bytes[*token]);
            token_starts.push(bytes.len());
        }
        let text = String::from_utf8(bytes).ok()?;
        let mut words = Vec::new();
        let mut start = None;
        for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
            if c.is_alphanumeric() {
                start.get_or_insert(at);
            } else if let Some(start) = start.take() {
                words.push(start..at);
            }
        }
        Some(Spelling { text, token_starts, words })
    }

    /// The tokens that `words` are of, and what these say with `phrase` in the place of the words.
    fn replaced(&self, words: &Range<usize>, phrase: &str) -> (Range<usize>, String) {
        let (start, end) = (self.words[words.start].start, self.words[words.end - 1].end);
        let first = self.token_starts.partition_point(|at| *at <= start) - 1;
        let after = self.token_starts.partition_point(|at| *at < end);
        let before = &self.text[self.token_starts[first]..start];
        let behind = &self.text[end..self.token_starts[after]];
        (first..after, format!("{before}{phrase}{behind}"))
    }
}

/// A hotword that is tried.
struct Try {
    /// The tokens in whose place it stands.
    place: Range<usize>,
    /// Its own tokens, and what follows them: behind its tokens the text goes on.
    tokens: Vec<usize>,
    n_own: usize,
    /// What its sound is worth.
    bonus: f32,
}

impl Try {
    /// How many tokens stand in its place, and behind them as many as behind its own.
    fn n_plain(&self) -> usize {
        self.place.len() + self.tokens.len() - self.n_own
    }
}

impl WhisperModel {
    /// `text`, tokens with their probabilities, with hotwords in the place of words that sound like
    /// them; `None` where none is preferred.
    pub(super) fn rescored(
        &self,
        window: &EncodedWindow,
        text: &[(usize, f32)],
        rescoring: Rescoring<'_>,
    ) -> Option<Vec<(usize, f32)>> {
        let Rescoring { sounds, tokenizer } = rescoring;
        let spelling = Spelling::new(text, tokenizer)?;
        let words: Vec<&str> =
            spelling.words.iter().map(|bytes| &spelling.text[bytes.clone()]).collect();
        let tokens: Vec<usize> = text.iter().map(|(token, _)| *token).collect();
        let sequence = self.around(window.language, &tokens);
        // The row before a token's says what is expected in its place.
        let n_before = self.text_rows(&tokens).start + 1;
        let mut tries: Vec<Try> = Vec::new();
        for alike in sounds.alike(&words) {
            let bonus = bonus(sounds, &alike);
            if bonus <= 0.0 {
                continue;
            }
            let (place, spelt) = spelling.replaced(&alike.words, alike.phrase);
            if text[place.clone()].iter().all(|(_, probability)| *probability >= SURE) {
                continue;
            }
            let mut tokens = tokenizer.encode(&spelt);
            let n_own = tokens.len();
            let end = (place.end + N_TOKENS_BEHIND).min(text.len() + 1);
            tokens.extend(&sequence[n_before + place.end..n_before + end]);
            tries.push(Try { place, tokens, n_own, bonus });
            if tries.len() == TRIES_MAX {
                break;
            }
        }
        // The last token of each only has to be predicted.
        let n_forced = tries.iter().map(|it| n_before + it.place.start - 1 + it.n_plain()).max()?;
        let output = self.forced(window, &sequence[..n_forced], n_before, &tries);
        let among = ..=self.rules.end_of_text;
        let mut better: Vec<(f32, &Try, Vec<f32>)> = Vec::new();
        let mut first_row = n_forced;
        for it in &tries {
            let before = n_before + it.place.start - 1;
            let plain = before..before + it.n_plain();
            let plain_tokens = &sequence[plain.start + 1..=plain.end];
            let plain = self.log_probabilities(&output, plain, plain_tokens, among);
            let rows = [before].into_iter().chain(first_row..first_row + it.tokens.len() - 1);
            let found = self.log_probabilities(&output, rows, &it.tokens, among);
            first_row += it.tokens.len();
            let gain = found.iter().sum::<f32>() - plain.iter().sum::<f32>() + it.bonus;
            if gain > 0.0 {
                better.push((gain, it, found));
            }
        }
        // Equal ones stay in the order of how alike they are.
        better.sort_by(|(one, ..), (other, ..)| other.total_cmp(one));
        let mut taken: Vec<(&Try, Vec<f32>)> = Vec::new();
        for (_, it, found) in better {
            if taken.iter().all(|(other, _)| is_apart(&it.place, &other.place)) {
                taken.push((it, found));
            }
        }
        taken.sort_by_key(|(it, _)| std::cmp::Reverse(it.place.start));
        let mut rescored = text.to_vec();
        for (it, found) in &taken {
            let own = it.tokens.iter().zip(found).take(it.n_own);
            rescored.splice(it.place.clone(), own.map(|(token, found)| (*token, found.exp())));
        }
        (!taken.is_empty()).then_some(rescored)
    }

    /// The decoder's output for the tokens of `sequence`, then for those of each of `tries`.
    fn forced(
        &self,
        window: &EncodedWindow,
        sequence: &[usize],
        n_before: usize,
        tries: &[Try],
    ) -> Vec<f32> {
        let row = |(n, &token): (usize, &usize)| (token, (0..=n as u32).collect::<Vec<u32>>());
        let mut rows: Vec<(usize, Vec<u32>)> = sequence.iter().enumerate().map(row).collect();
        for it in tries {
            let mut cache_rows: Vec<u32> = (0..(n_before + it.place.start) as u32).collect();
            for &token in &it.tokens {
                cache_rows.push(rows.len() as u32);
                rows.push((token, cache_rows.clone()));
            }
        }
        let rows = rows.iter().map(|(token, cache_rows)| TokenRow { token: *token, cache_rows });
        let mut kv_cache = KvCache::default();
        let (cross_kv, kv_cache) = (&window.cross_kv, &mut kv_cache);
        let batch = WindowBatch { cross_kv, kv_cache, rows: rows.collect() };
        self.decoder.forward(&self.kernels, &mut [batch], None)
    }
}

/// What it is worth that `alike` sounds as it does, in natural logarithms of a probability.
fn bonus(sounds: &HotwordSounds, alike: &Alike<'_>) -> f32 {
    let same = alike.n_phonemes as f32 - PER_DIFFERENCE * alike.difference;
    let among = (sounds.len() as f32 / N_FEW).max(1.0).ln();
    sounds.per_phoneme * same - among
}
