//! What stands above the text of a page: title, people, date, duration, links, and where
//! the text comes from.
//!
//! Only what is known. The note is written by a program and says so: the sentence of
//! April's pages (« transcription réalisée par nos soins ») is for people to write.

use super::{GENERATOR, Gender, RenderSettings, layout::is_marked};
use crate::{
    base::{
        time::{SAMPLE_RATE, Time},
        transcript::{About, Provenance, TO_COMPLETE, Transcript},
    },
    formats::TO_CHECK,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::HashSet;

/// What is known of an episode, ready to print. Empty texts are not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    /// Of the episode.
    pub(super) title: String,
    /// Title of the show.
    pub(super) show: String,
    /// Labels and what they say: people, date, duration.
    pub(super) fields: Vec<(&'static str, String)>,
    /// What a link says, and its address on the web.
    pub(super) links: Vec<(&'static str, String)>,
    /// Paragraphs that a person wrote.
    pub(super) lead: Vec<String>,
    /// Where the text comes from, as far as is known.
    pub(super) note: Option<String>,
}

impl Header {
    pub(super) fn of(transcript: &Transcript, settings: &RenderSettings<'_>) -> Header {
        let about = &transcript.about;
        let duration = (transcript.is_timed && transcript.duration > Time::default())
            .then_some(transcript.duration);
        let speakers = match settings.gender {
            Gender::Inclusive => "Intervenant·e·s",
            Gender::Masculine => "Intervenants",
        };
        let fields = [
            (speakers, people(transcript, settings.gender)),
            ("Date", about.date.map(|date| date.to_string())),
            ("Durée", duration.map(length)),
        ];
        let links = [
            ("Écouter ou enregistrer le podcast", &about.sound),
            ("Page de présentation", &about.page),
        ];
        let on_the_web = links.into_iter().filter(|(_, address)| is_on_the_web(address));
        Header {
            title: one_line(&about.title),
            show: one_line(&about.show),
            fields: fields.into_iter().filter_map(|(label, text)| Some((label, text?))).collect(),
            links: on_the_web.map(|(label, to)| (label, address(to))).collect(),
            lead: about.lead.iter().map(|paragraph| one_line(paragraph)).collect(),
            note: note(transcript),
        }
    }

    /// Show and episode in one line; empty where neither is known.
    pub(super) fn full_title(&self) -> String {
        full_title(&self.show, &self.title)
    }
}

/// Show and episode in one line.
pub(super) fn full_title(show: &str, title: &str) -> String {
    [show, title].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" - ")
}

/// The notes of a text as they stand below it: `[1] Voir la page du projet.`
pub(super) fn notes(about: &About) -> impl Iterator<Item = String> {
    (1..).zip(&about.notes).map(|(number, note)| format!("[{number}] {note}"))
}

/// What is written as its bytes: in a name that is part of an address (all but the unreserved signs of RFC
/// 3986), in the address of a file, in one of the web.
const OF_NAMES: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const OF_FILES: &AsciiSet = &OF_NAMES
    .remove(b'/')
    .remove(b'!')
    .remove(b'$')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b'=')
    .remove(b'@')
    .remove(b';');
const OF_ADDRESSES: &AsciiSet =
    &OF_FILES.remove(b':').remove(b'?').remove(b'#').remove(b'&').remove(b'%');

/// The name of a file or folder, as it stands in an address.
pub fn encoded_name(name: &str) -> String {
    utf8_percent_encode(name, OF_NAMES).to_string()
}

/// The address of a sound or a page, as it stands in a link.
///
/// What does not begin with `http` is the name of a file: its `#`, `?` and `%` are part of
/// that name, and its colon is not the end of a scheme.
pub(super) fn address(text: &str) -> String {
    let signs = if is_on_the_web(text) { OF_ADDRESSES } else { OF_FILES };
    utf8_percent_encode(text, signs).to_string()
}

/// What makes an address one of a moment of the sound; W3C, "Media Fragments URI 1.0".
pub(super) fn fragment(time: Time) -> String {
    format!("#t={}", seconds(time))
}

/// Seconds with as many decimals as it takes, down to the millisecond: `735.2`.
pub(super) fn seconds(time: Time) -> String {
    super::seconds(time).to_string()
}

pub(super) fn is_on_the_web(address: &str) -> bool {
    address.starts_with("https://") || address.starts_with("http://")
}

/// Those whom the publisher names, then those who were heard and have a name, as pages list
/// them.
fn people(transcript: &Transcript, gender: Gender) -> Option<String> {
    let credits = transcript.about.people.iter();
    let mut people: Vec<(String, String)> = credits
        .map(|credit| (one_line(&credit.name), role(&one_line(&credit.role), gender)))
        .collect();
    let mut listed: HashSet<String> = people.iter().map(|(name, _)| name.to_lowercase()).collect();
    for name in transcript.speakers.iter().filter_map(|speaker| speaker.name.person()) {
        let name = one_line(name);
        if listed.insert(name.to_lowercase()) {
            people.push((name, String::new()));
        }
    }
    let named = people.into_iter().filter(|(name, _)| !name.is_empty());
    let shown = named.map(|(name, role)| match role.is_empty() {
        true => name,
        false => format!("{name} ({role})"),
    });
    Some(shown.collect::<Vec<_>>().join(" - ")).filter(|names| !names.is_empty())
}

