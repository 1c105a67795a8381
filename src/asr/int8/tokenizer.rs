//! The tokenizer of a model: its tokens of text, and the special ones by their ids.

use crate::base::ggml::Shape;
use std::collections::HashMap;

/// The special tokens: their ids follow those of text, in the order of OpenAI's tokenizer.
#[derive(Debug, Clone, Copy)]
pub(super) struct SpecialTokens {
    /// `<|endoftext|>`.
    pub(super) end_of_text: usize,
    pub(super) n_languages: usize,
}

impl SpecialTokens {
    /// `None` for a model of English alone.
    pub(super) fn for_model(shape: Shape) -> Option<SpecialTokens> {
        let n_languages =
            shape.n_vocabulary.checked_sub(51_766).filter(|n| (99..200).contains(n))?;
        Some(SpecialTokens { end_of_text: 50_257, n_languages })
    }

    /// `<|startoftranscript|>`.
    pub(super) fn sot(self) -> usize {
        self.end_of_text + 1
    }

    /// Of the language at `index` of Whisper's list, such as `<|fr|>`.
    pub(super) fn language(self, index: usize) -> usize {
        self.sot() + 1 + index
    }

    pub(super) fn translate(self) -> usize {
        self.language(self.n_languages)
    }

    pub(super) fn transcribe(self) -> usize {
        self.translate() + 1
    }

    /// `<|startofprev|>`: the initial prompt follows.
    pub(super) fn sot_prev(self) -> usize {
        self.translate() + 3
    }

    pub(super) fn no_speech(self) -> usize {
        self.translate() + 4
    }

    pub(super) fn no_timestamps(self) -> usize {
        self.translate() + 5
    }
}

/// The tokens that are never decoded: special ones, and OpenAI's `non_speech_tokens` (notes,
/// brackets, marks of speakers), which stand for sounds that are no words.
pub(super) fn suppressed(tokens: &[Vec<u8>], special: SpecialTokens) -> Vec<usize> {
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
    let special_ids = special.sot()..special.no_timestamps();
    signs.map(|(id, _)| id).chain(special_ids).collect()
}

/// Whether text in the Latin script may need `token`: not if it has a letter, or part of one, of
/// another script than Latin and Greek. Single bytes are kept: they spell any character.
pub(super) fn is_for_latin_script(token: &[u8]) -> bool {
    let is_of_other_script =
        |c: char| c >= '\u{400}' && c.is_alphabetic() && !('\u{1e00}'..'\u{2000}').contains(&c);
    // The first byte of a letter of U+0400 to U+0FFF or of U+3000 to U+DFFF.
    let begins_other_script = |byte: &u8| matches!(byte, 0xd0..=0xe0 | 0xe3..=0xed);
    let mut chunks = token.utf8_chunks();
    token.len() == 1
        || !chunks.any(|chunk| {
            chunk.valid().chars().any(is_of_other_script)
                || chunk.invalid().iter().any(begins_other_script)
        })
}

/// The text tokens of a model.
pub(super) struct Tokenizer {
    /// Of each id.
    pub(super) bytes: Vec<Vec<u8>>,
    ids: HashMap<Vec<u8>, usize>,
    /// Bytes of the longest token.
    length_max: usize,
}

impl Tokenizer {
    pub(super) fn new(bytes: Vec<Vec<u8>>) -> Tokenizer {
        let ids = bytes.iter().cloned().enumerate().map(|(id, token)| (token, id)).collect();
        let length_max = bytes.iter().map(Vec::len).max().unwrap_or_default();
        Tokenizer { ids, length_max, bytes }
    }

    /// The token spelt `bytes`.
    pub(super) fn id(&self, bytes: &[u8]) -> Option<usize> {
        self.ids.get(bytes).copied()
    }

    /// `text` in tokens, each the longest that fits, as whisper.cpp does. Bytes that no token
    /// begins with are left out.
    pub(super) fn encode(&self, text: &str) -> Vec<usize> {
        let mut rest = text.as_bytes();
        let mut tokens = Vec::new();
        while !rest.is_empty() {
            let mut lengths = (1..=self.length_max.min(rest.len())).rev();
            let known = |length: usize| Some((length, *self.ids.get(&rest[..length])?));
            let (length, token) = lengths.find_map(known).unzip();
            tokens.extend(token);
            rest = &rest[length.unwrap_or(1)..];
        }
        tokens
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
        let base = SpecialTokens::for_model(BASE).unwrap();
        let of_base = [base.language(6), base.transcribe(), base.sot_prev(), base.no_timestamps()];
        assert_eq!(of_base, [50_265, 50_359, 50_361, 50_363]);
        let large_v3 = SpecialTokens::for_model(Shape { n_vocabulary: 51_866, ..BASE }).unwrap();
        assert_eq!([large_v3.transcribe(), large_v3.no_timestamps()], [50_360, 50_364]);
        assert!(SpecialTokens::for_model(Shape { n_vocabulary: 51_864, ..BASE }).is_none());
        assert!(SpecialTokens::for_model(Shape { n_vocabulary: 3, ..BASE }).is_none());
    }

    #[test]
    fn a_text_is_cut_into_its_longest_tokens_and_what_fits_none_is_left_out() {
        let tokenizer = Tokenizer::new(tokens(&["a", "ab", "abc", " d", "d"]));
        assert_eq!(tokenizer.encode("abcab?a d"), [2, 1, 0, 3]);
        assert!(tokenizer.encode("").is_empty());
    }

    #[test]
    fn text_in_latin_script_needs_no_token_of_another() {
        for token in [" être", " Łódź", "…", " €", "µ", " π", " n°", "\u{300}", "🎙", " ♪"]
        {
            assert!(is_for_latin_script(token.as_bytes()), "{token}");
        }
        for token in [" да", "你好", "です", " 안녕", "ال", "שלום"] {
            assert!(!is_for_latin_script(token.as_bytes()), "{token}");
        }
        assert!(is_for_latin_script(b"\xd0"), "a single byte spells what has no token");
        assert!(
            !is_for_latin_script(b" \xd0") && !is_for_latin_script(b"\xe4\xbd"),
            "the beginning of a letter"
        );
        assert!(
            is_for_latin_script(b" \xc3")
                && is_for_latin_script(b"\x99s")
                && is_for_latin_script(b"\xe2\x80")
        );
    }

    #[test]
    fn signs_of_sounds_and_special_tokens_are_suppressed() {
        let tokens = tokens(&["♪", " (", "oui", " -", "-", " oui"]);
        let special = SpecialTokens::for_model(BASE).unwrap();
        let suppressed = suppressed(&tokens, special);
        assert_eq!(suppressed[..4], [0, 1, 3, special.sot()]);
        assert!(!suppressed.contains(&special.end_of_text));
    }
}
