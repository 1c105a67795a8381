//! Word error rates on the sample episode, and on real French where it is there.

use crate::bench::{Engine, hold, real, sample, transcribe, transcribe_by};
use std::{
    fs,
    path::{Path, PathBuf},
};
use voixoff::{
    base::transcript::{Segment, Transcript},
    eval::{french::tokens, words::WordErrors},
};

#[test]
fn the_sample_episode_is_read_within_its_baseline() {
    let errors = errors(Engine::Int8, &sample("episode.mp3"), &sample("episode.txt"));
    hold("episode", errors.rate().expect("a reference"));
}

#[test]
fn whisper_cpp_reads_the_sample_episode_within_its_baseline() {
    let errors = errors(Engine::WhisperCpp, &sample("episode.mp3"), &sample("episode.txt"));
    hold("episode-whisper-cpp", errors.rate().expect("a reference"));
}

#[test]
#[ignore = "needs the real recordings; scripts/test runs it where they are"]
fn real_french_with_human_references_is_read_within_its_baseline() {
    hold("real-gold", set(Engine::Int8, "gold").rate().expect("a reference"));
}

#[test]
#[ignore = "needs the real recordings; scripts/test runs it where they are"]
fn real_french_with_corrected_references_is_read_within_its_baseline() {
    hold("real-silver", set(Engine::Int8, "silver").rate().expect("a reference"));
}

#[test]
#[ignore = "needs the real recordings; scripts/test runs it where they are"]
fn whisper_cpp_reads_real_french_within_its_baseline() {
    for kind in ["gold", "silver"] {
        let rate = set(Engine::WhisperCpp, kind).rate().expect("a reference");
        hold(&format!("real-{kind}-whisper-cpp"), rate);
    }
}

#[test]
#[ignore = "needs the real recordings; scripts/test runs it where they are"]
fn words_begin_where_they_are_said() {
    let transcript = transcribe(&real("dialogues/dates.flac"));
    let text = fs::read_to_string(real("dialogues/dates.json")).expect("dates.json");
    let reference: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let mut starts: Vec<(String, f64)> = Vec::new();
    for segment in reference["segments"].as_array().expect("segments") {
        for word in segment["words"].as_array().into_iter().flatten() {
            let start = word["start"].as_f64().expect("a time");
            let spelling = word["word"].as_str().expect("a word");
            starts.extend(tokens(spelling).into_iter().map(|token| (token, start)));
        }
    }
    let mut heard: Vec<(String, f64)> = Vec::new();
    for word in transcript.segments.iter().flat_map(|segment| &segment.words) {
        let start = word.span.start().as_secs_f64();
        heard.extend(tokens(&word.text).into_iter().map(|token| (token, start)));
    }
    let mut errors: Vec<f64> = nearest_of_common(&starts, &heard);
    assert!(
        errors.len() * 2 > starts.len(),
        "only {} of {} words are right",
        errors.len(),
        starts.len()
    );
    errors.sort_by(f64::total_cmp);
    let within =
        |bound: f64| errors.iter().filter(|error| **error <= bound).count() * 100 / errors.len();
    println!(
        "{} words, within 100/200/500 ms: {} {} {} %",
        errors.len(),
        within(0.1),
        within(0.2),
        within(0.5)
    );
    hold("dates-word-start-median-s", errors[errors.len() / 2]);
}

