//! Names one by one: which are right, wrong, missed and invented; and whether who speaks is called
//! by the right one.

use super::{
    align::Edit,
    comparison::{AlignedPair, Comparison},
    french,
    tokenized::TokenizedTranscript,
};
use crate::base::{
    speech::SpeakerId,
    transcript::{NameKind, SpeakerName, Transcript},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::{AddAssign, Range},
};

/// How often a name is what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NameCounts {
    /// Said and written.
    pub right: u64,
    /// Said, and written as something else.
    pub wrong: u64,
    /// Said, and nothing written in its place.
    pub missed: u64,
    /// Written where it is not said; counted of listed names alone.
    pub invented: u64,
}

impl AddAssign for NameCounts {
    fn add_assign(&mut self, other: NameCounts) {
        self.right += other.right;
        self.wrong += other.wrong;
        self.missed += other.missed;
        self.invented += other.invented;
    }
}

/// The names of an episode or of several, with what became of each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NameScores(BTreeMap<String, NameCounts>);

impl NameScores {
    /// Names of the list `listed`, wherever they are said or written; and what else has a capital
    /// in the reference that no sentence asks for.
    pub(super) fn of(comparison: &Comparison<'_>, listed: &[String]) -> NameScores {
        let Comparison { reference, hypothesis, pairs } = comparison;
        let by_reference = by_token(pairs, reference.tokens.len(), |pair| pair.reference);
        let by_hypothesis = by_token(pairs, hypothesis.tokens.len(), |pair| pair.hypothesis);
        let said = listed_in(reference, listed);
        let mut scores = NameScores::default();
        for (tokens, name) in said.iter().cloned().chain(capitals(reference, &said)) {
            let pairs = &by_reference[tokens];
            let counts = scores.0.entry(name).or_default();
            if pairs.iter().all(|pair| pair.edit == Edit::Match) {
                counts.right += 1;
            } else if pairs.iter().all(|pair| pair.edit == Edit::Deletion) {
                counts.missed += 1;
            } else {
                counts.wrong += 1;
            }
        }
        for (tokens, name) in listed_in(hypothesis, listed) {
            let is_said = by_hypothesis[tokens].iter().all(|pair| {
                pair.edit == Edit::Match
                    && pair.reference.is_some_and(|token_idx| {
                        said.iter()
                            .any(|(tokens, said)| tokens.contains(&token_idx) && *said == name)
                    })
            });
            scores.0.entry(name).or_default().invented += u64::from(!is_said);
        }
        scores
    }

    /// All names together.
    pub fn total(&self) -> NameCounts {
        let mut total = NameCounts::default();
        self.0.values().for_each(|counts| total += *counts);
        total
    }

    /// Each name, in alphabetical order.
    pub fn by_name(&self) -> impl Iterator<Item = (&str, NameCounts)> {
        self.0.iter().map(|(name, counts)| (name.as_str(), *counts))
    }
}

impl AddAssign<&NameScores> for NameScores {
    fn add_assign(&mut self, other: &NameScores) {
        for (name, counts) in &other.0 {
            *self.0.entry(name.clone()).or_default() += *counts;
        }
    }
}

/// The pair of each of `n_tokens` tokens of a side.
fn by_token(
    pairs: &[AlignedPair],
    n_tokens: usize,
    token: impl Fn(&AlignedPair) -> Option<usize>,
) -> Vec<AlignedPair> {
    let of_side: Vec<AlignedPair> =
        pairs.iter().filter(|pair| token(pair).is_some()).copied().collect();
    debug_assert_eq!(of_side.len(), n_tokens, "each token is in one pair");
    of_side
}

/// Where names of `listed` stand in `side`, the longest that fits.
fn listed_in(side: &TokenizedTranscript<'_>, listed: &[String]) -> Vec<(Range<usize>, String)> {
    let texts = side.texts();
    let mut by_first: BTreeMap<String, Vec<(Vec<String>, &String)>> = BTreeMap::new();
    for name in listed {
        let tokens = french::tokens(name);
        if let Some(first) = tokens.first().cloned() {
            by_first.entry(first).or_default().push((tokens, name));
        }
    }
    let mut found = Vec::new();
    let mut at = 0;
    while at < texts.len() {
        let names = by_first.get(texts[at]).map_or(&[][..], Vec::as_slice);
        let fits = |(tokens, _): &&(Vec<String>, &String)| {
            texts[at..].len() >= tokens.len() && texts[at..].iter().zip(tokens).all(|(a, b)| a == b)
        };
        let longest = names.iter().filter(fits).max_by_key(|(tokens, _)| tokens.len());
        let Some((tokens, name)) = longest else {
            at += 1;
            continue;
        };
        found.push((at..at + tokens.len(), (*name).clone()));
        at += tokens.len();
    }
    found
}

