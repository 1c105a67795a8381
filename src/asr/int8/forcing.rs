//! When a text that is known was said: its tokens are given to the decoder, which follows them in
//! the sound.
//!
//! As `align`, but for one thing: where others may have said something that the text lacks, a
//! *star* may take the time, so that no word is stretched over it. Stars are those of Pratap et al.,
//! "Star Temporal Classification", NeurIPS 2022, here as rows of the attention that are alike in
//! every frame.

use super::{
    ENCODER_HOP, Int8,
    align::{dtw, head_weights},
    beam_search::TOKENS_MAX,
    decoding::{EncodedWindow, WhisperModel},
    simd::add_assign,
};
use crate::{
    asr::{
        Context, ForcedWord, TranscribeError, WrittenWord,
        word_times::{AlignedSpan, AlignedWord, place},
        words::is_mark,
    },
    base::{speech::Word, time::Time},
};

/// What a frame counts in a star, for each alignment head: nearly what a token gets that is attended
/// to as much as any, since attention is standardised frame by frame. Not 0: where ways through a star
/// are worth the same, [`dtw`] takes neither.
const STAR: f32 = -0.05;

/// A token of text on its sound.
pub(super) struct ForcedToken {
    /// Encoder frames.
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) log_probability: f32,
}

impl Int8 {
    /// When each of `words` is said in `samples`; `None` where they are more than the decoder reads.
    pub(super) fn forced(
        &self,
        samples: &[f32],
        words: &[WrittenWord<'_>],
        context: Context<'_>,
    ) -> Result<Option<Vec<ForcedWord>>, TranscribeError> {
        let tokens: Vec<Vec<usize>> = words.iter().map(|word| self.tokens_of(word)).collect();
        // Before them the four tokens of a beginning, behind them the end of the text.
        let n_tokens: usize = tokens.iter().map(Vec::len).sum();
        if n_tokens == 0 || n_tokens + 5 > 2 * TOKENS_MAX {
            return Ok(None);
        }
        let is_starred: Vec<bool> = words.iter().map(|word| word.follows_others).collect();
        let language = self.language(context)?;
        let forced = self.in_own_pool(|| {
            let window = self.model.encode(&self.mel_window(samples, language));
            self.model.force(&window, &tokens, &is_starred)
        })?;
        let mut forced = forced.into_iter();
        let (mut aligned, mut log_probabilities) = (Vec::new(), Vec::new());
        let at = |frame: usize| Time::from_samples(frame as u64 * ENCODER_HOP);
        for (word, tokens) in words.iter().zip(&tokens) {
            let own: Vec<ForcedToken> = forced.by_ref().take(tokens.len()).collect();
            let mut span = AlignedSpan::starting_at(at(own.first().map_or(0, |token| token.start)));
            let mut sum = 0.0;
            for (token, forced) in tokens.iter().zip(&own) {
                if !is_mark(&self.tokenizer.bytes[*token]) {
                    span.extend(at(forced.end));
                }
                sum += forced.log_probability;
            }
            log_probabilities.push(sum / own.len().max(1) as f32);
            aligned.push(AlignedWord {
                spelling: word.text.to_owned(),
                span,
                probability: 0.0,
                evidence: None,
                marks: None,
            });
        }
        let placed = place(aligned, samples).into_iter().zip(log_probabilities);
        let word =
            |(word, log_probability): (Word, f32)| ForcedWord { span: word.span, log_probability };
        Ok(Some(placed.map(word).collect()))
    }

    /// The tokens of a word, as the recogniser would spell it.
    fn tokens_of(&self, word: &WrittenWord<'_>) -> Vec<usize> {
        let spelling = word.text.replace(['\u{a0}', '\u{202f}'], " ").replace('’', "'");
        let space = if word.is_joined { "" } else { " " };
        self.tokenizer.encode(&format!("{space}{spelling}"))
    }
}

impl WhisperModel {
    /// The tokens of `words` on the sound of `window`; before a word that `is_starred`, and before
    /// the first one, others may say something.
    pub(super) fn force(
        &self,
        window: &EncodedWindow,
        words: &[Vec<usize>],
        is_starred: &[bool],
    ) -> Vec<ForcedToken> {
        let text: Vec<usize> = words.concat();
        let (rows, scores) = self.read(window, &text);
        let text_rows = self.text_rows(&text);
        let before = text_rows.start..text_rows.start + text.len();
        let log_probabilities = self.log_probabilities(&rows, before, &text, ..);
        let n_columns = window.cross_kv.n_rows;
        let n_frames = window.n_frames.clamp(1, n_columns);
        let mut weights = vec![0.0; text_rows.len() * n_frames];
        for scores in &scores {
            let of_head = head_weights(scores, n_columns, n_frames, text_rows.clone());
            add_assign(&mut weights, &of_head);
        }
        let lengths: Vec<usize> = words.iter().map(Vec::len).collect();
        let star = STAR * scores.len() as f32;
        let (starred, places) = with_stars(&weights, n_frames, &lengths, is_starred, star);
        let starts = dtw(&starred, n_frames);
        let tokens = log_probabilities.into_iter().zip(places);
        let token = |(log_probability, place): (f32, usize)| ForcedToken {
            start: starts[place],
            end: starts[place + 1],
            log_probability,
        };
        tokens.map(token).collect()
    }

