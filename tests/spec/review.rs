//! The editor in the browser: who may ask, what is kept, and what comes of it.

use crate::{
    batch::Desk,
    desk::{put, voixoff},
};
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
use voixoff::{
    base::transcript::Transcript,
    formats::{self, Format, RenderSettings},
    review::{Review, ReviewError},
};

const VTT: &str = "WEBVTT\n\n00:01.000 --> 00:03.000\n<v Alain>Bonjour à tous.\n\n\
    00:04.000 --> 00:08.000\n<v Léa>On parle de logis ciel libre.\n";

/// A server over a folder of one episode; it ends with the test.
struct Server {
    folder: TempDir,
    child: Child,
    port: u16,
    cookie: String,
}

impl Server {
    fn new() -> Server {
        Server::of(&formats::read(VTT.as_bytes(), "é.vtt").expect("read"))
    }

    fn of(transcript: &Transcript) -> Server {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = RenderSettings { name: "é", ..RenderSettings::default() };
        put(folder.path(), "é.json", Format::Json.render(transcript, &settings));
        Server::over(folder, &["é.json"])
    }

    /// Over the `places` in `folder`.
    fn over(folder: TempDir, places: &[&str]) -> Server {
        let (child, port, token) = started(folder.path(), places);
        let mut review = Server { folder, child, port, cookie: String::new() };
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
        let (child, port, token) = started(self.folder.path(), &["é.json"]);
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
        self.told("/api/episodes/0")
    }

    fn told(&self, path: &str) -> Value {
        let (status, _, body) = self.ask("GET", path, "", None);
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).expect("JSON")
    }

    fn sent(&self, path: &str, body: &Value) -> Value {
        let (status, _, said) = self.ask("POST", path, "", Some(&body.to_string()));
        assert_eq!(status, 200, "{said}");
        serde_json::from_str(&said).expect("JSON")
    }

    fn edit(&self, since: u64, id: u64, text: &str) -> (u16, Value) {
        let put = json!({ "id": id, "text": text, "speaker": 1, "opens": "block" });
        let edit = json!({ "splices": [{ "at": [id], "with": [put] }] });
        let body = json!({ "since": since, "edit": edit }).to_string();
        let (status, _, body) = self.ask("POST", "/api/episodes/0/edits", "", Some(&body));
        (status, serde_json::from_str(&body).unwrap_or_default())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn started(folder: &Path, places: &[&str]) -> (Child, u16, String) {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("voixoff"));
    command
        .env("VOIXOFF_LANG", "en")
        .args(["review", "--no-open"])
        .current_dir(folder)
        .args(places);
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
    let mut review = Server::new();
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
    let review = Server::new();
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

    // Clients that say nothing: they make room for one that does.
    let silent: Vec<TcpStream> = (0..300)
        .map(|_| TcpStream::connect(("127.0.0.1", review.port)).expect("connected"))
        .collect();
    let (status, said) =
        review.edit(0, 0, "</script><img src=x onerror=alert(1)>\u{202e}à l’envers");
    assert_eq!(status, 200, "{said}");
    drop(silent);
    let (_, head, html) = review.ask("GET", "/api/episodes/0/as/html", "", None);
    assert!(head.contains("sandbox"), "{head}");
    assert!(head.contains("filename=\"_.html\"; filename*=UTF-8''%C3%A9.html"), "{head}");
    assert!(!html.contains("<img src=x"), "{html}");
    assert!(!html.contains('\u{202e}'));
    for body in ["", "{", "[]", r#"{"since":0,"edit":{"splices":[{"at":[9],"with":[]}]}}"#] {
        let (status, ..) = review.ask("POST", "/api/episodes/0/edits", "", Some(body));
        assert!((400..500).contains(&status), "{body}: {status}");
    }
}

#[test]
fn an_edit_survives_a_kill_and_becomes_the_files() {
    let mut review = Server::new();
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
    // Notes stand below the text, in each format of pages, and are read back from there.
    let heading = json!({ "title": "", "lead": [], "notes": ["Voir https://a.fr/b_c.", "Et là."] });
    let edit = json!({ "since": 2, "edit": { "heading": heading } });
    assert_eq!(review.sent("/api/episodes/0/edits", &edit)["revision"], json!(3));
    for format in ["txt", "md", "spip", "mediawiki", "html"] {
        let (status, _, page) =
            review.ask("GET", &format!("/api/episodes/0/as/{format}"), "", None);
        assert_eq!(status, 200, "{page}");
        let read = formats::read(page.as_bytes(), "é").expect("read");
        assert_eq!(read.about.notes, ["Voir https://a.fr/b_c.", "Et là."], "{format}: {page}");
        assert!(read.segments.iter().all(|it| !it.text().contains("Et là")), "{format}: {page}");
    }
    let json = fs::read(review.folder.path().join("é.json")).expect("written");
    let transcript = formats::read(&json, "é.json").expect("read");
    assert!(transcript.provenance.corrected && !transcript.provenance.reviewed);
}

