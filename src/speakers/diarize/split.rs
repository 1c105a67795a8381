//! A voice that is two people: somebody has heard that it is, and where the second one talks is found.

use super::{
    assignment::{SpeakerSettings, cluster_into, nearest},
    clustering::Centroid,
    subsegments::Subsegment,
};
use crate::base::{
    speech::Embedding,
    time::{SAMPLE_RATE, Span},
};

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
    let seeds: Vec<Centroid> = points.iter().flatten().cloned().collect();
    let mut speakers = cluster_into(&seeds, 2, Vec::new(), settings.min_speaker_s);
    if speakers.len() != 2 {
        return None;
    }
    let mut labels = labels_of(&points, &speakers);
    for _ in 0..N_PASSES {
        for (label, speaker) in speakers.iter_mut().enumerate() {
            let own = points.iter().zip(&labels).filter(|(_, own)| **own == label);
            let own = own.filter_map(|(point, _)| point.as_ref());
            let embedding = Embedding::mean(own.clone().map(|it| (&it.embedding, it.seconds)));
            if let Some(embedding) = embedding {
                *speaker = Centroid { embedding, seconds: own.map(|it| it.seconds).sum() };
            }
        }
        let next = labels_of(&points, &speakers);
        if next == labels {
            break;
        }
        labels = next;
    }
    let second = usize::from(speakers[1].seconds <= speakers[0].seconds);
    let is_second: Vec<bool> = labels.into_iter().map(|label| label == second).collect();
    let are_two = is_second.contains(&true) && is_second.contains(&false);
    are_two.then_some(is_second)
}

/// The mean embedding of what is said in `span`.
fn point(subsegments: &[Subsegment], span: Span) -> Option<Centroid> {
    let parts = || {
        let near = subsegments.iter().filter_map(|it| {
            let seconds = it.span.overlap(span)?.samples() as f64 / f64::from(SAMPLE_RATE);
            Some((it.embedding.as_ref()?, seconds))
        });
        near.filter(|(_, seconds)| *seconds > 0.0)
    };
    let embedding = Embedding::mean(parts())?;
    Some(Centroid { embedding, seconds: parts().map(|(_, seconds)| seconds).sum() })
}

fn labels_of(points: &[Option<Centroid>], speakers: &[Centroid]) -> Vec<usize> {
    let mut last = 0;
    let label = |point: &Option<Centroid>| {
        let found = point.as_ref().and_then(|point| nearest(&point.embedding, speakers));
        last = found.map_or(last, |(label, _)| label);
        last
    };
    points.iter().map(label).collect()
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
