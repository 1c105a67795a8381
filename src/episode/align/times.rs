//! When the words of a page are said.

use super::matches::Matches;
use crate::base::{speech::Word, time::Time, transcript::LeftOut};
use std::ops::Range;

/// Letters said in a second, where nothing tells how long words last.
pub(super) const PER_SECOND: u64 = 15;

/// Words said in a second, at a quiet pace.
const WORDS_A_SECOND: f64 = 2.5;

/// So many times as many words as are on the page in their place are not said in other words: nobody
/// wrote them.
const OTHER_WORDS_MAX: usize = 3;

/// Of so many words of a page at least one was heard in their place, or they were not said.
const SAID_MIN: f64 = 0.4;

/// Of the words of a sentence that is said, this share at least is the same.
const SAME_MIN: f64 = 0.2;

/// When a word is said, how surely, and whether that was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Timed {
    pub(super) start: Time,
    pub(super) end: Time,
    pub(super) is_timed: bool,
    /// Whether it was measured by force.
    pub(super) is_forced: bool,
    pub(super) probability: Option<f32>,
}

impl Timed {
    const NONE: Timed = Timed {
        start: Time::from_millis(0),
        end: Time::from_millis(0),
        is_timed: false,
        is_forced: false,
        probability: None,
    };
}

/// A sentence of the page.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sentence {
    pub(super) words: Range<usize>,
    /// Index of its paragraph.
    pub(super) paragraph: usize,
    /// Whether anybody says it.
    pub(super) is_said: bool,
}

/// A run of words of the page that were not heard, between two that were.
struct Gap {
    page: Range<usize>,
    /// What was heard in their place.
    heard: Range<usize>,
    /// When the word before ends, and the one behind begins, where there is one.
    between: (Option<Time>, Option<Time>),
}

/// What both sides say.
pub(super) struct Sides<'a> {
    pub(super) page: &'a [&'a Word],
    pub(super) heard: &'a [&'a Word],
    /// What sounds like speech and has no word, sorted.
    pub(super) left_out: &'a [LeftOut],
}

