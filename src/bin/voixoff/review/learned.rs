//! What the reviewed episodes teach of their show: shown, then kept with one click.

use super::answers::{Shared, Trouble, answered};
use crate::{
    language::told,
    learn::{Teaching, read_by_people},
};
use axum::{Json, extract::State, response::Response};
use serde_json::{Value, json};
use std::path::PathBuf;
use voixoff::base::speech::Role;

/// What the archives teach.
pub(super) async fn learned(State(desk): Shared) -> Response {
    answered(move || {
        let all = desk.archives().iter().map(|folder| {
            let shown = folder.display().to_string();
            match Teaching::of(folder, None, None, &[]) {
                Ok(teaching) => of(&shown, &teaching),
                // Nothing is reviewed yet, or a file of a person cannot be read: the page says which.
                Err(error) => json!({
                    "folder": shown,
                    "error": told(&format!("{error:#}")),
                    "empty": read_by_people(folder).is_empty(),
                }),
            }
        });
        Ok(Json(json!({ "archives": all.collect::<Vec<_>>() })))
    })
    .await
}

fn of(folder: &str, teaching: &Teaching) -> Value {
    let found = || teaching.shows.iter().map(|show| &show.found);
    let terms = found().flat_map(|found| &found.terms).map(|term| {
        let heard: Vec<&String> = term.variants.iter().map(|(variant, _)| variant).collect();
        json!({ "form": term.form, "heard": heard, "episodes": term.episodes.len() })
    });
    let people = found().flat_map(|found| &found.people).map(|person| {
        let role = person.role.map(Role::name);
        json!({ "name": person.name, "role": role, "seconds": person.speech.as_secs_f64() })
    });
    json!({
        "folder": folder,
        "from": teaching.n_episodes,
        "terms": terms.collect::<Vec<_>>(),
        "people": people.collect::<Vec<_>>(),
        "sentences": found().flat_map(|found| &found.boilerplate).map(|it| &it.0).collect::<Vec<_>>(),
        "voices": teaching.voices,
        "new": teaching.is_new(),
    })
}

/// Adds what the archives teach to their `show.toml` and `voices.toml`: the files that were written.
pub(super) async fn keep(State(desk): Shared) -> Response {
    answered(move || {
        let mut written: Vec<PathBuf> = Vec::new();
        for folder in desk.archives() {
            // An archive without a reviewed episode teaches nothing.
            let Ok(teaching) = Teaching::of(folder, None, None, &[]) else { continue };
            written.extend(teaching.write().map_err(Trouble::from)?);
        }
        let names = written.iter().map(|path| path.display().to_string());
        Ok(Json(json!({ "written": names.collect::<Vec<_>>() })))
    })
    .await
}
