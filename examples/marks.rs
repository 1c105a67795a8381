//! What the second reading expects behind each word of some recordings, and which mark their
//! references have there: what the model of `text::punctuation` is fitted on. `scripts/punctuate`
//! runs it.
//!
//! `cargo run --release --example marks -- MODELS SOUND REFERENCE [SOUND REFERENCE …]`, where MODELS is
//! the folder of the models, with `base` in it. Prints a line of JSON for each gap between
//! two words.

#![expect(clippy::print_stdout, reason = "an example prints what it finds")]

mod recognised;

use anyhow::{Context, bail};
use recognised::Networks;
use serde_json::json;
use std::{collections::HashMap, env, fs, path::Path};
use voixoff::{
    base::{speech::Word, time::Time, transcript::Transcript},
    eval::{
        comparison::ReferenceStyle,
        marks::expected_marks,
        scores::{ScoreSettings, compare},
    },
    formats::read,
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
    for pair in pairs.chunks(2) {
        let [sound, reference] = pair else { bail!("`{}` has no reference", pair[0]) };
        let heard = networks.transcribed(Path::new(sound)).with_context(|| sound.clone())?;
        let bytes = fs::read(reference).with_context(|| reference.clone())?;
        let name = Path::new(sound).file_stem().context("a sound has a name")?.to_string_lossy();
        print(&name, &read(&bytes, reference)?, &polish(heard, &settings));
    }
    Ok(())
}

/// A line of JSON for each shown word of `hypothesis` whose next one the reference has behind it, too.
fn print(name: &str, reference: &Transcript, hypothesis: &Transcript) {
    let settings = ScoreSettings {
        style: ReferenceStyle::Clean,
        collar: Time::default(),
        word_collar: Time::from_millis(5_000),
        names: Vec::new(),
        listed: Vec::new(),
    };
    let compared = compare(reference, hypothesis, &settings);
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
