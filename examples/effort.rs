//! What it takes to correct a transcript, by a simulated editor: seconds of sound that are listened to
//! and keystrokes, until half, four fifths and nearly all of the wrong words are gone.
//!
//! `cargo run --release --example effort -- TRANSCRIPT.json REFERENCE`: the reference in any format that
//! has its words. The editor hears what is played and corrects all that is wrong in it: first where
//! the walk of `voixoff review` leads, then all the rest in its order; or everything in its order
//! from the beginning. An error costs the letters by which it differs, and one key to get there; a
//! place two: to it, and « it is right ».

#![expect(clippy::print_stdout, reason = "an example prints what it finds")]

use anyhow::Context;
use std::{cmp::Reverse, collections::BTreeSet, env, fs, path::Path};
use voixoff::{
    base::{speech::Word, transcript::Transcript},
    eval::{
        align::{Edit, align, distance},
        french::tokens,
    },
    formats,
    review::{Document, Sentence},
    text::{is_doubtful, risk},
};

/// As the editor in the browser plays a place: seconds of it before and behind its worst word, and
/// around that.
const AROUND: f64 = 2.0;
const BEFORE: f64 = 1.0;
const BEHIND: f64 = 0.6;

/// Words of the transcript that others of the reference should stand for.
struct Mistake {
    /// When it is said, s.
    at: f64,
    /// Wrong, missing and invented words.
    n_words: usize,
    n_keys: usize,
}

/// Something that is listened to.
struct Place {
    start: f64,
    end: f64,
    n_keys: usize,
}

fn main() -> anyhow::Result<()> {
    let mut paths = env::args().skip(1);
    let mut next = || paths.next().context("usage: effort TRANSCRIPT.json REFERENCE");
    let (transcript, reference) = (read(&next()?)?, read(&next()?)?);
    let document = Document::new(transcript);
    let mistakes = mistakes(&document, &reference);
    let n_wrong: usize = mistakes.iter().map(|mistake| mistake.n_words).sum();
    let said = document.sentences().iter().filter(|sentence| !sentence.words.is_empty());
    let everything: Vec<Place> = said.clone().map(|it| whole(&it.words)).collect();
    let mut doubtful: Vec<&Sentence> = said.filter(|it| worst(it).0 > 0).collect();
    let walk = |order: &[&Sentence]| -> Vec<Place> { order.iter().map(|it| place(it)).collect() };
    let by_time = walk(&doubtful);
    doubtful.sort_by_key(|it| Reverse(worst(it).0));
    let by_doubt = walk(&doubtful);
    println!("{n_wrong} wrong words; {} places of the walk", by_doubt.len());
    println!("way | 50 % | 80 % | 95 % | all: seconds of sound, keystrokes");
    let told = |name: &str, walked: &[Place]| {
        let steps = effort(&mistakes, walked.iter().chain(&everything));
        let cells = [0.5, 0.8, 0.95, 1.0].map(|share| {
            let wanted = (share * n_wrong as f64).ceil() as usize;
            let step = steps.iter().find(|step| step.0 >= wanted);
            step.map_or("-".to_owned(), |(_, seconds, n_keys)| format!("{seconds:.0} s, {n_keys}"))
        });
        println!("{name} | {}", cells.join(" | "));
    };
    told("everything in order", &[]);
    told("walk in order, then the rest", &by_time);
    told("walk, most doubtful first, then the rest", &by_doubt);
    Ok(())
}

fn read(path: &str) -> anyhow::Result<Transcript> {
    let bytes = fs::read(path).with_context(|| format!("`{path}` cannot be read"))?;
    let name = Path::new(path).file_name().unwrap_or_default().to_string_lossy();
    Ok(formats::read(&bytes, &name)?)
}

/// The tokens by which the words that are shown are scored, and the word of each.
fn tokens_of<'a>(words: impl Iterator<Item = &'a Word>) -> (Vec<String>, Vec<&'a Word>) {
    let shown = words.filter(|word| word.dropped.is_none());
    shown.flat_map(|word| tokens(&word.text).into_iter().map(move |token| (token, word))).unzip()
}

