//! TextGrid, for Praat: two tiers a person, segments and words.

use super::{Note, end, seconds, tiers};
use crate::base::transcript::Transcript;

/// The transcript as a TextGrid in its long form. Intervals fill each tier: silence is one
/// without text.
pub(in crate::formats) fn textgrid(transcript: &Transcript) -> String {
    let tiers = tiers(transcript);
    let end = end(transcript, &tiers);
    let mut lines = Vec::new();
    for tier in tiers {
        let words = format!("{} - mots", tier.name);
        lines.extend([(tier.name, tier.segments), (words, tier.words)]);
    }
    let mut grid = format!(
        "File type = \"ooTextFile\"\nObject class = \"TextGrid\"\n\nxmin = 0\nxmax = {}\n\
         tiers? <exists>\nsize = {}\nitem []:\n",
        seconds(end),
        lines.len()
    );
    for (index, (name, notes)) in lines.into_iter().enumerate() {
        tier(&mut grid, index + 1, &name, &filled(notes, end));
    }
    grid
}

fn tier(grid: &mut String, number: usize, name: &str, intervals: &[Note]) {
    let (end, count) = (intervals.last().map_or(0, |last| last.end), intervals.len());
    let name = quoted(name);
    *grid += &format!(
        "    item [{number}]:\n        class = \"IntervalTier\"\n        name = {name}\n        \
         xmin = 0\n        xmax = {}\n        intervals: size = {count}\n",
        seconds(end)
    );
    for (index, interval) in intervals.iter().enumerate() {
        let Note { start, end, text } = interval;
        let (number, start, end) = (index + 1, seconds(*start), seconds(*end));
        *grid += &format!(
            "        intervals [{number}]:\n            xmin = {start}\n            xmax = {end}\n            \
             text = {}\n",
            quoted(text)
        );
    }
}

/// `notes` with the silence between them, from 0 to `end`.
fn filled(notes: Vec<Note>, end: u64) -> Vec<Note> {
    let mut filled: Vec<Note> = Vec::new();
    let mut at = 0;
    let last = Note { start: end, end, text: String::new() };
    for note in notes.into_iter().chain([last]) {
        if at < note.start {
            filled.push(Note { start: at, end: note.start, text: String::new() });
        }
        at = note.end;
        filled.extend((note.start < note.end).then_some(note));
    }
    filled
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tier_is_filled_from_the_first_second_to_the_last() {
        check(&[], "0-9:");
        check(&[(2, 4), (4, 5)], "0-2: 2-4:é 4-5:é 5-9:");
        check(&[(0, 9)], "0-9:é");
    }

    #[test]
    fn a_quote_inside_a_text_does_not_end_it() {
        assert_eq!(quoted("dit \"oui\" non"), "\"dit \"\"oui\"\" non\"");
    }

    #[track_caller]
    fn check(said: &[(u64, u64)], expected: &str) {
        let note = |&(start, end): &(u64, u64)| Note { start, end, text: "é".to_owned() };
        let filled = filled(said.iter().map(note).collect(), 9);
        let shown = |note: &Note| format!("{}-{}:{}", note.start, note.end, note.text);
        assert_eq!(filled.iter().map(shown).collect::<Vec<_>>().join(" "), expected);
    }
}