/// Scores another program's texts, `$VOIXOFF_PEER/<clip>.txt`, by the same rules in the same run.
#[test]
#[ignore = "needs another program's texts; scripts/peers/compare makes them"]
fn no_peer_with_the_same_weights_makes_fewer_word_errors() {
    let folder = PathBuf::from(std::env::var_os("VOIXOFF_PEER").expect("$VOIXOFF_PEER is set"));
    let sets = [
        ("gold", clips("gold")),
        ("silver", clips("silver")),
        ("dialogues", DIALOGUES.map(|name| real(&format!("dialogues/{name}.flac"))).to_vec()),
    ];
    // The dialogues are assembled from clips and scored for comparison; the bar is real talk.
    let bar = |name: &str| if name == "dialogues" { 0.005 } else { 0.0 };
    let mut worse = Vec::new();
    for (name, clips) in sets {
        let score = |clip: &PathBuf| {
            let theirs = folder.join(clip.file_stem().expect("a name")).with_extension("txt");
            let theirs = fs::read_to_string(&theirs).expect("the peer has a text of each clip");
            let reference = reference(&clip.with_extension("txt"));
            let against = |text: &str| WordErrors::between(&reference, &tokens(text));
            let [int8, whisper_cpp] = [Engine::Int8, Engine::WhisperCpp]
                .map(|engine| against(&text(&transcribe_by(engine, clip, 1))));
            let theirs = against(&theirs);
            println!("{}: {int8:?}, {whisper_cpp:?} against {theirs:?}", clip.display());
            [int8, whisper_cpp, theirs]
        };
        let errors: Vec<[WordErrors; 3]> = clips.iter().map(score).collect();
        let [int8, whisper_cpp, theirs] = [0, 1, 2].map(|system| {
            let errors: WordErrors = errors.iter().map(|errors| errors[system]).sum();
            errors.rate().expect("words")
        });
        let [of_int8, of_whisper_cpp, of_theirs] =
            [int8, whisper_cpp, theirs].map(|rate| format!("{:.1} %", 100.0 * rate));
        println!(
            "{name}: word errors {of_int8} in 8 bits, {of_whisper_cpp} by whisper.cpp, the peer \
             {of_theirs}"
        );
        worse.extend((whisper_cpp > theirs + bar(name)).then_some(name));
    }
    assert!(worse.is_empty(), "the peer is better on {worse:?}");
}

const DIALOGUES: [&str; 4] = ["dialogue", "dialogue_music", "table_ronde", "dates"];

fn set(engine: Engine, kind: &str) -> WordErrors {
    clips(kind).iter().map(|clip| errors(engine, clip, &clip.with_extension("txt"))).sum()
}

/// French clips whose references are of this kind.
fn clips(kind: &str) -> Vec<PathBuf> {
    let manifest = fs::read_to_string(real("real/manifest.tsv")).expect("the manifest");
    let rows = manifest.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let chosen = rows.filter(|row| row[3] == "fr" && row[5] == kind);
    chosen.map(|row| real(&format!("real/{}.flac", row[0]))).collect()
}

fn errors(engine: Engine, audio: &Path, reference_path: &Path) -> WordErrors {
    let heard = tokens(&text(&transcribe_by(engine, audio, 1)));
    let errors = WordErrors::between(&reference(reference_path), &heard);
    println!("{}: {errors:?} {:.3}", audio.display(), errors.rate().unwrap_or_default());
    errors
}

/// The words of a reference, without the names that head the turns of the sample.
pub(crate) fn reference(path: &Path) -> Vec<String> {
    const NAMES: [&str; 3] = ["Voix off : ", "Antoine Marchal : ", "Claire Fontanel : "];
    let text = fs::read_to_string(path).expect("a reference");
    let said = |line: &str| -> String {
        NAMES.iter().fold(line, |line, name| line.strip_prefix(name).unwrap_or(line)).to_owned()
    };
    tokens(&text.lines().map(said).collect::<Vec<_>>().join(" "))
}

pub(crate) fn text(transcript: &Transcript) -> String {
    transcript.segments.iter().map(Segment::text).collect::<Vec<_>>().join(" ")
}

/// Distances in time between equal words of the longest common subsequence; of equal
/// ones, the nearest in time.
fn nearest_of_common(one: &[(String, f64)], other: &[(String, f64)]) -> Vec<f64> {
    let width = other.len() + 1;
    let mut best = vec![(0_i32, 0.0_f64); (one.len() + 1) * width];
    let better = |a: (i32, f64), b: (i32, f64)| if (b.0, -b.1) > (a.0, -a.1) { b } else { a };
    for i in (0..one.len()).rev() {
        for j in (0..other.len()).rev() {
            let mut choice = better(best[(i + 1) * width + j], best[i * width + j + 1]);
            if one[i].0 == other[j].0 {
                let (count, distance) = best[(i + 1) * width + j + 1];
                choice = better(choice, (count + 1, distance + (one[i].1 - other[j].1).abs()));
            }
            best[i * width + j] = choice;
        }
    }
    let (mut i, mut j, mut distances) = (0, 0, Vec::new());
    while i < one.len() && j < other.len() {
        let here = best[i * width + j];
        if here == best[(i + 1) * width + j] {
            i += 1;
        } else if here == best[i * width + j + 1] {
            j += 1;
        } else {
            distances.push((one[i].1 - other[j].1).abs());
            (i, j) = (i + 1, j + 1);
        }
    }
    distances
}
