//! RTTM, read as scorers do: who speaks when, in as many episodes as the file holds.
//!
//! NIST, "The 2009 (RT-09) Rich Transcription Meeting Recognition Evaluation Plan", appendix A.

use crate::base::{
    speech::{SpeakerId, Turn},
    time::{SAMPLE_RATE, Span, Time},
};
use std::collections::HashMap;

/// Furthest time we read, in seconds: 30 years. Only keeps sums from overflowing.
const LATEST: f64 = 1e9;

/// What an RTTM file says about who speaks when.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rttm {
    /// Turns with the episode they are of, in the order of the file.
    pub turns: Vec<(String, Turn)>,
    /// Names of the speakers by number. Unlike elsewhere a number means the same
    /// person in all episodes of the file, if the file uses names that way.
    pub names: Vec<String>,
}

/// Why a file is not RTTM: a line of it, and what is wrong there.
///
/// The message begins with the number of the line; put the path and a colon before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}: {problem}")]
pub struct NistError {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong in it.
    pub problem: NistProblem,
}

/// What is wrong in a line of RTTM.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NistProblem {
    /// Something is missing, or a name holds a space.
    #[error("a SPEAKER line has 10 fields, this one has {found}")]
    Fields {
        /// How many there are.
        found: usize,
    },
    /// A field that should be a start or a duration.
    #[error("`{found}` is not a time in seconds")]
    NotATime {
        /// What stands there.
        found: String,
    },
    /// More speakers than there are numbers; the line has the first one too many.
    #[error("more than 65536 speakers in one file")]
    TooManySpeakers,
}

/// Reads RTTM. Speakers are numbered from 0 by first appearance.
///
/// Lines other than `SPEAKER` are ignored, and so are turns shorter than half a
/// sample, which no score can notice. Lines of the older form, without the tenth
/// field, are read too.
///
/// ```
/// use voixoff::formats::rttm::read_rttm;
///
/// let rttm = read_rttm("SPEAKER episode 1 0.50 2.25 <NA> <NA> alain <NA> <NA>")?;
/// assert_eq!(rttm.turns[0].1.span.end().as_millis(), 2_750);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// The first `SPEAKER` line that does not have its fields, or whose times are
/// not decimal numbers of seconds from 0 on.
pub fn read_rttm(text: &str) -> Result<Rttm, NistError> {
    let mut rttm = Rttm::default();
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    // Behind the mark that some editors put first, a `SPEAKER` would not be one.
    for (index, text) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let in_line = |problem| NistError { line: index + 1, problem };
        let fields: Vec<&str> = text.split_whitespace().collect();
        if fields.first() != Some(&"SPEAKER") {
            continue;
        }
        let &[_, file, _, start, duration, _, _, name, _] = &fields[..fields.len().min(9)] else {
            return Err(in_line(NistProblem::Fields { found: fields.len() }));
        };
        if fields.len() > 10 {
            return Err(in_line(NistProblem::Fields { found: fields.len() }));
        }
        let start = time(start).map_err(in_line)?;
        let duration = time(duration).map_err(in_line)?;
        let Some(span) = Span::new(at(start), at(start + duration)) else { continue };
        let known = numbers.get(name).copied();
        let number = known.unwrap_or(rttm.names.len());
        let number = u16::try_from(number).map_err(|_| in_line(NistProblem::TooManySpeakers))?;
        if known.is_none() {
            numbers.insert(name, rttm.names.len());
            rttm.names.push(name.to_owned());
        }
        rttm.turns.push((file.to_owned(), Turn::new(SpeakerId(number), span)));
    }
    Ok(rttm)
}

/// Seconds, in `0.0..=LATEST`.
fn time(field: &str) -> Result<f64, NistProblem> {
    let seconds = field.parse().ok().filter(|seconds| (0.0..=LATEST).contains(seconds));
    seconds.ok_or_else(|| NistProblem::NotATime { found: field.to_owned() })
}

/// The sample nearest to `seconds`.
fn at(seconds: f64) -> Time {
    Time::from_samples((seconds * f64::from(SAMPLE_RATE)).round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::write::nist::rttm;

    const SAMPLE: &str = include_str!("../../../tests/data/episode.rttm");

    #[test]
    fn what_is_read_is_written_as_it_was() {
        let read = read_rttm(SAMPLE).unwrap();
        let turns: Vec<Turn> = read.turns.iter().map(|(_, turn)| *turn).collect();
        assert_eq!(rttm("episode", &turns, &read.names), SAMPLE);
    }

    #[test]
    fn speakers_are_numbered_by_first_appearance() {
        let read = read_rttm(SAMPLE).unwrap();
        assert_eq!(read.names, ["Voix_off", "Antoine_Marchal", "Claire_Fontanel"]);
        assert_eq!(read.turns[1].1.speaker, SpeakerId(1));
    }

    #[test]
    fn lines_that_are_no_turns_are_ignored() {
        let text = "\u{feff};; made by hand\r\nSPKR-INFO un 1 <NA> <NA> <NA> unknown A <NA>\r\n\n\
                    SPEAKER un 1 0.5 0 <NA> <NA> A <NA> <NA>\n\
                    SPEAKER un 1 0.5 1 <NA> <NA> B <NA>\r\n";
        let read = read_rttm(text).unwrap();
        assert_eq!((read.turns.len(), read.names), (1, vec!["B".to_owned()]));
        assert_eq!(
            read_rttm("\u{feff}SPEAKER un 1 0 1 <NA> <NA> A <NA> <NA>").unwrap().turns.len(),
            1
        );
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named_with_what_is_wrong() {
        check("\nSPEAKER un 1 0.5 1 <NA> <NA>", "2: a SPEAKER line has 10 fields, this one has 7");
        check(
            "SPEAKER un 1 0 1 <NA> <NA> Claire Marie Fontanel <NA> <NA>",
            "1: a SPEAKER line has 10 fields, this one has 12",
        );
        for wrong in ["12,5", "-1", "NaN", "inf", "1e300"] {
            check(
                &format!("SPEAKER un 1 0.5 {wrong} <NA> <NA> A <NA> <NA>"),
                &format!("1: `{wrong}` is not a time in seconds"),
            );
        }
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(read_rttm(text).unwrap_err().to_string(), expected);
    }
}
