//! Marks that a page has and the recogniser does not write: quotation marks and their colons,
//! exclamation marks, a question mark where it wrote a full stop; commas and full stops.
//!
//! A word brings what the recogniser's second reading expects behind it ([`MarkScores`]), and rules of
//! French say where a mark can stand. Neither is believed alone, and where both are not sure the plainer
//! mark stays. Words without scores
//! keep their marks. Scores are spent: a text that has its marks is not read again.

mod capitals;
mod colons;
mod gaps;
mod quotation_ends;
mod quotations;
mod sentences;

use super::word;
use crate::base::{
    marks::{Mark, MarkScores},
    speech::{SpeakerId, Word},
    time::{Span, Time},
    transcript::{Change, Rule, Suggestion, Transcript},
};
use std::ops::RangeInclusive;

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

/// Sets marks of a turn.
type Setter = fn(&mut [MarkedWord]);

/// What the rules do with a turn, in their order: quotations are seen by the recogniser's own marks,
/// and a sentence is whole when it is exclaimed.
const RULES: [(Rule, Setter); 5] = [
    (Rule::Quotation, quotations::set),
    (Rule::Comma, gaps::set),
    (Rule::Colon, colons::set),
    (Rule::Capital, capitals::set),
    (Rule::Exclamation, sentences::set),
];

/// Sets the marks of all that is said in the language of the episode, by all rules that are not `off`;
/// lists what it changed, and what it was not sure enough of.
pub(super) fn set(transcript: &mut Transcript, off: &[Rule]) {
    for mut turn in turns(transcript) {
        if turn.iter().all(|word| word.scores.is_none()) {
            continue;
        }
        // Of each word the first rule that changed it.
        let mut changed: Vec<Option<Rule>> = vec![None; turn.len()];
        for (rule, apply) in RULES.iter().filter(|(rule, _)| !off.contains(rule)) {
            let before: Vec<String> = turn.iter().map(MarkedWord::text).collect();
            apply(&mut turn);
            for ((word, before), changed) in turn.iter().zip(before).zip(&mut changed) {
                *changed = changed.or((word.text() != before).then_some(*rule));
            }
        }
        if !off.contains(&Rule::Quotation) {
            suggest(transcript, Rule::Quotation, &turn, quotations::unsure(&turn));
        }
        if !off.contains(&Rule::Exclamation) {
            suggest(transcript, Rule::Exclamation, &turn, sentences::unsure(&turn));
        }
        for (marked, rule) in turn.into_iter().zip(changed) {
            let (segment, word_idx) = marked.at;
            let word = &mut transcript.segments[segment].words[word_idx];
            let after = marked.text();
            word.marks = None;
            if let Some(rule) = rule.filter(|_| word.text != after) {
                let before = std::mem::replace(&mut word.text, after.clone());
                let at = word.span.start();
                transcript.changes.push(Change { rule, at, before, after });
            }
        }
    }
    transcript.suggestions.sort_by_key(|suggestion| suggestion.span.start());
}

