//! Words of a page that were not heard, looked for in the sound by force: a recogniser is given the
//! text that stands there, and only says when.
//!
//! Each window holds words that were heard on either side. They tell whether the answer is to be
//! believed: it has to put them where they are.

use super::{
    matches::Matches,
    times::{Sentence, Timed, sentence_of},
};
use crate::base::{
    speech::Word,
    time::{Span, Time},
};
use std::ops::Range;

/// Words on either side of those that are looked for, as far as there are any.
const N_AROUND: usize = 6;

/// Longest pause between two words of a window: a jingle may be in a longer one.
const PAUSE_MAX: Time = Time::from_millis(3_000);

/// Sound before the first word of a window and behind the last.
const MARGIN: Time = Time::from_millis(300);

/// Longest window.
const WINDOW_MAX: Time = Time::from_millis(28_000);

/// What of the sound is read, and which text is said there.
#[derive(Debug, Clone, PartialEq)]
pub struct ForcedWindow {
    /// When.
    pub span: Span,
    /// Its words.
    pub words: Vec<ForcedText>,
    /// The same in the page.
    page: Vec<usize>,
    /// Runs of words of the page that are looked for.
    runs: Vec<Range<usize>>,
}

/// A word of a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForcedText {
    /// Its spelling.
    pub text: String,
    /// Whether no space stands before it.
    pub is_joined: bool,
    /// Whether something was heard before it that the page does not have.
    pub follows_others: bool,
}

/// When a word of a window is said, if all of its text is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forced {
    /// When.
    pub span: Span,
    /// How sure that is, as the mean log probability of its tokens.
    pub log_probability: f32,
}

/// What is known when windows are chosen.
pub(super) struct Known<'a> {
    pub(super) page: &'a [&'a Word],
    pub(super) times: &'a [Timed],
    /// What [`around`] says of each word.
    pub(super) around: &'a (Vec<bool>, Vec<bool>),
    /// Length of the sound.
    pub(super) length: Time,
}

/// Whether each of `page` is said, and whether something was heard before it that the page lacks.
pub(super) fn around(matches: &Matches, sentences: &[Sentence]) -> (Vec<bool>, Vec<bool>) {
    let n_words = matches.found.len();
    let is_unsaid = |word: usize| sentence_of(sentences, word).is_some_and(|it| !it.is_said);
    let is_said: Vec<bool> =
        (0..n_words).map(|word| matches.is_spoken[word] && !is_unsaid(word)).collect();
    let mut before: Option<usize> = None;
    let is_other = |heard: usize| matches.is_sound[heard] && !matches.is_written[heard];
    let follows_others = matches.found.iter().map(|found| {
        found.as_ref().is_some_and(|found| {
            let first = before.replace(found.end).unwrap_or(found.start);
            (first..found.start).any(is_other)
        })
    });
    let follows_others = follows_others.collect();
    (is_said, follows_others)
}

