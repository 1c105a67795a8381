//! Speaker assignment: how many speakers there are, and which subsegment is whose.
//!
//! ```text
//! subsegments → groups of up to ten seconds → clusters → speakers → subsegments again, one by one
//! ```
//!
//! Groups of some seconds are clustered, because their embeddings are reliable; then each
//! subsegment is compared with the centroids of the speakers, as k-means does, because the
//! segmentation takes two similar voices for one here and there. Parameters: trials on assembled
//! French podcasts, then on conversations (`scripts/samples/conversation.py`) whose voices are not
//! those that the figures of `docs/BENCHMARKS.md` are about.

use super::{
    clustering::{Centroid, centroid, cluster, n_clusters, renumber},
    confidence::{confidences, mean_confidence},
    overlap::{find_second_voice, gap, separate_overlaps},
    subsegments::Subsegment,
};
use crate::base::{
    speech::{Diarization, Embedding, SpeakerId, Turn, Voice},
    time::{Span, Time, fill_pauses},
};
use std::collections::{BTreeMap, HashMap};

/// How speakers are told apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpeakerSettings {
    /// Clustering threshold: the distance of unit vectors from which two groups are two
    /// speakers, `0.0..=2.0`.
    pub threshold: f32,
    /// Least clean speech of a group that may seed a cluster, s.
    pub min_seed_s: f64,
    /// Cosine from which, once all subsegments are assigned, two centroids are one speaker: the
    /// one that they would have with speech without end.
    pub merge_cosine: f32,
    /// Least clean speech of a speaker, s; who has less is merged into the nearest other.
    pub min_speaker_s: f64,
    /// The least cosine of a subsegment with its speaker's centroid. Below it, it is an outlier
    /// (noise, a word in another room) and goes with whoever talks nearest to it.
    pub outlier_cosine: f32,
    /// Pauses of a speaker up to this long are part of the turn.
    pub pause: Time,
    /// Fewest and most speakers, where they are known.
    pub count: Option<(u16, u16)>,
}

impl SpeakerSettings {
    /// What suits a podcast whose number of speakers is not known.
    pub const PODCAST: SpeakerSettings = SpeakerSettings {
        threshold: 0.75,
        min_seed_s: 2.0,
        merge_cosine: 0.70,
        min_speaker_s: 1.5,
        outlier_cosine: 0.30,
        pause: Time::from_millis(200),
        count: None,
    };
}

/// For how long a track is taken for one speaker before it is compared again.
const GROUP_MAX: Time = Time::from_millis(10_000);

/// Distance of unit vectors from which two subsegments of one track are surely two speakers: a
/// cosine of 0.28. The segmentation takes two for one most often over music.
const SPLIT_DISTANCE: f32 = 1.2;

/// From how many seconds of speech on there is more of the voice in a centroid than of what is said:
/// the square of its length is to that of the voice in it as `1 + NOISE_S / seconds` to 1.
const NOISE_S: f64 = 1.5;

/// No centroid counts as less speech than this, s: speakers who lost all theirs have none.
const SHORTEST_S: f64 = 0.3;

/// Most passes of the refinement.
const N_PASSES: usize = 3;

/// Who speaks when, from `subsegments` sorted by start.
pub fn assign_speakers(subsegments: &[Subsegment], settings: &SpeakerSettings) -> Diarization {
    let groups: Vec<Vec<usize>> = group_by_track(subsegments)
        .into_iter()
        .flat_map(|group| split_group(subsegments, group))
        .collect();
    let group_centroids: Vec<Option<Centroid>> =
        groups.iter().map(|group| mean_embedding(subsegments, group)).collect();
    let mut assignment = Assignment {
        subsegments,
        settings,
        speakers: find_speakers(&group_centroids, settings),
        label_of: vec![None; subsegments.len()],
    };
    for (group, group_centroid) in groups.iter().zip(&group_centroids) {
        let nearest = group_centroid
            .as_ref()
            .and_then(|centroid| nearest(&centroid.embedding, &assignment.speakers));
        let label = nearest.map(|(label, _)| label);
        group.iter().for_each(|&member| assignment.label_of[member] = label);
    }
    assignment.refine();
    let fewest = settings.count.map_or(1, |(fewest, _)| usize::from(fewest));
    while assignment.speakers.len() > fewest && assignment.merge_two() {
        assignment.refine();
    }
    assignment.reassign_outliers();
    assignment.tell_overlaps_apart();
    diarization(subsegments, &assignment.label_of, &assignment.speakers, settings.pause)
}

