//! A transcript in passages that a search can show, and its words as they are looked for.

use crate::base::{
    time::Time,
    transcript::{Opening, Transcript},
};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// A passage that is longer ends with the segment: what a search shows should be read at once.
const WORDS_MAX: usize = 80;

/// What one person says in one paragraph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Passage<'a> {
    /// Its sentences, by when each begins and its first byte; never empty.
    pub(super) sentences: Vec<(Time, usize)>,
    /// Who speaks, where somebody is known.
    pub(super) speaker: Option<&'a str>,
    /// What readers are shown.
    pub(super) text: String,
}

/// The passages of `transcript`, in order. Events are passages of their own.
pub(super) fn passages(transcript: &Transcript) -> Vec<Passage<'_>> {
    let mut passages: Vec<Passage<'_>> = Vec::new();
    let (mut n_words, mut is_after_event) = (0, false);
    for segment in &transcript.segments {
        let text = segment.text();
        if text.is_empty() {
            continue;
        }
        let speaker = transcript.speaker_of(segment).map(|speaker| speaker.name.as_str());
        let is_event = segment.is_event();
        let begins = is_event || is_after_event || segment.opens == Opening::Block;
        match passages.last_mut() {
            Some(last) if last.speaker == speaker && !begins && n_words < WORDS_MAX => {
                last.sentences.push((segment.span.start(), last.text.len() + 1));
                last.text = format!("{} {text}", last.text);
            }
            _ => {
                n_words = 0;
                let sentences = vec![(segment.span.start(), 0)];
                passages.push(Passage { sentences, speaker, text });
            }
        }
        n_words += segment.words.len();
        is_after_event = is_event;
    }
    passages
}

impl Passage<'_> {
    /// The fewest sentences in a row of which `is_wanted` holds, and when they begin; the passage
    /// where it holds of no part. The script of the page does the same.
    pub(super) fn narrowed(&self, is_wanted: impl Fn(&str) -> bool) -> (Time, &str) {
        let n_all = self.sentences.len();
        let part = |first: usize, n: usize| {
            let (at, start) = self.sentences[first];
            let end = self.sentences.get(first + n).map_or(self.text.len(), |(_, start)| start - 1);
            (at, &self.text[start..end])
        };
        let parts = (1..n_all).flat_map(|n| (0..=n_all - n).map(move |first| part(first, n)));
        parts.into_iter().find(|(_, text)| is_wanted(text)).unwrap_or_else(|| part(0, n_all))
    }
}

/// The words of `text` as they are looked for: in small letters, without accents. The script
/// of the page does the same.
pub(super) fn words(text: &str) -> Vec<String> {
    let plain: String = text.nfd().filter(|letter| !is_combining_mark(*letter)).collect();
    let plain = plain.to_lowercase().replace('œ', "oe").replace('æ', "ae");
    let words = plain.split(|letter: char| !letter.is_alphanumeric());
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_passage_the_sentences_are_shown_that_are_looked_for() {
        let at = Time::from_millis;
        let text = "Bonjour. Le logiciel est libre. Il est à vous.".to_owned();
        let sentences = vec![(at(0), 0), (at(1_000), 9), (at(3_000), 32)];
        let passage = Passage { sentences, speaker: None, text };
        let narrowed =
            |all: &[&str]| passage.narrowed(|text| all.iter().all(|it| text.contains(it)));
        assert_eq!(narrowed(&["libre"]), (at(1_000), "Le logiciel est libre."));
        assert_eq!(narrowed(&["vous"]), (at(3_000), "Il est à vous."));
        assert_eq!(narrowed(&["libre", "vous"]).0, at(1_000));
        assert_eq!(narrowed(&["Bonjour", "vous"]), (at(0), passage.text.as_str()));
        assert_eq!(narrowed(&["absent"]), (at(0), passage.text.as_str()));
    }

    #[test]
    fn accents_capitals_and_ligatures_hide_no_word() {
        let expected = ["l", "oeuvre", "d", "etienne", "ca", "2019"];
        assert_eq!(words("L’Œuvre d'Étienne, ça… 2019"), expected);
        assert_eq!(words("e\u{301}te\u{301}"), ["ete"]);
    }
}
