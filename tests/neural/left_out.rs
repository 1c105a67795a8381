//! Whatever is spoken has a word, or it is listed and marked that it has none.

use crate::bench::{Engine, real, transcribe_by};
use std::{
    fs,
    path::{Path, PathBuf},
};
use voixoff::{
    base::{
        time::{Span, Time, fill_pauses, without},
        transcript::{LeftOut, Transcript},
    },
    formats::rttm::read_rttm,
};

/// Less is a drawn-out vowel, a breath, or how far words and turns are off.
const HALF: Time = Time::from_millis(500);

#[test]
#[ignore = "needs the real recordings; scripts/test runs it where they are"]
fn no_half_second_of_speech_is_without_a_word_and_unlisted() {
    let mut n_marks = 0;
    let mut unlisted_by_people = 0.0;
    for path in recordings() {
        let found = transcribe_by(Engine::Int8, &path, 1);
        let is_spoken = |one: &&LeftOut| one.is_spoken;
        let marks: Vec<Span> =
            found.left_out.iter().filter(is_spoken).map(|one| one.span).collect();
        let perhaps = found.left_out.len() - marks.len();
        let heard: Vec<Span> = found.turns.iter().map(|turn| turn.span).collect();
        let unlisted = unlisted(heard, &found);
        assert!(unlisted.is_empty(), "{}: {unlisted:?}", path.display());
        // What people say of the sound is another thing: the networks miss some of it.
        let people = talk_of(&path).map_or(0.0, |talk| seconds(&self::unlisted(talk, &found)));
        println!(
            "{}: {} marks of {:.1} s, {perhaps} perhaps; by people unlisted {people:.1} s",
            path.display(),
            marks.len(),
            seconds(&marks)
        );
        for mark in &marks {
            println!("    {}", around(*mark, &found));
        }
        n_marks += marks.len();
        unlisted_by_people += people;
    }
    println!("{n_marks} marks; by people unlisted {unlisted_by_people:.1} s");
}

/// Every recording that lies there.
fn recordings() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in ["real", "dialogues", "sample"] {
        for entry in fs::read_dir(real(folder)).expect("a folder of recordings").flatten() {
            let path = entry.path();
            let is_sound =
                path.extension().is_some_and(|ending| ending == "flac" || ending == "mp3");
            found.extend(is_sound.then_some(path));
        }
    }
    assert!(found.len() > 50, "only {} recordings", found.len());
    found.sort();
    found
}

/// The parts of `talk` from half a second on that have no word and are not listed.
fn unlisted(talk: Vec<Span>, found: &Transcript) -> Vec<Span> {
    let words = found.segments.iter().flat_map(|segment| &segment.words).map(|word| word.span);
    let known = words.chain(found.left_out.iter().map(|one| one.span));
    let known = known.chain(found.damage.lost.iter().copied()).collect();
    let mut left = without(&united(talk), &united(known));
    left.retain(|span| span.samples() >= HALF.samples());
    left
}

/// Who speaks when as people say, where they do.
fn talk_of(path: &Path) -> Option<Vec<Span>> {
    let text = fs::read_to_string(path.with_extension("rttm")).ok()?;
    let turns = read_rttm(&text).expect("RTTM").turns;
    Some(turns.into_iter().map(|(_, turn)| turn.span).collect())
}

/// A mark with the words around it.
fn around(mark: Span, found: &Transcript) -> String {
    let words: Vec<_> = found.segments.iter().flat_map(|segment| &segment.words).collect();
    let at = words.partition_point(|word| word.span.start() < mark.start());
    let text = |from: usize, to: usize| {
        words[from..to].iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
    };
    let (before, behind) = (text(at.saturating_sub(4), at), text(at, words.len().min(at + 4)));
    let (start, end) = (mark.start().as_secs_f64(), mark.end().as_secs_f64());
    format!("{start:.2}-{end:.2} {before} [à compléter] {behind}")
}

fn seconds(spans: &[Span]) -> f64 {
    spans.iter().map(|span| span.length().as_secs_f64()).sum()
}

/// Sorted and disjoint.
fn united(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort();
    fill_pauses(&spans, Time::default())
}
