//! Text that people wrote, laid on real sound: as it was said, and as editors change it.

use crate::bench::{real, transcribe};
use std::{fs, ops::Range};
use voixoff::{
    base::transcript::Transcript,
    episode::align::{Aligned, align},
    formats,
};

/// What somebody says without a break, as the reference of a recording has it.
#[derive(Clone)]
struct Said {
    speaker: String,
    start: f64,
    end: f64,
    text: String,
}

/// What an editor made of a paragraph.
#[derive(Clone, PartialEq)]
enum Kind {
    /// Small edits: the same in other words.
    Kept,
    /// Summarised.
    Other,
    /// Added: nobody says it.
    Note,
}

const DIALOGUES: [&str; 4] = ["dialogue", "dialogue_music", "table_ronde", "dates"];

#[test]
#[ignore = "needs the real recordings; scripts/test runs it where they are"]
fn exact_texts_begin_where_they_are_said() {
    let mut errors = Vec::new();
    for name in DIALOGUES {
        let said = said(name);
        let page = said.iter().map(|it| (it.speaker.clone(), it.text.clone()));
        let found = laid(name, page).expect("it is its text");
        let paragraphs = &found.transcript.alignment;
        assert_eq!(paragraphs.len(), said.len(), "{name}");
        for (paragraph, said) in paragraphs.iter().zip(&said) {
            let span = paragraph.span.unwrap_or_else(|| panic!("{name}: {}", said.text));
            errors.push((span.start().as_secs_f64() - said.start).abs());
        }
        assert!(found.unwritten.is_empty(), "{name}: {:?}", found.unwritten);
    }
    errors.sort_by(f64::total_cmp);
    let within = errors.iter().filter(|error| **error <= 0.5).count();
    let median = errors[errors.len() / 2];
    println!("{within} of {} paragraphs within 0.5 s, median {median:.3} s", errors.len());
    assert!(median <= 0.04 && within * 100 >= errors.len() * 96, "{median} {within}");
}

#[test]
#[ignore = "needs the real recordings; scripts/test runs it where they are"]
fn texts_that_editors_changed_stand_where_they_are_said() {
    let (mut n_kept, mut n_right) = (0, 0);
    for name in ["dialogue", "dialogue_music", "table_ronde"] {
        for seed in 0..4 {
            let said = said(name);
            let (page, cut) = edited(&said, seed);
            let words = page.iter().map(|(said, text, _)| (said.speaker.clone(), text.clone()));
            let found = laid(name, words).expect("it is its text");
            assert_eq!(found.transcript.alignment.len(), page.len(), "{name} {seed}");
            for (paragraph, (said, text, kind)) in found.transcript.alignment.iter().zip(&page) {
                match kind {
                    Kind::Note => assert_eq!(paragraph.span, None, "{name} {seed}: {text}"),
                    Kind::Kept => {
                        let start = paragraph.span.map(|span| span.start().as_secs_f64());
                        let is_right = start.is_some_and(|it| (it - said.start).abs() <= 0.5);
                        n_kept += 1;
                        n_right += usize::from(is_right);
                        if !is_right {
                            println!("{name} {seed}: {start:?}, not {}: {text}", said.start);
                        }
                    }
                    Kind::Other => (),
                }
            }
            let is_listed = found.unwritten.iter().any(|span| {
                let (start, end) = (span.start().as_secs_f64(), span.end().as_secs_f64());
                start < cut.end && end > cut.start
            });
            assert!(is_listed, "{name} {seed}: {:?}", found.unwritten);
        }
    }
    println!("{n_right} of {n_kept} paragraphs that were kept within 0.5 s");
    assert!(n_right * 100 >= n_kept * 96);
}

#[test]
#[ignore = "needs the real recordings; scripts/test runs it where they are"]
fn a_text_is_laid_on_its_own_sound_alone() {
    for name in DIALOGUES {
        let page: Vec<_> = said(name).into_iter().map(|it| (it.speaker, it.text)).collect();
        for other in DIALOGUES {
            // The same with music under it.
            let is_own = name.trim_end_matches("_music") == other.trim_end_matches("_music");
            assert_eq!(laid(other, page.clone()).is_some(), is_own, "{name} on {other}");
        }
    }
}

