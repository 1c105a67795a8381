//! What a page says, in blocks that are known for what they are, as a transcript.
//!
//! Readers of pages find out what is a name, a title or a time; what follows from that for
//! the words is the same for all of them, and here.

use super::{
    error::ReadFormatError,
    import::{Import, Token, share_out},
    txt::{one_millisecond_each, read_in, sentences},
};
use crate::base::{
    speech::SpeakerId,
    time::Time,
    transcript::{Chapter, Opening, SegmentLanguage, Transcript},
};
use std::mem;

/// What stands on a page, one below the other.
#[derive(Debug)]
pub(super) enum Part {
    /// The title of a chapter, and when that begins if the page says so.
    Heading(String, Option<Time>),
    Said(Said),
}

/// A block of text.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// Where it stands: a number of lines or paragraphs, for messages.
    pub(super) place: usize,
    /// When it begins, and ends.
    pub(super) start: Option<Time>,
    pub(super) end: Option<Time>,
    pub(super) who: Who,
    pub(super) lines: Vec<Vec<Stretch>>,
}

/// Who says a block.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Who {
    /// Who says the block above.
    #[default]
    Same,
    Named(String),
    /// Nobody who is known; an event.
    Nobody,
}

/// Words of a line that belong together.
#[derive(Debug, Default)]
pub(super) struct Stretch {
    pub(super) tokens: Vec<Token>,
    /// In which language they are said, where that is not the page's.
    pub(super) language: Option<String>,
    /// Whether they are one segment, wherever their sentences end.
    pub(super) is_whole: bool,
    /// Whether nobody should take them as said.
    pub(super) is_doubtful: bool,
}

impl From<Vec<Token>> for Stretch {
    fn from(tokens: Vec<Token>) -> Stretch {
        Stretch { tokens, ..Stretch::default() }
    }
}

/// The transcript of `parts`; `unit` is what their places count, `length` how long the episode
/// is if that is known. Words have the times of
/// the sound where each block has one; those whose own time is not known share what their
/// block has. Else a word is a millisecond, and the transcript is not timed.
///
/// # Errors
/// A time before that of the block above; more people than talk in an episode.
pub(super) fn transcript(
    parts: Vec<Part>,
    mut import: Import,
    unit: &str,
    length: Option<Time>,
) -> Result<Transcript, ReadFormatError> {
    let starts: Vec<Option<Option<Time>>> = parts.iter().map(start).collect();
    let mut said = starts.iter().flatten().peekable();
    let is_timed = said.peek().is_some() && said.all(Option::is_some);
    let mut nexts = Vec::new();
    let mut next = None;
    for start in starts.iter().rev() {
        nexts.push(next);
        next = start.unwrap_or(next);
    }
    let mut talk = Talk { is_timed, length, ..Talk::default() };
    let mut chapters = Vec::new();
    for (part, next) in parts.into_iter().zip(nexts.into_iter().rev()) {
        match part {
            Part::Heading(title, at) => {
                let next = at.or(next).filter(|_| is_timed);
                chapters.push((next.unwrap_or(talk.cursor), title));
            }
            Part::Said(said) => {
                if let Some((next, own)) = next.zip(said.start).filter(|(next, own)| next < own) {
                    return Err(ReadFormatError::Wrong {
                        place: format!("below {unit} {}", said.place),
                        problem: format!("{next} does not come after {own}"),
                    });
                }
                talk.add(&mut import, said, next)?;
            }
        }
    }
    let mut transcript = import.finish(is_timed);
    transcript.about.chapters = Chapter::list(chapters);
    Ok(transcript)
}

/// Of a block, when it begins, if that is known; nothing of a title.
fn start(part: &Part) -> Option<Option<Time>> {
    match part {
        Part::Heading(..) => None,
        Part::Said(said) => Some(said.start),
    }
}

#[derive(Default)]
struct Talk {
    is_timed: bool,
    /// Of the episode.
    length: Option<Time>,
    speaker: Option<SpeakerId>,
    /// End of what was read.
    cursor: Time,
}

impl Talk {
    fn add(
        &mut self,
        import: &mut Import,
        said: Said,
        next: Option<Time>,
    ) -> Result<(), ReadFormatError> {
        let speaker = match said.who {
            Who::Same => self.speaker,
            Who::Nobody => None,
            Who::Named(name) => {
                self.speaker = Some(import.speaker(&name)?);
                self.speaker
            }
        };
        let mut lines = said.lines;
        let within = self.share(&mut lines, said.start, said.end.or(next));
        self.cursor = within.1;
        let mut opens = Opening::Block;
        for line in lines {
            for stretch in line {
                import.language =
                    stretch.language.map_or(SegmentLanguage::Unknown, SegmentLanguage::Foreign);
                let mut pieces = match stretch.is_whole {
                    true => vec![stretch.tokens],
                    false => sentences(stretch.tokens),
                };
                if stretch.is_doubtful {
                    pieces.iter_mut().for_each(|tokens| tokens.insert(0, Token::to_check()));
                }
                for tokens in pieces.into_iter().filter(|tokens| !tokens.is_empty()) {
                    import.push(speaker, tokens, within, opens);
                    opens = Opening::Nothing;
                }
            }
            opens = Opening::Line;
        }
        import.language = SegmentLanguage::Unknown;
        Ok(())
    }

    /// Gives all words of a block times, where they have none; when it begins and ends.
    ///
    /// Blocks of one second follow each other all the same: none begins before the one above
    /// is over.
    fn share(
        &self,
        lines: &mut [Vec<Stretch>],
        start: Option<Time>,
        end: Option<Time>,
    ) -> (Time, Time) {
        let start = start.filter(|_| self.is_timed);
        let tokens = || lines.iter().flatten().flat_map(|stretch| &stretch.tokens);
        let is_known = tokens().any(|token| token.span.is_some());
        let n_characters: usize = tokens().map(|token| token.text.chars().count() + 1).sum();
        let from = match start {
            Some(start) if is_known => start,
            Some(start) => start.max(self.cursor),
            None => self.cursor,
        };
        let length = read_in(n_characters as u64);
        let estimated = from.plus(length).min(self.length.unwrap_or(from.plus(length)));
        let to = end.unwrap_or(estimated).max(from);
        if is_known {
            return (from, to);
        }
        let lengths: Vec<usize> = lines.iter().flatten().map(|one| one.tokens.len()).collect();
        let stretches = lines.iter_mut().flatten();
        let mut all: Vec<Token> = stretches.flat_map(|one| mem::take(&mut one.tokens)).collect();
        let is_short = to.minus(from) < Time::from_millis(n_characters as u64);
        let mut to = to;
        if start.is_none() || is_short {
            to = from.plus(Time::from_millis(all.len() as u64));
            one_millisecond_each(&mut all, from);
        } else {
            share_out(&mut all, from, to);
        }
        all.iter_mut().for_each(|token| token.is_timed = start.is_none());
        let mut all = all.into_iter();
        for (stretch, length) in lines.iter_mut().flatten().zip(lengths) {
            stretch.tokens = all.by_ref().take(length).collect();
        }
        (from, to)
    }
}
