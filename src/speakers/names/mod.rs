//! Who speaks, by what is said: names in the talk, and the voices that they are evidence for.
//!
//! Somebody is introduced, given the floor, asked, thanked; each way to name them points to the one
//! who speaks, speaks next or spoke before. What each cue was right in is added up over the episode
//! as log-odds, for each voice and each name; a name is given where it is sure, one voice one name.
//! A wrong name is worse than none.
//!
//! The method is that of named identification on broadcasts: linguistic patterns that point to the
//! previous, the current or the next speaker (L. Canseco, L. Lamel, J.-L. Gauvain, "A comparative
//! study using manual and automatic transcriptions for diarization", ASRU 2005: 13 % of the
//! identities given on 295 shows were false; S. E. Tranter, "Who really spoke when?", ICASSP 2006),
//! and their sum over a voice (J. Mauclair, S. Meignier, Y. Estève, "Indexation en locuteur :
//! utilisation d'informations lexicales", JEP 2006, on ESTER: 70 % of the time is named rightly).
//! J. Poignant, L. Besacier and G. Quénot ("Unsupervised Speaker Identification in TV Broadcast
//! Based on Written Names", IEEE TASLP 23, 2015, on REPERE) find names that are pronounced too
//! imprecise to name voices by themselves: so more than most cues is asked for here, and what a
//! publisher writes counts for how a name is spelt. Their weights are our own, see [`Cue::MEASURED`].

mod around;
mod cues;
mod first_names;
mod mentions;
mod people;
mod phrases;
mod spellings;
mod talk;
#[cfg(test)]
mod tests;

use crate::base::{
    speech::SpeakerId,
    transcript::{NameEvidence, SaidName, Segment},
};
use cues::{Cue, Target, cue};
use mentions::{Mention, Part};
use people::{Person, with_capitals};
use std::collections::{BTreeMap, BTreeSet};
use talk::Block;

/// From this probability on a voice gets a name.
pub(super) const SURE: f32 = 0.85;

/// The same of a first name alone, which somebody has asked for.
const SURE_OF_FIRST: f32 = 0.75;

/// Odds of nobody who is named, against which those of names stand.
const NOBODY: f32 = 2.0;

/// Who names another in full is not that person.
const SAYS_THE_NAME: f32 = -2.0;

/// Of a form that may be none: a name in lower case, or without a first name that is known.
const UNCLEAR: f32 = 0.6;

/// Of a first name alone, where somebody of that name is there.
const BY_FIRST_NAME: f32 = 0.8;

/// Who may be named, and how names are spelt.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Known<'a> {
    /// People of the show, and those whom the publisher credits.
    pub(super) expected: &'a [&'a str],
    /// People of whom the name is known and nothing else: of the gallery.
    pub(super) others: &'a [String],
    /// Titles and notes, in which names stand.
    pub(super) notes: &'a [&'a str],
}

/// What is thought of voices and names, the surest first.
///
/// `segments` are the talk of `n_rows` voices; nothing points to those of which `is_aside` says
/// that they are not looked for, as the announcer.
pub(super) fn evidence(
    segments: &[Segment],
    n_rows: usize,
    known: &Known<'_>,
    is_aside: impl Fn(usize) -> bool,
) -> Vec<NameEvidence> {
    let blocks = talk::blocks(segments, n_rows);
    let (people, hits) = hits(&blocks, known, is_aside);
    summed(&blocks, &people, &hits)
}

/// Somebody who may be meant: a person of the list, or a first name and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Candidate {
    Person(usize),
    FirstName(String),
}

/// A mention that is evidence.
#[derive(Debug)]
struct Hit {
    block: usize,
    mention: Mention,
    cue: Cue,
    /// Whom it points to.
    row: usize,
    candidate: Candidate,
    weight: f32,
}

/// A mention, before it is known whose a part of a name is.
struct Found<'a> {
    block: usize,
    mention: &'a Mention,
    /// Of a whole name.
    person: Option<usize>,
    /// The cue, and the voice that it points to.
    pointed: Option<(Cue, usize)>,
}

