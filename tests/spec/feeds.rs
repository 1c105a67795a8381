//! Feeds and their sound, from a server that misbehaves.

use crate::desk::{self, noise, put, stderr, stdout};
use assert_cmd::assert::Assert;
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    sync::{Arc, Mutex},
    thread,
};
use tempfile::TempDir;

#[test]
fn a_feed_gives_episodes_with_their_titles_days_and_people() {
    let desk = Desk::new();
    let run = desk.transcribe(&["--format", "json,txt,html"]).code(1);
    let told = stderr(&run);
    for line in [
        "absent.wav` is not given out: the server answers 404",
        "malade.wav` is not given out: the server answers 500",
        "page.wav` is no sound: the server sends a web page (HTML)",
        "boucle.wav` cannot be reached",
        "8 episodes: 4 transcribed, 0 up to date, 4 failed",
    ] {
        assert!(told.contains(line), "{line}\n{told}");
    }
    assert_eq!(
        desk.files("out/La série"),
        [
            "2019-10-01 Premier",
            "2019-10-08 Deuxième - le 1-2",
            "2019-10-15 Coupé, puis entier",
            "2019-10-22 Ailleurs",
        ]
    );
    let json = desk.read("out/La série/2019-10-01 Premier.json");
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["about"]["title"], "Premier");
    assert_eq!(json["about"]["show"], "La série");
    assert_eq!(json["about"]["date"], "2019-10-01");
    assert_eq!(json["about"]["sound"], format!("{}/un.wav", desk.server.address));
    let page = desk.read("out/La série/2019-10-01 Premier.html");
    assert!(page.contains("1er octobre 2019") && page.contains("<h1>Premier</h1>"), "{page:.2000}");
    let published = desk.voixoff(&["archive", "feed", "out", "--base", "https://exemple.fr"]);
    let told = published.success();
    let told = String::from_utf8_lossy(&told.get_output().stdout).into_owned();
    assert_eq!(told, "out/La série/feed.xml: 4 of 9 episodes have transcripts\n");
    // The sound is gone, and asked for no more.
    assert!(!desk.own().iter().any(|name| name.starts_with("sound-")), "{:?}", desk.own());
    let n_asked = desk.server.n_asked("/un.wav");
    desk.transcribe(&["--format", "json,txt,html"]).code(1);
    assert_eq!(desk.server.n_asked("/un.wav"), n_asked);
}

#[test]
fn a_cut_download_goes_on_where_it_was() {
    let desk = Desk::new();
    desk.transcribe(&["--only", "coupé"]).success();
    let asked = desk.server.asked.lock().expect("no panic").clone();
    let ranges: Vec<&String> =
        asked.iter().filter(|line| line.starts_with("/coupe.wav bytes=")).collect();
    assert_eq!(ranges.len(), 1, "{asked:?}");
}

#[test]
fn an_unchanged_feed_is_not_sent_again_and_one_out_of_reach_is_known_still() {
    let desk = Desk::new();
    desk.transcribe(&["--only", "premier"]).success();
    desk.transcribe(&["--only", "premier"]).success();
    let asked = desk.server.asked.lock().expect("no panic").clone();
    assert!(asked.contains(&"/flux.xml \"v1\"".to_owned()), "{asked:?}");
    let status = desk.voixoff(&["archive", "status", "out"]).success();
    let status = String::from_utf8_lossy(&status.get_output().stdout).into_owned();
    assert!(status.contains("done            1 episode "), "{status}");
    desk.server.is_down.lock().expect("no panic").push(());
    let run = desk.transcribe(&["--only", "premier"]).code(1);
    assert!(stderr(&run).contains("the server answers 503"), "{}", stderr(&run));
    assert!(stderr(&run).contains("1 up to date"), "{}", stderr(&run));
}

#[test]
fn kept_sound_lies_beside_its_transcript_unless_it_is_broken() {
    let desk = Desk::new();
    desk.transcribe(&["--only", "premier", "--keep-audio"]).success();
    assert!(desk.folder.path().join("out/La série/2019-10-01 Premier.wav").is_file());
    let json = desk.read("out/La série/2019-10-01 Premier.json");
    assert!(json.contains("\"sound\": \"2019-10-01 Premier.wav\""), "{json:.600}");
    *desk.server.sound.lock().expect("no panic") = b"RIFF and no more".to_vec();
    desk.transcribe(&["--only", "ailleurs", "--keep-audio"]).code(1);
    assert!(!desk.folder.path().join("out/La série/2019-10-22 Ailleurs.wav").exists());
}

