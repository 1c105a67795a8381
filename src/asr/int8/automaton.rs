//! Hotwords as an automaton that each hypothesis walks with its tokens.
//!
//! It is that of Aho and Corasick ("Efficient String Matching", 1975), over the bytes of the
//! tokens, folded: whatever tokens a phrase is spelt with, in whatever case, it is the same path. A
//! phrase begins and ends between words: its path begins with a space, and it is paid when another
//! one follows it. On the way a hypothesis has credit, which it loses where the phrase breaks off.

use crate::{
    asr::hotwords::{Hotwords, folded},
    base::edit_distance::edit_distance,
};
use std::collections::VecDeque;

/// Where nothing of a phrase is matched, inside a word.
const ROOT: usize = 0;

/// Where nothing of a phrase is matched, between words.
const START: usize = 1;

/// What of the hotwords a hypothesis has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct BiasState {
    node: usize,
    /// Bonus of the phrases that it has as a whole.
    pub(super) paid: f32,
    /// Their words.
    pub(super) n_words: usize,
}

impl Default for BiasState {
    fn default() -> BiasState {
        BiasState { node: START, paid: 0.0, n_words: 0 }
    }
}

/// What a phrase is worth.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Bonus {
    value: f32,
    n_words: usize,
}

impl Bonus {
    fn max(self, other: Bonus) -> Bonus {
        if other.value > self.value { other } else { self }
    }
}

#[derive(Debug, Clone, Default)]
struct Node {
    /// By their byte.
    children: Vec<(u8, usize)>,
    /// That of the longest proper suffix of its path which is a path, too.
    fail: usize,
    /// Whether its path ends with a space.
    is_between_words: bool,
    /// Of the phrase that ends here.
    whole: Bonus,
    /// Of the longest phrase that its path begins with, the space behind it included.
    prefix: Bonus,
    /// What is believed of its phrases so far: the part of a bonus that its path is of a phrase.
    credit: f32,
    /// The greatest bonus of a phrase that goes on from here.
    reach: f32,
}

impl Node {
    fn child(&self, byte: u8) -> Option<usize> {
        let at = self.children.binary_search_by_key(&byte, |(byte, _)| *byte).ok()?;
        Some(self.children[at].1)
    }

    /// What stays of its path where that breaks off.
    fn kept(&self, is_between_words: bool) -> Bonus {
        if is_between_words { self.whole.max(self.prefix) } else { self.prefix }
    }
}

/// The hotwords of a run.
#[derive(Debug)]
pub(super) struct Automaton {
    nodes: Vec<Node>,
    /// The greatest bonus of all.
    bonus_max: f32,
}

impl Automaton {
    pub(super) fn new(hotwords: &Hotwords) -> Automaton {
        let start = Node { is_between_words: true, ..Node::default() };
        let mut nodes = vec![Node::default(), start];
        nodes[ROOT].children.push((b' ', START));
        for phrase in hotwords.phrases() {
            let value = hotwords.bonus(phrase);
            let path = folded(phrase);
            let path = path.trim_end();
            let bonus = Bonus { value, n_words: path.split_whitespace().count() };
            let n_bytes = path.len() - 1;
            let mut at = START;
            for (n_matched, byte) in (1..).zip(path.bytes().skip(1)) {
                at = child_or_new(&mut nodes, at, byte);
                let node = &mut nodes[at];
                node.credit = node.credit.max(value * n_matched as f32 / n_bytes as f32);
                node.reach = node.reach.max(value);
            }
            nodes[at].whole = nodes[at].whole.max(bonus);
        }
        let mut automaton = Automaton { bonus_max: 0.0, nodes };
        automaton.link();
        automaton.bonus_max = automaton.nodes.iter().map(|node| node.reach).fold(0.0, f32::max);
        automaton
    }

