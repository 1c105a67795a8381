//! How the page looks: paragraphs, marks, dashes, small numbers.

use super::{Lint, LintKind, quoted};
use crate::{
    base::{
        speech::{Word, ends_sentence},
        transcript::{Opening, Segment, Transcript},
    },
    text::{small_numbers, word},
};

/// Most words of a paragraph that is easy to read.
const PARAGRAPH_MAX: usize = 200;

pub(super) fn lints(transcript: &Transcript) -> Vec<Lint> {
    let mut lints = Vec::new();
    let shown: Vec<&Segment> =
        transcript.segments.iter().filter(|segment| !segment.text().is_empty()).collect();
    let owner = |segment: &Segment| (segment.speaker, segment.is_event());
    for turn in shown.chunk_by(|one, other| owner(one) == owner(other)) {
        if turn[0].is_event() {
            continue;
        }
        let mut n_left = turn.len();
        for paragraph in turn.chunk_by(|_, next| next.opens == Opening::Nothing) {
            n_left -= paragraph.len();
            final_mark(paragraph, if n_left == 0 { "turn" } else { "paragraph" }, &mut lints);
            length(paragraph, &mut lints);
            quotes(paragraph, &mut lints);
        }
        turn.iter().for_each(|segment| numbers(segment, &mut lints));
    }
    dashes(&shown, &mut lints);
    lints
}

fn final_mark(said: &[&Segment], what: &str, lints: &mut Vec<Lint>) {
    let Some(last) = said.last() else { return };
    let text = last.text();
    if !text.rsplit(' ').next().is_some_and(ends_sentence) {
        let text = format!("no mark at the end of the {what}: {}", quoted(&text));
        lints.push(LintKind::NoFinalMark.at(last.span.start(), text));
    }
}

fn length(paragraph: &[&Segment], lints: &mut Vec<Lint>) {
    let words = paragraph.iter().flat_map(|segment| &segment.words);
    let n_words =
        words.filter(|word| word.dropped.is_none() && !word::bare(&word.text).is_empty()).count();
    if n_words > PARAGRAPH_MAX {
        let first = paragraph[0];
        let text = format!("paragraph of {n_words} words: {}", quoted(&first.text()));
        lints.push(LintKind::LongParagraph.at(first.span.start(), text));
    }
}

/// « must be closed in its paragraph, and nothing closed that is not open.
fn quotes(paragraph: &[&Segment], lints: &mut Vec<Lint>) {
    let mut opened: Option<&Segment> = None;
    for segment in paragraph {
        for mark in segment.text().chars().filter(|c| "«»".contains(*c)) {
            match (mark, opened) {
                ('«', None) => opened = Some(segment),
                ('»', Some(_)) => opened = None,
                _ => return lints.push(unbalanced(segment)),
            }
        }
    }
    lints.extend(opened.map(unbalanced));
}

fn unbalanced(segment: &Segment) -> Lint {
    let text = format!("« » do not match: {}", quoted(&segment.text()));
    LintKind::UnbalancedQuotes.at(segment.span.start(), text)
}

fn numbers(segment: &Segment, lints: &mut Vec<Lint>) {
    let words: Vec<&Word> = segment.words.iter().filter(|word| word.dropped.is_none()).collect();
    let texts: Vec<String> = words.iter().map(|word| word.text.clone()).collect();
    for (idx, word) in words.iter().enumerate() {
        if small_numbers::in_words(&texts, idx).is_some() {
            let context = texts[idx..texts.len().min(idx + 2)].join(" ");
            let text = format!("a small number in figures: {}", quoted(&context));
            lints.push(LintKind::SmallNumber.at(word.span.start(), text));
        }
    }
}

/// One lint where the second kind of dash appears first.
fn dashes(shown: &[&Segment], lints: &mut Vec<Lint>) {
    let first = |dash: char| {
        let has_it = |word: &Word| {
            word.dropped.is_none() && (word.text.starts_with(dash) || word.text.ends_with(dash))
        };
        let mut words = shown.iter().flat_map(|segment| &segment.words);
        words.find(|word| has_it(word)).map(|word| word.span.start())
    };
    if let (Some(short), Some(long)) = (first('–'), first('—')) {
        let text = "dashes of two kinds: « – » and « — »".to_owned();
        lints.push(LintKind::MixedDashes.at(short.max(long), text));
    }
}