#[test]
fn the_recogniser_is_told_the_names_of_a_feed_and_hears_nothing_twice_for_a_new_one() {
    let desk = Desk::new();
    put(desk.folder.path(), "script.json", r#"{"regions_ms": [[0, 9000]], "says_told": true}"#);
    put(desk.folder.path(), "show.toml", "lexicon = [\"SecNumCloud\"]");
    let feed = |host: &str, guests: &[&str]| {
        let item = |(n, guest): (usize, &&str)| {
            format!(
                "<item><title>É{n}</title><guid>{n}</guid><podcast:person role=\"guest\">{guest}\
                 </podcast:person><enclosure url=\"{}/un.wav\" length=\"1\" type=\"audio/x-wav\"/></item>",
                desk.server.address
            )
        };
        let items: String = guests.iter().enumerate().map(item).collect();
        let xml = format!(
            "<rss xmlns:podcast=\"https://podcastindex.org/namespace/1.0\"><channel><title>La série\
             </title><podcast:person>{host}</podcast:person>{items}</channel></rss>"
        );
        put(desk.folder.path(), "noms.xml", xml);
    };
    let run = |options: &[&str]| {
        let words = ["transcribe", "noms.xml", "--out", "out", "--show", "show.toml"];
        desk.voixoff(&[words.as_slice(), &["--prompt", "Framasoft"], &OPTIONS, options].concat())
            .success()
    };
    let words = |n: usize| desk.read(&format!("out/La série/É{n}.txt"));
    feed("Aïcha Le Goff", &["Bertrand N'Guyen"]);
    run(&[]);
    assert!(
        words(0).contains("Framasoft, Bertrand N’Guyen, Aïcha Le Goff, SecNumCloud"),
        "{}",
        words(0)
    );
    // Another host, another episode: what is known stays, what is new is told both.
    feed("Léa Martin", &["Bertrand N'Guyen", "Zoé Durand"]);
    let told = stderr(&run(&[]));
    assert!(told.contains("1 transcribed, 1 up to date"), "{told}");
    assert!(words(0).contains("Aïcha Le Goff") && words(1).contains("Zoé Durand, Léa Martin"));
    // What is recognised again is told the names of today.
    run(&["--prompt", "April"]);
    assert!(words(0).contains("April, Bertrand N’Guyen, Léa Martin"), "{}", words(0));
}

#[test]
fn sound_that_was_replaced_under_its_address_is_heard_again_where_somebody_asks() {
    let desk = Desk::new();
    for kept in [&[][..], &["--keep-audio"]] {
        let run = |options: &[&str]| {
            desk.transcribe(&[&["--only", "premier"], kept, options].concat()).success();
        };
        run(&[]);
        let words = || desk.read("out/La série/2019-10-01 Premier.txt");
        let before = words();
        run(&["--check-sound"]);
        assert_eq!(words(), before, "it is the same");
        desk.server.replace(if kept.is_empty() { 4 } else { 5 });
        run(&[]);
        assert_eq!(words(), before, "nobody has asked");
        run(&["--check-sound"]);
        assert!(words() != before, "{before}");
        let n_asked = desk.server.n_asked("/un.wav");
        run(&[]);
        assert_eq!(desk.server.n_asked("/un.wav"), n_asked);
    }
}

#[test]
fn a_broken_feed_stops_nothing_else() {
    let desk = Desk::new();
    put(desk.folder.path(), "flux.xml", "<rss><channel><title>Cassé</title><item>");
    noise(&desk.folder.path().join("un.wav"), 2);
    let run = desk.voixoff(
        &[&["transcribe", "flux.xml", "un.wav", "--out", "out"], OPTIONS.as_slice()].concat(),
    );
    assert!(stderr(&run.code(1)).contains("`flux.xml` is no podcast feed"));
    assert!(desk.folder.path().join("out/un.txt").is_file());
}

#[test]
fn an_atom_feed_is_read_too() {
    let desk = Desk::new();
    let feed = format!(
        "<?xml version=\"1.0\"?><feed xmlns=\"http://www.w3.org/2005/Atom\"><title>L'atome</title>\
         <id>a</id><updated>2020-02-03T08:00:00Z</updated><entry><title>Un</title><id>e1</id>\
         <updated>2020-02-03T08:00:00Z</updated>\
         <link rel=\"enclosure\" type=\"audio/x-wav\" href=\"{}/un.wav\"/></entry></feed>",
        desk.server.address
    );
    put(desk.folder.path(), "atome.xml", feed);
    let all = [&["transcribe", "atome.xml", "--out", "out"], OPTIONS.as_slice()].concat();
    desk.voixoff(&all).success();
    assert_eq!(desk.files("out/L'atome"), ["2020-02-03 Un"]);
    // It is given as a file, and published like one that has an address.
    let run = desk.voixoff(&["archive", "feed", "out", "--base", "https://exemple.fr"]).success();
    assert_eq!(stdout(&run), "out/L'atome/feed.xml: 1 of 1 episode has transcripts\n");
    let written = desk.read("out/L'atome/feed.xml");
    let transcripts = written.matches("<podcast:transcript url=\"https://exemple.fr/L%27atome/");
    assert_eq!(transcripts.count(), 2, "{written}");
    let feed = atom_syndication::Feed::read_from(written.as_bytes()).expect("it is Atom still");
    assert_eq!(feed.entries()[0].id(), "e1");
}

pub(crate) const OPTIONS: [&str; 6] =
    ["--scripted", "script.json", "--threads", "1", "--progress", "none"];

pub(crate) struct Desk {
    pub(crate) folder: TempDir,
    pub(crate) server: Server,
}

impl Desk {
    pub(crate) fn new() -> Desk {
        let folder = tempfile::tempdir().expect("a temporary folder");
        put(folder.path(), "script.json", r#"{"regions_ms": [[0, 9000]]}"#);
        noise(&folder.path().join("modele.wav"), 3);
        let sound = fs::read(folder.path().join("modele.wav")).expect("readable");
        fs::remove_file(folder.path().join("modele.wav")).expect("removed");
        Desk { folder, server: Server::start(sound) }
    }

    pub(crate) fn voixoff(&self, arguments: &[&str]) -> Assert {
        desk::voixoff(self.folder.path(), arguments)
    }

    fn transcribe(&self, options: &[&str]) -> Assert {
        let feed = format!("{}/flux.xml", self.server.address);
        let all = [&["transcribe", &feed, "--out", "out"], OPTIONS.as_slice(), options].concat();
        self.voixoff(&all)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).expect(name)
    }

    fn names(&self, folder: PathBuf) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("readable").flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    /// Texts of a folder, without their extension.
    fn files(&self, folder: &str) -> Vec<String> {
        let names = self.names(self.folder.path().join(folder)).into_iter();
        names.filter_map(|name| name.strip_suffix(".txt").map(str::to_owned)).collect()
    }

    fn own(&self) -> Vec<String> {
        self.names(self.folder.path().join("out/La série/.voixoff"))
    }
}

/// A server of a feed and of sound, with all that can go wrong.
pub(crate) struct Server {
    pub(crate) address: String,
    /// Paths that were asked for, each with its range or mark.
    asked: Arc<Mutex<Vec<String>>>,
    is_down: Arc<Mutex<Vec<()>>>,
    sound: Arc<Mutex<Vec<u8>>>,
}

impl Server {
    fn start(sound: Vec<u8>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("bound"));
        let (asked, is_down) = (Arc::<Mutex<Vec<String>>>::default(), Arc::default());
        let sound = Arc::new(Mutex::new(sound));
        let server = Server {
            address: address.clone(),
            asked: Arc::clone(&asked),
            is_down: Arc::clone(&is_down),
            sound: Arc::clone(&sound),
        };
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let is_up = is_down
                    .lock()
                    .is_ok_and(|down: std::sync::MutexGuard<'_, Vec<()>>| down.is_empty());
                // A client that goes away is none of the server's business.
                let sound = sound.lock().expect("no panic").clone();
                let _ = answer(stream, &address, &sound, &asked, is_up);
            }
        });
        server
    }

    /// Puts other sound under the same addresses.
    fn replace(&self, seconds: i64) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        noise(&folder.path().join("autre.wav"), seconds);
        *self.sound.lock().expect("no panic") =
            fs::read(folder.path().join("autre.wav")).expect("readable");
    }

    pub(crate) fn n_asked(&self, path: &str) -> usize {
        let asked = self.asked.lock().expect("no panic");
        asked.iter().filter(|line| line.starts_with(path)).count()
    }
}

