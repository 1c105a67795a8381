//! Transcription for programs: what they are answered, who may ask, and what harms nobody.

use crate::desk::{all_below, growing, put};
use serde_json::Value;
use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

const SCRIPT: &str =
    r#"{"regions_ms": [[0, 4000], [5000, 9000]], "voices_ms": [[0, 0, 4500], [1, 4500, 9000]]}"#;

/// A server with a folder of temporary files of its own; it ends with the test.
struct Server {
    folder: TempDir,
    child: Child,
    port: u16,
    token: &'static str,
}

struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{}{}", self.head, self.body))
    }

    /// The error, where there is one with this status.
    #[track_caller]
    fn error(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}{}", self.head, self.body);
        let error = self.json()["error"].clone();
        for name in ["message", "type", "param", "code"] {
            assert!(error.get(name).is_some(), "{error}");
        }
        error
    }
}

fn command(folder: &Path, options: &[&str]) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("voixoff"));
    fs::create_dir_all(folder.join("tmp")).expect("a folder");
    command.env("VOIXOFF_LANG", "en").env("TMPDIR", folder.join("tmp")).current_dir(folder);
    command.env("XDG_CONFIG_HOME", folder.join("config"));
    command.args(["serve", "--port", "0", "--scripted", "script.json"]).args(options);
    command
}

impl Server {
    fn new(script: &str, options: &[&str]) -> Server {
        Server::with_settings(script, "", options)
    }

    /// One whose user has these settings.
    fn with_settings(script: &str, settings: &str, options: &[&str]) -> Server {
        let folder = tempfile::tempdir().expect("a folder");
        put(folder.path(), "script.json", script);
        put(folder.path(), "config/voixoff/voixoff.toml", settings);
        let mut command = command(folder.path(), options);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("run");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("stdout");
        BufReader::new(stdout).read_line(&mut line).expect("an address");
        let rest = line.trim().strip_prefix("http://127.0.0.1:").expect("on the loopback");
        let port = rest.strip_suffix("/v1").and_then(|it| it.parse().ok()).expect("a port");
        Server { folder, child, port, token: "" }
    }

    fn head(&self, method: &str, path: &str, more: &str) -> String {
        let token = match self.token {
            "" => String::new(),
            token => format!("Authorization: Bearer {token}\r\n"),
        };
        let host = format!("Host: 127.0.0.1:{}\r\n", self.port);
        let host = if more.contains("Host: ") { "" } else { &host };
        format!("{method} {path} HTTP/1.1\r\n{host}{token}{more}Connection: close\r\n\r\n")
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.port)).expect("connected")
    }

    fn ask_with(&self, method: &str, path: &str, more: &str, body: &[u8]) -> Answer {
        let mut stream = self.connect();
        stream.write_all(self.head(method, path, more).as_bytes()).expect("sent");
        // A server that refuses may end before all is sent.
        let _ = stream.write_all(body);
        answer(stream)
    }

    fn get(&self, path: &str) -> Answer {
        self.ask_with("GET", path, "", b"")
    }

    /// Sends `sound` with these fields to `path`.
    fn send_to(&self, path: &str, sound: &[u8], fields: &[(&str, &str)]) -> Answer {
        let body = form(Some(sound), fields);
        self.ask_with("POST", path, &content(body.len()), &body)
    }

    fn send(&self, sound: &[u8], fields: &[(&str, &str)]) -> Answer {
        self.send_to("/v1/audio/transcriptions", sound, fields)
    }

    /// Files that lie in the folder of temporary files, but for the lock of the server.
    fn left(&self) -> usize {
        all_below(&self.folder.path().join("tmp")).len() - 1
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn content(length: usize) -> String {
    format!("Content-Type: multipart/form-data; boundary=sép\r\nContent-Length: {length}\r\n")
        .replace('é', "e")
}

/// A form with a file and these fields.
fn form(sound: Option<&[u8]>, fields: &[(&str, &str)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let head = "--sep\r\nContent-Disposition: form-data; name=";
        body.extend(format!("{head}\"{name}\"\r\n\r\n{value}\r\n").bytes());
    }
    if let Some(sound) = sound {
        let head = "--sep\r\nContent-Disposition: form-data; name=\"file\"; filename=\"é.wav\"";
        body.extend(format!("{head}\r\nContent-Type: audio/wav\r\n\r\n").bytes());
        body.extend(sound);
        body.extend(b"\r\n");
    }
    body.extend(b"--sep--\r\n");
    body
}

fn answer(mut stream: TcpStream) -> Answer {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|it| it.parse().ok()).unwrap_or(0);
    let mut body = body.to_owned();
    if head.to_lowercase().contains("transfer-encoding: chunked") {
        body = unchunked(&body);
    }
    Answer { status, head: head.to_owned(), body }
}

