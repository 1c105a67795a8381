//! Our page for reading while listening, read: words begin where the page marks them.
//!
//! The page does not say where a word ends. It is taken to last up to the next one, but no
//! longer than a second.

use super::{
    elements::{DEPTH_MAX, Elements, Node, Tag},
    error::ReadFormatError,
    head::{moment, numbered, take_field, take_link, take_note, way},
    import::{Import, time},
    parts::{Part, Said, Stretch, Who, transcript},
};
use crate::base::{
    speech::{Gap, Role},
    time::Time,
    transcript::{About, Transcript},
};
use std::{collections::BTreeSet, mem};

const WORD_MAX: Time = Time::from_millis(1_000);

/// Whether the page of `bytes` is one of ours.
pub(super) fn is_ours(bytes: &[u8]) -> bool {
    const MARK: &[u8] = b"<meta name=\"generator\" content=\"voixoff ";
    let head = &bytes[..bytes.len().min(4_000)];
    head.windows(MARK.len()).any(|some| some == MARK)
}

/// The transcript that the page of `bytes` holds.
///
/// # Errors
/// What cannot be taken apart into elements; as of plain pages.
pub(in crate::formats) fn read(bytes: &[u8]) -> Result<Transcript, ReadFormatError> {
    let mut elements = Elements::html(bytes);
    let mut page = Page::default();
    while let Some(node) = elements.next()? {
        match node {
            Node::Open(_) if page.open.len() == DEPTH_MAX => return Err(elements.too_deep()),
            Node::Open(tag) => page.begin(tag),
            Node::Close(name) => page.end(&name)?,
            Node::Text(text) => page.say(text),
        }
    }
    let mut read = transcript(page.parts, page.import, "paragraph", None)?;
    let Transcript { about, duration, provenance, .. } = page.page;
    if read.is_timed {
        read.duration = read.duration.max(duration);
    }
    read.about = About { chapters: mem::take(&mut read.about.chapters), ..about };
    read.provenance = provenance;
    for speaker in &mut read.speakers {
        speaker.role = page.voix_off.contains(speaker.name.as_str()).then_some(Role::VoixOff);
    }
    Ok(read)
}

/// What an open element is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Other,
    Show,
    Title,
    Label,
    Field,
    Links,
    Link,
    Note,
    Lead,
    LeadText,
    Notes,
    NoteText,
    Chapters,
    Heading,
    Turn,
    Paragraph,
    Speaker,
    /// The time before a text, or the mark of a doubt: not said.
    Aside,
    Doubt,
    Foreign,
    Word,
}

impl Place {
    /// Whether its text is taken as a whole when it closes.
    fn has_text(self) -> bool {
        matches!(
            self,
            Place::Show
                | Place::Title
                | Place::Label
                | Place::Field
                | Place::Link
                | Place::Note
                | Place::LeadText
                | Place::NoteText
                | Place::Heading
                | Place::Speaker
        )
    }
}

/// Text of a paragraph, of one look.
#[derive(Debug)]
struct Run {
    text: String,
    /// When the word begins that it is.
    start: Option<Time>,
    is_doubtful: bool,
    language: Option<String>,
}

#[derive(Default)]
struct Page {
    page: Transcript,
    import: Import,
    parts: Vec<Part>,
    /// When chapters begin, as their list says.
    chapters: Vec<Option<Time>>,
    n_headings: usize,
    voix_off: BTreeSet<String>,
    /// Elements that are open, by name, with their language.
    open: Vec<(String, Place, Option<String>)>,
    text: String,
    label: String,
    link: String,
    n_paragraphs: usize,
    is_voix_off: bool,
    /// Who speaks in the turn.
    who: Option<String>,
    /// When the turn ends.
    end: Option<Time>,
    /// When the last paragraph began.
    start: Option<Time>,
    /// When the word begins that is read.
    word: Option<Time>,
    /// The lines of the paragraph.
    lines: Vec<Vec<Run>>,
}

impl Page {
    fn is_in(&self, place: Place) -> bool {
        self.open.iter().any(|(_, open, _)| *open == place)
    }

