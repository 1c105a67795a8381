//! Confidence intervals of an error rate, by bootstrap over turns.

use super::words::WordErrors;

/// Number of bootstrap samples.
const N_RESAMPLES: usize = 1_000;

/// Fewer turns with words tell nothing of others: the same few would be drawn again and again.
pub(crate) const TURNS_MIN: usize = 10;

/// The rates of 95 of 100 bootstrap samples: the lowest and the highest; `None` where there is no rate, or
/// where words of the reference stand in fewer than `TURNS_MIN` turns.
///
/// As many turns are drawn as there are, with replacement: the bootstrap of Bisani & Ney,
/// "Bootstrap Estimates for Confidence Intervals in ASR Performance Evaluation", ICASSP 2004.
/// Turns and not words, because errors come in clusters. The seed is always the same.
pub fn confidence_interval_95(turns: &[WordErrors]) -> Option<(f64, f64)> {
    if turns.iter().filter(|turn| turn.reference_words > 0).count() < TURNS_MIN {
        return None;
    }
    let mut rng = SplitMix64(0x5EED);
    let resampled_rate = |_| -> Option<f64> {
        let drawn = (0..turns.len()).map(|_| turns[rng.below(turns.len())]);
        drawn.sum::<WordErrors>().rate()
    };
    let mut rates: Vec<f64> = (0..N_RESAMPLES).filter_map(resampled_rate).collect();
    rates.sort_by(f64::total_cmp);
    let quantile =
        |share: f64| rates.get(((rates.len() as f64 - 1.0) * share).round() as usize).copied();
    Some((quantile(0.025)?, quantile(0.975)?))
}

/// The generator of Steele, Lea & Flood, "Fast Splittable Pseudorandom Number Generators", 2014.
struct SplitMix64(u64);

impl SplitMix64 {
    /// From 0 up to `bound`, which must not be 0.
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_that_are_all_alike_leave_no_doubt() {
        let turn = WordErrors { deletions: 1, reference_words: 10, ..Default::default() };
        assert_eq!(confidence_interval_95(&[turn; 20]), Some((0.1, 0.1)));
    }

    #[test]
    fn the_rate_lies_inside_and_the_interval_is_always_the_same() {
        let turn = |deletions| WordErrors { deletions, reference_words: 10, ..Default::default() };
        let turns: Vec<WordErrors> = (0..50).map(|n| turn(n % 5)).collect();
        let (low, high) = confidence_interval_95(&turns).unwrap();
        assert!(0.15 < low && low < 0.2 && 0.2 < high && high < 0.25, "{low} {high}");
        assert_eq!(confidence_interval_95(&turns), Some((low, high)));
    }

    #[test]
    fn a_few_turns_have_no_interval() {
        let turn = |deletions| WordErrors { deletions, reference_words: 90, ..Default::default() };
        assert_eq!(confidence_interval_95(&[turn(1), turn(9)]), None);
        assert_eq!(confidence_interval_95(&[turn(1); TURNS_MIN - 1]), None);
        let without_words = [WordErrors { insertions: 1, ..Default::default() }; TURNS_MIN];
        assert_eq!(confidence_interval_95(&without_words), None);
        assert!(confidence_interval_95(&[turn(1); TURNS_MIN]).is_some());
    }

    #[test]
    fn no_words_have_no_interval() {
        assert_eq!(confidence_interval_95(&[]), None);
        assert_eq!(confidence_interval_95(&[WordErrors::default()]), None);
    }
}
