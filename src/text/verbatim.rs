//! What stays of what was said: hesitations and stammered little words are hidden.
//!
//! Lists are closed and looked for as whole words. « bon », « voilà », « donc », « ah »
//! carry how somebody speaks and always stay; so do « très très » and « non non ».

use super::{Verbatim, show_again, spoken, turns, word};
use crate::base::{
    french::ANSWERS,
    speech::{Dropped, Word, ends_sentence},
    time::Time,
    transcript::{Change, Rule, Segment, Transcript},
};

/// Sounds of somebody who looks for words. Not « hem » and « beh », which scores leave out too: what
/// a page hides must be nothing else.
const HESITATIONS: &[&str] =
    &["euh", "heu", "hum", "hm", "hmm", "mm", "mmm", "mmh", "mhm", "pff", "pfff"];

/// Little words that mean nothing at the edge of a sentence.
const TAGS: &[&str] = &["bah", "ben", "hein", "quoi"];

/// Words that nobody says twice on purpose. Not « nous » and « vous »: « nous nous voyons ».
const LITTLE: &[&str] = &[
    "le", "la", "les", "un", "une", "de", "du", "des", "à", "au", "je", "tu", "il", "elle", "on",
    "et", "que", "qui", "ce", "ça", "c'", "d'", "l'", "dans", "pour", "avec", "sur",
];

/// Said again later than this, a word is said on purpose.
const STAMMER: Time = Time::from_millis(400);

/// Shows what an earlier polish hid.
pub(super) fn show(transcript: &mut Transcript) {
    show_again(transcript, Rule::Repeat, Dropped::Repeat);
    show_again(transcript, Rule::Filler, Dropped::Filler);
}

/// Hides what `verbatim`, which is not [`Verbatim::Full`], does not show.
pub(super) fn hide(transcript: &mut Transcript, verbatim: Verbatim) {
    let Transcript { segments, changes, is_timed, .. } = transcript;
    loop {
        let n_changes = changes.len();
        // Who has to check doubtful words has to see all of them; and « on on » is French.
        let is_sure =
            |segment: &&mut Segment| segment.doubt.is_none() && segment.foreign().is_none();
        for mut turn in turns(segments.iter_mut().filter(is_sure)) {
            hide_words(&mut turn, is_hesitation, Dropped::Filler, changes);
            turn.retain(|word| word.dropped.is_none());
            hide_words(&mut turn, is_tag, Dropped::Filler, changes);
            turn.retain(|word| word.dropped.is_none());
            // Without times nothing tells a stammer from « … le. Le … » and the like.
            if *is_timed {
                hide_words(&mut turn, is_stammered, Dropped::Repeat, changes);
            }
        }
        if verbatim == Verbatim::Edited {
            let believed = segments.iter_mut().filter(is_sure);
            believed.for_each(|segment| spoken::write_out(segment, changes));
        }
        // What is gone makes neighbours of others: « le euh le ».
        if changes.len() == n_changes {
            break;
        }
    }
}

/// Hides the words of a turn that `is_hidden` names by their index.
fn hide_words(
    turn: &mut [&mut Word],
    is_hidden: fn(&[&mut Word], usize) -> bool,
    reason: Dropped,
    changes: &mut Vec<Change>,
) {
    let hidden: Vec<bool> = (0..turn.len()).map(|idx| is_hidden(turn, idx)).collect();
    let mut start = 0;
    for run in hidden.chunk_by(|one, other| one == other) {
        if run[0] {
            changes.push(hide_run(turn, start, start + run.len(), reason));
        }
        start += run.len();
    }
}

/// Hides the words from `start` to `end`, and gives the marks and the capital that the
/// sentence still needs to their neighbours.
fn hide_run(turn: &mut [&mut Word], start: usize, end: usize, reason: Dropped) -> Change {
    let mark = mark(turn, start, end);
    let has_capital = turn[start..end].iter().any(|word| word::has_capital(&word.text));
    let before = start.checked_sub(1).and_then(|idx| ended(&turn[idx].text, &mark?));
    // « ce projet, Euh, est en train »: inside a sentence the capital is the hesitation's own.
    let last = before.as_deref().or(start.checked_sub(1).map(|idx| turn[idx].text.as_str()));
    let has_capital = has_capital && last.is_none_or(ends_sentence);
    let raised = turn.get(end).filter(|_| has_capital).map(|next| word::capitalised(&next.text));
    let next = match reason {
        // The list shows the word that stays beside those that went.
        Dropped::Repeat => raised.or_else(|| turn.get(end).map(|next| next.text.clone())),
        _ => raised.filter(|text| *text != turn[end].text),
    };
    let first = start - usize::from(before.is_some());
    let last = end + usize::from(next.is_some());
    let old = word::joined(turn[first..last].iter().map(|word| &**word));
    for word in &mut turn[start..end] {
        word.dropped = Some(reason);
    }
    let after: Vec<&str> = before.iter().chain(&next).map(String::as_str).collect();
    let rule = if reason == Dropped::Repeat { Rule::Repeat } else { Rule::Filler };
    let change = Change { rule, at: turn[first].span.start(), before: old, after: after.join(" ") };
    if let Some(text) = before {
        turn[first].text = text;
    }
    if let Some(text) = next {
        turn[end].text = text;
    }
    change
}