    fn begin(&mut self, tag: Tag) {
        let place = self.place(&tag);
        let instant = |name: &str| tag.get(name).and_then(seconds);
        match place {
            Place::Turn => {
                self.is_voix_off = tag.has_class("voix-off");
                (self.who, self.start, self.end) = (None, None, instant("data-end"));
            }
            Place::Paragraph => {
                self.n_paragraphs += 1;
                let id = tag.get("id").and_then(|id| seconds(id.strip_prefix('t')?));
                self.start = id.or(self.start).or(instant("data-start"));
                self.lines = vec![Vec::new()];
            }
            Place::Link => self.link = tag.get("href").map(way).unwrap_or_default(),
            Place::Word => self.word = instant("data-t"),
            Place::Chapters if tag.name == "li" => self.chapters.push(None),
            Place::Chapters if tag.has_class("time") => {
                let at = tag.get("href").and_then(moment).map(|(time, _)| time);
                self.chapters.last_mut().into_iter().for_each(|last| *last = at);
            }
            Place::Other if tag.name == "audio" => {
                self.page.about.sound = tag.get("src").map(way).unwrap_or_default();
            }
            Place::Other if tag.name == "br" => self.lines.push(Vec::new()),
            _ => (),
        }
        if place.has_text() {
            self.text.clear();
        }
        let language = tag.get("lang").filter(|_| place == Place::Foreign).map(str::to_owned);
        self.open.push((tag.name, place, language));
    }

    fn place(&self, tag: &Tag) -> Place {
        let is_talk = self.is_in(Place::Paragraph);
        match tag.name.as_str() {
            _ if self.is_in(Place::Chapters) => Place::Chapters,
            "nav" => Place::Chapters,
            "section" => Place::Turn,
            "h1" => Place::Title,
            "h2" => Place::Heading,
            "dt" => Place::Label,
            "dd" => Place::Field,
            "div" if tag.has_class("lead") => Place::Lead,
            "div" if tag.has_class("notes") => Place::Notes,
            "p" if self.is_in(Place::Turn) => Place::Paragraph,
            "p" if self.is_in(Place::Lead) => Place::LeadText,
            "p" if self.is_in(Place::Notes) => Place::NoteText,
            "p" if tag.has_class("show") => Place::Show,
            "p" if tag.has_class("note") => Place::Note,
            "p" if tag.has_class("links") => Place::Links,
            "a" if self.is_in(Place::Links) => Place::Link,
            "a" | "span" if tag.has_class("time") || tag.has_class("mark") => Place::Aside,
            "b" if is_talk && tag.has_class("speaker") => Place::Speaker,
            "span" if is_talk && tag.has_class("doubt") => Place::Doubt,
            "span" if is_talk && tag.get("lang").is_some() => Place::Foreign,
            "span" if is_talk && tag.get("data-t").is_some() => Place::Word,
            _ => Place::Other,
        }
    }

    fn say(&mut self, text: String) {
        if self.is_in(Place::Aside) || self.is_in(Place::Chapters) {
            return;
        }
        if !self.is_in(Place::Paragraph) || self.is_in(Place::Speaker) {
            self.text.push_str(&text);
            return;
        }
        let run = Run {
            text,
            start: self.word.take(),
            is_doubtful: self.is_in(Place::Doubt),
            language: self.open.iter().rev().find_map(|(_, _, language)| language.clone()),
        };
        if let Some(line) = self.lines.last_mut() {
            line.push(run);
        }
    }

    /// Ends the element called `name`, and those in it that were left open.
    fn end(&mut self, name: &str) -> Result<(), ReadFormatError> {
        let Some(at) = self.open.iter().rposition(|(open, _, _)| open == name) else {
            return Ok(());
        };
        while self.open.len() > at {
            let place = self.open.pop().map_or(Place::Other, |(_, place, _)| place);
            self.take(place)?;
        }
        Ok(())
    }

    fn take(&mut self, place: Place) -> Result<(), ReadFormatError> {
        match place {
            Place::Word => self.word = None,
            Place::Paragraph => self.end_paragraph()?,
            _ if place.has_text() => self.take_text(place),
            _ => (),
        }
        Ok(())
    }

    /// Takes what was written in `place`, which is for text.
    fn take_text(&mut self, place: Place) {
        let text = self.text.split([' ', '\n', '\t', '\r']).filter(|word| !word.is_empty());
        let text = text.collect::<Vec<_>>().join(" ");
        match place {
            Place::Show => self.page.about.show = text,
            Place::Title => self.page.about.title = text,
            Place::Label => self.label = text,
            Place::Field => {
                take_field(&mut self.page, &self.label, &text);
            }
            Place::Link => {
                take_link(&mut self.page, &text, &self.link);
            }
            Place::Note => {
                take_note(&mut self.page, &text);
            }
            Place::LeadText if !text.is_empty() => self.page.about.lead.push(text),
            Place::NoteText => {
                let note = numbered(&text).map_or(&*text, |(_, note)| note);
                self.page.about.notes.push(note.to_owned());
            }
            Place::Heading => {
                let at = self.chapters.get(self.n_headings).copied().flatten();
                self.n_headings += 1;
                self.parts.push(Part::Heading(text, at));
            }
            Place::Speaker => {
                let name = text.trim_end_matches([':', ' ', '\u{a0}', '\u{202f}']).to_owned();
                if self.is_voix_off {
                    self.voix_off.insert(name.clone());
                }
                self.who = Some(name);
            }
            _ => (),
        }
    }