fn unchunked(mut body: &str) -> String {
    let mut text = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).unwrap_or(0);
        text.push_str(rest.get(..size).unwrap_or_default());
        body = rest.get(size + 2..).unwrap_or_default();
    }
    text
}

/// Waits until `is_so`.
#[track_caller]
fn until(is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(60), "it never comes");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_recording_is_answered_in_each_format_that_openai_has() {
    let server = Server::new(SCRIPT, &[]);
    let sound = growing(9);
    let sent =
        |format: &str| server.send(&sound, &[("model", "whisper-1"), ("response_format", format)]);
    let json = sent("json").json();
    let text = json["text"].as_str().expect("a text");
    assert!(text.split(' ').count() > 3, "{text}");
    assert_eq!(json["usage"]["seconds"], 9);
    assert_eq!(sent("text").body, format!("{text}\n"));
    let (srt, vtt) = (sent("srt"), sent("vtt"));
    assert!(srt.body.starts_with("1\n00:00:0") && srt.body.contains(" --> "), "{}", srt.body);
    assert!(vtt.body.starts_with("WEBVTT") && vtt.head.contains("text/vtt"), "{}", vtt.head);
    assert_eq!(server.send(&sound, &[]).json(), json, "a form without a format");

    let verbose = sent("verbose_json").json();
    assert_eq!((&verbose["text"], &verbose["language"]), (&json["text"], &"fr".into()));
    assert_eq!(verbose["duration"], 9.0);
    assert_eq!(verbose["speakers"].as_array().map(Vec::len), Some(2));
    assert!(verbose.get("words").is_none());
    let segments = verbose["segments"].as_array().expect("segments");
    let names: Vec<&str> = segments.iter().filter_map(|it| it["speaker"].as_str()).collect();
    assert!(names.len() == segments.len() && names[0] != names[names.len() - 1], "{names:?}");
    let words = server.send(
        &sound,
        &[
            ("response_format", "verbose_json"),
            ("timestamp_granularities[]", "word"),
            ("timestamp_granularities[]", "segment"),
        ],
    );
    let words = words.json();
    assert_eq!(words["segments"], verbose["segments"]);
    let all = words["words"].as_array().expect("words");
    assert_eq!(all.len(), text.split(' ').count());
    assert!(all.iter().all(|it| it["end"].as_f64() >= it["start"].as_f64()));

    let diarized = sent("diarized_json").json();
    assert_eq!(diarized["segments"].as_array().map(Vec::len), Some(segments.len()));
    assert!(sent("md").body.contains("**Intervenant 2"), "as `transcribe` writes it");
    let models = server.get("/v1/models").json();
    assert_eq!(models["data"][0]["id"], "scripted");
    assert_eq!(server.get("/v1/models/whisper-1").json()["object"], "model");
    assert_eq!(server.left(), 0);
}

#[test]
fn what_a_request_tells_beforehand_reaches_the_recogniser_and_the_next_one_is_told_its_own() {
    let script = r#"{"regions_ms": [[0, 9000]], "says_told": true}"#;
    let server = Server::new(script, &["--prompt", "Partout"]);
    let sound = growing(9);
    let heard = |fields: &[(&str, &str)]| server.send(&sound, fields).json()["text"].to_string();
    assert!(
        heard(&[("prompt", "Aïcha Le Goff"), ("temperature", "0.2")]).contains("Aïcha Le Goff")
    );
    assert!(heard(&[]).contains("Partout"));
    let verbose = [("language", "english"), ("response_format", "verbose_json")];
    assert_eq!(server.send(&sound, &verbose).json()["language"], "en");
    assert_eq!(server.send(&sound, &verbose[1..]).json()["language"], "fr");
}