    /// Sets what a node has from the nodes before it, those nearer to the root first.
    fn link(&mut self) {
        let mut queue = VecDeque::from([START]);
        while let Some(parent) = queue.pop_front() {
            for (byte, child) in self.nodes[parent].children.clone() {
                let fail = self.fall(self.nodes[parent].fail, byte);
                let prefix = self.nodes[parent].kept(byte == b' ');
                let node = &mut self.nodes[child];
                node.fail = fail;
                node.prefix = prefix;
                node.credit = node.credit.max(prefix.value);
                queue.push_back(child);
            }
        }
    }

    /// The node of `byte` behind that of `from` or of a suffix of it.
    fn fall(&self, from: usize, byte: u8) -> usize {
        let mut at = from;
        loop {
            match self.nodes[at].child(byte) {
                Some(child) => return child,
                None if at == ROOT => return ROOT,
                None => at = self.nodes[at].fail,
            }
        }
    }

    pub(super) fn bonus_max(&self) -> f32 {
        self.bonus_max
    }

    /// All that `state` is worth: what is paid, and its credit.
    pub(super) fn value(&self, state: BiasState) -> f32 {
        state.paid + self.nodes[state.node].credit
    }

    /// What it may be worth in the end.
    pub(super) fn hope(&self, state: BiasState) -> f32 {
        let node = &self.nodes[state.node];
        state.paid + node.reach.max(node.prefix.value)
    }

    /// `state` behind the text of a token.
    pub(super) fn after(&self, mut state: BiasState, token: &[u8]) -> BiasState {
        for chunk in token.utf8_chunks() {
            for c in chunk.valid().chars() {
                if c.is_alphanumeric() {
                    for c in c.to_lowercase() {
                        let mut bytes = [0; 4];
                        c.encode_utf8(&mut bytes)
                            .bytes()
                            .for_each(|byte| self.step(&mut state, byte));
                    }
                } else {
                    self.step(&mut state, b' ');
                }
            }
            // Half of a letter: the other half is in the next token.
            chunk.invalid().iter().for_each(|byte| self.step(&mut state, *byte));
        }
        state
    }

    /// `state` behind the end of a stretch of text.
    pub(super) fn at_end(&self, mut state: BiasState) -> BiasState {
        let mut at = state.node;
        let mut kept = Bonus::default();
        while at != ROOT {
            kept = kept.max(self.nodes[at].kept(true));
            at = self.nodes[at].fail;
        }
        pay(&mut state, kept);
        state.node = START;
        state
    }

    fn step(&self, state: &mut BiasState, byte: u8) {
        let is_space = byte == b' ';
        if is_space && self.nodes[state.node].is_between_words {
            return;
        }
        let mut at = state.node;
        let mut kept = Bonus::default();
        let next = loop {
            if let Some(child) = self.nodes[at].child(byte) {
                break child;
            }
            if at == ROOT {
                break ROOT;
            }
            kept = kept.max(self.nodes[at].kept(is_space));
            at = self.nodes[at].fail;
        };
        // What is paid is not to be paid again by a shorter phrase within it.
        let is_paid_again = kept.value > 0.0 && self.nodes[next].prefix.value > 0.0;
        state.node = match (is_paid_again, is_space) {
            (false, _) => next,
            (true, true) => START,
            (true, false) => ROOT,
        };
        pay(state, kept);
    }
}

fn pay(state: &mut BiasState, bonus: Bonus) {
    state.paid += bonus.value;
    state.n_words += bonus.n_words;
}

fn child_or_new(nodes: &mut Vec<Node>, at: usize, byte: u8) -> usize {
    match nodes[at].children.binary_search_by_key(&byte, |(byte, _)| *byte) {
        Ok(found) => nodes[at].children[found].1,
        Err(place) => {
            let new = nodes.len();
            nodes.push(Node { is_between_words: byte == b' ', ..Node::default() });
            nodes[at].children.insert(place, (byte, new));
            new
        }
    }
}

