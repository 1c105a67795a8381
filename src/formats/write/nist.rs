//! Files of NIST's scoring tools, which everybody who scores speakers or words reads:
//! RTTM, CTM and STM.
//!
//! One line a turn, a word, a segment. Fields are parted by spaces, so names cannot hold
//! any: they become `_`, and two people whose names then look alike are one to a reader.
//! NIST, "The 2009 (RT-09) Rich Transcription Meeting Recognition Evaluation
//! Plan", appendix A; the pages `infmts` of its Scoring Toolkit.

use super::safe::one_line;
use crate::base::{
    speech::{Gap, Turn, Word},
    transcript::{Transcript, is_event},
};

/// `turns` of the episode `file` as RTTM, in the order given.
///
/// `names` are those of the speakers by number; who has none there, or an empty
/// one, is called by the number. Times are rounded to milliseconds at both ends,
/// so that turns which touch still touch; a turn lasts at least one.
pub(in crate::formats) fn rttm(file: &str, turns: &[Turn], names: &[String]) -> String {
    let file = field(file);
    let line = |turn: &Turn| {
        let number = turn.speaker.0;
        let name = names.get(usize::from(number)).filter(|name| !name.is_empty());
        let name = name.map_or_else(|| number.to_string(), |name| field(name));
        let start = turn.span.start().as_millis();
        let duration = (turn.span.end().as_millis() - start).max(1);
        let (start, duration) = (seconds(start), seconds(duration));
        format!("SPEAKER {file} 1 {start} {duration} <NA> <NA> {name} <NA> <NA>\n")
    };
    turns.iter().map(line).collect()
}

/// The words of the episode `file` as CTM, those that texts show, with how sure the
/// recogniser was of each where it said so.
///
/// A word is what stands between spaces, here as in [`stm`]: « l’ » and « été » are one,
/// « 57 % » are two, in shares of like length. Marks that stand alone are left out: nobody
/// says them.
pub(in crate::formats) fn ctm(file: &str, transcript: &Transcript) -> String {
    let file = field(file);
    let segments = transcript.segments.iter().filter(|segment| !is_event(&segment.text()));
    let mut tokens: Vec<Token> = segments.flat_map(|segment| tokens(&segment.words)).collect();
    tokens.sort_by_key(|token| token.start);
    let line = |token: &Token| {
        let sure = token.probability.map(|sure| format!(" {sure:.2}")).unwrap_or_default();
        let (start, lasts) = (token.start, (token.end - token.start).max(1));
        format!("{file} 1 {} {} {}{sure}\n", seconds(start), seconds(lasts), token.text)
    };
    tokens.iter().map(line).collect()
}

/// A word as scorers count them.
struct Token {
    /// ms.
    start: u64,
    /// ms.
    end: u64,
    text: String,
    probability: Option<f32>,
}

fn tokens(words: &[Word]) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    for word in words.iter().filter(|word| word.dropped.is_none()) {
        let text = without_brackets(&word.text);
        let parts: Vec<&str> = text.split_whitespace().filter(|part| is_said(part)).collect();
        let (start, end) = (word.span.start().as_millis(), word.span.end().as_millis());
        let count = parts.len() as u64;
        for (index, part) in (0..).zip(parts) {
            let at = |index: u64| start + (end - start) * index / count;
            let token = Token {
                start: at(index),
                end: at(index + 1),
                text: part.to_owned(),
                probability: word.probability,
            };
            match tokens.last_mut().filter(|_| index == 0 && word.gap == Gap::Nothing) {
                Some(last) => {
                    last.text += part;
                    last.end = token.end;
                    let sure = last.probability.zip(token.probability);
                    last.probability = sure.map(|(one, other)| one.min(other));
                }
                None => tokens.push(token),
            }
        }
    }
    tokens
}

/// The segments of the episode `file` as STM, as texts show them. An event is a stretch
/// that is not scored.
///
/// Who has no name is called by the number, nobody `unknown`.
pub(in crate::formats) fn stm(file: &str, transcript: &Transcript) -> String {
    let file = field(file);
    let mut lines = String::new();
    for segment in transcript.segments.iter().filter(|segment| !segment.text().is_empty()) {
        let text = segment.text();
        let text = match is_event(&text) {
            true => "IGNORE_TIME_SEGMENT_IN_SCORING".to_owned(),
            false => without_brackets(&text),
        };
        let name = match (transcript.speaker_of(segment), segment.speaker) {
            (Some(speaker), _) if !speaker.name.as_str().is_empty() => field(speaker.name.as_str()),
            (_, Some(speaker)) => speaker.0.to_string(),
            _ => "unknown".to_owned(),
        };
        let start = segment.span.start().as_millis();
        let end = segment.span.end().as_millis().max(start + 1);
        let (start, end) = (seconds(start), seconds(end));
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        lines += &format!("{file} 1 {name} {start} {end} {text}\n");
    }
    lines
}

/// Brackets mean something else to scorers: a word that may be missing, or one of several.
fn without_brackets(text: &str) -> String {
    text.replace(['(', ')', '{', '}', '<', '>'], "")
}

/// Whether what stands between spaces is more than marks.
fn is_said(text: &str) -> bool {
    text.contains(|character: char| character.is_alphanumeric() || "%€$°&+=".contains(character))
}

/// `text` as one field.
fn field(text: &str) -> String {
    one_line(text).replace(char::is_whitespace, "_")
}

/// `2467.250`.
pub(super) fn seconds(millis: u64) -> String {
    format!("{}.{:03}", millis / 1_000, millis % 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::{
            speech::SpeakerId,
            time::{Span, Time},
        },
        formats::rttm::read_rttm,
    };

    #[test]
    fn a_name_with_spaces_is_one_field() {
        let span = Span::new(Time::from_millis(2_467_250), Time::from_millis(2_468_000)).unwrap();
        let turns = [0, 1].map(|speaker| Turn::new(SpeakerId(speaker), span));
        assert_eq!(
            rttm("2019-04-12 invité", &turns, &["Claire\u{a0}Fontanel".to_owned()]),
            "SPEAKER 2019-04-12_invité 1 2467.250 0.750 <NA> <NA> Claire_Fontanel <NA> <NA>\n\
             SPEAKER 2019-04-12_invité 1 2467.250 0.750 <NA> <NA> 1 <NA> <NA>\n"
        );
    }

    #[test]
    fn turns_that_touch_between_two_milliseconds_still_touch() {
        let times = [0, 23, 39].map(Time::from_samples);
        let turn = |start, end| Turn::new(SpeakerId(0), Span::new(start, end).unwrap());
        let turns = [turn(times[0], times[1]), turn(times[1], times[2])];
        let read = read_rttm(&rttm("un", &turns, &[])).unwrap();
        assert_eq!(read.turns[0].1.span.end(), read.turns[1].1.span.start());
    }

    #[test]
    fn a_scorer_is_given_what_is_said_and_no_marks() {
        let span = Span::from_start(Time::from_millis(900));
        let word = |text, gap| Word { gap, ..Word::new(text, span, None) };
        let said = |words: &[Word]| {
            tokens(words).into_iter().map(|token| token.text).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(said(&[word("«\u{a0}57\u{a0}%\u{a0}»,", Gap::Space)]), "57 %");
        assert_eq!(said(&[word("l’", Gap::Space), word("été\u{202f}!", Gap::Nothing)]), "l’été");
        assert_eq!(said(&[word("15", Gap::Space), word("heures", Gap::NoBreak)]), "15 heures");
        assert_eq!(said(&[word("—", Gap::Space)]), "");
    }
}
