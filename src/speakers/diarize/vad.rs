//! Voice activity detection (VAD): from the probability of speech to regions that are transcribed.
//!
//! A missed region is a lost sentence, a false one costs some seconds of the
//! recogniser: the settings prefer false alarms to misses. What is left out
//! although it sounds a little like speech is listed as doubtful, so that
//! nothing disappears without a trace.

use super::frames::{FrameClock, Thresholds, binarize, drop_short};
use crate::base::time::{Span, Time, fill_pauses, without};
use serde::{Deserialize, Serialize};

/// Where anybody talks in an episode.
///
/// Both lists are sorted and disjoint, from each other as well, and inside the
/// episode.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Speech {
    /// What is transcribed.
    pub regions: Vec<Span>,
    /// What is left out although it may be speech.
    pub doubtful: Vec<Span>,
}

/// How regions are made of scores.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VadSettings {
    /// Probabilities of speech between which a region begins and ends.
    pub thresholds: Thresholds,
    /// Silences up to this long, between two stretches of speech, are filled (pyannote's
    /// `min_duration_off`).
    pub max_filled_silence: Time,
    /// Stretches of speech shorter than this, before the padding, are dropped (pyannote's
    /// `min_duration_on`).
    pub min_speech: Time,
    /// Probability that a stretch of speech must reach once to be a region; others
    /// are doubtful.
    pub min_peak: f32,
    /// Time added before and after each region, as far as the episode goes.
    pub padding: Time,
    /// Probability of speech from which a stretch outside the regions is
    /// doubtful, in `0.0..=1.0`.
    pub doubtful_threshold: f32,
    /// Doubtful stretches shorter than this are not listed.
    pub min_doubtful: Time,
}

impl VadSettings {
    /// What suits a podcast: as little speech missed as music allows.
    ///
    /// Measured on 17 minutes of assembled dialogue, one of four with jingles
    /// (speech missed and false alarm, in percent of the speech), and on 54
    /// clips of real French (missed); a pause of 500 ms, a window each 5 s.
    /// `jingle` is how much of 15.7 s of music alone became a region.
    ///
    /// | onset, offset | padding | dialogue missed | false | clips missed | jingle |
    /// |---|--:|--:|--:|--:|--:|
    /// | 0.5, 0.5 | 150 ms | 0.88 | 10.6 | 1.73 | |
    /// | 0.5, 0.3 | 150 ms | 0.68 | 12.0 | 1.35 | 0.4 s |
    /// | 0.3, 0.2 | 150 ms | 0.50 | 14.1 | 0.87 | 0.5 s |
    /// | 0.3, 0.2 | 250 ms | 0.31 | 16.9 | 0.60 | 0.7 s |
    /// | **0.2, 0.1** | **250 ms** | **0.24** | **18.8** | **0.25** | **0.9 s** |
    /// | 0.1, 0.05 | 250 ms | 0.08 | 21.7 | 0.06 | 10.1 s |
    ///
    /// A region must reach 0.5 once: the second in which noise sets in after digital
    /// silence, and a chord of the sample's jingle, do not.
    ///
    /// The false alarms are pauses between sentences, where the recogniser does
    /// no harm; one row lower, music and noise come in.
    /// With the bold row, window hops of 9.9, 5, 2.5 and 2 s miss 0.24, 0.24, 0.24
    /// and 0.21 percent of the dialogue.
    pub const PODCAST: VadSettings = VadSettings {
        thresholds: Thresholds { onset: 0.2, offset: 0.1 },
        max_filled_silence: Time::from_millis(500),
        min_speech: Time::from_millis(100),
        min_peak: 0.5,
        padding: Time::from_millis(250),
        doubtful_threshold: 0.05,
        min_doubtful: Time::from_millis(2_000),
    };
}

/// Where anybody talks, and where perhaps.
///
/// `speech_prob` has shape `(frames,)`: the probability of speech in each frame of
/// `clock`, in `0.0..=1.0`; a NaN counts as silence. `length` is the length of
/// the episode; nothing lies beyond it. Every region lasts `min_speech` or more.
pub(crate) fn detect_speech(
    speech_prob: &[f32],
    clock: FrameClock,
    length: Time,
    settings: &VadSettings,
) -> Speech {
    let above = |thresholds| clip(&binarize(speech_prob, clock, thresholds), length);
    let above_score = |score| above(Thresholds { onset: score, offset: score });

    let filled = fill_pauses(&above(settings.thresholds), settings.max_filled_silence);
    let candidates = drop_short(filled, settings.min_speech);
    let peaks = above_score(settings.min_peak);
    let has_peak = |span: &Span| peaks.iter().any(|peak| peak.overlap(*span).is_some());
    let (speech, unsure): (Vec<Span>, Vec<Span>) = candidates.into_iter().partition(has_peak);
    let padded: Vec<Span> =
        speech.iter().filter_map(|&span| pad(span, settings.padding, length)).collect();
    let regions = fill_pauses(&padded, Time::from_samples(0));

    let rest = without(&above_score(settings.doubtful_threshold), &regions);
    let mut doubtful = drop_short(rest, settings.min_doubtful);
    // However short: but for their peak these would be regions.
    doubtful.extend(without(&unsure, &regions));
    doubtful.sort();
    Speech { regions, doubtful: fill_pauses(&doubtful, Time::from_samples(0)) }
}

