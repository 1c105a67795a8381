//! The scenes of `tests/data/names`: how often names are right, how often they are found.

use super::{Cue, Known, evidence, hits, named, talk};
use crate::base::{
    speech::{SpeakerId, Word},
    time::{Span, Time},
    transcript::{NameEvidence, Opening, Segment},
};
use std::{collections::BTreeMap, fs};

/// A scene, and who its voices are.
#[derive(Debug, Default)]
struct Scene {
    title: String,
    known: Vec<String>,
    segments: Vec<Segment>,
    /// By voice, from 0.
    expected: Vec<Expected>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Expected {
    Nobody,
    Named(String),
    /// That name or none.
    Perhaps(String),
}

fn scenes(file: &str) -> Vec<Scene> {
    let path = format!("{}/tests/data/names/{file}", env!("CARGO_MANIFEST_DIR"));
    let mut scenes: Vec<Scene> = Vec::new();
    for line in fs::read_to_string(path).unwrap().lines() {
        if let Some(title) = line.strip_prefix("## ") {
            scenes.push(Scene { title: title.to_owned(), ..Scene::default() });
            continue;
        }
        let Some(scene) = scenes.last_mut() else { continue };
        if let Some(names) = line.strip_prefix("known: ") {
            scene.known = names.split(", ").map(str::to_owned).collect();
        } else if let Some(line) = line.strip_prefix("= ") {
            let (_, name) = line.split_once(' ').unwrap();
            let inside = name.strip_prefix('(').and_then(|name| name.strip_suffix(')'));
            scene.expected.push(match (name, inside) {
                ("-", _) => Expected::Nobody,
                (_, Some(name)) => Expected::Perhaps(name.to_owned()),
                (name, None) => Expected::Named(name.to_owned()),
            });
        } else if let Some((voice, text)) = line.split_once(": ") {
            let row: u16 = voice.parse().unwrap();
            let at = scene.segments.len() as u64 * 20;
            scene.segments.push(segment(row - 1, at, text));
        }
    }
    scenes
}

/// What voice `row` says from second `at` on.
fn segment(row: u16, at: u64, text: &str) -> Segment {
    let second = |n: u64| Time::from_millis(n * 1_000);
    let span = Span::new(second(at), second(at + 19)).unwrap();
    Segment {
        speaker: Some(SpeakerId(row)),
        guess: None,
        span,
        words: text.split_whitespace().map(|word| Word::new(word, span, Some(0.9))).collect(),
        doubt: None,
        opens: Opening::Nothing,
        language: Default::default(),
    }
}

impl Scene {
    fn evidence(&self) -> Vec<NameEvidence> {
        let known: Vec<&str> = self.known.iter().map(String::as_str).collect();
        let known = Known { expected: &known, ..Known::default() };
        evidence(&self.segments, self.expected.len(), &known, |_| false)
    }

