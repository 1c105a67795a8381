//! What the pages ask for.

use super::desk::{Desk, Episode, is_busy, reason};
use crate::language::told;
use axum::{
    Json,
    extract::{Path, Query, Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    iter,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tower_http::services::ServeFile;
use voixoff::{
    archive::publish::{self, search as search_archive},
    base::{
        speech::{Doubt, Gap, SpeakerId, Word},
        time::Span,
        transcript::Transcript,
    },
    episode::pipeline::second_voice,
    formats::{Format, RenderSettings, encoded_name},
    review::{Document, Edit, PEAKS_PER_SECOND, Refused, Review, ReviewError, Sentence},
    speakers::diarize::assignment::SpeakerSettings,
    text::{is_doubtful, risk},
};

pub(super) type Shared = State<Arc<Desk>>;

/// The list is answered in parts that take this long: people see the first episodes at once.
const PART_TIME: Duration = Duration::from_millis(300);

/// Passages that a search answers with at most.
const PASSAGES_MAX: usize = 200;

/// What a preview may do: have a style, and nothing else.
const PREVIEW_POLICY: &str = include_str!("page/preview-policy.txt");

/// What went wrong, as the page tells it.
pub(super) struct Trouble(pub(super) StatusCode, pub(super) String);

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": told(&self.1) }))).into_response()
    }
}

impl From<anyhow::Error> for Trouble {
    fn from(error: anyhow::Error) -> Trouble {
        Trouble(StatusCode::INTERNAL_SERVER_ERROR, reason(&error))
    }
}