/// The parts of `spans` that lie before `length`.
fn clip(spans: &[Span], length: Time) -> Vec<Span> {
    spans.iter().filter_map(|span| Span::new(span.start(), span.end().min(length))).collect()
}

/// `span` with `padding` on both sides, as far as the episode goes.
fn pad(span: Span, padding: Time, length: Time) -> Option<Span> {
    Span::new(span.start().minus(padding), span.end().plus(padding).min(length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_short_pause_is_part_of_the_region() {
        check(
            r"
            scores   0009990999000000
            regions  ..#########.....
            doubtful ................
            ",
        );
    }

    #[test]
    fn a_click_is_not_a_region() {
        check(
            r"
            scores   0000900009990000
            regions  ........#####...
            doubtful ................
            ",
        );
    }

    #[test]
    fn speech_without_a_peak_is_doubtful_however_short() {
        check(
            r"
            scores   0005550009990000
            regions  ........#####...
            doubtful ...###..........
            ",
        );
    }

    #[test]
    fn regions_whose_padding_meets_are_one() {
        check(
            r"
            scores   9990099900000000
            regions  #########.......
            doubtful ................
            ",
        );
    }

    #[test]
    fn the_padding_ends_with_the_episode() {
        check(
            r"
            scores   9900000000000099
            regions  ###..........###
            doubtful ................
            ",
        );
    }

    #[test]
    fn a_long_murmur_is_doubtful() {
        check(
            r"
            scores   0333330033000000
            regions  ................
            doubtful .#####..........
            ",
        );
    }

    #[test]
    fn a_murmur_beside_speech_is_doubtful_without_it() {
        check(
            r"
            scores   3333399993333333
            regions  ....######......
            doubtful ####......######
            ",
        );
    }

    #[test]
    fn a_region_ends_at_the_end_of_the_episode_and_not_of_its_last_frame() {
        let length = Time::from_samples(766);
        let speech =
            detect_speech(&[0.9, 0.9], FrameClock::SEGMENTATION, length, &drawn_settings());
        assert_eq!(speech.regions, [Span::new(Time::from_samples(494), length).unwrap()]);
    }

    proptest! {
        #[test]
        fn regions_are_sorted_disjoint_inside_and_long_enough(
            scores in prop::collection::vec(0.0f32..=1.0, 0..300),
            cut in 0u64..600,
            pause in 0u64..3_000,
            shortest in 1u64..3_000,
            margin in 0u64..2_000,
        ) {
            let clock = FrameClock::SEGMENTATION;
            let length = clock.middle(scores.len()).minus(Time::from_samples(cut));
            let settings = VadSettings {
                max_filled_silence: Time::from_samples(pause),
                min_speech: Time::from_samples(shortest),
                padding: Time::from_samples(margin),
                ..drawn_settings()
            };
            let speech = detect_speech(&scores, clock, length, &settings);
            for region in &speech.regions {
                prop_assert!(region.end() <= length);
                prop_assert!(region.end().minus(region.start()) >= settings.min_speech);
            }
            let mut all = [speech.regions.clone(), speech.doubtful.clone()].concat();
            all.sort_unstable();
            prop_assert!(all.is_sorted_by(|a, b| a.end() <= b.start()));
            prop_assert!(speech.regions.is_sorted() && speech.doubtful.is_sorted());
        }
    }

    /// Settings of the drawings: one column is one sample.
    fn drawn_settings() -> VadSettings {
        VadSettings {
            thresholds: Thresholds { onset: 0.5, offset: 0.4 },
            max_filled_silence: Time::from_samples(1),
            min_speech: Time::from_samples(2),
            min_peak: 0.6,
            padding: Time::from_samples(1),
            doubtful_threshold: 0.2,
            min_doubtful: Time::from_samples(4),
        }
    }

    /// One column is one frame of one sample; the digit `7` is a score of 0.7.
    #[track_caller]
    fn check(drawing: &str) {
        let row = |label| {
            drawing.lines().find_map(|row| row.trim().strip_prefix(label)).expect(label).trim()
        };
        let scores: Vec<f32> = row("scores").bytes().map(|b| f32::from(b - b'0') / 10.0).collect();
        let clock = FrameClock { first: Time::from_samples(0), hop: Time::from_samples(1) };
        let length = Time::from_samples(scores.len() as u64);
        let speech = detect_speech(&scores, clock, length, &drawn_settings());
        for (label, spans) in [("regions", &speech.regions), ("doubtful", &speech.doubtful)] {
            let mut drawn = vec![b'.'; scores.len()];
            for span in spans {
                drawn[span.start().samples() as usize..span.end().samples() as usize].fill(b'#');
            }
            assert_eq!(row(label), String::from_utf8_lossy(&drawn), "{label}");
        }
    }
}
