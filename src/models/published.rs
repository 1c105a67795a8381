//! What was published of the Whispers: their shapes, and how many of the words they get wrong in
//! French.
//!
//! Figures of one column are comparable with each other, those of two columns are not: sets and
//! normalisations differ. Nothing stands here that was not published; a form in fewer bits has the
//! figures of its model, from which it differs by little.

use super::{Kind, Model, manifest::whole_name, models};
use crate::base::ggml::Shape;

/// What was published of a Whisper.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Published {
    /// Name of the whole model.
    pub name: &'static str,
    /// What it is made of.
    pub shape: Shape,
    /// Word errors in French, in percent, of sentences that are read aloud (FLEURS).
    pub read: Option<f64>,
    /// Word errors in French, in percent, of long sound: the mean of several sets.
    pub long: Option<f64>,
}

/// Where the figures were published.
pub const SOURCES: &str = "FLEURS: OpenAI's paper (small to large-v2, on the card of \
                           whisper-medium-french), open_asr_leaderboard (large-v3, turbo), the card \
                           of whisper-large-v3-french; long sound: the card of distil-large-v3-fr";

/// In the order of the manifest. Sources: Radford et al. 2022, as the card of
/// bofenghuang/whisper-medium-french has it (read: small to large-v2); open_asr_leaderboard,
/// `multilingual.csv` of 2026-03-26 (read: large-v3, large-v3-turbo); the card of
/// bofenghuang/whisper-large-v3-french (read: its own); the card of eustlb/distil-large-v3-fr at
/// 85e88e4 (read: tiny; long: all).
const PUBLISHED: [Published; 9] = [
    published("tiny", shape(6, [4, 4], 80), Some(46.2), Some(28.2)),
    published("base", shape(8, [6, 6], 80), None, Some(18.7)),
    published("small", shape(12, [12, 12], 80), Some(15.0), Some(12.6)),
    published("medium", shape(16, [24, 24], 80), Some(8.7), Some(11.0)),
    published("large-v1", shape(20, [32, 32], 80), Some(7.7), None),
    published("large-v2", shape(20, [32, 32], 80), Some(8.3), None),
    published("large-v3-turbo", shape(20, [32, 4], 128), Some(5.04), None),
    published("large-v3-french", shape(20, [32, 32], 128), Some(4.84), None),
    published("large-v3", shape(20, [32, 32], 128), Some(4.98), Some(9.0)),
];

const fn published(
    name: &'static str,
    shape: Shape,
    read: Option<f64>,
    long: Option<f64>,
) -> Published {
    Published { name, shape, read, long }
}

/// Of `n_heads` attention heads, and so many layers of the encoder and of the decoder.
const fn shape(
    n_heads: usize,
    [n_audio_layers, n_text_layers]: [usize; 2],
    n_mels: usize,
) -> Shape {
    Shape {
        // A hundredth language came with the mel bands.
        n_vocabulary: if n_mels == 128 { 51_866 } else { 51_865 },
        n_audio_heads: n_heads,
        n_audio_layers,
        n_text_heads: n_heads,
        n_text_layers,
        n_mels,
    }
}

/// A model gets fewer words wrong if it is so many of a hundred: less is within what other sets say.
const CLEARLY_FEWER: f64 = 0.5;

impl Published {
    /// Whether it gets clearly fewer words wrong than `other`, by the figures that both have; where
    /// they have none of a kind, whether it stands behind it.
    pub fn is_better_than(&self, other: &Published) -> bool {
        let by = |one: Option<f64>, other: Option<f64>| Some(other? - one? >= CLEARLY_FEWER);
        let place = |name| PUBLISHED.iter().position(|published| published.name == name);
        let stands_behind = place(self.name) > place(other.name);
        by(self.read, other.read).or(by(self.long, other.long)).unwrap_or(stands_behind)
    }
}

impl Model {
    /// What was published of it, or of the model that it is a form of; `None` for one of the user's
    /// own and for what recognises no words.
    pub fn published(&self) -> Option<&'static Published> {
        let is_in_manifest = models().iter().any(|model| model.name == self.name);
        let name = whole_name(&self.name);
        PUBLISHED.iter().find(|published| is_in_manifest && published.name == name)
    }
}

/// The Whispers of the manifest that can be recommended, from the weakest to the strongest: of each
/// the whole one, or the one in the most bits that there is.
pub fn recommendable() -> impl Iterator<Item = (&'static Model, &'static Published)> {
    let whispers = || models().iter().filter(|model| model.kind == Kind::Whisper);
    PUBLISHED.iter().filter_map(move |published| {
        // Forms stand before their model, those in few bits first.
        let mut forms = whispers().filter(|model| whole_name(&model.name) == published.name);
        forms.next_back().map(|model| (model, published))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::find;

    #[test]
    fn every_whisper_of_the_manifest_is_there_in_its_order() {
        let whispers = models().iter().filter(|model| model.kind == Kind::Whisper);
        let mut names: Vec<&str> = whispers.clone().map(|model| whole_name(&model.name)).collect();
        names.dedup();
        assert_eq!(names, PUBLISHED.map(|published| published.name));
        for model in whispers {
            let published = model.published().unwrap();
            let heads = model.alignment_heads.clone().unwrap();
            assert!(
                heads.iter().all(|head| published.shape.has_text_head(*head)),
                "{}",
                model.name
            );
        }
        assert_eq!(find("embedding").unwrap().published(), None);
    }

    #[test]
    fn the_sizes_of_the_files_are_those_of_the_shapes() {
        for (model, Published { shape, .. }) in recommendable() {
            if model.name.contains("-q") {
                continue;
            }
            let width = 64 * shape.n_text_heads as u64;
            let layers = 12 * shape.n_audio_layers as u64 + 16 * shape.n_text_layers as u64;
            let numbers = layers * width * width + shape.n_vocabulary as u64 * width;
            let bytes = 2 * numbers;
            assert!((bytes..bytes + bytes / 8).contains(&model.bytes), "{}: {bytes}", model.name);
        }
    }

    #[test]
    fn one_is_better_by_figures_that_both_have() {
        let is_better = |one: &str, other: &str| {
            let published = |name| find(name).unwrap().published().unwrap();
            published(one).is_better_than(published(other))
        };
        assert!(is_better("base", "tiny") && is_better("small", "base"));
        assert!(is_better("large-v3-turbo", "large-v1") && is_better("large-v3", "base"));
        // A tenth of a word in a hundred is no reason to take five times as long.
        assert!(!is_better("large-v3", "large-v3-turbo"));
        assert!(is_better("large-v3-turbo", "base"), "no set has both");
    }
}
