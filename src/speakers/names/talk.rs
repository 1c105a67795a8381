//! What is said, as rules about names read it: blocks of one voice, tokens, marks.

use super::spellings::Spelling;
use crate::base::{
    speech::{Word, ends_sentence},
    time::Time,
    transcript::Segment,
};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// A word, or what stands before or behind its apostrophe.
#[derive(Debug, Clone)]
pub(super) struct Token {
    /// As it is spelt, without marks.
    pub(super) text: String,
    /// Lower case, without accents; hyphens stay.
    pub(super) key: String,
    /// How that sounds.
    pub(super) spelling: Spelling,
    /// When its word begins.
    pub(super) at: Time,
    /// Whether a sentence begins with it, as far as marks tell.
    pub(super) opens: bool,
    /// The mark behind it.
    pub(super) mark: Option<char>,
    /// Whether somebody else's words are quoted.
    pub(super) is_quoted: bool,
}

impl Token {
    /// Whether it is written with a capital, and is no acronym.
    pub(super) fn is_capital(&self) -> bool {
        let mut letters = self.text.chars().filter(|letter| letter.is_alphabetic());
        let first = letters.next().is_some_and(char::is_uppercase);
        let rest: Vec<char> = letters.collect();
        first && (rest.is_empty() || rest.iter().any(|letter| letter.is_lowercase()))
    }

    /// Whether a sentence ends behind it.
    pub(super) fn closes(&self) -> bool {
        matches!(self.mark, Some('.' | '?' | '!' | '…'))
    }
}

/// What one voice says before another does.
#[derive(Debug)]
pub(super) struct Block {
    /// Whose it is.
    pub(super) row: usize,
    /// Its words, hesitations left out; never empty.
    pub(super) tokens: Vec<Token>,
}

impl Block {
    /// The tokens of the sentence that `at` is in, by their indices.
    pub(super) fn sentence(&self, at: usize) -> std::ops::Range<usize> {
        let start = (0..at).rev().find(|&idx| self.tokens[idx].closes()).map_or(0, |idx| idx + 1);
        let mut rest = at..self.tokens.len();
        let end = rest.find(|&idx| self.tokens[idx].closes());
        start..end.map_or(self.tokens.len(), |idx| idx + 1)
    }

    /// Whether the keys that end right before `at` are `phrase`, and no sentence ends between.
    pub(super) fn has_before(&self, at: usize, phrase: &[&str]) -> bool {
        let Some(start) = at.checked_sub(phrase.len()) else { return false };
        let tokens = &self.tokens[start..at];
        tokens.iter().zip(phrase).all(|(token, word)| token.key == *word)
            && !tokens.iter().any(Token::closes)
    }

    /// Whether the keys from `at` on are `phrase`.
    pub(super) fn has_at(&self, at: usize, phrase: &[&str]) -> bool {
        let tokens = self.tokens.get(at..at + phrase.len());
        tokens
            .is_some_and(|tokens| tokens.iter().zip(phrase).all(|(token, word)| token.key == *word))
    }

    /// Its words from `start` to `end`, as they are spelt.
    pub(super) fn text(&self, range: std::ops::Range<usize>) -> String {
        let mut text = String::new();
        for token in &self.tokens[range] {
            let leans = text.is_empty() || text.ends_with('’');
            text.push_str(if leans { "" } else { " " });
            text.push_str(&token.text);
            match token.mark {
                Some('\'') => text.push('’'),
                Some(mark @ (',' | '.' | '…')) => text.push(mark),
                Some(mark) => text.extend(['\u{a0}', mark]),
                None => (),
            }
        }
        text
    }
}

/// Words that are not heard as words.
const HESITATIONS: &[&str] = &["euh", "heu", "hum", "hmm", "mmh"];

/// Words of assent: who says nothing else has not taken the floor.
const ASSENT: &[&str] = &[
    "oui",
    "ouais",
    "mm",
    "mmh",
    "hum",
    "non",
    "si",
    "ok",
    "voila",
    "exactement",
    "ah",
    "oh",
    "bah",
    "d",
    "accord",
    "bien",
    "sur",
    "absolument",
    "tout",
    "a",
    "fait",
    "super",
];

