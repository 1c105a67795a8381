//! JSON of the Whisper family, read: openai-whisper and faster-whisper, WhisperX,
//! whisper.cpp.
//!
//! They agree on little, and whisper.cpp's is not always JSON: it escapes quotes and
//! backslashes and nothing else. What one of them leaves out is absent; what is absent is
//! made up from what is there.

use super::{
    error::ReadFormatError,
    import::{Import, Token, share_out, time, tokens},
    subtitles::clock,
};
use crate::{
    base::{
        speech::Gap,
        time::Time,
        transcript::{Opening, Transcript},
    },
    formats::json::lists::{Entry, counted, is_too_long},
};
use serde::Deserialize;
use std::borrow::Cow;

/// Tokens of a word, at most, as a mean: its letters may be rare.
const TOKENS_A_WORD: usize = 4;

#[derive(Deserialize)]
struct File {
    language: Option<String>,
    /// Of whisper.cpp: where its language stands.
    result: Option<Answer>,
    #[serde(default, deserialize_with = "counted")]
    segments: Vec<Piece>,
    #[serde(default, deserialize_with = "counted")]
    transcription: Vec<CppPiece>,
}

#[derive(Deserialize)]
struct Answer {
    language: Option<String>,
}

/// Of openai and WhisperX; by its other names, of the JSON of Podcasting 2.0.
#[derive(Deserialize)]
struct Piece {
    #[serde(alias = "startTime")]
    start: Option<f64>,
    #[serde(alias = "endTime")]
    end: Option<f64>,
    #[serde(default, alias = "body")]
    text: String,
    speaker: Option<String>,
    #[serde(default, deserialize_with = "counted")]
    words: Vec<Heard>,
}

#[derive(Deserialize)]
struct Heard {
    word: String,
    start: Option<f64>,
    end: Option<f64>,
    #[serde(alias = "score")]
    probability: Option<f32>,
    speaker: Option<String>,
}

#[derive(Deserialize)]
struct CppPiece {
    offsets: Option<Offsets>,
    timestamps: Option<Stamps>,
    #[serde(default)]
    text: String,
    #[serde(default, deserialize_with = "counted")]
    tokens: Vec<CppToken>,
    speaker: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
struct Offsets {
    from: i64,
    to: i64,
}

#[derive(Deserialize)]
struct Stamps {
    from: String,
    to: String,
}

#[derive(Deserialize)]
struct CppToken {
    #[serde(default)]
    text: String,
    offsets: Option<Offsets>,
    p: Option<f32>,
}

impl Entry for Piece {
    fn n_words(&self) -> usize {
        let n_said = self.words.len().max(self.text.split_whitespace().count());
        let has_times = self.start.is_some() || self.end.is_some();
        n_said.max(usize::from(has_times))
    }
}

impl Entry for Heard {}

impl Entry for CppPiece {
    fn n_words(&self) -> usize {
        let n_said = self.text.split_whitespace().count();
        let has_times = self.offsets.is_some() || self.timestamps.is_some();
        n_said.max(self.tokens.len() / TOKENS_A_WORD).max(usize::from(has_times))
    }
}

impl Entry for CppToken {}

/// The transcript that `text` holds.
///
/// # Errors
/// No JSON, or other fields in it; more people than talk in an episode.
pub(in crate::formats) fn read(text: &str) -> Result<Transcript, ReadFormatError> {
    let file: File = match serde_json::from_str(text) {
        Err(error) if !is_too_long(&error) => serde_json::from_str(&without_controls(text))?,
        file => file?,
    };
    let mut import = Import::default();
    let mut at = Time::default();
    for piece in file.segments {
        at = push(&mut import, piece, at)?;
    }
    for piece in file.transcription {
        at = push_cpp(&mut import, piece, at)?;
    }
    let mut transcript = import.finish(true);
    let language = file.language.or(file.result.and_then(|answer| answer.language));
    transcript.provenance.language = code(language.as_deref().unwrap_or_default()).to_owned();
    Ok(transcript)
}

/// Outside of strings a control character is space in JSON, inside it may not be.
fn without_controls(text: &str) -> Cow<'_, str> {
    text.replace(char::is_control, " ").into()
}

/// Some answer with the name of the language.
fn code(language: &str) -> &str {
    match language {
        "french" => "fr",
        _ if language.len() == 2 => language,
        _ => "",
    }
}

