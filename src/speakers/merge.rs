//! Speaker attribution: the words of the recogniser meet the turns of the diarization.
//!
//! Two clocks meet here and neither is exact: words begin some 150 ms off, turns end
//! inside of breaths. So no word is attributed alone; the sequence of speakers with the
//! least cost is taken, by Viterbi's algorithm. A word costs the part of it in which its
//! speaker is silent; a change of speaker costs little after a sentence or a pause, and
//! much inside a phrase. That moves changes to where people make them, keeps a short
//! « oui » that stands alone, and lets no interjection steal the word it covers.

use crate::base::{
    speech::{SpeakerId, Turn, Word},
    time::{Span, Time},
};

/// What a change of speaker costs, in seconds of speech given to the wrong one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MergeSettings {
    /// After the end of a sentence, or a long pause.
    pub after_sentence: f32,
    /// After a comma, or a short pause.
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

/// What a second of distance to a turn costs, for a word outside all turns.
const DISTANCE_COST: f32 = 0.2;

/// The speaker of each word; `None` for those far from every turn.
///
/// `words` are sorted and disjoint, `turns` sorted by start and may overlap. Of equal
/// sequences the one with the lower ids is taken.
pub fn speakers_of(
    words: &[Word],
    turns: &[Turn],
    settings: &MergeSettings,
) -> Vec<Option<SpeakerId>> {
    let speech = spans_by_speaker(turns);
    let costs: Vec<Vec<f32>> =
        words.iter().map(|word| emission_costs(word.span, &speech)).collect();
    let path = viterbi(words, &costs, settings);
    let is_near =
        |word: &Word| speech.iter().any(|spans| distance(word.span, spans) <= settings.reach);
    words
        .iter()
        .zip(path)
        .map(|(word, speaker)| is_near(word).then_some(SpeakerId(speaker as u16)))
        .collect()
}

/// The spans of each speaker, by number, sorted and disjoint.
fn spans_by_speaker(turns: &[Turn]) -> Vec<Vec<Span>> {
    let n_speakers = turns.iter().map(|turn| usize::from(turn.speaker.0) + 1).max().unwrap_or(0);
    let mut spans = vec![Vec::new(); n_speakers];
    for turn in turns {
        spans[usize::from(turn.speaker.0)].push(turn.span);
    }
    spans
}

/// What it costs to give a word to each speaker, in seconds.
fn emission_costs(word: Span, speech: &[Vec<Span>]) -> Vec<f32> {
    let length = word.length().as_secs_f32();
    let covered: Vec<f32> = speech.iter().map(|spans| covered_s(word, spans)).collect();
    if covered.iter().all(|covered| *covered <= 0.0) {
        let distance_s = |spans: &Vec<Span>| distance(word, spans).as_secs_f64() as f32;
        return speech.iter().map(|spans| DISTANCE_COST * distance_s(spans).min(5.0)).collect();
    }
    covered.iter().map(|covered| length - covered).collect()
}

/// Seconds of `word` covered by `spans`.
fn covered_s(word: Span, spans: &[Span]) -> f32 {
    let first = spans.partition_point(|span| span.end() <= word.start());
    let near = spans[first..].iter().take_while(|span| span.start() < word.end());
    near.filter_map(|span| span.overlap(word)).map(|part| part.length().as_secs_f32()).sum()
}

/// From `word` to the nearest of `spans`; none where they touch or overlap.
fn distance(word: Span, spans: &[Span]) -> Time {
    let next = spans.partition_point(|span| span.end() <= word.start());
    let after = spans.get(next).map(|span| span.start().minus(word.end()));
    let before = next.checked_sub(1).map(|last| word.start().minus(spans[last].end()));
    after.into_iter().chain(before).min().unwrap_or(Time::from_samples(u64::MAX / 2))
}

/// The sequence of speakers with the least cost, one for each word, by Viterbi's algorithm. All
/// changes cost the same, so that a change can only come from the cheapest speaker before it.
fn viterbi(words: &[Word], costs: &[Vec<f32>], settings: &MergeSettings) -> Vec<usize> {
    let n_speakers = costs.first().map_or(0, Vec::len);
    if n_speakers == 0 {
        return vec![0; words.len()];
    }
    let mut total = costs[0].clone();
    let mut backpointers: Vec<Vec<usize>> = Vec::with_capacity(words.len());
    for (pair, costs) in words.windows(2).zip(&costs[1..]) {
        let change = transition_cost(&pair[0], &pair[1], settings);
        let best = argmin(&total);
        let previous: Vec<usize> = (0..n_speakers)
            .map(|speaker| if total[speaker] <= total[best] + change { speaker } else { best })
            .collect();
        let cost_before = |speaker: usize| match previous[speaker] == speaker {
            true => total[speaker],
            false => total[best] + change,
        };
        total = (0..n_speakers).map(|speaker| cost_before(speaker) + costs[speaker]).collect();
        backpointers.push(previous);
    }
    let mut path = vec![argmin(&total); words.len()];
    for (index, previous) in backpointers.iter().enumerate().rev() {
        path[index] = previous[path[index + 1]];
    }
    path
}

/// The index of the least cost; the first of equal ones.
fn argmin(costs: &[f32]) -> usize {
    let costs = costs.iter().enumerate();
    costs.min_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(index, _)| index)
}

/// What a change of speaker costs between `word` and `next`.
fn transition_cost(word: &Word, next: &Word, settings: &MergeSettings) -> f32 {
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
