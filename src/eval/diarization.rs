//! Diarization errors (DER) and Jaccard errors (JER): counts of samples until the last moment.
//!
//! Samples are whole, so that a score is the same on every machine and those of
//! an archive add up to what the archive as one episode would have.

use super::cooccurrence::Cooccurrence;
use crate::base::{speech::Turn, time::Time};
use std::{iter::Sum, ops::Add};

/// Time that a hypothesis gives to the wrong speakers, in samples.
///
/// An instant counts once for each person who talks in it. Counts, not a rate:
/// `DiarizationErrors::default()` is the neutral element of their sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DiarizationErrors {
    /// Speech of the reference that is scored.
    pub reference: u64,
    /// Missed speech: of the reference, and given to nobody by the hypothesis.
    pub missed: u64,
    /// False alarm: speech of the hypothesis where fewer people talk in the reference.
    pub false_alarm: u64,
    /// Speaker confusion: speech of the reference that the hypothesis gives to somebody else.
    pub confusion: u64,
}

impl DiarizationErrors {
    /// The errors under the mapping of speakers that leaves the least confusion.
    ///
    /// Turns come in any order; those of one speaker that overlap count once.
    /// Nothing is scored closer than `collar` to the start or the end of a turn of
    /// the reference; zero scores everything. Overlapping speech is scored.
    ///
    /// As in pyannote.metrics with `skip_overlap=False`, but for two points: its
    /// `collar` is the full width of the zone, twice ours, and a speaker's turns
    /// that overlap each other count there as several people.
    pub fn between(reference: &[Turn], hypothesis: &[Turn], collar: Time) -> DiarizationErrors {
        let cooccurrence = Cooccurrence::between(reference, hypothesis, collar);
        let reference: u64 = cooccurrence.reference.iter().sum();
        let correct: u64 =
            cooccurrence.mapping().map(|(row, column)| cooccurrence.matrix[row][column]).sum();
        DiarizationErrors {
            reference,
            missed: cooccurrence.missed,
            false_alarm: cooccurrence.false_alarm,
            confusion: reference - cooccurrence.missed - correct,
        }
    }

    /// Diarization error rate; may exceed 1.0. `None` when nobody speaks in the
    /// scored part of the reference.
    pub fn rate(self) -> Option<f64> {
        let errors = self.missed + self.false_alarm + self.confusion;
        (self.reference > 0).then(|| errors as f64 / self.reference as f64)
    }
}

impl Add for DiarizationErrors {
    type Output = DiarizationErrors;
    fn add(self, other: DiarizationErrors) -> DiarizationErrors {
        DiarizationErrors {
            reference: self.reference + other.reference,
            missed: self.missed + other.missed,
            false_alarm: self.false_alarm + other.false_alarm,
            confusion: self.confusion + other.confusion,
        }
    }
}

impl Sum for DiarizationErrors {
    fn sum<I: Iterator<Item = DiarizationErrors>>(iter: I) -> DiarizationErrors {
        iter.fold(DiarizationErrors::default(), Add::add)
    }
}

/// How badly each speaker of a reference was found, whether they say much or little.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct JaccardErrors {
    /// Speakers of the reference who talk in its scored part.
    pub speakers: u64,
    /// Sum over them of their error, each in `0.0..=1.0`: the time when one of
    /// the mapped speakers talks without the other, over the time when either does.
    pub errors: f64,
}

impl JaccardErrors {
    /// The errors under the mapping of [`DiarizationErrors::between`], whose arguments are
    /// these. A speaker mapped to nobody has error 1.
    ///
    /// The mapping is that of the most time together, not of the least error: so
    /// pyannote.metrics does, and figures should compare. Where several mappings
    /// have the most time together, one of them is taken.
    ///
    /// Ryant et al., "Second DIHARD Challenge Evaluation Plan", 2019.
    pub fn between(reference: &[Turn], hypothesis: &[Turn], collar: Time) -> JaccardErrors {
        let cooccurrence = Cooccurrence::between(reference, hypothesis, collar);
        let scored = cooccurrence.reference.iter().filter(|&&samples| samples > 0);
        let speakers = scored.count() as u64;
        let jaccard_indices = cooccurrence.mapping().map(|(row, column)| {
            let together = cooccurrence.matrix[row][column];
            let either = cooccurrence.reference[row] + cooccurrence.hypothesis[column] - together;
            together as f64 / either as f64
        });
        JaccardErrors { speakers, errors: speakers as f64 - jaccard_indices.sum::<f64>() }
    }

