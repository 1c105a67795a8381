//! A closed list of spoken forms, written out: « c'est pas » becomes « ce n'est pas ».
//!
//! Only where somebody asked for it: a « ne » in the wrong place turns what a person said
//! into its contrary, so everything outside the list is left to people.

use super::word;
use crate::base::{
    speech::Word,
    time::Time,
    transcript::{Change, Rule, Segment},
};

/// A form: what is said, which of its words changes, what it becomes.
struct Form {
    said: &'static [&'static str],
    changes: usize,
    written: &'static str,
    place: Place,
}

/// Where a form may stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Anywhere,
    /// Not « il faut pas », « tout le monde y a droit »: only at the start of a sentence or
    /// behind a word that joins two.
    StartOfClause,
}

/// The longer ones first.
const FORMS: &[Form] = &[
    form(&["y", "a", "pas"], 0, "il n'y", Place::StartOfClause),
    form(&["je", "sais", "pas"], 1, "ne sais", Place::Anywhere),
    form(&["on", "peut", "pas"], 1, "ne peut", Place::Anywhere),
    form(&["c'est", "pas"], 0, "ce n'est", Place::Anywhere),
    form(&["j'ai", "pas"], 0, "je n'ai", Place::Anywhere),
    form(&["faut", "pas"], 0, "il ne faut", Place::StartOfClause),
    form(&["y", "a"], 0, "il y", Place::StartOfClause),
];

/// Words that are written and that nobody said.
const ADDED: &[&str] = &["il", "ne"];

/// Words that join two clauses.
const JOINING: &[&str] = &["alors", "car", "donc", "et", "mais", "ou", "puis"];

const fn form(
    said: &'static [&'static str],
    changes: usize,
    written: &'static str,
    place: Place,
) -> Form {
    Form { said, changes, written, place }
}

/// Writes out the spoken forms of `segment`.
pub(super) fn write_out(segment: &mut Segment, changes: &mut Vec<Change>) {
    let mut idx = 0;
    while let Some((at, texts, _)) = next(&segment.words, idx) {
        idx = at + 1;
        let old = &segment.words[at..=at];
        let Some(mut words) = word::respelt(old, &texts) else { continue };
        let is_added = |word: &&mut Word| ADDED.contains(&word::bare(&word.text).as_str());
        words.iter_mut().filter(is_added).for_each(|word| word.probability = None);
        changes.push(Change {
            rule: Rule::Spoken,
            at: old[0].span.start(),
            before: word::joined(old),
            after: texts.join(" "),
        });
        idx = at + words.len();
        segment.words.splice(at..=at, words);
    }
}

/// The spoken forms among `words`: where, and which.
pub(super) fn said(words: &[Word]) -> Vec<(Time, String)> {
    let mut said = Vec::new();
    let mut from = 0;
    while let Some((at, _, form)) = next(words, from) {
        said.push((words[at].span.start(), form.said.join(" ")));
        from = at + 1;
    }
    said
}

/// The first word from `from` on that changes, what it becomes, and by which form.
fn next(words: &[Word], from: usize) -> Option<(usize, Vec<String>, &'static Form)> {
    let shown: Vec<usize> = (0..words.len()).filter(|i| words[*i].dropped.is_none()).collect();
    for start in 0..shown.len() {
        let form = FORMS.iter().find(|form| {
            shown[start..].get(form.changes).is_some_and(|at| *at >= from)
                && is_said(form, words, &shown, start)
        });
        if let Some(form) = form {
            let at = shown[start + form.changes];
            let mut text = form.written.to_owned();
            if word::has_capital(&words[at].text) {
                text = word::capitalised(&text);
            }
            return Some((at, text.split(' ').map(str::to_owned).collect(), form));
        }
    }
    None
}

/// Whether the shown words from `start` on are `form`, in a place where it may stand.
fn is_said(form: &Form, words: &[Word], shown: &[usize], start: usize) -> bool {
    let end = start + form.said.len();
    let Some(found) = shown.get(start..end) else { return false };
    let last = found.len() - 1;
    let is_same = found.iter().zip(form.said).enumerate().all(|(idx, (at, said))| {
        let text = &words[*at].text;
        let parts = word::parts(text);
        let is_whole = parts.before.is_empty() && (idx == last || parts.after.is_empty());
        is_whole && word::bare(text) == *said
    });
    let bare = |idx: usize| shown.get(idx).map(|at| word::bare(&words[*at].text));
    // « c'est pas à pas que l'on avance » denies nothing.
    let is_step = bare(end).as_deref() == Some("à") && bare(end + 1).as_deref() == Some("pas");
    let stands = form.place == Place::Anywhere
        || word::has_capital(&words[found[0]].text)
        || start > 0 && bare(start - 1).is_some_and(|word| JOINING.contains(&word.as_str()));
    is_same && stands && !is_step
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::word::tests::{changes, shown, transcript};

    #[test]
    fn the_forms_of_the_list_are_written_out() {
        check("C'est pas vrai, c’est pas ça.", "Ce n'est pas vrai, ce n'est pas ça.");
        check("Y a pas, et y a pas.", "Il n'y a pas, et il n'y a pas.");
        check("j'ai pas dit que je sais pas", "je n'ai pas dit que je ne sais pas");
        check("Faut pas, mais on peut pas.", "Il ne faut pas, mais on ne peut pas.");
        check("Y a des gens.", "Il y a des gens.");
    }

    #[test]
    fn a_form_inside_another_clause_is_left_to_people() {
        for stays in [
            "il y a des gens",
            "il faut pas",
            "tout le monde y a droit",
            "c'est, pas vrai",
            "ce n'est pas vrai",
            "c'est pas à pas que ça avance",
            "y a-t-il",
        ] {
            check(stays, stays);
        }
    }

    #[test]
    fn the_words_written_out_share_the_time_of_the_one_that_was_said() {
        let mut transcript = transcript(&["0 C'est pas"]);
        let spans = transcript.segments[0].words.iter().map(|w| w.span).collect::<Vec<_>>();
        write_out(&mut transcript.segments[0], &mut transcript.changes);
        let words = &transcript.segments[0].words;
        assert_eq!(words[0].span.start(), spans[0].start());
        assert_eq!(words[1].span.end(), spans[0].end());
        assert_eq!(words[2].span, spans[1]);
        assert_eq!(changes(&transcript), ["C'est → Ce n'est"]);
    }

    #[test]
    fn a_word_that_nobody_said_has_no_probability() {
        let mut transcript = transcript(&["0 Faut pas, je sais pas"]);
        write_out(&mut transcript.segments[0], &mut transcript.changes);
        let words = transcript.segments[0].words.iter();
        let added = words.filter(|word| word.probability.is_none());
        let added: Vec<&str> = added.map(|word| word.text.as_str()).collect();
        assert_eq!(added, ["Il", "ne", "ne"]);
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let mut transcript = transcript(&[&format!("0 {text}")]);
        write_out(&mut transcript.segments[0], &mut transcript.changes);
        assert_eq!(shown(&transcript), expected);
        let once = transcript.clone();
        write_out(&mut transcript.segments[0], &mut transcript.changes);
        assert_eq!(transcript, once);
    }
}
