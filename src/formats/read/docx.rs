//! DOCX, read: texts of Word, LibreOffice and others, and ours.
//!
//! A name is in bold, or in the style of names, at the head of a line. Titles are known by
//! their styles, whatever these are called in the language of the program. What a reviser
//! struck out is not read, what they put in is.

use super::{
    Reading,
    elements::{Elements, Node, Tag},
    error::ReadFormatError,
    head::way,
    marked::{self, Kind, Paragraph},
};
use std::{
    collections::HashMap,
    io::{Cursor, Read},
};
use zip::ZipArchive;

/// Most bytes of a part: some two million words. A small archive can hold gigabytes.
const PART_MAX: u64 = 64_000_000;

/// Elements whose text is not what the page says: what was struck out, and a second form of
/// what stands beside.
const SKIPPED: &[&str] = &["del", "moveFrom", "Fallback", "instrText", "pPr", "sectPr", "binData"];

/// What the file of `bytes` says.
///
/// # Errors
/// An archive that is damaged, or no DOCX; parts that are too large; as of plain pages.
pub(in crate::formats) fn read(bytes: &[u8]) -> Result<Reading, ReadFormatError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
    let relations = part(&mut archive, "_rels/.rels")?.unwrap_or_default();
    let name = relations_of(&relations)?.into_iter().find(|one| one.kind == "officeDocument");
    let name = name.map_or_else(|| "word/document.xml".to_owned(), |one| one.target);
    let name = name.trim_start_matches('/');
    let folder = name.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    let Some(document) = part(&mut archive, name)? else { return Err(ReadFormatError::Unknown) };
    let styles = part(&mut archive, &format!("{folder}styles.xml"))?.unwrap_or_default();
    let file = name.rsplit('/').next().unwrap_or_default();
    let links = part(&mut archive, &format!("{folder}_rels/{file}.rels"))?.unwrap_or_default();
    let links = relations_of(&links)?.into_iter().map(|one| (one.id, one.target)).collect();
    let mut text = Text { styles: styles_of(&styles)?, links, ..Text::default() };
    text.read(&document)?;
    marked::read(text.paragraphs, "paragraph")
}

fn damaged(reason: &dyn std::fmt::Display) -> ReadFormatError {
    ReadFormatError::Wrong { place: "its archive".to_owned(), problem: reason.to_string() }
}

/// The content of a part, where it is there.
fn part(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    name: &str,
) -> Result<Option<Vec<u8>>, ReadFormatError> {
    let Ok(file) = archive.by_name(name) else { return Ok(None) };
    let mut content = Vec::new();
    let read = file.take(PART_MAX + 1).read_to_end(&mut content);
    read.map_err(|error| damaged(&error))?;
    match content.len() as u64 > PART_MAX {
        true => Err(damaged(&format!("`{name}` has more than {} MB", PART_MAX / 1_000_000))),
        false => Ok(Some(content)),
    }
}

struct Relation {
    id: String,
    /// The end of its type, which is an address.
    kind: String,
    target: String,
}

fn relations_of(xml: &[u8]) -> Result<Vec<Relation>, ReadFormatError> {
    let mut elements = Elements::xml(xml);
    let mut relations = Vec::new();
    while let Some(node) = elements.next()? {
        if let Node::Open(tag) = node
            && let (Some(kind), Some(target)) = (tag.get("Type"), tag.get("Target"))
        {
            let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
            let id = tag.get("Id").unwrap_or_default().to_owned();
            relations.push(Relation { id, kind, target: target.to_owned() });
        }
    }
    Ok(relations)
}

