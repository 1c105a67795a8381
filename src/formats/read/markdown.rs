//! Markdown, read as CommonMark defines it: pages of ours and of others.
//!
//! A name is in bold at the head of a line, with a colon. Tables are read line by line; notes
//! at the foot, pictures and what stands above a page for a program are not what is said.

use super::{
    Reading,
    error::ReadFormatError,
    head::{moment, way},
    marked::{self, Chunk, Kind, Paragraph},
    subtitles::clock,
    without_tags,
};
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// What the page `text` says.
///
/// # Errors
/// As of plain pages.
pub(in crate::formats) fn read(text: &str) -> Result<Reading, ReadFormatError> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS
        | Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS;
    let mut page = Page { text, ..Page::default() };
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        page.read(event, range.start);
    }
    page.close();
    marked::read(page.paragraphs, "line")
}

#[derive(Default)]
struct Page<'a> {
    text: &'a str,
    /// Lines up to a place in the text.
    counted: (usize, usize),
    paragraphs: Vec<Paragraph>,
    open: Paragraph,
    /// How many marks of bold are open.
    strong: usize,
    /// How many elements are open that are no text.
    skipped: usize,
    /// What the open link says, and where it goes.
    link: Option<(String, String)>,
}

impl Page<'_> {
    fn read(&mut self, event: Event<'_>, at: usize) {
        match event {
            Event::Start(tag) => self.start(tag, at),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Code(text) => self.say(&text),
            Event::InlineHtml(html) | Event::Html(html) => {
                let is_break = html.trim_start().to_lowercase().starts_with("<br");
                self.say(if is_break { "\n" } else { "" });
                self.say(&without_tags(&html));
            }
            Event::SoftBreak => self.say(" "),
            Event::HardBreak => self.say("\n"),
            _ => (),
        }
    }

    fn start(&mut self, tag: Tag<'_>, at: usize) {
        match tag {
            Tag::Heading { level, .. } => {
                self.begin(at);
                self.open.kind = match level {
                    HeadingLevel::H1 => Kind::Title,
                    _ => Kind::Heading,
                };
            }
            Tag::Paragraph
            | Tag::Item
            | Tag::CodeBlock(_)
            | Tag::HtmlBlock
            | Tag::TableHead
            | Tag::TableRow => self.begin(at),
            Tag::TableCell => self.say(" "),
            Tag::Strong => self.strong += 1,
            Tag::Link { dest_url, .. } => self.link = Some((String::new(), dest_url.to_string())),
            Tag::Image { .. } | Tag::FootnoteDefinition(_) | Tag::MetadataBlock(_) => {
                self.skipped += 1;
            }
            _ => (),
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_)
            | TagEnd::Paragraph
            | TagEnd::Item
            | TagEnd::CodeBlock
            | TagEnd::HtmlBlock
            | TagEnd::TableHead
            | TagEnd::TableRow => self.close(),
            TagEnd::Strong => self.strong = self.strong.saturating_sub(1),
            TagEnd::Link => self.end_link(),
            TagEnd::Image | TagEnd::FootnoteDefinition | TagEnd::MetadataBlock(_) => {
                self.skipped = self.skipped.saturating_sub(1);
            }
            _ => (),
        }
    }

    /// A link into the sound is a time, any other is its text.
    fn end_link(&mut self) {
        let Some((label, to)) = self.link.take() else { return };
        match moment(&to).filter(|_| clock(&label).is_some()) {
            Some((time, sound)) => self.open.chunks.push(Chunk::Moment(time, sound)),
            None => {
                self.say(&label);
                self.open.links.push((label, way(&to)));
            }
        }
    }

    fn say(&mut self, text: &str) {
        if self.skipped > 0 || text.is_empty() {
            return;
        }
        match &mut self.link {
            Some((label, _)) => label.push_str(text),
            None => self.open.push(text, self.strong > 0),
        }
    }

    fn begin(&mut self, at: usize) {
        self.close();
        let (from, lines) = self.counted;
        let between = self.text.as_bytes().get(from..at).unwrap_or_default();
        self.counted =
            (from.max(at), lines + between.iter().filter(|byte| **byte == b'\n').count());
        self.open.place = self.counted.1 + 1;
    }

    fn close(&mut self) {
        let paragraph = std::mem::take(&mut self.open);
        if self.skipped == 0 && !paragraph.chunks.is_empty() {
            self.paragraphs.push(paragraph);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::read::tests::shown;

    #[test]
    fn a_page_of_somebody_else_is_read_with_its_marks() {
        check(
            "---\ntitle: x\n---\n\n# Le *titre*\n\n![une image](a.png)\n\nUn chapô, avec un [lien](https://a.fr).\n\n\
             ## Début\n\n**Léa** : Bonjour à\ntous. <!-- note -->Ça &eacute;tait  \nbien.\n\n\
             __Tom :__ Oui **vraiment**[^1].\n\n> Une citation.\n\n- un\n- deux\n\n[^1]: Une note.\n",
            "# Le titre\n> Un chapô, avec un lien.\n== Début\n\
             Léa: Bonjour à tous. Ça était / bien.\n\
             Tom: Oui vraiment. // Une citation. // un // deux",
        );
    }

    #[test]
    fn a_page_without_marked_names_is_read_as_plain_text() {
        check("Léa : Oui.\n\nTom : Non.\n", "Léa: Oui.\nTom: Non.");
        check("# Titre\n\nSeul.\n\nDeux.\n", "# Titre\n-: Seul. // Deux.");
        check("# Titre\n\nChapô.\n\nLéa : Oui.\n", "# Titre\n> Chapô.\nLéa: Oui.");
    }

    #[test]
    fn bold_words_are_no_name_without_a_colon() {
        check("**Léa :** Un.\n\n**Non** merci.\n", "Léa: Un. // Non merci.");
    }

    #[track_caller]
    fn check(page: &str, expected: &str) {
        assert_eq!(shown(&read(page).unwrap().transcript), expected, "{page}");
    }
}
