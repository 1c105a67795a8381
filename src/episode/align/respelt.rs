//! What a page has in the place of other words that were heard.

use super::{
    matches::{Matches, letters},
    times::Timed,
};
use crate::{
    base::{
        speech::{Word, shown},
        transcript::{Change, Rule},
    },
    eval::french::tokens,
};
use std::ops::Range;

/// Most words of either side: longer ones are no misspelling.
const WORDS_MAX: usize = 6;

/// The words of `page` that were `heard` as others, sorted by time.
pub(super) fn respelt(
    page: &[&Word],
    heard: &[&Word],
    matches: &Matches,
    times: &[Timed],
) -> Vec<Change> {
    let is_other = |word: usize| {
        let found = matches.found[word].clone();
        let is_same = |found: Range<usize>| letters(&heard[found]) == letters(&page[word..=word]);
        matches.is_spoken[word] && !found.is_some_and(is_same)
    };
    let mut changes = Vec::new();
    let mut word = 0;
    while word < page.len() {
        if !is_other(word) {
            word += 1;
            continue;
        }
        let until = (word..page.len()).find(|it| !is_other(*it)).unwrap_or(page.len());
        changes.extend(change(page, heard, matches, times, word..until));
        word = until;
    }
    changes.sort_by_key(|change| change.at);
    changes
}

/// What `words` of the page were heard as.
fn change(
    page: &[&Word],
    heard: &[&Word],
    matches: &Matches,
    times: &[Timed],
    words: Range<usize>,
) -> Option<Change> {
    let found = |words: Range<usize>| matches.found[words].iter().flatten();
    let from = found(0..words.start).next_back().map_or(0, |it| it.end);
    let until = found(words.end..page.len()).next().map_or(heard.len(), |it| it.start);
    let heard = heard.get(from..until)?;
    let is_short = |n: usize| (1..=WORDS_MAX).contains(&n);
    let is_written = matches.is_written[from..until].iter().all(|it| *it);
    if !is_short(heard.len()) || !is_short(words.len()) || !is_written {
        return None;
    }
    let (before, after) = (shown(heard.to_vec()), shown(page[words.clone()].to_vec()));
    let at = times[words.start].start;
    (tokens(&before) != tokens(&after)).then_some(Change { rule: Rule::Page, at, before, after })
}
