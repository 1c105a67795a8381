//! What the recogniser writes that nobody said: marks of music, dashes, dots at seams.

use super::word;
use crate::base::{
    common_words::is_grammatical,
    transcript::{Change, Rule, Segment, Transcript},
};

/// What stands alone in brackets, stars or notes, and the event that it is.
const EVENTS: &[(&str, &str)] = &[
    ("", "[Musique]"),
    ("applaudissements", "[Applaudissements]"),
    ("applause", "[Applaudissements]"),
    ("inaudible", "[Inaudible]"),
    ("jingle", "[Jingle]"),
    ("laughter", "[Rires]"),
    ("music", "[Musique]"),
    ("musique", "[Musique]"),
    ("rire", "[Rires]"),
    ("rires", "[Rires]"),
    ("virgule musicale", "[Virgule musicale]"),
];

/// Takes artefacts out of the text. Sentences known from the recogniser's training stay:
/// they are marked already, and a person decides.
pub(super) fn clean(transcript: &mut Transcript) {
    let Transcript { segments, changes, .. } = transcript;
    for segment in segments.iter_mut() {
        make_event(segment, changes);
        trim_dash(segment, changes);
    }
    join_seams(segments, changes);
}

/// A segment that is only « *musique* » becomes « [Musique] », which nobody says.
fn make_event(segment: &mut Segment, changes: &mut Vec<Change>) {
    // Of all words: one that is hidden later must not make an event of the others.
    let text = word::joined(&segment.words);
    let Some(event) = event(&text) else { return };
    let texts: Vec<String> = event.split(' ').map(str::to_owned).collect();
    let Some(words) = word::respelt(&segment.words, &texts) else { return };
    (segment.speaker, segment.guess) = (None, None);
    if text != event {
        let (before, after) = (text, event.to_owned());
        changes.push(Change { rule: Rule::Artefact, at: segment.span.start(), before, after });
        segment.words = words;
    }
}

/// The event that `text` is, if it is marked as one: words without a mark are said.
fn event(text: &str) -> Option<&'static str> {
    let is_mark = |c: char| "[]()*♪♫. ".contains(c);
    let inside = text.trim_matches(is_mark).to_lowercase();
    let is_marked = text.starts_with(['[', '(', '*', '♪', '♫']);
    // Brackets with nothing inside are no music.
    let is_named = !inside.is_empty() || text.contains(['♪', '♫']);
    let (_, event) = EVENTS.iter().find(|(name, _)| *name == inside)?;
    (is_marked && is_named).then_some(event)
}

/// « - Bonjour » is the recogniser's way to say that somebody else speaks.
fn trim_dash(segment: &mut Segment, changes: &mut Vec<Change>) {
    let Some(word) = segment.words.first_mut() else { return };
    let Some(rest) = word.text.strip_prefix('-') else { return };
    let trimmed = rest.trim_start_matches([' ', '\u{a0}', '\u{202f}']);
    // « -20 » is a number, « -t-il » the end of a word that was cut.
    if trimmed.is_empty() || trimmed.len() == rest.len() && !word::has_capital(trimmed) {
        return;
    }
    let after = trimmed.to_owned();
    let before = std::mem::replace(&mut word.text, after.clone());
    changes.push(Change { rule: Rule::Artefact, at: word.span.start(), before, after });
}

/// « alors... » and « ...voilà » of one person: the dots are those of a window's edge.
fn join_seams(segments: &mut [Segment], changes: &mut Vec<Change>) {
    for at in 1..segments.len() {
        let (before, behind) = segments.split_at_mut(at);
        let (last, next) = (&mut before[at - 1], &mut behind[0]);
        if last.likely_speaker() == next.likely_speaker() {
            join_seam(last, next, changes);
        }
    }
}

fn join_seam(last: &mut Segment, next: &mut Segment, changes: &mut Vec<Change>) {
    let (head, tail) = (last.words.last_mut(), next.words.first_mut());
    let (Some(head), Some(tail)) = (head, tail) else { return };
    if head.dropped.is_some() || tail.dropped.is_some() {
        return;
    }
    let Some(head_text) = without_dots(&head.text, str::strip_suffix) else { return };
    let Some(tail_text) = without_dots(&tail.text, str::strip_prefix) else { return };
    // The capital is that of the window, too: « projet... ...Est en train ».
    let tail_text = lowered(&tail_text).unwrap_or(tail_text);
    changes.push(Change {
        rule: Rule::Artefact,
        at: head.span.start(),
        before: word::joined([&*head, &*tail]),
        after: format!("{head_text} {tail_text}"),
    });
    (head.text, tail.text) = (head_text, tail_text);
}

