//! How far a transcript is from its reference: both in any format that `voixoff convert` reads.
//!
//! `cargo run --release --example score -- REFERENCE HYPOTHESIS`

#![expect(clippy::print_stdout, reason = "an example prints what it finds")]

use anyhow::Context;
use std::{env, fs};
use voixoff::{
    base::transcript::Transcript,
    eval::{
        figures,
        scores::{ScoreSettings, Scores, compare},
    },
    formats::read,
};

fn main() -> anyhow::Result<()> {
    let mut paths = env::args().skip(1);
    let mut next = || -> anyhow::Result<Transcript> {
        let path = paths.next().context("usage: score REFERENCE HYPOTHESIS")?;
        let bytes = fs::read(&path).with_context(|| path.clone())?;
        Ok(read(&bytes, &path)?)
    };
    let (reference, hypothesis) = (next()?, next()?);

    let settings = ScoreSettings::PLAIN;
    // Counts add up: those of an archive are the sum of its episodes'.
    let mut scores = Scores::of_words(&compare(&reference, &hypothesis, &settings), &settings);
    scores += &Scores::of_turns(&reference, &hypothesis, &settings);
    for figure in figures::of(&scores) {
        println!("{:<20} {}", figure.name, figure.shown());
    }
    Ok(())
}
