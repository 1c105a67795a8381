//! Sources of SPIP, read, as we write them and as editors do.

use super::{
    Reading, between,
    error::ReadFormatError,
    marked::{self, Kind, Paragraph},
    reference, tag,
};

/// What the source `text` says.
///
/// # Errors
/// As of plain pages.
pub(in crate::formats) fn read(text: &str) -> Result<Reading, ReadFormatError> {
    let text = text.replace("\r\n", "\n");
    let mut paragraphs = Vec::new();
    let (mut source, mut place) = (String::new(), 1);
    for (line, number) in text.split('\n').zip(1..) {
        let (is_item, is_empty) =
            (line.starts_with("- ") || line.starts_with("-*"), line.trim().is_empty());
        if (is_item || is_empty) && !source.is_empty() {
            paragraphs.push(paragraph(&std::mem::take(&mut source), place));
        }
        if source.is_empty() {
            place = number;
        }
        if is_item {
            source.push_str(line.trim_start_matches(['-', '*', ' ']));
        } else if let Some(line) = line.strip_prefix("_ ") {
            source += &format!("\n{line}");
        } else if !is_empty {
            source += &format!("{}{line}", if source.is_empty() { "" } else { " " });
        }
    }
    paragraphs.extend((!source.is_empty()).then(|| paragraph(&source, place)));
    marked::read(paragraphs, "line")
}

fn paragraph(source: &str, place: usize) -> Paragraph {
    let title = source.trim().strip_prefix("{{{").and_then(|rest| rest.strip_suffix("}}}"));
    let kind = if title.is_some() { Kind::Heading } else { Kind::Text };
    let mut paragraph = Paragraph { place, kind, ..Paragraph::default() };
    let (mut rest, mut is_strong) = (title.unwrap_or(source), false);
    while let Some(character) = rest.chars().next() {
        let mut behind = &rest[character.len_utf8()..];
        let mut said = character.to_string();
        if let Some(escaped) =
            behind.chars().next().filter(|next| character == '\\' && "{}~[-_|".contains(*next))
        {
            (said, behind) = (escaped.to_string(), &behind[escaped.len_utf8()..]);
        } else if rest.starts_with("{{") || rest.starts_with("}}") {
            is_strong = character == '{';
            (said, behind) = (String::new(), &rest[2..]);
        } else if character == '{' || character == '}' {
            said.clear();
        } else if character == '~' {
            said = "\u{a0}".to_owned();
        } else if let Some((_, after)) = between(rest, "[[", "]]") {
            (said, behind) = (String::new(), after);
        } else if let Some((label, to, after)) = link(rest) {
            (said, behind) = (label.to_owned(), after);
            paragraph.links.extend((!to.is_empty()).then(|| (label.to_owned(), to.to_owned())));
        } else if let Some((name, after)) = tag(rest) {
            (said, behind) = (if name.starts_with("br") { "\n" } else { "" }.to_owned(), after);
        } else if let Some((character, after)) = reference(rest) {
            (said, behind) = (character.to_string(), after);
        }
        paragraph.push(&said, is_strong);
        rest = behind;
    }
    paragraph
}

/// `[texte->adresse]`, `[?mot]`: what is shown, the address, and what is behind.
fn link(text: &str) -> Option<(&str, &str, &str)> {
    let (inside, behind) = between(text, "[", "]")?;
    if let Some((label, to)) = inside.split_once("->") {
        return Some((label.split('|').next().unwrap_or_default(), to, behind));
    }
    let word = inside.strip_prefix('?')?;
    Some((word.split('|').next().unwrap_or_default(), "", behind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::read::tests::shown;

    #[test]
    fn a_source_is_read_with_its_marks() {
        check(
            "{{Titre :}} Le titre\n\n{Un chapô} en [italiques|t->http://a.fr].\n\n{{{Transcription}}}\n\n\
             {{Léa :}} Bonjour \\{à\\} tous[[Une note]].\n_ Une ligne\nqui dure &lt;b> [Jingle] \\[[1]].\n\n\
             {{{Suite}}}\n\n{{Tom}} : [?Oui|x]~!\n- un\n- deux\n",
            "# Le titre\n> Un chapô en italiques.\n\
             Léa: Bonjour {à} tous. / Une ligne qui dure <b> [Jingle] [[1]].\n\
             == Suite\nTom: Oui\u{a0}! // un // deux",
        );
    }

    #[track_caller]
    fn check(page: &str, expected: &str) {
        assert_eq!(shown(&read(page).unwrap().transcript), expected, "{page}");
    }
}
