//! Every format of one episode made to break them: markup, arrows and quotes in names and
//! in what is said, people who talk at once, an event, a doubt, words that are not shown.

use crate::desk::wav;
use quick_xml::{Reader, events::Event};
use std::{
    fs,
    io::{Cursor, Read},
    path::Path,
};
use voixoff::{
    base::{
        speech::{Doubt, Dropped, Gap, Role, SpeakerId, Turn, Word},
        time::{Span, Time},
        transcript::{
            About, Chapter, Credit, Date, LeftOut, ModelUsed, Opening, Provenance, Segment,
            SegmentLanguage, Speaker, SpeakerName, Transcript,
        },
    },
    formats::{Format, RenderSettings, Timecodes},
};

const NAME: &str = "épisode n° 1 #2";

#[test]
fn each_format_is_as_it_was_agreed() {
    for format in Format::ALL {
        let snapshot = format!("formats_{}", format.name());
        insta::assert_snapshot!(snapshot, text(format, &nasty()));
    }
}

#[test]
fn times_are_printed_where_they_are_asked_for() {
    let printed = |format: Format, timecodes| {
        let settings = RenderSettings { name: NAME, timecodes, ..RenderSettings::default() };
        let text = String::from_utf8(format.render(&nasty(), &settings)).expect("UTF-8");
        text.matches("00:00:").count()
    };
    for format in [Format::Txt, Format::Markdown, Format::Html] {
        assert_eq!(printed(format, Some(Timecodes::None)), 0, "{format:?}");
        assert!(printed(format, Some(Timecodes::Turns)) < printed(format, None), "{format:?}");
        assert_eq!(printed(format, Some(Timecodes::Paragraphs)), printed(format, None));
    }
    for format in [Format::Spip, Format::MediaWiki] {
        assert_eq!(printed(format, None), 0, "{format:?}");
        assert_eq!(
            printed(format, Some(Timecodes::Turns)),
            printed(Format::Txt, Some(Timecodes::Turns)),
            "{format:?}"
        );
    }
}

#[test]
fn titles_have_their_time_where_it_is_asked_for() {
    let settings = RenderSettings {
        name: NAME,
        timecodes: Some(Timecodes::Headings),
        ..RenderSettings::default()
    };
    for (format, title) in [
        (Format::Txt, "\n\n\nPourquoi\u{a0}? 00’21\n\nZoë"),
        (Format::MediaWiki, "==Pourquoi ? 00’21==\n"),
    ] {
        let text = String::from_utf8(format.render(&nasty(), &settings)).expect("UTF-8");
        assert!(text.contains(title) && !text.contains("00:00:"), "{text}");
    }
}

#[test]
fn a_page_links_to_the_texts_that_lie_beside_it_and_to_no_others() {
    let page = |beside| {
        let settings = RenderSettings { beside, ..settings() };
        String::from_utf8(Format::Html.render(&nasty(), &settings)).expect("UTF-8")
    };
    let some = page(&[Format::Json, Format::Srt]);
    assert!(some.contains(".srt\">Sous-titres (SRT)</a>"), "{some}");
    assert!(!some.contains("WebVTT") && !some.contains(">Texte<") && !some.contains(".json\""));
    assert!(!page(&[]).contains(">Sous-titres ("));
}

#[test]
fn chapters_of_a_text_are_read_as_they_were_written() {
    // Names with marks in them are not read as names.
    let mut page = nasty();
    let names = ["Voix off", "Étienne", "Zoë", "Intervenant 3"];
    page.speakers.iter_mut().zip(names).for_each(|(one, name)| one.name = SpeakerName::read(name));
    for timecodes in [None, Some(Timecodes::None), Some(Timecodes::Headings)] {
        let settings = RenderSettings { name: NAME, timecodes, ..RenderSettings::default() };
        let text = Format::Txt.render(&page, &settings);
        let read = voixoff::formats::read(&text, "page.txt").expect("a page");
        let titles = |of: &Transcript| {
            let titles = of.chapters().into_iter();
            titles.map(|(_, chapter)| chapter.title.clone()).collect::<Vec<_>>()
        };
        assert_eq!(titles(&read), titles(&page));
        // Times at titles alone are no times of the words.
        if timecodes != Some(Timecodes::Headings) {
            let again = Format::Txt.render(&read, &settings);
            assert_eq!(String::from_utf8(again), String::from_utf8(text));
        }
    }
}

