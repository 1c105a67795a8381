//! What a feed says of an episode in words, as the lead of a page: its first paragraphs, without HTML.

use super::people::tidy;
use crate::base::entities::reference;

/// Most characters of a lead; show notes may go on for pages.
const LEAD_MAX: usize = 700;

/// Bytes of a description that are read at most: what is behind them is in no lead.
pub(super) const READ_MAX: usize = 10_000;

/// Elements that stand in a paragraph; any other begins one.
const IN_LINE: &[&str] = &[
    "a", "abbr", "b", "cite", "code", "em", "i", "q", "s", "small", "span", "strong", "sub", "sup",
    "u",
];

/// The lead in `description`, which may be HTML: whole paragraphs, or the whole sentences that fit of
/// a first one that is too long.
pub(super) fn lead(description: &str) -> Vec<String> {
    let mut lead: Vec<String> = Vec::new();
    let mut n_left = LEAD_MAX;
    for paragraph in paragraphs(description) {
        let n_characters = paragraph.chars().count();
        if n_characters > n_left {
            if lead.is_empty() {
                lead.extend(beginning(&paragraph));
            }
            break;
        }
        n_left -= n_characters;
        lead.push(paragraph);
    }
    lead
}

/// The sentences of `paragraph` that fit into a lead.
fn beginning(paragraph: &str) -> Option<String> {
    let end = paragraph.char_indices().nth(LEAD_MAX).map_or(paragraph.len(), |(at, _)| at);
    let ends = paragraph[..end].char_indices().zip(paragraph.chars().skip(1));
    let ends = ends.filter(|((_, mark), next)| ".!?…".contains(*mark) && next.is_whitespace());
    ends.last().map(|((at, mark), _)| paragraph[..at + mark.len_utf8()].to_owned())
}

fn paragraphs(html: &str) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    let mut rest = html;
    while let Some(at) = rest.find(['<', '\n']) {
        let (text, behind) = rest.split_at(at);
        push(&mut paragraphs, text);
        // A blank line parts what is no HTML.
        if let Some(next) = behind.strip_prefix('\n') {
            match next.trim_start_matches(['\r', ' ']).starts_with('\n') {
                true => paragraphs.push(String::new()),
                false => push(&mut paragraphs, " "),
            }
            rest = next;
            continue;
        }
        let Some(end) = behind.find('>') else {
            // What was cut within a tag, or is no tag.
            rest = "";
            break;
        };
        let name = behind[1..end].trim_start_matches('/');
        let name = name.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        if !IN_LINE.contains(&name.to_ascii_lowercase().as_str()) {
            paragraphs.push(String::new());
        }
        rest = &behind[end + 1..];
    }
    push(&mut paragraphs, rest);
    let tidied = paragraphs.iter().map(|paragraph| tidy(paragraph));
    tidied.filter(|paragraph| paragraph.chars().any(char::is_alphanumeric)).collect()
}

/// Adds `text` to the last of `paragraphs`, with the characters that it has references for.
fn push(paragraphs: &mut [String], text: &str) {
    let Some(paragraph) = paragraphs.last_mut() else { return };
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        paragraph.push_str(&rest[..at]);
        let known = reference(&rest[at..]).filter(|(character, _)| !character.is_control());
        let (character, behind) = known.unwrap_or(('&', &rest[at + 1..]));
        paragraph.push(character);
        rest = behind;
    }
    paragraph.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lead_has_no_html() {
        let description = "<p>Avec <b>Camille</b>&nbsp;: l&#8217;été &amp; l&#x27;eau.</p>\n<p>Et puis&hellip;<br/>tout.</p><p></p>";
        let expected = ["Avec Camille : l’été & l'eau.", "Et puis…", "tout."];
        assert_eq!(lead(description), expected);
    }

    #[test]
    fn lines_of_plain_text_are_joined_and_blank_ones_part_it() {
        assert_eq!(
            lead("Un texte\nsur deux lignes.\r\n\r\nUn autre.\n"),
            ["Un texte sur deux lignes.", "Un autre."]
        );
        assert_eq!(lead("R&D et 3 < 5"), ["R&D et 3"]);
        assert!(lead(" <p> </p> ").is_empty());
    }

    #[test]
    fn a_lead_is_short_and_ends_where_something_does() {
        let sentence = "Une phrase de trente lettres !".to_owned();
        let long = vec![sentence.clone(); 40].join(" ");
        let [beginning] = lead(&long).try_into().unwrap();
        assert!(beginning.ends_with("lettres !") && beginning.chars().count() <= LEAD_MAX);
        assert_eq!(lead(&format!("{sentence}<p>{long}</p>")), [sentence]);
        assert!(lead(&"a".repeat(5_000)).is_empty());
    }
}
