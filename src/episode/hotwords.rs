//! Which names and terms the recogniser is to prefer: those of the show, and those that its feed
//! says of the episode.

pub use crate::asr::hotwords::Hotwords;

use crate::{
    base::{
        common_words::is_common,
        show::{Show, Term},
        transcript::About,
    },
    text::lexicon::Lexicon,
};
use std::collections::HashSet;

/// Names that a title and its notes may give at most: they are guessed.
const MENTIONED_MAX: usize = 60;

/// Capitals of an acronym that is spelt out: longer ones are read as words.
const ACRONYM_MAX: usize = 5;

/// Small words that may stand inside a name.
const PARTICLES: [&str; 12] =
    ["de", "du", "des", "d", "la", "le", "les", "l", "van", "von", "ben", "el"];

/// The phrases that stand for `show`: its people, its lexicon and its hotwords, with `names` of
/// others, each as it may be spelt.
pub fn phrases(show: &Show, names: &[String]) -> Vec<String> {
    let people = show.people.iter().map(|person| &person.name).chain(names);
    let terms = terms(show).into_iter().flat_map(|term| [vec![term.form], term.variants].concat());
    people.cloned().chain(terms).filter(|phrase| !is_everyday(phrase)).collect()
}

/// The lexicon of `show`, where a hotword is written in its form however it was spelt.
pub fn terms(show: &Show) -> Vec<Term> {
    let mut terms = show.lexicon.clone();
    let known: HashSet<String> = terms.iter().map(|term| term.form.to_lowercase()).collect();
    let is_new = |form: &&String| !known.contains(&form.to_lowercase());
    terms.extend(show.hotwords.iter().filter(is_new).map(Term::new));
    let forms: HashSet<String> = terms.iter().map(|term| term.form.to_lowercase()).collect();
    for term in &mut terms {
        for spelling in spellings(&term.form) {
            let variants = vec![spelling.clone()];
            let alone = Term { form: term.form.clone(), variants, insert: String::new() };
            // What is refused of a person is left out of a rule's.
            if !forms.contains(&spelling.to_lowercase()) && Lexicon::new(&[alone]).is_ok() {
                term.variants.push(spelling);
            }
        }
    }
    terms
}

/// Whether `phrase` has no word but those that everybody says: nothing has to prefer it.
fn is_everyday(phrase: &str) -> bool {
    let mut words = phrase.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.all(|word| is_common(&word.to_lowercase()))
}

/// How else `form` may be spelt by who only hears it: acronyms letter by letter, joined words
/// apart.
fn spellings(form: &str) -> Vec<String> {
    let words: Vec<Vec<String>> = form.split_whitespace().map(parts).collect();
    let apart: Vec<String> = words.concat();
    if apart.len() > words.len() { vec![apart.join(" ")] } else { Vec::new() }
}

/// « SecNumCloud » in three parts, « HDS » in its letters, any other word as it is.
fn parts(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    let is_acronym =
        (2..=ACRONYM_MAX).contains(&letters.len()) && letters.iter().all(|c| c.is_uppercase());
    if is_acronym {
        return letters.iter().map(char::to_string).collect();
    }
    let mut parts: Vec<String> = Vec::new();
    for (idx, &c) in letters.iter().enumerate() {
        let before = idx.checked_sub(1).map(|idx| letters[idx]);
        let after = letters.get(idx + 1);
        // « XWiki »: the last of several capitals begins a part, too.
        let begins = c.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_uppercase() && after.is_some_and(|c| c.is_lowercase())
            });
        match parts.last_mut().filter(|_| !begins) {
            Some(part) => part.push(c),
            None => parts.push(c.to_string()),
        }
    }
    parts
}

/// What `about` seems to name in its title, its chapters and its notes: runs of words with a
/// capital, and single ones that no everyday word is.
pub fn mentioned(about: &About) -> Vec<String> {
    let chapters = about.chapters.iter().map(|chapter| &chapter.title);
    let texts = [&about.title].into_iter().chain(chapters).chain(&about.lead);
    let credited = about.people.iter().map(|credit| credit.name.clone());
    let mut found: Vec<String> = Vec::new();
    for name in credited.chain(texts.flat_map(|text| names_in(text))) {
        if !found.contains(&name) && !is_everyday(&name) {
            found.push(name);
        }
    }
    found.truncate(MENTIONED_MAX);
    found
}

