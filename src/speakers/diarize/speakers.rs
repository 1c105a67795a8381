//! Who each piece belongs to: from voices of ten seconds to people of an episode.
//!
//! ```text
//! pieces → voices of up to ten seconds → clusters → people → pieces again, one by one
//! ```
//!
//! Voices of some seconds are clustered, because they are told apart surely; then
//! each piece is compared with the people found, because segmentation takes two like
//! voices for one here and there. Parameters: half a day of trials on assembled French
//! podcasts; what they gave is in `tests/baseline.toml`.

use super::{
    cluster::{Weighted, centre, cluster, numbered},
    pieces::Piece,
};
use crate::base::{
    speech::{Diarization, Embedding, SpeakerId, Turn, Voice},
    time::{Span, Time, fill_pauses},
};
use std::collections::{BTreeMap, HashMap};

/// How people are told apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpeakerSettings {
    /// Distance of unit vectors from which two voices are two people, `0.0..=2.0`.
    pub threshold: f32,
    /// Speech from which a voice may be the beginning of a person, s.
    pub training: f64,
    /// Cosine from which two people, once all their pieces are known, are one.
    pub same: f32,
    /// Least speech of a person, s; who has less goes to the nearest other.
    pub shortest: f64,
    /// By how much another person must be nearer, in cosine, for a piece to leave its
    /// track.
    pub margin: f32,
    /// The least cosine of a piece with the person it goes to. Under it, it is like nobody
    /// (noise, a word in another room) and goes with whoever talks nearest to it. Of the trial's
    /// pieces, 95 of 100 were less like another voice.
    pub near: f32,
    /// Pauses of a person up to this long are part of the turn.
    pub pause: Time,
    /// Fewest and most people, where they are known.
    pub count: Option<(u16, u16)>,
}

impl SpeakerSettings {
    /// What suits a podcast whose people are not known beforehand.
    pub const PODCAST: SpeakerSettings = SpeakerSettings {
        threshold: 0.75,
        training: 2.0,
        same: 0.60,
        shortest: 1.5,
        margin: 0.10,
        near: 0.36,
        pause: Time::from_millis(200),
        count: None,
    };
}

/// How long one track is one voice without asking again.
const VOICE: Time = Time::from_millis(10_000);

/// Distance of unit vectors from which two pieces of one track are surely two voices: a cosine of
/// 0.28. Segmentation takes two for one most often over music.
const PARTED: f32 = 1.2;

/// Passes over the pieces after clustering.
const N_PASSES: usize = 3;

/// Who speaks when, of `pieces` sorted by start.
pub fn speakers(pieces: &[Piece], settings: &SpeakerSettings) -> Diarization {
    let groups: Vec<Vec<usize>> =
        groups(pieces).into_iter().flat_map(|group| parted(pieces, group)).collect();
    let voices: Vec<Option<Weighted>> = groups.iter().map(|group| voice(pieces, group)).collect();
    let mut crowd = Crowd {
        pieces,
        settings,
        people: people(&voices, settings),
        label_of: vec![None; pieces.len()],
    };
    for (group, voice) in groups.iter().zip(&voices) {
        let nearest = voice.as_ref().and_then(|voice| nearest(&voice.embedding, &crowd.people));
        group.iter().for_each(|&piece| crowd.label_of[piece] = nearest.map(|(label, _)| label));
    }
    crowd.settle();
    let fewest = settings.count.map_or(1, |(fewest, _)| usize::from(fewest));
    while crowd.people.len() > fewest && crowd.join_two() {
        crowd.settle();
    }
    crowd.follow();
    diarization(pieces, &crowd.label_of, &crowd.people, settings.pause)
}

/// People, and whose each piece is.
struct Crowd<'a> {
    pieces: &'a [Piece],
    settings: &'a SpeakerSettings,
    people: Vec<Weighted>,
    label_of: Vec<Option<usize>>,
}

