//! Closed lists of French words that more than one rule needs, each once.
//!
//! A list that serves one rule stands beside it. The normalisation of scores (`eval::french`) has
//! lists of its own: its figures are published, and a word that is added here for the sake of a
//! page must not move them.

/// The months as they are written in a sentence, in order.
pub(crate) const MONTHS: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

/// The days of the week, from Monday on.
pub(crate) const DAYS: [&str; 7] =
    ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"];

/// From 1 to 16: the numbers that are one word each.
pub(crate) const UP_TO_SIXTEEN: [&str; 16] = [
    "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze",
    "treize", "quatorze", "quinze", "seize",
];

/// From 20 to 60.
pub(crate) const TENS: [&str; 5] = ["vingt", "trente", "quarante", "cinquante", "soixante"];

/// Words that lose their last vowel before another, without their apostrophe.
pub(crate) const ELIDED: [&str; 14] =
    ["c", "ç", "d", "j", "jusqu", "l", "lorsqu", "m", "n", "puisqu", "qu", "quoiqu", "s", "t"];

/// Answers that are one word.
pub(crate) const ANSWERS: [&str; 3] = ["oui", "non", "si"];

/// Articles, and what stands in their place: they lean on a noun. With « de » and « à », which an
/// article melts into.
pub(crate) const DETERMINERS: [&str; 34] = [
    "le", "la", "les", "un", "une", "des", "du", "de", "à", "au", "aux", "ce", "cet", "cette",
    "ces", "mon", "ma", "mes", "ton", "ta", "tes", "son", "sa", "ses", "notre", "nos", "votre",
    "vos", "leur", "leurs", "quel", "quelle", "quels", "quelles",
];

/// Pronouns, and « ne », that lean on a verb.
pub(crate) const CLITICS: [&str; 15] = [
    "je", "tu", "il", "elle", "on", "nous", "vous", "ils", "elles", "me", "te", "se", "y", "en",
    "ne",
];

/// Conjunctions, relative pronouns and prepositions: a clause or a complement may begin with them.
pub(crate) const OPENERS: [&str; 25] = [
    "et", "ou", "mais", "donc", "car", "ni", "que", "qui", "dont", "où", "quand", "comme", "si",
    "parce", "puisque", "lorsque", "pour", "par", "avec", "sans", "dans", "sur", "sous", "chez",
    "vers",
];

/// What stands behind figures on the same line, as it is spelt. No single letter that could be a
/// name: A, C, F, N.
pub(crate) const UNITS: [&str; 24] = [
    "GHz", "GW", "Go", "Hz", "Ko", "MHz", "MW", "Mo", "To", "V", "W", "Wh", "cm", "g", "h", "kHz",
    "kWh", "kg", "km", "m", "min", "mm", "ms", "s",
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_list_has_a_word_twice_and_only_units_have_capitals() {
        let lists: [&[&str]; 10] = [
            &MONTHS,
            &DAYS,
            &UP_TO_SIXTEEN,
            &TENS,
            &ELIDED,
            &ANSWERS,
            &DETERMINERS,
            &CLITICS,
            &OPENERS,
            &UNITS,
        ];
        for list in lists {
            let different: HashSet<&str> = list.iter().copied().collect();
            assert_eq!(different.len(), list.len(), "{list:?}");
        }
        for word in lists[..9].iter().copied().flatten() {
            assert_eq!(word.to_lowercase(), *word);
        }
    }
}