/// Runs of tokens of `side` that are names by their capitals, but for those in `listed`; no mark
/// stands in a run.
fn capitals(
    side: &TokenizedTranscript<'_>,
    listed: &[(Range<usize>, String)],
) -> Vec<(Range<usize>, String)> {
    let taken: BTreeSet<usize> = listed.iter().flat_map(|(tokens, _)| tokens.clone()).collect();
    let is_name = |token_idx: usize| !taken.contains(&token_idx) && side.is_name(token_idx, &[]);
    let mut runs: Vec<Range<usize>> = Vec::new();
    for token_idx in (0..side.tokens.len()).filter(|&token_idx| is_name(token_idx)) {
        let goes_on = |run: &&mut Range<usize>| {
            run.end == token_idx && side.punctuation_after(token_idx - 1).is_none()
        };
        match runs.last_mut().filter(goes_on) {
            Some(run) => run.end += 1,
            None => runs.push(token_idx..token_idx + 1),
        }
    }
    let name = |run: Range<usize>| {
        let tokens = &side.tokens[run.clone()];
        let words = tokens[0].words.start..tokens[tokens.len() - 1].words.end;
        let bare = |word_idx: usize| {
            let text = side.words[word_idx].word.text.as_str();
            // « l'April » is the April.
            let text = text.rsplit_once(['\'', '’']).map_or(text, |(_, behind)| behind);
            text.trim_matches(|c: char| !c.is_alphanumeric()).to_owned()
        };
        (run, words.map(bare).collect::<Vec<_>>().join(" "))
    };
    runs.into_iter().map(name).collect()
}

/// For how long people of a reference who have names are called by them, in samples; an instant
/// counts once for each who talks in it, and not where the hypothesis hears nobody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SpeakerNaming {
    /// By the right name.
    pub right: u64,
    /// By somebody else's, or by one that nobody has.
    pub wrong: u64,
    /// By a number, or as the voix off.
    pub unnamed: u64,
}

impl SpeakerNaming {
    /// Both sides have turns. A person's name for whom the reference calls voix off is wrong;
    /// whom it has a number for is not counted.
    pub(super) fn between(reference: &Transcript, hypothesis: &Transcript) -> SpeakerNaming {
        let called = |transcript: &Transcript| -> BTreeMap<SpeakerId, Called> {
            let speakers = transcript.speakers.iter();
            speakers.map(|speaker| (speaker.id, Called::of(speaker.name.as_str()))).collect()
        };
        let sides = [called(reference), called(hypothesis)];
        let mut changes: Vec<(u64, bool, usize, SpeakerId)> = Vec::new();
        for (side, turns) in [&reference.turns, &hypothesis.turns].into_iter().enumerate() {
            for turn in turns {
                changes.push((turn.span.start().samples(), true, side, turn.speaker));
                changes.push((turn.span.end().samples(), false, side, turn.speaker));
            }
        }
        changes.sort();
        let mut active: [BTreeMap<SpeakerId, u32>; 2] = Default::default();
        let (mut naming, mut last) = (SpeakerNaming::default(), 0);
        for (at, begins, side, speaker) in changes {
            let talk = |side: usize| -> Vec<&Called> {
                active[side].keys().filter_map(|id| sides[side].get(id)).collect()
            };
            naming.count(at - last, &talk(0), &talk(1));
            last = at;
            let n = active[side].entry(speaker).or_default();
            *n = if begins { *n + 1 } else { n.saturating_sub(1) };
            if *n == 0 {
                active[side].remove(&speaker);
            }
        }
        naming
    }

    /// Adds `samples` in which `reference` and `hypothesis` talk.
    fn count(&mut self, samples: u64, reference: &[&Called], hypothesis: &[&Called]) {
        let others: Vec<&&Called> =
            hypothesis.iter().filter(|one| !reference.contains(one)).collect();
        for one in reference {
            let has_name = matches!(one, Called::Person(_));
            if has_name && hypothesis.contains(one) {
                self.right += samples;
            } else if others.iter().any(|other| matches!(other, Called::Person(_))) {
                self.wrong += if **one == Called::Nobody { 0 } else { samples };
            } else if has_name && !others.is_empty() {
                self.unnamed += samples;
            }
        }
    }
}

impl AddAssign for SpeakerNaming {
    fn add_assign(&mut self, other: SpeakerNaming) {
        self.right += other.right;
        self.wrong += other.wrong;
        self.unnamed += other.unnamed;
    }
}

/// What somebody is called.
#[derive(Debug, PartialEq, Eq)]
enum Called {
    /// By the tokens of a name.
    Person(Vec<String>),
    VoixOff,
    /// By a number, or a label.
    Nobody,
}

