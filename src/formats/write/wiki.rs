//! Sources that editors paste into a site: SPIP, and MediaWiki as April's wiki uses it.
//!
//! Both engines set French no-break spaces by themselves, each its own way; what is written
//! here is what their filters leave alone.

use super::{
    RenderSettings, Timecodes,
    header::{Header, notes},
    layout::{Block, written},
    xml::begins_reference,
};
use crate::base::transcript::Transcript;

/// Source for SPIP: `{{Nom :}} texte`, `_ ` where a line begins inside a block.
///
/// The only no-break space is U+00A0: SPIP does not know the narrow one and would set its
/// own beside it.
pub(in crate::formats) fn spip(transcript: &Transcript, settings: &RenderSettings<'_>) -> String {
    let header = Header::of(transcript, settings);
    let field =
        |(label, text): &(&str, String)| format!("{{{{{label}\u{a0}:}}}} {}", spip_text(text));
    let link = |(label, to): &(&str, String)| format!("[{label}->{to}]");
    let block = |block: &Block<'_>| {
        let time = block.time.map(|time| format!("[{time}] ")).unwrap_or_default();
        let name = block.name.map(|name| format!("{{{{{}\u{a0}:}}}} ", spip_text(name)));
        time + &name.unwrap_or_default() + &block.text(spip_line, "\n_ ")
    };
    let paragraphs = fields(&header).iter().map(field).collect::<Vec<_>>();
    let links = header.links.iter().map(link).collect();
    let note = header.note.iter().map(|note| format!("{{{}}}", spip_text(note))).collect();
    let lead = header.lead.iter().map(|text| spip_line(text)).collect();
    let heading = vec!["{{{Transcription}}}".to_owned()];
    let timecodes = settings.timecodes(transcript, Timecodes::None);
    let title = |title: &str| format!("{{{{{{{}}}}}}}", spip_text(title));
    let talk = written(transcript, timecodes, title, block);
    let notes = notes(&transcript.about).map(|note| spip_line(&note)).collect();
    let text = [paragraphs, links, note, lead, heading, talk, notes].concat().join("\n\n") + "\n";
    text.replace('\u{202f}', "\u{a0}")
}

/// Source for MediaWiki, laid out as on April's wiki.
pub(in crate::formats) fn mediawiki(
    transcript: &Transcript,
    settings: &RenderSettings<'_>,
) -> String {
    let header = Header::of(transcript, settings);
    let field = |(label, text): &(&str, String)| format!("'''{label} :''' {}", wiki_text(text));
    let link = |(label, to): &(&str, String)| format!("[{to} {label}]");
    let block = |block: &Block<'_>| {
        let time = block.time.map(|time| format!("[{time}] ")).unwrap_or_default();
        let name = block.name.map(|name| format!("<b>{} : </b>", wiki_text(name)));
        time + &name.unwrap_or_default() + &block.text(wiki_line, "<br/>\n")
    };
    let category = vec!["[[Catégorie:Transcriptions]]".to_owned()];
    let paragraphs = fields(&header).iter().map(field).collect();
    let links = header.links.iter().map(link).collect();
    let note = |note: &String| format!("'''NB :''' <em>{}</em>", wiki_text(note));
    let note = header.note.iter().map(note).collect();
    let lead = header.lead.iter().map(|text| wiki_line(text)).collect();
    let heading = vec!["==Transcription==".to_owned()];
    let timecodes = settings.timecodes(transcript, Timecodes::None);
    let title = |title: &str| format!("=={}==", wiki_text(title));
    let talk = written(transcript, timecodes, title, block);
    let notes = notes(&transcript.about).map(|note| wiki_line(&note)).collect();
    [category, paragraphs, links, note, lead, heading, talk, notes].concat().join("\n\n") + "\n"
}

/// The title first.
fn fields(header: &Header) -> Vec<(&'static str, String)> {
    let title = Some(("Titre", header.full_title())).filter(|(_, title)| !title.is_empty());
    title.into_iter().chain(header.fields.iter().cloned()).collect()
}

/// `text` where a line may begin with it.
fn spip_line(text: &str) -> String {
    let opens = text.starts_with(['-', '_', '|']);
    format!("{}{}", if opens { "\\" } else { "" }, spip_text(text))
}