impl Crowd<'_> {
    /// Compares each piece with the people, and people become the mean of their pieces.
    fn settle(&mut self) {
        for _ in 0..N_PASSES {
            let changed = self.reassign();
            self.recentre();
            if !changed {
                break;
            }
        }
    }

    /// Gives pieces to whom they are clearly nearer; whether any changed hands.
    fn reassign(&mut self) -> bool {
        let mut changed = false;
        for (piece, label) in self.pieces.iter().zip(&mut self.label_of) {
            let Some(embedding) = &piece.embedding else { continue };
            let Some((best, score)) = nearest(embedding, &self.people) else { continue };
            let now = label.map_or(f32::MIN, |now| self.people[now].embedding.cosine(embedding));
            let leads = score >= self.settings.near && score - now > self.settings.margin;
            if *label != Some(best) && leads {
                *label = Some(best);
                changed = true;
            }
        }
        changed
    }

    /// Each person's voice over the pieces they have now; who has none keeps the old one
    /// and counts for nothing.
    fn recentre(&mut self) {
        let mut own: Vec<Vec<usize>> = vec![Vec::new(); self.people.len()];
        for (index, label) in self.label_of.iter().enumerate() {
            if let Some(label) = label {
                own[*label].push(index);
            }
        }
        for (person, own) in self.people.iter_mut().zip(own) {
            match voice(self.pieces, &own) {
                Some(voice) => *person = voice,
                None => person.seconds = 0.0,
            }
        }
    }

    /// Pieces that are not like the person they have go with their neighbours.
    fn follow(&mut self) {
        let is_sure = |(piece, label): (&Piece, &Option<usize>)| {
            let (own, voice) = (&self.people[(*label)?], piece.embedding.as_ref()?);
            Some(own.embedding.cosine(voice) >= self.settings.near)
        };
        let pairs = self.pieces.iter().zip(&self.label_of);
        let sure: Vec<bool> = pairs.map(|pair| is_sure(pair).unwrap_or(false)).collect();
        follow(self.pieces, &sure, &mut self.label_of);
    }

    /// Makes one of two people: who is heard too little joins the nearest, or the two
    /// nearest are one if they are near enough. Whether there were any.
    fn join_two(&mut self) -> bool {
        let n_people = self.people.len();
        let short = (0..n_people).filter(|&row| self.people[row].seconds < self.settings.shortest);
        let shortest = short
            .min_by(|&one, &other| self.people[one].seconds.total_cmp(&self.people[other].seconds));
        let pairs = (0..n_people).flat_map(|one| (one + 1..n_people).map(move |two| (one, two)));
        let alike = |&(one, two): &(usize, usize)| {
            self.people[one].embedding.cosine(&self.people[two].embedding)
        };
        let concerned = |&(one, two): &(usize, usize)| {
            shortest.is_none_or(|shortest| one == shortest || two == shortest)
        };
        let nearest = pairs.filter(concerned).max_by(|a, b| alike(a).total_cmp(&alike(b)));
        let Some((one, two)) = nearest else { return false };
        if shortest.is_none() && alike(&(one, two)) < self.settings.same {
            return false;
        }
        for label in self.label_of.iter_mut().flatten() {
            *label = if *label == two { one } else { *label - usize::from(*label > two) };
        }
        self.people.remove(two);
        self.recentre();
        true
    }
}

/// Pieces of one track within [`VOICE`], by their indices.
fn groups(pieces: &[Piece]) -> Vec<Vec<usize>> {
    let mut open: HashMap<u32, usize> = HashMap::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (index, piece) in pieces.iter().enumerate() {
        let fits = open.get(&piece.track).copied().filter(|&group: &usize| {
            let start = pieces[groups[group][0]].span.start();
            piece.span.end().minus(start) <= VOICE
        });
        match fits {
            Some(group) => groups[group].push(index),
            None => {
                open.insert(piece.track, groups.len());
                groups.push(vec![index]);
            }
        }
    }
    groups
}