/// The speakers, and the label of each subsegment: the index of its speaker.
struct Assignment<'a> {
    subsegments: &'a [Subsegment],
    settings: &'a SpeakerSettings,
    speakers: Vec<Centroid>,
    label_of: Vec<Option<usize>>,
}

impl Assignment<'_> {
    /// Passes of k-means: each subsegment to the nearest centroid, each centroid to the mean of
    /// its subsegments.
    fn refine(&mut self) {
        for _ in 0..N_PASSES {
            let has_changed = self.reassign();
            self.update_centroids();
            if !has_changed {
                break;
            }
        }
    }

    /// Gives subsegments to the centroid to which they are nearer; whether any has changed.
    fn reassign(&mut self) -> bool {
        let mut has_changed = false;
        for (subsegment, label) in self.subsegments.iter().zip(&mut self.label_of) {
            let Some(embedding) = &subsegment.embedding else { continue };
            let Some((best, best_cosine)) = nearest(embedding, &self.speakers) else { continue };
            let cosine =
                label.map_or(f32::MIN, |label| self.speakers[label].embedding.cosine(embedding));
            if best_cosine >= self.settings.outlier_cosine && best_cosine > cosine {
                *label = Some(best);
                has_changed = true;
            }
        }
        has_changed
    }

    /// Each speaker's centroid from the subsegments they have now; who has none keeps the old
    /// one, with no weight.
    fn update_centroids(&mut self) {
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); self.speakers.len()];
        for (index, label) in self.label_of.iter().enumerate() {
            if let Some(label) = label {
                members[*label].push(index);
            }
        }
        for (speaker, members) in self.speakers.iter_mut().zip(members) {
            match mean_embedding(self.subsegments, &members) {
                Some(centroid) => *speaker = centroid,
                None => speaker.seconds = 0.0,
            }
        }
    }

    /// Subsegments that are not similar to their speaker go with their neighbours.
    fn reassign_outliers(&mut self) {
        let is_similar = |(subsegment, label): (&Subsegment, &Option<usize>)| {
            let speaker = &self.speakers[(*label)?];
            let cosine = speaker.embedding.cosine(subsegment.embedding.as_ref()?);
            Some(cosine >= self.settings.outlier_cosine)
        };
        let pairs = self.subsegments.iter().zip(&self.label_of);
        let is_sure: Vec<bool> = pairs.map(|pair| is_similar(pair).unwrap_or(false)).collect();
        label_from_neighbours(self.subsegments, &is_sure, &mut self.label_of);
    }

    /// Two tracks at once are two people: where only one was found, a second one is, if more may be.
    fn tell_overlaps_apart(&mut self) {
        let most = self.settings.count.map_or(u16::MAX, |(_, most)| most);
        if let [only] = self.speakers.as_slice()
            && most > 1
        {
            let second = find_second_voice(self.subsegments, &mut self.label_of, only);
            self.speakers.extend(second);
        }
        separate_overlaps(self.subsegments, &mut self.label_of);
    }

    /// Merges two speakers into one: who has too little speech with the nearest other, or else
    /// the two nearest, if they are near enough. Whether there were any.
    fn merge_two(&mut self) -> bool {
        let n_speakers = self.speakers.len();
        let seconds = |label: usize| self.speakers[label].seconds;
        let shortest = (0..n_speakers)
            .filter(|&label| seconds(label) < self.settings.min_speaker_s)
            .min_by(|&a, &b| seconds(a).total_cmp(&seconds(b)));
        let cosine = |&(first, second): &(usize, usize)| {
            similarity(&self.speakers[first], &self.speakers[second])
        };
        let nearest = (0..n_speakers)
            .flat_map(|first| (first + 1..n_speakers).map(move |second| (first, second)))
            .filter(|&(first, second)| {
                shortest.is_none_or(|shortest| first == shortest || second == shortest)
            })
            .max_by(|a, b| cosine(a).total_cmp(&cosine(b)));
        let Some((kept, merged)) = nearest else { return false };
        if shortest.is_none() && cosine(&(kept, merged)) < self.settings.merge_cosine {
            return false;
        }
        for label in self.label_of.iter_mut().flatten() {
            *label = if *label == merged { kept } else { *label - usize::from(*label > merged) };
        }
        self.speakers.remove(merged);
        self.update_centroids();
        true
    }
}

