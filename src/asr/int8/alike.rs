//! Words of an answer that sound like a hotword.

use crate::{
    asr::hotwords::{Hotwords, folded},
    base::phonemes::{Phoneme, gap_cost, phonemes, swap_cost},
};
use std::ops::Range;

/// Phonemes of the shortest hotword that is looked for: shorter ones are heard in anything.
const PHONEMES_MIN: usize = 3;

/// How much may be different, for each phoneme of a hotword.
const DIFFERENCE_MAX: f32 = 0.30;

/// Phonemes are ASCII.
const N_PHONEMES: usize = 128;

/// A hotword as it sounds.
struct Sound {
    phrase: String,
    folded: String,
    phonemes: Vec<Phoneme>,
}

/// Hotwords as they sound.
pub(super) struct HotwordSounds {
    sounds: Vec<Sound>,
    /// [`swap_cost`] of both phonemes.
    swap_costs: Vec<u16>,
    /// [`gap_cost`] of each phoneme.
    gap_costs: Vec<u16>,
    /// What a phoneme is worth that is heard right; see [`Hotwords::strength`].
    pub(super) per_phoneme: f32,
}

/// A hotword, and words that sound like it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Alike<'a> {
    pub(super) words: Range<usize>,
    pub(super) phrase: &'a str,
    pub(super) n_phonemes: usize,
    /// How many of its phonemes are different, near ones counted as parts of one.
    pub(super) difference: f32,
}

impl HotwordSounds {
    pub(super) fn new(hotwords: &Hotwords) -> HotwordSounds {
        let sound = |phrase: &String| Sound {
            folded: folded(phrase).trim().to_owned(),
            phonemes: phrase.split(|c: char| !c.is_alphanumeric()).flat_map(phonemes).collect(),
            phrase: phrase.clone(),
        };
        let sounds = hotwords.phrases().iter().map(sound);
        let phoneme = |n: usize| n as Phoneme;
        HotwordSounds {
            sounds: sounds.filter(|sound| sound.phonemes.len() >= PHONEMES_MIN).collect(),
            swap_costs: (0..N_PHONEMES * N_PHONEMES)
                .map(|n| swap_cost(phoneme(n / N_PHONEMES), phoneme(n % N_PHONEMES)))
                .collect(),
            gap_costs: (0..N_PHONEMES).map(|n| gap_cost(phoneme(n))).collect(),
            per_phoneme: hotwords.strength(),
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.sounds.len()
    }

    /// The hotwords that sound like some of `words`, letters and figures alone, and are not those
    /// words: those with the smallest difference for each of their phonemes first.
    pub(super) fn alike(&self, words: &[&str]) -> Vec<Alike<'_>> {
        let mut heard: Vec<Phoneme> = Vec::new();
        // Of each place between phonemes: the word that begins there.
        let mut word_at: Vec<Option<usize>> = vec![None];
        for (idx, word) in words.iter().enumerate() {
            word_at[heard.len()] = Some(idx);
            heard.extend(phonemes(word));
            word_at.resize(heard.len() + 1, None);
        }
        word_at[heard.len()] = Some(words.len());
        let mut found = Vec::new();
        for sound in &self.sounds {
            let n_phonemes = sound.phonemes.len();
            let cost_max = (DIFFERENCE_MAX * 100.0 * n_phonemes as f32) as u16;
            for (cost, words_alike) in self.nearest(&sound.phonemes, &heard, &word_at, cost_max) {
                let said = words[words_alike.clone()].join(" ");
                // Letters that are spelt out are heard one by one: another acronym is another one.
                let is_other_acronym = is_acronym(&said) && is_acronym(&sound.phrase);
                if folded(&said).trim() != sound.folded && !is_other_acronym {
                    let difference = f32::from(cost) / 100.0;
                    let phrase = &sound.phrase;
                    found.push(Alike { words: words_alike, phrase, n_phonemes, difference });
                }
            }
        }
        let share = |alike: &Alike<'_>| alike.difference / alike.n_phonemes as f32;
        found.sort_by(|one, other| share(one).total_cmp(&share(other)));
        found
    }

