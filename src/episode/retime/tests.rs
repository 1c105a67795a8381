//! Of words that keep their times.

use super::*;
use crate::base::speech::Role;
use crate::base::transcript::{ModelUsed, Opening, Provenance, SpeakerName};

#[test]
fn words_that_are_the_same_keep_their_own_times() {
    check(
        &["0 Le logis ciel libre,", "1 Merci !"],
        &["0 Le logiciel libre.", "1 Merci bien !"],
        "Le 0-200 (logiciel 300-800) libre. 900-1100 Merci 1200-1400 (bien 1500-1642) ! 1642-1700",
    );
}

#[test]
fn a_word_keeps_its_time_in_other_marks_and_another_case() {
    check(
        &["0 bonjour, l' été vraiment ?"],
        &["0 Bonjour. L’été : vraiment"],
        "Bonjour. 0-200 L’été 300-800 : 800-900 vraiment 900-1100",
    );
}

#[test]
fn a_part_of_a_word_has_no_time_of_its_own() {
    check(
        &["0 un porte-monnaie vert"],
        &["0 un porte vert"],
        "un 0-200 (porte 300-500) vert 600-800",
    );
}

#[test]
fn words_that_were_added_lie_between_their_neighbours() {
    check(&["0 un deux"], &["0 un et deux"], "un 0-200 (et 200-300) deux 300-500");
    check(&["0 un deux trois"], &["0 un trois"], "un 0-200 trois 600-800");
}

#[test]
fn a_text_of_another_sound_takes_no_times() {
    let heard = transcript(&["0 Bonjour à toutes et à tous."]);
    assert_eq!(retimed(transcript(&["0 Rien de tout cela ici."]), &heard), None);
    assert_eq!(retimed(transcript(&[]), &heard), None);
}

#[test]
fn who_was_given_a_name_keeps_the_role() {
    let mut heard = transcript(&["0 Bonjour à tous.", "1 Merci beaucoup."]);
    heard.speakers[1].role = Some(Role::Guest);
    let mut text = transcript(&["0 Bonjour à tous.", "1 Merci beaucoup."]);
    text.speakers[1].name = SpeakerName::read("Marie");
    let found = retimed(text, &heard).unwrap();
    assert_eq!((found.names()[1].as_str(), found.speakers[1].role), ("Marie", Some(Role::Guest)));
    assert!(found.provenance.corrected, "somebody gave the name");
}

#[test]
fn a_text_that_nobody_touched_is_not_corrected() {
    let recogniser = Some(ModelUsed { name: "base".to_owned(), sha256: String::new() });
    let mut heard = transcript(&["0 Bonjour à tous.", "0 Merci."]);
    heard.provenance = Provenance { recogniser, ..Provenance::default() };
    let found = retimed(transcript(&["0 Bonjour à tous. Merci."]), &heard).unwrap();
    assert_eq!(found.provenance, heard.provenance);
    assert!(words(&found).all(|word| word.is_timed && word.probability == Some(0.9)));
}

/// Segments with a speaker's number, words of 200 ms, 100 ms apart.
fn transcript(lines: &[&str]) -> Transcript {
    let mut now = 0;
    let mut segments = Vec::new();
    for line in lines {
        let (number, text) = line.split_once(' ').unwrap();
        let mut words = Vec::new();
        for text in text.split(' ') {
            let span = Span::from_start(Time::from_millis(200)).later(Time::from_millis(now));
            words.push(Word::new(text, span, Some(0.9)));
            now += 300;
        }
        let (first, last): (&Word, &Word) = (&words[0], &words[words.len() - 1]);
        segments.push(Segment {
            speaker: number.parse().ok().map(SpeakerId),
            span: Span::new(first.span.start(), last.span.end()).unwrap(),
            words,
            doubt: None,
            opens: Opening::Nothing,
            language: Default::default(),
        });
    }
    let speakers = ["Intervenant 1", "Intervenant 2"].into_iter().zip(0..);
    Transcript {
        speakers: speakers.map(|(name, id)| Speaker::named(SpeakerId(id), name)).collect(),
        duration: Time::from_millis(now),
        segments,
        is_timed: true,
        ..Transcript::default()
    }
}

/// Words with start and end in ms; in brackets those whose time is a share.
#[track_caller]
fn check(heard: &[&str], text: &[&str], expected: &str) {
    let found = retimed(transcript(text), &transcript(heard)).unwrap();
    let shown: Vec<String> = words(&found)
        .map(|word| {
            let (start, end) = (word.span.start().as_millis(), word.span.end().as_millis());
            match word.is_timed || !is_spoken(word) {
                true => format!("{} {start}-{end}", word.text),
                false => format!("({} {start}-{end})", word.text),
            }
        })
        .collect();
    assert_eq!(shown.join(" "), expected);
}
