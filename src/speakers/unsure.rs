//! Words of an unsure voice: no name over them rather than a wrong one.
//!
//! A sentence is taken as a whole, because a page on which names come and go within one is no page.

use super::diarize::confidence::mean_confidence;
use crate::base::{
    speech::{SpeakerId, Turn},
    time::Span,
    transcript::Segment,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What becomes of words whose speaker is unsure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unsure {
    /// They have no name; who most likely says them is kept beside.
    Mark,
    /// They have that of who most likely says them.
    Guess,
}

/// A sentence whose speaker is less likely than this, in percent, is unsure.
const SURE: u8 = 80;

/// Takes the name off segments that are unsure by the confidence of `parts`, which are sorted by start.
pub fn mark_unsure(segments: &mut [Segment], parts: &[Turn]) {
    let mut by_speaker: BTreeMap<SpeakerId, Vec<Turn>> = BTreeMap::new();
    for part in parts {
        by_speaker.entry(part.speaker).or_default().push(*part);
    }
    for segment in segments {
        let Some(parts) = segment.speaker.and_then(|speaker| by_speaker.get(&speaker)) else {
            continue;
        };
        let words: Vec<Span> = segment.words.iter().map(|word| word.span).collect();
        if mean_confidence(parts, &words).is_some_and(|percent| percent < SURE) {
            segment.guess = segment.speaker.take();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{asr::scripted::evenly_spoken, base::time::Time, speakers::segments::*};

    #[test]
    fn a_sentence_has_no_name_where_its_parts_are_unsure_as_a_whole() {
        // Four words, a second each.
        assert_eq!(marked(&[(0, 4_000, 95)]), (Some(SpeakerId(0)), None));
        assert_eq!(marked(&[(0, 4_000, 61)]), (None, Some(SpeakerId(0))));
        assert_eq!(marked(&[(0, 3_000, 95), (3_000, 4_000, 37)]), (Some(SpeakerId(0)), None));
        assert_eq!(marked(&[(0, 1_000, 95), (1_000, 4_000, 37)]), (None, Some(SpeakerId(0))));
    }

    #[test]
    fn a_sentence_of_which_nothing_is_known_keeps_its_name() {
        assert_eq!(marked(&[]), (Some(SpeakerId(0)), None));
        assert_eq!(marked(&[(9_000, 9_500, 37)]), (Some(SpeakerId(0)), None));
    }

    /// Who says a sentence of four seconds, and who is guessed to; parts by their milliseconds.
    fn marked(parts: &[(u64, u64, u8)]) -> (Option<SpeakerId>, Option<SpeakerId>) {
        let utterance = evenly_spoken("Il pleut ce soir.", Time::from_millis(4_000));
        let speakers = [Some(SpeakerId(0)); 4];
        let mut segments = segments(vec![utterance], &speakers, SegmentSettings::SENTENCES);
        let part = |&(start, end, percent): &(u64, u64, u8)| Turn {
            speaker: SpeakerId(0),
            span: Span::new(Time::from_millis(start), Time::from_millis(end)).expect("it lasts"),
            confidence: Some(percent),
        };
        mark_unsure(&mut segments, &parts.iter().map(part).collect::<Vec<_>>());
        (segments[0].speaker, segments[0].guess)
    }
}
