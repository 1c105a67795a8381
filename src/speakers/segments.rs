//! From utterances to segments of about a sentence.
//!
//! An utterance is what the recogniser found in one window; people read sentences. A segment
//! ends where a sentence does, where the speaker changes or pauses for a while, never because a
//! window did.

use crate::base::{
    speech::{Doubt, SpeakerId, Utterance, Word, ends_sentence},
    time::{Span, Time},
    transcript::{Opening, Segment, SegmentLanguage},
};

/// When a segment ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentSettings {
    /// Silence that ends a segment, whatever the punctuation.
    pub pause: Time,
    /// Longest segment; a longer one is cut at its longest pause.
    pub longest: Time,
}

impl SegmentSettings {
    /// About a sentence each.
    pub(crate) const SENTENCES: SegmentSettings =
        SegmentSettings { pause: Time::from_millis(1_000), longest: Time::from_millis(20_000) };
}

/// The segments of `utterances`, which are sorted. Every word is in one, in order.
///
/// `speakers` has one for each word, in order; words beyond its end are nobody's.
pub fn segments(
    utterances: Vec<Utterance>,
    speakers: &[Option<SpeakerId>],
    settings: SegmentSettings,
) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    let mut open = false;
    let mut speakers = speakers.iter().copied();
    for utterance in utterances {
        // The words of an utterance that skips some are as good as others: what is missing is
        // marked where it is missing, and not on what stands around it.
        let doubt = utterance.doubt.filter(|doubt| *doubt != Doubt::Skipped);
        for word in utterance.words {
            let speaker = speakers.next().flatten();
            let fits = |last: &Segment| {
                last.doubt == doubt
                    && last.speaker == speaker
                    && word.span.start().minus(last.span.end()) < settings.pause
            };
            match segments.last_mut() {
                Some(last) if open && fits(last) => {
                    open = !ends_sentence(&word.text);
                    last.span = Span::new(last.span.start(), word.span.end()).unwrap_or(last.span);
                    last.words.push(word);
                }
                _ => {
                    open = !ends_sentence(&word.text);
                    segments.push(segment(vec![word], doubt, speaker));
                }
            }
        }
    }
    segments.into_iter().flat_map(|segment| shortened(segment, settings.longest)).collect()
}

fn segment(words: Vec<Word>, doubt: Option<Doubt>, speaker: Option<SpeakerId>) -> Segment {
    let (first, last) = (words[0].span, words[words.len() - 1].span);
    let span = Span::new(first.start(), last.end()).unwrap_or(first);
    Segment {
        speaker,
        guess: None,
        span,
        words,
        doubt,
        opens: Opening::Nothing,
        language: SegmentLanguage::Unknown,
    }
}

/// Cuts a segment that is too long at its longest pause, again and again.
fn shortened(whole: Segment, longest: Time) -> Vec<Segment> {
    if whole.span.samples() <= longest.samples() || whole.words.len() < 2 {
        return vec![whole];
    }
    let pause =
        |at: &usize| whole.words[*at].span.start().minus(whole.words[at - 1].span.end()).samples();
    // Of equal pauses the one nearest to the middle, so that parts are even.
    let middle = whole.words.len() / 2;
    let nearness = |at: &usize| std::cmp::Reverse(at.abs_diff(middle));
    let cut = (1..whole.words.len()).max_by_key(|at| (pause(at), nearness(at))).unwrap_or(middle);
    let (mut head, doubt, speaker) = (whole.words, whole.doubt, whole.speaker);
    let tail = head.split_off(cut);
    let parts = [segment(head, doubt, speaker), segment(tail, doubt, speaker)];
    parts.into_iter().flat_map(|part| shortened(part, longest)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asr::scripted::evenly_spoken;

    #[test]
    fn a_sentence_goes_on_from_one_window_to_the_next() {
        check(&["Bonjour à tous. Nous", "voilà. Merci"], "Bonjour à tous. | Nous voilà. | Merci");
    }

    #[test]
    fn a_title_does_not_end_a_sentence() {
        check(&["C'est M. Garnier ! Oui"], "C'est M. Garnier ! | Oui");
    }

    #[test]
    fn a_doubtful_utterance_is_a_segment_of_its_own() {
        let mut doubtful = evenly_spoken("et et et", Time::from_millis(1_000));
        doubtful.doubt = Some(Doubt::Repetition);
        let segments =
            segments(vec![evenly_spoken("alors", Time::from_millis(500)), doubtful], &[], SETTINGS);
        assert_eq!(
            segments.iter().map(|s| s.doubt).collect::<Vec<_>>(),
            [None, Some(Doubt::Repetition)]
        );
    }

    #[test]
    fn words_beside_a_hole_are_not_doubtful_for_it() {
        let mut skipping = evenly_spoken("alors voilà", Time::from_millis(1_000));
        skipping.doubt = Some(Doubt::Skipped);
        assert_eq!(segments(vec![skipping], &[], SETTINGS)[0].doubt, None);
    }

    #[test]
    fn a_change_of_speaker_ends_a_segment_and_not_a_sentence_of_the_next() {
        let speakers = [0, 0, 1, 1].map(|id| Some(SpeakerId(id)));
        let utterance = evenly_spoken("et alors bonjour vous", Time::from_millis(2_000));
        let texts = segments(vec![utterance], &speakers, SETTINGS);
        let texts: Vec<String> = texts.iter().map(Segment::text).collect();
        assert_eq!(texts, ["et alors", "bonjour vous"]);
    }

    #[test]
    fn a_talk_without_marks_is_cut_at_its_longest_pause() {
        let mut long = evenly_spoken("un deux trois quatre cinq six", Time::from_millis(12_000));
        let early = Span::new(
            long.words[3].span.start(),
            long.words[3].span.start().plus(Time::from_millis(500)),
        );
        long.words[3].span = early.unwrap();
        let texts: Vec<String> =
            segments(vec![long], &[], SETTINGS).iter().map(Segment::text).collect();
        assert_eq!(texts, ["un deux trois quatre", "cinq six"]);
    }

    const SETTINGS: SegmentSettings =
        SegmentSettings { pause: Time::from_millis(2_000), longest: Time::from_millis(10_000) };

    /// Each text is an utterance of one second, one after the other.
    #[track_caller]
    fn check(texts: &[&str], expected: &str) {
        let second = Time::from_millis(1_000);
        let mut utterances = Vec::new();
        for (index, text) in texts.iter().enumerate() {
            let mut utterance = evenly_spoken(text, second);
            let by = Time::from_millis(1_000 * index as u64);
            utterance.span = utterance.span.later(by);
            for word in &mut utterance.words {
                word.span = word.span.later(by);
            }
            utterances.push(utterance);
        }
        let texts: Vec<String> =
            segments(utterances, &[], SETTINGS).iter().map(Segment::text).collect();
        assert_eq!(texts.join(" | "), expected);
    }
}
