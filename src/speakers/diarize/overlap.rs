//! Overlapping speech: two tracks at once are two people.
//!
//! What is said over somebody else has no embedding, so that both tracks of an overlap may end up with one
//! label, and the interruption is lost. The segmentation heard two: one of them keeps the label, the other
//! gets that of whom its track is elsewhere, or of who else was last or next to talk.

use super::{clustering::Centroid, subsegments::Subsegment};
use crate::base::{
    speech::Embedding,
    time::{Span, Time},
};

/// How far around an overlap a track tells whose it is.
const TRACK_MAX: Time = Time::from_millis(3_000);

/// Who has not talked for so long does not interrupt.
const ABSENT: Time = Time::from_millis(30_000);

/// No embedded subsegment is longer.
const EMBEDDED_MAX: Time = Time::from_millis(3_000);

/// What is heard of a track counts by its seconds, divided by one and so much for each second away.
const LESS_PER_S: f64 = 3.0;

/// Two tracks at once for so long in the only voice there is are a second one.
const SECOND_VOICE_MIN: Time = Time::from_millis(1_000);

/// Gives the second track of each overlap another speaker than the first, where there is one.
///
/// `subsegments` are sorted by start; `label_of` has the speaker of each. None is left without a
/// label that had one.
pub(super) fn separate_overlaps(subsegments: &[Subsegment], label_of: &mut [Option<usize>]) {
    for (first, second) in overlapping_pairs(subsegments) {
        let (Some(label), true) = (label_of[first], label_of[first] == label_of[second]) else {
            continue;
        };
        let [of_first, of_second] =
            [first, second].map(|index| evidence(subsegments, label_of, index));
        let own = |evidence: &[f64]| evidence.get(label).copied().unwrap_or(0.0);
        let (first_other, second_other) = (other(&of_first, label), other(&of_second, label));
        let weight = |other: Option<(usize, f64)>| other.map_or(0.0, |(_, weight)| weight);
        let second_moves =
            own(&of_first) + weight(second_other) >= own(&of_second) + weight(first_other);
        let (moved, other) =
            if second_moves { (second, second_other) } else { (first, first_other) };
        let other = other.map(|(other, _)| other);
        let other = other.or_else(|| nearest_other(subsegments, label_of, moved, label));
        label_of[moved] = other.or(label_of[moved]);
    }
}

/// A second speaker beside the only one, `speaker`, where two tracks are heard at once for long enough:
/// the tracks that are heard less by themselves are that one's. Nothing is known of such a voice but
/// that it is another: its centroid is the opposite of the other one, with no speech.
pub(super) fn find_second_voice(
    subsegments: &[Subsegment],
    label_of: &mut [Option<usize>],
    speaker: &Centroid,
) -> Option<Centroid> {
    let pairs = overlapping_pairs(subsegments);
    let shared = |(first, second): &(usize, usize)| {
        let overlap = subsegments[*first].span.overlap(subsegments[*second].span);
        overlap.map_or(0, Span::samples)
    };
    if pairs.iter().map(shared).sum::<u64>() < SECOND_VOICE_MIN.samples() {
        return None;
    }
    let opposite = speaker.embedding.values().iter().map(|value| -value).collect();
    let embedding = Embedding::new(opposite)?;
    let heard = |index: usize| -> f64 {
        let near = near_in_track(subsegments, index);
        near.map(|other| subsegments[other].span.length().as_secs_f64()).sum()
    };
    for (first, second) in pairs {
        label_of[if heard(first) < heard(second) { first } else { second }] = Some(1);
    }
    Some(Centroid { embedding, seconds: 0.0 })
}

/// Subsegments of two tracks at one time, the earlier one first.
fn overlapping_pairs(subsegments: &[Subsegment]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    for (first, subsegment) in subsegments.iter().enumerate() {
        let later = (first + 1..subsegments.len())
            .take_while(|&second| subsegments[second].span.start() < subsegment.span.end());
        let of_others = later.filter(|&second| subsegments[second].track != subsegment.track);
        pairs.extend(of_others.map(|second| (first, second)));
    }
    pairs
}

/// How much speaks for each label that `index` is its, by what its track is around it.
fn evidence(subsegments: &[Subsegment], label_of: &[Option<usize>], index: usize) -> Vec<f64> {
    let mut evidence = Vec::new();
    for other in near_in_track(subsegments, index) {
        let Some(label) = label_of[other] else { continue };
        evidence.resize(evidence.len().max(label + 1), 0.0);
        let away = gap(subsegments[index].span, subsegments[other].span).as_secs_f64();
        let seconds = subsegments[other].span.length().as_secs_f64();
        evidence[label] += seconds / (1.0 + LESS_PER_S * away);
    }
    evidence
}

/// The embedded subsegments of its track within [`TRACK_MAX`].
fn near_in_track(subsegments: &[Subsegment], index: usize) -> impl Iterator<Item = usize> {
    let Subsegment { track, span, .. } = subsegments[index];
    around(subsegments, span, TRACK_MAX)
        .filter(move |&other| other != index && subsegments[other].track == track)
}

/// The label but `label` that has most in `evidence`, and how much.
fn other(evidence: &[f64], label: usize) -> Option<(usize, f64)> {
    let others = evidence.iter().copied().enumerate();
    let others = others.filter(|(other, weight)| *other != label && *weight > 0.0);
    others.max_by(|a, b| a.1.total_cmp(&b.1))
}

