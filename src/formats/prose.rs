//! Text for reading, as the pages of Libre à lire look.

use super::{
    RenderSettings, Timecodes, labelled,
    reading::{Block, blocks},
};
use crate::transcript::Transcript;

/// Title, lead, then blocks with an empty line between them. Who speaks is said where
/// somebody else begins: `[00:00:04] Voix off : Bonjour…`, with a no-break space.
pub fn txt(transcript: &Transcript, settings: &RenderSettings<'_>) -> String {
    let about = &transcript.about;
    let head = [about.title.clone(), about.lead.join("\n")];
    let timecodes = settings.timecodes(transcript, Timecodes::Paragraphs);
    let talk = blocks(transcript, timecodes).into_iter().map(|block| paragraph(&block));
    let head = head.into_iter().filter(|text| !text.is_empty());
    let paragraphs: Vec<String> = head.chain(talk).collect();
    if paragraphs.is_empty() { String::new() } else { paragraphs.join("\n\n") + "\n" }
}

fn paragraph(block: &Block<'_>) -> String {
    let time = block.time.map(|time| format!("[{time}] ")).unwrap_or_default();
    let label = block.name.map(labelled).unwrap_or_default();
    time + &label + &block.text(str::to_owned, "\n")
}