/// A role in French, where it is one of the podcast namespace; others are the publisher's
/// own words.
fn role(role: &str, gender: Gender) -> String {
    let french = match role.to_lowercase().as_str() {
        "host" => "animation",
        "co-host" | "cohost" => "coanimation",
        "guest host" => "animation, pour cet épisode",
        "guest" => match gender {
            Gender::Inclusive => "invité·e",
            Gender::Masculine => "invité",
        },
        "announcer" | "narrator" | "voice over" | "voice-over" | "voiceover" => "voix off",
        "voice actor" => "voix",
        "reporter" => "reportage",
        _ => role,
    };
    french.to_owned()
}

/// As pages write it: `1 h 30 min`, `25 min 43`, with no-break spaces.
fn length(duration: Time) -> String {
    let seconds = duration.samples() / u64::from(SAMPLE_RATE);
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let text = match (hours, minutes, seconds) {
        (0, 0, _) => format!("{seconds} s"),
        (0, _, 0) => format!("{minutes} min"),
        (0, _, _) => format!("{minutes} min {seconds:02}"),
        (_, 0, 0) => format!("{hours} h"),
        (_, _, 0) => format!("{hours} h {minutes:02} min"),
        _ => format!("{hours} h {minutes:02} min {seconds:02}"),
    };
    text.replace(' ', "\u{a0}")
}

