//! The announcer: says little, opens or closes, over music, and talks with nobody.

use super::{Evidence, folded, id};
use crate::base::{
    levels::LEVEL_STEP,
    speech::{SpeakerId, Turn},
    time::{Span, Time, fill_pauses, is_inside},
};

/// Most of the talk that an announcer has.
const SHARE_MAX: f64 = 0.25;

/// The same where a sentence of the show's profile was recognised.
const SHARE_MAX_KNOWN: f64 = 0.5;

/// From one turn to the next of the same person within this, they go on.
const PAUSE: Time = Time::from_millis(3_000);

/// Somebody who speaks this soon before or after is in a dialogue.
const ANSWER: Time = Time::from_millis(1_000);

/// How far around a stretch its music is looked for.
const AROUND: Time = Time::from_millis(3_000);

/// Words' ends are in no turn: this much around turns is not silence.
const EDGE: Time = Time::from_millis(200);

/// Sound in the pauses of a voice that is this near to its own level, in decibels, is
/// more than a room.
const NEAR_DB: f64 = 26.0;

/// And this much louder than in the pauses of others.
const ABOVE_DB: f64 = 8.0;

/// Share of a profile's sentence that must be found in what is said.
const SAME: f64 = 0.7;

/// The row of the voix off and how sure it is; those with a name are not asked.
pub(super) fn find(evidence: &Evidence<'_>, names: &[Option<String>]) -> Option<(usize, f32)> {
    let n_speakers = evidence.diarization.voices.len();
    let turns = &evidence.diarization.turns;
    let total: u64 = turns.iter().map(|turn| turn.span.samples()).sum();
    let candidate = |row: usize| -> Option<(usize, f32)> {
        let blocks = blocks(turns, id(row));
        let talk: u64 = own(turns, id(row)).map(|turn| turn.span.samples()).sum();
        let share = talk as f64 / total.max(1) as f64;
        if says_boilerplate(evidence, id(row)) && share <= SHARE_MAX_KNOWN {
            return Some((row, 0.95));
        }
        let fits = n_speakers > 1 && share <= SHARE_MAX && opens_or_closes(turns, id(row));
        if !fits || is_in_dialogue(turns, &blocks, id(row)) {
            return None;
        }
        let music = music_db(evidence, &blocks)?;
        let elsewhere = others_pauses_db(evidence, id(row));
        let above = elsewhere.map_or(ABOVE_DB, |elsewhere| music - elsewhere);
        (music >= -NEAR_DB && above >= ABOVE_DB).then(|| (row, confidence(share, above)))
    };
    let unnamed = (0..n_speakers).filter(|row| names.get(*row).is_none_or(Option::is_none));
    unnamed.filter_map(candidate).max_by(|one, other| one.1.total_cmp(&other.1))
}

fn confidence(share: f64, above_db: f64) -> f32 {
    let sure = 0.6 + (SHARE_MAX - share) + 0.01 * (above_db - ABOVE_DB).clamp(0.0, 15.0);
    ((sure.min(0.95) * 100.0).round() / 100.0) as f32
}

fn own(turns: &[Turn], speaker: SpeakerId) -> impl Iterator<Item = &Turn> {
    turns.iter().filter(move |turn| turn.speaker == speaker)
}

/// Stretches in which a person talks on, nobody else between.
fn blocks(turns: &[Turn], speaker: SpeakerId) -> Vec<Span> {
    let mut blocks: Vec<Span> = Vec::new();
    let mut interrupted = true;
    for turn in turns {
        if turn.speaker != speaker {
            interrupted = true;
            continue;
        }
        match blocks.last_mut() {
            Some(last) if !interrupted && turn.span.start() <= last.end().plus(PAUSE) => {
                let end = last.end().max(turn.span.end());
                *last = Span::new(last.start(), end).unwrap_or(*last);
            }
            _ => blocks.push(turn.span),
        }
        interrupted = false;
    }
    blocks
}

/// Whether the first or the last words of the episode are theirs.
fn opens_or_closes(turns: &[Turn], speaker: SpeakerId) -> bool {
    let last = turns.iter().max_by_key(|turn| turn.span.end());
    [turns.first(), last].into_iter().flatten().any(|turn| turn.speaker == speaker)
}