/// Everybody who is named, and all evidence.
fn hits(
    blocks: &[Block],
    known: &Known<'_>,
    is_aside: impl Fn(usize) -> bool,
) -> (Vec<Person>, Vec<Hit>) {
    let written: Vec<String> =
        known.notes.iter().flat_map(|text| people::written_in(text)).collect();
    let expected = known.expected.iter().filter_map(|name| Person::known(name, true));
    let others = known.others.iter().chain(&written).filter_map(|name| Person::known(name, false));
    let mut people: Vec<Person> = Vec::new();
    for person in expected.chain(others) {
        if people.iter().all(|other| other.name != person.name) {
            people.push(person);
        }
    }
    let n_known = people.len();
    let all: Vec<Vec<Mention>> =
        blocks.iter().map(|block| mentions::mentions(block, &people[..n_known])).collect();
    let mut found: Vec<Found<'_>> = Vec::new();
    for (block, mentions) in all.iter().enumerate() {
        for mention in mentions {
            let person = people::add(&mut people, &blocks[block], mention);
            let pointed = cue(&blocks[block], mention, mentions);
            let pointed = pointed
                .and_then(|(cue, target)| Some((cue, row_of(blocks, block, target, &is_aside)?)));
            found.push(Found { block, mention, person, pointed });
        }
    }
    // Parts of names are those of somebody who is there.
    let mut present: BTreeSet<usize> =
        (0..n_known).filter(|&idx| people[idx].is_expected).collect();
    present.extend(found.iter().filter(|one| one.pointed.is_some()).filter_map(|one| one.person));
    let mut hits = Vec::new();
    for Found { block, mention, person, pointed } in found {
        let key = &blocks[block].tokens[mention.tokens.start].key;
        let is_meant = |idx: &&usize| match mention.part {
            Part::Full => false,
            Part::First => people[**idx].has_first_name(key),
            Part::Last => people[**idx].has_surname(key),
        };
        let meant: Vec<usize> = present.iter().filter(is_meant).copied().collect();
        let candidate = match (person, meant.as_slice(), mention.part) {
            (Some(person), ..) => Candidate::Person(person),
            (None, [one], _) => Candidate::Person(*one),
            (None, [], Part::First) => Candidate::FirstName(key.clone()),
            _ => continue,
        };
        let Some((cue, row)) = pointed else { continue };
        let is_part = mention.part != Part::Full && matches!(candidate, Candidate::Person(_));
        let form = if mention.is_clear { 1.0 } else { UNCLEAR };
        let weight = cue.weight() * form * if is_part { BY_FIRST_NAME } else { 1.0 };
        hits.push(Hit { block, mention: mention.clone(), cue, row, candidate, weight });
    }
    (people, without_lists(hits))
}

/// Where several people are named for one voice in one block, it is the one who is called last.
fn without_lists(hits: Vec<Hit>) -> Vec<Hit> {
    let mut named: BTreeMap<(usize, usize), BTreeSet<Candidate>> = BTreeMap::new();
    let mut called: BTreeMap<(usize, usize), Candidate> = BTreeMap::new();
    for hit in hits.iter().filter(|hit| hit.cue != Cue::Own) {
        let place = (hit.block, hit.row);
        named.entry(place).or_default().insert(hit.candidate.clone());
        if hit.cue == Cue::Addressed {
            called.insert(place, hit.candidate.clone());
        }
    }
    let is_one = |hit: &Hit| {
        let place = (hit.block, hit.row);
        hit.cue == Cue::Own
            || named.get(&place).is_none_or(|all| all.len() == 1)
            || called.get(&place) == Some(&hit.candidate)
    };
    hits.into_iter().filter(is_one).collect()
}

/// The voice that a cue in block `at` points to.
fn row_of(
    blocks: &[Block],
    at: usize,
    target: Target,
    is_aside: impl Fn(usize) -> bool,
) -> Option<usize> {
    let own = blocks[at].row;
    let is_other = |row: &usize| *row != own && !is_aside(*row);
    let mut behind = blocks[at + 1..].iter().map(|block| block.row).filter(&is_other);
    let is_new = |row: &usize| !blocks[..=at].iter().any(|block| block.row == *row);
    match target {
        Target::Own => (!is_aside(own)).then_some(own),
        Target::Next => behind.next(),
        Target::NextIfNew => behind.next().filter(is_new),
        Target::NextNew => {
            let rows: Vec<usize> = behind.collect();
            let others: BTreeSet<usize> =
                blocks.iter().map(|block| block.row).filter(is_other).collect();
            let only = (others.len() == 1).then(|| others.first().copied()).flatten();
            rows.into_iter().find(is_new).or(only)
        }
        Target::Previous => {
            let before = blocks[..at].iter().rev().map(|block| block.row);
            let since: BTreeSet<usize> =
                before.take_while(|row| *row != own).filter(&is_other).collect();
            match since.len() {
                1 => since.first().copied(),
                // Who is thanked before anybody else has spoken is there, and will.
                0 => behind.next(),
                _ => None,
            }
        }
    }
}

