//! When words are said that a person typed in the place of others.

use crate::bench::{real, transcribe};
use std::fs;
use voixoff::review::{Document, Edit, Sentence, SentencePut, Splice};

/// What is said without a break, and the starts of its words that are known: of the first, or of all.
struct Said {
    start: f64,
    end: f64,
    text: String,
    starts: Vec<f64>,
}

#[test]
#[ignore = "needs the real recordings; scripts/test runs it where they are"]
fn corrected_sentences_are_said_when_they_are_said() {
    let (mut errors, mut n_edits, mut n_sentences) = (Vec::new(), 0, 0);
    for name in ["dialogue", "dialogue_music", "table_ronde", "dates"] {
        let mut document = Document::new(transcribe(&real(&format!("dialogues/{name}.flac"))));
        for said in reference(name) {
            let ids = ids_in(&document, &said);
            if ids.is_empty() {
                continue;
            }
            // Half of it first, as somebody types; then all of it.
            let words: Vec<&str> = said.text.split(' ').collect();
            let half = format!("Euh {}", words[words.len() / 2..].join(" "));
            for (at, text) in [(ids.clone(), &half), (vec![ids[0]], &said.text)] {
                document.apply(&edit(&document, at, text), document.revision()).expect("applied");
                n_edits += 1;
            }
            n_sentences += 1;
            let sentence = document.sentences().iter().find(|it| it.id == ids[0]);
            let words = &sentence.expect("it is there").words;
            let all = said.starts.len() == words.len();
            let known = if all { &said.starts[..] } else { &said.starts[..1] };
            errors.extend(
                words
                    .iter()
                    .zip(known)
                    .map(|(word, start)| word.span.start().as_secs_f64() - start),
            );
        }
    }
    let mut sizes: Vec<f64> = errors.iter().map(|error| error.abs()).collect();
    sizes.sort_by(f64::total_cmp);
    let share = |limit: f64| 100 * sizes.partition_point(|it| *it <= limit) / sizes.len();
    let median = sizes[sizes.len() / 2];
    println!(
        "{n_edits} edits of {n_sentences} sentences, {} words: median {median:.3} s, {} % within 0.1 s, {} % within 0.5 s",
        sizes.len(),
        share(0.1),
        share(0.5)
    );
    assert!(n_edits >= 300 && median <= 0.06, "{n_edits} {median}");
}

fn reference(name: &str) -> Vec<Said> {
    let text = fs::read_to_string(real(&format!("dialogues/{name}.json"))).expect("a reference");
    let reference: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let time = |of: &serde_json::Value, name: &str| of[name].as_f64().expect("a time");
    let said = |segment: &serde_json::Value| {
        let words = segment["words"].as_array().map_or(&[][..], Vec::as_slice);
        let mut starts: Vec<f64> = words.iter().map(|word| time(word, "start")).collect();
        let (start, end) = (time(segment, "start"), time(segment, "end"));
        if starts.is_empty() {
            starts.push(start);
        }
        let text = segment["text"].as_str().expect("a text").to_owned();
        Said { start, end, text, starts }
    };
    reference["segments"].as_array().expect("segments").iter().map(said).collect()
}

/// The sentences that are said in the time of `said`.
fn ids_in(document: &Document, said: &Said) -> Vec<u64> {
    let is_in = |sentence: &&Sentence| {
        let ends = sentence.words.first().zip(sentence.words.last());
        ends.is_some_and(|(first, last)| {
            let (start, end) = (first.span.start().as_secs_f64(), last.span.end().as_secs_f64());
            (said.start..said.end).contains(&((start + end) / 2.0))
        })
    };
    document.sentences().iter().filter(is_in).map(|it| it.id).collect()
}

fn edit(document: &Document, at: Vec<u64>, text: &str) -> Edit {
    let first = document.sentences().iter().find(|it| it.id == at[0]).expect("it is there");
    let put = SentencePut {
        id: first.id,
        text: text.to_owned(),
        speaker: first.speaker,
        opens: first.opens,
        checked: false,
        heard: None,
    };
    Edit { splices: vec![Splice { at, with: vec![put] }], ..Edit::default() }
}
