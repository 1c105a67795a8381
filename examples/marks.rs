//! What the second reading expects behind each word of some recordings, and which mark their
//! references have there: what the model of `text::punctuation` is fitted on. `scripts/punctuate`
//! runs it.
//!
//! `cargo run --release --example marks -- MODELS SOUND REFERENCE [SOUND REFERENCE …]`, where MODELS is
//! the folder of the models, with `base` in it. Prints a line of JSON for each gap between
//! two words.

#![expect(clippy::print_stdout, reason = "an example prints what it finds")]

mod recognised;

use anyhow::bail;
use recognised::Networks;
use serde_json::json;
use std::{collections::HashMap, env};
use voixoff::{
    base::{speech::Word, transcript::Transcript},
    eval::{
        marks::expected_marks,
        scores::{ScoreSettings, compare},
    },
    text::{PolishSettings, Verbatim, polish, punctuation},
};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [models, pairs @ ..] = &*arguments else {
        bail!("usage: marks MODELS SOUND REFERENCE [SOUND REFERENCE …]");
    };
    let networks = Networks::load("int8", models)?;
    let settings =
        PolishSettings { verbatim: Verbatim::Edited, marks: false, ..PolishSettings::PAGE };
    networks.each(pairs, |name, reference, heard| {
        print(name, reference, &polish(heard, &settings));
    })
}

/// A line of JSON for each shown word of `hypothesis` whose next one the reference has behind it, too.
fn print(name: &str, reference: &Transcript, hypothesis: &Transcript) {
    let compared = compare(reference, hypothesis, &ScoreSettings::PLAIN);
    let expected: HashMap<*const Word, String> = expected_marks(&compared)
        .into_iter()
        .map(|(word, marks)| (std::ptr::from_ref(compared.hypothesis.words[word].word), marks))
        .collect();
    for gap in punctuation::gaps(hypothesis) {
        let (segment, word) = gap.at;
        let word = &hypothesis.segments[segment].words[word];
        if let Some(expected) = expected.get(&std::ptr::from_ref(word)) {
            let line = json!({
                "recording": name,
                "text": word.text,
                "marks": gap.marks,
                "features": gap.features,
                "expected": expected,
            });
            println!("{line}");
        }
    }
}