/// The cosine that two centroids would have with speech without end. What is said turns a centroid
/// of little speech away from its voice, so two short ones of the same voice look more different.
fn similarity(a: &Centroid, b: &Centroid) -> f32 {
    let noise = |centroid: &Centroid| 1.0 + NOISE_S / centroid.seconds.max(SHORTEST_S);
    a.embedding.cosine(&b.embedding) * (noise(a) * noise(b)).sqrt() as f32
}

/// Subsegments of one track within [`GROUP_MAX`], by their indices.
fn group_by_track(subsegments: &[Subsegment]) -> Vec<Vec<usize>> {
    let mut open: HashMap<u32, usize> = HashMap::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (index, subsegment) in subsegments.iter().enumerate() {
        let fits = open.get(&subsegment.track).copied().filter(|&group: &usize| {
            let start = subsegments[groups[group][0]].span.start();
            subsegment.span.end().minus(start) <= GROUP_MAX
        });
        match fits {
            Some(group) => groups[group].push(index),
            None => {
                open.insert(subsegment.track, groups.len());
                groups.push(vec![index]);
            }
        }
    }
    groups
}

/// `group` in parts that may each be one speaker; a subsegment that is not embedded goes with the
/// nearest one that is.
fn split_group(subsegments: &[Subsegment], group: Vec<usize>) -> Vec<Vec<usize>> {
    let mut embedded: Vec<usize> = group.clone();
    embedded.retain(|&index| subsegments[index].embedding.is_some());
    let centroids: Vec<Centroid> =
        embedded.iter().filter_map(|&index| mean_embedding(subsegments, &[index])).collect();
    let labels = cluster(&centroids, SPLIT_DISTANCE);
    let n_parts = n_clusters(&labels);
    if n_parts < 2 {
        return vec![group];
    }
    let mut parts = vec![Vec::new(); n_parts];
    for index in group {
        let nearest = embedded.iter().zip(&labels).min_by_key(|&(&other, _)| {
            (other != index, gap(subsegments[index].span, subsegments[other].span))
        });
        parts[nearest.map_or(0, |(_, label)| *label)].push(index);
    }
    parts
}

/// The mean embedding of some subsegments, by their lengths; `None` where none has one.
fn mean_embedding(subsegments: &[Subsegment], members: &[usize]) -> Option<Centroid> {
    let embedded = || {
        let members = members.iter().map(|&index| &subsegments[index]);
        members.filter_map(|member| Some((member.embedding.as_ref()?, seconds(member))))
    };
    let embedding = Embedding::mean(embedded())?;
    Some(Centroid { embedding, seconds: embedded().map(|(_, seconds)| seconds).sum() })
}

