//! EAF, read: ELAN's tiers, of any program.
//!
//! A tier that hangs from no other is what one participant says. Those that hang from one
//! (translations, glosses, words) are not read. Borders without a time lie evenly between
//! their neighbours, as ELAN shows them.

use super::{
    elements::{Elements, Node, Tag},
    error::ReadFormatError,
    head::way,
    import::{Import, time},
};
use crate::{
    base::{
        time::Time,
        transcript::{Opening, Transcript},
    },
    formats::NOBODY,
};
use std::collections::HashMap;

/// The transcript that the file of `bytes` holds.
///
/// # Errors
/// XML that cannot be read, or ends too early; a border that is no time, or is not there; more
/// people than talk in an episode.
pub(in crate::formats) fn read(bytes: &[u8]) -> Result<Transcript, ReadFormatError> {
    let mut elements = Elements::xml(bytes);
    let mut file = File { seconds: 0.001, ..File::default() };
    let mut is_whole = false;
    while let Some(node) = elements.next()? {
        match node {
            Node::Open(tag) => file.open(&tag, &elements)?,
            Node::Text(text) if file.is_in_value => file.text.push_str(&text),
            Node::Text(_) => (),
            Node::Close(name) => match name.as_str() {
                "ANNOTATION_VALUE" => file.is_in_value = false,
                "ALIGNABLE_ANNOTATION" => file.end_note(),
                "TIER" => file.end_tier(&elements)?,
                "ANNOTATION_DOCUMENT" => is_whole = true,
                _ => (),
            },
        }
    }
    if !is_whole {
        return Err(elements.wrong("the file ends without `</ANNOTATION_DOCUMENT>`"));
    }
    let mut transcript = file.import.finish(true);
    transcript.about.sound = file.sound;
    Ok(transcript)
}

/// What is said between two borders.
#[derive(Default)]
struct Note {
    from: String,
    to: String,
    text: String,
}

#[derive(Default)]
struct File {
    import: Import,
    sound: String,
    /// Of a unit of time.
    seconds: f64,
    /// The borders, by their ids; `None` where one has no time.
    borders: HashMap<String, Option<Time>>,
    /// Who is heard on the open tier; `None` where none is open that is read.
    tier: Option<String>,
    notes: Vec<Note>,
    note: Option<Note>,
    text: String,
    is_in_value: bool,
}

impl File {
    fn open(&mut self, tag: &Tag, elements: &Elements<'_>) -> Result<(), ReadFormatError> {
        let get = |name: &str| tag.get(name).unwrap_or_default().trim().to_owned();
        match tag.name.as_str() {
            "HEADER" => {
                self.seconds = match tag.get("TIME_UNITS") {
                    None | Some("milliseconds") => 0.001,
                    Some("PAL-frames") => 1.0 / 25.0,
                    Some("NTSC-frames") => 1.001 / 30.0,
                    Some(unit) => {
                        return Err(elements.wrong(format!("`{unit}` is no unit of time")));
                    }
                }
            }
            "MEDIA_DESCRIPTOR" if self.sound.is_empty() => {
                let to = tag.get("RELATIVE_MEDIA_URL").filter(|to| !to.is_empty());
                let to = to.or(tag.get("MEDIA_URL")).unwrap_or_default();
                // The way on somebody's machine says nothing here.
                let to = if to.starts_with("file:") { "" } else { to };
                self.sound = way(to.strip_prefix("./").unwrap_or(to));
            }
            "TIME_SLOT" => {
                let value = get("TIME_VALUE");
                let at = value.parse().ok().and_then(|units: f64| time(units * self.seconds));
                if at.is_none() && !value.is_empty() {
                    return Err(elements.wrong(format!("`{value}` is not a time")));
                }
                self.borders.insert(get("TIME_SLOT_ID"), at);
            }
            "TIER" => {
                let participant = get("PARTICIPANT");
                let name = if participant.is_empty() { get("TIER_ID") } else { participant };
                self.tier = tag.get("PARENT_REF").is_none().then_some(name);
            }
            "ALIGNABLE_ANNOTATION" => {
                let (from, to) = (get("TIME_SLOT_REF1"), get("TIME_SLOT_REF2"));
                self.note = Some(Note { from, to, text: String::new() });
                self.text.clear();
            }
            "ANNOTATION_VALUE" => self.is_in_value = true,
            _ => (),
        }
        Ok(())
    }

    fn end_note(&mut self) {
        let text = std::mem::take(&mut self.text);
        let note = self.note.take().filter(|_| self.tier.is_some());
        self.notes.extend(note.map(|note| Note { text, ..note }));
    }

