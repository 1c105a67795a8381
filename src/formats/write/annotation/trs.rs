//! TRS, for Transcriber: turns one behind the other, from the first second to the last.
//!
//! After `trans-14.dtd`. A turn is of one person, of several who talk at once, or of
//! nobody, in silence; an event is a section of its own.

use super::{Note, end, seconds, shown, tiers};
use crate::{
    base::{
        speech::SpeakerId,
        transcript::{Transcript, is_event},
    },
    formats::{
        NOBODY,
        write::{GENERATOR, layout::text_of, xml::escaped},
    },
};

/// The transcript as a TRS file of the episode that `name` names.
pub(in crate::formats) fn trs(transcript: &Transcript, name: &str) -> String {
    let turns = turns(transcript);
    let is_nobodys = |turn: &Turn| turn.people().contains(&None);
    let nobody = turns.iter().any(is_nobodys).then_some((None, NOBODY));
    let known = transcript.speakers.iter().map(|one| (Some(one.id), one.name.as_str()));
    let speaker = |(who, name)| {
        let (id, name) = (id(who), escaped(name));
        format!("<Speaker id=\"{id}\" name=\"{name}\" scope=\"local\"/>\n")
    };
    let speakers: String = known.chain(nobody).map(speaker).collect();
    let about = &transcript.about;
    let date = about.date.map(|date| format!(" air_date=\"{}\"", date.iso())).unwrap_or_default();
    let (name, show) = (escaped(name), escaped(&about.show));
    let is_event = |turn: &Turn| matches!(turn.kind, Kind::Event(_));
    let sections = turns.chunk_by(|one, next| !is_event(one) && !is_event(next));
    let sections: String = sections.map(section).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE Trans SYSTEM \"trans-14.dtd\">\n\
         <Trans scribe=\"{GENERATOR}\" audio_filename=\"{name}\" version=\"1\" xml:lang=\"fr\">\n\
         <Speakers>\n{speakers}</Speakers>\n\
         <Episode program=\"{show}\"{date}>\n{sections}</Episode>\n</Trans>\n",
    )
}

/// A stretch of the file.
struct Turn {
    /// ms.
    start: u64,
    /// ms.
    end: u64,
    kind: Kind,
}

enum Kind {
    Silence,
    /// `[Jingle]`, without its brackets.
    Event(String),
    Talk(Talk),
}

/// What one person or several say at once.
#[derive(Default)]
struct Talk {
    /// Never empty; sorted by start.
    said: Vec<Said>,
    /// Who says it, each once.
    people: Vec<Option<SpeakerId>>,
}

impl Talk {
    fn of(said: impl IntoIterator<Item = Said>) -> Talk {
        let mut talk = Talk::default();
        said.into_iter().for_each(|said| talk.push(said));
        talk
    }

    fn push(&mut self, said: Said) {
        self.people.extend((!self.people.contains(&said.who)).then_some(said.who));
        self.said.push(said);
    }
}

struct Said {
    who: Option<SpeakerId>,
    note: Note,
}

impl Turn {
    /// Who speaks, each once.
    fn people(&self) -> &[Option<SpeakerId>] {
        match &self.kind {
            Kind::Talk(talk) => &talk.people,
            _ => &[],
        }
    }
}

/// The whole episode, without a hole.
fn turns(transcript: &Transcript) -> Vec<Turn> {
    let mut turns = Vec::new();
    for segment in shown(transcript) {
        let text = text_of(segment);
        let who = transcript.speaker_of(segment).map(|speaker| speaker.id);
        let (start, end) = (segment.span.start().as_millis(), segment.span.end().as_millis());
        if who.is_none() && is_event(&text) {
            let event = Kind::Event(text[1..text.len() - 1].to_owned());
            push(&mut turns, start, end, event);
        } else {
            talk(&mut turns, Said { who, note: Note { start, end, text } });
        }
    }
    let end = end(transcript, &tiers(transcript));
    if end_of(&turns) < end {
        push(&mut turns, end, end, Kind::Silence);
    }
    turns
}

fn end_of(turns: &[Turn]) -> u64 {
    turns.last().map_or(0, |last| last.end)
}

/// A new turn behind the last one, and the silence before it.
fn push(turns: &mut Vec<Turn>, start: u64, end: u64, kind: Kind) {
    let free = end_of(turns);
    if free < start {
        turns.push(Turn { start: free, end: start, kind: Kind::Silence });
    }
    let start = start.max(free);
    if !matches!(kind, Kind::Silence) {
        turns.push(Turn { start, end: end.max(start + 1), kind });
    }
}