/// The mark that ends or divides the sentence and stands at a word from `start` to `end`.
fn mark(turn: &[&mut Word], start: usize, end: usize) -> Option<String> {
    let marks = |idx: usize| word::parts(&turn[idx].text).after.trim_matches(',');
    let idx = (start..end).find(|idx| marks(*idx).contains(['.', '?', '!', '…', ';', ':']))?;
    let next = turn.get(idx + 1).map(|next| next.text.as_str());
    // « je pense euh... que », « c’est euh. un projet »: the dots are the hesitation.
    let are_dots = marks(idx).starts_with("..") || marks(idx).starts_with('…');
    let goes_on = match are_dots {
        true => next.is_some_and(|next| !word::has_capital(next)),
        false => marks(idx).starts_with('.') && next.is_some_and(begins_small),
    };
    (!goes_on).then(|| marks(idx).to_owned())
}

fn begins_small(text: &str) -> bool {
    text.chars().find(|c| c.is_alphanumeric()).is_some_and(char::is_lowercase)
}

/// `text` with `mark` in the place of its comma; `None` where it ends with a mark already.
fn ended(text: &str, mark: &str) -> Option<String> {
    let after = word::parts(text).after;
    let is_ended = word::has_final(after) || after.contains([';', ':']);
    (!is_ended).then(|| format!("{}{mark}", text.trim_end_matches(',')))
}

/// A sound that is nothing else. « 35 mm » is a length, and quotes must not lose a side.
fn is_hesitation(turn: &[&mut Word], idx: usize) -> bool {
    let bare = word::bare(&turn[idx].text);
    let before = idx.checked_sub(1).map(|before| turn[before].text.as_str());
    let is_length = bare == "mm" && before.is_some_and(|b| b.ends_with(|c: char| c.is_numeric()));
    is_plain(&turn[idx].text) && HESITATIONS.contains(&bare.as_str()) && !is_length
}

/// Whether `text` is a word with nothing but a comma, or marks of an end, behind it.
fn is_plain(text: &str) -> bool {
    let parts = word::parts(text);
    let is_end = |c: char| ",.?!…;:\u{a0}\u{202f}".contains(c);
    parts.before.is_empty() && parts.elided.is_empty() && parts.after.chars().all(is_end)
}

/// « ben », « hein » and the like between commas or at the end of a sentence; « quoi » only
/// behind a comma, because « je ne sais pas quoi » asks, and « tu veux quoi ? » too.
fn is_tag(turn: &[&mut Word], idx: usize) -> bool {
    let text = &turn[idx].text;
    let bare = word::bare(text);
    if !is_plain(text) || !TAGS.contains(&bare.as_str()) {
        return false;
    }
    let after = word::parts(text).after;
    let before = idx.checked_sub(1).map(|before| turn[before].text.as_str());
    let begins = before.is_none_or(ends_sentence);
    // Ben is also somebody.
    if word::has_capital(text) && !begins {
        return false;
    }
    let next = turn.get(idx + 1).map(|next| word::bare(&next.text));
    if next.is_some_and(|next| ANSWERS.contains(&next.as_str())) {
        return false;
    }
    let has_comma = before.is_some_and(|before| before.ends_with(','));
    let ends = word::has_final(after) && !begins;
    match bare.as_str() {
        "quoi" => has_comma && (after == "," || ends && !after.contains('?')),
        // « Ah ben. » is an answer, « Eh hein ? » a call.
        "hein" => {
            let is_call = before.is_some_and(|b| ["ah", "eh", "et"].contains(&&*word::bare(b)));
            after == "," && (has_comma || begins) || ends && !is_call
        }
        _ => after == "," && (has_comma || begins) || ends && has_comma,
    }
}

