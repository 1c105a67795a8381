//! Agglomerative clustering of speaker embeddings.
//!
//! Centroid linkage, bottom up, until the nearest two clusters are too far apart. It
//! needs all distances at once, so an episode is clustered in blocks and then the
//! centroids of the blocks: memory stays linear in its length. Up to 2 000 embeddings,
//! some four hours of speech, there is one block and nothing is approximate.

use crate::base::speech::Embedding;
use kodama::{Method, linkage};
use std::collections::HashMap;

/// Embeddings compared with each other at once: 8 MB of distances.
const BLOCK: usize = 2_000;

/// A mean embedding and how much speech it is the mean of, in seconds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Centroid {
    /// The mean embedding.
    pub embedding: Embedding,
    /// Seconds of clean speech.
    pub seconds: f64,
}

/// The cluster of each point, numbered from 0 in the order of their first points.
///
/// Clusters are joined while their centroids are nearer than `threshold`, a Euclidean
/// distance between embeddings, which are of length 1: 0.7 is a cosine of 0.755.
pub(crate) fn cluster(points: &[Centroid], threshold: f32) -> Vec<usize> {
    let mut label_of: Vec<usize> = Vec::with_capacity(points.len());
    let mut centroids: Vec<Centroid> = Vec::new();
    for block in points.chunks(BLOCK) {
        let labels = cluster_block(block, threshold);
        label_of.extend(labels.iter().map(|label| centroids.len() + label));
        let of_block = (0..n_clusters(&labels)).filter_map(|label| centroid(block, &labels, label));
        centroids.extend(of_block);
    }
    if points.len() <= BLOCK {
        return label_of;
    }
    // Far fewer than points; where they are not, this recurses on shorter lists.
    let of_centroid =
        if centroids.len() < points.len() { cluster(&centroids, threshold) } else { Vec::new() };
    label_of.into_iter().map(|label| of_centroid.get(label).copied().unwrap_or(label)).collect()
}

/// How many clusters there are, where `labels` are numbered from 0.
pub(crate) fn n_clusters(labels: &[usize]) -> usize {
    labels.iter().max().map_or(0, |last| last + 1)
}

/// The centroid of a cluster; `None` for an empty one.
pub(crate) fn centroid(points: &[Centroid], labels: &[usize], label: usize) -> Option<Centroid> {
    let members = || {
        let labelled = points.iter().zip(labels);
        labelled.filter(|(_, its_label)| **its_label == label).map(|(point, _)| point)
    };
    let embedding = Embedding::mean(members().map(|point| (&point.embedding, point.seconds)))?;
    Some(Centroid { embedding, seconds: members().map(|point| point.seconds).sum() })
}

/// Labels of the points of one block.
fn cluster_block(points: &[Centroid], threshold: f32) -> Vec<usize> {
    let mut distances = Vec::with_capacity(points.len() * points.len().saturating_sub(1) / 2);
    for (index, point) in points.iter().enumerate() {
        let others = points[index + 1..].iter();
        distances.extend(others.map(|other| distance(&point.embedding, &other.embedding)));
    }
    let dendrogram = linkage(&mut distances, points.len(), Method::Centroid);
    // Cluster n + i is what step i of the dendrogram joined; its two parts point at it.
    let mut parent: Vec<usize> = (0..points.len() + dendrogram.len()).collect();
    // Centroid linkage is not monotone: a joined centroid may lie nearer to a third cluster than
    // its parts did. A step below the threshold counts only if both its parts were joined.
    let mut is_joined = vec![true; points.len() + dendrogram.len()];
    for (index, step) in dendrogram.steps().iter().enumerate() {
        let joined = points.len() + index;
        is_joined[joined] =
            step.dissimilarity < threshold && is_joined[step.cluster1] && is_joined[step.cluster2];
        if is_joined[joined] {
            parent[step.cluster1] = joined;
            parent[step.cluster2] = joined;
        }
    }
    renumber((0..points.len()).map(|point| root(&parent, point)))
}

/// Euclidean distance of two unit vectors.
fn distance(a: &Embedding, b: &Embedding) -> f32 {
    (2.0 - 2.0 * a.cosine(b)).max(0.0).sqrt()
}

fn root(parent: &[usize], node: usize) -> usize {
    let mut root = node;
    while parent[root] != root {
        root = parent[root];
    }
    root
}

/// Any labels, numbered from 0 in the order in which they come.
pub(crate) fn renumber(labels: impl Iterator<Item = usize>) -> Vec<usize> {
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
    fn near_embeddings_are_one_cluster() {
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
    fn no_points_are_no_cluster() {
        assert_eq!(clusters(&[]), [0; 0]);
        assert_eq!(clusters(&[10.0]), [0]);
    }

    /// Embeddings on a circle, by their angles in degrees.
    fn clusters(angles: &[f64]) -> Vec<usize> {
        let point = |degrees: &f64| {
            let (sin, cos) = degrees.to_radians().sin_cos();
            let embedding = Embedding::new(vec![sin as f32, cos as f32]).unwrap();
            Centroid { embedding, seconds: 2.0 }
        };
        cluster(&angles.iter().map(point).collect::<Vec<_>>(), 0.7)
    }
}
