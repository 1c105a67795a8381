//! How much each sentence of a turn looks like the beginning of a paragraph.

use super::ParagraphSettings;
use crate::{
    base::{
        common_words::is_common, french::ANSWERS, speech::ends_sentence, time::Time,
        transcript::Segment,
    },
    text::word,
};
use std::collections::HashMap;

/// A sentence of a turn, and the boundary before it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Boundary {
    /// Index of its first segment.
    pub(super) segment: usize,
    /// Its words, without marks that stand alone.
    pub(super) n_words: usize,
    /// Whether a line may begin with it.
    pub(super) may_open: bool,
    /// How much it looks like a beginning, in `0.0..=1.0`.
    pub(super) score: f32,
    /// Whether it may stand alone: an exclamation between two silences.
    pub(super) is_aside: bool,
    /// Whether the turn takes its leave from here on.
    pub(super) is_leave: bool,
}

/// What people say when they go.
const LEAVES: &[&str] = &[
    "à bientôt",
    "à demain",
    "à la prochaine",
    "à la semaine prochaine",
    "à très bientôt",
    "au revoir",
    "bon appétit",
    "bonne journée",
    "bonne soirée",
    "c'est tout pour",
    "je m'arrête là",
    "je vous dis à",
    "prenez soin de vous",
];

/// First words that announce something new. In lower case, as [`word::bare`] gives words.
const CUES: &[&str] = &[
    "alors",
    "donc",
    "par exemple",
    "autre point",
    "une fois",
    "ça m'amène",
    "en fait",
    "mais",
    "bon",
    "ensuite",
    "enfin",
    "premièrement",
    "deuxièmement",
    "troisièmement",
    "quatrièmement",
    "la seule différence",
    "sur ce",
    "voilà",
    "d'ailleurs",
    "qu'est-ce que",
    "qu'est-ce qui",
    "pourquoi",
    "et puis",
];

/// A sentence before it is compared with its neighbours.
struct Sentence {
    segment: usize,
    words: Vec<String>,
    start: Time,
    end: Time,
    last: char,
    is_capital: bool,
    /// « Là, » announces something; « Là où » does not.
    has_first_comma: bool,
    is_inside_quote: bool,
}

/// The sentences of a turn, which is not empty; from `long_pause` on a pause of its speaker counts in
/// full. Without times there are no pauses.
pub(super) fn boundaries(
    turn: &[&Segment],
    is_timed: bool,
    long_pause: f64,
    settings: &ParagraphSettings,
) -> Vec<Boundary> {
    let sentences = sentences(turn);
    let leave = leave(&sentences, settings);
    let drops = cohesion_drops(&sentences, settings.cohesion_sentences);
    let pause = |at: usize| match at.checked_sub(1) {
        Some(before) if is_timed && at < sentences.len() => {
            sentences[at].start.minus(sentences[before].end)
        }
        _ => Time::default(),
    };
    let pause = |at: usize| pause(at).as_secs_f64() / long_pause;
    let boundary = |(at, sentence): (usize, &Sentence)| {
        let before = at.checked_sub(1).map(|before| &sentences[before]);
        let is_question = before.is_some_and(|before| {
            before.last == '?' && before.words.len() <= settings.question_words
        });
        let is_answer = is_question
            && (sentence.words.len() <= settings.question_words
                || sentence.words.first().is_some_and(|word| begins_answer(word)));
        let weight = |weight: f32, is_there: bool| if is_there { weight } else { 0.0 };
        let score = settings.pause_weight * pause(at).min(1.0) as f32
            + weight(settings.cue_weight, is_cue(sentence))
            + weight(settings.question_weight, is_question)
            + settings.cohesion_weight * drops[at];
        let is_free = |at: usize| sentences.get(at).is_some_and(|next| !next.is_inside_quote);
        let is_aside = at > 0
            && sentence.last == '!'
            && sentence.words.len() <= settings.aside_words
            && [at, at + 1].into_iter().all(|at| is_free(at) && pause(at) >= settings.aside_pause);
        let may_open = sentence.is_capital && !sentence.is_inside_quote && !is_answer;
        Boundary {
            segment: sentence.segment,
            n_words: sentence.words.len(),
            may_open,
            score,
            is_aside,
            is_leave: may_open && leave == Some(at),
        }
    };
    sentences.iter().enumerate().map(boundary).collect()
}

/// The sentence with which a turn takes its leave: the first one near its end that says so, where a
/// line is before it.
fn leave(sentences: &[Sentence], settings: &ParagraphSettings) -> Option<usize> {
    let mut n_words = 0;
    let is_near = |sentence: &&Sentence| {
        n_words += sentence.words.len();
        n_words <= settings.leave_words
    };
    let n_near = sentences.iter().rev().take_while(is_near).count();
    let takes_leave = |sentence: &Sentence| {
        let words = format!(" {} ", sentence.words.join(" "));
        LEAVES.iter().any(|leave| words.contains(&format!(" {leave} ")))
    };
    let is_line = |at: usize| {
        let before = sentences[..at].iter().map(|sentence| sentence.words.len());
        before.sum::<usize>() >= settings.line_min_words
    };
    let found = (sentences.len() - n_near..sentences.len()).find(|at| takes_leave(&sentences[*at]));
    found.filter(|at| is_line(*at))
}

