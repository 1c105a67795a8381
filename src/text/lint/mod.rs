//! What a person should look at before a transcript is published.
//!
//! Nothing here changes the text. Where the words may be wrong comes first, then what is
//! not French as pages have it, then how the page looks.

mod marks;
mod page;
mod reliability;
mod sentences;
mod spellings;
mod suggestions;
mod words;

pub use reliability::{Reliability, is_doubtful, risk};

use super::lexicon::Lexicon;
use crate::base::{time::Time, transcript::Transcript};
use std::{cmp::Reverse, fmt};

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lint {
    /// Where.
    pub at: Time,
    /// What kind of thing.
    pub kind: LintKind,
    /// A sentence in English that quotes the French text.
    pub text: String,
    /// How much it matters.
    pub severity: Severity,
    /// Of doubtful words, how doubtful they are: [`risk`]; else 0.
    pub risk: u8,
}

/// How much a lint matters; the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The words may not be those that were said.
    Words,
    /// The words may not be written as they should be.
    Spelling,
    /// The page may look better.
    Page,
}

/// Kinds of lints; the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LintKind {
    /// A stretch in which no try of the recogniser was convincing.
    Doubt,
    /// Somebody talks and no word is known.
    LeftOut,
    /// Words of which the recogniser itself is not sure.
    LowConfidence,
    /// Words without a name, because it is unsure who says them.
    UnsureSpeaker,
    /// The same word twice.
    DoubledWord,
    /// A speaker who says almost nothing: perhaps somebody else's voice.
    ShortSpeaker,
    /// One name in several spellings.
    MixedCase,
    /// A name that may be meant as a known one.
    NearName,
    /// A name that nothing confirms.
    UnknownName,
    /// A spoken form: « c'est pas ».
    SpokenForm,
    /// A number whose form nobody but a person can choose.
    NumberForm,
    /// A sentence that begins with a small letter.
    SmallStart,
    /// Words of somebody else, perhaps, without quotes.
    ReportedSpeech,
    /// A quotation, perhaps, whose ends are known.
    Quotation,
    /// A paragraph that ends without a mark.
    NoFinalMark,
    /// « without », or the reverse.
    UnbalancedQuotes,
    /// A mark that may be meant as another.
    DoubtfulMark,
    /// A small count in figures.
    SmallNumber,
    /// Dashes of two kinds.
    MixedDashes,
    /// A paragraph too long to be read.
    LongParagraph,
}

impl LintKind {
    /// How much lints of this kind matter.
    pub(crate) fn severity(self) -> Severity {
        match self {
            LintKind::Doubt
            | LintKind::LeftOut
            | LintKind::LowConfidence
            | LintKind::UnsureSpeaker
            | LintKind::DoubledWord
            | LintKind::ShortSpeaker => Severity::Words,
            LintKind::MixedCase
            | LintKind::NearName
            | LintKind::UnknownName
            | LintKind::SpokenForm
            | LintKind::NumberForm => Severity::Spelling,
            LintKind::SmallStart
            | LintKind::ReportedSpeech
            | LintKind::Quotation
            | LintKind::NoFinalMark
            | LintKind::UnbalancedQuotes
            | LintKind::DoubtfulMark
            | LintKind::SmallNumber
            | LintKind::MixedDashes
            | LintKind::LongParagraph => Severity::Page,
        }
    }

    fn at(self, at: Time, text: String) -> Lint {
        Lint { at, kind: self, text, severity: self.severity(), risk: 0 }
    }
}

/// As a line of a terminal: `00:12:03 paragraph of 240 words`.
impl fmt::Display for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.at, self.text)
    }
}

/// What to look at in a polished `transcript`: the worst kind first, of words those that are most
/// probably wrong, then by time.
///
/// Names of `lexicon` and of the speakers are known. How French is written says nothing of an episode in
/// another language. Only what is shown is looked at.
pub fn lints(transcript: &Transcript, lexicon: &Lexicon) -> Vec<Lint> {
    let mut lints = words::lints(transcript);
    lints.extend(page::lints(transcript));
    if transcript.is_french() {
        lints.extend(spellings::lints(transcript, lexicon));
        lints.extend(sentences::lints(transcript));
        lints.extend(marks::lints(transcript));
        lints.extend(suggestions::lints(transcript));
    }
    lints.sort_by(|one, other| {
        let rank = |lint: &Lint| (lint.kind, Reverse(lint.risk), lint.at);
        rank(one).cmp(&rank(other)).then_with(|| one.text.cmp(&other.text))
    });
    lints
}

