//! Text for reading.

use super::{
    labelled,
    reading::{Line, Talk, talk},
};
use crate::transcript::Transcript;

/// Blocks headed by their time, an empty line between them. Who speaks is said where
/// somebody else begins: `[00:00:04] Voix off : Bonjour…`, with a no-break space.
pub fn txt(transcript: &Transcript) -> String {
    let blocks: Vec<String> = talk(transcript).iter().flat_map(blocks).collect();
    if blocks.is_empty() { String::new() } else { blocks.join("\n\n") + "\n" }
}

fn blocks(talk: &Talk<'_>) -> Vec<String> {
    let block = |(index, lines): (usize, &Vec<Line<'_>>)| {
        let label = talk.name().filter(|_| index == 0).map(labelled).unwrap_or_default();
        let text = lines.iter().map(Line::text).collect::<Vec<_>>().join("\n");
        format!("[{}] {label}{text}", lines[0].start())
    };
    talk.blocks.iter().enumerate().map(block).collect()
}