fn answer(
    mut stream: TcpStream,
    address: &str,
    sound: &[u8],
    asked: &Mutex<Vec<String>>,
    is_up: bool,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let (mut range, mut mark) = (String::new(), String::new());
    for line in lines.map_while(Result::ok).take_while(|line| !line.is_empty()) {
        let Some((name, value)) = line.split_once(": ") else { continue };
        match name.to_lowercase().as_str() {
            "range" => range = value.to_owned(),
            "if-none-match" => mark = value.to_owned(),
            _ => (),
        }
    }
    asked.lock().expect("no panic").push(format!("{path} {range}{mark}"));
    let close = "Connection: close\r\n";
    let n = sound.len();
    let head = match path.as_str() {
        _ if !is_up => format!("HTTP/1.1 503 Away\r\n{close}Content-Length: 0\r\n\r\n"),
        "/flux.xml" if mark == "\"v1\"" => format!("HTTP/1.1 304 Same\r\n{close}\r\n"),
        "/flux.xml" => given(&format!("{close}ETag: \"v1\"\r\n"), &feed(address)),
        "/chapitres.json" => given(close, CHAPTERS),
        "/absent.wav" => format!("HTTP/1.1 404 Gone\r\n{close}Content-Length: 0\r\n\r\n"),
        "/malade.wav" => format!("HTTP/1.1 500 Ill\r\n{close}Content-Length: 0\r\n\r\n"),
        "/page.wav" => {
            let head = "Content-Type: text/html; charset=utf-8\r\nContent-Length: 6\r\n\r\n";
            format!("HTTP/1.1 200 OK\r\n{close}{head}<html>")
        }
        "/boucle.wav" => {
            format!(
                "HTTP/1.1 302 Found\r\n{close}Location: /boucle.wav\r\nContent-Length: 0\r\n\r\n"
            )
        }
        "/ailleurs.wav" => {
            format!("HTTP/1.1 302 Found\r\n{close}Location: /un.wav\r\nContent-Length: 0\r\n\r\n")
        }
        "/coupe.wav" if !range.is_empty() => {
            let from: usize =
                range["bytes=".len()..].trim_end_matches('-').parse().expect("a number");
            let (rest, last) = (n - from, n - 1);
            let head = format!(
                "HTTP/1.1 206 Rest\r\n{close}Content-Range: bytes {from}-{last}/{n}\r\n\
                 Content-Length: {rest}\r\n\r\n"
            );
            stream.write_all(head.as_bytes())?;
            return stream.write_all(&sound[from..]);
        }
        _ => {
            let kind = format!("Content-Type: audio/x-wav\r\nETag: \"s{n}\"\r\n");
            let head = format!("HTTP/1.1 200 OK\r\n{close}{kind}Content-Length: {n}\r\n\r\n");
            stream.write_all(head.as_bytes())?;
            if first.starts_with("HEAD ") {
                return Ok(());
            }
            let half = if path == "/coupe.wav" { &sound[..n / 2] } else { sound };
            return stream.write_all(half);
        }
    };
    stream.write_all(head.as_bytes())
}