/// « le le », « je je je », « l' l'état »: a little word that comes again at once.
fn is_stammered(turn: &[&mut Word], idx: usize) -> bool {
    let Some(next) = turn.get(idx + 1) else { return false };
    let (word, next_parts) = (&turn[idx], word::parts(&next.text));
    let bare = word::bare(&word.text);
    let is_bare = bare.chars().count() == word.text.chars().count();
    let comes_again = bare == word::bare(&next.text)
        || bare.ends_with('\'') && bare == next_parts.elided.to_lowercase().replace('’', "'");
    is_bare
        && LITTLE.contains(&bare.as_str())
        && next_parts.before.is_empty()
        && comes_again
        && next.span.start().minus(word.span.end()) < STAMMER
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::word::tests::{changes, shown, transcript};

    #[test]
    fn a_hesitation_goes_with_its_commas() {
        check("je pense, euh, que oui.", "je pense, que oui.", &["euh, → "]);
        check("je pense euh que oui.", "je pense que oui.", &["euh → "]);
        check("je pense euh... que oui.", "je pense que oui.", &["euh... → "]);
    }

    #[test]
    fn a_hesitation_leaves_the_end_of_its_sentence() {
        check("C'est ça, euh. Bon.", "C'est ça. Bon.", &["ça, euh. → ça."]);
        check("C'est ça euh... Bon.", "C'est ça... Bon.", &["ça euh... → ça..."]);
        check("C'est ça. Euh. Bon.", "C'est ça. Bon.", &["Euh. → "]);
    }

    #[test]
    fn a_hesitation_leaves_the_capital_of_its_sentence() {
        check("Euh, l'idée est là.", "L'idée est là.", &["Euh, l'idée → L'idée"]);
        check("Ça. Euh, hum, je dis.", "Ça. Je dis.", &["Euh, hum, je → Je"]);
        check("Euh, 15 ans.", "15 ans.", &["Euh, → "]);
    }

    #[test]
    fn a_capital_of_a_hesitation_begins_no_sentence() {
        check("ce projet, Euh, est en train", "ce projet, est en train", &["Euh, → "]);
        check("ce projet Euh... est en train", "ce projet est en train", &["Euh... → "]);
        check("ce projet Le le train", "ce projet le train", &["Le le → le"]);
    }

    #[test]
    fn a_point_of_a_hesitation_ends_no_sentence() {
        check("c'est euh. un projet", "c'est un projet", &["euh. → "]);
        check("c'est ça, euh. Un projet", "c'est ça. Un projet", &["ça, euh. → ça."]);
        check("il y a, euh. 15 ans", "il y a. 15 ans", &["a, euh. → a."]);
    }

    #[test]
    fn what_only_looks_like_a_hesitation_stays() {
        check("un film de 35 mm sur l'heur", "un film de 35 mm sur l'heur", &[]);
        check("dire «\u{a0}euh\u{a0}» ici", "dire «\u{a0}euh\u{a0}» ici", &[]);
        check("Bon, voilà, alors du coup, ah bon ?", "Bon, voilà, alors du coup, ah bon ?", &[]);
    }

    #[test]
    fn a_tag_goes_at_the_edge_of_a_sentence_only() {
        check("C'est bien, hein, ça.", "C'est bien, ça.", &["hein, → "]);
        check("C'est bien hein.", "C'est bien.", &["bien hein. → bien."]);
        check("Ben, je dis.", "Je dis.", &["Ben, je → Je"]);
        check("C'est ça, quoi.", "C'est ça.", &["ça, quoi. → ça."]);
        for stays in [
            "Ben oui.",
            "Ah ben.",
            "Eh ben, voilà.",
            "Hein\u{a0}?",
            "Je ne sais pas quoi.",
            "Et puis, quoi\u{a0}?",
            "Avec Marie, Ben, Luc.",
        ] {
            check(stays, stays, &[]);
        }
    }

    #[test]
    fn a_stammered_little_word_is_shown_once() {
        check("Je je je dis", "Je dis", &["Je je je → Je"]);
        check("c'est le le mot", "c'est le mot", &["le le → le"]);
        check("l' l'état", "l'état", &["l' l'état → l'état"]);
        // The time of a hesitation between them is enough to say it on purpose.
        check("le euh le mot", "le le mot", &["euh → "]);
        for stays in ["le, le mot", "le ~ le mot", "nous nous voyons", "très très bien", "2 2"] {
            check(stays, &stays.replace(" ~", ""), &[]);
        }
    }

    #[test]
    fn a_full_text_shows_again_what_was_hidden() {
        let heard = transcript(&["0 Euh, je je dis ça, euh. Euh, bon hein. Hum, voilà, quoi."]);
        let mut polished = heard.clone();
        hide(&mut polished, Verbatim::Clean);
        assert_eq!(shown(&polished), "Je dis ça. Bon. Voilà.");
        show(&mut polished);
        assert_eq!(polished, heard);
    }

    #[track_caller]
    fn check(text: &str, expected: &str, expected_changes: &[&str]) {
        let mut transcript = transcript(&[&format!("0 {text}")]);
        hide(&mut transcript, Verbatim::Clean);
        assert_eq!(shown(&transcript), expected);
        transcript.changes.sort_by_key(|change| change.at);
        assert_eq!(changes(&transcript), expected_changes);
        let once = transcript.clone();
        hide(&mut transcript, Verbatim::Clean);
        assert_eq!(transcript, once);
    }
}