/// The speakers among the centroids of groups, in no order that matters.
fn find_speakers(groups: &[Option<Centroid>], settings: &SpeakerSettings) -> Vec<Centroid> {
    let at_least = |seconds: f64| -> Vec<Centroid> {
        let groups = groups.iter().flatten().filter(|group| group.seconds >= seconds);
        groups.cloned().collect()
    };
    let seeds = [settings.min_seed_s, settings.min_seed_s / 2.0, 0.0]
        .into_iter()
        .map(at_least)
        .find(|seeds| !seeds.is_empty())
        .unwrap_or_default();
    let found = cluster_seeds(&seeds, settings.threshold, settings.min_speaker_s);
    let Some((fewest, most)) = settings.count else { return found };
    let wanted = found.len().clamp(usize::from(fewest), usize::from(most).max(1));
    if found.len() == wanted {
        return found;
    }
    cluster_into(&seeds, wanted, found, settings.min_speaker_s)
}

/// The clusters at a threshold that have at least `min_speaker_s`; the longest one if none
/// has.
fn cluster_seeds(seeds: &[Centroid], threshold: f32, min_speaker_s: f64) -> Vec<Centroid> {
    let labels = cluster(seeds, threshold);
    let clusters: Vec<Centroid> =
        (0..n_clusters(&labels)).filter_map(|label| centroid(seeds, &labels, label)).collect();
    let long: Vec<Centroid> =
        clusters.iter().filter(|cluster| cluster.seconds >= min_speaker_s).cloned().collect();
    if !long.is_empty() {
        return long;
    }
    let longest = clusters
        .into_iter()
        .reduce(|best, next| if next.seconds > best.seconds { next } else { best });
    longest.into_iter().collect()
}

/// As many clusters as `wanted`, or as near to it as a threshold comes; `found` if none is
/// better. The dendrogram is never cut into so many parts: outliers would become speakers.
pub(super) fn cluster_into(
    seeds: &[Centroid],
    wanted: usize,
    found: Vec<Centroid>,
    min_speaker_s: f64,
) -> Vec<Centroid> {
    let thresholds = (30..=200).map(|hundredths| hundredths as f32 / 100.0);
    let tries = thresholds.map(|threshold| cluster_seeds(seeds, threshold, min_speaker_s));
    tries.fold(found, |best, next| {
        let difference = |speakers: &Vec<Centroid>| speakers.len().abs_diff(wanted);
        // The last of equal ones: the farther apart, the surer.
        if difference(&next) <= difference(&best) { next } else { best }
    })
}

/// The nearest speaker and the cosine with their centroid; the first of equal ones.
pub(super) fn nearest(embedding: &Embedding, speakers: &[Centroid]) -> Option<(usize, f32)> {
    let cosines = speakers.iter().map(|speaker| speaker.embedding.cosine(embedding)).enumerate();
    cosines.reduce(|best, next| if next.1 > best.1 { next } else { best })
}

/// New labels for the subsegments that are not surely anybody's, from those that are; `is_sure`
/// says which. An embedded one is an outlier: its track may be wrong about it as well, so it
/// goes with whoever talks nearest to it. One that is not embedded goes with the nearest one of
/// its track. None is left without a label that had one.
fn label_from_neighbours(
    subsegments: &[Subsegment],
    is_sure: &[bool],
    label_of: &mut [Option<usize>],
) {
    let old_labels = label_of.to_vec();
    let mut is_labelled = is_sure.to_vec();
    for index in (0..subsegments.len()).filter(|&index| !is_sure[index]) {
        if subsegments[index].embedding.is_some()
            && let Some(neighbour) = nearest_sure(subsegments, is_sure, index)
        {
            label_of[index] = old_labels[neighbour];
            is_labelled[index] = true;
        }
    }
    label_from_tracks(subsegments, &is_labelled, label_of);
    // A track of nothing but short sounds goes with whoever talks nearest to it.
    let labelled: Vec<usize> =
        (0..subsegments.len()).filter(|&index| label_of[index].is_some()).collect();
    for index in 0..subsegments.len() {
        if label_of[index].is_none() {
            let next = labelled.partition_point(|&other| other < index);
            let beside = &labelled[next.saturating_sub(1)..labelled.len().min(next + 1)];
            let nearest = nearest_of(subsegments, index, beside);
            label_of[index] = nearest.and_then(|other| label_of[other]).or(old_labels[index]);
        }
    }
}

