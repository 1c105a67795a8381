//! What stands above the text of a page, read: the way back of `formats::write::header`.

use super::subtitles::clock;
use crate::base::{
    french::MONTHS,
    time::Time,
    transcript::{Credit, Date, ModelUsed, Provenance, Transcript},
};
use std::borrow::Cow;

/// Takes a field of the head into `transcript`: `Date : 1er octobre 2019`. Whether it is one.
pub(super) fn take_field(transcript: &mut Transcript, label: &str, text: &str) -> bool {
    let text = text.trim();
    let about = &mut transcript.about;
    match label.trim_end_matches([':', ' ', '\u{a0}']).to_lowercase().as_str() {
        "titre" => {
            let words = text.split(' ').filter(|word| !word.is_empty());
            about.title = words.collect::<Vec<_>>().join(" ");
        }
        "intervenant·e·s" | "intervenants" | "intervenantes" | "intervenant" | "intervenante" => {
            about.people = text.split(" - ").map(credit).collect();
        }
        "date" => match date(text) {
            Some(date) => about.date = Some(date),
            None => return false,
        },
        "durée" => match length(text) {
            Some(length) => transcript.duration = length,
            None => return false,
        },
        "nb" => return take_note(transcript, text),
        _ => return false,
    }
    true
}

/// Takes where the text comes from, as our pages say it. Whether `text` says so.
pub(super) fn take_note(transcript: &mut Transcript, text: &str) -> bool {
    let provenance = &mut transcript.provenance;
    if let Some(rest) = text.strip_prefix("Transcription automatique (Whisper ") {
        let Some((name, rest)) = rest.split_once(", voixoff ") else { return false };
        let recogniser = ModelUsed { name: name.to_owned(), sha256: String::new() };
        provenance.recogniser = Some(recogniser);
        if let Some((_, reader)) = rest.split_once("), relue par ") {
            take_reviewer(provenance, reader);
        }
        return true;
    }
    let aligned = "Texte écrit par une personne, aligné sur le son (Whisper ";
    if let Some((name, _)) = text.strip_prefix(aligned).and_then(|it| it.split_once(", voixoff ")) {
        provenance.recogniser = Some(ModelUsed { name: name.to_owned(), sha256: String::new() });
        provenance.reviewed = true;
        return true;
    }
    if let Some(reader) = text.strip_prefix("Transcription relue par ") {
        take_reviewer(provenance, reader);
        return true;
    }
    ["Ce qui suit la mention [à vérifier] ", "La mention [à compléter] "]
        .iter()
        .any(|sentence| text.starts_with(sentence))
}

/// Takes who read the text, from behind « relue par » on.
fn take_reviewer(provenance: &mut Provenance, text: &str) {
    let behind = [" Ce qui suit la mention [", " La mention ["];
    let end = behind.iter().filter_map(|sentence| text.find(sentence)).min();
    let name = &text[..end.unwrap_or(text.len())];
    let name = name.strip_suffix('.').unwrap_or(name);
    provenance.reviewed = true;
    if name != "une personne" && !name.starts_with("une personne.") {
        provenance.reviewer = name.to_owned();
    }
}

/// Takes a link: to the sound or to the page of the episode, as our pages call them. Whether
/// it is one.
pub(super) fn take_link(transcript: &mut Transcript, label: &str, to: &str) -> bool {
    let field = match label.trim() {
        "Écouter ou enregistrer le podcast" => &mut transcript.about.sound,
        "Page de présentation" => &mut transcript.about.page,
        _ => return false,
    };
    *field = to.to_owned();
    true
}

/// The moment of the sound that the address `to` names, and the way to the sound.
pub(super) fn moment(to: &str) -> Option<(Time, String)> {
    let (sound, seconds) = to.rsplit_once("#t=")?;
    let time = super::import::time(seconds.parse().ok()?)?;
    Some((time, way(sound)))
}

/// `address` as the transcript has it: the name of a file is written without escapes.
pub(super) fn way(address: &str) -> String {
    if address.starts_with("http://") || address.starts_with("https://") {
        return address.to_owned();
    }
    let mut bytes = Vec::with_capacity(address.len());
    let mut rest = address.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        let code = behind.get(..2).filter(|_| byte == b'%');
        let code = code.and_then(|code| std::str::from_utf8(code).ok());
        let code = code.and_then(|code| u8::from_str_radix(code, 16).ok());
        bytes.push(code.unwrap_or(byte));
        rest = if code.is_some() { &behind[2..] } else { behind };
    }
    String::from_utf8(bytes).unwrap_or_else(|_| address.to_owned())
}

/// The time that `text` begins with, `[00:00:04] `, and what is behind it.
pub(super) fn bracketed(text: &str) -> Option<(Time, &str)> {
    let (time, rest) = text.trim_start().strip_prefix('[')?.split_once(']')?;
    Some((clock(time)?, rest.trim_start()))
}

/// `Léa (animation)`.
fn credit(text: &str) -> Credit {
    let parts = text.trim().strip_suffix(')').and_then(|text| text.rsplit_once(" ("));
    let (name, role) = parts.unwrap_or((text.trim(), ""));
    Credit { name: name.to_owned(), role: role.to_owned() }
}

