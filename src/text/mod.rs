//! From the words that were heard to the words that a page shows.
//!
//! The style is that of the pages of Libre à lire: hesitations go, numbers are written as
//! people write them, names as their owners do, a long turn has paragraphs. What somebody
//! said is attributed to them: so each change of words is listed in the transcript, and a
//! word that is not shown stays in it. Polishing what is polished changes nothing.

mod artefacts;
mod backchannels;
mod foreign;
mod insertions;
pub mod lexicon;
mod lint;
mod near_names;
mod numbers;
pub(crate) mod paragraphs;
mod passes;
mod punctuation;
mod seams;
mod small_numbers;
mod spoken;
pub mod typography;
mod verbatim;
mod word;

pub use lint::{Lint, LintKind, Reliability, Severity, is_doubtful, lints, risk};
pub use seams::join_windows;

use crate::base::{
    speech::{Dropped, Word},
    time::Time,
    transcript::{Change, Opening, Rule, Segment, Transcript},
};
use lexicon::Lexicon;
use paragraphs::ParagraphSettings;
use passes::{PASSES, Pass};
use std::collections::BTreeSet;
use typography::{Profile, set_words};

/// How words become a page.
#[derive(Debug, Clone, PartialEq)]
pub struct PolishSettings {
    /// How near the text stays to what was said.
    pub verbatim: Verbatim,
    /// How wide the spaces around marks are.
    pub typography: Profile,
    /// Names and terms, with the ways in which the recogniser misspells them.
    pub lexicon: Lexicon,
    /// Whether words of assent under somebody else's sentence are shown.
    pub keep_backchannels: bool,
    /// Whether `15h` becomes « 15 heures », as the pages of April have it; else « 15 h ».
    pub full_hours: bool,
    /// Whether « 3 personnes » becomes « trois personnes », from 2 to 16, as on the pages of April.
    pub small_numbers: bool,
    /// Rules of [`Rule::OF_MARKS`] that do not set the marks that the recogniser did not write; none
    /// does where every word is shown.
    pub plain_marks: Vec<Rule>,
    /// Where paragraphs begin.
    pub paragraphs: ParagraphSettings,
}

impl PolishSettings {
    /// The page as the program writes it when nobody says otherwise.
    pub const PAGE: PolishSettings = PolishSettings {
        verbatim: Verbatim::Clean,
        typography: Profile::April,
        lexicon: Lexicon::EMPTY,
        keep_backchannels: false,
        full_hours: true,
        small_numbers: true,
        plain_marks: Vec::new(),
        paragraphs: ParagraphSettings::PAGE,
    };

    /// Whether a page that is written so has small counts in words, unless somebody asks otherwise:
    /// those of April do, and what is shown word by word is as it was heard.
    pub fn are_counts_in_words(&self) -> bool {
        self.typography == Profile::April && self.verbatim != Verbatim::Full
    }

    /// Whether counts are in words although such a page has them in figures.
    pub(crate) fn adds_small_numbers(&self) -> bool {
        self.small_numbers && !self.are_counts_in_words()
    }
}

/// How near the text stays to what was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verbatim {
    /// Every word is shown.
    Full,
    /// Hesitations and stammered little words are not shown.
    Clean,
    /// The same, and a closed list of spoken forms is written out: « c'est pas » becomes
    /// « ce n'est pas ». A name that is nearly right is written right.
    Edited,
}

/// `transcript` with the words and the paragraphs that a page shows.
///
/// By all `PASSES` that are on, in their order; the rules of French are for what is said in French. Changes are listed in it, sorted by time. A word is
/// never taken out, only hidden ([`Word::dropped`]); a spelling of the lexicon or a spoken form written out may have
/// another number of words, which then share the time of those they stand for.
///
/// ```
/// use voixoff::{formats::read, text::{PolishSettings, polish}};
///
/// let words = read(b"Alain : Il reste 5 % du temps , non ?", "mots.txt")?;
/// let page = polish(words, &PolishSettings::PAGE);
/// assert!(page.segments[0].text().ends_with("non\u{a0}?"));
/// # Ok::<(), voixoff::formats::ReadFormatError>(())
/// ```
pub fn polish(mut transcript: Transcript, settings: &PolishSettings) -> Transcript {
    let is_french = transcript.is_french();
    let is_on = |pass: &&Pass| (is_french || !pass.is_french) && (pass.is_on)(settings);
    for pass in PASSES.iter().filter(is_on) {
        pass.apply(&mut transcript, settings);
    }
    let changes = &mut transcript.changes;
    changes.sort_by_key(|change| (change.at, change.rule));
    // A change that was taken back and made again is one change.
    changes.dedup();
    transcript
}