fn names_in(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for stretch in text.split(|c: char| ",;:.!?()«»\"“”|–—\n".contains(c)) {
        let mut run: Vec<&str> = Vec::new();
        for word in stretch.split_whitespace().chain([""]) {
            let bare =
                word.trim_start_matches(|c| "dlDL".contains(c)).trim_start_matches(['\'', '’']);
            let bare =
                if bare.len() < word.len() && word.contains(['\'', '’']) { bare } else { word };
            let has_capital = bare.starts_with(char::is_uppercase);
            let is_inside = !run.is_empty() && PARTICLES.contains(&word);
            if has_capital && bare.len() == word.len() || is_inside {
                run.push(word);
                continue;
            }
            names.extend(name(&mut run));
            run.extend(has_capital.then_some(bare));
        }
    }
    names
}

/// The name that `run` is, which is then empty.
fn name(run: &mut Vec<&str>) -> Option<String> {
    while run.last().is_some_and(|word| PARTICLES.contains(word)) {
        run.pop();
    }
    let words = std::mem::take(run);
    // A single word with a capital may begin a sentence, so it has to look like nothing else.
    let is_name = match words.as_slice() {
        [] => false,
        [only] => only.chars().filter(|c| c.is_uppercase()).count() > 1 && only.chars().count() > 2,
        _ => true,
    };
    is_name.then(|| words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::show::Person;

    #[test]
    fn joined_words_are_spelt_apart_and_acronyms_letter_by_letter() {
        for (form, expected) in [
            ("SecNumCloud", Some("Sec Num Cloud")),
            ("XWiki", Some("X Wiki")),
            ("HDS", Some("H D S")),
            ("hébergeur HDS", Some("hébergeur H D S")),
            ("Garnier", None),
            ("ORANGE", None),
            ("logiciel libre", None),
        ] {
            assert_eq!(spellings(form).first().map(String::as_str), expected, "{form}");
        }
    }

    #[test]
    fn a_show_gives_its_people_its_lexicon_and_its_hotwords_and_no_everyday_words() {
        let show = Show {
            people: vec![Person { name: "Aïcha Le Goff".to_owned(), role: None }],
            lexicon: vec![
                Term::new("logiciel libre"),
                Term { variants: vec!["sec nul cloud".to_owned()], ..Term::new("SecNumCloud") },
            ],
            hotwords: vec!["Douarnenez".to_owned()],
            ..Show::default()
        };
        let expected = [
            "Aïcha Le Goff",
            "Bertrand",
            "SecNumCloud",
            "sec nul cloud",
            "Sec Num Cloud",
            "Douarnenez",
        ];
        assert_eq!(phrases(&show, &["Bertrand".to_owned()]), expected);
    }

    #[test]
    fn a_spelling_that_is_common_french_or_another_entry_is_no_variant() {
        let show = Show {
            lexicon: vec![Term::new("LibreTemps"), Term::new("SecNum"), Term::new("sec num")],
            hotwords: vec!["PeerTube".to_owned(), "SecNum".to_owned()],
            ..Show::default()
        };
        let terms = terms(&show);
        let variants: Vec<_> =
            terms.iter().map(|term| (term.form.as_str(), term.variants.join(","))).collect();
        let expected =
            [("LibreTemps", ""), ("SecNum", ""), ("sec num", ""), ("PeerTube", "Peer Tube")];
        assert_eq!(variants, expected.map(|(form, variants)| (form, variants.to_owned())));
    }

    #[test]
    fn titles_and_notes_name_people_and_terms() {
        let about = |title: &str| About { title: title.to_owned(), ..About::default() };
        for (title, expected) in [
            ("Parcours libriste de Solenn Le Guivarc'h", vec!["Solenn Le Guivarc'h"]),
            ("L’avenir d'Aïcha Le Goff et de SecNumCloud", vec!["Aïcha Le Goff", "SecNumCloud"]),
            ("Quelle eau pour demain ?", vec![]),
            ("Entretien : la Quadrature du Net, l'ANSSI", vec!["Quadrature du Net", "ANSSI"]),
            ("", vec![]),
        ] {
            assert_eq!(mentioned(&about(title)), expected, "{title}");
        }
    }
}
