//! Who speaks when in a file of sound.
//!
//! `cargo run --release --example diarize -- SEGMENTATION EMBEDDING SOUND`, the two networks as
//! ONNX files: `voixoff models path segmentation` and `voixoff models path embedding` name them.

#![expect(clippy::print_stdout, reason = "an example prints what it finds")]

use anyhow::Context;
use std::{env, num::NonZeroUsize, path::PathBuf};
use voixoff::{
    audio::{DecodeSettings, decode},
    base::progress::{Cancel, Silent},
    speakers::diarize::{
        Diarizer,
        assignment::{SpeakerSettings, assign_speakers},
        cache::NoCache,
        embedding::Embedder,
        neural::NeuralDiarizer,
        segmentation::SegmentationSettings,
        segmenter::Segmenter,
        vad::VadSettings,
    },
};

fn main() -> anyhow::Result<()> {
    let mut paths = env::args_os().skip(1).map(PathBuf::from);
    let mut next = || paths.next().context("usage: diarize SEGMENTATION EMBEDDING SOUND");
    let (segmentation, embedding, sound) = (next()?, next()?, next()?);

    let settings = DecodeSettings { scratch: env::temp_dir() };
    let pcm = decode(&sound, &settings, &Silent, &Cancel::default())?.pcm;
    let diarizer = NeuralDiarizer {
        segmenter: Segmenter::load(&segmentation)?,
        embedder: Some(Embedder::load(&embedding)?),
        segmentation: SegmentationSettings::PODCAST,
        vad: VadSettings::PODCAST,
        threads: NonZeroUsize::MIN,
    };
    // What takes time; from here on, other settings take milliseconds.
    let analysis = diarizer.analyse(&pcm, &NoCache, &Silent, &Cancel::default())?;
    for turn in assign_speakers(&analysis.subsegments, &SpeakerSettings::PODCAST).turns {
        let (start, end) = (turn.span.start().as_secs_f64(), turn.span.end().as_secs_f64());
        println!("{start:9.2} s – {end:9.2} s  speaker {}", turn.speaker.0);
    }
    Ok(())
}