/// The reference of a dialogue.
fn said(name: &str) -> Vec<Said> {
    let text = fs::read_to_string(real(&format!("dialogues/{name}.json"))).expect("a reference");
    let reference: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let said = |segment: &serde_json::Value| Said {
        speaker: format!("Voix {}", segment["speaker"].as_str().expect("a name")),
        start: segment["start"].as_f64().expect("a time"),
        end: segment["end"].as_f64().expect("a time"),
        text: segment["text"].as_str().expect("a text").to_owned(),
    };
    reference["segments"].as_array().expect("segments").iter().map(said).collect()
}

/// The page of `paragraphs`, laid on the dialogue `name`; `None` where it is of another sound.
fn laid(name: &str, paragraphs: impl IntoIterator<Item = (String, String)>) -> Option<Aligned> {
    let line = |(speaker, text): (String, String)| format!("{speaker} : {text}\n\n");
    let page: String = paragraphs.into_iter().map(line).collect();
    let page: Transcript = formats::read(page.as_bytes(), "page.txt").expect("it is a page");
    align(page, &transcribe(&real(&format!("dialogues/{name}.flac")))).ok()
}

/// Words of a paragraph that is cut, moved or summarised.
const LONG: usize = 12;

/// What an editor makes of `said`: each paragraph with what was said there, and what was cut. Two
/// neighbours change places, one is summarised, numbers are written out, names respelt, words put
/// in, and a note added.
fn edited(said: &[Said], seed: usize) -> (Vec<(Said, String, Kind)>, Said) {
    let n_words = |said: &Said| said.text.split(' ').count();
    let long: Vec<usize> = (1..said.len() - 1).filter(|at| n_words(&said[*at]) >= LONG).collect();
    let [cut, summary] = [0, long.len() / 2].map(|from| long[(from + seed) % long.len()]);
    // Beside what is cut or summarised, nobody could tell what was said in the place of a note.
    let is_plain = |at: &usize| ![cut, summary].iter().any(|it| [*at, at + 1].contains(it));
    let note_behind = (said.len() / 3..said.len()).find(is_plain).expect("a place");
    let mut page: Vec<(Said, String, Kind)> = Vec::new();
    for (at, said) in said.iter().enumerate().filter(|(at, _)| *at != cut) {
        if at == summary {
            let text = "On résume ici en quelques mots ce qui vient.".to_owned();
            page.push((said.clone(), text, Kind::Other));
            continue;
        }
        page.push((said.clone(), respelt(&said.text, at + seed), Kind::Kept));
        if at == note_behind {
            let note = "[1] Les liens de cette page ont été ajoutés par celle qui transcrit.";
            page.push((said.clone(), note.to_owned(), Kind::Note));
        }
    }
    let is_long = |part: &(Said, String, Kind)| part.2 == Kind::Kept && n_words(&part.0) >= LONG;
    let pairs: Vec<Range<usize>> = (0..page.len() - 1)
        .filter(|at| is_long(&page[*at]) && is_long(&page[at + 1]))
        .map(|at| at..at + 2)
        .collect();
    if let Some(pair) = pairs.get(seed % pairs.len().max(1)) {
        page.swap(pair.start, pair.end - 1);
    }
    (page, said[cut].clone())
}

/// Figures as words and back, every third long name with other letters, every tenth word doubled by
/// one that nobody says.
fn respelt(text: &str, seed: usize) -> String {
    const NUMBERS: [(&str, &str); 6] =
        [("4", "quatre"), ("5", "cinq"), ("6", "six"), ("7", "sept"), ("10", "dix"), ("1", "un")];
    let mut words = Vec::new();
    for (at, word) in text.split(' ').enumerate() {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        let number = NUMBERS.iter().find(|(figure, name)| bare == *figure || bare == *name);
        let other = number.map(|(figure, name)| if bare == *figure { *name } else { *figure });
        let is_name = at > 0 && bare.len() > 4 && bare.starts_with(char::is_uppercase);
        words.push(match other {
            Some(other) => word.replace(bare, other),
            None if is_name && (at + seed).is_multiple_of(3) => word.replacen('i', "y", 1),
            None => word.to_owned(),
        });
        if at > 0 && (at + seed).is_multiple_of(10) {
            words.push("donc".to_owned());
        }
    }
    words.join(" ")
}
