//! Where the words may not be written as they should be.

use super::{Lint, LintKind, quoted};
use crate::{
    base::{
        french::{TENS, UP_TO_SIXTEEN},
        speech::Word,
        time::Time,
        transcript::{Segment, Transcript},
    },
    text::{lexicon::Lexicon, near_names::near_names, spoken, word},
};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn lints(transcript: &Transcript, lexicon: &Lexicon) -> Vec<Lint> {
    let mut lints = Vec::new();
    names(transcript, lexicon, &mut lints);
    for near in near_names(transcript, lexicon) {
        let text = format!("« {} », perhaps « {} »", near.found, near.name);
        lints.push(LintKind::NearName.at(near.at, text));
    }
    for segment in &transcript.segments {
        let words: Vec<&Word> =
            segment.words.iter().filter(|word| word.dropped.is_none()).collect();
        spoken_forms(segment, &mut lints);
        numbers(&words, &mut lints);
    }
    lints
}

/// A spelling with a capital: where it is seen first, how often, and whether it needs one.
struct Seen {
    at: Time,
    times: usize,
}

/// Names seen once, and names in several spellings. The first word of a sentence has its
/// capital from there and tells nothing.
fn names(transcript: &Transcript, lexicon: &Lexicon, lints: &mut Vec<Lint>) {
    let mut seen: BTreeMap<String, BTreeMap<&str, Seen>> = BTreeMap::new();
    for (_, word, begins) in word::in_sentences(transcript) {
        let parts = word::parts(&word.text);
        let is_first = begins && parts.elided.is_empty() || parts.before.contains(['«', '[']);
        if is_first || !word::has_capital(parts.core) {
            continue;
        }
        let spellings = seen.entry(parts.core.to_lowercase()).or_default();
        let new = Seen { at: word.span.start(), times: 0 };
        spellings.entry(parts.core).or_insert(new).times += 1;
    }
    let people: BTreeSet<&str> =
        transcript.speakers.iter().flat_map(|speaker| speaker.name.as_str().split(' ')).collect();
    for spellings in seen.values() {
        let usual = spellings.iter().max_by_key(|(text, seen)| (lexicon.has(text), seen.times));
        let Some((usual, _)) = usual else { continue };
        for (text, seen) in spellings.iter().filter(|(text, _)| *text != usual) {
            let text = format!("« {text} », elsewhere « {usual} »");
            lints.push(LintKind::MixedCase.at(seen.at, text));
        }
        let n_times: usize = spellings.values().map(|seen| seen.times).sum();
        let is_known = lexicon.has(usual) || people.contains(usual);
        if n_times == 1 && !is_known {
            let text = format!("a name seen once: « {usual} »");
            lints.push(LintKind::UnknownName.at(spellings[usual].at, text));
        }
    }
}

fn spoken_forms(segment: &Segment, lints: &mut Vec<Lint>) {
    for (at, form) in spoken::said(&segment.words) {
        let text = format!("spoken form: {}", quoted(&form));
        lints.push(LintKind::SpokenForm.at(at, text));
    }
}

/// `15:30`, `3.5`, `10,000`, and years in words: which form is right, a person knows.
fn numbers(words: &[&Word], lints: &mut Vec<Lint>) {
    for (at, word) in words.iter().enumerate() {
        let core = word::parts(&word.text).core;
        let is_figure = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
        let is_pair = |(one, other): (&str, &str)| is_figure(one) && is_figure(other);
        let is_odd = core.split_once([':', '.']).is_some_and(is_pair);
        let year = || {
            let bare = |at: usize| words.get(at).map(|word| word::bare(&word.text));
            let is_thousand = bare(at)? == "deux" && bare(at + 1)? == "mille";
            let last = bare(at + 2)?;
            // No year behind 2039 is spoken of.
            let mut years = UP_TO_SIXTEEN.iter().chain(&TENS[..2]);
            let starts = last.split('-').next().is_some_and(|part| years.any(|year| *year == part));
            (is_thousand && starts).then(|| format!("{core} mille {last}"))
        };
        let text = if is_odd { Some(core.to_owned()) } else { year() };
        let Some(text) = text else { continue };
        let text = format!("a number that could be written otherwise: {}", quoted(&text));
        lints.push(LintKind::NumberForm.at(word.span.start(), text));
    }
}
