//! What goes wrong in a transcript trips the figures that are about it, and no others.

use std::collections::BTreeSet;
use voixoff::{
    base::{
        speech::{Gap, SpeakerId, Turn, Word},
        time::{Span, Time},
        transcript::{Opening, Segment, Transcript},
    },
    eval::{
        comparison::ErrorClass,
        scores::{ScoreSettings, Scores, compare},
    },
    formats,
};

const REFERENCE: &str = "WEBVTT\n\n\
    00:00.000 --> 00:04.000\n<v Léa>Bonjour à tous et à toutes, il est déjà 15\u{a0}heures.\n\n\
    00:04.000 --> 00:08.000\n<v Tom>Merci Léa, je suis là pour parler des bibliothèques.\n\n\
    00:08.000 --> 00:12.000\n<v Léa>Est-ce que cela intéresse beaucoup de monde\u{a0}?\n\n\
    00:12.000 --> 00:16.000\n<v Tom>Cela intéresse surtout les gens qui lisent à Grenoble.\n\n\
    00:16.000 --> 00:20.000\n<v Léa>Ensuite nous parlons de musique avec 57\u{a0}% de remise.\n\n\
    00:20.000 --> 00:24.000\n<v Tom>Oui, la musique est libre ici depuis longtemps.\n";

/// Figures that count words, and move together when words are lost or added.
const OF_WORDS: [&str; 7] =
    ["basic", "cer", "cpwer", "tcpwer", "wer", "without accents", "wer oral"];

#[test]
fn a_transcript_has_no_errors_against_itself() {
    let scores = scored(|_| ());
    assert!(scores.words.reference_words > 40 && scores.times.words() > 30);
    check(|_| (), []);
}

#[test]
fn turns_given_to_the_other_person_trip_who_speaks() {
    let swap = |transcript: &mut Transcript| {
        let other = |speaker: &mut SpeakerId| *speaker = SpeakerId(1 - speaker.0);
        let late = Time::from_millis(16_000);
        let turns = transcript.turns.iter_mut().filter(|turn| turn.span.start() >= late);
        turns.for_each(|turn| other(&mut turn.speaker));
        let segments = transcript.segments.iter_mut();
        let late = segments.filter(|segment| segment.span.start() >= late);
        late.for_each(|segment| segment.speaker.iter_mut().for_each(other));
    };
    check(swap, ["cpwer", "der", "jer", "tcpwer"]);
}

#[test]
fn times_that_are_late_by_300_ms_trip_times() {
    let shift = |transcript: &mut Transcript| {
        let late = |span: &mut Span| *span = span.later(Time::from_millis(300));
        transcript.turns.iter_mut().for_each(|turn| late(&mut turn.span));
        for segment in &mut transcript.segments {
            late(&mut segment.span);
            segment.words.iter_mut().for_each(|word| late(&mut word.span));
        }
    };
    check(shift, ["der", "jer", "times"]);
    assert_eq!(scored(shift).times.median_ms(), Some(300));
}

#[test]
fn a_sentence_that_is_lost_trips_words_by_deletions() {
    let lose = |transcript: &mut Transcript| drop(transcript.segments.remove(2));
    check(lose, OF_WORDS);
    let words = scored(lose).words;
    assert_eq!((words.substitutions, words.deletions, words.insertions), (0, 8, 0));
}

#[test]
fn a_phantom_sentence_trips_words_by_insertions() {
    let haunt = |transcript: &mut Transcript| {
        let last = transcript.segments.last_mut().expect("a segment");
        let span = last.words.last().expect("a word").span;
        let phantom = ["Sous-titres", "réalisés", "par", "la", "communauté."];
        last.words.extend(phantom.map(|text| Word::new(text, span, None)));
    };
    check(haunt, OF_WORDS);
    let scores = scored(haunt);
    assert_eq!((scores.words.deletions, scores.words.insertions), (0, 6));
    assert_eq!(scores.classes.count(ErrorClass::Genuine), 6);
}

#[test]
fn accents_that_are_lost_trip_words_but_not_those_without_accents() {
    let plain = |text: &str| text.replace(['é', 'è'], "e").replace('à', "a");
    let lose = move |transcript: &mut Transcript| {
        let segments = transcript.segments.iter_mut();
        let words = segments.flat_map(|segment| &mut segment.words);
        words.filter(|word| word.text != "Léa,").for_each(|word| word.text = plain(&word.text));
    };
    check(lose, ["basic", "cer", "cpwer", "tcpwer", "wer", "wer oral"]);
}

#[test]
fn no_break_spaces_that_are_lost_trip_typography() {
    let lose = |transcript: &mut Transcript| {
        for word in transcript.segments.iter_mut().flat_map(|segment| &mut segment.words) {
            word.text = word.text.replace('\u{a0}', " ");
            word.gap = Gap::Space;
        }
    };
    check(lose, ["typography"]);
    assert_eq!(scored(lose).typography.rate(), Some(0.0));
}

#[test]
fn what_an_editor_leaves_out_is_no_error_of_a_recogniser() {
    let speak = |transcript: &mut Transcript| {
        let words = &mut transcript.segments[1].words;
        let span = words[1].span;
        ["ben", "en", "fait", "je"].into_iter().rev().for_each(|text| {
            words.insert(2, Word::new(text, span, None));
        });
    };
    let scores = scored(speak);
    assert_eq!(scores.words.insertions, 4);
    assert_eq!((scores.oral.errors(), scores.classes.count(ErrorClass::EditorialStyle)), (0, 4));
}