/// The sum of `hits` for each voice and candidate, the surest first.
fn summed(blocks: &[Block], people: &[Person], hits: &[Hit]) -> Vec<NameEvidence> {
    let mut sums: BTreeMap<(usize, Candidate), f32> = BTreeMap::new();
    let mut times: BTreeMap<(usize, Candidate, Cue), i32> = BTreeMap::new();
    for hit in hits {
        let pair = (hit.row, hit.candidate.clone());
        // The same thing said again is not as much again.
        let n = times.entry((pair.0, pair.1.clone(), hit.cue)).or_default();
        *sums.entry(pair).or_default() += hit.weight * 0.5_f32.powi(*n);
        *n += 1;
    }
    for ((row, candidate), sum) in &mut sums {
        let of_theirs = |hit: &&Hit| hit.candidate == *candidate;
        let names_self =
            hits.iter().filter(of_theirs).any(|hit| hit.cue == Cue::Own && hit.row == *row);
        let says = |hit: &Hit| {
            blocks[hit.block].row == *row && hit.row != *row && hit.mention.part == Part::Full
        };
        if !names_self && hits.iter().filter(of_theirs).any(says) {
            *sum += SAYS_THE_NAME;
        }
    }
    let mut all: Vec<NameEvidence> = Vec::new();
    for ((row, candidate), sum) in &sums {
        let rivals = sums.iter().filter(|((other, name), _)| (other == row) != (name == candidate));
        let against: f32 = rivals.map(|(_, sum)| (sum.exp() - 1.0).max(0.0)).sum();
        let odds = sum.exp();
        let of_pair = |hit: &&Hit| hit.row == *row && hit.candidate == *candidate;
        let said = |hit: &Hit| {
            let block = &blocks[hit.block];
            let mention = &hit.mention.tokens;
            let sentence = block.sentence(mention.start);
            let from = mention.start.saturating_sub(6).max(sentence.start);
            let to = (mention.end + 4).min(sentence.end);
            let at = block.tokens[mention.start].at;
            SaidName { at, text: block.text(from..to), weight: hit.weight }
        };
        all.push(NameEvidence {
            speaker: SpeakerId(u16::try_from(*row).unwrap_or(u16::MAX)),
            name: match candidate {
                Candidate::Person(idx) => people[*idx].name.clone(),
                Candidate::FirstName(key) => first_name(blocks, hits, key),
            },
            is_first_name: matches!(candidate, Candidate::FirstName(_)),
            probability: odds / (odds + NOBODY + against),
            said: hits.iter().filter(of_pair).map(said).collect(),
        });
    }
    all.sort_by(|one, other| other.probability.total_cmp(&one.probability));
    all
}

/// A first name as it is spelt where it is first said.
fn first_name(blocks: &[Block], hits: &[Hit], key: &str) -> String {
    let is_it = |hit: &&Hit| matches!(&hit.candidate, Candidate::FirstName(name) if name == key);
    let token =
        hits.iter().find(is_it).map(|hit| &blocks[hit.block].tokens[hit.mention.tokens.start]);
    with_capitals(token.map_or(key, |token| &token.text))
}

/// The name of each voice of `n_rows`, with its probability: those of `evidence` that are sure. No
/// name is given twice, and none that is in `taken`.
pub(super) fn named(
    evidence: &[NameEvidence],
    n_rows: usize,
    taken: &[Option<String>],
    first_names: bool,
) -> Vec<Option<(String, f32)>> {
    let mut names: Vec<Option<(String, f32)>> = vec![None; n_rows];
    let full = evidence.iter().filter(|one| !one.is_first_name);
    let first = evidence.iter().filter(|one| one.is_first_name && first_names);
    let is_sure = |one: &&NameEvidence| {
        one.probability >= if one.is_first_name { SURE_OF_FIRST } else { SURE }
    };
    for one in full.chain(first).filter(is_sure) {
        let row = usize::from(one.speaker.0);
        let is_free = names[row].is_none() && taken.get(row).is_none_or(Option::is_none);
        let given = names.iter().flatten().map(|(name, _)| name);
        let is_given = given.chain(taken.iter().flatten()).any(|name| *name == one.name);
        if is_free && !is_given {
            names[row] = Some((one.name.clone(), one.probability));
        }
    }
    names
}