/// Goes on the last turn where that is of the same person, or where both talk at once.
fn talk(turns: &mut Vec<Turn>, mut said: Said) {
    let free = end_of(turns);
    let (start, end) = (said.note.start, said.note.end);
    match turns.last_mut() {
        Some(Turn { kind: Kind::Talk(before), end: last_end, .. })
            if before.people == [said.who] =>
        {
            said.note.start = start.max(free);
            *last_end = end.max(said.note.start + 1);
            before.push(said);
        }
        Some(Turn { kind: Kind::Talk(before), end: last_end, .. }) if start < free => {
            let is_monologue = before.people.len() == 1 && before.said.len() > 1;
            if let Some(at_once) = before.said.pop_if(|_| is_monologue) {
                // Only what is said at once is a turn of both.
                *last_end = at_once.note.start;
                let (start, both) = (at_once.note.start, Talk::of([at_once, said]));
                turns.push(Turn { start, end: free.max(end), kind: Kind::Talk(both) });
            } else {
                *last_end = free.max(end);
                before.push(said);
            }
        }
        _ => push(turns, start, end, Kind::Talk(Talk::of([said]))),
    }
}

/// An event, or talk with its silences.
fn section(turns: &[Turn]) -> String {
    let (start, end) = (turns[0].start, turns[turns.len() - 1].end);
    let kind = if matches!(turns[0].kind, Kind::Event(_)) { "filler" } else { "report" };
    let turns: String = turns.iter().map(turn).collect();
    let (start, end) = (seconds(start), seconds(end));
    format!(
        "<Section type=\"{kind}\" startTime=\"{start}\" endTime=\"{end}\">\n{turns}</Section>\n"
    )
}

fn turn(turn: &Turn) -> String {
    let people = turn.people();
    let ids = people.iter().map(|who| id(*who)).collect::<Vec<_>>().join(" ");
    let speaker = if ids.is_empty() { ids } else { format!(" speaker=\"{ids}\"") };
    let inside = match &turn.kind {
        Kind::Silence => sync(turn.start),
        Kind::Event(text) => {
            let text = escaped(text);
            sync(turn.start)
                + &format!("<Event desc=\"{text}\" type=\"noise\" extent=\"instantaneous\"/>\n")
        }
        Kind::Talk(talk) => talked(&talk.said, people, turn),
    };
    let (start, end) = (seconds(turn.start), seconds(turn.end));
    format!("<Turn{speaker} startTime=\"{start}\" endTime=\"{end}\">\n{inside}</Turn>\n")
}

/// What is said, each behind the moment it begins; a pause is a moment without text.
fn talked(said: &[Said], people: &[Option<SpeakerId>], turn: &Turn) -> String {
    let mut text = sync(turn.start);
    let (mut at, mut until) = (turn.start, turn.start);
    for Said { who, note } in said {
        if until < note.start && at < until {
            text += &sync(until);
            at = until;
        }
        if at < note.start {
            text += &sync(note.start);
            at = note.start;
        }
        until = until.max(note.end);
        let number = people.iter().position(|one| one == who).map_or(1, |index| index + 1);
        let mark = (people.len() > 1).then(|| format!("<Who nb=\"{number}\"/>\n"));
        text += &format!("{}{}\n", mark.unwrap_or_default(), escaped(&note.text));
    }
    if at < until && until < turn.end {
        text += &sync(until);
    }
    text
}

fn sync(at: u64) -> String {
    format!("<Sync time=\"{}\"/>\n", seconds(at))
}

fn id(who: Option<SpeakerId>) -> String {
    who.map_or_else(|| "spk-sans-nom".to_owned(), |who| format!("spk{}", who.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_a_turn_of_nobody() {
        check(&[(0, 100, 900), (1, 1_000, 1_900)], "100- 900:0 1000- 1900:1");
    }

    #[test]
    fn a_pause_does_not_end_a_turn() {
        check(&[(0, 0, 900), (0, 1_200, 1_900)], "1900:00");
    }

    #[test]
    fn only_what_is_said_at_once_is_a_turn_of_both() {
        check(&[(0, 0, 900), (0, 900, 2_000), (1, 1_500, 1_700)], "900:0 2000:01");
        check(&[(0, 0, 900), (1, 500, 1_700), (1, 1_700, 2_000)], "1700:01 2000:1");
        check(&[(0, 0, 900), (1, 500, 1_700), (2, 1_600, 2_000)], "2000:012");
    }

    /// `said` is who, start and end; expected are the end of each turn and who speaks.
    #[track_caller]
    fn check(said: &[(u16, u64, u64)], expected: &str) {
        let mut turns = Vec::new();
        for &(who, start, end) in said {
            let note = Note { start, end, text: String::new() };
            talk(&mut turns, Said { who: Some(SpeakerId(who)), note });
        }
        let who = |said: &Said| said.who.map(|who| who.0.to_string()).unwrap_or_default();
        let shown = |turn: &Turn| match &turn.kind {
            Kind::Talk(talk) => {
                format!("{}:{}", turn.end, talk.said.iter().map(who).collect::<String>())
            }
            _ => format!("{}-", turn.end),
        };
        assert_eq!(turns.iter().map(shown).collect::<Vec<_>>().join(" "), expected);
    }
}
