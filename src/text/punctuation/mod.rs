//! Marks that a page has and the recogniser does not write: quotation marks and their colons,
//! exclamation marks, a question mark where it wrote a full stop; commas and full stops.
//!
//! A word brings what the recogniser's second reading expects behind it ([`MarkScores`]). A fitted
//! model makes commas and full stops of it; for other marks rules of French say where they can stand.
//! Neither is believed alone, and where both are not sure the plainer mark stays. Words without scores
//! keep their marks. Scores are spent: a text that has its marks is not read again.

mod capitals;
mod colons;
mod gaps;
mod quotations;
mod sentences;

pub use gaps::FEATURES;

use super::word;
use crate::base::{
    marks::{Mark, MarkScores},
    speech::{SpeakerId, Word},
    time::Time,
    transcript::{Change, Rule, Transcript},
};

/// A word of a turn, its marks apart.
#[derive(Debug, Clone)]
struct MarkedWord {
    /// Where it stands: its segment, and its place there.
    at: (usize, usize),
    /// Marks before it: « « ».
    before: String,
    /// What is said.
    letters: String,
    /// Marks behind it.
    after: String,
    /// When it is said.
    start: Time,
    end: Time,
    scores: Option<MarkScores>,
}

impl MarkedWord {
    fn new(at: (usize, usize), word: &Word) -> MarkedWord {
        let parts = word::parts(&word.text);
        MarkedWord {
            at,
            before: parts.before.to_owned(),
            letters: format!("{}{}", parts.elided, parts.core),
            after: parts.after.to_owned(),
            start: word.span.start(),
            end: word.span.end(),
            scores: word.marks,
        }
    }

    fn text(&self) -> String {
        format!("{}{}{}", self.before, self.letters, self.after)
    }

    /// In lower case, with a straight apostrophe.
    fn bare(&self) -> String {
        word::bare(&self.letters)
    }

    /// What remains of it without what is elided before it, in lower case.
    fn core(&self) -> String {
        word::parts(&self.letters).core.to_lowercase()
    }

    /// The natural logarithm of the probability of `mark` behind it; below all others where nobody
    /// asked.
    fn score(&self, mark: Mark) -> f32 {
        self.scores.map_or(f32::NEG_INFINITY, |scores| scores.log_probability(mark))
    }

    fn ends_sentence(&self) -> bool {
        crate::base::speech::ends_sentence(&self.text())
    }
}

/// Sets the marks of all that is said in the language of the episode, and lists what it changed.
pub(super) fn set(transcript: &mut Transcript) {
    for mut turn in turns(transcript) {
        if turn.iter().all(|word| word.scores.is_none()) {
            continue;
        }
        quotations::set(&mut turn);
        gaps::set_sure_commas(&mut turn);
        gaps::set(&mut turn);
        colons::set(&mut turn);
        capitals::set(&mut turn);
        sentences::set(&mut turn);
        for marked in turn {
            let (segment, word_idx) = marked.at;
            let word = &mut transcript.segments[segment].words[word_idx];
            let after = marked.text();
            word.marks = None;
            if word.text != after {
                let before = std::mem::replace(&mut word.text, after.clone());
                let at = word.span.start();
                transcript.changes.push(Change { rule: Rule::Mark, at, before, after });
            }
        }
    }
}

/// What is known of the place behind a word.
#[derive(Debug, Clone)]
pub struct Gap {
    /// The word: the index of its segment, and its own there.
    pub at: (usize, usize),
    /// The marks behind it when the model looks at them.
    pub marks: String,
    /// What the model looks at, by [`FEATURES`].
    pub features: [f64; FEATURES.len()],
}

/// The gaps behind the shown words of `transcript`, whose marks are the recogniser's; none where nobody
/// asked, nor at the end of a turn.
pub fn gaps(transcript: &Transcript) -> Vec<Gap> {
    let of_turn = |mut turn: Vec<MarkedWord>| {
        quotations::set(&mut turn);
        gaps::set_sure_commas(&mut turn);
        let features = gaps::features(&turn);
        let known = turn.into_iter().zip(features);
        let gap = |(word, features): (MarkedWord, Option<_>)| {
            Some(Gap { at: word.at, marks: word.after, features: features? })
        };
        known.filter_map(gap).collect::<Vec<_>>()
    };
    turns(transcript).into_iter().flat_map(of_turn).collect()
}

