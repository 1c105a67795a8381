//! What is said in a transcript, as scores see it: written words, and the tokens that count.

use super::{
    attribution::Entry,
    french::{Token, normalised},
};
use crate::base::{
    speech::{self, SpeakerId, Word},
    time::Span,
    transcript::Transcript,
};

/// The shown words of a transcript without its events, and their tokens.
pub struct Said<'a> {
    /// In order.
    pub words: Vec<WordSaid<'a>>,
    /// In order; each names words by their place in `words`.
    pub tokens: Vec<Token>,
    /// Whether the times of words are those of the sound.
    pub is_timed: bool,
}

/// A written word and where it stands.
#[derive(Clone, Copy)]
pub struct WordSaid<'a> {
    /// The word.
    pub word: &'a Word,
    /// Who says it.
    pub speaker: Option<SpeakerId>,
    /// Place of its segment among those of the transcript.
    pub segment: usize,
    /// Whether a sentence begins with it, as far as marks tell.
    pub opens_sentence: bool,
}

/// Who says what nobody is named for. No reader numbers so many people.
const NOBODY: SpeakerId = SpeakerId(u16::MAX);

impl<'a> Said<'a> {
    /// What is said in `transcript`.
    pub fn of(transcript: &'a Transcript) -> Said<'a> {
        let mut words: Vec<WordSaid<'a>> = Vec::new();
        for (segment, of) in transcript.segments.iter().enumerate().filter(|(_, of)| !of.is_event())
        {
            for word in of.words.iter().filter(|word| word.dropped.is_none()) {
                let before = words.last();
                let opens_sentence = before.is_none_or(|before| {
                    before.segment != segment || speech::ends_sentence(&before.word.text)
                });
                words.push(WordSaid { word, speaker: of.speaker, segment, opens_sentence });
            }
        }
        let tokens = normalised(words.iter().map(|said| (said.word.text.as_str(), said.word.gap)));
        Said { words, tokens, is_timed: transcript.is_timed }
    }

    /// The tokens without where they come from.
    pub fn texts(&self) -> Vec<&str> {
        self.tokens.iter().map(|token| token.text.as_str()).collect()
    }

    /// The first word of token `at`.
    pub fn word_of(&self, at: usize) -> &WordSaid<'a> {
        &self.words[self.tokens[at].words.start]
    }

    /// Whether a word begins with token `at`.
    pub fn begins_word(&self, at: usize) -> bool {
        let start = |at: usize| self.tokens[at].words.start;
        at == 0 || start(at) != start(at - 1)
    }

    /// What the word that ends with token `at` has behind it, if one does.
    pub fn mark_behind(&self, at: usize) -> Option<Mark> {
        let last = self.tokens[at].words.end - 1;
        let goes_on = self.tokens.get(at + 1).is_some_and(|next| next.words.start <= last);
        let text = &self.words[last].word.text;
        let mark = text.trim_end_matches(['»', '"', '”', ')', '\u{a0}', '\u{202f}', ' ']);
        match goes_on {
            true => None,
            false if speech::ends_sentence(text) => Some(Mark::End),
            false => mark.ends_with([',', ';', ':']).then_some(Mark::Pause),
        }
    }

    /// Whether token `at` is a name: with a capital that no sentence asks for, or one of `names`.
    pub fn is_name(&self, at: usize, names: &[String]) -> bool {
        let token = &self.tokens[at];
        let word = self.word_of(at);
        let opens = self.begins_word(at) && word.opens_sentence;
        let is_quoted = word.word.text.starts_with(['«', '"', '“']);
        let is_long = token.text.chars().nth(1).is_some();
        (token.is_capital && is_long && !opens && !is_quoted) || names.contains(&token.text)
    }

    /// What each says, a token after the other.
    pub(super) fn entries(&self) -> Vec<(SpeakerId, Vec<&str>)> {
        let tokens = self.tokens.iter().enumerate();
        tokens
            .map(|(at, token)| (self.word_of(at).speaker.unwrap_or(NOBODY), vec![&*token.text]))
            .collect()
    }

    /// The same with times: an entry for each word, or for words that are one token.
    pub(super) fn timed_entries(&self) -> Vec<Entry<&str>> {
        let mut entries: Vec<Entry<&str>> = Vec::new();
        for (at, token) in self.tokens.iter().enumerate() {
            let end = self.words[token.words.end - 1].word.span.end();
            let word = self.word_of(at);
            match entries.last_mut().filter(|_| !self.begins_word(at)) {
                Some(last) => {
                    last.tokens.push(&token.text);
                    last.span =
                        Span::new(last.span.start(), end.max(last.span.end())).unwrap_or(last.span);
                }
                None => entries.push(Entry {
                    speaker: word.speaker.unwrap_or(NOBODY),
                    span: Span::new(word.word.span.start(), end).unwrap_or(word.word.span),
                    tokens: vec![&token.text],
                }),
            }
        }
        entries
    }

    /// Whether anybody is told apart.
    pub fn knows_speakers(&self) -> bool {
        self.words.iter().any(|said| said.speaker.is_some())
    }

    /// All of it as it is written.
    pub fn text(&self) -> String {
        speech::shown(self.words.iter().map(|said| said.word))
    }
}

/// What stands behind a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// `.` `?` `!` `…`: one class, for what is said is the same.
    End,
    /// `,` `;` `:`
    Pause,
}