/// What the styles are for, by their ids: `Titre1` is a heading.
fn styles_of(xml: &[u8]) -> Result<HashMap<String, Style>, ReadFormatError> {
    let mut elements = Elements::xml(xml);
    let mut styles = HashMap::new();
    let mut id = String::new();
    while let Some(node) = elements.next()? {
        let Node::Open(tag) = node else { continue };
        match tag.name.as_str() {
            "style" => id = tag.get("styleId").unwrap_or_default().to_owned(),
            "name" => {
                let name = tag.get("val").unwrap_or_default().to_lowercase();
                let style = match name.as_str() {
                    "title" => Style::Title,
                    "nom" | "strong" => Style::Name,
                    _ if name.starts_with("heading ") => Style::Heading,
                    _ => continue,
                };
                styles.insert(id.clone(), style);
            }
            _ => (),
        }
    }
    Ok(styles)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Title,
    Heading,
    /// Of characters: who speaks.
    Name,
}

/// The text of a document being read.
#[derive(Default)]
struct Text {
    styles: HashMap<String, Style>,
    /// Where links go, by their ids.
    links: HashMap<String, String>,
    paragraphs: Vec<Paragraph>,
    /// Paragraphs that are open, one in the other: a frame stands in one.
    open: Vec<Paragraph>,
    n_paragraphs: usize,
    /// How many elements are open that are not read.
    skipped: usize,
    is_in_run: bool,
    is_in_text: bool,
    is_strong: bool,
    link: Option<(String, String)>,
}

impl Text {
    fn read(&mut self, xml: &[u8]) -> Result<(), ReadFormatError> {
        let mut elements = Elements::xml(xml);
        while let Some(node) = elements.next()? {
            match node {
                Node::Open(tag) => self.begin(&tag),
                Node::Close(name) => self.end(&name),
                Node::Text(text) if self.is_in_text => self.say(&text),
                Node::Text(_) => (),
            }
        }
        Ok(())
    }

    fn begin(&mut self, tag: &Tag) {
        let name = tag.name.as_str();
        let style = tag.get("val").and_then(|id| self.styles.get(id));
        if name == "pStyle"
            && let (Some(open), Some(style)) = (self.open.last_mut(), style)
        {
            open.kind = match style {
                Style::Title => Kind::Title,
                Style::Heading => Kind::Heading,
                Style::Name => Kind::Text,
            };
        }
        if self.skipped > 0 || SKIPPED.contains(&name) {
            self.skipped += 1;
            return;
        }
        match name {
            "p" => {
                self.n_paragraphs += 1;
                self.open.push(Paragraph { place: self.n_paragraphs, ..Paragraph::default() });
            }
            "r" => (self.is_in_run, self.is_strong) = (true, false),
            "b" => self.is_strong |= !matches!(tag.get("val"), Some("0" | "false" | "off")),
            "rStyle" => self.is_strong |= style == Some(&Style::Name),
            "t" => self.is_in_text = self.is_in_run,
            "tab" | "ptab" if self.is_in_run => self.say(" "),
            "br" if matches!(tag.get("type"), Some("page" | "column")) => self.say(" "),
            "br" | "cr" if self.is_in_run => self.say("\n"),
            "noBreakHyphen" if self.is_in_run => self.say("-"),
            "hyperlink" => {
                let to = tag.get("id").and_then(|id| self.links.get(id));
                self.link = to.map(|to| (String::new(), way(to)));
            }
            _ => (),
        }
    }

    fn end(&mut self, name: &str) {
        if self.skipped > 0 {
            self.skipped -= 1;
            return;
        }
        match name {
            "p" => self.paragraphs.extend(self.open.pop()),
            "r" => (self.is_in_run, self.is_strong) = (false, false),
            "t" => self.is_in_text = false,
            "hyperlink" => {
                let link = self.link.take();
                if let Some(open) = self.open.last_mut() {
                    open.links.extend(link);
                }
            }
            _ => (),
        }
    }