#[test]
fn the_user_says_how_a_server_goes_and_the_command_line_wins() {
    let script = r#"{"regions_ms": [[0, 9000]], "says_told": true}"#;
    let settings =
        "prompt = \"Partout\"\nlanguage = \"en\"\nout = \"/nowhere\"\ntoken = \"jeton\"\n";
    let mut server = Server::with_settings(script, settings, &["--language", "German"]);
    server.get("/v1/models").error(401);
    server.token = "jeton";
    let answer = server.send(&growing(9), &[("response_format", "verbose_json")]).json();
    assert!(answer["text"].to_string().contains("Partout"), "{answer}");
    assert_eq!(answer["language"], "de");
    let folder = tempfile::tempdir().expect("a folder");
    put(folder.path(), "script.json", script);
    put(folder.path(), "config/voixoff/voixoff.toml", "queue = 0.5\n");
    let run = command(folder.path(), &[]).output().expect("run");
    let told = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(
        run.status.code() == Some(2) && told.contains("voixoff.toml`: invalid value"),
        "{told}"
    );
}

#[test]
fn words_of_an_unsure_voice_are_answered_as_the_server_is_asked_for() {
    let script = r#"{"regions_ms": [[0, 12000]],
        "texts": ["Bonjour à vous tous. Oui oui je crois. Merci beaucoup à vous."],
        "voices_ms": [[0, 0, 4000], [20, 4100, 7900], [1, 8000, 12000]]}"#;
    let speaker = |options: &[&str]| {
        let server = Server::new(script, options);
        let answer = server.send(&growing(12), &[("response_format", "verbose_json")]).json();
        answer["segments"][1]["speaker"].clone()
    };
    assert_eq!(speaker(&[]), Value::Null);
    assert!(speaker(&["--unsure", "guess"]).is_string());
}

#[test]
fn only_who_has_the_token_may_ask_and_no_page_of_the_web() {
    let mut server = Server::new(SCRIPT, &["--token", "jeton"]);
    for token in ["", "jetons", "autre"] {
        server.token = token;
        for path in ["/v1/models", "/v1/jobs", "/metrics", "/nowhere"] {
            assert_eq!(server.get(path).error(401)["code"], "invalid_api_key", "{path}");
        }
        let refused = server.send(&growing(9), &[]);
        assert_eq!(refused.error(401)["type"], "invalid_request_error");
        assert!(
            refused.head.to_lowercase().contains("www-authenticate: bearer"),
            "{}",
            refused.head
        );
        let health = server.get("/health").json();
        assert_eq!((&health["status"], health.get("model")), (&"ok".into(), None));
    }
    server.token = "jeton";
    assert_eq!(server.send(&growing(9), &[]).status, 200);
    assert_eq!(server.get("/health").json()["model"], "scripted");

    let open = Server::new(SCRIPT, &[]);
    for (more, status) in [
        ("Host: evil.example\r\n", 421),
        ("Host: 127.0.0.1:1\r\n", 421),
        ("Origin: http://evil.example\r\n", 403),
        ("Origin: null\r\n", 403),
        ("Sec-Fetch-Site: cross-site\r\n", 403),
    ] {
        open.ask_with("GET", "/v1/models", more, b"").error(status);
    }
    assert_eq!(open.get("/v1/models").status, 200);
}

#[test]
fn other_machines_are_not_listened_to_without_a_token() {
    let folder = tempfile::tempdir().expect("a folder");
    put(folder.path(), "script.json", SCRIPT);
    for host in ["0.0.0.0", "::"] {
        let run = command(folder.path(), &["--host", host]).output().expect("run");
        let told = String::from_utf8_lossy(&run.stderr).into_owned();
        assert_eq!(run.status.code(), Some(2), "{told}");
        assert!(told.contains("there is no token") && told.contains("VOIXOFF_TOKEN"), "{told}");
    }
    let run = command(folder.path(), &["--token", ""]).output().expect("run");
    assert_eq!(run.status.code(), Some(2));
}

