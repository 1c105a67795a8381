//! Who speaks, by the real networks: on the sample episode, and on assembled dialogues
//! where they are.

use crate::{
    bench::{diarize, hold, real, sample, transcribe},
    word_errors::{reference, text},
};
use std::{collections::BTreeMap, fs, path::Path};
use voixoff::{
    base::{
        speech::{Role, SpeakerId, Turn},
        time::Time,
        transcript::Transcript,
    },
    eval::{diarization::DiarizationErrors, french::tokens, words::WordErrors},
    formats::rttm::read_rttm,
};

#[test]
fn the_voix_off_of_the_sample_is_found_and_its_guest_has_the_name_that_is_said() {
    let transcript = transcribe(&sample("episode.mp3"));
    let roles: Vec<Option<Role>> = transcript.speakers.iter().map(|s| s.role).collect();
    assert_eq!(roles, [Some(Role::VoixOff), Some(Role::Host), Some(Role::Guest)]);
    let names: Vec<&str> = transcript.speakers.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["Voix off", "Intervenant 1", "Claire Fontanel"]);
    let errors = diarization_errors(&transcript, &sample("episode.rttm"));
    hold("episode-der", errors.rate().expect("a reference"));
}

#[test]
#[ignore = "needs the real recordings; scripts/test runs it where they are"]
fn dialogues_are_read_and_given_to_their_people_within_their_baseline() {
    // The other two are the same talk without music, and the dates of another test.
    for name in ["dialogue_music", "table_ronde"] {
        let file = |extension| real(&format!("dialogues/{name}.{extension}"));
        let transcript = transcribe(&file("flac"));
        let heard = tokens(&text(&transcript));
        let words = WordErrors::between(&reference(&file("txt")), &heard);
        hold(name, words.rate().expect("a reference"));
        let turns = diarization_errors(&transcript, &file("rttm"));
        hold(&format!("{name}-der"), turns.rate().expect("a reference"));
        // What attribution adds to the errors of the words: the same words, by speaker.
        let by_speaker = WordErrors::cpwer(&said_in(&file("json")), &said_by(&transcript));
        let plain = WordErrors::between(&all(&said_in(&file("json"))), &heard);
        let rate = |errors: WordErrors| errors.rate().expect("a reference");
        println!("{name}: cpWER {:.4}, WER {:.4}", rate(by_speaker), rate(plain));
        hold(&format!("{name}-cpwer-excess"), rate(by_speaker) - rate(plain));
        let is_voix_off = |role: Option<Role>| role == Some(Role::VoixOff);
        assert!(!transcript.speakers.iter().any(|speaker| is_voix_off(speaker.role)));
        // One of them says who he is; nobody else is called anything.
        let named: Vec<&str> =
            transcript.speakers.iter().filter_map(|speaker| speaker.name.person()).collect();
        assert_eq!(named.len(), usize::from(name == "table_ronde"), "{named:?}");
    }
}

#[test]
#[ignore = "needs the real recordings; scripts/test runs it where they are"]
fn meetings_are_told_apart_within_their_baseline() {
    let names = ["dev00", "dev01", "trn00", "trn01", "trn02", "trn03", "trn04", "trn05", "trn06"];
    let names = names.into_iter().chain(["trn07", "trn08", "trn09"]);
    let errors = names.map(|name| {
        let file = |extension| real(&format!("real/ami_{name}.{extension}"));
        diarization_errors(&diarize(&file("flac")), &file("rttm"))
    });
    hold("meetings-der", errors.sum::<DiarizationErrors>().rate().expect("a reference"));
}

fn diarization_errors(transcript: &Transcript, rttm: &Path) -> DiarizationErrors {
    let text = fs::read_to_string(rttm).expect("a reference");
    let reference = read_rttm(&text).expect("RTTM");
    let turns: Vec<Turn> = reference.turns.into_iter().map(|(_, turn)| turn).collect();
    let errors = DiarizationErrors::between(&turns, &transcript.turns, Time::default());
    println!("{}: {errors:?}", rttm.display());
    errors
}

/// The tokens of each person of a reference in JSON.
fn said_in(path: &Path) -> Vec<(SpeakerId, Vec<String>)> {
    let text = fs::read_to_string(path).expect("a reference");
    let reference: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let mut numbers: BTreeMap<String, u16> = BTreeMap::new();
    let mut said = Vec::new();
    for segment in reference["segments"].as_array().expect("segments") {
        let name = segment["speaker"].as_str().expect("a speaker").to_owned();
        let next = numbers.len() as u16;
        let number = *numbers.entry(name).or_insert(next);
        said.push((SpeakerId(number), tokens(segment["text"].as_str().expect("a text"))));
    }
    said
}

/// The tokens of each person of a transcript; words of nobody are of one more.
fn said_by(transcript: &Transcript) -> Vec<(SpeakerId, Vec<String>)> {
    let nobody = SpeakerId(u16::MAX);
    let segments = transcript.segments.iter();
    segments.map(|s| (s.speaker.unwrap_or(nobody), tokens(&s.text()))).collect()
}

fn all(said: &[(SpeakerId, Vec<String>)]) -> Vec<String> {
    said.iter().flat_map(|(_, tokens)| tokens.iter().cloned()).collect()
}