    fn end_paragraph(&mut self) -> Result<(), ReadFormatError> {
        let mut lines = Vec::new();
        // Where each word begins whose start is known, with where it stands.
        let mut starts: Vec<(Time, [usize; 3])> = Vec::new();
        for runs in mem::take(&mut self.lines) {
            let mut line: Vec<Stretch> = Vec::new();
            let mut space = String::new();
            for run in runs {
                let text = mem::take(&mut space) + &run.text;
                let said = text.trim_end();
                space = text[said.len()..].to_owned();
                let mut tokens = self.import.tokens(said)?;
                let is_whole = run.is_doubtful || run.language.is_some();
                let is_same = |last: &&mut Stretch| {
                    last.is_whole == is_whole
                        && last.is_doubtful == run.is_doubtful
                        && last.language == run.language
                };
                if line.last_mut().filter(is_same).is_none() {
                    let Run { is_doubtful, language, .. } = run;
                    line.push(Stretch { is_whole, is_doubtful, language, tokens: Vec::new() });
                }
                let n_stretches = line.len();
                let Some(stretch) = line.last_mut() else { continue };
                // Without a space and a time of its own, it is the rest of the word before.
                let goes_on = tokens.first().is_some_and(|first| first.gap == Gap::Nothing);
                if let Some(last) = stretch.tokens.last_mut().filter(|_| goes_on)
                    && run.start.is_none()
                {
                    last.text.push_str(&tokens.remove(0).text);
                } else if let Some(start) = run.start.filter(|_| !tokens.is_empty()) {
                    starts.push((start, [lines.len(), n_stretches - 1, stretch.tokens.len()]));
                }
                stretch.tokens.extend(tokens);
            }
            lines.push(line);
        }
        for (index, &(start, [line, stretch, word])) in starts.iter().enumerate() {
            let next = starts.get(index + 1).map(|(next, _)| *next).or(self.end);
            let longest = start.plus(WORD_MAX);
            let end = next.map_or(longest, |next| next.min(longest)).max(start);
            lines[line][stretch].tokens[word].span = Some((start, end));
        }
        let who = self.who.clone().map_or(Who::Nobody, Who::Named);
        let (place, start) = (self.n_paragraphs, self.start);
        self.parts.push(Part::Said(Said { place, start, end: None, who, lines }));
        Ok(())
    }
}

fn seconds(text: &str) -> Option<Time> {
    time(text.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::read::tests::shown;

    #[test]
    fn a_page_that_somebody_corrected_keeps_the_times_of_the_other_words() {
        let page = "<html><head><meta name=\"generator\" content=\"voixoff 1\"></head><body>\
            <h1>Le titre</h1><dl><div><dt>Date</dt><dd>1er octobre 2019</dd></div></dl>\
            <div class=lead><p>Un chapô.</p></div><audio src='a%20b.mp3'></audio>\
            <section class='turn voix-off' data-start=1 data-end=4>\
            <p id=t1><a class=time href='#t=1'>00:00:01</a> <b class=speaker>Léa\u{a0}:</b> \
            <span data-t=1>Bon</span>jour <i>à</i> <span data-t=2.5>tous.</span><br>\
            <span class=doubt><span class=mark>[à vérifier]</span> <span data-t=3>R&D. Oui.</span></span>\
            </section>";
        assert!(is_ours(page.as_bytes()));
        let read = read(page.as_bytes()).unwrap();
        assert_eq!(
            shown(&read),
            "# Le titre\n> Un chapô.\nLéa: Bonjour à tous. / [à vérifier] R&D. Oui."
        );
        let starts = read.segments[0].words.iter().map(|word| word.span.start().as_millis());
        assert_eq!(starts.collect::<Vec<_>>(), [1_000, 2_000, 2_500]);
        assert_eq!(
            (read.about.sound.as_str(), read.speakers[0].role),
            ("a b.mp3", Some(Role::VoixOff))
        );
    }
}
