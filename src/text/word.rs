//! A word of a transcript taken apart: marks, what is elided before it, the word itself.
//!
//! The recogniser writes « « l'état », » as one word. Rules speak of « état », and put
//! back what stood around it.
//!
//! Not the tokens of `typography`, which cut the text of a whole line, across words, where spaces
//! may stand: a word here may be several of those (« l'état, »), or a part of one (« 10 000 »).

use crate::base::{
    evidence::Evidence,
    french::ELIDED,
    speech::{Gap, Word, ends_sentence},
    time::{Span, Time},
    transcript::{Segment, Transcript},
};

/// The parts of a word, which together are its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    /// Marks before it: « « ».
    pub(super) before: &'a str,
    /// What is elided before it, with its apostrophe: « l' ».
    pub(super) elided: &'a str,
    /// The word itself; empty where there are only marks.
    pub(super) core: &'a str,
    /// Marks behind it: « , ».
    pub(super) after: &'a str,
}

/// The parts of `text`.
pub(super) fn parts(text: &str) -> Parts<'_> {
    let rest = text.trim_start_matches(is_mark);
    let (before, _) = text.split_at(text.len() - rest.len());
    let apostrophe = rest.find(['\'', '’']);
    let elided = apostrophe
        .filter(|at| ELIDED.contains(&rest[..*at].to_lowercase().as_str()))
        .map_or(0, |at| at + rest[at..].chars().next().map_or(0, char::len_utf8));
    let (elided, rest) = rest.split_at(elided);
    let core = rest.trim_end_matches(is_mark);
    Parts { before, elided, core, after: &rest[core.len()..] }
}

/// Marks of punctuation and the spaces that belong to them; not « % », « & » or « + ».
fn is_mark(character: char) -> bool {
    matches!(
        character,
        '«' | '»'
            | '“'
            | '”'
            | '"'
            | '\''
            | '’'
            | '('
            | ')'
            | '['
            | ']'
            | ','
            | '.'
            | ';'
            | ':'
            | '!'
            | '?'
            | '…'
            | '\u{a0}'
            | '\u{202f}'
            | ' '
            | '-'
            | '–'
            | '—'
            | '*'
            | '♪'
    )
}

/// `text` without its marks, in lower case, with a straight apostrophe: what is compared.
pub(super) fn bare(text: &str) -> String {
    let parts = parts(text);
    format!("{}{}", parts.elided, parts.core).to_lowercase().replace('’', "'")
}

/// Whether a sentence ends with these marks.
pub(super) fn has_final(marks: &str) -> bool {
    marks.contains(['.', '?', '!', '…'])
}

/// The shown words of `transcript` with their segments, and whether a sentence begins with them:
/// behind the mark that ends one, or where somebody else speaks.
pub(super) fn in_sentences(transcript: &Transcript) -> Vec<(&Segment, &Word, bool)> {
    let mut words = Vec::new();
    let mut begins = true;
    let mut speaker = None;
    for segment in &transcript.segments {
        begins |= speaker != segment.likely_speaker();
        speaker = segment.likely_speaker();
        for word in segment.words.iter().filter(|word| word.dropped.is_none()) {
            words.push((segment, word, begins));
            begins = ends_sentence(&word.text);
        }
    }
    words
}

/// Whether the first letter of `text` is a capital; not where a figure stands before it.
pub(super) fn has_capital(text: &str) -> bool {
    text.chars().find(|c| c.is_alphanumeric()).is_some_and(char::is_uppercase)
}

/// `text` with a capital, where it begins with a letter. « iPhone » stays as it is.
pub(super) fn capitalised(text: &str) -> String {
    let Some((at, first)) = text.char_indices().find(|(_, c)| c.is_alphanumeric()) else {
        return text.to_owned();
    };
    let rest = &text[at + first.len_utf8()..];
    if !first.is_lowercase() || rest.contains(char::is_uppercase) && parts(text).elided.is_empty() {
        return text.to_owned();
    }
    format!("{}{}{rest}", &text[..at], first.to_uppercase())
}

/// `text` with a small first letter; acronyms stay.
pub(super) fn uncapitalised(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) if !letters.clone().any(char::is_uppercase) => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => text.to_owned(),
    }
}