/// The shown words of each turn: what one speaker says without another between.
fn turns(transcript: &Transcript) -> Vec<Vec<MarkedWord>> {
    let mut turns: Vec<Vec<MarkedWord>> = Vec::new();
    let mut speaking: Option<Option<SpeakerId>> = None;
    for (segment_idx, segment) in transcript.segments.iter().enumerate() {
        if segment.is_event() || segment.foreign().is_some() {
            speaking = None;
            continue;
        }
        if speaking != Some(segment.likely_speaker()) {
            speaking = Some(segment.likely_speaker());
            turns.push(Vec::new());
        }
        let words = segment.words.iter().enumerate().filter(|(_, word)| word.dropped.is_none());
        let words = words.map(|(word_idx, word)| MarkedWord::new((segment_idx, word_idx), word));
        if let Some(turn) = turns.last_mut() {
            turn.extend(words);
        }
    }
    turns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::word::tests::{changes, shown, transcript};

    /// A transcript drawn as for [`transcript`]; of a word written `dit{«-1.0,!-2}` the scores are
    /// what stands in braces; of all else -20, but -0.4 of the mark that is there. Words are 0.1 s apart, `~` is a second.
    fn scored(lines: &[&str]) -> Transcript {
        let mut drawn = transcript(lines);
        for word in drawn.segments.iter_mut().flat_map(|segment| &mut segment.words) {
            let mut scores = [-20.0; 7];
            let text = word.text.split('{').next().unwrap_or_default();
            let standing = text.chars().last().and_then(|last| ",.?!".find(last));
            scores[standing.map_or(0, |at| at + 1)] = -0.4;
            if let Some((text, drawn)) = word.text.clone().split_once('{') {
                word.text = text.to_owned();
                for score in drawn.trim_end_matches('}').split(';') {
                    let at = "_,.?!:«".chars().position(|mark| score.starts_with(mark)).unwrap();
                    scores[at] = score.trim_start_matches(|c: char| c != '-').parse().unwrap();
                }
            }
            word.marks = Some(MarkScores::new(scores));
        }
        drawn
    }

    #[track_caller]
    fn check(line: &str, expected: &str) {
        let mut transcript = scored(&[&format!("0 {line}")]);
        set(&mut transcript);
        assert_eq!(shown(&transcript).replace('\u{a0}', " "), expected);
        let once = transcript.clone();
        set(&mut transcript);
        assert_eq!(transcript.segments, once.segments, "a second time changes nothing");
    }

    #[test]
    fn what_somebody_is_said_to_have_said_is_quoted() {
        check(
            "Elle me dit,{«-1.0} il manque un papier. Et puis rien.",
            "Elle me dit : « Il manque un papier. » Et puis rien.",
        );
        check("Il a dit enfin{«-2.1} on arrête. Bon.", "Il a dit enfin « on arrête. » Bon.");
    }

    #[test]
    fn what_is_reported_is_not_quoted() {
        check("On m'a dit{«-1.0} que c'était cher.", "On m'a dit que c'était cher.");
        check("Il a dit{«-7.0} bonjour. Voilà.", "Il a dit bonjour. Voilà.");
        check(
            "On demande si le logiciel{«-1.0} libre dure.",
            "On demande si le logiciel libre dure.",
        );
        check(
            "Elle explique le logiciel{«-1.8} libre. Voilà.",
            "Elle explique le logiciel libre. Voilà.",
        );
        check("Le train{«-1.0} arrive. Voilà.", "Le train arrive. Voilà.");
    }

    #[test]
    fn what_is_quoted_already_gets_its_colon_alone() {
        check("Il répond{«-1.0} «\u{a0}Oui.\u{a0}» Voilà.", "Il répond : « Oui. » Voilà.");
    }

    #[test]
    fn what_is_opened_is_closed_and_what_closes_nothing_goes() {
        check("Il lit «\u{a0}oui. Et non. Voilà.", "Il lit « oui. Et non. Voilà. »");
        let long = "Et puis rien. Il part demain. ".repeat(5);
        check(
            &format!("Il lit «\u{a0}oui. {}", long.trim_end()),
            &format!("Il lit « oui. » {}", long.trim_end()),
        );
        check(
            "On y est.\u{a0}»{.-0.4;_-9.0} Alors oui\u{a0}!\u{a0}» Bon.",
            "On y est. Alors oui ! Bon.",
        );
    }

    #[test]
    fn two_quotations_in_a_sentence_are_two() {
        check(
            "Il s'est exclamé,{«-3.8} c'est beau, et il a ajouté{«-2.0} pourquoi pas ?",
            "Il s'est exclamé : « C'est beau », et il a ajouté « pourquoi pas ? »",
        );
    }

    #[test]
    fn a_quotation_ends_where_somebody_else_speaks() {
        let mut transcript = scored(&["0 il dit,{«-1.0} oui mais non", "1 d'accord."]);
        set(&mut transcript);
        assert_eq!(
            shown(&transcript).replace('\u{a0}', " "),
            "Il dit : « Oui mais non » | D'accord."
        );
    }

    #[test]
    fn an_exclamation_is_marked_where_it_is_one_and_is_expected() {
        check("Patatras.{!-3.5} Tout tombe.{!-3.5}", "Patatras ! Tout tombe.");
        check("Patatras.{!-9.0} Tout tombe.", "Patatras. Tout tombe.");
        check("C'est vraiment dingue.{!-2.5} Bon.", "C'est vraiment dingue ! Bon.");
    }

    #[test]
    fn a_call_is_exclaimed_within_a_sentence_too() {
        check("Et là, patatras, ~ tout tombe.", "Et là, patatras ! Tout tombe.");
        check("Du coup, hop, il revient.", "Du coup, hop !, il revient.");
        check("Voilà, c'est tout.", "Voilà, c'est tout.");
        check("Bon. Merci à vous,{!-2.4} ~ on finit.", "Bon. Merci à vous ! On finit.");
        check("Quelle aventure,{!-2.1} ~ on finit.", "Quelle aventure ! On finit.");
    }

    #[test]
    fn what_is_counted_and_what_is_announced_has_a_colon() {
        check(
            "Il faut trois choses,{:-6.2} du temps, des gens et du courage.",
            "Il faut trois choses : du temps, des gens et du courage.",
        );
        check("Je résume,{:-7.0} on perd.", "Je résume : on perd.");
        check("Je résume,{:-12.0} on perd.", "Je résume, on perd.");
        check("Pour ces trois raisons,{:-6.2} on perd.", "Pour ces trois raisons, on perd.");
    }

    #[test]
    fn what_is_said_once_more_is_exclaimed() {
        check(
            "C'est dans cinq ans. Cinq ans, ~ il le dit.",
            "C'est dans cinq ans. Cinq ans ! Il le dit.",
        );
        check("Il vient. Il vient, il part.", "Il vient. Il vient ! Il part.");
        check("Il vient demain. Il vient, il part.", "Il vient demain. Il vient, il part.");
    }

    #[test]
    fn a_pause_and_the_second_reading_part_sentences() {
        check(
            "Je préfère ça,{,-2.5;.-1.1;_-7.0} ~ elle est lente.",
            "Je préfère ça. Elle est lente.",
        );
        check(
            "Je préfère ça,{,-0.4;.-3.0;_-7.0} elle est lente.",
            "Je préfère ça, elle est lente.",
        );
    }

    #[test]
    fn a_full_stop_that_nothing_speaks_for_is_a_comma() {
        check("Si on part.{,-0.3;.-6.0;_-6.0} Elle reste ici.", "Si on part, elle reste ici.");
        check("Si on part.{,-0.3;.-6.0;_-6.0} April reste.", "Si on part, April reste.");
    }

    #[test]
    fn sentences_begin_with_a_capital_and_words_that_join_others_have_none_within() {
        check("bonjour. il vient, Et il part.", "Bonjour. Il vient, et il part.");
        check("Dans Les Échos, on lit etc. et rien.", "Dans Les Échos, on lit etc. et rien.");
    }

    #[test]
    fn a_question_is_marked_where_its_words_ask() {
        check("Pourquoi ça ne marche pas.{?-2.0} Voilà.", "Pourquoi ça ne marche pas ? Voilà.");
        check("Ça ne marche pas.{?-2.0} Voilà.", "Ça ne marche pas. Voilà.");
    }

    #[test]
    fn a_comma_is_set_where_it_is_expected_and_nothing_is() {
        check("Enfin{,-0.4} je crois{,-2.0} que oui.", "Enfin, je crois que oui.");
    }

    #[test]
    fn marks_are_listed_and_words_without_scores_keep_theirs() {
        let mut unread = transcript(&["0 il dit, oui. Voilà."]);
        set(&mut unread);
        assert!(unread.changes.is_empty());
        let mut read = scored(&["0 il dit,{«-1.0} oui. Voilà."]);
        set(&mut read);
        assert_eq!(changes(&read), ["il → Il", "dit, → dit\u{a0}:", "oui. → «\u{a0}Oui.\u{a0}»"]);
    }
}