#[test]
fn what_is_wrong_is_said_as_openai_says_it_and_leaves_nothing_behind() {
    let server = Server::new(SCRIPT, &["--max-upload", "1"]);
    let sound = growing(9);
    let wrong: [(&[(&str, &str)], &str); 5] = [
        (&[("response_format", "pdf")], "response_format"),
        (&[("language", "klingon")], "language"),
        (&[("temperature", "7")], "temperature"),
        (&[("model", "gpt-9")], "model"),
        (&[("timestamp_granularities[]", "word")], "timestamp_granularities"),
    ];
    for (fields, param) in wrong {
        assert_eq!(server.send(&sound, fields).error(400)["param"], param);
    }
    let broken = server.send(b"ID3 this is no sound at all", &[]).error(400);
    let message = broken["message"].as_str().expect("a message");
    assert!(message.contains("`é.wav` is ") && broken["param"] == "file", "{broken}");
    assert!(!message.contains("tmp"), "no path of ours: {message}");
    assert_eq!(server.send(b"", &[]).error(400)["param"], "file");

    let path = "/v1/audio/transcriptions";
    let none = form(None, &[("model", "whisper-1")]);
    assert_eq!(
        server.ask_with("POST", path, &content(none.len()), &none).error(400)["param"],
        "file"
    );
    let json = "Content-Type: application/json\r\nContent-Length: 2\r\n";
    server.ask_with("POST", path, json, b"{}").error(400);
    let cut = &form(Some(&sound), &[])[..2_000];
    server.ask_with("POST", path, &content(cut.len()), cut).error(400);
    server.ask_with("GET", path, "", b"").error(405);
    server.get("/v1/nowhere").error(404);
    server.get("/v1/jobs/job_0").error(404);

    let huge = vec![0; 3 << 20];
    let refused = server.send(&huge, &[]).error(413);
    assert_eq!(refused["message"], "the recording is larger than 1 MB");
    // Without a length it is counted as it comes.
    let mut stream = server.connect();
    let more = "Content-Type: multipart/form-data; boundary=sep\r\nTransfer-Encoding: chunked\r\n";
    stream.write_all(server.head("POST", path, more).as_bytes()).expect("sent");
    let body = form(Some(&huge), &[]);
    for piece in body.chunks(1 << 16) {
        let _ = stream.write_all(format!("{:x}\r\n", piece.len()).as_bytes());
        let _ = stream.write_all(piece);
        let _ = stream.write_all(b"\r\n");
    }
    let _ = stream.write_all(b"0\r\n\r\n");
    assert_eq!(answer(stream).error(413)["code"], "file_too_large");
    until(|| server.left() == 0);
    assert_eq!(server.send(&sound, &[]).status, 200, "and it goes on");
}

#[test]
fn jobs_wait_tell_how_far_they_are_and_keep_their_answers() {
    let script = r#"{"regions_ms": [[0, 2000], [3000, 4000]], "slow_ms": 3000}"#;
    let server = Server::new(script, &["--jobs", "1", "--queue", "1"]);
    let sound = growing(9);
    let put = || server.send_to("/v1/jobs", &sound, &[("response_format", "text")]);
    let first = put();
    assert_eq!(first.status, 202, "{}", first.body);
    let id = first.json()["id"].as_str().expect("an id").to_owned();
    assert!(first.head.contains(&format!("/v1/jobs/{id}")), "{}", first.head);
    let second = put().json()["id"].as_str().expect("an id").to_owned();
    let full = server.send(&sound, &[]);
    assert_eq!(full.error(429)["code"], "queue_full");
    assert!(full.head.to_lowercase().contains("retry-after: "), "{}", full.head);
    assert_eq!(server.get(&format!("/v1/jobs/{second}/result")).error(409)["code"], "not_over");

    // The second is given up; its place is free at once.
    assert_eq!(server.ask_with("DELETE", &format!("/v1/jobs/{second}"), "", b"").status, 204);
    assert_eq!(server.get(&format!("/v1/jobs/{second}")).json()["state"], "canceled");
    let third = put().json()["id"].as_str().expect("an id").to_owned();
    let listed = server.get("/v1/jobs").json();
    let ids: Vec<&str> = listed["data"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|job| job["id"].as_str())
        .collect();
    assert_eq!(ids, [&*third, &*second, &*id]);

    let events = server.get(&format!("/v1/jobs/{id}/events"));
    assert!(events.head.contains("text/event-stream"), "{}", events.head);
    let told: Vec<Value> = events
        .body
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .map(|json| serde_json::from_str(json).expect("JSON"))
        .collect();
    let last = told.last().expect("events");
    assert_eq!((&last["state"], &last["stage"]), (&"done".into(), &"transcribe".into()));
    assert!(told.len() > 1 && told.iter().any(|it| it["state"] == "running"), "{told:?}");
    assert!(last["done"].as_f64() > Some(0.0) && last["done"] == last["total"], "{last}");
    let result = server.get(&format!("/v1/jobs/{id}/result"));
    assert!(result.status == 200 && result.body.ends_with('\n'), "{}", result.body);
    until(|| server.get(&format!("/v1/jobs/{third}")).json()["state"] == "done");
    assert_eq!(server.left(), 0, "answers are kept, recordings are not");
    let metrics = server.get("/metrics").body;
    for line in ["voixoff_jobs_total{state=\"done\"} 2", "voixoff_requests_total{status=\"429\"} 1"]
    {
        assert!(metrics.lines().any(|it| it == line), "{line}: {metrics}");
    }
    assert_eq!(server.ask_with("DELETE", &format!("/v1/jobs/{id}"), "", b"").status, 204);
    server.get(&format!("/v1/jobs/{id}")).error(404);
}