/// The sure subsegment nearest to `index` among those that do not overlap it.
fn nearest_sure(subsegments: &[Subsegment], is_sure: &[bool], index: usize) -> Option<usize> {
    let span = subsegments[index].span;
    (0..subsegments.len())
        .filter(|&other| is_sure[other] && subsegments[other].span.overlap(span).is_none())
        .min_by_key(|&other| gap(span, subsegments[other].span))
}

/// Gives each subsegment without a label that of the nearest one of its track that has one.
fn label_from_tracks(
    subsegments: &[Subsegment],
    is_labelled: &[bool],
    label_of: &mut [Option<usize>],
) {
    let mut by_track: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (index, subsegment) in subsegments.iter().enumerate() {
        by_track.entry(subsegment.track).or_default().push(index);
    }
    for track in by_track.values() {
        let labelled: Vec<usize> =
            track.iter().copied().filter(|&index| is_labelled[index]).collect();
        for &index in track.iter().filter(|&&index| !is_labelled[index]) {
            let nearest = nearest_of(subsegments, index, &labelled);
            label_of[index] = nearest.and_then(|other| label_of[other]);
        }
    }
}

/// The one of `others` nearest to `index` in time; the first of equal ones.
fn nearest_of(subsegments: &[Subsegment], index: usize, others: &[usize]) -> Option<usize> {
    let span = subsegments[index].span;
    others.iter().copied().min_by_key(|&other| gap(span, subsegments[other].span))
}

fn seconds(subsegment: &Subsegment) -> f64 {
    subsegment.span.length().as_secs_f64()
}

/// Turns and voices, speakers numbered by first appearance.
fn diarization(
    subsegments: &[Subsegment],
    label_of: &[Option<usize>],
    speakers: &[Centroid],
    pause: Time,
) -> Diarization {
    let confidences = confidences(subsegments, label_of, speakers);
    let labelled: Vec<(&Subsegment, usize, u8)> = subsegments
        .iter()
        .zip(label_of)
        .zip(confidences)
        .filter_map(|((subsegment, label), confidence)| Some((subsegment, (*label)?, confidence)))
        .collect();
    let numbers = renumber(labelled.iter().map(|(_, label, _)| *label));
    let mut turns = Vec::new();
    let mut voices = Vec::new();
    let mut parts = Vec::new();
    for number in 0..n_clusters(&numbers) {
        let speaker = SpeakerId(u16::try_from(number).unwrap_or(u16::MAX));
        let members = labelled.iter().zip(&numbers).filter(|(_, of)| **of == number);
        let members: Vec<&(&Subsegment, usize, u8)> = members.map(|(member, _)| member).collect();
        let own: Vec<Turn> = members
            .iter()
            .map(|(subsegment, _, percent)| Turn {
                speaker,
                span: subsegment.span,
                confidence: Some(*percent),
            })
            .collect();
        let spans: Vec<Span> = own.iter().map(|part| part.span).collect();
        turns.extend(fill_pauses(&spans, pause).into_iter().map(|span| Turn {
            speaker,
            span,
            confidence: mean_confidence(&own, &[span]),
        }));
        let embedded = members.iter().filter(|(subsegment, ..)| subsegment.embedding.is_some());
        let n_samples: u64 = embedded.map(|(subsegment, ..)| subsegment.span.samples()).sum();
        let embedding = speakers[members[0].1].embedding.clone();
        voices.push(Voice { speaker, embedding, speech: Time::from_samples(n_samples) });
        parts.extend(own);
    }
    parts.sort_by_key(|part| (part.span, part.speaker));
    turns.sort_by_key(|turn| (turn.span, turn.speaker));
    Diarization { turns, voices, parts }
}
