//! A voice that is two people: somebody has heard that it is, and where the second one talks is found.

use super::{
    assignment::{SpeakerSettings, cluster_into, nearest},
    clustering::{Centroid, centroid},
    subsegments::Subsegment,
};
use crate::base::{speech::Embedding, time::Span};

/// Most passes of the refinement.
const N_PASSES: usize = 10;

/// Which of `spans`, all of one voice, are of a second person: those who talk less of two. `None` where
/// the sound of `subsegments` tells no two apart.
///
/// The mean embeddings of the spans are clustered as those of an episode are, under the constraint that
/// there are two; then each goes to the nearer centroid, as k-means does. A span without an embedding
/// goes with the one before it.
pub fn split_voice(
    subsegments: &[Subsegment],
    spans: &[Span],
    settings: &SpeakerSettings,
) -> Option<Vec<bool>> {
    let points: Vec<Option<Centroid>> =
        spans.iter().map(|span| point(subsegments, *span)).collect();
    let known: Vec<Centroid> = points.iter().flatten().cloned().collect();
    let mut speakers = cluster_into(&known, 2, Vec::new(), settings.min_speaker_s);
    if speakers.len() != 2 {
        return None;
    }
    let mut labels = Vec::new();
    for _ in 0..N_PASSES {
        let nearest = known.iter().filter_map(|point| nearest(&point.embedding, &speakers));
        let next: Vec<usize> = nearest.map(|(label, _)| label).collect();
        if next == labels {
            break;
        }
        labels = next;
        for (label, speaker) in speakers.iter_mut().enumerate() {
            if let Some(centroid) = centroid(&known, &labels, label) {
                *speaker = centroid;
            }
        }
    }
    let second = usize::from(speakers[1].seconds <= speakers[0].seconds);
    let (mut labels, mut last) = (labels.into_iter(), 0);
    let mut is_second = |point: &Option<Centroid>| {
        last = point.as_ref().and_then(|_| labels.next()).unwrap_or(last);
        last == second
    };
    let is_second: Vec<bool> = points.iter().map(&mut is_second).collect();
    let are_two = is_second.contains(&true) && is_second.contains(&false);
    are_two.then_some(is_second)
}

/// The mean embedding of what is said in `span`.
fn point(subsegments: &[Subsegment], span: Span) -> Option<Centroid> {
    let parts = || {
        subsegments.iter().filter_map(|it| {
            let seconds = it.span.overlap(span)?.length().as_secs_f64();
            Some((it.embedding.as_ref()?, seconds))
        })
    };
    let embedding = Embedding::mean(parts())?;
    Some(Centroid { embedding, seconds: parts().map(|(_, seconds)| seconds).sum() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Time;

    fn span(start: u64, end: u64) -> Span {
        Span::new(Time::from_millis(start), Time::from_millis(end)).unwrap()
    }

    /// Subsegments of a second each, whose embeddings lie at these angles.
    fn subsegments(degrees: &[Option<f32>]) -> Vec<Subsegment> {
        let one = |(n, degrees): (usize, &Option<f32>)| {
            let at = n as u64 * 1_000;
            let embedding = degrees.and_then(|degrees| {
                Embedding::new(vec![degrees.to_radians().cos(), degrees.to_radians().sin()])
            });
            Subsegment { track: 0, span: span(at, at + 1_000), embedding }
        };
        degrees.iter().enumerate().map(one).collect()
    }

    #[test]
    fn the_one_who_talks_less_is_found_in_a_voice_of_two() {
        let all = [0.0, 5.0, 60.0, 62.0, 2.0, 0.0, 3.0, 4.0].map(Some);
        let spans: Vec<Span> = (0..4).map(|n| span(n * 2_000, n * 2_000 + 2_000)).collect();
        let found = split_voice(&subsegments(&all), &spans, &SpeakerSettings::PODCAST);
        assert_eq!(found, Some(vec![false, true, false, false]));
    }

    #[test]
    fn a_sentence_of_which_nothing_is_known_goes_with_the_one_before() {
        let all = [Some(0.0), Some(2.0), Some(70.0), None, Some(68.0), Some(1.0), Some(0.0)];
        let spans: Vec<Span> = (0..7).map(|n| span(n * 1_000, n * 1_000 + 1_000)).collect();
        let found = split_voice(&subsegments(&all), &spans, &SpeakerSettings::PODCAST);
        assert_eq!(found, Some(vec![false, false, true, true, true, false, false]));
    }

    #[test]
    fn without_embeddings_nobody_is_told_apart() {
        let spans = [span(0, 1_000), span(1_000, 2_000)];
        let settings = SpeakerSettings::PODCAST;
        assert_eq!(split_voice(&subsegments(&[None, None]), &spans, &settings), None);
        assert_eq!(split_voice(&subsegments(&[Some(0.0), None]), &spans[..1], &settings), None);
        assert_eq!(split_voice(&[], &[], &settings), None);
    }
}