/// `group` in parts that may each be one voice; a piece that is not embedded goes with the nearest
/// one that is.
fn parted(pieces: &[Piece], group: Vec<usize>) -> Vec<Vec<usize>> {
    let mut heard: Vec<usize> = group.clone();
    heard.retain(|&index| pieces[index].embedding.is_some());
    let voices: Vec<Weighted> = heard.iter().filter_map(|&index| voice(pieces, &[index])).collect();
    let labels = cluster(&voices, PARTED);
    let n_parts = labels.iter().max().map_or(0, |most| most + 1);
    if n_parts < 2 {
        return vec![group];
    }
    let mut parts = vec![Vec::new(); n_parts];
    for index in group {
        let near = heard.iter().zip(&labels).min_by_key(|&(&other, _)| {
            (other != index, gap(pieces[index].span, pieces[other].span))
        });
        parts[near.map_or(0, |(_, label)| *label)].push(index);
    }
    parts
}

/// The mean voice of some pieces; `None` where none was embedded.
fn voice(pieces: &[Piece], group: &[usize]) -> Option<Weighted> {
    let heard = || {
        let pieces = group.iter().map(|&index| &pieces[index]);
        pieces.filter_map(|piece| Some((piece.embedding.as_ref()?, seconds(piece))))
    };
    let embedding = Embedding::mean(heard())?;
    Some(Weighted { embedding, seconds: heard().map(|(_, seconds)| seconds).sum() })
}

/// The people whose voices these are, in no order that matters.
fn people(voices: &[Option<Weighted>], settings: &SpeakerSettings) -> Vec<Weighted> {
    let enough = |least: f64| -> Vec<Weighted> {
        let voices = voices.iter().flatten().filter(|voice| voice.seconds >= least);
        voices.cloned().collect()
    };
    let bars = [settings.training, settings.training / 2.0, 0.0];
    let voices = bars.into_iter().map(enough).find(|voices| !voices.is_empty()).unwrap_or_default();
    let found = people_at(&voices, settings.threshold, settings.shortest);
    let Some((fewest, most)) = settings.count else { return found };
    let wanted = found.len().clamp(usize::from(fewest), usize::from(most).max(1));
    if found.len() == wanted { found } else { forced(&voices, wanted, found, settings.shortest) }
}

/// The clusters at a threshold that are heard for long enough; the longest one if none is.
fn people_at(voices: &[Weighted], threshold: f32, shortest: f64) -> Vec<Weighted> {
    let labels = cluster(voices, threshold);
    let n_labels = labels.iter().max().map_or(0, |most| most + 1);
    let all: Vec<Weighted> =
        (0..n_labels).filter_map(|label| centre(voices, &labels, label)).collect();
    let long: Vec<Weighted> = all.iter().filter(|p| p.seconds >= shortest).cloned().collect();
    if !long.is_empty() {
        return long;
    }
    let longest =
        all.into_iter().reduce(|one, other| if other.seconds > one.seconds { other } else { one });
    longest.into_iter().collect()
}

/// As many people as asked for, or as near to it as a threshold comes. The tree is
/// never cut into so many parts: outliers would become people.
fn forced(
    voices: &[Weighted],
    wanted: usize,
    found: Vec<Weighted>,
    shortest: f64,
) -> Vec<Weighted> {
    let thresholds = (30..=200).map(|hundredths| hundredths as f32 / 100.0);
    let tries = thresholds.map(|threshold| people_at(voices, threshold, shortest));
    tries.fold(found, |best, other| {
        let off = |people: &Vec<Weighted>| people.len().abs_diff(wanted);
        // The last of equal ones: the farther apart, the surer.
        if off(&other) <= off(&best) { other } else { best }
    })
}

fn nearest(voice: &Embedding, people: &[Weighted]) -> Option<(usize, f32)> {
    let scores = people.iter().map(|person| person.embedding.cosine(voice)).enumerate();
    scores.reduce(|best, other| if other.1 > best.1 { other } else { best })
}