#[test]
fn a_text_without_times_shows_none_and_has_no_player() {
    let untimed = Transcript { is_timed: false, ..nasty() };
    let settings = RenderSettings {
        name: NAME,
        timecodes: Some(Timecodes::Paragraphs),
        ..RenderSettings::default()
    };
    for format in Format::ALL.into_iter().filter(|format| !format.needs_times()) {
        if format == Format::Json || format == Format::Docx {
            continue;
        }
        let text = String::from_utf8(format.render(&untimed, &settings)).expect("UTF-8");
        for mark in ["00:00:", "#t=", "<span data-", "<section data-", "<audio", "Durée"] {
            assert!(!text.contains(mark), "{format:?} has `{mark}`:\n{text}");
        }
    }
}

#[test]
fn nothing_is_said_in_an_empty_transcript_and_every_format_says_so() {
    for format in Format::ALL {
        let shown = text(format, &Transcript { is_timed: true, ..Transcript::default() });
        assert!(!shown.contains("NB"), "{format:?} has a note on nothing:\n{shown}");
    }
}

#[test]
fn spip_is_never_given_a_space_it_does_not_know() {
    assert!(text(Format::Txt, &nasty()).contains('\u{202f}'));
    assert!(!text(Format::Spip, &nasty()).contains('\u{202f}'));
}

#[test]
fn the_script_of_the_page_is_small() {
    let page = text(Format::Html, &nasty());
    let script = page.split("<script>").nth(1).and_then(|rest| rest.split("</script>").next());
    assert!(script.expect("a script").len() < 8_192);
}

#[test]
fn everything_that_is_xml_is_well_formed() {
    for format in [Format::Eaf, Format::Trs, Format::Ttml] {
        well_formed(&text(format, &nasty()));
    }
    let mut docx = docx(&nasty());
    for index in 0..docx.len() {
        well_formed(&read(docx.by_index(index).expect("a part")));
    }
}

/// For `scripts/oracles/formats`, which opens them with the programs of others.
#[test]
#[ignore = "writes files for other programs, into the folder that VOIXOFF_FORMATS names"]
fn formats_for_other_programs() {
    let folder = std::env::var("VOIXOFF_FORMATS").expect("VOIXOFF_FORMATS names a folder");
    let folder = Path::new(&folder);
    for format in Format::ALL {
        let path = folder.join(format!("{NAME}.{}", format.extension()));
        let bytes = format.render(&nasty(), &settings());
        voixoff::base::store::write_atomic(&path, &bytes).expect("written");
    }
    fs::create_dir_all(folder.join("sons")).expect("a folder for the sound");
    let sample = |n: u64| match (n / 2_000) % 2 {
        0 => 0,
        _ => ((n as f32 * 0.2).sin() * 2_000.0) as i16,
    };
    let samples: Vec<i16> = (0..8 * nasty().duration.as_millis()).map(sample).collect();
    let wav = wav(8_000, 1, &samples);
    voixoff::base::store::write_atomic(&folder.join(SOUND), &wav).expect("written");
}

fn settings() -> RenderSettings<'static> {
    RenderSettings { name: NAME, ..RenderSettings::default() }
}

/// `transcript` in `format`, of DOCX what is in its document.
fn text(format: Format, transcript: &Transcript) -> String {
    match format {
        Format::Docx => part(&mut docx(transcript), "word/document.xml"),
        _ => String::from_utf8(format.render(transcript, &settings())).expect("UTF-8"),
    }
}

fn docx(transcript: &Transcript) -> zip::ZipArchive<Cursor<Vec<u8>>> {
    let bytes = Format::Docx.render(transcript, &settings());
    zip::ZipArchive::new(Cursor::new(bytes)).expect("a zip archive")
}

fn part(docx: &mut zip::ZipArchive<Cursor<Vec<u8>>>, name: &str) -> String {
    read(docx.by_name(name).expect(name))
}

fn read(mut file: impl Read) -> String {
    let mut text = String::new();
    file.read_to_string(&mut text).expect("UTF-8");
    text
}

fn well_formed(text: &str) {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_comments = true;
    let mut depth = 0;
    loop {
        match reader.read_event().unwrap_or_else(|error| panic!("{error} in\n{text}")) {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            Event::Eof => break,
            _ => (),
        }
    }
    assert_eq!(depth, 0, "an element is not closed in\n{text}");
}

const SOUND: &str = "sons/épisode n° 1 #2.wav";

fn about() -> About {
    About {
        title: "R&D <b> : « l’été »".to_owned(),
        show: "Les voix & moi".to_owned(),
        date: Date::new(2019, 10, 1),
        lead: vec![
            "Coup de tonnerre\u{a0}!".to_owned(),
            "La CNIL & <les> autres ont fait part d’une décision --> surprenante.".to_owned(),
        ],
        sound: SOUND.to_owned(),
        page: "https://exemple.fr/?a=1&b=<2>".to_owned(),
        chapters: Chapter::list([
            (Time::from_millis(4_000), "# Le *libre* & <moi> : {un} [[lien]]".to_owned()),
            (Time::from_millis(21_000), "Pourquoi\u{a0}?".to_owned()),
            (Time::from_millis(29_000), "Fin".to_owned()),
        ]),
        people: vec![
            Credit { name: "Étienne O’Brien & <Fils>".to_owned(), role: "host".to_owned() },
            Credit { name: "Ana *".to_owned(), role: String::new() },
        ],
        notes: Vec::new(),
    }
}