/// Adds `piece`, which begins at `before` if it does not say when. Where it ends.
fn push(import: &mut Import, piece: Piece, before: Time) -> Result<Time, ReadFormatError> {
    let start = piece.start.and_then(time);
    let words = piece.words;
    let first = words.iter().find_map(|word| word.start).and_then(time);
    let start = start.or(first).unwrap_or(before);
    let last = words.iter().rev().find_map(|word| word.end).and_then(time);
    let end = piece.end.and_then(time).or(last).unwrap_or(start).max(start);
    let name = piece.speaker.or_else(|| words.iter().find_map(|word| word.speaker.clone()));
    let mut heard: Vec<Token> = Vec::new();
    // openai's words bring their spaces, WhisperX's are without any.
    let bring_spaces = words.iter().any(|word| word.word.starts_with(char::is_whitespace));
    for word in &words {
        let span = word.start.and_then(time).zip(word.end.and_then(time));
        let mut parts = one_word(&word.word, span, word.probability);
        if let Some(first) = parts.first_mut().filter(|_| !bring_spaces) {
            first.gap = Gap::Space;
        }
        heard.extend(parts);
    }
    if heard.is_empty() {
        heard = tokens(&piece.text);
    }
    let speaker = speaker(import, name)?;
    import.push(speaker, heard, (start, end), Opening::Nothing);
    Ok(end)
}

/// The tokens of one word of the file, which may hold a no-break space.
fn one_word(text: &str, span: Option<(Time, Time)>, probability: Option<f32>) -> Vec<Token> {
    let mut parts = tokens(text);
    match (span, parts.as_mut_slice()) {
        (Some(_), [only]) => only.span = span,
        (Some((start, end)), _) => share_out(&mut parts, start, end),
        (None, _) => (),
    }
    let probability = probability.filter(|value| (0.0..=1.0).contains(value));
    parts.iter_mut().for_each(|part| part.probability = probability);
    parts
}

fn speaker(
    import: &mut Import,
    name: Option<String>,
) -> Result<Option<crate::base::speech::SpeakerId>, ReadFormatError> {
    let name = name.filter(|name| !name.trim().is_empty());
    name.map(|name| import.speaker(&name)).transpose()
}

fn push_cpp(import: &mut Import, piece: CppPiece, before: Time) -> Result<Time, ReadFormatError> {
    let stamps = piece.timestamps.and_then(|stamps| clock(&stamps.from).zip(clock(&stamps.to)));
    let offsets = piece.offsets.and_then(times);
    let (start, end) = offsets.or(stamps).unwrap_or((before, before));
    let heard = cpp_words(piece.tokens, &piece.text);
    let speaker = speaker(import, piece.speaker)?;
    let end = end.max(start);
    import.push(speaker, heard, (start, end), Opening::Nothing);
    Ok(end)
}

fn times(offsets: Offsets) -> Option<(Time, Time)> {
    time(offsets.from as f64 / 1_000.0).zip(time(offsets.to as f64 / 1_000.0))
}