/// Whether somebody's words are right before and right behind one of their stretches.
fn is_in_dialogue(turns: &[Turn], blocks: &[Span], speaker: SpeakerId) -> bool {
    let others: Vec<Span> =
        turns.iter().filter(|turn| turn.speaker != speaker).map(|turn| turn.span).collect();
    let talks = |start: Time, end: Time| {
        let near = Span::new(start, end);
        near.is_some_and(|near| others.iter().any(|other| other.overlap(near).is_some()))
    };
    blocks.iter().any(|block| {
        talks(block.start().minus(ANSWER), block.start())
            && talks(block.end(), block.end().plus(ANSWER))
    })
}

/// Level of what sounds around and between their words, relative to the words, in
/// decibels; `None` where there are no pauses to listen to.
fn music_db(evidence: &Evidence<'_>, blocks: &[Span]) -> Option<f64> {
    let talk = around(evidence.diarization.turns.iter(), EDGE);
    let near = blocks.iter().filter_map(|block| wide(*block, AROUND)).collect::<Vec<_>>();
    let silent = levels(evidence, &near, |at| !is_inside(&talk, at));
    let spoken = levels(evidence, blocks, |at| is_inside(&talk, at));
    Some(median(silent)? - median(spoken)?)
}

/// The same for everybody else's pauses, far from this person's words.
fn others_pauses_db(evidence: &Evidence<'_>, speaker: SpeakerId) -> Option<f64> {
    let turns = &evidence.diarization.turns;
    let talk = around(turns.iter(), EDGE);
    let theirs = around(own(turns, speaker), AROUND);
    let whole = Span::new(talk.first()?.start(), talk.last()?.end())?;
    let far = |at: Time| !is_inside(&theirs, at);
    let silent = levels(evidence, &[whole], |at| far(at) && !is_inside(&talk, at));
    let spoken = levels(evidence, &[whole], |at| far(at) && is_inside(&talk, at));
    Some(median(silent)? - median(spoken)?)
}

/// Turns with some time on each side, joined where they meet.
fn around<'a>(turns: impl Iterator<Item = &'a Turn>, by: Time) -> Vec<Span> {
    let mut spans: Vec<Span> = turns.filter_map(|turn| wide(turn.span, by)).collect();
    spans.sort();
    fill_pauses(&spans, Time::default())
}

fn wide(span: Span, by: Time) -> Option<Span> {
    Span::new(span.start().minus(by), span.end().plus(by))
}

/// Levels of the steps of `spans` that `wanted` wants, in decibels of full scale.
fn levels(evidence: &Evidence<'_>, spans: &[Span], wanted: impl Fn(Time) -> bool) -> Vec<f64> {
    let step = LEVEL_STEP.samples();
    let mut levels = Vec::new();
    for span in spans {
        let first = span.start().samples().div_ceil(step);
        for index in first..span.end().samples() / step {
            let middle = Time::from_samples(index * step + step / 2);
            let level = evidence.levels_db.get(index as usize);
            levels.extend(level.filter(|_| wanted(middle)).map(|level| -f64::from(*level)));
        }
    }
    levels
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// Whether they say a sentence that the show's profile gives to the announcer.
fn says_boilerplate(evidence: &Evidence<'_>, speaker: SpeakerId) -> bool {
    let own = evidence.segments.iter().filter(|segment| segment.speaker == Some(speaker));
    let text = folded(&own.map(|segment| segment.text()).collect::<Vec<_>>().join(" "));
    let all_words: Vec<&str> = text.split(' ').collect();
    evidence.show.boilerplate.iter().any(|sentence| {
        let sentence = folded(sentence);
        let words: Vec<&str> = sentence.split(' ').collect();
        let enough = |part: &[&str]| common(&words, part) as f64 >= SAME * words.len() as f64;
        // Parts that overlap by a half, so that one holds the whole sentence.
        let parts = all_words.chunks(words.len());
        let starts = (0..parts.len()).map(|part| part * words.len());
        words.len() > 2
            && starts
                .map(|at| &all_words[at..all_words.len().min(at + 2 * words.len())])
                .any(enough)
    })
}

/// Words of the longest common subsequence.
fn common(one: &[&str], other: &[&str]) -> usize {
    let mut row = vec![0; other.len() + 1];
    for word in one {
        let mut diagonal = 0;
        for (at, theirs) in other.iter().enumerate() {
            let above = row[at + 1];
            row[at + 1] = if word == theirs { diagonal + 1 } else { above.max(row[at]) };
            diagonal = above;
        }
    }
    row[other.len()]
}