fn note(transcript: &Transcript) -> Option<String> {
    let Provenance { recogniser, reviewed, corrected, reviewer, .. } = &transcript.provenance;
    let reader = match one_line(reviewer) {
        name if name.is_empty() => "une personne".to_owned(),
        name => name,
    };
    let origin = match (recogniser, reviewed) {
        (Some(model), true) if !transcript.alignment.is_empty() => Some(format!(
            "Texte écrit par une personne, aligné sur le son (Whisper {}, {GENERATOR}).",
            model.name
        )),
        (Some(model), reviewed) => {
            let read = match (reviewed, corrected) {
                (true, _) => format!("relue par {reader}"),
                (false, true) => "corrigée par une personne".to_owned(),
                (false, false) => format!("non relue{}", reliability(transcript)),
            };
            Some(format!(
                "Transcription automatique (Whisper {}, {GENERATOR}), {read}.",
                model.name
            ))
        }
        (None, true) => Some(format!("Transcription relue par {reader}.")),
        // Nobody told where the words come from, nor who read them.
        (None, false) => None,
    };
    let is_doubtful = transcript.segments.iter().any(is_marked);
    let doubt = is_doubtful
        .then(|| format!("Ce qui suit la mention {TO_CHECK} n’a peut-être pas été dit ainsi."));
    let is_incomplete = transcript.left_out.iter().any(|one| one.is_spoken);
    let incomplete = is_incomplete.then(|| {
        format!("La mention {TO_COMPLETE} tient la place de mots qui n’ont pas été reconnus.")
    });
    let sentences: Vec<String> = origin.into_iter().chain(doubt).chain(incomplete).collect();
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

/// How many words are wrong, as is to be expected; empty where nobody estimated it.
fn reliability(transcript: &Transcript) -> String {
    let Some(rate) = transcript.expected_error_rate() else { return String::new() };
    match (rate * 100.0).round() as u32 {
        0 => "\u{a0}: moins de 1\u{a0}% des mots sont sans doute faux".to_owned(),
        percent => format!("\u{a0}: environ {percent}\u{a0}% des mots sont sans doute faux"),
    }
}

/// A title that came over two lines would end a heading.
fn one_line(text: &str) -> String {
    super::one_line(text).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{
        speech::{SpeakerId, Word},
        time::Span,
        transcript::{About, Credit, Date, ModelUsed, Opening, Segment, SegmentLanguage, Speaker},
    };

    #[test]
    fn nothing_is_said_of_what_is_not_known() {
        let header = Header::of(&Transcript::default(), &RenderSettings::default());
        assert!(header.fields.is_empty() && header.links.is_empty());
        assert_eq!((header.note, header.lead.len(), header.title), (None, 0, String::new()));
    }

    #[test]
    fn people_are_those_who_have_a_name() {
        let names = ["Voix off", "Étienne Gonnu", "Intervenant 2", "Isabella Vanni"];
        let speaker = |(id, name): (u16, &&str)| Speaker::named(SpeakerId(id), *name);
        let about = About { date: Date::new(2019, 10, 1), ..About::default() };
        let speakers = (0..).zip(&names).map(speaker).collect();
        let header = Header::of(
            &Transcript { about, speakers, ..Transcript::default() },
            &RenderSettings::default(),
        );
        assert_eq!(
            header.fields,
            [
                ("Intervenant·e·s", "Étienne Gonnu - Isabella Vanni".to_owned()),
                ("Date", "1er octobre 2019".to_owned()),
            ]
        );
    }

    #[test]
    fn people_of_the_publisher_come_first_with_the_roles_that_are_given() {
        let credit = |(name, role): (&str, &str)| Credit { name: name.into(), role: role.into() };
        let people = [("Léa", "Host"), ("Tom", ""), ("Noé", "chronique"), ("Zoé", "guest")];
        let about = About { people: people.map(credit).to_vec(), ..About::default() };
        let names = ["tom", "Ana"].iter().zip(0..);
        let speakers = names.map(|(name, id)| Speaker::named(SpeakerId(id), *name)).collect();
        let header = Header::of(
            &Transcript { about, speakers, ..Transcript::default() },
            &RenderSettings::default(),
        );
        let expected = "Léa (animation) - Tom - Noé (chronique) - Zoé (invité·e) - Ana";
        assert_eq!(header.fields, [("Intervenant·e·s", expected.to_owned())]);
    }

    #[test]
    fn who_asks_for_it_is_written_without_median_points() {
        let guest = Credit { name: "Zoé".to_owned(), role: "guest".to_owned() };
        let about = About { people: vec![guest], ..About::default() };
        let settings = RenderSettings { gender: Gender::Masculine, ..RenderSettings::default() };
        let header = Header::of(&Transcript { about, ..Transcript::default() }, &settings);
        assert_eq!(header.fields, [("Intervenants", "Zoé (invité)".to_owned())]);
    }

    #[test]
    fn a_duration_is_written_as_pages_write_it() {
        for (seconds, expected) in [
            (7, "7 s"),
            (120, "2 min"),
            (1_543, "25 min 43"),
            (3_600, "1 h"),
            (3_725, "1 h 02 min 05"),
            (5_400, "1 h 30 min"),
        ] {
            assert_eq!(length(Time::from_millis(seconds * 1_000)).replace('\u{a0}', " "), expected);
        }
    }

    #[test]
    fn the_note_claims_a_reader_only_where_there_was_one() {
        check(
            Some("base"),
            false,
            Some("Transcription automatique (Whisper base, voixoff 0.1.0), non relue."),
        );
        check(
            Some("base"),
            true,
            Some(
                "Transcription automatique (Whisper base, voixoff 0.1.0), relue par une personne.",
            ),
        );
        check(None, true, Some("Transcription relue par une personne."));
        check(None, false, None);
    }

    #[test]
    fn the_note_of_a_draft_says_how_many_words_are_wrong() {
        let span = Span::from_start(Time::from_millis(700));
        let said = |errors: [f32; 2], corrected| {
            let word = |error| Word { error: Some(error), ..Word::new("oui", span, None) };
            let segment = Segment {
                speaker: None,
                guess: None,
                span,
                words: errors.map(word).to_vec(),
                doubt: None,
                opens: Opening::Block,
                language: SegmentLanguage::Unknown,
            };
            let recogniser = Some(ModelUsed { name: "base".to_owned(), sha256: String::new() });
            let provenance = Provenance { recogniser, corrected, ..Provenance::default() };
            let segments = vec![segment];
            let note = note(&Transcript { segments, provenance, ..Transcript::default() });
            note.unwrap_or_default().replace('\u{a0}', " ")
        };
        let draft = said([0.01, 0.15], false);
        assert!(
            draft.ends_with("non relue : environ 8 % des mots sont sans doute faux."),
            "{draft}"
        );
        let sure = said([0.001, 0.001], false);
        assert!(
            sure.ends_with("non relue : moins de 1 % des mots sont sans doute faux."),
            "{sure}"
        );
        let read = said([0.01, 0.15], true);
        assert!(read.ends_with("corrigée par une personne."), "{read}");
    }

    #[test]
    fn the_name_of_a_file_is_never_taken_for_more() {
        assert_eq!(address("épisode n° 1#2.mp3"), "%C3%A9pisode%20n%C2%B0%201%232.mp3");
        assert_eq!(address("javascript:alert(1)"), "javascript%3Aalert(1)");
        assert_eq!(address("https://a.fr/b?c=1&d=%20\"<x>"), "https://a.fr/b?c=1&d=%20%22%3Cx%3E");
    }

    #[track_caller]
    fn check(model: Option<&str>, reviewed: bool, expected: Option<&str>) {
        let recogniser =
            model.map(|name| ModelUsed { name: name.to_owned(), sha256: String::new() });
        let provenance = Provenance { recogniser, reviewed, ..Provenance::default() };
        let transcript = Transcript { provenance, ..Transcript::default() };
        assert_eq!(note(&transcript).as_deref(), expected);
    }
}
