//! How sure it is whose a subsegment is, and so a turn, and so words.
//!
//! One with an embedding by how much its own speaker is nearer than the next one, and by its length: a short
//! one is off by chance, so that little of a margin says more of it. One without by what is around it. A
//! turn is as sure as its subsegments on average, so that what somebody else says in the middle of it counts.
//! Fitted to assembled conversations of 13 voices; how far off it is for others stands in `docs/BENCHMARKS.md`.

use super::{clustering::Centroid, subsegments::Subsegment};
use crate::base::{
    speech::Turn,
    time::{Span, Time},
};

/// Logit of a subsegment of a second that is as near to another speaker as to its own.
const AT_NO_MARGIN: f64 = 0.21;

/// What is added to it for each unit of cosine between the two.
const PER_COSINE: f64 = 9.15;

/// And for each factor e of its seconds.
const PER_LOG_SECOND: f64 = -1.47;

/// Cosine with its own speaker that says nothing: different people have as much. Where only one was
/// found, it stands for those who were not.
const STRANGER_COSINE: f32 = 0.30;

/// In percent of the time, how often a subsegment without an embedding is its speaker's, by how much
/// of four things speaks for it: on each side that the next subsegment is that speaker's, and that the
/// voice itself was heard right there, in the same track. Of those that others talk over.
const OVERLAPPED: [u8; 5] = [36, 57, 69, 75, 76];

/// The same of those that nobody talks over: too short, or inside a long stretch of one track.
const CLEAN: [u8; 5] = [57, 57, 57, 88, 88];

/// Farther away is no neighbour.
const NEIGHBOUR_MAX: Time = Time::from_millis(3_000);

/// Edges of the segmentation are this inexact: a neighbour may reach so far in.
const EDGE: Time = Time::from_millis(50);

/// What begins so long before is over: nearly all subsegments last three seconds at most, and talk of
/// several at once that lasts longer is nobody's neighbour.
const LONGEST: Time = Time::from_millis(30_000);

/// How likely it is, in percent, that each of `subsegments` is that of its speaker among `speakers`,
/// whom `label_of` says; sorted by start. Of those without a speaker nothing is meant.
pub(crate) fn confidences(
    subsegments: &[Subsegment],
    label_of: &[Option<usize>],
    speakers: &[Centroid],
) -> Vec<u8> {
    let indices = 0..subsegments.len();
    let of = |index: usize| {
        let Some(label) = label_of[index] else { return 0 };
        let by_voice = by_voice(&subsegments[index], label, speakers);
        by_voice.unwrap_or_else(|| by_neighbours(subsegments, label_of, index, label))
    };
    indices.map(of).collect()
}

/// By the voice; `None` where there is no embedding.
fn by_voice(subsegment: &Subsegment, label: usize, speakers: &[Centroid]) -> Option<u8> {
    let embedding = subsegment.embedding.as_ref()?;
    let cosine = |speaker: &Centroid| speaker.embedding.cosine(embedding);
    let others = speakers.iter().enumerate().filter(|(other, _)| *other != label);
    let next = others.map(|(_, speaker)| cosine(speaker)).fold(STRANGER_COSINE, f32::max);
    let margin = f64::from(cosine(&speakers[label]) - next);
    let seconds = subsegment.span.length().as_secs_f64();
    let logit = AT_NO_MARGIN + PER_COSINE * margin + PER_LOG_SECOND * seconds.ln();
    Some((100.0 / (1.0 + (-logit).exp())).round() as u8)
}

/// By whose the subsegments around it are.
fn by_neighbours(
    subsegments: &[Subsegment],
    label_of: &[Option<usize>],
    index: usize,
    label: usize,
) -> u8 {
    let Subsegment { track, span, .. } = subsegments[index];
    let ends = |other: &usize| subsegments[*other].span.end();
    let starts = |other: &usize| subsegments[*other].span.start();
    let is_labelled = |other: &usize| label_of[*other].is_some();
    let is_recent = |other: &usize| starts(other).plus(LONGEST) > span.start();
    let is_soon = |other: &usize| starts(other) < span.end().plus(NEIGHBOUR_MAX);
    let before = (0..index).rev().take_while(is_recent).filter(is_labelled);
    let before: Vec<usize> = before.collect();
    let behind = (index + 1..subsegments.len()).take_while(is_soon).filter(is_labelled);
    let behind: Vec<usize> = behind.collect();
    let is_own = |other: &usize| label_of[*other] == Some(label);
    let is_heard = |other: &usize| {
        let it = &subsegments[*other];
        it.track == track && it.embedding.is_some() && is_own(other)
    };
    let last = before.iter().find(|other| ends(other) <= span.start().plus(EDGE));
    let last = last.filter(|other| ends(other).plus(NEIGHBOUR_MAX) > span.start());
    let next = behind.iter().find(|other| starts(other).plus(EDGE) >= span.end());
    let reasons = [
        last.is_some_and(is_own),
        next.is_some_and(is_own),
        before.iter().any(|other| ends(other) == span.start() && is_heard(other)),
        behind.iter().any(|other| starts(other) == span.end() && is_heard(other)),
    ];
    let is_over_it = |other: &usize| subsegments[*other].span.overlap(span).is_some();
    let is_overlapped = before.iter().chain(&behind).any(is_over_it);
    let of_kind = if is_overlapped { OVERLAPPED } else { CLEAN };
    of_kind[reasons.into_iter().filter(|reason| *reason).count()]
}