#[test]
fn what_a_page_sends_that_is_closed_is_kept_whole_and_once() {
    let review = Server::new();
    let edit = |text: &str| {
        let put = json!({ "id": 1, "text": text, "speaker": 1, "opens": "block" });
        json!({ "splices": [{ "at": [1], "with": [put] }] })
    };
    // The first one was under way already.
    let under_way = review.edit(0, 1, "On parle de logiciel");
    assert_eq!(under_way.0, 200);
    let all = json!({ "since": 0, "edit": edit("On parle de logiciel"), "then": [edit("On parle de logiciel libre.")] });
    for _ in 0..2 {
        let said = review.sent("/api/episodes/0/edits", &all);
        assert_eq!(said["revision"], json!(2));
    }
    let document = review.document();
    assert_eq!(document["sentences"][1]["text"], "On parle de logiciel libre.");
    // A page that is opened anew can take both back: a paragraph begins with the first one.
    let done = document["done"].as_array().expect("a list");
    assert_eq!(done.len(), 2, "{document}");
    let first = &done[0]["back"]["splices"][0]["with"][0];
    assert_eq!(first["text"], "On parle de logis ciel libre.");
}

#[test]
fn the_list_comes_in_parts_and_says_who_reviews() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["a", "b"] {
        let transcript = formats::read(VTT.as_bytes(), "a.vtt").expect("read");
        let settings = RenderSettings { name, ..RenderSettings::default() };
        put(folder.path(), format!("{name}.json"), Format::Json.render(&transcript, &settings));
    }
    let review = Server::over(folder, &["a.json", "b.json", "--reviewer", "Léa Dupré"]);
    let names = |list: &Value| {
        let all = list["episodes"].as_array().expect("a list").clone();
        all.iter().map(|it| it["name"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let all = review.told("/api/episodes");
    assert_eq!((names(&all), &all["of"]), (vec!["a".to_owned(), "b".to_owned()], &json!(2)));
    assert_eq!(names(&review.told("/api/episodes?from=1")), ["b"]);
    assert_eq!(names(&review.told("/api/episodes?from=9")), [""; 0]);
    assert_eq!(review.document()["signer"], "Léa Dupré");
    let edit = json!({ "since": 0, "edit": { "reviewer": "Léa Dupré" } });
    review.sent("/api/episodes/0/edits", &edit);
    // Somebody else at the same archive.
    let (child, port, token) = started(review.folder.path(), &["a.json", "b.json"]);
    let (folder, cookie) =
        (tempfile::tempdir().expect("a folder"), format!("voixoff-{port}={token}"));
    let other = Server { folder, child, port, cookie };
    let list = other.told("/api/episodes");
    let [first, second] = [0, 1].map(|n| list["episodes"][n].clone());
    assert_eq!((&first["state"], &first["reviewer"]), (&json!("elsewhere"), &json!("Léa Dupré")));
    assert_eq!((&second["state"], &second["reviewer"]), (&json!("draft"), &json!("")));
}

#[test]
fn the_walk_goes_by_estimated_errors_and_by_probabilities_where_there_are_none() {
    let risks = |estimated: bool| {
        let mut transcript = formats::read(VTT.as_bytes(), "é.vtt").expect("read");
        let words = &mut transcript.segments[1].words;
        for (word, (probability, error)) in
            words.iter_mut().zip([(0.9, 0.01), (0.9, 0.02), (0.4, 0.2), (0.9, 0.45), (0.3, 0.8)])
        {
            word.probability = Some(probability);
            word.error = estimated.then_some(error);
        }
        let review = Server::of(&transcript);
        let (_, _, list) = review.ask("GET", "/api/episodes", "", None);
        let list: Value = serde_json::from_str(&list).expect("JSON");
        let document = review.document();
        let words = document["sentences"][1]["words"].as_array().expect("words").clone();
        let risks: Vec<Value> = words.iter().map(|word| word[4].clone()).collect();
        (json!(risks), list["episodes"][0]["unsure"].clone(), document["wrong"].clone())
    };
    let (risk, n_unsure, wrong) = risks(true);
    assert_eq!((risk, n_unsure), (json!([0, 0, 0, 45, 80, 0]), json!(2)));
    assert!((wrong.as_f64().expect("a share") - 0.296).abs() < 1e-3, "{wrong}");
    // As earlier versions wrote it.
    let (risk, n_unsure, wrong) = risks(false);
    assert_eq!((risk, n_unsure, wrong), (json!([0, 0, 60, 0, 70, 0]), json!(2), Value::Null));
}

#[test]
fn two_servers_do_not_write_one_review() {
    let first = Server::new();
    assert_eq!(first.edit(0, 0, "Bonjour à toutes.").0, 200);
    let (mut child, port, token) = started(first.folder.path(), &["é.json"]);
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

#[test]
fn a_later_pass_of_the_recogniser_comes_under_what_a_person_corrected() {
    let desk = Desk::new();
    desk.sound("son/un.wav", 9);
    let run = |model: &str, text: &str, options: &[&str]| {
        let script = json!({
            "regions_ms": [[0, 9000]], "voices_ms": [[0, 0, 4800], [1, 4800, 9000]],
            "model": model, "texts": [text],
        });
        desk.script(&script.to_string());
        let run = desk.run(&["son"], &[&["--threads", "1"], options].concat()).success();
        crate::desk::stderr(&run)
    };
    let first = "Bonjour à toutes et à tous chez nous. Nous parlons du logis ciel ce soir.";
    run("un", first, &["--format", "json,txt"]);
    let edit = |since: u64, edit: Value| {
        let machine = || -> Result<_, ReviewError> {
            let json = fs::read(desk.path("out/un.json")).expect("written");
            Ok(formats::read(&json, "un.json").expect("read"))
        };
        let mut review = Review::open(&desk.path("out/un.review.jsonl"), machine).expect("opened");
        let edit = serde_json::from_value(edit).expect("an edit");
        review.apply(edit, since).expect("applied");
        review.document().sentences().to_vec()
    };
    let sentences = edit(0, json!({ "names": [{ "speaker": 0, "name": "Alain Garnier" }] }));
    let own = sentences.iter().find(|it| it.text().contains("chez nous")).expect("a sentence");
    let text = own.text().replace("chez nous", "à Paris");
    let put = json!({ "id": own.id, "text": text, "speaker": own.speaker, "opens": own.opens });
    edit(1, json!({ "splices": [{ "at": [own.id], "with": [put] }] }));

    // A better recogniser, and a format more.
    let second = first.replace("logis ciel", "logiciel libre");
    run("deux", &second, &["--format", "json,txt,srt"]);
    for name in ["out/un.txt", "out/un.srt"] {
        let text = desk.read(name);
        assert!(text.contains("à Paris") && !text.contains("chez nous"), "{name}: {text}");
        assert!(text.contains("logiciel libre"), "{name}: {text}");
    }
    assert!(desk.read("out/un.txt").contains("Alain Garnier\u{a0}: Bonjour"));
    // It goes on, and nothing is left to do.
    let sentences = edit(1, json!({ "reviewed": true }));
    assert!(sentences.iter().any(|it| it.is_edited && it.text().contains("à Paris")));
    let said = run("deux", &second, &["--format", "json,txt,srt"]);
    assert!(said.contains("up to date"), "{said}");
}

#[test]
fn equal_words_of_the_other_episodes_are_shown_and_corrected() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["un", "deux", "trois"] {
        let vtt =
            if name == "trois" { VTT.replace("logis ciel", "logis cielo") } else { VTT.into() };
        let transcript = formats::read(vtt.as_bytes(), "un.vtt").expect("read");
        let settings = RenderSettings { name, ..RenderSettings::default() };
        let json = Format::Json.render(&transcript, &settings);
        put(folder.path(), format!("{name}.json"), json);
    }
    put(folder.path(), "autre.json", "{}");
    // Without a receipt, in the order of their names: two, three, one.
    let server = Server::over(folder, &["."]);
    let names = server.told("/api/episodes")["episodes"].clone();
    let names: Vec<_> = names.as_array().expect("episodes").iter().map(|it| &it["name"]).collect();
    assert_eq!(names, ["deux", "trois", "un"]);
    let said = server.told("/api/equal?from=logis%20ciel&but=2");
    let places = said["places"].as_array().expect("places");
    assert_eq!((places.len(), &places[0]["number"], &places[0]["id"]), (1, &json!(0), &json!(1)));
    assert_eq!(places[0]["text"], "On parle de logis ciel libre.");
    let wanted =
        json!({ "from": "logis ciel", "to": "logiciel", "places": [[0, 1], [1, 1], [9, 9]] });
    assert_eq!(server.sent("/api/equal", &wanted)["changed"], 1);
    let text = |number: usize| {
        let document = server.told(&format!("/api/episodes/{number}"));
        document["sentences"][1]["text"].as_str().expect("a text").to_owned()
    };
    assert_eq!(text(0), "On parle de logiciel libre.");
    assert_eq!(text(1), "On parle de logis cielo libre.");
    // Nothing is done twice.
    assert_eq!(server.sent("/api/equal", &wanted)["changed"], 0);
    assert_eq!(server.ask("GET", "/api/equal?from=%20&but=0", "", None).0, 422);
}

#[test]
fn a_signed_review_is_published_counted_and_learned_from() {
    let desk = Desk::new();
    desk.sound("son/un.wav", 9);
    let script = json!({
        "regions_ms": [[0, 9000]], "voices_ms": [[0, 0, 4800], [1, 4800, 9000]],
        "texts": ["Bonjour à toutes et à tous chez nous. Nous parlons avec alain Garnie ce soir."],
    });
    desk.script(&script.to_string());
    desk.run(&["son"], &["--threads", "1", "--format", "json,txt,md"]).success();
    let status = || crate::desk::stdout(&desk.voixoff(&["archive", "status", "out"]).success());
    assert!(!status().contains("review"), "{}", status());
    let server = Server::over(
        tempfile::tempdir().expect("a folder"),
        &[&desk.path("out").display().to_string()],
    );
    let document = server.document();
    let sentences = document["sentences"].as_array().expect("sentences");
    let own = sentences.iter().find(|it| it["text"].as_str().unwrap().contains("Garnie"));
    let own = own.expect("a sentence");
    let text = own["text"].as_str().unwrap().replace("alain Garnie ", "Alain Garnier ");
    let put =
        json!({ "id": own["id"], "text": text, "speaker": own["speaker"], "opens": own["opens"] });
    let edit = json!({
        "splices": [{ "at": [own["id"]], "with": [put] }],
        "names": [{ "speaker": 1, "name": "Léa Martin" }],
    });
    server.sent("/api/episodes/0/edits", &json!({ "since": 0, "edit": edit }));
    let listed = server.told("/api/episodes");
    assert_eq!(
        (&listed["episodes"][0]["state"], &listed["archive"]),
        (&json!("begun"), &json!(true))
    );
    assert_eq!(listed["episodes"][0]["unpublished"], true);
    assert!(status().contains("under review        1 episode"), "{}", status());
    assert!(status().contains("corrected, and not published yet (1)"), "{}", status());
    assert!(server.told("/api/learned")["archives"][0]["error"].is_string());

    let edit = json!({ "reviewed": true, "reviewer": "Marie <Dupont>" });
    server.sent("/api/episodes/0/edits", &json!({ "since": 1, "edit": edit }));
    let said = server.sent("/api/episodes/0/publish", &json!({}));
    assert_eq!(
        (&said["written"], &said["revision"]),
        (&json!(["un.json", "un.md", "un.txt"]), &json!(3))
    );
    assert!(
        desk.read("out/un.md").contains("relue par Marie \\<Dupont>."),
        "{}",
        desk.read("out/un.md")
    );
    assert!(desk.read("out/un.txt").contains("Léa Martin\u{a0}: "), "{}", desk.read("out/un.txt"));
    assert!(status().contains("reviewed        1 episode"), "{}", status());
    assert!(!status().contains("not published yet"), "{}", status());
    assert!(!status().contains("not as they were written"), "{}", status());
    assert_eq!(server.told("/api/episodes")["episodes"][0]["reviewer"], "Marie <Dupont>");

    let learned = server.told("/api/learned");
    let [archive] = &learned["archives"].as_array().expect("archives")[..] else {
        panic!("{learned}")
    };
    assert_eq!(archive["new"], true, "{learned}");
    assert_eq!(archive["people"][0]["name"], "Léa Martin", "{learned}");
    assert_eq!(archive["terms"][0]["form"], "Garnier", "{learned}");
    server.sent("/api/learned", &json!({}));
    let show = desk.read("out/show.toml");
    assert!(show.contains("Léa Martin") && show.contains("Garnier"), "{show}");
    assert_eq!(server.told("/api/learned")["archives"][0]["new"], false);
}
