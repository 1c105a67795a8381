//! What every reader needs: text becomes words, words without times get some, names
//! become speakers.

use super::error::ReadFormatError;
use crate::{
    base::{
        speech::{Doubt, Gap, SpeakerId, Turn, Word},
        time::{Span, Time, fill_pauses},
        transcript::{
            LeftOut, Opening, Segment, SegmentLanguage, Speaker, TO_COMPLETE, Transcript,
        },
    },
    formats::TO_CHECK,
};
use std::collections::{BTreeMap, HashMap};

/// Furthest time we read, in seconds: 30 years. Only keeps sums from overflowing.
const LATEST: f64 = 1e9;

/// Most people of one file. A file with more names has something else in their place.
const PEOPLE_MAX: usize = 1_000;

/// Most words of one file: seventy hours of talk.
pub(in crate::formats) const WORDS_MAX: usize = 1_000_000;

/// Silences inside a turn that do not end it.
const BREATH: Time = Time::from_millis(300);

const MILLISECOND: Time = Time::from_millis(1);

/// What texts of ours say in the place of words, or about them.
const SIGNS: [&str; 2] = [TO_CHECK, TO_COMPLETE];

/// The instant `seconds` after the start, to the millisecond; `None` where there is none.
pub(super) fn time(seconds: f64) -> Option<Time> {
    let is_in = (0.0..=LATEST).contains(&seconds);
    is_in.then(|| Time::from_millis((seconds * 1_000.0).round() as u64))
}

/// A word to be: its time may not be known.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    /// What stands before it.
    pub(super) gap: Gap,
    /// Never empty.
    pub(super) text: String,
    /// Start and end, as the file says; they may be wrong in every way.
    pub(super) span: Option<(Time, Time)>,
    /// Whether they are its own, and no share of those of a whole text.
    pub(super) is_timed: bool,
    /// What the recogniser gave it.
    pub(super) probability: Option<f32>,
}

impl Token {
    /// The mark before words that nobody should take as said.
    pub(super) fn to_check() -> Token {
        Token {
            gap: Gap::Space,
            text: TO_CHECK.to_owned(),
            span: None,
            is_timed: true,
            probability: None,
        }
    }
}

/// The tokens of `text`, cut where there is space of any kind. The first one has the gap
/// [`Gap::Nothing`] where no space is before it.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut gap = Gap::Nothing;
    let mut is_in_word = false;
    for character in text.chars().filter(|character| *character != '\0') {
        if character.is_whitespace() {
            gap = match (character, is_in_word || gap == Gap::Nothing) {
                ('\u{a0}', true) => Gap::NoBreak,
                ('\u{202f}', true) => Gap::Narrow,
                // Several no-break spaces are one; with a plain one among them a line may break.
                ('\u{a0}' | '\u{202f}', false) => gap,
                _ => Gap::Space,
            };
            is_in_word = false;
        } else if is_in_word {
            tokens.last_mut().expect("a word has begun").text.push(character);
        } else {
            let ends = tokens.len();
            if ends > 1 && is_check(&tokens[ends - 2], &tokens[ends - 1]) {
                join_check(&mut tokens);
            }
            let text = character.into();
            tokens.push(Token { gap, text, span: None, is_timed: true, probability: None });
            is_in_word = true;
        }
    }
    if let [.., one, other] = &tokens[..]
        && is_check(one, other)
    {
        join_check(&mut tokens);
    }
    tokens
}

/// The words of `text`, all at one instant: when they are said is not known.
pub(crate) fn untimed_words(text: &str) -> Vec<Word> {
    let span = Span::new(Time::default(), MILLISECOND).expect("a millisecond is a span");
    let word = |(n, token): (usize, Token)| {
        let gap = if n == 0 { Gap::Space } else { token.gap };
        Word { gap, is_timed: false, ..Word::new(token.text, span, None) }
    };
    tokens(text).into_iter().enumerate().map(word).collect()
}

/// Whether two tokens are [`TO_CHECK`], which is one and takes no time: nobody says it.
fn is_check(one: &Token, other: &Token) -> bool {
    TO_CHECK.split(' ').eq([one.text.as_str(), other.text.as_str()])
}

fn join_check(tokens: &mut Vec<Token>) {
    tokens.pop();
    if let Some(last) = tokens.last_mut() {
        last.text = TO_CHECK.to_owned();
    }
}