/// Notes that `kind` may have marks around some `words` of `turn`.
fn suggest(
    transcript: &mut Transcript,
    kind: Rule,
    turn: &[MarkedWord],
    words: Vec<RangeInclusive<usize>>,
) {
    let spans = words.into_iter().filter_map(|words| {
        Span::new(turn.get(*words.start())?.start, turn.get(*words.end())?.end)
    });
    transcript.suggestions.extend(spans.map(|span| Suggestion { kind, span }));
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
        set(&mut transcript, &[]);
        assert_eq!(shown(&transcript).replace('\u{a0}', " "), expected);
        let once = transcript.clone();
        set(&mut transcript, &[]);
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
    fn a_quotation_goes_on_while_both_sentences_speak_to_somebody_or_of_us() {
        check(
            "Elle dit,{«-1.0} vous attendez. Vous avez un numéro. On est parti.",
            "Elle dit : « Vous attendez. Vous avez un numéro. » On est parti.",
        );
        check(
            "Ils disent,{«-1.0} on nous impose ça. On ne nous achète rien. Alors là.",
            "Ils disent : « On nous impose ça. On ne nous achète rien. » Alors là.",
        );
        check(
            "Il dit,{«-1.0} venez ici. Il fait beau. Vous verrez. On est parti.",
            "Il dit : « Venez ici. Il fait beau. Vous verrez. » On est parti.",
        );
    }

    #[test]
    fn a_quotation_ends_where_who_tells_the_story_goes_on() {
        check(
            "Il dit,{«-1.0} vous venez. Vous voyez le genre. Bon.",
            "Il dit : « Vous venez. » Vous voyez le genre. Bon.",
        );
        check(
            "Elle dit,{«-1.0} vous venez. Et elle me dit que vous partez. Bon.",
            "Elle dit : « Vous venez. » Et elle me dit que vous partez. Bon.",
        );
        check(
            "Elle dit,{«-1.0} j'arrive. J'ai bien ri. Bon.",
            "Elle dit : « J'arrive. » J'ai bien ri. Bon.",
        );
    }

    #[test]
    fn a_question_within_a_quotation_is_answered_behind_a_dash() {
        check(
            "Il demande,{«-1.0} tu viens\u{a0}? Oui. On est parti.",
            "Il demande : « Tu viens ? — Oui. » On est parti.",
        );
        check(
            "Il dit,{«-1.0} tu viens vendredi. Vendredi\u{a0}? Oui, vendredi. On est parti.",
            "Il dit : « Tu viens vendredi. — Vendredi ? — Oui, vendredi. » On est parti.",
        );
        check("Je demande pourquoi. Oui. Bon.", "Je demande pourquoi. Oui. Bon.");
    }

    #[test]
    fn what_is_not_sure_enough_is_suggested_and_stays_plain() {
        let suggested = |line: &str| {
            let mut transcript = scored(&[line]);
            set(&mut transcript, &[]);
            let words = &transcript.segments[0].words;
            let text = |suggestion: &Suggestion| {
                let inside =
                    words.iter().filter(|word| suggestion.span.overlap(word.span).is_some());
                let inside: Vec<&str> = inside.map(|word| word.text.as_str()).collect();
                format!("{} {}", suggestion.kind.name(), inside.join(" "))
            };
            transcript.suggestions.iter().map(text).collect::<Vec<_>>()
        };
        assert_eq!(suggested("0 Il dit{«-5.5} oui oui. Bon."), ["quotation oui oui."]);
        assert_eq!(suggested("0 Il dit,{«-1.0} oui oui. Bon."), [""; 0]);
        assert_eq!(suggested("0 Il dit{«-8.0} oui oui. Bon."), [""; 0]);
        assert_eq!(suggested("0 Il vient.{!-1.0} Bon."), ["exclamation Il vient."]);
    }

    #[test]
    fn a_quotation_ends_where_somebody_else_speaks() {
        let mut transcript = scored(&["0 il dit,{«-1.0} oui mais non", "1 d'accord."]);
        set(&mut transcript, &[]);
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
    fn a_question_behind_a_verb_of_saying_has_a_colon_and_its_mark() {
        check(
            "On peut dire{:-6.0} qu'est-ce qui nous attend.{?-2.0} Bon.",
            "On peut dire : qu'est-ce qui nous attend ? Bon.",
        );
        check(
            "On peut dire{:-6.0} ce qui nous attend. Bon.",
            "On peut dire ce qui nous attend. Bon.",
        );
    }

    #[test]
    fn wonder_and_leave_are_exclaimed() {
        check("Bon. Quelle patience il faut.{!-2.0} Oui.", "Bon. Quelle patience il faut ! Oui.");
        check("Comme c'est beau.{!-2.0} Oui.", "Comme c'est beau ! Oui.");
        check("Quelle patience faut-il.{!-2.0;?-1.0} Oui.", "Quelle patience faut-il ? Oui.");
        check("Comme il vient.{!-4.0} Oui.", "Comme il vient. Oui.");
        check("Voilà. À mercredi prochain.{!-4.0}", "Voilà. À mercredi prochain !");
        check("Voilà. À mercredi.{!-9.0}", "Voilà. À mercredi.");
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
    fn the_second_reading_parts_sentences() {
        check("Je préfère ça,{,-3.0;.-1.1} elle est lente.", "Je préfère ça. Elle est lente.");
        check("Je préfère ça,{,-1.5;.-1.1} elle est lente.", "Je préfère ça, elle est lente.");
    }

    #[test]
    fn a_full_stop_that_the_second_reading_does_not_expect_is_a_comma() {
        check("Si on part.{,-0.3;.-6.0} Elle reste ici.", "Si on part, elle reste ici.");
        check("Si on part.{,-0.3;.-6.0} April reste.", "Si on part, April reste.");
        check("Si on part.{,-0.3;.-1.6} Elle reste ici.", "Si on part. Elle reste ici.");
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
        set(&mut unread, &[]);
        assert!(unread.changes.is_empty());
        let mut read = scored(&["0 il dit,{«-1.0} oui. Voilà."]);
        set(&mut read, &[]);
        assert_eq!(changes(&read), ["il → Il", "dit, → dit\u{a0}:", "oui. → «\u{a0}Oui.\u{a0}»"]);
        let rules: Vec<Rule> = read.changes.iter().map(|change| change.rule).collect();
        assert_eq!(rules, [Rule::Capital, Rule::Quotation, Rule::Quotation]);
    }

    #[test]
    fn a_rule_that_is_off_sets_nothing_and_suggests_nothing() {
        let line = "0 il dit,{«-1.0} oui. Enfin{,-0.4} voilà. Patatras.{!-3.5} Bon.";
        let without = |off: &[Rule]| {
            let mut transcript = scored(&[line]);
            set(&mut transcript, off);
            assert!(transcript.changes.iter().all(|change| !off.contains(&change.rule)), "{off:?}");
            shown(&transcript).replace('\u{a0}', " ")
        };
        assert_eq!(without(&[]), "Il dit : « Oui. » Enfin, voilà. Patatras ! Bon.");
        assert_eq!(without(&[Rule::Quotation]), "Il dit, oui. Enfin, voilà. Patatras ! Bon.");
        assert_eq!(without(&[Rule::Comma]), "Il dit : « Oui. » Enfin voilà. Patatras ! Bon.");
        assert_eq!(without(&[Rule::Capital]), "il dit : « Oui. » Enfin, voilà. Patatras ! Bon.");
        assert_eq!(without(&[Rule::Exclamation]), "Il dit : « Oui. » Enfin, voilà. Patatras. Bon.");
        assert_eq!(without(&Rule::OF_MARKS), "il dit, oui. Enfin voilà. Patatras. Bon.");
    }
}
