//! TTML, read: subtitles of broadcasters, in any of its profiles.
//!
//! Times are clock times, with frames or ticks where a file counts so, or offsets; they count
//! from where the element around begins (W3C, "Timed Text Markup Language 2", 12). A name is
//! that of an agent, or stands before a colon as in other subtitles.

use super::{
    elements::{Elements, Node, Tag},
    error::ReadFormatError,
    import::time,
    subtitles::{Piece, Talk as CueTalk},
};
use crate::base::transcript::{SegmentLanguage, Transcript};
use std::collections::HashMap;

/// How long a cue is shown that does not say it and has none behind it.
const SHOWN: f64 = 5.0;

/// The transcript that the file of `bytes` holds: a segment a cue, or a part of one that has
/// times of its own.
///
/// # Errors
/// XML that cannot be read; a time that is none; no times at all; more people than talk in an
/// episode.
pub(in crate::formats) fn read(bytes: &[u8]) -> Result<Transcript, ReadFormatError> {
    let mut elements = Elements::xml(bytes);
    let mut file = File::default();
    while let Some(node) = elements.next()? {
        match node {
            Node::Open(tag) => file.open(&tag, &elements)?,
            Node::Close(name) => file.close(&name),
            // Lines end where an element says so.
            Node::Text(text) => file.say(&text.replace(['\r', '\n'], " ")),
        }
    }
    file.cues.retain(|cue| !cue.text.trim().is_empty());
    if let Some(cue) = file.cues.iter().find(|cue| !cue.is_timed) {
        return Err(ReadFormatError::in_line(cue.line, "a text has no times"));
    }
    for name in file.names.values_mut() {
        *name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    let nexts: Vec<Option<f64>> =
        file.cues.iter().skip(1).map(|cue| Some(cue.start)).chain([None]).collect();
    let mut talk = CueTalk::default();
    for (cue, next) in file.cues.into_iter().zip(nexts) {
        let next = next.filter(|next| *next > cue.start);
        let end = cue.end.or(next).unwrap_or(cue.start + SHOWN).max(cue.start);
        let too_late =
            || ReadFormatError::in_line(cue.line, "a time is later than any episode is long");
        let span = time(cue.start).zip(time(end)).ok_or_else(too_late)?;
        let voice = cue.agent.and_then(|id| file.names.get(&id)).filter(|name| !name.is_empty());
        let text = voice.map_or(cue.text.as_str(), |name| without_label(&cue.text, name));
        let piece = Piece { voice: voice.cloned(), text: text.to_owned(), ..Piece::default() };
        let foreign = cue.language.filter(|language| *language != file.language);
        talk.import.language = foreign.map_or(SegmentLanguage::Unknown, SegmentLanguage::Foreign);
        talk.add(vec![piece], span)?;
    }
    let mut transcript = talk.import.finish(true);
    transcript.about.title = file.title.split_whitespace().collect::<Vec<_>>().join(" ");
    transcript.provenance.language =
        Some(file.language).filter(|language| language.len() == 2).unwrap_or_default();
    Ok(transcript)
}

/// `text` without the name or the dash that says who speaks, as the agent does.
fn without_label<'a>(text: &'a str, name: &str) -> &'a str {
    let text = text.trim_start();
    let behind = text.strip_prefix(name).map(str::trim_start);
    let behind = behind.and_then(|rest| rest.strip_prefix(':'));
    let behind = behind.or_else(|| text.strip_prefix("- "));
    behind.unwrap_or(text)
}

/// Text that is shown at once.
#[derive(Debug, Clone, Default)]
struct Cue {
    line: usize,
    /// s.
    start: f64,
    /// s.
    end: Option<f64>,
    is_timed: bool,
    /// The id of who speaks.
    agent: Option<String>,
    language: Option<String>,
    text: String,
}

/// An element that is open.
#[derive(Debug, Clone, Default)]
struct Frame {
    name: String,
    /// s.
    start: f64,
    /// s.
    end: Option<f64>,
    is_timed: bool,
    /// Where the element begins that comes next in it; where those in it begin at once, where it
    /// begins itself.
    next: f64,
    is_sequence: bool,
    agent: Option<String>,
    language: Option<String>,
}

