//! Sentences that a person changes one by one: what of them was heard keeps its time.

use super::{
    MILLISECOND, in_order,
    matches::Matches,
    times::{PER_SECOND, Sentence, Sides, Timed, letters},
};
use crate::base::{
    speech::Word,
    time::{Span, Time},
    transcript::LeftOut,
};
use std::ops::Range;

/// A sentence, and which of the words heard it stands for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Retimed {
    /// Sorted; those that were heard as they are written are those of the sound, hidden ones
    /// among them.
    pub(crate) words: Vec<Word>,
    /// Those of the sentences follow one another, and are together all that were heard.
    pub(crate) heard: Range<usize>,
}

/// `texts`, each a sentence, with the times of what was `heard` where they stand.
///
/// What they begin and end with as it was heard keeps its words to the bit. Words between that were
/// heard have their times, and others those of what they stand for. What nobody heard gets time in
/// `free`, which the sentences around leave, where there is any: first that of `left_out`.
pub(crate) fn retimed(
    texts: Vec<Vec<Word>>,
    heard: &[Word],
    free: (Time, Time),
    left_out: &[LeftOut],
) -> Vec<Retimed> {
    let lengths: Vec<usize> = texts.iter().map(Vec::len).collect();
    let page: Vec<Word> = texts.into_iter().flatten().collect();
    let (n_before, heard_before) = alike(page.iter(), heard.iter());
    let rest = (&page[n_before..], &heard[heard_before..]);
    let (n_behind, heard_behind) = alike(rest.0.iter().rev(), rest.1.iter().rev());
    let middle = n_before..page.len() - n_behind;
    let heard_middle = heard_before..heard.len() - heard_behind;

    // For each word of the page: the words heard that it is, and the hidden ones before it.
    let mut placed: Vec<(Vec<Word>, Option<Range<usize>>)> = Vec::with_capacity(page.len());
    placed.extend(kept(&heard[..heard_before], 0, n_before));
    placed.extend(between(&page[middle], heard, heard_middle.clone(), free, left_out));
    make_room(&mut placed[..], n_before);
    placed.extend(kept(&heard[heard_middle.end..], heard_middle.end, n_behind));
    sort(&mut placed);
    space(&mut placed, &page, &lengths);
    sentences(placed, &lengths, heard.len())
}

/// Lets no word that nobody heard begin behind one that follows it: words that were heard may overlap.
fn sort(placed: &mut [(Vec<Word>, Option<Range<usize>>)]) {
    let mut next: Option<Time> = None;
    for (words, found) in placed.iter_mut().rev() {
        for word in words.iter_mut().rev() {
            if let Some(limit) = next.filter(|next| found.is_none() && word.span.start() > *next) {
                word.span = Span::new(limit, limit.plus(MILLISECOND)).unwrap_or(word.span);
            }
            next = Some(next.map_or(word.span.start(), |next| next.min(word.span.start())));
        }
    }
}

/// Gives the words behind the first one of each sentence the gap that `page` has before them: « fallu ? »
/// is heard with any space, and written with one that does not break.
fn space(placed: &mut [(Vec<Word>, Option<Range<usize>>)], page: &[Word], lengths: &[usize]) {
    let mut at = 0;
    for length in lengths {
        let own = (at + 1).min(at + length)..at + length;
        for ((words, _), written) in placed[own.clone()].iter_mut().zip(&page[own]) {
            for word in words.iter_mut().filter(|word| word.dropped.is_none()) {
                word.gap = written.gap;
            }
        }
        at += length;
    }
}

/// How many words of a page, and of those heard, are the same in order; hidden ones are heard and
/// not on the page.
fn alike<'a>(
    page: impl Iterator<Item = &'a Word>,
    heard: impl Iterator<Item = &'a Word>,
) -> (usize, usize) {
    let (mut n_same, mut n_heard) = (0, 0);
    let mut page = page.peekable();
    for (at, word) in heard.enumerate() {
        if word.dropped.is_some() {
            continue;
        }
        if page.next_if(|own| own.text == word.text).is_none() {
            break;
        }
        (n_same, n_heard) = (n_same + 1, at + 1);
    }
    (n_same, n_heard)
}

/// The `n` words of a page that are all that is shown of `heard`, which begins at `first`.
fn kept(
    heard: &[Word],
    first: usize,
    n: usize,
) -> impl Iterator<Item = (Vec<Word>, Option<Range<usize>>)> {
    let mut from = 0;
    let mut all = Vec::with_capacity(n);
    for (at, word) in heard.iter().enumerate() {
        if word.dropped.is_none() {
            all.push((heard[from..=at].to_vec(), Some(first + at..first + at + 1)));
            from = at + 1;
        }
    }
    if let Some((words, _)) = all.last_mut() {
        words.extend_from_slice(&heard[from..]);
    }
    all.into_iter()
}