/// The mean confidence, in percent, of what `spans` share with `parts`; `None` where that is nothing.
/// Both are sorted by start.
pub(crate) fn mean_confidence(parts: &[Turn], spans: &[Span]) -> Option<u8> {
    let (mut samples, mut sum) = (0, 0);
    for span in spans {
        let first = parts.partition_point(|part| part.span.start().plus(LONGEST) < span.start());
        let near = parts[first..].iter().take_while(|part| part.span.start() < span.end());
        for part in near {
            let (Some(shared), Some(percent)) = (part.span.overlap(*span), part.confidence) else {
                continue;
            };
            samples += shared.samples();
            sum += shared.samples() * u64::from(percent);
        }
    }
    (samples > 0).then(|| ((sum + samples / 2) / samples) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::speech::{Embedding, SpeakerId};

    #[test]
    fn a_subsegment_is_surer_the_nearer_it_is_to_its_speaker_than_to_the_next() {
        let sure: Vec<u8> = [20.0, 30.0, 40.0, 45.0, 60.0].map(|at| heard(at, 1_000, 2)).into();
        assert!(sure.is_sorted_by(|a, b| a > b), "{sure:?}");
        assert_eq!([sure[0], sure[3]], [100, 55]);
    }

    #[test]
    fn with_the_same_margin_the_longer_one_is_the_less_sure() {
        assert!(heard(40.0, 600, 2) > heard(40.0, 3_000, 2));
    }

    #[test]
    fn whoever_is_like_nobody_is_not_surely_the_only_one_found() {
        assert!(heard(0.0, 2_000, 1) > 99);
        assert!(heard(73.0, 2_000, 1) < 50);
    }

    #[test]
    fn what_is_not_embedded_is_as_sure_as_what_is_around_it() {
        // A track on both sides, heard right there; one side; near but not in the track; others.
        assert_eq!(not_embedded(&[(0, 0), (0, 0)], 0), 88);
        assert_eq!(not_embedded(&[(0, 0), (7, 1)], 0), 57);
        assert_eq!(not_embedded(&[(7, 0), (8, 0)], 0), 57);
        assert_eq!(not_embedded(&[(7, 1), (8, 1)], 0), 57);
        // Three seconds away is no neighbour.
        assert_eq!(not_embedded(&[(7, 0), (8, 0)], 4_000), 57);
    }

    #[test]
    fn what_others_talk_over_is_less_sure() {
        let one = |track, start, end, embedding| {
            let span = span(start, end);
            Subsegment { track, span, embedding }
        };
        let mut subsegments = vec![
            one(0, 0, 1_000, Some(at(0.0))),
            one(0, 1_000, 2_000, None),
            one(7, 1_000, 2_000, None),
            one(0, 2_000, 3_000, Some(at(0.0))),
        ];
        let percents = |subsegments: &[Subsegment]| {
            let labels = [Some(0), Some(0), Some(1), Some(0)];
            confidences(subsegments, &labels, &speakers(2))
        };
        assert_eq!(percents(&subsegments)[1..3], [76, 36]);
        // Its neighbours do not talk over it.
        subsegments[2] = one(7, 3_000, 4_000, None);
        subsegments.swap(2, 3);
        let labels = [Some(0), Some(0), Some(0), Some(1)];
        assert_eq!(confidences(&subsegments, &labels, &speakers(2))[1], 88);
    }

    #[test]
    fn words_are_as_sure_as_the_parts_that_they_lie_in_by_their_time() {
        let part = |start, end, percent| Turn {
            speaker: SpeakerId(0),
            span: span(start, end),
            confidence: Some(percent),
        };
        let parts = [part(0, 1_000, 90), part(1_000, 2_000, 40)];
        assert_eq!(mean_confidence(&parts, &[span(0, 500)]), Some(90));
        assert_eq!(mean_confidence(&parts, &[span(500, 600), span(1_000, 1_400)]), Some(50));
        assert_eq!(mean_confidence(&parts, &[span(5_000, 6_000)]), None);
    }

    fn span(start_ms: u64, end_ms: u64) -> Span {
        Span::new(Time::from_millis(start_ms), Time::from_millis(end_ms)).expect("it lasts")
    }

    fn at(degrees: f32) -> Embedding {
        let (sin, cos) = degrees.to_radians().sin_cos();
        Embedding::new(vec![cos, sin]).expect("a direction")
    }

    fn speakers(n_speakers: usize) -> Vec<Centroid> {
        let speaker = |n: usize| Centroid { embedding: at(90.0 * n as f32), seconds: 9.0 };
        (0..n_speakers).map(speaker).collect()
    }

    /// Of a subsegment at this angle that was given to the first of speakers at 0 and 90 degrees.
    fn heard(degrees: f32, length_ms: u64, n_speakers: usize) -> u8 {
        let span = span(0, length_ms);
        let one = Subsegment { track: 0, span, embedding: Some(at(degrees)) };
        confidences(&[one], &[Some(0)], &speakers(n_speakers))[0]
    }

    /// Of one of track 0 and the first speaker, between two of these tracks and speakers, so far away.
    fn not_embedded(around: &[(u32, usize); 2], gap_ms: u64) -> u8 {
        let one =
            |track, start, end, embedding| Subsegment { track, span: span(start, end), embedding };
        let subsegments = [
            one(around[0].0, 0, 1_000, Some(at(0.0))),
            one(0, 1_000 + gap_ms, 2_000 + gap_ms, None),
            one(around[1].0, 2_000 + 2 * gap_ms, 3_000 + 2 * gap_ms, Some(at(0.0))),
        ];
        let labels = [Some(around[0].1), Some(0), Some(around[1].1)];
        confidences(&subsegments, &labels, &speakers(2))[1]
    }
}
