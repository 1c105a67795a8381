//! The tokens of a model: those that are text, and the others by their places.

use crate::asr::ggml::Shape;
use std::collections::HashMap;

/// The tokens that are no text: they follow it, in the order of OpenAI's tokenizer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Special {
    pub(super) end_of_text: usize,
    pub(super) n_languages: usize,
}

impl Special {
    /// `None` for a model of English alone.
    pub(super) fn of(shape: Shape) -> Option<Special> {
        let n_languages =
            shape.n_vocabulary.checked_sub(51_766).filter(|n| (99..200).contains(n))?;
        Some(Special { end_of_text: 50_257, n_languages })
    }

    pub(super) fn start(self) -> usize {
        self.end_of_text + 1
    }

    pub(super) fn language(self, number: usize) -> usize {
        self.start() + 1 + number
    }

    pub(super) fn translate(self) -> usize {
        self.language(self.n_languages)
    }

    pub(super) fn transcribe(self) -> usize {
        self.translate() + 1
    }

    pub(super) fn previous(self) -> usize {
        self.translate() + 3
    }

    pub(super) fn no_speech(self) -> usize {
        self.translate() + 4
    }

    pub(super) fn no_timestamps(self) -> usize {
        self.translate() + 5
    }
}

/// Signs of music and of sounds, brackets, and tokens that are no text: as OpenAI's
/// `non_speech_tokens`. What they would say is no words, and nothing here has measured it.
pub(super) fn suppressed(tokens: &[Vec<u8>], special: Special) -> Vec<usize> {
    const SIGNS: &str = "\" # ( ) * + / : ; < = > @ [ \\ ] ^ _ ` { | } ~ 「 」 『 』 << >> <<< >>> -- --- -( -[ (' (\" (( )) ((( ))) [[ ]] {{ }} ♪♪ ♪♪♪ ♩ ♪ ♫ ♬ ♭ ♮ ♯";
    let signs: Vec<&str> = SIGNS.split(' ').collect();
    let is_sign = |token: &[u8]| {
        let bare = token.strip_prefix(b" ").unwrap_or(token);
        signs.iter().any(|sign| sign.as_bytes() == bare) || token == b" -" || token == b" '"
    };
    // The last four are spelt in two tokens: the first of them is enough.
    let is_sign =
        |token: &[u8]| is_sign(token) || token.strip_prefix(b" ").unwrap_or(token) == b"\xe2\x99";
    let signs = tokens.iter().enumerate().filter(|(_, token)| is_sign(token));
    let no_text = special.start()..special.no_timestamps();
    signs.map(|(index, _)| index).chain(no_text).collect()
}

/// Whether a text in Latin letters can need `token`: one with a letter of another script than
/// Latin and Greek, or with part of one, it cannot. Single bytes spell whatever else is asked for.
pub(super) fn is_western(token: &[u8]) -> bool {
    let is_foreign =
        |c: char| c >= '\u{400}' && c.is_alphabetic() && !('\u{1e00}'..'\u{2000}').contains(&c);
    // What begins a letter of U+0400 to U+0FFF or of U+3000 to U+DFFF.
    let begins_foreign = |byte: &u8| matches!(byte, 0xd0..=0xe0 | 0xe3..=0xed);
    let mut chunks = token.utf8_chunks();
    token.len() == 1
        || !chunks.any(|chunk| {
            chunk.valid().chars().any(is_foreign) || chunk.invalid().iter().any(begins_foreign)
        })
}

/// The text tokens of a model.
pub(super) struct Tokens {
    pub(super) bytes: Vec<Vec<u8>>,
    numbers: HashMap<Vec<u8>, usize>,
    longest: usize,
}

impl Tokens {
    pub(super) fn new(bytes: Vec<Vec<u8>>) -> Tokens {
        let numbers = bytes.iter().cloned().enumerate().map(|(number, token)| (token, number));
        let longest = bytes.iter().map(Vec::len).max().unwrap_or_default();
        Tokens { numbers: numbers.collect(), longest, bytes }
    }

    /// `text` in tokens, each the longest that fits, as whisper.cpp does.
    pub(super) fn of(&self, text: &str) -> Vec<usize> {
        let mut rest = text.as_bytes();
        let mut found = Vec::new();
        while !rest.is_empty() {
            let mut lengths = (1..=self.longest.min(rest.len())).rev();
            let known = |length: usize| Some((length, *self.numbers.get(&rest[..length])?));
            let (length, token) = lengths.find_map(known).unzip();
            found.extend(token);
            rest = &rest[length.unwrap_or(1)..];
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: Shape = Shape {
        n_vocabulary: 51_865,
        n_audio_heads: 8,
        n_audio_layers: 6,
        n_text_heads: 8,
        n_text_layers: 6,
        n_mels: 80,
    };

    fn tokens(spelt: &[&str]) -> Vec<Vec<u8>> {
        spelt.iter().map(|token| token.as_bytes().to_vec()).collect()
    }

    #[test]
    fn special_tokens_are_where_openai_s_tokenizer_has_them() {
        let base = Special::of(BASE).unwrap();
        let of_base = [base.language(6), base.transcribe(), base.previous(), base.no_timestamps()];
        assert_eq!(of_base, [50_265, 50_359, 50_361, 50_363]);
        let large_v3 = Special::of(Shape { n_vocabulary: 51_866, ..BASE }).unwrap();
        assert_eq!([large_v3.transcribe(), large_v3.no_timestamps()], [50_360, 50_364]);
        assert!(Special::of(Shape { n_vocabulary: 51_864, ..BASE }).is_none());
        assert!(Special::of(Shape { n_vocabulary: 3, ..BASE }).is_none());
    }

    #[test]
    fn a_text_is_cut_into_its_longest_tokens_and_what_fits_none_is_passed_over() {
        let tokens = Tokens::new(tokens(&["a", "ab", "abc", " d", "d"]));
        assert_eq!(tokens.of("abcab?a d"), [2, 1, 0, 3]);
        assert!(tokens.of("").is_empty());
    }

    #[test]
    fn a_text_in_latin_letters_needs_no_token_of_another_script() {
        for token in [" être", " Łódź", "…", " €", "µ", " π", " n°", "\u{300}", "🎙", " ♪"]
        {
            assert!(is_western(token.as_bytes()), "{token}");
        }
        for token in [" да", "你好", "です", " 안녕", "ال", "שלום"] {
            assert!(!is_western(token.as_bytes()), "{token}");
        }
        assert!(is_western(b"\xd0"), "a single byte spells what has no token");
        assert!(!is_western(b" \xd0") && !is_western(b"\xe4\xbd"), "the beginning of a letter");
        assert!(is_western(b" \xc3") && is_western(b"\x99s") && is_western(b"\xe2\x80"));
    }

    #[test]
    fn signs_of_sounds_are_not_written_nor_are_tokens_that_are_no_text() {
        let tokens = tokens(&["♪", " (", "oui", " -", "-", " oui"]);
        let special = Special::of(BASE).unwrap();
        let suppressed = suppressed(&tokens, special);
        assert_eq!(suppressed[..4], [0, 1, 3, special.start()]);
        assert!(!suppressed.contains(&special.end_of_text));
    }
}
