//! The speaker networks in our runtime, held to ONNX Runtime's answers.
//!
//! The sound is made by rule, as `scripts/oracles/networks.py` makes it; the
//! answers are in `tests/data/oracle/`.

use crate::bench::model;
use std::{collections::BTreeMap, num::NonZeroUsize};
use voixoff::{
    base::{
        progress::{Cancel, Silent},
        time::Time,
    },
    speakers::diarize::{
        InferenceContext,
        cache::NoCache,
        embedding::Embedder,
        fbank::{Fbank, N_BANDS},
        powerset::N_CLASSES,
        segmentation::{Segmentation, SegmentationSettings},
        segmenter::Segmenter,
    },
};

#[derive(serde::Deserialize)]
struct Oracle {
    frames: BTreeMap<usize, [f32; N_CLASSES]>,
}

#[test]
fn each_log_probability_is_within_1e_4_of_onnx_runtime() {
    let oracle = include_str!("../data/oracle/segmentation.json");
    let oracle: Oracle = serde_json::from_str(oracle).expect("the oracle is JSON");
    let answer = segmenter().log_probs(voice(160_000)).expect("the network answers");
    let mut largest = 0.0f32;
    for (frame_idx, expected) in oracle.frames {
        let frame = &answer[frame_idx * N_CLASSES..][..N_CLASSES];
        for (found, expected) in frame.iter().zip(expected) {
            largest = largest.max((found - expected).abs());
        }
    }
    println!("largest difference: {largest:e}");
    assert!(largest <= 1e-4, "largest difference: {largest:e}");
}

#[test]
fn the_answer_has_the_same_bits_for_any_number_of_threads() {
    let (segmenter, episode) = (segmenter(), voice(16 * 23_000));
    let alone = segment(&segmenter, &episode, 1);
    assert_eq!(alone.windows.len(), 1 + 14);
    for threads in [2, 5] {
        assert_eq!(segment(&segmenter, &episode, threads), alone, "{threads} threads");
    }
}

#[test]
fn the_front_ends_of_both_networks_are_our_own() {
    let embedder = Embedder::load(&model("embedding")).expect("the network loads");
    assert!(embedder.has_own_front_end() && segmenter().has_own_front_end());
}

#[derive(serde::Deserialize)]
struct VoiceOracle {
    frame_100: Vec<f32>,
    voice: Vec<f32>,
}

#[test]
fn a_voice_is_the_one_that_onnx_runtime_hears() {
    let oracle = include_str!("../data/oracle/embedding.json");
    let oracle: VoiceOracle = serde_json::from_str(oracle).expect("the oracle is JSON");
    let sound = &voice(160_000)[..48_000];
    let features = Fbank::new().features(sound);
    for (found, expected) in features[100 * N_BANDS..].iter().zip(&oracle.frame_100) {
        assert!((found - expected).abs() < 2e-3, "a band is {found}, Kaldi's {expected}");
    }
    let embedder = Embedder::load(&model("embedding")).expect("the network loads");
    let found = embedder.embed(sound).expect("the network answers").expect("a voice");
    let differences = found.values().iter().zip(&oracle.voice).map(|(a, b)| (a - b).abs());
    let largest = differences.fold(0.0, f32::max);
    println!("largest difference: {largest:e}");
    assert!(largest <= 1e-4, "largest difference: {largest:e}");
}

fn segment(segmenter: &Segmenter, episode: &Vec<f32>, threads: usize) -> Segmentation {
    let settings = SegmentationSettings { window_hop: Time::from_millis(1_000) };
    let context = InferenceContext {
        threads: NonZeroUsize::new(threads).expect("at least one thread"),
        cache: &NoCache,
        observer: &Silent,
        cancel: &Cancel::default(),
    };
    segmenter.segment(episode, settings, context).expect("the network answers")
}

fn segmenter() -> Segmenter {
    Segmenter::load(&model("segmentation")).expect("the network loads")
}

/// Feedback of the resonators of three vowels, times 2^14; see the oracle.
const VOWELS: [[(i64, i64); 2]; 3] = [
    [(30_700, -15_300), (28_100, -15_000)],
    [(32_000, -15_800), (19_900, -14_700)],
    [(31_900, -15_700), (30_900, -15_400)],
];

/// The crude voice of the oracle: pulses through two resonators, over noise.
fn voice(n_samples: i64) -> Vec<f32> {
    let (mut state, mut since_pulse, mut past) = (20_191_212_u32, 0, [(0, 0); 2]);
    let sample = |i: i64| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = i64::from(state >> 16) - 32_768;
        let stretch = i / 20_000;
        let period = if stretch % 2 == 0 { 130 } else { 74 } + (i / 700) % 13;
        since_pulse = (since_pulse + 1) % period;
        let strength = 1_600 - (i % 3_200 - 1_600).abs();
        let mut value = match (stretch % 3, since_pulse) {
            (2, _) => 0,
            (_, 0) => strength,
            // A shift rounds down, as Python divides.
            _ => (noise * strength) >> 21,
        };
        for (past, (a, b)) in past.iter_mut().zip(VOWELS[((i / 3_200) * 7 % 3) as usize]) {
            value += (a * past.0 + b * past.1) >> 14;
            *past = (value, past.0);
        }
        ((value >> 2) + (noise >> 11)).clamp(-32_768, 32_767) as f32 / 32_768.0
    };
    (0..n_samples).map(sample).collect()
}
