//! How reliable a text is, and how long it takes to listen to what is doubtful.

use crate::base::{
    speech::Word,
    time::{Span, Time, fill_pauses},
    transcript::Transcript,
};

/// From this probability of an error on, a word is worth listening to.
const DOUBTFUL: f32 = 0.3;

/// Below this probability of its own, a recogniser is not sure of a word.
const SURE: f32 = 0.5;

/// What people hear before and behind a doubtful word to judge it.
const AROUND: Time = Time::from_millis(1_000);

/// Whether a person should listen to `word`. Where nobody estimated its error, as in files of earlier
/// versions, the recogniser's own probability has to do.
pub fn is_doubtful(word: &Word) -> bool {
    match word.error {
        Some(error) => error >= DOUBTFUL,
        None => word.probability.is_some_and(|sure| sure < SURE),
    }
}

/// How doubtful `word` is beside others, in percent: by its error, or by what its probability leaves.
pub fn risk(word: &Word) -> u8 {
    let error = word.error.or_else(|| word.probability.map(|sure| 1.0 - sure));
    (error.unwrap_or_default().clamp(0.0, 1.0) * 100.0).round() as u8
}

/// How reliable a text is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reliability {
    /// The share of words that are wrong, as is to be expected: [`Transcript::expected_error_rate`].
    pub rate: f64,
    /// Words that are shown.
    pub n_words: usize,
    /// How many of them are doubtful: see [`is_doubtful`].
    pub n_doubtful: usize,
    /// How much sound the doubtful ones are, with a second before and behind each.
    pub listening: Time,
}

impl Reliability {
    /// That of `transcript`; `None` where a person has read it, and where nobody estimated errors.
    pub fn of(transcript: &Transcript) -> Option<Reliability> {
        let rate = transcript.expected_error_rate()?;
        let words = transcript.segments.iter().flat_map(|segment| &segment.words);
        let shown: Vec<&Word> = words.filter(|word| word.dropped.is_none()).collect();
        let doubtful: Vec<&Word> = shown.iter().copied().filter(|word| is_doubtful(word)).collect();
        let mut heard: Vec<Span> = doubtful.iter().filter_map(|word| around(word.span)).collect();
        heard.sort();
        let heard = fill_pauses(&heard, Time::default());
        Some(Reliability {
            rate,
            n_words: shown.len(),
            n_doubtful: doubtful.len(),
            listening: Time::from_samples(heard.iter().map(|span| span.samples()).sum()),
        })
    }
}

fn around(span: Span) -> Option<Span> {
    let start = span.start().samples().saturating_sub(AROUND.samples());
    Span::new(Time::from_samples(start), span.end().plus(AROUND))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::word::tests::transcript;

    #[test]
    fn a_text_is_as_reliable_as_its_words_and_overlapping_sound_counts_once() {
        let mut page = transcript(&["0 Un mot bien sûr, mais oui."]);
        assert_eq!(Reliability::of(&page), None);
        let words = &mut page.segments[0].words;
        words.iter_mut().for_each(|word| word.error = Some(0.1));
        words[1].error = Some(0.5);
        words[2].error = Some(0.3);
        let (start, end) = (words[1].span.start(), words[2].span.end());
        let found = Reliability::of(&page).unwrap();
        assert_eq!((found.n_words, found.n_doubtful), (6, 2));
        assert!((found.rate - 0.2).abs() < 1e-6, "{found:?}");
        let before = start.samples().min(AROUND.samples());
        let expected = end.samples() - start.samples() + before + AROUND.samples();
        assert_eq!(found.listening.samples(), expected);
        page.provenance.corrected = true;
        assert_eq!(Reliability::of(&page), None);
    }

    #[test]
    fn without_an_estimate_the_probability_has_to_do() {
        let page = transcript(&["0 Un mot."]);
        let word = |error, probability| Word { error, ..with(&page, probability) };
        for (error, probability, expected) in [
            (Some(0.31), Some(0.9), (true, 31)),
            (Some(0.29), Some(0.1), (false, 29)),
            (None, Some(0.49), (true, 51)),
            (None, Some(0.5), (false, 50)),
            (None, None, (false, 0)),
        ] {
            let word = word(error, probability);
            assert_eq!((is_doubtful(&word), risk(&word)), expected, "{word:?}");
        }
    }

    fn with(page: &Transcript, probability: Option<f32>) -> Word {
        Word { probability, ..page.segments[0].words[0].clone() }
    }
}