struct File {
    rates: Rates,
    title: String,
    language: String,
    /// What agents are called, by their ids.
    names: HashMap<String, String>,
    agent: String,
    open: Vec<Frame>,
    cues: Vec<Cue>,
}

impl Default for File {
    fn default() -> File {
        File {
            rates: Rates { frames: 30.0, subframes: 1.0, ticks: 1.0 },
            title: String::new(),
            language: String::new(),
            names: HashMap::new(),
            agent: String::new(),
            open: Vec::new(),
            cues: Vec::new(),
        }
    }
}

impl File {
    fn open(&mut self, tag: &Tag, elements: &Elements<'_>) -> Result<(), ReadFormatError> {
        let parent = self.open.last().cloned().unwrap_or_default();
        let instant = |name: &str| -> Result<Option<f64>, ReadFormatError> {
            let Some(text) = tag.get(name) else { return Ok(None) };
            let found = self.rates.seconds(text.trim());
            found
                .map(Some)
                .ok_or_else(|| elements.wrong(format!("`{name}` is `{text}`, not a time")))
        };
        let (begin, end, duration) = (instant("begin")?, instant("end")?, instant("dur")?);
        let start = parent.next + begin.unwrap_or(0.0);
        let ends =
            [end.map(|end| parent.next + end), duration.map(|length| start + length), parent.end];
        let frame = Frame {
            start,
            end: ends.into_iter().flatten().reduce(f64::min),
            is_timed: parent.is_timed || begin.or(end).or(duration).is_some(),
            next: start,
            is_sequence: tag.get("timeContainer") == Some("seq"),
            agent: tag
                .get("agent")
                .filter(|id| !id.contains(' '))
                .map(str::to_owned)
                .or(parent.agent),
            language: tag.get("lang").map(str::to_owned).or(parent.language),
            name: tag.name.clone(),
        };
        match tag.name.as_str() {
            "tt" => {
                self.rates = Rates::of(tag).ok_or_else(|| elements.wrong("a rate is no number"))?;
                self.language = tag.get("lang").unwrap_or_default().to_owned();
            }
            "agent" => self.agent = tag.get("id").unwrap_or_default().to_owned(),
            "br" => self.say("\n"),
            "p" => self.cues.push(Frame::cue(&frame, elements.line())),
            // A part with times of its own is one by itself.
            "span" if begin.or(end).or(duration).is_some() => {
                self.cues.push(Frame::cue(&frame, elements.line()));
            }
            _ => (),
        }
        self.open.push(frame);
        Ok(())
    }

    fn close(&mut self, name: &str) {
        let Some(frame) = self.open.pop() else { return };
        if let Some(parent) = self.open.last_mut().filter(|parent| parent.is_sequence) {
            parent.next = frame.end.unwrap_or(frame.next).max(frame.start);
        }
        let is_inside = self.open.iter().any(|open| open.name == "p");
        if name == "span"
            && is_inside
            && let (Some(parent), Some(last)) = (self.open.last(), self.cues.last())
            && (parent.start, parent.end) != (last.start, last.end)
        {
            // What follows is shown as long as the whole.
            let line = last.line;
            self.cues.push(Frame::cue(parent, line));
        }
    }

    fn say(&mut self, text: &str) {
        let is_open = |name: &str| self.open.iter().any(|open| open.name == name);
        if is_open("metadata") || is_open("head") {
            if is_open("name") && is_open("agent") {
                self.names.entry(self.agent.clone()).or_default().push_str(text);
            } else if is_open("title") {
                self.title.push_str(text);
            }
        } else if is_open("p")
            && !is_open("rt")
            && let Some(cue) = self.cues.last_mut()
        {
            cue.text.push_str(text);
        }
    }
}

impl Frame {
    fn cue(&self, line: usize) -> Cue {
        let Frame { start, end, is_timed, agent, language, .. } = self.clone();
        Cue { line, start, end, is_timed, agent, language, text: String::new() }
    }
}

/// What a file counts in, a second.
struct Rates {
    frames: f64,
    subframes: f64,
    ticks: f64,
}