impl Sides<'_> {
    /// The gaps of the page, in order. A gap ends where what is heard does not go on: its paragraph,
    /// or the one before, is said elsewhere.
    fn gaps(&self, matches: &Matches, sentences: &[Sentence]) -> Vec<Gap> {
        let mut gaps = Vec::new();
        let (mut before, mut from) = (None::<usize>, 0);
        let places = matches.found.iter().enumerate();
        let found = places.filter_map(|(word, found)| Some((word, found.clone()?)));
        for (word, heard) in found.chain([(self.page.len(), self.heard.len()..self.heard.len())]) {
            if from < word {
                let behind = Some(heard.start).filter(|_| word < self.page.len());
                gaps.extend(self.gap(from..word, before, behind, matches, sentences));
            }
            (before, from) = (heard.end.checked_sub(1), word + 1);
        }
        gaps
    }

    fn gap(
        &self,
        page: Range<usize>,
        before: Option<usize>,
        behind: Option<usize>,
        matches: &Matches,
        sentences: &[Sentence],
    ) -> Vec<Gap> {
        let end = |word: usize| self.heard[word].span.end();
        let start = |word: usize| self.heard[word].span.start();
        let is_other = |word: &usize| !matches.is_written[*word];
        let goes_on = before.zip(behind).is_none_or(|(before, behind)| before <= behind);
        if goes_on {
            let from = before.map_or(0, |word| word + 1);
            let until = behind.unwrap_or(self.heard.len());
            // A paragraph that is said elsewhere may be in between.
            let first = (from..until).take_while(is_other).count();
            let heard = match (before, first == until.saturating_sub(from)) {
                (None, false) => until - (from..until).rev().take_while(is_other).count()..until,
                _ => from..from + first,
            };
            let between = (before.map(end), behind.map(start));
            return vec![Gap { page, heard, between }];
        }
        // The end of one paragraph, and the beginning of another that is said before it.
        let paragraph = |word: usize| sentence_of(sentences, word).map(|it| it.paragraph);
        let before_gap = paragraph(page.start.saturating_sub(1));
        let last = |word: &usize| paragraph(*word) == before_gap;
        let cut = page.start + page.clone().take_while(last).count();
        let (before, behind) = (before.unwrap_or(0), behind.unwrap_or(0));
        let n_after = (before + 1..self.heard.len()).take_while(is_other).count();
        let n_before = (0..behind).rev().take_while(is_other).count();
        let gaps = [
            Gap {
                page: page.start..cut,
                heard: before + 1..before + 1 + n_after,
                between: (Some(end(before)), None),
            },
            Gap {
                page: cut..page.end,
                heard: behind - n_before..behind,
                between: (None, Some(start(behind))),
            },
        ];
        gaps.into_iter().filter(|gap| !gap.page.is_empty()).collect()
    }

    /// From where to where somebody may talk in `gap` without a word that was heard.
    fn wordless(&self, gap: &Gap) -> Option<(Time, Time)> {
        let (before, behind) = gap.between;
        let from = before.unwrap_or_default();
        let is_in = |one: &&LeftOut| {
            one.span.middle() >= from && behind.is_none_or(|behind| one.span.middle() < behind)
        };
        let first = self.left_out.partition_point(|one| one.span.end() <= from);
        let mut spans = self.left_out[first..]
            .iter()
            .take_while(|one| behind.is_none_or(|behind| one.span.start() < behind));
        let first = spans.find(is_in)?;
        let last = spans.filter(is_in).last().unwrap_or(first);
        let end = behind.unwrap_or(last.span.end()).min(last.span.end());
        Some((first.span.start().max(from), end)).filter(|(start, end)| start < end)
    }

    /// Marks the `sentences` that nobody says: next to nothing of them was heard, and not much else
    /// in their place.
    pub(super) fn find_unsaid(&self, matches: &mut Matches, sentences: &mut [Sentence]) {
        for sentence in sentences.iter_mut() {
            let (n_spoken, n_found) = matches.n_spoken_and_found(sentence.words.clone());
            if n_found > 0 && (n_found as f64) < SAME_MIN * n_spoken as f64 {
                matches.forget(sentence.words.clone());
            }
        }
        for gap in self.gaps(matches, sentences) {
            let n_heard = gap.heard.clone().filter(|word| matches.is_sound[*word]).count();
            let n_spoken = gap.page.clone().filter(|word| matches.is_spoken[*word]).count();
            let wordless = self
                .wordless(&gap)
                .map_or(0.0, |(start, end)| end.minus(start).as_secs_f64() * WORDS_A_SECOND);
            if n_heard as f64 + wordless >= SAID_MIN * n_spoken as f64 {
                continue;
            }
            let first = sentences.partition_point(|it| it.words.start < gap.page.start);
            for sentence in &mut sentences[first..] {
                if sentence.words.end > gap.page.end {
                    break;
                }
                sentence.is_said = !sentence.words.clone().any(|word| matches.is_spoken[word]);
            }
        }
    }

    /// When each word of the page is said; of a sentence that nobody says, the instant at which it
    /// stands. Takes note of the words heard in whose place others are.
    pub(super) fn times(&self, matches: &mut Matches, sentences: &[Sentence]) -> Vec<Timed> {
        let mut times = vec![Timed::NONE; self.page.len()];
        self.times_of_found(matches, &mut times);
        for gap in self.gaps(matches, sentences) {
            self.times_of_gap(&gap, matches, sentences, &mut times);
        }
        times
    }

    /// The times of words that were heard. Several that are the same words share their time.
    fn times_of_found(&self, matches: &Matches, times: &mut [Timed]) {
        let mut word = 0;
        while word < self.page.len() {
            let Some(mut heard) = matches.found[word].clone() else {
                word += 1;
                continue;
            };
            let mut until = word + 1;
            while let Some(Some(next)) = matches.found.get(until) {
                if next.start >= heard.end || next.end <= heard.start {
                    break;
                }
                heard = heard.start.min(next.start)..heard.end.max(next.end);
                until += 1;
            }
            let words = &self.heard[heard];
            let (first, last) = (words[0], words[words.len() - 1]);
            let own: Vec<usize> = (word..until).collect();
            self.share(&own, first.span.start(), last.span.end(), times);
            let is_own = until == word + 1 && matches.is_alone[word];
            let probability = words.iter().filter_map(|word| word.probability).reduce(f32::min);
            for timed in &mut times[word..until] {
                timed.is_timed = is_own && words.iter().all(|word| word.is_timed);
                timed.is_forced = timed.is_timed && words.iter().any(|word| word.is_forced);
                timed.probability = probability;
            }
            word = until;
        }
    }

    /// The times of words that were not heard: those of what was heard in their place, or what their
    /// neighbours leave.
    fn times_of_gap(
        &self,
        gap: &Gap,
        matches: &mut Matches,
        sentences: &[Sentence],
        times: &mut [Timed],
    ) {
        let is_unsaid = |word: &usize| sentence_of(sentences, *word).is_some_and(|it| !it.is_said);
        let said: Vec<usize> = gap.page.clone().filter(|word| !is_unsaid(word)).collect();
        let is_spoken = |word: &&usize| matches.is_spoken[**word];
        let spoken: Vec<usize> = said.iter().filter(is_spoken).copied().collect();
        let n_heard = gap.heard.clone().filter(|word| matches.is_sound[*word]).count();
        let is_other = !gap.heard.is_empty()
            && (n_heard == 0 || !spoken.is_empty())
            && n_heard <= OTHER_WORDS_MAX * (spoken.len() + 1)
            && !said.is_empty();
        let (before, behind) = gap.between;
        if is_other {
            matches.is_written[gap.heard.clone()].fill(true);
            let heard = &self.heard[gap.heard.clone()];
            // Nothing but sound on either side, and as much of it: word by word.
            if [n_heard, said.len(), spoken.len()].iter().all(|n| *n == heard.len()) {
                for (word, heard) in said.iter().zip(heard) {
                    (times[*word].start, times[*word].end) = (heard.span.start(), heard.span.end());
                }
            } else {
                let (first, last) = (heard[0], heard[heard.len() - 1]);
                self.share(&said, first.span.start(), last.span.end(), times);
            }
        } else if let Some((start, end)) = self.wordless(gap).filter(|_| !spoken.is_empty()) {
            self.share(&said, start, end, times);
        } else {
            let letters: u64 = said.iter().map(|word| letters(self.page[*word])).sum();
            let length = Time::from_millis(letters * 1_000 / PER_SECOND);
            // What begins the sentence of the next word is said right before it.
            let is_next = behind.is_some() && {
                let next = sentence_of(sentences, gap.page.end).map(|it| it.words.start);
                before.is_none() || next.is_some_and(|start| start == gap.page.start)
            };
            let (start, end) = match (before, behind) {
                (Some(before), Some(behind)) if is_next => {
                    (behind.minus(length).max(before), behind)
                }
                (Some(before), Some(behind)) => (before, before.plus(length).min(behind)),
                (Some(before), None) => (before, before.plus(length)),
                (None, Some(behind)) => (behind.minus(length), behind),
                (None, None) => (Time::default(), length),
            };
            self.share(&said, start, end.max(start), times);
        }
        // What nobody says stands where it stands.
        let mut now = before.unwrap_or_default();
        for word in gap.page.clone() {
            if is_unsaid(&word) {
                (times[word].start, times[word].end) = (now, now);
            } else {
                now = times[word].end;
            }
        }
    }

    /// All words of the page, sharing the time from `start` to `end`.
    pub(super) fn shared(&self, start: Time, end: Time) -> Vec<Timed> {
        let mut times = vec![Timed::NONE; self.page.len()];
        let all: Vec<usize> = (0..self.page.len()).collect();
        self.share(&all, start, end, &mut times);
        times
    }

    /// Shares the time from `start` to `end` among `words` of the page, by their letters.
    fn share(&self, words: &[usize], start: Time, end: Time, times: &mut [Timed]) {
        let total: u64 = words.iter().map(|word| letters(self.page[*word])).sum();
        let millis = end.minus(start).as_millis();
        let at = |done: u64| match done == total {
            true => end,
            false => start.plus(Time::from_millis(millis * done / total)),
        };
        let mut done = 0;
        for &word in words {
            let from = at(done);
            done += letters(self.page[word]);
            (times[word].start, times[word].end) = (from, at(done));
        }
    }
}

/// The sentence that `word` of the page is in.
pub(super) fn sentence_of(sentences: &[Sentence], word: usize) -> Option<&Sentence> {
    sentences.get(sentences.partition_point(|sentence| sentence.words.end <= word))
}

pub(super) fn letters(word: &Word) -> u64 {
    word.text.chars().count() as u64 + 1
}
