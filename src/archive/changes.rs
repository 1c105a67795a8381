//! What a better pass changed in an archive: words, and whose they are.
//!
//! Words are compared as scores compare them, so that « 57 % » and « cinquante-sept pour
//! cent » are the same and typography counts for nothing. Which episodes changed is asked to
//! know which ones a person should look at again.

use crate::{
    base::{speech::Turn, time::Time, transcript::Transcript},
    episode::outputs::{Changed, Outputs, Receipt, Unread},
    eval::{
        align::Edit,
        comparison::{Comparison, PassageWord, ReferenceStyle},
        optimal_mapping,
        tokenized::TokenizedTranscript,
        words::WordErrors,
    },
    formats::{self, Format},
};
use std::{collections::BTreeMap, fs};

/// Passages that are shown of an episode.
const N_PASSAGES: usize = 3;

/// What two passes over an episode have that is not the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Changes {
    /// Words that are others, that went and that came; of the first pass.
    pub words: WordErrors,
    /// Words that both passes have in a place, and give to different people. People are
    /// matched by when they talk, not by their names.
    pub given_to_others: u64,
    /// Where most words changed, in order of time.
    pub passages: Vec<Passage>,
}

/// What one segment of the first pass has become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// When it begins; `None` where nothing tells.
    pub at: Option<Time>,
    /// What the first pass says.
    pub before: String,
    /// What the second one says.
    pub after: String,
}

impl Changes {
    /// What differs between two transcripts of the same sound.
    ///
    /// ```
    /// use voixoff::{archive::changes::Changes, formats::read};
    ///
    /// let before = read(b"Alain : Le logiciel livre avance.", "avant.txt")?;
    /// let after = read(b"Alain : Le logiciel libre avance.", "apres.txt")?;
    /// assert_eq!(Changes::between(&before, &after).share(), 0.25);
    /// # Ok::<(), voixoff::formats::ReadFormatError>(())
    /// ```
    pub fn between(before: &Transcript, after: &Transcript) -> Changes {
        let (said, heard) = (TokenizedTranscript::new(before), TokenizedTranscript::new(after));
        let comparison = Comparison::new(said, heard, ReferenceStyle::Verbatim, &[]);
        Changes {
            words: comparison.errors(),
            given_to_others: given_to_others(&comparison, before, after),
            passages: passages(&comparison),
        }
    }

    /// Share of the words that changed, of the longer of both: from 0 to 1.
    pub fn share(&self) -> f64 {
        let WordErrors { deletions, insertions, reference_words, .. } = self.words;
        let longer = reference_words.max(reference_words + insertions - deletions);
        if longer == 0 { 0.0 } else { self.words.errors() as f64 / longer as f64 }
    }

    /// Whether the same people say the same words.
    pub fn are_none(&self) -> bool {
        self.words.errors() == 0 && self.given_to_others == 0
    }
}

/// What has changed in an archive.
#[derive(Debug, Default)]
pub struct OfArchive {
    /// Episodes that a later pass has written over, those first that changed most.
    pub compared: Vec<(Outputs, Changes)>,
    /// Those that cannot be compared, and why not.
    pub unread: Vec<Unread>,
    /// Of how many there is nothing to compare, for each reason.
    pub left_out: BTreeMap<NoPassBefore, usize>,
    /// JSON that no pass has left so: what differs there may be a person's doing.
    pub changed: Vec<Changed>,
}

/// Why there is no pass before the one that an episode has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoPassBefore {
    /// Its words were recognised once.
    First,
    /// No pass wrote the JSON in which its words are kept.
    NoJson,
    /// Nothing was recognised: its files were converted.
    Converted,
}

impl NoPassBefore {
    fn of(receipt: &Receipt, outputs: &Outputs) -> NoPassBefore {
        match receipt.made {
            None => NoPassBefore::Converted,
            Some(_) if outputs.latest(Format::Json).exists() => NoPassBefore::First,
            Some(_) => NoPassBefore::NoJson,
        }
    }
}

/// What has changed in `episodes` of an archive.
pub fn of_archive(episodes: Vec<Outputs>) -> OfArchive {
    let mut all = OfArchive::default();
    let OfArchive { compared, unread, left_out, changed } = &mut all;
    for outputs in episodes {
        let receipt = match outputs.receipt() {
            Ok(receipt) => receipt.unwrap_or_default(),
            Err(error) => {
                unread.push((outputs, error.to_string()));
                continue;
            }
        };
        changed.extend(outputs.changed(&receipt, &[Format::Json]));
        let Some(before) = outputs.before() else {
            *left_out.entry(NoPassBefore::of(&receipt, &outputs)).or_default() += 1;
            continue;
        };
        match compare(&before, &outputs) {
            Ok(changes) => compared.push((outputs, changes)),
            Err(reason) => unread.push((outputs, reason)),
        }
    }
    compared.sort_by(|(one, this), (other, that)| {
        let by_share = that.share().total_cmp(&this.share());
        by_share.then(that.given_to_others.cmp(&this.given_to_others)).then(one.cmp(other))
    });
    all
}