fn spip_text(text: &str) -> String {
    let mut source = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        let rest = &text[at..];
        match character {
            '{' | '}' | '~' => source.extend(['\\', character]),
            '[' if is_spip_link(rest) => source.push_str("\\["),
            '<' => source.push_str("&lt;"),
            '&' if begins_reference(rest) => source.push_str("&amp;"),
            _ => source.push(character),
        }
    }
    source
}

/// Whether brackets are more than brackets: a note, a glossary, a link, an abbreviation.
fn is_spip_link(text: &str) -> bool {
    let inside = text[1..].split(']').next().unwrap_or_default();
    inside.starts_with(['[', '?']) || inside.contains(['|']) || inside.contains("->")
}

/// What MediaWiki takes for markup wherever it stands.
const WIKI_MARKUP: [&str; 9] = ["[[", "]]", "{{", "}}", "''", "~~~", "__", "[http", "[//"];

/// `text` where a line may begin with it.
fn wiki_line(text: &str) -> String {
    let source = wiki_text(text);
    match source.chars().next() {
        Some(first) if "*#:;=|!- {".contains(first) => {
            format!("<nowiki>{first}</nowiki>{}", &source[first.len_utf8()..])
        }
        _ => source,
    }
}

fn wiki_text(text: &str) -> String {
    let mut source = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = None;
    while let Some(character) = rest.chars().next() {
        let markup = WIKI_MARKUP.iter().find(|markup| rest.starts_with(**markup));
        let taken = markup.map_or(character.len_utf8(), |markup| markup.len());
        match character {
            _ if markup.is_some() => {
                source.push_str(&format!("<nowiki>{}</nowiki>", &rest[..taken]));
            }
            '<' => source.push_str("&lt;"),
            '&' if begins_reference(rest) => source.push_str("&amp;"),
            '\u{a0}' | '\u{202f}' => {
                let is_set_by_the_wiki = is_set_by_the_wiki(before, &rest[taken..]);
                source.push_str(if is_set_by_the_wiki { " " } else { "&nbsp;" });
            }
            _ => source.push(character),
        }
        before = Some(character);
        rest = &rest[taken..];
    }
    source
}

/// Whether MediaWiki turns a plain space between these into a no-break one: before
/// `? : ; ! % » ›` that no word follows, and after `« ‹`.
pub(in crate::formats) fn is_set_by_the_wiki(before: Option<char>, behind: &str) -> bool {
    let mut behind = behind.chars();
    let is_mark = behind.next().is_some_and(|next| "?:;!%»›".contains(next));
    let is_word = behind.next().is_some_and(|next| next.is_alphanumeric() || next == '_');
    matches!(before, Some('«' | '‹')) || (is_mark && !is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_was_said_is_markup_for_spip() {
        spip_has("{oui} ~ <b> R&D &eacute;", r"\{oui\} \~ &lt;b> R&D &amp;eacute;");
        spip_has("- Ah !", r"\- Ah !");
        spip_has("[Jingle] [?mot] [a->b] [[1]]", r"[Jingle] \[?mot] \[a->b] \[[1]]");
    }

    #[test]
    fn nothing_that_was_said_is_markup_for_mediawiki() {
        wiki_has("[[a]] [Jingle]", "<nowiki>[[</nowiki>a<nowiki>]]</nowiki> [Jingle]");
        wiki_has("* c''est", "<nowiki>*</nowiki> c<nowiki>''</nowiki>est");
        wiki_has("a <b> R&D &eacute;", "a &lt;b> R&D &amp;eacute;");
        wiki_has("'''''non", "<nowiki>''</nowiki><nowiki>''</nowiki>'non");
    }

    #[test]
    fn a_space_is_plain_only_where_mediawiki_makes_it_no_break() {
        wiki_has("ça\u{202f}? «\u{a0}Oui\u{a0}»", "ça ? « Oui »");
        wiki_has("15\u{a0}heures, 57\u{a0}%", "15&nbsp;heures, 57 %");
        wiki_has("–\u{a0}incise\u{a0}–", "–&nbsp;incise&nbsp;–");
    }

    #[track_caller]
    fn spip_has(text: &str, expected: &str) {
        assert_eq!(spip_line(text), expected);
    }

    #[track_caller]
    fn wiki_has(text: &str, expected: &str) {
        assert_eq!(wiki_line(text), expected);
    }
}
