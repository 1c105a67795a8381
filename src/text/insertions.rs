//! What an editor adds in brackets behind a name or a term: « Valentin [Przyluski] ».
//!
//! Nobody said it, and the brackets say so; scores leave it out. It stands once, where the
//! name is shown first.

use super::word;
use crate::{
    base::{
        speech::Word,
        transcript::{Change, Rule, Segment, Transcript},
    },
    text::typography::{self, Profile},
};

/// Adds each of `inserts` behind the first place where its words are shown. One that is in
/// the text already stays where it is.
pub(super) fn add(transcript: &mut Transcript, inserts: &[(Vec<String>, String)]) {
    for (form, insert) in inserts {
        if !is_there(transcript, insert) {
            add_one(transcript, form, insert);
        }
    }
}

/// Whether a segment shows `insert`, in whatever marks typography has set it since.
fn is_there(transcript: &Transcript, insert: &str) -> bool {
    let plain = |text: &str| typography::set(text, Profile::Ascii);
    let insert = plain(insert);
    let texts = transcript.segments.iter().map(Segment::text);
    texts.filter(|text| text.contains('[')).any(|text| plain(&text).contains(&insert))
}

fn add_one(transcript: &mut Transcript, form: &[String], insert: &str) {
    let Transcript { segments, changes, .. } = transcript;
    for segment in segments.iter_mut().filter(|segment| !segment.is_event()) {
        let words = &segment.words;
        let is_said = |at: &usize| is_form(&words[*at..*at + form.len()], form);
        let Some(first) = (0..(words.len() + 1).saturating_sub(form.len())).find(is_said) else {
            continue;
        };
        let last = first + form.len() - 1;
        let old = &words[last..=last];
        // Marks behind the name stand behind what is added: « Valentin [Przyluski], ».
        let after = word::parts(&old[0].text).after;
        let name = &old[0].text[..old[0].text.len() - after.len()];
        let whole = format!("{name} {insert}{after}");
        let texts: Vec<String> = whole.split(' ').map(str::to_owned).collect();
        let Some(mut new) = word::respelt(old, &texts) else { continue };
        let n_name = name.split(' ').count();
        new.iter_mut().skip(n_name).for_each(|word| word.probability = None);
        let (before, after) = (word::joined(old), word::joined(&new));
        changes.push(Change { rule: Rule::Lexicon, at: old[0].span.start(), before, after });
        segment.words.splice(last..=last, new);
        return;
    }
}

/// Whether `words` show `form`, with marks around the whole only.
fn is_form(words: &[Word], form: &[String]) -> bool {
    let last = form.len() - 1;
    words.iter().zip(form).enumerate().all(|(idx, (word, form))| {
        let word::Parts { before, elided, core, after } = word::parts(&word.text);
        let is_same = core == form || format!("{elided}{core}") == *form;
        let is_whole = (idx == 0 || before.is_empty() && elided.is_empty())
            && (idx == last || after.is_empty());
        word.dropped.is_none() && is_same && is_whole
    })
}

#[cfg(test)]
mod tests {
    use crate::{
        base::show::Term,
        text::{
            PolishSettings,
            lexicon::Lexicon,
            polish,
            word::tests::{changes, shown, transcript},
        },
    };

    #[test]
    fn what_is_added_stands_once_behind_the_first_that_is_shown() {
        let mut heard = transcript(&["0 Ah, Valentine et Valentin, puis Valentin.", "1 Le DAB+ !"]);
        for _ in 0..2 {
            heard = polish(heard, &settings());
            assert_eq!(
                shown(&heard).replace('\u{a0}', " "),
                "Ah, Valentine et Valentin [Przyluski], puis Valentin. | \
                 Le DAB+ [Digital Audio Broadcasting] !"
            );
            assert_eq!(changes(&heard)[0], "Valentin, → Valentin [Przyluski],");
        }
    }

    #[test]
    fn what_typography_sets_in_other_marks_is_not_added_again() {
        let term = Term { insert: "[pour  l'exemple !]".to_owned(), ..Term::new("Valentin") };
        let lexicon = Lexicon::new(&[term]).unwrap();
        let settings = PolishSettings { lexicon, ..PolishSettings::PAGE };
        let mut heard = transcript(&["0 Valentin parle."]);
        for _ in 0..2 {
            heard = polish(heard, &settings);
            assert_eq!(shown(&heard), "Valentin [pour l’exemple\u{a0}!] parle.");
        }
    }

    #[test]
    fn the_name_and_what_is_added_share_its_time() {
        let heard = transcript(&["0 Valentin parle."]);
        let spans: Vec<_> = heard.segments[0].words.iter().map(|word| word.span).collect();
        let words = &polish(heard, &settings()).segments[0].words;
        assert_eq!(words[0].span.start(), spans[0].start());
        assert_eq!(words[1].span.end(), spans[0].end());
        assert_eq!(words[2].span, spans[1]);
    }

    #[test]
    fn what_nobody_said_has_no_probability() {
        let heard = polish(transcript(&["0 Valentin parle."]), &settings());
        let sure: Vec<_> = heard.segments[0].words.iter().map(|word| word.probability).collect();
        assert_eq!(sure, [Some(0.9), None, Some(0.9)]);
    }

    #[test]
    fn what_is_not_in_brackets_is_refused() {
        let term = Term { insert: "Przyluski".to_owned(), ..Term::new("Valentin") };
        assert_eq!(
            Lexicon::new(&[term]).unwrap_err().to_string(),
            "lexicon entry `Valentin`: its insert `Przyluski` is not in brackets, like `[texte]`"
        );
    }

    fn settings() -> PolishSettings {
        let term = |form: &str, insert: &str| Term { insert: insert.to_owned(), ..Term::new(form) };
        let terms = [term("Valentin", "[Przyluski]"), term("DAB+", "[Digital Audio Broadcasting]")];
        PolishSettings { lexicon: Lexicon::new(&terms).unwrap(), ..PolishSettings::PAGE }
    }
}
