//! Pages of text, read: a title, a lead, then talk under names.
//!
//! The look of the pages of Libre à lire, which `write::txt` writes: a blank line parts blocks,
//! a single line feed parts lines, a name stands once at the head of its turn, and titles of
//! chapters stand alone. People also write a turn a line, without blank ones.

mod headings;
mod turns;

pub use turns::DoubtfulLine;

pub(super) use headings::without_time;

use super::{
    Reading,
    error::ReadFormatError,
    head::{bracketed, notes_below, take_note},
    import::{Import, Token, bounded, share_out, tokens},
    names::label,
};
use crate::{
    base::{
        speech::{Gap, SpeakerId},
        time::Time,
        transcript::{Chapter, Opening, Transcript, is_event},
    },
    formats::TO_CHECK,
};
use std::borrow::Cow;

/// Blocks of which one may say where the text comes from: the title may be above it.
const NOTE_BLOCKS: usize = 2;

/// Characters said in a second, for the one block behind which no time is known.
const PER_SECOND: u64 = 15;

/// What the page `text` says.
///
/// # Errors
/// More words than are said in any episode; see [`read`].
pub(in crate::formats) fn page(text: &str) -> Result<Reading, ReadFormatError> {
    bounded(text)?;
    let (transcript, doubtful) = read(text)?;
    Ok(Reading { transcript, is_page: true, doubtful })
}

/// Lines between two blank ones.
#[derive(Debug)]
struct Block<'a> {
    /// Number of its first line, from 1.
    number: usize,
    /// What stands before its text: `[00:00:04] `.
    time: Option<Time>,
    /// Whether no empty line and no time parts it from the block above.
    goes_on: bool,
    /// Never empty, nor is any of them.
    lines: Vec<&'a str>,
    /// Empty lines above it, and below.
    empty: (usize, usize),
    /// Whose turn begins with it, and what the first line says of it behind the name.
    label: Option<(&'a str, &'a str)>,
    /// The title of a chapter, where it is one.
    heading: Option<&'a str>,
}

impl Block<'_> {
    /// Whether talk begins here, or an event: no title or lead.
    fn is_talk(&self) -> bool {
        self.time.is_some() || self.is_labelled() || is_event(self.lines[0])
    }

    fn is_labelled(&self) -> bool {
        self.label.is_some()
    }

    /// Characters of its text, with a space behind each word.
    fn n_characters(&self) -> u64 {
        self.lines.iter().map(|line| line.chars().count() as u64 + 1).sum()
    }
}

/// Whether `text` has the look of a page: a block in it begins with a name.
pub(super) fn has_labels(text: &str) -> bool {
    parted(text).iter().any(|block| label(block.lines[0]).is_some())
}

