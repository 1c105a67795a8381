//! What the files of subtitles look like.

use super::*;
use crate::{
    base::{
        speech::Gap,
        time::Span,
        transcript::{ModelUsed, Opening, Provenance, Speaker},
    },
    formats::read::subtitles::read,
};
use proptest::prelude::*;

const SPOKEN: &str = "Léa: Bonjour à toutes et à tous, bienvenue dans notre émission du lundi qui parle \
    de logiciel libre avec Alain Garnier. Aujourd’hui, nous allons voir pourquoi la CNIL a décidé \
    une chose surprenante\u{a0}! Tom: Vraiment\u{a0}? 3 < 4 & 5 --> 6.";

#[test]
fn lines_end_where_a_clause_does_and_never_behind_an_article() {
    check(
        SPOKEN,
        &SubtitleSettings::WEB,
        &[
            "Léa\u{a0}: Bonjour à toutes et à tous, / bienvenue dans notre émission du lundi",
            "qui parle de logiciel libre / avec Alain Garnier.",
            "Aujourd’hui, nous allons voir pourquoi / la CNIL a décidé une chose surprenante\u{a0}!",
            "Tom\u{a0}: Vraiment\u{a0}? 3 ‹ 4 & 5 → 6.",
        ],
    );
}

#[test]
fn television_has_shorter_lines_and_dashes() {
    check(
        SPOKEN,
        &SubtitleSettings::ARCOM,
        &[
            "- Bonjour à toutes et à tous, / bienvenue dans notre émission",
            "du lundi qui parle de logiciel libre / avec Alain Garnier. Aujourd’hui,",
            "nous allons voir pourquoi la CNIL / a décidé une chose surprenante\u{a0}!",
            "- Vraiment\u{a0}? 3 ‹ 4 & 5 → 6.",
        ],
    );
}

#[test]
fn words_that_no_line_may_part_stay_together() {
    let text = "A: Il y en a eu 3\u{202f}000\u{202f}000\u{202f}000\u{202f}000\u{202f}000 en 2024.";
    let narrow = SubtitleSettings { line: 20, ..SubtitleSettings::WEB };
    check(
        text,
        &narrow,
        &[
            "A\u{a0}: Il y en a eu / 3\u{202f}000\u{202f}000\u{202f}000\u{202f}000\u{202f}000",
            "en 2024.",
        ],
    );
}

#[test]
fn a_dropped_word_is_not_shown_and_all_others_are() {
    let mut transcript = said("A: Bonjour euh à tous.");
    transcript.segments[0].words[1].dropped = Some(crate::base::speech::Dropped::Filler);
    assert!(srt(&transcript, &SubtitleSettings::WEB).contains("A\u{a0}: Bonjour à tous.\n"));
}

#[test]
fn a_doubtful_segment_is_marked() {
    let mut transcript = said("A: Bonjour.");
    transcript.segments[0].doubt = Some(crate::base::speech::Doubt::Repetition);
    assert!(srt(&transcript, &SubtitleSettings::WEB).contains("A\u{a0}: [à vérifier] Bonjour.\n"));
    assert!(vtt(&transcript, &SubtitleSettings::WEB).contains("<v A>[à vérifier] Bonjour.\n"));
}

#[test]
fn who_is_talked_over_is_named_again() {
    let mut transcript = said("A: Un deux trois quatre. B: Oui.");
    let short = SubtitleSettings { lines: 1, line: 12, ..SubtitleSettings::WEB };
    transcript.segments[1].span = transcript.segments[0].words[1].span;
    transcript.segments[1].words[0].span = transcript.segments[0].words[1].span;
    let file = srt(&transcript, &short);
    assert_eq!(file.matches("A\u{a0}: ").count(), 2, "{file}");
}