/// Sets each turn in French typography; quotes are paired within a line.
fn set(transcript: &mut Transcript, profile: Profile) {
    let begins_line: BTreeSet<(Time, Time)> = transcript
        .segments
        .iter()
        .filter(|segment| segment.opens != Opening::Nothing)
        .filter_map(|segment| segment.words.iter().find(|word| word.dropped.is_none()))
        .map(|word| (word.span.start(), word.span.end()))
        .collect();
    let is_own = |segment: &&mut Segment| segment.foreign().is_none();
    for mut turn in turns(transcript.segments.iter_mut().filter(is_own)) {
        let begins: Vec<bool> = turn
            .iter()
            .map(|word| begins_line.contains(&(word.span.start(), word.span.end())))
            .collect();
        transcript.changes.extend(set_words(&mut turn, |n| begins[n], profile));
    }
}

/// The shown words of each turn of talk: one person's, until another's or an event.
///
/// Segments that show nothing end no turn.
fn turns<'a>(segments: impl IntoIterator<Item = &'a mut Segment>) -> Vec<Vec<&'a mut Word>> {
    let mut turns: Vec<Vec<&mut Word>> = Vec::new();
    let mut last = None;
    for segment in segments {
        if segment.words.iter().all(|word| word.dropped.is_some()) {
            continue;
        }
        let owner = (segment.likely_speaker(), segment.is_event());
        if last != Some(owner) || owner.1 {
            turns.push(Vec::new());
        }
        last = Some(owner);
        let shown = segment.words.iter_mut().filter(|word| word.dropped.is_none());
        turns.last_mut().expect("the first segment opens a turn").extend(shown);
    }
    turns
}