impl Rates {
    fn of(tag: &Tag) -> Option<Rates> {
        let number = |name: &str| match tag.get(name) {
            None => Some(None),
            Some(text) => {
                let number = text.trim().parse::<f64>().ok()?;
                (number > 0.0 && number < 1e12).then_some(Some(number))
            }
        };
        let frames = number("frameRate")?;
        let multiplier = tag.get("frameRateMultiplier").unwrap_or("1 1").replace(':', " ");
        let parts: Vec<f64> =
            multiplier.split_whitespace().filter_map(|part| part.parse().ok()).collect();
        let [above, below] = parts[..] else { return None };
        let subframes = number("subFrameRate")?.unwrap_or(1.0);
        let ticks = number("tickRate")?.unwrap_or(frames.map_or(1.0, |rate| rate * subframes));
        let frames = frames.unwrap_or(30.0) * above / below;
        (frames.is_finite() && frames > 0.0).then_some(Rates { frames, subframes, ticks })
    }

    /// The seconds that `text` names: `00:00:01.5`, `00:00:01:12`, `1.5s`, `36f`.
    fn seconds(&self, text: &str) -> Option<f64> {
        let number = |text: &str| {
            let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
            text.parse::<f64>().ok().filter(|_| is_plain)
        };
        if text.contains(':') {
            let parts: Vec<&str> = text.split(':').collect();
            let (hours, minutes, seconds, frames) = match parts[..] {
                [hours, minutes, seconds] => (hours, minutes, seconds, "0"),
                [hours, minutes, seconds, frames] => (hours, minutes, seconds, frames),
                _ => return None,
            };
            let (frames, subframes) = frames.split_once('.').unwrap_or((frames, "0"));
            let frames = number(frames)? + number(subframes)? / self.subframes;
            let whole = number(hours)? * 3_600.0 + number(minutes)? * 60.0 + number(seconds)?;
            return Some(whole + frames / self.frames);
        }
        let at = text.find(|c: char| c.is_ascii_alphabetic())?;
        let value = number(&text[..at])?;
        match &text[at..] {
            "h" => Some(value * 3_600.0),
            "m" => Some(value * 60.0),
            "s" => Some(value),
            "ms" => Some(value / 1_000.0),
            "f" => Some(value / self.frames),
            "t" => Some(value / self.ticks),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::read::tests::timed;

    #[test]
    fn frames_ticks_offsets_and_what_is_in_what_are_counted() {
        let file = r#"<tt:tt xmlns:tt="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter"
            ttp:frameRate="25" ttp:tickRate="10000000" xml:lang="fr"><tt:head/><tt:body begin="10s"><tt:div>
            <tt:p begin="00:00:01:05" end="00:00:02:00">Léa : <tt:span>Un</tt:span><tt:br/>deux.</tt:p>
            <tt:p begin="20000000t" dur="500ms">Trois.</tt:p></tt:div>
            <tt:div timeContainer="seq"><tt:p dur="25f">Quatre.</tt:p><tt:p dur="1s">Cinq.</tt:p></tt:div>
            </tt:body></tt:tt>"#;
        assert_eq!(
            timed(&read(file.as_bytes()).unwrap()),
            [
                "10000 11000 Léa: Quatre.",
                "11000 12000 Léa: Cinq.",
                "11200 12000 Léa: Un deux.",
                "12000 12500 Léa: Trois.",
            ]
        );
    }

    #[test]
    fn a_part_with_times_of_its_own_has_them() {
        let file = "<tt><body><div><p begin='1s' end='4s'>un <span begin='1s' end='2s'>deux</span> trois</p></div></body></tt>";
        let found = timed(&read(file.as_bytes()).unwrap());
        assert_eq!(found, ["1000 4000 -: un", "1000 4000 -: trois", "2000 3000 -: deux"]);
    }

    #[test]
    fn a_time_that_is_none_is_named_by_its_line() {
        let error = |p: &str| {
            read(format!("<tt><body>\n<p {p}>Oui</p></body></tt>").as_bytes())
                .unwrap_err()
                .to_string()
        };
        assert_eq!(error("begin='demain'"), "line 2: `begin` is `demain`, not a time");
        assert_eq!(error("begin='1e300s'"), "line 2: `begin` is `1e300s`, not a time");
        assert_eq!(
            error(&format!("begin='{}s'", "9".repeat(40))),
            "line 2: a time is later than any episode is long"
        );
        assert_eq!(error(""), "line 2: a text has no times");
    }
}