/// A day as French pages write it: `1er octobre 2019`.
fn date(text: &str) -> Option<Date> {
    let mut words = text.split_whitespace();
    let day = words.next()?.trim_end_matches("er").parse().ok()?;
    let month = words.next()?.to_lowercase();
    let month = MONTHS.iter().position(|known| *known == month)? + 1;
    let year = words.next()?.parse().ok()?;
    Date::new(year, u8::try_from(month).ok()?, day).filter(|_| words.next().is_none())
}

/// A length as our pages write it: `1 h 02 min 05`, `25 min 43`, `30 s`.
fn length(text: &str) -> Option<Time> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let number = |text: &str| text.parse::<u32>().ok().map(u64::from);
    let seconds = match words[..] {
        [s, "s"] => number(s)?,
        [min, "min"] => number(min)? * 60,
        [min, "min", s] => number(min)? * 60 + number(s)?,
        [h, "h"] => number(h)? * 3_600,
        [h, "h", min, "min"] => number(h)? * 3_600 + number(min)? * 60,
        [h, "h", min, "min", s] => number(h)? * 3_600 + number(min)? * 60 + number(s)?,
        _ => return None,
    };
    super::import::time(seconds as f64)
}

/// The number of a note, and what it says: `[1] Voir la page du projet.`
pub(super) fn numbered(paragraph: &str) -> Option<(usize, &str)> {
    let (number, note) = paragraph.strip_prefix('[')?.split_once("] ")?;
    Some((number.parse().ok()?, note))
}

/// The notes of a page, if the last of its paragraphs are some: they begin with `[1]`, `[2]` and so on.
pub(super) fn notes_below<'a>(
    paragraphs: impl DoubleEndedIterator<Item = Cow<'a, str>>,
) -> Vec<String> {
    let mut notes: Vec<(usize, String)> = Vec::new();
    for paragraph in paragraphs.rev() {
        let Some((number, note)) = numbered(&paragraph) else { break };
        notes.push((number, note.to_owned()));
    }
    notes.reverse();
    match notes.iter().map(|(number, _)| *number).eq(1..=notes.len()) {
        true => notes.into_iter().map(|(_, note)| note).collect(),
        // What begins otherwise was said.
        false => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_pages_say_above_their_text_is_read_as_it_was_written() {
        let mut found = Transcript::default();
        assert!(take_field(&mut found, "Date\u{a0}:", "1er octobre 2019"));
        assert!(take_field(&mut found, "Durée", "1\u{a0}h\u{a0}02\u{a0}min\u{a0}05"));
        assert!(take_field(&mut found, "Intervenant·e·s :", "Léa (animation) - Tom"));
        assert!(!take_field(&mut found, "Lieu :", "Paris") && !take_field(&mut found, "Date", "?"));
        assert_eq!(found.about.date, Date::new(2019, 10, 1));
        assert_eq!(found.duration, Time::from_millis(3_725_000));
        let people: Vec<_> =
            found.about.people.iter().map(|one| (&*one.name, &*one.role)).collect();
        assert_eq!(people, [("Léa", "animation"), ("Tom", "")]);
    }

    #[test]
    fn a_text_that_nobody_read_is_not_taken_for_one_that_somebody_did() {
        let note = "Transcription automatique (Whisper base, voixoff 0.1.0), non relue. Ce qui…";
        let mut found = Transcript::default();
        assert!(take_note(&mut found, note) && !found.provenance.reviewed);
        assert!(take_note(&mut found, "La mention [à compléter] tient la place de mots qui…"));
        assert_eq!(found.provenance.recogniser.as_ref().map(|one| one.name.as_str()), Some("base"));
        assert!(take_note(&mut found, &note.replace("non relue", "relue par une personne")));
        assert!(found.provenance.reviewed && !take_note(&mut found, "Transcription : Marie"));
        assert_eq!(found.provenance.reviewer, "");
        let signed =
            note.replace("non relue. Ce qui…", "relue par J. Dupont. Ce qui suit la mention […");
        assert!(take_note(&mut found, &signed));
        assert_eq!(found.provenance.reviewer, "J. Dupont");
        let estimated = note.replace(
            "non relue",
            "non relue\u{a0}: environ 8\u{a0}% des mots sont sans doute faux",
        );
        let mut found = Transcript::default();
        assert!(take_note(&mut found, &estimated) && !found.provenance.reviewed);
        let aligned =
            "Texte écrit par une personne, aligné sur le son (Whisper base, voixoff 1.0).";
        let mut found = Transcript::default();
        assert!(take_note(&mut found, aligned) && found.provenance.reviewed);
        assert_eq!(found.provenance.recogniser.map(|model| model.name).as_deref(), Some("base"));
    }

    #[test]
    fn the_name_of_a_file_is_read_without_its_escapes() {
        let found = moment("sons/%C3%A9pisode%20n%C2%B0%201.wav#t=3.25");
        assert_eq!(found, Some((Time::from_millis(3_250), "sons/épisode n° 1.wav".to_owned())));
        assert_eq!(way("100%.mp3"), "100%.mp3");
        assert_eq!(moment("x#t=1e300"), None);
    }
}
