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
    /// When it begins.
    pub(super) at: Time,
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
                last.text = format!("{} {text}", last.text);
            }
            _ => {
                n_words = 0;
                passages.push(Passage { at: segment.span.start(), speaker, text });
            }
        }
        n_words += segment.words.len();
        is_after_event = is_event;
    }
    passages
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
    fn accents_capitals_and_ligatures_hide_no_word() {
        let expected = ["l", "oeuvre", "d", "etienne", "ca", "2019"];
        assert_eq!(words("L’Œuvre d'Étienne, ça… 2019"), expected);
        assert_eq!(words("e\u{301}te\u{301}"), ["ete"]);
    }
}
