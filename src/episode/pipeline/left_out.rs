//! What is spoken and has no word.
//!
//! Regions bridge pauses and have margins: a word at their edges is missing everywhere. Turns
//! have neither. So speech is missed where somebody has the turn and no word lies. What of a
//! region has no turn for longer than that may be speech that nobody was told apart in.

use crate::{
    base::{
        speech::{SpeakerId, Turn},
        time::{Span, Time, fill_pauses, without},
        transcript::LeftOut,
    },
    speakers::diarize::Speech,
};

/// Talk without a word that counts as missed: less is a drawn-out vowel, a breath, or how far
/// words and turns are off.
const TALK_MIN: Time = Time::from_millis(500);

/// From here on somebody surely talks. Over noise, turns go on through the pauses at commas: in
/// 14 minutes of dialogues these last up to 0.62 s.
const SURE_MIN: Time = Time::from_millis(800);

/// Silences up to this long part no talk without a word in two.
const PAUSE: Time = Time::from_millis(1_000);

/// Part of a region without a turn that counts: shorter ones are the pauses that it bridges and
/// its margins, in 17 minutes of dialogue up to 1.47 s.
const TURNLESS_MIN: Time = Time::from_millis(1_500);

/// A stretch of talk, and whose.
type Talk = (Span, Option<SpeakerId>);

/// What of `speech` and `turns` is in none of `words`, and what was not given to the recogniser;
/// sorted by start. `turns` are sorted by start, `words` in no order that matters.
pub(super) fn left_out(speech: &Speech, turns: &[Turn], mut words: Vec<Span>) -> Vec<LeftOut> {
    words.sort();
    let words = fill_pauses(&words, Time::default());
    let talk = talk(&speech.regions, turns);
    let mut missed: Vec<LeftOut> = Vec::new();
    let unsaid = unsaid(&talk, &words);
    for stretch in unsaid.chunk_by(|one, next| is_one(one.0, next.0, &words)) {
        if length(stretch) >= TALK_MIN.samples() {
            by_speaker(stretch, &mut missed);
        }
    }
    missed.extend(doubtful(speech));
    missed.sort_by_key(|one| one.span);
    missed
}

/// What was not given to the recogniser although it may be speech.
pub(super) fn doubtful(speech: &Speech) -> Vec<LeftOut> {
    let perhaps = |&span: &Span| LeftOut { span, is_spoken: false, speaker: None };
    speech.doubtful.iter().map(perhaps).collect()
}

/// Who talks when, without overlap: of several at once, whoever began. Of `regions`, nobody does
/// where long enough no turn is.
fn talk(regions: &[Span], turns: &[Turn]) -> Vec<Talk> {
    let mut talk: Vec<Talk> = Vec::new();
    let mut free_from = Time::default();
    for turn in turns {
        let own = Span::new(turn.span.start().max(free_from), turn.span.end());
        talk.extend(own.map(|span| (span, Some(turn.speaker))));
        free_from = free_from.max(turn.span.end());
    }
    let turnless = without(regions, &spans(&talk));
    let turnless = turnless.into_iter().filter(|span| span.samples() >= TURNLESS_MIN.samples());
    talk.extend(turnless.map(|span| (span, None)));
    talk.sort();
    talk
}

/// The parts of `talk` in which no word lies.
fn unsaid(talk: &[Talk], words: &[Span]) -> Vec<Talk> {
    let mut unsaid = Vec::new();
    let mut around = talk.iter().peekable();
    for span in without(&spans(talk), words) {
        while around.next_if(|(whole, _)| whole.end() <= span.start()).is_some() {}
        unsaid.extend(around.peek().map(|(_, speaker)| (span, *speaker)));
    }
    unsaid
}

/// Whether two stretches, one behind the other, are one: no word between them, nor a long pause.
fn is_one(one: Span, next: Span, words: &[Span]) -> bool {
    let Some(pause) = Span::new(one.end(), next.start()) else { return true };
    let behind = words.partition_point(|word| word.end() <= pause.start());
    let is_said = words.get(behind).is_some_and(|word| word.overlap(pause).is_some());
    pause.samples() <= PAUSE.samples() && !is_said
}