/// Words with `texts` in the place of `words`; `None` where their time is too short.
///
/// As many as before keep their times. Another number share the whole of them, by their
/// letters, and the lowest of their probabilities; one has the whole, several have shares.
pub(super) fn respelt(words: &[Word], texts: &[String]) -> Option<Vec<Word>> {
    let (first, last) = (words.first()?, words.last()?);
    if words.len() == texts.len() {
        let same = |(word, text): (&Word, &String)| Word { text: text.clone(), ..word.clone() };
        return Some(words.iter().zip(texts).map(same).collect());
    }
    let (start, end) = (first.span.start(), last.span.end());
    let letters = |text: &String| text.chars().count() as u64;
    let total: u64 = texts.iter().map(letters).sum();
    let samples = end.samples().checked_sub(start.samples())?;
    let at = |letters: u64| start.plus(Time::from_samples(samples * letters / total.max(1)));
    let lowest = words.iter().filter_map(|word| word.probability).reduce(f32::min);
    let evidence = words.iter().filter_map(|word| word.evidence).reduce(Evidence::lower);
    let is_timed = texts.len() == 1 && words.iter().all(|word| word.is_timed);
    let mut done = 0;
    let mut respelt = Vec::with_capacity(texts.len());
    for text in texts {
        let span = Span::new(at(done), at(done + letters(text)))?;
        done += letters(text);
        let gap = if respelt.is_empty() { first.gap } else { Gap::Space };
        respelt.push(Word { is_timed, evidence, gap, ..Word::new(text.clone(), span, lowest) });
    }
    Some(respelt)
}

/// The texts of `words`, a space between each two, as changes list them.
pub(super) fn joined<'a>(words: impl IntoIterator<Item = &'a Word>) -> String {
    words.into_iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::base::{
        speech::SpeakerId,
        transcript::{Opening, Segment, Transcript},
    };

    #[test]
    fn a_word_is_taken_apart_and_nothing_is_lost() {
        check("«\u{a0}l'état\u{a0}»,", "«\u{a0}|l'|état|\u{a0}»,");
        check("d’accord.", "|d’|accord|.");
        check("aujourd'hui", "||aujourd'hui|");
        check("57%", "||57%|");
        check("C++,", "||C++|,");
        check("l'", "|l'||");
        check("...", "...|||");
        check("AT&T...", "||AT&T|...");
        check("va-t-il\u{a0}?", "||va-t-il|\u{a0}?");
    }

    #[test]
    fn a_capital_is_given_to_letters_only() {
        let texts = ["l'idée", "«\u{a0}oui", "15h", "iPhone", "d'April", "état"];
        let expected = ["L'idée", "«\u{a0}Oui", "15h", "iPhone", "D'April", "État"];
        assert_eq!(texts.map(capitalised), expected);
    }

    #[test]
    fn other_words_share_the_time_by_their_letters() {
        let words = transcript(&["0 un deux"]).segments.remove(0).words;
        let texts = ["a".to_owned(), "bbb".to_owned()];
        let three = respelt(&words[..1], &texts).unwrap();
        let spans: Vec<_> =
            three.iter().map(|w| (w.span.start().as_millis(), w.span.end().as_millis())).collect();
        assert_eq!(spans, [(0, 50), (50, 200)]);
        assert!(three.iter().all(|word| !word.is_timed), "a share is nobody's measure");
        assert!(respelt(&words, &texts[..1]).unwrap()[0].is_timed);
    }

    fn check(text: &str, expected: &str) {
        let Parts { before, elided, core, after } = parts(text);
        assert_eq!(format!("{before}|{elided}|{core}|{after}"), expected);
    }

    /// A transcript drawn in `lines`: each is a segment, of a speaker by number or `-`
    /// for nobody, then its words, 200 ms each and 100 ms apart. A `~` is a second of pause.
    pub(in crate::text) fn transcript(lines: &[&str]) -> Transcript {
        let mut now = 0;
        let mut segments = Vec::new();
        for line in lines {
            let (head, text) = line.split_once(' ').unwrap();
            let mut words = Vec::new();
            for text in text.split(' ') {
                if text == "~" {
                    now += 1_000;
                    continue;
                }
                let span = Span::from_start(Time::from_millis(200)).later(Time::from_millis(now));
                words.push(Word::new(text, span, Some(0.9)));
                now += 300;
            }
            let (first, last): (&Word, &Word) = (&words[0], &words[words.len() - 1]);
            segments.push(Segment {
                speaker: head.parse().ok().map(SpeakerId),
                guess: None,
                span: Span::new(first.span.start(), last.span.end()).unwrap(),
                words,
                doubt: None,
                opens: Opening::Nothing,
                language: Default::default(),
            });
        }
        let duration = Time::from_millis(now);
        Transcript { segments, is_timed: true, duration, ..Transcript::default() }
    }

    /// What is shown of the segments, one behind the other; those that show nothing are empty.
    pub(in crate::text) fn shown(transcript: &Transcript) -> String {
        let texts: Vec<String> = transcript.segments.iter().map(Segment::text).collect();
        texts.join(" | ")
    }

    /// The changes, as `before → after`.
    pub(in crate::text) fn changes(transcript: &Transcript) -> Vec<String> {
        let drawn = |c: &crate::base::transcript::Change| format!("{} → {}", c.before, c.after);
        transcript.changes.iter().map(drawn).collect()
    }
}
