//! The JSON of this program, schema 1: everything that is known about an episode.
//!
//! Its structs are its own: renaming a field inside the program must not rename
//! it in people's archives. Fields are added, never renamed or reused, within a
//! schema; readers ignore those they do not know. Times are seconds from the
//! start of the episode, with milliseconds.

pub(super) mod file;
pub(super) mod lists;

/// Version of the layout below.
pub(super) const SCHEMA: u32 = 1;

#[cfg(test)]
mod tests {
    use crate::{
        base::{
            damage::Damage,
            speech::{Doubt, Dropped, Gap, Role, SpeakerId, Turn, Word},
            time::{Span, Time},
            transcript::*,
        },
        formats::{read::json::read, write::json::render},
    };
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_as_it_was(transcript in transcripts()) {
            prop_assert_eq!(read(&render(&transcript)).unwrap(), transcript);
        }

        #[test]
        fn a_spoilt_file_is_refused_or_read_but_ends_nothing(
            transcript in transcripts(),
            at in any::<prop::sample::Index>(),
            put in "[-0-9e\\[\\]{}\",:a-z]{0,4}",
        ) {
            let mut text = render(&transcript);
            let (at, _) = text.char_indices().nth(at.index(text.chars().count())).unwrap();
            text.insert_str(at, &put);
            let _ = read(&text);
        }
    }

    #[test]
    fn a_voice_is_as_sure_as_its_turns_by_their_length() {
        let turn = |speaker, start, end, confidence| Turn {
            speaker: SpeakerId(speaker),
            span: Span::new(Time::from_millis(start), Time::from_millis(end)).unwrap(),
            confidence,
        };
        let transcript = Transcript {
            speakers: (0..2).map(|n| Speaker::named(SpeakerId(n), "A")).collect(),
            turns: vec![
                turn(0, 0, 3_000, Some(90)),
                turn(1, 3_000, 4_000, None),
                turn(0, 4_000, 5_000, Some(50)),
            ],
            ..Transcript::default()
        };
        let written: serde_json::Value = serde_json::from_str(&render(&transcript)).unwrap();
        assert_eq!(written["speakers"][0]["voice"], 0.8);
        assert_eq!(written["speakers"][1].get("voice"), None);
    }

    #[test]
    fn who_says_who_speaks_leaves_nothing_to_guess() {
        let words = r#"[{"start": 0, "end": 1, "text": "oui"}]"#;
        let segment =
            format!(r#"{{"start": 0, "end": 1, "speaker": 1, "guess": 0, "words": {words}}}"#);
        let people = r#"[{"id": 0, "name": "A"}, {"id": 1, "name": "B"}]"#;
        let file = format!(r#"{{"schema": 1, "speakers": {people}, "segments": [{segment}]}}"#);
        let segment = &read(&file).unwrap().segments[0];
        assert_eq!((segment.speaker, segment.guess), (Some(SpeakerId(1)), None));
    }

    #[test]
    fn every_name_in_the_file_is_the_one_of_the_program() {
        let same = |json: serde_json::Value, name: &str| assert_eq!(json, name);
        for role in [Role::VoixOff, Role::Host, Role::Guest] {
            same(serde_json::json!(role), role.name());
        }
        for dropped in [Dropped::Filler, Dropped::Repeat, Dropped::Backchannel] {
            same(serde_json::json!(dropped), dropped.name());
        }
        for rule in RULES {
            same(serde_json::json!(rule), rule.name());
        }
    }

    #[test]
    fn what_cannot_be_is_refused_where_it_stands() {
        let word = r#"{"start":1,"end":2,"text":"un"}"#;
        let piece = |words: &str| format!(r#"{{"start":1,"end":3,"words":[{words}]}}"#);
        let file = |pieces: &str| format!(r#"{{"schema":1,"segments":[{pieces}]}}"#);
        check(r#"{"schema":2}"#, "schema: 2 is not known, only 1");
        check(
            r#"{"schema":1}"#,
            "its JSON cannot be read: missing field `segments` at line 1 column 12",
        );
        check(&file(&piece("")), "segments[0]: it has no words");
        check(
            &file(&piece(&word.replace('1', "-1"))),
            "segments[0].words[0]: -1.0 is not a time of an episode",
        );
        check(
            &file(&piece(&word.replace('1', "1e300"))),
            "segments[0].words[0]: 1e300 is not a time of an episode",
        );
        check(
            &file(&piece(&word.replace('2', "0.5"))),
            "segments[0].words[0]: it ends before it begins",
        );
        check(
            &file(&piece(&format!(r#"{word},{{"start":0,"end":1,"text":"x"}}"#))),
            "segments[0].words[1]: it begins before the one before it",
        );
        let late = piece(word).replace(r#""start":1,"end":3"#, r#""start":1.5,"end":3"#);
        check(&file(&late), "segments[0]: its words begin before it");
        let whose = piece(word).replace("\"words\"", r#""speaker":4,"words""#);
        check(&file(&whose), "segments[0]: nobody in `speakers` has the id 4");
        let left_out = r#"{"schema":1,"segments":[],"left_out":[{"start":1,"end":2,"speaker":4}]}"#;
        check(left_out, "left_out[0]: nobody in `speakers` has the id 4");
        let lang = piece(word).replace("\"words\"", r#""lang":"<i>","words""#);
        check(&file(&lang), "segments[0]: `<i>` is no language");
        let doubt = piece(word).replace("\"words\"", r#""doubt":"?","words""#);
        check(&file(&doubt), "segments[0]: `?` is no doubt that is known");
    }

    #[test]
    fn unknown_fields_and_missing_ones_do_no_harm() {
        let text = r#"{"schema":1,"new":{"a":[1]},"segments":[
            {"start":1,"end":2,"mood":"gay","words":[{"start":1,"end":2,"text":"Oui."}]}]}"#;
        let transcript = read(text).unwrap();
        assert_eq!(transcript.segments[0].text(), "Oui.");
        assert!(transcript.is_timed);
    }

    #[test]
    fn a_word_of_no_length_lasts_a_millisecond() {
        let text = r#"{"schema":1,"segments":[
            {"start":1,"end":1,"words":[{"start":1,"end":1,"text":"Oui."}]}]}"#;
        let expected = Span::new(Time::from_millis(1_000), Time::from_millis(1_001)).unwrap();
        assert_eq!(read(text).unwrap().segments[0].words[0].span, expected);
    }

    fn check(text: &str, expected: &str) {
        assert_eq!(read(text).unwrap_err().to_string(), expected, "{text}");
    }

    const RULES: [Rule; 15] = [
        Rule::Artefact,
        Rule::Lexicon,
        Rule::Name,
        Rule::Filler,
        Rule::Repeat,
        Rule::Backchannel,
        Rule::Spoken,
        Rule::Number,
        Rule::Spelling,
        Rule::Quotation,
        Rule::Comma,
        Rule::Colon,
        Rule::Exclamation,
        Rule::Capital,
        Rule::Page,
    ];

    /// Transcripts of whole milliseconds with two speakers and everything that may be absent.
    fn transcripts() -> impl Strategy<Value = Transcript> {
        let words =
            prop::collection::vec(("\\PC{1,5}", 1..900_u64, 0..=1_000_u16, 0..4, 0..4), 1..5);
        let segment = (words, prop::option::of(0..2_u16), 0..8_usize, 0..3);
        let about =
            ("\\PC{0,3}", prop::option::of(1..29_u8), prop::collection::vec("\\PC{0,5}", 0..3));
        (prop::collection::vec(segment, 0..4), about, any::<[bool; 4]>(), 0..15_usize).prop_map(
            |(segments, (title, day, lead), flags, rule)| {
                let mut at = 0;
                let segments = segments.into_iter().map(|segment| made(&mut at, segment)).collect();
                let span =
                    |from, to| Span::new(Time::from_millis(from), Time::from_millis(to)).unwrap();
                let model = |name: &str| ModelUsed { name: name.into(), sha256: "0f".into() };
                let person = |id, role| Speaker {
                    id: SpeakerId(id),
                    name: SpeakerName::read(&title),
                    role,
                    confidence: role.map(|_| 0.875),
                };
                Transcript {
                    about: About {
                        title: title.clone(),
                        date: day.and_then(|day| Date::new(2019, 2, day)),
                        chapters: Chapter::list([(Time::from_millis(70), title.clone())]),
                        people: vec![Credit { name: "Léa".into(), role: title.clone() }],
                        notes: lead.clone(),
                        lead,
                        ..About::default()
                    },
                    duration: Time::from_millis(at),
                    is_timed: flags[0],
                    speakers: vec![person(0, None), person(1, Some(Role::VoixOff))],
                    turns: vec![Turn {
                        confidence: Some(93),
                        ..Turn::new(SpeakerId(1), span(1, 7))
                    }],
                    name_evidence: vec![NameEvidence {
                        speaker: SpeakerId(1),
                        name: title.clone(),
                        is_first_name: flags[1],
                        probability: 0.625,
                        said: vec![SaidName {
                            at: Time::from_millis(9),
                            text: "avec Léa".into(),
                            weight: -0.5,
                        }],
                    }],
                    segments,
                    left_out: vec![
                        LeftOut { span: span(3, 8), is_spoken: false, speaker: None },
                        LeftOut {
                            span: span(9, 40),
                            is_spoken: true,
                            speaker: flags[2].then_some(SpeakerId(1)),
                        },
                    ],
                    damage: Damage {
                        corrupt_packets: u64::from(flags[1]),
                        cut: flags[2].then(|| (Time::from_millis(9), None)),
                        lost: flags[1].then(|| span(2, 7)).into_iter().collect(),
                        uncertain_from: flags[0].then(|| Time::from_millis(7)),
                        claimed: flags[3].then(|| Time::from_millis(3)),
                    },
                    changes: vec![Change {
                        rule: RULES[rule],
                        at: Time::from_millis(5),
                        before: "avant".into(),
                        after: String::new(),
                    }],
                    suggestions: vec![Suggestion { kind: RULES[rule], span: span(4, 8) }],
                    alignment: vec![AlignedParagraph {
                        opening: title.clone(),
                        speaker: flags[2].then_some(SpeakerId(1)),
                        span: flags[0].then(|| span(3, 8)),
                        n_words: 7,
                        n_heard: rule,
                        voice: flags[1].then_some(0.25),
                        is_moved: flags[3],
                    }],
                    provenance: Provenance {
                        language: "fr".into(),
                        audio: "ab".into(),
                        recogniser: flags[3].then(|| model("base")),
                        reviewed: flags[1],
                        reviewer: if flags[1] { "Léa".into() } else { String::new() },
                        corrected: flags[2],
                        ..Provenance::default()
                    },
                }
            },
        )
    }

    type Made = (Vec<(String, u64, u16, i32, i32)>, Option<u16>, usize, i32);

    fn made(at: &mut u64, (words, speaker, doubt, opens): Made) -> Segment {
        let first = Time::from_millis(*at);
        let word = |(text, length, probability, gap, dropped): (String, u64, u16, i32, i32)| {
            let start = Time::from_millis(*at);
            *at += length;
            let span = Span::new(start, Time::from_millis(*at)).unwrap();
            Word {
                gap: [Gap::Space, Gap::NoBreak, Gap::Narrow, Gap::Nothing][gap as usize],
                dropped: [None, Some(Dropped::Filler), Some(Dropped::Repeat), None]
                    [dropped as usize],
                is_timed: gap != 2,
                is_forced: gap == 1,
                error: (gap != 1).then_some(f32::from(probability / 2) / 1_000.0),
                ..Word::new(text, span, Some(f32::from(probability) / 1_000.0))
            }
        };
        let words: Vec<Word> = words.into_iter().map(word).collect();
        let doubts = [
            Doubt::Improbable,
            Doubt::Skipped,
            Doubt::Unfinished,
            Doubt::Repetition,
            Doubt::Unsaid,
        ];
        Segment {
            speaker: speaker.map(SpeakerId),
            guess: (speaker.is_none() && doubt == 1).then_some(SpeakerId(0)),
            span: Span::new(first, Time::from_millis(*at)).unwrap(),
            words,
            doubt: doubts.get(doubt).copied(),
            opens: [Opening::Nothing, Opening::Line, Opening::Block][opens as usize],
            language: match doubt {
                2 => SegmentLanguage::Foreign("pt-BR".to_owned()),
                _ => SegmentLanguage::Own,
            },
        }
    }
}
