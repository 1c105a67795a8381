//! Our scores are those of the tools that everybody quotes.
//!
//! `scripts/oracles/diarization.py` and `words.py` made the cases and asked pyannote.metrics,
//! meeteval and jiwer for the answers.

use super::{
    attribution::Entry,
    diarization::{DiarizationErrors, JaccardErrors},
    words::WordErrors,
};
use crate::base::{
    speech::{SpeakerId, Turn},
    time::{Span, Time},
};
use serde::Deserialize;

const FIXTURE: &str = include_str!("../../tests/data/oracle/diarization.json");
const WORDS: &str = include_str!("../../tests/data/oracle/words.json");

/// Largest difference of two rates, and of two times in seconds.
const TOLERANCE: f64 = 1e-6;

#[derive(Deserialize)]
struct Fixture {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    collar_ms: u64,
    reference: Vec<(u16, u64, u64)>,
    hypothesis: Vec<(u16, u64, u64)>,
    said: Vec<(u16, String)>,
    heard: Vec<(u16, String)>,
    seconds: Seconds,
    der: Option<f64>,
    jer: Option<f64>,
    jer_speakers: u64,
    cp_errors: u64,
    cp_words: u64,
}

#[derive(Deserialize)]
struct Seconds {
    reference: f64,
    missed: f64,
    false_alarm: f64,
    confusion: f64,
}

#[test]
fn diarization_errors_are_those_of_pyannote_metrics() {
    for case in cases() {
        let (reference, hypothesis, collar) = case.turns();
        let errors = DiarizationErrors::between(&reference, &hypothesis, collar);
        let seconds = |samples| Time::from_samples(samples).as_secs_f64();
        same("reference", seconds(errors.reference), case.seconds.reference, &case);
        same("missed", seconds(errors.missed), case.seconds.missed, &case);
        same("false alarm", seconds(errors.false_alarm), case.seconds.false_alarm, &case);
        same("confusion", seconds(errors.confusion), case.seconds.confusion, &case);
        assert_eq!(errors.rate().is_some(), case.der.is_some());
        same("rate", errors.rate().unwrap_or(0.0), case.der.unwrap_or(0.0), &case);
    }
}

#[test]
fn jaccard_errors_are_those_of_pyannote_metrics() {
    for case in cases() {
        let (reference, hypothesis, collar) = case.turns();
        let errors = JaccardErrors::between(&reference, &hypothesis, collar);
        assert_eq!(errors.speakers, case.jer_speakers);
        assert_eq!(errors.rate().is_some(), case.jer.is_some());
        same("rate", errors.rate().unwrap_or(0.0), case.jer.unwrap_or(0.0), &case);
    }
}

#[test]
fn word_errors_by_speaker_are_those_of_meeteval() {
    for case in cases() {
        let errors = WordErrors::by_speaker(&entries(&case.said), &entries(&case.heard));
        let WordErrors { substitutions, deletions, insertions, reference_words } = errors;
        assert_eq!(
            (substitutions + deletions + insertions, reference_words),
            (case.cp_errors, case.cp_words),
            "said {:?}, heard {:?}",
            case.said,
            case.heard
        );
    }
}

#[derive(Deserialize)]
struct WordFixture {
    texts: Vec<Texts>,
    entries: Vec<Entries>,
}

#[derive(Deserialize)]
struct Texts {
    said: String,
    heard: String,
    word_errors: u64,
    wer: Option<f64>,
    character_errors: u64,
    cer: Option<f64>,
}

/// Speaker, start, end, words.
type Said = Vec<(u16, u64, u64, String)>;

#[derive(Deserialize)]
struct Entries {
    collar_ms: u64,
    said: Said,
    heard: Said,
    errors: u64,
    words: u64,
}

#[test]
fn errors_of_words_and_of_characters_are_those_of_jiwer() {
    let fixture: WordFixture = serde_json::from_str(WORDS).unwrap();
    assert!(!fixture.texts.is_empty());
    for case in fixture.texts {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let letters = |text: &str| text.chars().collect::<Vec<char>>();
        let by_words = WordErrors::between(&words(&case.said), &words(&case.heard));
        let by_letters = WordErrors::between(&letters(&case.said), &letters(&case.heard));
        for (ours, errors, rate) in
            [(by_words, case.word_errors, case.wer), (by_letters, case.character_errors, case.cer)]
        {
            assert_eq!(ours.errors(), errors, "{}", case.said);
            assert_eq!(ours.rate().is_some(), rate.is_some());
            let distance = ours.rate().unwrap_or(0.0) - rate.unwrap_or(0.0);
            assert!(distance.abs() < TOLERANCE, "{}", case.said);
        }
    }
}

#[test]
fn word_errors_by_speaker_and_time_are_those_of_meeteval() {
    let fixture: WordFixture = serde_json::from_str(WORDS).unwrap();
    assert!(!fixture.entries.is_empty());
    for case in fixture.entries {
        let collar = Time::from_millis(case.collar_ms);
        let errors =
            WordErrors::by_speaker_in_time(&timed(&case.said), &timed(&case.heard), collar);
        assert_eq!(
            (errors.errors(), errors.reference_words),
            (case.errors, case.words),
            "collar of {} ms, said {:?}, heard {:?}",
            case.collar_ms,
            case.said,
            case.heard
        );
    }
}

fn timed(said: &Said) -> Vec<Entry<&str>> {
    let mut entries = Vec::new();
    for (speaker, start, end, words) in said {
        let span = Span::new(Time::from_millis(*start), Time::from_millis(*end)).unwrap();
        let tokens = words.split_whitespace().collect();
        entries.push(Entry { speaker: SpeakerId(*speaker), span, tokens });
    }
    entries
}

fn cases() -> Vec<Case> {
    let fixture: Fixture = serde_json::from_str(FIXTURE).unwrap();
    assert!(!fixture.cases.is_empty());
    fixture.cases
}

impl Case {
    fn turns(&self) -> (Vec<Turn>, Vec<Turn>, Time) {
        let turn = |&(speaker, start, end): &(u16, u64, u64)| {
            let span = Span::new(Time::from_millis(start), Time::from_millis(end)).unwrap();
            Turn { speaker: SpeakerId(speaker), span }
        };
        let reference = self.reference.iter().map(turn).collect();
        let hypothesis = self.hypothesis.iter().map(turn).collect();
        (reference, hypothesis, Time::from_millis(self.collar_ms))
    }
}

fn entries(said: &[(u16, String)]) -> Vec<(SpeakerId, Vec<&str>)> {
    said.iter()
        .map(|(speaker, words)| (SpeakerId(*speaker), words.split_whitespace().collect()))
        .collect()
}

#[track_caller]
fn same(what: &str, ours: f64, theirs: f64, case: &Case) {
    assert!(
        (ours - theirs).abs() < TOLERANCE,
        "{what} is {ours}, not {theirs}, with a collar of {} ms between {:?} and {:?}",
        case.collar_ms,
        case.reference,
        case.hypothesis
    );
}
