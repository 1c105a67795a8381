//! Marks that a page has and the recogniser does not write: quotation marks and their colons,
//! exclamation marks, a question mark where it wrote a full stop.
//!
//! A word brings what the recogniser's second reading expects behind it ([`MarkScores`]); rules of
//! French say where such a mark can stand. Neither is believed alone, and where both are not sure the
//! plainer mark stays. Words without scores keep their marks.

mod quotations;
mod sentences;

use super::word;
use crate::base::{
    marks::{Mark, MarkScores},
    speech::SpeakerId,
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
    scores: Option<MarkScores>,
}

impl MarkedWord {
    fn new(at: (usize, usize), text: &str, scores: Option<MarkScores>) -> MarkedWord {
        let parts = word::parts(text);
        MarkedWord {
            at,
            before: parts.before.to_owned(),
            letters: format!("{}{}", parts.elided, parts.core),
            after: parts.after.to_owned(),
            scores,
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
        sentences::set(&mut turn);
        sentences::set_commas(&mut turn);
        for marked in turn {
            let (segment, word_idx) = marked.at;
            let word = &mut transcript.segments[segment].words[word_idx];
            let after = marked.text();
            if word.text != after {
                let before = std::mem::replace(&mut word.text, after.clone());
                let at = word.span.start();
                transcript.changes.push(Change { rule: Rule::Mark, at, before, after });
            }
        }
    }
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
        let words = words.map(|(word_idx, word)| {
            MarkedWord::new((segment_idx, word_idx), &word.text, word.marks)
        });
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
    /// what stands in braces; of all else -20, but of the full stop -0.3.
    fn scored(lines: &[&str]) -> Transcript {
        let mut drawn = transcript(lines);
        for word in drawn.segments.iter_mut().flat_map(|segment| &mut segment.words) {
            let mut scores = [-20.0, -20.0, -0.3, -20.0, -20.0, -20.0, -20.0];
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
            "il dit : « Oui mais non » | d'accord."
        );
    }

    #[test]
    fn an_exclamation_is_marked_where_it_is_one_and_is_expected() {
        check("Patatras.{!-3.5} Tout tombe.{!-3.5}", "Patatras ! Tout tombe.");
        check("Patatras.{!-9.0} Tout tombe.", "Patatras. Tout tombe.");
        check("C'est vraiment dingue.{!-2.5} Bon.", "C'est vraiment dingue ! Bon.");
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
        assert_eq!(changes(&read), ["dit, → dit\u{a0}:", "oui. → «\u{a0}Oui.\u{a0}»"]);
    }
}
