//! Equal words in the other episodes: where they are, and others in their place.

use super::{
    answers::{Shared, Trouble, answered},
    desk::{Desk, reason},
};
use axum::{
    Json,
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;
use voixoff::review::{Document, Edit, Sentence, SentencePut, Splice};

/// Places that an answer has at most.
const PLACES_MAX: usize = 500;

/// What is looked for, and the episode that is left out: it is open before the one who asks.
#[derive(Deserialize)]
pub(super) struct Wanted {
    from: String,
    but: usize,
}

/// A sentence in which the words are.
#[derive(Serialize)]
struct Place {
    number: usize,
    name: String,
    id: u64,
    at: Option<f64>,
    text: String,
}

/// Where the words are said in other episodes, as these stand.
pub(super) async fn equal(State(desk): Shared, Query(wanted): Query<Wanted>) -> Response {
    answered(move || {
        let from = words(&wanted.from)?;
        let mut places = Vec::new();
        let mut unread = Vec::new();
        for number in (0..desk.n_episodes()).filter(|number| *number != wanted.but) {
            if places.len() >= PLACES_MAX {
                break;
            }
            match places_in(&desk, number, from) {
                Ok(found) => places.extend(found),
                Err(error) => unread.push(told_of(&desk, number, &error)),
            }
        }
        let is_cut = places.len() > PLACES_MAX;
        places.truncate(PLACES_MAX);
        Ok(Json(json!({ "places": places, "more": is_cut, "left_out": unread })))
    })
    .await
}

fn places_in(desk: &Desk, number: usize, from: &str) -> anyhow::Result<Vec<Place>> {
    let name = &desk.episodes()[number].name;
    let place = |it: &Sentence| Place {
        number,
        name: name.clone(),
        id: it.id,
        at: it.words.first().map(|word| word.span.start().as_secs_f64()),
        text: it.text(),
    };
    let of = |document: &Document| -> Vec<Place> {
        let sentences = document.sentences().iter();
        sentences.filter(|it| !whole_words(&it.text(), from).is_empty()).map(place).collect()
    };
    let episode = &desk.episodes()[number];
    // What nobody has corrected yet is only read.
    if !desk.is_open(number) && !episode.outputs.review().exists() {
        return Ok(of(&Document::new(episode.written()?)));
    }
    desk.in_passing(number, |review| Ok(of(review.document())))
}

/// Words in the place of others, in chosen sentences.
#[derive(Deserialize)]
pub(super) struct Replacement {
    from: String,
    to: String,
    /// Numbers of episodes and of their sentences.
    places: Vec<(usize, u64)>,
}

/// Replaces the words, an edit an episode: how many sentences are others, and which episodes are not.
pub(super) async fn replace(State(desk): Shared, Json(wanted): Json<Replacement>) -> Response {
    answered(move || {
        let (from, to) = (words(&wanted.from)?, wanted.to.trim());
        let numbers: BTreeSet<usize> = wanted.places.iter().map(|(number, _)| *number).collect();
        let (mut n_changed, mut left) = (0, Vec::new());
        for number in numbers.into_iter().filter(|number| *number < desk.n_episodes()) {
            let ids = wanted.places.iter().filter(|place| place.0 == number);
            let ids: BTreeSet<u64> = ids.map(|(_, id)| *id).collect();
            let replaced = desk.in_passing(number, |review| {
                let document = review.document();
                let edit = replacing(document, &ids, from, to);
                let (since, n_sentences) = (document.revision(), edit.splices.len());
                if n_sentences > 0 {
                    review.apply(edit, since)?;
                }
                Ok(n_sentences)
            });
            match replaced {
                Ok(n_sentences) => n_changed += n_sentences,
                Err(error) => left.push(told_of(&desk, number, &error)),
            }
        }
        Ok(Json(json!({ "changed": n_changed, "left_out": left })))
    })
    .await
}

/// What puts `to` in the place of `from` in those of the sentences that still have it.
fn replacing(document: &Document, ids: &BTreeSet<u64>, from: &str, to: &str) -> Edit {
    let splice = |it: &Sentence| {
        let mut text = it.text();
        let found = whole_words(&text, from);
        // The last first: places of those before stay.
        found.iter().rev().for_each(|at| text.replace_range(*at..*at + from.len(), to));
        let put = SentencePut {
            id: it.id,
            text,
            speaker: it.speaker,
            opens: it.opens,
            checked: it.checked,
            heard: None,
        };
        (!found.is_empty()).then(|| Splice { at: vec![it.id], with: vec![put] })
    };
    let splices = document.with_ids(ids).filter_map(splice).collect();
    Edit { splices, ..Edit::default() }
}

/// Where `from` is in `text` as whole words, in bytes.
fn whole_words(text: &str, from: &str) -> Vec<usize> {
    let is_word = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    let is_whole = |at: &usize| {
        !is_word(text[..*at].chars().next_back())
            && !is_word(text[*at + from.len()..].chars().next())
    };
    text.match_indices(from).map(|(at, _)| at).filter(is_whole).collect()
}

fn words(from: &str) -> Result<&str, Trouble> {
    let none =
        || Trouble(StatusCode::UNPROCESSABLE_ENTITY, "there is no word to look for".to_owned());
    Some(from.trim()).filter(|from| !from.is_empty()).ok_or_else(none)
}

fn told_of(desk: &Desk, number: usize, error: &anyhow::Error) -> serde_json::Value {
    let error = reason(error);
    json!({ "name": desk.episodes()[number].name, "error": crate::language::told(&error) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_words_are_others() {
        let text = "Logis ciel, le logis cielo ; logis ciel’ et « logis ciel ».";
        assert_eq!(whole_words(text, "logis ciel").len(), 2);
        assert!(whole_words("à l’été d’étés", "été").len() == 1);
        assert!(whole_words("", "x").is_empty());
    }
}