fn compare(before: &[u8], outputs: &Outputs) -> Result<Changes, String> {
    let path = outputs.latest(Format::Json);
    let named = |error: &dyn std::error::Error| format!("`{}`: {error}", path.display());
    let after = fs::read(&path).map_err(|error| named(&error))?;
    let after = formats::read(&after, "x.json").map_err(|error| named(&error))?;
    let before = formats::read(before, "x.json");
    let before = before.map_err(|error| format!("the pass before cannot be read: {error}"))?;
    Ok(Changes::between(&before, &after))
}

fn given_to_others(comparison: &Comparison<'_>, before: &Transcript, after: &Transcript) -> u64 {
    let who = optimal_mapping(&turns(before), &turns(after));
    let is_given = |(one, other): (usize, usize)| {
        let one = comparison.reference.word_of(one).speaker;
        let other = comparison.hypothesis.word_of(other).speaker;
        one.map(Some) != other.map(|other| who.get(&other).copied())
    };
    let pairs = comparison.pairs.iter();
    let both = pairs.filter_map(|pair| Some((pair.reference?, pair.hypothesis?)));
    both.filter(|pair| is_given(*pair)).count() as u64
}

/// Who says something when, whatever else was heard.
fn turns(transcript: &Transcript) -> Vec<Turn> {
    let segments = transcript.segments.iter();
    segments.filter_map(|segment| Some(Turn::new(segment.speaker?, segment.span))).collect()
}

fn passages(comparison: &Comparison<'_>) -> Vec<Passage> {
    if comparison.pairs.iter().all(|pair| pair.edit == Edit::Match) {
        return Vec::new();
    }
    let mut passages = comparison.passages();
    passages.retain(|passage| passage.errors > 0);
    passages.sort_by_key(|passage| std::cmp::Reverse(passage.errors));
    passages.truncate(N_PASSAGES);
    let mut passages: Vec<Passage> = passages
        .iter()
        .map(|passage| Passage {
            at: passage.span.map(|span| span.start()),
            before: text(&passage.reference),
            after: text(&passage.hypothesis),
        })
        .collect();
    passages.sort_by_key(|passage| passage.at);
    passages
}

fn text(words: &[PassageWord]) -> String {
    let mut text = String::new();
    for word in words {
        text += if text.is_empty() { "" } else { word.before };
        text += &word.text;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{
        speech::{SpeakerId, Word},
        time::Span,
        transcript::{Opening, Segment, Speaker},
    };

    #[test]
    fn only_what_is_pronounced_otherwise_counts() {
        let changes = check(
            &["0 Cinquante-sept pour cent !", "0 C'est le logis ciel.", "0 Merci."],
            &["0 57 %.", "0 C’est le logiciel libre", "0 merci bien"],
        );
        let WordErrors { substitutions, deletions, insertions, reference_words } = changes.words;
        assert_eq!((substitutions, deletions, insertions, reference_words), (2, 0, 1, 8));
        assert_eq!(changes.share(), 3.0 / 9.0);
        let passages: Vec<(&str, &str)> =
            changes.passages.iter().map(|it| (it.before.as_str(), it.after.as_str())).collect();
        let expected =
            [("C'est le logis ciel.", "C’est le logiciel libre"), ("Merci.", "merci bien")];
        assert_eq!(passages, expected);
        assert_eq!(changes.passages[0].at, Some(Time::from_millis(1_000)));
    }

    #[test]
    fn people_are_the_same_whatever_their_numbers() {
        let before = ["0 Bonjour à toutes.", "1 Bonjour à tous."];
        assert!(check(&before, &["1 Bonjour à toutes.", "0 Bonjour à tous."]).are_none());
        let merged = check(&before, &["0 Bonjour à toutes.", "0 Bonjour à tous."]);
        assert_eq!((merged.given_to_others, merged.words.errors()), (3, 0));
        assert!(!merged.are_none());
    }

    #[test]
    fn a_pass_that_hears_nothing_has_changed_everything() {
        assert_eq!(check(&["0 Bonjour à tous."], &[]).share(), 1.0);
        assert_eq!(check(&[], &["0 Bonjour à tous."]).share(), 1.0);
        assert!(check(&[], &[]).are_none());
    }

    fn check(before: &[&str], after: &[&str]) -> Changes {
        Changes::between(&transcript(before), &transcript(after))
    }

    /// A segment a second: the speaker's number, and words.
    fn transcript(lines: &[&str]) -> Transcript {
        let segment = |(n, line): (u64, &&str)| {
            let (speaker, text) = line.split_once(' ').unwrap();
            let at = |millis: u64| Time::from_millis(n * 1_000 + millis);
            let word = |(n, text): (u64, &str)| {
                Word::new(text, Span::new(at(n * 100), at(n * 100 + 90)).unwrap(), None)
            };
            Segment {
                speaker: Some(SpeakerId(speaker.parse().unwrap())),
                guess: None,
                span: Span::new(at(0), at(900)).unwrap(),
                words: (0..).zip(text.split(' ')).map(word).collect(),
                doubt: None,
                opens: Opening::Nothing,
                language: Default::default(),
            }
        };
        Transcript {
            is_timed: true,
            speakers: vec![Speaker::named(SpeakerId(0), "A"), Speaker::named(SpeakerId(1), "B")],
            segments: (0..).zip(lines).map(segment).collect(),
            ..Transcript::default()
        }
    }
}
