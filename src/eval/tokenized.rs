//! A transcript as scores read it: its written words, and the tokens that count.

use super::{
    cpwer::SpeakerSegment,
    french::{Token, normalised},
};
use crate::base::{
    speech::{self, SpeakerId, Word},
    time::Span,
    transcript::{Opening, Segment, Transcript},
};

/// The shown words of a transcript without its events, and their tokens.
pub struct TokenizedTranscript<'a> {
    /// In order.
    pub words: Vec<SourceWord<'a>>,
    /// In order; each names its words by their indices in `words`.
    pub tokens: Vec<Token>,
    /// Whether the times of words are those of the audio.
    pub is_timed: bool,
}

/// A written word and where it stands.
#[derive(Clone, Copy)]
pub struct SourceWord<'a> {
    /// The word.
    pub word: &'a Word,
    /// Whose it is.
    pub speaker: Option<SpeakerId>,
    /// Index of its segment among those of the transcript.
    pub segment: usize,
    /// What its segment begins on the page.
    pub opens: Opening,
    /// Whether a sentence begins with it, as far as punctuation tells.
    pub opens_sentence: bool,
}

/// The speaker of words that have none. No reader of a format numbers so many people.
const UNKNOWN_SPEAKER: SpeakerId = SpeakerId(u16::MAX);

impl<'a> TokenizedTranscript<'a> {
    /// The words and tokens of `transcript`.
    pub fn new(transcript: &'a Transcript) -> TokenizedTranscript<'a> {
        let mut words: Vec<SourceWord<'a>> = Vec::new();
        let segments = transcript.segments.iter().enumerate();
        let is_said = |segment: &Segment| !segment.is_event() && !segment.is_unsaid();
        for (index, segment) in segments.filter(|(_, segment)| is_said(segment)) {
            for word in segment.words.iter().filter(|word| word.dropped.is_none()) {
                let opens_sentence = words.last().is_none_or(|previous| {
                    previous.segment != index || speech::ends_sentence(&previous.word.text)
                });
                let speaker = segment.speaker;
                let opens = segment.opens;
                words.push(SourceWord { word, speaker, segment: index, opens, opens_sentence });
            }
        }
        let tokens =
            normalised(words.iter().map(|source| (source.word.text.as_str(), source.word.gap)));
        TokenizedTranscript { words, tokens, is_timed: transcript.is_timed }
    }

    /// The texts of the tokens.
    pub fn texts(&self) -> Vec<&str> {
        self.tokens.iter().map(|token| token.text.as_str()).collect()
    }

    /// The first word of a token.
    pub(crate) fn word_of(&self, token_idx: usize) -> &SourceWord<'a> {
        &self.words[self.tokens[token_idx].words.start]
    }

    /// Whether a word begins with this token.
    pub(crate) fn begins_word(&self, token_idx: usize) -> bool {
        let first_word = |idx: usize| self.tokens[idx].words.start;
        token_idx == 0 || first_word(token_idx) != first_word(token_idx - 1)
    }

    /// The punctuation after the word that ends with this token, if one does and has some.
    pub(crate) fn punctuation_after(&self, token_idx: usize) -> Option<Punctuation> {
        let last_word = self.tokens[token_idx].words.end - 1;
        let next = self.tokens.get(token_idx + 1);
        if next.is_some_and(|next| next.words.start <= last_word) {
            return None;
        }
        let text = &self.words[last_word].word.text;
        if speech::ends_sentence(text) {
            return Some(Punctuation::Sentence);
        }
        let bare = text.trim_end_matches(['»', '"', '”', ')', '\u{a0}', '\u{202f}', ' ']);
        bare.ends_with([',', ';', ':']).then_some(Punctuation::Clause)
    }

    /// Whether a token is a name: with a capital that no sentence asks for, or one of `names`.
    pub fn is_name(&self, token_idx: usize, names: &[String]) -> bool {
        let token = &self.tokens[token_idx];
        let word = self.word_of(token_idx);
        let opens_sentence = self.begins_word(token_idx) && word.opens_sentence;
        let is_quoted = word.word.text.starts_with(['«', '"', '“']);
        let is_long = token.text.chars().nth(1).is_some();
        (token.is_capital && is_long && !opens_sentence && !is_quoted)
            || names.contains(&token.text)
    }

    /// All tokens with their speakers, for cpWER.
    pub(super) fn by_speaker(&self) -> Vec<(SpeakerId, Vec<&str>)> {
        let tokens = self.tokens.iter().enumerate();
        tokens
            .map(|(token_idx, token)| {
                (self.word_of(token_idx).speaker.unwrap_or(UNKNOWN_SPEAKER), vec![&*token.text])
            })
            .collect()
    }

    /// The same with times, for tcpWER: one of each word, or of the words that are one token.
    pub(super) fn timed_by_speaker(&self) -> Vec<SpeakerSegment<&str>> {
        let mut timed: Vec<SpeakerSegment<&str>> = Vec::new();
        for (token_idx, token) in self.tokens.iter().enumerate() {
            let end = self.words[token.words.end - 1].word.span.end();
            let source = self.word_of(token_idx);
            match timed.last_mut().filter(|_| !self.begins_word(token_idx)) {
                Some(last) => {
                    last.tokens.push(&token.text);
                    last.span =
                        Span::new(last.span.start(), end.max(last.span.end())).unwrap_or(last.span);
                }
                None => timed.push(SpeakerSegment {
                    speaker: source.speaker.unwrap_or(UNKNOWN_SPEAKER),
                    span: Span::new(source.word.span.start(), end).unwrap_or(source.word.span),
                    tokens: vec![&token.text],
                }),
            }
        }
        timed
    }

    /// Whether any word has a speaker.
    pub(crate) fn has_speakers(&self) -> bool {
        self.words.iter().any(|source| source.speaker.is_some())
    }

    /// All of it as it is written.
    pub fn text(&self) -> String {
        speech::shown(self.words.iter().map(|source| source.word))
    }
}

/// Punctuation after a word, as scores tell it apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Punctuation {
    /// `.` `?` `!` `…`: one class, for the speech is the same.
    Sentence,
    /// `,` `;` `:`
    Clause,
}