/// Whether `text`, whose words are all said, has no more of them than is read.
///
/// # Errors
/// More words than are said in any episode.
pub(super) fn bounded(text: &str) -> Result<(), ReadFormatError> {
    let is_too_long = text.split_whitespace().nth(WORDS_MAX).is_some();
    if is_too_long { Err(ReadFormatError::TooManyWords) } else { Ok(()) }
}

/// Gives all `tokens` times between `from` and `to`, by their lengths in characters: shares,
/// which are nobody's measure of a word.
pub(super) fn share_out(tokens: &mut [Token], from: Time, to: Time) {
    let length = |token: &Token| match token.text == TO_CHECK {
        true => 0,
        false => token.text.chars().count() as u128 + 1,
    };
    let total: u128 = tokens.iter().map(length).sum::<u128>().max(1);
    let whole = u128::from(to.minus(from).as_millis());
    let at = |before: u128| from.plus(Time::from_millis((whole * before / total) as u64));
    let mut before = 0;
    for token in tokens {
        let start = at(before);
        before += length(token);
        token.span = Some((start, at(before)));
        token.is_timed = false;
    }
}

/// Marks join the word that they belong to, with the space that was between them:
/// `vraiment ?` is one word, and so is `« Non »`.
fn with_marks(tokens: Vec<Token>) -> Vec<Token> {
    let mut joined: Vec<Token> = Vec::new();
    for token in tokens {
        match joined.last_mut().filter(|last| belong_together(last, &token)) {
            Some(last) => {
                last.text.push_str(token.gap.as_str());
                last.text.push_str(&token.text);
                last.probability = last.probability.or(token.probability);
                last.is_timed &= token.is_timed;
                last.span = match (last.span, token.span) {
                    (Some((start, _)), Some((_, end))) => Some((start, end)),
                    (one, other) => one.or(other),
                };
            }
            None => joined.push(token),
        }
    }
    joined
}

fn belong_together(one: &Token, other: &Token) -> bool {
    let is_mark = other.text.starts_with(['?', '!', ':', ';', '»', '%'])
        && !other.text.contains(char::is_alphanumeric);
    let opens = one.text.ends_with('«');
    let pair = [one.text.as_str(), other.text.as_str()];
    let are_sign = SIGNS.iter().any(|sign| sign.split(' ').eq(pair));
    (is_mark && !SIGNS.contains(&pair[0])) || opens || are_sign
}

/// Words of `tokens`, sorted and disjoint, a millisecond long at least. Those without times
/// share the time between their neighbours, at the ends that of `within`.
fn timed(mut tokens: Vec<Token>, within: (Time, Time)) -> Vec<Word> {
    let mut first = 0;
    while first < tokens.len() {
        let until = tokens[first..].iter().position(|token| token.span.is_some());
        let until = until.map_or(tokens.len(), |count| first + count);
        let before = first.checked_sub(1).and_then(|before| tokens[before].span);
        let behind = tokens.get(until).and_then(|token| token.span);
        let from = before.map_or(within.0, |(_, end)| end);
        let to = behind.map_or(within.1, |(start, _)| start);
        share_out(&mut tokens[first..until], from, to.max(from));
        first = until + 1;
    }
    let mut cursor = Time::default();
    let word = |token: Token| {
        let (start, end) = token.span.unwrap_or(within);
        let start = start.max(cursor);
        cursor = end.max(start.plus(MILLISECOND));
        let span = Span::new(start, cursor).expect("it lasts a millisecond at least");
        let Token { gap, is_timed, .. } = token;
        Word { gap, is_timed, ..Word::new(token.text, span, token.probability) }
    };
    tokens.into_iter().map(word).collect()
}

/// A transcript in the making.
#[derive(Debug, Default)]
pub(super) struct Import {
    /// In which language is said what is added next.
    pub(super) language: SegmentLanguage,
    names: Vec<String>,
    numbers: HashMap<String, usize>,
    n_words: usize,
    segments: Vec<Segment>,
    left_out: Vec<LeftOut>,
}

impl Import {
    /// The number of the person called `name`.
    ///
    /// # Errors
    /// More people than talk in an episode.
    pub(super) fn speaker(&mut self, name: &str) -> Result<SpeakerId, ReadFormatError> {
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        let known = self.numbers.get(&name).copied();
        let number = known.unwrap_or(self.names.len());
        if number >= PEOPLE_MAX {
            return Err(ReadFormatError::Wrong {
                place: format!("`{name}`"),
                problem: format!("it would be one more than {PEOPLE_MAX} people"),
            });
        }
        if known.is_none() {
            self.names.push(name.clone());
            self.numbers.insert(name, number);
        }
        Ok(SpeakerId(u16::try_from(number).expect("a thousand fits")))
    }

