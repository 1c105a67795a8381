//! The one place that makes text safe for files.
//!
//! Titles of feeds, tags of sound, subtitles of others and names of files hold what moves a
//! terminal's cursor, ends a line where no format expects it, or turns the direction of what
//! is read. None of it is anything that was said. Every format is rendered from a transcript
//! that has gone through here, so that none of them has to think of it.

use crate::base::transcript::{About, Chapter, Credit, Segment, Speaker, SpeakerName, Transcript};
use std::borrow::Cow;

/// `text` in one line, of characters that readers see: other ends of lines and tabs are
/// spaces, other control characters are left out.
pub fn one_line(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|character| what_is(character) != Kind::Shown) {
        return Cow::Borrowed(text);
    }
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        match what_is(character) {
            Kind::Shown => line.push(character),
            // Of several in a row, one.
            Kind::Space if line.is_empty() || line.ends_with(' ') => (),
            Kind::Space => line.push(' '),
            Kind::Hidden => (),
        }
    }
    line.truncate(line.trim_end_matches(' ').len());
    Cow::Owned(line)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Shown,
    Space,
    Hidden,
}

fn what_is(character: char) -> Kind {
    match character {
        '\t' | '\n' | '\u{b}' | '\u{c}' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => Kind::Space,
        // The mark of byte order; what is no character; what turns the direction of the text
        // that follows, up to a mark that may never come.
        '\u{feff}'
        | '\u{fffe}'
        | '\u{ffff}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' => Kind::Hidden,
        _ if character.is_control() => Kind::Hidden,
        _ => Kind::Shown,
    }
}

/// `transcript` with every text of it in one line, as [`one_line`] has it. Only a lead keeps
/// its lines. Words of which nothing is left are not in it.
pub(in crate::formats) fn safe(transcript: &Transcript) -> Cow<'_, Transcript> {
    if texts(transcript).all(|text| matches!(one_line(text), Cow::Borrowed(_))) {
        return Cow::Borrowed(transcript);
    }
    let line = |text: &mut String| {
        if let Cow::Owned(safe) = one_line(text) {
            *text = safe;
        }
    };
    let mut safe = transcript.clone();
    let About { title, show, lead, sound, page, chapters, people, notes, date: _ } =
        &mut safe.about;
    [title, show, sound, page].into_iter().chain(notes).for_each(line);
    chapters.iter_mut().for_each(|chapter| line(&mut chapter.title));
    people
        .iter_mut()
        .for_each(|credit| [&mut credit.name, &mut credit.role].into_iter().for_each(line));
    for paragraph in lead {
        let lines = paragraph.lines().map(one_line).filter(|line| !line.is_empty());
        *paragraph = lines.collect::<Vec<_>>().join("\n");
    }
    for speaker in &mut safe.speakers {
        let mut name = speaker.name.to_string();
        line(&mut name);
        speaker.name = SpeakerName::read(&name);
    }
    for evidence in &mut safe.name_evidence {
        line(&mut evidence.name);
        evidence.said.iter_mut().for_each(|said| line(&mut said.text));
    }
    safe.provenance.recogniser.iter_mut().for_each(|model| line(&mut model.name));
    for change in &mut safe.changes {
        [&mut change.before, &mut change.after].into_iter().for_each(line);
    }
    for segment in &mut safe.segments {
        segment.words.iter_mut().for_each(|word| line(&mut word.text));
        segment.words.retain(|word| !word.text.is_empty());
    }
    safe.segments.retain(|segment| !segment.words.is_empty());
    Cow::Owned(safe)
}

