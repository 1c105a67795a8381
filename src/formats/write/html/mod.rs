//! A page for reading while listening: the text, with the sound in step.
//!
//! One file that asks for nothing but the sound. Without its script it still reads and
//! prints, and each time is a link into the sound; with it, a click on a word plays from
//! there, and the word that is heard is marked.

use super::{
    GENERATOR, RenderSettings, Timecodes,
    header::{Header, address, fragment, is_on_the_web, notes, seconds},
    layout::{Line, Part, Talk, is_marked, parts},
    xml::escaped,
};
use crate::{
    base::{
        speech::Role,
        time::Time,
        transcript::{Chapter, Segment, TO_COMPLETE, Transcript, is_event},
    },
    formats::{Format, TO_CHECK},
};

const STYLE: &str = include_str!("page.css");

const SCRIPT: &str = include_str!("page.js");

const WAY_BACK: &str = include_str!("way_back.js");

/// What readers may want beside the page, and what its link says.
const BESIDE: [(Format, &str); 3] = [
    (Format::Txt, "Texte"),
    (Format::Srt, "Sous-titres (SRT)"),
    (Format::Vtt, "Sous-titres (WebVTT)"),
];

/// How many colours the names of people have in `page.css`.
const N_COLOURS: u16 = 6;

/// The page of `transcript`. It has a player where the sound is known and timed.
pub(in crate::formats) fn render(transcript: &Transcript, settings: &RenderSettings<'_>) -> String {
    let header = Header::of(transcript, settings);
    let full_title = header.full_title();
    let title = escaped(if full_title.is_empty() { settings.name } else { &full_title });
    let page = Page {
        sound: sound(transcript),
        timecodes: settings.timecodes(transcript, Timecodes::Paragraphs),
        is_timed: transcript.is_timed,
    };
    let player = page.sound.as_ref().map(|sound| {
        format!("<div class=\"player\"><audio controls preload=\"metadata\" src=\"{sound}\"></audio></div>\n")
    });
    let player_script = if page.sound.is_some() { SCRIPT } else { "" };
    let mut last = None;
    let mut n_chapters = 0;
    let part = |part: &Part<'_>| match part {
        Part::Said(talk) => page.turn(talk, &mut last),
        Part::Heading(chapter) => {
            n_chapters += 1;
            page.heading(n_chapters, chapter)
        }
    };
    let turns: String = parts(transcript).iter().map(part).collect();
    let chapters = page.chapters(&transcript.about.chapters);
    let top = top(&header, transcript, settings);
    let player = player.unwrap_or_default();
    let notes = below(transcript);
    let language = match transcript.is_french() {
        true => String::new(),
        false => format!(" lang=\"{}\"", escaped(&transcript.provenance.language)),
    };
    format!(
        "<!DOCTYPE html>\n<html lang=\"fr\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"generator\" content=\"{GENERATOR}\">\n<title>{title}</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{top}{chapters}{player}\
         <div class=\"talk\"{language}>\n{turns}</div>\n{notes}</main>\n\
         <script>\n{WAY_BACK}{player_script}</script>\n</body>\n</html>\n"
    )
}

/// The address of the sound, ready for an attribute.
fn sound(transcript: &Transcript) -> Option<String> {
    let sound = &transcript.about.sound;
    (transcript.is_timed && !sound.is_empty()).then(|| escaped(&address(sound)))
}

/// The notes below the text, in which addresses are links.
fn below(transcript: &Transcript) -> String {
    let word = |word: &str| {
        let to = escaped(&address(word));
        match is_on_the_web(word) {
            true => format!("<a href=\"{to}\">{}</a>", escaped(word)),
            false => escaped(word),
        }
    };
    let line = |note: String| note.split(' ').map(word).collect::<Vec<_>>().join(" ");
    let notes: String =
        notes(&transcript.about).map(|note| format!("<p>{}</p>\n", line(note))).collect();
    if notes.is_empty() { notes } else { format!("<div class=\"notes\">\n{notes}</div>\n") }
}

/// Everything above the player.
fn top(header: &Header, transcript: &Transcript, settings: &RenderSettings<'_>) -> String {
    let name = settings.name;
    let paragraph = |class: &str, text: &str| format!("<p class=\"{class}\">{text}</p>\n");
    let show = Some(&header.show).filter(|show| !show.is_empty());
    let show = show.map(|show| paragraph("show", &escaped(show))).unwrap_or_default();
    let title = if header.title.is_empty() { name } else { &header.title };
    let field = |(label, text): &(&str, String)| {
        let text = match (transcript.about.date, *label) {
            (Some(date), "Date") => format!("<time datetime=\"{}\">{text}</time>", date.iso()),
            _ => escaped(text),
        };
        format!("<div><dt>{label}</dt><dd>{text}</dd></div>\n")
    };
    let fields: String = header.fields.iter().map(field).collect();
    let fields =
        if fields.is_empty() { fields } else { format!("<dl class=\"facts\">\n{fields}</dl>\n") };
    let link = |(label, to): &(&str, String)| format!("<a href=\"{}\">{label}</a>", escaped(to));
    let beside = BESIDE.iter().filter(|(format, _)| settings.beside.contains(format));
    let beside =
        beside.map(|(format, label)| (*label, address(&format!("{name}.{}", format.extension()))));
    let links = header.links.iter().cloned().chain(beside);
    let links: Vec<String> = links.map(|it| link(&it)).collect();
    let links =
        if links.is_empty() { String::new() } else { paragraph("links", &links.join("\n")) };
    let note = header.note.iter().map(|note| paragraph("note", &escaped(note))).collect::<String>();
    let lead = header.lead.iter().map(|text| format!("<p>{}</p>\n", escaped(text)));
    let lead: String = lead.collect();
    let lead = if lead.is_empty() { lead } else { format!("<div class=\"lead\">\n{lead}</div>\n") };
    let title = escaped(title);
    format!("<header>\n{show}<h1>{title}</h1>\n{fields}{links}{note}</header>\n{lead}")
}