/// The words of `text`, with the times of `parts` where those are its letters: a letter
/// of several bytes may be cut in two by them and then is none.
fn cpp_words(parts: Vec<CppToken>, text: &str) -> Vec<Token> {
    let is_text = |part: &&CppToken| !(part.text.starts_with("[_") && part.text.ends_with(']'));
    let parts: Vec<&CppToken> = parts.iter().filter(is_text).collect();
    let spelt: String = parts.iter().map(|part| part.text.as_str()).collect();
    let mut words = tokens(text);
    if spelt.trim() != text.trim() {
        return words;
    }
    // The parts, letter by letter, say when each word begins and ends.
    let letters = |part: &&CppToken| part.text.chars().filter(|c| !c.is_whitespace()).count();
    let mut parts = parts.into_iter().filter(|part| letters(part) > 0);
    let mut left = 0;
    let mut part = None;
    for word in &mut words {
        let mut spans = Vec::new();
        let mut sum = 0.0;
        for _ in 0..word.text.chars().count() {
            if left == 0 {
                part = parts.next();
                left = part.as_ref().map_or(1, letters);
            }
            left -= 1;
            let Some(part) = part else { continue };
            spans.extend(part.offsets.and_then(times));
            sum += part.p.unwrap_or(f32::NAN);
        }
        word.span = spans.first().zip(spans.last()).map(|(first, last)| (first.0, last.1));
        let mean = sum / word.text.chars().count() as f32;
        word.probability = Some(mean).filter(|value| (0.0..=1.0).contains(value));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OPENAI: &str = r#"{"text":" L'\u00e9t\u00e9 ? Oui.","language":"fr","segments":[
        {"id":0,"seek":0,"start":0.0,"end":2.0,"text":" L'\u00e9t\u00e9 ? Oui.","words":[
        {"word":" L","start":0.1,"end":0.2,"probability":0.5},
        {"word":"'\u00e9t\u00e9","start":0.2,"end":0.6,"probability":0.25},
        {"word":" ?","start":0.6,"end":0.7,"probability":1.0},
        {"word":" Oui.","start":1.0,"end":1.5,"probability":0.75}]}]}"#;

    const WHISPER_X: &str = r#"{"segments":[
        {"start":1.0,"end":4.0,"text":"En 2024 oui","speaker":"SPEAKER_01","words":[
        {"word":"En","start":1.0,"end":1.5,"score":0.9,"speaker":"SPEAKER_01"},
        {"word":"2024"},
        {"word":"oui","start":2.5,"end":3.0,"score":0.8}]},
        {"start":4.0,"end":5.0,"text":"Non.","speaker":"SPEAKER_00"}],"word_segments":[]}"#;

    const CPP: &str = r#"{"result":{"language":"fr"},"transcription":[
        {"timestamps":{"from":"00:00:01,000","to":"00:00:03,000"},"offsets":{"from":1000,"to":3000},
        "text":" Ça va.","tokens":[
        {"text":"[_BEG_]","offsets":{"from":1000,"to":1000},"id":1,"p":0.9,"t_dtw":-1},
        {"text":" Ç","offsets":{"from":1000,"to":1100},"p":0.5},
        {"text":"a","offsets":{"from":1100,"to":1300},"p":0.7},
        {"text":" va","offsets":{"from":1500,"to":2000},"p":0.5},
        {"text":".","offsets":{"from":2000,"to":2100},"p":0.5}]}]}"#;

    #[test]
    fn words_of_openai_bring_their_spaces() {
        check(OPENAI, "100-200 L|200-700 'été ?|1000-1500 Oui.");
        assert_eq!(read(OPENAI).unwrap().segments[0].text(), "L'été ? Oui.");
    }

    #[test]
    fn words_without_times_lie_between_their_neighbours() {
        check(WHISPER_X, "1000-1500 En|1500-2500 2024|2500-3000 oui|4000-5000 Non.");
        assert_eq!(read(WHISPER_X).unwrap().names(), ["SPEAKER_01", "SPEAKER_00"]);
    }

    #[test]
    fn tokens_of_whisper_cpp_make_words() {
        check(CPP, "1000-1300 Ça|1500-2100 va.");
        assert_eq!(read(CPP).unwrap().provenance.language, "fr");
    }

    #[test]
    fn a_letter_cut_in_two_costs_the_times_of_its_segment_only() {
        let cut = CPP.replace(" Ç\"", " \u{fffd}\"");
        check(&cut, "1000-1857 Ça|1857-3000 va.");
    }

    #[test]
    fn without_offsets_the_timestamps_count() {
        let bare = CPP.replace("offsets", "autres").replace("tokens", "jetons");
        check(&bare, "1000-1857 Ça|1857-3000 va.");
    }

    #[test]
    fn a_line_feed_inside_a_string_is_a_space() {
        check(&CPP.replace("Ça va.", "Ça\nva."), "1000-1300 Ça|1500-2100 va.");
    }

    #[test]
    fn podcasting_2_0_is_read_by_its_own_names() {
        let text = r#"{"version":"1.0.0","segments":[
            {"speaker":"Léa","startTime":0.5,"endTime":0.9,"body":"Oui\n"}]}"#;
        check(text, "500-900 Oui");
    }

    proptest! {
        #[test]
        fn a_spoilt_file_ends_nothing(
            which in 0..3_usize,
            at in any::<prop::sample::Index>(),
            put in "[-0-9e\\[\\]{}\",:a-z]{0,4}",
        ) {
            let mut text = [OPENAI, WHISPER_X, CPP][which].to_owned();
            let (at, _) = text.char_indices().nth(at.index(text.chars().count())).unwrap();
            text.insert_str(at, &put);
            let _ = read(&text);
        }
    }

    /// `expected`: start, end and text of each word.
    fn check(text: &str, expected: &str) {
        let transcript = read(text).unwrap();
        let words = transcript.segments.iter().flat_map(|segment| &segment.words);
        let shown: Vec<String> = words
            .map(|word| {
                let (start, end) = (word.span.start().as_millis(), word.span.end().as_millis());
                format!("{start}-{end} {}", word.text)
            })
            .collect();
        assert_eq!(shown.join("|"), expected);
    }
}