    fn say(&mut self, text: &str) {
        if let Some((label, _)) = &mut self.link {
            label.push_str(text);
        }
        if let Some(open) = self.open.last_mut() {
            open.push(text, self.is_strong);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::damaged_bytes::damaged,
        formats::read::tests::{shown, zipped},
    };
    use proptest::prelude::*;

    const W: &str = "xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'";

    #[test]
    fn a_text_of_a_french_word_is_read_by_its_styles() {
        let paragraph = |style: &str, runs: &str| {
            format!(
                "<w:p><w:pPr><w:pStyle w:val='{style}'/><w:tabs><w:tab/></w:tabs></w:pPr>{runs}</w:p>"
            )
        };
        let bold = |text: &str| format!("<w:r><w:rPr><w:b/></w:rPr><w:t>{text}</w:t></w:r>");
        let run =
            |text: &str| format!("<w:r><w:rPr><w:b w:val='0'/></w:rPr><w:t>{text}</w:t></w:r>");
        let body = [
            paragraph("Titre", &run("Le titre")),
            paragraph("Normal", &run("Un chapô.")),
            paragraph("Titre1", &run("Début")),
            paragraph("Normal", &(bold("Lé") + &bold("a") + &run(" : Bon<w:br/>") + &run("jour."))),
            paragraph(
                "Normal",
                &(run("Encore ")
                    + "<w:del><w:r><w:delText>pas</w:delText></w:r></w:del>\
                <w:ins><w:r><w:t>moi</w:t></w:r></w:ins>"
                    + &bold(" ici")
                    + &run(".<w:tab/>Bien.")),
            ),
        ]
        .concat()
        .replace("<w:br/></w:t>", "</w:t><w:br/>")
        .replace("<w:tab/>Bien.</w:t>", "</w:t><w:tab/><w:t>Bien.</w:t>");
        let styles = format!(
            "<w:styles {W}><w:style w:styleId='Titre'><w:name w:val='Title'/></w:style>\
             <w:style w:styleId='Titre1'><w:name w:val='heading 1'/></w:style></w:styles>"
        );
        let document = format!("<w:document {W}><w:body>{body}</w:body></w:document>");
        let file = zipped(&[("word/document.xml", &document), ("word/styles.xml", &styles)]);
        assert_eq!(
            shown(&read(&file).unwrap().transcript),
            "# Le titre\n> Un chapô.\n== Début\nLéa: Bon / jour. // Encore moi ici. Bien."
        );
    }

    #[test]
    fn an_archive_that_would_grow_without_end_is_refused() {
        let much = " ".repeat(usize::try_from(PART_MAX).unwrap() + 1);
        let file = zipped(&[("word/document.xml", &much)]);
        assert!(file.len() < 100_000);
        let error = read(&file).unwrap_err().to_string();
        assert_eq!(error, "its archive: `word/document.xml` has more than 64 MB");
    }

    #[test]
    fn an_archive_of_something_else_is_none() {
        let error = read(&zipped(&[("a.txt", "Oui.")])).unwrap_err();
        assert!(matches!(error, ReadFormatError::Unknown), "{error}");
        assert!(read(b"PK\x03\x04rien").is_err());
    }
    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn a_damaged_archive_ends_nothing(file in damaged(zipped(&[PART]))) {
            let _ = read(&file);
        }

        #[test]
        fn a_damaged_part_says_no_more_than_it_holds(
            part in damaged(PART.1.as_bytes().to_vec()),
        ) {
            let file = zipped(&[(PART.0, &part)]);
            let said = read(&file).map(|reading| shown(&reading.transcript)).unwrap_or_default();
            // Marks of the drawing stand between its lines.
            prop_assert!(said.chars().count() <= 4 * part.len());
        }
    }

    const PART: (&str, &str) = (
        "word/document.xml",
        "<w:document xmlns:w='w'><w:body><w:p><w:r><w:rPr><w:b/></w:rPr><w:t>Léa</w:t></w:r><w:r>\
         <w:t> : Bonjour &amp; merci.</w:t></w:r></w:p><w:p><w:r><w:t>Oui.</w:t></w:r></w:p></w:body></w:document>",
    );
}