impl Known<'_> {
    fn is_said(&self, word: usize) -> bool {
        self.around.0[word]
    }

    /// The windows of all words whose time is not their own.
    pub(super) fn windows(&self) -> Vec<ForcedWindow> {
        let mut windows: Vec<ForcedWindow> = Vec::new();
        for run in self.runs() {
            let Some((words, span)) = self.window(&run) else { continue };
            // One window serves neighbours, if it is not too long.
            if let Some(last) = windows.last_mut()
                && last.page.last().is_some_and(|last| *last >= words[0])
                && let Some(span) = together(last.span, span)
            {
                let from = last.page[last.page.len() - 1];
                last.page.extend(words.into_iter().filter(|word| *word > from));
                (last.span, last.words) = (span, self.texts(&last.page));
                last.runs.push(run);
                continue;
            }
            windows.push(ForcedWindow {
                span,
                words: self.texts(&words),
                page: words,
                runs: vec![run],
            });
        }
        windows
    }

    /// The runs of words that are said and have no time of their own, in order. What stands between
    /// and is not spoken does not end one.
    fn runs(&self) -> Vec<Range<usize>> {
        let mut runs: Vec<Range<usize>> = Vec::new();
        for word in (0..self.page.len()).filter(|word| self.is_said(*word)) {
            if self.times[word].is_timed {
                continue;
            }
            let goes_on = |run: &&mut Range<usize>| {
                (run.end..word).all(|between| !self.is_said(between))
                    && !self.is_cut(run.end - 1, word)
            };
            match runs.last_mut().filter(|run| goes_on(run)) {
                Some(run) => run.end = word + 1,
                None => runs.push(word..word + 1),
            }
        }
        runs
    }

    /// Whether the sound does not go on from one word to the next that is said.
    fn is_cut(&self, word: usize, next: usize) -> bool {
        let (end, start) = (self.times[word].end, self.times[next].start);
        start.plus(PAUSE_MAX) < end || end.plus(PAUSE_MAX) < start
    }

    /// The words of a window around `run`, and when it is; `None` where it would be too long, or
    /// has nothing that was heard.
    fn window(&self, run: &Range<usize>) -> Option<(Vec<usize>, Span)> {
        let said = |range: Range<usize>| range.filter(|word| self.is_said(*word));
        let mut before = Vec::new();
        let mut next = run.start;
        for word in said(0..run.start).rev().take(N_AROUND) {
            if self.is_cut(word, next) {
                break;
            }
            before.push(word);
            next = word;
        }
        before.reverse();
        let mut behind = Vec::new();
        let mut last = run.end - 1;
        for word in said(run.end..self.page.len()).take(N_AROUND) {
            if self.is_cut(last, word) {
                break;
            }
            behind.push(word);
            last = word;
        }
        let is_known = |word: &&usize| self.times[**word].is_timed;
        if !before.iter().chain(&behind).any(|word| is_known(&word)) {
            return None;
        }
        let words: Vec<usize> = before.into_iter().chain(said(run.clone())).chain(behind).collect();
        let (first, last) = (self.times[words[0]], self.times[words[words.len() - 1]]);
        let start = first.start.minus(MARGIN);
        let span = Span::new(start, last.end.plus(MARGIN).min(self.length))?;
        (span.end().minus(span.start()) <= WINDOW_MAX).then_some((words, span))
    }

    fn texts(&self, words: &[usize]) -> Vec<ForcedText> {
        let mut before: Option<usize> = None;
        let text = |word: &usize| {
            let is_next = before.is_some_and(|before| before + 1 == *word);
            before = Some(*word);
            let written = self.page[*word];
            ForcedText {
                text: written.text.clone(),
                is_joined: is_next && written.gap.as_str().is_empty(),
                follows_others: self.around.1[*word],
            }
        };
        words.iter().map(text).collect()
    }

    /// `times` with those of `forced`, the answer for `window`, where they are to be believed.
    pub(super) fn place(&self, window: &ForcedWindow, forced: &[Forced], times: &mut [Timed]) {
        if forced.len() != window.page.len() {
            return;
        }
        for run in &window.runs {
            let at: Vec<usize> =
                (0..forced.len()).filter(|at| run.contains(&window.page[*at])).collect();
            let Some(evidence) = self.evidence(window, forced, &at) else { continue };
            if !evidence.is_enough() {
                continue;
            }
            for at in at {
                let timed = &mut times[window.page[at]];
                let span = forced[at].span.later(window.span.start());
                let inside = |time: Time| time.clamp(evidence.from, evidence.until);
                (timed.start, timed.end) = (inside(span.start()), inside(span.end()));
                (timed.is_timed, timed.is_forced) = (true, true);
            }
            // What is not spoken stands behind what is.
            for word in run.clone().filter(|word| !self.is_said(*word)) {
                let end = times[word - 1].end;
                (times[word].start, times[word].end) = (end, end);
            }
        }
    }

    /// What tells whether the words `at` of `window` are where they were `forced`.
    fn evidence(&self, window: &ForcedWindow, forced: &[Forced], at: &[usize]) -> Option<Evidence> {
        let (first, last) = (*at.first()?, *at.last()?);
        let known = |at: &usize| self.times[window.page[*at]].is_timed;
        let before: Vec<usize> = (0..first).rev().filter(known).take(N_NEAR).collect();
        let behind: Vec<usize> = (last + 1..forced.len()).filter(known).take(N_NEAR).collect();
        let off = |at: &usize| {
            let found = forced[*at].span.later(window.span.start()).start();
            let known = self.times[window.page[*at]].start;
            if found > known { found.minus(known) } else { known.minus(found) }
        };
        let mut offs: Vec<Time> = before.iter().chain(&behind).map(off).collect();
        offs.sort_unstable();
        let sum: f32 = at.iter().map(|at| forced[*at].log_probability).sum();
        let from = before.first().map(|at| self.times[window.page[*at]].end);
        let until = behind.first().map(|at| self.times[window.page[*at]].start);
        let start = |at: usize| forced[at].span.later(window.span.start()).start();
        let from = from.unwrap_or(window.span.start());
        let until = until.unwrap_or(window.span.end());
        Some(Evidence {
            log_probability: sum / at.len() as f32,
            off: offs.get(offs.len() / 2).copied()?,
            outside: from.minus(start(first)).max(start(last).minus(until)),
            from,
            until,
        })
    }
}

/// Words that were heard on each side by which a run is judged.
const N_NEAR: usize = 3;

/// Least mean log probability of words that are said where they were put.
const LOG_PROBABILITY_MIN: f32 = -5.0;

/// How far words that were heard may be put from where they are, in the median.
const OFF_MAX: Time = Time::from_millis(200);

/// How far words may be put into those that were heard.
const OUTSIDE_MAX: Time = Time::from_millis(300);

struct Evidence {
    log_probability: f32,
    off: Time,
    outside: Time,
    /// Where the words have to be.
    from: Time,
    until: Time,
}

impl Evidence {
    fn is_enough(&self) -> bool {
        self.log_probability >= LOG_PROBABILITY_MIN
            && self.off <= OFF_MAX
            && self.outside <= OUTSIDE_MAX
            && self.from <= self.until
    }
}

/// Both, if they are not too long.
fn together(one: Span, next: Span) -> Option<Span> {
    let span = Span::new(one.start().min(next.start()), one.end().max(next.end()))?;
    (span.end().minus(span.start()) <= WINDOW_MAX).then_some(span)
}