    fn names(&self) -> Vec<Option<String>> {
        let names = named(&self.evidence(), self.expected.len(), &[], false);
        names.into_iter().map(|name| name.map(|(name, _)| name)).collect()
    }
}

/// Names that are right, given, and wished for.
#[derive(Debug, Default)]
struct Score {
    right: usize,
    given: usize,
    wished: usize,
}

fn score(scenes: &[Scene]) -> Score {
    let mut score = Score::default();
    for scene in scenes {
        for (row, (name, expected)) in scene.names().iter().zip(&scene.expected).enumerate() {
            score.wished += usize::from(matches!(expected, Expected::Named(_)));
            let is_right = match (name, expected) {
                (None, Expected::Named(_)) => {
                    println!("missed: {} · {} {expected:?}", scene.title, row + 1);
                    scene.evidence().iter().for_each(|one| println!("    {one:?}"));
                    continue;
                }
                (None, _) => continue,
                (Some(name), Expected::Named(right) | Expected::Perhaps(right)) => name == right,
                (Some(_), Expected::Nobody) => false,
            };
            score.given += 1;
            match (is_right, expected) {
                (true, Expected::Named(_)) => score.right += 1,
                (true, _) => score.given -= 1,
                (false, _) => {
                    println!("wrong: {} · {} {name:?} {expected:?}", scene.title, row + 1)
                }
            }
        }
    }
    let Score { right, given, wished } = score;
    println!("{right} right of {given} given, {wished} wished");
    score
}

/// Holds precision to 0.98 and recall to 0.7.
#[track_caller]
fn check(file: &str) {
    let score = score(&scenes(file));
    assert!(score.wished >= 25, "{score:?}");
    assert!(score.right as f64 >= 0.98 * score.given as f64, "{score:?}");
    assert!(score.right as f64 >= 0.7 * score.wished as f64, "{score:?}");
}

#[test]
fn scenes_that_rules_are_made_on_have_their_names() {
    check("rules.txt");
}

#[test]
fn scenes_that_were_kept_aside_have_their_names() {
    check("kept.txt");
}

#[test]
fn what_is_not_sure_enough_names_nobody_and_is_told() {
    let said =
        [(0, "Voilà."), (1, "Tout à fait, c'est ce que je pense."), (0, "Merci Zoé Lambert.")];
    let segments: Vec<Segment> =
        (0..).zip(said).map(|(n, (row, text))| segment(row, 20 * n, text)).collect();
    let evidence = evidence(&segments, 2, &Known::default(), |_| false);
    assert_eq!(named(&evidence, 2, &[], true), [None, None]);
    let [one] = evidence.as_slice() else { panic!("{evidence:?}") };
    assert_eq!((one.speaker, &*one.name), (SpeakerId(1), "Zoé Lambert"));
    assert!((0.5..super::SURE).contains(&one.probability), "{one:?}");
    assert_eq!(one.said[0].text, "Merci Zoé Lambert.");
    assert_eq!(one.said[0].at, Time::from_millis(40_000));
}

#[test]
fn a_name_that_the_feed_has_is_known_under_what_is_heard() {
    let segments = [
        segment(0, 0, "L'actualité du numérique avec Alan Garamier."),
        segment(1, 20, "Bonjour et bienvenue."),
    ];
    let names = |expected: &[&str]| {
        let known = Known { expected, ..Known::default() };
        named(&evidence(&segments, 2, &known, |_| false), 2, &[], false)
            .into_iter()
            .map(|name| name.map(|(name, _)| name))
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&["Alain Garnier"]), [None, Some("Alain Garnier".to_owned())]);
    assert_eq!(names(&["Alain Bernier"]), [None, Some("Alan Garamier".to_owned())]);
}

#[test]
fn cues_weigh_what_they_are_right_in() {
    let mut counts: BTreeMap<Cue, (u32, u32)> = BTreeMap::new();
    for scene in scenes("rules.txt") {
        let known: Vec<&str> = scene.known.iter().map(String::as_str).collect();
        let known = Known { expected: &known, ..Known::default() };
        let blocks = talk::blocks(&scene.segments, scene.expected.len());
        let (people, hits) = hits(&blocks, &known, |_| false);
        for hit in &hits {
            let name = match &hit.candidate {
                super::Candidate::Person(idx) => &people[*idx].name,
                super::Candidate::FirstName(_) => continue,
            };
            let is_right = match &scene.expected[hit.row] {
                Expected::Named(right) | Expected::Perhaps(right) => right == name,
                Expected::Nobody => false,
            };
            if !is_right {
                println!("{:?} {name} → {} in « {} »", hit.cue, hit.row + 1, scene.title);
            }
            let (right, of) = counts.entry(hit.cue).or_default();
            *right += u32::from(is_right);
            *of += 1;
        }
    }
    let counted = Cue::MEASURED.map(|(cue, ..)| {
        let (right, of) = counts.get(&cue).copied().unwrap_or_default();
        (cue, right, of)
    });
    assert_eq!(counted, Cue::MEASURED);
}

/// The page that is the model of ours, its speakers numbered: no profile, no feed.
#[test]
#[ignore = "reads ../shared/data"]
fn the_model_page_has_its_host_by_what_is_said() {
    let path = format!("{}/../shared/data/seed/voix-du-digital.txt", env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(path).unwrap().replace('\u{a0}', " ");
    let (mut row, mut segments) = (None, Vec::new());
    for line in page.lines().filter(|line| !line.trim().is_empty()) {
        let said =
            ["Voix off : ", "Alain Garnier : "].iter().position(|name| line.starts_with(name));
        row = said.map(|row| row as u16).or(row);
        let text = line.split_once(" : ").filter(|_| said.is_some()).map_or(line, |turn| turn.1);
        let at = segments.len() as u64 * 20;
        segments.extend(row.map(|row| segment(row, at, text)));
    }
    let evidence = evidence(&segments, 2, &Known::default(), |_| false);
    let names = named(&evidence, 2, &[], false);
    let names: Vec<Option<&str>> = names.iter().map(|name| name.as_ref().map(|n| &*n.0)).collect();
    assert_eq!(names, [None, Some("Alain Garnier")], "{evidence:#?}");
}
