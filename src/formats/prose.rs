//! Text for reading.

use super::{
    labelled,
    reading::{Line, Talk, talk},
};
use crate::transcript::Transcript;

/// Blocks headed by their time, an empty line between them. Who speaks is said where
/// somebody else begins: `[00:00:04] Voix off : Bonjour…`, with a no-break space. A
/// transcript that is not timed has no times to show.
pub fn txt(transcript: &Transcript) -> String {
    let talk = talk(transcript);
    let blocks: Vec<String> =
        talk.iter().flat_map(|talk| blocks(talk, transcript.is_timed)).collect();
    if blocks.is_empty() { String::new() } else { blocks.join("\n\n") + "\n" }
}

fn blocks(talk: &Talk<'_>, is_timed: bool) -> Vec<String> {
    let block = |(index, lines): (usize, &Vec<Line<'_>>)| {
        let label = talk.name().filter(|_| index == 0).map(labelled).unwrap_or_default();
        let text = lines.iter().map(Line::text).collect::<Vec<_>>().join("\n");
        let time = if is_timed { format!("[{}] ", lines[0].start()) } else { String::new() };
        format!("{time}{label}{text}")
    };
    talk.blocks.iter().enumerate().map(block).collect()
}
