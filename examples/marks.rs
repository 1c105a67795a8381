//! What the second reading expects behind each word of some recordings, and which marks their
//! references have there: what `text::punctuation` is fitted on. `scripts/punctuate` runs it.
//!
//! `cargo run --release --example marks -- MODELS SOUND REFERENCE [SOUND REFERENCE …]`, where MODELS is
//! the folder of the models, with `base` in it. Prints a line of JSON for each word that is shown.

#![expect(clippy::print_stdout, reason = "an example prints what it finds")]

mod recognised;

use anyhow::bail;
use recognised::Networks;
use serde_json::json;
use std::{collections::HashMap, env};
use voixoff::{
    base::{
        speech::Word,
        transcript::{Rule, Transcript},
    },
    eval::{
        marks::{ExpectedMarks, expected_marks},
        scores::{ScoreSettings, compare},
    },
    text::{PolishSettings, Verbatim, polish},
};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [models, pairs @ ..] = &*arguments else {
        bail!("usage: marks MODELS SOUND REFERENCE [SOUND REFERENCE …]");
    };
    let networks = Networks::load("int8", models)?;
    let settings = PolishSettings {
        verbatim: Verbatim::Edited,
        plain_marks: Rule::OF_MARKS.to_vec(),
        ..PolishSettings::PAGE
    };
    networks.each(pairs, |name, reference, heard| {
        print(name, reference, &polish(heard, &settings));
    })
}

/// A line of JSON for each shown word of `hypothesis`: its times in seconds, its scores in the order of
/// `Mark`, the marks behind it in the reference and who says it there. `expected` is null where the
/// reference has another word, or another one behind it.
fn print(name: &str, reference: &Transcript, hypothesis: &Transcript) {
    let compared = compare(reference, hypothesis, &ScoreSettings::PLAIN);
    let expected: HashMap<*const Word, ExpectedMarks> = expected_marks(&compared)
        .into_iter()
        .map(|found| (std::ptr::from_ref(compared.hypothesis.words[found.word].word), found))
        .collect();
    for (segment_idx, segment) in hypothesis.segments.iter().enumerate() {
        for word in segment.words.iter().filter(|word| word.dropped.is_none()) {
            let expected = expected.get(&std::ptr::from_ref(word));
            let speaker = expected.and_then(|expected| reference.speaker(expected.speaker?));
            let line = json!({
                "recording": name,
                "segment": segment_idx,
                "heard": segment.speaker.or(segment.guess).map(|speaker| speaker.0),
                "speaker": speaker.map(|speaker| speaker.name.to_string()),
                "text": word.text,
                "start": word.span.start().as_secs_f64(),
                "end": word.span.end().as_secs_f64(),
                "scores": word.marks.map(|scores| scores.all()),
                "expected": expected.map(|expected| &expected.marks),
            });
            println!("{line}");
        }
    }
}
