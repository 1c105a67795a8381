//! Text inside XML and HTML.

/// `text` as it stands between tags and in quoted attributes.
///
/// Control characters are left out: XML 1.0 has no way to write them, and a single one,
/// say from somebody's subtitles, would make the whole file unreadable.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' => escaped.push(character),
            '\u{fffe}' | '\u{ffff}' => (),
            _ if character.is_control() => (),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// Most bytes of the name of a character. Each `&` is looked at for as many, and no more.
const NAME_MAX: usize = 40;

/// Whether `text` begins with what readers of HTML, Markdown and wikis take for one
/// character: `&eacute;`, `&#233;`. The `&` of « R&D » is only itself.
pub(super) fn begins_reference(text: &str) -> bool {
    let near = text
        .strip_prefix('&')
        .map(|rest| rest.as_bytes().get(..NAME_MAX).unwrap_or(rest.as_bytes()));
    let Some(near) = near else { return false };
    let Some(end) = near.iter().position(|byte| *byte == b';') else { return false };
    let name = String::from_utf8_lossy(&near[..end]);
    let name = name.strip_prefix('#').unwrap_or(&name);
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_markup_and_no_space_is_lost() {
        check("R&D <b> --> \"é\"", "R&amp;D &lt;b&gt; --&gt; &quot;é&quot;");
        check("57\u{a0}% ça\u{202f}?", "57\u{a0}% ça\u{202f}?");
    }

    #[test]
    fn what_xml_cannot_hold_is_left_out() {
        check("a\u{0}b\u{1b}c\u{ffff}d", "abcd");
    }

    #[test]
    fn an_ampersand_between_letters_is_no_reference() {
        assert!(begins_reference("&eacute;t&eacute;") && begins_reference("&#233;"));
        assert!(!begins_reference("&D. Oui; non") && !begins_reference("&;"));
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(escaped(text), expected);
    }
}