/// The transcript that the page `text` holds, and the lines of which it is not sure whose they
/// are.
///
/// Its words have times where each block has one, and share what is up to the next; the
/// last block is taken to be read at 15 characters a second. Else a word is a millisecond
/// and the transcript is not timed.
///
/// # Errors
/// A time before that of the block above; more people than talk in an episode.
pub(super) fn read(text: &str) -> Result<(Transcript, Vec<DoubtfulLine>), ReadFormatError> {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n");
    let mut parts = parted(&text);
    let mut said_above = Transcript::default();
    let is_note = |block: &Block<'_>| {
        block.time.is_none() && block.lines.len() == 1 && take_note(&mut said_above, block.lines[0])
    };
    if let Some(note) = parts.iter().take(NOTE_BLOCKS).position(is_note) {
        parts.remove(note);
    }
    let (mut blocks, doubtful) = turns::part(parts);
    let below = blocks.iter().map(|block| match block.time {
        Some(_) => Cow::default(),
        None => block.lines.join(" ").into(),
    });
    let notes = notes_below(below);
    blocks.truncate(blocks.len() - notes.len());
    headings::mark(&mut blocks);
    let head = blocks.iter().position(|block| block.is_talk() || block.heading.is_some());
    let is_titled = blocks.len() > 1 && !blocks[0].is_talk() && blocks[0].lines.len() == 1;
    let mut talk = blocks.split_off(head.unwrap_or(usize::from(is_titled)));
    let mut above = blocks.iter();
    let title = above.next().filter(|_| is_titled).map(|block| block.lines[0]);
    let untitled = blocks.first().filter(|_| !is_titled).into_iter();
    let lead = untitled.chain(above).map(|block| block.lines.join("\n")).collect();
    let mut said = talk.iter().filter(|block| block.heading.is_none()).peekable();
    let is_timed = said.peek().is_some() && said.all(|block| block.time.is_some() || block.goes_on);
    if is_timed {
        share_times(&mut talk);
    }
    let mut page = Page::default();
    for (index, block) in talk.iter().enumerate() {
        let mut behind = talk[index + 1..].iter();
        if let Some(title) = block.heading {
            let next = if is_timed { behind.find_map(|next| next.time) } else { None };
            page.chapters.push((next.unwrap_or(page.cursor), title.to_owned()));
            continue;
        }
        let behind = behind.find(|next| next.heading.is_none());
        let next = behind.and_then(|next| next.time);
        if let Some((time, next)) = block.time.zip(next).filter(|(time, next)| next < time) {
            let problem = format!("{next} does not come after {time}");
            let number = behind.map_or(block.number, |behind| behind.number);
            return Err(ReadFormatError::in_line(number, problem));
        }
        let time = block.time.filter(|_| is_timed).map(|time| (time, next));
        page.add(block, time)?;
    }
    let chapters = Chapter::list(page.chapters);
    let mut transcript = page.import.finish(is_timed);
    transcript.provenance = said_above.provenance;
    transcript.about.title = title.unwrap_or_default().to_owned();
    transcript.about.lead = lead;
    transcript.about.chapters = chapters;
    transcript.about.notes = notes;
    Ok((transcript, doubtful))
}

/// `text`, as we write it, without the line that says where it comes from; as it is where it has none.
pub(crate) fn without_note(text: &str) -> String {
    let mut start = 0;
    for _ in 0..NOTE_BLOCKS {
        let Some(length) = text[start..].find("\n\n") else { break };
        let (block, next) = (&text[start..start + length], start + length + 2);
        if !block.contains('\n') && take_note(&mut Transcript::default(), block) {
            return text[..start].to_owned() + &text[next..];
        }
        start = next;
    }
    text.to_owned()
}

/// The blocks of `text`, before it is known whose they are and which are titles of chapters.
fn parted(text: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut is_open = false;
    let mut n_empty = 0;
    for (index, line) in text.split('\n').map(str::trim).enumerate() {
        if line.is_empty() {
            is_open = false;
            n_empty += 1;
            continue;
        }
        let (time, text) = timed(line);
        match blocks.last_mut().filter(|_| is_open && time.is_none()) {
            Some(block) => block.lines.push(text),
            None => {
                if let Some(above) = blocks.last_mut() {
                    above.empty.1 = n_empty;
                }
                blocks.push(Block {
                    number: index + 1,
                    time,
                    goes_on: false,
                    lines: vec![text],
                    empty: (n_empty, 0),
                    label: None,
                    heading: None,
                });
            }
        }
        (is_open, n_empty) = (true, 0);
    }
    blocks
}

