//! What is said in another language: known by its small words, and not set in French.
//!
//! A French sentence taken for another loses its spaces; another one taken for French gets
//! some. The first is worse, so much has to speak for it: several small words that French has
//! not, a good part of all, and next to none of French. Titles and names are not enough.

use super::word;
use crate::base::{
    speech::Gap,
    transcript::{Segment, SegmentLanguage, Transcript},
};
use std::{collections::HashSet, sync::LazyLock};

/// Languages, and small words of theirs that are no words of French.
const LANGUAGES: &[(&str, &str)] = &[
    (
        "en",
        "the and of is are was were been have has had does did this that these those with you \
         your we our they their he she it its it's that's i i'm i've you're we're they're don't \
         doesn't can't won't to for from not what which who how why when where there here would \
         could should will my his her because into than then them very know think about",
    ),
    (
        "de",
        "der das und ist nicht ich wir sie ein eine einen mit auf für von zu den dem auch dass \
         wie aber haben sind wird werden kann noch nur schon wenn oder bei nach aus über sich hat \
         mir mich dir wo warum heute immer sehr diese dieser dieses kein keine",
    ),
    (
        "es",
        "el los pero muy una del porque cuando también hay yo nosotros usted ellos más qué cómo eso \
         esto ese esa hace tiene tenemos estamos están estoy puede ahora entonces hasta donde aquí \
         gracias bueno nuestra nuestro lo al con por para es está son",
    ),
    (
        "it",
        "che gli di della dei delle nel nella questo questa anche più perché sono per ho hanno \
         abbiamo essere io noi voi loro lo una del molto quando cosa così dove quindi uno è con \
         non al alla",
    ),
];

/// Small words of French that none of these has.
const FRENCH: &str = "et est des du dans pas qui pour avec sont cette ces nous vous je elle ils \
    elles mais donc où c'est au aux leur très être avoir fait ça tout alors quand j'ai n'est qu'il \
    d'un d'une sur plus par comme ou ce on";

type List = HashSet<&'static str>;

static LISTS: LazyLock<Vec<(&str, List)>> = LazyLock::new(|| {
    LANGUAGES.iter().map(|(code, list)| (*code, list.split_whitespace().collect())).collect()
});

static FRENCH_LIST: LazyLock<List> = LazyLock::new(|| FRENCH.split_whitespace().collect());

/// Words that tell, at least: in all, and different ones.
const WORDS_MIN: usize = 4;
const DIFFERENT_MIN: usize = 3;

/// Marks the segments of `transcript` that are said in another language than French, as far
/// as nobody has looked at them.
///
/// An episode in another language is left alone: what is foreign in it is not known here.
pub(super) fn mark(transcript: &mut Transcript) {
    let is_french = transcript.is_french();
    for segment in &mut transcript.segments {
        if segment.language == SegmentLanguage::Unknown {
            let foreign = if is_french { language(segment) } else { None };
            segment.language = foreign
                .map_or(SegmentLanguage::Own, |code| SegmentLanguage::Foreign(code.to_owned()));
        }
    }
}

/// The language that the shown words of `segment` are in, where it is surely not French.
fn language(segment: &Segment) -> Option<&'static str> {
    let shown = segment.words.iter().filter(|word| word.dropped.is_none());
    let words: Vec<String> = shown.map(|word| word::bare(&word.text)).collect();
    let words: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .filter(|word| word.contains(char::is_alphabetic))
        .collect();
    if words.len() < WORDS_MIN {
        return None;
    }
    let found = |list: &HashSet<&str>| {
        let found: Vec<&str> = words.iter().copied().filter(|word| list.contains(word)).collect();
        let different: HashSet<&str> = found.iter().copied().collect();
        (found.len(), different.len())
    };
    let mut counts: Vec<_> = LISTS.iter().map(|(code, list)| (found(list), *code)).collect();
    counts.sort();
    let ((n_found, n_different), code) = counts.pop()?;
    let ((n_next, _), _) = counts.pop()?;
    let (n_french, _) = found(&FRENCH_LIST);
    let is_sure = n_found >= WORDS_MIN
        && n_different >= DIFFERENT_MIN
        && n_found * 3 >= words.len()
        && n_found >= 4 * n_french
        && n_found * 2 >= n_next * 3;
    is_sure.then_some(code)
}

