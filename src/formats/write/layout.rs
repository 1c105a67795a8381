//! The transcript as people read it: turns of talk, in blocks, in lines.
//!
//! A name stands once, at the head of its turn, however many blocks that has. Within a
//! block, lines follow each other without an empty one between them (on the pages of Libre
//! à lire: an alinéa). The formats that are for reading write from this.

use super::Timecodes;
use crate::{
    base::{
        time::Time,
        transcript::{Chapter, Opening, Segment, Speaker, Transcript, UNKNOWN_VOICE},
    },
    formats::TO_CHECK,
};

/// What stands on a page, one below the other.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::formats) enum Part<'a> {
    /// The title of a chapter.
    Heading(&'a Chapter),
    /// What is said.
    Said(Talk<'a>),
}

/// What one person says until somebody else speaks, or an event that nobody says.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::formats) struct Talk<'a> {
    /// Whose; `None` where nobody was told apart, where it is unsure who speaks, and for events:
    /// `[Jingle]`.
    pub(in crate::formats) speaker: Option<&'a Speaker>,
    /// Never empty, nor is any of them.
    pub(in crate::formats) blocks: Vec<Vec<Line<'a>>>,
}

/// Segments that stand in one line of text.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::formats) struct Line<'a> {
    /// Never empty; each shows at least a word.
    pub(in crate::formats) segments: Vec<&'a Segment>,
}

impl<'a> Talk<'a> {
    /// What readers call the person; `None` where there is nobody to name. Without a name of its own,
    /// what an unsure voice says would be read as that of the one before.
    pub(in crate::formats) fn name(&self) -> Option<&'a str> {
        let unsure = self.is_unsure().then_some(UNKNOWN_VOICE);
        self.speaker.map(|speaker| speaker.name.as_str()).or(unsure)
    }

    fn is_unsure(&self) -> bool {
        self.blocks[0][0].segments[0].guess.is_some()
    }
}

impl Line<'_> {
    /// Where it begins.
    pub(in crate::formats) fn start(&self) -> Time {
        self.segments[0].span.start()
    }

    /// Its text: segments joined by spaces, the doubtful ones marked.
    pub(in crate::formats) fn text(&self) -> String {
        self.segments.iter().map(|segment| text_of(segment)).collect::<Vec<_>>().join(" ")
    }
}

/// Whether readers are told not to take a segment as said. What stands on a person's page and
/// nobody says is as that person wants it.
pub(in crate::formats) fn is_marked(segment: &Segment) -> bool {
    segment.doubt.is_some() && !segment.is_unsaid()
}

/// What readers are shown of a segment, marked where nobody should take it as said.
pub(in crate::formats) fn text_of(segment: &Segment) -> String {
    match is_marked(segment) {
        true => format!("{TO_CHECK} {}", segment.text()),
        false => segment.text(),
    }
}

/// The talk of `transcript`, in order. Segments that show no word are not in it.
pub(in crate::formats) fn talk(transcript: &Transcript) -> Vec<Talk<'_>> {
    let said = |part| match part {
        Part::Heading(_) => None,
        Part::Said(talk) => Some(talk),
    };
    gathered(transcript, Vec::new()).into_iter().filter_map(said).collect()
}

/// The same with the titles of chapters. A turn ends before one, and begins anew behind it.
pub(in crate::formats) fn parts(transcript: &Transcript) -> Vec<Part<'_>> {
    gathered(transcript, transcript.chapters())
}

fn gathered<'a>(transcript: &'a Transcript, chapters: Vec<(usize, &'a Chapter)>) -> Vec<Part<'a>> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    let mut chapters = chapters.into_iter().peekable();
    let mut is_after_event = false;
    let shown = transcript.segments.iter().enumerate();
    for (index, segment) in shown.filter(|(_, segment)| !segment.text().is_empty()) {
        while let Some((_, chapter)) = chapters.next_if(|(before, _)| *before <= index) {
            parts.push(Part::Heading(chapter));
        }
        let speaker = transcript.speaker_of(segment);
        let is_event = segment.is_event();
        let line = Line { segments: vec![segment] };
        match parts.last_mut() {
            Some(Part::Said(last))
                if last.speaker == speaker
                    && last.is_unsure() == segment.guess.is_some()
                    && !is_event
                    && !is_after_event =>
            {
                place(&mut last.blocks, line, segment.opens);
            }
            _ => parts.push(Part::Said(Talk { speaker, blocks: vec![vec![line]] })),
        }
        is_after_event = is_event;
    }
    parts.extend(chapters.map(|(_, chapter)| Part::Heading(chapter)));
    parts
}

fn place<'a>(blocks: &mut Vec<Vec<Line<'a>>>, line: Line<'a>, opens: Opening) {
    match blocks.last_mut() {
        Some(block) if opens != Opening::Block => match block.last_mut() {
            Some(last) if opens == Opening::Nothing => last.segments.extend(line.segments),
            _ => block.push(line),
        },
        _ => blocks.push(vec![line]),
    }
}

/// A block of text with what stands before it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Block<'a> {
    /// When it begins, where that is shown.
    pub(super) time: Option<Time>,
    /// Who speaks, where that is shown: once a turn.
    pub(super) name: Option<&'a str>,
    /// Never empty.
    pub(super) lines: Vec<Line<'a>>,
}

