//! A second reading for the marks between words that are settled.
//!
//! It also says how much the decoder expected each of the words: as evidence, it errs elsewhere than
//! the search.
//!
//! Beam search decides words and marks at once, and a prompt that asks for quotation marks costs
//! words. So the words of an answer are given to the decoder once more, under a prompt that is
//! punctuated as a page is, in one pass; behind each word its output says what it expects there.

use super::{decoder::Decoder, matrix::Kernels, simd::log_sum_exp, tokenizer::Tokenizer};
use crate::base::marks::{Mark, MarkScores};

/// A French page in small: a quotation that a colon opens, a dialogue, an exclamation, a list.
const PAGE: &str = " Alors je lui dis : « Ah bon ! — Eh oui ! » Il a répondu : « Ce n’est pas possible, \
                    pourquoi ? » Bing ! Voilà trois choses : la loi, l’argent et le temps. C’est dingue !";

/// How each mark is spelt in tokens.
const SPELLINGS: [(Mark, &[&str]); 6] = [
    (Mark::Comma, &[","]),
    (Mark::FullStop, &["."]),
    (Mark::Question, &[" ?", "?"]),
    (Mark::Exclamation, &[" !", "!"]),
    (Mark::Colon, &[" :", ":"]),
    (Mark::Quote, &[" «"]),
];

/// What a second reading needs to know of the tokens.
pub(super) struct MarkReader {
    /// The token of the language that it reads.
    pub(super) language: usize,
    /// The prompt.
    pub(super) page: Vec<usize>,
    /// The tokens of each mark of [`SPELLINGS`].
    tokens: [Vec<usize>; SPELLINGS.len()],
    /// Those that are nothing but marks.
    marks: Vec<usize>,
    /// Of each token: whether it is one of them.
    is_mark: Vec<bool>,
    /// Of each token: whether a word begins with it.
    begins_word: Vec<bool>,
}

impl MarkReader {
    /// For French, whose token is `language`.
    pub(super) fn new(tokenizer: &Tokenizer, language: usize) -> MarkReader {
        let bytes = &tokenizer.bytes;
        let is_mark = |token: &Vec<u8>| {
            let text = str::from_utf8(token).ok().map(str::trim).filter(|text| !text.is_empty());
            text.is_some_and(|text| text.chars().all(|c| ",.?!:;…«»\"“”–—-".contains(c)))
        };
        let is_mark: Vec<bool> = bytes.iter().map(is_mark).collect();
        MarkReader {
            language,
            page: tokenizer.encode(PAGE),
            tokens: SPELLINGS.map(|(_, spellings)| {
                spellings.iter().filter_map(|spelling| tokenizer.id(spelling.as_bytes())).collect()
            }),
            marks: (0..is_mark.len()).filter(|token| is_mark[*token]).collect(),
            is_mark,
            begins_word: bytes.iter().map(|token| token.first() == Some(&b' ')).collect(),
        }
    }

    /// Where words end in `text`: the place of the last token of each that is no mark, and that of
    /// the next word's first token, which is the length of `text` behind the last one.
    pub(super) fn word_ends(&self, text: &[usize]) -> Vec<(usize, usize)> {
        let mut ends = Vec::new();
        let mut last = None;
        for (at, &token) in text.iter().enumerate().filter(|(_, token)| !self.is_mark[**token]) {
            if self.begins_word[token] {
                ends.extend(last.map(|last| (last, at)));
            }
            last = Some(at);
        }
        ends.extend(last.map(|last| (last, text.len())));
        ends
    }

    /// The log probability of `token`, whose place `logits` are those of, given that no mark stands
    /// there; 0.0 of a mark, on which nothing depends.
    pub(super) fn log_probability(&self, logits: &[f32], token: usize) -> f32 {
        if self.is_mark[token] {
            return 0.0;
        }
        let marks: Vec<f32> = self.marks.iter().map(|mark| logits[*mark]).collect();
        let total = log_sum_exp(logits);
        let of_marks = if marks.is_empty() { 0.0 } else { (log_sum_exp(&marks) - total).exp() };
        (logits[token] - total - (-of_marks).ln_1p()).min(0.0)
    }

    /// The scores of a word whose `logits` are those of what follows it; `next` is the token that
    /// follows in the settled text, marks left out.
    pub(super) fn scores(&self, logits: &[f32], next: usize) -> MarkScores {
        let total = log_sum_exp(logits);
        let mut scores = [logits[next] - total; Mark::ALL.len()];
        for ((mark, _), tokens) in SPELLINGS.iter().zip(&self.tokens) {
            let of_mark: Vec<f32> = tokens.iter().map(|token| logits[*token]).collect();
            scores[*mark as usize] =
                if of_mark.is_empty() { f32::NEG_INFINITY } else { log_sum_exp(&of_mark) - total };
        }
        MarkScores::new(scores)
    }
}

/// The logits of what follows each of the rows at `places` of `rows`, the decoder's output.
pub(super) fn logits_at(
    decoder: &Decoder,
    kernels: &Kernels,
    rows: &[f32],
    places: impl Iterator<Item = usize>,
) -> Vec<f32> {
    let width = decoder.width;
    let chosen: Vec<f32> =
        places.flat_map(|place| &rows[place * width..][..width]).copied().collect();
    let mut logits = Vec::new();
    decoder.logits(kernels, &chosen, &mut logits);
    logits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(tokens: &[&str]) -> MarkReader {
        let tokens = tokens.iter().map(|token| token.as_bytes().to_vec());
        MarkReader::new(&Tokenizer::new(tokens.collect()), 0)
    }

    #[test]
    fn a_word_ends_before_its_marks_and_those_of_the_next() {
        let reader = reader(&[" il", " d", "it", ",", " :", " «", " oui", "."]);
        assert_eq!(reader.word_ends(&[0, 1, 2, 3, 6, 7]), [(0, 1), (2, 4), (4, 6)]);
        assert_eq!(reader.word_ends(&[0, 4, 5, 6]), [(0, 3), (3, 4)]);
        assert!(reader.word_ends(&[]).is_empty() && reader.word_ends(&[7]).is_empty());
    }

    #[test]
    fn a_word_is_as_probable_as_among_the_tokens_that_are_no_marks() {
        let reader = reader(&[" oui", " ?", "?", ".", " non"]);
        let found = reader.log_probability(&[1.0, 3.0, 0.0, 7.0, 0.0], 0);
        let expected = -(1.0 + (-1_f32).exp()).ln();
        assert!((found - expected).abs() < 1e-2, "{found} {expected}");
        assert_eq!(reader.log_probability(&[1.0, 3.0, 0.0, 7.0, 0.0], 3), 0.0);
    }

    #[test]
    fn scores_are_shares_of_all_tokens() {
        let reader = reader(&[" oui", " ?", "?", ".", " non"]);
        let scores = reader.scores(&[1.0, 0.0, 0.0, 0.0, 0.0], 0);
        let total = (1_f32.exp() + 4.0).ln();
        let expected = |value: f32| (value * 10.0).round() / 10.0;
        assert_eq!(scores.log_probability(Mark::Nothing), expected(1.0 - total));
        assert_eq!(scores.log_probability(Mark::Question), expected(2_f32.ln() - total));
        assert_eq!(scores.log_probability(Mark::Quote), -25.5);
    }
}