    fn end_tier(&mut self, elements: &Elements<'_>) -> Result<(), ReadFormatError> {
        let notes = std::mem::take(&mut self.notes);
        let Some(name) = self.tier.take() else { return Ok(()) };
        let spans = self.spans(&notes, elements)?;
        let mut speaker = None;
        for (note, span) in notes.into_iter().zip(spans) {
            let words = self.import.tokens(&note.text)?;
            if words.is_empty() {
                continue;
            }
            if speaker.is_none() && name != NOBODY && !name.is_empty() {
                speaker = Some(self.import.speaker(&name)?);
            }
            self.import.push(speaker, words, span, Opening::Nothing);
        }
        Ok(())
    }

    /// When each of `notes` is said. They follow each other; one often begins at the border
    /// where the one before ends.
    fn spans(
        &self,
        notes: &[Note],
        elements: &Elements<'_>,
    ) -> Result<Vec<(Time, Time)>, ReadFormatError> {
        let mut ids: Vec<&str> = Vec::new();
        for id in notes.iter().flat_map(|note| [note.from.as_str(), note.to.as_str()]) {
            if ids.last() != Some(&id) {
                ids.push(id);
            }
        }
        let mut times = Vec::new();
        for id in &ids {
            let known = self.borders.get(*id).copied();
            times.push(known.ok_or_else(|| elements.wrong(format!("there is no border `{id}`")))?);
        }
        let mut known: Option<(usize, Time)> = None;
        let mut at = 0;
        while at < times.len() {
            let next = times[at..].iter().position(Option::is_some).map(|count| at + count);
            let until = next.unwrap_or(times.len());
            let end = next.and_then(|next| times[next]);
            let (from, to) = match (known, end) {
                (Some((_, from)), Some(to)) => (from, to.max(from)),
                (Some((_, only)), None) | (None, Some(only)) => (only, only),
                (None, None) => return Err(elements.wrong("a tier has no times at all")),
            };
            let n_parts = (until - at + 1) as u64;
            for (count, place) in (1..).zip(at..until) {
                let whole = to.as_millis() - from.as_millis();
                times[place] = Some(from.plus(Time::from_millis(whole * count / n_parts)));
            }
            known = end.map(|end| (until, end));
            at = until + 1;
        }
        let mut place = 0;
        let mut spans = Vec::new();
        for note in notes {
            while ids[place] != note.from {
                place += 1;
            }
            let from = times[place].unwrap_or_default();
            while ids[place] != note.to {
                place += 1;
            }
            spans.push((from, times[place].unwrap_or_default().max(from)));
        }
        Ok(spans)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::read::tests::timed;

    const FILE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT><HEADER TIME_UNITS="milliseconds"><MEDIA_DESCRIPTOR MEDIA_URL="file:///a.wav" RELATIVE_MEDIA_URL="./a%20b.wav"/></HEADER>
<TIME_ORDER><TIME_SLOT TIME_SLOT_ID="ts1" TIME_VALUE="1000"/><TIME_SLOT TIME_SLOT_ID="ts2"/>
<TIME_SLOT TIME_SLOT_ID="ts3"/><TIME_SLOT TIME_SLOT_ID="ts4" TIME_VALUE="4000"/></TIME_ORDER>
<TIER TIER_ID="A" PARTICIPANT="Léa"><ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a1" TIME_SLOT_REF1="ts1" TIME_SLOT_REF2="ts2"><ANNOTATION_VALUE>Un &amp; deux.</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>
<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a2" TIME_SLOT_REF1="ts2" TIME_SLOT_REF2="ts3"><ANNOTATION_VALUE/></ALIGNABLE_ANNOTATION></ANNOTATION>
<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a3" TIME_SLOT_REF1="ts3" TIME_SLOT_REF2="ts4"><ANNOTATION_VALUE>Trois.</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION></TIER>
<TIER TIER_ID="A-en" PARENT_REF="A" PARTICIPANT="Léa"><ANNOTATION><REF_ANNOTATION ANNOTATION_ID="a4" ANNOTATION_REF="a1"><ANNOTATION_VALUE>One.</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION></TIER>
</ANNOTATION_DOCUMENT>
"#;

    #[test]
    fn borders_without_times_lie_evenly_between_their_neighbours() {
        let read = read(FILE.as_bytes()).unwrap();
        assert_eq!(timed(&read), ["1000 2000 Léa: Un & deux.", "3000 4000 Léa: Trois."]);
        assert_eq!(read.about.sound, "a b.wav");
    }

    #[test]
    fn what_is_wrong_is_named_by_its_line() {
        let error =
            |from: &str, to: &str| read(FILE.replace(from, to).as_bytes()).unwrap_err().to_string();
        assert_eq!(error("\"4000\"", "\"1e300\""), "line 4: `1e300` is not a time");
        assert_eq!(error("REF2=\"ts4\"", "REF2=\"ts9\""), "line 7: there is no border `ts9`");
        let cut = read(&FILE.as_bytes()[..FILE.len() - 24]).unwrap_err().to_string();
        assert!(cut.starts_with("line 8: "), "{cut}");
    }
}
