//! Which words of a page are which of those that were heard.

use super::matching::{Tokens, counterparts};
use crate::{
    base::{
        edit_distance::of_letters,
        speech::{self, Word},
    },
    eval::french::{Token, normalised},
};
use std::ops::Range;

/// Which words of both sides are the same. What is normalised away has no sound: marks, notes in
/// brackets, hesitations.
pub(super) struct Matches {
    /// Whether each word of the page has sound.
    pub(super) is_spoken: Vec<bool>,
    /// For each word of the page, the words heard that it is.
    pub(super) found: Vec<Option<Range<usize>>>,
    /// Whether a word of the page is those words and nothing else is, so that their time is its own.
    pub(super) is_alone: Vec<bool>,
    /// Whether each word heard has sound.
    pub(super) is_sound: Vec<bool>,
    /// Whether each word heard is on the page.
    pub(super) is_written: Vec<bool>,
}

impl Matches {
    /// Those of `page`, whose paragraphs are given by their words, and `heard`.
    pub(super) fn new(page: &[&Word], heard: &[&Word], paragraphs: &[Range<usize>]) -> Matches {
        let tokens = |words: &[&Word]| normalised(words.iter().map(|it| (&*it.text, it.gap)));
        let (ours, theirs) = (tokens(page), tokens(heard));
        let place = |word: usize| ours.partition_point(|token| token.words.start < word);
        let paragraphs: Vec<Range<usize>> =
            paragraphs.iter().map(|words| place(words.start)..place(words.end)).collect();
        let found = counterparts(&Tokens::new(&texts(&ours), &texts(&theirs)), &paragraphs);
        let has_sound = |tokens: &[Token], n_words: usize| {
            let mut has_sound = vec![false; n_words];
            tokens.iter().for_each(|token| has_sound[token.words.clone()].fill(true));
            has_sound
        };
        let mut matches = Matches {
            is_spoken: has_sound(&ours, page.len()),
            found: vec![None; page.len()],
            is_alone: vec![true; page.len()],
            is_sound: has_sound(&theirs, heard.len()),
            is_written: vec![false; heard.len()],
        };
        let mut is_used = vec![false; theirs.len()];
        for (token, heard) in ours.iter().zip(&found) {
            let Some(heard) = *heard else { continue };
            is_used[heard] = true;
            let words = theirs[heard].words.clone();
            matches.is_written[words.clone()].fill(true);
            for word in token.words.clone() {
                let known = matches.found[word].take().unwrap_or(words.clone());
                matches.found[word] = Some(known.start.min(words.start)..known.end.max(words.end));
                matches.is_alone[word] &= token.words.len() == 1;
            }
        }
        let mut has_more = vec![false; heard.len()];
        for (token, _) in theirs.iter().zip(is_used).filter(|(_, is_used)| !is_used) {
            has_more[token.words.clone()].fill(true);
        }
        matches.widen(page, heard);
        for (is_alone, found) in matches.is_alone.iter_mut().zip(&matches.found) {
            *is_alone &=
                found.as_ref().is_some_and(|found| !has_more[found.clone()].contains(&true));
        }
        matches
    }

    /// Words that were heard as several, or with the end of a neighbour: « logis ciel » is
    /// « logiciel » if it is more like it than « logis » is.
    fn widen(&mut self, page: &[&Word], heard: &[&Word]) {
        for (word, found) in self.found.iter_mut().enumerate() {
            let Some(words) = found else { continue };
            let target = letters(&page[word..=word]);
            let mut distance = of_letters(&target, &letters(&heard[words.clone()]));
            let before = words.start.checked_sub(1).map(|start| start..words.end);
            let behind = (words.end < heard.len()).then(|| words.start..words.end + 1);
            for wider in [before, behind].into_iter().flatten() {
                let added = if wider.start < words.start { wider.start } else { wider.end - 1 };
                let wider_distance = of_letters(&target, &letters(&heard[wider.clone()]));
                if !self.is_written[added] && self.is_sound[added] && wider_distance < distance {
                    distance = wider_distance;
                    self.is_written[added] = true;
                    *words = words.start.min(wider.start)..words.end.max(wider.end);
                }
            }
        }
    }

    /// How many of `words` of the page have sound, and how many of those were heard.
    pub(super) fn n_spoken_and_found(&self, words: Range<usize>) -> (usize, usize) {
        let spoken = words.filter(|word| self.is_spoken[*word]);
        spoken.fold((0, 0), |(n, n_found), word| {
            (n + 1, n_found + usize::from(self.found[word].is_some()))
        })
    }

    /// Forgets that `words` of the page were heard.
    pub(super) fn forget(&mut self, words: Range<usize>) {
        for found in self.found[words].iter_mut().filter_map(Option::take) {
            self.is_written[found].fill(false);
        }
    }
}

/// The letters of `words`, without marks and case.
pub(super) fn letters(words: &[&Word]) -> String {
    words.iter().map(|word| speech::letters(&word.text)).collect()
}

fn texts(tokens: &[Token]) -> Vec<&str> {
    tokens.iter().map(|token| &*token.text).collect()
}