    /// Whole words of `heard` that sound like `phonemes` but for `cost_max`, with their cost, and
    /// none that overlap a better one: edit distance within a text (P. Sellers, "The theory and
    /// computation of evolutionary distances", 1980).
    fn nearest(
        &self,
        phonemes: &[Phoneme],
        heard: &[Phoneme],
        word_at: &[Option<usize>],
        cost_max: u16,
    ) -> Vec<(u16, Range<usize>)> {
        // So far that no sum of costs brings it back, nor beyond the type's end.
        const FAR: u16 = u16::MAX / 2;
        // Behind each phoneme heard, and before them: the cost, and where it began.
        let begin =
            |(at, word): (usize, &Option<usize>)| (if word.is_some() { 0 } else { FAR }, at as u32);
        let mut costs: Vec<(u16, u32)> = word_at.iter().enumerate().map(begin).collect();
        let mut next = costs.clone();
        for phoneme in phonemes.iter().copied().map(usize::from) {
            let swap_costs = &self.swap_costs[phoneme * N_PHONEMES..][..N_PHONEMES];
            let gap = self.gap_costs[phoneme];
            let plus = |(cost, start): (u16, u32), more: u16| (cost.saturating_add(more), start);
            next[0] = plus(costs[0], gap);
            for (at, here) in heard.iter().copied().map(usize::from).enumerate() {
                let swapped = plus(costs[at], swap_costs[here]);
                let left_out = plus(costs[at + 1], gap);
                let put_in = plus(next[at], self.gap_costs[here]);
                next[at + 1] = swapped.min(left_out).min(put_in);
            }
            std::mem::swap(&mut costs, &mut next);
        }
        let ends = costs.iter().zip(word_at).filter(|((cost, _), _)| *cost <= cost_max);
        let spans = ends.filter_map(|((cost, start), end)| {
            let words = word_at[*start as usize]?..(*end)?;
            (!words.is_empty()).then_some((*cost, words))
        });
        let mut spans: Vec<(u16, Range<usize>)> = spans.collect();
        spans.sort_by_key(|(cost, words)| (*cost, words.start, words.end));
        let mut best: Vec<(u16, Range<usize>)> = Vec::new();
        for (cost, words) in spans {
            if best.iter().all(|(_, other)| is_apart(&words, other)) {
                best.push((cost, words));
            }
        }
        best
    }
}

fn is_acronym(text: &str) -> bool {
    text.chars().count() > 1 && text.chars().all(char::is_uppercase)
}

/// Whether two ranges have nothing in common.
pub(super) fn is_apart(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.end <= other.start || other.end <= one.start
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What sounds like one of `hotwords` in `text`: « words → hotword ».
    fn found(hotwords: &[&str], text: &str) -> Vec<String> {
        let hotwords = Hotwords::new(hotwords.iter().map(|&phrase| phrase.to_owned()), 3.0);
        let words: Vec<&str> = text.split(' ').collect();
        let sounds = HotwordSounds::new(&hotwords);
        let show = |alike: &Alike<'_>| {
            format!("{} → {}", words[alike.words.clone()].join(" "), alike.phrase)
        };
        sounds.alike(&words).iter().map(show).collect()
    }

    #[test]
    fn words_that_sound_like_a_hotword_are_found_however_they_are_cut() {
        for (hotword, text, expected) in [
            ("Alain Garnier", "merci à Alan Garnié et", vec!["Alan Garnié → Alain Garnier"]),
            ("SecNumCloud", "le sec nume cloud est", vec!["sec nume cloud → SecNumCloud"]),
            ("Concarneau", "à concarno le port", vec!["concarno → Concarneau"]),
            ("Concarneau", "à Concarneau le port", vec![]),
            ("HDS", "la norme hache des esses", vec!["hache des esses → HDS"]),
            ("FFDN", "à la et FDN et", vec!["et FDN → FFDN"]),
            ("CNRT", "au CNRC de", vec![]),
            ("Le", "le la les", vec![]),
        ] {
            assert_eq!(found(&[hotword], text), expected, "{hotword}");
        }
    }

    #[test]
    fn the_nearest_comes_first_and_each_place_counts() {
        assert_eq!(
            found(&["Garnies", "Garnier"], "Garnié puis Garnié"),
            ["Garnié → Garnier", "Garnié → Garnier", "Garnié → Garnies", "Garnié → Garnies"]
        );
    }

    #[test]
    fn other_words_are_not_alike() {
        assert!(found(&["Douarnenez", "Framasoft"], "nous parlons de la ville").is_empty());
        assert!(found(&["Douarnenez"], "").is_empty());
    }
}