fn nasty() -> Transcript {
    let speaker = |id, name: &str, role| Speaker {
        id: SpeakerId(id),
        name: SpeakerName::read(name),
        role,
        confidence: None,
    };
    let segments = vec![
        says(Some(0), 500, "Les voix du numérique, avec Étienne."),
        says(None, 3_100, "[Jingle]"),
        says(
            Some(1),
            5_000,
            "Bonjour & bienvenue\u{a0}! Il est 15 +heures, (euh) l’ ^été commence.",
        ),
        says(Some(1), 8_600, "Alors, <deux> lignes --> {trois} [[quatre]]\u{202f}?")
            .opens(Opening::Line),
        says(Some(2), 9_900, "Tout à fait."),
        says(Some(1), 11_500, "- Un tiret, ''deux'' *étoiles*, _un_ soulignement, ~un~ autre.")
            .opens(Opening::Block),
        says(Some(1), 15_500, "2024. R&D, &eacute; \"cité\" «\u{a0}57\u{a0}%\u{a0}».")
            .opens(Opening::Block),
        says(Some(2), 19_000, "C’est `ça`, ou #pas\u{a0}: voilà | tout."),
        Segment {
            doubt: Some(Doubt::Improbable),
            ..says(Some(2), 22_500, "Sous-titres réalisés par personne.")
        },
        Segment {
            language: SegmentLanguage::Foreign("en".to_owned()),
            ..says(Some(3), 25_000, "Thanks!")
        },
        says(Some(0), 26_000, "À la semaine prochaine\u{a0}!").opens(Opening::Block),
    ];
    let turns =
        segments.iter().filter_map(|segment| Some(Turn::new(segment.speaker?, segment.span)));
    Transcript {
        about: about(),
        duration: Time::from_millis(30_000),
        is_timed: true,
        speakers: vec![
            speaker(0, "Voix off", Some(Role::VoixOff)),
            speaker(1, "Étienne O’Brien & <Fils>", Some(Role::Host)),
            speaker(2, "Zoë --> \"Z\"", Some(Role::Guest)),
            speaker(3, "Intervenant 3", None),
        ],
        turns: turns.collect(),
        segments: segments.clone(),
        left_out: vec![left_out(8_150, 8_550, None), left_out(17_400, 18_700, Some(1))],
        provenance: Provenance {
            language: "fr".to_owned(),
            recogniser: Some(ModelUsed { name: "base".to_owned(), sha256: "0".repeat(64) }),
            ..Provenance::default()
        },
        ..Transcript::default()
    }
}

/// Of `speaker`, or perhaps nobody.
fn left_out(start: u64, end: u64, speaker: Option<u16>) -> LeftOut {
    let span = Span::new(Time::from_millis(start), Time::from_millis(end)).expect("it lasts");
    LeftOut { span, is_spoken: speaker.is_some(), speaker: speaker.map(SpeakerId) }
}

trait Opens {
    fn opens(self, opens: Opening) -> Self;
}

impl Opens for Segment {
    fn opens(self, opens: Opening) -> Segment {
        Segment { opens, ..self }
    }
}

/// A word each 320 ms: `+15` stands behind a no-break space, `^été` behind nothing, `(euh)`
/// is not shown.
fn says(speaker: Option<u16>, start: u64, line: &str) -> Segment {
    let word = |(n, text): (u64, &str)| {
        let (gap, text) = match (text.strip_prefix('+'), text.strip_prefix('^')) {
            (Some(text), _) => (Gap::NoBreak, text),
            (_, Some(text)) => (Gap::Nothing, text),
            _ => (Gap::Space, text),
        };
        let filler = text.strip_prefix('(').and_then(|text| text.strip_suffix(')'));
        let at = Time::from_millis(start + 320 * n);
        let span = Span::from_start(Time::from_millis(300)).later(at);
        let dropped = filler.map(|_| Dropped::Filler);
        Word { gap, dropped, ..Word::new(filler.unwrap_or(text), span, Some(0.9)) }
    };
    let words: Vec<Word> = (0..).zip(line.split(' ')).map(word).collect();
    let end = words[words.len() - 1].span.end();
    let span = Span::new(Time::from_millis(start), end).expect("words last");
    let speaker = speaker.map(SpeakerId);
    let language = SegmentLanguage::Own;
    let (guess, doubt, opens) = (None, None, Opening::Nothing);
    Segment { speaker, guess, span, words, doubt, opens, language }
}