    /// The decoder's output for each token of the sequence around `text`, and the scores of the
    /// alignment heads.
    fn read(&self, window: &EncodedWindow, text: &[usize]) -> (Vec<f32>, Vec<Vec<f32>>) {
        let sequence = self.around(window.language, text);
        self.captured(&window.cross_kv, &sequence, &self.alignment_heads)
    }
}

/// Rows of `n_frames` for tokens, and that of the end, with rows of `star` before the first word and before
/// those that are starred; and which row each token has. `lengths` are the tokens of each word.
fn with_stars(
    weights: &[f32],
    n_frames: usize,
    lengths: &[usize],
    is_starred: &[bool],
    star: f32,
) -> (Vec<f32>, Vec<usize>) {
    let star = vec![star; n_frames];
    let mut rows = Vec::new();
    let mut places = Vec::new();
    let mut token_rows = weights.chunks_exact(n_frames);
    for (at, (length, is_starred)) in lengths.iter().zip(is_starred).enumerate() {
        if at == 0 || *is_starred {
            rows.extend_from_slice(&star);
        }
        for row in token_rows.by_ref().take(*length) {
            places.push(rows.len() / n_frames);
            rows.extend_from_slice(row);
        }
    }
    token_rows.for_each(|row| rows.extend_from_slice(row));
    (rows, places)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When words of one token begin, by attention that is drawn: `#` is where a token is attended to, a
    /// row for each and one for the end.
    fn starts(drawing: &[&str], is_starred: &[bool]) -> Vec<usize> {
        let weight = |mark: u8| if mark == b'#' { 2.0 } else { -0.5 };
        let weights: Vec<f32> = drawing.iter().flat_map(|row| row.bytes().map(weight)).collect();
        let n_frames = drawing[0].len();
        let lengths = vec![1; is_starred.len()];
        let (rows, places) = with_stars(&weights, n_frames, &lengths, is_starred, STAR);
        let starts = dtw(&rows, n_frames);
        places.into_iter().map(|place| starts[place]).collect()
    }

    #[test]
    fn a_star_takes_the_time_of_what_nobody_wrote() {
        let drawing = ["..####..............", "..............####..", "..................##"];
        assert_eq!(starts(&drawing, &[false, true]), [2, 14]);
        // Without one, a word is stretched over it.
        assert_eq!(starts(&drawing, &[false, false])[0], 2);
        assert!(starts(&drawing, &[false, false])[1] != 14);
    }

    #[test]
    fn a_star_that_is_not_needed_takes_a_frame_at_most() {
        let drawing = ["#####...............", ".....#########......", "..............######"];
        let [first, second] = starts(&drawing, &[true, true])[..] else { panic!("two words") };
        assert!(first == 0 && second.abs_diff(5) <= 1, "{first} {second}");
    }
}
