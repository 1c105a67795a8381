//! Subtitles, read: SRT and WebVTT as programs and people write them.
//!
//! Whisper and whisper.cpp leave out hours and do not escape `&` and `<`; people leave out
//! empty lines and numbers. A cue is what stands below a line with an arrow.

use super::{
    error::ReadFormatError,
    import::{Import, Token, share_out, tokens},
    names::strict_label,
    reference,
};
use crate::base::{
    speech::Gap,
    time::Time,
    transcript::{Opening, Transcript, is_event},
};
use std::mem;

/// Mark-up that is not text. Other angle brackets are.
const TAGS: &[&str] = &["b", "c", "font", "i", "lang", "rt", "ruby", "s", "u", "v"];

/// Most bytes of a cue whose word times are looked at; no screen holds as many.
const TIMED_MAX: usize = 10_000;

/// Most characters of mark-up.
const TAG_MAX: usize = 200;

/// Text of a cue that one person says, or nobody who is named.
#[derive(Debug, Default)]
pub(super) struct Piece {
    /// As a voice tag says.
    pub(super) voice: Option<String>,
    pub(super) text: String,
    /// Word times: how much of the text, in bytes, is said before when.
    pub(super) times: Vec<(usize, Time)>,
}

/// The transcript that `text` holds: a segment a cue, a person a name.
///
/// A name is that of a voice tag, or stands before a colon; the latter goes on until
/// another one does.
///
/// # Errors
/// A line with an arrow and no times; more people than talk in an episode.
pub(in crate::formats) fn read(text: &str) -> Result<Transcript, ReadFormatError> {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n");
    let is_vtt = text.starts_with("WEBVTT");
    let lines: Vec<&str> = text.split('\n').collect();
    let mut talk = Talk::default();
    let mut index = 0;
    while index < lines.len() {
        let line = lines[index];
        index += 1;
        if is_vtt && ["NOTE", "STYLE", "REGION"].iter().any(|block| line.starts_with(block)) {
            index += lines[index..].iter().take_while(|line| !line.trim().is_empty()).count();
        } else if line.contains("-->") {
            let problem = || format!("`{}` is not `00:00:01,000 --> 00:00:02,000`", line.trim());
            let times = times(line);
            let span = times.ok_or_else(|| ReadFormatError::in_line(index, problem()))?;
            let is_text = |line: &&&str| !line.trim().is_empty() && !line.contains("-->");
            let count = lines[index..].iter().take_while(is_text).count();
            let mut payload = &lines[index..index + count];
            index += count;
            // Without an empty line, the number of the next cue is not said.
            if lines.get(index).is_some_and(|line| line.contains("-->")) {
                let is_number = |line: &str| line.trim().bytes().all(|byte| byte.is_ascii_digit());
                payload = payload
                    .split_last()
                    .filter(|(last, _)| is_number(last))
                    .map_or(payload, |(_, rest)| rest);
            }
            talk.add(pieces(&payload.join("\n"), is_vtt), span)?;
        }
    }
    Ok(talk.import.finish(true))
}

/// The instant that `text` names: `[HH:]MM:SS` with a point or comma and a fraction.
pub(super) fn clock(text: &str) -> Option<Time> {
    let (whole, fraction) = text.trim().split_once(['.', ',']).unwrap_or((text.trim(), "0"));
    let number = |digits: &str| -> Option<u64> {
        let is_number = digits.len() <= 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| digits.parse().ok()).flatten()
    };
    let parts: Vec<u64> = whole.split(':').map(number).collect::<Option<_>>()?;
    let (hours, minutes, seconds) = match parts[..] {
        [hours, minutes, seconds] => (hours, minutes, seconds),
        [minutes, seconds] => (0, minutes, seconds),
        _ => return None,
    };
    let millis: String = fraction.chars().chain("00".chars()).take(3).collect();
    let millis = number(&millis).filter(|_| !fraction.is_empty())?;
    Some(Time::from_millis(((hours * 60 + minutes) * 60 + seconds) * 1_000 + millis))
}

/// Start and end of a cue, whatever settings follow.
fn times(line: &str) -> Option<(Time, Time)> {
    let (start, rest) = line.split_once("-->")?;
    let start = clock(start)?;
    let end = clock(rest.split_whitespace().next()?)?;
    Some((start, end.max(start)))
}

/// What was said up to a cue.
#[derive(Default)]
pub(super) struct Talk {
    pub(super) import: Import,
    /// Who was named last before a colon.
    current: Option<String>,
    /// Whether the next word goes on with a sentence: no name stands there.
    is_in_sentence: bool,
}

