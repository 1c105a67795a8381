//! Which token of a page is which of those that were heard.
//!
//! Anchors first; between two of them an alignment that pays for each gap once and little for its
//! length (Gotoh, "An improved algorithm for matching biological sequences", 1982), so that what
//! nobody said and what nobody wrote stays in one piece. What matches in the middle of nothing is
//! chance, and taken back. Paragraphs that are left are looked for in the sound that is left.

use super::{anchors, runs_without};
use crate::{
    base::edit_distance::edit_distance,
    eval::align::{Edit, align},
};
use std::{collections::HashMap, ops::Range};

/// For each token of the page the index of the same one, or of one spelt nearly so, among those
/// that were heard.
pub(super) type Counterparts = Vec<Option<usize>>;

/// Cells of the largest table between two anchors. Where a larger one would be needed, rarer
/// anchors are taken, and then none.
const CELLS_MAX: usize = 1 << 18;

/// Cells of the largest table in which the letters of tokens are compared.
const SPELT_CELLS_MAX: usize = 1 << 14;

/// Lengths of anchors, in tokens.
const ANCHORS: [usize; 2] = [3, 2];

/// What a pair of two tokens counts that are the same: of long ones, and of ones that are in every
/// sentence.
const LONG: i32 = 100;
const SHORT: i32 = 60;

/// Letters of a token that counts as short.
const SHORT_MAX: usize = 3;

/// What other tokens in each other's place count.
const OTHER: i32 = -40;

/// What a gap counts on either side, and each of its tokens.
const GAP: i32 = -60;
const IN_GAP: i32 = -5;

/// Percent of letters that two spellings of a token have in common.
const NEAR: i32 = 60;

/// What a cell counts that no way leads to; anything may be added to it.
const UNREACHED: i32 = i32::MIN / 2;

/// Tokens without a counterpart, on both sides together, that part one island from the next.
const SEA: usize = 12;

/// What the pairs of an island between such gaps count together, or they are chance.
const ISLAND: i32 = 300;

/// The tokens of both sides by number: equal tokens have equal numbers.
pub(super) struct Tokens<'a> {
    texts: Vec<&'a str>,
    pub(super) page: Vec<u32>,
    pub(super) heard: Vec<u32>,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(page: &[&'a str], heard: &[&'a str]) -> Tokens<'a> {
        let (mut texts, mut numbers) = (Vec::new(), HashMap::new());
        let mut number = |text: &&'a str| {
            *numbers.entry(*text).or_insert_with(|| {
                texts.push(*text);
                texts.len() as u32 - 1
            })
        };
        let page = page.iter().map(&mut number).collect();
        let heard = heard.iter().map(&mut number).collect();
        Tokens { texts, page, heard }
    }

    fn text(&self, token: u32) -> &'a str {
        self.texts[token as usize]
    }

    /// What a pair of `token` with itself counts.
    fn weight(&self, token: u32) -> i32 {
        let text = self.text(token);
        let is_short = text.chars().count() <= SHORT_MAX && text.chars().all(char::is_alphabetic);
        if is_short { SHORT } else { LONG }
    }

    /// What a pair of two tokens counts, and whether they are the same or nearly so.
    fn pair(&self, page: u32, heard: u32, compares_letters: bool) -> (i32, bool) {
        if page == heard {
            return (self.weight(page), true);
        }
        let common = if compares_letters { self.common_letters(page, heard) } else { 0 };
        match common >= NEAR {
            true => (common * self.weight(page).min(self.weight(heard)) / 100, true),
            false => (OTHER, false),
        }
    }

    /// Percent of letters that two tokens have in common.
    fn common_letters(&self, page: u32, heard: u32) -> i32 {
        let (page, heard) = (self.text(page), self.text(heard));
        if is_elided(page, heard) || is_elided(heard, page) {
            return 100;
        }
        let heard: Vec<char> = heard.chars().collect();
        let (n_page, n_heard) = (page.chars().count(), heard.len());
        let longest = n_page.max(n_heard);
        let percent = |n: usize| (n * 100 / longest) as i32;
        // No need to compare where the lengths alone are too far apart.
        if percent(n_page.min(n_heard)) < NEAR {
            return 0;
        }
        percent(longest - edit_distance(page.chars(), &heard))
    }
}

/// Whether `short` is what `word` becomes before a vowel: « c’ » of « ce ».
fn is_elided(short: &str, word: &str) -> bool {
    let vowel = word.strip_prefix(short);
    matches!(short, "c" | "d" | "j" | "l" | "m" | "n" | "s" | "t" | "qu")
        && matches!(vowel, Some("e" | "a"))
}

