//! The editor in the browser: who may ask, what is kept, and what comes of it.

use crate::desk::{put, voixoff};
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};
use tempfile::TempDir;
use voixoff::formats::{self, Format, RenderSettings};

const VTT: &str = "WEBVTT\n\n00:01.000 --> 00:03.000\n<v Alain>Bonjour à tous.\n\n\
    00:04.000 --> 00:08.000\n<v Léa>On parle de logis ciel libre.\n";

/// A server over a folder of one episode; it ends with the test.
struct Review {
    folder: TempDir,
    child: Child,
    port: u16,
    cookie: String,
}

impl Review {
    fn new() -> Review {
        let folder = tempfile::tempdir().expect("a folder");
        let transcript = formats::read(VTT.as_bytes(), "é.vtt").expect("read");
        let settings = RenderSettings { name: "é", ..RenderSettings::default() };
        put(folder.path(), "é.json", Format::Json.render(&transcript, &settings));
        let (child, port, token) = started(folder.path());
        let mut review = Review { folder, child, port, cookie: String::new() };
        let (status, head, _) = review.ask("GET", &format!("/?token={token}"), "", None);
        assert_eq!(status, 303, "{head}");
        assert!(head.contains("HttpOnly; SameSite=Strict"), "{head}");
        review.cookie = format!("voixoff-{port}={token}");
        review
    }

    /// Kills the server, and starts another over the same folder.
    fn killed(&mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
        let (child, port, token) = started(self.folder.path());
        (self.child, self.port) = (child, port);
        self.cookie = format!("voixoff-{port}={token}");
    }

    /// Status, headers and body of the answer.
    fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &str,
        body: Option<&str>,
    ) -> (u16, String, String) {
        let host = format!("Host: 127.0.0.1:{}\r\n", self.port);
        self.ask_as(&host, method, path, headers, body)
    }

    fn ask_as(
        &self,
        host: &str,
        method: &str,
        path: &str,
        headers: &str,
        body: Option<&str>,
    ) -> (u16, String, String) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("connected");
        let cookie = match self.cookie.as_str() {
            "" => String::new(),
            cookie => format!("Cookie: {cookie}\r\n"),
        };
        let content = body.map_or(String::new(), |body| {
            format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len())
        });
        let head = format!(
            "{method} {path} HTTP/1.1\r\n{host}{cookie}{headers}{content}Connection: close\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).expect("sent");
        // A server that refuses does not read what is sent with it.
        let _ = stream.write_all(body.unwrap_or_default().as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|it| it.parse().ok()).unwrap_or(0);
        (status, head.to_owned(), body.to_owned())
    }

    fn document(&self) -> Value {
        let (status, _, body) = self.ask("GET", "/api/episodes/0", "", None);
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).expect("JSON")
    }

    fn edit(&self, since: u64, id: u64, text: &str) -> (u16, Value) {
        let put = json!({ "id": id, "text": text, "speaker": 1, "opens": "block" });
        let edit = json!({ "splices": [{ "at": [id], "with": [put] }] });
        let body = json!({ "since": since, "edit": edit }).to_string();
        let (status, _, body) = self.ask("POST", "/api/episodes/0/edits", "", Some(&body));
        (status, serde_json::from_str(&body).unwrap_or_default())
    }
}

impl Drop for Review {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn started(folder: &Path) -> (Child, u16, String) {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("voixoff"));
    command.env("VOIXOFF_LANG", "en").args(["review", "--no-open"]).arg(folder.join("é.json"));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("started");
    let mut line = String::new();
    let stdout = child.stdout.take().expect("stdout");
    BufReader::new(stdout).read_line(&mut line).expect("an address");
    let rest = line.trim().strip_prefix("http://127.0.0.1:").expect("on the loopback");
    let (port, token) = rest.split_once("/?token=").expect("with a token");
    (child, port.parse().expect("a port"), token.to_owned())
}

#[test]
fn only_who_has_the_address_may_ask_and_only_from_its_own_pages() {
    let mut review = Review::new();
    let own = format!("Origin: http://127.0.0.1:{}\r\n", review.port);
    let (status, head, page) = review.ask("GET", "/", "", None);
    assert_eq!(status, 200);
    assert!(head.contains("default-src 'none'; script-src 'self'; style-src 'self'"), "{head}");
    assert!(!page.contains("<style") && !page.contains(" style=") && !page.contains(" onclick="));
    assert_eq!(review.ask("GET", "/api/episodes", &own, None).0, 200);

    // A page of somebody else, whose browser sends the cookie or not; a name made to point here.
    for headers in
        ["Origin: http://evil.example\r\n", "Origin: null\r\n", "Sec-Fetch-Site: cross-site\r\n"]
    {
        assert_eq!(review.ask("GET", "/api/episodes", headers, None).0, 403, "{headers}");
    }
    for host in ["Host: evil.example\r\n", "Host: evil.example:80\r\n", "Host: 127.0.0.1:1\r\n"] {
        assert_eq!(review.ask_as(host, "GET", "/api/episodes", "", None).0, 421, "{host}");
    }
    let cookie = std::mem::replace(&mut review.cookie, format!("voixoff-{}=0000", review.port));
    assert_eq!(review.ask("GET", "/api/episodes", "", None).0, 403);
    assert_eq!(review.ask("GET", "/?token=0000", "", None).0, 403);
    assert_eq!(review.edit(0, 0, "x").0, 403);
    review.cookie = cookie;

    for path in [
        "/assets/../../Cargo.toml",
        "/assets/..%2f..%2fCargo.toml",
        "/episode/../../etc/passwd",
        "/api/episodes/0/as/../../../etc/passwd",
        "/api/episodes/7",
        "/api/episodes/0/sound",
    ] {
        assert_eq!(review.ask("GET", path, "", None).0, 404, "{path}");
    }
    let names: Vec<_> = fs::read_dir(review.folder.path()).expect("read").flatten().collect();
    assert_eq!(names.len(), 1, "nothing is written by being looked at: {names:?}");
}

