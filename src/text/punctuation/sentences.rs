//! How a sentence ends: « ! » or « ? » in the place of a full stop; and a comma within it.

use super::MarkedWord;
use crate::base::marks::Mark;

/// Sentences that are exclaimed as a rule.
const EXCLAIMED: &[&str] = &[
    "ah",
    "ah ah",
    "ah bon",
    "ah non",
    "ah oui",
    "attention",
    "bing",
    "bon appétit",
    "bon courage",
    "bonne chance",
    "boum",
    "bravo",
    "chapeau",
    "eh bien non",
    "eh bien si",
    "eh non",
    "eh oui",
    "eh si",
    "et hop",
    "et voilà",
    "évidemment",
    "fin du game",
    "formidable",
    "génial",
    "hop",
    "incroyable",
    "mais non",
    "mais si",
    "non mais attendez",
    "oh",
    "paf",
    "patatras",
    "quelle horreur",
    "tiens",
    "vlan",
    "voilà",
    "vraiment",
];

/// What a sentence that ends with it judges so strongly that it is exclaimed.
const STRONG: &[&str] = &[
    "absurde",
    "catastrophe",
    "catastrophique",
    "dingue",
    "énorme",
    "extraordinaire",
    "folle",
    "formidable",
    "fou",
    "génial",
    "hallucinant",
    "honte",
    "honteux",
    "impressionnant",
    "inadmissible",
    "incroyable",
    "insupportable",
    "lamentable",
    "magnifique",
    "merveilleux",
    "scandale",
    "scandaleux",
    "superbe",
    "terrible",
];

/// What a question begins with, behind a word that leads to it.
const ASKING: &[&str] = &[
    "est-ce",
    "qu'est-ce",
    "pourquoi",
    "comment",
    "combien",
    "où",
    "quel",
    "quelle",
    "quels",
    "quelles",
    "qui",
    "qu'en",
];
const LEADING: &[&str] = &["et", "mais", "alors", "donc", "or", "puis", "du", "coup"];

/// What a mark has to score where the words ask for it: the longer the list, the more so.
const EXCLAIMED_MIN: f32 = -4.5;
const STRONG_MIN: f32 = -3.5;
const ASKING_MIN: f32 = -3.0;

/// By how much a mark has to be more probable than the full stop where nothing but the second
/// reading speaks for it; log probabilities.
const ALONE_MIN: f32 = 0.3;

/// What a comma has to score where the recogniser wrote nothing. On twenty-four passages written for
/// it, four of five that it brings are right.
const COMMA_MIN: f32 = -1.0;

/// Sets the commas of a turn that the second reading expects, where there is no mark at all.
pub(super) fn set_commas(turn: &mut [MarkedWord]) {
    for at in 1..turn.len() {
        let is_bare = turn[at - 1].after.is_empty() && turn[at].before.is_empty();
        if is_bare && turn[at - 1].score(Mark::Comma) >= COMMA_MIN {
            turn[at - 1].after = ",".to_owned();
        }
    }
}

/// Sets the ends of the sentences of a turn.
pub(super) fn set(turn: &mut [MarkedWord]) {
    let mut first = 0;
    for at in 0..turn.len() {
        if !turn[at].ends_sentence() {
            continue;
        }
        let words: Vec<String> = turn[first..=at].iter().map(MarkedWord::bare).collect();
        first = at + 1;
        let last = &turn[at];
        // Of « Ah bon. » within quotation marks, too; « … » is no full stop.
        let is_full_stop = last.after.contains('.') && !last.after.contains(['!', '?', '…']);
        if !is_full_stop || last.after.contains("..") {
            continue;
        }
        let Some(mark) = mark(&words, last) else { continue };
        turn[at].after = last.after.replacen('.', mark, 1);
    }
}

/// The mark in the place of the full stop behind `last`, the end of the sentence of `words`.
fn mark(words: &[String], last: &MarkedWord) -> Option<&'static str> {
    let [stop, exclamation, question] =
        [Mark::FullStop, Mark::Exclamation, Mark::Question].map(|mark| last.score(mark));
    let asks = words.iter().find(|word| !LEADING.contains(&word.as_str()));
    let asks = asks.is_some_and(|word| ASKING.contains(&word.as_str()));
    let is_exclaimed = EXCLAIMED.contains(&words.join(" ").as_str());
    let is_strong = STRONG.contains(&last.core().as_str());
    if asks && question >= ASKING_MIN || question >= stop + ALONE_MIN {
        Some("\u{a0}?")
    } else if is_exclaimed && exclamation >= EXCLAIMED_MIN
        || is_strong && exclamation >= STRONG_MIN
        || exclamation >= stop + ALONE_MIN
    {
        Some("\u{a0}!")
    } else {
        None
    }
}
