//! Pages whose marks say what a name and a title is: Markdown, DOCX, SPIP, MediaWiki.
//!
//! Their readers find the marks; what they mean is the same in all four. Where any name is
//! marked, only marked ones are names. Where none is, the page is one of plain text under
//! titles, and read as such.

use super::{
    Reading,
    error::ReadFormatError,
    head::{bracketed, notes_below, take_field, take_link, take_note},
    import::{Import, bounded},
    parts::{Part, Said, Who, transcript},
    txt::{self, DoubtfulLine},
};
use crate::base::{
    time::Time,
    transcript::{Transcript, is_event},
};
use std::{borrow::Cow, mem};

/// Longest name, in characters. Bold text that is longer is only bold.
const NAME_MAX: usize = 80;

/// The title above talk on a wiki.
const TALK: &str = "transcription";

/// What stands between two empty lines, or in a paragraph of a word processor.
#[derive(Debug, Default)]
pub(super) struct Paragraph {
    /// Where it stands, from 1.
    pub(super) place: usize,
    pub(super) kind: Kind,
    pub(super) chunks: Vec<Chunk>,
    /// What its links say, and where they go.
    pub(super) links: Vec<(String, String)>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Kind {
    Title,
    Heading,
    #[default]
    Text,
}

/// Text of one look; a line feed in it ends a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Chunk {
    Plain(String),
    /// In bold, or in the style of names.
    Strong(String),
    /// A moment of the sound, and the way to that.
    Moment(Time, String),
}

impl Paragraph {
    /// Adds text; that of the same look goes on.
    pub(super) fn push(&mut self, text: &str, is_strong: bool) {
        match (self.chunks.last_mut(), is_strong) {
            (Some(Chunk::Plain(last)), false) | (Some(Chunk::Strong(last)), true) => {
                last.push_str(text);
            }
            (_, true) => self.chunks.push(Chunk::Strong(text.to_owned())),
            (_, false) => self.chunks.push(Chunk::Plain(text.to_owned())),
        }
    }

    /// Its text, without any marks.
    fn text(&self) -> String {
        let text = |chunk: &Chunk| match chunk {
            Chunk::Plain(text) | Chunk::Strong(text) => text.clone(),
            Chunk::Moment(time, _) => format!("[{time}] "),
        };
        self.chunks.iter().map(text).collect::<String>().trim().to_owned()
    }
}

/// A paragraph, taken apart.
struct Block {
    place: usize,
    kind: Kind,
    time: Option<Time>,
    name: Option<String>,
    text: String,
    links: Vec<(String, String)>,
}

/// What the page of `paragraphs` says; `unit` is what their places count.
///
/// # Errors
/// As of plain pages.
pub(super) fn read(paragraphs: Vec<Paragraph>, unit: &str) -> Result<Reading, ReadFormatError> {
    let mut page = Transcript::default();
    let mut blocks = Vec::new();
    for paragraph in paragraphs {
        let moments = paragraph.chunks.iter();
        let mut sound = moments.filter_map(|chunk| match chunk {
            Chunk::Moment(_, sound) => Some(sound),
            _ => None,
        });
        if let Some(sound) = sound.next_back().filter(|sound| !sound.is_empty()) {
            page.about.sound = sound.clone();
        }
        blocks.extend(apart(paragraph));
    }
    blocks.retain(|block| !block.text.is_empty() || block.name.is_some());
    let is_marked = |block: &Block| block.kind == Kind::Text && block.name.is_some();
    let is_announced = blocks.iter().any(is_talk_head);
    let mut blocks = without_head(&mut page, blocks);
    let below = blocks.iter().map(|block| match (block.kind, block.time, &block.name) {
        (Kind::Text, None, None) => Cow::Borrowed(&*block.text),
        _ => Cow::default(),
    });
    page.about.notes = notes_below(below);
    blocks.truncate(blocks.len() - page.about.notes.len());
    let (talk, doubtful) = match blocks.iter().any(is_marked) {
        true => (marked(blocks, unit, page.duration)?, Vec::new()),
        false => unmarked(&mut page, &blocks, is_announced)?,
    };
    Ok(Reading { transcript: with_talk(page, talk), is_page: true, doubtful })
}

