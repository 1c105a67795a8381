//! Where words begin and end, by the level of the voice.
//!
//! Whisper's alignment puts the boundary between two words into the end of the first one, some
//! 0.1 s too early, whenever a pause follows, and the end of a window's last word earlier still.
//! Where the voice stands clear of the background, its level knows better; over music and noise it
//! tells nothing.

use crate::base::levels::{FRAME_LENGTH, VOICE_RANGE_DB, frame_levels_dbfs};
use std::ops::Range;

/// How far below the threshold a pause has to get, in decibels: what lies just below it may be
/// speech.
const PAUSE_DEPTH_DB: f32 = 8.0;

/// Shortest pause, in frames of 10 ms: a plosive is quiet for less.
const PAUSE_FRAMES_MIN: usize = 8;

/// Shortest pause that is surely one between words.
#[cfg(feature = "int8")]
const BETWEEN_WORDS_MIN: usize = 15;

/// The level of a voice is the mean of so many of its loudest frames.
const N_LOUDEST: usize = 3;

/// The levels of a window, in which pauses are found.
#[derive(Debug)]
pub(super) struct Pauses {
    /// Of each frame of 10 ms, in decibels of full scale.
    levels_db: Vec<f32>,
}

impl Pauses {
    /// Measures `samples`: 16 kHz, values in `-1.0..=1.0`.
    pub(super) fn measure(samples: &[f32]) -> Pauses {
        Pauses { levels_db: frame_levels_dbfs(samples) }
    }

    /// The onset of the word that ends with `span`, in samples: the end of the last pause in it.
    ///
    /// `span` may begin with the rest of the word before. `None` where nothing is quiet enough for
    /// long enough, or where more of the voice lies before the pause than after it: the pause is
    /// then within the other word.
    pub(super) fn onset(&self, span: Range<u64>) -> Option<u64> {
        let (first_frame, levels_db) = self.frames(span);
        let threshold_db = threshold_db(levels_db)?;
        let n_voiced =
            |levels_db: &[f32]| levels_db.iter().filter(|level| **level >= threshold_db).count();
        let precedes_word = |pause: &Range<usize>| {
            let n_after = n_voiced(&levels_db[pause.end..]);
            n_after > 0 && n_voiced(&levels_db[..pause.start]) <= n_after
        };
        let pause = pauses(levels_db, threshold_db).into_iter().rfind(precedes_word)?;
        Some(first_sample(first_frame + pause.end))
    }

    /// The offset of `word`, in samples: the start of the first pause in `room`, the span after
    /// it.
    pub(super) fn offset(&self, word: Range<u64>, room: Range<u64>) -> Option<u64> {
        let (_, word_levels_db) = self.frames(word);
        let threshold_db = threshold_db(word_levels_db)?;
        let (first_frame, levels_db) = self.frames(room);
        Some(first_sample(first_frame + pauses(levels_db, threshold_db).first()?.start))
    }

    /// The long pauses with a voice before and after them, in samples.
    #[cfg(feature = "int8")]
    pub(super) fn between_words(&self) -> Vec<Range<u64>> {
        let Some(threshold_db) = threshold_db(&self.levels_db) else { return Vec::new() };
        let is_between = |pause: &Range<usize>| {
            pause.len() >= BETWEEN_WORDS_MIN && pause.start > 0 && pause.end < self.levels_db.len()
        };
        let found = pauses(&self.levels_db, threshold_db).into_iter().filter(is_between);
        found.map(|pause| first_sample(pause.start)..first_sample(pause.end)).collect()
    }

    /// The index of the first frame of `span`, and the levels of all its frames.
    fn frames(&self, span: Range<u64>) -> (usize, &[f32]) {
        let frame_idx = |sample: u64| (sample as usize / FRAME_LENGTH).min(self.levels_db.len());
        let first = frame_idx(span.start);
        (first, &self.levels_db[first..frame_idx(span.end).max(first)])
    }
}