impl Block<'_> {
    /// The text of its lines, each as `shown` writes it.
    pub(super) fn text(&self, shown: impl Fn(&str) -> String, between: &str) -> String {
        let lines = self.lines.iter().map(|line| shown(&line.text()));
        lines.collect::<Vec<_>>().join(between)
    }
}

/// The blocks of `transcript`, with times where `timecodes` wants them.
pub(super) fn blocks(transcript: &Transcript, timecodes: Timecodes) -> Vec<Block<'_>> {
    talk(transcript).into_iter().flat_map(|talk| blocks_of(talk, timecodes)).collect()
}

/// The same with the titles of chapters, each as `heading` writes it, and blocks as `block`
/// does.
pub(super) fn written(
    transcript: &Transcript,
    timecodes: Timecodes,
    heading: impl Fn(&str) -> String,
    block: impl Fn(&Block<'_>) -> String,
) -> Vec<String> {
    let mut written = Vec::new();
    for part in parts(transcript) {
        match part {
            Part::Heading(chapter) => written.push(heading(&timecodes.title(chapter))),
            Part::Said(talk) => written.extend(blocks_of(talk, timecodes).iter().map(&block)),
        }
    }
    written
}

fn blocks_of<'a>(talk: Talk<'a>, timecodes: Timecodes) -> Vec<Block<'a>> {
    let name = talk.name();
    let block = |(index, lines): (usize, Vec<Line<'a>>)| {
        let time = timecodes.are_shown_at(index).then(|| lines[0].start());
        Block { time, name: name.filter(|_| index == 0), lines }
    };
    talk.blocks.into_iter().enumerate().map(block).collect()
}

impl Timecodes {
    /// Whether the time stands at the block with this number in its turn.
    pub(super) fn are_shown_at(self, index: usize) -> bool {
        match self {
            Timecodes::None | Timecodes::Headings => false,
            Timecodes::Turns => index == 0,
            Timecodes::Paragraphs => true,
        }
    }

    /// The title of `chapter`, with its time as April's wiki has it: `Le logiciel 21’55`.
    pub(super) fn title(self, chapter: &Chapter) -> String {
        let seconds = chapter.start.as_millis() / 1_000;
        match self {
            Timecodes::Headings => {
                format!("{} {:02}’{:02}", chapter.title, seconds / 60, seconds % 60)
            }
            _ => chapter.title.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{
        speech::{SpeakerId, Word},
        time::Span,
    };

    #[test]
    fn a_name_stands_once_for_all_blocks_of_a_turn() {
        check(
            &["0 Bonjour.", "0 Ça va ?", "0/ Oui.", "0// Bien.", "1 Merci."],
            "A: Bonjour. Ça va ? / Oui. // Bien. | B: Merci.",
        );
    }

    #[test]
    fn what_an_unsure_voice_says_is_nobody_s_before_or_behind() {
        check(
            &["0 Bonjour.", "?1 Oui.", "?0 Non.", "0 Bien."],
            "A: Bonjour. | Voix inconnue: Oui. Non. | A: Bien.",
        );
    }

    #[test]
    fn an_event_stands_alone_and_ends_a_turn() {
        check(
            &["0 Bonjour.", "- [Jingle]", "0 Rebonjour."],
            "A: Bonjour. | [Jingle] | A: Rebonjour.",
        );
        check(&["- Bonjour.", "- [Jingle]", "- Rebonjour."], "Bonjour. | [Jingle] | Rebonjour.");
    }

    /// `lines` are segments: a speaker's number, one behind `?` that is guessed, or `-`; what it opens,
    /// its words.
    fn check(lines: &[&str], expected: &str) {
        let speaker = |n, name| Speaker::named(SpeakerId(n), name);
        let segment = |(n, line): (u64, &&str)| {
            let (head, text) = line.split_once(' ').unwrap();
            let span = Span::from_start(Time::from_millis(900)).later(Time::from_millis(n * 1_000));
            Segment {
                speaker: head.trim_end_matches('/').parse().ok().map(SpeakerId),
                guess: head.strip_prefix('?').and_then(|id| id.parse().ok()).map(SpeakerId),
                span,
                words: vec![Word::new(text, span, None)],
                doubt: None,
                opens: match head.matches('/').count() {
                    0 => Opening::Nothing,
                    1 => Opening::Line,
                    _ => Opening::Block,
                },
                language: Default::default(),
            }
        };
        let transcript = Transcript {
            speakers: vec![speaker(0, "A"), speaker(1, "B")],
            segments: (0..).zip(lines).map(segment).collect(),
            ..Transcript::default()
        };
        let block =
            |lines: &Vec<Line<'_>>| lines.iter().map(Line::text).collect::<Vec<_>>().join(" / ");
        let shown = |talk: &Talk<'_>| {
            let name = talk.name().map(|name| format!("{name}: ")).unwrap_or_default();
            name + &talk.blocks.iter().map(block).collect::<Vec<_>>().join(" // ")
        };
        let found = talk(&transcript).iter().map(shown).collect::<Vec<_>>().join(" | ");
        assert_eq!(found, expected);
    }
}
