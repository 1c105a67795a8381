//! How many people speak, and which voices are whose: clustering.
//!
//! Centroid linkage, bottom up, until the nearest two clusters are too far apart. It
//! needs all distances at once, so an episode is clustered in blocks and then the
//! centres of the blocks: memory stays linear in its length. Up to [`BLOCK`] voices,
//! some four hours of talk, there is one block and nothing is approximate.

use crate::base::speech::Embedding;
use kodama::{Method, linkage};
use std::collections::HashMap;

/// Voices compared with each other at once: 8 MB of distances.
const BLOCK: usize = 2_000;

/// A voice and how much of it was heard, in seconds.
#[derive(Debug, Clone, PartialEq)]
pub struct Weighted {
    /// The voice.
    pub embedding: Embedding,
    /// Seconds of clean speech.
    pub seconds: f64,
}

/// The cluster of each voice, numbered from 0 in the order of their first voices.
///
/// Clusters are joined while their centres are nearer than `threshold`, a Euclidean
/// distance between embeddings, which are of length 1: 0.7 is a cosine of 0.755.
pub fn cluster(voices: &[Weighted], threshold: f32) -> Vec<usize> {
    let mut label_of: Vec<usize> = Vec::with_capacity(voices.len());
    let mut centres: Vec<Weighted> = Vec::new();
    for block in voices.chunks(BLOCK) {
        let labels = joined(block, threshold);
        let n_labels = labels.iter().max().map_or(0, |most| most + 1);
        label_of.extend(labels.iter().map(|label| centres.len() + label));
        centres.extend((0..n_labels).filter_map(|label| centre(block, &labels, label)));
    }
    if voices.len() <= BLOCK {
        return label_of;
    }
    // Far fewer than voices; where they are not, this recurses on shorter lists.
    let of_centre =
        if centres.len() < voices.len() { cluster(&centres, threshold) } else { Vec::new() };
    label_of.into_iter().map(|label| of_centre.get(label).copied().unwrap_or(label)).collect()
}

/// The mean voice of a cluster; `None` for an empty one.
pub fn centre(voices: &[Weighted], labels: &[usize], label: usize) -> Option<Weighted> {
    let members = || voices.iter().zip(labels).filter(|(_, l)| **l == label).map(|(v, _)| v);
    let embedding = Embedding::mean(members().map(|voice| (&voice.embedding, voice.seconds)))?;
    Some(Weighted { embedding, seconds: members().map(|voice| voice.seconds).sum() })
}

/// Labels of one block.
fn joined(voices: &[Weighted], threshold: f32) -> Vec<usize> {
    let mut distances = Vec::with_capacity(voices.len() * voices.len().saturating_sub(1) / 2);
    for (index, one) in voices.iter().enumerate() {
        let others = voices[index + 1..].iter();
        distances.extend(others.map(|other| distance(&one.embedding, &other.embedding)));
    }
    let steps = linkage(&mut distances, voices.len(), Method::Centroid);
    // Cluster n + i is what step i joined; its members point at it.
    let mut parent: Vec<usize> = (0..voices.len() + steps.len()).collect();
    // A centre may lie nearer to a third cluster than its parts did: a step below the
    // threshold above one that was not counts only if its parts were joined.
    let mut whole = vec![true; voices.len() + steps.len()];
    for (index, step) in steps.steps().iter().enumerate() {
        let made = voices.len() + index;
        whole[made] =
            step.dissimilarity < threshold && whole[step.cluster1] && whole[step.cluster2];
        if whole[made] {
            parent[step.cluster1] = made;
            parent[step.cluster2] = made;
        }
    }
    numbered((0..voices.len()).map(|voice| root(&parent, voice)))
}

fn distance(one: &Embedding, other: &Embedding) -> f32 {
    (2.0 - 2.0 * one.cosine(other)).max(0.0).sqrt()
}

fn root(parent: &[usize], mut at: usize) -> usize {
    while parent[at] != at {
        at = parent[at];
    }
    at
}

/// Any labels, numbered from 0 in the order in which they come.
pub fn numbered(labels: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut numbers = HashMap::new();
    labels
        .map(|label| {
            let next = numbers.len();
            *numbers.entry(label).or_insert(next)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_voices_are_one_person() {
        assert_eq!(clusters(&[0.0, 90.0, 5.0, 95.0, 200.0]), [0, 1, 0, 1, 2]);
    }

    #[test]
    fn blocks_agree_with_each_other() {
        let angles: Vec<f64> = (0..2 * BLOCK + 100)
            .map(|n| f64::from(n as u32 % 3) * 120.0 + (n % 7) as f64)
            .collect();
        let expected: Vec<usize> = (0..angles.len()).map(|n| n % 3).collect();
        assert_eq!(clusters(&angles), expected);
    }

    #[test]
    fn nobody_is_no_cluster() {
        assert_eq!(clusters(&[]), [0; 0]);
        assert_eq!(clusters(&[10.0]), [0]);
    }

    /// Voices on a circle, by their angles in degrees.
    fn clusters(angles: &[f64]) -> Vec<usize> {
        let voice = |degrees: &f64| {
            let (sin, cos) = degrees.to_radians().sin_cos();
            let embedding = Embedding::new(vec![sin as f32, cos as f32]).unwrap();
            Weighted { embedding, seconds: 2.0 }
        };
        cluster(&angles.iter().map(voice).collect::<Vec<_>>(), 0.7)
    }
}