/// Every text of `transcript` that formats show.
fn texts(transcript: &Transcript) -> impl Iterator<Item = &str> {
    let Transcript { about, speakers, name_evidence, segments, changes, provenance, .. } =
        transcript;
    let About { title, show, lead, sound, page, chapters, people, notes, date: _ } = about;
    let chapters = chapters.iter().map(|Chapter { title, .. }| title);
    let people = people.iter().flat_map(|Credit { name, role }| [name, role]);
    let speakers = speakers.iter().map(|Speaker { name, .. }| name.as_str());
    let words = segments.iter().flat_map(|Segment { words, .. }| words).map(|word| &word.text);
    let changes = changes.iter().flat_map(|change| [&change.before, &change.after]);
    let model = provenance.recogniser.iter().map(|model| &model.name);
    let heads = [title, show, sound, page].into_iter().chain(chapters).chain(people).chain(notes);
    let evidence = name_evidence.iter();
    let evidence =
        evidence.flat_map(|one| one.said.iter().map(|said| &said.text).chain([&one.name]));
    let all = heads.chain(words).chain(changes).chain(model).chain(evidence);
    all.map(String::as_str).chain(speakers).chain(lead.iter().flat_map(|text| text.split('\n')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::{
            speech::{SpeakerId, Turn, Word},
            time::{Span, Time},
            transcript::{
                Change, Date, ModelUsed, NameEvidence, Opening, Provenance, Rule, SaidName,
            },
        },
        formats::{Format, RenderSettings},
    };

    /// Bell, escape, an end of line of each kind, a turn of direction, DEL, NUL, one of the
    /// upper half.
    const NASTY: &str = "\u{7}\u{1b}[31m\r\n\n\u{85}\u{2028}\u{202e}\u{7f}\0\u{9b}\u{b}\u{feff}";

    #[test]
    fn a_line_keeps_what_is_shown_and_nothing_else() {
        for (text, expected) in [
            ("Léa\u{1b}[31m", "Léa[31m"),
            ("un\r\n\tdeux\u{2028}", "un deux"),
            ("57\u{a0}% ça\u{202f}?", "57\u{a0}% ça\u{202f}?"),
            ("👩\u{200d}🔬 l\u{2011}été", "👩\u{200d}🔬 l\u{2011}été"),
            ("\u{202e}rid\u{202c} a\u{ad}b", "rid a\u{ad}b"),
            ("\u{7}\n", ""),
        ] {
            assert_eq!(one_line(text), expected);
        }
    }

    #[test]
    fn no_format_has_a_control_character() {
        let nasty = episode(NASTY);
        for format in Format::ALL.into_iter().filter(|format| *format != Format::Docx) {
            let name = format!("e{NASTY}");
            let settings = RenderSettings { name: &name, ..RenderSettings::default() };
            let text = String::from_utf8(format.render(&nasty, &settings)).unwrap();
            let is_ours = |c: char| c == '\n' || c == '\t' && format == Format::Tsv;
            let found = text.chars().find(|c| !is_ours(*c) && what_is(*c) != Kind::Shown);
            assert_eq!(found, None, "{}: {text}", format.name());
        }
    }

    #[test]
    fn no_format_is_broken_by_one() {
        let lines = |text: &str, format: Format| {
            let name = format!("e{text}");
            let settings = RenderSettings { name: &name, ..RenderSettings::default() };
            let bytes = format.render(&episode(text), &settings);
            bytes.iter().filter(|byte| **byte == b'\n').count()
        };
        for format in Format::ALL.into_iter().filter(|format| *format != Format::Docx) {
            assert_eq!(lines(NASTY, format), lines("", format), "{}", format.name());
        }
    }

    #[test]
    fn what_is_safe_is_not_copied() {
        assert!(matches!(safe(&episode("")), Cow::Borrowed(_)));
        assert!(matches!(safe(&episode(NASTY)), Cow::Owned(_)));
    }

    /// An episode with `put` in each of its texts, and in a word of its own.
    fn episode(put: &str) -> Transcript {
        let with = |text: &str| format!("{text}{put}");
        let span = |n: u64| Span::from_start(Time::from_millis(200)).later(Time::from_millis(n));
        let mut words = vec![
            Word::new(with("Bon"), span(300), None),
            Word::new(with("jour."), span(600), None),
        ];
        words.extend((!put.is_empty()).then(|| Word::new("\u{1b}\n", span(900), None)));
        let segment = Segment {
            speaker: Some(SpeakerId(0)),
            guess: None,
            span: Span::new(span(300).start(), span(900).end()).unwrap(),
            words,
            doubt: None,
            opens: Opening::Nothing,
            language: Default::default(),
        };
        let model = ModelUsed { name: with("base"), sha256: String::new() };
        Transcript {
            about: About {
                title: with("Titre"),
                show: with("Émission"),
                date: Date::new(2019, 10, 1),
                lead: vec![with("Chapô")],
                sound: with("https://exemple.fr/e.mp3"),
                page: with("https://exemple.fr/e"),
                chapters: vec![Chapter { start: Time::default(), title: with("Un") }],
                people: vec![Credit { name: with("Ana"), role: with("chronique") }],
                notes: vec![with("Voir ici")],
            },
            duration: Time::from_millis(2_000),
            is_timed: true,
            speakers: vec![Speaker::named(SpeakerId(0), with("Léa"))],
            turns: vec![Turn::new(SpeakerId(0), segment.span)],
            name_evidence: vec![NameEvidence {
                speaker: SpeakerId(0),
                name: with("Léa"),
                is_first_name: true,
                probability: 0.5,
                said: vec![SaidName {
                    at: Time::default(),
                    text: with("bonjour Léa"),
                    weight: 1.0,
                }],
            }],
            segments: vec![segment],
            changes: vec![Change {
                rule: Rule::Filler,
                at: Time::default(),
                before: with("euh"),
                after: String::new(),
            }],
            provenance: Provenance { recogniser: Some(model), ..Provenance::default() },
            ..Transcript::default()
        }
    }
}
