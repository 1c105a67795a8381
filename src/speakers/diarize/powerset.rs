//! Decodes the powerset classes of segmentation-3.0.
//!
//! The network has no output for each speaker: it chooses one class out of seven a frame,
//! each a set of at most two of the window's three local speakers. So overlap needs no
//! threshold of its own, and speech is one probability.
//!
//! Plaquet & Bredin, "Powerset multi-class cross entropy loss for neural
//! speaker diarization", Interspeech 2023.

/// Classes of a frame: none, 1, 2, 3, 1+2, 1+3, 2+3.
pub const N_CLASSES: usize = 7;

/// Local speakers of a window.
pub(crate) const N_SPEAKERS: usize = 3;

/// The class in which no local speaker is active.
pub(crate) const NOBODY: u8 = 0;

/// Which local speakers are active in each class.
const ACTIVE: [[bool; N_SPEAKERS]; N_CLASSES] = [
    [false, false, false],
    [true, false, false],
    [false, true, false],
    [false, false, true],
    [true, true, false],
    [true, false, true],
    [false, true, true],
];

/// Which local speakers are active in a frame of class `class`.
///
/// # Panics
/// When `class` is not below [`N_CLASSES`].
pub(crate) fn active_speakers(class: u8) -> [bool; N_SPEAKERS] {
    ACTIVE[usize::from(class)]
}

/// The most probable class of each frame.
///
/// `log_probs` has shape `(frames, 7)`, row by row; values that do not
/// fill a row are ignored. Of equal classes the first is taken; a NaN is never
/// the most probable.
pub(crate) fn most_probable(log_probs: &[f32]) -> Vec<u8> {
    log_probs.chunks_exact(N_CLASSES).map(argmax).collect()
}

/// The probability of speech, `1 - P(nobody)`, of each frame.
///
/// `log_probs` as in [`most_probable`]; the result is in `0.0..=1.0`,
/// and 0 for a frame whose class `nobody` is NaN.
pub(crate) fn speech_prob(log_probs: &[f32]) -> Vec<f32> {
    let frames = log_probs.chunks_exact(N_CLASSES);
    // `f32::max` takes the number where the other operand is NaN.
    frames.map(|frame| (1.0 - frame[usize::from(NOBODY)].exp()).max(0.0)).collect()
}

fn argmax(frame: &[f32]) -> u8 {
    let mut best = (NOBODY, f32::NEG_INFINITY);
    for (class, &value) in (NOBODY..).zip(frame) {
        if value > best.1 {
            best = (class, value);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_goes_to_its_most_probable_class() {
        check(
            r"
            classes 0112244566.3
            one     .##..###....
            two     ...####.##..
            three   .......###.#
            ",
        );
    }

    #[test]
    fn of_equal_classes_the_first_is_taken() {
        assert_eq!(most_probable(&[-3.0, -2.0, -1.0, -1.0, -3.0, -2.0, -3.0]), [2]);
    }

    #[test]
    fn a_frame_of_nan_is_silence() {
        assert_eq!(most_probable(&[f32::NAN; 7]), [NOBODY]);
        assert_eq!(speech_prob(&[f32::NAN; 7]), [0.0]);
    }

    #[test]
    fn speech_is_whatever_is_not_nobody() {
        let frame = [0.25f32, 0.5, 0.125, 0.0625, 0.03125, 0.015625, 0.015625].map(f32::ln);
        assert!((speech_prob(&frame)[0] - 0.75).abs() < 1e-6);
    }

    /// One column is one frame; a dot among the classes is class 0.
    #[track_caller]
    fn check(drawing: &str) {
        let row = |label| {
            drawing.lines().find_map(|row| row.trim().strip_prefix(label)).expect(label).trim()
        };
        let frames: Vec<f32> = row("classes")
            .bytes()
            .flat_map(|class| {
                let mut frame = [0.02f32.ln(); N_CLASSES];
                frame[usize::from(if class == b'.' { 0 } else { class - b'0' })] = 0.88f32.ln();
                frame
            })
            .collect();
        let classes = most_probable(&frames);
        for (speaker_idx, label) in ["one", "two", "three"].into_iter().enumerate() {
            let drawn: String = classes
                .iter()
                .map(|&class| if active_speakers(class)[speaker_idx] { '#' } else { '.' })
                .collect();
            assert_eq!(row(label), drawn, "{label}");
        }
    }
}
