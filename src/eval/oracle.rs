//! Our scores are those of the tools that everybody quotes.
//!
//! `scripts/oracles/diarization.py` made the cases and asked pyannote.metrics and
//! meeteval for the answers.

use super::{
    diarization::{DiarizationErrors, JaccardErrors},
    words::WordErrors,
};
use crate::{
    speech::{SpeakerId, Turn},
    time::{Span, Time},
};
use serde::Deserialize;

const FIXTURE: &str = include_str!("../../tests/data/oracle/diarization.json");

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
    der: f64,
    jer: f64,
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
        same("rate", errors.rate().unwrap(), case.der, &case);
    }
}

#[test]
fn jaccard_errors_are_those_of_pyannote_metrics() {
    for case in cases() {
        let (reference, hypothesis, collar) = case.turns();
        let errors = JaccardErrors::between(&reference, &hypothesis, collar);
        assert_eq!(errors.speakers, case.jer_speakers);
        same("rate", errors.rate().unwrap(), case.jer, &case);
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