#[test]
fn what_is_huge_slow_or_hostile_harms_nobody() {
    let review = Review::new();
    // A body of a gigabyte is refused by its length.
    let mut stream = TcpStream::connect(("127.0.0.1", review.port)).expect("connected");
    let head = format!(
        "POST /api/episodes/0/edits HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nCookie: {}\r\n\
         Content-Type: application/json\r\nContent-Length: 1000000000\r\n\r\n",
        review.port, review.cookie
    );
    stream.write_all(head.as_bytes()).expect("sent");
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).expect("an answer");
    assert_eq!(&answer, b"HTTP/1.1 413");

    // Clients that say nothing; they end by themselves.
    let silent: Vec<TcpStream> = (0..40)
        .map(|_| TcpStream::connect(("127.0.0.1", review.port)).expect("connected"))
        .collect();
    let (status, said) =
        review.edit(0, 0, "</script><img src=x onerror=alert(1)>\u{202e}à l’envers");
    assert_eq!(status, 200, "{said}");
    drop(silent);
    let (_, head, html) = review.ask("GET", "/api/episodes/0/as/html", "", None);
    assert!(head.contains("sandbox"), "{head}");
    assert!(!html.contains("<img src=x"), "{html}");
    assert!(!html.contains('\u{202e}'));
    for body in ["", "{", "[]", r#"{"since":0,"edit":{"splices":[{"at":[9],"with":[]}]}}"#] {
        let (status, ..) = review.ask("POST", "/api/episodes/0/edits", "", Some(body));
        assert!((400..500).contains(&status), "{body}: {status}");
    }
}

#[test]
fn an_edit_survives_a_kill_and_becomes_the_files() {
    let mut review = Review::new();
    let before = review.document();
    assert_eq!(before["sentences"][1]["text"], "On parle de logis ciel libre.");
    let (status, said) = review.edit(0, 1, "On parle de logiciel libre.");
    assert_eq!((status, &said["revision"]), (200, &json!(1)));
    // Words before and behind keep their times.
    let words = |document: &Value| document["sentences"][1]["words"].as_array().unwrap().clone();
    let (old, new) = (words(&before), said["sentences"][0]["words"].as_array().unwrap().clone());
    assert_eq!(new[..3], old[..3]);
    assert_eq!(new[4], old[5]);

    let (status, said) = review.edit(0, 1, "On parle de la météo.");
    assert_eq!((status, &said["stale"]), (409, &json!([1])));
    review.killed();
    let after = review.document();
    assert_eq!(after["sentences"][1]["text"], "On parle de logiciel libre.");
    assert_eq!(after["sentences"][1]["original"], "On parle de logis ciel libre.");

    let (status, _, said) = review.ask("POST", "/api/episodes/0/publish", "", Some("{}"));
    assert_eq!(status, 409, "the transcript is not of this program's writing: {said}");
    let (status, _, said) =
        review.ask("POST", "/api/episodes/0/publish", "", Some(r#"{"force":true}"#));
    assert_eq!(status, 200, "{said}");
    let text = fs::read_to_string(review.folder.path().join("é.txt")).expect("written");
    assert!(text.contains("Léa\u{a0}: On parle de logiciel libre."), "{text}");
    let json = fs::read(review.folder.path().join("é.json")).expect("written");
    let transcript = formats::read(&json, "é.json").expect("read");
    assert!(transcript.provenance.corrected && !transcript.provenance.reviewed);
}

#[test]
fn two_servers_do_not_write_one_review() {
    let first = Review::new();
    assert_eq!(first.edit(0, 0, "Bonjour à toutes.").0, 200);
    let (mut child, port, token) = started(first.folder.path());
    let cookie = format!("voixoff-{port}={token}");
    let second = TcpStream::connect(("127.0.0.1", port)).expect("connected");
    let mut stream = second;
    let request = format!(
        "GET /api/episodes/0 HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.contains("another program has this review open"), "{answer}");
    child.kill().expect("killed");
    child.wait().expect("ended");
    thread::sleep(Duration::from_millis(1));
}

#[test]
fn what_cannot_be_reviewed_is_told_with_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    put(folder.path(), "page.txt", "Alain : Bonjour.\n");
    let run = voixoff(folder.path(), &["review", "--no-open", "absent.json"]).code(2);
    let said = crate::desk::stderr(&run);
    assert!(said.contains("absent.json"), "{said}");
}