/// The level below which a voice with `levels_db` is silent; `None` where there are too few.
fn threshold_db(levels_db: &[f32]) -> Option<f32> {
    let mut descending = levels_db.to_vec();
    descending.sort_by(|left, right| right.total_cmp(left));
    let loudest = descending.get(..N_LOUDEST)?;
    Some(loudest.iter().sum::<f32>() / N_LOUDEST as f32 - VOICE_RANGE_DB)
}

/// Runs of frames that stay below the threshold for long enough, and get clearly below it.
fn pauses(levels_db: &[f32], threshold_db: f32) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    let is_silent = |level_db: &f32| *level_db < threshold_db;
    for run in levels_db.chunk_by(|left, right| is_silent(left) == is_silent(right)) {
        let end = start + run.len();
        let is_deep = run.iter().any(|level_db| level_db + PAUSE_DEPTH_DB < threshold_db);
        if run.len() >= PAUSE_FRAMES_MIN && is_deep {
            found.push(start..end);
        }
        start = end;
    }
    found
}

fn first_sample(frame_idx: usize) -> u64 {
    (frame_idx * FRAME_LENGTH) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_begins_after_the_pause_that_follows_the_rest_of_another() {
        check("##..........########", Some("            ^"));
        check("..........########", Some("          ^"));
    }

    #[cfg(feature = "int8")]
    #[test]
    fn a_pause_between_words_is_long_and_has_a_voice_on_both_sides() {
        let levels = |drawing: &str| {
            let level = |mark| if mark == '#' { -20.0 } else { -90.0 };
            Pauses { levels_db: drawing.chars().map(level).collect() }
        };
        let pauses = levels("......####................####........####......................");
        let [pause] = &pauses.between_words()[..] else { panic!("one pause") };
        assert_eq!([pause.start, pause.end], [1_600, 4_160]);
        assert!(levels("").between_words().is_empty());
    }

    #[test]
    fn a_plosive_is_no_pause() {
        check("##..........####......####", Some("            ^"));
        check("##......########", None);
    }

    #[test]
    fn the_silence_after_a_word_is_not_before_it() {
        check("##..........########..........", Some("            ^"));
        check("########............", None);
        check("....................", None);
    }

    #[test]
    fn a_pause_after_more_of_a_voice_is_within_the_other_word() {
        check("############..........####", None);
    }

    #[test]
    fn over_music_nothing_is_found() {
        check("##~~~~~~~~~~########", None);
    }

    #[test]
    fn too_few_frames_and_spans_outside_have_no_onset() {
        check("#.#", None);
        check("", None);
        assert_eq!(Pauses::measure(&[0.5; 320]).onset(90_000..90_400), None);
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

    /// The marks of [`sound`]; `^` is the onset of a word that ends with the last of them.
    #[track_caller]
    fn check(drawing: &str, expected: Option<&str>) {
        let samples = sound(drawing);
        let found = Pauses::measure(&samples).onset(0..samples.len() as u64);
        assert_eq!(found, expected.map(at), "{drawing}");
    }

    /// A word, `|`, what follows it; `^` is the offset of the word.
    #[track_caller]
    fn check_end(drawing: &str, expected: Option<&str>) {
        let (word, room) = drawing.split_once('|').expect("two parts");
        let edge = first_sample(word.len());
        let pauses = Pauses::measure(&sound(&[word, room].concat()));
        let found = pauses.offset(0..edge, edge..edge + first_sample(room.len()));
        assert_eq!(found, expected.map(at), "{drawing}");
    }

    fn at(mark: &str) -> u64 {
        first_sample(mark.find('^').expect("a mark"))
    }

    /// Frames of 10 ms: `#` voice, `~` music 20 dB below it, `.` silence.
    fn sound(drawing: &str) -> Vec<f32> {
        let loudness = |mark: char| match mark {
            '#' => 0.3,
            '~' => 0.03,
            _ => 0.0,
        };
        drawing.chars().flat_map(|mark| [loudness(mark); FRAME_LENGTH]).collect()
    }
}
