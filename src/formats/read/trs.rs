//! TRS, the files of Transcriber, read. Many are of the 1990s and not in UTF-8: what a
//! file says of its encoding is honoured.
//!
//! Transcriber's `trans-14.dtd`. Events, comments and noises between the words are not read.

use super::{
    elements::{Elements, Node, Tag},
    error::ReadFormatError,
    import::{Import, time},
};
use crate::base::{
    time::Time,
    transcript::{Date, Opening, Transcript},
};
use std::{collections::BTreeMap, rc::Rc};

/// Most people who talk at once; of more, nobody could say who said what.
const AT_ONCE_MAX: usize = 100;

/// A stretch of talk, of one or several people at once.
struct Talk {
    /// Names, in the order that `Who` counts them.
    names: Vec<Rc<str>>,
    /// What each of them said since the last `Sync`.
    texts: Vec<String>,
    /// Whose text comes next.
    who: usize,
    /// The last `Sync`.
    since: Time,
    end: Time,
}

#[derive(Default)]
struct File {
    transcript: Transcript,
    import: Import,
    names: BTreeMap<String, Rc<str>>,
    talk: Option<Talk>,
}

/// The transcript that the file of `bytes` holds.
///
/// # Errors
/// XML that cannot be read, or is of something else, or ends too early; a turn without times;
/// more people than talk in an episode.
pub(in crate::formats) fn read(bytes: &[u8]) -> Result<Transcript, ReadFormatError> {
    let mut elements = Elements::xml(bytes);
    let mut file = File::default();
    let mut is_whole = false;
    while let Some(node) = elements.next()? {
        match node {
            Node::Open(tag) => file.open(&tag, &elements)?,
            Node::Close(name) if name == "Turn" => file.close()?,
            Node::Close(name) => is_whole |= name == "Trans",
            Node::Text(text) => file.say(&text),
        }
    }
    if !is_whole {
        return Err(elements.wrong("the file ends without `</Trans>`"));
    }
    let File { transcript, import, .. } = file;
    let talk = import.finish(true);
    let Transcript { about, provenance, .. } = transcript;
    Ok(Transcript { about, provenance, ..talk })
}

impl File {
    fn open(&mut self, tag: &Tag, elements: &Elements<'_>) -> Result<(), ReadFormatError> {
        let attribute = |name: &str| tag.get(name).unwrap_or_default().to_owned();
        let instant = |name: &str| -> Result<Time, ReadFormatError> {
            let value = attribute(name);
            let parsed = value.trim().parse().ok().and_then(time);
            let problem = || format!("`{name}` is `{value}`, not a time in seconds");
            parsed.ok_or_else(|| elements.wrong(problem()))
        };
        match tag.name.as_str() {
            "Trans" => {
                self.transcript.about.sound = attribute("audio_filename");
                let language = tag.get("lang").filter(|language| language.len() == 2);
                self.transcript.provenance.language = language.unwrap_or_default().to_owned();
            }
            "Episode" => {
                self.transcript.about.show = attribute("program");
                self.transcript.about.date = tag.get("air_date").and_then(Date::parse_iso);
            }
            "Speaker" => {
                if let (Some(id), Some(name)) = (tag.get("id"), tag.get("name")) {
                    self.names.insert(id.to_owned(), name.into());
                }
            }
            "Turn" => {
                self.close()?;
                let ids = attribute("speaker");
                let name = |id: &str| self.names.get(id).cloned().unwrap_or_else(|| id.into());
                let names: Vec<Rc<str>> =
                    ids.split_whitespace().take(AT_ONCE_MAX).map(name).collect();
                self.talk = Some(Talk {
                    texts: vec![String::new(); names.len().max(1)],
                    names,
                    who: 0,
                    since: instant("startTime")?,
                    end: instant("endTime")?,
                });
            }
            "Sync" => {
                let at = instant("time")?;
                self.flush(at)?;
            }
            "Who" => {
                let number = tag.get("nb").and_then(|number| number.trim().parse().ok());
                if let Some(talk) = &mut self.talk {
                    let number: usize = number.unwrap_or(1);
                    talk.who = number.saturating_sub(1).min(talk.texts.len() - 1);
                }
            }
            _ => (),
        }
        Ok(())
    }

    fn say(&mut self, text: &str) {
        if let Some(talk) = &mut self.talk {
            talk.texts[talk.who].push_str(text);
        }
    }