/// Pieces that are not surely anybody's go with those that are; `is_sure` says which. One with a
/// voice like nobody's goes with whoever talks nearest to it, since its track may be wrong about
/// it as well; one without a voice goes with the nearest one of its track. Nobody is left without
/// a person whom `label_of` had one for.
fn follow(pieces: &[Piece], is_sure: &[bool], label_of: &mut [Option<usize>]) {
    let before = label_of.to_vec();
    let near = |index: usize| {
        let span = pieces[index].span;
        let sure = (0..pieces.len()).filter(|&other| is_sure[other]);
        let apart = sure.filter(|&other| pieces[other].span.overlap(span).is_none());
        apart.min_by_key(|&other| gap(span, pieces[other].span))
    };
    let mut is_known = is_sure.to_vec();
    for index in (0..pieces.len()).filter(|&index| !is_sure[index]) {
        if pieces[index].embedding.is_some()
            && let Some(other) = near(index)
        {
            label_of[index] = before[other];
            is_known[index] = true;
        }
    }
    let mut by_track: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (index, piece) in pieces.iter().enumerate() {
        by_track.entry(piece.track).or_default().push(index);
    }
    for track in by_track.values() {
        let sure: Vec<usize> = track.iter().copied().filter(|&index| is_known[index]).collect();
        for &index in track.iter().filter(|&&index| !is_known[index]) {
            let near =
                sure.iter().min_by_key(|&&other| gap(pieces[index].span, pieces[other].span));
            label_of[index] = near.and_then(|&other| label_of[other]);
        }
    }
    // A track of nothing but short sounds goes with whoever talks nearest to it.
    let known: Vec<usize> = (0..pieces.len()).filter(|&index| label_of[index].is_some()).collect();
    for index in 0..pieces.len() {
        if label_of[index].is_none() {
            let behind = known.partition_point(|&other| other < index);
            let beside = known[behind.saturating_sub(1)..known.len().min(behind + 1)].iter();
            let near = beside.min_by_key(|&&other| gap(pieces[index].span, pieces[other].span));
            label_of[index] = near.and_then(|&other| label_of[other]).or(before[index]);
        }
    }
}

/// Time between two spans; none where they touch or overlap.
fn gap(one: Span, other: Span) -> Time {
    one.start().max(other.start()).minus(one.end().min(other.end()))
}

fn seconds(piece: &Piece) -> f64 {
    piece.span.length().as_secs_f64()
}

/// Turns and voices, people numbered by first appearance.
fn diarization(
    pieces: &[Piece],
    label_of: &[Option<usize>],
    people: &[Weighted],
    pause: Time,
) -> Diarization {
    let said: Vec<(&Piece, usize)> =
        pieces.iter().zip(label_of).filter_map(|(piece, label)| Some((piece, (*label)?))).collect();
    let numbers = numbered(said.iter().map(|(_, label)| *label));
    let mut turns = Vec::new();
    let mut voices = Vec::new();
    for number in 0..numbers.iter().max().map_or(0, |most| most + 1) {
        let speaker = SpeakerId(u16::try_from(number).unwrap_or(u16::MAX));
        let own: Vec<&(&Piece, usize)> =
            said.iter().zip(&numbers).filter(|(_, n)| **n == number).map(|(own, _)| own).collect();
        let spans: Vec<Span> = own.iter().map(|(piece, _)| piece.span).collect();
        let spans = fill_pauses(&spans, pause);
        turns.extend(spans.into_iter().map(|span| Turn { speaker, span }));
        let clean = own.iter().filter(|(piece, _)| piece.embedding.is_some());
        let heard = Time::from_samples(clean.map(|(piece, _)| piece.span.samples()).sum());
        let embedding = people[own[0].1].embedding.clone();
        voices.push(Voice { speaker, embedding, heard });
    }
    turns.sort_by_key(|turn| (turn.span, turn.speaker));
    Diarization { turns, voices }
}
