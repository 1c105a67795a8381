//! Who said which word.
//!
//! Two clocks meet here and neither is exact: words begin some 150 ms off, turns end
//! inside of breaths. So words are not asked one by one. The cheapest reading of a
//! whole stretch is taken: a word costs the part of it in which its speaker is silent,
//! a change of speaker costs little behind a sentence or a pause and much inside a
//! phrase. That moves changes to where people make them, keeps a short « oui » that
//! stands alone, and lets no interjection steal the word it covers.

use crate::base::{
    speech::{SpeakerId, Turn, Word},
    time::{Span, Time},
};

/// What a change of speaker costs, in seconds of speech given to the wrong one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MergeSettings {
    /// Behind the end of a sentence, or a long pause.
    pub after_sentence: f32,
    /// Behind a comma, or a short pause.
    pub after_clause: f32,
    /// Anywhere else.
    pub within: f32,
    /// From here on a pause counts as a clause's end.
    pub short_pause: Time,
    /// From here on a pause counts as a sentence's end.
    pub long_pause: Time,
    /// A word farther than this from every turn is nobody's.
    pub reach: Time,
}

impl MergeSettings {
    /// What suits the words of Whisper and the turns of `diarize`.
    pub const PODCAST: MergeSettings = MergeSettings {
        after_sentence: 0.1,
        after_clause: 0.3,
        within: 0.8,
        short_pause: Time::from_millis(250),
        long_pause: Time::from_millis(700),
        reach: Time::from_millis(1_500),
    };
}

/// What a second of distance costs, for a word said while nobody talks.
const DISTANCE: f32 = 0.2;

/// The speaker of each word; `None` for those far from every turn.
///
/// `words` are sorted and disjoint, `turns` sorted by start and may overlap. Of equal
/// readings the one with the lower ids is taken.
pub fn speakers_of(
    words: &[Word],
    turns: &[Turn],
    settings: &MergeSettings,
) -> Vec<Option<SpeakerId>> {
    let talk = talk(turns);
    let costs: Vec<Vec<f32>> = words.iter().map(|word| costs(word.span, &talk)).collect();
    let path = cheapest(words, &costs, settings);
    let near = |word: &Word| talk.iter().any(|spans| distance(word.span, spans) <= settings.reach);
    let name = |(word, row): (&Word, usize)| near(word).then_some(SpeakerId(row as u16));
    words.iter().zip(path).map(name).collect()
}

/// The spans of each speaker, by number, sorted and disjoint.
fn talk(turns: &[Turn]) -> Vec<Vec<Span>> {
    let n_speakers = turns.iter().map(|turn| usize::from(turn.speaker.0) + 1).max().unwrap_or(0);
    let mut talk = vec![Vec::new(); n_speakers];
    for turn in turns {
        talk[usize::from(turn.speaker.0)].push(turn.span);
    }
    talk
}

/// What it costs to give a word to each speaker, in seconds.
fn costs(word: Span, talk: &[Vec<Span>]) -> Vec<f32> {
    let length = word.length().as_secs_f32();
    let covered: Vec<f32> = talk.iter().map(|spans| covered(word, spans)).collect();
    if covered.iter().all(|covered| *covered <= 0.0) {
        let far = |spans: &Vec<Span>| distance(word, spans).as_secs_f64() as f32;
        return talk.iter().map(|spans| DISTANCE * far(spans).min(5.0)).collect();
    }
    covered.iter().map(|covered| length - covered).collect()
}

/// Seconds of `word` in which somebody with these turns talks.
fn covered(word: Span, spans: &[Span]) -> f32 {
    let first = spans.partition_point(|span| span.end() <= word.start());
    let near = spans[first..].iter().take_while(|span| span.start() < word.end());
    near.filter_map(|span| span.overlap(word)).map(|part| part.length().as_secs_f32()).sum()
}

/// From `word` to the nearest of these turns; none where they meet.
fn distance(word: Span, spans: &[Span]) -> Time {
    let next = spans.partition_point(|span| span.end() <= word.start());
    let behind = spans.get(next).map(|span| span.start().minus(word.end()));
    let before = next.checked_sub(1).map(|last| word.start().minus(spans[last].end()));
    behind.into_iter().chain(before).min().unwrap_or(Time::from_samples(u64::MAX / 2))
}

/// The speaker of each word in the cheapest reading: Viterbi's algorithm, in which only
/// the cheapest speaker before a word is worth a change.
fn cheapest(words: &[Word], costs: &[Vec<f32>], settings: &MergeSettings) -> Vec<usize> {
    let n_speakers = costs.first().map_or(0, Vec::len);
    if n_speakers == 0 {
        return vec![0; words.len()];
    }
    let mut total = costs[0].clone();
    let mut came_from: Vec<Vec<usize>> = Vec::with_capacity(words.len());
    for (pair, costs) in words.windows(2).zip(&costs[1..]) {
        let change = change_cost(&pair[0], &pair[1], settings);
        let best = lowest(&total);
        let from: Vec<usize> = (0..n_speakers)
            .map(|row| if total[row] <= total[best] + change { row } else { best })
            .collect();
        let step = |row: usize| if from[row] == row { total[row] } else { total[best] + change };
        total = (0..n_speakers).map(|row| step(row) + costs[row]).collect();
        came_from.push(from);
    }
    let mut path = vec![lowest(&total); words.len()];
    for (index, from) in came_from.iter().enumerate().rev() {
        path[index] = from[path[index + 1]];
    }
    path
}

fn lowest(costs: &[f32]) -> usize {
    let costs = costs.iter().enumerate();
    costs.min_by(|one, other| one.1.total_cmp(other.1)).map_or(0, |(row, _)| row)
}

fn change_cost(word: &Word, next: &Word, settings: &MergeSettings) -> f32 {
    let pause = next.span.start().minus(word.span.end());
    let bare = word.text.trim_end_matches(['»', '"', '”', ')', '\u{a0}', '\u{202f}']);
    if bare.ends_with(['.', '?', '!', '…']) || pause >= settings.long_pause {
        settings.after_sentence
    } else if bare.ends_with([',', ';', ':']) || pause >= settings.short_pause {
        settings.after_clause
    } else {
        settings.within
    }
}