impl Talk {
    /// Adds a cue that is shown during `span`.
    ///
    /// # Errors
    /// More people than talk in an episode, or more words.
    pub(super) fn add(
        &mut self,
        pieces: Vec<Piece>,
        span: (Time, Time),
    ) -> Result<(), ReadFormatError> {
        let pieces = self.named(pieces);
        let mut said: Vec<(Option<String>, Vec<Token>)> = Vec::new();
        for piece in &pieces {
            said.push((piece.voice.clone(), self.import.tokens(&piece.text)?));
        }
        time_words(&pieces, &mut said, span);
        for (name, tokens) in said {
            let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else { continue };
            let within = first.span.zip(last.span).map_or(span, |(one, other)| (one.0, other.1));
            let speaker = name.map(|name| self.import.speaker(&name)).transpose()?;
            self.import.push(speaker, tokens, within, Opening::Nothing);
        }
        Ok(())
    }

    /// `pieces` with the names before colons taken out of their texts.
    fn named(&mut self, pieces: Vec<Piece>) -> Vec<Piece> {
        let mut named: Vec<Piece> = Vec::new();
        for piece in pieces {
            if piece.voice.is_some() {
                named.push(piece);
                continue;
            }
            let mut from = 0;
            for line in piece.text.split_inclusive('\n') {
                let until = from + line.len();
                let found = strict_label(line.trim_start()).filter(|_| !self.is_in_sentence);
                let text = found.map_or(line, |(_, said)| said);
                let skipped = from + line.len() - text.len();
                let before = |at: &usize| *at >= from && *at < until.max(from + 1);
                let times = piece.times.iter().filter(|(at, _)| before(at));
                let times = times.map(|(at, time)| (at.saturating_sub(skipped), *time)).collect();
                self.current = found.map(|(name, _)| name.to_owned()).or(self.current.take());
                let voice = self.current.clone().filter(|_| !is_event(text.trim()));
                self.is_in_sentence = !text.trim_end().ends_with(['.', '!', '?', '…', '»', ']']);
                named.push(Piece { voice, text: text.to_owned(), times });
                from = until;
            }
        }
        // Lines of one person are one text.
        let mut joined: Vec<Piece> = Vec::new();
        for piece in named {
            match joined.last_mut().filter(|last| last.voice == piece.voice) {
                Some(last) => {
                    let before = last.text.len();
                    last.text.push_str(&piece.text);
                    last.times.extend(piece.times.iter().map(|(at, time)| (at + before, *time)));
                }
                None => joined.push(piece),
            }
        }
        joined
    }
}

/// Gives each word of a cue a time: words between two known times share the time between.
fn time_words(
    pieces: &[Piece],
    said: &mut [(Option<String>, Vec<Token>)],
    (start, end): (Time, Time),
) {
    let mut anchors = vec![(0, start)];
    let mut n_before = 0;
    for (piece, (_, words)) in pieces.iter().zip(&*said) {
        for &(at, time) in &piece.times {
            let n_words = tokens(&piece.text[..at]).len();
            // A time that does not lie behind the one before it, or behind the cue, is none.
            if anchors.last().is_some_and(|&(_, last)| last < time) && time < end {
                anchors.push((n_before + n_words, time));
            }
        }
        n_before += words.len();
    }
    anchors.push((n_before, end));
    let mut all: Vec<Token> = said.iter_mut().flat_map(|(_, words)| mem::take(words)).collect();
    for pair in anchors.windows(2) {
        let (from, until) = (pair[0].0.min(all.len()), pair[1].0.min(all.len()));
        let words = &mut all[from..until.max(from)];
        share_out(words, pair[0].1, pair[1].1);
        // Alone between two times, one of them within the cue, a word has its own.
        if let [only] = words {
            only.is_timed = anchors.len() > 2;
        }
    }
    let mut all = all.into_iter();
    for (piece, (_, words)) in pieces.iter().zip(said) {
        words.extend(all.by_ref().take(tokens(&piece.text).len()));
        if let Some(first) = words.first_mut() {
            first.gap = Gap::Space;
        }
    }
}

/// The text of a cue, without mark-up; a new piece where a voice tag is.
fn pieces(payload: &str, is_vtt: bool) -> Vec<Piece> {
    let mut pieces = vec![Piece::default()];
    let mut rest = payload;
    while let Some(character) = rest.chars().next() {
        let last = pieces.last_mut().expect("there is one from the start");
        let brace = rest.strip_prefix("{\\").and_then(|inner| up_to(inner, '}'));
        let tag = rest.strip_prefix('<').and_then(|inner| up_to(inner, '>'));
        if let Some((_, behind)) = brace {
            rest = behind;
        } else if let Some((inner, behind)) = tag.filter(|(inner, _)| is_tag(inner)) {
            if let Some(time) = clock(inner).filter(|_| payload.len() <= TIMED_MAX) {
                last.times.push((last.text.len(), time));
            } else if let Some(name) = voice(inner) {
                pieces.push(Piece { voice: name.map(plain), ..Piece::default() });
            }
            rest = behind;
        } else if let Some((character, behind)) = reference(rest).filter(|_| is_vtt) {
            last.text.push(character);
            rest = behind;
        } else {
            last.text.push(character);
            rest = &rest[character.len_utf8()..];
        }
    }
    pieces.retain(|piece| !piece.text.trim().is_empty());
    pieces
}