    /// Jaccard error rate, in `0.0..=1.0`. `None` when nobody speaks in the scored
    /// part of the reference.
    pub fn rate(self) -> Option<f64> {
        (self.speakers > 0).then(|| self.errors / self.speakers as f64)
    }
}

impl Add for JaccardErrors {
    type Output = JaccardErrors;
    fn add(self, other: JaccardErrors) -> JaccardErrors {
        JaccardErrors {
            speakers: self.speakers + other.speakers,
            errors: self.errors + other.errors,
        }
    }
}

impl Sum for JaccardErrors {
    fn sum<I: Iterator<Item = JaccardErrors>>(iter: I) -> JaccardErrors {
        iter.fold(JaccardErrors::default(), Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{speech::SpeakerId, time::Span};
    use proptest::prelude::*;

    #[test]
    fn the_hypothesis_may_number_its_speakers_as_it_likes() {
        check(
            r"
            reference  AAAABBB.CCCC
            hypothesis xxxxzzz.yyyy
            ",
            "of 11: 0 missed, 0 false alarm, 0 confusion",
        );
    }

    #[test]
    fn each_kind_of_error_is_counted_as_itself() {
        check(
            r"
            reference  AAAAAAA...BBBB
            hypothesis ..aaabbb..bbbb
            ",
            "of 11: 2 missed, 1 false alarm, 2 confusion",
        );
    }

    #[test]
    fn overlapping_speech_counts_once_for_each_who_talks() {
        check(
            r"
            reference  AAAAAAAA
            reference  ...BBBBB
            hypothesis aaaaaaaa
            hypothesis .......b
            hypothesis c.......
            ",
            "of 13: 4 missed, 1 false alarm, 0 confusion",
        );
    }

    #[test]
    fn a_speaker_split_in_two_keeps_the_longer_half() {
        check(
            r"
            reference  AAAAAAAAAA
            hypothesis xxxyyyyyyy
            ",
            "of 10: 0 missed, 0 false alarm, 3 confusion",
        );
    }

    #[test]
    fn a_turn_of_the_same_speaker_inside_another_changes_nothing() {
        check(
            r"
            reference  AAAAAA
            reference  .AA...
            hypothesis aaaaaa
            ",
            "of 6: 0 missed, 0 false alarm, 0 confusion",
        );
    }

    #[test]
    fn the_collar_lies_on_both_sides_of_boundaries_of_the_reference_only() {
        let (reference, hypothesis) = drawn(
            r"
            reference  ...AAAAAA...BBBBBB
            hypothesis .aaaaa........bbbb
            ",
        );
        let errors = DiarizationErrors::between(&reference, &hypothesis, Time::from_millis(100));
        assert_eq!(shown(errors), "of 8: 3 missed, 1 false alarm, 0 confusion");
    }

    #[test]
    fn a_turn_no_longer_than_its_collars_is_not_scored() {
        let (reference, hypothesis) = drawn(
            r"
            reference  ...AA...
            hypothesis ........
            ",
        );
        let collar = Time::from_millis(100);
        let errors = DiarizationErrors::between(&reference, &hypothesis, collar);
        assert_eq!((errors, errors.rate()), (DiarizationErrors::default(), None));
        assert_eq!(JaccardErrors::between(&reference, &hypothesis, collar).rate(), None);
    }

    #[test]
    fn a_person_of_few_words_weighs_as_much_as_the_host_in_the_jaccard_rate() {
        let (reference, hypothesis) = drawn(
            r"
            reference  AAAAAAAAAAAAAAAAAB
            hypothesis aaaaaaaaaaaaaaaaa.
            ",
        );
        let errors = JaccardErrors::between(&reference, &hypothesis, Time::default());
        assert_eq!(errors, JaccardErrors { speakers: 2, errors: 1.0 });
        assert_eq!(errors.rate(), Some(0.5));
    }

    #[test]
    fn an_archive_is_scored_by_its_speech_not_by_its_episodes() {
        let short = DiarizationErrors { missed: 5, reference: 10, ..Default::default() };
        let long = DiarizationErrors { missed: 5, reference: 990, ..Default::default() };
        let archive: DiarizationErrors = [short, long].into_iter().sum();
        assert_eq!(archive.rate(), Some(0.01));
    }

    proptest! {
        #[test]
        fn a_reference_has_no_errors_against_itself(turns in turns(), collar in 0_u64..300) {
            let collar = Time::from_samples(collar);
            let errors = DiarizationErrors::between(&turns, &turns, collar);
            prop_assert_eq!(errors, DiarizationErrors { reference: errors.reference, ..Default::default() });
            prop_assert_eq!(JaccardErrors::between(&turns, &turns, collar).errors, 0.0);
        }

        #[test]
        fn numbers_and_order_of_speakers_change_nothing(
            reference in turns(),
            hypothesis in turns(),
            numbers in Just((0..6_u16).collect::<Vec<_>>()).prop_shuffle(),
            collar in 0_u64..300,
        ) {
            let mut renamed = hypothesis.clone();
            for turn in &mut renamed {
                turn.speaker = SpeakerId(numbers[usize::from(turn.speaker.0)] * 1_000);
            }
            renamed.reverse();
            let collar = Time::from_samples(collar);
            prop_assert_eq!(
                DiarizationErrors::between(&reference, &hypothesis, collar),
                DiarizationErrors::between(&reference, &renamed, collar)
            );
        }
    }

    fn turns() -> impl Strategy<Value = Vec<Turn>> {
        let turn = (0..6_u16, 0..2_000_u64, 1..500_u64).prop_map(|(speaker, start, length)| {
            let (start, length) = (Time::from_samples(start), Time::from_samples(length));
            Turn::new(SpeakerId(speaker), Span::from_start(length).later(start))
        });
        prop::collection::vec(turn, 0..20)
    }

    #[track_caller]
    fn check(drawing: &str, expected: &str) {
        let (reference, hypothesis) = drawn(drawing);
        let errors = DiarizationErrors::between(&reference, &hypothesis, Time::default());
        assert_eq!(shown(errors), expected, "{drawing}");
    }

    /// Counts in columns of the drawing.
    fn shown(errors: DiarizationErrors) -> String {
        let [reference, missed, false_alarm, confusion] =
            [errors.reference, errors.missed, errors.false_alarm, errors.confusion]
                .map(|samples| samples / 1_600);
        format!("of {reference}: {missed} missed, {false_alarm} false alarm, {confusion} confusion")
    }

    /// Turns of the reference and of the hypothesis; a column is 100 ms.
    fn drawn(drawing: &str) -> (Vec<Turn>, Vec<Turn>) {
        let (mut reference, mut hypothesis) = (Vec::new(), Vec::new());
        for line in drawing.lines().filter(|line| !line.trim().is_empty()) {
            let (side, row) = line.trim().split_once(' ').unwrap();
            let turns = if side == "reference" { &mut reference } else { &mut hypothesis };
            let mut column = 0;
            for run in row.trim_start().as_bytes().chunk_by(|a, b| a == b) {
                let [start, end] = [column, column + run.len()]
                    .map(|column| Time::from_millis(100 * column as u64));
                let span = Span::new(start, end).unwrap();
                if run[0] != b'.' {
                    turns.push(Turn::new(SpeakerId(u16::from(run[0])), span));
                }
                column += run.len();
            }
        }
        (reference, hypothesis)
    }
}
