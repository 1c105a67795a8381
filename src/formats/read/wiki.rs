//! Sources of MediaWiki, read, as April's wiki has them and as we write them.
//!
//! Templates, notes, pictures and categories are not what is said.

use super::{
    Reading, between,
    error::ReadFormatError,
    marked::{self, Kind, Paragraph},
    reference, tag, without,
};
use crate::formats::write::wiki::is_set_by_the_wiki;

/// Links that stand for something else than their text.
const NO_TEXT: &[&str] =
    &["catégorie:", "category:", "fichier:", "file:", "image:", "média:", "media:"];

/// What the source `text` says.
///
/// # Errors
/// As of plain pages.
pub(in crate::formats) fn read(text: &str) -> Result<Reading, ReadFormatError> {
    let text = text.replace("\r\n", "\n");
    let text = without(&without(&text, "<!--", "-->"), "<ref", "</ref>");
    let mut paragraphs: Vec<Paragraph> = Vec::new();
    let (mut source, mut place) = (String::new(), 1);
    for (line, number) in without_templates(&text).split('\n').zip(1..) {
        let begins =
            line.starts_with(['*', '#', ':', ';', '|', '!', '=']) || line.starts_with("{|");
        if (begins || line.trim().is_empty()) && !source.is_empty() {
            paragraphs.push(paragraph(&std::mem::take(&mut source), place));
        }
        if source.is_empty() {
            place = number;
        }
        if let Some(title) = heading(line) {
            paragraphs.push(Paragraph { kind: Kind::Heading, ..paragraph(title, number) });
        } else if !is_rule(line) && !line.trim().is_empty() {
            let line =
                if begins { line.trim_start_matches(['*', '#', ':', ';', '|', '!']) } else { line };
            source += &format!("{}{line}", if source.is_empty() { "" } else { "\n" });
        }
    }
    paragraphs.extend((!source.is_empty()).then(|| paragraph(&source, place)));
    marked::read(paragraphs, "line")
}

/// `==Titre==`
fn heading(line: &str) -> Option<&str> {
    let inside = line.trim().strip_prefix('=')?.strip_suffix('=')?;
    Some(inside.trim_matches('=')).filter(|title| !title.trim().is_empty())
}

/// Whether a line parts others and says nothing: a rule, a row of a table.
fn is_rule(line: &str) -> bool {
    ["----", "{|", "|}", "|-", "|+"].iter().any(|mark| line.starts_with(mark))
}

fn paragraph(source: &str, place: usize) -> Paragraph {
    let mut paragraph = Paragraph { place, ..Paragraph::default() };
    let (mut rest, mut is_strong, mut before) = (source, false, None);
    while let Some(character) = rest.chars().next() {
        let mut behind = &rest[character.len_utf8()..];
        let mut said = character.to_string();
        if let Some((text, after)) = between(rest, "<nowiki>", "</nowiki>") {
            (said, behind) = (text.to_owned(), after);
        } else if let Some((tag, after)) = tag(rest) {
            let tag = tag.to_lowercase();
            let name = tag.trim_end_matches(['/', ' ']).split(' ').next().unwrap_or_default();
            is_strong = match name {
                "b" | "strong" => true,
                "/b" | "/strong" => false,
                _ => is_strong,
            };
            let is_break = name == "br";
            said = if is_break { "\n".to_owned() } else { String::new() };
            behind = if is_break { after.strip_prefix('\n').unwrap_or(after) } else { after };
        } else if rest.starts_with("''") {
            let n_quotes = rest.bytes().take_while(|byte| *byte == b'\'').count().min(5);
            let n_taken = if n_quotes == 4 { 3 } else { n_quotes };
            is_strong ^= n_taken >= 3;
            (said, behind) = (String::new(), &rest[n_taken..]);
        } else if let Some((link, after)) = between(rest, "[[", "]]") {
            let (target, label) = link.split_once('|').unwrap_or((link, link));
            let target = target.trim_start_matches(':').to_lowercase();
            let has_text = !NO_TEXT.iter().any(|kind| target.trim().starts_with(kind));
            said = if has_text { label.to_owned() } else { String::new() };
            behind = after;
        } else if let Some((to, after)) = between(rest, "[", "]").filter(|(to, _)| is_address(to)) {
            let (to, label) = to.split_once(' ').unwrap_or((to, ""));
            paragraph.links.push((label.to_owned(), to.to_owned()));
            (said, behind) = (label.to_owned(), after);
        } else if let Some((character, after)) = reference(rest) {
            (said, behind) = (character.to_string(), after);
        } else if character == '\n' {
            said = " ".to_owned();
        } else if character == ' ' && is_set_by_the_wiki(before, behind) {
            said = "\u{a0}".to_owned();
        }
        paragraph.push(&said, is_strong);
        before = said.chars().last().or(before);
        rest = behind;
    }
    paragraph
}

fn is_address(text: &str) -> bool {
    ["http://", "https://", "//"].iter().any(|start| text.starts_with(start))
}

/// `text` without `{{templates}}`, however they lie in each other; those that do not end stay.
fn without_templates(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    // Where in what is kept each open template began.
    let mut open = Vec::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if let Some((literal, behind)) = between(rest, "<nowiki>", "</nowiki>") {
            kept += &format!("<nowiki>{literal}</nowiki>");
            rest = behind;
        } else if let Some(behind) = rest.strip_prefix("{{") {
            open.push(kept.len());
            kept += "{{";
            rest = behind;
        } else if let Some(behind) = rest.strip_prefix("}}") {
            match open.pop() {
                Some(from) => kept.truncate(from),
                None => kept += "}}",
            }
            rest = behind;
        } else {
            kept.push(character);
            rest = &rest[character.len_utf8()..];
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::read::tests::shown;

    #[test]
    fn a_page_of_a_wiki_is_read_with_its_marks() {
        check(
            "[[Catégorie:Transcriptions]]\n'''Titre :''' Le {{abbr|titre}} libre\n\n'''Lieu :''' [[Paris|La capitale]]\n\n\
             '''Date :''' 1er octobre 2019\n\n==Transcription==\n\n\
             <b>Léa : </b>Bonjour à 15&nbsp;heures !<br/>\nDeux<ref>Note\n\nlongue</ref> [https://a.fr liens]\nici.\n\n\
             '''Tom''' : ''Oui'' <nowiki>[[</nowiki>a<nowiki>]]</nowiki> R&D.\n* un\n----\n\n=== Suite ===\n",
            "# Le libre\n> Lieu\u{a0}: La capitale\n\
             Léa: Bonjour à 15\u{a0}heures\u{a0}! / Deux liens ici.\n\
             Tom: Oui [[a]] R&D. // un\n== Suite",
        );
    }

    #[test]
    fn marks_that_do_not_end_are_text() {
        check("<b>Léa : </b>Un {{deux [[trois <b quatre.\n", "Léa: Un {{deux [[trois <b quatre.");
    }

    #[track_caller]
    fn check(page: &str, expected: &str) {
        assert_eq!(shown(&read(page).unwrap().transcript), expected, "{page}");
    }
}
