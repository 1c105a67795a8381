//! Marks that may be missing, as the rules that set marks suggest them.

use super::{Lint, LintKind, quoted};
use crate::base::{
    speech::{Word, shown},
    transcript::{Rule, Suggestion, Transcript},
};

/// Words at each end of a quotation that is told.
const END_WORDS: usize = 3;

pub(super) fn lints(transcript: &Transcript) -> Vec<Lint> {
    let said = transcript.segments.iter().filter(|segment| !segment.is_event());
    let words: Vec<&Word> =
        said.flat_map(|segment| &segment.words).filter(|word| word.dropped.is_none()).collect();
    transcript.suggestions.iter().filter_map(|suggestion| lint(&words, *suggestion)).collect()
}

/// `None` where the marks are there, or the words are not.
fn lint(words: &[&Word], Suggestion { kind, span }: Suggestion) -> Option<Lint> {
    let first = words.partition_point(|word| word.span.start() < span.start());
    let n_words = words[first..].iter().take_while(|word| word.span.start() < span.end()).count();
    let about = &words[first..first + n_words];
    let last = about.last()?;
    let has = |marks: &[char]| about.iter().any(|word| word.text.contains(marks));
    match kind {
        Rule::Quotation if !has(&['«', '»', '"', '“', '”']) => {
            let begin = shown(about.iter().copied().take(END_WORDS));
            let end = shown(about.iter().copied().skip(n_words.saturating_sub(END_WORDS)));
            let text = format!("perhaps a quotation: from {} to {}", quoted(&begin), quoted(&end));
            Some(LintKind::Quotation.at(span.start(), text))
        }
        Rule::Exclamation if !last.text.contains(['!', '?', '…']) => {
            let text = format!("perhaps an exclamation: {}", quoted(&shown(about.iter().copied())));
            Some(LintKind::DoubtfulMark.at(last.span.start(), text))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{base::time::Span, text::word::tests::transcript};
    use std::ops::Range;

    #[track_caller]
    fn check(line: &str, kind: Rule, words: Range<usize>, expected: &[&str]) {
        let mut transcript = transcript(&[line]);
        let of = |n: usize| transcript.segments[0].words[n].span;
        let span = Span::new(of(words.start).start(), of(words.end - 1).end()).unwrap();
        transcript.suggestions = vec![Suggestion { kind, span }];
        let found: Vec<String> = lints(&transcript).into_iter().map(|lint| lint.text).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_quotation_is_suggested_with_both_ends() {
        check(
            "0 Il dit, on verra bien demain matin. Voilà.",
            Rule::Quotation,
            2..7,
            &["perhaps a quotation: from « on verra bien » to « bien demain matin. »"],
        );
    }

    #[test]
    fn an_exclamation_is_suggested_at_its_last_word() {
        let expected = ["perhaps an exclamation: « Quelle aventure. »"];
        check("0 Quelle aventure. Voilà.", Rule::Exclamation, 0..2, &expected);
    }

    #[test]
    fn marks_that_are_there_are_not_suggested() {
        check("0 Il dit «\u{a0}on verra\u{a0}». Voilà.", Rule::Quotation, 2..4, &[]);
        check("0 Quelle aventure\u{a0}! Voilà.", Rule::Exclamation, 0..2, &[]);
    }
}