/// Whether `block` announces talk, and is no chapter of it.
fn is_talk_head(block: &Block) -> bool {
    block.kind == Kind::Heading && block.text.to_lowercase() == TALK
}

/// The paragraph, cut before each line that begins with a marked name.
fn apart(paragraph: Paragraph) -> Vec<Block> {
    if paragraph.kind != Kind::Text {
        let text = paragraph.text();
        let Paragraph { place, kind, links, .. } = paragraph;
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        return vec![Block { place, kind, time: None, name: None, text, links }];
    }
    let Paragraph { place, kind, chunks, links } = paragraph;
    let block =
        || Block { place, kind, time: None, name: None, text: String::new(), links: Vec::new() };
    let mut blocks = vec![Block { links, ..block() }];
    let mut chunks = chunks.into_iter().peekable();
    while let Some(chunk) = chunks.next() {
        let last = blocks.last_mut().expect("there is one from the start");
        let begins = last.text.trim().is_empty() || last.text.ends_with('\n');
        match chunk {
            Chunk::Plain(text) => last.text.push_str(&text),
            Chunk::Moment(time, _) if last.text.trim().is_empty() => last.time = Some(time),
            Chunk::Moment(time, _) => last.text.push_str(&time.to_string()),
            Chunk::Strong(text) => {
                let before = if begins { None } else { bracketed(&last.text) };
                let is_after_time = before.is_some_and(|(_, rest)| rest.is_empty());
                let rest = match chunks.peek() {
                    Some(Chunk::Plain(rest)) => rest.as_str(),
                    _ => "",
                };
                let name = name(&text, rest).filter(|_| begins || is_after_time);
                let Some((name, skipped)) = name else {
                    last.text.push_str(&text);
                    continue;
                };
                if is_after_time {
                    last.time = bracketed(&last.text).map(|(time, _)| time);
                    last.text.clear();
                }
                if last.name.is_some() || !last.text.trim().is_empty() {
                    blocks.push(block());
                }
                let last = blocks.last_mut().expect("it was pushed or was there");
                last.name = Some(name);
                last.text.clear();
                if let Some(Chunk::Plain(rest)) = chunks.next_if(|_| skipped > 0) {
                    last.text.push_str(&rest[skipped..]);
                }
            }
        }
    }
    for block in &mut blocks {
        if let Some((time, rest)) = bracketed(&block.text).filter(|_| block.time.is_none()) {
            (block.time, block.text) = (Some(time), rest.to_owned());
        }
        block.text = block.text.trim().to_owned();
    }
    blocks
}

/// The name that `strong` is, with its colon or before that of `rest`; and how much of
/// `rest` belongs to it.
fn name(strong: &str, rest: &str) -> Option<(String, usize)> {
    let (name, skipped) = match strong.trim().strip_suffix(':') {
        Some(name) => (name, 0),
        None => {
            let behind = rest.trim_start_matches([' ', '\u{a0}', '\u{202f}']).strip_prefix(':')?;
            (strong, rest.len() - behind.len())
        }
    };
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_short = !name.is_empty() && name.chars().count() <= NAME_MAX;
    is_short.then_some((name, skipped))
}

