//! Where a long turn of talk gets a new line, or a new block.
//!
//! On the pages of Libre à lire a turn of some minutes is cut in alinéas of about 90 words,
//! and these are gathered in blocks of one to four. A boundary is a sentence's end that
//! looks like a change of subject; words are never changed, sentences and quotes never cut.

mod boundaries;

use crate::base::{
    speech::{SpeakerId, ends_sentence},
    time::Time,
    transcript::{Opening, Segment, Transcript},
};
use boundaries::{Boundary, boundaries};
use std::collections::HashMap;

/// When a paragraph begins. Weights sum up to the score of a boundary, in `0.0..=1.0`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParagraphSettings {
    /// Weight of the pause before a sentence.
    pub pause_weight: f32,
    /// From so many times the speaker's usual pause between sentences on, one counts in full.
    pub pause_ratio: f64,
    /// That pause of a speaker of whom too few are known.
    pub usual_pause: Time,
    /// How many are enough.
    pub pauses_min: usize,
    /// Weight of a first word that announces something: « Alors », « Par exemple ».
    pub cue_weight: f32,
    /// Weight of a short question before, which its speaker then answers at length.
    pub question_weight: f32,
    /// Words of a question that is short, at most.
    pub question_words: usize,
    /// Weight of a change of vocabulary.
    pub cohesion_weight: f32,
    /// Sentences on each side whose vocabulary is compared.
    pub cohesion_sentences: usize,
    /// Words of an alinéa, at least.
    pub line_min_words: usize,
    /// Words that the alinéas of a turn have about; breaks a tie.
    pub line_usual_words: usize,
    /// An alinéa ends before it has so many words, where a boundary allows it.
    pub line_max_words: usize,
    /// An alinéa is longer than this only for a sentence or a quote that is.
    pub line_longest_words: usize,
    /// What is left of a turn is cut once more from this score on, though it is not too long.
    pub line_score: f32,
    /// Words of a block, at least.
    pub block_min_words: usize,
    /// A block ends before it has so many words.
    pub block_max_words: usize,
    /// From this score on a boundary begins a block.
    pub block_score: f32,
    /// Words of an exclamation that may stand alone, at most.
    pub aside_words: usize,
    /// Pause that it has on both sides, at least, as a share of one that counts in full.
    pub aside_pause: f64,
    /// Words in which a turn takes its leave, at most.
    pub leave_words: usize,
}

impl ParagraphSettings {
    /// As on the pages of Libre à lire.
    pub const PAGE: ParagraphSettings = ParagraphSettings {
        pause_weight: 0.45,
        pause_ratio: 2.5,
        usual_pause: Time::from_millis(480),
        pauses_min: 10,
        cue_weight: 0.30,
        question_weight: 0.10,
        question_words: 8,
        cohesion_weight: 0.15,
        cohesion_sentences: 3,
        line_min_words: 45,
        line_usual_words: 90,
        line_max_words: 160,
        line_longest_words: 200,
        line_score: 0.6,
        block_min_words: 90,
        block_max_words: 390,
        block_score: 0.6,
        aside_words: 12,
        aside_pause: 2.0 / 3.0,
        leave_words: 45,
    };
}

/// Opens lines and blocks in the turns of `transcript`.
///
/// One that has some already keeps them as they are: a person may have set them.
pub(super) fn open(transcript: &mut Transcript, settings: &ParagraphSettings) {
    if transcript.segments.iter().any(|segment| segment.opens != Opening::Nothing) {
        return;
    }
    // A chapter begins a page of its own.
    let chapters: Vec<usize> = transcript.chapters().iter().map(|(at, _)| *at).collect();
    let usual = usual_pauses(transcript, settings);
    let Transcript { segments, is_timed, .. } = transcript;
    let shown = segments.iter_mut().enumerate();
    let mut shown: Vec<(usize, &mut Segment)> =
        shown.filter(|(_, segment)| !segment.text().is_empty()).collect();
    let owner = |segment: &Segment| (segment.likely_speaker(), segment.is_event());
    let goes_on = |one: &(usize, &mut Segment), other: &(usize, &mut Segment)| {
        let begins_one = chapters.iter().any(|at| one.0 < *at && *at <= other.0);
        owner(one.1) == owner(other.1) && !begins_one
    };
    for turn in shown.chunk_by_mut(goes_on) {
        if turn[0].1.is_event() {
            continue;
        }
        let texts: Vec<&Segment> = turn.iter().map(|(_, segment)| &**segment).collect();
        let usual = usual.get(&turn[0].1.likely_speaker()).copied();
        let usual = usual.unwrap_or_else(|| settings.usual_pause.as_secs_f64());
        let sentences = boundaries(&texts, *is_timed, settings.pause_ratio * usual, settings);
        for (first, opens) in openings(&sentences, settings) {
            turn[first].1.opens = opens;
        }
    }
}