/// The talk of `n_rows` voices in blocks. Doubtful segments and those of nobody are left out, and
/// so are words of assent under somebody's talk.
pub(super) fn blocks(segments: &[Segment], n_rows: usize) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for segment in segments.iter().filter(|segment| segment.doubt.is_none()) {
        let row = segment.speaker.map(|speaker| usize::from(speaker.0));
        let Some(row) = row.filter(|row| *row < n_rows) else { continue };
        let tokens = tokens(&segment.words);
        if tokens.is_empty() {
            continue;
        }
        match blocks.last_mut() {
            Some(last) if last.row == row => last.tokens.extend(tokens),
            _ => blocks.push(Block { row, tokens }),
        }
    }
    let is_assent = |block: &Block| {
        block.tokens.len() <= 3 && block.tokens.iter().all(|token| ASSENT.contains(&&*token.key))
    };
    let mut kept: Vec<Block> = Vec::new();
    for (idx, block) in blocks.iter_mut().enumerate() {
        let block = Block { row: block.row, tokens: std::mem::take(&mut block.tokens) };
        match kept.last_mut() {
            _ if idx > 0 && is_assent(&block) => (),
            Some(last) if last.row == block.row => last.tokens.extend(block.tokens),
            _ => kept.push(block),
        }
    }
    kept
}

fn tokens(words: &[Word]) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut is_quoted = false;
    for word in words.iter().filter(|word| word.dropped.is_none()) {
        is_quoted |= word.text.contains(['«', '“']);
        if let (true, Some(last)) =
            (word.text.starts_with(['«', '“', '(', '–', '—']), tokens.last_mut())
        {
            last.mark = last.mark.or(Some(','));
        }
        let mark = word.text.trim_end_matches(['»', '”', '"', ')', '\u{a0}', '\u{202f}', ' ']);
        let mark = mark.chars().last().filter(|mark| ",.?!…:;".contains(*mark));
        // « M. » ends nothing.
        let mark = mark.filter(|mark| *mark != '.' || ends_sentence(&word.text));
        let parts: Vec<&str> = word.text.split(['\'', '’']).map(bare).collect();
        let n_parts = parts.len();
        for (idx, part) in parts.into_iter().enumerate() {
            let is_last = idx + 1 == n_parts;
            let first = tokens.len();
            // « dites-nous » is two words, « Jean-Michel » is one.
            let halves: Vec<&str> = match part.starts_with(char::is_uppercase) {
                false => part.split('-').collect(),
                true if is_verb_with_pronoun(part) => part.split('-').collect(),
                true => vec![part],
            };
            for half in halves {
                let key = folded(half);
                if key.is_empty() || HESITATIONS.contains(&&*key) {
                    continue;
                }
                let opens = tokens.last().is_none_or(Token::closes);
                let text = half.to_owned();
                tokens.push(Token {
                    text,
                    spelling: Spelling::of(&key),
                    key,
                    at: word.span.start(),
                    opens,
                    mark: None,
                    is_quoted,
                });
            }
            if let Some(last) = tokens[first..].last_mut() {
                last.mark = if is_last { mark } else { Some('\'') };
            } else if let (true, Some(mark), Some(last)) = (is_last, mark, tokens.last_mut()) {
                last.mark = Some(mark);
            }
        }
        is_quoted &= !word.text.contains(['»', '”']);
    }
    tokens
}

/// « Parlez-nous », « Est-ce »: a hyphen before a pronoun.
fn is_verb_with_pronoun(part: &str) -> bool {
    let pronouns = ["nous", "moi", "vous", "tu", "ce", "il", "elle", "on", "je", "le", "la", "y"];
    part.rsplit_once('-').is_some_and(|(_, last)| pronouns.contains(&last))
}

fn bare(text: &str) -> &str {
    text.trim_matches(|c: char| !c.is_alphanumeric())
}

/// Lower case without accents, ligatures apart; letters, digits and hyphens.
pub(super) fn folded(text: &str) -> String {
    let lower = text.to_lowercase().replace('œ', "oe").replace('æ', "ae");
    let letters = lower.nfd().filter(|letter| !is_combining_mark(*letter));
    letters.filter(|letter| letter.is_alphanumeric() || *letter == '-').collect()
}
