//! DOCX, for word processors: the smallest package of ECMA-376 that opens everywhere.
//!
//! Styles do the look, so that who goes on with the text changes it in one place: `Title`,
//! `Subtitle`, `Heading1` for chapters, and the character style `Nom` for who speaks.

use super::{
    GENERATOR, RenderSettings, Timecodes,
    header::{Header, notes},
    labelled,
    layout::{Block, written},
    xml::escaped,
};
use crate::base::transcript::Transcript;
use std::io::{Cursor, Write};
use zip::{ZipWriter, write::SimpleFileOptions};

/// The transcript as a DOCX file.
pub(in crate::formats) fn render(
    transcript: &Transcript,
    settings: &RenderSettings<'_>,
) -> Vec<u8> {
    let header = Header::of(transcript, settings);
    let timecodes = settings.timecodes(transcript, Timecodes::None);
    let full_title = header.full_title();
    let title = if full_title.is_empty() { settings.name } else { &full_title };
    let mut body = paragraph("Title", &run(title));
    for (label, text) in &header.fields {
        body += &paragraph("Renseignement", &(named(label) + &run(text)));
    }
    for (index, (label, _)) in header.links.iter().enumerate() {
        let link =
            format!("<w:hyperlink r:id=\"lien{index}\">{}</w:hyperlink>", styled("Lien", label));
        body += &paragraph("Renseignement", &link);
    }
    if let Some(note) = &header.note {
        body += &paragraph("Renseignement", &styled("Emphasis", note));
    }
    for lead in &header.lead {
        body += &paragraph("Subtitle", &run(lead));
    }
    let heading = |title: &str| paragraph("Heading1", &run(title));
    body += &written(transcript, timecodes, heading, talk).concat();
    for note in notes(&transcript.about) {
        body += &paragraph("Normal", &run(&note));
    }
    let document = format!("{XML}<w:document {W} {R}><w:body>{body}{PAGE}</w:body></w:document>");
    package(&document, &relations(&header), &properties(title))
}

fn talk(block: &Block<'_>) -> String {
    let time = block.time.map(|time| run(&format!("[{time}] "))).unwrap_or_default();
    let name = block.name.map(named).unwrap_or_default();
    let lines: Vec<String> = block.lines.iter().map(|line| run(&line.text())).collect();
    let text = lines.join("<w:r><w:br/></w:r>");
    paragraph("Normal", &(time + &name + &text))
}

fn named(name: &str) -> String {
    styled("Nom", labelled(name).trim_end_matches(' ')) + &run(" ")
}

fn paragraph(style: &str, runs: &str) -> String {
    format!("<w:p><w:pPr><w:pStyle w:val=\"{style}\"/></w:pPr>{runs}</w:p>\n")
}

fn run(text: &str) -> String {
    format!("<w:r><w:t xml:space=\"preserve\">{}</w:t></w:r>", escaped(text))
}

fn styled(style: &str, text: &str) -> String {
    let text = escaped(text);
    format!(
        "<w:r><w:rPr><w:rStyle w:val=\"{style}\"/></w:rPr><w:t xml:space=\"preserve\">{text}</w:t></w:r>"
    )
}

/// What the document names outside itself: its styles, and where links go.
fn relations(header: &Header) -> String {
    let link = |(index, (_, to)): (usize, &(&str, String))| {
        let to = escaped(to);
        format!(
            "<Relationship Id=\"lien{index}\" Type=\"{OFFICE}/hyperlink\" Target=\"{to}\" TargetMode=\"External\"/>"
        )
    };
    let links: String = header.links.iter().enumerate().map(link).collect();
    format!(
        "{XML}<Relationships xmlns=\"{PACKAGE}/relationships\">\
         <Relationship Id=\"styles\" Type=\"{OFFICE}/styles\" Target=\"styles.xml\"/>{links}</Relationships>"
    )
}

fn properties(title: &str) -> String {
    let title = escaped(title);
    format!(
        "{XML}<cp:coreProperties xmlns:cp=\"{PACKAGE}/metadata/core-properties\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:title>{title}</dc:title>\
         <dc:creator>{GENERATOR}</dc:creator><dc:language>fr-FR</dc:language></cp:coreProperties>"
    )
}

fn package(document: &str, relations: &str, properties: &str) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let files = [
        ("[Content_Types].xml", CONTENT_TYPES),
        ("_rels/.rels", RELATIONS),
        ("docProps/core.xml", properties),
        ("word/document.xml", document),
        ("word/styles.xml", STYLES),
        ("word/_rels/document.xml.rels", relations),
    ];
    for (name, text) in files {
        let written = zip
            .start_file(name, SimpleFileOptions::default())
            .and_then(|()| Ok(zip.write_all(text.as_bytes())?));
        written.expect("memory takes what is written");
    }
    zip.finish().expect("memory takes what is written").into_inner()
}

const XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";

const STYLES: &str = include_str!("styles.xml");

const CONTENT_TYPES: &str = include_str!("content_types.xml");

const RELATIONS: &str = include_str!("relations.xml");

const W: &str = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"";

const R: &str = "xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"";

const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";

const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// A4 with margins of 2.5 cm, in twentieths of a point.
const PAGE: &str = "<w:sectPr><w:pgSz w:w=\"11906\" w:h=\"16838\"/><w:pgMar w:top=\"1417\" \
                    w:right=\"1417\" w:bottom=\"1417\" w:left=\"1417\" w:header=\"708\" \
                    w:footer=\"708\" w:gutter=\"0\"/></w:sectPr>";
