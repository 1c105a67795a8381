//! The words of Whisper, as the files beside a CTranslate2 model spell them.
//!
//! A token is any bytes, and the files are text: so each byte is written as one
//! printable character, after the alphabet of GPT-2. Two layouts are in use: a
//! list in JSON, and one token a line.

/// The first token that is not text; a ggml vocabulary ends before it.
const FIRST_SPECIAL: &str = "<|endoftext|>";

/// The text tokens in the order of their numbers, as bytes.
///
/// # Errors
/// A sentence saying why `content` is not such a file.
pub(super) fn text_tokens(content: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let words: Vec<String> = if content.first() == Some(&b'[') {
        serde_json::from_slice(content).map_err(|error| error.to_string())?
    } else {
        let text = std::str::from_utf8(content).map_err(|error| error.to_string())?;
        // Not `lines`: a carriage return would be part of its token.
        text.split('\n').map(str::to_owned).collect()
    };
    let end = words.iter().position(|word| word == FIRST_SPECIAL);
    let end = end.ok_or_else(|| format!("it has no `{FIRST_SPECIAL}`"))?;
    words[..end].iter().map(|word| word.chars().map(byte).collect()).collect()
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