#[test]
fn the_note_says_where_the_text_comes_from() {
    let mut transcript = said("A: Oui.");
    let note = |transcript: &Transcript| {
        vtt(transcript, &SubtitleSettings::WEB).lines().nth(2).unwrap_or_default().to_owned()
    };
    assert!(note(&transcript).ends_with(", modèle base, non relu"));
    transcript.provenance.reviewed = true;
    assert!(note(&transcript).ends_with(", modèle base, relu"));
    transcript.provenance = Provenance::default();
    assert_eq!(note(&transcript), concat!("NOTE voixoff ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_note_names_the_show_and_the_episode() {
    let mut transcript = said("A: Oui.");
    transcript.about.show = "Les -->\nvoix".to_owned();
    transcript.about.title = "Un titre".to_owned();
    let text = vtt(&transcript, &SubtitleSettings::WEB);
    let lines: Vec<&str> = text.lines().skip(2).take(3).collect();
    assert!(lines[0].starts_with("NOTE voixoff"));
    assert_eq!(lines[1..], ["Les → voix - Un titre", ""]);
}

#[test]
fn fast_speech_is_counted_and_not_cut() {
    let slow = said("A: Oui, bonjour à tous.");
    assert_eq!(reading_speed_share(&slow, &SubtitleSettings::WEB), 0.0);
    let mut fast = slow;
    fast.segments.push(fast.segments[0].clone());
    fast.segments[0].words.truncate(1);
    fast.segments[0].words[0].text = "Anticonstitutionnellement-parlant".to_owned();
    fast.segments[0].span = fast.segments[0].words[0].span;
    fast.segments[1].speaker = None;
    for word in &mut fast.segments[1].words {
        word.span = word.span.later(Time::from_millis(300));
    }
    assert_eq!(reading_speed_share(&fast, &SubtitleSettings::WEB), 0.5);
}

#[test]
fn golden_files() {
    let transcript = said(SPOKEN);
    insta::assert_snapshot!("srt", srt(&transcript, &SubtitleSettings::WEB));
    insta::assert_snapshot!("vtt", vtt(&transcript, &SubtitleSettings::PODCAST_VTT));
}

proptest! {
    #[test]
    fn screens_are_in_order_and_hold_every_word(
        talk in prop::collection::vec(("[A-C]", prop::collection::vec("[a-zé,.<-]{1,9}", 1..30)), 1..5),
        preset in 0..4_usize,
    ) {
        let text = talk.iter().map(|(name, words)| format!("{name}: {}", words.join(" ")));
        let text = text.collect::<Vec<_>>().join(" ");
        let transcript = said(&text);
        let settings = [
            SubtitleSettings::WEB,
            SubtitleSettings::ARCOM,
            SubtitleSettings::PODCAST_SRT,
            SubtitleSettings::PODCAST_VTT,
        ][preset];
        let settings = SubtitleSettings { naming: Naming::Nothing, ..settings };
        let cues = cues(&transcript, &settings, for_srt);
        for pair in cues.windows(2) {
            prop_assert!(pair[0].end <= pair[1].start);
        }
        for cue in &cues {
            prop_assert!(cue.start < cue.end);
            let lines = cue.lines(&settings);
            prop_assert!(lines.len() <= settings.lines);
            prop_assert!(lines.iter().all(|line| line.chars().count() <= settings.line));
        }
        let shown = cues.iter().flat_map(|cue| cue.lines(&settings)).collect::<Vec<_>>().join(" ");
        let words = transcript.segments.iter().map(|segment| for_srt(&segment.text()));
        let words = words.collect::<Vec<_>>().join(" ");
        prop_assert_eq!(
            shown.split_whitespace().collect::<Vec<_>>(),
            words.split_whitespace().collect::<Vec<_>>()
        );
    }

    #[test]
    fn what_is_written_is_read_again(
        talk in prop::collection::vec(("[A-C]", "[a-z&é<>]{1,9}"), 1..9),
    ) {
        let text = talk.iter().map(|(name, word)| format!("{name}: {word}."));
        let transcript = said(&text.collect::<Vec<_>>().join(" "));
        let file = vtt(&transcript, &SubtitleSettings::WEB);
        let found = read(&file).unwrap();
        let shown = |transcript: &Transcript| {
            let name = |segment| transcript.speaker_of(segment).map(|speaker| speaker.name.clone());
            let segments = transcript.segments.iter();
            segments.flat_map(|s| s.words.iter().map(move |w| (name(s), w.text.clone()))).collect::<Vec<_>>()
        };
        prop_assert_eq!(shown(&found), shown(&transcript));
    }
}

/// Each screen, with its lines parted by ` / `.
fn check(text: &str, settings: &SubtitleSettings, expected: &[&str]) {
    let found: Vec<String> = cues(&said(text), settings, for_srt)
        .iter()
        .map(|cue| cue.lines(settings).join(" / "))
        .collect();
    assert_eq!(found, expected);
}

/// `text` said at 15 characters a second; `Léa:` is who says what follows.
fn said(text: &str) -> Transcript {
    let mut names: Vec<String> = Vec::new();
    let mut segments: Vec<Segment> = Vec::new();
    let mut at = Time::default();
    for piece in text.split(' ').filter(|piece| !piece.is_empty()) {
        if let Some(name) =
            piece.strip_suffix(':').filter(|name| name.starts_with(char::is_uppercase))
        {
            let number = names.iter().position(|known| known == name).unwrap_or(names.len());
            if number == names.len() {
                names.push(name.to_owned());
            }
            segments.push(Segment {
                speaker: Some(SpeakerId(number as u16)),
                guess: None,
                span: Span::from_start(at),
                words: Vec::new(),
                doubt: None,
                opens: Opening::Nothing,
                language: Default::default(),
            });
            continue;
        }
        let end = at.plus(Time::from_millis(piece.chars().count() as u64 * 67));
        let parts = piece.split('\u{202f}').enumerate();
        let segment = segments.last_mut().unwrap();
        segment.words.extend(parts.map(|(index, part)| Word {
            gap: if index == 0 { Gap::Space } else { Gap::Narrow },
            ..Word::new(part, Span::new(at, end).unwrap(), None)
        }));
        at = end;
    }
    for segment in &mut segments {
        let (first, last) = (segment.words[0].span, segment.words[segment.words.len() - 1].span);
        segment.span = Span::new(first.start(), last.end()).unwrap();
    }
    let speaker = |(number, name)| Speaker::named(SpeakerId(number), name);
    Transcript {
        duration: at,
        is_timed: true,
        speakers: (0..).zip(names).map(speaker).collect(),
        segments,
        provenance: Provenance {
            recogniser: Some(ModelUsed { name: "base".into(), sha256: String::new() }),
            ..Provenance::default()
        },
        ..Transcript::default()
    }
}