    /// Ends what was said since the last `Sync`.
    fn flush(&mut self, until: Time) -> Result<(), ReadFormatError> {
        let Some(talk) = &mut self.talk else { return Ok(()) };
        let within = (talk.since, until.max(talk.since));
        for (index, text) in talk.texts.iter_mut().enumerate() {
            let words = self.import.tokens(&std::mem::take(text))?;
            if words.is_empty() {
                continue;
            }
            let name = talk.names.get(index);
            let speaker = name.map(|name| self.import.speaker(name)).transpose()?;
            self.import.push(speaker, words, within, Opening::Nothing);
        }
        talk.since = until;
        talk.who = 0;
        Ok(())
    }

    fn close(&mut self) -> Result<(), ReadFormatError> {
        let Some(end) = self.talk.as_ref().map(|talk| talk.end) else { return Ok(()) };
        self.flush(end)?;
        self.talk = None;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{base::damaged_bytes::damaged, formats::read::tests::timed};
    use proptest::prelude::*;

    const FILE: &str = r#"<?xml version="1.0" encoding="ISO-8859-1"?>
<!DOCTYPE Trans SYSTEM "trans-14.dtd">
<Trans scribe="x" audio_filename="émission" version="2" xml:lang="fr">
<Speakers>
<Speaker id="spk1" name="Léa &amp; Cie"/>
<Speaker id="spk2" name="Tom"/>
</Speakers>
<Episode program="Le bureau" air_date="2019-10-01">
<Section type="report" startTime="0" endTime="9.5">
<Turn speaker="spk2" startTime="0" endTime="4.000">
<Sync time="0"/>
Bonjour à tous.
<Sync time="2.5"/>
Ça va<Event desc="rire" type="noise" extent="instantaneous"/> &#233;t&#xe9;&lt;
</Turn>
<Turn speaker="spk1 spk2" startTime="4.000" endTime="9.5">
<Sync time="4.000"/>
<Who nb="1"/>
oui
<Who nb="2"/>
non
</Turn>
</Section>
</Episode>
</Trans>
"#;

    #[test]
    fn an_old_file_keeps_its_accents() {
        check(
            &latin(FILE),
            &[
                "0 2500 Tom: Bonjour à tous.",
                "2500 4000 Tom: Ça va été<",
                "4000 9500 Léa & Cie: oui",
                "4000 9500 Tom: non",
            ],
        );
        let transcript = read(&latin(FILE)).unwrap();
        assert_eq!(transcript.about.sound, "émission");
        assert_eq!(transcript.about.date, Date::new(2019, 10, 1));
    }

    #[test]
    fn without_a_declaration_it_is_in_utf_8() {
        let bare = &FILE[FILE.find('\n').unwrap() + 1..];
        assert_eq!(read(bare.as_bytes()).unwrap(), read(&latin(FILE)).unwrap());
    }

    #[test]
    fn what_cannot_be_read_is_named_by_its_line() {
        let error =
            |from: &str, to: &str| read(&latin(&FILE.replace(from, to))).unwrap_err().to_string();
        let time = error("time=\"2.5\"", "time=\"deux\"");
        assert_eq!(time, "line 13: `time` is `deux`, not a time in seconds");
        assert_eq!(
            error("</Turn>", ""),
            "line 23: its XML cannot be read: ill-formed document: expected `</Turn>`, but `</Section>` was found"
        );
        let cut = error("</Trans>\n", "");
        assert_eq!(cut, "line 25: the file ends without `</Trans>`");
    }

    proptest! {
        #[test]
        fn a_spoilt_file_ends_nothing(
            at in any::<prop::sample::Index>(),
            put in "[-0-9<>&;:/\"=\n é]{0,6}",
        ) {
            let mut text = FILE.to_owned();
            let (at, _) = text.char_indices().nth(at.index(text.chars().count())).unwrap();
            text.insert_str(at, &put);
            let _ = read(text.as_bytes());
            let _ = read(&text.as_bytes()[..at]);
        }

        #[test]
        fn a_damaged_file_says_no_more_than_it_holds(bytes in damaged(latin(FILE))) {
            let read = read(&bytes).unwrap_or_default();
            let n_letters: usize = read.segments.iter().map(|one| one.text().chars().count()).sum();
            prop_assert!(n_letters <= bytes.len());
        }
    }

    fn latin(text: &str) -> Vec<u8> {
        text.chars().map(|character| u8::try_from(u32::from(character)).unwrap()).collect()
    }

    /// `expected`: start, end, name and text of each segment.
    fn check(bytes: &[u8], expected: &[&str]) {
        assert_eq!(timed(&read(bytes).unwrap()), expected);
    }
}