/// The median pause of each speaker between two of their sentences, in seconds; not of those who make
/// too few. None is nothing: who pauses for breath alone still pauses.
fn usual_pauses(
    transcript: &Transcript,
    settings: &ParagraphSettings,
) -> HashMap<Option<SpeakerId>, f64> {
    let mut pauses: HashMap<Option<SpeakerId>, Vec<f64>> = HashMap::new();
    let shown = transcript.segments.iter().filter(|segment| !segment.text().is_empty());
    let shown: Vec<&Segment> = shown.collect();
    for two in shown.windows(2) {
        let speaker = two[0].likely_speaker();
        let is_turn = speaker == two[1].likely_speaker() && !two[0].is_event();
        if is_turn && two[0].text().split(' ').next_back().is_some_and(ends_sentence) {
            let pause = two[1].span.start().minus(two[0].span.end()).as_secs_f64();
            pauses.entry(speaker).or_default().push(pause);
        }
    }
    pauses.retain(|_, pauses| pauses.len() >= settings.pauses_min);
    let median = |(speaker, mut pauses): (_, Vec<f64>)| {
        pauses.sort_by(f64::total_cmp);
        let usual = settings.usual_pause.as_secs_f64();
        (speaker, pauses[pauses.len() / 2].clamp(usual / 2.0, usual * 2.0))
    };
    pauses.into_iter().map(median).collect()
}

/// The segments of a turn that open something, and what.
fn openings(sentences: &[Boundary], settings: &ParagraphSettings) -> Vec<(usize, Opening)> {
    let lines = lines(sentences, settings);
    let blocks = blocks(sentences, &lines, settings);
    let opening = |line: &usize| if blocks.contains(line) { Opening::Block } else { Opening::Line };
    lines.iter().map(|line| (sentences[*line].segment, opening(line))).collect()
}

/// Indices of the sentences that begin an alinéa, without the first of the turn.
fn lines(sentences: &[Boundary], settings: &ParagraphSettings) -> Vec<usize> {
    let mut lines = Vec::new();
    let mut start = 0;
    while start < sentences.len() {
        let stands_alone =
            |at: &usize| sentences[*at].is_aside || sentences[*at].is_leave && *at > start;
        let aside = (start..sentences.len()).find(stands_alone);
        let end = match aside {
            Some(at) if at == start => at + 1,
            Some(at) => at,
            None => sentences.len(),
        };
        stretch(sentences, start, end, settings, &mut lines);
        if end < sentences.len() {
            lines.push(end);
        }
        start = end;
    }
    lines
}

/// Adds the lines within the sentences from `start` to `end`.
fn stretch(
    sentences: &[Boundary],
    mut start: usize,
    end: usize,
    settings: &ParagraphSettings,
    lines: &mut Vec<usize>,
) {
    let mut left: usize = sentences[start..end].iter().map(|sentence| sentence.n_words).sum();
    while let Some(next) = next_line(&sentences[start..end], left, settings) {
        left -= sentences[start..start + next].iter().map(|s| s.n_words).sum::<usize>();
        start += next;
        lines.push(start);
    }
}

/// How many of `sentences`, which have `n_words`, stand in the first line; `None` if all do.
fn next_line(
    sentences: &[Boundary],
    n_words: usize,
    settings: &ParagraphSettings,
) -> Option<usize> {
    let mut candidates: Vec<(usize, usize)> = Vec::new();
    let mut before = 0;
    for (at, sentence) in sentences.iter().enumerate() {
        if at > 0 && sentence.may_open {
            candidates.push((at, before));
            // Nothing behind the first boundary that is too far is nearer.
            if before > settings.line_longest_words {
                break;
            }
        }
        before += sentence.n_words;
    }
    let best = |longest: usize, left_min: usize| {
        let fits = |&&(_, words): &&(usize, usize)| {
            (settings.line_min_words..=longest).contains(&words) && n_words - words >= left_min
        };
        candidates.iter().filter(fits).max_by(|(one, words), (other, others)| {
            let distance = |words: usize| words.abs_diff(settings.line_usual_words);
            let score = sentences[*one].score.total_cmp(&sentences[*other].score);
            score.then(distance(*others).cmp(&distance(*words)))
        })
    };
    let even = best(settings.line_max_words, settings.line_min_words);
    if n_words <= settings.line_max_words {
        return even.map(|(at, _)| *at).filter(|at| sentences[*at].score >= settings.line_score);
    }
    even.or_else(|| best(settings.line_longest_words, 0))
        .or_else(|| candidates.iter().rfind(|(_, words)| *words <= settings.line_longest_words))
        .or(candidates.first())
        .map(|(at, _)| *at)
}

