//! How sentences begin, and whose they are.
//!
//! The recogniser begins a sentence small where it was cut in two, and seldom writes quotes.
//! Neither is mended: the point may be wrong as well as the letter, and where the words of
//! somebody else end, nobody knows who did not listen.

use super::{Lint, LintKind, quoted};
use crate::{
    base::{
        speech::{Word, ends_sentence, shown},
        time::Time,
        transcript::{Rule, Transcript},
    },
    text::word,
};

/// What ends with a point inside a sentence.
const SHORTENED: &[&str] = &[
    "art", "av", "bd", "cf", "chap", "dir", "ed", "éd", "env", "etc", "ex", "fig", "hab", "ibid",
    "max", "min", "no", "op", "p", "pp", "s", "sq", "st", "ste", "t", "tel", "tél", "trad", "v",
    "vol", "vs",
];

/// Verbs that announce the words of somebody, and what stands before them where they do.
const ANNOUNCING: &[(&[&str], &[&str])] = &[
    (&["dit", "répondu", "demandé", "rétorqué"], &["a", "ai", "as", "ont", "j'ai"]),
    (
        &["dit", "dis", "disent"],
        &["elle", "elles", "il", "ils", "je", "j'", "lui", "me", "nous", "on", "se", "te", "vous"],
    ),
    (&["disait", "disais", "disaient", "répond", "répondent", "répondait", "rétorque"], &[]),
    (&["disant"], &["en"]),
];

/// Words from a verb of saying to the quotation that is suggested, at most.
const SUGGESTED_REACH: usize = 5;

pub(super) fn lints(transcript: &Transcript) -> Vec<Lint> {
    let mut lints = Vec::new();
    // Those of which both ends are known are told with them.
    let quotations = transcript.suggestions.iter().filter(|one| one.kind == Rule::Quotation);
    let quotations: Vec<Time> = quotations.map(|one| one.span.start()).collect();
    let said = transcript.segments.iter().filter(|segment| !segment.is_event());
    let said: Vec<_> = said
        .flat_map(|segment| segment.words.iter().map(move |word| (segment.likely_speaker(), word)))
        .filter(|(_, word)| word.dropped.is_none())
        .collect();
    for turn in said.chunk_by(|one, other| one.0 == other.0) {
        let words: Vec<&Word> = turn.iter().map(|(_, word)| *word).collect();
        for at in 1..words.len() {
            if begins_small(words[at - 1], words[at]) {
                let text = format!("a small letter begins a sentence: {}", around(&words, at));
                lints.push(LintKind::SmallStart.at(words[at].span.start(), text));
            }
            let mut near = words[at..].iter().take(SUGGESTED_REACH);
            let is_suggested = near.any(|word| quotations.contains(&word.span.start()));
            if announces(&words[..at], words[at]) && !is_suggested {
                let text =
                    format!("perhaps the words of somebody else: {}", around(&words, at - 1));
                lints.push(LintKind::ReportedSpeech.at(words[at - 1].span.start(), text));
            }
        }
    }
    lints
}

fn around(words: &[&Word], at: usize) -> String {
    const WORDS_MAX: usize = 4;
    quoted(&shown(words[at..].iter().take(WORDS_MAX).copied()))
}

/// Only behind a point: « Vraiment ? oui » may be one sentence.
fn begins_small(before: &Word, word: &Word) -> bool {
    let end = before.text.trim_end_matches(['»', ')', '\u{a0}', '\u{202f}']);
    let bare = word::bare(&before.text);
    let is_over = end.ends_with('.')
        && ends_sentence(&before.text)
        && bare.chars().count() > 1
        && !bare.contains('.')
        && !SHORTENED.contains(&bare.as_str());
    let mut letters = word.text.chars().skip_while(|c| !c.is_alphanumeric());
    let is_small = letters.next().is_some_and(char::is_lowercase);
    // « iPhone » begins small wherever it stands.
    is_over && is_small && !letters.any(char::is_uppercase)
}

/// Whether the last of `before` announces the words that begin with `next`, in no quotes.
fn announces(before: &[&Word], next: &Word) -> bool {
    let bare = |back: usize| {
        let word = before.len().checked_sub(back).and_then(|at| before.get(at));
        word.map(|word| word::bare(&word.text)).unwrap_or_default()
    };
    let Some(last) = before.last() else { return false };
    let after = word::parts(&last.text).after;
    let opens = after.contains([',', ':']) && !next.text.starts_with(['«', '"', '“']);
    let is_announced = ANNOUNCING.iter().any(|(verbs, helpers)| {
        let is_helped = helpers.is_empty() || helpers.contains(&bare(2).as_str());
        verbs.contains(&bare(1).as_str()) && is_helped
    });
    // « comme on dit, comme il me dit »
    opens && is_announced && !(3..=4).any(|back| bare(back) == "comme") && bare(2) != "comme"
}