impl Called {
    /// RTTM has no spaces in names; `SPEAKER_00` and `A` of other programs are no names.
    fn of(name: &str) -> Called {
        let name = name.replace('_', " ");
        let n_letters = name.chars().filter(|c| c.is_alphabetic()).count();
        match SpeakerName::read(&name).kind() {
            NameKind::VoixOff => Called::VoixOff,
            NameKind::Known if n_letters > 1 && !name.contains(char::is_numeric) => {
                Called::Person(french::tokens(&name))
            }
            NameKind::Known | NameKind::Numbered(_) | NameKind::Unknown => Called::Nobody,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::{
            speech::{Turn, Word},
            time::{Span, Time},
            transcript::{Opening, Segment, Speaker},
        },
        eval::{
            comparison::ReferenceStyle,
            scores::{ScoreSettings, compare},
        },
    };

    #[test]
    fn a_name_is_right_wrong_or_missed() {
        let said = "Et Alain Garnier dit que SecNumCloud est là, avec Zoé, à Grenoble.";
        let heard = "Et Alain Garnier dit que sec num cloud est là, avec, à Grenade.";
        check(
            said,
            heard,
            &["SecNumCloud"],
            "Alain Garnier 1000, Grenoble 0100, SecNumCloud 0100, Zoé 0010",
        );
    }

    #[test]
    fn a_listed_name_that_nobody_said_is_invented() {
        check("Oui, le total est juste.", "Oui, Attal est juste.", &["Attal"], "Attal 0001");
        check(
            "Voici Garnier.",
            "Voici Alain Garnier.",
            &["Alain Garnier"],
            "Alain Garnier 0001, Garnier 1000",
        );
        check("Oui, Attal.", "Oui, Attal.", &["Attal", "Zoé"], "Attal 1000");
    }

    /// Names with their counts: right, wrong, missed, invented.
    #[track_caller]
    fn check(reference: &str, hypothesis: &str, listed: &[&str], expected: &str) {
        let span = Span::from_start(Time::from_millis(9_000));
        let read = |text: &str| Transcript {
            segments: vec![Segment {
                speaker: None,
                guess: None,
                span,
                words: text.split(' ').map(|word| Word::new(word, span, None)).collect(),
                doubt: None,
                opens: Opening::Nothing,
                language: Default::default(),
            }],
            ..Transcript::default()
        };
        let settings = ScoreSettings {
            style: ReferenceStyle::Verbatim,
            collar: Time::default(),
            word_collar: Time::default(),
            names: Vec::new(),
            listed: listed.iter().map(|name| name.to_string()).collect(),
        };
        let (reference, hypothesis) = (read(reference), read(hypothesis));
        let scores = NameScores::of(&compare(&reference, &hypothesis, &settings), &settings.listed);
        let shown = |(name, counts): (&str, NameCounts)| {
            let NameCounts { right, wrong, missed, invented } = counts;
            format!("{name} {right}{wrong}{missed}{invented}")
        };
        let shown: Vec<String> = scores.by_name().map(shown).collect();
        assert_eq!(shown.join(", "), expected);
    }

    #[test]
    fn who_speaks_is_called_rightly_wrongly_or_not_at_all() {
        let reference =
            [("Léa_Roux", 0, 10), ("Tom", 10, 20), ("Voix off", 20, 24), ("Intervenant 1", 24, 30)];
        let naming = |hypothesis: &[(&str, u64, u64)]| {
            let found = SpeakerNaming::between(&drawn(&reference), &drawn(hypothesis));
            [found.right, found.wrong, found.unnamed].map(|samples| samples / 16_000)
        };
        assert_eq!(naming(&[("Léa Roux", 0, 10), ("Tom", 10, 20)]), [20, 0, 0]);
        assert_eq!(naming(&[("Léa Roux", 0, 14), ("Intervenant 1", 14, 20)]), [10, 4, 6]);
        assert_eq!(naming(&[("Voix off", 0, 10), ("Zoé", 18, 30)]), [0, 6, 10]);
        assert_eq!(naming(&[("SPEAKER_00", 0, 10), ("B", 10, 20)]), [0, 0, 20]);
        assert_eq!(naming(&[]), [0, 0, 0]);
    }

    #[test]
    fn who_talks_over_another_is_not_called_by_the_others_name() {
        let reference = drawn(&[("Léa", 0, 10), ("Tom", 5, 10)]);
        let naming = SpeakerNaming::between(&reference, &reference);
        assert_eq!(naming, SpeakerNaming { right: 15 * 16_000, wrong: 0, unnamed: 0 });
    }

    /// Turns of people, in seconds.
    fn drawn(turns: &[(&str, u64, u64)]) -> Transcript {
        let second = |n: u64| Time::from_millis(n * 1_000);
        let turn = |(id, &(_, start, end)): (u16, &(&str, u64, u64))| {
            Turn::new(SpeakerId(id), Span::new(second(start), second(end)).unwrap())
        };
        let speaker =
            |(id, &(name, ..)): (u16, &(&str, u64, u64))| Speaker::named(SpeakerId(id), name);
        Transcript {
            speakers: (0..).zip(turns).map(speaker).collect(),
            turns: (0..).zip(turns).map(turn).collect(),
            ..Transcript::default()
        }
    }
}
