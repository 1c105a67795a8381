//! « 3 personnes » as « trois personnes ».
//!
//! Pages of Libre à lire write small counts in words. A figure that names, measures or
//! dates something stays a figure; so does 1, which would need a gender.

use super::word;
use crate::base::{
    french::{MONTHS, UNITS, UP_TO_SIXTEEN},
    speech::{Word, ends_sentence},
    transcript::{Change, Rule, Transcript},
};

/// What has a number for its name.
const NUMBERED: &[&str] = &[
    "annexe",
    "article",
    "articles",
    "boulevard",
    "chaîne",
    "chapitre",
    "chapitres",
    "covid",
    "épisode",
    "épisodes",
    "étape",
    "g",
    "leçon",
    "ligne",
    "n°",
    "niveau",
    "numéro",
    "numéros",
    "page",
    "pages",
    "partie",
    "phase",
    "point",
    "question",
    "saison",
    "saisons",
    "section",
    "titre",
    "tome",
    "version",
    "versions",
    "volume",
    "web",
    "windows",
];

/// What is measured in figures, beside [`UNITS`]. Not days, weeks or years, which are counted.
const MEASURED: &[&str] = &[
    "%", "‰", "€", "$", "°c", "heure", "heures", "minutes", "secondes", "euros", "dollars", "pour",
];

/// What is counted in words, unless something is measured by it: « trois milliards », « 3 milliards
/// d'euros ».
const LARGE: &[&str] = &["mille", "millions", "milliards"];

/// How far around a number others make it a member of a list or a range, in words.
const AROUND: usize = 2;

/// Writes small counts in words.
pub(super) fn write(transcript: &mut Transcript) {
    let Transcript { segments, changes, .. } = transcript;
    let mut begins = true;
    let mut speaker = None;
    for segment in segments.iter_mut().filter(|segment| segment.foreign().is_none()) {
        begins |= segment.likely_speaker() != speaker;
        speaker = segment.likely_speaker();
        let mut shown: Vec<&mut Word> =
            segment.words.iter_mut().filter(|word| word.dropped.is_none()).collect();
        let texts: Vec<String> = shown.iter().map(|word| word.text.clone()).collect();
        for (idx, word) in shown.iter_mut().enumerate() {
            let begins = if idx == 0 { begins } else { ends_sentence(&texts[idx - 1]) };
            let Some(mut after) = in_words(&texts, idx) else { continue };
            if begins {
                after = word::capitalised(&after);
            }
            let before = std::mem::replace(&mut word.text, after.clone());
            changes.push(Change { rule: Rule::Number, at: word.span.start(), before, after });
        }
        begins = texts.last().map_or(begins, |text| ends_sentence(text));
    }
}

/// The count at `idx` in words; `None` where it is none, or should stay in figures.
pub(super) fn in_words(texts: &[String], idx: usize) -> Option<String> {
    let word::Parts { before, elided, core, after } = word::parts(&texts[idx]);
    let number = core.parse::<usize>().ok().filter(|_| !core.starts_with(['0', '+']))?;
    let word = UP_TO_SIXTEEN[1..].get(number.checked_sub(2)?)?;
    let first = idx.saturating_sub(AROUND);
    let around = texts.iter().enumerate().skip(first).take(idx - first + AROUND + 1);
    let has_digit = |text: &str| text.contains(|c: char| c.is_ascii_digit());
    let counted = |idx: usize| texts.get(idx + 1).map(|next| word::bare(next));
    let is_among_others = around.into_iter().any(|(at, text)| {
        // « une fois, deux fois, 3 fois, 4 fois » counts on.
        let counts_on = at.abs_diff(idx) == AROUND && is_small(text) && counted(at) == counted(idx);
        at != idx && has_digit(text) && !counts_on
    });
    let is_plain = before.is_empty() && elided.is_empty();
    let previous = idx.checked_sub(1).map(|previous| texts[previous].as_str());
    let begins = previous.is_none_or(ends_sentence);
    let is_name = previous.is_some_and(|text| {
        NUMBERED.contains(&word::bare(text).as_str()) || word::has_capital(text) && idx > 1
    });
    let is_measured = after.is_empty()
        && texts.get(idx + 1).is_some_and(|next| {
            let next = word::bare(next);
            let is_unit = UNITS.iter().any(|unit| unit.eq_ignore_ascii_case(&next));
            let is_large = LARGE.contains(&next.as_str());
            is_unit
                || MEASURED.contains(&next.as_str())
                || MONTHS.contains(&next.as_str())
                || is_large && texts.get(idx + 2).is_some_and(|unit| measures(unit))
        });
    if !is_plain || is_among_others || !begins && is_name || is_measured {
        return None;
    }
    Some(format!("{word}{after}"))
}

/// Whether `text` is a number that may be a count in words.
fn is_small(text: &str) -> bool {
    word::parts(text)
        .core
        .parse()
        .is_ok_and(|number: usize| (2..=UP_TO_SIXTEEN.len()).contains(&number))
}

/// Whether an amount goes on with `text`: « d'euros », « de dollars ».
fn measures(text: &str) -> bool {
    let bare = word::bare(text);
    bare == "de" || bare == "%" || bare.starts_with("d'") || MEASURED.contains(&bare.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::word::tests::{shown, transcript};

    #[test]
    fn a_count_is_in_words() {
        check("on est 3, et puis avec 16 amis", "on est trois, et puis avec seize amis");
        check("3 personnes.", "Trois personnes.");
    }

    #[test]
    fn what_a_number_names_measures_or_dates_stays() {
        for stays in [
            "la version 3",
            "sur Windows 11",
            "de 5 %",
            "15\u{a0}heures",
            "le 3 mai",
            "de 3 à 5 ans",
            "1 truc",
            "17 trucs",
            "3,5 fois",
            "5 milliards d'euros",
            "de 3 GW",
            "de 3 ans 4 mois",
        ] {
            check(stays, stays);
        }
    }

    /// As a recogniser may write them: none of these is the page's own sentence.
    #[test]
    fn numbers_are_those_of_a_page() {
        for (heard, page) in [
            ("rendez-vous à 15\u{a0}heures.", "rendez-vous à 15\u{a0}heures."),
            ("Ça coûte 3 milliards, rien de moins", "Ça coûte trois milliards, rien de moins"),
            ("ils n'ont lu ni un, ni 2", "ils n'ont lu ni un, ni deux"),
            ("Depuis 2002, 57\u{a0}% de plus", "Depuis 2002, 57\u{a0}% de plus"),
            ("de 27\u{a0}% en Europe", "de 27\u{a0}% en Europe"),
            ("on voit clairement 3 éléments", "on voit clairement trois éléments"),
            ("une fois, 2 fois, 3 fois, 4 fois", "une fois, deux fois, trois fois, quatre fois"),
            ("2 ministres l'ont dit", "Deux ministres l'ont dit"),
            ("dans 3 ans, dans 5 ans", "dans trois ans, dans cinq ans"),
            ("avec 10 émoticônes", "avec dix émoticônes"),
            ("ce que réserve 2024", "ce que réserve 2024"),
            (
                "il a 90\u{a0}% du marché, puis 99\u{a0}%",
                "il a 90\u{a0}% du marché, puis 99\u{a0}%",
            ),
        ] {
            check(heard, page);
        }
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let mut transcript = transcript(&[&format!("0 {text}")]);
        write(&mut transcript);
        assert_eq!(shown(&transcript), expected);
        let once = transcript.clone();
        write(&mut transcript);
        assert_eq!(transcript, once);
    }
}
