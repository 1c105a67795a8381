//! Where it is quiet between two words.
//!
//! The alignment of Whisper puts the edge between two words into the end of the first one, some
//! 0.1 s too early, whenever a pause follows. Where the voice stands clear of what is around it,
//! its level knows better; over music and noise it says nothing.

use std::ops::Range;

/// Samples of a step of levels: 10 ms.
const STEP: usize = 160;

/// A voice is heard down to so far below its loud moments, in decibels: the same as where turns
/// of speakers get their edges.
const RANGE_DB: f32 = 32.0;

/// How much quieter a pause has to get, in decibels: what lies just below the bar may be speech.
const CLEAR_DB: f32 = 8.0;

/// Shortest pause, in steps: a plosive is quiet for less.
const PAUSE: usize = 8;

/// Loudest and quietest moments are means of so many steps.
const LOUD: usize = 3;
const QUIET: usize = 5;

/// The levels of a window.
#[derive(Debug)]
pub struct Pauses {
    /// Of each step, in decibels below full scale.
    levels: Vec<f32>,
}

impl Pauses {
    /// Of `samples`: 16 kHz, values in `-1.0..=1.0`.
    pub fn of(samples: &[f32]) -> Pauses {
        let level = |step: &[f32]| {
            let power = step.iter().map(|x| x * x).sum::<f32>() / STEP as f32;
            10.0 * power.max(1e-10).log10()
        };
        Pauses { levels: samples.chunks_exact(STEP).map(level).collect() }
    }

    /// The pause, in samples, before the word that is over with `span`, where `span` begins with
    /// what is left of the word before it. None where nothing is quiet enough for long enough,
    /// or where more is heard before the pause than behind it: then it is another word's.
    pub fn before_last_word(&self, span: Range<u64>) -> Option<Range<u64>> {
        let step = |at: u64| (at as usize / STEP).min(self.levels.len());
        let first = step(span.start);
        let levels = &self.levels[first..step(span.end).max(first)];
        if levels.len() < PAUSE + LOUD {
            return None;
        }
        let mut sorted = levels.to_vec();
        sorted.sort_by(f32::total_cmp);
        let mean = |levels: &[f32]| levels.iter().sum::<f32>() / levels.len() as f32;
        let bar = mean(&sorted[sorted.len() - LOUD..]) - RANGE_DB;
        if mean(&sorted[..QUIET]) + CLEAR_DB > bar {
            return None;
        }
        let is_heard: Vec<bool> = levels.iter().map(|&level| level >= bar).collect();
        let n_heard = |steps: &[bool]| steps.iter().filter(|heard| **heard).count();
        let mut end = is_heard.iter().rposition(|heard| *heard)?;
        // Backwards from the word's last sound: the last pause that leaves it the larger part.
        while let Some(quiet) = is_heard[..end].iter().rposition(|heard| !heard) {
            let begin = is_heard[..quiet].iter().rposition(|heard| *heard).map_or(0, |at| at + 1);
            let is_long = quiet + 1 - begin >= PAUSE;
            if is_long && n_heard(&is_heard[..begin]) <= n_heard(&is_heard[quiet + 1..]) {
                let sample = |step: usize| ((first + step) * STEP) as u64;
                return Some(sample(begin)..sample(quiet + 1));
            }
            end = begin;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_lies_between_the_rest_of_one_word_and_the_next() {
        check("##..........########", Some("  ^^^^^^^^^^        "));
        check("..........########", Some("^^^^^^^^^^        "));
    }

    #[test]
    fn a_plosive_is_no_pause() {
        check("##..........####......####", Some("  ^^^^^^^^^^              "));
        check("##......########", None);
    }

    #[test]
    fn the_silence_behind_a_word_is_not_before_it() {
        check("##..........########..........", Some("  ^^^^^^^^^^                  "));
        check("########............", None);
        check("....................", None);
    }

    #[test]
    fn behind_a_longer_word_it_is_not_this_ones() {
        check("############..........####", None);
    }

    #[test]
    fn over_music_nothing_is_known() {
        check("##~~~~~~~~~~########", None);
    }

    #[test]
    fn too_little_to_tell_and_spans_outside_have_none() {
        check("#.#", None);
        check("", None);
        assert_eq!(Pauses::of(&[0.5; 320]).before_last_word(90_000..90_400), None);
    }

    /// Steps of 10 ms: `#` voice, `~` music 20 dB below it, `.` silence; `^` the pause.
    #[track_caller]
    fn check(drawing: &str, expected: Option<&str>) {
        let loudness = |mark: char| match mark {
            '#' => 0.3,
            '~' => 0.03,
            _ => 0.0,
        };
        let samples: Vec<f32> = drawing.chars().flat_map(|mark| [loudness(mark); STEP]).collect();
        let found = Pauses::of(&samples).before_last_word(0..samples.len() as u64);
        let expected = expected.map(|marks| {
            let at = |step: usize| (step * STEP) as u64;
            at(marks.find('^').expect("a pause"))..at(marks.rfind('^').expect("a pause") + 1)
        });
        assert_eq!(found, expected, "{drawing}");
    }
}