/// Takes the spaces of French before marks out of what is not French.
pub(super) fn space(transcript: &mut Transcript) {
    let is_french = transcript.is_french();
    let segments = transcript.segments.iter_mut();
    for segment in segments.filter(|segment| !is_french || segment.foreign().is_some()) {
        for word in &mut segment.words {
            for mark in ['?', '!', ':', ';'] {
                for space in ["\u{a0}", "\u{202f}", " "] {
                    word.text = word.text.replace(&format!("{space}{mark}"), &mark.to_string());
                }
            }
            let is_mark = !word.text.is_empty() && word.text.chars().all(|c| "?!:;".contains(c));
            word.gap = match word.gap {
                _ if is_mark => Gap::Nothing,
                Gap::NoBreak | Gap::Narrow => Gap::Space,
                gap => gap,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{
        PolishSettings, polish,
        word::tests::{shown, transcript},
    };

    #[test]
    fn sentences_of_other_languages_are_known() {
        for (code, text) in [
            ("en", "What do you think about it? We have to know why they were there!"),
            ("en", "The software is free and the users have control of their computing."),
            ("en", "I don't think that this is what you want to do."),
            ("en", "It was a very good idea because you could see how it works."),
            ("de", "Ich weiß nicht, wie das ist, aber wir haben auch noch eine Frage."),
            ("de", "Die Freiheit ist für alle da und nicht nur für die Firmen."),
            ("es", "Pero el software libre es muy importante porque hay una comunidad."),
            ("it", "Questo è il motivo per cui non abbiamo più una scelta, anche noi."),
        ] {
            check(text, Some(code));
        }
    }

    #[test]
    fn what_may_be_french_stays_french() {
        for text in [
            "La Free Software Foundation et The Document Foundation sont là.",
            "Le slogan, c'est the right to read, comme on dit.",
            "The Conversation, The Guardian, The Verge.",
            "Is it the end?",
            "On est à la une des sites de la région, et de une.",
            "Il a dit : « you are not the product », et on le sait tous ici.",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn what_is_foreign_has_no_spaces_of_french() {
        let english = "What do you think about it\u{a0}? We have to know : they were there !";
        let mut heard = transcript(&["0 Vraiment?", &format!("0 {english}"), "0 Oui!"]);
        for _ in 0..2 {
            heard = polish(heard, &PolishSettings::PAGE);
            assert_eq!(
                shown(&heard),
                "Vraiment\u{a0}? | What do you think about it? We have to know: they were there! \
                 | Oui\u{a0}!"
            );
        }
    }

    #[test]
    fn who_says_that_it_is_french_is_believed() {
        let mut heard = transcript(&["0 What do you think about it? We have to know."]);
        heard.segments[0].language = SegmentLanguage::Own;
        let polished = polish(heard, &PolishSettings::PAGE);
        assert_eq!(polished.segments[0].foreign(), None);
        assert!(shown(&polished).contains("it\u{a0}?"));
    }

    #[test]
    fn an_episode_in_another_language_is_left_alone() {
        let mut heard = transcript(&["0 What do you think about it? We have to know."]);
        heard.provenance.language = "en".to_owned();
        mark(&mut heard);
        assert_eq!(heard.segments[0].language, SegmentLanguage::Own);
    }

    #[test]
    fn no_rule_of_french_touches_an_episode_in_another_language() {
        let mut heard =
            transcript(&["0 Look: 3 people, at 15h, say « oui oui » ; why ? It is 5 % of it."]);
        heard.provenance.language = "en".to_owned();
        let polished =
            polish(heard, &PolishSettings { small_numbers: true, ..PolishSettings::PAGE });
        assert_eq!(
            shown(&polished),
            "Look: 3 people, at 15h, say « oui oui »; why? It is 5 % of it."
        );
        assert!(polished.changes.is_empty(), "{:?}", polished.changes);
    }

    #[test]
    #[ignore = "reads French recordings' texts beside the project, ../shared/data"]
    fn no_french_text_is_taken_for_another_language() {
        let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
        let mut n_segments = 0;
        for folder in ["dialogues", "real", "sample", "seed"] {
            for entry in std::fs::read_dir(data.join(folder)).unwrap().flatten() {
                let path = entry.path();
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                // Meetings and telephone calls in English are beside the French ones.
                let is_french = !name.starts_with("ami_") && !name.starts_with("pyannote");
                if !is_french || path.extension().is_none_or(|extension| extension != "txt") {
                    continue;
                }
                for line in std::fs::read_to_string(&path).unwrap().split(['\n', '.', '?', '!']) {
                    if line.split_whitespace().next().is_some() {
                        n_segments += 1;
                        check(line, None);
                    }
                }
            }
        }
        assert!(n_segments > 300, "{n_segments} segments");
    }

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let mut heard = transcript(&[&format!("0 {}", text.trim())]);
        mark(&mut heard);
        assert_eq!(heard.segments[0].foreign(), expected, "{text}");
    }
}
