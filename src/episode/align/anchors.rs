//! Anchors: runs of tokens that both sides say once, in the longest chain that keeps the order
//! of both.
//!
//! As diff programs find what did not move (Hunt and Szymanski, "A Fast Algorithm for Computing
//! Longest Common Subsequences", 1977), and as Moreno et al. cut long sound into islands of
//! confidence ("A Recursive Algorithm for the Forced Alignment of Very Long Audio Segments", 1998).

use std::collections::HashMap;

/// Where both sides say the same `n` tokens, and nowhere else: the starts on each side, in an order
/// that is rising on both.
pub(super) fn chain(page: &[u32], heard: &[u32], n: usize) -> Vec<(usize, usize)> {
    longest_rising(unique(page, heard, n))
}

/// The starts of all runs of `n` tokens that are once on each side, in the order of `page`.
fn unique(page: &[u32], heard: &[u32], n: usize) -> Vec<(usize, usize)> {
    let (ours, theirs) = (once(page, n), once(heard, n));
    let mut both: Vec<(usize, usize)> =
        ours.into_iter().filter_map(|(run, at)| Some((at?, *theirs.get(run)?.as_ref()?))).collect();
    both.sort_unstable();
    both
}

/// Where each run of `n` tokens stands; `None` of one that comes again.
fn once(tokens: &[u32], n: usize) -> HashMap<&[u32], Option<usize>> {
    let mut places = HashMap::new();
    for (at, run) in tokens.windows(n).enumerate() {
        places.entry(run).and_modify(|place| *place = None).or_insert(Some(at));
    }
    places
}

/// The longest part of `pairs`, sorted by their first, whose second is rising, too.
fn longest_rising(pairs: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    // The last pair of the best chain of each length, and the pair before each.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    for (at, (_, heard)) in pairs.iter().enumerate() {
        let length = ends.partition_point(|end| pairs[*end].1 < *heard);
        before.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let links = std::iter::successors(ends.last().copied(), |at| before[*at]);
    let mut chain: Vec<(usize, usize)> = links.map(|at| pairs[at]).collect();
    chain.reverse();
    chain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_both_say_once_is_an_anchor_if_it_keeps_the_order() {
        // `9 9` comes twice on one side; `1 2` and `3 4` are in another order than the rest.
        let (page, heard) = ([1, 2, 5, 6, 7, 9, 9, 3, 4], [3, 4, 5, 6, 7, 9, 9, 9, 1, 2]);
        assert_eq!(chain(&page, &heard, 2), [(2, 2), (3, 3), (4, 4)]);
        assert_eq!(chain(&page, &heard, 3), [(2, 2), (3, 3), (4, 4)]);
        assert_eq!(chain(&page, &[], 2), []);
    }
}