/// Adds a stretch to `missed`, a part for each who talks. One who talks for too short goes with
/// whoever is next to them.
fn by_speaker(stretch: &[Talk], missed: &mut Vec<LeftOut>) {
    let first = missed.len();
    let mut is_last_enough = false;
    for run in stretch.chunk_by(|one, next| one.1 == next.1) {
        let (start, end) = (run[0].0.start(), run[run.len() - 1].0.end());
        let (speaker, is_enough) = (run[0].1, length(run) >= TALK_MIN.samples());
        match missed[first..].last_mut() {
            Some(last) if !is_enough || !is_last_enough || last.speaker == speaker => {
                last.span = Span::new(last.span.start(), end).unwrap_or(last.span);
                last.speaker = if is_last_enough { last.speaker } else { speaker };
                is_last_enough |= is_enough;
            }
            _ => {
                let span = Span::new(start, end).unwrap_or(run[0].0);
                missed.push(LeftOut { span, is_spoken: false, speaker });
                is_last_enough = is_enough;
            }
        }
    }
    let is_sure = length(stretch) >= SURE_MIN.samples();
    for one in &mut missed[first..] {
        one.is_spoken = is_sure && one.speaker.is_some();
    }
}

fn spans(talk: &[Talk]) -> Vec<Span> {
    talk.iter().map(|(span, _)| *span).collect()
}

/// Samples of `talk`.
fn length(talk: &[Talk]) -> u64 {
    talk.iter().map(|(span, _)| span.samples()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn talk_without_a_word_is_missed_wherever_it_is_in_a_turn() {
        check(
            r"
            turns  0000000000000000000000
            words  #####.......##########
            missed .....aaaaaaa..........
            ",
        );
        check(
            r"
            turns  0000000000000000000000
            words  .......####...........
            missed aaaaaaa....00000000000
            ",
        );
    }

    #[test]
    fn a_breath_and_a_pause_between_turns_are_not() {
        check(
            r"
            regions ######################
            turns   000000......0000000000
            words   #####.........####.###
            missed  ......................
            ",
        );
    }

    #[test]
    fn short_parts_around_a_breath_are_one_stretch() {
        check(
            r"
            turns  0000..000.0000
            words  ##..........##
            missed ..aaaaaaaaaa..
            ",
        );
        check(
            r"
            turns  0000..0.0.0000
            words  ##...#......##
            missed ..............
            ",
        );
    }

    #[test]
    fn each_who_talks_without_a_word_has_a_stretch() {
        check(
            r"
            turns  000000000011111111111
            words  ####..............###
            missed ....00000011111111...
            ",
        );
        check(
            r"
            turns  000000011111111111111
            words  ####..............###
            missed ....11111111111111...
            ",
        );
    }

    #[test]
    fn where_nobody_was_told_apart_a_region_without_a_word_may_be_speech() {
        check(
            r"
            regions ################....####
            words   ........................
            missed  ????????????????........
            ",
        );
    }

    /// One column is 100 ms; digits are speakers, letters those who perhaps pause, `?` is
    /// perhaps nobody.
    #[track_caller]
    fn check(drawing: &str) {
        let row = |label: &str| {
            let mut rows = drawing.lines().filter_map(|row| row.trim().strip_prefix(label));
            rows.next().unwrap_or_default().trim().to_owned()
        };
        let at = |column: usize| Time::from_millis(100 * column as u64);
        let runs = |label: &str| {
            let row = row(label).into_bytes();
            let mut runs: Vec<(Span, u8)> = Vec::new();
            for (column, &mark) in row.iter().enumerate().filter(|(_, mark)| **mark != b'.') {
                let span = Span::new(at(column), at(column + 1)).unwrap();
                match runs.last_mut() {
                    Some((last, before)) if *before == mark && last.end() == span.start() => {
                        *last = Span::new(last.start(), span.end()).unwrap();
                    }
                    _ => runs.push((span, mark)),
                }
            }
            runs
        };
        let plain = |label| runs(label).into_iter().map(|(span, _)| span).collect::<Vec<_>>();
        let turn = |(span, mark)| Turn::new(SpeakerId(u16::from(mark - b'0')), span);
        let turns: Vec<Turn> = runs("turns").into_iter().map(turn).collect();
        let speech = Speech { regions: plain("regions"), doubtful: Vec::new() };
        let missed = left_out(&speech, &turns, plain("words"));
        let expected = runs("missed").into_iter().map(|(span, mark)| LeftOut {
            span,
            is_spoken: mark.is_ascii_digit(),
            speaker: match mark {
                b'0'..=b'9' => Some(SpeakerId(u16::from(mark - b'0'))),
                b'a'..=b'z' => Some(SpeakerId(u16::from(mark - b'a'))),
                _ => None,
            },
        });
        assert_eq!(missed, expected.collect::<Vec<_>>(), "{drawing}");
    }
}