/// The counterparts of the tokens of the page. `paragraphs` are its own, by their tokens: one that
/// nothing was found for in its place is looked for elsewhere.
pub(super) fn counterparts(tokens: &Tokens<'_>, paragraphs: &[Range<usize>]) -> Counterparts {
    let mut found = vec![None; tokens.page.len()];
    between(tokens, 0..tokens.page.len(), 0..tokens.heard.len(), &mut found);
    drop_chance(tokens, 0..tokens.page.len(), &mut found);
    let mut is_taken = vec![false; tokens.heard.len()];
    found.iter().flatten().for_each(|heard| is_taken[*heard] = true);
    let is_lost = |paragraph: &&Range<usize>| {
        let n_found = found[(*paragraph).clone()].iter().flatten().count();
        paragraph.len() >= ELSEWHERE_TOKENS_MIN && n_found * 4 <= paragraph.len()
    };
    let lost: Vec<Range<usize>> = paragraphs.iter().filter(is_lost).cloned().collect();
    for paragraph in lost.into_iter().take(ELSEWHERE_TRIES) {
        elsewhere(tokens, paragraph, &mut is_taken, &mut found);
    }
    found
}

/// Finds the counterparts of the tokens `page` among those of `heard`.
fn between(
    tokens: &Tokens<'_>,
    page: Range<usize>,
    heard: Range<usize>,
    found: &mut [Option<usize>],
) {
    if page.is_empty() || heard.is_empty() {
        return;
    }
    if page.len().saturating_mul(heard.len()) <= CELLS_MAX {
        return within_table(tokens, page, heard, found);
    }
    let (ours, theirs) = (&tokens.page[page.clone()], &tokens.heard[heard.clone()]);
    let chains = ANCHORS.iter().map(|n| (anchors::chain(ours, theirs, *n), *n));
    let Some((chain, n)) = chains.into_iter().find(|(chain, _)| !chain.is_empty()) else {
        // The same again and again: whichever words are the same.
        let (mut page_at, mut heard_at) = (page.start, heard.start);
        for edit in align(ours, theirs) {
            if edit == Edit::Match {
                found[page_at] = Some(heard_at);
            }
            page_at += usize::from(edit != Edit::Insertion);
            heard_at += usize::from(edit != Edit::Deletion);
        }
        return;
    };
    let (mut page_from, mut heard_from) = (page.start, heard.start);
    for (page_at, heard_at) in chain {
        let (page_at, heard_at) = (page.start + page_at, heard.start + heard_at);
        // Runs overlap where more than `n` tokens are the same.
        let n_done = (page_from.saturating_sub(page_at)).max(heard_from.saturating_sub(heard_at));
        if n_done >= n {
            continue;
        }
        if page_at >= page_from && heard_at >= heard_from {
            between(tokens, page_from..page_at, heard_from..heard_at, found);
        }
        for at in n_done..n {
            found[page_at + at] = Some(heard_at + at);
        }
        (page_from, heard_from) = (page_at + n, heard_at + n);
    }
    between(tokens, page_from..page.end, heard_from..heard.end, found);
}

/// By which move a cell of the table is reached best.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Move {
    Pair = 0,
    /// A token of the page has no counterpart.
    Page = 1,
    /// One that was heard has none.
    Heard = 2,
}

const MOVES: [Move; 3] = [Move::Pair, Move::Page, Move::Heard];

/// The alignment of all of `page` with all of `heard`, of highest count.
fn within_table(
    tokens: &Tokens<'_>,
    page: Range<usize>,
    heard: Range<usize>,
    found: &mut [Option<usize>],
) {
    let compares_letters = page.len() * heard.len() <= SPELT_CELLS_MAX;
    let ends = [page.start == 0, page.end == tokens.page.len()];
    let heard_ends = [heard.start == 0, heard.end == tokens.heard.len()];
    let width = heard.len() + 1;
    // For each last move the count of the best way, and its move before.
    let mut above = vec![[UNREACHED; 3]; width];
    let mut moves = vec![[Move::Pair; 3]; width * (page.len() + 1)];
    let mut is_same = vec![false; width * (page.len() + 1)];
    for row in 0..=page.len() {
        let mut scores = vec![[UNREACHED; 3]; width];
        for column in 0..width {
            let at = row * width + column;
            if (row, column) == (0, 0) {
                scores[0] = [0, UNREACHED, UNREACHED];
                continue;
            }
            let best = |scores: &[i32; 3], gap: Option<Move>| {
                // Of equal ways the one that pairs.
                let mut best = (UNREACHED, Move::Pair);
                for (score, last) in scores.iter().zip(MOVES) {
                    let opens = gap.is_some_and(|gap| gap != last);
                    let score = score + if opens { GAP } else { 0 };
                    if score > best.0 {
                        best = (score, last);
                    }
                }
                best
            };
            if row > 0 && column > 0 {
                let (ours, theirs) = (page.start + row - 1, heard.start + column - 1);
                let (count, are_same) =
                    tokens.pair(tokens.page[ours], tokens.heard[theirs], compares_letters);
                let (score, last) = best(&above[column - 1], None);
                scores[column][Move::Pair as usize] = score + count;
                moves[at][Move::Pair as usize] = last;
                is_same[at] = are_same;
            }
            // What is before all that was heard, or behind it, is in no gap between.
            let is_end =
                |ends: [bool; 2], first: bool, last: bool| (ends[0] && first) || (ends[1] && last);
            if row > 0 {
                let is_free = is_end(heard_ends, column == 0, column == heard.len());
                let gap = (!is_free).then_some(Move::Page);
                let (score, last) = best(&above[column], gap);
                scores[column][Move::Page as usize] = score + IN_GAP;
                moves[at][Move::Page as usize] = last;
            }
            if column > 0 {
                let is_free = is_end(ends, row == 0, row == page.len());
                let gap = (!is_free).then_some(Move::Heard);
                let (score, last) = best(&scores[column - 1], gap);
                scores[column][Move::Heard as usize] = score + IN_GAP;
                moves[at][Move::Heard as usize] = last;
            }
        }
        above = scores;
    }
    let end = above[width - 1];
    let mut last = MOVES
        .into_iter()
        .reduce(|best, next| if end[next as usize] > end[best as usize] { next } else { best })
        .unwrap_or(Move::Pair);
    let (mut row, mut column) = (page.len(), heard.len());
    while row > 0 || column > 0 {
        let at = row * width + column;
        let before = moves[at][last as usize];
        if last == Move::Pair && is_same[at] {
            found[page.start + row - 1] = Some(heard.start + column - 1);
        }
        row -= usize::from(last != Move::Heard);
        column -= usize::from(last != Move::Page);
        last = before;
    }
}

