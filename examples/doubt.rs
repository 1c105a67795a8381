//! What is known of each word of some recordings, and whether it is wrong: what the model of
//! `asr::calibration` is fitted on. `scripts/calibrate` runs it.
//!
//! `cargo run --release --example doubt -- ENGINE MODELS SOUND REFERENCE [SOUND REFERENCE …]`, where
//! ENGINE is `int8` or `whisper-cpp`, and MODELS the folder of the models, with `base` in it. Prints a
//! line of JSON a word.

#![expect(clippy::print_stdout, reason = "an example prints what it finds")]

mod recognised;

use anyhow::bail;
use recognised::Networks;
use serde_json::json;
use std::{collections::HashMap, env};
use voixoff::{
    asr::calibration,
    base::{
        speech::{SpeakerId, Word},
        transcript::Transcript,
    },
    eval::{
        align::Edit,
        comparison::Comparison,
        scores::{ScoreSettings, compare},
    },
};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [engine, models, pairs @ ..] = &*arguments else {
        bail!("usage: doubt ENGINE MODELS SOUND REFERENCE [SOUND REFERENCE …]");
    };
    let networks = Networks::load(engine, models)?;
    networks.each(pairs, |name, reference, heard| print(name, reference, &heard))
}

/// A line of JSON for each word of `hypothesis` that a score counts.
fn print(name: &str, reference: &Transcript, hypothesis: &Transcript) {
    let settings = ScoreSettings::PLAIN;
    let words: Vec<&Word> = hypothesis.segments.iter().flat_map(|segment| &segment.words).collect();
    let known = words.iter().copied().map(std::ptr::from_ref).zip(calibration::features(&words));
    let known: HashMap<*const Word, _> = known.collect();
    let speaker = |id: Option<SpeakerId>| {
        let speaker = id.and_then(|id| reference.speaker(id));
        speaker.map_or_else(|| name.to_owned(), |speaker| speaker.name.to_string())
    };
    let compared = compare(reference, hypothesis, &settings);
    for (word, (is_wrong, said_by)) in compared.hypothesis.words.iter().zip(judged(&compared)) {
        let (Some(is_wrong), word) = (is_wrong, word.word) else { continue };
        let line = json!({
            "recording": name,
            "speaker": speaker(said_by),
            "text": word.text,
            "probability": word.probability,
            "error": word.error,
            "features": known[&std::ptr::from_ref(word)],
            "wrong": is_wrong,
        });
        println!("{line}");
    }
}

/// Of each word of the hypothesis: whether it is wrong, and who says it. A word is wrong if one of
/// its tokens is; `None` of one without tokens. What is inserted is said by who spoke last.
fn judged(compared: &Comparison<'_>) -> Vec<(Option<bool>, Option<SpeakerId>)> {
    let (reference, hypothesis) = (&compared.reference, &compared.hypothesis);
    let mut said_by = reference.words.first().and_then(|word| word.speaker);
    let mut judged = vec![(None, said_by); hypothesis.words.len()];
    for pair in &compared.pairs {
        if let Some(token) = pair.reference {
            said_by = reference.words[reference.tokens[token].words.start].speaker;
        }
        let tokens = pair.hypothesis.map(|token| hypothesis.tokens[token].words.clone());
        for word in tokens.into_iter().flatten() {
            let was_wrong = judged[word].0.unwrap_or(false);
            judged[word] = (Some(was_wrong || pair.edit != Edit::Match), said_by);
        }
    }
    judged
}