    /// The tokens of `text`, which count among those of the file.
    ///
    /// # Errors
    /// More words than are said in any episode, before room is taken for them.
    pub(super) fn tokens(&mut self, text: &str) -> Result<Vec<Token>, ReadFormatError> {
        self.n_words += text.split_whitespace().count();
        match self.n_words <= WORDS_MAX {
            true => Ok(tokens(text)),
            false => Err(ReadFormatError::TooManyWords),
        }
    }

    /// Adds what `speaker` says between the times of `within`. What stands behind
    /// [`TO_CHECK`] is a segment of its own, with a doubt; [`TO_COMPLETE`] is left out.
    pub(super) fn push(
        &mut self,
        speaker: Option<SpeakerId>,
        tokens: Vec<Token>,
        within: (Time, Time),
        opens: Opening,
    ) {
        self.push_words(speaker, with_marks(tokens), within, opens);
    }

    /// As [`Import::push`], of tokens each of which is a word with the marks that belong to
    /// it.
    pub(super) fn push_words(
        &mut self,
        speaker: Option<SpeakerId>,
        tokens: Vec<Token>,
        within: (Time, Time),
        opens: Opening,
    ) {
        let mut shown = Vec::new();
        let mut marks = Vec::new();
        for token in tokens {
            match token.text == TO_CHECK {
                true => marks.push(shown.len()),
                false => shown.push(token),
            }
        }
        let mut words = timed(shown, within);
        let mut parts = Vec::new();
        for at in marks.into_iter().rev() {
            parts.push((words.split_off(at), Some(Doubt::Improbable)));
        }
        parts.push((words, None));
        let mut opens = Some(opens);
        for (words, doubt) in parts.into_iter().rev() {
            let (missing, mut words): (Vec<Word>, Vec<Word>) =
                words.into_iter().partition(|word| word.text == TO_COMPLETE);
            let missing = missing.into_iter().map(|word| word.span);
            self.left_out.extend(missing.map(|span| LeftOut { span, is_spoken: true, speaker }));
            if words.is_empty() {
                continue;
            }
            // The gap of a first word is shown nowhere.
            words[0].gap = Gap::Space;
            let span = Span::new(words[0].span.start(), words[words.len() - 1].span.end());
            self.segments.push(Segment {
                speaker,
                guess: None,
                span: span.expect("words are sorted and not empty"),
                words,
                doubt,
                opens: opens.take().unwrap_or_default(),
                language: self.language.clone(),
            });
        }
    }

    /// The transcript of all that was added, sorted by time.
    pub(super) fn finish(mut self, is_timed: bool) -> Transcript {
        self.segments.sort_by_key(|segment| segment.span.start());
        self.left_out.sort_by_key(|one| one.span);
        let said = self.segments.iter().map(|segment| segment.span.end());
        let end = said.chain(self.left_out.iter().map(|one| one.span.end())).max();
        let speaker = |(number, name)| Speaker::named(SpeakerId(number), name);
        Transcript {
            duration: end.unwrap_or_default(),
            is_timed,
            turns: if is_timed { turns_of(&self.segments, &self.left_out) } else { Vec::new() },
            segments: self.segments,
            left_out: self.left_out,
            speakers: (0..).zip(self.names).map(speaker).collect(),
            ..Transcript::default()
        }
    }
}

/// Who speaks when, as far as words tell, and marks of words that are missing.
pub fn turns_of(segments: &[Segment], left_out: &[LeftOut]) -> Vec<Turn> {
    let said = segments.iter().map(|segment| (segment.span, segment.speaker));
    let missing = left_out.iter().map(|one| (one.span, one.speaker));
    let mut talk: Vec<(Span, Option<SpeakerId>)> = said.chain(missing).collect();
    talk.sort();
    let mut spans: BTreeMap<SpeakerId, Vec<Span>> = BTreeMap::new();
    for (span, speaker) in talk {
        let Some(speaker) = speaker else { continue };
        spans.entry(speaker).or_default().push(span);
    }
    let of = |(speaker, spans): (SpeakerId, Vec<Span>)| {
        fill_pauses(&spans, BREATH).into_iter().map(move |span| Turn::new(speaker, span))
    };
    let mut turns: Vec<Turn> = spans.into_iter().flat_map(of).collect();
    turns.sort_by_key(|turn| turn.span);
    turns
}

#[cfg(test)]
mod tests;