/// What `work` answers, done where it may take its time.
pub(super) async fn answered<T: IntoResponse + Send + 'static>(
    work: impl FnOnce() -> Result<T, Trouble> + Send + 'static,
) -> Response {
    match tokio::task::spawn_blocking(work).await {
        Ok(answer) => answer.into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn of(desk: &Desk, number: usize) -> Result<&Episode, Trouble> {
    let none = || Trouble(StatusCode::NOT_FOUND, "there is no such episode".to_owned());
    desk.episode(number).ok_or_else(none)
}

/// The review of episode `number`, for what `work` does with it.
fn reviewed<T>(
    desk: &Desk,
    number: usize,
    work: impl FnOnce(&mut Review, &Episode) -> Result<T, Trouble>,
) -> Result<T, Trouble> {
    let episode = of(desk, number)?;
    let review: Arc<Mutex<Review>> = desk.review(number)?;
    let mut review = review.lock().unwrap_or_else(PoisonError::into_inner);
    work(&mut review, episode)
}

/// From which episode on the list is asked for.
#[derive(Deserialize)]
pub(super) struct Part {
    #[serde(default)]
    from: usize,
}

/// The episodes, and what is left to do of each: from the first that is asked for, as many as are read
/// in [`PART_TIME`].
pub(super) async fn episodes(State(desk): Shared, Query(part): Query<Part>) -> Response {
    answered(move || {
        let begun = Instant::now();
        let mut all: Vec<Value> = Vec::new();
        for number in part.from..desk.n_episodes() {
            all.push(desk.summary(number, || summary(&desk, number)));
            if begun.elapsed() > PART_TIME {
                break;
            }
        }
        let has_archive = !desk.archives().is_empty();
        Ok(Json(json!({ "episodes": all, "of": desk.n_episodes(), "archive": has_archive })))
    })
    .await
}

fn summary(desk: &Desk, number: usize) -> Value {
    let episode = &desk.episodes()[number];
    let begun = desk.is_open(number) || episode.outputs.review().exists();
    let summed = |transcript: &Transcript, review: Option<&Review>| {
        let sentences = transcript.segments.iter().filter(|it| !it.words.is_empty());
        let n_all = sentences.clone().map(|it| it.words.len()).sum::<usize>();
        let doubtful = sentences.filter(|it| is_open(it.doubt, &it.words));
        let open: Vec<f64> = match review {
            Some(review) => review
                .document()
                .sentences()
                .iter()
                .filter(|it| !it.checked && is_open(it.doubt.filter(|_| !it.is_edited), &it.words))
                .map(|it| seconds(&it.words))
                .collect(),
            None => doubtful.clone().map(|it| seconds(&it.words)).collect(),
        };
        let n_unsure = doubtful.flat_map(|it| &it.words).filter(|it| is_doubtful(it)).count();
        json!({
            "number": number,
            "name": episode.name,
            "title": transcript.about.title,
            "date": transcript.about.date.map(|date| date.iso()),
            "duration": transcript.duration.as_secs_f64(),
            "reviewer": review.map_or(&*transcript.provenance.reviewer, |it| it.document().reviewer()),
            "unpublished": review.is_some_and(Review::is_unpublished),
            "words": n_all,
            "unsure": n_unsure,
            "places": open.len(),
            "listening": open.iter().sum::<f64>(),
            "state": match (transcript.provenance.reviewed, begun) {
                (true, _) => "reviewed",
                (false, true) => "begun",
                (false, false) => "draft",
            },
        })
    };
    let of_review = |review: &Review| summed(&review.document().transcript(), Some(review));
    let result = if desk.is_open(number) {
        reviewed(desk, number, |review, _| Ok(of_review(review))).map_err(|trouble| trouble.1)
    } else if begun {
        // Looked at, it is not held: other programs go on.
        match episode.open() {
            Ok(review) => Ok(of_review(&review)),
            Err(error) if is_busy(&error) => Ok(elsewhere(episode, number)),
            Err(error) => Err(reason(&error)),
        }
    } else {
        episode.written().map(|it| summed(&it, None)).map_err(|error| reason(&error))
    };
    result.unwrap_or_else(
        |error| json!({ "number": number, "name": episode.name, "error": told(&error) }),
    )
}

/// What the list says of an episode that another program has under review.
fn elsewhere(episode: &Episode, number: usize) -> Value {
    let progress = Review::progress(&episode.outputs.review()).ok().flatten();
    json!({
        "number": number,
        "name": episode.name,
        "reviewer": progress.map(|it| it.reviewer).unwrap_or_default(),
        "state": "elsewhere",
    })
}

/// What the list is searched for.
#[derive(Deserialize)]
pub(super) struct Asked {
    q: String,
}

/// Where words are said in all episodes, as they were written last.
pub(super) async fn search(State(desk): Shared, Query(asked): Query<Asked>) -> Response {
    answered(move || {
        let query = publish::Query::new(&asked.q, "", "");
        if query.is_empty() {
            return Ok(Json(json!({ "passages": [] })));
        }
        let outputs: Vec<_> = desk.episodes().iter().map(|it| it.outputs.clone()).collect();
        let (found, _) = search_archive(&outputs, &query);
        let passages = found.iter().flat_map(|episode| {
            let number = outputs.iter().position(|outputs| *outputs == episode.outputs);
            episode.passages.iter().map(move |passage| {
                json!({
                    "number": number,
                    "name": episode.outputs.name(),
                    "at": passage.at.map(|at| at.as_secs_f64()),
                    "speaker": passage.speaker,
                    "text": passage.text,
                })
            })
        });
        let passages: Vec<Value> = passages.take(PASSAGES_MAX).collect();
        Ok(Json(json!({ "passages": passages })))
    })
    .await
}

/// All of an episode that the editor shows.
pub(super) async fn document(State(desk): Shared, Path(number): Path<usize>) -> Response {
    answered(move || {
        reviewed(&desk, number, |review, episode| Ok(Json(shown(&desk, review, episode))))
    })
    .await
}

fn shown(desk: &Desk, review: &Review, episode: &Episode) -> Value {
    let document = review.document();
    let machine = document.machine();
    let speakers = document.speakers().iter().map(|speaker| {
        let evidence = machine.name_evidence.iter().filter(|it| it.speaker == speaker.id);
        let evidence = evidence.map(|it| {
            json!({
                "name": it.name,
                "probability": it.probability,
                "said": it.said.iter().map(|it| json!({ "at": it.at.as_secs_f64(), "text": it.text }))
                    .collect::<Vec<_>>(),
            })
        });
        json!({
            "id": speaker.id,
            "name": speaker.name.as_str(),
            "known": speaker.name.person().is_some(),
            "role": speaker.role,
            "evidence": evidence.collect::<Vec<_>>(),
        })
    });
    let people = machine.about.people.iter().map(|it| it.name.clone());
    json!({
        "name": episode.name,
        "revision": document.revision(),
        "duration": machine.duration.as_secs_f64(),
        "others": desk.n_episodes() > 1,
        "signer": desk.reviewer(),
        "done": review.deeds(),
        "sound": episode.sound(&machine.about.sound).is_some(),
        "reviewed": document.is_reviewed(),
        "reviewer": document.reviewer(),
        "timed": machine.is_timed,
        "wrong": machine.expected_error_rate(),
        "heading": document.heading(),
        "speakers": speakers.collect::<Vec<_>>(),
        "people": people.collect::<Vec<_>>(),
        "sentences": document.sentences().iter().map(|it| sentence(document, it)).collect::<Vec<_>>(),
        "left_out": machine.left_out.iter()
            .map(|it| json!([it.span.start().as_secs_f64(), it.span.end().as_secs_f64(), it.is_spoken]))
            .collect::<Vec<_>>(),
        "formats": written_formats(episode).iter().map(|it| it.name()).collect::<Vec<_>>(),
    })
}

fn sentence(document: &Document, sentence: &Sentence) -> Value {
    let mut value = json!({
        "id": sentence.id,
        "text": sentence.text(),
        "speaker": sentence.speaker,
        "opens": sentence.opens,
        "heard": [sentence.heard().start, sentence.heard().end],
        "words": words(&sentence.words),
    });
    let mut set = |name: &str, it: Value| value[name] = it;
    if let Some(guess) = sentence.guess {
        set("guess", guess.0.into());
    }
    if sentence.checked {
        set("checked", true.into());
    }
    if let Some(doubt) = sentence.doubt {
        set("doubt", doubt.name().into());
    }
    if sentence.is_edited {
        set("original", document.original(sentence).into());
    }
    value
}

/// Of each word that is shown: start and length in milliseconds, the characters of the gap before it
/// and its own, and, where a person should listen to it, how doubtful it is, in percent, else 0.
fn words(words: &[Word]) -> Value {
    let shown = words.iter().filter(|word| word.dropped.is_none());
    let word = |word: &Word| {
        let start = word.span.start().as_millis();
        let length = word.span.end().as_millis() - start;
        let gap = u8::from(word.gap != Gap::Nothing);
        let risk = if is_doubtful(word) { risk(word) } else { 0 };
        json!([start, length, gap, word.text.encode_utf16().count(), risk])
    };
    shown.map(word).collect()
}

fn is_open(doubt: Option<Doubt>, words: &[Word]) -> bool {
    doubt.is_some() || words.iter().any(|word| word.dropped.is_none() && is_doubtful(word))
}

fn seconds(words: &[Word]) -> f64 {
    let ends = words.first().zip(words.last());
    ends.map_or(0.0, |(first, last)| last.span.end().minus(first.span.start()).as_secs_f64())
}

/// How many edits there are.
pub(super) async fn revision(State(desk): Shared, Path(number): Path<usize>) -> Response {
    answered(move || {
        reviewed(&desk, number, |review, _| {
            Ok(Json(json!({ "revision": review.document().revision() })))
        })
    })
    .await
}

/// An edit, the revision that the page had, and the edits that it made on top of it: a page that is
/// closed sends all at once.
#[derive(Deserialize)]
pub(super) struct Sent {
    since: u64,
    edit: Edit,
    #[serde(default)]
    then: Vec<Edit>,
}

/// Applies an edit: the sentences that are others from here on; or why not, with those that somebody
/// else has changed.
pub(super) async fn edit(
    State(desk): Shared,
    Path(number): Path<usize>,
    Json(sent): Json<Sent>,
) -> Response {
    answered(move || {
        let edits = iter::once(sent.edit).chain(sent.then).collect();
        reviewed(&desk, number, |review, _| match review.apply_all(edits, sent.since) {
            Ok(ids) => {
                let document = review.document();
                let changed = document.with_ids(&ids).map(|it| sentence(document, it));
                let changed: Vec<Value> = changed.collect();
                let revision = document.revision();
                Ok(Json(json!({ "revision": revision, "sentences": changed })).into_response())
            }
            Err(ReviewError::Refused(Refused::Stale { sentences, .. })) => {
                let stale = Json(json!({ "stale": sentences }));
                Ok((StatusCode::CONFLICT, stale).into_response())
            }
            Err(ReviewError::Refused(refused)) => {
                Err(Trouble(StatusCode::UNPROCESSABLE_ENTITY, refused.to_string()))
            }
            Err(error) => Err(anyhow::Error::from(error).into()),
        })
    })
    .await
}

/// The sentences of a voice that are of a second person, where somebody has heard that it is two.
pub(super) async fn second(
    State(desk): Shared,
    Path((number, speaker)): Path<(usize, SpeakerId)>,
) -> Response {
    answered(move || {
        reviewed(&desk, number, |review, episode| {
            let sentences = review.document().sentences().iter();
            let own = sentences.filter(|it| it.speaker == Some(speaker));
            let own: Vec<(u64, Span)> = own.filter_map(|it| Some((it.id, said(it)?))).collect();
            let spans: Vec<Span> = own.iter().map(|(_, span)| *span).collect();
            let found = episode
                .outputs
                .analysis()
                .and_then(|path| second_voice(&path, &spans, &SpeakerSettings::PODCAST));
            let Some(found) = found else {
                let why = "the sound tells no two people apart in this voice";
                return Err(Trouble(StatusCode::NOT_FOUND, why.to_owned()));
            };
            let ids = own.iter().zip(found).filter(|(_, is_second)| *is_second);
            let ids: Vec<u64> = ids.map(|((id, _), _)| *id).collect();
            Ok(Json(json!({ "sentences": ids })))
        })
    })
    .await
}

fn said(sentence: &Sentence) -> Option<Span> {
    let (first, last) = (sentence.words.first()?, sentence.words.last()?);
    Span::new(first.span.start(), last.span.end())
}

/// The sound, or the part that is asked for.
pub(super) async fn sound(
    State(desk): Shared,
    Path(number): Path<usize>,
    request: Request,
) -> Response {
    let path = {
        let desk = Arc::clone(&desk);
        tokio::task::spawn_blocking(move || sound_of(&desk, number)).await
    };
    match path {
        Ok(Ok(Some(path))) => match ServeFile::new(path).try_call(request).await {
            Ok(response) => response.into_response(),
            Err(_) => StatusCode::NOT_FOUND.into_response(),
        },
        Ok(Err(trouble)) => trouble.into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

fn sound_of(desk: &Desk, number: usize) -> Result<Option<std::path::PathBuf>, Trouble> {
    reviewed(desk, number, |review, episode| {
        Ok(episode.sound(&review.document().machine().about.sound))
    })
}

/// The peaks of the sound: a byte each. Nothing where they are not made yet.
pub(super) async fn peaks(State(desk): Shared, Path(number): Path<usize>) -> Response {
    answered(move || {
        let Some(sound) = sound_of(&desk, number)? else {
            return Ok(StatusCode::NOT_FOUND.into_response());
        };
        Ok(match desk.episodes()[number].wave.peaks(&sound) {
            Some(peaks) => {
                let rate = HeaderValue::from(PEAKS_PER_SECOND);
                ([("x-peaks-per-second", rate)], peaks).into_response()
            }
            None => StatusCode::ACCEPTED.into_response(),
        })
    })
    .await
}

/// The text as it stands, in a format.
pub(super) async fn rendered(
    State(desk): Shared,
    Path((number, format)): Path<(usize, String)>,
) -> Response {
    answered(move || {
        let none = || Trouble(StatusCode::NOT_FOUND, "there is no such format".to_owned());
        let format = Format::ALL.into_iter().find(|it| it.name() == format).ok_or_else(none)?;
        reviewed(&desk, number, |review, episode| {
            let transcript = review.document().transcript();
            let name = episode.outputs.name();
            let bytes = format.render(&transcript, &settings(&name));
            let kind = match format {
                Format::Html | Format::PodcastHtml => "text/html;charset=utf-8",
                Format::Docx => {
                    "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
                }
                _ => "text/plain;charset=utf-8",
            };
            let file = file_name(&episode.outputs.path(format));
            let shown = if format == Format::Docx { "attachment" } else { "inline" };
            let headers = [
                (header::CONTENT_TYPE, kind.to_owned()),
                (header::CONTENT_DISPOSITION, format!("{shown}; {}", named(&file))),
                // The page has its style and its script in itself; here it is only looked at.
                (header::CONTENT_SECURITY_POLICY, PREVIEW_POLICY.to_owned()),
            ];
            Ok((headers, bytes))
        })
    })
    .await
}

/// The name of a file as a header has it: plain for old browsers, and as it is (RFC 6266).
fn named(file: &str) -> String {
    let is_plain = |it: char| it.is_ascii_graphic() && !"\"\\".contains(it);
    let plain: String = file.chars().map(|it| if is_plain(it) { it } else { '_' }).collect();
    format!("filename=\"{plain}\"; filename*=UTF-8''{}", encoded_name(file))
}

fn settings(name: &str) -> RenderSettings<'_> {
    RenderSettings { name, ..RenderSettings::default() }
}

fn file_name(path: &std::path::Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// How the files are written.
#[derive(Deserialize)]
pub(super) struct Publish {
    /// Also over files that somebody has changed by other means.
    #[serde(default)]
    force: bool,
    /// A format more than those that are there.
    #[serde(default)]
    format: String,
}

/// Writes the text as it stands in the formats that the episode has.
pub(super) async fn publish(
    State(desk): Shared,
    Path(number): Path<usize>,
    Json(options): Json<Publish>,
) -> Response {
    answered(move || {
        reviewed(&desk, number, |review, episode| {
            let mut formats = written_formats(episode);
            let more = Format::ALL.into_iter().find(|it| it.name() == options.format);
            formats.extend(more.filter(|more| !formats.contains(more)));
            if let Some(path) = episode.outputs.touched(&formats).filter(|_| !options.force) {
                let file = file_name(&path);
                return Ok((StatusCode::CONFLICT, Json(json!({ "touched": file }))).into_response());
            }
            let transcript = review.document().transcript();
            let name = episode.outputs.name();
            let files: Vec<_> = formats
                .iter()
                .filter(|format| !format.needs_times() || transcript.is_timed)
                .map(|format| {
                    let settings = RenderSettings { beside: &formats, ..settings(&name) };
                    (*format, format.render(&transcript, &settings))
                })
                .collect();
            let written = episode.outputs.add(&files, crate::measured::is_timed(&transcript));
            written.map_err(|error| {
                anyhow::Error::from(error).context("the files cannot be written")
            })?;
            let since = review.document().revision();
            if since > 0 {
                // Files that are written stay so, whether that can be noted or not.
                let _ = review.apply(Edit { published: true, ..Edit::default() }, since);
            }
            let names = files.iter().map(|(format, _)| file_name(&episode.outputs.path(*format)));
            let revision = review.document().revision();
            let names: Vec<_> = names.collect();
            Ok(Json(json!({ "written": names, "revision": revision })).into_response())
        })
    })
    .await
}

/// The formats that lie beside the episode; JSON and text where nothing else does.
fn written_formats(episode: &Episode) -> Vec<Format> {
    let is_there = |format: &Format| episode.outputs.path(*format).is_file();
    let mut formats: Vec<Format> = Format::ALL.into_iter().filter(is_there).collect();
    for format in [Format::Json, Format::Txt] {
        if !formats.contains(&format) {
            formats.push(format);
        }
    }
    formats
}