/// The first words of `text`, so that a line of a terminal holds them.
fn quoted(text: &str) -> String {
    const WORDS_MAX: usize = 8;
    let words: Vec<&str> = text.split(' ').collect();
    let dots = if words.len() > WORDS_MAX { " …" } else { "" };
    format!("« {}{dots} »", words[..words.len().min(WORDS_MAX)].join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::{
            show::Term,
            speech::{Doubt, Role, SpeakerId, Turn},
            time::Span,
            transcript::{LeftOut, Opening, Speaker, SpeakerName},
        },
        text::word::tests::transcript,
    };

    #[test]
    fn a_mark_that_may_be_another_is_quoted() {
        check(
            &transcript(&["0 Il vaut 10,000 - ou \"plus."]),
            &[
                "00:00:00 thousands in English, or decimals: « Il vaut 10,000 - ou \"plus. »",
                "00:00:00 hyphen between spaces: « vaut 10,000 - ou \"plus. »",
                "00:00:00 straight quote: « 10,000 - ou \"plus. »",
            ],
        );
    }

    #[test]
    fn doubtful_words_come_first() {
        let mut transcript = transcript(&["0 C'est pas vrai.", "0 Et et et."]);
        transcript.segments[1].doubt = Some(Doubt::Repetition);
        transcript.segments[0].words[2].probability = Some(0.3);
        check(
            &transcript,
            &[
                "00:00:00 doubtful (repetition): « Et et et. »",
                "00:00:00 unsure: « vrai. » (30 %)",
                "00:00:00 the same word twice: « Et et »",
                "00:00:01 the same word twice: « et et »",
                "00:00:00 spoken form: « c'est pas »",
            ],
        );
    }

    #[test]
    fn speech_without_words_is_listed_where_somebody_surely_talks() {
        let mut transcript = transcript(&["0 Un mot. ~"]);
        let span = Span::from_start(Time::from_millis(1_200)).later(Time::from_millis(600));
        let one = LeftOut { span, is_spoken: true, speaker: Some(SpeakerId(0)) };
        transcript.left_out = vec![one, LeftOut { is_spoken: false, ..one }];
        check(&transcript, &["00:00:00 speech without words, for 1.2 s"]);
    }

    #[test]
    fn unsure_words_side_by_side_are_one_line() {
        let mut transcript = transcript(&["0 Un mot bien sûr."]);
        for (idx, probability) in [(1, 0.45), (2, 0.2)] {
            transcript.segments[0].words[idx].probability = Some(probability);
        }
        check(&transcript, &["00:00:00 unsure: « mot bien » (20 %)"]);
    }

    #[test]
    fn sentences_side_by_side_of_an_unsure_voice_are_one_line() {
        let mut transcript = transcript(&["0 Un mot.", "1 Deux mots.", "1 Trois mots.", "0 Oui."]);
        transcript.speakers = ["Élise", "Tom"]
            .iter()
            .enumerate()
            .map(|(n, name)| Speaker::named(SpeakerId(n as u16), name))
            .collect();
        for segment in &mut transcript.segments[1..3] {
            segment.guess = segment.speaker.take();
        }
        check(
            &transcript,
            &["00:00:00 unsure who says this, perhaps `Tom`: « Deux mots. Trois mots. »"],
        );
    }

    #[test]
    fn what_is_most_probably_wrong_comes_first() {
        let mut transcript = transcript(&["0 Un mot bien sûr, mais oui."]);
        let estimated = [(0, 0.02), (1, 0.35), (2, 0.05), (3, 0.41), (4, 0.8), (5, 0.29)];
        for (idx, error) in estimated {
            transcript.segments[0].words[idx].error = Some(error);
            transcript.segments[0].words[idx].probability = Some(0.1);
        }
        check(
            &transcript,
            &[
                "00:00:00 perhaps wrong (80 %): « sûr, mais »",
                "00:00:00 perhaps wrong (35 %): « mot »",
            ],
        );
    }

    #[test]
    fn words_that_are_doubled_on_purpose_are_not_listed() {
        check(&transcript(&["0 Nous nous voyons très très bien, oui oui."]), &[]);
    }

    #[test]
    fn a_name_is_listed_once_unless_something_confirms_it() {
        check(
            &transcript(&["0 Chez Duplo, Garnier, Mozilla. Puis Mozilla et April."]),
            &["00:00:00 a name seen once: « Duplo »"],
        );
    }

    #[test]
    fn spellings_that_differ_in_their_capitals_are_listed() {
        check(
            &transcript(&["0 Le SecNumCloud, le Secnumcloud. Le SecNumCloud."]),
            &["00:00:00 « Secnumcloud », elsewhere « SecNumCloud »"],
        );
    }

    #[test]
    fn numbers_that_only_a_person_can_write_are_listed() {
        check(
            &transcript(&["0 À 15:30 en deux mille vingt-quatre avec 3 amis."]),
            &[
                "00:00:00 a number that could be written otherwise: « 15:30 »",
                "00:00:00 a number that could be written otherwise: « deux mille vingt-quatre »",
                "00:00:02 a small number in figures: « 3 amis. »",
            ],
        );
    }

    #[test]
    fn what_a_page_lacks_is_listed() {
        check(
            &transcript(&["0 Il dit «\u{a0}oui", "1 Bien –\u{a0}oui\u{a0}– et —\u{a0}non\u{a0}—."]),
            &[
                "00:00:00 no mark at the end of the turn: « Il dit «\u{a0}oui »",
                "00:00:00 « » do not match: « Il dit «\u{a0}oui »",
                "00:00:01 dashes of two kinds: « – » and « — »",
            ],
        );
    }

    #[test]
    fn a_paragraph_that_ends_without_a_mark_is_listed() {
        let mut page = transcript(&["0 Un début", "0 une suite."]);
        page.segments[1].opens = Opening::Line;
        check(&page, &["00:00:00 no mark at the end of the paragraph: « Un début »"]);
    }

    #[test]
    fn a_sentence_that_begins_small_is_listed_where_it_is_one() {
        check(
            &transcript(&["0 Il part. puis revient.", "0 et repart."]),
            &[
                "00:00:00 a small letter begins a sentence: « puis revient. et repart. »",
                "00:00:01 a small letter begins a sentence: « et repart. »",
            ],
        );
        for page in [
            "0 Des choses, etc. et d’autres.",
            "0 Quoi\u{a0}? oui.",
            "0 Vu. iPhone.",
            "0 Bon… voilà.",
        ] {
            check(&transcript(&[page]), &[]);
        }
        check(&transcript(&["0 Il part.", "1 et revient."]), &[]);
    }

    #[test]
    fn what_may_be_reported_speech_is_proposed() {
        check(
            &transcript(&["0 Il me dit\u{a0}: je ne peux pas. Elle a répondu, oui."]),
            &[
                "00:00:00 perhaps the words of somebody else: « dit\u{a0}: je ne peux »",
                "00:00:02 perhaps the words of somebody else: « répondu, oui. »",
            ],
        );
        for page in [
            "0 Il dit\u{a0}: «\u{a0}Non.\u{a0}»",
            "0 Cela dit, je pars.",
            "0 Comme on dit, ça va.",
            "0 Il dit que non, et oui.",
        ] {
            check(&transcript(&[page]), &[]);
        }
    }

    #[test]
    fn a_long_paragraph_is_listed_where_it_begins() {
        let sentence = format!("0 Un{}.", " mot et".repeat(100));
        let mut long = transcript(&["0 Bon.", &sentence]);
        long.segments[1].opens = Opening::Line;
        check(&long, &["00:00:00 paragraph of 201 words: « Un mot et mot et mot et mot … »"]);
    }

    #[test]
    fn a_speaker_who_says_almost_nothing_is_listed() {
        let mut transcript = transcript(&["0 Bon."]);
        let speaker = |id| Speaker {
            id: SpeakerId(id),
            name: SpeakerName::numbered(1),
            role: Some(Role::Guest),
            confidence: None,
        };
        transcript.speakers = vec![speaker(0)];
        let span = Span::from_start(Time::from_millis(1_500));
        transcript.turns = vec![Turn::new(SpeakerId(0), span)];
        check(
            &transcript,
            &["00:00:00 `Intervenant 1` says 1.5 s in all: perhaps somebody else's voice"],
        );
    }

    #[track_caller]
    fn check(transcript: &Transcript, expected: &[&str]) {
        let known = Lexicon::new(&[Term::new("April"), Term::new("Alain Garnier")]).unwrap();
        let found: Vec<String> = lints(transcript, &known).iter().map(Lint::to_string).collect();
        assert_eq!(found, expected);
    }
}
