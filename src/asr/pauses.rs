//! Where it is quiet between two words.
//!
//! The alignment of Whisper puts the edge between two words into the end of the first one, some
//! 0.1 s too early, whenever a pause follows, and the end of a window's last word earlier still.
//! Where the voice stands clear of what is around it, its level knows better; over music and
//! noise it says nothing.

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

/// How loud a voice gets is the mean of its loudest steps.
const LOUD: usize = 3;

/// The levels of a window.
#[derive(Debug)]
pub struct Pauses {
    /// Of each step, in decibels of full scale.
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

    /// Where the word begins that is over with `span`, in samples: behind the last pause in it.
    /// `span` may begin with what is left of the word before. None where nothing is quiet enough
    /// for long enough, or where more is heard before the pause than behind it: then it is
    /// another word's.
    pub fn start(&self, span: Range<u64>) -> Option<u64> {
        let (first, levels) = self.steps(span);
        let bar = bar(levels)?;
        let n_heard = |levels: &[f32]| levels.iter().filter(|level| **level >= bar).count();
        let is_before = |pause: &Range<usize>| {
            let behind = n_heard(&levels[pause.end..]);
            behind > 0 && n_heard(&levels[..pause.start]) <= behind
        };
        let pause = pauses(levels, bar).into_iter().rfind(is_before)?;
        Some(sample(first + pause.end))
    }

    /// Where the voice of `word` goes silent in `room`, which lies behind it.
    pub fn end(&self, word: Range<u64>, room: Range<u64>) -> Option<u64> {
        let (first, levels) = self.steps(room);
        let bar = bar(self.steps(word).1)?;
        Some(sample(first + pauses(levels, bar).first()?.start))
    }

    /// The levels of `span`, and the number of the first one.
    fn steps(&self, span: Range<u64>) -> (usize, &[f32]) {
        let step = |at: u64| (at as usize / STEP).min(self.levels.len());
        let first = step(span.start);
        (first, &self.levels[first..step(span.end).max(first)])
    }
}

/// What is below it, of a voice with `levels`, is not heard.
fn bar(levels: &[f32]) -> Option<f32> {
    let mut loudest = levels.to_vec();
    loudest.sort_by(|one, other| other.total_cmp(one));
    let loudest = loudest.get(..LOUD)?;
    Some(loudest.iter().sum::<f32>() / LOUD as f32 - RANGE_DB)
}

/// Steps that are below `bar` for long enough and clearly so.
fn pauses(levels: &[f32], bar: f32) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for run in levels.chunk_by(|one, other| (*one < bar) == (*other < bar)) {
        let end = start + run.len();
        if run.len() >= PAUSE && run.iter().any(|level| level + CLEAR_DB < bar) {
            found.push(start..end);
        }
        start = end;
    }
    found
}

fn sample(step: usize) -> u64 {
    (step * STEP) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_begins_behind_the_pause_after_the_rest_of_another() {
        check("##..........########", Some("            ^"));
        check("..........########", Some("          ^"));
    }

    #[test]
    fn a_plosive_is_no_pause() {
        check("##..........####......####", Some("            ^"));
        check("##......########", None);
    }

    #[test]
    fn the_silence_behind_a_word_is_not_before_it() {
        check("##..........########..........", Some("            ^"));
        check("########............", None);
        check("....................", None);
    }

    #[test]
    fn a_pause_behind_a_longer_word_is_not_this_ones() {
        check("############..........####", None);
    }

    #[test]
    fn over_music_nothing_is_known() {
        check("##~~~~~~~~~~########", None);
    }

    #[test]
    fn too_little_to_tell_and_spans_outside_have_no_start() {
        check("#.#", None);
        check("", None);
        assert_eq!(Pauses::of(&[0.5; 320]).start(90_000..90_400), None);
    }

    #[test]
    fn a_word_ends_where_its_voice_does() {
        check_end("######|####..........", Some("          ^"));
        check_end("######|####....####..........", Some("                  ^"));
        check_end("######|....................", Some("      ^"));
        check_end("######|####~~~~~~~~~~", None);
        check_end("######|##########", None);
        check_end("##|####..........", None);
        check_end("######|", None);
    }

    /// The marks of [`sound`]; `^` where a word begins that is over with all of them.
    #[track_caller]
    fn check(drawing: &str, expected: Option<&str>) {
        let samples = sound(drawing);
        let found = Pauses::of(&samples).start(0..samples.len() as u64);
        assert_eq!(found, expected.map(at), "{drawing}");
    }

    /// A word, `|`, what lies behind it; `^` where the word is over.
    #[track_caller]
    fn check_end(drawing: &str, expected: Option<&str>) {
        let (word, room) = drawing.split_once('|').expect("two parts");
        let edge = sample(word.len());
        let pauses = Pauses::of(&sound(&[word, room].concat()));
        let found = pauses.end(0..edge, edge..edge + sample(room.len()));
        assert_eq!(found, expected.map(at), "{drawing}");
    }

    fn at(mark: &str) -> u64 {
        sample(mark.find('^').expect("a mark"))
    }

    /// Steps of 10 ms: `#` voice, `~` music 20 dB below it, `.` silence.
    fn sound(drawing: &str) -> Vec<f32> {
        let loudness = |mark: char| match mark {
            '#' => 0.3,
            '~' => 0.03,
            _ => 0.0,
        };
        drawing.chars().flat_map(|mark| [loudness(mark); STEP]).collect()
    }
}