/// How many words of `left` and `right` are not each other's, by their edit distance, in any case.
pub(super) fn n_different_words(left: &str, right: &str) -> usize {
    let (left, right) = (folded(left), folded(right));
    let right: Vec<&str> = right.split_whitespace().collect();
    edit_distance(left.split_whitespace(), &right)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn automaton(phrases: &[&str]) -> Automaton {
        Automaton::new(&Hotwords::new(phrases.iter().map(|&phrase| phrase.to_owned()), 2.0))
    }

    /// What is paid for a text of `tokens`, and its words.
    #[track_caller]
    fn check(phrases: &[&str], tokens: &[&str], expected: (f32, usize)) {
        let automaton = automaton(phrases);
        let walk = |state, token: &&str| automaton.after(state, token.as_bytes());
        let state = automaton.at_end(tokens.iter().fold(BiasState::default(), walk));
        assert_eq!((state.paid, state.n_words), expected, "{tokens:?}");
    }

    #[test]
    fn a_phrase_is_paid_once_whatever_its_tokens_and_its_case() {
        let phrases = ["Alain Garnier"];
        check(&phrases, &[" Alain", " Gar", "nier"], (2.0, 2));
        check(&phrases, &["al", "ain gar", "NIER", " dit"], (2.0, 2));
        check(&phrases, &[" d'", "Alain-", "Garnier", "."], (2.0, 2));
    }

    #[test]
    fn what_is_broken_off_or_longer_is_not_paid() {
        let phrases = ["Alain Garnier"];
        check(&phrases, &[" Alain", " Gar"], (0.0, 0));
        check(&phrases, &[" Alain", " Gar", "de", " Garnier"], (0.0, 0));
        check(&phrases, &[" Alain", " Gar", "nier", "s"], (0.0, 0));
        check(&phrases, &[" Calain", " Garnier"], (0.0, 0));
    }

    #[test]
    fn credit_grows_with_the_phrase_and_is_lost_where_it_breaks_off() {
        let automaton = automaton(&["Garnier"]);
        let after = |text: &str| automaton.after(BiasState::default(), text.as_bytes());
        let values = ["", " Gar", " Garni", " Garnier", " Garni,", " Garnier,"]
            .map(|text| automaton.value(after(text)));
        assert!(values[0] == 0.0 && values[1] > 0.0 && values[2] > values[1], "{values:?}");
        assert_eq!(values[3..], [2.0, 0.0, 2.0]);
        let hopes = ["", " Gar", " Garde"].map(|text| automaton.hope(after(text)));
        assert_eq!(hopes, [0.0, 2.0, 0.0]);
    }

    #[test]
    fn of_phrases_one_in_the_other_the_longest_is_paid_and_the_others_where_they_stand_alone() {
        let phrases = ["Garnier", "Alain Garnier", "Garnier Dupont", "Alain"];
        check(&phrases, &[" Alain Garnier"], (2.0, 2));
        check(&phrases, &[" Alain Garnier dit"], (2.0, 2));
        check(&phrases, &[" Alain dit Garnier"], (2.0 * 5.0 / 6.0 + 2.0, 2));
        check(&phrases, &[" Garnier du"], (2.0, 1));
        check(&phrases, &[" Garnier Dupont"], (2.0, 2));
    }

    #[test]
    fn a_phrase_may_begin_inside_another_that_breaks_off() {
        check(&["Jean Paul Sartre", "Paul Sarkis"], &[" Jean Paul Sarkis"], (2.0, 2));
    }

    #[test]
    fn a_letter_may_be_in_two_tokens() {
        let automaton = automaton(&["Maëlle"]);
        let state = automaton.after(BiasState::default(), b" Ma\xc3");
        let state = automaton.at_end(automaton.after(state, b"\xablle"));
        assert_eq!(state.paid, 2.0);
    }

    #[test]
    fn words_that_differ_are_counted() {
        assert_eq!(n_different_words("Bonjour, Alain !", "bonjour alain"), 0);
        assert_eq!(n_different_words("un sec num cloud", "un SecNumCloud"), 3);
        assert_eq!(n_different_words("", "un deux"), 2);
    }
}