/// `text` with a small letter, where nothing but a sentence gives it a capital.
pub(super) fn lowered(text: &str) -> Option<String> {
    let word::Parts { before, elided, core, .. } = word::parts(text);
    let first = if elided.is_empty() { core } else { elided };
    let is_raised = word::has_capital(first) && !first.chars().skip(1).any(char::is_uppercase);
    let is_mere = !elided.is_empty() || is_grammatical(&core.to_lowercase());
    let letter = first.chars().next().filter(|_| is_raised && is_mere)?;
    let rest = &text[before.len() + letter.len_utf8()..];
    Some(format!("{before}{}{rest}", letter.to_lowercase()))
}

/// `text` without the dots that `strip` finds; `None` where there are none, more than
/// three, or nothing else.
fn without_dots<'a>(
    text: &'a str,
    strip: fn(&'a str, &'static str) -> Option<&'a str>,
) -> Option<String> {
    let rest = strip(text, "...").or_else(|| strip(text, "…"))?;
    let is_word = rest.contains(char::is_alphanumeric) && strip(rest, ".").is_none();
    is_word.then(|| rest.trim_matches(['\u{a0}', '\u{202f}']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::word::tests::{changes, shown, transcript};

    #[test]
    fn a_segment_of_marked_music_is_an_event_that_nobody_says() {
        check(&["0 *musique*"], "[Musique]", &["*musique* → [Musique]"]);
        check(&["0 ♪ ♪"], "[Musique]", &["♪ ♪ → [Musique]"]);
        check(&["0 (rires)"], "[Rires]", &["(rires) → [Rires]"]);
        check(
            &["0 [virgule musicale]"],
            "[Virgule musicale]",
            &["[virgule musicale] → [Virgule musicale]"],
        );
        check(&["0 [Musique]"], "[Musique]", &[]);
    }

    #[test]
    fn words_that_are_not_marked_as_an_event_are_said() {
        check(&["0 Musique."], "Musique.", &[]);
        check(&["0 ..."], "...", &[]);
        check(&["0 (sic)"], "(sic)", &[]);
        check(&["0 Oui (rires)"], "Oui (rires)", &[]);
    }

    #[test]
    fn a_dash_of_a_dialogue_goes_and_a_minus_stays() {
        check(&["0 -\u{a0}Bonjour."], "Bonjour.", &["-\u{a0}Bonjour. → Bonjour."]);
        check(&["0 -Bonjour."], "Bonjour.", &["-Bonjour. → Bonjour."]);
        check(&["0 -20 degrés"], "-20 degrés", &[]);
        check(&["0 -là on"], "-là on", &[]);
    }

    #[test]
    fn dots_at_both_sides_of_a_seam_go() {
        check(
            &["0 Et alors...", "0 ...voilà."],
            "Et alors | voilà.",
            &["alors... ...voilà. → alors voilà."],
        );
        check(
            &["0 ce projet...", "0 ...Est en train"],
            "ce projet | est en train",
            &["projet... ...Est → projet est"],
        );
        check(
            &["0 chez...", "0 ...L'Humanité"],
            "chez | l'Humanité",
            &["chez... ...L'Humanité → chez l'Humanité"],
        );
        check(&["0 de...", "0 ...Paris"], "de | Paris", &["de... ...Paris → de Paris"]);
        check(&["0 Et alors...", "0 Voilà."], "Et alors... | Voilà.", &[]);
        check(&["0 Et alors...", "1 ...voilà."], "Et alors... | ...voilà.", &[]);
    }

    #[track_caller]
    fn check(lines: &[&str], expected: &str, expected_changes: &[&str]) {
        let mut transcript = transcript(lines);
        clean(&mut transcript);
        assert_eq!(shown(&transcript), expected);
        assert_eq!(changes(&transcript), expected_changes);
        let once = transcript.clone();
        clean(&mut transcript);
        assert_eq!(transcript, once);
    }
}
