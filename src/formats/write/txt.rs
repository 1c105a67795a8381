//! Text for reading, as the pages of Libre à lire look.

use super::{
    RenderSettings, Timecodes,
    header::{Header, notes},
    labelled,
    layout::{Block, written},
};
use crate::base::transcript::Transcript;

/// Show and title, where the text comes from, lead, blocks, then notes, with an empty line between them. Who speaks is
/// said where somebody else begins: `[00:00:04] Voix off : Bonjour…`, with a no-break space. Above the
/// title of a chapter are two empty lines, by which it is known again when it is read.
pub(in crate::formats) fn txt(transcript: &Transcript, settings: &RenderSettings<'_>) -> String {
    let about = &transcript.about;
    let header = Header::of(transcript, settings);
    // A show alone says nothing of the episode.
    let title = Some(header.full_title()).filter(|_| !about.title.is_empty());
    let timecodes = settings.timecodes(transcript, Timecodes::Paragraphs);
    let talk = written(transcript, timecodes, heading, paragraph);
    // Where nothing is said, nothing is to be read.
    let note = header.note.filter(|_| !talk.is_empty());
    let head = [title.unwrap_or_default(), note.unwrap_or_default(), about.lead.join("\n")];
    let head = head.into_iter().filter(|text| !text.is_empty());
    let paragraphs: Vec<String> = head.chain(talk).chain(notes(about)).collect();
    let text = paragraphs.join("\n\n");
    if text.is_empty() { text } else { text.trim_start().to_owned() + "\n" }
}

fn heading(title: &str) -> String {
    format!("\n{title}")
}

fn paragraph(block: &Block<'_>) -> String {
    let time = block.time.map(|time| format!("[{time}] ")).unwrap_or_default();
    let label = block.name.map(labelled).unwrap_or_default();
    time + &label + &block.text(str::to_owned, "\n")
}
