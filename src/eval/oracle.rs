//! Our scores are those of the tools that everybody quotes.
//!
//! `scripts/oracles/diarization.py` and `words.py` made the cases and scored them with
//! pyannote.metrics, meeteval and jiwer.

use super::{
    cpwer::SpeakerSegment,
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
    #[serde(rename = "said")]
    reference_words: Vec<(u16, String)>,
    #[serde(rename = "heard")]
    hypothesis_words: Vec<(u16, String)>,
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
        assert_near("reference", seconds(errors.reference), case.seconds.reference, &case);
        assert_near("missed", seconds(errors.missed), case.seconds.missed, &case);
        assert_near("false alarm", seconds(errors.false_alarm), case.seconds.false_alarm, &case);
        assert_near("confusion", seconds(errors.confusion), case.seconds.confusion, &case);
        assert_eq!(errors.rate().is_some(), case.der.is_some());
        assert_near("rate", errors.rate().unwrap_or(0.0), case.der.unwrap_or(0.0), &case);
    }
}

#[test]
fn jaccard_errors_are_those_of_pyannote_metrics() {
    for case in cases() {
        let (reference, hypothesis, collar) = case.turns();
        let errors = JaccardErrors::between(&reference, &hypothesis, collar);
        assert_eq!(errors.speakers, case.jer_speakers);
        assert_eq!(errors.rate().is_some(), case.jer.is_some());
        assert_near("rate", errors.rate().unwrap_or(0.0), case.jer.unwrap_or(0.0), &case);
    }
}

#[test]
fn word_errors_by_speaker_are_those_of_meeteval() {
    for case in cases() {
        let errors =
            WordErrors::cpwer(&tokens(&case.reference_words), &tokens(&case.hypothesis_words));
        let WordErrors { substitutions, deletions, insertions, reference_words } = errors;
        assert_eq!(
            (substitutions + deletions + insertions, reference_words),
            (case.cp_errors, case.cp_words),
            "reference {:?}, hypothesis {:?}",
            case.reference_words,
            case.hypothesis_words
        );
    }
}

#[derive(Deserialize)]
struct WordFixture {
    texts: Vec<TextCase>,
    #[serde(rename = "entries")]
    segments: Vec<SegmentCase>,
}

#[derive(Deserialize)]
struct TextCase {
    #[serde(rename = "said")]
    reference: String,
    #[serde(rename = "heard")]
    hypothesis: String,
    word_errors: u64,
    wer: Option<f64>,
    character_errors: u64,
    cer: Option<f64>,
}

/// Speaker, start, end, words.
type Segments = Vec<(u16, u64, u64, String)>;

#[derive(Deserialize)]
struct SegmentCase {
    collar_ms: u64,
    #[serde(rename = "said")]
    reference: Segments,
    #[serde(rename = "heard")]
    hypothesis: Segments,
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
        let by_words = WordErrors::between(&words(&case.reference), &words(&case.hypothesis));
        let by_letters = WordErrors::between(&letters(&case.reference), &letters(&case.hypothesis));
        for (ours, errors, rate) in
            [(by_words, case.word_errors, case.wer), (by_letters, case.character_errors, case.cer)]
        {
            assert_eq!(ours.errors(), errors, "{}", case.reference);
            assert_eq!(ours.rate().is_some(), rate.is_some());
            let distance = ours.rate().unwrap_or(0.0) - rate.unwrap_or(0.0);
            assert!(distance.abs() < TOLERANCE, "{}", case.reference);
        }
    }
}

#[test]
fn word_errors_by_speaker_and_time_are_those_of_meeteval() {
    let fixture: WordFixture = serde_json::from_str(WORDS).unwrap();
    assert!(!fixture.segments.is_empty());
    for case in fixture.segments {
        let collar = Time::from_millis(case.collar_ms);
        let errors = WordErrors::tcpwer(&timed(&case.reference), &timed(&case.hypothesis), collar);
        assert_eq!(
            (errors.errors(), errors.reference_words),
            (case.errors, case.words),
            "collar of {} ms, reference {:?}, hypothesis {:?}",
            case.collar_ms,
            case.reference,
            case.hypothesis
        );
    }
}

fn timed(segments: &Segments) -> Vec<SpeakerSegment<&str>> {
    let mut timed = Vec::new();
    for (speaker, start, end, words) in segments {
        let span = Span::new(Time::from_millis(*start), Time::from_millis(*end)).unwrap();
        let tokens = words.split_whitespace().collect();
        timed.push(SpeakerSegment { speaker: SpeakerId(*speaker), span, tokens });
    }
    timed
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
            Turn::new(SpeakerId(speaker), span)
        };
        let reference = self.reference.iter().map(turn).collect();
        let hypothesis = self.hypothesis.iter().map(turn).collect();
        (reference, hypothesis, Time::from_millis(self.collar_ms))
    }
}

fn tokens(segments: &[(u16, String)]) -> Vec<(SpeakerId, Vec<&str>)> {
    segments
        .iter()
        .map(|(speaker, words)| (SpeakerId(*speaker), words.split_whitespace().collect()))
        .collect()
}

#[track_caller]
fn assert_near(what: &str, ours: f64, theirs: f64, case: &Case) {
    assert!(
        (ours - theirs).abs() < TOLERANCE,
        "{what} is {ours}, not {theirs}, with a collar of {} ms between {:?} and {:?}",
        case.collar_ms,
        case.reference,
        case.hypothesis
    );
}
