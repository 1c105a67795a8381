//! The files of the pages: they are in the program.

use axum::{
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

const LIST: &str = include_str!("page/list.html");
const EDITOR: &str = include_str!("page/editor.html");

const FILES: [(&str, &str, &str); 9] = [
    ("style.css", "text/css", include_str!("page/style.css")),
    ("words.js", "text/javascript", include_str!("page/words.js")),
    ("list.js", "text/javascript", include_str!("page/list.js")),
    ("learned.js", "text/javascript", include_str!("page/learned.js")),
    ("model.js", "text/javascript", include_str!("page/model.js")),
    ("keeper.js", "text/javascript", include_str!("page/keeper.js")),
    ("player.js", "text/javascript", include_str!("page/player.js")),
    ("dialogs.js", "text/javascript", include_str!("page/dialogs.js")),
    ("editor.js", "text/javascript", include_str!("page/editor.js")),
];

pub(super) async fn list() -> Response {
    text("text/html", LIST)
}

pub(super) async fn editor() -> Response {
    text("text/html", EDITOR)
}

pub(super) async fn file(Path(name): Path<String>) -> Response {
    match FILES.iter().find(|(own, ..)| *own == name) {
        Some((_, kind, content)) => text(kind, content),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn text(kind: &str, content: &'static str) -> Response {
    ([(header::CONTENT_TYPE, format!("{kind};charset=utf-8"))], content).into_response()
}
