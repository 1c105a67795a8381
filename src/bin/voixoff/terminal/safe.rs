//! Text that a terminal shows and does not obey.

use std::borrow::Cow;

/// `text` with each character that a terminal would obey as its escape in JSON: `\u001b`. So a
/// JSON text stays the same JSON. Tabs and line ends stay.
pub(crate) fn safe(text: &str) -> Cow<'_, str> {
    if !text.contains(is_obeyed) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_obeyed(character) {
            let units = &mut [0; 2];
            for unit in character.encode_utf16(units) {
                shown.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// Whether `character` is no sign but an order: to move the cursor, to begin an escape sequence,
/// to end a line, to write from right to left, or to stand there unseen.
fn is_obeyed(character: char) -> bool {
    match character {
        '\t' | '\n' => false,
        // Of Unicode's category Cc: C0, DEL and C1, where one character begins a sequence, too.
        _ if character.is_control() => true,
        // Marks, embeddings, overrides and isolates of direction.
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' => true,
        '\u{2066}'..='\u{2069}' => true,
        // Ends of lines and of paragraphs.
        '\u{2028}' | '\u{2029}' => true,
        // Nothing to be seen: a space of no width, and letters that are tags.
        '\u{200b}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}' => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{is_obeyed, safe};
    use proptest::prelude::*;

    #[test]
    fn escape_sequences_are_shown() {
        assert_eq!(safe("un\u{1b}]0;titre\u{7}"), "un\\u001b]0;titre\\u0007");
        assert_eq!(safe("un\u{9b}31m\u{7f}\r"), "un\\u009b31m\\u007f\\u000d");
    }

    #[test]
    fn a_name_cannot_be_read_from_right_to_left() {
        assert_eq!(safe("épisode\u{202e}3pm.exe"), "épisode\\u202e3pm.exe");
        assert_eq!(safe("\u{2066}un\u{2069}"), "\\u2066un\\u2069");
    }

    #[test]
    fn french_stays_as_it_is() {
        let text = "« Ça\u{a0}! » dit l’hôte,\u{202f}« cœur\u{ad} »\tà 57 %\n";
        assert_eq!(safe(text), text);
    }

    proptest! {
        #[test]
        fn nothing_that_is_obeyed_is_left(text in any::<String>()) {
            prop_assert!(!safe(&text).contains(is_obeyed));
        }

        #[test]
        fn json_says_the_same(text in any::<String>()) {
            let json = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(serde_json::from_str::<String>(&safe(&json)).unwrap(), text);
        }
    }
}