/// Takes the title, the fields and the links out of `blocks`, and where the text comes from.
fn without_head(page: &mut Transcript, blocks: Vec<Block>) -> Vec<Block> {
    let announced = blocks.iter().position(is_talk_head);
    let is_said = |block: &Block| {
        let is_field = |name: &str| take_field(&mut Transcript::default(), name, &block.text);
        let is_turn = block.name.as_deref().is_some_and(|name| !is_field(name));
        block.kind == Kind::Heading || block.time.is_some() || is_turn || is_event(&block.text)
    };
    let head = announced.or_else(|| blocks.iter().position(is_said)).unwrap_or(blocks.len());
    let mut rest = Vec::new();
    for (index, block) in blocks.into_iter().enumerate() {
        if block.kind == Kind::Title && page.about.title.is_empty() {
            page.about.title = block.text;
        } else if index >= head {
            rest.extend((announced != Some(index)).then_some(block));
        } else if let Some(name) = &block.name {
            if !take_field(page, name, &block.text) {
                page.about.lead.push(format!("{name}\u{a0}: {}", block.text));
            }
        } else {
            let known = block.links.iter().map(|(label, to)| take_link(page, label, to));
            let n_known = known.filter(|known| *known).count();
            let is_known = n_known > 0 && n_known == block.links.len();
            if !is_known && !take_note(page, &block.text) {
                page.about.lead.push(block.text);
            }
        }
    }
    rest
}

fn marked(blocks: Vec<Block>, unit: &str, length: Time) -> Result<Transcript, ReadFormatError> {
    let mut import = Import::default();
    let mut parts = Vec::new();
    for block in blocks {
        if block.kind != Kind::Text {
            parts.push(Part::Heading(txt::without_time(&block.text).to_owned(), None));
            continue;
        }
        let who = match block.name {
            Some(name) => Who::Named(name),
            None if is_event(&block.text) => Who::Nobody,
            None => Who::Same,
        };
        let mut lines = Vec::new();
        for line in block.text.split('\n') {
            lines.push(vec![import.tokens(line)?.into()]);
        }
        let (place, start) = (block.place, block.time);
        parts.push(Part::Said(Said { place, start, end: None, who, lines }));
    }
    transcript(parts, import, unit, Some(length).filter(|length| *length > Time::default()))
}

/// Talk in which nobody is marked, as plain pages have it, and its lines of which it is not
/// sure whose they are. They tell the lead from talk, too, where nothing announces that.
fn unmarked(
    page: &mut Transcript,
    blocks: &[Block],
    is_announced: bool,
) -> Result<(Transcript, Vec<DoubtfulLine>), ReadFormatError> {
    let lead = if is_announced { Vec::new() } else { mem::take(&mut page.about.lead) };
    let mut text = String::new();
    if (lead.len() + blocks.len() > 0) && !page.about.title.is_empty() {
        // Else the first line could be taken for the title that is known already.
        text.push_str("—\n\n");
    }
    lead.iter().for_each(|lead| text.push_str(&format!("{lead}\n\n")));
    // Where each line stands on the page, by its number here.
    let mut places = vec![0; 1 + text.matches('\n').count()];
    for block in blocks {
        let before = text.len();
        text.push_str(&match (block.kind, block.time) {
            (Kind::Text, Some(time)) => format!("[{time}] {}\n\n", block.text),
            (Kind::Text, None) => format!("{}\n\n", block.text),
            _ => format!("\n## {}\n\n", block.text),
        });
        places.extend(text[before..].matches('\n').map(|_| block.place));
    }
    bounded(&text)?;
    let (talk, mut doubtful) = txt::read(&text)?;
    for line in &mut doubtful {
        line.number = places.get(line.number).copied().unwrap_or_default();
    }
    if !is_announced {
        page.about.lead = talk.about.lead.clone();
    }
    Ok((talk, doubtful))
}

/// `page` with what is said on it.
fn with_talk(page: Transcript, talk: Transcript) -> Transcript {
    let mut about = page.about;
    about.chapters = talk.about.chapters;
    if about.title.is_empty() {
        about.title = talk.about.title;
    }
    let duration = if talk.is_timed { page.duration.max(talk.duration) } else { talk.duration };
    Transcript { about, duration, provenance: page.provenance, ..talk }
}