/// The answer that gives `text`.
fn given(head: &str, text: &str) -> String {
    format!("HTTP/1.1 200 OK\r\n{head}Content-Length: {}\r\n\r\n{text}", text.len())
}

const CHAPTERS: &str =
    r#"{"version":"1.2.0","chapters":[{"startTime":0,"title":"Un autre titre"}]}"#;

/// Eight episodes, of which four can be had.
fn feed(address: &str) -> String {
    let item = |title: &str, day: &str, file: &str| {
        format!(
            "<item><title>{title}</title><guid>{file}</guid><pubDate>{day} Oct 2019 08:00:00 +0200\
             </pubDate><itunes:duration>00:00:03</itunes:duration>\
             <podcast:person role=\"guest\">Alain Garnier</podcast:person>\
             <enclosure url=\"{address}/{file}\" length=\"1\" type=\"audio/x-wav\"/></item>"
        )
    };
    let items = [
        item("Premier", "Tue, 01", "un.wav"),
        item("Deuxième / le 1/2 ?", "Tue, 08", "deux.wav"),
        item("Coupé, puis entier", "Tue, 15", "coupe.wav"),
        item("Ailleurs", "Tue, 22", "ailleurs.wav"),
        item("Absent", "Tue, 29", "absent.wav"),
        item("Malade", "Wed, 30", "malade.wav"),
        item("Page", "Wed, 30", "page.wav"),
        item("Boucle", "Wed, 30", "boucle.wav"),
        "<item><title>Sans son</title><guid>texte</guid></item>".to_owned(),
    ];
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\" \
         xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\" \
         xmlns:podcast=\"https://podcastindex.org/namespace/1.0\"><channel>\
         <title>La série</title>{}</channel></rss>",
        items.concat()
    )
}