/// What stands before the next `mark`, if that is near, and what behind it.
fn up_to(text: &str, mark: char) -> Option<(&str, &str)> {
    let near = text.char_indices().take(TAG_MAX).find(|(_, character)| *character == mark);
    near.map(|(at, _)| (&text[..at], &text[at + mark.len_utf8()..]))
}

fn is_tag(inner: &str) -> bool {
    let name = inner.trim_start_matches('/').split(['.', ' ', '\t', '\n']).next();
    clock(inner).is_some() || name.is_some_and(|name| TAGS.contains(&name))
}

/// The name in a voice tag, `None` inside where it closes one; nothing of another tag.
fn voice(inner: &str) -> Option<Option<&str>> {
    if inner == "/v" {
        return Some(None);
    }
    let behind = inner.strip_prefix('v').filter(|rest| rest.starts_with([' ', '\t', '.']))?;
    let name = behind.split_once([' ', '\t']).map(|(_, name)| name.trim());
    Some(name.filter(|name| !name.is_empty()))
}

/// `text` with its entities resolved.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let (character, behind) =
            reference(rest).unwrap_or((character, &rest[character.len_utf8()..]));
        plain.push(character);
        rest = behind;
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::read::tests::timed;
    use proptest::prelude::*;

    const VTT: &str = "WEBVTT en-tête\n\nNOTE rien\nà lire\n\n1\n00:01.000 --> 00:03.000 line:0\n\
                       <v.hôte Léa &amp; Tom>Un <00:01.500>deux\n<i>trois</i> & quatre</v>\n\n\
                       01:00:00.000 --> 01:00:01.000\n<v Max>Moi.</v>\n<v Léa &amp; Tom>&lt;3&nbsp;!\n";

    const SRT: &str = "\u{feff}1\r\n00:00:01,000 --> 00:00:02,000\r\nLéa\u{a0}: Bonjour.\r\n\r\n\
                       2\r\n00:00:02,000 --> 00:00:03,000\r\nIl a dit :\r\n« Non ».\r\n\
                       3\r\n00:00:03,000 --> 00:00:04,000\r\n{\\an8}Tom : <b>Oui</b> < 3.\r\n\r\n\
                       00:00:04,500 --> 00:00:05,000\r\n[Jingle]\r\n";

    #[test]
    fn a_vtt_file_gives_voices_words_and_their_times() {
        check(
            VTT,
            &[
                "1000 3000 Léa & Tom: Un deux trois & quatre",
                "3600000 3600500 Max: Moi.",
                "3600500 3601000 Léa & Tom: <3\u{a0}!",
            ],
        );
        let words = &read(VTT).unwrap().segments[0].words;
        assert_eq!(words[1].span.start().as_millis(), 1_500);
    }

    #[test]
    fn a_name_before_a_colon_goes_on_until_another_one() {
        check(
            SRT,
            &[
                "1000 2000 Léa: Bonjour.",
                "2000 3000 Léa: Il a dit : « Non ».",
                "3000 4000 Tom: Oui < 3.",
                "4500 5000 -: [Jingle]",
            ],
        );
    }

    #[test]
    fn no_name_stands_inside_a_sentence() {
        let text =
            "1\n00:01,0 --> 00:02,0\nC’est ce que dit\n\n2\n00:02,0 --> 00:03,0\nGarnier : non.\n";
        check(text, &["1000 2000 -: C’est ce que dit", "2000 3000 -: Garnier : non."]);
    }

    #[test]
    fn an_arrow_without_times_is_named_by_its_line() {
        let error = read("1\n00:00:01,000 --> bientôt\nOui\n").unwrap_err().to_string();
        let expected = "line 2: `00:00:01,000 --> bientôt` is not `00:00:01,000 --> 00:00:02,000`";
        assert_eq!(error, expected);
    }

    proptest! {
        #[test]
        fn a_spoilt_file_ends_nothing(
            is_vtt in any::<bool>(),
            at in any::<prop::sample::Index>(),
            put in "[-0-9<>&;:/.v{}#\n é]{0,6}",
        ) {
            let mut text = if is_vtt { VTT } else { SRT }.to_owned();
            let (at, _) = text.char_indices().nth(at.index(text.chars().count())).unwrap();
            text.insert_str(at, &put);
            let _ = read(&text);
        }
    }

    /// `expected`: start, end, name and text of each segment.
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(timed(&read(text).unwrap()), expected);
    }
}
