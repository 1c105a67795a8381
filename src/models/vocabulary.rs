//! The words of Whisper, as the files beside its weights spell them.
//!
//! A token is any bytes, and the files are text: so each byte is written as one
//! printable character, after the alphabet of GPT-2. Four layouts are in use: a
//! list in JSON and one token a line, beside a CTranslate2 model; a table of
//! numbers (`vocab.json`), and a table within a tokenizer (`tokenizer.json`), in a
//! folder of Hugging Face's transformers.

use serde::Deserialize;
use std::collections::HashMap;

/// A vocabulary of Whisper has about one megabyte, a tokenizer three.
pub(super) const BYTES_MAX: u64 = 16 << 20;

/// Tokens of text of every Whisper of several languages, which has at least so many in all.
const N_TOKENS: usize = 50_257;
const N_VOCABULARY: i32 = 51_865;

/// Tokens of text of a Whisper of English alone.
const N_ENGLISH_TOKENS: usize = 50_256;

/// The first token that is not text; a ggml vocabulary ends before it.
const FIRST_SPECIAL: &str = "<|endoftext|>";

/// A `tokenizer.json`.
#[derive(Deserialize)]
struct TokenizerFile {
    model: TokenizerModel,
}

#[derive(Deserialize)]
struct TokenizerModel {
    vocab: HashMap<String, usize>,
}

/// Whether there are as many `tokens` of text as in a Whisper with `n_vocabulary` tokens in all.
///
/// # Errors
/// A sentence saying that there are not.
pub(super) fn check_count(tokens: &[Vec<u8>], n_vocabulary: i32) -> Result<(), String> {
    let expected = if n_vocabulary < N_VOCABULARY { N_ENGLISH_TOKENS } else { N_TOKENS };
    let n = tokens.len();
    if n == expected {
        return Ok(());
    }
    Err(format!("its tokenizer has {n} tokens of text, and that of such a Whisper {expected}"))
}

/// The text tokens in the order of their numbers, as bytes.
///
/// # Errors
/// A sentence saying why `content` is not such a file.
pub(super) fn text_tokens(content: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let words: Vec<String> = match content.first() {
        Some(b'[') => serde_json::from_slice(content).map_err(|error| error.to_string())?,
        Some(b'{') => in_order(table(content)?)?,
        _ => {
            let text = std::str::from_utf8(content).map_err(|error| error.to_string())?;
            // Not `lines`: a carriage return would be part of its token.
            text.split('\n').map(str::to_owned).collect()
        }
    };
    let end = words.iter().position(|word| word == FIRST_SPECIAL);
    let end = end.ok_or_else(|| format!("it has no `{FIRST_SPECIAL}`"))?;
    words[..end].iter().map(|word| word.chars().map(byte).collect()).collect()
}

/// The numbers of the tokens in a `vocab.json` or a `tokenizer.json`.
fn table(content: &[u8]) -> Result<HashMap<String, usize>, String> {
    match serde_json::from_slice::<TokenizerFile>(content) {
        Ok(file) => Ok(file.model.vocab),
        Err(_) => serde_json::from_slice(content).map_err(|error| error.to_string()),
    }
}

/// The tokens of `table` up to `<|endoftext|>`, which stands at the end where it is only among the
/// added ones.
fn in_order(table: HashMap<String, usize>) -> Result<Vec<String>, String> {
    let end = table.get(FIRST_SPECIAL).copied().unwrap_or(table.len());
    if end > table.len() {
        return Err(format!("`{FIRST_SPECIAL}` has number {end}, and there are fewer tokens"));
    }
    let mut words: Vec<Option<String>> = vec![None; end];
    for (word, number) in table {
        if let Some(place) = words.get_mut(number)
            && place.replace(word).is_some()
        {
            return Err(format!("two tokens have number {number}"));
        }
    }
    let missing = |number: usize| format!("no token has number {number}");
    let words = words.into_iter().enumerate();
    let mut words: Vec<String> = words
        .map(|(number, word)| word.ok_or_else(|| missing(number)))
        .collect::<Result<_, _>>()?;
    words.push(FIRST_SPECIAL.to_owned());
    Ok(words)
}

/// The byte that `spelling` stands for. Printable bytes of Latin-1 stand for
/// themselves; the others follow from U+0100 on, in their order.
fn byte(spelling: char) -> Result<u8, String> {
    let code = u32::from(spelling);
    let hidden = || (0..=255_u8).filter(|&byte| !is_printable(byte));
    let found = match u8::try_from(code) {
        Ok(byte) => is_printable(byte).then_some(byte),
        Err(_) => hidden().nth((code - 256) as usize),
    };
    found.ok_or_else(|| format!("`{}` stands for no byte", spelling.escape_default()))
}

fn is_printable(byte: u8) -> bool {
    matches!(byte, 0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_layouts_give_the_same_bytes() {
        let tokens = vec![b"!".to_vec(), b" d\xc3\xa9".to_vec(), b"\n\xad".to_vec(), Vec::new()];
        let json = r#"["!", "ĠdÃ©", "ĊŃ", "", "<|endoftext|>", "<|fr|>"]"#;
        let lines = "!\nĠdÃ©\nĊŃ\n\n<|endoftext|>\n<|fr|>";
        assert_eq!(text_tokens(json.as_bytes()), Ok(tokens.clone()));
        assert_eq!(text_tokens(lines.as_bytes()), Ok(tokens));
    }

    #[test]
    fn a_table_gives_its_tokens_in_the_order_of_their_numbers() {
        let tokens = vec![b"!".to_vec(), b" d\xc3\xa9".to_vec(), Vec::new()];
        let vocab = r#"{"ĠdÃ©": 1, "": 2, "!": 0, "<|endoftext|>": 3, "<|fr|>": 9}"#;
        assert_eq!(text_tokens(vocab.as_bytes()), Ok(tokens.clone()));
        let bare = r#"{"ĠdÃ©": 1, "": 2, "!": 0}"#;
        assert_eq!(text_tokens(bare.as_bytes()), Ok(tokens.clone()));
        let tokenizer = format!(r#"{{"version": "1.0", "model": {{"vocab": {bare}}}}}"#);
        assert_eq!(text_tokens(tokenizer.as_bytes()), Ok(tokens));
    }

    #[test]
    fn a_table_with_holes_or_with_numbers_twice_is_an_error() {
        let told = |table: &str| text_tokens(table.as_bytes()).unwrap_err();
        assert_eq!(told(r#"{"!": 0, "a": 2}"#), "no token has number 1");
        assert_eq!(told(r#"{"!": 0, "a": 0}"#), "two tokens have number 0");
        assert!(told(r#"{"!": 0, "<|endoftext|>": 4294967296}"#).contains("fewer tokens"));
        assert!(check_count(&vec![vec![]; 32_000], 51_866).unwrap_err().contains("32000 tokens"));
    }

    #[test]
    fn every_byte_has_one_spelling() {
        let mut bytes: Vec<u8> = (0..0x200).filter_map(char::from_u32).flat_map(byte).collect();
        bytes.sort_unstable();
        assert_eq!(bytes, (0..=255).collect::<Vec<u8>>());
    }

    #[test]
    fn another_file_is_an_error() {
        for content in ["", "[", "bonjour", "[1]", "é é\n<|endoftext|>", "☃\n<|endoftext|>"] {
            assert!(text_tokens(content.as_bytes()).is_err(), "{content}");
        }
        assert!(text_tokens(b"\xff\n<|endoftext|>").is_err());
    }
}