fn mistakes(document: &Document, reference: &Transcript) -> Vec<Mistake> {
    let (heard, words) = tokens_of(document.sentences().iter().flat_map(|it| &it.words));
    let (right, _) = tokens_of(reference.segments.iter().flat_map(|it| &it.words));
    let (mut at_right, mut at_heard) = (0_usize, 0_usize);
    let mut mistakes = Vec::new();
    for run in align(&right, &heard)
        .chunk_by(|one, other| (*one == Edit::Match) == (*other == Edit::Match))
    {
        let n_right = run.iter().filter(|step| **step != Edit::Insertion).count();
        let n_heard = run.iter().filter(|step| **step != Edit::Deletion).count();
        if run[0] != Edit::Match {
            // What is missing is heard with the word before it.
            let at = if n_heard > 0 { at_heard } else { at_heard.saturating_sub(1) };
            let word = words.get(at).or(words.last());
            let letters = |texts: &[String]| texts.join(" ").chars().collect::<Vec<char>>();
            let before = letters(&heard[at_heard..at_heard + n_heard]);
            let after = letters(&right[at_right..at_right + n_right]);
            mistakes.push(Mistake {
                at: word.map_or(0.0, |word| word.span.middle().as_secs_f64()),
                n_words: run.len(),
                n_keys: 1 + distance(&before, &after),
            });
        }
        at_right += n_right;
        at_heard += n_heard;
    }
    mistakes
}

/// The greatest risk of a doubtful word of `sentence`, in percent, and which it is of; 0 where nobody
/// has to look.
fn worst(sentence: &Sentence) -> (u8, Option<&Word>) {
    let shown = sentence.words.iter().filter(|word| word.dropped.is_none());
    let risk = |word: &&Word| if is_doubtful(word) { risk(word) } else { 0 };
    let worst = shown.max_by_key(risk);
    let most = worst.as_ref().map_or(0, risk);
    (if sentence.doubt.is_some() { most.max(90) } else { most }, worst)
}

fn ends(words: &[Word]) -> (f64, f64) {
    let (first, last) = (&words[0], &words[words.len() - 1]);
    (first.span.start().as_secs_f64(), last.span.end().as_secs_f64())
}

fn whole(words: &[Word]) -> Place {
    let (start, end) = ends(words);
    Place { start, end, n_keys: 0 }
}

/// What is played of a doubtful sentence.
fn place(sentence: &Sentence) -> Place {
    let (start, end) = ends(&sentence.words);
    let (start, end) = match worst(sentence).1.filter(|_| sentence.doubt.is_none()) {
        Some(word) => (
            start.max(word.span.start().as_secs_f64() - AROUND),
            end.min(word.span.end().as_secs_f64() + AROUND),
        ),
        None => (start, end),
    };
    Place { start: start - BEFORE, end: end + BEHIND, n_keys: 2 }
}

/// After each of `places`: wrong words that are gone, seconds listened to, keys pressed. What was
/// listened to is not heard again.
fn effort<'a>(
    mistakes: &[Mistake],
    places: impl Iterator<Item = &'a Place>,
) -> Vec<(usize, f64, usize)> {
    let mut is_open = vec![true; mistakes.len()];
    // In steps of a tenth of a second.
    let mut heard = BTreeSet::new();
    let (mut n_gone, mut n_keys) = (0, 0);
    let mut steps = Vec::new();
    for place in places {
        heard.extend((place.start.max(0.0) * 10.0) as u64..(place.end * 10.0) as u64);
        n_keys += place.n_keys;
        for (mistake, is_open) in mistakes.iter().zip(&mut is_open) {
            if *is_open && (place.start..=place.end).contains(&mistake.at) {
                *is_open = false;
                n_gone += mistake.n_words;
                n_keys += mistake.n_keys;
            }
        }
        steps.push((n_gone, heard.len() as f64 / 10.0, n_keys));
    }
    steps
}