/// Those of `lines` that begin a block.
fn blocks(sentences: &[Boundary], lines: &[usize], settings: &ParagraphSettings) -> Vec<usize> {
    let mut blocks = Vec::new();
    // Words before each line, and before the end.
    let mut ends = lines.to_vec();
    ends.push(sentences.len());
    let mut words = Vec::with_capacity(ends.len());
    let (mut from, mut before) = (0, 0);
    for end in &ends {
        before += sentences[from..*end].iter().map(|sentence| sentence.n_words).sum::<usize>();
        words.push(before);
        from = *end;
    }
    let (mut first, mut start) = (0, 0);
    let mut at = 0;
    while at < lines.len() {
        let is_long = words[at] - start >= settings.block_min_words;
        let line = &sentences[lines[at]];
        let block = if line.is_leave || is_long && line.score >= settings.block_score {
            at
        } else if words[at + 1] - start > settings.block_max_words {
            let is_far = |line: &usize| words[*line] - start >= settings.block_min_words;
            let best = (first..=at).filter(is_far).max_by(|one, other| {
                sentences[lines[*one]].score.total_cmp(&sentences[lines[*other]].score)
            });
            best.unwrap_or(at)
        } else {
            at += 1;
            continue;
        };
        blocks.push(lines[block]);
        start = words[block];
        first = block + 1;
        at = first;
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::word::tests::transcript;

    #[test]
    fn a_short_turn_is_one_paragraph() {
        check("30, Alors 30", "30 30");
    }

    #[test]
    fn a_long_turn_is_cut_where_something_new_begins() {
        check("50, 40, Alors 40, 50", "50 40 / 40 50");
        check("50, 40, 40, ~ 50", "50 40 40 / 50");
    }

    #[test]
    fn a_line_is_cut_between_its_bounds() {
        check("100, 100, 100", "100 / 100 / 100");
        check("30, 170, 100", "30 170 / 100");
        check("30, 190, 100", "30 / 190 / 100");
        check("250, 100", "250 / 100");
    }

    #[test]
    fn what_is_left_is_not_too_short() {
        check("60, 90, 20", "60 / 90 20");
    }

    #[test]
    fn a_sentence_that_goes_on_is_not_cut() {
        check("100_, ~ Alors 100", "100 100");
        check("100, ~ alors 100", "100 100");
    }

    #[test]
    fn a_quote_is_not_cut() {
        check("100, « 100, ~ Alors 60», 100", "100 / 100 60 / 100");
        check("100, « 100, 60, 100", "100 / 100 / 60 100");
    }

    #[test]
    fn a_question_stays_with_its_answer() {
        check("90, Pourquoi 3?, ~ Parce 60, 100", "90 / 3 60 / 100");
        check("90, Pourquoi 3?, ~ Cela 3, 100", "90 / 3 3 100");
    }

    #[test]
    fn a_block_begins_at_a_strong_boundary_or_when_it_is_long() {
        check("100, ~ Alors 100, 100", "100 // 100 / 100");
        check("100, 100, 100, Bon 100, 100", "100 / 100 / 100 // 100 / 100");
    }

    #[test]
    fn an_exclamation_between_two_silences_stands_alone() {
        check("30, ~ 2!, ~ 30", "30 / 2 / 30");
        check("30, ~ 2!, 30", "30 2 30");
    }

    #[test]
    fn another_vocabulary_is_a_sign_of_another_subject() {
        let same = transcript(&["0 Un serveur.", "0 Des serveur.", "0 Le serveur."]);
        let other = transcript(&["0 Un serveur.", "0 Des poulets.", "0 Le serveur."]);
        let score = |transcript: &Transcript| {
            let segments: Vec<&Segment> = transcript.segments[..2].iter().collect();
            boundaries(&segments, false, 1.2, &ParagraphSettings::PAGE)[1].score
        };
        assert_eq!((score(&same), score(&other)), (0.0, 0.15));
    }

    #[test]
    fn a_turn_that_takes_its_leave_does_so_in_a_block_of_its_own() {
        let leaving = |n_words: usize, last: &str| {
            let first = "0 ".to_owned() + &"mot ".repeat(n_words) + "fin.";
            let lines = [first.as_str(), last, "0 Bon appétit."];
            let mut transcript = transcript(&lines);
            open(&mut transcript, &ParagraphSettings::PAGE);
            transcript.segments.iter().map(|segment| segment.opens).collect::<Vec<_>>()
        };
        let (nothing, block) = (Opening::Nothing, Opening::Block);
        let leave = "0 Sur ce, je vous dis à la semaine prochaine.";
        assert_eq!(leaving(50, leave), [nothing, block, nothing]);
        assert_eq!(leaving(20, leave), [nothing; 3]);
        assert_eq!(leaving(50, "0 Sur ce, on mange."), [nothing, nothing, block]);
    }

    #[test]
    fn a_pause_is_long_by_what_its_speaker_usually_makes() {
        // Words are 0.1 s apart, `~` is a second: who always makes such pauses says nothing by one.
        let opened = |pause: &str| {
            let short = format!("0 {pause}Mot mot mot mot mot.");
            let last = "0 ~ Alors ".to_owned() + &"mot ".repeat(49) + "mot.";
            let lines: Vec<&str> =
                [short.as_str(); 12].into_iter().chain([last.as_str()]).collect();
            let mut transcript = transcript(&lines);
            open(&mut transcript, &ParagraphSettings::PAGE);
            transcript.segments[12].opens
        };
        assert_eq!((opened(""), opened("~ ")), (Opening::Line, Opening::Nothing));
    }

    #[test]
    fn paragraphs_that_are_there_stay() {
        let mut kept = transcript(&["0 Un.", "0 Deux.", "0 Trois."]);
        kept.segments[1].opens = Opening::Block;
        let before = kept.clone();
        open(&mut kept, &ParagraphSettings::PAGE);
        assert_eq!(kept, before);
    }

    #[test]
    fn an_hour_of_speech_has_some_dozens_of_paragraphs() {
        let sentences: Vec<String> = (0..1_000).map(|n| format!("0 Mot {n} et ça.")).collect();
        let mut hour = transcript(&sentences.iter().map(String::as_str).collect::<Vec<_>>());
        open(&mut hour, &ParagraphSettings::PAGE);
        let n_open = hour.segments.iter().filter(|s| s.opens != Opening::Nothing).count();
        assert!((20..100).contains(&n_open), "{n_open} paragraphs");
    }

    /// `turn` is sentences, by the words that each has: `~` a pause before it, a first word,
    /// a mark behind the number (a full stop without one, `_` for none).
    #[track_caller]
    fn check(turn: &str, expected: &str) {
        let lengths: Vec<&str> = turn.split(", ").map(length).collect();
        let lines: Vec<String> = turn.split(", ").map(line).collect();
        let mut transcript = transcript(&lines.iter().map(String::as_str).collect::<Vec<_>>());
        open(&mut transcript, &ParagraphSettings::PAGE);
        let mut found = String::new();
        for (segment, length) in transcript.segments.iter().zip(lengths) {
            found += match segment.opens {
                Opening::Nothing if found.is_empty() => "",
                Opening::Nothing => " ",
                Opening::Line => " / ",
                Opening::Block => " // ",
            };
            found += length;
        }
        assert_eq!(found, expected);
    }

    fn length(sentence: &str) -> &str {
        let last = sentence.rsplit(' ').next().unwrap();
        last.trim_end_matches(|c: char| !c.is_ascii_digit())
    }

    fn line(sentence: &str) -> String {
        let n_words: usize = length(sentence).parse().unwrap();
        let (head, mark) = sentence.split_once(length(sentence)).unwrap();
        let head = head.replace("« ", "«\u{a0}");
        let head =
            if head.trim_end().ends_with(char::is_alphabetic) { head } else { head + "Mot " };
        let mark = match mark {
            "" => ".",
            "_" => "",
            "»" => ".\u{a0}»",
            other => other,
        };
        format!("0 {}{mark}", (head + &"mot ".repeat(n_words - 1)).trim_end())
    }
}
