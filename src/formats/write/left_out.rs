//! Marks where somebody talks and no word is known.
//!
//! What is left out has a time and no place among the words; readers get one: a segment that
//! says [`TO_COMPLETE`], so that each format shows it as it shows others, with its time and
//! the name of who talks. Files that are scored, and JSON, are written without.

use crate::base::{
    speech::Word,
    time::Span,
    transcript::{LeftOut, Opening, Segment, SegmentLanguage, TO_COMPLETE, Transcript},
};
use std::borrow::Cow;

/// `transcript` with a mark for each stretch in which somebody talks unheard. A segment around
/// one is cut in two.
pub(in crate::formats) fn marked(transcript: &Transcript) -> Cow<'_, Transcript> {
    let mut unheard = transcript.left_out.iter().filter(|one| one.is_spoken).peekable();
    if unheard.peek().is_none() {
        return Cow::Borrowed(transcript);
    }
    let mut marked: Vec<Segment> = Vec::with_capacity(transcript.segments.len());
    for segment in &transcript.segments {
        let mut rest = segment.clone();
        let is_within = |one: &&LeftOut| n_before(&segment.words, one.span) < segment.words.len();
        while let Some(one) = unheard.next_if(is_within) {
            match n_before(&rest.words, one.span) {
                0 => marked.push(before(one, marked.last(), &mut rest)),
                at => {
                    let (head, tail) = cut(rest, at);
                    let speaker = one.speaker.or(head.speaker);
                    marked.push(head);
                    marked.push(mark(LeftOut { speaker, ..*one }));
                    rest = tail;
                }
            }
        }
        marked.push(rest);
    }
    marked.extend(unheard.map(|one| mark(*one)));
    Cow::Owned(Transcript { segments: marked, ..transcript.clone() })
}

/// How many of `words` stand before a mark for `span`: those whose middle is before its own.
fn n_before(words: &[Word], span: Span) -> usize {
    words.partition_point(|word| word.span.middle() < span.middle())
}

fn mark(left_out: LeftOut) -> Segment {
    let LeftOut { span, speaker, .. } = left_out;
    let words = vec![Word::new(TO_COMPLETE, span, None)];
    let opens = Opening::Nothing;
    let (guess, doubt, language) = (None, None, SegmentLanguage::Own);
    Segment { speaker, guess, span, words, doubt, opens, language }
}

/// The mark before `next`. Where it is the first of a turn, the turn's text goes on behind it.
fn before(one: &LeftOut, last: Option<&Segment>, next: &mut Segment) -> Segment {
    let mut mark = mark(*one);
    if next.speaker == mark.speaker && last.is_none_or(|last| last.speaker != mark.speaker) {
        mark.opens = std::mem::take(&mut next.opens);
    }
    mark
}

/// `segment` before its word `at`, and from it on; neither is empty.
fn cut(mut segment: Segment, at: usize) -> (Segment, Segment) {
    let words = segment.words.split_off(at);
    let (start, end) = (words[0].span.start(), segment.words[at - 1].span.end());
    let tail = Span::new(start, segment.span.end()).unwrap_or(words[0].span);
    let head = Span::new(segment.span.start(), end).unwrap_or(segment.words[0].span);
    let tail = Segment { span: tail, words, opens: Opening::Nothing, ..segment.clone() };
    (Segment { span: head, ..segment }, tail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{speech::SpeakerId, time::Time};

    #[test]
    fn a_mark_stands_between_the_words_around_it() {
        check(&["0 un _ deux"], "0 un | 0 [à compléter] | 0 deux");
        check(&["0 un", "0 _ deux"], "0 un | 0 [à compléter] | 0 deux");
    }

    #[test]
    fn it_is_told_whose_talk_it_is() {
        check(&["0 un", "1 _", "0 deux"], "0 un | 1 [à compléter] | 0 deux");
        check(&["0 un", "- _"], "0 un | - [à compléter]");
        check(&["1 _", "0 un"], "1 [à compléter] | 0 un");
    }

    #[test]
    fn a_turn_that_begins_unheard_has_one_paragraph() {
        check(&["0 un", "1/ _ deux"], "0 un | 1/ [à compléter] | 1 deux");
        check(&["0 un", "0/ _ deux"], "0 un | 0 [à compléter] | 0/ deux");
    }

    #[test]
    fn where_nobody_surely_talks_nothing_is_marked() {
        let mut transcript = transcript(&["0 un _ deux"]);
        transcript.left_out[0].is_spoken = false;
        assert!(matches!(marked(&transcript), Cow::Borrowed(_)));
    }

    #[test]
    fn speech_without_any_word_is_marked() {
        check(&["0 _"], "0 [à compléter]");
    }

    /// Segments: a speaker's number or `-`, `/` where it opens a line, then words of a second
    /// each; `_` is a second that is left out, of that speaker.
    #[track_caller]
    fn check(lines: &[&str], expected: &str) {
        let transcript = transcript(lines);
        let marked = marked(&transcript);
        let shown = |segment: &Segment| {
            let speaker = segment.speaker.map_or("-".to_owned(), |id| id.0.to_string());
            let opens = if segment.opens == Opening::Nothing { "" } else { "/" };
            assert_eq!(segment.span.start(), segment.words[0].span.start());
            format!("{speaker}{opens} {}", segment.text())
        };
        let found: Vec<String> = marked.segments.iter().map(shown).collect();
        assert_eq!(found.join(" | "), expected);
    }

    fn transcript(lines: &[&str]) -> Transcript {
        let mut transcript = Transcript::default();
        let mut seconds = (0..).map(|n| {
            let second = Time::from_millis(1_000);
            Span::from_start(second).later(Time::from_samples(n * second.samples()))
        });
        for line in lines {
            let (head, text) = line.split_once(' ').unwrap();
            let speaker = head.trim_end_matches('/').parse().ok().map(SpeakerId);
            let mut words = Vec::new();
            for text in text.split(' ') {
                let span = seconds.next().unwrap();
                match text {
                    "_" => transcript.left_out.push(LeftOut { span, is_spoken: true, speaker }),
                    _ => words.push(Word::new(text, span, None)),
                }
            }
            let Some((first, last)) = words.first().zip(words.last()) else { continue };
            transcript.segments.push(Segment {
                speaker,
                guess: None,
                span: Span::new(first.span.start(), last.span.end()).unwrap(),
                words,
                doubt: None,
                opens: if head.ends_with('/') { Opening::Line } else { Opening::Nothing },
                language: SegmentLanguage::Own,
            });
        }
        transcript
    }
}