#[test]
fn figures_of_an_archive_are_those_of_its_sum() {
    let (one, two) = (scored(|_| ()), scored(|transcript| drop(transcript.segments.remove(2))));
    let mut archive = Scores::default();
    archive += &one;
    archive += &two;
    assert_eq!(archive.words, one.words + two.words);
    assert_eq!(archive.turns.len(), 12);
    assert_eq!(archive.times.words(), one.times.words() + two.times.words());
    let mut zero = one.clone();
    zero += &Scores::default();
    assert_eq!(zero, one);
}

#[test]
#[ignore = "takes a core for seconds, and its bounds are those of a release build"]
fn twelve_hours_are_scored_in_ten_seconds_and_500_mb() {
    let (reference, hypothesis) = twelve_hours();
    let began = std::time::Instant::now();
    let scores = scores_of(&reference, &hypothesis);
    let seconds = began.elapsed().as_secs_f64();
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    let peak_mb = peak.trim().trim_end_matches(" kB").parse::<u64>().expect("kB") / 1_000;
    println!("{} words: {seconds:.1} s, {peak_mb} MB", scores.words.reference_words);
    assert!(scores.words.reference_words > 115_000 && scores.cpwer.errors() > 0);
    assert!(seconds < 10.0 && peak_mb < 500, "{seconds:.1} s, {peak_mb} MB");
}

/// Four people for twelve hours, and what is heard of it: a word in seven is wrong.
fn twelve_hours() -> (Transcript, Transcript) {
    let mut dice = 7_u64;
    let mut roll = move |sides: u64| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) % sides
    };
    let (mut said, mut heard) = (Transcript::default(), Transcript::default());
    let mut at = 0;
    while at < 12 * 3_600_000 {
        let speaker = SpeakerId(roll(4) as u16);
        let (mut words, mut others) = (Vec::new(), Vec::new());
        for _ in 0..5 + roll(20) {
            let length = 150 + roll(400);
            // Half of the words are of the few dozen that half of all talk is.
            let range = if roll(2) == 0 { 40 } else { 20_000 };
            let span = |late| {
                let start = Time::from_millis(at + late);
                Span::new(start, start.plus(Time::from_millis(length))).expect("it lasts")
            };
            let word = |number: u64, late| Word::new(letters(number), span(late), None);
            let number = roll(range);
            words.push(word(number, 0));
            match roll(28) {
                0 => (),
                1 | 2 => others.push(word(roll(20_000), 50)),
                3 => others.extend([word(number, 50), word(roll(40), 60)]),
                _ => others.push(word(number, 50)),
            }
            at += length;
        }
        at += 300;
        for (side, words) in [(&mut said, words), (&mut heard, others)] {
            let Some(span) = words.first().zip(words.last()) else { continue };
            let span = Span::new(span.0.span.start(), span.1.span.end()).expect("words are sorted");
            side.turns.push(Turn::new(speaker, span));
            side.segments.push(Segment {
                speaker: Some(speaker),
                guess: None,
                span,
                words,
                doubt: None,
                opens: Opening::Line,
                language: Default::default(),
            });
        }
    }
    (said.is_timed, heard.is_timed) = (true, true);
    (said, heard)
}

/// A number as a word: numbers themselves would be read as such.
fn letters(number: u64) -> String {
    let digits = (number * 7_919).to_string();
    digits.bytes().map(|digit| char::from(digit - b'0' + b'a')).collect()
}

#[track_caller]
fn check<const N: usize>(mistake: impl Fn(&mut Transcript), expected: [&str; N]) {
    let (before, after) = (figures(&scored(|_| ())), figures(&scored(mistake)));
    let moved = before.iter().zip(&after).filter(|(one, other)| one.1 != other.1);
    let moved: BTreeSet<&str> = moved.map(|(figure, _)| figure.0).collect();
    assert_eq!(moved, BTreeSet::from(expected));
}

/// The reference against itself with a mistake made.
fn scored(mistake: impl Fn(&mut Transcript)) -> Scores {
    let mut reference = formats::read(REFERENCE.as_bytes(), "un.vtt").expect("subtitles");
    // Those of its cues, as if somebody had measured each word.
    let words = reference.segments.iter_mut().flat_map(|segment| &mut segment.words);
    words.for_each(|word| word.is_timed = true);
    let mut hypothesis = reference.clone();
    mistake(&mut hypothesis);
    scores_of(&reference, &hypothesis)
}

fn scores_of(reference: &Transcript, hypothesis: &Transcript) -> Scores {
    let settings = ScoreSettings::PLAIN;
    let comparison = compare(reference, hypothesis, &settings);
    let mut scores = Scores::of_words(&comparison, &settings);
    scores += &Scores::of_turns(reference, hypothesis, &settings);
    scores
}

fn figures(scores: &Scores) -> Vec<(&'static str, Option<f64>)> {
    vec![
        ("wer", scores.words.rate()),
        ("cer", scores.characters.rate()),
        ("basic", scores.basic.rate()),
        ("wer oral", scores.oral.rate()),
        ("without accents", scores.without_accents.rate()),
        ("cpwer", scores.cpwer.rate()),
        ("tcpwer", scores.tcpwer.rate()),
        ("der", scores.diarization.rate()),
        ("jer", scores.jaccard.rate()),
        ("times", scores.times.median_ms().map(|millis| millis as f64)),
        ("punctuation", scores.punctuation.rate()),
        ("capitals", scores.capitals.rate()),
        ("typography", scores.typography.rate()),
    ]
}