/// Gives the blocks that go on below one with a time their shares of it, by their lengths.
fn share_times(blocks: &mut [Block<'_>]) {
    let mut first = 0;
    while first < blocks.len() {
        let n_more = blocks[first + 1..].iter().take_while(|block| block.goes_on).count();
        let until = first + 1 + n_more;
        let next = blocks[until..].iter().find_map(|block| block.time);
        if let Some(from) = blocks[first].time.filter(|_| n_more > 0) {
            let total: u64 = blocks[first..until].iter().map(Block::n_characters).sum();
            let end = next.unwrap_or(from.plus(read_in(total))).max(from);
            let length = end.minus(from).as_millis();
            let mut before = 0;
            for block in &mut blocks[first..until] {
                let share = u128::from(length) * u128::from(before) / u128::from(total.max(1));
                block.time = Some(from.plus(Time::from_millis(share as u64)));
                before += block.n_characters();
            }
        }
        first = until;
    }
}

/// How long it takes to read so many characters aloud.
pub(super) fn read_in(n_characters: u64) -> Time {
    Time::from_millis(n_characters * 1_000 / PER_SECOND)
}

/// The time before a text, and the text: as [`bracketed`], where something stands behind it.
fn timed(line: &str) -> (Option<Time>, &str) {
    let found = bracketed(line).filter(|(_, text)| !text.is_empty());
    found.map_or((None, line), |(time, text)| (Some(time), text))
}

/// A page being read.
#[derive(Default)]
struct Page {
    import: Import,
    speaker: Option<SpeakerId>,
    /// End of what was read, where there are no times.
    cursor: Time,
    chapters: Vec<(Time, String)>,
}

impl Page {
    /// Adds `block`; `time` is where it begins and, if there is one, where the next does.
    fn add(
        &mut self,
        block: &Block<'_>,
        time: Option<(Time, Option<Time>)>,
    ) -> Result<(), ReadFormatError> {
        let mut first = block.lines[0];
        if is_event(first) && block.lines.len() == 1 {
            let words = tokens(first);
            self.say(None, vec![words], time);
            return Ok(());
        }
        if let Some((name, said)) = block.label {
            self.speaker = Some(self.import.speaker(name)?);
            first = said;
        }
        let lines = [first].into_iter().chain(block.lines[1..].iter().copied());
        let lines = lines.map(tokens).filter(|line| !line.is_empty()).collect();
        self.say(self.speaker, lines, time);
        Ok(())
    }

    fn say(
        &mut self,
        speaker: Option<SpeakerId>,
        lines: Vec<Vec<Token>>,
        time: Option<(Time, Option<Time>)>,
    ) {
        let mut opens = Opening::Block;
        let lengths: Vec<usize> = lines.iter().map(Vec::len).collect();
        let mut all: Vec<Token> = lines.into_iter().flatten().collect();
        let n_characters: usize = all.iter().map(|token| token.text.chars().count() + 1).sum();
        let (from, to) = match time {
            Some((from, next)) => (from, next.unwrap_or(from.plus(read_in(n_characters as u64)))),
            None => (self.cursor, self.cursor.plus(Time::from_millis(all.len() as u64))),
        };
        match time {
            Some(_) => share_out(&mut all, from, to),
            None => one_millisecond_each(&mut all, from),
        }
        self.cursor = to;
        let mut all = all.into_iter();
        for length in lengths {
            let line = all.by_ref().take(length).collect();
            for sentence in sentences(line) {
                self.import.push(speaker, sentence, (from, to), opens);
                opens = Opening::Nothing;
            }
            opens = Opening::Line;
        }
    }
}

pub(super) fn one_millisecond_each(tokens: &mut [Token], from: Time) {
    let mut start = from;
    for token in tokens {
        let length = if token.text == TO_CHECK { 0 } else { 1 };
        let end = start.plus(Time::from_millis(length));
        token.span = Some((start, end));
        start = end;
    }
}

/// `line` cut behind its sentences, where a plain space is.
pub(super) fn sentences(line: Vec<Token>) -> Vec<Vec<Token>> {
    let mut sentences: Vec<Vec<Token>> = Vec::new();
    let mut is_over = true;
    let mut is_quoted = false;
    for token in line {
        let begins = token.text.starts_with(|c: char| c.is_uppercase() || "«—–".contains(c));
        if is_over && begins && token.gap == Gap::Space {
            sentences.push(Vec::new());
        }
        is_quoted = (is_quoted || token.text.contains('«')) && !token.text.ends_with('»');
        let bare = token.text.trim_end_matches(['»', ')']);
        is_over = bare.ends_with(['.', '!', '?', '…']) && !is_quoted;
        match sentences.last_mut() {
            Some(sentence) => sentence.push(token),
            None => sentences.push(vec![token]),
        }
    }
    sentences
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::write::layout::talk;
    use proptest::prelude::*;

    const PAGE: &str = "Stupeur au sein du numérique\n\n\
        Coup de tonnerre\u{a0}!\n\n\
        Voix off\u{a0}: Bonjour les spotters.\n\n\
        [Jingle]\n\n\
        Alain Garnier\u{a0}: Bonjour à 15\u{a0}heures. On a dit\u{a0}: «\u{a0}Ah bon\u{a0}!\u{a0}»\u{a0}; voilà.\n\
        Autre point\u{a0}: rien [1].\n\n\
        Vraiment ? Oui.\n\n\
        Voix off\u{a0}: Merci.\n";

    #[test]
    fn a_page_is_read_as_it_is_shown() {
        let transcript = page(PAGE);
        assert_eq!(transcript.about.title, "Stupeur au sein du numérique");
        assert_eq!(transcript.about.lead, ["Coup de tonnerre\u{a0}!"]);
        assert_eq!(transcript.names(), ["Voix off", "Alain Garnier"]);
        assert!(!transcript.is_timed);
        assert_eq!(shown(&transcript), PAGE.splitn(3, "\n\n").last().unwrap());
    }

    #[test]
    fn the_words_of_an_untimed_page_are_a_millisecond_each() {
        let transcript = page(PAGE);
        let words = transcript.segments.iter().flat_map(|segment| &segment.words);
        let starts: Vec<u64> = words.map(|word| word.span.start().as_millis()).collect();
        assert!(starts.windows(2).all(|pair| pair[0] < pair[1]), "{starts:?}");
    }

    #[test]
    fn times_count_where_every_block_has_one() {
        let whole = "[00:00:04] Léa : Un deux.\n\n[00:00:06] Tom : Oui.\n";
        let transcript = page(whole);
        assert!(transcript.is_timed);
        let starts = transcript.segments.iter().map(|s| s.span.start().as_millis());
        assert_eq!(starts.collect::<Vec<_>>(), [4_000, 6_000]);
        assert_eq!(transcript.segments[0].span.end(), Time::from_millis(6_000));
        let partly = whole.replace("[00:00:06] ", "");
        assert!(!page(&partly).is_timed);
    }

    #[test]
    fn the_words_of_a_timed_page_have_shares_of_its_times() {
        let transcript = page("[00:00:04] Léa : Un deux.\n\n[00:00:06] Tom : Oui.\n");
        let words = transcript.segments.iter().flat_map(|segment| &segment.words);
        assert!(words.into_iter().all(|word| !word.is_timed));
    }

    #[test]
    fn times_that_go_back_are_named() {
        let error = read("[00:00:04] Un.\n\n[00:00:02] Deux.\n").unwrap_err().to_string();
        assert_eq!(error, "line 3: 00:00:02 does not come after 00:00:04");
    }

    #[test]
    fn text_without_names_is_talk_of_nobody() {
        assert_eq!(shown(&page("Titre\n\nUn. Deux.\ntrois\n")), "Un. Deux.\ntrois\n");
        assert_eq!(shown(&page("Seul.")), "Seul.\n");
        assert_eq!(shown(&page("")), "\n");
    }

    proptest! {
        #[test]
        fn a_spoilt_page_ends_nothing(
            at in any::<prop::sample::Index>(),
            put in "[-0-9:«»\\[\\]\n\r \u{a0}A-Cé]{0,6}",
        ) {
            let mut text = PAGE.to_owned();
            let (at, _) = text.char_indices().nth(at.index(text.chars().count())).unwrap();
            text.insert_str(at, &put);
            let _ = read(&text);
        }
    }

    fn page(text: &str) -> Transcript {
        read(text).unwrap().0
    }

    /// As the page was: names, blocks, lines.
    pub(super) fn shown(transcript: &Transcript) -> String {
        let talk = talk(transcript);
        let block = |lines: &Vec<crate::formats::write::layout::Line<'_>>| {
            lines.iter().map(|line| line.text()).collect::<Vec<_>>().join("\n")
        };
        let turn = |talk: &crate::formats::write::layout::Talk<'_>| {
            let label = talk.name().map(|name| format!("{name}\u{a0}: ")).unwrap_or_default();
            label + &talk.blocks.iter().map(block).collect::<Vec<_>>().join("\n\n")
        };
        talk.iter().map(turn).collect::<Vec<_>>().join("\n\n") + "\n"
    }
}