/// What is the same for all of a page.
struct Page {
    sound: Option<String>,
    timecodes: Timecodes,
    is_timed: bool,
}

impl Page {
    /// `last` is the millisecond at which the paragraph before begins: a second one of the
    /// same has no name of its own.
    fn turn(&self, talk: &Talk<'_>, last: &mut Option<u64>) -> String {
        let is_event = talk.speaker.is_none() && is_event(&talk.blocks[0][0].text());
        let class = match talk.speaker {
            Some(speaker) if speaker.role == Some(Role::VoixOff) => "turn voix-off".to_owned(),
            Some(speaker) => format!("turn voice-{}", speaker.id.0 % N_COLOURS),
            None if is_event => "turn event".to_owned(),
            None => "turn".to_owned(),
        };
        let mut paragraphs = String::new();
        for (index, lines) in talk.blocks.iter().enumerate() {
            let start = lines[0].start();
            let has_id =
                self.is_timed && last.replace(start.as_millis()) != Some(start.as_millis());
            let id = has_id.then(|| format!(" id=\"t{}\"", seconds(start)));
            let time = self.timecodes.are_shown_at(index).then(|| self.time(start));
            let name = talk.name().filter(|_| index == 0);
            let name =
                name.map(|name| format!("<b class=\"speaker\">{}\u{a0}:</b> ", escaped(name)));
            let (id, time) = (id.unwrap_or_default(), time.unwrap_or_default());
            let lines = lines.iter().map(|line| self.line(line)).collect::<Vec<_>>().join("<br>\n");
            paragraphs += &format!("<p{id}>{time}{}{lines}</p>\n", name.unwrap_or_default());
        }
        let span = self.is_timed.then(|| {
            let segments = talk.blocks.iter().flatten().flat_map(|line| &line.segments);
            let end = segments.map(|segment| segment.span.end()).max().unwrap_or_default();
            let start = seconds(talk.blocks[0][0].start());
            format!(" data-start=\"{start}\" data-end=\"{}\"", seconds(end))
        });
        let span = span.unwrap_or_default();
        format!("<section class=\"{class}\"{span}>\n{paragraphs}</section>\n")
    }

    /// The title of a chapter; `number` counts from 1.
    fn heading(&self, number: usize, chapter: &Chapter) -> String {
        let is_timed = self.timecodes == Timecodes::Headings;
        let time = if is_timed { self.time(chapter.start) } else { String::new() };
        let title = escaped(&chapter.title);
        format!("<h2 id=\"chapitre-{number}\">{time}{title}</h2>\n")
    }

    /// The way to each chapter.
    fn chapters(&self, chapters: &[Chapter]) -> String {
        let item = |(number, chapter): (usize, &Chapter)| {
            let is_timed = self.timecodes != Timecodes::None;
            let time = if is_timed { self.time(chapter.start) } else { String::new() };
            let title = escaped(&chapter.title);
            format!("<li>{time}<a href=\"#chapitre-{number}\">{title}</a></li>\n")
        };
        let items: String = (1..).zip(chapters).map(item).collect();
        match chapters {
            [] => items,
            _ => format!(
                "<nav class=\"chapters\" aria-label=\"Chapitres\">\n<ol>\n{items}</ol>\n</nav>\n"
            ),
        }
    }

    fn time(&self, start: Time) -> String {
        match &self.sound {
            Some(sound) => {
                format!("<a class=\"time\" href=\"{sound}{}\">{start}</a> ", fragment(start))
            }
            None => format!("<span class=\"time\">{start}</span> "),
        }
    }

    fn line(&self, line: &Line<'_>) -> String {
        line.segments.iter().map(|segment| self.segment(segment)).collect::<Vec<_>>().join(" ")
    }

    fn segment(&self, segment: &Segment) -> String {
        let words = match &self.sound {
            Some(_) if !segment.is_unsaid() => words(segment),
            _ => escaped(&segment.text()),
        };
        let words = match segment.foreign() {
            Some(language) => format!("<span lang=\"{}\">{words}</span>", escaped(language)),
            None => words,
        };
        match is_marked(segment) {
            true => {
                format!(
                    "<span class=\"doubt\"><span class=\"mark\">{TO_CHECK}</span> {words}</span>"
                )
            }
            false => words,
        }
    }
}

/// The words that are shown, each with the second it begins at.
fn words(segment: &Segment) -> String {
    let mut text = String::new();
    for word in segment.words.iter().filter(|word| word.dropped.is_none()) {
        text += if text.is_empty() { "" } else { word.gap.as_str() };
        let start = seconds(word.span.start());
        let class = if word.text == TO_COMPLETE { " class=\"mark\"" } else { "" };
        text += &format!("<span{class} data-t=\"{start}\">{}</span>", escaped(&word.text));
    }
    text
}