/// Who but `label` talks nearest to `index`.
fn nearest_other(
    subsegments: &[Subsegment],
    label_of: &[Option<usize>],
    index: usize,
    label: usize,
) -> Option<usize> {
    let span = subsegments[index].span;
    let of_others = around(subsegments, span, ABSENT)
        .filter(|&other| label_of[other].is_some_and(|its| its != label));
    let nearest = of_others.min_by_key(|&other| gap(span, subsegments[other].span));
    nearest.and_then(|other| label_of[other])
}

/// The embedded subsegments no farther than `max` from `span`.
fn around(subsegments: &[Subsegment], span: Span, max: Time) -> impl Iterator<Item = usize> {
    let earliest = span.start().minus(max).minus(EMBEDDED_MAX);
    let first = subsegments.partition_point(|other| other.span.start() < earliest);
    (first..subsegments.len())
        .take_while(move |&other| subsegments[other].span.start() <= span.end().plus(max))
        .filter(move |&other| subsegments[other].embedding.is_some())
        .filter(move |&other| gap(span, subsegments[other].span) <= max)
}

/// Time between two spans; none where they touch or overlap.
pub(super) fn gap(a: Span, b: Span) -> Time {
    a.start().max(b.start()).minus(a.end().min(b.end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a track, from and to in ms, embedded or not.
    fn one(track: u32, start: u64, end: u64, is_embedded: bool) -> Subsegment {
        let span = Span::new(Time::from_millis(start), Time::from_millis(end)).expect("it lasts");
        let embedding = is_embedded.then(|| Embedding::new(vec![1.0, 0.0]).expect("a direction"));
        Subsegment { track, span, embedding }
    }

    /// Track 0 talks for six seconds; track 1 over it from the third to the fourth.
    fn interrupted(more: Vec<Subsegment>) -> Vec<Subsegment> {
        let mut all = vec![
            one(0, 0, 3_000, true),
            one(0, 3_000, 4_000, false),
            one(1, 3_000, 4_000, false),
            one(0, 4_000, 6_000, true),
        ];
        all.extend(more);
        all.sort_by_key(|subsegment| (subsegment.span, subsegment.track));
        all
    }

    fn separated(subsegments: &[Subsegment], labels: &[usize]) -> Vec<usize> {
        let mut label_of: Vec<Option<usize>> = labels.iter().map(|label| Some(*label)).collect();
        separate_overlaps(subsegments, &mut label_of);
        label_of.into_iter().flatten().collect()
    }

    #[test]
    fn who_interrupts_is_whom_the_track_is_elsewhere() {
        let subsegments = interrupted(vec![one(2, 6_000, 7_000, true), one(1, 6_500, 7_500, true)]);
        assert_eq!(separated(&subsegments, &[0, 0, 0, 0, 1, 2]), [0, 0, 2, 0, 1, 2]);
    }

    #[test]
    fn the_one_whose_track_is_the_speakers_keeps_the_overlap() {
        let subsegments = interrupted(vec![one(2, 8_000, 9_000, true)]);
        let swapped: Vec<Subsegment> =
            subsegments.iter().map(|it| Subsegment { track: 2 - it.track, ..it.clone() }).collect();
        assert_eq!(separated(&subsegments, &[0, 0, 0, 0, 1]), [0, 0, 1, 0, 1]);
        assert_eq!(separated(&swapped, &[0, 0, 0, 0, 1]), [0, 0, 1, 0, 1]);
    }

    #[test]
    fn a_track_that_is_heard_nowhere_else_is_whoever_else_talks_nearest() {
        let after = |start| one(2, start, start + 1_000, true);
        let subsegments = interrupted(vec![after(9_000), after(12_000)]);
        assert_eq!(separated(&subsegments, &[0, 0, 0, 0, 2, 1]), [0, 0, 2, 0, 2, 1]);
        // Half a minute away nobody interrupts.
        let subsegments = interrupted(vec![after(34_500)]);
        assert_eq!(separated(&subsegments, &[0, 0, 0, 0, 1]), [0, 0, 0, 0, 1]);
    }

    #[test]
    fn overlaps_of_two_speakers_and_of_the_only_one_stay() {
        let subsegments = interrupted(vec![one(1, 8_000, 9_000, true)]);
        assert_eq!(separated(&subsegments, &[0, 0, 1, 0, 2]), [0, 0, 1, 0, 2]);
        assert_eq!(separated(&interrupted(Vec::new()), &[0, 0, 0, 0]), [0, 0, 0, 0]);
    }

    #[test]
    fn two_tracks_at_once_for_a_second_are_a_second_voice() {
        let only = Embedding::new(vec![0.6, 0.8]).expect("a direction");
        let only = Centroid { embedding: only, seconds: 5.0 };
        let mut label_of = vec![Some(0); 4];
        let second = find_second_voice(&interrupted(Vec::new()), &mut label_of, &only);
        assert_eq!(label_of, [0, 0, 1, 0].map(Some));
        let second = second.expect("there are two");
        assert!(second.embedding.cosine(&only.embedding) < -0.99);
        assert_eq!(second.seconds, 0.0);

        let mut shorter = interrupted(Vec::new());
        shorter[2] = one(1, 3_000, 3_900, false);
        let mut label_of = vec![Some(0); 4];
        assert_eq!(find_second_voice(&shorter, &mut label_of, &only), None);
        assert_eq!(label_of, [Some(0); 4]);
    }
}