/// Whether an answer to a question of its own speaker begins with `word`.
fn begins_answer(word: &str) -> bool {
    word == "parce" || ANSWERS.contains(&word)
}

/// Segments joined up to where a sentence ends.
fn sentences(turn: &[&Segment]) -> Vec<Sentence> {
    let inside = inside_quotes(turn);
    let mut sentences: Vec<Sentence> = Vec::new();
    let mut is_open = false;
    for (at, segment) in turn.iter().enumerate() {
        let text = segment.text();
        let shown = segment.words.iter().filter(|word| word.dropped.is_none());
        let words = shown.map(|word| word::bare(&word.text)).filter(|word| !word.is_empty());
        let last = text.chars().rfind(|c| !"»\"”)\u{a0}\u{202f}".contains(*c)).unwrap_or(' ');
        let first_word = text.split(' ').next().unwrap_or_default();
        // A lower-case letter goes on with the sentence before, whatever its mark was.
        let goes_on = text.chars().find(|c| c.is_alphanumeric()).is_some_and(char::is_lowercase);
        match sentences.last_mut() {
            Some(sentence) if is_open || goes_on => {
                sentence.words.extend(words);
                sentence.end = segment.span.end();
                sentence.last = last;
            }
            _ => sentences.push(Sentence {
                segment: at,
                words: words.collect(),
                start: segment.span.start(),
                end: segment.span.end(),
                last,
                is_capital: !goes_on,
                has_first_comma: first_word.ends_with(','),
                is_inside_quote: inside[at],
            }),
        }
        is_open = !text.rsplit(' ').next().is_some_and(ends_sentence);
    }
    sentences
}

/// Whether each segment begins inside « ». A quote that is never closed is none.
fn inside_quotes(turn: &[&Segment]) -> Vec<bool> {
    let mut inside = vec![false; turn.len()];
    let mut opened: Option<usize> = None;
    for (at, segment) in turn.iter().enumerate() {
        let words = segment.words.iter().filter(|word| word.dropped.is_none());
        for mark in words.flat_map(|word| word.text.chars()) {
            match (mark, opened) {
                ('«', _) => opened = Some(at),
                ('»', Some(start)) => {
                    inside[(start + 1).min(at)..at].fill(true);
                    inside[at] |= at > start;
                    opened = None;
                }
                _ => (),
            }
        }
    }
    inside
}

fn is_cue(sentence: &Sentence) -> bool {
    let words = &sentence.words;
    let starts = |cue: &&str| {
        cue.split(' ').enumerate().all(|(at, part)| words.get(at).is_some_and(|w| w == part))
    };
    let is_la = sentence.has_first_comma && words.first().is_some_and(|word| word == "là");
    // « Qu'est-ce qu'on fait » elides what the list has whole.
    let is_elided = words.first().is_some_and(|word| word == "qu'est-ce");
    is_la || is_elided || CUES.iter().any(starts)
}

/// How little the sentences on both sides of each boundary have in common: from 0.0, the
/// same words, to 1.0. Words that everybody says do not count; without others it is 0.0.
fn cohesion_drops(sentences: &[Sentence], n_sides: usize) -> Vec<f32> {
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let rare: Vec<Vec<usize>> = sentences
        .iter()
        .map(|sentence| {
            let words = sentence.words.iter().map(|word| {
                word.split_once('\'').map_or(word.as_str(), |(_, elided_from)| elided_from)
            });
            let rare = words.filter(|word| !is_common(word));
            rare.map(|word| {
                let next = numbers.len();
                *numbers.entry(word).or_insert(next)
            })
            .collect()
        })
        .collect();
    let bag = |sentences: &[Vec<usize>]| {
        let mut bag: HashMap<usize, f32> = HashMap::new();
        sentences.iter().flatten().for_each(|word| *bag.entry(*word).or_default() += 1.0);
        bag
    };
    let drop = |at: usize| {
        let left = bag(&rare[at.saturating_sub(n_sides)..at]);
        let right = bag(&rare[at..rare.len().min(at + n_sides)]);
        let square = |bag: &HashMap<usize, f32>| bag.values().map(|n| n * n).sum::<f32>();
        let norm = (square(&left) * square(&right)).sqrt();
        let shared: f32 = left.iter().map(|(word, n)| n * right.get(word).unwrap_or(&0.0)).sum();
        if norm > 0.0 { 1.0 - (shared / norm).min(1.0) } else { 0.0 }
    };
    (0..sentences.len()).map(drop).collect()
}