#[test]
fn work_that_takes_too_long_is_given_up() {
    let script = r#"{"regions_ms": [[0, 29000], [31000, 60000]], "slow_ms": 1200}"#;
    let server = Server::new(script, &["--max-time", "1s", "--threads", "1"]);
    assert_eq!(server.send(&growing(60), &[]).error(504)["code"], "time_limit");
    assert_eq!(server.left(), 0);
}

#[test]
fn who_leaves_gives_up_the_work_and_who_is_slow_harms_nobody() {
    let script = r#"{"regions_ms": [[0, 9000]], "slow_ms": 2000}"#;
    let server = Server::new(script, &["--jobs", "1", "--queue", "3"]);
    let body = form(Some(&growing(9)), &[]);
    let head = server.head("POST", "/v1/audio/transcriptions", &content(body.len()));
    let begun = |part: &[u8]| {
        let mut stream = server.connect();
        stream.write_all(head.as_bytes()).expect("sent");
        stream.write_all(part).expect("sent");
        stream
    };
    // One that has sent half; one that is worked on, and one that waits: both leave.
    let slow = begun(&body[..body.len() / 2]);
    let (worked_on, waiting) = (begun(&body), begun(&body));
    until(|| {
        let health = server.get("/health").json();
        health["running"] == 1 && health["waiting"] == 1
    });
    drop((worked_on, waiting));
    until(|| {
        server.get("/v1/jobs").json()["data"].as_array().is_some_and(|all| {
            all.len() == 2
                && all.iter().all(|job| job["state"] == "canceled" || job["state"] == "done")
        })
    });
    assert_eq!(server.send(&growing(9), &[]).status, 200);
    drop(slow);
    until(|| server.left() == 0);
}

#[test]
fn many_at_a_time_get_each_its_own_answer() {
    let server = Server::new(SCRIPT, &["--queue", "8"]);
    let sounds: Vec<Vec<u8>> = (0..4).map(|n| growing(9 + n)).collect();
    let alone: Vec<Value> = sounds.iter().map(|sound| server.send(sound, &[]).json()).collect();
    assert!(alone.windows(2).all(|two| two[0]["text"] != two[1]["text"]), "{alone:?}");
    let slow: Vec<TcpStream> = (0..4).map(|_| server.connect()).collect();
    thread::scope(|scope| {
        for client in 0..8 {
            let (server, sounds, alone) = (&server, &sounds, &alone);
            scope.spawn(move || {
                for n in 0..10 {
                    let at = (client + n) % sounds.len();
                    if n % 4 == 3 {
                        server.send(&sounds[at][44..], &[]).error(400);
                    } else {
                        assert_eq!(server.send(&sounds[at], &[]).json(), alone[at]);
                    }
                }
            });
        }
    });
    drop(slow);
    assert_eq!(server.left(), 0);
}

#[test]
#[cfg(unix)]
fn a_server_that_is_stopped_takes_its_files_along() {
    let script = r#"{"regions_ms": [[0, 9000]], "slow_ms": 500}"#;
    let mut server = Server::new(script, &[]);
    assert_eq!(server.send_to("/v1/jobs", &growing(9), &[]).status, 202);
    let id = server.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().expect("run").success());
    assert_eq!(server.child.wait().expect("ended").code(), Some(0));
    assert!(all_below(&server.folder.path().join("tmp")).is_empty());
}