/// Takes back the pairs of `page` that stand alone in tokens without a counterpart.
fn drop_chance(tokens: &Tokens<'_>, page: Range<usize>, found: &mut [Option<usize>]) {
    // An island: pairs, no two of which are far from each other.
    let mut islands: Vec<(Range<usize>, i32)> = Vec::new();
    let mut last: Option<(usize, usize)> = None;
    for at in page.clone() {
        let Some(heard) = found[at] else { continue };
        let is_near = last.is_some_and(|(page, before)| {
            heard > before && (at - page - 1) + (heard - before - 1) < SEA
        });
        let weight = tokens.weight(tokens.page[at]);
        match islands.last_mut().filter(|_| is_near) {
            Some((island, count)) => {
                island.end = at + 1;
                *count += weight;
            }
            None => islands.push((at..at + 1, weight)),
        }
        last = Some((at, heard));
    }
    let is_all = page.len() < SEA;
    let kept: Vec<Range<usize>> = islands
        .into_iter()
        .filter(|(_, count)| *count >= ISLAND || is_all)
        .map(|(island, _)| island)
        .collect();
    let mut kept = kept.into_iter().peekable();
    for (at, counterpart) in found[page.clone()].iter_mut().enumerate() {
        let at = page.start + at;
        while kept.next_if(|island| island.end <= at).is_some() {}
        if !kept.peek().is_some_and(|island| island.contains(&at)) {
            *counterpart = None;
        }
    }
}

/// A paragraph of fewer tokens says nothing that may not be said anywhere.
const ELSEWHERE_TOKENS_MIN: usize = 6;

/// Of so many tokens of a paragraph one has to be found, or it is not there.
const ELSEWHERE_ONE_IN: usize = 2;

/// Paragraphs that are looked for: of a page with more, most are not said at all.
const ELSEWHERE_TRIES: usize = 500;

/// Looks for a `paragraph` that has no place of its own where nobody wrote what was heard.
fn elsewhere(
    tokens: &Tokens<'_>,
    paragraph: Range<usize>,
    is_taken: &mut [bool],
    found: &mut [Option<usize>],
) {
    let set = |is_taken: &mut [bool], found: &[Option<usize>], value: bool| {
        found.iter().flatten().for_each(|heard| is_taken[*heard] = value);
    };
    set(is_taken, &found[paragraph.clone()], false);
    // Where nobody wrote so much that it may be the paragraph.
    let free = runs_without(is_taken).into_iter();
    let free = free.filter(|free| free.len() >= ELSEWHERE_TOKENS_MIN);
    let n_anchors = |free: &Range<usize>| {
        anchors::chain(&tokens.page[paragraph.clone()], &tokens.heard[free.clone()], ANCHORS[0])
            .len()
    };
    let best = free.map(|free| (n_anchors(&free), free));
    // Of equal ones the first.
    let best = best.reduce(|best, next| if next.0 > best.0 { next } else { best });
    if let Some((1.., free)) = best {
        let mut there = vec![None; found.len()];
        between(tokens, paragraph.clone(), free, &mut there);
        drop_chance(tokens, paragraph.clone(), &mut there);
        let n_there = there[paragraph.clone()].iter().flatten().count();
        if n_there * ELSEWHERE_ONE_IN >= paragraph.len() {
            found[paragraph.clone()].copy_from_slice(&there[paragraph.clone()]);
        }
    }
    set(is_taken, &found[paragraph], true);
}
