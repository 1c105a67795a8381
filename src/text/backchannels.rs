//! « oui », « d'accord »: words of assent under somebody else's sentence are not shown.
//!
//! On a page each would cut a sentence in two for a word that nobody misses. One that is not
//! spoken over is an answer, and stays.

use super::{show_again, word};
use crate::base::{
    speech::{Dropped, SpeakerId, Turn},
    time::{Span, Time},
    transcript::{Change, Rule, Segment, Transcript},
};

/// What is assent and nothing else, under somebody else's sentence: there « hum » is no hesitation.
const ASSENT: &[&str] = &[
    "oui",
    "ouais",
    "d'accord",
    "ok",
    "mm",
    "mmh",
    "hmm",
    "hum",
    "voilà",
    "exactement",
    "bien sûr",
];

/// Most words of a backchannel.
const WORDS_MAX: usize = 2;

/// The longest backchannel.
const LONGEST: Time = Time::from_millis(1_000);

/// Share of it that lies inside somebody else's turn, in percent.
const COVERED_PERCENT: u64 = 80;

/// Shows again the backchannels that an earlier polish hid.
pub(super) fn show(transcript: &mut Transcript) {
    show_again(transcript, Rule::Backchannel, Dropped::Backchannel);
}

/// Hides backchannels.
pub(super) fn hide(transcript: &mut Transcript) {
    let Transcript { segments, turns, changes, .. } = transcript;
    for own in segments.chunk_by_mut(|one, other| one.likely_speaker() == other.likely_speaker()) {
        let is_hidden = own.iter().flat_map(|s| &s.words).all(|word| word.dropped.is_some());
        if is_hidden || !is_backchannel(own, turns) {
            continue;
        }
        let words = own.iter().flat_map(|s| &s.words).filter(|word| word.dropped.is_none());
        changes.push(Change {
            rule: Rule::Backchannel,
            at: own[0].span.start(),
            before: word::joined(words),
            after: String::new(),
        });
        for word in own.iter_mut().flat_map(|segment| &mut segment.words) {
            word.dropped = word.dropped.or(Some(Dropped::Backchannel));
        }
    }
}

/// `own` is all that one person says before somebody else does, at least a segment.
fn is_backchannel(own: &[Segment], turns: &[Turn]) -> bool {
    let (Some(speaker), Some(last)) = (own[0].likely_speaker(), own.last()) else { return false };
    let n_words: usize = own.iter().map(|segment| segment.words.len()).sum();
    let Some(span) = Span::new(own[0].span.start(), last.span.end()) else { return false };
    n_words <= WORDS_MAX
        && span.samples() <= LONGEST.samples()
        && is_assent(own)
        && is_covered(span, speaker, turns)
}

fn is_assent(own: &[Segment]) -> bool {
    let words = || own.iter().flat_map(|segment| &segment.words);
    // « Oui ? » asks for an answer.
    let asks = words().any(|word| word.text.contains('?'));
    let bare: Vec<String> = words().map(|word| word::bare(&word.text)).collect();
    let is_listed = |text: &String| ASSENT.contains(&text.as_str());
    !asks && (bare.iter().all(is_listed) || is_listed(&bare.join(" ")))
}

/// Whether most of `span` lies inside turns of one other person.
fn is_covered(span: Span, speaker: SpeakerId, turns: &[Turn]) -> bool {
    // Sorted by start: none that begins later can cover anything of it.
    let until = turns.partition_point(|turn| turn.span.start() < span.end());
    let others = turns[..until].iter().filter(|turn| turn.speaker != speaker);
    let covering = others.filter_map(|turn| Some((turn.speaker, turn.span.overlap(span)?)));
    let mut covered: Vec<(SpeakerId, u64)> = Vec::new();
    for (other, part) in covering {
        match covered.iter_mut().find(|(known, _)| *known == other) {
            Some((_, samples)) => *samples += part.samples(),
            None => covered.push((other, part.samples())),
        }
    }
    covered.iter().any(|(_, samples)| samples * 100 >= span.samples() * COVERED_PERCENT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::word::tests::{shown, transcript};

    const A: u16 = 0;

    #[test]
    fn an_assent_under_a_sentence_is_not_shown() {
        check(&["0 Je pense", "1 oui", "0 que oui."], &[(A, 0, 9_000)], "Je pense |  | que oui.");
        check(&["0 Je", "1 Bien sûr.", "0 dis."], &[(A, 0, 9_000)], "Je |  | dis.");
    }

    #[test]
    fn an_answer_that_nobody_talks_over_is_shown() {
        check(&["0 Ça va ?", "1 Oui.", "0 Bon."], &[(A, 0, 800)], "Ça va ? | Oui. | Bon.");
    }

    #[test]
    fn an_assent_that_begins_a_sentence_is_shown() {
        check(&["0 Je", "1 Oui.", "1 Mais non."], &[(A, 0, 9_000)], "Je | Oui. | Mais non.");
    }

    #[test]
    fn other_words_and_questions_are_shown() {
        check(&["0 Je", "1 non", "0 dis."], &[(A, 0, 9_000)], "Je | non | dis.");
        check(&["0 Je", "1 Oui\u{a0}?", "0 dis."], &[(A, 0, 9_000)], "Je | Oui\u{a0}? | dis.");
    }

    #[test]
    fn what_was_hidden_is_shown_again_where_it_is_kept() {
        let heard = overlapped(&["0 Je", "1 oui", "0 dis."], &[(A, 0, 9_000)]);
        let mut polished = heard.clone();
        hide(&mut polished);
        assert_ne!(polished, heard);
        show(&mut polished);
        assert_eq!(polished, heard);
    }

    fn overlapped(lines: &[&str], turns: &[(u16, u64, u64)]) -> Transcript {
        let turn = |&(speaker, start, end): &(u16, u64, u64)| {
            Turn::new(
                SpeakerId(speaker),
                Span::new(Time::from_millis(start), Time::from_millis(end)).unwrap(),
            )
        };
        Transcript { turns: turns.iter().map(turn).collect(), ..transcript(lines) }
    }

    /// `turns` are `(speaker, start in ms, end in ms)`.
    #[track_caller]
    fn check(lines: &[&str], turns: &[(u16, u64, u64)], expected: &str) {
        let mut transcript = overlapped(lines, turns);
        hide(&mut transcript);
        assert_eq!(shown(&transcript), expected);
        let once = transcript.clone();
        hide(&mut transcript);
        assert_eq!(transcript, once);
    }
}