/// Shows again what an earlier polish hid for `reason`, and forgets that it did.
///
/// The neighbours get back the marks and capitals that they had.
fn show_again(transcript: &mut Transcript, rule: Rule, reason: Dropped) {
    let (undone, kept): (Vec<Change>, Vec<Change>) =
        std::mem::take(&mut transcript.changes).into_iter().partition(|change| change.rule == rule);
    transcript.changes = kept;
    // The latest first: a word between two that were hidden has changed twice.
    for change in undone.iter().rev() {
        let starts =
            |segment: &Segment| segment.words.iter().any(|word| word.span.start() == change.at);
        let Some(first) = transcript.segments.iter().position(starts) else { continue };
        let speaker = transcript.segments[first].likely_speaker();
        let own = transcript.segments[first..].iter_mut().filter(|s| s.likely_speaker() == speaker);
        let words = own.flat_map(|segment| &mut segment.words);
        let words = words.skip_while(|word| word.span.start() != change.at);
        for (word, text) in words.zip(change.before.split(' ')) {
            word.text = text.to_owned();
        }
    }
    for word in transcript.segments.iter_mut().flat_map(|segment| &mut segment.words) {
        if word.dropped == Some(reason) {
            word.dropped = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        word::tests::{changes, shown, transcript},
        *,
    };
    use crate::base::{
        marks::MarkScores,
        show::Term,
        speech::{SpeakerId, Turn},
        time::{Span, Time},
    };
    use proptest::{collection::vec, prelude::*, sample::select};

    #[test]
    fn each_change_is_listed_once_and_in_the_order_of_time() {
        let heard =
            transcript(&["0 -\u{a0}Euh, le le sec num cloud, à 15h, fait 57 pour cent euh."]);
        let polished = polish(heard, &settings());
        assert_eq!(shown(&polished), "Le SecNumCloud, à 15\u{a0}heures, fait 57\u{a0}%.");
        assert_eq!(
            changes(&polished),
            [
                "-\u{a0}Euh, → Euh,",
                "Euh, le → Le",
                "Le le → Le",
                "sec num cloud, → SecNumCloud,",
                "15h, → 15\u{a0}heures,",
                "57 pour cent. → 57 %.",
                "cent euh. → cent.",
            ]
        );
    }

    #[test]
    fn a_full_text_keeps_every_word_shown() {
        let heard = transcript(&["0 Euh, le le mot."]);
        let full = PolishSettings { verbatim: Verbatim::Full, ..settings() };
        assert_eq!(shown(&polish(heard.clone(), &full)), "Euh, le le mot.");
        assert_eq!(polish(polish(heard.clone(), &settings()), &full), polish(heard, &full));
    }

    #[test]
    fn what_a_second_reading_says_is_kept_where_no_rule_sets_marks() {
        let mut heard = transcript(&["0 Un mot."]);
        heard.segments[0].words[0].marks = Some(MarkScores::new([-1.0; 7]));
        let kept = |plain_marks: Vec<Rule>| {
            let settings = PolishSettings { plain_marks, ..settings() };
            polish(heard.clone(), &settings).segments[0].words[0].marks.is_some()
        };
        assert!(kept(Rule::OF_MARKS.to_vec()));
        assert!(!kept(Vec::new()));
    }

    proptest! {
        #[test]
        fn polishing_twice_is_polishing_once(
            heard in heard(),
            settings in any_settings(),
        ) {
            let once = polish(heard, &settings);
            prop_assert_eq!(polish(once.clone(), &settings), once);
        }

        #[test]
        fn words_stay_in_order_and_inside_their_segments(heard in heard()) {
            let before = heard.clone();
            let edited = PolishSettings { verbatim: Verbatim::Edited, ..settings() };
            let polished = polish(heard, &edited);
            prop_assert_eq!(polished.segments.len(), before.segments.len());
            for (segment, old) in polished.segments.iter().zip(&before.segments) {
                prop_assert_eq!(segment.span, old.span);
                let (first, last) = (&segment.words[0], &segment.words[segment.words.len() - 1]);
                prop_assert_eq!(first.span.start(), old.words[0].span.start());
                prop_assert_eq!(last.span.end(), old.words[old.words.len() - 1].span.end());
                for pair in segment.words.windows(2) {
                    prop_assert!(pair[0].span.end() <= pair[1].span.start());
                }
            }
        }

        #[test]
        fn without_a_lexicon_and_percentages_every_word_stays_with_its_time(heard in heard()) {
            let mut heard = heard;
            for word in heard.segments.iter_mut().flat_map(|segment| &mut segment.words) {
                word.text = word.text.replace("pour", "par");
            }
            let plain = PolishSettings { lexicon: Lexicon::EMPTY, ..settings() };
            let spans = |transcript: &Transcript| {
                let words = transcript.segments.iter().flat_map(|segment| &segment.words);
                words.map(|word| word.span).collect::<Vec<_>>()
            };
            let before = spans(&heard);
            prop_assert_eq!(spans(&polish(heard, &plain)), before);
        }
    }

    /// Two people who talk in words that rules care for.
    pub(super) fn heard() -> impl Strategy<Value = Transcript> {
        let word = select(
            "le la euh Euh, euh. euh... hein. quoi, ben, Ben, bien, oui oui. Oui d'accord ça. ça, mot \
             Mot mot. mot, sec num cloud Sec cloud, secnumcloud 57 pour cent cent, 15h 15h30 3 1er 26 \
             Mars Mars, c'est pas pas. y a Y faut on peut je sais -\u{a0}Oui. ...mot mot... l' l'état \
             «\u{a0}mot mot\u{a0}» Pourquoi\u{a0}? Alors, hum, mm que que ce Là, ~ [Musique] *musique*"
                .split(' ')
                .collect::<Vec<_>>(),
        );
        let line = (select(vec!["0", "0", "1", "-"]), vec(word, 1..9));
        vec(line, 1..9).prop_map(|lines| {
            // A drawing of pauses alone has no words.
            let line = |(head, words): (&str, Vec<&str>)| format!("{head} {} mot", words.join(" "));
            let lines: Vec<String> = lines.into_iter().map(line).collect();
            let mut heard = transcript(&lines.iter().map(String::as_str).collect::<Vec<_>>());
            let turn = |(n, start): (u16, u64)| {
                Turn::new(
                    SpeakerId(n),
                    Span::from_start(Time::from_millis(3_000)).later(Time::from_millis(start)),
                )
            };
            heard.turns = [(0, 0), (1, 1_000), (0, 2_500)].map(turn).to_vec();
            heard
        })
    }

    pub(super) fn any_settings() -> impl Strategy<Value = PolishSettings> {
        let verbatim = select(vec![Verbatim::Full, Verbatim::Clean, Verbatim::Edited]);
        (verbatim, any::<[bool; 3]>()).prop_map(|(verbatim, flags)| {
            let [keep_backchannels, full_hours, small_numbers] = flags;
            PolishSettings { verbatim, keep_backchannels, full_hours, small_numbers, ..settings() }
        })
    }

    fn settings() -> PolishSettings {
        let variants = vec!["sec num cloud".to_owned()];
        let term = Term { variants, ..Term::new("SecNumCloud") };
        PolishSettings { lexicon: Lexicon::new(&[term]).unwrap(), ..PolishSettings::PAGE }
    }
}