/// The words of `page` that stand for `places` of `heard`.
fn between(
    page: &[Word],
    heard: &[Word],
    places: Range<usize>,
    free: (Time, Time),
    left_out: &[LeftOut],
) -> Vec<(Vec<Word>, Option<Range<usize>>)> {
    if page.is_empty() {
        return Vec::new();
    }
    let before = heard[..places.start].last().map(|word| word.span.end());
    let behind = heard.get(places.end).map(|word| word.span.start());
    let bounds = (before.unwrap_or(free.0), behind.unwrap_or(free.1).max(free.0));
    let ours: Vec<&Word> = page.iter().collect();
    let theirs: Vec<&Word> = heard[places.clone()].iter().collect();
    let sides = Sides { page: &ours, heard: &theirs, left_out };
    let all = 0..ours.len();
    let mut matches = Matches::new(&ours, &theirs, std::slice::from_ref(&all));
    let times = if matches.found.iter().any(Option::is_some) {
        let sentence = Sentence { words: all, paragraph: 0, is_said: true };
        sides.times(&mut matches, &[sentence])
    } else {
        let (start, end) = place(&ours, &theirs, (before, behind), bounds, left_out);
        sides.shared(start, end)
    };
    let within = |timed: Timed| {
        let start = timed.start.max(bounds.0).min(bounds.1);
        Timed { start, end: timed.end.max(start).min(bounds.1.max(start)), ..timed }
    };
    let found = matches.found.into_iter();
    let found = found.map(|it| it.map(|it| places.start + it.start..places.start + it.end));
    let words = in_order(page.iter().cloned().zip(times.into_iter().map(within)));
    // None begins behind the words that follow, however little room there is.
    let last = Span::new(bounds.1, bounds.1.plus(MILLISECOND));
    let sorted = |word: Word| {
        let late = last.filter(|_| word.span.start() > bounds.1);
        vec![Word { span: late.unwrap_or(word.span), ..word }]
    };
    words.into_iter().map(sorted).zip(found).collect()
}

/// From when to when words are said of which none was heard: in the place of `theirs`; or where
/// somebody talks and no word is known; or where there is room.
fn place(
    ours: &[&Word],
    theirs: &[&Word],
    (before, behind): (Option<Time>, Option<Time>),
    bounds: (Time, Time),
    left_out: &[LeftOut],
) -> (Time, Time) {
    if let [first, .., last] | [first @ last] = theirs {
        return (first.span.start(), last.span.end());
    }
    let inside = |one: &&LeftOut| one.span.start() < bounds.1 && one.span.end() > bounds.0;
    if let Some(one) = left_out.iter().find(inside) {
        return (one.span.start().max(bounds.0), one.span.end().min(bounds.1));
    }
    let letters: u64 = ours.iter().map(|word| letters(word)).sum();
    let length = Time::from_millis(letters * 1_000 / PER_SECOND);
    match (before, behind) {
        // They begin the sentence.
        (None, Some(behind)) => (behind.minus(length).max(bounds.0).min(behind), behind),
        _ => (bounds.0, bounds.0.plus(length).min(bounds.1)),
    }
}

/// Takes half of the time of the word before `first`, where the words from there on have none of their
/// own: a word is inserted between two that follow each other without a pause.
fn make_room(placed: &mut [(Vec<Word>, Option<Range<usize>>)], first: usize) {
    let (before, inserted) = placed.split_at_mut(first);
    let Some(word) = before.last_mut().and_then(|(words, _)| words.last_mut()) else { return };
    let Some((words, None)) = inserted.first() else { return };
    let n = inserted.len() as u64;
    let last = inserted[inserted.len() - 1].0.last().map(|word| word.span.end());
    let room = last.unwrap_or_default().minus(words[0].span.start());
    if inserted.iter().any(|(_, found)| found.is_some()) || room > Time::from_millis(2 * n) {
        return;
    }
    let (start, end) = (word.span.start(), word.span.end());
    let half = start.plus(Time::from_millis(end.minus(start).as_millis() / 2));
    let at = |n_done: u64| half.plus(Time::from_millis(end.minus(half).as_millis() * n_done / n));
    let Some(shorter) = Span::new(start, half).filter(|_| at(1) > half) else { return };
    word.span = shorter;
    for (n_done, (words, _)) in inserted.iter_mut().enumerate() {
        let n_done = n_done as u64;
        for word in words {
            word.span = Span::new(at(n_done), at(n_done + 1)).unwrap_or(word.span);
        }
    }
}

/// The words of `placed` as sentences of so many words each, and where each one's part ends of the
/// `n_heard` words that were heard.
fn sentences(
    placed: Vec<(Vec<Word>, Option<Range<usize>>)>,
    lengths: &[usize],
    n_heard: usize,
) -> Vec<Retimed> {
    let found: Vec<Option<Range<usize>>> = placed.iter().map(|(_, found)| found.clone()).collect();
    let mut placed = placed.into_iter();
    let (mut from, mut at) = (0, 0);
    let mut sentences = Vec::with_capacity(lengths.len());
    for (n, length) in lengths.iter().enumerate() {
        let words = placed.by_ref().take(*length).flat_map(|(words, _)| words).collect();
        let own = &found[at..at + length];
        at += length;
        let next = found[at..].iter().flatten().map(|it| it.start).next().unwrap_or(n_heard);
        let last = own.iter().flatten().map(|it| it.end).max();
        // What nobody wrote goes with the sentence before it; with the next one where that begins
        // with words that were not heard.
        let is_next_sure = found.get(at).is_some_and(Option::is_some);
        let until = match last {
            _ if n + 1 == lengths.len() => n_heard,
            Some(last) if !is_next_sure => last,
            Some(_) => next,
            None if is_next_sure => next,
            None => from,
        };
        let until = until.clamp(from, n_heard);
        sentences.push(Retimed { words, heard: from..until });
        from = until;
    }
    sentences
}
